//! Takes what is wrong out of the module cache, one module version at a time.
//!
//! The go command may be at work in the same cache, so it is done under the lock that go itself takes
//! for a version: `cmd/go/internal/modfetch/fetch.go` `DownloadZip`, `unzip`.

use super::look::{is_toolchain, look_once};
use super::{Entry, Part, Wanted};
use crate::project::ModuleCache;
use anyhow::Context;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Removes what is there and wrong of a module version, and says what that was. `seen` is what was found
/// when it was looked at.
///
/// # Errors
/// Something that cannot be locked, read or removed.
pub fn repair(
    cache: &ModuleCache,
    wanted: &Wanted,
    seen: &Entry,
) -> anyhow::Result<Vec<(PathBuf, String)>> {
    if seen.bad().next().is_none() {
        return Ok(Vec::new());
    }
    let tree = cache.downloads();
    let _lock = tree.lock(&wanted.module).map(|path| lock(&path)).transpose()?;
    // Somebody may have mended it meanwhile.
    let entry = &look_once(cache, wanted)?;
    let bad: Vec<(&Path, &str)> = entry.bad().collect();
    let mut removed = Vec::new();
    for (path, why) in bad {
        remove(path).with_context(|| format!("removing {}", path.display()))?;
        removed.push((path.to_path_buf(), why.to_owned()));
    }
    // go takes a zip by this hash unread, and a directory without its zip for none of its business.
    let is_zip_gone = matches!(entry.zip, Part::Bad { .. } | Part::Other { .. });
    if let (Some(hash), true) = (tree.zip_hash(&entry.module), is_zip_gone) {
        remove(&hash).with_context(|| format!("removing {}", hash.display()))?;
    }
    let is_dir_gone = is_zip_gone && !is_toolchain(&entry.module);
    let dir = cache.extracted(&entry.module).filter(|dir| is_dir_gone && dir.exists());
    if let Some(dir) = dir {
        remove(&dir).with_context(|| format!("removing {}", dir.display()))?;
        removed.push((dir, "it was extracted from a zip that was wrong".to_owned()));
    }
    Ok(removed)
}

/// Waits for the lock of a module version; it is held until the file is dropped.
///
/// # Errors
/// The file cannot be opened or locked.
pub fn lock(path: &Path) -> anyhow::Result<File> {
    let locking = || format!("locking {}", path.display());
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true).open(path).with_context(locking)?;
    flock(&file, FlockOperation::LockExclusive).with_context(locking)?;
    Ok(file)
}

/// Removes a file or a directory, if it is there. A directory goes out of its name first: go takes
/// one that is there for whole.
fn remove(path: &Path) -> std::io::Result<()> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.is_dir() {
        return std::fs::remove_file(path);
    }
    let parent = path.parent().unwrap_or(Path::new("/"));
    let grave = tempfile::Builder::new().prefix(".go-offline-removed-").tempdir_in(parent)?;
    let inside = grave.path().join("dir");
    // A directory that may not be written to cannot be renamed either: its `..` would change.
    allow_writing(path)?;
    std::fs::rename(path, &inside)?;
    allow_writing_below(&inside)?;
    grave.close()
}

fn allow_writing(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut permissions = dir.symlink_metadata()?.permissions();
    permissions.set_mode(permissions.mode() | 0o700);
    std::fs::set_permissions(dir, permissions)
}

/// go makes what it extracts read-only, directories too.
fn allow_writing_below(dir: &Path) -> std::io::Result<()> {
    allow_writing(dir)?;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            allow_writing_below(&entry.path())?;
        }
    }
    Ok(())
}
