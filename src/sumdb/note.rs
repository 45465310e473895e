//! Signed notes: note/note.go `Open`.

use super::key::{Key, is_valid_name};
use super::text::{line, plain};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use std::fmt;

/// A larger text is no tree head to Go (tlog/note.go `ParseTree`); we refuse any such note.
const MAX_NOTE: usize = 1_000_000;

/// More signatures make a note malformed, so that nobody has to check them for ever.
const MAX_SIGNATURES: usize = 100;

/// Why a note is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteError {
    /// It is no signed note.
    Malformed {
        /// What is wrong, and in which line.
        why: String,
    },
    /// It has no signature by the key.
    Unsigned {
        /// The key, `NAME+HASH`.
        key: String,
        /// The keys that did sign it, if their signatures are right, which nobody has checked.
        signers: Vec<String>,
    },
    /// It has a signature that says it is by the key, and is not.
    WrongSignature {
        /// The key, `NAME+HASH`.
        key: String,
    },
    /// The key has signed it, but it is no tree head.
    NotATree {
        /// What is wrong.
        why: &'static str,
    },
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteError::Malformed { why } => write!(f, "no signed note: {why}"),
            NoteError::Unsigned { key, signers } => {
                write!(f, "the note is not signed by {key}, but by {}", signers.join(", "))?;
                f.write_str(": it is from another checksum database, or the key is of another")
            }
            NoteError::WrongSignature { key } => write!(
                f,
                "the signature by {key} is wrong: the note was changed after it was signed, or made up"
            ),
            NoteError::NotATree { why } => {
                write!(f, "the signed note is no tree head of a checksum database: {why}")
            }
        }
    }
}

impl std::error::Error for NoteError {}

/// Reads a note that the key has signed, and returns its text, which ends in a line feed.
///
/// It is stricter than Go in three ways that no database notices: base64 has one form only, all of
/// the note counts for its size, and Ed25519 keys and signatures of small order are refused.
pub(super) fn open<'n>(note: &'n [u8], key: &Key) -> Result<&'n str, NoteError> {
    let (text, signatures) = split(note).map_err(|why| NoteError::Malformed { why })?;
    let mut signers = BTreeSet::new();
    let mut own = None;
    for (name, hash, signature) in signatures {
        if !key.is(name, hash) {
            signers.insert(format!("{name}+{hash:08x}"));
        } else if own.is_none() {
            // As in Go the first one counts.
            own = Some(key.has_signed(text, &signature));
        }
    }
    match own {
        Some(true) => Ok(text),
        Some(false) => Err(NoteError::WrongSignature { key: key.id() }),
        None => Err(NoteError::Unsigned { key: key.id(), signers: signers.into_iter().collect() }),
    }
}

/// Whose signature it is, by name and hash, and the signature.
type Signed<'n> = (&'n str, u32, Vec<u8>);

fn split(note: &[u8]) -> Result<(&str, Vec<Signed<'_>>), String> {
    if note.len() > MAX_NOTE {
        return Err(format!("it has {} bytes, where {MAX_NOTE} are allowed", note.len()));
    }
    let note = plain(note)?;
    let blank = note.rfind("\n\n").ok_or("there is no blank line before the signatures")?;
    let (text, signatures) = (&note[..=blank], &note[blank + 2..]);
    if !signatures.ends_with('\n') {
        return Err("it ends before its last line does: it was cut short".to_owned());
    }
    let first = line(note.as_bytes(), blank + 2);
    let mut read = Vec::new();
    for (number, signature) in signatures.lines().enumerate() {
        if number == MAX_SIGNATURES {
            return Err(format!("there are more than {MAX_SIGNATURES} signatures"));
        }
        let signed = parse_signature(signature)
            .ok_or_else(|| format!("line {} is no signature `— NAME BASE64`", first + number))?;
        read.push(signed);
    }
    Ok((text, read))
}

fn parse_signature(line: &str) -> Option<Signed<'_>> {
    let (name, base64) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = STANDARD.decode(base64).ok()?;
    let (hash, signature) = bytes.split_first_chunk()?;
    let is_valid = is_valid_name(name) && !signature.is_empty();
    is_valid.then(|| (name, u32::from_be_bytes(*hash), signature.to_vec()))
}
