//! Text to tokens: the lexer of go.mod and go.work, as in x/mod/modfile/read.go `readToken`.

use super::position::{ParseError, Span};
use super::printable::is_printable;
use super::quote::quote_rune;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of the text.
    Eof,
    /// The end of a line that holds no comment.
    Newline,
    /// A comment behind other tokens; it ends its line.
    SuffixComment,
    /// A comment alone on its line; it ends its line.
    Comment,
    /// `(`
    Open,
    /// `)`
    Close,
    /// A word, a string or one of `[]{},`.
    Word,
}

impl Kind {
    /// Reports whether the token ends a statement.
    pub(super) fn ends_line(self) -> bool {
        matches!(self, Kind::Eof | Kind::Newline | Kind::SuffixComment)
    }
}

/// One token: its text as written, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// The token as written; a comment without the end of its line.
    pub(super) text: &'t str,
    /// Offset of the first byte.
    pub(super) start: usize,
}

impl Token<'_> {
    /// The bytes of the token.
    pub(super) fn span(&self) -> Span {
        self.start..self.start + self.text.len()
    }
}

/// Cuts a text into tokens, one a call.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Whether a token was already seen on the current line.
    line_has_token: bool,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, at: 0, line_has_token: false }
    }

    /// Returns the next token; [`Kind::Eof`] again and again at the end.
    pub(super) fn next_token(&mut self) -> Result<Token<'t>, ParseError> {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start_matches([' ', '\t', '\r']);
        self.at += rest.len() - trimmed.len();
        if trimmed.starts_with("//") {
            return Ok(self.comment());
        }
        if trimmed.starts_with("/*") {
            return Err(self.block_comment(self.at));
        }
        let Some(first) = trimmed.chars().next() else {
            return Ok(self.token(Kind::Eof, 0));
        };
        match first {
            '\n' => Ok(self.newline()),
            '(' => Ok(self.token(Kind::Open, 1)),
            ')' => Ok(self.token(Kind::Close, 1)),
            '[' | ']' | '{' | '}' | ',' => Ok(self.token(Kind::Word, 1)),
            '"' | '`' => self.string(first),
            c if is_word(c) => self.word(),
            c => Err(error(
                self.at..self.at + c.len_utf8(),
                format!("unexpected input character {}", quote_rune(c)),
            )),
        }
    }

    fn token(&mut self, kind: Kind, len: usize) -> Token<'t> {
        let start = self.at;
        self.at += len;
        self.line_has_token = true;
        Token { kind, text: &self.text[start..self.at], start }
    }

    fn newline(&mut self) -> Token<'t> {
        let token = self.token(Kind::Newline, 1);
        self.line_has_token = false;
        token
    }

    /// A comment takes the end of its line with it, and its text leaves that end out.
    fn comment(&mut self) -> Token<'t> {
        let kind = if self.line_has_token { Kind::SuffixComment } else { Kind::Comment };
        let rest = &self.text[self.at..];
        let len = rest.find('\n').unwrap_or(rest.len());
        let mut token = self.token(kind, len);
        if len < rest.len() {
            self.at += 1;
            token.text = token.text.strip_suffix('\r').unwrap_or(token.text);
        }
        self.line_has_token = false;
        token
    }

    /// A backslash keeps any one character inside `"…"`, even the end of the line; whether the
    /// escape means something is asked when the string is unquoted.
    fn string(&mut self, quote: char) -> Result<Token<'t>, ParseError> {
        let rest = &self.text[self.at..];
        let mut chars = rest.char_indices().skip(1);
        while let Some((offset, c)) = chars.next() {
            match c {
                '\n' => {
                    let at = self.at + offset;
                    return Err(error(at..at, "unexpected newline in string".to_owned()));
                }
                c if c == quote => return Ok(self.token(Kind::Word, offset + 1)),
                '\\' if quote == '"' => {
                    chars.next();
                }
                _ => {}
            }
        }
        let line = rest.find('\n').unwrap_or(rest.len());
        Err(error(self.at..self.at + line, "unexpected EOF in string".to_owned()))
    }

    fn word(&mut self) -> Result<Token<'t>, ParseError> {
        let rest = &self.text[self.at..];
        let mut len = 0;
        for c in rest.chars().take_while(|&c| is_word(c)) {
            if c == '/' {
                match rest.as_bytes().get(len + 1) {
                    Some(b'/') => break,
                    Some(b'*') => return Err(self.block_comment(self.at + len)),
                    _ => {}
                }
            }
            len += c.len_utf8();
        }
        Ok(self.token(Kind::Word, len))
    }

    fn block_comment(&self, at: usize) -> ParseError {
        let message = "mod files must use // comments (not /* */ comments)";
        error(at..at + 2, message.to_owned())
    }
}

/// Reports whether `c` can stand in a word, as in read.go `isIdent`.
fn is_word(c: char) -> bool {
    !matches!(c, ' ' | '(' | ')' | '[' | ']' | '{' | '}' | ',') && is_printable(c)
}

fn error(span: Span, message: String) -> ParseError {
    ParseError { span, message }
}
