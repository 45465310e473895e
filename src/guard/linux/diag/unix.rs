//! Unix sockets and the files that they are bound to: `struct unix_diag_req` of linux/unix_diag.h.

use super::super::talk::{Talk, attribute};
use super::SOCK_DIAG_BY_FAMILY;
use std::collections::HashSet;
use std::io;

const SHOW_NAME: u32 = 1; // UDIAG_SHOW_NAME
const SHOW_VFS: u32 = 2; // UDIAG_SHOW_VFS
const NAME: u16 = 0; // UNIX_DIAG_NAME
const VFS: u16 = 1; // UNIX_DIAG_VFS
const LISTENING: u8 = 10; // TCP_LISTEN, for unix sockets as well
const ATTRIBUTES: usize = 16; // behind struct unix_diag_msg

/// A file that a socket is bound to, as the kernel writes it in its answers.
pub(in super::super) type UnixFile = [u8; 8];

/// Whether a socket bound to a file takes connections or messages.
pub(super) fn listens(talk: &mut Talk, device: u64, inode: u64) -> io::Result<bool> {
    let wanted = file(device, inode);
    let mut is_found = false;
    ask_all(talk, SHOW_VFS, |attributes| is_found |= attribute(attributes, VFS) == Some(&wanted))?;
    Ok(is_found)
}

/// The files and the abstract names of all sockets that take connections or messages.
pub(super) fn taken(talk: &mut Talk) -> io::Result<(HashSet<UnixFile>, HashSet<Vec<u8>>)> {
    let (mut files, mut names) = (HashSet::new(), HashSet::new());
    ask_all(talk, SHOW_VFS | SHOW_NAME, |attributes| {
        files.extend(attribute(attributes, VFS).and_then(|file| UnixFile::try_from(file).ok()));
        let name = attribute(attributes, NAME).and_then(|name| name.strip_prefix(&[0]));
        names.extend(name.filter(|name| !name.is_empty()).map(<[u8]>::to_vec));
    })?;
    Ok((files, names))
}

/// Shows the attributes of each socket that takes connections or messages.
fn ask_all(talk: &mut Talk, what: u32, mut show: impl FnMut(&[u8])) -> io::Result<()> {
    let mut question = vec![libc::AF_UNIX as u8, 0, 0, 0]; // AF_UNIX is 1
    question.extend(u32::MAX.to_ne_bytes()); // every state
    question.extend(0_u32.to_ne_bytes());
    question.extend(what.to_ne_bytes());
    question.extend([u8::MAX; 8]); // no cookie
    talk.ask_all(SOCK_DIAG_BY_FAMILY, &question, |socket| {
        // struct unix_diag_msg { u8 family, u8 type, u8 state, u8 pad, u32 inode, u32 cookie[2] }
        let [_, kind, state, ..] = socket else { return };
        if *state == LISTENING || i32::from(*kind) == libc::SOCK_DGRAM {
            show(socket.get(ATTRIBUTES..).unwrap_or_default());
        }
    })
}

/// `struct unix_diag_vfs { u32 inode, u32 device }`: the inode cut, the device as the kernel has it
/// inside.
pub(in super::super) fn file(device: u64, inode: u64) -> UnixFile {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let device = major << 20 | minor;
    let halves = [(inode as u32).to_ne_bytes(), device.to_ne_bytes()];
    let mut bytes = [0; 8];
    bytes.copy_from_slice(halves.as_flattened());
    bytes
}
