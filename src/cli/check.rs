//! `check`: the lists and the bytes, without running anything.

use super::args::{Arguments, CheckArgs, Format};
use super::explain::unknown;
use super::output::Output;
use super::wrapped::request;
use crate::check::{Bytes, Evidence, Levels, VerifiedModule};
use crate::profile::{Decision, GoEnv, Loosened, Origin, Verify};
use crate::report::{Exit, Level, json, summary};
use crate::run::{
    Checked, Depth, Failure, Outcome, Remember, Scene, Surroundings, Target, check_project,
    command_facts, gather, levels as settings_levels, lint_codes, loosened,
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
    let strict = arguments.strict || check.strict;
    let depth = Depth {
        verify: check.verify.unwrap_or_else(|| verify(&scene)),
        remember: Remember::of(&scene, strict, check.no_cache),
        go_version: check.go.as_deref(),
    };
    let checked = check_project(&scene, depth, command, &levels)?;
    let exit = exit(strict, &checked);
    match check.format {
        Format::Json => {
            let text = json(&scene.profile.name, &checked.findings, &checked.modules(&scene), exit)
                .map_err(Failure::io)?;
            output.data(&text)?;
        }
        Format::Human => {
            output.found(&checked.findings)?;
            if arguments.verbose {
                output.data(&each_module(&checked))?;
            }
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

/// Bytes, unless the user's environment says otherwise: what a profile says is about builds.
fn verify(scene: &Scene) -> Verify {
    let by_variable = |decision: &&Decision| {
        decision.key == "verify" && matches!(decision.origin, Origin::Variable(_))
    };
    match scene.profile.decisions.iter().find(by_variable) {
        Some(_) => scene.profile.verify,
        None => Verify::Bytes,
    }
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
    let looked = match (checked.verify, &checked.bytes, checked.vendored) {
        (Verify::Off, ..) => "nothing was checked".to_owned(),
        (_, Some(bytes), _) => verified(bytes),
        (_, None, Some(modules)) => {
            format!("lists of {modules} vendored modules checked, their bytes not checked")
        }
        (_, None, None) => {
            "go.mod and go.sum read; no list of vendored modules was checked".to_owned()
        }
    };
    let allowed = allowed(&loosened(scene));
    let held = match scene.profile.held.len() {
        0 => String::new(),
        n => format!(", {n} held by the floor"),
    };
    format!("{root}: {found}{allowed}{held}; {looked} (profile {})\n", scene.profile.name)
}

/// Each module with what it was verified on.
fn each_module(checked: &Checked) -> String {
    let line = |module: &VerifiedModule| {
        let replaced = module.replacement.as_ref().map(|new| format!(" => {new}"));
        format!(
            "{}{}: {}, {} files\n",
            module.module,
            replaced.unwrap_or_default(),
            module.evidence.word(),
            module.files
        )
    };
    checked.bytes.iter().flat_map(|bytes| &bytes.modules).map(line).collect()
}

/// How many modules were verified, and on what.
fn verified(bytes: &Bytes) -> String {
    let all = bytes.modules.len();
    let on = |evidence: Evidence| {
        bytes.modules.iter().filter(|module| module.evidence == evidence).count()
    };
    let files: usize = bytes.modules.iter().map(|module| module.files).sum();
    let kinds = [
        (Evidence::List, "by their lists"),
        (Evidence::Zip, "by their zips"),
        (Evidence::Dir, "by the directories that replace them"),
    ];
    let proven: usize = kinds.iter().map(|(evidence, _)| on(*evidence)).sum();
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(evidence, words)| (on(*evidence), words))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let mut text = format!("{files} files of {proven} of {all} modules verified");
    if !kinds.is_empty() {
        text.push_str(&format!(" ({})", kinds.join(", ")));
    }
    match on(Evidence::Lock) {
        0 => {}
        count => text.push_str(&format!(", {count} as go-offline.lock records them, not proven")),
    }
    match on(Evidence::None) {
        0 => {}
        count => text.push_str(&format!(", {count} not checked")),
    }
    match bytes.absent {
        0 => {}
        count => text.push_str(&format!(", {count} of go.sum not in the module cache")),
    }
    text
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
