//! A directory that is there as a whole or not at all.
//!
//! All is written into a hidden directory beside the target, which gets its name in the end by one
//! rename. Who is killed before leaves that hidden directory, and nothing else.

use super::content::Sink;
use super::error::BundleError;
use super::manifest::{FileEntry, LinkEntry, Manifest};
use super::{MANIFEST, TEMPORARY};
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CHUNK: usize = 256 << 10;

/// Why a bundle was not unpacked.
#[derive(Debug)]
pub enum UnpackError<E> {
    /// Something is there already, and is no empty directory.
    Taken(PathBuf),
    /// The bundle is not read.
    Bundle(BundleError),
    /// The directory cannot be made.
    Io(PathBuf, io::Error),
    /// The caller does not want it.
    Unwanted(E),
}

impl<E: fmt::Display> fmt::Display for UnpackError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnpackError::Taken(dest) => write!(
                f,
                "{} is there already and no empty directory, and is left as it is: name one that is not there",
                dest.display()
            ),
            UnpackError::Bundle(error) => error.fmt(f),
            UnpackError::Io(path, error) => write!(f, "writing {}: {error}", path.display()),
            UnpackError::Unwanted(error) => error.fmt(f),
        }
    }
}

// The errors in it are in the words above already.
impl<E: fmt::Debug + fmt::Display> std::error::Error for UnpackError<E> {}

/// Makes the directory `dest`, which may be there if it is empty, out of what `read` hands to its
/// sink. `before_visible` is called with the place of the whole tree while nobody else looks there:
/// the last word on whether it is wanted, and time to add to it.
///
/// # Errors
/// With any of them nothing is at `dest` that was not before.
pub fn unpack<E>(
    dest: &Path,
    read: impl FnOnce(&dyn Sink) -> Result<Manifest, BundleError>,
    before_visible: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<Manifest, UnpackError<E>> {
    let failed = |error| UnpackError::Io(dest.to_path_buf(), error);
    let dest = &place(dest)?;
    let temp = hidden(dest).map_err(failed)?;
    let manifest = read(&Disk { root: temp.path() }).map_err(UnpackError::Bundle)?;
    before_visible(temp.path()).map_err(UnpackError::Unwanted)?;
    keep_mode(dest, temp.path()).map_err(failed)?;
    sync(temp.path()).map_err(failed)?;
    // Only an empty directory gives way to another, and nothing else does.
    fs::rename(temp.path(), dest).map_err(failed)?;
    // There is nothing to remove under the old name.
    let _ = temp.keep();
    // The name lasts when its directory does. Where a directory cannot be synced, it is there all
    // the same.
    let _ = File::open(parent(dest)).and_then(|parent| parent.sync_all());
    Ok(manifest)
}

/// Looks whether a directory could be made at `dest`, and leaves nothing there.
///
/// # Errors
/// As [`unpack`] has before it reads anything.
pub fn try_unpack(dest: &Path) -> Result<(), UnpackError<std::convert::Infallible>> {
    let dest = &place(dest)?;
    match hidden(dest) {
        Ok(_removed) => Ok(()),
        Err(error) => Err(UnpackError::Io(dest.clone(), error)),
    }
}

/// The target as a name in a directory, if it is free.
fn place<E>(dest: &Path) -> Result<PathBuf, UnpackError<E>> {
    let failed = |error| UnpackError::Io(dest.to_path_buf(), error);
    match fs::symlink_metadata(dest) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match dest.file_name() {
            Some(_) => Ok(dest.to_path_buf()),
            None => Err(failed(error)),
        },
        Err(error) => Err(failed(error)),
        Ok(found) if !found.is_dir() => Err(UnpackError::Taken(dest.to_path_buf())),
        Ok(_) => {
            if fs::read_dir(dest).map_err(failed)?.next().is_some() {
                return Err(UnpackError::Taken(dest.to_path_buf()));
            }
            // `.` has no name of its own.
            dest.canonicalize().map_err(failed)
        }
    }
}

fn parent(dest: &Path) -> &Path {
    dest.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A hidden directory beside the target, with the mode of any other.
fn hidden(dest: &Path) -> io::Result<TempDir> {
    let mut prefix = OsString::from(".");
    prefix.push(dest.file_name().unwrap_or_default());
    prefix.push(TEMPORARY);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).permissions(Permissions::from_mode(0o777));
    builder.tempdir_in(parent(dest))
}

/// Who made an empty directory for his own eyes has it so.
fn keep_mode(dest: &Path, hidden: &Path) -> io::Result<()> {
    match dest.metadata() {
        Ok(found) => fs::set_permissions(hidden, found.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// All of it on the disk before it has its name.
#[cfg(target_os = "linux")]
fn sync(root: &Path) -> io::Result<()> {
    // Once for all: there are many small files.
    Ok(rustix::fs::syncfs(File::open(root)?)?)
}

/// All of it on the disk before it has its name: here each file was synced when it was written.
#[cfg(not(target_os = "linux"))]
fn sync(root: &Path) -> io::Result<()> {
    File::open(root)?.sync_all()
}

/// Writes into a directory that nobody else knows of. No link is in it until all files are.
struct Disk<'a> {
    root: &'a Path,
}

impl Disk<'_> {
    /// A few bytes of an archive can ask for more than a disk has, and a full disk harms others.
    fn check_space(&self, manifest: &Manifest) -> io::Result<()> {
        let needed = manifest.files.iter().map(|file| file.size).sum::<u64>();
        let Ok(found) = rustix::fs::statvfs(self.root) else { return Ok(()) };
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        // Some file systems do not know.
        if found.f_blocks == 0 || needed <= free {
            return Ok(());
        }
        let mega = |bytes: u64| bytes.div_ceil(1_000_000);
        let why =
            format!("No space left: it holds {} MB, and {} MB are free", mega(needed), mega(free));
        Err(io::Error::new(io::ErrorKind::StorageFull, why))
    }

    /// Makes something, and the directories above it if they are missing.
    fn make<T>(&self, path: &str, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
        let path = self.root.join(path);
        match make(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(parent(&path))?;
                make(&path)
            }
            made => made,
        }
    }

    /// A new file, less the umask; who may read it may execute it, if anybody may.
    fn create(&self, path: &str, is_executable: bool) -> io::Result<File> {
        let mode = if is_executable { 0o777 } else { 0o666 };
        let open =
            |path: &Path| OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
        self.make(path, open)
    }
}

impl Sink for Disk<'_> {
    fn manifest(&self, manifest: &Manifest) -> io::Result<()> {
        self.check_space(manifest)?;
        let json = manifest.to_json();
        finish(self.create(MANIFEST, false)?, json.len() as u64, &mut json.as_slice())
    }

    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()> {
        finish(self.create(&file.path, file.executable)?, file.size, content)
    }

    fn link(&self, link: &LinkEntry) -> io::Result<()> {
        self.make(&link.path, |path| symlink(&link.target, path))
    }
}

fn finish(mut file: File, size: u64, content: &mut dyn Read) -> io::Result<()> {
    // A small file does not need all of it; one byte more, since the end has to be seen.
    let mut buffer = vec![0; usize::try_from(size + 1).map_or(CHUNK, |size| size.min(CHUNK))];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            part => file.write_all(&buffer[..part])?,
        }
    }
    if cfg!(target_os = "linux") { Ok(()) } else { file.sync_all() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::samples::{Sample, file, small, unpack_to};
    use std::convert::Infallible;

    #[test]
    fn an_empty_directory_keeps_its_mode() {
        let temp = tempfile::tempdir().unwrap();
        let dest = temp.path().join("x");
        for mode in [0o700, 0o750, 0o755, 0o555] {
            fs::create_dir(&dest).unwrap();
            fs::set_permissions(&dest, Permissions::from_mode(mode)).unwrap();
            unpack_to(&dest, &small().archive()).unwrap();
            assert_eq!(dest.metadata().unwrap().permissions().mode() & 0o777, mode);
            fs::remove_dir_all(&dest).unwrap();
        }
    }

    #[test]
    fn what_no_disk_has_room_for_is_not_begun() {
        let temp = tempfile::tempdir().unwrap();
        let mut manifest = Sample::new(&[]).manifest;
        let large = |number| FileEntry { size: (1 << 33) - 1, ..file(&format!("x/{number}"), b"") };
        manifest.files = (0..1 << 20).map(large).collect();
        let read = |sink: &dyn Sink| {
            sink.manifest(&manifest).map_err(BundleError::io("taking manifest.json"))?;
            Ok(manifest.clone())
        };
        let error = unpack(&temp.path().join("x"), read, |_| Ok::<_, Infallible>(())).unwrap_err();
        assert!(error.to_string().contains("No space left: it holds 9007"), "{error}");
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_place_is_tried_without_a_trace() {
        let temp = tempfile::tempdir().unwrap();
        let dest = temp.path().join("x");
        try_unpack(&dest).unwrap();
        assert!(try_unpack(&dest.join("y")).is_err());
        fs::create_dir(&dest).unwrap();
        try_unpack(&dest).unwrap();
        fs::write(dest.join("y"), "").unwrap();
        assert!(matches!(try_unpack(&dest), Err(UnpackError::Taken(_))));
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }
}
