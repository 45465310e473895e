//! Signals that come when the command has ended: there is nobody left whom they could be for.

use crate::skip::not_ignored;
use crate::world::{Ran, Who, World, everybody};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

fn own_group(command: &mut Command) {
    command.process_group(0);
}

fn wait_for(world: &World, name: &str) {
    let start = Instant::now();
    while !world.has(name) {
        assert!(start.elapsed() < Duration::from_secs(20), "{name} does not appear");
        thread::sleep(Duration::from_millis(2));
    }
}

/// We have half a second's patience with what is left, and the command has ended by then.
#[test]
fn a_signal_ends_us_when_the_command_has_ended() {
    for who in everybody() {
        for (name, number) in [("TERM", 15), ("HUP", 1), ("INT", 2), ("QUIT", 3)] {
            not_ignored(name, number);
            let world = World::with_empty_cache(who);
            world.script(
                "deaf",
                "trap 'echo > termed' TERM; echo $$ > up; while :; do sleep 0.05; done",
            );
            let script = "deaf >/dev/null 2>&1 </dev/null & while [ ! -s up ]; do sleep 0.01; done";
            let options = ["--strict", "--report", "r.json", "exec", "--", "sh", "-c", script];
            let run = world.ours(options).env("GO_OFFLINE_ISOLATION", "require");
            let child = run.spawn();
            // Only after the end of the command is anybody asked to end.
            wait_for(&world, "project/termed");
            world.shell(&format!("ulimit -c 0; kill -{name} {}", child.id())).run().ended(0);
            let ran = Ran::of(child);
            world.shell("kill -9 $(cat up)").run();
            assert_eq!((ran.signal(), ran.code()), (Some(number), None), "{who:?} {name}: {ran:?}");
            assert_eq!(ran.stderr, "", "{who:?} {name}: it went on");
            assert!(!world.has("project/r.json"), "{who:?} {name}: it went on");
        }
    }
}

/// The same signal for the command and for us, at the same moment: that is the command's end, and it is
/// told as such, however late we are to look at it.
#[test]
fn a_signal_for_all_of_us_leaves_a_report() {
    not_ignored("TERM", 15);
    let world = World::with_empty_cache(Who::Self_);
    for round in 0..10 {
        let script = "echo > up; exec sleep 30";
        let options = ["--report", "r.json", "exec", "--", "sh", "-c", script];
        let child = world.ours(options).with(own_group).spawn();
        wait_for(&world, "project/up");
        world.shell(&format!("kill -TERM -{}", child.id())).run().ended(0);
        let ran = Ran::of(child);
        assert_eq!(ran.signal(), Some(15), "round {round}: {ran:?}");
        let report = world.read("project/r.json");
        assert!(report.contains("\"signal\": 15"), "round {round}: {report:?} {ran:?}");
        world.remove("project/up");
        world.remove("project/r.json");
    }
}
