//! From the parsed table to typed values. Shapes are checked by `walk`, and passed over here where
//! they are wrong; what is checked here are values with a form of their own.

use super::keys::FILE;
use super::names::{self, Place};
use super::walk::mistakes;
use super::{
    Carry, Config, ConfigError, ConfigFile, EnvEntry, EnvValue, Floor, Known, ModuleRule,
    ModuleTable, ProfileTable, Trust,
};
use crate::gomod::{Span, Spanned};
use crate::profile::BuiltIn;
use crate::profile::pattern::Pattern;
use crate::profile::policy::LintLevel;
use std::str::FromStr;
use toml::de::{DeTable, DeValue};

/// Nobody mends more than this at once.
const MOST_MISTAKES: usize = 50;

type Value<'t> = toml::Spanned<DeValue<'t>>;

pub(super) fn read(file: ConfigFile, known: Known<'_>) -> Result<Config, Vec<ConfigError>> {
    let text = file.text.clone();
    let (table, errors) = DeTable::parse_recoverable(&text);
    if !errors.is_empty() {
        let errors = errors.iter().take(MOST_MISTAKES);
        return Err(errors.map(|error| syntax_error(&file, error)).collect());
    }
    let mut reader = Reader { file: &file, known, errors: mistakes(&file, &table, FILE) };
    let read = reader.config(table.get_ref());
    let mut errors = reader.errors;
    if errors.is_empty() {
        return Ok(Config { file, ..read });
    }
    errors.sort_by_key(|error| error.span.start);
    errors.truncate(MOST_MISTAKES);
    Err(errors)
}

fn syntax_error(file: &ConfigFile, error: &toml::de::Error) -> ConfigError {
    let span = error.span().unwrap_or(0..0);
    let mut lines = error.message().lines();
    let message = format!("this is not TOML: {}", lines.next().unwrap_or_default());
    ConfigError::at(file, &span, message).help(lines.collect::<Vec<_>>().join("; "))
}

struct Reader<'a> {
    file: &'a ConfigFile,
    known: Known<'a>,
    errors: Vec<ConfigError>,
}

impl Reader<'_> {
    fn config(&mut self, table: &DeTable<'_>) -> Config {
        let profiles = entries(table.get("profile"));
        let mut profiles: Vec<_> = profiles
            .filter_map(|(name, value)| Some(self.profile(name, value.get_ref().as_table()?)))
            .collect();
        profiles.sort_by_key(|profile| profile.name.span.start);
        let modules = table.get("modules").and_then(|value| value.get_ref().as_table());
        let modules = modules.map(|table| self.modules(table));
        Config {
            file: self.file.clone(),
            default_profile: text(table, "default-profile"),
            profiles,
            modules: modules.unwrap_or_default(),
            lints: self.lints(table.get("lints")),
            carry: items(table.get("carry")).filter_map(|value| self.carry(value)).collect(),
            floor: table.get("floor").and_then(|value| self.floor(value)),
        }
    }

    fn profile(&mut self, name: Spanned<String>, table: &DeTable<'_>) -> ProfileTable {
        if BuiltIn::names().any(|builtin| builtin == name.value) {
            let message = format!("`{}` is a built-in profile and cannot be changed", name.value);
            let help = format!(
                "give yours another name, with `inherits = \"{0}\"`; `default-profile` chooses it",
                name.value
            );
            self.error(&name.span, message, help);
        } else if !names::is_profile_name(&name.value) {
            let message = format!("`{}` cannot name a profile", name.value);
            self.error(
                &name.span,
                message,
                "letters, digits, `-`, `_` and `.`, and a letter or digit first",
            );
        }
        if let Some(proxy) = text(table, "proxy") {
            self.check_proxy(&proxy);
        }
        let mut env: Vec<_> = entries(table.get("env"))
            .filter_map(|(name, value)| self.variable(name, value))
            .collect();
        env.sort_by_key(|entry| entry.name.span.start);
        ProfileTable {
            name,
            inherits: text(table, "inherits"),
            isolation: word(table, "isolation"),
            verify: word(table, "verify"),
            network: word(table, "network"),
            allow: self.addresses(table, "allow"),
            publish: self.addresses(table, "publish"),
            run_network: word(table, "run-network"),
            unix_sockets: word(table, "unix-sockets"),
            watch_calls: word(table, "watch-calls"),
            gowork: word(table, "gowork"),
            proxy: text(table, "proxy"),
            bundle: text(table, "bundle"),
            env,
        }
    }

    fn variable(&mut self, name: Spanned<String>, value: &Value<'_>) -> Option<EnvEntry> {
        if let Err((message, help)) = names::variable(&name.value) {
            self.error(&name.span, message, help);
            return None;
        }
        let value = match value.get_ref() {
            DeValue::String(text) if name.value == "GOFLAGS" => {
                let whole = Spanned { value: text.to_string(), span: value.span() };
                self.check_whole_flags(&whole);
                EnvValue::Whole(whole)
            }
            DeValue::String(text) => {
                EnvValue::Whole(Spanned { value: text.to_string(), span: value.span() })
            }
            DeValue::Array(_) if name.value != "GOFLAGS" => {
                let message = format!("`{}` takes a string, not an array", name.value);
                self.error(&value.span(), message, "only GOFLAGS is a list of words");
                return None;
            }
            DeValue::Array(_) => {
                let words: Vec<_> = texts(Some(value)).collect();
                words.iter().for_each(|word| self.check_flag(&word.value, &word.span));
                EnvValue::Words(words)
            }
            _ => return None,
        };
        Some(EnvEntry { name, value })
    }

    fn check_whole_flags(&mut self, whole: &Spanned<String>) {
        match crate::profile::flags::split(&whole.value) {
            Ok(words) => words.iter().for_each(|word| self.check_flag(word, &whole.span)),
            Err(error) => {
                self.error(
                    &whole.span,
                    format!("`GOFLAGS` cannot be split into words: {error}"),
                    "",
                );
            }
        }
    }

    fn check_flag(&mut self, word: &str, span: &Span) {
        if let Err((message, help)) = names::goflag(word, self.known.flags) {
            self.error(span, message, help);
        }
    }

    fn check_proxy(&mut self, proxy: &Spanned<String>) {
        for url in proxy.value.split([',', '|']).map(str::trim) {
            if let Err((message, help)) = names::proxy_url(url) {
                self.error(&proxy.span, message, help);
            }
        }
    }

    fn addresses(&mut self, table: &DeTable<'_>, key: &str) -> Option<Spanned<Vec<String>>> {
        let value = table.get(key)?;
        let given: Vec<_> = texts(Some(value)).collect();
        for address in &given {
            if !names::is_address(&address.value) {
                let message = format!("`{}` is no address", address.value);
                self.error(
                    &address.span,
                    message,
                    "write host:port, as in `127.0.0.1:5432` or `[::1]:8080`",
                );
            }
        }
        let given = given.into_iter().map(|address| address.value).collect();
        Some(Spanned { value: given, span: value.span() })
    }

    fn modules(&mut self, table: &DeTable<'_>) -> ModuleTable {
        let mut rules = |key| items(table.get(key)).filter_map(|value| self.rule(value)).collect();
        let (allow, deny) = (rules("allow"), rules("deny"));
        let private = texts(table.get("private"));
        let private = private.filter_map(|text| self.pattern(&text, Place::Private)).collect();
        ModuleTable { allow, deny, private }
    }

    fn rule(&mut self, value: &Value<'_>) -> Option<ModuleRule> {
        let DeValue::Table(table) = value.get_ref() else {
            value.get_ref().as_str()?;
            let pattern = self.pattern(&spanned_text(value), Place::Rule)?;
            return Some(ModuleRule { pattern, reason: String::new(), priority: 0 });
        };
        let pattern = self.pattern(&text(table, "path")?, Place::Rule)?;
        let reason = text(table, "reason").map(|reason| reason.value).unwrap_or_default();
        let priority = table.get("priority").and_then(|value| self.integer(value)).unwrap_or(0);
        Some(ModuleRule { pattern, reason, priority })
    }

    fn integer(&mut self, value: &Value<'_>) -> Option<i64> {
        let integer = value.get_ref().as_integer()?;
        let read = i64::from_str_radix(integer.as_str(), integer.radix());
        if read.is_err() {
            self.error(&value.span(), format!("`{}` is too large", integer.as_str()), "");
        }
        read.ok()
    }

    fn pattern(&mut self, text: &Spanned<String>, place: Place) -> Option<Spanned<Pattern>> {
        match names::pattern(&text.value, place) {
            Ok(value) => Some(Spanned { value, span: text.span.clone() }),
            Err((message, help)) => {
                self.error(&text.span, message, help);
                None
            }
        }
    }

    fn lints(&mut self, value: Option<&Value<'_>>) -> Vec<(Spanned<String>, LintLevel)> {
        let mut lints = Vec::new();
        for (code, level) in entries(value) {
            let Some(level) = level.get_ref().as_str().and_then(|word| word.parse().ok()) else {
                continue;
            };
            match names::lint(&code.value, level, self.file.trust, self.known.codes) {
                Ok(()) => lints.push((code, level)),
                Err((message, help)) => self.error(&code.span, message, help),
            }
        }
        lints.sort_by_key(|(code, _)| code.span.start);
        lints
    }

    fn carry(&mut self, value: &Value<'_>) -> Option<Carry> {
        let table = value.get_ref().as_table()?;
        let (path, sha256) = (text(table, "path")?, text(table, "sha256")?);
        if !names::is_sha256(&sha256.value) {
            self.error(
                &sha256.span,
                "`sha256` takes 64 hexadecimal digits",
                "run `sha256sum` on the patched file",
            );
        }
        if !names::is_inside(&path.value) {
            let message = format!("`{}` does not lie inside the module", path.value);
            self.error(&path.span, message, "write the path from the module's root, with `/`");
        }
        let expires = table.get("expires").and_then(|value| value.get_ref().as_datetime());
        Some(Carry {
            module: text(table, "module")?,
            path: path.value,
            sha256: sha256.value.to_ascii_lowercase(),
            reason: text(table, "reason")?.value,
            expires: expires.map(ToString::to_string),
        })
    }

    fn floor(&mut self, value: &Value<'_>) -> Option<Spanned<Floor>> {
        if self.file.trust == Trust::Project {
            let help = "move it to the user's own file ($XDG_CONFIG_HOME/go-offline/config.toml), or give `--floor`; here the keys of a profile say what it demands";
            self.error(&value.span(), "a project cannot set the floor under itself", help);
            return None;
        }
        let table = value.get_ref().as_table()?;
        let floor = Floor {
            verify: word(table, "verify").map(|word| word.value),
            network: word(table, "network").map(|word| word.value),
            isolation: word(table, "isolation").map(|word| word.value),
            unix_sockets: word(table, "unix-sockets").map(|word| word.value),
        };
        Some(Spanned { value: floor, span: value.span() })
    }

    fn error(&mut self, span: &Span, message: impl Into<String>, help: impl Into<String>) {
        self.errors.push(ConfigError::at(self.file, span, message).help(help));
    }
}

fn entries<'v, 't: 'v>(
    value: Option<&'v Value<'t>>,
) -> impl Iterator<Item = (Spanned<String>, &'v Value<'t>)> {
    let table = value.and_then(|value| value.get_ref().as_table());
    table.into_iter().flatten().map(|(name, value)| {
        (Spanned { value: name.get_ref().to_string(), span: name.span() }, value)
    })
}

fn items<'v, 't: 'v>(value: Option<&'v Value<'t>>) -> impl Iterator<Item = &'v Value<'t>> {
    value.and_then(|value| value.get_ref().as_array()).into_iter().flat_map(|array| array.iter())
}

fn spanned_text(value: &Value<'_>) -> Spanned<String> {
    let text = value.get_ref().as_str().unwrap_or_default();
    Spanned { value: text.to_owned(), span: value.span() }
}

/// The strings of an array: what is none has been told of.
fn texts<'v, 't: 'v>(value: Option<&'v Value<'t>>) -> impl Iterator<Item = Spanned<String>> + 'v {
    items(value).filter(|value| value.get_ref().as_str().is_some()).map(spanned_text)
}

fn text(table: &DeTable<'_>, key: &str) -> Option<Spanned<String>> {
    table.get(key).map(spanned_text)
}

fn word<T: FromStr>(table: &DeTable<'_>, key: &str) -> Option<Spanned<T>> {
    let value = table.get(key)?;
    let word = value.get_ref().as_str()?.parse().ok()?;
    Some(Spanned { value: word, span: value.span() })
}
