//! Where a module cache and a proxy's file tree keep what belongs to a module version:
//! `cmd/go/internal/modfetch/cache.go` and `go help goproxy`.

use crate::gomod::ModuleVersion;
use crate::gomod::module_path::{escape_path, escape_version};
use std::path::PathBuf;

/// A GOMODCACHE. Nothing here looks whether a file exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleCache {
    /// The directory.
    pub dir: PathBuf,
}

/// A tree of files as GOPROXY serves them; the `cache/download` of a GOMODCACHE is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyTree {
    /// The directory.
    pub dir: PathBuf,
}

impl ModuleCache {
    /// What was downloaded, as the tree of files that it is.
    pub fn downloads(&self) -> ProxyTree {
        ProxyTree { dir: self.dir.join("cache/download") }
    }

    /// The zip of a module version; `None` if no cache can hold such a version.
    pub fn zip(&self, module: &ModuleVersion) -> Option<PathBuf> {
        self.downloads().zip(module)
    }

    /// The directory that go extracts a module version to; `None` if no cache can hold such a
    /// version.
    pub fn extracted(&self, module: &ModuleVersion) -> Option<PathBuf> {
        let (path, version) = escaped(module)?;
        Some(self.dir.join(format!("{path}@{version}")))
    }
}

impl ProxyTree {
    /// The zip of a module version; `None` if no proxy can serve such a version.
    pub fn zip(&self, module: &ModuleVersion) -> Option<PathBuf> {
        self.file(module, "zip")
    }

    /// The go.mod of a module version; `None` if no proxy can serve such a version.
    pub fn go_mod(&self, module: &ModuleVersion) -> Option<PathBuf> {
        self.file(module, "mod")
    }

    /// What a proxy says of a module version, its time among it; `None` as before.
    pub fn info(&self, module: &ModuleVersion) -> Option<PathBuf> {
        self.file(module, "info")
    }

    /// What the go command locks while it downloads or extracts a module version:
    /// `cmd/go/internal/modfetch/cache.go` `lockVersion`. `None` as before.
    pub fn lock(&self, module: &ModuleVersion) -> Option<PathBuf> {
        self.file(module, "lock")
    }

    /// Where the go command keeps the hash of a zip that it has downloaded. `None` as before.
    pub fn zip_hash(&self, module: &ModuleVersion) -> Option<PathBuf> {
        self.file(module, "ziphash")
    }

    /// A file of a module version by its suffix: beside those that a proxy serves, a module cache keeps
    /// `ziphash`, `lock` and `partial`.
    pub fn file(&self, module: &ModuleVersion, kind: &str) -> Option<PathBuf> {
        Some(self.dir.join(Self::name(module, kind)?))
    }

    /// The name of a file below such a tree: `info`, `mod` or `zip` of a module version; `None` if no
    /// proxy can serve such a version.
    pub fn name(module: &ModuleVersion, kind: &str) -> Option<String> {
        let (path, version) = escaped(module)?;
        Some(format!("{path}/@v/{version}.{kind}"))
    }
}

/// Path and version as file names. Since neither can be `..` or start at a root, what is made of
/// them stays below the directory.
fn escaped(module: &ModuleVersion) -> Option<(String, String)> {
    Some((escape_path(&module.path).ok()?, escape_version(&module.version).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn capitals_are_escaped_as_go_does() {
        let cache = ModuleCache { dir: "/c".into() };
        let module = ModuleVersion::new("github.com/BurntSushi/toml", "v1.0.0-RC1");
        let zip = "/c/cache/download/github.com/!burnt!sushi/toml/@v/v1.0.0-!r!c1.zip";
        assert_eq!(cache.zip(&module).as_deref(), Some(Path::new(zip)));
        let go_mod = "/c/cache/download/github.com/!burnt!sushi/toml/@v/v1.0.0-!r!c1.mod";
        assert_eq!(cache.downloads().go_mod(&module).as_deref(), Some(Path::new(go_mod)));
        let dir = "/c/github.com/!burnt!sushi/toml@v1.0.0-!r!c1";
        assert_eq!(cache.extracted(&module).as_deref(), Some(Path::new(dir)));
        let tree = ProxyTree { dir: "/t".into() };
        let zip = "/t/github.com/!burnt!sushi/toml/@v/v1.0.0-!r!c1.zip";
        assert_eq!(tree.zip(&module).as_deref(), Some(Path::new(zip)));
    }

    #[test]
    fn what_cannot_be_escaped_lies_nowhere() {
        let cache = ModuleCache { dir: "/c".into() };
        for (path, version) in [
            ("../x.y", "v1.0.0"),
            ("/etc", "v1.0.0"),
            ("x.y/../../z", "v1.0.0"),
            ("x.y", "../v1.0.0"),
            ("x.y", ""),
            ("x.y", ".."),
            ("", "v1.0.0"),
            ("./dir", "v1.0.0"),
            ("x.y/z", "v1.0.0/../w"),
        ] {
            let module = ModuleVersion::new(path, version);
            assert_eq!(cache.zip(&module), None, "{module}");
            assert_eq!(cache.downloads().go_mod(&module), None, "{module}");
            assert_eq!(cache.extracted(&module), None, "{module}");
        }
    }
}
