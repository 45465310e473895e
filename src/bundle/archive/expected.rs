//! An archive whose hash is known beforehand.

use super::read;
use crate::bundle::content::Sink;
use crate::bundle::error::BundleError;
use crate::bundle::manifest::Manifest;
use crate::gomod::hex;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Reads a bundle as [`read()`] does, and holds the very bytes that were read against their hash,
/// `sha256:` and 64 hex digits. A sink has taken all of it by then.
///
/// # Errors
/// As [`read()`], or it has another hash.
pub fn read_expected(
    input: impl Read + Send,
    expected: &str,
    sink: &dyn Sink,
) -> Result<Manifest, BundleError> {
    let mut input = Hashing { input, hash: Sha256::new() };
    let manifest = read(&mut input, sink)?;
    let found = format!("sha256:{}", hex(&input.hash.finalize()));
    match found == expected {
        true => Ok(manifest),
        false => Err(BundleError::Hash { expected: expected.to_owned(), found }),
    }
}

/// Hashes what is read through it.
struct Hashing<R> {
    input: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}
