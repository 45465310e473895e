//! Writes a file in place of an older one: the whole of it or nothing.
//!
//! Before a command starts the place is tried, so that a report that nobody can write is known of in
//! time. Nothing is left there meanwhile: a process that is killed leaves what was there before.

use super::Failure;
use super::write_new::{directory, stage};
use anyhow::{Context, bail};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A place for a report that has been tried.
#[derive(Debug)]
pub struct ReportFile {
    shown: PathBuf,
    path: PathBuf,
}

impl ReportFile {
    /// Tries the place: a file that is not there yet, or a regular one, in a directory that can be
    /// written to.
    ///
    /// # Errors
    /// It is no such place. What is there is as it was.
    pub fn at(path: &Path) -> Result<ReportFile, Failure> {
        let tried = || -> anyhow::Result<PathBuf> {
            let path = target(path)?;
            drop(stage(&path, "")?);
            Ok(path)
        };
        let context = || format!("--report {}", path.display());
        let real = tried().with_context(context).map_err(Failure::io)?;
        Ok(ReportFile { shown: path.to_path_buf(), path: real })
    }

    /// Writes the text; what was there before is gone.
    ///
    /// # Errors
    /// It cannot be written. What is there is as it was.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        let context = || format!("writing --report {}", self.shown.display());
        put(&self.path, text.as_bytes()).with_context(context).map_err(Failure::io)
    }
}

/// Writes a file, or another in its place.
///
/// # Errors
/// It is no place for a file, or cannot be written. What is there is as it was.
pub(super) fn write_over(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = || -> anyhow::Result<()> { Ok(put(&target(path)?, bytes)?) };
    written().with_context(|| format!("writing {}", path.display()))
}

/// Begins a long file that is to be at a place when it is whole.
///
/// # Errors
/// It is no place for a file, or nothing can be written there. What is there is as it was.
pub(super) fn begin(path: &Path) -> anyhow::Result<NamedTempFile> {
    Ok(stage(&target(path)?, "")?)
}

/// Puts a file that is whole in its place.
///
/// # Errors
/// It cannot be written. What is there is as it was.
pub(super) fn end(staged: NamedTempFile, path: &Path) -> anyhow::Result<()> {
    Ok(persist(staged, &target(path)?)?)
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    persist(stage(path, bytes)?, path)
}

fn persist(staged: NamedTempFile, path: &Path) -> io::Result<()> {
    staged.as_file().sync_all()?;
    staged.persist(path).map_err(|error| error.error)?;
    // The name lasts when its directory does; where that cannot be synced it is there all the same.
    let _ = File::open(directory(path)).and_then(|directory| directory.sync_all());
    Ok(())
}

/// The file itself: a link stays, and what it leads to is written. Anything but a file is refused: to
/// rename over a device or a pipe would put a file in its place.
fn target(path: &Path) -> anyhow::Result<PathBuf> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(path.canonicalize()?),
        Ok(_) => bail!("not a regular file"),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
            bail!("a symbolic link that leads nowhere")
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.file_name().is_some() => {
            Ok(path.to_path_buf())
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn names(dir: &Path) -> usize {
        std::fs::read_dir(dir).unwrap().count()
    }

    #[test]
    fn what_was_there_is_replaced_as_a_whole() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("report.json");
        let report = ReportFile::at(&path).unwrap();
        assert_eq!(names(temp.path()), 0, "trying leaves nothing");
        report.write("one").unwrap();
        ReportFile::at(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one", "trying changes nothing");
        report.write("two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(names(temp.path()), 1);
    }

    #[test]
    fn a_link_stays_one() {
        let temp = tempfile::tempdir().unwrap();
        let (file, link) = (temp.path().join("file"), temp.path().join("link"));
        std::fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        ReportFile::at(&link).unwrap().write("new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
    }

    #[test]
    fn what_is_no_place_for_a_file() {
        let temp = tempfile::tempdir().unwrap();
        let place = |name: &str| temp.path().join(name);
        symlink(place("nowhere"), place("dangling")).unwrap();
        for (path, reason) in [
            (temp.path().to_path_buf(), "not a regular file"),
            ("/dev/null".into(), "not a regular file"),
            (place("dangling"), "leads nowhere"),
            (place("none/report"), "No such file"),
            ("".into(), "No such file"),
        ] {
            let failure = ReportFile::at(&path).unwrap_err();
            let said = format!("{:#}", failure.error);
            assert!(said.starts_with("--report ") && said.contains(reason), "{said}");
            assert_eq!(failure.exit, crate::report::Exit::Io);
        }
        assert!(!place("nowhere").exists());
    }
}
