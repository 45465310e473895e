//! From a profile's name to the tables that make it and the built-in profile they stand on.

use super::builtin::BuiltIn;
use super::config::{Config, ConfigError, ProfileTable, Trust};
use super::goenv::Origin;
use super::select::{SelectError, VendorFacts};
use super::similar;
use crate::gomod::Spanned;

/// More profiles than this inherit from one another in no settings that anybody wrote.
const LONGEST: usize = 64;

/// The settings files that count.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers<'a> {
    /// The project's go-offline.toml.
    pub project: Option<&'a Config>,
    /// The user's own config.toml.
    pub user: Option<&'a Config>,
}

impl<'a> Layers<'a> {
    /// The files, the stronger one first.
    pub fn files(self) -> impl Iterator<Item = &'a Config> {
        self.project.into_iter().chain(self.user)
    }

    /// Every profile that can be named, built-in ones first, each once.
    pub fn names(self) -> Vec<String> {
        let mut names: Vec<String> = BuiltIn::names().map(str::to_owned).collect();
        for table in self.files().flat_map(|config| &config.profiles) {
            if !names.contains(&table.name.value) {
                names.push(table.name.value.clone());
            }
        }
        names
    }
}

/// One `[profile.NAME]` of a chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'a> {
    pub(super) config: &'a Config,
    pub(super) table: &'a ProfileTable,
}

impl Link<'_> {
    pub(super) fn is_of_project(&self) -> bool {
        self.config.file.trust == Trust::Project
    }
}

/// What a profile is made of.
pub(super) struct Chain<'a> {
    /// From the profile itself to the one that stands on the built-in one; of one name the
    /// project's table before the user's.
    pub(super) links: Vec<Link<'a>>,
    pub(super) base: &'static BuiltIn,
    /// What led to the built-in profile: an `inherits`, or what chose it directly.
    pub(super) base_origin: Origin,
    /// Whether a project's file had a part in the choice of it.
    pub(super) by_project: bool,
}

impl<'a> Chain<'a> {
    /// A value of the nearest table that has it.
    pub(super) fn nearest<T>(
        &self,
        value: impl Fn(&Link<'a>) -> Option<&'a Spanned<T>>,
    ) -> Option<(Link<'a>, &'a Spanned<T>)> {
        self.links.iter().find_map(|link| Some((*link, value(link)?)))
    }

    /// The proxy that the nearest table names.
    pub(super) fn proxy(&self) -> Option<(Link<'a>, &'a Spanned<String>)> {
        self.nearest(|link| link.table.proxy.as_ref())
    }
}

/// Follows `inherits` from `name`, which exists, to a built-in profile.
pub(super) fn chain<'a>(
    layers: Layers<'a>,
    name: &str,
    chosen_by: (Origin, bool),
    facts: VendorFacts,
) -> Result<Chain<'a>, SelectError> {
    let mut links: Vec<Link<'a>> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let (mut origin, mut by_project) = chosen_by;
    let mut name = name.to_owned();
    loop {
        if let Some(base) = built_in(&name, facts) {
            if name == "auto" && links.is_empty() && matches!(origin, Origin::BuiltIn(_)) {
                origin = Origin::Auto;
            }
            return Ok(Chain { links, base, base_origin: origin, by_project });
        }
        seen.push(name.clone());
        let here: Vec<Link<'a>> = layers
            .files()
            .filter_map(|config| Some(Link { config, table: config.profile(&name)? }))
            .collect();
        let inherits = here.iter().find_map(|link| Some((*link, link.table.inherits.as_ref()?)));
        links.extend(here);
        let Some((link, next)) = inherits else {
            // Nothing is inherited by name: what the project is decides.
            name = "auto".to_owned();
            continue;
        };
        if seen.len() > LONGEST {
            let message = format!("`inherits` leads through more than {LONGEST} profiles");
            let error = ConfigError::at(&link.config.file, &next.span, message);
            return Err(SelectError::Config(vec![error]));
        }
        by_project |= link.is_of_project();
        origin = origin_of(link.config, next);
        check_next(layers, link, next, &seen)?;
        name = next.value.clone();
    }
}

fn check_next(
    layers: Layers<'_>,
    link: Link<'_>,
    next: &Spanned<String>,
    seen: &[String],
) -> Result<(), SelectError> {
    let file = &link.config.file;
    if seen.contains(&next.value) {
        let round = seen.iter().chain([&next.value]).cloned().collect::<Vec<_>>().join(" → ");
        let message = format!("profile `{}` inherits itself", next.value);
        let error = ConfigError::at(file, &next.span, message).label(round);
        return Err(SelectError::Config(vec![
            error.help("let one of them inherit a built-in profile"),
        ]));
    }
    let names = layers.names();
    if names.contains(&next.value) {
        return Ok(());
    }
    let message = format!("no profile is named `{}`", next.value);
    let error = ConfigError::at(file, &next.span, message);
    Err(SelectError::Config(vec![error.help(suggestion(&next.value, &names))]))
}

/// What to say to somebody who named a profile that does not exist.
pub(super) fn suggestion(name: &str, names: &[String]) -> String {
    match similar(name, names.iter().map(String::as_str)) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => format!("the profiles are: {}", names.join(", ")),
    }
}

fn built_in(name: &str, facts: VendorFacts) -> Option<&'static BuiltIn> {
    let name = match name {
        "auto" if facts.is_vendored() => "vendor",
        "auto" => "cache",
        name => name,
    };
    BuiltIn::by_name(name)
}

/// The line of a value in a settings file.
pub(super) fn origin_of<T>(config: &Config, value: &Spanned<T>) -> Origin {
    Origin::File { path: config.file.shown.clone(), line: config.file.line(value.span.start) }
}
