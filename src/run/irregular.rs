//! What in vendor/ is no file that go would vendor: links, devices, names that are no text.

use super::evidence::ModuleEvidence;
use super::replaced_dir;
use crate::check::Irregular;
use crate::project::{Content, ContentKind, Project};
use crate::vendoring::{Difference, EmbedPattern, is_at_or_below};
use std::collections::HashSet;
use std::path::Path;

/// What is no regular file; and files whose names are no text, which go takes for nothing.
pub(super) fn irregular(
    project: &Project,
    content: &Content<Vec<EmbedPattern>>,
    modules: &[ModuleEvidence<'_>],
    differences: &mut Vec<Difference>,
) -> Vec<Irregular> {
    let (mut all, mut links) = (Vec::new(), HashSet::new());
    let path_of = |number: usize| modules[number].entry.module.path.as_str();
    for file in &content.files {
        let target = match &file.kind {
            ContentKind::Regular { .. } if file.path.to_str().is_some() => continue,
            ContentKind::Regular { .. } | ContentKind::Irregular => None,
            ContentKind::Symlink(target) => Some(target.clone()),
        };
        let path = file.path.to_string_lossy().into_owned();
        // The innermost one.
        let module = (0..modules.len())
            .filter(|module| is_at_or_below(&path, path_of(*module)))
            .max_by_key(|module| path_of(*module).len());
        let below =
            |number: usize| path_of(number) != path && is_at_or_below(path_of(number), &path);
        let hides_another = (0..modules.len()).any(below);
        links.insert(path.clone());
        let own = module.map(|at| &modules[at]);
        if hides_another || !is_own_directory(project, &content.root.join(&file.path), own) {
            all.push(Irregular { path, target, module });
        }
    }
    if !links.is_empty() {
        // What lies behind a link is there, or the link is what is wrong with it.
        differences.retain(|one| !above(&one.path).any(|dir| links.contains(dir)));
    }
    all
}

/// The directories above a path, the innermost first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(dir, _)| dir.rsplit_once('/'))
        .map(|(dir, _)| dir)
}

/// Whether a link stands in the place of a module and leads to the directory that replaces it.
fn is_own_directory(project: &Project, link: &Path, module: Option<&ModuleEvidence<'_>>) -> bool {
    let Some(module) = module else { return false };
    let place = project.vendor_dir().join(&module.entry.module.path);
    let directory = replaced_dir::directory(project, module.entry);
    let leads = |path: &Path| path.canonicalize().ok();
    place == link
        && directory.is_some_and(|dir| leads(&dir).is_some() && leads(&dir) == leads(link))
}
