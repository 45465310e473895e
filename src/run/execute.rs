//! Runs a plan: the checks, the wall, the command, the verdict.

use super::class::Class;
use super::codes::{ISOLATION_WEAK, NETWORK_ATTEMPT};
use super::env_write::overruled;
use super::facts::{levels, silenced};
use super::nesting::is_nested;
use super::plan::Plan;
use super::scene::Scene;
use super::transparent::become_plan;
use super::unfinished::Running;
use super::{Failure, Listener, build_cache, check_project};
use crate::gotool::{Command, Ended, Go};
use crate::guard::{self, Cage, Counted, NoWall, Policy, Record};
use crate::profile::{Isolation, Network, Verify};
use crate::report::{Exit, Finding, Level};
use anyhow::Context;
use std::ffi::OsString;
use std::time::SystemTime;

/// How it all ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// We say so: the command did not start, or said 0 and is overruled.
    Own(Exit),
    /// The command's own end.
    Command(Ended),
}

/// Runs a plan to its end. Must be called while this process has one thread only: the wall may
/// need that.
///
/// # Errors
/// Something could not be read or started. What is wrong with the user's tree is no error but a
/// finding.
pub fn execute(
    scene: &Scene,
    plan: &Plan,
    listener: &mut dyn Listener,
) -> Result<Outcome, Failure> {
    if plan.takes_our_place {
        return Err(become_plan(plan));
    }
    // The wall comes first: a user namespace needs a process with one thread. It is raised on a
    // thread of its own while the checks read files here.
    let wall = build_wall(plan);
    if let Err(refusal) = &wall
        && plan.isolation >= Isolation::Require
    {
        return Err(Failure { exit: Exit::NoIsolation, error: refused(plan, refusal) });
    }
    if let Some(exit) = checks(scene, plan, listener)? {
        return Ok(Outcome::Own(exit));
    }
    let cage = standing(plan, wall, listener)?;
    let running = mark(scene, plan, cage.is_some())?;
    let start = SystemTime::now();
    let (ended, record) = run(plan, cage)?;
    let verdict = verdict(scene, plan, ended, &record, start, listener);
    if let Some(running) = running {
        running.finish();
    }
    if plan.class == Class::EnvWrite && ended.is_success() {
        overruled(scene).iter().for_each(|line| listener.hint(line));
    }
    if !ended.is_success() {
        tell_held(scene, listener);
    }
    if plan.class == Class::Mend && may_lack_a_module(scene, ended) {
        listener.hint(&format!(
            "profile {} has no network; if a module is missing, run `{}`",
            plan.profile,
            scene.under("online")
        ));
    }
    Ok(verdict)
}

/// A command that failed may have wanted what a floor did not let the project have.
fn tell_held(scene: &Scene, listener: &mut dyn Listener) {
    for held in &scene.profile.held {
        listener.hint(&held.to_string());
    }
}

/// Whether a command that mends may have failed for want of a module. 1 is an error of go's; 2 is a
/// command line that it does not understand.
fn may_lack_a_module(scene: &Scene, ended: Ended) -> bool {
    let loads = !matches!(scene.invocation.command.as_str(), "mod init" | "work init");
    ended == Ended::Code(1) && loads && !scene.profile.is_open()
}

/// Nothing is cut, a wall is to be had, or the reason why not.
fn build_wall(plan: &Plan) -> Result<Option<Cage>, Refusal> {
    if plan.isolation == Isolation::Off {
        return Ok(None);
    }
    if !plan.no_wall.is_empty() {
        return Err(Refusal { reason: plan.no_wall.clone(), hint: None });
    }
    if plan.network == Network::Allow {
        return Ok(None);
    }
    let wall = guard::prepare().map_err(Refusal::from)?;
    Ok(Some(wall.raise(Policy {
        unix_sockets: plan.unix_sockets,
        variables: build_cache::KEPT_FOR_CACHES,
        ..Policy::default()
    })))
}

struct Refusal {
    reason: String,
    hint: Option<String>,
}

impl From<NoWall> for Refusal {
    fn from(refusal: NoWall) -> Refusal {
        Refusal { reason: refusal.to_string(), hint: refusal.hint }
    }
}

fn refused(plan: &Plan, refusal: &Refusal) -> anyhow::Error {
    let hint = refusal.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    anyhow::anyhow!(
        "isolation = {} is not to be had: {}{hint}",
        plan.isolation.word(),
        refusal.reason
    )
}

/// Waits until the wall stands; says so if it does not.
fn standing(
    plan: &Plan,
    wall: Result<Option<Cage>, Refusal>,
    listener: &mut dyn Listener,
) -> Result<Option<Cage>, Failure> {
    let raised = wall.and_then(|cage| match cage {
        Some(mut cage) => match cage.ready() {
            Ok(_) => Ok(Some(cage)),
            Err(refusal) => Err(Refusal::from(refusal)),
        },
        None => Ok(None),
    });
    match raised {
        Ok(cage) => Ok(cage),
        Err(refusal) if plan.isolation >= Isolation::Require => {
            Err(Failure { exit: Exit::NoIsolation, error: refused(plan, &refusal) })
        }
        Err(refusal) => {
            listener.findings(&[isolation_weak(&refusal)]);
            Ok(None)
        }
    }
}

fn isolation_weak(refusal: &Refusal) -> Finding {
    Finding::new(ISOLATION_WEAK.name, ISOLATION_WEAK.level, "no wall stands around this command, only its environment keeps it offline")
        .with_cause(refusal.reason.as_str())
        .with_help(refusal.hint.clone().unwrap_or_else(|| "GO_OFFLINE_ISOLATION=off takes it as it is, GO_OFFLINE_ISOLATION=require refuses to run".to_owned()))
}

/// Runs the checks that this class of command has; an exit code stops the command.
fn checks(
    scene: &Scene,
    plan: &Plan,
    listener: &mut dyn Listener,
) -> Result<Option<Exit>, Failure> {
    if matches!(plan.class, Class::Ask | Class::EnvWrite) {
        return Ok(None);
    }
    // What the project's lists say matters neither to a tool of another module nor under `off`.
    let verify = if plan.class == Class::Versioned { Verify::Off } else { plan.verify };
    let go_version = scene.go.as_ref().and_then(Go::version);
    let mut checked =
        check_project(scene, verify, plan.facts.clone(), go_version.as_deref(), &levels(scene))?;
    if plan.class == Class::Mend {
        for finding in &mut checked.findings {
            finding.level = finding.level.min(Level::Note);
        }
    }
    listener.findings(&checked.findings);
    if plan.class == Class::Build {
        for (origin, code, count) in silenced(scene, &checked.findings) {
            listener.hint(&format!("{count} of {code} allowed by {origin}"));
        }
    }
    if checked.is_denied() {
        return Ok(Some(Exit::Findings));
    }
    Ok((plan.class == Class::Build && checked.is_incomplete(false)).then_some(Exit::Unchecked))
}

/// Marks a run behind the wall that may cache something.
fn mark(scene: &Scene, plan: &Plan, walled: bool) -> Result<Option<Running>, Failure> {
    if !walled || matches!(plan.class, Class::Ask | Class::EnvWrite) {
        return Ok(None);
    }
    // A relative GOCACHE is one that go refuses.
    let Some(cache) =
        build_cache::directory(&plan.env, &scene.user).filter(|cache| cache.is_absolute())
    else {
        return Ok(None);
    };
    let context = || format!("forgetting in {} what a killed run has cached", cache.display());
    Running::mark(&cache).with_context(context).map_err(Failure::io)
}

fn run(plan: &Plan, cage: Option<Cage>) -> Result<(Ended, Record), Failure> {
    let command = Command {
        program: plan.program.clone(),
        args: plan.args.clone(),
        env: plan
            .env
            .settings()
            .iter()
            .map(|setting| (OsString::from(&setting.name), setting.value.clone()))
            .collect(),
    };
    let name = plan.program.display().to_string();
    let starting = || format!("starting {name}");
    match cage {
        None => {
            let ended = command
                .run(guard::prepare_child)
                .with_context(starting)
                .map_err(Failure::config)?;
            Ok((ended, Record::default()))
        }
        Some(cage) => {
            guard::seal_descriptors()
                .context("looking through inherited descriptors")
                .map_err(Failure::io)?;
            let ran = cage.run(move || command.run(guard::prepare_child));
            let (ended, attempts) =
                ran.map_err(|refusal| Failure { exit: Exit::NoIsolation, error: refusal.into() })?;
            Ok((ended.with_context(starting).map_err(Failure::config)?, attempts))
        }
    }
}

/// The network's part in the outcome: go's own failure stands, its success may not.
fn verdict(
    scene: &Scene,
    plan: &Plan,
    ended: Ended,
    record: &Record,
    start: SystemTime,
    listener: &mut dyn Listener,
) -> Outcome {
    if record.is_clean() {
        return Outcome::Command(ended);
    }
    // A script around us may swallow what we say, and the wall around it does not see into ours.
    if is_nested(&scene.surroundings) {
        guard::echo_attempt();
    }
    let mut findings = vec![network_attempt(scene, plan, record.unattributed)];
    let cache = build_cache::directory(&plan.env, &scene.user);
    findings.extend(build_cache::forget_run(record, cache, start));
    listener.findings(&findings);
    if ended.is_success() && plan.network == Network::Deny {
        return Outcome::Own(Exit::NetworkAttempt);
    }
    Outcome::Command(ended)
}

fn network_attempt(scene: &Scene, plan: &Plan, attempts: Counted) -> Finding {
    let level = if plan.network == Network::Deny { NETWORK_ATTEMPT.level } else { Level::Warn };
    let count = match attempts.total() {
        1 => "1 attempt".to_owned(),
        n => format!("{n} attempts"),
    };
    let families = match (attempts.ipv4, attempts.ipv6) {
        (v4, 0) => format!("{v4} over IPv4"),
        (0, v6) => format!("{v6} over IPv6"),
        (v4, v6) => format!("{v4} over IPv4, {v6} over IPv6"),
    };
    Finding::new(NETWORK_ATTEMPT.name, level, format!("the network was attempted: {count} to send where no route leads ({families})"))
        .with_cause("counted by the kernel behind the wall, a network namespace; nothing left this machine. A count cannot tell who it was, and a UDP connect that sends nothing may be an address probe")
        .with_help(format!("look for the program that dials; `{}` lets it through", scene.under("online")))
}
