//! `bundle`: everything that a build needs from elsewhere, as one archive or directory.

use super::args::Arguments;
use super::fetch::{self, show};
use super::output::Output;
use super::progress::Watch;
use super::wrapped::request;
use crate::bundle::{Manifest, Proof};
use crate::profile::quote;
use crate::report::Exit;
use crate::run::{
    BundleRequest, Bundled, Failure, Layout, Outcome, Step, Surroundings, Target, Trust,
    UnpackedProject, Verified, Written, bundle_manifest, create_bundle, export_bundle, fetching,
    note_signals, unpack_bundle, unpacked_project, verify_bundle,
};
use crate::sumdb::Key;
use anyhow::anyhow;
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

/// `bundle`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct BundleArgs {
    #[command(subcommand)]
    verb: Bundle,
}

#[derive(Debug, Subcommand)]
enum Bundle {
    /// Write all modules of go.sum, with the proofs of the checksum database, as one archive or directory;
    /// what the module cache lacks is fetched
    Create(Create),
    /// Verify a bundle: each file by the manifest, each module by its hashes, and those by the proofs of
    /// the checksum database. Needs neither network nor go
    Verify {
        /// The bundle
        bundle: PathBuf,
        #[command(flatten)]
        trust: TrustArgs,
    },
    /// Unpack a bundle into a directory that is not there yet, with settings that use it. All of it is
    /// verified before it is there
    Unpack {
        /// The bundle
        bundle: PathBuf,
        /// The directory to make
        dir: PathBuf,
        #[command(flatten)]
        trust: TrustArgs,
    },
    /// List the modules of a bundle by its manifest, which is not verified
    List {
        /// The bundle
        bundle: PathBuf,
        /// List all files, with SHA-256 and size, and symbolic links, with their target
        #[arg(long)]
        files: bool,
    },
    /// Lay a bundle out for a proxy, below a directory that is not there yet
    Export {
        /// goproxy: the plain tree, for any file server; athens: for Athens with disk storage
        #[arg(long, value_name = "LAYOUT", hide_possible_values = true)]
        layout: LayoutName,
        /// The bundle
        bundle: PathBuf,
        /// The directory to make
        dir: PathBuf,
        #[command(flatten)]
        trust: TrustArgs,
    },
}

/// `bundle create`.
#[derive(Debug, Args)]
struct Create {
    /// Where to write: FILE.tar.zst, or a directory that is not there yet
    #[arg(short, long, value_name = "FILE.tar.zst|DIR")]
    output: PathBuf,
    /// Fetch nothing: what the module cache lacks is an error. Proofs come from the caches too
    #[arg(long)]
    no_fetch: bool,
    /// Carry Go itself: the toolchain that the project is built with, or VERSION: 1.26.8, or for another
    /// platform go1.26.8.linux-arm64
    #[arg(long, value_name = "VERSION,…", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = "")]
    toolchain: Option<Vec<String>>,
    /// Carry the project too: what no .gitignore keeps out, and vendor/
    #[arg(long)]
    with_source: bool,
    /// Carry this file or directory too: in its place if it is the project's, else below payload/
    #[arg(long, value_name = "PATH")]
    include: Vec<PathBuf>,
    /// Leave out of the project and of what is included what this line of a .gitignore would name
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Prove all by this signed tree head of the checksum database: then the bundle has the same bytes
    /// whenever it is made
    #[arg(long, value_name = "FILE", conflicts_with = "refresh_head")]
    head: Option<PathBuf>,
    /// Ask for the newest head, also where an older one will do
    #[arg(long)]
    refresh_head: bool,
    /// Carry no proofs of the checksum database: on the far side it cannot be asked then
    #[arg(long, conflicts_with_all = ["head", "refresh_head"])]
    no_sumdb: bool,
}

/// What is trusted.
#[derive(Debug, Args)]
struct TrustArgs {
    /// Exit with 65 if the archive has another SHA-256; if it is the one, nothing else needs a proof
    #[arg(long, value_name = "sha256:HEX", value_parser = super::args::sha256)]
    expect: Option<String>,
    /// Prove by this go.sum what the checksum database does not: private modules. Exit with 65 if it has
    /// other hashes
    #[arg(long, value_name = "FILE")]
    go_sum: Option<PathBuf>,
    /// The key of another checksum database than sum.golang.org
    #[arg(long, value_name = "NAME+KEY", value_parser = key)]
    sumdb_key: Option<Key>,
}

fn key(text: &str) -> Result<Key, String> {
    Key::parse(text).map_err(|error| error.to_string())
}

impl TrustArgs {
    fn trust(&self, bundle: &Path, at: impl Fn(&Path) -> PathBuf) -> Result<Trust, Failure> {
        if self.expect.is_some() && at(bundle).is_dir() {
            let error = anyhow!(
                "--expect is the SHA-256 of an archive, and {} is a directory",
                bundle.display()
            );
            return Err(Failure { exit: Exit::Usage, error });
        }
        let key = self.sumdb_key.clone().unwrap_or_else(Key::golang);
        let trust = Trust::in_key(key).in_archive(self.expect.clone());
        match &self.go_sum {
            Some(go_sum) => trust.in_go_sum(&at(go_sum)),
            None => Ok(trust),
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LayoutName {
    Goproxy,
    Athens,
}

pub(super) fn run(
    arguments: &Arguments,
    bundle: &BundleArgs,
    around: Surroundings,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let at = |path: &Path| around.dir.join(path);
    let exit = match &bundle.verb {
        Bundle::Create(create) => self::create(arguments, create, around, output)?,
        Bundle::Verify { bundle, trust } => {
            let verified = verify_bundle(&at(bundle), &trust.trust(bundle, at)?)?;
            tell(arguments, output, "verified", bundle, &verified)?;
            tell_added(&verified, output);
            let is_all = is_proven(&verified) && verified.added.is_empty();
            if is_all { Exit::Ok } else { Exit::Unchecked }
        }
        Bundle::Unpack { bundle, dir, trust } => {
            note_signals();
            let verified = unpack_bundle(&at(bundle), &at(dir), &trust.trust(bundle, at)?)?;
            tell(arguments, output, "unpacked", bundle, &verified)?;
            say_next(arguments, output, dir, &at(dir), &verified.manifest)?;
            Exit::Ok
        }
        Bundle::List { bundle, files } => {
            let manifest = bundle_manifest(&at(bundle))?;
            output.data(&if *files { file_list(&manifest) } else { module_list(&manifest) })?;
            Exit::Ok
        }
        Bundle::Export { layout, bundle, dir, trust } => {
            let layout = match layout {
                LayoutName::Goproxy => Layout::Goproxy,
                LayoutName::Athens => Layout::Athens,
            };
            note_signals();
            let verified = export_bundle(&at(bundle), &at(dir), layout, &trust.trust(bundle, at)?)?;
            tell(arguments, output, "exported", bundle, &verified)?;
            Exit::Ok
        }
    };
    Ok(Outcome::Own(exit))
}

fn create(
    arguments: &Arguments,
    create: &Create,
    around: Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let fetching = fetching(around, &request(arguments, Target::Nothing))?;
    let request = BundleRequest {
        output: create.output.clone(),
        no_fetch: create.no_fetch,
        toolchains: create.toolchain.clone(),
        with_source: create.with_source,
        include: create.include.clone(),
        exclude: create.exclude.clone(),
        head: create.head.clone(),
        refresh_head: create.refresh_head,
        no_sumdb: create.no_sumdb,
    };
    let watch = Watch::new(arguments.quiet);
    let bundled = create_bundle(&fetching, &request, &|step| match step {
        Step::Fetch(progress) => watch.tell(progress),
        Step::Prove(done, all) => watch.show("proving", done, all, String::new()),
        Step::Hash => watch.show("hashing", 1, 1, String::new()),
        Step::Write => {
            note_signals();
            watch.show("writing", 1, 1, create.output.display().to_string());
        }
    });
    watch.end();
    let Bundled { fetched, judged, written, notes } = bundled?;
    fetch::show_unhashed(&fetching.unhashed, output);
    show(&fetched, output);
    for note in &notes {
        output.notice(note);
    }
    output.found(&judged.findings)?;
    let Some(written) = written else {
        if judged.contradicted > 0 {
            return Ok(Exit::Findings);
        }
        fetch::show_lacking(&fetched, output);
        output.notice("no bundle was written: something is missing");
        return Ok(fetch::exit(&fetching, &fetched, false));
    };
    if !arguments.quiet {
        output.data(&written_line(&create.output, &written))?;
    }
    let by_sumdb = proven_versions(&written.manifest);
    if by_sumdb == 0 && !create.no_sumdb && !written.manifest.modules.is_empty() {
        output.notice("no module of the bundle is proven by the checksum database: GONOSUMDB, GOPRIVATE or `[modules] private` exempt all of them");
    }
    Ok(match judged.unproven {
        // All is whole, but for what nobody can tell.
        0 => fetch::exit(&fetching, &fetched, false),
        _ => Exit::Unchecked,
    })
}

fn written_line(path: &Path, written: &Written) -> String {
    let Written { manifest, archive } = written;
    let what = contents(manifest);
    let by_sumdb = proven_versions(manifest);
    let rest = manifest.versions().filter(|entry| entry.is_unproven()).count();
    let mut proofs = match &manifest.sumdb {
        Some(sumdb) => format!("{by_sumdb} versions proven by {}", sumdb.name),
        None => "no proofs of a checksum database".to_owned(),
    };
    if rest > 0 {
        proofs += &format!(", {rest} by go.sum alone");
    }
    match archive {
        Some((bytes, sha256)) => {
            let size = size(*bytes);
            format!("wrote {}: {what}; {proofs}; {size}, sha256:{sha256}\n", path.display())
        }
        None => format!("wrote {}: {what}; {proofs}\n", path.display()),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

fn proven_versions(manifest: &Manifest) -> usize {
    manifest.versions().filter(|entry| entry.proof == Proof::Sumdb).count()
}

fn contents(manifest: &Manifest) -> String {
    let zips = manifest.modules.iter().filter(|entry| entry.zip.is_some()).count();
    let others = manifest.modules.iter().filter(|entry| entry.has_hash()).count() - zips;
    let mut parts = vec![format!("{zips} modules"), format!("{others} go.mod files of others")];
    let times = manifest.modules.len() - zips - others;
    if times > 0 {
        parts.push(format!("the times of {times} more"));
    }
    let tools = manifest
        .toolchains
        .iter()
        .map(|entry| entry.version.strip_prefix("v0.0.1-").unwrap_or(&entry.version).to_owned());
    parts.extend(tools);
    parts.extend(manifest.source.iter().map(|_| "the project".to_owned()));
    parts.join(", ")
}

/// What came of it: one line, and one for what only the bundle itself vouches for.
fn tell(
    arguments: &Arguments,
    output: &Output,
    verb: &str,
    bundle: &Path,
    verified: &Verified,
) -> Result<(), Failure> {
    if !arguments.quiet {
        let what = contents(&verified.manifest);
        let by = proofs(verified);
        output.data(&format!("{verb} {}: {what}; {by}\n", bundle.display()))?;
    }
    if is_proven(verified) {
        return Ok(());
    }
    let unproven = and_list(&unproven(verified));
    output.notice(&format!(
        "proven by nothing but the bundle: {unproven}. Hold modules against the project's go.sum with `--go-sum FILE`, or the whole archive against a hash from elsewhere with `--expect sha256:HEX`"
    ));
    for (module, is_private) in verified.by_nothing() {
        let why = if is_private { "it is private" } else { "there is no record of it" };
        output.detail(&format!("{module} is proven by nothing but the bundle: {why}"));
    }
    Ok(())
}

/// What lies in a directory and is not of the bundle was not verified.
fn tell_added(verified: &Verified, output: &Output) {
    let Some((first, rest)) = verified.added.split_first() else { return };
    let more = match rest.len() {
        0 => String::new(),
        count => format!(" and {count} more (-v names them)"),
    };
    output.notice(&format!("not of the bundle, and not verified: {first}{more}"));
    for path in rest {
        output.detail(&format!("not of the bundle, and not verified: {path}"));
    }
}

/// What proves what.
fn proofs(verified: &Verified) -> String {
    let proven = &verified.proven;
    let mut parts = vec![match &proven.head {
        Some((name, size)) => {
            format!("{} versions proven by {name} (tree of {size} records)", proven.by_sumdb)
        }
        None => "no proofs of a checksum database".to_owned(),
    }];
    if verified.has_go_sum {
        parts.push(format!("{} by go.sum", proven.by_go_sum));
    }
    let unproven = unproven(verified);
    if verified.is_expected {
        parts.push("all by the hash of the archive".to_owned());
    } else if !unproven.is_empty() {
        parts.push(format!("{} by nothing but the bundle", and_list(&unproven)));
    }
    parts.join(", ")
}

/// What neither go.sum nor the checksum database speaks of, if the archive is not proven as a whole: who
/// made the bundle can have put anything there.
fn unproven(verified: &Verified) -> Vec<String> {
    if verified.is_expected {
        return Vec::new();
    }
    let manifest = &verified.manifest;
    let has_payload = manifest.files.iter().any(|file| file.path.starts_with("payload/"));
    let versions = match verified.proven.by_nothing.len() {
        0 => None,
        1 => Some("1 module version".to_owned()),
        count => Some(format!("{count} module versions")),
    };
    let project = manifest.source.as_ref().map(|_| "the project".to_owned());
    let payload = has_payload.then(|| "payload/".to_owned());
    versions.into_iter().chain(project).chain(payload).collect()
}

fn is_proven(verified: &Verified) -> bool {
    unproven(verified).is_empty()
}

fn and_list(parts: &[String]) -> String {
    match parts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        parts => parts.join(""),
    }
}

fn say_next(
    arguments: &Arguments,
    output: &Output,
    shown: &Path,
    dir: &Path,
    manifest: &Manifest,
) -> Result<(), Failure> {
    if arguments.quiet {
        return Ok(());
    }
    let settings = dir.join(crate::bundle::SETTINGS);
    let config = format!("--config {} ", quote(settings.as_os_str()));
    let next = match unpacked_project(dir, manifest) {
        Some(UnpackedProject { dir: project, has_our_settings, packages }) => {
            let config = if has_our_settings { "" } else { &config };
            let packages: Vec<_> = packages.iter().map(|name| quote(name.as_ref())).collect();
            let project =
                project.strip_prefix(dir).map_or(project.clone(), |below| shown.join(below));
            format!(
                "cd {} && go-offline {config}build {}",
                quote(project.as_os_str()),
                packages.join(" ")
            )
        }
        None => format!("go-offline {config}build ./..."),
    };
    output.data(&format!("next: {next}\n"))
}

fn module_list(manifest: &Manifest) -> String {
    let lines = manifest.versions().map(|entry| {
        let what = match (&entry.zip, &entry.go_mod) {
            (Some(_), _) => "zip",
            (None, Some(_)) => "go.mod",
            (None, None) => "info",
        };
        let proof = match entry.proof {
            Proof::Sumdb => "sumdb",
            Proof::Private => "private",
            Proof::None => "none",
        };
        format!("{} {} {what} {proof}\n", entry.path, entry.version)
    });
    lines.collect()
}

fn file_list(manifest: &Manifest) -> String {
    let files = manifest.files.iter();
    let files = files.map(|file| format!("{} {} {}\n", file.sha256, file.size, file.path));
    let links = manifest.links.iter();
    let links = links.map(|link| format!("link {} {}\n", link.path, link.target));
    files.chain(links).collect()
}
