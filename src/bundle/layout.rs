//! A bundle laid out for a proxy: only what that serves, under the names that it looks for.

use super::{FileEntry, LinkEntry, MANIFEST, Manifest, Sink};
use crate::gomod::module_path::{unescape_path, unescape_version};
use std::io::{self, Read};

/// Who is to serve it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Any file server: the tree that GOPROXY names, `sumdb/` included.
    Goproxy,
    /// Athens with `ATHENS_STORAGE_TYPE=disk`: pkg/storage/fs of gomods/athens. It has no place for the
    /// checksum database.
    Athens,
}

impl Layout {
    /// The name that a file of the bundle gets; `None` for what is not served.
    pub fn name(self, name: &str) -> Option<String> {
        if name == MANIFEST || name.starts_with("source/") || name.starts_with("payload/") {
            return None;
        }
        match self {
            Layout::Goproxy => Some(name.to_owned()),
            Layout::Athens => athens(name),
        }
    }
}

/// Athens has a directory for each version, with path and version as they are, and three files in it.
fn athens(name: &str) -> Option<String> {
    let (path, file) = name.split_once("/@v/")?;
    let (version, kind) = file.rsplit_once('.')?;
    let (path, version) = (unescape_path(path).ok()?, unescape_version(version).ok()?);
    let file = match kind {
        "mod" => "go.mod".to_owned(),
        "zip" => "source.zip".to_owned(),
        "info" => format!("{version}.info"),
        _ => return None,
    };
    Some(format!("{path}/{version}/{file}"))
}

/// Hands on what is served, under its name there.
pub struct LaidOut<'a> {
    /// Who is to serve it.
    pub layout: Layout,
    /// What takes it.
    pub sink: &'a dyn Sink,
}

impl Sink for LaidOut<'_> {
    fn manifest(&self, _: &Manifest) -> io::Result<()> {
        Ok(())
    }

    fn file(&self, file: &FileEntry, content: &mut dyn Read) -> io::Result<()> {
        let Some(path) = self.layout.name(&file.path) else { return Ok(()) };
        self.sink.file(&FileEntry { path, ..file.clone() }, content)
    }

    fn link(&self, _: &LinkEntry) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn athens_has_true_names_and_a_directory_for_each_version() {
        let cases = [
            ("github.com/!azure/x/@v/v1.0.0-!r!c1.zip", "github.com/Azure/x/v1.0.0-RC1/source.zip"),
            ("github.com/!azure/x/@v/v1.0.0.mod", "github.com/Azure/x/v1.0.0/go.mod"),
            ("a.b/c/v2/@v/v2.0.0.info", "a.b/c/v2/v2.0.0/v2.0.0.info"),
        ];
        for (name, want) in cases {
            assert_eq!(Layout::Athens.name(name).as_deref(), Some(want));
            assert_eq!(Layout::Goproxy.name(name).as_deref(), Some(name));
        }
        for name in ["a.b/@v/list", "sumdb/sum.golang.org/supported", "source/a/@v/x.mod"] {
            assert_eq!(Layout::Athens.name(name), None, "{name}");
        }
        assert_eq!(Layout::Goproxy.name("manifest.json"), None);
        assert!(Layout::Goproxy.name("sumdb/sum.golang.org/supported").is_some());
    }
}
