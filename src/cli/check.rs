//! `check`: the lists, without running anything.

use super::args::{Arguments, CheckArgs, Format};
use super::explain::unknown;
use super::output::Output;
use super::wrapped::request;
use crate::check::Levels;
use crate::profile::{GoEnv, Loosened, Origin, Verify};
use crate::report::{Exit, Level, json, summary};
use crate::run::{
    Checked, Failure, Outcome, Scene, Surroundings, Target, check_project, command_facts, gather,
    levels as settings_levels, lint_codes, loosened,
};

pub(super) fn run(
    arguments: &Arguments,
    check: &CheckArgs,
    surroundings: Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    let scene = gather(surroundings, &request(arguments, Target::Nothing))?;
    let levels = levels(check, settings_levels(&scene))?;
    let Some(project) = &scene.project else {
        let dir = scene.surroundings.dir.display();
        return Err(Failure::config(anyhow::anyhow!(
            "no go.mod or go.work at or above {dir}: nothing to check"
        )));
    };
    let env = GoEnv::new(&scene.profile, &scene.user);
    let command = command_facts(&scene, &env, Vec::new(), env.overridden.clone());
    // Nobody who has asked for bytes everywhere gets less from here.
    let verify = check.verify.unwrap_or(Verify::Lists.max(scene.profile.verify));
    let checked = check_project(&scene, verify, command, check.go.as_deref(), &levels)?;
    let exit = exit(arguments.strict || check.strict, &checked);
    match check.format {
        Format::Json => {
            let text = json(&scene.profile.name, &checked.findings, &checked.modules(&scene), exit)
                .map_err(Failure::io)?;
            output.data(&text)?;
        }
        Format::Human => {
            output.found(&checked.findings)?;
            if !arguments.quiet {
                output.data(&last_line(
                    &scene,
                    &checked,
                    &project.shown(&project.root).display().to_string(),
                ))?;
            }
        }
    }
    Ok(Outcome::Own(exit))
}

fn exit(strict: bool, checked: &Checked) -> Exit {
    if checked.is_denied() {
        Exit::Findings
    } else if checked.is_incomplete(strict) {
        Exit::Unchecked
    } else {
        Exit::Ok
    }
}

/// The levels of the settings files, and over them those of the command line.
fn levels(check: &CheckArgs, mut levels: Levels) -> Result<Levels, Failure> {
    let known = lint_codes();
    for (names, level) in
        [(&check.allow, Level::Allow), (&check.warn, Level::Warn), (&check.deny, Level::Deny)]
    {
        for name in names {
            levels.set(name, level, &known).map_err(|unknown_code| unknown(&unknown_code.0))?;
        }
    }
    Ok(levels)
}

/// What was checked and what was not, in one line.
fn last_line(scene: &Scene, checked: &Checked, root: &str) -> String {
    let found = match summary(&checked.findings) {
        text if text.is_empty() => "0 findings".to_owned(),
        text => text,
    };
    let looked = match (checked.verify, checked.vendored) {
        (Verify::Off, _) => "nothing was checked".to_owned(),
        (_, Some(modules)) => {
            format!("lists of {modules} vendored modules checked, their bytes not checked")
        }
        (_, None) => "go.mod and go.sum read; no list of vendored modules was checked".to_owned(),
    };
    let allowed = allowed(&loosened(scene));
    let held = match scene.profile.held.len() {
        0 => String::new(),
        n => format!(", {n} held by the floor"),
    };
    format!("{root}: {found}{allowed}{held}; {looked} (profile {})\n", scene.profile.name)
}

/// What settings files loosen, with their lines: `, 2 allowed by go-offline.toml:12,19`.
fn allowed(loosened: &[Loosened]) -> String {
    let mut files: Vec<(String, Vec<usize>)> = Vec::new();
    for loosened in loosened {
        let Origin::File { path, line } = &loosened.origin else {
            continue;
        };
        let path = path.display().to_string();
        match files.iter_mut().find(|(known, _)| *known == path) {
            Some((_, lines)) => lines.push(*line),
            None => files.push((path, vec![*line])),
        }
    }
    let text = |(path, mut lines): (String, Vec<usize>)| {
        let count = lines.len();
        lines.sort_unstable();
        lines.dedup();
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        format!(", {count} allowed by {path}:{}", lines.join(","))
    };
    files.into_iter().map(text).collect()
}
