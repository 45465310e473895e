//! Finds the real go command, which may not be ourselves under another name.

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
}

/// Why no go command was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindError {
    /// GO_OFFLINE_GO names something that is not an executable file.
    NotExecutable(PathBuf),
    /// GO_OFFLINE_GO names this program, which would start itself for ever.
    Ourselves(PathBuf),
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
            FindError::NotOnPath => f.write_str(
                "no go command on PATH: install Go, or name the go command in GO_OFFLINE_GO",
            ),
        }
    }
}

impl std::error::Error for FindError {}

/// Finds the go command: the file named by GO_OFFLINE_GO, else the first `go` in an absolute
/// directory of PATH that is not this program.
///
/// # Errors
/// There is none.
pub fn find(
    named: Option<&OsStr>,
    path: Option<&OsStr>,
    this_program: &Path,
    dir: &Path,
) -> Result<Go, FindError> {
    if let Some(named) = named {
        let found = which::which_in(named, path, dir);
        let found = found.map_err(|_| FindError::NotExecutable(named.into()))?;
        if is_same_file(&found, this_program) {
            return Err(FindError::Ourselves(found));
        }
        return Ok(Go::at(found));
    }
    let absolute = std::env::split_paths(path.unwrap_or_default()).filter(|dir| dir.is_absolute());
    // Directories that PATH cannot hold cannot have come from it.
    let path = std::env::join_paths(absolute).map_err(|_| FindError::NotOnPath)?;
    let is_other = |found: &PathBuf| !is_same_file(found, this_program);
    let mut found = which::which_in_all("go", Some(path), dir).map_err(|_| FindError::NotOnPath)?;
    found.find(is_other).map(Go::at).ok_or(FindError::NotOnPath)
}

/// Whether two paths lead to one file, by symbolic links or by hard ones.
fn is_same_file(one: &Path, other: &Path) -> bool {
    if let (Ok(one), Ok(other)) = (one.canonicalize(), other.canonicalize())
        && one == other
    {
        return true;
    }
    is_hard_link(one, other)
}

#[cfg(unix)]
fn is_hard_link(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let file = |path: &Path| path.metadata().map(|metadata| (metadata.dev(), metadata.ino()));
    matches!((file(one), file(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(not(unix))]
fn is_hard_link(_: &Path, _: &Path) -> bool {
    false
}

impl Go {
    fn at(path: PathBuf) -> Go {
        let goroot = path.canonicalize().ok().and_then(|real| {
            let root = real.parent()?.parent()?.to_path_buf();
            root.join("VERSION").is_file().then_some(root)
        });
        Go { path, goroot }
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
        let go = find(None, Some(&path), &own, temp.path()).unwrap();
        assert_eq!(go.path, real);
        assert_eq!(go.version().as_deref(), Some("1.2.3"));

        let path = std::env::join_paths([temp.path().join("shim")]).unwrap();
        assert_eq!(find(None, Some(&path), &own, temp.path()), Err(FindError::NotOnPath));
        std::fs::create_dir(temp.path().join("hard")).unwrap();
        std::fs::hard_link(&own, temp.path().join("hard/go")).unwrap();
        for named in ["shim/go", "hard/go", "own/go-offline"] {
            let named = temp.path().join(named);
            let found = find(Some(named.as_os_str()), None, &own, temp.path());
            assert_eq!(found, Err(FindError::Ourselves(named)));
        }
    }

    #[test]
    fn relative_directories_are_never_searched() {
        let temp = tempfile::tempdir().unwrap();
        executable(&temp.path().join("bin/go"));
        let found = find(None, Some(OsStr::new("bin:.")), Path::new("/own"), temp.path());
        assert_eq!(found, Err(FindError::NotOnPath));
    }

    #[test]
    fn the_named_file_wins_and_must_be_executable() {
        let temp = tempfile::tempdir().unwrap();
        let go = temp.path().join("my-go");
        executable(&go);
        let own = Path::new("/own");
        assert_eq!(find(Some(go.as_os_str()), None, own, temp.path()).unwrap().path, go);
        std::fs::set_permissions(&go, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(
            find(Some(go.as_os_str()), None, own, temp.path()),
            Err(FindError::NotExecutable(go))
        );
    }
}
