//! Walks a directory and reads every byte below it.
//!
//! A few threads share the work: one takes a directory, reads its names, hands its subdirectories on,
//! and hashes its files. A file is opened once; what is hashed and what is stamped is the same open
//! file. Symbolic links are not followed, and nothing but regular files is opened.

mod differences;

use super::stamp::Stamp;
use super::walk::{Buffer, each_entry, is_go_file, processors};
use anyhow::{Context, Result};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);
// A fifo in the place of a file is not waited for.
const FILE: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK);

/// Files of one directory that are hashed in one go; more of them are shared out.
const SHARE: usize = 48;
/// Read at once; larger files in pieces.
const PIECE: usize = 256 * 1024;
/// A Go file up to this size is looked into: go's own limit for a go.mod, and far from any source.
const LARGEST_SOURCE: u64 = 16 * 1024 * 1024;

/// Everything below a directory, each list sorted by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content<L> {
    /// The directory, absolute.
    pub root: PathBuf,
    /// The directories, the root among them as the empty path.
    pub dirs: Vec<ContentDir>,
    /// All else.
    pub files: Vec<ContentFile<L>>,
}

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentDir {
    /// Its path below the root.
    pub path: PathBuf,
    /// Its stamp: it changes with the names in it.
    pub stamp: Stamp,
    /// Whether it holds a file that go could compile for somebody who imports it.
    pub has_go_file: bool,
}

/// What is no directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentFile<L> {
    /// Its path below the root.
    pub path: PathBuf,
    /// Its stamp.
    pub stamp: Stamp,
    /// What it is.
    pub kind: ContentKind<L>,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentKind<L> {
    /// A regular file.
    Regular {
        /// The SHA-256 of its bytes.
        hash: [u8; 32],
        /// What was seen in a Go file.
        seen: Option<L>,
    },
    /// A symbolic link, with what it says.
    Symlink(PathBuf),
    /// A device, a fifo, a socket.
    Irregular,
}

/// Is shown the name and the text of a Go file, and keeps something of it.
pub type Look<'a, L> = &'a (dyn Fn(&[u8], &[u8]) -> Option<L> + Sync);

/// What is read of a directory.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// All that is below it.
    All,
    /// The files of some directories, given by their paths below it.
    Dirs {
        /// Without what is in directories below.
        flat: &'a [&'a str],
        /// With all that is below.
        deep: &'a [&'a str],
    },
}

/// How far down a directory is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Flat,
    All,
}

impl Which<'_> {
    fn tasks(&self) -> Vec<Task> {
        let tasks = |dirs: &[&str], depth| {
            let task = |dir: &&str| Task::Directory(PathBuf::from(*dir), depth);
            dirs.iter().map(task).collect::<Vec<_>>()
        };
        match self {
            Which::All => tasks(&[""], Depth::All),
            Which::Dirs { flat, deep } => {
                let mut all = tasks(flat, Depth::Flat);
                all.extend(tasks(deep, Depth::All));
                all
            }
        }
    }
}

impl<L> Content<L> {
    /// Reads all that is below a directory, or a part of it, with a few threads. `look` is shown the
    /// name and the text of every Go file.
    ///
    /// # Errors
    /// A file or directory that cannot be read.
    pub fn read(root: &Path, which: &Which<'_>, look: Look<'_, L>) -> Result<Content<L>>
    where
        L: Send,
    {
        Content::read_beside(root, which, look, || ()).map(|(content, ())| content)
    }

    /// The same, while this thread first does something else.
    ///
    /// # Errors
    /// A file or directory that cannot be read.
    pub fn read_beside<T>(
        root: &Path,
        which: &Which<'_>,
        look: Look<'_, L>,
        first: impl FnOnce() -> T,
    ) -> Result<(Content<L>, T)>
    where
        L: Send,
    {
        let reading = Reading::start(root, which, look)?;
        let (parts, first) = std::thread::scope(|scope| {
            let others: Vec<_> =
                (1..processors()).map(|_| scope.spawn(|| reading.take_part())).collect();
            let first = first();
            let own = reading.take_part();
            let others = others.into_iter().map(super::joined);
            let parts = std::iter::once(own).chain(others).collect::<Result<Vec<_>>>();
            parts.map(|parts| (parts, first))
        })?;
        Ok((reading.finish(parts), first))
    }
}

/// A walk that several threads share.
pub(super) struct Reading<'a, L> {
    root: &'a Path,
    fd: OwnedFd,
    look: Look<'a, L>,
    /// Directories that were asked for by name need not be there.
    by_name: bool,
    queue: Mutex<Queue>,
    more: Condvar,
}

#[derive(Default)]
struct Queue {
    tasks: Vec<Task>,
    /// Tasks that somebody works on: these may bring more.
    running: usize,
    failed: bool,
}

enum Task {
    Directory(PathBuf, Depth),
    Files(PathBuf, Vec<CString>),
}

/// What one thread has read.
pub(super) struct Part<L> {
    dirs: Vec<ContentDir>,
    files: Vec<ContentFile<L>>,
}

impl<L> Part<L> {
    fn sort(&mut self) {
        self.dirs.sort_unstable_by(|a, b| by_bytes(&a.path, &b.path));
        self.files.sort_unstable_by(|a, b| by_bytes(&a.path, &b.path));
    }
}

/// The order of texts, and not of components.
fn by_bytes(a: &Path, b: &Path) -> Ordering {
    a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes())
}

impl<'a, L> Reading<'a, L> {
    /// Begins at a directory, which may itself be a symbolic link to one. `look` is shown every Go
    /// file.
    pub(super) fn start(
        root: &'a Path,
        which: &Which<'_>,
        look: Look<'a, L>,
    ) -> Result<Reading<'a, L>> {
        let flags = DIRECTORY.difference(OFlags::NOFOLLOW);
        let fd = rustix::fs::open(root, flags, Mode::empty())
            .with_context(|| format!("reading {}", root.display()))?;
        let queue = Mutex::new(Queue { tasks: which.tasks(), ..Queue::default() });
        let by_name = matches!(which, Which::Dirs { .. });
        Ok(Reading { root, fd, look, by_name, queue, more: Condvar::new() })
    }

    /// Works until nothing is left.
    pub(super) fn take_part(&self) -> Result<Part<L>> {
        let mut part = Part { dirs: Vec::new(), files: Vec::new() };
        let mut reader = Reader { names: Buffer::default(), bytes: Vec::new() };
        while let Some(task) = self.next() {
            let done = self.work(task, &mut reader, &mut part);
            let mut queue = self.queue();
            queue.running -= 1;
            queue.failed |= done.is_err();
            if queue.failed || queue.running == 0 && queue.tasks.is_empty() {
                self.more.notify_all();
            }
            drop(queue);
            done?;
        }
        part.sort();
        Ok(part)
    }

    /// Puts the parts of all threads together.
    pub(super) fn finish(self, parts: Vec<Part<L>>) -> Content<L> {
        let (mut dirs, mut files) = (Vec::new(), Vec::new());
        for part in parts {
            dirs.extend(part.dirs);
            files.extend(part.files);
        }
        // Stable, which is fast where stretches are in order already: each part is one.
        dirs.sort_by(|a, b| by_bytes(&a.path, &b.path));
        files.sort_by(|a, b| by_bytes(&a.path, &b.path));
        // A directory may have been asked for twice, once with what is below it.
        dirs.dedup_by(|a, b| a.path.as_os_str() == b.path.as_os_str());
        files.dedup_by(|a, b| a.path.as_os_str() == b.path.as_os_str());
        Content { root: self.root.to_path_buf(), dirs, files }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Task> {
        let mut queue = self.queue();
        loop {
            if queue.failed {
                return None;
            }
            if let Some(task) = queue.tasks.pop() {
                queue.running += 1;
                return Some(task);
            }
            if queue.running == 0 {
                return None;
            }
            queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn hand_on(&self, tasks: Vec<Task>) {
        if tasks.is_empty() {
            return;
        }
        self.queue().tasks.extend(tasks);
        self.more.notify_all();
    }

    fn work(&self, task: Task, reader: &mut Reader, part: &mut Part<L>) -> Result<()> {
        match task {
            Task::Directory(path, depth) => self.directory(path, depth, reader, part),
            Task::Files(path, names) => {
                let fd = self.open(&path, self.by_name).with_context(|| self.reading(&path))?;
                self.files(&fd, &path, &names, reader, part)
            }
        }
    }

    fn open(&self, path: &Path, through_link: bool) -> rustix::io::Result<OwnedFd> {
        let name = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let dropped = if through_link { OFlags::NOFOLLOW } else { OFlags::empty() };
        rustix::fs::openat(&self.fd, name, DIRECTORY.difference(dropped), Mode::empty())
    }

    fn reading(&self, path: &Path) -> String {
        format!("reading {}", self.root.join(path).display())
    }

    fn directory(
        &self,
        path: PathBuf,
        depth: Depth,
        reader: &mut Reader,
        part: &mut Part<L>,
    ) -> Result<()> {
        // A package's directory may be a link, as go reads it; what is found below is no such place.
        let fd = match self.open(&path, self.by_name && depth == Depth::Flat) {
            Ok(fd) => fd,
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) if self.by_name => {
                return Ok(());
            }
            Err(error) => return Err(error).with_context(|| self.reading(&path)),
        };
        // The stamp comes first: what changes from here on changes the next stamp.
        let stamp = rustix::fs::fstat(&fd).with_context(|| self.reading(&path))?;
        let (mut below, mut names, mut has_go_file) = (Vec::new(), Vec::new(), false);
        let read = each_entry(&fd, &mut reader.names, |name, kind| {
            if matches!(name.to_bytes(), b"." | b"..") {
                return Ok(());
            }
            let kind = match kind {
                // Some file systems do not tell the type with the name.
                FileType::Unknown => FileType::from_raw_mode(
                    rustix::fs::statat(&fd, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode,
                ),
                kind => kind,
            };
            if kind == FileType::Directory {
                let path = path.join(OsStr::from_bytes(name.to_bytes()));
                below.extend((depth == Depth::All).then_some(Task::Directory(path, depth)));
            } else {
                has_go_file |= is_go_file(name.to_bytes());
                names.push(name.to_owned());
            }
            Ok(())
        });
        read.with_context(|| self.reading(&path))?;
        while names.len() > SHARE {
            let share = names.split_off(names.len() - SHARE);
            below.push(Task::Files(path.clone(), share));
        }
        self.hand_on(below);
        self.files(&fd, &path, &names, reader, part)?;
        part.dirs.push(ContentDir { path, stamp: Stamp::of(&stamp), has_go_file });
        Ok(())
    }

    fn files(
        &self,
        fd: &OwnedFd,
        dir: &Path,
        names: &[CString],
        reader: &mut Reader,
        part: &mut Part<L>,
    ) -> Result<()> {
        for name in names {
            let path = dir.join(OsStr::from_bytes(name.to_bytes()));
            let (stamp, kind) = self.file(fd, name, reader).with_context(|| self.reading(&path))?;
            part.files.push(ContentFile { path, stamp, kind });
        }
        Ok(())
    }

    fn file(
        &self,
        dir: &OwnedFd,
        name: &CString,
        reader: &mut Reader,
    ) -> std::io::Result<(Stamp, ContentKind<L>)> {
        let file = match rustix::fs::openat(dir, name, FILE, Mode::empty()) {
            Ok(file) => file,
            // A symbolic link; or a socket, a device without a driver.
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO | rustix::io::Errno::NODEV) => {
                return closed(dir, name);
            }
            Err(error) => return Err(error.into()),
        };
        let stamp = Stamp::of(&rustix::fs::fstat(&file)?);
        if !is_regular(&stamp) {
            return Ok((stamp, ContentKind::Irregular));
        }
        let is_source = name.to_bytes().ends_with(b".go") && stamp.size <= LARGEST_SOURCE;
        let (hash, seen) = if is_source {
            let bytes = reader.all(&file, stamp.size)?;
            (Sha256::digest(bytes).into(), (self.look)(name.to_bytes(), bytes))
        } else {
            (reader.hash(&file, stamp.size)?, None)
        };
        Ok((stamp, ContentKind::Regular { hash, seen }))
    }
}

fn is_regular(stamp: &Stamp) -> bool {
    let mode = u32::try_from(stamp.mode).unwrap_or_default();
    FileType::from_raw_mode(mode as rustix::fs::RawMode) == FileType::RegularFile
}

/// What cannot be opened.
fn closed<L>(dir: impl AsFd, name: &CString) -> std::io::Result<(Stamp, ContentKind<L>)> {
    let stamp = Stamp::at(&dir, name)?;
    let kind = match rustix::fs::readlinkat(&dir, name, Vec::new()) {
        Ok(target) => ContentKind::Symlink(PathBuf::from(OsStr::from_bytes(target.to_bytes()))),
        Err(_) => ContentKind::Irregular,
    };
    Ok((stamp, kind))
}

/// Room that is kept from one file to the next.
struct Reader {
    names: Buffer,
    bytes: Vec<u8>,
}

impl Reader {
    /// All of a file, which should have this size.
    fn all(&mut self, file: &OwnedFd, size: u64) -> std::io::Result<&[u8]> {
        // One byte more, so that a file of this size ends within the first read.
        let expected = usize::try_from(size).unwrap_or_default();
        let mut length = 0;
        loop {
            let room = expected.max(length) + 1;
            if self.bytes.len() < room {
                self.bytes.resize(room.max(PIECE), 0);
            }
            let read = self.read(file, length)?;
            length += read;
            if read == 0 || length == expected {
                return Ok(&self.bytes[..length]);
            }
        }
    }

    /// The hash of a file of any size.
    fn hash(&mut self, file: &OwnedFd, size: u64) -> std::io::Result<[u8; 32]> {
        if size < PIECE as u64 {
            return Ok(Sha256::digest(self.all(file, size)?).into());
        }
        let mut hash = Sha256::new();
        self.bytes.resize(PIECE.max(self.bytes.len()), 0);
        loop {
            match self.read(file, 0)? {
                0 => return Ok(hash.finalize().into()),
                read => hash.update(&self.bytes[..read]),
            }
        }
    }

    /// Reads once, to behind what is already there.
    fn read(&mut self, file: &OwnedFd, length: usize) -> std::io::Result<usize> {
        loop {
            match rustix::io::read(file, &mut self.bytes[length..]) {
                Err(rustix::io::Errno::INTR) => {}
                read => return Ok(read?),
            }
        }
    }
}

#[cfg(test)]
mod tests;
