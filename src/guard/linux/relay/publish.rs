//! Doors that lead in: somebody outside reaches a server in the cage.

use super::super::outside::Hands;
use super::carry::{Door, Way};
use super::{Doors, Resolved, carry, nobody, resolve};
use crate::guard::refusal::same_error;
use crate::guard::{DoorList, Policy};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};

/// Listens outside, and dials in the network of the calling thread, which is the cage's.
pub(in super::super) fn publish(policy: &Policy, hands: Option<&Hands>, doors: &mut Doors) {
    let open = doors.open_at();
    let mut listeners = Vec::new();
    for Resolved { address, found } in resolve(&policy.publish, hands) {
        let bound = found.and_then(|found| match found.iter().any(|at| open.contains(at)) {
            // What comes in would go out again, to where it came in.
            true => Err(io::Error::other("`allow` has the same address")),
            false => bind(found, hands),
        });
        match bound {
            Ok(bound) => listeners.extend(bound),
            Err(error) => doors.close(DoorList::Publish, address, error),
        }
    }
    let way = Way { dial, leads_out: false, carried: doors.carried.clone() };
    if !listeners.is_empty()
        && let Err(error) = carry::serve(listeners, way)
    {
        for address in &policy.publish {
            doors.close(DoorList::Publish, address.clone(), same_error(&error));
        }
    }
}

/// Every address that the host has; a name has several. One is enough.
fn bind(found: Vec<SocketAddr>, hands: Option<&Hands>) -> io::Result<Vec<Door>> {
    let bind = move || {
        let mut bound = Vec::new();
        let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for at in found {
            match TcpListener::bind(at) {
                Ok(listener) => bound.push((listener, vec![at])),
                Err(other) => error = other,
            }
        }
        if bound.is_empty() { Err(error) } else { Ok(bound) }
    };
    hands.map_or_else(|| Err(nobody()), |hands| hands.have(bind)).and_then(|bound| bound)
}

/// The cage has no address but loopback: that is where its servers are, whatever of the host's they
/// are published at.
fn dial(published: &[SocketAddr]) -> io::Result<TcpStream> {
    let published = published.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
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
