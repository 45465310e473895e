//! A file of vendor/ that is changed while the go command runs: what was built is not what was
//! checked.

use super::edits::Edits;
use super::sound;
use super::tree::Tree;
use crate::program::Ran;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A program that go starts instead of each of its tools.
fn toolexec(tree: &Tree, script: &str) -> String {
    let path = tree.project.with_file_name("toolexec");
    fs::write(&path, format!("#!/bin/sh\n{script}\nexec \"$@\"\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn wrapped(tree: &Tree, args: &[&str]) -> Ran {
    let mut command = tree.command(args);
    command.env("GO_OFFLINE_VERIFY", "bytes").env("CGO_ENABLED", "0");
    Ran::of(&command.output().unwrap())
}

fn build(tree: &Tree, script: &str) -> Ran {
    let toolexec = format!("-toolexec={}", toolexec(tree, script));
    wrapped(tree, &["build", &toolexec, "-o", "/dev/null", "."])
}

#[track_caller]
fn assert_said(ran: &Ran, file: &str) {
    assert_eq!(ran.exit, 65, "{}", ran.stderr);
    assert!(ran.stderr.contains("error[vendor-changed-during-build]"), "{}", ran.stderr);
    assert!(ran.stderr.contains(file), "{}", ran.stderr);
}

/// Does something to the first Go file while a build runs.
fn change_while_building(script: &str) {
    let tree = Tree::made_up();
    let sound_build = build(&tree, ":");
    assert_eq!((sound_build.exit, sound_build.stderr.as_str()), (0, ""), "all is well");
    let file = tree.go_file().path.clone();
    let path = tree.path(&file);
    let mut edits = Edits::default();
    edits.write(&path, tree.read(&file));
    let ran = build(&tree, &script.replace("FILE", path.to_str().unwrap()));
    assert_said(&ran, &file);
    edits.undo();
    assert_eq!(sound(&tree, &[]), BTreeSet::new());
    assert_eq!(build(&tree, ":").exit, 0, "undone");
}

#[test]
fn a_tool_changes_a_file() {
    change_while_building("echo '// more' >> FILE");
}

#[test]
fn a_tool_changes_a_file_and_puts_it_back() {
    change_while_building(
        "cp -p FILE FILE.kept; echo '// more' >> FILE; cp -p FILE.kept FILE; rm FILE.kept",
    );
}

#[test]
fn a_tool_adds_a_file() {
    let tree = Tree::made_up();
    let added = tree.path(&tree.go_file().path).with_file_name("zz_added.go");
    let ran = build(&tree, &format!("echo 'package dep' > {}", added.display()));
    assert_said(&ran, tree.go_file().path.rsplit_once('/').unwrap().0);
    fs::remove_file(added).unwrap();
    assert_eq!(sound(&tree, &[]), BTreeSet::new());
}

#[test]
fn a_generator_changes_a_file() {
    let tree = Tree::made_up();
    let file = tree.go_file().path.clone();
    let mut edits = Edits::default();
    edits.write(&tree.path(&file), tree.read(&file));
    let line = format!("\n//go:generate sh -c \"echo // more >> {file}\"\n");
    edits.append(&tree.path("main.go"), &line);
    let ran = wrapped(&tree, &["generate", "."]);
    assert_said(&ran, &file);
    edits.undo();
    assert_eq!(sound(&tree, &[]), BTreeSet::new());
}
