//! The directories of vendor/ against the packages that modules.txt lists.

use crate::gomod::{ModulesTxt, glob};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a walk over vendor/ found.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Listed packages without a directory that holds a Go file (`*_test.go` does not count: go
    /// does not vendor it), in path order.
    pub missing: Vec<String>,
    /// Directories that hold a Go file and are no listed package, in path order.
    pub unlisted: Vec<Unlisted>,
}

/// A directory of Go files that modules.txt does not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// The import path it would have.
    pub package: String,
    /// The directory, absolute.
    pub dir: PathBuf,
    /// One of its Go files.
    pub file: String,
}

impl Tree {
    /// Walks `vendor`. Symbolic links are followed for listed packages only, so that the walk
    /// cannot run in circles.
    pub(super) fn walk(vendor: &Path, list: &ModulesTxt) -> Result<Tree> {
        let listed: BTreeSet<&str> = list
            .entries
            .iter()
            .flat_map(|entry| &entry.packages)
            .map(|package| package.value.as_str())
            .collect();
        let mut found = Vec::new();
        collect(vendor, &mut String::new(), &mut found)?;
        found.sort_unstable();

        let mut tree = Tree::default();
        for (package, file) in &found {
            if !listed.contains(package.as_str()) {
                let dir = vendor.join(package);
                if !is_embedded(vendor, package, file, &listed)? {
                    tree.unlisted.push(Unlisted {
                        package: package.clone(),
                        dir,
                        file: file.clone(),
                    });
                }
            }
        }
        for package in listed {
            let walked = found.binary_search_by(|(name, _)| name.as_str().cmp(package)).is_ok();
            if !walked && go_file_in(&vendor.join(package))?.is_none() {
                tree.missing.push(package.to_owned());
            }
        }
        Ok(tree)
    }
}

/// Adds `(import path, a Go file)` for each directory below `dir` that holds a Go file.
fn collect(dir: &Path, package: &mut String, found: &mut Vec<(String, String)>) -> Result<()> {
    let context = || format!("reading {}", dir.display());
    let mut subdirs = Vec::new();
    let mut go_file = None;
    for entry in std::fs::read_dir(dir).with_context(context)? {
        let entry = entry.with_context(context)?;
        let name = entry.file_name();
        if entry.file_type().with_context(context)?.is_dir() {
            subdirs.push(name);
        } else if go_file.is_none() {
            go_file = name.to_str().filter(|name| is_go_file(name)).map(str::to_owned);
        }
    }
    if let Some(file) = go_file.filter(|_| !package.is_empty()) {
        found.push((package.clone(), file));
    }
    for name in subdirs {
        let length = package.len();
        if length > 0 {
            package.push('/');
        }
        package.push_str(&name.to_string_lossy());
        collect(&dir.join(&name), package, found)?;
        package.truncate(length);
    }
    Ok(())
}

fn go_file_in(dir: &Path) -> Result<Option<String>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("reading {}", dir.display())),
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", dir.display()))?;
        if let Some(name) = entry.file_name().to_str().filter(|name| is_go_file(name)) {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

/// Whether go could compile the file as part of an imported package.
fn is_go_file(name: &str) -> bool {
    name.ends_with(".go") && !name.ends_with("_test.go")
}

/// Whether the Go file is there because a listed package above it embeds it (`//go:embed`): data
/// that happens to be Go source, such as templates.
fn is_embedded(vendor: &Path, package: &str, file: &str, listed: &BTreeSet<&str>) -> Result<bool> {
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
