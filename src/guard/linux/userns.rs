//! The user namespace, for callers who may not make a network namespace directly.
//!
//! A user namespace can fail half way (a policy that allows making it but not mapping ids), and a
//! half-made one cannot be left again. So it is never made here: a forked child makes it, tries
//! the network in it and reports; this process then enters the finished one in a single step.
//!
//! An ordinary user can map the own ids only, which takes nothing from it. Root would lose its rights
//! over the files of all others, so for root this process maps every id, and the child waits for it.
//! Where that is refused the child is given up, whatever is mapped by then, and a fresh one maps the
//! own ids.

use super::id_maps::IdMaps;
use super::steps::{At, Failed, Step};
use super::{kernel, netns};
use rustix::process::{Pid, WaitOptions};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;

/// Moves this process into a user namespace that is known to serve, or leaves it as it was. Gives
/// back the network namespace made there, for the cage.
pub(super) fn enter_rehearsed() -> Result<File, Failed> {
    let (rehearsal, made) = rehearsed()?;
    // The child is still there and holds the namespaces for us.
    let user = rehearsal.namespace("user", made.user).at(Step::EnterUserNamespace)?;
    let network = rehearsal.namespace("net", made.network).at(Step::EnterNetworkNamespace)?;
    rustix::thread::move_into_link_name_space(user.as_fd(), Some(LinkNameSpaceType::User))
        .at(Step::EnterUserNamespace)?;
    Ok(network)
}

fn rehearsed() -> Result<(Rehearsal, Made), Failed> {
    if rustix::process::geteuid().is_root()
        && let Ok(maps) = IdMaps::of_our_own()
    {
        match Rehearsal::of_all_ids(&maps) {
            // It says nothing of what comes after it.
            Err(Failed { step: Step::UidMap | Step::GidMap, .. }) => {}
            outcome => return outcome,
        }
    }
    Rehearsal::of_own_ids()
}

/// Whose ids the child's namespace has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ids {
    /// The caller's, mapped by the child.
    Own,
    /// Everybody's, mapped by this process when the child says that it waits.
    All,
}

/// The namespaces that were made, by their inode numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    user: u64,
    network: u64,
}

/// The forked child. It lives until we hang up or end, and is reaped here.
struct Rehearsal {
    line: Option<UnixStream>,
    child: Pid,
}

impl Rehearsal {
    fn of_own_ids() -> Result<(Rehearsal, Made), Failed> {
        let mut rehearsal = Rehearsal::start(Ids::Own)?;
        let made = rehearsal.verdict()?;
        Ok((rehearsal, made))
    }

    fn of_all_ids(maps: &IdMaps) -> Result<(Rehearsal, Made), Failed> {
        let mut rehearsal = Rehearsal::start(Ids::All)?;
        let waiting = rehearsal.verdict()?;
        maps.give(format!("/proc/{}", rehearsal.child), waiting.user)?;
        rehearsal.go_on().at(Step::Rehearsal)?;
        let made = rehearsal.verdict()?;
        Ok((rehearsal, made))
    }

    fn start(ids: Ids) -> Result<Rehearsal, Failed> {
        let (ours, theirs) = UnixStream::pair().at(Step::Rehearsal)?;
        let ours = Cell::new(Some(ours));
        let rehearse = || {
            drop(ours.take()); // the child's copy, which would keep the line open after we hang up
            rehearse(theirs, ids);
        };
        let child = kernel::fork(rehearse).at(Step::UserNamespace)?;
        Ok(Rehearsal { line: ours.take(), child })
    }

    /// What was made, if all of it works.
    fn verdict(&mut self) -> Result<Made, Failed> {
        let killed = || io::Error::other("the rehearsing process was killed");
        let mut answer = Answer::default();
        let heard = self.line.as_mut().map(|line| line.read_exact(answer.as_flattened_mut()));
        heard.and_then(Result::ok).ok_or_else(killed).at(Step::Rehearsal)?;
        decode(answer)
    }

    /// Tells the child that its ids are mapped.
    fn go_on(&mut self) -> io::Result<()> {
        self.line.as_mut().map_or(Ok(()), |line| line.write_all(&[0]))
    }

    /// The child's namespace of this kind, if it is the one that was `made`: `/proc` may be that
    /// of another process namespace, where the child's number belongs to somebody else.
    fn namespace(&self, kind: &str, made: u64) -> io::Result<File> {
        let namespace = File::open(format!("/proc/{}/ns/{kind}", self.child))?;
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
fn rehearse(mut line: UnixStream, ids: Ids) {
    let outcome = try_all(&mut line, ids);
    // An error: the parent is gone, and so is its end of the line.
    let _ = line.write_all(encode(&outcome).as_flattened());
    let _ = line.read(&mut [0]);
}

fn try_all(line: &mut UnixStream, ids: Ids) -> Result<Made, Failed> {
    let uid = rustix::process::geteuid();
    let gid = rustix::process::getegid();
    kernel::unshare(UnshareFlags::NEWUSER).at(Step::UserNamespace)?;
    match ids {
        Ids::Own => map_own(uid.as_raw(), gid.as_raw())?,
        Ids::All => wait_for_maps(line)?,
    }
    netns::make()?;
    made()
}

fn map_own(uid: u32, gid: u32) -> Result<(), Failed> {
    // Before gid_map, which the kernel refuses as long as setgroups could drop a group.
    fs::write("/proc/self/setgroups", "deny").at(Step::SetGroups)?;
    // The own ids map to themselves: no program sees another user than before.
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1\n")).at(Step::UidMap)?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1\n")).at(Step::GidMap)
}

/// Says which namespace waits for its ids. If it gets none, the parent hangs up.
fn wait_for_maps(line: &mut UnixStream) -> Result<(), Failed> {
    let waiting = made()?;
    line.write_all(encode(&Ok(waiting)).as_flattened()).at(Step::Rehearsal)?;
    line.read_exact(&mut [0]).at(Step::Rehearsal)
}

/// The namespaces that this process is in.
fn made() -> Result<Made, Failed> {
    let number = |kind| fs::metadata(format!("/proc/self/ns/{kind}")).map(|own| own.ino());
    let user = number("user").at(Step::EnterUserNamespace)?;
    let network = number("net").at(Step::EnterNetworkNamespace)?;
    Ok(Made { user, network })
}

/// Four numbers: the step that failed or 0, the error, the two namespaces.
type Answer = [[u8; 8]; 4];

fn encode(outcome: &Result<Made, Failed>) -> Answer {
    let numbers = match outcome {
        Ok(made) => [0, 0, made.user, made.network],
        Err(Failed { step, error }) => {
            let errno = error.raw_os_error().and_then(|errno| errno.try_into().ok()).unwrap_or(0);
            [step.number().into(), errno, 0, 0]
        }
    };
    numbers.map(u64::to_ne_bytes)
}

fn decode(answer: Answer) -> Result<Made, Failed> {
    let [step, errno, user, network] = answer.map(u64::from_ne_bytes);
    if step == 0 {
        return Ok(Made { user, network });
    }
    let step = u8::try_from(step).ok().and_then(Step::from_number).unwrap_or(Step::Rehearsal);
    let error = match i32::try_from(errno) {
        Ok(errno) if errno > 0 => io::Error::from_raw_os_error(errno),
        _ => io::Error::other("refused without an error number"),
    };
    Err(Failed { step, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_the_line() {
        let made = Made { user: 4_026_531_837, network: 4_026_531_840 };
        assert_eq!(decode(encode(&Ok(made))).unwrap(), made);
        let failed =
            Failed { step: Step::UidMap, error: io::Error::from_raw_os_error(libc::EROFS) };
        let back = decode(encode(&Err(failed))).unwrap_err();
        assert_eq!((back.step, back.error.raw_os_error()), (Step::UidMap, Some(libc::EROFS)));
        let strange =
            Failed { step: Step::Loopback, error: io::Error::other("no acknowledgement") };
        assert_eq!(decode(encode(&Err(strange))).unwrap_err().step, Step::Loopback);
        assert!(decode([[77; 8]; 4]).is_err(), "never a pass by mistake");
    }
}
