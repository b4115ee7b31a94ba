//! Dated stamps of a 12-hour clock that writes neither AM nor PM, resolved by continuity.

use super::{
    clock::median_step,
    stamp::{DAY, HOUR},
};
use crate::base::{Issue, Issues, Place, Severity};

const HALF: i64 = 12 * HOUR;

/// Puts every stamp into the half of its day that lets time go on, where the hours run from 1 to
/// 12 and begin anew within a day.
pub(super) fn resolve(times: &mut [i64], place: &Place, issues: &mut Issues) {
    let hour = |time: i64| time.rem_euclid(DAY) / HOUR;
    if !times.iter().all(|&time| (1..=12).contains(&hour(time))) {
        return;
    }
    let slack = median_step(times).saturating_mul(3) / 2;
    let wraps = |pair: &&[i64]| {
        let ahead = pair[1].saturating_add(HALF).saturating_sub(pair[0]);
        pair[1] < pair[0] && (1..=slack).contains(&ahead)
    };
    let n_wraps = times.windows(2).filter(wraps).count();
    if n_wraps == 0 {
        return;
    }
    let (morning, noon) = (unfold(times, 0), unfold(times, HALF));
    let holes = |found: &(Vec<i64>, usize)| {
        let pairs = found.0.windows(2);
        pairs
            .filter(|pair| pair[1].saturating_sub(pair[0]) > slack)
            .count()
    };
    let (best, half) = if (noon.1, holes(&noon)) < (morning.1, holes(&morning)) {
        (noon, "PM")
    } else {
        (morning, "AM")
    };
    if best.1 * 100 > times.len() {
        return;
    }
    times.copy_from_slice(&best.0);
    issues.push(
        Issue::new(
            place.clone(),
            Severity::Warning,
            "half-day-clock",
            format!(
                "the clock counts hours from 1 to 12 without AM and PM and begins anew {n_wraps} \
                 times; every row was put into the half of the day that lets time go on, the \
                 first one into {half}"
            ),
        )
        .with("count", n_wraps)
        .with("half", half),
    );
}

/// The times if the first one lies in this half of its day, and how many do not go on.
fn unfold(times: &[i64], first_half: i64) -> (Vec<i64>, usize) {
    let mut last: Option<i64> = None;
    let mut n_back = 0;
    let unfolded = times
        .iter()
        .map(|&time| {
            let is_twelve = time.rem_euclid(DAY) / HOUR == 12;
            let early = if is_twelve {
                time.saturating_sub(HALF)
            } else {
                time
            };
            let late = early.saturating_add(HALF);
            let chosen = match last {
                None => early.saturating_add(first_half),
                Some(last) if early >= last => early,
                Some(last) => {
                    n_back += usize::from(late < last);
                    late
                }
            };
            last = Some(last.map_or(chosen, |last| last.max(chosen)));
            chosen
        })
        .collect();
    (unfolded, n_back)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every ten minutes from a start on, written by a 12-hour clock.
    fn written(start: i64, n_rows: i64) -> (Vec<i64>, Vec<i64>) {
        let truth: Vec<i64> = (0..n_rows).map(|row| start + row * HOUR / 6).collect();
        let folded = truth
            .iter()
            .map(|time| {
                let (day, rest) = (time.div_euclid(DAY), time.rem_euclid(DAY));
                let hour = rest / HOUR % 12;
                let shown = if hour == 0 { 12 } else { hour };
                day * DAY + shown * HOUR + rest % HOUR
            })
            .collect();
        (truth, folded)
    }

    #[test]
    fn halves_of_days_are_found_from_morning_and_from_afternoon() {
        for start in [20_000 * DAY + 9 * HOUR, 20_000 * DAY + 15 * HOUR] {
            let (truth, mut times) = written(start, 300);
            let mut issues = Issues::new();
            resolve(&mut times, &Place::file("log"), &mut issues);
            assert_eq!(times, truth);
            assert_eq!(issues.as_slice().len(), 1);
        }
    }

    #[test]
    fn a_clock_that_never_begins_anew_is_left_alone() {
        let (_, mut times) = written(20_000 * DAY + 8 * HOUR, 20);
        let before = times.clone();
        let mut issues = Issues::new();
        resolve(&mut times, &Place::file("log"), &mut issues);
        assert_eq!((times, issues.as_slice().len()), (before, 0));
    }
}
