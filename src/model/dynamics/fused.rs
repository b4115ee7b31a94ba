//! A whole free run of a batch and its exact gradient, without an autograd graph.
//!
//! ```text
//! g_t            = tanh(Wh1 [s_t, u_t] + bh1 + Vh1 c)                  first layer
//! d_t            = tanh(Wh2 [s_t, u_t] + bh2 + Vh2 c + Wd g_t)         second, where there is one
//! h_t            = [g_t ; d_t]
//! [s_t+1 ; y_t]  = [A B; C D] [s_t, u_t] + b + R h_t + V c + [G z_t ; 0]
//! log scale_t    = S h_t + bs          (h_t detached: the scale never bends the mean)
//! s_0            = We past + be + Wo tanh(Wp past + bp)
//! ```
//!
//! Eager tensor code spends ten times longer on these sizes, because each step is a dozen small
//! kernels. Everything needed twice is kept on a tape; weight gradients are summed over a few
//! steps at a time, so that both factors are still near, and closed once at the end.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use super::{
    batch::Batch,
    kernel::{CHUNK, affine, broadcast, close, exp, ln, tanh_in_place},
    latent::{Moving, Places},
    params::{Layout, Part},
    wide::{Work, on_widest, side_by_side},
};
use crate::model::learning::{BEND, Gauge, LOG_SCALE, Phase, SCALE_FLOOR};

/// States have unit variance on the training data; further out nothing was ever seen.
pub(super) const STATE_LIMIT: f32 = 30.0;
/// Bounds of an expert's log precision.
pub(super) const LOG_PRECISION: [f32; 2] = [-4.0, 4.0];

/// What a forward run leaves behind.
#[derive(Debug, Clone, Default)]
pub(super) struct Tape {
    /// State, input, hidden units and latent of each step, `[K + 1, X + U + H + Z, N]`.
    pub(super) rows: Vec<f32>,
    /// `[K, O, N]`.
    pub(super) mean: Vec<f32>,
    /// Before clamping, `[K, O, N]`.
    pub(super) log_scale: Vec<f32>,
    /// Both log standard deviations of the latent before clamping, the posterior's mean, the
    /// innovation, and whether the posterior is used, `[K, 3 Z + O + 1, N]`; see [`Places`].
    pub(super) latent: Vec<f32>,
    /// What one measured value counts in the loss.
    pub(super) share: f32,
    /// `[He, N]`.
    pub(super) enc_hidden: Vec<f32>,
    /// `[Cd, N]`.
    pub(super) context: Vec<f32>,
    /// Sum of the experts' precisions and the prior's, `[Cd, N]`.
    pub(super) precision: Vec<f32>,
    /// Means and clamped log precisions of each expert, `[Cd, N]` each.
    pub(super) experts: [[Vec<f32>; 2]; 3],
    /// Memory that is used again.
    scratch: Vec<f32>,
}

/// Runs a batch freely from its measured past.
pub(super) fn forward(layout: &Layout, theta: &[f32], batch: &Batch, tape: &mut Tape) {
    let (dims, n, k) = (&layout.dims, batch.n_lanes, batch.n_steps);
    let (n_state, n_drive, n_core) = (dims.n_state, dims.n_drive(), dims.n_core());
    let (n_hidden, n_latent) = (dims.n_hidden, dims.n_latent);
    let n_row = n_drive + n_hidden + n_latent;
    let get = |part| layout.get(theta, part);
    resize(&mut tape.rows, (k + 1) * n_row * n);
    resize(&mut tape.mean, k * dims.n_obs * n);
    resize(&mut tape.log_scale, k * dims.n_obs * n);
    resize(&mut tape.latent, k * Places::new(dims).n_units() * n);
    let moving = Moving::new(layout, theta, n);
    fuse_context(layout, theta, batch, tape);
    encode(layout, theta, batch, tape);

    let widths = [n_hidden, n_core, dims.n_obs].map(|rows| rows * n);
    let mut scratch = std::mem::take(&mut tape.scratch);
    let deep_width = dims.n_deep * n;
    let width = 2 * (widths[0] + widths[1]) + widths[2] + deep_width;
    resize(&mut scratch, width);
    let (base_hidden, rest) = scratch.split_at_mut(widths[0]);
    let (base_core, rest) = rest.split_at_mut(widths[1]);
    let (base_deep, rest) = rest.split_at_mut(deep_width);
    let (base_scale, rest) = rest.split_at_mut(widths[2]);
    broadcast(get(Part::HiddenBias), base_hidden, n);
    broadcast(get(Part::CoreBias), base_core, n);
    broadcast(get(Part::ScaleBias), base_scale, n);
    if dims.n_context > 0 {
        for (part, base) in [
            (Part::ContextHidden, &mut *base_hidden),
            (Part::ContextCore, &mut *base_core),
        ] {
            let weight = get(part);
            let copy = &mut rest[..base.len()];
            copy.copy_from_slice(base);
            affine(weight, &tape.context, copy, base, n);
        }
    }
    let to_hidden = get(Part::Hidden);
    let (state_core, mean_core) = get(Part::Core).split_at(n_state * n_drive);
    let (state_bend, mean_bend) = get(Part::Residual).split_at(n_state * n_hidden);
    let to_state = side_by_side(n_state, state_core, state_bend);
    let to_state = side_by_side(n_state, &to_state, get(Part::LatentIn));
    let to_mean = side_by_side(dims.n_obs, mean_core, mean_bend);
    let to_scale = get(Part::Scale);
    let to_deep = get(Part::Deep);
    let (state_base, mean_base) = base_core.split_at(n_state * n);
    for t in 0..k {
        let (now, next) = tape.rows[t * n_row * n..].split_at_mut(n_row * n);
        let (heard, latent) = now.split_at_mut((n_drive + n_hidden) * n);
        let (drive, hidden) = heard.split_at_mut(n_drive * n);
        let input = &batch.input[t * dims.n_in * n..][..dims.n_in * n];
        drive[n_state * n..].copy_from_slice(input);
        affine(to_hidden, drive, base_hidden, hidden, n);
        let (first, deep) = hidden.split_at_mut(dims.n_first() * n);
        tanh_in_place(first);
        if dims.n_deep > 0 {
            base_deep.copy_from_slice(deep);
            affine(to_deep, first, base_deep, deep, n);
            tanh_in_place(deep);
        }
        let span = t * dims.n_obs * n..(t + 1) * dims.n_obs * n;
        affine(
            to_scale,
            hidden,
            base_scale,
            &mut tape.log_scale[span.clone()],
            n,
        );
        affine(&to_mean, heard, mean_base, &mut tape.mean[span.clone()], n);
        if let Some(moving) = &moving {
            let given = (&heard[n_drive * n..], &tape.mean[span]);
            moving.step(batch, t, given, &mut tape.latent, latent);
        }
        let state = &mut next[..n_state * n];
        affine(&to_state, now, state_base, state, n);
        limit(state);
    }
    tape.scratch = scratch;
}

/// Every element is written before it is read, so old content may stay.
fn resize(values: &mut Vec<f32>, len: usize) {
    values.resize(len, 0.0);
}

fn limit(state: &mut [f32]) {
    for value in state {
        *value = value.clamp(-STATE_LIMIT, STATE_LIMIT);
    }
}

/// The scale of a log scale, in units of an output's spread.
#[inline(always)]
pub(crate) fn scale_of(log_scale: f32) -> f32 {
    SCALE_FLOOR + exp(log_scale.clamp(LOG_SCALE[0], LOG_SCALE[1]))
}

/// Replaces log scales on the tape by scales in the outputs' units.
pub(super) fn scales(tape: &mut Tape, spread: &[f32], n_lanes: usize) {
    on_widest(Scales {
        log_scale: &mut tape.log_scale,
        spread,
        n_lanes,
    });
}

struct Scales<'a> {
    log_scale: &'a mut [f32],
    spread: &'a [f32],
    n_lanes: usize,
}

impl Work for Scales<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        let rows = self.log_scale.chunks_exact_mut(self.n_lanes);
        for (row, values) in rows.enumerate() {
            let spread = self.spread[row % self.spread.len()];
            for value in values {
                *value = scale_of(*value) * spread;
            }
        }
    }
}

/// The first state, written where the tape begins.
fn encode(layout: &Layout, theta: &[f32], batch: &Batch, tape: &mut Tape) {
    let (dims, n) = (&layout.dims, batch.n_lanes);
    let get = |part| layout.get(theta, part);
    let (state_width, width) = (dims.n_state * n, dims.n_enc * n);
    resize(&mut tape.enc_hidden, width);
    resize(&mut tape.scratch, width.max(state_width));
    let base = &mut tape.scratch[..width];
    broadcast(get(Part::EncHiddenBias), base, n);
    let weight = get(Part::EncHidden);
    affine(weight, &batch.past, base, &mut tape.enc_hidden, n);
    tanh_in_place(&mut tape.enc_hidden);
    let state = &mut tape.rows[..state_width];
    broadcast(get(Part::EncBias), state, n);
    let base = &mut tape.scratch[..state_width];
    let weight = get(Part::EncLinear);
    affine(weight, &batch.past, state, base, n);
    let weight = get(Part::EncOut);
    affine(weight, &tape.enc_hidden, base, state, n);
    limit(state);
}

/// Product of the experts of the modalities that are present, prior N(0, 1).
fn fuse_context(layout: &Layout, theta: &[f32], batch: &Batch, tape: &mut Tape) {
    let (n_context, n) = (layout.dims.n_context, batch.n_lanes);
    let width = n_context * n;
    tape.precision.clear();
    tape.precision.resize(width, 1.0);
    tape.context.clear();
    tape.context.resize(width, 0.0);
    resize(&mut tape.scratch, width);
    for (m, features) in batch
        .features
        .iter()
        .enumerate()
        .filter(|(_, f)| !f.is_empty())
    {
        let [mean, log_precision] = &mut tape.experts[m];
        let base = &mut tape.scratch[..width];
        for (target, weight, bias) in [
            (&mut *mean, Part::Mean(m), Part::MeanBias(m)),
            (
                &mut *log_precision,
                Part::Precision(m),
                Part::PrecisionBias(m),
            ),
        ] {
            resize(target, width);
            broadcast(layout.get(theta, bias), base, n);
            let weight = layout.get(theta, weight);
            affine(weight, features, base, target, n);
        }
        for (position, value) in log_precision.iter_mut().enumerate() {
            *value = value.clamp(LOG_PRECISION[0], LOG_PRECISION[1]);
            let precision = exp(*value) * batch.present[m][position % n];
            tape.precision[position] += precision;
            tape.context[position] += precision * mean[position];
        }
    }
    for (value, precision) in tape.context.iter_mut().zip(&tape.precision) {
        *value /= precision;
    }
}

/// Replaces mean and log scale on the tape by the loss's gradient with respect to them.
///
/// Returns the loss, a mean over measured values, and the mean square error in units of the
/// outputs' spread. Where an output rests at an end of its range and the mean lies beyond, there is
/// no error.
pub(super) fn loss(batch: &Batch, tape: &mut Tape, gauge: &Gauge, phase: Phase) -> [f64; 2] {
    let n_known = batch.target.iter().filter(|y| y.is_finite()).count().max(1);
    tape.share = 1.0 / n_known as f32;
    match phase {
        Phase::Huber => on_widest(Loss::<true> { batch, tape, gauge }),
        Phase::Likelihood => on_widest(Loss::<false> { batch, tape, gauge }),
    }
}

struct Loss<'a, const HUBER_MEAN: bool> {
    batch: &'a Batch,
    tape: &'a mut Tape,
    gauge: &'a Gauge,
}

impl<const HUBER_MEAN: bool> Work for Loss<'_, HUBER_MEAN> {
    type Out = [f64; 2];

    #[inline(always)]
    fn run<const R: usize>(self) -> [f64; 2] {
        let Self {
            batch,
            tape,
            gauge: Gauge { spread, rails },
        } = self;
        let n = batch.n_lanes;
        let share = tape.share;
        let (mut total, mut square) = (0.0_f64, 0.0_f64);
        let heads = tape
            .mean
            .chunks_exact_mut(n)
            .zip(tape.log_scale.chunks_exact_mut(n));
        for (row, (targets, (means, log_scales))) in
            batch.target.chunks_exact(n).zip(heads).enumerate()
        {
            let output = row % spread.len();
            let (inverse, rail) = (1.0 / spread[output], rails[output]);
            let (mut losses, mut squares) = ([0.0_f32; CHUNK], [0.0_f32; CHUNK]);
            let heads = means
                .as_chunks_mut::<CHUNK>()
                .0
                .iter_mut()
                .zip(log_scales.as_chunks_mut::<CHUNK>().0);
            for (target, (mean, log_scale)) in targets.as_chunks::<CHUNK>().0.iter().zip(heads) {
                let sums = losses.iter_mut().zip(&mut squares);
                let heads = mean.iter_mut().zip(log_scale);
                for ((target, (mean, log_scale)), (loss, square)) in
                    target.iter().zip(heads).zip(sums)
                {
                    let found = point::<HUBER_MEAN>(*target, *mean, *log_scale, (inverse, rail));
                    *loss += share * found.loss;
                    *square += share * found.square;
                    *mean = share * found.d_mean;
                    *log_scale = share * found.d_log_scale;
                }
            }
            total += f64::from(close(losses));
            square += f64::from(close(squares));
        }
        [total, square]
    }
}

struct Point {
    loss: f32,
    square: f32,
    d_mean: f32,
    d_log_scale: f32,
}

/// Loss and slopes of one value; all zero where it was not measured, and where the mean lies beyond
/// an end at which it rests.
#[inline(always)]
fn point<const HUBER_MEAN: bool>(
    target: f32,
    mean: f32,
    raw: f32,
    (inverse, rail): (f32, [f32; 2]),
) -> Point {
    let [low, high] = rail;
    let bound = (target >= high && mean > target) || (target <= low && mean < target);
    let is_known = target.is_finite() && !bound;
    let known = if is_known { 1.0 } else { 0.0 };
    let target = if is_known { target } else { mean };
    let residual = (target - mean) * inverse;
    let inside = if raw > LOG_SCALE[0] && raw < LOG_SCALE[1] {
        1.0
    } else {
        0.0
    };
    let scale = scale_of(raw);
    let z = residual / scale;
    let slope = z.clamp(-BEND, BEND);
    let nll = scale * (ln(scale) + slope * (z - 0.5 * slope));
    let bent = residual.clamp(-1.0, 1.0);
    let (pull, extra) = if HUBER_MEAN {
        (bent, bent * (residual - 0.5 * bent))
    } else {
        (slope, 0.0)
    };
    Point {
        loss: known * (nll + extra),
        square: known * residual * residual,
        d_mean: -known * pull * inverse,
        d_log_scale: known * inside * (1.0 - z * slope) * (scale - SCALE_FLOOR),
    }
}
