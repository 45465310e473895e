//! What a record means for a run that has ended: what is said of it, and the outcome.

use super::account::Teller;
use super::cause::{Ground, HOOKS, NAMING, cause};
use super::codes::NETWORK_ATTEMPT;
use super::culprit::Told;
use super::nesting::is_nested;
use super::plan::Plan;
use super::scene::Scene;
use super::{Outcome, blocks, build_cache};
use crate::gotool::Ended;
use crate::guard::{self, Attempt, Record};
use crate::profile::{Network, flags};
use crate::report::{Exit, Finding, Level};
use std::path::Path;
use std::time::SystemTime;

/// A command that has ended.
pub(super) struct Run {
    pub(super) ended: Ended,
    pub(super) record: Record,
    /// Whether system calls were watched.
    pub(super) calls_watched: bool,
    pub(super) start: SystemTime,
}

/// The network's part in the outcome: go's own failure stands, its success may not.
pub(super) fn verdict(scene: &Scene, plan: &Plan, run: &Run, teller: &mut Teller<'_>) -> Outcome {
    let told = explain(scene, plan, &run.record.attempts);
    teller.account.tried(&told, run.record.unattributed);
    let mut findings = found(scene, plan, run, &told);
    if run.record.is_clean() {
        if !findings.is_empty() {
            teller.findings(findings);
        }
        return Outcome::Command(run.ended);
    }
    // A script around us may swallow what we say, and the wall around it does not see into ours.
    if is_nested(&scene.surroundings) {
        guard::echo_attempt();
    }
    findings.extend(forget(scene, plan, run.start));
    teller.findings(findings);
    if run.ended.is_success() && plan.network == Network::Deny {
        return Outcome::Own(Exit::NetworkAttempt);
    }
    Outcome::Command(run.ended)
}

/// What people are told.
fn found(scene: &Scene, plan: &Plan, run: &Run, told: &[Told<'_>]) -> Vec<Finding> {
    let level = if plan.network == Network::Deny { NETWORK_ATTEMPT.level } else { Level::Warn };
    let counted = run.record.unattributed;
    let online = scene.under("online");
    let mut findings = blocks::violations(told, level);
    findings.extend(blocks::unattributed(counted, run.calls_watched, level, &online));
    findings.extend(blocks::notes(told));
    findings
}

/// Neither is served again what a run with an attempt has cached.
fn forget(scene: &Scene, plan: &Plan, start: SystemTime) -> Option<Finding> {
    let cache = build_cache::directory(&plan.env, &scene.user)?;
    let error = build_cache::forget_since(&cache, start).err()?;
    let message = format!("the build cache {} keeps results of this run: {error}", cache.display());
    Some(
        Finding::new(NETWORK_ATTEMPT.name, Level::Warn, message)
            .with_cause("a next run may be served from it and not attempt the network again")
            .with_help("run `go clean -cache -testcache`"),
    )
}

/// Each attempt with its cause.
fn explain<'r>(scene: &Scene, plan: &Plan, attempts: &'r [Attempt]) -> Vec<Told<'r>> {
    if attempts.is_empty() {
        return Vec::new();
    }
    let shown = |path: &Path| {
        let shown = scene.project.as_ref().map(|project| project.shown(path));
        shown.as_deref().unwrap_or(path).display().to_string()
    };
    let ground = Ground {
        variables: NAMING
            .iter()
            .filter_map(|name| Some((*name, variable(scene, plan, name)?)))
            .collect(),
        hooks: hooks(scene, plan),
        uses_vendor: scene.uses_vendor(),
        online: scene.under("online"),
        shown: &shown,
        read: &|path| std::fs::read_to_string(path).ok(),
    };
    attempts.iter().map(|attempt| Told { attempt, cause: cause(attempt, &ground) }).collect()
}

/// A variable as the command has it.
fn variable(scene: &Scene, plan: &Plan, name: &str) -> Option<String> {
    let set = plan.env.settings().iter().find(|setting| setting.name == name);
    let value = match set {
        Some(setting) => setting.value.as_ref().map(|value| value.to_string_lossy().into_owned()),
        None => {
            let own = scene.user.get(name).map(|(value, _)| value.to_string_lossy().into_owned());
            let file = scene.user.goroot_file.as_ref();
            own.or_else(|| Some(file?.get(name)?.0.to_owned()))
        }
    };
    value.filter(|value| !value.is_empty())
}

/// The programs that flags name, on the command line or in GOFLAGS as the command has it.
fn hooks(scene: &Scene, plan: &Plan) -> Vec<(&'static str, String, String)> {
    let of_line = HOOKS.iter().filter_map(|name| {
        let value = scene.invocation.value(name)?.to_str()?.to_owned();
        Some((*name, value, "the command line".to_owned()))
    });
    let words = flags::split(&plan.env.goflags(&scene.user)).unwrap_or_default();
    let of_goflags = words.iter().filter_map(|word| {
        let named = flags::flag_name(word)?;
        let name = HOOKS.iter().find(|name| **name == named)?;
        Some((*name, flags::flag_value(word)?.to_owned(), "GOFLAGS".to_owned()))
    });
    of_line.chain(of_goflags).collect()
}
