//! The SHA-256 of what can be read.

use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Read at once.
const PIECE: usize = 256 << 10;

/// Reads to the end, and gives the number of bytes and their SHA-256.
///
/// # Errors
/// It cannot be read.
pub fn hash_all(mut from: impl Read) -> io::Result<(u64, [u8; 32])> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; PIECE];
    let mut size = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok((size, hash.finalize().into())),
            Ok(read) => {
                hash.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::hash_all;
    use crate::gomod::hex;

    #[test]
    fn all_of_it_counts() {
        let bytes = vec![b'a'; 1_000_000];
        let (size, hash) = hash_all(bytes.as_slice()).unwrap();
        assert_eq!(size, 1_000_000);
        // FIPS 180-2, appendix B.3.
        let want = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
        assert_eq!(hex(&hash), want);
    }
}
