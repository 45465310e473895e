//! Where an address leads: `RTM_GETROUTE` of rtnetlink(7).

use super::super::talk::{Talk, add_attribute};
use std::io;
use std::net::IpAddr;

const RTM_GETROUTE: u16 = 26;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;

/// Where a packet would go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Routed {
    /// Nowhere.
    None,
    /// To this machine, as the namespace has it.
    Local,
    /// Over a device.
    Elsewhere,
}

/// The errors by which the kernel says that there is no way.
const NO_WAY: [i32; 5] =
    [libc::ENETUNREACH, libc::EHOSTUNREACH, libc::EACCES, libc::EINVAL, libc::ENODEV];

pub(super) fn ask(talk: &mut Talk, to: IpAddr, scope: u32) -> io::Result<Routed> {
    let Some(answer) = talk.ask(RTM_GETROUTE, &question(to, scope), &NO_WAY)? else {
        return Ok(Routed::None);
    };
    // struct rtmsg { u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags }
    Ok(match answer.get(7) {
        Some(2 | 4) => Routed::Local,         // RTN_LOCAL, RTN_ANYCAST
        Some(1 | 3 | 5) => Routed::Elsewhere, // RTN_UNICAST, RTN_BROADCAST, RTN_MULTICAST
        _ => Routed::None,                    // unreachable, prohibited, a black hole
    })
}

fn question(to: IpAddr, scope: u32) -> Vec<u8> {
    let (family, bytes) = match to {
        IpAddr::V4(ip) => (libc::AF_INET, ip.octets().to_vec()),
        IpAddr::V6(ip) => (libc::AF_INET6, ip.octets().to_vec()),
    };
    let bits = if to.is_ipv4() { 32 } else { 128 };
    let mut question = vec![family as u8, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]; // families are small
    add_attribute(&mut question, RTA_DST, &bytes);
    if scope != 0 {
        add_attribute(&mut question, RTA_OIF, &scope.to_ne_bytes());
    }
    question
}
