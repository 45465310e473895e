//! Whether what was modified differs by the ends of its lines only.

use crate::gomod::FileList;
use crate::vendoring::{Difference, LineEnds, VendoredModule, What};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Whether a modified file differs by the ends of its lines only: with every CR LF made LF, or every
/// LF made CR LF, it is what it should be.
pub(super) fn line_ends(
    vendor: &Path,
    modules: &[VendoredModule<'_>],
    difference: &mut Difference,
) {
    let What::Modified { line_ends, .. } = &mut difference.what else { return };
    let source = difference.module.and_then(|module| modules[module].source.as_ref());
    let below = |module: usize| &difference.path[modules[module].path.len() + 1..];
    let listed = source.zip(difference.module.map(below));
    let Some((files, file)) =
        listed.and_then(|(source, name)| Some((source.files, source.files.find(name)?)))
    else {
        return;
    };
    // What cannot be read any more is modified.
    let Ok(bytes) = std::fs::read(vendor.join(&difference.path)) else { return };
    *line_ends = how_lines_end(&bytes, files, file);
}

fn how_lines_end(bytes: &[u8], files: &FileList, file: usize) -> Option<LineEnds> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        plain.extend_from_slice(&rest[..at]);
        plain.push(b'\n');
        rest = &rest[at + 2..];
    }
    plain.extend_from_slice(rest);
    if files.has_hash(file, &Sha256::digest(&plain).into()) {
        return Some(LineEnds::Added);
    }
    let mut returns = Vec::with_capacity(plain.len() + plain.len() / 16);
    for line in plain.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                returns.extend_from_slice(line);
                returns.extend_from_slice(b"\r\n");
            }
            None => returns.extend_from_slice(line),
        }
    }
    files.has_hash(file, &Sha256::digest(&returns).into()).then_some(LineEnds::Dropped)
}
