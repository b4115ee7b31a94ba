//! One stream watched over time: a level that follows what is normal, and how far off it is.

use super::drift::{Blocks, Wander};
use crate::base::to_f32;

/// A block this many variances off is no teacher of what is normal.
const GATE: f64 = 4.0;

/// How long blocks and windows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// Steps of a block.
    pub(super) block: usize,
    /// Steps that a score looks back over.
    pub(super) window: usize,
}

impl Pace {
    /// At least twenty blocks in the longest normal run, and no block longer than it must be for
    /// the mean of a noisy channel to settle.
    pub(super) fn of(longest: usize) -> Self {
        let block = (longest / 20).clamp(4, 20);
        Self {
            block,
            window: 2 * block,
        }
    }
}

/// The normal blocks' means of one recording's stream.
pub(super) fn normal_blocks(values: &[f64], fold: &[Option<u8>], pace: Pace) -> Blocks {
    let blocks = values
        .chunks_exact(pace.block)
        .zip(fold.chunks_exact(pace.block));
    blocks
        .map(|(values, fold)| {
            let is_normal = fold.iter().all(Option::is_some);
            mean_of(values).filter(|_| is_normal)
        })
        .collect()
}

/// The mean of a block that is measured at least by half.
fn mean_of(values: &[f64]) -> Option<f64> {
    let known = values.iter().filter(|x| x.is_finite());
    let n = known.clone().count();
    (n > 0 && 2 * n >= values.len()).then(|| known.sum::<f64>() / n as f64)
}

/// Where a stream's recent mean lies, step by step; NaN where too little was measured.
#[derive(Debug, Clone, Default)]
pub(super) struct Watched {
    /// How far from where it should be.
    pub(super) off: Vec<f32>,
    /// The square of that in variances.
    pub(super) variances: Vec<f32>,
}

/// Watches one recording's stream.
pub(super) fn watch(values: &[f64], fold: &[Option<u8>], wander: &Wander, pace: Pace) -> Watched {
    let block = pace.block;
    let starts_normal = fold.iter().take(block).all(Option::is_some);
    let first = mean_of(&values[..block.min(values.len())]);
    let (mut level, mut doubt) = match first.filter(|_| starts_normal) {
        Some(mean) => (mean, wander.noise),
        None => (wander.level, wander.spread),
    };
    let mut out = Watched {
        off: vec![f32::NAN; values.len()],
        variances: vec![f32::NAN; values.len()],
    };
    let mut recent = Recent::default();
    for step in 0..values.len() {
        if step > 0 {
            doubt += wander.drift;
        }
        let is_edge = step > 0 && step % block == 0;
        if is_edge && (step > block || !starts_normal) {
            let past = &values[step - block..step];
            let is_normal = fold[step - block..step].iter().all(Option::is_some);
            if let Some(mean) = mean_of(past) {
                let off = mean - level;
                let variance = doubt + wander.noise;
                if is_normal || off * off < GATE * variance {
                    let gain = doubt / variance;
                    level += gain * off;
                    doubt *= 1.0 - gain;
                }
            }
        }
        recent.push(values[step]);
        if step >= pace.window {
            recent.pop(values[step - pace.window]);
        }
        if step >= block
            && let Some((mean, n)) = recent.mean(pace.window / 4)
        {
            let noise = wander.noise * (block as f64 / n).max(1.0);
            // A mean over a window lags behind a level that drifts.
            let lag = wander.drift * pace.window as f64 / 2.0;
            out.off[step] = to_f32(mean - level);
            out.variances[step] = to_f32((mean - level).powi(2) / (doubt + noise + lag));
        }
    }
    out
}

/// The sum over a window that slides.
#[derive(Debug, Clone, Copy, Default)]
struct Recent {
    sum: f64,
    n: usize,
}

impl Recent {
    fn push(&mut self, value: f64) {
        if value.is_finite() {
            self.sum += value;
            self.n += 1;
        }
    }

    fn pop(&mut self, value: f64) {
        if value.is_finite() {
            self.sum -= value;
            self.n -= 1;
        }
        if self.n == 0 {
            self.sum = 0.0;
        }
    }

    /// The mean, where at least `least` values were measured, and of how many it is.
    fn mean(&self, least: usize) -> Option<(f64, f64)> {
        let n = self.n as f64;
        (self.n >= least.max(1)).then(|| (self.sum / n, n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        block: 10,
        window: 20,
    };

    fn still() -> Wander {
        Wander {
            noise: 0.1,
            drift: 1e-4,
            level: 0.0,
            spread: 0.1,
        }
    }

    #[test]
    fn a_lasting_step_stays_surprising_and_a_slow_drift_does_not() {
        let fold = vec![None; 400];
        let step: Vec<f64> = (0..400).map(|t| if t < 100 { 0.0 } else { 5.0 }).collect();
        let scores = watch(&step, &fold, &still(), PACE).variances;
        assert!(scores[90] < 1.0 && scores[130] > 100.0 && scores[399] > 80.0);
        let drifting = Wander {
            drift: 0.1,
            ..still()
        };
        let slow: Vec<f64> = (0..400).map(|t| 0.02 * f64::from(t)).collect();
        let scores = watch(&slow, &fold, &drifting, PACE).variances;
        let worst = scores
            .iter()
            .copied()
            .filter(|x| x.is_finite())
            .fold(0.0, f32::max);
        assert!(worst < 9.0, "{worst}");
    }

    #[test]
    fn what_is_not_measured_is_not_surprising() {
        let mut values = vec![0.0; 200];
        values[100..150].fill(f64::NAN);
        let scores = watch(&values, &vec![None; 200], &still(), PACE).variances;
        assert!(scores[125].is_nan());
        assert!(scores[199] < 1.0);
    }
}
