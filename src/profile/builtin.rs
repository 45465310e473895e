//! The built-in profiles: one table, and the words in it.

use super::policy::{Isolation, Network, Verify};

/// Which `-mod` GOFLAGS gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModMode {
    /// `-mod=vendor`.
    Vendor,
    /// `-mod=readonly`.
    Readonly,
    /// None of ours: go's own choice.
    GoDefault,
}

impl ModMode {
    /// The value of the flag, if there is one.
    pub fn value(self) -> Option<&'static str> {
        match self {
            ModMode::Vendor => Some("vendor"),
            ModMode::Readonly => Some("readonly"),
            ModMode::GoDefault => None,
        }
    }
}

/// How much of the go command's environment a profile closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closure {
    /// Nothing is changed.
    Open,
    /// No source of modules but the project and the module cache.
    Offline,
    /// One proxy, with the user's checksum database and credentials.
    Proxy,
    /// One archive or directory, with its own checksum database.
    Bundle,
}

/// A profile that needs no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// One line on what it is for.
    pub about: &'static str,
    pub(super) closure: Closure,
    pub(super) mod_mode: ModMode,
    pub(super) network: Network,
    pub(super) verify: Verify,
    pub(super) isolation: Isolation,
}

impl BuiltIn {
    /// The profiles by name. `auto` is not among them: it is a choice of one of these.
    pub const ALL: &'static [BuiltIn] = &[
        BuiltIn {
            name: "vendor",
            about: "vendor/ is the only source; no proxy, no network",
            closure: Closure::Offline,
            mod_mode: ModMode::Vendor,
            network: Network::Deny,
            verify: Verify::Lists,
            isolation: Isolation::Prefer,
        },
        BuiltIn {
            name: "cache",
            about: "the module cache is the only source; no proxy, no network",
            closure: Closure::Offline,
            mod_mode: ModMode::Readonly,
            network: Network::Deny,
            verify: Verify::Lists,
            isolation: Isolation::Prefer,
        },
        BuiltIn {
            name: "bundle",
            about: "a bundle, archive or directory, is the only source; no network",
            closure: Closure::Bundle,
            mod_mode: ModMode::Readonly,
            network: Network::Deny,
            verify: Verify::Lists,
            isolation: Isolation::Prefer,
        },
        BuiltIn {
            name: "proxy",
            about: "one module proxy is the only source: no direct fetch, nothing private leaks",
            closure: Closure::Proxy,
            mod_mode: ModMode::GoDefault,
            network: Network::Deny,
            verify: Verify::Lists,
            isolation: Isolation::Prefer,
        },
        BuiltIn {
            name: "online",
            about: "the user's own settings and the network; the lists are still checked",
            closure: Closure::Open,
            mod_mode: ModMode::GoDefault,
            network: Network::Allow,
            verify: Verify::Lists,
            isolation: Isolation::Off,
        },
        BuiltIn {
            name: "open",
            about: "changes nothing and checks nothing: the go command as it is",
            closure: Closure::Open,
            mod_mode: ModMode::GoDefault,
            network: Network::Allow,
            verify: Verify::Off,
            isolation: Isolation::Off,
        },
    ];

    /// Finds a profile by name.
    pub fn by_name(name: &str) -> Option<&'static BuiltIn> {
        Self::ALL.iter().find(|profile| profile.name == name)
    }

    /// Every name that may be given, `auto` first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once("auto").chain(Self::ALL.iter().map(|profile| profile.name))
    }
}
