//! Which paths Go takes for modules and packages, and the escaped form that the module cache and
//! proxies use: x/mod/module/module.go.

use std::fmt;

use super::printable::is_letter;
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
    File,
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

/// Checks that a file of a module can have the path, which the zip of a version holds: `CheckFilePath`.
pub fn check_file_path(path: &str) -> Result<(), InvalidPath> {
    check_elements(path, Kind::File).map_err(|reason| malformed("file", path, &reason))
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
    Err(format!("version {} invalid: {}", quote(version), wrong_major(version, path_major)))
}

fn wrong_major(version: &str, path_major: &str) -> String {
    let want = stable_major(path_major).strip_prefix(['/', '.']).unwrap_or("v0 or v1");
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
        let message = format!("version {} invalid: disallowed version string", quote(version));
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
        Err(err) => Err(InvalidPath { message: format!("{}: {err}", invalid()) }),
    }
}

/// Returns the version of an escaped one; `UnescapeVersion`.
pub fn unescape_version(escaped: &str) -> Result<String, InvalidPath> {
    let invalid = |text: &str| format!("invalid escaped version {}", quote(text));
    let version = unescape(escaped).ok_or_else(|| InvalidPath { message: invalid(escaped) })?;
    match check_element(&version, Kind::Version) {
        Ok(()) => Ok(version),
        Err(reason) => Err(InvalidPath { message: format!("{}: {reason}", invalid(&version)) }),
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
            '!' => out.push(chars.next().filter(char::is_ascii_lowercase)?.to_ascii_uppercase()),
            c if c.is_ascii() && !c.is_ascii_uppercase() => out.push(c),
            _ => return None,
        }
    }
    Some(out)
}

fn malformed(kind: &str, path: &str, reason: &str) -> InvalidPath {
    InvalidPath { message: format!("malformed {kind} path {}: {reason}", quote(path)) }
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
        return Err(format!("invalid char {} in first path element", quote_rune(c)));
    }
    match split_path_version(path) {
        Some(_) => Ok(()),
        None => Err("invalid version".to_owned()),
    }
}

fn check_elements(path: &str, kind: Kind) -> Result<(), String> {
    let fault = if path.is_empty() {
        "empty string"
    } else if path.starts_with('-') && kind != Kind::File {
        "leading dash"
    } else if path.as_bytes().windows(2).any(|pair| pair == b"//") {
        "double slash"
    } else if path.ends_with('/') {
        "trailing slash"
    } else {
        return path.split('/').try_for_each(|element| check_element(element, kind));
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
    let in_file = c.is_ascii_alphanumeric() || "!#$%&()+,-.=@[]^_{}~ ".contains(c);
    match kind {
        Kind::Module => in_module,
        Kind::Import => in_module || c == '+',
        Kind::File => in_file || !c.is_ascii() && is_letter(c),
        Kind::Version => in_file,
    }
}

/// Windows keeps some names for devices, and makes short names that end in a tilde and a number.
fn check_windows_name(stem: &str, kind: Kind) -> Result<(), String> {
    if is_device(stem) {
        return Err(format!("{} disallowed as path element component on Windows", quote(stem)));
    }
    let number = stem.rsplit_once('~').map_or("", |(_, number)| number);
    let is_imported = matches!(kind, Kind::Module | Kind::Import);
    if is_imported && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A path, whether it can be a module's, and whether it can be imported; x/mod/module_test.go.
    const PATHS: &[(&str, bool, bool)] = &[
        ("x.y/z", true, true),
        ("x.y", true, true),
        ("", false, false),
        ("/x.y/z", false, false),
        ("x./z", false, false),
        (".x/z", false, true),
        ("-x/z", false, false),
        ("x..y/z", true, true),
        ("x.y/z/../../w", false, false),
        ("x.y//z", false, false),
        ("x.y/z//w", false, false),
        ("x.y/z/", false, false),
        ("x.y/z/v0", false, true),
        ("x.y/z/v1", false, true),
        ("x.y/z/v2", true, true),
        ("x.y/z/v2.0", false, true),
        ("X.y/z", false, true),
        ("!x.y/z", false, false),
        ("_x.y/z", false, true),
        ("x.y!/z", false, false),
        ("x.y\"/z", false, false),
        ("x.y#/z", false, false),
        ("x.y$/z", false, false),
        ("x.y%/z", false, false),
        ("x.y&/z", false, false),
        ("x.y'/z", false, false),
        ("x.y(/z", false, false),
        ("x.y)/z", false, false),
        ("x.y*/z", false, false),
        ("x.y+/z", false, true),
        ("x.y,/z", false, false),
        ("x.y-/z", true, true),
        ("x.y./zt", false, false),
        ("x.y:/z", false, false),
        ("x.y;/z", false, false),
        ("x.y</z", false, false),
        ("x.y=/z", false, false),
        ("x.y>/z", false, false),
        ("x.y?/z", false, false),
        ("x.y@/z", false, false),
        ("x.y[/z", false, false),
        ("x.y\\/z", false, false),
        ("x.y]/z", false, false),
        ("x.y^/z", false, false),
        ("x.y_/z", false, true),
        ("x.y`/z", false, false),
        ("x.y{/z", false, false),
        ("x.y}/z", false, false),
        ("x.y~/z", false, true),
        ("x.y/z!", false, false),
        ("x.y/z\"", false, false),
        ("x.y/z#", false, false),
        ("x.y/z$", false, false),
        ("x.y/z%", false, false),
        ("x.y/z&", false, false),
        ("x.y/z'", false, false),
        ("x.y/z(", false, false),
        ("x.y/z)", false, false),
        ("x.y/z*", false, false),
        ("x.y/z++", false, true),
        ("x.y/z,", false, false),
        ("x.y/z-", true, true),
        ("x.y/z.t", true, true),
        ("x.y/z/t", true, true),
        ("x.y/z:", false, false),
        ("x.y/z;", false, false),
        ("x.y/z<", false, false),
        ("x.y/z=", false, false),
        ("x.y/z>", false, false),
        ("x.y/z?", false, false),
        ("x.y/z@", false, false),
        ("x.y/z[", false, false),
        ("x.y/z\\", false, false),
        ("x.y/z]", false, false),
        ("x.y/z^", false, false),
        ("x.y/z_", true, true),
        ("x.y/z`", false, false),
        ("x.y/z{", false, false),
        ("x.y/z}", false, false),
        ("x.y/z~", true, true),
        ("x.y/x.foo", true, true),
        ("x.y/aux.foo", false, false),
        ("x.y/prn", false, false),
        ("x.y/prn2", true, true),
        ("x.y/com", true, true),
        ("x.y/com1", false, false),
        ("x.y/com1.txt", false, false),
        ("x.y/calm1", true, true),
        ("x.y/z~", true, true),
        ("x.y/z~0", false, false),
        ("x.y/z~09", false, false),
        ("x.y/z09", true, true),
        ("x.y/z09~", true, true),
        ("x.y/z09~09z", true, true),
        ("x.y/z09~09z~09", false, false),
        ("github.com/!123/logrus", false, false),
        ("github.com/user/unicode/испытание", false, false),
        ("../x", false, false),
        ("./y", false, false),
        ("x:y", false, false),
        (r"\temp\foo", false, false),
        (".gitignore", false, true),
        (".github/ISSUE_TEMPLATE", false, true),
        ("x☺y", false, false),
    ];

    #[test]
    fn valid_paths_are_those_of_go() {
        for &(path, module, import) in PATHS {
            assert_eq!(check_path(path).is_ok(), module, "{path}");
            assert_eq!(check_import_path(path).is_ok(), import, "{path}");
            assert!(module || escape_path(path).is_err(), "{path}");
            assert!(module || unescape_path(path).is_err(), "{path}");
            if let Some((prefix, major)) = split_path_version(path) {
                assert_eq!(format!("{prefix}{major}"), path);
            }
        }
    }

    #[test]
    fn file_paths_are_those_of_go() {
        // The file column of x/mod/module/module_test.go, where it differs from the import column.
        for path in ["-x/z", "x.y/z v", "x.y/!(#&),=@[]{}$%^", "x.y/a~1.go", "x.y/é", ".git", ".a"]
        {
            assert!(check_file_path(path).is_ok(), "{path}");
        }
        for path in
            ["", "/x", "a//b", "a/", "a./b", "..", "a:b", "a'b", "a*", "nul.txt", "Com1", "😀"]
        {
            assert!(check_file_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_version_fits_its_path_or_not() {
        let cases = [
            ("rsc.io/quote", "0.1.0", false),
            ("rsc io/quote", "v1.0.0", false),
            ("github.com/go-yaml/yaml", "v0.8.0", true),
            ("github.com/go-yaml/yaml", "v1.0.0", true),
            ("github.com/go-yaml/yaml", "v2.0.0", false),
            ("github.com/go-yaml/yaml", "v2.1.5", false),
            ("github.com/go-yaml/yaml", "v3.0.0", false),
            ("github.com/go-yaml/yaml/v2", "v1.0.0", false),
            ("github.com/go-yaml/yaml/v2", "v2.0.0", true),
            ("github.com/go-yaml/yaml/v2", "v2.1.5", true),
            ("github.com/go-yaml/yaml/v2", "v3.0.0", false),
            ("gopkg.in/yaml.v0", "v0.8.0", true),
            ("gopkg.in/yaml.v0", "v1.0.0", false),
            ("gopkg.in/yaml.v0", "v2.0.0", false),
            ("gopkg.in/yaml.v0", "v2.1.5", false),
            ("gopkg.in/yaml.v0", "v3.0.0", false),
            ("gopkg.in/yaml.v1", "v0.8.0", false),
            ("gopkg.in/yaml.v1", "v1.0.0", true),
            ("gopkg.in/yaml.v1", "v2.0.0", false),
            ("gopkg.in/yaml.v1", "v2.1.5", false),
            ("gopkg.in/yaml.v1", "v3.0.0", false),
            ("gopkg.in/check.v1", "v0.0.0", false),
            ("gopkg.in/check.v1", "v0.0.0-20160102150405-abcdef123456", true),
            ("gopkg.in/yaml.v2", "v1.0.0", false),
            ("gopkg.in/yaml.v2", "v2.0.0", true),
            ("gopkg.in/yaml.v2", "v2.1.5", true),
            ("gopkg.in/yaml.v2", "v3.0.0", false),
            ("rsc.io/quote", "v17.0.0", false),
            ("rsc.io/quote", "v17.0.0+incompatible", true),
        ];
        for (path, version, ok) in cases {
            assert_eq!(check(path, version).is_ok(), ok, "{path} {version}");
        }
    }

    #[test]
    fn the_major_version_splits_off() {
        let cases = [
            ("x.y/z", Some(("x.y/z", ""))),
            ("x.y/z/v2", Some(("x.y/z", "/v2"))),
            ("x.y/z/v30", Some(("x.y/z", "/v30"))),
            ("x.y/v", Some(("x.y/v", ""))),
            ("x.y/zv2", Some(("x.y/zv2", ""))),
            ("/v2", Some(("", "/v2"))),
            ("v2", Some(("v2", ""))),
            ("2", Some(("2", ""))),
            ("x.y/v0", None),
            ("x.y/v1", None),
            ("x.y/v02", None),
            ("x.y/v2.0", None),
            ("x.y/v.", None),
            ("gopkg.in/yaml.v0", Some(("gopkg.in/yaml", ".v0"))),
            ("gopkg.in/yaml.v1", Some(("gopkg.in/yaml", ".v1"))),
            ("gopkg.in/yaml.v2-unstable", Some(("gopkg.in/yaml", ".v2-unstable"))),
            ("gopkg.in/yaml.v-unstable", Some(("gopkg.in/yaml", ".v-unstable"))),
            ("gopkg.in/yaml.v0-unstable", None),
            ("gopkg.in/yaml.v02", None),
            ("gopkg.in/yaml.v", None),
            ("gopkg.in/yaml/v2", None),
            ("gopkg.in/yaml", None),
        ];
        for (path, want) in cases {
            assert_eq!(split_path_version(path), want, "{path}");
        }
    }

    #[test]
    fn a_version_matches_a_major_version_or_not() {
        let cases = [
            ("v0.0.0", "", true),
            ("v0.0.0", "/v2", false),
            ("v0.0.0", ".v0", true),
            ("v0.0.0-20190510104115-cbcb75029529", ".v1", true),
            ("v1.0.0", "/v2", false),
            ("v1.0.0", ".v1", true),
            ("v1.0.0", ".v1-unstable", true),
            ("v2.0.0+incompatible", "", true),
            ("v2.0.0", "", false),
            ("v2.0.0", "/v2", true),
            ("v2.0.0", ".v2", true),
        ];
        for (version, path_major, want) in cases {
            assert_eq!(match_path_major(version, path_major), want, "{version} {path_major}");
        }
    }

    #[test]
    fn capitals_are_escaped() {
        for (path, escaped) in [
            (
                "ascii.com/abcdefghijklmnopqrstuvwxyz.-/~_0123456789",
                "ascii.com/abcdefghijklmnopqrstuvwxyz.-/~_0123456789",
            ),
            ("github.com/GoogleCloudPlatform/omega", "github.com/!google!cloud!platform/omega"),
        ] {
            assert_eq!(escape_path(path).as_deref(), Ok(escaped));
            assert_eq!(unescape_path(escaped).as_deref(), Ok(path));
        }
        for bad in [
            "github.com/GoogleCloudPlatform/omega",
            "github.com/!google!cloud!platform!/omega",
            "github.com/!0google!cloud!platform/omega",
            "github.com/!_google!cloud!platform/omega",
            "github.com/!!google!cloud!platform/omega",
            "github.com/é",
            "",
        ] {
            assert!(unescape_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn versions_are_escaped_as_file_names() {
        for (version, escaped) in
            [("v1.0.0-RC1+a", "v1.0.0-!r!c1+a"), ("master", "master"), ("a b~1", "a b~1")]
        {
            assert_eq!(escape_version(version).as_deref(), Ok(escaped));
            assert_eq!(unescape_version(escaped).as_deref(), Ok(version));
        }
        for bad in ["", ".", "a.", "a/b", "a!b", "a:b", "é", "con.1"] {
            assert!(escape_version(bad).is_err(), "{bad}");
        }
        for bad in ["V1", "!", "!1", "a!", "a/b", "é", ""] {
            assert!(unescape_version(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn messages_are_those_of_go() {
        let message = |result: Result<(), InvalidPath>| result.unwrap_err().to_string();
        assert_eq!(
            message(check_path("a b.c")),
            r#"malformed module path "a b.c": invalid char ' '"#
        );
        assert_eq!(
            message(check_import_path("a//b")),
            r#"malformed import path "a//b": double slash"#
        );
        assert_eq!(
            message(check("a.b/c", "v2.0.0")),
            "a.b/c@v2.0.0: invalid version: should be v0 or v1, not v2"
        );
    }
}
