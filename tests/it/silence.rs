//! Sound trees, real and made here: not one finding, so that nobody learns to look away.

use std::path::{Path, PathBuf};

use crate::corpus::corpus;
use crate::program::Program;
use crate::txtar::World;

/// The trees of the corpus that are not silent, and what they say.
const SPEAKING: [(&str, &str); 1] = [("buildkit-2019", "vendor-ignored")];

#[test]
#[ignore = "needs GO_OFFLINE_CORPUS"]
fn the_corpus_is_silent() {
    let corpus = corpus();
    let mut trees: Vec<PathBuf> =
        std::fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    trees.retain(|tree| tree.is_dir());
    trees.sort();
    assert!(!trees.is_empty());
    let program = Program::new();
    for tree in &trees {
        let name = tree.file_name().unwrap().to_str().unwrap();
        let wanted: Vec<&str> =
            SPEAKING.iter().filter(|(tree, _)| *tree == name).map(|(_, code)| *code).collect();
        assert_eq!(
            codes(&program, tree, &["check", "--verify", "lists", "--format", "json"]),
            wanted,
            "{name}"
        );
    }
    println!("{} trees", trees.len());
}

#[test]
fn the_example_is_silent() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/project");
    assert!(
        codes(&Program::new(), &tree, &["check", "--verify", "lists", "--format", "json"])
            .is_empty()
    );
}

/// A project whose go.mod has another name, so that only its own builds take it for a module.
#[test]
fn the_file_of_modfile_is_what_is_checked_and_named() {
    let world = World::new(
        "\
-- go.mod --
module example.com/decoy
-- vendor.mod --
module example.com/app
go 1.21
require example.com/dep v1.0.0
-- vendor.sum --
example.com/dep v1.0.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
example.com/dep v1.0.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
-- vendor/modules.txt --
# example.com/dep v1.0.0
## explicit
example.com/dep
-- vendor/example.com/dep/dep.go --
package dep
",
    );
    let program = Program::new();
    let check = || {
        let mut command = program.command(world.root(), &["check", "--verify", "lists"]);
        crate::program::Ran::of(&command.env("GOFLAGS", "-modfile=vendor.mod").output().unwrap())
    };
    let sound = check();
    assert_eq!(sound.exit, 0, "{}", sound.stdout);
    assert!(sound.stdout.starts_with(".: 0 findings"), "{}", sound.stdout);
    world.write("vendor.sum", "");
    world.write("vendor.mod", world.read("vendor.mod").replace("v1.0.0", "v1.0.1"));
    let ran = check();
    assert_eq!(ran.exit, 65, "{}", ran.stdout);
    for words in [
        "vendor.mod:3:",
        "mod vendor -modfile=vendor.mod`",
        "mod tidy -modfile=vendor.mod`",
        "vendor.sum",
    ] {
        assert!(ran.stdout.contains(words), "no {words} in {}", ran.stdout);
    }
}

/// The codes found; none of them may be of level deny.
fn codes(program: &Program, tree: &Path, args: &[&str]) -> Vec<String> {
    let ran = program.run(tree, args);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ran.exit, 0, "{}", ran.stdout);
    assert_eq!(report["profile"], "vendor", "{}", tree.display());
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}
