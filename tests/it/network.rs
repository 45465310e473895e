//! The dialling test: bare go passes and is heard, we say 77, and say it again; and what must not
//! be taken for an attempt is not.

use crate::guard::linux::lab::Lab;
use crate::skip::skipped;
use crate::world::{Ran, Run, Who, World, walled};
use std::io::{BufRead, BufReader};

/// The lab's server, in Go.
const PEER: &str = "198.51.100.7:7777";

/// A world with three test packages: one that dials and says nothing, one that is quiet, and one
/// that dials and fails.
fn world(who: Who) -> World {
    let world = World::with_own_cache(who);
    let dial = format!(
        "connection, err := net.DialTimeout(\"tcp\", \"{PEER}\", 5*time.Second)\n\tif err == nil {{\n\t\tfmt.Fprintln(connection, \"hello from a test\")\n\t\tconnection.Close()\n\t}}"
    );
    let test = |name: &str, body: &str| {
        let text = format!(
            "package {name}\n\nimport (\n\t\"fmt\"\n\t\"net\"\n\t\"testing\"\n\t\"time\"\n)\n\nvar _, _, _ = fmt.Sprint, net.Dial, time.Now\n\nfunc TestIt(t *testing.T) {{\n\t{body}\n}}\n"
        );
        world.write(&format!("project/{name}/{name}_test.go"), &text);
    };
    test("dials", &dial);
    test("quiet", "");
    test("fails", &format!("{dial}\n\tt.Fatal(\"no\")"));
    world
}

/// The wall is required, so that no test can reach for a real network.
fn ours<'w>(world: &'w World, args: &[&str]) -> Run<'w> {
    world.ours(args).env("GO_OFFLINE_ISOLATION", "require")
}

fn worlds() -> Vec<World> {
    walled(world)
}

fn attempted(ran: Ran) -> Ran {
    ran.ended(77).said("network-attempt")
}

/// From inside the lab bare go reaches its server, and we do not.
#[test]
fn the_peer_hears_bare_go_and_not_us() {
    let Some(lab) = Lab::open() else { return };
    let world = world(Who::Self_);
    let test = ["test", "./dials"];
    let bare = lab.inside(|| world.bare(test).in_this_network().run()).ended(0);
    assert!(bare.stdout.starts_with("ok"));
    assert_eq!(lab.heard(), ["heard hello from a test"]);
    // go has cached that pass; it does not hide what happens behind the wall.
    let cached = lab.inside(|| world.bare(test).in_this_network().run()).ended(0);
    assert!(cached.stdout.contains("(cached)"), "control: {cached:?}");
    // What is cached just before an attempt is forgotten with it; this is not from just before.
    world.shell("find $GOCACHE -type f -exec touch -d '1 minute ago' {} +").run().ended(0);
    for _ in 0..2 {
        attempted(lab.inside(|| ours(&world, &test).in_this_network().run()));
    }
    // A script's go is ours, or the real one where it calls it by its path.
    let real = format!("{}/bin/go test ./dials && echo passed", world.goroot().display());
    for script in ["go test ./dials; echo passed", &real] {
        for _ in 0..2 {
            let exec = ["exec", "--", "sh", "-c", script];
            let ran = attempted(lab.inside(|| ours(&world, &exec).in_this_network().run()));
            assert!(ran.stdout.contains("passed"));
        }
    }
    assert_eq!(lab.heard(), Vec::<String>::new());
    // Bare go's own cached pass is still there.
    let cached = lab.inside(|| world.bare(test).in_this_network().run()).ended(0);
    assert!(cached.stdout.contains("(cached)"), "{cached:?}");
}

#[test]
fn every_time() {
    for world in worlds() {
        for args in [
            &["test", "./dials"][..],
            &["test", "-timeout", "30s", "./dials"],
            &["test", "-timeout=0", "./dials"],
            &["test", "-json", "./dials", "./quiet"],
            &["test", "-race=false", "./dials", "-args", "x"],
        ] {
            for _ in 0..2 {
                attempted(ours(&world, args).run());
            }
        }
        for goflags in ["-timeout=1m", "-timeout=0", "-test.timeout=1m"] {
            for _ in 0..2 {
                let ran = ours(&world, &["test", "./dials"]).env("GOFLAGS", goflags).run();
                attempted(ran);
            }
        }
    }
}

/// go's own failure stands; the attempt is reported beside it.
#[test]
fn the_commands_own_failure_stands() {
    for world in worlds() {
        ours(&world, &["test", "./fails"]).run().ended(1).said("network-attempt");
        let dial = "bash -c ': > /dev/tcp/198.51.100.7/7777' 2> /dev/null; exit";
        for (code, want) in [(0, 77), (5, 5)] {
            let script = format!("{dial} {code}");
            let ran = ours(&world, &["exec", "--", "sh", "-c", &script]).run();
            ran.ended(want).said("network-attempt");
        }
        let ran =
            ours(&world, &["exec", "--", "bash", "-c", &dial.replace("exit", "kill -TERM $$")]);
        let ran = ran.run();
        assert_eq!(ran.signal(), Some(15), "{ran:?}");
    }
}

/// A script's own -timeout and GOCACHE must not bring a cached pass back, whichever go it calls.
#[test]
fn a_script_is_told_again() {
    for world in worlds() {
        // What is compiled while an attempt is made is forgotten with it; this is not from just then.
        let warm = "GOCACHE=$PWD/own-cache go test ./quiet; env -u GOCACHE HOME=$PWD/own-home go test ./quiet; find own-cache own-home -type f -exec touch -d '1 minute ago' {} +";
        world.shell(warm).run().ended(0);
        let real = format!("{}/bin/go", world.goroot().display());
        for go in ["go", &real] {
            for script in [
                format!("{go} test -timeout 30s ./dials"),
                format!("GOCACHE=$PWD/own-cache {go} test ./dials"),
                format!("GOCACHE=$PWD/own-cache {go} test -timeout 30s ./dials"),
                format!("env -u GOCACHE HOME=$PWD/own-home {go} test ./dials"),
            ] {
                for _ in 0..2 {
                    let exec = ["exec", "--", "sh", "-c", &script];
                    ours(&world, &exec).run().ended(77).said("network-attempt");
                }
            }
        }
    }
}

/// What bare go has cached with the network is not served to a script, though it has the same
/// -timeout; nor is it taken from bare go.
#[test]
fn a_script_takes_no_result_of_bare_go() {
    for world in worlds() {
        let by_path = format!("{}/bin/go test -timeout 30s ./quiet", world.goroot().display());
        let bare = || world.shell(&by_path).run().ended(0);
        let ours = || ours(&world, &["exec", "--", "sh", "-c", &by_path]).run().ended(0);
        let is_cached = |ran: Ran| ran.stdout.contains("(cached)");
        assert!(!is_cached(bare()) && is_cached(bare()), "control");
        assert!(!is_cached(ours()) && is_cached(ours()) && is_cached(bare()));
    }
}

/// A go-offline inside counts in a network of its own, and its 77 may be swallowed: the outer one
/// hears of it all the same.
#[test]
fn a_script_that_swallows_what_the_inner_one_says() {
    for world in worlds() {
        let exec = |script: &str| ours(&world, &["exec", "--", "sh", "-c", script]);
        for script in [
            "go test ./dials; test $? = 77",
            "go test ./dials || true",
            "go test ./dials 2> /dev/null; true",
            "go offline exec -- sh -c 'go test ./dials; true'; true",
            "GO_OFFLINE_NETWORK=warn go test ./dials",
        ] {
            for _ in 0..2 {
                attempted(exec(script).run());
            }
        }
        world.write("project/Makefile", "all:\n\t-go test ./dials\n\t-go test ./quiet\n");
        attempted(ours(&world, &["exec", "--", "make"]).run()).said("Error 77");
        // Its own failure stands.
        exec("go test ./dials; exit 5").run().ended(5).said("network-attempt");
        exec("go test ./dials").run().ended(77);
    }
}

/// Nothing is heard where nothing was attempted, whatever else went wrong inside.
#[test]
fn a_quiet_inner_run_is_no_attempt() {
    for world in worlds() {
        let exec = |script: &str| ours(&world, &["exec", "--", "sh", "-c", script]);
        for script in [
            "go test ./quiet",
            "go build -mod=mod || true",
            "go build ./nonesuch || true",
            "go offline --profile online test ./quiet",
            "GO_OFFLINE_PROFILE=open go test ./quiet",
            "GO_OFFLINE_NETWORK=warn go test ./quiet",
            "go list -m example.com/nowhere@latest || true",
        ] {
            let ran = exec(script).env("GO_OFFLINE_ISOLATION", "prefer").run().ended(0);
            ran.did_not_say("network-attempt");
        }
        // One that is let through stands in the network of the outer one, which counts it.
        let script = "GO_OFFLINE_PROFILE=open go test ./dials; true";
        attempted(exec(script).env("GO_OFFLINE_ISOLATION", "prefer").run());
        // And where the outer one lets everything through there is nobody to count.
        let exec = [
            "--profile",
            "online",
            "exec",
            "--",
            "sh",
            "-c",
            "GO_OFFLINE_PROFILE=vendor go test ./dials; test $? = 77",
        ];
        world.ours(exec).run().ended(0);
    }
}

/// Results of a script's runs are its own, and cached where quiet: through the shim they are those of
/// `go-offline test`.
#[test]
fn a_quiet_test_in_a_script_is_cached() {
    for world in worlds() {
        let by_path = format!("{}/bin/go", world.goroot().display());
        for go in ["go", &by_path] {
            for flags in ["", "-timeout 30s", "-short", "-failfast -v"] {
                let script = format!("{go} test {flags} ./quiet");
                let exec = ["exec", "--", "sh", "-c", &script];
                let first = ours(&world, &exec).run().ended(0);
                // What it leaves serves a go that is called by its path too.
                let is_first = go == "go";
                assert!(!is_first || !first.stdout.contains("(cached)"), "{script}: {first:?}");
                let second = ours(&world, &exec).run().ended(0);
                assert!(second.stdout.contains("(cached)"), "{script}: {second:?}");
            }
        }
    }
}

#[test]
fn as_a_warning_only() {
    for world in worlds() {
        for _ in 0..2 {
            let run = ours(&world, &["test", "./dials"]).env("GO_OFFLINE_NETWORK", "warn");
            run.run().ended(0).said("warning[network-attempt]");
        }
    }
}

/// What dials nobody is cached, for us as for bare go, and both share what is compiled.
#[test]
fn a_quiet_test_is_cached() {
    for world in worlds() {
        let test = ["test", "./quiet"];
        let first = ours(&world, &test).run().ended(0);
        assert_eq!(first.stderr, "");
        assert!(!first.stdout.contains("(cached)"), "{first:?}");
        let second = ours(&world, &test).run().ended(0);
        assert!(second.stdout.contains("(cached)"), "{second:?}");
        // -x prints every program that is started: no compiler, no linker but for the test itself.
        let bare = world.bare(["test", "-x", "./quiet"]).run().ended(0);
        assert!(!bare.stderr.contains("/compile "), "compiled anew: {}", bare.stderr);
        ours(&world, &["build", "./..."]).run().ended(0);
        let again = world.bare(["build", "-x", "./..."]).run().ended(0);
        assert!(!again.stderr.contains("/compile "), "{}", again.stderr);
    }
}

/// A compiler wrapper that dials and says nothing.
#[test]
fn a_compiler_that_dials() {
    for world in worlds() {
        if !world.shell("command -v gcc bash").run().status.success() {
            return skipped("there is no gcc or no bash");
        }
        // Only where it compiles the one file: go asks a compiler who it is in every build.
        let script = "case \"$*\" in *c.cgo2.c*) bash -c ': > /dev/tcp/198.51.100.7/7777' 2> /dev/null;; esac\nexec gcc \"$@\"";
        let cc = world.script("mycc", script);
        let source = "package c\n\n// int mine(void) { return 7; }\nimport \"C\"\n\nfunc Mine() int { return int(C.mine()) }\n";
        world.write("project/c/c.go", source);
        for _ in 0..2 {
            let run = ours(&world, &["build", "./c"]).env("CC", &cc).env("CGO_ENABLED", "1");
            attempted(run.run());
        }
    }
}

/// A program that is run, generated and vetted with.
#[test]
fn other_programs_that_dial() {
    for world in worlds() {
        let dial = "bash -c ': > /dev/tcp/198.51.100.7/7777' 2> /dev/null";
        let script = world.script("dialler", &format!("{dial}\nexit 0")).display().to_string();
        world.write("project/gen/gen.go", &format!("package gen\n\n//go:generate {script}\n"));
        for _ in 0..2 {
            attempted(ours(&world, &["generate", "./gen"]).run());
            attempted(ours(&world, &["run", "-exec", &script, "."]).run());
            attempted(ours(&world, &["test", "-exec", &script, "./quiet"]).run());
        }
        // Only where it compiles: go asks each tool for its version in every build.
        let compile = format!("case \"$*\" in *-V=full*) ;; *) {dial};; esac\nexec \"$@\"");
        let passing = world.script("passing", &compile).display().to_string();
        world.write("project/fresh/fresh.go", "package fresh\n");
        let toolexec = format!("-toolexec={passing}");
        for _ in 0..2 {
            attempted(ours(&world, &["build", &toolexec, "./fresh"]).run());
            attempted(ours(&world, &["vet", &toolexec, "./fresh"]).run());
        }
    }
}

/// Loopback works behind the wall.
#[test]
fn loopback_is_no_attempt() {
    for world in worlds() {
        let body = "package loop\n\nimport (\n\t\"net\"\n\t\"testing\"\n)\n\nfunc TestLoop(t *testing.T) {\n\tl, err := net.Listen(\"tcp\", \"127.0.0.1:0\")\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\tc, err := net.Dial(\"tcp\", l.Addr().String())\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\tc.Close()\n}\n";
        world.write("project/loop/loop_test.go", body);
        assert_eq!(ours(&world, &["test", "./loop"]).run().ended(0).stderr, "");
    }
}

/// A unix socket on which somebody outside the wall listens: reached, or refused and an attempt.
#[test]
fn what_becomes_of_a_unix_socket_is_the_profiles_word() {
    for world in worlds() {
        let place = world.root().join("outside.sock");
        let _outside = std::os::unix::net::UnixListener::bind(&place).unwrap();
        std::fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o777))
            .unwrap();
        let body = format!(
            "package local\n\nimport (\n\t\"net\"\n\t\"testing\"\n)\n\nfunc TestLocal(t *testing.T) {{\n\t_, err := net.Dial(\"unix\", \"{}\")\n\tt.Log(\"dialled\", err)\n}}\n",
            place.display()
        );
        world.write("project/local/local_test.go", &body);
        world.write("project/go-offline.toml", "[profile.p]\nunix-sockets = \"deny\"\n");
        let dial = ["test", "-v", "-count=1", "./local"];
        let ran = ours(&world, &dial).run().ended(0);
        assert!(ran.stdout.contains("dialled <nil>"), "{ran:?}");
        let ran = attempted(ours(&world, &dial).env("GO_OFFLINE_PROFILE", "p").run());
        assert!(ran.stdout.contains("refused"), "{ran:?}");
    }
}

/// go caches one test's pass while the next still runs; then we are killed, and there is no verdict.
#[test]
fn a_killed_run_leaves_nothing_to_be_served() {
    for world in worlds() {
        let body = "package slow\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestSlow(t *testing.T) {\n\ttime.Sleep(20 * time.Second)\n}\n";
        world.write("project/slow/slow_test.go", body);
        let mut run = ours(&world, &["test", "./dials", "./slow"]).spawn();
        let mut first = String::new();
        BufReader::new(run.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        assert!(first.starts_with("ok"), "{first}");
        // It is printed before it is cached.
        std::thread::sleep(std::time::Duration::from_millis(500));
        run.kill().unwrap();
        run.wait().unwrap();
        let ran = attempted(ours(&world, &["test", "./dials"]).run());
        assert!(!ran.stdout.contains("(cached)"), "{ran:?}");
    }
}

/// A wall is required around a network that is open: there is none to be had.
#[test]
fn no_wall_around_an_open_network() {
    let world = world(Who::Self_);
    for profile in ["online", "open"] {
        let ran = world.ours(["--profile", profile, "version"]);
        let ran = ran.env("GO_OFFLINE_ISOLATION", "require").run().ended(69);
        let reason = format!("profile {profile} lets the command use the network");
        assert!(ran.said(&reason).stdout.is_empty());
        assert_eq!(world.ours(["--profile", profile, "version"]).run().ended(0).stderr, "");
    }
}

/// Where no namespace is to be had: refused, or with less, which is said.
#[test]
fn without_a_namespace() {
    let world = world(Who::Self_);
    // No user namespaces, and none of root's rights: the limit is that of a namespace of its own.
    let nowhere = |isolation: &str, command: &str| {
        let script = format!(
            "exec unshare --user --map-root-user sh -ec 'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all $OURS {command}'"
        );
        world.shell(&script).env("GO_OFFLINE_ISOLATION", isolation).run()
    };
    if !world
        .shell("unshare --user --map-root-user setpriv --bounding-set=-all true")
        .run()
        .status
        .success()
    {
        return skipped("`unshare --user` and `setpriv` are needed");
    }
    let ran = nowhere("require-netns", "test ./quiet").ended(69);
    let ran = ran.said("isolation = require-netns is not to be had");
    assert!(ran.said("cannot make a user namespace").stdout.is_empty());
    assert_eq!(nowhere("require", "test ./quiet").ended(0).stderr, "");
    let ran = nowhere("prefer", "test ./quiet").ended(0).said("warning[isolation-weak]");
    assert!(ran.said("cannot make a user namespace").stdout.starts_with("ok"));
    assert_eq!(nowhere("off", "test ./quiet").ended(0).stderr, "");
    // Its environment holds all the same.
    nowhere("prefer", "mod download example.com/x@v1.0.0").ended(1).said("GOPROXY=off");
}
