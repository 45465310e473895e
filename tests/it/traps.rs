//! Every way that leads the go command to the network, or past vendor/: first open under bare go,
//! then closed under us.
//!
//! Bare go runs in a network that holds nothing but a server which writes down what it is asked, so
//! "it would have gone out" is what that server heard. We run there too and without a wall, so that
//! what is shown closed is closed by the environment and the command line alone.

use crate::world::{Ran, World, everybody};

const UUID: &str = "github.com/google/uuid";
const WHERE: [&str; 4] = ["list", "-f", "{{.Dir}}", UUID];

/// A world whose proxy and checksum database are its own server.
fn world() -> Option<(World, Vec<(&'static str, String)>)> {
    let world = World::with_traps()?;
    let server = vec![
        ("GOPROXY", world.url()),
        ("GOSUMDB", format!("sum.golang.org {}/sumdb", world.url())),
        ("GO_OFFLINE_ISOLATION", "off".to_owned()),
    ];
    Some((world, server))
}

fn pairs<'a>(server: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    server.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Bare go asks the server, and we do not. Returns what came of us.
#[track_caller]
fn closed(
    world: &World,
    server: &[(&'static str, String)],
    env: &[(&str, &str)],
    args: &[&str],
) -> Ran {
    let bare = world.bare(args).envs(&pairs(server)).envs(env).run();
    let heard = world.heard();
    assert!(!heard.is_empty(), "control: `go {}` asks nobody: {bare:#?}", args.join(" "));
    silent(world, server, env, args)
}

/// We ask nobody.
#[track_caller]
fn silent(
    world: &World,
    server: &[(&'static str, String)],
    env: &[(&str, &str)],
    args: &[&str],
) -> Ran {
    let ran = world.ours(args).envs(&pairs(server)).envs(env).run();
    assert_eq!(world.heard(), Vec::<String>::new(), "`{}` asked: {ran:#?}", args.join(" "));
    assert!(!ran.stderr.contains("dial "), "`{}` dialled: {ran:#?}", args.join(" "));
    ran
}

#[track_caller]
fn vendored(world: &World, ran: &Ran) {
    let dir = world.project().join("vendor").join(UUID);
    assert_eq!(ran.stdout.trim(), dir.display().to_string(), "{ran:#?}");
}

#[test]
fn mod_on_the_command_line() {
    let Some((world, server)) = world() else { return };
    for args in [
        &["build", "-mod=mod", "."][..],
        &["build", "-x", "--mod", "mod", "-o", "hello", "."],
        &["list", "-mod=vendor", "-mod=mod", UUID],
        &["vet", "-mod=readonly", "./..."],
        &["test", "./...", "-run", "X", "-mod=mod"],
        &["run", "-mod=mod", ".", "-mod=vendor"],
    ] {
        closed(&world, &server, &[], args).ended(65).said("flag-leaves-profile");
    }
}

#[test]
fn mod_in_goflags() {
    for value in ["-mod=mod", "--mod=mod", "-mod=vendor '-mod=mod'", "-trimpath -mod=readonly"] {
        let Some((world, server)) = world() else { return };
        let ran = closed(&world, &server, &[("GOFLAGS", value)], &WHERE).ended(0);
        vendored(&world, &ran.said("goenv-override"));
        world.go_env(&format!("GOFLAGS={value}\n"));
        let ran = closed(&world, &server, &[], &WHERE).ended(0);
        vendored(&world, &ran.said("home/.config/go/env:1"));
    }
}

/// An empty variable is no variable: it does not hide what go/env says.
#[test]
fn empty_variables() {
    let Some((world, server)) = world() else { return };
    world.go_env("GOFLAGS=-mod=mod\nGOPRIVATE=example.com\n");
    vendored(&world, &closed(&world, &server, &[("GOFLAGS", "")], &WHERE).ended(0));
    let private = ["mod", "download", "example.com/private@v1.0.0"];
    let empty = [("GOPRIVATE", ""), ("GOPROXY", "off")];
    let bare = world.bare(private).envs(&empty).run();
    bare.said("https://example.com/private?go-get=1");
    silent(&world, &server, &empty, &private).did_not_say("go-get=1");
}

/// GOFLAGS=-mod=vendor says nothing to them.
#[test]
fn commands_without_a_mod_flag() {
    let Some((world, server)) = world() else { return };
    for args in [
        &["mod", "download"][..],
        &["mod", "download", "-x", "example.com/x@v1.0.0"],
        &["mod", "tidy"],
        &["mod", "tidy", "-diff"],
        &["mod", "verify"],
        &["mod", "graph"],
        &["mod", "why", "-m", UUID],
        &["mod", "vendor", "-o", "elsewhere"],
        &["get", "example.com/x@latest"],
        &["get", "-u", "./..."],
        &["get", "-tool", "example.com/x@v1.0.0"],
    ] {
        closed(&world, &server, &[("GOFLAGS", "-mod=vendor")], args);
    }
    assert!(world.has("project/vendor/modules.txt"));
}

#[test]
fn work_commands() {
    let Some((world, server)) = world() else { return };
    world.write("project/go.work", "go 1.21\n\nuse .\n");
    for args in [&["work", "sync"][..], &["work", "vendor", "-o", "elsewhere"]] {
        closed(&world, &server, &[], args);
    }
}

/// Private modules are fetched directly even where GOPROXY is off.
#[test]
fn private_modules_with_goproxy_off() {
    let Some((world, server)) = world() else { return };
    let args = ["mod", "download", "example.com/private@v1.0.0"];
    for variable in ["GOPRIVATE", "GONOPROXY"] {
        let env = [("GOPROXY", "off"), (variable, "example.com"), ("GOVCS", "*:off")];
        world.bare(args).envs(&env).run().said("https://example.com/private?go-get=1");
        let ran = silent(&world, &server, &env, &args).did_not_say("go-get=1");
        ran.said("module lookup disabled by GOPROXY=off");
    }
}

/// A module without vendor/ and without sums, the proxy's one module required.
fn unproven(world: &World) {
    world.remove("project/vendor");
    world.write(
        "project/go.mod",
        "module example.com/m\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n",
    );
    world.write("project/go.sum", "");
    world.write("project/main.go", "package main\n\nfunc main() {}\n");
}

/// GOPROXY=off does not reach the checksum database.
#[test]
fn the_checksum_database() {
    let Some((world, server)) = world() else { return };
    unproven(&world);
    let graph = ["mod", "graph"];
    closed(&world, &server, &[], &graph);
    // The cache is filled without the database; the sum is still missing from go.sum.
    let fill = world.bare(graph).envs(&pairs(&server)).env("GONOSUMDB", "*").run().ended(0);
    assert!(fill.stdout.contains("example.com/dep@v1.0.0"));
    world.heard();
    world.write("project/go.sum", "");
    let ran = closed(&world, &server, &[("GOPROXY", "off")], &graph).ended(1);
    // go takes a cached go.mod that it cannot verify for one that is not there.
    ran.said("module lookup disabled by GOPROXY=off");
    assert_eq!(world.read("project/go.sum"), "");
}

/// Offline never means "believe what is there".
#[test]
fn without_a_checksum_database_nothing_is_believed() {
    let Some((world, server)) = world() else { return };
    unproven(&world);
    let graph = ["mod", "graph"];
    for env in [("GOSUMDB", "off"), ("GONOSUMDB", "*"), ("GOPRIVATE", "*")] {
        world.write("project/go.sum", "");
        world.bare(graph).envs(&pairs(&server)).env("GOSUMDB", "off").run().ended(0);
        world.heard();
        world.write("project/go.sum", "");
        world.bare(graph).envs(&[("GOPROXY", "off"), ("GONOPROXY", "none"), env]).run().ended(0);
        world.write("project/go.sum", "");
        silent(&world, &server, &[env], &graph).ended(1);
        assert_eq!(world.read("project/go.sum"), "");
    }
}

/// A program of that name on PATH is executed before anything else happens.
#[test]
fn another_toolchain() {
    let version = ["version"];
    let run = |setting: &dyn Fn(&World), env: &[(&str, &str)], code: i32| {
        let Some((world, server)) = world() else { return };
        world.script("go1.99.1", &format!("echo ran >> {}/marker", world.root().display()));
        setting(&world);
        for args in [&version[..], &["build", "-o", "hello", "."], &["mod", "tidy"], &["env"]] {
            world.bare(args).envs(env).env("GOPROXY", "off").run();
            assert!(world.has("marker"), "control: go1.99.1 does not run, `{}`", args[0]);
            world.remove("marker");
            let ran = silent(&world, &server, env, args);
            assert!(!world.has("marker"), "go1.99.1 ran: {ran:#?}");
            if args[0] == "build" {
                ran.ended(code);
            }
        }
    };
    run(&|_| {}, &[("GOTOOLCHAIN", "go1.99.1")], 0);
    run(&|_| {}, &[("GOTOOLCHAIN", "go1.99.1+path")], 0);
    run(&|world| world.go_env("GOTOOLCHAIN=go1.99.1+auto\n"), &[], 0);
    let auto = [("GOTOOLCHAIN", "auto")];
    run(&|world| world.append("project/go.mod", "\ntoolchain go1.99.1\n"), &auto, 0);
    let newer = |world: &World| {
        drop(
            world.write("project/go.mod", &world.read("project/go.mod").replace("1.21", "1.99.1")),
        );
    };
    run(&newer, &auto, 1);
    run(&|world| drop(world.write("project/go.work", "go 1.99.1\n\nuse .\n")), &auto, 65);
}

/// ... and where there is none, it is fetched.
#[test]
fn another_toolchain_from_the_network() {
    let Some((world, server)) = world() else { return };
    for env in [("GOTOOLCHAIN", "go1.99.1"), ("GOTOOLCHAIN", "go1.26.1+auto")] {
        let ran = closed(&world, &server, &[env], &["version"]).ended(0);
        assert!(ran.stdout.starts_with("go version go1."));
    }
    world.append("project/go.mod", "\ntoolchain go1.99.1\n");
    closed(&world, &server, &[("GOTOOLCHAIN", "auto")], &["build", "-o", "hello"]).ended(0);
}

#[test]
fn a_package_with_a_version() {
    let Some((world, server)) = world() else { return };
    for args in [&["run", "example.com/x@latest"][..], &["install", "example.com/x@v1.0.0"]] {
        closed(&world, &server, &[], args).ended(65).said("flag-leaves-profile");
        let cache = [&["--profile", "cache"], args].concat();
        silent(&world, &server, &[], &cache).ended(1).said("GOPROXY=off");
        // Without a project there is no profile to leave, and no source either.
        let outside = world.root().join("home");
        let ran = world.ours(args).envs(&pairs(&server)).dir(&outside).run();
        assert_eq!(world.heard(), Vec::<String>::new());
        ran.ended(1);
    }
}

/// `go doc -http` runs a program of a version.
#[test]
fn documentation_server() {
    let Some((world, server)) = world() else { return };
    let ran = closed(&world, &server, &[], &["doc", "-http", "fmt"]);
    assert_ne!(ran.code(), Some(0));
}

#[test]
fn another_go_mod() {
    let Some((world, server)) = world() else { return };
    // With an old go line go forgets about vendor/.
    world.write("project/old.mod", &world.read("project/go.mod").replace("go 1.21", "go 1.13"));
    world.write("project/old.sum", &world.read("project/go.sum"));
    for env in [&[][..], &[("GOFLAGS", "-modfile=old.mod")]] {
        let flag = if env.is_empty() { &["-modfile=old.mod"][..] } else { &[] };
        let args = [&WHERE[..1], flag, &WHERE[1..]].concat();
        vendored(&world, &closed(&world, &server, env, &args).ended(0));
    }
    // The file named is the one that is checked.
    world.write("project/bad.mod", &world.read("project/go.mod").replace("v1.6.0", "v1.5.0"));
    silent(&world, &server, &[], &["build", "-modfile", "bad.mod"]).ended(65).said("bad.mod");
}

#[test]
fn an_overlay() {
    let Some((world, server)) = world() else { return };
    let target = world.project().join("vendor/golang.org/x/mod/semver/semver.go");
    let evil = "package semver\n\nfunc MajorMinor(string) string { return \"EVIL\" }\n";
    world.write("evil.go", evil);
    let overlay = |from: &str, to: &str| {
        let text = format!("{{\"Replace\": {{{from:?}: {to:?}}}}}");
        world.write("project/overlay.json", &text);
    };
    let evil = world.root().join("evil.go").display().to_string();
    for from in
        ["vendor/golang.org/x/mod/semver/semver.go".to_owned(), target.display().to_string()]
    {
        overlay(&from, &evil);
        let bare = world.bare(["run", "-overlay=overlay.json", "."]).run().ended(0);
        assert!(bare.stdout.contains("EVIL"), "control: {bare:?}");
        let args = ["run", "-overlay", "overlay.json", "."];
        silent(&world, &server, &[], &args).ended(65).said("flag-leaves-profile");
        let env = [("GOFLAGS", "-overlay=overlay.json")];
        silent(&world, &server, &env, &["run", "."]).ended(65).said("GOFLAGS");
    }
    // go takes the key in any case, as gopls writes it, and adds up what several keys hold.
    for text in [
        format!("{{\"replace\": {{{target:?}: {evil:?}}}}}"),
        format!("{{\"rEPLACE\": {{{target:?}: {evil:?}}}, \"Replace\": {{}}}}"),
        format!("{{\"Replace\": {{{target:?}: {evil:?}}}, \"Replace\": {{\"x.go\": \"\"}}}}"),
    ] {
        world.write("project/overlay.json", &text);
        let args = ["run", "-overlay=overlay.json", "."];
        let bare = world.bare(args).run().ended(0);
        assert!(bare.stdout.contains("EVIL"), "control: {text}: {bare:?}");
        silent(&world, &server, &[], &args).ended(65).said("flag-leaves-profile");
    }
    for list in ["go.mod", "vendor/modules.txt", "go.sum"] {
        overlay(list, &evil);
        silent(&world, &server, &[], &["build", "-overlay=overlay.json"]).ended(65);
    }
    // A go.mod that is nowhere on disk makes another project of the directory.
    world.write("project/sub/main.go", "package main\n\nfunc main() { println(\"sub\") }\n");
    world.write("evil.mod", "module evil\n\ngo 1.20\n");
    let evil_mod = world.root().join("evil.mod").display().to_string();
    overlay("sub/go.mod", &evil_mod);
    for args in [
        &["list", "-overlay=overlay.json", "./sub"][..],
        &["list", "-C", "sub", "-overlay=../overlay.json"],
    ] {
        silent(&world, &server, &[], args).ended(65).said("flag-leaves-profile");
    }
    // The file of -modfile is a list as well.
    world.write("project/alt.mod", &world.read("project/go.mod"));
    world.write("project/alt.sum", &world.read("project/go.sum"));
    for list in ["alt.mod", "alt.sum"] {
        overlay(list, &evil_mod);
        let args = ["list", "-modfile=alt.mod", "-overlay=overlay.json"];
        silent(&world, &server, &[], &args).ended(65).said("flag-leaves-profile");
    }
    // What an editor has unsaved is its user's own affair.
    world.write("own.go", "package main\n\nfunc main() { println(\"mine\") }\n");
    overlay("main.go", &world.root().join("own.go").display().to_string());
    let ran = silent(&world, &server, &[], &["run", "-overlay=overlay.json", "."]).ended(0);
    assert_eq!(ran.stderr, "mine\n");
}

#[test]
fn gopath_mode() {
    let Some((world, server)) = world() else { return };
    world.write("home/go/src/github.com/google/uuid/uuid.go", "package uuid\n");
    for value in ["off", "auto"] {
        let env = [("GO111MODULE", value), ("GOFLAGS", "-mod=vendor")];
        if value == "off" {
            let bare = world.bare(WHERE).envs(&env).run().ended(0);
            assert!(bare.stdout.contains("home/go/src"), "control: {bare:?}");
        }
        vendored(&world, &silent(&world, &server, &env, &WHERE).ended(0));
    }
    world.go_env("GO111MODULE=off\n");
    vendored(&world, &silent(&world, &server, &[], &WHERE).ended(0).said("GO111MODULE=off"));
}

#[test]
fn a_workspace() {
    let Some((world, server)) = world() else { return };
    world.write("go.work", "go 1.21\n\nuse ./project\n");
    closed(&world, &server, &[], &WHERE).ended(65).said("vendor-ignored").said("go.work:1");
    world.remove("go.work");
    let file = world.write("aside/go.work", "go 1.21\n\nuse ../project\n");
    let gowork = file.display().to_string();
    closed(&world, &server, &[("GOWORK", &gowork)], &WHERE).ended(65).said("vendor-ignored");
    vendored(&world, &silent(&world, &server, &[("GOWORK", "off")], &WHERE).ended(0));
}

/// Without a go line, or with an old one, go forgets about vendor/.
#[test]
fn an_old_go_line() {
    let Some((world, server)) = world() else { return };
    let sound = world.read("project/go.mod");
    for line in ["go 1.13", ""] {
        world.write("project/go.mod", &sound.replace("go 1.21", line));
        vendored(&world, &closed(&world, &server, &[], &WHERE).ended(0));
    }
}

/// A program that every build starts.
#[test]
fn an_external_cache() {
    let Some((world, server)) = world() else { return };
    let marker = format!("echo ran >> {}/marker; exit 1", world.root().display());
    let program = world.script("cacheprog", &marker).display().to_string();
    let build = ["build", "-o", "hello", "."];
    let fell = |env: &[(&str, &str)]| {
        world.bare(build).envs(env).run();
        assert!(world.has("marker"), "control: the program does not run");
        world.remove("marker");
        silent(&world, &server, env, &build).ended(0).said("GOCACHEPROG");
        assert!(!world.has("marker"));
    };
    fell(&[("GOCACHEPROG", &program)]);
    world.go_env(&format!("GOCACHEPROG={program}\n"));
    fell(&[]);
}

/// A program that every request starts.
#[test]
fn a_credential_helper() {
    let Some((world, server)) = world() else { return };
    let marker = format!("echo ran >> {}/marker", world.root().display());
    let program = world.script("auth", &marker).display().to_string();
    let env = [("GOAUTH", program.as_str()), ("GOPROXY", "https://127.0.0.1:1")];
    let args = ["mod", "download", "example.com/x@v1.0.0"];
    world.bare(args).envs(&env).run();
    assert!(world.has("marker"), "control: the program does not run");
    world.remove("marker");
    silent(&world, &server, &env, &args);
    assert!(!world.has("marker"));
}

/// GOENV=off does not reach the children of go.
#[test]
fn goenv_off() {
    let Some((world, server)) = world() else { return };
    world.go_env("GOFLAGS=-mod=mod\n");
    let go = world.goroot().join("bin/go");
    let told = world.root().join("told");
    let tool = world
        .script("tool", &format!("{} env GOFLAGS > {}\nexec \"$@\"", go.display(), told.display()));
    let toolexec = format!("-toolexec={}", tool.display());
    let env = [("GOENV", "off"), ("GOPROXY", "off")];
    world.bare(["vet", &toolexec, "."]).envs(&env).run();
    assert_eq!(world.read("told"), "-mod=mod\n", "control: the child reads the user's file");
    world.remove("told");
    silent(&world, &server, &env, &["vet", &toolexec, "."]).ended(0);
    assert_eq!(world.read("told"), "-mod=vendor\n");
}

/// Defence in depth: what would matter only if something else were open.
#[test]
fn the_rest_is_closed_with_values() {
    let world = World::new();
    let wild = [
        ("GOVCS", "*:all"),
        ("GOINSECURE", "*"),
        ("GOAUTH", "netrc"),
        ("GOPROXY", "direct"),
        ("GONOPROXY", "*"),
        ("GOPRIVATE", "*"),
        ("GONOSUMDB", "*"),
    ];
    let names: Vec<&str> = wild.iter().map(|(name, _)| *name).collect();
    let ran = world.ours([&["env"], &names[..]].concat()).envs(&wild).run().ended(0);
    assert_eq!(ran.stdout, "*:off\nnone\noff\noff\nnone\nnone\nnone\n");
    assert_eq!(ran.stderr, "");
}

/// Tests and builds may use a proxy on loopback: it is theirs.
#[test]
fn proxies_and_stamps_are_left_alone() {
    let world = World::new();
    let env = [
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("NO_PROXY", "example.com"),
        ("GODEBUG", "panicnil=1"),
    ];
    let script = "env | grep -iE 'proxy|GODEBUG|TELEMETRY|buildvcs|trimpath' | grep -vE '^GO([PN]|_OFFLINE)' | sort";
    let bare = world.shell(script).envs(&env).run();
    let ours = world.ours(["exec", "--", "sh", "-c", script]).envs(&env).run();
    assert_eq!(ours.stdout, bare.stdout);
}

fn bytes(world: &World, name: &str) -> Vec<u8> {
    std::fs::read(world.root().join(name)).unwrap()
}

/// The same binary as bare go's, version stamps and all.
#[test]
fn version_stamps() {
    let world = World::new();
    let git = "git init -q && git add -A && git -c user.name=n -c user.email=e@example.com commit -qm m && git tag v1.2.3";
    world.shell(git).run().ended(0);
    world.bare(["build", "-o", "../bare", "."]).run().ended(0);
    let ran = world.ours(["build", "-o", "../ours", "."]).run().ended(0);
    assert_eq!(ran.stderr, "");
    assert!(bytes(&world, "bare") == bytes(&world, "ours"), "the binaries differ");
    let stamps = world.bare(["version", "-m", "../ours"]).run().stdout;
    assert!(stamps.contains("vcs.revision") && stamps.contains("v1.2.3"), "{stamps}");
}

/// What `go env -w` set and the profile does not close goes on counting.
#[test]
fn free_settings_keep_their_effect() {
    let world = World::new();
    // Needs nothing but the runtime: some of these settings compile everything anew.
    world.write("project/tiny/main.go", "package main\n\nfunc main() {}\n");
    let extra = "//go:build extra\n\npackage main\n\nfunc init() { println() }\n";
    world.write("project/tiny/extra.go", extra);
    let build = |to: &'static str| ["build", "-o", to, "./tiny"];
    world.bare(build("../plain")).run().ended(0);
    for line in ["GOAMD64=v3", "GOFLAGS=-tags=extra -buildvcs=false"] {
        world.go_env(&format!("{line}\n"));
        world.bare(build("../bare")).run().ended(0);
        let ran = world.ours(build("../ours")).run().ended(0);
        assert_eq!(ran.stderr, "", "{line}");
        let bare = bytes(&world, "bare");
        assert!(bare != bytes(&world, "plain"), "control: {line} changes nothing");
        assert!(bare == bytes(&world, "ours"), "{line}: the binaries differ");
    }
    world.go_env("CGO_ENABLED=0\n");
    let ran = world.ours(["env", "CGO_ENABLED"]).without("CGO_ENABLED").run();
    assert_eq!(ran.stdout, "0\n");
}

/// Every variable that `go env -w` may set either goes on counting or is closed.
#[test]
fn no_variable_is_forgotten() {
    let world = World::new();
    let source = world.goroot().join("src/internal/cfg/cfg.go");
    let text = std::fs::read_to_string(source).unwrap();
    let list = text.split('`').nth(1).unwrap();
    let describing = ["GOENV", "GOEXE", "GOGCCFLAGS", "GOHOSTARCH", "GOHOSTOS", "GOTOOLDIR"];
    let names: Vec<&str> =
        list.split_whitespace().filter(|name| !describing.contains(name)).collect();
    assert!(names.len() > 50);
    let absent = ["GOCACHEPROG"]; // closed by being unset, which it is here
    for name in names.iter().filter(|name| !absent.contains(name)) {
        let value = match *name {
            "GOFLAGS" => "-tags=mine",
            "GOWORK" => "off",
            _ => "/mine",
        };
        world.go_env(&format!("{name}={value}\n"));
        let run = world.ours(["--dry-run", "version"]).without("GOCACHE").without("CGO_ENABLED");
        let line = run.run().ended(0).stdout;
        assert!(line.contains(&format!(" {name}=")), "{name}: {line}");
    }
}

/// A C compiler is the user's own program; what it does is the wall's business.
#[test]
fn the_c_compiler_stays_the_users() {
    let world = World::new();
    if !world.command("/bin/sh").args(["-c", "command -v gcc"]).run().status.success() {
        return crate::skip::skipped("there is no gcc");
    }
    let marker = world.root().join("marker");
    let cc = world.script("mycc", &format!("echo ran >> {}\nexec gcc \"$@\"", marker.display()));
    world.go_env(&format!("CC={}\n", cc.display()));
    world.write("project/c/c.go", "package c\n\n// int mine(void) { return 7; }\nimport \"C\"\n\nfunc Mine() int { return int(C.mine()) }\n");
    let ran = world.ours(["build", "./c"]).env("CGO_ENABLED", "1").run().ended(0);
    assert_eq!(ran.stderr, "");
    assert!(marker.exists());
}

/// All at once, behind the wall, and whoever it is.
#[test]
fn for_everybody() {
    for who in everybody() {
        let world = World::of(who);
        let marker = format!("echo ran >> {}/marker", world.root().display());
        let program = world.script("go1.99.1", &marker).display().to_string();
        world.go_env(&format!(
            "GOFLAGS=-mod=mod\nGOPRIVATE=*\nGOSUMDB=off\nGOTOOLCHAIN=go1.99.1\nGOCACHEPROG={program}\nGOAUTH={program}\nGOPROXY={}\n",
            world.url()
        ));
        let env = [("GO111MODULE", "off"), ("GOENV", ""), ("GOPROXY", "")];
        vendored(&world, &world.ours(WHERE).envs(&env).run().ended(0));
        for args in [&["run", "."][..], &["test", "-run=NONE", "./..."], &["vet", "./..."]] {
            world.ours(args).envs(&env).run().ended(0);
        }
        world.ours(["build", "-mod=mod"]).envs(&env).run().ended(65);
        world.ours(["mod", "download", "example.com/x@v1.0.0"]).envs(&env).run().ended(1);
        assert!(!world.has("marker"), "{who:?}");
        assert_eq!(world.heard(), Vec::<String>::new(), "{who:?}");
    }
}

/// `env -w` works on the user's real file, and go would fetch a toolchain before it writes.
#[test]
fn a_toolchain_for_env_write() {
    let Some((world, server)) = world() else { return };
    for words in [["env", "-w", "GOAMD64=v1"], ["env", "-u", "GOAMD64"]] {
        let env = [("GOTOOLCHAIN", "go1.99.1")];
        silent(&world, &server, &env, &words).ended(0);
    }
    // Its own value is written without a word, and the network is cut meanwhile too.
    silent(&world, &server, &[], &["env", "-w", "GOTOOLCHAIN=go1.99.1"]).ended(0);
    silent(&world, &server, &[], &["env", "-u", "GOAMD64"]).ended(0);
}

/// Where go.mod requires nothing, go before 1.23 needs no modules.txt to build from vendor/.
#[test]
fn a_vendor_directory_without_a_list() {
    let Some((world, server)) = world() else { return };
    for name in ["vendor", "go.sum", "dial"] {
        world.shell(&format!("rm -rf {name}")).run();
    }
    world.write("project/go.mod", "module hello\n\ngo 1.21\n");
    let main = "package main\n\nimport \"evil.example/x\"\n\nfunc main() { println(x.V) }\n";
    world.write("project/main.go", main);
    world.write("project/vendor/evil.example/x/x.go", "package x\n\nconst V = \"EVIL\"\n");
    let bare = world.bare(["run", "."]).run().ended(0);
    assert_eq!(bare.stderr, "EVIL\n", "control");
    silent(&world, &server, &[], &["run", "."]).ended(65).said("vendor-package-unlisted");
    // What holds no package of Go's is nobody's dependency.
    world.write("project/main.go", "package main\n\nfunc main() {}\n");
    world.shell("rm -rf vendor/evil.example").run();
    world.write("project/vendor/autoload.php", "<?php\n");
    assert_eq!(silent(&world, &server, &[], &["run", "."]).ended(0).stderr, "");
}
