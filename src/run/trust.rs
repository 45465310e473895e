//! What a bundle is held against that is no part of it.

use super::Failure;
use crate::bundle::{ModuleEntry, Proven};
use crate::gomod::{GoSum, ModuleVersion, SumLine, line_col};
use crate::sumdb::Key;
use anyhow::{Context, anyhow};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What is trusted when a bundle is read.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The key of the checksum database.
    pub(super) key: Key,
    /// `sha256:HEX` of the archive.
    pub(super) expect: Option<String>,
    pub(super) go_sum: Option<KnownSums>,
}

impl Trust {
    /// Trust in the key of a checksum database alone.
    pub fn in_key(key: Key) -> Trust {
        Trust { key, expect: None, go_sum: None }
    }

    /// Trust in an archive with this hash too, `sha256:` and 64 hex digits.
    #[must_use]
    pub fn in_archive(self, expect: Option<String>) -> Trust {
        Trust { expect, ..self }
    }

    /// Trust in a go.sum too.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn in_go_sum(self, path: &Path) -> Result<Trust, Failure> {
        Ok(Trust { go_sum: Some(KnownSums::read(path)?), ..self })
    }
}

/// The hashes of a go.sum that is no part of the bundle, by path, version and whether it is that of go.mod.
#[derive(Debug, Clone)]
pub(super) struct KnownSums {
    path: PathBuf,
    hashes: HashMap<(ModuleVersion, bool), Vec<String>>,
}

impl KnownSums {
    fn read(path: &Path) -> Result<KnownSums, Failure> {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("reading {}", path.display()));
        let text = text.map_err(Failure::io)?;
        let sum = GoSum::parse(&text);
        let broken = sum.lines.iter().find(|line| line.is_broken_h1()).map(|line| &line.span);
        if let Some(span) = sum.malformed.first().map(|error| &error.span).or(broken) {
            return Err(Failure::config(anyhow!(
                "{}:{}: no line of a go.sum",
                path.display(),
                line_col(&text, span.start).0
            )));
        }
        let mut hashes: HashMap<_, Vec<String>> = HashMap::new();
        for line in sum.lines.into_iter().filter(SumLine::is_h1) {
            hashes.entry((line.module, line.go_mod)).or_default().push(line.hash);
        }
        Ok(KnownSums { path: path.to_owned(), hashes })
    }

    /// Whether a module of a bundle is known as a whole.
    ///
    /// # Errors
    /// It is known with another hash.
    fn prove(&self, entry: &ModuleEntry) -> anyhow::Result<bool> {
        let module = ModuleVersion::new(&entry.path, &entry.version);
        let mut is_proven = true;
        for (said, is_go_mod) in [(&entry.zip, false), (&entry.go_mod, true)] {
            let Some(said) = said else { continue };
            match self.hashes.get(&(module.clone(), is_go_mod)) {
                None => is_proven = false,
                Some(known) if known.contains(said) => {}
                Some(_) => {
                    return Err(anyhow!(
                        "{module} has the hash {said} in the bundle, and another in {}",
                        self.path.display()
                    ));
                }
            }
        }
        Ok(is_proven)
    }

    /// Holds every module of a bundle against the go.sum. What that has is proven by it.
    ///
    /// # Errors
    /// It has another hash.
    pub(super) fn hold<'a>(
        &self,
        entries: impl Iterator<Item = &'a ModuleEntry>,
        proven: &mut Proven,
    ) -> anyhow::Result<()> {
        let mut known = HashSet::new();
        for entry in entries {
            if self.prove(entry)? {
                known.insert(ModuleVersion::new(&entry.path, &entry.version));
            }
        }
        let before = proven.by_nothing.len();
        proven.by_nothing.retain(|module| !known.contains(module));
        proven.by_go_sum = before - proven.by_nothing.len();
        Ok(())
    }
}
