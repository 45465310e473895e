//! The project, and whatever else is to be carried along.

use super::{Content, Item, Items};
use crate::bundle::{MANIFEST, TEMPORARY, archive, directory, is_version_control};
use anyhow::Context;
use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs::FileType;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Which files of a project are carried.
#[derive(Debug)]
pub struct Chosen<'a> {
    /// The directory that becomes `source`.
    pub root: &'a Path,
    /// The directory above it whose .gitignore files count: that of the checkout, or the root itself.
    pub top: &'a Path,
    /// The vendor directory: all of it is carried, whatever a .gitignore says.
    pub vendor: &'a Path,
    /// Files that are carried whatever a .gitignore says: those that git tracks, and those asked for.
    pub also: &'a BTreeSet<PathBuf>,
    /// Where the bundle is written: it does not contain itself.
    pub output: &'a Path,
    /// What is left out, as lines of a .gitignore in the root.
    pub exclude: &'a [String],
}

/// Why the project cannot be carried.
#[derive(Debug)]
pub enum SourceError {
    /// A pattern of `--exclude` means nothing.
    Pattern(String, String),
    /// A name that is not UTF-8.
    Name(PathBuf),
    /// Something that is neither a file, a directory nor a symbolic link.
    Kind(PathBuf),
    /// Two files for one name.
    Twice(String),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::Pattern(pattern, why) => write!(f, "--exclude {pattern}: {why}"),
            SourceError::Name(path) => write!(
                f,
                "{}: the name is not UTF-8, so no bundle can hold it: leave it out with --exclude",
                path.display()
            ),
            SourceError::Kind(path) => write!(
                f,
                "{}: neither a file, a directory nor a link: leave it out with --exclude",
                path.display()
            ),
            SourceError::Twice(name) => write!(
                f,
                "two files would lie at {name} in the bundle: give --include a directory that holds both"
            ),
        }
    }
}

impl std::error::Error for SourceError {}

/// Adds the files of a project below `source`: what no .gitignore of the checkout keeps out, and
/// vendor/. What only this machine ignores (`core.excludesFile`, `.git/info/exclude`) is not asked. Returns the
/// bundles that were left out: each would carry all before it.
///
/// # Errors
/// Something that cannot be read, or that no bundle can hold.
pub fn add_source(items: &mut Items, chosen: &Chosen<'_>) -> anyhow::Result<Vec<PathBuf>> {
    let excluded = excluded(chosen.root, chosen.exclude)?;
    let mut walk = WalkBuilder::new(chosen.top);
    walk.standard_filters(false).git_ignore(true).require_git(false);
    let root = chosen.root.to_path_buf();
    let is_on_the_way = move |path: &Path| path.starts_with(&root) || root.starts_with(path);
    walk.filter_entry(move |entry| !is_kept_back(entry.file_name()) && is_on_the_way(entry.path()));
    add_walked(items, &walk, chosen.root, &excluded, "source", chosen.output)?;
    let mut also: Vec<&Path> = chosen.also.iter().map(PathBuf::as_path).collect();
    also.push(chosen.vendor);
    for path in also {
        let Ok(metadata) = path.symlink_metadata() else { continue };
        if !metadata.is_dir() {
            // A walk would follow a link that it starts at.
            let kind = Some(metadata.file_type());
            add_one(items, path, kind, chosen.root, &excluded, "source", chosen.output)?;
            continue;
        }
        let mut walk = WalkBuilder::new(path);
        walk.standard_filters(false).filter_entry(|entry| !is_kept_back(entry.file_name()));
        add_walked(items, &walk, chosen.root, &excluded, "source", chosen.output)?;
    }
    Ok(leave_bundles(items, chosen))
}

/// Takes bundles out again, archives and directories, but for what is carried whatever it is.
fn leave_bundles(items: &mut Items, chosen: &Chosen<'_>) -> Vec<PathBuf> {
    let files = items.files.values().filter_map(|item| match &item.content {
        Content::File(path) if !chosen.also.contains(path) => Some(path.as_path()),
        _ => None,
    });
    let bundles: Vec<PathBuf> = files.filter_map(bundle_of).map(Path::to_path_buf).collect();
    let is_in_one = |path: &Path| bundles.iter().any(|bundle| path.starts_with(bundle));
    items.files.retain(|_, item| match &item.content {
        Content::File(path) => chosen.also.contains(path) || !is_in_one(path),
        Content::Bytes(_) => true,
    });
    items.links.retain(|name, _| {
        let below = name.strip_prefix("source/").unwrap_or(name);
        !is_in_one(&chosen.root.join(below))
    });
    bundles
}

/// The bundle that a file is, or is the manifest of.
fn bundle_of(path: &Path) -> Option<&Path> {
    let name = path.file_name()?.to_str()?;
    if name == MANIFEST {
        let dir = path.parent()?;
        return directory::check_version(dir).is_ok().then_some(dir);
    }
    let is_archive = name.ends_with(".tar.zst")
        && archive::read_manifest(std::fs::File::open(path).ok()?).is_ok();
    is_archive.then_some(path)
}

/// What a version control system keeps is not of the project.
fn is_kept_back(name: &OsStr) -> bool {
    name.to_str().is_some_and(is_version_control)
}

/// Whether it is the bundle that is being written, an older one in its place, or what a killed run left
/// beside it.
fn is_output(path: &Path, output: &Path) -> bool {
    if path.starts_with(output) {
        return true;
    }
    let (Some(parent), Some(name)) = (output.parent(), output.file_name()) else { return false };
    let Ok(below) = path.strip_prefix(parent) else { return false };
    let beside = below.components().next().map(|first| first.as_os_str().to_string_lossy());
    let left = beside.as_deref().and_then(|beside| beside.strip_prefix('.'));
    left.and_then(|left| left.strip_prefix(&*name.to_string_lossy()))
        .is_some_and(|left| left.starts_with(TEMPORARY))
}

/// Adds a file or a directory below `payload`, under its own name.
///
/// # Errors
/// Something that cannot be read, or that no bundle can hold.
pub fn add_payload(
    items: &mut Items,
    path: &Path,
    exclude: &[String],
    output: &Path,
) -> anyhow::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    let excluded = excluded(parent, exclude)?;
    path.symlink_metadata().with_context(|| format!("--include {}", path.display()))?;
    let mut walk = WalkBuilder::new(path);
    walk.standard_filters(false);
    let mut own = Items::default();
    add_walked(&mut own, &walk, parent, &excluded, "payload", output)?;
    if let Some(name) = own.files.keys().find(|name| items.files.contains_key(*name)) {
        return Err(SourceError::Twice(name.clone()).into());
    }
    items.files.extend(own.files);
    items.links.extend(own.links);
    Ok(())
}

fn excluded(root: &Path, patterns: &[String]) -> anyhow::Result<Gitignore> {
    let mut builder = GitignoreBuilder::new(root);
    let bad = |pattern: &str, error: ignore::Error| {
        SourceError::Pattern(pattern.to_owned(), error.to_string())
    };
    for pattern in patterns {
        builder.add_line(None, pattern).map_err(|error| bad(pattern, error))?;
    }
    Ok(builder.build().map_err(|error| bad(&patterns.join(" "), error))?)
}

fn add_walked(
    items: &mut Items,
    walk: &WalkBuilder,
    root: &Path,
    excluded: &Gitignore,
    below: &str,
    output: &Path,
) -> anyhow::Result<()> {
    for entry in walk.build() {
        let entry = entry?;
        add_one(items, entry.path(), entry.file_type(), root, excluded, below, output)?;
    }
    Ok(())
}

/// Adds a file or a link, unless it is left out. Directories are what lies in them.
fn add_one(
    items: &mut Items,
    path: &Path,
    kind: Option<FileType>,
    root: &Path,
    excluded: &Gitignore,
    below: &str,
    output: &Path,
) -> anyhow::Result<()> {
    let Ok(relative) = path.strip_prefix(root) else { return Ok(()) };
    let is_dir = kind.is_some_and(|kind| kind.is_dir());
    let is_out = excluded.matched_path_or_any_parents(relative, is_dir).is_ignore();
    if is_dir || is_out || is_output(path, output) {
        return Ok(());
    }
    let name = relative.to_str().ok_or_else(|| SourceError::Name(path.to_path_buf()))?;
    let name = format!("{below}/{name}");
    match kind {
        Some(kind) if kind.is_symlink() => {
            let target = std::fs::read_link(path)
                .with_context(|| format!("reading the link {}", path.display()))?;
            let target = target.to_str().ok_or_else(|| SourceError::Name(path.to_path_buf()))?;
            items.links.insert(name, target.to_owned());
        }
        Some(kind) if kind.is_file() => {
            let metadata = path.metadata();
            let metadata = metadata.with_context(|| format!("reading {}", path.display()))?;
            let executable = metadata.permissions().mode() & 0o100 != 0;
            let content = Content::File(path.to_path_buf());
            items.files.insert(name, Item { content, executable });
        }
        _ => return Err(SourceError::Kind(path.to_path_buf()).into()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(dir: &Path, name: &str, text: &str) {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn names(items: &Items) -> Vec<&str> {
        items.files.keys().map(String::as_str).collect()
    }

    #[test]
    fn links_that_git_tracks_are_carried_as_links() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        put(root, "dir/file", "");
        for (link, target) in [("to-dir", "dir"), ("to-file", "dir/file"), ("vendor", "dir")] {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
        }
        let also = ["dir/file", "to-dir", "to-file"].map(|name| root.join(name));
        let chosen = Chosen {
            root,
            top: root,
            vendor: &root.join("vendor"),
            also: &also.into(),
            output: &root.join("bundle"),
            exclude: &[],
        };
        let mut items = Items::default();
        add_source(&mut items, &chosen).unwrap();
        assert_eq!(names(&items), ["source/dir/file"]);
        let links: Vec<&str> = items.links.keys().map(String::as_str).collect();
        assert_eq!(links, ["source/to-dir", "source/to-file", "source/vendor"]);
    }

    #[test]
    fn what_is_ignored_stays_but_for_vendor_and_what_is_asked_for() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path().join("checkout");
        let root = top.join("module");
        put(temp.path(), ".gitignore", "main.go\n");
        put(&top, ".gitignore", "*.out\n.env\n");
        put(&top, "other/file.go", "");
        for name in ["main.go", "a.out", ".env", "tracked.out", "vendor/x/b.out", "sub/.git/HEAD"] {
            put(&root, name, "");
        }
        put(&root, "bundle.tar.zst", "");
        put(&root, ".bundle.tar.zst.tmp-Pi4Yyj", "");
        put(&root, "sub/.hg/hgrc", "");
        std::os::unix::fs::symlink("main.go", root.join("link.go")).unwrap();
        let also = BTreeSet::from([root.join("tracked.out")]);
        let mut chosen = Chosen {
            root: &root,
            top: &top,
            vendor: &root.join("vendor"),
            also: &also,
            output: &root.join("bundle.tar.zst"),
            exclude: &[],
        };
        let mut items = Items::default();
        add_source(&mut items, &chosen).unwrap();
        let want = ["source/main.go", "source/tracked.out", "source/vendor/x/b.out"];
        assert_eq!(names(&items), want);
        assert_eq!(items.links["source/link.go"], "main.go");

        let exclude = ["vendor/".to_owned(), "*.go".to_owned()];
        chosen.exclude = &exclude;
        let mut items = Items::default();
        add_source(&mut items, &chosen).unwrap();
        assert_eq!(names(&items), ["source/tracked.out"]);
        assert!(items.links.is_empty());
    }

    #[test]
    fn payload_lies_under_its_own_name_and_once() {
        let temp = tempfile::tempdir().unwrap();
        put(temp.path(), "tools/bin/lint", "x");
        put(temp.path(), "tools/bin/lint.txt", "x");
        let lint = temp.path().join("tools/bin/lint");
        std::fs::set_permissions(&lint, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut items = Items::default();
        let exclude = ["*.txt".to_owned()];
        let nowhere = Path::new("/nowhere");
        add_payload(&mut items, &temp.path().join("tools"), &exclude, nowhere).unwrap();
        assert_eq!(names(&items), ["payload/tools/bin/lint"]);
        assert!(items.files["payload/tools/bin/lint"].executable);
        let twice = add_payload(&mut items, &temp.path().join("tools"), &[], nowhere);
        assert!(twice.unwrap_err().to_string().starts_with("two files would lie"));
        assert!(add_payload(&mut items, nowhere, &[], nowhere).is_err());
    }
}
