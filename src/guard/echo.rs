//! What an outer guard cannot see of an inner one, passed on to it.

use super::{Attempt, Kind, Nature, Process, Record};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;

/// Of a network that is reserved for documentation (RFC 5737): nobody is there.
const NOBODY: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 1), 9);

/// More attempts than these are not passed on one by one.
const MOST: usize = 100;

/// The longest datagram, in bytes. Thousands of them may be kept, and the kernel refuses one of more
/// than 64 kB before it looks for a route, and then counts nothing.
pub(super) const LONGEST: usize = 1 << 14;

/// Of a command line that has to be short.
const SHORT: usize = 200;

/// Passes on to a guard around this process what the command of a record has tried, from the calling
/// thread, which must stand outside any cage of this process.
///
/// A guard in a guard counts in a namespace of its own and hears names at a name server of its own, so
/// the outer one learns little of what the inner one refused. So it is told, by a UDP `connect` to an
/// address that stands for just that ([`Nature::Inner`]), and by a datagram for each attempt whose
/// process is known ([`Nature::PassedOn`]); where the outer guard does not watch calls, the kernel
/// counts them. All are refused, which is the point: there is no error. No packet is sent in any
/// case: a `connect` sends none, and where it finds a route there is no wall around us, and no
/// datagram follows.
pub fn pass_on(record: &Record) {
    if record.is_clean() {
        return;
    }
    let Ok(socket) = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)) else { return };
    let refused = socket.connect(NOBODY);
    if !refused.is_err_and(|error| error.kind() == ErrorKind::NetworkUnreachable) {
        return;
    }
    for attempt in record.violations().filter(|attempt| attempt.nature != Nature::Inner).take(MOST)
    {
        let _ = socket.send_to(&write(attempt), NOBODY);
    }
}

/// By a UDP `connect` to this address, which sends nothing, a guard asks whether there is another around
/// it. Of a network that is reserved for documentation (RFC 5737).
const QUESTION: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(198, 51, 100, 2), 9);

/// The error by which a guard that watches calls says that it is there (`EREMCHG` of Linux): no kernel
/// gives it to a `connect`.
#[cfg_attr(not(all(target_os = "linux", not(go_offline_stub))), allow(dead_code))] // not given there
pub(super) const ANSWER: i32 = 78;

/// Whether a guard that watches calls is around the calling thread. That there is no way out would not do:
/// it says nothing of who else can be reached.
#[cfg_attr(not(all(target_os = "linux", not(go_offline_stub))), allow(dead_code))] // not asked there
pub(super) fn is_inside_guard() -> bool {
    UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.connect(QUESTION))
        .is_err_and(|error| error.raw_os_error() == Some(ANSWER))
}

/// Whether an address is this question. It is answered, and no attempt.
#[cfg_attr(not(all(target_os = "linux", not(go_offline_stub))), allow(dead_code))] // not asked there
pub(super) fn is_question(address: SocketAddr) -> bool {
    address == SocketAddr::V4(QUESTION)
}

/// Whether an address stands for what a guard inside has seen.
#[cfg_attr(not(all(target_os = "linux", not(go_offline_stub))), allow(dead_code))] // nothing is seen there
pub(super) fn is_echo(address: SocketAddr) -> bool {
    address == SocketAddr::V4(NOBODY)
}

/// An attempt on its way out.
#[derive(Serialize, Deserialize)]
struct Words {
    kind: String,
    address: String,
    host: Option<String>,
    call: String,
    count: u64,
    /// The process, then its parents.
    chain: Vec<Link>,
}

#[derive(Serialize, Deserialize)]
struct Link {
    pid: u32,
    argv: Vec<String>,
    /// Not a path: those that are no UTF-8 would not get through.
    cwd: Option<String>,
    variables: Vec<(String, String)>,
}

fn write(attempt: &Attempt) -> Vec<u8> {
    let link = |process: &Process| Link {
        pid: process.pid,
        argv: process.argv.clone(),
        cwd: process.cwd.as_ref().map(|cwd| cwd.to_string_lossy().into_owned()),
        variables: process.variables.clone(),
    };
    let mut words = Words {
        kind: attempt.kind.word().to_owned(),
        address: attempt.address.clone(),
        host: attempt.host.clone(),
        call: attempt.call.clone(),
        count: attempt.count,
        chain: attempt.process.chain().map(link).collect(),
    };
    let long = serde_json::to_vec(&words).unwrap_or_default();
    if long.len() <= LONGEST {
        return long;
    }
    for link in &mut words.chain {
        let name = link.argv.first().map(|name| name.chars().take(SHORT).collect::<String>());
        link.argv = name.into_iter().chain(["…".to_owned()]).collect();
        link.cwd = None;
        link.variables.clear();
    }
    serde_json::to_vec(&words).unwrap_or_default()
}

/// Reads what was passed on. `None` if it is nothing that [`pass_on`] has written.
#[cfg_attr(not(all(target_os = "linux", not(go_offline_stub))), allow(dead_code))] // nothing is heard there
pub(super) fn read(datagram: &[u8]) -> Option<Attempt> {
    let words: Words = serde_json::from_slice(datagram).ok()?;
    let kinds = [Kind::Tcp, Kind::Udp, Kind::Dns, Kind::Unix, Kind::Other];
    let kind = kinds.into_iter().find(|kind| kind.word() == words.kind)?;
    let process = |Link { pid, argv, cwd, variables }| Process {
        pid,
        argv,
        cwd: cwd.map(PathBuf::from),
        variables,
        parents: Vec::new(),
    };
    let mut chain = words.chain.into_iter().map(process);
    let first = chain.next()?;
    Some(Attempt {
        kind,
        address: words.address,
        host: words.host,
        call: words.call,
        process: Arc::new(Process { parents: chain.collect(), ..first }),
        count: words.count.max(1),
        nature: Nature::PassedOn,
        violation: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        let process = |pid, argv: &str| Process {
            pid,
            argv: argv.split(' ').map(str::to_owned).collect(),
            cwd: Some("/w".into()),
            variables: vec![("GOFILE".to_owned(), "x.go".to_owned())],
            parents: Vec::new(),
        };
        let parents = vec![process(8, "go test"), process(9, "make")];
        Attempt {
            kind: Kind::Dns,
            address: "api.example.com".to_owned(),
            host: Some("api.example.com".to_owned()),
            call: "DNS A".to_owned(),
            process: Arc::new(Process { parents, ..process(7, "x.test -test.v") }),
            count: 4,
            nature: Nature::Outward,
            violation: true,
        }
    }

    #[test]
    fn it_arrives_as_it_was() {
        let sent = attempt();
        let wanted = Attempt { nature: Nature::PassedOn, ..sent.clone() };
        assert_eq!(read(&write(&sent)), Some(wanted));
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_is_no_text_does_not_hide_who() {
        use std::os::unix::ffi::OsStrExt;
        let mut sent = attempt();
        let cwd = PathBuf::from(std::ffi::OsStr::from_bytes(b"/w\xff"));
        sent.process = Arc::new(Process { cwd: Some(cwd), ..Process::clone(&sent.process) });
        let heard = read(&write(&sent)).unwrap();
        assert_eq!((heard.process.pid, heard.address), (7, sent.address));
    }

    #[test]
    fn a_long_one_is_shortened_and_still_names_who() {
        let mut sent = attempt();
        let mut process = Process::clone(&sent.process);
        process.argv.push("\u{1}".repeat(LONGEST));
        process.parents = vec![process.parents[0].clone(); 64];
        sent.process = Arc::new(process);
        let datagram = write(&sent);
        assert!(datagram.len() <= LONGEST, "{}", datagram.len());
        let heard = read(&datagram).unwrap();
        assert_eq!((heard.process.pid, heard.process.argv[0].as_str()), (7, "x.test"));
        assert_eq!(heard.process.parents.len(), 64);
    }

    #[test]
    fn what_is_nothing_of_ours_is_nothing() {
        for text in ["", "{}", "null", "[]", r#"{"kind":"dns"}"#] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        let text = String::from_utf8(write(&attempt())).unwrap();
        assert_eq!(read(text.replace("\"dns\"", "\"carrier pigeon\"").as_bytes()), None);
    }
}
