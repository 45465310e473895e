//! A .gitignore: which line has the last word on a path.

use super::{File, GitLine, glob, lines};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};
use std::ops::Range;
use std::path::Path;

#[derive(Debug)]
pub(super) struct Ignores {
    file: File,
    globs: Gitignore,
    /// Each line as the crate names it, and its place.
    lines: Vec<(String, Range<usize>)>,
}

impl Ignores {
    /// The patterns of a file that are about what is below `dir`.
    pub(super) fn parse(file: File, dir: &Path) -> Ignores {
        let mut builder = GitignoreBuilder::new(dir);
        let named = |(line, span)| (glob::add(&mut builder, line).into_owned(), span);
        let lines = lines(&file.text).map(named).collect();
        let globs = builder.build().unwrap_or_else(|_| Gitignore::empty());
        Ignores { file, globs, lines }
    }

    /// `None` where no line is about a path, `Some(None)` where one takes it in again.
    pub(super) fn decision(&self, path: &Path, is_dir: bool) -> Option<Option<GitLine>> {
        match self.globs.matched(path, is_dir) {
            Match::None => None,
            Match::Whitelist(_) => Some(None),
            // The last of equal lines is the one that has the last word.
            Match::Ignore(glob) => {
                let (_, span) = self.lines.iter().rfind(|(line, _)| is_named(line, glob))?;
                Some(Some(GitLine { file: self.file.clone(), span: span.clone() }))
            }
        }
    }
}

/// Whether the crate's name for a glob is this line: blanks at the end have been taken off.
fn is_named(line: &str, glob: &Glob) -> bool {
    line.strip_prefix(glob.original()).is_some_and(|rest| rest.trim_start_matches(' ').is_empty())
}
