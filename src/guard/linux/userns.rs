//! The user namespace, for callers who may not make a network namespace directly.
//!
//! A user namespace can fail half way (a policy that allows making it but not mapping ids), and a
//! half-made one cannot be left again. So it is never made here: a forked child makes it, tries
//! the network in it and reports; this process then enters the finished one in a single step.

use super::steps::{At, Failed, Step};
use super::{kernel, netlink, netns};
use rustix::process::{Pid, WaitOptions};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;

/// Moves this process into a user namespace that is known to serve, or leaves it as it was.
pub(super) fn enter_rehearsed() -> Result<(), Failed> {
    let mut rehearsal = Rehearsal::start()?;
    let made = rehearsal.verdict()?;
    // The child is still there and holds the namespace for us.
    let namespace = rehearsal.namespace(made).at(Step::EnterUserNamespace)?;
    rustix::thread::move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::User))
        .at(Step::EnterUserNamespace)
}

/// The forked child. It lives until we hang up or end, and is reaped here.
struct Rehearsal {
    line: Option<UnixStream>,
    child: Pid,
}

impl Rehearsal {
    fn start() -> Result<Rehearsal, Failed> {
        let (ours, theirs) = UnixStream::pair().at(Step::Rehearsal)?;
        let ours = Cell::new(Some(ours));
        let rehearse = || {
            drop(ours.take()); // the child's copy, which would keep the line open after we hang up
            rehearse(theirs);
        };
        let child = kernel::fork(rehearse).at(Step::UserNamespace)?;
        Ok(Rehearsal { line: ours.take(), child })
    }

    /// The inode number of the user namespace that was made, if all of it works.
    fn verdict(&mut self) -> Result<u64, Failed> {
        let killed = || io::Error::other("the rehearsing process was killed");
        let mut answer = [0; ANSWER];
        let heard = self.line.as_mut().map(|line| line.read_exact(&mut answer));
        heard.and_then(Result::ok).ok_or_else(killed).at(Step::Rehearsal)?;
        decode(answer)
    }

    /// The user namespace with the inode number `made`, and no other: `/proc` may be that of
    /// another process namespace, where the child's number belongs to somebody else.
    fn namespace(&self, made: u64) -> io::Result<File> {
        let namespace = File::open(format!("/proc/{}/ns/user", self.child))?;
        match namespace.metadata()?.ino() == made {
            true => Ok(namespace),
            false => Err(io::Error::other("/proc belongs to another process namespace")),
        }
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        drop(self.line.take());
        let reap = || rustix::process::waitpid(Some(self.child), WaitOptions::empty());
        // An error: the caller's parent made it ignore SIGCHLD, and the kernel has reaped already.
        let _ = rustix::io::retry_on_intr(reap);
    }
}

/// In the child: the whole way, the report, then wait for the parent to hang up.
fn rehearse(mut line: UnixStream) {
    let outcome = try_all();
    // An error: the parent is gone, and so is its end of the line.
    let _ = line.write_all(&encode(&outcome));
    let _ = line.read(&mut [0]);
}

/// Gives back the inode number of the user namespace.
fn try_all() -> Result<u64, Failed> {
    let uid = rustix::process::geteuid();
    let gid = rustix::process::getegid();
    kernel::unshare(UnshareFlags::NEWUSER).at(Step::UserNamespace)?;
    // Before gid_map, which the kernel refuses as long as setgroups could drop a group.
    fs::write("/proc/self/setgroups", "deny").at(Step::SetGroups)?;
    // The own ids map to themselves: no program sees another user than before.
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1\n")).at(Step::UidMap)?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1\n")).at(Step::GidMap)?;
    // What the cage thread will do; this one ends with the child.
    netns::leave_network().at(Step::NetworkNamespace)?;
    netlink::Route::open().and_then(|mut route| route.bring_up_loopback()).at(Step::Loopback)?;
    let own = fs::metadata("/proc/self/ns/user").at(Step::EnterUserNamespace)?;
    Ok(own.ino())
}

/// The number of the step that failed, or 0; the error number; the namespace.
const ANSWER: usize = 1 + 4 + 8;

fn encode(outcome: &Result<u64, Failed>) -> [u8; ANSWER] {
    let (step, errno, made) = match outcome {
        Ok(made) => (0, 0, *made),
        Err(failed) => (failed.step.number(), failed.error.raw_os_error().unwrap_or(0), 0),
    };
    let mut answer = [step; ANSWER];
    answer[1..5].copy_from_slice(&errno.to_ne_bytes());
    answer[5..].copy_from_slice(&made.to_ne_bytes());
    answer
}

fn decode(answer: [u8; ANSWER]) -> Result<u64, Failed> {
    let [step, a, b, c, d, made @ ..] = answer;
    if step == 0 {
        return Ok(u64::from_ne_bytes(made));
    }
    let step = Step::from_number(step).unwrap_or(Step::Rehearsal);
    let error = match i32::from_ne_bytes([a, b, c, d]) {
        0 => io::Error::other("refused without an error number"),
        errno => io::Error::from_raw_os_error(errno),
    };
    Err(Failed { step, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_the_line() {
        assert_eq!(decode(encode(&Ok(4_026_531_837))).unwrap(), 4_026_531_837);
        let failed =
            Failed { step: Step::UidMap, error: io::Error::from_raw_os_error(libc::EROFS) };
        let back = decode(encode(&Err(failed))).unwrap_err();
        assert_eq!((back.step, back.error.raw_os_error()), (Step::UidMap, Some(libc::EROFS)));
        let strange =
            Failed { step: Step::Loopback, error: io::Error::other("no acknowledgement") };
        assert_eq!(decode(encode(&Err(strange))).unwrap_err().step, Step::Loopback);
        assert!(decode([77; ANSWER]).is_err(), "never a pass by mistake");
    }
}
