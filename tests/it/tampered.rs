//! Every way to tamper with vendored files that we could think of: each is found, the file and the
//! module are named, and the sound tree is silent before and after.
//!
//! On a synthetic project here; on copies of real repositories where GO_OFFLINE_CORPUS names unpacked
//! ones and GO_OFFLINE_MODCACHE a module cache with their modules.

use crate::corpus::corpus;
use edits::Edits;
use kinds::{KINDS, Kind};
use std::collections::BTreeSet;
use std::path::PathBuf;
use tree::{Report, Tree};

pub(crate) mod edits;
mod kinds;
mod mangled;
mod odd;
mod remembered;
mod stat_cache;
pub(crate) mod tree;
mod while_building;
mod words;

/// The codes that have their worlds here.
pub(crate) const CODES: [&str; 7] = [
    "modcache-polluted",
    "vendor-changed-during-build",
    "vendor-file-extra",
    "vendor-file-missing",
    "vendor-file-modified",
    "vendor-line-endings",
    "vendor-symlink",
];

/// Real repositories with go.sum and vendor/.
const REPOSITORIES: [&str; 5] =
    ["runc", "docker-cli", "lazygit", "containerd-2.3.4", "container-libs"];

/// What is the matter with a sound tree: warnings of a real one at most.
fn sound(tree: &Tree, args: &[&str]) -> BTreeSet<String> {
    let report = tree.check(args);
    let denied = report.findings.iter().any(|finding| finding.level == "deny");
    assert!(!denied && report.exit == 0, "{}: not silent: {}", tree.name, report.said);
    report.findings.into_iter().map(|finding| finding.all).collect()
}

/// Does one kind to a tree of which this is known; `None` where it is not for this tree, else what is
/// wrong.
fn try_kind(tree: &Tree, kind: &Kind, known: &BTreeSet<String>) -> Option<Vec<String>> {
    if kind.only_by.is_some_and(|evidence| evidence != tree.evidence) {
        return None;
    }
    let mut edits = Edits::default();
    let named = (kind.edit)(tree, &mut edits);
    // Lists that are kept would do where the zip is forged.
    if kind.only_by.is_some() || tree.is_made_up {
        tree.forget();
    }
    let report = named.as_ref().map(|_| tree.check(kind.args));
    edits.undo();

    let (named, report) = (named?, report?);
    let mut wrong = judge(kind, &named, &report, known);
    let after = sound(tree, kind.args);
    if *known != after {
        wrong.push(format!("undone, and not as before: {after:?}"));
    }
    let place = format!("{}, by {:?}: {}", tree.name, tree.evidence, kind.what);
    Some(wrong.into_iter().map(|wrong| format!("{place}: {wrong}\n{}", report.said)).collect())
}

fn judge(
    kind: &Kind,
    named: &kinds::Named,
    report: &Report,
    before: &BTreeSet<String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if report.exit != kind.exit {
        wrong.push(format!("exit {} and not {}", report.exit, kind.exit));
    }
    let new = || report.findings.iter().filter(|finding| !before.contains(&finding.all));
    let is_it = |finding: &&tree::Found| {
        finding.code == kind.code
            && finding.level == kind.level
            && named.is_in(&finding.file, &finding.module)
    };
    if !new().any(|finding| is_it(&finding)) {
        wrong.push(format!("no {} ({}) names {named}", kind.code, kind.level));
    }
    let is_known = |code: &str| code == kind.code || kind.also.contains(&code);
    for finding in new().filter(|finding| !is_known(&finding.code)) {
        wrong.push(format!("{} was not expected", finding.code));
    }
    wrong
}

/// Does kinds to some trees, which are looked at with these words before `check`, and returns those that
/// were done to none.
fn try_all(trees: &[Tree], args: &[&str]) -> Vec<&'static str> {
    let known: Vec<BTreeSet<String>> = trees.iter().map(|tree| sound(tree, args)).collect();
    let (mut wrong, mut undone) = (Vec::new(), Vec::new());
    for kind in KINDS.iter().filter(|kind| kind.args == args) {
        let trees = trees.iter().zip(&known);
        let tried: Vec<Vec<String>> =
            trees.filter_map(|(tree, known)| try_kind(tree, kind, known)).collect();
        if tried.is_empty() {
            undone.push(kind.what);
        }
        wrong.extend(tried.into_iter().flatten());
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    undone
}

#[test]
fn every_kind_of_tampering_with_vendored_files_is_found() {
    assert!(KINDS.len() >= 25, "{}", KINDS.len());
    let trees = [Tree::made_up(), Tree::made_up().with_lists()];
    for tree in &trees {
        assert_eq!(sound(tree, &[]), BTreeSet::new(), "{:?}", tree.evidence);
    }
    let undone = try_all(&trees, &[]);
    assert!(undone.is_empty(), "done to no tree: {undone:?}");
}

/// By the lock alone the file is not known: the module is named, and what is compiled is denied.
#[test]
fn the_lock_alone_names_the_module() {
    let tree = Tree::made_up().with_lock();
    let known = sound(&tree, &[]);
    assert_eq!(known, BTreeSet::new());
    let mut wrong = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.only_by.is_none()) {
        let mut edits = Edits::default();
        let named = (kind.edit)(&tree, &mut edits).expect("there is one of everything");
        let report = tree.check(&[]);
        edits.undo();
        let denied = kind.exit == 65 && !kind.is_of_rest;
        let is_it = |finding: &tree::Found| {
            let by_lock = finding.code == "lock-mismatch" && finding.module == named.module();
            by_lock || finding.code == kind.code && named.is_in(&finding.file, &finding.module)
        };
        if report.exit != if denied { 65 } else { report.exit }
            || !report.findings.iter().any(is_it)
        {
            wrong.push(format!("{}: {}", kind.what, report.said));
        }
        assert_eq!(sound(&tree, &[]), known, "undone: {}", kind.what);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_kind_of_tampering_with_the_module_cache_is_found() {
    let (trees, args) = ([Tree::made_up()], &["--profile", "cache"]);
    assert_eq!(sound(&trees[0], args), BTreeSet::new());
    let undone = try_all(&trees, args);
    assert!(undone.is_empty(), "done to no tree: {undone:?}");
}

#[test]
#[ignore = "copies five large projects; needs GO_OFFLINE_CORPUS and GO_OFFLINE_MODCACHE"]
fn every_kind_of_tampering_is_found_in_real_repositories() {
    let modcache = std::env::var_os("GO_OFFLINE_MODCACHE");
    let modcache = PathBuf::from(modcache.expect("GO_OFFLINE_MODCACHE names a module cache"));
    for repository in REPOSITORIES {
        let copy = || Tree::of(&corpus().join(repository), &modcache);
        let undone = try_all(&[copy(), copy().with_lists()], &[]);
        println!("{repository}: nothing to do it with: {undone:?}");
        assert!(undone.len() < KINDS.len() / 3, "{repository}: {undone:?}");
    }
}
