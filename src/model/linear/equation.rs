//! A linear difference equation a channel, and how a set of them is rolled out.

use crate::{
    base::to_f32,
    model::prepared::{SimOutput, SimStart, Simulator},
};

/// No plant goes there; a run that does has left the equation's ground.
pub(crate) const FAR: f64 = 100.0;

/// One regressor: what value, how many steps ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    /// An output's position, or the number of outputs plus an input's position.
    pub(crate) source: usize,
    /// Steps back; at least 1 for an output, 0 or more for an input.
    pub(crate) lag: usize,
}

/// What one output is made of at each step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Equation {
    /// The output's position.
    pub(crate) output: usize,
    /// The regressors.
    pub(crate) terms: Vec<Term>,
    /// One row a member: a number a term, then the bias.
    pub(crate) coef: Vec<Vec<f64>>,
    /// How far a measurement corrects the running value while warming up; 1 = takes it as it is.
    pub(crate) gain: f64,
}

/// The linear family, one member a fold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LinearModel {
    /// Number of outputs.
    pub(crate) n_obs: usize,
    /// Number of inputs.
    pub(crate) n_in: usize,
    /// One equation an output, each with its own past only.
    pub(crate) own: Vec<Equation>,
    /// One equation an output with the past of all outputs; empty where that was no gain.
    pub(crate) joint: Vec<Equation>,
    /// Which outputs come from the joint equations.
    pub(crate) use_joint: Vec<bool>,
    /// Lower and upper end that no output passes, `[O]`; what follows from an output in the joint
    /// equations follows from what is left of it there.
    pub(crate) rails: Vec<[f32; 2]>,
}

impl Simulator for LinearModel {
    fn n_params(&self) -> usize {
        let size = |equation: &Equation| equation.coef.iter().map(Vec::len).sum::<usize>();
        let joint = self.joint.iter().map(size).sum::<usize>();
        let own = self.own.iter().filter(|one| !self.use_joint[one.output]);
        own.map(size).sum::<usize>() + joint
    }

    fn n_members(&self) -> usize {
        self.own.first().map_or(0, |equation| equation.coef.len())
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        starts
            .iter()
            .map(|start| {
                let horizon = start.future_input.len() / self.n_in;
                let mut mean = vec![0.0; horizon * self.n_obs];
                let mut put = |output: usize, run: &[f64]| {
                    for (step, value) in run.iter().enumerate() {
                        mean[step * self.n_obs + output] = to_f32(*value);
                    }
                };
                if !self.joint.is_empty() {
                    let runs = free_run(&self.joint, member, start, &self.rails, self.n_in);
                    for (output, run) in runs.iter().enumerate() {
                        if self.use_joint[output] {
                            put(output, run);
                        }
                    }
                }
                for equation in self.own.iter().filter(|one| !self.use_joint[one.output]) {
                    let alone = std::slice::from_ref(equation);
                    let runs = free_run(alone, member, start, &self.rails, self.n_in);
                    put(equation.output, &runs[0]);
                }
                SimOutput {
                    scale: vec![1.0; mean.len()],
                    mean,
                }
            })
            .collect()
    }
}

/// Rolls equations out together after warming them up on what was measured; one row an equation.
///
/// Each equation may look at the outputs of the equations given, and at inputs. No output passes
/// its `rails`, one pair an output of the data.
pub(crate) fn free_run(
    equations: &[Equation],
    member: usize,
    start: &SimStart<'_>,
    rails: &[[f32; 2]],
    n_in: usize,
) -> Vec<Vec<f64>> {
    let n_obs = rails.len();
    let n_past = start.past_obs.len() / n_obs.max(1);
    let n_steps = n_past + start.future_input.len() / n_in;
    let inputs = input_columns(start, n_in, n_steps);
    let mut slot = vec![usize::MAX; n_obs];
    for (position, equation) in equations.iter().enumerate() {
        slot[equation.output] = position;
    }
    // What the inputs bring is known beforehand; only the outputs' past has to wait.
    let driven: Vec<Vec<f64>> = equations
        .iter()
        .map(|equation| input_part(equation, member, &inputs, n_obs, n_steps))
        .collect();
    let feedback: Vec<Vec<(usize, usize, f64)>> = equations
        .iter()
        .map(|equation| {
            let coef = &equation.coef[member];
            let pairs = equation.terms.iter().zip(coef);
            pairs
                .filter(|(term, _)| term.source < n_obs)
                .map(|(term, &weight)| (slot[term.source], term.lag, weight))
                .collect()
        })
        .collect();
    let mut runs: Vec<Vec<f64>> = equations
        .iter()
        .map(|equation| {
            let mut run = vec![0.0; n_steps];
            let column = (0..n_past).map(|step| start.past_obs[step * n_obs + equation.output]);
            let first = column.clone().find(|value| value.is_finite());
            if n_past > 0 {
                run[0] = f64::from(first.unwrap_or(0.0));
            }
            run
        })
        .collect();
    let mut next = vec![0.0; equations.len()];
    for step in 0..n_steps {
        for (position, terms) in feedback.iter().enumerate() {
            let mut value = driven[position][step];
            for &(source, lag, weight) in terms {
                value += weight * runs[source][step.saturating_sub(lag)];
            }
            next[position] = value;
        }
        for (position, equation) in equations.iter().enumerate() {
            let predicted = if next[position].is_finite() {
                let [low, high] = rails[equation.output].map(f64::from);
                next[position].clamp(-FAR, FAR).max(low).min(high)
            } else {
                FAR
            };
            if step >= n_past {
                runs[position][step] = predicted;
                continue;
            }
            let measured = f64::from(start.past_obs[step * n_obs + equation.output]);
            // The first step has no past of its own to be predicted from.
            let before = if step == 0 {
                runs[position][0]
            } else {
                predicted
            };
            runs[position][step] = if measured.is_finite() {
                before + equation.gain * (measured - before)
            } else {
                before
            };
        }
    }
    for run in &mut runs {
        run.drain(..n_past);
    }
    runs
}

fn input_columns(start: &SimStart<'_>, n_in: usize, n_steps: usize) -> Vec<Vec<f64>> {
    (0..n_in)
        .map(|input| {
            let rows = start.past_input.chunks(n_in);
            let mut column: Vec<f64> = rows
                .chain(start.future_input.chunks(n_in))
                .map(|row| f64::from(row[input]))
                .collect();
            column.truncate(n_steps);
            column
        })
        .collect()
}

fn input_part(
    equation: &Equation,
    member: usize,
    inputs: &[Vec<f64>],
    n_obs: usize,
    n_steps: usize,
) -> Vec<f64> {
    let coef = &equation.coef[member];
    let mut sum = vec![coef[equation.terms.len()]; n_steps];
    for (term, &weight) in equation.terms.iter().zip(coef) {
        if term.source < n_obs || weight == 0.0 {
            continue;
        }
        let column = &inputs[term.source - n_obs];
        let head = term.lag.min(n_steps);
        for value in &mut sum[..head] {
            *value += weight * column[0];
        }
        for (value, input) in sum[head..].iter_mut().zip(column) {
            *value += weight * input;
        }
    }
    sum
}
