//! The copy rules: which files of a module `go mod vendor` puts where.

use super::constraint::is_left_out;
use super::cpp::CppPackages;
use super::embed::{EmbedPattern, embed_patterns, embeds};
use super::names::{dir_and_base, is_cpp, is_metadata, may_be_built};
use super::packages::VendoredPackages;
use crate::gomod::{FileList, go_version};
use std::collections::{BTreeMap, HashMap};

/// What the copy rules depend on: the language version of the main module, or of go.work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyRules {
    /// go.mod and go.sum of a module are copied: before go 1.17.
    go_mod: bool,
    /// What tests embed is copied: before go 1.22 (golang/go#63473).
    test_embeds: bool,
}

impl CopyRules {
    /// The rules for the `go` line of go.mod, or of go.work in a workspace. Without one it is 1.16
    /// (`gover.DefaultGoModVersion`); for go.work it would be 1.18, but no go vendors one without.
    pub fn new(go: Option<&str>) -> CopyRules {
        let go = go.unwrap_or("1.16");
        CopyRules {
            go_mod: go_version::compare(go, "1.17").is_lt(),
            test_embeds: go_version::compare(go, "1.22").is_lt(),
        }
    }
}

/// A file that is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Its number in the list of the module's files.
    pub file: usize,
    /// Whether go compiles, links or embeds it.
    pub is_code: bool,
}

/// The files of a module that are copied, in the order of their names. `content` gives the text of a
/// Go file that no build takes, or that embeds something; the others need not be at hand.
/// `patterns` are what else is known to be embedded, by package directory below the module's root.
pub fn copied(
    files: &FileList,
    packages: &VendoredPackages<'_>,
    rules: CopyRules,
    content: &BTreeMap<String, Vec<u8>>,
    patterns: &Embeds,
) -> Vec<Copied> {
    let mut embeds = patterns.clone();
    embeds.read(content, packages, rules);
    let roles = packages.roles();
    let mut all = Vec::new();
    let mut has_cpp = false;
    // Names are sorted: most files lie in the directory of the one before.
    let mut before = ("", roles.get(""));
    for file in 0..files.len() {
        let name = files.name(file);
        let (dir, base) = dir_and_base(name);
        if dir != before.0 {
            before = (dir, roles.get(dir));
        }
        has_cpp |= before.1 == Some(&Role::Package) && is_cpp(base);
        let by_dir = match before.1 {
            Some(Role::Package) => is_copied_with_package(base, rules, content.get(name)),
            Some(Role::Above) => is_metadata(base),
            None => false,
        };
        let is_embedded = embeds.is_embedded(name);
        if by_dir || is_embedded || take(&embeds.unused, name) {
            all.push(Copied { file, is_code: is_embedded || may_be_built(name) });
        }
    }
    if has_cpp {
        let cpp = CppPackages::new(files.names(), packages);
        all.iter_mut().for_each(|one| one.is_code |= cpp.may_include(files.name(one.file)));
    }
    all
}

/// `matchPotentialSourceFile` of `cmd/go/internal/modcmd/vendor.go`.
fn is_copied_with_package(base: &str, rules: CopyRules, content: Option<&Vec<u8>>) -> bool {
    if base.ends_with("_test.go") {
        return false;
    }
    if matches!(base, "go.mod" | "go.sum") {
        return rules.go_mod;
    }
    !(base.ends_with(".go") && content.is_some_and(|content| is_left_out(content)))
}

/// What a directory of a module is to vendoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is a package that is vendored.
    Package,
    /// It is above one, so that licences and their kin are copied from it.
    Above,
}

impl<'a> VendoredPackages<'a> {
    /// The directories below the module's root that files are copied from for their own sake.
    pub fn roles(&self) -> HashMap<&'a str, Role> {
        let mut roles = HashMap::new();
        for dir in self.dirs() {
            roles.insert(dir, Role::Package);
        }
        for mut dir in self.dirs() {
            while !dir.is_empty() {
                dir = dir_and_base(dir).0;
                roles.entry(dir).or_insert(Role::Above);
            }
        }
        roles
    }
}

/// The patterns of `//go:embed` lines, by the directory of the package below the module's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Embeds {
    /// Those of files that go compiles: what they take goes into the build.
    used: Patterns,
    /// Those of files that no build takes, and of tests: what they take is copied all the same.
    unused: Patterns,
}

type Patterns = BTreeMap<String, Vec<EmbedPattern>>;

impl Embeds {
    /// Adds the patterns of a file in a package's directory that go compiles.
    pub fn add(&mut self, dir: &str, patterns: impl IntoIterator<Item = EmbedPattern>) {
        add(&mut self.used, dir, patterns);
    }

    /// Whether a file, by its name below the module's root, is embedded in what go compiles.
    pub fn is_embedded(&self, name: &str) -> bool {
        take(&self.used, name)
    }

    /// Adds what the given Go files of the packages embed, as go/build reads them with all tags on:
    /// names that begin with `_` or `.` are no part of a package.
    fn read(
        &mut self,
        content: &BTreeMap<String, Vec<u8>>,
        packages: &VendoredPackages<'_>,
        rules: CopyRules,
    ) {
        for (name, text) in content {
            let (dir, base) = dir_and_base(name);
            let is_test = base.ends_with("_test.go");
            let counts = !base.starts_with(['_', '.'])
                && (rules.test_embeds || !is_test)
                && packages.has_dir(dir);
            if counts {
                let is_used = !is_test && !is_left_out(text);
                let patterns = if is_used { &mut self.used } else { &mut self.unused };
                add(patterns, dir, embed_patterns(text));
            }
        }
    }
}

fn add(all: &mut Patterns, dir: &str, patterns: impl IntoIterator<Item = EmbedPattern>) {
    let mut patterns = patterns.into_iter().peekable();
    if patterns.peek().is_some() {
        all.entry(dir.to_owned()).or_default().extend(patterns);
    }
}

/// Whether a pattern of a package at or above a file takes it.
fn take(all: &Patterns, name: &str) -> bool {
    if all.is_empty() {
        return false;
    }
    let mut dir = dir_and_base(name).0;
    loop {
        if let Some(patterns) = all.get(dir) {
            let below = if dir.is_empty() { name } else { &name[dir.len() + 1..] };
            if embeds(patterns, below) {
                return true;
            }
        }
        if dir.is_empty() {
            return false;
        }
        dir = dir_and_base(dir).0;
    }
}

#[cfg(test)]
mod tests;
