//! The wall on Linux. The order of steps is the design, so it stands here and nowhere else.

use super::{Level, NoWall, Policy, Standing};

mod steps;

mod userns;

mod id_maps;

mod netns;
use netns::Entered;
pub(super) use netns::Network;

mod talk;

mod netlink;

mod counters;

mod process;

mod ledger;

mod diag;

mod outside;
pub(super) use outside::Outside;

mod askers;

mod sink;

mod unix_socket;

mod notify;

mod relay;

mod enclosure;
pub(super) use enclosure::Enclosure;

mod leftovers;
mod weaker;
pub(super) use leftovers::Orphans;

mod descriptors;
pub(super) use descriptors::seal_descriptors;

mod kernel;
pub(super) use kernel::die_with_parent;

mod start;
pub(super) use start::as_started;

/// On the main thread, while it is the only one.
#[allow(clippy::unnecessary_wraps)] // the same door as where there is no wall at all
pub(super) fn choose() -> Result<Network, NoWall> {
    // With the rights at hand no user namespace: it costs a process, and root may lose rights in it.
    if netns::have_rights() {
        return Ok(Network::ToBeMade);
    }
    // A forked child makes both namespaces; we enter only what has been seen to work.
    Ok(match userns::enter_rehearsed() {
        Ok(network) => Network::Made(network),
        Err(refusal) => Network::Refused(refusal.into()),
    })
}

/// On the caller's thread, before the cage is there.
pub(super) fn look_outside(policy: &Policy) -> Outside {
    Outside::look(policy)
}

/// On the cage thread. From its first line on, this thread and all it starts are cut off, unless the
/// namespace is refused: then a weaker wall is tried.
pub(super) fn enclose(
    network: Network,
    policy: &Policy,
    outside: Outside,
) -> Result<(Enclosure, Standing), NoWall> {
    let level = match network {
        Network::Made(_) => Level::NetnsUserns,
        Network::ToBeMade | Network::Refused(_) => Level::Netns,
    };
    match netns::enter(network) {
        Ok(()) => enclosure::set_up(level, policy, outside),
        // Refused, it leaves nothing behind: so there is no rehearsal where there is no user namespace.
        Err(Entered::Not(refusal)) => weaker::set_up(refusal, policy, &outside),
        Err(Entered::Halfway(refusal)) => Err(refusal),
    }
}
