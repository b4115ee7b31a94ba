//! A flag that asks a job to end early.

use std::{
    mem,
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// Asks a job to end; cheap to clone and to look at.
#[derive(Debug, Clone, Default)]
pub struct StopToken {
    flag: Arc<AtomicBool>,
}

/// The job ended because it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped on request")]
pub struct Stopped;

impl Stopped {
    /// The same with the key that other languages need.
    pub fn phrase(self) -> super::Phrase {
        super::Phrase::new("error-stopped", self.to_string())
    }
}

impl StopToken {
    /// A token that nobody has used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that is used where a flag is raised.
    pub fn of_flag(flag: Arc<AtomicBool>) -> Self {
        Self { flag }
    }

    /// Asks for the end.
    pub fn stop(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    pub fn is_stopped(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Leaves a job through `?` where the end was asked for.
    ///
    /// # Errors
    ///
    /// [`Stopped`] once [`StopToken::stop`] was called.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.is_stopped() {
            Err(Stopped)
        } else {
            Ok(())
        }
    }

    /// Ends a long pass early where the end was asked for; what the pass found is then of no use.
    pub fn watch<I: IntoIterator>(&self, pass: I) -> Watched<'_, I::IntoIter> {
        Watched {
            pass: pass.into_iter(),
            n_left: LOOK_EVERY,
            stop: self,
        }
    }
}

/// A pass looks at the flag once in so many items, a few tenths of a millisecond.
const LOOK_EVERY: u32 = 1 << 16;

/// A pass that ends early where the end was asked for.
#[derive(Debug)]
pub struct Watched<'a, I> {
    pass: I,
    n_left: u32,
    stop: &'a StopToken,
}

impl<I: Iterator> Iterator for Watched<'_, I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.n_left -= 1;
        if self.n_left == 0 {
            if self.stop.is_stopped() {
                self.n_left = 1;
                return None;
            }
            self.n_left = LOOK_EVERY;
        }
        self.pass.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.pass.size_hint();
        (least.min(LOOK_EVERY as usize - 1), most)
    }
}

/// Large values that nobody waits for: where the end was asked for, a thread of its own gives their
/// memory back, because gigabytes take a while.
#[derive(Debug)]
pub struct Large<T: Default + Send + 'static> {
    value: T,
    stop: StopToken,
    is_apart: bool,
}

impl<T: Default + Send + 'static> Large<T> {
    /// Holds a value.
    pub fn new(value: T, stop: &StopToken) -> Self {
        Self {
            value,
            stop: stop.clone(),
            is_apart: false,
        }
    }

    /// Gives the memory back by a thread of its own although nobody asked for the end: whoever does
    /// so meanwhile need not wait.
    pub fn give_back(mut self) {
        self.is_apart = true;
    }

    /// The value, which its new owner drops.
    pub fn into_inner(mut self) -> T {
        // What is left here is nothing that a thread is worth.
        self.stop = StopToken::new();
        mem::take(&mut self.value)
    }
}

impl<T: Default + Send + 'static> Deref for Large<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Default + Send + 'static> DerefMut for Large<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Default + Send + 'static> Drop for Large<T> {
    fn drop(&mut self) {
        if self.is_apart || self.stop.is_stopped() {
            let value = mem::take(&mut self.value);
            // Without a thread the closure, and the value in it, is dropped here.
            let builder = thread::Builder::new().name("free".to_owned());
            builder.spawn(move || drop(value)).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread::ThreadId};

    use super::*;

    #[test]
    fn a_watched_pass_is_whole_until_the_end_is_asked_for() {
        let stop = StopToken::new();
        assert_eq!(stop.watch(0..1_000_000).count(), 1_000_000);
        let mut pass = stop.watch(0..1_000_000);
        assert_eq!(pass.next(), Some(0));
        stop.stop();
        let n_more = pass.by_ref().count();
        assert!(n_more < LOOK_EVERY as usize, "{n_more}");
        assert_eq!(pass.next(), None, "it stays ended");
    }

    /// Tells which thread drops it.
    #[derive(Debug, Default)]
    struct Telling(Option<mpsc::SyncSender<ThreadId>>);

    impl Drop for Telling {
        fn drop(&mut self) {
            if let Some(to) = &self.0 {
                to.send(thread::current().id()).expect("the test listens");
            }
        }
    }

    #[test]
    fn the_memory_of_a_stopped_job_is_given_back_by_another_thread() {
        let (to, from) = mpsc::sync_channel(2);
        let stop = StopToken::new();
        let own = thread::current().id();
        drop(Large::new(Telling(Some(to.clone())), &stop));
        assert_eq!(from.recv().expect("dropped"), own);
        Large::new(Telling(Some(to.clone())), &stop).give_back();
        assert_ne!(from.recv().expect("dropped"), own);
        stop.stop();
        drop(Large::new(Telling(Some(to)), &stop));
        assert_ne!(from.recv().expect("dropped"), own);
    }
}
