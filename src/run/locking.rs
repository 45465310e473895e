//! Makes go-offline.lock and the lists beside it, from what go.sum proves and from nothing else.
//!
//! What is recorded is what `go mod vendor` copies of each module, by its rules: never what lies in
//! vendor/ now. So it is the same on every machine and under every go version.

use super::Failure;
use super::bytes::{expected, yielded};
use super::codes::FINGERPRINT_MISMATCH;
use super::evidence::{self, ModuleEvidence, Places};
use super::lists_beside::ListsBeside;
use super::lock_judge::{Digests, owners, read_lock, should_be};
use super::scene::Scene;
use super::write_over::write_over;
use crate::check::{Bad, BadEvidence, GONE, lock_is_stale};
use crate::gomod::{ModuleVersion, go_version};
use crate::lock::{LEVEL_SMALL, LISTS_FILE, LOCK_FILE, Listed, LockEntry, LockFile, write_lists};
use crate::profile::quote;
use crate::project::{List, Project, short_path};
use crate::report::{Finding, Level, Place, first_few};
use crate::vendoring::{Copied, CopyRules, Embeds};
use anyhow::{anyhow, bail};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

/// Modules named before the rest is only counted.
const NAMED: usize = 5;

/// A lock that was made, and what it was made from.
#[derive(Debug)]
pub struct Made {
    /// The lock.
    pub lock: LockFile,
    lists: BTreeMap<ModuleVersion, Listed>,
    lists_there: ListsBeside,
    root: PathBuf,
    dir: PathBuf,
}

/// That of some modules nothing is at hand that go.sum proves, in words.
#[derive(Debug)]
pub struct Lacking(pub Finding);

/// Makes the lock of a vendored project.
///
/// # Errors
/// There is no vendored project; a file that cannot be read.
pub fn make_lock(scene: &Scene) -> Result<Result<Made, Lacking>, Failure> {
    let (project, list) = vendored(scene).map_err(Failure::config)?;
    let sums = project.read_sums().map_err(Failure::io)?;
    let (places, _) = Places::new(scene, &sums).map_err(Failure::io)?;
    let places = places.with_zips_first();
    let found = evidence::find(&places, list.value()).map_err(Failure::io)?;
    let rules = CopyRules::new(project.go_version());
    let (mut entries, mut lacking) = (Vec::new(), Vec::new());
    // What a directory replaces is held against the directory, and changes with it.
    let copied: Vec<Vec<Copied>> =
        found.modules.iter().map(|module| yielded(module, rules, &Embeds::default())).collect();
    let should =
        should_be(&found.modules, &expected(&found.modules, &copied), &owners(&found.modules));
    for (module, digests) in found.modules.iter().zip(should) {
        match (module.source(), &module.h1) {
            (None, _) => {}
            (Some(_), Some(h1)) if module.is_proven() => {
                entries.push(entry(module, h1.clone(), digests));
            }
            (Some(_), _) => lacking.push(module),
        }
    }
    if !lacking.is_empty() {
        return Ok(Err(Lacking(nothing_at_hand(&lacking, &found.bad))));
    }
    let (lists, lists_there) = (pruned(&found.modules), places.lists);
    let (root, dir) = (project.root.clone(), project.dir.clone());
    let lock = LockFile::new(entries);
    can_be_read(&lock).map_err(Failure::config)?;
    Ok(Ok(Made { lock, lists, lists_there, root, dir }))
}

/// A modules.txt that go did not write can have what no lock can say.
fn can_be_read(lock: &LockFile) -> anyhow::Result<()> {
    match LockFile::parse(&lock.render()) {
        Ok(read) if read == *lock => Ok(()),
        Ok(_) => bail!("vendor/modules.txt names modules that no lock can hold"),
        Err(error) => bail!("vendor/modules.txt names modules that no lock can hold: {error}"),
    }
}

fn vendored(scene: &Scene) -> anyhow::Result<(&Project, &List)> {
    let Some(project) = &scene.project else {
        bail!(
            "no go.mod or go.work at or above {}: nothing to lock",
            scene.surroundings.dir.display()
        );
    };
    if !project.is_readable() {
        bail!("go.mod or go.work cannot be read; `go-offline check --verify lists` says why");
    }
    let list = scene.vendor.as_ref().and_then(|vendor| vendor.list.as_ref());
    let list = list.ok_or_else(|| {
        let verb = if project.is_workspace() { "work vendor" } else { "mod vendor" };
        anyhow!(
            "{} is not there: a lock records vendored modules, and `go-offline {verb}` makes them, if there are any",
            project.shown(&project.vendor_dir().join("modules.txt")).display()
        )
    })?;
    Ok((project, list))
}

fn entry(module: &ModuleEvidence<'_>, h1: String, digests: Digests) -> LockEntry {
    LockEntry {
        module: module.entry.module.clone(),
        replacement: module.entry.replacement.clone(),
        h1,
        files: digests.files,
        code: digests.code,
        rest: digests.rest,
    }
}

/// The lists of modules, each for the packages that are vendored: several modules may be replaced by
/// the same one.
fn pruned(modules: &[ModuleEvidence<'_>]) -> BTreeMap<ModuleVersion, Listed> {
    let mut all: BTreeMap<ModuleVersion, Listed> = BTreeMap::new();
    for module in modules {
        let (Some(source), Some(listed)) = (module.source(), &module.listed) else { continue };
        let own = listed.only_for(&module.packages);
        match all.entry(source.clone()) {
            Entry::Vacant(place) => drop(place.insert(own)),
            Entry::Occupied(mut place) => place.get_mut().absorb(own),
        }
    }
    all
}

fn nothing_at_hand(lacking: &[&ModuleEvidence<'_>], bad: &[BadEvidence]) -> Finding {
    let reasons = lacking.iter().map(|module| {
        // One of the two is empty.
        format!("{}: {}{}", module.entry.module, module.reason, module.doubt)
    });
    let doubted = lacking.iter().filter(|module| !module.doubt.is_empty()).count();
    let message = match (lacking.len() - doubted, doubted) {
        (unproven, 0) => format!("nothing is at hand that go.sum proves for {}", modules(unproven)),
        (0, doubted) => {
            format!("nothing at hand tells which files of {} are copied", modules(doubted))
        }
        (unproven, doubted) => format!(
            "nothing is at hand that go.sum proves for {}, and nothing tells which files of {} are copied",
            modules(unproven),
            modules(doubted)
        ),
    };
    Finding::new("vendor-unverified", Level::Deny, message)
        .with_rows("modules", first_few(reasons, NAMED))
        .with_cause("so nothing was written: a lock records only what is proven")
        .with_help(fetching(lacking, bad))
}

fn modules(count: usize) -> String {
    if count == 1 { "1 module".to_owned() } else { format!("{count} modules") }
}

/// What brings the zips of modules. go leaves one alone that is there, whatever it is.
fn fetching(lacking: &[&ModuleEvidence<'_>], bad: &[BadEvidence]) -> String {
    let sources: Vec<&ModuleVersion> =
        lacking.iter().filter_map(|module| module.source()).collect();
    let is_of_these =
        |bad: &&BadEvidence| matches!(bad.what, Bad::Zip(_)) && sources.contains(&&bad.module);
    let mut zips: Vec<String> = bad
        .iter()
        .filter(is_of_these)
        .map(|bad| format!(" {}*", quote(bad.path.as_os_str())))
        .collect();
    zips.sort_unstable();
    zips.dedup();
    let names: String = sources.iter().map(|source| format!(" {source}")).collect();
    let which = if lacking.len() > NAMED { String::new() } else { names };
    let remove = match zips.len() {
        0 => String::new(),
        1..=NAMED => format!("`rm -f{}`, then ", zips.concat()),
        _ => "`go-offline check` names the zips to remove; then ".to_owned(),
    };
    let zips = if lacking.len() == 1 { "its zip" } else { "their zips" };
    format!("{remove}`go-offline --profile online mod download{which}` brings {zips}")
}

/// How what a file says of each module differs from what was made.
fn stale<T: PartialEq>(
    shown: &Path,
    says: &str,
    there: &BTreeMap<ModuleVersion, T>,
    made: &BTreeMap<ModuleVersion, T>,
) -> Vec<Finding> {
    let of_made = made.iter().filter_map(|(module, value)| match there.get(module) {
        Some(other) if other == value => None,
        Some(_) => Some((module, format!("{says} something else of {module}"))),
        None => Some((module, format!("does not have {module}"))),
    });
    let strange = there.keys().filter(|module| !made.contains_key(*module));
    let strange = strange.map(|module| (module, format!("has {module}, which is not vendored")));
    let finding =
        |(module, how): (&ModuleVersion, String)| lock_is_stale(shown, Some(module), &how);
    of_made.chain(strange).map(finding).collect()
}

impl Made {
    /// The number of files that `go mod vendor` copies of all modules.
    pub fn files(&self) -> usize {
        self.lock.entries.iter().map(|entry| entry.files).sum()
    }

    /// That the fingerprint is not the one expected.
    pub fn unexpected(&self, expected: &str) -> Option<Finding> {
        let fingerprint = self.lock.fingerprint();
        let message = format!("the fingerprint is {fingerprint}, not {expected}");
        (fingerprint != expected).then(|| {
            Finding::new(FINGERPRINT_MISMATCH.name, FINGERPRINT_MISMATCH.level, message)
                .with_place(Place::Path(self.shown(LOCK_FILE)))
                .with_cause("modules were added, removed, updated or replaced since it was taken, or this is another checkout")
                .with_help("review the change, and keep the new fingerprint where the old one is")
        })
    }

    /// How the lock and the lists that are there differ from what was made; nothing if they do not.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn differences(&self, with_lists: bool) -> Result<Vec<Finding>, Failure> {
        let mut findings = self.stale_lock().map_err(Failure::io)?;
        if with_lists || self.has_lists() {
            findings.extend(self.stale_lists());
        }
        Ok(findings)
    }

    fn stale_lock(&self) -> anyhow::Result<Vec<Finding>> {
        let shown = self.shown(LOCK_FILE);
        let whole = |how: String| vec![lock_is_stale(&shown, None, &how)];
        let Some((facts, there)) = read_lock(&self.root, &self.dir)? else {
            return Ok(whole(GONE.to_owned()));
        };
        if let Some(why) = facts.broken.first() {
            return Ok(whole(format!("is no lock: {why}")));
        }
        let by_module = |lock: &LockFile| -> BTreeMap<ModuleVersion, LockEntry> {
            lock.entries.iter().map(|entry| (entry.module.clone(), entry.clone())).collect()
        };
        Ok(stale(&shown, "records", &by_module(&there), &by_module(&self.lock)))
    }

    /// Lists are compared by what they say: their bytes depend on the compressor.
    fn stale_lists(&self) -> Vec<Finding> {
        let ListsBeside { path, read } = &self.lists_there;
        match read {
            None => vec![lock_is_stale(path, None, GONE)],
            Some(Err(why)) => vec![lock_is_stale(path, None, &format!("has no lists: {why}"))],
            Some(Ok(there)) => {
                let there = there.iter().map(|(module, list)| (module.clone(), &**list));
                let made = self.lists.iter().map(|(module, list)| (module.clone(), list));
                stale(path, "says", &there.collect(), &made.collect())
            }
        }
    }

    /// Whether there is a file of lists, which is kept up to date from then on.
    fn has_lists(&self) -> bool {
        self.lists_there.read.is_some()
    }

    /// Writes the lock, and the lists where they are wanted or there already, as far as what is there
    /// says something else: to compress lists takes seconds. The lists come first: a lock beside older
    /// lists would say that they are what it was made from. Returns what was written.
    ///
    /// # Errors
    /// A file that cannot be written; each is as it was or whole.
    pub fn write(&self, with_lists: bool) -> Result<Vec<PathBuf>, Failure> {
        let mut written = Vec::new();
        let wants_lists = with_lists || self.has_lists();
        if wants_lists && !self.stale_lists().is_empty() {
            let mut modules: Vec<ModuleVersion> = self.lists.keys().cloned().collect();
            go_version::mod_sort(&mut modules);
            let lists: Vec<&Listed> = modules.iter().map(|module| &self.lists[module]).collect();
            let bytes = write_lists(&lists, LEVEL_SMALL);
            write_over(&self.root.join(LISTS_FILE), &bytes).map_err(Failure::io)?;
            written.push(self.shown(LISTS_FILE));
        }
        let (path, text) = (self.root.join(LOCK_FILE), self.lock.render());
        let is_there = std::fs::read(&path).is_ok_and(|there| there == text.as_bytes());
        if !is_there {
            write_over(&path, text.as_bytes()).map_err(Failure::io)?;
            written.push(self.shown(LOCK_FILE));
        }
        Ok(written)
    }

    fn shown(&self, name: &str) -> PathBuf {
        short_path(&self.dir, &self.root.join(name))
    }
}
