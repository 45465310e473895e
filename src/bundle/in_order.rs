//! Work on all cores whose results keep their order.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// More would take memory, and disks are not faster.
const MAX_WORKERS: usize = 16;

/// How many threads work at a time.
pub(super) fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MAX_WORKERS)
}

/// Where things to work on are put.
pub(super) struct Row<T, U> {
    order: SyncSender<Receiver<U>>,
    jobs: Sender<(T, Sender<U>)>,
}

impl<T, U> Row<T, U> {
    /// Puts a thing at the end, and waits while too many are under way. False when nobody wants
    /// results any more.
    #[must_use]
    pub(super) fn push(&self, thing: T) -> bool {
        let (reply, result) = channel();
        self.order.send(result).is_ok() && self.jobs.send((thing, reply)).is_ok()
    }
}

/// The results, in the order in which the things were put in.
pub(super) struct Results<U>(Receiver<Receiver<U>>);

impl<U> Iterator for Results<U> {
    type Item = U;

    /// A worker that panicked ends them; its panic is that of [`in_order`].
    fn next(&mut self) -> Option<U> {
        self.0.recv().ok()?.recv().ok()
    }
}

/// Runs `produce`, which puts things in a row, on a thread of its own; works on them on as many as
/// there are cores; and runs `consume` over the results on this one. At most some two things for
/// each core are under way. When `consume` returns, what is still under way is dropped.
pub(super) fn in_order<T, U, P, C, W>(
    produce: impl FnOnce(&Row<T, U>) -> P + Send,
    worker: impl Fn() -> W + Sync,
    consume: impl FnOnce(Results<U>) -> C,
) -> (P, C)
where
    T: Send,
    U: Send,
    P: Send,
    W: FnMut(T) -> U,
{
    let workers = workers();
    let (order, results) = sync_channel(2 * workers);
    let (jobs, queue) = channel::<(T, Sender<U>)>();
    let queue = Mutex::new(queue);
    let (queue, worker) = (&queue, &worker);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(move || {
                let mut work = worker();
                while let Some((thing, reply)) = take(queue) {
                    // Nobody may want it any more.
                    let _ = reply.send(work(thing));
                }
            });
        }
        let row = Row { order, jobs };
        let producer = scope.spawn(move || produce(&row));
        let consumed = consume(Results(results));
        match producer.join() {
            Ok(produced) => (produced, consumed),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// The next of a queue that several take from.
pub(super) fn take<T>(queue: &Mutex<Receiver<T>>) -> Option<T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order() {
        let produce = |row: &Row<u64, u64>| (0..500).take_while(|thing| row.push(*thing)).count();
        let worker = || {
            |thing: u64| {
                thread::sleep(std::time::Duration::from_micros(thing * 7919 % 300));
                2 * thing
            }
        };
        let (pushed, all) = in_order(produce, worker, Iterator::collect::<Vec<_>>);
        assert_eq!((pushed, all), (500, (0..500).map(|thing| 2 * thing).collect()));
    }

    #[test]
    fn who_wants_no_more_ends_it_all() {
        let produce = |row: &Row<u64, u64>| (0..).take_while(|thing| row.push(*thing)).count();
        let (pushed, first) = in_order(produce, || |thing| thing, |mut results| results.next());
        assert_eq!(first, Some(0));
        assert!(pushed <= 2 * workers() + 2, "{pushed} were under way");
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_is_not_swallowed() {
        let produce = |row: &Row<u64, u64>| assert!(row.push(1));
        in_order(produce, || |_| panic!("here"), |mut results| results.next());
    }
}
