//! What is said of processes that a command has left behind.

use super::blocks::{cut, of_process, times};
use super::codes::PROCESSES_LEFT;
use crate::guard::Leftover;
use crate::report::{Finding, Level, RunLeftover};

/// So many are shown; the rest is in `--report`.
const MOST: usize = 8;

/// The go command, gopls and their kin start one of these at nearly every run, to write down that
/// they crashed (golang.org/x/telemetry). It ends by itself when it has nothing left to do.
pub(super) fn is_telemetry(argv: &[String]) -> bool {
    matches!(argv, [_, word] if word == "** telemetry **")
}

/// All of them in one finding; `None` if nothing is left. `strict` is the command that ends them.
pub(super) fn finding(leftovers: &[Leftover], level: Level, strict: &str) -> Option<Finding> {
    let lives = leftovers.iter().filter(|left| !left.ended).count();
    let ended = leftovers.len() - lives;
    let left = |n: usize, one: &str, many: &str| {
        let (one, many) = (
            format!("process that the command left {one}"),
            format!("processes that the command left {many}"),
        );
        times(n as u64, &one, &many)
    };
    let message = match (lives, ended) {
        (0, 0) => return None,
        (0, n) => left(n, "was ended", "were ended"),
        (n, 0) => {
            left(n, "lives on, cut off from the network", "live on, cut off from the network")
        }
        (n, ended) => {
            let lives =
                left(n, "could not be ended and lives on", "could not be ended and live on");
            format!("{lives}, cut off from the network; {ended} more ended")
        }
    };
    let lines = leftovers.iter().map(line).collect();
    let finding =
        Finding::new(PROCESSES_LEFT.name, level, message).with_rows("left", cut(lines, MOST));
    Some(match (lives, ended) {
        (0, _) => finding,
        (_, 0) => finding.with_cause(UNWATCHED).with_help(format!(
            "stop them before the command ends, or have them ended: `{strict}`"
        )),
        _ => finding.with_cause(UNWATCHED),
    })
}

const UNWATCHED: &str =
    "what they try to reach from now on is refused, but nobody watches it and it is in no report";

fn line(left: &Leftover) -> String {
    let process = &left.process;
    let parent =
        process.parents.first().map(|parent| format!(", started by {}", of_process(parent)));
    let dir = process.cwd.as_ref().map(|dir| format!(", in {}", dir.display()));
    let parts = [Some(of_process(process)), dir, parent];
    parts.into_iter().flatten().collect()
}

/// As a report has it.
pub(super) fn reported(left: &Leftover) -> RunLeftover {
    let process = &left.process;
    RunLeftover { pid: process.pid, argv: process.argv.clone(), ended: left.ended }
}

#[cfg(test)]
mod tests {
    use super::super::cause::tests::process;
    use super::*;
    use crate::guard::Process;
    use crate::report::human;

    fn left(pid: u32, line: &str, ended: bool) -> Leftover {
        Leftover { process: Process { pid, ..process(line) }, ended }
    }

    fn text(leftovers: &[Leftover]) -> String {
        let finding = finding(leftovers, Level::Note, "go-offline --strict test");
        anstream::adapter::strip_str(&human(&[finding.unwrap()])).to_string()
    }

    #[test]
    fn what_lives_on_is_named_with_who_started_it() {
        let mut worker = left(8, "worker -n 2", false);
        worker.process.parents = vec![Process { pid: 7, ..process("server") }];
        let text = text(&[left(7, "server", false), worker]);
        assert!(text.starts_with("note[processes-left]: 2 processes that the command left live on, cut off from the network\n"), "{text}");
        assert!(text.contains("pid 7: server, in /p/dir\n"), "{text}");
        assert!(
            text.contains("pid 8: worker -n 2, in /p/dir, started by pid 7: server\n"),
            "{text}"
        );
        assert!(text.contains("`go-offline --strict test`"), "{text}");
    }

    #[test]
    fn what_was_ended_needs_no_mend() {
        let text_of = |ended: [bool; 2]| text(&[left(7, "a", ended[0]), left(8, "b", ended[1])]);
        let both = text_of([true, true]);
        assert!(both.contains("2 processes that the command left were ended\n"), "{both}");
        assert!(!both.contains("help:"), "{both}");
        let one = text_of([false, true]);
        assert!(one.contains("1 process that the command left could not be ended and lives on, cut off from the network; 1 more ended\n"), "{one}");
        assert_eq!(finding(&[], Level::Note, ""), None);
    }

    #[test]
    fn only_the_telemetry_of_go_goes_unmentioned() {
        let is = |words: &[&str]| {
            is_telemetry(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
        };
        assert!(is(&["/usr/lib/go/bin/go", "** telemetry **"]));
        assert!(!is(&["go"]) && !is(&[]) && !is(&["** telemetry **"]));
        assert!(!is(&["sh", "** telemetry **", "x"]) && !is(&["go", "telemetry"]));
    }
}
