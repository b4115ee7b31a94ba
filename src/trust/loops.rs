//! Controls that a question leaves alone and a controller moves.
//!
//! Both scenarios run such a control as it was recorded. On the line it would answer what the edited
//! control does; how the line goes when it does not was never seen, and what it does by itself is not
//! known where all of its moves follow past outputs. A model then takes the output that the loop holds
//! still for one that nothing moves.

use super::{
    excitation::{Excitation, excitation},
    log::Log,
    regress::Table,
};
use crate::data::Dataset;

/// Share of a control's coming moves that an edited control's tell beyond what outputs do, from which
/// on the one answers the other: at least the first, and of a short log what so many blocks of time tell by
/// chance.
const ANSWERS: f64 = 0.02;
const BY_CHANCE: f64 = 6.0;
/// Outputs that stand for what a controller has seen.
const MOST_OUTPUTS: usize = 8;

/// A control that is not edited and answers one that is.
pub(super) struct Answering {
    pub(super) channel: usize,
    /// How far it usually moves: its standard deviation.
    pub(super) size: f64,
    /// The edited controls that it answers.
    pub(super) edited: Vec<usize>,
    pub(super) excitation: Excitation,
}

/// The controls beside the edited ones that move after these have moved; `block` is the steps over which
/// the line forgets.
pub(super) fn answering(
    dataset: &Dataset,
    log: &Log<'_>,
    edited: &[usize],
    block: usize,
) -> Vec<Answering> {
    let controls = dataset.controls();
    let others = controls.iter().filter(|channel| !edited.contains(channel));
    let mut outputs: Vec<Vec<Vec<f64>>> = Vec::new();
    let mut found = Vec::new();
    for &channel in others {
        let (rows, size) = log.normed_rows_of(channel);
        if size == 0.0 {
            continue;
        }
        if outputs.is_empty() {
            let known = dataset.outputs().into_iter().take(MOST_OUTPUTS);
            outputs = known.map(|output| log.normed_rows_of(output).0).collect();
        }
        let is_answered = |edited: &&usize| {
            let (moved, spread) = log.normed_rows_of(**edited);
            spread > 0.0 && answers(&rows, &moved, &outputs, block)
        };
        let edited: Vec<usize> = edited.iter().filter(is_answered).copied().collect();
        if edited.is_empty() {
            continue;
        }
        found.push(Answering {
            channel,
            size,
            edited,
            // What it would tell of itself in moves of the size that it makes.
            excitation: excitation(dataset, log, channel, size, block, &[]),
        });
    }
    found
}

/// Whether what `moved` does tells where `rows` go, beyond what the outputs and their own past tell.
fn answers(rows: &[Vec<f64>], moved: &[Vec<f64>], outputs: &[Vec<Vec<f64>>], block: usize) -> bool {
    let log_steps: usize = rows.iter().map(Vec::len).sum();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (mut own, mut both) = (Table::default(), Table::default());
    let mut row = Vec::new();
    for (stretch, values) in rows.iter().enumerate() {
        let moved = &moved[stretch];
        let last = values.len().saturating_sub(2 * block);
        for at in (block + 1..last).step_by((block / 4).max(1)) {
            let target = mean(&values[at..at + 2 * block]) - values[at - 1];
            row.clear();
            row.extend([1.0, values[at - 1], mean(&values[at - 1 - block..at - 1])]);
            for output in outputs {
                let seen = &output[stretch];
                row.extend([seen[at - 1], mean(&seen[at - 1 - block..at - 1])]);
            }
            own.push(&row, target);
            let before = moved[at - 1];
            row.push(mean(&moved[at..at + block]) - before);
            row.push(mean(&moved[at + block..at + 2 * block]) - before);
            row.push(before - mean(&moved[at - 1 - block..at - 1]));
            both.push(&row, target);
        }
    }
    let left = |table: &Table| table.cross_fit().iter().map(|r| r * r).sum::<f64>();
    let n_blocks = log_steps as f64 / block as f64;
    let least = ANSWERS.max(BY_CHANCE / n_blocks);
    // Too few rows show no answer, and no want of one.
    both.n_rows() < 3 * row.len() || left(&both) < (1.0 - least) * left(&own)
}
