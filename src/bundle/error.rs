//! What is wrong with a bundle, in words.

use super::manifest::{Digest, ManifestError};
use std::fmt;
use std::io;

/// Why a bundle is not read or written.
#[derive(Debug)]
pub enum BundleError {
    /// It is another kind of file.
    Kind(&'static str),
    /// The compressed bytes are broken, or not as they are written.
    Frame {
        /// Where the frame starts, in bytes from the start of the archive.
        at: u64,
        /// What is wrong.
        why: String,
    },
    /// It is a whole archive, and not the one that was expected.
    Hash {
        /// The hash of that, `sha256:` and 64 hex digits.
        expected: String,
        /// The hash of this.
        found: String,
    },
    /// It is another one than a moment ago.
    Changed,
    /// manifest.json is wrong.
    Manifest(ManifestError),
    /// Something else stands where a member of the archive belongs.
    Member {
        /// What belongs there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A file is not what the manifest says.
    File(FileError),
    /// A directory is not what the manifest says.
    Directory(Faults),
    /// The system does not read or write.
    Io {
        /// What was being done.
        what: String,
        /// What the system says.
        error: io::Error,
    },
}

/// A file that is not what the manifest says, or could not be handed on.
#[derive(Debug)]
pub struct FileError {
    /// Its path in the bundle.
    pub path: String,
    /// What is wrong.
    pub fault: FileFault,
}

/// What is wrong with a file.
#[derive(Debug)]
pub enum FileFault {
    /// It is not there.
    Missing,
    /// It is something else than a regular file, or another link.
    Other(String),
    /// It has another size.
    Size {
        /// What the manifest says.
        expected: u64,
        /// What was read; more may follow.
        found: u64,
    },
    /// It has another content.
    Digest {
        /// What the manifest says.
        expected: Digest,
        /// What it has.
        found: Digest,
    },
    /// It cannot be read.
    Read(io::Error),
    /// Who takes it does not: a full disk, for example.
    Taken(io::Error),
}

impl BundleError {
    /// Whether it is the system that failed, and not the bundle.
    pub fn is_io(&self) -> bool {
        match self {
            BundleError::Io { .. } => true,
            BundleError::File(file) => {
                matches!(file.fault, FileFault::Read(_) | FileFault::Taken(_))
            }
            _ => false,
        }
    }

    /// Makes an error of the system one of a bundle: what was being done when it failed.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> BundleError {
        move |error| BundleError::Io { what: what.into(), error }
    }
}

impl From<ManifestError> for BundleError {
    fn from(error: ManifestError) -> BundleError {
        BundleError::Manifest(error)
    }
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::Kind(kind) => {
                write!(f, "this is {kind}, and a bundle is a .tar.zst as go-offline writes it")
            }
            BundleError::Frame { at, why } => {
                write!(f, "the archive is broken: the zstd frame at byte {at} {why}")
            }
            BundleError::Hash { expected, found } => {
                write!(f, "it has the hash {found}, and {expected} was expected")
            }
            BundleError::Changed => f.write_str("it was changed while it was read"),
            BundleError::Manifest(error) => error.fmt(f),
            BundleError::Member { expected, found } => {
                write!(f, "the archive has {found} where {expected} belongs")
            }
            BundleError::File(error) => error.fmt(f),
            BundleError::Directory(faults) => faults.fmt(f),
            BundleError::Io { what, error } => write!(f, "{what}: {error}"),
        }
    }
}

// The system's error is in the words above already.
impl std::error::Error for BundleError {}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.fault {
            FileFault::Missing => write!(f, "{path:?} is not there"),
            FileFault::Other(what) => write!(f, "{path:?} is {what}"),
            FileFault::Size { expected, found } => {
                let more = if found > expected { "or more " } else { "" };
                write!(
                    f,
                    "{path:?} is not what manifest.json says: {found} bytes {more}instead of {expected}"
                )
            }
            FileFault::Digest { expected, found } => write!(
                f,
                "{path:?} is not what manifest.json says: sha256 {found} instead of {expected}"
            ),
            FileFault::Read(error) => write!(f, "reading {path:?}: {error}"),
            FileFault::Taken(error) => write!(f, "taking {path:?}: {error}"),
        }
    }
}

impl std::error::Error for FileError {}

/// What is wrong with a directory, of each kind the first few.
#[derive(Debug, Default)]
pub struct Faults {
    /// Files and links that are missing or not what the manifest says, by path.
    pub wrong: Vec<FileError>,
    /// Files that the manifest does not name, by path.
    pub extra: Vec<String>,
    /// How many of both there are, beyond those that are kept.
    pub more: usize,
}

impl Faults {
    /// How many of a kind are kept.
    const SHOWN: usize = 10;

    /// Keeps the first few, by path.
    pub(super) fn new(mut wrong: Vec<FileError>, mut extra: Vec<String>) -> Faults {
        wrong.sort_by(|a, b| a.path.cmp(&b.path));
        extra.sort_unstable();
        let all = wrong.len() + extra.len();
        wrong.truncate(Faults::SHOWN);
        extra.truncate(Faults::SHOWN);
        let more = all - wrong.len() - extra.len();
        Faults { wrong, extra, more }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty() && self.extra.is_empty()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = self.wrong.iter().map(ToString::to_string);
        let extra = self.extra.iter().map(|path| format!("{path:?} is not in manifest.json"));
        let more = (self.more > 0).then(|| format!("and {} more", self.more));
        let all: Vec<String> = wrong.chain(extra).chain(more).collect();
        f.write_str(&all.join("; "))
    }
}
