//! From streams to one score a step, its limit, and each channel's part in it.

use super::{
    expect::{Expectations, Pull, View},
    limit::limit_of,
    streams::{given, judged, restless},
    table::Table,
    watch::{Pace, Watched},
};
use crate::{base::to_f32, data::Dataset, model::ModelError};

/// A channel that says less than this share of what the loudest says is not asked for blame.
const LEAST_WEIGHT: f64 = 0.01;

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
    let watched: Vec<Channel> = channels
        .map(|(output, &channel)| {
            let of = |view: usize| -> Vec<Vec<f64>> {
                let lines = residuals.iter().map(|one| one[view][output].clone());
                lines.collect()
            };
            let mut own = vec![restless(&table, output)];
            let row = |all: &Innovations| all.channels.iter().position(|&one| one == channel);
            if let Some((all, row)) = innovations.and_then(|all| Some((all, row(all)?))) {
                own.push(given(&table, &all.values, row));
            }
            Channel {
                level: judged(&table, &of(0), pace),
                others: judged(&table, &of(1), pace),
                past: judged(&table, &of(2), pace),
                own: own
                    .iter()
                    .filter_map(|stream| judged(&table, stream, pace))
                    .collect(),
            }
        })
        .collect();
    let pulls = [expected.pull(View::Others), expected.pull(View::Past)];
    let mut episodes = Vec::with_capacity(table.episodes.len());
    let mut normal = Vec::with_capacity(table.n_normal);
    for (at, episode) in table.episodes.iter().enumerate() {
        let trace = trace_of(&watched, &pulls, at, episode.n_steps());
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

/// The streams of one channel, `[episode]`; `None` where nothing normal was measured.
struct Channel {
    level: Option<Vec<Watched>>,
    others: Option<Vec<Watched>>,
    past: Option<Vec<Watched>>,
    /// Streams that no other channel has a part in.
    own: Vec<Vec<Watched>>,
}

impl Channel {
    /// The mean over the streams that say something; 0 where none does.
    fn square(&self, episode: usize, step: usize) -> f64 {
        let streams = self.level.iter().chain(&self.others).chain(&self.past);
        let said = streams.chain(&self.own);
        let (mut sum, mut n) = (0.0, 0.0);
        for stream in said {
            let variances = stream[episode].variances[step];
            if variances.is_finite() {
                sum += f64::from(variances);
                n += 1.0;
            }
        }
        sum / f64::max(n, 1.0)
    }

    /// How far the level is off; 0 where that is not known.
    fn off(&self, episode: usize, step: usize) -> f64 {
        let off = self.level.as_ref().map(|one| one[episode].off[step]);
        off.filter(|off| off.is_finite()).map_or(0.0, f64::from)
    }
}

/// The most surprising channel gives the score; each channel's part goes by the square of what it
/// says, so that many quiet ones do not drown the one that shouts.
fn trace_of(
    channels: &[Channel],
    pulls: &[Pull; 2],
    episode: usize,
    n_steps: usize,
) -> SurpriseTrace {
    let mut score = vec![0.0; n_steps];
    let mut parts = vec![vec![0.0; n_steps]; channels.len()];
    for step in 0..n_steps {
        let squares: Vec<f64> = channels
            .iter()
            .map(|one| one.square(episode, step))
            .collect();
        let most = squares.iter().copied().fold(0.0, f64::max);
        if most <= 0.0 {
            continue;
        }
        score[step] = most.sqrt();
        let offs: Vec<f64> = channels.iter().map(|one| one.off(episode, step)).collect();
        let mut blame = vec![0.0; channels.len()];
        for (at, channel) in channels.iter().enumerate() {
            let weight = squares[at] / most;
            if weight > LEAST_WEIGHT {
                lay_blame(
                    &mut blame,
                    channel,
                    (at, weight),
                    pulls,
                    &offs,
                    (episode, step),
                );
            }
        }
        let whole: f64 = blame.iter().sum();
        for (part, blame) in parts.iter_mut().zip(&blame) {
            part[step] = to_f32(score[step] * blame / whole.max(f64::MIN_POSITIVE));
        }
    }
    SurpriseTrace { score, parts }
}

/// Adds what one channel's streams say to those that are behind it.
///
/// A channel that is not where the others would have it may be right, and one of the others wrong:
/// such a miss is laid on each channel by how much its own being off adds to it.
fn lay_blame(
    blame: &mut [f64],
    channel: &Channel,
    (at, weight): (usize, f64),
    pulls: &[Pull; 2],
    offs: &[f64],
    (episode, step): (usize, usize),
) {
    let said = |stream: &[Watched]| {
        let variances = f64::from(stream[episode].variances[step]);
        if variances.is_finite() {
            weight * variances
        } else {
            0.0
        }
    };
    blame[at] += channel.own.iter().map(|one| said(one)).sum::<f64>();
    blame[at] += channel.level.as_ref().map_or(0.0, |one| said(one));
    for (stream, pull) in [&channel.others, &channel.past].into_iter().zip(pulls) {
        let Some(stream) = stream else { continue };
        let (size, miss) = (said(stream), f64::from(stream[episode].off[step]));
        let helps = |(pull, off): (&f64, &f64)| (pull * off * miss.signum()).max(0.0);
        let whole: f64 = pull[at].iter().zip(offs).map(helps).sum();
        if size > 0.0 && whole > 0.0 {
            for (blame, pair) in blame.iter_mut().zip(pull[at].iter().zip(offs)) {
                *blame += size * helps(pair) / whole;
            }
        } else {
            blame[at] += size;
        }
    }
}
