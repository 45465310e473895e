//! Profile `open`: the command takes this process's place, with the environment it would have
//! without us. There are no checks, no wall, and nobody waits for it.

use super::execute::command;
use super::plan::Plan;
use super::scene::{Surroundings, Target};
use super::wall::none;
use super::{Account, Failure, Outcome};
use crate::gotool::{Go, Search, find};
use crate::guard;
use crate::profile::{Choice, Environ, Isolation, Network, Verify};
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const OPEN: &str = "open";

/// Whether profile `open` is named outright, by the command line or by GO_OFFLINE_PROFILE, and no
/// floor or variable asks for more than it does. Then nothing needs to be known of the project.
pub fn is_named_open(choice: &Choice, environ: &Environ) -> bool {
    let named = match &choice.profile {
        Some(name) => Some(OsStr::new(name)),
        None => environ.get("GO_OFFLINE_PROFILE"),
    };
    let asks_for_more = [
        ("GO_OFFLINE_NETWORK", Network::Allow.word()),
        ("GO_OFFLINE_VERIFY", Verify::Off.word()),
        ("GO_OFFLINE_ISOLATION", Isolation::Off.word()),
    ]
    .into_iter()
    .any(|(name, word)| environ.get(name).is_some_and(|value| value != word));
    let is_floored = choice.floor.is_some() || environ.get("GO_OFFLINE_FLOOR").is_some();
    named == Some(OsStr::new(OPEN)) && !asks_for_more && !is_floored
}

/// Becomes the command, unchanged. Comes back only where that is not possible.
pub fn become_target(surroundings: &Surroundings, target: &Target, changed_dir: bool) -> Failure {
    let (program, arg0, args) = match target {
        Target::Go(args) => match find_go(surroundings) {
            Ok(go) => (go.path, Some(go_name(surroundings)), args.as_slice()),
            Err(failure) => return failure,
        },
        Target::Exec(words) => match words.split_first() {
            Some((program, args)) => (PathBuf::from(program), None, args),
            None => return Failure::config(anyhow::anyhow!("there is no command to run")),
        },
        Target::Nothing => return Failure::config(anyhow::anyhow!("there is nothing to run")),
    };
    let mut command = Command::new(&program);
    command.args(args);
    if let Some(arg0) = arg0 {
        command.arg0(arg0);
    }
    // Nothing of this, and the environment is handed on byte by byte.
    if changed_dir || !surroundings.restored.is_empty() {
        command.env_clear().envs(surroundings.environ.variables());
    }
    if changed_dir {
        command.env("PWD", &surroundings.dir);
    }
    replace(command, &program)
}

/// Becomes the command of a plan that changes nothing and watches nothing.
pub(super) fn become_plan(plan: &Plan) -> Failure {
    let mut command = Command::new(&plan.program);
    command.args(&plan.args);
    if let Some(arg0) = &plan.arg0 {
        command.arg0(arg0);
    }
    for setting in plan.env.settings() {
        match &setting.value {
            Some(value) => command.env(&setting.name, value),
            None => command.env_remove(&setting.name),
        };
    }
    replace(command, &plan.program)
}

/// Runs the command of such a plan to its end instead: a report of it is to be written.
///
/// # Errors
/// It cannot be started.
pub(super) fn run_beside(plan: &Plan, account: &mut Account) -> Result<Outcome, Failure> {
    account.isolation = none(format!("profile {} leaves everything as it is", plan.profile));
    let arg0 = plan.arg0.clone();
    let prepare = move |command: &mut Command| {
        guard::prepare_child(command);
        if let Some(arg0) = &arg0 {
            command.arg0(arg0);
        }
    };
    let ended = command(plan).run(prepare).map_err(|error| failed(error, &plan.program))?;
    Ok(Outcome::Command(ended))
}

fn replace(mut command: Command, program: &Path) -> Failure {
    guard::as_started(&mut command);
    failed(command.exec(), program)
}

fn failed(error: std::io::Error, program: &Path) -> Failure {
    Failure::config(anyhow::Error::new(error).context(format!("starting {}", program.display())))
}

fn find_go(surroundings: &Surroundings) -> Result<Go, Failure> {
    find(&search(surroundings)).map_err(Failure::config)
}

/// Where the go command is looked for.
pub(super) fn search(surroundings: &Surroundings) -> Search<'_> {
    Search {
        named: surroundings.environ.get("GO_OFFLINE_GO"),
        path: surroundings.environ.get("PATH"),
        this_program: &surroundings.this_program,
        called_as: surroundings.called_as.as_deref(),
        dir: &surroundings.dir,
    }
}

/// The name that go is started under: the one that it was called by.
pub(super) fn go_name(surroundings: &Surroundings) -> OsString {
    let is_go = Path::new(&surroundings.arg0).file_name() == Some(OsStr::new("go"));
    if is_go { surroundings.arg0.clone() } else { "go".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_is_named_by_flag_or_variable_and_nothing_asks_for_more() {
        let is_open = |flag: Option<&str>, variables: &[(&str, &str)]| {
            let environ = variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
            let choice = Choice { profile: flag.map(str::to_owned), ..Choice::default() };
            is_named_open(&choice, &environ)
        };
        assert!(is_open(Some("open"), &[]));
        assert!(is_open(Some("open"), &[("GO_OFFLINE_PROFILE", "vendor")]));
        assert!(is_open(None, &[("GO_OFFLINE_PROFILE", "open"), ("GO_OFFLINE_ISOLATION", "off")]));
        assert!(!is_open(Some("vendor"), &[("GO_OFFLINE_PROFILE", "open")]));
        assert!(!is_open(None, &[]));
        for (name, value) in [
            ("GO_OFFLINE_ISOLATION", "require"),
            ("GO_OFFLINE_NETWORK", "deny"),
            ("GO_OFFLINE_VERIFY", "lists"),
            ("GO_OFFLINE_VERIFY", "garbage"),
            ("GO_OFFLINE_FLOOR", "network=deny"),
        ] {
            assert!(!is_open(Some("open"), &[(name, value)]), "{name}={value}");
        }
    }
}
