//! What answers an output: the families that know its inputs, each with a share.
//!
//! The mean of families errs less than the best of them where their errors differ (Bates and
//! Granger 1969). Members stand apart by what their families disagree about, so that band, draws
//! and the paired difference of two scenarios carry it; A against A is still exactly zero.

mod means;
mod mix;
mod place;
mod shares;
#[cfg(test)]
mod tests;

pub(crate) use mix::{Blend, Weights};
pub(crate) use shares::{FAMILIES, N, PLACES, Shares};
