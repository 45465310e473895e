//! Which module stands in for which.

use super::MainModules;
use crate::gomod::{ModFile, ModuleVersion, Replace, is_directory_path};
use std::collections::{HashMap, HashSet};

/// The replacements in force: `cmd/go/internal/modload.replacementFrom`.
#[derive(Debug, Clone, Default)]
pub struct Replacements {
    /// Those of go.work, then those of the main modules from the last to the first: go takes the last
    /// of them, and refuses a workspace whose modules differ.
    files: Vec<HashMap<ModuleVersion, ModuleVersion>>,
    mains: HashSet<String>,
}

impl Replacements {
    /// Collects the replacements of go.work and the main modules.
    pub fn new(mains: MainModules<'_>) -> Replacements {
        let as_written = |replace: &Replace| (replace.old.clone(), replace.new.clone());
        let of_work = mains.work.map(|work| work.replace.iter().map(as_written).collect());
        let of_module = |(number, file): (usize, &&ModFile)| {
            let rebased = |replace: &Replace| {
                let rebase = |path: &str| (mains.rebase)(number, path);
                let is_in_workspace = mains.work.is_some();
                let new = if is_in_workspace {
                    rebased(&replace.new, rebase)
                } else {
                    replace.new.clone()
                };
                (replace.old.clone(), new)
            };
            file.replace.iter().map(rebased).collect()
        };
        let of_modules = mains.files.iter().enumerate().rev().map(of_module);
        let names = mains.files.iter().filter_map(|file| file.module.as_ref());
        Replacements {
            files: of_work.into_iter().chain(of_modules).collect(),
            mains: names.map(|name| name.value.clone()).collect(),
        }
    }

    /// What stands in for a module version; a directory has no version.
    ///
    /// A line for the very version comes before one for all versions in the same file.
    pub fn of(&self, module: &ModuleVersion) -> Option<&ModuleVersion> {
        if module.version.is_empty() && self.mains.contains(&module.path) {
            return None;
        }
        let any_version = ModuleVersion::new(module.path.as_str(), "");
        self.files.iter().find_map(|file| file.get(module).or_else(|| file.get(&any_version)))
    }
}

/// A directory of a module's go.mod as go.work would name it: `canonicalizeReplacePath`.
fn rebased(new: &ModuleVersion, rebase: impl Fn(&str) -> String) -> ModuleVersion {
    if !new.version.is_empty() || new.path.starts_with('/') {
        return new.clone();
    }
    let path = rebase(&new.path);
    ModuleVersion::new(if is_directory_path(&path) { path } else { format!("./{path}") }, "")
}
