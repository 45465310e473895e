//! The archive, read into a sink.

use super::members::{Members, with_members};
use crate::bundle::content::{SMALL, Sink, deliver};
use crate::bundle::error::{BundleError, FileError};
use crate::bundle::in_order::{take, workers};
use crate::bundle::manifest::{FileEntry, Manifest};
use crate::bundle::tar;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Reads a bundle, and hands on what lies in it as it comes. Nothing of it counts before all of it
/// has been read.
///
/// # Errors
/// Anything that [`super::write()`] does not write, or a sink that does not take something.
pub fn read(input: impl Read + Send, sink: &dyn Sink) -> Result<Manifest, BundleError> {
    with_members(input, |mut members| {
        let manifest = members.manifest()?;
        sink.manifest(&manifest).map_err(BundleError::io("taking manifest.json"))?;
        read_files(&manifest, &mut members, sink)?;
        for link in &manifest.links {
            let what = format!("the symbolic link {:?}", link.path);
            members.expect(&tar::link_headers(link), &what)?;
        }
        members.end()?;
        for link in &manifest.links {
            let what = format!("making the link {:?}", link.path);
            sink.link(link).map_err(BundleError::io(what))?;
        }
        Ok(manifest)
    })?
}

/// Reads the manifest of an archive, and nothing behind it: what it says may not be true.
///
/// # Errors
/// What is read until then is not what [`super::write()`] writes.
pub fn read_manifest(input: impl Read + Send) -> Result<Manifest, BundleError> {
    with_members(input, |mut members| members.manifest())?
}

/// A file to be handed on, with its number in the manifest.
struct Job<'a> {
    number: usize,
    file: &'a FileEntry,
    content: Content,
}

/// What a file holds, at once or as it comes.
enum Content {
    Whole(io::Cursor<Vec<u8>>),
    Chunks(Chunks),
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Content::Whole(bytes) => bytes.read(buffer),
            Content::Chunks(chunks) => chunks.read(buffer),
        }
    }
}

/// The parts of a large file.
struct Chunks {
    coming: Receiver<Vec<u8>>,
    current: io::Cursor<Vec<u8>>,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let part = self.current.read(buffer)?;
            if part > 0 || buffer.is_empty() {
                return Ok(part);
            }
            match self.coming.recv() {
                Ok(chunk) => self.current = io::Cursor::new(chunk),
                Err(_) => return Ok(0),
            }
        }
    }
}

/// The first fault, by the place of the file in the archive.
#[derive(Default)]
struct First {
    fault: Mutex<Option<(usize, BundleError)>>,
    is_there: AtomicBool,
}

impl First {
    /// A file is not what it should be.
    fn add(&self, number: usize, error: BundleError) {
        self.add_if(number, error, |other| number < other);
    }

    /// The archive cannot be read on. Whoever works on the same file has seen its end too early for that
    /// reason.
    fn add_of_archive(&self, number: usize, error: BundleError) {
        self.add_if(number, error, |other| number <= other);
    }

    fn add_if(&self, number: usize, error: BundleError, is_before: impl Fn(usize) -> bool) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if fault.as_ref().is_none_or(|(other, _)| is_before(*other)) {
            *fault = Some((number, error));
        }
        self.is_there.store(true, Ordering::Relaxed);
    }
}

/// Reads all files. This thread finds them in the stream; others hash them and hand them on.
fn read_files(
    manifest: &Manifest,
    members: &mut Members,
    sink: &dyn Sink,
) -> Result<(), BundleError> {
    let first = First::default();
    let (jobs, queue) = sync_channel(workers());
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        for _ in 0..workers() {
            scope.spawn(|| work(&queue, sink, &first));
        }
        read_in_turn(manifest, members, jobs, &first);
    });
    match first.fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

fn work(queue: &Mutex<Receiver<Job<'_>>>, sink: &dyn Sink, first: &First) {
    while let Some(Job { number, file, content }) = take(queue) {
        if first.is_there.load(Ordering::Relaxed) {
            continue;
        }
        if let Err(fault) = deliver(file, content, sink) {
            let error = FileError { path: file.path.clone(), fault };
            first.add(number, BundleError::File(error));
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // when it returns, no more jobs come
fn read_in_turn<'a>(
    manifest: &'a Manifest,
    members: &mut Members,
    jobs: SyncSender<Job<'a>>,
    first: &First,
) {
    for (number, file) in manifest.files.iter().enumerate() {
        if first.is_there.load(Ordering::Relaxed) {
            return;
        }
        let send = |content| jobs.send(Job { number, file, content }).is_ok();
        if let Err(error) = read_file(file, members, send) {
            return first.add_of_archive(number, error);
        }
    }
}

fn read_file(
    file: &FileEntry,
    members: &mut Members,
    send: impl Fn(Content) -> bool,
) -> Result<(), BundleError> {
    let what = format!("the file {:?}", file.path);
    members.expect(&tar::file_headers(file), &what)?;
    if file.size <= SMALL {
        let content = members.whole(file.size, &what)?;
        members.padding(file.size, &what)?;
        send(Content::Whole(io::Cursor::new(content)));
        return Ok(());
    }
    let (chunks, coming) = sync_channel(4);
    send(Content::Chunks(Chunks { coming, current: io::Cursor::default() }));
    let mut left = file.size;
    while left > 0 {
        let Some(some) = members.some(left.min(CHUNK))? else {
            return Err(BundleError::Member {
                expected: what,
                found: "a part of it, and nothing more".to_owned(),
            });
        };
        left -= some.len() as u64;
        if chunks.send(some.to_vec()).is_err() {
            // Who works on it has found a fault.
            return Ok(());
        }
    }
    members.padding(file.size, &what)
}

/// What of a large file is handed on at a time.
const CHUNK: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_faults_of_a_file_the_archive_has_the_word() {
        let of_file = || BundleError::Kind("file");
        let of_archive = || BundleError::Kind("archive");
        for order in [[true, false], [false, true]] {
            let first = First::default();
            for is_archive in order {
                match is_archive {
                    true => first.add_of_archive(3, of_archive()),
                    false => first.add(3, of_file()),
                }
            }
            let (_, error) = first.fault.into_inner().unwrap().unwrap();
            assert!(matches!(error, BundleError::Kind("archive")), "{order:?}");
        }
        let first = First::default();
        first.add_of_archive(3, of_archive());
        first.add(2, of_file());
        first.add_of_archive(4, of_archive());
        let (number, _) = first.fault.into_inner().unwrap().unwrap();
        assert_eq!(number, 2);
    }
}
