//! The user namespace, for callers who may not make a network namespace directly.
//!
//! A user namespace can fail half way (a policy that allows making it but not mapping ids), and a
//! half-made one cannot be left again. So it is never made here: a forked child makes it, tries
//! the network in it and reports; this process then enters the finished one in a single step.

use super::steps::{At, Failed, Step};
use super::{kernel, netlink, netns};
use rustix::process::{Pid, Signal, WaitOptions};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};
use std::fs::{self, File};
use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::AsFd;

/// Moves this process into a user namespace that is known to serve, or leaves it as it was.
pub(super) fn enter_rehearsed() -> Result<(), Failed> {
    let (mut verdict, report) = io::pipe().at(Step::Rehearsal)?;
    let parent = rustix::process::getpid();
    let rehearsal =
        Rehearsal(kernel::fork(move || rehearse(report, parent)).at(Step::UserNamespace)?);

    let mut answer = [0; ANSWER];
    verdict.read_exact(&mut answer).at(Step::Rehearsal)?; // end of file: the child was killed
    decode(answer)?;

    // The child is still there and holds the namespace for us.
    let namespace =
        File::open(format!("/proc/{}/ns/user", rehearsal.0)).at(Step::EnterUserNamespace)?;
    rustix::thread::move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::User))
        .at(Step::EnterUserNamespace)
}

/// The forked child, which ends with this value.
struct Rehearsal(Pid);

impl Drop for Rehearsal {
    fn drop(&mut self) {
        // Errors: it is gone already, or the caller ignores SIGCHLD and the kernel has reaped it.
        let _ = rustix::process::kill_process(self.0, Signal::KILL);
        let _ = rustix::process::waitpid(Some(self.0), WaitOptions::empty());
    }
}

/// In the child: the whole way, the report, then wait to be ended.
fn rehearse(mut report: PipeWriter, parent: Pid) {
    let outcome = try_all();
    if report.write_all(&encode(&outcome)).is_err() || outcome.is_err() {
        return;
    }
    // Should the parent die before it ends us.
    if rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).is_err()
        || rustix::process::getppid() != Some(parent)
    {
        return;
    }
    loop {
        std::thread::park();
    }
}

fn try_all() -> Result<(), Failed> {
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
    netlink::Route::open()
        .and_then(|mut route| route.bring_up_loopback())
        .at(Step::Loopback)
}

/// The number of the step that failed, or 0; then the error number.
const ANSWER: usize = 5;

fn encode(outcome: &Result<(), Failed>) -> [u8; ANSWER] {
    let (step, errno) = match outcome {
        Ok(()) => (0, 0),
        Err(failed) => (
            failed.step.number(),
            failed.error.raw_os_error().unwrap_or(0),
        ),
    };
    let [a, b, c, d] = errno.to_ne_bytes();
    [step, a, b, c, d]
}

fn decode([step, a, b, c, d]: [u8; ANSWER]) -> Result<(), Failed> {
    if step == 0 {
        return Ok(());
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
    fn an_answer_survives_the_pipe() {
        assert!(decode(encode(&Ok(()))).is_ok());
        let failed = Failed {
            step: Step::UidMap,
            error: io::Error::from_raw_os_error(libc::EROFS),
        };
        let back = decode(encode(&Err(failed))).unwrap_err();
        assert_eq!(
            (back.step, back.error.raw_os_error()),
            (Step::UidMap, Some(libc::EROFS))
        );
        let strange = Failed {
            step: Step::Loopback,
            error: io::Error::other("no acknowledgement"),
        };
        assert_eq!(
            decode(encode(&Err(strange))).unwrap_err().step,
            Step::Loopback
        );
        assert!(decode([77, 0, 0, 0, 0]).is_err(), "never a pass by mistake");
    }
}
