//! The files of a module in whose place a directory is built, as far as vendoring takes them.

use crate::gomod::{FileList, VendoredModule};
use crate::lock::{Complete, Listed, is_carried};
use crate::project::{Content, ContentKind, Project, Snapshot, Which, clean_path};
use crate::vendoring::{EmbedPattern, VendoredPackages, dir_and_base, embed_patterns};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is kept of a Go file that is read there.
struct Kept {
    /// Its text, if vendoring has to look into it.
    text: Option<Vec<u8>>,
    patterns: Vec<EmbedPattern>,
}

/// The directory that replaces a module.
pub(super) fn directory(project: &Project, entry: &VendoredModule) -> Option<PathBuf> {
    let replacement = entry.replacement.as_ref().filter(|new| new.version.is_empty())?;
    Some(clean_path(&project.root.join(&replacement.path)))
}

/// Reads the files of its packages, licences and their kin, and what its packages embed; and how all
/// that looked. `None` if there is no such directory, or if it lies in vendor/ itself.
///
/// Nothing else is read: the directory may be the checkout itself.
pub(super) fn read(
    project: &Project,
    entry: &VendoredModule,
    packages: &VendoredPackages<'_>,
) -> anyhow::Result<Option<(Listed, Snapshot)>> {
    let Some(dir) = directory(project, entry).filter(|dir| dir.is_dir()) else {
        return Ok(None);
    };
    // A copy that is its own original proves nothing.
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    if real(&dir).starts_with(real(&project.vendor_dir())) {
        return Ok(None);
    }
    let flat: Vec<&str> = packages.roles().into_keys().collect();
    let mut content = read_dirs(&dir, &flat, &[])?;
    let embedded = embedded_dirs(&content, packages);
    if !embedded.is_empty() {
        let deep: Vec<&str> = embedded.iter().map(String::as_str).collect();
        // What a pattern names outright may be a file, and lies in the directory above then.
        let above = deep.iter().map(|path| dir_and_base(path).0);
        let flat: Vec<&str> = flat.iter().copied().chain(above).collect();
        content = read_dirs(&dir, &flat, &deep)?;
    }
    let snapshot = Snapshot::of(&content);
    Ok(Some((listed(entry, content, &flat)?, snapshot)))
}

fn read_dirs(dir: &Path, flat: &[&str], deep: &[&str]) -> anyhow::Result<Content<Kept>> {
    Content::read(dir, &Which::Dirs { flat, deep }, &|name, text| {
        let name = String::from_utf8_lossy(name);
        let patterns = embed_patterns(text);
        let text = is_carried(&name, text).then(|| text.to_vec());
        (text.is_some() || !patterns.is_empty()).then_some(Kept { text, patterns })
    })
}

/// The paths that patterns of the packages reach into.
fn embedded_dirs(content: &Content<Kept>, packages: &VendoredPackages<'_>) -> BTreeSet<String> {
    let mut dirs = BTreeSet::new();
    for file in &content.files {
        let ContentKind::Regular { seen: Some(kept), .. } = &file.kind else { continue };
        let dir = file.path.parent().and_then(Path::to_str).unwrap_or_default();
        if packages.has_dir(dir) {
            dirs.extend(kept.patterns.iter().map(|pattern| below(dir, fixed_part(pattern))));
        }
    }
    dirs
}

/// What a pattern names outright: all of it, or the directories at its front.
fn fixed_part(pattern: &EmbedPattern) -> &str {
    let pattern = pattern.as_str();
    let pattern = pattern.strip_prefix("all:").unwrap_or(pattern);
    let fixed = pattern.find(['*', '?', '[', '\\']).map_or(pattern, |at| &pattern[..at]);
    if fixed.len() == pattern.len() {
        return fixed;
    }
    dir_and_base(fixed).0
}

fn below(dir: &str, path: &str) -> String {
    match (dir, path) {
        ("", path) | (path, "" | ".") => path.to_owned(),
        (dir, path) => format!("{dir}/{path}"),
    }
}

/// The list of what was read: regular files, as `copyDir` takes no others, that lie in the module.
fn listed(entry: &VendoredModule, content: Content<Kept>, flat: &[&str]) -> anyhow::Result<Listed> {
    let other_modules: BTreeSet<PathBuf> = content
        .files
        .iter()
        .filter(|file| file.path.file_name().is_some_and(|name| name == "go.mod"))
        .filter_map(|file| file.path.parent().map(Path::to_path_buf))
        .filter(|dir| !flat.iter().any(|flat| Path::new(flat) == dir))
        .collect();
    let (mut files, mut carried) = (Vec::new(), BTreeMap::new());
    for file in content.files {
        let ContentKind::Regular { hash, seen } = file.kind else { continue };
        if file.path.ancestors().skip(1).any(|dir| other_modules.contains(dir)) {
            continue;
        }
        let Some(name) = file.path.to_str() else { continue };
        if let Some(text) = seen.and_then(|kept| kept.text) {
            carried.insert(name.to_owned(), text);
        }
        files.push((name.to_owned(), hash));
    }
    let files = FileList::new(entry.module.clone(), files)?;
    Ok(Listed { files, carried, complete: Complete::Everywhere })
}
