//! Profiles, and the environment they make for the go command.
//!
//! ```text
//! config   ─► a go-offline.toml: text to values with positions, or all its mistakes
//! chain    ─► which tables make a profile, and the built-in one below them
//! select   ─► the profile in force: each value with its origin, what lost, what a floor held
//! goenv    ─► one list of variables to set and unset
//! shell, export ─► the list as text; whoever runs a command takes the same list
//! ```
//!
//! There is no other way to change the environment. This room reads neither files nor the process
//! environment: both are handed in.

mod builtin;
mod bundle;
mod policy;

mod config;
mod pattern;

mod chain;
mod doors;
mod expand;
mod floor;
mod proxies;
mod resolved;
mod select;
mod vars;

mod goenv;
mod variables;

mod private;
mod starter;

mod env_file;
mod export;
mod goflags;
mod saved;
mod shell;
mod suggest;
mod user_env;

pub use builtin::{BuiltIn, ModMode};
pub use bundle::{Bundle, BundleTree, Toolchain};
pub use chain::Layers;
pub use config::{
    Carry, Config, ConfigError, ConfigFile, EnvEntry, EnvValue, Floor, Known, ModuleRule,
    ModuleTable, ProfileTable, Trust, schema,
};
pub use env_file::EnvFile;
pub use expand::Ground;
pub use export::{ExportError, Format, Reason, export};
pub use goenv::{GoEnv, Origin, Overridden, Setting, in_force};
pub use pattern::Pattern;
pub use policy::{
    Gowork, Isolation, LintLevel, Network, RunNetwork, UnixSockets, UnknownWord, Verify, WatchCalls,
};
pub use private::private_patterns;
pub use resolved::{Decision, Held, Loosened, Profile, ProfileVar};
pub use saved::{Change, restore};
pub use select::{Choice, SelectError, VendorFacts, go_would_vendor, select};
pub use shell::{command_line, quote};
pub use starter::{StarterFacts, StarterService, starter};
pub use suggest::similar;
pub use user_env::{Environ, UserEnv};

pub mod flags {
    //! GOFLAGS: words, quoting and flag names.
    pub use super::goflags::{flag_name, flag_value, join, split};
}
