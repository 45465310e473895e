//! vendor/modules.txt and the checksum files.

use super::{File, short_path};
use crate::gomod::{GoSum, ModuleVersion, ModulesTxt, SumLine};
use anyhow::Result;
use std::collections::HashMap;
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

/// The lines of the checksum files that are there, with the file of each.
pub fn sum_lines(sums: &[SumFile]) -> impl Iterator<Item = (&File, &SumLine)> {
    let files = sums.iter().filter_map(|sum| sum.content.as_ref());
    files.flat_map(|(file, sum)| sum.lines.iter().map(move |line| (file, line)))
}

/// The `h1:` hashes that the checksum files have for module versions: of their content, or of their
/// go.mod files. Several files may have several for one; each is there once, in their order.
pub fn h1_hashes(sums: &[SumFile], of_go_mod: bool) -> HashMap<&ModuleVersion, Vec<&str>> {
    let mut map: HashMap<&ModuleVersion, Vec<&str>> = HashMap::new();
    let lines = sum_lines(sums).map(|(_, line)| line);
    for line in lines.filter(|line| line.go_mod == of_go_mod && line.is_h1()) {
        let known = map.entry(&line.module).or_default();
        if !known.contains(&line.hash.as_str()) {
            known.push(&line.hash);
        }
    }
    map
}
