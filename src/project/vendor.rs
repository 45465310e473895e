//! vendor/modules.txt and the checksum files.

use super::{File, short_path};
use crate::gomod::{GoSum, ModulesTxt};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A vendor directory as far as its list goes.
#[derive(Debug, Clone)]
pub struct Vendor {
    /// The directory, absolute.
    pub dir: PathBuf,
    /// The directory as shown.
    pub shown: PathBuf,
    /// Whether it is there: a directory, or a symbolic link to one.
    pub exists: bool,
    /// modules.txt; `None` if there is none.
    pub list: Option<List>,
}

impl Vendor {
    /// Reads a vendor directory's modules.txt; `dir` is where paths are shown from.
    ///
    /// # Errors
    /// A modules.txt that exists and cannot be read.
    pub fn read(dir: &Path, vendor: PathBuf) -> Result<Vendor> {
        let list = File::read(dir, vendor.join("modules.txt"))?.map(List::new);
        Ok(Vendor { shown: short_path(dir, &vendor), exists: vendor.is_dir(), dir: vendor, list })
    }

    /// Whether `go work vendor` made it: the test by which go decides whether to use it.
    pub fn is_for_workspace(&self) -> bool {
        self.list.as_ref().is_some_and(|list| ModulesTxt::is_for_workspace(&list.file.text))
    }
}

/// A vendor/modules.txt. It is parsed when somebody asks for its meaning, and once: a command that
/// checks nothing need not wait for that.
#[derive(Debug, Clone)]
pub struct List {
    /// The file as read.
    pub file: File,
    value: OnceLock<ModulesTxt>,
}

impl List {
    /// The list that a file holds.
    pub fn new(file: File) -> List {
        List { file, value: OnceLock::new() }
    }

    /// What it says.
    pub fn value(&self) -> &ModulesTxt {
        self.value.get_or_init(|| ModulesTxt::parse(&self.file.text))
    }
}

/// A go.sum or go.work.sum.
#[derive(Debug, Clone)]
pub struct SumFile {
    /// Where it is or would be, absolute.
    pub path: PathBuf,
    /// The path as shown.
    pub shown: PathBuf,
    /// Text and meaning; `None` if there is no such file.
    pub content: Option<(File, GoSum)>,
}

impl SumFile {
    pub(super) fn read(dir: &Path, path: PathBuf) -> Result<SumFile> {
        let content = File::read(dir, path.clone())?.map(|file| {
            let value = GoSum::parse(&file.text);
            (file, value)
        });
        Ok(SumFile { shown: short_path(dir, &path), path, content })
    }
}
