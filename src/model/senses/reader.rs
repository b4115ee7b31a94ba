//! Turns the records of one modality into a few numbers that the inputs do not explain.

use nalgebra::DMatrix;

use super::Memory;
use crate::{
    base::to_count,
    data::{FeatureItem, FeatureTrack, Modality},
};

/// More numbers than this are not looked at.
const MAX_DIMS: usize = 16;
/// Fewer records than this teach nothing.
pub(crate) const MIN_RECORDS: usize = 8;
/// Turns of the rotation; it settles within about twenty.
const SWEEPS: usize = 30;
/// Most records that are averaged where they are fresh enough.
const N_MEAN: usize = 8;
/// Records for each number that the inputs explain; with fewer nothing is explained away.
const ROWS_PER_TERM: usize = 6;

/// One record as a few numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    /// The episode's position.
    pub(crate) episode: usize,
    /// Known from this step on.
    pub(crate) step: usize,
    /// Numbers of order one, zero where nothing is special.
    pub(crate) numbers: Vec<f64>,
}

/// What a modality says at a step: the mean of its fresh records.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// The step of the newest record.
    pub(crate) step: usize,
    /// The numbers.
    pub(crate) numbers: Vec<f64>,
}

/// How the features of one modality become a few numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reader {
    /// Mean of each feature.
    pub(crate) center: Vec<f64>,
    /// From centred features to numbers, `[D, F]`, row-major.
    pub(crate) weights: Vec<f64>,
    /// What the inputs and their squares explain of each number, `[D, 2 U]`; empty = nothing.
    pub(crate) explained: Vec<f64>,
    /// How many steps a record stays valid.
    pub(crate) max_age_steps: usize,
    /// How many fresh records are averaged.
    pub(crate) n_mean: usize,
    /// How long the numbers stay true.
    pub(crate) memory: Memory,
}

impl Reader {
    /// Fits a reader on records with the inputs of their steps; `None` where they are too few or
    /// all alike.
    ///
    /// `patience` says how many steps a record stays valid and how many are averaged at most.
    pub(crate) fn fit(
        rows: &[(&FeatureItem, &[f32])],
        (age, n_mean): (usize, usize),
    ) -> Option<Self> {
        if rows.len() < MIN_RECORDS {
            return None;
        }
        let n_features = rows[0].0.features.len();
        let center = means(rows, n_features);
        let centred = DMatrix::from_fn(rows.len(), n_features, |row, feature| {
            known(rows[row].0.features[feature], center[feature])
        });
        let n_terms = 2 * rows[0].1.len();
        let does_explain = n_terms > 0 && rows.len() >= ROWS_PER_TERM * n_terms;
        let (rest, slopes) = if does_explain {
            explain(&centred, rows)?
        } else {
            (centred, DMatrix::zeros(0, n_features))
        };
        let weights = principal(&rest)?;
        let n_dims = weights.len() / n_features;
        let of_dims = DMatrix::from_row_slice(n_dims, n_features, &weights);
        // `slopes` is [2 U, F]; a number explains away its own share of them.
        let explained = &of_dims * slopes.transpose();
        let mut reader = Self {
            center,
            weights,
            explained: explained.transpose().iter().copied().collect(),
            max_age_steps: age,
            n_mean,
            memory: Memory::default(),
        };
        let records: Vec<Record> = rows
            .iter()
            .map(|(item, input)| reader.record(item, input))
            .collect();
        reader.n_mean = best_mean(&records, n_mean);
        let said: Vec<Vec<f64>> = records
            .iter()
            .map(|one| {
                let reading = reader.reading(&records, (one.episode, one.step));
                reading.map_or_else(|| vec![0.0; n_dims], |reading| reading.numbers)
            })
            .collect();
        reader.memory = Memory::fit(&records, &said);
        Some(reader)
    }

    /// The same reader with some of its numbers.
    pub(crate) fn picked(&self, dims: &[usize]) -> Self {
        let take = |list: &[f64]| -> Vec<f64> {
            let width = list.len() / self.n_dims().max(1);
            let rows = dims
                .iter()
                .map(|&dim| &list[dim * width..(dim + 1) * width]);
            rows.flatten().copied().collect()
        };
        Self {
            weights: take(&self.weights),
            explained: take(&self.explained),
            memory: Memory {
                slopes: dims
                    .iter()
                    .map(|&dim| self.memory.slopes[dim].clone())
                    .collect(),
            },
            center: self.center.clone(),
            ..*self
        }
    }

    /// How many numbers come out.
    pub(crate) fn n_dims(&self) -> usize {
        self.weights.len() / self.center.len().max(1)
    }

    /// One record as numbers; what is unknown counts as usual.
    pub(crate) fn record(&self, item: &FeatureItem, input: &[f32]) -> Record {
        let n_features = self.center.len();
        let pairs = item.features.iter().zip(&self.center);
        let centred: Vec<f64> = pairs.map(|(&x, &mean)| known(x, mean)).collect();
        let n_dims = self.n_dims();
        let n_terms = self.explained.len() / n_dims.max(1);
        let numbers = (0..n_dims).map(|dim| {
            let weights = &self.weights[dim * n_features..(dim + 1) * n_features];
            let raw: f64 = weights.iter().zip(&centred).map(|(w, x)| w * x).sum();
            let slopes = &self.explained[dim * n_terms..(dim + 1) * n_terms];
            let usual: f64 = terms(input).zip(slopes).map(|(x, slope)| x * slope).sum();
            (raw - usual).clamp(-8.0, 8.0)
        });
        Record {
            episode: item.episode,
            step: item.step,
            numbers: numbers.collect(),
        }
    }

    /// What is known at a step, from records in order of episode and step.
    pub(crate) fn reading(&self, records: &[Record], at: (usize, usize)) -> Option<Reading> {
        let end = records.partition_point(|one| (one.episode, one.step) <= at);
        let newest = records.get(end.checked_sub(1)?)?;
        if newest.episode != at.0 || at.1 - newest.step > self.max_age_steps {
            return None;
        }
        let fresh = records[..end]
            .iter()
            .rev()
            .take(self.n_mean)
            .take_while(|one| one.episode == at.0 && at.1 - one.step <= self.max_age_steps);
        let mut sums = vec![0.0; self.n_dims()];
        let mut count = 0.0;
        for record in fresh {
            count += 1.0;
            for (sum, number) in sums.iter_mut().zip(&record.numbers) {
                *sum += number;
            }
        }
        Some(Reading {
            step: newest.step,
            numbers: sums.into_iter().map(|sum| sum / count).collect(),
        })
    }
}

/// How many records are best averaged: that whose mean tells most of the record that comes next. A
/// mean of few is noisy; a mean of many tells of what is long gone where records are rare.
fn best_mean(records: &[Record], most: usize) -> usize {
    let n_dims = records.first().map_or(0, |one| one.numbers.len());
    let told = |n: usize| {
        let dims = (0..n_dims).map(|dim| {
            let (mut cross, mut own, mut next_own) = (0.0, 0.0, 0.0);
            for at in most..records.len() {
                let (past, next) = (&records[at - n..at], &records[at]);
                if records[at - most].episode == next.episode {
                    let mean = past.iter().map(|one| one.numbers[dim]).sum::<f64>() / n as f64;
                    cross += mean * next.numbers[dim];
                    own += mean * mean;
                    next_own += next.numbers[dim] * next.numbers[dim];
                }
            }
            f64::max(cross, 0.0).powi(2) / f64::max(own * next_own, 1e-300)
        });
        dims.sum::<f64>()
    };
    let counts = std::iter::successors(Some(1), |n| Some(2 * n)).take_while(|&n| n <= most);
    let mut best = (f64::NEG_INFINITY, 1);
    for n in counts {
        let told = told(n);
        if told > best.0 {
            best = (told, n);
        }
    }
    best.1
}

/// The track of a modality, where it has features.
pub(crate) fn track_of(tracks: &[FeatureTrack], modality: Modality) -> Option<&FeatureTrack> {
    let mut tracks = tracks.iter();
    tracks.find(|track| track.modality == modality && !track.names.is_empty())
}

fn known(x: f32, mean: f64) -> f64 {
    if x.is_finite() {
        f64::from(x) - mean
    } else {
        0.0
    }
}

/// The inputs, then their squares.
fn terms(input: &[f32]) -> impl Iterator<Item = f64> {
    let plain = input.iter().map(|&u| f64::from(u));
    plain.clone().chain(plain.map(|u| u * u - 1.0))
}

fn means(rows: &[(&FeatureItem, &[f32])], n_features: usize) -> Vec<f64> {
    let of = |feature: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (item, _) in rows {
            let x = item.features[feature];
            if x.is_finite() {
                sum += f64::from(x);
                count += 1.0;
            }
        }
        sum / f64::max(count, 1.0)
    };
    (0..n_features).map(of).collect()
}

/// What is left of the features once the inputs have explained their share, and the slopes.
fn explain(
    centred: &DMatrix<f64>,
    rows: &[(&FeatureItem, &[f32])],
) -> Option<(DMatrix<f64>, DMatrix<f64>)> {
    let n_terms = 2 * rows[0].1.len();
    let listed: Vec<Vec<f64>> = rows
        .iter()
        .map(|(_, input)| terms(input).collect())
        .collect();
    let design = DMatrix::from_fn(rows.len(), n_terms, |row, term| listed[row][term]);
    let mut left = design.tr_mul(&design);
    for term in 0..n_terms {
        left[(term, term)] += 1e-2 * rows.len() as f64;
    }
    let slopes = left.cholesky()?.solve(&design.tr_mul(centred));
    Some((centred - design * &slopes, slopes))
}

/// A checklist holds for a shift, a picture or a sound for half an hour or sixty steps.
pub(super) fn patience(modality: Modality, step_secs: f64) -> (usize, usize) {
    let (secs, at_least, n_mean) = match modality {
        Modality::Checklist => (8.0 * 3600.0, 1.0, 1),
        Modality::Image | Modality::Sound => (1800.0, 60.0, N_MEAN),
    };
    let steps = to_count((secs / step_secs).clamp(at_least, 1e9));
    (steps, n_mean)
}

/// The first principal components of z-scored rows, turned so that each speaks of few features
/// (Kaiser 1958), `[D, F]`, unit variance, the largest weight positive; `None` where nothing moves.
fn principal(rows: &DMatrix<f64>) -> Option<Vec<f64>> {
    let (n_rows, n_features) = rows.shape();
    let largest = rows.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let scale: Vec<f64> = (0..n_features)
        .map(|feature| {
            let spread = (rows.column(feature).norm_squared() / n_rows as f64).sqrt();
            if spread > 1e-6 * largest {
                spread.recip()
            } else {
                0.0
            }
        })
        .collect();
    if largest <= 0.0 {
        return None;
    }
    let scored = DMatrix::from_fn(n_rows, n_features, |row, at| rows[(row, at)] * scale[at]);
    let covariance = scored.tr_mul(&scored) / n_rows as f64;
    let eigen = covariance.symmetric_eigen();
    let mut order: Vec<usize> = (0..n_features).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    order.retain(|&at| eigen.eigenvalues[at] > 1e-9);
    order.truncate(MAX_DIMS.min((n_rows / 4).max(1)));
    let n_dims = order.len();
    // Loadings are columns of features; scores of unit variance need the inverse root.
    let root = |at: usize| eigen.eigenvalues[order[at]].sqrt();
    let loadings = DMatrix::from_fn(n_features, n_dims, |feature, at| {
        eigen.eigenvectors[(feature, order[at])] * root(at)
    });
    let turn = varimax(&loadings)?;
    let whitened = DMatrix::from_fn(n_features, n_dims, |feature, at| {
        eigen.eigenvectors[(feature, order[at])] / root(at)
    });
    let turned = whitened * turn;
    let length = 1.0;
    let mut weights = Vec::with_capacity(n_dims * n_features);
    for vector in turned.column_iter() {
        let largest = vector
            .iter()
            .fold(0.0_f64, |a, &b| if b.abs() > a.abs() { b } else { a });
        let sign = if largest < 0.0 { -length } else { length };
        weights.extend(vector.iter().zip(&scale).map(|(w, s)| w * s * sign));
    }
    (!weights.is_empty()).then_some(weights)
}

/// The rotation that gives each column of the loadings few large entries; what changes apart then
/// stands apart.
fn varimax(loadings: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let (n_rows, n_dims) = loadings.shape();
    let mut turn = DMatrix::identity(n_dims, n_dims);
    for _sweep in 0..SWEEPS {
        let turned = loadings * &turn;
        let mut target = turned.map(|x| x * x * x);
        for (dim, mut column) in target.column_iter_mut().enumerate() {
            let mean = turned.column(dim).norm_squared() / n_rows as f64;
            column.axpy(-mean, &turned.column(dim), 1.0);
        }
        let svd = loadings.tr_mul(&target).svd(true, true);
        turn = svd.u? * svd.v_t?;
    }
    Some(turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_input_explains_is_taken_away_and_the_rest_is_told() {
        let wave = |step: usize, length: f64| (step as f64 / length).sin();
        let items: Vec<(FeatureItem, Vec<f32>)> = (0..200)
            .map(|step| {
                let (speed, lot) = (wave(step, 3.0), wave(step, 40.0));
                let features = [2.0 * speed + 0.3 * lot, speed - 0.3 * lot, 5.0];
                let item = FeatureItem {
                    episode: 0,
                    step,
                    features: features.map(crate::base::to_f32).to_vec(),
                };
                (item, vec![crate::base::to_f32(speed)])
            })
            .collect();
        let rows: Vec<(&FeatureItem, &[f32])> = items
            .iter()
            .map(|(item, input)| (item, input.as_slice()))
            .collect();
        let reader = Reader::fit(&rows, patience(Modality::Image, 10.0)).unwrap();
        let (mut of_lot, mut of_speed, mut own, mut lots, mut speeds) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (step, (item, input)) in items.iter().enumerate() {
            let first = reader.record(item, input).numbers[0];
            let (speed, lot) = (wave(step, 3.0), wave(step, 40.0));
            of_lot += first * lot;
            of_speed += first * speed;
            own += first * first;
            lots += lot * lot;
            speeds += speed * speed;
        }
        assert!(of_lot.abs() / f64::sqrt(own * lots) > 0.95);
        assert!(of_speed.abs() / f64::sqrt(own * speeds) < 0.15);
    }
}
