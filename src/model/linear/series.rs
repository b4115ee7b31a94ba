//! The prepared rows as double-precision columns, gaps bridged for use as regressors.

use crate::model::prepared::{Block, Prepared};

/// One recording by columns.
#[derive(Debug, Clone)]
pub(crate) struct EpisodeSeries {
    /// Outputs, then inputs, each with a value at every step.
    pub(crate) columns: Vec<Vec<f64>>,
    /// Where each output was really measured.
    pub(crate) known: Vec<Vec<bool>>,
    /// The same, and where it is told between two measurements as well as can be.
    pub(crate) told: Vec<Vec<bool>>,
    /// How many steps in folds lie unbroken before each step.
    pub(crate) reach: Vec<usize>,
}

/// Takes the columns apart.
pub(crate) fn to_series(prepared: &Prepared) -> Vec<EpisodeSeries> {
    let mut series: Vec<EpisodeSeries> = prepared
        .episodes
        .iter()
        .map(|episode| {
            let column = |rows: &[f32], width: usize, at: usize| -> Vec<f64> {
                rows.iter()
                    .skip(at)
                    .step_by(width)
                    .map(|&x| f64::from(x))
                    .collect()
            };
            let raw: Vec<Vec<f64>> = (0..prepared.n_obs)
                .map(|at| column(&episode.obs, prepared.n_obs, at))
                .collect();
            let known = raw
                .iter()
                .map(|values| values.iter().map(|x| x.is_finite()).collect());
            let known: Vec<Vec<bool>> = known.collect();
            let inputs = (0..prepared.n_in).map(|at| column(&episode.input, prepared.n_in, at));
            EpisodeSeries {
                columns: raw
                    .iter()
                    .map(|values| bridge(values))
                    .chain(inputs)
                    .collect(),
                told: known.clone(),
                known,
                reach: vec![0; episode.n_steps],
            }
        })
        .collect();
    for (one, covered) in series.iter_mut().zip(&prepared.covered()) {
        for step in 1..covered.len() {
            if covered[step - 1] {
                one.reach[step] = one.reach[step - 1] + 1;
            }
        }
    }
    series
}

/// Whether the step before was measured too at fewer than a quarter of an output's measurements.
pub(crate) fn is_sparse(series: &[EpisodeSeries], folds: &[Vec<Block>], output: usize) -> bool {
    let (measured, paired) = count_known(folds, |episode: usize| {
        series[episode].known[output].as_slice()
    });
    paired * 4 < measured
}

/// How many steps of the folds are known by an episode's marks, and of how many the one before too.
pub(crate) fn count_known<'s>(
    folds: &[Vec<Block>],
    marks: impl Fn(usize) -> &'s [bool],
) -> (usize, usize) {
    let (mut measured, mut paired) = (0, 0);
    for block in folds.iter().flatten() {
        let known = &marks(block.episode)[block.start..block.end];
        measured += known.iter().filter(|&&one| one).count();
        paired += known.windows(2).filter(|pair| pair[0] && pair[1]).count();
    }
    (measured, paired)
}

/// Steps of one free run that refines; a longer one is cut.
pub(crate) const WINDOW: usize = 256;

/// One free run of the training folds.
#[derive(Debug, Clone)]
pub(crate) struct Window<'a> {
    /// As in [`EpisodeSeries`].
    pub(crate) columns: &'a [Vec<f64>],
    /// Where the output was really measured, or all of them.
    pub(crate) known: &'a [bool],
    /// The recording's position.
    pub(crate) episode: usize,
    /// First step.
    pub(crate) start: usize,
    /// Step after the last.
    pub(crate) end: usize,
}

/// Free runs of an output that cover the folds a member may see, each with `deepest` steps before it.
pub(crate) fn training_windows<'a>(
    series: &'a [EpisodeSeries],
    folds: &[Vec<Block>],
    (output, member): (usize, usize),
    deepest: usize,
) -> Vec<Window<'a>> {
    let marks = |episode: usize| series[episode].known[output].as_slice();
    windows_by(series, folds, (member, deepest), marks)
}

/// The same by an episode's marks of what was measured.
pub(super) fn windows_by<'a>(
    series: &'a [EpisodeSeries],
    folds: &[Vec<Block>],
    (member, deepest): (usize, usize),
    marks: impl Fn(usize) -> &'a [bool],
) -> Vec<Window<'a>> {
    let mut windows = Vec::new();
    let seen = folds.iter().enumerate().filter(|(fold, _)| *fold != member);
    for block in seen.flat_map(|(_, blocks)| blocks) {
        let (one, known) = (&series[block.episode], marks(block.episode));
        let mut start = block.start;
        while one.reach[start] < deepest && start + 1 < block.end {
            start += 1;
        }
        while start + 8 < block.end {
            // A bridged value before the start would know the later one.
            while start > block.start && !known[start - 1] && start + 8 < block.end {
                start += 1;
            }
            let end = block.end.min(start + WINDOW);
            windows.push(Window {
                columns: &one.columns,
                known,
                episode: block.episode,
                start,
                end,
            });
            start = end;
        }
    }
    windows
}

/// Joins measured neighbours by straight lines; the ends keep the nearest value.
fn bridge(values: &[f64]) -> Vec<f64> {
    let mut out = values.to_vec();
    let known: Vec<usize> = (0..values.len())
        .filter(|&at| values[at].is_finite())
        .collect();
    let (Some(&first), Some(&last)) = (known.first(), known.last()) else {
        return vec![0.0; values.len()];
    };
    out[..first].fill(values[first]);
    out[last..].fill(values[last]);
    for pair in known.windows(2) {
        let (left, right) = (pair[0], pair[1]);
        for (at, value) in out.iter_mut().enumerate().take(right).skip(left + 1) {
            let weight = (at - left) as f64 / (right - left) as f64;
            *value = values[left] * (1.0 - weight) + values[right] * weight;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_bridged_and_ends_are_held() {
        let nan = f64::NAN;
        assert_eq!(
            bridge(&[nan, 1.0, nan, nan, 4.0, nan]),
            [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]
        );
        assert_eq!(bridge(&[nan, nan]), [0.0, 0.0]);
    }
}
