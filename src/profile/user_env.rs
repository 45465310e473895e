//! What the user has set: the process environment, and the files of `go env`.

use super::EnvFile;
use super::goenv::Origin;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// A process environment, handed in by whoever may read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environ(BTreeMap<OsString, OsString>);

impl Environ {
    /// The value of a variable; an empty value is no value, as for the go command.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Every variable.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The value as it is, empty or not.
    pub(super) fn raw(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Sets or unsets a variable of this copy.
    pub(super) fn put(&mut self, name: &str, value: Option<OsString>) {
        match value {
            Some(value) => drop(self.0.insert(name.into(), value)),
            None => drop(self.0.remove(OsStr::new(name))),
        }
    }

    /// The value as text; `None` if unset, empty or not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(OsStr::to_str)
    }

    /// Whether the variable is there at all, empty or not.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(OsStr::new(name))
    }

    /// `$XDG_CONFIG_HOME` or `$HOME/.config`: Go's `os.UserConfigDir` on Unix systems.
    pub fn config_dir(&self) -> Option<PathBuf> {
        self.user_dir("XDG_CONFIG_HOME", ".config")
    }

    /// `$XDG_CACHE_HOME` or `$HOME/.cache`: Go's `os.UserCacheDir` on Unix systems.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        self.user_dir("XDG_CACHE_HOME", ".cache")
    }

    /// Our own cache: `$GO_OFFLINE_CACHE_DIR`, else `go-offline` in the user's cache directory. `None`
    /// where neither is an absolute path.
    pub fn own_cache_dir(&self) -> Option<PathBuf> {
        match self.get("GO_OFFLINE_CACHE_DIR") {
            Some(dir) => Some(PathBuf::from(dir)).filter(|dir| dir.is_absolute()),
            None => Some(self.cache_dir()?.join("go-offline")),
        }
    }

    fn user_dir(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        match self.get(variable) {
            Some(dir) => Some(PathBuf::from(dir)).filter(|dir| dir.is_absolute()),
            None => Some(PathBuf::from(self.get("HOME")?).join(below_home)),
        }
    }

    /// The path of the user's go/env file: `$GOENV`, unless that is `off`.
    pub fn go_env_path(&self) -> Option<PathBuf> {
        match self.get("GOENV") {
            Some(value) if value == "off" => None,
            Some(value) => Some(PathBuf::from(value)),
            None => Some(self.config_dir()?.join("go/env")),
        }
    }
}

impl FromIterator<(OsString, OsString)> for Environ {
    /// Of a variable that is there twice the first counts, as for the C library and the go command.
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        let mut environ = BTreeMap::new();
        for (name, value) in variables {
            environ.entry(name).or_insert(value);
        }
        Environ(environ)
    }
}

/// Everything that says what a variable of the go command is before a profile has its say.
#[derive(Debug, Clone, Default)]
pub struct UserEnv {
    /// The process environment.
    pub environ: Environ,
    /// The user's go/env file.
    pub file: Option<EnvFile>,
    /// GOROOT/go.env, which go reads in every case and with the lowest rank.
    pub goroot_file: Option<EnvFile>,
}

impl UserEnv {
    /// The value in force and where it comes from: the process environment, then the user's
    /// file. GOROOT/go.env is not asked: go itself goes on reading it.
    pub fn get(&self, name: &str) -> Option<(&OsStr, Origin)> {
        if let Some(value) = self.environ.get(name) {
            return Some((value, Origin::Environment));
        }
        let file = self.file.as_ref()?;
        let (value, line) = file.get(name).filter(|(value, _)| !value.is_empty())?;
        Some((OsStr::new(value), Origin::File { path: file.path.clone(), line }))
    }

    /// The module cache: GOMODCACHE, else `pkg/mod` in the first directory of GOPATH, else in
    /// `$HOME/go`. `None` where none of them is set.
    pub fn module_cache(&self) -> Option<PathBuf> {
        if let Some((dir, _)) = self.get("GOMODCACHE") {
            return Some(PathBuf::from(dir));
        }
        Some(self.gopath()?.join("pkg/mod"))
    }

    /// The first directory of GOPATH, else `$HOME/go`.
    pub fn gopath(&self) -> Option<PathBuf> {
        match self.get("GOPATH") {
            Some((list, _)) => std::env::split_paths(list).next(),
            None => Some(PathBuf::from(self.environ.get("HOME")?).join("go")),
        }
    }

    /// GOFLAGS in force. Here GOROOT/go.env counts, since a GOFLAGS that we set hides it.
    pub fn goflags(&self) -> (String, Option<Origin>) {
        if let Some((value, origin)) = self.get("GOFLAGS") {
            return (value.to_string_lossy().into_owned(), Some(origin));
        }
        if let Some(file) = &self.goroot_file
            && let Some((value, line)) = file.get("GOFLAGS")
        {
            return (value.to_owned(), Some(Origin::File { path: file.path.clone(), line }));
        }
        (String::new(), None)
    }
}
