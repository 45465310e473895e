//! Reads the lists and runs the rules.

use super::Failure;
use super::bytes;
use super::facts::{carries, policies};
use super::git_causes::git_causes;
use super::modcache;
use super::remember::Remember;
use super::scene::Scene;
use super::stat_cache::{StatCache, Verdict};
use crate::check::{
    Bytes, CommandFacts, Evidence, Facts, GitCauses, Levels, VerifiedModule, check,
};
use crate::gomod::ModulesTxt;
use crate::profile::Verify;
use crate::project::{List, Project, Snapshot, SumFile, Tree, Vendor, h1_hashes};
use crate::report::{Finding, JsonModule, Level};

/// What the checks say.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Everything found, in file order.
    pub findings: Vec<Finding>,
    /// How deep was asked for.
    pub verify: Verify,
    /// The number of vendored modules with packages whose lists were checked; `None` where there
    /// was no list to check, as in a project that does not build from vendor/.
    pub vendored: Option<usize>,
    /// Whether any go.mod of the project requires a module.
    pub requires_modules: bool,
    /// What came of holding bytes against go.sum; `None` where that was not done.
    pub bytes: Option<Bytes>,
    /// How everything looked whose bytes were verified.
    pub(super) snapshots: Vec<Snapshot>,
    sums: Vec<SumFile>,
}

impl Checked {
    /// Whether a finding of level deny is among them.
    pub fn is_denied(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Deny)
    }

    /// Whether the modules of the build were not checked as deeply as was asked: when bytes were asked
    /// for, that of no module any could be proven. `strict` wants every module and every file proven,
    /// and takes lists that do not exist for lists that were not checked.
    pub fn is_incomplete(&self, strict: bool) -> bool {
        match (self.verify, &self.bytes) {
            (Verify::Off, _) => false,
            (Verify::Lists, _) => strict && self.vendored.is_none() && self.requires_modules,
            (Verify::Bytes, Some(bytes)) => {
                bytes.is_unproven(self.requires_modules) || strict && !bytes.is_fully_proven()
            }
            (Verify::Bytes, None) => self.requires_modules,
        }
    }

    /// Whether nothing that the project requires is in the module cache, so that nothing is built from
    /// there: a profile that fetches modules lets go check each of them as it comes.
    pub fn has_nothing_cached(&self) -> bool {
        self.bytes.as_ref().is_some_and(|bytes| bytes.is_of_cache && bytes.modules.is_empty())
    }

    /// The vendored modules with packages, in the order of modules.txt.
    pub fn modules(&self, scene: &Scene) -> Vec<JsonModule> {
        if let Some(bytes) = &self.bytes {
            return bytes.modules.iter().map(verified).collect();
        }
        let list = scene.vendor.as_ref().and_then(|vendor| vendor.list.as_ref());
        let list = list.filter(|_| self.vendored.is_some());
        list.map(|list| modules(list.value(), &self.sums)).unwrap_or_default()
    }
}

/// How a project is to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Depth<'a> {
    /// How deep.
    pub verify: Verify,
    /// Whether what was checked before counts.
    pub remember: Remember,
    /// The go version to judge by where a rule depends on the go that runs.
    pub go_version: Option<&'a str>,
}

/// Reads what is still unread of a project and runs every rule.
///
/// # Errors
/// A file or directory that exists and cannot be read.
pub fn check_project(
    scene: &Scene,
    depth: Depth<'_>,
    command: CommandFacts,
    levels: &Levels,
) -> Result<Checked, Failure> {
    let project = scene.project.as_ref();
    let read = read(scene, depth)?;
    let git = match (project, &read.bytes) {
        (Some(project), Some(bytes)) => git_causes(project, bytes),
        _ => GitCauses::default(),
    };
    let module_cache = scene.module_cache();
    let (policies, carries) = (policies(scene), carries(scene));
    let today = time::OffsetDateTime::now_utc().date().to_string();
    let facts = Facts {
        project,
        vendor: scene.vendor.as_ref(),
        own_vendor: scene.own_vendor.as_ref(),
        sums: &read.sums,
        tree: read.tree.as_ref(),
        verify: depth.verify,
        uses_vendor: scene.uses_vendor(),
        go_version: depth.go_version,
        module_cache: module_cache.as_deref(),
        command,
        bytes: read.bytes.as_ref(),
        git: &git,
        carries: &carries,
        today: &today,
        policies: &policies,
    };
    let findings = check(&facts, levels);
    let vendored = list(scene, depth.verify).map(|list| list.value().providers().count());
    let requires_modules = project.is_some_and(Project::requires_modules);
    let Read { sums, bytes, snapshots, .. } = read;
    Ok(Checked {
        findings,
        verify: depth.verify,
        vendored,
        requires_modules,
        bytes,
        snapshots,
        sums,
    })
}

/// What was read of a project.
#[derive(Default)]
struct Read {
    sums: Vec<SumFile>,
    tree: Option<Tree>,
    bytes: Option<Bytes>,
    snapshots: Vec<Snapshot>,
}

fn read(scene: &Scene, depth: Depth<'_>) -> Result<Read, Failure> {
    let Some(project) = scene.project.as_ref().filter(|_| depth.verify != Verify::Off) else {
        return Ok(Read::default());
    };
    // A go.mod that says nothing about the go version says nothing of what is copied either.
    let wants_bytes = depth.verify == Verify::Bytes && project.is_readable();
    match list(scene, depth.verify) {
        Some(list) if wants_bytes => {
            let cache = depth.remember.cache(scene, "bytes");
            let verified =
                bytes::verify(scene, project, list, cache.as_ref()).map_err(Failure::io)?;
            Ok(Read {
                sums: verified.sums,
                tree: Some(verified.tree),
                bytes: Some(verified.bytes),
                snapshots: verified.snapshots,
            })
        }
        Some(list) => {
            let sums = project.read_sums().map_err(Failure::io)?;
            let cache = depth.remember.cache(scene, "lists");
            let tree = tree(project, list, &sums, cache.as_ref()).map_err(Failure::io)?;
            Ok(Read { sums, tree: Some(tree), ..Read::default() })
        }
        None => {
            let sums = project.read_sums().map_err(Failure::io)?;
            let tree = unlisted_tree(scene, project).map_err(Failure::io)?;
            let read = Read { sums, tree, ..Read::default() };
            if !wants_bytes || scene.uses_vendor() {
                return Ok(read);
            }
            let cache = depth.remember.cache(scene, "modcache");
            let verified = modcache::verify(scene, project, &read.sums, cache.as_ref())?;
            Ok(Read { bytes: Some(verified.bytes), snapshots: verified.snapshots, ..read })
        }
    }
}

/// The directories of vendor/ against the list: as remembered, if none has changed since.
fn tree(
    project: &Project,
    list: &List,
    sums: &[SumFile],
    cache: Option<&StatCache>,
) -> anyhow::Result<Tree> {
    let remembered = cache.map(|cache| (cache, cache.key(project, Some(list), sums, &[])));
    let read = || {
        let (tree, snapshot) = project.read_tree(list, cache.is_some())?;
        let snapshots = snapshot.into_iter().collect();
        Ok::<_, anyhow::Error>(Verdict { bytes: Bytes::default(), tree, snapshots })
    };
    StatCache::remembered(remembered, read).map(|verdict| verdict.tree)
}

/// modules.txt, where the command builds from vendor/ and it is to be checked.
fn list(scene: &Scene, verify: Verify) -> Option<&List> {
    let list = scene.vendor.as_ref()?.list.as_ref()?;
    (scene.uses_vendor() && verify != Verify::Off).then_some(list)
}

/// vendor/ without a modules.txt. Before go 1.23 go compiles what lies there if go.mod requires
/// nothing, and nothing says that it should: every package is unlisted.
fn unlisted_tree(scene: &Scene, project: &Project) -> anyhow::Result<Option<Tree>> {
    let is_bare = |vendor: &Vendor| vendor.exists && vendor.list.is_none();
    if project.requires_modules()
        || !scene.uses_vendor()
        || !scene.vendor.as_ref().is_some_and(is_bare)
    {
        return Ok(None);
    }
    project.walk_vendor(&ModulesTxt::default()).map(Some)
}

fn modules(list: &ModulesTxt, sums: &[SumFile]) -> Vec<JsonModule> {
    let hashes = h1_hashes(sums, false);
    list.providers()
        .map(|entry| {
            let summed = entry.replacement.as_ref().unwrap_or(&entry.module);
            let first = hashes.get(summed).and_then(|hashes| hashes.first());
            JsonModule {
                path: entry.module.path.clone(),
                version: entry.module.version.clone(),
                replace: entry.replacement.as_ref().map(ToString::to_string),
                h1: first.map(|hash| (*hash).to_owned()),
                evidence: "none",
                files: None,
            }
        })
        .collect()
}

fn verified(module: &VerifiedModule) -> JsonModule {
    JsonModule {
        path: module.module.path.clone(),
        version: module.module.version.clone(),
        replace: module.replacement.as_ref().map(ToString::to_string),
        h1: module.h1.clone(),
        evidence: module.evidence.word(),
        files: (module.evidence != Evidence::None)
            .then_some(u64::try_from(module.files).unwrap_or_default()),
    }
}
