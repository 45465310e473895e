//! Finds a Go project as the go command does, and reads each of its files once.
//!
//! It keeps the texts beside the parsed values, so that a finding can show the very line. It
//! starts no process and judges nothing: a go.mod that does not parse is a value too.

mod around;
mod content;
mod file;
mod git_rules;
mod hashed;
mod keep;
mod locate;
mod module_cache;
mod module_zip;
mod parallel;
mod snapshot;
mod stamp;
mod tree;
mod vendor;
mod walk;

pub use around::{Around, Ci, look_around};
pub use content::{Content, ContentDir, ContentFile, ContentKind, Look, Which};
pub use file::{File, clean_path, read_own_file, relative_path, short_path};
pub use git_rules::{Conversion, GitLine, GitRules, checkout_top, repository};
pub use hashed::hash_all;
pub use keep::keep;
pub use locate::{GoWork, Lookup, locate};
pub use module_cache::{ModuleCache, ProxyTree};
pub use module_zip::{
    ModuleZip, ZipError, ZipFault, read_module_zip, read_module_zip_file, unzip_module,
};
pub use parallel::{in_parallel, try_on_threads};
pub use snapshot::Snapshot;
pub use stamp::Stamp;
pub use tree::{Tree, Unlisted};
pub use vendor::{List, SumFile, Vendor, h1_hashes, sum_lines};

use crate::gomod::{ModFile, ModulesTxt, ParseError, WorkFile};
use anyhow::Result;
use std::path::{Path, PathBuf};
use walk::Walk;

/// A text and what it says, or why it says nothing.
#[derive(Debug, Clone)]
pub struct Parsed<T> {
    /// The file as read.
    pub file: File,
    /// Its meaning; the errors are in file order.
    pub value: Result<T, Vec<ParseError>>,
}

/// One of the modules being built: the only one outside a workspace.
#[derive(Debug, Clone)]
pub struct MainModule {
    /// The directory that holds go.mod, absolute.
    pub dir: PathBuf,
    /// go.mod, or the file that `-modfile` names instead; `None` where a `use` line of go.work
    /// names a directory without one.
    pub mod_file: Option<Parsed<ModFile>>,
}

/// A module, or a workspace of several, as the go command would find it from one directory.
#[derive(Debug, Clone)]
pub struct Project {
    /// The directory that go runs in, absolute.
    pub dir: PathBuf,
    /// Where vendor/ and the checksums belong: the directory of go.mod, or of go.work.
    pub root: PathBuf,
    /// go.work, if it is in force.
    pub work: Option<Parsed<WorkFile>>,
    /// The main modules, in the order of go.work's `use` lines.
    pub modules: Vec<MainModule>,
    /// The directory of the nearest go.mod at or above `dir`. In a workspace it may be none of
    /// the main modules, and its own vendor/ is not used.
    pub nearest_module: Option<PathBuf>,
}

impl Project {
    /// Whether go.work is in force.
    pub fn is_workspace(&self) -> bool {
        self.work.is_some()
    }

    /// The directory whose modules.txt counts, whether it exists or not.
    pub fn vendor_dir(&self) -> PathBuf {
        self.root.join("vendor")
    }

    /// The main modules whose go.mod could be read and parsed.
    pub fn mod_files(&self) -> impl Iterator<Item = (&MainModule, &File, &ModFile)> {
        self.modules.iter().filter_map(|module| {
            let parsed = module.mod_file.as_ref()?;
            Some((module, &parsed.file, parsed.value.as_ref().ok()?))
        })
    }

    /// Whether go.work and every go.mod could be read and parsed.
    pub fn is_readable(&self) -> bool {
        let is_good = |parsed: &Parsed<ModFile>| parsed.value.is_ok();
        self.work.as_ref().is_none_or(|work| work.value.is_ok())
            && self.modules.iter().all(|module| module.mod_file.as_ref().is_some_and(is_good))
    }

    /// go.work and the go.mod files, under the names that GOWORK and `-modfile` give them.
    pub fn list_files(&self) -> impl Iterator<Item = &Path> {
        let mod_files = self.modules.iter().filter_map(|module| module.mod_file.as_ref());
        let work = self.work.iter().map(|work| &work.file);
        work.chain(mod_files.map(|parsed| &parsed.file)).map(|file| file.path.as_path())
    }

    /// Whether a module path is one of the main modules'.
    pub fn is_main(&self, path: &str) -> bool {
        let mut modules = self.mod_files().filter_map(|(_, _, value)| value.module.as_ref());
        modules.any(|module| module.value == path)
    }

    /// Whether any go.mod requires a module.
    pub fn requires_modules(&self) -> bool {
        self.mod_files().any(|(_, _, value)| !value.require.is_empty())
    }

    /// The language version that decides on vendoring: the `go` line of go.work in a workspace,
    /// else of go.mod. `None` where there is no such line.
    pub fn go_version(&self) -> Option<&str> {
        let line = match &self.work {
            Some(work) => work.value.as_ref().ok()?.go.as_ref(),
            None => self.mod_files().next()?.2.go.as_ref(),
        };
        line.map(|go| go.value.as_str())
    }

    /// The path as a reader in `dir` would write it.
    pub fn shown(&self, path: &Path) -> PathBuf {
        short_path(&self.dir, path)
    }

    /// Reads vendor/modules.txt. A vendor/ that is a symbolic link to a directory counts, as it
    /// does for go.
    ///
    /// # Errors
    /// A modules.txt that exists and cannot be read.
    pub fn read_vendor(&self) -> Result<Vendor> {
        Vendor::read(&self.dir, self.vendor_dir())
    }

    /// The nearest module's own vendor/, when it is another than the one that counts.
    ///
    /// # Errors
    /// A modules.txt that exists and cannot be read.
    pub fn read_own_vendor(&self) -> Result<Option<Vendor>> {
        match &self.nearest_module {
            Some(dir) if *dir != self.root => Vendor::read(&self.dir, dir.join("vendor")).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads the checksum files that count: go.sum (beside the file of `-modfile`, if one is
    /// given), in a workspace go.work.sum and then each module's go.sum.
    ///
    /// # Errors
    /// A file that exists and cannot be read.
    pub fn read_sums(&self) -> Result<Vec<SumFile>> {
        let mut paths = Vec::new();
        if let Some(work) = &self.work {
            let mut name = work.file.path.clone().into_os_string();
            name.push(".sum");
            paths.push(PathBuf::from(name));
        }
        for module in &self.modules {
            if let Some(mod_file) = &module.mod_file {
                paths.push(mod_file.file.path.with_extension("sum"));
            }
        }
        paths.into_iter().map(|path| SumFile::read(&self.dir, path)).collect()
    }

    /// Walks vendor/ with a few threads, parsing modules.txt beside it, and compares its directories with
    /// the packages that are listed. If it is to be remembered, also gives how the directories looked,
    /// unless the answer rests on more than on the names in them.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn read_tree(&self, list: &List, to_remember: bool) -> Result<(Tree, Option<Snapshot>)> {
        let vendor = self.vendor_dir();
        let walk = Walk::start(&vendor, to_remember)?;
        let parts = std::thread::scope(|scope| {
            let beside = scope.spawn(|| {
                list.value();
                walk.take_part()
            });
            let more = (2..walk::threads()).map(|_| scope.spawn(|| walk.take_part()));
            let others: Vec<_> = std::iter::once(beside).chain(more).collect();
            let mut parts = vec![walk.take_part()?];
            for other in others {
                parts.push(joined(other)?);
            }
            Ok::<_, anyhow::Error>(parts)
        })?;
        let walked = walk.finish(parts);
        let tree = Tree::compare(&vendor, &walked.go_dirs, list.value())?;
        let snapshot = (to_remember && !walked.has_links && !tree.looked_into_files)
            .then(|| Snapshot::of_dirs(&vendor, &walked.dirs));
        Ok((tree, snapshot))
    }

    /// Compares what was read of all of vendor/ with the packages that a list names.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn compare_tree<L>(&self, content: &Content<L>, list: &ModulesTxt) -> Result<Tree> {
        // The lists' own walk goes through links to directories, as go does.
        let is_link = |file: &ContentFile<L>| matches!(file.kind, ContentKind::Symlink(_));
        if content.files.iter().any(is_link) {
            return self.walk_vendor(list);
        }
        let dirs =
            content.dirs.iter().filter(|dir| dir.has_go_file && !dir.path.as_os_str().is_empty());
        let found: Vec<PathBuf> = dirs.map(|dir| dir.path.clone()).collect();
        Tree::compare(&self.vendor_dir(), &found, list)
    }

    /// The texts of go.work and of every go.mod.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let mod_files = self.modules.iter().filter_map(|module| module.mod_file.as_ref());
        let work = self.work.iter().map(|work| &work.file);
        work.chain(mod_files.map(|parsed| &parsed.file)).map(|file| &*file.text)
    }

    /// Walks vendor/ and compares its directories with the packages that a list names.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn walk_vendor(&self, list: &ModulesTxt) -> Result<Tree> {
        let vendor = self.vendor_dir();
        let walk = Walk::start(&vendor, false)?;
        let part = walk.take_part()?;
        Tree::compare(&vendor, &walk.finish(vec![part]).go_dirs, list)
    }
}

/// What a thread has to give; its panic goes on here.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
