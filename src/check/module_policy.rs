//! Which modules a build may use: `[modules]` of the settings files.

use super::Facts;
use super::facts::{ModulePolicy, place, replacement};
use crate::gomod::{ModuleVersion, Span, is_directory_path};
use crate::profile::{ConfigFile, ModuleRule};
use crate::project::File;
use crate::report::{Place, SourceText};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A module of the build, and where a file names it.
pub(super) struct Used<'a> {
    /// As it is imported.
    pub(super) module: ModuleVersion,
    /// What is really built: the module that replaces it, or itself; `None` for a directory.
    pub(super) source: Option<ModuleVersion>,
    file: &'a File,
    span: Span,
}

impl Used<'_> {
    pub(super) fn place(&self, label: &str) -> Place {
        place(self.file, &self.span, label)
    }

    /// The paths that a rule may be about.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let source = self.source.as_ref().map(|module| module.path.as_str());
        std::iter::once(self.module.path.as_str())
            .chain(source.filter(|path| *path != self.module.path))
    }
}

/// Every module that a go.mod of the project requires, and every one in modules.txt where that
/// counts; each once. The main modules are nobody's to judge.
pub(super) fn used<'a>(facts: &Facts<'a>) -> Vec<Used<'a>> {
    let Some(project) = facts.project_to_check() else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    let mut add = |module: &ModuleVersion, file: &'a File, span: &Span| {
        if project.is_main(&module.path)
            || !seen.insert((module.path.clone(), module.version.clone()))
        {
            return;
        }
        let source = match replacement(project, module) {
            Some(replaced)
                if replaced.written.version.is_empty()
                    && is_directory_path(&replaced.written.path) =>
            {
                None
            }
            Some(replaced) => Some(replaced.written.clone()),
            None => Some(module.clone()),
        };
        all.push(Used { module: module.clone(), source, file, span: span.clone() });
    };
    for (_, file, value) in project.mod_files() {
        value.require.iter().for_each(|require| add(&require.module, file, &require.span));
    }
    if let Some(vendored) = facts.vendored() {
        for entry in vendored.list.providers() {
            if let Some(merged) = vendored.list.meta(&entry.module) {
                add(&entry.module, vendored.file, &merged.span);
            }
        }
    }
    all
}

/// What the rules of one file say of a path.
pub(super) enum Verdict<'p> {
    /// Nothing is against it.
    Fine,
    /// This rule refuses it.
    Denied(&'p ModuleRule),
    /// There are rules on what is allowed, and none of them names it.
    NotAllowed,
}

/// The most specific rule wins; `priority` breaks a tie, and then `deny`.
pub(super) fn verdict<'p>(policy: &'p ModulePolicy, path: &str) -> Verdict<'p> {
    let rank = |rule: &ModuleRule| (rule.pattern.value.specificity(), rule.priority);
    let best = |rules: &'p [ModuleRule]| {
        rules.iter().filter(|rule| rule.pattern.value.matches(path)).max_by_key(|rule| rank(rule))
    };
    match (best(&policy.table.allow), best(&policy.table.deny)) {
        (Some(allow), Some(deny)) if rank(allow) > rank(deny) => Verdict::Fine,
        (_, Some(deny)) => Verdict::Denied(deny),
        (Some(_), None) => Verdict::Fine,
        (None, None) if policy.table.allow.is_empty() => Verdict::Fine,
        (None, None) => Verdict::NotAllowed,
    }
}

/// A place in a settings file.
pub(super) fn rule_place(file: &ConfigFile, span: &Span, label: &str) -> Place {
    let source = SourceText { path: file.shown.clone(), text: Arc::clone(&file.text) };
    Place::Text { source: Arc::new(source), span: span.clone(), label: label.to_owned() }
}
