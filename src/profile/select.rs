//! From a name, the settings files and facts about the project to the profile in force.

use super::builtin::Closure;
use super::bundle::bundle;
use super::chain::{Chain, Layers, Link, chain, origin_of, suggestion};
use super::config::{ConfigError, Floor, Trust};
use super::doors::{Doors, doors};
use super::expand::Ground;
use super::floor::{Bounds, Floors};
use super::goenv::Origin;
use super::policy::{Gowork, Isolation, Network, UnixSockets, UnknownWord, Verify, WatchCalls};
use super::proxies::proxies;
use super::resolved::{Choices, Decision, Loosened, Profile};
use super::user_env::{Environ, UserEnv};
use super::vars;
use crate::gomod::{Spanned, go_version};
use std::ffi::OsStr;
use std::fmt;

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
    pub(super) fn is_vendored(self) -> bool {
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
    /// `--floor`.
    pub floor: Option<Floor>,
    /// A go-offline runs around us: what it hands down about another project need not fit this one.
    pub nested: bool,
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
        /// What mends it.
        help: String,
    },
    /// A GO_OFFLINE_* variable holds something that means nothing.
    BadVariable {
        /// The variable.
        name: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// Profile `proxy` without a proxy.
    NoProxy {
        /// GOPROXY as it is.
        goproxy: String,
    },
    /// Profile `bundle` without a bundle.
    NoBundle,
    /// Mistakes in a settings file.
    Config(Vec<ConfigError>),
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectError::UnknownProfile { name, origin, help } => {
                write!(f, "no profile is named `{name}` (from {origin}); {help}")
            }
            SelectError::BadVariable { name, reason } => write!(f, "{name}: {reason}"),
            SelectError::NoProxy { goproxy } => write!(
                f,
                "profile `proxy` takes the proxy from `proxy = …` in a settings file or from GOPROXY, which is `{goproxy}`: set it to the proxy's URL, as in `GOPROXY=http://127.0.0.1:3000 go-offline --profile proxy build`"
            ),
            SelectError::NoBundle => f.write_str(
                "profile `bundle` takes its bundle from `bundle = …` in a settings file or from GO_OFFLINE_BUNDLE, and neither is there: name the archive or directory, as in `GO_OFFLINE_BUNDLE=deps.tar.zst go-offline --profile bundle build`",
            ),
            SelectError::Config(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl std::error::Error for SelectError {}

/// Resolves the profile. Its name comes from `--profile`, then GO_OFFLINE_PROFILE, then the
/// `default-profile` of the project's file and of the user's, then `auto`; each value of it from
/// the GO_OFFLINE_* variables, then the project's file, the user's, the built-in profile. Floors
/// come last.
///
/// # Errors
/// A name or word that means nothing, a mistake in a settings file that only shows now, or profile
/// `proxy` without a proxy, or `bundle` without a bundle.
pub fn select(
    choice: &Choice,
    layers: Layers<'_>,
    user: &UserEnv,
    facts: VendorFacts,
    ground: &Ground<'_>,
) -> Result<Profile, SelectError> {
    let environ = &user.environ;
    let floors = Floors::new(choice, layers, environ)?;
    let named = name(choice, layers, environ)?;
    let chosen_by = (named.origin.clone(), named.by_project);
    let mut chain = chain(layers, &named.name, chosen_by, facts)?;
    let mut choices = Choices::new(floors.is_exempt(&named.origin, chain.by_project));
    let loosened_base = loosened_base(&chain, layers);
    let is_held = choices.hold_base(&mut chain, &floors, facts);
    let chain = chain;
    let is_alias = named.name == "auto";
    let name = if is_alias { chain.base.name.to_owned() } else { named.name };
    let network = choices.decide(
        &chain,
        "network",
        variable(environ, "GO_OFFLINE_NETWORK")?,
        |link| link.table.network.as_ref(),
        chain.base.network,
        &floors.network(),
    );
    let verify = choices.decide(
        &chain,
        "verify",
        variable(environ, "GO_OFFLINE_VERIFY")?,
        |link| link.table.verify.as_ref(),
        chain.base.verify,
        &floors.verify(),
    );
    let unchecked_by = unchecked_by(&choices, &chain, verify);
    // Where a file, a variable or a floor has cut the network of a profile that has it, the cut needs
    // a wall as much as in any other.
    let base_isolation = match network {
        Network::Allow => chain.base.isolation,
        Network::Deny | Network::Warn => chain.base.isolation.max(Isolation::Prefer),
    };
    let isolation = choices.decide(
        &chain,
        "isolation",
        variable(environ, "GO_OFFLINE_ISOLATION")?,
        |link| link.table.isolation.as_ref(),
        base_isolation,
        &floors.isolation(),
    );
    let unix_sockets = choices.decide(
        &chain,
        "unix-sockets",
        None,
        |link| link.table.unix_sockets.as_ref(),
        UnixSockets::Note,
        &floors
            .unix_sockets()
            .and_of_user(of_user(&chain, |link| link.table.unix_sockets.as_ref())),
    );
    let watch_calls = choices.decide(
        &chain,
        "watch-calls",
        None,
        |link| link.table.watch_calls.as_ref(),
        WatchCalls::On,
        &watched(&chain, &floors),
    );
    let gowork = chain.nearest(|link| link.table.gowork.as_ref());
    // What is held back needs no proxy, whatever the file says of one.
    let proxy =
        if is_held { String::new() } else { proxies(&chain, user, &mut choices.decisions)? };
    let bundle = bundle(&chain, environ, ground, &mut choices.decisions)?;
    if let Some((link, gowork)) = gowork {
        choices.decisions.push(Decision::plain(
            "gowork",
            gowork.value.word(),
            origin_of(link.config, gowork),
        ));
    }
    let Doors { allow, publish, run_network } =
        doors(&chain, network, &floors.network(), &floors.isolation(), &mut choices);
    let mut loosened = loosened_base;
    loosened.extend(choices.loosened);
    let vars = vars::gather(&chain, &name, user, ground, floors.shut_the_network())?;
    loosened.extend(vars.loosened);
    loosened.retain(|loosened| !choices.held.iter().any(|held| held.origin == loosened.origin));
    Ok(Profile {
        name,
        base: chain.base.name,
        origin: if is_alias && matches!(named.origin, Origin::BuiltIn(_)) {
            Origin::Auto
        } else {
            named.origin
        },
        inherits: chain
            .links
            .iter()
            .map(|link| link.table.name.value.clone())
            .skip(1)
            .chain([chain.base.name.to_owned()])
            .collect(),
        network,
        verify,
        isolation,
        unix_sockets,
        watch_calls,
        allow,
        publish,
        run_network,
        mod_mode: chain.base.mod_mode,
        gowork_off: gowork.is_some_and(|(_, gowork)| gowork.value == Gowork::Off),
        proxy,
        bundle,
        private: layers
            .files()
            .flat_map(|config| &config.modules.private)
            .filter_map(|pattern| pattern.value.go_pattern().map(str::to_owned))
            .collect(),
        vars: vars.vars,
        platform: vars.platform,
        goflags: vars.goflags,
        refused: vars.refused,
        decisions: choices.decisions,
        unchecked_by,
        loosened,
        held: choices.held,
        is_floored: floors.any(),
        closure: chain.base.closure,
    })
}

struct Named {
    name: String,
    origin: Origin,
    by_project: bool,
}

fn name(choice: &Choice, layers: Layers<'_>, environ: &Environ) -> Result<Named, SelectError> {
    let names = layers.names();
    // Bytes that are no text are no profile's name either, but a name was given.
    let variable = environ.get("GO_OFFLINE_PROFILE").map(OsStr::to_string_lossy);
    let given = match (&choice.profile, &variable) {
        (Some(name), _) => Some((name.clone(), Origin::CommandLine)),
        (None, Some(name)) => Some((name.to_string(), Origin::Variable("GO_OFFLINE_PROFILE"))),
        (None, None) => None,
    };
    if let Some((name, origin)) = given {
        if names.contains(&name) {
            return Ok(Named { name, origin, by_project: false });
        }
        // The profile of an outer project: here the own one decides.
        if !(choice.nested && choice.profile.is_none()) {
            let help = suggestion(&name, &names);
            return Err(SelectError::UnknownProfile { name, origin, help });
        }
    }
    for config in layers.files() {
        let Some(default) = &config.default_profile else {
            continue;
        };
        if !names.contains(&default.value) {
            let message = format!("no profile is named `{}`", default.value);
            let error = ConfigError::at(&config.file, &default.span, message);
            return Err(SelectError::Config(vec![error.help(suggestion(&default.value, &names))]));
        }
        return Ok(Named {
            name: default.value.clone(),
            origin: origin_of(config, default),
            by_project: config.file.trust == Trust::Project,
        });
    }
    Ok(Named { name: "auto".to_owned(), origin: Origin::BuiltIn("auto"), by_project: false })
}

/// A variable's word.
fn variable<T: std::str::FromStr<Err = UnknownWord>>(
    environ: &Environ,
    name: &'static str,
) -> Result<Option<(T, Origin)>, SelectError> {
    let Some(value) = environ.get(name) else {
        return Ok(None);
    };
    let parsed = value.to_string_lossy().parse();
    parsed
        .map(|word| Some((word, Origin::Variable(name))))
        .map_err(|word: UnknownWord| SelectError::BadVariable { name, reason: word.to_string() })
}

/// What the user's own file says under a key that only shuts: a project has no part in opening what
/// the user shut.
fn of_user<'a, T: Copy + 'a>(
    chain: &Chain<'a>,
    of_table: impl Fn(&Link<'a>) -> Option<&'a Spanned<T>>,
) -> Option<(T, Origin)> {
    let own = chain.links.iter().filter(|link| !link.is_of_project());
    let mut words = own.filter_map(|link| Some((link, of_table(link)?)));
    words.next().map(|(link, word)| (word.value, origin_of(link.config, word)))
}

/// What calls for a watch: a floor that keeps the network shut, since watched calls can be the whole
/// wall, and whoever has unix sockets refused, since nobody else can do that.
fn watched(chain: &Chain<'_>, floors: &Floors) -> Bounds<WatchCalls> {
    let network = floors.network().calls_for(WatchCalls::On, |bound| bound > Network::Allow);
    let is_deny = |bound| bound == UnixSockets::Deny;
    let sockets =
        floors.unix_sockets().and_of_user(of_user(chain, |link| link.table.unix_sockets.as_ref()));
    let own = of_user(chain, |link| link.table.watch_calls.as_ref());
    network.and(sockets.calls_for(WatchCalls::On, is_deny)).and_of_user(own)
}

/// A settings file that leads to a built-in profile which opens what `auto` would close.
fn loosened_base(chain: &Chain<'_>, layers: Layers<'_>) -> Vec<Loosened> {
    let from_file = matches!(&chain.base_origin, Origin::File { path, .. } if layers.files().any(|config| config.file.shown == *path));
    if chain.base.closure != Closure::Open || !from_file {
        return Vec::new();
    }
    let what = format!("profile {} is inherited", chain.base.name);
    vec![Loosened { what, origin: chain.base_origin.clone() }]
}

/// The line of a project's file that leads to no check at all. `verify` was decided last.
fn unchecked_by(choices: &Choices, chain: &Chain<'_>, verify: Verify) -> Option<Origin> {
    let decision = choices.decisions.last().filter(|decision| decision.by_project)?;
    (verify == Verify::Off).then(|| match &decision.origin {
        Origin::BuiltIn(_) => chain.base_origin.clone(),
        origin => origin.clone(),
    })
}

#[cfg(test)]
pub(super) mod tests;
