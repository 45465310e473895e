//! The archive, to the tar and zstd that people have.

use super::*;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a program, if there is one.
fn run(dir: &Path, program: &str, args: &[&str]) -> Option<Output> {
    let output =
        Command::new(program).args(args).current_dir(dir).env("LC_ALL", "C.UTF-8").output();
    match output {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("SKIPPED: no {program} here ({error})");
            None
        }
    }
}

#[test]
fn tar_reads_it() {
    if run(Path::new("."), "zstd", &["--version"]).is_none() {
        return;
    }
    for sample in [small(), large()] {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("b.tar.zst"), sample.archive()).unwrap();
        let Some(listed) = run(temp.path(), "tar", &["--zstd", "-tf", "b.tar.zst"]) else { return };
        assert!(listed.status.success() && listed.stderr.is_empty(), "{listed:?}");
        let files = sample.manifest.files.iter().map(|file| file.path.as_str());
        let links = sample.manifest.links.iter().map(|link| link.path.as_str());
        let names: Vec<&str> = [MANIFEST].into_iter().chain(files).chain(links).collect();
        let quoted = String::from_utf8(listed.stdout).unwrap();
        assert_eq!(quoted.lines().collect::<Vec<_>>(), names);

        let unpacked = run(temp.path(), "tar", &["--zstd", "-xf", "b.tar.zst"]).unwrap();
        assert!(unpacked.status.success() && unpacked.stderr.is_empty(), "{unpacked:?}");
        std::fs::remove_file(temp.path().join("b.tar.zst")).unwrap();
        // What tar unpacks is a bundle as a directory.
        let manifest = crate::bundle::directory::read(temp.path(), &()).unwrap();
        assert_eq!(manifest, sample.manifest);
    }
}

#[test]
fn zstd_reads_it() {
    let temp = tempfile::tempdir().unwrap();
    let archive = large().archive();
    std::fs::write(temp.path().join("b.tar.zst"), &archive).unwrap();
    let Some(output) = run(temp.path(), "zstd", &["-q", "-d", "b.tar.zst"]) else { return };
    assert!(output.status.success(), "{output:?}");
    assert!(std::fs::read(temp.path().join("b.tar")).unwrap() == tar_of(&archive));
}
