//! From a name and facts about the project to the policy in force.

use super::builtin::{BuiltIn, Closure, ModMode};
use super::goenv::Origin;
use super::policy::{Isolation, Network, UnknownWord, Verify};
use super::user_env::{Environ, UserEnv};
use crate::gomod::go_version;
use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

/// What `auto` looks at. All false outside a module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VendorFacts {
    /// The go command by itself would build from vendor/.
    pub go_would_vendor: bool,
    /// A vendor/ that counts, or the nearest module's own, holds a modules.txt.
    pub has_modules_txt: bool,
    /// vendor/ has a directory for a module that go.mod requires.
    pub has_required_module: bool,
    /// A go-offline.lock lies beside where vendor/ belongs.
    pub has_lock: bool,
}

impl VendorFacts {
    fn is_vendored(self) -> bool {
        self.go_would_vendor || self.has_modules_txt || self.has_required_module || self.has_lock
    }
}

/// Whether go vendors by default: `cmd/go/internal/modload.setDefaultBuildMod`. `go_version` is
/// the go line of go.mod, or of go.work in a workspace.
pub fn go_would_vendor(
    vendor_exists: bool,
    go_version: Option<&str>,
    list_is_workspaces: bool,
    in_workspace: bool,
) -> bool {
    let new_enough = go_version.is_some_and(|version| go_version::compare(version, "1.14").is_ge());
    vendor_exists && new_enough && list_is_workspaces == in_workspace
}

/// What the command line says about the profile.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// `--profile`.
    pub profile: Option<String>,
}

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name of the built-in profile that it is.
    pub name: &'static str,
    /// Why this one: a flag, a variable, or that `auto` chose it.
    pub origin: Origin,
    /// What becomes of network attempts.
    pub network: Network,
    /// What is checked.
    pub verify: Verify,
    /// Which wall must stand.
    pub isolation: Isolation,
    /// Which `-mod` is in force.
    pub mod_mode: ModMode,
    /// The proxies of profile `proxy`, as GOPROXY will have them; empty otherwise.
    pub proxy: String,
    pub(super) closure: Closure,
}

impl Profile {
    /// Whether the profile leaves the go command's environment as it is.
    pub fn is_open(&self) -> bool {
        self.closure == Closure::Open
    }

    /// The URLs of the proxies that are reached over the network.
    pub fn network_proxies(&self) -> impl Iterator<Item = &str> {
        self.proxy.split([',', '|']).filter(|url| !url.is_empty() && !url.starts_with("file:"))
    }
}

/// Why there is no profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectError {
    /// No profile has this name.
    UnknownProfile {
        /// The name.
        name: String,
        /// Where it was given.
        origin: Origin,
    },
    /// A GO_OFFLINE_* variable holds a word that means nothing.
    BadVariable {
        /// The variable.
        name: &'static str,
        /// Its value and what it could be.
        word: UnknownWord,
    },
    /// Profile `proxy` without a proxy.
    NoProxy {
        /// GOPROXY as it is.
        goproxy: String,
    },
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectError::UnknownProfile { name, origin } => {
                write!(f, "no profile is named `{name}` (from {origin})")
            }
            SelectError::BadVariable { name, word } => write!(f, "{name}: {word}"),
            SelectError::NoProxy { goproxy } => write!(
                f,
                "profile `proxy` takes the proxy from GOPROXY, which is `{goproxy}`: set it to the proxy's URL, as in `GOPROXY=http://127.0.0.1:3000 go-offline --profile proxy build`"
            ),
        }
    }
}

impl std::error::Error for SelectError {}

/// Resolves the profile: `--profile`, then GO_OFFLINE_PROFILE, then `auto`; the other
/// GO_OFFLINE_* variables override single values of it.
///
/// # Errors
/// A name or word that means nothing, or profile `proxy` without a proxy.
pub fn select(choice: &Choice, user: &UserEnv, facts: VendorFacts) -> Result<Profile, SelectError> {
    let environ = &user.environ;
    // Bytes that are no text are no profile's name either, but a name was given.
    let named = environ.get("GO_OFFLINE_PROFILE").map(OsStr::to_string_lossy);
    let (name, origin) = match (&choice.profile, &named) {
        (Some(name), _) => (name.as_str(), Origin::CommandLine),
        (None, Some(name)) => (name.as_ref(), Origin::Variable("GO_OFFLINE_PROFILE")),
        (None, None) => ("auto", Origin::Auto),
    };
    let (name, origin) = match name {
        "auto" if facts.is_vendored() => ("vendor", Origin::Auto),
        "auto" => ("cache", Origin::Auto),
        name => (name, origin),
    };
    let builtin = BuiltIn::by_name(name).ok_or_else(|| SelectError::UnknownProfile {
        name: name.to_owned(),
        origin: origin.clone(),
    })?;
    Ok(Profile {
        name: builtin.name,
        origin,
        network: variable(environ, "GO_OFFLINE_NETWORK")?.unwrap_or(builtin.network),
        verify: variable(environ, "GO_OFFLINE_VERIFY")?.unwrap_or(builtin.verify),
        isolation: variable(environ, "GO_OFFLINE_ISOLATION")?.unwrap_or(builtin.isolation),
        mod_mode: builtin.mod_mode,
        proxy: if builtin.closure == Closure::Proxy { proxy(user)? } else { String::new() },
        closure: builtin.closure,
    })
}

fn variable<T: FromStr<Err = UnknownWord>>(
    environ: &Environ,
    name: &'static str,
) -> Result<Option<T>, SelectError> {
    let Some(value) = environ.get(name) else {
        return Ok(None);
    };
    let parsed = value.to_string_lossy().parse();
    parsed.map(Some).map_err(|word| SelectError::BadVariable { name, word })
}

/// The user's proxies without `direct` and `off`, which are what this profile shuts out.
fn proxy(user: &UserEnv) -> Result<String, SelectError> {
    let goproxy = user.get("GOPROXY").map(|(value, _)| value.to_string_lossy().into_owned());
    let goproxy = goproxy.unwrap_or_default();
    let mut kept = String::new();
    // The separator before an entry says when go falls back to it.
    for entry in goproxy.split_inclusive([',', '|']) {
        let (url, separator) = match entry.strip_suffix([',', '|']) {
            Some(url) => (url, &entry[url.len()..]),
            None => (entry, ""),
        };
        if !matches!(url.trim(), "" | "direct" | "off") {
            kept.push_str(url.trim());
            kept.push_str(separator);
        }
    }
    let kept = kept.trim_end_matches([',', '|']).to_owned();
    if kept.is_empty() { Err(SelectError::NoProxy { goproxy }) } else { Ok(kept) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(variables: &[(&str, &str)]) -> UserEnv {
        let environ = variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        UserEnv { environ, ..UserEnv::default() }
    }

    fn name(variables: &[(&str, &str)], flag: Option<&str>, facts: VendorFacts) -> &'static str {
        let choice = Choice { profile: flag.map(str::to_owned) };
        select(&choice, &user(variables), facts).unwrap().name
    }

    #[test]
    fn auto_is_vendor_where_anything_says_vendored() {
        let none = VendorFacts::default();
        assert_eq!(name(&[], None, none), "cache");
        assert_eq!(name(&[], None, VendorFacts { go_would_vendor: true, ..none }), "vendor");
        assert_eq!(name(&[], None, VendorFacts { has_modules_txt: true, ..none }), "vendor");
        assert_eq!(name(&[], None, VendorFacts { has_required_module: true, ..none }), "vendor");
        assert_eq!(name(&[], None, VendorFacts { has_lock: true, ..none }), "vendor");
    }

    #[test]
    fn the_flag_beats_the_variable() {
        let none = VendorFacts::default();
        assert_eq!(name(&[("GO_OFFLINE_PROFILE", "open")], None, none), "open");
        assert_eq!(name(&[("GO_OFFLINE_PROFILE", "open")], Some("online"), none), "online");
    }

    #[test]
    fn variables_override_single_values_and_are_checked() {
        let set = |value| {
            select(
                &Choice::default(),
                &user(&[("GO_OFFLINE_ISOLATION", value)]),
                VendorFacts::default(),
            )
        };
        assert_eq!(set("require").unwrap().isolation, Isolation::Require);
        assert_eq!(set("").unwrap().isolation, Isolation::Prefer);
        assert!(set("requier").is_err());
    }

    #[test]
    fn proxy_keeps_proxies_only() {
        let get = |value| {
            let choice = Choice { profile: Some("proxy".to_owned()) };
            select(&choice, &user(&[("GOPROXY", value)]), VendorFacts::default()).map(|p| p.proxy)
        };
        assert_eq!(get("http://a,direct").unwrap(), "http://a");
        assert_eq!(get("http://a|http://b,direct").unwrap(), "http://a|http://b");
        assert!(get("direct").is_err());
        assert!(get("").is_err());
    }

    #[test]
    fn go_vendors_by_itself_from_1_14_on() {
        assert!(go_would_vendor(true, Some("1.14"), false, false));
        assert!(!go_would_vendor(true, Some("1.13"), false, false));
        assert!(!go_would_vendor(true, None, false, false));
        assert!(!go_would_vendor(true, Some("1.22"), false, true));
        assert!(go_would_vendor(true, Some("1.22"), true, true));
        assert!(!go_would_vendor(false, Some("1.22"), false, false));
    }
}
