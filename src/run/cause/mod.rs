//! What most likely led to an attempt to reach the network, and what mends it.
//!
//! One file per cause. Each looks at who it was and at the parents, and says nothing where it is not
//! about them; the first that speaks is right, so the order of [`CAUSES`] is the design. Pure: what is
//! known of the run is handed in as a [`Ground`].

mod cache_program;
mod compiler;
mod generate;
mod go_command;
mod hook;
mod nature;
mod pkg_config;
mod program;
mod run_tool;
mod test_binary;
mod version_control;

pub(super) use nature::table;
pub(super) use program::{is_go, named};

use crate::guard::{Attempt, Nature, Process};
use crate::report::Place;
use std::collections::BTreeMap;
use std::path::Path;

/// The environment variables of a process that tell what it was started for.
pub(in crate::run) const VARIABLES: &[&str] = &["GOFILE", "GOLINE", "GOPACKAGE"];

/// The variables of the command whose values name programs or hosts.
pub(in crate::run) const NAMING: &[&str] =
    &["CC", "CXX", "FC", "AR", "PKG_CONFIG", "GOCACHEPROG", "GOAUTH", "GOPROXY", "GOSUMDB"];

/// Flags of go that name a program to be started.
pub(in crate::run) const HOOKS: &[&str] = &["toolexec", "vettool", "exec"];

/// Why it was tried, in words, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::run) struct Cause {
    /// The cause.
    pub(in crate::run) words: String,
    /// The mend, with the command in backticks.
    pub(in crate::run) help: String,
    /// The line that leads to it, where there is one.
    pub(in crate::run) place: Option<Place>,
}

impl Cause {
    fn new(words: impl Into<String>, help: impl Into<String>) -> Cause {
        Cause { words: words.into(), help: help.into(), place: None }
    }
}

/// What is known of the run.
pub(in crate::run) struct Ground<'a> {
    /// The variables of [`NAMING`] as the command has them.
    pub(in crate::run) variables: BTreeMap<&'static str, String>,
    /// The flags of [`HOOKS`] that are set, with their values and where.
    pub(in crate::run) hooks: Vec<(&'static str, String, String)>,
    /// Whether the build is from vendor/.
    pub(in crate::run) uses_vendor: bool,
    /// Whether the project is a workspace.
    pub(in crate::run) in_workspace: bool,
    /// The same command under the profile that may use the network.
    pub(in crate::run) online: String,
    /// Its beginning, before the verb.
    pub(in crate::run) program_online: String,
    /// Where a line that opens the wall has its place, in words.
    pub(in crate::run) table: String,
    /// A path as its reader would write it.
    pub(in crate::run) shown: &'a dyn Fn(&Path) -> String,
    /// The text of a source file; `None` where it cannot be read.
    pub(in crate::run) read: &'a dyn Fn(&Path) -> Option<String>,
}

impl Ground<'_> {
    /// Where a missing module is got from.
    fn fetch(&self) -> String {
        let program = &self.program_online;
        let verb = if self.in_workspace { "work" } else { "mod" };
        if self.uses_vendor {
            format!("`{program} {verb} vendor` puts a missing module into vendor/")
        } else {
            format!("`{program} mod download` puts missing modules into the module cache")
        }
    }

    /// The variable whose value starts this process, with the value.
    fn variable_naming(&self, process: &Process, names: &[&str]) -> Option<(&'static str, &str)> {
        let mut set = self.variables.iter().filter(|(name, _)| names.contains(name));
        set.find(|(_, value)| program::is_started_by(process, value))
            .map(|(name, value)| (*name, value.as_str()))
    }
}

/// One cause: what it says of an attempt, if it is about it.
type Rule = fn(&Attempt, &Ground<'_>) -> Option<Cause>;

/// Every cause. What the kind of attempt tells comes first; then what a line of the user's own or a
/// test has asked for, whatever programs it took to do it; then go's helpers, then go itself.
const CAUSES: &[Rule] = &[
    nature::cause,
    generate::cause,
    test_binary::cause,
    cache_program::cause,
    hook::cause,
    pkg_config::cause,
    compiler::cause,
    version_control::cause,
    go_command::cause,
    run_tool::cause,
];

/// Of an attempt that people may have read of already.
const INSIDE: &str = "a go-offline inside this command has seen it, and says so above unless its output was thrown away";

/// The most likely cause.
pub(in crate::run) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Cause {
    let rule = CAUSES.iter().find_map(|rule| rule(attempt, ground));
    let mut cause = rule.unwrap_or_else(|| other(attempt, ground));
    if attempt.nature == Nature::PassedOn {
        cause.words = format!("{}; {INSIDE}", cause.words);
    }
    cause
}

/// A program that has nothing to do with go, as far as can be seen.
fn other(attempt: &Attempt, ground: &Ground<'_>) -> Cause {
    let process = &attempt.process;
    let words = match process.parents.first() {
        _ if process.argv.is_empty() => {
            "the process was gone before it could be looked at".to_owned()
        }
        Some(parent) => format!("a program started by `{}`", named(parent)),
        None => "the command itself".to_owned(),
    };
    Cause::new(
        words,
        format!(
            "give it what it needs from the repository, or let it through: `{}`",
            ground.online
        ),
    )
}

#[cfg(test)]
pub(in crate::run) mod tests {
    use super::*;
    use crate::guard::Kind;
    use std::sync::Arc;

    /// A process from its command line, words separated by blanks.
    pub(in crate::run) fn process(line: &str) -> Process {
        let argv = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Process { pid: 10, argv, cwd: Some("/p/dir".into()), ..Process::default() }
    }

    /// An attempt of the first process, which the others have started, the nearest first.
    pub(in crate::run) fn attempt(chain: &[Process]) -> Attempt {
        let (first, parents) = chain.split_first().unwrap();
        let process = Process { parents: parents.to_vec(), ..first.clone() };
        Attempt {
            kind: Kind::Tcp,
            address: "198.51.100.7:443".to_owned(),
            host: None,
            call: "connect".to_owned(),
            process: Arc::new(process),
            count: 1,
            nature: Nature::Outward,
            violation: true,
        }
    }

    /// The same from command lines.
    pub(super) fn lines(chain: &[&str]) -> Attempt {
        attempt(&chain.iter().map(|line| process(line)).collect::<Vec<_>>())
    }

    /// A run of which nothing is known but its variables.
    pub(in crate::run) fn ground(variables: &[(&'static str, &str)]) -> Ground<'static> {
        Ground {
            variables: variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            hooks: Vec::new(),
            uses_vendor: true,
            in_workspace: false,
            online: "go-offline --profile online test".to_owned(),
            program_online: "go-offline --profile online".to_owned(),
            table: "`[profile.ci]` of go-offline.toml".to_owned(),
            shown: &|path| path.display().to_string(),
            read: &|_| None,
        }
    }

    /// The words and the help of the cause that is found for a chain of command lines.
    pub(super) fn said(chain: &[&str], ground: &Ground<'_>) -> String {
        let cause = cause(&lines(chain), ground);
        format!("{}\n{}", cause.words, cause.help)
    }

    #[test]
    fn of_a_program_of_no_kind_the_parent_is_named() {
        let said = |chain: &[&str]| said(chain, &ground(&[]));
        assert!(said(&["curl x", "/bin/sh ./build.sh", "make"]).contains("started by `build.sh`"));
        assert!(said(&["curl x"]).starts_with("the command itself\n"));
        assert!(said(&["", "make"]).starts_with("the process was gone"));
        assert!(said(&["curl x"]).contains("`go-offline --profile online test`"));
    }

    #[test]
    fn what_is_passed_on_has_its_own_cause_and_says_who_saw_it() {
        let mut attempt = lines(&["/tmp/go-build1/b001/x.test -test.v", "go test"]);
        let own = cause(&attempt, &ground(&[]));
        attempt.nature = Nature::PassedOn;
        let passed_on = cause(&attempt, &ground(&[]));
        assert_eq!(passed_on.help, own.help);
        assert_eq!(passed_on.words, format!("{}; {INSIDE}", own.words));
    }

    /// Who stands first in the list speaks, whatever else would fit.
    #[test]
    fn the_order_of_causes() {
        let ground = ground(&[("CC", "gcc")]);
        let test = "/tmp/go-build1/b001/x.test -test.v";
        assert!(said(&["git fetch", "go list", test, "go test"], &ground).contains("test of"));
        assert!(said(&["gcc -c x.c", test, "go test"], &ground).contains("test of"));
        let mut generated = process("gcc");
        generated.variables =
            vec![("GOFILE".into(), "gen.go".into()), ("GOLINE".into(), "3".into())];
        let cause = cause(&attempt(&[generated, process("go generate")]), &ground);
        assert!(cause.words.contains("go:generate"), "{cause:?}");
    }
}
