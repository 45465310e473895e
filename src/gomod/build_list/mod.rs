//! The build list: the version of each module that go selects, by minimal version selection over the
//! go.mod files of the main modules and their dependencies. What `go list -m all` prints.
//!
//! Follows `cmd/go/internal/modload/buildlist.go` and `cmd/go/internal/mvs`. The modules `go` and
//! `toolchain`, which go keeps in the graph, are in no list and select nothing else.
//! What go does to mend a go.mod whose requirements are not what is selected (`-mod=mod`) is not
//! done here: go alone would refuse such a file, and so it is only reported.

mod graph;

mod replaced;

use super::go_version::{mod_compare, mod_sort};
use super::{ModFile, ModuleVersion, WorkFile};
use graph::{GO, Graph, go_line};
use std::collections::HashSet;
use std::fmt;

pub use replaced::Replacements;

/// The modules that a build list starts from.
#[derive(Clone, Copy)]
pub struct MainModules<'a> {
    /// The go.mod of each, in the order of go.work; outside a workspace there is one.
    pub files: &'a [&'a ModFile],
    /// go.work, if it is in force.
    pub work: Option<&'a WorkFile>,
    /// How go.work would write a relative directory that stands in the go.mod of the main module of
    /// that number; asked in a workspace only.
    pub rebase: &'a dyn Fn(usize, &str) -> String,
}

/// What go selects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildList {
    /// The selected modules in go's order: the main modules, then the others by path.
    pub modules: Vec<Selected>,
    /// Modules whose go.mod is not at hand, by path; of a directory, the path has no version. If there
    /// is one, the list may lack modules, and go may select higher versions of others.
    pub missing: Vec<ModuleVersion>,
    /// Modules whose go.mod go refuses, by path, with the reason. They are missing too.
    pub refused: Vec<(ModuleVersion, String)>,
    /// Requirements of the one main module that something else requires in a higher version, with
    /// that version, by path; its go line stands here as a module `go`. Go says that updates to
    /// go.mod are needed.
    pub raised: Vec<(ModuleVersion, String)>,
}

/// A module of the build list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The module; a main module has no version.
    pub module: ModuleVersion,
    /// What stands in for it; a directory has no version.
    pub replacement: Option<ModuleVersion>,
}

/// The line of `go list -m`.
impl fmt::Display for Selected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_module(f, &self.module)?;
        if let Some(replacement) = &self.replacement {
            f.write_str(" => ")?;
            write_module(f, replacement)?;
        }
        Ok(())
    }
}

fn write_module(f: &mut fmt::Formatter<'_>, module: &ModuleVersion) -> fmt::Result {
    f.write_str(&module.path)?;
    if module.version.is_empty() { Ok(()) } else { write!(f, " {}", module.version) }
}

/// Selects. `go_mod` gives the text of the go.mod of a module version, or of the one in a directory,
/// which then is a path without a version, as in a `replace`; `None` if it is not at hand. Only those
/// that matter are asked for, and what stands in for two versions may be asked for twice.
///
/// # Errors
/// The first error of `go_mod`.
pub fn build_list<E>(
    mains: MainModules<'_>,
    go_mod: &mut dyn FnMut(&ModuleVersion) -> Result<Option<String>, E>,
) -> Result<BuildList, E> {
    let replacements = Replacements::new(mains);
    let mut graph = Graph::new(mains, &replacements, go_mod);
    graph.load()?;
    let mut list = BuildList {
        modules: Vec::new(),
        missing: std::mem::take(&mut graph.missing),
        refused: std::mem::take(&mut graph.refused),
        raised: raised(mains, &graph),
    };
    list.missing.sort_unstable();
    list.missing.dedup();
    list.refused.sort_unstable();
    list.refused.dedup();
    let main_paths = main_paths(mains);
    let mut others: Vec<ModuleVersion> = graph
        .selected
        .into_iter()
        .filter(|(path, _)| path != GO && !main_paths.contains(&path.as_str()))
        .map(|(path, version)| ModuleVersion { path, version })
        .collect();
    mod_sort(&mut others);
    let mains = main_paths.iter().map(|path| ModuleVersion::new(*path, ""));
    list.modules = mains
        .chain(others)
        .map(|module| Selected { replacement: replacements.of(&module).cloned(), module })
        .collect();
    Ok(list)
}

/// The paths of the main modules, in go's order.
fn main_paths<'a>(mains: MainModules<'a>) -> Vec<&'a str> {
    let modules = mains.files.iter().filter_map(|file| file.module.as_ref());
    let mut paths: Vec<&str> = modules.map(|module| module.value.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Requirements of the main module that are not what is selected. In a workspace go does not mind.
fn raised<E>(mains: MainModules<'_>, graph: &Graph<'_, E>) -> Vec<(ModuleVersion, String)> {
    let ([file], None) = (mains.files, mains.work) else { return Vec::new() };
    let excluded: HashSet<_> = file.exclude.iter().map(|exclude| &exclude.module).collect();
    let go = ModuleVersion::new(GO, go_line(file));
    let required = file.require.iter().map(|require| &require.module);
    let mut raised: Vec<_> = required
        .chain([&go])
        .filter(|module| !excluded.contains(module))
        .filter_map(|module| {
            let version = graph.selected.get(&module.path)?;
            let is_raised = mod_compare(&module.path, version, &module.version).is_gt();
            is_raised.then(|| (module.clone(), version.clone()))
        })
        .collect();
    raised.sort_unstable();
    raised
}

#[cfg(test)]
mod tests;
