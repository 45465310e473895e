//! The tools that are tried, built from the configured module proxy once and kept between runs.

use crate::place::copy_program;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The newest that builds with the go versions the tests are run with.
const VERSION: &str = "v0.23.0";

/// gopls, where any user may start it.
pub(super) fn gopls() -> &'static Path {
    static GOPLS: OnceLock<PathBuf> = OnceLock::new();
    GOPLS.get_or_init(install_gopls)
}

/// A user of golang.org/x/tools/go/packages, where any user may start it.
pub(super) fn load() -> &'static Path {
    static LOAD: OnceLock<PathBuf> = OnceLock::new();
    LOAD.get_or_init(build_load)
}

fn install_gopls() -> PathBuf {
    let dir = kept(&format!("gopls-{VERSION}"));
    let program = dir.join("gopls");
    if !program.exists() {
        let module = format!("golang.org/x/tools/gopls@{VERSION}");
        build(Command::new("go").args(["install", &module]).env("GOBIN", &dir));
    }
    copy_program(&program, "gopls")
}

fn build_load() -> PathBuf {
    let program = kept("load").join("load");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/editors/load");
    // go itself knows whether there is something to do.
    build(Command::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(source));
    copy_program(&program, "load")
}

fn kept(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("editors").join(name);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// With the network and the caches of whoever runs the tests.
fn build(command: &mut Command) {
    let output = command.env_remove("GOFLAGS").env("GOWORK", "off").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
}
