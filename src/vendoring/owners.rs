//! Which module a file in vendor/ belongs to, by its path alone.

use super::names::dir_and_base;
use super::packages::is_at_or_below;
use std::collections::HashMap;

/// The modules of a vendor directory, by number.
///
/// Modules may lie in one another, and two may even share a directory: beside a package's files only
/// its own module puts any but licences, and elsewhere the innermost module has the last word, since
/// `go mod vendor` copies in the order of module paths.
#[derive(Debug, Clone, Default)]
pub struct Owners<'a> {
    packages: HashMap<&'a str, usize>,
    roots: HashMap<&'a str, usize>,
}

impl<'a> Owners<'a> {
    /// Modules in the order of their numbers, each with its path and the import paths of its packages.
    pub fn new<I: IntoIterator<Item = &'a str>>(
        modules: impl IntoIterator<Item = (&'a str, I)>,
    ) -> Owners<'a> {
        let mut owners = Owners::default();
        for (number, (path, imports)) in modules.into_iter().enumerate() {
            // What is listed twice counts once.
            owners.roots.entry(path).or_insert(number);
            // Go never writes a package below a module that it does not lie in.
            for import in imports.into_iter().filter(|import| is_at_or_below(import, path)) {
                owners.packages.entry(import).or_insert(number);
            }
        }
        owners
    }

    /// The module that a path below vendor/ belongs to; `None` outside of all.
    pub fn of(&self, path: &str) -> Option<usize> {
        let mut dir = dir_and_base(path).0;
        if let Some(owner) = self.packages.get(dir) {
            return Some(*owner);
        }
        while !dir.is_empty() {
            if let Some(owner) = self.roots.get(dir) {
                return Some(*owner);
            }
            dir = dir_and_base(dir).0;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Owners;

    #[test]
    fn packages_first_and_then_the_innermost() {
        let owners = Owners::new([("a", vec!["a", "a/b/old"]), ("a/b", vec!["a/b/new"])]);
        for (path, owner) in [
            ("a/x.go", Some(0)),
            ("a/LICENSE", Some(0)),
            ("a/b/old/o.go", Some(0)),
            ("a/b/new/n.go", Some(1)),
            ("a/b/LICENSE", Some(1)),
            ("a/b/new/data/x", Some(1)),
            ("a/data/x", Some(0)),
            ("ab/x", None),
            ("README", None),
        ] {
            assert_eq!(owners.of(path), owner, "{path}");
        }
    }

    #[test]
    fn a_package_outside_of_its_module_is_nobodys() {
        let owners = Owners::new([("long.example/a", vec!["b/c", "long.example/ab", ""])]);
        for path in ["b/c/x.go", "long.example/ab/x.go", "x.go"] {
            assert_eq!(owners.of(path), None, "{path}");
        }
    }
}
