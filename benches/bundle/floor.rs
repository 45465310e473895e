//! The least that looking into a bundle can cost: all files are read and hashed on all processors, and of
//! zips what lies in them is inflated and hashed too. This program starts itself for that.

use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::io::{Cursor, Read, copy};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, thread};

/// The argument that asks for the files alone.
pub(crate) const FILES: &str = "floor-files";
/// The argument that asks for what lies in zips too.
pub(crate) const CONTENTS: &str = "floor-contents";

pub(crate) fn run(dir: &Path, with_contents: bool) {
    let mut files = Vec::new();
    walk(dir, &mut files);
    // The largest first, so that no processor has one left in the end.
    files.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((file, _)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let bytes = fs::read(file).expect("the file can be read");
            black_box(Sha256::digest(&bytes));
            if with_contents && file.extension().is_some_and(|kind| kind == "zip") {
                hash_contents(&bytes);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
}

fn hash_contents(zip: &[u8]) {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).expect("it is a zip");
    let mut buffer = Vec::new();
    for at in 0..zip.len() {
        buffer.clear();
        let mut file = zip.by_index(at).expect("the zip is sound");
        file.read_to_end(&mut buffer).expect("the zip is sound");
        black_box(Sha256::digest(&buffer));
    }
}

/// All files below a directory that the rest is about, with their sizes.
fn walk(dir: &Path, files: &mut Vec<(PathBuf, u64)>) {
    for entry in fs::read_dir(dir).expect("the directory can be read").flatten() {
        let meta = entry.metadata().expect("the file can be looked at");
        if meta.is_dir() {
            walk(&entry.path(), files);
        } else {
            files.push((entry.path(), meta.len()));
        }
    }
}

/// The number of files, their megabytes, and those of what lies in zips.
pub(crate) fn size(dir: &Path) -> (usize, f64, f64) {
    let mut files = Vec::new();
    walk(dir, &mut files);
    let bytes: u64 = files.iter().map(|(_, size)| size).sum();
    let zips = files.iter().filter(|(file, _)| file.extension().is_some_and(|kind| kind == "zip"));
    let inflated: u64 = zips.map(|(file, _)| inflated(file)).sum();
    (files.len(), bytes as f64 / 1e6, inflated as f64 / 1e6)
}

fn inflated(file: &Path) -> u64 {
    let file = fs::File::open(file).expect("the file can be opened");
    let mut zip = zip::ZipArchive::new(file).expect("it is a zip");
    let all = 0..zip.len();
    let mut inflate = |at| {
        let mut file = zip.by_index(at).expect("the zip is sound");
        copy(&mut file, &mut std::io::sink()).expect("the zip is sound")
    };
    all.map(&mut inflate).sum()
}
