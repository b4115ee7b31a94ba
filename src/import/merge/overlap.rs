//! Rows that two files of one log both hold.

use std::collections::BTreeSet;

use super::log::Stretch;
use crate::{
    base::{Issue, Issues, Place, Severity, StopToken},
    import::stamp::DAY,
};

/// Two files tell the same where at least this share of what they could tell apart is alike.
const ALIKE: f64 = 0.95;
/// Fewer rows that could tell them apart may be alike by chance.
const LEAST: usize = 8;
/// After so many it is looked whether going on makes sense.
const SAMPLE: usize = 64;

/// Reads rows once that an earlier stretch holds too: a file exported again with more at its end would
/// else teach and test with the same rows. Stretches are in order of their first time, before and after.
///
/// Where the files were kept apart on purpose (`keeps_files`, or their names say what they are for) the rows
/// stay, and that is said.
pub(super) fn drop_repeated(
    stretches: &mut Vec<Stretch>,
    keeps_files: bool,
    issues: &mut Issues,
    stop: &StopToken,
) {
    let mut roundings = Roundings(vec![None; stretches.len()]);
    let mut told = BTreeSet::new();
    for at in 1..stretches.len() {
        let (earlier, rest) = stretches.split_at_mut(at);
        let part = &mut rest[0];
        for (before, other) in earlier.iter_mut().enumerate().rev() {
            if stop.is_stopped() {
                return;
            }
            let Some(to) = common_end(part, other) else {
                continue;
            };
            let slack = roundings.slack((at, part), (before, other));
            let shared = match shared(part, other, to, &slack) {
                Shared::Alike(pairs) => pairs,
                Shared::Unlike(n_unlike, n_pairs) => {
                    // Two files of many stretches are named once.
                    if told.insert((part.source.clone(), other.source.clone())) {
                        issues.push(told_otherwise((part, other), n_unlike, n_pairs));
                    }
                    continue;
                }
                Shared::Nothing => continue,
            };
            let place = Place::file(&part.source);
            let count = shared.len();
            if keeps_files || part.split != other.split {
                let text = format!(
                    "{count} rows are in {} too: what teaches may test",
                    other.source
                );
                let issue = Issue::new(place, Severity::Warning, "rows-in-both", text);
                issues.push(issue.with("count", count).with("other", &other.source));
                continue;
            }
            let changed = read_once(part, other, &shared, &slack);
            roundings.0[before] = None;
            let text = format!("{count} rows are in {} too and are read once", other.source);
            let issue = if changed == 0 {
                Issue::new(place, Severity::Warning, "rows-repeated", text)
            } else {
                let more = "of them read otherwise: the file that goes on later counts";
                let text = format!("{text}; {changed} {more}");
                Issue::new(place, Severity::Warning, "rows-corrected", text)
                    .with("changed", changed)
            };
            let issue = issue.with("count", count);
            issues.push(issue.with("other", &other.source));
        }
    }
    stretches.retain(|part| !part.times.is_empty());
    stretches.sort_by(|left, right| {
        (left.times.first(), &left.source).cmp(&(right.times.first(), &right.source))
    });
}

/// Says that two files tell of the same time in different ways.
fn told_otherwise((part, other): (&Stretch, &Stretch), count: usize, all: usize) -> Issue {
    let text = format!(
        "{count} of {all} rows at the times of {} read otherwise there, so both were kept: what teaches \
         may test. Import only one of the two for the time that they share",
        other.source
    );
    let place = Place::file(&part.source);
    let issue = Issue::new(place, Severity::Warning, "same-time-differs", text);
    let issue = issue.with("count", count).with("all", all);
    issue.with("other", &other.source)
}

/// What two stretches have in common.
enum Shared {
    /// No time, or they are of two lines.
    Nothing,
    /// The rows of both at the same time, which read alike.
    Alike(Vec<[usize; 2]>),
    /// One line, but so many of so many common rows read otherwise.
    Unlike(usize, usize),
}

/// The end of the time that a stretch shares with one that begins before it.
fn common_end(part: &Stretch, other: &Stretch) -> Option<i64> {
    let from = *part.times.first()?;
    let to = *part.times.last()?.min(other.times.last()?);
    // A time of day without a date comes again every day.
    (from <= to && from >= DAY).then_some(to)
}

/// How the stretches compare in the time they share, which ends at `to`. What one rounds more coarsely is
/// held against the other in its rounding.
///
/// Only rows that could tell them apart say so: two idle machines are alike all night.
fn shared(part: &Stretch, other: &Stretch, to: i64, slack: &[f64]) -> Shared {
    let Some(&from) = part.times.first() else {
        return Shared::Nothing;
    };
    let ends = [part, other].map(|one| one.times.partition_point(|time| *time <= to));
    let begins = [part, other].map(|one| one.times.partition_point(|time| *time < from));
    let [mut row, mut there] = begins;
    let (mut pairs, mut n_telling, mut n_unlike) = (Vec::new(), 0_usize, 0_usize);
    // Of each column, cells that moved, and how many of them are the same in both.
    let mut moves = vec![[0_usize; 2]; slack.len()];
    // Either may have gaps where the other has rows.
    let most = (ends[0] - begins[0]).min(ends[1] - begins[1]) as f64;
    while row < ends[0] && there < ends[1] {
        match part.times[row].cmp(&other.times[there]) {
            std::cmp::Ordering::Less => row += 1,
            std::cmp::Ordering::Greater => there += 1,
            std::cmp::Ordering::Equal => {
                pairs.push([row, there]);
                let is_unlike = differ((part, row), (other, there), slack);
                let is_moved = count_moves((part, row), (other, there), slack, &mut moves);
                n_unlike += usize::from(is_unlike);
                n_telling += usize::from(is_unlike || is_moved);
                (row, there) = (row + 1, there + 1);
            }
        }
        let is_hopeless = n_telling >= SAMPLE && (n_unlike as f64) > 0.5 * n_telling as f64;
        if is_hopeless && !is_one_line(&moves) {
            return Shared::Nothing;
        }
    }
    let is_met = n_telling >= LEAST && pairs.len() as f64 >= ALIKE * most;
    if is_met && n_unlike as f64 <= (1.0 - ALIKE) * n_telling as f64 {
        Shared::Alike(pairs)
    } else if is_met && is_one_line(&moves) {
        Shared::Unlike(n_unlike, pairs.len())
    } else {
        Shared::Nothing
    }
}

/// The last decimal places that the columns of each stretch use, found once and where it is asked.
struct Roundings(Vec<Option<Vec<f64>>>);

impl Roundings {
    fn of(&mut self, (at, part): (usize, &Stretch)) -> &[f64] {
        self.0[at].get_or_insert_with(|| part.values.iter().map(|one| rounding(one)).collect())
    }

    /// How far the values of each column may lie apart because one of two files rounds it.
    fn slack(&mut self, part: (usize, &Stretch), other: (usize, &Stretch)) -> Vec<f64> {
        let own = self.of(part).to_vec();
        let columns = own.into_iter().zip(self.of(other));
        columns
            .map(|(one, two)| {
                // Both round alike: then they are the same or not.
                if one.total_cmp(two).is_eq() {
                    0.0
                } else {
                    0.5001 * one.max(*two)
                }
            })
            .collect()
    }
}

/// The last decimal place that a column uses, up to six.
fn rounding(values: &[f64]) -> f64 {
    const MOST: usize = 2000;
    let stride = values.len() / MOST + 1;
    let mut place = 1.0;
    for value in values
        .iter()
        .step_by(stride)
        .filter(|value| value.is_finite())
    {
        while place > 1e-6 && ((value / place).round() * place - value).abs() > 1e-7 * place {
            place /= 10.0;
        }
    }
    place
}

/// Whether two rows differ in a cell that both have, by more than `slack`.
fn differ((one, row): (&Stretch, usize), (other, there): (&Stretch, usize), slack: &[f64]) -> bool {
    let mut columns = one.values.iter().zip(&other.values).zip(slack);
    columns.any(|((a, b), slack)| is_other(a[row], b[there], *slack))
}

fn is_other(a: f64, b: f64, slack: f64) -> bool {
    let is_near = slack > 0.0 && (a - b).abs() <= slack;
    !a.is_nan() && !b.is_nan() && a.total_cmp(&b).is_ne() && !is_near
}

/// Counts the cells of each column that moved in either of two stretches, and those that are the same in
/// both; whether one moved.
///
/// Where one file rounds a column both have to move: a line at rest, logged in whole numbers, is near any
/// line that moves by less.
fn count_moves(
    (one, row): (&Stretch, usize),
    (other, there): (&Stretch, usize),
    slack: &[f64],
    moves: &mut [[usize; 2]],
) -> bool {
    if row == 0 || there == 0 {
        return false;
    }
    let mut is_any = false;
    let columns = one.values.iter().zip(&other.values).zip(slack);
    for (((a, b), slack), [n_moved, n_same]) in columns.zip(moves) {
        let (here, there_too) = (
            is_other(a[row], a[row - 1], 0.0),
            is_other(b[there], b[there - 1], 0.0),
        );
        let is_moved = here && there_too || *slack <= 0.0 && (here || there_too);
        is_any |= is_moved;
        *n_moved += usize::from(is_moved);
        *n_same += usize::from(is_moved && !is_other(a[row], b[there], *slack));
    }
    is_any
}

/// Whether at least half of the sensors that move read alike in both: two lines may share one, such as the
/// temperature of their hall, and few others.
fn is_one_line(moves: &[[usize; 2]]) -> bool {
    let moving = moves.iter().filter(|[n_moved, _]| *n_moved >= LEAST);
    let is_alike = |[n_moved, n_same]: &&[usize; 2]| *n_same as f64 >= ALIKE * *n_moved as f64;
    let n_alike = moving.clone().filter(is_alike).count();
    n_alike > 0 && n_alike * 2 >= moving.count()
}

/// Moves what only `part` tells of shared rows to the other and takes these rows out of it; how many told
/// something else.
fn read_once(
    part: &mut Stretch,
    other: &mut Stretch,
    shared: &[[usize; 2]],
    slack: &[f64],
) -> usize {
    let is_newer = part.times.last() > other.times.last();
    let mut changed = 0;
    for &[row, there] in shared {
        changed += usize::from(differ((part, row), (other, there), slack));
        for (at, (from, into)) in part.values.iter().zip(&mut other.values).enumerate() {
            // What is only rounded otherwise is no correction.
            let is_corrected = is_other(from[row], into[there], slack[at]);
            if into[there].is_nan() || (is_newer && is_corrected) {
                into[there] = from[row];
            }
        }
    }
    let rows: Vec<usize> = shared.iter().map(|pair| pair[0]).collect();
    let stays = |row: usize| rows.binary_search(&row).is_err();
    let mut row = 0..;
    part.times.retain(|_| row.next().is_some_and(stays));
    for column in &mut part.values {
        let mut row = 0..;
        column.retain(|_| row.next().is_some_and(stays));
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn stretch(source: &str, rows: std::ops::Range<i64>, value: impl Fn(f64) -> f64) -> Stretch {
        Stretch {
            source: source.to_owned(),
            times: rows
                .clone()
                .map(|row| 20_000 * DAY + row * SECOND)
                .collect(),
            values: vec![rows.map(|row| value(row as f64)).collect()],
            split: None,
        }
    }

    fn wave(row: f64) -> f64 {
        (row * 0.7).sin()
    }

    fn dropped(stretches: &mut Vec<Stretch>) -> Issues {
        let mut issues = Issues::new();
        drop_repeated(stretches, false, &mut issues, &StopToken::new());
        issues
    }

    #[test]
    fn rows_that_an_earlier_file_holds_are_read_once_and_what_goes_on_is_in_order() {
        let mut three = vec![
            stretch("a", 0..100, wave),
            stretch("b", 40..60, wave),
            stretch("c", 60..150, wave),
        ];
        assert_eq!(dropped(&mut three).as_slice().len(), 2);
        assert_eq!(three.len(), 2);
        assert_eq!((three[0].times.len(), three[1].times.len()), (100, 50));
        assert_eq!(three[1].values[0].len(), 50);
    }

    #[test]
    fn a_corrected_export_that_goes_on_later_counts() {
        let faulty = |row: f64| if row % 40.0 < 0.5 { 999.0 } else { wave(row) };
        let mut both = vec![stretch("a", 0..400, faulty), stretch("b", 0..500, wave)];
        let issues = dropped(&mut both);
        let changed = issues.as_slice()[0]
            .args
            .iter()
            .any(|(name, value)| *name == "changed" && value == "10");
        assert!(changed, "{issues:?}");
        assert!(both[0].values[0].iter().all(|value| *value < 2.0));
        assert_eq!((both[0].times.len(), both[1].times.len()), (400, 100));
    }

    #[test]
    fn two_lines_recorded_at_the_same_time_keep_their_rows_idle_or_not() {
        let idle = |phase: f64| move |row: f64| f64::from(u8::from((row + phase) % 50.0 < 1.0));
        let mut idling = vec![
            stretch("a", 0..600, idle(0.0)),
            stretch("b", 0..600, idle(7.0)),
        ];
        assert!(dropped(&mut idling).as_slice().is_empty());
        let mut running = vec![
            stretch("a", 0..100, wave),
            stretch("b", 60..150, |row| wave(row) + 0.5),
        ];
        assert!(dropped(&mut running).as_slice().is_empty());
        assert_eq!((idling[1].times.len(), running[1].times.len()), (600, 90));
        // A time of day without a date.
        let mut days = vec![stretch("a", 0..100, wave), stretch("b", 0..100, wave)];
        for one in &mut days {
            one.times.iter_mut().for_each(|time| *time %= DAY);
        }
        assert!(dropped(&mut days).as_slice().is_empty());
    }

    #[test]
    fn a_coarser_export_is_the_same_and_a_shifted_sensor_of_one_line_is_said() {
        let (a, b) = (wave, |row: f64| (row * 0.31).cos());
        let two = |rows: std::ops::Range<i64>, by: f64, places: f64| {
            let round = move |value: f64| (value * places).round() / places;
            let mut one = stretch("x", rows.clone(), |row| round(a(row)));
            let second = stretch("y", rows, |row| round(b(row) + by));
            one.values.extend(second.values);
            one
        };
        let mut rounded = vec![two(0..200, 0.0, 1e4), two(150..350, 0.0, 1e2)];
        let issues = dropped(&mut rounded);
        assert_eq!(issues.as_slice()[0].code, "rows-repeated");
        assert_eq!((rounded[0].times.len(), rounded[1].times.len()), (200, 150));
        let mut shifted = vec![two(0..200, 0.0, 1e4), two(150..350, 1.0, 1e4)];
        let issues = dropped(&mut shifted);
        assert_eq!(issues.as_slice()[0].code, "same-time-differs");
        assert_eq!(shifted[1].times.len(), 200);
    }

    #[test]
    fn a_line_at_rest_in_whole_numbers_is_not_one_that_moves_by_less() {
        for still in [0.0, 60.0] {
            let mut both = vec![
                stretch("a", 0..200, |_| still),
                stretch("b", 0..200, |row| still + 0.4 * wave(row)),
            ];
            assert!(dropped(&mut both).as_slice().is_empty());
            assert_eq!((both[0].times.len(), both[1].times.len()), (200, 200));
        }
    }

    #[test]
    fn two_lines_that_share_one_sensor_of_four_are_two() {
        let line = |source: &str, phase: f64| {
            let mut line = stretch(source, 0..200, wave);
            for factor in [0.3, 0.5, 0.9] {
                let own = stretch("", 0..200, |row| (factor * row + phase).cos());
                line.values.extend(own.values);
            }
            line
        };
        let mut both = vec![line("a", 0.0), line("b", 2.0)];
        assert!(dropped(&mut both).as_slice().is_empty());
        assert_eq!(both[1].times.len(), 200);
    }

    #[test]
    fn a_column_that_only_one_file_has_goes_over_to_the_rows_that_stay() {
        let mut both = vec![stretch("a", 0..100, wave), stretch("b", 50..120, wave)];
        let mut gappy = both.clone();
        (gappy[1].times, gappy[1].values) = (
            both[1].times[20..40].to_vec(),
            vec![both[1].values[0][20..40].to_vec()],
        );
        gappy[1].times.push(20_000 * DAY + 500 * SECOND);
        gappy[1].values[0].push(0.0);
        assert_eq!(
            dropped(&mut gappy).as_slice().len(),
            1,
            "with a gap where the other has rows"
        );
        both[0].values.push(vec![f64::NAN; 100]);
        both[1].values.push(vec![3.0; 70]);
        assert_eq!(dropped(&mut both).as_slice().len(), 1);
        assert_eq!(
            both[0].values[1]
                .iter()
                .filter(|value| **value > 2.0)
                .count(),
            50
        );
    }

    #[test]
    fn files_that_were_kept_apart_keep_their_rows_and_it_is_said() {
        let mut both = vec![stretch("a", 0..100, wave), stretch("b", 50..120, wave)];
        let mut issues = Issues::new();
        drop_repeated(&mut both, true, &mut issues, &StopToken::new());
        assert_eq!(issues.as_slice()[0].code, "rows-in-both");
        assert_eq!(both[1].times.len(), 70);
    }
}
