//! How this process was started, noted before Rust's runtime changes it: the runtime ignores
//! SIGPIPE and opens /dev/null for each of the descriptors 0 to 2 that is closed.
#![allow(unsafe_code)] // runs before main and asks the C library directly

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

static SIGPIPE_IGNORED: AtomicBool = AtomicBool::new(false);
static CLOSED: [AtomicBool; 3] = [const { AtomicBool::new(false) }; 3];

// SAFETY: the section holds pointers to C functions without result, which the C library calls one
// by one before `main`. This one touches only the two statics above.
#[used]
#[unsafe(link_section = ".init_array")]
static NOTE: extern "C" fn() = note;

extern "C" fn note() {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks for the disposition and changes nothing; `action` is large enough, and any bytes
    // are a valid one.
    let handler = unsafe {
        libc::sigaction(libc::SIGPIPE, std::ptr::null(), action.as_mut_ptr());
        action.assume_init().sa_sigaction
    };
    SIGPIPE_IGNORED.store(handler == libc::SIG_IGN, Ordering::Relaxed);
    for (number, closed) in (0..).zip(&CLOSED) {
        // SAFETY: reads a flag of a descriptor and touches no memory; any number is allowed.
        let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
        closed.store(flags == -1, Ordering::Relaxed);
    }
}

/// See [`crate::guard::as_started`].
pub(in crate::guard) fn as_started(command: &mut Command) {
    // SAFETY: between fork and exec the function makes a few system calls, allocates nothing and
    // takes no lock.
    unsafe { command.pre_exec(restore) };
}

/// The standard library has just set SIGPIPE to its default, and hands on the runtime's /dev/null.
fn restore() -> io::Result<()> {
    if SIGPIPE_IGNORED.load(Ordering::Relaxed) {
        // SAFETY: `SIG_IGN` is no function that could be wrong.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    }
    for (number, closed) in (0..).zip(&CLOSED) {
        // At exec and not at once: the exec may fail, and whoever says so needs the descriptors.
        if closed.load(Ordering::Relaxed) {
            // SAFETY: sets a flag of a descriptor and touches no memory; any number is allowed.
            unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) };
        }
    }
    Ok(())
}
