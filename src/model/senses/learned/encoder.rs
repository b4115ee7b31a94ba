//! An encoder of one modality: learned once on all folds and once without each.

use candle_core::{Device, Tensor};

use super::{
    net::{Dims, N_HIDDEN, N_NUMBERS, Net},
    objective::{Known, Objective},
    params::Array,
    pretrain::pretrain,
    raw::{self, Raw, Scale},
    school::{Course, Lesson, School, fold_of, known, net_for, thinned},
};
use crate::{
    base::{Purpose, Stream, to_f32},
    data::{Dataset, FeatureItem, FeatureTrack, Modality},
    model::{ModelError, prepared::Block},
};

/// Fewer records than this teach nothing.
const MIN_RECORDS: usize = 8;
/// Passes over the records; fewest and most steps.
const PASSES: usize = 8;
const STEPS: [usize; 2] = [150, 240];
const RATE: f64 = 2e-3;
/// Share of the dense layer that is silent in a step.
const DROPPED: f64 = 0.2;

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
            lesson,
            course: Course {
                least: MIN_RECORDS,
                passes: PASSES,
                steps: STEPS,
                rate: RATE,
                heads_id: id,
                order_ids: vec![id, 300],
            },
            objective: Objective::new(lesson.targets, N_NUMBERS, lesson.is_aligned),
            first,
            known,
        };
        let numbers = school.objective.n_told();
        let telling = Net::new(Dims { numbers, ..dims })?;
        let drops = Stream::new(lesson.seed, Purpose::Augment, &[id, 301]);
        // A single fold has nothing beside it to learn from.
        let n_folds = Some(lesson.folds.len()).filter(|&n| n > 1).unwrap_or(0);
        let nets = school.nets(
            n_folds,
            |weights, chosen, step| {
                let (grid, row) = net.stack(chosen.iter().map(|&at| &records[at]))?;
                let hidden = net.hidden(weights, &grid, &row)?;
                let hidden = (hidden * dropped(&drops, step, chosen.len())?)?;
                net.numbers(weights, &hidden)
            },
            |arrays, chosen| telling.encode(arrays, chosen.iter().map(|&at| &records[at])),
        )?;
        Ok(Some(Self {
            dims: telling.dims,
            scale,
            code: code.into_iter().flat_map(|one| one.values).collect(),
            nets,
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
        let code = Array::cut(coding.shapes(), &self.code);
        let items: Vec<&FeatureItem> = items.filter(|item| is_usable(item, self.dims)).collect();
        let mut read: Vec<FeatureItem> = Vec::with_capacity(items.len());
        let which = |item: &FeatureItem| net_for(folds, place(item), self.nets.len());
        for group in items.chunk_by(|a, b| which(a) == which(b)) {
            let arrays = Array::cut(net.shapes(), &self.nets[which(group[0])]);
            // Grids are large: a stretch at a time.
            for part in group.chunks(256) {
                let records: Vec<(Vec<f32>, Vec<f32>)> = part
                    .iter()
                    .map(|item| {
                        self.scale
                            .scaled(&raw::raw(dataset, modality, item, self.dims))
                    })
                    .collect();
                let mut numbers = net.encode(&arrays, records.iter())?;
                if !self.code.is_empty() {
                    let codes = coding.encode(&code, records.iter())?;
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
            Array::n_weights(&shapes)
        };
        let (own, code) = (n_weights(self.dims), n_weights(self.coding()));
        !self.nets.is_empty()
            && self.nets.iter().all(|net| net.len() == own)
            && (self.code.is_empty() || self.code.len() == code)
    }
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

fn place(item: &FeatureItem) -> (usize, usize) {
    (item.episode, item.step)
}

fn is_usable(item: &FeatureItem, dims: Dims) -> bool {
    item.features.len() == dims.row && item.features.iter().any(|x| x.is_finite())
}
