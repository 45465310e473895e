//! go.sum and go.work.sum, as read by cmd/go/internal/modfetch/fetch.go `readGoSum`.

use super::file_list::h1;
use super::position::{ParseError, Span};
use super::{ModuleVersion, hex};
use sha2::{Digest, Sha256};

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

/// The hash of a go.mod file as a `/go.mod` line of go.sum has it: `modfetch.goModSum`.
pub fn go_mod_h1(text: &[u8]) -> String {
    h1(format!("{}  go.mod\n", hex(&Sha256::digest(text))).as_bytes())
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
            self.malformed.push(ParseError { span: trimmed(line, start), message });
        }
    }
}

impl SumLine {
    /// Reports whether the hash is one that can be checked: `h1:` and 32 bytes in base64.
    ///
    /// Go passes over other algorithms, and compares the text of this one; text that no encoder
    /// writes can never be equal.
    pub fn is_h1(&self) -> bool {
        let Some(base64) =
            self.hash.strip_prefix("h1:").and_then(|base64| base64.strip_suffix('='))
        else {
            return false;
        };
        // 32 bytes are 42 characters of six bits and one of four, whose low bits are zero.
        let is_digit = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
        base64.len() == 43
            && base64.bytes().all(is_digit)
            && base64.ends_with(|last: char| "AEIMQUYcgkosw048".contains(last))
    }

    /// Reports whether the hash says that it is one that can be checked, and is none: no file has it.
    pub fn is_broken_h1(&self) -> bool {
        self.hash.starts_with("h1:") && !self.is_h1()
    }
}

/// The hash of an empty go.mod. An old bug wrote it for what is no module; Go drops such lines.
const EMPTY_GO_MOD: &str = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=";

/// The bytes of a line, which starts at `start`, without space around it.
fn trimmed(line: &str, start: usize) -> Span {
    let start = start + line.len() - line.trim_start().len();
    start..start + line.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_go_mod_has_the_hash_that_go_gives_it() {
        // The hash that go itself leaves out of go.sum.
        assert_eq!(go_mod_h1(b""), "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=");
    }

    const H1: &str = "h1:ICeL3t2L30ljSPHHxDnR4fqVcBt/zR2zJAb9juavmQg=";

    #[test]
    fn lines_for_zips_and_for_go_mod_files() {
        let text = format!("a.b/c v1.0.0 {H1}\na.b/c v1.0.0/go.mod h2:x");
        let sum = GoSum::parse(&text);
        assert_eq!(sum.malformed, []);
        let module = ModuleVersion::new("a.b/c", "v1.0.0");
        let zip =
            SumLine { module: module.clone(), go_mod: false, hash: H1.to_owned(), span: 0..60 };
        let go_mod = SumLine { module, go_mod: true, hash: "h2:x".to_owned(), span: 61..85 };
        assert_eq!(sum.lines, [zip, go_mod]);
    }

    #[test]
    fn a_malformed_line_does_not_hide_the_others() {
        let text = "\n \t\r\na v1 h1:x\r\n\u{feff}b v1\n c v1  h1:y \nd v1 h1:z extra\ne\n";
        let sum = GoSum::parse(text);
        let paths: Vec<&str> = sum.lines.iter().map(|line| line.module.path.as_str()).collect();
        assert_eq!(paths, ["a", "c"]);
        assert_eq!(&text[sum.lines[1].span.clone()], "c v1  h1:y");
        let malformed: Vec<(&str, &str)> = sum
            .malformed
            .iter()
            .map(|err| (&text[err.span.clone()], err.message.as_str()))
            .collect();
        assert_eq!(
            malformed,
            [
                ("\u{feff}b v1", "malformed go.sum: wrong number of fields 2"),
                ("d v1 h1:z extra", "malformed go.sum: wrong number of fields 4"),
                ("e", "malformed go.sum: wrong number of fields 1"),
            ]
        );
    }

    #[test]
    fn the_hash_of_an_empty_go_mod_is_dropped() {
        let sum = GoSum::parse(&format!("a v1/go.mod {EMPTY_GO_MOD}\na v1 {EMPTY_GO_MOD}\n"));
        assert_eq!(sum, GoSum::default());
    }

    #[test]
    fn h1_hashes() {
        let is_h1 = |hash: &str| GoSum::parse(&format!("a v1 {hash}")).lines[0].is_h1();
        assert!(is_h1(H1));
        let bad = [
            "h1:".to_owned(),
            "h1:=".to_owned(),
            H1.replace("h1:", "h2:"),
            H1.replace("h1:", "H1:"),
            H1.replace('=', ""),
            H1.replace('=', "=="),
            H1.replace("Qg=", "Qh="),
            H1.replace("IC", "I"),
            H1.replace("IC", "ICC"),
            H1.replace('/', "_"),
            H1.replace("IC", "é"),
        ];
        for hash in bad {
            assert!(!is_h1(&hash), "{hash}");
        }
    }
}
