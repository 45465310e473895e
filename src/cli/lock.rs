//! `lock`: what is bound to go.sum.

use super::args::{Arguments, LockArgs};
use super::output::Output;
use super::wrapped::request;
use crate::report::{Exit, Finding};
use crate::run::{
    Deps, Failure, Known, Made, Outcome, Scene, Surroundings, Target, cache_key, compare_deps,
    deps, gather, make_lock,
};
use anyhow::Context;
use std::path::Path;

pub(super) fn run(
    arguments: &Arguments,
    lock: &LockArgs,
    surroundings: Surroundings,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let scene = gather(surroundings, &request(arguments, Target::Nothing))?;
    let exit = match (&lock.deps, lock.cache_key) {
        (_, true) => print_key(&scene, output)?,
        (Some(None), _) => print_deps(&scene, output)?,
        (Some(Some(file)), _) => compare(&scene, file, output)?,
        (None, false) => match make_lock(&scene)? {
            Ok(made) => record(arguments, lock, &made, output)?,
            Err(lacking) => {
                output.found(&[lacking.0])?;
                Exit::Unchecked
            }
        },
    };
    Ok(Outcome::Own(exit))
}

fn print_key(scene: &Scene, output: &Output) -> Result<Exit, Failure> {
    let profile = &scene.profile;
    let (goos, goarch) = &profile.platform;
    let key = cache_key(scene.project.as_ref(), scene.go.as_ref(), goos, goarch, &profile.name);
    let context = |error: anyhow::Error| Failure::config(error.context("making the cache key"));
    output.data(&format!("{}\n", key.map_err(context)?))?;
    Ok(Exit::Ok)
}

/// Writes the lock, or says how what is there differs.
fn record(
    arguments: &Arguments,
    lock: &LockArgs,
    made: &Made,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut findings: Vec<Finding> =
        lock.expect.as_deref().and_then(|expected| made.unexpected(expected)).into_iter().collect();
    if lock.check {
        findings.extend(made.differences(lock.with_lists)?);
    }
    if !findings.is_empty() {
        output.found(&findings)?;
        return Ok(Exit::Findings);
    }
    let written = if lock.check { Vec::new() } else { made.write(lock.with_lists)? };
    if !arguments.quiet {
        output.data(&last_line(made, &written))?;
    }
    Ok(Exit::Ok)
}

fn last_line(made: &Made, written: &[std::path::PathBuf]) -> String {
    let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    let what = match names.is_empty() {
        true => "up to date".to_owned(),
        false => format!("wrote {}", names.join(" and ")),
    };
    let (modules, files) = (made.lock.entries.len(), made.files());
    format!("{what}: {modules} modules, {files} files, fingerprint {}\n", made.lock.fingerprint())
}

fn print_deps(scene: &Scene, output: &Output) -> Result<Exit, Failure> {
    let deps = deps(scene)?;
    output.data(&deps.text())?;
    tell(&deps, output);
    Ok(if deps.known == Known::All { Exit::Ok } else { Exit::Unchecked })
}

/// Differences are lines of the list, `-` those that the file lacks: what a diff shows.
fn compare(scene: &Scene, file: &Path, output: &Output) -> Result<Exit, Failure> {
    let path = scene.surroundings.dir.join(file);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("reading {}", file.display()))
        .map_err(Failure::io)?;
    let deps = deps(scene)?;
    let differences = compare_deps(&deps, &text);
    for line in &differences {
        output.data(&format!("{line}\n"))?;
    }
    tell(&deps, output);
    Ok(match (differences.is_empty(), deps.known) {
        (false, _) => Exit::Findings,
        (true, Known::All) => Exit::Ok,
        (true, _) => Exit::Unchecked,
    })
}

fn tell(deps: &Deps, output: &Output) {
    for note in deps.notes() {
        output.notice(&note);
    }
}
