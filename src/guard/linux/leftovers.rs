//! Processes whose parent has ended: this process takes their parent's place while a command runs.
//!
//! The kernel hands an orphan to the nearest process above it that has asked for orphans, and there
//! to the first thread that lives: the leader. The command is the child of another thread, the cage
//! thread. So waiting for children of the leader alone meets orphans only, and never takes the end of
//! the command from whoever waits for that.

use super::process;
use crate::guard::{Leftover, Leftovers, Process};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use std::collections::HashSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// Most of what is still there when the command has ended is just ending as well.
const GRACE: Duration = Duration::from_millis(100);

/// From SIGTERM to SIGKILL.
const PATIENCE: Duration = Duration::from_millis(500);

/// What cannot be killed (another user's, or in a call of the kernel's) is not waited for.
const LONGEST: Duration = Duration::from_secs(5);

const STEP: Duration = Duration::from_millis(2);

/// Whoever takes in orphans, until it is dropped.
pub(in crate::guard) struct Orphans {
    /// Only the leader can: orphans fall to it.
    is_leader: bool,
    /// Children that this process was started with: a shell may start something and then become us.
    /// What they leave falls to us too, and is not the command's.
    before: HashSet<u32>,
}

impl Orphans {
    /// Before the command is started.
    pub(in crate::guard) fn adopt() -> Orphans {
        let own = rustix::process::getpid();
        // Zombies in the place of a leader that does not reap would be for ever.
        let is_leader = rustix::thread::gettid() == own
            && process::proc_is_ours()
            && rustix::process::set_child_subreaper(Some(own)).is_ok();
        let mut orphans = Orphans { is_leader, before: HashSet::new() };
        if is_leader && wait(WaitId::All, WaitIdOptions::NOWAIT) != Waited::NoChildren {
            orphans.before = children_of_leader().into_iter().collect();
        }
        orphans
    }

    /// Takes the end of orphans: who looks whether one still lives must see that it does not. False if
    /// this process has no children at all.
    pub(in crate::guard) fn reap(&self) -> bool {
        if !self.is_leader {
            return false;
        }
        if self.before.is_empty() {
            loop {
                match wait(WaitId::All, WaitIdOptions::empty()) {
                    Waited::Ended => {}
                    Waited::No => return true,
                    Waited::NoChildren => return false,
                }
            }
        }
        // Somebody may still want to know how one of those has ended that were there before.
        for pid in children_of_leader().into_iter().filter(|pid| !self.before.contains(pid)) {
            let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
            pid.map(|pid| wait(WaitId::Pid(pid), WaitIdOptions::empty()));
        }
        true
    }

    /// The orphans of the command that live.
    fn living(&self) -> Vec<u32> {
        // Nothing is left at all, as nearly always: this is the only call then.
        if !self.reap() {
            return Vec::new();
        }
        let mut pids = children_of_leader();
        pids.retain(|pid| self.is_of_command(*pid));
        pids
    }

    /// What those leave that were there before is in our own network, and never was behind the wall. Of
    /// whom that cannot be known we are no judge.
    fn is_of_command(&self, pid: u32) -> bool {
        if self.before.is_empty() {
            return true;
        }
        let its = process::network(pid).ok();
        let is_inside = its.is_some() && its != process::network(std::process::id()).ok();
        is_inside && !self.before.contains(&pid)
    }

    /// When the command has ended: what it has left, and the end of that if it is to be ended.
    pub(in crate::guard) fn settle(&self, how: &Leftovers) -> Vec<Leftover> {
        let start = Instant::now();
        let mut left = self.left(how);
        while start.elapsed() < GRACE
            && (!left.is_empty() || (how.end && !self.living().is_empty()))
        {
            thread::sleep(STEP);
            left = self.left(how);
        }
        match how.end {
            true => self.end(left, how),
            false => {
                // With process 1 of a container all others end.
                let ended = std::process::id() == 1;
                left.into_iter().map(|process| Leftover { process, ended }).collect()
            }
        }
    }

    /// What lives, with what it has started.
    fn left(&self, how: &Leftovers) -> Vec<Process> {
        let mut left = Vec::new();
        let mut waiting = self.living();
        while let Some(pid) = waiting.pop() {
            let process = process::read(pid, &[]);
            // In the middle of an exec a process has no command line either: it is looked at again.
            let has_ended = process.argv.is_empty() && process::has_ended(pid);
            if has_ended || (how.overlooked)(&process.argv) {
                continue;
            }
            waiting.extend(children(pid));
            left.push(process);
        }
        left.sort_by_key(|process| process.pid);
        left
    }

    /// Ends what is left and what comes up meanwhile. Only children of our own are sent a signal: their
    /// number cannot be anybody else's until we take their end. What they have started falls to us when
    /// they are gone.
    fn end(&self, mut known: Vec<Process>, how: &Leftovers) -> Vec<Leftover> {
        let start = Instant::now();
        let mut asked = HashSet::new();
        let mut living = self.living();
        while !living.is_empty() && start.elapsed() < LONGEST {
            let is_patient = start.elapsed() < PATIENCE;
            for pid in living {
                if !known.iter().any(|process| process.pid == pid) {
                    let process = process::read(pid, &[]);
                    if !process.argv.is_empty() && !(how.overlooked)(&process.argv) {
                        known.push(process);
                    }
                }
                if asked.insert(pid) || !is_patient {
                    send(pid, if is_patient { Signal::TERM } else { Signal::KILL });
                }
            }
            thread::sleep(STEP);
            living = self.living();
        }
        let ended =
            |process: &Process| living.is_empty() || process::of_thread(process.pid).is_none();
        known.into_iter().map(|process| Leftover { ended: ended(&process), process }).collect()
    }
}

/// From then on orphans go where they would go without us.
impl Drop for Orphans {
    fn drop(&mut self) {
        if self.is_leader {
            let _ = rustix::process::set_child_subreaper(None); // it was ours to set, and is to unset
        }
    }
}

fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // An error: another user's. It is told as one that lives on.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waited {
    Ended,
    No,
    NoChildren,
}

/// Looks for children of the calling thread alone that have ended.
fn wait(whom: WaitId<'_>, options: WaitIdOptions) -> Waited {
    // Of linux/wait.h; rustix has no name for it.
    const NOTHREAD: WaitIdOptions = WaitIdOptions::from_bits_retain(0x2000_0000);
    let options = options | WaitIdOptions::EXITED | WaitIdOptions::NOHANG | NOTHREAD;
    match rustix::process::waitid(whom, options) {
        Ok(Some(_)) => Waited::Ended,
        Ok(None) => Waited::No,
        Err(_) => Waited::NoChildren,
    }
}

fn children_of_leader() -> Vec<u32> {
    let own = std::process::id();
    children_of_thread(own, own).unwrap_or_else(|| children_by_parent(own))
}

/// The children of all threads of a process.
fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let threads = threads.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let children: Option<Vec<_>> = threads.map(|tid| children_of_thread(pid, tid)).collect();
    match children {
        Some(children) => children.concat(),
        None => children_by_parent(pid),
    }
}

/// As the kernel lists them; `None` if it was built without that.
fn children_of_thread(pid: u32, tid: u32) -> Option<Vec<u32>> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{tid}/children")).ok()?;
    Some(list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect())
}

/// Looked for among all processes.
fn children_by_parent(parent: u32) -> Vec<u32> {
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    all.flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| process::parent(*pid) == Some(parent))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn children_are_found_by_both_ways() {
        let mut child =
            Command::new("sh").args(["-c", "sleep 5 & sleep 5 & wait"]).spawn().unwrap();
        let grandchildren = loop {
            let found = children(child.id());
            if found.len() == 2 {
                break found;
            }
            thread::sleep(STEP);
        };
        let mut by_parent = children_by_parent(child.id());
        by_parent.sort_unstable();
        assert_eq!(by_parent, grandchildren);
        // A thread of ours that has started nothing has none.
        let own = std::process::id();
        let of_thread = thread::spawn(move || {
            let tid = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
            children_of_thread(own, tid)
        });
        assert_eq!(of_thread.join().unwrap(), Some(Vec::new()));
        let pids = grandchildren.iter().map(ToString::to_string);
        let _ = Command::new("kill").args(pids).stderr(Stdio::null()).status();
        child.wait().unwrap();
    }

    /// Threads of a test are no leaders.
    #[test]
    fn who_is_no_leader_takes_no_orphans_in() {
        let orphans = Orphans::adopt();
        let mut child = Command::new("true").spawn().unwrap();
        assert!(!orphans.is_leader && !orphans.reap());
        assert_eq!(orphans.settle(&Leftovers { end: true, ..Leftovers::default() }), []);
        assert!(child.wait().unwrap().success(), "its end was taken by somebody else");
    }

    #[test]
    fn a_wait_sees_the_children_of_its_thread_only() {
        let mut child = Command::new("true").spawn().unwrap();
        let look = || wait(WaitId::All, WaitIdOptions::NOWAIT);
        assert_eq!(thread::spawn(look).join().unwrap(), Waited::NoChildren);
        while look() == Waited::No {
            thread::sleep(STEP);
        }
        assert_eq!(look(), Waited::Ended);
        assert!(child.wait().unwrap().success());
        assert_eq!(look(), Waited::NoChildren);
    }
}
