//! What can be reached from the cage, and what is counted.

use super::caged::{Caller, Calls, callers, run};
use super::lab::Lab;
use crate::skip::skipped;
use std::net::TcpListener;

const ENETUNREACH: &str = "101";
const ECONNREFUSED: &str = "111";

#[test]
fn what_leaves_the_lab_does_not_leave_the_cage() {
    let Some(lab) = Lab::open() else { return };
    let cases = [
        ("tcp 198.51.100.7:7777", "tcp", (1, 0), vec!["heard tcp"]),
        ("tcp 198.51.100.200:7777", "tcp", (1, 0), vec!["heard tcp"]), // by the default route
        ("tcp [2001:db8::7]:7777", "tcp", (0, 1), vec!["heard tcp"]),
        ("udp-send 198.51.100.7:7777", "udp-send", (1, 0), vec!["heard udp"]),
        ("udp-send [2001:db8::7]:7777", "udp-send", (0, 1), vec!["heard udp"]),
        // Sends nothing, so nothing is heard; may be an address probe, and is counted all the same.
        ("udp-connect 198.51.100.7:7777", "udp-connect", (1, 0), vec![]),
        ("udp-connect [2001:db8::7]:7777", "udp-connect", (0, 1), vec![]),
    ];
    for caller in callers() {
        for (script, name, counted, heard) in &cases {
            let bare = lab.run(caller.bare_probe(script));
            assert_eq!(
                bare.probe(),
                [format!("{name} ok")],
                "control, {caller:?} {script}: {bare:?}"
            );
            assert_eq!(lab.heard(), *heard, "control, {caller:?} {script}");

            for calls in [Calls::Watched, Calls::Unwatched] {
                let caged = lab.run(caller.caged_probe_by(calls, script));
                assert_eq!(
                    caged.probe(),
                    [format!("{name} {ENETUNREACH}")],
                    "{caller:?} {script}: {caged:?}"
                );
                assert_eq!(caged.attempts(), *counted, "{caller:?} {script}");
                let by_kernel_only =
                    if calls == Calls::Watched { 0 } else { counted.0 + counted.1 };
                assert_eq!(caged.known_to_the_kernel_only(), by_kernel_only, "{caged:?}");
                assert_eq!(lab.heard(), [""; 0], "{caller:?} {script}");
            }
        }
    }
}

#[test]
fn attempts_add_up() {
    let Some(lab) = Lab::open() else { return };
    for caller in callers() {
        let script = "tcp 198.51.100.7:80; tcp 198.51.100.8:80; udp-send 198.51.100.7:53; tcp [2001:db8::7]:80";
        for calls in [Calls::Watched, Calls::Unwatched] {
            let caged = lab.run(caller.caged_probe_by(calls, script));
            assert_eq!(caged.probe().len(), 4, "{caged:?}");
            assert_eq!(caged.attempts(), (3, 1), "{caller:?}: {caged:?}");
        }
    }
}

#[test]
fn loopback_works_in_the_cage_and_is_not_counted() {
    for caller in callers() {
        for at in ["127.0.0.1", "127.9.8.7", "::1"] {
            let script = format!("loopback {at}");
            if run(caller.bare_probe(&script)).probe() != ["loopback ok"] {
                skipped(&format!("{at}: this machine has no such loopback"));
                continue;
            }
            let caged = run(caller.caged_probe(&script));
            assert_eq!(caged.probe(), ["loopback ok"], "{caller:?} {at}: {caged:?}");
            assert_eq!(caged.attempts(), (0, 0), "{caller:?} {at}");
        }
    }
}

/// A service on the machine's own loopback is out of reach, but the kernel does not count it: the
/// cage has a loopback of its own, where simply nobody listens. The watch over calls sees it.
#[test]
fn the_machines_loopback_is_refused_but_not_counted() {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let script = format!("tcp {}", service.local_addr().unwrap());
    std::thread::spawn(move || service.incoming().for_each(drop));
    for caller in callers() {
        assert_ne!(
            run(caller.bare_probe(&script)).probe(),
            [format!("tcp {ECONNREFUSED}")],
            "control"
        );
        let caged = run(caller.caged_probe(&script));
        assert_eq!(caged.probe(), [format!("tcp {ECONNREFUSED}")], "{caller:?}: {caged:?}");
        // What is seen of it is a note.
        assert_eq!(caged.attempts(), (1, 0), "{caller:?}: {caged:?}");
        assert!(caged.stderr.contains("cage: note: tcp 127.0.0.1:"), "{caged:?}");
        let unwatched = run(caller.caged_probe_by(Calls::Unwatched, &script));
        assert_eq!(unwatched.attempts(), (0, 0), "{caller:?}: {unwatched:?}");
    }
}

#[test]
fn a_quiet_command_counts_nothing() {
    for caller in callers() {
        for _ in 0..20 {
            let caged = run(caller.cage(["true"]));
            assert_eq!(
                (caged.code(), caged.attempts()),
                (Some(0), (0, 0)),
                "{caller:?}: {caged:?}"
            );
        }
    }
}

/// The outer guard watches the calls of the inner one's command too, and the inner one goes by its own
/// counters.
#[test]
fn a_cage_in_a_cage_is_seen_by_both() {
    let Some(lab) = Lab::open() else { return };
    for caller in callers() {
        let inner = caller.caged_probe("tcp 198.51.100.7:80");
        let words = std::iter::once(inner.get_program()).chain(inner.get_args());
        let mut both = caller.cage(words);
        both.env(super::probe::SCRIPT, "tcp 198.51.100.7:80");
        let ran = lab.run(both);
        let said = |start: &str| {
            let lines = ran.stderr.lines().filter(|line| line.starts_with(start));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let counted = "cage: attempts 1 (ipv4 1, ipv6 0)";
        assert_eq!(said("cage: attempts"), [counted, counted], "{caller:?}: {ran:?}");
        // The inner one knows a number, the outer one who it was.
        assert_eq!(said("cage: calls are not watched").len(), 1, "{ran:?}");
        let attempts = said("cage: attempt:");
        assert_eq!(attempts.len(), 1, "{ran:?}");
        assert!(attempts[0].contains("tcp 198.51.100.7:80 by connect"), "{attempts:?}");
    }
}

#[test]
fn the_level_is_named() {
    for caller in callers() {
        let wanted = match caller {
            Caller::Root => "netns",
            Caller::Ordinary => "netns+userns",
        };
        assert_eq!(run(caller.cage(["true"])).level(), wanted);
    }
}
