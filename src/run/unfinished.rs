//! A run that is killed has no verdict, and what it cached must not be believed.
//!
//! go caches the result of one test while the next is still running. If we are killed in between
//! (SIGKILL: out of memory, the end of a CI job's time), nobody looks at the kernel's counters any
//! more. So each run that may cache something lays a marker into GOCACHE, locked as long as we
//! live. A marker that is not locked is of a run without a verdict: what was cached since it was
//! laid is forgotten.

use super::build_cache::forget_since;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const PREFIX: &str = "go-offline-run-";

/// A run that is going on.
#[derive(Debug)]
pub(super) struct Running {
    path: PathBuf,
    /// Closed with the process, however it ends; the lock goes with it.
    _lock: File,
}

impl Running {
    /// Forgets what runs without a verdict have cached, then marks this one. `None` where the cache
    /// cannot be written to: then nothing is kept there either, and go says so best itself.
    ///
    /// # Errors
    /// What an earlier run has cached cannot be forgotten, so that it could be served now; or the
    /// marker cannot be laid although the cache can be written to.
    pub(super) fn mark(cache: &Path) -> io::Result<Option<Running>> {
        // As go makes it.
        if std::fs::create_dir_all(cache).is_err() {
            return Ok(None);
        }
        settle(cache)?;
        let name = format!("{PREFIX}{}", std::process::id());
        let (path, unlocked) = (cache.join(&name), cache.join(format!("new-{name}")));
        let lock = match OpenOptions::new().write(true).create(true).truncate(true).open(&unlocked)
        {
            Ok(lock) => lock,
            Err(error) if is_read_only(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        // It gets its name when it is locked: nobody shall take it for one that was left.
        std::fs::rename(&unlocked, &path)?;
        Ok(Some(Running { path, _lock: lock }))
    }

    /// There is a verdict.
    pub(super) fn finish(self) {
        // If it stays, the next run forgets a little too much.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Looks for markers that nobody holds.
fn settle(cache: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(cache)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        match File::open(entry.path()) {
            Ok(marker) => settle_one(cache, &entry.path(), &marker)?,
            // Its run has just ended.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn settle_one(cache: &Path, path: &Path, marker: &File) -> io::Result<()> {
    match flock(marker, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let laid = marker.metadata()?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    forget_since(cache, laid)?;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn cache_with(names: &[&str]) -> tempfile::TempDir {
        let temp = tempfile::tempdir().unwrap();
        std::fs::create_dir(temp.path().join("a0")).unwrap();
        for name in names {
            std::fs::write(temp.path().join("a0").join(name), "x").unwrap();
        }
        temp
    }

    #[test]
    fn a_marker_that_was_left_takes_its_results_with_it() {
        let cache = cache_with(&["1-a"]);
        let old = File::create(cache.path().join("a0/0-a")).unwrap();
        old.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
        std::fs::write(cache.path().join(format!("{PREFIX}1")), "").unwrap();

        Running::mark(cache.path()).unwrap().unwrap().finish();
        assert!(!cache.path().join("a0/1-a").exists() && cache.path().join("a0/0-a").exists());
        assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 1, "only a0 is left");
    }

    #[test]
    fn a_run_that_goes_on_is_left_alone() {
        let cache = cache_with(&["1-a"]);
        let marker = File::create(cache.path().join(format!("{PREFIX}1"))).unwrap();
        flock(&marker, FlockOperation::LockExclusive).unwrap();

        Running::mark(cache.path()).unwrap().unwrap().finish();
        assert!(cache.path().join("a0/1-a").exists());
    }
}
