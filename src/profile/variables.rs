//! The variables that the go command reads, and what a profile may do with each.
//!
//! From `internal/cfg.KnownEnv` and `go help environment` of go1.26, less those that only describe
//! go itself (GOEXE, GOVERSION and the like).

/// Where a variable's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Decides on the source of modules: the profile's value counts.
    Closed,
    /// Everything else: the process environment counts before the profile.
    Free,
}

/// The variables that a profile closes, and so GOENV beside them.
const CLOSED: &[&str] = &[
    "GO111MODULE",
    "GOPROXY",
    "GONOPROXY",
    "GOPRIVATE",
    "GOSUMDB",
    "GONOSUMDB",
    "GOVCS",
    "GOINSECURE",
    "GOAUTH",
    "GOTOOLCHAIN",
    "GOCACHEPROG",
];

/// The variables that choose a processor's features.
const ARCHITECTURE: &[&str] = &[
    "GO386",
    "GOAMD64",
    "GOARM",
    "GOARM64",
    "GOMIPS",
    "GOMIPS64",
    "GOPPC64",
    "GORISCV64",
    "GOWASM",
];

/// Every variable that go reads, for suggestions and for the user's go/env file.
pub(super) const KNOWN: &[&str] = &[
    "AR",
    "CC",
    "CGO_CFLAGS",
    "CGO_CFLAGS_ALLOW",
    "CGO_CFLAGS_DISALLOW",
    "CGO_CPPFLAGS",
    "CGO_CPPFLAGS_ALLOW",
    "CGO_CPPFLAGS_DISALLOW",
    "CGO_CXXFLAGS",
    "CGO_CXXFLAGS_ALLOW",
    "CGO_CXXFLAGS_DISALLOW",
    "CGO_ENABLED",
    "CGO_FFLAGS",
    "CGO_FFLAGS_ALLOW",
    "CGO_FFLAGS_DISALLOW",
    "CGO_LDFLAGS",
    "CGO_LDFLAGS_ALLOW",
    "CGO_LDFLAGS_DISALLOW",
    "CXX",
    "FC",
    "GCCGO",
    "GO111MODULE",
    "GO386",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GOAUTH",
    "GOBIN",
    "GOCACHE",
    "GOCACHEPROG",
    "GOCOVERDIR",
    "GODEBUG",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOFLAGS",
    "GOGC",
    "GOINSECURE",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOMIPS",
    "GOMIPS64",
    "GOMODCACHE",
    "GONOPROXY",
    "GONOSUMDB",
    "GOOS",
    "GOPATH",
    "GOPPC64",
    "GOPRIVATE",
    "GOPROXY",
    "GORACE",
    "GORISCV64",
    "GOROOT",
    "GOSUMDB",
    "GOTMPDIR",
    "GOTOOLCHAIN",
    "GOTRACEBACK",
    "GOVCS",
    "GOWASM",
    "GOWORK",
    "GO_EXTLINK_ENABLED",
    "PKG_CONFIG",
];

/// Variables of [`KNOWN`] that go takes from the process environment alone, never from go/env.
const OF_THE_RUNTIME: &[&str] =
    &["GOCOVERDIR", "GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GORACE", "GOTRACEBACK"];

/// The class of a variable; names that go does not know are free.
pub(super) fn class(name: &str) -> Class {
    if CLOSED.contains(&name) { Class::Closed } else { Class::Free }
}

/// Whether a line of go/env for this variable goes on counting when GOENV hides the file.
pub(super) fn is_exported(name: &str) -> bool {
    KNOWN.contains(&name)
        && class(name) == Class::Free
        && name != "GOFLAGS"
        && !OF_THE_RUNTIME.contains(&name)
}

/// Why a project's file may not set a variable to a value; `None` if it may. The value is as it is
/// written, before anything in it is expanded.
pub(super) fn refusal_in_a_project(name: &str, written: &str) -> Option<String> {
    match name {
        "GOOS" | "GOARCH" | "GOEXPERIMENT" | "GOFIPS140" | "CGO_ENABLED" | "GOPROXY"
        | "GOSUMDB" | "GONOSUMDB" | "GOPRIVATE" => None,
        _ if ARCHITECTURE.contains(&name) => None,
        "GOCACHE" | "GOMODCACHE" => {
            let below = written.strip_prefix("{cache}").unwrap_or("..");
            let is_below = (below.is_empty() || below.starts_with('/'))
                && below.split('/').all(|element| element != "..");
            (!is_below).then(|| format!("a project's {name} must lie below {{cache}}"))
        }
        _ => Some(format!(
            "{name} may run a program, or change what others build, and this file comes with the checkout"
        )),
    }
}

/// Why a project's file may not add a word to GOFLAGS; `None` if it may.
pub(super) fn flag_refusal_in_a_project(word: &str) -> Option<String> {
    use super::goflags::{flag_name, flag_value};
    let name = flag_name(word)?;
    match name {
        "trimpath" | "tags" | "buildvcs" | "race" | "p" => None,
        "ldflags" => linker_refusal(flag_value(word).unwrap_or_default()),
        _ => Some(format!("-{name} may run a program, and this file comes with the checkout")),
    }
}

/// Of the linker's flags a project may set those that strip and those that fill in strings.
fn linker_refusal(value: &str) -> Option<String> {
    let Ok(words) = super::goflags::split(value) else {
        return Some("the value of -ldflags cannot be split into words".to_owned());
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" | "-w" | "-s=true" | "-w=true" => {}
            // Its value is the next word, whatever that looks like.
            "-X" => {
                if words.next().is_none() {
                    return Some("-X of -ldflags has no value".to_owned());
                }
            }
            word if word.starts_with("-X=") => {}
            other => {
                return Some(format!(
                    "`{other}` in -ldflags may run a program; a project may set -s, -w and -X"
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_may_not_name_a_program() {
        for name in [
            "CC",
            "PKG_CONFIG",
            "GOCACHEPROG",
            "GOAUTH",
            "GOTOOLCHAIN",
            "PATH",
            "LD_PRELOAD",
            "GOROOT",
            "GOVCS",
            "GOINSECURE",
            "CGO_LDFLAGS",
            "GODEBUG",
        ] {
            assert!(refusal_in_a_project(name, "x").is_some(), "{name}");
        }
        for name in ["GOOS", "GOARM64", "CGO_ENABLED", "GOPROXY"] {
            assert!(refusal_in_a_project(name, "x").is_none(), "{name}");
        }
    }

    #[test]
    fn a_projects_caches_lie_below_ours() {
        for good in ["{cache}", "{cache}/x/{goos}"] {
            assert!(refusal_in_a_project("GOCACHE", good).is_none(), "{good}");
        }
        for bad in ["/tmp/x", "{cache}/../x", "{cache}x", "x/{cache}", "{project}/c", ""] {
            assert!(refusal_in_a_project("GOCACHE", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_projects_flags_run_nothing() {
        for good in [
            "-trimpath",
            "-tags=a,b",
            "-ldflags=-s -w",
            "-ldflags=-X a.b=c -X=d.e=f",
            "-ldflags=-X 'a.b=-extld x'",
            "--race",
            "-ldflags=-X -extld=x",
        ] {
            assert!(flag_refusal_in_a_project(good).is_none(), "{good}");
        }
        for bad in [
            "-toolexec=x",
            "-exec=x",
            "-vettool=x",
            "-ldflags=-extld=x",
            "-ldflags=-s -linkmode=external -extldflags=x",
            "-gcflags=x",
            "-ldflags='-s",
            "-ldflags=-X",
            "-ldflags=all=-s",
            "-asan",
        ] {
            assert!(flag_refusal_in_a_project(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn closed_and_exported() {
        assert_eq!(class("GOPROXY"), Class::Closed);
        assert_eq!(class("GOAMD64"), Class::Free);
        assert!(is_exported("GOAMD64") && is_exported("GOWORK"));
        for name in ["GOPROXY", "GOFLAGS", "GODEBUG", "PATH"] {
            assert!(!is_exported(name), "{name}");
        }
    }
}
