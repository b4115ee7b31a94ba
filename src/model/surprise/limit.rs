//! Where the alarm sounds: a nominal limit, raised where the normal blocks themselves exceed it.

use crate::base::to_count;

/// The share of normal steps that may be flagged.
const MAY_FLAG: f64 = 0.01;

/// The limit in standard deviations.
///
/// Nominally a channel passes it with the probability that one of all channels may; the estimate
/// of the noise rests on so many blocks, hence Student's distribution. Where more than the share
/// of the normal steps lies above it, it is raised to what they reach.
pub(super) fn limit_of(normal_scores: &mut [f64], n_channels: usize, n_blocks: usize) -> f64 {
    let tail = MAY_FLAG / (2.0 * n_channels.max(1) as f64);
    let freedom = n_blocks.saturating_sub(1).max(4) as f64;
    let nominal = student_quantile(tail, freedom);
    normal_scores.sort_unstable_by(f64::total_cmp);
    let n = normal_scores.len();
    let rank = to_count(((n as f64 + 1.0) * (1.0 - MAY_FLAG)).ceil());
    let reached = normal_scores.get(rank.min(n).saturating_sub(1));
    nominal.max(reached.copied().unwrap_or(0.0))
}

/// The point that Student's t exceeds with a probability, by its expansion about the normal one.
fn student_quantile(tail: f64, freedom: f64) -> f64 {
    let z = normal_quantile(tail);
    let (z3, z5, z7) = (z.powi(3), z.powi(5), z.powi(7));
    let first = (z3 + z) / (4.0 * freedom);
    let second = (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * freedom.powi(2));
    let third = (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * freedom.powi(3));
    z + first + second + third
}

/// The point that a standard normal variable exceeds with a small probability (Abramowitz and
/// Stegun 26.2.23, error below 4.5e-4).
fn normal_quantile(tail: f64) -> f64 {
    let t = (-2.0 * tail.clamp(1e-300, 0.5).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_tables() {
        assert!((normal_quantile(0.025) - 1.959_964).abs() < 1e-3);
        // t 0.975 with 10 and 0.999 with 20 degrees of freedom.
        assert!((student_quantile(0.025, 10.0) - 2.228).abs() < 5e-3);
        assert!((student_quantile(0.001, 20.0) - 3.552).abs() < 2e-2);
    }

    #[test]
    fn a_restless_normal_time_raises_the_limit() {
        let mut calm = vec![1.0; 1000];
        let mut restless: Vec<f64> = (0..1000).map(|t| f64::from(t) / 50.0).collect();
        let low = limit_of(&mut calm, 8, 20);
        assert!((3.0..5.0).contains(&low), "{low}");
        let high = limit_of(&mut restless, 8, 20);
        let above = restless.iter().filter(|&&score| score > high).count();
        assert!(above <= 10 && high > 15.0, "{above} {high}");
    }
}
