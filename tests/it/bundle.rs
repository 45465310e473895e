//! Bundles by the whole program: made here, verified, unpacked and used on the far side.

mod heads;
mod odd;
mod same_bytes;
mod source;
mod tampered;
mod times;

use crate::checksum_database::ChecksumDatabase;
use crate::modules::{Files, escaped};
use crate::supplied::{MODULES, NAME, PRIVATE, Supplied, go_sum, names, tree};
use crate::world::{Ran, Run, Who, World, everybody};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

/// Writes a bundle of the project to a file of the world.
pub(crate) fn create<'w>(supplied: &'w Supplied, name: &str, args: &[&str]) -> Run<'w> {
    let output = supplied.path(name).to_str().unwrap().to_owned();
    supplied.ours(&[&["bundle", "create", "-o", &output], args].concat())
}

/// Reads a bundle on the far side: with no proxy, no database, and nothing of the project.
pub(crate) fn far<'w>(world: &'w World, args: &[&str]) -> Run<'w> {
    let key = ChecksumDatabase::new(NAME).key();
    let args = [&["bundle", args[0], "--sumdb-key", &key], &args[1..]].concat();
    world.ours(args).dir(world.root()).env("GOPROXY", "off").without("GOSUMDB")
}

/// The files of the bundle that has the project's modules, but for manifest.json and the database's.
fn module_files() -> Vec<String> {
    let mut names = Vec::new();
    for (path, version, _) in MODULES {
        let kinds: &[&str] =
            if path == "example.com/graph" { &["info", "mod"] } else { &["info", "mod", "zip"] };
        let dir = format!("{}/@v", escaped(path));
        names.extend(kinds.iter().map(|kind| format!("{dir}/{}.{kind}", escaped(version))));
        names.push(format!("{dir}/list"));
    }
    names.sort();
    names
}

/// All but what belongs to the database and to ourselves.
fn served(dir: &Path) -> Vec<String> {
    let is_served = |name: &String| {
        !name.starts_with("sumdb/") && name != "manifest.json" && name != "go-offline.toml"
    };
    names(dir).into_iter().filter(is_served).collect()
}

/// Nothing hidden was left where the bundle's directory was to be.
#[track_caller]
pub(crate) fn nothing_left(world: &World) {
    assert_eq!(hidden(world), [""; 0]);
}

fn hidden(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.root()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

#[test]
fn an_archive_and_a_directory_hold_the_same() {
    for who in everybody() {
        let supplied = Supplied::of(who);
        let ran = create(&supplied, "deps.tar.zst", &[]).run().ended(0);
        assert_eq!(ran.stderr, "", "{ran:#?}");
        assert!(
            ran.stdout.contains(&format!("4 modules, 1 go.mod files of others; 4 versions proven by {NAME}, 1 by go.sum alone; ")) && ran.stdout.contains(" kB, sha256:"),
            "{ran:#?}"
        );
        let ran = create(&supplied, "deps", &[]).run().ended(0);
        assert!(
            ran.stdout.ends_with(&format!("; 4 versions proven by {NAME}, 1 by go.sum alone\n")),
            "{ran:#?}"
        );
        let world = &supplied.world;
        assert_eq!(served(&supplied.path("deps")), module_files());
        for bundle in ["deps.tar.zst", "deps"] {
            let ran = far(world, &["verify", bundle]).run().ended(75);
            assert!(ran.stdout.contains(&format!("4 versions proven by {NAME} (tree of 2204 records), 1 module version by nothing but the bundle")), "{ran:#?}");
            ran.said("--go-sum FILE");
            let ran = far(world, &["verify", bundle, "--go-sum", "app/go.sum"]).run().ended(0);
            assert!(ran.stdout.contains("4 versions proven"), "{ran:#?}");
        }
        far(world, &["unpack", "deps.tar.zst", "one"]).run().ended(0);
        far(world, &["unpack", "deps", "two"]).run().ended(0);
        let (one, two) = (tree(&supplied.path("one")), tree(&supplied.path("two")));
        assert_eq!(one, two);
        let mut unpacked = one;
        assert!(unpacked.remove("go-offline.toml").is_some());
        assert_eq!(unpacked, tree(&supplied.path("deps")));
        nothing_left(world);
    }
}

#[test]
fn a_list_is_of_modules_or_of_files() {
    let supplied = Supplied::new();
    create(&supplied, "deps.tar.zst", &[]).run().ended(0);
    let list = |args: &[&str]| {
        supplied
            .world
            .ours([&["bundle", "list"], args].concat())
            .dir(supplied.world.root())
            .run()
            .ended(0)
            .stdout
    };
    let modules = "\
example.com/Dep v1.2.3 zip sumdb
example.com/fork v1.1.0-RC1 zip sumdb
example.com/graph v0.9.0 go.mod sumdb
example.com/other v1.0.0 zip sumdb
git.acme.example/own v0.1.0 zip private
";
    assert_eq!(list(&["deps.tar.zst"]), modules);
    let files = list(&["--files", "deps.tar.zst"]);
    let named: Vec<&str> = files
        .lines()
        .filter_map(|line| line.splitn(3, ' ').nth(2))
        .filter(|name| !name.starts_with("sumdb/"))
        .collect();
    assert_eq!(named, module_files());
}

/// gomods/athens, pkg/storage/fs: true names, a directory for each version, three files.
#[test]
fn an_export_has_the_names_that_a_proxy_looks_for() {
    let supplied = Supplied::new();
    create(&supplied, "deps.tar.zst", &[]).run().ended(0);
    let world = &supplied.world;
    for (layout, dir) in [("athens", "athens"), ("goproxy", "goproxy")] {
        let ran = far(world, &["export", "--layout", layout, "deps.tar.zst", dir]).run().ended(0);
        assert!(ran.stdout.starts_with("exported deps.tar.zst: 4 modules"), "{ran:#?}");
    }
    let athens = [
        "example.com/Dep/v1.2.3/go.mod",
        "example.com/Dep/v1.2.3/source.zip",
        "example.com/Dep/v1.2.3/v1.2.3.info",
        "example.com/fork/v1.1.0-RC1/go.mod",
        "example.com/fork/v1.1.0-RC1/source.zip",
        "example.com/fork/v1.1.0-RC1/v1.1.0-RC1.info",
        "example.com/graph/v0.9.0/go.mod",
        "example.com/graph/v0.9.0/v0.9.0.info",
        "example.com/other/v1.0.0/go.mod",
        "example.com/other/v1.0.0/source.zip",
        "example.com/other/v1.0.0/v1.0.0.info",
        "git.acme.example/own/v0.1.0/go.mod",
        "git.acme.example/own/v0.1.0/source.zip",
        "git.acme.example/own/v0.1.0/v0.1.0.info",
    ];
    assert_eq!(names(&supplied.path("athens")), athens);
    let goproxy = tree(&supplied.path("goproxy"));
    far(world, &["unpack", "deps.tar.zst", "tree"]).run().ended(0);
    let mut unpacked: Files = tree(&supplied.path("tree"));
    unpacked.retain(|name, _| name != "manifest.json" && name != "go-offline.toml");
    assert_eq!(goproxy, unpacked);
    // Nor over something that is there.
    far(world, &["export", "--layout", "goproxy", "deps.tar.zst", "athens"])
        .run()
        .ended(74)
        .said("athens");
    assert_eq!(names(&supplied.path("athens")), athens);
    nothing_left(world);
}

/// The checksum database stays on in the air gap: a go.sum that is gone is written anew and proven.
#[test]
fn go_writes_go_sum_anew_by_the_proofs_in_the_tree() {
    for who in everybody() {
        let supplied = Supplied::of(who);
        create(&supplied, "deps.tar.zst", &[]).run().ended(0);
        let world = &supplied.world;
        far(world, &["unpack", "deps.tar.zst", "tree"]).run().ended(0);
        let tree = supplied.path("tree");
        for there in ["proxy", "sumdb", "deps.tar.zst"] {
            world.remove(there);
        }
        let tidy = |gosumdb: &str, home: &str| {
            world.remove("app/go.sum");
            fs::create_dir_all(supplied.path(home)).unwrap();
            world.hand_over();
            let run = supplied.go(&["mod", "tidy"]).env("HOME", supplied.path(home));
            run.env("GOPROXY", format!("file://{}", tree.display())).env("GOSUMDB", gosumdb).run()
        };
        let key = supplied.database.key();
        tidy(&format!("{key} file://{}/sumdb/{NAME}", tree.display()), "one").ended(0);
        assert_eq!(world.read("app/go.sum"), go_sum());
        // Through the proxy, as `supported` says.
        tidy(&key, "two").ended(0);
        assert_eq!(world.read("app/go.sum"), go_sum());
        assert_eq!(world.heard(), [""; 0]);
    }
}

#[test]
fn the_profile_uses_the_tree_and_its_database() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    create(&supplied, "deps.tar.zst", &[]).run().ended(0);
    far(world, &["unpack", "deps.tar.zst", "tree"]).run().ended(0);
    for there in ["proxy", "sumdb", "home/go"] {
        let allowed = std::process::Command::new("chmod")
            .args(["-R", "u+w"])
            .arg(supplied.path(there))
            .status();
        assert!(allowed.unwrap().success());
        world.remove(there);
    }
    let key = supplied.database.key();
    world.write("app/go-offline.toml", &format!("default-profile = 'air'\n[profile.air]\ninherits = 'bundle'\nbundle = '../tree'\n[profile.air.env]\nGOSUMDB = '{key}'\nGONOSUMDB = '{PRIVATE}'\n"));
    let run = |args: &[&str]| world.ours(args).dir(supplied.path("app"));
    let ran = run(&["run", "."]).run().ended(0);
    assert!(ran.stderr.contains("built with dep"), "{ran:#?}");
    world.remove("app/go.sum");
    run(&["mod", "tidy"]).run().ended(0);
    assert_eq!(world.read("app/go.sum"), go_sum());
    run(&["check"]).run().ended(0);
    // The archive itself will do, and a tampered one will not.
    let settings = world.read("app/go-offline.toml").replace("'../tree'", "'../deps.tar.zst'");
    world.write("app/go-offline.toml", &settings);
    world.remove("app/go.sum");
    run(&["mod", "tidy"]).run().ended(0);
    assert_eq!(world.read("app/go.sum"), go_sum());
    let mut bytes = fs::read(supplied.path("deps.tar.zst")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(supplied.path("deps.tar.zst"), bytes).unwrap();
    run(&["build"]).run().ended(65).said("deps.tar.zst is refused");
}

#[test]
fn private_modules_are_carried_and_told_apart() {
    let proofs = |supplied: &Supplied| {
        let list = supplied
            .world
            .ours(["bundle", "list", "b"])
            .dir(supplied.world.root())
            .run()
            .ended(0)
            .stdout;
        let line =
            list.lines().find(|line| line.starts_with("git.acme.example/own")).unwrap().to_owned();
        line.rsplit_once(' ').unwrap().1.to_owned()
    };
    // By GOPRIVATE, which GONOSUMDB defaults to.
    let supplied = Supplied::new();
    let run = create(&supplied, "b", &[])
        .without("GONOSUMDB")
        .env("GOPRIVATE", PRIVATE)
        .env("GONOPROXY", "none");
    run.run().ended(0);
    assert_eq!(proofs(&supplied), "private");
    // By the project's own word; it is there, since that also keeps it from the proxy.
    let supplied = Supplied::new();
    supplied.ours(&["fetch"]).run().ended(0);
    let settings = "[modules]\nprivate = ['git.acme.example/**']\n";
    supplied.world.write("app/go-offline.toml", settings);
    create(&supplied, "b", &[]).without("GONOSUMDB").run().ended(0);
    assert_eq!(proofs(&supplied), "private");
    // Nobody has said so: the database is asked, and has no record.
    let supplied = Supplied::new();
    let ran = create(&supplied, "b", &[]).env("GONOSUMDB", "none").run().ended(75);
    assert!(
        ran.stdout.contains("warning[sumdb-unproven]") && ran.stdout.contains("go.sum:8"),
        "{ran:#?}"
    );
    assert_eq!(proofs(&supplied), "none");
    let ran = far(&supplied.world, &["verify", "b"]).run().ended(75);
    ran.said("proven by nothing but the bundle: 1 module version");
    // Whoever has all exempt, perhaps without knowing, is told.
    let ran = create(&supplied, "c", &[]).env("GONOSUMDB", "*").run().ended(0);
    ran.said("no module of the bundle is proven by the checksum database");
}

#[test]
fn without_a_database_there_is_no_bundle_unless_it_is_said() {
    let supplied = Supplied::new();
    let ran = create(&supplied, "b.tar.zst", &[]).env("GOSUMDB", "off").run().ended(78);
    ran.said("--no-sumdb");
    assert!(!supplied.path("b.tar.zst").exists());
    create(&supplied, "b.tar.zst", &["--no-sumdb"]).env("GOSUMDB", "off").run().ended(0);
    let ran = far(&supplied.world, &["verify", "b.tar.zst"]).run().ended(75);
    assert!(ran.stdout.contains("no proofs of a checksum database"), "{ran:#?}");
    far(&supplied.world, &["verify", "b.tar.zst", "--go-sum", "app/go.sum"]).run().ended(0);
    // A database of another name, whose key is needed.
    create(&supplied, "c.tar.zst", &[]).run().ended(0);
    let ran =
        supplied.world.ours(["bundle", "verify", "c.tar.zst"]).dir(supplied.world.root()).run();
    ran.ended(65).said("--sumdb-key");
    let other = ChecksumDatabase::new("sum.example.org").key().replacen("sum.example.org", NAME, 1);
    let ran = supplied
        .world
        .ours(["bundle", "verify", "--sumdb-key", &other, "c.tar.zst"])
        .dir(supplied.world.root())
        .run();
    ran.ended(64);
}

#[test]
fn nothing_is_written_where_something_is_missing() {
    let supplied = Supplied::new();
    let ran = create(&supplied, "b.tar.zst", &["--no-fetch"]).run().ended(74);
    ran.said("example.com/Dep@v1.2.3").said("no bundle was written");
    supplied.ours(&["fetch"]).run().ended(0);
    fs::remove_file(supplied.cached("example.com/other", "v1.0.0", "info")).unwrap();
    let ran = create(&supplied, "b.tar.zst", &["--no-fetch"]).run().ended(74);
    ran.said("example.com/other@v1.0.0: its info").did_not_say("example.com/Dep");
    assert!(!supplied.path("b.tar.zst").exists());
    // With all of it at hand it is the proofs that are missing, until they have been read once.
    supplied.ours(&["fetch"]).run().ended(0);
    create(&supplied, "b.tar.zst", &["--no-fetch"]).run().ended(74).said("checksum database");
    supplied.ours(&["sumdb", "verify"]).run().ended(0);
    let ran = create(&supplied, "b.tar.zst", &["--no-fetch"]).env("GOPROXY", "off").run();
    ran.ended(0);
}

/// A go.sum that the database contradicts makes no bundle.
#[test]
fn what_the_database_contradicts_is_not_carried() {
    let mut supplied = Supplied::new();
    let id = supplied.database.id("example.com/other", "v1.0.0");
    let other = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    supplied.database.forge(
        id,
        &format!("example.com/other v1.0.0 {other}\nexample.com/other v1.0.0/go.mod {other}\n"),
    );
    supplied.database.write(&supplied.path("sumdb"));
    let ran = create(&supplied, "b.tar.zst", &[]).run().ended(65);
    assert!(ran.stdout.contains("error[sumdb-mismatch]") && ran.stdout.contains(other), "{ran:#?}");
    assert!(!supplied.path("b.tar.zst").exists());
    nothing_left(&supplied.world);
}

#[test]
fn an_output_that_is_there_is_replaced_or_left_but_never_half() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    // A file gives way to a file.
    world.write("b.tar.zst", "old");
    create(&supplied, "b.tar.zst", &[]).run().ended(0);
    far(world, &["verify", "b.tar.zst", "--go-sum", "app/go.sum"]).run().ended(0);
    // A directory with something in it does not.
    world.write("d/mine", "old");
    create(&supplied, "d", &[]).run().ended(74).said("/d is there already");
    assert_eq!(names(&supplied.path("d")), ["mine"]);
    far(world, &["unpack", "b.tar.zst", "d"]).run().ended(74).said("is there already");
    assert_eq!(names(&supplied.path("d")), ["mine"]);
    fs::create_dir(supplied.path("empty")).unwrap();
    far(world, &["unpack", "b.tar.zst", "empty"]).run().ended(0);
    // Nowhere to write to.
    create(&supplied, "nowhere/b.tar.zst", &[]).run().ended(74).said("nowhere/b.tar.zst");
    far(world, &["unpack", "b.tar.zst", "nowhere/x"]).run().ended(74).said("nowhere/x");
    nothing_left(world);
}

#[test]
fn what_cannot_be_read_is_no_finding() {
    let supplied = Supplied::of(*everybody().last().unwrap());
    let world = &supplied.world;
    create(&supplied, "b.tar.zst", &[]).run().ended(0);
    create(&supplied, "d", &[]).run().ended(0);
    for args in [
        &["verify", "none"][..],
        &["unpack", "none.tar.zst", "x"],
        &["list", "none"],
        &["export", "--layout", "athens", "none", "x"],
    ] {
        let run = if args[0] == "list" {
            world.ours(["bundle", "list", "none"]).dir(world.root())
        } else {
            far(world, args)
        };
        run.run().ended(74).said("none");
    }
    if crate::world::we_are_root() && world.who() == Who::Ordinary {
        let secret = supplied.path("d/example.com/!dep/@v/v1.2.3.zip");
        for path in [secret, supplied.path("b.tar.zst")] {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
        }
        for bundle in ["d", "b.tar.zst"] {
            far(world, &["verify", bundle]).run().ended(74).said("ermission denied");
            far(world, &["unpack", bundle, "x"]).run().ended(74).said("ermission denied");
        }
    }
    assert!(!supplied.path("x").exists());
    nothing_left(world);
}

/// Where the disk is full, nothing is there.
#[test]
fn a_full_disk_leaves_nothing() {
    if !crate::world::we_are_root() {
        return crate::skip::skipped("a small file system needs root");
    }
    let supplied = Supplied::new();
    let world = &supplied.world;
    create(&supplied, "b.tar.zst", &[]).run().ended(0);
    fs::create_dir(supplied.path("small")).unwrap();
    let key = supplied.database.key();
    let script = format!(
        "mount -t tmpfs -o size=16k none ../small && $OURS bundle unpack --sumdb-key {key} ../b.tar.zst ../small/x; echo $?; ls -A ../small; $OURS bundle create -o ../small/y.tar.zst; echo $?; ls -A ../small"
    );
    let inner = world.shell(&script).dir(supplied.path("app"));
    let ran = inner.with(|command| {
        let words: Vec<_> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(std::ffi::OsStr::to_owned)
            .collect();
        let mut unshared = std::process::Command::new("unshare");
        unshared.args(["-m", "--"]).args(words).env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                unshared.env(name, value);
            }
        }
        unshared.current_dir(supplied.path("app"));
        unshared.env("GOPROXY", format!("file://{}", supplied.path("proxy").display()));
        unshared
            .env("GOSUMDB", supplied.gosumdb())
            .env("GONOSUMDB", PRIVATE)
            .env("GOTOOLCHAIN", "local");
        *command = unshared;
    });
    let ran: Ran = ran.run();
    assert_eq!(ran.stdout, "74\n74\n", "{ran:#?}");
    ran.said("No space left");
}

/// Killed at any moment, it leaves the target as it was.
#[test]
fn who_is_killed_leaves_no_target() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    // Something to be busy with.
    world.write("app/payload/large", &"go-offline ".repeat(3_000_000));
    create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
    for wait in [5, 20, 60, 100] {
        let mut child = far(world, &["unpack", "b.tar.zst", "x"]).spawn();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let _ = child.kill();
        let ended = child.wait().unwrap();
        if !ended.success() {
            assert!(!supplied.path("x").exists(), "killed after {wait} ms");
        } else {
            world.remove("x");
        }
        let before = fs::read(supplied.path("b.tar.zst")).unwrap();
        let mut child = create(&supplied, "b.tar.zst", &["--with-source"]).spawn();
        std::thread::sleep(std::time::Duration::from_millis(3 * wait));
        let _ = child.kill();
        child.wait().unwrap();
        assert!(fs::read(supplied.path("b.tar.zst")).unwrap() == before, "killed after {wait} ms");
    }
}

/// Who is asked to end takes what he began with him, and ends as others do.
#[test]
fn who_is_interrupted_leaves_nothing() {
    let supplied = Supplied::new();
    let world = &supplied.world;
    for number in 0..3000 {
        world.write(&format!("app/payload/{number}"), &format!("{number} ").repeat(3000));
    }
    create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
    let before = fs::read(supplied.path("b.tar.zst")).unwrap();
    let unpack = || far(world, &["unpack", "b.tar.zst", "x"]);
    let write = || create(&supplied, "b.tar.zst", &["--with-source"]);
    let export = || far(world, &["export", "--layout", "goproxy", "b.tar.zst", "x"]);
    let runs = [(unpack(), Signal::INT), (write(), Signal::TERM), (export(), Signal::HUP)];
    for (run, signal) in runs {
        let mut child = run.spawn();
        // Something hidden that is not empty tells that it is at it.
        let size = |name: &String| supplied.path(name).symlink_metadata().map_or(0, |it| it.len());
        while hidden(world).iter().map(size).sum::<u64>() == 0 {
            assert!(child.try_wait().unwrap().is_none(), "it ended before anything was seen");
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ended = child.wait().unwrap();
        assert_eq!(ended.signal(), Some(signal.as_raw()));
        nothing_left(world);
        assert!(!supplied.path("x").exists());
        assert!(fs::read(supplied.path("b.tar.zst")).unwrap() == before);
    }
}

#[test]
fn a_hash_from_elsewhere_is_proof_enough() {
    let supplied = Supplied::new();
    let ran = create(&supplied, "b.tar.zst", &[]).run().ended(0);
    let hash = ran.stdout.trim().rsplit_once(' ').unwrap().1.to_owned();
    let world = &supplied.world;
    far(world, &["verify", "b.tar.zst", "--expect", &hash]).run().ended(0);
    let other = format!("sha256:{}", "0".repeat(64));
    let ran = far(world, &["verify", "b.tar.zst", "--expect", &other]).run().ended(65);
    ran.said(&hash).said(&other);
    far(world, &["verify", "b.tar.zst", "--expect", "0123"]).run().ended(64);
    // As sha256sum writes it.
    far(world, &["verify", "b.tar.zst", "--expect", &hash["sha256:".len()..]]).run().ended(0);
    // As well where it is unpacked, before anything is there.
    let unpack = |args: &[&str]| far(world, &[args, &["b.tar.zst", "out"]].concat()).run();
    let to = |verb: &'static [&str], option: &'static str, value: &str| {
        unpack(&[verb, &[option, value]].concat())
    };
    for verb in [&["unpack"][..], &["export", "--layout", "goproxy"]] {
        to(verb, "--expect", &other).ended(65).said(&hash);
        assert!(!supplied.path("out").exists());
        let ran = to(verb, "--expect", &hash).ended(0);
        assert!(ran.stdout.contains(", all by the hash of the archive\n"), "{ran:#?}");
        assert_eq!(ran.stderr, "");
        fs::remove_dir_all(supplied.path("out")).unwrap();
        let ran = unpack(verb).ended(0);
        ran.said("proven by nothing but the bundle: 1 module version");
        far(world, &["verify", "--expect", &hash, "out"]).run().ended(64);
        fs::remove_dir_all(supplied.path("out")).unwrap();
    }
    // A go.sum with another hash for what only the bundle vouches for.
    let other = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let sum: String = go_sum()
        .lines()
        .map(|line| match line.starts_with("git.acme.example/own v0.1.0 ") {
            true => format!("git.acme.example/own v0.1.0 {other}\n"),
            false => format!("{line}\n"),
        })
        .collect();
    world.write("other.sum", &sum);
    let ran = far(world, &["verify", "b.tar.zst", "--go-sum", "other.sum"]).run().ended(65);
    ran.said("git.acme.example/own@v0.1.0");
    let ran = unpack(&["unpack", "--go-sum", "other.sum"]).ended(65);
    ran.said("git.acme.example/own@v0.1.0");
    assert!(!supplied.path("out").exists());
    unpack(&["unpack", "--go-sum", "none.sum"]).ended(74).said("none.sum");
    unpack(&["unpack", "--go-sum", "app/go.mod"])
        .ended(78)
        .said("app/go.mod:1: no line of a go.sum");
    world.write("empty.sum", "");
    let ran = far(world, &["verify", "b.tar.zst", "--go-sum", "empty.sum"]).run().ended(75);
    assert!(ran.stdout.contains(", 0 by go.sum, 1 module version by nothing"), "{ran:#?}");
    let ran = unpack(&["unpack", "--go-sum", "app/go.sum"]).ended(0);
    assert!(ran.stdout.contains(", 1 by go.sum\n") && ran.stderr.is_empty(), "{ran:#?}");
}
