//! Writes a file that is not there yet, and never one that is.
//!
//! The text goes into a temporary file beside the place, and gets its name by an operation that
//! fails where the name is taken, by a dangling symbolic link as well. So nobody ever sees half of
//! it: a process that is killed leaves a hidden temporary at most.

use crate::bundle::TEMPORARY;
use std::fmt;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Why a file was not written.
#[derive(Debug)]
pub enum WriteNewError {
    /// Something has that name already.
    Exists(PathBuf),
    /// It cannot be written.
    Io(PathBuf, io::Error),
}

impl fmt::Display for WriteNewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteNewError::Exists(path) => {
                write!(f, "{} exists already, and is left as it is", path.display())
            }
            WriteNewError::Io(path, error) => write!(f, "writing {}: {error}", path.display()),
        }
    }
}

// The system's error is in the words above already.
impl std::error::Error for WriteNewError {}

/// Writes a new file with mode 0644, less the umask.
///
/// # Errors
/// Something has that name, or it cannot be written; then nothing is there that was not before.
pub fn write_new(path: &Path, text: &str) -> Result<(), WriteNewError> {
    let failed = |error| WriteNewError::Io(path.to_path_buf(), error);
    let staged = stage(path, text).map_err(failed)?;
    if let Err(error) = staged.persist_noclobber(path) {
        return Err(match error.error.kind() {
            io::ErrorKind::AlreadyExists => WriteNewError::Exists(path.to_path_buf()),
            _ => failed(error.error),
        });
    }
    // The name lasts when its directory does. Where a directory cannot be synced, it is there all
    // the same.
    let _ = File::open(directory(path)).and_then(|directory| directory.sync_all());
    Ok(())
}

/// The whole text on the disk, under a name of no consequence.
pub(super) fn stage(path: &Path, text: impl AsRef<[u8]>) -> io::Result<NamedTempFile> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(TEMPORARY);
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(&name).permissions(Permissions::from_mode(0o644));
    let mut file = builder.tempfile_in(directory(path))?;
    file.write_all(text.as_ref())?;
    file.as_file().sync_all()?;
    Ok(file)
}

pub(super) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_new_file_is_like_any_other() {
        use std::os::unix::fs::OpenOptionsExt;
        let temp = tempfile::tempdir().unwrap();
        let (path, other) = (temp.path().join("new"), temp.path().join("other"));
        write_new(&path, "text").unwrap();
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o644).open(&other).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&other));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
        assert_eq!(names(temp.path()).len(), 2, "no temporary is left");
    }

    #[test]
    fn what_has_the_name_is_left_alone() {
        let temp = tempfile::tempdir().unwrap();
        let place = |name| temp.path().join(name);
        std::fs::write(place("file"), "theirs").unwrap();
        std::fs::create_dir(place("directory")).unwrap();
        std::os::unix::fs::symlink(place("nowhere"), place("dangling")).unwrap();
        std::os::unix::fs::symlink(place("file"), place("link")).unwrap();
        for name in ["file", "directory", "dangling", "link"] {
            let error = write_new(&place(name), "ours").unwrap_err();
            assert!(
                matches!(&error, WriteNewError::Exists(path) if *path == place(name)),
                "{error}"
            );
        }
        assert_eq!(std::fs::read_to_string(place("file")).unwrap(), "theirs");
        assert!(!place("nowhere").exists());
        assert!(place("dangling").is_symlink());
        assert_eq!(names(temp.path()).len(), 4, "no temporary is left");
    }

    #[test]
    fn a_kill_before_the_end_leaves_a_hidden_file_at_most() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("new");
        // As a killed process: nobody cleans up.
        std::mem::forget(stage(&path, "text").unwrap());
        let left = names(temp.path());
        assert!(left.len() == 1 && left[0].starts_with(".new."), "{left:?}");
        write_new(&path, "text").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
    }

    #[test]
    fn of_many_one_writes_and_all_of_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("new");
        let texts: Vec<String> = (0..8).map(|at| at.to_string().repeat(100_000)).collect();
        let wins = std::thread::scope(|scope| {
            let path = &path;
            let write = |text| scope.spawn(move || write_new(path, text).is_ok());
            let all: Vec<_> = texts.iter().map(String::as_str).map(write).collect();
            all.into_iter().map(|one| one.join().unwrap()).filter(|won| *won).count()
        });
        assert_eq!(wins, 1);
        assert!(texts.contains(&std::fs::read_to_string(&path).unwrap()));
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = write_new(Path::new("/nonexistent/new"), "").unwrap_err();
        assert!(error.to_string().starts_with("writing /nonexistent/new: "), "{error}");
    }
}
