//! The built-in plant: a filling line with known physics, so that every what-if has a known answer.
//!
//! Invariants: a run is a pure function of its spec; disturbances and noise are indexed by step,
//! so a re-run under other controls meets the same ones; the logged controls are exactly what the
//! plant obeyed. Faults of sensors touch the log only, as a broken historian would: operators
//! read the instruments on the line.

mod camera;
mod checklist;
mod dataset;
mod disturbance;
mod error;
mod fault;
mod microphone;
mod operators;
mod plant;
mod run;
mod signals;
mod spec;
#[cfg(test)]
mod tests;
mod truth;
mod write;

pub use dataset::plant_dataset;
pub use error::SynthError;
pub use spec::{Excitation, SynthSpec};
pub use truth::{TrueDelta, true_deltas};
pub use write::write_plant;
