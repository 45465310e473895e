//! The directories of vendor/ against the packages that modules.txt lists.

use super::walk::is_go_file;
use crate::gomod::ModulesTxt;
use crate::vendoring::{EmbedPattern, embed_patterns, embeds, is_metadata};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a walk over vendor/ found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// Listed packages without a directory that holds a Go file (`*_test.go` does not count: go
    /// does not vendor it), in path order.
    pub missing: Vec<String>,
    /// Directories that hold a Go file and are no listed package, in path order.
    pub unlisted: Vec<Unlisted>,
    /// Whether the texts of files played a part in this, and not only names.
    #[serde(skip)]
    pub(super) looked_into_files: bool,
}

/// A directory of Go files that modules.txt does not list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlisted {
    /// The import path it would have.
    pub package: String,
    /// The directory, absolute.
    pub dir: PathBuf,
    /// One of its Go files.
    pub file: String,
}

impl Tree {
    /// Compares the directories of `vendor` that hold a Go file with the packages of the list.
    pub(super) fn compare(vendor: &Path, found: &[PathBuf], list: &ModulesTxt) -> Result<Tree> {
        let packages = list.entries.iter().flat_map(|entry| &entry.packages);
        let listed: HashSet<&str> = packages.map(|package| package.value.as_str()).collect();
        let mut tree = Tree::default();
        // A path that is not text cannot be imported or listed.
        let is_listed = |path: &&PathBuf| path.to_str().is_some_and(|path| listed.contains(path));
        for path in found.iter().filter(|path| !is_listed(path)) {
            tree.looked_into_files = true;
            tree.unlisted.extend(unlisted(vendor, path, &listed)?);
        }
        let walked: HashSet<&str> = found.iter().filter_map(|path| path.to_str()).collect();
        for package in listed.difference(&walked) {
            if go_files(&vendor.join(package))?.is_empty() {
                tree.missing.push((*package).to_owned());
            }
        }
        tree.missing.sort_unstable();
        tree.unlisted.sort_unstable_by(|a, b| a.package.cmp(&b.package));
        Ok(tree)
    }
}

/// A directory that is no listed package, unless each of its Go files is there because a listed
/// package embeds it.
fn unlisted(vendor: &Path, path: &Path, listed: &HashSet<&str>) -> Result<Option<Unlisted>> {
    let dir = vendor.join(path);
    let package = path.to_string_lossy().into_owned();
    let below = format!("{package}/");
    for file in go_files(&dir)? {
        // A licence that happens to be Go is copied from above a package as any other.
        if is_metadata(&file) && listed.iter().any(|package| package.starts_with(&below)) {
            continue;
        }
        if !is_embedded(vendor, &package, &file, listed)? {
            return Ok(Some(Unlisted { package, dir, file }));
        }
    }
    Ok(None)
}

/// The names of the Go files in a directory, sorted; none if there is no such directory.
fn go_files(dir: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        // A path that no file system takes stands in a list that nobody made.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error).with_context(|| format!("reading {}", dir.display())),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", dir.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_go_file(name.as_bytes()) && !entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether the Go file is there because a listed package above it embeds it (`//go:embed`): data
/// that happens to be Go source, such as templates.
fn is_embedded(vendor: &Path, package: &str, file: &str, listed: &HashSet<&str>) -> Result<bool> {
    let mut above = package;
    while let Some((parent, _)) = above.rsplit_once('/') {
        above = parent;
        if !listed.contains(above) {
            continue;
        }
        let name = format!("{}/{file}", &package[above.len() + 1..]);
        if embeds(&patterns(&vendor.join(above))?, &name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The patterns of the Go files of a package, as `go/build` reads them.
fn patterns(dir: &Path) -> Result<Vec<EmbedPattern>> {
    let mut patterns = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let entry = entry.with_context(|| format!("reading {}", dir.display()))?;
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.as_bytes();
        if !name.ends_with(b".go")
            || name.starts_with(b"_")
            || name.starts_with(b".")
            || !path.is_file()
        {
            continue;
        }
        let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        patterns.extend(embed_patterns(&text));
    }
    Ok(patterns)
}
