//! The shim first on PATH, for commands that call `go` by name.

use super::scene::Scene;
use crate::gotool::shim::{cached_directory, in_front, is_first, temporary_directory};
use anyhow::anyhow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A directory with the shim, first on PATH as long as this value lives.
#[derive(Debug)]
pub struct ShimOnPath {
    /// The value of PATH.
    pub path: OsString,
    /// Whether the directory is still there when this value is gone.
    pub is_lasting: bool,
    _directory: Directory,
}

#[derive(Debug)]
enum Directory {
    Cached,
    Temporary { _dir: tempfile::TempDir },
}

/// Makes the directory: in our own cache, else a temporary one.
///
/// # Errors
/// Neither can be had; the first reason.
pub fn shim_on_path(scene: &Scene) -> anyhow::Result<ShimOnPath> {
    let program = &scene.surroundings.this_program;
    let environ = &scene.user.environ;
    let cached = match environ.own_cache_dir() {
        Some(cache) => cached_directory(&cache, program),
        None => Err(anyhow!(
            "there is no directory for caches: neither GO_OFFLINE_CACHE_DIR nor HOME is set"
        )),
    };
    let cached = cached.and_then(|dir| Ok((path_with(scene, &dir)?, Directory::Cached)));
    let (path, directory) = cached.or_else(|why| {
        let temp_dir = environ.get("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
        let made = temporary_directory(&temp_dir, program).and_then(|dir| {
            Ok((path_with(scene, dir.path())?, Directory::Temporary { _dir: dir }))
        });
        made.map_err(|_| why)
    })?;
    let is_lasting = matches!(directory, Directory::Cached);
    Ok(ShimOnPath { path, is_lasting, _directory: directory })
}

fn path_with(scene: &Scene, dir: &Path) -> anyhow::Result<OsString> {
    // Empty is a value here: it is the working directory.
    let path = scene.user.environ.has("PATH").then(|| scene.user.environ.get("PATH"));
    let path = path.map(Option::unwrap_or_default);
    if is_first(dir, path) {
        return Ok(path.unwrap_or_default().to_owned());
    }
    in_front(dir, path).ok_or_else(|| anyhow!("{} cannot be written into PATH", dir.display()))
}
