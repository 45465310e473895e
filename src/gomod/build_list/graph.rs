//! The requirement graph, read as far as go reads it: `readModGraph` of
//! `cmd/go/internal/modload/buildlist.go`.

use super::{MainModules, Replacements};
use crate::gomod::go_version::{self, mod_compare};
use crate::gomod::{ModFile, ModuleVersion};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// The module that go keeps in the graph for go lines, from go 1.21 on. It requires nothing that has
/// a say here, and it is in no list.
pub(super) const GO: &str = "go";

/// How far the requirements of a module are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pruning {
    /// Not beyond what it requires itself: its go.mod names all that it needs (go 1.17).
    Pruned,
    /// To the end.
    Unpruned,
    /// As those of a workspace's module.
    Workspace,
}

impl Pruning {
    /// `pruningForGoVersion`.
    fn of(file: &ModFile) -> Pruning {
        let is_old = go_version::compare(go_line(file), "1.17").is_lt();
        if is_old { Pruning::Unpruned } else { Pruning::Pruned }
    }
}

/// The go line, or what stands for it where there is none: `gover.FromGoMod`.
pub(super) fn go_line(file: &ModFile) -> &str {
    file.go.as_ref().map_or("1.16", |go| go.value.as_str())
}

/// What counts of a go.mod.
struct Summary {
    pruning: Pruning,
    require: Vec<ModuleVersion>,
}

type Text<E> = Result<Option<String>, E>;

pub(super) struct Graph<'a, E> {
    mains: MainModules<'a>,
    replacements: &'a Replacements,
    go_mod: &'a mut dyn FnMut(&ModuleVersion) -> Text<E>,
    excluded: HashSet<&'a ModuleVersion>,
    /// The go.mod files read; `None` where that failed.
    loaded: HashMap<ModuleVersion, Option<Rc<Summary>>>,
    queued: HashSet<(ModuleVersion, Pruning)>,
    queue: Vec<(ModuleVersion, Pruning)>,
    /// The highest version that is required of each path; the main modules' is empty.
    pub(super) selected: HashMap<String, String>,
    pub(super) missing: Vec<ModuleVersion>,
    pub(super) refused: Vec<(ModuleVersion, String)>,
}

impl<'a, E> Graph<'a, E> {
    pub(super) fn new(
        mains: MainModules<'a>,
        replacements: &'a Replacements,
        go_mod: &'a mut dyn FnMut(&ModuleVersion) -> Text<E>,
    ) -> Graph<'a, E> {
        let exclude = mains.files.iter().flat_map(|file| &file.exclude);
        let excluded = exclude.map(|exclude| &exclude.module).collect();
        let mut graph = Graph {
            mains,
            replacements,
            go_mod,
            excluded,
            loaded: HashMap::new(),
            queued: HashSet::new(),
            queue: Vec::new(),
            selected: HashMap::new(),
            missing: Vec::new(),
            refused: Vec::new(),
        };
        for file in mains.files {
            let Some(name) = &file.module else { continue };
            graph.selected.insert(name.value.clone(), String::new());
            let summary = graph.summary(file);
            graph.loaded.insert(ModuleVersion::new(name.value.as_str(), ""), Some(summary.into()));
        }
        graph
    }

    /// Reads everything that has a say.
    pub(super) fn load(&mut self) -> Result<(), E> {
        let mains: Vec<(ModuleVersion, Pruning)> = self
            .loaded
            .iter()
            .filter_map(|(main, summary)| Some((main.clone(), summary.as_ref()?.pruning)))
            .collect();
        for (main, pruning) in mains {
            if self.mains.work.is_some() {
                self.enqueue(&main, Pruning::Workspace);
                continue;
            }
            // The requirements of the one main module are the roots, and all of them are read.
            for root in self.require(&main) {
                self.raise(&root);
                self.enqueue(&root, pruning);
            }
        }
        self.drain()?;
        if self.mains.work.is_some() { self.reload_raised() } else { Ok(()) }
    }

    fn enqueue(&mut self, module: &ModuleVersion, pruning: Pruning) {
        if module.path != GO && self.queued.insert((module.clone(), pruning)) {
            self.queue.push((module.clone(), pruning));
        }
    }

    fn drain(&mut self) -> Result<(), E> {
        while let Some((module, pruning)) = self.queue.pop() {
            let Some(summary) = self.summary_of(&module)? else { continue };
            for required in &summary.require {
                self.raise(required);
            }
            let next = if pruning == Pruning::Unpruned { pruning } else { summary.pruning };
            if pruning != Pruning::Pruned || summary.pruning == Pruning::Unpruned {
                for required in &summary.require {
                    self.enqueue(required, next);
                }
            }
        }
        Ok(())
    }

    /// In a workspace, a module that requires another in a version that is not selected says
    /// nothing about what the selected one needs: that is read as well, and its requirements.
    fn reload_raised(&mut self) -> Result<(), E> {
        let mut paths: HashSet<String> =
            self.loaded.keys().filter(|m| m.version.is_empty()).map(|m| m.path.clone()).collect();
        let mut seen: HashSet<ModuleVersion> = HashSet::new();
        loop {
            let mut wanted: HashSet<ModuleVersion> = HashSet::new();
            for path in &paths {
                let Some(module) = self.selected_of(path) else { continue };
                if !seen.contains(&module) {
                    wanted.insert(module);
                    continue;
                }
                for required in self.require(&module) {
                    let raised = self.selected_of(&required.path).filter(|selected| {
                        mod_compare(&required.path, &selected.version, &required.version).is_gt()
                    });
                    wanted.extend(raised.filter(|raised| !seen.contains(raised)));
                }
            }
            if wanted.is_empty() {
                return Ok(());
            }
            for module in wanted {
                self.enqueue(&module, Pruning::Workspace);
                paths.insert(module.path.clone());
                seen.insert(module);
            }
            self.drain()?;
        }
    }

    fn selected_of(&self, path: &str) -> Option<ModuleVersion> {
        let version = self.selected.get(path)?;
        Some(ModuleVersion::new(path, version.as_str()))
    }

    /// What a module requires, as far as its go.mod has been read.
    fn require(&self, module: &ModuleVersion) -> Vec<ModuleVersion> {
        let summary = self.loaded.get(module).and_then(Option::as_ref);
        summary.map(|summary| summary.require.clone()).unwrap_or_default()
    }

    /// Selects a version, unless a higher one is.
    fn raise(&mut self, required: &ModuleVersion) {
        match self.selected.get_mut(&required.path) {
            // A main module is higher than any version of it.
            Some(version) if version.is_empty() => {}
            Some(version) => {
                if mod_compare(&required.path, version, &required.version).is_lt() {
                    version.clone_from(&required.version);
                }
            }
            None => {
                self.selected.insert(required.path.clone(), required.version.clone());
            }
        }
    }

    fn summary_of(&mut self, module: &ModuleVersion) -> Result<Option<Rc<Summary>>, E> {
        if let Some(summary) = self.loaded.get(module) {
            return Ok(summary.clone());
        }
        let summary = self.read(module)?.map(Rc::new);
        self.loaded.insert(module.clone(), summary.clone());
        Ok(summary)
    }

    /// Reads the go.mod of a module or of what stands in for it: `goModSummary`.
    fn read(&mut self, module: &ModuleVersion) -> Result<Option<Summary>, E> {
        let actual = self.replacements.of(module).unwrap_or(module);
        let Some(text) = (self.go_mod)(actual)? else {
            self.missing.push(actual.clone());
            return Ok(None);
        };
        match parse(&text, module, actual) {
            Ok(file) => Ok(Some(self.summary(&file))),
            Err(reason) => {
                self.refused.push((actual.clone(), reason));
                Ok(None)
            }
        }
    }

    fn summary(&self, file: &ModFile) -> Summary {
        let require = file.require.iter().map(|require| &require.module);
        let require = require.filter(|module| !self.excluded.contains(module)).cloned();
        let go = go_line(file);
        let is_strict = go_version::compare(go, "1.21").is_ge();
        let require = require.chain(is_strict.then(|| ModuleVersion::new(GO, go))).collect();
        Summary { pruning: Pruning::of(file), require }
    }
}

/// A go.mod of a module version has to be that of the module, or of the replacement. What is in a
/// directory may call itself anything.
fn parse(text: &str, module: &ModuleVersion, actual: &ModuleVersion) -> Result<ModFile, String> {
    let file = ModFile::parse_lax(text).map_err(|errors| match errors.first() {
        Some(error) => format!("parsing go.mod: {}", error.message),
        None => "parsing go.mod".to_owned(),
    })?;
    if actual.version.is_empty() {
        return Ok(file);
    }
    match &file.module {
        None => Err("parsing go.mod: missing module line".to_owned()),
        Some(name) if name.value != module.path && name.value != actual.path => Err(format!(
            "module declares its path as {} but was required as {}",
            name.value, module.path
        )),
        Some(_) => Ok(file),
    }
}
