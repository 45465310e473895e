//! Files that hold settings for us and that this version does not read yet. They are named, since
//! a policy that is there and does not count must not be taken for one in force.

use crate::profile::Environ;
use crate::project::{Project, short_path};
use std::path::{Path, PathBuf};

const NAME: &str = "go-offline.toml";

/// The settings that a command in `dir` would have to heed, as they are shown.
pub(super) fn unread(environ: &Environ, project: Option<&Project>, dir: &Path) -> Vec<PathBuf> {
    match environ.get("GO_OFFLINE_CONFIG") {
        Some(value) if value == "off" => return Vec::new(),
        Some(value) => return vec![PathBuf::from(value)],
        None => {}
    }
    let of_project = project.and_then(|project| nearest(&project.root));
    let of_user = environ.config_dir().map(|dir| dir.join("go-offline/config.toml"));
    let of_user = of_user.filter(|path| path.is_file());
    of_project.into_iter().chain(of_user).map(|path| short_path(dir, &path)).collect()
}

/// From the project's root up to the directory that holds `.git`; without one, in the root only.
fn nearest(root: &Path) -> Option<PathBuf> {
    let here = root.join(NAME);
    if here.is_file() {
        return Some(here);
    }
    let repository = root.ancestors().find(|dir| dir.join(".git").exists())?;
    let between = root.ancestors().take_while(|dir| dir.starts_with(repository));
    between.map(|dir| dir.join(NAME)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_for_up_to_the_repository_and_no_further() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("repository/module");
        std::fs::create_dir_all(&root).unwrap();
        let (above, outside) = (temp.path().join("repository").join(NAME), temp.path().join(NAME));
        std::fs::write(&outside, "").unwrap();
        std::fs::write(&above, "").unwrap();
        assert_eq!(nearest(&root), None, "no repository: in the root only");
        std::fs::create_dir(temp.path().join("repository/.git")).unwrap();
        assert_eq!(nearest(&root), Some(above.clone()));
        std::fs::remove_file(above).unwrap();
        assert_eq!(nearest(&root), None, "not above the repository");
        std::fs::write(root.join(NAME), "").unwrap();
        assert_eq!(nearest(&root), Some(root.join(NAME)));
    }
}
