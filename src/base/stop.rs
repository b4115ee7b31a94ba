//! A flag that asks a job to end early.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
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
}
