//! The paths that an answer is a mean of.

use super::super::{
    batch::Batch,
    fused::Tape,
    kernel::{CHUNK, close},
    params::Dims,
};
use crate::{
    base::{Purpose, Stream},
    model::noise::normal_pairs,
};

/// Paths of an answer: one chunk of lanes, so that a single start costs no more than without.
pub(in super::super) const N_PATHS: usize = CHUNK;
/// Paths of each start of a validation; the starts take turns, so that together they use those of an answer.
pub(in super::super) const N_VAL_PATHS: usize = 4;
impl Batch {
    /// Gives neighbouring lanes the noise of the paths of a start, `n_paths` of a member's [`N_PATHS`]; where
    /// they are fewer, the next start has the next ones.
    ///
    /// It is a function of member, path and step alone: scenarios share it, and longer runs begin with
    /// shorter ones.
    pub(in super::super) fn fill_paths(&mut self, dims: &Dims, member: usize, n_paths: usize) {
        let (n, n_latent) = (self.n_lanes, dims.n_latent);
        self.noise = vec![0.0; self.n_steps * n_latent * n];
        let mut pairs = Vec::new();
        let pairs_of_paths = 0..N_PATHS / 2;
        let twins = 0..n_latent.div_ceil(2);
        for (pair, twin) in
            pairs_of_paths.flat_map(|pair| twins.clone().map(move |twin| (pair, twin)))
        {
            let ids = [member as u64, pair as u64, twin as u64];
            let stream = Stream::new(0, Purpose::Path, &ids);
            normal_pairs(&stream, self.n_steps, &mut pairs);
            for (t, both) in pairs.iter().enumerate() {
                for (unit, value) in (2 * twin..n_latent).zip(both) {
                    let row = &mut self.noise[(t * n_latent + unit) * n..][..n];
                    mirror(row, *value, pair, n_paths);
                }
            }
        }
    }
}

/// Writes the number of a pair to its path in every start whose turn it is, and its opposite to the next.
fn mirror(row: &mut [f32], value: f32, pair: usize, n_paths: usize) {
    let pairs_a_start = n_paths.div_ceil(2);
    let n_turns = (N_PATHS / 2).div_ceil(pairs_a_start);
    let (turn, path) = (pair / pairs_a_start, 2 * (pair % pairs_a_start));
    let starts = row.chunks_exact_mut(n_paths).skip(turn).step_by(n_turns);
    for start in starts {
        for (lane, signed) in start[path..].iter_mut().zip([value, -value]) {
            *lane = signed;
        }
    }
}

/// Gives all paths of a start their mean, in every lane.
pub(in super::super) fn agree(tape: &mut Tape, n_paths: usize) {
    for paths in tape.mean.chunks_exact_mut(n_paths) {
        let mean = paths.iter().sum::<f32>() / n_paths as f32;
        paths.fill(mean);
    }
}

/// Mean and spread of the paths of a start, from the means and scales of each.
///
/// The spread's square is the mean of the scales' squares and the variance of the means.
pub(in super::super) fn pool(means: &[f32; N_PATHS], scales: &[f32; N_PATHS]) -> [f32; 2] {
    let count = N_PATHS as f32;
    let mean = close(*means) / count;
    let square = |at: usize| scales[at] * scales[at] + (means[at] - mean) * (means[at] - mean);
    let variance = close(std::array::from_fn(square)) / count;
    [mean, variance.sqrt()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n_steps: usize, n_paths: usize, n_starts: usize) -> Batch {
        let dims = Dims {
            n_obs: 1,
            n_in: 1,
            n_state: 2,
            n_hidden: 3,
            n_deep: 0,
            n_latent: 3,
            n_enc: 2,
            n_context: 0,
            n_lags: 2,
            has_mask: false,
            n_features: [0; 3],
        };
        let mut batch = Batch::new(&dims, n_starts * n_paths, n_steps);
        batch.fill_paths(&dims, 1, n_paths);
        batch
    }

    #[test]
    fn paths_come_in_mirrored_pairs_that_all_starts_share_and_longer_ones_begin_alike() {
        for n_paths in [N_VAL_PATHS, N_PATHS] {
            let batch = noise(20, n_paths, 8);
            let all = noise(20, N_PATHS, 1);
            for (row, answer) in batch
                .noise
                .chunks_exact(batch.n_lanes)
                .zip(all.noise.chunks_exact(N_PATHS))
            {
                // So many starts in a row have the paths of an answer, one after the other.
                for turn in row.chunks_exact(N_PATHS) {
                    assert_eq!(turn, answer);
                }
                assert!(
                    row.chunks_exact(2)
                        .all(|pair| pair[0].abs() > 0.0 && (pair[0] + pair[1]).abs() < 1e-9)
                );
            }
            let short = noise(7, n_paths, 8);
            assert!(batch.noise[..short.noise.len()] == short.noise[..]);
            let all: f32 = batch.noise.iter().map(|z| z * z).sum();
            assert!((all / batch.noise.len() as f32 - 1.0).abs() < 0.5);
        }
    }

    #[test]
    fn a_pool_has_the_spread_within_paths_and_that_between_them() {
        let means: [f32; N_PATHS] = std::array::from_fn(|at| if at % 2 == 0 { 3.0 } else { 11.0 });
        let [mean, scale] = pool(&means, &[3.0; N_PATHS]);
        assert!((mean - 7.0).abs() < 1e-6 && (scale - 5.0).abs() < 1e-6);
    }
}
