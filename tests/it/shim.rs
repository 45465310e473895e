//! A `go` that is us: how it is called, which go it runs, and what is around it.

use crate::world::{Ran, Run, World};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A go command that is a shell script, and says what it was called with.
const RECORD: &str = r#"printf '[%s]\n' real "$@""#;

/// A directory of the world with a link named `go` to us.
fn linked(world: &World, dir: &str) -> PathBuf {
    fs::create_dir_all(world.root().join(dir)).unwrap();
    let go = world.root().join(dir).join("go");
    symlink(world.program(), &go).unwrap();
    go
}

/// A copy of us there. By another program, see `place::copy_program`.
fn copied(world: &World, dir: &str) -> PathBuf {
    fs::create_dir_all(world.root().join(dir)).unwrap();
    let go = world.root().join(dir).join("go");
    let cp = std::process::Command::new("cp").arg(world.program()).arg(&go).status();
    assert!(cp.unwrap().success());
    go
}

fn path(world: &World, dirs: &[&str]) -> std::ffi::OsString {
    let dirs = dirs.iter().map(|dir| world.root().join(dir));
    std::env::join_paths(dirs.chain(["/usr/bin".into(), "/bin".into()])).unwrap()
}

/// Runs `go` as a shell finds it, with these directories first on PATH.
fn go<'w>(world: &'w World, dirs: &[&str], line: &str) -> Run<'w> {
    world.shell(&format!("go {line}")).env("PATH", path(world, dirs))
}

/// With the real go command behind them.
fn go_and_real<'w>(world: &'w World, dirs: &[&str], line: &str) -> Run<'w> {
    let mut all = path(world, dirs);
    all.push(":");
    all.push(world.goroot().join("bin"));
    world.shell(&format!("go {line}")).env("PATH", all)
}

#[test]
fn called_go_we_are_the_go_command() {
    let world = World::new();
    linked(&world, "shim");
    for line in [
        "version",
        "list -deps ./...",
        "frobnicate",
        "",
        "help build",
        "--help",
        "--profile",
        "build -nonesuch",
        "list ./nonesuch",
        "mod nonesuch",
        "-C dial list",
    ] {
        let bare = world.shell(&format!("{}/bin/go {line}", world.goroot().display())).run();
        let ours = go_and_real(&world, &["shim"], line).run();
        assert_eq!(ours, bare, "go {line}");
    }
    let real = world.script("my-go", RECORD);
    for words in ["--profile x --version", "check", "exec -- x", "-q list", "offlin check"] {
        let ran = go(&world, &["shim"], words).env("GO_OFFLINE_GO", &real).run().ended(0);
        let want: String = ["real"]
            .into_iter()
            .chain(words.split(' '))
            .map(|word| format!("[{word}]\n"))
            .collect();
        assert_eq!(ran.stdout, want);
    }
}

#[test]
fn go_offline_is_our_own_command_line() {
    let world = World::new();
    linked(&world, "shim");
    let run = |line: &str| go_and_real(&world, &["shim"], line).run();
    assert!(run("offline check").ended(0).stdout.contains("0 findings"));
    assert_eq!(run("offline list .").ended(0).stdout, "example.com/hello\n");
    assert!(
        run("offline --profile cache --dry-run list").ended(0).stdout.contains("-mod=readonly")
    );
    run("offline biuld").ended(64).said("go-offline: `biuld` is no command");
    run("offline").ended(64).said("Usage");
    assert!(run("offline --version").ended(0).stdout.starts_with("go-offline "));
    // What is ours still says so.
    let ran = go_and_real(&world, &["shim"], "build -mod=mod").run().ended(65);
    ran.said("flag-leaves-profile");
    let ran = go_and_real(&world, &["shim"], "list").env("GO_OFFLINE_PROFILE", "none").run();
    ran.ended(78).said("go-offline: no profile");
}

#[test]
fn as_a_copy_too() {
    let world = World::new();
    copied(&world, "shim");
    let ran = go_and_real(&world, &["shim"], "build -mod=mod").run();
    ran.ended(65).said("flag-leaves-profile");
}

/// However we lie on PATH, nobody starts himself for ever.
#[test]
fn no_recursion() {
    let world = World::new();
    linked(&world, "link");
    copied(&world, "copy1");
    let copy = copied(&world, "copy2");
    fs::create_dir(world.root().join("hard")).unwrap();
    fs::hard_link(&copy, world.root().join("hard/go")).unwrap();
    // A copy where a go command would lie.
    copied(&world, "fake/bin");
    world.write("fake/VERSION", "go1.26.8\n");
    let all = ["link", "copy1", "copy2", "hard", "fake/bin"];
    for first in all {
        for profile in ["auto", "open"] {
            let dirs: Vec<&str> = std::iter::once(first).chain(all).collect();
            let run = |run: Run<'_>| run.env("GO_OFFLINE_PROFILE", profile).run();
            let ran = run(go(&world, &dirs, "version")).ended(78);
            ran.said("no go command on PATH");
            let ran = run(go_and_real(&world, &dirs, "version")).ended(0);
            assert!(ran.stdout.starts_with("go version go1."), "{ran:?}");
            for other in all {
                let other = world.root().join(other).join("go");
                let ran = run(go(&world, &[first], "version").env("GO_OFFLINE_GO", other));
                ran.ended(78).said("go-offline itself");
            }
        }
    }
}

/// A `go` that is a script around us, by our name: it is known by that, and passed over.
#[test]
fn a_script_that_starts_us() {
    let world = World::new();
    symlink(world.program(), world.root().join("bin/go-offline")).unwrap();
    let script = world.script("go", "exec go-offline go \"$@\"");
    for profile in ["auto", "open", "online"] {
        let ran = go_and_real(&world, &["bin"], "version").env("GO_OFFLINE_PROFILE", profile);
        assert!(ran.run().ended(0).stdout.starts_with("go version go1."));
        let none = go(&world, &["bin"], "version").env("GO_OFFLINE_PROFILE", profile).run();
        none.ended(78).said("no go command on PATH");
        let named = go(&world, &["bin"], "version").env("GO_OFFLINE_GO", &script);
        named.env("GO_OFFLINE_PROFILE", profile).run().ended(78).said("starts go-offline itself");
    }
    // Where its file does not show it, there is an end to it all the same.
    world.script("go", "name=offline; exec go-$name go \"$@\"");
    go(&world, &["bin"], "version").run().ended(78).said("started inside itself");
    // A script around go is a go command.
    let real = world.goroot().join("bin/go");
    world.script("go", &format!("exec {} \"$@\"", real.display()));
    let ran = world.ours(["version"]).env("PATH", path(&world, &["bin"])).run().ended(0);
    assert!(ran.stdout.starts_with("go version go1."));
}

fn install(world: &World, words: &[&str]) -> Ran {
    world.ours(["shim", "install"]).args(words).run()
}

#[test]
fn installed_looked_at_and_removed() {
    let world = World::new();
    let dir = world.root().join("shim dir");
    let shown = dir.display().to_string();
    let ran = install(&world, &[&shown]).ended(0);
    let real = world.goroot().join("bin/go");
    assert!(ran.stdout.contains(&format!("go is now go-offline, in front of {}", real.display())));
    assert!(ran.stdout.contains(&format!("export PATH='{shown}':$PATH")), "{ran:?}");
    assert_eq!(fs::read_link(dir.join("go")).unwrap(), world.program());
    assert_eq!(fs::read_link(dir.join(".go-offline-go")).unwrap(), real);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);
    assert!(install(&world, &[&shown]).ended(0).stdout.contains("was already"));

    let colon = world.root().join("a:b").display().to_string();
    let ran = install(&world, &[&colon]).ended(0);
    assert!(ran.stdout.ends_with("a:b has a `:` in its name and cannot be on PATH\n"), "{ran:?}");

    // Behind another go, and in front of it.
    let with = |dirs: &[&str], words: &[&str]| {
        let mut all = path(&world, dirs);
        all.push(":");
        all.push(world.goroot().join("bin"));
        world.ours(["shim"]).args(words).env("PATH", all).run()
    };
    world.script("go", "exec /nonesuch");
    let ran = with(&["bin", "shim dir"], &["install", &shown]).ended(0);
    assert!(ran.stdout.contains("stands before it on PATH"), "{ran:?}");
    let ran = with(&["shim dir", "bin"], &["install", &shown]).ended(0);
    assert!(!ran.stdout.contains("export"), "{ran:?}");
    world.remove("bin/go");
    assert!(with(&[], &["install", &shown]).ended(0).stdout.contains("is now"));

    let ran = with(&["shim dir"], &["status"]).ended(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], format!("first on PATH: {shown}/go: go-offline"));
    assert_eq!(lines[1], format!("then: {}: not go-offline", real.display()));
    assert!(lines[2].starts_with(&format!("real go: {}, version 1.", real.display())));
    assert!(lines[2].ends_with("(the first `go` on PATH that is not go-offline)"));
    let ran = world.ours(["shim", "status", &shown]).without("PATH").run().ended(0);
    assert!(ran.stdout.contains("recorded in"), "{ran:?}");
    let ran = world.ours(["shim", "status"]).without("PATH").run().ended(78);
    assert!(ran.stdout.contains("real go: none"), "{ran:?}");

    assert!(with(&[], &["remove", &shown]).ended(0).stdout.contains("is gone"));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
    assert!(with(&[], &["remove", &shown]).ended(0).stdout.contains("there was no shim"));
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let world = World::new();
    let dir = world.root().join("bin");
    let shown = dir.display().to_string();
    let other = world.script("go", "echo other");
    install(&world, &[&shown]).ended(74).said("stays as it is");
    world.ours(["shim", "remove", &shown]).run().ended(74).said("stays as it is");
    assert!(fs::read_to_string(other).unwrap().contains("echo other"));
    assert!(!world.has("bin/.go-offline-go"));
    let ran = world.ours(["shim", "status", &shown]).run().ended(0);
    assert!(!ran.stdout.contains("export"), "of no use on PATH: {ran:?}");
    world.remove("bin/go");
    // No go command, or none that would do.
    let nowhere = |args: &[&str]| {
        world.ours(["shim", "install", &shown]).args(args).env("PATH", "/nonesuch").run()
    };
    nowhere(&[]).ended(78).said("no go command on PATH");
    nowhere(&["--go", "nonesuch"]).ended(78).said("not an executable file");
    let ours = world.program().display().to_string();
    nowhere(&["--go", &ours]).ended(78).said("that is go-offline");
    assert!(!world.has("bin/go"));
    let real = world.goroot().join("bin/go").display().to_string();
    nowhere(&["--go", &real]).ended(0);
    install(&world, &["/dev/null/shim"]).ended(74).said("/dev/null/shim");
    world.ours(["--dry-run", "shim", "install", &shown]).run().ended(64);
    world.ours(["shim", "instal", &shown]).run().ended(64);
}

/// Scripts that empty PATH, or the whole environment, still reach the real go.
#[test]
fn without_path() {
    let world = World::new();
    let shim = world.root().join("shim").display().to_string();
    install(&world, &[&shim]).ended(0);
    for script in [
        format!("env -i {shim}/go version"),
        format!("PATH= {shim}/go version"),
        format!("unset PATH; exec {shim}/go version"),
        format!("cd {shim}; PATH=/nonesuch; ./go version"),
        format!("PATH={shim}; go version"),
    ] {
        let ran = world.shell(&script).run().ended(0);
        assert!(ran.stdout.starts_with("go version go1."), "{script}: {ran:?}");
    }
    fs::remove_file(format!("{shim}/.go-offline-go")).unwrap();
    symlink("/nonesuch/go", format!("{shim}/.go-offline-go")).unwrap();
    let ran = world.shell(&format!("env -i {shim}/go version")).run().ended(78);
    ran.said("leads to /nonesuch/go").said("shim install --go");
}

/// `exec` puts us first on PATH, in a directory of our cache.
#[test]
fn exec_puts_us_first_on_path() {
    let world = World::new();
    let exec = |script: &str| world.ours(["exec", "--", "sh", "-c", script]);
    exec("go build -mod=mod; test $? = 65").run().ended(0).said("flag-leaves-profile");
    world.write("project/Makefile", "all:\n\tgo build -o ../out -mod=mod .\n");
    let ran = world.ours(["exec", "--", "make"]).run().ended(2).said("flag-leaves-profile");
    ran.said("Error 65");
    // The command itself is looked for there too.
    world.ours(["exec", "--", "go", "build", "-mod=mod"]).run().ended(65);
    let first = exec("echo ${PATH%%:*}").run().ended(0).stdout;
    let dir = Path::new(first.trim());
    assert!(dir.starts_with(world.root().join("home/.cache/go-offline/shim")), "{first}");
    assert_eq!(fs::read_link(dir.join("go")).unwrap(), world.program());
    // It is there once, also where we are in ourselves, and mended where it is wrong.
    let script = "go offline exec -- sh -c 'echo $PATH' && echo $PATH";
    let ran = exec(script).run().ended(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], lines[1]);
    assert_eq!(lines[0].matches(first.trim()).count(), 1);
    fs::remove_file(dir.join("go")).unwrap();
    symlink("/bin/false", dir.join("go")).unwrap();
    exec("go list .").run().ended(0);
    let dry = world.ours(["--dry-run", "exec", "--", "make"]).run().ended(0);
    assert!(dry.stdout.contains(&format!("PATH={}:", first.trim())), "{dry:?}");
    // A verb of go's gets no other PATH.
    assert!(!world.ours(["--dry-run", "build"]).run().ended(0).stdout.contains("PATH="));
}

/// Where our cache cannot be used: a directory that is gone afterwards, or none.
#[test]
fn exec_without_a_cache() {
    let world = World::new();
    world.write("file", "");
    fs::create_dir(world.root().join("temp")).unwrap();
    let exec = |temp: &str| {
        let script = "echo ${PATH%%:*}; go build -mod=mod -o /dev/null . || echo $?";
        let run = world.ours(["exec", "--", "sh", "-c", script]);
        run.env("GO_OFFLINE_CACHE_DIR", world.root().join("file"))
            .env("TMPDIR", world.root().join(temp))
            .run()
            .ended(0)
    };
    let ran = exec("temp");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with(&world.root().join("temp").display().to_string()), "{ran:?}");
    assert_eq!(lines[1], "65");
    assert_eq!(fs::read_dir(world.root().join("temp")).unwrap().count(), 0);
    let ran = exec("nonesuch").said("a `go` inside this command is the real one");
    assert!(!ran.stdout.contains("65"), "{ran:?}");
    // Not where others may write.
    let cache = world.root().join("home/.cache/go-offline/shim");
    world.ours(["exec", "--", "true"]).run().ended(0);
    let dir = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs::set_permissions(&dir, mode).unwrap();
    let ran = world.ours(["exec", "--", "sh", "-c", "echo $PATH"]).run().ended(0);
    assert!(!ran.stdout.contains(&dir.display().to_string()), "{ran:?}");
}

/// Scripts as they are: each `go` in them is judged by its own project.
#[test]
fn scripts_keep_working() {
    let world = World::new();
    world.write("project/tools/go.mod", "module example.com/tools\n\ngo 1.21\n");
    world.write("project/tools/main.go", "package main\n\nfunc main() {}\n");
    world.write(
        "project/Makefile",
        "tools:\n\tcd tools && go install ./...\n\tcd tools && go list -m\n\tgo list -m\n.PHONY: tools\n",
    );
    let make = || world.ours(["exec", "--", "make", "-s"]).env("GOBIN", world.root().join("gobin"));
    let ran = make().run().ended(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str()),
        ("example.com/tools\nexample.com/hello\n", "")
    );
    assert!(world.has("gobin/tools"));
    // The other project is checked too.
    world.append("project/tools/go.mod", "\nrequire example.com/nowhere v1.0.0\n");
    world.write("project/tools/vendor/modules.txt", "");
    make().run().ended(2).said("vendor-inconsistent");
    world.remove("project/tools");

    // Which go a generator calls: go puts its own directory first for it.
    let source = "package gen\n\n//go:generate go list -f {{.ImportPath}} .\n//go:generate sh -c \"go env GOPROXY\"\n";
    world.write("project/gen/gen.go", source);
    let ran = world.ours(["exec", "--", "go", "generate", "./gen"]).run().ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("example.com/hello/gen\noff\n", ""));

    // By its own path: under the environment and behind the wall.
    let real = world.goroot().join("bin/go");
    let script = format!("{} env GOPROXY; {} list -m all", real.display(), real.display());
    let ran = world.ours(["exec", "--", "sh", "-c", &script]).run();
    assert!(ran.stdout.starts_with("off\n"), "{ran:?}");
}

/// GOFLAGS tells the results of a go that scripts and tests call by its path from those of bare go.
#[test]
fn flags_of_nested_runs() {
    let world = World::new();
    let real = world.script("my-go", "echo \"[$GOFLAGS] $*\"");
    let script = format!("{} test; go test; go test -timeout 3s", real.display());
    let ran = world.ours(["exec", "--", "sh", "-c", &script]);
    let ran = ran.env("GO_OFFLINE_GO", &real).env("GOFLAGS", "-tags=x").run().ended(0);
    let want = "[-tags=x -mod=vendor -timeout=600000000001ns -failfast=false -short=false -cpu=] test\n[-tags=x -mod=vendor -timeout=600000000001ns -failfast=false -short=false -cpu=] test\n[-tags=x -mod=vendor -timeout=600000000001ns -failfast=false -short=false -cpu=] test -timeout 3000000001ns\n";
    assert_eq!(ran.stdout, want);
}

/// Whatever may run a test: outside any module, and a program of another one.
#[test]
fn flags_where_the_project_does_not_matter() {
    let world = World::new();
    let real = world.script("my-go", "echo \"[$GOFLAGS] $*\"");
    let flags = "-timeout=600000000001ns -failfast=false -short=false -cpu=";
    for line in ["--profile cache run example.com/tester@v1.0.0", "-C / test std", "-C / run /x.go"]
    {
        let ran = world.ours(line.split(' ')).env("GO_OFFLINE_GO", &real).run().ended(0);
        assert!(ran.stdout.contains(flags), "{line}: {ran:?}");
    }
}
