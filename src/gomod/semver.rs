//! Semantic versions with a `v` in front, as in x/mod/semver, and pseudo-versions, as in
//! x/mod/module/pseudo.go.

use std::cmp::Ordering;

/// The parts of a valid version, each a piece of its text.
struct Parsed<'v> {
    major: &'v str,
    minor: &'v str,
    patch: &'v str,
    /// What a shortened version leaves out: `.0`, `.0.0` or nothing.
    missing: &'static str,
    /// With its `-`; empty where there is none.
    prerelease: &'v str,
    /// With its `+`; empty where there is none.
    build: &'v str,
}

/// Reports whether `version` is a semantic version: `vMAJOR[.MINOR[.PATCH[-PRERELEASE][+BUILD]]]`.
pub fn is_valid(version: &str) -> bool {
    parse(version).is_some()
}

/// Returns the full form of a version, without build metadata; `None` for an invalid one.
pub fn canonical(version: &str) -> Option<String> {
    let parsed = parse(version)?;
    Some(format!("{}{}", &version[..version.len() - parsed.build.len()], parsed.missing))
}

/// Like [`canonical`], but keeps `+incompatible`, as x/mod/module `CanonicalVersion` does.
pub fn canonical_version(version: &str) -> Option<String> {
    let mut canonical = canonical(version)?;
    if build(version) == INCOMPATIBLE {
        canonical.push_str(INCOMPATIBLE);
    }
    Some(canonical)
}

/// Returns the major version with its `v`; empty for an invalid version.
pub fn major(version: &str) -> &str {
    parse(version).map_or("", |parsed| &version[.."v".len() + parsed.major.len()])
}

/// Returns the prerelease suffix with its `-`; empty for an invalid version.
pub fn prerelease(version: &str) -> &str {
    parse(version).map_or("", |parsed| parsed.prerelease)
}

/// Returns the build suffix with its `+`; empty for an invalid version.
pub fn build(version: &str) -> &str {
    parse(version).map_or("", |parsed| parsed.build)
}

/// Compares two versions by precedence; build metadata does not count.
///
/// Invalid versions are all equal, and less than any valid one.
pub fn compare(a: &str, b: &str) -> Ordering {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => compare_number(a.major, b.major)
            .then_with(|| compare_number(a.minor, b.minor))
            .then_with(|| compare_number(a.patch, b.patch))
            .then_with(|| compare_prerelease(a.prerelease, b.prerelease)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Reports whether `version` stands for an untagged commit, like
/// `v0.0.0-20191109021931-daa7c04131f5`; x/mod/module `IsPseudoVersion`.
pub fn is_pseudo(version: &str) -> bool {
    let Some(parsed) = parse(version) else {
        return false;
    };
    let Some((head, revision)) = version[..version.len() - parsed.build.len()].rsplit_once('-')
    else {
        return false;
    };
    let Some((base, time)) = head.split_at_checked(head.len().wrapping_sub("yyyymmddhhmmss".len()))
    else {
        return false;
    };
    let of_release = base.strip_suffix(".0.0-").is_some_and(|major| !major.contains(['.', '-']));
    let of_tag = base.split_once('-').is_some_and(|(_, tag)| tag == "0." || tag.ends_with(".0."));
    is_identifier(revision) && is_number(time) && (of_release || of_tag)
}

/// The build suffix of a version without go.mod that is beyond v1.
const INCOMPATIBLE: &str = "+incompatible";

fn parse(version: &str) -> Option<Parsed<'_>> {
    let (major, rest) = cut_number(version.strip_prefix('v')?)?;
    let mut parsed =
        Parsed { major, minor: "0", patch: "0", missing: ".0.0", prerelease: "", build: "" };
    if rest.is_empty() {
        return Some(parsed);
    }
    let (minor, rest) = cut_number(rest.strip_prefix('.')?)?;
    parsed.minor = minor;
    parsed.missing = ".0";
    if rest.is_empty() {
        return Some(parsed);
    }
    let (patch, rest) = cut_number(rest.strip_prefix('.')?)?;
    parsed.patch = patch;
    parsed.missing = "";
    let (prerelease, build) = rest.split_at(rest.find('+').unwrap_or(rest.len()));
    let prerelease_ok = prerelease.is_empty()
        || prerelease
            .strip_prefix('-')?
            .split('.')
            .all(|part| is_identifier(part) && !has_leading_zero(part));
    let build_ok = build.is_empty() || build[1..].split('.').all(is_identifier);
    parsed.prerelease = prerelease;
    parsed.build = build;
    (prerelease_ok && build_ok).then_some(parsed)
}

/// Cuts a number without leading zeros off the front.
fn cut_number(text: &str) -> Option<(&str, &str)> {
    let (number, rest) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    (!number.is_empty() && !has_leading_zero(number)).then_some((number, rest))
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Reports whether `part` is a number that is written with a zero too many.
fn has_leading_zero(part: &str) -> bool {
    part.len() > 1 && part.starts_with('0') && is_number(part)
}

fn is_number(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_digit())
}

/// Compares two decimal numbers of any length without leading zeros.
pub(super) fn compare_number(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Compares two prerelease suffixes: none is above any, numbers are below words, more is above less.
fn compare_prerelease(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return b.len().cmp(&a.len());
    }
    // Each starts with the `-`, which is no part of the first identifier.
    let (mut a, mut b) = (a[1..].split('.'), b[1..].split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (Some(a), Some(b)) => compare_identifier(a, b),
            (None, None) => return Ordering::Equal,
            (a, b) => return a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_identifier(a: &str, b: &str) -> Ordering {
    match (is_number(a), is_number(b)) {
        (true, true) => compare_number(a, b),
        (false, false) => a.cmp(b),
        (a_number, b_number) => b_number.cmp(&a_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A version and its canonical form, in rising order; x/mod/semver/semver_test.go.
    const VERSIONS: &[(&str, &str)] = &[
        ("bad", ""),
        ("v1-alpha.beta.gamma", ""),
        ("v1-pre", ""),
        ("v1+meta", ""),
        ("v1-pre+meta", ""),
        ("v1.2-pre", ""),
        ("v1.2+meta", ""),
        ("v1.2-pre+meta", ""),
        ("v1.0.0-alpha", "v1.0.0-alpha"),
        ("v1.0.0-alpha.1", "v1.0.0-alpha.1"),
        ("v1.0.0-alpha.beta", "v1.0.0-alpha.beta"),
        ("v1.0.0-beta", "v1.0.0-beta"),
        ("v1.0.0-beta.2", "v1.0.0-beta.2"),
        ("v1.0.0-beta.11", "v1.0.0-beta.11"),
        ("v1.0.0-rc.1", "v1.0.0-rc.1"),
        ("v1", "v1.0.0"),
        ("v1.0", "v1.0.0"),
        ("v1.0.0", "v1.0.0"),
        ("v1.2", "v1.2.0"),
        ("v1.2.0", "v1.2.0"),
        ("v1.2.3-456", "v1.2.3-456"),
        ("v1.2.3-456.789", "v1.2.3-456.789"),
        ("v1.2.3-456-789", "v1.2.3-456-789"),
        ("v1.2.3-456a", "v1.2.3-456a"),
        ("v1.2.3-pre", "v1.2.3-pre"),
        ("v1.2.3-pre+meta", "v1.2.3-pre"),
        ("v1.2.3-pre.1", "v1.2.3-pre.1"),
        ("v1.2.3-zzz", "v1.2.3-zzz"),
        ("v1.2.3", "v1.2.3"),
        ("v1.2.3+meta", "v1.2.3"),
        ("v1.2.3+meta-pre", "v1.2.3"),
        ("v1.2.3+meta-pre.sha.256a", "v1.2.3"),
    ];

    #[test]
    fn canonical_forms() {
        for &(version, want) in VERSIONS {
            assert_eq!(is_valid(version), !want.is_empty(), "{version}");
            assert_eq!(canonical(version).unwrap_or_default(), want, "{version}");
            assert_eq!(major(version), want.split('.').next().unwrap(), "{version}");
        }
        for bad in [
            "",
            "v",
            "1.0.0",
            "v01",
            "v1.",
            "v1.00",
            "v1.2.3.4",
            "v1.2.3-",
            "v1.2.3+",
            "v1.2.3-a..b",
            "v1.2.3-01",
            "v1.2.3+a..b",
            "v1.2.3-é",
            "v1.2.3+a+b",
            "v1.2.3 ",
            "v-1",
            "V1.0.0",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(is_valid("v1.2.3-01a.0+01"));
        assert_eq!(canonical_version("v2+incompatible"), None);
        assert_eq!(
            canonical_version("v2.0.0+incompatible").as_deref(),
            Some("v2.0.0+incompatible")
        );
        assert_eq!(canonical_version("v2.0.0+other").as_deref(), Some("v2.0.0"));
    }

    #[test]
    fn suffixes() {
        assert_eq!(prerelease("v1.2.3-pre.1+meta-x"), "-pre.1");
        assert_eq!(build("v1.2.3-pre.1+meta-x"), "+meta-x");
        assert_eq!((prerelease("v1-pre"), build("v1+meta")), ("", ""));
    }

    #[test]
    fn order_is_that_of_the_table() {
        for (i, &(a, a_canonical)) in VERSIONS.iter().enumerate() {
            for (j, &(b, b_canonical)) in VERSIONS.iter().enumerate() {
                let want = if a_canonical == b_canonical { Ordering::Equal } else { i.cmp(&j) };
                assert_eq!(compare(a, b), want, "{a} {b}");
            }
        }
        assert_eq!(
            compare("v9999999999999999999999.0.0", "v10000000000000000000000.0.0"),
            Ordering::Less
        );
        assert_eq!(compare("v1.0.0-9", "v1.0.0-10"), Ordering::Less);
    }

    #[test]
    fn pseudo_versions() {
        for yes in [
            "v0.0.0-20060102150405-hash",
            "v2.0.0-20060102150405-hash",
            "v0.0.1-0.20060102150405-hash",
            "v1.2.100000000000000000-0.20060102150405-hash",
            "v1.2.3-pre.0.20060102150405-hash",
            "v0.0.0--.0.20060102150405-hash",
            "v1.0.1-0.20060102150405-hash+metadata",
            "v2.3.0-pre.0.20060102150405-hash+incompatible",
        ] {
            assert!(is_pseudo(yes), "{yes}");
        }
        for no in [
            "",
            "v1.2.3",
            "v1.2.3-pre",
            "v1.0.0+20060102150405-hash",
            "v1.2.0-20060102150405-hash",
            "v1.2.3-20060102150405-hash",
            "v1.0.0-2006010215040-hash",
            "v1.0.0-a20060102150405-hash",
            "v1.0.0-20060102150405-",
            "v1.0.0-pre.1.20060102150405-hash",
            "v1.0.0-pre0.20060102150405-hash",
            "v1.0.0-20060102150405-ha.sh",
            "1.0.0-20060102150405-hash",
        ] {
            assert!(!is_pseudo(no), "{no}");
        }
    }
}
