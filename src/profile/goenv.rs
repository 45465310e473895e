//! One list of variables to set and unset. Whoever runs a command and whoever prints one take
//! the same list.

use super::builtin::Closure;
use super::goflags;
use super::select::Profile;
use super::user_env::UserEnv;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// A checksum database that holds nothing: with it an unproven go.sum line is refused, where
/// GOSUMDB=off would believe it. Nothing can ever exist below /dev/null.
const EMPTY_SUMDB: &str = "sum.golang.org file:///dev/null/no-checksum-database-in-this-profile";

/// Values that say no more than go does by itself: nobody loses anything with them.
const GO_DEFAULTS: &[(&str, &str)] =
    &[("GOAUTH", "netrc"), ("GOSUMDB", "sum.golang.org"), ("GOTOOLCHAIN", "auto")];

/// Variables of go/env that go reads (`internal/cfg.KnownEnv`), less those that a profile closes
/// and those that only describe go itself.
const FREE: &[&str] = &[
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
    "GO386",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GOBIN",
    "GOCACHE",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOMIPS",
    "GOMIPS64",
    "GOMODCACHE",
    "GOOS",
    "GOPATH",
    "GOPPC64",
    "GORISCV64",
    "GOROOT",
    "GOTMPDIR",
    "GOWASM",
    "GOWORK",
    "GO_EXTLINK_ENABLED",
    "PKG_CONFIG",
];

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A built-in profile.
    BuiltIn(&'static str),
    /// `auto` chose it.
    Auto,
    /// A flag of ours.
    CommandLine,
    /// A GO_OFFLINE_* variable.
    Variable(&'static str),
    /// The process environment.
    Environment,
    /// A line of a go/env file.
    File {
        /// The file.
        path: PathBuf,
        /// One-based.
        line: usize,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn(name) => write!(f, "built-in profile {name}"),
            Origin::Auto => write!(f, "auto"),
            Origin::CommandLine => write!(f, "the command line"),
            Origin::Variable(name) => write!(f, "{name}"),
            Origin::Environment => write!(f, "the environment"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
        }
    }
}

/// One variable and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The name.
    pub name: String,
    /// The value; `None` unsets it.
    pub value: Option<OsString>,
    /// Why.
    pub origin: Origin,
}

/// A value of the user's that a profile does not let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    /// The variable.
    pub name: &'static str,
    /// The value that lost; for GOFLAGS the one flag.
    pub value: String,
    /// Where it was set.
    pub origin: Origin,
    /// What is in force instead; empty if the variable is unset.
    pub winner: String,
}

/// The environment of a go command: what differs from the process environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoEnv {
    settings: Vec<Setting>,
    /// The values that lost, in the order of the list.
    pub overridden: Vec<Overridden>,
}

impl GoEnv {
    /// Makes the list for a profile.
    pub fn new(profile: &Profile, user: &UserEnv) -> GoEnv {
        let mut env = GoEnv::default();
        if profile.closure == Closure::Open {
            return env;
        }
        let own = Origin::BuiltIn(profile.name);
        // An empty or missing file hides the user's: GOENV=off would not reach go's own children.
        env.set("GOENV", "/dev/null", own.clone());
        for (name, value) in closed(profile, user) {
            env.close(user, name, value, own.clone());
        }
        env.set_goflags(profile, user);
        env.export_free(user);
        env
    }

    /// What differs, in a fixed order.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// What a variable is set to, if this list sets it.
    pub fn get(&self, name: &str) -> Option<&OsString> {
        self.settings.iter().find(|setting| setting.name == name)?.value.as_ref()
    }

    /// Sets a variable; an earlier setting of it is replaced.
    pub fn set(&mut self, name: &str, value: impl Into<OsString>, origin: Origin) {
        self.change(name, Some(value.into()), origin);
    }

    /// Sets a variable, or with `None` unsets it.
    pub fn change(&mut self, name: &str, value: Option<OsString>, origin: Origin) {
        self.settings.retain(|setting| setting.name != name);
        self.settings.push(Setting { name: name.to_owned(), value, origin });
    }

    /// Adds a word to GOFLAGS, whose value otherwise is the user's.
    pub fn add_goflag(&mut self, user: &UserEnv, word: &str, origin: Origin) {
        let mut value = match self.get("GOFLAGS") {
            Some(value) => value.to_string_lossy().into_owned(),
            None => user.goflags().0,
        };
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(&goflags::join(&[word]));
        self.set("GOFLAGS", value, origin);
    }

    fn close(&mut self, user: &UserEnv, name: &'static str, value: Option<String>, own: Origin) {
        if let Some((lost, origin)) = user.get(name) {
            let lost = lost.to_string_lossy().into_owned();
            let is_default = GO_DEFAULTS.contains(&(name, lost.as_str()));
            if Some(&lost) != value.as_ref() && !is_default {
                let winner = value.clone().unwrap_or_default();
                self.overridden.push(Overridden { name, value: lost, origin, winner });
            }
        }
        match value {
            Some(value) => self.set(name, value, own),
            None if user.environ.has(name) => {
                self.settings.push(Setting { name: name.to_owned(), value: None, origin: own });
            }
            None => {}
        }
    }

    /// GOFLAGS keeps every flag of the user's but `-mod`, which is the profile's.
    fn set_goflags(&mut self, profile: &Profile, user: &UserEnv) {
        let own = Origin::BuiltIn(profile.name);
        let (value, origin) = user.goflags();
        let mode = profile.mod_mode.value().map(|value| format!("-mod={value}"));
        let Ok(mut words) = goflags::split(&value) else {
            // go refuses a GOFLAGS that it cannot split and says so best itself.
            return self.set("GOFLAGS", value, origin.unwrap_or(own));
        };
        for word in &words {
            if goflags::flag_name(word) == Some("mod") && Some(word) != mode.as_ref() {
                self.overridden.push(Overridden {
                    name: "GOFLAGS",
                    value: word.clone(),
                    origin: origin.clone().unwrap_or(own.clone()),
                    winner: mode.clone().unwrap_or_default(),
                });
            }
        }
        words.retain(|word| goflags::flag_name(word) != Some("mod"));
        words.extend(mode);
        if words.is_empty() {
            if user.environ.has("GOFLAGS") {
                self.settings.push(Setting {
                    name: "GOFLAGS".to_owned(),
                    value: None,
                    origin: own,
                });
            }
        } else {
            self.set("GOFLAGS", goflags::join(&words), own);
        }
    }

    /// GOENV hides the user's go/env file; what the profile does not close goes on counting.
    fn export_free(&mut self, user: &UserEnv) {
        let Some(file) = &user.file else {
            return;
        };
        for (name, value, line) in file.entries() {
            if FREE.contains(&name) && !value.is_empty() && user.environ.get(name).is_none() {
                let origin = Origin::File { path: file.path.clone(), line };
                self.set(name, value, origin);
            }
        }
    }
}

/// What is in force in place of a value that the user's go/env file gives a variable, in words;
/// `None` if that value counts.
pub fn in_force(profile: &Profile, user: &UserEnv, name: &str, value: &str) -> Option<String> {
    if profile.closure == Closure::Open {
        return None;
    }
    if name == "GOFLAGS" {
        let mode = profile.mod_mode.value().map(|mode| format!("-mod={mode}"));
        let words = goflags::split(value).ok()?;
        let lost = words
            .iter()
            .any(|word| goflags::flag_name(word) == Some("mod") && Some(word) != mode.as_ref());
        return lost.then(|| match mode {
            Some(mode) => format!("of its flags {mode} is in force"),
            None => "its -mod is taken out".to_owned(),
        });
    }
    let follows_user = ["GOPROXY", "GOSUMDB", "GONOSUMDB", "GOAUTH"];
    if profile.closure == Closure::Proxy && follows_user.contains(&name) {
        return None;
    }
    let (_, winner) = closed(profile, user).into_iter().find(|(known, _)| *known == name)?;
    match winner {
        Some(winner) if winner == value => None,
        Some(winner) => Some(format!("{name}={winner} is in force")),
        None => Some(format!("{name} is unset")),
    }
}

/// The closed variables of a profile with their values; `None` unsets.
fn closed(profile: &Profile, user: &UserEnv) -> Vec<(&'static str, Option<String>)> {
    let users = |name: &str| user.get(name).map(|(value, _)| value.to_string_lossy().into_owned());
    let fixed = |value: &str| Some(value.to_owned());
    let is_proxy = profile.closure == Closure::Proxy;
    let (goproxy, gosumdb, gonosumdb, goauth) = if is_proxy {
        let private = users("GONOSUMDB").or_else(|| users("GOPRIVATE")).or_else(|| fixed("none"));
        (Some(profile.proxy.clone()), users("GOSUMDB"), private, users("GOAUTH"))
    } else {
        (fixed("off"), fixed(EMPTY_SUMDB), fixed("none"), fixed("off"))
    };
    vec![
        ("GO111MODULE", fixed("on")),
        ("GOPROXY", goproxy),
        // Without `none` a private module is fetched directly in spite of GOPROXY=off.
        ("GONOPROXY", fixed("none")),
        ("GOPRIVATE", fixed("none")),
        ("GOSUMDB", gosumdb),
        ("GONOSUMDB", gonosumdb),
        ("GOVCS", fixed("*:off")),
        ("GOINSECURE", fixed("none")),
        ("GOAUTH", goauth),
        ("GOTOOLCHAIN", fixed("local")),
        ("GOCACHEPROG", None),
        // Local repositories stay readable: tests clone them, and version stamps need git.
        ("GIT_ALLOW_PROTOCOL", fixed("file")),
        ("GIT_NO_LAZY_FETCH", fixed("1")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::select::{Choice, VendorFacts, select};
    use super::*;
    use crate::profile::EnvFile;

    fn env(profile: &str, variables: &[(&str, &str)], file: &str) -> GoEnv {
        let user = UserEnv {
            environ: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            file: Some(EnvFile::parse("/home/u/.config/go/env".into(), file)),
            goroot_file: None,
        };
        let choice = Choice { profile: Some(profile.to_owned()) };
        GoEnv::new(&select(&choice, &user, VendorFacts::default()).unwrap(), &user)
    }

    fn value(env: &GoEnv, name: &str) -> String {
        env.get(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default()
    }

    #[test]
    fn open_and_online_change_nothing() {
        for profile in ["open", "online"] {
            let env = env(profile, &[("GOFLAGS", "-mod=mod")], "GOPROXY=direct\n");
            assert_eq!(env, GoEnv::default(), "{profile}");
        }
    }

    #[test]
    fn every_closed_variable_is_closed_with_a_value() {
        let env = env("vendor", &[("GOPRIVATE", "x"), ("GOCACHEPROG", "dial")], "GOAUTH=cmd\n");
        for name in [
            "GOPROXY",
            "GONOPROXY",
            "GOSUMDB",
            "GONOSUMDB",
            "GOPRIVATE",
            "GOVCS",
            "GOINSECURE",
            "GOAUTH",
            "GO111MODULE",
            "GOTOOLCHAIN",
            "GOENV",
        ] {
            assert_ne!(value(&env, name), "", "{name} is open");
        }
        assert!(env.settings().iter().any(|s| s.name == "GOCACHEPROG" && s.value.is_none()));
        let lost: Vec<_> = env.overridden.iter().map(|lost| lost.name).collect();
        assert_eq!(lost, ["GOPRIVATE", "GOAUTH", "GOCACHEPROG"]);
    }

    #[test]
    fn a_default_of_go_does_not_lose() {
        let env = env("vendor", &[("GOTOOLCHAIN", "auto"), ("GOAUTH", "netrc")], "GOSUMDB=x\n");
        let lost: Vec<_> = env.overridden.iter().map(|lost| lost.name).collect();
        assert_eq!(lost, ["GOSUMDB"]);
    }

    #[test]
    fn the_users_other_flags_stay_and_mod_is_ours() {
        let got = env(
            "vendor",
            &[("GOFLAGS", "-mod=mod -trimpath '-ldflags=-s -w' --mod=readonly")],
            "GOFLAGS=-x\n",
        );
        assert_eq!(value(&got, "GOFLAGS"), "-trimpath '-ldflags=-s -w' -mod=vendor");
        let lost: Vec<_> = got.overridden.iter().map(|lost| lost.value.as_str()).collect();
        assert_eq!(lost, ["-mod=mod", "--mod=readonly"]);

        let got = env("cache", &[], "GOFLAGS=-mod=mod\n");
        assert_eq!(value(&got, "GOFLAGS"), "-mod=readonly");
        assert_eq!(got.overridden[0].origin.to_string(), "/home/u/.config/go/env:1");
    }

    #[test]
    fn free_variables_of_the_file_are_exported_unless_the_environment_has_them() {
        let env =
            env("vendor", &[("CC", "clang")], "GOAMD64=v3\nCC=gcc\nPATH=/evil\nCGO_ENABLED=\n");
        assert_eq!(value(&env, "GOAMD64"), "v3");
        for name in ["CC", "PATH", "CGO_ENABLED"] {
            assert!(env.get(name).is_none(), "{name}");
        }
    }

    #[test]
    fn proxy_keeps_the_users_checksum_database() {
        let env = env(
            "proxy",
            &[("GOPROXY", "http://p,direct"), ("GOPRIVATE", "git.corp"), ("GOFLAGS", "-mod=mod")],
            "GOSUMDB=sum.example.org\n",
        );
        assert_eq!(value(&env, "GOPROXY"), "http://p");
        assert_eq!(value(&env, "GOSUMDB"), "sum.example.org");
        assert_eq!(value(&env, "GONOSUMDB"), "git.corp");
        assert_eq!(value(&env, "GONOPROXY"), "none");
        assert!(env.settings().iter().any(|s| s.name == "GOFLAGS" && s.value.is_none()));
    }
}
