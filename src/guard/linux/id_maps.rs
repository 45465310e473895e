//! The map of every id: a user namespace in which nobody's files change their owner.
//!
//! It is written from outside the new namespace, by a process that has CAP_SETUID, CAP_SETGID and
//! CAP_SETFCAP, and it can be refused half way: each of the two maps is written once.

use super::steps::{At, Failed, Step};
use rustix::fs::{Mode, OFlags};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The two maps, as the kernel takes them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct IdMaps {
    users: String,
    groups: String,
}

impl IdMaps {
    /// Every id that our own namespace has, to itself.
    pub(super) fn of_our_own() -> io::Result<IdMaps> {
        let read = |name: &str| {
            let text = fs::read_to_string(Path::new("/proc/self").join(name))?;
            to_itself(&text).ok_or_else(|| io::Error::other(format!("{name} cannot be read")))
        };
        Ok(IdMaps { users: read("uid_map")?, groups: read("gid_map")? })
    }

    /// Gives them to the user namespace of a process, which is known by its inode number.
    pub(super) fn give(&self, process: impl AsRef<Path>, namespace: u64) -> Result<(), Failed> {
        // An open directory of /proc goes on being that of one process.
        let process = File::open(process).at(Step::UidMap)?;
        is_in(&process, namespace).at(Step::UidMap)?;
        write(&process, "uid_map", &self.users).at(Step::UidMap)?;
        write(&process, "gid_map", &self.groups).at(Step::GidMap)
    }
}

/// `/proc` may be that of another process namespace, where the number belongs to somebody else.
fn is_in(process: &File, namespace: u64) -> io::Result<()> {
    let own =
        rustix::fs::openat(process, "ns/user", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    match File::from(own).metadata()?.ino() == namespace {
        true => Ok(()),
        false => Err(io::Error::other("/proc belongs to another process namespace")),
    }
}

/// The kernel takes a map in one piece.
fn write(process: &File, name: &str, map: &str) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::openat(process, name, flags, Mode::empty())?);
    match file.write(map.as_bytes())? == map.len() {
        true => Ok(()),
        false => Err(io::Error::other("the kernel took a part of the map only")),
    }
}

/// From lines of `FIRST-INSIDE FIRST-OUTSIDE COUNT` those that map the same ids inside to themselves:
/// inside is where the new namespace is made, so its numbers are those outside of that.
fn to_itself(map: &str) -> Option<String> {
    let mut lines = String::new();
    for line in map.lines() {
        let mut numbers = line.split_whitespace().map(str::parse::<u32>);
        let (first, _outside, count) =
            (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        lines.push_str(&format!("{first} {first} {count}\n"));
    }
    (!lines.is_empty()).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_extent_maps_to_itself() {
        let all = "         0          0 4294967295\n";
        assert_eq!(to_itself(all).as_deref(), Some("0 0 4294967295\n"));
        // As a rootless container has it.
        let rootless = "         0       1000          1\n         1     100000      65536\n";
        assert_eq!(to_itself(rootless).as_deref(), Some("0 0 1\n1 1 65536\n"));
        for bad in ["", "0 0\n", "a b c\n", "0 0 1\n\n"] {
            assert_eq!(to_itself(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn nobody_else_is_given_maps() {
        let maps = IdMaps::of_our_own().unwrap();
        let failed = maps.give("/proc/self", 1).unwrap_err();
        assert_eq!(failed.step, Step::UidMap);
        assert!(failed.error.to_string().contains("another process namespace"), "{failed:?}");
    }
}
