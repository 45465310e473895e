//! The sockets of the name server.

use super::super::netlink::Route;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

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
    pub(super) fn open_all(addresses: &[IpAddr]) -> io::Result<Vec<Door>> {
        let mut route = None;
        let mut doors = Vec::new();
        let mut first_error = None;
        for address in addresses {
            match place(*address, &mut route).and_then(|()| Door::open(*address)) {
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

    fn open(address: IpAddr) -> io::Result<Door> {
        let address = SocketAddr::new(address, PORT);
        let udp = UdpSocket::bind(address)?;
        udp.set_nonblocking(true)?;
        let tcp = TcpListener::bind(address)?;
        tcp.set_nonblocking(true)?;
        Ok(Door { address, udp, tcp })
    }
}

/// Makes it an address of this network, which holds nothing but its loopback.
fn place(address: IpAddr, route: &mut Option<Route>) -> io::Result<()> {
    if address.is_loopback() {
        return Ok(());
    }
    let route = match route {
        Some(route) => route,
        none => none.insert(Route::open()?),
    };
    route.add_address(address)
}
