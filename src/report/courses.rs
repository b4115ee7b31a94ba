//! The workbook's sheet of courses over time: the charts' series as columns, a row a step.

use rust_xlsxwriter::{Format, XlsxError};

use super::{
    ChartSpec,
    document::Context,
    figures::ChannelCharts,
    format,
    sheet::{Cell, Sheet, fixed, moments, serial_day, signed},
    workbook::{DELTA, DELTA_LEVEL, interval_heads},
};
use crate::base::{format_local, to_i64};

/// Level of the bands that are written, in per cent.
const BAND: &str = "90";
/// Step, time, seconds, remark.
const TIME_WIDTHS: [f64; 4] = [8.0, 22.0, 12.0, 22.0];
const VALUE_WIDTH: f64 = 16.0;

/// The courses of the charts that the page draws: real, A, B and their difference, a channel each.
pub(super) struct Courses<'c> {
    context: &'c Context<'c>,
    columns: Vec<Column<'c>>,
}

impl<'c> Courses<'c> {
    /// The courses of these charts.
    pub(super) fn of(context: &'c Context<'c>, charts: &'c [ChannelCharts]) -> Self {
        let columns = charts.iter().flat_map(|shown| columns(context, shown));
        Self {
            context,
            columns: columns.collect(),
        }
    }

    /// How wide the columns are.
    pub(super) fn widths(&self) -> Vec<f64> {
        let mut widths = TIME_WIDTHS.to_vec();
        widths.resize(widths.len() + self.columns.len(), VALUE_WIDTH);
        widths
    }

    /// Writes them. Steps are numbered as in tables of rollouts and in the sentences: 0 is the
    /// first one that is predicted, which the charts have at 1.
    pub(super) fn write(&self, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
        let context = self.context;
        sheet.heads(&self.heads())?;
        sheet.freeze(3)?;
        // A step of 60 s is stored as 60.00000000000001 s.
        let step_secs = (context.input.dataset.step_secs * 1e9).round() / 1e9;
        let decimals = if step_secs.fract() == 0.0 { 0 } else { 3 };
        let (whole, secs, moment) = (fixed(0), fixed(decimals), moments(step_secs));
        let [a, b] = [context.input.a, context.input.b];
        let exits = [a.support.exit_step, b.support.exit_step];
        let exit = exits.into_iter().flatten().min().unwrap_or(usize::MAX);
        let remark = context.say("report-beyond");
        let n_steps = a.trajectory.n_steps.max(b.trajectory.n_steps);
        let last = i64::try_from(n_steps).unwrap_or(i64::MAX);
        let first = self.columns.iter().map(|column| column.first_step).min();
        for step in first.unwrap_or(1)..=last {
            let is_beyond = usize::try_from(step).is_ok_and(|step| step > exit);
            let said = if is_beyond { remark.as_str() } else { "" };
            let mut cells = vec![
                Cell::Number((step - 1) as f64, &whole),
                time_cell(context, step, &moment),
                Cell::Number(step as f64 * step_secs, &secs),
                Cell::Words(said.to_owned()),
            ];
            let values = self.columns.iter();
            cells.extend(values.map(|column| Cell::Number(column.at(step), &column.format)));
            sheet.row(&cells)?;
        }
        Ok(())
    }

    fn heads(&self) -> Vec<String> {
        let context = self.context;
        let zone = context.input.dataset.zone_name();
        let zone = zone.unwrap_or_else(|| "UTC".to_owned());
        let mut heads = vec![
            context.say("report-step-number"),
            context.say_with("report-time", &[("zone", &zone)]),
            context.say("report-secs-ahead"),
            context.say("report-remark"),
        ];
        heads.extend(self.columns.iter().map(|column| column.head.clone()));
        heads
    }
}

/// A course as a column.
struct Column<'c> {
    head: String,
    first_step: i64,
    values: &'c [f64],
    format: Format,
}

impl Column<'_> {
    fn at(&self, step: i64) -> f64 {
        let index = usize::try_from(step - self.first_step).ok();
        let value = index.and_then(|index| self.values.get(index));
        value.copied().unwrap_or(f64::NAN)
    }
}

fn columns<'c>(context: &Context<'_>, shown: &'c ChannelCharts) -> Vec<Column<'c>> {
    let name = context.channel_name(shown.channel);
    let real = format!("{name} · {}", context.say("report-real"));
    let side = |letter: &str| interval_heads(context, &format!("{name} · {letter}"), BAND);
    let value = || fixed(chart_decimals(&shown.both));
    let mut out = Vec::new();
    push_line(&mut out, &shown.both, "real", (real, value()));
    push_side(&mut out, &shown.both, ["a", "a90"], (side("A"), value()));
    push_side(&mut out, &shown.both, ["b", "b90"], (side("B"), value()));
    if let Some(delta) = &shown.delta {
        let heads = interval_heads(context, &format!("{name} · {DELTA}"), DELTA_LEVEL);
        let style = (heads, signed(chart_decimals(delta)));
        push_side(&mut out, delta, ["delta", "delta"], style);
    }
    out
}

fn chart_decimals(chart: &ChartSpec) -> usize {
    let lines = chart.lines.iter().map(|line| &line.values);
    format::decimals_apart(lines.flatten().copied())
}

fn push_line<'c>(
    columns: &mut Vec<Column<'c>>,
    chart: &'c ChartSpec,
    class: &str,
    (head, format): (String, Format),
) {
    let found = chart.lines.iter().find(|line| line.class == class);
    columns.extend(found.map(|line| Column {
        head,
        first_step: to_i64(line.first_step),
        values: &line.values,
        format,
    }));
}

/// A mean and its band.
fn push_side<'c>(
    columns: &mut Vec<Column<'c>>,
    chart: &'c ChartSpec,
    [mean, band]: [&str; 2],
    ([head, lower, upper], format): ([String; 3], Format),
) {
    push_line(columns, chart, mean, (head, format.clone()));
    let Some(area) = chart.areas.iter().find(|area| area.class == band) else {
        return;
    };
    columns.extend(
        [(lower, &area.lo), (upper, &area.hi)].map(|(head, values)| Column {
            head,
            first_step: to_i64(area.first_step),
            values,
            format: format.clone(),
        }),
    );
}

/// When a step ends, on the log's own clock; empty where the data have none.
fn time_cell<'f>(context: &Context<'_>, step: i64, format: &'f Format) -> Cell<'f> {
    let dataset = context.input.dataset;
    let start = &context.input.b.plan.start;
    let episode = dataset.episodes.get(start.episode);
    let from_episode = i64::try_from(start.step).ok();
    let from_episode = from_episode.and_then(|start| usize::try_from(start + step - 1).ok());
    let (Some(episode), Some(step), true) = (episode, from_episode, dataset.has_clock) else {
        return Cell::Words(String::new());
    };
    let time_ns = episode.time_ns(step, dataset.step_secs);
    let offset_secs = dataset.shown_offset_secs();
    let local_ns = time_ns.saturating_add(i64::from(offset_secs) * 1_000_000_000);
    serial_day(local_ns).map_or_else(
        || Cell::Words(format_local(time_ns, offset_secs)),
        |day| Cell::Number(day, format),
    )
}
