//! Fills the module cache: what go.sum names is looked at, and what is missing or wrong is fetched.
//!
//! ```text
//! wanted    ─► from the lines of go.sum to files of the cache, with their hashes   (pure)
//! look      ─► which of them are there and right                                   (reads)
//! repair    ─► what is wrong goes, one module version at a time                    (removes)
//! through_go─► the go command fetches, under the caller's environment              (runs)
//! ```
//!
//! The go command does the fetching: it alone knows every way to a module, from a proxy with a
//! password to somebody's git server, and it checks what comes against go.sum before it keeps it. What
//! it has kept is then hashed here.

mod access;
mod database;
mod detour;
mod look;
mod netrc;
mod proxy_list;
mod remote;
mod repair;
mod resolver;
mod source_of_sums;
#[cfg(test)]
mod test_server;
mod through_go;
mod wanted;

pub use access::Access;
pub use database::{Database, HeadChoice, Proven};
pub use detour::Detour;
pub use look::{Entry, Part, look};
pub use remote::Remote;
pub use repair::{lock, repair};
pub use source_of_sums::{SumdbSettings, SumdbSource};
pub use through_go::{FetchGo, Refused};
pub use wanted::{Files, Wanted, wanted};

use crate::gomod::ModuleVersion;
use crate::project::{ModuleCache, in_parallel};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is told while it goes on.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// So many of so many module versions have been looked at.
    Looked(usize, usize),
    /// So many of so many have been fetched, one of them this.
    Fetched(usize, usize, &'a ModuleVersion),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Fetched {
    /// All that was wanted, as it is now, in the order of the wanted.
    pub entries: Vec<Entry>,
    /// What was fetched, by module version.
    pub fetched: Vec<ModuleVersion>,
    /// What was wrong in the cache and has been removed: the file or directory, and why.
    pub repaired: Vec<(ModuleVersion, String)>,
    /// What could not be had, and why.
    pub refused: Vec<(ModuleVersion, Refused)>,
}

impl Fetched {
    /// Takes out of the cache what is wrong, and returns what is to be fetched. What only go.sum speaks against
    /// goes when there is what go.sum names: it may be go.sum that is wrong, and others have a use for it.
    fn repair_all(
        &mut self,
        cache: &ModuleCache,
        wanted: &[Wanted],
        go: &FetchGo<'_>,
        lacking: Vec<usize>,
    ) -> anyhow::Result<Vec<usize>> {
        let mut to_fetch = Vec::new();
        for at in lacking {
            if self.entries[at].is_other()
                && let Some(refused) = go.fetch_aside(&wanted[at])?
            {
                let why = format!(
                    "{}; it is left there, since what go.sum names is not to be had: {}",
                    self.entries[at].lacks().join("; "),
                    refused.why
                );
                self.refused.push((wanted[at].module.clone(), Refused { why, ..refused }));
                continue;
            }
            self.repair(cache, &wanted[at], at)?;
            to_fetch.push(at);
        }
        Ok(to_fetch)
    }

    /// Takes what is wrong with an entry out of the cache, and says whether there was anything.
    fn repair(&mut self, cache: &ModuleCache, wanted: &Wanted, at: usize) -> anyhow::Result<bool> {
        let removed = repair(cache, wanted, &self.entries[at])?;
        let is_any = !removed.is_empty();
        let shown = removed.into_iter().map(|(path, why)| format!("{}: {why}", path.display()));
        self.repaired.extend(shown.map(|what| (wanted.module.clone(), what)));
        Ok(is_any)
    }
}

/// Looks at what is wanted, and changes nothing.
///
/// # Errors
/// A file of the cache that is there and cannot be read.
pub fn look_at_all(
    cache: &ModuleCache,
    wanted: &[Wanted],
    tell: &(dyn Fn(Progress<'_>) + Sync),
) -> anyhow::Result<Vec<Entry>> {
    let done = AtomicUsize::new(0);
    let all = in_parallel(wanted, |one| {
        let entry = look(cache, one);
        tell(Progress::Looked(done.fetch_add(1, Ordering::Relaxed) + 1, wanted.len()));
        entry
    });
    all.into_iter().collect()
}

/// Fetches what is missing or wrong among what is wanted.
///
/// # Errors
/// A file of the cache that is there and cannot be read or removed.
pub fn fetch(
    cache: &ModuleCache,
    wanted: &[Wanted],
    go: &FetchGo<'_>,
    tell: &(dyn Fn(Progress<'_>) + Sync),
) -> anyhow::Result<Fetched> {
    let mut fetched = Fetched { entries: look_at_all(cache, wanted, tell)?, ..Fetched::default() };
    let lacking: Vec<usize> =
        (0..wanted.len()).filter(|at| !fetched.entries[*at].is_whole()).collect();
    if lacking.is_empty() {
        return Ok(fetched);
    }
    let lacking = fetched.repair_all(cache, wanted, go, lacking)?;
    let asked: Vec<&Wanted> = lacking.iter().map(|at| &wanted[*at]).collect();
    fetched.refused.extend(go.fetch(&asked, tell)?);
    for (at, one) in lacking.into_iter().zip(asked) {
        fetched.entries[at] = look(cache, one)?;
        // A directory is held against a zip: where that was missing, it is seen only now.
        if fetched.repair(cache, one, at)? {
            fetched.entries[at] = look(cache, one)?;
        }
        if fetched.entries[at].is_whole() {
            fetched.fetched.push(one.module.clone());
        } else if fetched.refused.iter().all(|(module, _)| *module != one.module) {
            let words = fetched.entries[at].lacks().join("; ");
            fetched.refused.push((one.module.clone(), Refused::other(words)));
        }
    }
    fetched.refused.retain(|(module, _)| !fetched.fetched.contains(module));
    Ok(fetched)
}
