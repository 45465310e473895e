//! How a directory differs from the list of a module's files.

use super::{Content, ContentKind};
use crate::gomod::FileList;

impl<L> Content<L> {
    /// How an extracted module differs from the list of its files, all of which go extracts: a line each.
    pub fn differences(&self, files: &FileList) -> Vec<String> {
        let mut all = Vec::new();
        let mut seen = vec![false; files.len()];
        for file in &self.files {
            let name = file.path.to_string_lossy();
            let listed = file.path.to_str().and_then(|name| files.find(name));
            match (&file.kind, listed) {
                (ContentKind::Regular { hash, .. }, Some(listed)) => {
                    seen[listed] = true;
                    if !files.has_hash(listed, hash) {
                        all.push(format!("{name} has other bytes"));
                    }
                }
                (ContentKind::Regular { .. }, None) => {
                    all.push(format!("{name} is not in the module"));
                }
                (_, listed) => {
                    if let Some(listed) = listed {
                        seen[listed] = true;
                    }
                    all.push(format!("{name} is no regular file"));
                }
            }
        }
        let missing = seen.iter().enumerate().filter(|(_, seen)| !**seen);
        all.extend(missing.map(|(file, _)| format!("{} is missing", files.name(file))));
        all
    }
}
