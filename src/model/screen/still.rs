//! Stretches in which a sensor that always trembles stands perfectly still.

use std::{collections::BTreeMap, ops::Range};

use super::readings::{Reading, Readings, Run, Stretch, Usual, usual_length};

/// A stretch is at least this long …
const MIN_READINGS: usize = 10;
/// … and this many times as long as all but a hundredth of the runs of equal readings.
const TIMES: usize = 10;
/// How many steps from reading to reading, just before, tell whether it came to rest by itself …
const BEFORE: usize = 8;
/// … which it did where their mean is below this share of a typical one, …
const TREMBLE: f64 = 0.2;
/// … or where it slows down smoothly, its acceleration turning round less often, unless …
const TURNS: usize = 2;
/// … it comes back with a jump of this many typical steps.
const BACK: f64 = 12.0;
/// A step is like others up to so many typical ones.
const USUAL: f64 = 4.0;
/// Where a greater share of the readings is like that it is how the channel behaves.
const MOST: f64 = 0.2;

/// The runs of equal readings that are far longer than usual.
pub(super) fn long_runs(runs: &[Vec<Run>]) -> Vec<Stretch> {
    let limit = MIN_READINGS.max(TIMES * usual_length(runs));
    let all = runs.iter().enumerate();
    let all = all.flat_map(|(block, runs)| runs.iter().map(move |run| (block, &run.at)));
    let long = all.filter(|(_, at)| at.len() >= limit);
    long.map(|(block, at)| Stretch {
        block,
        at: at.clone(),
    })
    .collect()
}

/// Of a channel's long runs those in which the sensor stands still and not the plant; none where they are
/// many.
///
/// `rests` tells whether other sensors stand still over a run as well.
pub(super) fn still(
    readings: &Readings,
    runs: &[Vec<Run>],
    rests: &dyn Fn(&Stretch) -> bool,
) -> Vec<Stretch> {
    let Some(usual) = Usual::of(runs) else {
        return Vec::new();
    };
    let long = long_runs(runs);
    let value = |run: &Stretch| readings[run.block][run.at.start].value;
    let mut n_at: BTreeMap<u64, usize> = BTreeMap::new();
    for run in &long {
        *n_at.entry(value(run).to_bits()).or_default() += 1;
    }
    let is_stuck = |run: &&Stretch| {
        let own = value(run);
        // It is where it is switched off, full or at rest, more than once.
        let is_a_level = n_at[&own.to_bits()] > 1;
        let is_inside = own > usual.ends[0] && own < usual.ends[1];
        let (all, typical) = (&readings[run.block], usual.moving_step);
        // What cannot go further comes back as it came, and what is switched off goes there by a jump.
        let is_own =
            is_inside || (comes_back(all, &run.at, typical) && came(all, &run.at, typical));
        is_own && !is_a_level && stops_short(all, &run.at, typical) && !rests(run)
    };
    let stuck: Vec<&Stretch> = long.iter().filter(is_stuck).collect();
    let n_stuck: usize = stuck.iter().map(|run| run.at.len()).sum();
    let n_readings: usize = readings.iter().map(Vec::len).sum();
    if n_stuck as f64 > MOST * n_readings as f64 {
        return Vec::new();
    }
    // The first reading is the sensor's last own one.
    let later = |run: &Stretch| Stretch {
        block: run.block,
        at: run.at.start + 1..run.at.end,
    };
    stuck.into_iter().map(later).collect()
}

/// Whether the signal was moving as ever until the run, and trembled or comes back with a jump: an
/// axis that stops does neither.
fn stops_short(all: &[Reading], run: &Range<usize>, typical: f64) -> bool {
    let Some(first) = run.start.checked_sub(BEFORE) else {
        return false;
    };
    let pairs = all[first..=run.start].windows(2);
    let steps: Vec<f64> = pairs.map(|pair| pair[1].value - pair[0].value).collect();
    let mean = steps.iter().map(|step| step.abs()).sum::<f64>() / BEFORE as f64;
    let changes = steps.windows(2).map(|pair| pair[1] - pair[0]);
    let changes: Vec<f64> = changes.collect();
    let turns = changes.windows(2).filter(|pair| pair[0] * pair[1] < 0.0);
    mean > TREMBLE * typical && (turns.count() >= TURNS || comes_back(all, run, typical))
}

/// Whether the first reading after a run is far from it.
fn comes_back(all: &[Reading], run: &Range<usize>, typical: f64) -> bool {
    let back = all.get(run.end).map(|one| one.value - all[run.start].value);
    back.is_some_and(|back| back.abs() > BACK * typical)
}

/// Whether a run begins with a step like others.
fn came(all: &[Reading], run: &Range<usize>, typical: f64) -> bool {
    let before = run.start.checked_sub(1).map(|at| all[at].value);
    before.is_some_and(|before| (all[run.start].value - before).abs() < USUAL * typical)
}
