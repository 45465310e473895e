//! The profile in force, and how each of its values came to be.

use super::builtin::{BuiltIn, Closure, ModMode};
use super::bundle::Bundle;
use super::chain::{Chain, Link, origin_of};
use super::config::ConfigError;
use super::floor::{Bounds, Floors};
use super::goenv::Origin;
use super::policy::{Guarded, Isolation, Network, RunNetwork, UnixSockets, Verify, WatchCalls};
use super::select::VendorFacts;
use crate::gomod::Spanned;

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name; where `auto` chose a built-in one, that one's.
    pub name: String,
    /// The built-in profile that it stands on.
    pub base: &'static str,
    /// Why this one: a flag, a variable, a line of a file, or that `auto` chose it.
    pub origin: Origin,
    /// The profiles it is made from, the nearest first, the built-in one last.
    pub inherits: Vec<String>,
    /// What becomes of network attempts.
    pub network: Network,
    /// What is checked.
    pub verify: Verify,
    /// Which wall must stand.
    pub isolation: Isolation,
    /// What becomes of unix sockets of the world outside.
    pub unix_sockets: UnixSockets,
    /// Whether system calls are looked at one by one.
    pub watch_calls: WatchCalls,
    /// Addresses, `host:port`, that are reached from behind the wall.
    pub allow: Vec<String>,
    /// Addresses, `host:port`, at which a server behind the wall is reached from the host.
    pub publish: Vec<String>,
    /// Whether a program that `go run` has built runs outside the wall.
    pub run_network: RunNetwork,
    /// Which `-mod` is in force.
    pub mod_mode: ModMode,
    /// Whether a go.work above is not to count.
    pub gowork_off: bool,
    /// The proxies of a profile that stands on `proxy`, as GOPROXY will have them, and the tree of one
    /// that stands on `bundle`; empty otherwise.
    pub proxy: String,
    /// The bundle of a profile that stands on `bundle`.
    pub bundle: Option<Bundle>,
    /// Modules that no public proxy or checksum database may be asked for, in the patterns of
    /// GOPRIVATE.
    pub private: Vec<String>,
    /// The variables it sets, expanded; of each name there is one.
    pub vars: Vec<ProfileVar>,
    /// GOOS and GOARCH of a build under it: the environment's, else the profile's, else those of
    /// go/env, else this machine's.
    pub platform: (String, String),
    /// The words it adds to GOFLAGS, with where each comes from.
    pub goflags: Vec<(String, Origin)>,
    /// What a project's file says and may not: none of it counts.
    pub refused: Vec<ConfigError>,
    /// The values that were decided, for whoever wants to know.
    pub decisions: Vec<Decision>,
    /// The line of a project's file because of which nothing is checked.
    pub unchecked_by: Option<Origin>,
    /// What a settings file opens that every profile of ours would have closed by itself.
    pub loosened: Vec<Loosened>,
    /// What a floor did not let a settings file loosen.
    pub held: Vec<Held>,
    /// Whether any floor was laid.
    pub is_floored: bool,
    pub(super) closure: Closure,
}

/// One variable of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileVar {
    /// The name.
    pub name: String,
    /// The value, expanded.
    pub value: String,
    /// Where it is set.
    pub origin: Origin,
}

/// A value and those it won against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The key, as in a settings file.
    pub key: &'static str,
    /// The value in force.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The values that lost, the strongest first.
    pub lost: Vec<(String, Origin)>,
    /// Whether a project's file had the say, or led to the profile that had it.
    pub by_project: bool,
}

/// Something that a settings file opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loosened {
    /// What it is, in words.
    pub what: String,
    /// The line.
    pub origin: Origin,
}

/// Something that a floor did not let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What was wanted, in words.
    pub what: String,
    /// Where.
    pub origin: Origin,
    /// What is in force instead.
    pub instead: String,
    /// The floor.
    pub floor: Origin,
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Held { what, origin, instead, floor } = self;
        write!(f, "{what} of {origin} does not count: the floor of {floor} makes it {instead}")
    }
}

impl Profile {
    /// Whether the profile leaves the source of modules to the user's own settings.
    pub fn is_open(&self) -> bool {
        self.closure == Closure::Open
    }

    /// Whether nothing at all is changed, checked or cut: the go command as it is.
    pub fn is_transparent(&self) -> bool {
        self.base == "open"
            && self.verify == Verify::Off
            && self.network == Network::Allow
            && self.isolation == Isolation::Off
            && self.vars.is_empty()
            && self.goflags.is_empty()
            && self.refused.is_empty()
            && !self.gowork_off
    }

    /// The URLs of the proxies that are reached over the network.
    pub fn network_proxies(&self) -> impl Iterator<Item = &str> {
        network_proxies(&self.proxy)
    }

    /// A variable that a settings file sets.
    pub fn var(&self, name: &str) -> Option<&ProfileVar> {
        self.vars.iter().find(|var| var.name == name)
    }
}

fn network_proxies(list: &str) -> impl Iterator<Item = &str> {
    let urls = list.split([',', '|']).map(str::trim);
    urls.filter(|url| !url.is_empty() && !url.starts_with("file:"))
}

impl Decision {
    pub(super) fn plain(key: &'static str, value: &str, origin: Origin) -> Decision {
        Decision { key, value: value.to_owned(), origin, lost: Vec::new(), by_project: false }
    }
}

/// Decides value by value, and keeps what was decided.
pub(super) struct Choices {
    /// The profile as a whole is the user's own word.
    is_exempt: bool,
    pub(super) decisions: Vec<Decision>,
    pub(super) loosened: Vec<Loosened>,
    pub(super) held: Vec<Held>,
}

impl Choices {
    pub(super) fn new(is_exempt: bool) -> Choices {
        Choices { is_exempt, decisions: Vec::new(), loosened: Vec::new(), held: Vec::new() }
    }

    /// A project that leads to a profile with an open network, or to a proxy of its own, over a floor
    /// that keeps it shut, gets what it would have without a file. Whether it did.
    pub(super) fn hold_base(
        &mut self,
        chain: &mut Chain<'_>,
        floors: &Floors,
        facts: VendorFacts,
    ) -> bool {
        let opened_by = match chain.base.closure {
            Closure::Open if chain.by_project => Some(chain.base_origin.clone()),
            Closure::Proxy => chain
                .proxy()
                .filter(|(link, proxy)| {
                    link.is_of_project() && network_proxies(&proxy.value).next().is_some()
                })
                .map(|(link, proxy)| origin_of(link.config, proxy)),
            _ => None,
        };
        let bound = floors.network().holds(Network::Allow, false);
        let (Some((_, floor)), Some(origin)) = (bound, opened_by) else {
            return false;
        };
        let name = if facts.is_vendored() { "vendor" } else { "cache" };
        let Some(base) = BuiltIn::by_name(name) else {
            return false;
        };
        self.held.push(Held {
            what: format!("profile {}", chain.base.name),
            origin,
            instead: format!("profile {name}"),
            floor,
        });
        chain.base = base;
        true
    }

    /// One value: a variable's, else the nearest table's, else the built-in profile's; and not below
    /// the floors.
    pub(super) fn decide<'a, T: Guarded>(
        &mut self,
        chain: &Chain<'a>,
        key: &'static str,
        variable: Option<(T, Origin)>,
        of_table: impl Fn(&Link<'a>) -> Option<&'a Spanned<T>>,
        of_base: T,
        bounds: &Bounds<T>,
    ) -> T {
        let of_variable = variable.into_iter().map(|(value, origin)| (value, origin, false, false));
        let of_files = chain.links.iter().filter_map(|link| {
            let value = of_table(link)?;
            Some((value.value, origin_of(link.config, value), link.is_of_project(), true))
        });
        let base = (of_base, Origin::BuiltIn(chain.base.name), chain.by_project, false);
        let mut candidates = of_variable.chain(of_files).chain([base]);
        let (value, origin, by_project, of_file) =
            candidates.next().expect("the built-in profile always has a value");
        let mut decision = Decision::plain(key, value.word(), origin.clone());
        decision.by_project = by_project;
        decision.lost =
            candidates.map(|(value, origin, ..)| (value.word().to_owned(), origin)).collect();
        let what = format!("{key} = {}", value.word());
        let is_exempt = matches!(origin, Origin::Variable(_)) || (self.is_exempt && !by_project);
        let held = bounds.holds(value, is_exempt);
        if let Some((bound, floor)) = held {
            self.held.push(Held {
                what,
                origin: origin.clone(),
                instead: bound.word().to_owned(),
                floor: floor.clone(),
            });
            decision.lost.insert(0, (value.word().to_owned(), origin));
            (decision.value, decision.origin) = (bound.word().to_owned(), floor);
            self.decisions.push(decision);
            return bound;
        }
        if of_file && value < T::USUAL {
            self.loosened.push(Loosened { what, origin });
        }
        self.decisions.push(decision);
        value
    }
}
