//! Output-error refinement: a few Levenberg steps on the free-run error of the training folds.
//!
//! Least squares on single steps is biased by measurement noise; the error of the free run is
//! what the user meets. See Ljung, System Identification, 2nd edition, section 10.3.

use nalgebra::{DMatrix, DVector};

use super::{
    equation::{Equation, FAR},
    fit::Ground,
    levenberg::{Normal, descend},
    series::{Window, training_windows},
};

/// Longer equations are left as they are: too many sensitivities.
pub(super) const MAX_TERMS: usize = 48;
/// Most rows that are looked at for one member.
const MAX_ROWS: usize = 3_000;
/// Most steps that are run for one member.
const MOST_RUN: usize = 30_000;
/// Most products of two sensitivities for one member.
const MAX_WORK: usize = 1_500_000;

/// Refines the best equation; keeps the result where the left-out error falls.
pub(super) fn refine(ground: &Ground<'_>, best: &mut (Equation, f64)) {
    let equation = &best.0;
    let rails = &ground.prepared.rails;
    let has_past = equation.terms.iter().any(|term| term.source < rails.len());
    if !has_past || equation.terms.len() > MAX_TERMS || !best.1.is_finite() {
        return;
    }
    let mut refined = equation.clone();
    for member in 0..refined.coef.len() {
        let windows = windows_of(ground, &refined, member);
        refine_member(&mut refined, member, &windows, rails);
    }
    if !ground.all_stable(std::slice::from_mut(&mut refined)) {
        return;
    }
    let score = ground.score(std::slice::from_ref(&refined), usize::MAX)[0];
    if score < best.1 {
        *best = (refined, score);
    }
}

/// The free runs that a member is refined on, thinned to what is affordable.
pub(super) fn windows_of<'a>(
    ground: &'a Ground<'_>,
    equation: &Equation,
    member: usize,
) -> Vec<Window<'a>> {
    let lags = equation.terms.iter().map(|term| term.lag);
    let place = (equation.output, member);
    let folds = &ground.prepared.folds;
    let windows = training_windows(ground.series, folds, place, lags.max().unwrap_or(0));
    let rows: usize = windows.iter().map(|window| window.end - window.start).sum();
    let measured = windows.iter().map(|window| {
        let known = &window.known[window.start..window.end];
        known.iter().filter(|&&one| one).count()
    });
    let measured: usize = measured.sum();
    let n = equation.terms.len() + 1;
    let most = MAX_ROWS.min(MAX_WORK / (n * n)).max(1);
    // What is seldom measured costs runs, and few products.
    let every = measured.div_ceil(most).max(rows.div_ceil(MOST_RUN)).max(1);
    windows.into_iter().step_by(every).collect()
}

fn refine_member(
    equation: &mut Equation,
    member: usize,
    windows: &[Window<'_>],
    rails: &[[f32; 2]],
) {
    let mut coef = equation.coef[member].clone();
    descend(&mut coef, |tried| {
        linearize(equation, tried, windows, rails)
    });
    equation.coef[member] = coef;
}

/// Sum of squared free-run errors, and the normal equations around the present coefficients.
///
/// The sensitivity of the run to a coefficient obeys the same difference equation as the run.
pub(super) fn linearize(
    equation: &Equation,
    coef: &[f64],
    windows: &[Window<'_>],
    rails: &[[f32; 2]],
) -> Option<Normal> {
    let n = coef.len();
    let (mut cost, mut left, mut right) = (0.0, DMatrix::zeros(n, n), DVector::zeros(n));
    let feedback: Vec<(usize, f64)> = equation
        .terms
        .iter()
        .zip(coef)
        .filter(|(term, _)| term.source < rails.len())
        .map(|(term, &weight)| (term.lag, weight))
        .collect();
    let [low, high] = rails[equation.output].map(f64::from);
    for window in windows {
        let length = window.end - window.start;
        let mut run = vec![0.0; length];
        let mut slopes = vec![0.0; length * n];
        let mut errors = DVector::zeros(length);
        for step in 0..length {
            let now = window.start + step;
            let mut regressors = vec![1.0; n];
            for (value, term) in regressors.iter_mut().zip(&equation.terms) {
                *value = if term.source < rails.len() && term.lag <= step {
                    run[step - term.lag]
                } else {
                    window.columns[term.source][now - term.lag]
                };
            }
            run[step] = regressors.iter().zip(coef).map(|(a, b)| a * b).sum();
            if !run[step].is_finite() || run[step].abs() > FAR {
                return None;
            }
            if run[step] > high || run[step] < low {
                // At an end that it cannot pass, a run stays whatever the coefficients are.
                run[step] = run[step].clamp(low, high);
                regressors.fill(0.0);
            } else {
                for &(lag, weight) in feedback.iter().filter(|(lag, _)| *lag <= step) {
                    let from = (step - lag) * n;
                    for at in 0..n {
                        regressors[at] += weight * slopes[from + at];
                    }
                }
            }
            slopes[step * n..(step + 1) * n].copy_from_slice(&regressors);
            if window.known[now] {
                errors[step] = window.columns[equation.output][now] - run[step];
                cost += errors[step] * errors[step];
            } else {
                // Unknown steps shape the run but are not scored; their slopes stay for the run.
                errors[step] = f64::NAN;
            }
        }
        let known: Vec<usize> = (0..length).filter(|&step| !errors[step].is_nan()).collect();
        let scored = DMatrix::from_column_slice(n, length, &slopes).select_columns(&known);
        let errors = errors.select_rows(&known);
        left.gemm(1.0, &scored, &scored.transpose(), 1.0);
        right.gemv(1.0, &scored, &errors, 1.0);
    }
    cost.is_finite().then_some(Normal { cost, left, right })
}
