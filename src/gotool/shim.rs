//! The shim: a link named `go` that leads to this program, and beside it a record of the real go.
//!
//! Everything is made under another name and then renamed, so that there is the old state or the
//! new one. What is not a link of ours is never replaced and never removed.

use super::ourselves::{Kin, is_same_file, kin};
use anyhow::{Context, bail};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The name of the record: a symbolic link to the real go command.
pub const RECORD: &str = ".go-offline-go";

/// What stands in a directory under the name `go`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Nothing,
    /// A symbolic link to go-offline, and where it leads.
    Ours(PathBuf),
    /// Something else.
    Other,
}

/// What stands in a directory under the name `go`.
///
/// # Errors
/// It cannot be looked at.
pub fn standing(dir: &Path, program: &Path) -> io::Result<Standing> {
    let go = dir.join("go");
    let metadata = match fs::symlink_metadata(&go) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Nothing),
        Err(error) => return Err(error),
    };
    if !metadata.is_symlink() {
        return Ok(Standing::Other);
    }
    let target = fs::read_link(&go)?;
    // A link to a go-offline that has moved away leads nowhere, and is still ours.
    let is_ours = match go.try_exists() {
        Ok(true) => kin(&go, program) == Kin::Ourselves,
        _ => target.file_name() == Some(OsStr::new("go-offline")),
    };
    Ok(if is_ours { Standing::Ours(target) } else { Standing::Other })
}

/// Makes `dir/go` a link to `program`, and records `go` beside it. Says whether anything changed.
///
/// # Errors
/// Something else has one of the names, or the directory cannot be written to.
pub fn install(dir: &Path, program: &Path, go: &Path) -> anyhow::Result<bool> {
    fs::create_dir_all(dir).with_context(|| format!("making {}", dir.display()))?;
    refuse_others(dir, program)?;
    // The record first: a link that is there has one.
    let recorded = link(&dir.join(RECORD), go)?;
    let linked = link(&dir.join("go"), program)?;
    Ok(recorded || linked)
}

/// Removes `dir/go` and the record. Says whether there was anything.
///
/// # Errors
/// Something else has one of the names, or the directory cannot be written to.
pub fn remove(dir: &Path, program: &Path) -> anyhow::Result<bool> {
    refuse_others(dir, program)?;
    // The record last: a link that is there has one.
    let mut removed = false;
    for path in [dir.join("go"), dir.join(RECORD)] {
        match fs::remove_file(&path) {
            Ok(()) => removed = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("removing {}", path.display()));
            }
        }
    }
    Ok(removed)
}

fn refuse_others(dir: &Path, program: &Path) -> anyhow::Result<()> {
    let go = dir.join("go");
    let context = || format!("looking at {}", go.display());
    if standing(dir, program).with_context(context)? == Standing::Other {
        bail!(
            "{} is no link to go-offline and stays as it is: choose another directory, or move it away yourself",
            go.display()
        );
    }
    let record = dir.join(RECORD);
    if fs::symlink_metadata(&record).is_ok_and(|metadata| !metadata.is_symlink()) {
        bail!("{} is no link and stays as it is: move it away yourself", record.display());
    }
    Ok(())
}

/// Makes a symbolic link, in place of one that may be there. Says whether it was another.
fn link(at: &Path, target: &Path) -> anyhow::Result<bool> {
    if fs::read_link(at).is_ok_and(|there| there == target) {
        return Ok(false);
    }
    let name = at.file_name().unwrap_or_default().to_string_lossy();
    let fresh = at.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let _ = fs::remove_file(&fresh); // of an earlier process of this number that was killed
    symlink(target, &fresh)
        .and_then(|()| fs::rename(&fresh, at))
        .inspect_err(|_| drop(fs::remove_file(&fresh)))
        .with_context(|| format!("linking {} to {}", at.display(), target.display()))?;
    Ok(true)
}

/// A directory in our own cache that holds nothing but a link `go` to `program`, made if it is
/// missing or wrong. Each program has its own.
///
/// # Errors
/// It cannot be made, or it, its parent or the cache may be written to by somebody else, who could
/// put another `go` there.
pub fn cached_directory(cache: &Path, program: &Path) -> anyhow::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    program.hash(&mut hasher);
    let shims = cache.join("shim");
    let dir = shims.join(format!("{:016x}", hasher.finish()));
    // From the top: whoever may write to one could put another in place of what is below it.
    for dir in [cache, &shims, &dir] {
        make_private(dir).with_context(|| format!("making {}", dir.display()))?;
        let metadata =
            fs::metadata(dir).with_context(|| format!("looking at {}", dir.display()))?;
        if !is_private(&metadata) {
            bail!("{} may be written to by others", dir.display());
        }
    }
    link(&dir.join("go"), program)?;
    if !is_same_file(&dir.join("go"), program) {
        bail!("{} does not lead to {}", dir.join("go").display(), program.display());
    }
    Ok(dir)
}

/// The same as a temporary directory, which is removed when the value is dropped.
///
/// # Errors
/// It cannot be made.
pub fn temporary_directory(temp_dir: &Path, program: &Path) -> anyhow::Result<tempfile::TempDir> {
    let made = tempfile::Builder::new().prefix("go-offline-shim-").tempdir_in(temp_dir);
    let dir = made.with_context(|| format!("making a directory in {}", temp_dir.display()))?;
    link(&dir.path().join("go"), program)?;
    Ok(dir)
}

/// PATH with a directory in front. `None` where the directory cannot be written into PATH.
///
/// Without PATH programs are looked for in `/bin` and `/usr/bin` (execvp(3)), and so they are then.
pub fn in_front(dir: &Path, path: Option<&OsStr>) -> Option<OsString> {
    let mut new = std::env::join_paths([dir]).ok()?;
    new.push(":");
    new.push(path.unwrap_or(OsStr::new("/bin:/usr/bin")));
    Some(new)
}

/// Whether a directory is the first of PATH.
pub fn is_first(dir: &Path, path: Option<&OsStr>) -> bool {
    path.is_some_and(|path| std::env::split_paths(path).next().as_deref() == Some(dir))
}

fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Place {
            let temp = tempfile::tempdir().unwrap();
            for name in ["go-offline", "real-go", "real-go-2"] {
                fs::write(temp.path().join(name), name).unwrap();
            }
            Place(temp)
        }

        fn at(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn install(&self, go: &str) -> anyhow::Result<bool> {
            install(&self.at("shim"), &self.at("go-offline"), &self.at(go))
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.at("shim")).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<_> = names.collect();
            names.sort();
            names
        }
    }

    #[test]
    fn installing_twice_changes_nothing_and_removing_leaves_nothing() {
        let place = Place::new();
        assert!(place.install("real-go").unwrap());
        assert!(!place.install("real-go").unwrap());
        assert!(place.install("real-go-2").unwrap());
        assert_eq!(place.names(), [RECORD, "go"]);
        assert_eq!(fs::read_link(place.at("shim").join(RECORD)).unwrap(), place.at("real-go-2"));
        assert!(remove(&place.at("shim"), &place.at("go-offline")).unwrap());
        assert_eq!(place.names(), Vec::<String>::new());
        assert!(!remove(&place.at("shim"), &place.at("go-offline")).unwrap());
    }

    #[test]
    fn what_is_not_ours_stays() {
        let place = Place::new();
        place.install("real-go").unwrap();
        let go = place.at("shim/go");
        fs::remove_file(&go).unwrap();
        for other in [0, 1, 2] {
            match other {
                0 => symlink(place.at("real-go"), &go).unwrap(),
                1 => symlink(place.at("nonesuch"), &go).unwrap(),
                _ => fs::write(&go, "a file").unwrap(),
            }
            let before = fs::read_link(&go).ok();
            assert!(place.install("real-go-2").unwrap_err().to_string().contains("stays"));
            assert!(remove(&place.at("shim"), &place.at("go-offline")).is_err());
            assert_eq!(fs::read_link(&go).ok(), before);
            assert_eq!(place.names(), [RECORD, "go"], "not even the record");
            fs::remove_file(&go).unwrap();
        }
        // A link of ours whose program has moved away.
        symlink(place.at("old/go-offline"), &go).unwrap();
        assert!(place.install("real-go").unwrap());
        assert_eq!(fs::read_link(&go).unwrap(), place.at("go-offline"));
    }

    #[test]
    fn a_directory_in_the_cache_is_mended_and_nobody_elses() {
        let place = Place::new();
        let program = place.at("go-offline");
        let dir = cached_directory(&place.at("cache"), &program).unwrap();
        assert_eq!(fs::read_link(dir.join("go")).unwrap(), program);
        fs::remove_file(dir.join("go")).unwrap();
        symlink(place.at("real-go"), dir.join("go")).unwrap();
        assert_eq!(cached_directory(&place.at("cache"), &program).unwrap(), dir);
        assert_eq!(fs::read_link(dir.join("go")).unwrap(), program);
        assert_ne!(cached_directory(&place.at("cache"), &place.at("real-go")).unwrap(), dir);
        for name in [dir.clone(), place.at("cache/shim"), place.at("cache")] {
            for mode in [0o777, 0o1777, 0o775] {
                fs::set_permissions(&name, fs::Permissions::from_mode(mode)).unwrap();
                let error = cached_directory(&place.at("cache"), &program).unwrap_err();
                let want = format!("{} may be written to by others", name.display());
                assert_eq!(error.to_string(), want);
            }
            fs::set_permissions(&name, fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert_eq!(cached_directory(&place.at("cache"), &program).unwrap(), dir);
        fs::write(place.at("file"), "").unwrap();
        assert!(cached_directory(&place.at("file"), &program).is_err());
    }

    #[test]
    fn in_front_of_path() {
        let path = |path: Option<&str>| in_front(Path::new("/s"), path.map(OsStr::new)).unwrap();
        assert_eq!(path(Some("/a:/b")), "/s:/a:/b");
        assert_eq!(path(Some("")), "/s:", "an empty PATH is the working directory");
        assert_eq!(path(None), "/s:/bin:/usr/bin");
        assert_eq!(in_front(Path::new("/a:b"), None), None);
        assert!(is_first(Path::new("/s"), Some(OsStr::new("/s:/a"))));
        assert!(!is_first(Path::new("/s"), Some(OsStr::new("/a:/s"))));
    }
}
