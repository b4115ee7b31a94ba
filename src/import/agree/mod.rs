//! Asks whether the other sensors bear a sensor out: what one alone shows is a fault of its own.

mod late;
mod moves;
mod suspects;

pub(super) use suspects::{Sign, Suspect, suspects};
