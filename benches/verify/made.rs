//! A vendored project that is made up, with as many files as a limit of memory is given for.

use go_offline::gomod::{FileList, ModuleVersion, go_mod_h1};
use go_offline::lock::{Complete, LEVEL_FAST, LISTS_FILE, Listed, write_lists};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const MODULES: usize = 200;
const PACKAGES: usize = 5;
const FILES: usize = 10;
/// Files of a module that are not vendored, for each that is: of real ones it is some three to twenty.
const OTHERS: usize = 10;
/// The lines of a file: it has as many bytes as those of real repositories have in the middle.
const LINES: usize = 160;

/// Writes 200 modules of 50 files each: go.mod, go.sum, vendor/ and the lists beside it.
pub(crate) fn write(dir: &Path) {
    let mut go_mod = "module example.com/made\n\ngo 1.22\n\n".to_owned();
    let (mut go_sum, mut list, mut lists) = (String::new(), String::new(), Vec::new());
    for number in 0..MODULES {
        let module = ModuleVersion::new(format!("example.com/module{number:03}"), "v1.0.0");
        let files = module_files(&module);
        let listed = FileList::new(module.clone(), hashes(&files)).expect("the names are sound");
        let ModuleVersion { path, version } = &module;
        let of_go_mod = go_mod_h1(format!("module {path}\n").as_bytes());
        let _ = writeln!(go_mod, "require {path} {version}");
        let _ = writeln!(go_sum, "{path} {version} {}", listed.h1());
        let _ = writeln!(go_sum, "{path} {version}/go.mod {of_go_mod}");
        let _ = writeln!(list, "# {path} {version}\n## explicit; go 1.22");
        for package in 0..PACKAGES {
            let _ = writeln!(list, "{path}/p{package}");
        }
        for (name, text) in &files {
            put(&dir.join("vendor").join(path).join(name), text);
        }
        lists.push(Listed {
            files: listed,
            carried: BTreeMap::new(),
            complete: Complete::Everywhere,
        });
    }
    put(&dir.join("go.mod"), &go_mod);
    put(&dir.join("go.sum"), &go_sum);
    put(&dir.join("vendor/modules.txt"), &list);
    let lists = write_lists(&lists.iter().collect::<Vec<_>>(), LEVEL_FAST);
    fs::write(dir.join(LISTS_FILE), lists).expect("the temporary directory can be written to");
}

/// The files of a module that are vendored.
fn module_files(module: &ModuleVersion) -> Vec<(String, String)> {
    let mut files = Vec::with_capacity(PACKAGES * FILES);
    for package in 0..PACKAGES {
        for file in 0..FILES {
            let mut text = format!("package p{package}\n\n");
            for line in 0..LINES {
                let _ = writeln!(
                    text,
                    "// {}, file {file}, line {line}: some words to fill",
                    module.path
                );
            }
            files.push((format!("p{package}/file{file}.go"), text));
        }
    }
    files
}

/// The hash of each file, and of others.
fn hashes(files: &[(String, String)]) -> Vec<(String, [u8; 32])> {
    let hash = |text: &str| Sha256::digest(text).into();
    let own = files.iter().map(|(name, text)| (name.clone(), hash(text)));
    let others = files.iter().flat_map(|(name, _)| {
        let stem = name.trim_end_matches(".go");
        (0..OTHERS).map(move |other| format!("{stem}_{other}_test.go"))
    });
    own.chain(others.map(|name| (name.clone(), hash(&name)))).collect()
}

fn put(path: &Path, text: &str) {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).expect("the temporary directory can be written to");
    }
    fs::write(path, text).expect("the temporary directory can be written to");
}
