//! The tree of files of a bundle: the directory that it is, or the one that an archive is unpacked to.
//!
//! An archive is unpacked once, below our own cache directory and under its own hash. To know the hash
//! again without reading the archive, it is kept with the stamp of the file.

use super::Failure;
use super::stat_cache::{now, read_own};
use super::trust::Trust;
use super::unbundling::{refused_bundle, unpack_bundle};
use crate::bundle::directory;
use crate::gomod::hex;
use crate::profile::Environ;
use crate::project::keep;
use crate::project::{Stamp, hash_all};
use crate::report::Exit;
use crate::sumdb::Key;
use anyhow::{Context, anyhow, bail};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Every bundle has it.
const MANIFEST: &str = "manifest.json";

/// The directory of a bundle, absolute and without symbolic links. `key` is the checksum database's, whose
/// proofs an archive has.
///
/// # Errors
/// There is no bundle, or an archive that cannot be unpacked.
pub(super) fn tree(path: &Path, key: &Key, environ: &Environ) -> Result<PathBuf, Failure> {
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Failure::config(anyhow!(
                "the bundle {} does not exist: name an archive or directory that `go-offline bundle create` made",
                path.display()
            )));
        }
        Err(error) => {
            let context = format!("reading the bundle {}", path.display());
            return Err(Failure::io(anyhow::Error::new(error).context(context)));
        }
    };
    if real.is_file() {
        return unpacked(&real, key, environ);
    }
    if real.join(MANIFEST).is_file() {
        // Each file is held against go.sum by go; but another version may have another tree.
        directory::check_version(&real).map_err(|error| refused_bundle(&real, error.into()))?;
        return Ok(real);
    }
    let what = if real.is_dir() { "a directory without manifest.json" } else { "no regular file" };
    Err(Failure::config(anyhow!(
        "{} is {what}, and so no bundle: a directory in the layout of a module proxy can be used by `inherits = \"proxy\"` with `proxy = \"file:///DIR\"`",
        path.display()
    )))
}

/// The directory that an archive is unpacked to.
fn unpacked(archive: &Path, key: &Key, environ: &Environ) -> Result<PathBuf, Failure> {
    let cache = environ.own_cache_dir().ok_or_else(|| {
        Failure::config(anyhow!(
            "the bundle {} has to be unpacked, and there is no directory for it: set GO_OFFLINE_CACHE_DIR, or HOME, to an absolute path",
            archive.display()
        ))
    })?;
    let bundles = cache.join("bundles");
    std::fs::create_dir_all(&bundles)
        .with_context(|| {
            format!(
                "making {}, where the bundle {} is to be unpacked; GO_OFFLINE_CACHE_DIR names another directory",
                bundles.display(),
                archive.display()
            )
        })
        .map_err(Failure::io)?;
    if let Some(why) = foreign(&bundles) {
        return Err(Failure::config(anyhow!(
            "{} {why}, who could change what is unpacked there: name a directory of your own in GO_OFFLINE_CACHE_DIR",
            bundles.display()
        )));
    }
    // A bundle that is refused is a finding, and anything else that goes wrong is none.
    let exit = Cell::new(Exit::Io);
    let unpack = |archive: &Path, dest: &Path| match unpack_bundle(
        archive,
        dest,
        &Trust::in_key(key.clone()),
    ) {
        Ok(_) => Ok(()),
        Err(failure) => {
            exit.set(failure.exit);
            Err(failure.error)
        }
    };
    let found = find_or_unpack(archive, &bundles, &judged_by(key), unpack);
    found.map_err(|error| Failure { exit: exit.get(), error })
}

/// Why others could change what lies in a directory, if they could. What root has put there is root's word.
fn foreign(dir: &Path) -> Option<String> {
    let found = dir.metadata().ok()?;
    let (owner, own) = (found.uid(), rustix::process::geteuid().as_raw());
    if owner != own && owner != 0 {
        return Some(format!("belongs to user {owner}"));
    }
    let is_open = found.mode() & 0o002 != 0;
    is_open.then(|| "can be written by everybody".to_owned())
}

/// What the name of a tree ends with: proofs that one key has judged are not judged for another.
fn judged_by(key: &Key) -> String {
    if *key == Key::golang() {
        return String::new();
    }
    format!("-{}", hex(&Sha256::digest(key.to_string())[..8]))
}

/// The directory below `bundles` that holds an archive's files, unpacked now if it is not there.
fn find_or_unpack(
    archive: &Path,
    bundles: &Path,
    judged_by: &str,
    unpack: impl FnOnce(&Path, &Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let reading = || format!("reading the bundle {}", archive.display());
    let file = File::open(archive).with_context(reading)?;
    let stamp = Stamp::of_open(&file).with_context(reading)?;
    let note = Note::new(bundles, archive);
    let since = now();
    let (hash, is_new) = match note.hash(&stamp) {
        Some(hash) => (hash, false),
        None => (hex(&hash_all(file).with_context(reading)?.1), true),
    };
    let tree = bundles.join(format!("{hash}{judged_by}"));
    if !tree.join(MANIFEST).is_file() {
        remove_remains(bundles);
        // Beside it, since only within one directory a rename makes all of it appear at once.
        let temp = tempfile::Builder::new()
            .prefix(".unpacking-")
            .tempdir_in(bundles)
            .with_context(|| format!("making a directory in {}", bundles.display()))?;
        unpack(archive, temp.path())?;
        let again = File::open(archive).and_then(|file| Ok(Stamp::of_open(file)?));
        if again.with_context(reading)? != stamp {
            bail!("{} changed while it was unpacked: run the command again", archive.display());
        }
        if !temp.path().join(MANIFEST).is_file() {
            bail!("{} holds no {MANIFEST}, and so is no bundle", archive.display());
        }
        show(temp, &tree, bundles)?;
    }
    if is_new && stamp.is_settled(since) {
        note.keep(&stamp, &hash);
    }
    Ok(tree)
}

/// Removes what killed runs have left. What is younger than a day may still be in use. That it cannot be
/// removed is no error: it is in nobody's way.
fn remove_remains(bundles: &Path) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    for entry in std::fs::read_dir(bundles).into_iter().flatten().filter_map(Result::ok) {
        let is_temporary = entry.file_name().as_bytes().starts_with(b".");
        let modified = entry.metadata().and_then(|found| found.modified()).ok();
        let age = modified.and_then(|modified| modified.elapsed().ok());
        if is_temporary && age.is_some_and(|age| age > DAY) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Gives an unpacked tree its name. Where another run was faster, its tree is as good; what somebody has
/// removed a part of is not.
fn show(temp: tempfile::TempDir, tree: &Path, bundles: &Path) -> anyhow::Result<()> {
    let making = || format!("making {}", tree.display());
    let mut renamed = std::fs::rename(temp.path(), tree);
    if renamed.is_err() && !tree.join(MANIFEST).is_file() {
        let aside = tempfile::Builder::new().prefix(".broken-").tempdir_in(bundles);
        let aside = aside.with_context(making)?;
        // If it is gone meanwhile, it is not in the way.
        let _ = std::fs::rename(tree, aside.path().join("tree"));
        renamed = std::fs::rename(temp.path(), tree);
    }
    match renamed {
        Ok(()) => {
            let _moved = temp.keep();
            Ok(())
        }
        Err(_) if tree.join(MANIFEST).is_file() => Ok(()),
        Err(error) => Err(error).with_context(making),
    }
}

/// What is kept of an archive: its stamp and its hash.
struct Note {
    file: PathBuf,
}

impl Note {
    fn new(bundles: &Path, archive: &Path) -> Note {
        let name = hex(&Sha256::digest(archive.as_os_str().as_bytes())[..16]);
        Note { file: bundles.join("hashes").join(name) }
    }

    /// The hash of the archive, if it still looks as it did.
    fn hash(&self, stamp: &Stamp) -> Option<String> {
        let text = String::from_utf8(read_own(&self.file)?).ok()?;
        let hash = text.strip_prefix(&head(stamp))?;
        // It becomes the name of a directory.
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| hash.to_owned())
    }

    /// That it cannot be kept is no error: the archive is read again.
    fn keep(&self, stamp: &Stamp, hash: &str) {
        let _ = keep(&self.file, format!("{}{hash}", head(stamp)).as_bytes());
    }
}

fn head(stamp: &Stamp) -> String {
    let Stamp { dev, ino, mode, size, mtime, ctime } = stamp;
    format!("go-offline bundle 1\n{dev} {ino} {mode} {size} {mtime} {ctime}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    fn environ(variables: &[(&str, &str)]) -> Environ {
        variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn said(path: &Path, environ: &Environ) -> String {
        let failure = tree(path, &Key::golang(), environ).unwrap_err();
        format!("{:#}", failure.error)
    }

    #[test]
    fn a_directory_with_a_manifest_is_its_own_tree() {
        let temp = tempfile::tempdir().unwrap();
        let none = environ(&[]);
        assert!(said(&temp.path().join("no"), &none).contains("does not exist"));
        assert!(said(temp.path(), &none).contains("without manifest.json"));
        assert!(said(Path::new("/dev/null"), &none).contains("no regular file"));
        std::fs::write(temp.path().join(MANIFEST), "{}").unwrap();
        assert!(said(temp.path(), &none).contains("is refused"));
        let of_version =
            |version| format!("{{\"format\": \"go-offline bundle\", \"version\": {version}}}");
        std::fs::write(temp.path().join(MANIFEST), of_version(2)).unwrap();
        assert!(said(temp.path(), &none).contains("version 2"));
        std::fs::write(temp.path().join(MANIFEST), of_version(1)).unwrap();
        let real = temp.path().canonicalize().unwrap();
        assert_eq!(tree(&temp.path().join("."), &Key::golang(), &none).unwrap(), real);
        // An archive needs a place.
        let archive = temp.path().join("a.tar.zst");
        std::fs::write(&archive, "x").unwrap();
        assert!(said(&archive, &none).contains("GO_OFFLINE_CACHE_DIR"));
        let file = [("GO_OFFLINE_CACHE_DIR", archive.to_str().unwrap())];
        assert!(said(&archive, &environ(&file)).contains("GO_OFFLINE_CACHE_DIR"));
    }

    #[test]
    fn an_archive_is_unpacked_once_and_under_its_hash() {
        let temp = tempfile::tempdir().unwrap();
        let (archive, bundles) = (temp.path().join("a"), temp.path().join("bundles"));
        std::fs::create_dir(&bundles).unwrap();
        std::fs::write(&archive, "abc").unwrap();
        let count = Cell::new(0);
        let unpack = |archive: &Path, dest: &Path| {
            count.set(count.get() + 1);
            Ok(std::fs::copy(archive, dest.join(MANIFEST)).map(|_| ())?)
        };
        let find = || find_or_unpack(&archive, &bundles, "", unpack);
        let first = find().unwrap();
        let name = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(first, bundles.join(name));
        assert_eq!((find().unwrap(), count.get()), (first.clone(), 1));
        // What was written just now may be written again without a trace, and is not remembered.
        assert!(!bundles.join("hashes").exists());
        std::fs::write(&archive, "abd").unwrap();
        assert_ne!(find().unwrap(), first);
        assert_eq!(count.get(), 2);
        let others = std::fs::read_dir(&bundles).unwrap().count();
        assert_eq!(others, 2, "nothing half unpacked is left");
        // Another key has judged nothing yet.
        let other = find_or_unpack(&archive, &bundles, "-key", unpack).unwrap();
        assert_eq!(count.get(), 3);
        // What somebody began to remove is made anew.
        std::fs::write(other.join("rest"), "").unwrap();
        std::fs::remove_file(other.join(MANIFEST)).unwrap();
        assert_eq!(find_or_unpack(&archive, &bundles, "-key", unpack).unwrap(), other);
        assert!(count.get() == 4 && other.join(MANIFEST).is_file() && !other.join("rest").exists());
        assert_eq!(std::fs::read_dir(&bundles).unwrap().count(), 3);
    }

    #[test]
    fn what_killed_runs_left_goes_after_a_day() {
        let temp = tempfile::tempdir().unwrap();
        let (hours, now) = (|hours: u64| Duration::from_secs(hours * 3600), SystemTime::now());
        for (name, age) in [(".unpacking-a", 25), (".unpacking-b", 23), ("0123", 1000)] {
            let dir = temp.path().join(name);
            std::fs::create_dir_all(dir.join("x")).unwrap();
            File::open(&dir).unwrap().set_modified(now - hours(age)).unwrap();
        }
        remove_remains(temp.path());
        let left = std::fs::read_dir(temp.path()).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".unpacking-b", "0123"]);
    }

    #[test]
    fn nothing_is_unpacked_where_others_write() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let (archive, cache) = (temp.path().join("a.tar.zst"), temp.path().join("cache"));
        std::fs::write(&archive, "x").unwrap();
        let bundles = cache.join("bundles");
        std::fs::create_dir_all(&bundles).unwrap();
        let environ = environ(&[("GO_OFFLINE_CACHE_DIR", cache.to_str().unwrap())]);
        assert!(said(&archive, &environ).contains("is refused"));
        std::fs::set_permissions(&bundles, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(said(&archive, &environ).contains("can be written by everybody"));
        assert_eq!(judged_by(&Key::golang()), "");
    }

    #[test]
    fn what_is_remembered_is_for_the_very_file() {
        let temp = tempfile::tempdir().unwrap();
        let archive = temp.path().join("a");
        std::fs::write(&archive, "abc").unwrap();
        let stamp = || Stamp::of_open(File::open(&archive).unwrap()).unwrap();
        let note = Note::new(temp.path(), &archive);
        let hash = "0".repeat(64);
        note.keep(&stamp(), &hash);
        assert_eq!(note.hash(&stamp()), Some(hash));
        note.keep(&stamp(), "../../etc");
        assert_eq!(note.hash(&stamp()), None);
        note.keep(&stamp(), &"0".repeat(64));
        std::fs::write(&archive, "abcd").unwrap();
        assert_eq!(note.hash(&stamp()), None);
    }

    #[test]
    fn what_fails_leaves_nothing_and_the_slower_takes_what_is_there() {
        let temp = tempfile::tempdir().unwrap();
        let (archive, bundles) = (temp.path().join("a"), temp.path().join("bundles"));
        std::fs::create_dir(&bundles).unwrap();
        std::fs::write(&archive, "abc").unwrap();
        let half = |_: &Path, dest: &Path| -> anyhow::Result<()> {
            std::fs::write(dest.join("half"), "")?;
            bail!("broken")
        };
        assert!(find_or_unpack(&archive, &bundles, "", half).is_err());
        let empty = find_or_unpack(&archive, &bundles, "", |_, _| Ok(()));
        assert!(empty.unwrap_err().to_string().contains("no manifest.json"));
        assert_eq!(std::fs::read_dir(&bundles).unwrap().count(), 0);
        let raced = find_or_unpack(&archive, &bundles, "", |archive, dest| {
            let other = |_: &Path, dest: &Path| Ok(std::fs::write(dest.join(MANIFEST), "first")?);
            find_or_unpack(archive, &bundles, "", other)?;
            Ok(std::fs::write(dest.join(MANIFEST), "second")?)
        });
        assert_eq!(std::fs::read(raced.unwrap().join(MANIFEST)).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(&bundles).unwrap().count(), 1);
    }
}
