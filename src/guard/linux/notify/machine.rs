//! The wall without a namespace: on the machine's own network, where every call that takes an address
//! is let through or refused by what it says.
//!
//! Loopback and the machine's own addresses are there, and shared with everybody. What listened there
//! before the command started is somebody else's; what came later is taken for the command's own.
//! Questions to name servers are led to ours: the socket under the caller's number is exchanged for
//! one that is connected to it.

use super::super::diag::{Diag, Routed, UnixFile};
use super::super::ledger::Weight;
use super::judge::{
    Asked, GO_ON, Judge, Note, family_name, is_asked, is_fast_open, is_heard, note, of_socket,
    outward,
};
use super::listener::Answer;
use super::{call, socket::Socket};
use crate::guard::echo::{ANSWER, is_echo};
use crate::guard::{Kind, Nature};
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType, socket_with};
use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::num::NonZeroU32;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

/// Of more sockets than this the kind is not remembered; the rest is asked of the kernel.
const MOST: usize = 1 << 16;

/// What there is to know of a network that is shared with the world outside.
#[derive(Debug, Default)]
pub(in super::super) struct Machine {
    /// Where services of others listen, by the numbers of their sockets.
    tcp_before: HashSet<u64>,
    udp_before: HashSet<u64>,
    unix_before: HashSet<UnixFile>,
    names_before: HashSet<Vec<u8>>,
    /// Our own name server.
    name_server: Option<SocketAddr>,
    /// The sockets that the command has, by their numbers.
    sockets: HashMap<u64, Socket>,
}

impl Machine {
    /// Looks around before the command starts.
    ///
    /// # Errors
    /// The kernel does not tell who listens: the services of others could not be told from the command's.
    pub(in super::super) fn look(diag: &mut Diag) -> io::Result<Machine> {
        let told = |error: io::Error| {
            io::Error::new(
                error.kind(),
                format!(
                    "the kernel does not tell who listens (modules tcp_diag and unix_diag): {error}"
                ),
            )
        };
        let (unix_before, names_before) = diag.unix_taken().map_err(told)?;
        Ok(Machine {
            tcp_before: diag.tcp_listeners().map_err(told)?,
            // Many kernels are built without word of these; then they are the command's own.
            udp_before: diag.udp_sockets().unwrap_or_default(),
            unix_before,
            names_before,
            name_server: None,
            sockets: HashMap::new(),
        })
    }

    /// Leads questions for names to our own server.
    pub(in super::super) fn with_name_server(self, name_server: Option<SocketAddr>) -> Machine {
        Machine { name_server, ..self }
    }

    /// The files of the sockets on which somebody listened before the command started.
    pub(super) fn unix_before(&self) -> &HashSet<UnixFile> {
        &self.unix_before
    }

    /// Whether somebody else has had an abstract name before the command started.
    pub(super) fn was_taken(&self, name: &[u8]) -> bool {
        self.names_before.contains(name)
    }

    fn socket_of(&self, asked: &Asked<'_>) -> Socket {
        let seen = Socket::of(asked.tid, asked.fd);
        if seen.kind.is_some() {
            return seen;
        }
        let known = number_of(asked.tid, asked.fd).and_then(|number| self.sockets.get(&number));
        known.copied().unwrap_or(seen)
    }
}

impl Judge {
    pub(super) fn internet_on_machine(
        &mut self,
        asked: &Asked<'_>,
        to: SocketAddr,
        scope: u32,
    ) -> Answer {
        let Some(machine) = &self.machine else { return GO_ON };
        let socket = machine.socket_of(asked);
        // A stream goes where it is connected to, whatever address is given, unless it opens with it.
        if asked.name != "connect" && socket.is_stream() && !is_fast_open(asked.flags) {
            return GO_ON;
        }
        // Of a socket that was not made here only a raw one is left.
        let is_known = socket.kind.is_some();
        if is_known && self.is_name_service(to) && is_heard(&socket) {
            return self.at_our_name_server(asked, &socket, to);
        }
        if self.doors.contains(&to) && socket.is_stream() {
            return GO_ON;
        }
        if self.has_door(to.ip()) && asked.name == "connect" && socket.is_udp() {
            return Answer::Fail(libc::ENETUNREACH); // asks which address to prefer, and sends nothing
        }
        let is_own = to.ip().is_loopback()
            || to.ip().is_unspecified()
            || matches!(self.inside.route(to.ip(), scope), Ok(Routed::Local));
        if is_own {
            return self.on_this_machine(asked, &socket, to);
        }
        if is_asked(asked, &socket, to) {
            return Answer::Fail(ANSWER);
        }
        if is_echo(to) && !socket.is_stream() {
            self.hear(asked);
            return Answer::Fail(libc::ENETUNREACH);
        }
        self.refuse(asked, outward(asked, &socket, to))
    }

    /// Services of others are refused as they would be missing behind a wall.
    fn on_this_machine(&mut self, asked: &Asked<'_>, socket: &Socket, to: SocketAddr) -> Answer {
        let Some(machine) = &self.machine else { return GO_ON };
        let of_others = |found: io::Result<Option<u64>>, before: &HashSet<u64>| {
            found.ok().flatten().is_some_and(|number| before.contains(&number))
        };
        let is_tcp =
            !socket.is_datagram() && of_others(self.inside.tcp_listener(to), &machine.tcp_before);
        let is_udp =
            !socket.is_stream() && of_others(self.inside.udp_socket(to), &machine.udp_before);
        if !is_tcp && !is_udp {
            return GO_ON;
        }
        let kind = if is_tcp { Kind::Tcp } else { Kind::Udp };
        let note = note(kind, to.to_string(), asked.name.to_owned(), Nature::HostLoopback);
        self.note(asked, Note { weight: Weight::Note, ..note });
        Answer::Fail(libc::ECONNREFUSED)
    }

    fn at_our_name_server(&mut self, asked: &Asked<'_>, socket: &Socket, to: SocketAddr) -> Answer {
        let ours = self.machine.as_ref().and_then(|machine| machine.name_server);
        let Some(ours) = ours else { return self.refuse(asked, outward(asked, socket, to)) };
        if asked.name != "connect" {
            return self.pass_question_on(asked, socket, to, ours);
        }
        let kind = if socket.is_stream() { SocketType::STREAM } else { SocketType::DGRAM };
        let led = connected(kind, ours).and_then(|line| exchange(asked, &line).map(|()| line));
        match led {
            Ok(line) => {
                let pid = asked.pid();
                self.askers.remember(number(&line), pid, || self.ledger.look_at(pid));
                self.remember_socket(Socket::look_at(line.as_fd()));
                Answer::Done(0)
            }
            Err(_) => self.refuse(asked, outward(asked, socket, to)),
        }
    }

    /// Who asks without connecting would not take the answer from another address. The name is heard.
    fn pass_question_on(
        &mut self,
        asked: &Asked<'_>,
        socket: &Socket,
        to: SocketAddr,
        ours: SocketAddr,
    ) -> Answer {
        let ask = |question: Vec<u8>| {
            let line = UdpSocket::bind((ours.ip(), 0))?;
            let pid = asked.pid();
            self.askers.remember(number(&line), pid, || self.ledger.look_at(pid));
            line.send_to(&question, ours)
        };
        match call::datagram(asked.line.call).and_then(ask) {
            Ok(_) => Answer::Fail(libc::ENETUNREACH),
            Err(_) => self.refuse(asked, outward(asked, socket, to)),
        }
    }

    /// A socket is made here in the caller's stead, and handed over: so it is known of which kind it
    /// is, also where a sandbox lets nobody look at the descriptors of others.
    pub(super) fn socket_on_machine(
        &mut self,
        asked: &Asked<'_>,
        family: u32,
        kind: u32,
        protocol: u32,
    ) -> Answer {
        match i32::try_from(family).unwrap_or(-1) {
            // A socketcall, which is shown whatever the family is.
            libc::AF_UNSPEC | libc::AF_UNIX | libc::AF_NETLINK | libc::AF_KEY | libc::AF_ALG => {
                GO_ON
            }
            // It connects by options as well, which are not shown.
            libc::AF_INET | libc::AF_INET6 if is_sctp(kind, protocol) => {
                self.note(asked, of_socket(asked, family, "SCTP"));
                Answer::Fail(libc::EPROTONOSUPPORT)
            }
            // In a network of its own it is not for us to make one.
            libc::AF_INET | libc::AF_INET6 if self.is_foreign(asked.tid) => GO_ON,
            libc::AF_INET | libc::AF_INET6 => self.make_socket(asked, family, kind, protocol),
            _ => {
                let name = family_name(family).unwrap_or("a socket of a device's address family");
                self.note(asked, of_socket(asked, family, name));
                Answer::Fail(libc::EAFNOSUPPORT)
            }
        }
    }

    fn make_socket(&mut self, asked: &Asked<'_>, family: u32, kind: u32, protocol: u32) -> Answer {
        // Who may have another kind is for the kernel to say, by the caller's own rights.
        if !is_for_everybody(kind, protocol) {
            return GO_ON;
        }
        let made = match make(family, kind, protocol) {
            Ok(made) => made,
            Err(error) => return Answer::Fail(error.raw_os_error()),
        };
        let look = Socket::look_at(made.as_fd());
        // Before it is the caller's, who may use it at once.
        self.remember_socket(look);
        let is_close_on_exec = kind & libc::SOCK_CLOEXEC as u32 != 0;
        match asked.line.give(made.as_fd(), is_close_on_exec) {
            Ok(answer) => answer,
            Err(error) => Answer::Fail(error.raw_os_error().unwrap_or(libc::EMFILE)),
        }
    }

    fn remember_socket(&mut self, socket: Socket) {
        if let (Some(number), Some(machine)) = (socket.inode, &mut self.machine) {
            if machine.sockets.len() >= MOST {
                machine.sockets.clear();
            }
            machine.sockets.insert(number, socket);
        }
    }
}

const TYPE: u32 = 0xf; // SOCK_TYPE_MASK: the rest are flags

/// The one protocol of sequenced packets over the internet.
fn is_sctp(kind: u32, protocol: u32) -> bool {
    let is_sequenced = (kind & TYPE) as i32 == libc::SOCK_SEQPACKET;
    is_sequenced || protocol == libc::IPPROTO_SCTP as u32
}

fn is_for_everybody(kind: u32, protocol: u32) -> bool {
    matches!(
        ((kind & TYPE) as i32, protocol as i32),
        (libc::SOCK_STREAM, 0 | libc::IPPROTO_TCP | libc::IPPROTO_MPTCP)
            | (libc::SOCK_DGRAM, 0 | libc::IPPROTO_UDP | libc::IPPROTO_UDPLITE)
    )
}

fn make(family: u32, kind: u32, protocol: u32) -> rustix::io::Result<OwnedFd> {
    let flags = SocketFlags::from_bits_retain(kind & !TYPE) | SocketFlags::CLOEXEC;
    let family = AddressFamily::from_raw(family as u16); // two or ten
    let protocol = NonZeroU32::new(protocol).map(Protocol::from_raw);
    socket_with(family, SocketType::from_raw(kind & TYPE), flags, protocol)
}

/// A socket that is connected to our name server.
fn connected(kind: SocketType, to: SocketAddr) -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::INET, kind, SocketFlags::CLOEXEC, None)?;
    rustix::net::connect(&socket, &to)?;
    Ok(socket)
}

/// Puts ours in the place of the caller's, with the flags that the caller's has.
fn exchange(asked: &Asked<'_>, ours: &OwnedFd) -> io::Result<()> {
    let flags = flags_of(asked.tid, asked.fd)?;
    if flags & libc::O_NONBLOCK as u32 != 0 {
        rustix::io::ioctl_fionbio(ours, true)?;
    }
    let is_close_on_exec = flags & libc::O_CLOEXEC as u32 != 0;
    asked.line.give_in_place_of(asked.fd, ours.as_fd(), is_close_on_exec)
}

/// The flags of open(2), close-on-exec among them.
fn flags_of(tid: u32, fd: i32) -> io::Result<u32> {
    let text = std::fs::read_to_string(format!("/proc/{tid}/fdinfo/{fd}"))?;
    let octal = text.lines().find_map(|line| line.strip_prefix("flags:"));
    octal
        .and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The number of a caller's socket.
fn number_of(tid: u32, fd: i32) -> Option<u64> {
    let link = std::fs::read_link(format!("/proc/{tid}/fd/{fd}")).ok()?;
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The number of a socket of ours.
fn number(socket: &impl AsRawFd) -> Option<u64> {
    let metadata = std::fs::metadata(format!("/proc/self/fd/{}", socket.as_raw_fd())).ok()?;
    Some(metadata.ino())
}
