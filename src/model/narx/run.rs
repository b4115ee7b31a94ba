//! One equation's free run: polynomial inside the range met, linear outside.

use super::{
    equation::{MAX_DEGREE, NarxEquation, Polynomial},
    limits::Limits,
};
use crate::model::{linear::Term, prepared::SimStart};

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

    /// The polynomial's value where its factors have these values.
    pub(super) fn sum(&self, coef: &[f64], values: &mut Vec<f64>) -> f64 {
        values.push(1.0);
        let mut sum = coef[self.products.len()];
        for (&[a, b, c], weight) in self.products.iter().zip(coef) {
            sum += weight * values[a] * values[b] * values[c];
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

impl Track {
    fn with_room(n_steps: usize) -> Self {
        Self {
            raw: Vec::with_capacity(n_steps),
            clipped: Vec::with_capacity(n_steps),
            beyond: Vec::with_capacity(n_steps),
        }
    }

    fn push(&mut self, value: f64, limits: &Limits) {
        self.raw.push(value);
        self.clipped.push(limits.clip(value));
        self.beyond.push(limits.beyond(value));
    }
}

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
    /// The inputs that occur.
    inputs: Vec<usize>,
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
        let mut inputs: Vec<usize> = factors
            .filter(|term| term.source >= n_obs)
            .map(|term| term.source - n_obs)
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        Self {
            limits,
            n_obs,
            equation,
            inside,
            outside,
            inputs,
        }
    }

    /// Rolls out after warming up on what was measured.
    ///
    /// `others` holds a run of each output for equations that look at others; it may be empty for
    /// one that does not.
    pub(super) fn free_run(&self, start: &SimStart<'_>, others: &[Track]) -> Run {
        let (n_obs, output) = (self.n_obs, self.equation.output);
        let n_in = self.limits.len() - n_obs;
        let n_past = start.past_obs.len() / n_obs.max(1);
        let n_steps = n_past + start.future_input.len() / n_in;
        let inputs = self.input_tracks(start, n_steps);
        let limits = &self.limits[output];
        let mut own = Track::with_room(n_steps);
        let mut went_away = false;
        let mut values = Vec::new();
        for step in 0..n_steps {
            // The first step has no past of its own to be predicted from.
            let predicted = if step == 0 {
                first_value(start, output, n_obs)
            } else {
                let past = |term: &Term| {
                    let at = step.saturating_sub(term.lag);
                    if term.source == output {
                        (&own, at)
                    } else if term.source < n_obs {
                        (&others[term.source], at)
                    } else {
                        (&inputs[term.source - n_obs], at)
                    }
                };
                limits.hold(self.predict(past, &mut values))
            };
            if step >= n_past {
                went_away |= limits.is_away(predicted);
                own.push(predicted, limits);
                continue;
            }
            let measured = f64::from(start.past_obs[step * n_obs + output]);
            let wrong = if measured.is_finite() {
                measured - predicted
            } else {
                0.0
            };
            own.push(limits.hold(predicted + self.equation.gain * wrong), limits);
        }
        Run {
            track: own,
            went_away,
        }
    }

    fn input_tracks(&self, start: &SimStart<'_>, n_steps: usize) -> Vec<Track> {
        let limits = &self.limits[self.n_obs..];
        let mut tracks = vec![Track::default(); limits.len()];
        for &input in &self.inputs {
            let mut track = Track::with_room(n_steps);
            let rows = start.past_input.chunks(limits.len());
            for row in rows.chain(start.future_input.chunks(limits.len())) {
                track.push(f64::from(row[input]), &limits[input]);
            }
            tracks[input] = track;
        }
        tracks
    }

    /// The next value: the polynomial's inside the range met, the linear equation's outside.
    fn predict<'t>(
        &self,
        past: impl Fn(&Term) -> (&'t Track, usize),
        values: &mut Vec<f64>,
    ) -> f64 {
        let (coef, compiled) = &self.inside;
        values.clear();
        let mut beyond = 0.0_f64;
        for term in &compiled.factors {
            let (track, at) = past(term);
            values.push(track.clipped[at]);
            beyond = beyond.max(track.beyond[at]);
        }
        let inside = compiled.sum(coef, values);
        let say = Limits::say(beyond);
        if say >= 1.0 {
            return inside;
        }
        let (coef, compiled) = &self.outside;
        values.clear();
        for term in &compiled.factors {
            let (track, at) = past(term);
            values.push(track.raw[at]);
        }
        say * inside + (1.0 - say) * compiled.sum(coef, values)
    }
}

/// The first measured value before the start, 0 without any.
fn first_value(start: &SimStart<'_>, output: usize, n_obs: usize) -> f64 {
    let mut column = start.past_obs.iter().skip(output).step_by(n_obs);
    column
        .find(|value| value.is_finite())
        .map_or(0.0, |&value| f64::from(value))
}
