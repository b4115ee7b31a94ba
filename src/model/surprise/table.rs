//! The dataset as numbers of order one, with the normal blocks cut into folds.

use crate::{
    data::{Dataset, Split},
    model::ModelError,
};

/// Folds whose residuals come from a fit without them.
pub(super) const FOLDS: usize = 5;
/// Fewer normal steps than this cannot say what is normal.
const MIN_ROWS: usize = 60;
/// An output with fewer measured normal steps than this share, one half, is not judged.
const MIN_KNOWN: f64 = 0.5;
/// No plant goes further than this many spreads; beyond it the numbers only get unwieldy.
pub(super) const FARTHEST: f64 = 1e4;

/// One recording, normalised.
#[derive(Debug, Clone)]
pub(super) struct TableEpisode {
    /// The judged outputs, spikes of one step taken out, NaN where missing.
    pub(super) outputs: Vec<Vec<f64>>,
    /// The inputs that move, gaps held.
    pub(super) inputs: Vec<Vec<f64>>,
    /// The fold of each normal step; `None` elsewhere.
    pub(super) fold: Vec<Option<u8>>,
}

impl TableEpisode {
    /// How many steps it has.
    pub(super) fn n_steps(&self) -> usize {
        self.fold.len()
    }
}

/// The dataset as the surprise sees it.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The dataset's indices of the judged outputs.
    pub(super) channels: Vec<usize>,
    /// The recordings.
    pub(super) episodes: Vec<TableEpisode>,
    /// How many normal steps there are.
    pub(super) n_normal: usize,
    /// The longest unbroken run of normal steps.
    pub(super) longest: usize,
}

impl Table {
    /// Normalises by the normal blocks.
    ///
    /// # Errors
    ///
    /// [`ModelError`] where there is too little that is normal, or no output that moves there.
    pub(super) fn new(dataset: &Dataset) -> Result<Self, ModelError> {
        dataset.check()?;
        let outputs = dataset.outputs();
        if outputs.is_empty() {
            return Err(ModelError::NoOutput {
                dataset: dataset.name.clone(),
            });
        }
        let (folds, n_normal, longest) = cut_folds(dataset);
        if n_normal < MIN_ROWS {
            return Err(ModelError::TooFewRows {
                found: n_normal,
                needed: MIN_ROWS,
            });
        }
        let least = MIN_KNOWN * n_normal as f64;
        let judged: Vec<(usize, Scale)> = outputs
            .iter()
            .filter_map(|&channel| Some((channel, scale_of(dataset, channel, &folds, least)?)))
            .collect();
        if judged.is_empty() {
            // An output that is hardly measured may well change.
            let known = |&channel: &usize| normal_values(dataset, channel, &folds).count();
            let found = outputs.iter().map(known).max().unwrap_or(0);
            if (found as f64) < least {
                let needed = n_normal.div_ceil(2);
                return Err(ModelError::TooFewRows { found, needed });
            }
            return Err(ModelError::NothingMoves {
                dataset: dataset.name.clone(),
            });
        }
        let inputs: Vec<(usize, Scale)> = dataset
            .channels_where(crate::data::Role::is_input)
            .into_iter()
            .filter_map(|channel| Some((channel, scale_of(dataset, channel, &folds, least)?)))
            .collect();
        let episodes = dataset.episodes.iter().zip(folds);
        let episodes = episodes.map(|(episode, fold)| {
            let normed = |&(channel, scale): &(usize, Scale)| -> Vec<f64> {
                let column = episode.columns[channel].iter();
                column.map(|&raw| scale.normed(raw)).collect()
            };
            TableEpisode {
                outputs: judged
                    .iter()
                    .map(|one| without_spikes(&normed(one)))
                    .collect(),
                inputs: inputs.iter().map(|one| held(normed(one))).collect(),
                fold,
            }
        });
        Ok(Self {
            episodes: episodes.collect(),
            channels: judged.iter().map(|&(channel, _)| channel).collect(),
            n_normal,
            longest,
        })
    }

    /// How many outputs are judged.
    pub(super) fn n_outputs(&self) -> usize {
        self.channels.len()
    }

    /// How many inputs there are.
    pub(super) fn n_inputs(&self) -> usize {
        self.episodes.first().map_or(0, |one| one.inputs.len())
    }
}

/// A channel's centre and spread on the normal steps.
#[derive(Debug, Clone, Copy)]
struct Scale {
    center: f64,
    unit: f64,
}

impl Scale {
    fn normed(self, raw: f64) -> f64 {
        if raw.is_finite() {
            ((raw - self.center) / self.unit).clamp(-FARTHEST, FARTHEST)
        } else {
            f64::NAN
        }
    }
}

/// What was measured of a channel in normal steps.
fn normal_values(
    dataset: &Dataset,
    channel: usize,
    folds: &[Vec<Option<u8>>],
) -> impl Iterator<Item = f64> {
    let episodes = dataset.episodes.iter().zip(folds);
    episodes.flat_map(move |(episode, fold)| {
        let values = episode.columns[channel].iter().zip(fold);
        values.filter_map(|(&value, fold)| (fold.is_some() && value.is_finite()).then_some(value))
    })
}

/// `None` where the channel never moves or is hardly ever measured.
fn scale_of(
    dataset: &Dataset,
    channel: usize,
    folds: &[Vec<Option<u8>>],
    least: f64,
) -> Option<Scale> {
    let normal = || normal_values(dataset, channel, folds);
    let largest = normal().fold(0.0_f64, |a, x| a.max(x.abs()));
    let n = normal().count() as f64;
    if largest <= 0.0 || n < least {
        return None;
    }
    // In units of the largest value, so that squares stay finite.
    let center = normal().map(|x| x / largest).sum::<f64>() / n;
    let variance = normal()
        .map(|x| (x / largest - center).powi(2))
        .sum::<f64>()
        / n;
    let unit = variance.sqrt();
    (unit > 1e-9).then_some(Scale {
        center: center * largest,
        unit: unit * largest,
    })
}

/// The fold of every normal step, how many there are, and the longest run of them.
fn cut_folds(dataset: &Dataset) -> (Vec<Vec<Option<u8>>>, usize, usize) {
    let mut folds: Vec<Vec<Option<u8>>> = dataset
        .episodes
        .iter()
        .map(|episode| vec![None; episode.n_steps()])
        .collect();
    for span in dataset
        .spans
        .iter()
        .filter(|span| span.split != Split::Test)
    {
        folds[span.episode][span.start..span.end].fill(Some(0));
    }
    let n_normal = folds.iter().flatten().flatten().count();
    let (mut seen, mut longest) = (0, 0);
    for episode in &mut folds {
        let mut run = 0;
        for fold in episode {
            run = if fold.is_some() { run + 1 } else { 0 };
            longest = longest.max(run);
            if fold.is_some() {
                let number = seen * FOLDS / n_normal.max(1);
                *fold = u8::try_from(number).ok();
                seen += 1;
            }
        }
    }
    (folds, n_normal, longest)
}

/// The middle one of the last three values: a single step that jumps and comes back is no event.
pub(super) fn without_spikes(values: &[f64]) -> Vec<f64> {
    (0..values.len())
        .map(|at| {
            let now = values[at];
            let before = |back: usize| at.checked_sub(back).map_or(f64::NAN, |past| values[past]);
            let (one, two) = (before(1), before(2));
            if now.is_finite() && one.is_finite() && two.is_finite() {
                now.max(one).min(now.min(one).max(two))
            } else {
                now
            }
        })
        .collect()
}

/// Gaps hold the last value; before the first one stands the centre.
fn held(mut values: Vec<f64>) -> Vec<f64> {
    let mut last = 0.0;
    for value in &mut values {
        if value.is_finite() {
            last = *value;
        }
        *value = last;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_one_step_is_taken_out_and_a_lasting_one_stays() {
        let spike = without_spikes(&[0.0, 0.0, 9.0, 0.0, 0.0]);
        assert_eq!(spike, [0.0; 5]);
        let step = without_spikes(&[0.0, 0.0, 9.0, 9.0, 9.0]);
        assert_eq!(step, [0.0, 0.0, 0.0, 9.0, 9.0]);
    }

    #[test]
    fn the_middle_of_three_is_found_in_every_order() {
        for three in [
            [1.0, 2.0, 3.0],
            [3.0, 1.0, 2.0],
            [2.0, 3.0, 1.0],
            [3.0, 2.0, 1.0],
        ] {
            assert!((without_spikes(&three)[2] - 2.0).abs() < 1e-12, "{three:?}");
        }
    }
}
