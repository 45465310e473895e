//! The world outside, for the cage thread, which has left it.

use super::diag::Diag;
use crate::guard::Policy;
use std::io;
use std::sync::mpsc::{self, Sender};
use std::thread;

/// What is asked of the world outside, and done there.
#[derive(Debug)]
pub(in crate::guard) struct Outside {
    /// Its sockets. `None` where nothing can be asked; then less is said of what was tried.
    pub(super) diag: Option<Diag>,
    /// `None` where nobody needs it.
    pub(super) hands: Option<Hands>,
}

impl Outside {
    /// Looks around on the caller's thread, before the cage is there.
    pub(super) fn look(policy: &Policy) -> Outside {
        let has_doors = !policy.allow.is_empty() || !policy.publish.is_empty();
        Outside { diag: Diag::open().ok(), hands: has_doors.then(Hands::start) }
    }
}

/// A thread that lives outside and does there what it is told: a socket belongs to the network of the
/// thread that makes it.
#[derive(Debug)]
pub(super) struct Hands(Sender<Job>);

type Job = Box<dyn FnOnce() + Send>;

impl Hands {
    fn start() -> Hands {
        let (tell, jobs) = mpsc::channel::<Job>();
        let work = move || jobs.into_iter().for_each(|job| job());
        // Without it every job is lost, and whoever waits for one hears so.
        let _ = thread::Builder::new().name("outside".to_owned()).spawn(work);
        Hands(tell)
    }

    /// Does something outside, and waits for it.
    pub(super) fn have<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let (answer, answered) = mpsc::channel();
        let job = Box::new(move || drop(answer.send(job())));
        let lost = || io::Error::other("the thread outside ended early");
        self.0.send(job).map_err(|_| lost())?;
        answered.recv().map_err(|_| lost())
    }
}
