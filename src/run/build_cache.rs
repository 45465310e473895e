//! The build cache must not hide an attempt to reach the network.
//!
//! A compiler wrapper or a test that dials and swallows the error succeeds, go caches the result,
//! and the second run would not start the program at all. So a run with an attempt removes the
//! cache entries written while it ran: from the profile's GOCACHE, and from that of each process that
//! made an attempt or led to it, since a script may have one of its own.
//!
//! Only the index goes (`HASH-a`, which says where the result of an action lies), not the results
//! (`HASH-d`): without its index entry a result is never found again, and a go command that runs
//! beside us and has found it already can still read it. Whoever else loses an entry compiles again.

use super::codes::NETWORK_ATTEMPT;
use crate::guard::{Process, Record};
use crate::profile::{GoEnv, UserEnv, quote};
use crate::report::{Finding, Level};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// File systems keep times more coarsely than the clock tells them.
const MARGIN: Duration = Duration::from_secs(2);

/// The variables by which a process finds its build cache: what the guard keeps of each.
pub(super) const KEPT_FOR_CACHES: &[&str] = &["GOCACHE", "XDG_CACHE_HOME", "HOME"];

/// How the README begins that go writes into each build cache.
const README: &str = "This directory holds cached build artifacts from the Go build system.";

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

/// Forgets what a run with an attempt has cached since `start`, wherever that is known to be. What
/// could not be forgotten is found.
pub(super) fn forget_run(
    record: &Record,
    profile: Option<&Path>,
    start: SystemTime,
) -> Vec<Finding> {
    caches_of(record, profile)
        .iter()
        .filter(|cache| Some(cache.as_path()) == profile || is_build_cache(cache))
        .filter_map(|cache| Some(kept(cache, &forget_since(cache, start).err()?)))
        .collect()
}

/// The build caches of those who made an attempt or led to it, after the profile's.
fn caches_of(record: &Record, profile: Option<&Path>) -> Vec<PathBuf> {
    let mut caches: Vec<PathBuf> = profile.map(Path::to_path_buf).into_iter().collect();
    let processes = record.violations().flat_map(|attempt| attempt.process.chain());
    for cache in processes.filter_map(cache_of) {
        if !caches.contains(&cache) {
            caches.push(cache);
        }
    }
    caches
}

/// The build cache that a go command finds in a process's environment. One that is relative or `off`
/// go refuses.
fn cache_of(process: &Process) -> Option<PathBuf> {
    let named = |name| process.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = named("GOCACHE")
        .or_else(|| Some(named("XDG_CACHE_HOME")?.join("go-build")))
        .or_else(|| Some(named("HOME")?.join(".cache/go-build")))?;
    cache.is_absolute().then_some(cache)
}

/// Whether go has made this directory: a script may name any as its GOCACHE, and we remove files.
fn is_build_cache(cache: &Path) -> bool {
    let is_signed = || {
        begins_with(&cache.join("README"), README.as_bytes()) || cache.join("trim.txt").is_file()
    };
    // Not by a link: it leads to somebody else's files.
    let is_dir = |path: PathBuf| path.symlink_metadata().is_ok_and(|found| found.is_dir());
    (0..=255).all(|byte| is_dir(cache.join(format!("{byte:02x}")))) && is_signed()
}

/// Whether a regular file begins with these bytes. A pipe is not waited for.
fn begins_with(path: &Path, start: &[u8]) -> bool {
    use std::io::Read;
    let mut read = vec![0; start.len()];
    let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
    is_file
        && std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut read).is_ok())
        && read == start
}

fn kept(cache: &Path, error: &std::io::Error) -> Finding {
    let message = format!("the build cache {} keeps results of this run: {error}", cache.display());
    Finding::new(NETWORK_ATTEMPT.name, Level::Warn, message)
        .with_cause("a next run may be served from it and not attempt the network again")
        .with_help(format!("run `GOCACHE={} go clean -cache -testcache`", quote(cache.as_os_str())))
}

/// Where nobody knows who it was, the caches of scripts are not known either.
pub(super) fn others_unknown(cache: &Path) -> Finding {
    let message = format!("only the build cache {} has forgotten this run", cache.display());
    Finding::new(NETWORK_ATTEMPT.name, Level::Warn, message)
        .with_cause("who made the attempt is not known, so a GOCACHE that a script sets for itself is not either: a next run may be served from it")
        .with_help("if a script sets a GOCACHE, run `go clean -cache -testcache` under it")
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
    use crate::guard::{Attempt, Kind, Nature};
    use std::sync::Arc;

    fn process(variables: &[(&str, &str)]) -> Process {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Process { variables: variables.iter().map(owned).collect(), ..Process::default() }
    }

    fn attempt(violation: bool, process: Process) -> Attempt {
        Attempt {
            kind: Kind::Tcp,
            address: "198.51.100.7:7777".to_owned(),
            host: None,
            call: "connect".to_owned(),
            process: Arc::new(process),
            count: 1,
            nature: Nature::Outward,
            violation,
        }
    }

    #[test]
    fn the_caches_of_all_who_led_to_an_attempt() {
        let script = process(&[("GOCACHE", "/script"), ("HOME", "/root")]);
        let test = Process {
            parents: vec![script, process(&[("XDG_CACHE_HOME", "/xdg"), ("HOME", "/root")])],
            ..process(&[("GOCACHE", ""), ("HOME", "/home/u")])
        };
        let record = Record {
            attempts: vec![
                attempt(true, test.clone()),
                attempt(true, test),
                attempt(true, process(&[("GOCACHE", "off"), ("HOME", "/h")])),
                attempt(true, process(&[("GOCACHE", "relative")])),
                attempt(true, process(&[])),
                attempt(true, process(&[("GOCACHE", "/profile")])),
                attempt(false, process(&[("GOCACHE", "/note")])),
            ],
            ..Record::default()
        };
        let caches = ["/profile", "/home/u/.cache/go-build", "/script", "/xdg/go-build"];
        let caches = caches.map(PathBuf::from);
        assert_eq!(caches_of(&record, Some(Path::new("/profile"))), caches);
        assert_eq!(caches_of(&record, None).len(), 4);
    }

    #[test]
    fn what_go_has_not_made_is_not_touched() {
        let temp = tempfile::tempdir().unwrap();
        let named = |name: &str| temp.path().join(name);
        for byte in 0..=255 {
            std::fs::create_dir(named(&format!("{byte:02x}"))).unwrap();
        }
        let entry = named("a0/1-a");
        let gocache = temp.path().to_str().unwrap();
        let record = Record {
            attempts: vec![attempt(true, process(&[("GOCACHE", gocache)]))],
            ..Record::default()
        };
        let is_forgotten = || {
            std::fs::write(&entry, "x").unwrap();
            assert!(forget_run(&record, None, SystemTime::now()).is_empty());
            !entry.exists()
        };
        assert!(!is_forgotten(), "nobody has signed it");
        std::fs::write(named("README"), "My photographs.\n").unwrap();
        assert!(!is_forgotten());
        std::fs::write(named("README"), format!("{README}\nRun \"go clean -cache\"")).unwrap();
        assert!(is_forgotten());
        std::fs::remove_file(named("README")).unwrap();
        std::fs::write(named("trim.txt"), "1700000000").unwrap();
        assert!(is_forgotten());
        std::fs::remove_dir(named("ff")).unwrap();
        std::os::unix::fs::symlink(named("a0"), named("ff")).unwrap();
        assert!(!is_forgotten(), "a link leads elsewhere");
    }

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
