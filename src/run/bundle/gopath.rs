//! A GOPATH for one bundle alone.
//!
//! go keeps in `GOPATH/pkg/sumdb` which state of the checksum database it saw last, and wants a proof
//! that the next one is its successor. A bundle holds one state and no such proof, so that whatever
//! the user's go has seen, or another bundle, would make every look-up fail.

use crate::gomod::hex;
use crate::profile::{GoEnv, Profile, UserEnv};
use crate::run::Failure;
use anyhow::{Context, anyhow};
use rustix::fs::Access;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A directory for a bundle's tree: in our own cache, else one for this run. `runs` says that a command
/// is going to use it.
pub(super) fn place(
    tree: &Path,
    profile: &Profile,
    user: &UserEnv,
    runs: bool,
) -> Result<(PathBuf, Option<Arc<TempDir>>), Failure> {
    let env = GoEnv::new(profile, user);
    let users = env.gopath(user);
    let has_gobin = env.get("GOBIN").is_some() || user.environ.get("GOBIN").is_some();
    if let (Some(users), true, false) = (&users, runs, has_gobin)
        && !profile.is_for_this_machine()
    {
        // go installs for another platform below `bin` of GOPATH, and takes no link that leads nowhere.
        // What cannot be made here it will complain of itself.
        let _ = std::fs::create_dir_all(users.join("bin"));
    }
    let own = user.environ.own_cache_dir();
    let own = own.map(|cache| cache.join("gopath").join(key(tree, users.as_deref())));
    if let Some(dir) = own.filter(|dir| prepare(dir, users.as_deref()).is_some()) {
        return Ok((dir, None));
    }
    let has_cache = users.is_some()
        || env.get("GOMODCACHE").is_some()
        || user.environ.get("GOMODCACHE").is_some();
    if !has_cache {
        // It would become the module cache as well, for this one run.
        return Err(Failure::config(anyhow!(
            "there is no directory for what belongs to the bundle {}: set GO_OFFLINE_CACHE_DIR or HOME to a directory that can be written, or GOMODCACHE",
            tree.display()
        )));
    }
    let temp = user.environ.get("TMPDIR").map_or(Path::new("/tmp"), Path::new);
    let context = || {
        format!(
            "making a directory in {} for the bundle {}; GO_OFFLINE_CACHE_DIR names a lasting one",
            temp.display(),
            tree.display()
        )
    };
    let made = tempfile::Builder::new().prefix("go-offline-gopath-").tempdir_in(temp);
    let made = made.with_context(context).map_err(Failure::io)?;
    let _ = prepare(made.path(), users.as_deref());
    Ok((made.path().to_path_buf(), Some(Arc::new(made))))
}

/// Makes the directory, if it can be made and written to. Its `bin` leads to the user's: scripts look
/// there for what was installed.
fn prepare(dir: &Path, users: Option<&Path>) -> Option<()> {
    std::fs::create_dir_all(dir).ok()?;
    rustix::fs::access(dir, Access::WRITE_OK | Access::EXEC_OK).ok()?;
    if let Some(users) = users {
        // It is there already, or somebody else has just made the same.
        let _ = std::os::unix::fs::symlink(users.join("bin"), dir.join("bin"));
    }
    Some(())
}

/// Another one for every tree, and for every state of it.
fn key(tree: &Path, users: Option<&Path>) -> String {
    let mut text = String::new();
    if let Ok(meta) = std::fs::metadata(tree.join("manifest.json")) {
        let of = (meta.dev(), meta.ino(), meta.size());
        let at = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
        let _ = writeln!(text, "{of:?} {at:?}");
    }
    text.extend(first_record(&tree.join("sumdb"), 0));
    let mut hash = Sha256::new();
    let users = users.unwrap_or(Path::new(""));
    for part in [tree.as_os_str().as_bytes(), users.as_os_str().as_bytes(), text.as_bytes()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()[..16])
}

/// Any one record of a database's part: each ends with the state that it is proven against. Tiles are no text.
fn first_record(dir: &Path, depth: usize) -> Option<String> {
    // No module path is as deep as that.
    const DEEPEST: usize = 32;
    let mut entries = std::fs::read_dir(dir).ok()?.filter_map(Result::ok);
    entries.find_map(|entry| match entry.file_type().ok()? {
        kind if kind.is_dir() && depth < DEEPEST => first_record(&entry.path(), depth + 1),
        kind if kind.is_file() => record(&entry.path()),
        _ => None,
    })
}

fn record(path: &Path) -> Option<String> {
    let mut text = String::new();
    std::fs::File::open(path).ok()?.take(LARGEST_RECORD).read_to_string(&mut text).ok()?;
    text.contains("go.sum database tree\n").then_some(text)
}

const LARGEST_RECORD: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_and_their_states_are_told_apart() {
        let temp = tempfile::tempdir().unwrap();
        let (one, other) = (temp.path().join("one"), temp.path().join("other"));
        for dir in [&one, &other] {
            std::fs::create_dir(dir).unwrap();
            std::fs::write(dir.join("manifest.json"), "{}").unwrap();
        }
        let first = key(&one, None);
        assert_eq!(first, key(&one, None));
        assert_ne!(first, key(&other, None));
        assert_ne!(first, key(&one, Some(Path::new("/go"))));
        std::fs::write(one.join("manifest.json"), "{} ").unwrap();
        let second = key(&one, None);
        assert_ne!(first, second);
        let records = one.join("sumdb/sum.example.org/lookup/x.y");
        std::fs::create_dir_all(&records).unwrap();
        for state in ["one", "another"] {
            let before = key(&one, None);
            let text = format!("7\n\ngo.sum database tree\n{state}\n");
            std::fs::write(records.join("z@v1.0.0"), text).unwrap();
            assert_ne!(before, key(&one, None));
        }
        // What is no file would be waited for.
        std::fs::remove_file(records.join("z@v1.0.0")).unwrap();
        let fifo = records.join("z@v1.0.0");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o644.into(), 0)
            .unwrap();
        assert_eq!(key(&one, None), second);
    }

    #[test]
    fn what_is_installed_is_found_where_it_was() {
        let temp = tempfile::tempdir().unwrap();
        let (own, users) = (temp.path().join("own/x"), temp.path().join("go"));
        std::fs::create_dir_all(users.join("bin")).unwrap();
        for _ in 0..2 {
            prepare(&own, Some(&users)).unwrap();
        }
        assert_eq!(std::fs::read_link(own.join("bin")).unwrap(), users.join("bin"));
        std::fs::write(temp.path().join("file"), "").unwrap();
        assert_eq!(prepare(&temp.path().join("file/x"), None), None);
    }
}
