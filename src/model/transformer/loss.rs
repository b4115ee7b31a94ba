//! How far a free run is from what was measured, and the slope of that.

use super::layout::Dims;
use crate::model::{
    dynamics::{ln, scale_of},
    learning::{BEND, Gauge, LOG_SCALE, Phase, SCALE_FLOOR},
};

/// Mean loss over all known steps; replaces corrections and log scales by their slopes.
///
/// # Shapes
///
/// - `out`: `[N, H, 2 O]`; `linear` and `target`: `[N, H, O]`
pub(super) fn loss(
    dims: &Dims,
    gauge: &Gauge,
    phase: Phase,
    (linear, target): (&[f32], &[f32]),
    out: &mut [f32],
) -> f64 {
    let n_known = target.iter().filter(|y| y.is_finite()).count().max(1);
    let share = 1.0 / n_known as f32;
    let mut total = 0.0;
    let rows = linear
        .chunks_exact(dims.n_obs)
        .zip(target.chunks_exact(dims.n_obs));
    for (row, (linear, target)) in out.chunks_exact_mut(dims.n_out()).zip(rows) {
        let (corrections, scales) = row.split_at_mut(dims.n_obs);
        for (output, (correction, raw)) in corrections.iter_mut().zip(scales).enumerate() {
            let spread = gauge.spread[output];
            let mean = linear[output] + spread * *correction;
            let rail = gauge.rails[output];
            let residual = residual(target[output], mean, rail).map(|error| error / spread);
            let (loss, d_residual, d_raw) =
                residual.map_or((0.0, 0.0, 0.0), |z| point(phase, z, *raw));
            total += f64::from(share * loss);
            // The residual falls as the correction grows.
            *correction = -share * d_residual;
            *raw = share * d_raw;
        }
    }
    total
}

/// What is missing to the target; nothing where it was not measured, and where the mean lies beyond
/// an end at which it rests.
pub(super) fn residual(target: f32, mean: f32, [low, high]: [f32; 2]) -> Option<f32> {
    let bound = (target >= high && mean > target) || (target <= low && mean < target);
    (target.is_finite() && !bound).then_some(target - mean)
}

/// Loss and slopes of one value.
fn point(phase: Phase, residual: f32, raw: f32) -> (f32, f32, f32) {
    let scale = scale_of(raw);
    let z = residual / scale;
    let slope = z.clamp(-BEND, BEND);
    let likelihood = scale * (ln(scale) + slope * (z - 0.5 * slope));
    let bent = residual.clamp(-1.0, 1.0);
    let (pull, extra) = match phase {
        Phase::Huber => (bent, bent * (residual - 0.5 * bent)),
        Phase::Likelihood => (slope, 0.0),
    };
    let inside = raw > LOG_SCALE[0] && raw < LOG_SCALE[1];
    let d_raw = if inside {
        (1.0 - z * slope) * (scale - SCALE_FLOOR)
    } else {
        0.0
    };
    (likelihood + extra, pull, d_raw)
}
