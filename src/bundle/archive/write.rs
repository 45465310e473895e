//! The archive, written.

use super::{PIECE, SEAL};
use crate::bundle::content::{Checked, SMALL, load};
use crate::bundle::error::{BundleError, FileError, FileFault};
use crate::bundle::in_order::{Results, Row, in_order};
use crate::bundle::manifest::{FileEntry, Manifest};
use crate::bundle::{MANIFEST, tar};
use std::io::{self, Read, Write};
use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

/// Fast, and no larger than others to speak of: most of a bundle is compressed already.
const LEVEL: i32 = 3;

const CHUNK: usize = 256 << 10;

/// A piece of the tar stream on its way to a frame.
type Pieces = Row<Vec<u8>, io::Result<Vec<u8>>>;

/// A small file's content; none of a large one.
type Loaded = Result<Option<Vec<u8>>, FileFault>;

/// Writes a bundle as a `.tar.zst`; the same bytes on every machine for the same manifest. `open`
/// opens the content of a file, from several threads.
///
/// # Errors
/// A manifest that breaks a rule, a file that is not what the manifest says, or one that cannot be
/// read. What was written until then is no bundle.
pub fn write<R: Read>(
    mut out: impl Write,
    manifest: &Manifest,
    open: impl Fn(&FileEntry) -> io::Result<R> + Sync,
) -> Result<(), BundleError> {
    manifest.check()?;
    let produce = |row: &Pieces| {
        let mut stream = Stream { row, piece: Vec::with_capacity(PIECE) };
        // If nobody wants the pieces any more, the consumer knows why.
        let ended = write_members(manifest, &open, &mut stream);
        ended.and_then(|()| stream.finish())
    };
    let (produced, consumed) = in_order(produce, compress, |frames| {
        let mut sum = crc32fast::Hasher::new();
        for frame in frames {
            let frame = frame?;
            sum.update(&frame);
            out.write_all(&frame)?;
        }
        out.write_all(&SEAL)?;
        out.write_all(&sum.finalize().to_le_bytes())?;
        out.flush()
    });
    match produced {
        Err(Stop::Wrong(error)) => Err(error),
        Ok(()) | Err(Stop::Unwanted) => consumed.map_err(BundleError::io("writing the archive")),
    }
}

/// Why no more of the stream is made.
enum Stop {
    Wrong(BundleError),
    /// The archive cannot be written.
    Unwanted,
}

fn wrong(file: &FileEntry, fault: FileFault) -> Stop {
    Stop::Wrong(BundleError::File(FileError { path: file.path.clone(), fault }))
}

/// The tar stream, cut into pieces.
struct Stream<'a> {
    row: &'a Pieces,
    piece: Vec<u8>,
}

impl Stream<'_> {
    fn add(&mut self, mut bytes: &[u8]) -> Result<(), Stop> {
        while !bytes.is_empty() {
            let (now, rest) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend(now);
            bytes = rest;
            if self.piece.len() == PIECE {
                self.push(Vec::with_capacity(PIECE))?;
            }
        }
        Ok(())
    }

    fn pad(&mut self, size: u64) -> Result<(), Stop> {
        self.add(&tar::END[..tar::padding(size)])
    }

    fn push(&mut self, next: Vec<u8>) -> Result<(), Stop> {
        let piece = std::mem::replace(&mut self.piece, next);
        if self.row.push(piece) { Ok(()) } else { Err(Stop::Unwanted) }
    }

    fn finish(mut self) -> Result<(), Stop> {
        self.add(&tar::END)?;
        if self.piece.is_empty() { Ok(()) } else { self.push(Vec::new()) }
    }
}

/// Puts all members into the stream. Small files are read ahead of it.
fn write_members<'a, R: Read>(
    manifest: &'a Manifest,
    open: &(impl Fn(&FileEntry) -> io::Result<R> + Sync),
    stream: &mut Stream<'_>,
) -> Result<(), Stop> {
    let json = manifest.to_json();
    stream.add(&tar::plain_headers(MANIFEST, json.len() as u64))?;
    stream.add(&json)?;
    stream.pad(json.len() as u64)?;
    let produce = |row: &Row<&'a FileEntry, Loaded>| {
        let _ = manifest.files.iter().all(|file| row.push(file));
    };
    let worker = || {
        |file: &'a FileEntry| match file.size {
            0..=SMALL => load(file, open(file).map_err(FileFault::Read)?).map(Some),
            _ => Ok(None),
        }
    };
    let consume = |contents: Results<Loaded>| {
        manifest.files.iter().zip(contents).try_for_each(|(file, content)| {
            stream.add(&tar::file_headers(file))?;
            match content.map_err(|fault| wrong(file, fault))? {
                Some(content) => stream.add(&content)?,
                None => add_large(file, open, stream)?,
            }
            stream.pad(file.size)
        })
    };
    in_order(produce, worker, consume).1?;
    manifest.links.iter().try_for_each(|link| stream.add(&tar::link_headers(link)))
}

fn add_large<R: Read>(
    file: &FileEntry,
    open: &impl Fn(&FileEntry) -> io::Result<R>,
    stream: &mut Stream<'_>,
) -> Result<(), Stop> {
    let content = open(file).map_err(|error| wrong(file, FileFault::Read(error)))?;
    let mut content = Checked::new(file, content);
    let mut buffer = vec![0; CHUNK];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(part) => stream.add(&buffer[..part])?,
            Err(error) => {
                let fault = content.into_fault().unwrap_or(FileFault::Read(error));
                return Err(wrong(file, fault));
            }
        }
    }
}

/// One frame for each piece, with its length and a checksum.
fn compress() -> impl FnMut(Vec<u8>) -> io::Result<Vec<u8>> {
    let mut compressor = compressor();
    move |piece| match &mut compressor {
        Ok(compressor) => compressor.compress(&piece),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    }
}

fn compressor() -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::ContentSizeFlag(true))?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    Ok(compressor)
}
