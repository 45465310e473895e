//! The key of a checksum database: note/note.go `NewVerifier`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;

/// cmd/go/internal/modfetch/key.go.
const GOLANG: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

/// The only kind of key that Go knows.
const ED25519: u8 = 1;

/// The public key of a checksum database, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    hash: u32,
    key: VerifyingKey,
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// It is not written as one.
    Malformed {
        /// What is wrong.
        why: &'static str,
    },
    /// Its middle does not belong to its name and key: one of the three was mistyped.
    OtherHash {
        /// The hash as it is written.
        written: u32,
        /// The hash of the name and the key.
        computed: u32,
    },
    /// It is for signatures that neither Go nor we can check.
    Algorithm {
        /// The number of the algorithm.
        number: u8,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no key of a checksum database: ")?;
        match self {
            KeyError::Malformed { why } => {
                write!(f, "{why}; it is written `NAME+HASH+KEY`, as in GOSUMDB")
            }
            KeyError::OtherHash { written, computed } => write!(
                f,
                "the hash of its name and key is {computed:08x}, not {written:08x}: \
                 some of it is mistyped or missing"
            ),
            KeyError::Algorithm { number } => write!(
                f,
                "it is for signatures of the unknown algorithm {number}; go knows Ed25519 only, \
                 which has the number {ED25519}"
            ),
        }
    }
}

impl std::error::Error for KeyError {}

impl Key {
    /// The key of sum.golang.org, which the go command has built in.
    pub fn golang() -> Key {
        Key::parse(GOLANG).expect("the key is in the source of go as well")
    }

    /// Reads a key, `NAME+HASH+KEY`.
    ///
    /// # Errors
    /// Another text, or a hash that is not that of the name and the key.
    pub fn parse(text: &str) -> Result<Key, KeyError> {
        let malformed = |why| KeyError::Malformed { why };
        let (name, rest) = text.split_once('+').ok_or(malformed("there is no `+` in it"))?;
        if !is_valid_name(name) {
            return Err(malformed("its name is empty or has space in it"));
        }
        let (hash, key) = rest.split_once('+').ok_or(malformed("there is one `+` in it only"))?;
        let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let written = u32::from_str_radix(hash, 16).ok().filter(|_| is_hash);
        let written = written.ok_or(malformed("its hash is not eight digits in hex"))?;
        let key = STANDARD.decode(key).map_err(|_| malformed("its last part is no base64"))?;
        let (algorithm, point) = key.split_first().ok_or(malformed("its last part is empty"))?;
        let computed = key_hash(name, &key);
        if computed != written {
            return Err(KeyError::OtherHash { written, computed });
        }
        if *algorithm != ED25519 {
            return Err(KeyError::Algorithm { number: *algorithm });
        }
        let key = VerifyingKey::try_from(point)
            .map_err(|_| malformed("its last part is no public key of Ed25519"))?;
        Ok(Key { name: name.to_owned(), hash: computed, key })
    }

    /// The name of the database, such as `sum.golang.org`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `NAME+HASH`, by which signatures say whose they are.
    pub fn id(&self) -> String {
        format!("{}+{:08x}", self.name, self.hash)
    }

    /// Whether a signature says that it is by this key.
    pub(super) fn is(&self, name: &str, hash: u32) -> bool {
        self.name == name && self.hash == hash
    }

    /// Whether a signature by this key is right.
    pub(super) fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .and_then(|signature| self.key.verify_strict(text.as_bytes(), &signature))
            .is_ok()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend(self.key.as_bytes());
        write!(f, "{}+{}", self.id(), STANDARD.encode(key))
    }
}

/// The name of whoever signs: `isValidName`.
pub(super) fn is_valid_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

fn key_hash(name: &str, key: &[u8]) -> u32 {
    let digest = Sha256::new().chain_update(name).chain_update("\n").chain_update(key).finalize();
    let first = digest.first_chunk().expect("a digest has 32 bytes");
    u32::from_be_bytes(*first)
}
