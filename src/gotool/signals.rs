//! Hands signals on to the command, so that it ends as it would without us around it.
//!
//! What the terminal sends (^C, ^\, hang-up) goes to the whole foreground process group, so the
//! command has it already: it decides, and we wait. What another process sends to us alone is
//! passed on. The two are told apart by `si_code`. A signal that was ignored when we started stays
//! ignored, so that `nohup` reaches the command too.
//!
//! When the command has ended there is nobody left to decide, and a signal that asks us to end does
//! what it does to any program.

use duct::unix::HandleExt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithRawSiginfo;
use signal_hook::low_level::emulate_default_handler;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

const FORWARDED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Those of them that ask a program to end.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// A signal to a whole group of processes ends the command sooner than we look at our own share of it.
/// What comes in this time after the end may be such a one.
const AT_THE_END: Duration = Duration::from_millis(100);

/// Then we have so long to say how the command has ended, and to end in the same way.
const TO_FINISH: Duration = Duration::from_secs(1);

/// Signals that came, and the command they are for.
#[derive(Default)]
struct Post {
    waiting: Vec<i32>,
    command: Option<Arc<duct::Handle>>,
    /// Since when the command has ended.
    ended: Option<Instant>,
}

/// Catches signals from the moment it is first installed and delivers them to the command that was
/// attached last. To be dropped when that has ended.
pub(super) struct Forwarder(Arc<Mutex<Post>>);

impl Forwarder {
    pub(super) fn install() -> io::Result<Forwarder> {
        static INSTALLED: OnceLock<Arc<Mutex<Post>>> = OnceLock::new();
        if let Some(post) = INSTALLED.get() {
            return Ok(Forwarder(Arc::clone(post)));
        }
        let ignored = ignored_signals();
        let caught = FORWARDED.iter().filter(|signal| ignored & (1 << (**signal - 1)) == 0);
        let mut signals = SignalsInfo::<WithRawSiginfo>::new(caught)?;
        let post = Arc::new(Mutex::new(Post::default()));
        let inbox = Arc::clone(&post);
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for info in signals.forever() {
                let ended = open(&inbox).ended;
                match ended {
                    Some(ended) => end_by(&inbox, info.si_signo, ended),
                    None if info.si_code == SI_KERNEL => {}
                    None => deliver(&inbox, info.si_signo),
                }
            }
        })?;
        Ok(Forwarder(Arc::clone(INSTALLED.get_or_init(|| post))))
    }

    /// Delivers what has come so far, and from now on at once.
    pub(super) fn attach(&self, command: &Arc<duct::Handle>) {
        let waiting = {
            let mut post = open(&self.0);
            post.command = Some(Arc::clone(command));
            post.ended = None;
            std::mem::take(&mut post.waiting)
        };
        for signal in waiting {
            deliver(&self.0, signal);
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        open(&self.0).ended = Some(Instant::now());
    }
}

fn open(post: &Mutex<Post>) -> MutexGuard<'_, Post> {
    post.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does what the signal does to a program that does not know it, if it asks to end.
fn end_by(post: &Mutex<Post>, signal: i32, ended: Instant) {
    // Process 1 of a container is not ended by what ends others.
    if !ENDING.contains(&signal) || std::process::id() == 1 {
        return;
    }
    if ended.elapsed() < AT_THE_END {
        std::thread::sleep(TO_FINISH);
    }
    // Another command has followed it.
    if open(post).ended.is_none() {
        return deliver(post, signal);
    }
    let _ = emulate_default_handler(signal); // does not return
}

/// The signal came from the kernel, not from a process: `SI_KERNEL` of sigaction(2).
const SI_KERNEL: i32 = 0x80;

fn deliver(post: &Mutex<Post>, signal: i32) {
    let mut post = open(post);
    match &post.command {
        // A command that has ended in the meantime needs no signal.
        Some(command) => drop(command.send_signal(signal)),
        None => post.waiting.push(signal),
    }
}

/// The mask of signals that are ignored; 0 where /proc does not tell.
pub(crate) fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
