//! Holds the bytes of vendor/ against go.sum.
//!
//! One thread reads lists and proves them while the others read vendor/; then all read. What comes of
//! it is kept with the stamps of all that was looked at: as long as those are the same, and the texts
//! that say what should be there, so is the answer.

use super::evidence::{self, ModuleEvidence, Places};
use super::irregular::irregular;
use super::line_ends::line_ends;
use super::lock_judge::{Digests, LockJudge, owners, read_lock, should_be};
use super::scene::Scene;
use super::stat_cache::{StatCache, Verdict};
use crate::check::{Bytes, Evidence, ListsFacts, LockFacts, VerifiedModule};
use crate::gomod::{ModuleVersion, ModulesTxt};
use crate::lock::{Listed, LockFile};
use crate::project::{Content, ContentKind, List, Project, Snapshot, SumFile, Tree, Which};
use crate::vendoring::{
    Comparison, Copied, CopyRules, EmbedPattern, Embeds, Expected, Found, Owners, Source,
    VendoredModule, What, compare, copied, dir_and_base, embed_patterns,
};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// What came of it.
pub(super) struct Verified {
    pub(super) sums: Vec<SumFile>,
    pub(super) tree: Tree,
    pub(super) bytes: Bytes,
    /// How everything looked that the answer rests on, vendor/ first.
    pub(super) snapshots: Vec<Snapshot>,
}

/// Verifies the vendored modules of a project. With a cache, files that have not changed since are not
/// read again.
pub(super) fn verify(
    scene: &Scene,
    project: &Project,
    list: &List,
    cache: Option<&StatCache>,
) -> anyhow::Result<Verified> {
    let sums = project.read_sums()?;
    let remembered = cache.map(|cache| (cache, cache.key(project, Some(list), &sums, &[])));
    let verdict = StatCache::remembered(remembered, || read(scene, project, list, &sums))?;
    let Verdict { bytes, tree, snapshots } = verdict;
    Ok(Verified { sums, tree, bytes, snapshots })
}

fn read(
    scene: &Scene,
    project: &Project,
    list: &List,
    sums: &[SumFile],
) -> anyhow::Result<Verdict> {
    let vendor = project.vendor_dir();
    let look = |_: &[u8], text: &[u8]| Some(embed_patterns(text)).filter(|all| !all.is_empty());
    let (content, judge) = Content::read_beside(&vendor, &Which::All, &look, || {
        Judge::new(scene, project, list.value(), sums)
    })?;
    let tree = project.compare_tree(&content, list.value())?;
    let (bytes, watched) = judge?.finish(project, &content);
    let snapshots = std::iter::once(Snapshot::of(&content)).chain(watched).collect();
    Ok(Verdict { bytes, tree, snapshots })
}

/// What should be in vendor/.
struct Judge<'a> {
    places: Places<'a>,
    rules: CopyRules,
    found: evidence::Found<'a>,
    owners: Owners<'a>,
    copied: Vec<Vec<Copied>>,
    expected: Expected,
    lock: Option<Lock>,
    lists: Option<ListsFacts>,
}

/// The lock that is there, and what it should say.
struct Lock {
    facts: LockFacts,
    file: LockFile,
    should: Vec<Digests>,
}

impl<'a> Judge<'a> {
    fn new(
        scene: &'a Scene,
        project: &Project,
        list: &'a ModulesTxt,
        sums: &'a [SumFile],
    ) -> anyhow::Result<Judge<'a>> {
        let (places, bad) = Places::new(scene, sums)?;
        let mut found = evidence::find(&places, list)?;
        found.bad.extend(bad);
        let rules = CopyRules::new(project.go_version());
        let copied: Vec<Vec<Copied>> =
            found.modules.iter().map(|module| yielded(module, rules, &Embeds::default())).collect();
        let owners = owners(&found.modules);
        let expected = expected(&found.modules, &copied);
        let lock = read_lock(&project.root, &project.dir)?.map(|(facts, file)| {
            let should = should_be(&found.modules, &expected, &owners);
            Lock { facts, file, should }
        });
        let lists = places.lists.facts(&found.modules);
        Ok(Judge { places, rules, found, owners, copied, expected, lock, lists })
    }

    /// Takes over that other files of modules are copied than it seemed.
    fn correct(&mut self, modules: &[usize], embeds: &[Embeds]) {
        for number in modules {
            let module = &self.found.modules[*number];
            self.copied[*number] = yielded(module, self.rules, &embeds[*number]);
        }
        if !modules.is_empty() {
            self.expected = expected(&self.found.modules, &self.copied);
            if let Some(lock) = &mut self.lock {
                lock.should = should_be(&self.found.modules, &self.expected, &self.owners);
            }
        }
    }

    /// Holds what was read against it.
    fn finish(
        mut self,
        project: &Project,
        content: &Content<Vec<EmbedPattern>>,
    ) -> (Bytes, Vec<Snapshot>) {
        let embeds = self.read_embeds(content);
        let files = regular(content);
        let mut comparison = compare(&self.modules(&embeds), &self.expected, &files);
        let better = self.doubt_lists(&comparison);
        if !better.is_empty() {
            self.correct(&better, &embeds);
            comparison = compare(&self.modules(&embeds), &self.expected, &files);
        }
        let mut bytes = self.bytes(comparison);
        let modules = self.modules(&embeds);
        for difference in &mut bytes.differences {
            line_ends(&content.root, &modules, difference);
        }
        bytes.irregular = irregular(project, content, &self.found.modules, &mut bytes.differences);
        if let Some(Lock { facts, file: lock, should }) = &self.lock {
            let (found, owners) = (&self.found.modules, &self.owners);
            let judge = LockJudge { lock, should, found, owners };
            bytes.lock = Some(judge.judge(facts.clone(), &files, &embeds, &mut bytes.modules));
            settle_doubts(&mut bytes);
        }
        bytes.lists = self.lists.map(|lists| apart_from(lists, bytes.lock.as_ref()));
        (bytes, self.found.watched)
    }

    fn modules<'s>(&'s self, embeds: &'s [Embeds]) -> Vec<VendoredModule<'s>> {
        let modules = self.found.modules.iter().enumerate();
        modules
            .map(|(number, module)| VendoredModule {
                path: &module.entry.module.path,
                packages: &module.packages,
                source: module.listed.as_ref().map(|listed| Source {
                    files: &listed.files,
                    copied: &self.copied[number],
                    embeds: &embeds[number],
                }),
            })
            .collect()
    }

    /// A list proves its lines, but not that it carries the text of every Go file that no build takes.
    /// Where such a file may be what is missing, the zip has the last word, if there is one. Returns
    /// the modules that it spoke of.
    fn doubt_lists(&mut self, comparison: &Comparison) -> Vec<usize> {
        let mut doubted: Vec<usize> = comparison
            .differences
            .iter()
            .filter(|one| matches!(one.what, What::Missing { .. }) && one.path.ends_with(".go"))
            .filter_map(|one| one.module)
            .collect();
        doubted.sort_unstable();
        doubted.dedup();
        let mut better = Vec::new();
        for number in doubted {
            let module = &mut self.found.modules[number];
            let Some(source) = evidence::source(module.entry) else { continue };
            // Where there is a doubt the zips were looked for before.
            if module.evidence != Evidence::List || !module.doubt.is_empty() {
                continue;
            }
            let by_zip = self.places.in_zips(source, &mut self.found.bad);
            let dirs: BTreeSet<String> = module.packages.dirs().map(str::to_owned).collect();
            let for_these = |list: &Arc<Listed>| list.only_for(dirs.clone());
            let (asked, listed) = (by_zip.listed.as_ref(), module.listed.as_ref());
            if by_zip.listed.is_some() && asked.map(for_these) != listed.map(for_these) {
                (module.listed, module.evidence) = (by_zip.listed, by_zip.evidence);
                module.doubt.clear();
                better.push(number);
            }
        }
        better
    }

    fn bytes(&mut self, comparison: Comparison) -> Bytes {
        let verified = |(number, module): (usize, &ModuleEvidence<'_>)| VerifiedModule {
            module: module.entry.module.clone(),
            replacement: module.entry.replacement.clone(),
            h1: module.h1.clone(),
            evidence: module.evidence,
            files: comparison.verified[number],
            unknown: comparison.unknown[number],
            reason: module.reason.clone(),
            doubt: module.doubt.clone(),
        };
        Bytes {
            modules: self.found.modules.iter().enumerate().map(verified).collect(),
            differences: comparison.differences,
            bad: std::mem::take(&mut self.found.bad),
            ..Bytes::default()
        }
    }

    /// What the vendored packages embed, by module: as the lists say, and as the files themselves do,
    /// since a list may have left out what it carries for that.
    fn read_embeds(&mut self, content: &Content<Vec<EmbedPattern>>) -> Vec<Embeds> {
        let count = self.found.modules.len();
        let mut embeds = vec![Embeds::default(); count];
        let mut unknown = vec![false; count];
        for file in &content.files {
            let ContentKind::Regular { seen: Some(patterns), .. } = &file.kind else { continue };
            let Some(path) = file.path.to_str() else { continue };
            let Some(module) = self.owners.of(path) else { continue };
            let name = &path[self.found.modules[module].entry.module.path.len() + 1..];
            let (dir, base) = dir_and_base(name);
            let is_compiled = !base.ends_with("_test.go") && !base.starts_with(['_', '.']);
            if !is_compiled || !self.found.modules[module].packages.has_dir(dir) {
                continue;
            }
            embeds[module].add(dir, patterns.iter().cloned());
            let listed = self.found.modules[module].listed.as_ref();
            unknown[module] |= listed.is_some_and(|listed| !listed.carried.contains_key(name));
        }
        let unknown: Vec<usize> = (0..count).filter(|module| unknown[*module]).collect();
        self.correct(&unknown, &embeds);
        embeds
    }
}

/// Where the list of a module leaves open which files are copied, and the lock records those that are
/// there, none of them is missing or too much.
fn settle_doubts(bytes: &mut Bytes) {
    let modules = &bytes.modules;
    bytes.differences.retain(|difference| {
        let module = difference.module.map(|module| &modules[module]);
        let is_settled = module
            .is_some_and(|module| module.evidence == Evidence::Lock && !module.doubt.is_empty());
        let was_open = match difference.what {
            What::Missing { .. } => difference.path.ends_with(".go"),
            What::Extra { is_genuine } => is_genuine && !difference.is_code,
            What::Modified { .. } => false,
        };
        !(is_settled && was_open)
    });
}

/// Less the modules that the lock is stale of: what mends it mends the lists as well.
fn apart_from(mut lists: ListsFacts, lock: Option<&LockFacts>) -> ListsFacts {
    let of_lock: HashSet<&ModuleVersion> =
        lock.iter().flat_map(|lock| &lock.stale).map(|(module, _)| module).collect();
    lists.stale.retain(|(module, _)| !of_lock.contains(module));
    lists
}

/// The files of a module that are copied.
pub(super) fn yielded(
    module: &ModuleEvidence<'_>,
    rules: CopyRules,
    embeds: &Embeds,
) -> Vec<Copied> {
    let listed = module.listed.as_ref();
    listed
        .map(|listed| copied(&listed.files, &module.packages, rules, &listed.carried, embeds))
        .unwrap_or_default()
}

/// What should be in vendor/ of modules, given what is copied of each.
pub(super) fn expected(modules: &[ModuleEvidence<'_>], copied: &[Vec<Copied>]) -> Expected {
    let all = modules.iter().zip(copied).enumerate();
    Expected::new(all.filter_map(|(number, (module, copied))| {
        let files = &module.listed.as_ref()?.files;
        Some((number, module.entry.module.path.as_str(), files, copied.as_slice()))
    }))
}

/// The regular files that are to be compared: all but modules.txt.
fn regular(content: &Content<Vec<EmbedPattern>>) -> Vec<Found<'_>> {
    let found = content.files.iter().filter_map(|file| {
        let path = file.path.to_str().filter(|path| *path != "modules.txt")?;
        let hash = match &file.kind {
            ContentKind::Regular { hash, .. } => Some(hash),
            _ => None,
        };
        Some(Found { path, hash })
    });
    found.collect()
}
