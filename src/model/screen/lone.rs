//! Lone values that jump away and back.

use super::readings::{Readings, Stretch, Usual};

/// A lone value jumps by more than this many typical steps from reading to reading …
const STEPS: f64 = 12.0;
/// … and by more than this share of the usual range, …
const WIDTHS: f64 = 0.3;
/// … and its neighbours agree to this share of its smaller jump.
const AGREE: f64 = 0.5;
/// Before a start it leaves the whole range met by this share of it.
const LEFT: f32 = 0.5;
/// Where a greater share of the readings does so it is how the plant behaves.
const MOST: f64 = 0.02;
/// Fewer readings tell nothing.
const MIN_READINGS: usize = 50;

/// The lone values; none where they are many.
pub(super) fn lone(readings: &Readings) -> Vec<Stretch> {
    let n_readings: usize = readings.iter().map(Vec::len).sum();
    let Some(usual) = Usual::of(readings).filter(|_| n_readings >= MIN_READINGS) else {
        return Vec::new();
    };
    let width = usual.high - usual.low;
    let jump = (STEPS * usual.step).max(WIDTHS * width);
    if width <= 0.0 || !jump.is_finite() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (block, readings) in readings.iter().enumerate() {
        for (before, three) in readings.windows(3).enumerate() {
            if is_lone(
                [three[0].value, three[1].value, three[2].value],
                &usual,
                jump,
            ) {
                let at = before + 1..before + 2;
                found.push(Stretch { block, at });
            }
        }
    }
    if found.len() as f64 > MOST * n_readings as f64 {
        return Vec::new();
    }
    found
}

/// Whether the middle one of three readings jumps far outside and back.
fn is_lone([before, now, after]: [f64; 3], usual: &Usual, jump: f64) -> bool {
    let (up, down) = (now - before, now - after);
    let width = usual.high - usual.low;
    let is_outside = now < usual.low - width || now > usual.high + width;
    let least = up.abs().min(down.abs());
    is_outside && up * down > 0.0 && least > jump && (before - after).abs() < AGREE * least
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
