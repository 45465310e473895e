//! From the lines of go.sum to the files that they name.

use crate::gomod::{ModuleVersion, SumLine};
use std::collections::BTreeMap;

/// A module version of which files are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The module version, its replacement's where it is replaced.
    pub module: ModuleVersion,
    /// What is wanted of it.
    pub files: Files,
    /// The hashes that go.sum allows for the zip: one, but for a go.sum that contradicts itself. Empty
    /// for what is not checked by go.sum: a toolchain, and a time.
    pub zip_h1: Vec<String>,
    /// The same for the go.mod.
    pub go_mod_h1: Vec<String>,
}

/// Files of a module version, each kind with those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Files {
    /// What a proxy says of the version, its time, which `go list -m all` asks for.
    Info,
    /// The go.mod.
    GoMod,
    /// The zip.
    Zip,
}

impl Wanted {
    /// Files of a module version that go.sum says nothing of: of what has a hash the checksum database
    /// has to know.
    pub fn unsummed(module: ModuleVersion, files: Files) -> Wanted {
        Wanted { module, files, zip_h1: Vec::new(), go_mod_h1: Vec::new() }
    }
}

/// What the lines of go.sum name, sorted: for a line of a zip its zip and its go.mod; for a line of a
/// go.mod alone that. Lines with other hashes than h1 are passed over, as go does.
pub fn wanted<'a>(lines: impl IntoIterator<Item = &'a SumLine>) -> Vec<Wanted> {
    let mut all: BTreeMap<&ModuleVersion, Wanted> = BTreeMap::new();
    for line in lines.into_iter().filter(|line| line.is_h1()) {
        let entry = all
            .entry(&line.module)
            .or_insert_with(|| Wanted::unsummed(line.module.clone(), Files::GoMod));
        if !line.go_mod {
            entry.files = Files::Zip;
        }
        let hashes = if line.go_mod { &mut entry.go_mod_h1 } else { &mut entry.zip_h1 };
        if !hashes.contains(&line.hash) {
            hashes.push(line.hash.clone());
        }
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gomod::GoSum;

    const ONE: &str = "h1:ICeL3t2L30ljSPHHxDnR4fqVcBt/zR2zJAb9juavmQg=";
    const TWO: &str = "h1:g61tztE5qeGQ89tm6NTjjM9VPIm088od1l6aSorWRWg=";

    #[test]
    fn a_go_mod_line_alone_wants_the_go_mod_alone() {
        let sum = GoSum::parse(&format!(
            "b.c v1.0.0/go.mod {ONE}\na.b v1.0.0 {ONE}\na.b v1.0.0/go.mod {TWO}\na.b v1.0.0 {ONE}\n\
             c.d v1.0.0 h2:other\n"
        ));
        let got = wanted(&sum.lines);
        let names: Vec<_> = got.iter().map(|one| (one.module.to_string(), one.files)).collect();
        assert_eq!(
            names,
            [("a.b@v1.0.0".to_owned(), Files::Zip), ("b.c@v1.0.0".to_owned(), Files::GoMod)]
        );
        assert_eq!((got[0].zip_h1.len(), got[0].go_mod_h1.len()), (1, 1));
    }

    #[test]
    fn a_go_sum_that_contradicts_itself_allows_both() {
        let sum = GoSum::parse(&format!("a.b v1.0.0 {ONE}\na.b v1.0.0 {TWO}\n"));
        assert_eq!(wanted(&sum.lines)[0].zip_h1, [ONE, TWO]);
    }
}
