//! The main job, from end to end, on a real vendored project: it is built offline, then a changed
//! file and a test that dials are refused.
//!
//! ```sh
//! cargo run --example quickstart
//! ```
//!
//! The project is `examples/quickstart/project`; it is copied to a temporary directory first. This
//! program plays go-offline itself when it is started with that name as its first argument, so
//! that nothing has to be installed.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1).peekable();
    if args.peek().is_some_and(|arg| arg == "go-offline") {
        return go_offline::cli::run(args);
    }
    match quickstart() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn quickstart() -> Result<()> {
    let temp = tempfile::tempdir().context("making a temporary directory")?;
    let project = temp.path().join("project");
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart/project");
    copy(&original, &project)?;

    say("1. A vendored project is built: lists checked, network cut, module cache empty.");
    let built = go_offline(&project, &["build", "-o", "hello", "."])?;
    ensure!(built == 0, "the build ended with {built}");
    let hello = Command::new(project.join("hello")).status().context("starting hello")?;
    ensure!(hello.success(), "hello ended with {hello}");

    say(
        "2. Somebody changes a vendored file. go would build it; with bytes verified it never starts.",
    );
    let file = project.join("vendor/github.com/google/uuid/version4.go");
    let sound = std::fs::read_to_string(&file).context("reading a vendored file")?;
    std::fs::write(&file, format!("{sound}\nfunc init() {{ println(\"TAMPERED\") }}\n"))?;
    let verified = ["--floor", "verify=bytes", "build", "-o", "hello", "."];
    let tampered = go_offline(&project, &verified)?;
    ensure!(tampered == 65, "the build of the changed project ended with {tampered}, not 65");
    std::fs::write(&file, sound)?;
    let sound = go_offline(&project, &verified)?;
    ensure!(sound == 0, "the build of the sound project ended with {sound}");

    say("3. A test dials out and swallows the error. go says ok; go-offline says 77, every time.");
    for _ in 0..2 {
        let dialled = go_offline(&project, &["test", "./dial"])?;
        ensure!(dialled == 77, "the dialling test ended with {dialled}, not 77");
    }
    say("All as it should be. Now try it on a project of yours: go-offline build ./...");
    Ok(())
}

/// Runs go-offline in the project and returns its exit code. The wall is required: this test must
/// never reach for a real network.
fn go_offline(project: &Path, args: &[&str]) -> Result<i32> {
    println!("\n$ go-offline {}", args.join(" "));
    let status = Command::new(std::env::current_exe()?)
        .arg("go-offline")
        .args(args)
        .current_dir(project)
        .env("PWD", project)
        .env("GOMODCACHE", project.with_file_name("empty-module-cache"))
        .env("GO_OFFLINE_ISOLATION", "require")
        .env_remove("GO_OFFLINE_PROFILE")
        .status()
        .context("starting go-offline")?;
    let code = status.code().with_context(|| format!("go-offline ended by {status}"))?;
    println!("[exit code {code}]");
    Ok(code)
}

fn say(text: &str) {
    println!("\n{text}");
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)
                .with_context(|| format!("copying {}", entry.path().display()))?;
        }
    }
    Ok(())
}
