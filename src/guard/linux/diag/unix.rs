//! Unix sockets and the files that they are bound to: `struct unix_diag_req` of linux/unix_diag.h.

use super::super::talk::{Talk, attribute};
use super::SOCK_DIAG_BY_FAMILY;
use std::io;

const SHOW_VFS: u32 = 2; // UDIAG_SHOW_VFS
const VFS: u16 = 1; // UNIX_DIAG_VFS
const LISTENING: u8 = 10; // TCP_LISTEN, for unix sockets as well
const ATTRIBUTES: usize = 16; // behind struct unix_diag_msg

/// Whether a socket bound to a file takes connections or messages.
pub(super) fn listens(talk: &mut Talk, device: u64, inode: u64) -> io::Result<bool> {
    let mut question = vec![libc::AF_UNIX as u8, 0, 0, 0]; // AF_UNIX is 1
    question.extend(u32::MAX.to_ne_bytes()); // every state
    question.extend(0_u32.to_ne_bytes());
    question.extend(SHOW_VFS.to_ne_bytes());
    question.extend([u8::MAX; 8]); // no cookie
    let wanted = file(device, inode);
    let mut is_found = false;
    talk.ask_all(SOCK_DIAG_BY_FAMILY, &question, |socket| {
        // struct unix_diag_msg { u8 family, u8 type, u8 state, u8 pad, u32 inode, u32 cookie[2] }
        let [_, kind, state, ..] = socket else { return };
        let takes = *state == LISTENING || i32::from(*kind) == libc::SOCK_DGRAM;
        let attributes = socket.get(ATTRIBUTES..).unwrap_or_default();
        is_found |= takes && attribute(attributes, VFS) == Some(&wanted);
    })?;
    Ok(is_found)
}

/// `struct unix_diag_vfs { u32 inode, u32 device }`: the inode cut, the device as the kernel has it
/// inside.
fn file(device: u64, inode: u64) -> [u8; 8] {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let device = major << 20 | minor;
    let halves = [(inode as u32).to_ne_bytes(), device.to_ne_bytes()];
    let mut bytes = [0; 8];
    bytes.copy_from_slice(halves.as_flattened());
    bytes
}
