//! A whole free run of a batch and its exact gradient, without an autograd graph.
//!
//! ```text
//! h_t            = tanh(Wh [s_t, u_t] + bh + Vh c)
//! [s_t+1 ; y_t]  = [A B; C D] [s_t, u_t] + b + R h_t + V c
//! log scale_t    = S h_t + bs          (h_t detached: the scale never bends the mean)
//! s_0            = We past + be + Wo tanh(Wp past + bp)
//! ```
//!
//! Eager tensor code spends ten times longer on these sizes, because each step is a dozen small
//! kernels. Everything needed twice is kept on a tape; weight gradients are summed lane by lane
//! and closed once at the end.

use super::{
    batch::Batch,
    kernel::{CHUNK, add, broadcast, exp, fold, mul_add, outer_add, tanh_in_place},
    params::{Layout, Part},
};

/// States have unit variance on the training data; further out nothing was ever seen.
pub(super) const STATE_LIMIT: f32 = 30.0;
/// The smallest scale, in units of an output's spread.
pub(super) const SCALE_FLOOR: f32 = 1e-3;
/// Bounds of the log scale.
pub(super) const LOG_SCALE: [f32; 2] = [-7.0, 2.0];
/// Bounds of an expert's log precision.
pub(super) const LOG_PRECISION: [f32; 2] = [-4.0, 4.0];
/// Standard deviations beyond which the loss grows linearly.
pub(super) const HUBER: f32 = 4.0;

/// Which loss the mean is trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Huber loss on the mean; the scale follows it.
    Huber,
    /// Beta-NLL with beta 0.5 (Seitzer et al. 2022).
    Nll,
}

/// What a forward run leaves behind.
#[derive(Debug, Clone, Default)]
pub(super) struct Tape {
    /// State and input before each step, `[K + 1, X + U, N]`.
    drive: Vec<f32>,
    /// `[K, H, N]`.
    hidden: Vec<f32>,
    /// `[K, O, N]`.
    pub(super) mean: Vec<f32>,
    /// Before clamping, `[K, O, N]`.
    pub(super) log_scale: Vec<f32>,
    /// `[He, N]`.
    enc_hidden: Vec<f32>,
    /// `[Cd, N]`.
    context: Vec<f32>,
    /// Sum of the experts' precisions and the prior's, `[Cd, N]`.
    precision: Vec<f32>,
    /// Means and clamped log precisions of each expert, `[Cd, N]` each.
    experts: [[Vec<f32>; 2]; 3],
}

/// Runs a batch freely from its measured past.
pub(super) fn forward(layout: &Layout, theta: &[f32], batch: &Batch, tape: &mut Tape) {
    let (dims, n, k) = (&layout.dims, batch.n_lanes, batch.n_steps);
    let (n_state, n_drive, n_core) = (dims.n_state, dims.n_drive(), dims.n_core());
    let get = |part| layout.get(theta, part);
    resize(&mut tape.drive, (k + 1) * n_drive * n);
    resize(&mut tape.hidden, k * dims.n_hidden * n);
    resize(&mut tape.mean, k * dims.n_obs * n);
    resize(&mut tape.log_scale, k * dims.n_obs * n);
    fuse_context(layout, theta, batch, tape);

    resize(&mut tape.enc_hidden, dims.n_enc * n);
    broadcast(get(Part::EncHiddenBias), &mut tape.enc_hidden, n);
    mul_add(get(Part::EncHidden), &batch.past, &mut tape.enc_hidden, n);
    tanh_in_place(&mut tape.enc_hidden);
    let state = &mut tape.drive[..n_state * n];
    broadcast(get(Part::EncBias), state, n);
    mul_add(get(Part::EncLinear), &batch.past, state, n);
    mul_add(get(Part::EncOut), &tape.enc_hidden, state, n);
    limit(state);

    let mut base_hidden = vec![0.0; dims.n_hidden * n];
    let mut base_core = vec![0.0; n_core * n];
    broadcast(get(Part::HiddenBias), &mut base_hidden, n);
    broadcast(get(Part::CoreBias), &mut base_core, n);
    if dims.n_context > 0 {
        mul_add(get(Part::ContextHidden), &tape.context, &mut base_hidden, n);
        mul_add(get(Part::ContextCore), &tape.context, &mut base_core, n);
    }
    let mut core = vec![0.0; n_core * n];
    let inputs = batch.input.chunks_exact((dims.n_in * n).max(1));
    for (t, input) in pad(inputs, k).enumerate() {
        let (now, next) = tape.drive[t * n_drive * n..].split_at_mut(n_drive * n);
        now[n_state * n..].copy_from_slice(input);
        let hidden = &mut tape.hidden[t * dims.n_hidden * n..][..dims.n_hidden * n];
        hidden.copy_from_slice(&base_hidden);
        mul_add(get(Part::Hidden), now, hidden, n);
        tanh_in_place(hidden);
        core.copy_from_slice(&base_core);
        mul_add(get(Part::Core), now, &mut core, n);
        mul_add(get(Part::Residual), hidden, &mut core, n);
        let (state, mean) = core.split_at_mut(n_state * n);
        limit(state);
        next[..n_state * n].copy_from_slice(state);
        let span = t * dims.n_obs * n..(t + 1) * dims.n_obs * n;
        tape.mean[span.clone()].copy_from_slice(mean);
        let log_scale = &mut tape.log_scale[span];
        broadcast(get(Part::ScaleBias), log_scale, n);
        mul_add(get(Part::Scale), hidden, log_scale, n);
    }
}

/// The inputs of each step, or empty slices where there are no inputs.
fn pad<'a>(inputs: impl Iterator<Item = &'a [f32]>, k: usize) -> impl Iterator<Item = &'a [f32]> {
    const NONE: &[f32] = &[];
    inputs.chain(std::iter::repeat(NONE)).take(k)
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
#[expect(
    clippy::inline_always,
    reason = "vectorises only inside its caller's loop"
)]
#[inline(always)]
pub(super) fn scale_of(log_scale: f32) -> f32 {
    SCALE_FLOOR + exp(log_scale.clamp(LOG_SCALE[0], LOG_SCALE[1]))
}

/// Product of the experts of the modalities that are present, prior N(0, 1).
fn fuse_context(layout: &Layout, theta: &[f32], batch: &Batch, tape: &mut Tape) {
    let (n, width) = (batch.n_lanes, layout.dims.n_context * batch.n_lanes);
    tape.precision.clear();
    tape.precision.resize(width, 1.0);
    tape.context.clear();
    tape.context.resize(width, 0.0);
    for (m, features) in batch
        .features
        .iter()
        .enumerate()
        .filter(|(_, f)| !f.is_empty())
    {
        let [mean, log_precision] = &mut tape.experts[m];
        for (target, weight, bias) in [
            (&mut *mean, Part::Mean(m), Part::MeanBias(m)),
            (
                &mut *log_precision,
                Part::Precision(m),
                Part::PrecisionBias(m),
            ),
        ] {
            resize(target, width);
            broadcast(layout.get(theta, bias), target, n);
            mul_add(layout.get(theta, weight), features, target, n);
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
/// outputs' spread.
pub(super) fn loss(batch: &Batch, tape: &mut Tape, spread: &[f32], phase: Phase) -> [f64; 2] {
    let n = batch.n_lanes;
    let n_known = batch.target.iter().filter(|y| y.is_finite()).count().max(1);
    let share = 1.0 / n_known as f32;
    let (mut total, mut square) = (0.0_f64, 0.0_f64);
    let rows = batch.target.chunks_exact(n);
    let heads = tape
        .mean
        .chunks_exact_mut(n)
        .zip(tape.log_scale.chunks_exact_mut(n));
    for (row, (targets, (means, log_scales))) in rows.zip(heads).enumerate() {
        let inverse = 1.0 / spread[row % spread.len()];
        let (mut row_loss, mut row_square) = (0.0_f32, 0.0_f32);
        for ((target, mean), log_scale) in targets.iter().zip(means).zip(log_scales) {
            let known = if target.is_finite() { share } else { 0.0 };
            let target = if target.is_finite() { *target } else { *mean };
            let residual = (target - *mean) * inverse;
            let raw = *log_scale;
            let inside = if raw > LOG_SCALE[0] && raw < LOG_SCALE[1] {
                1.0
            } else {
                0.0
            };
            let scale = scale_of(raw);
            let z = residual / scale;
            let slope = z.clamp(-HUBER, HUBER);
            let nll = scale * (scale.ln() + slope * (z - 0.5 * slope));
            let bent = residual.clamp(-1.0, 1.0);
            let (pull, extra) = match phase {
                Phase::Huber => (bent, bent * (residual - 0.5 * bent)),
                Phase::Nll => (slope, 0.0),
            };
            row_loss += known * (nll + extra);
            row_square += known * residual * residual;
            *mean = -known * pull * inverse;
            *log_scale = known * inside * (1.0 - z * slope) * (scale - SCALE_FLOOR);
        }
        total += f64::from(row_loss);
        square += f64::from(row_square);
    }
    [total, square]
}

/// Partial sums of the gradients of what is used at every step.
struct Wide {
    hidden: Vec<f32>,
    core: Vec<f32>,
    residual: Vec<f32>,
    scale: Vec<f32>,
    base_hidden: Vec<f32>,
    base_core: Vec<f32>,
    base_scale: Vec<f32>,
}

/// The gradient of the loss whose derivatives [`loss`] left on the tape, written to `grad`.
pub(super) fn backward(
    layout: &Layout,
    theta: &[f32],
    batch: &Batch,
    tape: &Tape,
    grad: &mut [f32],
) {
    let (dims, n) = (&layout.dims, batch.n_lanes);
    let (n_state, n_drive, n_core) = (dims.n_state, dims.n_drive(), dims.n_core());
    let (n_hidden, n_obs) = (dims.n_hidden, dims.n_obs);
    grad.fill(0.0);
    let mut hidden_back = layout.transposed(theta, Part::Hidden);
    hidden_back.truncate(n_state * n_hidden);
    let mut core_back = layout.transposed(theta, Part::Core);
    core_back.truncate(n_state * n_core);
    let residual_back = layout.transposed(theta, Part::Residual);
    let mut wide = Wide {
        hidden: vec![0.0; n_hidden * n_drive * CHUNK],
        core: vec![0.0; n_core * n_drive * CHUNK],
        residual: vec![0.0; n_core * n_hidden * CHUNK],
        scale: vec![0.0; n_obs * n_hidden * CHUNK],
        base_hidden: vec![0.0; n_hidden * n],
        base_core: vec![0.0; n_core * n],
        base_scale: vec![0.0; n_obs * n],
    };
    // Gradient of the next state, then of the output of this step.
    let mut d_core = vec![0.0; n_core * n];
    let mut d_hidden = vec![0.0; n_hidden * n];
    let mut d_state = vec![0.0; n_state * n];
    for t in (0..batch.n_steps).rev() {
        let now = &tape.drive[t * n_drive * n..][..n_drive * n];
        let next = &tape.drive[(t + 1) * n_drive * n..][..n_state * n];
        let hidden = &tape.hidden[t * n_hidden * n..][..n_hidden * n];
        let d_scale = &tape.log_scale[t * n_obs * n..][..n_obs * n];
        gate(&d_state, next, &mut d_core[..n_state * n]);
        d_core[n_state * n..].copy_from_slice(&tape.mean[t * n_obs * n..][..n_obs * n]);
        d_hidden.fill(0.0);
        mul_add(&residual_back, &d_core, &mut d_hidden, n);
        for (slope, value) in d_hidden.iter_mut().zip(hidden) {
            *slope *= 1.0 - value * value;
        }
        d_state.fill(0.0);
        mul_add(&core_back, &d_core, &mut d_state, n);
        mul_add(&hidden_back, &d_hidden, &mut d_state, n);
        outer_add(&d_hidden, now, &mut wide.hidden, n);
        outer_add(&d_core, now, &mut wide.core, n);
        outer_add(&d_core, hidden, &mut wide.residual, n);
        outer_add(d_scale, hidden, &mut wide.scale, n);
        add(&d_hidden, &mut wide.base_hidden);
        add(&d_core, &mut wide.base_core);
        add(d_scale, &mut wide.base_scale);
    }
    for (part, sums, width) in [
        (Part::Hidden, &wide.hidden, CHUNK),
        (Part::Core, &wide.core, CHUNK),
        (Part::Residual, &wide.residual, CHUNK),
        (Part::Scale, &wide.scale, CHUNK),
        (Part::HiddenBias, &wide.base_hidden, n),
        (Part::CoreBias, &wide.base_core, n),
        (Part::ScaleBias, &wide.base_scale, n),
    ] {
        fold(sums, width, layout.get_mut(grad, part));
    }
    let mut d_start = vec![0.0; n_state * n];
    gate(&d_state, &tape.drive[..n_state * n], &mut d_start);
    encoder_backward(layout, theta, batch, (tape, &d_start), grad);
    if dims.n_context > 0 {
        context_backward(layout, theta, batch, (tape, &wide), grad);
    }
}

/// Passes a gradient on where the state was not clamped.
fn gate(d_state: &[f32], state: &[f32], out: &mut [f32]) {
    for ((out, slope), value) in out.iter_mut().zip(d_state).zip(state) {
        *out = if value.abs() < STATE_LIMIT {
            *slope
        } else {
            0.0
        };
    }
}

/// Adds the gradient of one matrix that is used once.
fn matrix_grad(left: &[f32], right: &[f32], n: usize, out: &mut [f32]) {
    let mut wide = vec![0.0; out.len() * CHUNK];
    outer_add(left, right, &mut wide, n);
    fold(&wide, CHUNK, out);
}

fn encoder_backward(
    layout: &Layout,
    theta: &[f32],
    batch: &Batch,
    (tape, d_start): (&Tape, &[f32]),
    grad: &mut [f32],
) {
    let n = batch.n_lanes;
    matrix_grad(
        d_start,
        &batch.past,
        n,
        layout.get_mut(grad, Part::EncLinear),
    );
    matrix_grad(
        d_start,
        &tape.enc_hidden,
        n,
        layout.get_mut(grad, Part::EncOut),
    );
    fold(d_start, n, layout.get_mut(grad, Part::EncBias));
    let mut d_hidden = vec![0.0; tape.enc_hidden.len()];
    mul_add(
        &layout.transposed(theta, Part::EncOut),
        d_start,
        &mut d_hidden,
        n,
    );
    for (slope, value) in d_hidden.iter_mut().zip(&tape.enc_hidden) {
        *slope *= 1.0 - value * value;
    }
    matrix_grad(
        &d_hidden,
        &batch.past,
        n,
        layout.get_mut(grad, Part::EncHidden),
    );
    fold(&d_hidden, n, layout.get_mut(grad, Part::EncHiddenBias));
}

fn context_backward(
    layout: &Layout,
    theta: &[f32],
    batch: &Batch,
    (tape, wide): (&Tape, &Wide),
    grad: &mut [f32],
) {
    let n = batch.n_lanes;
    let mut d_context = vec![0.0; tape.context.len()];
    for (part, slope) in [
        (Part::ContextHidden, &wide.base_hidden),
        (Part::ContextCore, &wide.base_core),
    ] {
        mul_add(&layout.transposed(theta, part), slope, &mut d_context, n);
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
        matrix_grad(&d_mean, features, n, layout.get_mut(grad, Part::Mean(m)));
        fold(&d_mean, n, layout.get_mut(grad, Part::MeanBias(m)));
        matrix_grad(
            &d_precision,
            features,
            n,
            layout.get_mut(grad, Part::Precision(m)),
        );
        fold(
            &d_precision,
            n,
            layout.get_mut(grad, Part::PrecisionBias(m)),
        );
    }
}
