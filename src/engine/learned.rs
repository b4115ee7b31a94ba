//! Which rows a model learned, kept by recording and time, and found again in data that have changed.

use std::ops::Range;

use super::{Env, Loaded};
use crate::{
    base::{Issue, Issues, Place, Severity, to_count},
    data::{Dataset, Episode, Split},
    model::FittedModel,
    store::{Learned, ModelRecord},
};

/// Some steps of a recording, by its position.
pub(crate) type Steps = (usize, Range<usize>);

/// What each fold of a model covers, by recording and time, so that it is found again in a dataset
/// that has grown.
pub(crate) fn learned_of(model: &FittedModel, dataset: &Dataset) -> Vec<Vec<Learned>> {
    let span = |(episode, steps): Steps| {
        let recording = dataset.episodes.get(episode)?;
        Some(Learned {
            episode: recording.name.clone(),
            start_ns: recording.time_ns(steps.start, dataset.step_secs),
            end_ns: recording.time_ns(steps.end, dataset.step_secs),
        })
    };
    let folds = model.folds().into_iter();
    folds
        .map(|fold| fold.into_iter().filter_map(span).collect())
        .collect()
}

/// The folds of an earlier training in the dataset as it is now.
pub(crate) fn found_again(record: &ModelRecord, dataset: &Dataset) -> Vec<Vec<Steps>> {
    let folds = record.learned.iter();
    folds
        .map(|fold| fold.iter().flat_map(|one| places(one, dataset)).collect())
        .collect()
}

/// Where some learned rows are now: by the clock, where there is one, for recordings are cut and numbered
/// anew where a file or a gap comes in between; else by the recording's name.
fn places(one: &Learned, dataset: &Dataset) -> Vec<Steps> {
    let part_of = |(at, recording): (usize, &Episode)| {
        let step = |ns: i64| {
            let secs = ns.saturating_sub(recording.start_ns) as f64 * 1e-9;
            let step = (secs / dataset.step_secs).round();
            to_count(step.clamp(0.0, recording.n_steps() as f64))
        };
        let steps = step(one.start_ns)..step(one.end_ns);
        (!steps.is_empty()).then_some((at, steps))
    };
    let recordings = || dataset.episodes.iter().enumerate();
    if dataset.has_clock {
        return recordings().filter_map(part_of).collect();
    }
    let covers = |recording: &Episode| {
        let end = recording.time_ns(recording.n_steps(), dataset.step_secs);
        recording.start_ns <= one.start_ns && one.end_ns <= end
    };
    let named = || recordings().filter(|(_, recording)| recording.name == one.episode);
    // Of recordings of one name the one of that time.
    let whole = named().find(|(_, recording)| covers(recording));
    whole
        .or_else(|| named().next())
        .and_then(part_of)
        .into_iter()
        .collect()
}

/// A model beside data that it did not learn as they are now.
pub(crate) struct Relearned {
    /// The model, whose folds are where they are in these data.
    pub(crate) model: FittedModel,
    /// The rows of these data that it learned.
    pub(crate) learned: Vec<Steps>,
}

/// Finds the rows again that a model learned, where the data were read anew or have grown since:
/// then only members that left a row out may be asked about it, and a test row that was learned is
/// none. `None` where the data are those that it learned, or what it learned is not known; what
/// cannot be told apart is said.
pub(crate) fn relearned(loaded: &Loaded, model: &FittedModel, env: &Env<'_>) -> Option<Relearned> {
    let dataset = &*loaded.dataset;
    if model.data_digest() == dataset.digest() {
        return None;
    }
    let mut issues = Issues::new();
    let place = || Place::file(dataset.name.clone());
    let digest = model.data_digest().to_string();
    let mut records = loaded.models.iter();
    let record = records
        .find(|one| one.id == model.id() && one.data_digest == digest && !one.learned.is_empty());
    let Some(record) = record else {
        let text = "which rows the model learned is not known, for the data were read anew since: scores may be of rows that it learned. Train again to be sure";
        issues.push(Issue::new(
            place(),
            Severity::Warning,
            "learned-unknown",
            text,
        ));
        env.tell_issues(issues);
        return None;
    };
    let folds = found_again(record, dataset);
    let learned: Vec<Steps> = folds.iter().flatten().cloned().collect();
    let n_known: usize = record
        .learned
        .iter()
        .flatten()
        .map(|one| n_steps(one, dataset))
        .sum();
    let n_found: usize = learned.iter().map(|(_, steps)| steps.len()).sum();
    let n_lost = n_known.saturating_sub(n_found);
    if n_lost > 0 {
        let text = format!(
            "of {n_known} steps that the model learned {n_lost} were not found again in these data: scores may be of rows that it learned"
        );
        let issue = Issue::new(place(), Severity::Warning, "learned-lost", text)
            .with("steps", n_known)
            .with("count", n_lost);
        issues.push(issue);
    }
    env.tell_issues(issues);
    Some(Relearned {
        model: model.clone().seen_in(dataset, folds),
        learned,
    })
}

/// How many steps some learned rows are.
fn n_steps(one: &Learned, dataset: &Dataset) -> usize {
    let secs = one.end_ns.saturating_sub(one.start_ns) as f64 * 1e-9;
    to_count((secs / dataset.step_secs).round().max(0.0))
}

/// The blocks of a split as `(episode, steps)`, without the rows that were learned.
pub(crate) fn blocks_without(dataset: &Dataset, split: Split, learned: &[Steps]) -> Vec<Steps> {
    let mut blocks = Vec::new();
    for span in dataset.spans_of(split) {
        let own = learned.iter().filter(|(at, _)| *at == span.episode);
        let mut seen: Vec<_> = own.map(|(_, steps)| steps.clone()).collect();
        seen.sort_unstable_by_key(|steps| steps.start);
        let mut from = span.start;
        for steps in seen {
            blocks.push((span.episode, from..steps.start.clamp(from, span.end)));
            from = from.max(steps.end).min(span.end);
        }
        blocks.push((span.episode, from..span.end));
    }
    blocks.retain(|(_, steps)| !steps.is_empty());
    blocks
}

/// Says how many test rows were left out for they were learned.
pub(crate) fn tell_left_out(dataset: &Dataset, blocks: &[Steps], env: &Env<'_>) {
    let kept: usize = blocks.iter().map(|(_, steps)| steps.len()).sum();
    let all: usize = dataset
        .spans_of(Split::Test)
        .map(crate::data::Span::n_steps)
        .sum();
    if kept == all {
        return;
    }
    let n = all - kept;
    let text = format!(
        "{n} of {all} test steps were left out: the model learned them when the data were others"
    );
    let place = Place::file(dataset.name.clone());
    let mut issues = Issues::new();
    let issue = Issue::new(place, Severity::Warning, "learned-left-out", text);
    issues.push(issue.with("count", n).with("steps", all));
    env.tell_issues(issues);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Channel, Media, Role, Span};

    const SECOND: i64 = 1_000_000_000;

    /// Two recordings of 100 and 50 seconds; the first ends with 40 test rows.
    fn dataset() -> Dataset {
        let episode = |name: &str, start: i64, n_steps: usize| Episode {
            name: name.to_owned(),
            start_ns: start * SECOND,
            columns: vec![vec![1.0; n_steps]],
        };
        Dataset {
            name: "line".to_owned(),
            step_secs: 1.0,
            has_clock: true,
            utc_offset_secs: None,
            channels: vec![Channel::new("level", Role::Observation, "mm")],
            episodes: vec![episode("day", 1000, 100), episode("day", 5000, 50)],
            spans: vec![Span {
                episode: 0,
                start: 60,
                end: 100,
                split: Split::Test,
            }],
            media: Media::default(),
        }
    }

    fn learned(name: &str, start: i64, end: i64) -> Learned {
        Learned {
            episode: name.to_owned(),
            start_ns: start * SECOND,
            end_ns: end * SECOND,
        }
    }

    #[test]
    fn learned_rows_are_found_by_name_and_time_and_by_time_alone() {
        let data = dataset();
        let found = |name: &str, start: i64, end: i64, data: &Dataset| {
            places(&learned(name, start, end), data)
        };
        assert_eq!(found("day", 1010, 1080, &data), [(0, 10..80)]);
        // Two recordings have that name.
        assert_eq!(found("day", 5010, 5020, &data), [(1, 10..20)]);
        assert_eq!(found("renamed", 5010, 5020, &data), [(1, 10..20)]);
        assert_eq!(found("renamed", 9000, 9100, &data), []);
        // A gap came in between, and the second piece has the name that the third one had.
        let mut cut = data.clone();
        cut.episodes[0].columns[0].truncate(40);
        let mut rest = cut.episodes[0].clone();
        rest.start_ns = 1050 * SECOND;
        cut.episodes.insert(1, rest);
        for (number, episode) in cut.episodes.iter_mut().enumerate() {
            episode.name = format!("day-{}", number + 1);
        }
        assert_eq!(found("day-1", 1010, 1080, &cut), [(0, 10..40), (1, 0..30)]);
        assert_eq!(found("day-2", 5010, 5020, &cut), [(2, 10..20)]);
        // Without a clock the name says it.
        let mut timeless = data.clone();
        timeless.has_clock = false;
        timeless.episodes[1].name = "night".to_owned();
        assert_eq!(found("night", 5010, 5020, &timeless), [(1, 10..20)]);
        assert_eq!(found("renamed", 5010, 5020, &timeless), []);
        assert_eq!(n_steps(&learned("day", 1010, 1080), &data), 70);
    }

    #[test]
    fn learned_rows_are_no_test_rows() {
        let data = dataset();
        let whole = blocks_without(&data, Split::Test, &[]);
        assert_eq!(whole, [(0, 60..100)]);
        let parts = [(0, 90..95), (0, 10..70), (1, 0..50)];
        let left = blocks_without(&data, Split::Test, &parts);
        assert_eq!(left, [(0, 70..90), (0, 95..100)]);
        assert!(blocks_without(&data, Split::Test, &[(0, 0..200)]).is_empty());
    }
}
