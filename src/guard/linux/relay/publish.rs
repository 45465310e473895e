//! Doors that lead in: somebody outside reaches a server in the cage.

use super::super::outside::Hands;
use super::{Doors, carry, nobody};
use crate::guard::{Address, DoorList, Policy};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};

/// Listens outside, and dials in the network of the calling thread, which is the cage's.
pub(in super::super) fn publish(policy: &Policy, hands: Option<&Hands>, doors: &mut Doors) {
    let mut listeners = Vec::new();
    for address in &policy.publish {
        let wanted = address.clone();
        let bound = hands.map_or_else(|| Err(nobody()), |hands| hands.have(move || bind(&wanted)));
        match bound.and_then(|bound| bound) {
            Ok(bound) => listeners.extend(bound),
            Err(error) => doors.close(DoorList::Publish, address.clone(), error),
        }
    }
    if !listeners.is_empty()
        && let Err(error) = carry::serve(listeners, dial)
    {
        for address in &policy.publish {
            doors.close(DoorList::Publish, address.clone(), super::again(&error));
        }
    }
}

/// Every address that the host has; a name has several. One is enough.
fn bind(address: &Address) -> io::Result<Vec<(TcpListener, SocketAddr)>> {
    let mut bound = Vec::new();
    let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for at in (address.host.as_str(), address.port).to_socket_addrs()? {
        match TcpListener::bind(at) {
            Ok(listener) => bound.push((listener, at)),
            Err(other) => error = other,
        }
    }
    if bound.is_empty() { Err(error) } else { Ok(bound) }
}

/// The cage has no address but loopback: that is where its servers are, whatever of the host's they
/// are published at.
fn dial(published: &SocketAddr) -> io::Result<TcpStream> {
    let (v4, v6): (IpAddr, IpAddr) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
    let own = published.ip();
    let first = match own.is_loopback() {
        true => own,
        false if own.is_ipv4() => v4,
        false => v6,
    };
    let port = published.port();
    TcpStream::connect((first, port))
        .or_else(|_| TcpStream::connect((v4, port)))
        .or_else(|_| TcpStream::connect((v6, port)))
}
