//! The kernel's side of seccomp user notification: the calls that have no safe wrapper.
#![allow(unsafe_code)] // the system calls of seccomp_unotify(2)

use super::filter;
use rustix::event::{PollFd, PollFlags, Timespec};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Where calls of the caged command arrive, and are answered.
#[derive(Debug)]
pub(super) struct Listener(OwnedFd);

/// One call that waits for its answer.
#[derive(Clone, Copy)]
pub(super) struct Notified {
    id: u64,
    /// The calling thread, as this process sees it; 0 if it does not.
    pub(super) tid: u32,
    /// The machine, as the kernel's audit code.
    pub(super) arch: u32,
    /// The number of the call.
    pub(super) number: u32,
    /// Its arguments.
    pub(super) arguments: [u64; 6],
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The kernel goes on with it.
    Continue,
    /// It fails with this error.
    Fail(i32),
    /// We have done it, with this value.
    Done(i64),
    /// It has its answer already.
    Given,
}

/// Whether this kernel can notify, and do what is answered: go on with a call (Linux 5.5), and take a
/// descriptor of ours (5.9), which the wall on the machine's own network needs. An older one says nothing
/// of what it cannot do, and the caller would wait for ever.
pub(super) fn is_available(shown: filter::Shown) -> bool {
    let least = match shown {
        filter::Shown::InCage => (5, 5),
        filter::Shown::OnMachine => (5, 9),
    };
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    let is_old = release.and_then(|text| version(&text)).is_some_and(|own| own < least);
    !is_old && knows_notification()
}

/// The first two numbers of `6.18.2-generic`.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.trim().split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn knows_notification() -> bool {
    let action: u32 = libc::SECCOMP_RET_USER_NOTIF;
    // SAFETY: the kernel reads one `u32`, which lives until the call returns.
    unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) == 0
    }
}

impl Listener {
    /// Puts the filter on the calling thread and on everything it starts from now on.
    pub(super) fn install(shown: filter::Shown) -> io::Result<Listener> {
        let mut filter = filter::program(shown);
        let length = u16::try_from(filter.len()).map_err(io::Error::other)?;
        let program = libc::sock_fprog { len: length, filter: filter.as_mut_ptr() };
        // Go interrupts threads by signals; a call that is being looked at must not start anew then.
        let killable = libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        let fd = match set_filter(&program, killable) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => set_filter(&program, 0)?, // before 5.19
            other => other?,
        };
        let listener = Listener(fd);
        listener.wake_up_in_turn();
        Ok(listener)
    }

    /// Hands the processor over to the supervisor and back, where the kernel can (6.6).
    fn wake_up_in_turn(&self) {
        const SYNC_WAKE_UP: u64 = 1; // SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
        // SAFETY: takes a number and touches no memory. An older kernel refuses, and is slower.
        unsafe {
            libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS as _, SYNC_WAKE_UP)
        };
    }

    /// Waits for the next call. `None` if it went away meanwhile.
    ///
    /// # Errors
    /// Nobody is left who could call. Before Linux 6.11 it waits then as well.
    pub(super) fn receive(&self) -> io::Result<Option<Notified>> {
        // SAFETY: any bytes are a valid value of it, and the kernel insists on zeroes.
        let mut notified: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the kernel fills the structure, which is the one that this request has.
        let received = unsafe {
            libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV as _, &raw mut notified)
        };
        if received == -1 {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                Some(libc::ENOENT) if self.is_abandoned() => Err(error),
                Some(libc::EINTR | libc::ENOENT) => Ok(None),
                _ => Err(error),
            };
        }
        Ok(Some(Notified {
            id: notified.id,
            tid: notified.pid,
            arch: notified.data.arch,
            number: notified.data.nr as u32, // the kernel's own type is signed, numbers are not
            arguments: notified.data.args,
        }))
    }

    /// Whether everybody who was watched has ended.
    fn is_abandoned(&self) -> bool {
        let mut polled = [PollFd::new(&self.0, PollFlags::empty())]; // the end is told unasked
        rustix::event::poll(&mut polled, Some(&Timespec::default())).is_ok()
            && polled[0].revents().contains(PollFlags::HUP)
    }

    /// Whether the caller still waits: what was read of it until now was its own.
    pub(super) fn is_waiting(&self, call: &Notified) -> bool {
        // SAFETY: the kernel reads one `u64`, which lives until the call returns.
        let valid = unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_ID_VALID as _,
                &raw const call.id,
            )
        };
        valid == 0
    }

    /// Gives the caller a copy of a descriptor of ours under a number that is free, as what its call
    /// has come to.
    pub(super) fn give(
        &self,
        call: &Notified,
        ours: BorrowedFd<'_>,
        is_close_on_exec: bool,
    ) -> io::Result<Answer> {
        // In one step (5.14): a signal between two would leave the descriptor behind.
        let send = libc::SECCOMP_ADDFD_FLAG_SEND as u32;
        match self.add(call, ours, (send, 0), is_close_on_exec) {
            Ok(_) => Ok(Answer::Given),
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                let number = self.add(call, ours, (0, 0), is_close_on_exec)?;
                Ok(Answer::Done(number.into()))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives the caller a copy of a descriptor of ours in the place of one that it has.
    pub(super) fn give_in_place_of(
        &self,
        call: &Notified,
        theirs: i32,
        ours: BorrowedFd<'_>,
        is_close_on_exec: bool,
    ) -> io::Result<()> {
        let set = libc::SECCOMP_ADDFD_FLAG_SETFD as u32;
        self.add(call, ours, (set, theirs as u32), is_close_on_exec).map(drop)
    }

    /// Adds a descriptor to the caller's, with the flags and the number of `SECCOMP_IOCTL_NOTIF_ADDFD`.
    fn add(
        &self,
        call: &Notified,
        descriptor: BorrowedFd<'_>,
        (flags, newfd): (u32, u32),
        is_close_on_exec: bool,
    ) -> io::Result<i32> {
        let gift = libc::seccomp_notif_addfd {
            id: call.id,
            flags,
            srcfd: descriptor.as_raw_fd() as u32,
            newfd,
            newfd_flags: if is_close_on_exec { libc::O_CLOEXEC as u32 } else { 0 },
        };
        // SAFETY: the kernel reads the structure, which is the one that this request has and lives until
        // the call returns.
        let number = unsafe {
            libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ADDFD as _, &raw const gift)
        };
        if number < 0 { Err(io::Error::last_os_error()) } else { Ok(number) }
    }

    /// Answers. A caller that has been killed meanwhile needs none.
    pub(super) fn answer(&self, call: &Notified, answer: Answer) {
        let (val, error, flags) = match answer {
            Answer::Continue => (0, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32),
            Answer::Fail(errno) => (0, -errno, 0),
            Answer::Done(value) => (value, 0, 0),
            Answer::Given => return,
        };
        let response = libc::seccomp_notif_resp { id: call.id, val, error, flags };
        // SAFETY: the kernel reads the structure, which is the one that this request has.
        unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_SEND as _,
                &raw const response,
            )
        };
    }
}

/// Puts a filter that shows nothing on the calling thread and on everything it starts, so that nobody
/// has a socket which could leave this machine.
pub(in super::super) fn deny() -> io::Result<()> {
    set_silent_filter(filter::denying())
}

/// The same for sockets that a network namespace does not hold.
pub(in super::super) fn deny_beyond_namespace() -> io::Result<()> {
    set_silent_filter(filter::beyond_namespace())
}

fn set_silent_filter(mut filter: Vec<libc::sock_filter>) -> io::Result<()> {
    let length = u16::try_from(filter.len()).map_err(io::Error::other)?;
    let program = libc::sock_fprog { len: length, filter: filter.as_mut_ptr() };
    // SAFETY: the program and the instructions that it points to live until the call returns; the
    // kernel copies them.
    let answer = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program)
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn set_filter(program: &libc::sock_fprog, flags: libc::c_ulong) -> io::Result<OwnedFd> {
    let flags = flags | libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // SAFETY: the program and the instructions that it points to live until the call returns; the
    // kernel copies them.
    let fd = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const *program)
    };
    match i32::try_from(fd) {
        Ok(fd) if fd >= 0 => {
            // SAFETY: the kernel has just made it for us, and it is close-on-exec.
            Ok(unsafe { OwnedFd::from_raw_fd(fd) })
        }
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn releases_have_two_numbers() {
        assert_eq!(version("6.18.2-generic\n"), Some((6, 18)));
        assert_eq!(version("5.9-rc1"), Some((5, 9)));
        assert_eq!(version("next"), None);
    }

    /// Not to be asked again and again for ever.
    #[test]
    fn whoever_watches_nobody_ends() {
        let (stop, stopped) = mpsc::channel::<()>();
        let (send, listener) = mpsc::channel();
        let watched = thread::spawn(move || {
            rustix::thread::set_no_new_privs(true).unwrap();
            send.send(Listener::install(filter::Shown::InCage)).unwrap();
            stopped.recv().unwrap_err();
        });
        let listener = match listener.recv().unwrap() {
            Ok(listener) => listener,
            Err(error) => return eprintln!("SKIPPED: no calls can be watched here: {error}"),
        };
        assert!(!listener.is_abandoned());
        drop(stop);
        watched.join().unwrap();
        // The thread has ended for us somewhat before it has for the kernel.
        for _ in 0..500 {
            if listener.is_abandoned() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        assert!(listener.is_abandoned());
        let (send, received) = mpsc::channel();
        thread::spawn(move || send.send(listener.receive().is_err()));
        // An older kernel waits, which costs nothing.
        let received = received.recv_timeout(Duration::from_secs(5));
        assert!(matches!(received, Ok(true) | Err(mpsc::RecvTimeoutError::Timeout)));
    }
}
