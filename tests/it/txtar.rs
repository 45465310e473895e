//! Small worlds: a temporary directory filled from a text of files.

use std::fs;
use std::path::{Path, PathBuf};

/// A directory of files that goes away with the test.
pub(crate) struct World {
    dir: tempfile::TempDir,
}

impl World {
    /// Writes the files of a text, each behind a line `-- NAME --`.
    pub(crate) fn new(text: &str) -> World {
        let world = World { dir: tempfile::tempdir().unwrap() };
        world.add(text);
        world
    }

    /// Writes more files.
    pub(crate) fn add(&self, text: &str) {
        for (name, content) in files(text) {
            self.write(name, content);
        }
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// The files of a text: name and content; what stands before the first is a comment.
pub(crate) fn files(text: &str) -> Vec<(&str, &str)> {
    let mut files: Vec<(&str, usize, usize)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ").and_then(|line| line.strip_suffix(" --"));
        if let Some(name) = name {
            files.push((name, at + line.len(), at + line.len()));
        } else if let Some((_, _, end)) = files.last_mut() {
            *end = at + line.len();
        }
        at += line.len();
    }
    files.into_iter().map(|(name, start, end)| (name, &text[start..end])).collect()
}
