//! manifest.json: what lies in a bundle.
//!
//! There is one way to write a manifest, so that a bundle of the same things is the same bytes. What
//! is written otherwise is refused, and so is what names a file that no bundle may have.

mod digest;
mod rules;

#[cfg(test)]
mod tests;

pub use digest::Digest;
pub(crate) use rules::is_version_control;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, Write};

/// The first field, by which a manifest is known.
const FORMAT: &str = "go-offline bundle";

/// The version of the format that this program writes, and the only one that it reads.
const VERSION: u32 = 1;

/// The largest manifest.json that is read.
pub(super) const MAX_MANIFEST: u64 = 64 << 20;

/// What lies in a bundle. Fields are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    format: String,
    version: u32,
    /// Which programs shaped the bytes of the bundle.
    pub made_by: MadeBy,
    /// `sha256:` and the SHA-256, in hex, of the go.sum that the bundle is for.
    pub go_sum: String,
    /// The modules, by path and version.
    pub modules: Vec<ModuleEntry>,
    /// The toolchains, which are modules of their own.
    pub toolchains: Vec<ModuleEntry>,
    /// The checksum database that the bundle carries a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sumdb: Option<SumDb>,
    /// The project, if the bundle carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// All regular files but manifest.json, by path.
    pub files: Vec<FileEntry>,
    /// All symbolic links, by path.
    pub links: Vec<LinkEntry>,
}

/// The versions that shape the bytes of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MadeBy {
    /// This program, which also writes the tar stream.
    pub go_offline: String,
    /// The zstd library.
    pub zstd: String,
}

impl MadeBy {
    /// This program, and the library that it is built with.
    pub fn this() -> MadeBy {
        let go_offline = env!("CARGO_PKG_VERSION").to_owned();
        MadeBy { go_offline, zstd: zstd::zstd_safe::version_string().to_owned() }
    }
}

/// A module version in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModuleEntry {
    /// The module path, not escaped.
    pub path: String,
    /// The version.
    pub version: String,
    /// The `h1:` of its zip, if the bundle has that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// The `h1:` of its go.mod, if the bundle has that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub go_mod: Option<String>,
    /// What proves the hashes beside go.sum.
    pub proof: Proof,
}

impl ModuleEntry {
    /// Whether the bundle has something of it that has a hash. Of a time alone go proves nothing, and builds
    /// nothing from it.
    pub fn has_hash(&self) -> bool {
        self.zip.is_some() || self.go_mod.is_some()
    }

    /// Whether the bundle has something of it that could be proven, and no proof in it.
    pub fn is_unproven(&self) -> bool {
        self.has_hash() && self.proof != Proof::Sumdb
    }
}

/// What proves the hashes of a module version beside go.sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A record in the checksum database.
    Sumdb,
    /// No database was asked, since its name is private: the go.sum of the project has to do.
    Private,
    /// Nothing; or there is nothing to prove.
    None,
}

/// The signed tree head of a checksum database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SumDb {
    /// Its name, such as `sum.golang.org`.
    pub name: String,
    /// The number of its records.
    pub size: u64,
    /// The root hash, in base64.
    pub root: String,
}

/// Where the project lies in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Always `source`.
    pub dir: String,
    /// Below it the directory of the main module or of go.work; `.` for itself.
    pub project: String,
}

/// A regular file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FileEntry {
    /// Where it lies below the root of the bundle, with `/`.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// The hash of its content.
    pub sha256: Digest,
    /// Whether it may be executed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// A symbolic link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LinkEntry {
    /// Where it lies below the root of the bundle, with `/`.
    pub path: String,
    /// What it leads to, from where it lies.
    pub target: String,
}

/// Why a manifest.json is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestError {
    /// It is no JSON of the right form.
    Json(String),
    /// It does not say that it is a bundle's.
    Format,
    /// It is of another version of the format.
    Version(u64),
    /// It says what a manifest may say, in another way than it is written.
    Form,
    /// It has so many bytes, which are too many.
    TooLarge(u64),
    /// An entry breaks a rule.
    Entry {
        /// What kind of entry.
        kind: &'static str,
        /// Its name, as the manifest has it.
        name: String,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("manifest.json")?;
        match self {
            ManifestError::Json(error) => write!(f, " is no manifest of a bundle: {error}"),
            ManifestError::Format => write!(f, " does not say that it is of a {FORMAT:?}"),
            ManifestError::Version(version) => write!(
                f,
                " is of version {version} of the format, and this go-offline reads version {VERSION} only: take a go-offline that reads it, or make the bundle anew"
            ),
            ManifestError::Form => f.write_str(
                " is not written as go-offline writes it (order, white space, a field twice): it was changed since",
            ),
            ManifestError::TooLarge(size) => {
                write!(f, " has {size} bytes, where {MAX_MANIFEST} are allowed")
            }
            ManifestError::Entry { kind, name, why } => write!(f, ": {kind} {name:?} {why}"),
        }
    }
}

impl std::error::Error for ManifestError {}

impl Manifest {
    /// The module versions, then the toolchains.
    pub fn versions(&self) -> impl Iterator<Item = &ModuleEntry> {
        self.modules.iter().chain(&self.toolchains)
    }

    /// A manifest of nothing, by this program, for a go.sum with this digest (`sha256:…`).
    pub fn new(go_sum: String) -> Manifest {
        Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            made_by: MadeBy::this(),
            go_sum,
            modules: Vec::new(),
            toolchains: Vec::new(),
            sumdb: None,
            source: None,
            files: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Brings all lists into the order that they have in a manifest.
    pub fn sort(&mut self) {
        self.modules.sort();
        self.toolchains.sort();
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.links.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// Holds it to the rules: names, order, hashes, sizes.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self) -> Result<(), ManifestError> {
        rules::check(self)
    }

    /// The bytes of manifest.json.
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("it has strings and numbers only");
        bytes.push(b'\n');
        bytes
    }

    /// Reads manifest.json.
    ///
    /// # Errors
    /// Anything that [`Manifest::to_json`] of a manifest that keeps the rules does not write.
    pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        if bytes.len() as u64 > MAX_MANIFEST {
            return Err(ManifestError::TooLarge(bytes.len() as u64));
        }
        // The version before all else: another one may have other fields.
        Manifest::check_version(bytes)?;
        let manifest: Manifest = serde_json::from_slice(bytes).map_err(no_json)?;
        manifest.check()?;
        if manifest.is_written_as(bytes) {
            return Ok(manifest);
        }
        Err(ManifestError::Form)
    }

    /// Looks at the format and its version alone.
    ///
    /// # Errors
    /// It is another one.
    pub(super) fn check_version(bytes: &[u8]) -> Result<(), ManifestError> {
        let head: Head = serde_json::from_slice(bytes).map_err(no_json)?;
        if head.format.as_deref() != Some(FORMAT) {
            return Err(ManifestError::Format);
        }
        if head.version != u64::from(VERSION) {
            return Err(ManifestError::Version(head.version));
        }
        Ok(())
    }

    fn is_written_as(&self, bytes: &[u8]) -> bool {
        let mut same = Same(bytes);
        serde_json::to_writer_pretty(&mut same, self).is_ok() && same.0 == b"\n"
    }
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn no_json(error: serde_json::Error) -> ManifestError {
    ManifestError::Json(error.to_string())
}

/// What every version has.
#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: u64,
}

/// Takes the bytes that are expected, and no others: no second manifest lies in memory.
struct Same<'a>(&'a [u8]);

impl Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let rest = self.0.strip_prefix(bytes);
        self.0 = rest.ok_or_else(|| io::Error::other("another byte"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
