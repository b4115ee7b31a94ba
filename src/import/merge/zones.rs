//! Files with and without a zone side by side.

use crate::{
    base::{Issue, Issues, Place, Severity, offset_name},
    import::{stamp::SECOND, table::Table, timeline::NO_TIME},
};

/// Where some files carry an offset from UTC, those of much the same columns that carry none are of the
/// same clock: their times are taken to be local times too, and that is said.
pub(super) fn agree(tables: &mut [Table], issues: &mut Issues) {
    let names = |table: &Table| -> Vec<String> {
        let columns = table.columns.iter();
        columns.map(|column| column.name.clone()).collect()
    };
    let told: Vec<(Vec<String>, String, i64)> = tables
        .iter()
        .filter_map(|table| Some((names(table), table.source.clone(), table.offset_ns?)))
        .collect();
    for table in tables
        .iter_mut()
        .filter(|table| table.lacks_zone && table.has_clock)
    {
        let own = names(table);
        let is_alike = |known: &[String]| {
            let shared = own.iter().filter(|name| known.contains(name));
            shared.count() * 2 > own.len().max(known.len())
        };
        let Some((_, other, offset)) = told.iter().find(|(known, ..)| is_alike(known)) else {
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
