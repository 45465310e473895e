//! `go-offline NAME` where NAME is nobody's verb: a program `go-offline-NAME` on PATH, or a mistake.
//!
//! A plugin runs as `exec` runs a command, but no check stops it: it may call `go-offline check`
//! itself. It is told by variables what we know of the project.

use super::args::{Arguments, OWN};
use super::output::Output;
use super::reported::Report;
use super::wrapped::{run_plan, scene_and_plan};
use crate::gotool::{VERBS, on_path};
use crate::profile::Origin;
use crate::report::Exit;
use crate::run::{Class, Failure, Outcome, Plan, Scene, Surroundings, Target};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

const PREFIX: &str = "go-offline-";

pub(super) fn run(
    arguments: &Arguments,
    words: &[OsString],
    surroundings: Surroundings,
    output: &mut Output,
    report: &mut Report,
) -> Result<Outcome, Failure> {
    let path = surroundings.environ.get("PATH");
    let Some((file, args)) =
        words.split_first().and_then(|(verb, args)| Some((find(verb, path)?, args)))
    else {
        let verb = words.first().cloned().unwrap_or_default();
        return Err(unknown(&verb, path));
    };
    let command = std::iter::once(file.into_os_string()).chain(args.iter().cloned()).collect();
    let (mut scene, mut plan) =
        scene_and_plan(arguments, Target::Exec(command), surroundings, output)?;
    scene.words = words.to_vec();
    plan.class = Class::Ask;
    // It is told things, so its environment is not as it would be without us.
    plan.takes_our_place = false;
    tell_plugin(&scene, &mut plan);
    run_plan(arguments, &scene, plan, output, report)
}

fn tell_plugin(scene: &Scene, plan: &mut Plan) {
    let root = scene.project.as_ref().map(|project| project.root.clone().into_os_string());
    let mut told = vec![
        ("GO_OFFLINE_PROFILE", Some(OsString::from(&plan.profile))),
        ("GO_OFFLINE_BIN", Some(scene.surroundings.this_program.clone().into_os_string())),
        ("GO_OFFLINE_PROJECT", root),
    ];
    told.extend(floor(scene, plan).map(|floor| ("GO_OFFLINE_FLOOR", Some(floor))));
    if let Some(go) = &scene.go {
        told.push(("GO_OFFLINE_GO", Some(go.path.clone().into_os_string())));
    }
    let origin = Origin::BuiltIn(plan.base);
    for (name, value) in told {
        if value.is_some() || scene.user.environ.has(name) {
            plan.env.change(name, value, origin.clone());
        }
    }
}

/// The floor of the user's file, where a settings file has chosen the profile: a go-offline inside
/// takes the name that we tell for the user's own word, which that floor would not bind.
fn floor(scene: &Scene, plan: &Plan) -> Option<OsString> {
    let floor = scene.settings.user.as_ref()?.floor.as_ref()?.value.to_string();
    let Origin::File { .. } = &scene.profile.origin else {
        return None;
    };
    let handed = plan.env.get("GO_OFFLINE_FLOOR").map(OsString::as_os_str);
    let outer = handed.or_else(|| scene.user.environ.get("GO_OFFLINE_FLOOR"));
    let mut all = outer.map(OsStr::to_os_string).unwrap_or_default();
    if !all.is_empty() && !floor.is_empty() {
        all.push(",");
    }
    all.push(floor);
    (!all.is_empty()).then_some(all)
}

fn find(verb: &OsStr, path: Option<&OsStr>) -> Option<PathBuf> {
    let verb = verb.to_str().filter(|verb| !verb.is_empty() && !verb.contains('/'))?;
    on_path(&format!("{PREFIX}{verb}"), path).next()
}

fn unknown(verb: &OsStr, path: Option<&OsStr>) -> Failure {
    let verb = verb.to_string_lossy();
    let plugins = plugins(path);
    let known = OWN.iter().chain(VERBS).copied().chain(plugins.iter().map(String::as_str));
    let help = match crate::profile::similar(&verb, known) {
        Some(similar) => format!("a similar command is `go-offline {similar}`"),
        None => format!(
            "`go-offline --help` lists the commands; a command of a newer go is reached by `go-offline go {verb}`"
        ),
    };
    let error =
        anyhow::anyhow!("`{verb}` is no command, nor `{PREFIX}{verb}` a program on PATH; {help}");
    Failure { exit: Exit::Usage, error }
}

/// The names of all plugins on PATH.
fn plugins(path: Option<&OsStr>) -> Vec<String> {
    let directories = std::env::split_paths(path.unwrap_or_default());
    let directories = directories.filter(|dir| dir.is_absolute());
    let entries = directories.filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let verbs = names.filter_map(|name| name.strip_prefix(PREFIX).map(str::to_owned));
    // Only what would run: a directory, or a file that is not executable, is no plugin.
    verbs.filter(|verb| find(OsStr::new(verb), path).is_some()).collect()
}
