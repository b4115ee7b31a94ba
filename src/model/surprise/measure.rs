//! From streams to one score a step, its limit, and each channel's part in it.

use super::{
    expect::Expectations,
    limit::limit_of,
    streams::{given, judged, restless},
    table::Table,
    watch::Pace,
};
use crate::{data::Dataset, model::ModelError};

/// How far a world model's short forecasts missed what was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Innovations {
    /// The dataset's indices of the outputs.
    pub channels: Vec<usize>,
    /// Misses in units of the forecast's own spread, `[episode][output][step]`, NaN where there
    /// was no forecast.
    pub values: Vec<Vec<Vec<f64>>>,
}

/// One recording's surprise.
#[derive(Debug, Clone, PartialEq)]
pub struct SurpriseTrace {
    /// How many standard deviations the most surprising channel is off, step by step; 0 where
    /// nothing was measured; never NaN.
    pub score: Vec<f64>,
    /// Each channel's part, `[channel][step]`; the parts of a step add up to its score.
    pub parts: Vec<Vec<f32>>,
}

/// How surprising every step of a dataset is.
#[derive(Debug, Clone, PartialEq)]
pub struct Surprise {
    /// The dataset's indices of the judged channels.
    pub channels: Vec<usize>,
    /// Above it a step is flagged, in standard deviations.
    pub limit: f64,
    /// Steps that a score looks back over.
    pub window_steps: usize,
    /// One trace an episode.
    pub episodes: Vec<SurpriseTrace>,
}

/// Measures how surprising every step is, against the train and val blocks.
///
/// # Errors
///
/// [`ModelError`] where the dataset does not hold together, has fewer than 60 normal steps, or no
/// output that moves in them.
pub fn measure_surprise(
    dataset: &Dataset,
    innovations: Option<&Innovations>,
) -> Result<Surprise, ModelError> {
    let table = Table::new(dataset)?;
    let pace = Pace::of(table.longest);
    let expected = Expectations::fit(&table);
    let residuals: Vec<[Vec<Vec<f64>>; 3]> = table
        .episodes
        .iter()
        .map(|episode| expected.residuals(episode))
        .collect();
    let channels = table.channels.iter().enumerate();
    let squares: Vec<Vec<Vec<f64>>> = channels
        .map(|(output, &channel)| {
            let mut streams: Vec<Vec<Vec<f64>>> = (0..3)
                .map(|view| {
                    residuals
                        .iter()
                        .map(|one| one[view][output].clone())
                        .collect()
                })
                .collect();
            streams.push(restless(&table, output));
            let row = |all: &Innovations| all.channels.iter().position(|&one| one == channel);
            if let Some((all, row)) = innovations.and_then(|all| Some((all, row(all)?))) {
                streams.push(given(&table, &all.values, row));
            }
            let judged: Vec<Vec<Vec<f64>>> = streams
                .iter()
                .filter_map(|stream| judged(&table, stream, pace))
                .collect();
            mean_of(&table, &judged)
        })
        .collect();
    let mut episodes = Vec::with_capacity(table.episodes.len());
    let mut normal = Vec::with_capacity(table.n_normal);
    for (at, episode) in table.episodes.iter().enumerate() {
        let lines: Vec<&[f64]> = squares.iter().map(|one| one[at].as_slice()).collect();
        let trace = trace_of(&lines, episode.n_steps());
        let scores = trace.score.iter().zip(&episode.fold);
        normal.extend(scores.filter_map(|(&score, fold)| fold.map(|_| score)));
        episodes.push(trace);
    }
    let n_blocks = table.n_normal / pace.block;
    Ok(Surprise {
        limit: limit_of(&mut normal, table.n_outputs(), n_blocks),
        channels: table.channels,
        window_steps: pace.window,
        episodes,
    })
}

/// The mean over the streams that say something, `[episode][step]`; 0 where none does.
fn mean_of(table: &Table, streams: &[Vec<Vec<f64>>]) -> Vec<Vec<f64>> {
    let episodes = table.episodes.iter().enumerate();
    episodes
        .map(|(at, episode)| {
            (0..episode.n_steps())
                .map(|step| {
                    let said = streams.iter().map(|one| one[at][step]);
                    let said = said.filter(|x| x.is_finite());
                    let n = said.clone().count();
                    said.sum::<f64>() / n.max(1) as f64
                })
                .collect()
        })
        .collect()
}

/// The most surprising channel gives the score; parts go by the square of what each says, so that
/// many quiet channels do not drown the one that shouts.
fn trace_of(lines: &[&[f64]], n_steps: usize) -> SurpriseTrace {
    let mut score = vec![0.0; n_steps];
    let mut parts = vec![vec![0.0; n_steps]; lines.len()];
    for step in 0..n_steps {
        let most = lines.iter().map(|line| line[step]).fold(0.0, f64::max);
        if most <= 0.0 {
            continue;
        }
        score[step] = most.sqrt();
        let weight = |line: &[f64]| (line[step] / most).powi(2);
        let whole: f64 = lines.iter().map(|line| weight(line)).sum();
        for (part, line) in parts.iter_mut().zip(lines) {
            part[step] = to_f32(score[step] * weight(line) / whole);
        }
    }
    SurpriseTrace { score, parts }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a part is shown, not computed with"
)]
fn to_f32(x: f64) -> f32 {
    x as f32
}
