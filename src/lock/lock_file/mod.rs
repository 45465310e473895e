//! The format of go-offline.lock: what `go mod vendor` should put into vendor/, as short as can be
//! reviewed, a line for each module.
//!
//! ```text
//! go-offline.lock 1
//! # What `go mod vendor` should …
//! PATH VERSION h1:… FILES code:… rest:…
//! PATH VERSION => PATH VERSION h1:… FILES code:… rest:…
//! fingerprint sha256:…
//! ```
//!
//! A line is of a module version that provides vendored packages, unless a directory replaces it. It
//! has the hash that go.sum has for its content (for the content of the replacement, if there is
//! one), the number of files that the copy rules yield, and two digests of those files, see
//! [`digest`]: of what go compiles, links or embeds, and of the rest. Lines are sorted by path and
//! version as texts. The fingerprint is the SHA-256 of all lines above it.
//!
//! There is one way to write each lock. A text with CR before LF, as git makes it on Windows, is read
//! as if they were not there.

#[cfg(test)]
mod tests;

use crate::gomod::{ModuleVersion, ParseError, Span, hex};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt;

const FIRST_LINE: &str = "go-offline.lock 1";
const COMMENT: &str = "# What `go mod vendor` should put into vendor/, bound to go.sum. \
                       `go-offline lock` writes this file, `go-offline check` reads it.";
const FINGERPRINT: &str = "fingerprint ";

/// What go-offline.lock says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockFile {
    /// One entry for each module version, sorted by path and version as texts.
    pub entries: Vec<LockEntry>,
}

/// What should be vendored of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockEntry {
    /// The module version, as modules.txt has it.
    pub module: ModuleVersion,
    /// The module version that replaces it.
    pub replacement: Option<ModuleVersion>,
    /// The hash that go.sum has for the content: `h1:` and base64.
    pub h1: String,
    /// The number of files that `go mod vendor` copies.
    pub files: usize,
    /// The digest of those that go compiles, links or embeds.
    pub code: [u8; 32],
    /// The digest of all others.
    pub rest: [u8; 32],
}

/// Why a text is no lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockError {
    /// Lines that no lock has.
    Malformed(Vec<ParseError>),
    /// Each line could be in a lock, but they are not the ones that the fingerprint was made of:
    /// somebody edited them, or merged two locks.
    Edited(ParseError),
}

impl LockError {
    /// What is wrong, in the order of the text.
    pub fn errors(&self) -> &[ParseError] {
        match self {
            LockError::Malformed(errors) => errors,
            LockError::Edited(error) => std::slice::from_ref(error),
        }
    }
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.errors();
        match errors.split_first() {
            Some((first, [])) => write!(f, "{first}"),
            Some((first, more)) => write!(f, "{first}, and {} more errors", more.len()),
            None => f.write_str("malformed"),
        }
    }
}

impl std::error::Error for LockError {}

impl LockFile {
    /// Makes a lock of entries in any order. Of entries of one module version the first is taken.
    pub fn new(mut entries: Vec<LockEntry>) -> LockFile {
        entries.sort_by(|a, b| a.module.cmp(&b.module));
        entries.dedup_by(|a, b| a.module == b.module);
        LockFile { entries }
    }

    /// Reads a lock.
    ///
    /// # Errors
    /// Anything that [`LockFile::render`] would not have written, each with its place.
    pub fn parse(text: &str) -> Result<LockFile, LockError> {
        parse(text)
    }

    /// The text.
    pub fn render(&self) -> String {
        let mut text = self.lines();
        let fingerprint = fingerprint_of(&text);
        text.push_str(&format!("{FINGERPRINT}{fingerprint}\n"));
        text
    }

    /// `sha256:` and the SHA-256, in hex, of all lines but the one that holds it.
    pub fn fingerprint(&self) -> String {
        fingerprint_of(&self.lines())
    }

    fn lines(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n{COMMENT}\n");
        for entry in &self.entries {
            text.push_str(&format!("{entry}\n"));
        }
        text
    }
}

impl fmt::Display for LockEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.module.path, self.module.version)?;
        if let Some(ModuleVersion { path, version }) = &self.replacement {
            write!(f, " => {path} {version}")?;
        }
        let [code, rest] = [self.code, self.rest].map(|digest| URL_SAFE_NO_PAD.encode(digest));
        write!(f, " {} {} code:{code} rest:{rest}", self.h1, self.files)
    }
}

/// The digest of files, given by their paths below vendor/ and their SHA-256 in hex: the SHA-256 of
/// the lines `<hex>  <path>`, sorted by path. So sha256sum(1) can check it:
///
/// ```sh
/// cd vendor && sha256sum $(LC_ALL=C sort ../paths) | sha256sum
/// ```
pub fn digest<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> [u8; 32] {
    let mut files: Vec<(&str, &str)> = files.collect();
    files.sort_unstable();
    let mut lines = String::new();
    for (path, hex) in files {
        lines.extend([hex, "  ", path, "\n"]);
    }
    Sha256::digest(lines).into()
}

fn fingerprint_of(lines: &str) -> String {
    format!("sha256:{}", hex(&Sha256::digest(lines)))
}

fn parse(text: &str) -> Result<LockFile, LockError> {
    let mut errors = Vec::new();
    let mut entries: Vec<LockEntry> = Vec::new();
    let mut fingerprint = None;
    let mut number = 0;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let span = at..at + line.len();
        at += whole.len();
        let read = match number {
            0 => expect(line, FIRST_LINE),
            1 => expect(line, COMMENT),
            _ if fingerprint.is_some() => Err("nothing stands behind the fingerprint".to_owned()),
            _ => match line.strip_prefix(FINGERPRINT) {
                Some(value) => parse_fingerprint(value).map(|value| {
                    fingerprint = Some((value, span.start + FINGERPRINT.len()..span.end));
                }),
                None => parse_entry(line).and_then(|entry| push(&mut entries, entry)),
            },
        };
        number += 1;
        if let Err(message) = read {
            errors.push(ParseError { span, message });
            // Nothing is known of the lines of another format.
            if number == 1 {
                break;
            }
        }
    }
    let is_whole = text.ends_with('\n') && fingerprint.is_some();
    if errors.is_empty() && !is_whole {
        let message = "the text ends before its fingerprint does".to_owned();
        errors.push(ParseError { span: last_line(text), message });
    }
    let lock = LockFile { entries };
    match fingerprint {
        Some((value, span)) if errors.is_empty() => check_fingerprint(lock, &value, span),
        _ => Err(LockError::Malformed(errors)),
    }
}

fn check_fingerprint(lock: LockFile, value: &str, span: Span) -> Result<LockFile, LockError> {
    let computed = lock.fingerprint();
    if computed == value {
        return Ok(lock);
    }
    let message = format!("the lines above have the fingerprint {computed}: they were edited");
    Err(LockError::Edited(ParseError { span, message }))
}

fn last_line(text: &str) -> Span {
    let start = text.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
    start..text.len()
}

fn expect(line: &str, want: &str) -> Result<(), String> {
    if line == want { Ok(()) } else { Err(format!("expected `{want}`")) }
}

/// Adds an entry in its place.
fn push(entries: &mut Vec<LockEntry>, entry: LockEntry) -> Result<(), String> {
    if entries.last().is_some_and(|before| before.module >= entry.module) {
        return Err(format!("{} does not come here by its name", entry.module));
    }
    entries.push(entry);
    Ok(())
}

fn parse_fingerprint(value: &str) -> Result<String, String> {
    let is_hex =
        |hex: &str| hex.len() == 64 && hex.bytes().all(|b| b"0123456789abcdef".contains(&b));
    match value.strip_prefix("sha256:") {
        Some(hex) if is_hex(hex) => Ok(value.to_owned()),
        _ => Err("expected `fingerprint sha256:` and 64 digits in hex".to_owned()),
    }
}

fn parse_entry(line: &str) -> Result<LockEntry, String> {
    const WANT: &str = "expected `PATH VERSION [=> PATH VERSION] h1:… FILES code:… rest:…`";
    let words: Vec<&str> = line.split(' ').collect();
    if words.iter().any(|word| word.is_empty()) {
        return Err(WANT.to_owned());
    }
    let (module, replacement, h1, files, code, rest) = match words.as_slice() {
        [path, version, "=>", to, to_version, h1, files, code, rest] => {
            let replacement = Some(ModuleVersion::new(*to, *to_version));
            ((path, version), replacement, h1, files, code, rest)
        }
        [path, version, h1, files, code, rest] => ((path, version), None, h1, files, code, rest),
        _ => return Err(WANT.to_owned()),
    };
    Ok(LockEntry {
        module: ModuleVersion::new(*module.0, *module.1),
        replacement,
        h1: parse_h1(h1)?,
        files: parse_number(files)?,
        code: parse_digest(code, "code:")?,
        rest: parse_digest(rest, "rest:")?,
    })
}

fn parse_h1(word: &str) -> Result<String, String> {
    let hash = word.strip_prefix("h1:").and_then(|text| STANDARD.decode(text).ok());
    match hash {
        Some(hash) if hash.len() == 32 => Ok(word.to_owned()),
        _ => Err(format!("`{word}` is no hash `h1:…` of go.sum")),
    }
}

fn parse_number(word: &str) -> Result<usize, String> {
    let number: Option<usize> = word.parse().ok();
    let number = number.filter(|number| number.to_string() == word);
    number.ok_or_else(|| format!("`{word}` is no number of files"))
}

fn parse_digest(word: &str, name: &str) -> Result<[u8; 32], String> {
    let text = word.strip_prefix(name);
    let digest = text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let digest = digest.and_then(|digest| digest.try_into().ok());
    digest.ok_or_else(|| format!("`{word}` is no digest `{name}…`"))
}
