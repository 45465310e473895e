//! What is known of a module version once its zip was read: all that is asked of it later.

use crate::gomod::FileList;
use crate::gomod::module_path::check_import_path;
use crate::vendoring;
use std::collections::BTreeMap;

/// The list of a module's files, and the contents of the few of them that decide what of the list
/// belongs into vendor/. With these no zip is needed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Every file with its hash.
    pub files: FileList,
    /// Contents by name below the module's root, of those files for which [`is_carried`] holds.
    pub carried: BTreeMap<String, Vec<u8>>,
}

/// Whether a Go file's content goes with the list.
///
/// A `.go` file that a constraint keeps out of every build is not vendored: with its content that can
/// be told apart from a file that somebody deleted. What a file embeds is vendored too, before go 1.22
/// also what a `_test.go` file embeds, which itself never is. Neither matters where no package can be
/// imported from.
///
/// Lists that were made by another rule would give another lock: whoever changes this changes the
/// first line of the format of lists as well.
pub fn is_carried(name: &str, content: &[u8]) -> bool {
    if !may_be_in_package(name) {
        return false;
    }
    let Some(stem) = name.strip_suffix(".go") else { return false };
    !vendoring::embed_patterns(content).is_empty()
        || !stem.ends_with("_test") && vendoring::is_left_out(content)
}

/// Whether the directory of a file can be part of an import path.
fn may_be_in_package(name: &str) -> bool {
    let Some((dir, _)) = name.rsplit_once('/') else { return true };
    // A path may not start with a dash, but what follows the module's path may.
    check_import_path(&format!("m/{dir}")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_is_carried() {
        let ignored = b"//go:build ignore\n\npackage main\n";
        let embeds = b"package a\n\nimport _ \"embed\"\n\n//go:embed x.txt\nvar x string\n";
        for (name, content, carried) in [
            ("gen.go", ignored.as_slice(), true),
            ("internal/-x/gen.go", ignored, true),
            ("testdata/gen.go", ignored, true),
            ("not a path/gen.go", ignored, false),
            ("gen.txt", ignored, false),
            ("a.go", b"package a\n", false),
            ("a.go", embeds, true),
            ("a_test.go", embeds, true),
            ("a_test.go", ignored, false),
            ("a b/a_test.go", embeds, false),
        ] {
            assert_eq!(is_carried(name, content), carried, "{name}");
        }
    }
}
