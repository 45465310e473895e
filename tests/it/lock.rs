//! go-offline.lock and the lists beside it: the same on every machine, made from what go.sum proves,
//! and enough to verify by when nothing else is at hand.

use crate::program::Ran;
use crate::tampered::edits::Edits;
use crate::tampered::tree::Tree;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The codes that have their worlds here.
pub(crate) const CODES: [&str; 3] = ["fingerprint-mismatch", "lock-mismatch", "lock-stale"];

const LOCK: &str = "go-offline.lock";
const LISTS: &str = "go-offline.lock.lists";

fn lock(tree: &Tree, args: &[&str]) -> Ran {
    tree.run(&[&["lock"], args].concat())
}

#[track_caller]
fn locked(tree: &Tree, args: &[&str]) -> String {
    let ran = lock(tree, args);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    ran.stdout
}

fn fingerprint(tree: &Tree) -> String {
    let text = tree.text(LOCK);
    text.lines().last().unwrap().strip_prefix("fingerprint ").unwrap().to_owned()
}

/// A locked project whose lists, zips and cache are gone: only the lock is left.
fn by_lock_alone() -> Tree {
    let tree = Tree::made_up();
    locked(&tree, &[]);
    tree.forget();
    fs::remove_dir_all(&tree.modcache).unwrap();
    tree
}

#[test]
fn the_same_bytes_whatever_is_around() {
    let tree = Tree::made_up();
    locked(&tree, &["--with-lists"]);
    let (text, lists) = (tree.read(LOCK), tree.read(LISTS));
    let below = tree.path("local");
    for (umask, env, dir) in [
        ("077", ("LC_ALL", "tr_TR.UTF-8"), &tree.project),
        ("000", ("TZ", "Pacific/Kiritimati"), &below),
        ("022", ("GOFLAGS", "-mod=mod"), &tree.project),
    ] {
        fs::remove_file(tree.path(LOCK)).unwrap();
        fs::remove_file(tree.path(LISTS)).unwrap();
        tree.forget();
        let ours = env!("CARGO_BIN_EXE_go-offline");
        let script = format!(
            "umask {umask}; cd {}; exec {ours} -C {} lock --with-lists",
            dir.display(),
            tree.project.display()
        );
        let command = tree.command(&[]);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &script]).env_clear();
        for (name, value) in command.get_envs().filter_map(|(name, value)| Some((name, value?))) {
            shell.env(name, value);
        }
        let ran = Ran::of(&shell.env(env.0, env.1).output().unwrap());
        assert_eq!(ran.exit, 0, "{env:?} {}", ran.stderr);
        assert_eq!(tree.read(LOCK), text, "{env:?}");
        assert_eq!(tree.read(LISTS), lists, "{env:?}");
    }
    // By the lists alone as well, with no zip at hand.
    fs::remove_file(tree.path(LOCK)).unwrap();
    fs::remove_dir_all(&tree.modcache).unwrap();
    locked(&tree, &[]);
    assert_eq!((tree.read(LOCK), tree.read(LISTS)), (text, lists));
}

#[test]
fn what_lies_in_vendor_is_not_what_is_recorded() {
    let tree = Tree::made_up();
    locked(&tree, &[]);
    let text = tree.read(LOCK);
    let mut edits = Edits::default();
    edits.append(&tree.path(&tree.go_file().path), "// more\n");
    locked(&tree, &["--check"]);
    locked(&tree, &[]);
    assert_eq!(tree.read(LOCK), text);
    edits.undo();
}

#[test]
fn what_is_up_to_date_is_left_alone() {
    let tree = Tree::made_up();
    locked(&tree, &["--with-lists"]);
    let inodes = || [LOCK, LISTS].map(|name| fs::metadata(tree.path(name)).unwrap().ino());
    let before = inodes();
    assert!(locked(&tree, &["--with-lists"]).starts_with("up to date: "));
    assert!(locked(&tree, &[]).starts_with("up to date: "));
    assert_eq!(inodes(), before);
    fs::write(tree.path(LOCK), "").unwrap();
    assert!(locked(&tree, &[]).starts_with("wrote go-offline.lock: "));
    assert_eq!(inodes()[1], before[1]);
}

#[test]
fn a_module_that_is_listed_twice_is_locked_once() {
    let tree = Tree::made_up();
    locked(&tree, &[]);
    let text = tree.read(LOCK);
    let list = tree.text("vendor/modules.txt");
    fs::write(tree.path("vendor/modules.txt"), format!("{list}{list}")).unwrap();
    locked(&tree, &[]);
    assert_eq!(tree.read(LOCK), text);
    locked(&tree, &["--check"]);
    fs::write(
        tree.path("vendor/modules.txt"),
        list.replacen("# example.com/other v1.0.0", "# example.com/other", 1),
    )
    .unwrap();
    let ran = lock(&tree, &["--check"]);
    assert_ne!(ran.exit, 0, "{}", ran.stdout);
}

#[test]
fn lists_are_kept_up_to_date_once_they_are_there() {
    let tree = Tree::made_up();
    assert!(locked(&tree, &[]).starts_with("wrote go-offline.lock: 4 modules, "));
    assert!(!tree.path(LISTS).exists());
    assert!(locked(&tree, &["--with-lists"]).contains("go-offline.lock.lists"));
    let lists = tree.read(LISTS);
    fs::write(tree.path(LISTS), "not this").unwrap();
    let stale = lock(&tree, &["--check"]);
    assert_eq!(stale.exit, 65, "{}", stale.stdout);
    assert!(
        stale.stdout.contains("error[lock-stale]: go-offline.lock.lists has no lists"),
        "{}",
        stale.stdout
    );
    locked(&tree, &[]);
    assert_eq!(tree.read(LISTS), lists);
}

#[test]
fn checking_says_which_module_and_writes_nothing() {
    let tree = Tree::made_up();
    let ran = lock(&tree, &["--check"]);
    assert_eq!(ran.exit, 65);
    assert!(
        ran.stdout.contains("error[lock-stale]: go-offline.lock is not there"),
        "{}",
        ran.stdout
    );
    assert!(!tree.path(LOCK).exists());
    locked(&tree, &[]);
    locked(&tree, &["--check"]);
    let sound = tree.text(LOCK);
    let without: String = sound
        .lines()
        .filter(|line| !line.starts_with("example.com/other "))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(tree.path(LOCK), &without).unwrap();
    let ran = lock(&tree, &["--check"]);
    // The fingerprint is no longer that of the lines.
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(ran.stdout.contains("is no lock"), "{}", ran.stdout);
    assert_eq!(tree.text(LOCK), without);
}

#[test]
fn a_fingerprint_from_elsewhere() {
    let tree = Tree::made_up();
    locked(&tree, &[]);
    let expected = fingerprint(&tree);
    locked(&tree, &["--check", "--expect", &expected]);
    let other = format!("sha256:{}", "0".repeat(64));
    let before = tree.read(LOCK);
    fs::remove_file(tree.path(LOCK)).unwrap();
    let ran = lock(&tree, &["--expect", &other]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(ran.stdout.contains("error[fingerprint-mismatch]"), "{}", ran.stdout);
    assert!(ran.stdout.contains(&expected), "{}", ran.stdout);
    assert!(!tree.path(LOCK).exists(), "nothing is written");
    locked(&tree, &["--expect", &expected]);
    assert_eq!(tree.read(LOCK), before);
    assert_eq!(lock(&tree, &["--expect", "sha256:12"]).exit, 64);
}

#[test]
fn nothing_at_hand_is_said_and_nothing_written() {
    let tree = Tree::made_up();
    fs::remove_dir_all(&tree.modcache).unwrap();
    let ran = lock(&tree, &["--with-lists"]);
    assert_eq!(ran.exit, 75, "{}", ran.stderr);
    for words in [
        "example.com/Dep@v1.2.3: its zip is not in the module cache",
        "mod download example.com/Dep@v1.2.3",
    ] {
        assert!(ran.stdout.contains(words), "{}", ran.stdout);
    }
    assert!(!tree.path(LOCK).exists() && !tree.path(LISTS).exists());
}

/// The lock names the module, not the file, with the same exit code for what go compiles.
#[test]
fn the_lock_alone() {
    let tree = by_lock_alone();
    let sound = tree.run(&["check"]);
    assert_eq!(sound.exit, 0, "{}", sound.stdout);
    assert!(
        sound.stdout.contains("4 as go-offline.lock records them, not proven"),
        "{}",
        sound.stdout
    );
    assert_eq!(tree.run(&["check", "--strict"]).exit, 75);
    let go_file = tree.path(&tree.go_file().path);
    let license = tree.path("vendor/example.com/other/LICENSE");
    let added = tree.path("vendor/example.com/other/zz.go");
    for (path, exit) in [(&go_file, 65), (&license, 0), (&added, 65)] {
        let mut edits = Edits::default();
        match path.exists() {
            true => edits.append(path, "\n// more\n"),
            false => edits.write(path, "package other\n"),
        }
        let ran = tree.run(&["check"]);
        assert_eq!(ran.exit, exit, "{}: {}", path.display(), ran.stdout);
        assert!(
            ran.stdout.contains("[lock-mismatch]: vendored files of example.com/"),
            "{}",
            ran.stdout
        );
        edits.undo();
        assert_eq!(tree.run(&["check"]).exit, 0);
    }
}

#[test]
fn an_older_lock_is_stale() {
    let tree = Tree::made_up();
    locked(&tree, &[]);
    let sound = tree.text("go.sum");
    let line = sound.lines().find(|line| line.starts_with("example.com/other v1.0.0 h1:")).unwrap();
    let mut edits = Edits::default();
    edits.replace(
        &tree.path("go.sum"),
        sound.replace(line, &format!("example.com/other v1.0.0 h1:{}=", "A".repeat(43))),
    );
    let ran = tree.run(&["check"]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("[lock-stale]: go-offline.lock has another hash of example.com/other"),
        "{}",
        ran.stdout
    );
    edits.undo();
}

/// Whoever is killed leaves each file as it was, or whole.
#[test]
fn killed_at_any_moment() {
    let tree = Tree::made_up();
    let start = Instant::now();
    locked(&tree, &["--with-lists"]);
    let whole = start.elapsed();
    let (text, lists) = (tree.read(LOCK), tree.read(LISTS));
    let (mut before, mut behind) = (0, 0);
    for step in 0..40 {
        fs::write(tree.path(LOCK), "old").unwrap();
        fs::write(tree.path(LISTS), "old").unwrap();
        let mut child = tree
            .command(&["lock", "--with-lists"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The moments lie closer where it ends, since that is where it writes.
        let delay = if step < 5 { whole / 5 * step } else { whole / 30 * step };
        std::thread::sleep(delay);
        child.kill().unwrap();
        child.wait().unwrap();
        for (name, new) in [(LOCK, &text), (LISTS, &lists)] {
            let there = tree.read(name);
            assert!(there == b"old" || there == *new, "{name} after {delay:?}");
        }
        // The lists come first.
        assert!(tree.read(LOCK) == b"old" || tree.read(LISTS) == lists, "after {delay:?}");
        before += u32::from(tree.read(LISTS) == b"old");
        behind += u32::from(tree.read(LOCK) == text);
    }
    assert!(before > 0 && behind > 0, "killed {before} times before and {behind} times behind");
    let left = fs::read_dir(&tree.project).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.starts_with(".go-offline").then_some(name)
    });
    for name in left.collect::<Vec<_>>() {
        fs::remove_file(tree.path(&name)).unwrap();
    }
    locked(&tree, &[]);
    assert_eq!((tree.read(LOCK), tree.read(LISTS)), (text, lists));
}

#[test]
fn the_modules_that_go_would_list() {
    let tree = Tree::made_up();
    let ran = lock(&tree, &["--deps"]);
    let listed = "example.com/app\nexample.com/Dep v1.2.3\nexample.com/Dep/nested v0.1.0\nexample.com/local v0.0.0 => ./local\nexample.com/other v1.0.0\nexample.com/replaced v1.0.0 => example.com/Fork v1.1.0\n";
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, listed), "{}", ran.stderr);
    fs::write(tree.path("deps.txt"), listed).unwrap();
    assert_eq!(lock(&tree, &["--deps", "deps.txt"]).exit, 0);
    fs::write(tree.path("deps.txt"), listed.replace("v1.2.3", "v1.2.2")).unwrap();
    let ran = lock(&tree, &["--deps", "deps.txt"]);
    assert_eq!(ran.exit, 65, "{}", ran.stderr);
    for line in ["example.com/Dep v1.2.2", "example.com/Dep v1.2.3"] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    fs::remove_dir_all(&tree.modcache).unwrap();
    let ran = lock(&tree, &["--deps"]);
    assert_eq!(ran.exit, 75, "the rest is not known: {}", ran.stdout);
    assert!(ran.stdout.contains("example.com/other v1.0.0"), "{}", ran.stdout);
    assert!(ran.stderr.contains("not"), "{}", ran.stderr);
}

#[test]
fn there_is_nothing_to_lock() {
    let tree = Tree::made_up();
    fs::remove_dir_all(tree.path("vendor")).unwrap();
    let ran = lock(&tree, &[]);
    assert_eq!(ran.exit, 78);
    assert!(ran.stderr.contains("mod vendor"), "{}", ran.stderr);
    let ran = tree.run(&["-C", Path::new("/").to_str().unwrap(), "lock"]);
    assert_eq!(ran.exit, 78, "{}", ran.stderr);
}
