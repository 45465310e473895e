//! Holds go-offline.lock against what is known better, and vendored files against it where nothing is.

use super::evidence::ModuleEvidence;
use crate::check::{Evidence, LockFacts, VerifiedModule};
use crate::gomod::{ModuleVersion, hex};
use crate::lock::{LOCK_FILE, LockEntry, LockFile, digest};
use crate::project::{File, read_own_file};
use crate::vendoring::{CppPackages, Embeds, Expected, Found, Owners, may_be_built};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Bytes of a lock: some 200 a module.
const MOST_LOCK: u64 = 16 << 20;

/// Reads go-offline.lock. One that cannot be understood records nothing.
/// It lies in `root`; `dir` is where paths are shown from.
pub(super) fn read_lock(root: &Path, dir: &Path) -> anyhow::Result<Option<(LockFacts, LockFile)>> {
    let path = root.join(LOCK_FILE);
    let Some(bytes) = read_own_file(&path, MOST_LOCK)? else {
        return Ok(None);
    };
    let file = File::of(dir, path, bytes);
    let mut facts = LockFacts { path: file.shown.clone(), ..LockFacts::default() };
    let lock = match LockFile::parse(&file.text) {
        Ok(lock) => lock,
        Err(why) => {
            facts.broken.push(why.to_string());
            LockFile::default()
        }
    };
    Ok(Some((facts, lock)))
}

/// What a judgement looks at.
pub(super) struct LockJudge<'j, 'a> {
    pub(super) lock: &'j LockFile,
    /// What it should say, by module.
    pub(super) should: &'j [Digests],
    pub(super) found: &'j [ModuleEvidence<'a>],
    pub(super) owners: &'j Owners<'a>,
    /// Modules whose lists leave open which files are copied, where that makes a difference.
    pub(super) open: HashSet<usize>,
}

impl LockJudge<'_, '_> {
    /// Says how the lock fits, and verifies by it what nothing else has.
    pub(super) fn judge(
        &self,
        mut facts: LockFacts,
        files: &[Found<'_>],
        embeds: &[Embeds],
        verified: &mut [VerifiedModule],
    ) -> LockFacts {
        if !facts.broken.is_empty() {
            return facts;
        }
        let entries = self.entries();
        let mut on_disk: Option<Vec<Digests>> = None;
        for (number, module) in self.found.iter().enumerate() {
            if module.source().is_none() {
                continue;
            }
            let name = &module.entry.module;
            let entry = entries.get(name).copied();
            if let Some(how) = self.staleness(number, entry) {
                facts.stale.push((name.clone(), how));
                continue;
            }
            // What is proven needs no lock; without a line in go.sum a lock is bound to nothing.
            let needs_it = module.listed.is_none() || self.open.contains(&number);
            let is_bound = needs_it && module.h1.is_some();
            if let Some(entry) = entry.filter(|_| is_bound) {
                let there = &on_disk.get_or_insert_with(|| self.on_disk(files, embeds))[number];
                // A list in doubt still names what is changed, which a lock does not.
                if module.listed.is_none() || there.are_those_of(entry) {
                    let is_mismatched = hold_against(there, entry, &mut verified[number]);
                    facts.mismatched.extend(is_mismatched.map(|is_code| (number, is_code)));
                }
            }
        }
        let vendored = self.found.iter().filter(|module| module.source().is_some());
        let vendored: HashSet<_> = vendored.map(|module| &module.entry.module).collect();
        let strange = self.lock.entries.iter().filter(|entry| !vendored.contains(&entry.module));
        for entry in strange {
            let how = format!("has {}, which is not vendored", entry.module);
            facts.stale.push((entry.module.clone(), how));
        }
        facts
    }

    fn entries(&self) -> HashMap<&ModuleVersion, &LockEntry> {
        self.lock.entries.iter().map(|entry| (&entry.module, entry)).collect()
    }

    /// The modules of which the lock records other files than the lists say: one of them is wrong.
    pub(super) fn disputed(&self) -> Vec<usize> {
        let entries = self.entries();
        let is_disputed = |number: &usize| {
            let module = &self.found[*number];
            let entry = entries.get(&module.entry.module);
            let is_bound = |entry: &&&LockEntry| module.h1.as_ref() == Some(&entry.h1);
            entry.filter(is_bound).is_some_and(|entry| !self.should[*number].are_those_of(entry))
        };
        (0..self.found.len()).filter(is_disputed).collect()
    }

    /// How the lock is for another state than go.sum, modules.txt and the list of a module say.
    fn staleness(&self, number: usize, entry: Option<&LockEntry>) -> Option<String> {
        let module = &self.found[number];
        let name = &module.entry.module;
        let Some(entry) = entry else {
            return Some(format!("does not have {name}, which is vendored"));
        };
        if entry.replacement != module.entry.replacement {
            return Some(format!("has another replacement of {name} than modules.txt"));
        }
        if module.h1.as_ref().is_some_and(|h1| *h1 != entry.h1) {
            return Some(format!("has another hash of {name} than go.sum"));
        }
        let is_right = !module.is_proven() || self.should[number].are_those_of(entry);
        (!is_right).then(|| format!("records other files of {name} than `go mod vendor` copies"))
    }

    /// The digests of what lies in vendor/, by module.
    fn on_disk(&self, files: &[Found<'_>], embeds: &[Embeds]) -> Vec<Digests> {
        let mut of: Vec<Vec<(&Found<'_>, &[u8; 32])>> = vec![Vec::new(); self.found.len()];
        for file in files {
            if let Some((hash, module)) = file.hash.zip(self.owners.of(file.path)) {
                of[module].push((file, hash));
            }
        }
        let of_module = |(number, files): (usize, &Vec<(&Found<'_>, &[u8; 32])>)| {
            let module = &self.found[number];
            let root = module.entry.module.path.len() + 1;
            let names = files.iter().map(|(file, _)| &file.path[root..]);
            let cpp = CppPackages::new(names, &module.packages);
            let (mut code, mut rest) = <(Part<'_>, Part<'_>)>::default();
            for (file, hash) in files {
                let name = &file.path[root..];
                let is_code =
                    may_be_built(name) || embeds[number].is_embedded(name) || cpp.may_include(name);
                let part = if is_code { &mut code } else { &mut rest };
                part.push((file.path, hex(*hash).into()));
            }
            Digests::of(&code, &rest)
        };
        of.iter().enumerate().map(of_module).collect()
    }
}

/// Verifies by the lock what nothing better is at hand for. Returns what does not match: whether it is
/// what go compiles, links or embeds.
fn hold_against(there: &Digests, entry: &LockEntry, verified: &mut VerifiedModule) -> Option<bool> {
    verified.evidence = Evidence::Lock;
    verified.reason.clear();
    verified.unknown = 0;
    if there.code != entry.code {
        return Some(true);
    }
    if there.rest != entry.rest {
        return Some(false);
    }
    verified.files = there.files;
    None
}

/// Who owns what in vendor/.
pub(super) fn owners<'a>(found: &[ModuleEvidence<'a>]) -> Owners<'a> {
    Owners::new(
        found.iter().map(|module| (module.entry.module.path.as_str(), module.entry.imports())),
    )
}

/// Paths with hashes in hex.
type Part<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// What a lock records of the files of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digests {
    pub(super) files: usize,
    /// Of what go compiles, links or embeds.
    pub(super) code: [u8; 32],
    /// Of the rest.
    pub(super) rest: [u8; 32],
}

impl Digests {
    fn of(code: &Part<'_>, rest: &Part<'_>) -> Digests {
        let of = |part: &Part<'_>| digest(part.iter().map(|(path, hex)| (*path, &**hex)));
        Digests { files: code.len() + rest.len(), code: of(code), rest: of(rest) }
    }

    fn are_those_of(&self, entry: &LockEntry) -> bool {
        (self.files, self.code, self.rest) == (entry.files, entry.code, entry.rest)
    }
}

/// The digests of what should be there, by module, less what another module owns and writes over.
pub(super) fn should_be(
    modules: &[ModuleEvidence<'_>],
    expected: &Expected,
    owners: &Owners<'_>,
) -> Vec<Digests> {
    let mut all: Vec<(Part<'_>, Part<'_>)> = vec![Default::default(); modules.len()];
    for file in expected.files() {
        let Some(listed) = &modules[file.module].listed else { continue };
        if owners.of(&file.path) == Some(file.module) {
            let (code, rest) = &mut all[file.module];
            let part = if file.copied.is_code { code } else { rest };
            part.push((file.path.as_str(), listed.files.hex(file.copied.file).into()));
        }
    }
    all.into_iter().map(|(code, rest)| Digests::of(&code, &rest)).collect()
}
