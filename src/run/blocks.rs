//! What people read of a record: one block for each culprit, one for the notes, one for what the
//! kernel has counted and nobody was seen doing.

use super::cause::is_go;
use super::codes::NETWORK_ATTEMPT;
use super::culprit::{Culprit, Target, Told, culprits};
use crate::guard::{Counted, Nature, Process};
use crate::report::{Finding, Level};

/// More than this many are not shown, but are in `--report`.
const MOST_BLOCKS: usize = 20;
const MOST_TARGETS: usize = 8;
const MOST_NOTES: usize = 10;
const MOST_PARENTS: usize = 8;

/// Of a command line this much is shown, in characters.
const LONGEST_COMMAND: usize = 160;

/// One block for each culprit.
pub(super) fn violations(told: &[Told<'_>], level: Level) -> Vec<Finding> {
    let all = culprits(told.iter().filter(|told| told.attempt.violation));
    let mut blocks: Vec<_> =
        all.iter().take(MOST_BLOCKS).map(|culprit| block(culprit, level)).collect();
    if let Some(rest @ 1..) = all.len().checked_sub(MOST_BLOCKS) {
        let programs = times(rest as u64, "more program", "more programs");
        let message = format!("{programs} tried to reach the network");
        let block = Finding::new(NETWORK_ATTEMPT.name, level, message);
        blocks.push(block.with_help("`--report FILE` has all of them"));
    }
    blocks
}

/// All notes in one block; `None` if there is nothing that people need to know.
pub(super) fn notes(told: &[Told<'_>]) -> Option<Finding> {
    let shown =
        |told: &&Told<'_>| !told.attempt.violation && told.attempt.nature != Nature::Resolver;
    let all = culprits(told.iter().filter(shown));
    if all.is_empty() {
        return None;
    }
    let nature = |culprit: &Culprit<'_>| {
        let is_of = |told: &&Told<'_>| told.cause == *culprit.cause && shown(told);
        told.iter().find(is_of).map(|told| told.attempt.nature)
    };
    let lines: Vec<String> = all
        .iter()
        .flat_map(|culprit| {
            let nature = nature(culprit);
            let help = culprit.cause.help.as_str();
            let note = move |target| note(culprit.program(), target, nature, help);
            culprit.targets.iter().map(note)
        })
        .collect();
    let finding = Finding::new(
        NETWORK_ATTEMPT.name,
        Level::Note,
        "these are no attempts to reach the network, and change no exit code",
    );
    Some(finding.with_rows("note", cut(lines, MOST_NOTES)))
}

/// What was counted and not seen.
pub(super) fn unattributed(
    counted: Counted,
    calls_watched: bool,
    level: Level,
    help: String,
) -> Option<Finding> {
    if counted.is_empty() {
        return None;
    }
    let families = match (counted.ipv4, counted.ipv6) {
        (v4, 0) => format!("{v4} over IPv4"),
        (0, v6) => format!("{v6} over IPv6"),
        (v4, v6) => format!("{v4} over IPv4, {v6} over IPv6"),
    };
    let count = times(counted.total(), "attempt", "attempts");
    let (message, cause) = if calls_watched {
        (
            format!(
                "the network was attempted: {count} to send that no watched call has made ({families})"
            ),
            "counted by the kernel behind the wall, a network namespace; nothing left this machine. It slipped past the watch on system calls, so who it was is not known",
        )
    } else {
        (
            format!("the network was attempted: {count} to send where no route leads ({families})"),
            "counted by the kernel behind the wall, a network namespace; nothing left this machine. A count cannot tell who it was, and a UDP connect that sends nothing may be an address probe",
        )
    };
    let finding = Finding::new(NETWORK_ATTEMPT.name, level, message);
    Some(finding.with_cause(cause).with_help(help))
}

fn block(culprit: &Culprit<'_>, level: Level) -> Finding {
    let who = match culprit.processes.len() {
        1 => culprit.program().to_owned(),
        n => format!("{n} processes of {}", culprit.program()),
    };
    let first = culprit.targets.first().map_or("the network", |target| target.name());
    let others = match culprit.targets.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let message = format!("{who} tried to reach {first}{others}");
    let process = &culprit.processes[0];
    let targets = culprit.targets.iter().map(target).collect();
    let in_dir = process.cwd.iter().map(|dir| dir.display().to_string());
    let mut finding = Finding::new(NETWORK_ATTEMPT.name, level, message)
        .with_rows("tried", cut(targets, MOST_TARGETS))
        .with_rows("process", [of_process(process)])
        .with_rows("in", in_dir)
        .with_rows("started by", cut(parents(process), MOST_PARENTS))
        .with_cause(culprit.cause.words.as_str())
        .with_help(culprit.cause.help.as_str());
    finding.places.extend(culprit.cause.place.clone());
    finding
}

impl Target<'_> {
    /// The name as the program has it, or the address.
    fn name(&self) -> &str {
        self.host.unwrap_or(self.address)
    }
}

/// `tcp example.com, 198.51.100.7:443 (connect), 3 times`
fn target(target: &Target<'_>) -> String {
    let host = target.host.map(|host| format!("{host}, ")).unwrap_or_default();
    let calls = target.calls.join(", ");
    let often = match target.count {
        0 | 1 => String::new(),
        n => format!(", {n} times"),
    };
    format!("{} {host}{} ({calls}){often}", target.kind, target.address)
}

pub(super) fn of_process(process: &Process) -> String {
    let pid = match process.pid {
        0 => "pid not known".to_owned(),
        pid => format!("pid {pid}"),
    };
    match command(process) {
        command if command.is_empty() => format!("{pid}, which has ended"),
        command => format!("{pid}: {command}"),
    }
}

/// The parents up to the outermost go command: what is above it is the user's own command line.
fn parents(process: &Process) -> Vec<String> {
    let last = process.parents.iter().rposition(is_go).map_or(process.parents.len(), |at| at + 1);
    process.parents[..last].iter().map(of_process).collect()
}

/// A command line of a sensible length.
fn command(process: &Process) -> String {
    let line = process.argv.join(" ");
    match line.char_indices().nth(LONGEST_COMMAND) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

fn note(program: &str, target: &Target<'_>, nature: Option<Nature>, help: &str) -> String {
    let name = target.name();
    let often = match target.count {
        0 | 1 => String::new(),
        n => format!(" ({n} times)"),
    };
    match nature {
        Some(Nature::AddressProbe) => {
            format!("{program}: a UDP connect to {name}, which sends nothing{often}")
        }
        Some(Nature::OutsideSocket) => format!(
            "{program}: the socket {name}{often}: whoever is behind it has the network; `unix-sockets = \"deny\"` refuses it"
        ),
        Some(Nature::HostLoopback) => format!(
            "{program}: {name}{often}: a service on the loopback of this machine, which is not that of the command; {help}"
        ),
        Some(Nature::Listening) => {
            format!("{program}: a server at {name}, where nobody from outside can come; {help}")
        }
        _ => format!("{program}: {} {name} ({}){often}", target.kind, target.calls.join(", ")),
    }
}

/// The first lines, and how many there are beyond them.
pub(super) fn cut(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if let Some(rest @ 2..) = lines.len().checked_sub(most) {
        lines.truncate(most);
        lines.push(format!("… and {rest} more, all in --report"));
    }
    lines
}

/// A number with its word.
pub(super) fn times(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

#[cfg(test)]
mod tests {
    use super::super::cause::cause;
    use super::super::cause::tests::{attempt, ground, process};
    use super::*;
    use crate::guard::{Attempt, Kind};
    use crate::report::human;

    fn told(attempts: &[Attempt]) -> Vec<Told<'_>> {
        let ground = ground(&[]);
        attempts.iter().map(|attempt| Told { attempt, cause: cause(attempt, &ground) }).collect()
    }

    fn shown(findings: &[Finding]) -> String {
        anstream::adapter::strip_str(&human(findings)).to_string()
    }

    fn of_test(pid: u32) -> Attempt {
        let test = Process { pid, ..process("/tmp/go-build1/b001/dial.test -test.v") };
        attempt(&[test, process("go test ./dial"), process("make"), process("sh")])
    }

    #[test]
    fn the_block_of_a_test() {
        let mut by_name = of_test(7);
        by_name.kind = Kind::Dns;
        by_name.address = "example.com".to_owned();
        by_name.host = Some("example.com".to_owned());
        by_name.call = "DNS A".to_owned();
        by_name.count = 2;
        let mut by_address = of_test(7);
        by_address.host = Some("api.example.com".to_owned());
        let all = [by_name, by_address];
        assert_eq!(
            shown(&violations(&told(&all), Level::Deny)),
            "error[network-attempt]: dial.test tried to reach example.com and 1 more
  tried       dns example.com (DNS A), 2 times
              tcp api.example.com, 198.51.100.7:443 (connect)
  process     pid 7: /tmp/go-build1/b001/dial.test -test.v
  in          /p/dir
  started by  pid 10: go test ./dial
note: a test of the package in /p/dir
help: give the test a server of its own on loopback (net/http/httptest), skip it offline with `testing.Short()` and `-short`, or let it through: `go-offline --profile online test`

"
        );
    }

    #[test]
    fn many_processes_are_one_block_and_many_programs_are_cut() {
        let all: Vec<Attempt> = (1..=30).map(of_test).collect();
        let blocks = violations(&told(&all), Level::Warn);
        assert_eq!(blocks.len(), 1);
        let text = shown(&blocks);
        assert!(
            text.starts_with("warning[network-attempt]: 30 processes of dial.test tried"),
            "{text}"
        );
        assert!(text.contains("(connect), 30 times"), "{text}");
        let all: Vec<Attempt> = (1..=25)
            .map(|at| attempt(&[process(&format!("/bin/program{at} {}", "x".repeat(400)))]))
            .collect();
        let blocks = violations(&told(&all), Level::Deny);
        assert_eq!(blocks.len(), MOST_BLOCKS + 1);
        let text = shown(&blocks);
        assert!(text.contains("5 more programs tried"), "{text}");
        assert!(text.lines().all(|line| line.len() < 250), "{text}");
    }

    #[test]
    fn many_targets_are_cut() {
        let all: Vec<Attempt> = (1..=20)
            .map(|at| Attempt { address: format!("10.0.0.{at}:80"), ..of_test(7) })
            .collect();
        let text = shown(&violations(&told(&all), Level::Deny));
        assert!(text.contains("10.0.0.8:80") && !text.contains("10.0.0.9:80"), "{text}");
        assert!(text.contains("… and 12 more, all in --report"), "{text}");
    }

    /// What a program calls itself comes from the checkout.
    #[test]
    fn foreign_text_is_cleaned() {
        let hostile = "/bin/e\x1b[31mvil\nerror[x]: forged \u{202e}x";
        let text = shown(&violations(&told(&[attempt(&[process(hostile)])]), Level::Deny));
        assert!(!text.contains('\x1b') && !text.contains('\u{202e}'), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("error[x]")), "{text}");
    }

    #[test]
    fn a_process_that_was_gone() {
        let mut gone = attempt(&[Process::default()]);
        gone.count = 0;
        let text = shown(&violations(&told(&[gone]), Level::Deny));
        assert!(
            text.contains("a process that has ended tried to reach 198.51.100.7:443"),
            "{text}"
        );
        assert!(text.contains("pid not known, which has ended"), "{text}");
    }

    #[test]
    fn notes_are_one_block() {
        let note = |nature, address: &str| {
            let base = attempt(&[process("curl x")]);
            Attempt { nature, violation: false, address: address.to_owned(), ..base }
        };
        let all = [
            note(Nature::AddressProbe, "8.8.8.8:53"),
            note(Nature::AddressProbe, "9.9.9.9:53"),
            note(Nature::OutsideSocket, "/run/docker.sock"),
            note(Nature::HostLoopback, "127.0.0.1:5432"),
            note(Nature::Listening, "0.0.0.0:8080"),
            note(Nature::Resolver, "/run/nscd/socket"),
        ];
        assert_eq!(
            shown(&[notes(&told(&all)).unwrap()]),
            "note[network-attempt]: these are no attempts to reach the network, and change no exit code
  note  curl: a UDP connect to 8.8.8.8:53, which sends nothing
        curl: a UDP connect to 9.9.9.9:53, which sends nothing
        curl: the socket /run/docker.sock: whoever is behind it has the network; `unix-sockets = \"deny\"` refuses it
        curl: 127.0.0.1:5432: a service on the loopback of this machine, which is not that of the command; `allow = [\"127.0.0.1:5432\"]` in `[profile.ci]` of go-offline.toml lets it through
        curl: a server at 0.0.0.0:8080, where nobody from outside can come; `publish = [\"127.0.0.1:8080\"]` in `[profile.ci]` of go-offline.toml lets others in there

"
        );
        assert!(violations(&told(&all), Level::Deny).is_empty());
        assert_eq!(notes(&told(&all[5..])), None, "a resolver's socket is only in --report");
        assert_eq!(notes(&[]), None);
    }

    #[test]
    fn what_nobody_was_seen_doing() {
        let counted = Counted { ipv4: 1, ipv6: 2 };
        let text = |watched| {
            shown(
                &unattributed(counted, watched, Level::Deny, "X".to_owned())
                    .into_iter()
                    .collect::<Vec<_>>(),
            )
        };
        assert!(
            text(false)
                .contains("3 attempts to send where no route leads (1 over IPv4, 2 over IPv6)")
        );
        assert!(text(false).contains("may be an address probe"));
        assert!(text(true).contains("slipped past the watch") && !text(true).contains("probe"));
        assert_eq!(unattributed(Counted::default(), true, Level::Deny, String::new()), None);
    }
}
