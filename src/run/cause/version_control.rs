//! A version control program that go has started: to fetch a module, or to stamp a binary.

use super::program::{base, file, is_go};
use super::{Cause, Ground};
use crate::guard::{Attempt, Process};
use crate::report::without_passwords;

const PROGRAMS: &[&str] = &["git", "hg", "svn", "fossil", "bzr"];

/// Verbs that look at the repository in which the project itself lies.
const LOCAL: &[&str] = &["status", "log", "show", "rev-parse", "identify"];

pub(super) fn cause(attempt: &Attempt, ground: &Ground<'_>) -> Option<Cause> {
    let chain: Vec<&Process> = attempt.process.chain().collect();
    let helpers = chain.iter().take_while(|process| is_transport(process)).count();
    let go = chain.get(helpers).filter(|process| is_go(process))?;
    let outermost = chain[..helpers].iter().rfind(|process| is_program(process))?;
    let program = base(file(outermost));
    if LOCAL.contains(&verb(outermost)) {
        return Some(Cause::new(
            format!(
                "go asks {program} about the project's own repository, to stamp the binary, and {program} wants what this clone lacks"
            ),
            "`-buildvcs=false` leaves the stamp away; a full clone has what is asked for",
        ));
    }
    let url = outermost.argv.iter().find(|word| word.contains("://"));
    let from = url.map(|url| format!(" from {}", without_passwords(url))).unwrap_or_default();
    let asked = if go.argv.is_empty() { "go".to_owned() } else { go.argv.join(" ") };
    Some(Cause::new(
        format!("`{asked}` has {program} fetch a module{from}, which is not there"),
        ground.fetch(),
    ))
}

/// The first word that is neither an option nor the value of one.
fn verb(process: &Process) -> &str {
    let mut words = process.argv.iter().skip(1).map(String::as_str);
    loop {
        match words.next() {
            Some("-c" | "-C") => drop(words.next()),
            Some(word) if word.starts_with('-') => {}
            word => return word.unwrap_or_default(),
        }
    }
}

fn is_program(process: &Process) -> bool {
    PROGRAMS.contains(&base(file(process)))
}

/// Such a program, or one that it starts to get across.
fn is_transport(process: &Process) -> bool {
    let name = base(file(process));
    is_program(process) || matches!(name, "ssh" | "sh") || name.starts_with("git-")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ground, said};
    use super::*;

    #[test]
    fn a_module_that_is_fetched() {
        let said = |chain: &[&str]| said(chain, &ground(&[]));
        let git = "git ls-remote -q https://u:p@h.example/m";
        let fetched = said(&["/lib/git-core/git-remote-https origin", git, "go mod tidy"]);
        assert!(
            fetched.starts_with(
                "`go mod tidy` has git fetch a module from https://xxxxx@h.example/m,"
            ),
            "{fetched}"
        );
        assert!(fetched.contains("`go-offline --profile online mod vendor`"), "{fetched}");
        assert!(said(&["ssh git@h", "git fetch", "go get x"]).contains("has git fetch a module,"));
        assert!(said(&["hg pull", "/goroot/bin/go get x"]).contains("has hg fetch"));
    }

    #[test]
    fn the_own_repository() {
        for git in ["git status --porcelain", "git -c log.showsignature=false log -1"] {
            let said = said(&[git, "go build"], &ground(&[]));
            assert!(said.contains("-buildvcs=false"), "{said}");
        }
    }

    #[test]
    fn a_script_that_fetches_is_no_work_of_gos() {
        for chain in [&["git fetch", "make"][..], &["git fetch", "/bin/sh ./x.sh", "go run ."]] {
            assert_eq!(cause(&super::super::tests::lines(chain), &ground(&[])), None);
        }
        assert_eq!(
            cause(&super::super::tests::lines(&["sh -c x", "go run ."]), &ground(&[])),
            None
        );
    }
}
