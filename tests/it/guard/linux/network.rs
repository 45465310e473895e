//! What can be reached from the cage, and what is counted.

use super::caged::{Caller, callers, run};
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

            let caged = lab.run(caller.caged_probe(script));
            assert_eq!(
                caged.probe(),
                [format!("{name} {ENETUNREACH}")],
                "{caller:?} {script}: {caged:?}"
            );
            assert_eq!(caged.attempts(), *counted, "{caller:?} {script}");
            assert_eq!(lab.heard(), [""; 0], "{caller:?} {script}");
        }
    }
}

#[test]
fn attempts_add_up() {
    let Some(lab) = Lab::open() else { return };
    for caller in callers() {
        let script = "tcp 198.51.100.7:80; tcp 198.51.100.8:80; udp-send 198.51.100.7:53; tcp [2001:db8::7]:80";
        let caged = lab.run(caller.caged_probe(script));
        assert_eq!(caged.probe().len(), 4, "{caged:?}");
        assert_eq!(caged.attempts(), (3, 1), "{caller:?}: {caged:?}");
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
/// cage has a loopback of its own, where simply nobody listens.
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
        assert_eq!(caged.attempts(), (0, 0), "{caller:?}");
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

/// The inner cage has counters of its own, and the inner guard says what they hold; the outer one
/// sees nothing of it.
#[test]
fn a_cage_in_a_cage_counts_for_itself() {
    let Some(lab) = Lab::open() else { return };
    for caller in callers() {
        let inner = caller.caged_probe("tcp 198.51.100.7:80");
        let words = std::iter::once(inner.get_program()).chain(inner.get_args());
        let mut both = caller.cage(words);
        both.env(super::probe::SCRIPT, "tcp 198.51.100.7:80");
        let ran = lab.run(both);
        let counted: Vec<&str> =
            ran.stderr.lines().filter(|line| line.starts_with("cage: attempts")).collect();
        assert_eq!(
            counted,
            ["cage: attempts 1 (ipv4 1, ipv6 0)", "cage: attempts 0 (ipv4 0, ipv6 0)"],
            "{caller:?}: {ran:?}"
        );
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
