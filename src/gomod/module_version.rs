//! A module path with its version.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One version of a module, as in x/mod/module `Version`.
///
/// The order is by path, then by the text of the version; see
/// [`go_version::mod_sort`](super::go_version::mod_sort) for Go's order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct ModuleVersion {
    /// The module path, or the directory of a replacement without a version.
    pub path: String,
    /// The version; empty for a directory replacement and for a replacement of every version.
    pub version: String,
}

impl ModuleVersion {
    /// Makes a module version; an empty version stands for none.
    pub fn new(path: impl Into<String>, version: impl Into<String>) -> ModuleVersion {
        ModuleVersion { path: path.into(), version: version.into() }
    }
}

impl fmt::Display for ModuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.version.is_empty() {
            return Ok(());
        }
        write!(f, "@{}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_leaves_an_empty_version_out() {
        assert_eq!(ModuleVersion::new("a.b/c", "v1.0.0").to_string(), "a.b/c@v1.0.0");
        assert_eq!(ModuleVersion::new("../c", "").to_string(), "../c");
    }
}
