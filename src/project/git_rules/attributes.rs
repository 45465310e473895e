//! A .gitattributes: which line makes git take a file for a text.

use super::{Conversion, File, GitLine, glob, lines};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

/// The lines of one file, in order.
#[derive(Debug)]
pub(super) struct Attributes {
    file: File,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    span: Range<usize>,
    subject: Subject,
    /// The attributes, as they stand there: `text=auto`, `-text`.
    words: Vec<String>,
}

#[derive(Debug)]
enum Subject {
    Paths(Gitignore),
    /// `[attr]NAME`: what NAME stands for on other lines.
    Macro(String),
}

impl Attributes {
    /// The lines of a file that are about what is below `dir`.
    pub(super) fn parse(file: File, dir: &Path) -> Attributes {
        let lines = lines(&file.text).filter_map(|(line, span)| Line::parse(line, span, dir));
        Attributes { lines: lines.collect(), file }
    }
}

impl Line {
    fn parse(line: &str, span: Range<usize>, dir: &Path) -> Option<Line> {
        let line = line.trim_start_matches(BLANKS);
        let (pattern, words) = pattern(line)?;
        let subject = match pattern.strip_prefix("[attr]") {
            Some(name) => Subject::Macro(name.to_owned()),
            None => {
                let mut builder = GitignoreBuilder::new(dir);
                glob::add(&mut builder, &pattern);
                Subject::Paths(builder.build().ok()?)
            }
        };
        let words = words.split(BLANKS).filter(|word| !word.is_empty());
        Some(Line { span, subject, words: words.map(str::to_owned).collect() })
    }

    fn is_about(&self, path: &Path) -> bool {
        // A pattern of a directory says nothing of the files in it, nor does one with a slash at
        // its end of anything.
        matches!(&self.subject, Subject::Paths(glob) if glob.matched(path, false).is_ignore())
    }
}

const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// Divides a line into its pattern and the rest; `None` for a comment, and for what begins with `!`,
/// which is not permitted here.
fn pattern(line: &str) -> Option<(String, &str)> {
    if line.is_empty() || line.starts_with(['#', '!']) {
        return None;
    }
    match line.strip_prefix('"').and_then(quoted) {
        Some(both) => Some(both),
        None => {
            let end = line.find(BLANKS).unwrap_or(line.len());
            Some((line[..end].to_owned(), &line[end..]))
        }
    }
}

/// A pattern in quotes, for one that holds blanks. Of the escapes of C those count here that stand
/// for a character as it is.
fn quoted(line: &str) -> Option<(String, &str)> {
    let mut pattern = String::new();
    let mut characters = line.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((pattern, &line[at + 1..])),
            '\\' => pattern.push(characters.next()?.1),
            character => pattern.push(character),
        }
    }
    None
}

/// The line that decides whether git may change the line ends of a path, and how: `convert.c`
/// (`convert_attrs`). The files are in the order in which they are believed, the nearest first.
pub(super) fn conversion(files: &[&Attributes], path: &Path) -> Option<Conversion> {
    let set = resolve(files, path);
    let value = |name: &str, values: &[&str]| {
        set.get(name).filter(|found| values.contains(&found.value.as_str()))
    };
    let known = ["", "-", "auto", "input"];
    // `crlf` is the older name of `text`.
    let text = value("text", &known).or_else(|| value("crlf", &known));
    if text.is_some_and(|text| text.value == "-") {
        return None;
    }
    let Found { value, line } = value("eol", &["crlf", "lf"]).or(text)?;
    Some(Conversion {
        line: line.clone(),
        may_add: !matches!(value.as_str(), "lf" | "input"),
        may_drop: value != "crlf",
    })
}

/// What an attribute is for a path, and the line that makes it so.
struct Found {
    /// `` set, `-` unset, `!` said to be neither, else the value.
    value: String,
    line: GitLine,
}

/// The attributes of a path: `attr.c` (`fill`, `fill_one`, `macroexpand_one`). What is found first
/// stands, from the last line of the nearest file to the first of the farthest.
fn resolve(files: &[&Attributes], path: &Path) -> HashMap<String, Found> {
    let macros = macros(files);
    let mut set = HashMap::new();
    for file in files {
        for line in file.lines.iter().rev().filter(|line| line.is_about(path)) {
            let place = GitLine { file: file.file.clone(), span: line.span.clone() };
            fill(&mut set, &macros, &line.words, &place);
        }
    }
    set
}

/// By name, what stands for several attributes.
fn macros<'a>(files: &[&'a Attributes]) -> HashMap<&'a str, Vec<String>> {
    let binary = ["-diff", "-merge", "-text"].map(str::to_owned).to_vec();
    let mut macros = HashMap::from([("binary", binary)]);
    // The nearest file is believed before others: it comes last here. Only those at the top may
    // hold macros, which nobody else writes.
    for line in files.iter().rev().flat_map(|file| &file.lines) {
        if let Subject::Macro(name) = &line.subject {
            macros.insert(name, line.words.clone());
        }
    }
    macros
}

fn fill(
    set: &mut HashMap<String, Found>,
    macros: &HashMap<&str, Vec<String>>,
    words: &[String],
    line: &GitLine,
) {
    for word in words.iter().rev() {
        let (name, value) = match word.split_once('=') {
            Some(both) => both,
            None if word.starts_with(['-', '!']) => (&word[1..], &word[..1]),
            None => (word.as_str(), ""),
        };
        if set.contains_key(name) {
            continue;
        }
        set.insert(name.to_owned(), Found { value: value.to_owned(), line: line.clone() });
        if let (true, Some(words)) = (value.is_empty(), macros.get(name)) {
            fill(set, macros, words, line);
        }
    }
}
