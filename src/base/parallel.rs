//! Works on the items of a list with all cores; the results come in the list's order.

use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Threads beyond this wait for memory, not for cores.
const MOST_THREADS: usize = 8;

/// How many threads work on a list.
pub fn n_threads() -> usize {
    thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(MOST_THREADS)
}

/// Does the same work on every item. The work depends on its item only, so that the results are
/// the same for any number of threads.
pub fn parallel_map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let n_threads = n_threads().min(items.len());
    if n_threads < 2 {
        return items.into_iter().map(work).collect();
    }
    let slots: Vec<std::sync::Mutex<Option<T>>> = items
        .into_iter()
        .map(|item| std::sync::Mutex::new(Some(item)))
        .collect();
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done: Vec<(usize, R)> = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(slot) = slots.get(at) else {
                return done;
            };
            let item = slot.lock().ok().and_then(|mut slot| slot.take());
            done.extend(item.map(|item| (at, work(item))));
        }
    };
    let mut done = thread::scope(|scope| {
        let helpers: Vec<_> = (1..n_threads)
            .filter_map(|_| {
                let builder = thread::Builder::new().name("share".to_owned());
                builder.spawn_scoped(scope, run).ok()
            })
            .collect();
        let mut done = run();
        for helper in helpers {
            match helper.join() {
                Ok(part) => done.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_the_order_of_the_list() {
        let squares = super::parallel_map((0..100_u64).collect(), |item| item * item);
        assert!(squares.into_iter().eq((0..100).map(|item| item * item)));
    }
}
