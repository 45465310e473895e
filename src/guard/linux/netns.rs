//! The network namespace itself, made by and for the calling thread alone.

use super::kernel;
use rustix::thread::{CapabilitySet, UnshareFlags};
use std::io;

/// Whether this process may make a network namespace, and set it up, without a user namespace.
pub(super) fn have_rights() -> bool {
    let wanted = CapabilitySet::SYS_ADMIN | CapabilitySet::NET_ADMIN; // to make it; to bring up loopback
    rustix::thread::capabilities(None).is_ok_and(|own| own.effective.contains(wanted))
}

/// Moves the calling thread, and no other, into a new network namespace.
pub(super) fn leave_network() -> io::Result<()> {
    kernel::unshare(UnshareFlags::NEWNET)
}
