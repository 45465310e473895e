//! One pattern of git's, put so that the crate `ignore` takes it as git does.

use ignore::gitignore::GitignoreBuilder;
use std::borrow::Cow;

/// Adds a pattern and returns it as the crate will name it: its `Glob::original`. One that is no
/// glob is left away.
pub(super) fn add<'a>(builder: &mut GitignoreBuilder, pattern: &'a str) -> Cow<'a, str> {
    let pattern = without_alternatives(pattern);
    // An error leaves the line out, as git does with a pattern that it cannot match.
    let _ = builder.add_line(None, &pattern);
    pattern
}

/// Braces are letters to git, and alternatives to the crate.
fn without_alternatives(pattern: &str) -> Cow<'_, str> {
    if !pattern.contains(['{', '}']) {
        return Cow::Borrowed(pattern);
    }
    let mut out = String::with_capacity(pattern.len() + 2);
    let mut is_escaped = false;
    for character in pattern.chars() {
        if matches!(character, '{' | '}') && !is_escaped {
            out.push('\\');
        }
        is_escaped = character == '\\' && !is_escaped;
        out.push(character);
    }
    Cow::Owned(out)
}
