//! Rows that two files of one log both hold.

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
    for at in 1..stretches.len() {
        let (earlier, rest) = stretches.split_at_mut(at);
        let part = &mut rest[0];
        for other in earlier.iter_mut().rev() {
            if stop.is_stopped() {
                return;
            }
            let Some(shared) = shared(part, other) else {
                continue;
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
            let changed = read_once(part, other, &shared);
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

/// The rows of both at the same time, where the stretches tell the same all through the time they share.
///
/// Only rows that could tell them apart say so: two idle machines are alike all night.
fn shared(part: &Stretch, other: &Stretch) -> Option<Vec<[usize; 2]>> {
    let (from, to) = (
        *part.times.first()?,
        *part.times.last()?.min(other.times.last()?),
    );
    // A time of day without a date comes again every day.
    if from > to || from < DAY {
        return None;
    }
    let ends = [part, other].map(|one| one.times.partition_point(|time| *time <= to));
    let begins = [part, other].map(|one| one.times.partition_point(|time| *time < from));
    let [mut row, mut there] = begins;
    let (mut pairs, mut n_telling, mut n_unlike) = (Vec::new(), 0_usize, 0_usize);
    // Either may have gaps where the other has rows.
    let most = (ends[0] - begins[0]).min(ends[1] - begins[1]) as f64;
    while row < ends[0] && there < ends[1] {
        match part.times[row].cmp(&other.times[there]) {
            std::cmp::Ordering::Less => row += 1,
            std::cmp::Ordering::Greater => there += 1,
            std::cmp::Ordering::Equal => {
                pairs.push([row, there]);
                let is_unlike = differ(part, row, other, there);
                n_unlike += usize::from(is_unlike);
                let moved = |one: &Stretch, at: usize| at > 0 && differ(one, at, one, at - 1);
                n_telling += usize::from(is_unlike || moved(part, row) || moved(other, there));
                (row, there) = (row + 1, there + 1);
            }
        }
        let is_hopeless = n_telling >= SAMPLE && (n_unlike as f64) > 0.5 * n_telling as f64;
        if is_hopeless {
            return None;
        }
    }
    let is_same = n_telling >= LEAST
        && pairs.len() as f64 >= ALIKE * most
        && n_unlike as f64 <= (1.0 - ALIKE) * n_telling as f64;
    is_same.then_some(pairs)
}

/// Whether two rows differ in a cell that both have.
fn differ(one: &Stretch, row: usize, other: &Stretch, there: usize) -> bool {
    let mut columns = one.values.iter().zip(&other.values);
    columns.any(|(a, b)| {
        let (a, b) = (a[row], b[there]);
        !a.is_nan() && !b.is_nan() && a.total_cmp(&b).is_ne()
    })
}

/// Moves what only `part` tells of shared rows to the other and takes these rows out of it; how many told
/// something else.
fn read_once(part: &mut Stretch, other: &mut Stretch, shared: &[[usize; 2]]) -> usize {
    let is_newer = part.times.last() > other.times.last();
    let mut changed = 0;
    for &[row, there] in shared {
        changed += usize::from(differ(part, row, other, there));
        for (from, into) in part.values.iter().zip(&mut other.values) {
            if into[there].is_nan() || (is_newer && !from[row].is_nan()) {
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
