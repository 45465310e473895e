//! This side of the gap: projects, a module cache that may be written to, and bundles made of them.

use crate::corpus::corpus;
use crate::program::Ran;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// A directory for what may be written to, on one disk with all other build products.
pub(super) fn temp() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// What all runs share, since it comes over the network: the zips that have been fetched before, and
/// what has been read of the checksum database.
fn kept() -> &'static Path {
    static KEPT: OnceLock<PathBuf> = OnceLock::new();
    KEPT.get_or_init(|| {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("airgap");
        let downloads = kept.join("modcache/cache");
        if !downloads.is_dir() {
            std::fs::create_dir_all(&downloads).unwrap();
            let filled = std::env::var_os("GO_OFFLINE_MODCACHE");
            let filled = PathBuf::from(filled.expect("GO_OFFLINE_MODCACHE names a module cache"));
            copy(&filled.join("cache/download"), &downloads.join("download"));
        }
        kept
    })
}

/// A project to be carried, on this side.
pub(super) struct Near {
    pub(super) temp: TempDir,
    pub(super) project: PathBuf,
}

impl Near {
    /// A copy of a repository, as a clone would be: what git ignores is left out of a bundle.
    pub(super) fn of_corpus(repository: &str) -> Near {
        let temp = temp();
        let project = temp.path().join("project");
        copy(&corpus().join(repository), &project);
        let near = Near { temp, project };
        for args in [&["init", "-q"][..], &["add", "-Af", "."]] {
            let ran = near.run(Command::new("git").args(args));
            assert_eq!(ran.exit, 0, "git {args:?}: {}", ran.stderr);
        }
        near
    }

    /// A project of one file, whose go.sum go writes here.
    pub(super) fn tiny(go_mod: &str, main: &str) -> Near {
        let temp = temp();
        let project = temp.path().join("project");
        std::fs::create_dir(&project).unwrap();
        std::fs::write(project.join("go.mod"), go_mod).unwrap();
        std::fs::write(project.join("main.go"), main).unwrap();
        let near = Near { temp, project };
        let ran = near.run(near.command("go").args(["mod", "tidy"]));
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        near
    }

    /// A command in the project, with the module proxy that this machine is set to.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("GOMODCACHE", kept().join("modcache")).env("GOFLAGS", "-modcacherw");
        command.env("GO_OFFLINE_CACHE_DIR", kept().join("cache"));
        command
    }

    pub(super) fn run(&self, command: &mut Command) -> Ran {
        let command = command.current_dir(&self.project).env("PWD", &self.project);
        Ran::of(&command.output().unwrap())
    }

    /// Makes a bundle, and returns where it lies.
    pub(super) fn bundle(&self, name: &str, args: &[&str]) -> PathBuf {
        let bundle = self.temp.path().join(name);
        let mut command = self.command(env!("CARGO_BIN_EXE_go-offline"));
        let ran = self.run(command.args(["bundle", "create", "-o"]).arg(&bundle).args(args));
        assert_eq!(ran.exit, 0, "bundle create {args:?}: {}", ran.stderr);
        println!("{}", ran.stdout.trim());
        bundle
    }

    /// The same as a directory for a proxy.
    pub(super) fn exported(&self, bundle: &Path, layout: &str) -> PathBuf {
        let dir = self.temp.path().join(layout);
        let mut command = self.command(env!("CARGO_BIN_EXE_go-offline"));
        let command = command.args(["bundle", "export", "--layout", layout]);
        let ran = self.run(command.args([bundle, &dir]));
        assert_eq!(ran.exit, 0, "bundle export: {}", ran.stderr);
        dir
    }
}

/// Copies a directory.
pub(super) fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(copied.success(), "cp {}", from.display());
}

/// What a command wrote, for a message.
pub(super) fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}
