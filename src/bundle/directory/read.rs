//! The directory, read into a sink.

use super::extra::extra_files;
use crate::bundle::MANIFEST;
use crate::bundle::beneath::Beneath;
use crate::bundle::content::{Sink, deliver_all};
use crate::bundle::error::{BundleError, Faults, FileError, FileFault};
use crate::bundle::manifest::{FileEntry, LinkEntry, MAX_MANIFEST, Manifest, ManifestError};
use std::fs::{File, FileType};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

/// Reads a bundle that is a directory, and hands on what lies in it. Nothing of it counts before all
/// of it has been read.
///
/// # Errors
/// A manifest that breaks a rule; files that are missing, that are not what it says or that it does
/// not name; or a sink that does not take something.
pub fn read(dir: &Path, sink: &dyn Sink) -> Result<Manifest, BundleError> {
    let root = open_root(dir)?;
    let manifest = manifest_of(&root)?;
    sink.manifest(&manifest).map_err(BundleError::io("taking manifest.json"))?;
    let extra = extra_files(dir, &manifest)?;
    let mut wrong = deliver_all(&manifest.files, |file| open(&root, file), sink);
    wrong.extend(manifest.links.iter().filter_map(|link| check_link(&root, link)));
    let faults = Faults::new(wrong, extra);
    if !faults.is_empty() {
        return Err(BundleError::Directory(faults));
    }
    for link in &manifest.links {
        let what = format!("making the link {:?}", link.path);
        sink.link(link).map_err(BundleError::io(what))?;
    }
    Ok(manifest)
}

/// Reads the manifest of a directory, and nothing else: what it says may not be true.
///
/// # Errors
/// It is not there, or breaks a rule.
pub fn read_manifest(dir: &Path) -> Result<Manifest, BundleError> {
    manifest_of(&open_root(dir)?)
}

fn open_root(dir: &Path) -> Result<Beneath, BundleError> {
    Beneath::new(dir).map_err(BundleError::io(format!("reading {}", dir.display())))
}

/// Looks whether the manifest of a directory is of a version that this program knows, and at nothing else.
///
/// # Errors
/// It is not there, or of another version.
pub fn check_version(dir: &Path) -> Result<(), BundleError> {
    Ok(Manifest::check_version(&manifest_bytes(&open_root(dir)?)?)?)
}

fn manifest_of(root: &Beneath) -> Result<Manifest, BundleError> {
    Ok(Manifest::parse(&manifest_bytes(root)?)?)
}

fn manifest_bytes(root: &Beneath) -> Result<Vec<u8>, BundleError> {
    let in_manifest = |fault| BundleError::File(FileError { path: MANIFEST.to_owned(), fault });
    let file = open_regular(root, MANIFEST).map_err(in_manifest)?;
    let mut bytes = Vec::new();
    let read = file.take(MAX_MANIFEST + 1).read_to_end(&mut bytes);
    let size = read.map_err(|error| in_manifest(FileFault::Read(error)))? as u64;
    if size > MAX_MANIFEST {
        return Err(ManifestError::TooLarge(size).into());
    }
    Ok(bytes)
}

/// Opens a file that is as the manifest says, as far as that shows without its content.
fn open(root: &Beneath, entry: &FileEntry) -> Result<File, FileFault> {
    let file = open_regular(root, &entry.path)?;
    let found = file.metadata().map_err(FileFault::Read)?;
    if found.len() != entry.size {
        return Err(FileFault::Size { expected: entry.size, found: found.len() });
    }
    // Whose bit it is depends on the umask.
    match (entry.executable, found.permissions().mode() & 0o100 != 0) {
        (true, false) => Err(FileFault::Other("not executable, and should be".to_owned())),
        (false, true) => Err(FileFault::Other("executable, and should not be".to_owned())),
        _ => Ok(file),
    }
}

fn open_regular(root: &Beneath, path: &str) -> Result<File, FileFault> {
    let file = root.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FileFault::Missing,
        _ if root.is_link(path) => {
            FileFault::Other("a symbolic link or behind one, where a file belongs".to_owned())
        }
        io::ErrorKind::NotADirectory => FileFault::Missing,
        _ => FileFault::Read(error),
    })?;
    let kind = file.metadata().map_err(FileFault::Read)?.file_type();
    if kind.is_file() { Ok(file) } else { Err(FileFault::Other(other(kind))) }
}

fn other(kind: FileType) -> String {
    let kind = match kind {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a fifo",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    format!("{kind} where a file belongs")
}

fn check_link(root: &Beneath, link: &LinkEntry) -> Option<FileError> {
    let fault = match root.link(&link.path) {
        Ok(Some(target)) if target == Path::new(&link.target) => return None,
        Ok(Some(target)) => FileFault::Other(format!(
            "a symbolic link to {target:?}, where manifest.json has one to {:?}",
            link.target
        )),
        Ok(None) => FileFault::Other("no symbolic link, where one belongs".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => FileFault::Missing,
        Err(error) => FileFault::Read(error),
    };
    Some(FileError { path: link.path.clone(), fault })
}
