//! `run-network = "allow"`: `go run` builds behind the wall, and what it built is as with bare go,
//! the network included.

use crate::skip::skipped;
use crate::world::{Ran, Run, Who, World, walled};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStringExt;

/// A program that does what its first argument says.
const PROGRAM: &str = r#"package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	switch os.Args[1] {
	case "dial":
		connection, err := net.DialTimeout("tcp", os.Args[2], 5*time.Second)
		if err != nil {
			fmt.Println("not reached")
			return
		}
		fmt.Fprint(connection, "GET /from-the-program HTTP/1.0\r\n\r\n")
		line, _ := bufio.NewReader(connection).ReadString('\n')
		fmt.Printf("reached: %q\n", line)
	case "exit":
		code, _ := strconv.Atoi(os.Args[2])
		fmt.Fprintln(os.Stderr, "leaving")
		os.Exit(code)
	case "die":
		signal, _ := strconv.Atoi(os.Args[2])
		syscall.Kill(os.Getpid(), syscall.Signal(signal))
		time.Sleep(20 * time.Second)
	case "tell":
		dir, _ := os.Getwd()
		fmt.Printf("%q %q %q %q %q\n", os.Args[2:], dir, os.Getenv("X"), os.Getenv("PWD"), os.Getenv("PATH"))
		io.Copy(os.Stdout, os.Stdin)
		fmt.Fprintln(os.Stderr, "told")
	case "wait":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		fmt.Println("ready")
		fmt.Println("heard", <-signals)
		os.Exit(5)
	}
}
"#;

const SETTINGS: &str = "default-profile = 'p'\n[profile.p]\nrun-network = 'allow'\n";

fn world(who: Who) -> World {
    let world = World::with_own_cache(who);
    world.write("project/prog/main.go", PROGRAM);
    world.write("project/go-offline.toml", SETTINGS);
    world
}

/// The wall is required, so that what is behind it is there for sure.
fn ours<'w>(world: &'w World, args: &[&str]) -> Run<'w> {
    world.ours(args).env("GO_OFFLINE_ISOLATION", "require")
}

fn worlds() -> Vec<World> {
    walled(world)
}

/// The address of the world's server, on the loopback of its machine.
fn address(world: &World) -> String {
    world.url().replace("http://", "")
}

#[test]
fn the_program_reaches_the_machines_loopback() {
    for world in worlds() {
        let address = address(&world);
        let dial = ["run", "./prog", "dial", &address];
        let bare = world.bare(dial).run().ended(0);
        assert!(bare.stdout.starts_with("reached: \"HTTP/1.1"), "control: {bare:?}");
        assert_eq!(world.heard(), ["/from-the-program"], "control");
        assert_eq!(ours(&world, &dial).run(), bare);
        assert_eq!(world.heard(), ["/from-the-program"]);
        // From the command line alone, and for a file.
        world.remove("project/go-offline.toml");
        let ran = ours(&world, &dial).run().ended(0).said("run-network = \"allow\"");
        assert_eq!(ran.stdout, "not reached\n");
        ran.said(&format!("allow = [\"{address}\"]"));
        world.write("project/go-offline.toml", SETTINGS);
        let file = ["run", "prog/main.go", "dial", &address];
        assert_eq!(ours(&world, &file).run(), bare);
        // Under a floor of the user's it stays inside.
        let floor = [&["--floor", "network=deny"], &dial[..]].concat();
        assert_eq!(ours(&world, &floor).run().ended(0).stdout, "not reached\n");
        assert_eq!(world.heard(), ["/from-the-program"]);
    }
}

/// Its arguments, input, output, directory and variables are those that go gives it.
#[test]
fn the_program_is_started_as_go_starts_it() {
    for world in worlds() {
        let odd = OsString::from_vec(b"\xff'\" =\n".to_vec());
        for first in [&["run", "./prog"][..], &["run", "-C", "prog", "-race=false", "."]] {
            let words = ["tell", "", "--", "-x", "--profile=y", "a b"].map(OsString::from);
            let args = || {
                let first = first.iter().map(OsString::from);
                first.chain(words.clone()).chain([odd.clone()]).collect::<Vec<_>>()
            };
            let text = "from stdin\n\0more";
            let bare = world.bare(args()).env("X", "a\nb=c").input(text).ended(0);
            let run = world.ours(args()).env("GO_OFFLINE_ISOLATION", "require");
            let ran = run.env("X", "a\nb=c").input(text);
            assert!(ran.stdout.contains("from stdin\n\0more"), "{ran:?}");
            assert_eq!(ran, bare, "{first:?}");
        }
        let temp = world.root().join("a 'temp'");
        std::fs::create_dir(&temp).unwrap();
        world.hand_over();
        let ran = ours(&world, &["run", "./prog", "tell"]).env("TMPDIR", &temp).run();
        assert_eq!(ran.ended(0).stderr, "told\n");
        assert_eq!(std::fs::read_dir(&temp).unwrap().count(), 0, "nothing is left");
    }
}

#[test]
fn the_program_ends_as_go_lets_it_end() {
    for world in worlds() {
        for args in
            [&["exit", "0"][..], &["exit", "3"], &["exit", "77"], &["die", "9"], &["die", "15"]]
        {
            let args = [&["run", "./prog"], args].concat();
            let bare = world.bare(&args).run();
            assert_eq!(ours(&world, &args).run(), bare, "{args:?}");
            let control = i32::from(args[3] != "0");
            assert_eq!(bare.code(), Some(control), "control: {args:?}");
        }
        world.write("project/bad/main.go", "package main\n\nfunc main() { return 1 }\n");
        for args in [&["run", "./bad"][..], &["run", "./nonesuch"], &["run"], &["run", "-nonesuch"]]
        {
            let bare = world.bare(args).run();
            assert!(bare.code() > Some(0), "control: {bare:?}");
            assert_eq!(ours(&world, args).run(), bare, "{args:?}");
        }
    }
}

#[test]
fn a_signal_reaches_the_program() {
    for world in worlds() {
        let mut run = ours(&world, &["run", "./prog", "wait"]).spawn();
        let mut stdout = BufReader::new(run.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        let pid = rustix::process::Pid::from_child(&run);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        line.clear();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "heard terminated\n");
        assert_eq!(Ran::of(run).ended(1).stderr, "exit status 5\n");
    }
}

/// What the build tries is an attempt, and the program does not start.
#[test]
fn the_build_stays_behind_the_wall() {
    for world in worlds() {
        let dial = "bash -c ': > /dev/tcp/198.51.100.7/7777' 2> /dev/null";
        let compile = format!("case \"$*\" in *-V=full*) ;; *) {dial};; esac\nexec \"$@\"");
        let toolexec = format!("-toolexec={}", world.script("passing", &compile).display());
        let args = ["run", &toolexec, "./prog", "exit", "0"];
        for _ in 0..2 {
            let ran = ours(&world, &args).run().ended(77).said("network-attempt");
            ran.did_not_say("leaving");
        }
        let warned = ours(&world, &args).env("GO_OFFLINE_NETWORK", "warn").run().ended(0);
        warned.said("warning[network-attempt]").said("leaving");
        // The compiler of a program with C in it.
        if !world.shell("command -v gcc").run().status.success() {
            return skipped("there is no gcc");
        }
        let script = format!("case \"$*\" in *main.cgo2.c*) {dial};; esac\nexec gcc \"$@\"");
        let cc = world.script("mycc", &script);
        let source = "package main\n\n// int mine(void) { return 7; }\nimport \"C\"\n\nfunc main() { println(\"leaving\", int(C.mine())) }\n";
        world.write("project/c/main.go", source);
        let run = || ours(&world, &["run", "./c"]).env("CGO_ENABLED", "1");
        run().env("CC", &cc).run().ended(77).did_not_say("leaving");
        run().run().ended(0).said("leaving 7");
    }
}

/// What somebody else starts stays inside, and that is said.
#[test]
fn a_program_that_is_not_gos_to_start_stays_inside() {
    for world in worlds() {
        let address = address(&world);
        let exec = world.script("mine", "exec \"$@\"").display().to_string();
        let dial = ["./prog", "dial", &address];
        let stays = |run: Run<'_>, reason: &str| {
            let ran = run.run().ended(0).said("stays behind the wall in spite of").said(reason);
            assert_eq!(ran.stdout, "not reached\n");
        };
        let args = [&["run", "-exec", &exec], &dial[..]].concat();
        stays(ours(&world, &args), "-exec of the command line starts it");
        let args = [&["run"], &dial[..]].concat();
        let goflags = format!("-exec={exec}");
        stays(ours(&world, &args).env("GOFLAGS", &goflags), "-exec of GOFLAGS starts it");
        assert_eq!(world.heard(), Vec::<String>::new());
        // For another machine there may be a program on PATH that starts it.
        let arch = if cfg!(target_arch = "aarch64") { "amd64" } else { "arm64" };
        world.script(&format!("go_linux_{arch}_exec"), "echo elsewhere");
        world.write("project/small/main.go", "package main\n\nfunc main() {}\n");
        let run = ours(&world, &["run", "./small"]).env("GOARCH", arch).run().ended(0);
        assert_eq!(run.said(&format!("built for linux/{arch}")).stdout, "elsewhere\n");
    }
}

/// What is printed and not run has nothing of ours in it; and a link named go can be told as well.
#[test]
fn the_verb_that_keeps_is_nobodys_business() {
    for world in worlds() {
        let ran = ours(&world, &["run", "-n", "./prog", "exit", "3"]).run().ended(0);
        ran.did_not_say("__keep").said("link");
        let help = world.ours(["--help"]).run().ended(0);
        assert!(!help.stdout.contains("__keep"));
        ours(&world, &["__keep-program"]).run().ended(64).said("for the go command");
        let address = address(&world);
        let copy = world.root().join("bin/go");
        std::fs::copy(world.program(), &copy).unwrap();
        world.hand_over();
        let run = world.command(&copy).args(["run", "./prog", "dial", &address]);
        let ran = run.env("GO_OFFLINE_ISOLATION", "require").run().ended(0);
        assert!(ran.stdout.starts_with("reached"), "{ran:?}");
    }
}

#[test]
fn a_report_says_what_ran_outside() {
    for world in worlds() {
        let report = |args: &[&str]| -> serde_json::Value {
            let file = world.root().join("project/report.json");
            let _ = std::fs::remove_file(&file);
            let args = [&["--report", "report.json"], args].concat();
            ours(&world, &args).run();
            serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
        };
        let run = ["run", "./prog", "exit", "3"];
        let outside = report(&run);
        let words = outside["outside"].as_array().unwrap();
        assert!(words[0].as_str().unwrap().ends_with("/prog"), "{outside}");
        assert_eq!(words[1..], ["exit", "3"]);
        assert_eq!((&outside["exit"], &outside["signal"]), (&1.into(), &serde_json::Value::Null));
        assert_eq!(outside["argv"].as_array().unwrap()[1..], run);
        let inside = report(&[&["--floor", "network=deny"], &run[..]].concat());
        assert!(inside["outside"].is_null() && inside["exit"] == 1, "{inside}");
    }
}

/// While the program runs there is a directory of ours that holds it, and afterwards there is none.
#[test]
fn nothing_is_left_of_a_program_that_is_told_to_stop() {
    for world in worlds() {
        let temp = world.root().join("temp");
        std::fs::create_dir(&temp).unwrap();
        world.hand_over();
        let mut run = ours(&world, &["run", "./prog", "wait"]).env("TMPDIR", &temp).spawn();
        let mut line = String::new();
        BufReader::new(run.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(std::fs::read_dir(&temp).unwrap().count(), 1, "go itself has ended");
        let pid = rustix::process::Pid::from_child(&run);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        run.wait().unwrap();
        assert_eq!(std::fs::read_dir(&temp).unwrap().count(), 0);
    }
}
