//! Sockets of IPv4 and IPv6, looked up one by one as the kernel itself looks them up for a packet:
//! `struct inet_diag_req_v2` of linux/inet_diag.h.

use super::super::talk::Talk;
use super::SOCK_DIAG_BY_FAMILY;
use std::io;
use std::net::{IpAddr, SocketAddr};

const TCP_LISTEN: u8 = 10;
const LOOPBACK: u32 = 1; // the first device of every network namespace

/// A socket that was found.
pub(super) struct Found {
    pub(super) inode: u64,
    pub(super) is_listening: bool,
}

/// The TCP socket at `local` that is connected to `remote`; else the one that listens at `local`.
pub(super) fn tcp(
    talk: &mut Talk,
    local: SocketAddr,
    remote: SocketAddr,
) -> io::Result<Option<Found>> {
    ask(talk, libc::IPPROTO_TCP, local, remote)
}

/// The number of the UDP socket at `local` that hears `remote`.
pub(super) fn udp(
    talk: &mut Talk,
    local: SocketAddr,
    remote: SocketAddr,
) -> io::Result<Option<u64>> {
    // "src and dst are swapped for historical reasons": udp_dump_one of net/ipv4/udp_diag.c.
    let found = ask(talk, libc::IPPROTO_UDP, remote, local)?;
    Ok(found.map(|found| found.inode))
}

fn ask(
    talk: &mut Talk,
    protocol: i32,
    source: SocketAddr,
    destination: SocketAddr,
) -> io::Result<Option<Found>> {
    let answer =
        talk.ask(SOCK_DIAG_BY_FAMILY, &question(protocol, source, destination), &[libc::ENOENT])?;
    let Some(answer) = answer else { return Ok(None) };
    // struct inet_diag_msg { u8 family, u8 state, u8 timer, u8 retransmits, 48 bytes of id,
    // u32 expires, u32 rqueue, u32 wqueue, u32 uid, u32 inode }
    let inode = answer.get(68..72).and_then(|bytes| bytes.try_into().ok()).map(u32::from_ne_bytes);
    Ok(match (answer.get(1), inode) {
        // A socket that was closed is still known for a while, by no number.
        (Some(state), Some(inode)) if inode != 0 => {
            Some(Found { inode: inode.into(), is_listening: *state == TCP_LISTEN })
        }
        _ => None,
    })
}

fn question(protocol: i32, source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
    let family = if source.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let mut question = vec![family as u8, protocol as u8, 0, 0]; // both are small
    question.extend(u32::MAX.to_ne_bytes()); // every state
    question.extend(source.port().to_be_bytes());
    question.extend(destination.port().to_be_bytes());
    question.extend(sixteen(source.ip()));
    question.extend(sixteen(destination.ip()));
    // By loopback, as everything in question here comes: so also a socket is found that is bound to it.
    question.extend(LOOPBACK.to_ne_bytes());
    question.extend([u8::MAX; 8]); // no cookie
    question
}

fn sixteen(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&ip.octets());
            bytes
        }
    }
}
