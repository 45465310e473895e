//! `profile`: what there is, what one comes to, and how two differ.

use super::args::{Arguments, Format, ProfileArgs, ProfileVerb};
use super::output::Output;
use super::wrapped::request;
use crate::profile::{
    BuiltIn, Format as EnvFormat, GoEnv, Loosened, Origin, Overridden, export, schema,
};
use crate::report::{Exit, clean};
use crate::run::{Failure, Outcome, Scene, Surroundings, Target, gather, lint_codes, loosened};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn run(
    arguments: &Arguments,
    profile: &ProfileArgs,
    surroundings: &Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    let resolve = |name: Option<&String>| {
        let mut request = request(arguments, Target::Nothing);
        request.choice.profile = name.or(arguments.profile.as_ref()).cloned();
        gather(surroundings.clone(), &request)
    };
    let text = match &profile.verb {
        ProfileVerb::List => list(&resolve(None)?),
        ProfileVerb::Show { name, format: Format::Human } => show(&resolve(name.as_ref())?),
        ProfileVerb::Show { name, format: Format::Json } => show_json(&resolve(name.as_ref())?)?,
        ProfileVerb::Diff { one, other } => diff(&resolve(Some(one))?, &resolve(Some(other))?),
        ProfileVerb::Env { name, format } => env(&resolve(name.as_ref())?, *format, output)?,
        ProfileVerb::Schema => schema(&lint_codes()),
    };
    output.data(&text)?;
    Ok(Outcome::Own(Exit::Ok))
}

fn env(scene: &Scene, format: EnvFormat, output: &Output) -> Result<String, Failure> {
    for refused in &scene.profile.refused {
        output.notice(&format!("{refused}: {}", refused.label));
    }
    let env = GoEnv::new(&scene.profile, &scene.user);
    export(env.settings(), format).map_err(Failure::config)
}

fn list(scene: &Scene) -> String {
    let mark = |name: &str| if name == scene.profile.name { '*' } else { ' ' };
    let mut out = String::new();
    let layers = scene.settings.layers();
    for name in layers.names() {
        if name == "auto" {
            let _ =
                writeln!(out, "  auto       vendor/ if the project has one, else the module cache");
        } else if let Some(builtin) = BuiltIn::by_name(&name) {
            let _ = writeln!(out, "{} {name:<10} {}", mark(&name), builtin.about);
        } else {
            let tables = layers.files().filter_map(|config| Some((config, config.profile(&name)?)));
            let tables: Vec<_> = tables.collect();
            let places = tables.iter().map(|(config, table)| {
                format!(
                    "{}:{}",
                    config.file.shown.display(),
                    config.file.line(table.name.span.start)
                )
            });
            let places: Vec<String> = places.collect();
            let inherits = tables.iter().find_map(|(_, table)| table.inherits.as_ref());
            let inherits = inherits.map_or("auto", |inherits| inherits.value.as_str());
            let _ = writeln!(
                out,
                "{} {name:<10} inherits {inherits} ({})",
                mark(&name),
                places.join(", ")
            );
        }
    }
    let _ = writeln!(out, "\nin force: {} (from {})", scene.profile.name, scene.profile.origin);
    out
}

/// What a profile comes to, line by line, without where it comes from.
struct Sheet {
    env: GoEnv,
    loosened: Vec<Loosened>,
}

impl Sheet {
    fn of(scene: &Scene) -> Sheet {
        Sheet { env: GoEnv::new(&scene.profile, &scene.user), loosened: loosened(scene) }
    }

    fn variables(&self) -> impl Iterator<Item = (&str, Option<String>, &Origin)> {
        self.env.settings().iter().map(|setting| {
            let value = setting.value.as_ref().map(|value| value.to_string_lossy().into_owned());
            (setting.name.as_str(), value, &setting.origin)
        })
    }

    /// Whatever lost against a variable's value.
    fn lost<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Overridden> {
        self.env.overridden.iter().filter(move |lost| lost.name == name)
    }
}

fn show(scene: &Scene) -> String {
    let (profile, sheet) = (&scene.profile, Sheet::of(scene));
    let mut out = String::new();
    put(&mut out, &format!("profile {} (from {})", profile.name, profile.origin));
    if !profile.inherits.is_empty() && profile.inherits != [profile.name.clone()] {
        put(&mut out, &format!("inherits {}", profile.inherits.join(", which inherits ")));
    }
    out.push('\n');
    for decision in &profile.decisions {
        line(&mut out, &format!("{} = {}", decision.key, decision.value), &decision.origin);
        // What says the same has lost nothing.
        for (value, origin) in decision.lost.iter().filter(|(value, _)| *value != decision.value) {
            put(&mut out, &format!("    over {value} ({origin})"));
        }
    }
    if !profile.private.is_empty() {
        put(&mut out, &format!("private modules: {}", profile.private.join(" ")));
    }
    out.push_str("\nenvironment:\n");
    for (name, value, origin) in sheet.variables() {
        let text = match value {
            Some(value) => format!("{name}={value}"),
            None => format!("{name} unset"),
        };
        line(&mut out, &text, origin);
        for lost in sheet.lost(name) {
            put(&mut out, &format!("    over {} ({})", lost.value, lost.origin));
        }
    }
    if sheet.env.settings().is_empty() {
        out.push_str("  nothing is changed\n");
    }
    for lost in &sheet.env.outranked {
        put(
            &mut out,
            &format!(
                "  {}={} of {} loses against the environment: {}",
                lost.name, lost.value, lost.origin, lost.winner
            ),
        );
    }
    remarks(&mut out, scene, &sheet);
    out
}

/// What is not as the files say, or looser than without them.
fn remarks(out: &mut String, scene: &Scene, sheet: &Sheet) {
    let profile = &scene.profile;
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = write!(out, "\n{title}:\n");
            lines.iter().for_each(|line| put(out, &format!("  {line}")));
        }
    };
    section(
        "does not count, since a project may not set it",
        profile.refused.iter().map(ToString::to_string).collect(),
    );
    section(
        "held by a floor",
        profile
            .held
            .iter()
            .map(|held| {
                format!("{} ({}): {} by {}", held.what, held.origin, held.instead, held.floor)
            })
            .collect(),
    );
    section(
        "loosened",
        sheet
            .loosened
            .iter()
            .map(|loosened| format!("{} ({})", loosened.what, loosened.origin))
            .collect(),
    );
}

/// Adds one line, whatever a value from the checkout holds: no second one, and nothing that a terminal
/// would take for more.
fn put(out: &mut String, line: &str) {
    out.push_str(&clean(line));
    out.push('\n');
}

fn line(out: &mut String, text: &str, origin: &Origin) {
    put(out, &format!("  {text:<46} {origin}"));
}

fn show_json(scene: &Scene) -> Result<String, Failure> {
    let (profile, sheet) = (&scene.profile, Sheet::of(scene));
    let lost = |name: &str| -> Vec<Value> {
        sheet
            .lost(name)
            .map(|lost| json!({ "value": lost.value, "origin": lost.origin.to_string() }))
            .collect()
    };
    let values: Vec<Value> = profile
        .decisions
        .iter()
        .map(|decision| {
            let lost: Vec<Value> = decision.lost.iter().map(|(value, origin)| json!({ "value": value, "origin": origin.to_string() })).collect();
            json!({ "key": decision.key, "value": decision.value, "origin": decision.origin.to_string(), "lost": lost })
        })
        .collect();
    let env: Vec<Value> = sheet
        .variables()
        .map(|(name, value, origin)| json!({ "name": name, "value": value, "origin": origin.to_string(), "lost": lost(name) }))
        .collect();
    let outranked: Vec<Value> = sheet.env.outranked.iter().map(|lost| {
        json!({ "name": lost.name, "value": lost.value, "origin": lost.origin.to_string(), "winner": lost.winner })
    }).collect();
    let report = json!({
        "schema": 1,
        "profile": profile.name,
        "base": profile.base,
        "origin": profile.origin.to_string(),
        "inherits": profile.inherits,
        "values": values,
        "private": profile.private,
        "env": env,
        "outranked": outranked,
        "refused": profile.refused.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "held": profile.held.iter().map(|held| json!({ "what": held.what, "origin": held.origin.to_string(), "instead": held.instead, "floor": held.floor.to_string() })).collect::<Vec<_>>(),
        "loosened": sheet.loosened.iter().map(|loosened| json!({ "what": loosened.what, "origin": loosened.origin.to_string() })).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&report).map_err(Failure::io)?;
    text.push('\n');
    Ok(text)
}

fn diff(one: &Scene, other: &Scene) -> String {
    let lines = |scene: &Scene| {
        let sheet = Sheet::of(scene);
        let profile = &scene.profile;
        let values = profile
            .decisions
            .iter()
            .map(|decision| (decision.key.to_owned(), decision.value.clone()));
        let variables = sheet.variables().map(|(name, value, _)| {
            (name.to_owned(), value.unwrap_or_else(|| "(unset)".to_owned()))
        });
        values.chain(variables).collect::<Vec<_>>()
    };
    let (left, right) = (lines(one), lines(other));
    let mut out = format!("--- {}\n+++ {}\n", one.profile.name, other.profile.name);
    let has = |side: &[(String, String)], line: &(String, String)| side.contains(line);
    for line in &left {
        if !has(&right, line) {
            put(&mut out, &format!("-{} = {}", line.0, line.1));
            if let Some((name, value)) = right.iter().find(|(name, _)| *name == line.0) {
                put(&mut out, &format!("+{name} = {value}"));
            }
        }
    }
    for line in &right {
        if !left.iter().any(|(name, _)| *name == line.0) {
            put(&mut out, &format!("+{} = {}", line.0, line.1));
        }
    }
    out
}
