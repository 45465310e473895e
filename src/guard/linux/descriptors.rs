//! Inherited descriptors: which of them could carry traffic past the wall.
//!
//! A socket stays in the network it was made in, wherever it is used. So does a tunnel device, and
//! a namespace file is a way back for whoever may use it.

use super::notify::Socket;
use super::{kernel, process};
use crate::guard::{Attempt, Kind, Nature, UnixSockets};
use rustix::io::FdFlags;
use rustix::net::{SocketAddrAny, SocketAddrUnix};
use std::fs::{self, Metadata};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;
use std::sync::Arc;

/// See [`crate::guard::seal_descriptors`].
pub(in crate::guard) fn seal_descriptors(unix_sockets: UnixSockets) -> io::Result<Vec<Attempt>> {
    let mut notes = Vec::new();
    for number in open_descriptors()? {
        // What is close-on-exec by itself is our own.
        if number > 2 && !is_inherited(number) {
            continue;
        }
        let socket = socket(number);
        let is_unix = socket.as_ref().is_some_and(|socket| socket.is_unix);
        let stays = is_harmless(number) || (is_unix && unix_sockets == UnixSockets::Note);
        if number > 2 && !stays {
            kernel::close_on_exec(number)?;
        }
        // Standard streams are often unix sockets: of a supervisor's log, of an editor.
        if number > 2 || !is_unix {
            notes.extend(socket.and_then(|socket| note(number, &socket, stays)));
        }
    }
    Ok(notes)
}

fn is_inherited(number: i32) -> bool {
    let flags = |descriptor: std::os::fd::BorrowedFd<'_>| rustix::io::fcntl_getfd(descriptor);
    let flags = kernel::look_at_descriptor(number, flags);
    flags.is_some_and(|flags| flags.is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC)))
}

/// A descriptor that is a socket.
struct Inherited {
    is_unix: bool,
    kind: Kind,
    /// Whom it leads to; `None` for nobody with a name.
    peer: Option<String>,
}

fn socket(number: i32) -> Option<Inherited> {
    let (socket, peer) = kernel::look_at_descriptor(number, |descriptor| {
        (Socket::look_at(descriptor), rustix::net::getpeername(descriptor))
    })?;
    let is_unix = socket.family? == libc::AF_UNIX;
    let kind = match socket.kind {
        _ if is_unix => Kind::Unix,
        Some(libc::SOCK_STREAM) => Kind::Tcp,
        Some(libc::SOCK_DGRAM) => Kind::Udp,
        _ => Kind::Other,
    };
    let peer = match peer {
        Ok(peer) if is_unix => peer.and_then(path),
        Ok(peer) => peer.and_then(|peer| SocketAddr::try_from(peer).ok()).map(|to| to.to_string()),
        Err(_) if matches!(socket.family, Some(libc::AF_INET | libc::AF_INET6)) => {
            Some("(not connected)".to_owned())
        }
        Err(_) => None,
    };
    Some(Inherited { is_unix, kind, peer })
}

/// The name of a unix socket in the file system, or the abstract one. Either end of a pair has
/// none: it leads to whoever made it, as a pipe does.
fn path(peer: SocketAddrAny) -> Option<String> {
    let peer = SocketAddrUnix::try_from(peer).ok()?;
    match (peer.path_bytes(), peer.abstract_name()) {
        (Some(path), _) => {
            use std::os::unix::ffi::OsStringExt;
            let path = std::ffi::OsString::from_vec(path.to_vec());
            Some(PathBuf::from(path).display().to_string())
        }
        (None, Some(name)) if !name.is_empty() => {
            Some(format!("@{}", String::from_utf8_lossy(name)))
        }
        _ => None,
    }
}

/// A note on a socket that leads somewhere.
fn note(number: i32, socket: &Inherited, stays: bool) -> Option<Attempt> {
    Some(Attempt {
        kind: socket.kind,
        address: socket.peer.clone()?,
        host: None,
        call: match number {
            0 => "standard input, which stays open".to_owned(),
            1 => "standard output, which stays open".to_owned(),
            2 => "standard error, which stays open".to_owned(),
            number if stays => format!("descriptor {number}, which stays open"),
            number => format!("descriptor {number}, kept from the command"),
        },
        process: Arc::new(process::read(std::process::id(), &[])),
        count: 1,
        nature: Nature::Inherited,
        violation: false,
    })
}

fn open_descriptors() -> io::Result<Vec<i32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    Ok(numbers)
}

/// What cannot be looked at is not harmless.
fn is_harmless(number: i32) -> bool {
    let link = format!("/proc/self/fd/{number}"); // followed by the kernel, not by its text
    let Ok(metadata) = fs::metadata(&link) else {
        return false;
    };
    let kind = metadata.file_type();
    if filesystem(&link).is_ok_and(|magic| magic == ANON_INODE_MAGIC) {
        return is_event(&link);
    }
    if kind.is_file() || kind.is_dir() {
        // Namespace files (and process descriptors, on some kernels) call themselves regular files.
        return filesystem(&link).is_ok_and(|magic| !NOT_FILES.contains(&magic));
    }
    kind.is_fifo()
        || kind.is_block_device()
        || (kind.is_char_device() && !is_network_device(&metadata))
}

/// Whether a file without a name in any file system carries nothing but word of events. The kernel
/// gives the text of the link (`fs/anon_inodes.c`).
fn is_event(link: &str) -> bool {
    fs::read_link(link).is_ok_and(|text| EVENTS.iter().any(|event| text.as_os_str() == *event))
}

const EVENTS: [&str; 5] = [
    "anon_inode:[eventfd]",
    "anon_inode:[eventpoll]",
    "anon_inode:[signalfd]",
    "anon_inode:[timerfd]",
    "anon_inode:inotify",
];

#[allow(clippy::useless_conversion)] // the kernel's type has another width on other machines
fn filesystem(path: &str) -> io::Result<i64> {
    Ok(i64::from(rustix::fs::statfs(path)?.f_type) & 0xffff_ffff)
}

const NSFS_MAGIC: i64 = 0x6e73_6673;
const PIDFS_MAGIC: i64 = 0x5049_4446;
const ANON_INODE_MAGIC: i64 = 0x0904_1934;
const SOCKFS_MAGIC: i64 = 0x534f_434b;
const BPF_MAGIC: i64 = 0xcafe_4a11;
const NOT_FILES: [i64; 4] = [NSFS_MAGIC, PIDFS_MAGIC, SOCKFS_MAGIC, BPF_MAGIC];

/// The devices that are a network when opened: net/tun, vhost-net, vhost-vsock.
fn is_network_device(metadata: &Metadata) -> bool {
    let device = metadata.rdev();
    matches!((rustix::fs::major(device), rustix::fs::minor(device)), (10, 200 | 238 | 241))
}
