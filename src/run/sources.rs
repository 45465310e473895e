//! Which directory is the project, where it is to be carried with all that it needs.

use super::scene::Scene;
use crate::gomod::Replace;
use crate::project::{GitRules, Project, SumFile, checkout_top, clean_path};
use anyhow::bail;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The directory that is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    /// The directory: that of go.mod or go.work, or of the checkout where the project reaches beyond.
    pub(super) dir: PathBuf,
    /// The directory of the checkout, or the same.
    pub(super) top: PathBuf,
    /// Below the directory, that of go.mod or go.work; `.` for itself.
    pub(super) project: String,
}

/// Finds the directory: the project's own, unless a module of a workspace or a directory that replaces
/// one lies outside of it.
///
/// # Errors
/// Something lies outside of the checkout too.
pub(super) fn root_of(project: &Project) -> anyhow::Result<Root> {
    if let Some(path) = absolute_replacement(project) {
        bail!(
            "a `replace` leads to {path}, which is nowhere on the far side: `--with-source` needs a path relative to go.mod or go.work"
        );
    }
    let own = project.root.as_path();
    let top = checkout_of(own);
    let dirs = needed_dirs(project);
    let dir = if dirs.iter().all(|dir| dir.starts_with(own)) { own } else { top };
    if let Some(outside) = dirs.iter().find(|needed| !needed.starts_with(dir)) {
        bail!(
            "{} belongs to the project and lies outside of {}: `--with-source` carries one directory",
            outside.display(),
            dir.display()
        );
    }
    let project = own.strip_prefix(dir).unwrap_or(Path::new(""));
    let Some(project) = project.to_str() else {
        bail!("{}: the name is not UTF-8, so no bundle can hold it", own.display());
    };
    let project = if project.is_empty() { "." } else { project }.to_owned();
    Ok(Root { dir: dir.to_path_buf(), top: top.to_path_buf(), project })
}

/// The directory of the checkout that a project belongs to. One that ignores the project's directory is
/// another's, in which it only lies.
fn checkout_of(project: &Path) -> &Path {
    let top = checkout_top(project);
    let is_ignored = GitRules::new(top, top).ignoring_line(project, true).is_some();
    if is_ignored { project } else { top }
}

/// A directory that replaces a module, or is a module of the workspace, by an absolute path.
fn absolute_replacement(project: &Project) -> Option<&str> {
    let work = || project.work.iter().filter_map(|work| work.value.as_ref().ok());
    let of_modules = project.mod_files().flat_map(|(_, _, file)| &file.replace);
    let replaces = work().flat_map(|work| &work.replace).chain(of_modules);
    let dirs = replaces.filter(|replace| is_dir(replace)).map(|replace| replace.new.path.as_str());
    let uses = work().flat_map(|work| &work.uses).map(|used| used.path.as_str());
    dirs.chain(uses).find(|path| Path::new(path).is_absolute())
}

/// The directories of the main modules, and those that replace modules.
fn needed_dirs(project: &Project) -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = project.modules.iter().map(|module| module.dir.clone()).collect();
    let work = project.work.as_ref().and_then(|work| work.value.as_ref().ok());
    let of_work =
        work.iter().flat_map(|work| &work.replace).map(|replace| (&project.root, replace));
    let of_modules = project
        .mod_files()
        .flat_map(|(module, _, file)| file.replace.iter().map(|replace| (&module.dir, replace)));
    let replaced = of_work.chain(of_modules).filter(|(_, replace)| is_dir(replace));
    dirs.extend(replaced.map(|(dir, replace)| clean_path(&dir.join(&replace.new.path))));
    dirs
}

fn is_dir(replace: &Replace) -> bool {
    replace.new.version.is_empty()
}

/// The files that make it a project. Some keep their go.mod out of git, and make it anew for each build.
pub(super) fn own_files(project: &Project, sums: &[SumFile]) -> Vec<PathBuf> {
    let work = project.work.iter().map(|work| work.file.path.clone());
    let modules = project.mod_files().map(|(_, file, _)| file.path.clone());
    let sums = sums.iter().map(|sum| sum.path.clone());
    work.chain(modules).chain(sums).collect()
}

/// The files below the directory that git tracks: a .gitignore that names one does not keep it out. The
/// second value says why they are not known.
pub(super) fn tracked(root: &Root, scene: &Scene) -> (BTreeSet<PathBuf>, Option<String>) {
    if !root.top.join(".git").exists() {
        return (BTreeSet::new(), None);
    }
    let not_known = |why: &str| {
        let note = format!(
            "{why}: files that git tracks although a .gitignore names them are not in the bundle; `--include FILE` takes them in"
        );
        (BTreeSet::new(), Some(note))
    };
    let path = scene.surroundings.environ.get("PATH");
    let Some(git) = crate::gotool::on_path("git", path).next() else {
        return not_known("there is no git");
    };
    // The repository's own settings may name programs; none of them is to run here.
    let args = [
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "ls-files",
        "-z",
        "--cached",
    ];
    let asked = duct::cmd(git.as_os_str(), args)
        .dir(&root.dir)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .stdin_null()
        .stderr_null()
        .stdout_capture()
        .unchecked()
        .run();
    match asked {
        Ok(output) if output.status.success() => {
            let names = output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            let paths = names.map(|name| root.dir.join(OsStr::from_bytes(name)));
            // What was removed or never checked out, and directories of submodules, are not there.
            let files = paths
                .filter(|path| path.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()));
            (files.collect(), None)
        }
        _ => not_known("git does not list the files"),
    }
}
