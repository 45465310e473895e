//! The files of a module zip on disk.

use super::{ZipFault, write_failed};
use std::fs::{File, OpenOptions, create_dir_all};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Makes the file of an entry, with the directories it needs; `None` for a directory. Its name has been
/// checked, and nobody else writes below `dir`, so that it leads nowhere else.
pub(super) fn create(dir: &Path, name: &str) -> Result<Option<File>, ZipFault> {
    let path = dir.join(name);
    if name.ends_with('/') {
        create_dir_all(&path).map_err(|error| write_failed(&path, &error))?;
        return Ok(None);
    }
    let parent = path.parent().unwrap_or(dir);
    create_dir_all(parent).map_err(|error| write_failed(parent, &error))?;
    // As `x/mod/zip.Unzip` makes them: a module cache is for reading.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o444).open(&path);
    made.map(Some).map_err(|error| write_failed(&path, &error))
}
