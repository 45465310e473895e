//! What goes into a new bundle, and under which name.
//!
//! Nothing here depends on anything but what is put in: times, users, modes, the order of a directory
//! and what a proxy has besides are left out, so that the same things make the same bytes.

mod database;
mod modules;
mod source;

pub use database::add_database;
pub use modules::{add_modules, go_sum_digest};
pub(super) use modules::{info_version, list};
pub use source::{Chosen, SourceError, add_payload, add_source};

use super::manifest::Digest;
use super::{FileEntry, LinkEntry, Manifest, ManifestError};
use crate::project::{hash_all, in_parallel};
use anyhow::Context;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

/// What a file of a bundle is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file as it lies on the disk.
    File(PathBuf),
    /// These bytes.
    Bytes(Vec<u8>),
}

impl Content {
    /// Opens it for reading.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(match self {
            Content::File(path) => Box::new(File::open(path)?),
            Content::Bytes(bytes) => Box::new(Cursor::new(bytes.as_slice())),
        })
    }
}

/// A file to be put into a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is made of.
    pub content: Content,
    /// Whether it may be executed.
    pub executable: bool,
}

/// What goes into a bundle, by name.
#[derive(Debug, Default)]
pub struct Items {
    /// The files.
    pub files: BTreeMap<String, Item>,
    /// The symbolic links: where they lie, and what they lead to.
    pub links: BTreeMap<String, String>,
}

impl Items {
    pub(super) fn add(&mut self, name: impl Into<String>, content: Content) {
        self.files.insert(name.into(), Item { content, executable: false });
    }

    /// Hashes all files on all processors, and lists them in the manifest with the links.
    ///
    /// # Errors
    /// A file that cannot be read, or a name that no bundle may have.
    pub fn list_in(&self, manifest: &mut Manifest) -> anyhow::Result<()> {
        let items: Vec<(&String, &Item)> = self.files.iter().collect();
        let hashed = in_parallel(&items, |(path, item)| hashed(path, item));
        manifest.files = hashed.into_iter().collect::<anyhow::Result<_>>()?;
        let links = self.links.iter();
        manifest.links = links
            .map(|(path, target)| LinkEntry { path: path.clone(), target: target.clone() })
            .collect();
        manifest.sort();
        manifest.check().map_err(|error: ManifestError| {
            anyhow::Error::new(error)
                .context("a bundle cannot hold this; `--exclude` leaves it out")
        })
    }
}

fn hashed(path: &str, item: &Item) -> anyhow::Result<FileEntry> {
    let (size, sha256) = match &item.content {
        Content::Bytes(bytes) => (bytes.len() as u64, Digest::of(bytes)),
        Content::File(file) => {
            let reading = || format!("reading {}", file.display());
            let hashed = File::open(file).and_then(hash_all).with_context(reading)?;
            (hashed.0, Digest(hashed.1))
        }
    };
    Ok(FileEntry { path: path.to_owned(), size, sha256, executable: item.executable })
}
