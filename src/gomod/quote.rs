//! Go's string literals: strconv `Quote`, `QuoteRune` and `Unquote`.

use super::printable::is_printable;

/// Writes `text` as a Go string literal, as `%q` does.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        push_escaped(&mut out, c, '"');
    }
    out.push('"');
    out
}

/// Writes `c` as a Go rune literal.
pub(super) fn quote_rune(c: char) -> String {
    let mut out = String::from("'");
    push_escaped(&mut out, c, '\'');
    out.push('\'');
    out
}

fn push_escaped(out: &mut String, c: char, quote: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        c if c == quote => out.extend(['\\', quote]),
        c if is_printable(c) => out.push(c),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        c if c < ' ' || c == '\x7f' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
        c if u32::from(c) < 0x10000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
    }
}

/// Returns the value of a Go string literal in double quotes, `None` where it is not one.
///
/// `\x` and octal escapes can spell bytes that are no UTF-8; those become U+FFFD.
pub fn unquote(literal: &str) -> Option<String> {
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    if !rest.contains(['\\', '"', '\n']) {
        return Some(rest.to_owned());
    }
    let mut out = Vec::with_capacity(rest.len());
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '"' | '\n' => return None,
            '\\' => rest = unescape(rest, &mut out)?,
            c => push_char(&mut out, c),
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// Reads what follows a backslash, appends its value to `out` and returns the text after it.
fn unescape<'t>(text: &'t str, out: &mut Vec<u8>) -> Option<&'t str> {
    let kind = text.chars().next()?;
    let rest = &text[kind.len_utf8()..];
    let byte = match kind {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' => b'"',
        'x' => return push_byte(out, digits(rest, 2, 16)?),
        '0'..='7' => return push_byte(out, digits(text, 3, 8)?),
        'u' => return push_code(out, digits(rest, 4, 16)?),
        'U' => return push_code(out, digits(rest, 8, 16)?),
        _ => return None,
    };
    out.push(byte);
    Some(rest)
}

/// Reads exactly `count` digits; returns their value and the text after them.
fn digits(text: &str, count: usize, radix: u32) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(count)?;
    // from_str_radix alone would take a sign.
    if !number.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some((u32::from_str_radix(number, radix).ok()?, rest))
}

fn push_byte<'t>(out: &mut Vec<u8>, (value, rest): (u32, &'t str)) -> Option<&'t str> {
    out.push(u8::try_from(value).ok()?);
    Some(rest)
}

fn push_code<'t>(out: &mut Vec<u8>, (value, rest): (u32, &'t str)) -> Option<&'t str> {
    push_char(out, char::from_u32(value)?);
    Some(rest)
}

fn push_char(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_as_go_does() {
        let cases = [
            ("", r#""""#),
            ("v1", r#""v1""#),
            ("a\"b'c\\", r#""a\"b'c\\""#),
            ("\x07\x08\x0c\n\r\t\x0b\0\x7f", r#""\a\b\f\n\r\t\v\x00\x7f""#),
            ("é\u{a0}\u{feff}\u{10ffff}", r#""é\u00a0\ufeff\U0010ffff""#),
        ];
        for (text, want) in cases {
            assert_eq!(quote(text), want);
        }
        assert_eq!(quote_rune('\''), r"'\''");
        assert_eq!(quote_rune('"'), r#"'"'"#);
        assert_eq!(quote_rune('\0'), r"'\x00'");
    }

    #[test]
    fn unquoted_as_go_does() {
        let cases = [
            (r#""""#, Some("")),
            (r#""a b""#, Some("a b")),
            (r#""\a\b\f\n\r\t\v\\\"""#, Some("\x07\x08\x0c\n\r\t\x0b\\\"")),
            (r#""\x41\101\u00e9\U0001F600""#, Some("AAé😀")),
            (r#""\xc3\xa9\xff""#, Some("é\u{fffd}")),
            (r#""\'""#, None),
            (r#""\q""#, None),
            (r#""\400""#, None),
            (r#""\18""#, None),
            (r#""\x4""#, None),
            (r#""\x+4""#, None),
            (r#""\ud800""#, None),
            (r#""\U00110000""#, None),
            ("\"a\nb\"", None),
            ("\"\\\n\"", None),
            ("\"\\é\"", None),
            (r#""\xé""#, None),
            (r#"""#, None),
            (r#""a"b""#, None),
            (r#""\""#, None),
            ("`a`", None),
        ];
        for (literal, want) in cases {
            assert_eq!(unquote(literal).as_deref(), want, "{literal}");
        }
    }
}
