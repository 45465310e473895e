//! Reads a frame as it came from the cable, as far as a test wants to know it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What a frame says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Packet {
    /// `tcp 198.51.100.7:4242`, `icmp 198.51.100.7`, `ip-253 198.51.100.7`, `ether-88b5`.
    pub(super) to: String,
    pub(super) payload: Vec<u8>,
}

/// The far side's own addresses.
const PEERS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7)),
];

/// What this frame carries. `None` for what a kernel sends of its own accord (who is in which group,
/// what could not be delivered), for what only closes or confirms a connection that began earlier,
/// and for the question who has the far side's address, which goes before something else. The same
/// question for an address that nobody has is all that can be seen of a packet to it.
pub(super) fn read(frame: &[u8]) -> Option<Packet> {
    match u16_at(frame, 12)? {
        0x0800 => ip(frame.get(14..)?),
        0x86dd => ip6(frame.get(14..)?),
        0x0806 => arp(frame.get(14..)?),
        other => Some(Packet { to: format!("ether-{other:04x}"), payload: Vec::new() }),
    }
}

fn arp(packet: &[u8]) -> Option<Packet> {
    let wanted: [u8; 4] = packet.get(24..28)?.try_into().ok()?;
    let asks = u16_at(packet, 6)? == 1;
    who_has(Ipv4Addr::from(wanted).into()).filter(|_| asks)
}

fn who_has(wanted: IpAddr) -> Option<Packet> {
    let to = format!("who-has {wanted}");
    (!PEERS.contains(&wanted)).then_some(Packet { to, payload: Vec::new() })
}

fn neighbour(body: &[u8]) -> Option<Packet> {
    let wanted: [u8; 16] = body.get(8..24)?.try_into().ok()?;
    let wanted = Ipv6Addr::from(wanted);
    who_has(wanted.into()).filter(|_| !wanted.is_unicast_link_local())
}

fn ip(packet: &[u8]) -> Option<Packet> {
    let header = usize::from(packet.first()? & 15) * 4;
    let to: [u8; 4] = packet.get(16..20)?.try_into().ok()?;
    let length = usize::from(u16_at(packet, 2)?);
    transport(*packet.get(9)?, Ipv4Addr::from(to).into(), packet.get(header..length)?)
}

fn ip6(packet: &[u8]) -> Option<Packet> {
    let to: [u8; 16] = packet.get(24..40)?.try_into().ok()?;
    let length = 40 + usize::from(u16_at(packet, 4)?);
    transport(*packet.get(6)?, Ipv6Addr::from(to).into(), packet.get(40..length)?)
}

fn transport(protocol: u8, to: IpAddr, body: &[u8]) -> Option<Packet> {
    let at_port = |name: &str| Some(format!("{name} {}", SocketAddr::new(to, u16_at(body, 2)?)));
    let (to, payload) = match (protocol, to) {
        (6, _) => {
            let header = usize::from(body.get(12)? >> 4) * 4;
            let begins = body.get(13)? & 2 != 0;
            let payload = body.get(header..)?;
            if !begins && payload.is_empty() {
                return None;
            }
            (at_port("tcp")?, payload)
        }
        (17, _) => (at_port("udp")?, body.get(8..)?),
        (1, _) if body.first() == Some(&3) => return None, // not delivered
        (1, _) => (format!("icmp {to}"), body),
        (0, IpAddr::V6(group)) if group.is_multicast() => return None,
        (58, _) if body.first() == Some(&135) => return neighbour(body),
        (58, _) if matches!(body.first()?, 1..=4 | 130..=137 | 143) => return None,
        (58, _) => (format!("icmp6 {to}"), body),
        (other, _) => (format!("ip-{other} {to}"), body),
    };
    Some(Packet { to, payload: payload.to_vec() })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// A datagram on Ethernet, both as short as they can be.
#[test]
fn a_datagram_is_read() {
    let mut frame = vec![0; 12];
    frame.extend([8, 0]);
    frame.extend([0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 198, 51, 100, 1, 198, 51, 100, 7]);
    frame.extend([0x80, 0, 0, 53, 0, 10, 0, 0, b'h', b'i']);
    frame.extend([0; 18]); // a frame has 60 bytes at least
    let wanted = Packet { to: "udp 198.51.100.7:53".to_owned(), payload: b"hi".to_vec() };
    assert_eq!(read(&frame), Some(wanted));
    assert_eq!(read(&frame[..30]), None);
}
