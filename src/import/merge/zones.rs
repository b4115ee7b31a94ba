//! Files with and without a zone side by side.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{Issue, Issues, Place, Severity, offset_name},
    import::{stamp::SECOND, table::Table, timeline::NO_TIME},
};

/// Where some files carry an offset from UTC, those of much the same columns that carry none are of the
/// same clock: their times are taken to be local times too, and that is said.
pub(super) fn agree(tables: &mut [Table], issues: &mut Issues) {
    let names = |table: &Table| -> Vec<String> {
        let columns = table.columns.iter();
        let mut names: Vec<String> = columns.map(|column| column.name.clone()).collect();
        names.sort();
        names
    };
    // Each set of columns is compared once, however many files have it.
    let mut seen = BTreeSet::new();
    let mut told: Vec<(Vec<String>, String, i64)> = Vec::new();
    for table in tables.iter() {
        let Some(offset) = table.offset_ns else {
            continue;
        };
        let known = names(table);
        if seen.insert(known.clone()) {
            told.push((known, table.source.clone(), offset));
        }
    }
    let is_alike = |own: &[String], known: &[String]| {
        let shared = own.iter().filter(|name| known.binary_search(name).is_ok());
        shared.count() * 2 > own.len().max(known.len())
    };
    let mut found: BTreeMap<Vec<String>, Option<usize>> = BTreeMap::new();
    for table in tables
        .iter_mut()
        .filter(|table| table.lacks_zone && table.has_clock)
    {
        let like = *found
            .entry(names(table))
            .or_insert_with_key(|own| told.iter().position(|(known, ..)| is_alike(own, known)));
        let Some((_, other, offset)) = like.map(|at| &told[at]) else {
            continue;
        };
        if *offset == 0 {
            continue;
        }
        let rival = table.rival.iter_mut().flat_map(|(_, times)| times);
        for time in table.times.iter_mut().chain(rival) {
            if *time != NO_TIME {
                *time = time.saturating_sub(*offset);
            }
        }
        (table.lacks_zone, table.offset_ns) = (false, Some(*offset));
        let zone = offset_name(i32::try_from(offset / SECOND).unwrap_or(0));
        let text = format!(
            "its times carry no zone and those of {other} are at {zone}; they were taken to be at \
             {zone} too. Where that is wrong set the time zone in the import preview, or zone in the \
             recipe"
        );
        let place = Place::file(&table.source);
        let issue = Issue::new(place, Severity::Warning, "zone-differs", text);
        issues.push(issue.with("other", other).with("zone", zone));
    }
}
