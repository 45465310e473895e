//! The format of go-offline.lock.lists, and of the lists in the user's cache: the [`Listed`] of any
//! number of module versions as a text, in one zstd frame.
//!
//! ```text
//! go-offline lists 1
//! module golang.org/x/text v0.3.0 2
//! 1d0e…  golang.org/x/text@v0.3.0/LICENSE
//! 9f3c…  golang.org/x/text@v0.3.0/gen.go
//! module …
//! carried golang.org/x/text v0.3.0 31 gen.go
//! //go:build ignore
//!
//! package main
//! ```
//!
//! First the lists, in Go's order of module versions, each with the number of its lines; they are
//! what the `h1:` in go.sum is the SHA-256 of. Behind all lists the contents, in the same order, each
//! with its length in bytes and an end of line behind it.
//!
//! A file of lists is believed in nothing: each list has yet to be found in go.sum by its hash, and
//! each content here by its line of the list. So anybody may have written it.

#[cfg(test)]
mod tests;

use super::Listed;
use crate::gomod::{FileList, FileListError, ModuleVersion, go_version};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;
use zstd::zstd_safe::{self, CParameter};

/// The compression for a file that is committed, and cloned ever after.
pub const LEVEL_SMALL: i32 = 19;
/// The compression for a file that is made while somebody waits.
pub const LEVEL_FAST: i32 = 3;

const FIRST_LINE: &str = "go-offline lists 1";
const MODULE: &str = "module ";
const CARRIED: &str = "carried ";

/// The largest text that is read. A list takes some 100 bytes a file, and no build has ten million.
const MAX_TEXT: u64 = 1 << 30;
/// And at most so many times the bytes that it is packed into, beyond a first megabyte: lists pack some
/// five times, and a small file from a checkout must not take all memory.
const MAX_RATIO: u64 = 16;

/// Why a file holds no lists.
#[derive(Debug)]
pub enum ListsError {
    /// It is no zstd frame, or not all of one.
    Frame(io::Error),
    /// There is something behind the frame.
    Trailing,
    /// Its text has more bytes than any lists.
    TooLarge,
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
            ListsError::TooLarge => write!(f, "the text has more than {MAX_TEXT} bytes"),
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
        for (name, content) in &list.carried {
            text.extend(format!("{CARRIED}{path} {version} {} {name}\n", content.len()).bytes());
            text.extend(content);
            text.push(b'\n');
        }
    }
    text
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
    parse(&decompress(bytes)?)
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
    if size > MAX_TEXT.min((1 << 20) + MAX_RATIO * bytes.len() as u64) {
        return Err(ListsError::TooLarge);
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

fn parse(text: &[u8]) -> Result<Vec<Listed>, ListsError> {
    let mut lines = Lines { text, at: 0, line: 0 };
    let first = lines.next_line()?;
    if first != FIRST_LINE.as_bytes() {
        let start = &first[..first.len().min(100)];
        return Err(ListsError::Version(String::from_utf8_lossy(start).into_owned()));
    }
    let mut lists = parse_lists(&mut lines)?;
    while !lines.is_at_end() {
        parse_carried(&mut lines, &mut lists)?;
    }
    Ok(lists)
}

/// The lists share one copy of their part of the text.
fn parse_lists(lines: &mut Lines<'_>) -> Result<Vec<Listed>, ListsError> {
    let mut heads = Vec::new();
    while lines.starts_with(MODULE) {
        let (module, count) = module_line(lines)?;
        let (first_line, start) = (lines.line, lines.at);
        for _ in 0..count {
            lines.next_line()?;
        }
        heads.push((module, count, first_line, start..lines.at));
    }
    let Ok(shared) = std::str::from_utf8(&lines.text[..lines.at]) else {
        return Err(ListsError::Line { line: 1, what: "or one of the lists is not UTF-8" });
    };
    let shared: Arc<str> = shared.into();
    let mut lists: Vec<Listed> = Vec::with_capacity(heads.len());
    for (module, count, first_line, block) in heads {
        let error = |line, what| ListsError::Line { line: first_line + line, what };
        if lists.last().is_some_and(|before| order(before.files.module(), &module).is_ge()) {
            return Err(error(0, "has a module version out of order"));
        }
        let files = FileList::parse(module, Arc::clone(&shared), block)
            .map_err(|FileListError { line, what }| error(line, what))?;
        debug_assert_eq!(files.len(), count);
        lists.push(Listed { files, carried: BTreeMap::new() });
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

/// `carried PATH VERSION BYTES NAME`, and the content.
fn parse_carried(lines: &mut Lines<'_>, lists: &mut [Listed]) -> Result<(), ListsError> {
    let [path, version, len, name] = lines.fields::<4>(CARRIED)?;
    let len = lines.number(len)?;
    let module = ModuleVersion::new(path, version);
    let of = lists.binary_search_by(|list| order(list.files.module(), &module));
    let list = &mut lists[of.map_err(|_| lines.wrong("is of a module that is not listed"))?];
    let file = list.files.find(name).ok_or(lines.wrong("names a file that is not listed"))?;
    if list.carried.last_key_value().is_some_and(|(before, _)| before.as_str() >= name) {
        return Err(lines.wrong("is out of order"));
    }
    let content = lines.take(len)?;
    if !list.files.has_hash(file, &Sha256::digest(content).into()) {
        return Err(ListsError::Content { module, name: name.to_owned() });
    }
    list.carried.insert(name.to_owned(), content.to_vec());
    Ok(())
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
