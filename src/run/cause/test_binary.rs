//! A test binary, or what it starts.

use super::program::{base, file};
use super::{Cause, Ground};
use crate::guard::{Attempt, Process};

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    let test = attempt.process.chain().find(|process| is_test(process))?;
    // go runs a test in the directory of its package.
    let package = test.cwd.as_deref().map(|dir| format!(" in {}", (ground.shown)(dir)));
    let words = format!("a test of the package{}", package.unwrap_or_default());
    let help = format!(
        "give the test a server of its own on loopback (net/http/httptest), skip it offline with `testing.Short()` and `-short`, or let it through: `{}`",
        ground.online
    );
    Some(Cause::new(words, help))
}

/// `go test` builds NAME.test in a directory of its own; one that was kept is run with its flags.
fn is_test(process: &Process) -> bool {
    let file = file(process);
    let built_for_now = file.split('/').any(|element| element.starts_with("go-build"));
    let has_flag = || process.argv.iter().skip(1).any(|word| word.starts_with("-test."));
    base(file).ends_with(".test") && (built_for_now || has_flag())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, lines, said};
    use super::*;

    #[test]
    fn a_test_and_what_it_starts() {
        let test = "/tmp/go-build12/b001/dial.test -test.paniconexit0 -test.timeout=10m0s";
        let go = "go test ./dial";
        for chain in [&[test, go][..], &["curl x", "sh -c curl", test, go], &["./x.test -test.v"]] {
            let said = said(chain, &ground(&[]));
            assert!(said.starts_with("a test of the package in /p/dir\n"), "{said}");
            assert!(
                said.contains("testing.Short()") && said.contains("--profile online"),
                "{said}"
            );
        }
    }

    #[test]
    fn not_every_name_that_ends_so() {
        for line in ["/tmp/go-build12/b001/exe/dial", "/usr/bin/unit.test", "go test"] {
            assert_eq!(cause(&lines(&[line]), &ground(&[])), None, "{line}");
        }
    }
}
