//! `lock --deps`: the list that `go list -m all` prints, without go and without a network.

mod compare;

mod sources;

pub use compare::compare;
pub(super) use sources::proxy_trees;

use super::{Failure, Scene};
use crate::gomod::{
    BuildList, MainModules, ModFile, ModuleVersion, ModulesTxt, Selected, build_list, go_version,
};
use crate::project::{Project, SumFile, Vendor, clean_path, relative_path};
use anyhow::anyhow;
use sources::Sources;
use std::collections::BTreeMap;
use std::path::Path;

/// The modules that a project is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deps {
    /// The modules in go's order, the main modules first.
    pub modules: Vec<Selected>,
    /// How much of go's list that is.
    pub known: Known,
    /// Why it is not all of it: the modules of whose go.mod nothing is known, with the reason.
    pub gaps: Vec<(ModuleVersion, String)>,
    /// Requirements of the main module that are not what go selects, with the version that is; its go
    /// line stands here as a module `go`. go refuses such a go.mod.
    pub raised: Vec<(ModuleVersion, String)>,
}

/// How much of go's list is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// All of it.
    All,
    /// The modules that vendor/modules.txt lists, in the versions that it lists.
    Vendored,
    /// Some modules, perhaps in too low versions: there is no vendor/modules.txt either.
    Partly,
}

/// The modules that a project is built from, from its own files and the go.mod files in the module
/// cache and in the directories that the profile has for proxies.
///
/// # Errors
/// There is no project, or one of its files cannot be read or means nothing; or a go.mod in the
/// module cache cannot be read.
pub fn deps(scene: &Scene) -> Result<Deps, Failure> {
    let sums = project_of(scene)?.read_sums().map_err(Failure::io)?;
    deps_by(scene, &sums)
}

/// The same, by checksum files that have been read.
///
/// # Errors
/// As [`deps`].
pub(super) fn deps_by(scene: &Scene, sums: &[SumFile]) -> Result<Deps, Failure> {
    let cache = scene.module_cache();
    let sources = Sources::new(cache.as_deref(), &scene.profile.proxy, sums);
    of_project(project_of(scene)?, scene.vendor.as_ref(), &sources)
}

fn project_of(scene: &Scene) -> Result<&Project, Failure> {
    scene.project.as_ref().ok_or_else(|| config("there is no go.mod or go.work here"))
}

fn of_project(
    project: &Project,
    vendor: Option<&Vendor>,
    sources: &Sources<'_>,
) -> Result<Deps, Failure> {
    let (list, gaps) = selected(project, sources)?;
    let listed = vendor.and_then(|vendor| vendor.list.as_ref());
    let (known, modules) = match listed {
        _ if gaps.is_empty() => (Known::All, list.modules),
        Some(listed) => (Known::Vendored, vendored(project, &list, listed.value())),
        None => (Known::Partly, list.modules),
    };
    Ok(Deps { modules, known, gaps, raised: list.raised })
}

/// What go selects as far as the go.mod files are at hand, and which are not.
fn selected(
    project: &Project,
    sources: &Sources<'_>,
) -> Result<(BuildList, Vec<(ModuleVersion, String)>), Failure> {
    if !project.is_readable() {
        let what = "go.mod or go.work cannot be read or means nothing; run `go-offline check`";
        return Err(config(what));
    }
    let (dirs, files): (Vec<&Path>, Vec<&ModFile>) =
        project.mod_files().map(|(main, _, value)| (main.dir.as_path(), value)).unzip();
    let rebase = |number: usize, path: &str| {
        let target = clean_path(&dirs[number].join(path));
        relative_path(&project.root, &target).to_string_lossy().into_owned()
    };
    let work = project.work.as_ref().and_then(|work| work.value.as_ref().ok());
    let mains = MainModules { files: &files, work, rebase: &rebase };
    let mut reasons: BTreeMap<ModuleVersion, String> = BTreeMap::new();
    let read = &mut |module: &ModuleVersion| {
        let found = sources.go_mod(&project.root, module)?;
        Ok::<_, anyhow::Error>(found.map_err(|reason| reasons.insert(module.clone(), reason)).ok())
    };
    let list = build_list(mains, read).map_err(Failure::io)?;
    let missing = list.missing.iter().map(|module| {
        let reason = reasons.get(module).cloned().unwrap_or_default();
        (module.clone(), reason)
    });
    let gaps = missing.chain(list.refused.iter().cloned()).collect();
    Ok((list, gaps))
}

/// The modules of vendor/modules.txt, in go's order. A workspace may list several versions of one:
/// the highest is the one that is built.
fn vendored(project: &Project, list: &BuildList, txt: &ModulesTxt) -> Vec<Selected> {
    let mut by_path: BTreeMap<&str, Selected> = BTreeMap::new();
    for entry in &txt.entries {
        let module = &entry.module;
        // The lines at the end only repeat what replaces nothing that is built.
        if module.version.is_empty() || !entry.explicit && entry.packages.is_empty() {
            continue;
        }
        let before = by_path.get(module.path.as_str());
        let is_higher = before.is_none_or(|before| {
            go_version::mod_compare(&module.path, &before.module.version, &module.version).is_lt()
        });
        if is_higher {
            let replacement = entry.replacement.clone();
            by_path.insert(&module.path, Selected { module: module.clone(), replacement });
        }
    }
    let mains = list.modules.iter().filter(|selected| selected.module.version.is_empty());
    let others = by_path.into_values().filter(|selected| !project.is_main(&selected.module.path));
    mains.cloned().chain(others).collect()
}

fn config(what: &'static str) -> Failure {
    Failure::config(anyhow!(what))
}

impl Deps {
    /// The list as `go list -m all` prints it.
    pub fn text(&self) -> String {
        self.modules.iter().map(|selected| format!("{selected}\n")).collect()
    }

    /// What a reader of the list has to know, a sentence each; none if it is go's.
    pub fn notes(&self) -> Vec<String> {
        let raised = self.raised.iter().map(|(module, version)| {
            format!(
                "go.mod requires {module}, but go selects {version} and would say that updates to go.mod are needed; run `go-offline mod tidy`"
            )
        });
        self.not_known().into_iter().chain(raised).collect()
    }

    fn not_known(&self) -> Option<String> {
        let what = match self.known {
            Known::All => return None,
            Known::Vendored => {
                "these are the modules of vendor/modules.txt, and what else go selects is not known"
            }
            Known::Partly => "modules may be missing here, and versions may be too low",
        };
        let count = self.gaps.len();
        let (module, reason) = self.gaps.first()?;
        let more = if count > 1 { format!(", and of {} more", count - 1) } else { String::new() };
        Some(format!(
            "{what}: the go.mod of {module} is not at hand ({reason}){more}; run `go-offline --profile online mod graph` to fetch them"
        ))
    }
}

#[cfg(test)]
mod tests;
