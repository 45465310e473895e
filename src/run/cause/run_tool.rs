//! A program that `go run` or `go tool` has built and started, or what that starts.

use super::program::is_go;
use super::{Cause, Ground};
use crate::gotool::Invocation;
use crate::guard::{Attempt, Process};
use std::ffi::OsString;

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    let parents = &attempt.process.parents;
    let runs = parents.iter().find_map(|parent| runs(parent).map(|runs| (parent, runs)));
    let (go, (verb, what)) = runs?;
    let words = format!("the program {what}, which `{}` has built and started", go.argv.join(" "));
    let help = format!(
        "let the program work without the network, or run it with: `{}`{}",
        ground.online,
        if verb == "tool" { "; it is a tool of go.mod" } else { "" }
    );
    Some(Cause::new(words, help))
}

/// What a go command builds and starts.
fn runs(process: &Process) -> Option<(&'static str, String)> {
    if !is_go(process) {
        return None;
    }
    let words: Vec<OsString> = process.argv.iter().skip(1).map(OsString::from).collect();
    let read = Invocation::parse(&words);
    let verb = ["run", "tool"].into_iter().find(|verb| read.command == *verb)?;
    Some((verb, read.operands.first()?.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, lines, said};
    use super::*;

    #[test]
    fn a_program_and_what_it_starts() {
        let said = |chain: &[&str]| said(chain, &ground(&[]));
        let exe = "/tmp/go-build1/b001/exe/gen -o x";
        let run = said(&["curl x", exe, "go run ./gen -o x", "make"]);
        assert!(run.starts_with("the program ./gen, which `go run ./gen -o x` has built"), "{run}");
        assert!(said(&["/cache/stringer", "go tool stringer"]).contains("a tool of go.mod"));
        for chain in [&["curl", "go build"][..], &["go run ."], &["curl", "make"]] {
            assert_eq!(cause(&lines(chain), &ground(&[])), None, "{chain:?}");
        }
    }
}
