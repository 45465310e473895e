//! Changes of a tree that can be taken back.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// What was there before a change.
enum Before {
    Nothing(PathBuf),
    File(PathBuf, Vec<u8>, SystemTime),
    Link(PathBuf, PathBuf),
    /// Something that was moved away: where it was, where it is.
    Moved(PathBuf, PathBuf),
}

/// The changes so far.
#[derive(Default)]
pub(crate) struct Edits {
    before: Vec<Before>,
}

impl Edits {
    /// Writes a file anew, into the same inode if there is one.
    pub(crate) fn write(&mut self, path: &Path, content: impl AsRef<[u8]>) {
        self.make_way(path);
        fs::write(path, content).unwrap();
    }

    /// The same in a new inode: the old one may have other names.
    pub(crate) fn replace(&mut self, path: &Path, content: impl AsRef<[u8]>) {
        self.make_way(path);
        fs::remove_file(path).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn append(&mut self, path: &Path, more: &str) {
        let mut content = fs::read(path).unwrap();
        content.extend_from_slice(more.as_bytes());
        self.write(path, content);
    }

    pub(crate) fn remove(&mut self, path: &Path) {
        self.make_way(path);
        fs::remove_file(path).unwrap();
    }

    pub(crate) fn rename(&mut self, from: &Path, to: &Path) {
        self.make_way(to);
        fs::rename(from, to).unwrap();
        self.before.push(Before::Moved(from.to_path_buf(), to.to_path_buf()));
    }

    pub(crate) fn link(&mut self, path: &Path, target: &Path) {
        self.make_way(path);
        if path.symlink_metadata().is_ok() {
            fs::remove_file(path).unwrap();
        }
        symlink(target, path).unwrap();
    }

    pub(crate) fn fifo(&mut self, path: &Path) {
        self.make_way(path);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    /// Remembers what is at a path, and makes the directories that it needs.
    fn make_way(&mut self, path: &Path) {
        let missing: Vec<&Path> =
            path.ancestors().skip(1).take_while(|dir| !dir.exists()).collect();
        for dir in missing.into_iter().rev() {
            fs::create_dir(dir).unwrap();
            self.before.push(Before::Nothing(dir.to_path_buf()));
        }
        let path = path.to_path_buf();
        self.before.push(match path.symlink_metadata() {
            Err(_) => Before::Nothing(path),
            Ok(found) if found.is_symlink() => {
                let target = fs::read_link(&path).unwrap();
                Before::Link(path, target)
            }
            Ok(found) => {
                let content = fs::read(&path).unwrap();
                Before::File(path, content, found.modified().unwrap())
            }
        });
    }

    /// Takes everything back.
    pub(crate) fn undo(self) {
        for before in self.before.into_iter().rev() {
            match before {
                Before::Nothing(path) => remove_if_there(&path),
                Before::File(path, content, mtime) => {
                    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
                        remove_if_there(&path);
                    }
                    fs::write(&path, content).unwrap();
                    set_mtime(&path, mtime);
                }
                Before::Link(path, target) => {
                    remove_if_there(&path);
                    symlink(target, path).unwrap();
                }
                Before::Moved(from, to) => fs::rename(to, from).unwrap(),
            }
        }
    }
}

fn remove_if_there(path: &Path) {
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => fs::remove_dir(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

pub(crate) fn set_mtime(path: &Path, mtime: SystemTime) {
    fs::File::options().write(true).open(path).unwrap().set_modified(mtime).unwrap();
}
