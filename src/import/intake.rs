//! Takes records in one by one: times, the cells of each column, and what was wrong with them.

use std::borrow::Cow;

use super::{
    column::{Builder, Tally},
    dialect::{Dialect, Sort},
    number::{self, Cell},
    timeline::{self, Candidates, NO_TIME, RowTimes, TimePlan, TimeRule},
};
use crate::base::{Issues, Place, Severity};

/// What went wrong while rows were read.
#[derive(Default)]
pub(super) struct RowFlaws {
    skipped: Tally,
    timeless: Tally,
    /// Local times that the zone skips.
    no_hour: Tally,
}

/// The columns of a table while its rows come in.
pub(super) struct Intake<'d> {
    pub(super) dialect: &'d Dialect,
    pub(super) rule: &'d TimeRule,
    pub(super) plan: TimePlan,
    pub(super) time_columns: Vec<usize>,
    pub(super) builders: Vec<Builder>,
    pub(super) times: Candidates,
    pub(super) flaws: RowFlaws,
    pub(super) n_rows: u64,
    row_times: RowTimes,
}

impl<'d> Intake<'d> {
    /// Starts without a row.
    pub(super) fn new(dialect: &'d Dialect, rule: &'d TimeRule) -> Self {
        let plan = timeline::plan(dialect, rule);
        Self {
            time_columns: plan.columns(),
            plan,
            builders: (0..dialect.header.len())
                .map(|column| Builder::new(dialect, column))
                .collect(),
            times: Candidates::default(),
            flaws: RowFlaws::default(),
            n_rows: 0,
            row_times: RowTimes::default(),
            dialect,
            rule,
        }
    }

    /// Takes a record in and tells whether it was one of the table's.
    pub(super) fn take(&mut self, cells: &[Cow<'_, str>], line: u64) -> bool {
        let dialect = self.dialect;
        let decimal = dialect.decimal;
        timeline::row_times(&self.plan, self.rule, cells, decimal, &mut self.row_times);
        if self.row_times.is_skipped {
            let time_column = self.time_columns.first();
            let example = time_column.and_then(|&column| cells.get(column));
            let example = example.map_or("", Cow::as_ref);
            self.flaws.no_hour.add(line, example);
        }
        if !self.keeps(cells, line) {
            return false;
        }
        self.times.push(&self.row_times.times);
        for (column, builder) in self.builders.iter_mut().enumerate() {
            if !self.time_columns.contains(&column) {
                let cell = cells.get(column).map_or("", Cow::as_ref);
                builder.push(cell, decimal, line);
            }
        }
        self.n_rows += 1;
        true
    }

    fn keeps(&mut self, cells: &[Cow<'_, str>], line: u64) -> bool {
        let dialect = self.dialect;
        let times = &self.row_times.times;
        let example = cells[0].as_ref();
        let has_time = times.iter().any(|time| *time != NO_TIME);
        let is_typed = cells
            .iter()
            .zip(&dialect.sorts)
            .enumerate()
            .filter(|(column, _)| !self.time_columns.contains(column))
            .any(|(_, (cell, sort))| {
                *sort == Sort::Number
                    && matches!(number::read_cell(cell, dialect.decimal), Cell::Number(_))
            });
        if !times.is_empty() && !has_time {
            let tally = if is_typed {
                &mut self.flaws.timeless
            } else {
                &mut self.flaws.skipped
            };
            tally.add(line, example);
            return false;
        }
        let expects_numbers = dialect.sorts.contains(&Sort::Number);
        if times.is_empty() && !is_typed && expects_numbers {
            self.flaws.skipped.add(line, example);
            return false;
        }
        true
    }
}

impl RowFlaws {
    /// Says which records were left out, and why.
    pub(super) fn say(&self, dialect: &Dialect, place: &Place, issues: &mut Issues) {
        let expected = dialect.header.len();
        let mut say = |tally: &Tally, severity, code, what: &str| {
            let said = tally.say((severity, code), what, expected, place);
            if let Some(issue) = said {
                issues.push(issue);
            }
        };
        say(
            &self.skipped,
            Severity::Info,
            "skipped-lines",
            "lines hold no values and were left out",
        );
        say(
            &self.timeless,
            Severity::Warning,
            "rows-without-time",
            "rows have no readable time and were left out",
        );
        say(
            &self.no_hour,
            Severity::Warning,
            "no-such-hour",
            "times do not exist in the zone, whose clocks skip that hour; they count as one hour \
             later",
        );
    }
}
