//! Remembers what came of a check as long as nothing has changed that it rests on.
//!
//! Kept in the user's cache, one file for each vendor directory: a digest over the texts that say what
//! should be there, the stamps of everything that was read, and the answer. It is used only where every
//! stamp is still the same; a file whose stamp could be the same after a change, because it was
//! written within the time that a clock cannot tell apart, keeps everything from being remembered.
//! Whoever may write the user's cache may also write `~/.bashrc`; still the file counts only if it is
//! the user's own and nobody else may write it, and never with `--strict`, `--no-cache` or in a CI.

use crate::check::Bytes;
use crate::gomod::hex;
use crate::lock::{LISTS_FILE, LOCK_FILE};
use crate::project::keep;
use crate::project::{List, Project, Snapshot, SumFile, Tree};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Changes with the form of the file and with the meaning of any rule.
const FORMAT: &str = concat!("go-offline stat cache 1, ", env!("CARGO_PKG_VERSION"), "\n");

/// Bytes of a SHA-256.
const HASH: usize = 32;

/// Where a project's file is.
#[derive(Debug, Clone)]
pub(super) struct StatCache {
    file: PathBuf,
    kind: &'static str,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) bytes: Bytes,
    pub(super) tree: Tree,
    pub(super) snapshots: Vec<Snapshot>,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    bytes: Bytes,
    tree: Tree,
}

/// Nanoseconds since 1970.
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or_default()
}

impl StatCache {
    /// The file for a vendor directory, in a directory of the user's. `kind` tells checks apart that
    /// look at different things.
    pub(super) fn new(cache: &Path, vendor: &Path, kind: &'static str) -> StatCache {
        let name = hex(&Sha256::digest(vendor.as_os_str().as_bytes())[..16]);
        StatCache { file: cache.join("stat").join(format!("{name}-{kind}")), kind }
    }

    /// A digest of the texts that say what should be there, and of what there is to hold it against.
    pub(super) fn key(
        &self,
        project: &Project,
        list: Option<&List>,
        sums: &[SumFile],
        more: &[&[u8]],
    ) -> [u8; HASH] {
        let mut hash = Sha256::new();
        let mut part = |text: &[u8]| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        part(FORMAT.as_bytes());
        part(self.kind.as_bytes());
        part(project.root.as_os_str().as_bytes());
        for text in project.texts() {
            part(text.as_bytes());
        }
        part(list.map_or("", |list| &list.file.text).as_bytes());
        for sum in sums {
            part(sum.content.as_ref().map_or("", |(file, _)| &file.text).as_bytes());
        }
        for text in more {
            part(text);
        }
        for name in [LISTS_FILE, LOCK_FILE] {
            let mut stamp = String::new();
            if let Ok(meta) = std::fs::metadata(project.root.join(name)) {
                let of = (meta.dev(), meta.ino(), meta.size());
                let at = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
                let _ = write!(stamp, "{of:?} {at:?}");
            }
            part(stamp.as_bytes());
        }
        hash.finalize().into()
    }

    /// The answer that is remembered for a key, or else the one that is found, which is remembered then.
    pub(super) fn remembered<E>(
        cache: Option<(&StatCache, [u8; HASH])>,
        find: impl FnOnce() -> Result<Verdict, E>,
    ) -> Result<Verdict, E> {
        let Some((cache, key)) = cache else { return find() };
        if let Some(verdict) = cache.get(&key) {
            return Ok(verdict);
        }
        let now = now();
        let verdict = find()?;
        cache.put(&key, &verdict, now);
        Ok(verdict)
    }

    /// The answer that is remembered for a key, if everything still looks as it did.
    fn get(&self, key: &[u8; HASH]) -> Option<Verdict> {
        let bytes = read_own(&self.file)?;
        let (body, seal) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
        let rest = body.strip_prefix(FORMAT.as_bytes())?.strip_prefix(key)?;
        if Sha256::digest(body)[..] != *seal {
            return None;
        }
        let (count, mut rest) = rest.split_first_chunk::<4>()?;
        let mut snapshots = Vec::new();
        for _ in 0..u32::from_le_bytes(*count) {
            let (snapshot, behind) = Snapshot::read(rest)?;
            snapshots.push(snapshot);
            rest = behind;
        }
        if !snapshots.iter().all(Snapshot::is_unchanged) {
            return None;
        }
        let Answer { bytes, tree } = serde_json::from_slice(rest).ok()?;
        Some(Verdict { bytes, tree, snapshots })
    }

    /// Remembers an answer that was found at a time. Nothing is kept of what could change without a
    /// trace, nor of what better evidence may still come for; that it cannot be kept is no error.
    fn put(&self, key: &[u8; HASH], verdict: &Verdict, now: i64) {
        let is_settled = verdict.snapshots.iter().all(|snapshot| snapshot.is_settled(now));
        // What rests on nothing that could be looked at again may change at any time.
        if is_settled && !verdict.snapshots.is_empty() && verdict.bytes.is_final() {
            let _ = self.try_put(key, verdict);
        }
    }

    fn try_put(&self, key: &[u8; HASH], verdict: &Verdict) -> Option<()> {
        let mut out = FORMAT.as_bytes().to_vec();
        out.extend(key);
        out.extend(u32::try_from(verdict.snapshots.len()).ok()?.to_le_bytes());
        for snapshot in &verdict.snapshots {
            snapshot.write(&mut out);
        }
        let answer = Answer { bytes: verdict.bytes.clone(), tree: verdict.tree.clone() };
        serde_json::to_writer(&mut out, &answer).ok()?;
        let seal = Sha256::digest(&out);
        out.extend(seal);
        keep(&self.file, &out)
    }
}

/// A file that is the user's own and that nobody else may write.
pub(super) fn read_own(path: &Path) -> Option<Vec<u8>> {
    use std::io::Read;
    let mut file = std::fs::File::open(path).ok()?;
    let meta = file.metadata().ok()?;
    let is_own = meta.uid() == rustix::process::geteuid().as_raw() && meta.mode() & 0o022 == 0;
    if !is_own || !meta.is_file() {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).ok()?);
    file.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
