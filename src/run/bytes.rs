//! Holds the bytes of vendor/ against go.sum.
//!
//! One thread reads lists and proves them while the others read vendor/; then all read. What comes of
//! it is kept with the stamps of all that was looked at: as long as those are the same, and the texts
//! that say what should be there, so is the answer.

use super::evidence::{self, ModuleEvidence, Places};
use super::irregular::irregular;
use super::left_open::{mark_open, open_modules, settle};
use super::line_ends::line_ends;
use super::lock_judge::{Digests, LockJudge, owners, read_lock, should_be};
use super::scene::Scene;
use super::stat_cache::{StatCache, Verdict};
use super::unlisted::keep_unlisted;
use crate::check::{Bytes, Evidence, ListsFacts, LockFacts, VerifiedModule};
use crate::gomod::{ModuleVersion, ModulesTxt};
use crate::lock::{Listed, LockFile};
use crate::project::{
    Content, ContentKind, List, Project, Snapshot, SumFile, Tree, Which, in_parallel,
};
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
    let mut tree = project.compare_tree(&content, list.value())?;
    let (bytes, watched) = judge?.finish(project, &content, &mut tree);
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

/// What the vendored packages embed, by module.
struct ReadEmbeds {
    /// As the files say that are there.
    all: Vec<Embeds>,
    /// As those of them say that are as their lists have them.
    genuine: Vec<Embeds>,
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
    fn correct(&mut self, modules: &[usize], embeds: &ReadEmbeds) {
        if modules.is_empty() {
            return;
        }
        for number in modules {
            let module = &self.found.modules[*number];
            self.copied[*number] = yielded(module, self.rules, &embeds.all[*number]);
        }
        self.expected = expected(&self.found.modules, &self.copied);
        let Some(lock) = &mut self.lock else { return };
        let found = &self.found.modules;
        lock.should = if embeds.genuine == embeds.all {
            should_be(found, &self.expected, &self.owners)
        } else {
            // What a lock should record does not depend on what was changed.
            let of_module = |(number, module)| yielded(module, self.rules, &embeds.genuine[number]);
            let copied: Vec<_> = found.iter().enumerate().map(of_module).collect();
            should_be(found, &expected(found, &copied), &self.owners)
        };
    }

    /// Holds what was read against it.
    fn finish(
        mut self,
        project: &Project,
        content: &Content<Vec<EmbedPattern>>,
        tree: &mut Tree,
    ) -> (Bytes, Vec<Snapshot>) {
        let embeds = self.read_embeds(content);
        let files = regular(content);
        let mut comparison = compare(&self.modules(&embeds.all), &self.expected, &files);
        let better = self.ask_again(&comparison);
        if !better.is_empty() {
            self.correct(&better, &embeds);
            comparison = compare(&self.modules(&embeds.all), &self.expected, &files);
        }
        let mut bytes = self.bytes(comparison);
        let modules = self.modules(&embeds.all);
        for difference in &mut bytes.differences {
            line_ends(&content.root, &modules, difference);
            mark_open(&self.found.modules, difference);
        }
        bytes.irregular = irregular(project, content, &self.found.modules, &mut bytes.differences);
        if let Some(lock) = &self.lock {
            let open = open_modules(&bytes.differences, &self.found.modules);
            let judge = LockJudge { open, ..self.lock_judge(lock) };
            let facts = lock.facts.clone();
            bytes.lock = Some(judge.judge(facts, &files, &embeds.all, &mut bytes.modules));
            settle(&mut bytes, &self.found.modules);
        }
        keep_unlisted(tree, content, &self.expected, &self.owners, &bytes);
        bytes.lists = self.lists.map(|lists| apart_from(lists, bytes.lock.as_ref()));
        (bytes, self.found.watched)
    }

    fn lock_judge<'j>(&'j self, lock: &'j Lock) -> LockJudge<'j, 'a> {
        LockJudge {
            lock: &lock.file,
            should: &lock.should,
            found: &self.found.modules,
            owners: &self.owners,
            open: HashSet::new(),
        }
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

    /// A list proves its lines, but not that it carries every text that decides what is copied. Where
    /// it may be that which makes a difference, or makes the lock another, what was made from a zip
    /// has the last word, if there is any. Returns the modules that it spoke of.
    fn ask_again(&mut self, comparison: &Comparison) -> Vec<usize> {
        let by_text = comparison.differences.iter().filter(|one| match one.what {
            What::Missing { .. } => one.path.ends_with(".go"),
            What::Extra { is_genuine, is_altered } => is_genuine || is_altered,
            What::Modified { .. } => false,
        });
        let mut asked: BTreeSet<usize> = by_text.filter_map(|one| one.module).collect();
        asked.extend(self.lock.iter().flat_map(|lock| self.lock_judge(lock).disputed()));
        // Where there is a doubt that was looked for before.
        let is_by_list = |module: &ModuleEvidence<'_>| {
            module.evidence == Evidence::List && module.doubt.is_empty()
        };
        let sources = asked.into_iter().filter_map(|number| {
            let module = &self.found.modules[number];
            let source = module.source()?;
            is_by_list(module).then_some((number, source.clone()))
        });
        let sources: Vec<(usize, ModuleVersion)> = sources.collect();
        let answers = in_parallel(&sources, |(_, source)| {
            let mut bad = Vec::new();
            (self.places.in_own(source, &mut bad), bad)
        });
        let mut better = Vec::new();
        for ((number, _), (own, bad)) in sources.into_iter().zip(answers) {
            self.found.bad.extend(bad);
            let module = &mut self.found.modules[number];
            let for_these = |list: &Arc<Listed>| list.only_for(&module.packages);
            let (asked, listed) = (own.listed.as_ref(), module.listed.as_ref());
            if own.listed.is_some() && asked.map(for_these) != listed.map(for_these) {
                (module.listed, module.evidence) = (own.listed, own.evidence);
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
    fn read_embeds(&mut self, content: &Content<Vec<EmbedPattern>>) -> ReadEmbeds {
        let count = self.found.modules.len();
        let mut all = vec![Embeds::default(); count];
        let mut genuine = all.clone();
        let mut unknown = vec![false; count];
        for file in &content.files {
            let ContentKind::Regular { seen: Some(patterns), hash } = &file.kind else { continue };
            let Some(path) = file.path.to_str() else { continue };
            let Some(module) = self.owners.of(path) else { continue };
            let name = &path[self.found.modules[module].entry.module.path.len() + 1..];
            let (dir, base) = dir_and_base(name);
            let is_compiled = !base.ends_with("_test.go") && !base.starts_with(['_', '.']);
            if !is_compiled || !self.found.modules[module].packages.has_dir(dir) {
                continue;
            }
            all[module].add(dir, patterns.iter().cloned());
            let Some(listed) = &self.found.modules[module].listed else { continue };
            unknown[module] |= !listed.carried.contains_key(name);
            if listed.files.find(name).is_some_and(|file| listed.files.has_hash(file, hash)) {
                genuine[module].add(dir, patterns.iter().cloned());
            }
        }
        let embeds = ReadEmbeds { all, genuine };
        let unknown: Vec<usize> = (0..count).filter(|module| unknown[*module]).collect();
        self.correct(&unknown, &embeds);
        embeds
    }
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
