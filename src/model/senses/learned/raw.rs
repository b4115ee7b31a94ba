//! A record as an encoder reads it: the thumbnail or the spectrogram, beside it the fixed features.

use super::net::{Dims, N_NUMBERS};
use crate::{
    base::{to_count, to_f32},
    data::{Clip, Dataset, FeatureItem, Frame, Modality},
};

/// Rows and columns of a picture.
const PICTURE: [usize; 2] = [32, 48];
/// Columns of a spectrogram; its rows are the bands.
const SLICES: usize = 16;
/// Longest stretch of a long recording that one record tells of, in seconds, as at import.
const WINDOW_SECS: [f64; 2] = [1.0, 10.0];
/// Numbers beyond this many spreads are cut.
const MOST: f32 = 6.0;

/// A grid and a row of features, neither of them scaled.
pub(super) struct Raw {
    pub(super) grid: Vec<f32>,
    pub(super) row: Vec<f32>,
}

/// What the records of a modality look like.
pub(super) fn dims_of(dataset: &Dataset, modality: Modality, n_features: usize) -> Dims {
    let media = &dataset.media;
    let grid = match modality {
        Modality::Image if media.frames.iter().any(is_whole) => [PICTURE[0], PICTURE[1], 3],
        Modality::Sound => {
            let bands = media.clips.iter().find_map(|clip| clip.mel_db.first());
            match bands {
                Some(bands) if !bands.is_empty() => [bands.len(), SLICES, 1],
                _ => [0; 3],
            }
        }
        _ => [0; 3],
    };
    Dims {
        grid,
        row: n_features,
        numbers: N_NUMBERS,
    }
}

fn is_whole(frame: &Frame) -> bool {
    let n_cells = frame.thumb_width * frame.thumb_height;
    n_cells > 0 && frame.thumb_rgb.len() == 3 * n_cells
}

/// The raw form of one record; a grid of NaN where its picture or sound is not kept.
pub(super) fn raw(dataset: &Dataset, modality: Modality, item: &FeatureItem, dims: Dims) -> Raw {
    let unknown = || vec![f32::NAN; dims.n_grid()];
    let grid = match (modality, dataset.episodes.get(item.episode)) {
        _ if dims.n_grid() == 0 => Vec::new(),
        (Modality::Image, Some(episode)) => {
            let end_ns = episode.time_ns(item.step, dataset.step_secs);
            frame_at(dataset, end_ns).map_or_else(unknown, |frame| picture(frame, dims.grid))
        }
        (Modality::Sound, Some(episode)) => {
            let end_ns = episode.time_ns(item.step, dataset.step_secs);
            let slices = slices_until(dataset, end_ns);
            slices
                .and_then(|slices| spectrogram(slices, dims.grid))
                .unwrap_or_else(unknown)
        }
        _ => unknown(),
    };
    let mut row = item.features.clone();
    row.resize(dims.row, f32::NAN);
    Raw { grid, row }
}

/// The newest picture of the step that ends at a time.
fn frame_at(dataset: &Dataset, end_ns: i64) -> Option<&Frame> {
    let frames = &dataset.media.frames;
    let step_ns = nanos(dataset.step_secs);
    // A record belongs to the first step that ends at or after it, a millionth of a step aside.
    let end_ns = end_ns.saturating_add(step_ns / 500_000);
    let after = frames.partition_point(|one| one.time_ns <= end_ns);
    let frame = frames.get(after.checked_sub(1)?)?;
    let is_near = end_ns.saturating_sub(frame.time_ns) <= step_ns.saturating_add(step_ns / 100);
    (is_near && is_whole(frame)).then_some(frame)
}

/// The slices of the sound that ends at a time: all of a short clip, the last of a long one.
fn slices_until(dataset: &Dataset, end_ns: i64) -> Option<&[Vec<f32>]> {
    let clips = &dataset.media.clips;
    let after = clips.partition_point(|one| one.start_ns < end_ns);
    let clip: &Clip = clips.get(after.checked_sub(1)?)?;
    let n_slices = clip.mel_db.len();
    let into_secs = end_ns.saturating_sub(clip.start_ns) as f64 * 1e-9;
    if n_slices == 0 || into_secs > clip.secs + 2.0 * dataset.step_secs {
        return None;
    }
    let width_secs = dataset.step_secs.clamp(WINDOW_SECS[0], WINDOW_SECS[1]);
    if clip.secs <= 2.0 * width_secs {
        return Some(&clip.mel_db);
    }
    let slice_secs = clip.secs / n_slices as f64;
    let index = |secs: f64| whole(secs / slice_secs).min(n_slices);
    let end = index(into_secs).max(1);
    let start = index((into_secs - width_secs).max(0.0)).min(end - 1);
    Some(&clip.mel_db[start..end])
}

/// A thumbnail brought to the size of the grid by means over cells.
fn picture(frame: &Frame, [height, width, channels]: [usize; 3]) -> Vec<f32> {
    let (from_height, from_width) = (frame.thumb_height, frame.thumb_width);
    let mut grid = Vec::with_capacity(height * width * channels);
    for y in 0..height {
        let rows = span(y, height, from_height);
        for x in 0..width {
            let columns = span(x, width, from_width);
            let count = to_f32((rows.len() * columns.len()) as f64);
            for channel in 0..channels {
                let cells = rows.clone().flat_map(|row| {
                    let columns = columns.clone();
                    columns.map(move |column| 3 * (row * from_width + column) + channel)
                });
                let sum: f32 = cells.map(|at| f32::from(frame.thumb_rgb[at])).sum();
                grid.push(sum / count / 255.0);
            }
        }
    }
    grid
}

/// Slices brought to a fixed number by means, one row a band.
fn spectrogram(slices: &[Vec<f32>], [bands, width, _]: [usize; 3]) -> Option<Vec<f32>> {
    if slices.iter().any(|slice| slice.len() != bands) {
        return None;
    }
    let mut grid = Vec::with_capacity(bands * width);
    for band in 0..bands {
        for x in 0..width {
            let range = span(x, width, slices.len());
            let count = to_f32(range.len() as f64);
            let sum: f32 = slices[range].iter().map(|slice| slice[band]).sum();
            grid.push(sum / count / 100.0 + 1.0);
        }
    }
    Some(grid)
}

/// Which of `n_from` cells one of `n_to` stands for; at least one.
fn span(at: usize, n_to: usize, n_from: usize) -> std::ops::Range<usize> {
    let start = (at * n_from / n_to).min(n_from - 1);
    start..((at + 1) * n_from / n_to).clamp(start + 1, n_from)
}

fn nanos(secs: f64) -> i64 {
    i64::try_from(whole(secs * 1e9)).unwrap_or(i64::MAX)
}

fn whole(number: f64) -> usize {
    to_count(number.round())
}

/// How raw records become numbers of order one.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scale {
    /// Mean of each cell of the grid.
    pub(crate) grid: Vec<f32>,
    /// Spread over cells, one a channel.
    pub(crate) grid_spread: Vec<f32>,
    /// Mean of each feature.
    pub(crate) row: Vec<f32>,
    /// Spread of each feature; 0 where it never moves.
    pub(crate) row_spread: Vec<f32>,
}

impl Scale {
    /// The scale of some records.
    pub(super) fn fit(raws: &[Raw], dims: Dims) -> Self {
        let grids: Vec<&[f32]> = raws.iter().map(|raw| raw.grid.as_slice()).collect();
        let rows: Vec<&[f32]> = raws.iter().map(|raw| raw.row.as_slice()).collect();
        let (grid, variances) = moments(&grids, dims.n_grid());
        let (row, row_variances) = moments(&rows, dims.row);
        let channels = dims.grid[2].max(1);
        let spread = |channel: usize| {
            let own = variances.iter().skip(channel).step_by(channels);
            let count = (variances.len() / channels).max(1) as f64;
            to_f32((own.sum::<f64>() / count).sqrt())
        };
        let n_spreads = if grid.is_empty() { 0 } else { channels };
        Self {
            grid,
            grid_spread: (0..n_spreads).map(spread).collect(),
            row_spread: row_variances.iter().map(|one| to_f32(one.sqrt())).collect(),
            row,
        }
    }

    /// A record in units of spreads; 0 where it is unknown.
    pub(super) fn scaled(&self, raw: &Raw) -> (Vec<f32>, Vec<f32>) {
        let channels = self.grid_spread.len().max(1);
        let scaled = |x: f32, mean: f32, spread: f32| {
            if x.is_finite() && spread > 1e-6 * mean.abs().max(1e-3) {
                ((x - mean) / spread).clamp(-MOST, MOST)
            } else {
                0.0
            }
        };
        let grid = raw.grid.iter().zip(&self.grid).enumerate();
        let grid = grid.map(|(at, (&x, &mean))| scaled(x, mean, self.grid_spread[at % channels]));
        let row = raw.row.iter().zip(&self.row).zip(&self.row_spread);
        let row = row.map(|((&x, &mean), &spread)| scaled(x, mean, spread));
        (grid.collect(), row.collect())
    }
}

/// Mean and variance of each column over its known values.
fn moments(rows: &[&[f32]], n_columns: usize) -> (Vec<f32>, Vec<f64>) {
    let mut sums = vec![[0.0_f64; 3]; n_columns];
    for row in rows {
        for (sums, &x) in sums.iter_mut().zip(*row) {
            if x.is_finite() {
                let x = f64::from(x);
                *sums = [sums[0] + 1.0, sums[1] + x, sums[2] + x * x];
            }
        }
    }
    let mean = |sums: &[f64; 3]| sums[1] / sums[0].max(1.0);
    let means = sums.iter().map(|sums| to_f32(mean(sums)));
    let variance = |sums: &[f64; 3]| (sums[2] / sums[0].max(1.0) - mean(sums).powi(2)).max(0.0);
    (means.collect(), sums.iter().map(variance).collect())
}
