//! What should be in vendor/ against what is there.

use super::copied::{Copied, Embeds};
use super::cpp::CppPackages;
use super::names::{dir_and_base, is_metadata, may_be_built};
use super::packages::VendoredPackages;
use crate::gomod::{FileList, hex};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A vendored module.
#[derive(Debug, Clone, Copy)]
pub struct VendoredModule<'a> {
    /// Its path, which is its directory below vendor/.
    pub path: &'a str,
    /// Its packages there.
    pub packages: &'a VendoredPackages<'a>,
    /// What it is held against; `None` if nothing is at hand.
    pub source: Option<Source<'a>>,
}

/// What a vendored module is held against.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// All its files, with their hashes.
    pub files: &'a FileList,
    /// Those of them that are copied, in the order of their names.
    pub copied: &'a [Copied],
    /// What its packages embed.
    pub embeds: &'a Embeds,
}

/// A file that is there.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Its path below vendor/.
    pub path: &'a str,
    /// The SHA-256 of its bytes; `None` for what is no regular file.
    pub hash: Option<&'a [u8; 32]>,
}

/// A file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its path below vendor/.
    pub path: String,
    /// The module that it belongs to, by its number; `None` outside of all.
    pub module: Option<usize>,
    /// Whether go compiles, links or embeds it, or would.
    pub is_code: bool,
    /// The SHA-256 of what is there.
    pub hash: Option<[u8; 32]>,
    /// What is wrong.
    pub what: What,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Its bytes are not those of the module.
    Modified {
        /// Another file of the module that has these bytes.
        like: Option<String>,
        /// Whether it is embedded.
        is_embedded: bool,
        /// How, if only the ends of lines differ. A comparison of hashes cannot tell: who can read the
        /// file says so.
        line_ends: Option<LineEnds>,
    },
    /// It is not there.
    Missing {
        /// The path below vendor/ of a file of the same name in another case.
        other_case: Option<String>,
        /// Whether it may be a Go file that is not copied, since the text that would tell is not at
        /// hand. A comparison does not know: who has the texts says so.
        may_be_left_out: bool,
    },
    /// It should not be there.
    Extra {
        /// Whether the module has it, with these bytes.
        is_genuine: bool,
        /// Whether the module has it, with other bytes.
        is_altered: bool,
    },
}

/// How only the ends of lines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineEnds {
    /// There is CR before LF where the module has none.
    Added,
    /// The module has CR before each LF, and not all of them are there.
    Dropped,
}

/// What came of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What is wrong, in the order of paths.
    pub differences: Vec<Difference>,
    /// For each module the number of files that are as they should be.
    pub verified: Vec<usize>,
    /// For each module the number of files that nothing is known about.
    pub unknown: Vec<usize>,
}

/// What should be in vendor/, in the order of paths.
#[derive(Debug, Default)]
pub struct Expected(Vec<ExpectedFile>);

/// A file that should be there.
#[derive(Debug)]
pub struct ExpectedFile {
    /// Its path below vendor/.
    pub path: String,
    /// The module that puts it there, by its number.
    pub module: usize,
    /// Which of its files it is.
    pub copied: Copied,
}

impl Expected {
    /// What the copy rules yield of modules, each with its number, its path, all its files and those
    /// of them that are copied.
    pub fn new<'a>(
        modules: impl IntoIterator<Item = (usize, &'a str, &'a FileList, &'a [Copied])>,
    ) -> Expected {
        let mut all = Vec::new();
        for (module, root, files, copied) in modules {
            all.extend(copied.iter().map(|copied| ExpectedFile {
                path: [root, "/", files.name(copied.file)].concat(),
                module,
                copied: *copied,
            }));
        }
        // Stable, which is fast where stretches are in order already: each module is one.
        all.sort_by(|a, b| a.path.cmp(&b.path));
        Expected(all)
    }

    /// Whether a file should be there, by its path below vendor/.
    pub fn has(&self, path: &str) -> bool {
        self.0.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok()
    }

    /// The files. Several modules may put a licence into one directory.
    pub fn files(&self) -> &[ExpectedFile] {
        &self.0
    }
}

/// Holds what was found, sorted by path, against what should be there. modules.txt is none of it.
pub fn compare(
    modules: &[VendoredModule<'_>],
    expected: &Expected,
    found: &[Found<'_>],
) -> Comparison {
    let expected = expected.files();
    let mut comparer = Comparer {
        modules,
        by_path: by_path(modules),
        by_case: None,
        by_hash: HashMap::new(),
        cpp: HashMap::new(),
        out: Comparison {
            verified: vec![0; modules.len()],
            unknown: vec![0; modules.len()],
            ..Comparison::default()
        },
    };
    let (mut at, mut there) = (0, 0);
    while at < expected.len() || there < found.len() {
        let group = group(&expected[at..]);
        let order = match (group.first(), found.get(there)) {
            (Some(wanted), Some(found)) => wanted.path.as_str().cmp(found.path),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        if order.is_le() {
            let here = if order.is_eq() { found[there].hash } else { None };
            match (order.is_eq(), here) {
                (true, Some(hash)) => comparer.both(group, hash),
                // What is no regular file has a finding of its own.
                (true, None) => {}
                (false, _) => comparer.missing(&group[0], found),
            }
            at += group.len();
        } else {
            comparer.extra(found[there]);
        }
        there += usize::from(order.is_ge());
    }
    comparer.out
}

/// Those at the front that have the same path: several modules may put a licence into one directory.
fn group(expected: &[ExpectedFile]) -> &[ExpectedFile] {
    let same = expected.iter().take_while(|one| one.path == expected[0].path).count();
    &expected[..same]
}

fn by_path<'a>(modules: &[VendoredModule<'a>]) -> HashMap<&'a str, Vec<usize>> {
    let mut map: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, module) in modules.iter().enumerate() {
        map.entry(module.path).or_default().push(number);
    }
    map
}

/// The first file with each hash.
fn by_hash(files: &FileList) -> HashMap<&str, usize> {
    (0..files.len()).rev().map(|file| (files.hex(file), file)).collect()
}

struct Comparer<'m, 'a> {
    modules: &'m [VendoredModule<'a>],
    by_path: HashMap<&'a str, Vec<usize>>,
    /// What is there, by its path in lower case; made when something is missing.
    by_case: Option<HashMap<String, String>>,
    /// The files of a module by their hashes in hex; made when one is modified.
    by_hash: HashMap<usize, HashMap<&'m str, usize>>,
    /// The packages with C++ in them, by module; made when somebody asks.
    cpp: HashMap<usize, CppPackages>,
    out: Comparison,
}

impl Comparer<'_, '_> {
    fn both(&mut self, group: &[ExpectedFile], hash: &[u8; 32]) {
        let same = group.iter().find(|one| {
            let source = self.modules[one.module].source.as_ref();
            source.is_some_and(|source| source.files.has_hash(one.copied.file, hash))
        });
        if let Some(one) = same {
            self.out.verified[one.module] += 1;
            return;
        }
        let one = &group[0];
        let Some(source) = &self.modules[one.module].source else { return };
        let like = self.by_hash.entry(one.module).or_insert_with(|| by_hash(source.files));
        let like = like.get(hex(hash).as_str()).copied();
        self.out.differences.push(Difference {
            path: one.path.clone(),
            module: Some(one.module),
            is_code: one.copied.is_code,
            hash: Some(*hash),
            what: What::Modified {
                like: like.map(|file| source.files.name(file).to_owned()),
                is_embedded: source.embeds.is_embedded(source.files.name(one.copied.file)),
                line_ends: None,
            },
        });
    }

    fn missing(&mut self, one: &ExpectedFile, found: &[Found<'_>]) {
        let by_case = self.by_case.get_or_insert_with(|| {
            found.iter().map(|found| (found.path.to_lowercase(), found.path.to_owned())).collect()
        });
        self.out.differences.push(Difference {
            path: one.path.clone(),
            module: Some(one.module),
            is_code: one.copied.is_code,
            hash: None,
            what: What::Missing {
                other_case: by_case.get(&one.path.to_lowercase()).cloned(),
                may_be_left_out: false,
            },
        });
    }

    fn extra(&mut self, found: Found<'_>) {
        let Some(hash) = found.hash else { return };
        let around = self.around(found.path);
        // Whether a module has a file of this name, and then whether with these bytes.
        let has = |number: usize| {
            let module = &self.modules[number];
            let source = module.source.as_ref()?;
            let file = source.files.find(&found.path[module.path.len() + 1..])?;
            Some(source.files.has_hash(file, hash))
        };
        let genuine = around.iter().copied().find(|module| has(*module) == Some(true));
        if genuine.is_none()
            && let Some(module) = around.iter().find(|module| self.may_be_of(**module, found.path))
        {
            self.out.unknown[*module] += 1;
            return;
        }
        let altered = around.iter().copied().find(|module| has(*module) == Some(false));
        let module = genuine.or(altered).or(around.first().copied());
        let is_altered = genuine.is_none() && altered.is_some();
        let is_embedded = around.iter().any(|module| self.embeds(*module, found.path));
        let is_code = is_embedded || genuine.is_none() && self.would_be_built(found.path, &around);
        self.out.differences.push(Difference {
            path: found.path.to_owned(),
            module,
            is_code,
            hash: Some(*hash),
            what: What::Extra { is_genuine: genuine.is_some(), is_altered },
        });
    }

    /// The modules that a path lies in, the innermost first.
    fn around(&self, path: &str) -> Vec<usize> {
        let mut all = Vec::new();
        let mut dir = path;
        while let Some((above, _)) = dir.rsplit_once('/') {
            dir = above;
            all.extend(self.by_path.get(dir).into_iter().flatten());
        }
        all
    }

    /// Whether a module that nothing is known about could have put a file there.
    fn may_be_of(&self, number: usize, path: &str) -> bool {
        let module = &self.modules[number];
        if module.source.is_some() {
            return false;
        }
        let (dir, base) = dir_and_base(&path[module.path.len() + 1..]);
        if module.packages.has_dir(dir) {
            return true;
        }
        // What lies in another module inside of it is that one's, but for licences above a package.
        let is_inside_another = self.around(path).first() != Some(&number);
        match is_inside_another {
            true => {
                is_metadata(base) && !may_be_built(path) && module.packages.is_at_or_above_one(dir)
            }
            false => {
                is_metadata(base) && module.packages.is_at_or_above_one(dir)
                    || module.packages.is_at_or_below_one(dir)
            }
        }
    }

    /// Whether a package of a module embeds a file.
    fn embeds(&self, module: usize, path: &str) -> bool {
        let module = &self.modules[module];
        let below = &path[module.path.len() + 1..];
        module.source.as_ref().is_some_and(|source| source.embeds.is_embedded(below))
    }

    /// Whether go, or a compiler that it starts, would take a file that nobody knows.
    fn would_be_built(&mut self, path: &str, around: &[usize]) -> bool {
        may_be_built(path) || around.iter().any(|module| self.is_in_cpp(*module, path))
    }

    /// Whether C++ of a module may include a file for its place.
    fn is_in_cpp(&mut self, number: usize, path: &str) -> bool {
        let module = &self.modules[number];
        let cpp = self.cpp.entry(number).or_insert_with(|| {
            let names = module.source.iter().flat_map(|source| source.files.names());
            CppPackages::new(names, module.packages)
        });
        cpp.may_include(&path[module.path.len() + 1..])
    }
}

#[cfg(test)]
mod tests;
