//! The guard as a library: runs any command in the cage and prints the level, what the command tried
//! to reach, and the exit code.
//!
//! ```sh
//! cargo run --example cage -- bash -c ': > /dev/udp/192.0.2.1/9'
//! cargo run --example cage -- --or-bare make     # without a wall where none is to be had
//! cargo run --example cage -- --unwatched make   # numbers only, from the kernel's counters
//! cargo run --example cage -- --weakest seccomp make   # or `deny`: without a namespace, if need be
//! cargo run --example cage -- --allow 127.0.0.1:5432 --publish 127.0.0.1:8080 make   # doors
//! ```
//!
//! Exit code: the command's own; 69 if no wall is to be had; 127 if the command cannot be started.

use go_offline::guard::{
    self, Attempt, ClosedDoor, NoWall, Policy, Record, Standing, UnixSockets, Watched, Weakest,
};
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::process::{Command, ExitStatus, exit};

fn main() {
    let Asked { or_bare, policy, command } = Asked::read().unwrap_or_else(|error| {
        eprintln!("cage: {error}");
        eprintln!("usage: cage [OPTION]… COMMAND [ARGUMENT]…");
        exit(64)
    });

    // First of all, while this process has one thread.
    let wall = match guard::prepare() {
        Ok(wall) => wall,
        Err(refusal) => go_on_without(&refusal, or_bare, command),
    };
    // The cage thread builds the cage; meanwhile a real program would read and check its files.
    let mut cage = wall.raise(policy);
    match cage.ready() {
        Ok(standing) => say_standing(standing),
        Err(refusal) => go_on_without(&refusal, or_bare, command),
    }
    // What our own caller left open must not lead out.
    let inherited = guard::seal_descriptors(UnixSockets::Note).unwrap_or_else(|error| {
        eprintln!("cage: inherited descriptors: {error}");
        exit(74)
    });
    // Everything started in here is inside.
    let (outcome, mut record) =
        cage.run(move || run(command)).unwrap_or_else(|refusal| give_up(&refusal));
    record.attempts.extend(inherited);
    say_record(&record);
    end_as(outcome)
}

/// The command line.
struct Asked {
    or_bare: bool,
    policy: Policy,
    command: Command,
}

impl Asked {
    fn read() -> Result<Asked, Box<dyn std::error::Error>> {
        let mut words = std::env::args_os().skip(1);
        let mut or_bare = false;
        let mut policy = Policy::default();
        loop {
            let word = words.next().ok_or("there is no command")?;
            let mut value =
                || words.next().and_then(|word| word.into_string().ok()).ok_or("no value");
            match word.to_str() {
                Some("--or-bare") => or_bare = true,
                Some("--unwatched") => policy.watch_calls = false,
                Some("--allow") => policy.allow.push(value()?.parse()?),
                Some("--publish") => policy.publish.push(value()?.parse()?),
                Some("--weakest") => {
                    policy.weakest = match value()?.as_str() {
                        "netns" => Weakest::Netns,
                        "seccomp" => Weakest::Seccomp,
                        "deny" => Weakest::Deny,
                        other => return Err(format!("there is no level {other}").into()),
                    };
                }
                _ => {
                    let mut command = Command::new(word);
                    command.args(words.collect::<Vec<OsString>>());
                    return Ok(Asked { or_bare, policy, command });
                }
            }
        }
    }
}

/// Without a wall, if that was allowed.
fn go_on_without(refusal: &NoWall, or_bare: bool, command: Command) -> ! {
    say_no_wall(refusal);
    if or_bare { end_as(run(command)) } else { exit(69) }
}

fn say_standing(standing: &Standing) {
    eprintln!("cage: level {}", standing.level);
    if let Some(refusal) = &standing.weaker {
        eprintln!("cage: no network namespace: {refusal}");
    }
    say_watched("names", &standing.watch.names);
    say_watched("calls", &standing.watch.calls);
    for ClosedDoor { address, error, .. } in &standing.closed {
        eprintln!("cage: no door for {address}: {error}");
    }
}

fn say_watched(what: &str, watched: &Watched) {
    match watched {
        Watched::Yes => eprintln!("cage: {what} are watched"),
        Watched::No(why) => eprintln!("cage: {what} are not watched: {why}"),
    }
}

fn say_record(record: &Record) {
    for attempt in &record.attempts {
        let Attempt { kind, address, call, count, process, .. } = attempt;
        let what = if attempt.violation { "attempt" } else { "note" };
        let (pid, argv) = (process.pid, process.argv.join(" "));
        eprintln!(
            "cage: {what}: {kind} {address} by {call}, {count} times, process {pid}: {argv:.200}"
        );
    }
    let family = |is_ours: fn(SocketAddr) -> bool| -> u64 {
        let attempts = record.attempts.iter();
        let ours = attempts.filter(|attempt| attempt.address.parse().is_ok_and(is_ours));
        ours.map(|attempt| attempt.count).sum()
    };
    let ipv4 = family(|address| address.is_ipv4()) + record.unattributed.ipv4;
    let ipv6 = family(|address| address.is_ipv6()) + record.unattributed.ipv6;
    eprintln!("cage: attempts {} (ipv4 {ipv4}, ipv6 {ipv6})", ipv4 + ipv6);
    if !record.unattributed.is_empty() {
        eprintln!("cage: of these {} are known to the kernel only", record.unattributed.total());
    }
}

fn run(mut command: Command) -> io::Result<ExitStatus> {
    guard::prepare_child(&mut command);
    command.status()
}

fn end_as(outcome: io::Result<ExitStatus>) -> ! {
    let status = outcome.unwrap_or_else(|error| {
        eprintln!("cage: cannot run the command: {error}");
        exit(127)
    });
    if let Some(signal) = death(status) {
        eprintln!("cage: signal {signal}");
        guard::die_by_signal(signal)
    }
    let code = status.code().unwrap_or(1);
    eprintln!("cage: exit {code}");
    exit(code)
}

fn give_up(refusal: &NoWall) -> ! {
    say_no_wall(refusal);
    exit(69)
}

fn say_no_wall(refusal: &NoWall) {
    eprintln!("cage: no wall: {refusal}");
    if let Some(hint) = &refusal.hint {
        eprintln!("hint: {hint}");
    }
}

#[cfg(unix)]
fn death(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn death(_: ExitStatus) -> Option<i32> {
    None
}
