//! The wall of a run: whether one is wanted, whether it stands, and in which words that is told.

use super::account::Teller;
use super::codes::ISOLATION_WEAK;
use super::plan::Plan;
use super::{Account, Failure, build_cache, cause};
use crate::guard::{self, Cage, Level, NoWall, Policy, UnixSockets, Watch, Watched};
use crate::profile::{Isolation, Network};
use crate::report::{Exit, Finding, Isolation as Told};

/// A wall that rises, or why there is none: nobody wants one (`Ok(None)`), or it is not to be had.
pub(super) type Wall = Result<Option<Cage>, Refusal>;

/// A wall that stands, or nothing where none is to.
pub(super) struct Standing {
    pub(super) cage: Option<Cage>,
    /// Whether system calls are watched in it.
    pub(super) calls_watched: bool,
}

/// Why no wall is to be had.
pub(super) struct Refusal {
    reason: String,
    hint: Option<String>,
}

impl From<NoWall> for Refusal {
    fn from(refusal: NoWall) -> Refusal {
        Refusal { reason: refusal.to_string(), hint: refusal.hint }
    }
}

/// Has the wall rise on a thread of its own, where one is wanted.
///
/// # Errors
/// It is not to be had, and the command may not start without.
pub(super) fn raise(plan: &Plan, account: &mut Account) -> Result<Wall, Failure> {
    match choose(plan) {
        Err(refusal) if plan.isolation >= Isolation::Require => {
            Err(refused(plan, &refusal, account))
        }
        wall => Ok(wall),
    }
}

fn choose(plan: &Plan) -> Wall {
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
        variables: [cause::VARIABLES, build_cache::KEPT_FOR_CACHES].concat(),
        ..Policy::default()
    })))
}

/// Waits until the wall stands; says so if it does not.
///
/// # Errors
/// It does not stand, and the command may not start without.
pub(super) fn standing(
    plan: &Plan,
    wall: Wall,
    is_nested: bool,
    teller: &mut Teller<'_>,
) -> Result<Standing, Failure> {
    let nothing = Standing { cage: None, calls_watched: false };
    let raised = wall.and_then(|cage| {
        let Some(mut cage) = cage else { return Ok(None) };
        let level = cage.level();
        let watch = cage.ready()?;
        let (told, calls_watched) = (told(level, watch), watch.calls.is_yes());
        Ok(Some((Standing { cage: Some(cage), calls_watched }, told)))
    });
    match raised {
        Ok(Some((standing, told))) => {
            // Inside another go-offline the outer one watches, and it holds what its profile says.
            let refusal = sockets_open(plan, &standing, &told).filter(|_| !is_nested);
            teller.account.isolation = told;
            match refusal {
                Some(refusal) if plan.isolation >= Isolation::Require => {
                    return Err(refused_sockets(&refusal));
                }
                Some(refusal) => teller.findings(vec![isolation_weak(SOCKETS_OPEN, &refusal)]),
                None => {}
            }
            Ok(standing)
        }
        Ok(None) => {
            let reason = unwanted(plan);
            // Nobody watches who goes by, so nobody refuses a socket either.
            if plan.unix_sockets == UnixSockets::Deny {
                let refusal = Refusal { reason: reason.clone(), hint: None };
                teller.findings(vec![isolation_weak(SOCKETS_OPEN, &refusal)]);
            }
            teller.account.isolation = none(reason);
            Ok(nothing)
        }
        Err(refusal) if plan.isolation >= Isolation::Require => {
            Err(refused(plan, &refusal, teller.account))
        }
        Err(refusal) => {
            teller.account.isolation = none(refusal.reason.clone());
            teller.findings(vec![isolation_weak(NO_WALL, &refusal)]);
            Ok(nothing)
        }
    }
}

fn refused(plan: &Plan, refusal: &Refusal, account: &mut Account) -> Failure {
    account.isolation = none(refusal.reason.clone());
    let hint = refusal.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    let error = anyhow::anyhow!(
        "isolation = {} is not to be had: {}{hint}",
        plan.isolation.word(),
        refusal.reason
    );
    Failure { exit: Exit::NoIsolation, error }
}

const NO_WALL: &str = "no wall stands around this command, only its environment keeps it offline";
const SOCKETS_OPEN: &str =
    "unix sockets of the world outside are open to this command: nobody watches its calls";

/// Only whoever watches calls can refuse a unix socket: a file is in no network.
fn sockets_open(plan: &Plan, standing: &Standing, told: &Told) -> Option<Refusal> {
    let is_open = plan.unix_sockets == UnixSockets::Deny && !standing.calls_watched;
    is_open.then(|| Refusal { reason: told.reason.clone().unwrap_or_default(), hint: None })
}

fn refused_sockets(refusal: &Refusal) -> Failure {
    let error = anyhow::anyhow!("unix-sockets = deny is not to be had: {}", refusal.reason);
    Failure { exit: Exit::NoIsolation, error }
}

fn isolation_weak(message: &str, refusal: &Refusal) -> Finding {
    Finding::new(ISOLATION_WEAK.name, ISOLATION_WEAK.level, message)
        .with_cause(refusal.reason.as_str())
        .with_help(refusal.hint.clone().unwrap_or_else(|| "GO_OFFLINE_ISOLATION=off takes it as it is, GO_OFFLINE_ISOLATION=require refuses to run".to_owned()))
}

/// Why nobody wants a wall.
fn unwanted(plan: &Plan) -> String {
    if plan.network == Network::Allow {
        format!("profile {} lets the command use the network", plan.profile)
    } else {
        "isolation = off".to_owned()
    }
}

/// There is no wall, for this reason.
pub(super) fn none(reason: String) -> Told {
    Told { level: "none".to_owned(), reason: Some(reason) }
}

/// The name of a wall, with what watches in it.
fn told(level: Level, watch: &Watch) -> Told {
    let mut name = level.to_string();
    let mut reasons = Vec::new();
    for (part, watched) in [("dns-sink", &watch.names), ("seccomp-notify", &watch.calls)] {
        match watched {
            Watched::Yes => {
                name.push('+');
                name.push_str(part);
            }
            Watched::No(reason) => reasons.push(format!("no {part}: {reason}")),
        }
    }
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    Told { level: name, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_wall_says_what_watches() {
        let no = || Watched::No("it is taken".to_owned());
        let told = |names, calls| told(Level::Netns, &Watch { names, calls });
        let whole = told(Watched::Yes, Watched::Yes);
        assert_eq!((whole.level.as_str(), whole.reason), ("netns+dns-sink+seccomp-notify", None));
        let half = told(Watched::Yes, no());
        assert_eq!(half.level, "netns+dns-sink");
        assert_eq!(half.reason.as_deref(), Some("no seccomp-notify: it is taken"));
        let bare = told(no(), no());
        assert_eq!(bare.level, "netns");
        let reason = bare.reason.unwrap();
        assert_eq!(reason, "no dns-sink: it is taken; no seccomp-notify: it is taken");
    }
}
