//! The zstd frames of an archive, one by one.
//!
//! What a frame costs is known before it is decompressed: it holds at most one piece, and its
//! compressed bytes are at most what one piece can become.

use super::describe::kind_of;
use super::{PIECE, SEAL};
use crate::bundle::error::BundleError;
use std::io::{BufReader, Chain, Cursor, Read};
use zstd::bulk::Decompressor;
use zstd::zstd_safe::compress_bound;

const READING: &str = "reading the archive";

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// What the byte behind the magic number may say: a length, a checksum, no dictionary.
const LENGTH: u8 = 0b1100_0000;
const SINGLE_SEGMENT: u8 = 0b0010_0000;
const CHECKSUM: u8 = 0b0000_0100;

/// A window is no larger than a piece.
const MAX_WINDOW_LOG: u8 = 22;

/// What a frame may take.
fn max_frame() -> usize {
    compress_bound(PIECE)
}

/// A frame as it stands in the archive.
pub(super) struct Frame {
    /// Where it starts.
    at: u64,
    bytes: Vec<u8>,
    /// How much it says that it holds.
    len: usize,
}

/// Reads an archive frame by frame.
pub(super) struct Frames<R> {
    input: Chain<Cursor<Vec<u8>>, BufReader<R>>,
    at: u64,
    /// Of all frames before.
    sum: crc32fast::Hasher,
    /// A frame that holds less than a piece is the last.
    is_last: bool,
}

impl<R: Read> Frames<R> {
    /// # Errors
    /// Another kind of file.
    pub(super) fn new(input: R) -> Result<Frames<R>, BundleError> {
        let mut input = BufReader::with_capacity(256 << 10, input);
        let mut start = Vec::new();
        // The mark of tar stands that far behind.
        let read = input.by_ref().take(512).read_to_end(&mut start);
        read.map_err(BundleError::io(READING))?;
        if !start.starts_with(&MAGIC) {
            return Err(BundleError::Kind(kind_of(&start)));
        }
        let (input, sum) = (Cursor::new(start).chain(input), crc32fast::Hasher::new());
        Ok(Frames { input, at: 0, sum, is_last: false })
    }

    /// The next frame, or none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, BundleError> {
        let mut bytes = Vec::new();
        let magic = self.more(&mut bytes, MAGIC.len())?;
        if magic == &SEAL[..magic.len()] {
            return self.seal(&mut bytes).map(|()| None);
        }
        if magic != MAGIC {
            return Err(self.broken("is none: something else stands there"));
        }
        if self.is_last {
            return Err(self.broken("is one too many: the one before it is not full"));
        }
        let len = self.header(&mut bytes)?;
        while !self.block(&mut bytes)? {}
        self.more(&mut bytes, 4)?; // the checksum
        let frame = Frame { at: self.at, bytes, len };
        self.at += frame.bytes.len() as u64;
        self.sum.update(&frame.bytes);
        self.is_last = len < PIECE;
        Ok(Some(frame))
    }

    /// Reads the rest of the last frame, which has the sum of all others.
    fn seal(&mut self, bytes: &mut Vec<u8>) -> Result<(), BundleError> {
        self.more(bytes, SEAL.len() - MAGIC.len())?;
        if !bytes.starts_with(&SEAL) {
            return Err(self.broken("is one for others, and not the one at the end of a bundle"));
        }
        let sum = self.sum.clone().finalize();
        if self.more(bytes, 4)? != sum.to_le_bytes() {
            return Err(self.broken("has another sum: a byte before it was changed"));
        }
        self.at += bytes.len() as u64;
        match self.input.read(&mut [0]).map_err(BundleError::io(READING))? {
            0 => Ok(()),
            _ => Err(self.broken("is none: there is something behind the archive")),
        }
    }

    /// Reads the header behind the magic number, and returns how much the frame says that it holds.
    fn header(&mut self, bytes: &mut Vec<u8>) -> Result<usize, BundleError> {
        let said = self.more(bytes, 1)?[0];
        if said & !(LENGTH | SINGLE_SEGMENT) != CHECKSUM {
            return Err(self.broken("has no checksum, or needs a dictionary"));
        }
        let is_single = said & SINGLE_SEGMENT != 0;
        // Five bits of exponent, and three that add eighths.
        if !is_single && self.more(bytes, 1)?[0] > (MAX_WINDOW_LOG - 10) << 3 {
            return Err(self.broken("needs a larger window than any of a bundle"));
        }
        let (width, more) = match (said & LENGTH) >> 6 {
            0 if is_single => (1, 0),
            0 => return Err(self.broken("does not say how much it holds")),
            1 => (2, 256),
            2 => (4, 0),
            _ => (8, 0),
        };
        let mut len = [0; 8];
        len[..width].copy_from_slice(self.more(bytes, width)?);
        let len = u64::from_le_bytes(len).saturating_add(more);
        let fitting = usize::try_from(len).ok().filter(|len| (1..=PIECE).contains(len));
        fitting.ok_or_else(|| self.broken(format!("holds {len} bytes, where 1 to {PIECE} belong")))
    }

    /// Reads a block, and says whether it is the last.
    fn block(&mut self, bytes: &mut Vec<u8>) -> Result<bool, BundleError> {
        let header = self.more(bytes, 3)?;
        let header = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        let size = match header >> 1 & 3 {
            1 => 1, // one byte, repeated
            _ => (header >> 3) as usize,
        };
        self.more(bytes, size)?;
        Ok(header & 1 == 1)
    }

    /// Reads so many bytes more of the frame, and returns them.
    fn more<'a>(&mut self, bytes: &'a mut Vec<u8>, count: usize) -> Result<&'a [u8], BundleError> {
        let start = bytes.len();
        if start + count > max_frame() {
            return Err(self.broken("takes more bytes than what it holds"));
        }
        let read = self.input.by_ref().take(count as u64).read_to_end(bytes);
        if read.map_err(BundleError::io(READING))? < count {
            return Err(self.broken("is cut off: the archive is not whole"));
        }
        Ok(&bytes[start..])
    }

    fn broken(&self, why: impl Into<String>) -> BundleError {
        BundleError::Frame { at: self.at, why: why.into() }
    }
}

/// Decompresses frames. Each was found to hold at most one piece.
pub(super) fn decompressor() -> impl FnMut(Frame) -> Result<Vec<u8>, BundleError> {
    let mut decompressor = Decompressor::new();
    move |frame| {
        let broken = |why: String| BundleError::Frame { at: frame.at, why };
        let decompressor = decompressor.as_mut().map_err(|error| broken(error.to_string()))?;
        let mut piece = Vec::with_capacity(frame.len);
        decompressor
            .decompress_to_buffer(&frame.bytes, &mut piece)
            .map_err(|error| broken(format!("cannot be decompressed: {error}")))?;
        if piece.len() != frame.len {
            return Err(broken("holds another number of bytes than it says".to_owned()));
        }
        Ok(piece)
    }
}
