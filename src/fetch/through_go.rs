//! Lets the go command fetch.
//!
//! It is run in an empty module of its own, beside a copy of go.sum: so it refuses what go.sum does not
//! have and asks no checksum database for what go.sum has; and neither go.mod, vendor/ nor go.work of
//! the project has a say.

use super::{Files, Progress, Wanted};
use crate::gomod::ModuleVersion;
use anyhow::Context;
use serde::Deserialize;
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// How many go commands fetch at once, each of which fetches with all processors.
const COMMANDS: usize = 4;

/// Modules for one go command: few enough to show how it goes on.
const BATCH: usize = 12;

/// The module that the go command is run in.
const GO_MOD: &str = "module fetch.invalid\n\ngo 1.17\n";

/// The go command that fetches.
#[derive(Debug, Clone, Copy)]
pub struct FetchGo<'a> {
    /// The go command.
    pub path: &'a Path,
    /// What of the environment changes for it: by name, with `None` for what is unset.
    pub env: &'a [(OsString, Option<OsString>)],
    /// The lines of go.sum.
    pub go_sum: &'a str,
}

/// Why a module version could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What the go command says, or what is wrong with what it left.
    pub why: String,
    /// Who says that it has another hash: go.sum, or a checksum database by its name. `None` if there was
    /// nothing to have a hash.
    pub contradicted_by: Option<String>,
}

impl Refused {
    /// A reason that is no mismatch.
    pub(super) fn other(why: impl Into<String>) -> Refused {
        Refused { why: why.into(), contradicted_by: None }
    }

    fn of(module: &ModuleVersion, words: &str) -> Refused {
        // The rest of it explains what that means.
        let contradicted_by = contradicted_by(words);
        let words = words.split("SECURITY ERROR").next().unwrap_or(words);
        let words = words.trim().strip_prefix(&format!("{module}: ")).unwrap_or(words);
        Refused { why: one_line(words), contradicted_by }
    }
}

/// What `go mod download -json` and `go list -m -json` say of a module version.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    #[serde(default)]
    path: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    error: Option<Error>,
}

/// An error as the one command writes it, and as the other does.
#[derive(Deserialize)]
#[serde(untagged)]
enum Error {
    Text(String),
    Object {
        #[serde(rename = "Err")]
        err: String,
    },
}

/// Modules that one go command is asked for: all with their zips, or all without.
struct Batch<'a> {
    modules: Vec<&'a ModuleVersion>,
    zips: bool,
}

impl FetchGo<'_> {
    /// Fetches what is wanted, and says what could not be had. That what is not named has come is for
    /// the caller to look at.
    ///
    /// # Errors
    /// The go command cannot be started.
    pub(super) fn fetch(
        &self,
        wanted: &[&Wanted],
        tell: &(dyn Fn(Progress<'_>) + Sync),
    ) -> anyhow::Result<Vec<(ModuleVersion, Refused)>> {
        let dir = self.module().context("making a directory for the go command to fetch from")?;
        let batches = batches(wanted);
        let next = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        let refused = Mutex::new(Vec::new());
        let work = || -> anyhow::Result<()> {
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                let said = self.fetch_batch(dir.path(), batch)?;
                refused.lock().unwrap_or_else(PoisonError::into_inner).extend(said);
                for module in &batch.modules {
                    let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                    tell(Progress::Fetched(done, wanted.len(), module));
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..COMMANDS.min(batches.len())).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().expect("a panic ends the process"))
        })?;
        let mut refused = refused.into_inner().unwrap_or_else(PoisonError::into_inner);
        refused.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(refused)
    }

    /// Fetches a module version into an empty module cache, and says why it could not be had, if it could not.
    ///
    /// # Errors
    /// The go command cannot be started, or the directory for it cannot be made.
    pub(super) fn fetch_aside(&self, wanted: &Wanted) -> anyhow::Result<Option<Refused>> {
        let making = "making a directory for the go command to fetch to";
        let aside = tempfile::Builder::new().prefix("go-offline-fetch-").tempdir();
        let aside = aside.context(making)?;
        let own = [
            ("GOMODCACHE".into(), Some(aside.path().as_os_str().to_owned())),
            // It is to be removed.
            ("GOFLAGS".into(), Some("-modcacherw".into())),
        ];
        // Of two for one name the first counts.
        let env: Vec<_> = own.into_iter().chain(self.env.iter().cloned()).collect();
        let refused = FetchGo { env: &env, ..*self }.fetch(&[wanted], &|_| {})?;
        Ok(refused.into_iter().next().map(|(_, refused)| refused))
    }

    fn module(&self) -> std::io::Result<TempDir> {
        let dir = tempfile::Builder::new().prefix("go-offline-fetch-").tempdir()?;
        std::fs::write(dir.path().join("go.mod"), GO_MOD)?;
        std::fs::write(dir.path().join("go.sum"), self.go_sum)?;
        Ok(dir)
    }

    fn fetch_batch(
        &self,
        dir: &Path,
        batch: &Batch<'_>,
    ) -> anyhow::Result<Vec<(ModuleVersion, Refused)>> {
        let output = self.run(dir, batch)?;
        let said: Vec<Said> = serde_json::Deserializer::from_slice(&output.stdout)
            .into_iter()
            .collect::<Result<_, _>>()
            .unwrap_or_default();
        let answered: HashSet<(&str, &str)> =
            said.iter().map(|said| (said.path.as_str(), said.version.as_str())).collect();
        let errors = said.iter().filter_map(|said| {
            let words = match said.error.as_ref()? {
                Error::Text(words) | Error::Object { err: words } => words,
            };
            let module = ModuleVersion::new(&said.path, &said.version);
            let refused = Refused::of(&module, words);
            Some((module, refused))
        });
        let mut refused: Vec<_> = errors.collect();
        if output.status.success() {
            return Ok(refused);
        }
        // One module whose go.mod is not what go.sum says ends the command for all: `base.Fatal`.
        let left: Vec<&ModuleVersion> = batch
            .modules
            .iter()
            .copied()
            .filter(|module| !answered.contains(&(module.path.as_str(), module.version.as_str())))
            .collect();
        match (left.as_slice(), batch.modules.len()) {
            ([], _) => {}
            ([module], 1) => {
                let words = String::from_utf8_lossy(&output.stderr);
                refused.push(((*module).clone(), Refused::of(module, &words)));
            }
            (left, _) => {
                for module in left {
                    let alone = Batch { modules: vec![module], zips: batch.zips };
                    refused.extend(self.fetch_batch(dir, &alone)?);
                }
            }
        }
        Ok(refused)
    }

    fn run(&self, dir: &Path, batch: &Batch<'_>) -> anyhow::Result<Output> {
        let words: &[&str] = match batch.zips {
            true => &["mod", "download", "-json"],
            // Gets what the proxy says of a version and its go.mod, and no zip.
            false => &["list", "-m", "-e", "-json"],
        };
        let modules = batch.modules.iter().map(ToString::to_string);
        let args: Vec<String> = words.iter().map(ToString::to_string).chain(modules).collect();
        let mut command = duct::cmd(self.path.as_os_str(), &args);
        for (name, value) in self.env {
            command = match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let command = command.env("GOWORK", "off").env("PWD", dir).dir(dir);
        let output = command.stdin_null().stdout_capture().stderr_capture().unchecked().run();
        let shown = PathBuf::from(self.path).display().to_string();
        output.with_context(|| format!("running {shown} {}", args.join(" ")))
    }
}

fn batches<'a>(wanted: &[&'a Wanted]) -> Vec<Batch<'a>> {
    let (with_zips, others): (Vec<_>, Vec<_>) =
        wanted.iter().copied().partition(|one| one.files == Files::Zip);
    let of = |wanted: &[&'a Wanted], zips| Batch {
        modules: wanted.iter().map(|one| &one.module).collect(),
        zips,
    };
    let with_zips = with_zips.chunks(BATCH).map(|wanted| of(wanted, true));
    with_zips.chain(others.chunks(BATCH).map(|wanted| of(wanted, false))).collect()
}

/// Whose hash go found another one than that of what it has downloaded: behind `checksum mismatch` a line
/// for each of both, `cmd/go/internal/modfetch/fetch.go` `checkModSum`, `checkSumDB`.
fn contradicted_by(words: &str) -> Option<String> {
    let (_, lines) = words.split_once("checksum mismatch")?;
    let names = lines.lines().filter_map(|line| line.trim().split_once(": ").map(|(name, _)| name));
    let name = names.map(str::trim).find(|name| *name != "downloaded");
    Some(name.unwrap_or("go.sum").to_owned())
}

fn one_line(words: &str) -> String {
    words.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_contradicts_is_named_as_go_names_it() {
        let module = ModuleVersion::new("a.b/c", "v1.0.0");
        for (name, padding) in [("go.sum", "     "), ("sum.golang.org", "")] {
            let words = format!(
                "a.b/c@v1.0.0: verifying module: checksum mismatch\n\tdownloaded: h1:x=\n\t{name}:{padding} h1:y=\n\nSECURITY ERROR\nThis download does NOT match\n"
            );
            let refused = Refused::of(&module, &words);
            assert_eq!(refused.contradicted_by.as_deref(), Some(name));
            assert!(refused.why.starts_with("verifying module: checksum mismatch; downloaded:"));
        }
        assert_eq!(Refused::of(&module, "a.b/c@v1.0.0: 404 Not Found").contradicted_by, None);
    }
}
