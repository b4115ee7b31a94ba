//! An encoder of one modality: learned once on all folds and once without each.

use candle_core::{Device, Tensor};

use super::{
    net::{Dims, N_HIDDEN, N_NUMBERS, Net},
    objective::{Known, Objective},
    params::{Array, Batches, Params},
    pretrain::pretrain,
    raw::{self, Raw, Scale},
    target::Targets,
};
use crate::{
    base::{Purpose, StopToken, Stream, parallel_map, to_f32},
    data::{Dataset, FeatureItem, FeatureTrack, Modality},
    model::{ModelError, prepared::Block},
};

/// Most records that one training looks at; larger sets are thinned evenly.
const MOST_RECORDS: usize = 1500;
/// Fewer records than this teach nothing.
const MIN_RECORDS: usize = 8;
/// Passes over the records; fewest and most steps.
const PASSES: usize = 8;
const STEPS: [usize; 2] = [150, 240];
const BATCH: usize = 64;
const RATE: f64 = 2e-3;
/// Share of the dense layer that is silent in a step.
const DROPPED: f64 = 0.2;

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

/// How the records of one modality become a few numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Encoder {
    /// What it reads.
    pub(crate) dims: Dims,
    /// How that is scaled.
    pub(crate) scale: Scale,
    /// Weights of the net that restores what is masked, whose dense layer speaks; empty = none. It
    /// saw no sensors, so that one serves all folds.
    pub(crate) code: Vec<f32>,
    /// Weights of the net of all folds, then of the net without each fold, each flat.
    pub(crate) nets: Vec<Vec<f32>>,
}

impl Encoder {
    /// Learns an encoder; `None` where the records are too few.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`].
    pub(crate) fn learn(
        lesson: &Lesson<'_>,
        modality: Modality,
        track: &FeatureTrack,
    ) -> Result<Option<Self>, ModelError> {
        let dims = raw::dims_of(lesson.dataset, modality, track.names.len());
        let inside = |item: &&FeatureItem| fold_of(lesson.folds, place(item)).is_some();
        let usable = track.items.iter().filter(|item| is_usable(item, dims));
        let items: Vec<&FeatureItem> = usable.filter(inside).collect();
        if items.len() < MIN_RECORDS {
            return Ok(None);
        }
        let items: Vec<&FeatureItem> = thinned(&items);
        let raws: Vec<Raw> = items
            .iter()
            .map(|item| raw::raw(lesson.dataset, modality, item, dims))
            .collect();
        let scale = Scale::fit(&raws, dims);
        let records: Vec<(Vec<f32>, Vec<f32>)> = raws.iter().map(|raw| scale.scaled(raw)).collect();
        drop(raws);
        let known: Vec<Option<Known>> = items
            .iter()
            .map(|item| known(lesson.targets, place(item)))
            .collect();
        let net = Net::new(dims)?;
        let id = modality as u64;
        let mut first = net.init(lesson.seed, id);
        let mut code = Vec::new();
        if lesson.is_pretrained {
            (first, _) = pretrain(&net, first, &records, (lesson.seed, id), lesson.stop)?;
            code = first[..first.len() - 2].to_vec();
            code.extend(Array::same(N_HIDDEN));
        }
        let school = School {
            net: &net,
            records: &records,
            known: &known,
            first: &first,
            objective: Objective::new(lesson.targets, N_NUMBERS, lesson.is_aligned),
            lesson,
            id,
        };
        // A single fold has nothing beside it to learn from.
        let n_folds = Some(lesson.folds.len()).filter(|&n| n > 1).unwrap_or(0);
        let jobs: Vec<Option<usize>> = std::iter::once(None)
            .chain((0..n_folds).map(Some))
            .collect();
        let nets = each(jobs, lesson.n_threads, |without| school.train(without))?;
        let flat = |net: &Vec<Array>| net.iter().flat_map(|one| one.values.clone()).collect();
        let numbers = school.objective.n_told();
        Ok(Some(Self {
            dims: Dims { numbers, ..dims },
            scale,
            code: code.into_iter().flat_map(|one| one.values).collect(),
            nets: nets.iter().map(flat).collect(),
        }))
    }

    /// The usable ones of some records with their numbers as features. A record inside a fold is
    /// read by the net that did not see that fold; `folds` empty = all by the net of all folds.
    ///
    /// # Errors
    ///
    /// [`ModelError::Candle`].
    pub(crate) fn read<'a>(
        &self,
        dataset: &Dataset,
        modality: Modality,
        items: impl Iterator<Item = &'a FeatureItem>,
        folds: &[Vec<Block>],
    ) -> Result<Vec<FeatureItem>, ModelError> {
        let net = Net::new(self.dims)?;
        let coding = Net::new(self.coding())?;
        let code = cut(&coding, &self.code);
        let items: Vec<&FeatureItem> = items.filter(|item| is_usable(item, self.dims)).collect();
        let mut read: Vec<FeatureItem> = Vec::with_capacity(items.len());
        let which = |item: &FeatureItem| {
            let fold = fold_of(folds, place(item)).map_or(0, |fold| fold + 1);
            if fold < self.nets.len() { fold } else { 0 }
        };
        for group in items.chunk_by(|a, b| which(a) == which(b)) {
            let arrays = cut(&net, &self.nets[which(group[0])]);
            // Grids are large: a stretch at a time.
            for part in group.chunks(256) {
                let records: Vec<(Vec<f32>, Vec<f32>)> = part
                    .iter()
                    .map(|item| {
                        self.scale
                            .scaled(&raw::raw(dataset, modality, item, self.dims))
                    })
                    .collect();
                let mut numbers = net.encode(&arrays, &records)?;
                if !self.code.is_empty() {
                    let codes = coding.encode(&code, &records)?;
                    for (numbers, code) in numbers.iter_mut().zip(codes) {
                        numbers.extend(code);
                    }
                }
                read.extend(
                    part.iter()
                        .zip(numbers)
                        .map(|(item, features)| FeatureItem {
                            episode: item.episode,
                            step: item.step,
                            features,
                        }),
                );
            }
        }
        Ok(read)
    }

    /// What the net that restores reads and says.
    fn coding(&self) -> Dims {
        Dims {
            numbers: N_HIDDEN,
            ..self.dims
        }
    }

    /// Whether all weights are there.
    pub(crate) fn is_whole(&self) -> bool {
        let n_weights = |dims: Dims| {
            let shapes = Net::new(dims).map(|net| net.shapes()).unwrap_or_default();
            shapes
                .iter()
                .map(|[rows, columns]| rows * columns)
                .sum::<usize>()
        };
        let (own, code) = (n_weights(self.dims), n_weights(self.coding()));
        !self.nets.is_empty()
            && self.nets.iter().all(|net| net.len() == own)
            && (self.code.is_empty() || self.code.len() == code)
    }
}

/// Flat weights as the arrays of a net; nothing where there are none.
fn cut(net: &Net, flat: &[f32]) -> Vec<Array> {
    let mut from = 0;
    let one = |shape: [usize; 2]| {
        let n = shape[0] * shape[1];
        let values = flat.get(from..from + n).unwrap_or_default().to_vec();
        from += n;
        Array { shape, values }
    };
    net.shapes().into_iter().map(one).collect()
}

/// What the trainings of one modality share.
struct School<'a> {
    net: &'a Net,
    records: &'a [(Vec<f32>, Vec<f32>)],
    known: &'a [Option<Known>],
    first: &'a [Array],
    objective: Objective,
    lesson: &'a Lesson<'a>,
    id: u64,
}

impl School<'_> {
    /// The records that a net without a fold may learn from.
    fn taught(&self, without: Option<usize>) -> Vec<usize> {
        let is_far = |known: &Known| {
            without.is_none_or(|fold| {
                is_far(
                    &self.lesson.folds[fold],
                    known.place,
                    self.lesson.targets.reach(),
                )
            })
        };
        let all = self.known.iter().enumerate();
        all.filter(|(_, known)| known.as_ref().is_some_and(is_far))
            .map(|(at, _)| at)
            .collect()
    }

    fn train(&self, without: Option<usize>) -> Result<Vec<Array>, ModelError> {
        let lesson = self.lesson;
        let taught = self.taught(without);
        let n_net = self.first.len();
        let objective = &self.objective;
        let heads = objective.init(lesson.seed, self.id);
        if taught.len() < MIN_RECORDS {
            return self.telling(self.first.to_vec(), &heads, &taught);
        }
        let n_steps = (PASSES * taught.len() / BATCH).clamp(STEPS[0], STEPS[1]);
        let mut arrays = self.first.to_vec();
        arrays.extend(heads);
        let mut params = Params::new(&arrays, n_steps, RATE)?;
        let mut batches = Batches::new(taught.len(), BATCH, lesson.seed, &[self.id, 300]);
        let drops = Stream::new(lesson.seed, Purpose::Augment, &[self.id, 301]);
        for step in 0..n_steps {
            lesson.stop.check()?;
            let chosen: Vec<usize> = batches.next().iter().map(|&at| taught[at]).collect();
            let batch: Vec<&Known> = chosen
                .iter()
                .filter_map(|&at| self.known[at].as_ref())
                .collect();
            let (grid, row) = self.net.stack(chosen.iter().map(|&at| &self.records[at]))?;
            let weights = params.tensors();
            let hidden = self.net.hidden(&weights, &grid, &row)?;
            let hidden = (hidden * dropped(&drops, step, chosen.len())?)?;
            let numbers = self.net.numbers(&weights, &hidden)?;
            params.step(&objective.loss(&weights[n_net..], &numbers, &batch)?)?;
        }
        let mut arrays = params.arrays()?;
        let heads = arrays.split_off(n_net);
        self.telling(arrays, &heads, &taught)
    }

    /// A net whose last layer says what it foretells, beyond its mean over what it learned from.
    fn telling(
        &self,
        mut arrays: Vec<Array>,
        heads: &[Array],
        taught: &[usize],
    ) -> Result<Vec<Array>, ModelError> {
        let last = arrays.split_off(arrays.len() - 2);
        arrays.extend(self.objective.readout(heads, &last));
        let net = Net::new(Dims {
            numbers: self.objective.n_told(),
            ..self.net.dims
        })?;
        let mut sums = vec![0.0_f64; net.dims.numbers];
        for part in taught.chunks(BATCH) {
            let records: Vec<(Vec<f32>, Vec<f32>)> =
                part.iter().map(|&at| self.records[at].clone()).collect();
            for numbers in net.encode(&arrays, &records)? {
                add(&mut sums, &numbers);
            }
        }
        center(&mut arrays, &sums, taught.len());
        Ok(arrays)
    }
}

pub(super) fn add(sums: &mut [f64], numbers: &[f32]) {
    for (sum, number) in sums.iter_mut().zip(numbers) {
        *sum += f64::from(*number);
    }
}

/// Takes a mean out of the last layer's bias. What a net without a fold says on average is the mean
/// error of the *other* folds, from which that of its own could be worked out.
pub(super) fn center(arrays: &mut [Array], sums: &[f64], count: usize) {
    if let Some(bias) = arrays.last_mut() {
        for (value, sum) in bias.values.iter_mut().zip(sums) {
            *value -= to_f32(sum / count.max(1) as f64);
        }
    }
}

/// The same work on every job, one after the other where one thread is asked for.
pub(super) fn each<T: Send, R: Send>(
    jobs: Vec<T>,
    n_threads: usize,
    work: impl Fn(T) -> Result<R, ModelError> + Sync,
) -> Result<Vec<R>, ModelError> {
    if n_threads == 1 {
        return jobs.into_iter().map(work).collect();
    }
    parallel_map(jobs, work).into_iter().collect()
}

/// What silences a part of a layer in one step.
fn dropped(stream: &Stream, step: usize, n: usize) -> super::net::Result<Tensor> {
    let base = (step * n * N_HIDDEN) as u64;
    let kept = |at: usize| {
        let is_kept = stream.uniform_at(base + at as u64) >= DROPPED;
        to_f32(f64::from(u8::from(is_kept)) / (1.0 - DROPPED))
    };
    Tensor::from_vec(
        (0..n * N_HIDDEN).map(kept).collect::<Vec<f32>>(),
        (n, N_HIDDEN),
        &Device::Cpu,
    )
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

fn place(item: &FeatureItem) -> (usize, usize) {
    (item.episode, item.step)
}

fn is_usable(item: &FeatureItem, dims: Dims) -> bool {
    item.features.len() == dims.row && item.features.iter().any(|x| x.is_finite())
}
