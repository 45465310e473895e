//! `run-network = "allow"`: `go run` builds behind the wall, and what it built runs outside.
//!
//! go is told to start our own program in place of the one it has built, by -exec. That one keeps
//! it; when go has ended well and nothing was attempted, it is started here, and ends as `go run`
//! would have let it.

use super::account::Account;
use super::doors::variable;
use super::kept::{KEEP, Kept, kept};
use super::plan::Plan;
use super::scene::Scene;
use super::{Failure, Outcome};
use crate::gomod::platform;
use crate::gotool::Command;
use crate::guard;
use crate::profile::{Network, RunNetwork, flags};
use anyhow::Context;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A `go run` whose program is to run outside the wall.
pub(super) struct RunOutside {
    place: TempDir,
    exec: String,
}

/// How a command is run.
pub(super) enum Where {
    /// As a whole behind the wall, or without one.
    Here,
    /// The same, though the profile would have what it builds outside. Why.
    HereFor(String),
    /// Built behind the wall and run outside.
    Outside(RunOutside),
}

/// Decides it for a command that a wall stands around, or not.
///
/// # Errors
/// There is no place to keep a program.
pub(super) fn place(scene: &Scene, plan: &Plan, is_walled: bool) -> Result<Where, Failure> {
    let is_wanted = plan.is_go
        && scene.invocation.command == "run"
        && plan.network != Network::Allow
        && scene.profile.run_network == RunNetwork::Allow;
    // With -n nothing is run, and what is printed is to be go's.
    if !is_walled || !is_wanted || has_flag(scene, plan, "n") {
        return Ok(Where::Here);
    }
    if let Some(reason) = obstacle(scene, plan) {
        return Ok(Where::here_for(&reason));
    }
    let temp = temp_dir(scene, plan);
    let place = tempfile::Builder::new().prefix("go-offline-run-").tempdir_in(&temp);
    let place = place
        .with_context(|| format!("making a directory in {}", temp.display()))
        .map_err(Failure::io)?;
    Ok(match exec(scene, place.path()) {
        Ok(exec) => Where::Outside(RunOutside { place, exec }),
        Err(reason) => Where::here_for(&reason),
    })
}

impl Where {
    fn here_for(reason: &str) -> Where {
        Where::HereFor(format!(
            "what `go run` builds stays behind the wall in spite of `run-network = \"allow\"`: {reason}"
        ))
    }
}

/// Why somebody else starts the program.
fn obstacle(scene: &Scene, plan: &Plan) -> Option<String> {
    if scene.invocation.has("exec") {
        return Some("-exec of the command line starts it".to_owned());
    }
    if has_flag(scene, plan, "exec") {
        return Some("-exec of GOFLAGS starts it".to_owned());
    }
    let (goos, goarch) = &scene.profile.platform;
    let is_ours = platform::host().is_some_and(|host| host == (goos.as_str(), goarch.as_str()));
    (!is_ours).then(|| format!("it is built for {goos}/{goarch}, which is not this machine"))
}

/// Whether the command line or GOFLAGS has a flag.
fn has_flag(scene: &Scene, plan: &Plan, name: &str) -> bool {
    let words = flags::split(&plan.env.goflags(&scene.user)).unwrap_or_default();
    scene.invocation.has(name) || words.iter().any(|word| flags::flag_name(word) == Some(name))
}

/// Where go builds: GOTMPDIR, else the system's directory for such things.
fn temp_dir(scene: &Scene, plan: &Plan) -> PathBuf {
    let of_user = || Some(scene.user.get("GOTMPDIR")?.0.to_string_lossy().into_owned());
    let named = variable(scene, &plan.env, "GOTMPDIR")
        .or_else(of_user)
        .or_else(|| variable(scene, &plan.env, "TMPDIR"));
    let dir = scene.invocation.dir(&scene.surroundings.dir);
    dir.join(named.unwrap_or_else(|| "/tmp".to_owned()))
}

/// The value of -exec: our own program, as go's -exec is split.
fn exec(scene: &Scene, place: &Path) -> Result<String, String> {
    let program = &scene.surroundings.this_program;
    let mut words = vec![text(program)?];
    // Under the name of go our own verbs stand behind a word.
    if program.file_name().is_some_and(|name| name == "go") {
        words.push("offline");
    }
    words.extend([KEEP, text(place)?]);
    let value = flags::join(&words);
    match flags::split(&value) {
        Ok(again) if again == words => Ok(value),
        _ => Err(format!("{} cannot stand in an -exec", place.display())),
    }
}

fn text(path: &Path) -> Result<&str, String> {
    path.to_str()
        .ok_or_else(|| format!("{} is no text and cannot stand in an -exec", path.display()))
}

impl RunOutside {
    /// The arguments of go with which it keeps what it has built.
    pub(super) fn args(&self, scene: &Scene, plan: &Plan) -> Vec<OsString> {
        let mut args = plan.args.clone();
        args.insert(scene.invocation.rest, format!("-exec={}", self.exec).into());
        args
    }

    /// Starts what was built behind the wall, where go has ended well and nothing forbids it.
    ///
    /// # Errors
    /// The program was kept and cannot be started.
    pub(super) fn run(&self, outcome: Outcome, account: &mut Account) -> Result<Outcome, Failure> {
        if !outcome.is_success() {
            return Ok(outcome);
        }
        match kept(self.place.path()).map_err(Failure::io)? {
            Some(program) => start(program, account),
            None => Ok(outcome),
        }
    }
}

fn start(kept: Kept, account: &mut Account) -> Result<Outcome, Failure> {
    let Kept { program, words, dir, environ } = kept;
    let shown = |word: &OsString| word.to_string_lossy().into_owned();
    account.outside = Some(words.iter().map(shown).collect());
    let name = program.display().to_string();
    let command = Command { program, args: words.into_iter().skip(1).collect(), env: Vec::new() };
    let end = command.run_program(move |command| {
        command.env_clear().envs(environ.iter().map(|(name, value)| (name, value)));
        command.current_dir(&dir);
        guard::prepare_child(command);
    });
    let end = end.with_context(|| format!("starting {name}")).map_err(Failure::config)?;
    Ok(if end.ended.is_success() { Outcome::Command(end.ended) } else { Outcome::Program(end) })
}
