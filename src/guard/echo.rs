//! An attempt to reach the network for an outer guard's counter, in place of one that it cannot see.

use std::net::UdpSocket;

/// Of a network that is reserved for documentation (RFC 5737): nobody is there.
const NOBODY: &str = "198.51.100.1:9";

/// Makes one attempt to reach the network from the calling thread, which must stand outside any
/// cage of this process.
///
/// A guard in a guard counts in a namespace of its own, so the outer one learns nothing of what the
/// inner one refused. After this call its counter has gone up by one. A UDP `connect` is counted
/// where no route leads and sends no packet in any case, so where there is no outer wall this does
/// nothing at all. That it is refused is the point: there is no error.
pub fn echo_attempt() {
    if let Ok(socket) = UdpSocket::bind("0.0.0.0:0") {
        let _ = socket.connect(NOBODY);
    }
}
