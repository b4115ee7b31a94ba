//! A dataset as the models see it: normalised, step-major, with blocks and folds.

use super::senses::Memory;

/// One recording, normalised; row-major by step.
#[derive(Debug, Clone)]
pub(crate) struct PreparedEpisode {
    /// How many steps it has.
    pub(crate) n_steps: usize,
    /// Outputs, `[T, O]`, NaN where missing.
    pub(crate) obs: Vec<f32>,
    /// Controls, then disturbances, `[T, U]`, gaps filled by holding; never NaN.
    pub(crate) input: Vec<f32>,
    /// The newest features known at each step, one `[T, F]` array a modality of
    /// [`Prepared::n_features`]; a row of NaN where nothing is known yet or it is too old.
    pub(crate) context: Vec<Vec<f32>>,
}

/// A dataset as the models see it.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// Number of outputs, `O`.
    pub(crate) n_obs: usize,
    /// Number of inputs, `U`.
    pub(crate) n_in: usize,
    /// Number of features of each modality, in the order of `Modality::ALL`; 0 where absent.
    pub(crate) n_features: [usize; 3],
    /// Length of a step in seconds.
    pub(crate) step_secs: f64,
    /// The recordings.
    pub(crate) episodes: Vec<PreparedEpisode>,
    /// The material of each fold: blocks of steps in train and val spans, in order of time.
    /// Member `m` of every ensemble learns from all folds but fold `m` and is validated on it.
    pub(crate) folds: Vec<Vec<Block>>,
    /// Lower and upper end that each output cannot pass, `[O]`; infinite where it has none.
    pub(crate) rails: Vec<[f32; 2]>,
    /// How the last inputs fade after a start, beyond which they are not known; empty = all are.
    pub(crate) fading: Memory,
}

impl Prepared {
    /// The blocks that a member learns from: all folds but its own, unless there is only one.
    pub(crate) fn training_blocks(&self, member: usize) -> Vec<Block> {
        let folds = self.folds.iter().enumerate();
        let others = folds.filter(|(fold, _)| *fold != member || self.folds.len() == 1);
        others.flat_map(|(_, blocks)| blocks).copied().collect()
    }

    /// How many rows all folds have together.
    pub(crate) fn n_fold_rows(&self) -> usize {
        let blocks = self.folds.iter().flatten();
        blocks.map(|block| block.end - block.start).sum()
    }

    /// Which steps of each recording belong to any fold.
    pub(crate) fn covered(&self) -> Vec<Vec<bool>> {
        let none = self.episodes.iter().map(|one| vec![false; one.n_steps]);
        let mut covered: Vec<Vec<bool>> = none.collect();
        for block in self.folds.iter().flatten() {
            covered[block.episode][block.start..block.end].fill(true);
        }
        covered
    }
}

/// A stretch of steps of one recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    /// The recording's position.
    pub(crate) episode: usize,
    /// First step.
    pub(crate) start: usize,
    /// Step after the last.
    pub(crate) end: usize,
}

/// A rollout from one start, all normalised.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SimStart<'a> {
    /// The measured outputs before the first predicted step, `[L, O]`, oldest first, NaN missing.
    pub(crate) past_obs: &'a [f32],
    /// The inputs of the same steps, `[L, U]`.
    pub(crate) past_input: &'a [f32],
    /// The inputs of the predicted steps, `[H, U]`.
    pub(crate) future_input: &'a [f32],
    /// The features known at the last measured step, one `[F]` slice a modality; empty or NaN
    /// where absent or switched off.
    pub(crate) context: [&'a [f32]; 3],
}

/// The features of the modalities that are shown; nothing of the others.
pub(crate) fn shown(context: &[Vec<f32>; 3], modalities: [bool; 3]) -> [&[f32]; 3] {
    [0, 1, 2].map(|at| {
        if modalities[at] {
            context[at].as_slice()
        } else {
            &[]
        }
    })
}

/// What one member says about one start.
#[derive(Debug, Clone, Default)]
pub(crate) struct SimOutput {
    /// Mean of each step, `[H, O]`, normalised.
    pub(crate) mean: Vec<f32>,
    /// Standard deviation of the noise within the member, `[H, O]`, before calibration.
    pub(crate) scale: Vec<f32>,
}

/// A trained family that can be rolled out; members are deterministic, noise is added by the
/// caller so that all families share common random numbers.
pub(crate) trait Simulator: Send + Sync + std::fmt::Debug {
    /// How many numbers were fitted, over all members.
    fn n_params(&self) -> usize;
    /// How many members there are.
    fn n_members(&self) -> usize;
    /// Rolls one member out from each start. All starts have the same `H`.
    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput>;
}

#[cfg(test)]
impl Prepared {
    /// One recording of one output and one input, cut into folds of about equal length.
    pub(crate) fn of_columns(obs: Vec<f32>, input: Vec<f32>, n_folds: usize) -> Self {
        let n_steps = obs.len();
        let block = |fold: usize| Block {
            episode: 0,
            start: fold * n_steps / n_folds,
            end: (fold + 1) * n_steps / n_folds,
        };
        Self {
            n_obs: 1,
            n_in: 1,
            n_features: [0; 3],
            step_secs: 1.0,
            episodes: vec![PreparedEpisode {
                n_steps,
                obs,
                input,
                context: vec![Vec::new(); 3],
            }],
            folds: (0..n_folds).map(|fold| vec![block(fold)]).collect(),
            rails: vec![super::rails::FREE],
            fading: Memory::default(),
        }
    }
}
