//! A file held against what the manifest says of it, while it is handed on.

use super::error::{FileError, FileFault};
use super::in_order::workers;
use super::manifest::{Digest, FileEntry, LinkEntry, Manifest};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A file of at most this size is in memory as a whole, so that files are worked on side by side.
pub(super) const SMALL: u64 = 4 << 20;

/// What takes the things of a bundle as they are read. Files come from several threads at a time, in
/// no order. All of it is true only when the reading as a whole has ended well.
pub trait Sink: Sync {
    /// Takes the manifest, before all else.
    ///
    /// # Errors
    /// Any, which ends the reading.
    fn manifest(&self, manifest: &Manifest) -> io::Result<()>;

    /// Takes a file. What is read to its end without an error is what the manifest says; of at most
    /// 4 MiB already the first byte is.
    ///
    /// # Errors
    /// Any, which ends the reading.
    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()>;

    /// Takes a link. They come last, when all files have been taken.
    ///
    /// # Errors
    /// Any, which ends the reading.
    fn link(&self, link: &LinkEntry) -> io::Result<()>;
}

/// Takes everything and keeps nothing, for who wants to know whether a bundle is whole.
impl Sink for () {
    fn manifest(&self, _: &Manifest) -> io::Result<()> {
        Ok(())
    }

    fn file(&self, _: &FileEntry, _: &mut dyn Read) -> io::Result<()> {
        Ok(())
    }

    fn link(&self, _: &LinkEntry) -> io::Result<()> {
        Ok(())
    }
}

/// Hands a file on to a sink, and says whether it is what the manifest says.
pub(super) fn deliver(
    file: &FileEntry,
    content: impl Read,
    sink: &dyn Sink,
) -> Result<(), FileFault> {
    if file.size <= SMALL {
        return deliver_whole(file, &load(file, content)?, sink);
    }
    let mut content = Checked::new(file, content);
    let taken = sink.file(file, &mut content);
    if taken.is_ok() {
        // Nobody has to read to the end, but then nobody has seen that it is sound.
        let _ = io::copy(&mut content, &mut io::sink());
    }
    match content.fault {
        Some(fault) => Err(fault),
        None => taken.map_err(FileFault::Taken),
    }
}

/// Hands on a file that is in memory and sound.
fn deliver_whole(file: &FileEntry, content: &[u8], sink: &dyn Sink) -> Result<(), FileFault> {
    let mut rest = content;
    sink.file(file, &mut rest).map_err(FileFault::Taken)
}

/// Reads a small file into memory, and holds it against the manifest.
pub(super) fn load(file: &FileEntry, content: impl Read) -> Result<Vec<u8>, FileFault> {
    // One byte more shows that there is more, and lets the end be seen without growing.
    let size = usize::try_from(file.size).expect("a small file fits into memory");
    let mut bytes = Vec::with_capacity(size + 1);
    content.take(file.size + 1).read_to_end(&mut bytes).map_err(FileFault::Read)?;
    check(file, bytes.len() as u64, || Digest::of(&bytes))?;
    Ok(bytes)
}

fn check(file: &FileEntry, found: u64, hash: impl FnOnce() -> Digest) -> Result<(), FileFault> {
    if found != file.size {
        return Err(FileFault::Size { expected: file.size, found });
    }
    let found = hash();
    if found != file.sha256 {
        return Err(FileFault::Digest { expected: file.sha256, found });
    }
    Ok(())
}

/// A content that fails at its end if it is not what the manifest says.
pub(super) struct Checked<'a, R> {
    file: &'a FileEntry,
    content: R,
    hash: Sha256,
    read: u64,
    is_at_end: bool,
    fault: Option<FileFault>,
}

impl<'a, R: Read> Checked<'a, R> {
    pub(super) fn new(file: &'a FileEntry, content: R) -> Checked<'a, R> {
        Checked { file, content, hash: Sha256::new(), read: 0, is_at_end: false, fault: None }
    }

    /// What was found to be wrong, if anything was.
    pub(super) fn into_fault(self) -> Option<FileFault> {
        self.fault
    }

    /// Reads on, or finds the end. After a fault nothing is read any more.
    fn advance(&mut self, buffer: &mut [u8]) -> Result<usize, FileFault> {
        let part = loop {
            match self.content.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                part => break part.map_err(FileFault::Read)?,
            }
        };
        self.read += part as u64;
        if self.read > self.file.size {
            return Err(FileFault::Size { expected: self.file.size, found: self.read });
        }
        if part == 0 {
            self.is_at_end = true;
            let hash = std::mem::take(&mut self.hash);
            check(self.file, self.read, || Digest(hash.finalize().into()))?;
        }
        self.hash.update(&buffer[..part]);
        Ok(part)
    }
}

impl<R: Read> Read for Checked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.fault.is_none() && (self.is_at_end || buffer.is_empty()) {
            return Ok(0);
        }
        if self.fault.is_none() {
            match self.advance(buffer) {
                Ok(part) => return Ok(part),
                Err(fault) => self.fault = Some(fault),
            }
        }
        Err(io::Error::other("this is not what manifest.json says"))
    }
}

/// Hands on all files of a manifest, from wherever they lie, on all cores. Returns what is wrong.
pub(super) fn deliver_all<R: Read>(
    files: &[FileEntry],
    open: impl Fn(&FileEntry) -> Result<R, FileFault> + Sync,
    sink: &dyn Sink,
) -> Vec<FileError> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(fault) = open(file).and_then(|content| deliver(file, content, sink)) {
                let error = FileError { path: file.path.clone(), fault };
                wrong.lock().expect("nothing panics while it is held").push(error);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers() {
            scope.spawn(work);
        }
        work();
    });
    wrong.into_inner().expect("nothing panics while it is held")
}
