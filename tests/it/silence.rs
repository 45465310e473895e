//! Sound trees, real and made here: not one finding, so that nobody learns to look away.

use std::path::{Path, PathBuf};

use crate::program::Program;
use crate::skip::skipped;

/// The trees of the corpus that are not silent, and what they say.
const SPEAKING: [(&str, &str); 1] = [("buildkit-2019", "vendor-ignored")];

#[test]
fn the_corpus_is_silent() {
    let Some(corpus) = std::env::var_os("GO_OFFLINE_CORPUS").map(PathBuf::from) else {
        return skipped("GO_OFFLINE_CORPUS names no corpus");
    };
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
        assert_eq!(codes(&program, tree, &["check", "--format", "json"]), wanted, "{name}");
    }
    println!("{} trees", trees.len());
}

#[test]
fn the_example_is_silent() {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/project");
    assert!(codes(&Program::new(), &tree, &["check", "--format", "json"]).is_empty());
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
