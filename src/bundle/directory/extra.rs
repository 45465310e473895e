//! Files in a directory that the manifest does not name.

use crate::bundle::error::BundleError;
use crate::bundle::manifest::Manifest;
use crate::bundle::{MANIFEST, SETTINGS, SOURCE};
use std::fs;
use std::io;
use std::path::Path;

/// Lists what a bundle has beside the files of its manifest. The project may have more, since people
/// work in it; and the settings may be there.
pub(super) fn extra_files(dir: &Path, manifest: &Manifest) -> Result<Vec<String>, BundleError> {
    let mut extra = Vec::new();
    // The name from the root with a `/` behind it, or nothing.
    let mut dirs = vec![String::new()];
    while let Some(prefix) = dirs.pop() {
        let place = dir.join(&prefix);
        let failed = || format!("reading {}", place.display());
        let entries = fs::read_dir(&place).map_err(BundleError::io(failed()))?;
        for entry in entries {
            let (name, is_dir) =
                entry.and_then(|entry| look(&entry)).map_err(BundleError::io(failed()))?;
            // Of a name that is no text, nothing in the manifest is.
            let path = format!("{prefix}{}", name.as_deref().unwrap_or("\u{fffd}"));
            match (is_dir, &name) {
                (true, Some(_)) if path == SOURCE && manifest.source.is_some() => {}
                (true, Some(_)) => dirs.push(path + "/"),
                _ if name.is_some() && is_known(&path, manifest) => {}
                _ => extra.push(path),
            }
        }
    }
    Ok(extra)
}

/// Lists what the project of a bundle has that its manifest does not name, as paths from the root. People work
/// in it, so it is no fault; but nobody has said anything of it.
///
/// # Errors
/// A directory cannot be read.
pub fn added_files(dir: &Path, manifest: &Manifest) -> Result<Vec<String>, BundleError> {
    let mut added = Vec::new();
    let mut dirs = vec![format!("{SOURCE}/")];
    while let Some(prefix) = dirs.pop().filter(|_| manifest.source.is_some()) {
        let place = dir.join(&prefix);
        let reading = || BundleError::io(format!("reading {}", place.display()));
        for entry in fs::read_dir(&place).map_err(reading())? {
            let (name, is_dir) = entry.and_then(|entry| look(&entry)).map_err(reading())?;
            let path = format!("{prefix}{}", name.as_deref().unwrap_or("\u{fffd}"));
            let is_link = || manifest.links.iter().any(|link| link.path == path);
            match (is_dir, &name) {
                (true, Some(_)) => dirs.push(path + "/"),
                (false, Some(_)) if is_known(&path, manifest) || is_link() => {}
                _ => added.push(path),
            }
        }
    }
    added.sort();
    Ok(added)
}

/// The name of an entry if it is a text, and whether it is a directory and no link to one.
fn look(entry: &fs::DirEntry) -> io::Result<(Option<String>, bool)> {
    Ok((entry.file_name().into_string().ok(), entry.file_type()?.is_dir()))
}

fn is_known(path: &str, manifest: &Manifest) -> bool {
    matches!(path, MANIFEST | SETTINGS)
        || manifest.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
}
