//! Versions of Go itself, `1.21.0` or `1.21rc1`, without `go` in front: internal/gover and
//! cmd/go/internal/gover.

use std::cmp::Ordering;

/// The module path of every toolchain: `cmd/go/internal/gover/mod.go` `IsToolchain`, `toolchain/select.go`.
pub const TOOLCHAIN_MODULE: &str = "golang.org/toolchain";

use super::ModuleVersion;
use super::semver::{self, compare_number};

/// The parts of a version, each a piece of its text; all empty for an invalid one.
#[derive(Default, PartialEq, Eq)]
struct Parsed<'v> {
    major: &'v str,
    minor: &'v str,
    patch: &'v str,
    /// `alpha`, `beta`, `rc`: their order is that of the alphabet.
    kind: &'v str,
    prerelease: &'v str,
}

/// Reports whether `version` is a version of Go.
pub fn is_valid(version: &str) -> bool {
    parse(version).is_some()
}

/// Compares two versions of Go: 1.21 < 1.21rc1 < 1.21.0, but 1.20rc1 < 1.20 = 1.20.0.
///
/// Invalid versions are all equal, and less than any valid one.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (parse(a).unwrap_or_default(), parse(b).unwrap_or_default());
    compare_number(a.major, b.major)
        .then_with(|| compare_number(a.minor, b.minor))
        .then_with(|| compare_number(a.patch, b.patch))
        .then_with(|| a.kind.cmp(b.kind))
        .then_with(|| compare_number(a.prerelease, b.prerelease))
}

/// Returns the language version: `1.2` of `1.2.3`; empty for an invalid version.
pub fn lang(version: &str) -> String {
    let parsed = parse(version).unwrap_or_default();
    if parsed.minor.is_empty() || parsed.major == "1" && parsed.minor == "0" {
        return parsed.major.to_owned();
    }
    format!("{}.{}", parsed.major, parsed.minor)
}

/// Reports whether `version` is a language version and not a release; only from 1.21 on are the
/// two different.
pub fn is_lang(version: &str) -> bool {
    parse(version)
        .is_some_and(|v| v.patch.is_empty() && v.kind.is_empty() && v.prerelease.is_empty())
}

/// The first release that a go line asks for: from go 1.21 on, `1.N` names a language and `1.N.0` the
/// first release of it.
pub fn first_release(version: &str) -> String {
    let is_language = version.bytes().filter(|byte| *byte == b'.').count() == 1
        && is_lang(version)
        && compare(version, "1.21").is_ge();
    if is_language { format!("{version}.0") } else { version.to_owned() }
}

/// Returns the version of Go that a toolchain name stands for, `1.2.3` of `go1.2.3-custom`; `None`
/// where it names none.
pub fn from_toolchain(name: &str) -> Option<&str> {
    if name.contains(['/', '\\']) {
        return None;
    }
    let version = name.strip_prefix("go")?;
    let version = &version[..version.find([' ', '\t', '-']).unwrap_or(version.len())];
    is_valid(version).then_some(version)
}

/// Compares two versions of the module `path`: the modules `go` and `toolchain` have versions of
/// Go, all others semantic versions.
pub fn mod_compare(path: &str, a: &str, b: &str) -> Ordering {
    match path {
        "go" => compare(a, b),
        "toolchain" => compare(toolchain_version(a), toolchain_version(b)),
        _ => semver::compare(a, b),
    }
}

/// Sorts by path, then by version; a version may end in `/go.mod`, as in the keys of go.sum.
pub fn mod_sort(list: &mut [ModuleVersion]) {
    list.sort_by(|a, b| {
        a.path.cmp(&b.path).then_with(|| compare_keys(&a.path, &a.version, &b.version))
    });
}

fn compare_keys(path: &str, a: &str, b: &str) -> Ordering {
    let cut = |key: &str| key.find('/').unwrap_or(key.len());
    let ((a, a_file), (b, b_file)) = (a.split_at(cut(a)), b.split_at(cut(b)));
    if a == b { a_file.cmp(b_file) } else { mod_compare(path, a, b) }
}

fn toolchain_version(name: &str) -> &str {
    if is_valid(name) { name } else { from_toolchain(name).unwrap_or_default() }
}

fn parse(version: &str) -> Option<Parsed<'_>> {
    let (major, rest) = cut_number(version)?;
    let mut parsed = Parsed { major, ..Parsed::default() };
    if rest.is_empty() {
        // 1 is 1.0.0.
        (parsed.minor, parsed.patch) = ("0", "0");
        return Some(parsed);
    }
    let (minor, rest) = cut_number(rest.strip_prefix('.')?)?;
    parsed.minor = minor;
    if rest.is_empty() {
        // Before 1.21, a missing patch is the same as 0.
        if compare_number(minor, "21").is_lt() {
            parsed.patch = "0";
        }
        return Some(parsed);
    }
    if let Some(rest) = rest.strip_prefix('.') {
        // A patch release has no release candidates.
        let (patch, rest) = cut_number(rest)?;
        parsed.patch = patch;
        return rest.is_empty().then_some(parsed);
    }
    let (kind, rest) = rest.split_at(rest.bytes().take_while(u8::is_ascii_lowercase).count());
    parsed.kind = kind;
    if !rest.is_empty() {
        let (prerelease, rest) = cut_number(rest)?;
        parsed.prerelease = prerelease;
        if !rest.is_empty() {
            return None;
        }
    }
    (!kind.is_empty()).then_some(parsed)
}

/// Cuts a number without leading zeros off the front.
fn cut_number(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    if end == 0 || end > 1 && text.starts_with('0') {
        return None;
    }
    Some(text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_version_is_released_as_its_first_release() {
        assert_eq!(first_release("1.27"), "1.27.0");
        assert_eq!(first_release("1.27.3"), "1.27.3");
        assert_eq!(first_release("1.27rc1"), "1.27rc1");
        assert_eq!(first_release("1.20"), "1.20");
    }

    #[test]
    fn order() {
        // cmd/go/internal/gover/gover_test.go
        let cases = [
            ("", "", Ordering::Equal),
            ("x", "x", Ordering::Equal),
            ("", "x", Ordering::Equal),
            ("1", "1.1", Ordering::Less),
            ("1.5", "1.6", Ordering::Less),
            ("1.5", "1.10", Ordering::Less),
            ("1.6", "1.6.1", Ordering::Less),
            ("1.19", "1.19.0", Ordering::Equal),
            ("1.19rc1", "1.19", Ordering::Less),
            ("1.20", "1.20.0", Ordering::Equal),
            ("1.20rc1", "1.20", Ordering::Less),
            ("1.21", "1.21.0", Ordering::Less),
            ("1.21", "1.21rc1", Ordering::Less),
            ("1.21rc1", "1.21.0", Ordering::Less),
            ("1.6", "1.19", Ordering::Less),
            ("1.19", "1.19.1", Ordering::Less),
            ("1.19rc1", "1.19", Ordering::Less),
            ("1.19rc1", "1.19.1", Ordering::Less),
            ("1.19rc1", "1.19rc2", Ordering::Less),
            ("1.19.0", "1.19.1", Ordering::Less),
            ("1.19rc1", "1.19.0", Ordering::Less),
            ("1.19alpha3", "1.19beta2", Ordering::Less),
            ("1.19beta2", "1.19rc1", Ordering::Less),
            ("1.1", "1.99999999999999998", Ordering::Less),
            ("1.99999999999999998", "1.99999999999999999", Ordering::Less),
            ("bad", "1", Ordering::Less),
        ];
        for (a, b, want) in cases {
            assert_eq!(compare(a, b), want, "{a} {b}");
            assert_eq!(compare(b, a), want.reverse(), "{b} {a}");
        }
    }

    #[test]
    fn language_versions() {
        let cases = [
            ("1.2rc3", "1.2", false),
            ("1.2.3", "1.2", false),
            ("1.999testmod", "1.999", false),
            ("1.22", "1.22", true),
            ("1.21", "1.21", true),
            ("1.20", "1.20", false),
            ("1.2", "1.2", false),
            ("1", "1", false),
            ("1.0", "1", false),
            ("2", "2.0", false),
            ("bad", "", false),
        ];
        for (version, want, is_language) in cases {
            assert_eq!(lang(version), want, "{version}");
            assert_eq!(is_lang(version), is_language, "{version}");
        }
    }

    #[test]
    fn valid_versions() {
        for good in
            ["1.2rc3", "1.2.3", "1.999testmod", "1.21.0", "1.21rc2", "1.20", "1", "0", "1.21rc"]
        {
            assert!(is_valid(good), "{good}");
        }
        for bad in [
            "",
            "1.600+auto",
            "go1.21",
            "1.",
            "1.02",
            "1.2.03",
            "1.2.3rc1",
            "1.2rc01",
            "1.2rc1x",
            "1.2RC1",
            "x",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn toolchain_names() {
        let cases = [
            ("go1.2.3", Some("1.2.3")),
            ("1.2.3", None),
            ("go1.2.3+bigcorp", None),
            ("go1.2.3-bigcorp", Some("1.2.3")),
            ("go1.2.3-bigcorp more text", Some("1.2.3")),
            ("gccgo-go1.23rc4", None),
            ("gccgo-go1.23rc4-bigdwarf", None),
            ("go1.2.3-a/b", None),
            ("default", None),
        ];
        for (name, want) in cases {
            assert_eq!(from_toolchain(name), want, "{name}");
        }
    }

    #[test]
    fn modules_compare_by_their_kind_of_version() {
        let cases = [
            ("go", "1.2", "1.3", Ordering::Less),
            ("go", "v1.2", "v1.3", Ordering::Equal),
            ("go", "1.2", "1.2", Ordering::Equal),
            ("toolchain", "go1.2", "go1.3", Ordering::Less),
            ("toolchain", "go1.2", "go1.2", Ordering::Equal),
            ("toolchain", "1.2", "1.3", Ordering::Less),
            ("toolchain", "v1.2", "v1.3", Ordering::Equal),
            ("rsc.io/quote", "v1.2", "v1.3", Ordering::Less),
            ("rsc.io/quote", "1.2", "1.3", Ordering::Equal),
        ];
        for (path, a, b, want) in cases {
            assert_eq!(mod_compare(path, a, b), want, "{path} {a} {b}");
        }
    }

    #[test]
    fn modules_sort_by_path_and_version() {
        let list = |text: &str| -> Vec<ModuleVersion> {
            let modules = text.split("; ").map(|module| module.split_once(' ').unwrap());
            modules.map(|(path, version)| ModuleVersion::new(path, version)).collect()
        };
        let mut modules = list(
            "z v1.1; a v1.10; a v1.2/go.mod; a v1.2; go 1.10; go 1.2; toolchain 1.3; toolchain 1.2",
        );
        mod_sort(&mut modules);
        let want =
            "a v1.2; a v1.2/go.mod; a v1.10; go 1.2; go 1.10; toolchain 1.2; toolchain 1.3; z v1.1";
        assert_eq!(modules, list(want));
    }
}
