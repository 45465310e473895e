//! The least that verifying can cost: every file below a directory is read and hashed on all processors, and
//! nothing else. This program starts itself for that, so that both sides pay for a process.

use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io, thread};

/// The argument that asks for it.
pub(crate) const WORD: &str = "floor";

pub(crate) fn run(dir: &Path) {
    let files = walk(dir).expect("the directory can be read");
    let next = AtomicUsize::new(0);
    let hash = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let bytes = fs::read(file).expect("the file can be read");
            black_box(Sha256::digest(bytes));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(hash);
        }
    });
}

/// The number of files below a directory, and of their bytes.
pub(crate) fn size(dir: &Path) -> (usize, u64) {
    let files = walk(dir).expect("the directory can be read");
    let size = |file| fs::metadata(file).map_or(0, |meta| meta.len());
    (files.len(), files.iter().map(size).sum())
}

fn walk(root: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut dirs) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                dirs.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    Ok(files)
}
