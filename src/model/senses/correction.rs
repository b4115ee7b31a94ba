//! How far the answer of one output is moved by what modalities say: ridge, one fit a member.
//!
//! The move is learned from the errors of left-out members; member `m` is fitted without fold `m`,
//! so that its move of that fold is an honest forecast. Strength, delay and the inputs' part are
//! chosen by those forecasts, and nothing is moved where they do not help.

use nalgebra::{DMatrix, DVector};

use super::{
    Reader,
    ground::{Ground, expected},
};
use crate::model::runs::TierRuns;

/// Steps within which the move grows to 63 %: what was measured before a start holds for a while.
const DELAYS: [f64; 5] = [0.0, 6.0, 20.0, 60.0, 200.0];
/// Strengths of the ridge, in units of the numbers' mean variance.
const RIDGES: [f64; 7] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];
/// The left-out error must shrink by this factor …
const MARGIN: f64 = 0.98;
/// … in at least this share of the folds.
const CONSISTENT: f64 = 0.6;
/// A move that makes the error larger by this factor is not even tried with the inputs' part.
const HOPELESS: f64 = 1.1;
/// How often the inputs' part and the weights are found anew.
const TURNS: usize = 3;
/// About how many steps of each run are looked at.
const N_STEPS: usize = 40;

/// How far one output's answer is moved.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Correction {
    /// Steps within which the move grows to 63 %.
    pub(crate) delay: f64,
    /// One weight a number, `[M][D]`.
    pub(crate) weights: Vec<Vec<f64>>,
    /// How the inputs change the move.
    pub(crate) twist: Twist,
}

/// How inputs change a move: one share a unit of each input and of its size, `[M][2 U]`; empty
/// where they do not.
pub(crate) type Twist = Vec<Vec<f64>>;

impl Correction {
    /// The move of one member at a step, first step = 0.
    pub(crate) fn shift(&self, member: usize, numbers: &[f64], input: &[f32], step: usize) -> f64 {
        let Some(weights) = self.weights.get(member) else {
            return 0.0;
        };
        let plain = grown(self.delay, step) * dot(weights, numbers);
        let twist = self.twist.get(member);
        plain * twist.map_or(1.0, |twist| strength(twist, input))
    }
}

/// How strong a move is under some inputs; beyond those met it neither turns round nor runs away.
fn strength(twist: &[f64], input: &[f32]) -> f64 {
    let bent = bends(input);
    let sum: f64 = bent.zip(twist).map(|(bend, share)| bend * share).sum();
    (1.0 + sum).clamp(0.0, 4.0)
}

/// Each input, then its size: what acts only on one side of the usual is a sum of both.
fn bends(input: &[f32]) -> impl Iterator<Item = f64> {
    let plain = input.iter().map(|&u| f64::from(u));
    plain.clone().chain(plain.map(f64::abs))
}

fn grown(delay: f64, step: usize) -> f64 {
    if delay > 0.0 {
        -(-(step as f64 + 1.0) / delay).exp_m1()
    } else {
        1.0
    }
}

/// The errors of one output with what modalities led to expect.
struct Rows {
    n_folds: usize,
    n_dims: usize,
    fold: Vec<usize>,
    step: Vec<usize>,
    numbers: Vec<Vec<f64>>,
    input: Vec<Vec<f32>>,
    /// Measured minus answered.
    error: Vec<f64>,
}

/// Sums of products of one fold.
#[derive(Clone)]
struct Sums {
    products: DMatrix<f64>,
    targets: DVector<f64>,
    squared: f64,
}

impl Correction {
    /// Fits a correction of one output; `None` where it does not lower the left-out error.
    pub(super) fn fit(
        (ground, readers, set): (&Ground<'_>, &[Option<Reader>; 3], [bool; 3]),
        runs: &TierRuns,
        (output, n_obs): (usize, usize),
    ) -> Option<Self> {
        Rows::collect((ground, readers, set), runs, (output, n_obs))?.correction()
    }
}

impl Rows {
    /// The correction that leaves least; `None` where nothing is gained.
    fn correction(&self) -> Option<Correction> {
        let (delay, ridge) = self.choose()?;
        let mut correction = Correction {
            delay,
            weights: self.weights((delay, ridge), &[])?,
            twist: Vec::new(),
        };
        // What the inputs do to the move and the move itself are found in turn.
        for _turn in 0..TURNS {
            let Some(twist) = self.twist(&correction) else {
                break;
            };
            correction.weights = self.weights((delay, ridge), &twist)?;
            correction.twist = twist;
        }
        let plain = Correction {
            twist: Vec::new(),
            weights: self.weights((delay, ridge), &[])?,
            delay,
        };
        let (bent, straight) = (self.ratio_of(&correction), self.ratio_of(&plain));
        let (ratio, best) = if bent < MARGIN * MARGIN * straight {
            (bent, correction)
        } else {
            (straight, plain)
        };
        (ratio < MARGIN * MARGIN).then_some(best)
    }

    fn collect(
        (ground, readers, set): (&Ground<'_>, &[Option<Reader>; 3], [bool; 3]),
        runs: &TierRuns,
        (output, n_obs): (usize, usize),
    ) -> Option<Self> {
        let leftout = ground.leftout;
        let stride = (leftout.horizon / N_STEPS).max(1);
        let n_folds = leftout.starts.iter().map(|start| start.fold + 1).max()?;
        let mut rows = Self {
            n_folds,
            n_dims: 0,
            fold: Vec::new(),
            step: Vec::new(),
            numbers: Vec::new(),
            input: Vec::new(),
            error: Vec::new(),
        };
        for (at, (start, readings)) in leftout.starts.iter().zip(&ground.readings).enumerate() {
            for step in (at % stride..leftout.horizon).step_by(stride) {
                let cell = step * n_obs + output;
                let error = f64::from(start.target[cell]) - f64::from(runs.mean[at][cell]);
                if !error.is_finite() {
                    continue;
                }
                let Some(numbers) = expected(readers, set, readings, start.place.1 + step) else {
                    break;
                };
                rows.n_dims = numbers.len();
                rows.fold.push(start.fold);
                rows.step.push(step);
                rows.numbers.push(numbers);
                rows.input.push(start.input(step).to_vec());
                rows.error.push(error);
            }
        }
        (rows.n_dims > 0).then_some(rows)
    }

    /// Sums of the products of each fold; `twist` is what the inputs do to one member's move.
    fn sums(&self, delay: f64, twist: &[f64]) -> Vec<Sums> {
        let mut sums = vec![Sums::zero(self.n_dims); self.n_folds];
        for at in 0..self.error.len() {
            let mut grown = grown(delay, self.step[at]);
            if !twist.is_empty() {
                grown *= strength(twist, &self.input[at]);
            }
            let numbers = self.numbers[at].iter().map(|number| grown * number);
            let row = DVector::from_iterator(self.n_dims, numbers);
            sums[self.fold[at]].add(&row, self.error[at]);
        }
        sums
    }

    /// Each member's weights, given what the inputs do to its move.
    fn weights(&self, (delay, ridge): (f64, f64), twist: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
        let plain = self.sums(delay, &[]);
        let of = |fold: usize| {
            let bent = twist.get(fold).map(|twist| self.sums(delay, twist));
            let weights = solve(bent.as_ref().unwrap_or(&plain), fold, ridge)?;
            Some(weights.iter().copied().collect())
        };
        (0..self.n_folds).map(of).collect()
    }

    /// Left-out squared error against before.
    fn ratio_of(&self, correction: &Correction) -> f64 {
        let mut folds = vec![[0.0; 2]; self.n_folds];
        for at in 0..self.error.len() {
            let (fold, error) = (self.fold[at], self.error[at]);
            let shift = correction.shift(fold, &self.numbers[at], &self.input[at], self.step[at]);
            folds[fold][0] += (error - shift).powi(2);
            folds[fold][1] += error * error;
        }
        ratio(&folds)
    }

    /// Delay and ridge with the least left-out error; `None` where every move makes it much worse.
    fn choose(&self) -> Option<(f64, f64)> {
        let mut best = (HOPELESS, None);
        for delay in DELAYS {
            let sums = self.sums(delay, &[]);
            for ridge in RIDGES {
                let moved = |fold: usize| {
                    let weights = solve(&sums, fold, ridge);
                    weights.map_or(f64::NAN, |weights| sums[fold].left(&weights))
                };
                let left: Vec<[f64; 2]> = (0..self.n_folds)
                    .map(|fold| [moved(fold), sums[fold].squared])
                    .collect();
                let ratio = left.iter().map(|one| one[0]).sum::<f64>()
                    / left.iter().map(|one| one[1]).sum::<f64>();
                if ratio < best.0 {
                    best = (ratio, Some((delay, ridge)));
                }
            }
        }
        best.1
    }

    /// How the inputs change the move; `None` where that does not lower the left-out error.
    fn twist(&self, correction: &Correction) -> Option<Twist> {
        let n_bends = 2 * self.input.first()?.len();
        let plain = |member: usize, at: usize| {
            grown(correction.delay, self.step[at])
                * dot(&correction.weights[member], &self.numbers[at])
        };
        let mut of_members = Vec::with_capacity(self.n_folds);
        for member in 0..self.n_folds {
            let mut sums = vec![Sums::zero(n_bends); self.n_folds];
            for at in 0..self.error.len() {
                let moved = plain(member, at);
                let bent = bends(&self.input[at]).map(|bend| moved * bend);
                let row = DVector::from_iterator(n_bends, bent);
                sums[self.fold[at]].add(&row, self.error[at] - moved);
            }
            of_members.push(sums);
        }
        let mut best = (1.0, None);
        for ridge in RIDGES {
            let mut twist = Vec::with_capacity(self.n_folds);
            let mut left = Vec::with_capacity(self.n_folds);
            for (member, sums) in of_members.iter().enumerate() {
                let shares = solve(sums, member, ridge)?;
                left.push([sums[member].left(&shares), sums[member].squared]);
                twist.push(shares.iter().copied().collect());
            }
            let ratio = ratio(&left);
            if ratio < best.0 {
                best = (ratio, Some(twist));
            }
        }
        best.1
    }
}

impl Sums {
    fn zero(n: usize) -> Self {
        Self {
            products: DMatrix::zeros(n, n),
            targets: DVector::zeros(n),
            squared: 0.0,
        }
    }

    fn add(&mut self, row: &DVector<f64>, error: f64) {
        self.products.ger(1.0, row, row, 1.0);
        self.targets.axpy(error, row, 1.0);
        self.squared += error * error;
    }

    /// The squared error that is left.
    fn left(&self, weights: &DVector<f64>) -> f64 {
        self.squared - 2.0 * weights.dot(&self.targets) + weights.dot(&(&self.products * weights))
    }
}

/// Ridge weights from all folds but one.
fn solve(sums: &[Sums], leave_out: usize, ridge: f64) -> Option<DVector<f64>> {
    let n_dims = sums.first()?.targets.len();
    let mut left = DMatrix::zeros(n_dims, n_dims);
    let mut right = DVector::zeros(n_dims);
    for (_, one) in sums
        .iter()
        .enumerate()
        .filter(|(fold, _)| *fold != leave_out)
    {
        left += &one.products;
        right += &one.targets;
    }
    let strength = ridge * left.trace() / n_dims.max(1) as f64;
    for dim in 0..n_dims {
        left[(dim, dim)] += strength + 1e-12;
    }
    Some(left.cholesky()?.solve(&right))
}

/// Squared error against before over all folds; infinite where too few folds agree.
fn ratio(folds: &[[f64; 2]]) -> f64 {
    let held: Vec<&[f64; 2]> = folds.iter().filter(|one| one[1] > 0.0).collect();
    let won = held.iter().filter(|one| one[0] < one[1]).count() as f64;
    let whole = |at: usize| held.iter().map(|one| one[at]).sum::<f64>();
    let ratio = whole(0) / whole(1);
    if won >= CONSISTENT * held.len() as f64 && ratio.is_finite() {
        ratio
    } else {
        f64::INFINITY
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::context::to_f32;

    /// Five folds; the error is the first number's effect, stronger at a higher input.
    fn rows(effect: f64) -> Rows {
        let mut rows = Rows {
            n_folds: 5,
            n_dims: 3,
            fold: Vec::new(),
            step: Vec::new(),
            numbers: Vec::new(),
            input: Vec::new(),
            error: Vec::new(),
        };
        for at in 0..1000_usize {
            let wave = |length: f64| (at as f64 / length).sin();
            let numbers = vec![wave(17.0), wave(23.0), wave(31.0)];
            let input = to_f32(wave(7.0));
            rows.fold.push(at / 200);
            rows.step.push(at % 50 + 300);
            rows.error
                .push(effect * numbers[0] * (1.0 + 0.6 * f64::from(input)) + 0.3 * wave(1.3));
            rows.numbers.push(numbers);
            rows.input.push(vec![input]);
        }
        rows
    }

    #[test]
    fn an_effect_is_found_with_what_the_input_does_to_it_and_noise_moves_nothing() {
        let correction = rows(0.8).correction().unwrap();
        let at = |input: f32| correction.shift(2, &[1.0, 0.0, 0.0], &[input], 400);
        assert!((at(0.0) - 0.8).abs() < 0.1, "{}", at(0.0));
        assert!((at(0.9) / at(0.0) - 1.54).abs() < 0.15, "{correction:?}");
        assert!(rows(0.0).correction().is_none());
    }

    #[test]
    fn a_move_grows_with_its_delay() {
        assert!((grown(0.0, 0) - 1.0).abs() < 1e-12);
        assert!((grown(20.0, 19) - 0.632).abs() < 1e-3);
    }
}
