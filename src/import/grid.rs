//! Puts rows onto the dataset's one time grid; long gaps end an episode.
//!
//! Step *k* takes the rows of the interval that ends at its time; a quarter of the rows' own
//! spacing is allowed as jitter, so that an even log with a trembling clock stays even.

use super::{
    clock::{even_step, median_step, some_steps},
    merge::{Log, Stretch},
    timeline::nanos_of,
};
use crate::{
    base::{Issue, Issues, Place, Severity, StopToken, parallel_map, to_count},
    data::{GAP_STEPS, Split},
};

/// Rows between two looks at whether the end was asked for.
const LOOK_ROWS: usize = 1 << 16;
/// Nearly every step has a reading where this share has one.
const NEARLY: f64 = 0.8;
/// Shorter episodes teach nothing.
pub(super) const MIN_STEPS: usize = 8;

/// How a channel crosses steps without a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// The last value stays.
    Hold,
    /// The last value stays, unless nearly every step has a reading: the few others are left empty.
    Leave,
    /// Rows of one step are averaged; steps without a row stay empty.
    Average,
    /// Rows of one step are averaged; steps without a row are interpolated.
    Bridge,
}

/// An episode before it has a name.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) source: String,
    pub(super) start_ns: i64,
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) split: Option<Split>,
}

impl Piece {
    pub(super) fn n_steps(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

/// The log's own step in nanoseconds: the median, or a longer one where rows come in bursts.
pub(super) fn own_step(log: &Log) -> f64 {
    if let Some(step) = log.counted_nanos {
        return step;
    }
    if let [only] = log.stretches.as_slice()
        && let Some(step) = even_step(&only.times)
    {
        return step as f64;
    }
    let mut steps: Vec<i64> = log
        .stretches
        .iter()
        .flat_map(|part| some_steps(&part.times))
        .filter(|step| *step > 0)
        .collect();
    if steps.is_empty() {
        return 1e9;
    }
    steps.sort_unstable();
    let median = steps[steps.len() / 2];
    let limit = median.saturating_mul(5);
    let n_long = steps.len() - steps.partition_point(|step| *step <= limit);
    let step = if n_long * 5 > steps.len() {
        steps[steps.len() * 9 / 10]
    } else {
        median
    };
    let is_even = steps[steps.len() / 20] == step && steps[steps.len() * 19 / 20] == step;
    if is_even {
        step as f64
    } else {
        three_digits(step as f64)
    }
}

fn three_digits(value: f64) -> f64 {
    let scale = 10_f64.powf(value.log10().floor() - 2.0);
    (value / scale).round() * scale
}

/// Cuts a log at its gaps and puts every stretch onto the grid; what comes after the end was asked
/// for is of no use.
pub(super) fn pieces(
    log: &Log,
    fills: &[Fill],
    step_nanos: f64,
    issues: &mut Issues,
    stop: &StopToken,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut n_gaps, mut n_filled) = (0_usize, 0_usize);
    let mut dropped: Option<(usize, usize, String)> = None;
    for part in &log.stretches {
        let cuts = cuts_of(part, step_nanos);
        n_gaps += cuts.len().saturating_sub(2);
        for pair in cuts.windows(2) {
            let rows = pair[0]..pair[1];
            let times = &part.times[rows.clone()];
            let slots = slots_of(times, times[0], step_nanos, stop);
            let n_steps = slots.last().map_or(0, |last| last + 1);
            if n_steps < MIN_STEPS {
                let entry = dropped.get_or_insert_with(|| (0, 0, part.source.clone()));
                entry.0 += 1;
                entry.1 += rows.len();
                continue;
            }
            let pairs: Vec<_> = part.values.iter().zip(fills).collect();
            let columns = parallel_map(pairs, |(column, fill)| {
                if stop.is_stopped() {
                    return Vec::new();
                }
                put(&column[rows.clone()], &slots, n_steps, *fill, stop)
            });
            let n_used = 1 + slots.windows(2).filter(|pair| pair[0] != pair[1]).count();
            n_filled += n_steps - n_used;
            pieces.push(Piece {
                source: part.source.clone(),
                start_ns: times[0],
                columns,
                split: part.split,
            });
        }
    }
    let place = Place::file(
        log.stretches
            .first()
            .map_or("", |part| part.source.as_str()),
    );
    gap_issues((n_gaps, n_filled, dropped), step_nanos, &place, issues);
    pieces
}

fn gap_issues(
    (n_gaps, n_filled, dropped): (usize, usize, Option<(usize, usize, String)>),
    step_nanos: f64,
    place: &Place,
    issues: &mut Issues,
) {
    let secs = step_nanos * 1e-9 * GAP_STEPS as f64;
    if n_gaps > 0 {
        issues.push(
            Issue::new(
                place.clone(),
                Severity::Info,
                "gaps",
                format!("{n_gaps} gaps are longer than {secs:.3} s; each ends an episode"),
            )
            .with("count", n_gaps)
            .with("secs", format!("{secs:.3}")),
        );
    }
    if n_filled > 0 {
        issues.push(
            Issue::new(
                place.clone(),
                Severity::Info,
                "filled-steps",
                format!(
                    "{n_filled} steps have no row; controls hold their value there, measurements \
                     were interpolated; what moves too fast for that stays empty"
                ),
            )
            .with("count", n_filled),
        );
    }
    if let Some((count, n_rows, source)) = dropped {
        issues.push(
            Issue::new(
                Place::file(source),
                Severity::Warning,
                "short-episodes",
                format!(
                    "{count} stretches are shorter than {MIN_STEPS} steps and were left out \
                     ({n_rows} rows)"
                ),
            )
            .with("count", count)
            .with("rows", n_rows),
        );
    }
}

/// Joins a log of other columns to episodes by time. Logs whose clocks never meet are joined at
/// their starts, and the offset is said.
pub(super) fn join(
    pieces: &mut [Piece],
    main: &Log,
    log: &Log,
    fills: &[Fill],
    step_nanos: f64,
    issues: &mut Issues,
    stop: &StopToken,
) {
    let (Some((start, end)), Some((own_start, own_end))) = (main.range(), log.range()) else {
        return;
    };
    let place = Place::file(&log.stretches[0].source);
    let meets = own_start <= end && own_end >= start;
    let offset = if meets {
        0
    } else {
        start.saturating_sub(own_start)
    };
    if !meets {
        let secs = offset as f64 * 1e-9;
        issues.push(
            Issue::new(
                place.clone(),
                Severity::Warning,
                "clock-offset",
                format!(
                    "its times never meet those of {}: both were joined at their starts, which \
                     moves it by {secs:.3} s",
                    main.stretches[0].source
                ),
            )
            .with("secs", format!("{secs:.3}"))
            .with("other", &main.stretches[0].source),
        );
    }
    let mut n_found = 0_usize;
    for piece in pieces {
        let n_steps = piece.n_steps();
        let mut joined = vec![vec![f64::NAN; n_steps]; fills.len()];
        let length = nanos_of(step_nanos * (n_steps.saturating_sub(1)) as f64);
        let from = piece.start_ns.saturating_sub(offset);
        for part in log.stretches.iter().take_while(|_| !stop.is_stopped()) {
            let first = part
                .times
                .partition_point(|time| *time <= from.saturating_sub(nanos_of(step_nanos)));
            let last = part
                .times
                .partition_point(|time| *time <= from.saturating_add(length));
            if first >= last {
                continue;
            }
            n_found += last - first;
            let slots = slots_of(&part.times[first..last], from, step_nanos, stop);
            for ((column, fill), out) in part.values.iter().zip(fills).zip(&mut joined) {
                let values = put(&column[first..last], &slots, n_steps, *fill, stop);
                // What an earlier part held to its end does not stand for this one's gaps.
                let begin = match fill {
                    Fill::Leave => values.iter().position(|value| value.is_finite()),
                    _ => None,
                };
                let begin = begin.unwrap_or(n_steps);
                for (at, (slot, value)) in out.iter_mut().zip(values).enumerate() {
                    if value.is_finite() || at >= begin {
                        *slot = value;
                    }
                }
            }
        }
        piece.columns.extend(joined);
    }
    if n_found == 0 {
        issues.push(Issue::new(
            place,
            Severity::Warning,
            "never-meets",
            "none of its rows falls into an episode: its columns stay empty",
        ));
    }
}

fn cuts_of(part: &Stretch, step_nanos: f64) -> Vec<usize> {
    let limit = nanos_of(step_nanos * (GAP_STEPS as f64 + 0.5));
    let mut cuts = vec![0];
    cuts.extend(
        (1..part.times.len())
            .filter(|&row| part.times[row].saturating_sub(part.times[row - 1]) > limit),
    );
    cuts.push(part.times.len());
    if part.times.is_empty() {
        cuts.clear();
    }
    cuts
}

/// The step of each row, of the first ones where the end was asked for; times must not fall.
pub(super) fn slots_of(times: &[i64], start: i64, step_nanos: f64, stop: &StopToken) -> Vec<usize> {
    let own = median_step(times) as f64 / step_nanos;
    let jitter = 0.25 * own.min(1.0);
    let slots = times.iter().map(|time| {
        let at = time.saturating_sub(start) as f64 / step_nanos;
        to_count((at - jitter).ceil().max(0.0))
    });
    let mut list = Vec::with_capacity(times.len());
    list.extend(stop.watch(slots));
    list
}

/// Puts one column's rows into steps and bridges up to [`GAP_STEPS`] steps without a row.
pub(super) fn put(
    values: &[f64],
    slots: &[usize],
    n_steps: usize,
    fill: Fill,
    stop: &StopToken,
) -> Vec<f64> {
    let mut out = vec![f64::NAN; n_steps];
    let mut row = 0;
    let mut last_slot: Option<usize> = None;
    let mut held = f64::NAN;
    let mut filled = Vec::new();
    let mut next_look = LOOK_ROWS;
    while row < slots.len() {
        if row >= next_look {
            next_look = row + LOOK_ROWS;
            if stop.is_stopped() {
                return out;
            }
        }
        let slot = slots[row];
        let end = row
            + slots[row..]
                .iter()
                .take_while(|other| **other == slot)
                .count();
        if slot >= n_steps {
            break;
        }
        let value = match fill {
            Fill::Hold | Fill::Leave => last_finite(&values[row..end]),
            Fill::Average | Fill::Bridge => mean_finite(&values[row..end]),
        };
        match (fill, last_slot) {
            (Fill::Hold | Fill::Leave, Some(before)) => {
                out[before + 1..slot].fill(held);
                filled.extend(before + 1..slot);
            }
            (Fill::Bridge, Some(before)) if slot - before <= GAP_STEPS + 1 => {
                bridge(&mut out, before, slot, value);
            }
            _ => {}
        }
        let holds = matches!(fill, Fill::Hold | Fill::Leave);
        out[slot] = if holds && value.is_nan() {
            filled.push(slot);
            held
        } else {
            value
        };
        held = out[slot];
        last_slot = Some(slot);
        row = end;
    }
    if let (Fill::Hold | Fill::Leave, Some(before)) = (fill, last_slot) {
        out[before + 1..].fill(held);
        // From its first reading on, wherever the log begins.
        let first = out.iter().position(|value| value.is_finite());
        filled.retain(|&slot| first.is_some_and(|first| slot > first));
        let n_steps = first.map_or(0, |first| before + 1 - first);
        let n_read = n_steps - filled.len();
        if fill == Fill::Leave && n_read as f64 >= NEARLY * n_steps as f64 {
            for slot in filled {
                out[slot] = f64::NAN;
            }
        }
    }
    out
}

fn bridge(out: &mut [f64], before: usize, slot: usize, value: f64) {
    let from = out[before];
    let width = (slot - before) as f64;
    for (at, empty) in out[before + 1..slot].iter_mut().enumerate() {
        let share = (at + 1) as f64 / width;
        *empty = from + (value - from) * share;
    }
}

fn last_finite(values: &[f64]) -> f64 {
    values
        .iter()
        .rev()
        .copied()
        .find(|value| value.is_finite())
        .unwrap_or(f64::NAN)
}

fn mean_finite(values: &[f64]) -> f64 {
    if let [only] = values {
        return *only;
    }
    let (mut sum, mut count) = (0.0, 0);
    for value in values.iter().filter(|value| value.is_finite()) {
        sum += value;
        count += 1;
    }
    if count == 0 {
        f64::NAN
    } else {
        sum / f64::from(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_hold_and_measurements_are_interpolated_across_a_gap() {
        let values = [1.0, 4.0];
        let slots = [0, 3];
        let stop = StopToken::new();
        assert_eq!(
            put(&values, &slots, 4, Fill::Hold, &stop),
            [1.0, 1.0, 1.0, 4.0]
        );
        assert_eq!(
            put(&values, &slots, 4, Fill::Bridge, &stop),
            [1.0, 2.0, 3.0, 4.0]
        );
        let rough = put(&values, &slots, 4, Fill::Average, &stop);
        assert!(rough[1].is_nan() && rough[2].is_nan());
    }

    #[test]
    fn a_control_that_moves_at_every_reading_is_left_empty_where_one_is_missing() {
        let stop = StopToken::new();
        let mut values: Vec<f64> = (0..12).map(f64::from).collect();
        values[3] = f64::NAN;
        let slots = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12];
        let out = put(&values, &slots, 14, Fill::Leave, &stop);
        assert!(out[3].is_nan() && out[6].is_nan());
        assert_eq!(out[4..6], [4.0, 5.0]);
        assert_eq!(out[7..9], [6.0, 7.0]);
        // What comes after the log is held.
        assert_eq!(out[12..], [11.0, 11.0]);
        // One reading in four steps is how often it is told, not a gap, wherever it begins.
        for begin in [0, 40] {
            let out = put(&[1.0, 2.0], &[begin, begin + 4], 46, Fill::Leave, &stop);
            assert_eq!(out[begin..begin + 6], [1.0, 1.0, 1.0, 1.0, 2.0, 2.0]);
        }
    }

    #[test]
    fn a_blank_cell_of_a_slow_channel_stays_missing() {
        let values = [1.0, f64::NAN, f64::NAN, 2.0];
        let out = put(&values, &[0, 1, 2, 3], 4, Fill::Bridge, &StopToken::new());
        assert!(out[1].is_nan() && out[2].is_nan());
    }

    #[test]
    fn a_trembling_clock_gives_one_row_a_step() {
        let times: Vec<i64> = (0..50).map(|row| row * 109 + (row * 7) % 3).collect();
        let slots = slots_of(&times, 0, 109.0, &StopToken::new());
        assert!(slots.iter().copied().eq(0..50), "{slots:?}");
    }
}
