//! Sockets of IPv4 and IPv6, looked up one by one as the kernel itself looks them up for a packet:
//! `struct inet_diag_req_v2` of linux/inet_diag.h.

use super::super::talk::Talk;
use super::SOCK_DIAG_BY_FAMILY;
use std::collections::HashSet;
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

/// The numbers of all sockets of a protocol, of IPv4 and IPv6: of TCP only those that listen.
pub(super) fn all(talk: &mut Talk, protocol: i32) -> io::Result<HashSet<u64>> {
    let states = if protocol == libc::IPPROTO_TCP { 1_u32 << TCP_LISTEN } else { u32::MAX };
    let mut found = HashSet::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        let mut question = vec![family as u8, protocol as u8, 0, 0]; // both are small
        question.extend(states.to_ne_bytes());
        question.extend([0; 48]); // any address
        let asked = talk.ask_all(SOCK_DIAG_BY_FAMILY, &question, |answer| {
            found.extend(inode(answer));
        });
        match asked {
            // A kernel without this family, or without word of this protocol.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
            other => other?,
        }
    }
    Ok(found)
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
    Ok(match (answer.get(1), inode(&answer)) {
        (Some(state), Some(inode)) => Some(Found { inode, is_listening: *state == TCP_LISTEN }),
        _ => None,
    })
}

/// struct inet_diag_msg { u8 family, u8 state, u8 timer, u8 retransmits, 48 bytes of id,
/// u32 expires, u32 rqueue, u32 wqueue, u32 uid, u32 inode }
fn inode(answer: &[u8]) -> Option<u64> {
    let inode = answer.get(68..72)?.try_into().ok().map(u32::from_ne_bytes)?;
    // A socket that was closed is still known for a while, by no number.
    (inode != 0).then_some(inode.into())
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
