//! Which columns tell the time, and which instant each row tells.

use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use super::{
    clock::{serial_plan, some_steps, time_of_number},
    dialect::{Dialect, LayoutRule, Sort},
    number::{self, Cell},
    stamp::{DayOrder, read_stamp},
    units::split_unit,
};
use crate::base::{Issue, Issues, Place, Severity, to_i64};

/// Stands for a row whose time could not be read.
pub(super) const NO_TIME: i64 = i64::MIN;

/// What a recipe says about how rows are read: their time, and how their text is laid out.
#[derive(Debug, Clone, Default)]
pub(super) struct TimeRule {
    /// One column, or date and time.
    pub(super) columns: Vec<String>,
    /// Such as `%d/%m/%Y %H.%M.%S`.
    pub(super) format: Option<String>,
    /// Zone of stamps that carry none.
    pub(super) zone: Option<TimeZone>,
    /// Rows this far apart; no column is used.
    pub(super) step_secs: Option<f64>,
    pub(super) layout: LayoutRule,
    /// The columns that it makes channels of.
    pub(super) channels: Vec<String>,
}

/// Where the time of a row comes from.
#[derive(Debug, Clone)]
pub(super) enum TimePlan {
    /// Nowhere: rows are one step apart.
    Counted { step_nanos: f64 },
    /// Written dates and times.
    Stamps {
        columns: Vec<usize>,
        /// A column with the fraction of a second and its unit in nanoseconds.
        fraction: Option<(usize, i64)>,
        orders: Vec<DayOrder>,
    },
    /// A number that grows.
    Number {
        column: usize,
        unit_nanos: f64,
        is_clock: bool,
        /// Whether it is a row number: one step a row, of unknown length.
        counts_rows: bool,
        /// Days since 1899-12-30, as spreadsheets count them, to be rounded to so many nanoseconds.
        serial: Option<i64>,
    },
}

impl TimePlan {
    /// The columns that are used up.
    pub(super) fn columns(&self) -> Vec<usize> {
        match self {
            Self::Counted { .. } => Vec::new(),
            Self::Stamps {
                columns, fraction, ..
            } => {
                let fraction = fraction.iter().map(|(column, _)| *column);
                columns.iter().copied().chain(fraction).collect()
            }
            Self::Number { column, .. } => vec![*column],
        }
    }

    /// Whether rows are only counted.
    pub(super) fn lacks_step(&self) -> bool {
        match self {
            Self::Counted { .. } => true,
            Self::Stamps { .. } => false,
            Self::Number { counts_rows, .. } => *counts_rows,
        }
    }

    /// Whether the times are real.
    pub(super) fn has_clock(&self) -> bool {
        match self {
            Self::Counted { .. } => false,
            Self::Stamps { .. } => true,
            Self::Number { is_clock, .. } => *is_clock,
        }
    }
}

/// Chooses the time columns from names, the sample and the recipe.
pub(super) fn plan(dialect: &Dialect, rule: &TimeRule) -> TimePlan {
    if let Some(step_secs) = rule.step_secs {
        return TimePlan::Counted {
            step_nanos: step_secs * 1e9,
        };
    }
    let named: Vec<usize> = rule
        .columns
        .iter()
        .filter_map(|name| column_named(dialect, name))
        .collect();
    if !named.is_empty() && named.len() == rule.columns.len() {
        let first = named[0];
        if dialect.sorts[first] != Sort::Number || rule.format.is_some() {
            return stamps(dialect, named);
        }
        let serial = serial_plan(dialect, first);
        if let Some(plan) = serial.or_else(|| number_plan(dialect, first, true)) {
            return plan;
        }
    }
    let times: Vec<usize> = columns_of(dialect, Sort::Time);
    let shape = |column: usize| {
        let stamp = column_cells(dialect, column).find_map(any_stamp);
        stamp.map(|stamp| (stamp.days.is_some(), stamp.nanos.is_some()))
    };
    let find = |wanted| {
        times
            .iter()
            .copied()
            .find(|&column| shape(column) == Some(wanted))
    };
    if let Some(full) = find((true, true)) {
        // A date far to the left of full stamps is the row's own date: the stamps are events.
        match find((true, false)) {
            Some(date) if date < full => return stamps(dialect, vec![date]),
            _ => return stamps(dialect, vec![full]),
        }
    }
    match (find((true, false)), find((false, true))) {
        (Some(date), Some(clock)) => return stamps(dialect, vec![date, clock]),
        (Some(only), None) | (None, Some(only)) => return stamps(dialect, vec![only]),
        (None, None) => {}
    }
    let mut numbers = columns_of(dialect, Sort::Number);
    if let Some(plan) = numbers
        .iter()
        .find_map(|&column| serial_plan(dialect, column))
    {
        return plan;
    }
    numbers.sort_by_key(|&column| rank_of(&dialect.header[column], &dialect.units[column]));
    numbers
        .into_iter()
        .filter(|&column| rank_of(&dialect.header[column], &dialect.units[column]) < 9)
        .find_map(|column| number_plan(dialect, column, false))
        .unwrap_or(TimePlan::Counted { step_nanos: 1e9 })
}

/// The column of a name, which may be written with its unit, as it stands in the file.
fn column_named(dialect: &Dialect, name: &str) -> Option<usize> {
    let heads = &dialect.header;
    let is_written = |row: &Vec<String>| row.iter().position(|cell| cell.trim() == name);
    let plain = split_unit(name).0;
    (heads.iter().position(|head| head == name))
        .or_else(|| dialect.header_rows.iter().find_map(is_written))
        .or_else(|| heads.iter().position(|head| *head == plain))
        .filter(|&column| column < heads.len())
}

pub(super) fn columns_of(dialect: &Dialect, wanted: Sort) -> Vec<usize> {
    (0..dialect.sorts.len())
        .filter(|&column| dialect.sorts[column] == wanted)
        .collect()
}

pub(super) fn column_cells(dialect: &Dialect, column: usize) -> impl Iterator<Item = &str> {
    dialect
        .sample
        .iter()
        .filter_map(move |row| row.get(column).map(String::as_str))
}

fn any_stamp(cell: &str) -> Option<super::stamp::Stamp> {
    DayOrder::ALL
        .into_iter()
        .find_map(|order| read_stamp(cell, order))
}

fn stamps(dialect: &Dialect, mut columns: Vec<usize>) -> TimePlan {
    if let [first, .., last] = columns.as_slice()
        && first != last
        && fraction_after(dialect, last - 1).is_some()
    {
        columns.pop();
    }
    let first = columns[0];
    let cells: Vec<&str> = column_cells(dialect, first).collect();
    let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
    let reads = |order: DayOrder| {
        cells
            .iter()
            .filter(|cell| read_stamp(cell, order).is_some())
            .count()
    };
    let orders: Vec<DayOrder> = DayOrder::ALL
        .into_iter()
        .filter(|&order| reads(order) * 10 >= filled * 9 && filled > 0)
        .collect();
    let last = columns[columns.len() - 1];
    let fraction = fraction_after(dialect, last);
    TimePlan::Stamps {
        columns,
        fraction,
        orders: if orders.is_empty() {
            DayOrder::ALL.to_vec()
        } else {
            orders
        },
    }
}

/// A column behind the stamps that holds the fraction of their second, and its unit.
fn fraction_after(dialect: &Dialect, last: usize) -> Option<(usize, i64)> {
    let lower = dialect.header.get(last + 1)?.to_lowercase();
    let is_time = ["日時", "時刻", "time"]
        .iter()
        .any(|word| lower.contains(word));
    let unit = match dialect.units[last + 1].as_str() {
        "μs" | "µs" | "us" => 1_000,
        "ms" => 1_000_000,
        "ns" => 1,
        _ => return None,
    };
    (is_time && dialect.sorts[last + 1] == Sort::Number).then_some((last + 1, unit))
}

/// The rank of names such as `k` and `index`.
const ROW_NUMBER: usize = 5;

/// How likely a number column of this name is the time; 9 = it is not.
fn rank_of(name: &str, unit: &str) -> usize {
    let lower = name.trim().to_lowercase();
    let base = lower.split(['_', ' ']).next().unwrap_or("");
    let is_time_unit = unit_nanos(unit).is_some();
    match lower.as_str() {
        "timestamp" | "datetime" | "epoch" | "time" | "unixtime" | "ts" | "時刻" | "日時" => 0,
        "t" | "elapsed" | "経過時間" | "時間" | "sec" | "secs" | "seconds" | "秒" => 1,
        _ if matches!(base, "time" | "elapsed" | "timestamp") => 2,
        _ if is_time_unit && (lower.contains("time") || lower.contains("時間")) => 2,
        "k" | "n" | "i" | "index" | "idx" | "step" | "sample" | "no" | "no." | "row" | "番号"
        | "連番" => ROW_NUMBER,
        _ => 9,
    }
}

fn unit_nanos(unit: &str) -> Option<f64> {
    Some(match unit.to_lowercase().as_str() {
        "s" | "sec" | "secs" | "seconds" | "秒" => 1e9,
        "ms" => 1e6,
        "us" | "μs" | "µs" => 1e3,
        "ns" => 1.0,
        "min" | "分" => 60e9,
        "h" | "hr" | "hours" | "時間" => 3600e9,
        "d" | "day" | "days" | "日" => 86_400e9,
        _ => return None,
    })
}

/// A number column as time, where it grows in most of the sample.
fn number_plan(dialect: &Dialect, column: usize, is_asked: bool) -> Option<TimePlan> {
    let values: Vec<f64> = column_cells(dialect, column)
        .filter_map(|cell| match number::read_cell(cell, dialect.decimal) {
            Cell::Number(value) => Some(value),
            _ => None,
        })
        .collect();
    let n_up = values.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let grows = values.len() >= 2 && n_up * 10 >= (values.len() - 1) * 9;
    if !grows && !is_asked {
        return None;
    }
    let top = values.iter().copied().fold(0.0, f64::max);
    let (epoch_nanos, is_clock) = match top {
        1e8..1e11 => (1e9, true),
        1e11..1e14 => (1e6, true),
        1e14..1e17 => (1e3, true),
        1e17..1e19 => (1.0, true),
        _ => (1e9, false),
    };
    let unit = dialect.units[column].as_str();
    let name_unit = dialect.header[column].rsplit('_').next().unwrap_or("");
    let unit_nanos = if is_clock {
        epoch_nanos
    } else {
        unit_nanos(unit)
            .or_else(|| {
                dialect.header[column]
                    .contains('_')
                    .then(|| unit_nanos(name_unit))?
            })
            .unwrap_or(1e9)
    };
    Some(TimePlan::Number {
        column,
        unit_nanos,
        is_clock,
        counts_rows: rank_of(&dialect.header[column], unit) == ROW_NUMBER,
        serial: None,
    })
}

/// The time of one row, once for each day order.
#[derive(Debug, Default)]
pub(super) struct RowTimes {
    pub(super) times: Vec<i64>,
    /// Whether the zone has no such local time.
    pub(super) is_skipped: bool,
}

/// Reads the time of one row, once for each day order that is still possible.
pub(super) fn row_times(
    plan: &TimePlan,
    rule: &TimeRule,
    cells: &[impl AsRef<str>],
    decimal: char,
    out: &mut RowTimes,
) {
    let RowTimes {
        times: out,
        is_skipped,
    } = out;
    out.clear();
    *is_skipped = false;
    let cell = |column: usize| cells.get(column).map_or("", |cell| cell.as_ref().trim());
    match plan {
        TimePlan::Counted { .. } => {}
        TimePlan::Number {
            column,
            unit_nanos,
            serial,
            ..
        } => out.push(match number::read_cell(cell(*column), decimal) {
            Cell::Number(value) => {
                let time = time_of_number(value, *unit_nanos, *serial);
                let zone = rule.zone.as_ref().filter(|_| serial.is_some());
                zone.map_or(Some(time), |zone| zoned(time, zone, is_skipped))
                    .unwrap_or(NO_TIME)
            }
            _ => NO_TIME,
        }),
        TimePlan::Stamps {
            columns,
            fraction,
            orders,
        } => {
            let extra = fraction.map_or(0, |(column, unit)| {
                match number::read_cell(cell(column), decimal) {
                    Cell::Number(value) => nanos_of(value).saturating_mul(unit),
                    _ => 0,
                }
            });
            let joined: String;
            let text = if columns.len() > 1 {
                joined = columns
                    .iter()
                    .map(|&column| cell(column))
                    .collect::<Vec<_>>()
                    .join(" ");
                joined.as_str()
            } else {
                cell(columns[0])
            };
            for &order in orders {
                let time = one_stamp(text, order, rule, is_skipped);
                out.push(time.map_or(NO_TIME, |time| time.saturating_add(extra)));
            }
        }
    }
}

/// The instant of a local time that was read as UTC.
fn zoned(nanos: i64, zone: &TimeZone, is_skipped: &mut bool) -> Option<i64> {
    let local = jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok()?;
    instant(zone, TimeZone::UTC.to_datetime(local), is_skipped)
}

/// The instant of a local time; an hour that the zone skips is read by the clock before it.
fn instant(zone: &TimeZone, written: DateTime, is_skipped: &mut bool) -> Option<i64> {
    let found = zone.to_ambiguous_zoned_datetime(written);
    *is_skipped |= matches!(found.offset(), AmbiguousOffset::Gap { .. });
    let zoned = found.compatible().ok()?;
    i64::try_from(zoned.timestamp().as_nanosecond()).ok()
}

fn one_stamp(text: &str, order: DayOrder, rule: &TimeRule, is_skipped: &mut bool) -> Option<i64> {
    if let Some(format) = &rule.format {
        let written = DateTime::strptime(format, text).ok()?;
        let zone = rule.zone.clone().unwrap_or(TimeZone::UTC);
        return instant(&zone, written, is_skipped);
    }
    let stamp = read_stamp(text, order)?;
    let nanos = stamp.unix_nanos();
    match &rule.zone {
        Some(zone) if stamp.offset.is_none() && stamp.days.is_some() => {
            zoned(nanos, zone, is_skipped)
        }
        _ => Some(nanos),
    }
}

/// A float as whole nanoseconds, cut at the ends of time.
pub(super) fn nanos_of(value: f64) -> i64 {
    to_i64(value.round())
}

/// The times of all rows, once for each day order; one list as long as all orders agree.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates {
    lists: Vec<Vec<i64>>,
    n_orders: usize,
}

impl Candidates {
    /// Adds a row's times.
    pub(super) fn push(&mut self, times: &[i64]) {
        let Some(first) = times.first() else { return };
        self.n_orders = times.len();
        if self.lists.is_empty() {
            self.lists.push(Vec::new());
        }
        if self.lists.len() < times.len() && times.iter().any(|time| time != first) {
            self.part();
        }
        for (list, time) in self.lists.iter_mut().zip(times) {
            list.push(*time);
        }
    }

    /// Adds some rows of others.
    pub(super) fn append(&mut self, other: &Self, rows: std::ops::Range<usize>) {
        if other.lists.is_empty() {
            return;
        }
        self.n_orders = other.n_orders;
        if self.lists.is_empty() {
            self.lists.push(Vec::new());
        }
        if self.lists.len() < other.lists.len() {
            self.part();
        }
        for (order, list) in self.lists.iter_mut().enumerate() {
            let from = other.lists.get(order).unwrap_or(&other.lists[0]);
            list.extend_from_slice(&from[rows.clone()]);
        }
    }

    /// Forgets the rows from one on.
    pub(super) fn truncate(&mut self, n_rows: usize) {
        for list in &mut self.lists {
            list.truncate(n_rows);
        }
    }

    fn part(&mut self) {
        let common = self.lists.first().cloned().unwrap_or_default();
        self.lists.resize(self.n_orders, common);
    }

    /// One list an order, or a single one that stands for all.
    pub(super) fn into_lists(self) -> Vec<Vec<i64>> {
        self.lists
    }
}

/// Times in the day order that fits best.
#[derive(Debug, Clone, Default)]
pub(super) struct Chosen {
    pub(super) times: Vec<i64>,
    pub(super) order: Option<DayOrder>,
    /// Another order that fits as well and gives other times.
    pub(super) rival: Option<(DayOrder, Vec<i64>)>,
}

/// Picks the day order whose times run best: fewest holes, then fewest steps backward, then the
/// most even steps.
///
/// A single list stands for all orders.
pub(super) fn choose_order(mut candidates: Vec<Vec<i64>>, orders: &[DayOrder]) -> Chosen {
    if candidates.len() == 1 {
        return Chosen {
            times: candidates.remove(0),
            // What reads the same in every order tells none.
            order: orders.first().copied().filter(|_| orders.len() == 1),
            rival: None,
        };
    }
    let judge = |times: &Vec<i64>| {
        let holes = times.iter().filter(|time| **time == NO_TIME).count();
        let back = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let mut steps: Vec<i64> = some_steps(times).map(i64::saturating_abs).collect();
        let middle = steps.len() / 2;
        let median = if steps.is_empty() {
            0
        } else {
            *steps.select_nth_unstable(middle).1
        };
        let limit = median.saturating_mul(3);
        let uneven = times
            .windows(2)
            .filter(|pair| pair[1].saturating_sub(pair[0]).saturating_abs() > limit)
            .count();
        (holes, back, uneven)
    };
    let judged: Vec<_> = candidates.iter().map(judge).collect();
    let Some(best) = (0..judged.len()).min_by_key(|&at| judged[at]) else {
        return Chosen::default();
    };
    let rival = (0..judged.len()).find(|&other| {
        other != best && judged[other] == judged[best] && candidates[other] != candidates[best]
    });
    Chosen {
        rival: rival
            .filter(|_| judged[best].0 == 0)
            .map(|rival| (orders[rival], std::mem::take(&mut candidates[rival]))),
        times: std::mem::take(&mut candidates[best]),
        order: orders.get(best).copied(),
    }
}

/// Says that dates can be read in two ways.
pub(super) fn note_ambiguous(order: DayOrder, other: DayOrder, place: Place, issues: &mut Issues) {
    let (order, other) = (order.name(), other.name());
    issues.push(
        Issue::new(
            place,
            Severity::Warning,
            "ambiguous-date",
            format!(
                "the dates can be read {order} or {other}; taken as {order}. To be sure \
                 say how times are written in the import preview, or give a format in the recipe"
            ),
        )
        .with("chosen", format!("detail-{order}"))
        .with("other", format!("detail-{other}")),
    );
}

/// Whether the sample's dates, or the days of a spreadsheet, carry no zone and the recipe gives none.
pub(super) fn lacks_zone(plan: &TimePlan, dialect: &Dialect, rule: &TimeRule) -> bool {
    let is_local = match plan {
        TimePlan::Stamps { .. } => true,
        TimePlan::Number { serial, .. } => serial.is_some(),
        TimePlan::Counted { .. } => false,
    };
    is_local && rule.zone.is_none() && written_offset(plan, dialect).is_none()
}

/// The offset that the sample's dates carry.
pub(super) fn written_offset(plan: &TimePlan, dialect: &Dialect) -> Option<i64> {
    let TimePlan::Stamps { columns, .. } = plan else {
        return None;
    };
    columns
        .iter()
        .filter_map(|&column| column_cells(dialect, column).find_map(any_stamp))
        .find_map(|stamp| stamp.offset)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::import::dialect::detect;

    #[test]
    fn a_column_is_asked_for_as_it_stands_in_the_file_or_without_its_unit() {
        let mut text = "clock,Run (min),Run (s),level\n".to_owned();
        for row in 0..40 {
            let (minute, second) = (row / 6, row % 6 * 10);
            let (run, secs) = (f64::from(row) / 6.0, row * 10);
            writeln!(
                text,
                "2026-01-05 10:{minute:02}:{second:02},{run:.3},{secs},{}",
                row % 7
            )
            .expect("memory takes it");
        }
        let dialect = detect(&text).expect("a table");
        let columns = |name: &str| {
            let rule = TimeRule {
                columns: vec![name.to_owned()],
                ..TimeRule::default()
            };
            plan(&dialect, &rule).columns()
        };
        assert_eq!(columns("Run (min)"), [1]);
        assert_eq!(columns("Run"), [1]);
        assert_eq!(columns("Run (s)"), [2]);
        // What no column is called is still guessed.
        assert_eq!(columns("Runs"), [0]);
    }
}
