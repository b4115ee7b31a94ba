//! What pictures, sound and checklists tell beyond the sensors.
//!
//! In: records as features, and the left-out errors of what answers from sensors alone. Out: how
//! far each output's answer is moved, and bands that fit the moved answer.
//!
//! Invariants: where no record is known the answer is exactly that of the sensors; a modality that
//! does not lower the left-out score is switched off; each member learns from all folds but its own.

mod choice;
mod correction;
mod ground;
mod memory;
mod reader;

pub(crate) use choice::{Answering, Field, Moved, Senses, Sighted};
pub(crate) use correction::Correction;
pub(crate) use memory::Memory;
pub(crate) use reader::{Reader, Reading, Record};
