//! A polynomial difference equation a channel, and how a set of them is rolled out.

use super::limits::Limits;
use crate::model::{
    context::to_f32,
    linear::Term,
    prepared::{SimOutput, SimStart, Simulator},
};

/// The highest degree of a product.
pub(crate) const MAX_DEGREE: usize = 3;

/// One member's right-hand side.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Polynomial {
    /// Products of one to [`MAX_DEGREE`] past values.
    pub(crate) products: Vec<Vec<Term>>,
    /// A number a product, then the bias.
    pub(crate) coef: Vec<f64>,
}

/// What one output is made of at each step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NarxEquation {
    /// The output's position.
    pub(crate) output: usize,
    /// One polynomial a member; each has terms of its own.
    pub(crate) members: Vec<Polynomial>,
    /// Each member's linear equation, which takes over outside of the range met.
    pub(crate) outside: Vec<Polynomial>,
    /// How far a measurement corrects the running value while warming up; 1 = takes it as it is.
    pub(crate) gain: f64,
}

/// The polynomial family, one member a fold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NarxModel {
    /// Number of outputs.
    pub(crate) n_obs: usize,
    /// Number of inputs.
    pub(crate) n_in: usize,
    /// The range of each output, then of each input.
    pub(crate) limits: Vec<Limits>,
    /// One equation an output.
    pub(crate) equations: Vec<NarxEquation>,
}

impl Simulator for NarxModel {
    fn n_params(&self) -> usize {
        let members = self.equations.iter().flat_map(|one| &one.members);
        members.map(|member| member.coef.len()).sum()
    }

    fn n_members(&self) -> usize {
        self.equations.first().map_or(0, |one| one.members.len())
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        let equations: Vec<&NarxEquation> = self.equations.iter().collect();
        let runner = Runner::new(&equations, member, &self.limits, self.n_obs);
        let outputs = starts.iter().map(|start| {
            let horizon = start.future_input.len() / self.n_in;
            let mut mean = vec![0.0; horizon * self.n_obs];
            for run in runner.free_run(start) {
                for (step, value) in run.values.iter().enumerate() {
                    mean[step * self.n_obs + run.output] = to_f32(*value);
                }
            }
            SimOutput {
                scale: vec![1.0; mean.len()],
                mean,
            }
        });
        outputs.collect()
    }
}

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
    fn sum(&self, coef: &[f64], values: &mut Vec<f64>) -> f64 {
        values.push(1.0);
        let mut sum = coef[self.products.len()];
        for (&[a, b, c], weight) in self.products.iter().zip(coef) {
            sum += weight * values[a] * values[b] * values[c];
        }
        sum
    }
}

/// One output's free run.
pub(super) struct Run {
    pub(super) output: usize,
    /// A value a step after the start.
    pub(super) values: Vec<f64>,
    /// Whether it left the range met by more than the margin.
    pub(super) went_away: bool,
}

/// One channel's values over a run.
struct Track {
    raw: Vec<f64>,
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

/// One equation of one member, ready to be run.
struct Ready<'a> {
    equation: &'a NarxEquation,
    inside: (&'a [f64], Compiled),
    outside: (&'a [f64], Compiled),
}

/// Equations of one member, ready to be run from many starts.
pub(super) struct Runner<'a> {
    limits: &'a [Limits],
    n_obs: usize,
    equations: Vec<Ready<'a>>,
    /// Where each output's run stands; outputs without an equation are never asked for.
    slot: Vec<usize>,
}

impl<'a> Runner<'a> {
    /// Each equation may look at the outputs of the equations given, and at inputs.
    pub(super) fn new(
        equations: &[&'a NarxEquation],
        member: usize,
        limits: &'a [Limits],
        n_obs: usize,
    ) -> Self {
        let mut slot = vec![0; n_obs];
        for (position, equation) in equations.iter().enumerate() {
            slot[equation.output] = position;
        }
        let compile = |polynomial: &'a Polynomial| {
            let compiled = Compiled::new(&polynomial.products);
            (polynomial.coef.as_slice(), compiled)
        };
        let ready = |equation: &&'a NarxEquation| Ready {
            equation,
            inside: compile(&equation.members[member]),
            outside: compile(&equation.outside[member]),
        };
        Self {
            limits,
            n_obs,
            equations: equations.iter().map(ready).collect(),
            slot,
        }
    }

    /// Rolls out after warming up on what was measured; one run an equation.
    pub(super) fn free_run(&self, start: &SimStart<'_>) -> Vec<Run> {
        let n_obs = self.n_obs;
        let n_in = self.limits.len() - n_obs;
        let n_past = start.past_obs.len() / n_obs.max(1);
        let n_steps = n_past + start.future_input.len() / n_in;
        let inputs = self.input_tracks(start, n_steps);
        let outputs = self.equations.iter().map(|ready| ready.equation.output);
        let outputs: Vec<usize> = outputs.collect();
        let mut tracks: Vec<Track> = outputs.iter().map(|_| Track::with_room(n_steps)).collect();
        let mut went_away = vec![false; tracks.len()];
        let mut next = vec![0.0; tracks.len()];
        let mut values = Vec::new();
        for step in 0..n_steps {
            if step > 0 {
                for (next, ready) in next.iter_mut().zip(&self.equations) {
                    let past = |term: &Term| {
                        let at = step.saturating_sub(term.lag);
                        if term.source < n_obs {
                            (&tracks[self.slot[term.source]], at)
                        } else {
                            (&inputs[term.source - n_obs], at)
                        }
                    };
                    *next = ready.predict(past, &mut values);
                }
            }
            for (position, &output) in outputs.iter().enumerate() {
                let limits = &self.limits[output];
                let predicted = limits.hold(next[position]);
                let value = if step >= n_past {
                    went_away[position] |= limits.is_away(predicted);
                    predicted
                } else {
                    // The first step has no past of its own to be predicted from.
                    let before = if step == 0 {
                        self.first(output, start)
                    } else {
                        predicted
                    };
                    let measured = f64::from(start.past_obs[step * n_obs + output]);
                    let gain = self.equations[position].equation.gain;
                    let wrong = if measured.is_finite() {
                        measured - before
                    } else {
                        0.0
                    };
                    limits.hold(before + gain * wrong)
                };
                tracks[position].push(value, limits);
            }
        }
        let runs = tracks.into_iter().zip(outputs).zip(went_away);
        runs.map(|((mut track, output), went_away)| {
            track.raw.drain(..n_past);
            Run {
                output,
                values: track.raw,
                went_away,
            }
        })
        .collect()
    }

    /// The first measured value before the start, 0 without any.
    fn first(&self, output: usize, start: &SimStart<'_>) -> f64 {
        let mut column = start.past_obs.iter().skip(output).step_by(self.n_obs);
        column
            .find(|value| value.is_finite())
            .map_or(0.0, |&value| f64::from(value))
    }

    fn input_tracks(&self, start: &SimStart<'_>, n_steps: usize) -> Vec<Track> {
        let limits = &self.limits[self.n_obs..];
        let mut tracks: Vec<Track> = limits.iter().map(|_| Track::with_room(n_steps)).collect();
        let rows = start.past_input.chunks(limits.len());
        for row in rows.chain(start.future_input.chunks(limits.len())) {
            for ((track, limits), &value) in tracks.iter_mut().zip(limits).zip(row) {
                track.push(f64::from(value), limits);
            }
        }
        tracks
    }
}

impl Ready<'_> {
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
