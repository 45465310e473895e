//! The guard as a library: runs any command in the cage and prints the level, the exit code, and
//! how many attempts to reach the network the kernel refused.
//!
//! ```sh
//! cargo run --example cage -- sh -c 'exec 3<>/dev/tcp/127.0.0.1/9'
//! ```
//!
//! Exit code: the command's own; 69 if no wall is to be had; 127 if the command cannot be started.

use go_offline::guard::{self, NoWall};
use std::ffi::OsString;
use std::process::{Command, ExitStatus, exit};

fn main() {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: cage COMMAND [ARGUMENT]…");
        exit(64)
    };
    let arguments: Vec<OsString> = words.collect();

    // First of all, while this process has one thread.
    let wall = guard::prepare().unwrap_or_else(|refusal| no_wall(&refusal));
    eprintln!("cage: level {}", wall.level());
    // The cage thread builds the cage; meanwhile a real program would read and check its files.
    let cage = wall.raise();
    // What our own caller left open must not lead out.
    if let Err(error) = guard::seal_descriptors() {
        eprintln!("cage: inherited descriptors: {error}");
        exit(74)
    }
    // Everything started in here is inside.
    let outcome = cage.run(move || {
        let mut command = Command::new(&program);
        command.args(&arguments);
        guard::prepare_child(&mut command);
        command
            .status()
            .map_err(|error| format!("{}: {error}", program.display()))
    });
    let (status, attempts) = outcome.unwrap_or_else(|refusal| no_wall(&refusal));
    eprintln!(
        "cage: attempts {} (ipv4 {}, ipv6 {})",
        attempts.total(),
        attempts.ipv4,
        attempts.ipv6
    );

    let status = status.unwrap_or_else(|error| {
        eprintln!("cage: {error}");
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

fn no_wall(refusal: &NoWall) -> ! {
    eprintln!("cage: no wall: {refusal}");
    if let Some(hint) = &refusal.hint {
        eprintln!("hint: {hint}");
    }
    exit(69)
}

#[cfg(unix)]
fn death(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn death(_: ExitStatus) -> Option<i32> {
    None
}
