//! Plugins: `go-offline foo` is the program `go-offline-foo`.

use crate::world::World;
use std::fs;
use std::path::Path;

fn plugin(world: &World, name: &str, script: &str) {
    world.script(&format!("go-offline-{name}"), script);
}

#[test]
fn a_plugin_is_told_what_we_know() {
    let world = World::new();
    plugin(
        &world,
        "tell",
        "for arg; do echo \"[$arg]\"; done; echo $GO_OFFLINE_PROFILE; echo ${GO_OFFLINE_PROJECT-none}; $GO_OFFLINE_GO env GOPROXY; $GO_OFFLINE_BIN --version; go build -mod=mod || echo $?; exit 3",
    );
    let ran = world.ours(["tell", "--profile", "x", "a b"]).run().ended(3);
    let version = format!("go-offline {}", env!("CARGO_PKG_VERSION"));
    let root = world.project().display().to_string();
    let want = |profile: &str, root: &str| {
        format!("[--profile]\n[x]\n[a b]\n{profile}\n{root}\noff\n{version}\n65\n")
    };
    assert_eq!(ran.stdout, want("vendor", &root));
    let ran = world.ours(["--profile", "cache", "-C", "dial", "tell", "--profile", "x", "a b"]);
    assert_eq!(ran.run().ended(3).stdout, want("cache", &root));
    let ran = world.ours(["tell"]).dir(world.root()).env("GO_OFFLINE_PROJECT", "old").run();
    assert!(ran.ended(3).stdout.starts_with("cache\nnone\n"));
    // Through the link, under `open`, and as a line to be read.
    let shim = world.root().join("shim/go");
    std::fs::create_dir(world.root().join("shim")).unwrap();
    std::os::unix::fs::symlink(world.program(), &shim).unwrap();
    let ran = world.command(&shim).args(["offline", "tell", "x"]).run().ended(3);
    assert!(ran.stdout.starts_with("[x]\nvendor\n"));
    let ran = world.ours(["--profile", "open", "tell"]).env("GOPROXY", "off").run();
    assert!(ran.stdout.starts_with("open\n"), "{ran:?}");
    let dry = world.ours(["--dry-run", "tell", "x"]).run().ended(0);
    assert!(
        dry.stdout.contains("GO_OFFLINE_PROFILE=vendor")
            && dry.stdout.ends_with("go-offline-tell x\n")
    );
}

/// The profile that a checkout chooses does not become the user's own word inside.
#[test]
fn the_users_floor_holds_inside() {
    let world = World::new();
    plugin(&world, "show", "$GO_OFFLINE_BIN profile show");
    world.write(
        "home/.config/go-offline/config.toml",
        "[floor]\nnetwork = 'deny'\nverify = 'lists'\n",
    );
    world.write("project/go-offline.toml", "default-profile = 'open'\n");
    let ran = world.ours(["show"]).run().ended(0);
    assert!(
        ran.stdout.contains("  network = deny ") && ran.stdout.contains("  verify = lists "),
        "{ran:?}"
    );
    // What the user says is the user's to say.
    let ran = world.ours(["--profile", "open", "show"]).run().ended(0);
    assert!(ran.stdout.contains("  network = allow "), "{ran:?}");
}

#[test]
fn findings_do_not_stop_it() {
    let world = World::new();
    plugin(&world, "look", "go-offline check > /dev/null || echo $?");
    world.script("go-offline", &format!("exec {} \"$@\"", world.program().display()));
    world.append("project/go.mod", "\nrequire example.com/nowhere v1.0.0\n");
    assert_eq!(world.ours(["look"]).run().ended(0).stdout, "65\n");
}

#[test]
fn a_word_that_is_nobodys() {
    let world = World::new();
    plugin(&world, "licences", "echo here");
    let ran = world.ours(["licenses"]).run().ended(64);
    ran.said("`licenses` is no command").said("`go-offline licences`");
    // What is there but cannot be run is not offered.
    world.write("bin/go-offline-zzygy", "");
    fs::create_dir(world.root().join("bin/go-offline-zzyzx")).unwrap();
    for word in ["zzygy", "zzyzx"] {
        let ran = world.ours([word]).run().ended(64);
        assert!(!ran.stderr.contains("similar"), "{ran:?}");
    }
    plugin(&world, "", "echo the empty name");
    world.ours([""]).run().ended(64);
    world.ours(["frobnicate"]).run().ended(64).said("go-offline-frobnicate");
    world.ours(["../bin/x"]).run().ended(64);
    // Our own verbs and go's are ours and go's.
    plugin(&world, "check", "echo plugin");
    plugin(&world, "version", "echo plugin");
    assert!(!world.ours(["check"]).run().ended(0).stdout.contains("plugin"));
    assert!(world.ours(["version"]).run().ended(0).stdout.starts_with("go version"));
    // Nobody's directory is searched because we happen to stand in it.
    plugin(&world, "near", "echo near");
    assert_eq!(world.ours(["near"]).run().ended(0).stdout, "near\n");
    for path in ["bin:/usr/bin", ".:/usr/bin", "/usr/bin:"] {
        let dir = if path.starts_with("bin") {
            world.root().to_owned()
        } else {
            world.root().join("bin")
        };
        let ran = world.ours(["near"]).dir(dir).env("PATH", path).env("GO_OFFLINE_GO", "/bin/true");
        ran.run().ended(64);
    }
}

/// The example: each vendored module with its licence file.
#[test]
fn the_example() {
    let world = World::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/plugin/go-offline-licenses");
    let text = std::fs::read_to_string(example).unwrap();
    plugin(&world, "licenses", text.strip_prefix("#!/bin/sh\n").unwrap());
    let list = "# example.com/a v1.0.0\n## explicit\nexample.com/a\n# example.com/b v0.1.0 => ./b\nexample.com/b/c\n# example.com/none v1.2.3\n";
    world.write("project/vendor/modules.txt", list);
    world.write("project/vendor/example.com/a/LICENSE.md", "");
    world.write("project/vendor/example.com/b/COPYING", "");
    let ran = world.ours(["licenses"]).run().ended(0);
    let want = "example.com/a v1.0.0 LICENSE.md\nexample.com/b v0.1.0 COPYING\n";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (want, ""));
    world.remove("project/vendor/example.com/b/COPYING");
    let ran = world.ours(["licenses"]).run().ended(1);
    assert!(ran.stdout.ends_with("example.com/b v0.1.0 (no licence file)\n"));
    world.remove("project/vendor/modules.txt");
    world.ours(["licenses"]).run().ended(66).said("mod vendor");
    world.ours(["licenses"]).dir(world.root()).run().ended(66).said("no project here");
}
