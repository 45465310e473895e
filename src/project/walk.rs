//! Walks a vendor directory: which directories below it hold Go files.
//!
//! This is the longest part of checking the lists, so it asks the kernel for as little as it can:
//! one open and the reading of each directory, no stat of any file, on a few threads.

use anyhow::{Context, Result};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use std::ffi::{CStr, CString};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// More threads than this find no more to do: the kernel's directory cache is what limits.
const MOST_THREADS: usize = 4;

/// The slash-separated paths below `root` of all directories that hold a Go file which go could
/// compile for somebody who imports it. Symbolic links are not followed, but `root` may be one.
/// Sorted.
///
/// # Errors
/// A directory that cannot be read.
pub(super) fn directories_with_go_files(root: &Path) -> Result<Vec<String>> {
    let mut top = Place::open(root)?;
    // Two levels down there are enough subtrees to share out: github.com alone has one for each
    // organisation. Names wait in the queue, not open directories: those may be few.
    let mut found = Vec::new();
    let mut subtrees = Vec::new();
    for name in top.read()?.directories {
        let entries = top.enter(&name)?.read()?;
        if entries.has_go_file {
            found.push(name.to_string_lossy().into_owned());
        }
        subtrees.extend(entries.directories.into_iter().map(|below| (name.clone(), below)));
    }
    found.extend(walk_all(&top, subtrees)?);
    found.sort_unstable();
    Ok(found)
}

fn walk_all(top: &Place<'_>, subtrees: Vec<(CString, CString)>) -> Result<Vec<String>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(MOST_THREADS).min(subtrees.len().max(1));
    let subtrees = Mutex::new(subtrees);
    let next = || subtrees.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let work = || -> Result<Vec<String>> {
        let mut found = Vec::new();
        while let Some((name, below)) = next() {
            walk(&mut top.enter(&name)?.enter(&below)?, &mut found)?;
        }
        Ok(found)
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut found = work()?;
        for other in others {
            found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(found)
    })
}

/// Adds a directory and what is below it.
fn walk(place: &mut Place<'_>, found: &mut Vec<String>) -> Result<()> {
    let entries = place.read()?;
    if entries.has_go_file {
        found.push(place.path.clone());
    }
    for name in entries.directories {
        walk(&mut place.enter(&name)?, found)?;
    }
    Ok(())
}

/// An open directory.
struct Place<'a> {
    root: &'a Path,
    /// Its path below the root.
    path: String,
    dir: Dir,
}

/// What one directory holds.
#[derive(Default)]
struct Entries {
    directories: Vec<CString>,
    has_go_file: bool,
}

impl<'a> Place<'a> {
    fn open(root: &'a Path) -> Result<Place<'a>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = || Dir::new(rustix::fs::open(root, flags, Mode::empty())?);
        let dir = open().with_context(|| format!("reading {}", root.display()))?;
        Ok(Place { root, path: String::new(), dir })
    }

    fn enter(&self, name: &CStr) -> Result<Place<'a>> {
        // A name that is not UTF-8 is no import path and cannot be one of a listed package.
        let name_shown = name.to_string_lossy();
        let path = match self.path.as_str() {
            "" => name_shown.into_owned(),
            path => format!("{path}/{name_shown}"),
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let open = || Dir::new(rustix::fs::openat(self.dir.fd()?, name, flags, Mode::empty())?);
        let dir = open().with_context(|| format!("reading {}", self.root.join(&path).display()))?;
        Ok(Place { root: self.root, path, dir })
    }

    fn read(&mut self) -> Result<Entries> {
        let shown = self.root.join(&self.path);
        self.try_read().with_context(|| format!("reading {}", shown.display()))
    }

    fn try_read(&mut self) -> std::io::Result<Entries> {
        let mut entries = Entries::default();
        while let Some(entry) = self.dir.read() {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if is_directory(entry.file_type(), self.dir.fd()?, name)? {
                entries.directories.push(name.to_owned());
            } else if is_go_file(name.to_bytes()) {
                entries.has_go_file = true;
            }
        }
        Ok(entries)
    }
}

/// Some file systems do not tell the type with the name.
fn is_directory(kind: FileType, fd: BorrowedFd<'_>, name: &CStr) -> std::io::Result<bool> {
    if kind != FileType::Unknown {
        return Ok(kind == FileType::Directory);
    }
    let stat = rustix::fs::statat(fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// Whether go could compile a file of this name as part of an imported package.
pub(super) fn is_go_file(name: &[u8]) -> bool {
    name.ends_with(b".go") && !name.ends_with(b"_test.go")
}
