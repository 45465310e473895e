//! The tar stream of an archive, held against the members that belong there.

use super::PIECE;
use super::frames::{Frame, Frames, decompressor};
use crate::bundle::error::BundleError;
use crate::bundle::in_order::{Results, Row, in_order};
use crate::bundle::manifest::{MAX_MANIFEST, Manifest, ManifestError};
use crate::bundle::{MANIFEST, tar};
use std::io::Read;

type Piece = Result<Vec<u8>, BundleError>;

/// Reads an archive's frames, decompresses them on all cores, and lets `consume` take the tar stream.
pub(super) fn with_members<T>(
    input: impl Read + Send,
    consume: impl FnOnce(Members) -> T,
) -> Result<T, BundleError> {
    let mut frames = Frames::new(input)?;
    let produce = |row: &Row<Result<Frame, BundleError>, Piece>| {
        while let Some(frame) = frames.next().transpose() {
            let is_end = frame.is_err();
            if !row.push(frame) || is_end {
                break;
            }
        }
    };
    let worker = || {
        let mut decompress = decompressor();
        move |frame: Result<Frame, BundleError>| decompress(frame?)
    };
    let consume = |pieces| consume(Members { pieces, piece: Vec::new(), at: 0 });
    Ok(in_order(produce, worker, consume).1)
}

/// A tar stream half read.
pub(super) struct Members {
    pieces: Results<Piece>,
    piece: Vec<u8>,
    at: usize,
}

impl Members {
    /// Some bytes, at least one and at most so many. None at the end of the stream.
    pub(super) fn some(&mut self, most: u64) -> Result<Option<&[u8]>, BundleError> {
        while self.at == self.piece.len() {
            match self.pieces.next() {
                Some(piece) => (self.piece, self.at) = (piece?, 0),
                None => return Ok(None),
            }
        }
        let left = self.piece.len() - self.at;
        let count = usize::try_from(most).map_or(left, |most| most.min(left));
        let start = self.at;
        self.at += count;
        Ok(Some(&self.piece[start..self.at]))
    }

    /// The next block.
    fn block(&mut self, expected: &str) -> Result<[u8; tar::BLOCK], BundleError> {
        let (mut block, mut filled) = ([0; tar::BLOCK], 0);
        while filled < block.len() {
            let Some(some) = self.some((block.len() - filled) as u64)? else {
                return Err(wrong(expected, "nothing more"));
            };
            block[filled..filled + some.len()].copy_from_slice(some);
            filled += some.len();
        }
        Ok(block)
    }

    /// Takes the bytes that belong here, whole blocks of them, and refuses all others.
    pub(super) fn expect(&mut self, bytes: &[u8], what: &str) -> Result<(), BundleError> {
        let (blocks, _) = bytes.as_chunks::<{ tar::BLOCK }>();
        for (at, expected) in blocks.iter().enumerate() {
            let found = self.block(what)?;
            if found == *expected {
                continue;
            }
            // The second of three blocks is the text of a PAX header.
            let is_text = blocks.len() > 1 && at > 0 && at + 1 < blocks.len();
            return Err(match is_text {
                true => wrong(what, "a PAX header that says something else"),
                false => wrong(what, tar::describe(&found, expected)),
            });
        }
        Ok(())
    }

    /// Takes the zeros behind a content.
    pub(super) fn padding(&mut self, size: u64, what: &str) -> Result<(), BundleError> {
        let mut left = tar::padding(size);
        while left > 0 {
            let Some(some) = self.some(left as u64)? else {
                return Err(wrong(what, "nothing more"));
            };
            if some.iter().any(|byte| *byte != 0) {
                return Err(wrong(what, "something else than zeros behind the content"));
            }
            left -= some.len();
        }
        Ok(())
    }

    /// Takes so many bytes into memory, which grows only as they come.
    pub(super) fn whole(&mut self, size: u64, what: &str) -> Result<Vec<u8>, BundleError> {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(PIECE).min(PIECE));
        while (bytes.len() as u64) < size {
            let Some(some) = self.some(size - bytes.len() as u64)? else {
                return Err(wrong(what, "a part of it, and nothing more"));
            };
            bytes.extend(some);
        }
        Ok(bytes)
    }

    /// Takes manifest.json, with its header.
    pub(super) fn manifest(&mut self) -> Result<Manifest, BundleError> {
        let what = "the file \"manifest.json\"";
        let header = self.block(what)?;
        let Some(size) = tar::size_of_plain(&header, MANIFEST) else {
            let expected = tar::plain_headers(MANIFEST, 0);
            let expected = expected.first_chunk().expect("it is one block");
            return Err(wrong(what, tar::describe(&header, expected)));
        };
        if size > MAX_MANIFEST {
            return Err(ManifestError::TooLarge(size).into());
        }
        let bytes = self.whole(size, what)?;
        self.padding(size, what)?;
        Ok(Manifest::parse(&bytes)?)
    }

    /// Takes the end, behind which there is nothing.
    pub(super) fn end(&mut self) -> Result<(), BundleError> {
        let what = "the end of the archive";
        self.expect(&tar::END, what)?;
        match self.some(1)? {
            None => Ok(()),
            Some(_) => Err(wrong("nothing behind the end of the archive", "something")),
        }
    }
}

fn wrong(expected: impl Into<String>, found: impl Into<String>) -> BundleError {
    BundleError::Member { expected: expected.into(), found: found.into() }
}
