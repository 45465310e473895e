//! The walls below a network namespace, tried in turn on the cage thread.
//!
//! They are filters of seccomp(2), which need no right but the promise that no program will gain one
//! (`no_new_privs`). Each is tried by installing it; a refusal leaves nothing behind.

use super::enclosure::{self, Enclosure};
use super::netns;
use super::notify;
use super::outside::Outside;
use super::steps::{self, NOT_WANTED, why_not_watched};
use crate::guard::{ClosedDoor, Level, NoWall, Policy, Standing, Watch, Watched, Weakest, echo};
use rustix::thread::CapabilitySet;
use std::fs;
use std::io;

/// Sets up the strongest of them, in place of the namespace that was refused.
///
/// # Errors
/// The refusal of the namespace, with that of the others.
pub(super) fn set_up(
    refusal: NoWall,
    policy: &Policy,
    outside: &Outside,
) -> Result<(Enclosure, Standing), NoWall> {
    if policy.weakest == Weakest::Netns {
        return Err(refusal);
    }
    let standing =
        |level, weaker, watch, closed| Standing { level, weaker: Some(weaker), watch, closed };
    let why = match by_calls(policy, outside) {
        Some(Ok((enclosure, watch, closed))) => {
            return Ok((enclosure, standing(Level::Seccomp, refusal, watch, closed)));
        }
        Some(Err(error)) => why_not_watched(&error),
        None => format!("no call is watched, which would be a wall: {NOT_WANTED}"),
    };
    let unwatched = Watch { names: Watched::No(why.clone()), calls: Watched::No(why.clone()) };
    // That is a wall as well, and the watch that a command can have is there.
    if echo::is_inside_guard() {
        let refusal = steps::and_weaker(refusal, why);
        return Ok((Enclosure::default(), standing(Level::Outer, refusal, unwatched, Vec::new())));
    }
    if policy.weakest > Weakest::Deny || !policy.allow.is_empty() {
        return Err(steps::and_weaker(refusal, why));
    }
    match by_denial() {
        Ok(()) => {
            let refusal = steps::and_weaker(refusal, why);
            Ok((Enclosure::default(), standing(Level::Deny, refusal, unwatched, Vec::new())))
        }
        Err(error) => {
            Err(steps::and_weaker(refusal, format!("{why}; no filter can be installed: {error}")))
        }
    }
}

type ByCalls = (Enclosure, Watch, Vec<ClosedDoor>);

/// `None` where nobody is to watch.
fn by_calls(policy: &Policy, outside: &Outside) -> Option<io::Result<ByCalls>> {
    policy.watch_calls.then(|| watch_on_machine(policy, outside))
}

fn watch_on_machine(policy: &Policy, outside: &Outside) -> io::Result<ByCalls> {
    if let Some(scope) = closed_by_yama() {
        return Err(io::Error::other(format!(
            "nobody may look at the calls of another process here: `sysctl kernel.yama.ptrace_scope` is {scope}; 1 allows it to parents"
        )));
    }
    allow_filters()?;
    enclosure::set_up_on_machine(policy, outside)
}

fn by_denial() -> io::Result<()> {
    allow_filters()?;
    notify::deny()
}

/// The kernel takes filters of whoever may do anything, or promises to gain nothing. The promise is the
/// calling thread's, and that of what it starts.
fn allow_filters() -> io::Result<()> {
    let is_admin = netns::has(CapabilitySet::SYS_ADMIN);
    if is_admin { Ok(()) } else { Ok(rustix::thread::set_no_new_privs(true)?) }
}

/// Above 1 the arguments of a call in memory can be read by root only, and above 2 by nobody.
fn closed_by_yama() -> Option<u32> {
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok()?;
    let scope: u32 = scope.trim().parse().ok()?;
    let may_trace = netns::has(CapabilitySet::SYS_PTRACE);
    (scope > 2 || scope == 2 && !may_trace).then_some(scope)
}
