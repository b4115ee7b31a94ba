//! How a stream wanders while all is normal: the noise of a block's mean and its slow drift.

/// Most distances between blocks that are looked at.
const MAX_LAGS: usize = 20;
/// No block's mean is surer than this share of the whole spread.
const LEAST: f64 = 1e-4;

/// How a stream wanders while all is normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wander {
    /// Variance of a block's mean about the level of its time.
    pub(super) noise: f64,
    /// By how much the level's variance grows with every step.
    pub(super) drift: f64,
    /// The mean of all blocks.
    pub(super) level: f64,
    /// The variance of all blocks' means.
    pub(super) spread: f64,
}

/// One recording's blocks: the mean of each, `None` where it is not normal or hardly measured.
pub(super) type Blocks = Vec<Option<f64>>;

impl Wander {
    /// From the normal blocks of all recordings; `None` where there are fewer than four.
    ///
    /// The mean squared difference of two blocks that lie h apart is twice the noise plus h times
    /// the drift; both are fitted to all distances, near ones with more weight.
    pub(super) fn fit(episodes: &[Blocks], block_steps: usize, n_normal: usize) -> Option<Self> {
        let means: Vec<f64> = episodes.iter().flatten().flatten().copied().collect();
        if means.len() < 4 {
            return None;
        }
        let n = means.len() as f64;
        let level = means.iter().sum::<f64>() / n;
        let spread = means.iter().map(|mean| (mean - level).powi(2)).sum::<f64>() / (n - 1.0);
        let longest = episodes.iter().map(|blocks| longest_run(blocks)).max();
        let longest = longest.unwrap_or(0);
        let mut points = Vec::new();
        for lag in 1..longest.clamp(2, MAX_LAGS) {
            let (sum, pairs) = differences(episodes, lag);
            if pairs > 0.0 {
                points.push((lag as f64, sum / pairs, pairs / lag as f64));
            }
        }
        let (noise, slope) = line(&points).unwrap_or((spread, 0.0));
        let noise = noise.max(LEAST * spread.max(LEAST));
        // A drift that adds up to less than one block's noise over all that is normal cannot be
        // ruled out.
        let least = noise / n_normal.max(1) as f64;
        Some(Self {
            noise,
            drift: (slope / block_steps as f64).max(least),
            level,
            spread: spread.max(noise),
        })
    }
}

/// The longest run of blocks that say something.
fn longest_run(blocks: &[Option<f64>]) -> usize {
    let runs = blocks.split(Option::is_none).map(<[Option<f64>]>::len);
    runs.max().unwrap_or(0)
}

fn differences(episodes: &[Blocks], lag: usize) -> (f64, f64) {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for blocks in episodes {
        for (early, late) in blocks.iter().zip(blocks.iter().skip(lag)) {
            if let (Some(early), Some(late)) = (early, late) {
                sum += (late - early).powi(2);
                pairs += 1.0;
            }
        }
    }
    (sum, pairs)
}

/// Least squares of `value = 2·noise + slope·lag` with neither below zero.
fn line(points: &[(f64, f64, f64)]) -> Option<(f64, f64)> {
    if points.is_empty() {
        return None;
    }
    let sum = |of: fn(&(f64, f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
    let (n, x, y) = (sum(|p| p.2), sum(|p| p.2 * p.0), sum(|p| p.2 * p.1));
    let (xx, xy) = (sum(|p| p.2 * p.0 * p.0), sum(|p| p.2 * p.0 * p.1));
    let det = n * xx - x * x;
    let slope = if det > 1e-12 * n * xx {
        (n * xy - x * y) / det
    } else {
        0.0
    };
    let cut = (y - slope.max(0.0) * x) / n;
    if slope > 0.0 && cut <= 0.0 {
        // Smoother than a random walk: half of what neighbours differ by counts as noise.
        return Some((points[0].1 / 4.0, xy / xx));
    }
    Some((cut / 2.0, slope.max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream};

    fn noise(n: usize) -> Vec<f64> {
        let mut draws = Stream::new(7, Purpose::Sensor, &[]).draws();
        (0..n).map(|_| draws.normal()).collect()
    }

    #[test]
    fn white_noise_hardly_drifts_and_a_random_walk_does() {
        let white: Blocks = noise(400).into_iter().map(Some).collect();
        let still = Wander::fit(&[white], 10, 4000).expect("enough");
        assert!((still.noise - 1.0).abs() < 0.25, "{still:?}");
        assert!(still.drift < 0.002, "{still:?}");
        let mut level = 0.0;
        let walk = noise(400).into_iter().map(|step| {
            level += step;
            Some(level)
        });
        let moving = Wander::fit(&[walk.collect()], 10, 4000).expect("enough");
        assert!((0.04..0.25).contains(&moving.drift), "{moving:?}");
    }

    #[test]
    fn three_blocks_say_nothing() {
        assert_eq!(Wander::fit(&[vec![Some(1.0); 3]], 10, 30), None);
    }
}
