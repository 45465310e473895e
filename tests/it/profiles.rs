//! go-offline.toml from end to end: who may set what, what comes of it, and what the program says.

use crate::program::{Program, Ran};
use crate::txtar::World;
use serde_json::Value;
use std::path::Path;

mod schema;

#[cfg(target_os = "linux")]
mod builds;

#[cfg(target_os = "linux")]
mod bundle;

#[cfg(target_os = "linux")]
mod hostile;

#[cfg(target_os = "linux")]
mod private;

const SOUND: &str = "\
-- go.mod --
module example.com/app

go 1.21
-- main.go --
package main
-- .git/HEAD --
";

fn world(settings: &str) -> World {
    let world = World::new(SOUND);
    world.write("go-offline.toml", settings);
    world
}

/// The JSON of `profile show`.
fn show(program: &Program, world: &World, args: &[&str]) -> Value {
    let ran = program.run(world.root(), &[args, &["profile", "show", "--format", "json"]].concat());
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    serde_json::from_str(&ran.stdout).unwrap()
}

fn value<'v>(shown: &'v Value, key: &str) -> &'v Value {
    let values = shown["values"].as_array().unwrap();
    values.iter().find(|value| value["key"] == key).unwrap_or(&Value::Null)
}

/// Writes the user's own settings.
fn user_settings(program: &Program, text: &str) {
    let dir = program.home().join(".config/go-offline");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("config.toml"), text).unwrap();
}

#[test]
fn a_file_is_found_up_to_the_repository() {
    let program = Program::new();
    let world = World::new(
        "-- .git/HEAD --\n-- go-offline.toml --\ndefault-profile = 'online'\n-- sub/module/go.mod --\nmodule m\n-- sub/module/pkg/x.go --\npackage pkg\n",
    );
    let shown = program.run(&world.path("sub/module/pkg"), &["profile", "show"]).stdout;
    assert!(shown.starts_with("profile online (from ../../../go-offline.toml:1)\n"), "{shown}");
    world.write("sub/module/go-offline.toml", "default-profile = 'cache'\n");
    let shown = program.run(&world.path("sub/module/pkg"), &["profile", "show"]).stdout;
    assert!(shown.starts_with("profile cache (from ../go-offline.toml:1)\n"), "{shown}");
}

#[test]
fn files_can_be_named_and_left_out() {
    let program = Program::new();
    let world = world("default-profile = 'online'\n");
    user_settings(&program, "default-profile = 'open'\n");
    world.write("ci.toml", "default-profile = 'cache'\n");
    let name = |args: &[&str]| show(&program, &world, args)["profile"].clone();
    assert_eq!(name(&[]), "online");
    assert_eq!(name(&["--config", "ci.toml"]), "cache");
    assert_eq!(name(&["--no-config"]), "cache", "auto");
    let by_variable = |value: &str| {
        let mut command = program.command(world.root(), &["profile", "show"]);
        Ran::of(&command.env("GO_OFFLINE_CONFIG", value).output().unwrap()).stdout
    };
    assert!(by_variable("ci.toml").starts_with("profile cache (from ci.toml:1)"));
    assert!(by_variable("off").starts_with("profile cache (from auto)"));
    let ran = program.run(world.root(), &["--config", "nonesuch.toml", "check"]);
    assert_eq!(ran.exit, 78, "{}", ran.stderr);
    assert!(ran.stderr.contains("nonesuch.toml"), "{}", ran.stderr);
}

/// A value can hold lines that look like ours, and what a terminal obeys.
#[test]
fn values_of_a_checkout_are_shown_and_not_obeyed() {
    let program = Program::new();
    let world = world(
        "[profile.p]\n[profile.p.env]\nGOOS = \"\\u001b[2J\\n  isolation = require\\u202e\"\nCC = \"\\u001b\"\n",
    );
    for args in [["show", "p"].as_slice(), &["diff", "p", "cache"]] {
        let ran = program.run(world.root(), &[&["profile"], args].concat());
        assert!(
            ran.stdout.contains(r"\u{1b}[2J\u{a}  isolation = require\u{202e}"),
            "{}",
            ran.stdout
        );
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{}", ran.stdout);
    }
}

/// A script changes its directory, and adds a floor to the one that it was given.
#[test]
fn what_is_handed_down_means_the_same_elsewhere() {
    let program = Program::new();
    let world = world("");
    world.write("ci.toml", "default-profile = 'cache'\n");
    let wanted = world.path("ci.toml");
    let print = ["exec", "--", "printenv", "GO_OFFLINE_CONFIG", "GO_OFFLINE_FLOOR"];
    let floor = ["--floor", "isolation=off"];
    for (flag, variable) in [(Some("ci.toml"), None), (None, Some("ci.toml"))] {
        let config: Vec<&str> = flag.iter().flat_map(|file| ["--config", file]).collect();
        let mut command = program.command(world.root(), &[&config[..], &floor, &print].concat());
        command
            .env("GO_OFFLINE_FLOOR", "verify=lists")
            .envs(variable.map(|v| ("GO_OFFLINE_CONFIG", v)));
        let ran = Ran::of(&command.output().unwrap());
        let wanted = format!("{}\nverify=lists,isolation=off\n", wanted.display());
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (wanted.as_str(), ""));
    }
}

#[test]
fn what_init_writes_can_be_read() {
    let program = Program::new();
    let world = World::new("-- go.mod --\nmodule git.acme.example/m\n");
    let mut command = program.command(world.root(), &["init"]);
    // The profile of a file that is still to be written, and patterns of go's for everything.
    command.env("GO_OFFLINE_PROFILE", "ci").env("GOPRIVATE", "*");
    let ran = Ran::of(&command.output().unwrap());
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    assert_eq!(show(&program, &world, &["--profile", "ci"])["private"][0], "*");
}

#[test]
fn mistakes_are_shown_with_their_lines_and_go_is_not_started() {
    let program = Program::new();
    let world = world(
        "[profile.ci]\nisolaton = 'require'\nverify = 'byte'\n[profile.ci.env]\nGOFLAGS = ['-trimpaht']\n",
    );
    for args in [&["build"][..], &["check"], &["profile", "show"], &["exec", "true"]] {
        let ran = program.run(world.root(), args);
        assert_eq!(ran.exit, 78, "{args:?}: {}", ran.stderr);
        assert!(!program.go_was_started(), "{args:?}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/profiles/mistakes.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &ran.stderr).unwrap();
        }
        assert_eq!(ran.stderr, std::fs::read_to_string(path).unwrap(), "{args:?}");
    }
    // Everything can be reached without the file.
    assert_eq!(program.run(world.root(), &["--no-config", "build"]).exit, 0);
}

#[test]
fn each_value_knows_where_it_comes_from_and_what_it_won_against() {
    let program = Program::new();
    let world = world("default-profile = 'ci'\n[profile.ci]\nverify = 'bytes'\nnetwork = 'warn'\n");
    user_settings(&program, "[profile.ci]\nverify = 'off'\n[profile.ci.env]\nGOAMD64 = 'v3'\n");
    let mut command = program.command(world.root(), &["profile", "show", "--format", "json"]);
    command.envs([("GO_OFFLINE_NETWORK", "deny"), ("GOPROXY", "direct"), ("GOAMD64", "v2")]);
    let ran = Ran::of(&command.output().unwrap());
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    let verify = value(&shown, "verify");
    assert_eq!(
        (&verify["value"], &verify["origin"]),
        (&"bytes".into(), &"go-offline.toml:3".into())
    );
    assert!(verify["lost"][0]["origin"].as_str().unwrap().ends_with("config.toml:2"), "{verify}");
    let network = value(&shown, "network");
    assert_eq!(network["origin"], "GO_OFFLINE_NETWORK");
    assert_eq!(network["lost"][0]["origin"], "go-offline.toml:4");
    let env = shown["env"].as_array().unwrap();
    let goproxy = env.iter().find(|variable| variable["name"] == "GOPROXY").unwrap();
    assert_eq!(goproxy["lost"][0]["value"], "direct");
    assert_eq!(shown["outranked"][0]["name"], "GOAMD64");
    assert_eq!(shown["outranked"][0]["winner"], "v2");
}

#[test]
fn what_is_loosened_is_counted_even_when_all_is_green() {
    let program = Program::new();
    let world = world(
        "default-profile = 'p'\n[profile.p]\nnetwork = 'warn'\n[lints]\nsum-missing = 'warn'\n[[carry]]\nmodule = 'a.b/c'\npath = 'x.go'\nsha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\nreason = 'r'\n",
    );
    let last = program.run(world.root(), &["check", "--verify", "lists"]).stdout;
    assert!(last.starts_with(".: 0 findings, 3 allowed by go-offline.toml:3,5,7; "), "{last}");
    let held = program
        .run(world.root(), &["--floor", "network=deny", "check", "--verify", "lists"])
        .stdout;
    assert!(held.starts_with(".: 0 findings, 1 held by the floor; "), "{held}");
}

#[test]
fn doors_in_the_wall_are_shown_and_counted() {
    let program = Program::new();
    let world = world(
        "default-profile = 'p'\n[profile.p]\nallow = ['127.0.0.1:5432']\npublish = ['[::1]:80']\nrun-network = 'allow'\n",
    );
    let ran = program.run(world.root(), &["check"]);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains(", 3 allowed by go-offline.toml:3,4,5; "), "{}", ran.stdout);
    assert_eq!(program.run(world.root(), &["build"]).stderr, "");
    let of = |args: &[&str], key: &str| {
        let shown = show(&program, &world, args);
        let shown = value(&shown, key);
        format!("{} {}", shown["value"].as_str().unwrap(), shown["origin"].as_str().unwrap())
    };
    assert_eq!(of(&[], "allow"), "127.0.0.1:5432 go-offline.toml:3");
    assert_eq!(of(&[], "publish"), "[::1]:80 go-offline.toml:4");
    assert_eq!(of(&[], "run-network"), "allow go-offline.toml:5");
    let floor = ["--floor", "network=deny"];
    assert_eq!(of(&floor, "allow"), "none the command line");
    let shown = program.run(world.root(), &[&floor[..], &["profile", "show"]].concat()).stdout;
    assert!(
        shown.contains("run-network = allow (go-offline.toml:5): deny by the command line"),
        "{shown}"
    );
    let last = program.run(world.root(), &[&floor[..], &["check"]].concat()).stdout;
    assert!(last.contains("0 findings, 3 held by the floor; "), "{last}");
}

#[test]
fn a_bundle_that_nobody_names_is_an_error() {
    let program = Program::new();
    let world = world("default-profile = 'p'\n[profile.p]\ninherits = 'bundle'\n");
    let ran = program.run(world.root(), &["build"]);
    assert_eq!(ran.exit, 78);
    assert!(ran.stderr.contains("GO_OFFLINE_BUNDLE"), "{}", ran.stderr);
}

#[test]
fn profiles_are_listed_and_compared() {
    let program = Program::new();
    let world =
        world("default-profile = 'ci'\n[profile.ci]\ninherits = 'vendor'\nenv.GOOS = 'plan9'\n");
    let list = program.run(world.root(), &["profile", "list"]).stdout;
    assert!(list.contains("\n* ci         inherits vendor (go-offline.toml:2)\n"), "{list}");
    assert!(list.ends_with("\nin force: ci (from go-offline.toml:1)\n"), "{list}");
    let diff = program.run(world.root(), &["profile", "diff", "ci", "cache"]).stdout;
    assert!(diff.starts_with("--- ci\n+++ cache\n"), "{diff}");
    for line in ["-GOFLAGS = -mod=vendor\n+GOFLAGS = -mod=readonly\n", "-GOOS = plan9\n"] {
        assert!(diff.contains(line), "{diff}");
    }
    let same = program.run(world.root(), &["profile", "diff", "vendor", "vendor"]).stdout;
    assert_eq!(same, "--- vendor\n+++ vendor\n");
}

#[test]
fn the_cache_key_follows_what_a_cache_depends_on() {
    let program = Program::new();
    let world = world("[profile.p.env]\nGOOS = 'plan9'\nGOCACHE = '{cache}/{key}'\n");
    let key = |args: &[&str]| {
        let ran = program.run(world.root(), &[args, &["lock", "--cache-key"]].concat());
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
        ran.stdout.trim().to_owned()
    };
    let (cache, p) = (key(&[]), key(&["--profile", "p"]));
    assert!(cache.contains("-go1.26.8-cache-") && p.starts_with("plan9-"), "{cache} {p}");
    let env = program.run(world.root(), &["profile", "env", "p"]).stdout;
    assert!(env.contains(&format!("/.cache/go-offline/{p}\n")), "{env}");
    world.write(
        "go.sum",
        "example.com/dep v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\n",
    );
    assert_ne!(key(&[]), cache);
    let outside = World::new("");
    assert_eq!(program.run(outside.root(), &["lock", "--cache-key"]).exit, 78);
}

#[test]
fn init_writes_a_file_that_works_and_never_overwrites_one() {
    let program = Program::new();
    let world = World::new(SOUND);
    world.write(".gitlab-ci.yml", "");
    let ran = program.run(world.root(), &["init"]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    let text = world.read("go-offline.toml");
    assert!(text.starts_with("#:schema ./go-offline.schema.json\n"), "{text}");
    assert!(text.contains(".gitlab-ci.yml"), "{text}");
    assert_eq!(
        world.read("go-offline.schema.json"),
        program.run(world.root(), &["profile", "schema"]).stdout
    );
    assert_eq!(show(&program, &world, &[])["profile"], "dev");
    assert_eq!(show(&program, &world, &["--profile", "ci"])["base"], "cache");
    assert_eq!(program.run(world.root(), &["check", "--strict"]).exit, 0);

    let again = program.run(world.root(), &["init"]);
    assert_eq!(again.exit, 74, "{}", again.stderr);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    assert_eq!(world.read("go-offline.toml"), text);
    assert_eq!(program.run(world.root(), &["init", "--stdout"]).stdout, text);
}

#[test]
fn a_floor_is_handed_down_to_a_go_offline_inside() {
    let program = Program::new();
    let world = world("");
    world.write("inner/go.mod", "module inner\n");
    world.write("inner/go-offline.toml", "default-profile = 'p'\n[profile.p]\ninherits = 'open'\n");
    world.write("inner/.git/HEAD", "");
    let script = "cd inner && \"$0\" profile show";
    let run = |args: &[&str]| {
        let command = ["exec", "--", "sh", "-c", script, env!("CARGO_BIN_EXE_go-offline")];
        program.run(world.root(), &[args, &command[..]].concat()).stdout
    };
    let control = run(&[]);
    assert!(control.contains("\n  network = allow "), "{control}");
    let floored = run(&["--floor", "network=deny"]);
    assert!(floored.contains("\n  network = deny "), "{floored}");
    assert!(floored.contains("profile cache by GO_OFFLINE_FLOOR"), "{floored}");
}

#[test]
fn a_file_that_is_named_counts_inside_as_well() {
    let program = Program::new();
    let world = world("");
    world.write("inner/go.mod", "module inner\n");
    world.write("ci.toml", "default-profile = 'p'\n[profile.p]\nnetwork = 'warn'\n");
    let script = ["exec", "--", "sh", "-c", "cd inner && \"$0\" profile show"];
    let script = [&script[..], &[env!("CARGO_BIN_EXE_go-offline")]].concat();
    let inside = |args: &[&str], variable: Option<&str>| {
        let mut command = program.command(world.root(), &[args, &script[..]].concat());
        command.envs(variable.map(|value| ("GO_OFFLINE_CONFIG", value)));
        Ran::of(&command.output().unwrap()).stdout
    };
    assert!(inside(&[], None).contains("\n  network = deny "), "control");
    for shown in [inside(&["--config", "ci.toml"], None), inside(&[], Some("ci.toml"))] {
        assert!(shown.starts_with("profile p (from ../ci.toml:1)\n"), "{shown}");
    }
}

#[test]
fn a_go_work_above_can_be_left_out() {
    let program = Program::new();
    let world = World::new(
        "-- go.work --\ngo 1.21\nuse ./app\n-- app/go.mod --\nmodule example.com/app\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n-- app/go.sum --\nexample.com/dep v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\nexample.com/dep v1.0.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n-- app/vendor/modules.txt --\n# example.com/dep v1.0.0\n## explicit\nexample.com/dep\n-- app/vendor/example.com/dep/dep.go --\npackage dep\n-- .git/HEAD --\n",
    );
    let control = program.run(&world.path("app"), &["build"]);
    assert_eq!(control.exit, 65, "{}", control.stderr);
    assert!(control.stderr.contains("vendor-ignored"), "{}", control.stderr);
    world.write("go-offline.toml", "default-profile = 'p'\n[profile.p]\ngowork = 'off'\n");
    let ran = program.run(&world.path("app"), &["build"]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    let line = program.run(&world.path("app"), &["--dry-run", "build"]).stdout;
    assert!(line.contains(" GOWORK=off ") && line.contains("-mod=vendor"), "{line}");
}
