//! A bundle on the far side: verified, unpacked, or laid out for somebody else's proxy.

use super::Failure;
use super::interrupt::{Interruptible, go_on};
use super::trust::Trust;
use crate::bundle::{
    BundleError, FileEntry, FileError, FileFault, Judge, Manifest, ModuleEntry, Proof, Proven,
    Ruled, SETTINGS, Sink, UnpackError, archive, directory, layout, system_error, unpack,
};
use crate::gomod::WorkFile;
use crate::project::in_parallel;
use crate::report::Exit;
use crate::sumdb::Key;
use anyhow::Context;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use crate::bundle::layout::Layout;

/// A bundle that was read and is what it says.
#[derive(Debug)]
pub struct Verified {
    /// What lies in it.
    pub manifest: Manifest,
    /// What proves it.
    pub proven: Proven,
    /// It is the very archive whose hash was expected, so that all of it is proven.
    pub is_expected: bool,
    /// It was held against a go.sum that is no part of it.
    pub has_go_sum: bool,
    /// What lies in the project of a directory and is not of the bundle: of that nothing is known.
    pub added: Vec<String>,
}

impl Verified {
    fn new(manifest: Manifest, mut proven: Proven, trust: &Trust) -> anyhow::Result<Verified> {
        if let Some(go_sum) = &trust.go_sum {
            go_sum.hold(manifest.versions(), &mut proven)?;
        }
        let (is_expected, has_go_sum) = (trust.expect.is_some(), trust.go_sum.is_some());
        Ok(Verified { manifest, proven, is_expected, has_go_sum, added: Vec::new() })
    }

    /// Of which module versions nothing but the bundle speaks, and whether their names are private.
    pub fn by_nothing(&self) -> impl Iterator<Item = (String, bool)> {
        self.proven.by_nothing.iter().map(|module| {
            let is_it =
                |entry: &&ModuleEntry| entry.path == module.path && entry.version == module.version;
            let entry = self.manifest.modules.iter().find(is_it);
            (module.to_string(), entry.is_some_and(|entry| entry.proof == Proof::Private))
        })
    }
}

/// Verifies a bundle as a whole: each file by the manifest, each module by its hashes, and those by the
/// checksum database.
///
/// # Errors
/// It is not what it says, or cannot be read.
pub fn verify_bundle(bundle: &Path, trust: &Trust) -> Result<Verified, Failure> {
    let verify = || -> anyhow::Result<Verified> {
        let judge = Judge::default();
        let manifest = read_trusted(bundle, trust, &Interruptible(&judge))?;
        let proven = judge.finish(&manifest, &trust.key)?;
        let added = if bundle.is_dir() { added_files(bundle, &manifest)? } else { Vec::new() };
        Ok(Verified { added, ..Verified::new(manifest, proven, trust)? })
    };
    verify().map_err(|error| refused_bundle(bundle, error))
}

/// Reads the manifest alone: what it says may not be true.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn bundle_manifest(bundle: &Path) -> Result<Manifest, Failure> {
    let read = || -> anyhow::Result<Manifest> {
        Ok(match bundle.is_dir() {
            true => directory::read_manifest(bundle)?,
            false => archive::read_manifest(open(bundle)?)?,
        })
    };
    read().map_err(|error| refused_bundle(bundle, error))
}

/// Unpacks a bundle into a directory, with settings that use it. It is verified as a whole before
/// anybody can see it there.
///
/// # Errors
/// It is not what it says, or the directory cannot be made; then nothing is there that was not before.
pub fn unpack_bundle(bundle: &Path, dest: &Path, trust: &Trust) -> Result<Verified, Failure> {
    let mut verified = None;
    unpack(
        dest,
        |sink| {
            let sink = &Interruptible(sink);
            read_trusted(bundle, trust, &Ruled { judge: &Judge::default(), sink })
        },
        |tree| -> anyhow::Result<()> {
            let manifest = directory::read_manifest(tree)?;
            let proven = judge_tree(tree, &manifest, &trust.key)?;
            write_settings(tree, &manifest)?;
            verified = Some(Verified::new(manifest, proven, trust)?);
            Ok(())
        },
    )
    .map_err(|error| unpack_failed(bundle, error))?;
    Ok(verified.expect("it has been judged before it was to be seen"))
}

/// Lays a bundle out for a proxy, below a directory that is not there yet.
///
/// # Errors
/// As [`unpack_bundle`].
pub fn export_bundle(
    bundle: &Path,
    dest: &Path,
    layout: Layout,
    trust: &Trust,
) -> Result<Verified, Failure> {
    let verified = verify_bundle(bundle, trust)?;
    // A second time: by their order in an archive, the proofs come behind much that they prove.
    let read = |sink: &dyn Sink| {
        let manifest =
            read_as_bundle(bundle, &layout::LaidOut { layout, sink: &Interruptible(sink) })?;
        match manifest == verified.manifest {
            true => Ok(manifest),
            false => Err(BundleError::Changed),
        }
    };
    let nothing_more = |_: &Path| Ok::<(), std::convert::Infallible>(());
    unpack(dest, read, nothing_more).map_err(|error| unpack_failed(bundle, error))?;
    Ok(verified)
}

/// What lies in the project and was not in the bundle, but for the settings that unpacking has put there.
fn added_files(dir: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let mut added = directory::added_files(dir, manifest)?;
    if let Some((path, text)) = project_settings(manifest) {
        let is_ours = std::fs::read_to_string(dir.join(&path)).is_ok_and(|found| found == text);
        added.retain(|added| !(is_ours && Path::new(added) == path));
    }
    Ok(added)
}

fn open(bundle: &Path) -> Result<File, BundleError> {
    File::open(bundle).map_err(BundleError::io("opening the bundle"))
}

pub(super) fn read_as_bundle(bundle: &Path, sink: &dyn Sink) -> Result<Manifest, BundleError> {
    match bundle.is_dir() {
        true => directory::read(bundle, sink),
        false => archive::read(open(bundle)?, sink),
    }
}

/// Reads a bundle that is the archive expected, if one is.
fn read_trusted(bundle: &Path, trust: &Trust, sink: &dyn Sink) -> Result<Manifest, BundleError> {
    match &trust.expect {
        Some(expected) => archive::read_expected(open(bundle)?, expected, sink),
        None => read_as_bundle(bundle, sink),
    }
}

/// Judges a tree that lies on the disk, each file of which is known to be what the manifest says.
fn judge_tree(tree: &Path, manifest: &Manifest, key: &Key) -> anyhow::Result<Proven> {
    let judge = Judge::default();
    judge.manifest(manifest)?;
    // The largest first, so that no thread has one left in the end.
    let mut files: Vec<&FileEntry> = manifest.files.iter().collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.size));
    let judged = in_parallel(&files, |file| {
        go_on()?;
        judge.take(&file.path, &tree.join(&file.path))
    });
    judged.into_iter().collect::<anyhow::Result<()>>()?;
    judge.finish(manifest, key)
}

pub(super) fn refused_bundle(bundle: &Path, error: anyhow::Error) -> Failure {
    let exit = match is_io(&error) {
        true => Exit::Io,
        false => Exit::Findings,
    };
    let bundle = bundle.display();
    let what = match exit {
        Exit::Io => format!("reading the bundle {bundle}"),
        _ => format!("{bundle} is refused"),
    };
    Failure { exit, error: error.context(what) }
}

/// Whether it could not be read, so that nothing is known of it.
fn is_io(error: &anyhow::Error) -> bool {
    let of_system = |error: &io::Error| {
        error.raw_os_error().is_some() || error.kind() == io::ErrorKind::StorageFull
    };
    let of_file = |file: &FileError| match &file.fault {
        FileFault::Read(error) | FileFault::Taken(error) => of_system(error),
        _ => false,
    };
    let of_bundle = |error: &BundleError| match error {
        BundleError::Io { error, .. } => of_system(error),
        BundleError::File(file) => of_file(file),
        // One file that is wrong is enough to know.
        BundleError::Directory(faults) => {
            faults.extra.is_empty() && faults.wrong.iter().all(of_file)
        }
        _ => false,
    };
    let is_of_bundle = error.chain().any(|cause| cause.downcast_ref().is_some_and(of_bundle));
    is_of_bundle || system_error(error).is_some()
}

fn unpack_failed<E: std::fmt::Debug + std::fmt::Display + Into<anyhow::Error>>(
    bundle: &Path,
    error: UnpackError<E>,
) -> Failure {
    match error {
        UnpackError::Bundle(error) => refused_bundle(bundle, error.into()),
        UnpackError::Unwanted(error) => refused_bundle(bundle, error.into()),
        UnpackError::Taken(path) => {
            Failure::io(anyhow::Error::new(UnpackError::<String>::Taken(path)))
        }
        UnpackError::Io(path, error) => {
            Failure::io(anyhow::Error::new(error).context(format!("writing {}", path.display())))
        }
    }
}

/// Writes settings by which go-offline uses the tree: beside it, and in the project if it has none.
fn write_settings(tree: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    write(&tree.join(SETTINGS), &settings("."))?;
    let Some((path, text)) = project_settings(manifest) else { return Ok(()) };
    let path = tree.join(path);
    // A project with no file at all is one as well.
    let project = path.parent().unwrap_or(tree);
    std::fs::create_dir_all(project).with_context(|| format!("making {}", project.display()))?;
    match path.symlink_metadata() {
        Ok(_) => Ok(()),
        Err(_) => write(&path, &text),
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

/// The settings for the project of a bundle, and where they belong.
fn project_settings(manifest: &Manifest) -> Option<(PathBuf, String)> {
    let source = manifest.source.as_ref()?;
    let dir: PathBuf = Path::new(&source.dir).join(&source.project).components().collect();
    let depth = dir.components().filter(|part| matches!(part, std::path::Component::Normal(_)));
    let bundle = vec![".."; depth.count()].join("/");
    Some((dir.join(SETTINGS), settings(&bundle)))
}

fn settings(bundle: &str) -> String {
    format!(
        "{WRITTEN}. With these settings go takes modules, checksum database\n\
         # and a newer toolchain from the bundle alone; vendor/ is not looked at.\n\
         default-profile = \"air\"\n\n\
         [profile.air]\n\
         inherits = \"bundle\"\n\
         bundle = \"{bundle}\"\n"
    )
}

/// The project in an unpacked bundle.
#[derive(Debug)]
pub struct UnpackedProject {
    /// Its directory.
    pub dir: PathBuf,
    /// Whether the settings in it are those that were written when it was unpacked.
    pub has_our_settings: bool,
    /// What go calls all packages of it: in a workspace that is no module itself, each module has to be named.
    pub packages: Vec<String>,
}

/// Looks at the project in an unpacked bundle, if it has one.
pub fn unpacked_project(dest: &Path, manifest: &Manifest) -> Option<UnpackedProject> {
    let source = manifest.source.as_ref()?;
    let project = dest.join(&source.dir).join(&source.project);
    let mut start = [0; WRITTEN.len()];
    let file = File::open(project.join(SETTINGS));
    let is_ours = file.and_then(|mut file| file.read_exact(&mut start)).is_ok();
    let has_our_settings = is_ours && start == *WRITTEN.as_bytes();
    Some(UnpackedProject { packages: packages(&project), dir: project, has_our_settings })
}

fn packages(project: &Path) -> Vec<String> {
    let all = vec!["./...".to_owned()];
    let Ok(text) = std::fs::read_to_string(project.join("go.work")) else { return all };
    match WorkFile::parse(&text) {
        Ok(work) if !project.join("go.mod").is_file() => {
            let uses = work.uses.iter().map(|used| used.path.trim_end_matches('/'));
            uses.map(|path| format!("{path}/...")).collect()
        }
        _ => all,
    }
}

/// How settings start that were written for an unpacked bundle.
const WRITTEN: &str = "# Written by `go-offline bundle unpack`";
