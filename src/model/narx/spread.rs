//! Spreads outputs over threads; results do not depend on how many there are.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use crate::base::Stopped;

/// `work` for each number below `n_items`, on some threads; results in order.
///
/// The calling thread works too and is the only one that tells how many are done.
///
/// # Errors
///
/// [`Stopped`] where any of them was asked to stop.
pub(super) fn spread<T: Send>(
    n_items: usize,
    n_threads: usize,
    work: &(impl Fn(usize) -> Result<T, Stopped> + Sync),
    told: &dyn Fn(usize),
) -> Result<Vec<T>, Stopped> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results = Mutex::new((0..n_items).map(|_| None).collect::<Vec<_>>());
    let take = || {
        let item = next.fetch_add(1, Ordering::Relaxed);
        (item < n_items).then(|| {
            let result = work(item);
            let is_good = result.is_ok();
            results.lock().unwrap_or_else(PoisonError::into_inner)[item] = Some(result);
            done.fetch_add(1, Ordering::Relaxed);
            is_good
        })
    };
    std::thread::scope(|scope| {
        for number in 1..n_threads.min(n_items) {
            let builder = std::thread::Builder::new().name(format!("narx-{number}"));
            // Where a thread cannot be had, the others do its share.
            if builder
                .spawn_scoped(scope, || while take() == Some(true) {})
                .is_err()
            {
                break;
            }
        }
        told(0);
        while take() == Some(true) {
            told(done.load(Ordering::Relaxed));
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StopToken;

    #[test]
    fn results_keep_their_order_and_a_stop_is_passed_on() {
        for n_threads in 1..5 {
            let squares = spread(20, n_threads, &|item| Ok(item * item), &|_done| {});
            let expected: Vec<usize> = (0..20).map(|item| item * item).collect();
            assert!(squares.is_ok_and(|squares| squares == expected));
            let stop = StopToken::new();
            let stopped = spread(
                20,
                n_threads,
                &|item| {
                    if item == 7 {
                        stop.stop();
                    }
                    stop.check().map(|()| item)
                },
                &|_done| {},
            );
            assert!(stopped.is_err());
        }
    }
}
