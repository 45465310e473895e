//! The directories of vendor/ against the packages that modules.txt lists.

use super::walk::is_go_file;
use crate::gomod::{ModulesTxt, glob};
use crate::vendoring::is_metadata;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io::ErrorKind;
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
        if embed_patterns(&vendor.join(above))?.iter().any(|pattern| embeds(pattern, &name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A pattern embeds a file if it matches the file or a directory above it
/// (`cmd/go/internal/load.resolveEmbed`).
fn embeds(pattern: &str, name: &str) -> bool {
    let pattern = pattern.strip_prefix("all:").unwrap_or(pattern);
    let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
    ends.into_iter().any(|end| glob::match_path(pattern, &name[..end]).unwrap_or(false))
}

fn embed_patterns(dir: &Path) -> Result<Vec<String>> {
    let mut patterns = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry.with_context(|| format!("reading {}", dir.display()))?.path();
        if path.extension().is_none_or(|extension| extension != "go") || !path.is_file() {
            continue;
        }
        let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        for line in String::from_utf8_lossy(&text).lines() {
            if let Some(rest) = line.trim_start().strip_prefix("//go:embed") {
                patterns.extend(pattern_words(rest));
            }
        }
    }
    Ok(patterns)
}

/// Splits the arguments of a `//go:embed` line: words, or Go strings in `"…"` or `` `…` ``.
fn pattern_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '`' => {
                let body = &rest[1..];
                body.split_once(first).unwrap_or((body, ""))
            }
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{embeds, pattern_words};

    #[test]
    fn a_pattern_embeds_files_and_whole_directories() {
        assert!(embeds("templates", "templates/a.go"));
        assert!(embeds("all:templates/*", "templates/x/a.go"));
        assert!(!embeds("templates/*.txt", "templates/a.go"));
        assert!(!embeds("other", "templates/a.go"));
    }

    #[test]
    fn patterns_may_be_quoted() {
        assert_eq!(pattern_words(" a \"b c\" `d` e"), ["a", "b c", "d", "e"]);
    }
}
