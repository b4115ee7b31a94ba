//! Rows of one stamp that each fill other columns: a union of several tags, one row a tag.

use super::log::{Stretch, retain_rows};
use crate::base::{Issue, Issues, Place, Severity};

/// Joins rows of one stamp whose filled cells do not contradict each other, from one on that fills what
/// those before it leave empty. A row that only repeats the one before it is a sample of its own, whose time
/// is written too coarsely.
pub(super) fn join(part: &mut Stretch, place: &Place, issues: &mut Issues) {
    let n_rows = part.times.len();
    let mut keeps = vec![true; n_rows];
    let mut last = 0;
    let (mut count, mut first) = (0_usize, 0);
    let mut is_union = false;
    for row in 1..n_rows {
        is_union = part.times[row] == part.times[last] && completes(part, last, row, is_union);
        if !is_union {
            last = row;
            continue;
        }
        for column in &mut part.values {
            if column[last].is_nan() {
                column[last] = column[row];
            }
        }
        keeps[row] = false;
        count += 1;
        if count == 1 {
            first = row + 1;
        }
    }
    if count == 0 {
        return;
    }
    retain_rows(&mut part.times, &keeps);
    for column in &mut part.values {
        retain_rows(column, &keeps);
    }
    let text = format!(
        "{count} rows have the time of the row before them and fill other columns (first at data row \
         {first}); they were joined"
    );
    let place = place.clone().at_row(first as u64);
    let issue = Issue::new(place, Severity::Info, "rows-joined", text);
    issues.push(issue.with("count", count).with("row", first));
}

/// Whether two rows agree where both are filled, and the later one fills what the earlier leaves empty. What
/// was joined once (`is_union`) takes repeats in too.
fn completes(part: &Stretch, one: usize, other: usize, is_union: bool) -> bool {
    let (mut is_telling, mut is_same) = (is_union, true);
    for column in &part.values {
        let (a, b) = (column[one], column[other]);
        match (a.is_nan(), b.is_nan()) {
            (false, false) => is_same &= a.total_cmp(&b).is_eq(),
            (is_open, stays_open) => is_telling |= is_open && !stays_open,
        }
    }
    is_same && is_telling
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f64 = f64::NAN;

    /// The first column of what rows of one stamp become.
    fn joined(rows: &[[f64; 2]]) -> Vec<f64> {
        let mut part = Stretch {
            source: "a".to_owned(),
            times: vec![0; rows.len()],
            values: [0, 1]
                .map(|at| rows.iter().map(|row| row[at]).collect())
                .to_vec(),
            split: None,
        };
        join(&mut part, &Place::file("a"), &mut Issues::new());
        assert_eq!(part.times.len(), part.values[1].len());
        part.values.swap_remove(0)
    }

    #[test]
    fn a_repeat_that_adds_nothing_is_a_sample_of_its_own_and_one_of_a_union_is_not() {
        assert_eq!(joined(&[[1.0, 5.0], [1.0, NONE], [1.0, NONE]]), [1.0; 3]);
        assert_eq!(joined(&[[1.0, NONE], [NONE, 5.0], [1.0, NONE]]), [1.0]);
        assert_eq!(joined(&[[1.0, NONE], [2.0, 5.0]]), [1.0, 2.0]);
    }
}
