//! Finds the real go command, which may not be ourselves under another name.

use super::ourselves::{Kin, kin};
use super::shim::RECORD;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// A go command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Go {
    /// The file to start: absolute, symbolic links kept.
    pub path: PathBuf,
    /// The GOROOT it lies in, where there is one around it.
    pub goroot: Option<PathBuf>,
    /// What led to it.
    pub source: Source,
}

/// What led to a go command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// GO_OFFLINE_GO.
    Named,
    /// PATH.
    OnPath,
    /// The link that `shim install` left beside a link of ours.
    Recorded(PathBuf),
    /// A bundle that holds a toolchain.
    Bundle(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Named => f.write_str("named by GO_OFFLINE_GO"),
            Source::OnPath => f.write_str("the first `go` on PATH that is not go-offline"),
            Source::Recorded(record) => write!(f, "recorded in {}", record.display()),
            Source::Bundle(bundle) => write!(f, "a toolchain of {}", bundle.display()),
        }
    }
}

/// Where to look for the go command.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// GO_OFFLINE_GO.
    pub named: Option<&'a OsStr>,
    /// PATH.
    pub path: Option<&'a OsStr>,
    /// This program's own file.
    pub this_program: &'a Path,
    /// The file that this program was called as, where it was called by a path: may be a link.
    pub called_as: Option<&'a Path>,
    /// The working directory: a relative GO_OFFLINE_GO starts there.
    pub dir: &'a Path,
}

/// Why no go command was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindError {
    /// GO_OFFLINE_GO names something that is not an executable file.
    NotExecutable(PathBuf),
    /// GO_OFFLINE_GO names this program, which would start itself for ever.
    Ourselves(PathBuf),
    /// GO_OFFLINE_GO names a script that starts this program, which would start it for ever.
    StartsUs(PathBuf),
    /// There is none on PATH, and what `shim install` recorded is gone.
    RecordLost {
        /// The link.
        record: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// There is none on PATH.
    NotOnPath,
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FindError::NotExecutable(path) => {
                write!(f, "GO_OFFLINE_GO={}: not an executable file", path.display())
            }
            FindError::Ourselves(path) => write!(
                f,
                "GO_OFFLINE_GO={}: that is go-offline itself, name the real go command",
                path.display()
            ),
            FindError::StartsUs(path) => write!(
                f,
                "GO_OFFLINE_GO={}: that script starts go-offline itself, name the real go command",
                path.display()
            ),
            FindError::RecordLost { record, target } => write!(
                f,
                "no go command on PATH, and {} leads to {}, which is none: install Go, name the go command in GO_OFFLINE_GO, or run `go-offline shim install --go GO DIR` again",
                record.display(),
                target.display()
            ),
            FindError::NotOnPath => f.write_str(
                "no go command on PATH: install Go, or name the go command in GO_OFFLINE_GO",
            ),
        }
    }
}

impl std::error::Error for FindError {}

/// Finds the go command: the file named by GO_OFFLINE_GO, else the first `go` in an absolute
/// directory of PATH that is neither this program nor a script that starts it, else the one that
/// `shim install` recorded beside a link of ours.
///
/// # Errors
/// There is none.
pub fn find(search: &Search<'_>) -> Result<Go, FindError> {
    if let Some(named) = search.named {
        let found =
            named_file(named, search).ok_or_else(|| FindError::NotExecutable(named.into()))?;
        return match kin(&found, search.this_program) {
            Kin::Stranger => Ok(Go::at(found, Source::Named)),
            Kin::Ourselves => Err(FindError::Ourselves(found)),
            Kin::StartsUs => Err(FindError::StartsUs(found)),
        };
    }
    let mut passed_over = Vec::new();
    for candidate in on_path("go", search.path) {
        match kin(&candidate, search.this_program) {
            Kin::Stranger => return Ok(Go::at(candidate, Source::OnPath)),
            Kin::Ourselves | Kin::StartsUs => passed_over.push(candidate),
        }
    }
    let links = search.called_as.map(Path::to_path_buf).into_iter().chain(passed_over);
    recorded(links, search.this_program)
}

/// The file that GO_OFFLINE_GO names: a path, or a name that is looked for as `go` is.
fn named_file(named: &OsStr, search: &Search<'_>) -> Option<PathBuf> {
    if Path::new(named).file_name() == Some(named) {
        return on_path(named, search.path).next();
    }
    which::which_in(named, None::<&OsStr>, search.dir).ok()
}

/// The executable files of a name in the absolute directories of PATH, in their order.
pub fn on_path(
    name: &(impl AsRef<OsStr> + ?Sized),
    path: Option<&OsStr>,
) -> impl Iterator<Item = PathBuf> {
    let absolute = std::env::split_paths(path.unwrap_or_default()).filter(|dir| dir.is_absolute());
    // Directories that PATH cannot hold cannot have come from it.
    let path = std::env::join_paths(absolute).unwrap_or_default();
    // An empty list would mean the working directory.
    let path = Some(path).filter(|path| !path.is_empty());
    let found = path.and_then(|path| which::which_in_all(name, Some(path), "/").ok());
    found.into_iter().flatten()
}

/// The go command that is recorded beside one of the links.
fn recorded(
    links: impl IntoIterator<Item = PathBuf>,
    this_program: &Path,
) -> Result<Go, FindError> {
    let mut lost = None;
    for link in links {
        let Some(dir) = link.parent() else { continue };
        let record = dir.join(RECORD);
        let Ok(target) = std::fs::read_link(&record) else { continue };
        // A relative link leads on from where it lies, wherever we were started.
        let target = dir.join(target);
        let is_go = which::which_in(&target, None::<&OsStr>, "/").is_ok()
            && kin(&target, this_program) == Kin::Stranger;
        if is_go {
            return Ok(Go::at(target, Source::Recorded(record)));
        }
        lost.get_or_insert(FindError::RecordLost { record, target });
    }
    Err(lost.unwrap_or(FindError::NotOnPath))
}

impl Go {
    /// The go command of a toolchain that was unpacked from a bundle.
    pub fn of_bundle(goroot: &Path, bundle: &Path) -> Go {
        Go::at(goroot.join("bin/go"), Source::Bundle(bundle.to_path_buf()))
    }

    fn at(path: PathBuf, source: Source) -> Go {
        let goroot = path.canonicalize().ok().and_then(|real| {
            let root = real.parent()?.parent()?.to_path_buf();
            root.join("VERSION").is_file().then_some(root)
        });
        Go { path, goroot, source }
    }

    /// The version, such as `1.26.8`, from GOROOT's VERSION file: no process is started. `None`
    /// where that does not tell, as for a development build.
    pub fn version(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.goroot.as_ref()?.join("VERSION")).ok()?;
        let first = text.split_whitespace().next()?;
        first.strip_prefix("go").map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn executable(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn search<'a>(
        named: Option<&'a Path>,
        path: Option<&'a OsStr>,
        this_program: &'a Path,
    ) -> Result<Go, FindError> {
        let named = named.map(Path::as_os_str);
        find(&Search { named, path, this_program, called_as: None, dir: Path::new("/") })
    }

    #[test]
    fn this_program_under_the_name_go_is_passed_over() {
        let temp = tempfile::tempdir().unwrap();
        let (own, real) = (temp.path().join("own/go-offline"), temp.path().join("real/bin/go"));
        executable(&own);
        executable(&real);
        std::fs::create_dir(temp.path().join("shim")).unwrap();
        symlink(&own, temp.path().join("shim/go")).unwrap();
        std::fs::write(temp.path().join("real/VERSION"), "go1.2.3\ntime x\n").unwrap();

        let path =
            std::env::join_paths([temp.path().join("shim"), temp.path().join("real/bin")]).unwrap();
        let go = search(None, Some(&path), &own).unwrap();
        assert_eq!((&go.path, &go.source), (&real, &Source::OnPath));
        assert_eq!(go.version().as_deref(), Some("1.2.3"));

        let path = std::env::join_paths([temp.path().join("shim")]).unwrap();
        assert_eq!(search(None, Some(&path), &own), Err(FindError::NotOnPath));
        std::fs::create_dir(temp.path().join("hard")).unwrap();
        std::fs::hard_link(&own, temp.path().join("hard/go")).unwrap();
        for named in ["shim/go", "hard/go", "own/go-offline"] {
            let named = temp.path().join(named);
            let found = search(Some(&named), None, &own);
            assert_eq!(found, Err(FindError::Ourselves(named)));
        }
    }

    #[test]
    fn what_was_recorded_is_found_beside_the_link_and_comes_last() {
        let temp = tempfile::tempdir().unwrap();
        let (own, real) = (temp.path().join("own/go-offline"), temp.path().join("real/go"));
        executable(&own);
        executable(&real);
        let shim = temp.path().join("shim");
        std::fs::create_dir(&shim).unwrap();
        symlink(&own, shim.join("go")).unwrap();
        symlink(&real, shim.join(RECORD)).unwrap();
        let recorded = Source::Recorded(shim.join(RECORD));

        let found = search(None, Some(shim.as_os_str()), &own).unwrap();
        assert_eq!((&found.path, &found.source), (&real, &recorded));
        let link = shim.join("go");
        let by_call = |path| {
            let called_as = Some(link.as_path());
            find(&Search { named: None, path, this_program: &own, called_as, dir: &shim })
        };
        assert_eq!(by_call(None).unwrap().source, recorded);
        executable(&temp.path().join("other/go"));
        let other = temp.path().join("other");
        assert_eq!(by_call(Some(other.as_os_str())).unwrap().source, Source::OnPath);
        std::fs::remove_file(shim.join(RECORD)).unwrap();
        symlink("../real/go", shim.join(RECORD)).unwrap();
        assert_eq!(by_call(None).unwrap().path, shim.join("../real/go"));
        std::fs::remove_file(shim.join(RECORD)).unwrap();
        symlink(&real, shim.join(RECORD)).unwrap();
        std::fs::remove_file(&real).unwrap();
        let lost = FindError::RecordLost { record: shim.join(RECORD), target: real };
        assert_eq!(by_call(None), Err(lost));
    }

    #[test]
    fn a_script_that_starts_us_is_no_go_command() {
        let temp = tempfile::tempdir().unwrap();
        let script = temp.path().join("go");
        executable(&script);
        std::fs::write(&script, "#!/bin/sh\nexec go-offline go \"$@\"\n").unwrap();
        let own = Path::new("/own");
        let path = Some(temp.path().as_os_str());
        assert_eq!(search(None, path, own), Err(FindError::NotOnPath));
        assert_eq!(search(Some(&script), path, own), Err(FindError::StartsUs(script)));
    }

    #[test]
    fn relative_directories_are_never_searched() {
        let temp = tempfile::tempdir().unwrap();
        executable(&temp.path().join("bin/go"));
        let path = Some(OsStr::new("bin:."));
        let dir = temp.path();
        let this_program = Path::new("/own");
        let find = |named: Option<&str>| {
            find(&Search { named: named.map(OsStr::new), path, this_program, called_as: None, dir })
        };
        assert_eq!(find(None), Err(FindError::NotOnPath));
        assert_eq!(find(Some("go")), Err(FindError::NotExecutable("go".into())));
        // A path is no name, and starts where we stand.
        assert_eq!(find(Some("bin/go")).unwrap().path, dir.join("bin/go"));
    }

    #[test]
    fn the_named_file_wins_and_must_be_executable() {
        let temp = tempfile::tempdir().unwrap();
        let go = temp.path().join("my-go");
        executable(&go);
        let own = Path::new("/own");
        assert_eq!(search(Some(&go), None, own).unwrap().path, go);
        std::fs::set_permissions(&go, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(search(Some(&go), None, own), Err(FindError::NotExecutable(go)));
    }
}
