//! The variables and GOFLAGS of a profile: gathered along its chain, held against the trust in each
//! file, expanded.

use super::builtin::Closure;
use super::chain::{Chain, Link, origin_of};
use super::config::{ConfigError, EnvEntry, EnvValue};
use super::expand::{Expansion, Ground};
use super::goenv::Origin;
use super::goflags::{can_be_joined, flag_name, split};
use super::resolved::{Loosened, ProfileVar};
use super::select::SelectError;
use super::user_env::UserEnv;
use super::variables::{Class, class, flag_refusal_in_a_project, refusal_in_a_project};
use crate::gomod::Spanned;
use std::cell::OnceCell;

/// What the files of a chain make of the environment.
#[derive(Default)]
pub(super) struct Vars {
    pub(super) vars: Vec<ProfileVar>,
    pub(super) platform: (String, String),
    pub(super) goflags: Vec<(String, Origin)>,
    pub(super) refused: Vec<ConfigError>,
    pub(super) loosened: Vec<Loosened>,
}

/// Gathers them. `is_shut` says that a floor keeps projects from opening the network.
pub(super) fn gather(
    chain: &Chain<'_>,
    profile: &str,
    user: &UserEnv,
    ground: &Ground<'_>,
    is_shut: bool,
) -> Result<Vars, SelectError> {
    let mut gathered = Gathered::default();
    // The farthest first: what is nearer replaces it.
    for link in chain.links.iter().rev() {
        for entry in &link.table.env {
            gathered.take(link, entry, chain.base.closure, is_shut);
        }
    }
    let platform = |name: &str, host: Option<&str>| {
        let of_profile = gathered.whole.iter().find(|(_, entry)| entry.name.value == name);
        let of_profile = of_profile.map(|(_, entry)| whole(entry).value.clone());
        let of_environment = user.environ.text(name).map(str::to_owned);
        let of_file = user.get(name).map(|(value, _)| value.to_string_lossy().into_owned());
        of_environment.or(of_profile).or(of_file).or(host.map(str::to_owned)).unwrap_or_default()
    };
    let expansion = Expansion {
        ground,
        goos: platform("GOOS", ground.host.map(|host| host.0)),
        goarch: platform("GOARCH", ground.host.map(|host| host.1)),
        profile,
        made_key: OnceCell::new(),
    };
    gathered.expanded(&expansion)
}

/// Variables by name with the table they come from, not yet expanded.
#[derive(Default)]
struct Gathered<'a> {
    whole: Vec<(Link<'a>, &'a EnvEntry)>,
    words: Vec<Word<'a>>,
    refused: Vec<ConfigError>,
    loosened: Vec<Loosened>,
}

struct Word<'a> {
    link: Link<'a>,
    word: Spanned<String>,
}

impl<'a> Gathered<'a> {
    fn take(&mut self, link: &Link<'a>, entry: &'a EnvEntry, closure: Closure, is_shut: bool) {
        match &entry.value {
            _ if entry.name.value == "GOFLAGS" => self.take_flags(link, &entry.value),
            EnvValue::Whole(value) => {
                if link.is_of_project()
                    && let Some(reason) = refusal_in_a_project(&entry.name.value, &value.value)
                {
                    let written = format!("{} = \"{}\"", entry.name.value, value.value);
                    return self.refuse(link, &entry.name.span, &written, &reason);
                }
                if self.is_loose(link, entry, closure) {
                    if is_shut && link.is_of_project() {
                        return;
                    }
                    let what = format!("{} = {}", entry.name.value, value.value);
                    self.loosened
                        .push(Loosened { what, origin: origin_of(link.config, &entry.name) });
                }
                self.whole.retain(|(_, other)| other.name.value != entry.name.value);
                self.whole.push((*link, entry));
            }
            EnvValue::Words(_) => {}
        }
    }

    /// Whether a variable opens what the built-in profile closes, or takes what a project names from
    /// the checksum database.
    fn is_loose(&self, link: &Link<'_>, entry: &EnvEntry, closure: Closure) -> bool {
        let value = whole(entry).value.as_str();
        let is_closed = class(&entry.name.value) == Class::Closed;
        match entry.name.value.as_str() {
            "GOSUMDB" if value == "off" => true,
            "GOSUMDB" if link.is_of_project() && value != "sum.golang.org" => true,
            "GONOSUMDB" | "GOPRIVATE" if link.is_of_project() && value != "none" => true,
            _ => is_closed && matches!(closure, Closure::Offline | Closure::Bundle),
        }
    }

    fn take_flags(&mut self, link: &Link<'a>, value: &'a EnvValue) {
        let words: Vec<Spanned<String>> = match value {
            EnvValue::Words(words) => words.clone(),
            EnvValue::Whole(whole) => {
                self.words.clear();
                let words = split(&whole.value).unwrap_or_default();
                words.into_iter().map(|value| Spanned { value, span: whole.span.clone() }).collect()
            }
        };
        for word in words {
            if link.is_of_project()
                && let Some(reason) = flag_refusal_in_a_project(&word.value)
            {
                self.refuse(link, &word.span, &word.value, &reason);
                continue;
            }
            let name = flag_name(&word.value).map(str::to_owned);
            self.words.retain(|other| flag_name(&other.word.value) != name.as_deref());
            self.words.push(Word { link: *link, word });
        }
    }

    fn refuse(&mut self, link: &Link<'a>, span: &crate::gomod::Span, written: &str, reason: &str) {
        let message = format!("`{written}` of profile {} does not count", link.table.name.value);
        self.refused.push(ConfigError::at(&link.config.file, span, message).label(reason));
    }

    fn expanded(mut self, expansion: &Expansion<'_>) -> Result<Vars, SelectError> {
        let mut vars = Vars::default();
        let mut errors = Vec::new();
        for (link, entry) in &self.whole {
            let written = whole(entry);
            match expansion.expand(&written.value) {
                Ok(value) => vars.vars.push(ProfileVar {
                    name: entry.name.value.clone(),
                    value,
                    origin: origin_of(link.config, &entry.name),
                }),
                Err(reason) => errors.push(error(link, written, &reason)),
            }
        }
        for Word { link, word } in std::mem::take(&mut self.words) {
            let value = match expansion.expand(&word.value) {
                Ok(value) if can_be_joined(&value) => value,
                Ok(value) => {
                    let reason = format!(
                        "`{value}` has space and both kinds of quotes, which GOFLAGS cannot hold"
                    );
                    errors.push(error(&link, &word, &reason));
                    continue;
                }
                Err(reason) => {
                    errors.push(error(&link, &word, &reason));
                    continue;
                }
            };
            // The checkout names its directories, and {project} may make two flags of one.
            match flag_refusal_in_a_project(&value).filter(|_| link.is_of_project()) {
                Some(reason) => self.refuse(&link, &word.span, &value, &reason),
                None => vars.goflags.push((value, origin_of(link.config, &word))),
            }
        }
        (vars.refused, vars.loosened) = (self.refused, self.loosened);
        vars.platform = (expansion.goos.clone(), expansion.goarch.clone());
        if errors.is_empty() { Ok(vars) } else { Err(SelectError::Config(errors)) }
    }
}

fn error(link: &Link<'_>, at: &Spanned<String>, reason: &str) -> ConfigError {
    ConfigError::at(&link.config.file, &at.span, reason)
}

/// The value of an entry that is not GOFLAGS: the reader takes no array for it.
fn whole(entry: &EnvEntry) -> &Spanned<String> {
    match &entry.value {
        EnvValue::Whole(value) => value,
        EnvValue::Words(_) => unreachable!("only GOFLAGS is a list of words"),
    }
}
