//! Signed tree heads: tlog/note.go `ParseTree`.

use super::key::Key;
use super::note::{NoteError, open};
use super::tree::Hash;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const FIRST_LINE: &str = "go.sum database tree";

/// A signed tree head: what the database was at one time. There is none but those that the key of
/// the database has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    size: u64,
    root: Hash,
    note: String,
}

impl Head {
    /// Reads the signed note that is a tree head: the answer to `latest`, or the end of a lookup's.
    ///
    /// # Errors
    /// A note that the key has not signed, or that is no tree head.
    pub fn open(note: &[u8], key: &Key) -> Result<Head, NoteError> {
        let text = open(note, key)?;
        let (size, root) = parse_tree(text).map_err(|why| NoteError::NotATree { why })?;
        Ok(Head { size, root, note: String::from_utf8_lossy(note).into_owned() })
    }

    /// How many records there were; they are numbered from 0.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hash of the tree of all records.
    pub fn root(&self) -> [u8; 32] {
        self.root
    }

    /// The note with its signatures, byte for byte.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// Reads size and root; later lines are for later versions.
fn parse_tree(text: &str) -> Result<(u64, Hash), &'static str> {
    let mut lines = text.split_terminator('\n');
    if lines.next() != Some(FIRST_LINE) {
        return Err("its first line is not `go.sum database tree`");
    }
    let size = lines.next().and_then(parse_number);
    let size = size.ok_or("its second line is no number of records")?;
    let root = lines.next().and_then(|line| STANDARD.decode(line).ok());
    let root = root.and_then(|root| root.try_into().ok());
    Ok((size, root.ok_or("its third line is no hash in base64")?))
}

/// Reads a number that is written in the one way that Go writes it, and fits into an int64.
pub(super) fn parse_number(text: &str) -> Option<u64> {
    let number = u64::try_from(text.parse::<i64>().ok()?).ok()?;
    (number.to_string() == text).then_some(number)
}
