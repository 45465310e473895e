//! Whether what lies in a bundle is what it says, by the hashes of go.sum and by the proofs of the
//! checksum database.
//!
//! That each file is the one that manifest.json names is not enough: whoever can change a zip can change
//! the manifest too. What he cannot do is sign a head of the checksum database.

use super::content::SMALL;
use super::create::{go_sum_digest, info_version, list};
use super::{FileEntry, LinkEntry, Manifest, ModuleEntry, Proof, Sink};
use crate::gomod::module_path::escape_path;
use crate::gomod::{ModuleVersion, go_mod_h1};
use crate::project::{ProxyTree, ZipError, read_module_zip_file};
use crate::sumdb::{Head, Key, Lookup, Tile, Tiles, lookup_name};
use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The most that is kept of the proofs, together. A module version needs some 9 KiB.
const MOST_KEPT: u64 = 256 << 20;

/// The largest zip, `MaxZipFile` of x/mod/zip, and the largest go.mod, `MaxGoMod`.
const LARGEST_ZIP: u64 = 500 << 20;
const LARGEST_GO_MOD: u64 = 16 << 20;

/// The largest of all others: a tile has 8 KiB, a record and a list of versions less than that mostly.
const LARGEST_OTHER: u64 = 1 << 20;

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
        let file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
        self.look(name, Content::File(file))
    }

    /// Gets to know which files belong to what.
    pub fn expect(&self, manifest: &Manifest) {
        self.expected.get_or_init(|| expected(manifest));
    }

    fn look(&self, name: &str, mut content: Content) -> anyhow::Result<()> {
        let Some(what) = self.expected.get().and_then(|expected| expected.get(name)) else {
            return Ok(());
        };
        match what {
            What::Zip(module) => {
                let h1 = content.zip_h1(name, module)?;
                self.seen().zips.insert(module.clone(), h1);
            }
            What::GoMod(module) => {
                let h1 = go_mod_h1(&whole(name, content.reader())?);
                self.seen().go_mods.insert(module.clone(), h1);
            }
            What::Info(module) => {
                let version = info_version(&whole(name, content.reader())?);
                let version = version.with_context(|| format!("reading {name}"))?;
                ensure!(version == module.version, "{name} speaks of version {version:?}");
                self.seen().infos.insert(module.clone());
            }
            What::Kept => {
                let bytes = whole(name, content.reader())?;
                self.seen().kept.insert(name.to_owned(), bytes);
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
        let unproven = modules().filter(|entry| entry.is_unproven());
        Ok(Proven {
            by_sumdb: modules().filter(|entry| entry.proof == Proof::Sumdb).count(),
            by_go_sum: 0,
            by_nothing: unproven.map(version_of).collect(),
            head: head.map(|head| (key.name().to_owned(), head.size())),
        })
    }
}

impl Sink for Judge {
    fn manifest(&self, manifest: &Manifest) -> io::Result<()> {
        self.expect(manifest);
        let expected = self.expected.get().expect("it has just been made");
        check_files(manifest, expected).map_err(|error| io::Error::other(format!("{error:#}")))
    }

    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()> {
        if self.expected.get().is_none_or(|expected| !expected.contains_key(&file.path)) {
            return Ok(());
        }
        let content = Content::Stream(content, file.size);
        self.look(&file.path, content).map_err(|error| as_io(&error))
    }

    fn link(&self, _: &LinkEntry) -> io::Result<()> {
        Ok(())
    }
}

/// Hands all on to another sink, once the manifest has passed: what is not to be there is not even written.
pub struct Ruled<'a> {
    /// Who looks at the manifest.
    pub judge: &'a Judge,
    /// Who gets all of it.
    pub sink: &'a dyn Sink,
}

impl Sink for Ruled<'_> {
    fn manifest(&self, manifest: &Manifest) -> io::Result<()> {
        self.judge.manifest(manifest)?;
        self.sink.manifest(manifest)
    }

    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()> {
        self.sink.file(file, content)
    }

    fn link(&self, link: &LinkEntry) -> io::Result<()> {
        self.sink.link(link)
    }
}

/// What can be said against the files before one of them is read.
fn check_files(manifest: &Manifest, expected: &HashMap<String, What>) -> anyhow::Result<()> {
    let mut kept = 0;
    for file in manifest.files.iter().filter(|file| !is_carried_along(&file.path)) {
        let what = expected.get(&file.path);
        let what =
            what.with_context(|| format!("{} belongs to no module of manifest.json", file.path))?;
        let most = match what {
            What::Zip(_) => LARGEST_ZIP,
            What::GoMod(_) => LARGEST_GO_MOD,
            What::Info(_) | What::Kept => LARGEST_OTHER,
        };
        ensure!(
            file.size <= most,
            "{} has {} bytes, where {most} are allowed",
            file.path,
            file.size
        );
        if matches!(what, What::Kept) {
            kept += file.size;
            ensure!(kept <= MOST_KEPT, "the proofs have more than {MOST_KEPT} bytes together");
        }
    }
    Ok(())
}

/// An error of the system stays one: then nothing is known of the bundle.
fn as_io(error: &anyhow::Error) -> io::Error {
    match system_error(error) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::other(format!("{error:#}")),
    }
}

/// What the system said, if it could not read or write.
pub(crate) fn system_error(error: &anyhow::Error) -> Option<i32> {
    error.chain().find_map(|cause| {
        let zip = cause.downcast_ref().and_then(ZipError::system_error);
        zip.or_else(|| cause.downcast_ref().and_then(io::Error::raw_os_error))
    })
}

/// Whether a file is the user's own matter: his project, or what he has put in besides.
fn is_carried_along(name: &str) -> bool {
    name.starts_with("source/") || name.starts_with("payload/")
}

/// What a file of the bundle holds: one on the disk, or as it comes, with its size.
enum Content<'a> {
    File(File),
    Stream(&'a mut dyn Read, u64),
}

impl Content<'_> {
    fn reader(&mut self) -> &mut dyn Read {
        match self {
            Content::File(file) => file,
            Content::Stream(stream, _) => stream,
        }
    }

    /// The hash of a module zip. It is read from its end: one that comes is kept in memory, or on the disk,
    /// without a name, if it is large.
    fn zip_h1(self, name: &str, module: &ModuleVersion) -> anyhow::Result<String> {
        let (path, nothing) = (Path::new(name), |_: &str, _: &[u8]| false);
        let zip = match self {
            Content::File(file) => read_module_zip_file(file, path, module, &nothing),
            Content::Stream(stream, size) if size <= SMALL => {
                let mut bytes = Vec::with_capacity(usize::try_from(size)? + 1);
                stream.take(size).read_to_end(&mut bytes)?;
                read_module_zip_file(Cursor::new(bytes), path, module, &nothing)
            }
            Content::Stream(stream, _) => {
                let mut spool = tempfile::tempfile()?;
                io::copy(stream, &mut spool)?;
                read_module_zip_file(spool, path, module, &nothing)
            }
        };
        Ok(zip?.files.h1())
    }
}

fn whole(name: &str, content: &mut dyn Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Of a file that lies on the disk the size may have changed.
    let mut content = content.take(LARGEST_GO_MOD);
    content.read_to_end(&mut bytes).with_context(|| format!("reading {name}"))?;
    Ok(bytes)
}

fn version_of(entry: &ModuleEntry) -> ModuleVersion {
    ModuleVersion::new(&entry.path, &entry.version)
}

/// Every file of the tree that may be there, by what the manifest says of modules and database.
fn expected(manifest: &Manifest) -> HashMap<String, What> {
    let mut expected = HashMap::new();
    for entry in manifest.versions() {
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
    for entry in manifest.versions() {
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
    for entry in manifest.versions() {
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
    let entries = || manifest.versions();
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
        "the proofs are of the checksum database {}, and the key at hand is that of {}: --sumdb-key NAME+KEY names another, and for a build GOSUMDB in the user's own settings",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::samples::{Kept, file};
    use crate::bundle::{Proof, SumDb};

    fn manifest(files: &[(&str, u64)]) -> Manifest {
        let mut manifest = Manifest::new(String::new());
        let entry = |path: &str| ModuleEntry {
            path: path.to_owned(),
            version: "v1.0.0".to_owned(),
            zip: Some("h1:".to_owned()),
            go_mod: Some("h1:".to_owned()),
            proof: Proof::None,
        };
        manifest.modules = vec![entry("a.b/c")];
        let (name, root) = ("sum.x".to_owned(), String::new());
        manifest.sumdb = Some(SumDb { name, size: 1, root });
        manifest.files =
            files.iter().map(|(path, size)| FileEntry { size: *size, ..file(path, b"") }).collect();
        manifest
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_read() {
        let said = |files: &[(&str, u64)]| {
            let (judge, kept) = (Judge::default(), Kept::default());
            let ruled = Ruled { judge: &judge, sink: &kept };
            ruled
                .manifest(&manifest(files))
                .map_or_else(|error| error.to_string(), |()| "sound".into())
        };
        for (path, most) in [
            ("a.b/c/@v/v1.0.0.zip", 500 << 20),
            ("a.b/c/@v/v1.0.0.mod", 16 << 20),
            ("a.b/c/@v/v1.0.0.info", 1 << 20),
            ("a.b/c/@v/list", 1 << 20),
            ("sumdb/sum.x/lookup/a.b/c@v1.0.0", 1 << 20),
            ("sumdb/sum.x/tile/8/0/000", 1 << 20),
            ("payload/x", 8 << 30),
        ] {
            assert_eq!(said(&[(path, most)]), "sound", "{path}");
            if !is_carried_along(path) {
                let words = format!("{path} has {} bytes, where {most} are allowed", most + 1);
                assert_eq!(said(&[(path, most + 1)]), words);
            }
        }
        let tiles: Vec<String> =
            (0..257).map(|at| format!("sumdb/sum.x/tile/8/0/{at:03}")).collect();
        let tiles: Vec<(&str, u64)> = tiles.iter().map(|name| (name.as_str(), 1 << 20)).collect();
        assert_eq!(said(&tiles[..256]), "sound");
        assert!(said(&tiles).contains("the proofs have more than"));
        for path in ["zz", "a.b/c/@v/v1.0.1.mod", "sumdb/sum.y/supported", "source"] {
            let words = format!("{path} belongs to no module of manifest.json");
            assert_eq!(said(&[(path, 1)]), words);
        }
    }

    #[test]
    fn what_the_system_says_is_no_word_against_the_bundle() {
        let full = io::Error::from_raw_os_error(28);
        let error = anyhow::Error::new(full).context("writing x");
        assert_eq!(as_io(&error).raw_os_error(), Some(28));
        let fault = crate::project::ZipFault::Io(io::Error::from_raw_os_error(5));
        let zip = ZipError { zip: "a.zip".into(), entry: None, fault };
        assert_eq!(as_io(&anyhow::Error::new(zip).context("reading x")).raw_os_error(), Some(5));
        let other = as_io(&anyhow::anyhow!("no hash").context("reading x"));
        assert_eq!(
            (other.raw_os_error(), other.to_string().as_str()),
            (None, "reading x: no hash")
        );
    }
}
