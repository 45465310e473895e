//! Which paths Go takes for modules and packages, and the escaped form that the module cache and
//! proxies use: x/mod/module/module.go.

use std::fmt;

use super::quote::{quote, quote_rune};
use super::semver;

/// A path or version that Go refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPath {
    message: String,
}

impl fmt::Display for InvalidPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InvalidPath {}

/// What a path element is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Module,
    Import,
    /// A version, as a file name. Beyond ASCII nothing is allowed here: Go's letters would be
    /// allowed by `checkElem`, and then refused by `escapeString`.
    Version,
}

/// Checks that `path` can be the path of a module that is fetched: `CheckPath`.
pub fn check_path(path: &str) -> Result<(), InvalidPath> {
    check_module_path(path).map_err(|reason| malformed("module", path, &reason))
}

/// Checks that `path` can be imported: `CheckImportPath`.
pub fn check_import_path(path: &str) -> Result<(), InvalidPath> {
    check_elements(path, Kind::Import).map_err(|reason| malformed("import", path, &reason))
}

/// Checks that path and version are valid and fit together: `Check`.
pub fn check(path: &str, version: &str) -> Result<(), InvalidPath> {
    check_path(path)?;
    let invalid = |reason: &str| InvalidPath {
        message: format!("{path}@{version}: invalid version: {reason}"),
    };
    if !semver::is_valid(version) {
        return Err(invalid("not a semantic version"));
    }
    let (_, path_major) = split_path_version(path).ok_or_else(|| invalid("invalid module path"))?;
    if !match_path_major(version, path_major) {
        return Err(invalid(&wrong_major(version, path_major)));
    }
    Ok(())
}

/// Splits the major version off a path: `("a.b/c", "/v2")` for `a.b/c/v2`, `("gopkg.in/x", ".v2")`
/// for `gopkg.in/x.v2`, and an empty second part where the path has none; `SplitPathVersion`.
///
/// `None` for a last element that no module may have: `/v1`, `/v02`, `/v2.3`.
pub fn split_path_version(path: &str) -> Option<(&str, &str)> {
    if path.starts_with("gopkg.in/") {
        return split_gopkg_in(path);
    }
    let head = path.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if head.len() == path.len() || !head.ends_with("/v") {
        return Some((path, ""));
    }
    let (prefix, path_major) = path.split_at(head.len() - "/v".len());
    let number = &path_major["/v".len()..];
    let ok = !number.contains('.') && !number.starts_with('0') && number != "1";
    ok.then_some((prefix, path_major))
}

/// Every gopkg.in path ends in `.vN`, perhaps with `-unstable` behind it.
///
/// As in Go, the number may be missing before `-unstable`; no version fits such a path.
fn split_gopkg_in(path: &str) -> Option<(&str, &str)> {
    let stable = path.strip_suffix("-unstable").unwrap_or(path);
    let head = stable.trim_end_matches(|c: char| c.is_ascii_digit());
    if !head.ends_with(".v") {
        return None;
    }
    let (prefix, path_major) = path.split_at(head.len() - ".v".len());
    let number = &path_major[".v".len()..];
    let ok = !number.is_empty() && (!number.starts_with('0') || number == "0");
    ok.then_some((prefix, path_major))
}

/// Reports whether a version fits the major version of a path, as split off by
/// [`split_path_version`]: `MatchPathMajor`.
pub fn match_path_major(version: &str, path_major: &str) -> bool {
    // An old bug made v0.0.0 pseudo-versions for gopkg.in paths of v1.
    if version.starts_with("v0.0.0-") && stable_major(path_major) == ".v1" {
        return true;
    }
    let major = semver::major(version);
    match stable_major(path_major).strip_prefix(['/', '.']) {
        Some(want) => major == want,
        None => matches!(major, "v0" | "v1") || semver::build(version) == "+incompatible",
    }
}

/// Like [`match_path_major`], with Go's message for a version that does not fit: `CheckPathMajor`.
pub(super) fn check_path_major(version: &str, path_major: &str) -> Result<(), String> {
    if match_path_major(version, path_major) {
        return Ok(());
    }
    Err(format!(
        "version {} invalid: {}",
        quote(version),
        wrong_major(version, path_major)
    ))
}

fn wrong_major(version: &str, path_major: &str) -> String {
    let want = stable_major(path_major)
        .strip_prefix(['/', '.'])
        .unwrap_or("v0 or v1");
    format!("should be {want}, not {}", semver::major(version))
}

fn stable_major(path_major: &str) -> &str {
    match path_major.strip_suffix("-unstable") {
        Some(stable) if path_major.starts_with(".v") => stable,
        _ => path_major,
    }
}

/// Returns the escaped form of a module path, each capital as `!` and its small letter.
///
/// An invalid path is an error: `EscapePath`.
pub fn escape_path(path: &str) -> Result<String, InvalidPath> {
    check_path(path)?;
    Ok(escape(path))
}

/// Returns the escaped form of a version, which need not be a semantic version but has to be a
/// file name without `!`: `EscapeVersion`.
pub fn escape_version(version: &str) -> Result<String, InvalidPath> {
    if check_element(version, Kind::Version).is_err() || version.contains('!') {
        let message = format!(
            "version {} invalid: disallowed version string",
            quote(version)
        );
        return Err(InvalidPath { message });
    }
    Ok(escape(version))
}

/// Returns the module path of an escaped one; `UnescapePath`.
pub fn unescape_path(escaped: &str) -> Result<String, InvalidPath> {
    let invalid = || format!("invalid escaped module path {}", quote(escaped));
    let path = unescape(escaped).ok_or_else(|| InvalidPath { message: invalid() })?;
    match check_path(&path) {
        Ok(()) => Ok(path),
        Err(err) => Err(InvalidPath {
            message: format!("{}: {err}", invalid()),
        }),
    }
}

/// Returns the version of an escaped one; `UnescapeVersion`.
pub fn unescape_version(escaped: &str) -> Result<String, InvalidPath> {
    let invalid = |text: &str| format!("invalid escaped version {}", quote(text));
    let version = unescape(escaped).ok_or_else(|| InvalidPath {
        message: invalid(escaped),
    })?;
    match check_element(&version, Kind::Version) {
        Ok(()) => Ok(version),
        Err(reason) => Err(InvalidPath {
            message: format!("{}: {reason}", invalid(&version)),
        }),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn unescape(escaped: &str) -> Option<String> {
    let mut out = String::with_capacity(escaped.len());
    let mut chars = escaped.chars();
    while let Some(c) = chars.next() {
        match c {
            '!' => out.push(
                chars
                    .next()
                    .filter(char::is_ascii_lowercase)?
                    .to_ascii_uppercase(),
            ),
            c if c.is_ascii() && !c.is_ascii_uppercase() => out.push(c),
            _ => return None,
        }
    }
    Some(out)
}

fn malformed(kind: &str, path: &str, reason: &str) -> InvalidPath {
    InvalidPath {
        message: format!("malformed {kind} path {}: {reason}", quote(path)),
    }
}

/// A module path starts with a domain name, and its major version is written as Go wants it.
fn check_module_path(path: &str) -> Result<(), String> {
    check_elements(path, Kind::Module)?;
    let domain = path.split('/').next().unwrap_or(path);
    if !domain.contains('.') {
        return Err("missing dot in first path element".to_owned());
    }
    let allowed = |c: char| c == '-' || c == '.' || c.is_ascii_digit() || c.is_ascii_lowercase();
    if let Some(c) = domain.chars().find(|&c| !allowed(c)) {
        return Err(format!(
            "invalid char {} in first path element",
            quote_rune(c)
        ));
    }
    match split_path_version(path) {
        Some(_) => Ok(()),
        None => Err("invalid version".to_owned()),
    }
}

fn check_elements(path: &str, kind: Kind) -> Result<(), String> {
    let fault = if path.is_empty() {
        "empty string"
    } else if path.starts_with('-') {
        "leading dash"
    } else if path.contains("//") {
        "double slash"
    } else if path.ends_with('/') {
        "trailing slash"
    } else {
        return path
            .split('/')
            .try_for_each(|element| check_element(element, kind));
    };
    Err(fault.to_owned())
}

/// Checks one element of a path: `checkElem`.
fn check_element(element: &str, kind: Kind) -> Result<(), String> {
    if element.is_empty() {
        return Err("empty path element".to_owned());
    }
    if element.bytes().all(|b| b == b'.') {
        return Err(format!("invalid path element {}", quote(element)));
    }
    if element.starts_with('.') && kind == Kind::Module {
        return Err("leading dot in path element".to_owned());
    }
    if element.ends_with('.') {
        return Err("trailing dot in path element".to_owned());
    }
    if let Some(c) = element.chars().find(|&c| !is_allowed(c, kind)) {
        return Err(format!("invalid char {}", quote_rune(c)));
    }
    check_windows_name(element.split('.').next().unwrap_or(element), kind)
}

fn is_allowed(c: char, kind: Kind) -> bool {
    let in_module = c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    match kind {
        Kind::Module => in_module,
        Kind::Import => in_module || c == '+',
        Kind::Version => c.is_ascii_alphanumeric() || "!#$%&()+,-.=@[]^_{}~ ".contains(c),
    }
}

/// Windows keeps some names for devices, and makes short names that end in a tilde and a number.
fn check_windows_name(stem: &str, kind: Kind) -> Result<(), String> {
    if is_device(stem) {
        return Err(format!(
            "{} disallowed as path element component on Windows",
            quote(stem)
        ));
    }
    let number = stem.rsplit_once('~').map_or("", |(_, number)| number);
    if kind != Kind::Version && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
        return Err("trailing tilde and digits in path element".to_owned());
    }
    Ok(())
}

/// `CON`, `PRN`, `AUX`, `NUL`, and `COM` and `LPT` with a digit other than 0, in any case.
fn is_device(stem: &str) -> bool {
    let is_one_of =
        |names: &[&str], name: &str| names.iter().any(|device| device.eq_ignore_ascii_case(name));
    match stem.as_bytes() {
        [_, _, _] => is_one_of(&["CON", "PRN", "AUX", "NUL"], stem),
        [_, _, _, b'1'..=b'9'] => is_one_of(&["COM", "LPT"], &stem[..3]),
        _ => false,
    }
}
