//! Where something stands in a text.

use std::fmt;

/// A range of bytes of the parsed text.
pub type Span = std::ops::Range<usize>;

/// A value together with the place it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value, unquoted where the text had quotes.
    pub value: T,
    /// The bytes of the text that hold the value, quotes included.
    pub span: Span,
}

/// A line that Go would refuse, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The bytes of the text at fault.
    pub span: Span,
    /// What is wrong, in Go's words, without the file name and the line.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

/// Returns the line and the column, in bytes, of a byte offset; both count from 1.
///
/// An offset beyond the text is taken as its end. Each call walks the text up to the offset.
pub fn line_col(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    (line, before.len() - start + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = "ab\ncé\r\n\nx";
        let cases = [
            (0, (1, 1)),
            (2, (1, 3)),
            (3, (2, 1)),
            (6, (2, 4)),
            (8, (3, 1)),
            (9, (4, 1)),
            (10, (4, 2)),
            (99, (4, 2)),
        ];
        for (offset, want) in cases {
            assert_eq!(line_col(text, offset), want, "offset {offset}");
        }
        assert_eq!(line_col("", 0), (1, 1));
    }
}
