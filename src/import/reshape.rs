//! Gives tables the shape that the rest of the room expects: one column a channel, one row a time.

use super::{channels::stem_of, long_form, matrix, merge::Log, recipe::Recipe, runs, table::Table};
use crate::base::{Issue, Issues, Place, Severity};

/// Names that say nothing about what was measured.
const GENERIC: &str = "value val values data reading wert y 値 測定値 計測値 データ";

/// Turns long tables wide, joins matrix files, finds runs, and names lone columns.
pub(super) fn reshape(tables: Vec<Table>, issues: &mut Issues) -> Vec<Table> {
    let wide: Vec<Table> = tables
        .into_iter()
        .flat_map(|table| long_form::widen(table, issues))
        .collect();
    let (mut tables, folded) = matrix::fold(wide, issues);
    forget_names(&folded, issues);
    runs::find(&mut tables, issues);
    name_by_file(&mut tables, issues);
    tables
}

/// Files that became channels of one log need no names of columns: that they have none is no flaw.
fn forget_names(folded: &[String], issues: &mut Issues) {
    for issue in std::mem::take(issues).into_vec() {
        if issue.code != "no-header" || !folded.contains(&issue.place.source) {
            issues.push(issue);
        }
    }
}

/// Files of one column called `value` that ran at the same time are different sensors: the file's
/// name is the only name they have.
fn name_by_file(tables: &mut [Table], issues: &mut Issues) {
    let lone: Vec<usize> = (0..tables.len())
        .filter(|&at| {
            let table = &tables[at];
            let is_generic = |name: &str| {
                let lower = name.trim().to_lowercase();
                GENERIC.split(' ').any(|word| word == lower)
            };
            table.has_clock && table.columns.len() == 1 && is_generic(&table.columns[0].name)
        })
        .collect();
    let range = |at: usize| {
        let times = &tables[at].times;
        (times.iter().min().copied(), times.iter().max().copied())
    };
    let meets = |left: usize, right: usize| {
        let ((first, last), (start, end)) = (range(left), range(right));
        first <= end && start <= last
    };
    let renamed: Vec<usize> = lone
        .iter()
        .copied()
        .filter(|&at| lone.iter().any(|&other| other != at && meets(at, other)))
        .collect();
    for &at in &renamed {
        let name = stem_of(&tables[at].source).to_owned();
        tables[at].columns[0].name = name;
    }
    if let Some(&first) = renamed.first() {
        issues.push(
            Issue::new(
                Place::file(&tables[first].source),
                Severity::Info,
                "named-by-file",
                format!(
                    "{} files hold one column of the same name over the same time: each became a \
                     channel with the file's name",
                    renamed.len()
                ),
            )
            .with("count", renamed.len()),
        );
    }
}

/// Leaves out logs of other columns that have neither a clock nor as many rows as the main one:
/// nothing says that they belong to the same line and time.
pub(super) fn part_strangers(logs: &mut Vec<Log>, recipe: &Recipe, issues: &mut Issues) {
    let Some(main) = logs.first() else { return };
    let (main_rows, main_clock) = (main.n_rows(), main.has_clock);
    let main_source = main.stretches[0].source.clone();
    let span = |log: &Log| {
        log.range()
            .map_or(0.0, |(start, end)| end.saturating_sub(start) as f64)
    };
    let main_span = span(main);
    let fits = |log: &Log| {
        // Loggers that count their own time from one start run for about as long.
        let are_timed = log.counted_nanos.is_none() && main_span > 0.0;
        let ratio = span(log) / main_span;
        log.has_clock
            || main_clock
            || log
                .heads
                .iter()
                .any(|head| recipe.section_of(&head.name).is_some())
            || log.n_rows() == main_rows
            || are_timed && (0.9..1.1).contains(&ratio)
    };
    let mut left_out: Vec<String> = Vec::new();
    let mut at = 0;
    logs.retain(|log| {
        at += 1;
        let keeps = at == 1 || fits(log);
        if !keeps {
            left_out.push(log.stretches[0].source.clone());
        }
        keeps
    });
    if let Some(first) = left_out.first() {
        let names: Vec<&str> = left_out.iter().map(String::as_str).collect();
        let files = super::channels::shortened(&names);
        issues.push(
            Issue::new(
                Place::file(first),
                Severity::Warning,
                "separate-logs",
                format!(
                    "{files}: other columns than {main_source}, no clock, another length; left \
                     out. Are they of the same line at the same time? If not, import each into a \
                     project of its own; if so, give all of them a time column"
                ),
            )
            .with("files", files)
            .with("main", main_source),
        );
    }
}
