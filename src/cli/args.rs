//! The command line: our flags before the verb, everything behind a go verb untouched.

use crate::gotool::VERBS;
use crate::profile::{Floor, Format as EnvFormat, Verify};
use crate::report::Exit;
use crate::run::{ConfigChoice, KEEP};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Every command of go: build, test, vet, run, list, mod, env, … is run as `go` would run it, under
the profile; everything behind it belongs to go. `go-offline go ARGS…` always reaches go.

Profiles: auto (default: vendor where the project is vendored, else cache), vendor, cache, bundle,
proxy, online, open, and those of go-offline.toml. GO_OFFLINE_PROFILE, _CONFIG, _FLOOR, _VERIFY,
_NETWORK, _ISOLATION and _BUNDLE set what their flags and files would; GO_OFFLINE_GO names the go
command.

Exit codes: go's own, and 64 usage, 65 findings, 69 isolation not to be had, 70 a bug of ours,
74 input/output, 75 not everything checked, 77 network attempted, 78 bad configuration.

Examples:
  go-offline build ./...             build from vendor/, checked, with the network cut
  go-offline test ./...              fails with 77 if a test tries to reach the network
  go-offline check                   check go.mod, go.sum and vendor/ only
  go-offline --profile online mod vendor
  go-offline exec -- make test       any command under the profile and the wall
  go-offline trace -- make test      what does it try to reach?";

/// What the command line says.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) profile: Option<String>,
    pub(super) floor: Option<(String, Floor)>,
    pub(super) config: ConfigChoice,
    pub(super) dir: Option<PathBuf>,
    pub(super) report: Option<PathBuf>,
    pub(super) dry_run: bool,
    pub(super) strict: bool,
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    pub(super) verb: Verb,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Verb {
    Own(Own),
    /// The arguments of the go command.
    Go(Vec<OsString>),
    /// What go calls in place of a program that it has built: a directory and a command line. It is
    /// not in the help, since nobody else has a use for it.
    Keep(Vec<OsString>),
    /// A word that is neither ours nor go's, and what stands behind it: a plugin, or a mistake.
    Other(Vec<OsString>),
}

#[derive(Debug, Parser)]
#[command(
    name = "go-offline",
    version,
    about = "The go command, offline: vendored modules checked, the network cut, attempts reported",
    after_help = AFTER_HELP,
    override_usage = "go-offline [OPTIONS] <GO COMMAND> [GO ARGUMENTS]...\n       go-offline [OPTIONS] <bundle|check|exec|explain|fetch|init|lock|profile|shim|sumdb|trace> ...",
    disable_help_subcommand = true,
    allow_external_subcommands = true,
    arg_required_else_help = true
)]
struct Line {
    /// The profile: auto, vendor, cache, bundle, proxy, online, open, or one of go-offline.toml
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Read settings from FILE in place of the project's go-offline.toml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no settings file at all
    #[arg(long)]
    no_config: bool,
    /// What no project may go below, as in verify=bytes,network=deny,isolation=require
    #[arg(long, value_name = "KEY=WORD,…", value_parser = floor)]
    floor: Option<(String, Floor)>,
    /// Change to DIR first
    #[arg(short = 'C', value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Write what came of the run to FILE, as JSON: wall, environment, findings, attempts, exit code
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print the environment and the command as one shell line, and start nothing
    #[arg(long)]
    dry_run: bool,
    /// Exit with 75 where a module could not be checked as deeply as was asked, before anything is
    /// started; and end the processes that the command leaves behind the wall
    #[arg(long)]
    strict: bool,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    color: Color,
    /// Show findings of level deny only
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Show also what is all right: profile, wall, settings that lose
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    verb: Word,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Word {
    #[command(flatten)]
    Own(Own),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// The verbs that are ours.
#[derive(Debug, Subcommand)]
pub(super) enum Own {
    /// Check go.mod, go.sum and vendor/modules.txt against each other, and every vendored file against
    /// go.sum: offline, without go and without git
    Check(CheckArgs),
    /// Run any command under the profile's environment and behind the wall, with the shim first on
    /// PATH: each `go` in it is go-offline
    Exec(ExecArgs),
    /// Run any command as `exec` does, but let nothing fail by the network: for finding out what it
    /// tries to reach. The exit code is the command's own
    Trace(ExecArgs),
    /// Explain a finding code: what it means, why it matters, what mends it
    Explain(ExplainArgs),
    /// List the profiles, show or compare what they come to, or export one's environment
    Profile(ProfileArgs),
    /// Record what go.sum proves of the vendored modules in go-offline.lock, or compare with it
    Lock(LockArgs),
    /// Fetch into the module cache what go.sum names, hash all of it, and replace what is wrong there
    Fetch(super::fetch::FetchArgs),
    /// Carry a project into an air gap: all modules, proofs and go itself as one verified archive
    Bundle(Box<super::bundle::BundleArgs>),
    /// Hold go.sum against the checksum database, online or by the proofs in a bundle
    Sumdb(super::sumdb::SumdbArgs),
    /// Write a first go-offline.toml, with the schema that editors check it by; neither is ever
    /// overwritten
    Init(InitArgs),
    /// Be the go command: install, remove or look at links named `go` that lead here
    Shim(super::shim::ShimArgs),
}

/// `init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Write to stdout and no file
    #[arg(long)]
    pub(super) stdout: bool,
}

/// `profile`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct ProfileArgs {
    #[command(subcommand)]
    pub(super) verb: ProfileVerb,
}

/// What is to be known of profiles.
#[derive(Debug, Subcommand)]
pub(super) enum ProfileVerb {
    /// List every profile, the one in force marked with `*`
    List,
    /// Show what a profile comes to: each value with where it comes from, and what loses against it
    Show {
        /// The profile; without it, the one in force
        name: Option<String>,
        /// The output format: human or json
        #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
        format: Format,
    },
    /// Print a profile's environment for a shell, a CI or a container: what a run would set and unset.
    /// With it go builds the same without go-offline, but unchecked and with no wall
    Env {
        /// The profile; without it, the one in force
        name: Option<String>,
        /// sh, direnv, fish, powershell, dotenv, github, gitlab, docker or json
        #[arg(long, value_name = "FORMAT", default_value = "sh", value_parser = |word: &str| word.parse::<EnvFormat>())]
        format: EnvFormat,
    },
    /// Compare what two profiles come to
    Diff {
        /// The one
        one: String,
        /// The other
        other: String,
    },
    /// Print the JSON schema of go-offline.toml
    Schema,
}

/// `lock`.
#[derive(Debug, Args)]
pub(super) struct LockArgs {
    /// Write also go-offline.lock.lists: the lists of the modules' files, by which every later check
    /// is possible without zips, module cache or network. Once it is there it is kept up to date
    #[arg(long)]
    pub(super) with_lists: bool,
    /// Write nothing: exit with 65 if lock or lists are not what they would be
    #[arg(long)]
    pub(super) check: bool,
    /// Exit with 65, and write nothing, if the fingerprint over all modules is another
    #[arg(long, value_name = "sha256:HEX", value_parser = fingerprint)]
    pub(super) expect: Option<String>,
    /// Print the modules that the project is built from, as `go list -m all` does, from go.mod files
    /// in the module cache; or compare them with FILE, which holds such a list
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["with_lists", "check", "expect"])]
    pub(super) deps: Option<Option<PathBuf>>,
    /// Print the key under which a CI keeps its caches: it changes with go.sum, the go version, GOOS,
    /// GOARCH and the profile
    #[arg(long, conflicts_with_all = ["with_lists", "check", "expect", "deps"])]
    pub(super) cache_key: bool,
}

/// A fingerprint as the lock has it.
fn fingerprint(text: &str) -> Result<String, String> {
    let what =
        "a fingerprint is `sha256:` and 64 hexadecimal digits, as the last line of go-offline.lock";
    sha256(text).map_err(|_| what.to_owned())
}

/// A SHA-256 as we write it.
pub(super) fn sha256(text: &str) -> Result<String, String> {
    // Without a word in front, as sha256sum writes it.
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if hex.len() == 64 && hex.chars().all(is_digit) {
        return Ok(format!("sha256:{hex}"));
    }
    Err("a hash is `sha256:` and 64 hexadecimal digits, in lower case".to_owned())
}

/// `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// How deep: off, lists, or bytes, which holds every vendored file against go.sum; bytes unless
    /// GO_OFFLINE_VERIFY says otherwise
    #[arg(long, value_name = "DEPTH", value_parser = |word: &str| word.parse::<Verify>())]
    pub(super) verify: Option<Verify>,
    /// The go version to judge by, instead of the newest rules known
    #[arg(long, value_name = "VERSION")]
    pub(super) go: Option<String>,
    /// Exit with 75 if any module or file could not be checked as deeply as was asked
    #[arg(long)]
    pub(super) strict: bool,
    /// Read every file, also those that have not changed since they were last verified
    #[arg(long)]
    pub(super) no_cache: bool,
    /// The output format: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    pub(super) format: Format,
    /// Count findings of this code, but do not show them
    #[arg(short = 'A', long = "allow", value_name = "CODE")]
    pub(super) allow: Vec<String>,
    /// Show findings of this code as warnings
    #[arg(short = 'W', long = "warn", value_name = "CODE")]
    pub(super) warn: Vec<String>,
    /// Fail on findings of this code
    #[arg(short = 'D', long = "deny", value_name = "CODE")]
    pub(super) deny: Vec<String>,
}

/// An output format.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    Human,
    Json,
}

/// `exec` and `trace`.
#[derive(Debug, Args)]
pub(super) struct ExecArgs {
    /// Write what came of the run to FILE, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// The command and its arguments, best behind `--`
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub(super) command: Vec<OsString>,
}

/// `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The code; without one, all codes are listed
    pub(super) code: Option<String>,
    /// Print all codes in full, as Markdown
    #[arg(long, conflicts_with = "code")]
    pub(super) markdown: bool,
}

impl Line {
    /// What clap does not see where one stands before the verb and the other behind it.
    fn sound(self) -> Result<Line, clap::Error> {
        match self.quiet && self.verbose {
            true => Err(Line::command().error(
                ErrorKind::ArgumentConflict,
                "the argument '--quiet' cannot be used with '--verbose'",
            )),
            false => Ok(self),
        }
    }
}

/// Says of an option of ours behind a verb of ours where it stands.
fn with_place(mut error: clap::Error) -> clap::Error {
    let invalid = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(invalid)) if error.kind() == ErrorKind::UnknownArgument => {
            invalid
        }
        _ => return error,
    };
    let is_ours = |arg: &clap::Arg| {
        let long = arg.get_long().is_some_and(|long| *invalid == format!("--{long}"));
        long || arg.get_short().is_some_and(|short| *invalid == format!("-{short}"))
    };
    if Line::command().get_arguments().any(is_ours) {
        let tip = format!("'{invalid}' stands before the verb, as in `go-offline [OPTIONS] VERB`");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

impl Arguments {
    /// Reads the command line; an error has been printed, and is the exit code.
    pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Arguments, u8> {
        let line = Line::try_parse_from(args).and_then(Line::sound).map_err(|error| {
            let error = with_place(error);
            let _ = error.print();
            match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Ok.code(),
                _ => Exit::Usage.code(),
            }
        })?;
        line.color.apply();
        let verb = match line.verb {
            Word::Own(own) => Verb::Own(own),
            Word::Other(words) => verb_of(words),
        };
        Ok(Arguments {
            profile: line.profile,
            floor: line.floor,
            config: match line.config {
                _ if line.no_config => ConfigChoice::Off,
                Some(path) => ConfigChoice::File(path),
                None => ConfigChoice::Found,
            },
            dir: line.dir,
            report: line.report,
            dry_run: line.dry_run,
            strict: line.strict,
            quiet: line.quiet,
            verbose: line.verbose,
            verb,
        })
    }

    /// The command line of somebody who called us `go`: none of it is ours.
    pub(super) fn of_go(words: Vec<OsString>) -> Arguments {
        Arguments {
            profile: None,
            floor: None,
            config: ConfigChoice::Found,
            dir: None,
            report: None,
            dry_run: false,
            strict: false,
            quiet: false,
            verbose: false,
            verb: Verb::Go(words),
        }
    }
}

fn floor(text: &str) -> Result<(String, Floor), String> {
    Floor::parse(text).map(|floor| (text.to_owned(), floor))
}

impl Color {
    fn apply(self) {
        let choice = match self {
            Color::Auto => return,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// `go ARGS…` is the escape to the go command; a known verb is go's.
fn verb_of(mut words: Vec<OsString>) -> Verb {
    let verb = words.first().and_then(|word| word.to_str()).unwrap_or_default();
    if verb == "go" {
        words.remove(0);
        return Verb::Go(words);
    }
    if verb == KEEP {
        words.remove(0);
        return Verb::Keep(words);
    }
    if VERBS.contains(&verb) { Verb::Go(words) } else { Verb::Other(words) }
}

/// The verbs that may stand first, less go's own and plugins.
pub(super) const OWN: &[&str] = &[
    "bundle", "check", "exec", "explain", "fetch", "go", "init", "lock", "profile", "shim",
    "sumdb", "trace",
];
