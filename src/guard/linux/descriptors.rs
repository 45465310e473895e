//! Inherited descriptors: which of them could carry traffic past the wall.
//!
//! A socket stays in the network it was made in, wherever it is used. So does a tunnel device, and
//! a namespace file is a way back for whoever may use it.

use super::notify::Socket;
use super::{kernel, process};
use crate::guard::{Attempt, Kind, Nature};
use std::fs::{self, Metadata};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::Arc;

/// See [`crate::guard::seal_descriptors`].
pub(in crate::guard) fn seal_descriptors() -> io::Result<Vec<Attempt>> {
    let mut sockets = Vec::new();
    for number in open_descriptors()? {
        let is_sealed = number > 2 && !is_harmless(number) && kernel::close_on_exec(number)?;
        // What is close-on-exec by itself is our own.
        if is_sealed || number <= 2 {
            sockets.extend(network_socket(number));
        }
    }
    Ok(sockets)
}

/// A note on a descriptor that is a socket of the network we come from.
fn network_socket(number: i32) -> Option<Attempt> {
    let (socket, peer) = kernel::look_at_descriptor(number, |descriptor| {
        (Socket::look_at(descriptor), rustix::net::getpeername(descriptor))
    })?;
    let address = match peer {
        Ok(peer) => SocketAddr::try_from(peer?).ok()?.to_string(),
        Err(_) if matches!(socket.family, Some(libc::AF_INET | libc::AF_INET6)) => {
            "(not connected)".to_owned()
        }
        Err(_) => return None,
    };
    Some(Attempt {
        kind: match socket.kind {
            Some(libc::SOCK_STREAM) => Kind::Tcp,
            Some(libc::SOCK_DGRAM) => Kind::Udp,
            _ => Kind::Other,
        },
        address,
        host: None,
        call: match number {
            0 => "standard input, which stays open".to_owned(),
            1 => "standard output, which stays open".to_owned(),
            2 => "standard error, which stays open".to_owned(),
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
    if kind.is_file() || kind.is_dir() {
        // Namespace files (and process descriptors, on some kernels) call themselves regular files.
        return filesystem(&link).is_ok_and(|magic| !NOT_FILES.contains(&magic));
    }
    kind.is_fifo()
        || kind.is_block_device()
        || (kind.is_char_device() && !is_network_device(&metadata))
}

#[allow(clippy::useless_conversion)] // the kernel's type has another width on other machines
fn filesystem(path: &str) -> io::Result<i64> {
    Ok(i64::from(rustix::fs::statfs(path)?.f_type) & 0xffff_ffff)
}

const NSFS_MAGIC: i64 = 0x6e73_6673;
const PIDFS_MAGIC: i64 = 0x5049_4446;
const ANON_INODE_MAGIC: i64 = 0x0904_1934;
const SOCKFS_MAGIC: i64 = 0x534f_434b;
const BPF_MAGIC: i64 = 0xcafe_4a11;
const NOT_FILES: [i64; 5] = [NSFS_MAGIC, PIDFS_MAGIC, ANON_INODE_MAGIC, SOCKFS_MAGIC, BPF_MAGIC];

/// The devices that are a network when opened: net/tun, vhost-net, vhost-vsock.
fn is_network_device(metadata: &Metadata) -> bool {
    let device = metadata.rdev();
    matches!((rustix::fs::major(device), rustix::fs::minor(device)), (10, 200 | 238 | 241))
}
