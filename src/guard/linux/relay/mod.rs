//! Doors in the wall: TCP connections that are carried through it, byte for byte. What goes over them
//! is not looked at: TLS, names and certificates are the business of the two ends.
//!
//! A door stands at the very address that a program dials, on the cage's own loopback, so nothing in
//! the program has to change; and the same address is dialled outside.

mod carry;
mod publish;
mod resolve;

use super::diag::specified;
use super::netlink::Places;
use super::outside::Hands;
use crate::guard::refusal::same_error;
use crate::guard::{Address, ClosedDoor, DoorList, Policy};
pub(super) use carry::Carried;
use carry::{Door, Way};
pub(super) use publish::publish;
pub(super) use resolve::{Resolved, resolve};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// The doors of a policy that lead out.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// What each address of the policy stands for, as far as there is a door.
    wanted: Vec<(Address, Vec<SocketAddr>)>,
    pub(super) closed: Vec<ClosedDoor>,
    pub(super) carried: Carried,
}

impl Doors {
    /// Finds out what the policy's addresses stand for.
    pub(super) fn resolved(policy: &Policy, hands: Option<&Hands>) -> Doors {
        let mut doors = Doors::default();
        for Resolved { address, found } in resolve(&policy.allow, hands) {
            match found {
                Ok(found) => {
                    // Dialled, no address is this machine.
                    let found = found.into_iter().map(specified).collect();
                    doors.wanted.push((address, found));
                }
                Err(error) => doors.close(DoorList::Allow, address, error),
            }
        }
        doors
    }

    /// The addresses that can be reached.
    pub(super) fn open_at(&self) -> Vec<SocketAddr> {
        self.wanted.iter().flat_map(|(_, found)| found.iter().copied()).collect()
    }

    /// The hosts of the policy and where they are.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &[SocketAddr])> {
        self.wanted.iter().map(|(address, found)| (address.host.as_str(), found.as_slice()))
    }

    /// Opens them in the network of the calling thread, which is the cage's.
    pub(super) fn open(&mut self, hands: Option<&Hands>, places: &mut Places) {
        let mut listeners: Vec<Door> = Vec::new();
        for (address, found) in std::mem::take(&mut self.wanted) {
            match doors_of(&found, places, &mut listeners) {
                Ok(open) => self.wanted.push((address, open)),
                Err(error) => self.close(DoorList::Allow, address, error),
            }
        }
        if listeners.is_empty() {
            return;
        }
        let way = Way { dial, leads_out: true, carried: self.carried.clone() };
        let serve = move || carry::serve(listeners, way);
        let served = hands.map_or_else(|| Err(nobody()), |hands| hands.have(serve));
        if let Err(error) = served.and_then(|served| served) {
            for (address, _) in std::mem::take(&mut self.wanted) {
                self.close(DoorList::Allow, address, same_error(&error));
            }
        }
    }

    pub(super) fn close(&mut self, list: DoorList, address: Address, error: io::Error) {
        self.closed.push(ClosedDoor { list, address, error });
    }
}

/// Opens a door at each address that one name stands for; a kernel without IPv6 has none of that
/// family, and one is enough. Behind each are the others as well: a program that is let in at an address
/// where nobody answers would not try the next.
fn doors_of(
    found: &[SocketAddr],
    places: &mut Places,
    listeners: &mut Vec<Door>,
) -> io::Result<Vec<SocketAddr>> {
    let mut open = Vec::new();
    let mut failed = None;
    for at in found {
        let is_there = |(listener, _): &Door| listener.local_addr().is_ok_and(|own| own == *at);
        if listeners.iter().any(is_there) {
            open.push(*at);
            continue;
        }
        match places.take(at.ip()).and_then(|()| TcpListener::bind(at)) {
            Ok(listener) => {
                let others = found.iter().filter(|other| *other != at);
                listeners.push((listener, [at].into_iter().chain(others).copied().collect()));
                open.push(*at);
            }
            Err(error) => _ = failed.get_or_insert(error),
        }
    }
    match failed {
        Some(error) if open.is_empty() => Err(error),
        _ => Ok(open),
    }
}

/// Dials outside. Whoever waits has been let in already, so we are not to wait for ever.
fn dial(candidates: &[SocketAddr]) -> io::Result<TcpStream> {
    const LONGEST: Duration = Duration::from_secs(10);
    let mut outcome = Err(io::ErrorKind::AddrNotAvailable.into());
    for at in candidates {
        outcome = TcpStream::connect_timeout(at, LONGEST);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn nobody() -> io::Error {
    io::Error::other("nobody dials outside")
}
