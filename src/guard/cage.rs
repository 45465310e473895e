//! The cage thread: the one thread of this process that lives behind the wall.
//!
//! A network namespace belongs to a task, not to a process, so one extra thread is enough: what it
//! starts is inside, and everything it opens shares the descriptor table with the threads outside.
//! Once it has started something it never ends before the process does: the kernel sends the
//! parent-death signal of [`super::prepare_child`] when the starting *thread* is gone.

use super::{Leftovers, NoWall, Policy, Record, Standing, system};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// How long the end of an orphan may wait to be taken.
const TURN: Duration = Duration::from_millis(100);

/// A cage that is being built, or stands.
#[derive(Debug)]
pub struct Cage {
    jobs: Sender<Job>,
    standing: Receiver<Result<Standing, NoWall>>,
    state: State,
    leftovers: Leftovers,
}

#[derive(Debug)]
enum State {
    Rising,
    Stands(Standing),
    Failed(NoWall),
}

/// What is to be done on the cage thread. It answers by a channel of its own.
type Job = Box<dyn FnOnce(&mut system::Enclosure) + Send>;

impl Cage {
    pub(super) fn start(network: system::Network, policy: Policy) -> Cage {
        let (jobs, orders) = mpsc::channel();
        let (say, standing) = mpsc::channel();
        let outside = system::look_outside(&policy);
        let spawned = thread::Builder::new()
            .name("cage".to_owned())
            .spawn(move || live(network, &policy, outside, &orders, &say));
        let state = match spawned {
            Ok(_) => State::Rising,
            Err(error) => State::Failed(NoWall::new("start the cage thread", error)),
        };
        Cage { jobs, standing, state, leftovers: Leftovers::default() }
    }

    /// Says what is to become of processes that the command leaves behind; else they live on.
    pub fn set_leftovers(&mut self, leftovers: Leftovers) {
        self.leftovers = leftovers;
    }

    /// Waits until the cage stands, and says which wall it is and what watches in it. May be asked
    /// again; the answer does not change.
    ///
    /// # Errors
    ///
    /// [`NoWall`] with the step that failed. The calling thread is not touched by that.
    pub fn ready(&mut self) -> Result<&Standing, NoWall> {
        if matches!(self.state, State::Rising) {
            self.state = match self.standing.recv() {
                Ok(Ok(standing)) => State::Stands(standing),
                Ok(Err(refusal)) => State::Failed(refusal),
                Err(_) => State::Failed(thread_lost()),
            };
        }
        match &self.state {
            State::Failed(refusal) => Err(refusal.again()),
            State::Stands(standing) => Ok(standing),
            State::Rising => Err(thread_lost()), // not reached: it was answered just now
        }
    }

    /// Runs `work` on the cage thread, where every process it starts lives in the cage.
    ///
    /// Gives back its value and the record of what was tried up to the end. A process that is left
    /// running stays in the cage, but is not recorded any more. If `work` panics, so does this call.
    ///
    /// While `work` runs, this process takes in those whose parent has ended (`PR_SET_CHILD_SUBREAPER`
    /// of prctl(2)): their end is taken, and who is left at the end is in the record.
    /// The kernel gives them to the process's first thread, so called from any other thread nobody is
    /// taken in, and nobody who is left is known.
    ///
    /// # Errors
    ///
    /// [`NoWall`] if the cage does not stand (`work` was not run then), or if its counters can no
    /// longer be read or its calls were not watched to the end.
    pub fn run<T: Send + 'static>(
        mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Record), NoWall> {
        self.ready()?;
        let (answer, answered) = mpsc::channel();
        let (settle, settled) = mpsc::channel();
        let (give, given) = mpsc::channel();
        let job: Job = Box::new(move |enclosure| {
            let outcome = panic::catch_unwind(AssertUnwindSafe(work));
            // The receivers wait until we answer, so this cannot fail.
            let _ = answer.send((outcome, enclosure.record()));
            // Those that are left may try something still, until they are settled.
            if settled.recv().is_ok() {
                let _ = give.send(enclosure.record());
            }
        });
        let orphans = system::Orphans::adopt();
        self.jobs.send(job).map_err(|_| thread_lost())?;
        let (outcome, record) = loop {
            match answered.recv_timeout(TURN) {
                Ok(ended) => break ended,
                Err(RecvTimeoutError::Disconnected) => return Err(thread_lost()),
                Err(RecvTimeoutError::Timeout) => drop(orphans.reap()),
            }
        };
        let value = outcome.unwrap_or_else(|payload| panic::resume_unwind(payload));
        // Nobody is left, as nearly always: nobody can have tried anything since.
        if !orphans.reap() {
            return Ok((value, record?));
        }
        let leftovers = orphans.settle(&self.leftovers);
        settle.send(()).map_err(|_| thread_lost())?;
        let record = given.recv().map_err(|_| thread_lost())??;
        Ok((value, Record { leftovers, ..record }))
    }
}

/// The life of the cage thread.
fn live(
    network: system::Network,
    policy: &Policy,
    outside: system::Outside,
    orders: &Receiver<Job>,
    standing: &Sender<Result<Standing, NoWall>>,
) {
    let (mut enclosure, stands) = match system::enclose(network, policy, outside) {
        Ok(enclosed) => enclosed,
        Err(refusal) => {
            let _ = standing.send(Err(refusal)); // nobody listens: the cage was dropped
            return;
        }
    };
    let _ = standing.send(Ok(stands));
    let Ok(job) = orders.recv() else { return }; // dropped unused: nothing hangs on this thread
    job(&mut enclosure);
    loop {
        thread::park();
    }
}

fn thread_lost() -> NoWall {
    NoWall::new("keep the cage", io::Error::other("the cage thread ended early"))
}
