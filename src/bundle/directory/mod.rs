//! The bundle as a directory.

mod extra;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use extra::added_files;
pub use read::{check_version, read, read_manifest};
pub use write::write;
