//! go-offline.toml: text to values with positions.
//!
//! The reader knows what each key takes and nothing of what it leads to. A text with any mistake
//! gives all of its mistakes and no value.

mod error;
mod keys;
mod names;
mod read;
mod schema;
mod walk;

pub use error::ConfigError;
pub use schema::schema;

use super::pattern::Pattern;
use super::policy::{
    Gowork, Isolation, LintLevel, Network, RunNetwork, UnixSockets, UnknownWord, Verify, WatchCalls,
};
use crate::gomod::{Spanned, line_col};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

/// Whose word a settings file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It comes with the checkout: it may tighten, and set what cannot execute anything.
    Project,
    /// It is the user's own.
    User,
}

/// A settings file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Where it is, absolute.
    pub path: PathBuf,
    /// The path as it is shown.
    pub shown: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
    /// Whose word it is.
    pub trust: Trust,
}

impl ConfigFile {
    /// The one-based line of a byte.
    pub fn line(&self, at: usize) -> usize {
        line_col(&self.text, at).0
    }
}

/// Names that mean something outside this room.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The finding codes that `[lints]` may set.
    pub codes: &'a [&'a str],
    /// The flags of go commands, without dashes.
    pub flags: &'a [&'a str],
}

/// A settings file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file.
    pub file: ConfigFile,
    /// `default-profile`.
    pub default_profile: Option<Spanned<String>>,
    /// `[profile.*]`, in file order.
    pub profiles: Vec<ProfileTable>,
    /// `[modules]`.
    pub modules: ModuleTable,
    /// `[lints]`: code and level.
    pub lints: Vec<(Spanned<String>, LintLevel)>,
    /// `[[carry]]`.
    pub carry: Vec<Carry>,
    /// `[floor]`.
    pub floor: Option<Spanned<Floor>>,
}

/// One `[profile.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileTable {
    /// NAME.
    pub name: Spanned<String>,
    /// The profile it is made from.
    pub inherits: Option<Spanned<String>>,
    /// See [`Isolation`].
    pub isolation: Option<Spanned<Isolation>>,
    /// See [`Verify`].
    pub verify: Option<Spanned<Verify>>,
    /// See [`Network`].
    pub network: Option<Spanned<Network>>,
    /// Addresses reached from behind the wall.
    pub allow: Option<Spanned<Vec<String>>>,
    /// Addresses at which servers behind the wall are reached.
    pub publish: Option<Spanned<Vec<String>>>,
    /// See [`RunNetwork`].
    pub run_network: Option<Spanned<RunNetwork>>,
    /// See [`UnixSockets`].
    pub unix_sockets: Option<Spanned<UnixSockets>>,
    /// See [`WatchCalls`].
    pub watch_calls: Option<Spanned<WatchCalls>>,
    /// See [`Gowork`].
    pub gowork: Option<Spanned<Gowork>>,
    /// The module proxy.
    pub proxy: Option<Spanned<String>>,
    /// The archive or directory.
    pub bundle: Option<Spanned<String>>,
    /// Variables, in file order.
    pub env: Vec<EnvEntry>,
}

/// One variable of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvEntry {
    /// Its name.
    pub name: Spanned<String>,
    /// What it is set to.
    pub value: EnvValue,
}

/// How a variable's value is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// A string: the whole value.
    Whole(Spanned<String>),
    /// An array, of GOFLAGS only: words that add to what is inherited.
    Words(Vec<Spanned<String>>),
}

/// `[modules]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleTable {
    /// What is allowed; nothing else is, where there is anything.
    pub allow: Vec<ModuleRule>,
    /// What is refused.
    pub deny: Vec<ModuleRule>,
    /// What no public proxy or checksum database may be asked for.
    pub private: Vec<Spanned<Pattern>>,
}

/// One pattern of `[modules]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleRule {
    /// The pattern.
    pub pattern: Spanned<Pattern>,
    /// Why; may be empty.
    pub reason: String,
    /// Breaks ties; 0 unless given.
    pub priority: i64,
}

/// One `[[carry]]`: a known patch inside vendor/.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carry {
    /// The module's path.
    pub module: Spanned<String>,
    /// The file, relative to the module's root.
    pub path: String,
    /// Of the patched file, in lower-case hexadecimal.
    pub sha256: String,
    /// Why.
    pub reason: String,
    /// `YYYY-MM-DD`.
    pub expires: Option<String>,
}

/// What no project may go below; `None` sets no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Floor {
    /// The least that is checked.
    pub verify: Option<Verify>,
    /// The least that becomes of a network attempt.
    pub network: Option<Network>,
    /// The weakest wall.
    pub isolation: Option<Isolation>,
    /// The least that becomes of a connection to a unix socket.
    pub unix_sockets: Option<UnixSockets>,
}

impl Config {
    /// Reads a file's text.
    ///
    /// # Errors
    /// Every mistake in it, in file order.
    pub fn parse(file: ConfigFile, known: Known<'_>) -> Result<Config, Vec<ConfigError>> {
        read::read(file, known)
    }

    /// The table of a profile.
    pub fn profile(&self, name: &str) -> Option<&ProfileTable> {
        self.profiles.iter().find(|profile| profile.name.value == name)
    }
}

impl Floor {
    /// Reads `verify=bytes,network=deny,isolation=require`: the value of `--floor` and
    /// GO_OFFLINE_FLOOR. Of two words for one key the stricter counts: who adds to a floor does not
    /// lower it.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Floor, String> {
        let mut floor = Floor::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((name, word)) = part.split_once('=') else {
                return Err(format!("`{part}` is not of the form KEY=WORD, as in verify=bytes"));
            };
            let word = word.trim();
            match name.trim() {
                "verify" => raise(&mut floor.verify, word, "verify")?,
                "network" => raise(&mut floor.network, word, "network")?,
                "isolation" => raise(&mut floor.isolation, word, "isolation")?,
                "unix-sockets" => raise(&mut floor.unix_sockets, word, "unix-sockets")?,
                name => {
                    return Err(format!(
                        "`{name}` has no floor; verify, network, isolation and unix-sockets have"
                    ));
                }
            }
        }
        if floor == Floor::default() {
            return Err("it names no bound; write it as in verify=bytes,network=deny".to_owned());
        }
        Ok(floor)
    }
}

/// As [`Floor::parse`] reads it.
impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            ("verify", self.verify.map(Verify::word)),
            ("network", self.network.map(Network::word)),
            ("isolation", self.isolation.map(Isolation::word)),
            ("unix-sockets", self.unix_sockets.map(UnixSockets::word)),
        ];
        let words = words.iter().filter_map(|(key, word)| Some(format!("{key}={}", (*word)?)));
        f.write_str(&words.collect::<Vec<_>>().join(","))
    }
}

fn raise<T>(bound: &mut Option<T>, word: &str, key: &str) -> Result<(), String>
where
    T: FromStr<Err = UnknownWord> + Ord + Copy,
{
    let word = word.parse().map_err(|error| format!("{key}: {error}"))?;
    *bound = Some(bound.map_or(word, |bound| bound.max(word)));
    Ok(())
}

#[cfg(test)]
mod tests;
