//! How bands come from left-out errors: bucket by bucket, then widened, then made to rise.

use std::collections::BTreeMap;

use super::{
    bands::{Calibration, Z90},
    cells::{Bucket, Cells, buckets, unlearned},
    memory::{memory, spread_scale},
};
use crate::model::{
    leftout::LeftOut,
    runs::{TierRuns, averaging_gain},
};

impl Calibration {
    /// Fits the calibration of one output; `long` tells how errors grow where runs go on.
    pub(crate) fn fit(
        (runs, leftout): (&TierRuns, &LeftOut),
        long: Option<(&TierRuns, &LeftOut)>,
        output: usize,
        n_obs: usize,
    ) -> Self {
        let mut calibration = Self {
            spread_scale: spread_scale(runs, leftout, output, n_obs),
            ..Self::default()
        };
        let mut weights = Vec::new();
        let stays = unlearned(runs, leftout, output, n_obs);
        let usual = buckets(leftout.horizon).into_iter();
        let mut parts: Vec<_> = usual.map(|steps| (runs, leftout, steps)).collect();
        if let Some((runs, far)) = long {
            let beyond = buckets(far.horizon).into_iter();
            let beyond = beyond.map(|(first, end)| (first.max(leftout.horizon), end));
            let beyond = beyond.filter(|(first, end)| end - end.min(first) >= leftout.horizon / 2);
            parts.extend(beyond.map(|steps| (runs, far, steps)));
        }
        let mut last = BTreeMap::new();
        let mut sizes = Vec::new();
        for (runs, leftout, (first, end)) in parts {
            let here = Bucket::collect(runs, leftout, (output, n_obs, stays), first..end);
            let folds = here.with_ended(last, end - first);
            let cells = Cells::of(folds.values());
            last = folds;
            if cells.scores.is_empty() {
                continue;
            }
            let own = cells.between[0].min(cells.between[1]);
            let gain = averaging_gain(cells.squared, own, runs.n_members);
            let half = |share: f64, is_inside: bool| gain * cells.quantile(share, is_inside);
            if !half(0.9, false).is_finite() {
                // Errors that are no numbers tell nothing, least of all that they are small.
                continue;
            }
            let middle = (first + end) as f64 * 0.5 + 0.5;
            calibration.knots.push(middle.ln());
            calibration.half50.push(half(0.5, false));
            calibration.half90.push(half(0.9, false));
            calibration.inside[0].push(half(0.5, true));
            calibration.inside[1].push(half(0.9, true));
            sizes.push((end - first, here.n_steps));
            let count = cells.scores.len() as f64;
            let usual = cells.apart[0].min(cells.apart[1]);
            calibration.between.push(usual / count);
            weights.push(count);
        }
        if calibration.knots.is_empty() {
            return Self::unknown(calibration.spread_scale);
        }
        (calibration.slow_share, calibration.rho) =
            memory(runs, leftout, (output, n_obs), &calibration);
        calibration.widen(&sizes);
        calibration.settle(&weights);
        calibration
    }

    /// Widens each bucket's bands by how few independent errors they come from; `sizes` holds each
    /// one's width and how many different steps were met in it, in all and weighted.
    fn widen(&mut self, sizes: &[(usize, [f64; 2])]) {
        let hang_together = 1.0 + 2.0 * self.slow_share * self.rho / (1.0 - self.rho);
        for (at, (width, n_steps)) in sizes.iter().enumerate() {
            let stretch = hang_together.min(*width as f64);
            let [all, inside] = n_steps.map(|n| few_stretches(n / stretch));
            self.half50[at] *= all;
            self.half90[at] *= all;
            for half in &mut self.inside {
                half[at] *= inside;
            }
        }
    }

    /// Makes bands rise with the horizon and keeps them in each other.
    fn settle(&mut self, weights: &[f64]) {
        let [inside50, inside90] = &mut self.inside;
        for (inner, outer) in [(&mut self.half50, &mut self.half90), (inside50, inside90)] {
            rise(inner, weights);
            rise(outer, weights);
            for (inner, outer) in inner.iter_mut().zip(outer.iter_mut()) {
                // A few steps that happen to be met exactly are no proof of certainty.
                *outer = outer.max(1e-6);
                *inner = inner.min(*outer);
            }
        }
        for (inside, anywhere) in self.inside.iter_mut().zip([&self.half50, &self.half90]) {
            for (inside, anywhere) in inside.iter_mut().zip(anywhere) {
                *inside = inside.min(*anywhere);
            }
        }
    }
}

/// Errors within a stretch hang together: the quantile of few stretches is widened as Student's
/// distribution is against the normal one (first term of Fisher's expansion). A stretch is as long
/// as the errors' memory, at most as the bucket.
fn few_stretches(n_stretches: f64) -> f64 {
    1.0 + (Z90 * Z90 + 1.0) / (4.0 * n_stretches.max(2.0))
}

/// Makes a list rise: neighbours that fall are replaced by their weighted mean.
fn rise(values: &mut [f64], weights: &[f64]) {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (&value, &weight) in values.iter().zip(weights) {
        pools.push((value, weight, 1));
        while let [.., left, right] = pools[..]
            && left.0 > right.0
        {
            let weight = left.1 + right.1;
            let mean = (left.0 * left.1 + right.0 * right.1) / weight;
            pools.truncate(pools.len() - 2);
            pools.push((mean, weight, left.2 + right.2));
        }
    }
    let smooth = pools
        .iter()
        .flat_map(|&(value, _, count)| std::iter::repeat_n(value, count));
    for (value, new) in values.iter_mut().zip(smooth) {
        *value = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_pair_is_pooled() {
        let mut values = [1.0, 3.0, 2.0, 5.0];
        rise(&mut values, &[1.0, 1.0, 3.0, 1.0]);
        let expected = [1.0, 2.25, 2.25, 5.0];
        assert!(
            values
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12)
        );
    }

    #[test]
    fn errors_without_memory_are_many_and_those_that_hang_together_few() {
        let widened = |slow_share: f64| {
            let mut one = Calibration::unknown(1.0);
            (one.slow_share, one.rho) = (slow_share, 0.99);
            one.widen(&[(100, [500.0, 500.0])]);
            one.half90[0] / Z90
        };
        assert!((widened(0.0) - few_stretches(500.0)).abs() < 1e-12);
        // A hundredfold memory is as long as the bucket: five stretches.
        assert!((widened(1.0) - few_stretches(5.0)).abs() < 1e-12);
    }
}
