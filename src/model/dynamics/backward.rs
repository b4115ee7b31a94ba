//! The exact gradient of a free run, backwards over its tape.

use super::{
    batch::Batch,
    fused::{LOG_PRECISION, STATE_LIMIT, Tape},
    kernel::{CHUNK, Side, affine, exp, fold, outer_add, update},
    latent::{BALANCE, MovingBack, Places},
    params::{Dims, Layout, Part},
    wide::side_by_side,
};

/// Steps whose slopes are kept before they go into the weights' gradients.
const BLOCK: usize = 8;

/// Partial sums of the gradients of what is used at every step.
struct Sums {
    /// Of next state and output to state, input and hidden, `[X + O, X + U + H, CHUNK]`.
    core: Vec<f32>,
    /// `[H, X + U, CHUNK]`.
    hidden: Vec<f32>,
    /// `[H2, H1, CHUNK]`.
    deep: Vec<f32>,
    /// `[O, H, CHUNK]`.
    scale: Vec<f32>,
    /// `[2 Z, H, CHUNK]`.
    latent_scale: Vec<f32>,
    /// `[Z, O, CHUNK]`.
    latent_gain: Vec<f32>,
    /// `[X, Z, CHUNK]`.
    latent_in: Vec<f32>,
    /// `[X + O + H + 3 Z, N]`.
    base: Vec<f32>,
    /// `[O, N]`.
    base_scale: Vec<f32>,
}

impl Sums {
    fn new(dims: &Dims, n: usize) -> Self {
        let (n_drive, n_core) = (dims.n_drive(), dims.n_core());
        let (n_hidden, n_obs, n_latent) = (dims.n_hidden, dims.n_obs, dims.n_latent);
        Self {
            core: vec![0.0; n_core * (n_drive + n_hidden) * CHUNK],
            hidden: vec![0.0; n_hidden * n_drive * CHUNK],
            deep: vec![0.0; dims.n_deep * dims.n_first() * CHUNK],
            scale: vec![0.0; n_obs * n_hidden * CHUNK],
            latent_scale: vec![0.0; 2 * n_latent * n_hidden * CHUNK],
            latent_gain: vec![0.0; n_latent * n_obs * CHUNK],
            latent_in: vec![0.0; dims.n_state * n_latent * CHUNK],
            base: vec![0.0; (n_core + n_hidden + 3 * n_latent) * n],
            base_scale: vec![0.0; n_obs * n],
        }
    }

    /// Adds a few steps, whose slopes by next state, output, hidden units and latent are given.
    fn add(
        &mut self,
        dims: &Dims,
        tape: &Tape,
        (start, end): (usize, usize),
        slopes: &[f32],
        n: usize,
    ) {
        let (n_drive, n_core) = (dims.n_drive(), dims.n_core());
        let (n_hidden, n_obs, n_latent) = (dims.n_hidden, dims.n_obs, dims.n_latent);
        let (n_row, n_slope) = (
            n_drive + n_hidden + n_latent,
            n_core + n_hidden + 3 * n_latent,
        );
        let slopes = &slopes[..(end - start) * n_slope * n];
        let rows = &tape.rows[start * n_row * n..end * n_row * n];
        let d_scale = &tape.log_scale[start * n_obs * n..end * n_obs * n];
        let side = |values, n_step, first, n_rows| Side {
            values,
            n_step,
            first,
            n_rows,
        };
        let row = |first, n_rows| side(rows, n_row, first, n_rows);
        let slope = |first, n_rows| side(slopes, n_slope, first, n_rows);
        let hidden = row(n_drive, n_hidden);
        let all = row(0, n_drive + n_hidden);
        outer_add(slope(0, n_core), all, &mut self.core, n);
        let d_hidden = slope(n_core, n_hidden);
        outer_add(d_hidden, row(0, n_drive), &mut self.hidden, n);
        if dims.n_deep > 0 {
            let d_deep = slope(n_core + dims.n_first(), dims.n_deep);
            outer_add(d_deep, row(n_drive, dims.n_first()), &mut self.deep, n);
        }
        outer_add(side(d_scale, n_obs, 0, n_obs), hidden, &mut self.scale, n);
        if n_latent > 0 {
            let places = Places::new(dims);
            let (first, n_units) = (n_core + n_hidden, places.n_units());
            let d_raw = slope(first, 2 * n_latent);
            outer_add(d_raw, hidden, &mut self.latent_scale, n);
            let d_mean = slope(first + 2 * n_latent, n_latent);
            let steps = &tape.latent[start * n_units * n..end * n_units * n];
            let innovation = side(steps, n_units, places.innovation(), n_obs);
            outer_add(d_mean, innovation, &mut self.latent_gain, n);
            let latent = row(n_drive + n_hidden, n_latent);
            outer_add(slope(0, dims.n_state), latent, &mut self.latent_in, n);
        }
    }
}

/// The gradient of the loss whose derivatives [`super::fused::loss`] left on the tape, written to
/// `grad`; returns what the divergence of a latent's posterior adds to that loss.
pub(super) fn backward(
    layout: &Layout,
    theta: &[f32],
    batch: &Batch,
    tape: &Tape,
    grad: &mut [f32],
) -> f64 {
    let (dims, n) = (&layout.dims, batch.n_lanes);
    let (n_state, n_drive, n_core) = (dims.n_state, dims.n_drive(), dims.n_core());
    let (n_hidden, n_obs, n_latent) = (dims.n_hidden, dims.n_obs, dims.n_latent);
    let n_heard = n_drive + n_hidden;
    let n_row = n_heard + n_latent;
    let n_slope = n_core + n_hidden + 3 * n_latent;
    grad.fill(0.0);
    let mut hidden_back = layout.transposed(theta, Part::Hidden);
    hidden_back.truncate(n_state * n_hidden);
    let mut core_back = layout.transposed(theta, Part::Core);
    core_back.truncate(n_state * n_core);
    let to_state = side_by_side(n_state, &core_back, &hidden_back);
    let to_hidden = layout.transposed(theta, Part::Residual);
    let to_first = layout.transposed(theta, Part::Deep);
    let mut before = vec![0.0; dims.n_first() * n];
    let mut moving = MovingBack::new(layout, theta, n);
    let mut sums = Sums::new(dims, n);
    let zeros = vec![0.0; n_hidden.max(n_state) * n];
    // Slopes of a few steps: next state, output and hidden units of each.
    let mut slopes = vec![0.0; BLOCK * n_slope * n];
    let mut d_state = vec![0.0; n_state * n];
    for start in (0..batch.n_steps).step_by(BLOCK).rev() {
        let end = batch.n_steps.min(start + BLOCK);
        for t in (start..end).rev() {
            let next = &tape.rows[(t + 1) * n_row * n..][..n_state * n];
            let hidden = &tape.rows[(t * n_row + n_drive) * n..][..n_hidden * n];
            let slope = &mut slopes[(t - start) * n_slope * n..][..n_slope * n];
            let (d_core, rest) = slope.split_at_mut(n_core * n);
            let (d_hidden, d_latent) = rest.split_at_mut(n_hidden * n);
            gate(&d_state, next, &mut d_core[..n_state * n]);
            d_core[n_state * n..].copy_from_slice(&tape.mean[t * n_obs * n..][..n_obs * n]);
            if n_latent > 0 {
                moving.step(batch, tape, t, d_core, d_latent);
                affine(&to_hidden, d_core, &moving.by_hidden, d_hidden, n);
            } else {
                affine(&to_hidden, d_core, &zeros[..n_hidden * n], d_hidden, n);
            }
            hidden_backward(dims, &to_first, (hidden, d_hidden), &mut before, n);
            let heard = &slope[..(n_core + n_hidden) * n];
            affine(&to_state, heard, &zeros[..n_state * n], &mut d_state, n);
            update(&mut sums.base, slope, |sum, slope| sum + slope);
            let d_scale = &tape.log_scale[t * n_obs * n..][..n_obs * n];
            update(&mut sums.base_scale, d_scale, |sum, slope| sum + slope);
        }
        sums.add(dims, tape, (start, end), &slopes, n);
    }
    close_sums(layout, &sums, n, grad);
    let mut d_start = vec![0.0; n_state * n];
    gate(&d_state, &tape.rows[..n_state * n], &mut d_start);
    encoder_backward(layout, theta, batch, (tape, &d_start), grad);
    if dims.n_context > 0 {
        context_backward(layout, theta, batch, (tape, &sums), grad);
    }
    moving.paid * f64::from(batch.price * tape.share * (BALANCE[0] + BALANCE[1]))
}

/// The slopes by both layers' arguments from those by their values, in place; `before` is memory of
/// the first layer's size.
fn hidden_backward(
    dims: &Dims,
    to_first: &[f32],
    (hidden, d_hidden): (&[f32], &mut [f32]),
    before: &mut [f32],
    n: usize,
) {
    let (first, deep) = hidden.split_at(dims.n_first() * n);
    let (d_first, d_deep) = d_hidden.split_at_mut(dims.n_first() * n);
    if dims.n_deep > 0 {
        update(d_deep, deep, through_tanh);
        before.copy_from_slice(d_first);
        affine(to_first, d_deep, before, d_first, n);
    }
    update(d_first, first, through_tanh);
}

/// Closes the partial sums into the gradients.
fn close_sums(layout: &Layout, sums: &Sums, n: usize, grad: &mut [f32]) {
    let dims = &layout.dims;
    let (n_drive, n_core) = (dims.n_drive(), dims.n_core());
    let n_row = n_drive + dims.n_hidden;
    for row in 0..n_core {
        let (core, residual) =
            sums.core[row * n_row * CHUNK..][..n_row * CHUNK].split_at(n_drive * CHUNK);
        let target = layout.get_mut(grad, Part::Core);
        fold(core, CHUNK, &mut target[row * n_drive..][..n_drive]);
        let target = layout.get_mut(grad, Part::Residual);
        fold(
            residual,
            CHUNK,
            &mut target[row * dims.n_hidden..][..dims.n_hidden],
        );
    }
    if dims.n_deep > 0 {
        fold(&sums.deep, CHUNK, layout.get_mut(grad, Part::Deep));
    }
    let (base_core, rest) = sums.base.split_at(n_core * n);
    let (base_hidden, base_latent) = rest.split_at(dims.n_hidden * n);
    for (part, wide, width) in [
        (Part::Hidden, sums.hidden.as_slice(), CHUNK),
        (Part::Scale, &sums.scale, CHUNK),
        (Part::HiddenBias, base_hidden, n),
        (Part::CoreBias, base_core, n),
        (Part::ScaleBias, &sums.base_scale, n),
        (Part::LatentScale, &sums.latent_scale, CHUNK),
        (
            Part::LatentScaleBias,
            &base_latent[..2 * dims.n_latent * n],
            n,
        ),
        (Part::LatentGain, &sums.latent_gain, CHUNK),
        (Part::LatentIn, &sums.latent_in, CHUNK),
    ] {
        fold(wide, width, layout.get_mut(grad, part));
    }
}

/// Passes a gradient on where the state was not clamped.
fn gate(d_state: &[f32], state: &[f32], out: &mut [f32]) {
    out.copy_from_slice(d_state);
    update(out, state, |slope, value| {
        if value.abs() < STATE_LIMIT {
            slope
        } else {
            0.0
        }
    });
}

/// The slope by `tanh`'s argument from that by its value.
fn through_tanh(slope: f32, value: f32) -> f32 {
    slope * (1.0 - value * value)
}

/// Adds the gradient of one matrix that is used once.
fn matrix_grad(left: &[f32], right: &[f32], n: usize, out: &mut [f32]) {
    let mut wide = vec![0.0; out.len() * CHUNK];
    outer_add(Side::whole(left, n), Side::whole(right, n), &mut wide, n);
    fold(&wide, CHUNK, out);
}

fn encoder_backward(
    layout: &Layout,
    theta: &[f32],
    batch: &Batch,
    (tape, d_start): (&Tape, &[f32]),
    grad: &mut [f32],
) {
    let (n, n_enc) = (batch.n_lanes, layout.dims.n_enc);
    let target = layout.get_mut(grad, Part::EncLinear);
    matrix_grad(d_start, &batch.past, n, target);
    let target = layout.get_mut(grad, Part::EncOut);
    matrix_grad(d_start, &tape.enc_hidden, n, target);
    fold(d_start, n, layout.get_mut(grad, Part::EncBias));
    let zeros = vec![0.0; n_enc * n];
    let mut d_hidden = vec![0.0; n_enc * n];
    let back = layout.transposed(theta, Part::EncOut);
    affine(&back, d_start, &zeros, &mut d_hidden, n);
    update(&mut d_hidden, &tape.enc_hidden, through_tanh);
    let target = layout.get_mut(grad, Part::EncHidden);
    matrix_grad(&d_hidden, &batch.past, n, target);
    fold(&d_hidden, n, layout.get_mut(grad, Part::EncHiddenBias));
}

fn context_backward(
    layout: &Layout,
    theta: &[f32],
    batch: &Batch,
    (tape, sums): (&Tape, &Sums),
    grad: &mut [f32],
) {
    let (n, n_context) = (batch.n_lanes, layout.dims.n_context);
    let (base_core, rest) = sums.base.split_at(layout.dims.n_core() * n);
    let base_hidden = &rest[..layout.dims.n_hidden * n];
    let mut d_context = vec![0.0; n_context * n];
    for (part, slope) in [
        (Part::ContextHidden, base_hidden),
        (Part::ContextCore, base_core),
    ] {
        let before = d_context.clone();
        let back = layout.transposed(theta, part);
        affine(&back, slope, &before, &mut d_context, n);
        matrix_grad(slope, &tape.context, n, layout.get_mut(grad, part));
    }
    for (m, features) in batch
        .features
        .iter()
        .enumerate()
        .filter(|(_, f)| !f.is_empty())
    {
        let [mean, log_precision] = &tape.experts[m];
        let mut d_mean = vec![0.0; mean.len()];
        let mut d_precision = vec![0.0; mean.len()];
        for (position, slope) in d_context.iter().enumerate() {
            let log = log_precision[position];
            let precision = exp(log) * batch.present[m][position % n];
            let share = slope * precision / tape.precision[position];
            d_mean[position] = share;
            let inside = log > LOG_PRECISION[0] && log < LOG_PRECISION[1];
            let pull = share * (mean[position] - tape.context[position]);
            d_precision[position] = if inside { pull } else { 0.0 };
        }
        for (slope, weight, bias) in [
            (&d_mean, Part::Mean(m), Part::MeanBias(m)),
            (&d_precision, Part::Precision(m), Part::PrecisionBias(m)),
        ] {
            matrix_grad(slope, features, n, layout.get_mut(grad, weight));
            fold(slope, n, layout.get_mut(grad, bias));
        }
    }
}
