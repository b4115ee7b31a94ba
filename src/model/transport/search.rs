//! Finds which inputs are carried, by which pace and how far, on left-out folds.
//!
//! One-step equations decide: an output's next value from its last ones, all inputs, and one more
//! column. What arrives by a pace must tell more than the best fixed dead time of any input does.

use nalgebra::{DMatrix, DVector};

use super::{Cargo, Transport};
use crate::{
    base::{StopToken, Stopped, to_count},
    model::{
        normalizer::{NamedScale, Scale},
        prepared::Prepared,
    },
};

/// Inputs that are carried at most.
const MOST: usize = 4;
/// Beyond so many inputs nobody looks.
const MOST_INPUTS: usize = 40;
/// The dead times that are looked for, in steps at the mean pace. What is shorter fixed lags tell as well,
/// and the best at either end is no length but a bend.
const STEPS: [f64; 2] = [2.0, 150.0];
/// Of two lengths that are tried the longer is so much longer.
const RATIO: f64 = 1.06;
/// Lengths tried around the best one, and the part of it that they span to either side.
const FINER: [f64; 4] = [-0.03, -0.015, 0.015, 0.03];
/// What arrives by a pace must leave at most this share of the squared error that the best fixed dead
/// time leaves.
const GAIN: f64 = 0.9;
/// The same where the pair carries something already: that there is a belt is then known.
const GAIN_OF_KNOWN: f64 = 0.97;
/// A pace moves by at least this share of its mean.
const MOVES: f64 = 0.05;
/// Multiplications that one round may cost; where the fewest rows cost more nobody looks.
const WORK: f64 = 1.5e9;
/// Rows that are looked at, at least and at most.
const ROWS: [f64; 2] = [500.0, 5000.0];
/// Last values of the output, and of every input, in an equation.
const LAGS: usize = 2;

/// The inputs that are carried; empty where no input is or too little is known.
///
/// # Errors
///
/// [`Stopped`] where it was asked to stop.
pub(crate) fn find_transports(
    prepared: &Prepared,
    inputs: &[NamedScale],
    stop: &StopToken,
) -> Result<Vec<Transport>, Stopped> {
    let mut found: Vec<Transport> = Vec::new();
    let paces = paces(inputs);
    let is_small = inputs.len() == prepared.n_in && prepared.n_in <= MOST_INPUTS;
    if paces.is_empty() || inputs.len() < 2 || !is_small || prepared.folds.len() < 2 {
        return Ok(found);
    }
    let pairs = paces.iter().flat_map(|&pace| {
        let moving = inputs.iter().enumerate();
        let moving = moving.filter(|(_, input)| input.scale.moves());
        moving.map(move |(source, _)| [source, pace])
    });
    let all = pairs.flat_map(|pair| Cargo::ALL.map(|cargo| (pair, cargo)));
    let mut kinds: Vec<Kind> = all.collect();
    let Some(n_rows) = affordable_rows(prepared, kinds.len()) else {
        return Ok(found);
    };
    let mut ground = Ground::new(prepared, inputs, n_rows);
    while found.len() < MOST
        && let Some(one) = ground.best_of((&kinds, &found), stop)?
    {
        kinds.retain(|kind| *kind != ([one.source, one.pace], one.cargo));
        ground.known.push(ground.arriving(&one));
        found.push(one);
    }
    Ok(found)
}

/// How many rows each equation may have; `None` where there is too much to try.
fn affordable_rows(prepared: &Prepared, n_kinds: usize) -> Option<usize> {
    let tried = (n_kinds * lengths().count()) as f64;
    let steps: usize = prepared.episodes.iter().map(|one| one.n_steps).sum();
    let width = (LAGS * (prepared.n_in + 2) * LAGS) as f64;
    let left = WORK - 4.0 * tried * steps as f64;
    let most = left / (tried * prepared.n_obs as f64 * width);
    (most >= ROWS[0]).then(|| to_count(most.min(ROWS[1])))
}

/// Source and pace, and what acts.
type Kind = ([usize; 2], Cargo);

fn transport([source, pace]: [usize; 2], cargo: Cargo, length: f64) -> Transport {
    Transport {
        source,
        pace,
        length,
        cargo,
    }
}

/// The inputs that can be a pace: never below zero, and moving.
fn paces(inputs: &[NamedScale]) -> Vec<usize> {
    let can_be = |scale: &Scale| {
        let mean = scale.center;
        mean > 0.0 && scale.low >= 0.0 && scale.unit * scale.spread > MOVES * mean
    };
    let all = 0..inputs.len();
    all.filter(|&at| can_be(&inputs[at].scale)).collect()
}

/// The lengths that are tried, in steps.
fn lengths() -> impl Iterator<Item = f64> {
    let next = |last: &f64| Some((last * RATIO).max(last + 0.5));
    std::iter::successors(Some(STEPS[0]), next).take_while(|length| *length <= STEPS[1])
}

/// Squared left-out errors, one a fold.
struct Errors(Vec<f64>);

impl Errors {
    fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    fn or_less(self, other: Self) -> Self {
        if other.total() < self.total() {
            other
        } else {
            self
        }
    }

    /// Whether it is this share at most, and less in all folds but one.
    fn beats(&self, other: &Self, share: f64) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        let n_lost = pairs.filter(|(own, other)| own > other).count();
        self.total() < share * other.total() && n_lost <= usize::from(self.0.len() > 2)
    }
}

/// The data by columns, and the rows that are looked at.
struct Ground<'a> {
    prepared: &'a Prepared,
    /// Normalised inputs, `[episode][U][T]`.
    inputs: Vec<Vec<Vec<f64>>>,
    /// The same in their own units.
    raw: Vec<Vec<Vec<f64>>>,
    scales: Vec<Scale>,
    /// (fold, episode, step), in order.
    rows: Vec<(usize, usize, usize)>,
    /// What was found already, `[episode][T]` each.
    known: Vec<Vec<Vec<f64>>>,
}

impl<'a> Ground<'a> {
    fn new(prepared: &'a Prepared, inputs: &[NamedScale], n_rows: usize) -> Self {
        let column = |episode: usize, at: usize| -> Vec<f64> {
            let rows = prepared.episodes[episode].input.iter();
            let column = rows.skip(at).step_by(prepared.n_in);
            column.map(|&value| f64::from(value)).collect()
        };
        let episodes = 0..prepared.episodes.len();
        let columns = |episode: usize| (0..prepared.n_in).map(move |at| column(episode, at));
        let inputs_of: Vec<Vec<Vec<f64>>> = episodes.map(|e| columns(e).collect()).collect();
        let raw = inputs_of.iter().map(|columns| {
            let raw = columns.iter().zip(inputs).map(|(column, input)| {
                let raw = column.iter().map(|&value| input.scale.raw(value));
                raw.collect()
            });
            raw.collect()
        });
        Self {
            rows: rows_of(prepared, n_rows),
            scales: inputs.iter().map(|one| one.scale).collect(),
            raw: raw.collect(),
            inputs: inputs_of,
            known: Vec::new(),
            prepared,
        }
    }

    /// What of these tells most beyond fixed dead times, where any does.
    fn best_of(
        &self,
        (kinds, found): (&[Kind], &[Transport]),
        stop: &StopToken,
    ) -> Result<Option<Transport>, Stopped> {
        let mut asked = Vec::new();
        for output in 0..self.prepared.n_obs {
            if let Some(equation) = Equation::new(self, output) {
                let fixed = self.best_dead_time(&equation, stop)?;
                asked.push((equation, fixed));
            }
        }
        let mut best: Option<(f64, Transport)> = None;
        for &(pair, cargo) in kinds {
            stop.check()?;
            let is_known = |one: &Transport| [one.source, one.pace] == pair;
            let gain = if found.iter().any(is_known) {
                GAIN_OF_KNOWN
            } else {
                GAIN
            };
            for ((equation, fixed), coarse) in
                asked.iter().zip(self.lengths_of((pair, cargo), &asked))
            {
                let Some((errors, length)) = coarse.filter(|(errors, _)| errors.beats(fixed, gain))
                else {
                    continue;
                };
                let (errors, one) = self.finer(equation, (pair, cargo), (errors, length));
                let left = errors.total() / fixed.total();
                if best.is_none_or(|(held, _)| left < held)
                    && errors.beats(&self.best_product(equation, pair), gain)
                {
                    best = Some((left, one));
                }
            }
        }
        Ok(best.map(|(_, one)| one))
    }

    /// The best of the lengths for each output; `None` where that is at either end of what is tried.
    fn lengths_of(
        &self,
        (pair, cargo): Kind,
        asked: &[(Equation, Errors)],
    ) -> Vec<Option<(Errors, f64)>> {
        let lengths: Vec<f64> = lengths().collect();
        let mut best: Vec<Option<(Errors, usize)>> = asked.iter().map(|_| None).collect();
        for (tried, steps) in lengths.iter().enumerate() {
            let columns = self.arriving(&transport(pair, cargo, steps * self.mean(pair)));
            for ((equation, _), held) in asked.iter().zip(&mut best) {
                let errors = equation.errors_with(self, |episode, step| columns[episode][step]);
                let is_less = |held: &(Errors, usize)| errors.total() < held.0.total();
                if held.as_ref().is_none_or(is_less) {
                    *held = Some((errors, tried));
                }
            }
        }
        let inner = 1..lengths.len() - 1;
        let best = best.into_iter().map(|held| {
            let (errors, tried) = held.filter(|(_, tried)| inner.contains(tried))?;
            Some((errors, lengths[tried] * self.mean(pair)))
        });
        best.collect()
    }

    /// The best length near the best one so far.
    fn finer(
        &self,
        equation: &Equation,
        (pair, cargo): Kind,
        (mut least, length): (Errors, f64),
    ) -> (Errors, Transport) {
        let mut best = transport(pair, cargo, length);
        for part in FINER {
            let one = transport(pair, cargo, length * (1.0 + part));
            let columns = self.arriving(&one);
            let errors = equation.errors_with(self, |episode, step| columns[episode][step]);
            if errors.total() < least.total() {
                (least, best) = (errors, one);
            }
        }
        (least, best)
    }

    /// The mean of a pair's pace.
    fn mean(&self, [_, pace]: [usize; 2]) -> f64 {
        self.scales[pace].center
    }

    /// What arrives, normalised as what is carried, `[episode][T]`.
    fn arriving(&self, one: &Transport) -> Vec<Vec<f64>> {
        let scale = self.scales[one.source];
        let of = |raw: &Vec<Vec<f64>>| {
            let arriving = one.arriving(&raw[one.source], &raw[one.pace]);
            arriving
                .into_iter()
                .map(|value| scale.normed(value))
                .collect()
        };
        self.raw.iter().map(of).collect()
    }

    /// The best fixed dead time of any input.
    fn best_dead_time(&self, equation: &Equation, stop: &StopToken) -> Result<Errors, Stopped> {
        let mut best = errors(&equation.sums);
        for source in 0..self.prepared.n_in {
            stop.check()?;
            best = best.or_less(
                self.best_late(equation, |episode, step| self.inputs[episode][source][step]),
            );
        }
        Ok(best)
    }

    /// The best dead time of the product and the quotient of an input and a pace: what acts by them bends
    /// with the pace too, and nothing need be carried.
    fn best_product(&self, equation: &Equation, [source, pace]: [usize; 2]) -> Errors {
        let least = self.scales[pace].center * 1e-3;
        let unit = self.scales[source].unit;
        let parts = |episode: usize, step: usize| {
            let raw = &self.raw[episode];
            let mean = self.scales[pace].center;
            (raw[source][step] / unit, raw[pace][step].max(least) / mean)
        };
        let product = self.best_late(equation, |episode, step| {
            let (u, v) = parts(episode, step);
            u * v
        });
        let quotient = self.best_late(equation, |episode, step| {
            let (u, v) = parts(episode, step);
            u / v
        });
        product.or_less(quotient)
    }

    /// The best dead time of a column, which is asked by recording and step.
    fn best_late(&self, equation: &Equation, column: impl Fn(usize, usize) -> f64) -> Errors {
        let mut best = equation.errors_with(self, &column);
        let mut last = 0;
        for length in lengths() {
            let n_steps = to_count(length.round());
            if std::mem::replace(&mut last, n_steps) == n_steps {
                continue;
            }
            let late = |episode, step: usize| column(episode, step.saturating_sub(n_steps));
            best = best.or_less(equation.errors_with(self, late));
        }
        best
    }
}

/// Rows of the folds whose output and inputs can have lags, spread evenly where there are many.
fn rows_of(prepared: &Prepared, most: usize) -> Vec<(usize, usize, usize)> {
    let folds = prepared.folds.iter().enumerate();
    let blocks = folds.flat_map(|(fold, blocks)| blocks.iter().map(move |block| (fold, block)));
    let rows = blocks.flat_map(|(fold, block)| {
        let steps = (block.start + LAGS).min(block.end)..block.end;
        steps.map(move |step| (fold, block.episode, step))
    });
    let rows: Vec<_> = rows.collect();
    let every = rows.len().div_ceil(most.max(1)).max(1);
    rows.into_iter().step_by(every).collect()
}

/// One output's next value from its last ones, the inputs and what was found already.
struct Equation {
    /// The rows of the ground whose outputs are known, by position.
    rows: Vec<usize>,
    /// `[rows][P]`.
    base: Vec<Vec<f64>>,
    /// What follows, `[rows]`.
    target: Vec<f64>,
    /// What each fold adds to the normal equations of these alone.
    sums: Vec<Sums>,
}

impl Equation {
    fn new(ground: &Ground<'_>, output: usize) -> Option<Self> {
        let prepared = ground.prepared;
        let (mut rows, mut base, mut target) = (Vec::new(), Vec::new(), Vec::new());
        for (at, &(_, episode, step)) in ground.rows.iter().enumerate() {
            let obs = &prepared.episodes[episode].obs;
            let own = |lag: usize| f64::from(obs[(step - lag) * prepared.n_obs + output]);
            let mut row: Vec<f64> = (1..=LAGS).map(own).collect();
            row.push(1.0);
            for column in &ground.inputs[episode] {
                row.extend((0..LAGS).map(|lag| column[step - lag]));
            }
            for known in &ground.known {
                row.extend((0..LAGS).map(|lag| known[episode][step - lag]));
            }
            if row.iter().all(|value| value.is_finite()) && own(0).is_finite() {
                target.push(own(0));
                rows.push(at);
                base.push(row);
            }
        }
        let width = base.first().map_or(0, Vec::len);
        if rows.len() < 10 * (width + LAGS) {
            return None;
        }
        let n_folds = prepared.folds.len();
        let mut sums: Vec<Sums> = (0..n_folds).map(|_| Sums::new(width)).collect();
        for ((&of, row), &next) in rows.iter().zip(&base).zip(&target) {
            sums[ground.rows[of].0].add(row, next);
        }
        Some(Self {
            rows,
            base,
            target,
            sums,
        })
    }

    /// Squared error in each fold of equations that the other folds gave, with a further column.
    fn errors_with(&self, ground: &Ground<'_>, column: impl Fn(usize, usize) -> f64) -> Errors {
        let mut sums: Vec<Sums> = self.sums.iter().map(Sums::widened).collect();
        for (at, &of) in self.rows.iter().enumerate() {
            let (fold, episode, step) = ground.rows[of];
            let added = [0, 1].map(|lag| column(episode, step - lag));
            sums[fold].add_last(&self.base[at], added, self.target[at]);
        }
        errors(&sums)
    }
}

/// What a fold adds to the normal equations; of their matrix the lower half.
struct Sums {
    gram: DMatrix<f64>,
    cross: DVector<f64>,
    squared: f64,
}

impl Sums {
    fn new(width: usize) -> Self {
        Self {
            gram: DMatrix::zeros(width, width),
            cross: DVector::zeros(width),
            squared: 0.0,
        }
    }

    fn add(&mut self, row: &[f64], target: f64) {
        for (a, left) in row.iter().enumerate() {
            for (b, right) in row.iter().enumerate().skip(a) {
                self.gram[(b, a)] += left * right;
            }
            self.cross[a] += left * target;
        }
        self.squared += target * target;
    }

    /// The same with room for a further column and its lag.
    fn widened(&self) -> Self {
        let width = self.cross.len() + LAGS;
        Self {
            gram: self.gram.clone().resize(width, width, 0.0),
            cross: self.cross.clone().resize_vertically(width, 0.0),
            squared: self.squared,
        }
    }

    /// Adds what a row says of the last columns.
    fn add_last(&mut self, base: &[f64], added: [f64; LAGS], target: f64) {
        let n_base = base.len();
        for (lag, value) in added.into_iter().enumerate() {
            for (a, left) in base.iter().enumerate() {
                self.gram[(n_base + lag, a)] += left * value;
            }
            for (other, earlier) in added.iter().enumerate().take(lag + 1) {
                self.gram[(n_base + lag, n_base + other)] += earlier * value;
            }
            self.cross[n_base + lag] += value * target;
        }
    }
}

fn errors(sums: &[Sums]) -> Errors {
    Errors((0..sums.len()).map(|fold| left_out(sums, fold)).collect())
}

/// The squared error of one fold under what the others say; endless where they say nothing.
fn left_out(sums: &[Sums], fold: usize) -> f64 {
    let width = sums[fold].cross.len();
    let mut whole = Sums::new(width);
    for (_, one) in sums.iter().enumerate().filter(|(at, _)| *at != fold) {
        whole.gram += &one.gram;
        whole.cross += &one.cross;
    }
    let ridge = 1e-6 * whole.gram.trace() / width as f64;
    for at in 0..width {
        whole.gram[(at, at)] += ridge;
    }
    let Some(solved) = whole.gram.cholesky() else {
        return f64::INFINITY;
    };
    let weights = solved.solve(&whole.cross);
    let own = &sums[fold];
    let mut said = 0.0;
    for a in 0..width {
        said += own.gram[(a, a)] * weights[a] * weights[a];
        for b in a + 1..width {
            said += 2.0 * own.gram[(b, a)] * weights[a] * weights[b];
        }
    }
    (own.squared - 2.0 * weights.dot(&own.cross) + said).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Issues, Purpose, Stream, to_f32},
        model::normalizer::fit_input,
    };

    const N_STEPS: usize = 1500;

    /// A line whose first input moves every nine steps and whose pace every forty; `late` gives what acts
    /// from both.
    fn line(seed: u64, late: impl Fn(&[f64], &[f64]) -> Vec<f64>) -> (Prepared, Vec<NamedScale>) {
        let draws = |id: u64| Stream::new(seed, Purpose::Test, &[id]);
        let held = |id: u64, every: usize| -> Vec<f64> {
            let steps = 0..N_STEPS;
            steps
                .map(|step| draws(id).uniform_at((step / every) as u64))
                .collect()
        };
        let source = held(0, 9);
        let pace: Vec<f64> = held(1, 40).iter().map(|value| 0.5 + value).collect();
        let mut level = 0.5;
        let obs = late(&source, &pace)
            .into_iter()
            .enumerate()
            .map(|(step, u)| {
                level += 0.5 * (u - level);
                to_f32(4.0 * (level + 0.02 * draws(2).normal_at(step as u64) - 0.5))
            });
        let obs: Vec<f32> = obs.collect();
        let scales = [("flow", &source), ("speed", &pace)];
        let scales = scales.map(|(name, values)| fit_input(name, values, &mut Issues::new()));
        let rows = source.iter().zip(&pace);
        let rows = rows.flat_map(|(u, v)| [scales[0].scale.normed(*u), scales[1].scale.normed(*v)]);
        let mut prepared = Prepared::of_columns(obs, rows.map(to_f32).collect(), 5);
        prepared.n_in = 2;
        (prepared, scales.into())
    }

    fn found(late: impl Fn(&[f64], &[f64]) -> Vec<f64>) -> Vec<Transport> {
        let (prepared, scales) = line(3, late);
        find_transports(&prepared, &scales, &StopToken::new()).unwrap()
    }

    #[test]
    fn what_a_belt_carries_is_found_with_its_length() {
        for cargo in Cargo::ALL {
            let belt = Transport {
                source: 0,
                pace: 1,
                length: 12.0,
                cargo,
            };
            let found = found(|source, pace| belt.arriving(source, pace));
            let [one] = found[..] else {
                panic!("{found:?}");
            };
            assert_eq!((one.source, one.pace, one.cargo), (0, 1, cargo));
            assert!((one.length / 12.0 - 1.0).abs() < 0.03, "{found:?}");
        }
    }

    #[test]
    fn a_fixed_dead_time_is_no_belt() {
        let late = |source: &[f64], _: &[f64]| {
            let first = std::iter::repeat_n(source[0], 12);
            first.chain(source.iter().copied()).take(N_STEPS).collect()
        };
        assert_eq!(found(late), []);
    }

    #[test]
    fn what_acts_at_once_is_no_belt() {
        assert_eq!(
            found(|source, pace| { source.iter().zip(pace).map(|(u, v)| u * v).collect() }),
            []
        );
    }

    #[test]
    fn of_another_pace_than_the_lines_nothing_is_found() {
        // The pace moves and nothing depends on it.
        assert_eq!(found(|source, _| source.to_vec()), []);
    }
}
