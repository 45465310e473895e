//! Runs a command through `examples/cage.rs`, as root and as an ordinary user.
//!
//! A process of its own, since the guard wants to be prepared before there are threads.

use crate::place::copy_program;
use crate::skip::skipped;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::SystemTime;

/// Nobody in particular: owns no file that matters.
pub(super) const ORDINARY: u32 = 65534;

/// On whose behalf a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Root, if the tests run as root.
    Root,
    /// An ordinary user.
    Ordinary,
}

pub(super) fn we_are_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The callers that can be played and have a wall here. What is missing is said as skipped.
pub(super) fn callers() -> Vec<Caller> {
    let mut callers = Vec::new();
    if we_are_root() {
        callers.push(Caller::Root); // root must have a wall, or the tests are to fail
    } else {
        skipped("the part as root: not root");
    }
    let trial = run(Caller::Ordinary.cage(["true"]));
    if trial.code() == Some(69) {
        skipped(&format!("the part as an ordinary user: {}", trial.stderr.trim()));
    } else {
        callers.push(Caller::Ordinary);
    }
    callers
}

impl Caller {
    /// `program` without a cage.
    pub(super) fn bare<S: AsRef<OsStr>>(self, words: impl IntoIterator<Item = S>) -> Command {
        let mut words = words.into_iter();
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).current_dir("/");
        if self == Caller::Ordinary && we_are_root() {
            command.uid(ORDINARY).gid(ORDINARY);
        }
        command
    }

    /// The same in the cage.
    pub(super) fn cage<S: AsRef<OsStr>>(self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.bare([&binaries().cage]);
        command.args(words);
        command
    }

    /// The same with nothing but the kernel's counters.
    fn cage_unwatched<S: AsRef<OsStr>>(self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.bare([&binaries().cage]);
        command.arg("--unwatched").args(words);
        command
    }

    /// The test binary itself as a small program, see `probe`.
    pub(super) fn bare_probe(self, script: &str) -> Command {
        let mut command = self.bare([&binaries().probe]);
        command.args(super::probe::ARGUMENTS).env(super::probe::SCRIPT, script);
        command
    }

    /// The same in the cage.
    pub(super) fn caged_probe(self, script: &str) -> Command {
        self.caged_probe_by(Calls::Watched, script)
    }

    /// The same in a cage of either kind.
    pub(super) fn caged_probe_by(self, calls: Calls, script: &str) -> Command {
        let probe = [&binaries().probe];
        let mut command = match calls {
            Calls::Watched => self.cage(probe),
            Calls::Unwatched => self.cage_unwatched(probe),
        };
        command.args(super::probe::ARGUMENTS).env(super::probe::SCRIPT, script);
        command
    }
}

/// Whether the calls in a cage are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calls {
    Watched,
    Unwatched,
}

/// Where any user may execute them, which a build directory need not allow.
pub(super) struct Binaries {
    pub(super) cage: PathBuf,
    probe: PathBuf,
}

pub(super) fn binaries() -> &'static Binaries {
    static BINARIES: OnceLock<Binaries> = OnceLock::new();
    BINARIES.get_or_init(|| {
        let own = std::env::current_exe().expect("the test binary has a path");
        let profile = own.parent().and_then(Path::parent).expect("target/PROFILE/deps/it");
        let cage = profile.join("examples/cage");
        let built = changed(&cage).unwrap_or_else(|error| panic!("{}: {error}", cage.display()));
        for source in made_from(&cage) {
            // `cargo test --test it` alone does not build it anew.
            let stale = changed(&source).is_ok_and(|then| then > built);
            assert!(!stale, "{} is out of date: `cargo build --examples`", cage.display());
        }
        Binaries { cage: copy_program(&cage, "cage"), probe: copy_program(&own, "probe") }
    })
}

fn changed(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// The guard's files among those that cargo says a program was built from.
fn made_from(program: &Path) -> Vec<PathBuf> {
    let list = fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let ours = |file: &&str| file.contains("src/guard/") || file.ends_with("examples/cage.rs");
    list.split_whitespace().filter(ours).map(PathBuf::from).collect()
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(super) status: std::process::ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

pub(super) fn run(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    Ran { status, stdout: text(&stdout), stderr: text(&stderr) }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Ran {
    pub(super) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    pub(super) fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// What was seen of IPv4 and IPv6, and what the kernel counted beyond it.
    pub(super) fn attempts(&self) -> (u64, u64) {
        let line = self.said("cage: attempts ");
        let numbers: Vec<u64> = line
            .split(|c: char| !c.is_ascii_digit())
            .filter(|word| !word.is_empty())
            .map(|word| word.parse().unwrap())
            .collect();
        // "2 (ipv4 1, ipv6 1)": the families have a digit in their names.
        let [total, 4, ipv4, 6, ipv6] = numbers[..] else { panic!("{line:?}") };
        assert_eq!(total, ipv4 + ipv6);
        (ipv4, ipv6)
    }

    /// How many attempts are known to the kernel only.
    pub(super) fn known_to_the_kernel_only(&self) -> u64 {
        let line = self.stderr.lines().find_map(|line| line.strip_prefix("cage: of these "));
        line.map_or(0, |line| line.split(' ').next().unwrap().parse().unwrap())
    }

    pub(super) fn level(&self) -> &str {
        self.said("cage: level ")
    }

    fn said(&self, start: &str) -> &str {
        self.stderr
            .lines()
            .find_map(|line| line.strip_prefix(start))
            .unwrap_or_else(|| panic!("no {start:?} in {self:?}"))
    }

    /// The lines that the probe printed.
    pub(super) fn probe(&self) -> Vec<&str> {
        self.stdout.lines().filter_map(|line| line.strip_prefix("probe: ")).collect()
    }
}
