//! The format of go-offline.lock.lists, and of the lists in the user's cache: the [`Listed`] of any
//! number of module versions as a text, in one zstd frame.
//!
//! ```text
//! go-offline lists 1
//! module golang.org/x/text v0.3.0 2
//! 1d0e…  golang.org/x/text@v0.3.0/LICENSE
//! 9f3c…  golang.org/x/text@v0.3.0/gen.go
//! module …
//! complete golang.org/x/text v0.3.0 .
//! carried golang.org/x/text v0.3.0 31 gen.go
//! //go:build ignore
//!
//! package main
//! ```
//!
//! First the lists, in Go's order of module versions, each with the number of its lines; they are
//! what the `h1:` in go.sum is the SHA-256 of. Behind all lists, in the same order, for each module
//! the package directories that it carries all contents of, `.` for its root or one `...` for
//! wherever a package may be; and the contents, each with its length in bytes and an end of line
//! behind it.
//!
//! A file of lists is believed in nothing: each list has yet to be found in go.sum by its hash, and
//! each content here by its line of the list. So anybody may have written it.

#[cfg(test)]
mod tests;

use super::listed::{Complete, Listed};
use crate::gomod::{FileList, FileListError, ModuleVersion, go_version};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use zstd::zstd_safe::{self, CParameter};

/// The compression for a file that is committed, and cloned ever after.
pub const LEVEL_SMALL: i32 = 19;
/// The compression for a file that is made while somebody waits.
pub const LEVEL_FAST: i32 = 3;

const FIRST_LINE: &str = "go-offline lists 1";
const MODULE: &str = "module ";
const COMPLETE: &str = "complete ";
const CARRIED: &str = "carried ";
/// Go's patterns: the root of a module, and any package.
const ROOT: &str = ".";
const ANY: &str = "...";

/// The largest text that is read. A list takes some 100 bytes a file, and no build has ten million.
const MAX_TEXT: u64 = 1 << 30;
/// What is read of a text in any case; beyond it at most so many times the bytes that it is packed into.
/// Lists pack some five times, and better only where many files are the same: a small file from a
/// checkout must not take all memory.
const SMALL_TEXT: u64 = 64 << 20;
const MAX_RATIO: u64 = 16;

/// Why a file holds no lists.
#[derive(Debug)]
pub enum ListsError {
    /// It is no zstd frame, or not all of one.
    Frame(io::Error),
    /// There is something behind the frame.
    Trailing,
    /// Its text has more bytes than any lists, or than any that are packed into so few.
    TooLarge(u64),
    /// Its first line is another than that of this format.
    Version(String),
    /// A line is wrong.
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The content that is carried for a file is another than the one listed.
    Content {
        /// The module version.
        module: ModuleVersion,
        /// The file, below the module's root.
        name: String,
    },
}

impl fmt::Display for ListsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListsError::Frame(error) => write!(f, "not a whole zstd frame: {error}"),
            ListsError::Trailing => f.write_str("there is something behind the zstd frame"),
            ListsError::TooLarge(size) => {
                write!(f, "its text would have {size} bytes, which no lists have")
            }
            ListsError::Version(line) => {
                write!(f, "the first line is {line:?}, and this go-offline reads {FIRST_LINE:?}")
            }
            ListsError::Line { line, what } => write!(f, "line {line} {what}"),
            ListsError::Content { module, name } => {
                write!(f, "what is carried for {name:?} of {module} is not the file listed")
            }
        }
    }
}

impl std::error::Error for ListsError {}

impl ListsError {
    /// The module version whose list is wrong, if it is one alone.
    pub fn module(&self) -> Option<&ModuleVersion> {
        match self {
            ListsError::Content { module, .. } => Some(module),
            _ => None,
        }
    }
}

/// Writes lists; the same bytes on every machine for the same lists in any order. Of lists of one
/// module version the first is written.
pub fn write_lists(lists: &[&Listed], level: i32) -> Vec<u8> {
    compress(&lists_text(lists), level).expect("zstd has memory to compress to")
}

fn lists_text(lists: &[&Listed]) -> Vec<u8> {
    let mut lists = lists.to_vec();
    lists.sort_by(|a, b| order(a.files.module(), b.files.module()));
    lists.dedup_by(|a, b| a.files.module() == b.files.module());
    let mut text = format!("{FIRST_LINE}\n").into_bytes();
    for list in &lists {
        let ModuleVersion { path, version } = list.files.module();
        text.extend(format!("{MODULE}{path} {version} {}\n", list.files.len()).bytes());
        text.extend(list.files.text().bytes());
    }
    for list in &lists {
        let ModuleVersion { path, version } = list.files.module();
        for dir in patterns(&list.complete) {
            text.extend(format!("{COMPLETE}{path} {version} {dir}\n").bytes());
        }
        for (name, content) in &list.carried {
            text.extend(format!("{CARRIED}{path} {version} {} {name}\n", content.len()).bytes());
            text.extend(content);
            text.push(b'\n');
        }
    }
    text
}

fn patterns(complete: &Complete) -> Vec<&str> {
    match complete {
        Complete::Everywhere => vec![ANY],
        Complete::In(dirs) => {
            dirs.iter().map(|dir| if dir.is_empty() { ROOT } else { dir }).collect()
        }
    }
}

/// One frame, by one thread, with its length and a checksum.
fn compress(text: &[u8], level: i32) -> io::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(level)?;
    compressor.set_parameter(CParameter::ContentSizeFlag(true))?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    compressor.compress(text)
}

/// As `go_version::mod_sort`; what only differs in build metadata has an order too.
fn order(a: &ModuleVersion, b: &ModuleVersion) -> Ordering {
    let versions = || go_version::mod_compare(&a.path, &a.version, &b.version);
    a.path.cmp(&b.path).then_with(versions).then_with(|| a.version.cmp(&b.version))
}

/// Reads lists, in the order in which they are written.
///
/// # Errors
/// Anything that [`write_lists`] would not have written.
pub fn read_lists(bytes: &[u8]) -> Result<Vec<Listed>, ListsError> {
    parse(decompress(bytes)?)
}

/// In one go into room for as much as the frame says that it holds: half the time of a stream, which
/// goes through a window of its own. A frame that lies is bounded by its own size, and memory that
/// nothing is written to is not there yet.
fn decompress(bytes: &[u8]) -> Result<Vec<u8>, ListsError> {
    let broken = |what: &str| ListsError::Frame(io::Error::other(what.to_owned()));
    let frame = zstd_safe::find_frame_compressed_size(bytes)
        .map_err(|code| broken(zstd_safe::get_error_name(code)))?;
    let size =
        zstd_safe::get_frame_content_size(bytes).map_err(|_| broken("its header is wrong"))?;
    let size = size.ok_or_else(|| broken("it does not say how much it holds"))?;
    if size > MAX_TEXT.min(SMALL_TEXT.saturating_add(MAX_RATIO * bytes.len() as u64)) {
        return Err(ListsError::TooLarge(size));
    }
    if frame != bytes.len() {
        return Err(ListsError::Trailing);
    }
    let mut text = Vec::new();
    let room = usize::try_from(size).unwrap_or(usize::MAX);
    text.try_reserve_exact(room).map_err(|error| ListsError::Frame(io::Error::other(error)))?;
    let mut decompressor = zstd::bulk::Decompressor::new().map_err(ListsError::Frame)?;
    decompressor.decompress_to_buffer(bytes, &mut text).map_err(ListsError::Frame)?;
    Ok(text)
}

/// What of the text is lists is kept as it is, and not copied: they share it.
fn parse(mut text: Vec<u8>) -> Result<Vec<Listed>, ListsError> {
    let mut lines = Lines { text: &text, at: 0, line: 0 };
    let first = lines.next_line()?;
    if first != FIRST_LINE.as_bytes() {
        let start = &first[..first.len().min(100)];
        return Err(ListsError::Version(String::from_utf8_lossy(start).into_owned()));
    }
    let mut blocks = Vec::new();
    while lines.starts_with(MODULE) {
        blocks.push(Block::find(&mut lines)?);
    }
    let (at, line) = (lines.at, lines.line);
    let texts = text.split_off(at);
    let Ok(shared) = String::from_utf8(text) else {
        return Err(ListsError::Line { line: 1, what: "or one of the lists is not UTF-8" });
    };
    let mut lists = parse_blocks(blocks, &Arc::new(shared))?;
    Texts { lines: Lines { text: &texts, at: 0, line }, lists: &mut lists, current: 0 }.parse()?;
    Ok(lists)
}

/// Where a list lies in the text.
struct Block {
    module: ModuleVersion,
    /// The line before the list, counted from 1.
    head: usize,
    bytes: Range<usize>,
}

impl Block {
    /// Takes the line `module PATH VERSION FILES` and the list behind it, which is not looked into.
    fn find(lines: &mut Lines<'_>) -> Result<Block, ListsError> {
        let (module, count) = module_line(lines)?;
        let (head, start) = (lines.line, lines.at);
        lines.skip(count)?;
        Ok(Block { module, head, bytes: start..lines.at })
    }
}

fn parse_blocks(blocks: Vec<Block>, shared: &Arc<String>) -> Result<Vec<Listed>, ListsError> {
    let mut lists: Vec<Listed> = Vec::with_capacity(blocks.len());
    for Block { module, head, bytes } in blocks {
        let error = |line, what| ListsError::Line { line: head + line, what };
        if lists.last().is_some_and(|before| order(before.files.module(), &module).is_ge()) {
            return Err(error(0, "has a module version out of order"));
        }
        let files = FileList::parse(module, Arc::clone(shared), bytes)
            .map_err(|FileListError { line, what }| error(line, what))?;
        lists.push(Listed { files, carried: BTreeMap::new(), complete: Complete::nowhere() });
    }
    Ok(lists)
}

/// `module PATH VERSION FILES`.
fn module_line(lines: &mut Lines<'_>) -> Result<(ModuleVersion, usize), ListsError> {
    let fields = lines.fields::<3>(MODULE)?;
    let [path, version, count] = fields;
    let count = lines.number(count)?;
    Ok((ModuleVersion::new(path, version), count))
}

/// What is behind the lists.
struct Texts<'a, 'l> {
    lines: Lines<'a>,
    lists: &'l mut [Listed],
    /// The list that the line before was of: they come in the order of the lists.
    current: usize,
}

impl Texts<'_, '_> {
    fn parse(mut self) -> Result<(), ListsError> {
        while !self.lines.is_at_end() {
            if self.lines.starts_with(COMPLETE) { self.complete()? } else { self.carried()? }
        }
        Ok(())
    }

    /// `complete PATH VERSION DIRECTORY`.
    fn complete(&mut self) -> Result<(), ListsError> {
        let [path, version, pattern] = self.lines.fields::<3>(COMPLETE)?;
        let list = self.list(&ModuleVersion::new(path, version))?;
        let out_of_order = self.lines.wrong("is out of order");
        let list = &mut self.lists[list];
        let Complete::In(dirs) = &mut list.complete else { return Err(out_of_order) };
        let dir = if pattern == ROOT { "" } else { pattern };
        let is_next = dirs.last().is_none_or(|before| before.as_str() < dir);
        if !is_next || !list.carried.is_empty() || pattern == ANY && !dirs.is_empty() {
            return Err(out_of_order);
        }
        if pattern == ANY {
            list.complete = Complete::Everywhere;
        } else {
            dirs.insert(dir.to_owned());
        }
        Ok(())
    }

    /// `carried PATH VERSION BYTES NAME`, and the content.
    fn carried(&mut self) -> Result<(), ListsError> {
        let [path, version, len, name] = self.lines.fields::<4>(CARRIED)?;
        let len = self.lines.number(len)?;
        let module = ModuleVersion::new(path, version);
        let list = self.list(&module)?;
        let list = &mut self.lists[list];
        let file = list.files.find(name);
        let file = file.ok_or(self.lines.wrong("names a file that is not listed"))?;
        if list.carried.last_key_value().is_some_and(|(before, _)| before.as_str() >= name) {
            return Err(self.lines.wrong("is out of order"));
        }
        let content = self.lines.take(len)?;
        if !list.files.has_hash(file, &Sha256::digest(content).into()) {
            return Err(ListsError::Content { module, name: name.to_owned() });
        }
        list.carried.insert(name.to_owned(), content.to_vec());
        Ok(())
    }

    /// The number of the list that a line is of.
    fn list(&mut self, module: &ModuleVersion) -> Result<usize, ListsError> {
        let found = self.lists.binary_search_by(|list| order(list.files.module(), module));
        let found = found.map_err(|_| self.lines.wrong("is of a module that is not listed"))?;
        if found < self.current {
            return Err(self.lines.wrong("is out of order"));
        }
        self.current = found;
        Ok(found)
    }
}

/// A text, line by line.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    /// The number of lines taken.
    line: usize,
}

impl<'a> Lines<'a> {
    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn starts_with(&self, word: &str) -> bool {
        self.text[self.at..].starts_with(word.as_bytes())
    }

    fn wrong(&self, what: &'static str) -> ListsError {
        ListsError::Line { line: self.line, what }
    }

    fn next_line(&mut self) -> Result<&'a [u8], ListsError> {
        self.line += 1;
        let rest = &self.text[self.at..];
        let end = memchr::memchr(b'\n', rest).ok_or(self.wrong("has no end"))?;
        self.at += end + 1;
        Ok(&rest[..end])
    }

    /// So many lines.
    fn skip(&mut self, lines: usize) -> Result<(), ListsError> {
        let Some(last) = lines.checked_sub(1) else { return Ok(()) };
        let rest = &self.text[self.at..];
        let ends = memchr::memchr_iter(b'\n', rest);
        let Some(end) = ends.clone().nth(last) else {
            let line = self.line + ends.count() + 1;
            return Err(ListsError::Line { line, what: "has no end" });
        };
        self.at += end + 1;
        self.line += lines;
        Ok(())
    }

    /// The words behind the first of a line. The last is the rest of the line.
    fn fields<const N: usize>(&mut self, word: &str) -> Result<[&'a str; N], ListsError> {
        let line = std::str::from_utf8(self.next_line()?).ok();
        let rest = line.and_then(|line| line.strip_prefix(word));
        let rest = rest.ok_or(self.wrong("starts neither a list nor a content"))?;
        let mut fields = [""; N];
        let mut words = rest.splitn(N, ' ');
        for field in &mut fields {
            *field =
                words.next().filter(|word| !word.is_empty()).ok_or(self.wrong("is too short"))?;
        }
        Ok(fields)
    }

    /// A number as it is written, which is one way for each.
    fn number(&self, word: &str) -> Result<usize, ListsError> {
        let number: Option<usize> = word.parse().ok();
        number.filter(|number| number.to_string() == word).ok_or(self.wrong("has a wrong number"))
    }

    /// So many bytes, and the end of line behind them.
    fn take(&mut self, len: usize) -> Result<&'a [u8], ListsError> {
        let rest = &self.text[self.at..];
        let whole = rest.split_at_checked(len).filter(|(_, behind)| behind.first() == Some(&b'\n'));
        let (content, _) = whole.ok_or(self.wrong("has another content than it says"))?;
        self.line += memchr::memchr_iter(b'\n', content).count() + 1;
        self.at += len + 1;
        Ok(content)
    }
}
