//! Doors in the wall: TCP connections that are carried through it, byte for byte. What goes over them
//! is not looked at: TLS, names and certificates are the business of the two ends.
//!
//! A door stands at the very address that a program dials, on the cage's own loopback, so nothing in
//! the program has to change; and the same address is dialled outside.

mod carry;
mod publish;
mod resolve;

use super::netlink::Places;
use super::outside::Hands;
use crate::guard::{Address, ClosedDoor, DoorList, Policy};
pub(super) use publish::publish;
pub(super) use resolve::{Resolved, resolve};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

/// The doors of a policy that lead out.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// What each name of the policy stands for.
    pub(super) names: Vec<(String, Vec<SocketAddr>)>,
    /// The addresses that can be reached.
    pub(super) open: Vec<SocketAddr>,
    pub(super) closed: Vec<ClosedDoor>,
}

impl Doors {
    /// Finds out what the policy's addresses stand for.
    pub(super) fn resolved(policy: &Policy, hands: Option<&Hands>) -> Doors {
        let mut doors = Doors::default();
        for Resolved { address, found } in resolve(&policy.allow, hands) {
            match found {
                Ok(found) => {
                    let new = found.iter().filter(|at| !doors.open.contains(at));
                    let new: Vec<_> = new.copied().collect();
                    doors.open.extend(new);
                    doors.names.push((address.host, found));
                }
                Err(error) => doors.close(DoorList::Allow, address, error),
            }
        }
        doors
    }

    /// Opens them in the network of the calling thread, which is the cage's.
    pub(super) fn open(&mut self, hands: Option<&Hands>, places: &mut Places) {
        let mut listeners = Vec::new();
        for at in std::mem::take(&mut self.open) {
            match places.take(at.ip()).and_then(|()| TcpListener::bind(at)) {
                Ok(listener) => {
                    listeners.push((listener, at));
                    self.open.push(at);
                }
                Err(error) => self.close(DoorList::Allow, address(at), error),
            }
        }
        if !listeners.is_empty() {
            let dial = |at: &SocketAddr| TcpStream::connect(at);
            let start = move || carry::serve(listeners, dial);
            let started = hands.map_or_else(|| Err(nobody()), |hands| hands.have(start));
            if let Err(error) = started.and_then(|started| started) {
                for at in std::mem::take(&mut self.open) {
                    self.close(DoorList::Allow, address(at), again(&error));
                }
            }
        }
    }

    pub(super) fn close(&mut self, list: DoorList, address: Address, error: io::Error) {
        self.closed.push(ClosedDoor { list, address, error });
    }
}

fn address(at: SocketAddr) -> Address {
    Address { host: at.ip().to_string(), port: at.port() }
}

fn nobody() -> io::Error {
    io::Error::other("nobody dials outside")
}

fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
