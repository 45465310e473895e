//! Which wall it becomes on machines that give less, what is said of it, and what holds there.

use crate::cage::programs::programs;
use crate::guard::linux::lab::Lab;
use crate::sandbox::{Machine, worlds};
use crate::world::{Ran, World};
use serde_json::Value;

/// Runs words of go-offline, with a report.
fn ours(world: &World, isolation: &str, words: &[&str]) -> (Ran, Value) {
    if world.has("report") {
        world.remove("report");
    }
    let words = ["--report", "../report"].iter().chain(words);
    let ran = world.ours(words).env("GO_OFFLINE_ISOLATION", isolation).run();
    let report = serde_json::from_str(&world.read("report")).unwrap();
    (ran, report)
}

fn level(report: &Value) -> &str {
    report["isolation"]["level"].as_str().unwrap()
}

fn reason(report: &Value) -> &str {
    report["isolation"]["reason"].as_str().unwrap()
}

/// A command that needs no loopback, and one that may.
const VERSION: &[&str] = &["version"];
const EXEC: &[&str] = &["exec", "--", "true"];

#[test]
fn the_level_and_its_reason_stand_in_every_report() {
    let seccomp = "seccomp-notify+dns-sink";
    for (machine, version, exec) in [
        (Machine::Docker, seccomp, seccomp),
        (Machine::NoUserNamespaces, seccomp, seccomp),
        (Machine::DockerWithoutNotification, "seccomp-deny", "none"),
        // There is no way out of the world's network, which says nothing of what is in it.
        (Machine::DockerWatched, "seccomp-deny", "none"),
        (Machine::DockerWithoutSeccomp, "none", "none"),
    ] {
        for world in worlds(machine, World::of) {
            for (words, wanted) in [(VERSION, version), (EXEC, exec)] {
                let title = format!("{machine:?} {words:?}");
                let (ran, report) = ours(&world, "prefer", words);
                assert_eq!((ran.code(), level(&report)), (Some(0), wanted), "{title}: {ran:#?}");
                assert!(reason(&report).contains("user namespace"), "{title}: {report:#}");
                // Once, with the same reason.
                assert_eq!(ran.stderr.matches("isolation-weak").count(), 1, "{title}: {ran:#?}");
                assert!(ran.stderr.contains("user namespace"), "{title}: {ran:#?}");
                let named = wanted.split('+').next().unwrap();
                let names_it = wanted == "none" || ran.stderr.contains(&format!("({named})"));
                assert!(names_it, "{title}: {ran:#?}");

                let (ran, report) = ours(&world, "require", words);
                match wanted {
                    "none" => {
                        assert_eq!((ran.code(), level(&report)), (Some(69), "none"), "{title}");
                        ran.said("isolation = require is not to be had: cannot ");
                    }
                    wanted => {
                        assert_eq!((ran.code(), level(&report)), (Some(0), wanted), "{title}");
                        // Who requires a wall has one; that nothing is seen is said all the same.
                        let words = ran.stderr.matches("isolation-weak").count();
                        assert_eq!(
                            words,
                            usize::from(wanted == "seccomp-deny"),
                            "{title}: {ran:#?}"
                        );
                    }
                }
                let (ran, report) = ours(&world, "off", words);
                assert_eq!((ran.stderr.as_str(), level(&report)), ("", "none"), "{title}");
            }
        }
    }
}

/// Where every socket is refused nothing gets out, and a build works.
#[test]
fn a_build_without_any_socket() {
    for world in worlds(Machine::DockerWithoutNotification, World::with_own_cache) {
        world.write(
            "project/tool/main.go",
            "package main\n\nimport (\"net\"; \"os\"; \"os/exec\")\n\nfunc main() {\n\t_, err := net.Dial(\"tcp\", \"127.0.0.1:1\")\n\tos.WriteFile(\"../said\", []byte(err.Error()), 0o666)\n\tcommand := exec.Command(os.Args[1], os.Args[2:]...)\n\tcommand.Stdout, command.Stderr = os.Stdout, os.Stderr\n\tif command.Run() != nil { os.Exit(1) }\n}\n",
        );
        world.write("said", "");
        world.hand_over();
        world.bare(["build", "-o", "../wrapper", "./tool"]).run().ended(0);
        let wrapper = world.root().join("wrapper").display().to_string();
        let build = ["build", "-toolexec", &wrapper, "-o", "../out", "."];
        let (ran, report) = ours(&world, "require", &build);
        assert_eq!((ran.code(), level(&report)), (Some(0), "seccomp-deny"), "{ran:#?}");
        assert!(world.has("out"));
        assert!(
            world.read("said").contains("address family not supported"),
            "{}",
            world.read("said")
        );
    }
}

/// Inside another go-offline that has no namespace either, the outer one watches, and says who.
#[test]
fn nested_where_watched_calls_are_the_wall() {
    let Some(program) = programs().path("go") else { return };
    for world in worlds(Machine::Docker, World::with_empty_cache) {
        let inner = world.program().display().to_string();
        let inner =
            ["exec", "--", &inner, "--report", "../inner", "exec", "--", &program, "../marks"];
        for (verb, kind, address) in [
            (&["lookup", "peer.example."][..], "dns", "peer.example"),
            (&["tcp", "192.0.2.7", "80"], "tcp", "192.0.2.7:80"),
        ] {
            world.write("marks", "");
            let words: Vec<&str> = inner.iter().chain(verb).copied().collect();
            let (ran, report) = ours(&world, "prefer", &words);
            assert_eq!(ran.code(), Some(77), "{ran:#?}");
            assert_eq!(level(&report), "seccomp-notify+dns-sink");
            let attempts = report["attempts"].as_array().unwrap();
            assert_eq!(attempts.len(), 1, "{report:#}");
            assert_eq!(
                (
                    &attempts[0]["kind"],
                    attempts[0]["address"].as_str().unwrap().trim_end_matches('.')
                ),
                (&kind.into(), address)
            );
            assert_eq!(attempts[0]["pid"].to_string(), world.read("marks").trim());
            // The one inside has nothing to say, and says whose it is.
            let inner: Value = serde_json::from_str(&world.read("inner")).unwrap();
            assert_eq!((level(&inner), inner["exit"].as_i64()), ("outer", Some(0)));
            assert_eq!(ran.stderr.matches("isolation-weak").count(), 1, "{ran:#?}");
        }
    }
}

/// Nor is anything said where nothing was tried.
#[test]
fn nested_and_quiet() {
    for world in worlds(Machine::Docker, World::of) {
        let inner = world.program().display().to_string();
        let words = ["exec", "--", &inner, "exec", "--", &inner, "version"];
        let (ran, report) = ours(&world, "require", &words);
        assert_eq!((ran.code(), ran.stderr.as_str()), (Some(0), ""), "{report:#}");
        assert_eq!(report["attempts"], Value::Array(Vec::new()));
    }
}

/// Where somebody watches and there is a way out, all that is left is to refuse every socket.
#[test]
fn watched_by_somebody_who_lets_everything_out() {
    let Some(lab) = Lab::open() else { return };
    for world in worlds(Machine::DockerWatched, World::of) {
        for (words, wanted) in [(VERSION, "seccomp-deny"), (EXEC, "none")] {
            let words = ["--report", "../report"].iter().chain(words);
            let ran = lab.inside(|| {
                let run = world.ours(words).env("GO_OFFLINE_ISOLATION", "prefer");
                run.in_this_network().run()
            });
            let report: Value = serde_json::from_str(&world.read("report")).unwrap();
            assert_eq!((ran.code(), level(&report)), (Some(0), wanted), "{ran:#?}");
            assert!(reason(&report).contains("calls are watched already"), "{report:#}");
        }
    }
}

/// Whoever watches calls already leaves the namespace, the names and the counters to us; what no
/// namespace holds is refused unseen.
#[test]
fn where_somebody_else_watches() {
    let Some(program) = programs().path("c") else { return };
    for world in worlds(Machine::Watched, World::with_empty_cache) {
        world.write("marks", "");
        let dial = ["exec", "--", &program, "../marks", "tcp", "192.0.2.7", "80"];
        let (ran, report) = ours(&world, "require-netns", &dial);
        assert_eq!(ran.code(), Some(77), "{ran:#?}");
        assert!(reason(&report).contains("calls are watched already"), "{report:#}");
        assert_eq!(report["unattributed"]["ipv4"], 1);
        ran.said("1 attempt to send where no route leads");
        let vsock = ["exec", "--", &program, "../marks", "vsock"];
        let (ran, _) = ours(&world, "require-netns", &vsock);
        assert!(ran.stdout.contains("socket 97"), "{ran:#?}");
    }
}
