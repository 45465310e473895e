//! Real repositories with their Go on the far side: built, tested, and made tidy with the checksum
//! database in force.

use super::gap::Gap;
use super::near::{Near, copy};
use crate::program::Ran;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
#[ignore = "needs GO_OFFLINE_CORPUS, GO_OFFLINE_MODCACHE and a module proxy"]
fn containerd_crosses_the_gap() {
    cross("containerd-2.3.4", "./cmd/ctr", "./pkg/filters");
}

#[test]
#[ignore = "needs GO_OFFLINE_CORPUS, GO_OFFLINE_MODCACHE and a module proxy"]
fn docker_crosses_the_gap() {
    cross("docker-cli", "./cmd/docker", "./opts");
}

fn cross(repository: &str, program: &str, tested: &str) {
    let Some(gap) = Gap::new() else { return };
    let near = Near::of_corpus(repository);
    let bundle = near.bundle("b.tar.zst", &["--toolchain", "--with-source"]);
    let tree = gap.unpack(&bundle);
    let project = tree.join("source");
    without_the_bundle(&gap, &near.project, program);

    let built = gap.path("built");
    gap.well(&project, &["build", "-o", built.to_str().unwrap(), program]);
    let version = gap.well(&project, &["exec", built.to_str().unwrap(), "--version"]);
    assert!(!version.stdout.is_empty(), "{repository}: {}", version.stderr);
    let ran = gap.well(&project, &["test", "-count=1", tested]);
    assert!(ran.stdout.contains("ok  \t"), "{repository}: {}", ran.stdout);
    by_the_bundle_alone(&gap, &project, &tree);
    all_modules_are_listed(&gap, &near, &project);

    tidy_is_the_same(&gap, &near, &project);
    one_proof_less(&gap, &project, &tree);
}

/// The control: nothing of what builds was there before.
fn without_the_bundle(gap: &Gap, project: &Path, program: &str) {
    let ran = gap.run(project, &["build", "-o", "/dev/null", program]);
    assert_ne!(ran.exit, 0, "it builds without the bundle, without Go");
    assert!(ran.stderr.contains("go command"), "{}", ran.stderr);
    // Nor is Go all that was missing.
    let bare = gap.path("bare");
    copy(project, &bare);
    fs::remove_dir_all(bare.join("vendor")).unwrap();
    let go = which::which("go").unwrap();
    let ran = gap.run_with(
        &bare,
        &["build", "-o", "/dev/null", program],
        &[("GO_OFFLINE_GO", go.as_path())],
    );
    assert_ne!(ran.exit, 0, "it builds without the bundle, without modules");
    fs::remove_dir_all(bare).unwrap();
}

fn by_the_bundle_alone(gap: &Gap, project: &Path, tree: &Path) {
    let proxy = format!("file://{}", tree.display());
    for (name, value) in [("GOSUMDB", "sum.golang.org"), ("GOPROXY", &proxy), ("GONOSUMDB", "none")]
    {
        let ran = gap.well(project, &["env", name]);
        assert_eq!(ran.stdout.trim(), value, "{name}");
    }
}

/// Those that nothing is built from too, which go.sum does not name.
fn all_modules_are_listed(gap: &Gap, near: &Near, project: &Path) {
    let here = near.run(near.command("go").args(["list", "-mod=readonly", "-m", "all"]));
    assert_eq!(here.exit, 0, "{}", here.stderr);
    let there = gap.well(project, &["list", "-m", "all"]);
    assert_eq!(there.stdout, here.stdout);
}

/// go.sum anew, from the database in the bundle, is byte for byte what go writes with the real one.
fn tidy_is_the_same(gap: &Gap, near: &Near, project: &Path) {
    let read = |dir: &Path| ["go.mod", "go.sum"].map(|name| fs::read_to_string(dir.join(name)));
    let committed = read(&near.project).map(Result::unwrap);
    fs::remove_file(near.project.join("go.sum")).unwrap();
    let ran = near.run(near.command("go").args(["mod", "tidy"]));
    assert_eq!(ran.exit, 0, "go mod tidy: {}", ran.stderr);
    let online = read(&near.project).map(Result::unwrap);
    println!("what was committed is {}tidy", if online == committed { "" } else { "not " });
    fs::remove_file(project.join("go.sum")).unwrap();
    gap.well(project, &["mod", "tidy"]);
    assert!(read(project).map(Result::unwrap) == online, "go.mod or go.sum differs");
}

/// That tidy went by the database shows where a part of it is missing: it is asked for, and nobody else.
fn one_proof_less(gap: &Gap, project: &Path, tree: &Path) {
    let database = tree.join("sumdb/sum.golang.org");
    for kind in ["lookup", "tile"] {
        let lost = any_file(&database.join(kind));
        let aside = gap.path("aside");
        fs::rename(&lost, &aside).unwrap();
        let ran = tidy_elsewhere(gap, project);
        let name = lost.strip_prefix(&database).unwrap().to_str().unwrap();
        let said = format!("without {name}: {}", ran.stderr);
        assert_ne!(ran.exit, 0, "{said}");
        assert_ne!(ran.exit, 77, "{said}");
        assert!(ran.stderr.contains(name), "{said}");
        // Neither go tries another place, nor is an attempt reported.
        for tried in ["dial ", "attempt", "https://"] {
            assert!(!ran.stderr.contains(tried), "{said}");
        }
        assert!(!project.join("go.sum").exists(), "{said}");
        fs::rename(&aside, &lost).unwrap();
    }
    let ran = tidy_elsewhere(gap, project);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
}

/// On a machine that has seen nothing of the database yet.
fn tidy_elsewhere(gap: &Gap, project: &Path) -> Ran {
    gap.forget();
    let _ = fs::remove_file(project.join("go.sum"));
    gap.run(project, &["mod", "tidy"])
}

fn any_file(dir: &Path) -> PathBuf {
    let path = fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
    if path.is_dir() { any_file(&path) } else { path }
}
