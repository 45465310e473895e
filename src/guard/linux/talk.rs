//! A conversation with the kernel over netlink(7): a question, and the messages of its answer.

use super::kernel;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType};
use std::io;
use std::os::fd::OwnedFd;

const ERROR: u16 = 2; // NLMSG_ERROR
const DONE: u16 = 3; // NLMSG_DONE
const REQUEST: u16 = 1; // NLM_F_REQUEST
const MULTI: u16 = 2; // NLM_F_MULTI
const ACKNOWLEDGE: u16 = 4; // NLM_F_ACK
const DUMP: u16 = 0x300; // NLM_F_DUMP
const HEADER: usize = 16; // struct nlmsghdr

/// A conversation.
#[derive(Debug)]
pub(super) struct Talk {
    socket: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Talk {
    /// About sockets: sock_diag(7).
    pub(super) fn about_sockets() -> io::Result<Talk> {
        Talk::open(Some(SOCK_DIAG))
    }

    /// About routes: rtnetlink(7), which is protocol 0.
    pub(super) fn about_routes() -> io::Result<Talk> {
        Talk::open(None)
    }

    fn open(protocol: Option<Protocol>) -> io::Result<Talk> {
        let flags = SocketFlags::CLOEXEC;
        let socket =
            rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, protocol)?;
        rustix::net::bind(&socket, &SocketAddrNetlink::new(0, 0))?;
        Ok(Talk { socket, sequence: 0, buffer: Vec::new() })
    }

    /// The network that it is about.
    pub(super) fn network(&self) -> Option<u64> {
        kernel::network_of(&self.socket)
    }

    /// Asks for one thing. `None` if it does not exist; the error numbers that mean so differ, and
    /// `absent` knows them.
    pub(super) fn ask(
        &mut self,
        kind: u16,
        body: &[u8],
        absent: &[i32],
    ) -> io::Result<Option<Vec<u8>>> {
        let mut answer = None;
        match self.converse(kind, 0, body, |message| answer = Some(message.to_vec())) {
            Err(error) if error.raw_os_error().is_some_and(|errno| absent.contains(&errno)) => {
                Ok(None)
            }
            other => other.map(|()| answer),
        }
    }

    /// Wants something done, and waits until it is.
    pub(super) fn order(&mut self, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
        self.send(kind, ACKNOWLEDGE | flags, body)?;
        let answer = self.receive()?;
        acknowledged(&self.buffer[..answer], self.sequence)
    }

    /// Asks for all there is, and shows each.
    pub(super) fn ask_all(
        &mut self,
        kind: u16,
        body: &[u8],
        show: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        self.converse(kind, DUMP, body, show)
    }

    fn converse(
        &mut self,
        kind: u16,
        flags: u16,
        body: &[u8],
        mut show: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        self.send(kind, flags, body)?;
        loop {
            let length = self.receive()?;
            for part in Parts(&self.buffer[..length]) {
                // What an earlier question left behind is not for us.
                if part.sequence != self.sequence {
                    continue;
                }
                match part.kind {
                    // A list that could not be made ends at once, with the reason.
                    DONE if part.body.len() < 4 => return Ok(()),
                    DONE | ERROR => return error_of(part.body),
                    _ => show(part.body),
                }
                if part.flags & MULTI == 0 {
                    return Ok(());
                }
            }
        }
    }

    fn send(&mut self, kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
        self.sequence = self.sequence.wrapping_add(1);
        let question = message(kind, REQUEST | flags, self.sequence, body);
        rustix::net::send(&self.socket, &question, SendFlags::empty())?;
        Ok(())
    }

    /// The length of what came, in the buffer.
    fn receive(&mut self) -> io::Result<usize> {
        self.buffer.resize(32 * 1024, 0); // as much as the kernel sends at once
        let (length, _) =
            rustix::net::recv(&self.socket, &mut self.buffer[..], RecvFlags::empty())?;
        Ok(length)
    }
}

/// Whether an answer is the one to a message, and says that it was done.
fn acknowledged(answer: &[u8], sequence: u32) -> io::Result<()> {
    match Parts(answer).next() {
        Some(part) if part.kind == ERROR && part.sequence == sequence => error_of(part.body),
        _ => Err(io::Error::other("netlink gave no acknowledgement")),
    }
}

/// struct nlmsghdr { u32 len, u16 type, u16 flags, u32 seq, u32 pid }, then the body.
fn message(kind: u16, flags: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = HEADER + body.len();
    let mut message = Vec::with_capacity(length);
    message.extend(u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(sequence.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    message.extend(body);
    message
}

/// `struct nlmsgerr { int error; … }`, with 0 for an acknowledgement.
fn error_of(body: &[u8]) -> io::Result<()> {
    match body.get(..4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(error) if error < 0 => Err(io::Error::from_raw_os_error(error.saturating_neg())),
        _ => Err(io::Error::other("netlink gave a strange answer")),
    }
}

/// The messages of one answer.
struct Parts<'a>(&'a [u8]);

struct Part<'a> {
    kind: u16,
    flags: u16,
    sequence: u32,
    body: &'a [u8],
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let word = |at: usize| self.0.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
        let short = |at: usize| self.0.get(at..at + 2)?.try_into().ok().map(u16::from_ne_bytes);
        let length = usize::try_from(word(0)?).ok()?;
        let part = Part {
            kind: short(4)?,
            flags: short(6)?,
            sequence: word(8)?,
            body: self.0.get(HEADER..length)?,
        };
        let next = length.next_multiple_of(4).min(self.0.len());
        self.0 = &self.0[next..];
        Some(part)
    }
}

/// Adds an attribute to the end of a message: `struct rtattr { u16 length, u16 type }`, then the
/// value, which must fill whole words.
pub(super) fn add_attribute(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = 4 + value.len() as u16; // a number or an address
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(value);
}

/// The value of an attribute among those that follow a fixed part: `struct rtattr`.
pub(super) fn attribute(mut bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let length: [u8; 2] = bytes.get(..2)?.try_into().ok()?;
        let kind: [u8; 2] = bytes.get(2..4)?.try_into().ok()?;
        let length = usize::from(u16::from_ne_bytes(length));
        let value = bytes.get(4..length)?;
        if u16::from_ne_bytes(kind) == wanted {
            return Some(value);
        }
        bytes = bytes.get(length.next_multiple_of(4)..)?;
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
        const RTM_NEWLINK: u16 = 16;
        assert!(acknowledged(&answer(ERROR, 7, 0), 7).is_ok());
        let refused = acknowledged(&answer(ERROR, 7, -libc::EPERM), 7).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::EPERM));
        assert!(acknowledged(&answer(ERROR, 6, 0), 7).is_err(), "another question's answer");
        assert!(acknowledged(&answer(RTM_NEWLINK, 7, 0), 7).is_err());
        assert!(acknowledged(&answer(ERROR, 7, i32::MIN), 7).is_err());
        for cut in 0..20 {
            assert!(acknowledged(&answer(ERROR, 7, 0)[..cut], 7).is_err(), "{cut} bytes");
        }
    }

    #[test]
    fn an_answer_falls_into_its_parts() {
        let mut answer = message(20, MULTI, 7, b"abc"); // 19 bytes, padded
        answer.push(0);
        answer.extend(message(DONE, MULTI, 7, &[0; 4]));
        let parts: Vec<_> = Parts(&answer).map(|part| (part.kind, part.body.to_vec())).collect();
        assert_eq!(parts, [(20, b"abc".to_vec()), (DONE, vec![0; 4])]);
        for cut in 0..answer.len() {
            assert!(Parts(&answer[..cut]).count() < 2, "{cut}");
        }
        let lies = [0xff, 0xff, 0xff, 0xff].into_iter().chain([0; 12]).collect::<Vec<u8>>();
        assert_eq!(Parts(&lies).count(), 0);
        assert_eq!(Parts(&[0; 64]).count(), 0, "no length, no end");
    }

    #[test]
    fn attributes_are_found() {
        let bytes = [&[5, 0, 1, 0, 9, 0, 0, 0][..], &[8, 0, 3, 0, 1, 2, 3, 4]].concat();
        if cfg!(target_endian = "little") {
            assert_eq!(attribute(&bytes, 1), Some(&[9][..]));
            assert_eq!(attribute(&bytes, 3), Some(&[1, 2, 3, 4][..]));
        }
        assert_eq!(attribute(&bytes, 7), None);
        assert_eq!(attribute(&[0; 16], 7), None);
        assert_eq!(attribute(&[], 7), None);
    }
}
