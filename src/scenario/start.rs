//! Finds the situation that a scenario starts from.

use std::ops::Range;

use super::{ScenarioError, ScenarioSpec, names, parse::MAX_STEPS, phrases};
use crate::{
    base::{Issue, Issues, Phrase, Place, Severity, format_zoned, to_count},
    data::{Dataset, Episode},
};

/// Measured steps that warm the model up where the scenario names none.
const DEFAULT_CONTEXT_STEPS: usize = 50;

/// The longest horizon where the scenario names none.
const DEFAULT_HORIZON_STEPS: usize = 360;

/// From which situation a plan starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The episode's position in the dataset.
    pub episode: usize,
    /// The first predicted step; the episode's number of steps where all lies beyond the record.
    pub step: usize,
    /// Measured steps before it that warm the model up.
    pub context_steps: usize,
}

/// The start and the horizon of a scenario.
pub(super) fn resolve_start(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    issues: &mut Issues,
) -> Result<(Start, usize), ScenarioError> {
    let lines = &spec.start.lines;
    if let Some(steps) = spec.horizon_steps
        && !(1..=MAX_STEPS).contains(&steps)
    {
        return Err(ScenarioError::Range {
            file: spec.file.clone(),
            line: 0,
            found: phrases::horizon(steps),
            expected: phrases::steps_up_to(MAX_STEPS),
        });
    }
    let time_ns = start_time(spec, dataset)?;
    let (episode_idx, episode) = find_episode(spec, dataset, time_ns)?;
    let n_steps = episode.n_steps();
    let asked_context = spec.start.context_steps.unwrap_or(DEFAULT_CONTEXT_STEPS);
    let given = match time_ns {
        Some(time_ns) => Some(
            episode
                .step_at(time_ns, dataset.step_secs)
                .ok_or_else(|| outside(spec, dataset, episode, time_ns))?,
        ),
        None => spec.start.step,
    };
    let horizon_steps = spec.horizon_steps.unwrap_or_else(|| match given {
        Some(step) if step < n_steps => (n_steps - step).min(DEFAULT_HORIZON_STEPS),
        Some(_) => DEFAULT_HORIZON_STEPS,
        None => (n_steps / 2).clamp(1, DEFAULT_HORIZON_STEPS),
    });
    // Without a step the horizon ends with the record, so that reality can be drawn beside it.
    // … or with the day, where the recording was asked for by it.
    let is_named = |name: &String| *name == episode.name;
    let day = spec.start.episode.as_ref().filter(|name| !is_named(name));
    let day = day.and_then(|name| steps_of_day(episode, dataset, name));
    let step = given.unwrap_or_else(|| match day {
        Some(steps) if horizon_steps <= steps.len() => {
            (steps.end - horizon_steps).max(steps.start.max(1))
        }
        // What does not fit into the day need not go without what warms the model up either, but it
        // begins on that day.
        Some(steps) => {
            let warmed = steps.start.max(asked_context.clamp(1, n_steps));
            warmed.min(steps.end - 1).max(1)
        }
        None => n_steps
            .saturating_sub(horizon_steps)
            .max(asked_context.min(n_steps)),
    });
    if step == 0 || step > n_steps {
        let place = if lines.at > 0 { lines.at } else { lines.step };
        return Err(no_such_step(spec, episode, step, place));
    }
    let context_steps = asked_context.clamp(1, step);
    if context_steps < asked_context {
        let text = format!(
            "only {context_steps} of {asked_context} context steps lie before the start; \
             these are used"
        );
        let mut place = Place::file(&spec.file);
        if lines.context_steps > 0 {
            place = place.at_row(lines.context_steps as u64);
        }
        issues.push(
            Issue::new(place, Severity::Info, "context-short", text)
                .with("used", context_steps)
                .with("asked", asked_context),
        );
    }
    let start = Start {
        episode: episode_idx,
        step,
        context_steps,
    };
    Ok((start, horizon_steps))
}

fn no_such_step(spec: &ScenarioSpec, episode: &Episode, step: usize, line: usize) -> ScenarioError {
    let (n_steps, name) = (episode.n_steps(), format!("{:?}", episode.name));
    ScenarioError::Start {
        file: spec.file.clone(),
        line,
        found: Phrase::new(
            "detail-start-step",
            format!("a start at step {step} of episode {name}"),
        )
        .with("step", step)
        .with("episode", name),
        expected: Phrase::new(
            "detail-start-steps",
            format!("a step from 1 to {n_steps}, so that one measured step lies before it"),
        )
        .with("most", n_steps),
    }
}

fn start_time(spec: &ScenarioSpec, dataset: &Dataset) -> Result<Option<i64>, ScenarioError> {
    let Some(at) = &spec.start.at else {
        return Ok(None);
    };
    let bad = |expected: Phrase| ScenarioError::Start {
        file: spec.file.clone(),
        line: spec.start.lines.at,
        found: Phrase::new("detail-start-at", format!("a start at {at:?}"))
            .with("at", format!("{at:?}")),
        expected,
    };
    if !dataset.has_clock {
        return Err(bad(Phrase::new(
            "detail-step-no-clock",
            "a step, since the data have no clock",
        )));
    }
    at.parse::<jiff::Timestamp>()
        .ok()
        .and_then(|time| i64::try_from(time.as_nanosecond()).ok())
        .map(Some)
        .ok_or_else(|| bad(phrases::zoned_time()))
}

fn find_episode<'d>(
    spec: &ScenarioSpec,
    dataset: &'d Dataset,
    time_ns: Option<i64>,
) -> Result<(usize, &'d Episode), ScenarioError> {
    let bad = |found: Phrase, expected: Phrase| ScenarioError::Start {
        file: spec.file.clone(),
        line: spec.start.lines.episode,
        found,
        expected,
    };
    let mut newest_first = dataset
        .episodes
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, episode)| episode.n_steps() > 0);
    let last = newest_first.clone().next().ok_or_else(|| {
        bad(
            Phrase::new("detail-no-rows", "a dataset without rows"),
            Phrase::new("detail-an-episode", "an episode to start from"),
        )
    })?;
    match (&spec.start.episode, time_ns) {
        (Some(name), _) => newest_first
            .clone()
            .find(|(_, episode)| &episode.name == name)
            // Recordings are named after their files; people name them by their day.
            .or_else(|| {
                let of_day = || {
                    let all = newest_first.clone();
                    all.filter_map(|found| {
                        Some((found, steps_of_day(found.1, dataset, name)?.len()))
                    })
                };
                let holds = |one: &Episode, time| one.step_at(time, dataset.step_secs).is_some();
                let timed =
                    time_ns.and_then(|time| of_day().find(|(found, _)| holds(found.1, time)));
                // The newest, but none that has only just begun when the day ends.
                let most = of_day().map(|(_, n_steps)| n_steps).max().unwrap_or(0);
                let last = || of_day().find(|(_, n_steps)| 2 * n_steps >= most);
                timed.or_else(last).map(|(found, _)| found)
            })
            .ok_or_else(|| {
                let all = dataset.episodes.iter().map(|episode| episode.name.as_str());
                let mut near = names::by_nearness(name, all);
                near.truncate(3);
                let near = near.join(", ");
                bad(
                    Phrase::new("detail-no-episode", format!("no episode {name:?}"))
                        .with("name", format!("{name:?}")),
                    Phrase::new(
                        "detail-episodes",
                        format!("\"latest\" or one such as {near}"),
                    )
                    .with("near", &near),
                )
            }),
        // A time says by itself in which episode it lies.
        (None, Some(time_ns)) => newest_first
            .find(|(_, episode)| episode.step_at(time_ns, dataset.step_secs).is_some())
            .ok_or_else(|| beside_all(spec, dataset, last.1, time_ns)),
        (None, None) => Ok(last),
    }
}

/// An episode's steps on a day such as `2026-01-05` of the log's own clock.
fn steps_of_day(episode: &Episode, dataset: &Dataset, name: &str) -> Option<Range<usize>> {
    const DAY_SECS: i64 = 86_400;
    let day: jiff::civil::Date = name.parse().ok()?;
    let utc = jiff::tz::TimeZone::UTC;
    let begin = utc.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
    let begin = begin.as_second() - i64::from(dataset.shown_offset_secs());
    let far = |secs: i64| secs as f64 - episode.start_ns as f64 * 1e-9;
    let at =
        |secs: f64| to_count((secs / dataset.step_secs).ceil().max(0.0)).min(episode.n_steps());
    let steps = at(far(begin))..at(far(begin + DAY_SECS));
    (dataset.has_clock && !steps.is_empty()).then_some(steps)
}

/// A time that no episode holds: told by the episodes before and after it.
fn beside_all(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    last: &Episode,
    time_ns: i64,
) -> ScenarioError {
    let all = || dataset.episodes.iter().filter(|one| one.n_steps() > 0);
    let before = all().filter(|one| one.start_ns <= time_ns);
    let after = all().filter(|one| one.start_ns > time_ns);
    let before = before.max_by_key(|one| one.start_ns);
    let after = after.min_by_key(|one| one.start_ns);
    let (Some(before), Some(after)) = (before, after) else {
        return outside(spec, dataset, before.or(after).unwrap_or(last), time_ns);
    };
    let told = |time_ns| format_zoned(time_ns, dataset.shown_offset_secs());
    let (at, earlier) = (told(time_ns), format!("{:?}", before.name));
    let end = before.n_steps().saturating_sub(1);
    let (to, from) = (
        told(before.time_ns(end, dataset.step_secs)),
        told(after.start_ns),
    );
    let later = format!("{:?}", after.name);
    ScenarioError::Start {
        file: spec.file.clone(),
        line: spec.start.lines.at,
        found: Phrase::new(
            "detail-start-gap",
            format!("a start at {at}, between two recordings"),
        )
        .with("at", at),
        expected: Phrase::new(
            "detail-start-between",
            format!("a time in episode {earlier} up to {to}, or in {later} from {from} on"),
        )
        .with("earlier", earlier)
        .with("to", to)
        .with("later", later)
        .with("from", from),
    }
}

fn outside(
    spec: &ScenarioSpec,
    dataset: &Dataset,
    episode: &Episode,
    time_ns: i64,
) -> ScenarioError {
    let last = episode.n_steps().saturating_sub(1);
    // By the log's own clock, which its readers know.
    let told = |time_ns| format_zoned(time_ns, dataset.shown_offset_secs());
    let (at, name) = (told(time_ns), format!("{:?}", episode.name));
    let from = told(episode.start_ns);
    let to = told(episode.time_ns(last, dataset.step_secs));
    ScenarioError::Start {
        file: spec.file.clone(),
        line: spec.start.lines.at,
        found: Phrase::new(
            "detail-start-outside",
            format!("a start at {at}, outside the record"),
        )
        .with("at", at),
        expected: Phrase::new(
            "detail-start-times",
            format!("a time in episode {name} from {from} to {to}"),
        )
        .with("episode", name)
        .with("from", from)
        .with("to", to),
    }
}
