//! Commands of go, and any command, under the profile.

use super::args::{Arguments, ExecArgs, Own, Verb};
use super::output::Output;
use super::reported::{self, Report};
use crate::profile::{Choice, Origin, command_line};
use crate::report::Exit;
use crate::run::{
    Failure, Outcome, Plan, Request, Scene, ShimOnPath, Surroundings, Target, check_depth, execute,
    gather, plan, run_report, shim_on_path,
};
use std::ffi::OsString;

/// A command of go.
pub(super) fn go(
    arguments: &Arguments,
    words: &[OsString],
    surroundings: Surroundings,
    output: &mut Output,
    report: &mut Report,
) -> Result<Outcome, Failure> {
    run(arguments, Target::Go(words.to_vec()), surroundings, output, report)
}

/// Any command.
pub(super) fn exec(
    arguments: &Arguments,
    exec: &ExecArgs,
    surroundings: Surroundings,
    output: &mut Output,
    report: &mut Report,
) -> Result<Outcome, Failure> {
    run(arguments, Target::Exec(exec.command.clone()), surroundings, output, report)
}

fn run(
    arguments: &Arguments,
    target: Target,
    surroundings: Surroundings,
    output: &mut Output,
    report: &mut Report,
) -> Result<Outcome, Failure> {
    let (scene, plan) = scene_and_plan(arguments, target, surroundings, output)?;
    run_plan(arguments, &scene, plan, output, report)
}

/// Looks around and says what is to be done.
pub(super) fn scene_and_plan(
    arguments: &Arguments,
    target: Target,
    surroundings: Surroundings,
    output: &Output,
) -> Result<(Scene, Plan), Failure> {
    check_depth(&surroundings)?;
    let request = request(arguments, target);
    let scene = gather(surroundings, &request)?;
    tell_unchecked(&scene, output);
    let plan = plan(&scene, &request).map_err(Failure::config)?;
    Ok((scene, plan))
}

/// Does it, or prints it.
pub(super) fn run_plan(
    arguments: &Arguments,
    scene: &Scene,
    mut plan: Plan,
    output: &mut Output,
    report: &mut Report,
) -> Result<Outcome, Failure> {
    // Lives until the command has ended.
    let _shim = put_shim_on_path(arguments, scene, &mut plan, output);
    if arguments.dry_run {
        output.data(&dry_run(arguments, scene, &plan))?;
        return Ok(Outcome::Own(Exit::Ok));
    }
    tell(scene, &plan, output);
    let (result, account) = execute(scene, &plan, output);
    // Where nothing was started, what was said is the reason.
    if is_traced(arguments) && matches!(result, Ok(Outcome::Command(_))) {
        output.notice(&account.summary());
    }
    if report.is_some() {
        *report = Some(run_report(scene, &plan, account));
    }
    result
}

fn is_traced(arguments: &Arguments) -> bool {
    matches!(arguments.verb, Verb::Own(Own::Trace(_)))
}

/// A command that is not go itself finds us under the name `go`.
fn put_shim_on_path(
    arguments: &Arguments,
    scene: &Scene,
    plan: &mut Plan,
    output: &Output,
) -> Option<ShimOnPath> {
    if plan.is_go || plan.takes_our_place {
        return None;
    }
    match shim_on_path(scene) {
        // A line to be pasted later must not name a directory that is gone by then.
        Ok(shim) if arguments.dry_run && !shim.is_lasting => None,
        Ok(shim) => {
            if scene.user.environ.get("PATH") != Some(&shim.path) {
                plan.env.set("PATH", shim.path.clone(), Origin::BuiltIn(plan.base));
            }
            Some(shim)
        }
        Err(error) => {
            output.notice(&format!(
                "a `go` inside this command is the real one, and its flags are not looked at: {error:#}"
            ));
            None
        }
    }
}

/// What the command line asks for.
pub(super) fn request(arguments: &Arguments, target: Target) -> Request {
    Request {
        target,
        choice: choice(arguments),
        floor: arguments.floor.as_ref().map(|(text, _)| text.clone()),
        config: arguments.config.clone(),
        changed_to: arguments.dir.clone(),
        is_traced: is_traced(arguments),
        is_reported: reported::file(arguments).is_some(),
        is_strict: arguments.strict,
    }
}

/// What the command line says about the profile.
pub(super) fn choice(arguments: &Arguments) -> Choice {
    Choice {
        profile: arguments.profile.clone(),
        floor: arguments.floor.as_ref().map(|(_, floor)| *floor),
        nested: false,
    }
}

/// That nothing is checked because the checkout says so is never passed over in silence: the user may
/// take it for a pass.
fn tell_unchecked(scene: &Scene, output: &Output) {
    if let Some(origin) = &scene.profile.unchecked_by {
        output.notice(&format!(
            "nothing is checked, by {origin}; `--floor verify=lists` keeps a project from that"
        ));
    }
}

fn dry_run(arguments: &Arguments, scene: &Scene, plan: &Plan) -> String {
    let line = command_line(&plan.env, plan.program.as_os_str(), &plan.args);
    match &arguments.dir {
        Some(_) => {
            format!("cd {} && {line}\n", crate::profile::quote(scene.surroundings.dir.as_os_str()))
        }
        None => format!("{line}\n"),
    }
}

fn tell(scene: &Scene, plan: &Plan, output: &Output) {
    output.detail(&format!("profile {} (from {})", plan.profile, scene.profile.origin));
    for held in &scene.profile.held {
        output.detail(&held.to_string());
    }
    for lost in &plan.env.overridden {
        let winner = if lost.winner.is_empty() { "unset" } else { &lost.winner };
        output.detail(&format!(
            "{}={} from {} does not count: {winner}",
            lost.name, lost.value, lost.origin
        ));
    }
    for setting in plan.env.settings() {
        let value = setting.value.as_ref().map(|value| value.display().to_string());
        output.detail(&format!(
            "{}={} (from {})",
            setting.name,
            value.as_deref().unwrap_or("(unset)"),
            setting.origin
        ));
    }
}
