//! Lone values that jump away and back, as spikes, or as a sensor that drops out to one value.

use super::readings::{Readings, Run, STEPS, Stretch, Usual, runs};

/// A lone value jumps by more than [`STEPS`] typical steps, or the whole usual range where those are wider,
/// and by more than this share of it, …
const WIDTHS: f64 = 0.3;
/// … and its neighbours agree to this share of its smaller jump.
const AGREE: f64 = 0.5;
/// It leaves the usual range by this share of its width, …
const OUTSIDE: f64 = 0.75;
/// … which so many equal readings need not.
const HELD: usize = 3;
/// So many runs of readings at most are one lone value together, if some of them are held.
const TOGETHER: usize = 3;
/// Where more of them than this share of the readings do so it is how the plant behaves, …
const MOST: f64 = 0.02;
/// … and where they last for this share.
const MOST_READINGS: f64 = 0.05;
/// Before a start it leaves the whole range met by this share of it.
const LEFT: f32 = 0.5;
/// Fewer readings tell nothing.
const MIN_READINGS: usize = 50;

/// The lone values, each one reading or some that are equal; none where they are many.
pub(super) fn lone(readings: &Readings) -> Vec<Stretch> {
    let runs = runs(readings);
    let n_readings: usize = readings.iter().map(Vec::len).sum();
    let Some(usual) = Usual::of(&runs).filter(|_| n_readings >= MIN_READINGS) else {
        return Vec::new();
    };
    let width = usual.high - usual.low;
    let jump = (STEPS * usual.step).clamp(WIDTHS * width, width.max(0.0));
    if width <= 0.0 || !jump.is_finite() {
        return Vec::new();
    }
    let look = Look { usual, jump };
    let mut found = Vec::new();
    for (block, runs) in runs.iter().enumerate() {
        let mut from = 0;
        while from < runs.len() {
            let n = look.lone_runs(runs, from);
            if n > 0 {
                let at = runs[from].at.start..runs[from + n - 1].at.end;
                found.push(Stretch { block, at });
            }
            from += n.max(1);
        }
    }
    let n_lone: usize = found.iter().map(|one| one.at.len()).sum();
    let is_rare = found.len() as f64 <= MOST * n_readings as f64
        && n_lone as f64 <= MOST_READINGS * n_readings as f64;
    if is_rare { found } else { Vec::new() }
}

/// How one channel's runs are looked at.
struct Look {
    usual: Usual,
    /// The least jump of a lone value.
    jump: f64,
}

impl Look {
    /// How many runs from one on are lone together; 0 where it is not.
    ///
    /// A sensor that drops out may take a reading to fall or to come back, or fall to two values: then
    /// only what stands before and after all of it agrees.
    fn lone_runs(&self, runs: &[Run], from: usize) -> usize {
        if self.is_alone(runs, from) {
            return 1;
        }
        let together = |n: &usize| {
            let Some(group) = group_of(runs, from, *n) else {
                return false;
            };
            let is_held = group[1..=*n].iter().any(|run| self.is_held(run));
            // What is lone without its first or last one is not lone with it.
            let is_least = !self.is_alone(runs, from + n - 1) && !self.is_lone(&group[1..]);
            is_held && self.is_lone(group) && is_least
        };
        (2..=TOGETHER).find(together).unwrap_or(0)
    }

    fn is_alone(&self, runs: &[Run], at: usize) -> bool {
        // Where values last anyway, so do those that are asked for once.
        let is_short = self.usual.trembles || runs[at].at.len() == 1;
        is_short && group_of(runs, at, 1).is_some_and(|group| self.is_lone(group))
    }

    /// A sensor that trembles does not read the same three times.
    fn is_held(&self, run: &Run) -> bool {
        self.usual.trembles && run.at.len() >= HELD
    }

    /// Whether runs between two others jump far outside and back; where they are several, the held ones.
    fn is_lone(&self, group: &[Run]) -> bool {
        let [before, inner @ .., after] = group else {
            return false;
        };
        let width = self.usual.high - self.usual.low;
        let is_far = |run: &Run| {
            let (up, down) = (run.value - before.value, run.value - after.value);
            let room = if self.is_held(run) {
                0.0
            } else {
                OUTSIDE * width
            };
            let is_outside =
                run.value < self.usual.low - room || run.value > self.usual.high + room;
            let least = up.abs().min(down.abs());
            let agree = (before.value - after.value).abs() < AGREE * least;
            is_outside && up * down > 0.0 && least > self.jump && agree
        };
        let asked = |run: &&Run| inner.len() == 1 || self.is_held(run);
        inner.iter().filter(asked).all(is_far)
    }
}

/// Some runs with their neighbours on either side.
fn group_of(runs: &[Run], from: usize, n: usize) -> Option<&[Run]> {
    runs.get(from.checked_sub(1)?..=from + n)
}

/// Forgets lone values among the measured rows before a start, `[L, O]`, given the least and the
/// greatest value that each output was learned at, `[O]`: they would become the start's state.
///
/// The last one has nothing behind it. It is lone as well: no plant leaves all that was met by
/// so much in one step.
pub(in crate::model) fn forget_lone(rows: &mut [f32], ends: &[[f32; 2]]) {
    for (output, [low, high]) in ends.iter().enumerate() {
        let width = high - low;
        let room = LEFT * width;
        let is_inside = |value: f32| value >= low - room && value <= high + room;
        let own = (output..rows.len()).step_by(ends.len());
        let known: Vec<usize> = own.filter(|&at| rows[at].is_finite()).collect();
        let is_lone = |&at: &usize| {
            let position = known.partition_point(|one| *one < at);
            let before = position.checked_sub(1).map(|one| known[one]);
            let mut near = before.into_iter().chain(known.get(position + 1).copied());
            let jumps = |one: usize| f64::from((rows[at] - rows[one]).abs() / width) > WIDTHS;
            known.len() > 1
                && !is_inside(rows[at])
                && near.all(|one| is_inside(rows[one]) && jumps(one))
        };
        let lone: Vec<usize> = known.iter().copied().filter(is_lone).collect();
        for at in lone {
            rows[at] = f32::NAN;
        }
    }
}
