//! The socket that a call is about: a copy of the caller's own descriptor.

use super::super::{kernel, process};
use rustix::net::sockopt;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

/// What kind of socket it is; where it cannot be looked at, nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Socket {
    /// `AF_INET` and so on.
    pub(in super::super) family: Option<i32>,
    /// `SOCK_STREAM` and so on.
    pub(in super::super) kind: Option<i32>,
    /// `IPPROTO_TCP` and so on.
    pub(super) protocol: Option<i32>,
    /// Its number, by which the kernel names it elsewhere.
    pub(super) inode: Option<u64>,
    /// Whether it was bound to a device or has one for multicast: then it has routes of its own.
    pub(super) has_device: bool,
    /// The network that it is in, wherever its user is (see [`kernel::network_of`]).
    pub(super) network: Option<u64>,
}

impl Socket {
    /// Looks at a descriptor of a thread.
    pub(super) fn of(tid: u32, fd: i32) -> Socket {
        match copy(tid, fd) {
            Some(copy) => Socket::look_at(copy.as_fd()),
            None => Socket::default(),
        }
    }

    /// Looks at a descriptor of our own.
    pub(in super::super) fn look_at(socket: BorrowedFd<'_>) -> Socket {
        let inode = std::fs::metadata(format!("/proc/self/fd/{}", socket.as_raw_fd()));
        Socket {
            family: sockopt::socket_domain(socket).ok().map(|family| family.as_raw().into()),
            kind: sockopt::socket_type(socket).ok().map(|kind| kind.as_raw() as i32),
            protocol: sockopt::socket_protocol(socket)
                .ok()
                .map(|protocol| protocol.map_or(0, |protocol| protocol.as_raw().get() as i32)),
            inode: inode.ok().map(|metadata| metadata.ino()),
            has_device: has_device(socket),
            network: kernel::network_of(socket),
        }
    }

    /// The address that a socket of a thread is bound to, if it is one of IPv4 or IPv6, and the network
    /// that it is in.
    pub(super) fn bound_at(tid: u32, fd: i32) -> Option<(SocketAddr, Option<u64>)> {
        let own = copy(tid, fd)?;
        let address = SocketAddr::try_from(rustix::net::getsockname(&own).ok()?).ok()?;
        Some((address, kernel::network_of(&own)))
    }

    /// Whether it is known to be one of datagrams.
    pub(super) fn is_datagram(&self) -> bool {
        self.kind == Some(libc::SOCK_DGRAM)
    }

    pub(super) fn is_stream(&self) -> bool {
        self.kind == Some(libc::SOCK_STREAM)
    }

    /// Whether a `connect` of it sends nothing.
    pub(super) fn is_udp(&self) -> bool {
        self.kind == Some(libc::SOCK_DGRAM)
            && matches!(self.protocol, Some(0 | libc::IPPROTO_UDP | libc::IPPROTO_UDPLITE))
    }
}

/// A device that it was bound to shows as the source of what it sends; multicast has options of its
/// own, for which there is no safe getter: the rare calls to such addresses are told by the address.
fn has_device(socket: BorrowedFd<'_>) -> bool {
    kernel::bound_device(socket).is_some_and(|device| device != 0)
}

fn copy(tid: u32, fd: i32) -> Option<OwnedFd> {
    if fd < 0 {
        return None; // none of a caller's, and rustix would panic
    }
    let flags = PidfdGetfdFlags::empty();
    // A thread may have descriptors of its own; kernels before 6.9 know processes only.
    let of_thread = PidfdFlags::from_bits_retain(libc::O_EXCL as u32);
    let thread = Pid::from_raw(i32::try_from(tid).ok()?)?;
    let pidfd = match rustix::process::pidfd_open(thread, of_thread) {
        Ok(pidfd) => pidfd,
        Err(_) => {
            let process = Pid::from_raw(i32::try_from(process::of_thread(tid)?).ok()?)?;
            rustix::process::pidfd_open(process, PidfdFlags::empty()).ok()?
        }
    };
    rustix::process::pidfd_getfd(&pidfd, fd, flags).ok()
}
