//! The directives that go.mod and go.work share, as in x/mod/modfile/rule.go.
//!
//! Each function takes the words behind the verb and returns the value, or Go's message.

use std::borrow::Cow;

use super::lexer::Token;
use super::module_path::{check_path_major, split_path_version};
use super::position::{Span, Spanned};
use super::quote::{quote, unquote};
use super::semver;
use super::syntax::{Block, span_of};
use super::{ModuleVersion, ParseError};

/// One `key=value` of a godebug directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Godebug {
    /// The setting.
    pub key: String,
    /// Its value.
    pub value: String,
    /// The bytes of `key=value`.
    pub span: Span,
}

/// One entry of a replace directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// The module replaced; an empty version stands for every version.
    pub old: ModuleVersion,
    /// What stands in for it: a module version, or a directory with an empty version.
    pub new: ModuleVersion,
    /// The bytes from the old path to the end of the new one.
    pub span: Span,
}

/// Reports whether the right side of a replacement is a directory, not a module path.
///
/// Both Unix and Windows paths count on every system, as in rule.go `IsDirectoryPath`.
pub fn is_directory_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    let dots = path.strip_prefix("..").or_else(|| path.strip_prefix('.'));
    dots.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
        || path.starts_with(['/', '\\'])
        || bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':'
}

/// Reads the one argument of a go directive; rule.go `GoVersionRE`.
pub(super) fn go(args: &[Token<'_>]) -> Result<Spanned<String>, String> {
    let [arg] = args else {
        return Err("go directive expects exactly one argument".to_owned());
    };
    if !is_go_version(arg.text) {
        return Err(format!("invalid go version '{}': must match format 1.23.0", arg.text));
    }
    Ok(spanned(arg, arg.text))
}

/// Like [`go`], but takes the language version of what it does not understand, as Go does for
/// dependencies; rule.go `laxGoVersionRE`.
pub(super) fn go_lax(args: &[Token<'_>]) -> Result<Spanned<String>, String> {
    match args {
        [arg] if !is_go_version(arg.text) => match lax_go_version(arg.text) {
            Some(version) => Ok(spanned(arg, version)),
            None => go(args),
        },
        _ => go(args),
    }
}

/// Reads the one argument of a toolchain directive; rule.go `ToolchainRE`.
pub(super) fn toolchain(args: &[Token<'_>]) -> Result<Spanned<String>, String> {
    let [arg] = args else {
        return Err("toolchain directive expects exactly one argument".to_owned());
    };
    let named =
        arg.text.strip_prefix("go1").is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if arg.text != "default" && !named {
        return Err(format!(
            "invalid toolchain version '{}': must match format go1.23.0 or default",
            arg.text
        ));
    }
    Ok(spanned(arg, arg.text))
}

/// Reads the `key=value` of a godebug directive.
pub(super) fn godebug(args: &[Token<'_>]) -> Result<Godebug, String> {
    let usage = || "usage: godebug key=value".to_owned();
    let [arg] = args else {
        return Err(usage());
    };
    if arg.text.contains(['"', '`', '\'', ',']) {
        return Err(usage());
    }
    let (key, value) = arg.text.split_once('=').ok_or_else(usage)?;
    Ok(Godebug { key: key.to_owned(), value: value.to_owned(), span: arg.span() })
}

/// Reads one entry of a replace directive; rule.go `parseReplace`.
pub(super) fn replace(args: &[Token<'_>]) -> Result<Replace, String> {
    let arrow = if args.get(1).is_some_and(|arg| arg.text == "=>") { 1 } else { 2 };
    let has_arrow = args.get(arrow).is_some_and(|arg| arg.text == "=>");
    if !has_arrow || !(arrow + 2..=arrow + 3).contains(&args.len()) {
        return Err("usage: replace module/path [v1.2.3] => other/module v1.4\n\t \
                    or replace module/path [v1.2.3] => ../local/directory"
            .to_owned());
    }
    let old = replaced(&args[..arrow])?;
    let new = replacement(&args[arrow + 1..])?;
    Ok(Replace { old, new, span: span_of(args) })
}

/// Reads the left side of a replacement: a path and perhaps a version.
fn replaced(args: &[Token<'_>]) -> Result<ModuleVersion, String> {
    let path = quoted_string(&args[0])?;
    let (_, path_major) =
        split_path_version(&path).ok_or_else(|| format!("replace {path}: invalid module path"))?;
    let mut old = ModuleVersion::new(&*path, "");
    if let Some(arg) = args.get(1) {
        old.version = version("replace", &path, arg)?;
        check_path_major(&old.version, path_major)
            .map_err(|err| format!("replace {path}: {err}"))?;
    }
    Ok(old)
}

/// Reads the right side of a replacement: a directory, or a path and a version.
fn replacement(args: &[Token<'_>]) -> Result<ModuleVersion, String> {
    let path = quoted_string(&args[0])?;
    let is_directory = is_directory_path(&path);
    let Some(arg) = args.get(1) else {
        check_directory(&path, is_directory)?;
        return Ok(ModuleVersion::new(path, ""));
    };
    let version = version("replace", &path, arg)?;
    if is_directory {
        return Err(format!(
            "replacement module directory path {} cannot have version",
            quote(&path)
        ));
    }
    Ok(ModuleVersion::new(path, version))
}

fn check_directory(path: &str, is_directory: bool) -> Result<(), String> {
    if !is_directory && path.contains('@') {
        return Err(
            "replacement module must match format 'path version', not 'path@version'".to_owned()
        );
    }
    if !is_directory {
        return Err("replacement module without version must be directory path (rooted or starting with . or ..)"
            .to_owned());
    }
    // Go asks for the separator of the system it runs on.
    if std::path::MAIN_SEPARATOR == '/' && path.contains('\\') {
        return Err(
            "replacement directory appears to be Windows path (on a non-windows system)".to_owned()
        );
    }
    Ok(())
}

/// Returns the string that a word stands for; rule.go `parseString`.
pub(super) fn string<'t>(word: &'t str) -> Result<Cow<'t, str>, String> {
    if word.starts_with('"') {
        return unquote(word).map(Cow::Owned).ok_or_else(|| "invalid syntax".to_owned());
    }
    // Go keeps the other quotes for later, lest 'x' be read as a path with quotes in it.
    if word.contains(['"', '\'', '`']) {
        return Err("unquoted string cannot contain quote".to_owned());
    }
    Ok(Cow::Borrowed(word))
}

/// Like [`string`], with Go's words around the error.
pub(super) fn quoted_string<'t>(arg: &Token<'t>) -> Result<Cow<'t, str>, String> {
    string(arg.text).map_err(|err| format!("invalid quoted string: {err}"))
}

/// Reads the one path of a directive that takes nothing else.
pub(super) fn one_path(args: &[Token<'_>], usage: &str) -> Result<Spanned<String>, String> {
    let [arg] = args else {
        return Err(usage.to_owned());
    };
    Ok(spanned(arg, &quoted_string(arg)?))
}

/// Returns the canonical form of a module version; rule.go `parseVersion` without a version fixer.
pub(super) fn version(verb: &str, path: &str, arg: &Token<'_>) -> Result<String, String> {
    let place = if path.is_empty() { verb.to_owned() } else { format!("{verb} {path}") };
    let text = version_string(&place, arg)?;
    semver::canonical_version(&text)
        .ok_or_else(|| invalid_version(&place, &text, "must be of the form v1.2.3"))
}

/// Returns a version of a retract directive, as written: Go makes it canonical only once it knows
/// the module, which may be further down; rule.go `dontFixRetract`.
pub(super) fn retracted_version(arg: &Token<'_>) -> Result<String, String> {
    version_string("retract", arg).map(Cow::into_owned)
}

fn version_string<'t>(place: &str, arg: &Token<'t>) -> Result<Cow<'t, str>, String> {
    string(arg.text).map_err(|err| invalid_version(place, arg.text, &err))
}

fn invalid_version(place: &str, version: &str, why: &str) -> String {
    format!("{place}: version {} invalid: {why}", quote(version))
}

/// The error for a block of lines that no directive opens.
pub(super) fn unknown_block(block: &Block<'_>) -> ParseError {
    let words: Vec<&str> = block.tokens.iter().map(|token| token.text).collect();
    ParseError {
        span: span_of(&block.tokens),
        message: format!("unknown block type: {}", words.join(" ")),
    }
}

/// Pairs a value with the place of the word it came from.
pub(super) fn spanned(arg: &Token<'_>, value: &str) -> Spanned<String> {
    Spanned { value: value.to_owned(), span: arg.span() }
}

/// `1.21`, `1.21.0`, `1.21rc1`: a major version other than 0, a minor one, then a patch and letters
/// with a number, each if any.
fn is_go_version(text: &str) -> bool {
    let Some((_, mut rest)) = major_minor(text) else {
        return false;
    };
    if let Some((_, after)) = rest.strip_prefix('.').and_then(cut_number) {
        rest = after;
    }
    let number = rest.trim_start_matches(|c: char| c.is_ascii_lowercase());
    rest.is_empty()
        || number.len() < rest.len()
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
}

/// The language version of a longer text, without a `v` in front: `1.21` of `v1.21-custom`.
fn lax_go_version(text: &str) -> Option<&str> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (version, rest) = major_minor(text)?;
    (!rest.is_empty() && !rest.starts_with(|c: char| c.is_ascii_digit())).then_some(version)
}

/// Cuts `MAJOR.MINOR` off the front of a text; the major version is not 0.
fn major_minor(text: &str) -> Option<(&str, &str)> {
    let (major, rest) = cut_number(text)?;
    let (_, rest) = cut_number(rest.strip_prefix('.')?)?;
    (major != "0").then(|| text.split_at(text.len() - rest.len()))
}

/// Cuts a number without a leading zero off the front of a text.
fn cut_number(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('0') {
        return Some(text.split_at(1));
    }
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_versions() {
        for good in ["1.0", "1.21", "1.21.0", "1.21rc1", "1.21.3rc1", "10.20.30beta40", "1.2x012"] {
            assert!(is_go_version(good), "{good}");
        }
        for bad in [
            "", "1", "1.", "0.1", "01.2", "1.02", "1.2.", "1.2.03", "1.2rc", "1.2RC1", "1.2-3",
            "v1.2", "1.2.3.4", "1.2rc1x",
        ] {
            assert!(!is_go_version(bad), "{bad}");
        }
    }

    #[test]
    fn lax_go_versions() {
        let cases = [
            ("v1.2.3", Some("1.2")),
            ("1.2.foo", Some("1.2")),
            ("1.21-custom", Some("1.21")),
            ("v1.2", None),
            ("1.02", None),
            ("1", None),
            ("vv1.2x", None),
        ];
        for (text, want) in cases {
            assert_eq!(lax_go_version(text), want, "{text}");
        }
    }

    #[test]
    fn directory_paths() {
        for yes in [
            ".", "./", "./a", r".\a", "..", "../a", r"..\a", "/", "/a", r"\a", r"C:\a", "c:", "x:y",
        ] {
            assert!(is_directory_path(yes), "{yes}");
        }
        for no in ["", ".a", "...", "..a", "a", "a/./b", "a/..", "1:a", "é:"] {
            assert!(!is_directory_path(no), "{no}");
        }
    }
}
