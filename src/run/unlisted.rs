//! Directories of Go files that modules.txt does not list, and that belong there all the same.

use crate::check::{Bytes, Evidence};
use crate::project::{Content, Tree};
use crate::vendoring::{EmbedPattern, Expected, Owners, dir_and_base};
use std::collections::{HashMap, HashSet};

/// Leaves out those whose Go files are all proven to be there for another reason than to be a package:
/// they may be embedded by a test, or by a file that no build takes, neither of which is vendored.
pub(super) fn keep_unlisted(
    tree: &mut Tree,
    content: &Content<Vec<EmbedPattern>>,
    expected: &Expected,
    owners: &Owners<'_>,
    bytes: &Bytes,
) {
    if tree.unlisted.is_empty() {
        return;
    }
    let wrong: HashSet<&str> = bytes.differences.iter().map(|one| one.path.as_str()).collect();
    let mismatched = || bytes.lock.iter().flat_map(|lock| &lock.mismatched);
    let is_recorded = |path: &str| {
        owners.of(path).is_some_and(|owner| {
            bytes.modules[owner].evidence == Evidence::Lock
                && mismatched().all(|(number, _)| *number != owner)
        })
    };
    let belongs = |path: &str| !wrong.contains(path) && (expected.has(path) || is_recorded(path));
    // Of each directory with Go files, whether all of them belong there. What lies behind a link, or
    // in a directory whose name is no text, is in none.
    let mut dirs: HashMap<&str, bool> = HashMap::new();
    let paths = content.files.iter().filter_map(|file| file.path.to_str());
    for path in paths.filter(|path| path.ends_with(".go")) {
        *dirs.entry(dir_and_base(path).0).or_insert(true) &= belongs(path);
    }
    tree.unlisted.retain(|one| dirs.get(one.package.as_str()) != Some(&true));
}
