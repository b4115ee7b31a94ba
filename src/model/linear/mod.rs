//! The linear family: difference equations with bias and dead time, in double precision.
//!
//! Orders, dead times and ridge are chosen by free runs on left-out folds. One member a fold.

mod between;
mod dead_time;
mod equation;
mod fit;
mod gram;
mod joint;
mod levenberg;
mod refine;
mod series;
mod sparse;
mod stability;
mod together;

pub(crate) use between::tell_between;
pub(crate) use equation::{Equation, LinearModel, Term};
pub(crate) use fit::fit_linear;
pub(crate) use series::{EpisodeSeries, WINDOW, Window, count_known, to_series, training_windows};
