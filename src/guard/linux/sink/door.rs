//! The sockets of the name server.

use super::super::netlink::Places;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

/// Where one address of the name server is spoken to.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) address: SocketAddr,
    pub(super) udp: UdpSocket,
    pub(super) tcp: TcpListener,
}

const PORT: u16 = 53;

impl Door {
    /// Opens those that can be opened: a kernel without IPv6 has no address of that family. An error
    /// where there is none.
    pub(super) fn open_all(addresses: &[IpAddr], places: &mut Places) -> io::Result<Vec<Door>> {
        let mut doors = Vec::new();
        let mut first_error = None;
        for address in addresses {
            match places.take(*address).and_then(|()| Door::open(SocketAddr::new(*address, PORT))) {
                Ok(door) => doors.push(door),
                Err(error) => _ = first_error.get_or_insert((address, error)),
            }
        }
        match first_error {
            Some((address, error)) if doors.is_empty() => {
                Err(io::Error::new(error.kind(), format!("{address}: {error}")))
            }
            _ => Ok(doors),
        }
    }

    /// One that has the machine's loopback, which it shares with others, at whichever port is free.
    pub(super) fn open_anywhere() -> io::Result<Door> {
        const TRIES: usize = 16;
        let mut outcome = Err(io::ErrorKind::AddrInUse.into());
        for _ in 0..TRIES {
            // A port that is free for UDP may be taken for TCP.
            let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            outcome = Door::open(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port));
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn open(address: SocketAddr) -> io::Result<Door> {
        let udp = UdpSocket::bind(address)?;
        udp.set_nonblocking(true)?;
        let tcp = TcpListener::bind(address)?;
        tcp.set_nonblocking(true)?;
        Ok(Door { address, udp, tcp })
    }
}
