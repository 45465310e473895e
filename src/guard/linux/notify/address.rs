//! Socket addresses as the kernel has them in memory: `struct sockaddr` of any family.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Where a call leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// An address and a port; of IPv6 also the scope.
    Internet { address: SocketAddr, scope: u32 },
    /// A path in the file system.
    Path(PathBuf),
    /// An abstract name of a unix socket, which belongs to a network namespace.
    Abstract(Vec<u8>),
    /// A packet socket's interface.
    Interface(u32),
    /// Nothing that leaves a network namespace.
    Elsewhere,
}

/// Reads an address. Of IPv6 addresses that stand for IPv4 ones it gives these. `unspecified_is_ipv4`
/// is for sends, where the kernel takes family 0 for IPv4 (`udp_sendmsg` of net/ipv4/udp.c).
pub(super) fn parse(bytes: &[u8], unspecified_is_ipv4: bool) -> Destination {
    let Some(family) = two(bytes, 0).map(u16::from_ne_bytes) else { return Destination::Elsewhere };
    match i32::from(family) {
        libc::AF_INET => internet_4(bytes),
        libc::AF_UNSPEC if unspecified_is_ipv4 => internet_4(bytes),
        libc::AF_INET6 => internet_6(bytes),
        libc::AF_UNIX => path(&bytes[2..]),
        // struct sockaddr_ll { u16 family, u16 protocol, i32 interface, … }
        libc::AF_PACKET => match bytes.get(4..8).and_then(|bytes| bytes.try_into().ok()) {
            Some(index) => Destination::Interface(u32::from_ne_bytes(index)),
            None => Destination::Elsewhere,
        },
        _ => Destination::Elsewhere,
    }
}

/// `struct sockaddr_in { u16 family, be16 port, u8 address[4], … }`
fn internet_4(bytes: &[u8]) -> Destination {
    let ip: Option<[u8; 4]> = bytes.get(4..8).and_then(|bytes| bytes.try_into().ok());
    match (two(bytes, 2), ip) {
        (Some(port), Some(ip)) => {
            let port = u16::from_be_bytes(port);
            let address = SocketAddr::new(Ipv4Addr::from(ip).into(), port);
            Destination::Internet { address, scope: 0 }
        }
        _ => Destination::Elsewhere,
    }
}

/// `struct sockaddr_in6 { u16 family, be16 port, u32 flow, u8 address[16], u32 scope }`; the scope may
/// be missing.
fn internet_6(bytes: &[u8]) -> Destination {
    let ip: Option<[u8; 16]> = bytes.get(8..24).and_then(|bytes| bytes.try_into().ok());
    let scope = bytes.get(24..28).and_then(|bytes| bytes.try_into().ok()).map(u32::from_ne_bytes);
    let (Some(port), Some(ip)) = (two(bytes, 2), ip) else { return Destination::Elsewhere };
    let (port, ip) = (u16::from_be_bytes(port), Ipv6Addr::from(ip));
    match ip.to_ipv4_mapped() {
        Some(ip) => {
            Destination::Internet { address: SocketAddr::new(IpAddr::V4(ip), port), scope: 0 }
        }
        None => {
            // The kernel looks at the scope of link-local addresses only.
            let is_link_local = ip.is_unicast_link_local() || ip.is_multicast();
            let scope = scope.filter(|_| is_link_local).unwrap_or(0);
            Destination::Internet { address: SocketAddrV6::new(ip, port, 0, scope).into(), scope }
        }
    }
}

/// `struct sockaddr_un` behind its family. A path ends at the first zero; one that begins with a zero
/// is an abstract name.
fn path(bytes: &[u8]) -> Destination {
    if let [0, name @ ..] = bytes
        && !name.is_empty()
    {
        return Destination::Abstract(name.to_vec());
    }
    let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    match name {
        [] => Destination::Elsewhere,
        name => Destination::Path(PathBuf::from(OsString::from_vec(name.to_vec()))),
    }
}

fn two(bytes: &[u8], at: usize) -> Option<[u8; 2]> {
    bytes.get(at..at + 2)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(number: i32) -> [u8; 2] {
        u16::try_from(number).unwrap().to_ne_bytes()
    }

    fn internet(text: &str) -> Destination {
        Destination::Internet { address: text.parse().unwrap(), scope: 0 }
    }

    #[test]
    fn addresses_are_read() {
        let four = [&family(libc::AF_INET)[..], &[0x1e, 0x61, 198, 51, 100, 7]].concat();
        assert_eq!(parse(&four, false), internet("198.51.100.7:7777"));
        let unspecified = [&[0, 0][..], &four[2..]].concat();
        assert_eq!(parse(&unspecified, false), Destination::Elsewhere);
        assert_eq!(parse(&unspecified, true), internet("198.51.100.7:7777"));
        let six = |ip: &str, scope: u32| {
            let ip: Ipv6Addr = ip.parse().unwrap();
            [
                &family(libc::AF_INET6)[..],
                &[0x1e, 0x61, 0, 0, 0, 0],
                &ip.octets(),
                &scope.to_ne_bytes(),
            ]
            .concat()
        };
        assert_eq!(parse(&six("2001:db8::7", 0), false), internet("[2001:db8::7]:7777"));
        assert_eq!(parse(&six("2001:db8::7", 0)[..24], false), internet("[2001:db8::7]:7777"));
        assert_eq!(parse(&six("::ffff:198.51.100.7", 0), false), internet("198.51.100.7:7777"));
        let Destination::Internet { address, scope } = parse(&six("fe80::1", 3), false) else {
            panic!()
        };
        assert_eq!((address.to_string().as_str(), scope), ("[fe80::1%3]:7777", 3));
    }

    #[test]
    fn paths_are_read() {
        let unix = |name: &[u8]| parse(&[&family(libc::AF_UNIX)[..], name].concat(), false);
        assert_eq!(unix(b"/run/x\0rest"), Destination::Path("/run/x".into()));
        assert_eq!(unix(b"relative"), Destination::Path("relative".into()));
        assert_eq!(unix(b"\0abstract"), Destination::Abstract(b"abstract".to_vec()));
        assert_eq!(unix(b"\0"), Destination::Elsewhere);
        assert_eq!(unix(b""), Destination::Elsewhere);
    }

    #[test]
    fn what_is_too_short_is_nothing() {
        let full = [&family(libc::AF_INET6)[..], &[7; 26]].concat();
        for length in 0..24 {
            assert_eq!(parse(&full[..length], true), Destination::Elsewhere, "{length}");
        }
        let four = [&family(libc::AF_INET)[..], &[7; 6]].concat();
        for length in 0..8 {
            assert_eq!(parse(&four[..length], true), Destination::Elsewhere, "{length}");
        }
    }
}
