//! `//go:embed`: the patterns of a Go file, and what a pattern takes.

use super::header::{read_header, without_bom};
use crate::gomod::glob::match_path;
use crate::gomod::{module_path, unquote};
use memchr::memmem;

/// A pattern of a `//go:embed` line, such as `templates/*.html` or `all:static`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmbedPattern(String);

impl EmbedPattern {
    /// Reads a pattern as it stands in a `//go:embed` line, without quotes; `None` if go refuses it
    /// (`cmd/go/internal/load.resolveEmbed`).
    pub fn parse(pattern: &str) -> Option<EmbedPattern> {
        let parsed = EmbedPattern(pattern.to_owned());
        let (glob, _) = parsed.split();
        let is_well_formed = |glob: &str| match_path(glob, "").is_ok();
        // io/fs.ValidPath. The glob is matched element by element, so each has to be well-formed.
        let is_valid =
            |element: &str| !matches!(element, "" | "." | "..") && is_well_formed(element);
        (is_well_formed(glob) && glob.split('/').all(is_valid)).then_some(parsed)
    }

    /// The pattern as it stands in the source, without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a file is embedded by the pattern: `name` is its path below the directory of the
    /// package, and it is a regular file of the same module (`cmd/go/internal/load.resolveEmbed`).
    ///
    /// A pattern matches the file or a directory above it. Below a directory, names that start with
    /// `.` or `_` are left out unless the pattern starts with `all:`.
    pub fn matches(&self, name: &str) -> bool {
        let (glob, takes_hidden) = self.split();
        let mut elements = name.split('/');
        // A `*` takes a hidden name; only what lies below a directory may be too hidden.
        let matched = glob.split('/').all(|pattern| {
            elements.next().is_some_and(|element| {
                can_be_in_module(element) && match_path(pattern, element).unwrap_or(false)
            })
        });
        matched
            && elements.all(|element| {
                can_be_in_module(element) && (takes_hidden || !element.starts_with(['.', '_']))
            })
    }

    /// The glob, and whether it stands for hidden names too.
    fn split(&self) -> (&str, bool) {
        match self.0.strip_prefix("all:") {
            Some(glob) => (glob, true),
            None => (&self.0, false),
        }
    }
}

/// Whether any of the patterns embeds the file; see [`EmbedPattern::matches`].
pub fn embeds(patterns: &[EmbedPattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

/// Whether the zip of a module can hold a file or directory of that name: `isBadEmbedName`.
fn can_be_in_module(element: &str) -> bool {
    !matches!(element, ".bzr" | ".hg" | ".git" | ".svn")
        && module_path::check_file_path(element).is_ok()
}

/// The patterns of a Go file, as `go/build` reads them: none unless the file imports `embed`.
///
/// In the order of the file, and without those that go refuses. Whether the file counts at all is for
/// the caller to know: `go/build` reads no file whose name starts with `.` or `_`, and no patterns of
/// a file that imports `C` where cgo is off. A constraint does not matter to `go mod vendor`.
///
/// Of a file with a syntax error in its imports the patterns count: `go mod vendor` copies no package
/// of which `go/build` cannot read a file, and what it can read it takes this way.
pub fn embed_patterns(source: &[u8]) -> Vec<EmbedPattern> {
    // Nearly every file. (Go also sees a directive with a stray carriage return in its name.)
    if memmem::find(source, b"go:embed").is_none() {
        return Vec::new();
    }
    let Some(header) = read_header(source) else { return Vec::new() };
    // A package of that name is a file that go/build does not take for Go.
    if header.package == b"documentation" || !header.imports.iter().any(|path| is_embed(path)) {
        return Vec::new();
    }
    let comments = Comments { source: without_bom(source), at: 0 };
    let arguments = comments.filter_map(directive_arguments);
    arguments.flatten().filter_map(|pattern| EmbedPattern::parse(&pattern)).collect()
}

/// Whether an import path, as quoted in the source, is `embed`.
fn is_embed(quoted: &[u8]) -> bool {
    let literal = String::from_utf8_lossy(quoted).replace('\r', "");
    literal == "`embed`" || unquote(&literal).is_some_and(|path| path == "embed")
}

/// The `//` comments of a source, without the slashes, found as by `go/scanner`.
struct Comments<'s> {
    source: &'s [u8],
    at: usize,
}

impl<'s> Iterator for Comments<'s> {
    type Item = &'s [u8];

    fn next(&mut self) -> Option<&'s [u8]> {
        while let Some(rest) = self.source.get(self.at..).filter(|rest| !rest.is_empty()) {
            match rest {
                [b'/', b'/', rest @ ..] => {
                    let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    self.at += 2 + len;
                    return Some(&rest[..len]);
                }
                [b'/', b'*', rest @ ..] => {
                    self.at += 2 + memmem::find(rest, b"*/").map_or(rest.len(), |at| at + 2);
                }
                [quote @ (b'"' | b'\''), rest @ ..] => self.at += 1 + quoted_len(rest, *quote),
                [b'`', rest @ ..] => {
                    self.at += 1 + memchr::memchr(b'`', rest).map_or(rest.len(), |at| at + 1);
                }
                _ => self.at += 1,
            }
        }
        None
    }
}

/// The length of a string or character to its end, from behind the quote: the closing quote, or the
/// end of the line.
fn quoted_len(rest: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\n' => return at,
            b'\\' if rest.get(at + 1).is_some_and(|&next| next == quote || next == b'\\') => {
                at += 2;
            }
            _ => at += 1,
        }
        if byte == quote {
            return at;
        }
    }
    at
}

/// The arguments of a comment that is a `//go:embed` line; `None` if it is none or is malformed:
/// `parseGoEmbed`.
fn directive_arguments(comment: &[u8]) -> Option<Vec<String>> {
    let comment = comment.strip_prefix(b"go:embed")?;
    // go/scanner drops carriage returns.
    let comment = String::from_utf8_lossy(comment).replace('\r', "");
    let mut rest = comment.as_str();
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let mut arguments = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(arguments);
        }
        let (argument, after) = first_argument(rest)?;
        arguments.push(argument);
        rest = after;
    }
}

/// The first of some arguments, without its quotes, and what follows it: go/ast `ParseArgs`.
fn first_argument(text: &str) -> Option<(String, &str)> {
    let end = match text.as_bytes() {
        [b'`', rest @ ..] => memchr::memchr(b'`', rest)? + 2,
        [b'"', rest @ ..] => 1 + quoted_len(rest, b'"'),
        _ => text.find(char::is_whitespace).unwrap_or(text.len()),
    };
    let (argument, after) = text.split_at(end);
    let value = match argument.as_bytes() {
        [b'`', .., b'`'] => argument[1..end - 1].to_owned(),
        [b'"', ..] => unquote(argument)?,
        _ => argument.to_owned(),
    };
    (after.is_empty() || after.starts_with(char::is_whitespace)).then_some((value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(source: &str) -> Vec<String> {
        embed_patterns(source.as_bytes()).into_iter().map(|pattern| pattern.0).collect()
    }

    #[test]
    fn patterns_are_those_that_go_reads() {
        // go/build/read_test.go, readEmbedTests
        let cases: &[(&str, &[&str])] = &[
            ("package p\n", &[]),
            (
                "package p\nimport \"embed\"\nvar i int\n//go:embed x y z\nvar files embed.FS",
                &["x", "y", "z"],
            ),
            (
                "package p\nimport \"embed\"\nvar i int\n//go:embed x \"\\x79\" `z`\nvar files embed.FS",
                &["x", "y", "z"],
            ),
            (
                "package p\nimport \"embed\"\nvar i int\n//go:embed x y\n//go:embed z\nvar files embed.FS",
                &["x", "y", "z"],
            ),
            (
                "package p\nimport \"embed\"\nvar i int\n\t //go:embed x y\n\t //go:embed z\n\t var f",
                &["x", "y", "z"],
            ),
            ("\u{feff}package p\nimport \"embed\"\n//go:embed x y z\nvar files", &["x", "y", "z"]),
            ("package p\nimport \"embed\"\nvar s = \"/*\"\n//go:embed x\nvar files", &["x"]),
            (
                "package p\nimport \"embed\"\nvar s = \"\\\"\\\\\\\\\"\n//go:embed x\nvar files",
                &["x"],
            ),
            ("package p\nimport \"embed\"\nvar s = `/*`\n//go:embed x\nvar files", &["x"]),
            ("package p\nimport \"embed\"\nvar s = z/ *y\n//go:embed pointer\nvar p", &["pointer"]),
            ("package p\n//go:embed x y z\n", &[]),
            ("package p\n//go:embed x y z\nvar files embed.FS", &[]),
            ("\u{feff}package p\n//go:embed x y z\nvar files embed.FS", &[]),
        ];
        for (source, want) in cases {
            assert_eq!(patterns(source), *want, "{source}");
        }
    }

    #[test]
    fn a_directive_is_a_comment_of_its_own() {
        let cases: &[(&str, &[&str])] = &[
            ("var f embed.FS //go:embed x", &["x"]),
            ("//go:embed x\r\nvar f embed.FS\r\n", &["x"]),
            ("// go:embed x", &[]),
            ("//go:embedded x", &[]),
            ("//go:embed", &[]),
            ("//go:embed\u{a0}x\u{a0}y", &["x", "y"]),
            ("/*\n//go:embed x\n*/", &[]),
            ("/*/\n//go:embed x\n*/", &[]),
            ("var s = `\n//go:embed x\n`", &[]),
            ("var s = \"//go:embed x\"", &[]),
            ("var c = '\"'\n//go:embed x", &["x"]),
            ("var c = '\\''; var d = '`'\n//go:embed x", &["x"]),
            ("var c = '\\\\'\n//go:embed x", &["x"]),
            ("var s = \"not closed\n//go:embed x", &["x"]),
            ("var s = \"not closed \\\n//go:embed x", &["x"]),
            ("//go:embed a\"b c`d", &["a\"b", "c`d"]),
            ("//go:embed \"a b\" `c d`", &["a b", "c d"]),
            ("//go:embed \"a\\\"b\" x", &["a\"b", "x"]),
            // Malformed: nothing of the line counts.
            ("//go:embed x \"y", &[]),
            ("//go:embed x `y", &[]),
            ("//go:embed x \"y\"z", &[]),
            ("//go:embed x `y`z", &[]),
            ("//go:embed x \"\\q\"", &[]),
            // Refused: the rest of the line counts.
            ("//go:embed x [ ../y . /z \"\" w/", &["x"]),
        ];
        for (rest, want) in cases {
            let source = format!("package p\nimport _ \"embed\"\n{rest}");
            assert_eq!(patterns(&source), *want, "{rest:?}");
        }
    }

    #[test]
    fn a_file_embeds_only_if_it_imports_embed() {
        let rest = "\n//go:embed x\nvar x string\n";
        for import in ["import \"embed\"", "import e `embed`", "import (\"a\"; . \"\\x65mbed\")"] {
            assert_eq!(patterns(&format!("package p\n{import}{rest}")), ["x"], "{import}");
        }
        for import in ["", "import \"embedded\"", "var e = \"embed\"", "import \"x/embed\""] {
            assert!(patterns(&format!("package p\n{import}{rest}")).is_empty(), "{import}");
        }
        assert!(patterns(&format!("package documentation\nimport \"embed\"{rest}")).is_empty());
        assert!(patterns(&format!("package p\nimport \"embed\"\0{rest}")).is_empty());
        assert_eq!(patterns(&format!("package p\nimport \"embed\"\nif{rest}\0")).len(), 0);
        assert_eq!(patterns(&format!("package p\nimport \"embed\"\nif{rest}")), ["x"]);
    }

    #[test]
    fn patterns_that_go_refuses_are_none() {
        for bad in [
            "", ".", "..", "/a", "a/", "a//b", "./a", "a/../b", "[", "a\\", "[a/]b", "all:",
            "all:.",
        ] {
            assert_eq!(EmbedPattern::parse(bad), None, "{bad}");
        }
        for good in ["a", "a/b.txt", "*", ".a", "a*/[b-c]?", "all:*", "all:all:x", "...", "a b"] {
            assert_eq!(EmbedPattern::parse(good).map(|pattern| pattern.0).as_deref(), Some(good));
        }
    }

    #[test]
    fn a_pattern_takes_files_and_what_lies_below_directories() {
        let cases = [
            ("a.txt", "a.txt", true),
            ("a.txt", "b/a.txt", false),
            ("a.txt", "a.txt.bak", false),
            ("*.txt", "a.txt", true),
            ("*.txt", ".a.txt", true),
            ("*.txt", "b/a.txt", false),
            ("*", "b/c/a.txt", true),
            ("*/*.txt", "b/a.txt", true),
            ("*/*.txt", "b/c.txt/d", true),
            ("a[^b]c", "a/c", false),
            ("b/*", "b/_a.txt", true),
            ("b", "b/a.txt", true),
            ("b", "b", true),
            ("b", "b/_a.txt", false),
            ("b", "b/.hidden/a.txt", false),
            ("b", "b/c/_d/a.txt", false),
            ("all:b", "b/_a.txt", true),
            ("all:b", "b/.hidden/a.txt", true),
            ("all:b", "b/.git/config", false),
            ("all:b", "b/a:b", false),
            ("*", "_b/a.txt", true),
            ("*", ".git/a.txt", false),
            ("*", ".git", false),
            (".git/config", ".git/config", false),
            ("b/vendor", "b/vendor/x.txt", true),
            ("b", "b/nul.txt", false),
            ("é*", "école/a", true),
            ("\\*", "*", false),
            ("b\\/c", "b/c", false),
        ];
        for (pattern, name, want) in cases {
            let parsed = EmbedPattern::parse(pattern);
            let got = parsed.is_some_and(|pattern| pattern.matches(name));
            assert_eq!(got, want, "{pattern} {name}");
        }
    }
}
