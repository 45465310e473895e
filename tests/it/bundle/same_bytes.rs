//! The same things make the same bytes, whoever puts them together, where and when.

use super::{create, far};
use crate::supplied::{PRIVATE, Supplied};
use crate::world::{Who, everybody};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

fn hash(supplied: &Supplied, name: &str) -> Vec<u8> {
    fs::read(supplied.path(name)).unwrap()
}

/// A world with files of all kinds in the project.
fn sourced(who: Who) -> Supplied {
    let supplied = Supplied::of(who);
    supplied.world.write("app/.gitignore", "*.out\n");
    supplied.world.write("app/run.sh", "#!/bin/sh\n");
    supplied.world.write("app/docs/é.txt", "text\n");
    supplied.world.write("app/docs/Z.txt", "text\n");
    supplied.world.write("app/docs/a.txt", "text\n");
    fs::set_permissions(supplied.path("app/run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("docs/a.txt", supplied.path("app/link")).unwrap();
    supplied.world.hand_over();
    supplied
}

#[test]
fn whoever_makes_it() {
    let mut all = Vec::new();
    for who in everybody() {
        let supplied = sourced(who);
        create(&supplied, "b.tar.zst", &["--with-source"]).run().ended(0);
        all.push(hash(&supplied, "b.tar.zst"));
    }
    assert!(all.iter().all(|one| *one == all[0]));
}

#[test]
fn whatever_is_around() {
    let supplied = sourced(Who::Self_);
    create(&supplied, "first.tar.zst", &["--with-source"]).run().ended(0);
    let wanted = hash(&supplied, "first.tar.zst");
    supplied.world.write("app/sub/x.out", "ignored");
    for (umask, name, value, from) in [
        ("077", "LC_ALL", "tr_TR.UTF-8", "app"),
        ("000", "TZ", "Pacific/Kiritimati", "app/docs"),
        ("027", "GOMODCACHE", "/elsewhere", "app"),
        ("022", "HOME", "/another", ""),
        ("022", "GOFLAGS", "-mod=mod -modcacherw", "app"),
        ("022", "SOURCE_DATE_EPOCH", "1", "app"),
    ] {
        // In the world, wherever it lies.
        let value = if value.starts_with('/') {
            format!("{}{value}", supplied.world.root().display())
        } else {
            value.to_owned()
        };
        let _ = fs::create_dir(supplied.path("another"));
        let script = format!(
            "umask {umask}; exec \"$OURS\" -C {} bundle create --with-source -o {}",
            supplied.path("app").display(),
            supplied.path("next.tar.zst").display(),
        );
        // The head is an input: it is given where it is not kept.
        let run =
            supplied.world.shell(&script).dir(supplied.path(from)).env("GOTOOLCHAIN", "local");
        let run = run.env("GOPROXY", format!("file://{}", supplied.path("proxy").display()));
        run.env("GOSUMDB", supplied.gosumdb())
            .env("GONOSUMDB", PRIVATE)
            .env(name, value)
            .run()
            .ended(0);
        assert!(hash(&supplied, "next.tar.zst") == wanted, "{name}");
    }
}

/// Fetched just now or long ago, in any order, with other times and modes.
#[test]
fn whatever_the_files_went_through() {
    let supplied = sourced(Who::Self_);
    create(&supplied, "first.tar.zst", &["--with-source"]).run().ended(0);
    create(&supplied, "second.tar.zst", &["--with-source", "--no-fetch"]).run().ended(0);
    let wanted = hash(&supplied, "first.tar.zst");
    assert!(wanted == hash(&supplied, "second.tar.zst"));
    // The files of the project made anew, in another order.
    let app = supplied.path("app");
    let copy = supplied.path("copy");
    fs::create_dir_all(copy.join("docs")).unwrap();
    for name in [
        "run.sh",
        "main.go",
        "go.sum",
        "docs/é.txt",
        "docs/a.txt",
        "docs/Z.txt",
        "go.mod",
        ".gitignore",
    ] {
        fs::copy(app.join(name), copy.join(name)).unwrap();
        fs::set_permissions(
            copy.join(name),
            fs::Permissions::from_mode(if name == "run.sh" { 0o700 } else { 0o600 }),
        )
        .unwrap();
        touch(&copy.join(name));
    }
    std::os::unix::fs::symlink("docs/a.txt", copy.join("link")).unwrap();
    let output = supplied.path("third.tar.zst").to_str().unwrap().to_owned();
    supplied.ours(&["bundle", "create", "--with-source", "-o", &output]).dir(&copy).run().ended(0);
    assert!(wanted == hash(&supplied, "third.tar.zst"));
    // A directory of it, and an archive of what that gives.
    create(&supplied, "dir", &["--with-source"]).run().ended(0);
    far(&supplied.world, &["unpack", "first.tar.zst", "unpacked"]).run().ended(0);
    let manifest = |dir: &str| fs::read(supplied.path(dir).join("manifest.json")).unwrap();
    assert!(manifest("dir") == manifest("unpacked"));
    // go.sum in another order says the same of the modules, but is another file of the project.
    let mut lines: Vec<String> =
        supplied.world.read("app/go.sum").lines().map(|line| format!("{line}\n")).collect();
    create(&supplied, "bare.tar.zst", &[]).run().ended(0);
    lines.reverse();
    supplied.world.write("app/go.sum", &lines.concat());
    create(&supplied, "turned.tar.zst", &[]).run().ended(0);
    assert!(hash(&supplied, "bare.tar.zst") == hash(&supplied, "turned.tar.zst"));
}

fn touch(path: &Path) {
    let touched = Command::new("touch").args(["-d", "2001-02-03"]).arg(path).status().unwrap();
    assert!(touched.success());
}
