//! `fetch`: what go.sum names, into the module cache.

use super::args::Arguments;
use super::output::Output;
use super::progress::Watch;
use super::wrapped::request;
use crate::fetch::{Entry, Fetched, Refused};
use crate::report::Exit;
use crate::run::{Failure, Fetching, Outcome, Surroundings, Target, fetching};
use clap::Args;
use std::fmt::Display;

/// `fetch`.
#[derive(Debug, Args)]
pub(super) struct FetchArgs {
    /// Fetch nothing and remove nothing: exit with 75 if something is missing or wrong
    #[arg(long)]
    pub(super) check: bool,
}

pub(super) fn run(
    arguments: &Arguments,
    fetch: &FetchArgs,
    surroundings: Surroundings,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let fetching = fetching(surroundings, &request(arguments, Target::Nothing))?;
    let watch = Watch::new(arguments.quiet);
    let tell = |progress: crate::fetch::Progress<'_>| watch.tell(progress);
    let fetched = match fetch.check {
        true => fetching.look(&[], &tell),
        false => fetching.run(&[], &tell),
    };
    watch.end();
    let fetched = fetched?;
    show_unhashed(&fetching.unhashed, output);
    show(&fetched, output);
    if fetch.check {
        show_lacking(&fetched, output);
    }
    if !arguments.quiet {
        output.data(&last_line(&fetching, &fetched))?;
    }
    Ok(Outcome::Own(exit(&fetching, &fetched, fetch.check)))
}

/// What there is no hash of that anybody here could compute.
pub(super) fn show_unhashed(unhashed: &[String], output: &Output) {
    for line in unhashed {
        output.notice(&format!(
            "{line}: there is no h1 hash of it, the only one that is known, and it is passed over"
        ));
    }
}

/// What was removed, and what could not be had: a reason that many share is said once.
pub(super) fn show(fetched: &Fetched, output: &Output) {
    for (module, what) in &fetched.repaired {
        output.notice(&format!("{module}: removed from the module cache: {what}"));
    }
    for (module, refused) in &fetched.refused {
        output.notice(&refusal(module, refused));
    }
}

/// What is missing or wrong, and was not asked for.
pub(super) fn show_lacking(fetched: &Fetched, output: &Output) {
    let is_refused =
        |entry: &Entry| fetched.refused.iter().any(|(module, _)| *module == entry.module);
    let lacking = fetched.entries.iter().filter(|entry| !entry.is_whole());
    for entry in lacking.filter(|entry| !is_refused(entry)) {
        output.notice(&format!("{}: {}", entry.module, entry.lacks().join("; ")));
    }
}

fn refusal(module: &impl Display, refused: &Refused) -> String {
    match &refused.contradicted_by {
        Some(who) => format!("{module} is not what {who} says: {}", refused.why),
        None => format!("{module} could not be had: {}", refused.why),
    }
}

fn last_line(fetching: &Fetching, fetched: &Fetched) -> String {
    let all = fetched.entries.len();
    let lacking = fetched.entries.iter().filter(|entry| !entry.is_whole()).count();
    let there = all - lacking - fetched.fetched.len();
    let dir = fetching.cache.dir.display();
    format!(
        "{all} module versions of go.sum: {there} were there and right, {} fetched, {lacking} missing ({dir})\n",
        fetched.fetched.len()
    )
}

/// A module that is not what go.sum says is a finding; one that is not to be had is no fault of the
/// project.
pub(super) fn exit(fetching: &Fetching, fetched: &Fetched, is_check: bool) -> Exit {
    let is_whole = fetched.entries.iter().all(Entry::is_whole);
    match is_whole {
        true if fetching.unhashed.is_empty() => Exit::Ok,
        true => Exit::Unchecked,
        false if fetched.refused.iter().any(|(_, refused)| refused.contradicted_by.is_some()) => {
            Exit::Findings
        }
        false if is_check => Exit::Unchecked,
        false => Exit::Io,
    }
}
