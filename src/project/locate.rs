//! Which module or workspace a directory belongs to: the rules of
//! `cmd/go/internal/modload/init.go` (`findModuleRoot`, `findWorkspaceFile`, `FindGoWork`).

use super::{File, MainModule, Parsed, Project, clean_path};
use crate::gomod::{ModFile, WorkFile};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// What GOWORK says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum GoWork {
    /// Unset, empty or `auto`: the nearest go.work at or above the directory.
    #[default]
    Auto,
    /// `off`.
    Off,
    /// A file.
    File(PathBuf),
}

impl GoWork {
    /// Reads the variable's value.
    ///
    /// # Errors
    /// A relative path, which go refuses as well.
    pub fn parse(value: Option<&Path>) -> Result<GoWork> {
        let Some(value) = value else {
            return Ok(GoWork::Auto);
        };
        match value.to_str() {
            Some("" | "auto") => Ok(GoWork::Auto),
            Some("off") => Ok(GoWork::Off),
            _ if value.is_absolute() => Ok(GoWork::File(value.to_path_buf())),
            _ => bail!("invalid GOWORK: `{}` is not an absolute path", value.display()),
        }
    }
}

/// Where to look.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// The directory that go will run in, absolute.
    pub dir: PathBuf,
    /// GOWORK as it will be in force.
    pub gowork: GoWork,
    /// The value of `-modfile`, relative to `dir`.
    pub modfile: Option<PathBuf>,
    /// GOROOT: the search for go.work does not go past it.
    pub goroot: Option<PathBuf>,
    /// The system's directory for temporary files: a go.mod right in it is ignored.
    pub temp_dir: PathBuf,
    /// The first directory of GOPATH: the same holds for it.
    pub gopath: Option<PathBuf>,
}

/// Finds the project of a directory and reads go.work and the go.mod files; `None` outside any
/// module.
///
/// # Errors
/// A file that exists and cannot be read, or a GOWORK or `-modfile` that names no file.
pub fn locate(lookup: &Lookup) -> Result<Option<Project>> {
    let nearest_module = nearest_module(lookup);
    match go_work(lookup) {
        Some(path) => workspace(lookup, &path, nearest_module).map(Some),
        None => match nearest_module {
            Some(root) => module(lookup, root).map(Some),
            None => Ok(None),
        },
    }
}

fn module(lookup: &Lookup, root: PathBuf) -> Result<Project> {
    let path = match &lookup.modfile {
        Some(name) => clean_path(&lookup.dir.join(name)),
        None => root.join("go.mod"),
    };
    let file = File::read(&lookup.dir, path.clone())?
        .with_context(|| format!("-modfile={}: no such file", path.display()))?;
    let value = ModFile::parse(&file.text);
    Ok(Project {
        dir: lookup.dir.clone(),
        root: root.clone(),
        work: None,
        modules: vec![MainModule { dir: root.clone(), mod_file: Some(Parsed { file, value }) }],
        nearest_module: Some(root),
    })
}

fn workspace(lookup: &Lookup, path: &Path, nearest_module: Option<PathBuf>) -> Result<Project> {
    let root = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let file = File::read(&lookup.dir, path.to_path_buf())?
        .with_context(|| format!("GOWORK={}: no such file", path.display()))?;
    let value = WorkFile::parse(&file.text);
    let mut modules = Vec::new();
    if let Ok(work) = &value {
        for entry in &work.uses {
            let dir = clean_path(&root.join(&entry.path));
            let mod_file = File::read(&lookup.dir, dir.join("go.mod"))?
                .map(|file| Parsed { value: ModFile::parse(&file.text), file });
            modules.push(MainModule { dir, mod_file });
        }
    }
    let work = Some(Parsed { file, value });
    Ok(Project { dir: lookup.dir.clone(), root, work, modules, nearest_module })
}

fn go_work(lookup: &Lookup) -> Option<PathBuf> {
    match &lookup.gowork {
        GoWork::Off => None,
        GoWork::File(path) => Some(clean_path(path)),
        GoWork::Auto => {
            for dir in lookup.dir.ancestors() {
                let path = dir.join("go.work");
                if is_taken(&path) {
                    return Some(path);
                }
                if dir.parent().is_some_and(|parent| Some(parent) == lookup.goroot.as_deref()) {
                    return None;
                }
            }
            None
        }
    }
}

fn nearest_module(lookup: &Lookup) -> Option<PathBuf> {
    let root = lookup.dir.ancestors().find(|dir| is_taken(&dir.join("go.mod")))?;
    let is_ignored = root == lookup.temp_dir || Some(root) == lookup.gopath.as_deref();
    (!is_ignored).then(|| root.to_path_buf())
}

/// Whether go takes this for the file it looks for: anything but a directory, a pipe included.
fn is_taken(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_dir())
}
