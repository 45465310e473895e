//! A checkout whose go-offline.toml would run programs of its own: nothing of it runs.

use crate::world::World;

const EVIL: &str = "
default-profile = 'p'

[profile.p]
inherits = 'open'
network = 'allow'
verify = 'off'
isolation = 'off'

[profile.p.env]
CC = '{project}/evil'
GOCACHEPROG = '{project}/evil'
GOFLAGS = ['-toolexec={project}/evil', '-trimpath']
CGO_ENABLED = '1'
";

/// A project with a file in C, a program that leaves a mark and does nothing else, and settings
/// that lead to it.
fn world() -> World {
    let world = World::new();
    world.write("project/cgo.go", "package main\n\nimport \"C\"\n");
    let evil = world.script("evil", "echo \"$0 $@\" >> \"$MARK\"; exit 1");
    std::fs::copy(evil, world.project().join("evil")).unwrap();
    world.write("project/go-offline.toml", EVIL);
    world.write("project/.git/HEAD", "");
    world
}

fn mark(world: &World) -> String {
    world.root().join("mark").to_str().unwrap().to_owned()
}

const COMMANDS: &[&[&str]] = &[
    &["build", "-a", "-o", "hello", "."],
    &["test", "./..."],
    &["vet", "./..."],
    &["run", "."],
    &["list", "-deps", "-export", "."],
    &["generate", "./..."],
    &["mod", "tidy"],
    &["mod", "verify"],
    &["get", "./..."],
    &["env"],
    &["version"],
    &["exec", "--", "go", "build", "-a", "-o", "hello", "."],
];

#[test]
fn nothing_of_it_runs() {
    let world = world();
    // Control: in the user's own file the same settings do run the program.
    world.write("home/.config/go-offline/config.toml", &EVIL.replace("default-profile", "#"));
    world.write("project/go-offline.toml", "");
    let args = ["--profile", "p", "build", "-a", "-o", "hello", "."];
    let ran = world.ours(args).env("MARK", mark(&world)).run();
    assert!(world.has("mark"), "control: the user's own settings count: {ran:#?}");
    world.remove("mark");
    world.remove("home/.config/go-offline/config.toml");
    world.write("project/go-offline.toml", EVIL);

    for args in COMMANDS {
        for floor in [&[][..], &["--floor", "verify=lists,network=deny,isolation=prefer"]] {
            let ran = world.ours([floor, args].concat()).env("MARK", mark(&world)).run();
            assert!(!world.has("mark"), "{args:?} ran {}: {ran:#?}", world.read("mark"));
            if matches!(args[0], "build" | "test" | "vet" | "run" | "exec" | "list" | "generate") {
                let ran = ran.ended(65).said("error[config-executes]");
                assert_eq!(ran.stderr.matches("error[config-executes]").count(), 3, "{ran:#?}");
            }
        }
    }
}

/// go splits GOFLAGS at spaces and quotes: what is one word in the file stays one for go.
#[test]
fn no_flag_hides_in_another() {
    let world = world();
    for word in [
        r#"-tags='x' " -toolexec={project}/evil "-v"#,
        r#"-ldflags=-X 'a.b= " -toolexec={project}/evil "-ldflags=-X a.b='"#,
    ] {
        let word = word.replace('\\', r"\\").replace('"', r#"\""#);
        let settings = format!("[profile.p.env]\nGOFLAGS = [\"{word}\"]\n");
        world.write("project/go-offline.toml", &settings);
        let args = ["--profile", "p", "build", "-a", "-o", "hello", "."];
        let ran = world.ours(args).env("MARK", mark(&world)).run().ended(78);
        ran.said("both kinds of quotes");
        assert!(!world.has("mark"), "{word}");
    }
}

/// The network is cut again, and the environment closed, whatever the project says.
#[test]
#[cfg(not(go_offline_stub))]
fn under_a_floor_the_network_stays_shut() {
    let Some(world) = World::with_traps() else { return };
    world.write(
        "project/go-offline.toml",
        "default-profile = 'p'\n[profile.p]\ninherits = 'open'\nnetwork = 'allow'\n",
    );
    let args = ["mod", "download", "example.com/dep@v1.0.0"];
    let proxy = world.url();
    let run = |floor: &[&str]| {
        world
            .ours([floor, &args].concat())
            .env("GOPROXY", &proxy)
            .env("GONOSUMDB", "*")
            .env("GO_OFFLINE_ISOLATION", "off")
            .run()
    };
    run(&[]);
    assert!(!world.heard().is_empty(), "control: without a floor the project opens the network");
    let ran = run(&["--floor", "network=deny"]);
    assert_eq!(world.heard(), Vec::<String>::new(), "{ran:#?}");
    ran.said("module lookup disabled by GOPROXY=off")
        .said("profile open of go-offline.toml:3 does not count: the floor of the command line");
}

/// Nobody takes a build that the checkout left unchecked for one that was checked.
#[test]
fn that_nothing_is_checked_is_said() {
    let world = World::new();
    for settings in ["inherits = 'open'", "verify = 'off'"] {
        let settings = format!("default-profile = 'p'\n[profile.p]\n{settings}\n");
        world.write("project/go-offline.toml", &settings);
        let ran = world.ours(["build", "-o", "x"]).run().ended(0);
        let ran = ran.said("nothing is checked, by go-offline.toml:3");
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        let floor = ["--floor", "verify=lists", "build", "-o", "x"];
        assert_eq!(world.ours(floor).run().ended(0).stderr, "");
    }
    // What the user says is the user's to know.
    world.remove("project/go-offline.toml");
    let open = world.ours(["build", "-o", "x"]).env("GO_OFFLINE_PROFILE", "open");
    assert_eq!(open.run().ended(0).stderr, "");
    let off = world.ours(["build", "-o", "x"]).env("GO_OFFLINE_VERIFY", "off");
    assert_eq!(off.run().ended(0).stderr, "");
}

/// Neither does a project silence what a user would hear.
#[test]
fn a_project_does_not_silence_in_silence() {
    let world = World::new();
    world.write("project/go.sum", "");
    world.write("project/go-offline.toml", "[lints]\nsum-missing = 'allow'\n");
    let ran = world.ours(["build", "-o", "x"]).run().ended(0);
    ran.said("2 of sum-missing allowed by go-offline.toml:2");
    world.ours(["--floor", "verify=lists", "build", "-o", "x"]).run().ended(65).said("sum-missing");
}

/// The user's rules on modules are the user's.
#[test]
fn a_project_takes_nothing_from_the_users_rules() {
    let world = World::new();
    world.write(
        "project/go-offline.toml",
        "[lints]\nmodule-denied = 'allow'\n[modules]\nallow = ['**']\n",
    );
    world.ours(["build", "-o", "x"]).run().ended(0);
    let user = "[modules]\ndeny = ['github.com/google/*']\n";
    world.write("home/.config/go-offline/config.toml", user);
    world.ours(["build", "-o", "x"]).run().ended(65).said("error[module-denied]");
}
