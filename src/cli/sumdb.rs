//! `sumdb`: go.sum against the checksum database.

use super::args::Arguments;
use super::output::Output;
use super::progress::Watch;
use super::wrapped::request;
use crate::report::Exit;
use crate::run::{
    Failure, Judged, Outcome, SumdbRequest, Surroundings, Target, fetching, prove_by_bundle,
    prove_sums, sums,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `sumdb`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct SumdbArgs {
    #[command(subcommand)]
    verb: Sumdb,
}

#[derive(Debug, Subcommand)]
enum Sumdb {
    /// Prove each line of go.sum by the checksum database: its record, its place in the tree, and the
    /// signed head of that. Exits with 65 if a line is contradicted, with 75 if one is not proven
    Verify(SumdbVerify),
}

/// `sumdb verify`.
#[derive(Debug, Args)]
struct SumdbVerify {
    /// Take the proofs from a bundle, and ask nobody
    #[arg(long, value_name = "FILE|DIR")]
    bundle: Option<PathBuf>,
    /// Prove all by this signed tree head
    #[arg(long, value_name = "FILE", conflicts_with_all = ["refresh_head", "bundle"])]
    head: Option<PathBuf>,
    /// Ask for the newest head, also where an older one will do
    #[arg(long, conflicts_with = "bundle")]
    refresh_head: bool,
    /// Ask nobody: what was read before has to do
    #[arg(long, conflicts_with_all = ["refresh_head", "bundle"])]
    offline: bool,
    /// Write the head that all was proven by to FILE, for `--head` here and of `bundle create`
    #[arg(long, value_name = "FILE")]
    write_head: Option<PathBuf>,
}

impl SumdbVerify {
    fn asked(&self) -> SumdbRequest {
        SumdbRequest {
            head: self.head.clone(),
            refresh_head: self.refresh_head,
            offline: self.offline,
            write_head: self.write_head.clone(),
        }
    }
}

pub(super) fn run(
    arguments: &Arguments,
    sumdb: &SumdbArgs,
    surroundings: Surroundings,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let Sumdb::Verify(verify) = &sumdb.verb;
    let gathered = request(arguments, Target::Nothing);
    let watch = Watch::new(arguments.quiet);
    let tell = |done, all| watch.show("proving", done, all, String::new());
    let done = match &verify.bundle {
        Some(bundle) => sums(surroundings, &gathered).and_then(|sums| {
            let judged = prove_by_bundle(&sums, bundle, verify.write_head.as_deref(), &tell)?;
            Ok((sums.unhashed, judged))
        }),
        None => fetching(surroundings, &gathered).and_then(|fetching| {
            let judged = prove_sums(&fetching, &verify.asked(), &tell)?;
            Ok((fetching.unhashed, judged))
        }),
    };
    watch.end();
    let (unhashed, (judged, by)) = done?;
    super::fetch::show_unhashed(&unhashed, output);
    for note in &judged.notes {
        output.notice(note);
    }
    output.found(&judged.findings)?;
    if !arguments.quiet {
        output.data(&last_line(&judged, &by))?;
    }
    Ok(Outcome::Own(exit(&unhashed, &judged)))
}

fn last_line(judged: &Judged, by: &str) -> String {
    let Judged { proven, private, unproven, contradicted, .. } = judged;
    format!(
        "{proven} lines of go.sum are proven by {by}, {contradicted} contradicted, {unproven} not proven, {private} of private modules\n"
    )
}

/// What is contradicted is a finding, unless a policy says otherwise. What is not proven was asked for
/// and not done.
fn exit(unhashed: &[String], judged: &Judged) -> Exit {
    let is_denied =
        judged.findings.iter().any(|finding| finding.level == crate::report::Level::Deny);
    match (is_denied, judged.unproven + unhashed.len()) {
        (true, _) => Exit::Findings,
        (false, 0) => Exit::Ok,
        (false, _) => Exit::Unchecked,
    }
}
