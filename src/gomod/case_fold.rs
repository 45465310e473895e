//! Which texts are one name on a system that does not tell cases apart: `strings.EqualFold`.

use std::borrow::Cow;

/// One form for all texts that `strings.EqualFold` takes as equal.
pub fn case_folded(path: &str) -> Cow<'_, str> {
    if path.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return Cow::Borrowed(path);
    }
    Cow::Owned(path.chars().map(fold).collect())
}

/// Up and down again, so that `K`, `k` and the Kelvin sign meet. A character whose other case is
/// more than one (`ß`) has no simple fold that way.
fn fold(c: char) -> char {
    // Dotless i folds in Turkish only, see unicode.SimpleFold.
    if c == 'ı' {
        return c;
    }
    let upper = only(c.to_uppercase()).unwrap_or(c);
    only(upper.to_lowercase()).unwrap_or(upper)
}

fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next();
    first.filter(|_| chars.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_in_case_only_folds_alike() {
        for (a, b) in [("a/B", "A/b"), ("k", "\u{212a}"), ("ſ", "S"), ("σ", "ς"), ("ß", "ẞ")]
        {
            assert_eq!(case_folded(a), case_folded(b), "{a} {b}");
        }
        for (a, b) in [("ı", "i"), ("ß", "SS"), ("é", "e\u{301}"), ("a/b", "ab")] {
            assert_ne!(case_folded(a), case_folded(b), "{a} {b}");
        }
    }
}
