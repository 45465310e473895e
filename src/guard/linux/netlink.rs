//! What we ask of rtnetlink, in the network namespace of the calling thread: loopback, and addresses
//! on it.

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink::SocketAddrNetlink,
};
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;

/// A conversation with the kernel about links and their addresses.
#[derive(Debug)]
pub(super) struct Route {
    socket: OwnedFd,
    sequence: u32,
}

const NLMSG_ERROR: u16 = 2; // also the acknowledgement, with error 0
const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_REPLACE: u16 = 0x100;
const NLM_F_CREATE: u16 = 0x400;
const IFF_UP: u32 = 1;
/// Loopback is the first device of every network namespace.
const LOOPBACK: i32 = 1;

impl Route {
    pub(super) fn open() -> io::Result<Route> {
        let route = None; // NETLINK_ROUTE is protocol 0
        let socket = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            route,
        )?;
        rustix::net::bind(&socket, &SocketAddrNetlink::new(0, 0))?;
        Ok(Route { socket, sequence: 0 })
    }

    pub(super) fn bring_up_loopback(&mut self) -> io::Result<()> {
        // struct ifinfomsg { u8 family, u8 pad, u16 type, i32 index, u32 flags, u32 change }
        let mut body = vec![0; 4];
        body.extend(LOOPBACK.to_ne_bytes());
        body.extend(IFF_UP.to_ne_bytes());
        body.extend(IFF_UP.to_ne_bytes());
        self.ask(RTM_NEWLINK, 0, &body)
    }

    /// Gives loopback one more address, alone in its network. That it has it already is no error.
    pub(super) fn add_address(&mut self, address: IpAddr) -> io::Result<()> {
        self.ask(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &host_address(address))
    }

    fn ask(&mut self, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
        self.sequence += 1;
        let message = message(kind, flags, self.sequence, body);
        rustix::net::send(&self.socket, &message, SendFlags::empty())?;
        let mut buffer = [0; 1024];
        let (length, _) = rustix::net::recv(&self.socket, &mut buffer[..], RecvFlags::empty())?;
        acknowledged(&buffer[..length], self.sequence)
    }
}

/// struct ifaddrmsg { u8 family, u8 prefix length, u8 flags, u8 scope, u32 index }, then the address
/// as the attributes IFA_LOCAL and IFA_ADDRESS: the same where there is no peer.
fn host_address(address: IpAddr) -> Vec<u8> {
    const IFA_F_NODAD: u8 = 2; // usable at once: nobody else can have it
    const RT_SCOPE_HOST: u8 = 254;
    const IFA_ADDRESS: u16 = 1;
    const IFA_LOCAL: u16 = 2;
    let (family, bits, bytes) = match address {
        IpAddr::V4(address) => (AddressFamily::INET, 32, address.octets().to_vec()),
        IpAddr::V6(address) => (AddressFamily::INET6, 128, address.octets().to_vec()),
    };
    let mut body = vec![family.as_raw() as u8, bits, IFA_F_NODAD, RT_SCOPE_HOST]; // 2 or 10
    body.extend(LOOPBACK.to_ne_bytes());
    for attribute in [IFA_LOCAL, IFA_ADDRESS] {
        // struct rtattr { u16 len, u16 type }; four or sixteen bytes need no padding
        body.extend((4 + bytes.len() as u16).to_ne_bytes());
        body.extend(attribute.to_ne_bytes());
        body.extend(&bytes);
    }
    body
}

/// struct nlmsghdr { u32 len, u16 type, u16 flags, u32 seq, u32 pid }, then the body.
fn message(kind: u16, flags: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = 16 + body.len();
    let mut message = Vec::with_capacity(length);
    message.extend(u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend((NLM_F_REQUEST | NLM_F_ACK | flags).to_ne_bytes());
    message.extend(sequence.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    message.extend(body);
    message
}

/// Reads `nlmsghdr` followed by `nlmsgerr { i32 error, … }`.
fn acknowledged(answer: &[u8], sequence: u32) -> io::Result<()> {
    let strange = || io::Error::other("netlink gave no acknowledgement");
    let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    let to = answer.get(8..12).and_then(|bytes| bytes.try_into().ok()).map(u32::from_ne_bytes);
    let error = answer.get(16..20).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes);
    match (kind, to, error) {
        (Some(NLMSG_ERROR), Some(to), Some(0)) if to == sequence => Ok(()),
        (Some(NLMSG_ERROR), Some(to), Some(error)) if to == sequence && error < 0 => {
            Err(io::Error::from_raw_os_error(error.saturating_neg()))
        }
        _ => Err(strange()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: u16, sequence: u32, error: i32) -> Vec<u8> {
        message(kind, 0, sequence, &error.to_ne_bytes())
    }

    #[test]
    fn only_a_matching_acknowledgement_is_one() {
        assert!(acknowledged(&answer(NLMSG_ERROR, 7, 0), 7).is_ok());
        let refused = acknowledged(&answer(NLMSG_ERROR, 7, -libc::EPERM), 7).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::EPERM));
        assert!(acknowledged(&answer(NLMSG_ERROR, 6, 0), 7).is_err(), "another question's answer");
        assert!(acknowledged(&answer(RTM_NEWLINK, 7, 0), 7).is_err());
        assert!(acknowledged(&answer(NLMSG_ERROR, 7, i32::MIN), 7).is_err());
        for cut in 0..20 {
            assert!(acknowledged(&answer(NLMSG_ERROR, 7, 0)[..cut], 7).is_err(), "{cut} bytes");
        }
    }
}
