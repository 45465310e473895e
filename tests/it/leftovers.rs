//! Processes that outlive the command: they live on and are named, and `--strict` ends them.

use crate::world::{Ran, Run, World, everybody, walled};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// Starts one in the background that holds no stream open.
const QUIET: &str = ">/dev/null 2>&1 </dev/null &";

/// Worlds behind whose wall something can be left.
fn worlds() -> Vec<World> {
    walled(World::with_empty_cache)
}

fn exec<'w>(world: &'w World, options: &[&str], script: &str) -> Run<'w> {
    let options = [&["--report", "report.json"], options].concat();
    world.ours(options).args(["exec", "--", "sh", "-c", script])
}

/// What the report has of them: command line and whether it was ended.
fn reported(world: &World) -> Vec<(String, bool)> {
    let report: Value = serde_json::from_str(&world.read("project/report.json")).unwrap();
    let leftovers = report["leftovers"].as_array().unwrap().iter();
    let words = |left: &Value| {
        let words = left["argv"].as_array().unwrap().iter();
        words.map(|word| word.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    leftovers.map(|left| (words(left), left["ended"].as_bool().unwrap())).collect()
}

/// The processes whose numbers the files of the world hold.
fn pid(world: &World, name: &str) -> String {
    let pid = world.read(&format!("project/{name}")).trim().to_owned();
    assert!(!pid.is_empty(), "{name} is empty");
    pid
}

fn lives(pid: &str) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn kill(world: &World, pid: &str) {
    world.shell(&format!("kill -9 {pid}")).run();
}

#[test]
fn what_is_left_lives_on_and_is_named() {
    for world in worlds() {
        for code in [0, 3] {
            let script = format!(
                "setsid sleep 41 {QUIET} echo $! > a; sh -c 'sleep 42; true' {QUIET} echo $! > b; exit {code}"
            );
            let ran = exec(&world, &[], &script).run().ended(code);
            let (a, b) = (pid(&world, "a"), pid(&world, "b"));
            assert!(lives(&a) && lives(&b), "{ran:?}");
            let wanted = ["sleep 41", "sh -c sleep 42; true", "sleep 42"];
            assert_eq!(reported(&world), wanted.map(|argv| (argv.to_owned(), false)));
            assert!(ran.stderr.starts_with("note[processes-left]: 3 processes"), "{ran:?}");
            assert!(ran.stderr.contains(&format!("pid {a}: sleep 41, in ")), "{ran:?}");
            assert!(ran.stderr.contains(&format!(", started by pid {b}: sh -c")), "{ran:?}");
            assert!(ran.stderr.contains("go-offline --strict exec -- sh -c"), "{ran:?}");
            let quiet = exec(&world, &["-q"], &format!("sleep 1 {QUIET}")).run().ended(0);
            assert_eq!(quiet.stderr, "", "a note is nothing for the quiet");
            world.shell("pkill -9 -P $(cat b); true").run();
            [a, b].iter().for_each(|pid| kill(&world, pid));
        }
    }
}

/// What is just ending when the command has ended is not worth a word.
#[test]
fn who_is_just_ending_is_not_left() {
    for world in worlds() {
        let ran = exec(&world, &[], &format!("sleep 0.05 {QUIET} setsid sleep 0.03 {QUIET}"));
        assert_eq!(ran.run().ended(0).stderr, "");
        assert_eq!(reported(&world), []);
    }
}

#[test]
fn under_strict_nothing_is_left() {
    for world in worlds() {
        let deaf = "trap \"\" TERM; echo $$ > b; sleep 52; sleep 53";
        let script = format!(
            "setsid sleep 51 {QUIET} echo $! > a; sh -c '{deaf}' {QUIET} while [ ! -s b ]; do sleep 0.01; done; exit 5"
        );
        let start = Instant::now();
        let ran = exec(&world, &["--strict"], &script).run().ended(5);
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        assert!(!lives(&pid(&world, "a")) && !lives(&pid(&world, "b")), "{ran:?}");
        let all = reported(&world);
        assert!(all.iter().all(|(_, ended)| *ended), "{all:?}");
        let has = |argv: &str| all.iter().any(|(line, _)| line == argv);
        assert!(has("sleep 51") && has("sleep 52"), "{all:?}");
        assert!(ran.stderr.contains(" that the command left were ended\n"), "{ran:?}");
        assert!(!world.shell("ps ax -o args | grep -x 'sleep 5[123]'").run().status.success());
    }
}

/// A polite one has the time to end as it wants, and what it starts then is ended too.
#[test]
fn under_strict_a_process_may_end_politely() {
    for world in worlds() {
        let server = format!(
            "trap 'echo bye > said; setsid sleep 61 {QUIET} exit 0' TERM; echo $$ > up; while :; do sleep 0.05; done"
        );
        world.script("server", &server);
        let script = format!("server {QUIET} while [ ! -s up ]; do sleep 0.01; done");
        exec(&world, &["--strict"], &script).run().ended(0);
        assert_eq!(world.read("project/said"), "bye\n");
        assert!(reported(&world).iter().all(|(_, ended)| *ended));
        assert!(!world.shell("ps ax -o args | grep -x 'sleep 61'").run().status.success());
    }
}

/// An attempt of one that is being ended is in the verdict.
#[test]
fn under_strict_the_last_attempts_count() {
    for world in worlds() {
        let dials = "trap 'bash -c \": </dev/tcp/192.0.2.1/9\"; exit' TERM; echo > up; while :; do sleep 0.05; done";
        world.script("server", dials);
        let script = format!("server {QUIET} while [ ! -s up ]; do sleep 0.01; done");
        let ran = exec(&world, &["--strict"], &script).run().ended(77);
        assert!(ran.stderr.contains("192.0.2.1"), "{ran:?}");
    }
}

/// While the command runs, an orphan that has ended is gone.
#[test]
fn a_script_that_waits_for_an_orphan_sees_its_end() {
    for world in worlds() {
        // Its parent, a shell, has ended when it is waited for.
        let orphan = format!("(sh -c 'echo $$ > pid; exec sleep 0.3' {QUIET})");
        let script = format!(
            "{orphan}; while [ ! -s pid ]; do sleep 0.01; done; for turn in $(seq 500); do kill -0 $(cat pid) 2>/dev/null || {{ echo gone; break; }}; sleep 0.02; done"
        );
        let child = exec(&world, &[], &script).spawn();
        assert_eq!(Ran::of(child).ended(0).stdout, "gone\n");
    }
}

#[test]
fn what_an_inner_one_leaves_falls_to_the_outer_one() {
    for world in worlds() {
        let inner = format!("exec \"$OURS\" exec -- sh -c 'sleep 71 {QUIET} echo $! > pid'");
        let nested = |outer: &str| {
            let script = format!("{inner}; true").replacen("exec ", "", 1);
            let ran = exec(&world, &[outer, "-v"], &script).env("OURS", world.program()).run();
            (ran.ended(0).stderr.matches("[processes-left]").count(), pid(&world, "pid"))
        };
        let (said, left) = nested("--no-config");
        assert_eq!((said, lives(&left)), (1, true), "the outer one says it, and only that one");
        kill(&world, &left);
        assert_eq!(reported(&world), [("sleep 71".to_owned(), false)]);
        let (said, left) = nested("--strict");
        assert_eq!((said, lives(&left)), (1, false));
        assert_eq!(reported(&world), [("sleep 71".to_owned(), true)]);
    }
}

/// A shell may start something and then become go-offline.
#[test]
fn children_from_before_are_not_the_commands() {
    for world in worlds() {
        let script = format!(
            "sleep 81 {QUIET} echo $! > a; (sleep 0.3; setsid sleep 82 {QUIET} echo $! > b) {QUIET} exec \"$OURS\" --strict exec -- sleep 1"
        );
        let ran = world.shell(&script).run().ended(0);
        assert_eq!(ran.stderr, "");
        for name in ["a", "b"] {
            let pid = pid(&world, name);
            assert!(lives(&pid), "{name} was ended");
            kill(&world, &pid);
        }
    }
}

/// go's own telemetry child, in the mode that go has by itself, outlives each go command a little.
#[test]
fn sound_runs_of_go_leave_nothing() {
    for who in everybody() {
        let world = World::of(who);
        world.remove("home/.config/go/telemetry");
        for args in [
            &["version"][..],
            &["env", "GOOS"],
            &["build", "-o", "x", "."],
            &["vet", "."],
            &["test", "."],
            &["list", "./..."],
            &["mod", "verify"],
        ] {
            for strict in [&[][..], &["--strict"]] {
                let ran = world.ours([strict, args].concat()).run();
                assert!(!ran.stderr.contains("processes-left"), "{who:?} {args:?}: {ran:?}");
            }
        }
        let telemetry = world.root().join("home/.config/go/telemetry/local");
        assert!(telemetry.is_dir(), "go has started no telemetry");
    }
}

#[test]
fn what_is_left_on_purpose_can_be_silenced_and_forbidden() {
    for world in worlds() {
        let script = format!("sleep 91 {QUIET} echo $! >> all;");
        for (level, code, said) in [
            ("allow", 0, ""),
            ("warn", 0, "warning[processes-left]"),
            ("deny", 65, "error[processes-left]"),
        ] {
            world.write(
                "project/go-offline.toml",
                &format!("[lints]\nprocesses-left = \"{level}\"\n"),
            );
            let ran = exec(&world, &[], &script).run().ended(code);
            assert!(
                ran.stderr.starts_with(said) && ran.stderr.is_empty() == said.is_empty(),
                "{ran:?}"
            );
            assert_eq!(reported(&world).len(), 1);
            exec(&world, &[], &format!("{script} exit 3")).run().ended(3);
        }
        world.shell("kill -9 $(cat all)").run().ended(0);
    }
}
