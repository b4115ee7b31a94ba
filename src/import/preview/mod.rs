//! Looks at files without importing them: how they would be read and why, and the lines around a
//! place.

mod beginning;
mod excerpt;
mod why;

pub use beginning::{Preview, PreviewFact, PreviewZone, preview};
pub use excerpt::{Excerpt, excerpt};
