//! Build constraints, as far as vendoring asks: whether one keeps a file out of every build.
//!
//! The lines are found as in `cmd/go/internal/imports/build.go` and read as in `go/build/constraint`.

use super::header::read_header;
use crate::gomod::{is_digit, is_letter};
use memchr::memmem;

/// Whether `go mod vendor` leaves a Go file out because no build takes it: its constraint cannot hold
/// without the tag `ignore` (`cmd/go/internal/imports.ShouldBuild` with `AnyTags`). A file whose
/// header cannot be read is copied.
///
/// A `//go:build` line that is malformed, and two of them, leave a file out as well. Then
/// `go mod vendor` fails a little later; with a malformed `// +build` line it does not.
pub fn is_left_out(source: &[u8]) -> bool {
    // Nearly every file: nothing can leave it out.
    if memmem::find(source, GO_BUILD).is_none() && memmem::find(source, PLUS_BUILD).is_none() {
        return false;
    }
    read_header(source)
        .is_some_and(|header| !can_be_built(&String::from_utf8_lossy(header.text)).unwrap_or(false))
}

const GO_BUILD: &[u8] = b"//go:build";
const PLUS_BUILD: &[u8] = b"+build";

/// Whether the constraint in a file's header can hold; `None` if it is malformed.
fn can_be_built(header: &str) -> Option<bool> {
    let found = find(header)?;
    if let Some(expression) = found.go_build {
        return Some(parse(expression)?.can);
    }
    let lines = found.plus_build.lines().map(str::trim).filter_map(plus_build_arguments);
    // Each line has to hold. One that is too long is not there.
    Some(lines.filter_map(parse_plus_build).all(|chance| chance.can))
}

/// Where the constraints of a file are.
struct Found<'h> {
    /// The expression of the `//go:build` line.
    go_build: Option<&'h str>,
    /// The lines among which `// +build` lines count.
    plus_build: &'h str,
}

/// Goes through the comments at the start of a file; `None` if there are two `//go:build` lines.
///
/// `// +build` lines stand in a run of `//` comments and blank lines that ends in a blank line; the
/// `//go:build` line may stand anywhere before the package clause: `parseFileHeader`.
fn find(header: &str) -> Option<Found<'_>> {
    let (mut go_build, mut end, mut at) = (None, 0, 0);
    let mut only_line_comments = true;
    let mut in_block = false;
    for line in header.split_inclusive('\n') {
        at += line.len();
        let line = line.trim();
        if line.is_empty() && only_line_comments {
            end = at;
            continue;
        }
        only_line_comments &= line.starts_with("//");
        if let (false, Some(expression)) = (in_block, go_build_expression(line))
            && go_build.replace(expression).is_some()
        {
            return None;
        }
        match skip_comments(line, in_block) {
            Some(still_in_block) => in_block = still_in_block,
            None => break,
        }
    }
    Some(Found { go_build, plus_build: &header[..end] })
}

/// Whether the end of a line is inside a block comment; `None` if there is more than comments in it.
fn skip_comments(mut line: &str, mut in_block: bool) -> Option<bool> {
    while !line.is_empty() {
        if in_block {
            let Some((_, rest)) = line.split_once("*/") else { return Some(true) };
            in_block = false;
            line = rest.trim();
        } else if line.starts_with("//") {
            return Some(false);
        } else {
            line = line.strip_prefix("/*")?.trim();
            in_block = true;
        }
    }
    Some(in_block)
}

/// What follows `//go:build` in a line that is trimmed and has no other word there.
fn go_build_expression(line: &str) -> Option<&str> {
    separate(line.strip_prefix("//go:build")?)
}

/// What follows `// +build` in a line that is trimmed and has no other word there.
fn plus_build_arguments(line: &str) -> Option<&str> {
    separate(line.strip_prefix("//")?.trim_start().strip_prefix("+build")?)
}

/// The trimmed text, if there is white space before it or it is empty.
fn separate(text: &str) -> Option<&str> {
    let trimmed = text.trim_start();
    (text.is_empty() || trimmed.len() < text.len()).then_some(trimmed)
}

/// What an expression comes to if every tag but `ignore` is both there and not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Chance {
    /// It holds if each tag is as it is wanted where it stands.
    can: bool,
    /// It holds if none is.
    must: bool,
}

impl Chance {
    fn of_tag(tag: &str) -> Chance {
        Chance { can: tag != "ignore", must: false }
    }

    fn not(self) -> Chance {
        Chance { can: !self.must, must: !self.can }
    }

    fn and(self, other: Chance) -> Chance {
        Chance { can: self.can && other.can, must: self.must && other.must }
    }

    fn or(self, other: Chance) -> Chance {
        Chance { can: self.can || other.can, must: self.must || other.must }
    }
}

/// Reads the expression of a `//go:build` line; `None` if it is malformed: `parseExpr`.
fn parse(expression: &str) -> Option<Chance> {
    let mut parser = Parser { rest: expression, token: Token::End, size: 0 };
    let chance = parser.or()?;
    (parser.token == Token::End).then_some(chance)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'e> {
    Open,
    Close,
    Not,
    And,
    Or,
    Tag(&'e str),
    End,
}

struct Parser<'e> {
    rest: &'e str,
    /// The token read last.
    token: Token<'e>,
    /// How many operands there were.
    size: usize,
}

impl<'e> Parser<'e> {
    /// So many operands go takes, which also bounds the recursion.
    const MAX_SIZE: usize = 1000;

    fn or(&mut self) -> Option<Chance> {
        let mut chance = self.and()?;
        while self.token == Token::Or {
            chance = chance.or(self.and()?);
        }
        Some(chance)
    }

    fn and(&mut self) -> Option<Chance> {
        let mut chance = self.not()?;
        while self.token == Token::And {
            chance = chance.and(self.not()?);
        }
        Some(chance)
    }

    fn not(&mut self) -> Option<Chance> {
        self.size += 1;
        if self.size > Self::MAX_SIZE {
            return None;
        }
        self.advance()?;
        if self.token != Token::Not {
            return self.atom();
        }
        self.advance()?;
        self.atom().map(Chance::not)
    }

    fn atom(&mut self) -> Option<Chance> {
        let chance = match self.token {
            Token::Tag(tag) => Chance::of_tag(tag),
            Token::Open => self.or().filter(|_| self.token == Token::Close)?,
            _ => return None,
        };
        self.advance()?;
        Some(chance)
    }

    /// Reads the next token; `None` for what is none.
    fn advance(&mut self) -> Option<()> {
        let rest = self.rest.trim_start_matches([' ', '\t']);
        let (token, len) = match rest.as_bytes() {
            [] => (Token::End, 0),
            [b'(', ..] => (Token::Open, 1),
            [b')', ..] => (Token::Close, 1),
            [b'!', ..] => (Token::Not, 1),
            [b'&', b'&', ..] => (Token::And, 2),
            [b'|', b'|', ..] => (Token::Or, 2),
            _ => {
                let len = rest.find(|c| !is_part_of_tag(c)).unwrap_or(rest.len());
                (Token::Tag(&rest[..len]), len)
            }
        };
        self.rest = &rest[len..];
        self.token = token;
        (token != Token::Tag("")).then_some(())
    }
}

fn is_part_of_tag(c: char) -> bool {
    is_letter(c) || is_digit(c) || c == '_' || c == '.'
}

/// Reads the words of a `// +build` line: any word has to hold, and of a word every part between
/// commas; `None` if there are too many: `parsePlusBuildExpr`.
fn parse_plus_build(text: &str) -> Option<Chance> {
    const MAX_OPERATORS: usize = 100;
    let words = text.split_whitespace().map(|word| word.split(','));
    if words.clone().flatten().count() > MAX_OPERATORS + 1 {
        return None;
    }
    let any = words.map(|word| word.map(plus_build_literal).reduce(Chance::and));
    any.flatten().reduce(Chance::or).or(Some(Chance::of_tag("ignore")))
}

/// A tag or `!` and a tag. What is neither stands for the tag `ignore`.
fn plus_build_literal(literal: &str) -> Chance {
    let (tag, negated) = match literal.strip_prefix('!') {
        Some(tag) => (tag, !tag.is_empty() && !tag.starts_with('!')),
        None => (literal, false),
    };
    let is_tag = !tag.is_empty() && tag.chars().all(is_part_of_tag);
    let chance = Chance::of_tag(if is_tag { tag } else { "ignore" });
    if negated { chance.not() } else { chance }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(header: &str) -> bool {
        is_left_out(format!("{header}package p\n").as_bytes())
    }

    #[test]
    fn only_the_tag_ignore_keeps_a_file_out() {
        let cases = [
            ("", false),
            ("x", false),
            ("!x", false),
            ("x && !x", false),
            ("ignore", true),
            ("!ignore", false),
            ("!(ignore)", false),
            ("!(!ignore)", true),
            ("ignore && linux", true),
            ("ignore || linux", false),
            ("!ignore || ignore", false),
            ("!(ignore || x)", false),
            ("!(!ignore || x)", true),
            ("!(!ignore && x)", false),
            ("linux || ignore && darwin", false),
            ("(linux || ignore) && ignore", true),
            ("Ignore", false),
            ("ignored", false),
            ("ignore.me", false),
        ];
        for (expression, want) in cases {
            let line = if expression.is_empty() {
                String::new()
            } else {
                format!("//go:build {expression}\n")
            };
            assert_eq!(left_out(&line), want, "{expression}");
        }
    }

    #[test]
    fn expressions_are_those_of_go() {
        // go/build/constraint/expr_test.go; a tag `i` stands in for each of them in turn.
        let good =
            ["x", "x&&y", "x||y", "(x)", "x||y&&z", "x&&y||z", "x&&(y||z)", "(x||y)&&z", "!(x&&y)"];
        for expression in good {
            assert!(parse(expression).is_some_and(|chance| chance.can), "{expression}");
        }
        let bad = [
            "x && ", "x && (", "x && ||", "x && !", "x && !!", "x !", "x && (y", "", "x y", "x & y",
        ];
        let bad = bad.iter().chain(&[
            "x,y",
            "!!x",
            "x &&& y",
            "()",
            "x)",
            "Ⅷ",
            "x\u{a0}",
            "x\u{b}&& y",
            "x // y",
        ]);
        for expression in bad {
            assert_eq!(parse(expression), None, "{expression}");
        }
        assert_eq!(parse("x||y&&ignore").map(|chance| chance.can), Some(true));
        assert_eq!(parse("(x||y)&&ignore").map(|chance| chance.can), Some(false));
        assert!(parse("é.9_ && 386\t|| 世").is_some());
    }

    #[test]
    fn an_expression_has_a_limit() {
        let tags = |count| vec!["a"; count].join(" || ");
        assert!(parse(&tags(1000)).is_some());
        assert_eq!(parse(&tags(1001)), None);
        let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(999)).is_some());
        assert_eq!(parse(&nested(1000)), None);
    }

    #[test]
    fn plus_build_lines_are_those_of_go() {
        // go/build/constraint/expr_test.go, with `ignore` in some places.
        let cases = [
            ("x", true),
            ("x,y", true),
            ("x y", true),
            ("x y,z", true),
            ("x,!y !z", true),
            ("!! x", true),
            ("!!x", false),
            ("!x", true),
            ("!", false),
            ("", false),
            ("ignore", false),
            ("ignore x", true),
            ("ignore,x", false),
            ("ignore,x !y", true),
            ("!ignore", true),
            ("x,", false),
            (",", false),
            ("x&&y", false),
            ("!x-y", true),
            ("Ⅷ", false),
        ];
        for (text, want) in cases {
            assert_eq!(parse_plus_build(text).map(|chance| chance.can), Some(want), "{text}");
        }
        assert!(parse_plus_build(&["x"; 101].join(" ")).is_some());
        assert_eq!(parse_plus_build(&["x"; 102].join(" ")), None);
        assert_eq!(parse_plus_build(&["x"; 102].join(",")), None);
        // Too long to be read, it keeps nothing out.
        assert!(!left_out(&format!("// +build ignore,{}\n\n", ["x"; 102].join(","))));
    }

    #[test]
    fn a_line_counts_where_go_looks_for_it() {
        let cases = [
            // go/build/build_test.go, shouldBuildTests, with the tag `ignore` for `no`.
            ("// +build ignore\n\n", true),
            ("//go:build ignore\n", true),
            ("// +build ignore yes\n\n", false),
            ("//go:build ignore || yes\n", false),
            ("// +build ignore,yes\n\n", true),
            ("//go:build ignore && yes\n", true),
            ("// +build cgo\n\n// Copyright\n\n// tags like\n// +build ignore\n", false),
            ("//go:build cgo\n// Copyright\n\n// tags like\n// +build ignore\n", false),
            (
                "// Copyright\n\npackage build\n\n// +build ignore\n//go:build ignore\nfunc f()\n",
                false,
            ),
            ("// +build ignore\n", false),
            ("//go:binary-only-package\n//go:build ignore\n", true),
            ("// +build ignore\n\n//go:build yes\n", false),
            ("// +build yes\n\n//go:build ignore\n", true),
            ("/* */\n// +build ignore\n\n//go:build yes\n", false),
            ("/* */\n// +build ignore\n\n", false),
            ("/*\n// +build ignore\n\n*/\n\n//go:build yes\n", false),
            ("/*\n//go:build ignore\n*/\n\n", false),
            ("/* */ //go:build ignore\n", false),
            ("/*/ */\n//go:build ignore\n", true),
            ("/* a\n*/ /* b\n*/\n//go:build ignore\n", true),
            // Odd ones.
            ("//go:build yes\n//go:build yes\n", true),
            ("//go:build yes\n/* */\n//go:build yes\n", true),
            ("//go:build\n", true),
            ("//go:build (\n", true),
            ("//go:buildx ignore\n", false),
            ("//go:build\u{a0}ignore\n", true),
            (" \t//go:build ignore\r\n\r\n", true),
            ("//  +build ignore\n\n", true),
            ("//+build ignore\n\n", true),
            ("//+build\n\n", true),
            ("//+buildx ignore\n\n", false),
            ("//x +build ignore\n\n", false),
            ("// +build ignore\r\n\r\n", true),
            ("// +build ignore\n \t\u{a0}\n", true),
            ("\u{feff}//go:build ignore\n", true),
            ("\u{feff}\u{feff}//go:build ignore\n", false),
            ("// +build yes\n// +build ignore\n\n", true),
            (";\n//go:build ignore\n", false),
            ("\u{a0}//go:build ignore\n", true),
        ];
        for (header, want) in cases {
            assert_eq!(left_out(header), want, "{header:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_kept() {
        assert!(!is_left_out(b"//go:build ignore\n\npackage p\0"));
        assert!(is_left_out(b"//go:build ignore\n\npackage p\nvar x\0"));
        assert!(is_left_out(b"//go:build ignore\n\nnot Go at all"));
        assert!(!is_left_out(b"//go:build ignore\n\nnot Go at all\0"));
        assert!(is_left_out(b"//go:build ignore"));
        assert!(is_left_out(b"//go:build \xff\npackage p"));
        assert!(!is_left_out(b""));
    }
}
