//! Inputs that are made of the dataset's: what a belt carries, and how near a switch is to a position.

mod input;
mod levels;
mod trial;

pub(crate) use input::Derived;
pub(crate) use levels::Level;
pub(crate) use trial::{pays, with_derived};

use levels::find_levels;
