//! Whether what lies in a bundle is what it says, by the hashes of go.sum and by the proofs of the
//! checksum database.
//!
//! That each file is the one that manifest.json names is not enough: whoever can change a zip can change
//! the manifest too. What he cannot do is sign a head of the checksum database.

use super::create::{go_sum_digest, info_version, list};
use super::{FileEntry, LinkEntry, Manifest, ModuleEntry, Proof, Sink};
use crate::gomod::module_path::escape_path;
use crate::gomod::{ModuleVersion, go_mod_h1};
use crate::project::{ProxyTree, read_module_zip_file};
use crate::sumdb::{Head, Key, Lookup, Tile, Tiles, lookup_name};
use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The most that is kept of files that are judged as a whole, together.
const MOST_KEPT: usize = 512 << 20;

/// The largest of them: a go.mod, x/mod/zip `MaxGoMod`.
const LARGEST_KEPT: u64 = 16 << 20;

/// Looks at the files of a bundle as they are read.
#[derive(Default)]
pub struct Judge {
    expected: OnceLock<HashMap<String, What>>,
    seen: Mutex<Seen>,
}

/// What a file of the tree has to be.
enum What {
    Zip(ModuleVersion),
    GoMod(ModuleVersion),
    Info(ModuleVersion),
    Kept,
}

/// What was seen.
#[derive(Default)]
struct Seen {
    zips: HashMap<ModuleVersion, String>,
    go_mods: HashMap<ModuleVersion, String>,
    infos: HashSet<ModuleVersion>,
    kept: BTreeMap<String, Vec<u8>>,
    bytes_kept: usize,
}

/// What a bundle is proven to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// How many module versions the checksum database proves.
    pub by_sumdb: usize,
    /// How many of the others a go.sum proves that is no part of the bundle.
    pub by_go_sum: usize,
    /// Those of which nothing but the bundle itself speaks, toolchains first.
    pub by_nothing: Vec<ModuleVersion>,
    /// The head of the checksum database, and by how many records it is.
    pub head: Option<(String, u64)>,
}

impl Judge {
    /// Looks at a file that lies on the disk.
    ///
    /// # Errors
    /// It is not what belongs there, or cannot be read.
    pub fn take(&self, name: &str, path: &Path) -> anyhow::Result<()> {
        let mut file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
        self.look(name, &mut file)
    }

    /// Gets to know which files belong to what.
    pub fn expect(&self, manifest: &Manifest) {
        self.expected.get_or_init(|| expected(manifest));
    }

    fn look(&self, name: &str, file: &mut File) -> anyhow::Result<()> {
        let Some(what) = self.expected.get().and_then(|expected| expected.get(name)) else {
            return Ok(());
        };
        match what {
            What::Zip(module) => {
                let file = file.try_clone().with_context(|| format!("reading {name}"))?;
                let zip = read_module_zip_file(file, Path::new(name), module, &|_, _| false)?;
                self.seen().zips.insert(module.clone(), zip.files.h1());
            }
            What::GoMod(module) => {
                let h1 = go_mod_h1(&whole(name, file)?);
                self.seen().go_mods.insert(module.clone(), h1);
            }
            What::Info(module) => {
                let version = info_version(&whole(name, file)?);
                let version = version.with_context(|| format!("reading {name}"))?;
                ensure!(version == module.version, "{name} speaks of version {version:?}");
                self.seen().infos.insert(module.clone());
            }
            What::Kept => {
                let bytes = whole(name, file)?;
                let mut seen = self.seen();
                seen.bytes_kept += bytes.len();
                ensure!(
                    seen.bytes_kept <= MOST_KEPT,
                    "{name}: the proofs are more than anybody needs"
                );
                seen.kept.insert(name.to_owned(), bytes);
            }
        }
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges, when all files have been looked at. `key` is the checksum database's.
    ///
    /// # Errors
    /// A hash is not the one of go.sum, a proof is missing or none, or a file belongs to nothing.
    pub fn finish(self, manifest: &Manifest, key: &Key) -> anyhow::Result<Proven> {
        let seen = self.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        check_hashes(manifest, &seen)?;
        check_lists(manifest, &seen)?;
        ensure!(
            manifest.go_sum == go_sum_digest(&manifest.modules),
            "manifest.json names another go.sum than the one of its modules"
        );
        let head = check_proofs(manifest, &seen, key)?;
        let modules = || manifest.toolchains.iter().chain(&manifest.modules);
        let unproven = modules().filter(|entry| entry.proof != Proof::Sumdb);
        Ok(Proven {
            by_sumdb: modules().filter(|entry| entry.proof == Proof::Sumdb).count(),
            by_go_sum: 0,
            by_nothing: unproven.map(version_of).collect(),
            head: head.map(|head| (key.name().to_owned(), head.size())),
        })
    }
}

/// A bundle that is an archive: a zip is read from its end, so it goes to the disk first, without a name.
impl Sink for Judge {
    fn manifest(&self, manifest: &Manifest) -> io::Result<()> {
        self.expect(manifest);
        let expected = self.expected.get().expect("it has just been made");
        let stray = manifest
            .files
            .iter()
            .find(|file| !is_carried_along(&file.path) && !expected.contains_key(&file.path));
        match stray {
            Some(file) => Err(io::Error::other(format!(
                "{} belongs to no module of manifest.json",
                file.path
            ))),
            None => Ok(()),
        }
    }

    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()> {
        if self.expected.get().is_none_or(|expected| !expected.contains_key(&file.path)) {
            return Ok(());
        }
        let mut spool = tempfile::tempfile()?;
        io::copy(content, &mut spool)?;
        spool.rewind()?;
        self.look(&file.path, &mut spool).map_err(|error| io::Error::other(format!("{error:#}")))
    }

    fn link(&self, _: &LinkEntry) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a file is the user's own matter: his project, or what he has put in besides.
fn is_carried_along(name: &str) -> bool {
    name.starts_with("source/") || name.starts_with("payload/")
}

fn whole(name: &str, file: &mut File) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST_KEPT + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("reading {name}"))?;
    ensure!(bytes.len() as u64 <= LARGEST_KEPT, "{name} has more than {LARGEST_KEPT} bytes");
    Ok(bytes)
}

fn version_of(entry: &ModuleEntry) -> ModuleVersion {
    ModuleVersion::new(&entry.path, &entry.version)
}

/// Every file of the tree that may be there, by what the manifest says of modules and database.
fn expected(manifest: &Manifest) -> HashMap<String, What> {
    let mut expected = HashMap::new();
    for entry in manifest.modules.iter().chain(&manifest.toolchains) {
        let module = version_of(entry);
        let mut add = |kind: &str, what: fn(ModuleVersion) -> What| {
            if let Some(name) = ProxyTree::name(&module, kind) {
                expected.insert(name, what(module.clone()));
            }
        };
        add("info", What::Info);
        if entry.zip.is_some() {
            add("zip", What::Zip);
        }
        if entry.go_mod.is_some() {
            add("mod", What::GoMod);
        }
        if let Ok(path) = escape_path(&entry.path) {
            expected.insert(format!("{path}/@v/list"), What::Kept);
        }
    }
    if let Some(sumdb) = &manifest.sumdb {
        let dir = format!("sumdb/{}/", sumdb.name);
        let files =
            manifest.files.iter().filter_map(|file| Some((file, file.path.strip_prefix(&dir)?)));
        for (file, name) in files {
            if name == "supported" || name.starts_with("lookup/") || Tile::parse(name).is_ok() {
                expected.insert(file.path.clone(), What::Kept);
            }
        }
    }
    expected
}

fn check_hashes(manifest: &Manifest, seen: &Seen) -> anyhow::Result<()> {
    for entry in manifest.modules.iter().chain(&manifest.toolchains) {
        let module = version_of(entry);
        if !seen.infos.contains(&module) {
            bail!("{} is missing", ProxyTree::name(&module, "info").unwrap_or_default());
        }
        let kinds = [("zip", &entry.zip, &seen.zips), ("mod", &entry.go_mod, &seen.go_mods)];
        for (kind, said, seen) in kinds {
            let name = || ProxyTree::name(&module, kind).unwrap_or_default();
            match (said, seen.get(&module)) {
                (None, _) => {}
                (Some(_), None) => bail!("{} is missing, and manifest.json has its hash", name()),
                (Some(said), Some(seen)) if said == seen => {}
                (Some(said), Some(seen)) => {
                    bail!("{} has the hash {seen}, where go.sum has {said}", name())
                }
            }
        }
    }
    Ok(())
}

fn check_lists(manifest: &Manifest, seen: &Seen) -> anyhow::Result<()> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for entry in manifest.modules.iter().chain(&manifest.toolchains) {
        let of_path = versions.entry(&entry.path).or_default();
        of_path.extend(entry.zip.iter().map(|_| entry.version.as_str()));
    }
    for (path, versions) in versions {
        let name = format!("{}/@v/list", escape_path(path)?);
        let found = seen.kept.get(&name).with_context(|| format!("{name} is missing"))?;
        ensure!(*found == list(versions).into_bytes(), "{name} does not list what the bundle has");
    }
    Ok(())
}

/// Proves every module whose proof is said to be a record of the checksum database.
fn check_proofs(manifest: &Manifest, seen: &Seen, key: &Key) -> anyhow::Result<Option<Head>> {
    let entries = || manifest.modules.iter().chain(&manifest.toolchains);
    let Some(sumdb) = &manifest.sumdb else {
        let claimed = entries().find(|entry| entry.proof == Proof::Sumdb);
        return match claimed {
            Some(entry) => {
                bail!("{} is said to be proven, and there is no proof", version_of(entry))
            }
            None => Ok(None),
        };
    };
    ensure!(
        sumdb.name == key.name(),
        "the proofs are of the checksum database {}, and the key at hand is that of {}: give it with --sumdb-key NAME+KEY",
        sumdb.name,
        key.name()
    );
    let dir = format!("sumdb/{}", sumdb.name);
    ensure!(seen.kept.contains_key(&format!("{dir}/supported")), "{dir}/supported is missing");
    let mut needed: BTreeSet<String> = BTreeSet::from([format!("{dir}/supported")]);
    let mut head: Option<Head> = None;
    let mut proof: Option<Tiles> = None;
    for entry in entries().filter(|entry| entry.proof == Proof::Sumdb) {
        let module = version_of(entry);
        let name =
            lookup_name(&module).with_context(|| format!("{module} has no record anywhere"))?;
        let name = format!("{dir}/{name}");
        let bytes = seen.kept.get(&name).with_context(|| format!("{name} is missing"))?;
        let record = Lookup::open(bytes, key).with_context(|| format!("reading {name}"))?;
        let known = head.get_or_insert_with(|| record.head().clone());
        ensure!(
            known.note() == record.head().note(),
            "{name} has another head than the records before it"
        );
        ensure!(
            known.size() == sumdb.size && STANDARD.encode(known.root()) == sumdb.root,
            "{name} has another head than manifest.json says"
        );
        let tiles = proof.get_or_insert_with(|| Tiles::new(known));
        let mut read = |tile: &Tile| -> anyhow::Result<Vec<u8>> {
            let tile = format!("{dir}/{}", tile.name());
            let bytes = seen.kept.get(&tile).with_context(|| format!("{tile} is missing"))?;
            needed.insert(tile);
            Ok(bytes.clone())
        };
        tiles.check_lookup(&record, &mut read).with_context(|| format!("proving {name}"))?;
        check_record(entry, &record, &module).with_context(|| format!("reading {name}"))?;
        needed.insert(name);
    }
    let stray = seen.kept.keys().find(|name| name.starts_with(&dir) && !needed.contains(*name));
    if let Some(stray) = stray {
        bail!("{stray} proves nothing that is in the bundle");
    }
    Ok(head)
}

fn check_record(
    entry: &ModuleEntry,
    record: &Lookup,
    module: &ModuleVersion,
) -> anyhow::Result<()> {
    let has = record.hashes(module);
    for (said, has) in [(&entry.zip, has.zip), (&entry.go_mod, has.go_mod)] {
        let Some(said) = said else { continue };
        ensure!(
            has == Some(said),
            "the checksum database has {} for {module}, and the bundle {said}",
            has.unwrap_or("nothing")
        );
    }
    Ok(())
}
