//! Which files are the same log although their columns differ a little.

use std::collections::BTreeMap;

use crate::{
    base::{Issue, Issues, Place, Severity},
    data::Split,
    import::{channels::shortened, table::Table},
};

/// Logs of other times that share this much of their columns are one log.
const NEARLY: f64 = 0.8;

pub(super) type Group = Vec<(Table, Option<Split>)>;

/// Files that lack some columns of others, or have nearly the same, and were written at another time are
/// the same log: a label or a sensor was added later, or a column got another name.
pub(super) fn with_missing_columns(
    groups: BTreeMap<Vec<String>, Group>,
    issues: &mut Issues,
) -> Vec<Group> {
    let mut list: Vec<(Vec<String>, Group)> = groups.into_iter().collect();
    // The most columns first, so that every file finds the widest log that holds its columns.
    list.sort_by(|left, right| (right.0.len(), &left.0).cmp(&(left.0.len(), &right.0)));
    let mut kept: Vec<(Vec<String>, Group)> = Vec::new();
    for (names, group) in list {
        let wider = kept.iter_mut().find(|(all, of)| {
            let shared = names.iter().filter(|name| all.binary_search(name).is_ok());
            let shared = shared.count();
            let lacks_some =
                shared == names.len() && names.len() < all.len() && names.len() * 2 >= all.len();
            let most = names.len().max(all.len()) as f64;
            let is_nearly = || shared as f64 >= NEARLY * most && meets_none(&group, of);
            is_nearly() || (lacks_some && group.iter().all(|(table, _)| follows_none(table, of)))
        });
        let Some((all, of)) = wider else {
            kept.push((names, group));
            continue;
        };
        let lost = without(all, &names);
        lacks(&group, &of[0].0.source, &lost, issues);
        let new = without(&names, all);
        lacks(of, &group[0].0.source, &new, issues);
        all.extend(new);
        all.sort();
        of.extend(group);
        of[1..].sort_by(|left, right| left.0.source.cmp(&right.0.source));
    }
    kept.into_iter().map(|(_, group)| group).collect()
}

/// The names that others have not.
fn without(names: &[String], others: &[String]) -> Vec<String> {
    let kept = names.iter().filter(|name| !others.contains(name));
    kept.cloned().collect()
}

/// Says which columns files of a log lack, where they lack some.
fn lacks(files: &Group, other: &str, columns: &[String], issues: &mut Issues) {
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    if names.is_empty() {
        return;
    }
    let list = shortened(&names);
    issues.push(
        Issue::new(
            Place::file(&files[0].0.source),
            Severity::Info,
            "lacks-columns",
            format!(
                "{} files lack columns that {other} has; they stay empty there: {list}",
                files.len(),
            ),
        )
        .with("count", files.len())
        .with("other", other)
        .with("columns", list),
    );
}

/// Whether no table has a moment in common with one of the others, all by the same kind of clock.
fn meets_none(group: &Group, others: &Group) -> bool {
    let range = |table: &Table| Some((*table.times.iter().min()?, *table.times.iter().max()?));
    group.iter().all(|(table, _)| {
        others.iter().all(|(other, _)| {
            let is_alike =
                table.has_clock && other.has_clock && other.time_columns == table.time_columns;
            let ranges = range(table).zip(range(other));
            is_alike && ranges.is_some_and(|(one, two)| one.1 < two.0 || two.1 < one.0)
        })
    })
}

/// Whether a table was written at another time than others of the same kind of clock; two
/// recordings may overlap a little.
fn follows_none(table: &Table, others: &Group) -> bool {
    let range = |table: &Table| -> Option<(i64, i64)> {
        let first = table.times.iter().min()?;
        Some((*first, *table.times.iter().max()?))
    };
    let Some((start, end)) = range(table) else {
        return true;
    };
    let width = end.saturating_sub(start).max(1) as f64;
    let mut shared = 0.0;
    for (other, _) in others {
        let is_alike =
            other.has_clock == table.has_clock && other.time_columns == table.time_columns;
        if !is_alike {
            return false;
        }
        let Some((from, to)) = range(other).filter(|_| table.has_clock) else {
            continue;
        };
        shared += end.min(to).saturating_sub(start.max(from)).max(0) as f64;
    }
    shared <= 0.25 * width
}
