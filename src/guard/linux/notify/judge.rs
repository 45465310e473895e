//! What becomes of a call, and what is noted of it.

use super::super::askers::Askers;
use super::super::diag::{Diag, Routed};
use super::super::ledger::{Entry, Ledger, Weight};
use super::super::process;
use super::super::unix_socket::{Side, Sides};
use super::address::{self, Destination};
use super::call::{self, Call};
use super::foreign;
use super::line::Line;
use super::listener::Answer;
use super::machine::Machine;
use super::socket::Socket;
use crate::guard::echo::{self, ANSWER, is_echo, is_question};
use crate::guard::{Kind, Nature, UnixSockets};
use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

pub(super) const GO_ON: Answer = Answer::Continue;
const NAME_SERVICE: u16 = 53;

/// Judges calls, one at a time.
pub(in super::super) struct Judge {
    /// What is asked of the cage's own network.
    pub(in super::super) inside: Diag,
    /// What is asked of the network that we came from.
    pub(in super::super) outside: Option<Diag>,
    pub(in super::super) ledger: Arc<Ledger>,
    pub(in super::super) askers: Arc<Askers>,
    pub(in super::super) unix_sockets: UnixSockets,
    /// The addresses of name servers, behind which our own stands.
    pub(in super::super) name_servers: Vec<IpAddr>,
    /// The addresses that the cage's loopback has taken on.
    pub(in super::super) placed: Vec<IpAddr>,
    /// The services outside that are let through.
    pub(in super::super) doors: Vec<SocketAddr>,
    /// What there is to know where no namespace is the wall.
    pub(in super::super) machine: Option<Machine>,
    /// The number of the cage's network namespace.
    pub(in super::super) network: u64,
    /// When the cage was raised.
    pub(in super::super) since: SystemTime,
    /// Where somebody in the cage was seen to listen.
    pub(in super::super) listening: HashSet<SocketAddr>,
}

/// A call that is being judged.
pub(super) struct Asked<'a> {
    pub(super) line: Line<'a>,
    pub(super) tid: u32,
    pub(super) name: &'static str,
    pub(super) fd: i32,
    /// Of a send.
    pub(super) flags: u32,
}

impl Asked<'_> {
    /// The process that the calling thread belongs to.
    pub(super) fn pid(&self) -> u32 {
        process::of_thread(self.tid).unwrap_or(self.tid)
    }
}

/// What to note of it, beside its process.
pub(super) struct Note {
    pub(super) kind: Kind,
    pub(super) address: String,
    pub(super) call: String,
    pub(super) nature: Nature,
    pub(super) weight: Weight,
}

impl Judge {
    /// What becomes of a call.
    pub(super) fn answer(&mut self, line: &Line<'_>) -> Answer {
        let read = call::read(line.call);
        // What was read belongs to the caller only if it is still waiting.
        if !line.is_waiting() {
            return GO_ON;
        }
        let asked = |name, fd, flags| {
            let tid = line.call.tid;
            Asked { line: *line, tid, name, fd, flags }
        };
        match read {
            // That is no socket, as the kernel will say.
            Ok(Call::Connect { fd, .. } | Call::Send { fd, .. }) if fd < 0 => GO_ON,
            Ok(Call::Connect { fd, address }) => {
                let to = address::parse(&address, false);
                self.destination(&asked("connect", fd, 0), to)
            }
            Ok(Call::Send { fd, addresses, flags, name }) => {
                let asked = asked(name, fd, flags);
                let mut answers = addresses
                    .iter()
                    .map(|bytes| self.destination(&asked, address::parse(bytes, true)));
                answers.find(|answer| *answer != GO_ON).unwrap_or(GO_ON)
            }
            Ok(Call::Socket { family, kind, protocol }) => {
                let asked = asked("socket", -1, 0);
                match self.machine {
                    Some(_) => self.socket_on_machine(&asked, family, kind, protocol),
                    None => self.socket(&asked, family),
                }
            }
            Ok(Call::Listen { fd }) => {
                self.listen(&asked("listen", fd, 0));
                GO_ON
            }
            Ok(Call::IoUring) => self.io_uring(&asked("io_uring_setup", -1, 0)),
            // The kernel cannot read it either, or it keeps its memory to itself: the wall holds, and
            // the kernel counts.
            Err(error) => self.unreadable(&asked("unreadable call", -1, 0), &error),
        }
    }

    fn destination(&mut self, asked: &Asked, to: Destination) -> Answer {
        match to {
            Destination::Internet { address, scope } if self.machine.is_some() => {
                self.internet_on_machine(asked, address, scope)
            }
            Destination::Internet { address, scope } => self.internet(asked, address, scope),
            Destination::Abstract(name) => self.abstract_name(asked, &name),
            Destination::Path(path) => self.path(asked, &path),
            Destination::Interface(index) => self.interface(asked, index),
            Destination::Elsewhere => GO_ON,
        }
    }

    fn internet(&mut self, asked: &Asked, to: SocketAddr, scope: u32) -> Answer {
        if to.ip().is_loopback() || to.ip().is_unspecified() {
            return self.loopback(asked, to);
        }
        let socket = Socket::of(asked.tid, asked.fd);
        // A stream goes where it is connected to, whatever address is given, unless it opens with it.
        if asked.name != "connect" && socket.is_stream() && !is_fast_open(asked.flags) {
            return GO_ON;
        }
        if self.is_elsewhere(asked.tid, &socket) {
            return self.in_foreign_network(asked, &socket, to);
        }
        if self.placed.contains(&to.ip()) {
            return self.at_placed(asked, &socket, to);
        }
        // A device that the command has made itself leads nowhere beyond the cage.
        if !matches!(self.inside.route(to.ip(), scope), Ok(Routed::None) | Err(_)) {
            return GO_ON;
        }
        if is_asked(asked, &socket, to) {
            return Answer::Fail(ANSWER);
        }
        if is_echo(to) && !socket.is_stream() {
            self.hear(asked);
            return Answer::Fail(libc::ENETUNREACH);
        }
        // A device that the socket is bound to has routes that we do not ask for.
        if socket.has_device || is_to_many(to.ip()) {
            return self.suspect(asked, outward(asked, &socket, to));
        }
        self.refuse(asked, outward(asked, &socket, to))
    }

    /// Loopback is the cage's own. Where nobody listens there but somebody does outside, a service of
    /// the machine was meant.
    fn loopback(&mut self, asked: &Asked, to: SocketAddr) -> Answer {
        if self.is_name_service(to) {
            self.remember_asker(asked, &Socket::of(asked.tid, asked.fd));
            return GO_ON;
        }
        if asked.name != "connect" || self.listening.contains(&to) {
            return GO_ON;
        }
        let socket = Socket::of(asked.tid, asked.fd);
        if !socket.is_stream() {
            return GO_ON;
        }
        if self.inside.tcp_listens(to).unwrap_or(true) {
            if self.listening.len() > 1000 {
                self.listening.clear(); // a memory of recent ones is enough
            }
            self.listening.insert(to);
            self.ledger.note_visit(to.port());
            return GO_ON;
        }
        let is_service = match &mut self.outside {
            Some(outside) => outside.tcp_listens(to).unwrap_or(false),
            None => false,
        };
        let is_ours = process::network(asked.tid).is_ok_and(|network| network == self.network);
        if is_service && is_ours {
            let call = asked.name.to_owned();
            let note = note(Kind::Tcp, to.to_string(), call, Nature::HostLoopback);
            self.note(asked, Note { weight: Weight::Note, ..note });
        }
        GO_ON
    }

    /// An address that is on the cage's loopback: a name server's, with our own server behind one port,
    /// or one with a door.
    fn at_placed(&mut self, asked: &Asked, socket: &Socket, to: SocketAddr) -> Answer {
        if !is_heard(socket) {
            return self.refuse(asked, outward(asked, socket, to));
        }
        if self.is_name_service(to) {
            self.remember_asker(asked, socket);
            return GO_ON;
        }
        if self.is_door(asked, socket, to) {
            return GO_ON;
        }
        // A program may take it for an address of this machine, and listen there itself.
        // Of a socket that cannot be looked at either may be meant.
        let tcp = !socket.is_datagram() && self.inside.tcp_listens(to).unwrap_or(false);
        let udp = !socket.is_stream() && self.inside.udp_bound(to).unwrap_or(false);
        if tcp || udp {
            return GO_ON;
        }
        self.refuse(asked, outward(asked, socket, to))
    }

    /// Whether it is let through: to a service that is, or by a UDP `connect` that asks which of its
    /// addresses to prefer, and sends nothing.
    fn is_door(&self, asked: &Asked, socket: &Socket, to: SocketAddr) -> bool {
        let asks = asked.name == "connect" && socket.is_datagram() && self.has_door(to.ip());
        asks || self.doors.contains(&to) && !socket.is_datagram()
    }

    /// Whether some service at an address is let through.
    pub(super) fn has_door(&self, ip: IpAddr) -> bool {
        self.doors.iter().any(|door| door.ip() == ip)
    }

    /// Another network namespace, made inside. It hangs on nothing but what the command has made, so
    /// the call may go on; if no route leads to its address, it was meant for the world.
    fn in_foreign_network(&mut self, asked: &Asked, socket: &Socket, to: SocketAddr) -> Answer {
        let is_user_there = self.is_foreign(asked.tid);
        if is_user_there && foreign::leads_to(asked.tid, to.ip()) {
            return GO_ON;
        }
        if is_asked(asked, socket, to) {
            return Answer::Fail(ANSWER);
        }
        if is_echo(to) && !socket.is_stream() {
            self.hear(asked);
            return GO_ON; // the guard between us counts what the kernel refuses there
        }
        let note = outward(asked, socket, to);
        // Where the routes do not tell, because they are not to be read or not asked, it is no more
        // than worth a note: the command has made that network itself.
        let is_told = is_user_there && !socket.has_device && !is_to_many(to.ip());
        let weight = if is_told { note.weight } else { Weight::Note };
        self.note(asked, Note { weight, ..note });
        GO_ON
    }

    /// Whether a socket is in another network namespace than the cage's; of one that does not say, its
    /// user tells.
    fn is_elsewhere(&self, tid: u32, socket: &Socket) -> bool {
        match (socket.network, self.inside.network()) {
            (Some(its), Some(ours)) => its != ours,
            _ => self.is_foreign(tid),
        }
    }

    pub(super) fn is_name_service(&self, to: SocketAddr) -> bool {
        to.port() == NAME_SERVICE && self.name_servers.contains(&to.ip())
    }

    fn remember_asker(&self, asked: &Asked, socket: &Socket) {
        let pid = asked.pid();
        self.askers.remember(socket.inode, pid, || self.ledger.look_at(pid));
    }

    /// Abstract names belong to a network namespace. Where none stands between them, those that others
    /// had before are refused as they would be missing.
    fn abstract_name(&self, asked: &Asked, name: &[u8]) -> Answer {
        if !self.machine.as_ref().is_some_and(|machine| machine.was_taken(name)) {
            return GO_ON;
        }
        let address = format!("@{}", String::from_utf8_lossy(name));
        let note = note(Kind::Unix, address, asked.name.to_owned(), Nature::OutsideSocket);
        let weight = match self.unix_sockets {
            UnixSockets::Note => Weight::Note,
            UnixSockets::Deny => Weight::Violation,
        };
        self.note(asked, Note { weight, ..note });
        Answer::Fail(libc::ECONNREFUSED)
    }

    fn path(&mut self, asked: &Asked, path: &Path) -> Answer {
        let mut sides = Sides {
            inside: &mut self.inside,
            outside: self.outside.as_mut(),
            before: self.machine.as_ref().map(Machine::unix_before),
            since: self.since,
        };
        let side = sides.of(asked.tid, path);
        let note = |nature, weight| Note {
            kind: Kind::Unix,
            address: process::absolute(asked.tid, path).to_string_lossy().into_owned(),
            call: asked.name.to_owned(),
            nature,
            weight,
        };
        match (side, self.unix_sockets) {
            (Side::Inside, _) | (Side::Nobody(_), UnixSockets::Note) => GO_ON,
            // The kernel would say the same, unless the path leads elsewhere for the caller than it
            // does for us: then it is not let through unseen.
            (Side::Nobody(error), UnixSockets::Deny) => Answer::Fail(error),
            (Side::Resolver, _) => {
                self.note(asked, note(Nature::Resolver, Weight::Note));
                Answer::Fail(libc::ECONNREFUSED)
            }
            (Side::Outside, UnixSockets::Note) => {
                self.note(asked, note(Nature::OutsideSocket, Weight::Note));
                GO_ON
            }
            (Side::Outside, UnixSockets::Deny) => {
                self.note(asked, note(Nature::OutsideSocket, Weight::Violation));
                Answer::Fail(libc::ECONNREFUSED)
            }
        }
    }

    /// A frame for an interface. Loopback is the only one here, unless the command has made more.
    fn interface(&mut self, asked: &Asked, index: u32) -> Answer {
        const LOOPBACK: u32 = 1;
        if index != LOOPBACK {
            let address = format!("interface {index}");
            self.note(asked, note(Kind::Other, address, asked.name.to_owned(), Nature::Socket));
        }
        GO_ON
    }

    fn socket(&mut self, asked: &Asked, family: u32) -> Answer {
        let Some(name) = family_name(family) else {
            return GO_ON; // a socketcall: one of the families that are held
        };
        self.note(asked, of_socket(asked, family, name));
        // Held by the namespace, but it needs no address and no route: opening it is all there is to be
        // seen.
        let is_held = family == libc::AF_PACKET as u32;
        if is_held { GO_ON } else { Answer::Fail(libc::EAFNOSUPPORT) }
    }

    /// What is put on a ring is done by the kernel without a call, in any address family.
    fn io_uring(&mut self, asked: &Asked) -> Answer {
        let address = "io_uring".to_owned();
        self.note(asked, note(Kind::Other, address, asked.name.to_owned(), Nature::IoUring));
        Answer::Fail(libc::ENOSYS)
    }

    fn unreadable(&mut self, asked: &Asked, error: &io::Error) -> Answer {
        let address = format!("(arguments that cannot be read: {error})");
        let note = note(Kind::Other, address, asked.name.to_owned(), Nature::Outward);
        if self.machine.is_some() {
            // Nothing else holds it, and the kernel would say so of memory that is not there.
            let is_refused = error.kind() == ErrorKind::PermissionDenied;
            if is_refused {
                self.note(asked, note);
            }
            return Answer::Fail(if is_refused { libc::EPERM } else { libc::EFAULT });
        }
        let denies = self.unix_sockets == UnixSockets::Deny;
        // The caller keeps its memory to itself, and no counter of ours tells what came of it.
        if error.kind() == ErrorKind::PermissionDenied && (denies || self.is_foreign(asked.tid)) {
            self.note(asked, note);
            return if denies { Answer::Fail(libc::EFAULT) } else { GO_ON };
        }
        if denies {
            return Answer::Fail(libc::EFAULT); // as the kernel says, which cannot read it either
        }
        self.suspect(asked, note)
    }

    /// Whether a thread is in another network namespace than the cage's.
    pub(super) fn is_foreign(&self, tid: u32) -> bool {
        process::network(tid).is_ok_and(|network| network != self.network)
    }

    /// Somebody may come to a socket. Those of a port that the kernel has chosen are told to whom they
    /// are for; one of the program's own choice may be meant for people outside.
    fn listen(&self, asked: &Asked) {
        if self.machine.is_some() {
            return; // they come: it is the machine's own network
        }
        let Some((at, network)) = Socket::bound_at(asked.tid, asked.fd) else { return };
        // In a further network the command has made itself it is nobody's business.
        if network == self.inside.network() && asked.line.is_waiting() {
            self.ledger.note_listener(at, asked.pid());
        }
    }

    /// A guard inside has seen an attempt, and may say which.
    pub(super) fn hear(&self, asked: &Asked) {
        let datagram = call::datagram(asked.line.call).ok();
        let passed_on = datagram.and_then(|bytes| echo::read(&bytes));
        let Some(attempt) = passed_on else {
            let words = "(seen by a guard inside)".to_owned();
            return self
                .note(asked, note(Kind::Other, words, asked.name.to_owned(), Nature::Inner));
        };
        let sender = self.ledger.look_at(asked.pid());
        let has_our_numbers = process::has_our_numbers(asked.tid);
        if asked.line.is_waiting() {
            self.ledger.note_passed_on(attempt, sender, has_our_numbers);
        }
    }

    pub(super) fn refuse(&self, asked: &Asked, note: Note) -> Answer {
        self.note(asked, note);
        Answer::Fail(libc::ENETUNREACH)
    }

    /// The kernel decides, and its counters tell.
    fn suspect(&self, asked: &Asked, note: Note) -> Answer {
        self.note(asked, Note { weight: Weight::Suspicion, ..note });
        GO_ON
    }

    pub(super) fn note(&self, asked: &Asked, note: Note) {
        if !asked.line.is_waiting() {
            return; // it was killed: its number may be somebody else's by now
        }
        let Note { kind, address, call, nature, weight } = note;
        let (pid, count) = (asked.pid(), 1);
        self.ledger.note(Entry { pid, kind, address, host: None, call, nature, weight, count });
    }
}

pub(super) fn note(kind: Kind, address: String, call: String, nature: Nature) -> Note {
    Note { kind, address, call, nature, weight: Weight::Violation }
}

/// A socket of a kind that leads past addresses. Who may not use a packet socket is refused by the kernel,
/// and has reached for nothing.
pub(super) fn of_socket(asked: &Asked, family: u32, what: &str) -> Note {
    let note = note(Kind::Other, what.to_owned(), asked.name.to_owned(), Nature::Socket);
    let is_packet = family == libc::AF_PACKET as u32;
    match is_packet && !process::may_use_raw_sockets(asked.tid) {
        true => Note { weight: Weight::Note, ..note },
        false => note,
    }
}

/// An address that no route leads to.
pub(super) fn outward(asked: &Asked, socket: &Socket, to: SocketAddr) -> Note {
    let kind = match socket.kind {
        Some(libc::SOCK_STREAM) if is_tcp(socket) => Kind::Tcp,
        Some(libc::SOCK_DGRAM) if socket.is_udp() => Kind::Udp,
        _ => Kind::Other,
    };
    let is_probe = kind == Kind::Udp && asked.name == "connect";
    let call = match socket.protocol {
        _ if is_fast_open(asked.flags) => format!("{} (TCP fast open)", asked.name),
        Some(libc::IPPROTO_MPTCP) => format!("{} (MPTCP)", asked.name),
        Some(libc::IPPROTO_ICMP | libc::IPPROTO_ICMPV6) => format!("{} (ICMP)", asked.name),
        Some(libc::IPPROTO_SCTP) => format!("{} (SCTP)", asked.name),
        _ if socket.kind == Some(libc::SOCK_RAW) => format!("{} (raw)", asked.name),
        _ => asked.name.to_owned(),
    };
    // Neither a ping nor a raw socket has a port, whatever the field holds.
    let has_port =
        kind != Kind::Other || socket.kind == Some(libc::SOCK_STREAM) || socket.kind.is_none();
    Note {
        kind,
        address: if has_port { to.to_string() } else { to.ip().to_string() },
        call,
        nature: if is_probe { Nature::AddressProbe } else { Nature::Outward },
        weight: if is_probe { Weight::Note } else { Weight::Violation },
    }
}

/// Whether a guard inside asks if it is cut off.
pub(super) fn is_asked(asked: &Asked, socket: &Socket, to: SocketAddr) -> bool {
    asked.name == "connect" && !socket.is_stream() && is_question(to)
}

fn is_tcp(socket: &Socket) -> bool {
    matches!(socket.protocol, Some(0 | libc::IPPROTO_TCP | libc::IPPROTO_MPTCP) | None)
}

/// Multicast and broadcast, which need no route where a socket has an interface for them.
fn is_to_many(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_multicast(),
    }
}

/// Whether somebody can listen to it at the address of a name server: not so to a ping. Of what cannot
/// be looked at that is left open.
pub(super) fn is_heard(socket: &Socket) -> bool {
    let is_plain_udp = matches!(socket.protocol, Some(0 | libc::IPPROTO_UDP) | None);
    match socket.kind {
        None => true,
        Some(libc::SOCK_STREAM) => is_tcp(socket),
        Some(libc::SOCK_DGRAM | libc::SOCK_RAW) => is_plain_udp,
        Some(_) => false,
    }
}

/// Whether a send opens a connection, by tcp(7).
pub(super) fn is_fast_open(flags: u32) -> bool {
    flags & libc::MSG_FASTOPEN as u32 != 0
}

/// The families that are shown, with the words of socket(2). `None` for those that a network
/// namespace holds.
pub(super) fn family_name(family: u32) -> Option<&'static str> {
    Some(match i32::try_from(family).unwrap_or(-1) {
        libc::AF_UNSPEC
        | libc::AF_UNIX
        | libc::AF_INET
        | libc::AF_INET6
        | libc::AF_KEY
        | libc::AF_NETLINK
        | libc::AF_CAN
        | libc::AF_ALG
        | 41
        | libc::AF_XDP => return None,
        libc::AF_PACKET => "AF_PACKET",
        libc::AF_VSOCK => "AF_VSOCK",
        libc::AF_BLUETOOTH => "AF_BLUETOOTH",
        libc::AF_TIPC => "AF_TIPC",
        libc::AF_RDS => "AF_RDS",
        libc::AF_IB => "AF_IB",
        43 => "AF_SMC",
        libc::AF_IEEE802154 => "AF_IEEE802154",
        _ => "a socket of another address family",
    })
}
