//! go-offline.lock.lists, beside vendor/.

use super::evidence::ModuleEvidence;
use super::scene::Scene;
use crate::check::ListsFacts;
use crate::gomod::ModuleVersion;
use crate::lock::{LISTS_FILE, Listed, ListsError, read_lists};
use crate::project::read_own_file;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of a file of lists: a hundred times those of the largest projects.
const MOST_LISTS: u64 = 256 << 20;

/// Lists by their module versions.
pub(super) type Lists = BTreeMap<ModuleVersion, Arc<Listed>>;

/// The file, and what it has.
#[derive(Debug, Default)]
pub(super) struct ListsBeside {
    /// The file as shown.
    pub(super) path: PathBuf,
    /// The lists, or why they cannot be read; `None` if there is no such file.
    pub(super) read: Option<Result<Lists, ListsError>>,
}

impl ListsBeside {
    /// Reads the file, if there is one.
    pub(super) fn new(scene: &Scene) -> anyhow::Result<ListsBeside> {
        let Some(project) = &scene.project else { return Ok(ListsBeside::default()) };
        let path = project.root.join(LISTS_FILE);
        let bytes = read_own_file(&path, MOST_LISTS)?;
        let by_module = |lists: Vec<Listed>| {
            lists.into_iter().map(|list| (list.files.module().clone(), Arc::new(list))).collect()
        };
        let read = bytes.map(|bytes| read_lists(&bytes).map(by_module));
        Ok(ListsBeside { path: project.shown(&path), read })
    }

    /// The list of a module version. Nothing is believed of it yet.
    pub(super) fn get(&self, source: &ModuleVersion) -> Option<&Arc<Listed>> {
        self.read.as_ref()?.as_ref().ok()?.get(source)
    }

    /// How the lists are for another state than modules.txt.
    pub(super) fn facts(&self, modules: &[ModuleEvidence<'_>]) -> Option<ListsFacts> {
        let lists = self.read.as_ref()?.as_ref().ok()?;
        let vendored: BTreeSet<&ModuleVersion> =
            modules.iter().filter_map(ModuleEvidence::source).collect();
        let of_module = |module: &ModuleEvidence<'_>| {
            let source = module.source()?;
            let how = match lists.get(source) {
                None => format!("does not have {source}, which is vendored"),
                Some(list) if !list.complete.is_for(&module.packages) => {
                    format!("was made for other packages of {source} than are vendored now")
                }
                Some(_) => return None,
            };
            Some((module.entry.module.clone(), how))
        };
        let strange = lists.keys().filter(|source| !vendored.contains(source));
        let strange =
            strange.map(|source| (source.clone(), format!("has {source}, which is not vendored")));
        let stale = modules.iter().filter_map(of_module).chain(strange).collect();
        Some(ListsFacts { path: self.path.clone(), stale })
    }
}
