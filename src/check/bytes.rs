//! What came of holding the bytes of modules against go.sum, gathered by whoever may read files.

use crate::gomod::ModuleVersion;
use crate::project::GitLine;
use crate::vendoring::{Difference, What};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// On what the files of a module were verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// A list of its files that hashes to the line of go.sum.
    List,
    /// Its zip, which hashes to the line of go.sum.
    Zip,
    /// The directory that replaces it.
    Dir,
    /// go-offline.lock, which records what was once proven.
    Lock,
    /// Nothing: no byte of it was checked.
    None,
}

impl Evidence {
    /// Whether it proves anything: what the lock records was proven elsewhere.
    pub fn is_proof(self) -> bool {
        !matches!(self, Evidence::None | Evidence::Lock)
    }

    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Evidence::List => "list",
            Evidence::Zip => "zip",
            Evidence::Dir => "dir",
            Evidence::Lock => "lock",
            Evidence::None => "none",
        }
    }
}

/// A module whose bytes were to be verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedModule {
    /// The module.
    pub module: ModuleVersion,
    /// What stands in for it.
    pub replacement: Option<ModuleVersion>,
    /// The hash that go.sum has for its content.
    pub h1: Option<String>,
    /// On what it was verified.
    pub evidence: Evidence,
    /// How many of its files are as they should be.
    pub files: usize,
    /// How many of its files nothing is known about.
    pub unknown: usize,
    /// Why there is no evidence; empty if there is.
    pub reason: String,
    /// Why a Go file that is missing may be one that is not copied; empty if that is known.
    pub doubt: String,
}

/// Something that was to be evidence and is not what go.sum says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadEvidence {
    /// The module.
    pub module: ModuleVersion,
    /// What is wrong.
    pub what: Bad,
    /// The file or directory, as shown.
    pub path: PathBuf,
}

/// What is wrong with something that was to be evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bad {
    /// The list of a module does not hash to the line of go.sum.
    List,
    /// The file of all lists cannot be read as such; why. It may be about no module.
    Lists(String),
    /// The zip in the module cache does not hash to the line of go.sum, or is no module zip; why.
    Zip(String),
    /// The directory in the module cache that go builds from has other files than the module: how.
    Extracted(Vec<String>),
}

/// A symbolic link, or what is no file at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Irregular {
    /// Its path below vendor/.
    pub path: String,
    /// Where it leads; `None` for a device, a fifo or a socket.
    pub target: Option<PathBuf>,
    /// The module that it lies in, by its number.
    pub module: Option<usize>,
}

/// How go-offline.lock fits what is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockFacts {
    /// The file as shown.
    pub path: PathBuf,
    /// That it cannot be read as a lock, and why.
    pub broken: Vec<String>,
    /// What it says otherwise than go.sum and modules.txt: a module, and how.
    pub stale: Vec<(ModuleVersion, String)>,
    /// Modules, by number, whose vendored files have another digest: of what go compiles, links or
    /// embeds, and of the rest.
    pub mismatched: Vec<(usize, bool)>,
}

/// How go-offline.lock.lists fits what is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListsFacts {
    /// The file as shown.
    pub path: PathBuf,
    /// What it has otherwise than modules.txt: a module, and how.
    pub stale: Vec<(ModuleVersion, String)>,
}

/// Everything about bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    /// Whether they are those in the module cache, and not those in vendor/.
    pub is_of_cache: bool,
    /// The modules.
    pub modules: Vec<VerifiedModule>,
    /// Module versions of go.sum that are not in the module cache, so that nothing is built from there.
    pub absent: usize,
    /// Files of vendor/ that are not as they should be.
    pub differences: Vec<Difference>,
    /// What in vendor/ is no file.
    pub irregular: Vec<Irregular>,
    /// What was to be evidence.
    pub bad: Vec<BadEvidence>,
    /// go-offline.lock, if there is one.
    pub lock: Option<LockFacts>,
    /// go-offline.lock.lists, if there is one that can be read.
    pub lists: Option<ListsFacts>,
}

/// What git has to do with a file of vendor/, by its path below vendor/.
#[derive(Debug, Clone, Default)]
pub struct GitCauses {
    /// The line by which git leaves it out.
    pub ignoring: BTreeMap<String, GitLine>,
    /// The line by which git changes its line ends.
    pub line_ends: BTreeMap<String, GitLine>,
}

impl Bytes {
    /// Whether of no module anything is proven, though there are modules: required ones that are not
    /// in the module cache are not proven either.
    pub fn is_unproven(&self, requires_modules: bool) -> bool {
        let has_none = |module: &VerifiedModule| module.evidence == Evidence::None;
        match self.modules.is_empty() {
            true => self.is_of_cache && requires_modules,
            false => self.modules.iter().all(has_none),
        }
    }

    /// Whether every module and every file is proven; what the lock records was proven elsewhere.
    pub fn is_fully_proven(&self) -> bool {
        let is_proven = |module: &VerifiedModule| module.unknown == 0 && module.evidence.is_proof();
        let is_unknown = |difference: &Difference| {
            matches!(difference.what, What::Extra { is_genuine: false, .. })
        };
        self.modules.iter().all(is_proven) && !self.differences.iter().any(is_unknown)
    }

    /// Whether no better evidence could come: what is proven stays so.
    pub fn is_final(&self) -> bool {
        let is_final =
            |module: &VerifiedModule| module.evidence.is_proof() && module.doubt.is_empty();
        self.modules.iter().all(is_final) && self.bad.is_empty()
    }
}
