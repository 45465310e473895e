//! The watch over calls: each call of the caged command that reaches out is shown to a thread of ours,
//! while its caller waits. So it is known who it was, and for what.
//!
//! In a network namespace the wall does not depend on it. What is answered with "go on" may change its
//! mind meanwhile, and then the kernel finds no route, and counts. Without a namespace it is the wall
//! ([`Machine`]), and holds against what does not.

mod address;
mod call;
mod filter;
mod foreign;
mod judge;
mod line;
mod listener;
mod machine;
mod socket;

pub(super) use filter::Shown;
pub(super) use judge::Judge;
use line::Line;
use listener::Listener;
pub(super) use listener::{deny, deny_beyond_namespace};
pub(super) use machine::Machine;
pub(super) use socket::Socket;
use std::io;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

/// A supervisor that waits for the filter. It was started before, so the filter is not on it.
pub(super) struct Supervisor {
    listener: Sender<Listener>,
    thread: JoinHandle<()>,
}

/// A supervisor at work.
#[derive(Debug)]
pub(super) struct Watching(JoinHandle<()>);

impl Watching {
    /// Whether it watches still. If not, calls are refused, and nobody notes them.
    pub(super) fn goes_on(&self) -> bool {
        !self.0.is_finished()
    }
}

impl Supervisor {
    /// Starts the thread, in the network namespace of the calling one.
    pub(super) fn start(mut judge: Judge) -> io::Result<Supervisor> {
        let (send, receive) = mpsc::channel::<Listener>();
        let thread = thread::Builder::new().name("supervisor".to_owned()).spawn(move || {
            if let Ok(listener) = receive.recv() {
                supervise(&listener, &mut judge);
            }
        })?;
        Ok(Supervisor { listener: send, thread })
    }

    /// Puts the filter on the calling thread and on everything it starts.
    ///
    /// # Errors
    /// The kernel has none, or there is one already: a command has at most one supervisor.
    pub(super) fn install(self, shown: Shown) -> io::Result<Watching> {
        if !listener::is_available(shown) {
            return Err(io::Error::other(
                "this kernel has no seccomp user notification, or too old a one",
            ));
        }
        let listener = Listener::install(shown)?;
        let lost = |_| io::Error::other("the supervisor ended early");
        self.listener.send(listener).map_err(lost)?;
        Ok(Watching(self.thread))
    }
}

/// Answers calls until this process ends.
fn supervise(listener: &Listener, judge: &mut Judge) {
    loop {
        match listener.receive() {
            Ok(Some(notified)) => {
                let answer = judge.answer(&Line::new(listener, &notified));
                listener.answer(&notified, answer);
            }
            Ok(None) => {}
            // Dropping the listener refuses what comes, rather than to leave it waiting for ever.
            Err(_) => return,
        }
    }
}
