//! The answers to lookups: tlog/note.go `ParseRecord`, client.go `Lookup`.

use super::head::{Head, parse_number};
use super::key::Key;
use super::note::NoteError;
use super::text::{line, plain};
use crate::gomod::ModuleVersion;
use crate::gomod::module_path::{escape_path, escape_version};
use std::fmt;

/// What the database answers for a module version: its record, and a tree head. Only the head is
/// known to be right; [`Tiles`](super::Tiles) prove the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    id: u64,
    record: String,
    head: Head,
}

/// The hashes that a record has for a module version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hashes<'l> {
    /// The `h1:` of the files in its zip.
    pub zip: Option<&'l str>,
    /// The `h1:` of its go.mod.
    pub go_mod: Option<&'l str>,
}

/// Why an answer to a lookup is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupError {
    /// It does not begin with a record.
    Malformed {
        /// What is wrong, and in which line.
        why: String,
    },
    /// The tree head behind the record is not believed.
    Head {
        /// Why.
        error: NoteError,
        /// The number of its first line.
        line: usize,
    },
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LookupError::Malformed { why } => {
                write!(f, "no answer of a checksum database: {why}")
            }
            LookupError::Head { error, line } => {
                write!(f, "the tree head, whose line 1 is line {line} of the answer: {error}")
            }
        }
    }
}

impl std::error::Error for LookupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LookupError::Malformed { .. } => None,
            LookupError::Head { error, .. } => Some(error),
        }
    }
}

/// Where the database has the record of a module version; `None` for a path or version that Go
/// refuses.
pub fn lookup_name(module: &ModuleVersion) -> Option<String> {
    let path = escape_path(&module.path).ok()?;
    let version = escape_version(&module.version).ok()?;
    Some(format!("lookup/{path}@{version}"))
}

impl Lookup {
    /// Reads an answer, and checks that the key has signed its tree head.
    ///
    /// It is stricter than Go in two ways: the number has one form only, and the record does not
    /// begin with a blank line.
    ///
    /// # Errors
    /// Another text, or a head that is not believed.
    pub fn open(answer: &[u8], key: &Key) -> Result<Lookup, LookupError> {
        let malformed = |why: String| LookupError::Malformed { why };
        let blank = answer.windows(2).position(|two| two == b"\n\n");
        let blank = blank.ok_or_else(|| malformed("no blank line ends the record".to_owned()))?;
        let record = plain(&answer[..=blank]).map_err(malformed)?;
        let (id, record) = record.split_once('\n').expect("it ends in a line feed");
        let id = parse_number(id)
            .ok_or_else(|| malformed("line 1 is no number of a record".to_owned()))?;
        if record.is_empty() {
            return Err(malformed("line 2 is blank, where the record begins".to_owned()));
        }
        let head = Head::open(&answer[blank + 2..], key)
            .map_err(|error| LookupError::Head { error, line: line(answer, blank + 2) })?;
        Ok(Lookup { id, record: record.to_owned(), head })
    }

    /// The number of the record.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The record, lines of go.sum.
    pub fn record(&self) -> &str {
        &self.record
    }

    /// The tree head that came with it, which may be older than the record in a made-up answer.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The hashes for exactly this module version. Go holds a download against the first `h1:` of a
    /// line and passes over others: modfetch/fetch.go `checkSumDB`.
    pub fn hashes(&self, module: &ModuleVersion) -> Hashes<'_> {
        let ModuleVersion { path, version } = module;
        let first = |start: &str| {
            let mut hashes = self.record.lines().filter_map(|line| line.strip_prefix(start));
            hashes.find(|hash| hash.starts_with("h1:"))
        };
        Hashes {
            zip: first(&format!("{path} {version} ")),
            go_mod: first(&format!("{path} {version}/go.mod ")),
        }
    }

    /// The same answer under another head: the database could have given it at that time, if the
    /// head is not older than the record.
    pub fn with_head(&self, head: &Head) -> String {
        format!("{}\n{}\n{}", self.id, self.record, head.note())
    }
}
