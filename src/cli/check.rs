//! `check`: the lists, without running anything.

use super::args::{Arguments, CheckArgs, Format};
use super::explain::{codes, unknown};
use super::output::Output;
use super::wrapped::{explain_profile, request, tell_unread};
use crate::check::{CommandFacts, Levels};
use crate::profile::{GoEnv, Verify};
use crate::report::{Exit, Level, json, summary};
use crate::run::{Checked, Failure, Outcome, Scene, Surroundings, Target, check_project, gather};

pub(super) fn run(
    arguments: &Arguments,
    check: &CheckArgs,
    surroundings: Surroundings,
    output: &Output,
) -> Result<Outcome, Failure> {
    let levels = levels(check)?;
    let scene =
        gather(surroundings, &request(arguments, Target::Nothing)).map_err(explain_profile)?;
    tell_unread(&scene, output);
    let Some(project) = &scene.project else {
        let dir = scene.surroundings.dir.display();
        return Err(Failure::config(anyhow::anyhow!(
            "no go.mod or go.work at or above {dir}: nothing to check"
        )));
    };
    let command = CommandFacts {
        profile: scene.profile.name,
        leaving: Vec::new(),
        overridden: GoEnv::new(&scene.profile, &scene.user).overridden,
    };
    // Nobody who has asked for bytes everywhere gets less from here.
    let verify = check.verify.unwrap_or(Verify::Lists.max(scene.profile.verify));
    let checked = check_project(&scene, verify, command, check.go.as_deref(), &levels)?;
    let exit = exit(check, &checked);
    match check.format {
        Format::Json => {
            let text = json(scene.profile.name, &checked.findings, &checked.modules(&scene), exit)
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

fn exit(check: &CheckArgs, checked: &Checked) -> Exit {
    if checked.is_denied() {
        Exit::Findings
    } else if checked.is_incomplete(check.strict) {
        Exit::Unchecked
    } else {
        Exit::Ok
    }
}

fn levels(check: &CheckArgs) -> Result<Levels, Failure> {
    let known: Vec<&str> = codes().map(|code| code.name).collect();
    let mut levels = Levels::default();
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
    format!("{root}: {found}; {looked} (profile {})\n", scene.profile.name)
}
