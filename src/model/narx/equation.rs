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
}

/// One output's free run.
pub(super) struct Run {
    pub(super) output: usize,
    /// A value a step after the start.
    pub(super) values: Vec<f64>,
    /// Whether a prediction fell beyond the outer limits, where the clip had to hold it.
    pub(super) went_away: bool,
}

/// Equations of one member, ready to be run from many starts.
pub(super) struct Runner<'a> {
    limits: &'a [Limits],
    n_obs: usize,
    equations: Vec<(&'a NarxEquation, &'a [f64], Compiled)>,
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
        let compile = |equation: &&'a NarxEquation| {
            let polynomial = &equation.members[member];
            let compiled = Compiled::new(&polynomial.products);
            (*equation, polynomial.coef.as_slice(), compiled)
        };
        Self {
            limits,
            n_obs,
            equations: equations.iter().map(compile).collect(),
            slot,
        }
    }

    /// Rolls out after warming up on what was measured; one run an equation.
    pub(super) fn free_run(&self, start: &SimStart<'_>) -> Vec<Run> {
        let n_obs = self.n_obs;
        let n_in = self.limits.len() - n_obs;
        let n_past = start.past_obs.len() / n_obs.max(1);
        let n_steps = n_past + start.future_input.len() / n_in;
        let inputs = self.input_columns(start, n_in);
        let mut runs: Vec<Run> = self
            .equations
            .iter()
            .map(|(equation, ..)| self.first_value(equation.output, start, n_steps))
            .collect();
        let mut next = vec![0.0; runs.len()];
        let mut values = Vec::new();
        for step in 0..n_steps {
            for (next, (_, coef, compiled)) in next.iter_mut().zip(&self.equations) {
                values.clear();
                values.extend(compiled.factors.iter().map(|term| {
                    let at = step.saturating_sub(term.lag);
                    if term.source < n_obs {
                        runs[self.slot[term.source]].values[at]
                    } else {
                        inputs[term.source - n_obs][at]
                    }
                }));
                values.push(1.0);
                let mut sum = coef[compiled.products.len()];
                for (&[a, b, c], weight) in compiled.products.iter().zip(*coef) {
                    sum += weight * values[a] * values[b] * values[c];
                }
                *next = sum;
            }
            for ((run, &raw), (equation, ..)) in runs.iter_mut().zip(&next).zip(&self.equations) {
                let limits = &self.limits[run.output];
                let predicted = limits.clip(raw);
                if step >= n_past {
                    run.went_away |= limits.is_away(raw);
                    run.values[step] = predicted;
                    continue;
                }
                let measured = f64::from(start.past_obs[step * n_obs + run.output]);
                // The first step has no past of its own to be predicted from.
                let before = if step == 0 { run.values[0] } else { predicted };
                run.values[step] = if measured.is_finite() {
                    limits.clip(before + equation.gain * (measured - before))
                } else {
                    before
                };
            }
        }
        for run in &mut runs {
            run.values.drain(..n_past);
        }
        runs
    }

    fn first_value(&self, output: usize, start: &SimStart<'_>, n_steps: usize) -> Run {
        let mut values = vec![0.0; n_steps];
        let mut column = start.past_obs.iter().skip(output).step_by(self.n_obs);
        let first = column.find(|value| value.is_finite());
        if let (Some(value), Some(&measured)) = (values.first_mut(), first) {
            *value = self.limits[output].clip(f64::from(measured));
        }
        Run {
            output,
            values,
            went_away: false,
        }
    }

    fn input_columns(&self, start: &SimStart<'_>, n_in: usize) -> Vec<Vec<f64>> {
        let limits = self.limits[self.n_obs..].iter().enumerate();
        limits
            .map(|(input, limits)| {
                let rows = start.past_input.chunks(n_in);
                rows.chain(start.future_input.chunks(n_in))
                    .map(|row| limits.clip(f64::from(row[input])))
                    .collect()
            })
            .collect()
    }
}
