//! Finds for each vendored module what its files can be held against.
//!
//! A list of files proves itself against go.sum, so it does not matter who wrote it: the one beside
//! vendor/, one in the user's cache, or one made here from the module's zip. A module that a directory
//! replaces has no line in go.sum, and is held against the directory.

use super::deps::proxy_trees;
use super::list_cache::ListCache;
use super::lists_beside::ListsBeside;
use super::replaced_dir;
use super::scene::Scene;
use crate::check::{Bad, BadEvidence, Evidence};
use crate::gomod::{ModuleVersion, ModulesTxt, VendoredModule};
use crate::lock::{Complete, Listed, is_carried};
use crate::project::{
    ProxyTree, Snapshot, SumFile, ZipError, h1_hashes, in_parallel, read_module_zip,
};
use crate::vendoring::VendoredPackages;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a vendored module is held against.
#[derive(Debug)]
pub(super) struct ModuleEvidence<'a> {
    /// The module, as modules.txt has it.
    pub(super) entry: &'a VendoredModule,
    /// Its packages.
    pub(super) packages: VendoredPackages<'a>,
    /// The hash that go.sum has for its content, or for that of its replacement.
    pub(super) h1: Option<String>,
    /// What was found.
    pub(super) evidence: Evidence,
    /// All its files.
    pub(super) listed: Option<Arc<Listed>>,
    /// Why nothing was found.
    pub(super) reason: String,
    /// Why what was found may not tell all of what is copied; empty if it does.
    pub(super) doubt: String,
}

impl ModuleEvidence<'_> {
    /// The module version that go.sum has a line for; `None` where a directory replaces it.
    pub(super) fn source(&self) -> Option<&ModuleVersion> {
        source(self.entry)
    }

    /// Whether it is known which files of it are copied, and what they are.
    pub(super) fn is_proven(&self) -> bool {
        self.listed.is_some() && self.doubt.is_empty()
    }
}

/// The module version whose files are vendored.
pub(super) fn source(entry: &VendoredModule) -> Option<&ModuleVersion> {
    let source = entry.replacement.as_ref().unwrap_or(&entry.module);
    (!source.version.is_empty()).then_some(source)
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// For each module with packages, in the order of modules.txt.
    pub(super) modules: Vec<ModuleEvidence<'a>>,
    /// What was to be evidence and contradicts go.sum.
    pub(super) bad: Vec<BadEvidence>,
    /// What was looked at besides vendor/.
    pub(super) watched: Vec<Snapshot>,
}

/// Where evidence may be.
pub(super) struct Places<'a> {
    scene: &'a Scene,
    /// The lists beside vendor/.
    pub(super) lists: ListsBeside,
    cache: ListCache,
    trees: Vec<ProxyTree>,
    sums: HashMap<&'a ModuleVersion, Vec<&'a str>>,
    prefers_zips: bool,
}

impl<'a> Places<'a> {
    /// The same, with zips before lists: a list proves its lines, but not that it carries every text
    /// that it should.
    pub(super) fn with_zips_first(self) -> Places<'a> {
        Places { prefers_zips: true, ..self }
    }

    /// Reads what all modules share. A file of lists that cannot be read is bad evidence.
    pub(super) fn new(
        scene: &'a Scene,
        sums: &'a [SumFile],
    ) -> anyhow::Result<(Places<'a>, Vec<BadEvidence>)> {
        let lists = ListsBeside::new(scene)?;
        let why = lists.read.as_ref().and_then(|read| read.as_ref().err());
        let bad = why.map(|why| BadEvidence {
            module: why.module().cloned().unwrap_or_default(),
            what: Bad::Lists(why.to_string()),
            path: lists.path.clone(),
        });
        let bad = bad.into_iter().collect();
        let cache = ListCache::new(scene.user.environ.own_cache_dir());
        let trees = proxy_trees(scene.module_cache().as_deref(), &scene.profile.proxy);
        let places = Places {
            scene,
            lists,
            cache,
            trees,
            sums: h1_hashes(sums, false),
            prefers_zips: false,
        };
        Ok((places, bad))
    }

    /// The hashes that go.sum has for the content of a module version.
    pub(super) fn sums(&self, source: &ModuleVersion) -> &[&'a str] {
        self.sums.get(source).map(Vec::as_slice).unwrap_or_default()
    }

    /// Finds the files of one module version, and what on the way contradicts go.sum. Where packages of
    /// it are vendored, what carries all that decides what is copied comes first.
    pub(super) fn find(
        &self,
        source: &ModuleVersion,
        packages: Option<&VendoredPackages<'_>>,
        bad: &mut Vec<BadEvidence>,
    ) -> OneFound {
        let sums = self.sums(source);
        if sums.is_empty() {
            let reason = format!("go.sum has no line for {source}");
            return OneFound::none(reason);
        }
        let mut found = if self.prefers_zips {
            let by_zip = self.in_zips(source, bad);
            // What is in the cache was made from a zip; the lists beside vendor/ by anybody.
            match by_zip.listed {
                Some(_) => by_zip,
                None => self
                    .in_cache(source, packages)
                    .or_else(|| self.beside(source, packages, bad))
                    .unwrap_or(by_zip),
            }
        } else {
            self.beside(source, packages, bad)
                .or_else(|| self.in_cache(source, packages))
                .unwrap_or_else(|| self.in_zips(source, bad))
        };
        if found.listed.is_none()
            && let Some(listed) = self.lists.get(source).filter(|listed| self.is_proven(listed))
        {
            let doubt = format!(
                "{} was made for other packages of it than are vendored now, and {}",
                self.lists.path.display(),
                found.reason
            );
            found = OneFound { doubt, ..OneFound::of(Evidence::List, Arc::clone(listed)) };
        }
        found
    }

    fn is_proven(&self, listed: &Listed) -> bool {
        let h1 = listed.files.h1();
        self.sums(listed.files.module()).iter().any(|sum| *sum == h1)
    }

    /// Looks for a module version where nobody but us has written: in the user's cache, then among the
    /// zips.
    pub(super) fn in_own(&self, source: &ModuleVersion, bad: &mut Vec<BadEvidence>) -> OneFound {
        self.in_cache(source, None).unwrap_or_else(|| self.in_zips(source, bad))
    }

    /// Looks for a list beside vendor/ that carries all that is asked of it.
    fn beside(
        &self,
        source: &ModuleVersion,
        packages: Option<&VendoredPackages<'_>>,
        bad: &mut Vec<BadEvidence>,
    ) -> Option<OneFound> {
        let listed = self.lists.get(source)?;
        if !self.is_proven(listed) {
            let path = self.lists.path.clone();
            bad.push(BadEvidence { module: source.clone(), what: Bad::List, path });
            return None;
        }
        let found = || OneFound::of(Evidence::List, Arc::clone(listed));
        is_complete(listed, packages).then(found)
    }

    /// Looks for a list in the user's cache that carries all that is asked of it.
    fn in_cache(
        &self,
        source: &ModuleVersion,
        packages: Option<&VendoredPackages<'_>>,
    ) -> Option<OneFound> {
        let is_good = |listed: &Listed| is_complete(listed, packages) && self.is_proven(listed);
        let mut sums = self.sums(source).iter();
        let cached = sums.find_map(|sum| self.cache.get(source, sum).filter(is_good));
        cached.map(|listed| OneFound::of(Evidence::List, Arc::new(listed)))
    }

    /// Looks for a module version among the zips alone.
    fn in_zips(&self, source: &ModuleVersion, bad: &mut Vec<BadEvidence>) -> OneFound {
        let mut reason = "its zip is not in the module cache".to_owned();
        for path in self.trees.iter().filter_map(|tree| tree.zip(source)) {
            let found = self.find_zip(source, path, bad);
            if found.listed.is_some() {
                return found;
            }
            if !found.reason.is_empty() {
                reason = found.reason;
            }
        }
        OneFound::none(reason)
    }

    /// Reads the files of a module version from a zip. One that is not there is no reason.
    pub(super) fn find_zip(
        &self,
        source: &ModuleVersion,
        path: PathBuf,
        bad: &mut Vec<BadEvidence>,
    ) -> OneFound {
        let sums = self.sums(source);
        let (why, reason) = match listed_in_zip(&path, source) {
            Ok(listed) => {
                let h1 = listed.files.h1();
                if sums.iter().any(|sum| *sum == h1) {
                    self.cache.put(&listed);
                    return OneFound::of(Evidence::Zip, Arc::new(listed));
                }
                let why = format!("it hashes to {h1}, go.sum has {}", sums.join(" and "));
                (Some(why), "its zip is not what go.sum says")
            }
            Err(error) if error.is_absent() => (None, ""),
            Err(error) => (Some(error.to_string()), "its zip cannot be read"),
        };
        bad.extend(why.map(|why| BadEvidence {
            module: source.clone(),
            what: Bad::Zip(why),
            path,
        }));
        OneFound::none(reason.to_owned())
    }

    /// The module versions that go.sum has a hash of the content of.
    pub(super) fn summed(&self) -> impl Iterator<Item = &'a ModuleVersion> + '_ {
        self.sums.keys().copied()
    }
}

/// Whether a list carries all that is asked of it.
fn is_complete(listed: &Listed, packages: Option<&VendoredPackages<'_>>) -> bool {
    packages.is_none_or(|packages| listed.complete.is_for(packages))
}

/// What was found for one module version.
pub(super) struct OneFound {
    pub(super) evidence: Evidence,
    pub(super) listed: Option<Arc<Listed>>,
    pub(super) reason: String,
    /// Why the list may not carry all that decides what is copied; empty if it does.
    pub(super) doubt: String,
}

impl OneFound {
    fn none(reason: String) -> OneFound {
        OneFound { evidence: Evidence::None, listed: None, reason, doubt: String::new() }
    }

    fn of(evidence: Evidence, listed: Arc<Listed>) -> OneFound {
        OneFound { evidence, listed: Some(listed), ..OneFound::none(String::new()) }
    }
}

/// Finds evidence for each module of modules.txt that provides packages.
pub(super) fn find<'a>(places: &Places<'_>, list: &'a ModulesTxt) -> anyhow::Result<Found<'a>> {
    let entries: Vec<&VendoredModule> = list.providers().collect();
    let all = in_parallel(&entries, |entry| {
        let mut found = Found::default();
        let packages = VendoredPackages::new(&entry.module.path, entry.imports());
        let one = match source(entry) {
            Some(source) => places.find(source, Some(&packages), &mut found.bad),
            None => replaced(places, entry, &packages, &mut found)?,
        };
        let sums = source(entry).map(|source| places.sums(source)).unwrap_or_default();
        let h1 = one.listed.as_ref().and_then(|listed| (sums.len() > 1).then(|| listed.files.h1()));
        found.modules.push(ModuleEvidence {
            entry,
            packages,
            h1: h1.or_else(|| sums.first().map(|sum| (*sum).to_owned())),
            evidence: one.evidence,
            listed: one.listed,
            reason: one.reason,
            doubt: one.doubt,
        });
        Ok::<_, anyhow::Error>(found)
    });
    let mut whole = Found::default();
    for found in all {
        let found = found?;
        whole.modules.extend(found.modules);
        whole.bad.extend(found.bad);
        whole.watched.extend(found.watched);
    }
    Ok(whole)
}

/// A module in whose place a directory is built.
fn replaced(
    places: &Places<'_>,
    entry: &VendoredModule,
    packages: &VendoredPackages<'_>,
    found: &mut Found<'_>,
) -> anyhow::Result<OneFound> {
    let Some(project) = &places.scene.project else {
        anyhow::bail!("modules.txt without a project");
    };
    let (listed, snapshot) = match replaced_dir::read(project, entry, packages)? {
        Some(read) => read,
        None => {
            let dir = entry.replacement.as_ref().map(|replacement| replacement.path.as_str());
            let reason = format!(
                "the directory {} is not there, or lies in vendor/ itself",
                dir.unwrap_or_default()
            );
            return Ok(OneFound::none(reason));
        }
    };
    found.watched.push(snapshot);
    Ok(OneFound::of(Evidence::Dir, Arc::new(listed)))
}

/// The files in a module zip.
fn listed_in_zip(path: &Path, module: &ModuleVersion) -> Result<Listed, ZipError> {
    let zip = read_module_zip(path, module, &is_carried)?;
    Ok(Listed { files: zip.files, carried: zip.kept, complete: Complete::Everywhere })
}
