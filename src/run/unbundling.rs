//! A bundle on the far side: verified, unpacked, or laid out for somebody else's proxy.

use super::Failure;
use crate::bundle::{
    BundleError, FileEntry, FileError, FileFault, Judge, Manifest, ModuleEntry, Proven, SETTINGS,
    Sink, UnpackError, archive, directory, layout, unpack,
};
use crate::gomod::{GoSum, ModuleVersion};
use crate::project::{hash_all, in_parallel};
use crate::report::Exit;
use crate::sumdb::Key;
use anyhow::{Context, ensure};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

pub use crate::bundle::layout::Layout;

/// A bundle that was read and is what it says.
#[derive(Debug)]
pub struct Verified {
    /// What lies in it.
    pub manifest: Manifest,
    /// What proves it.
    pub proven: Proven,
}

impl Verified {
    /// Holds what nothing else proves against a go.sum. What that has is proven by it.
    ///
    /// # Errors
    /// go.sum cannot be read, or has other hashes.
    pub fn hold_against(&mut self, go_sum: &Path) -> Result<(), Failure> {
        let text = std::fs::read_to_string(go_sum);
        let text = text.with_context(|| format!("reading {}", go_sum.display()));
        let sum = GoSum::parse(&text.map_err(Failure::io)?);
        let mut has: HashMap<(&str, &str, bool), Vec<&str>> = HashMap::new();
        for line in sum.lines.iter().filter(|line| line.is_h1()) {
            let ModuleVersion { path, version } = &line.module;
            has.entry((path, version, line.go_mod)).or_default().push(&line.hash);
        }
        let entries = self.manifest.modules.iter().chain(&self.manifest.toolchains);
        let mut by_go_sum = HashSet::new();
        for entry in entries {
            let ModuleEntry { path, version, zip, go_mod, .. } = entry;
            let mut is_proven = true;
            for (said, is_go_mod) in [(zip, false), (go_mod, true)] {
                let (Some(said), hashes) = (said, has.get(&(path, version, is_go_mod))) else {
                    continue;
                };
                is_proven &= hashes.is_some();
                if hashes.is_some_and(|hashes| !hashes.contains(&said.as_str())) {
                    let error = anyhow::anyhow!(
                        "{path}@{version} has the hash {said} in the bundle, and another in {}",
                        go_sum.display()
                    );
                    return Err(Failure { exit: Exit::Findings, error });
                }
            }
            if is_proven {
                by_go_sum.insert(ModuleVersion::new(path, version));
            }
        }
        let before = self.proven.by_nothing.len();
        self.proven.by_nothing.retain(|module| !by_go_sum.contains(module));
        self.proven.by_go_sum = before - self.proven.by_nothing.len();
        Ok(())
    }
}

/// Verifies a bundle as a whole: each file by the manifest, each module by its hashes, and those by the
/// checksum database.
///
/// # Errors
/// It is not what it says, or cannot be read.
pub fn verify_bundle(bundle: &Path, key: &Key) -> Result<Verified, Failure> {
    let judge = Judge::default();
    let manifest = read(bundle, &judge).map_err(|error| refused_bundle(bundle, error))?;
    let proven = judge.finish(&manifest, key).map_err(|error| refused_bundle(bundle, error))?;
    Ok(Verified { manifest, proven })
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
pub fn unpack_bundle(bundle: &Path, dest: &Path, key: &Key) -> Result<Verified, Failure> {
    let mut proven = None;
    let manifest = unpack(
        dest,
        |sink| read_as_bundle(bundle, sink),
        |tree| -> anyhow::Result<()> {
            let manifest = directory::read_manifest(tree)?;
            proven = Some(judge_tree(tree, &manifest, key)?);
            write_settings(tree, &manifest)
        },
    )
    .map_err(|error| unpack_failed(bundle, error))?;
    let proven = proven.expect("it has been judged before it was to be seen");
    Ok(Verified { manifest, proven })
}

/// Lays a bundle out for a proxy, below a directory that is not there yet.
///
/// # Errors
/// As [`unpack_bundle`].
pub fn export_bundle(
    bundle: &Path,
    dest: &Path,
    layout: Layout,
    key: &Key,
) -> Result<Verified, Failure> {
    let verified = verify_bundle(bundle, key)?;
    let manifest = unpack(
        dest,
        |sink| {
            let laid_out = layout::LaidOut { layout, sink };
            read_as_bundle(bundle, &laid_out)
        },
        |_| Ok::<(), std::convert::Infallible>(()),
    )
    .map_err(|error| unpack_failed(bundle, error))?;
    if manifest == verified.manifest {
        return Ok(verified);
    }
    // Nothing that was not verified may stay.
    let _ = std::fs::remove_dir_all(dest);
    Err(refused_bundle(bundle, anyhow::anyhow!("it was changed while it was read")))
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

fn read(bundle: &Path, sink: &dyn Sink) -> anyhow::Result<Manifest> {
    Ok(read_as_bundle(bundle, sink)?)
}

/// Judges a tree that lies on the disk, each file of which is known to be what the manifest says.
fn judge_tree(tree: &Path, manifest: &Manifest, key: &Key) -> anyhow::Result<Proven> {
    let judge = Judge::default();
    judge.manifest(manifest)?;
    // The largest first, so that no thread has one left in the end.
    let mut files: Vec<&FileEntry> = manifest.files.iter().collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.size));
    let judged = in_parallel(&files, |file| judge.take(&file.path, &tree.join(&file.path)));
    judged.into_iter().collect::<anyhow::Result<()>>()?;
    judge.finish(manifest, key)
}

pub(super) fn refused_bundle(bundle: &Path, error: anyhow::Error) -> Failure {
    let exit = match is_io(&error) {
        true => Exit::Io,
        false => Exit::Findings,
    };
    Failure { exit, error: error.context(format!("{} is refused", bundle.display())) }
}

/// Whether it could not be read, so that nothing is known of it.
fn is_io(error: &anyhow::Error) -> bool {
    let of_system = |error: &io::Error| error.raw_os_error().is_some();
    let of_file = |file: &FileError| match &file.fault {
        FileFault::Read(error) | FileFault::Taken(error) => of_system(error),
        _ => false,
    };
    error.chain().any(|cause| match (cause.downcast_ref(), cause.downcast_ref()) {
        (Some(BundleError::Io { error, .. }), _) | (_, Some(error)) => of_system(error),
        (Some(BundleError::File(file)), _) => of_file(file),
        // One file that is wrong is enough to know.
        (Some(BundleError::Directory(faults)), _) => {
            faults.extra.is_empty() && faults.wrong.iter().all(of_file)
        }
        _ => false,
    })
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
    write(&tree.join(SETTINGS), ".")?;
    let Some(source) = &manifest.source else { return Ok(()) };
    let project = tree.join(&source.dir).join(&source.project);
    let path = project.join(SETTINGS);
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    let depth = Path::new(&source.dir).join(&source.project);
    let depth = depth.components().filter(|part| matches!(part, std::path::Component::Normal(_)));
    write(&path, &vec![".."; depth.count()].join("/"))
}

fn write(path: &Path, bundle: &str) -> anyhow::Result<()> {
    let text = format!(
        "# Written by `go-offline bundle unpack`. With these settings go takes modules, checksum database\n\
         # and toolchain from the bundle alone; vendor/ is not looked at.\n\
         default-profile = \"air\"\n\n\
         [profile.air]\n\
         inherits = \"bundle\"\n\
         bundle = \"{bundle}\"\n"
    );
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

/// The command by which a project is built from an unpacked bundle.
pub fn next_command(dest: &Path, manifest: &Manifest) -> Option<(PathBuf, bool)> {
    let source = manifest.source.as_ref()?;
    let project = dest.join(&source.dir).join(&source.project);
    let text = std::fs::read_to_string(project.join(SETTINGS)).ok()?;
    let is_ours = text.starts_with("# Written by `go-offline bundle unpack`");
    Some((project, is_ours))
}

/// Refuses an archive that is not the one expected.
///
/// # Errors
/// It has another SHA-256, or cannot be read.
pub fn expect_sha256(bundle: &Path, expected: &str) -> Result<(), Failure> {
    let hashed = || -> anyhow::Result<String> {
        ensure!(!bundle.is_dir(), "--expect is the SHA-256 of an archive, and this is a directory");
        let (_, hash) = hash_all(File::open(bundle)?)?;
        Ok(format!("sha256:{}", crate::gomod::hex(&hash)))
    };
    let got = hashed().with_context(|| format!("reading {}", bundle.display()));
    let got = got.map_err(Failure::io)?;
    if got == expected {
        return Ok(());
    }
    Err(refused_bundle(
        bundle,
        anyhow::anyhow!("it has the hash {got}, and {expected} was expected"),
    ))
}
