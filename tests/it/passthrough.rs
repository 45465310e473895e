//! `go-offline VERB …` is `go VERB …`: what goes in and what comes out are the same as without us.

use crate::skip::{not_ignored, skipped};
use crate::world::{Ran, Run, World, everybody};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A go command that is a shell script.
fn with_go<'w>(world: &'w World, script: &str, args: &[&str]) -> Run<'w> {
    let go = world.script("my-go", script);
    world.ours(args).env("GO_OFFLINE_GO", go)
}

fn own_group(command: &mut Command) {
    command.process_group(0);
}

fn with_keyboard(command: &mut Command) {
    command.stdin(Stdio::piped());
}

/// A go command that writes down its arguments, one a line between brackets.
const RECORD: &str = r#"for arg; do printf '[%s]\n' "$arg"; done"#;

fn recorded(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().map(|line| &line[1..line.len() - 1]).collect()
}

#[test]
fn the_same_bytes_and_the_same_code() {
    let world = World::new();
    world.write("project/bad/bad.go", "package bad\n\nfunc f() { return 1 }\n");
    world.write(
        "project/vetted/v.go",
        "package vetted\n\nimport \"fmt\"\n\nfunc F() { fmt.Printf(\"%d\\n\", \"x\") }\n",
    );
    world.write(
        "project/three/main.go",
        "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(3) }\n",
    );
    world.write(
        "project/fails/f_test.go",
        "package fails\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) { t.Fatal(\"no\") }\n",
    );
    for (code, args) in [
        (0, &["list", "-deps", "./..."][..]),
        (0, &["list", "-json", "."]),
        (0, &["list", "-m", "-f", "{{.Path}}"]),
        (0, &["version"]),
        (0, &["env", "GOROOT", "GOOS"]),
        (0, &["run", "."]),
        (1, &["run", "./three"]),
        (1, &["build", "./bad"]),
        (1, &["vet", "./vetted"]),
        (1, &["list", "./nonesuch"]),
        (1, &["list", "-f", "{{.Nonesuch}}", "."]),
        (2, &["build", "-nonesuch"]),
        (2, &["tool", "nonesuch"]),
        (2, &["mod", "nonesuch"]),
        (2, &["help", "nonesuch"]),
        (0, &["build", "-h"]),
        (0, &["help", "build"]),
        (0, &["mod", "edit", "-json"]),
        (0, &["fmt", "./..."]),
        (0, &["doc", "fmt.Println"]),
        (0, &["test", "-c", "-o", "../t", "./dial"]),
        (0, &["vet", "-json", "."]),
    ] {
        let (bare, ours) = (world.bare(args).run(), world.ours(args).run());
        if args != ["build", "-h"] {
            assert_eq!(bare.code(), Some(code), "control: {args:?} {bare:?}");
        }
        assert_eq!(ours, bare, "{args:?}");
    }
    // Times differ from run to run.
    for args in [&["test", "-json", "./fails"][..], &["test", "./fails"]] {
        let steady = |ran: Ran| -> (Option<i32>, String, String) {
            let digits = |text: String| text.chars().filter(|c| !c.is_ascii_digit()).collect();
            (ran.code(), digits(ran.stdout), ran.stderr)
        };
        let (bare, ours) = (world.bare(args).run(), world.ours(args).run());
        assert_eq!(steady(ours), steady(bare), "{args:?}");
    }
}

/// The library's own commands and a plain program, on everybody's behalf.
#[test]
fn for_everybody() {
    for who in everybody() {
        let world = World::of(who);
        let bare = world.bare(["run", "."]).run().ended(0);
        assert_eq!(world.ours(["run", "."]).run(), bare, "{who:?}");
        world.bare(["build", "-o", "../bare", "."]).run().ended(0);
        let built = world.ours(["build", "-o", "../ours", "."]).run().ended(0);
        assert_eq!(built.stderr, "", "{who:?}");
        let read = |name: &str| std::fs::read(world.root().join(name)).unwrap();
        assert!(read("bare") == read("ours"), "{who:?}: the binaries differ");
        with_go(&world, "kill -SEGV $$", &["list"]).run();
        let ran = with_go(&world, "ulimit -c 0; kill -SEGV $$", &["list"]).run();
        assert_eq!(ran.signal(), Some(11), "{who:?}: {ran:?}");
        with_go(&world, "exit 5", &["list"]).run().ended(5);
        let id = world.ours(["exec", "--", "id", "-u"]).run().ended(0);
        assert_eq!(id.stdout, world.command("/usr/bin/id").args(["-u"]).run().stdout);
    }
}

#[test]
fn every_argument_arrives() {
    let world = World::new();
    for line in [
        "build -o x -race ./a ./b",
        "install -x ./...",
        "list -f {{.Dir}} -deps",
        "run -race . -h --version -C x --profile y",
        "test -run X -v ./... -args -h -timeout 3s",
        "vet -vettool=x ./...",
        "fix ./...",
        "generate -run x ./...",
        "get -u x@v1",
        "mod tidy -v",
        "mod vendor -o d",
        "mod download -json",
        "work use ./x",
        "fmt -n",
        "clean -i",
        "doc -all fmt",
        "env -json GOFLAGS",
        "env -w X=y",
        "env -u X",
        "version -m x",
        "tool compile -V",
        "telemetry off",
        "bug",
        "help",
        "build -h",
        "build --help",
        "build --version",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let ran = with_go(&world, RECORD, &args).run().ended(0);
        assert_eq!(recorded(&ran), args, "{ran:?}");
        // The escape is the same, and takes what it does not know too.
        let escaped = [&["go"], &args[..]].concat();
        assert_eq!(recorded(&with_go(&world, RECORD, &escaped).run().ended(0)), args);
    }
    assert!(with_go(&world, RECORD, &["go"]).run().ended(0).stdout.is_empty());
    for args in [&["newverb", "-x"][..], &["-h"], &["--version"], &["go", "build"]] {
        let escaped = [&["go"], args].concat();
        assert_eq!(recorded(&with_go(&world, RECORD, &escaped).run().ended(0)), args);
    }
    // The one change there is.
    let ran = with_go(&world, RECORD, &["test", "-timeout", "3s", "-v"]).run().ended(0);
    assert_eq!(recorded(&ran), ["test", "-timeout", "3000000001ns", "-v"]);
}

#[test]
fn bytes_that_are_no_text_arrive() {
    let world = World::new();
    let word = std::ffi::OsStr::from_bytes(b"caf\xe9=\xff");
    let out = world.root().join("out");
    let script = format!("printf %s \"$2\" > {}", out.display());
    with_go(&world, &script, &["list"]).args([word]).run().ended(0);
    assert_eq!(std::fs::read(&out).unwrap(), word.as_bytes());
    let name = std::ffi::OsStr::from_bytes(b"\xff");
    world.ours([name]).run().ended(64);
    world.ours(["list"]).env("GO_OFFLINE_PROFILE", name).run().ended(78).said("no profile");
}

#[test]
fn directories() {
    let world = World::new();
    let dir = world.project().join("dial");
    let want = format!("{}\n", dir.display());
    let list = ["list", "-f", "{{.Dir}}"];
    for args in [
        [&["-C", "dial"], &list[..]].concat(),
        [&["go", "-C", "dial"], &list[..]].concat(),
        vec!["list", "-C", "dial", "-f", "{{.Dir}}"],
        vec!["-C", "..", "list", "-C=project/dial", "-f", "{{.Dir}}"],
    ] {
        assert_eq!(world.ours(&args).run().ended(0).stdout, want, "{args:?}");
    }
    world.ours(["-C", "nonesuch", "list"]).run().ended(78).said("nonesuch");
    // As it is seen, not as it is.
    std::os::unix::fs::symlink(&dir, world.root().join("link")).unwrap();
    let link = world.root().join("link");
    let bare = world.bare(["env", "GOMOD"]).dir(&link).run();
    assert_eq!(world.ours(["env", "GOMOD"]).dir(&link).run(), bare);
    let pwd = world.ours(["exec", "--", "sh", "-c", "echo $PWD"]).dir(&link).run();
    assert_eq!(pwd.stdout, format!("{}\n", link.display()));
    let pwd = world.ours(["-C", "../link", "exec", "--", "sh", "-c", "echo $PWD; pwd -P"]).run();
    assert_eq!(
        pwd.stdout,
        format!("{}\n{}\n", world.root().join("project/../link").display(), dir.display())
    );
}

#[test]
fn a_directory_that_is_gone() {
    let world = World::new();
    let gone = "mkdir gone && cd gone && rmdir ../gone && ";
    world.shell(&format!("{gone} exec $OURS list")).run().ended(74).said("working directory");
    world.shell(&format!("{gone} exec $OURS explain")).run().ended(0);
}

#[test]
fn streams() {
    let world = World::new();
    let echo = "package main\n\nimport (\n\t\"io\"\n\t\"os\"\n)\n\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n";
    world.write("project/echo/main.go", echo);
    assert_eq!(world.ours(["run", "./echo"]).input("one\ntwo").ended(0).stdout, "one\ntwo");
    for redirection in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        let bare = world.shell(&format!("exec go list . {redirection}")).run();
        let ours = world.shell(&format!("exec $OURS list . {redirection}")).run();
        assert_eq!(ours, bare, "{redirection}");
    }
    let umask = world.shell("umask 027; $OURS exec -- sh -c umask").run().ended(0);
    assert_eq!(umask.stdout, "0027\n");
    // A descriptor for a file stays.
    let script = "exec 7<go.mod; exec $OURS exec -- sh -c 'cat <&7'";
    assert!(world.shell(script).run().ended(0).stdout.starts_with("module "));
}

#[test]
fn a_reader_that_goes_away() {
    let world = World::new();
    let script = "{ $OURS explain; echo $? >&2; } | head -n 1";
    let ran = world.shell(script).run().ended(0);
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (1, "0\n"));
    world.shell("$OURS check > /dev/full").run().ended(74).said("writing to stdout");
    world.shell("$OURS explain > /dev/full").run().ended(74);
    world.shell("$OURS --dry-run list > /dev/full").run().ended(74);
}

fn wait_for(world: &World, name: &str) {
    let start = Instant::now();
    while !world.has(name) {
        assert!(start.elapsed() < Duration::from_secs(20), "{name} does not appear");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits in a way that a trap can interrupt.
const WAIT: &str =
    "echo > ready; i=0; while [ $i -lt 200 ]; do sleep 0.1; i=$((i+1)); done; exit 9";

#[test]
fn signals() {
    for who in everybody() {
        for (name, number) in [("TERM", 15), ("HUP", 1), ("INT", 2), ("QUIT", 3), ("USR1", 10)] {
            not_ignored(name, number);
            for traps in [true, false] {
                for group in [true, false] {
                    let world = World::of(who);
                    let trap =
                        if traps { format!("trap 'exit 5' {name}; ") } else { String::new() };
                    let script = format!("ulimit -c 0; {trap}{WAIT}");
                    let child = with_go(&world, &script, &["list"]).with(own_group).spawn();
                    wait_for(&world, "project/ready");
                    let target =
                        if group { format!("-{}", child.id()) } else { child.id().to_string() };
                    world.shell(&format!("kill -{name} {target}")).run().ended(0);
                    let ran = Ran::of(child);
                    let want = if traps { (Some(5), None) } else { (None, Some(number)) };
                    assert_eq!(
                        (ran.code(), ran.signal()),
                        want,
                        "{who:?} {name} {traps} {group}: {ran:?}"
                    );
                }
            }
        }
    }
}

/// Before go has started there is nobody to hand a signal to: it ends us.
#[test]
fn a_signal_before_go_starts() {
    let world = World::new();
    // We wait for somebody to write the list.
    world.remove("project/vendor/modules.txt");
    world.shell("mkfifo vendor/modules.txt").run().ended(0);
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        not_ignored(name, number);
        let child = with_go(&world, "echo > started", &["list"]).spawn();
        let waits = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/wchan", child.id()));
            stat.is_ok_and(|name| name.contains("fifo"))
        };
        let start = Instant::now();
        while !waits() && start.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(Duration::from_millis(5));
        }
        world.shell(&format!("kill -{name} {}", child.id())).run().ended(0);
        let ran = Ran::of(child);
        assert_eq!(ran.signal(), Some(number), "{ran:?}");
        assert!(!world.has("project/started"));
    }
}

/// What was ignored when we started is ignored by go.
#[test]
fn nohup() {
    let world = World::new();
    let script = format!("{}; ", "kill -HUP $$; echo alive");
    let go = world.script("my-go", &script);
    let ran = world.shell("trap '' HUP; exec $OURS list").env("GO_OFFLINE_GO", &go).run().ended(0);
    assert_eq!(ran.stdout, "alive\n");
    let child = world
        .shell("trap '' HUP; exec $OURS list")
        .env("GO_OFFLINE_GO", world.script("my-go2", "echo > ready; sleep 0.5; exit 4"))
        .spawn();
    wait_for(&world, "project/ready");
    world.shell(&format!("kill -HUP {}", child.id())).run().ended(0);
    Ran::of(child).ended(4);
}

/// A stopped wrapper goes on where it was.
#[test]
fn stop_and_continue() {
    let world = World::new();
    let script = "trap 'exit 6' TERM; echo > ready; while :; do sleep 0.1; done";
    let child = with_go(&world, script, &["list"]).with(own_group).spawn();
    wait_for(&world, "project/ready");
    for name in ["STOP", "CONT", "TSTP", "CONT", "TERM"] {
        world.shell(&format!("kill -{name} -{}", child.id())).run().ended(0);
        std::thread::sleep(Duration::from_millis(30));
    }
    Ran::of(child).ended(6);
}

/// Killed outright, we take the command with us.
#[cfg(not(go_offline_stub))] // the kernel does it, where there is a guard to ask for it
#[test]
fn the_command_does_not_outlive_us() {
    for who in everybody() {
        let world = World::of(who);
        let mut child =
            with_go(&world, "echo $$ > pid; echo > ready; exec sleep 30", &["list"]).spawn();
        wait_for(&world, "project/ready");
        let pid = world.read("project/pid").trim().to_owned();
        child.kill().unwrap();
        child.wait().unwrap();
        let start = Instant::now();
        let alive = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.contains('Z'))
        };
        while alive() {
            assert!(start.elapsed() < Duration::from_secs(10), "{who:?}: the command lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A server under `go run`: SIGTERM to us ends as it ends bare.
#[test]
fn a_server_is_terminated() {
    let world = World::new();
    let server = "package main\n\nimport (\n\t\"os\"\n\t\"os/signal\"\n\t\"syscall\"\n)\n\nfunc main() {\n\tc := make(chan os.Signal, 1)\n\tsignal.Notify(c, syscall.SIGTERM)\n\tos.WriteFile(\"ready\", nil, 0o644)\n\t<-c\n\tos.Exit(0)\n}\n";
    world.write("project/server/main.go", server);
    let end = |run: Run<'_>| {
        let child = run.with(own_group).spawn();
        wait_for(&world, "project/ready");
        world.remove("project/ready");
        world.shell(&format!("kill -TERM -{}", child.id())).run().ended(0);
        let ran = Ran::of(child);
        (ran.code(), ran.signal())
    };
    let bare = end(world.bare(["run", "./server"]));
    assert_eq!(end(world.ours(["run", "./server"])), bare);
}

/// Starts a command on a terminal of its own: what is written goes to its keyboard.
fn on_a_terminal<'w>(world: &'w World, command: &str) -> Option<Run<'w>> {
    if !world.command("/bin/sh").args(["-c", "command -v script"]).run().status.success() {
        skipped("a terminal needs `script` (util-linux)");
        return None;
    }
    let words = ["script", "-qec", command, "/dev/null"];
    Some(
        world
            .command("/usr/bin/env")
            .args(words)
            .env("OURS", world.program())
            .env("SHELL", "/bin/sh"),
    )
}

#[test]
fn a_terminal_is_a_terminal() {
    for who in everybody() {
        let world = World::of(who);
        let go = world.script(
            "my-go",
            "test -t 0 && test -t 1 && test -t 2 && echo terminal; stty -echo; exit 3",
        );
        let Some(run) = on_a_terminal(&world, "exec $OURS list") else { return };
        let ran = run.env("GO_OFFLINE_GO", go).input("").ended(3);
        assert!(ran.stdout.contains("terminal"), "{who:?}: {ran:?}");
    }
}

/// ^C on the terminal goes to the whole group: go hears it once, not a second time from us.
#[test]
fn interrupt_from_the_keyboard() {
    let world = World::new();
    // Not a shell: to it two signals in a row are one.
    let counter = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"os/signal\"\n\t\"time\"\n)\n\nfunc main() {\n\tc := make(chan os.Signal, 9)\n\tsignal.Notify(c, os.Interrupt)\n\tos.WriteFile(\"ready\", nil, 0o644)\n\t<-c\n\ttime.Sleep(time.Second)\n\tos.WriteFile(\"heard\", fmt.Append(nil, 1+len(c)), 0o644)\n\tos.Exit(7)\n}\n";
    world.write("project/counter/main.go", counter);
    let go = world.root().join("counter");
    world.bare(["build", "-o"]).args([&go]).args(["./counter"]).run().ended(0);
    let Some(run) = on_a_terminal(&world, "exec $OURS list") else { return };
    let mut child = run.env("GO_OFFLINE_GO", go).with(with_keyboard).spawn();
    wait_for(&world, "project/ready");
    let mut keyboard = child.stdin.take().unwrap();
    keyboard.write_all(b"\x03").unwrap();
    keyboard.flush().unwrap();
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let code = child.wait().unwrap().code();
    drop(keyboard);
    assert_eq!(code, Some(7), "{out}");
    assert_eq!(world.read("project/heard"), "1");
}

#[test]
fn a_word_that_is_no_command() {
    let world = World::new();
    world.ours(["biuld"]).run().ended(64).said("`go-offline build`");
    world.ours(["chekc"]).run().ended(64).said("`go-offline check`");
    world.ours(["frobnicate"]).run().ended(64).said("go-offline go frobnicate");
    world.ours(["--nonesuch", "build"]).run().ended(64);
    world.ours::<&str>([]).run().ended(64).said("Usage");
    world.ours(["check", "--format", "xml"]).run().ended(64);
    world.ours(["explain", "vendor-mising"]).run().ended(64).said("vendor-missing");
    assert!(world.ours(["--version"]).run().ended(0).stdout.starts_with("go-offline "));
    assert!(world.ours(["version"]).run().ended(0).stdout.starts_with("go version go1."));
}

/// The list of go's commands is the one that go prints.
#[test]
fn every_verb_of_go_is_known() {
    let world = World::new();
    let help = world.bare(["help"]).run().ended(0).stdout;
    let commands = help.split("The commands are:").nth(1).unwrap();
    let commands = commands.split("Use \"go help").next().unwrap();
    let verbs: Vec<&str> =
        commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(verbs.len() > 15, "{help}");
    for verb in verbs {
        assert!(go_offline::gotool::VERBS.contains(&verb), "{verb}");
    }
}

/// The line that is printed does what the run does.
#[test]
fn dry_run() {
    let world = World::new();
    world.go_env("GOAMD64=v2\nGOFLAGS=-tags=it's '-ldflags=-s -w'\n");
    let record =
        format!("env | grep -v -E '^(_|PWD|OLDPWD|SHLVL|GO_OFFLINE_SAVED)=' | sort; pwd; {RECORD}");
    let go = world.script(
        "my go's",
        &format!("echo started >> {}/started; {record}", world.root().display()),
    );
    let words = std::ffi::OsStr::from_bytes(b"-x=\xff \t'\"$HOME\x1b");
    for args in [
        &["test", "-timeout", "1s", "a b", "", "it's"][..],
        &["-C", "dial", "build"],
        &["--profile", "cache", "list"],
        &["--profile", "online", "list"],
        &["exec", "--", "sh", "-c", "env | grep ^GO | grep -v _SAVED= | sort; echo \"$@\"", "x y"],
    ] {
        let ours = |flags: &[&str]| {
            let run = world.ours(flags).args(args).args([words]);
            run.env("GO_OFFLINE_GO", &go)
                .env("GOPRIVATE", "x")
                .env("GOCACHEPROG", "/nonesuch")
                .run()
        };
        let line = ours(&["--dry-run"]).ended(0);
        assert!(!world.has("started"), "something was started");
        assert_eq!(line.stdout.lines().count(), 1, "{line:?}");
        assert_eq!(line.stderr, "");
        let told = world
            .command("/bin/sh")
            .args(["-c", &line.stdout])
            .env("GO_OFFLINE_GO", &go)
            .env("GOPRIVATE", "x")
            .env("GOCACHEPROG", "/nonesuch")
            .run()
            .ended(0);
        let done = ours(&["-q"]).ended(0);
        assert_eq!(told.stdout, done.stdout, "{args:?}: {}", line.stdout);
        let _ = std::fs::remove_file(world.root().join("started"));
    }
}

#[test]
fn where_go_is() {
    let world = World::new();
    // The first on PATH that is not ourselves.
    std::os::unix::fs::symlink(world.program(), world.root().join("bin/go")).unwrap();
    let ran = world.ours(["version"]).run().ended(0);
    assert!(ran.stdout.starts_with("go version go1."), "{ran:?}");
    let none = world.ours(["version"]).env("PATH", world.root().join("bin")).run();
    none.ended(78).said("GO_OFFLINE_GO");
    let ourselves = world.root().join("bin/go");
    let ran = world.ours(["version"]).env("GO_OFFLINE_GO", &ourselves).run();
    ran.ended(78).said("go-offline itself");
    world.ours(["version"]).env("GO_OFFLINE_GO", "/nonesuch").run().ended(78).said("/nonesuch");
    world.ours(["version"]).env("GO_OFFLINE_GO", world.project()).run().ended(78);
    // Without PATH, the one that is named.
    let go = world.goroot().join("bin/go");
    world.ours(["version"]).without("PATH").env("GO_OFFLINE_GO", go).run().ended(0);
    // A command that is not there, and one on PATH.
    world.ours(["exec", "--", "nonesuch"]).run().ended(78).said("nonesuch");
    assert_eq!(world.ours(["exec", "--", "echo", "here"]).run().ended(0).stdout, "here\n");
    world.ours(["check"]).env("PATH", "/nonesuch").run().ended(0);
}

#[test]
fn settings_that_mean_nothing() {
    let world = World::new();
    for (name, words) in [
        ("GO_OFFLINE_PROFILE", "vendor, cache"),
        ("GO_OFFLINE_VERIFY", "off, lists, bytes"),
        ("GO_OFFLINE_NETWORK", "allow, warn, deny"),
        ("GO_OFFLINE_ISOLATION", "off, prefer, require, require-netns"),
    ] {
        let ran = world.ours(["list"]).env(name, "garbage").run().ended(78);
        ran.said(words).said(name).said("garbage");
        world.ours(["list"]).env(name, "").run().ended(0);
    }
    world.ours(["--profile", "vendro", "list"]).run().ended(78).said("did you mean `vendor`?");
    world.ours(["list"]).env("GOWORK", "relative").run().ended(78).said("GOWORK");
    // go says best itself what is wrong with its own.
    for value in ["'-a", "mod=mod", "-nonesuch"] {
        let bare = world.bare(["list"]).env("GOFLAGS", value).run();
        assert_ne!(bare.code(), Some(0));
        assert_eq!(world.ours(["list"]).env("GOFLAGS", value).run(), bare, "{value}");
    }
}

/// The exit codes of the contract that need no network.
#[test]
fn exit_codes() {
    let world = World::new();
    world.ours(["check"]).run().ended(0);
    world.remove("project/go-offline.lock");
    world.remove("project/go-offline.lock.lists");
    world.ours(["check"]).run().ended(75);
    world.ours(["check", "--verify", "lists"]).run().ended(0);
    let list = world.read("project/vendor/modules.txt");
    world.write("project/vendor/modules.txt", &list.replace("v1.6.0", "v1.5.0"));
    world.ours(["check"]).run().ended(65);
    let ran = world.ours(["build"]).run().ended(65);
    assert!(ran.stdout.is_empty());
    // A command that mends is not stopped.
    world.ours(["mod", "edit", "-json"]).run().ended(0);
    world.ours(["--profile", "open", "version"]).run().ended(0);
    world.remove("project/vendor/modules.txt");
    std::fs::create_dir(world.project().join("vendor/modules.txt")).unwrap();
    world.ours(["list"]).run().ended(74).said("modules.txt");
}

/// `env -w` acts on the user's real file, and says what does not follow it.
#[test]
fn env_write() {
    let world = World::new();
    for (words, told) in [
        (
            &["-w", "GOPROXY=direct"][..],
            "GOPROXY in go/env does not count in profile vendor: GOPROXY=off is in force",
        ),
        (
            &["-w", "GOFLAGS=-x -mod=mod"],
            "GOFLAGS in go/env does not count in profile vendor: of its flags -mod=vendor is in force",
        ),
        (&["-u", "GOPROXY"], "GOPROXY=off is in force"),
        (&["-w", "GOTOOLCHAIN=local"], ""),
        (&["-w", "GOAMD64=v3", "GOFLAGS=-mod=vendor"], ""),
        (&["-u", "GOAMD64"], ""),
    ] {
        let ran = world.ours([&["env"], words].concat()).run().ended(0);
        assert_eq!(ran.stderr.lines().count(), usize::from(!told.is_empty()), "{ran:?}");
        ran.said(told);
    }
    assert_eq!(world.read("home/.config/go/env"), "GOFLAGS=-mod=vendor\nGOTOOLCHAIN=local\n");
    assert_eq!(
        world.ours(["env", "-w", "NONESUCH=1"]).run(),
        world.bare(["env", "-w", "NONESUCH=1"]).run()
    );
}

/// A policy that is there is in force, or it is said why not.
#[test]
fn a_policy_that_cannot_be_kept() {
    let world = World::new();
    assert_eq!(world.ours(["list"]).run().ended(0).stderr, "");
    world.write("project/go-offline.toml", "default-profile = \"ci\"\n");
    for args in [&["list"][..], &["-q", "build", "-o", "x"], &["check"], &["--dry-run", "list"]] {
        world.ours(args).run().ended(78).said("no profile is named `ci`");
    }
    assert_eq!(world.ours(["list"]).env("GO_OFFLINE_CONFIG", "off").run().ended(0).stderr, "");
    world.remove("project/go-offline.toml");
    world.write("home/.config/go-offline/config.toml", "default-profile = 1\n");
    world.ours(["list"]).run().ended(78).said("config.toml:1:19");
}

/// Ourselves inside ourselves.
#[test]
fn nested() {
    for who in everybody() {
        let world = World::of(who);
        world.write(
            "project/gen/gen.go",
            "package gen\n\n//go:generate go-offline list .\n//go:generate go-offline test -run=NONE .\n",
        );
        std::os::unix::fs::symlink(world.program(), world.root().join("bin/go-offline")).unwrap();
        let ran = world.ours(["generate", "./gen"]).run().ended(0);
        assert_eq!(ran.stderr, "", "{who:?}");
        assert!(ran.stdout.starts_with("example.com/hello/gen\n"), "{ran:?}");
        // In a project that is not vendored the outer -mod=vendor is not the user's word.
        world.write("project/tools/go.mod", "module example.com/tools\n\ngo 1.21\n");
        world.write("project/tools/main.go", "package main\n\nfunc main() {}\n");
        let script = "cd tools && go-offline list . && go-offline vet .";
        let ran = world.ours(["exec", "--", "sh", "-c", script]).run().ended(0);
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str()),
            ("example.com/tools\n", ""),
            "{who:?}"
        );
    }
}

/// Lines come through while the command runs, not at its end.
#[test]
fn output_is_not_held_back() {
    let world = World::new();
    let script = "echo first; while [ ! -e go ]; do sleep 0.05; done";
    let mut child = with_go(&world, script, &["list"]).spawn();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "first\n");
    world.write("project/go", "");
    child.wait().unwrap();
}

/// What leads nowhere is go's to complain about, where it matters to go at all.
#[test]
fn settings_that_lead_nowhere() {
    let world = World::new();
    let missing = world.root().join("none");
    let work = format!("{}.work", missing.display());
    let cases: [(&str, &str, &[&str]); 5] = [
        ("GOWORK", &work, &["version"]),
        ("GOWORK", &work, &["env", "GOPATH"]),
        ("GOWORK", "relative.work", &["help"]),
        ("GOFLAGS", "-modfile=none.mod", &["version"]),
        ("GOFLAGS", "-overlay=none.json", &["version"]),
    ];
    for (name, value, args) in cases {
        world.bare(args).env(name, value).run().ended(0);
        let ran = world.ours(args).env(name, value).run().ended(0);
        assert_eq!(ran.stderr, "", "{name}={value} {args:?}");
    }
    // The command that makes the file.
    world.ours(["work", "init", "."]).env("GOWORK", &work).run().ended(0);
    assert!(world.has("none.work"));
    // Where it would change what is checked, it is refused.
    world.ours(["build"]).env("GOFLAGS", "-modfile=other.mod").run().ended(74);
}

/// Commands that load packages only to clean or format them take -mod as well.
#[test]
fn clean_does_not_leave_the_profile() {
    let world = World::new();
    world.ours(["clean", "-mod=mod"]).run().ended(65).said("flag-leaves-profile");
    world.ours(["clean", "-mod=vendor"]).run().ended(0);
    world.ours(["clean"]).run().ended(0);
    world.ours(["--dry-run", "check"]).run().ended(64);
}

/// "Not checked" is never "passed": whoever asks for bytes anywhere is told that there were none.
#[test]
fn bytes_that_nobody_checked() {
    let world = World::new();
    world.remove("project/go-offline.lock");
    world.remove("project/go-offline.lock.lists");
    let asked = [("GO_OFFLINE_VERIFY", "bytes")];
    world.ours(["check"]).envs(&asked).run().ended(75);
    world.ours(["check", "--verify", "lists"]).envs(&asked).run().ended(0);
    for profile in ["vendor", "cache"] {
        let ours = |args: &[&str]| world.ours(["--profile", profile]).args(args).run();
        let ran = ours(&["check", "--verify", "bytes"]).ended(75);
        assert!(ran.stdout.contains("vendor-unverified"), "{profile}: {}", ran.stdout);
        let build = world.ours(["--profile", profile, "build"]).envs(&asked).run();
        build.ended(75).said("vendor-unverified");
    }
    // Where nothing is required, nothing is left unchecked.
    let world = World::new();
    world.remove("project/vendor");
    world.write("project/go.mod", "module example.com/alone\n\ngo 1.21\n");
    world.ours(["check", "--verify", "bytes"]).run().ended(0);
}
