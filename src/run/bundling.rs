//! `bundle create`: from a project to one archive or directory.

use super::Failure;
use super::fetching::Fetching;
use super::interrupt::go_on;
use super::proving::{Ask, Judged, Proving, head_choice, judge, refused};
use super::sources::{own_files, root_of, tracked};
use super::times::times;
use super::toolchains::toolchains;
use super::write_over::{begin, end};
use crate::bundle::create::{
    Chosen, Items, add_database, add_modules, add_payload, add_source, go_sum_digest,
};
use crate::bundle::{
    FileEntry, Manifest, ManifestError, Proof, SOURCE, Source, archive, directory, try_unpack,
};
use crate::fetch::{Entry, Fetched, Progress, Proven};
use crate::gomod::ModuleVersion;
use crate::gomod::hex;
use crate::project::clean_path;
use crate::report::Exit;
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What goes into a bundle besides what go.sum names, and where it is written.
#[derive(Debug, Clone, Default)]
pub struct BundleRequest {
    /// The archive, `….tar.zst`, or a directory.
    pub output: PathBuf,
    /// Nothing is fetched that the module cache lacks.
    pub no_fetch: bool,
    /// Toolchains: `None` for none.
    pub toolchains: Option<Vec<String>>,
    /// The project.
    pub with_source: bool,
    /// Other files and directories.
    pub include: Vec<PathBuf>,
    /// What of them and of the project is left out.
    pub exclude: Vec<String>,
    /// A signed tree head to prove everything by.
    pub head: Option<PathBuf>,
    /// The newest head is asked for.
    pub refresh_head: bool,
    /// The bundle has no part of the checksum database.
    pub no_sumdb: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Bundled {
    /// How the module cache was filled. If something is missing, nothing was written.
    pub fetched: Fetched,
    /// What the checksum database says. If it contradicts go.sum, nothing was written.
    pub judged: Judged,
    /// What was written.
    pub written: Option<Written>,
    /// What the user should know of it.
    pub notes: Vec<String>,
}

/// A bundle that was written.
#[derive(Debug)]
pub struct Written {
    /// What lies in it.
    pub manifest: Manifest,
    /// The bytes of the archive, and its SHA-256; `None` for a directory.
    pub archive: Option<(u64, String)>,
}

/// How far it is.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// The module cache is looked at or filled.
    Fetch(Progress<'a>),
    /// So many of so many modules have been looked up in the checksum database.
    Prove(usize, usize),
    /// All is hashed.
    Hash,
    /// All is written.
    Write,
}

/// Makes a bundle.
///
/// # Errors
/// What is asked for means nothing, or something cannot be read, fetched, proven or written; nothing
/// is left at the output then.
pub fn create_bundle(
    fetching: &Fetching,
    request: &BundleRequest,
    tell: &(dyn Fn(Step<'_>) + Sync),
) -> Result<Bundled, Failure> {
    let output = try_place(&fetching.scene.surroundings.dir.join(&request.output))?;
    let toolchains = toolchains(&fetching.scene, request.toolchains.as_deref());
    let toolchains = toolchains.map_err(Failure::config)?;
    let fetched = fetch(fetching, request.no_fetch, &toolchains, tell)?;
    let mut bundled =
        Bundled { fetched, judged: Judged::default(), written: None, notes: Vec::new() };
    if !bundled.fetched.entries.iter().all(Entry::is_whole) {
        return Ok(bundled);
    }
    let looking = |progress: Progress<'_>| tell(Step::Fetch(progress));
    let times = times(fetching, request.no_fetch, &looking)?;
    bundled.notes.extend(times.note);
    bundled.fetched.repaired.extend(times.repaired);
    let ask = if request.no_fetch || request.no_sumdb { Ask::Nobody } else { Ask::Anybody };
    let proving = Proving::by_settings(fetching, ask)?;
    let proven = prove(fetching, &proving, request, &toolchains, tell)?;
    if let Some(proven) = &proven {
        bundled.judged = judge(&fetching.scene, &fetching.sums, &proving, proven);
        bundled.notes.extend(proven.notes.iter().cloned());
        if bundled.judged.contradicted > 0 {
            return Ok(bundled);
        }
        check_records(&bundled.fetched, &toolchains, proven)?;
    }
    tell(Step::Hash);
    let mut items = Items::default();
    let entries = bundled.fetched.entries.iter().chain(&times.entries);
    let manifest = collect(entries, &proving, proven, &toolchains, &mut items)?;
    let manifest = add_rest(fetching, request, &output, manifest, &mut items, &mut bundled.notes)?;
    tell(Step::Write);
    bundled.written = Some(write(&output, manifest, &items)?);
    Ok(bundled)
}

/// The place of the output, by a name that no link is on the way to: the bundle knows itself by it when it
/// carries the project. That it can be written is found out before anything is fetched.
fn try_place(output: &Path) -> Result<PathBuf, Failure> {
    let shown = output.display();
    if looks_like_archive(output) && !is_archive(output) {
        let why = anyhow::anyhow!(
            "{shown} would be a directory, with the name of an archive: an archive has a name that ends with .tar.zst"
        );
        return Err(Failure { exit: Exit::Usage, error: why });
    }
    let tried = || -> anyhow::Result<PathBuf> {
        let name = output.file_name().context("it is no name of a file or directory")?;
        let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new(".")).canonicalize();
        let output = parent.context("its directory")?.join(name);
        match is_archive(&output) {
            true => drop(begin(&output)?),
            false => try_unpack(&output)?,
        }
        Ok(output)
    };
    tried().with_context(|| format!("writing {shown}")).map_err(Failure::io)
}

/// Whether a name is one that people give to archives.
fn looks_like_archive(path: &Path) -> bool {
    const ENDINGS: [&str; 8] = ["tar", "gz", "tgz", "zst", "tzst", "xz", "bz2", "zip"];
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

fn fetch(
    fetching: &Fetching,
    no_fetch: bool,
    toolchains: &[ModuleVersion],
    tell: &(dyn Fn(Step<'_>) + Sync),
) -> Result<Fetched, Failure> {
    let tell = |progress: Progress<'_>| tell(Step::Fetch(progress));
    match no_fetch {
        true => fetching.look(toolchains, &tell),
        false => fetching.run(toolchains, &tell),
    }
}

/// What the checksum database has of all modules that are not private, and of the toolchains.
fn prove(
    fetching: &Fetching,
    proving: &Proving,
    request: &BundleRequest,
    toolchains: &[ModuleVersion],
    tell: &(dyn Fn(Step<'_>) + Sync),
) -> Result<Option<Proven>, Failure> {
    if request.no_sumdb {
        return Ok(None);
    }
    let Some(database) = &proving.database else {
        return Err(Failure::config(anyhow::anyhow!(
            "GOSUMDB=off: a bundle carries proofs of the checksum database, so that it stays on in the air gap; unset GOSUMDB, or take `--no-sumdb` for a bundle without proofs"
        )));
    };
    let mut modules = proving.public(&fetching.sums);
    modules.extend(toolchains.iter().cloned());
    let dir = &fetching.scene.surroundings.dir;
    let head = head_choice(request.head.as_deref(), request.refresh_head, dir)?;
    let tell = |done, all| tell(Step::Prove(done, all));
    database.prove(&modules, &head, &tell).map(Some).map_err(refused)
}

/// Holds what is there against the records too: a go.mod of which go.sum has no line, and toolchains, of
/// which it never speaks.
fn check_records(
    fetched: &Fetched,
    toolchains: &[ModuleVersion],
    proven: &Proven,
) -> Result<(), Failure> {
    for entry in &fetched.entries {
        let module = &entry.module;
        let Some(record) = proven.records.get(module) else {
            if !toolchains.contains(module) {
                continue;
            }
            let why = proven.lacking.get(module).map_or("", String::as_str);
            return Err(Failure::io(anyhow::anyhow!("{module} is not proven: {why}")));
        };
        let has = record.hashes(module);
        for (what, part, has) in
            [("zip", &entry.zip, has.zip), ("go.mod", &entry.go_mod, has.go_mod)]
        {
            let Some(h1) = part.h1().filter(|h1| Some(*h1) != has) else { continue };
            let error = anyhow::anyhow!(
                "the {what} of {module} in the module cache has the hash {h1}, and the checksum database {}: remove it there and run the command again",
                has.unwrap_or("none")
            );
            return Err(Failure { exit: Exit::Findings, error });
        }
    }
    Ok(())
}

fn collect<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    proving: &Proving,
    proven: Option<Proven>,
    toolchains: &[ModuleVersion],
    items: &mut Items,
) -> Result<Manifest, Failure> {
    let proof = |module: &ModuleVersion| match &proven {
        Some(proven) if proven.records.contains_key(module) => Proof::Sumdb,
        _ if proving.is_private(&module.path) => Proof::Private,
        _ => Proof::None,
    };
    let all = add_modules(items, entries, proof).map_err(Failure::io)?;
    let is_toolchain = |entry: &crate::bundle::ModuleEntry| {
        toolchains.iter().any(|module| module.path == entry.path && module.version == entry.version)
    };
    let (tools, modules) = all.into_iter().partition(is_toolchain);
    let mut manifest = Manifest::new(String::new());
    manifest.modules = modules;
    manifest.toolchains = tools;
    manifest.go_sum = go_sum_digest(&manifest.modules);
    if let (Some(proven), Some(database)) = (proven, &proving.database) {
        let Proven { head, records, tiles, .. } = proven;
        let sumdb = add_database(items, database.key.name(), &head, &records, tiles);
        manifest.sumdb = Some(sumdb);
    }
    Ok(manifest)
}

/// The project and what is to be carried besides, then all of it in the manifest.
fn add_rest(
    fetching: &Fetching,
    request: &BundleRequest,
    output: &Path,
    mut manifest: Manifest,
    items: &mut Items,
    notes: &mut Vec<String>,
) -> Result<Manifest, Failure> {
    let dir = &fetching.scene.surroundings.dir;
    let mut include: Vec<PathBuf> =
        request.include.iter().map(|path| clean_path(&dir.join(path))).collect();
    if let (Some(project), true) = (&fetching.scene.project, request.with_source) {
        let root = root_of(project).map_err(Failure::config)?;
        let (inside, outside): (Vec<_>, _) =
            include.into_iter().partition(|path| path.starts_with(&root.dir));
        include = outside;
        for path in &inside {
            let there = path.symlink_metadata();
            let there = there.with_context(|| format!("--include {}", path.display()));
            there.map_err(Failure::config)?;
        }
        let (mut also, note) = tracked(&root, &fetching.scene);
        also.extend(inside);
        also.extend(own_files(project, &fetching.sums));
        notes.extend(note);
        let chosen = Chosen {
            root: &root.dir,
            top: &root.top,
            vendor: &project.vendor_dir(),
            also: &also,
            output,
            exclude: &request.exclude,
        };
        let left_out = add_source(items, &chosen).map_err(Failure::config)?;
        notes.extend(left_out.iter().map(|path| {
            format!("{} is a bundle, and is left out: `--include` takes it in", path.display())
        }));
        manifest.source = Some(Source { dir: SOURCE.to_owned(), project: root.project });
    }
    for path in include {
        add_payload(items, &path, &request.exclude, output).map_err(Failure::config)?;
    }
    items.list_in(&mut manifest).map_err(|error| match error.is::<ManifestError>() {
        true => Failure::config(error),
        false => Failure::io(error),
    })?;
    Ok(manifest)
}

fn write(output: &Path, manifest: Manifest, items: &Items) -> Result<Written, Failure> {
    let open = |file: &FileEntry| {
        go_on()?;
        match items.files.get(&file.path) {
            Some(item) => item.content.open(),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    };
    if !is_archive(output) {
        let nothing_more = |_: &Path| Ok::<(), std::convert::Infallible>(());
        directory::write(output, &manifest, open, nothing_more).map_err(Failure::io)?;
        return Ok(Written { manifest, archive: None });
    }
    let written = || -> anyhow::Result<(u64, String)> {
        let staged = begin(output)?;
        let (bytes, sha256) = {
            let out = BufWriter::new(staged.as_file());
            let mut out = Counted { out, hash: Sha256::new(), bytes: 0 };
            archive::write(&mut out, &manifest, open)?;
            (out.bytes, hex(&out.hash.finalize()))
        };
        end(staged, output)?;
        Ok((bytes, sha256))
    };
    let written = written().with_context(|| format!("writing {}", output.display()));
    Ok(Written { archive: Some(written.map_err(Failure::io)?), manifest })
}

/// Whether a bundle of this name is an archive.
pub(super) fn is_archive(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".tar.zst")
}

/// What is written, hashed on its way.
struct Counted<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        go_on()?;
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
