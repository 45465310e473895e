//! Work shared by all processors.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Does something to each, on as many threads as there are processors; the order is kept.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    on_threads(std::thread::available_parallelism().map_or(1, usize::from), items, work)
}

/// The same on so many threads at most: more than there are processors, where each waits for others.
fn on_threads<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let take = || {
        while let Some(item) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, item))
        } {
            let result = work(item.1);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((item.0, result));
        }
    };
    let threads = threads.min(items.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(take);
        }
        take();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The same until one of them fails: what has not begun by then does not begin.
///
/// # Errors
/// That of the first in the order that failed.
pub fn try_on_threads<T: Sync, R: Send, E: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let has_failed = AtomicBool::new(false);
    let done = on_threads(threads, items, |item| {
        if has_failed.load(Ordering::Relaxed) {
            return None;
        }
        let result = work(item);
        has_failed.fetch_or(result.is_err(), Ordering::Relaxed);
        Some(result)
    });
    done.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_ends_it() {
        let begun = AtomicUsize::new(0);
        let work = |item: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *item < 2 { Ok(*item) } else { Err(*item) }
        };
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(try_on_threads(1, &items, work), Err(2));
        assert_eq!(begun.load(Ordering::Relaxed), 3);
        assert_eq!(try_on_threads(4, &items[..2], work), Ok(vec![0, 1]));
    }
}
