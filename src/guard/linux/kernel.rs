//! The calls that have no safe wrapper: the only unsafe code of the crate.
#![allow(unsafe_code)] // see the line above; the rest of the crate is denied it

use rustix::process::{Pid, Signal};
use rustix::thread::UnshareFlags;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::panic::{self, AssertUnwindSafe};
use std::process::Command;

/// Moves the calling thread into new namespaces.
pub(super) fn unshare(namespaces: UnshareFlags) -> io::Result<()> {
    // The one flag that is a matter of memory safety: threads must share one descriptor table.
    if namespaces.contains(UnshareFlags::FILES) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: `FILES` is not among the flags.
    unsafe { rustix::thread::unshare_unsafe(namespaces) }.map_err(io::Error::from)
}

/// Runs `body` in a forked child, which ends with it.
pub(super) fn fork(body: impl FnOnce()) -> io::Result<Pid> {
    let threads = fs::read_dir("/proc/self/task")?.count();
    if threads != 1 {
        return Err(io::Error::other(format!("this process already has {threads} threads")));
    }
    // SAFETY: this is the only thread, so the child is a whole process: no lock is held by a
    // thread that it lacks, and it may do whatever this process may.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            // A panic must not run on into the caller's code, where it would be a second one of us.
            let outcome = panic::catch_unwind(AssertUnwindSafe(body));
            // SAFETY: ends the process at once and runs none of the parent's exit handlers.
            unsafe { libc::_exit(i32::from(outcome.is_err())) }
        }
        child => Pid::from_raw(child).ok_or_else(|| io::Error::other("fork gave no process id")),
    }
}

/// Marks a descriptor close-on-exec. `false` if it was already, or is no longer open.
pub(super) fn close_on_exec(number: i32) -> io::Result<bool> {
    // SAFETY: reads a flag of a descriptor and touches no memory; any number is allowed.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    if flags == -1 || flags & libc::FD_CLOEXEC != 0 {
        return Ok(false);
    }
    // SAFETY: as above. Should another thread have closed and reused the number since, it is one
    // of our own descriptors, which are close-on-exec anyway.
    match unsafe { libc::fcntl(number, libc::F_SETFD, flags | libc::FD_CLOEXEC) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(true),
    }
}

/// Looks at a descriptor by its number; `None` if it is not open.
pub(super) fn look_at_descriptor<T>(
    number: i32,
    look: impl FnOnce(BorrowedFd<'_>) -> T,
) -> Option<T> {
    // SAFETY: reads a flag of a descriptor and touches no memory; any number is allowed.
    if number < 0 || unsafe { libc::fcntl(number, libc::F_GETFD) } == -1 {
        return None;
    }
    // SAFETY: it is open, as was just seen. Should another thread of ours have closed it since, the
    // calls on it fail or tell of another descriptor: no memory hangs on it.
    Some(look(unsafe { BorrowedFd::borrow_raw(number) }))
}

/// Reads memory of another process, which ptrace(2) must allow. Less than asked for where it ends.
pub(super) fn read_memory(tid: u32, at: u64, into: &mut [u8]) -> io::Result<usize> {
    let tid = i32::try_from(tid).map_err(io::Error::other)?;
    let at = usize::try_from(at).map_err(io::Error::other)?;
    let local = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let remote = libc::iovec { iov_base: at as *mut libc::c_void, iov_len: into.len() };
    // SAFETY: the kernel writes at most `iov_len` bytes to `into`, which lives until the call returns;
    // the other address is one of the other process, and is not followed here.
    let read = unsafe { libc::process_vm_readv(tid, &raw const local, 1, &raw const remote, 1, 0) };
    usize::try_from(read).map_err(|_| io::Error::last_os_error())
}

/// The number of the device that a socket is bound to, 0 for none; `None` if it cannot be told.
pub(super) fn bound_device(socket: impl AsFd) -> Option<i32> {
    option(socket, SO_BINDTOIFINDEX, 0)
}

/// The number of the network namespace that a socket is in, by the kernel's own count (5.14); it is
/// another than that of the namespace's file.
pub(super) fn network_of(socket: impl AsFd) -> Option<u64> {
    option(socket, SO_NETNS_COOKIE, 0)
}

/// An integer: any bytes are a value of it.
trait Integer: Copy {}
impl Integer for i32 {}
impl Integer for u64 {}

/// A socket's option of level `SOL_SOCKET`. `None` if the kernel has it in another width, or not.
fn option<T: Integer>(socket: impl AsFd, name: libc::c_int, mut value: T) -> Option<T> {
    let mut length = size_of::<T>() as libc::socklen_t; // four or eight
    // SAFETY: the kernel writes at most `length` bytes to `value`, of which any are valid, and the
    // length to `length`; both live until the call returns.
    let answer = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            name,
            (&raw mut value).cast(),
            &raw mut length,
        )
    };
    (answer == 0 && length as usize == size_of::<T>()).then_some(value)
}

// Of asm-generic/socket.h; libc has them for some machines only.
const SO_BINDTOIFINDEX: libc::c_int = 62;
const SO_NETNS_COOKIE: libc::c_int = 71;

/// See [`crate::guard::prepare_child`].
pub(in crate::guard) fn die_with_parent(command: &mut Command) {
    let parent = rustix::process::getpid();
    let arrange = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have died before the signal was asked for.
        match rustix::process::getppid() == Some(parent) {
            true => Ok(()),
            false => Err(io::Error::from_raw_os_error(libc::ESRCH)),
        }
    };
    // SAFETY: between fork and exec the closure makes two system calls, allocates nothing and
    // takes no lock.
    unsafe { command.pre_exec(arrange) };
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Binds a socket to the loopback device.
    pub(in super::super) fn bind_to_loopback(socket: impl AsFd) {
        let device: libc::c_int = 1;
        let length = size_of_val(&device) as libc::socklen_t;
        // SAFETY: the kernel reads `length` bytes of `device`, which lives until the call returns.
        let answer = unsafe {
            libc::setsockopt(
                socket.as_fd().as_raw_fd(),
                libc::SOL_SOCKET,
                SO_BINDTOIFINDEX,
                (&raw const device).cast(),
                length,
            )
        };
        assert_eq!(answer, 0, "{}", io::Error::last_os_error());
    }

    #[test]
    fn the_device_that_a_socket_is_bound_to() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(bound_device(&socket), Some(0));
        bind_to_loopback(&socket);
        assert_eq!(bound_device(&socket), Some(1));
        assert_eq!(bound_device(std::fs::File::open("/dev/null").unwrap()), None);
    }
}
