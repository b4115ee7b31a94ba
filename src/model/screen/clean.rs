//! The dataset without what the screens found.

use std::{borrow::Cow, ops::RangeInclusive};

use super::{
    fill::fill_inputs,
    lone::lone,
    moved::Moves,
    readings::{Readings, Stretch, readings, runs},
    still::{long_runs, still},
};
use crate::{
    base::{Issue, Issues, Place, Severity, StopToken, Stopped},
    data::{Dataset, Role},
    model::prepared::Block,
};

/// Another sensor stands still as well where it does so over this share of a run's steps.
const TOGETHER: f64 = 0.8;

/// The dataset without what is a logger's in some blocks: lone values of all channels, outputs that
/// stand still. An input that moves at every reading is filled where one is missing; others are
/// bridged when rows are made of them.
///
/// # Errors
///
/// [`Stopped`].
pub(in crate::model) fn screened<'a>(
    dataset: &'a Dataset,
    blocks: &[Block],
    notes: &mut Issues,
    stop: &StopToken,
) -> Result<Cow<'a, Dataset>, Stopped> {
    let mut moves = Moves::default();
    let mut cleaned = Cow::Borrowed(dataset);
    // Outputs first, so that no spike of theirs looks like an answer to one of an input.
    let mut channels = dataset.outputs();
    channels.extend(dataset.channels_where(Role::is_input));
    for channel in channels {
        stop.check()?;
        without_lone((&mut cleaned, &mut moves), channel, blocks, notes);
    }
    stop.check()?;
    without_still(&mut cleaned, blocks, notes);
    // Last, by values that are the plant's.
    fill_inputs(&mut cleaned, blocks, notes, stop)?;
    Ok(cleaned)
}

fn without_lone(
    (dataset, moves): (&mut Cow<'_, Dataset>, &mut Moves),
    channel: usize,
    blocks: &[Block],
    notes: &mut Issues,
) {
    let all = readings(dataset, channel, blocks);
    let found = lone(&all);
    let Some(first) = found.first() else {
        return;
    };
    if moves.come_with((dataset, blocks), channel, &all, &found) {
        return;
    }
    let n: usize = found.iter().map(|one| one.at.len()).sum();
    let value = all[first.block][first.at.start].value;
    let text = format!(
        "lone values that jump away and back: {n} (first {value}); nothing is learned from them"
    );
    let place = place_of(dataset, channel);
    let note = Issue::new(place, Severity::Info, "lone-values", text);
    notes.push(note.with("count", n).with("value", value));
    take_out(dataset.to_mut(), channel, blocks, (&all, &found));
}

/// A run's block, its first and its last step.
type Steps = (usize, RangeInclusive<usize>);

fn without_still(dataset: &mut Cow<'_, Dataset>, blocks: &[Block], notes: &mut Issues) {
    let outputs = dataset.outputs();
    let steps_of = |all: &Readings, run: &Stretch| {
        let steps = &all[run.block][run.at.clone()];
        (run.block, steps[0].step..=steps[steps.len() - 1].step)
    };
    let long = |&channel: &usize| -> Vec<Steps> {
        let all = readings(dataset, channel, blocks);
        let long = long_runs(&runs(&all));
        long.iter().map(|run| steps_of(&all, run)).collect()
    };
    let long: Vec<Vec<Steps>> = outputs.iter().map(long).collect();
    for (at, &channel) in outputs.iter().enumerate() {
        if long[at].is_empty() {
            continue;
        }
        let all = readings(dataset, channel, blocks);
        let rests = |run: &Stretch| {
            let run = steps_of(&all, run);
            let mut others = long.iter().enumerate().filter(|(other, _)| *other != at);
            others.any(|(_, other)| stands_still(other, &run))
        };
        let found = still(&all, &runs(&all), &rests);
        let Some(first) = found.first() else {
            continue;
        };
        let first = all[first.block][first.at.start];
        let n_values: usize = found.iter().map(|one| one.at.len()).sum();
        let (n, step) = (found.len(), first.step + 1);
        let text = format!(
            "values that stand perfectly still though the sensor otherwise always trembles: {n_values} \
             (stretches: {n}; first at {}, from step {step}); nothing is learned from them",
            first.value
        );
        let place = place_of(dataset, channel);
        let note = Issue::new(place, Severity::Info, "still-values", text);
        let note = note.with("count", n).with("steps", n_values);
        notes.push(note.with("value", first.value).with("step", step));
        take_out(dataset.to_mut(), channel, blocks, (&all, &found));
    }
}

/// Whether one of another sensor's runs, in order, covers most of a run.
fn stands_still(other: &[Steps], (block, steps): &Steps) -> bool {
    let first = other.partition_point(|one| (one.0, one.1.end()) < (*block, steps.start()));
    let near = other[first..].iter();
    let mut near = near.take_while(|one| one.0 == *block && one.1.start() <= steps.end());
    near.any(|one| share_of(steps, &one.1) >= TOGETHER)
}

/// How much of a run another one covers.
fn share_of(run: &RangeInclusive<usize>, other: &RangeInclusive<usize>) -> f64 {
    let (start, end) = (*run.start().max(other.start()), *run.end().min(other.end()));
    let common = (end + 1).saturating_sub(start);
    common as f64 / (run.end() + 1 - run.start()) as f64
}

pub(super) fn place_of(dataset: &Dataset, channel: usize) -> Place {
    Place::default().in_column(&dataset.channels[channel].name)
}

fn take_out(
    dataset: &mut Dataset,
    channel: usize,
    blocks: &[Block],
    (readings, found): (&Readings, &[Stretch]),
) {
    for stretch in found {
        let column = &mut dataset.episodes[blocks[stretch.block].episode].columns[channel];
        for reading in &readings[stretch.block][stretch.at.clone()] {
            column[reading.step] = f64::NAN;
        }
    }
}
