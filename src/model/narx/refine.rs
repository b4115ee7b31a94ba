//! Output-error refinement: a few Levenberg steps on the free-run error of the training folds.
//!
//! As in the linear family, but the slope of a product is that of each of its factors in turn.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use nalgebra::{DMatrix, DVector};

use super::{
    equation::{NarxEquation, Polynomial},
    limits::Limits,
    run::Compiled,
};
use crate::model::{
    dynamics::{Work, on_widest},
    linear::{EpisodeSeries, Term, WINDOW, Window, training_windows},
    prepared::Block,
};

/// Most products of two slopes for one member.
pub(super) const MAX_WORK: usize = 4_000_000;
/// How strongly coefficients are tied to where they came from, relative to what the run feels.
const TIE: f64 = 1e-4;
/// Levenberg steps.
const N_STEPS: usize = 10;

/// The recordings as the refinement sees them.
pub(super) struct Material<'a> {
    /// Columns, clipped.
    pub(super) series: &'a [EpisodeSeries],
    /// The folds.
    pub(super) folds: &'a [Vec<Block>],
    /// The range of each channel.
    pub(super) limits: &'a [Limits],
}

/// Sum of squared errors and the normal equations around the present coefficients.
pub(super) struct Slopes {
    pub(super) cost: f64,
    pub(super) left: DMatrix<f64>,
    pub(super) right: DVector<f64>,
}

/// Refines every member on the folds it may see.
pub(super) fn refine(material: &Material<'_>, equation: &NarxEquation) -> NarxEquation {
    let mut refined = equation.clone();
    let output = equation.output;
    for (member, polynomial) in refined.members.iter_mut().enumerate() {
        let windows = windows_of(material, &polynomial.products, (output, member));
        let windows = thinned(&windows, polynomial.coef.len(), MAX_WORK);
        refine_member(polynomial, &windows, (output, &material.limits[output]));
    }
    refined
}

/// Free runs that cover the folds a member may see.
pub(super) fn windows_of<'a>(
    material: &Material<'a>,
    products: &[Vec<Term>],
    place: (usize, usize),
) -> Vec<Window<'a>> {
    let lags = products.iter().flatten().map(|term| term.lag);
    training_windows(
        material.series,
        material.folds,
        place,
        lags.max().unwrap_or(0),
    )
}

/// Every so many windows that the products of `n` slopes with each other cost no more than `work`.
pub(super) fn thinned<'a>(windows: &[Window<'a>], n: usize, work: usize) -> Vec<Window<'a>> {
    let allowed = (work / (n * n) / WINDOW).max(1);
    let every = windows.len().div_ceil(allowed).max(1);
    windows.iter().step_by(every).cloned().collect()
}

/// Levenberg steps on one member.
pub(super) fn refine_member(
    polynomial: &mut Polynomial,
    windows: &[Window<'_>],
    target: (usize, &Limits),
) {
    let compiled = Compiled::new(&polynomial.products);
    let n = polynomial.coef.len();
    let first = polynomial.coef.clone();
    let Some(mut now) = linearize(&compiled, &first, windows, target) else {
        return;
    };
    // Directions that the free run hardly feels stay where least squares has put them: each is
    // tied in its own unit.
    let tie: Vec<f64> = (0..n).map(|at| TIE * now.left[(at, at)]).collect();
    for (at, tie) in tie.iter().enumerate() {
        now.left[(at, at)] += tie;
    }
    let mut damping = 1e-3;
    for _step in 0..N_STEPS {
        let mut damped = now.left.clone();
        for at in 0..n {
            damped[(at, at)] += damping * now.left[(at, at)].max(1e-9) + 1e-9;
        }
        let Some(cholesky) = damped.cholesky() else {
            return;
        };
        let change = cholesky.solve(&now.right);
        let moved = polynomial.coef.iter().zip(change.iter());
        let tried: Vec<f64> = moved.map(|(weight, step)| weight + step).collect();
        let better = linearize(&compiled, &tried, windows, target)
            .map(|mut new| {
                for at in 0..n {
                    let moved = tried[at] - first[at];
                    new.cost += tie[at] * moved * moved;
                    new.left[(at, at)] += tie[at];
                    new.right[at] -= tie[at] * moved;
                }
                new
            })
            .filter(|new| new.cost < now.cost);
        let Some(better) = better else {
            damping *= 10.0;
            continue;
        };
        polynomial.coef = tried;
        let gained = (now.cost - better.cost) / now.cost.max(1e-12);
        now = better;
        damping *= 0.3;
        if gained < 1e-4 {
            return;
        }
    }
}

/// The slope of the run to a coefficient obeys the run's own equation, linearised around the run;
/// `None` where a run leaves the limits.
pub(super) fn linearize(
    compiled: &Compiled,
    coef: &[f64],
    windows: &[Window<'_>],
    (output, limits): (usize, &Limits),
) -> Option<Slopes> {
    let n = coef.len();
    let mut out = Slopes {
        cost: 0.0,
        left: DMatrix::zeros(n, n),
        right: DVector::zeros(n),
    };
    let pulled = pulls_of(compiled, output);
    for window in windows {
        let length = window.end - window.start;
        let mut slopes = vec![0.0; length * n];
        let mut errors = DVector::zeros(length);
        let stays = on_widest(Trace {
            compiled,
            coef,
            window,
            pulled: &pulled,
            target: (output, limits),
            slopes: &mut slopes,
            errors: errors.as_mut_slice(),
        });
        if !stays {
            return None;
        }
        let mut scored = DMatrix::from_column_slice(n, length, &slopes);
        for step in 0..length {
            if errors[step].is_nan() {
                scored.column_mut(step).fill(0.0);
                errors[step] = 0.0;
            }
        }
        out.cost += errors.norm_squared();
        out.left.gemm(1.0, &scored, &scored.transpose(), 1.0);
        out.right.gemv(1.0, &scored, &errors, 1.0);
    }
    out.cost.is_finite().then_some(out)
}

/// One window's free run: writes its slopes, `[T, coefficients]`, and its errors, NaN where nothing is
/// known; says whether it stays within the limits.
struct Trace<'a> {
    compiled: &'a Compiled,
    coef: &'a [f64],
    window: &'a Window<'a>,
    pulled: &'a [[usize; 4]],
    target: (usize, &'a Limits),
    slopes: &'a mut [f64],
    errors: &'a mut [f64],
}

impl Work for Trace<'_> {
    type Out = bool;

    #[inline(always)]
    fn run<const R: usize>(self) -> bool {
        let Self {
            compiled,
            coef,
            window,
            pulled,
            target: (output, limits),
            slopes,
            errors,
        } = self;
        let n = coef.len();
        let n_factors = compiled.factors.len();
        let mut values = vec![1.0; n_factors + 1];
        let mut pulls = vec![0.0; n_factors];
        let mut run = vec![0.0; errors.len()];
        for step in 0..errors.len() {
            let now = window.start + step;
            for (value, term) in values.iter_mut().zip(&compiled.factors) {
                *value = if term.source == output && term.lag <= step {
                    run[step - term.lag]
                } else {
                    window.columns[term.source][now - term.lag]
                };
            }
            let (before, rest) = slopes.split_at_mut(step * n);
            let own = &mut rest[..n];
            run[step] = evaluate(compiled, coef, &values, own);
            pulls.fill(0.0);
            for &[place, product, x, y] in pulled {
                pulls[place] += coef[product] * values[x] * values[y];
            }
            // At an end that it cannot pass, a run stays whatever the coefficients are.
            let end = limits.passed(run[step]);
            if let Some(end) = end {
                run[step] = end;
                own.fill(0.0);
                pulls.fill(0.0);
            }
            if limits.is_away(run[step]) {
                return false;
            }
            for (term, pull) in compiled.factors.iter().zip(&pulls) {
                if term.source == output && term.lag <= step {
                    let from = &before[(step - term.lag) * n..][..n];
                    for (slope, past) in own.iter_mut().zip(from) {
                        *slope += pull * past;
                    }
                }
            }
            // Unknown steps shape the run but are not scored; their slopes stay for the run.
            errors[step] = if window.known[now] {
                window.columns[output][now] - run[step]
            } else {
                f64::NAN
            };
        }
        true
    }
}

/// Where a factor's own past pulls: the factor, the product and its other two factors.
///
/// What nothing was learned of needs no slope: the constant 1 and what other channels do.
fn pulls_of(compiled: &Compiled, output: usize) -> Vec<[usize; 4]> {
    let is_own = |place: usize| {
        let factor = compiled.factors.get(place);
        factor.is_some_and(|term| term.source == output)
    };
    let products = compiled.products.iter().enumerate();
    let all = products.flat_map(|(at, &[a, b, c])| [[a, at, b, c], [b, at, a, c], [c, at, a, b]]);
    all.filter(|[place, ..]| is_own(*place)).collect()
}

/// The polynomial's value; writes each product's value.
#[inline(always)]
fn evaluate(compiled: &Compiled, coef: &[f64], values: &[f64], products: &mut [f64]) -> f64 {
    let n_products = compiled.products.len();
    let mut sum = coef[n_products];
    products[n_products] = 1.0;
    let products = products.iter_mut().zip(coef);
    for (&[a, b, c], (product, weight)) in compiled.products.iter().zip(products) {
        *product = values[a] * values[b] * values[c];
        sum += weight * *product;
    }
    sum
}
