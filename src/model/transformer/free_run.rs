//! How runs go on chunk by chunk, and how far they are from what was measured.

use super::{
    config::TransformerConfig,
    layout::Layout,
    loss::residual,
    net::{Tape, forward},
    tokens::{Run, tokens_of},
};
use crate::model::{
    dynamics::scale_of,
    learning::{Gauge, Sampler, root_mean},
    linear::LinearModel,
    prepared::{Block, Prepared},
};

/// Steps of a validation run.
const VAL_STEPS: usize = 360;
/// At most this many validation runs, spread over the material.
const MAX_VAL: usize = 24;
/// Runs of a batch that is not trained on.
const LANES: usize = 8;
/// No correction is larger, in units of the spread.
const MOST: f32 = 20.0;

/// What runs of one member need.
#[derive(Clone, Copy)]
pub(super) struct Core<'a> {
    /// The order of parameters.
    pub(super) layout: &'a Layout,
    /// What errors are measured by.
    pub(super) gauge: &'a Gauge,
    /// The family that is corrected.
    pub(super) linear: &'a LinearModel,
    /// The member's position.
    pub(super) member: usize,
}

/// Lets some runs go on by some steps, at most as many as are predicted at once; gives the scale of
/// each prediction, `[N, H, O]`.
pub(super) fn go_on(
    core: Core<'_>,
    theta: &[f32],
    runs: &mut [Run],
    n_ahead: usize,
    tape: &mut Tape,
) -> Vec<f32> {
    let (dims, gauge) = (&core.layout.dims, core.gauge);
    let family = (core.linear, core.member);
    let (tokens, linear) = tokens_of(dims, gauge, family, runs, n_ahead, None);
    forward(core.layout, theta, &tokens, tape);
    let mut scales = Vec::with_capacity(linear.len());
    let len = n_ahead * dims.n_obs;
    for ((run, linear), out) in runs
        .iter_mut()
        .zip(linear.chunks_exact(len))
        .zip(tape.out.chunks_exact(2 * len))
    {
        let rows = linear.chunks_exact(dims.n_obs);
        for (linear, out) in rows.zip(out.chunks_exact(dims.n_out())) {
            let (corrections, raws) = out.split_at(dims.n_obs);
            for (output, (said, spread)) in linear.iter().zip(&gauge.spread).enumerate() {
                let correction = corrections[output].clamp(-MOST, MOST);
                // A broken number corrects nothing.
                let correction = if correction.is_finite() {
                    correction
                } else {
                    0.0
                };
                run.obs.push(said + spread * correction);
                scales.push(spread * scale_of(raws[output]));
            }
        }
        run.n_done += n_ahead;
    }
    scales
}

/// What all members share while training.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    /// The data.
    pub(super) prep: &'a Prepared,
    /// How to train.
    pub(super) plan: &'a TransformerConfig,
    /// The order of parameters.
    pub(super) layout: &'a Layout,
    /// What errors are measured by.
    pub(super) gauge: &'a Gauge,
    /// The family that is corrected.
    pub(super) linear: &'a LinearModel,
}

impl<'a> Shared<'a> {
    /// What each member learns from.
    pub(super) fn samplers(self) -> Vec<Sampler> {
        Sampler::of_members(self.prep, self.plan.n_past)
    }

    /// What runs of a member need.
    pub(super) fn core(self, member: usize) -> Core<'a> {
        Core {
            layout: self.layout,
            gauge: self.gauge,
            linear: self.linear,
            member,
        }
    }

    /// The free-run root mean square error over some blocks, in units of the outputs' spread.
    pub(super) fn error(
        self,
        member: usize,
        theta: &[f32],
        blocks: &[Block],
        tape: &mut Tape,
    ) -> f64 {
        let dims = &self.layout.dims;
        let sampler = Sampler::new(blocks.to_vec(), dims.n_past);
        let (mut square, mut count) = (0.0, 0.0);
        for spots in sampler.in_turn(VAL_STEPS, MAX_VAL).chunks(LANES) {
            let longest = spots.iter().map(|spot| spot.end - spot.at).max();
            let longest = longest.unwrap_or(0);
            let runs = spots
                .iter()
                .map(|spot| Run::of_spot(self.prep, *spot, longest));
            let mut runs: Vec<Run> = runs.collect();
            let mut left = longest;
            while left > 0 {
                let n_ahead = left.min(dims.n_future);
                go_on(self.core(member), theta, &mut runs, n_ahead, tape);
                left -= n_ahead;
            }
            for run in &runs {
                let (squares, known) = self.sums(run, longest);
                square += squares;
                count += known;
            }
        }
        root_mean(square, count)
    }

    fn sums(self, run: &Run, n_steps: usize) -> (f64, f64) {
        let n_obs = self.layout.dims.n_obs;
        let said = &run.obs[run.obs.len() - n_steps * n_obs..];
        let (mut square, mut count) = (0.0, 0.0);
        for (at, (said, target)) in said.iter().zip(run.target()).enumerate() {
            if target.is_finite() {
                let output = at % n_obs;
                let error = residual(*target, *said, self.gauge.rails[output]).unwrap_or(0.0);
                square += f64::from(error / self.gauge.spread[output]).powi(2);
                count += 1.0;
            }
        }
        (square, count)
    }
}
