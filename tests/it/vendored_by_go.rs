//! Trees made here and now by several go commands: each is silent, and every module is verified.
//!
//! The toolchains are fetched through the configured module proxy, so this is ignored by default.

use crate::made_up::{PROJECT, WORKSPACE};
use crate::modules::done;
use crate::tampered::tree::Tree;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Go commands, each with its minor version.
const TOOLCHAINS: [(&str, u32); 4] =
    [("go1.21.13", 21), ("go1.22.12", 22), ("go1.24.13", 24), ("go1.26.0", 26)];

/// The go lines at which vendoring changes, and those beside them.
const GO_LINES: [u32; 6] = [16, 17, 21, 22, 23, 24];

const TIDY_AND_VENDOR: [&[&str]; 2] = [&["mod", "tidy"], &["mod", "vendor"]];

/// Where a go command is, which is fetched once.
fn go(toolchain: &str) -> PathBuf {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("toolchains");
    let mut go = Command::new("go");
    go.args(["env", "GOROOT"]).current_dir(env!("CARGO_TARGET_TMPDIR"));
    go.env("GOTOOLCHAIN", toolchain).env("GOMODCACHE", cache).env("GOFLAGS", "-modcacherw");
    PathBuf::from(done(go).trim()).join("bin/go")
}

/// The project with another go line, and with a tool where go knows of tools.
fn project(go_line: u32) -> String {
    let tool = if go_line >= 24 { "\ntool example.com/Dep/cmd/tool\n" } else { "" };
    PROJECT.replacen("go 1.21\n", &format!("go 1.{go_line}\n{tool}"), 1)
}

/// A tree is silent, by zips and by lists.
fn assert_silent(tree: Tree, modules: usize) {
    assert_silent_by("zip", &tree, modules);
    let tree = tree.with_lists();
    tree.forget();
    assert_silent_by("list", &tree, modules);
}

fn assert_silent_by(evidence: &str, tree: &Tree, modules: usize) {
    let report = tree.check(&["--strict"]);
    let place = format!("{}, by {evidence}: {}", tree.name, report.said);
    assert_eq!((report.exit, report.findings.len()), (0, 0), "{place}");
    assert_eq!(report.evidence.len(), modules, "{place}");
    for (module, on_what) in &report.evidence {
        let wanted = if module == "example.com/local" { "dir" } else { evidence };
        assert_eq!(on_what, wanted, "{module}: {place}");
    }
}

#[test]
#[ignore = "fetches toolchains through the configured module proxy"]
fn what_any_go_vendors_is_sound() {
    for (toolchain, minor) in TOOLCHAINS {
        let go = go(toolchain);
        for go_line in GO_LINES.into_iter().filter(|line| *line <= minor) {
            let name = format!("{toolchain}, go 1.{go_line}");
            let tree = Tree::vendored(&name, &go, &project(go_line), &TIDY_AND_VENDOR);
            // Else the tree holds nothing of what it is about.
            let has = |path: &str| tree.path(path).exists();
            let dep = "vendor/example.com/Dep";
            assert_eq!(has(&format!("{dep}/go.mod")), go_line < 17, "{name}");
            assert_eq!(has(&format!("{dep}/testdata/in_test.txt")), go_line < 22, "{name}");
            assert_eq!(has(&format!("{dep}/cmd/tool/usage.txt")), go_line >= 24, "{name}");
            assert_silent(tree, 5);
        }
    }
}

#[test]
#[ignore = "fetches toolchains through the configured module proxy"]
fn what_any_go_vendors_for_a_workspace_is_sound() {
    let steps: [&[&str]; 3] =
        [&["-C", "one", "mod", "tidy"], &["-C", "two", "mod", "tidy"], &["work", "vendor"]];
    for (toolchain, _) in TOOLCHAINS.into_iter().filter(|(_, minor)| *minor >= 22) {
        let tree = Tree::vendored(toolchain, &go(toolchain), WORKSPACE, &steps);
        assert!(tree.text("vendor/modules.txt").starts_with("## workspace\n"), "{toolchain}");
        assert_silent(tree, 3);
    }
}
