//! An attempt to reach the network for an outer guard to see, in place of one that it cannot see.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};

/// Of a network that is reserved for documentation (RFC 5737): nobody is there.
const NOBODY: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 1), 9);

/// Makes one attempt to reach the network from the calling thread, which must stand outside any
/// cage of this process.
///
/// A guard in a guard counts in a namespace of its own, so the outer one learns little of what the
/// inner one refused. This call tells it, by a UDP `connect` to an address that stands for just that
/// ([`Nature::Inner`](super::Nature::Inner)); where the outer guard does not watch calls, the kernel
/// counts it. It sends no packet in any case, so where there is no outer wall this does nothing at
/// all. That it is refused is the point: there is no error.
pub fn echo_attempt() {
    if let Ok(socket) = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)) {
        let _ = socket.connect(NOBODY);
    }
}

/// Whether an address stands for an attempt that a guard inside has seen.
#[cfg_attr(not(all(target_os = "linux", not(go_offline_stub))), allow(dead_code))] // nothing is seen there
pub(super) fn is_echo(address: SocketAddr) -> bool {
    address == SocketAddr::V4(NOBODY)
}
