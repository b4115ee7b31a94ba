//! What a seldom measured output did between its measurements, as the linear family tells it.
//!
//! A straight line knows nothing of what the inputs did there. The linear family's run does, and what it
//! misses at the next measurement is shared out over the steps between. The polynomial family, which
//! needs each step's past, learns from these values; nothing is scored by them.

use super::{
    equation::{Equation, FAR, LinearModel},
    series::{EpisodeSeries, is_sparse},
};
use crate::model::prepared::Prepared;

/// Puts the linear family's values between the measurements of every seldom measured output.
///
/// The values in a fold come from the member that did not learn from it.
pub(crate) fn tell_between(
    series: &mut [EpisodeSeries],
    prepared: &Prepared,
    linear: &LinearModel,
) {
    for equation in &linear.own {
        let output = equation.output;
        if equation.terms.is_empty() || !is_sparse(series, &prepared.folds, output) {
            continue;
        }
        for (episode, one) in series.iter_mut().enumerate() {
            let mut member_of = vec![0; one.reach.len()];
            for (fold, blocks) in prepared.folds.iter().enumerate() {
                for block in blocks.iter().filter(|block| block.episode == episode) {
                    member_of[block.start..block.end].fill(fold);
                }
            }
            if let Some((column, told)) = between(equation, one, &member_of, prepared.n_obs) {
                one.columns[output] = column;
                one.told[output] = told;
            }
        }
    }
}

/// A column and where it is told; `None` where the run goes away.
fn between(
    equation: &Equation,
    one: &EpisodeSeries,
    member_of: &[usize],
    n_obs: usize,
) -> Option<(Vec<f64>, Vec<bool>)> {
    let mut column = one.columns[equation.output].clone();
    let known = &one.known[equation.output];
    let mut told = known.clone();
    let mut last: Option<usize> = None;
    for (step, &member) in member_of.iter().enumerate() {
        let Some(before) = last else {
            last = known[step].then_some(step);
            continue;
        };
        let coef = &equation.coef[member];
        let mut value = coef[equation.terms.len()];
        for (term, weight) in equation.terms.iter().zip(coef) {
            let from = step.saturating_sub(term.lag);
            let source = if term.source < n_obs {
                &column
            } else {
                &one.columns[term.source]
            };
            value += weight * source[from];
        }
        if !value.is_finite() || value.abs() >= FAR {
            return None;
        }
        if !known[step] {
            column[step] = value;
            continue;
        }
        let (missed, length) = (column[step] - value, (step - before) as f64);
        for at in before + 1..step {
            column[at] += missed * (at - before) as f64 / length;
            told[at] = true;
        }
        last = Some(step);
    }
    Some((column, told))
}
