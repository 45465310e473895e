//! The build cache must not hide an attempt to reach the network.
//!
//! A compiler wrapper or a test that dials and swallows the error succeeds, go caches the result,
//! and the second run would not start the program at all. So a run with an attempt removes the
//! cache entries written while it ran.
//!
//! Only the index goes (`HASH-a`, which says where the result of an action lies), not the results
//! (`HASH-d`): without its index entry a result is never found again, and a go command that runs
//! beside us and has found it already can still read it. Whoever else loses an entry compiles again.

use crate::profile::{GoEnv, UserEnv};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// File systems keep times more coarsely than the clock tells them.
const MARGIN: Duration = Duration::from_secs(2);

/// GOCACHE as the go command of a run finds it: the profile's, else the user's; `None` if there is
/// none.
pub(super) fn directory(env: &GoEnv, user: &UserEnv) -> Option<PathBuf> {
    let users = || user.get("GOCACHE").map(|(value, _)| value.to_os_string());
    match env.get("GOCACHE").cloned().or_else(users) {
        Some(value) if value == "off" => None,
        Some(value) => Some(PathBuf::from(value)),
        None => Some(user.environ.cache_dir()?.join("go-build")),
    }
}

/// Removes the entries written since `start`. Returns how many there were.
///
/// # Errors
/// The first entry that could not be looked at or removed; the others are removed all the same.
pub(super) fn forget_since(cache: &Path, start: SystemTime) -> std::io::Result<usize> {
    let since = start.checked_sub(MARGIN).unwrap_or(start);
    let mut removed = 0;
    let mut first_error = None;
    for directory in (0..=255).map(|byte| cache.join(format!("{byte:02x}"))) {
        let entries = match std::fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                first_error.get_or_insert(error);
                continue;
            }
        };
        for entry in entries.flatten() {
            match forget(&entry, since) {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
    }
    first_error.map_or(Ok(removed), Err)
}

fn forget(entry: &std::fs::DirEntry, since: SystemTime) -> std::io::Result<bool> {
    let gone = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound { Ok(false) } else { Err(error) }
    };
    let metadata = match entry.metadata() {
        Ok(metadata) => metadata,
        Err(error) => return gone(error),
    };
    let is_index = entry.file_name().as_encoded_bytes().ends_with(b"-a");
    if !is_index || metadata.is_dir() || metadata.modified()? < since {
        return Ok(false);
    }
    std::fs::remove_file(entry.path()).map(|()| true).or_else(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_since_is_forgotten() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("a0");
        std::fs::create_dir(&dir).unwrap();
        let old = std::fs::File::create(dir.join("old-a")).unwrap();
        old.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        std::fs::write(dir.join("new-a"), "x").unwrap();
        std::fs::write(dir.join("new-d"), "x").unwrap();
        std::fs::write(temp.path().join("trim.txt"), "x").unwrap();

        assert_eq!(forget_since(temp.path(), SystemTime::now()).unwrap(), 1);
        assert!(dir.join("old-a").exists() && !dir.join("new-a").exists());
        assert!(dir.join("new-d").exists(), "a result may be in use by another go command");
        assert!(temp.path().join("trim.txt").exists());
    }
}
