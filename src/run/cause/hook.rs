//! The program of `-toolexec`, `-vettool` or `-exec`: from the command line, from GOFLAGS, or from the
//! command line of a go that a script has started.

use super::program::{is_go, is_started_by};
use super::{Cause, Ground, HOOKS};
use crate::gotool::Invocation;
use crate::guard::{Attempt, Process};
use std::ffi::OsString;

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    let mut hooks = ground.hooks.clone();
    hooks.extend(attempt.process.parents.iter().filter(|parent| is_go(parent)).flat_map(hooks_of));
    attempt.process.chain().find_map(|process| {
        let (flag, value, origin) =
            hooks.iter().find(|(_, value, _)| is_started_by(process, value))?;
        Some(Cause::new(
            format!("-{flag}={value} (from {origin}) has go start it"),
            format!(
                "leave -{flag} away, take a program that needs no network, or let it through: `{}`",
                ground.online
            ),
        ))
    })
}

fn hooks_of(go: &Process) -> Vec<(&'static str, String, String)> {
    let words: Vec<OsString> = go.argv.iter().skip(1).map(OsString::from).collect();
    let read = Invocation::parse(&words);
    let value = |name: &'static str| {
        let value = read.value(name)?.to_str()?.to_owned();
        Some((name, value, "the command line of go".to_owned()))
    };
    HOOKS.iter().filter_map(|name| value(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, said};
    use super::*;

    #[test]
    fn of_goflags_and_of_a_command_line() {
        let flags = vec![("toolexec", "/w/wrap -x".to_owned(), "GOFLAGS".to_owned())];
        let ground = Ground { hooks: flags, ..ground(&[]) };
        let by_goflags = said(&["bash", "/bin/sh /w/wrap -x /goroot/compile", "go build"], &ground);
        assert!(by_goflags.starts_with("-toolexec=/w/wrap -x (from GOFLAGS)"), "{by_goflags}");
        assert!(by_goflags.contains("leave -toolexec away"));
        let of_script = said(&["./runner ./x", "go run -exec ./runner .", "make"], &ground);
        assert!(of_script.starts_with("-exec=./runner (from the command line of go)"));
        assert!(!said(&["./other", "go run -exec ./runner ."], &ground).contains("-exec="));
    }
}
