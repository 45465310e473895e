//! Runs scripts with one go or another, and reads from the test binary's output what came of each.

use super::upstream::Upstream;
use crate::place::place;
use crate::world::{empty_network, inside, we_are_root};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A file to use in place of our program, started under the name `go`: for tests of the harness.
const STAND_IN: &str = "GO_OFFLINE_TEST_SHIM";

/// The directory of all runs.
const LOGS: &str = "go-scripts";

/// Who is `go` in the scripts, and how it finds the real go, which is always upstream's test binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Go {
    /// The control: the real go itself.
    Bare,
    /// Ours, and GO_OFFLINE_GO names the real one.
    ByVariable,
    /// Ours, and the real one stands on PATH behind it.
    ByPath,
    /// The same with a record of the real one beside ours, as `shim install` makes it.
    Installed,
}

impl Go {
    pub(super) fn name(self) -> &'static str {
        match self {
            Go::Bare => "bare go",
            Go::ByVariable => "ours, the real go named by GO_OFFLINE_GO",
            Go::ByPath => "ours, the real go looked up on PATH",
            Go::Installed => {
                "ours, the real go looked up on PATH, then in the record of `shim install`"
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Pass,
    Fail,
    Skip,
}

/// What came of one script, and what it wrote.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Result {
    pub(super) outcome: Outcome,
    pub(super) log: String,
}

pub(super) type Results = BTreeMap<String, Result>;

/// A compiled test binary, our program under the name `go`, and a network that holds nothing.
pub(super) struct Harness {
    upstream: Upstream,
    binary: &'static Path,
    shim: PathBuf,
    network: Option<File>,
    cache: String,
}

impl Harness {
    pub(super) fn new(upstream: Upstream) -> Harness {
        let program = std::env::var_os(STAND_IN).map_or(
            PathBuf::from(env!("CARGO_BIN_EXE_go-offline")),
            |stand_in| {
                println!("{STAND_IN}: {} stands in for the program", stand_in.display());
                PathBuf::from(stand_in)
            },
        );
        let binary = upstream.binary();
        let network = we_are_root().then(empty_network);
        if network.is_none() {
            println!("not root: the scripts run in this network; their go refuses to dial");
        }
        // The machine's own build cache, as upstream has it: it holds the standard library.
        let asked = Command::new(upstream.go()).args(["env", "GOCACHE"]).output().unwrap();
        let cache = String::from_utf8(asked.stdout).unwrap().trim().to_owned();
        let shim = link(&program);
        Harness { upstream, binary, shim, network, cache }
    }

    /// The same with another program in place of ours.
    pub(super) fn with(self, program: &Path) -> Harness {
        Harness { shim: link(program), ..self }
    }

    /// Runs the scripts of these names.
    pub(super) fn run(&self, go: Go, names: &[&str]) -> Results {
        let temporary = directory("tmp");
        let log = temporary.with_extension("log");
        let output = File::create(&log).unwrap();
        let mut command = Command::new(self.binary);
        command
            .args(["-test.v=test2json", "-test.timeout=60m", "-test.run"])
            .arg(format!("^TestScript$/^({})$", names.join("|")))
            .current_dir(self.upstream.source())
            .env_clear()
            .env("PATH", self.path())
            .env("HOME", place())
            .env("TMPDIR", &temporary)
            .env("GOCACHE", &self.cache)
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        match go {
            Go::Bare => {}
            Go::ByVariable => {
                command.env("SCRIPTS_GO", &self.shim).env("SCRIPTS_REAL_GO", "variable");
            }
            Go::ByPath => {
                command.env("SCRIPTS_GO", &self.shim).env("SCRIPTS_REAL_GO", "path");
            }
            Go::Installed => {
                let shim = link(&self.shim.canonicalize().unwrap());
                symlink(self.binary, shim.with_file_name(".go-offline-go")).unwrap();
                command.env("SCRIPTS_GO", shim).env("SCRIPTS_REAL_GO", "path");
            }
        }
        let status = inside(self.network.as_ref(), move || command.status().unwrap());
        let text = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
        let mut results = read(&text);
        let lost: Vec<&str> =
            names.iter().copied().filter(|name| !results.contains_key(*name)).collect();
        if !lost.is_empty() {
            println!("{}: {status}, and no word of {lost:?}; see {}", go.name(), log.display());
        }
        for name in lost {
            let result =
                Result { outcome: Outcome::Fail, log: format!("it did not end: {status}") };
            results.insert(name.to_owned(), result);
        }
        results
    }

    /// Where the whole output of every run is kept, until the tests are run again.
    pub(super) fn logs(&self) -> PathBuf {
        place().join(LOGS)
    }

    /// The caller's PATH, the go under test first.
    fn path(&self) -> std::ffi::OsString {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let bin = self.upstream.goroot.join("bin");
        std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap()
    }
}

/// The program under the name `go`, in a directory where nothing else is.
fn link(program: &Path) -> PathBuf {
    let link = directory("shim").join("go");
    symlink(program, &link).unwrap();
    link
}

fn directory(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let directory = place().join(LOGS).join(format!("{name}-{count}"));
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// Reads the output of a Go test binary under `-test.v=test2json`: behind each 0x16 a line of the
/// test harness, and then what the test that it names wrote.
fn read(text: &str) -> Results {
    let mut outcomes = BTreeMap::new();
    let mut logs: BTreeMap<&str, String> = BTreeMap::new();
    for piece in text.split('\u{16}') {
        let (line, wrote) = piece.split_once('\n').unwrap_or((piece, ""));
        let Some((what, name)) = line.split_once(" TestScript/") else { continue };
        let name = name.split(" (").next().expect("the first always exists").trim();
        logs.entry(name).or_default().push_str(wrote);
        let outcome = match what.trim() {
            "--- PASS:" => Outcome::Pass,
            "--- FAIL:" => Outcome::Fail,
            "--- SKIP:" => Outcome::Skip,
            _ => continue,
        };
        outcomes.insert(name, outcome);
    }
    outcomes
        .into_iter()
        .map(|(name, outcome)| {
            let log = logs.remove(name).unwrap_or_default();
            (name.to_owned(), Result { outcome, log })
        })
        .collect()
}

#[test]
fn what_came_of_each_script_is_read() {
    let text = "\u{16}=== RUN   TestScript/a\n\u{16}=== PAUSE TestScript/a\n\
        \u{16}=== CONT  TestScript/a\n    x\n--- FAIL: TestScript/b (1s)\n\
        \u{16}=== NAME  TestScript/b\n    y\n\u{16}=== NAME  TestScript/a\n    z\n\
        \u{16}--- PASS: TestScript/a (0.10s)\n\u{16}--- FAIL: TestScript/b (0.20s)\n\
        \u{16}=== NAME  TestScript/lost\n";
    let results = read(text);
    let outcomes: Vec<(&str, Outcome)> =
        results.iter().map(|(name, result)| (name.as_str(), result.outcome)).collect();
    assert_eq!(outcomes, [("a", Outcome::Pass), ("b", Outcome::Fail)]);
    assert_eq!(results["a"].log, "    x\n--- FAIL: TestScript/b (1s)\n    z\n");
    assert_eq!(results["b"].log, "    y\n");
}
