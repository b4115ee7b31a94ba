//! The polynomial family: sparse products of past outputs and inputs, linear in their coefficients.
//!
//! Terms come from orthogonal forward regression (Billings 2013, chapter 3) on each member's own
//! folds, on single steps and on free runs; dead time and depth start from the linear equation.
//! Lags, degree and the number of terms are chosen by free runs on left-out folds. A candidate with
//! a member whose run leaves the range met, on any start, also under another start's inputs, or that
//! does not forget its past as the linear equation does, is refused; an output without any candidate
//! keeps its linear equation, and where that is so for all outputs the family stays out of the race.
//! Outputs that follow each other are found beside each other and run together (docs/decisions/0029).
//!
//! Outside of the range met a polynomial explodes. So it sees values clipped softly to the range
//! plus a margin of a quarter of its width, hands over to the linear equation as they leave that
//! margin, and every run is held softly within four widths of the range: no rollout can diverge,
//! but far outside the answer is the linear one, and at last none at all.

mod candidates;
mod desk;
mod equation;
mod firm;
mod fit;
mod forward;
mod group;
mod grow;
mod limits;
mod loops;
mod refine;
mod run;
mod spread;
#[cfg(test)]
mod tests;

pub(crate) use equation::{NarxEquation, NarxModel, Polynomial};
pub(crate) use fit::fit_narx;
pub(crate) use limits::Limits;
