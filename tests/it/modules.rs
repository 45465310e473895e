//! Modules made on the spot, in a GOPROXY file tree: go fetches, checks and vendors them, and no test
//! needs a network.

use crate::txtar::files;
use go_offline::gomod::{FileList, ModuleVersion};
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A module proxy in a directory.
pub(crate) struct Modules {
    dir: PathBuf,
}

impl Modules {
    pub(crate) fn new(dir: PathBuf) -> Modules {
        Modules { dir }
    }

    /// Makes a module version of files in txtar, go.mod among them.
    pub(crate) fn publish(&self, path: &str, version: &str, text: &str) {
        let files = files(text);
        let go_mod = files.iter().find(|(name, _)| *name == "go.mod").expect("a module has go.mod");
        let dir = self.dir.join(escaped(path)).join("@v");
        fs::create_dir_all(&dir).unwrap();
        let file = escaped(version);
        fs::write(dir.join(format!("{file}.mod")), go_mod.1).unwrap();
        let info = format!("{{\"Version\":\"{version}\",\"Time\":\"2024-01-01T00:00:00Z\"}}");
        fs::write(dir.join(format!("{file}.info")), info).unwrap();
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        fs::write(dir.join(format!("{file}.zip")), zip(path, version, &files.collect())).unwrap();
    }

    /// A go command that gets its modules from here, and from nowhere else. HOME and the caches are
    /// below `home`.
    pub(crate) fn go<S: AsRef<OsStr>>(
        &self,
        go: &Path,
        home: &Path,
        dir: &Path,
        args: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut go = Command::new(go);
        go.args(args).current_dir(dir).env("PWD", dir);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GO") && name != "GOCACHE" {
                go.env_remove(name);
            }
        }
        go.env("GOPROXY", format!("file://{}", self.dir.display()));
        go.envs([("GOSUMDB", "off"), ("GOTOOLCHAIN", "local"), ("GOENV", "off")]);
        go.env("GOFLAGS", "-modcacherw").env("GOMODCACHE", home.join("modcache"));
        go
    }
}

/// The files of a module by name.
pub(crate) type Files = std::collections::BTreeMap<String, Vec<u8>>;

/// The bytes of a module zip.
pub(crate) fn zip(path: &str, version: &str, files: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(format!("{path}@{version}/{name}"), options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The files in a module zip.
pub(crate) fn unzip(path: &Path) -> Files {
    let mut zip = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let count = zip.len();
    let read = |index| {
        let mut file = zip.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let (_, below) = name.split_once('@').unwrap();
        let name = below.split_once('/').unwrap().1.to_owned();
        let mut content = Vec::new();
        std::io::copy(&mut file, &mut content).unwrap();
        (name, content)
    };
    (0..count).map(read).collect()
}

/// The list of a module's files, whose h1 go.sum has.
pub(crate) fn file_list(path: &str, version: &str, files: &Files) -> FileList {
    let hashed =
        |(name, content): (&String, &Vec<u8>)| (name.clone(), Sha256::digest(content).into());
    FileList::new(ModuleVersion::new(path, version), files.iter().map(hashed).collect()).unwrap()
}

/// The zip of a module version in a module cache.
pub(crate) fn cached_zip(modcache: &Path, path: &str, version: &str) -> PathBuf {
    let name = format!("{}.zip", escaped(version));
    modcache.join("cache/download").join(escaped(path)).join("@v").join(name)
}

/// A module path or version as a file name: x/mod/module `EscapePath`.
pub(crate) fn escaped(path: &str) -> String {
    let letter = |c: char| match c.is_ascii_uppercase() {
        true => format!("!{}", c.to_ascii_lowercase()),
        false => c.to_string(),
    };
    path.chars().map(letter).collect()
}

/// Runs a command that must succeed, and returns what it wrote to stdout.
#[track_caller]
pub(crate) fn done(mut command: Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
