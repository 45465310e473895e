//! The wall on Linux. The order of steps is the design, so it stands here and nowhere else.

use super::{Level, NoWall};

mod steps;
use steps::{At, Step};

mod userns;

mod netns;

mod netlink;

mod counters;
pub(super) use counters::Counters;

mod descriptors;
pub(super) use descriptors::seal_descriptors;

mod kernel;
pub(super) use kernel::die_with_parent;

/// On the main thread, while it is the only one.
pub(super) fn choose() -> Result<Level, NoWall> {
    // With the rights at hand no user namespace: root would lose its rights over others' files in it.
    if netns::have_rights() {
        return Ok(Level::Netns);
    }
    // A forked child makes it and tries the network in it; we enter only what has been seen to work.
    userns::enter_rehearsed()?;
    Ok(Level::NetnsUserns)
}

/// On the cage thread. From its first line on, this thread and all it starts are cut off.
pub(super) fn enclose() -> Result<Counters, NoWall> {
    // A namespace made refused leaves nothing behind, so this needs no rehearsal.
    netns::leave_network().at(Step::NetworkNamespace)?;
    // Programs talk to themselves over loopback, which a new namespace has switched off.
    netlink::Route::open().and_then(|mut route| route.bring_up_loopback()).at(Step::Loopback)?;
    // Last, so that nothing of our own is counted; opened now, so that reading later cannot fail.
    let counters = Counters::open().at(Step::Counters)?;
    Ok(counters)
}
