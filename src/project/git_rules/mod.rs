//! Lines of a checkout by which git has made a file differ from what was committed elsewhere: left
//! out by a .gitignore, or given other line ends by a .gitattributes.
//!
//! They are causes, to be told to a reader. Nothing is proven by them, so what cannot be read says
//! nothing, a user's own settings of git are not looked at, and no git is started: there may be none.
//!
//! | file | what it holds | rules of git |
//! |---|---|---|
//! | glob | one pattern of either file | wildmatch.c |
//! | ignores | .gitignore, .git/info/exclude | dir.c |
//! | attributes | .gitattributes, .git/info/attributes | attr.c, convert.c |

mod attributes;
mod glob;
mod ignores;

use super::File;
use attributes::Attributes;
use ignores::Ignores;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A line of one of git's files.
#[derive(Debug, Clone)]
pub struct GitLine {
    /// The file as read.
    pub file: File,
    /// The line's bytes in the file's text, without its end.
    pub span: Range<usize>,
}

impl GitLine {
    /// What the line says.
    pub fn text(&self) -> &str {
        &self.file.text[self.span.clone()]
    }
}

/// A change of line ends by git, between what was committed and what lies in a checkout.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The line that has git do it.
    pub line: GitLine,
    /// Whether it may put CR before LF.
    pub may_add: bool,
    /// Whether it may take CR away.
    pub may_drop: bool,
}

/// The directory where a checkout begins: the nearest at or above `root` that holds `.git`, else
/// `root` itself.
pub fn checkout_top(root: &Path) -> &Path {
    repository(root).unwrap_or(root)
}

/// The nearest directory at or above a path that holds `.git`.
pub fn repository(path: &Path) -> Option<&Path> {
    path.ancestors().find(|dir| dir.join(".git").exists())
}

/// What git's files say of the paths of one checkout. Each is read once, and none before it is asked for.
#[derive(Debug)]
pub struct GitRules {
    top: PathBuf,
    shown_from: PathBuf,
    ignores: HashMap<PathBuf, Option<Ignores>>,
    attributes: HashMap<PathBuf, Option<Attributes>>,
}

impl GitRules {
    /// The rules of the checkout that begins at `top`.
    pub fn new(top: &Path, dir_shown_from: &Path) -> GitRules {
        GitRules {
            top: top.to_path_buf(),
            shown_from: dir_shown_from.to_path_buf(),
            ignores: HashMap::new(),
            attributes: HashMap::new(),
        }
    }

    /// The line of a .gitignore, or of .git/info/exclude, by which git leaves out a path or a directory
    /// above it. The files from the top down to the path's directory count, those inside of vendored
    /// modules too. `path` is absolute.
    pub fn ignoring_line(&mut self, path: &Path, is_dir: bool) -> Option<GitLine> {
        // What is in a directory that is left out is not looked at: nothing takes it in again.
        let mut here = self.top.clone();
        let mut components = path.strip_prefix(&self.top).ok()?.components().peekable();
        while let Some(component) = components.next() {
            here.push(component);
            let is_dir = is_dir || components.peek().is_some();
            if let Some(line) = self.decision(&here, is_dir).flatten() {
                return Some(line);
            }
        }
        None
    }

    /// What the nearest line about a path says: left out by it, or (`Some(None)`) taken in.
    fn decision(&mut self, path: &Path, is_dir: bool) -> Option<Option<GitLine>> {
        let top = self.top.clone();
        let dirs = path.ancestors().skip(1).take_while(|dir| dir.starts_with(&top));
        let files = dirs.map(|dir| (dir.join(".gitignore"), dir));
        let of_clone = self.info("exclude").map(|file| (file, top.as_path()));
        files.chain(of_clone).find_map(|(file, dir)| {
            let shown_from = &self.shown_from;
            let read = || read(shown_from, &file).map(|file| Ignores::parse(file, dir));
            let ignores = self.ignores.entry(file.clone()).or_insert_with(read);
            ignores.as_ref()?.decision(path, is_dir)
        })
    }

    /// How git may change the line ends of a file: by a line of a .gitattributes that makes it a text
    /// (`text`, `text=auto`, `eol=crlf`, `eol=lf`). What `core.autocrlf` does is not seen.
    pub fn conversion(&mut self, path: &Path) -> Option<Conversion> {
        let top = self.top.clone();
        path.strip_prefix(&top).ok()?;
        let dirs = path.ancestors().skip(1).take_while(|dir| dir.starts_with(&top));
        let files = dirs.map(|dir| (dir.join(".gitattributes"), dir));
        let of_clone = self.info("attributes").map(|file| (file, top.as_path()));
        let files: Vec<(PathBuf, &Path)> = of_clone.into_iter().chain(files).collect();
        for (file, dir) in &files {
            let shown_from = &self.shown_from;
            let read = || read(shown_from, file).map(|file| Attributes::parse(file, dir));
            self.attributes.entry(file.clone()).or_insert_with(read);
        }
        let files: Vec<&Attributes> =
            files.iter().filter_map(|(file, _)| self.attributes.get(file)?.as_ref()).collect();
        attributes::conversion(&files, path)
    }

    /// A file of .git/info, of the main checkout in a `git worktree`.
    fn info(&self, name: &str) -> Option<PathBuf> {
        let git = self.top.join(".git");
        let dir = if git.is_file() { linked(&self.top, &git)? } else { git };
        let shared = dir.join("commondir");
        let common = if shared.is_file() { pointed(&dir, &shared, "")? } else { dir };
        Some(common.join("info").join(name))
    }
}

/// Where a `.git` that is a file points to, as in a worktree or a submodule.
fn linked(top: &Path, git: &Path) -> Option<PathBuf> {
    pointed(top, git, "gitdir:")
}

fn pointed(from: &Path, file: &Path, key: &str) -> Option<PathBuf> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(from.join(text.strip_prefix(key)?.trim()))
}

/// Reads one of git's files; a symbolic link does not count, as it does not for git.
fn read(shown_from: &Path, path: &Path) -> Option<File> {
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    if is_file { File::read(shown_from, path.to_path_buf()).ok().flatten() } else { None }
}

/// The lines of a text without their ends, with their places. A byte order mark belongs to none.
fn lines(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |whole| {
        let mark = if at == 0 && whole.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = &line.strip_suffix('\r').unwrap_or(line)[mark..];
        let start = at + mark;
        at += whole.len();
        (line, start..start + line.len())
    })
}

#[cfg(test)]
mod tests;
