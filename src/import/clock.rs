//! What is done where a clock misbehaves, and what is said where it is silent.

use super::{
    dialect::{Dialect, Sort},
    half_day,
    number::{self, Cell},
    stamp::{DAY, HOUR, SECOND},
    table::Table,
    timeline::{TimePlan, column_cells, columns_of, nanos_of},
};
use crate::base::{Issue, Issues, Place, Severity, StopToken, format_time};

/// Medians are taken of about this many steps at most.
const MOST_STEPS: usize = 1_000_000;

/// The steps from time to time, of a long list evenly chosen ones.
pub(super) fn some_steps(times: &[i64]) -> impl Iterator<Item = i64> {
    times
        .windows(2)
        .step_by(times.len() / MOST_STEPS + 1)
        .map(|pair| pair[1].saturating_sub(pair[0]))
}

/// The median of the steps forward, in nanoseconds; 0 where time never moves.
pub(super) fn median_step(times: &[i64]) -> i64 {
    if let Some(step) = even_step(times) {
        return step;
    }
    let mut steps: Vec<i64> = some_steps(times).filter(|step| *step > 0).collect();
    let middle = steps.len() / 2;
    if steps.is_empty() {
        return 0;
    }
    *steps.select_nth_unstable(middle).1
}

/// The step of times that never stray from it, which most loggers write.
pub(super) fn even_step(times: &[i64]) -> Option<i64> {
    let [first, second, ..] = times else {
        return None;
    };
    let step = second.saturating_sub(*first);
    let is_even = |pair: &[i64]| pair[1].saturating_sub(pair[0]) == step;
    (step > 0 && times.windows(2).all(is_even)).then_some(step)
}

/// Repairs a clock whose cause is plain: a midnight row stamped with the day just ended, times of
/// day that begin anew at midnight, a 12-hour clock without AM and PM, a clock set back by an hour.
pub(super) fn repair(
    times: &mut [i64],
    has_date: bool,
    place: &Place,
    issues: &mut Issues,
    stop: &StopToken,
) {
    if has_date {
        half_day::resolve(times, place, issues);
    }
    let step = median_step(times);
    let (mut n_midnight, mut first_midnight, mut n_wraps) = (0_usize, 0, 0_usize);
    let mut shift = 0_i64;
    let mut set_back = SetBack::default();
    let mut last: Option<i64> = None;
    for at in stop.watch(0..times.len()) {
        if last.is_some_and(|before| times[at] > before) {
            shift -= std::mem::take(&mut set_back.shift);
        }
        let time = times[at].saturating_add(shift);
        let Some(before) = last else {
            last = Some(time);
            continue;
        };
        times[at] = time;
        if time >= before {
            last = Some(time);
            continue;
        }
        let slack = step.saturating_mul(3) / 2;
        let lands =
            |by: i64| (1..=slack).contains(&(time.saturating_add(by).saturating_sub(before)));
        let next_is_ahead = times
            .get(at + 1)
            .is_none_or(|next| next.saturating_add(shift) > before);
        if lands(DAY) && has_date && next_is_ahead {
            times[at] = time.saturating_add(DAY);
            n_midnight += 1;
            if n_midnight == 1 {
                first_midnight = at;
            }
        } else if !has_date && lands(DAY) || lands(DAY / 2) {
            let by = if lands(DAY / 2) { DAY / 2 } else { DAY };
            shift = shift.saturating_add(by);
            times[at] = time.saturating_add(by);
            n_wraps += 1;
        } else if has_date && step < HOUR && lands(HOUR) {
            shift = shift.saturating_add(HOUR);
            times[at] = time.saturating_add(HOUR);
            set_back.add(at);
        }
        last = Some(times[at].max(before));
    }
    set_back.say(place, issues);
    if n_midnight > 0 {
        issues.push(
            Issue::new(
                place.clone(),
                Severity::Warning,
                "midnight-stamp",
                format!(
                    "{n_midnight} midnight rows carry the date of the day just ended (first at \
                     data row {}); they were moved to the next day",
                    first_midnight + 1
                ),
            )
            .with("count", n_midnight)
            .with("row", first_midnight + 1),
        );
    }
    if n_wraps > 0 {
        issues.push(
            Issue::new(
                place.clone(),
                Severity::Warning,
                "clock-wrap",
                format!(
                    "the time of day begins anew {n_wraps} times; half days or days were added \
                     so that time goes on"
                ),
            )
            .with("count", n_wraps),
        );
    }
}

/// A clock that was set back by an hour, as daylight-saving time ends.
#[derive(Default)]
struct SetBack {
    /// What is added until the written time has caught up.
    shift: i64,
    count: usize,
    first: usize,
}

impl SetBack {
    fn add(&mut self, at: usize) {
        self.shift += HOUR;
        self.count += 1;
        if self.count == 1 {
            self.first = at + 1;
        }
    }

    fn say(&self, place: &Place, issues: &mut Issues) {
        if self.count == 0 {
            return;
        }
        let (count, row) = (self.count, self.first);
        issues.push(
            Issue::new(
                place.clone().at_row(row as u64),
                Severity::Warning,
                "clock-set-back",
                format!(
                    "the clock goes back one hour {count} times (first at data row {row}), as \
                     daylight-saving time ends; the rows behind were moved so that time goes on"
                ),
            )
            .with("count", count)
            .with("row", row),
        );
    }
}

/// Says what the files do not tell about time: once a log, not once a file.
pub(super) fn note_time(table: &Table, n_files: usize, issues: &mut Issues) {
    let place = Place::file(&table.source);
    let column = table.time_columns.join(", ");
    if table.lacks_step {
        issues.push(
            Issue::new(
                place,
                Severity::Warning,
                "no-time",
                "no column tells a time that can be read; rows are taken as 1 s apart. Choose the time column or \
                 the step in the import preview, or give them in the recipe",
            )
            .with("files", n_files),
        );
    } else if table.lacks_zone {
        note_zone(&table.times, &place, issues);
    } else if !table.has_clock && table.counted_nanos.is_none() {
        issues.push(
            Issue::new(
                place.in_column(&column),
                Severity::Info,
                "no-clock",
                format!("{column:?} counts from a start of its own: the dates are unknown"),
            )
            .with("column", column),
        );
    }
}

/// Says how stamps without a zone were taken.
fn note_zone(times: &[i64], place: &Place, issues: &mut Issues) {
    let first = times.first().copied().unwrap_or(0);
    issues.push(
        Issue::new(
            place.clone(),
            Severity::Info,
            "no-zone",
            format!(
                "the times carry no zone and are taken as UTC (first: {}); where that matters \
                 set the time zone in the import preview, or zone in the recipe",
                format_time(first)
            ),
        )
        .with("first", format_time(first)),
    );
}

/// Spreads rows of one stamp evenly up to the next stamp, where most stamps repeat: the logger is
/// faster than the clock it writes.
pub(super) fn spread_coarse(times: &mut [i64], place: &Place, issues: &mut Issues) {
    let n_same = times.windows(2).filter(|pair| pair[0] == pair[1]).count();
    if times.len() < 20 || n_same * 3 < times.len() {
        return;
    }
    let step = median_step(times).max(SECOND / 1000);
    let mut start = 0;
    while start < times.len() {
        let time = times[start];
        let count = times[start..]
            .iter()
            .take_while(|other| **other == time)
            .count();
        let next = times.get(start + count).copied();
        let width = next
            .map_or(step, |next| next.saturating_sub(time))
            .clamp(1, step);
        let parts = i64::try_from(count).unwrap_or(1);
        for (offset, slot) in (0..).zip(&mut times[start..start + count]) {
            *slot = time.saturating_add(width / parts * offset);
        }
        start += count;
    }
    issues.push(
        Issue::new(
            place.clone(),
            Severity::Warning,
            "coarse-stamps",
            format!(
                "{n_same} rows repeat the stamp before them: the clock is coarser than the log; \
                 rows of one stamp were spread evenly up to the next stamp"
            ),
        )
        .with("count", n_same),
    );
}

/// Nanoseconds of a day.
const DAY_NANOS: f64 = 86_400e9;

/// A column that is called a date and holds a spreadsheet's days since 1899-12-30.
pub(super) fn serial_plan(dialect: &Dialect, column: usize) -> Option<TimePlan> {
    let name = dialect.header[column].trim().to_lowercase();
    let is_date = matches!(
        name.as_str(),
        "日時"
            | "日付"
            | "日付時刻"
            | "時刻"
            | "date"
            | "datetime"
            | "date time"
            | "date/time"
            | "timestamp"
    );
    if !is_date || !dialect.units[column].is_empty() {
        return None;
    }
    let read = |cell| match number::read_cell(cell, dialect.decimal) {
        Cell::Number(value) => Some(value),
        _ => None,
    };
    let cells = || column_cells(dialect, column);
    let values: Vec<f64> = cells().filter_map(read).collect();
    // 1982 to 2064, in steps below a day.
    let is_near = values
        .iter()
        .all(|value| (30_000.0..60_000.0).contains(value));
    let has_clock = values.iter().any(|value| value.fract() > 0.0);
    let n_up = values.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let grows = values.len() >= 2 && n_up * 10 >= (values.len() - 1) * 9;
    if !is_near || !has_clock || !grows {
        return None;
    }
    let n_decimals = |cell: &str| cell.split(dialect.decimal).nth(1).map_or(0, str::len);
    // Six decimals of a day are a tenth of a second.
    let is_short = cells().map(n_decimals).max().unwrap_or(0) <= 6;
    Some(TimePlan::Number {
        column,
        unit_nanos: DAY_NANOS,
        is_clock: true,
        counts_rows: false,
        serial: Some(if is_short { SECOND } else { SECOND / 1000 }),
    })
}

/// The time of a number: days of a spreadsheet, which are local times, or so many units since 1970.
pub(super) fn time_of_number(value: f64, unit_nanos: f64, serial: Option<i64>) -> i64 {
    /// 1970-01-01 as spreadsheets count days.
    const UNIX_DAY: f64 = 25_569.0;
    match serial {
        Some(round) => {
            let parts = (value - UNIX_DAY) * unit_nanos / round as f64;
            nanos_of(parts).saturating_mul(round)
        }
        None => nanos_of(value * unit_nanos),
    }
}

/// Says that a column looks like a time although it cannot be read: `01/05 08:00:00` has no year.
pub(super) fn unread_time(dialect: &Dialect, place: &Place) -> Option<Issue> {
    let looks_so = |cell: &str| {
        let groups = cell.split(|letter: char| !letter.is_ascii_digit());
        let n_numbers = groups.filter(|group| !group.is_empty()).count();
        let has_date = cell.contains(['/', '-', '.', '月']);
        let has_clock = cell.contains([':', '：', '時']);
        n_numbers >= 4 && has_date && has_clock && cell.chars().count() <= 40
    };
    let is_it = |column: &usize| {
        let cells = || column_cells(dialect, *column).filter(|cell| !cell.is_empty());
        let n_alike = cells().filter(|cell| looks_so(cell)).count();
        n_alike >= 8 && n_alike * 10 >= cells().count() * 9
    };
    let column = columns_of(dialect, Sort::Words).into_iter().find(is_it)?;
    let example = column_cells(dialect, column).find(|cell| !cell.is_empty())?;
    let text = format!(
        "looks like a time ({example:?}) but cannot be read as one; rows are taken as 1 s apart. Say \
         how times are written in the import preview, or give a format or step_secs in the recipe"
    );
    let place = place.clone().in_column(&dialect.header[column]);
    let issue = Issue::new(place, Severity::Warning, "unread-time", text);
    Some(issue.with("example", example))
}
