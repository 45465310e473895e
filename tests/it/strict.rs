//! `--strict` before a verb: what was not checked does not pass, and nothing else changes.

use crate::program::Program;
use crate::txtar::World;

const PROJECTS: &str = "\
-- plain/go.mod --
module example.com/m

go 1.26
-- cached/go.mod --
module example.com/m

go 1.26

require example.com/dep v1.0.0
-- cached/go.sum --
example.com/dep v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
example.com/dep v1.0.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
-- vendored/go.mod --
module example.com/m

go 1.26

require example.com/dep v1.0.0
-- vendored/go.sum --
example.com/dep v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
example.com/dep v1.0.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
-- vendored/vendor/modules.txt --
# example.com/dep v1.0.0
## explicit; go 1.17
example.com/dep
-- vendored/vendor/example.com/dep/dep.go --
package dep
";

#[test]
fn what_was_not_checked_does_not_start() {
    let (program, world) = (Program::new(), World::new(PROJECTS));
    let go = program.home().join("goroot/bin/go").display().to_string();
    let run = |project: &str, args: &[&str], exit: i32| {
        let ran = program.run(&world.path(project), args);
        assert_eq!(ran.exit, exit, "{project} {args:?}: {}", ran.stderr);
        assert_eq!(program.go_was_started(), exit == 0, "{project} {args:?}");
        ran.stderr
    };
    for (args, strict) in [
        (&["build"][..], 75),
        (&["test", "./..."], 75),
        (&["exec", "--", &go, "build"], 75),
        (&["trace", "--", &go, "build"], 75),
        // What mends, and what only asks, is not held up.
        (&["mod", "tidy"], 0),
        (&["version"], 0),
    ] {
        for project in ["plain", "vendored"] {
            assert!(!run(project, &[&["--strict"], args].concat(), 0).contains("--strict"));
        }
        run("cached", args, 0);
        let said = run("cached", &[&["--strict"], args].concat(), strict);
        if strict != 0 {
            assert!(said.contains("profile cache does not build from vendor/"), "{said}");
            assert!(said.contains("--profile online mod vendor` fills vendor/"), "{said}");
        }
    }
    let install = ["--profile", "cache", "install", "example.com/tool@v1.0.0"];
    run("plain", &install, 0);
    let said = run("plain", &[&["--strict"][..], &install].concat(), 75);
    assert!(said.contains("package with a version"), "{said}");
    // Who has asked for no check has all that was asked for.
    let off = [&["--strict", "--config", "../off.toml"][..], &["build"]].concat();
    world.write(
        "off.toml",
        "default-profile = 'p'\n[profile.p]\ninherits = 'cache'\nverify = 'off'\n",
    );
    run("cached", &off, 0);
}

#[test]
fn findings_are_not_promoted_and_beat_what_was_not_checked() {
    let (program, world) = (Program::new(), World::new(PROJECTS));
    world.write("vendored/go-offline.toml", "[lints]\nsum-missing = 'warn'\n");
    let sums = world.read("vendored/go.sum");
    world.write("vendored/go.sum", sums.lines().last().unwrap().to_owned() + "\n");
    let ran = program.run(&world.path("vendored"), &["--strict", "build"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("warning[sum-missing]"), "{}", ran.stderr);
    std::fs::remove_file(world.path("vendored/go-offline.toml")).unwrap();
    let bytes = ["--strict", "--floor", "verify=bytes", "build"];
    let ran = program.run(&world.path("vendored"), &bytes);
    assert_eq!(ran.exit, 65, "{}", ran.stderr);
}

#[test]
fn the_option_is_the_same_before_check_and_behind_it() {
    let (program, world) = (Program::new(), World::new(PROJECTS));
    for (project, exit) in [("plain", 0), ("vendored", 0), ("cached", 75)] {
        for args in [["--strict", "check"], ["check", "--strict"]] {
            let args = [&args[..], &["--verify", "lists"]].concat();
            let ran = program.run(&world.path(project), &args);
            assert_eq!(ran.exit, exit, "{project} {args:?}: {}{}", ran.stdout, ran.stderr);
        }
    }
    for verb in [&["explain"][..], &["profile", "list"], &["init", "--stdout"], &["shim", "status"]]
    {
        let ran = program.run(&world.path("plain"), &[&["--strict"], verb].concat());
        assert_eq!(ran.exit, 64, "{verb:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("--strict is for"), "{}", ran.stderr);
    }
}

/// Behind a go verb it is go's.
#[test]
fn go_has_its_own_words() {
    let (program, world) = (Program::new(), World::new(PROJECTS));
    let ran = program.run(&world.path("cached"), &["build", "--strict"]);
    assert_eq!((ran.exit, program.go_was_started()), (0, true), "{}", ran.stderr);
}

/// A go-offline inside may build other projects, of which nobody has asked for that.
#[test]
fn it_is_not_handed_down() {
    let (program, world) = (Program::new(), World::new(PROJECTS));
    let ours = env!("CARGO_BIN_EXE_go-offline");
    let cached = world.path("cached").display().to_string();
    let args = ["--strict", "exec", "--", ours, "-C", &cached, "build"];
    let ran = program.run(&world.path("plain"), &args);
    assert_eq!((ran.exit, program.go_was_started()), (0, true), "{}", ran.stderr);
}
