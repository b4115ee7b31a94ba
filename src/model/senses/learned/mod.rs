//! Encoders of pictures, sound and checklists that are learned instead of fixed.
//!
//! A small convolutional net turns a record into a few numbers. It learns to foretell what the
//! sensors' model gets wrong (always), to restore what is masked (pretraining) and to know the
//! sensors of its own time among those of others (`InfoNCE`). Attention puts modalities together.
//!
//! What comes out is what is foretold, error by error, so that nets which learned apart say the
//! same things and their numbers may stand side by side.
//!
//! Invariants: the numbers of a fold come from an encoder that saw nothing of that fold's sensors,
//! nor of what is near it; the same seed gives the same bits for any number of threads; a stop is
//! obeyed within one step.

mod attend;
mod attention;
mod encoder;
mod net;
mod objective;
mod params;
mod pretrain;
mod raw;
mod read;
mod school;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use attend::{Attend, Voices, state_of};
pub(crate) use attention::Shape;
pub(crate) use encoder::Encoder;
pub(crate) use net::Dims;
pub(crate) use params::{Array, Batches, Params};
pub(crate) use raw::Scale;
pub use read::learned_tracks;
pub(crate) use school::Lesson;
pub(crate) use target::Targets;
