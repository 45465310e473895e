//! A bundle's own Go, where none is installed and where an older one is.

use super::gap::Gap;
use super::near::Near;
use std::path::Path;

const MAIN: &str = "package main

import (
	\"fmt\"
	\"runtime\"

	\"rsc.io/quote\"
)

func main() { fmt.Println(runtime.Version(), quote.Go()) }
";

fn go_mod(lines: &str) -> String {
    format!("module example.com/tiny\n\n{lines}\n\nrequire rsc.io/quote v1.5.2\n")
}

#[test]
#[ignore = "needs GO_OFFLINE_MODCACHE and a module proxy"]
fn the_toolchain_that_a_project_asks_for_is_the_one_that_runs() {
    let Some(gap) = Gap::new() else { return };
    let near = Near::tiny(&go_mod("go 1.24.0\n\ntoolchain go1.24.1"), MAIN);
    // By itself it is the one of the line.
    let own = near.bundle("own.tar.zst", &["--toolchain"]);
    let listed = gap.well(gap.temp.path(), &["bundle", "list", own.to_str().unwrap()]).stdout;
    assert!(listed.contains(&format!(" {} zip", host("v0.0.1-go1.24.1"))), "{listed}");
    let bundle = near.bundle("b.tar.zst", &["--toolchain=1.24.1,1.25.1", "--with-source"]);
    let tree = gap.unpack(&bundle);
    let project = tree.join("source");
    let said = |args: &[&str]| gap.well(&project, args).stdout;
    assert!(said(&["version"]).contains(" go1.24.1 "), "{}", said(&["version"]));
    assert_eq!(said(&["run", "."]).split(' ').next(), Some("go1.24.1"));

    // Now Go is installed, and older than what is asked for.
    let older = ["go/pkg/mod/golang.org", &host("toolchain@v0.0.1-go1.24.1"), "bin/go"];
    let older = older.iter().fold(gap.home(), |path, part| path.join(part));
    assert!(older.is_file(), "{}", older.display());
    let run = |args: &[&str]| gap.run_with(&project, args, &[("GO_OFFLINE_GO", older.as_path())]);
    assert!(run(&["version"]).stdout.contains(" go1.24.1 "), "{}", run(&["version"]).stderr);
    std::fs::write(project.join("go.mod"), changed(&project, "go 1.24.0", "go 1.25.1")).unwrap();
    let ran = run(&["run", "."]);
    assert_eq!((ran.exit, ran.stdout.split(' ').next()), (0, Some("go1.25.1")), "{}", ran.stderr);
    // One that nobody has is named.
    std::fs::write(project.join("go.mod"), changed(&project, "go 1.25.1", "go 1.99.0")).unwrap();
    let ran = run(&["run", "."]);
    assert!(ran.exit != 0 && ran.stderr.contains("1.99.0"), "{} {}", ran.exit, ran.stderr);
}

/// go.mod with another go line, and no toolchain line, which would have to be newer.
fn changed(project: &Path, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(project.join("go.mod")).unwrap();
    assert!(text.contains(from), "{text}");
    text.replace(from, to).replace("\n\ntoolchain go1.24.1", "")
}

/// What a version of the toolchain is called on this machine.
fn host(version: &str) -> String {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    format!("{version}.linux-{arch}")
}
