//! Bundles: everything that a build needs from elsewhere, as one directory or one `.tar.zst`.
//!
//! A bundle is a tree that any file server can serve as a GOPROXY, and manifest.json, which names
//! each file with its size and SHA-256. This room writes and reads both forms; docs/bundle-format.md
//! describes them. A bundle is foreign data: whatever is not as [`archive::write`] would have written
//! it is refused, in bounded memory, and nothing of it is to be seen at its target. Whether the right
//! things lie in it, by go.sum and the checksum database, is for others to say.
//!
//! | file | holds |
//! |---|---|
//! | manifest | manifest.json, and the rules for its names |
//! | tar | the members of the archive, byte for byte |
//! | archive | the `.tar.zst`: written, and read into a [`Sink`] |
//! | directory | the directory: read into a [`Sink`], and written |
//! | unpack | a directory that is there as a whole or not at all |
//! | content | a file held against what the manifest says of it |
//! | beneath | files opened below a directory without following a link |
//! | in_order | work on all cores whose results keep their order |

pub mod archive;

mod beneath;

mod content;

pub mod create;

pub mod directory;

mod error;

mod in_order;

mod judge;

pub mod layout;

mod manifest;

mod tar;

#[cfg(test)]
mod samples;

mod unpack;

pub use content::Sink;
pub use error::{BundleError, Faults, FileError, FileFault};
pub(crate) use judge::system_error;
pub use judge::{Judge, Proven, Ruled};
pub(crate) use manifest::is_version_control;
pub use manifest::{
    Digest, FileEntry, LinkEntry, MadeBy, Manifest, ManifestError, ModuleEntry, Proof, Source,
    SumDb,
};
pub use unpack::{UnpackError, try_unpack, unpack};

/// The file that names all others, first in an archive.
pub const MANIFEST: &str = "manifest.json";

/// The settings that an unpacked bundle may have beside its tree. No bundle carries them.
pub const SETTINGS: &str = "go-offline.toml";

/// What stands between the name of a bundle and the rest of the name of what is written beside it, hidden
/// by a dot in front, until it gets the name itself.
pub const TEMPORARY: &str = ".tmp-";

/// The directory of the project, the only one with links, and with files of others when unpacked.
pub const SOURCE: &str = "source";
