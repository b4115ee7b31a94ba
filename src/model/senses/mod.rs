//! What pictures, sound and checklists tell beyond the sensors.
//!
//! Records become a few numbers, the numbers that foretell the sensors' errors become channels, and
//! a second model learns with them. It answers the outputs that it answers better on left-out folds.
//!
//! Invariants: where no record is known the answer is exactly that of the sensors; a modality that
//! does not lower the left-out score is switched off; no record after a start is looked at; what was
//! heard answers no longer than it stays true, unless longer left-out runs say so.

mod choose;
mod ears;
mod ground;
mod learned;
mod listen;
mod memory;
mod pick;
mod reader;
mod sighted;

pub(crate) use choose::{Answering, Desk, Score, Scores, Train, Trial};
pub use learned::learned_tracks;
pub(crate) use learned::{Array, Attend, Batches, Dims, Encoder, Params, Scale, Shape};
pub(crate) use listen::View;
pub(crate) use memory::Memory;
pub(crate) use reader::{Reader, Reading, Record};
pub(crate) use sighted::{Fused, Senses, Sighted};
