//! Output-error refinement of equations that look at each other: all outputs run together.
//!
//! As in `refine`, but a coefficient of one equation moves the runs of all. Least squares on single
//! steps takes noise in one output for what moves another; the runs tell them apart. See Ljung,
//! System Identification, 2nd edition, section 10.3.

use nalgebra::{DMatrix, DVector};

use super::{
    equation::{Equation, FAR},
    fit::Ground,
    joint::ScoredSet,
    levenberg::{Normal, descend},
    series::{EpisodeSeries, Window, windows_by},
};
use crate::base::parallel_map;

/// More coefficients than these are left as they are: too many sensitivities.
const MAX_COEF: usize = 200;
/// Most products of two sensitivities for one member.
const MAX_WORK: usize = 120_000_000;
/// Most rows that are looked at for one member.
const MAX_ROWS: usize = 3_000;

/// Refines a set of equations; keeps the result where the left-out error falls.
pub(super) fn refine_together(ground: &Ground<'_>, set: &mut ScoredSet) {
    let n: usize = set.0.iter().map(|one| one.terms.len() + 1).sum();
    if n > MAX_COEF || set.1.iter().any(|score| !score.is_finite()) {
        return;
    }
    let marks: Vec<Vec<bool>> = ground.series.iter().map(all_known).collect();
    let rails = &ground.prepared.rails;
    let members = 0..ground.prepared.folds.len();
    let refined = parallel_map(members.collect(), |member: usize| {
        let runs = Runs {
            equations: &set.0,
            series: ground.series,
            windows: windows_of(ground, &set.0, &marks, member),
            rails,
        };
        let coef = set.0.iter().flat_map(|one| one.coef[member].clone());
        let mut coef: Vec<f64> = coef.collect();
        runs.refine(&mut coef);
        coef
    });
    let mut equations = set.0.clone();
    for (member, coef) in refined.iter().enumerate() {
        let mut rest = coef.as_slice();
        for equation in &mut equations {
            let (own, others) = rest.split_at(equation.terms.len() + 1);
            equation.coef[member] = own.to_vec();
            rest = others;
        }
    }
    if !ground.all_stable(&mut equations) {
        return;
    }
    let scores = ground.score(&equations, usize::MAX);
    if scores.iter().sum::<f64>() < set.1.iter().sum::<f64>() {
        *set = (equations, scores);
    }
}

/// Where every output was measured.
fn all_known(one: &EpisodeSeries) -> Vec<bool> {
    (0..one.reach.len())
        .map(|step| one.known.iter().all(|known| known[step]))
        .collect()
}

/// The free runs that a member is refined on, thinned to what is affordable.
fn windows_of<'a>(
    ground: &'a Ground<'_>,
    equations: &[Equation],
    marks: &'a [Vec<bool>],
    member: usize,
) -> Vec<Window<'a>> {
    let terms = equations.iter().flat_map(|one| &one.terms);
    let deepest = terms.map(|term| term.lag).max().unwrap_or(0);
    let windows = windows_by(
        ground.series,
        &ground.prepared.folds,
        (member, deepest),
        |episode| &marks[episode],
    );
    let n: usize = equations.iter().map(|one| one.terms.len() + 1).sum();
    let most = (MAX_WORK / (n * n * equations.len())).clamp(1, MAX_ROWS);
    let rows: usize = windows.iter().map(|window| window.end - window.start).sum();
    windows
        .into_iter()
        .step_by(rows.div_ceil(most).max(1))
        .collect()
}

/// The free runs of one member.
struct Runs<'a> {
    equations: &'a [Equation],
    series: &'a [EpisodeSeries],
    windows: Vec<Window<'a>>,
    rails: &'a [[f32; 2]],
}

impl Runs<'_> {
    fn refine(&self, coef: &mut [f64]) {
        let even = vec![1.0; self.equations.len()];
        let Some((_, costs)) = self.linearize(coef, &even) else {
            return;
        };
        // An output that errs less tells more: each counts by how exactly it is told.
        let weights: Vec<f64> = costs.iter().map(|cost| 1.0 / cost.max(1e-12)).collect();
        descend(coef, |tried| Some(self.linearize(tried, &weights)?.0));
    }

    /// Normal equations with each output's weight, and what each output errs; `None` where a run goes away.
    fn linearize(&self, coef: &[f64], weights: &[f64]) -> Option<(Normal, Vec<f64>)> {
        let n = coef.len();
        let (mut left, mut right) = (DMatrix::zeros(n, n), DVector::zeros(n));
        let mut costs = vec![0.0; weights.len()];
        for window in &self.windows {
            let (slopes, errors) = self.run(coef, window)?;
            let known: Vec<usize> = (0..errors.len())
                .filter(|&at| !errors[at].is_nan())
                .collect();
            let mut scored = DMatrix::from_vec(n, errors.len(), slopes).select_columns(&known);
            let mut errors = DVector::from_vec(errors).select_rows(&known);
            for (column, &at) in known.iter().enumerate() {
                let output = at % weights.len();
                costs[output] += errors[column] * errors[column];
                let root = weights[output].sqrt();
                scored.column_mut(column).scale_mut(root);
                errors[column] *= root;
            }
            left.gemm(1.0, &scored, &scored.transpose(), 1.0);
            right.gemv(1.0, &scored, &errors, 1.0);
        }
        let cost: f64 = costs.iter().zip(weights).map(|(a, b)| a * b).sum();
        cost.is_finite()
            .then_some((Normal { cost, left, right }, costs))
    }

    /// Slopes `[T, O, N]` and errors `[T, O]` of one free run; an error is NaN where nothing was measured.
    fn run(&self, coef: &[f64], window: &Window<'_>) -> Option<(Vec<f64>, Vec<f64>)> {
        let (n, n_obs) = (coef.len(), self.equations.len());
        let length = window.end - window.start;
        let known = &self.series[window.episode].known;
        let mut run = vec![0.0; length * n_obs];
        let mut slopes = vec![0.0; length * n_obs * n];
        let mut errors = vec![f64::NAN; length * n_obs];
        for step in 0..length {
            let now = window.start + step;
            let (past, rest) = slopes.split_at_mut(step * n_obs * n);
            let mut first = 0;
            for (output, equation) in self.equations.iter().enumerate() {
                let own = &coef[first..=first + equation.terms.len()];
                let slope = &mut rest[output * n..(output + 1) * n];
                let mut value = own[equation.terms.len()];
                slope[first + equation.terms.len()] = 1.0;
                for (at, (term, &weight)) in equation.terms.iter().zip(own).enumerate() {
                    let is_run = term.source < n_obs && term.lag <= step;
                    let regressor = if is_run {
                        run[(step - term.lag) * n_obs + term.source]
                    } else {
                        window.columns[term.source][now - term.lag]
                    };
                    value += weight * regressor;
                    slope[first + at] += regressor;
                    if is_run {
                        let from = ((step - term.lag) * n_obs + term.source) * n;
                        add(slope, weight, &past[from..from + n]);
                    }
                }
                if !value.is_finite() || value.abs() > FAR {
                    return None;
                }
                let [low, high] = self.rails[output].map(f64::from);
                if value > high || value < low {
                    // At an end that it cannot pass, a run stays whatever the coefficients are.
                    value = value.clamp(low, high);
                    slope.fill(0.0);
                }
                run[step * n_obs + output] = value;
                if known[output][now] {
                    errors[step * n_obs + output] = window.columns[output][now] - value;
                }
                first += equation.terms.len() + 1;
            }
        }
        Some((slopes, errors))
    }
}

/// Adds a multiple.
fn add(slope: &mut [f64], weight: f64, before: &[f64]) {
    for (slope, before) in slope.iter_mut().zip(before) {
        *slope += weight * before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Stream},
        model::{linear::Term, rails::FREE},
    };

    /// Each of two outputs feels the other, and one of them an input: coefficients, then the bias.
    const TRUTH: [f64; 8] = [0.9, -0.1, 0.2, 0.0, 0.15, 0.8, 0.0, 0.1];
    const N_STEPS: usize = 200;

    /// A recording with noise in what is read.
    fn recording(noise: f64) -> EpisodeSeries {
        let draws = Stream::new(3, Purpose::Test, &[]);
        let (mut first, mut second) = (0.0, 0.0);
        let mut columns = vec![Vec::new(); 3];
        for step in 0..N_STEPS as u64 {
            let input = draws.normal_at(step / 12);
            let read = |value: f64, id: u64| value + noise * draws.normal_at(1_000 * id + step);
            columns[0].push(read(first, 1));
            columns[1].push(read(second, 2));
            columns[2].push(input);
            let [a, b, c, _, d, e, _, bias] = TRUTH;
            (first, second) = (
                a * first + b * second + c * input,
                d * first + e * second + bias,
            );
        }
        // What moved a step was there one row before.
        columns[2].rotate_right(1);
        let mut known = vec![vec![true; N_STEPS]; 2];
        known[1][50] = false;
        EpisodeSeries {
            columns,
            told: known.clone(),
            known,
            reach: (0..N_STEPS).collect(),
        }
    }

    fn equations() -> Vec<Equation> {
        let terms = [(0, 1), (1, 1), (2, 0)].map(|(source, lag)| Term { source, lag });
        let one = |output: usize| Equation {
            output,
            terms: terms.to_vec(),
            coef: Vec::new(),
            gain: 1.0,
        };
        vec![one(0), one(1)]
    }

    fn runs<'a>(
        equations: &'a [Equation],
        series: &'a [EpisodeSeries],
        rails: &'a [[f32; 2]],
    ) -> Runs<'a> {
        let windows = [(1, 100), (100, N_STEPS)].map(|(start, end)| Window {
            columns: &series[0].columns,
            known: &series[0].known[0],
            episode: 0,
            start,
            end,
        });
        Runs {
            equations,
            series,
            windows: windows.to_vec(),
            rails,
        }
    }

    #[test]
    fn the_slopes_are_those_of_finite_differences() {
        let (equations, series) = (equations(), [recording(0.1)]);
        let rails = [FREE, [-0.4, 0.9]];
        let runs = runs(&equations, &series, &rails);
        let at = TRUTH.map(|value| value + 0.03);
        let weights = [1.0, 2.5];
        let cost = |coef: &[f64]| runs.linearize(coef, &weights).unwrap().0.cost;
        let (normal, costs) = runs.linearize(&at, &weights).unwrap();
        assert!((normal.cost - costs[0] - 2.5 * costs[1]).abs() < 1e-9 * normal.cost);
        for position in 0..at.len() {
            let moved = |by: f64| {
                let mut coef = at;
                coef[position] += by;
                cost(&coef)
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            let told = -2.0 * normal.right[position];
            let unit = 1e-4 * (1.0 + slope.abs());
            assert!((slope - told).abs() < unit, "{position}: {slope}, {told}");
        }
    }

    #[test]
    fn what_noise_has_pulled_away_comes_back() {
        let (equations, series) = (equations(), [recording(0.3)]);
        let rails = [FREE; 2];
        let runs = runs(&equations, &series, &rails);
        // Single steps take noise for something that moves the next value, so that least squares
        // makes the outputs' past smaller than it is.
        let least_squares: Vec<f64> = [0, 1]
            .into_iter()
            .flat_map(|output| {
                let rows = (1..N_STEPS).map(|step| {
                    let of = &series[0].columns;
                    [of[0][step - 1], of[1][step - 1], of[2][step], 1.0]
                });
                let rows: Vec<f64> = rows.flatten().collect();
                let rows = DMatrix::from_row_slice(N_STEPS - 1, 4, &rows);
                let target = DVector::from_row_slice(&series[0].columns[output][1..]);
                let solved = rows.svd(true, true).solve(&target, 1e-12).unwrap();
                solved.iter().copied().collect::<Vec<f64>>()
            })
            .collect();
        let away = |coef: &[f64]| {
            let pairs = coef.iter().zip(TRUTH);
            pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        let mut coef = least_squares.clone();
        runs.refine(&mut coef);
        let (before, after) = (away(&least_squares), away(&coef));
        assert!(after < 0.3 * before, "{before} became {after}");
    }
}
