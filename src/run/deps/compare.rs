//! A list that somebody keeps, held against go's.

use super::{Deps, Known};
use crate::gomod::Selected;
use std::collections::{BTreeMap, BTreeSet};

/// The differences between a list that somebody keeps and the modules: lines of it that should not be
/// there behind `-`, lines that should be there behind `+`, by module path. None if they agree.
///
/// The list is what `go list -m all` has once printed, in any order and with `path@version` as well;
/// blank lines and those that start with `#` or `//` do not count, and a main module may be left out.
/// Nothing is said of what is not known: a module that vendor/modules.txt does not list may be right,
/// and a partly known list agrees with everything. So whoever compares looks at [`Deps::known`] too.
pub fn compare(deps: &Deps, text: &str) -> Vec<String> {
    if deps.known == Known::Partly {
        return Vec::new();
    }
    let ours: BTreeMap<&str, &Selected> =
        deps.modules.iter().map(|selected| (selected.module.path.as_str(), selected)).collect();
    let lines: BTreeSet<String> = text.lines().filter_map(normal).collect();
    let mut theirs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in &lines {
        theirs.entry(line.split(' ').next().unwrap_or(line)).or_default().push(line);
    }
    let paths: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
    let of_path = |path: &str| {
        let theirs = theirs.get(path).map(Vec::as_slice).unwrap_or_default();
        differences(ours.get(path).copied(), theirs, deps.known)
    };
    paths.into_iter().flat_map(of_path).collect()
}

/// The differences for one module path.
fn differences(ours: Option<&Selected>, theirs: &[&str], known: Known) -> Vec<String> {
    let Some(selected) = ours else {
        let is_wrong = known == Known::All;
        return theirs.iter().filter(|_| is_wrong).map(|line| format!("-{line}")).collect();
    };
    let is_main = selected.module.version.is_empty();
    if is_main && theirs.is_empty() {
        return Vec::new();
    }
    let line = selected.to_string();
    let wanted = normal(&line).unwrap_or_default();
    let wrong = theirs.iter().filter(|line| **line != wanted).map(|line| format!("-{line}"));
    let lacking = (!theirs.contains(&wanted.as_str())).then(|| format!("+{line}"));
    wrong.chain(lacking).collect()
}

/// A line as go would print it; `None` for one that says nothing.
fn normal(line: &str) -> Option<String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
        return None;
    }
    let words: Vec<&str> = line.split([' ', '\t', '@']).filter(|word| !word.is_empty()).collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gomod::ModuleVersion;

    fn deps(known: Known) -> Deps {
        let module = |path: &str, version: &str| Selected {
            module: ModuleVersion::new(path, version),
            replacement: None,
        };
        let mut replaced = module("c.x/c", "v1.0.0");
        replaced.replacement = Some(ModuleVersion::new("../c@2", ""));
        let modules = vec![module("m.x/m", ""), module("b.x/b", "v1.0.0"), replaced];
        Deps { modules, known, gaps: Vec::new(), raised: Vec::new() }
    }

    #[test]
    fn the_list_of_go_agrees_in_any_order_and_spelling() {
        let deps = deps(Known::All);
        assert!(compare(&deps, &deps.text()).is_empty());
        let text = "# by hand\r\n\r\nc.x/c@v1.0.0 =>  ../c@2\r\nb.x/b\tv1.0.0\r\n// end\n";
        assert_eq!(compare(&deps, text), [""; 0]);
    }

    #[test]
    fn every_difference_is_a_line() {
        let text = "m.x/m v1.0.0\na.x/a v1.0.0\nb.x/b v1.0.0\nb.x/b v1.1.0\nc.x/c v1.0.0\n";
        let want = [
            "-a.x/a v1.0.0",
            "-b.x/b v1.1.0",
            "-c.x/c v1.0.0",
            "+c.x/c v1.0.0 => ../c@2",
            "-m.x/m v1.0.0",
            "+m.x/m",
        ];
        assert_eq!(compare(&deps(Known::All), text), want);
        assert_eq!(compare(&deps(Known::All), ""), ["+b.x/b v1.0.0", "+c.x/c v1.0.0 => ../c@2"]);
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        let text = "a.x/a v1.0.0\nb.x/b v1.1.0\nc.x/c v1.0.0 => ../c@2\n";
        assert_eq!(compare(&deps(Known::Vendored), text), ["-b.x/b v1.1.0", "+b.x/b v1.0.0"]);
        assert_eq!(compare(&deps(Known::Partly), text), [""; 0]);
    }
}
