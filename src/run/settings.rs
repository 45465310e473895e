//! Finds and reads the settings files: the project's go-offline.toml and the user's config.toml.

use super::Failure;
use super::facts::lint_codes;
use crate::gomod::Span;
use crate::gotool::flag_names;
use crate::profile::{Config, ConfigError, ConfigFile, Environ, Known, Layers, Trust};
use crate::project::{Project, checkout_top, clean_path, repository, short_path};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NAME: &str = "go-offline.toml";

/// Longer files are not read: nobody writes such settings.
const LONGEST: u64 = 1 << 18;

/// Which settings files are to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ConfigChoice {
    /// The project's and the user's.
    #[default]
    Found,
    /// This one in place of the project's, and the user's.
    File(PathBuf),
    /// None.
    Off,
}

/// The settings files that were read.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The project's, or the one named in its place.
    pub project: Option<Config>,
    /// The user's own.
    pub user: Option<Config>,
}

impl Settings {
    /// The files as the profile room takes them.
    pub fn layers(&self) -> Layers<'_> {
        Layers { project: self.project.as_ref(), user: self.user.as_ref() }
    }
}

/// Reads the settings that count for a project, with `dir` as the directory where paths are shown
/// from.
pub(super) fn read(
    choice: &ConfigChoice,
    environ: &Environ,
    project: Option<&Project>,
    dir: &Path,
) -> Result<Settings, Failure> {
    let named = match (choice, environ.get("GO_OFFLINE_CONFIG")) {
        (ConfigChoice::Off, _) => return Ok(Settings::default()),
        (ConfigChoice::File(path), _) => Some(dir.join(path)),
        (ConfigChoice::Found, Some(value)) if value == "off" => return Ok(Settings::default()),
        (ConfigChoice::Found, Some(value)) => Some(dir.join(value)),
        (ConfigChoice::Found, None) => None,
    };
    let root = project.map(|project| project.root.as_path());
    let of_project = match named {
        Some(path) => {
            let path = clean_path(&path);
            let trust =
                if comes_with(root.unwrap_or(dir), &path) { Trust::Project } else { Trust::User };
            Some((path, trust))
        }
        None => match root.and_then(|root| Some((root, nearest(root)?))) {
            Some((root, path)) => {
                check_found(root, &path)?;
                Some((path, Trust::Project))
            }
            None => None,
        },
    };
    let of_user = environ.config_dir().map(|dir| dir.join("go-offline/config.toml"));
    let of_user = of_user.filter(|path| is_there(path)).map(|path| (path, Trust::User));
    let parse = |(path, trust)| parse(path, trust, dir);
    Ok(Settings {
        project: of_project.map(parse).transpose()?,
        user: of_user.map(parse).transpose()?,
    })
}

fn parse(path: PathBuf, trust: Trust, dir: &Path) -> Result<Config, Failure> {
    let reading = || format!("reading settings from {}", path.display());
    let size = path.metadata().with_context(reading).map_err(Failure::config)?.len();
    if size > LONGEST {
        let error = anyhow::anyhow!("{}: {size} bytes are too many for settings", path.display());
        return Err(Failure::config(error));
    }
    let bytes = std::fs::read(&path).with_context(reading).map_err(Failure::io)?;
    let (text, bad) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(at))
        }
    };
    let shown = short_path(dir, &path);
    let file = ConfigFile { path, shown, text: Arc::from(text), trust };
    if let Some(at) = bad {
        return Err(Failure::config(Mistakes(vec![not_text(&file, at..at + 1)])));
    }
    let (codes, flags) = (lint_codes(), flag_names());
    let known = Known { codes: &codes, flags: &flags };
    Config::parse(file, known).map_err(|errors| Failure::config(Mistakes(errors)))
}

fn not_text(file: &ConfigFile, span: Span) -> ConfigError {
    ConfigError {
        message: "this is not UTF-8".to_owned(),
        label: String::new(),
        help: "save the file as UTF-8".to_owned(),
        shown: file.shown.clone(),
        text: Arc::clone(&file.text),
        span,
    }
}

/// Mistakes in settings, to be shown with their lines.
#[derive(Debug)]
pub struct Mistakes(pub Vec<ConfigError>);

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Mistakes {}

/// From the project's root up to the directory that holds `.git`; without one, in the root only.
fn nearest(root: &Path) -> Option<PathBuf> {
    let here = root.join(NAME);
    if is_there(&here) {
        return Some(here);
    }
    let repository = repository(root)?;
    let between = root.ancestors().take_while(|dir| dir.starts_with(repository));
    between.map(|dir| dir.join(NAME)).find(|path| is_there(path))
}

/// Whether something has this name that is no directory. A link to nowhere is somebody's settings
/// that are lost, and not nobody's.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir())
}

/// Refuses what the checkout passes off as settings: a mistake in them is shown with its line, so a
/// link to a file of the user's would publish that in a CI's log; and a pipe is waited for.
fn check_found(root: &Path, path: &Path) -> Result<(), Failure> {
    let refuse = |why| {
        Failure::config(anyhow::anyhow!(
            "{} {why}: `--config FILE` reads settings from anywhere, `--no-config` reads none",
            path.display()
        ))
    };
    let reading = || format!("reading settings from {}", path.display());
    let real = path.canonicalize().with_context(reading).map_err(Failure::config)?;
    if !real.is_file() {
        return Err(refuse("is no regular file"));
    }
    let checkout = checkout_top(root);
    let checkout = checkout.canonicalize().unwrap_or_else(|_| checkout.to_path_buf());
    if !real.starts_with(checkout) {
        return Err(refuse("is a link that leaves the checkout"));
    }
    if is_a_strangers(root, &real) {
        return Err(refuse("belongs to another user than the project does"));
    }
    Ok(())
}

/// Whether a file is neither ours, nor root's, nor of whoever owns the project. A directory that
/// many may write to, such as /tmp, can hold settings and a `.git` for all that lies below it.
fn is_a_strangers(root: &Path, file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| path.metadata().map(|metadata| metadata.uid()).ok();
    let own = rustix::process::geteuid().as_raw();
    match (owner(file), owner(root)) {
        (Some(file), root) => file != 0 && file != own && Some(file) != root,
        (None, _) => false,
    }
}

/// Whether a file lies in the checkout of a project, this one or another: it has no more trust than
/// the rest of it. A link in the checkout comes with it too, and so does what a link from elsewhere
/// leads to there.
fn comes_with(root: &Path, path: &Path) -> bool {
    let checkout = checkout_top(root);
    if repository(path).is_some() {
        return true;
    }
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    path.starts_with(checkout) || real(path).starts_with(real(checkout))
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

    #[test]
    fn what_only_has_the_name_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("checkout");
        std::fs::create_dir(&root).unwrap();
        for name in ["secret", "checkout/shared"] {
            std::fs::write(temp.path().join(name), "").unwrap();
        }
        let path = root.join(NAME);
        let dev_null = "/dev/null".into();
        let cases = [
            (root.join("shared"), ""),
            (root.join("nowhere"), "reading settings"),
            (dev_null, "no regular file"),
            (temp.path().join("secret"), "leaves the checkout"),
        ];
        for (target, want) in cases {
            std::os::unix::fs::symlink(&target, &path).unwrap();
            assert_eq!(nearest(&root), Some(path.clone()), "{target:?}");
            let said = check_found(&root, &path).map_err(|failure| failure.error.to_string());
            match want {
                "" => assert!(said.is_ok(), "{said:?}"),
                want => assert!(said.unwrap_err().contains(want), "{target:?}"),
            }
            std::fs::remove_file(&path).unwrap();
        }
        std::fs::create_dir(&path).unwrap();
        assert_eq!(nearest(&root), None, "a directory is no file");
    }

    #[test]
    fn a_file_of_the_checkout_has_no_more_trust_than_the_checkout() {
        let temp = tempfile::tempdir().unwrap();
        let checkout = temp.path().join("checkout");
        std::fs::create_dir_all(checkout.join(".git")).unwrap();
        std::fs::create_dir(checkout.join("module")).unwrap();
        for name in ["checkout/ci.toml", "mine.toml"] {
            std::fs::write(temp.path().join(name), "").unwrap();
        }
        std::os::unix::fs::symlink(temp.path().join("mine.toml"), checkout.join("link.toml"))
            .unwrap();
        std::os::unix::fs::symlink(checkout.join("ci.toml"), temp.path().join("link.toml"))
            .unwrap();
        let root = checkout.join("module");
        for name in ["checkout/ci.toml", "checkout/link.toml", "link.toml"] {
            assert!(comes_with(&root, &temp.path().join(name)), "{name}");
        }
        assert!(!comes_with(&root, &temp.path().join("mine.toml")));
        // Another checkout is a checkout.
        assert!(comes_with(&temp.path().join("elsewhere"), &temp.path().join("checkout/ci.toml")));
    }
}
