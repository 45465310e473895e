//! Runs a plan: the checks, the wall, the command, the verdict.

use super::account::Teller;
use super::changed::Watched;
use super::checks::Depth;
use super::class::Class;
use super::env_write::overruled;
use super::facts::{levels, silenced};
use super::leftovers::is_telemetry;
use super::nesting::is_nested;
use super::plan::Plan;
use super::remember::Remember;
use super::run_outside::{self, RunOutside, Where};
use super::scene::Scene;
use super::strict::unchecked;
use super::transparent::{become_plan, run_beside};
use super::unfinished::Running;
use super::verdict::{Run, verdict};
use super::wall::{self, Standing};
use super::{Account, Failure, Listener, build_cache, check_project};
use crate::gotool::{Command, Ended, Go, ProgramEnd};
use crate::guard::{self, Cage, Leftovers, Record};
use crate::profile::Verify;
use crate::report::{Exit, Level};
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
    /// The failure of a program that go has built and that ran outside the wall.
    Program(ProgramEnd),
}

impl Outcome {
    /// Whether all is well.
    pub fn is_success(self) -> bool {
        match self {
            Outcome::Own(exit) => exit == Exit::Ok,
            Outcome::Command(ended) => ended.is_success(),
            Outcome::Program(end) => end.ended.is_success(),
        }
    }
}

/// Runs a plan to its end, and says what came of it however it ends. Must be called while this
/// process has one thread only: the wall may need that.
///
/// The error is that something could not be read or started. What is wrong with the user's tree is
/// no error but a finding.
pub fn execute(
    scene: &Scene,
    plan: &Plan,
    listener: &mut dyn Listener,
) -> (Result<Outcome, Failure>, Account) {
    let mut account = Account::default();
    let mut teller = Teller { listener, account: &mut account };
    let result = match (plan.takes_our_place, plan.is_reported) {
        (false, _) => guarded(scene, plan, &mut teller),
        (true, false) => Err(become_plan(plan)),
        // Somebody has to be there at the end to write the report.
        (true, true) => run_beside(plan, teller.account),
    };
    (result, account)
}

/// From the checks to the verdict.
fn guarded(scene: &Scene, plan: &Plan, teller: &mut Teller<'_>) -> Result<Outcome, Failure> {
    // The wall comes first: a user namespace needs a process with one thread. It is raised on a
    // thread of its own while the checks read files here.
    let wall = wall::raise(scene, plan, teller.account)?;
    let vendor = match checks(scene, plan, teller)? {
        Start::Now { vendor } => vendor,
        Start::Not(exit) => return Ok(Outcome::Own(exit)),
    };
    let Standing { cage, calls_watched } =
        wall::standing(plan, wall, is_nested(&scene.surroundings), teller)?;
    let outside = outside(scene, plan, cage.is_some(), teller)?;
    let running = mark(scene, plan, cage.is_some())?;
    let start = SystemTime::now();
    let mut command = command(plan);
    if let Some(outside) = &outside {
        command.args = outside.args(scene, plan);
    }
    let (ended, record) = run(plan, command, cage)?;
    let changed = vendor.and_then(|vendor| vendor.changes());
    let run = Run { ended, record, calls_watched, start, changed };
    let verdict = verdict(scene, plan, run, teller);
    if let Some(running) = running {
        running.finish();
    }
    remarks(scene, plan, ended, teller);
    match outside {
        Some(outside) => outside.run(verdict, teller.account),
        None => Ok(verdict),
    }
}

/// Whether what `go run` builds is to run outside the wall; says why it does not where it should.
fn outside(
    scene: &Scene,
    plan: &Plan,
    is_walled: bool,
    teller: &mut Teller<'_>,
) -> Result<Option<RunOutside>, Failure> {
    Ok(match run_outside::place(scene, plan, is_walled)? {
        Where::Outside(outside) => Some(outside),
        Where::Here => None,
        Where::HereFor(reason) => {
            teller.hint(&reason);
            None
        }
    })
}

/// What a command's own end makes worth saying.
fn remarks(scene: &Scene, plan: &Plan, ended: Ended, teller: &mut Teller<'_>) {
    if plan.class == Class::EnvWrite && ended.is_success() {
        overruled(scene).iter().for_each(|line| teller.hint(line));
    }
    if !ended.is_success() {
        tell_held(scene, teller);
    }
    if plan.class == Class::Mend && may_lack_a_module(scene, ended) {
        if let Some(bundle) = &scene.profile.bundle {
            return teller.hint(&format!(
                "profile {} has what the bundle {} holds; if a module or a record of the checksum database is missing, make the bundle anew where there is a network",
                plan.profile,
                bundle.path.display()
            ));
        }
        teller.hint(&format!(
            "profile {} has no network; if a module is missing, run `{}`",
            plan.profile,
            scene.under("online")
        ));
    }
}

/// A command that failed may have wanted what a floor did not let the project have.
fn tell_held(scene: &Scene, teller: &mut Teller<'_>) {
    for held in &scene.profile.held {
        teller.hint(&held.to_string());
    }
}

/// Whether a command that mends may have failed for want of a module. 1 is an error of go's; 2 is a
/// command line that it does not understand.
fn may_lack_a_module(scene: &Scene, ended: Ended) -> bool {
    let loads = !matches!(scene.invocation.command.as_str(), "mod init" | "work init");
    ended == Ended::Code(1) && loads && !scene.profile.is_open()
}

/// What the checks say of starting the command.
enum Start {
    /// It may start. `vendor` is how vendor/ looked whose bytes it is to build.
    Now { vendor: Option<Watched> },
    /// It does not.
    Not(Exit),
}

/// Runs the checks that this class of command has.
fn checks(scene: &Scene, plan: &Plan, teller: &mut Teller<'_>) -> Result<Start, Failure> {
    if matches!(plan.class, Class::Ask | Class::EnvWrite) {
        return Ok(Start::Now { vendor: None });
    }
    // What the project's lists say matters neither to a tool of another module nor under `off`.
    let verify = if plan.class == Class::Versioned { Verify::Off } else { plan.verify };
    let go_version = scene.go.as_ref().and_then(Go::version);
    let remember = Remember::of(scene, plan.is_strict, false);
    let depth = Depth { verify, remember, go_version: go_version.as_deref() };
    let mut checked = check_project(scene, depth, plan.facts.clone(), &levels(scene))?;
    if plan.class == Class::Mend {
        for finding in &mut checked.findings {
            finding.level = finding.level.min(Level::Note);
        }
    }
    // What go is about to fetch it checks itself.
    let is_fetched = checked.has_nothing_cached() && fetches(scene);
    if is_fetched {
        checked.findings.retain(|finding| finding.code != "vendor-unverified");
    }
    let is_incomplete = plan.class == Class::Build && checked.is_incomplete(false);
    let exit = if checked.is_denied() {
        Some(Exit::Findings)
    } else {
        (is_incomplete && !is_fetched).then_some(Exit::Unchecked)
    };
    let unchecked = match exit {
        None => unchecked(scene, plan, &checked),
        Some(_) => None,
    };
    let silenced = silenced(scene, &checked.findings);
    teller.findings(checked.findings);
    if plan.class == Class::Build {
        for (origin, code, count) in silenced {
            teller.hint(&format!("{count} of {code} allowed by {origin}"));
        }
    }
    match (unchecked, exit) {
        (Some(failure), _) => Err(failure),
        (None, Some(exit)) => Ok(Start::Not(exit)),
        (None, None) => Ok(Start::Now { vendor: Watched::of(scene, plan, checked.snapshots) }),
    }
}

/// Whether the profile lets go fetch modules over a network, or from a bundle.
fn fetches(scene: &Scene) -> bool {
    scene.profile.is_open()
        || scene.profile.bundle.is_some()
        || scene.profile.network_proxies().next().is_some()
}

/// Marks a run behind the wall that may cache something.
fn mark(scene: &Scene, plan: &Plan, walled: bool) -> Result<Option<Running>, Failure> {
    if !walled || !plan.may_cache {
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

/// What a plan starts.
pub(super) fn command(plan: &Plan) -> Command {
    let settings = plan.env.settings().iter();
    Command {
        program: plan.program.clone(),
        args: plan.args.clone(),
        env: settings
            .map(|setting| (OsString::from(&setting.name), setting.value.clone()))
            .collect(),
    }
}

fn run(plan: &Plan, command: Command, cage: Option<Cage>) -> Result<(Ended, Record), Failure> {
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
        Some(mut cage) => {
            cage.set_leftovers(Leftovers { end: plan.is_strict, overlooked: is_telemetry });
            let inherited = guard::seal_descriptors(plan.unix_sockets)
                .context("looking through inherited descriptors")
                .map_err(Failure::io)?;
            let ran = cage.run(move || command.run(guard::prepare_child));
            let (ended, mut record) =
                ran.map_err(|refusal| Failure { exit: Exit::NoIsolation, error: refusal.into() })?;
            record.attempts.extend(inherited);
            Ok((ended.with_context(starting).map_err(Failure::config)?, record))
        }
    }
}
