//! Headers without an extension, as those of the standard library of C++ are.

use super::names::{dir_and_base, is_cpp};
use super::packages::{VendoredPackages, is_at_or_below};
use std::collections::BTreeSet;

/// The packages of a module that have C++ in them, by their directories below its root: what they
/// include may have no extension, and the directory of the package comes before the system's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CppPackages(BTreeSet<String>);

impl CppPackages {
    /// Those among packages, by the names of files below the module's root.
    pub fn new<'n>(
        names: impl IntoIterator<Item = &'n str>,
        packages: &VendoredPackages<'_>,
    ) -> CppPackages {
        let cpp = names.into_iter().map(dir_and_base).filter(|(_, base)| is_cpp(base));
        let dirs = cpp.map(|(dir, _)| dir).filter(|dir| packages.has_dir(dir));
        CppPackages(dirs.map(str::to_owned).collect())
    }

    /// Whether they may include a file, by its name: without an extension, in or below one of them.
    pub fn may_include(&self, name: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let (dir, base) = dir_and_base(name);
        // OWNERS, BUILD and LICENSE are no headers that anybody includes.
        let is_shouted = base.chars().all(|c| !c.is_ascii_lowercase());
        !base.contains('.') && !is_shouted && self.0.iter().any(|above| is_at_or_below(dir, above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_cpp_and_below() {
        let packages = VendoredPackages::new("m", ["m/a", "m/c"]);
        let cpp = CppPackages::new(["a/x.cc", "b/x.cc", "c/x.c"], &packages);
        for (name, may) in [
            ("a/vector", true),
            ("a/sub/vector", true),
            ("a/vector.txt", false),
            ("a/LICENSE", false),
            ("b/vector", false),
            ("c/vector", false),
            ("vector", false),
        ] {
            assert_eq!(cpp.may_include(name), may, "{name}");
        }
        assert!(CppPackages::new(["x.cc"], &VendoredPackages::new("m", ["m"])).may_include("a/v"));
    }
}
