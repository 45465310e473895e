//! The program where there is no wall to be had: the environment alone, and honest about it.
//!
//! Compiled with `--cfg go_offline_stub` only, which makes such a system of this one. Nothing here says
//! anything of the wall: its own tests are not compiled then.

use crate::world::{Run, World};
use serde_json::Value;

const REASON: &str = "cannot cut the network: no network namespaces on this system";

/// Under this isolation, with a report. A command that starts leaves its name in `project/started`.
fn under<'w>(world: &'w World, isolation: &str, args: &[&str]) -> Run<'w> {
    world.ours(["--report", "r.json"]).args(args).env("GO_OFFLINE_ISOLATION", isolation)
}

fn report(world: &World) -> Value {
    serde_json::from_str(&world.read("project/r.json")).unwrap()
}

#[test]
fn the_stub_builds_with_the_environment_alone_and_says_so() {
    let world = World::new();
    for args in [&["build", "-o", "hello", "."][..], &["version"], &["exec", "--", "true"]] {
        let ran = under(&world, "prefer", args).run().ended(0);
        assert_eq!(ran.stderr.matches("warning[isolation-weak]").count(), 1, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(REASON), "{args:?}: {ran:?}");
        let report = report(&world);
        assert_eq!(report["isolation"]["level"], "none", "{report:#}");
        assert_eq!(report["isolation"]["reason"], REASON, "{report:#}");
        assert_eq!(report["findings"][0]["code"], "isolation-weak", "{report:#}");
    }
    assert!(world.has("project/hello"));
    // Without being asked for anything: that is the default.
    let ran = world.ours(["version"]).without("GO_OFFLINE_ISOLATION").run().ended(0);
    assert!(ran.stderr.contains(REASON) && ran.stdout.starts_with("go version"), "{ran:?}");
}

#[test]
fn the_stub_starts_nothing_where_a_wall_is_required() {
    let world = World::new();
    let go = world.script("my-go", "echo go > started");
    for isolation in ["require", "require-netns"] {
        for args in [&["build"][..], &["version"], &["exec", "--", "touch", "started"]] {
            let ran = under(&world, isolation, args).env("GO_OFFLINE_GO", &go).run().ended(69);
            assert!(
                ran.stderr.contains(&format!("isolation = {isolation} is not to be had")),
                "{ran:?}"
            );
            assert!(ran.stderr.contains(REASON), "{ran:?}");
            assert!(!world.has("project/started"), "{args:?} was started");
            let report = report(&world);
            assert_eq!(
                (&report["exit"], &report["isolation"]["level"]),
                (&69.into(), &"none".into())
            );
            assert_eq!(report["isolation"]["reason"], REASON, "{report:#}");
        }
    }
    // Control: it would have been started.
    under(&world, "off", &["build"]).env("GO_OFFLINE_GO", &go).run().ended(0);
    assert!(world.has("project/started"));
}

#[test]
fn the_stub_is_silent_where_no_wall_is_wanted() {
    let world = World::new();
    let ran = under(&world, "off", &["build", "-o", "hello", "."]).run().ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let report = report(&world);
    assert_eq!(report["isolation"]["level"], "none", "{report:#}");
    assert_eq!(report["isolation"]["reason"], "isolation = off", "{report:#}");
}

#[test]
fn under_the_stub_the_environment_is_set() {
    let world = World::new();
    for isolation in ["prefer", "off"] {
        let ran =
            under(&world, isolation, &["env", "GOPROXY", "GOVCS", "GOTOOLCHAIN"]).run().ended(0);
        assert_eq!(ran.stdout, "off\n*:off\nlocal\n", "{ran:?}");
        let shown = ["exec", "--", "sh", "-c", "echo $GOPROXY $GOFLAGS"];
        let ran = under(&world, isolation, &shown).run().ended(0);
        assert!(ran.stdout.starts_with("off ") && ran.stdout.contains("-mod=vendor"), "{ran:?}");
    }
}

/// go itself stays offline by its environment: a module that is missing is not fetched.
#[test]
fn under_the_stub_go_asks_no_proxy() {
    let world = World::new();
    let proxy = [("GOPROXY", world.url())];
    let args = ["list", "-m", "-mod=mod", "example.com/dep@v1.0.0"];
    let fetch = |run: Run<'_>| run.env(proxy[0].0, &proxy[0].1).env("GONOSUMDB", "*").run();
    fetch(world.bare(args));
    assert_ne!(world.heard(), [""; 0], "control");
    let ran = fetch(under(&world, "prefer", &["--profile", "cache"]).args(args));
    assert_ne!(ran.code(), Some(0), "{ran:?}");
    assert_eq!(world.heard(), [""; 0]);
}

/// What is left behind lives on as without us, and nothing is said or ended: nobody looks for it.
#[test]
fn the_stub_leaves_processes_alone() {
    let world = World::new();
    for options in [&[][..], &["--strict"]] {
        let script = "sleep 31 >/dev/null 2>&1 </dev/null & echo $! > pid";
        let args = [options, &["exec", "--", "sh", "-c", script]].concat();
        let ran = under(&world, "prefer", &args).run().ended(0);
        assert!(!ran.stderr.contains("processes-left"), "{ran:?}");
        assert_eq!(report(&world)["leftovers"], Value::Array(Vec::new()));
        world.shell("kill -9 $(cat pid)").run().ended(0);
    }
}

/// A trace that watches nothing says so in its last line.
#[test]
fn the_stub_traces_nothing_and_says_so() {
    let world = World::new();
    let ran = under(&world, "prefer", &["trace", "--", "true"]).run().ended(0);
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert_eq!(last, format!("go-offline: nothing was watched: {REASON}"));
}
