//! What tells that a file has not changed since somebody looked, without reading it.

use rustix::fs::{AtFlags, Stat};
use std::os::fd::AsFd;

/// What a file system says of a file. No two contents of a file have the same stamp, unless it is
/// changed within the time that the file system's clock cannot tell apart: see [`Stamp::is_settled`].
/// A change whose time of modification is put back still changes `ctime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The device.
    pub dev: u64,
    /// The file's number on it.
    pub ino: u64,
    /// The kind and permissions.
    pub mode: u64,
    /// Bytes.
    pub size: u64,
    /// When the contents changed, in nanoseconds since 1970.
    pub mtime: i64,
    /// When anything of it changed, the times included.
    pub ctime: i64,
}

/// What the coarsest clocks of file systems count in, in nanoseconds: FAT's, two seconds.
const COARSE: i64 = 2_000_000_000;

impl Stamp {
    /// The stamp of nothing: there is no such file. No file has it.
    pub(super) const ABSENT: Stamp =
        Stamp { dev: 0, ino: 0, mode: 0, size: 0, mtime: i64::MIN, ctime: i64::MIN };

    /// The stamp of what a name leads to, itself where it is a symbolic link.
    pub(super) fn at(dir: impl AsFd, name: impl rustix::path::Arg) -> rustix::io::Result<Stamp> {
        rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| Stamp::of(&stat))
    }

    /// The stamp of an open file.
    ///
    /// # Errors
    /// The file system does not say.
    pub fn of_open(file: impl AsFd) -> rustix::io::Result<Stamp> {
        rustix::fs::fstat(file).map(|stat| Stamp::of(&stat))
    }

    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)] // the types are others on other systems
    pub(super) fn of(stat: &Stat) -> Stamp {
        let nanoseconds = |seconds: i64, rest: u64| {
            seconds.saturating_mul(1_000_000_000).saturating_add_unsigned(rest)
        };
        Stamp {
            dev: stat.st_dev.into(),
            ino: stat.st_ino.into(),
            mode: stat.st_mode.into(),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mtime: nanoseconds(stat.st_mtime.into(), stat.st_mtime_nsec as u64),
            ctime: nanoseconds(stat.st_ctime.into(), stat.st_ctime_nsec as u64),
        }
    }

    /// Whether a change after `now`, in nanoseconds since 1970, would have to change the stamp: what
    /// was written just before may be written again in the same instant of a coarse clock.
    pub fn is_settled(&self, now: i64) -> bool {
        self.mtime.max(self.ctime) < now.saturating_sub(COARSE)
    }
}
