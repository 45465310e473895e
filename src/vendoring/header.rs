//! The head of a Go file, to the end of its imports, read as leniently as go does it:
//! `importReader` of `cmd/go/internal/imports/read.go`, the same as in `go/build/read.go`.

use memchr::memchr;

/// A head that could be read.
pub(super) struct Header<'s> {
    /// The source without a byte order mark, to the end of the imports; all of it behind a syntax
    /// error.
    pub(super) text: &'s [u8],
    /// The name in the package clause; empty where there is none.
    pub(super) package: &'s [u8],
    /// The imported paths, as quoted in the source, to the first syntax error.
    pub(super) imports: Vec<&'s [u8]>,
}

/// Reads the head of a file; `None` if go cannot, because of a NUL byte.
pub(super) fn read_header(source: &[u8]) -> Option<Header<'_>> {
    let source = without_bom(source);
    let mut reader = Reader { source, at: 0, peeked: 0, fault: None, at_end: false };
    let mut imports = Vec::new();
    reader.keyword(b"package");
    let package = reader.identifier();
    while reader.peek_code() == b'i' {
        reader.keyword(b"import");
        reader.import_decl(&mut imports);
    }
    let text = match reader.fault {
        Some(Fault::Nul) => return None,
        // The rest is read as well, up to a NUL byte.
        Some(Fault::Syntax) if memchr(0, &source[reader.at..]).is_some() => return None,
        Some(Fault::Syntax) => source,
        None if reader.at_end => source,
        // The byte that said that the imports are over.
        None => &source[..reader.at - 1],
    };
    Some(Header { text, package, imports })
}

/// The source as go reads it: a byte order mark at its start does not count.
pub(super) fn without_bom(source: &[u8]) -> &[u8] {
    source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Syntax,
    Nul,
}

/// Once there is a fault, everything reads as 0, as the end of the source does.
struct Reader<'s> {
    source: &'s [u8],
    /// Behind the byte read last.
    at: usize,
    /// The byte read last, if it is still to be taken, else 0.
    peeked: u8,
    fault: Option<Fault>,
    at_end: bool,
}

impl<'s> Reader<'s> {
    /// The first fault is the one that counts.
    fn fail(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }

    fn goes_on(&self) -> bool {
        self.fault.is_none() && !self.at_end
    }

    fn read(&mut self) -> u8 {
        let Some(&byte) = self.source.get(self.at) else {
            self.at_end = true;
            return 0;
        };
        self.at += 1;
        if byte == 0 {
            self.fail(Fault::Nul);
        }
        byte
    }

    fn peek(&mut self) -> u8 {
        if self.fault.is_some() {
            return 0;
        }
        if self.peeked == 0 {
            self.peeked = self.read();
        }
        self.peeked
    }

    /// Like [`Reader::peek`], behind white space, semicolons and comments.
    fn peek_code(&mut self) -> u8 {
        let mut byte = self.peek();
        while self.goes_on() {
            match byte {
                b' ' | b'\x0c' | b'\t' | b'\r' | b'\n' | b';' => {}
                b'/' => self.skip_comment(),
                _ => break,
            }
            byte = self.read();
        }
        self.peeked = byte;
        byte
    }

    /// Reads a comment to its end, from behind its first slash.
    fn skip_comment(&mut self) {
        match self.read() {
            b'/' => while self.read() != b'\n' && self.goes_on() {},
            b'*' => {
                let (mut before, mut byte) = (0, self.read());
                while (before, byte) != (b'*', b'/') && self.fault.is_none() {
                    if self.at_end {
                        self.fail(Fault::Syntax);
                    }
                    (before, byte) = (byte, self.read());
                }
            }
            _ => self.fail(Fault::Syntax),
        }
    }

    fn next(&mut self) -> u8 {
        let byte = self.peek();
        self.peeked = 0;
        byte
    }

    fn next_code(&mut self) -> u8 {
        let byte = self.peek_code();
        self.peeked = 0;
        byte
    }

    fn keyword(&mut self, word: &[u8]) {
        self.peek_code();
        if !word.iter().all(|&byte| self.next() == byte) || is_part_of_name(self.peek()) {
            self.fail(Fault::Syntax);
        }
    }

    fn identifier(&mut self) -> &'s [u8] {
        if !is_part_of_name(self.peek_code()) {
            self.fail(Fault::Syntax);
            return b"";
        }
        let start = self.at - 1;
        while is_part_of_name(self.peek()) {
            self.peeked = 0;
        }
        let end = if self.at_end { self.at } else { self.at - 1 };
        &self.source[start..end]
    }

    /// What follows the word `import`: one path, or some in parentheses.
    fn import_decl(&mut self, imports: &mut Vec<&'s [u8]>) {
        if self.peek_code() != b'(' {
            return self.import_spec(imports);
        }
        self.next();
        while self.peek_code() != b')' && self.fault.is_none() {
            self.import_spec(imports);
        }
        self.next();
    }

    fn import_spec(&mut self, imports: &mut Vec<&'s [u8]>) {
        match self.peek_code() {
            b'.' => self.peeked = 0,
            byte if is_part_of_name(byte) => {
                self.identifier();
            }
            _ => {}
        }
        imports.extend(self.string());
    }

    fn string(&mut self) -> Option<&'s [u8]> {
        let quote = self.next_code();
        if quote != b'`' && quote != b'"' {
            self.fail(Fault::Syntax);
        }
        let start = self.at.saturating_sub(1);
        while self.fault.is_none() {
            let byte = self.next();
            if byte == quote {
                return Some(&self.source[start..self.at]);
            }
            if self.at_end || quote == b'"' && byte == b'\n' {
                self.fail(Fault::Syntax);
            }
            if quote == b'"' && byte == b'\\' {
                self.next();
            }
        }
        None
    }
}

/// Beyond ASCII, any byte is taken for a letter's.
fn is_part_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<&[u8]> {
        read_header(source.as_bytes()).map(|header| header.text)
    }

    #[test]
    fn a_header_ends_behind_its_imports() {
        // cmd/go/internal/imports/read_test.go, where ℙ marks the end.
        let cases = [
            "package p",
            "package p; import \"x\"",
            "package p; import . \"x\"",
            "package p; import \"x\";ℙvar x = 1",
            "package p

            // comment

            import \"x\"
            import _ \"x\"
            import a \"x\"

            /* comment */

            import (
                \"x\" /* comment */
                _ \"x\"
                a \"x\" // comment
                `x`
                _ /*comment*/ `x`
                a `x`
            )
            import (
            )
            import ()
            import()import()import()
            import();import();import()

            ℙvar x = 1
            ",
        ];
        for case in cases {
            let want = case.split('ℙ').next().unwrap_or(case);
            let source = case.replace('ℙ', "");
            assert_eq!(text(&source), Some(want.as_bytes()), "{source}");
            assert_eq!(text(&format!("\u{feff}{source}")), Some(want.as_bytes()), "{source}");
        }
    }

    #[test]
    fn behind_a_syntax_error_all_of_the_source_is_the_header() {
        // cmd/go/internal/imports/read_test.go
        let sources = [
            "package",
            "package p; import",
            "package p; import \"",
            "package p; import ` \n\n",
            "package p; import \"x",
            "package p; import _",
            "package p; import _ \"",
            "package p; import _ \"x",
            "package p; import .",
            "package p; import . \"",
            "package p; import . \"x",
            "package p; import (",
            "package p; import (\"",
            "package p; import (\"x",
            "package p; import (\"x\"",
            "/* not closed",
            "/*/ package p",
            "",
            "/",
            "\u{a0}package p",
            "package p; import \"x\nvar y int",
            "package p\nint y",
        ];
        for source in sources {
            assert_eq!(text(source), Some(source.as_bytes()), "{source}");
        }
    }

    #[test]
    fn a_nul_byte_is_a_fault_in_the_header_and_behind_a_syntax_error() {
        assert!(text("package p\n\0\nimport `math`\n").is_none());
        assert!(text("package p; import \"\nvar x\0").is_none());
        assert!(text("package p\nvar x\0").is_some());
    }

    #[test]
    fn imports_are_those_to_the_first_syntax_error() {
        let source = b"package p /**/ ; import (a \"x\"; . `y`)\nimport \"\\\"\"\nif \"z\"";
        let header = read_header(source).unwrap();
        assert_eq!(header.package, b"p");
        assert_eq!(header.imports, [&b"\"x\""[..], b"`y`", b"\"\\\"\""]);
        assert_eq!(header.text, source);
        assert_eq!(read_header(b"package last").unwrap().package, b"last");
        assert_eq!(read_header(b"import \"x\"").unwrap().package, b"");
    }
}
