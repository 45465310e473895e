//! A toolchain of a bundle in the module cache, where the go command would put it.
//!
//! go itself checks no toolchain that comes from a tree of files (`modfetch/sumdb.go useSumDB`), so
//! that nothing of a zip is to be seen before it hashes to what the checksum database says.

use crate::fetch::Database;
use crate::gomod::ModuleVersion;
use crate::project::{ModuleCache, unzip_module};
use crate::sumdb::Key;
use anyhow::{Context, Result, anyhow, bail};
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The hash that the checksum database has for a toolchain's zip, proven by what the bundle carries of it.
/// Nobody else vouches for a toolchain, which is a program that is going to run.
///
/// # Errors
/// The bundle has no record of the toolchain, or no proof that it is true.
pub(super) fn expected_toolchain_h1(tree: &Path, module: &ModuleVersion) -> Result<String> {
    let database = Database::of_dir(Key::golang(), tree.join("sumdb/sum.golang.org"));
    let record = database.prove_one(module)?;
    let h1 = record.hashes(module).zip.map(str::to_owned);
    h1.with_context(|| format!("the record of {module} has no hash of its zip"))
}

/// The directory of a toolchain, unpacked from a bundle's tree if it is not there yet.
///
/// # Errors
/// It is not what the checksum database says, or cannot be unpacked. Nothing of it is then left.
pub(super) fn unpacked(
    tree: &Path,
    module: &ModuleVersion,
    wanted: &str,
    cache: &ModuleCache,
    is_writable: bool,
) -> Result<PathBuf> {
    let place = Place::new(cache, module)?;
    if let Some(h1) = place.is_whole() {
        return place.checked(&h1, wanted);
    }
    let making = || {
        format!(
            "unpacking {module} of the bundle {} into the module cache {}",
            tree.display(),
            cache.dir.display()
        )
    };
    let _lock = place.lock().with_context(making)?;
    // Somebody may have been faster.
    if let Some(h1) = place.is_whole() {
        return place.checked(&h1, wanted);
    }
    place.remove_remains().with_context(making)?;
    place.unpack(tree, module, wanted, is_writable).with_context(making)?;
    Ok(place.dir)
}

/// Where a module cache has a toolchain: `modfetch.DownloadDir`.
struct Place {
    dir: PathBuf,
    lock: PathBuf,
    ziphash: PathBuf,
    partial: PathBuf,
}

impl Place {
    fn new(cache: &ModuleCache, module: &ModuleVersion) -> Result<Place> {
        let found = || {
            let downloads = cache.downloads();
            Some(Place {
                dir: cache.extracted(module)?,
                lock: downloads.file(module, "lock")?,
                ziphash: downloads.file(module, "ziphash")?,
                partial: downloads.file(module, "partial")?,
            })
        };
        found().ok_or_else(|| anyhow!("no module cache can hold {module}"))
    }

    /// The hash that is noted for what is there; `None` unless all of it is.
    fn is_whole(&self) -> Option<String> {
        if !self.dir.is_dir() || self.partial.exists() {
            return None;
        }
        std::fs::read_to_string(&self.ziphash).ok()
    }

    /// What is there was made from the right zip, as far as its maker has noted.
    fn checked(self, h1: &str, wanted: &str) -> Result<PathBuf> {
        if h1.trim() != wanted {
            bail!(
                "{} was made from a zip that hashes to {}, and the checksum database has {wanted}: remove that directory",
                self.dir.display(),
                h1.trim()
            );
        }
        Ok(self.dir)
    }

    /// The lock that go holds while it unpacks this module. It is given back when the file is closed.
    fn lock(&self) -> Result<File> {
        create_parent(&self.lock)?;
        crate::fetch::lock(&self.lock)
    }

    /// Removes what a run left that was killed: whoever holds the lock is the only one here.
    fn remove_remains(&self) -> Result<()> {
        let parent = create_parent(&self.dir)?;
        let prefix = self.temp_prefix();
        for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                remove(&entry.path())?;
            }
        }
        if self.dir.exists() {
            remove(&self.dir)?;
        }
        if self.partial.exists() {
            std::fs::remove_file(&self.partial)
                .with_context(|| format!("removing {}", self.partial.display()))?;
        }
        Ok(())
    }

    /// The name of directories that go too takes for what is left of a killed run.
    fn temp_prefix(&self) -> String {
        let name = self.dir.file_name().unwrap_or_default().to_string_lossy();
        format!("{name}.tmp-")
    }

    /// Unpacks out of sight, and shows the directory when all of it is right.
    fn unpack(
        &self,
        tree: &Path,
        module: &ModuleVersion,
        wanted: &str,
        is_writable: bool,
    ) -> Result<()> {
        let parent = create_parent(&self.dir)?;
        let temp = tempfile::Builder::new()
            .prefix(&self.temp_prefix())
            .permissions(Permissions::from_mode(0o777))
            .tempdir_in(parent)
            .with_context(|| format!("making a directory in {}", parent.display()))?;
        let zip = crate::project::ProxyTree { dir: tree.to_path_buf() }.zip(module);
        let zip = zip.ok_or_else(|| anyhow!("no bundle can hold {module}"))?;
        let h1 = unzip_module(&zip, module, temp.path())?.h1();
        if h1 != wanted {
            bail!(
                "{} hashes to {h1}, and the checksum database has {wanted}: the bundle was changed after it was made, or not made by `go-offline bundle create`",
                zip.display()
            );
        }
        finish(temp.path(), is_writable)?;
        std::fs::write(&self.ziphash, wanted)
            .with_context(|| format!("writing {}", self.ziphash.display()))?;
        std::fs::rename(temp.path(), &self.dir)
            .with_context(|| format!("making {}", self.dir.display()))?;
        let _moved = temp.keep();
        Ok(())
    }
}

fn create_parent(path: &Path) -> Result<&Path> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    Ok(parent)
}

/// What go does to a toolchain before it first runs it, since a module zip can hold neither a second
/// go.mod nor the permission to execute: `cmd/go/internal/toolchain.Exec`.
fn finish(dir: &Path, is_writable: bool) -> Result<()> {
    for found in walk(dir)? {
        let Found { path, is_dir } = &found;
        let relative = path.strip_prefix(dir).unwrap_or(path);
        if !is_dir && is_program(relative) {
            set_mode(path, 0o555)?;
        }
        if !is_dir && path.file_name().is_some_and(|name| name == "_go.mod") {
            let to = path.with_file_name("go.mod");
            std::fs::copy(path, &to).with_context(|| format!("writing {}", to.display()))?;
        }
    }
    if !is_writable {
        // From the inside out: a directory that is for reading only takes nothing any more.
        for Found { path, .. } in walk(dir)?.iter().rev().filter(|found| found.is_dir) {
            let mode = std::fs::metadata(path).map(|meta| meta.permissions().mode());
            let mode = mode.with_context(|| format!("reading {}", path.display()))?;
            set_mode(path, mode & 0o777 & !0o222)?;
        }
    }
    Ok(())
}

/// Whether go makes a file of a toolchain executable.
fn is_program(relative: &Path) -> bool {
    let name = relative.file_name().unwrap_or_default().to_string_lossy();
    // go_?*_?*_exec
    let is_runner = || {
        let middle = name.strip_prefix("go_").and_then(|rest| rest.strip_suffix("_exec"));
        middle.is_some_and(|middle| {
            let splits = middle.match_indices('_');
            splits.into_iter().any(|(at, _)| at > 0 && at + 1 < middle.len())
        })
    };
    relative.starts_with("bin")
        || relative.starts_with("pkg/tool")
        || relative.starts_with("lib") && is_runner()
}

struct Found {
    path: PathBuf,
    is_dir: bool,
}

/// Everything at and below a directory, each directory before what is in it.
fn walk(dir: &Path) -> Result<Vec<Found>> {
    let mut all = vec![Found { path: dir.to_path_buf(), is_dir: true }];
    let mut at = 0;
    while let Some(found) = all.get(at) {
        if found.is_dir {
            let path = found.path.clone();
            let reading = || format!("reading {}", path.display());
            for entry in std::fs::read_dir(&path).with_context(reading)? {
                let entry = entry.with_context(reading)?;
                let is_dir = entry.file_type().with_context(reading)?.is_dir();
                all.push(Found { path: entry.path(), is_dir });
            }
        }
        at += 1;
    }
    Ok(all)
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(mode))
        .with_context(|| format!("setting the permissions of {}", path.display()))
}

/// Removes a directory whose directories may be for reading only.
fn remove(dir: &Path) -> Result<()> {
    for Found { path, .. } in walk(dir)?.iter().filter(|found| found.is_dir) {
        set_mode(path, 0o755)?;
    }
    std::fs::remove_dir_all(dir).with_context(|| format!("removing {}", dir.display()))
}

#[cfg(test)]
mod tests;
