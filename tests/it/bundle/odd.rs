//! What is rare in a project, its modules or its surroundings.

use super::{create, far, nothing_left};
use crate::modules::Modules;
use crate::supplied::{Supplied, go_sum, names, sums};
use crate::world::{Who, we_are_root};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn versions_of_all_kinds_have_their_names() {
    let mut supplied = Supplied::new();
    let proxy = Modules::new(supplied.path("proxy"));
    let mut lines = String::new();
    for (path, version) in [
        ("example.com/big/v2", "v2.0.0"),
        ("example.com/old", "v2.0.0+incompatible"),
        ("example.com/Many", "v1.10.0"),
        ("example.com/Many", "v1.9.0"),
        ("example.com/Many", "v0.0.0-20240102030405-abcdefabcdef"),
    ] {
        let text = format!("-- go.mod --\nmodule {path}\n-- x.go --\npackage x\n");
        proxy.publish(path, version, &text);
        let (zip, go_mod) = sums(path, version, &text);
        supplied.database.add(path, version, &zip, &go_mod);
        lines += &format!("{path} {version} {zip}\n{path} {version}/go.mod {go_mod}\n");
    }
    supplied.database.write(&supplied.path("sumdb"));
    supplied.world.write("app/go.mod", "module example.com/app\n\ngo 1.21\n");
    supplied.world.write("app/go.sum", &lines);
    create(&supplied, "b.tar.zst", &[]).run().ended(0);
    far(&supplied.world, &["verify", "b.tar.zst"]).run().ended(0);
    far(&supplied.world, &["unpack", "b.tar.zst", "tree"]).run().ended(0);
    let list = supplied.world.read("tree/example.com/!many/@v/list");
    assert_eq!(list, "v0.0.0-20240102030405-abcdefabcdef\nv1.9.0\nv1.10.0\n");
    far(&supplied.world, &["export", "--layout", "athens", "b.tar.zst", "athens"]).run().ended(0);
    let athens = names(&supplied.path("athens"));
    for name in [
        "example.com/big/v2/v2.0.0/source.zip",
        "example.com/old/v2.0.0+incompatible/v2.0.0+incompatible.info",
        "example.com/Many/v1.9.0/go.mod",
    ] {
        assert!(athens.contains(&name.to_owned()), "{name}: {athens:?}");
    }
    assert_eq!(athens.len(), 15);
    // go finds them there, and the newest too.
    let proxy = format!("file://{}", supplied.path("tree").display());
    let fresh = supplied.path("fresh");
    let go =
        |args: &[&str]| supplied.go(args).env("GOPROXY", &proxy).env("GOMODCACHE", &fresh).run();
    go(&["mod", "download", "example.com/old@v2.0.0+incompatible"]).ended(0);
    let ran = go(&["list", "-m", "-mod=mod", "example.com/Many@latest"]).ended(0);
    assert_eq!(ran.stdout, "example.com/Many v1.10.0\n");
}

/// go.sum need not have the hash of a go.mod whose zip it has: the database has it.
#[test]
fn a_go_mod_of_which_go_sum_says_nothing_is_held_against_the_record() {
    let supplied = Supplied::new();
    supplied.ours(&["fetch"]).run().ended(0);
    let lines = go_sum();
    let lines = lines.lines().filter(|line| !line.starts_with("example.com/other v1.0.0/go.mod"));
    supplied.world.write("app/go.sum", &lines.map(|line| format!("{line}\n")).collect::<String>());
    create(&supplied, "sound.tar.zst", &[]).run().ended(0);
    let path = supplied.cached("example.com/other", "v1.0.0", "mod");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "module example.com/other\n\nrequire example.com/evil v1.0.0\n").unwrap();
    let ran = create(&supplied, "b.tar.zst", &[]).run().ended(65);
    ran.said("go.mod of example.com/other@v1.0.0");
    assert!(!supplied.path("b.tar.zst").exists());
}

#[test]
fn what_is_wrong_in_the_cache_is_not_carried() {
    for args in [&["--no-fetch"][..], &[]] {
        let supplied = Supplied::new();
        supplied.ours(&["sumdb", "verify"]).run().ended(0);
        supplied.ours(&["fetch"]).run().ended(0);
        let zip = supplied.cached("example.com/other", "v1.0.0", "zip");
        let sound = fs::read(&zip).unwrap();
        fs::remove_file(&zip).unwrap();
        fs::write(&zip, fs::read(supplied.cached("example.com/Dep", "v1.2.3", "zip")).unwrap())
            .unwrap();
        let ran = create(&supplied, "b", args).run();
        if args.is_empty() {
            ran.ended(0).said("removed from the module cache");
            assert!(fs::read(supplied.path("b/example.com/other/@v/v1.0.0.zip")).unwrap() == sound);
        } else {
            ran.ended(74).said("example.com/other@v1.0.0: ").said("no bundle was written");
            assert!(!supplied.path("b").exists());
        }
    }
}

/// Files that a bundle cannot hold are named, with the option that leaves them out.
#[test]
fn files_that_no_bundle_can_hold_are_named() {
    let supplied = Supplied::new();
    let app = supplied.path("app");
    let make: [(&str, &dyn Fn()); 5] = [
        ("pipe", &|| {
            assert!(Command::new("mkfifo").arg(app.join("pipe")).status().unwrap().success());
        }),
        ("\u{fffd}: the name is not UTF-8", &|| {
            fs::write(app.join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
        }),
        ("a\\\\b", &|| fs::write(app.join("a\\b"), "").unwrap()),
        ("U+000A", &|| fs::write(app.join("a\nb"), "").unwrap()),
        ("MAIN.go", &|| fs::write(app.join("MAIN.go"), "").unwrap()),
    ];
    for (said, make) in make {
        make();
        let ran = create(&supplied, "b.tar.zst", &["--with-source"]).run();
        assert_eq!(ran.code(), Some(78), "{said}: {ran:#?}");
        assert!(ran.stderr.contains("--exclude"), "{said}: {ran:#?}");
        assert!(ran.stderr.contains(said), "{said}: {ran:#?}");
        for entry in fs::read_dir(&app).unwrap().map(Result::unwrap) {
            if !["go.mod", "go.sum", "main.go"]
                .contains(&entry.file_name().to_str().unwrap_or_default())
            {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        assert!(!supplied.path("b.tar.zst").exists());
    }
    nothing_left(&supplied.world);
    create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
}

/// Who may not write there is told so, and nothing is there.
#[test]
fn a_directory_that_may_not_be_written_to() {
    if !we_are_root() {
        return crate::skip::skipped("another user's directory needs root");
    }
    let supplied = Supplied::of(Who::Ordinary);
    create(&supplied, "b.tar.zst", &[]).run().ended(0);
    fs::create_dir(supplied.path("closed")).unwrap();
    fs::set_permissions(supplied.path("closed"), fs::Permissions::from_mode(0o555)).unwrap();
    for args in [
        &["unpack", "b.tar.zst", "closed/x"][..],
        &["export", "--layout", "athens", "b.tar.zst", "closed/x"],
        &["unpack", "b.tar.zst", "closed"],
    ] {
        let ran = far(&supplied.world, args).run();
        match args[args.len() - 1] {
            // An empty directory gives way: the one above it may be written to.
            "closed" => ran.ended(0),
            _ => ran.ended(74).said("ermission denied").said("closed/x"),
        };
    }
    supplied.world.write("shut/file", "");
    fs::set_permissions(supplied.path("shut"), fs::Permissions::from_mode(0o555)).unwrap();
    create(&supplied, "shut/b.tar.zst", &[]).run().ended(74).said("ermission denied");
    create(&supplied, "shut/b", &[]).run().ended(74).said("ermission denied");
    assert_eq!(names(&supplied.path("shut")), ["file"]);
    nothing_left(&supplied.world);
}

#[test]
fn quiet_says_what_is_not_proven_alone_and_verbose_names_what_is_not_proven() {
    let supplied = Supplied::new();
    let key = supplied.database.key();
    let bundle = |flag: &str, args: &[&str]| {
        supplied.ours(&[&[flag, "bundle"], args].concat()).dir(supplied.world.root()).run()
    };
    let output = supplied.path("b.tar.zst").to_str().unwrap().to_owned();
    let ran = supplied.ours(&["-q", "bundle", "create", "-o", &output]).run().ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let ran = bundle("-q", &["unpack", "--sumdb-key", &key, "b.tar.zst", "tree"]).ended(0);
    assert_eq!(ran.stdout, "");
    let ran = ran.said("proven by nothing but the bundle: 1 module version. Hold");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
    let args = ["unpack", "--sumdb-key", &key, "--go-sum", "app/go.sum", "b.tar.zst", "other"];
    let ran = bundle("-q", &args).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let ran = bundle("-v", &["verify", "--sumdb-key", &key, "b.tar.zst"]).ended(75);
    ran.said("git.acme.example/own@v0.1.0 is proven by nothing but the bundle: it is private");
}

/// Two that unpack to the same place at the same time: one has it, whole.
#[test]
fn one_of_two_has_the_place() {
    let supplied = Supplied::new();
    create(&supplied, "b.tar.zst", &[]).run().ended(0);
    let children: Vec<_> =
        (0..4).map(|_| far(&supplied.world, &["unpack", "b.tar.zst", "tree"]).spawn()).collect();
    let codes: Vec<_> =
        children.into_iter().map(|child| crate::world::Ran::of(child).code()).collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 74))), "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    far(&supplied.world, &["verify", "tree", "--go-sum", "app/go.sum"]).run().ended(0);
    nothing_left(&supplied.world);
}
