//! The programs that dial, compiled once for all tests.

use crate::place::place;
use crate::skip::skipped;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the programs are. `None` for what cannot be made here, which was said.
pub(crate) struct Programs {
    directory: PathBuf,
    made: Vec<&'static str>,
}

/// The programs; the first to ask waits for the compilers.
pub(crate) fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let directory = place().join("dial");
        fs::create_dir_all(&directory).unwrap();
        let mut made = Vec::new();
        made.extend(go(&directory));
        made.extend(c(&directory));
        made.extend(python(&directory));
        Programs { directory, made }
    })
}

impl Programs {
    /// The path of a program by the name that rows call it, if it could be made.
    pub(crate) fn path(&self, name: &str) -> Option<String> {
        let made = self.made.contains(&name);
        made.then(|| self.directory.join(name).display().to_string())
    }

    /// The words that rows may use.
    pub(crate) const NAMES: [&'static str; 6] =
        ["c", "c-static", "go", "go-cgo", "go-386", "python"];
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cage/programs")
}

fn go(directory: &Path) -> Vec<&'static str> {
    let module = directory.join("module");
    fs::create_dir_all(&module).unwrap();
    fs::copy(sources().join("dial.go"), module.join("main.go")).unwrap();
    fs::write(module.join("go.mod"), "module example.com/dial\n\ngo 1.21\n").unwrap();
    let build = |name: &'static str, flags: &[&str], variables: &[(&str, &str)]| {
        // The caches of whoever runs the tests: the standard library is compiled there once.
        let mut command = Command::new("go");
        command.args(["build", "-buildvcs=false"]).args(flags).arg("-o").arg(directory.join(name));
        command.env("GOWORK", "off").env("GOFLAGS", "").envs(variables.iter().copied());
        made(command.arg(".").current_dir(&module)).then_some(name)
    };
    let mut names = Vec::new();
    names.extend(build("go", &[], &[("CGO_ENABLED", "0")]));
    if cfg!(target_arch = "x86_64") {
        names.extend(build("go-386", &[], &[("CGO_ENABLED", "0"), ("GOARCH", "386")]));
    }
    if have("gcc") {
        names.extend(build("go-cgo", &["-tags=netcgo"], &[("CGO_ENABLED", "1")]));
    }
    names
}

fn c(directory: &Path) -> Vec<&'static str> {
    if !have("gcc") {
        skipped("the programs in C: there is no gcc");
        return Vec::new();
    }
    let mut files: Vec<PathBuf> =
        fs::read_dir(sources()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "c"));
    files.sort();
    let build = |name: &'static str, flags: &[&str]| {
        let mut command = Command::new("gcc");
        command.args(["-O1", "-pthread", "-w"]).args(flags).args(&files);
        made(command.arg("-o").arg(directory.join(name))).then_some(name)
    };
    let mut names: Vec<_> = build("c", &[]).into_iter().collect();
    let linked = build("c-static", &["-static"]);
    if linked.is_none() {
        skipped("the static program in C: there is no static C library");
    }
    names.extend(linked);
    names
}

fn python(directory: &Path) -> Option<&'static str> {
    if !have("python3") {
        skipped("the program in Python: there is no python3");
        return None;
    }
    fs::copy(sources().join("dial.py"), directory.join("python")).unwrap();
    Some("python")
}

/// Whether it is in a directory that is on the PATH of every world.
fn have(program: &str) -> bool {
    ["/usr/local/bin", "/usr/bin", "/bin"].iter().any(|bin| Path::new(bin).join(program).exists())
}

fn made(command: &mut Command) -> bool {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    let static_is_missing = said.contains("cannot find -l");
    assert!(output.status.success() || static_is_missing, "{command:?}: {said}");
    output.status.success()
}
