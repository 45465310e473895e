//! Holds the module cache against go.sum, where a build takes modules from there.
//!
//! go checks a module when it downloads it. From then on it trusts the extracted directory, which every
//! program of the user may have written to; and a zip that is not extracted yet by the .ziphash beside
//! it. So for each module version that go.sum has a hash of the one that go would build from is looked
//! at: the directory, else the zip. go builds nothing that has no such line, so that no go.mod in the
//! cache, which may be forged as well, has a say in what is looked at. What a bundle holds and the cache
//! does not is looked at in the bundle, from where go will take it.

use super::Failure;
use super::evidence::Places;
use super::scene::Scene;
use super::stat_cache::{StatCache, Verdict};
use crate::check::{Bad, BadEvidence, Bytes, VerifiedModule};
use crate::gomod::ModuleVersion;
use crate::project::{
    Content, ModuleCache, Project, ProxyTree, Snapshot, SumFile, Tree, Which, in_parallel,
};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What came of it.
pub(super) struct Verified {
    pub(super) bytes: Bytes,
    pub(super) snapshots: Vec<Snapshot>,
}

/// Verifies the modules of go.sum that are in the module cache.
pub(super) fn verify(
    scene: &Scene,
    project: &Project,
    sums: &[SumFile],
    cache: Option<&StatCache>,
) -> Result<Verified, Failure> {
    // Without HOME and GOMODCACHE there is none, and go refuses to work.
    let Some(dir) = scene.module_cache() else {
        let bytes = Bytes { is_of_cache: true, ..Bytes::default() };
        return Ok(Verified { bytes, snapshots: Vec::new() });
    };
    let sources = [dir.as_os_str().as_bytes(), scene.profile.proxy.as_bytes()];
    let remembered = cache.map(|cache| (cache, cache.key(project, None, sums, &sources)));
    let verdict = StatCache::remembered(remembered, || read(scene, sums, dir.clone()))?;
    Ok(Verified { bytes: verdict.bytes, snapshots: verdict.snapshots })
}

fn read(scene: &Scene, sums: &[SumFile], dir: PathBuf) -> Result<Verdict, Failure> {
    let (places, bad) = Places::new(scene, sums).map_err(Failure::io)?;
    let mut modules: Vec<&ModuleVersion> = places.summed().collect();
    modules.sort_unstable();
    let module_cache = ModuleCache { dir };
    let bundle = scene.profile.bundle_tree().map(|tree| ProxyTree { dir: tree.dir.clone() });
    let look = |module: &&ModuleVersion| look(&places, &module_cache, bundle.as_ref(), module);
    let looked = in_parallel(&modules, look);
    let mut bytes = Bytes { is_of_cache: true, bad, ..Bytes::default() };
    let mut snapshots = Vec::new();
    for looked in looked {
        let Looked { one, snapshot } = looked.map_err(Failure::io)?;
        snapshots.push(snapshot);
        if let Some((module, bad)) = one {
            bytes.modules.push(module);
            bytes.bad.extend(bad);
        } else {
            bytes.absent += 1;
        }
    }
    Ok(Verdict { bytes, tree: Tree::default(), snapshots })
}

/// What came of looking at one module.
struct Looked {
    /// The module with what contradicts go.sum; `None` if it is not in the cache, so that nothing is
    /// built from there.
    one: Option<(VerifiedModule, Vec<BadEvidence>)>,
    /// How all that looked, what is not there among it.
    snapshot: Snapshot,
}

/// Checks what go would build a module from.
fn look(
    places: &Places<'_>,
    cache: &ModuleCache,
    bundle: Option<&ProxyTree>,
    source: &ModuleVersion,
) -> anyhow::Result<Looked> {
    let mut snapshot = Snapshot::new(&cache.dir);
    let (Some(extracted), Some(zip)) = (cache.extracted(source), cache.zip(source)) else {
        return Ok(Looked { one: None, snapshot });
    };
    let bundled = bundle.and_then(|tree| tree.zip(source));
    for path in [&extracted, &zip].into_iter().chain(&bundled) {
        snapshot.look(path.strip_prefix(&cache.dir).unwrap_or(path));
    }
    let mut bad = Vec::new();
    let (is_extracted, is_zipped) = (extracted.is_dir(), zip.is_file());
    let found = match (is_extracted, is_zipped) {
        (true, _) => places.find(source, None, &mut bad),
        (false, true) => places.find_zip(source, zip, &mut bad),
        (false, false) => match bundled.filter(|zip| zip.is_file()) {
            Some(zip) => places.find_zip(source, zip, &mut bad),
            None => return Ok(Looked { one: None, snapshot }),
        },
    };
    let mut verified = VerifiedModule {
        module: source.clone(),
        replacement: None,
        h1: places.sums(source).first().map(|sum| (*sum).to_owned()),
        evidence: found.evidence,
        files: found.listed.as_ref().map_or(0, |listed| listed.files.len()),
        unknown: 0,
        reason: found.reason,
        doubt: String::new(),
    };
    if let (Some(listed), true) = (found.listed, is_extracted) {
        let content = Content::<()>::read(&extracted, &Which::All, &|_, _| None)?;
        let differences = content.differences(&listed.files);
        snapshot = Snapshot::of(&content);
        verified.files = verified.files.saturating_sub(differences.len());
        if !differences.is_empty() {
            let what = Bad::Extracted(differences);
            bad.push(BadEvidence { module: source.clone(), what, path: extracted });
        }
    }
    Ok(Looked { one: Some((verified, bad)), snapshot })
}
