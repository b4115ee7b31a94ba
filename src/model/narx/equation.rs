//! A polynomial difference equation a channel, and how a set of them is rolled out.

use super::{
    limits::Limits,
    run::{LANES, Run, Runner, Seats, run_together},
};
use crate::{
    base::to_f32,
    model::{
        linear::Term,
        prepared::{SimOutput, SimStart, Simulator},
    },
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
    /// One equation an output, each with its own past only.
    pub(crate) equations: Vec<NarxEquation>,
    /// Those that look at other outputs too, where that was a gain, with the own equations of all other
    /// outputs beside them.
    pub(crate) coupled: Vec<NarxEquation>,
    /// Whether these run together; each runs beside own equations only in models that were learned so.
    pub(crate) is_together: bool,
}

impl Simulator for NarxModel {
    fn n_params(&self) -> usize {
        let all = self.equations.iter().chain(&self.coupled);
        let members = all.flat_map(|one| &one.members);
        members.map(|member| member.coef.len()).sum()
    }

    fn n_members(&self) -> usize {
        self.equations.first().map_or(0, |one| one.members.len())
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        if starts.len() == 1 {
            self.side_by_side::<1>(member, starts)
        } else {
            self.side_by_side::<LANES>(member, starts)
        }
    }
}

impl NarxModel {
    fn side_by_side<const L: usize>(
        &self,
        member: usize,
        starts: &[SimStart<'_>],
    ) -> Vec<SimOutput> {
        let runner = |equation| Runner::new(equation, member, &self.limits, self.n_obs);
        let own: Vec<Runner<'_>> = self.equations.iter().map(runner).collect();
        let coupled: Vec<Runner<'_>> = self.coupled.iter().map(runner).collect();
        let mut outputs = Vec::with_capacity(starts.len());
        let is_seen = |input: usize| own.iter().chain(&coupled).any(|one| one.sees(input));
        for seats in Seats::<L>::of(starts, &self.limits, self.n_obs, is_seen) {
            let runs: Vec<Vec<Run>> = own.iter().map(|one| one.free_runs(&seats, &[])).collect();
            let first = outputs.len();
            outputs.extend(seats.starts.iter().map(|start| {
                let n_cells = start.future_input.len() / self.n_in * self.n_obs;
                SimOutput {
                    mean: vec![0.0; n_cells],
                    scale: vec![1.0; n_cells],
                }
            }));
            let mut put = |output: usize, runs: &[Run]| {
                for (run, target) in runs.iter().zip(&mut outputs[first..]) {
                    let cells = target.mean.iter_mut().skip(output).step_by(self.n_obs);
                    let horizon = cells.len();
                    let future = &run.track.raw[run.track.raw.len() - horizon..];
                    for (cell, value) in cells.zip(future) {
                        *cell = to_f32(*value);
                    }
                }
            };
            for (output, runs) in runs.iter().enumerate() {
                put(output, runs);
            }
            let at_once = if self.is_together { coupled.len() } else { 1 };
            for coupled in coupled.chunks(at_once.max(1)) {
                let runs = run_together(&closed(&own, coupled), &seats);
                for runner in coupled {
                    put(runner.output(), &runs[runner.output()]);
                }
            }
        }
        outputs
    }
}

/// One runner an output: those that look at others, and the own ones of all other outputs.
pub(super) fn closed<'r, 'a>(
    own: &'r [Runner<'a>],
    coupled: &'r [Runner<'a>],
) -> Vec<&'r Runner<'a>> {
    let mut set: Vec<&Runner<'a>> = own.iter().collect();
    for runner in coupled {
        set[runner.output()] = runner;
    }
    set
}
