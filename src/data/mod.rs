//! What the program knows about a line: plain values on one time grid.
//!
//! Time convention: control *t* is held over the interval that ends at step *t*; observation *t*
//! is taken at its end. The latent after step *t* follows from the latent after *t − 1* and
//! control *t*; observation *t* may then correct it.
//!
//! ```text
//!        control t          control t+1
//!   |------------------|------------------|
//! obs t−1            obs t             obs t+1
//! ```
//!
//! Invariants: no I/O, no clock, no unseeded random number; a missing value is NaN and nothing
//! else; every episode has one column a channel, all of one length.

mod channel;
mod control_plan;
mod dataset;
mod error;
mod media;
mod pyramid;
mod trajectory;

pub use channel::{Channel, ChannelKind, Grade, Limits, Role};
pub use control_plan::ControlPlan;
pub use dataset::{Dataset, Episode, GAP_STEPS, Span, Split};
pub use error::DataError;
pub use media::{Answer, AnswerValue, Clip, FeatureItem, FeatureTrack, Frame, Media, Modality};
pub use pyramid::Pyramid;
pub use trajectory::{Band, Trajectory};
