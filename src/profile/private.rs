//! Which modules of a project must never be asked of a public proxy, as far as that can be known.
//!
//! Pure, and a proposal: it is written into a new go-offline.toml for its owner to correct. Of the
//! user's patterns it takes only what concerns this project: the file is committed, and the names
//! of somebody's other projects are nobody's business.

use crate::gomod::glob::match_prefix_patterns;
use crate::gomod::module_path;

/// Top-level names that no public host has: reserved for private use (ICANN's .internal, RFC 6762
/// appendix G, RFC 6761, RFC 8375), so no public proxy can know such a module.
const NEVER_PUBLIC: &[&str] =
    &[".internal", ".local", ".lan", ".corp", ".home.arpa", ".intranet", ".private", ".localhost"];

/// Patterns for `[modules] private`, sorted, each once.
///
/// `lists` are the user's values of GOPRIVATE, GONOPROXY and GONOSUMDB, comma-separated; `main` and
/// `required` are paths of modules. A pattern of the user's counts if it matches one of them. The
/// host of a required module counts if its name is never public.
///
/// GOPRIVATE matches the first elements of a path and what is below; so `git.example.com` becomes
/// `git.example.com/**`, and `example.com/us/*` becomes `example.com/us/**`.
pub fn private_patterns(lists: &[&str], main: &[&str], required: &[&str]) -> Vec<String> {
    let is_sound = |path: &&&str| module_path::check_path(path).is_ok();
    let required: Vec<&str> = required.iter().filter(is_sound).copied().collect();
    let modules = || main.iter().chain(&required);

    let patterns = lists.iter().flat_map(|list| list.split(','));
    let concerns_us = |pattern: &&str| modules().any(|path| match_prefix_patterns(pattern, path));
    let users: Vec<&str> = patterns.filter(concerns_us).collect();

    let is_new = |path: &&&str| !users.iter().any(|pattern| match_prefix_patterns(pattern, path));
    let hosts = required.iter().filter(is_new).filter_map(|path| never_public_host(path));
    let mut found: Vec<String> = hosts.map(|host| format!("{host}/**")).collect();
    found.extend(users.iter().map(|pattern| below(pattern)));
    found.sort();
    found.dedup();
    found
}

fn never_public_host(path: &str) -> Option<&str> {
    let host = path.split('/').next()?;
    NEVER_PUBLIC.iter().any(|suffix| host.ends_with(suffix)).then_some(host)
}

/// A pattern of GOPRIVATE as one of ours. A `*` at the end says no more than the `**` that follows.
fn below(pattern: &str) -> String {
    let mut pattern = pattern.strip_suffix('/').unwrap_or(pattern);
    while let Some(shorter) = pattern.strip_suffix("/*") {
        pattern = shorter;
    }
    if pattern == "*" { "**".to_owned() } else { format!("{pattern}/**") }
}

#[cfg(test)]
mod tests {
    use super::private_patterns;

    #[test]
    fn patterns_that_concern_the_project_are_taken() {
        let got = private_patterns(
            &["git.acme.example,github.com/other-customer/*", "*.acme.example/", "none", ""],
            &["git.acme.example/app"],
            &["go.acme.example/lib", "golang.org/x/mod"],
        );
        assert_eq!(got, ["*.acme.example/**", "git.acme.example/**"]);
    }

    #[test]
    fn a_star_at_the_end_is_no_more_than_all_below() {
        let got = |list| private_patterns(&[list], &[], &["github.com/acme/lib/v2"]);
        assert_eq!(got("github.com/acme/*"), ["github.com/acme/**"]);
        assert_eq!(got("github.com/acme/*/*/"), ["github.com/acme/**"]);
        assert_eq!(got("github.com/ac*"), ["github.com/ac*/**"]);
        assert_eq!(got("*"), ["**"]);
        assert_eq!(got("[,github.com/acme/lib"), ["github.com/acme/lib/**"]);
    }

    #[test]
    fn hosts_that_are_never_public_are_found() {
        let got = private_patterns(
            &["*.corp"],
            &["app.local/main"],
            &[
                "git.corp/x",
                "svn.lan/a/b",
                "svn.lan/c",
                "x.home.arpa/y",
                "example.com/internal",
                "notlocal/x.local",
                "-bad\".internal/x",
            ],
        );
        assert_eq!(got, ["*.corp/**", "svn.lan/**", "x.home.arpa/**"]);
    }
}
