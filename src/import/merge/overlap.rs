//! Rows that two files of one log both hold.

use super::log::Stretch;
use crate::base::{Issue, Issues, Place, Severity};

/// Two files tell the same where they read alike at this share of the times that both hold.
const ALIKE: f64 = 0.95;
/// Fewer common times may be alike by chance.
const LEAST: usize = 8;

/// Leaves rows out that an earlier stretch holds too: a file exported twice with more at its end would
/// else teach and test with the same rows. Stretches are in order of their first time.
pub(super) fn drop_repeated(stretches: &mut Vec<Stretch>, issues: &mut Issues) {
    for at in 1..stretches.len() {
        let (earlier, rest) = stretches.split_at_mut(at);
        let part = &mut rest[0];
        for other in earlier.iter().rev() {
            let repeated = repeated(part, other);
            if repeated.is_empty() {
                continue;
            }
            let count = repeated.len();
            let text = format!(
                "{count} rows are in {} too and were left out here",
                other.source
            );
            issues.push(
                Issue::new(
                    Place::file(&part.source),
                    Severity::Warning,
                    "rows-repeated",
                    text,
                )
                .with("count", count)
                .with("other", &other.source),
            );
            leave_out(part, &repeated);
        }
    }
    stretches.retain(|part| !part.times.is_empty());
}

/// The rows at times that both hold, where they tell the same; else none.
fn repeated(part: &Stretch, other: &Stretch) -> Vec<usize> {
    let (Some(first), Some(last)) = (part.times.first(), other.times.last()) else {
        return Vec::new();
    };
    if first > last {
        return Vec::new();
    }
    let mut common = Vec::new();
    let mut n_alike = 0;
    for (row, time) in part.times.iter().enumerate() {
        if time > last {
            break;
        }
        if let Ok(there) = other.times.binary_search(time) {
            let mut pairs = part.values.iter().zip(&other.values);
            n_alike += usize::from(pairs.all(|(a, b)| a[row].total_cmp(&b[there]).is_eq()));
            common.push(row);
        }
    }
    let is_same = common.len() >= LEAST && n_alike as f64 >= ALIKE * common.len() as f64;
    if is_same { common } else { Vec::new() }
}

/// Takes rows, in ascending order, out of a stretch.
fn leave_out(part: &mut Stretch, rows: &[usize]) {
    let stays = |row: usize| rows.binary_search(&row).is_err();
    let mut row = 0..;
    part.times.retain(|_| row.next().is_some_and(stays));
    for column in &mut part.values {
        let mut row = 0..;
        column.retain(|_| row.next().is_some_and(stays));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(source: &str, rows: std::ops::Range<i64>, shift: f64) -> Stretch {
        Stretch {
            source: source.to_owned(),
            times: rows.clone().map(|row| row * 1000).collect(),
            values: vec![rows.map(|row| (row as f64 * 0.7).sin() + shift).collect()],
            split: None,
        }
    }

    #[test]
    fn rows_that_an_earlier_file_holds_are_left_out_of_the_later_one() {
        let mut issues = Issues::new();
        let mut both = vec![stretch("a", 0..100, 0.0), stretch("b", 60..150, 0.0)];
        drop_repeated(&mut both, &mut issues);
        assert_eq!((both[0].times.len(), both[1].times.len()), (100, 50));
        assert_eq!((both[1].times[0], both[1].values[0].len()), (100_000, 50));
        assert_eq!(issues.as_slice()[0].code, "rows-repeated");
        let mut inside = vec![stretch("a", 0..100, 0.0), stretch("b", 20..50, 0.0)];
        drop_repeated(&mut inside, &mut issues);
        assert_eq!(inside.len(), 1);
    }

    #[test]
    fn two_lines_recorded_at_the_same_time_keep_their_rows() {
        let mut issues = Issues::new();
        let mut both = vec![stretch("a", 0..100, 0.0), stretch("b", 60..150, 0.5)];
        drop_repeated(&mut both, &mut issues);
        assert_eq!(both[1].times.len(), 90);
        assert!(issues.as_slice().is_empty());
    }
}
