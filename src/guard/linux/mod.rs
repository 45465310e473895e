//! The wall on Linux. The order of steps is the design, so it stands here and nowhere else.

use super::{Level, NoWall, Policy};

mod steps;

mod userns;

mod id_maps;

mod netns;
pub(super) use netns::Network;

mod talk;

mod netlink;

mod counters;

mod process;

mod ledger;

mod diag;
pub(super) use diag::Diag as Outside;

mod askers;

mod sink;

mod unix_socket;

mod notify;

mod enclosure;
pub(super) use enclosure::Enclosure;

mod descriptors;
pub(super) use descriptors::seal_descriptors;

mod kernel;
pub(super) use kernel::die_with_parent;

mod start;
pub(super) use start::as_started;

/// On the main thread, while it is the only one.
pub(super) fn choose() -> Result<(Level, Network), NoWall> {
    // With the rights at hand no user namespace: it costs a process, and root may lose rights in it.
    if netns::have_rights() {
        return Ok((Level::Netns, Network::ToBeMade));
    }
    // A forked child makes both namespaces; we enter only what has been seen to work.
    let network = userns::enter_rehearsed()?;
    Ok((Level::NetnsUserns, Network::Made(network)))
}

/// On the caller's thread, before the cage is there: what is asked of the world outside later. `None`
/// where nothing can be asked; then less is said of what was tried.
pub(super) fn look_outside() -> Option<Outside> {
    Outside::open().ok()
}

/// On the cage thread. From its first line on, this thread and all it starts are cut off.
pub(super) fn enclose(
    network: Network,
    policy: &Policy,
    outside: Option<Outside>,
) -> Result<Enclosure, NoWall> {
    // Refused, it leaves nothing behind: so there is no rehearsal where there is no user namespace.
    netns::enter(network)?;
    enclosure::set_up(policy, outside)
}
