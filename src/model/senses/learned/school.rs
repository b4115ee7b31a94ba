//! What an encoder and attention share while they learn: a net on all folds and one without each.

use candle_core::Tensor;

use super::{
    net::Result,
    objective::{Known, Objective},
    params::{Array, Batches, Params},
    target::Targets,
};
use crate::{
    base::{StopToken, parallel_map, to_f32},
    data::Dataset,
    model::{ModelError, prepared::Block},
};

/// Most records that one training looks at; larger sets are thinned evenly.
const MOST_RECORDS: usize = 1500;
/// Records that are looked at together.
pub(super) const BATCH: usize = 64;

/// What encoders learn from, and how.
pub(crate) struct Lesson<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) folds: &'a [Vec<Block>],
    pub(crate) targets: &'a Targets<'a>,
    /// Whether nets first restore what is masked.
    pub(crate) is_pretrained: bool,
    /// Whether numbers are aligned with the sensors.
    pub(crate) is_aligned: bool,
    /// Whether attention has one of several modalities hidden at random.
    pub(crate) is_hiding: bool,
    pub(crate) seed: u64,
    /// Threads; 1 = one training after the other. Results do not depend on it.
    pub(crate) n_threads: usize,
    pub(crate) stop: &'a StopToken,
}

/// How long a net learns.
pub(super) struct Course {
    /// Fewer records teach nothing.
    pub(super) least: usize,
    /// Passes over the records; fewest and most steps.
    pub(super) passes: usize,
    pub(super) steps: [usize; 2],
    /// Largest step size.
    pub(super) rate: f64,
    /// Set its random numbers apart: those of the heads, and those of the order of records.
    pub(super) heads_id: u64,
    pub(super) order_ids: Vec<u64>,
}

/// What the trainings of one net share.
pub(super) struct School<'a> {
    pub(super) lesson: &'a Lesson<'a>,
    pub(super) course: Course,
    pub(super) objective: Objective,
    /// First weights.
    pub(super) first: Vec<Array>,
    /// What is known around each record.
    pub(super) known: Vec<Option<Known>>,
}

impl School<'_> {
    /// The weights learned on all folds, then those without each of the first `n_folds`, flat.
    ///
    /// `numbers` says what records become in a step of learning, `said` what they become for good.
    pub(super) fn nets(
        &self,
        n_folds: usize,
        numbers: impl Fn(&[Tensor], &[usize], usize) -> Result<Tensor> + Sync,
        said: impl Fn(&[Array], &[usize]) -> Result<Vec<Vec<f32>>> + Sync,
    ) -> std::result::Result<Vec<Vec<f32>>, ModelError> {
        let train = |without: Option<usize>| {
            let taught = self.taught(without);
            let (arrays, heads) = self.train(&taught, &numbers)?;
            let arrays = self.telling(arrays, &heads, &taught, &said)?;
            Ok(arrays.into_iter().flat_map(|one| one.values).collect())
        };
        let folds = (0..n_folds).map(Some);
        let jobs: Vec<Option<usize>> = std::iter::once(None).chain(folds).collect();
        if self.lesson.n_threads == 1 {
            return jobs.into_iter().map(train).collect();
        }
        parallel_map(jobs, train).into_iter().collect()
    }

    /// The records that a net without a fold may learn from.
    fn taught(&self, without: Option<usize>) -> Vec<usize> {
        let (folds, reach) = (self.lesson.folds, self.lesson.targets.reach());
        let is_far =
            |known: &Known| without.is_none_or(|fold| is_far(&folds[fold], known.place, reach));
        let all = self.known.iter().enumerate();
        all.filter(|(_, known)| known.as_ref().is_some_and(is_far))
            .map(|(at, _)| at)
            .collect()
    }

    /// The weights of a net and of its heads.
    fn train(
        &self,
        taught: &[usize],
        numbers: impl Fn(&[Tensor], &[usize], usize) -> Result<Tensor>,
    ) -> std::result::Result<(Vec<Array>, Vec<Array>), ModelError> {
        let (lesson, course) = (self.lesson, &self.course);
        let heads = self.objective.init(lesson.seed, course.heads_id);
        if taught.len() < course.least {
            return Ok((self.first.clone(), heads));
        }
        let [fewest, most] = course.steps;
        let n_steps = (course.passes * taught.len() / BATCH).clamp(fewest, most);
        let n_own = self.first.len();
        let mut arrays = self.first.clone();
        arrays.extend(heads);
        let mut params = Params::new(&arrays, n_steps, course.rate)?;
        let mut batches = Batches::new(taught.len(), BATCH, lesson.seed, &course.order_ids);
        for step in 0..n_steps {
            lesson.stop.check()?;
            let chosen: Vec<usize> = batches.next().iter().map(|&at| taught[at]).collect();
            let known = chosen.iter().filter_map(|&at| self.known[at].as_ref());
            let known: Vec<&Known> = known.collect();
            let weights = params.tensors();
            let numbers = numbers(&weights, &chosen, step)?;
            params.step(&self.objective.loss(&weights[n_own..], &numbers, &known)?)?;
        }
        let mut arrays = params.arrays()?;
        let heads = arrays.split_off(n_own);
        Ok((arrays, heads))
    }

    /// A net whose last layer says what it foretells, beyond its mean over what it learned from: what a
    /// net without a fold says on average is the mean error of the *other* folds, from which that of its
    /// own could be worked out.
    fn telling(
        &self,
        mut arrays: Vec<Array>,
        heads: &[Array],
        taught: &[usize],
        said: impl Fn(&[Array], &[usize]) -> Result<Vec<Vec<f32>>>,
    ) -> Result<Vec<Array>> {
        let last = arrays.split_off(arrays.len() - 2);
        arrays.extend(self.objective.readout(heads, &last));
        let mut sums = vec![0.0_f64; self.objective.n_told()];
        for part in taught.chunks(BATCH) {
            for numbers in said(&arrays, part)? {
                for (sum, number) in sums.iter_mut().zip(numbers) {
                    *sum += f64::from(number);
                }
            }
        }
        if let Some(bias) = arrays.last_mut() {
            for (value, sum) in bias.values.iter_mut().zip(sums) {
                *value -= to_f32(sum / taught.len().max(1) as f64);
            }
        }
        Ok(arrays)
    }
}

/// Evenly chosen ones of many.
pub(super) fn thinned<T: Copy>(items: &[T]) -> Vec<T> {
    let stride = items.len().div_ceil(MOST_RECORDS).max(1);
    items.iter().step_by(stride).copied().collect()
}

/// What is known around a record, where anything was measured there.
pub(super) fn known(targets: &Targets<'_>, place: (usize, usize)) -> Option<Known> {
    let aim = targets.aim(place)?;
    let is_measured = aim.errors.iter().any(|error| error[1] > 0.0);
    is_measured.then_some(Known { place, aim })
}

/// Whether a place is outside a fold and not within reach of it; a small fold reaches less far.
pub(super) fn is_far(fold: &[Block], (episode, step): (usize, usize), reach: usize) -> bool {
    fold.iter()
        .filter(|block| block.episode == episode)
        .all(|block| {
            let reach = reach.min((block.end - block.start) / 4);
            step + reach < block.start || step >= block.end + reach
        })
}

/// The fold in which a place is.
pub(super) fn fold_of(folds: &[Vec<Block>], (episode, step): (usize, usize)) -> Option<usize> {
    let holds =
        |block: &Block| block.episode == episode && (block.start..block.end).contains(&step);
    folds.iter().position(|fold| fold.iter().any(holds))
}

/// Which of so many nets answers in a place: the one that did not see its fold, else that of all folds.
pub(super) fn net_for(folds: &[Vec<Block>], place: (usize, usize), n_nets: usize) -> usize {
    let own = fold_of(folds, place).map(|fold| fold + 1);
    own.filter(|at| *at < n_nets).unwrap_or(0)
}
