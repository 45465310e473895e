//! Known patches inside vendor/: they pass, are counted, and do not outlive their reason.

use crate::tampered::tree::Tree;
use sha2::{Digest, Sha256};
use std::fs;

/// The codes that have their worlds here.
pub(crate) const CODES: [&str; 2] = ["carry-expired", "carry-unneeded"];

/// A project with a patched file and a go-offline.toml that carries it.
fn patched(expires: &str) -> Tree {
    let tree = Tree::made_up();
    let path = tree.path("vendor/example.com/other/other.go");
    fs::write(&path, "package other\n\n// Patched is here.\nconst Patched = 1\n").unwrap();
    let hex: String =
        Sha256::digest(fs::read(&path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!(
        "[[carry]]\nmodule = \"example.com/other\"\npath = \"other.go\"\nsha256 = \"{hex}\"\nreason = \"issue 1\"\n{expires}\n"
    );
    fs::write(tree.path("go-offline.toml"), text).unwrap();
    tree
}

#[test]
fn a_known_patch_passes_and_is_counted() {
    let tree = patched("expires = 2999-01-01");
    let ran = tree.run(&["check", "--strict"]);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    assert!(
        ran.stdout.contains(": 0 findings, 1 allowed by go-offline.toml:2; "),
        "{}",
        ran.stdout
    );
    // Another patch of the same file does not pass, and then the entry is for nothing.
    let path = tree.path("vendor/example.com/other/other.go");
    fs::write(&path, "package other\n\nconst Patched = 2\n").unwrap();
    let ran = tree.run(&["check"]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("error[vendor-file-modified]: vendor/example.com/other/other.go"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("warning[carry-unneeded]"), "{}", ran.stdout);
    // The finding has the whole entry: copied, it passes.
    let shown = ran.stdout.lines().skip_while(|line| !line.contains("[[carry]]"));
    let entry: Vec<&str> =
        shown.take(5).map(|line| line.trim_start().trim_start_matches("if meant").trim()).collect();
    fs::write(tree.path("go-offline.toml"), entry.join("\n")).unwrap();
    let ran = tree.run(&["check", "--strict"]);
    assert_eq!(ran.exit, 0, "{entry:?}: {}{}", ran.stdout, ran.stderr);
}

#[test]
fn a_floor_lets_no_project_carry() {
    let tree = patched("");
    let ran = tree.run(&["--floor", "verify=bytes", "check"]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(ran.stdout.contains("vendor-file-modified"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("allowed by"), "{}", ran.stdout);
    assert!(ran.stdout.contains("does not count under a floor"), "{}", ran.stdout);
}

/// The files of a profile that does not build from vendor/ say nothing of a patch in it.
#[test]
fn a_patch_is_about_vendor() {
    let tree = patched("");
    let ran = tree.run(&["--profile", "cache", "check"]);
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    assert!(!ran.stdout.contains("carry-unneeded"), "{}", ran.stdout);
}

#[test]
fn a_patch_has_its_day() {
    let tree = patched("expires = 2020-01-01");
    let ran = tree.run(&["check"]);
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    assert!(ran.stdout.contains("error[carry-expired]"), "{}", ran.stdout);
    assert!(ran.stdout.contains("go-offline.toml:2:"), "{}", ran.stdout);
}
