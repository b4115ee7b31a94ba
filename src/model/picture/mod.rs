//! The camera's picture as the model's predicted state lets expect it.
//!
//! An additive decoder says the picture's components from curves over the state and from what the
//! newest pictures showed. A small convolutional net, where that is asked for, corrects what no sum
//! of curves can say.
//!
//! Invariants: a decoder that is no better on left-out folds than the mean picture or the last one
//! is not kept; a net that is no better there than the additive decoder is not kept and says so;
//! the same seed gives the same bits for any number of threads.

mod canvas;
mod decoder;
mod fit;
mod painter;

pub(crate) use decoder::Decoder;
pub use decoder::Picture;
pub(crate) use fit::Lesson;
pub(crate) use painter::Painter;
