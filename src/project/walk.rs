//! Walks a vendor directory: which directories below it hold Go files.
//!
//! This is the longest part of checking the lists, so it asks the kernel for as little as it can:
//! one open and the reading of each directory, no stat of any file, shared by a few threads.

use super::stamp::Stamp;
use anyhow::{Context, Result};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// More threads than this find no more to do: the kernel's directory cache is what limits.
const MOST_THREADS: usize = 4;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A walk that several threads share.
///
/// It finds all directories below the root that hold a Go file which go could compile for somebody
/// who imports it. As go does, it goes through symbolic links, but not through one that it meets
/// behind another: so it cannot run in circles.
pub(super) struct Walk<'a> {
    top: Place<'a>,
    stamped: bool,
    /// Directories two levels down that nobody has walked yet. There are enough of them to share
    /// out: github.com alone has one for each organisation. Names wait here, not open directories:
    /// those may be few.
    subtrees: Mutex<Vec<(Child, Child)>>,
    /// What was found on the way there.
    above: Walked,
}

/// What a walk found, in no order.
#[derive(Default)]
pub(super) struct Walked {
    /// The directories that hold a Go file, below the root.
    pub(super) go_dirs: Vec<PathBuf>,
    /// Every directory with its stamp, if they were asked for.
    pub(super) dirs: Vec<(PathBuf, Stamp)>,
    /// Whether there are symbolic links: where they lead may change without a trace here.
    pub(super) has_links: bool,
}

impl Walked {
    fn add(&mut self, place: &Place<'_>, entries: &Entries) {
        if entries.has_go_file && !place.path.as_os_str().is_empty() {
            self.go_dirs.push(place.path.clone());
        }
        self.dirs.extend(entries.stamp.map(|stamp| (place.path.clone(), stamp)));
        self.has_links |= entries.has_links;
    }
}

impl<'a> Walk<'a> {
    /// Reads the two levels at the top. Directories are stamped if somebody is to remember them.
    pub(super) fn start(root: &'a Path, stamped: bool) -> Result<Walk<'a>> {
        let mut buffer = Buffer { stamped, ..Buffer::default() };
        let top = Place::open(root)?;
        let (mut above, mut subtrees) = (Walked::default(), Vec::new());
        let entries = top.read(&mut buffer)?;
        above.add(&top, &entries);
        for child in entries.directories {
            let place = top.enter(&child)?;
            let entries = place.read(&mut buffer)?;
            above.add(&place, &entries);
            subtrees.extend(entries.directories.into_iter().map(|below| (child.clone(), below)));
        }
        Ok(Walk { top, stamped, subtrees: Mutex::new(subtrees), above })
    }

    /// Walks subtrees until none is left. Gives what was found in them.
    pub(super) fn take_part(&self) -> Result<Walked> {
        let mut buffer = Buffer { stamped: self.stamped, ..Buffer::default() };
        let mut found = Walked::default();
        while let Some((child, below)) = self.next() {
            walk(&self.top.enter(&child)?.enter(&below)?, &mut buffer, &mut found)?;
        }
        Ok(found)
    }

    /// What the threads that took part have found, and what was found before they did.
    pub(super) fn finish(self, parts: Vec<Walked>) -> Walked {
        let mut found = self.above;
        for part in parts {
            found.go_dirs.extend(part.go_dirs);
            found.dirs.extend(part.dirs);
            found.has_links |= part.has_links;
        }
        found
    }

    fn next(&self) -> Option<(Child, Child)> {
        self.subtrees.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// How many threads can work at once.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many threads should share a walk.
pub(super) fn threads() -> usize {
    processors().min(MOST_THREADS)
}

/// Adds a directory and what is below it.
fn walk(place: &Place<'_>, buffer: &mut Buffer, found: &mut Walked) -> Result<()> {
    let entries = place.read(buffer)?;
    found.add(place, &entries);
    for child in entries.directories {
        walk(&place.enter(&child)?, buffer, found)?;
    }
    Ok(())
}

/// An open directory.
struct Place<'a> {
    root: &'a Path,
    /// Its path below the root.
    path: PathBuf,
    /// Whether a symbolic link led here.
    linked: bool,
    fd: OwnedFd,
}

/// A directory in another, not yet open.
#[derive(Clone)]
struct Child {
    name: CString,
    /// It is a symbolic link to a directory.
    is_link: bool,
}

/// What one directory holds.
#[derive(Default)]
struct Entries {
    directories: Vec<Child>,
    has_go_file: bool,
    has_links: bool,
    stamp: Option<Stamp>,
}

impl<'a> Place<'a> {
    fn open(root: &'a Path) -> Result<Place<'a>> {
        let fd = rustix::fs::open(root, DIRECTORY, Mode::empty());
        let fd = fd.with_context(|| format!("reading {}", root.display()))?;
        Ok(Place { root, path: PathBuf::new(), linked: false, fd })
    }

    fn enter(&self, child: &Child) -> Result<Place<'a>> {
        let path = self.path.join(OsStr::from_bytes(child.name.to_bytes()));
        let nofollow = if child.is_link { OFlags::empty() } else { OFlags::NOFOLLOW };
        let name = child.name.as_c_str();
        let fd = rustix::fs::openat(&self.fd, name, DIRECTORY | nofollow, Mode::empty());
        let fd = fd.with_context(|| format!("reading {}", self.root.join(&path).display()))?;
        Ok(Place { root: self.root, path, linked: self.linked || child.is_link, fd })
    }

    fn read(&self, buffer: &mut Buffer) -> Result<Entries> {
        let mut entries = Entries::default();
        if buffer.stamped {
            // It comes first: what changes from here on changes the next stamp.
            let stat = rustix::fs::fstat(&self.fd);
            let stat =
                stat.with_context(|| format!("reading {}", self.root.join(&self.path).display()))?;
            entries.stamp = Some(Stamp::of(&stat));
        }
        let read = each_entry(&self.fd, buffer, |name, kind| {
            if matches!(name.to_bytes(), b"." | b"..") {
                return Ok(());
            }
            entries.has_links |= kind == FileType::Symlink;
            if let Some(is_link) = self.directory(name, kind)? {
                entries.directories.push(Child { name: name.to_owned(), is_link });
            } else if is_go_file(name.to_bytes()) {
                entries.has_go_file = true;
            }
            Ok(())
        });
        read.with_context(|| format!("reading {}", self.root.join(&self.path).display()))?;
        Ok(entries)
    }

    /// Whether an entry is a directory to enter, and whether by a symbolic link.
    fn directory(&self, name: &CStr, kind: FileType) -> io::Result<Option<bool>> {
        let kind_at = |flags| {
            let stat = rustix::fs::statat(&self.fd, name, flags);
            stat.map(|stat| FileType::from_raw_mode(stat.st_mode))
        };
        let kind = match kind {
            // Some file systems do not tell the type with the name.
            FileType::Unknown => kind_at(AtFlags::SYMLINK_NOFOLLOW)?,
            kind => kind,
        };
        Ok(match kind {
            FileType::Directory => Some(false),
            // A link that leads nowhere is neither a file nor a directory.
            FileType::Symlink if !self.linked => {
                (kind_at(AtFlags::empty()) == Ok(FileType::Directory)).then_some(true)
            }
            _ => None,
        })
    }
}

/// Room for the kernel's answer, kept from one directory to the next.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// Whether directories are stamped when they are read.
    stamped: bool,
}

#[cfg(target_os = "linux")]
pub(super) fn each_entry(
    fd: &OwnedFd,
    buffer: &mut Buffer,
    mut visit: impl FnMut(&CStr, FileType) -> io::Result<()>,
) -> io::Result<()> {
    buffer.bytes.reserve(32 * 1024);
    let mut entries = rustix::fs::RawDir::new(fd, buffer.bytes.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        visit(entry.file_name(), entry.file_type())?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn each_entry(
    fd: &OwnedFd,
    _buffer: &mut Buffer,
    mut visit: impl FnMut(&CStr, FileType) -> io::Result<()>,
) -> io::Result<()> {
    for entry in rustix::fs::Dir::read_from(fd)? {
        let entry = entry?;
        visit(entry.file_name(), entry.file_type())?;
    }
    Ok(())
}

/// Whether go could compile a file of this name as part of an imported package.
pub(super) fn is_go_file(name: &[u8]) -> bool {
    name.ends_with(b".go") && !name.ends_with(b"_test.go")
}
