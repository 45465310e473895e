//! The bundle as one `.tar.zst`.
//!
//! The tar stream is cut into pieces of 4 MiB, and each is a zstd frame of its own: any zstd reads
//! them as one stream, and they can be made and read on all cores with the same bytes on every
//! machine.

mod describe;
mod frames;
mod members;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use read::{read, read_manifest};
pub use write::write;

/// How many bytes of the tar stream each frame but the last holds.
const PIECE: usize = 4 << 20;
