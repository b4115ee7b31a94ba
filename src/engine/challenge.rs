//! Champion and challenger: what a new model does better, and what it forgot.
//!
//! Rows that the model in use learned are the old regimes; all others but the test rows, which choose
//! nothing, are new to it. Both models run freely over the same stretches of both; where one of them
//! learned a row, only the members answer that left it out. So neither is judged on what it has seen.

use super::{EngineError, Env, learned::found_again};
use crate::{
    data::{Dataset, Split},
    metrics::stats::population_std,
    model::{FittedModel, Members, ModelError, RolloutRequest},
    store::{Project, Regime, Trial},
};

/// Steps of a stretch.
const STRETCH: usize = 120;
/// Shorter stretches say nothing.
const SHORTEST: usize = 12;
/// Measured steps before a stretch.
const CONTEXT: usize = 50;
/// Stretches of a regime at most, spread evenly.
const MOST: usize = 24;
/// Draws: the centre is all that counts.
const DRAWS: usize = 8;
/// On the old regimes a new model may err this much more before it counts as forgetting.
const FORGETS: f64 = 1.05;

/// A stretch that both models predict.
#[derive(Debug, Clone, Copy)]
struct Place {
    episode: usize,
    start: usize,
    end: usize,
}

/// Lets the model in use and a new one predict the same stretches.
///
/// `None` where nothing is in use or its file cannot be read, where it was trained on the same data
/// or knows other channels or another time step, or where the dataset holds nothing that is new to it, or
/// nothing measured to compare with.
///
/// # Errors
///
/// [`EngineError`] where a rollout fails or the end was asked for.
pub(crate) fn challenge(
    project: &Project,
    dataset: &Dataset,
    challenger: &FittedModel,
    env: &Env<'_>,
) -> Result<Option<Trial>, EngineError> {
    let digest = challenger.data_digest().to_string();
    let known = project.models()?;
    let Some(record) = known.into_iter().find(|one| one.in_use) else {
        return Ok(None);
    };
    if record.data_digest == digest || record.learned.is_empty() {
        return Ok(None);
    }
    let folds = found_again(&record, dataset);
    // A file that cannot be read any more cannot defend its place, nor cost the new training.
    let Some(champion) = readable(project, &record.id) else {
        return Ok(None);
    };
    let champion = champion.seen_in(dataset, folds.clone());
    if champion.output_names() != challenger.output_names() {
        return Ok(None);
    }
    let old: Vec<Place> = folds
        .iter()
        .flatten()
        .flat_map(|(episode, steps)| cut(*episode, steps.clone()))
        .collect();
    let new = unseen(dataset, &folds);
    let (old, new) = (spread(&old), spread(&new));
    if old.is_empty() || new.is_empty() {
        return Ok(None);
    }
    let regime = |places: &[Place]| -> Result<Option<Regime>, EngineError> {
        let before = error(dataset, &champion, places, env)?;
        let after = error(dataset, challenger, places, env)?;
        Ok(before.zip(after).map(|(champion, challenger)| Regime {
            n_stretches: places.len(),
            champion,
            challenger,
        }))
    };
    let (old, new) = match (regime(&old), regime(&new)) {
        (Ok(Some(old)), Ok(Some(new))) => (old, new),
        // A channel that the model in use needs is gone, or the time step is another one: it cannot
        // answer any more.
        (Ok(_), Ok(_))
        | (
            Err(EngineError::Model(
                ModelError::MissingChannel { .. } | ModelError::OtherStep { .. },
            )),
            _,
        ) => {
            return Ok(None);
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let is_kept = old.challenger <= FORGETS * old.champion;
    Ok(Some(Trial {
        champion: record.id,
        is_better: is_kept && new.challenger <= new.champion,
        old,
        new,
    }))
}

/// A model of the project; `None` where its file is damaged or of a form not known here.
fn readable(project: &Project, id: &str) -> Option<FittedModel> {
    let mut unread = crate::base::Issues::default();
    let bytes = project.load_model(Some(id), &mut unread).ok()??;
    FittedModel::from_bytes(&bytes).ok()
}

/// Stretches of rows that are in no fold; test rows choose nothing, so they are left out too.
fn unseen(dataset: &Dataset, folds: &[Vec<(usize, std::ops::Range<usize>)>]) -> Vec<Place> {
    let mut places = Vec::new();
    for span in dataset.spans.iter().filter(|one| one.split != Split::Test) {
        let of_it = folds.iter().flatten();
        let of_it = of_it.filter(|(at, _)| *at == span.episode);
        let mut seen: Vec<_> = of_it.map(|(_, steps)| steps.clone()).collect();
        seen.sort_unstable_by_key(|steps| steps.start);
        let mut from = span.start;
        for steps in seen {
            places.extend(cut(span.episode, from..steps.start.clamp(from, span.end)));
            from = from.max(steps.end);
        }
        places.extend(cut(span.episode, from.min(span.end)..span.end));
    }
    places
}

/// Stretches of some rows, each after its own context.
fn cut(episode: usize, steps: std::ops::Range<usize>) -> Vec<Place> {
    let context = CONTEXT.min(steps.len() / 3);
    let starts = (steps.start + context..steps.end).step_by(STRETCH);
    let place = |start: usize| Place {
        episode,
        start,
        end: steps.end.min(start + STRETCH),
    };
    starts
        .map(place)
        .filter(|place| place.start > 0 && place.end - place.start >= SHORTEST)
        .collect()
}

/// At most [`MOST`] of them, evenly.
fn spread(places: &[Place]) -> Vec<Place> {
    let every = places.len().div_ceil(MOST).max(1);
    places.iter().step_by(every).copied().collect()
}

/// Root mean square error in units of each output's spread, mean over outputs; `None` where no
/// output was measured or has a spread that a number can hold.
fn error(
    dataset: &Dataset,
    model: &FittedModel,
    places: &[Place],
    env: &Env<'_>,
) -> Result<Option<f64>, EngineError> {
    let spreads = spreads(dataset);
    let mut sums = vec![(0.0_f64, 0.0_f64); dataset.channels.len()];
    for place in places {
        env.check()?;
        let request = RolloutRequest {
            dataset,
            episode: place.episode,
            start: place.start,
            n_context: CONTEXT.min(place.start),
            horizon_steps: place.end - place.start,
            controls: None,
            n_draws: DRAWS,
            seed: 0,
            n_threads: env.threads(),
            members: Members::LeftOut,
            tier: None,
        };
        let said = model.rollout(&request, env.stop)?;
        for (mean, &channel) in said.mean.iter().zip(&said.channels) {
            let real = &dataset.episodes[place.episode].columns[channel][place.start..place.end];
            for (mean, real) in mean.iter().zip(real).filter(|(_, real)| real.is_finite()) {
                sums[channel].0 += ((mean - real) / spreads[channel]).powi(2);
                sums[channel].1 += 1.0;
            }
        }
    }
    let judged = sums.into_iter().filter(|(_, count)| *count > 0.0);
    let errors: Vec<f64> = judged
        .map(|(squared, count)| (squared / count).sqrt())
        .filter(|error| error.is_finite())
        .collect();
    let n = errors.len() as f64;
    Ok((!errors.is_empty()).then(|| errors.iter().sum::<f64>() / n))
}

/// The spread of each channel; NaN where it does not move or its squares are no numbers.
fn spreads(dataset: &Dataset) -> Vec<f64> {
    let of = |channel: usize| {
        let recordings = dataset.episodes.iter();
        let values = recordings.flat_map(|one| one.columns[channel].iter().copied());
        let known: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let spread = population_std(&known);
        if spread > 0.0 && spread.is_finite() {
            spread
        } else {
            f64::NAN
        }
    };
    (0..dataset.channels.len()).map(of).collect()
}
