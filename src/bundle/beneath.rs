//! Files opened below a directory without following a link.
//!
//! Each directory on the way is opened by itself, from the one before it: so what is read lies below
//! the directory, whatever is renamed meanwhile.

use rustix::fs::{AtFlags, Mode, OFlags, openat, readlinkat, statat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// A directory that things are opened below.
pub(super) struct Beneath(OwnedFd);

impl Beneath {
    /// Opens the directory, which may be a link.
    pub(super) fn new(dir: &Path) -> io::Result<Beneath> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Beneath(rustix::fs::open(dir, flags, Mode::empty())?))
    }

    /// Opens a file, which is no link and behind none. It may be anything else; opening does not wait.
    pub(super) fn open(&self, path: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let (parent, name) = self.parent(path)?;
        let file = openat(parent.as_ref().unwrap_or(&self.0), name, flags, Mode::empty());
        Ok(File::from(file?))
    }

    /// What a link that is behind none leads to; none if it is no link.
    pub(super) fn link(&self, path: &str) -> io::Result<Option<PathBuf>> {
        let (parent, name) = self.parent(path)?;
        match readlinkat(parent.as_ref().unwrap_or(&self.0), name, Vec::new()) {
            Ok(target) => {
                let target = std::ffi::OsString::from_vec(target.into_bytes());
                Ok(Some(target.into()))
            }
            Err(Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether something is a link, or behind one.
    pub(super) fn is_link(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let is_link = |end: usize| {
            let found = statat(self.0.as_fd(), &path[..end], AtFlags::SYMLINK_NOFOLLOW);
            found.is_ok_and(|found| {
                rustix::fs::FileType::from_raw_mode(found.st_mode) == rustix::fs::FileType::Symlink
            })
        };
        ends.into_iter().any(is_link)
    }

    /// The directory that something lies in, none for the root, and its name there.
    fn parent<'a>(&self, path: &'a str) -> io::Result<(Option<OwnedFd>, &'a str)> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut dir: Option<OwnedFd> = None;
        let mut rest = path;
        while let Some((name, behind)) = rest.split_once('/') {
            dir = Some(openat(dir.as_ref().unwrap_or(&self.0), name, flags, Mode::empty())?);
            rest = behind;
        }
        Ok((dir, rest))
    }
}
