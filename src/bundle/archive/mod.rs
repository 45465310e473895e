//! The bundle as one `.tar.zst`.
//!
//! The tar stream is cut into pieces of 4 MiB, and each is a zstd frame of its own: any zstd reads
//! them as one stream, and they can be made and read on all cores with the same bytes on every
//! machine. Behind them a frame for others, which any zstd passes over, holds a CRC-32 of all bytes
//! before it: zstd has bits that say nothing, and no byte of an archive is to change unseen.

mod describe;
mod expected;
mod frames;
mod members;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use expected::read_expected;
pub use read::{read, read_manifest};
pub use write::write;

/// How many bytes of the tar stream each frame but the last holds.
const PIECE: usize = 4 << 20;

/// How the last frame starts: zstd's magic number for others, and its length.
const SEAL: [u8; 8] = [0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0];
