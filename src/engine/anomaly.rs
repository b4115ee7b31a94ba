//! How surprising what was measured is, which channels are to blame, and how that fits the labels.

use super::{
    EngineError, Env, GapRequest, Loaded,
    stretches::{StretchPlace, roll_stretches},
};
use crate::{
    data::{Dataset, Role, Split},
    metrics::{Detection, detection},
    model::{FittedModel, Innovations, Surprise, measure_surprise},
};

/// Steps of each short forecast, unless so many would be needed that it takes too long.
const FEW_STEPS: usize = 10;
/// Most short forecasts.
const MAX_FORECASTS: usize = 4000;
/// Measured steps given before each forecast.
const CONTEXT: usize = 50;
/// Fewest measured steps before a forecast.
const LEAST_CONTEXT: usize = 8;
/// Half the width of a 90 % band in standard deviations.
const Z90: f64 = 1.644_853_6;
/// Most channels named as the cause of one span.
const MAX_NAMED: usize = 3;
/// A channel with a smaller share is not named.
const MIN_SHARE: f64 = 0.05;
/// What a label that marks anomalies is called, in part.
const LABEL_WORDS: [&str; 7] = [
    "anomal", "outlier", "fault", "defect", "異常", "故障", "不良",
];

/// One stretch of flagged steps.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomalySpan {
    /// The episode's position.
    pub episode: usize,
    /// The first flagged step.
    pub start: usize,
    /// The step after the last.
    pub end: usize,
    /// When it starts, ns since 1970 UTC.
    pub start_ns: i64,
    /// The highest score in it, in standard deviations.
    pub peak: f64,
    /// The channels to blame, worst first: the dataset's index and the share, 0 to 1.
    pub channels: Vec<(usize, f64)>,
}

/// How surprising one split is.
#[derive(Debug, Clone)]
pub struct AnomalyAnswer {
    /// Which blocks were asked for.
    pub split: Split,
    /// Score, limit and parts of every step of the dataset.
    pub surprise: Surprise,
    /// The model whose forecasts had a say; `None` where there was none of these data.
    pub model: Option<String>,
    /// How many steps the split has.
    pub n_steps: usize,
    /// How many of them are flagged.
    pub n_flagged: usize,
    /// The flagged stretches, in order of time.
    pub spans: Vec<AnomalySpan>,
    /// How the flags fit a label channel, where the log has one: its index and the counts.
    pub labels: Option<(usize, Detection)>,
}

/// Scores every step, flags what passes the limit, and names the channels to blame.
///
/// Normal is what the train and val blocks hold. A trained model adds its short forecasts; without
/// one the score rests on the data alone.
///
/// # Errors
///
/// [`EngineError`] where there is too little that is normal, or the split has no steps.
pub fn find_anomalies(
    loaded: &Loaded,
    split: Split,
    env: &Env<'_>,
) -> Result<AnomalyAnswer, EngineError> {
    let dataset = &*loaded.dataset;
    if dataset.spans_of(split).next().is_none() {
        return Err(EngineError::NoRows {
            split: split.name(),
            warmup_steps: 0,
            longest: 0,
        });
    }
    let model = loaded.model.as_deref();
    let model = model.filter(|model| model.data_digest() == dataset.digest());
    let innovations = match model {
        Some(model) => Some(short_misses(dataset, model, env)?),
        None => None,
    };
    env.check()?;
    env.tell("scoring", None, split.name());
    let surprise = measure_surprise(dataset, innovations.as_ref())?;
    let mut spans = Vec::new();
    let (mut n_steps, mut n_flagged) = (0, 0);
    for span in dataset.spans_of(split) {
        let score = &surprise.episodes[span.episode].score[span.start..span.end];
        n_steps += score.len();
        n_flagged += score
            .iter()
            .filter(|&&score| score > surprise.limit)
            .count();
        let found = flagged_runs(score, surprise.limit, surprise.window_steps / 2);
        spans.extend(found.into_iter().map(|(start, end)| {
            let place = (span.episode, span.start + start, span.start + end);
            describe(dataset, &surprise, place)
        }));
    }
    Ok(AnomalyAnswer {
        split,
        labels: against_labels(dataset, &surprise, split),
        model: model.map(|model| model.id().to_owned()),
        surprise,
        n_steps,
        n_flagged,
        spans,
    })
}

/// How far the model's forecasts of a few steps missed, everywhere; on train and val blocks only
/// members answer that did not see the block.
fn short_misses(
    dataset: &Dataset,
    model: &FittedModel,
    env: &Env<'_>,
) -> Result<Innovations, EngineError> {
    let all: usize = dataset.spans.iter().map(|span| span.end - span.start).sum();
    let horizon = FEW_STEPS.max(all.div_ceil(MAX_FORECASTS));
    let mut channels = Vec::new();
    let mut values: Vec<Vec<Vec<f64>>> = vec![Vec::new(); dataset.episodes.len()];
    for split in [Split::Val, Split::Test] {
        let mut places = Vec::new();
        let is_asked = |other: Split| (other == Split::Test) == (split == Split::Test);
        for span in dataset.spans.iter().filter(|span| is_asked(span.split)) {
            let first = span.start.max(LEAST_CONTEXT);
            for start in (first..span.end).step_by(horizon) {
                places.push(StretchPlace {
                    episode: span.episode,
                    start,
                    end: span.end.min(start + horizon),
                });
            }
        }
        if places.is_empty() {
            continue;
        }
        let request = GapRequest {
            split,
            horizon_steps: Some(horizon),
            warmup_steps: CONTEXT,
            n_draws: 2,
            seed: 0,
            tier: None,
        };
        let rolled = roll_stretches((dataset, dataset), model, &places, &request, env)?;
        for stretch in &rolled.stretches {
            let trace = &stretch.trace;
            let n_steps = dataset.episodes[trace.episode].n_steps();
            let lines = &mut values[trace.episode];
            // Only the first stretch of an episode makes room: a long record has many.
            lines.resize_with(rolled.channels.len(), || vec![f64::NAN; n_steps]);
            for (output, line) in lines.iter_mut().enumerate() {
                for at in 0..trace.mean[output].len() {
                    let half = (trace.hi90[output][at] - trace.lo90[output][at]) / 2.0;
                    let miss = trace.real[output][at] - trace.mean[output][at];
                    let units = miss * Z90 / half;
                    line[trace.start + at] = if units.is_finite() { units } else { f64::NAN };
                }
            }
        }
        channels = rolled.channels;
    }
    Ok(Innovations { channels, values })
}

/// The runs above the limit; those less than `bridge` steps apart are one.
fn flagged_runs(score: &[f64], limit: f64, bridge: usize) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (step, _) in score
        .iter()
        .enumerate()
        .filter(|(_, score)| **score > limit)
    {
        match runs.last_mut() {
            Some(last) if step < last.1 + bridge.max(1) => last.1 = step + 1,
            _ => runs.push((step, step + 1)),
        }
    }
    runs
}

fn describe(
    dataset: &Dataset,
    surprise: &Surprise,
    (episode, start, end): (usize, usize, usize),
) -> AnomalySpan {
    let trace = &surprise.episodes[episode];
    let sums: Vec<f64> = trace
        .parts
        .iter()
        .map(|part| part[start..end].iter().map(|&x| f64::from(x)).sum())
        .collect();
    let whole: f64 = sums.iter().sum();
    let mut channels: Vec<(usize, f64)> = surprise
        .channels
        .iter()
        .zip(&sums)
        .map(|(&channel, sum)| (channel, sum / whole.max(f64::MIN_POSITIVE)))
        .filter(|&(_, share)| share >= MIN_SHARE)
        .collect();
    channels.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    channels.truncate(MAX_NAMED);
    AnomalySpan {
        episode,
        start,
        end,
        start_ns: dataset.episodes[episode].time_ns(start, dataset.step_secs),
        peak: trace.score[start..end].iter().copied().fold(0.0, f64::max),
        channels,
    }
}

/// The flags beside the first label that marks anomalies with 0 and 1.
fn against_labels(
    dataset: &Dataset,
    surprise: &Surprise,
    split: Split,
) -> Option<(usize, Detection)> {
    let is_named = |name: &str| {
        let name = name.to_lowercase().replace("default", "");
        LABEL_WORDS.iter().any(|word| name.contains(word))
    };
    let channel = dataset
        .channels_where(|role| role == Role::Label)
        .into_iter()
        .find(|&channel| {
            is_named(&dataset.channels[channel].name) && is_zero_or_one(dataset, channel)
        })?;
    let pairs = dataset.spans_of(split).flat_map(|span| {
        let labels = &dataset.episodes[span.episode].columns[channel][span.start..span.end];
        let score = &surprise.episodes[span.episode].score[span.start..span.end];
        let pairs = labels.iter().zip(score);
        pairs.filter_map(|(&label, &score)| {
            (label.is_finite()).then_some((label >= 0.5, score > surprise.limit))
        })
    });
    Some((channel, detection(pairs)))
}

fn is_zero_or_one(dataset: &Dataset, channel: usize) -> bool {
    let columns = dataset.episodes.iter().map(|one| &one.columns[channel]);
    let mut known = columns.flatten().filter(|x| x.is_finite()).peekable();
    known.peek().is_some()
        && known.all(|&x| (x - x.round()).abs() < 1e-9 && (0.0..=1.0).contains(&x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_lie_close_are_one_and_others_are_not() {
        let mut score = vec![0.0; 60];
        score[10..15].fill(9.0);
        score[18..20].fill(9.0);
        score[50] = 9.0;
        assert_eq!(flagged_runs(&score, 4.0, 10), [(10, 20), (50, 51)]);
        assert_eq!(flagged_runs(&score, 4.0, 0).len(), 3);
    }
}
