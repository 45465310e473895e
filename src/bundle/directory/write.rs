//! The directory, written.

use crate::bundle::content::{Sink, deliver_all};
use crate::bundle::error::{BundleError, FileFault};
use crate::bundle::manifest::{FileEntry, Manifest};
use crate::bundle::unpack::{UnpackError, unpack};
use std::io::{self, Read};
use std::path::Path;

/// Writes a bundle as a directory, which is there as a whole or not at all. `open` opens the content
/// of a file, from several threads. `before_visible` is called with the place of the whole
/// tree while nobody else looks there.
///
/// # Errors
/// As [`unpack`], and a file that is not what the manifest says.
pub fn write<R: Read, E>(
    dest: &Path,
    manifest: &Manifest,
    open: impl Fn(&FileEntry) -> io::Result<R> + Sync,
    before_visible: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<Manifest, UnpackError<E>> {
    unpack(dest, |sink| feed(manifest, &open, sink), before_visible)
}

/// Hands on all of a manifest, from wherever it lies.
fn feed<R: Read>(
    manifest: &Manifest,
    open: &(impl Fn(&FileEntry) -> io::Result<R> + Sync),
    sink: &dyn Sink,
) -> Result<Manifest, BundleError> {
    manifest.check()?;
    sink.manifest(manifest).map_err(BundleError::io("writing manifest.json"))?;
    let open = |file: &FileEntry| open(file).map_err(FileFault::Read);
    let wrong = deliver_all(&manifest.files, open, sink);
    if let Some(first) = wrong.into_iter().min_by(|a, b| a.path.cmp(&b.path)) {
        return Err(BundleError::File(first));
    }
    for link in &manifest.links {
        let what = format!("making the link {:?}", link.path);
        sink.link(link).map_err(BundleError::io(what))?;
    }
    Ok(manifest.clone())
}
