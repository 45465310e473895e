//! The packages of a module that are vendored.

/// The packages of one module, as modules.txt lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendoredPackages<'a> {
    /// Directories below the module's root, sorted; the root itself is empty.
    dirs: Vec<&'a str>,
}

impl<'a> VendoredPackages<'a> {
    /// The packages of a module, by their import paths. A path that does not lie in the module, which
    /// go never writes, is none of its packages.
    pub fn new(module: &str, imports: impl IntoIterator<Item = &'a str>) -> VendoredPackages<'a> {
        let mut dirs: Vec<&str> = imports
            .into_iter()
            .filter_map(|import| {
                let below = import.strip_prefix(module)?;
                if below.is_empty() { Some("") } else { below.strip_prefix('/') }
            })
            .collect();
        dirs.sort_unstable();
        dirs.dedup();
        VendoredPackages { dirs }
    }

    /// The directories.
    pub fn dirs(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.dirs.iter().copied()
    }

    /// Whether a directory is a package.
    pub fn has_dir(&self, dir: &str) -> bool {
        self.dirs.binary_search(&dir).is_ok()
    }

    /// Whether a directory lies above a package or is one.
    pub fn is_at_or_above_one(&self, dir: &str) -> bool {
        self.dirs().any(|package| is_at_or_below(package, dir))
    }

    /// Whether a directory lies below a package or is one.
    pub fn is_at_or_below_one(&self, dir: &str) -> bool {
        self.dirs().any(|package| is_at_or_below(dir, package))
    }
}

/// Whether a directory is another one or lies below it; the root is empty.
pub fn is_at_or_below(dir: &str, above: &str) -> bool {
    above.is_empty()
        || dir.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
