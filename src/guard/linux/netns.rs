//! The network namespace itself, entered by the calling thread alone.

use super::steps::{At, Failed, Step};
use super::{kernel, netlink};
use crate::guard::NoWall;
use rustix::thread::{CapabilitySet, LinkNameSpaceType, UnshareFlags};
use std::fs::File;
use std::os::fd::AsFd;

/// Where the cage will be.
#[derive(Debug)]
pub(in crate::guard) enum Network {
    /// In a namespace that the cage thread makes.
    ToBeMade,
    /// In one that was made, and seen to work, in a rehearsal. Making a second one would cost more
    /// than its own time: the kernel would be taking down the first one just then.
    Made(File),
    /// In none: it was refused.
    Refused(NoWall),
}

impl Network {
    pub(in crate::guard) fn refused(&self) -> Option<&NoWall> {
        match self {
            Network::Refused(refusal) => Some(refusal),
            Network::ToBeMade | Network::Made(_) => None,
        }
    }
}

/// How far a thread got that could not enter its network.
#[derive(Debug)]
pub(super) enum Entered {
    /// It is where it was.
    Not(NoWall),
    /// It is in a new network in which nothing works.
    Halfway(NoWall),
}

/// Whether this process may make a network namespace, and set it up, without a user namespace.
pub(super) fn have_rights() -> bool {
    let wanted = CapabilitySet::SYS_ADMIN | CapabilitySet::NET_ADMIN; // to make it; to bring up loopback
    has(wanted)
}

/// Whether the calling thread has these rights.
pub(super) fn has(wanted: CapabilitySet) -> bool {
    rustix::thread::capabilities(None).is_ok_and(|own| own.effective.contains(wanted))
}

/// Moves the calling thread, and no other, into `network`.
pub(super) fn enter(network: Network) -> Result<(), Entered> {
    let outcome = match network {
        Network::ToBeMade => make(),
        Network::Made(namespace) => {
            let kind = Some(LinkNameSpaceType::Network);
            rustix::thread::move_into_link_name_space(namespace.as_fd(), kind)
                .at(Step::EnterNetworkNamespace)
        }
        Network::Refused(refusal) => return Err(Entered::Not(refusal)),
    };
    outcome.map_err(|failed| match failed.step {
        Step::Loopback => Entered::Halfway(failed.into()),
        _ => Entered::Not(failed.into()),
    })
}

/// Moves the calling thread, and no other, into a new network namespace.
pub(super) fn make() -> Result<(), Failed> {
    kernel::unshare(UnshareFlags::NEWNET).at(Step::NetworkNamespace)?;
    // Programs talk to themselves over loopback, which a new namespace has switched off.
    netlink::Route::open().and_then(|mut route| route.bring_up_loopback()).at(Step::Loopback)
}
