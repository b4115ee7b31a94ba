//! Rows of one stamp that each fill other columns: a union of several tags, one row a tag.

use super::log::{Stretch, retain_rows};
use crate::base::{Issue, Issues, Place, Severity};

/// Joins rows of one stamp whose filled cells do not contradict each other and complete each other.
pub(super) fn join(part: &mut Stretch, place: &Place, issues: &mut Issues) {
    let n_rows = part.times.len();
    let mut keeps = vec![true; n_rows];
    let mut last = 0;
    let (mut count, mut first) = (0_usize, 0);
    for row in 1..n_rows {
        if part.times[row] != part.times[last] || !completes(part, last, row) {
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

/// Whether two rows agree where both are filled, and each fills what the other leaves empty or the
/// later one does.
fn completes(part: &Stretch, one: usize, other: usize) -> bool {
    let (mut is_telling, mut is_same) = (false, true);
    for column in &part.values {
        let (a, b) = (column[one], column[other]);
        match (a.is_nan(), b.is_nan()) {
            (false, false) => is_same &= a.total_cmp(&b).is_eq(),
            (a, b) => is_telling |= a != b,
        }
    }
    is_same && is_telling
}
