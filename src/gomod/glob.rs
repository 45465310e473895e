//! The patterns of GOPRIVATE, GONOPROXY, GONOSUMDB and GOINSECURE: x/mod/module
//! `MatchPrefixPatterns`, on path/match.go `Match`.

/// Reports whether a pattern of the comma-separated list matches the first elements of `target`.
///
/// Empty and malformed patterns match nothing, and a slash at the end of a pattern does not count.
pub fn match_prefix_patterns(globs: &str, target: &str) -> bool {
    globs
        .split(',')
        .map(|glob| glob.strip_suffix('/').unwrap_or(glob))
        .any(|glob| match_prefix(glob, target))
}

/// Matches a pattern of N elements against the first N elements of `target`.
fn match_prefix(glob: &str, target: &str) -> bool {
    if glob.is_empty() {
        return false;
    }
    let slashes = glob.matches('/').count();
    let mut ends = target.match_indices('/').map(|(at, _)| at).chain([target.len()]);
    let Some(end) = ends.nth(slashes) else {
        return false;
    };
    match_path(glob, &target[..end]).unwrap_or(false)
}

/// Reports whether `pattern` matches all of `name`, as path `Match`; a malformed pattern is an error.
///
/// `*` stands for any characters but `/`, `?` for one, `[a-z]` and `[^a-z]` for one of a class, and
/// `\` takes the next character as it is.
pub fn match_path(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let (mut pattern, mut name) = (pattern.as_bytes(), name.as_bytes());
    while !pattern.is_empty() {
        let chunk = Chunk::cut(pattern);
        pattern = chunk.rest;
        if chunk.star && chunk.text.is_empty() {
            return Ok(!name.contains(&b'/'));
        }
        match match_at_any(&chunk, name)? {
            Some(rest) => name = rest,
            None => {
                check_rest(pattern)?;
                return Ok(false);
            }
        }
    }
    Ok(name.is_empty())
}

/// A pattern that path `Match` does not understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadPattern;

impl std::fmt::Display for BadPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("syntax error in pattern")
    }
}

impl std::error::Error for BadPattern {}

/// A piece of a pattern without stars inside.
struct Chunk<'p> {
    /// Whether a star stands before it.
    star: bool,
    text: &'p [u8],
    /// The pattern after it.
    rest: &'p [u8],
}

impl<'p> Chunk<'p> {
    fn cut(pattern: &'p [u8]) -> Chunk<'p> {
        let stars = pattern.iter().take_while(|&&b| b == b'*').count();
        let text = &pattern[stars..];
        let (text, rest) = text.split_at(end_of_chunk(text));
        Chunk { star: stars > 0, text, rest }
    }
}

/// Where the next star is that is not inside a class and not escaped.
fn end_of_chunk(text: &[u8]) -> usize {
    let mut in_class = false;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' if !in_class => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Matches a chunk at the front of `name`, or behind a star anywhere in its first element; returns
/// what is left of `name`. The last chunk has to take all of it.
fn match_at_any<'n>(chunk: &Chunk<'_>, name: &'n [u8]) -> Result<Option<&'n [u8]>, BadPattern> {
    let last = chunk.rest.is_empty();
    let skips = if chunk.star { name.iter().take_while(|&&b| b != b'/').count() } else { 0 };
    for skip in 0..=skips {
        match match_chunk(chunk.text, &name[skip..])? {
            Some(rest) if !last || rest.is_empty() => return Ok(Some(rest)),
            _ => {}
        }
    }
    Ok(None)
}

/// A pattern that did not match may still be malformed.
fn check_rest(mut pattern: &[u8]) -> Result<(), BadPattern> {
    while !pattern.is_empty() {
        let chunk = Chunk::cut(pattern);
        match_chunk(chunk.text, b"")?;
        pattern = chunk.rest;
    }
    Ok(())
}

/// Matches a chunk at the front of `name` and returns what is left of it.
///
/// Once the match has failed, the chunk is read on to its end, to see whether it is well-formed.
fn match_chunk<'n>(mut chunk: &[u8], mut name: &'n [u8]) -> Result<Option<&'n [u8]>, BadPattern> {
    let mut failed = false;
    while let Some((&first, rest)) = chunk.split_first() {
        failed = failed || name.is_empty();
        match first {
            b'[' => {
                let mut c = None;
                if !failed {
                    let (decoded, len) = first_char(name);
                    c = Some(decoded);
                    name = &name[len..];
                }
                let (matched, after) = match_class(rest, c)?;
                failed = failed || !matched;
                chunk = after;
            }
            b'?' => {
                if !failed {
                    failed = name[0] == b'/';
                    name = &name[first_char(name).1..];
                }
                chunk = rest;
            }
            _ => {
                let (&literal, after) = if first == b'\\' {
                    rest.split_first().ok_or(BadPattern)?
                } else {
                    (&first, rest)
                };
                if !failed {
                    failed = literal != name[0];
                    name = &name[1..];
                }
                chunk = after;
            }
        }
    }
    Ok((!failed).then_some(name))
}

/// Reads a class from behind its `[`; reports whether `c` is in it and returns the text after it.
fn match_class(class: &[u8], c: Option<char>) -> Result<(bool, &[u8]), BadPattern> {
    let (negated, mut rest) = match class.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, class),
    };
    let mut matched = false;
    let mut first = true;
    loop {
        if let (Some(after), false) = (rest.strip_prefix(b"]"), first) {
            return Ok((matched != negated, after));
        }
        first = false;
        let (low, after) = class_char(rest)?;
        let (high, after) = match after.strip_prefix(b"-") {
            Some(after) => class_char(after)?,
            None => (low, after),
        };
        matched = matched || c.is_some_and(|c| (low..=high).contains(&c));
        rest = after;
    }
}

/// Reads one character of a class; something has to follow it.
fn class_char(class: &[u8]) -> Result<(char, &[u8]), BadPattern> {
    let class = match class {
        [] | [b'-' | b']', ..] => return Err(BadPattern),
        [b'\\', rest @ ..] => rest,
        _ => class,
    };
    let (c, len) = first_char(class);
    let rest = class.get(len..).ok_or(BadPattern)?;
    if rest.is_empty() || c == char::REPLACEMENT_CHARACTER && len == 1 {
        return Err(BadPattern);
    }
    Ok((c, rest))
}

/// The first character and its length; a byte that starts none is U+FFFD, as in unicode/utf8. A
/// star can stop in the middle of a character.
fn first_char(bytes: &[u8]) -> (char, usize) {
    let longest = &bytes[..bytes.len().min(4)];
    let first = longest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    first.map_or((char::REPLACEMENT_CHARACTER, 1), |c| (c, c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        // path/match_test.go
        let cases = [
            ("abc", "abc", Ok(true)),
            ("*", "abc", Ok(true)),
            ("*c", "abc", Ok(true)),
            ("a*", "a", Ok(true)),
            ("a*", "abc", Ok(true)),
            ("a*", "ab/c", Ok(false)),
            ("a*/b", "abc/b", Ok(true)),
            ("a*/b", "a/c/b", Ok(false)),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", Ok(true)),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", Ok(true)),
            ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", Ok(false)),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", Ok(false)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
            ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
            ("ab[c]", "abc", Ok(true)),
            ("ab[b-d]", "abc", Ok(true)),
            ("ab[e-g]", "abc", Ok(false)),
            ("ab[^c]", "abc", Ok(false)),
            ("ab[^b-d]", "abc", Ok(false)),
            ("ab[^e-g]", "abc", Ok(true)),
            ("a\\*b", "a*b", Ok(true)),
            ("a\\*b", "ab", Ok(false)),
            ("a?b", "a☺b", Ok(true)),
            ("a[^a]b", "a☺b", Ok(true)),
            ("a???b", "a☺b", Ok(false)),
            ("a[^a][^a][^a]b", "a☺b", Ok(false)),
            ("[a-ζ]*", "α", Ok(true)),
            ("*[a-ζ]", "A", Ok(false)),
            ("a?b", "a/b", Ok(false)),
            ("a*b", "a/b", Ok(false)),
            ("[\\]a]", "]", Ok(true)),
            ("[\\-]", "-", Ok(true)),
            ("[x\\-]", "x", Ok(true)),
            ("[x\\-]", "-", Ok(true)),
            ("[x\\-]", "z", Ok(false)),
            ("[\\-x]", "x", Ok(true)),
            ("[\\-x]", "-", Ok(true)),
            ("[\\-x]", "a", Ok(false)),
            ("[]a]", "]", Err(BadPattern)),
            ("[-]", "-", Err(BadPattern)),
            ("[x-]", "x", Err(BadPattern)),
            ("[x-]", "-", Err(BadPattern)),
            ("[x-]", "z", Err(BadPattern)),
            ("[-x]", "x", Err(BadPattern)),
            ("[-x]", "-", Err(BadPattern)),
            ("[-x]", "a", Err(BadPattern)),
            ("\\", "a", Err(BadPattern)),
            ("[a-b-c]", "a", Err(BadPattern)),
            ("[", "a", Err(BadPattern)),
            ("[^", "a", Err(BadPattern)),
            ("[^bc", "a", Err(BadPattern)),
            ("a[", "a", Err(BadPattern)),
            ("a[", "ab", Err(BadPattern)),
            ("a[", "x", Err(BadPattern)),
            ("a/b[", "x", Err(BadPattern)),
            ("*x", "xxx", Ok(true)),
            ("", "", Ok(true)),
            ("", "a", Ok(false)),
            ("**", "a", Ok(true)),
            ("*[^a]", "é", Ok(true)),
            ("[a*]b", "*b", Ok(true)),
            ("[\u{fffd}]", "\u{fffd}", Ok(true)),
            ("[a\\", "a", Err(BadPattern)),
            ("*a[", "b", Err(BadPattern)),
            ("a*b[", "x", Err(BadPattern)),
        ];
        for (pattern, name, want) in cases {
            assert_eq!(match_path(pattern, name), want, "{pattern} {name}");
        }
    }

    #[test]
    fn prefixes_match_as_in_go() {
        // x/mod/module/module_test.go
        let cases = [
            ("", "rsc.io/quote", false),
            ("/", "rsc.io/quote", false),
            ("*/quote", "rsc.io/quote", true),
            ("*/quo", "rsc.io/quote", false),
            ("*/quo??", "rsc.io/quote", true),
            ("*/quo*", "rsc.io/quote", true),
            ("*quo*", "rsc.io/quote", false),
            ("rsc.io", "rsc.io/quote", true),
            ("*.io", "rsc.io/quote", true),
            ("rsc.io/", "rsc.io/quote", true),
            ("rsc", "rsc.io/quote", false),
            ("rsc*", "rsc.io/quote", true),
            ("rsc.io", "rsc.io/quote/v3", true),
            ("*/quote", "rsc.io/quote/v3", true),
            ("*/quote/", "rsc.io/quote/v3", true),
            ("*/quote/*", "rsc.io/quote/v3", true),
            ("*/quote/*/", "rsc.io/quote/v3", true),
            ("*/v3", "rsc.io/quote/v3", false),
            ("*/*/v3", "rsc.io/quote/v3", true),
            ("*/*/*", "rsc.io/quote/v3", true),
            ("*/*/*/", "rsc.io/quote/v3", true),
            ("*/*/*", "rsc.io/quote", false),
            ("*/*/*/", "rsc.io/quote", false),
            ("*/*/*,,", "rsc.io/quote", false),
            ("*/*/*,,*/quote", "rsc.io/quote", true),
            (",,*/quote", "rsc.io/quote", true),
            ("none", "rsc.io/quote", false),
            ("none", "none/quote", true),
            ("rsc.io//", "rsc.io/quote", false),
            ("[,rsc.io", "rsc.io/quote", true),
            (" rsc.io", "rsc.io/quote", false),
            ("rsc.io/quote", "rsc.io", false),
            ("*", "", true),
        ];
        for (globs, target, want) in cases {
            assert_eq!(match_prefix_patterns(globs, target), want, "{globs} {target}");
        }
    }

    #[test]
    fn many_stars_do_not_take_long() {
        let pattern = "*a".repeat(1000) + "b";
        assert_eq!(match_path(&pattern, &"a".repeat(10_000)), Ok(false));
    }
}
