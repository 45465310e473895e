//! What is remembered of a check must not hide a change.

use super::edits::{Edits, set_mtime};
use super::sound;
use super::tree::{Report, Tree};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longer than the program waits before it trusts the times of a file.
const SETTLED: Duration = Duration::from_millis(2200);

/// A tree whose check is remembered.
fn remembered() -> (Tree, PathBuf) {
    let tree = Tree::made_up();
    std::thread::sleep(SETTLED);
    let report = tree.check(&[]);
    assert_eq!((report.exit, report.findings.len()), (0, 0), "{}", report.said);
    let file = remembered_in(&tree).expect("nothing is remembered: the test tests nothing");
    (tree, file)
}

fn remembered_in(tree: &Tree) -> Option<PathBuf> {
    let entries = fs::read_dir(tree.own_cache().join("stat")).ok()?;
    entries.map(|entry| entry.unwrap().path()).find(|path| path.is_file())
}

/// Changes a byte of a Go file without a trace in size and time of modification.
fn change_unseen(tree: &Tree, edits: &mut Edits) -> String {
    let target = tree.go_file();
    let path = tree.path(&target.path);
    let mtime = path.metadata().unwrap().modified().unwrap();
    let mut content = fs::read(&path).unwrap();
    *content.last_mut().unwrap() = b' ';
    edits.write(&path, content);
    set_mtime(&path, mtime);
    target.path.clone()
}

#[track_caller]
fn assert_found(report: &Report, file: &str, what: &str) {
    let is_it = |finding: &super::tree::Found| {
        finding.code == "vendor-file-modified" && finding.file.contains(file)
    };
    assert_eq!(report.exit, 65, "{what}: {}", report.said);
    assert!(report.findings.iter().any(is_it), "{what}: {}", report.said);
}

#[test]
fn a_file_whose_times_were_put_back_is_found() {
    let (tree, _) = remembered();
    let mut edits = Edits::default();
    let file = change_unseen(&tree, &mut edits);
    assert_found(&tree.check(&[]), &file, "remembered");
    assert_found(&tree.check(&[]), &file, "a second time");
    edits.undo();
    assert_eq!(tree.check(&[]).exit, 0, "undone");
    assert_eq!(sound(&tree, &[]), BTreeSet::new());
}

#[test]
fn a_change_of_what_it_rests_on_is_seen() {
    let (tree, _) = remembered();
    let mut edits = Edits::default();
    edits.append(&tree.path("local/local.go"), "// more\n");
    assert_found(&tree.check(&[]), "vendor/example.com/local/local.go", "the directory");
    edits.undo();
    assert_eq!(tree.check(&[]).exit, 0, "undone");

    let mut edits = Edits::default();
    let sums = tree
        .text("go.sum")
        .replace("example.com/other v1.0.0 h1:", "example.com/other v1.0.0 h1:A");
    edits.write(&tree.path("go.sum"), sums);
    assert_eq!(tree.check(&[]).exit, 65, "go.sum");
    edits.undo();
    assert_eq!(sound(&tree, &[]), BTreeSet::new());
}

#[test]
fn a_change_of_the_module_cache_is_seen() {
    let (tree, args) = (Tree::made_up(), &["--profile", "cache"]);
    std::thread::sleep(SETTLED);
    for _ in 0..2 {
        assert_eq!(sound(&tree, args), BTreeSet::new());
    }
    let path = tree.modcache.join("example.com/!dep@v1.2.3/dep.go");
    let mtime = path.metadata().unwrap().modified().unwrap();
    let content = fs::read(&path).unwrap();
    let mut edits = Edits::default();
    edits.write(&path, [&content[..content.len() - 1], b" "].concat());
    set_mtime(&path, mtime);
    let report = tree.check(args);
    assert_eq!(report.exit, 65, "{}", report.said);
    assert_eq!(report.findings[0].code, "modcache-polluted", "{}", report.said);
    edits.undo();
    assert_eq!(sound(&tree, args), BTreeSet::new());
}

/// What may become of the file in which the program remembers.
fn damaged(file: &Path, of_other_tree: &[u8]) -> Vec<(String, Vec<u8>)> {
    let good = fs::read(file).unwrap();
    let half = good.len() / 2;
    let mut all = vec![
        ("empty".to_owned(), Vec::new()),
        ("half of it".to_owned(), good[..half].to_vec()),
        ("cut by a byte".to_owned(), good[..good.len() - 1].to_vec()),
        ("twice".to_owned(), [&good[..], &good[..]].concat()),
        ("one of another tree".to_owned(), of_other_tree.to_vec()),
    ];
    for at in (0..good.len()).step_by(good.len() / 40) {
        let mut other = good.clone();
        other[at] ^= 1;
        all.push((format!("byte {at} flipped"), other));
    }
    all.push(("an older one".to_owned(), good));
    all
}

#[test]
fn a_poisoned_cache_hides_nothing_and_invents_nothing() {
    let (tree, file) = remembered();
    let (_other, other_file) = remembered();
    let damaged = damaged(&file, &fs::read(other_file).unwrap());
    for (what, content) in &damaged {
        fs::write(&file, content).unwrap();
        let report = tree.check(&[]);
        assert_eq!((report.exit, report.findings.len()), (0, 0), "{what}: {}", report.said);
    }
    let mut edits = Edits::default();
    let changed = change_unseen(&tree, &mut edits);
    for (what, content) in &damaged {
        fs::write(&file, content).unwrap();
        assert_found(&tree.check(&[]), &changed, what);
    }
    edits.undo();
    assert_eq!(sound(&tree, &[]), BTreeSet::new());
}
