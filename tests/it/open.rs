//! Profile `open`: the command takes our place, and nothing about it tells that we were there.

use crate::world::{Run, World};
use std::fs;
use std::os::unix::fs::symlink;

/// A link to us named `go`.
fn shim(world: &World) -> std::path::PathBuf {
    let go = world.root().join("shim/go");
    if !world.has("shim/go") {
        fs::create_dir_all(world.root().join("shim")).unwrap();
        symlink(world.program(), &go).unwrap();
    }
    go
}

/// A command of ours under `open`, named by the variable.
fn open<'w>(world: &'w World, args: &[&str]) -> Run<'w> {
    world.command(shim(world)).args(args).env("GO_OFFLINE_PROFILE", "open")
}

#[test]
fn the_very_environment() {
    let world = World::new();
    // The program that prints its environment, as the go command.
    let env = "/usr/bin/env";
    let odd = |run: Run<'_>| {
        run.env("GO_OFFLINE_PROFILE", "open").env("GO_OFFLINE_GO", env).env("EMPTY", "").run()
    };
    let bare = odd(world.command(env)).ended(0);
    assert_eq!(odd(world.command(shim(&world))), bare);
    assert_eq!(odd(world.ours(["exec", "--", env])), bare);
    assert_eq!(odd(world.ours(["--profile", "open", "exec", env])), bare);
    assert!(bare.stdout.contains("EMPTY=\n"));
    // What is no variable at all is handed on too.
    let script = |program: &str| {
        format!(
            "import os, sys; os.execve({program:?}, ['go'], {{b'A': b'\\xff', b'GO_OFFLINE_PROFILE': b'open', b'GO_OFFLINE_GO': b'{env}'}})"
        )
    };
    let python = |program: &str| {
        world.command("/usr/bin/env").args(["python3", "-c", &script(program)]).run()
    };
    if world.shell("command -v python3").run().status.success() {
        assert_eq!(python(&shim(&world).display().to_string()), python(env).ended(0));
    }
}

#[test]
fn the_same_process_and_the_same_name() {
    let world = World::new();
    let script = "echo $$; exec $OURS --profile open exec -- sh -c 'echo $$'";
    let ran = world.shell(script).run().ended(0);
    let pids: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(pids[0], pids[1]);
    let name = |run: Run<'_>| {
        let run = run.args(["-c", "echo $0; pwd"]).env("GO_OFFLINE_PROFILE", "open");
        run.env("GO_OFFLINE_GO", "/bin/bash").run().ended(0).stdout
    };
    let dir = world.project().display().to_string();
    let go = shim(&world);
    assert_eq!(name(world.command(&go)), format!("{}\n{dir}\n", go.display()));
    assert_eq!(name(world.ours(["go"])), format!("go\n{dir}\n"));
    assert_eq!(name(world.ours(["-C", "dial", "go"])), format!("go\n{dir}/dial\n"));
    let ran = open(&world, &["-C", "dial", "env", "GOMOD"]).run();
    assert_eq!(ran, world.bare(["-C", "dial", "env", "GOMOD"]).run());
}

/// An ignored SIGPIPE is one for the command, and a closed descriptor is closed: under `open`, and
/// for the commands that we wait for.
#[cfg(not(go_offline_stub))] // noted by the guard
#[test]
fn signals_and_descriptors_as_we_were_started() {
    let world = World::new();
    let compare = |before: &str, command: &str| {
        let run = |ours: &str| {
            // Whatever the caller of the tests has left open.
            let script = format!("exec 7<&-; {before} exec {ours} {command}");
            world.shell(&format!("exec bash -c '{script}'")).run().ended(0).stdout
        };
        let bare = run("env");
        assert!(!bare.is_empty());
        for profile in ["open", "cache"] {
            let ours = run(&format!("$OURS --profile {profile} exec --"));
            assert_eq!(ours, bare, "{profile}: {before} {command}");
        }
    };
    for ignored in ["PIPE", "HUP", "PIPE HUP INT", ""] {
        let before =
            if ignored.is_empty() { String::new() } else { format!("trap \"\" {ignored};") };
        // The last 32: beyond are those that the C library keeps for itself.
        compare(&before, "sed -n \"s/SigIgn:.*\\(.\\{8\\}\\)$/\\1/p\" /proc/self/status");
    }
    for redirection in ["<&-", "2>&-", "<&- 2>&-", "7<go.mod", "</dev/null"] {
        compare(
            &format!("exec {redirection};"),
            "bash -c \"for n in 0 1 2 7; do test -e /proc/self/fd/\\$n && echo \\$n; done; true\"",
        );
    }
}

/// A variable that is there twice: the first is its value, for the C library, for go, and for us.
#[test]
fn a_variable_that_is_there_twice() {
    let world = World::new();
    if !world.shell("command -v python3").run().status.success() {
        return crate::skip::skipped("an environment with doubles needs python3");
    }
    // By the C library: os.execve takes a dictionary.
    let run = |program: &str, args: &str, doubles: &str| {
        let script = format!(
            "import ctypes, os, sys
env = {doubles} + [b'%s=%s' % pair for pair in os.environb.items()]
args = {args}
pointers = lambda words: (ctypes.c_char_p * (len(words) + 1))(*words, None)
ctypes.CDLL(None).execve({program:?}.encode(), pointers(args), pointers(env))
sys.exit('not started')"
        );
        world.command("/usr/bin/env").args(["python3", "-c", &script]).run().ended(0).stdout
    };
    let bare = world.goroot().join("bin/go").display().to_string();
    let ours = shim(&world).display().to_string();
    let args = "[b'go', b'env', b'GOOS', b'GOARCH']";
    for profile in ["open", "cache", "auto"] {
        let doubles = format!(
            "[b'GO_OFFLINE_PROFILE={profile}', b'GOOS=plan9', b'GO_OFFLINE_PROFILE=none', b'GOOS=windows', b'GOOS=js']"
        );
        let want = run(&bare, args, &doubles);
        assert!(want.starts_with("plan9\n"), "{want}");
        assert_eq!(run(&ours, args, &doubles), want, "{profile}");
    }
    let args = "[b'go', b'offline', b'-C', b'dial', b'env', b'GOOS']";
    let doubles = "[b'GO_OFFLINE_PROFILE=open', b'GOOS=plan9', b'GOOS=windows']";
    assert_eq!(run(&ours, args, doubles), "plan9\n");
}

/// Nothing of the project is read, nor of what stands around it.
#[test]
fn nothing_else_can_fail() {
    let world = World::new();
    world.write("project/go-offline.toml", "garbage");
    world.write("project/go.work", "garbage");
    world.remove("project/vendor/modules.txt");
    // Whoever reads it waits for somebody to write.
    world.shell("mkfifo vendor/modules.txt").run().ended(0);
    for (name, value) in [
        ("GOWORK", "relative"),
        ("GOFLAGS", "-overlay=none.json"),
        ("GO_OFFLINE_CONFIG", "/nonesuch"),
        ("GO_OFFLINE_CACHE_DIR", "/dev/null"),
        ("XDG_CONFIG_HOME", "/dev/null"),
    ] {
        let bare = world.bare(["version"]).env(name, value).run();
        assert_eq!(open(&world, &["version"]).env(name, value).run(), bare, "{name}");
        assert_eq!(world.ours(["--profile", "open", "version"]).env(name, value).run(), bare);
    }
    let gone = |go: &str| {
        let script = format!("mkdir gone && cd gone && rmdir ../gone && exec {go} env GOPROXY");
        world.shell(&script).env("GO_OFFLINE_PROFILE", "open").run()
    };
    let real = world.goroot().join("bin/go");
    assert_eq!(gone(&shim(&world).display().to_string()), gone(&real.display().to_string()));
    // What can.
    open(&world, &["version"]).env("PATH", "/nonesuch").run().ended(78).said("no go command");
    open(&world, &["version"]).env("GO_OFFLINE_GO", "/nonesuch").run().ended(78).said("/nonesuch");
    world.ours(["--profile", "open", "-C", "nonesuch", "version"]).run().ended(78);
    let none = world.ours(["--profile", "open", "exec", "--", "nonesuch"]).run();
    none.ended(78).said("starting nonesuch");
}

/// Whoever asks for more than `open` does gets it.
#[test]
fn a_variable_that_asks_for_more() {
    let world = World::new();
    world.append("project/go.mod", "\nrequire example.com/nowhere v1.0.0\n");
    open(&world, &["list", "-mod=mod", "-e", "."]).run();
    let ran = open(&world, &["build"]).env("GO_OFFLINE_VERIFY", "lists").run();
    ran.ended(65).said("vendor-inconsistent");
    let ran = open(&world, &["version"]).env("GO_OFFLINE_VERIFY", "garbage").run();
    ran.ended(78).said("garbage");
}

/// Inside another of us: what that one changed is taken back.
#[test]
fn inside_ourselves() {
    let world = World::new();
    let script = "go env GOPROXY GOFLAGS; GO_OFFLINE_PROFILE=open go env GOPROXY GOFLAGS; go offline --profile open exec -- sh -c 'echo $GOPROXY $GO_OFFLINE_SAVED'";
    let ran = world.ours(["exec", "--", "sh", "-c", script]);
    let ran = ran.env("GOPROXY", "http://127.0.0.1:1").env("GOFLAGS", "-tags=x").run().ended(0);
    let want = "off\n-tags=x -mod=vendor\nhttp://127.0.0.1:1\n-tags=x\nhttp://127.0.0.1:1\n";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (want, ""));
}
