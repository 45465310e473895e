//! go.sum and go.work.sum, as read by cmd/go/internal/modfetch/fetch.go `readGoSum`.

use super::ModuleVersion;
use super::position::{ParseError, Span};

/// A go.sum file, its lines in file order, repeated ones included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoSum {
    /// The lines that Go uses; blank lines and hashes of an empty go.mod are left out.
    pub lines: Vec<SumLine>,
    /// The lines on which Go stops, but for `go mod tidy`, which drops them.
    pub malformed: Vec<ParseError>,
}

/// One line of go.sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumLine {
    /// The module, its version without `/go.mod`.
    pub module: ModuleVersion,
    /// Whether the hash is that of the go.mod file alone, not of the module's zip.
    pub go_mod: bool,
    /// The hash with its algorithm: `h1:…`.
    pub hash: String,
    /// The bytes of the line without space around it.
    pub span: Span,
}

impl GoSum {
    /// Parses a go.sum file; a line that Go would refuse is listed, and the rest is read on.
    pub fn parse(text: &str) -> GoSum {
        let mut sum = GoSum::default();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            sum.add(line, start);
            start += line.len();
        }
        sum
    }

    fn add(&mut self, line: &str, start: usize) {
        let mut fields = line.split_whitespace();
        let (Some(path), version, hash, None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return self.add_malformed(line, start);
        };
        let (Some(version), Some(hash)) = (version, hash) else {
            return self.add_malformed(line, start);
        };
        if hash == EMPTY_GO_MOD {
            return;
        }
        let (version, go_mod) = match version.strip_suffix("/go.mod") {
            Some(version) => (version, true),
            None => (version, false),
        };
        let module = ModuleVersion::new(path, version);
        self.lines.push(SumLine {
            module,
            go_mod,
            hash: hash.to_owned(),
            span: trimmed(line, start),
        });
    }

    fn add_malformed(&mut self, line: &str, start: usize) {
        let count = line.split_whitespace().count();
        if count > 0 {
            let message = format!("malformed go.sum: wrong number of fields {count}");
            self.malformed.push(ParseError {
                span: trimmed(line, start),
                message,
            });
        }
    }
}

impl SumLine {
    /// Reports whether the hash is one that can be checked: `h1:` and 32 bytes in base64.
    ///
    /// Go passes over other algorithms, and compares the text of this one; text that no encoder
    /// writes can never be equal.
    pub fn is_h1(&self) -> bool {
        let Some(base64) = self
            .hash
            .strip_prefix("h1:")
            .and_then(|base64| base64.strip_suffix('='))
        else {
            return false;
        };
        // 32 bytes are 42 characters of six bits and one of four, whose low bits are zero.
        let is_digit = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
        base64.len() == 43
            && base64.bytes().all(is_digit)
            && base64.ends_with(|last: char| "AEIMQUYcgkosw048".contains(last))
    }
}

/// The hash of an empty go.mod. An old bug wrote it for what is no module; Go drops such lines.
const EMPTY_GO_MOD: &str = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=";

/// The bytes of a line, which starts at `start`, without space around it.
fn trimmed(line: &str, start: usize) -> Span {
    let start = start + line.len() - line.trim_start().len();
    start..start + line.trim().len()
}
