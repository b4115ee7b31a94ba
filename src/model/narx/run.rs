//! One equation's free runs: polynomial inside the range met, linear outside.
//!
//! A step needs the one before, so runs are taken side by side, a lane each. A lane's numbers do not
//! depend on the others': sums are taken in the order of their terms, and no product is fused with a sum.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use std::sync::atomic::{Ordering, compiler_fence};

use super::{
    equation::{MAX_DEGREE, NarxEquation, Polynomial},
    limits::{Limits, Wide},
};
use crate::model::{
    dynamics::{Work, on_widest},
    linear::Term,
    prepared::SimStart,
};

/// Runs side by side.
pub(super) const LANES: usize = 8;

/// A polynomial with its past values numbered, so that a step is a few multiplications.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    /// The past values that occur.
    pub(super) factors: Vec<Term>,
    /// Positions in the list of factors; the number of factors stands for the constant 1.
    pub(super) products: Vec<[usize; MAX_DEGREE]>,
}

impl Compiled {
    /// Numbers the past values of some products.
    pub(super) fn new(products: &[Vec<Term>]) -> Self {
        let mut factors: Vec<Term> = products.iter().flatten().copied().collect();
        factors.sort_unstable_by_key(|term| (term.source, term.lag));
        factors.dedup();
        let one = factors.len();
        let number = |product: &Vec<Term>| {
            let mut places = [one; MAX_DEGREE];
            for (place, term) in places.iter_mut().zip(product) {
                *place = factors.iter().position(|one| one == term).unwrap_or(one);
            }
            places
        };
        Self {
            products: products.iter().map(number).collect(),
            factors,
        }
    }

    /// The polynomial's value in each lane where its factors have these values, of which the last is
    /// the constant 1.
    #[inline(always)]
    fn sum<const L: usize>(&self, coef: &[f64], values: &[[f64; L]]) -> [f64; L] {
        let mut sum = [coef[self.products.len()]; L];
        for (&[a, b, c], weight) in self.products.iter().zip(coef) {
            // Costs nothing, but keeps the compiler from vectorising over products.
            compiler_fence(Ordering::SeqCst);
            let (a, b, c) = (&values[a], &values[b], &values[c]);
            for (lane, sum) in sum.iter_mut().enumerate() {
                *sum += weight * a[lane] * b[lane] * c[lane];
            }
        }
        sum
    }
}

/// One channel's values over the warm-up and the steps after it.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    pub(super) raw: Vec<f64>,
    /// As polynomials see them.
    clipped: Vec<f64>,
    /// How far each lies beyond the range met.
    beyond: Vec<f64>,
}

/// Tracks of one channel side by side.
#[derive(Debug, Clone, Default)]
struct Lanes<const L: usize> {
    raw: Vec<[f64; L]>,
    clipped: Vec<[f64; L]>,
    beyond: Vec<[f64; L]>,
}

impl<const L: usize> Lanes<L> {
    fn with_room(n_steps: usize) -> Self {
        Self {
            raw: Vec::with_capacity(n_steps),
            clipped: Vec::with_capacity(n_steps),
            beyond: Vec::with_capacity(n_steps),
        }
    }

    /// All steps at once, after their values were written: what was just written number by number
    /// cannot be read as a whole yet.
    #[inline(always)]
    fn new(raw: Vec<[f64; L]>, limits: Wide) -> Self {
        let mut clipped = raw.clone();
        let mut beyond = vec![[0.0; L]; raw.len()];
        for (clipped, beyond) in clipped.iter_mut().zip(&mut beyond) {
            [*clipped, *beyond] = limits.see(*clipped);
        }
        Self {
            raw,
            clipped,
            beyond,
        }
    }

    #[inline(always)]
    fn push(&mut self, values: [f64; L], limits: Wide) {
        let [clipped, beyond] = limits.see(values);
        self.raw.push(values);
        self.clipped.push(clipped);
        self.beyond.push(beyond);
    }

    /// Other outputs' runs, the last one again where there are fewer.
    fn gather<'t>(track: impl Fn(usize) -> &'t Track) -> Self {
        let tracks: [&Track; L] = std::array::from_fn(track);
        let side_by_side = |values: fn(&Track) -> &[f64]| {
            let steps = 0..values(tracks[0]).len();
            steps
                .map(|step| tracks.map(|track| values(track)[step]))
                .collect()
        };
        Self {
            raw: side_by_side(|track| &track.raw),
            clipped: side_by_side(|track| &track.clipped),
            beyond: side_by_side(|track| &track.beyond),
        }
    }

    fn track(&self, lane: usize) -> Track {
        let own = |values: &[[f64; L]]| values.iter().map(|all| all[lane]).collect();
        Track {
            raw: own(&self.raw),
            clipped: own(&self.clipped),
            beyond: own(&self.beyond),
        }
    }
}

/// Where a run begins, and a run of each output for equations that look at others; those may be
/// missing for one that does not.
pub(super) type From<'a> = (SimStart<'a>, &'a [Track]);

/// One output's run.
pub(super) struct Run {
    /// Its values, those of the warm-up first.
    pub(super) track: Track,
    /// Whether it left the range met by more than the margin after the start.
    pub(super) went_away: bool,
}

/// One equation of one member, ready to be run from many starts.
pub(super) struct Runner<'a> {
    limits: &'a [Limits],
    n_obs: usize,
    equation: &'a NarxEquation,
    inside: (&'a [f64], Compiled),
    outside: (&'a [f64], Compiled),
    /// The channels that occur, without its own.
    sources: Vec<usize>,
}

impl<'a> Runner<'a> {
    /// Prepares an equation.
    pub(super) fn new(
        equation: &'a NarxEquation,
        member: usize,
        limits: &'a [Limits],
        n_obs: usize,
    ) -> Self {
        let compile = |polynomial: &'a Polynomial| {
            let compiled = Compiled::new(&polynomial.products);
            (polynomial.coef.as_slice(), compiled)
        };
        let inside = compile(&equation.members[member]);
        let outside = compile(&equation.outside[member]);
        let factors = inside.1.factors.iter().chain(&outside.1.factors);
        let mut sources: Vec<usize> = factors
            .map(|term| term.source)
            .filter(|source| *source != equation.output)
            .collect();
        sources.sort_unstable();
        sources.dedup();
        Self {
            limits,
            n_obs,
            equation,
            inside,
            outside,
            sources,
        }
    }

    /// Rolls out after warming up on what was measured.
    pub(super) fn free_runs(&self, starts: &[From<'_>]) -> Vec<Run> {
        let sizes = |(start, _): &From<'_>| (start.past_obs.len(), start.future_input.len());
        let mut runs = Vec::with_capacity(starts.len());
        for alike in starts.chunk_by(|a, b| sizes(a) == sizes(b)) {
            for starts in alike.chunks(LANES) {
                if starts.len() == 1 {
                    on_widest(Group::<1>::new(self, starts, &mut runs));
                } else {
                    on_widest(Group::<LANES>::new(self, starts, &mut runs));
                }
            }
        }
        runs
    }

    /// The next values: the polynomial's inside the range met, the linear equation's outside.
    #[inline(always)]
    fn predict<const L: usize>(
        &self,
        lanes: &[Lanes<L>],
        step: usize,
        values: &mut Vec<[f64; L]>,
    ) -> [f64; L] {
        let (coef, compiled) = &self.inside;
        values.clear();
        let mut beyond = [0.0_f64; L];
        for term in &compiled.factors {
            let (channel, at) = (&lanes[term.source], step.saturating_sub(term.lag));
            values.push(channel.clipped[at]);
            for (most, value) in beyond.iter_mut().zip(&channel.beyond[at]) {
                // One instruction, unlike `max`, which looks for what is no number; none is here.
                *most = if *value > *most { *value } else { *most };
            }
        }
        values.push([1.0; L]);
        let inside = compiled.sum(coef, values);
        let say = beyond.map(Limits::say);
        if say.iter().all(|say| *say >= 1.0) {
            return inside;
        }
        let (coef, compiled) = &self.outside;
        values.clear();
        for term in &compiled.factors {
            values.push(lanes[term.source].raw[step.saturating_sub(term.lag)]);
        }
        values.push([1.0; L]);
        let outside = compiled.sum(coef, values);
        std::array::from_fn(|lane| {
            let (say, inside) = (say[lane], inside[lane]);
            if say >= 1.0 {
                inside
            } else {
                say * inside + (1.0 - say) * outside[lane]
            }
        })
    }
}

/// Runs of one equation side by side, all of the same length.
struct Group<'g, 'a, const L: usize> {
    runner: &'g Runner<'a>,
    starts: &'g [From<'g>],
    n_past: usize,
    n_steps: usize,
    runs: &'g mut Vec<Run>,
}

impl<'g, 'a, const L: usize> Group<'g, 'a, L> {
    fn new(runner: &'g Runner<'a>, starts: &'g [From<'g>], runs: &'g mut Vec<Run>) -> Self {
        let n_in = runner.limits.len() - runner.n_obs;
        let length = |start: &SimStart<'_>| {
            let n_past = start.past_obs.len() / runner.n_obs.max(1);
            (n_past, n_past + start.future_input.len() / n_in)
        };
        let (n_past, n_steps) = starts.first().map_or((0, 0), |(start, _)| length(start));
        Self {
            runner,
            starts,
            n_past,
            n_steps,
            runs,
        }
    }

    /// A lane's beginning; those without one repeat the last.
    fn from(&self, lane: usize) -> &From<'g> {
        &self.starts[lane.min(self.starts.len() - 1)]
    }

    /// Every channel that the equation looks at.
    #[inline(always)]
    fn channels(&self) -> Vec<Lanes<L>> {
        let runner = self.runner;
        let n_in = runner.limits.len() - runner.n_obs;
        let mut lanes = vec![Lanes::default(); runner.limits.len()];
        for &source in &runner.sources {
            if source < runner.n_obs {
                lanes[source] = Lanes::gather(|lane| &self.from(lane).1[source]);
                continue;
            }
            let input = source - runner.n_obs;
            let mut raw = vec![[0.0; L]; self.n_steps];
            for lane in 0..L {
                let (start, _) = self.from(lane);
                let rows = start.past_input.chunks_exact(n_in);
                let rows = rows.chain(start.future_input.chunks_exact(n_in));
                for (values, row) in raw.iter_mut().zip(rows) {
                    values[lane] = f64::from(row[input]);
                }
            }
            lanes[source] = Lanes::new(raw, Wide::new(runner.limits[source]));
        }
        lanes[runner.equation.output] = Lanes::with_room(self.n_steps);
        lanes
    }
}

impl<const L: usize> Work for Group<'_, '_, L> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        let (runner, n_obs) = (self.runner, self.runner.n_obs);
        let output = runner.equation.output;
        let limits = Wide::new(runner.limits[output]);
        let mut lanes = self.channels();
        let mut went_away = [false; L];
        let mut values = Vec::new();
        for step in 0..self.n_steps {
            // The first step has no past of its own to be predicted from.
            let predicted = if step == 0 {
                std::array::from_fn(|lane| first_value(&self.from(lane).0, output, n_obs))
            } else {
                limits.hold(runner.predict(&lanes, step, &mut values))
            };
            let own = &mut lanes[output];
            if step >= self.n_past {
                own.push(predicted, limits);
                for (went, beyond) in went_away.iter_mut().zip(&own.beyond[step]) {
                    *went |= Limits::is_far(*beyond);
                }
                continue;
            }
            let corrected = std::array::from_fn(|lane| {
                let measured = f64::from(self.from(lane).0.past_obs[step * n_obs + output]);
                let wrong = measured - predicted[lane];
                let wrong = if measured.is_finite() { wrong } else { 0.0 };
                predicted[lane] + runner.equation.gain * wrong
            });
            own.push(limits.hold(corrected), limits);
        }
        let runs = went_away.into_iter().take(self.starts.len()).enumerate();
        self.runs.extend(runs.map(|(lane, went_away)| Run {
            track: lanes[output].track(lane),
            went_away,
        }));
    }
}

/// The first measured value before the start, 0 without any.
fn first_value(start: &SimStart<'_>, output: usize, n_obs: usize) -> f64 {
    let mut column = start.past_obs.iter().skip(output).step_by(n_obs);
    column
        .find(|value| value.is_finite())
        .map_or(0.0, |&value| f64::from(value))
}
