//! The additive decoder: a picture's principal components from curves over the state.
//!
//! A picture is its mean and a few principal components; each component is a sum of curves, one a
//! channel (an additive model), and of what the newest pictures showed. Ridge by left-out folds; a
//! decoder that is no better there than the mean picture or the last one is not kept.

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};

use super::{Painter, canvas::Canvas, painter::Sketch};
use crate::{
    base::{to_byte, to_count, to_f32},
    data::{Dataset, Frame, Trajectory},
    model::{
        FittedModel, ModelError, RolloutRequest,
        prepare::ChannelMap,
        prepared::{Block, Prepared},
    },
};

/// Components kept.
const MAX_DIMS: usize = 40;
/// Pictures from which the components are found; more cost time and change nothing.
const MAX_BASIS: usize = 300;
/// Pictures learned from.
const MAX_ROWS: usize = 3000;
/// Fewer pictures teach nothing.
const MIN_ROWS: usize = 40;
/// Tops of the hats along each channel.
const HATS: usize = 10;
/// Components of the newest pictures that are looked at.
const SEEN: usize = 12;
/// Newest pictures that are averaged.
const N_NEWEST: usize = 8;
/// How old the newest picture is in training, in seconds: half an hour, and ten minutes.
const AGES_SECS: [f64; 2] = [1800.0, 600.0];
const RIDGES: [f64; 5] = [1e-4, 1e-3, 1e-2, 0.1, 1.0];

/// A predicted picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// RGB, 8 bits, row by row.
    pub rgb: Vec<u8>,
}

/// From a predicted state to a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Decoder {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Mean of each value of a picture, 0 to 1.
    pub(crate) mean: Vec<f32>,
    /// Components, `[K, P]`.
    pub(crate) basis: Vec<f32>,
    /// Least and greatest value of each channel between which hats stand, outputs first.
    pub(crate) ranges: Vec<[f64; 2]>,
    /// From features to components, `[K, F]`.
    pub(crate) weights: Vec<f64>,
    /// What corrects that, where a net does.
    pub(crate) painter: Option<Painter>,
}

/// One picture with what was known and what the line did.
pub(super) struct Row {
    pub(super) fold: usize,
    /// Position among the dataset's pictures.
    pub(super) picture: usize,
    /// Its components.
    code: Vec<f64>,
    /// Mean components of the newest pictures before it.
    pub(super) seen: Vec<f64>,
    /// Normalised outputs, then inputs.
    pub(super) state: Vec<f64>,
}

/// What an additive decoder was learned from, fold by fold.
pub(super) struct Ground {
    pub(super) rows: Vec<Row>,
    /// Products of features with themselves and with components, one a fold.
    left: Vec<DMatrix<f64>>,
    right: Vec<DMatrix<f64>>,
    ridge: f64,
}

impl Ground {
    /// Weights `[F, K]` of the folds that are kept.
    pub(super) fn solve(&self, keeps: impl Fn(usize) -> bool) -> Option<DMatrix<f64>> {
        solve(&self.left, &self.right, self.ridge, keeps)
    }
}

fn solve(
    left: &[DMatrix<f64>],
    right: &[DMatrix<f64>],
    ridge: f64,
    keeps: impl Fn(usize) -> bool,
) -> Option<DMatrix<f64>> {
    let (n_features, n_dims) = right.first()?.shape();
    let mut sum = DMatrix::<f64>::zeros(n_features, n_features);
    let mut targets = DMatrix::<f64>::zeros(n_features, n_dims);
    for fold in (0..left.len()).filter(|&fold| keeps(fold)) {
        sum += &left[fold];
        targets += &right[fold];
    }
    let strength = ridge * sum.trace() / n_features as f64 + 1e-9;
    for at in 0..n_features {
        sum[(at, at)] += strength;
    }
    Some(sum.cholesky()?.solve(&targets))
}

impl Decoder {
    /// Fits a decoder on the pictures inside the folds; `None` where they are too few or the
    /// decoder is no better than what it has to beat.
    pub(super) fn fit(dataset: &Dataset, prepared: &Prepared) -> Option<(Self, Ground)> {
        let size = commonest_size(&dataset.media.frames)?;
        let frames = usable(dataset, size);
        let folds = |place: (usize, usize)| {
            let holds = |block: &Block| {
                block.episode == place.0 && (block.start..block.end).contains(&place.1)
            };
            prepared
                .folds
                .iter()
                .position(|fold| fold.iter().any(holds))
        };
        let inside: Vec<(usize, (usize, usize), usize)> = frames
            .iter()
            .filter_map(|&(frame, place)| Some((frame, place, folds(place)?)))
            .collect();
        if inside.len() < MIN_ROWS {
            return None;
        }
        let mut decoder = Self {
            width: size.0,
            height: size.1,
            ..Self::default()
        };
        decoder.find_basis(&dataset.media.frames, &inside)?;
        let codes: Vec<Vec<f64>> = frames
            .iter()
            .map(|&(frame, _)| decoder.code(&dataset.media.frames[frame]))
            .collect();
        let mut rows = Vec::new();
        let stride = inside.len().div_ceil(MAX_ROWS);
        for &(frame, place, fold) in inside.iter().step_by(stride) {
            let at = frames.partition_point(|one| (one.1, one.0) < (place, frame));
            for secs in AGES_SECS {
                let age = steps_of(secs, prepared.step_secs);
                let Some(seen) = newest(&frames[..at], &codes, (place.0, place.1.checked_sub(age)))
                else {
                    continue;
                };
                rows.push(Row {
                    fold,
                    picture: frame,
                    code: codes[at].clone(),
                    seen,
                    state: state_at(prepared, place)?,
                });
            }
        }
        decoder.find_ranges(&rows);
        let ground = decoder.learn(rows, prepared.folds.len())?;
        Some((decoder, ground))
    }

    fn n_dims(&self) -> usize {
        self.basis.len() / self.mean.len().max(1)
    }

    /// Mean and principal components of evenly chosen pictures.
    fn find_basis(
        &mut self,
        frames: &[Frame],
        inside: &[(usize, (usize, usize), usize)],
    ) -> Option<()> {
        let stride = inside.len().div_ceil(MAX_BASIS);
        let chosen: Vec<&[u8]> = inside
            .iter()
            .step_by(stride)
            .map(|one| frames[one.0].thumb_rgb.as_slice())
            .collect();
        let (n_rows, n_values) = (chosen.len(), chosen[0].len());
        let raw = DMatrix::from_fn(n_values, n_rows, |value, row| {
            f64::from(chosen[row][value]) / 255.0
        });
        let mean = raw.column_mean();
        let mut centred = raw;
        for mut column in centred.column_iter_mut() {
            column -= &mean;
        }
        let eigen = centred.tr_mul(&centred).symmetric_eigen();
        let mut order: Vec<usize> = (0..n_rows).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        order.truncate(MAX_DIMS.min(n_rows / 4));
        order.retain(|&at| eigen.eigenvalues[at] > 1e-9);
        self.mean = mean.iter().map(|&x| to_f32(x)).collect();
        for at in order {
            let component: DVector<f64> = &centred * eigen.eigenvectors.column(at);
            let length = component.norm();
            self.basis
                .extend(component.iter().map(|x| to_f32(x / length)));
        }
        (!self.basis.is_empty()).then_some(())
    }

    /// The components of a picture.
    fn code(&self, frame: &Frame) -> Vec<f64> {
        let centred: Vec<f32> = frame
            .thumb_rgb
            .iter()
            .zip(&self.mean)
            .map(|(&value, mean)| f32::from(value) / 255.0 - mean)
            .collect();
        let components = self.basis.chunks(self.mean.len());
        let of = |component: &[f32]| {
            let pairs = component.iter().zip(&centred);
            f64::from(pairs.map(|(a, b)| a * b).sum::<f32>())
        };
        components.map(of).collect()
    }

    fn find_ranges(&mut self, rows: &[Row]) {
        let n_channels = rows.first().map_or(0, |row| row.state.len());
        for channel in 0..n_channels {
            let mut values: Vec<f64> = rows.iter().map(|row| row.state[channel]).collect();
            values.sort_unstable_by(f64::total_cmp);
            let at = |share: usize| values[(values.len() - 1) * share / 100];
            self.ranges.push([at(1), at(99)]);
        }
    }

    /// A constant, hats along each channel, what was seen.
    pub(super) fn features(&self, state: &[f64], seen: &[f64]) -> Vec<f64> {
        let mut row = vec![1.0];
        for (&value, &[low, high]) in state.iter().zip(&self.ranges) {
            let width = (high - low) / (HATS - 1) as f64;
            let place = if width > 1e-9 {
                ((value - low) / width).clamp(0.0, (HATS - 1) as f64)
            } else {
                0.0
            };
            row.extend((0..HATS).map(|hat| (1.0 - (place - hat as f64).abs()).max(0.0)));
        }
        row.extend(seen.iter().take(SEEN));
        row
    }

    fn learn(&mut self, rows: Vec<Row>, n_folds: usize) -> Option<Ground> {
        let n_dims = self.n_dims();
        let n_features = self.features(&rows.first()?.state, &rows[0].seen).len();
        let mut left = vec![DMatrix::<f64>::zeros(n_features, n_features); n_folds];
        let mut right = vec![DMatrix::<f64>::zeros(n_features, n_dims); n_folds];
        let mut power = [0.0; 2];
        let listed: Vec<DVector<f64>> = rows
            .iter()
            .map(|row| DVector::from_vec(self.features(&row.state, &row.seen)))
            .collect();
        for (row, features) in rows.iter().zip(&listed) {
            let target = DVector::from_column_slice(&row.code);
            left[row.fold].ger(1.0, features, features, 1.0);
            right[row.fold].ger(1.0, features, &target, 1.0);
            power[0] += target.norm_squared();
            let last = DVector::from_column_slice(&row.seen);
            power[1] += (target - last).norm_squared();
        }
        let mut best = (power[0].min(power[1]), None);
        for ridge in RIDGES {
            let fits: Option<Vec<DMatrix<f64>>> = (0..n_folds)
                .map(|fold| solve(&left, &right, ridge, |one| one != fold))
                .collect();
            let Some(fits) = fits else { continue };
            let mut error = 0.0;
            for (row, features) in rows.iter().zip(&listed) {
                let said = fits[row.fold].tr_mul(features);
                error += (DVector::from_column_slice(&row.code) - said).norm_squared();
            }
            if error < best.0 {
                best = (error, Some(ridge));
            }
        }
        let ground = Ground {
            rows,
            left,
            right,
            ridge: best.1?,
        };
        let weights = ground.solve(|_fold| true)?;
        // Column-major `[F, K]` is row-major `[K, F]`.
        self.weights = weights.iter().copied().collect();
        Some(ground)
    }

    /// What weights `[K, F]` say of a state, beyond the mean picture.
    pub(super) fn beyond_mean(&self, weights: &[f64], features: &[f64]) -> Vec<f32> {
        let mut values = vec![0.0; self.mean.len()];
        self.add_to(&mut values, weights, features);
        values
    }

    fn add_to(&self, values: &mut [f32], weights: &[f64], features: &[f64]) {
        let rows = weights.chunks(features.len());
        for (weights, component) in rows.zip(self.basis.chunks(self.mean.len())) {
            let code: f64 = weights.iter().zip(features).map(|(w, x)| w * x).sum();
            for (value, part) in values.iter_mut().zip(component) {
                *value += to_f32(code) * part;
            }
        }
    }

    /// The picture of a state, after the newest pictures showed `seen`.
    fn picture(&self, state: &[f64], seen: &[f64]) -> Result<Picture, ModelError> {
        let features = self.features(state, seen);
        let mut values = self.mean.clone();
        self.add_to(&mut values, &self.weights, &features);
        if let Some(painter) = &self.painter {
            let canvas = Canvas::new(self.width, self.height);
            let base = self.beyond_mean(&self.weights, &features);
            let sketch = Sketch {
                features: painter.scaled(&features),
                base: canvas.to_cells(&base),
                missed: Vec::new(),
            };
            painter.paint(&canvas, &sketch, &mut values)?;
        }
        let byte = |value: &f32| to_byte(f64::from((value * 255.0).round()));
        Ok(Picture {
            width: self.width,
            height: self.height,
            rgb: values.iter().map(byte).collect(),
        })
    }
}

impl FittedModel {
    /// Width and height of the pictures that the model predicts; `None` where it predicts none.
    pub fn picture_size(&self) -> Option<(usize, usize)> {
        self.decoder.as_ref().map(|one| (one.width, one.height))
    }

    /// The camera's picture at a predicted step (first = 0) of a rollout; `None` where the model
    /// holds no decoder or no picture of the hours before the start is known.
    pub fn picture(
        &self,
        request: &RolloutRequest<'_>,
        trajectory: &Trajectory,
        step: usize,
    ) -> Option<Picture> {
        let decoder = self.decoder.as_ref()?;
        let dataset = request.dataset;
        let map = ChannelMap::find(dataset, &self.normalizer).ok()?;
        let mut state = Vec::new();
        for output in self.normalizer.active() {
            let raw = *trajectory.mean.get(output)?.get(step)?;
            state.push(self.normalizer.outputs[output].scale.normed(raw));
        }
        let at = request.start + step;
        let plan = request.controls.map(|plan| (plan, request.start));
        // Plans have no gaps, and gaps of the record are bridged by what is around: one row is enough.
        let row = map.input_rows(dataset, &self.normalizer, request.episode, at..at + 1, plan);
        state.extend(row.iter().map(|&u| f64::from(u)));
        let frames = usable(dataset, (decoder.width, decoder.height));
        let until = (request.episode, request.start);
        let end = frames.partition_point(|one| one.1 < until);
        let recent = &frames[end.saturating_sub(N_NEWEST)..end];
        let codes: Vec<Vec<f64>> = recent
            .iter()
            .map(|&(frame, _)| decoder.code(&dataset.media.frames[frame]))
            .collect();
        let seen = newest(recent, &codes, (until.0, until.1.checked_sub(1)))?;
        decoder.picture(&state, &seen).ok()
    }
}

/// The width and height that most pictures have; the smaller of two that are met as often.
fn commonest_size(frames: &[Frame]) -> Option<(usize, usize)> {
    let mut counts = BTreeMap::new();
    for frame in frames {
        *counts
            .entry((frame.thumb_width, frame.thumb_height))
            .or_insert(0_usize) += 1;
    }
    let most = counts.values().copied().max()?;
    let mut sizes = counts.into_iter();
    sizes.find(|one| one.1 == most).map(|one| one.0)
}

/// Pictures of a size with their episode and step, in order of time.
fn usable(dataset: &Dataset, size: (usize, usize)) -> Vec<(usize, (usize, usize))> {
    let frames = &dataset.media.frames;
    let mut list: Vec<(usize, (usize, usize))> = frames
        .iter()
        .enumerate()
        .filter(|(_, frame)| (frame.thumb_width, frame.thumb_height) == size)
        .filter(|(_, frame)| frame.thumb_rgb.len() == 3 * size.0 * size.1 && size.0 * size.1 > 0)
        .filter_map(|(at, frame)| Some((at, dataset.place_of(frame.time_ns)?)))
        .collect();
    list.sort_by_key(|&(frame, place)| (place, frame));
    list
}

/// The mean components of the newest pictures of an episode up to a step.
fn newest(
    frames: &[(usize, (usize, usize))],
    codes: &[Vec<f64>],
    (episode, step): (usize, Option<usize>),
) -> Option<Vec<f64>> {
    let end = frames.partition_point(|one| one.1 <= (episode, step.unwrap_or(0)));
    step?;
    let first = end.saturating_sub(N_NEWEST);
    let recent = (first..end).filter(|&at| frames[at].1.0 == episode);
    let mut sums = vec![0.0; codes.first()?.len()];
    let mut count = 0.0;
    for at in recent {
        count += 1.0;
        for (sum, code) in sums.iter_mut().zip(&codes[at]) {
            *sum += code;
        }
    }
    (count > 0.0).then(|| sums.into_iter().map(|sum| sum / count).collect())
}

/// Normalised outputs (the newest known value of each), then inputs.
fn state_at(prepared: &Prepared, (episode, step): (usize, usize)) -> Option<Vec<f64>> {
    let one = prepared.episodes.get(episode)?;
    let known = |output: usize| {
        let mut back = (0..=step).rev().take(60);
        back.find_map(|at| {
            let value = one.obs[at * prepared.n_obs + output];
            value.is_finite().then_some(f64::from(value))
        })
    };
    let outputs = (0..prepared.n_obs).map(|output| known(output).unwrap_or(0.0));
    let inputs = one
        .input
        .get(step * prepared.n_in..(step + 1) * prepared.n_in)?;
    Some(
        outputs
            .chain(inputs.iter().map(|&u| f64::from(u)))
            .collect(),
    )
}

fn steps_of(secs: f64, step_secs: f64) -> usize {
    to_count((secs / step_secs).round().clamp(1.0, 1e6))
}
