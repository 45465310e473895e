//! Tokens to lines and blocks: the grammar of go.mod and go.work, as in x/mod/modfile/read.go
//! `parseFile`, with each comment at the line it belongs to. What a line means is asked later.

use super::lexer::{Kind, Lexer, Token};
use super::position::{ParseError, Span, line_col};

/// A statement of the file.
#[derive(Debug)]
pub(super) enum Stmt<'t> {
    /// Comments that stand apart from any line, and where they start.
    Comments(usize),
    /// One line that stands alone: `go 1.24`.
    Line(Line<'t>),
    /// A parenthesised block: `require ( … )`.
    Block(Block<'t>),
}

/// A line of tokens, at least one.
#[derive(Debug)]
pub(super) struct Line<'t> {
    pub(super) tokens: Vec<Token<'t>>,
    /// Comments on the lines before, with their `//`; an empty one stands for a blank line.
    pub(super) before: Vec<&'t str>,
    /// Comments behind the tokens, with their `//`.
    pub(super) suffix: Vec<&'t str>,
}

impl Line<'_> {
    /// The bytes from the first token to the last.
    pub(super) fn span(&self) -> Span {
        span_of(&self.tokens)
    }
}

/// A factored block of lines.
#[derive(Debug)]
pub(super) struct Block<'t> {
    /// What stands before the parenthesis, at least one token.
    pub(super) tokens: Vec<Token<'t>>,
    /// Comments on the lines before the block, with their `//`.
    pub(super) before: Vec<&'t str>,
    pub(super) lines: Vec<Line<'t>>,
    /// Where the opening parenthesis is.
    open: usize,
    /// Where the closing parenthesis is.
    close: usize,
}

/// The bytes from the first token to the last; empty where there is no token.
pub(super) fn span_of(tokens: &[Token<'_>]) -> Span {
    match tokens {
        [] => 0..0,
        [first, ..] => first.start..tokens[tokens.len() - 1].span().end,
    }
}

/// Parses a text into its statements, in order; the first error ends it, as in Go.
pub(super) fn parse(text: &str) -> Result<Vec<Stmt<'_>>, ParseError> {
    let mut lexer = Lexer::new(text);
    let token = lexer.next_token()?;
    let mut parser = Parser { text, lexer, token, suffixes: Vec::new() };
    let mut stmts = parser.file()?;
    assign_suffixes(text, &mut stmts, parser.suffixes);
    Ok(stmts)
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// The next token.
    token: Token<'t>,
    /// Every comment behind other tokens.
    suffixes: Vec<Token<'t>>,
}

impl<'t> Parser<'t> {
    /// Takes the next token.
    fn take(&mut self) -> Result<Token<'t>, ParseError> {
        let next = self.lexer.next_token()?;
        let token = std::mem::replace(&mut self.token, next);
        if token.kind == Kind::SuffixComment {
            self.suffixes.push(token);
        }
        Ok(token)
    }

    fn file(&mut self) -> Result<Vec<Stmt<'t>>, ParseError> {
        let mut stmts = Vec::new();
        let mut comments: Vec<Token<'t>> = Vec::new();
        loop {
            match self.token.kind {
                Kind::Comment => comments.push(self.take()?),
                Kind::Newline | Kind::Eof => {
                    stmts.extend(comments.first().map(|first| Stmt::Comments(first.start)));
                    comments.clear();
                    if self.token.kind == Kind::Eof {
                        return Ok(stmts);
                    }
                    self.take()?;
                }
                _ => {
                    let before = comments.drain(..).map(|comment| comment.text).collect();
                    stmts.push(self.stmt(before)?);
                }
            }
        }
    }

    fn stmt(&mut self, before: Vec<&'t str>) -> Result<Stmt<'t>, ParseError> {
        let mut tokens = vec![self.take()?];
        loop {
            let token = self.take()?;
            if token.kind.ends_line() {
                return Ok(Stmt::Line(Line { tokens, before, suffix: Vec::new() }));
            }
            if token.kind != Kind::Open {
                tokens.push(token);
                continue;
            }
            if self.token.kind.ends_line() {
                return Ok(Stmt::Block(self.block(tokens, before, token.start)?));
            }
            if self.token.kind != Kind::Close {
                // A parenthesis in the middle of a line is a word like any other.
                tokens.push(token);
                continue;
            }
            let close = self.take()?;
            if self.token.kind.ends_line() {
                self.take()?;
                let (open, close) = (token.start, close.start);
                return Ok(Stmt::Block(Block { tokens, before, lines: Vec::new(), open, close }));
            }
            tokens.extend([token, close]);
        }
    }

    /// Reads a block from behind its opening parenthesis to the end of the closing one's line.
    fn block(
        &mut self,
        tokens: Vec<Token<'t>>,
        before: Vec<&'t str>,
        open: usize,
    ) -> Result<Block<'t>, ParseError> {
        let mut lines: Vec<Line<'t>> = Vec::new();
        let mut comments = Vec::new();
        loop {
            match self.token.kind {
                Kind::SuffixComment => {
                    self.take()?;
                }
                Kind::Newline => {
                    self.take()?;
                    if comments.last().map_or(!lines.is_empty(), |last: &&str| !last.is_empty()) {
                        comments.push("");
                    }
                }
                Kind::Comment => comments.push(self.take()?.text),
                Kind::Eof => return Err(self.unterminated(&tokens)),
                Kind::Close => {
                    let close = self.take()?.start;
                    if !self.token.kind.ends_line() {
                        let message =
                            "syntax error (expected newline after closing paren)".to_owned();
                        return Err(ParseError { span: self.token.span(), message });
                    }
                    self.take()?;
                    return Ok(Block { tokens, before, lines, open, close });
                }
                Kind::Open | Kind::Word => {
                    lines.push(self.block_line(std::mem::take(&mut comments))?);
                }
            }
        }
    }

    fn block_line(&mut self, before: Vec<&'t str>) -> Result<Line<'t>, ParseError> {
        let mut tokens = vec![self.take()?];
        loop {
            let token = self.take()?;
            if token.kind.ends_line() {
                return Ok(Line { tokens, before, suffix: Vec::new() });
            }
            tokens.push(token);
        }
    }

    fn unterminated(&self, tokens: &[Token<'t>]) -> ParseError {
        let span = span_of(tokens);
        let (line, _) = line_col(self.text, span.start);
        ParseError {
            span,
            message: format!("syntax error (unterminated block started at line {line})"),
        }
    }
}

/// Gives each comment behind other tokens to the line it stands behind, as read.go
/// `assignComments` does: a line that goes over several lines of text, inside a string, takes none,
/// and its comment goes to the line before.
fn assign_suffixes<'t>(text: &str, stmts: &mut [Stmt<'t>], mut comments: Vec<Token<'t>>) {
    for stmt in stmts.iter_mut().rev() {
        match stmt {
            Stmt::Comments(start) => drop_from(*start, &mut comments),
            Stmt::Line(line) => assign_suffix(text, line, &mut comments),
            Stmt::Block(block) => {
                drop_from(block.close, &mut comments);
                for line in block.lines.iter_mut().rev() {
                    assign_suffix(text, line, &mut comments);
                }
                drop_from(block.open, &mut comments);
            }
        }
    }
}

fn assign_suffix<'t>(text: &str, line: &mut Line<'t>, comments: &mut Vec<Token<'t>>) {
    let span = line.span();
    if text[span.clone()].contains('\n') {
        return;
    }
    let first = comments.partition_point(|comment| comment.start < span.end);
    line.suffix = comments.drain(first..).map(|comment| comment.text).collect();
}

/// Drops the comments behind a parenthesis or another comment: no rule reads them.
fn drop_from(start: usize, comments: &mut Vec<Token<'_>>) {
    comments.truncate(comments.partition_point(|comment| comment.start < start));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line of output a statement: `before | tokens | suffix`.
    fn show(text: &str) -> Vec<String> {
        fn words(tokens: &[Token<'_>]) -> String {
            tokens.iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
        }
        let line = |line: &Line<'_>| {
            format!(
                "{} | {} | {}",
                line.before.join(";"),
                words(&line.tokens),
                line.suffix.join(";")
            )
        };
        let mut out = Vec::new();
        for stmt in parse(text).unwrap() {
            match stmt {
                Stmt::Comments(start) => out.push(format!("comments at {start}")),
                Stmt::Line(l) => out.push(line(&l)),
                Stmt::Block(block) => {
                    out.push(format!("{} | {} (", block.before.join(";"), words(&block.tokens)));
                    out.extend(block.lines.iter().map(line));
                }
            }
        }
        out
    }

    #[test]
    fn lines_and_blocks() {
        assert_eq!(show(""), [] as [&str; 0]);
        assert_eq!(show("a b"), [" | a b | "]);
        assert_eq!(show("a\r\nb\rc\r\n"), [" | a | ", " | b c | "]);
        assert_eq!(show("a (\nb\n)\n"), [" | a (", " | b | "]);
        assert_eq!(show("a ( )\nb ()"), [" | a (", " | b ("]);
        assert_eq!(show("a ( b ) c\n"), [" | a ( b ) c | "]);
        assert_eq!(show("a ( ) b\n"), [" | a ( ) b | "]);
        assert_eq!(show("a (\n(\nb )\n)\n"), [" | a (", " | ( | ", " | b ) | "]);
        assert_eq!(show("(\n)\n"), [" | ( | ", " | ) | "]);
        assert_eq!(show("a [v1,v2]{}"), [" | a [ v1 , v2 ] { } | "]);
        assert_eq!(show(r#"a "b (\" //" `c "`"#), [r#" | a "b (\" //" `c "` | "#]);
    }

    #[test]
    fn comments_go_where_go_puts_them() {
        assert_eq!(
            show("// x\n\n// y\r\na// z\r\n// end"),
            ["comments at 0", "// y | a | // z", "comments at 19"]
        );
        assert_eq!(
            show("// w\na ( // x\n// y\nb // z\n\nc\n) // q\n"),
            ["// w | a (", "// y | b | // z", " | c | "]
        );
        assert_eq!(show("a (\n\n\n// x\n\n\nb\n)"), [" | a (", "// x; | b | "]);
    }

    #[test]
    fn a_comment_behind_a_string_over_two_lines_goes_to_the_line_before() {
        assert_eq!(show("a // x\n\"b\\\nc\" // y\n"), [" | a | // x;// y", " | \"b\\\nc\" | "]);
    }

    #[test]
    fn syntax_errors_have_a_place() {
        let cases = [
            ("a /* b */", 2..4, "mod files must use // comments (not /* */ comments)"),
            ("a b/*", 3..5, "mod files must use // comments (not /* */ comments)"),
            ("\u{feff}a", 0..3, r"unexpected input character '\ufeff'"),
            ("a \0", 2..3, r"unexpected input character '\x00'"),
            ("a \"b\n", 4..4, "unexpected newline in string"),
            ("a `b\n", 4..4, "unexpected newline in string"),
            ("a \"b", 2..4, "unexpected EOF in string"),
            ("a \"b\\", 2..5, "unexpected EOF in string"),
            ("a\nb (\nc", 2..3, "syntax error (unterminated block started at line 2)"),
            ("a (\n) b", 6..7, "syntax error (expected newline after closing paren)"),
        ];
        for (text, span, message) in cases {
            let err = parse(text).unwrap_err();
            assert_eq!((err.span, err.message.as_str()), (span, message), "{text:?}");
        }
    }
}
