//! The key of a cache: the same as long as a build would find in it what it needs.

use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Changes with the meaning of the key.
const FORMAT: &str = "go-offline-cache-1";

/// What a key is made from.
#[derive(Debug, Clone, Copy)]
pub struct KeyFacts<'a> {
    /// The texts of the checksum files that count; their order and line ends do not matter.
    pub sums: &'a [&'a str],
    /// The version of the go command, such as `1.26.8`.
    pub go_version: &'a str,
    /// GOOS.
    pub goos: &'a str,
    /// GOARCH.
    pub goarch: &'a str,
    /// The profile's name.
    pub profile: &'a str,
}

/// `GOOS-GOARCH-goVERSION-PROFILE-DIGEST`, of letters, digits and `-._` only, so that it can be a
/// directory's name and a key of any CI's cache. The digest is of all the facts.
pub fn cache_key(facts: KeyFacts<'_>) -> String {
    let lines: BTreeSet<&str> = facts
        .sums
        .iter()
        .flat_map(|text| text.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let mut hash = Sha256::new();
    let head = [FORMAT, facts.go_version, facts.goos, facts.goarch, facts.profile];
    for part in head.iter().chain(&lines) {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    let digest: String =
        hash.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    let go = format!("go{}", facts.go_version);
    let parts = [facts.goos, facts.goarch, &go, facts.profile].map(plain);
    format!("{}-{digest}", parts.join("-"))
}

fn plain(text: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "._".contains(c) { c } else { '-' };
    text.chars().map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: KeyFacts<'_> = KeyFacts {
        sums: &["a v1 h1:x=\nb v1 h1:y=\n"],
        go_version: "1.26.8",
        goos: "linux",
        goarch: "amd64",
        profile: "ci",
    };

    #[test]
    fn each_fact_changes_the_key() {
        let keys: BTreeSet<String> = [
            FACTS,
            KeyFacts { sums: &["a v1 h1:x=\n"], ..FACTS },
            KeyFacts { go_version: "1.26.9", ..FACTS },
            KeyFacts { goos: "plan9", ..FACTS },
            KeyFacts { goarch: "arm64", ..FACTS },
            KeyFacts { profile: "dev", ..FACTS },
        ]
        .map(cache_key)
        .into();
        assert_eq!(keys.len(), 6, "{keys:?}");
    }

    #[test]
    fn order_line_ends_and_files_do_not() {
        let crlf = KeyFacts { sums: &["b v1 h1:y=\r\n\r\n", "a v1 h1:x=\r\n"], ..FACTS };
        assert_eq!(cache_key(crlf), cache_key(FACTS));
    }

    /// A key that changed by itself would empty every cache that is kept under it.
    #[test]
    fn the_key_is_what_it_was() {
        assert_eq!(cache_key(FACTS), "linux-amd64-go1.26.8-ci-abe3a0e3c3f2c769c016");
        let odd = KeyFacts { go_version: "devel/../x y", ..FACTS };
        assert!(cache_key(odd).starts_with("linux-amd64-godevel-..-x-y-ci-"));
    }
}
