//! Looks at what the module cache has of a module version, and believes none of it.

use super::{Files, Wanted};
use crate::gomod::go_version::TOOLCHAIN_MODULE;
use crate::gomod::{FileList, ModuleVersion, go_mod_h1};
use crate::project::{Content, ModuleCache, ProxyTree, Which, read_module_zip};
use anyhow::Context;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A go.mod, and what a proxy says of a version, are small: `MaxGoMod` of x/mod/zip.
const LONGEST: u64 = 16 << 20;

/// One file of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It is there and right: for a zip or a go.mod, the hash that go.sum would have for it.
    Whole {
        /// Where it lies.
        path: PathBuf,
        /// Its `h1:` hash; empty for what has none.
        h1: String,
    },
    /// It is not there.
    Missing,
    /// It is there and wrong.
    Bad {
        /// Where it lies.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It is there, and is another than go.sum says. Which of them is wrong is not known: other projects may
    /// have been built with it.
    Other {
        /// Where it lies.
        path: PathBuf,
        /// Which hashes they are.
        why: String,
    },
    /// Nobody wants it.
    Unwanted,
}

impl Part {
    /// Its hash, if it is there and right.
    pub fn h1(&self) -> Option<&str> {
        match self {
            Part::Whole { h1, .. } => Some(h1),
            _ => None,
        }
    }

    fn is_whole(&self) -> bool {
        matches!(self, Part::Whole { .. } | Part::Unwanted)
    }
}

/// What the cache has of a module version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The module version.
    pub module: ModuleVersion,
    /// The go.mod.
    pub go_mod: Part,
    /// What a proxy says of the version.
    pub info: Part,
    /// The zip.
    pub zip: Part,
    /// The hash that go keeps beside the zip, and takes for its own. That it is not there is no lack.
    pub zip_hash: Part,
    /// The directory that go has extracted the zip to. That it is not there is no lack.
    pub dir: Part,
}

impl Entry {
    /// Whether all that is wanted is there and right.
    pub fn is_whole(&self) -> bool {
        self.parts().into_iter().all(Part::is_whole)
    }

    fn parts(&self) -> [&Part; 5] {
        [&self.go_mod, &self.info, &self.zip, &self.zip_hash, &self.dir]
    }

    /// What is there and wrong, or another than go.sum says.
    pub fn bad(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.parts().into_iter().filter_map(|part| match part {
            Part::Bad { path, why } | Part::Other { path, why } => {
                Some((path.as_path(), why.as_str()))
            }
            _ => None,
        })
    }

    /// Whether something is there that only go.sum speaks against.
    pub fn is_other(&self) -> bool {
        self.parts().into_iter().any(|part| matches!(part, Part::Other { .. }))
    }

    /// What is missing or wrong, in words.
    pub fn lacks(&self) -> Vec<String> {
        let parts = [("go.mod", &self.go_mod), ("info", &self.info), ("zip", &self.zip)];
        let missing = parts.into_iter().filter(|(_, part)| **part == Part::Missing);
        let missing = missing.map(|(name, _)| format!("its {name} is not in the module cache"));
        let bad = self.bad().map(|(path, why)| format!("{}: {why}", path.display()));
        missing.chain(bad).collect()
    }
}

/// Whether it is a toolchain. go adds to the directory of one what no zip has (modes, go.mod files), and one
/// that is no longer wanted here may be running: `cmd/go/internal/toolchain/select.go`.
pub(super) fn is_toolchain(module: &ModuleVersion) -> bool {
    module.path == TOOLCHAIN_MODULE
}

/// Looks at one module version. The zip is hashed file by file, since the .ziphash that go keeps
/// beside it may be as wrong as the zip; then the extracted directory is held against it.
///
/// # Errors
/// A file or directory that is there and cannot be read.
pub fn look(cache: &ModuleCache, wanted: &Wanted) -> anyhow::Result<Entry> {
    let entry = look_once(cache, wanted)?;
    if entry.is_whole() {
        return Ok(entry);
    }
    // A go command may be writing just that: what it leaves is what counts.
    match lock_that_is_there(cache, &wanted.module) {
        Some(_lock) => look_once(cache, wanted),
        None => Ok(entry),
    }
}

/// Waits for whoever is at work on a module version; none where nobody ever was, or where it cannot be told.
fn lock_that_is_there(cache: &ModuleCache, module: &ModuleVersion) -> Option<File> {
    let file = File::open(cache.downloads().lock(module)?).ok()?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockShared).ok()?;
    Some(file)
}

pub(super) fn look_once(cache: &ModuleCache, wanted: &Wanted) -> anyhow::Result<Entry> {
    let module = &wanted.module;
    let tree = cache.downloads();
    let (mut zip, mut zip_hash, mut dir) = (Part::Unwanted, Part::Unwanted, Part::Unwanted);
    if wanted.files == Files::Zip {
        let files;
        (zip, files) = look_at_zip(&tree, module, &wanted.zip_h1)?;
        zip_hash = look_at_zip_hash(&tree, module, &zip)?;
        if let (Some(files), Some(path), false) =
            (files, cache.extracted(module), is_toolchain(module))
        {
            dir = look_at_dir(path, &files)?;
        }
    }
    let info = look_at_info(&tree, module)?;
    let go_mod = match wanted.files {
        Files::Info => Part::Unwanted,
        Files::GoMod | Files::Zip => look_at_go_mod(&tree, module, &wanted.go_mod_h1)?,
    };
    Ok(Entry { module: module.clone(), go_mod, info, zip, zip_hash, dir })
}

fn look_at_go_mod(
    tree: &ProxyTree,
    module: &ModuleVersion,
    allowed: &[String],
) -> anyhow::Result<Part> {
    let Some((path, text)) = read(tree.go_mod(module))? else { return Ok(Part::Missing) };
    Ok(judge(path, go_mod_h1(&text), allowed))
}

fn judge(path: PathBuf, h1: String, allowed: &[String]) -> Part {
    if allowed.is_empty() || allowed.contains(&h1) {
        return Part::Whole { path, h1 };
    }
    let why = format!("its hash is {h1}, and go.sum has {}", allowed.join(" and "));
    Part::Other { path, why }
}

fn look_at_info(tree: &ProxyTree, module: &ModuleVersion) -> anyhow::Result<Part> {
    let Some((path, text)) = read(tree.info(module))? else { return Ok(Part::Missing) };
    let why = match serde_json::from_slice::<serde_json::Value>(&text) {
        Err(error) => format!("it is no JSON: {error}"),
        Ok(value) => match value.get("Version").and_then(serde_json::Value::as_str) {
            Some(version) if version == module.version => {
                return Ok(Part::Whole { path, h1: String::new() });
            }
            Some(version) => format!("it speaks of version {version:?}"),
            None => "it names no version".to_owned(),
        },
    };
    Ok(Part::Bad { path, why })
}

fn look_at_zip(
    tree: &ProxyTree,
    module: &ModuleVersion,
    allowed: &[String],
) -> anyhow::Result<(Part, Option<FileList>)> {
    let Some(path) = tree.zip(module) else { return Ok((Part::Missing, None)) };
    match read_module_zip(&path, module, &|_, _| false) {
        Ok(zip) => {
            let part = judge(path, zip.files.h1(), allowed);
            let is_right = part.is_whole();
            Ok((part, is_right.then_some(zip.files)))
        }
        Err(error) if error.is_absent() => Ok((Part::Missing, None)),
        Err(error) if error.is_unreadable() => Err(error.into()),
        Err(error) => Ok((Part::Bad { path, why: error.why() }, None)),
    }
}

/// Another hash beside a right zip stops go: it compares that with go.sum, and not the zip's.
fn look_at_zip_hash(tree: &ProxyTree, module: &ModuleVersion, zip: &Part) -> anyhow::Result<Part> {
    let Some(h1) = zip.h1() else { return Ok(Part::Unwanted) };
    let Some((path, text)) = read(tree.zip_hash(module))? else { return Ok(Part::Unwanted) };
    if text.trim_ascii() == h1.as_bytes() {
        return Ok(Part::Unwanted);
    }
    let why = format!("it has {}, and the zip {h1}", String::from_utf8_lossy(&text));
    Ok(Part::Bad { path, why })
}

fn look_at_dir(path: PathBuf, files: &FileList) -> anyhow::Result<Part> {
    // go extracts when it needs to; a directory that is not there is not wanted.
    if path.symlink_metadata().is_err() {
        return Ok(Part::Unwanted);
    }
    if !path.is_dir() || path.is_symlink() {
        return Ok(Part::Bad { path, why: "it is no directory".to_owned() });
    }
    let differences = Content::<()>::read(&path, &Which::All, &|_, _| None)?.differences(files);
    Ok(match differences.split_first() {
        None => Part::Unwanted,
        Some((first, [])) => Part::Bad { path, why: first.clone() },
        Some((first, rest)) => {
            let why = format!("{first}, and {} more differences", rest.len());
            Part::Bad { path, why }
        }
    })
}

/// The content of a file, and where it lies; `None` if it is not there. A cache may be made of links.
fn read(path: Option<PathBuf>) -> anyhow::Result<Option<(PathBuf, Vec<u8>)>> {
    let Some(path) = path else { return Ok(None) };
    let reading = || format!("reading {}", path.display());
    let length = match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata.with_context(reading)?.len(),
    };
    anyhow::ensure!(length <= LONGEST, "{}: {length} bytes are too many for it", path.display());
    let text = std::fs::read(&path).with_context(reading)?;
    Ok(Some((path, text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{FlockOperation, flock};

    #[test]
    fn what_a_go_command_is_writing_just_now_is_waited_for() {
        let temp = tempfile::tempdir().unwrap();
        let cache = ModuleCache { dir: temp.path().to_path_buf() };
        let module = ModuleVersion::new("a.b/c", "v1.0.0");
        let wanted = Wanted::unsummed(module.clone(), Files::GoMod);
        let tree = cache.downloads();
        let (lock, go_mod) = (tree.lock(&module).unwrap(), tree.go_mod(&module).unwrap());
        let info = tree.info(&module).unwrap();
        std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
        assert!(!look(&cache, &wanted).unwrap().is_whole());
        let file = File::create(&lock).unwrap();
        flock(&file, FlockOperation::LockExclusive).unwrap();
        std::thread::scope(|scope| {
            let looking = scope.spawn(|| look(&cache, &wanted).unwrap());
            std::thread::sleep(std::time::Duration::from_millis(100));
            std::fs::write(&info, r#"{"Version":"v1.0.0"}"#).unwrap();
            std::fs::write(&go_mod, "module a.b/c\n").unwrap();
            drop(file);
            let entry = looking.join().unwrap();
            assert!(entry.is_whole(), "{:?}", entry.lacks());
        });
    }

    #[test]
    fn what_go_adds_to_a_toolchain_is_nothing_bad() {
        let temp = tempfile::tempdir().unwrap();
        let cache = ModuleCache { dir: temp.path().to_path_buf() };
        for (path, is_looked_at) in [("golang.org/toolchain", false), ("a.b/c", true)] {
            let module = ModuleVersion::new(path, "v0.0.1-go1.99.0.linux-amd64");
            let wanted = Wanted::unsummed(module.clone(), Files::Zip);
            let zip = cache.zip(&module).unwrap();
            std::fs::create_dir_all(zip.parent().unwrap()).unwrap();
            let mut writer = zip::ZipWriter::new(File::create(zip).unwrap());
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(format!("{module}/src/_go.mod"), options).unwrap();
            writer.finish().unwrap();
            let dir = cache.extracted(&module).unwrap();
            std::fs::create_dir_all(dir.join("src")).unwrap();
            for name in ["src/_go.mod", "src/go.mod"] {
                std::fs::write(dir.join(name), "").unwrap();
            }
            let is_bad = matches!(look(&cache, &wanted).unwrap().dir, Part::Bad { .. });
            assert_eq!(is_bad, is_looked_at, "{path}");
        }
    }
}
