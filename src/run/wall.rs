//! The wall of a run: whether one is wanted, whether it stands, and in which words that is told.

use super::account::Teller;
use super::class::Class;
use super::codes::ISOLATION_WEAK;
use super::plan::Plan;
use super::scene::Scene;
use super::{Account, Failure, build_cache, cause};
use crate::guard::{
    self, Address, Cage, ClosedDoor, DoorList, Level, NoWall, Policy, Standing as Stands,
    UnixSockets, Watched, Weakest,
};
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

/// Why no wall is to be had, or a weak one only.
pub(super) struct Refusal {
    reason: String,
    hint: Option<String>,
}

impl From<NoWall> for Refusal {
    fn from(refusal: NoWall) -> Refusal {
        Refusal::of(&refusal)
    }
}

impl Refusal {
    fn of(refusal: &NoWall) -> Refusal {
        Refusal { reason: refusal.to_string(), hint: refusal.hint.clone() }
    }
}

/// Has the wall rise on a thread of its own, where one is wanted.
///
/// # Errors
/// It is not to be had, and the command may not start without.
pub(super) fn raise(scene: &Scene, plan: &Plan, account: &mut Account) -> Result<Wall, Failure> {
    match choose(scene, plan) {
        Err(refusal) if plan.isolation >= Isolation::Require => {
            Err(refused(plan, &refusal, account))
        }
        wall => Ok(wall),
    }
}

fn choose(scene: &Scene, plan: &Plan) -> Wall {
    if plan.isolation == Isolation::Off {
        return Ok(None);
    }
    if !plan.no_wall.is_empty() {
        return Err(Refusal { reason: plan.no_wall.clone(), hint: None });
    }
    if plan.network == Network::Allow {
        return Ok(None);
    }
    let wall = guard::prepare()?;
    let weakest = weakest(scene, plan);
    // Said before anything is checked, where it is known already.
    if weakest == Weakest::Netns
        && let Some(refusal) = wall.weaker()
    {
        return Err(Refusal::of(refusal));
    }
    Ok(Some(wall.raise(Policy {
        weakest,
        unix_sockets: plan.unix_sockets,
        allow: addresses(&plan.allow),
        publish: addresses(&plan.publish),
        variables: [cause::VARIABLES, build_cache::KEPT_FOR_CACHES].concat(),
        watch_calls: plan.watch_calls,
    })))
}

/// A wall without loopback serves where nobody needs it; elsewhere it would make sound tests fail.
fn weakest(scene: &Scene, plan: &Plan) -> Weakest {
    let may_need_loopback = !plan.is_go || Class::may_need_loopback(&scene.invocation);
    match plan.isolation {
        Isolation::RequireNetns => Weakest::Netns,
        _ if may_need_loopback => Weakest::Seccomp,
        _ => Weakest::Deny,
    }
}

/// They were held to be addresses where they were read.
fn addresses(texts: &[String]) -> Vec<Address> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// Waits until the wall stands; says so if it does not, or is weaker than it could be.
///
/// # Errors
/// It does not stand, and the command may not start without.
pub(super) fn standing(
    plan: &Plan,
    wall: Wall,
    is_nested: bool,
    teller: &mut Teller<'_>,
) -> Result<Standing, Failure> {
    let raised = wall.and_then(|cage| {
        let Some(mut cage) = cage else { return Ok(None) };
        let found = Found::of(cage.ready()?);
        Ok(Some((cage, found)))
    });
    match raised {
        Ok(Some((cage, found))) => stands(plan, cage, found, is_nested, teller),
        Ok(None) => {
            let reason = unwanted(plan);
            // Nobody watches who goes by, so nobody refuses a socket either.
            if plan.unix_sockets == UnixSockets::Deny {
                let refusal = Refusal { reason: reason.clone(), hint: None };
                teller.findings(vec![isolation_weak(SOCKETS_OPEN, &refusal)]);
            }
            teller.account.isolation = none(reason);
            Ok(NOTHING)
        }
        Err(refusal) if plan.isolation >= Isolation::Require => {
            Err(refused(plan, &refusal, teller.account))
        }
        Err(refusal) => {
            teller.account.isolation = none(refusal.reason.clone());
            teller.findings(vec![isolation_weak(NO_WALL, &refusal)]);
            Ok(NOTHING)
        }
    }
}

const NOTHING: Standing = Standing { cage: None, calls_watched: false };

/// What there is to say of a cage that stands.
struct Found {
    level: Level,
    told: Told,
    weaker: Option<Refusal>,
    calls_watched: bool,
    closed: Vec<String>,
}

impl Found {
    fn of(stands: &Stands) -> Found {
        Found {
            level: stands.level,
            told: told(stands),
            weaker: stands.weaker.as_ref().map(Refusal::of),
            calls_watched: stands.watch.calls.is_yes(),
            closed: stands.closed.iter().map(closed).collect(),
        }
    }
}

/// Says what is weak about a wall that stands.
fn stands(
    plan: &Plan,
    cage: Cage,
    found: Found,
    is_nested: bool,
    teller: &mut Teller<'_>,
) -> Result<Standing, Failure> {
    // Inside another go-offline the outer one watches, and it holds what its profile says.
    let is_held = is_nested && plan.watch_calls;
    let refusal = sockets_open(plan, &found).filter(|_| !is_held);
    let weak = found.weaker.as_ref().zip(weak(found.level));
    // Who requires a wall has said that this one will do; but that nothing is seen is no pass.
    let is_blind = matches!(found.level, Level::Deny | Level::Outer);
    let is_wanted = plan.isolation == Isolation::Prefer || is_blind;
    let is_said = is_wanted && !(is_nested && found.level == Level::Outer);
    teller.findings(
        weak.filter(|_| is_said)
            .map(|(refusal, message)| isolation_weak(message, refusal))
            .into_iter()
            .collect(),
    );
    teller.account.isolation = found.told;
    match refusal {
        Some(refusal) if plan.isolation >= Isolation::Require => {
            return Err(refused_sockets(&refusal));
        }
        Some(refusal) => teller.findings(vec![isolation_weak(SOCKETS_OPEN, &refusal)]),
        None => {}
    }
    for line in &found.closed {
        teller.hint(line);
    }
    Ok(Standing { cage: Some(cage), calls_watched: found.calls_watched })
}

/// What is weak about a level; `None` for a network namespace.
fn weak(level: Level) -> Option<&'static str> {
    match level {
        Level::Netns | Level::NetnsUserns => None,
        Level::Seccomp => Some(
            "the wall is no network namespace: calls that reach out are looked at and refused one by one (seccomp-notify)",
        ),
        Level::Deny => Some(
            "the wall is no network namespace: every socket is refused, loopback included, and what is tried is neither seen nor counted (seccomp-deny)",
        ),
        Level::Outer => Some(
            "the go-offline around this one has cut the network and watches: what is tried stands in its report (outer)",
        ),
    }
}

fn closed(door: &ClosedDoor) -> String {
    let ClosedDoor { list, address, error } = door;
    match list {
        DoorList::Allow => format!("`allow = [\"{address}\"]` opens nothing: {error}"),
        DoorList::Publish => format!("`publish = [\"{address}\"]` opens nothing: {error}"),
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
fn sockets_open(plan: &Plan, found: &Found) -> Option<Refusal> {
    let is_open = plan.unix_sockets == UnixSockets::Deny && !found.calls_watched;
    let refusal = || match plan.watch_calls {
        true => Refusal { reason: found.told.reason.clone().unwrap_or_default(), hint: None },
        false => Refusal {
            reason: "watch-calls is off, and only a watched call can be refused".to_owned(),
            hint: Some("`watch-calls = \"on\"` in the profile refuses them".to_owned()),
        },
    };
    is_open.then(refusal)
}

fn refused_sockets(refusal: &Refusal) -> Failure {
    let hint = refusal.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    let error = anyhow::anyhow!("unix-sockets = deny is not to be had: {}{hint}", refusal.reason);
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

/// The name of a wall, with what watches in it, and why it is not more.
fn told(stands: &Stands) -> Told {
    let mut name = stands.level.to_string();
    let mut reasons = Vec::new();
    if let Some(refusal) = &stands.weaker {
        let hint = refusal.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        reasons.push(format!("no netns: {refusal}{hint}"));
    }
    let is_namespace = stands.level.is_namespace();
    let parts = [("dns-sink", &stands.watch.names), ("seccomp-notify", &stands.watch.calls)];
    for (part, watched) in parts {
        match watched {
            // It is the wall itself there.
            _ if part == "seccomp-notify" && !is_namespace => {}
            Watched::Yes => {
                name.push('+');
                name.push_str(part);
            }
            Watched::No(_) if !is_namespace && stands.level != Level::Seccomp => {}
            Watched::No(reason) => reasons.push(format!("no {part}: {reason}")),
        }
    }
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    Told { level: name, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Watch;

    #[test]
    fn the_name_of_a_wall_says_what_watches() {
        let no = || Watched::No("it is taken".to_owned());
        let told = |names, calls| told(&stands(Level::Netns, None, Watch { names, calls }));
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

    #[test]
    fn a_weaker_wall_says_why() {
        let refusal = || NoWall {
            step: "make a user namespace",
            error: std::io::Error::other("no"),
            weaker: None,
            hint: Some("do this".to_owned()),
        };
        let watch = |names| Watch { names, calls: Watched::Yes };
        let seccomp = told(&stands(Level::Seccomp, Some(refusal()), watch(Watched::Yes)));
        assert_eq!(seccomp.level, "seccomp-notify+dns-sink");
        let why = "no netns: cannot make a user namespace: no (do this)";
        assert_eq!(seccomp.reason.as_deref(), Some(why));
        let nameless = watch(Watched::No("x".to_owned()));
        let nameless = told(&stands(Level::Seccomp, Some(refusal()), nameless));
        assert_eq!(nameless.level, "seccomp-notify");
        assert_eq!(nameless.reason, Some(format!("{why}; no dns-sink: x")));
        for level in [Level::Deny, Level::Outer] {
            let blind = told(&stands(level, Some(refusal()), Watch::default()));
            assert_eq!((blind.level, blind.reason.as_deref()), (level.to_string(), Some(why)));
        }
    }

    fn stands(level: Level, weaker: Option<NoWall>, watch: Watch) -> Stands {
        Stands { level, weaker, watch, closed: Vec::new() }
    }
}
