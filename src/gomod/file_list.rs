//! The files of a module version with their hashes: the text that the `h1:` hash of go.sum is the
//! hash of, as in x/mod/sumdb/dirhash `Hash1`. So the list proves itself against go.sum.

use super::ModuleVersion;
use base64::Engine;
use sha2::{Digest, Sha256};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Hexadecimal digits of a SHA-256, and the two spaces behind them.
const HEX: usize = 64;
const GAP: &str = "  ";

/// Every file of a module version: lines `<sha256 in hex>  <path>@<version>/<name>`, sorted by name.
///
/// The lines stay what they are, a part of a text: a list of thousands of files costs one number a
/// file.
#[derive(Clone)]
pub struct FileList {
    module: ModuleVersion,
    text: Arc<String>,
    block: Range<usize>,
    /// Where each line starts in the text, and the end of the last.
    starts: Vec<u32>,
}

/// Why a text is no list of a module's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileListError {
    /// The line, counted from 1 in the list.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for FileListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the list {}", self.line, self.what)
    }
}

impl std::error::Error for FileListError {}

impl FileList {
    /// Makes the list of files given as names below the module's root and the SHA-256 of each, in any
    /// order.
    ///
    /// # Errors
    /// A name that is empty, twice there or broken by a line end: dirhash refuses that too.
    pub fn new(
        module: ModuleVersion,
        mut files: Vec<(String, [u8; 32])>,
    ) -> Result<FileList, FileListError> {
        files.sort_unstable();
        let mut text = String::new();
        for (name, hash) in &files {
            push_hex(&mut text, hash);
            text.push_str(GAP);
            text.push_str(&format!("{module}/{name}\n"));
        }
        let block = 0..text.len();
        FileList::parse(module, Arc::new(text), block)
    }

    /// Reads the lines in a stretch of a text.
    ///
    /// # Errors
    /// A line that is none of a list, that is of another module, or out of order.
    pub fn parse(
        module: ModuleVersion,
        text: Arc<String>,
        block: Range<usize>,
    ) -> Result<FileList, FileListError> {
        let prefix = format!("{GAP}{module}/");
        let bytes = &text.as_bytes()[block.clone()];
        let mut starts = Vec::new();
        let mut before: &[u8] = b"";
        let mut at = 0;
        let error = |what: &'static str, line: usize| FileListError { line: line + 1, what };
        while at < bytes.len() {
            let line = starts.len();
            let end = memchr::memchr(b'\n', &bytes[at..]).ok_or(error("has no end", line))?;
            let (hex, rest) =
                bytes[at..at + end].split_at_checked(HEX).ok_or(error("is too short", line))?;
            if !is_hex(hex) {
                return Err(error("has no SHA-256", line));
            }
            let name =
                rest.strip_prefix(prefix.as_bytes()).ok_or(error("is of another module", line))?;
            if name <= before {
                return Err(error("has no name, or is out of order", line));
            }
            before = name;
            starts.push(offset(block.start + at));
            at += end + 1;
        }
        starts.push(offset(block.end));
        Ok(FileList { module, text, block, starts })
    }

    /// The module version that the files are of.
    pub fn module(&self) -> &ModuleVersion {
        &self.module
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of a file below the module's root; files are sorted by it.
    pub fn name(&self, file: usize) -> &str {
        let line = self.line(file);
        // "<hex>  <path>@<version>/<name>\n"
        let prefix = HEX + GAP.len() + self.module.path.len() + 1 + self.module.version.len() + 1;
        &line[prefix..line.len() - 1]
    }

    /// The SHA-256 of a file, in hex.
    pub fn hex(&self, file: usize) -> &str {
        &self.line(file)[..HEX]
    }

    /// Whether a file has this SHA-256.
    pub fn has_hash(&self, file: usize, hash: &[u8; 32]) -> bool {
        self.hex(file) == hex(hash)
    }

    /// The file of a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.name(middle).cmp(name) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|file| self.name(file))
    }

    /// The lines.
    pub fn text(&self) -> &str {
        &self.text[self.block.clone()]
    }

    /// The `h1:` hash that go.sum has for these files. It is computed, once for each call.
    pub fn h1(&self) -> String {
        h1(self.text().as_bytes())
    }

    fn line(&self, file: usize) -> &str {
        &self.text[self.starts[file] as usize..self.starts[file + 1] as usize]
    }
}

/// Two lists are equal if they say the same, in whatever text they lie.
impl PartialEq for FileList {
    fn eq(&self, other: &FileList) -> bool {
        self.module == other.module && self.text() == other.text()
    }
}

impl Eq for FileList {}

impl fmt::Debug for FileList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileList({}, {} files)", self.module, self.len())
    }
}

/// A list is far from 4 GiB: a module zip may hold 500 MiB of files, and its list is a fraction of it.
fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a list of files is smaller than 4 GiB")
}

/// Whether all are lower case hexadecimal digits. All are looked at, so that they can be at once.
fn is_hex(digits: &[u8]) -> bool {
    let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    digits.iter().fold(true, |all, digit| all & is_digit(digit))
}

/// The `h1:` hash over the lines of a list: x/mod/sumdb/dirhash `Hash1`.
pub(super) fn h1(lines: &[u8]) -> String {
    format!("h1:{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(lines)))
}

/// A hash in hex.
pub fn hex(hash: &[u8]) -> String {
    let mut text = String::with_capacity(2 * hash.len());
    push_hex(&mut text, hash);
    text
}

/// Adds a hash in hex.
fn push_hex(text: &mut String, hash: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in hash {
        text.push(DIGITS[usize::from(byte >> 4)] as char);
        text.push(DIGITS[usize::from(byte & 15)] as char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module() -> ModuleVersion {
        ModuleVersion { path: "example.com/a".to_owned(), version: "v1.0.0".to_owned() }
    }

    fn hash(text: &str) -> [u8; 32] {
        Sha256::digest(text).into()
    }

    /// The vector is x/mod/sumdb/dirhash's own: `h1:` of two files by sha256sum(1).
    #[test]
    fn the_hash_is_that_of_dirhash() {
        let files = vec![("b.go".to_owned(), hash("two")), ("a.go".to_owned(), hash("one"))];
        let list = FileList::new(module(), files).unwrap();
        assert_eq!(list.names().collect::<Vec<_>>(), ["a.go", "b.go"]);
        let lines = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  example.com/a@v1.0.0/a.go\n\
             3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3  example.com/a@v1.0.0/b.go\n";
        assert_eq!(list.text(), lines);
        let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(lines));
        assert_eq!(list.h1(), format!("h1:{digest}"));
        assert!(list.has_hash(1, &hash("two")) && !list.has_hash(0, &hash("two")));
        assert_eq!((list.find("b.go"), list.find("c.go")), (Some(1), None));
    }

    #[test]
    fn a_list_lies_anywhere_in_a_text() {
        let line = format!("{}  example.com/a@v1.0.0/x y.go\n", "0".repeat(64));
        let text = Arc::new(format!("head\n{line}tail\n"));
        let list = FileList::parse(module(), text, 5..5 + line.len()).unwrap();
        assert_eq!((list.len(), list.name(0), list.text()), (1, "x y.go", line.as_str()));
        assert_eq!(list, FileList::parse(module(), Arc::new(line.clone()), 0..line.len()).unwrap());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let line = |name: &str| format!("{}  example.com/a@v1.0.0/{name}\n", "0".repeat(64));
        for (text, wrong) in [
            (format!("{}{}", line("b"), line("a")), 2),
            (format!("{}{}", line("a"), line("a")), 2),
            (line(""), 1),
            (line("a").to_uppercase(), 1),
            (line("a").replace("v1.0.0", "v1.0.1"), 1),
            (line("a").replace("  ", " "), 1),
            (line("a").trim_end().to_owned(), 1),
            ("short\n".to_owned(), 1),
            (line("a").replacen('0', "G", 1), 1),
        ] {
            let block = 0..text.len();
            let error = FileList::parse(module(), Arc::new(text.clone()), block).unwrap_err();
            assert_eq!(error.line, wrong, "{text}");
        }
        let twice = vec![("a".to_owned(), hash("")), ("a".to_owned(), hash("x"))];
        assert!(FileList::new(module(), twice).is_err());
        assert!(FileList::new(module(), vec![("a\nb".to_owned(), hash(""))]).is_err());
    }
}
