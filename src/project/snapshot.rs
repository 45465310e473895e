//! The stamps of everything below a directory, to be compared later.

use super::content::Content;
use super::stamp::Stamp;
use super::walk::processors;
use anyhow::{Context, Result};
use rustix::fs::{Mode, OFlags};
use std::ffi::{CStr, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a directory and everything below it looked like. A name that was added or removed changes the
/// stamp of the directory around it, so one call for each file and directory tells everything, and no
/// directory has to be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    root: PathBuf,
    /// The paths below the root, each with a NUL behind it.
    names: Vec<u8>,
    /// Where a path starts, and the stamp.
    entries: Vec<(u32, Stamp)>,
}

/// Bytes of a stamp when it is kept.
const STAMP: usize = 48;

impl Snapshot {
    /// An empty one.
    pub fn new(root: &Path) -> Snapshot {
        Snapshot { root: root.to_path_buf(), ..Snapshot::default() }
    }

    /// What was read.
    pub fn of<L>(content: &Content<L>) -> Snapshot {
        let mut snapshot = Snapshot::new(&content.root);
        for dir in &content.dirs {
            snapshot.add(&dir.path, dir.stamp);
        }
        for file in &content.files {
            snapshot.add(&file.path, file.stamp);
        }
        snapshot
    }

    /// Directories with their stamps: enough where only the names in them matter.
    pub(super) fn of_dirs(root: &Path, dirs: &[(PathBuf, Stamp)]) -> Snapshot {
        let mut snapshot = Snapshot::new(root);
        for (path, stamp) in dirs {
            snapshot.add(path, *stamp);
        }
        snapshot
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The number of files and directories.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether no change after `now`, in nanoseconds since 1970, could go unnoticed.
    pub fn is_settled(&self, now: i64) -> bool {
        self.entries.iter().all(|(_, stamp)| stamp.is_settled(now))
    }

    /// What has changed since, removed ones among them, in the order of paths. What was added shows as
    /// the directory that it lies in.
    ///
    /// # Errors
    /// The root cannot be opened.
    pub fn changes(&self) -> Result<Vec<PathBuf>> {
        let mut changed = self.compare(false)?;
        changed.sort_unstable();
        Ok(changed)
    }

    /// Whether nothing has changed. A root that is gone is a change.
    pub fn is_unchanged(&self) -> bool {
        self.compare(true).is_ok_and(|changed| changed.is_empty())
    }

    fn compare(&self, first_only: bool) -> Result<Vec<PathBuf>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&self.root, flags, Mode::empty())
            .with_context(|| format!("reading {}", self.root.display()))?;
        let share = self.entries.len().div_ceil(processors()).max(1);
        Ok(std::thread::scope(|scope| {
            let mut shares = self.entries.chunks(share);
            let own = shares.next().unwrap_or_default();
            let others: Vec<_> = shares
                .map(|entries| scope.spawn(|| self.changed(&fd, entries, first_only)))
                .collect();
            let mut changed = self.changed(&fd, own, first_only);
            changed.extend(others.into_iter().flat_map(super::joined));
            changed
        }))
    }

    fn changed(&self, fd: &OwnedFd, entries: &[(u32, Stamp)], first_only: bool) -> Vec<PathBuf> {
        let is_changed = |(at, stamp): &&(u32, Stamp)| {
            let name = self.name(*at);
            let name = if name.is_empty() { c"." } else { name };
            Stamp::at(fd, name).unwrap_or(Stamp::ABSENT) != *stamp
        };
        let most = if first_only { 1 } else { usize::MAX };
        let path =
            |(at, _): &(u32, Stamp)| PathBuf::from(OsStr::from_bytes(self.name(*at).to_bytes()));
        entries.iter().filter(is_changed).take(most).map(path).collect()
    }

    /// Adds what a path below the root looks like now, be it that nothing is there.
    pub fn look(&mut self, path: &Path) {
        let stamp = Stamp::at(rustix::fs::CWD, self.root.join(path)).unwrap_or(Stamp::ABSENT);
        self.add(path, stamp);
    }

    /// Adds the stamp of a path below the root.
    pub fn add(&mut self, path: &Path, stamp: Stamp) {
        let at = u32::try_from(self.names.len()).expect("the paths of a tree are below 4 GiB");
        self.names.extend_from_slice(path.as_os_str().as_bytes());
        self.names.push(0);
        self.entries.push((at, stamp));
    }

    fn name(&self, at: u32) -> &CStr {
        let bytes = &self.names[at as usize..];
        CStr::from_bytes_until_nul(bytes).expect("each path has a NUL behind it")
    }

    /// Adds the snapshot to bytes that are kept.
    pub fn write(&self, out: &mut Vec<u8>) {
        let root = self.root.as_os_str().as_bytes();
        for length in [root.len(), self.names.len(), self.entries.len()] {
            out.extend((length as u64).to_le_bytes());
        }
        out.extend(root);
        out.extend(&self.names);
        for (at, stamp) in &self.entries {
            out.extend(at.to_le_bytes());
            for number in [stamp.dev, stamp.ino, stamp.mode, stamp.size] {
                out.extend(number.to_le_bytes());
            }
            out.extend(stamp.mtime.to_le_bytes());
            out.extend(stamp.ctime.to_le_bytes());
        }
    }

    /// Reads a snapshot from the front of bytes that were kept, and gives the rest; `None` if they are
    /// no such thing.
    pub fn read(bytes: &[u8]) -> Option<(Snapshot, &[u8])> {
        let (head, rest) = bytes.split_at_checked(24)?;
        let mut lengths = head.chunks_exact(8).map(|chunk| usize::try_from(number(chunk)).ok());
        let (root, names, count) = (lengths.next()??, lengths.next()??, lengths.next()??);
        let (root, rest) = rest.split_at_checked(root)?;
        let (names, rest) = rest.split_at_checked(names)?;
        let (entries, rest) = rest.split_at_checked(count.checked_mul(STAMP + 4)?)?;
        let starts_a_path = |at: u32| {
            let at = at as usize;
            at < names.len() && (at == 0 || names[at - 1] == 0)
        };
        let entries: Option<Vec<(u32, Stamp)>> = entries
            .chunks_exact(STAMP + 4)
            .map(|entry| {
                let at = u32::from_le_bytes(entry[..4].try_into().ok()?);
                let mut numbers = entry[4..].chunks_exact(8).map(number);
                let mut next = || numbers.next();
                let stamp = Stamp {
                    dev: next()?,
                    ino: next()?,
                    mode: next()?,
                    size: next()?,
                    mtime: next()?.cast_signed(),
                    ctime: next()?.cast_signed(),
                };
                starts_a_path(at).then_some((at, stamp))
            })
            .collect();
        let is_whole = names.is_empty() || names.ends_with(&[0]);
        let snapshot = Snapshot {
            root: PathBuf::from(OsStr::from_bytes(root)),
            names: names.to_vec(),
            entries: entries.filter(|_| is_whole)?,
        };
        Some((snapshot, rest))
    }
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("chunks of eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::super::content::Which;
    use super::*;

    fn tree() -> (tempfile::TempDir, Snapshot) {
        let temp = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(temp.path().join("a/b")).unwrap();
        std::fs::write(temp.path().join("a/b/c.go"), "c").unwrap();
        std::fs::write(temp.path().join("a/d.txt"), "d").unwrap();
        std::os::unix::fs::symlink("d.txt", temp.path().join("a/link")).unwrap();
        let content = Content::<()>::read(temp.path(), &Which::All, &|_, _| None).unwrap();
        let snapshot = Snapshot::of(&content);
        (temp, snapshot)
    }

    fn changes(snapshot: &Snapshot) -> Vec<String> {
        let changes = snapshot.changes().unwrap();
        changes.iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn each_change_is_noticed() {
        let (temp, snapshot) = tree();
        assert!(snapshot.is_unchanged() && changes(&snapshot).is_empty());
        assert_eq!(snapshot.len(), 6);
        let file = temp.path().join("a/b/c.go");
        let time = std::fs::metadata(&file).unwrap().modified().unwrap();
        // Clocks of file systems may be as coarse as a tick.
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(&file, "x").unwrap();
        let opened = std::fs::File::options().write(true).open(&file).unwrap();
        opened.set_modified(time).unwrap();
        assert_eq!(changes(&snapshot), ["a/b/c.go"], "although its time was put back");
        std::fs::write(temp.path().join("a/new"), "").unwrap();
        assert_eq!(changes(&snapshot), ["a", "a/b/c.go"]);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(changes(&snapshot), ["a", "a/b", "a/b/c.go"]);
        assert!(!snapshot.is_unchanged());
        drop(temp);
        assert!(!snapshot.is_unchanged() && snapshot.changes().is_err());
    }

    #[test]
    fn what_comes_is_noticed_as_well() {
        let (temp, _) = tree();
        let mut snapshot = Snapshot::new(temp.path());
        snapshot.look(Path::new("a/b/c.go"));
        snapshot.look(Path::new("a/none/x.go"));
        assert!(snapshot.is_unchanged() && snapshot.is_settled(i64::MAX));
        std::fs::create_dir(temp.path().join("a/none")).unwrap();
        assert!(snapshot.is_unchanged());
        std::fs::write(temp.path().join("a/none/x.go"), "x").unwrap();
        assert_eq!(changes(&snapshot), ["a/none/x.go"]);
    }

    #[test]
    fn what_is_kept_is_what_it_was() {
        let (_temp, snapshot) = tree();
        let mut bytes = Vec::new();
        snapshot.write(&mut bytes);
        bytes.extend(b"rest");
        assert_eq!(Snapshot::read(&bytes), Some((snapshot.clone(), &b"rest"[..])));
        for cut in 0..bytes.len() - 4 {
            assert_eq!(Snapshot::read(&bytes[..cut]), None, "{cut}");
        }
        for at in 0..24 {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x80;
            let _ = Snapshot::read(&wrong); // no panic
        }
    }

    #[test]
    fn what_was_just_written_is_not_settled() {
        let (_temp, snapshot) = tree();
        let newest = snapshot.entries.iter().map(|(_, stamp)| stamp.ctime).max().unwrap();
        assert!(!snapshot.is_settled(newest) && !snapshot.is_settled(newest + 1_000_000_000));
        assert!(snapshot.is_settled(newest + 2_000_000_001));
    }
}
