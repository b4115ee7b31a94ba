//! How surprising is what was measured, and which channel is to blame?
//!
//! Each output is watched through several streams: its level once the inputs' part is taken away,
//! what the other channels say about it, what its own recent past says about it, how restless it
//! is, and how far the world model's short forecasts missed it. Each stream is judged against how
//! it wandered in the normal blocks (train and val): slow drift is allowed as much as was seen
//! there, so that a warming plant does not alarm, and the level that counts as normal follows
//! only what is not surprising.
//!
//! Invariants: nothing but train and val blocks sets a limit; a step's score reads nothing after
//! that step; every residual on a normal block comes from a fit that left the block out; a missing
//! value never raises a score; no score is NaN; the same data give the same bytes.

mod drift;
mod expect;
mod limit;
mod measure;
mod streams;
mod table;
mod watch;

pub use measure::{Innovations, Surprise, SurpriseTrace, measure_surprise};
