//! The far side of the gap.

use super::near::temp;
use crate::program::Ran;
use crate::skip::skipped;
use sha2::{Digest, Sha256};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What is there besides go-offline: what a cgo build calls, and what a repository's own tests do.
const PROGRAMS: [&str; 14] = [
    "sh",
    "env",
    "git",
    "gcc",
    "cc",
    "g++",
    "ld",
    "as",
    "ar",
    "pkg-config",
    "cat",
    "ls",
    "cp",
    "rm",
];

/// A machine with an empty HOME, without Go, and without so much as a loopback interface.
pub(super) struct Gap {
    pub(super) temp: TempDir,
}

impl Gap {
    /// `None`, said loudly, where there are no namespaces to be had.
    pub(super) fn new() -> Option<Gap> {
        if !Command::new("unshare").args(UNSHARE).arg("true").status().is_ok_and(|s| s.success()) {
            skipped("no network namespace can be made here");
            return None;
        }
        let gap = Gap { temp: temp() };
        let bin = gap.temp.path().join("bin");
        for dir in [&gap.home(), &bin] {
            std::fs::create_dir(dir).unwrap();
        }
        for program in PROGRAMS {
            if let Ok(path) = which::which(program) {
                symlink(path, bin.join(program)).unwrap();
            }
        }
        symlink(env!("CARGO_BIN_EXE_go-offline"), bin.join("go-offline")).unwrap();
        Some(gap)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    pub(super) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// Another machine: nothing of what was built or unpacked is there any more.
    pub(super) fn forget(&self) {
        for dir in ["go", ".cache"] {
            remove(&self.home().join(dir));
        }
    }

    /// Runs go-offline there.
    pub(super) fn run(&self, dir: &Path, args: &[&str]) -> Ran {
        self.run_with(dir, args, &[])
    }

    pub(super) fn run_with(&self, dir: &Path, args: &[&str], env: &[(&str, &Path)]) -> Ran {
        // Itself it is not there.
        let mut command = Command::new(which::which("unshare").unwrap());
        command.args(UNSHARE).arg("go-offline").args(args).current_dir(dir).env_clear();
        command.env("PATH", self.path("bin")).env("HOME", self.home()).env("PWD", dir);
        Ran::of(&command.envs(env.iter().copied()).output().unwrap())
    }

    /// Runs it, and it is well; what it wrote.
    pub(super) fn well(&self, dir: &Path, args: &[&str]) -> Ran {
        let ran = self.run(dir, args);
        assert_eq!(ran.exit, 0, "{args:?}\n{}{}", ran.stdout, ran.stderr);
        ran
    }

    /// Verifies a bundle there and unpacks it, as one of which the hash is known.
    pub(super) fn unpack(&self, bundle: &Path) -> PathBuf {
        let (bundle, tree) = (bundle.to_str().unwrap(), self.path("tree"));
        let verified = self.run(self.temp.path(), &["bundle", "verify", bundle]);
        assert_eq!(verified.exit, 75, "{}{}", verified.stdout, verified.stderr);
        let only = ", the project by nothing but the bundle\n";
        assert!(verified.stdout.ends_with(only), "{}", verified.stdout);
        let hash = Sha256::digest(std::fs::read(bundle).unwrap());
        let hash = format!("sha256:{}", go_offline::gomod::hex(&hash));
        self.well(self.temp.path(), &["bundle", "verify", "--expect", &hash, bundle]);
        let tree_name = tree.to_str().unwrap();
        self.well(self.temp.path(), &["bundle", "unpack", "--expect", &hash, bundle, tree_name]);
        tree
    }
}

/// As an ordinary user it takes a user namespace too.
const UNSHARE: [&str; 2] = ["--map-root-user", "--net"];

/// go leaves directories that nothing can be removed from.
impl Drop for Gap {
    fn drop(&mut self) {
        self.forget();
    }
}

fn remove(dir: &Path) {
    let writable = Command::new("chmod").args(["-R", "u+w"]).arg(dir).output();
    drop(writable);
    let _ = std::fs::remove_dir_all(dir);
}
