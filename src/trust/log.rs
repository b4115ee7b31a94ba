//! The stretches of the log that may be learned from, gaps closed by the last value seen.

use crate::{
    data::{Dataset, Split},
    metrics::stats,
};

/// More steps than this are thinned to evenly spread stretches.
const MOST_STEPS: usize = 20_000;
const STRETCH_STEPS: usize = 2_000;

/// The training and validation stretches of a dataset.
pub(super) struct Log<'a> {
    dataset: &'a Dataset,
    /// What is looked at closely, thinned where the log is long.
    stretches: Vec<(usize, usize, usize)>,
    whole: Vec<(usize, usize, usize)>,
    /// How many steps may be learned from, before thinning.
    pub(super) total_steps: usize,
}

impl<'a> Log<'a> {
    /// The stretches of a dataset; neighbouring spans of one episode are joined.
    pub(super) fn of(dataset: &'a Dataset) -> Self {
        let mut spans: Vec<(usize, usize, usize)> = dataset
            .spans
            .iter()
            .filter(|span| span.split != Split::Test)
            .map(|span| (span.episode, span.start, span.end))
            .collect();
        spans.sort_unstable();
        let mut stretches: Vec<(usize, usize, usize)> = Vec::new();
        for (episode, start, end) in spans {
            match stretches.last_mut() {
                Some(last) if last.0 == episode && start <= last.2 => last.2 = last.2.max(end),
                _ => stretches.push((episode, start, end)),
            }
        }
        let total_steps = stretches.iter().map(|(_, start, end)| end - start).sum();
        let whole = stretches.clone();
        if total_steps > MOST_STEPS {
            stretches = thinned(&stretches, total_steps);
        }
        Self {
            dataset,
            stretches,
            whole,
            total_steps,
        }
    }

    /// How many steps are looked at.
    pub(super) fn n_steps(&self) -> usize {
        self.stretches
            .iter()
            .map(|(_, start, end)| end - start)
            .sum()
    }

    /// Least and greatest value of a channel in all of it; 0 and 0 where there is none.
    pub(super) fn extremes_of(&self, channel: usize) -> (f64, f64) {
        let stretches = self.whole.iter();
        let values = stretches
            .flat_map(|&(episode, start, end)| {
                &self.dataset.episodes[episode].columns[channel][start..end]
            })
            .copied()
            .filter(|value| value.is_finite());
        let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| {
            (least.min(v), most.max(v))
        });
        if least <= most {
            (least, most)
        } else {
            (0.0, 0.0)
        }
    }

    /// One number of each whole stretch of a channel.
    pub(super) fn recorded(&self, channel: usize, number: impl Fn(&[f64]) -> f64) -> Vec<f64> {
        let stretches = self.whole.iter();
        stretches
            .map(|&(episode, start, end)| {
                number(&self.dataset.episodes[episode].columns[channel][start..end])
            })
            .collect()
    }

    /// One channel, one row a stretch; a missing value repeats the last one seen.
    pub(super) fn rows_of(&self, channel: usize) -> Vec<Vec<f64>> {
        let column = |&(episode, start, end): &(usize, usize, usize)| {
            let values = &self.dataset.episodes[episode].columns[channel][start..end];
            let mut held = values
                .iter()
                .copied()
                .find(|value| value.is_finite())
                .unwrap_or(f64::NAN);
            let hold = |&value: &f64| {
                if value.is_finite() {
                    held = value;
                }
                held
            };
            values.iter().map(hold).collect()
        };
        self.stretches.iter().map(column).collect()
    }

    /// As [`Log::rows_of`], with mean 0 and variance 1 over the log, and the standard deviation.
    pub(super) fn normed_rows_of(&self, channel: usize) -> (Vec<Vec<f64>>, f64) {
        let mut rows = self.rows_of(channel);
        let all: Vec<f64> = rows.iter().flatten().copied().collect();
        let (centre, spread) = (stats::mean(&all), stats::population_std(&all));
        let known = spread.is_finite() && spread > 1e-12 * centre.abs();
        for value in rows.iter_mut().flatten() {
            let normed = (*value - centre) / spread;
            *value = if known && normed.is_finite() {
                normed
            } else {
                0.0
            };
        }
        (rows, if known { spread } else { 0.0 })
    }

    /// Steps that the outputs take to forget, the median over outputs; at least 1.
    pub(super) fn memory_steps(&self) -> usize {
        let Some(longest) =
            (0..self.stretches.len()).max_by_key(|&at| self.stretches[at].2 - self.stretches[at].1)
        else {
            return 1;
        };
        let (episode, start, end) = self.stretches[longest];
        let most = ((end - start) / 4).max(1);
        let mut found: Vec<usize> = self
            .dataset
            .outputs()
            .into_iter()
            .filter_map(|output| {
                let column = &self.dataset.episodes[episode].columns[output][start..end];
                let column = &column[column.len().saturating_sub(4_000)..];
                (stats::population_std(column) > 0.0).then(|| first_forgotten(column, most))
            })
            .collect();
        found.sort_unstable();
        found.get(found.len() / 2).copied().unwrap_or(1)
    }
}

/// The first lag at which the autocorrelation is below 1/e, looked for in growing strides.
fn first_forgotten(column: &[f64], most: usize) -> usize {
    let mut lag = 1;
    while lag < most && stats::autocorrelation(column, lag) > 1.0 / std::f64::consts::E {
        lag += (lag / 8).max(1);
    }
    lag.min(most)
}

fn thinned(stretches: &[(usize, usize, usize)], total_steps: usize) -> Vec<(usize, usize, usize)> {
    let pieces: Vec<(usize, usize, usize)> = stretches
        .iter()
        .flat_map(|&(episode, start, end)| {
            (start..end)
                .step_by(STRETCH_STEPS)
                .map(move |from| (episode, from, (from + STRETCH_STEPS).min(end)))
        })
        .collect();
    let every = total_steps.div_ceil(MOST_STEPS);
    pieces.into_iter().step_by(every).collect()
}
