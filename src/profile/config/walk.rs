//! Holds a parsed file against the table of keys: unknown keys, wrong types, words that mean
//! nothing. All mistakes are found, not only the first.

use super::keys::{Key, Kind, find};
use super::{ConfigError, ConfigFile};
use crate::gomod::Span;
use crate::profile::similar;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Everything in a table that its keys do not allow, in file order.
pub(super) fn mistakes(
    file: &ConfigFile,
    table: &Spanned<DeTable<'_>>,
    keys: &[Key],
) -> Vec<ConfigError> {
    let mut walk = Walk { file, found: Vec::new() };
    walk.table(table.get_ref(), &table.span(), keys, "");
    walk.found.sort_by_key(|error| error.span.start);
    walk.found
}

struct Walk<'f> {
    file: &'f ConfigFile,
    found: Vec<ConfigError>,
}

impl Walk<'_> {
    /// `path` is where the table stands, such as `profile.ci`; empty for the whole file.
    fn table(&mut self, table: &DeTable<'_>, span: &Span, keys: &[Key], path: &str) {
        for (name, value) in table {
            let path = below(path, name.get_ref());
            match find(keys, name.get_ref()) {
                Some(key) => self.value(value, &key.kind, &path),
                None => self.unknown_key(name.get_ref(), &name.span(), keys, &path),
            }
        }
        for key in keys.iter().filter(|key| key.required) {
            if !table.contains_key(key.name) {
                let message = format!("`{path}` lacks the key `{}`", key.name);
                let help = format!("add `{} = …`: {}", key.name, lower_first(key.about));
                self.found.push(ConfigError::at(self.file, span, message).help(help));
            }
        }
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, kind: &Kind, path: &str) {
        match (kind, value.get_ref()) {
            (Kind::Text, DeValue::String(_))
            | (Kind::TextOr(_), DeValue::String(_))
            | (Kind::Integer, DeValue::Integer(_)) => {}
            (Kind::Date, DeValue::Datetime(date)) if date.date.is_some() && date.time.is_none() => {
            }
            (Kind::Word(words), DeValue::String(word)) if words.contains(&&**word) => {}
            (Kind::Word(words), DeValue::String(word)) => {
                let message = format!("`{path}` cannot be `{word}`");
                let help = did_you_mean(word, words.iter().copied(), "it is one of");
                self.found.push(ConfigError::at(self.file, &value.span(), message).help(help));
            }
            (Kind::List(inner), DeValue::Array(values)) => {
                values.iter().for_each(|value| self.value(value, inner, path));
            }
            (Kind::TextOr(inner), _) if fits(inner, value.get_ref()) => {
                self.value(value, inner, path);
            }
            (Kind::Table(keys), DeValue::Table(table)) => {
                self.table(table, &value.span(), keys, path);
            }
            (Kind::Named(inner), DeValue::Table(table)) => {
                for (name, value) in table {
                    self.value(value, inner, &below(path, name.get_ref()));
                }
            }
            (_, given) => {
                let message =
                    format!("`{path}` takes {}, not {}", takes(kind), article(given.type_str()));
                self.found.push(ConfigError::at(self.file, &value.span(), message));
            }
        }
    }

    fn unknown_key(&mut self, name: &str, span: &Span, keys: &[Key], path: &str) {
        let message = format!("`{path}` is no key of this file");
        let help = did_you_mean(name, keys.iter().map(|key| key.name), "the keys here are");
        self.found.push(ConfigError::at(self.file, span, message).help(help));
    }
}

/// A suggestion where a word is like another, else all the words.
pub(super) fn did_you_mean<'w>(
    given: &str,
    words: impl Iterator<Item = &'w str> + Clone,
    these: &str,
) -> String {
    match similar(given, words.clone()) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => format!("{these}: {}", words.collect::<Vec<_>>().join(", ")),
    }
}

fn fits(kind: &Kind, value: &DeValue<'_>) -> bool {
    matches!(
        (kind, value),
        (Kind::List(_), DeValue::Array(_)) | (Kind::Table(_), DeValue::Table(_))
    )
}

fn takes(kind: &Kind) -> String {
    match kind {
        Kind::Text => "a string".to_owned(),
        Kind::Word(words) => format!("one of the words {}", words.join(", ")),
        Kind::Date => "a date such as 2027-01-01".to_owned(),
        Kind::Integer => "a whole number".to_owned(),
        Kind::List(_) => "an array".to_owned(),
        Kind::TextOr(inner) => format!("a string or {}", takes(inner)),
        Kind::Table(_) | Kind::Named(_) => "a table".to_owned(),
    }
}

fn article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str().trim_end_matches('.'))
}
