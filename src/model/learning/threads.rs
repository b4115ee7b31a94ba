//! Members on threads, the one furthest behind first.

use std::sync::{Mutex, PoisonError};

use crate::model::ModelError;

/// Steps that a thread does of one member before it looks for the one furthest behind.
const SLICE: usize = 2;

/// Takes every member to a goal, on up to `n_threads` threads named after `name`.
///
/// `place` gives a member's steps done and its number; `step` takes it one step on, in memory that a
/// thread uses again and again. Members do not look at each other, so it does not matter which
/// thread does which slice.
///
/// # Errors
///
/// The first one of `step`; [`ModelError::Thread`] where a thread cannot be started or panics.
pub(crate) fn bring_to<M: Send, W: Default>(
    members: &mut [M],
    goal: usize,
    (n_threads, name): (usize, &str),
    place: impl Fn(&M) -> (usize, usize) + Sync,
    step: impl Fn(&mut M, &mut W) -> Result<(), ModelError> + Sync,
) -> Result<(), ModelError> {
    let n_threads = n_threads.min(members.len());
    let waiting: Mutex<Vec<&mut M>> = Mutex::new(members.iter_mut().collect());
    let lock = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let take = || {
        let mut waiting = lock();
        let places = waiting.iter().map(|member| place(member)).enumerate();
        let open = places.filter(|(_, place)| place.0 < goal);
        let (position, _) = open.min_by_key(|(_, place)| *place)?;
        Some(waiting.swap_remove(position))
    };
    let work = || -> Result<(), ModelError> {
        let mut memory = W::default();
        while let Some(member) = take() {
            for _step in 0..SLICE.min(goal - place(member).0) {
                step(member, &mut memory)?;
            }
            lock().push(member);
        }
        Ok(())
    };
    if n_threads <= 1 {
        return work();
    }
    let thread_error = |reason: String| ModelError::Thread { reason };
    std::thread::scope(|scope| {
        let mut handles = Vec::new();
        for number in 0..n_threads {
            let builder = std::thread::Builder::new().name(format!("{name}-{number}"));
            let spawned = builder.spawn_scoped(scope, work);
            handles.push(spawned.map_err(|error| thread_error(error.to_string()))?);
        }
        let joined: Vec<_> = handles
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect();
        joined
            .into_iter()
            .try_for_each(|end| end.unwrap_or_else(|_| Err(thread_error("it panicked".to_owned()))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_comes_to_the_goal_on_any_number_of_threads_and_an_error_comes_back() {
        for n_threads in [0, 1, 2, 7] {
            let mut members = [(0, 0), (3, 1), (9, 2)];
            let place = |member: &(usize, usize)| *member;
            let step = |member: &mut (usize, usize), sum: &mut usize| {
                *sum += 1;
                member.0 += 1;
                Ok(())
            };
            bring_to(&mut members, 5, (n_threads, "test"), place, step).unwrap();
            assert_eq!(members.map(|one| one.0), [5, 5, 9]);
            let broken = |_: &mut (usize, usize), (): &mut ()| {
                let reason = "broken".to_owned();
                Err(ModelError::Thread { reason })
            };
            let end = bring_to(&mut members, 6, (n_threads, "test"), place, broken);
            assert!(matches!(end, Err(ModelError::Thread { .. })));
        }
        let none = bring_to(
            &mut [],
            5,
            (2, "test"),
            |one: &(usize, usize)| *one,
            |_, (): &mut ()| Ok(()),
        );
        assert!(none.is_ok());
    }
}
