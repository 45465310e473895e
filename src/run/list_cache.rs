//! Lists of the files of module versions in the user's cache, by their h1.
//!
//! A list proves itself against go.sum whenever it is used, so the cache needs no trust, and works
//! everywhere, CI among it. Where there is no cache, or it cannot be written, there is none.

use crate::gomod::ModuleVersion;
use crate::lock::{LEVEL_FAST, Listed, read_lists, write_lists};
use crate::project::keep;
use std::path::PathBuf;

/// Changes with what a list carries and calls complete all the same: an older one would lack it, and
/// nobody could tell.
const DIR: &str = "lists-1";

/// The directory of lists, if there is a cache.
#[derive(Debug, Clone)]
pub(super) struct ListCache {
    dir: Option<PathBuf>,
}

impl ListCache {
    pub(super) fn new(cache: Option<PathBuf>) -> ListCache {
        ListCache { dir: cache.map(|cache| cache.join(DIR)) }
    }

    /// The list kept for a hash of a module version. Nothing is believed of it yet.
    pub(super) fn get(&self, module: &ModuleVersion, h1: &str) -> Option<Listed> {
        let bytes = std::fs::read(self.path(h1)?).ok()?;
        let lists = read_lists(&bytes).ok()?;
        lists.into_iter().find(|list| list.files.module() == module)
    }

    /// Keeps a list. A reader sees all of it or nothing; that it cannot be kept is no error.
    pub(super) fn put(&self, listed: &Listed) {
        if let Some(path) = self.path(&listed.files.h1()) {
            let _ = keep(&path, &write_lists(&[listed], LEVEL_FAST));
        }
    }

    /// The file of a hash: base64 made safe for file names.
    fn path(&self, h1: &str) -> Option<PathBuf> {
        let name = h1.strip_prefix("h1:")?.trim_end_matches('=');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
        if name.is_empty() || !name.chars().all(is_plain) {
            return None;
        }
        let name = name.replace('+', "-").replace('/', "_");
        Some(self.dir.as_ref()?.join(format!("{name}.zst")))
    }
}
