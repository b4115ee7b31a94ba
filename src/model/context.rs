//! What images, sound and checklists say at a step: newest record, normalised, few numbers.

use nalgebra::DMatrix;

use super::prepared::Block;
use crate::{
    base::{Issue, Issues, Place, Severity, to_count, to_f32},
    data::{Dataset, FeatureItem, FeatureTrack, Modality},
};

/// More features than this are reduced by principal components.
const MAX_DIMS: usize = 12;
/// Fewer records than this teach nothing.
const MIN_ITEMS: usize = 8;

/// How the features of one modality become a few numbers of order one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Projection {
    /// Mean of each feature.
    pub(crate) center: Vec<f64>,
    /// From centred features to numbers, `[D, F]`, row-major.
    pub(crate) weights: Vec<f64>,
    /// How many steps a record stays valid.
    pub(crate) max_age_steps: usize,
}

impl Projection {
    /// How many numbers come out.
    pub(crate) fn n_dims(&self) -> usize {
        self.weights.len() / self.center.len().max(1)
    }

    fn apply(&self, features: &[f32]) -> Vec<f32> {
        let n_features = self.center.len();
        if features.len() != n_features || features.iter().all(|x| !x.is_finite()) {
            return vec![f32::NAN; self.n_dims()];
        }
        let centred: Vec<f64> = features
            .iter()
            .zip(&self.center)
            .map(|(&x, mean)| {
                if x.is_finite() {
                    f64::from(x) - mean
                } else {
                    0.0
                }
            })
            .collect();
        self.weights
            .chunks(n_features)
            .map(|row| to_f32(dot(row, &centred).clamp(-8.0, 8.0)))
            .collect()
    }
}

/// The projections of all modalities, in the order of [`Modality::ALL`].
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ContextMap {
    /// `None` where the modality is absent or too rare.
    pub(crate) projections: [Option<Projection>; 3],
}

impl ContextMap {
    /// Fits the projections on records inside the blocks.
    pub(crate) fn fit(dataset: &Dataset, blocks: &[Block], notes: &mut Issues) -> Self {
        let projections = Modality::ALL.map(|modality| {
            let track = track_of(dataset, modality)?;
            let rows: Vec<&[f32]> = track
                .items
                .iter()
                .filter(|item| is_inside(item, blocks) && item.features.len() == track.names.len())
                .map(|item| item.features.as_slice())
                .filter(|row| row.iter().any(|x| x.is_finite()))
                .collect();
            let fitted = fit_projection(&rows, max_age_steps(modality, dataset.step_secs));
            if fitted.is_none() {
                let text = format!(
                    "has {} usable records in train and val blocks, fewer than {MIN_ITEMS} or all alike: it is not used",
                    rows.len()
                );
                let place = Place::default().in_column(modality.name());
                let issue = Issue::new(place, Severity::Info, "modality-too-rare", text)
                    .with("count", rows.len())
                    .with("least", MIN_ITEMS);
                notes.push(issue);
            }
            fitted
        });
        Self { projections }
    }

    /// How many numbers each modality gives.
    pub(crate) fn n_features(&self) -> [usize; 3] {
        [0, 1, 2].map(|at| self.projections[at].as_ref().map_or(0, Projection::n_dims))
    }

    /// What is known at one step.
    pub(crate) fn at(&self, dataset: &Dataset, episode: usize, step: usize) -> [Vec<f32>; 3] {
        [0, 1, 2].map(|at| {
            let Some(projection) = &self.projections[at] else {
                return Vec::new();
            };
            track_of(dataset, Modality::ALL[at])
                .and_then(|track| newest(track, episode, step, projection.max_age_steps))
                .map_or_else(
                    || vec![f32::NAN; projection.n_dims()],
                    |item| projection.apply(&item.features),
                )
        })
    }

    /// What is known at every step of an episode, one `[T, F]` array a modality.
    pub(crate) fn over(&self, dataset: &Dataset, episode: usize, n_steps: usize) -> Vec<Vec<f32>> {
        (0..3)
            .map(|at| {
                let Some(projection) = &self.projections[at] else {
                    return Vec::new();
                };
                let n_dims = projection.n_dims();
                let mut out = vec![f32::NAN; n_steps * n_dims];
                let track = track_of(dataset, Modality::ALL[at]);
                let items: Vec<&FeatureItem> = track
                    .iter()
                    .flat_map(|track| &track.items)
                    .filter(|item| item.episode == episode)
                    .collect();
                for (at, item) in items.iter().enumerate() {
                    let numbers = projection.apply(&item.features);
                    let next = items.get(at + 1).map_or(n_steps, |newer| newer.step);
                    let end = next
                        .min(item.step + projection.max_age_steps + 1)
                        .min(n_steps);
                    for step in item.step..end {
                        out[step * n_dims..(step + 1) * n_dims].copy_from_slice(&numbers);
                    }
                }
                out
            })
            .collect()
    }
}

/// The newest record of an episode at or before a step that is not too old.
fn newest(
    track: &FeatureTrack,
    episode: usize,
    step: usize,
    max_age_steps: usize,
) -> Option<&FeatureItem> {
    let after = track
        .items
        .partition_point(|item| (item.episode, item.step) <= (episode, step));
    let item = track.items.get(after.checked_sub(1)?)?;
    (item.episode == episode && step - item.step <= max_age_steps).then_some(item)
}

fn track_of(dataset: &Dataset, modality: Modality) -> Option<&FeatureTrack> {
    dataset
        .media
        .tracks
        .iter()
        .find(|track| track.modality == modality && !track.names.is_empty())
}

fn is_inside(item: &FeatureItem, blocks: &[Block]) -> bool {
    blocks
        .iter()
        .any(|block| block.episode == item.episode && (block.start..block.end).contains(&item.step))
}

/// A checklist holds for a shift, a picture or a sound for half an hour or sixty steps.
fn max_age_steps(modality: Modality, step_secs: f64) -> usize {
    let (secs, at_least) = match modality {
        Modality::Checklist => (8.0 * 3600.0, 1.0),
        Modality::Image | Modality::Sound => (1800.0, 60.0),
    };
    to_count((secs / step_secs).clamp(at_least, 1e9))
}

fn fit_projection(rows: &[&[f32]], max_age_steps: usize) -> Option<Projection> {
    if rows.len() < MIN_ITEMS {
        return None;
    }
    let n_features = rows[0].len();
    let mut center = vec![0.0; n_features];
    let mut scale = vec![0.0; n_features];
    for feature in 0..n_features {
        let known: Vec<f64> = rows
            .iter()
            .map(|row| f64::from(row[feature]))
            .filter(|x| x.is_finite())
            .collect();
        let n = known.len().max(1) as f64;
        let mean = known.iter().sum::<f64>() / n;
        let variance = known.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        center[feature] = mean;
        if variance.sqrt() > 1e-9 * mean.abs().max(1e-9) {
            scale[feature] = 1.0 / variance.sqrt();
        }
    }
    let moving: Vec<usize> = (0..n_features).filter(|&at| scale[at] > 0.0).collect();
    if moving.is_empty() {
        return None;
    }
    let weights = if moving.len() <= MAX_DIMS {
        let mut weights = vec![0.0; moving.len() * n_features];
        for (row, &feature) in moving.iter().enumerate() {
            weights[row * n_features + feature] = scale[feature];
        }
        weights
    } else {
        principal(rows, &center, &scale)
    };
    Some(Projection {
        center,
        weights,
        max_age_steps,
    })
}

/// The first principal components of z-scored rows, each with its largest weight positive.
fn principal(rows: &[&[f32]], center: &[f64], scale: &[f64]) -> Vec<f64> {
    let n_features = center.len();
    let n_dims = MAX_DIMS.min((rows.len() / 4).max(1));
    let scored = DMatrix::from_fn(rows.len(), n_features, |row, feature| {
        let x = f64::from(rows[row][feature]);
        if x.is_finite() {
            (x - center[feature]) * scale[feature]
        } else {
            0.0
        }
    });
    let covariance = scored.tr_mul(&scored) / rows.len() as f64;
    let eigen = covariance.symmetric_eigen();
    let mut order: Vec<usize> = (0..n_features).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    order.truncate(n_dims);
    // One length for all components: noise in a weak one is not blown up.
    let mean = order
        .iter()
        .map(|&at| eigen.eigenvalues[at].max(0.0))
        .sum::<f64>()
        / n_dims as f64;
    let length = 1.0 / mean.max(1e-12).sqrt();
    let mut weights = Vec::with_capacity(n_dims * n_features);
    for &component in &order {
        let vector = eigen.eigenvectors.column(component);
        let largest = vector
            .iter()
            .fold(0.0_f64, |a, &b| if b.abs() > a.abs() { b } else { a });
        let sign = if largest < 0.0 { -length } else { length };
        weights.extend(vector.iter().zip(scale).map(|(w, s)| w * s * sign));
    }
    weights
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}
