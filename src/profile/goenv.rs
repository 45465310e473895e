//! One list of variables to set and unset. Whoever runs a command and whoever prints one take
//! the same list.

use super::builtin::Closure;
use super::goflags;
use super::resolved::{Profile, ProfileVar};
use super::user_env::UserEnv;
use super::variables::{Class, class, is_exported};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// A checksum database that holds nothing: with it an unproven go.sum line is refused, where
/// GOSUMDB=off would believe it. Nothing can ever exist below /dev/null.
const EMPTY_SUMDB: &str = "sum.golang.org file:///dev/null/no-checksum-database-in-this-profile";

/// Values that say no more than go does by itself: nobody loses anything with them.
const GO_DEFAULTS: &[(&str, &str)] =
    &[("GOAUTH", "netrc"), ("GOSUMDB", "sum.golang.org"), ("GOTOOLCHAIN", "auto")];

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
    /// A line of a go/env file, or of a settings file.
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

/// A value that another one beats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    /// The variable.
    pub name: String,
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
    /// The user's values that lost, in the order of the list.
    pub overridden: Vec<Overridden>,
    /// The profile's own values that lost against the process environment.
    pub outranked: Vec<Overridden>,
}

impl GoEnv {
    /// Makes the list for a profile.
    pub fn new(profile: &Profile, user: &UserEnv) -> GoEnv {
        let mut env = GoEnv::default();
        if profile.closure == Closure::Open {
            env.follow_user(profile, user);
        } else {
            // An empty or missing file hides the user's: GOENV=off would not reach go's own children.
            env.set("GOENV", "/dev/null", Origin::BuiltIn(profile.base));
            for (name, value, origin) in closed(profile, user) {
                env.close(user, name, value, origin);
            }
            env.set_goflags(profile, user);
            env.export_free(user);
        }
        for var in profile.vars.iter().filter(|var| class(&var.name) == Class::Free) {
            env.set_free(user, var);
        }
        if let Some(tree) = profile.bundle_tree() {
            // Last: a GOPATH of ours takes the place of whatever else was to be GOPATH.
            env.stand_on(tree, profile, user);
        }
        if profile.gowork_off && user.environ.get("GOWORK").is_none() {
            env.set("GOWORK", "off", Origin::BuiltIn(profile.base));
        }
        env
    }

    /// The user's own settings count, but for what the profile says itself.
    fn follow_user(&mut self, profile: &Profile, user: &UserEnv) {
        for var in profile.vars.iter().filter(|var| class(&var.name) == Class::Closed) {
            self.close(user, &var.name, Some(var.value.clone()), var.origin.clone());
        }
        if !profile.goflags.is_empty() {
            self.set_goflags(profile, user);
        }
        if profile.private.is_empty() {
            return;
        }
        // What is private is neither asked of a proxy nor of the checksum database.
        for name in ["GONOPROXY", "GONOSUMDB"] {
            let value = with_private(profile, &patterns(profile, user, name));
            self.set(name, value, Origin::BuiltIn("modules.private"));
        }
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

    /// GOFLAGS as the command will have it.
    pub fn goflags(&self, user: &UserEnv) -> String {
        match self.settings.iter().find(|setting| setting.name == "GOFLAGS") {
            Some(setting) => setting
                .value
                .as_ref()
                .map(|value| value.to_string_lossy().into_owned())
                .unwrap_or_default(),
            None => user.goflags().0,
        }
    }

    fn set_free(&mut self, user: &UserEnv, var: &ProfileVar) {
        match user.environ.get(&var.name) {
            Some(winner) if winner != var.value.as_str() => self.outranked.push(Overridden {
                name: var.name.clone(),
                value: var.value.clone(),
                origin: var.origin.clone(),
                winner: winner.to_string_lossy().into_owned(),
            }),
            Some(_) => {}
            None => self.set(&var.name, var.value.as_str(), var.origin.clone()),
        }
    }

    fn close(&mut self, user: &UserEnv, name: &str, value: Option<String>, own: Origin) {
        if let Some((lost, origin)) = user.get(name) {
            let lost = lost.to_string_lossy().into_owned();
            let is_default = GO_DEFAULTS.contains(&(name, lost.as_str()));
            if Some(&lost) != value.as_ref() && !is_default {
                let winner = value.clone().unwrap_or_default();
                let name = name.to_owned();
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

    /// GOFLAGS keeps every flag of the user's but `-mod`, which is the profile's, and adds the
    /// profile's own: before the environment's, and in place of those in go/env.
    fn set_goflags(&mut self, profile: &Profile, user: &UserEnv) {
        let own = Origin::BuiltIn(profile.base);
        let (value, origin) = user.goflags();
        let Ok(users) = goflags::split(&value) else {
            // go refuses a GOFLAGS that it cannot split and says so best itself.
            return self.set("GOFLAGS", value, origin.unwrap_or(own));
        };
        let origin = origin.unwrap_or(own.clone());
        let (mut words, of_profile) = self.merged_flags(profile, users, &origin);
        if profile.closure != Closure::Open {
            let mode = profile.mod_mode.value().map(|value| format!("-mod={value}"));
            self.overridden.extend(other_modes(&words, mode.as_ref()).map(|word| Overridden {
                name: "GOFLAGS".to_owned(),
                value: word.clone(),
                origin: origin.clone(),
                winner: mode.clone().unwrap_or_default(),
            }));
            words.retain(|word| goflags::flag_name(word) != Some("mod"));
            words.extend(mode);
        }
        if !words.is_empty() {
            self.set("GOFLAGS", goflags::join(&words), of_profile.unwrap_or(own));
        } else if user.environ.has("GOFLAGS") {
            self.change("GOFLAGS", None, own);
        }
    }

    /// The user's words with the profile's, and the line of the profile that has a part in them.
    fn merged_flags(
        &mut self,
        profile: &Profile,
        users: Vec<String>,
        origin: &Origin,
    ) -> (Vec<String>, Option<Origin>) {
        let has = |words: &[String], word: &str| {
            words.iter().any(|other| goflags::flag_name(other) == goflags::flag_name(word))
        };
        let of_profile: Vec<String> =
            profile.goflags.iter().map(|(word, _)| word.clone()).collect();
        let line = profile.goflags.first().map(|(_, origin)| origin.clone());
        if *origin != Origin::Environment {
            let kept = users.into_iter().filter(|word| !has(&of_profile, word));
            return (kept.chain(of_profile.iter().cloned()).collect(), line);
        }
        for (word, origin) in
            profile.goflags.iter().filter(|(word, _)| has(&users, word) && !users.contains(word))
        {
            let same = |other: &&String| goflags::flag_name(other) == goflags::flag_name(word);
            self.outranked.push(Overridden {
                name: "GOFLAGS".to_owned(),
                value: word.clone(),
                origin: origin.clone(),
                winner: users.iter().rev().find(same).cloned().unwrap_or_default(),
            });
        }
        let kept = of_profile.into_iter().filter(|word| !has(&users, word));
        (kept.chain(users.iter().cloned()).collect(), line)
    }

    /// GOENV hides the user's go/env file; what the profile does not close goes on counting.
    fn export_free(&mut self, user: &UserEnv) {
        let Some(file) = &user.file else {
            return;
        };
        for (name, value, line) in file.entries() {
            if is_exported(name) && !value.is_empty() && user.environ.get(name).is_none() {
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
        let lost = other_modes(&words, mode.as_ref()).next().is_some();
        return lost.then(|| match mode {
            Some(mode) => format!("of its flags {mode} is in force"),
            None => "its -mod is taken out".to_owned(),
        });
    }
    let follows_user = ["GOPROXY", "GOSUMDB", "GONOSUMDB", "GOAUTH"];
    if profile.closure == Closure::Proxy && follows_user.contains(&name) {
        return None;
    }
    let (_, winner, _) = closed(profile, user).into_iter().find(|(known, ..)| *known == name)?;
    match winner {
        Some(winner) if winner == value => None,
        Some(winner) => Some(format!("{name}={winner} is in force")),
        None => Some(format!("{name} is unset")),
    }
}

/// The `-mod` words of GOFLAGS that say something else than the profile.
fn other_modes<'w>(
    words: &'w [String],
    mode: Option<&'w String>,
) -> impl Iterator<Item = &'w String> {
    words.iter().filter(move |word| goflags::flag_name(word) == Some("mod") && Some(*word) != mode)
}

/// The closed variables of a profile with their values, and whose word each is; `None` unsets.
fn closed(profile: &Profile, user: &UserEnv) -> Vec<(&'static str, Option<String>, Origin)> {
    let own = || Origin::BuiltIn(profile.base);
    let mut list: Vec<_> =
        of_closure(profile, user).into_iter().map(|(name, value)| (name, value, own())).collect();
    for (name, value, origin) in &mut list {
        // What is private is added to this one.
        let is_joined = *name == "GONOSUMDB" && profile.closure == Closure::Proxy;
        if let Some(var) = profile.var(name) {
            *origin = var.origin.clone();
            if !is_joined {
                *value = Some(var.value.clone());
            }
        }
    }
    list
}

/// The same as the built-in profile has them.
fn of_closure(profile: &Profile, user: &UserEnv) -> Vec<(&'static str, Option<String>)> {
    let users = |name: &str| user.get(name).map(|(value, _)| value.to_string_lossy().into_owned());
    let fixed = |value: &str| Some(value.to_owned());
    let is_proxy = profile.closure == Closure::Proxy;
    let (goproxy, gosumdb, gonosumdb, goauth) = if is_proxy {
        let private = with_private(profile, &patterns(profile, user, "GONOSUMDB"));
        let private = if private.is_empty() { "none".to_owned() } else { private };
        (Some(profile.proxy.clone()), users("GOSUMDB"), Some(private), users("GOAUTH"))
    } else {
        let tree = profile.bundle_tree();
        let goproxy = if tree.is_some() { profile.proxy.as_str() } else { "off" };
        // By its plain name go looks for the database in the tree, where it says `supported`.
        let has_sumdb = tree.is_some_and(|tree| tree.has_sumdb);
        let gosumdb = if has_sumdb { "sum.golang.org" } else { EMPTY_SUMDB };
        (fixed(goproxy), fixed(gosumdb), fixed("none"), fixed("off"))
    };
    let switch = profile.toolchain().filter(|toolchain| toolchain.is_switch);
    let gotoolchain = switch.map_or("local", |toolchain| &toolchain.name);
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
        ("GOTOOLCHAIN", fixed(gotoolchain)),
        ("GOCACHEPROG", None),
        // Local repositories stay readable: tests clone them, and version stamps need git.
        ("GIT_ALLOW_PROTOCOL", fixed("file")),
        ("GIT_NO_LAZY_FETCH", fixed("1")),
    ]
}

/// The value of a variable whose default is GOPRIVATE: the profile's, else the user's.
fn patterns(profile: &Profile, user: &UserEnv, name: &str) -> String {
    let value = |name: &str| match profile.var(name) {
        Some(var) => Some(var.value.clone()),
        None => user.get(name).map(|(value, _)| value.to_string_lossy().into_owned()),
    };
    value(name).or_else(|| value("GOPRIVATE")).unwrap_or_default()
}

/// A list of patterns with what is private added.
fn with_private(profile: &Profile, list: &str) -> String {
    let mut patterns: Vec<&str> =
        list.split(',').filter(|pattern| !pattern.is_empty() && *pattern != "none").collect();
    for private in &profile.private {
        if !patterns.contains(&private.as_str()) {
            patterns.push(private);
        }
    }
    patterns.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::EnvFile;
    use crate::profile::select::tests::resolve;

    fn env(profile: &str, variables: &[(&str, &str)], file: &str) -> GoEnv {
        let user = UserEnv {
            environ: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            file: Some(EnvFile::parse("/home/u/.config/go/env".into(), file)),
            goroot_file: None,
        };
        GoEnv::new(&resolve(profile, &user), &user)
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
        let lost: Vec<_> = env.overridden.iter().map(|lost| lost.name.as_str()).collect();
        assert_eq!(lost, ["GOPRIVATE", "GOAUTH", "GOCACHEPROG"]);
    }

    #[test]
    fn a_default_of_go_does_not_lose() {
        let env = env("vendor", &[("GOTOOLCHAIN", "auto"), ("GOAUTH", "netrc")], "GOSUMDB=x\n");
        let lost: Vec<_> = env.overridden.iter().map(|lost| lost.name.as_str()).collect();
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
