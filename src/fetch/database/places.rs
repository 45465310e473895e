//! A place that has files of the checksum database.

use crate::fetch::SumdbSource;
use crate::sumdb::{Head, Key, Lookup, LookupError, NoteError};
use anyhow::{Context, anyhow};
use std::fmt::Display;
use std::path::Path;

/// The largest answer: a record is a few lines, a tile has 256 hashes.
const LONGEST: u64 = 1 << 20;

#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'d> {
    Dir(&'d Path),
    Remote(&'d SumdbSource),
}

impl Place<'_> {
    /// A file by its name; `None` if there is none.
    ///
    /// # Errors
    /// The database cannot be reached. A cache that cannot be read is one that has nothing.
    pub(super) fn read(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        match self {
            Place::Dir(dir) => Ok(read_small(&dir.join(name))),
            Place::Remote(remote) => remote.get(name, LONGEST),
        }
    }

    /// Reads an answer to a lookup.
    ///
    /// # Errors
    /// It is none that the key has signed.
    pub(super) fn open_record(
        &self,
        name: &str,
        bytes: &[u8],
        key: &Key,
    ) -> anyhow::Result<Lookup> {
        let error = match Lookup::open(bytes, key) {
            Ok(record) => return Ok(record),
            Err(error) => error,
        };
        let is_text = match &error {
            LookupError::Malformed { .. } => true,
            LookupError::Head { error, .. } => is_no_note(error),
        };
        Err(self.refuse(name, error, is_text))
    }

    /// Reads a tree head.
    ///
    /// # Errors
    /// It is none that the key has signed.
    pub(super) fn open_head(&self, name: &str, bytes: &[u8], key: &Key) -> anyhow::Result<Head> {
        Head::open(bytes, key).map_err(|error| {
            let is_text = is_no_note(&error);
            self.refuse(name, error, is_text)
        })
    }

    /// An answer from the network that has no signature at all is not from the database: something in
    /// between has answered, and that says nothing about go.sum.
    fn refuse<E>(&self, name: &str, error: E, is_text: bool) -> anyhow::Error
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        match self {
            Place::Remote(remote) if is_text => anyhow!(
                "what {remote}/{name} answers is not from a checksum database ({error}): is a login page or a proxy in between? See `curl {remote}/{name}`"
            ),
            _ => Err::<(), E>(error)
                .with_context(|| format!("reading {}", self.file(name)))
                .expect_err("it is one"),
        }
    }

    fn file(&self, name: &str) -> String {
        let place: &dyn Display = match self {
            Place::Dir(dir) => &dir.display(),
            Place::Remote(remote) => remote,
        };
        format!("{place}/{name}")
    }
}

fn is_no_note(error: &NoteError) -> bool {
    matches!(error, NoteError::Malformed { .. })
}

fn read_small(path: &Path) -> Option<Vec<u8>> {
    let is_small = path.metadata().is_ok_and(|file| file.is_file() && file.len() <= LONGEST);
    is_small.then(|| std::fs::read(path).ok())?
}
