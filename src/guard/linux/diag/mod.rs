//! Questions about a network namespace that only the kernel can answer: who holds a socket, who
//! listens, where an address leads.
//!
//! They are asked over netlink. A socket stays in the namespace of the thread that made it, so a
//! [`Diag`] may be asked from anywhere.

mod inet;
mod route;
mod unix;

use super::talk::Talk;
pub(super) use route::Routed;
use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
pub(super) use unix::{UnixFile, file as unix_file};

/// Of linux/sock_diag.h: a question about sockets of one family.
const SOCK_DIAG_BY_FAMILY: u16 = 20;

/// What can be asked of one network namespace.
#[derive(Debug)]
pub(in crate::guard) struct Diag {
    sockets: Talk,
    routes: Talk,
}

impl Diag {
    /// Opens the way to ask about the calling thread's network namespace.
    pub(super) fn open() -> io::Result<Diag> {
        Ok(Diag { sockets: Talk::about_sockets()?, routes: Talk::about_routes()? })
    }

    /// The number of the namespace (see [`super::kernel::network_of`]).
    pub(super) fn network(&self) -> Option<u64> {
        self.sockets.network()
    }

    /// The number of the UDP socket that sent from `asker` to `server`.
    pub(super) fn udp_inode(
        &mut self,
        asker: SocketAddr,
        server: SocketAddr,
    ) -> io::Result<Option<u64>> {
        inet::udp(&mut self.sockets, asker, server)
    }

    /// The number of the TCP socket at `asker` that is connected to `server`.
    pub(super) fn tcp_inode(
        &mut self,
        asker: SocketAddr,
        server: SocketAddr,
    ) -> io::Result<Option<u64>> {
        let found = inet::tcp(&mut self.sockets, asker, server)?;
        Ok(found.filter(|found| !found.is_listening).map(|found| found.inode))
    }

    /// Whether somebody listens for TCP connections to an address, be it by a wildcard.
    pub(super) fn tcp_listens(&mut self, address: SocketAddr) -> io::Result<bool> {
        Ok(self.tcp_listener(address)?.is_some())
    }

    /// The number of the socket that takes TCP connections to an address.
    pub(super) fn tcp_listener(&mut self, address: SocketAddr) -> io::Result<Option<u64>> {
        let address = specified(address);
        // Nobody connects from port 0, so only a listener can be found.
        let nobody = SocketAddr::new(address.ip(), 0);
        let found = inet::tcp(&mut self.sockets, address, nobody)?;
        Ok(found.filter(|found| found.is_listening).map(|found| found.inode))
    }

    /// The numbers of all sockets that take TCP connections.
    pub(super) fn tcp_listeners(&mut self) -> io::Result<HashSet<u64>> {
        inet::all(&mut self.sockets, libc::IPPROTO_TCP)
    }

    /// The numbers of all UDP sockets that have an address.
    pub(super) fn udp_sockets(&mut self) -> io::Result<HashSet<u64>> {
        inet::all(&mut self.sockets, libc::IPPROTO_UDP)
    }

    /// Whether a UDP socket receives what is sent to an address, be it by a wildcard.
    pub(super) fn udp_bound(&mut self, address: SocketAddr) -> io::Result<bool> {
        Ok(self.udp_socket(address)?.is_some())
    }

    /// The number of the UDP socket that receives what is sent to an address.
    pub(super) fn udp_socket(&mut self, address: SocketAddr) -> io::Result<Option<u64>> {
        let address = specified(address);
        let nobody = SocketAddr::new(address.ip(), 0);
        inet::udp(&mut self.sockets, address, nobody)
    }

    /// Whether a unix socket of this namespace, bound to the file with these numbers, takes
    /// connections or messages.
    pub(super) fn unix_listens(&mut self, device: u64, inode: u64) -> io::Result<bool> {
        unix::listens(&mut self.sockets, device, inode)
    }

    /// The files and the abstract names of all unix sockets that take connections or messages.
    pub(super) fn unix_taken(&mut self) -> io::Result<(HashSet<UnixFile>, HashSet<Vec<u8>>)> {
        unix::taken(&mut self.sockets)
    }

    /// Where a packet to an address would go; by the interface `scope`, if that is not 0.
    pub(super) fn route(&mut self, to: IpAddr, scope: u32) -> io::Result<Routed> {
        route::ask(&mut self.routes, to, scope)
    }
}

/// An address that is dialled as "any" is loopback.
pub(super) fn specified(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::fd::{AsRawFd, RawFd};
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    fn inode(fd: RawFd) -> u64 {
        std::fs::metadata(format!("/proc/self/fd/{fd}")).unwrap().ino()
    }

    /// Loopback addresses that this machine has.
    fn loopbacks() -> impl Iterator<Item = IpAddr> {
        let all: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        all.into_iter().filter(|ip| UdpSocket::bind((*ip, 0)).is_ok())
    }

    #[test]
    fn a_udp_socket_is_found_by_what_it_sent() {
        let mut diag = Diag::open().unwrap();
        for ip in loopbacks() {
            let server = UdpSocket::bind((ip, 0)).unwrap();
            let at = server.local_addr().unwrap();
            let wildcard: IpAddr = if ip.is_ipv4() {
                Ipv4Addr::UNSPECIFIED.into()
            } else {
                Ipv6Addr::UNSPECIFIED.into()
            };
            for (from, is_connected) in [(ip, true), (ip, false), (wildcard, false)] {
                let asker = UdpSocket::bind((from, 0)).unwrap();
                if is_connected {
                    asker.connect(at).unwrap();
                    asker.send(b"x").unwrap();
                } else {
                    asker.send_to(b"x", at).unwrap();
                }
                let (_, heard_from) = server.recv_from(&mut [0; 8]).unwrap();
                let found = diag.udp_inode(heard_from, at).unwrap();
                assert_eq!(found, Some(inode(asker.as_raw_fd())), "{from} {is_connected}");
                drop(asker);
                assert_eq!(diag.udp_inode(heard_from, at).unwrap(), None);
            }
        }
    }

    #[test]
    fn an_ipv6_socket_asks_over_ipv4() {
        let mut diag = Diag::open().unwrap();
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let Ok(asker) = UdpSocket::bind("[::]:0") else {
            return eprintln!("skipped: there is no IPv6");
        };
        let at = server.local_addr().unwrap();
        asker.send_to(b"x", format!("[::ffff:127.0.0.1]:{}", at.port())).unwrap();
        let (_, from) = server.recv_from(&mut [0; 8]).unwrap();
        assert_eq!(diag.udp_inode(from, at).unwrap(), Some(inode(asker.as_raw_fd())));
    }

    #[test]
    fn a_tcp_socket_is_found_by_its_ends() {
        let mut diag = Diag::open().unwrap();
        for ip in loopbacks() {
            let listener = TcpListener::bind((ip, 0)).unwrap();
            let at = listener.local_addr().unwrap();
            let asker = TcpStream::connect(at).unwrap();
            let found = diag.tcp_inode(asker.local_addr().unwrap(), at).unwrap();
            assert_eq!(found, Some(inode(asker.as_raw_fd())));
            // The one who listens has sent nothing, and who has hung up holds nothing.
            let nobody = SocketAddr::new(ip, 1);
            assert_eq!(diag.tcp_inode(at, nobody).unwrap(), None);
            let gone = asker.local_addr().unwrap();
            drop(asker);
            assert_eq!(diag.tcp_inode(gone, at).unwrap(), None);
        }
    }

    #[test]
    fn a_socket_that_is_bound_to_loopback_is_found() {
        let mut diag = Diag::open().unwrap();
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let asker = UdpSocket::bind("0.0.0.0:0").unwrap();
        super::super::kernel::tests::bind_to_loopback(&asker);
        let at = server.local_addr().unwrap();
        asker.send_to(b"x", at).unwrap();
        let (_, from) = server.recv_from(&mut [0; 8]).unwrap();
        assert_eq!(diag.udp_inode(from, at).unwrap(), Some(inode(asker.as_raw_fd())));
    }

    #[test]
    fn listeners_are_found() {
        let mut diag = Diag::open().unwrap();
        for (listens_at, dialled, is_found) in [
            ("127.0.0.1:0", "127.0.0.1", true),
            ("0.0.0.0:0", "127.0.0.1", true),
            ("127.0.0.1:0", "0.0.0.0", true),
            ("127.0.0.1:0", "127.0.0.2", false),
            ("[::]:0", "127.0.0.1", true), // Rust leaves IPV6_V6ONLY as the system has it: off
            ("[::]:0", "::1", true),
            ("[::1]:0", "::1", true),
            ("[::1]:0", "::", true),
            ("[::1]:0", "127.0.0.1", false),
        ] {
            let Ok(listener) = TcpListener::bind(listens_at) else {
                eprintln!("skipped: {listens_at}");
                continue;
            };
            let port = listener.local_addr().unwrap().port();
            let dialled = SocketAddr::new(dialled.parse().unwrap(), port);
            assert_eq!(diag.tcp_listens(dialled).unwrap(), is_found, "{listens_at} {dialled}");
            // A connection that is open does not count as one who listens.
            let connection = TcpStream::connect(dialled);
            drop(listener);
            assert!(!diag.tcp_listens(dialled).unwrap(), "{listens_at} {dialled}");
            drop(connection);
        }
        let bound = UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = bound.local_addr().unwrap();
        assert!(diag.udp_bound(at).unwrap());
        drop(bound);
        assert!(!diag.udp_bound(at).unwrap());
    }

    #[test]
    fn unix_sockets_are_found_by_their_file() {
        let mut diag = Diag::open().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stream");
        let numbers = |path: &std::path::Path| {
            let metadata = std::fs::metadata(path).unwrap();
            (metadata.dev(), metadata.ino())
        };
        let listener = UnixListener::bind(&path).unwrap();
        let (device, inode) = numbers(&path);
        assert!(diag.unix_listens(device, inode).unwrap());
        assert!(!diag.unix_listens(device, inode + 1).unwrap());
        assert!(!diag.unix_listens(device + 1, inode).unwrap());
        // The other end of a connection has the same file, and listens no more.
        let connection = UnixStream::connect(&path).unwrap();
        let accepted = listener.accept().unwrap();
        drop(listener);
        assert!(!diag.unix_listens(device, inode).unwrap(), "{connection:?} {accepted:?}");
        let path = dir.path().join("datagram");
        let bound = UnixDatagram::bind(&path).unwrap();
        let (device, inode) = numbers(&path);
        assert!(diag.unix_listens(device, inode).unwrap());
        drop(bound);
        assert!(!diag.unix_listens(device, inode).unwrap());
    }

    #[test]
    fn routes_are_those_of_the_namespace_it_was_opened_in() {
        if !rustix::process::geteuid().is_root() {
            return eprintln!("skipped: a network namespace needs root");
        }
        let new = std::thread::spawn(|| {
            super::super::netns::make().unwrap();
            Diag::open().unwrap()
        });
        let mut diag = new.join().unwrap();
        let mut route = |to: &str| diag.route(to.parse().unwrap(), 0).unwrap();
        assert_eq!(route("127.0.0.1"), Routed::Local);
        assert_eq!(route("::1"), Routed::Local);
        for nowhere in ["198.51.100.7", "224.0.0.251", "255.255.255.255", "2001:db8::7", "ff02::1"]
        {
            assert_eq!(route(nowhere), Routed::None, "{nowhere}");
        }
    }
}
