//! Hands signals on to the command, so that it ends as it would without us around it.
//!
//! What the terminal sends (^C, ^\, hang-up) goes to the whole foreground process group, so the
//! command has it already: it decides, and we wait. What another process sends to us alone is
//! passed on. The two are told apart by `si_code`. A signal that was ignored when we started stays
//! ignored, so that `nohup` reaches the command too.

use duct::unix::HandleExt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithRawSiginfo;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

const FORWARDED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Signals that came, and the command they are for.
#[derive(Default)]
struct Post {
    waiting: Vec<i32>,
    command: Option<Arc<duct::Handle>>,
}

/// Catches signals from the moment it is first installed and delivers them to the command that was
/// attached last: what comes between two commands is for the second.
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
                if info.si_code != SI_KERNEL {
                    deliver(&inbox, info.si_signo);
                }
            }
        })?;
        Ok(Forwarder(Arc::clone(INSTALLED.get_or_init(|| post))))
    }

    /// Delivers what has come so far, and from now on at once.
    pub(super) fn attach(&self, command: &Arc<duct::Handle>) {
        let waiting = {
            let mut post = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            post.command = Some(Arc::clone(command));
            std::mem::take(&mut post.waiting)
        };
        for signal in waiting {
            deliver(&self.0, signal);
        }
    }
}

/// The signal came from the kernel, not from a process: `SI_KERNEL` of sigaction(2).
const SI_KERNEL: i32 = 0x80;

fn deliver(post: &Mutex<Post>, signal: i32) {
    let mut post = post.lock().unwrap_or_else(PoisonError::into_inner);
    match &post.command {
        Some(command) if matches!(command.try_wait(), Ok(None)) => {
            drop(command.send_signal(signal));
        }
        // A command that has ended needs no signal, but another one may follow it.
        _ => post.waiting.push(signal),
    }
}

/// The mask of signals that are ignored; 0 where /proc does not tell.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
