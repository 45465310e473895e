//! What is known of a module version once its zip was read: all that is asked of it later.

use crate::gomod::FileList;
use crate::gomod::module_path::check_import_path;
use crate::vendoring::{self, VendoredPackages, dir_and_base};
use std::collections::{BTreeMap, BTreeSet};

/// The list of a module's files, and the contents of the few of them that decide what of the list
/// belongs into vendor/. With these no zip is needed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Every file with its hash.
    pub files: FileList,
    /// Contents by name below the module's root, of those files for which [`is_carried`] holds.
    pub carried: BTreeMap<String, Vec<u8>>,
    /// Where none of them is left out. It is what whoever wrote the list says: it helps to tell lists
    /// that are for another state of vendor/ from files that are missing, and proves nothing.
    pub complete: Complete,
}

/// The package directories that a list carries all contents of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Complete {
    /// Wherever a package may be.
    Everywhere,
    /// These, by their paths below the module's root.
    In(BTreeSet<String>),
}

impl Complete {
    /// In no directory.
    pub fn nowhere() -> Complete {
        Complete::In(BTreeSet::new())
    }

    /// Whether that holds for a directory.
    pub fn has(&self, dir: &str) -> bool {
        match self {
            Complete::Everywhere => true,
            Complete::In(dirs) => dirs.contains(dir),
        }
    }

    /// Whether that holds for packages.
    pub fn is_for(&self, packages: &VendoredPackages<'_>) -> bool {
        packages.dirs().all(|dir| self.has(dir))
    }
}

impl Listed {
    /// The same for some packages alone: three of four carried bytes lie elsewhere.
    pub fn only_for(&self, packages: &VendoredPackages<'_>) -> Listed {
        let is_in = |name: &str| packages.has_dir(dir_and_base(name).0);
        let carried = self.carried.iter().filter(|(name, _)| is_in(name));
        let carried = carried.map(|(name, content)| (name.clone(), content.clone())).collect();
        let dirs = packages.dirs().map(str::to_owned).collect();
        Listed { files: self.files.clone(), carried, complete: Complete::In(dirs) }
    }

    /// Whether it is open if a Go file is copied: its text is not carried, and might have to be.
    pub fn leaves_open(&self, name: &str) -> bool {
        name.ends_with(".go")
            && !self.carried.contains_key(name)
            && !self.complete.has(dir_and_base(name).0)
    }

    /// Takes over what another list of the same module version carries.
    pub fn absorb(&mut self, other: Listed) {
        self.carried.extend(other.carried);
        match (&mut self.complete, other.complete) {
            (Complete::In(dirs), Complete::In(others)) => dirs.extend(others),
            (complete, Complete::Everywhere) => *complete = Complete::Everywhere,
            (Complete::Everywhere, Complete::In(_)) => {}
        }
    }
}

/// Whether a Go file's content goes with the list.
///
/// A `.go` file that a constraint keeps out of every build is not vendored: with its content that can
/// be told apart from a file that somebody deleted. What a file embeds is vendored too, before go 1.22
/// also what a `_test.go` file embeds, which itself never is. Neither matters where no package can be
/// imported from.
///
/// Lists that were made by another rule would give another lock, and call themselves complete: whoever
/// changes this after a release changes the first line of the format of lists as well.
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
    use crate::gomod::ModuleVersion;

    #[test]
    fn for_some_packages() {
        let files = ["a.go", "b/b.go", "b/c/c.go"];
        let carried: BTreeMap<String, Vec<u8>> =
            files.iter().map(|name| ((*name).to_owned(), b"x".to_vec())).collect();
        let hashed = files.iter().map(|name| ((*name).to_owned(), [0; 32])).collect();
        let files = FileList::new(ModuleVersion::new("m", "v1.0.0"), hashed).unwrap();
        let all = Listed { files, carried, complete: Complete::Everywhere };
        let only =
            |imports: &[&str]| all.only_for(&VendoredPackages::new("m", imports.iter().copied()));
        let some = only(&["m", "m/b"]);
        assert_eq!(some.carried.keys().collect::<Vec<_>>(), ["a.go", "b/b.go"]);
        assert_eq!(some.files, all.files);
        let open = |name: &str| some.leaves_open(name);
        assert!(open("b/c/c.go") && !open("b/b.go") && !open("b/c/c.txt"));
        let mut whole = only(&["m"]);
        whole.absorb(only(&["m/b"]));
        assert_eq!(whole, some);
        whole.absorb(all.clone());
        assert_eq!(whole, all);
        whole.absorb(some.clone());
        assert_eq!(whole, all);
        let is_for = |list: &Listed, imports: &[&str]| {
            list.complete.is_for(&VendoredPackages::new("m", imports.iter().copied()))
        };
        assert!(is_for(&all, &["m", "m/b/c"]) && is_for(&some, &["m", "m/b"]));
        assert!(is_for(&some, &["m/b"]) && is_for(&some, &[]) && !is_for(&some, &["m", "m/b/c"]));
    }

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
