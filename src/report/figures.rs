//! The charts: real, A and B with their bands, and the difference, a pair a channel.

use super::{
    Area, ChartSpec, Line, ReportKpi,
    block::{Block, Figure},
    document::Context,
    format,
    input::ReportSide,
};
use crate::{data::Band, metrics::DeltaTrace};

/// More charts than these are not read.
const MAX_CHARTS: usize = 6;

/// The charts of one channel.
pub(super) struct ChannelCharts {
    /// The channel.
    pub(super) channel: usize,
    /// Real, A and B.
    pub(super) both: ChartSpec,
    /// B − A.
    pub(super) delta: Option<ChartSpec>,
}

/// The charts of every channel that a KPI is made of, as blocks.
pub(super) fn charts(context: &Context<'_>) -> Vec<Block> {
    let mut out = Vec::new();
    for shown in shown_channels(context) {
        let channel = context.input.dataset.channels.get(shown.channel);
        let [title, unit] = channel
            .map(|channel| [channel.name.clone(), channel.unit.clone()])
            .unwrap_or_default();
        out.push(Block::Chart(Box::new(Figure {
            title,
            unit,
            legend: legend(context),
            chart: shown.both,
        })));
        if let Some(chart) = shown.delta {
            out.push(Block::Chart(Box::new(Figure {
                title: chart.title.clone(),
                unit: String::new(),
                legend: vec![("delta", context.say("report-legend-delta"))],
                chart,
            })));
        }
    }
    out
}

/// The charts of every channel that a KPI is made of.
pub(super) fn shown_channels(context: &Context<'_>) -> Vec<ChannelCharts> {
    let mut channels = Vec::new();
    for ReportKpi { kpi, .. } in &context.input.kpis {
        if !channels.contains(&kpi.channel) {
            channels.push(kpi.channel);
        }
    }
    let mut out = Vec::new();
    for channel in channels.into_iter().take(MAX_CHARTS) {
        let (Some(in_a), Some(in_b)) = (
            context.input.a.trajectory.output_of(channel),
            context.input.b.trajectory.output_of(channel),
        ) else {
            continue;
        };
        let mut both = base(
            context,
            format!("c{channel}"),
            context.channel_name(channel),
        );
        add_real(context, channel, &mut both);
        add_side(&context.input.a, in_a, ["a", "a90", "a50"], &mut both);
        add_side(&context.input.b, in_b, ["b", "b90", "b50"], &mut both);
        add_limits(context, channel, &mut both);
        let delta = context.input.deltas.get(in_b);
        out.push(ChannelCharts {
            channel,
            both,
            delta: delta.map(|delta| difference(context, channel, delta)),
        });
    }
    out
}

fn difference(context: &Context<'_>, channel: usize, delta: &DeltaTrace) -> ChartSpec {
    let title = context.say_with(
        "report-delta-of",
        &[("channel", &context.channel_name(channel))],
    );
    let mut chart = base(context, format!("d{channel}"), title);
    let n_shown = shown(&context.input.a).min(shown(&context.input.b));
    chart.areas.push(area("delta", &delta.band, n_shown));
    chart.lines.push(line("delta", &delta.mean, n_shown));
    // Zero belongs to every chart of a difference.
    chart.levels.push((0.0, String::new()));
    chart
}

fn legend(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let [a, b] = context.names();
    let side = |letter: &str, name: &str| {
        context.say_with("report-legend-side", &[("letter", letter), ("name", name)])
    };
    vec![
        ("real", context.say("report-real")),
        ("a", side("A", &a)),
        ("b", side("B", &b)),
    ]
}

/// A chart with its clock, its start and its end of support. Step 0 is the last measured one.
fn base(context: &Context<'_>, id: String, title: String) -> ChartSpec {
    let step_secs = context.input.dataset.step_secs;
    let from = -(n_before(context) as f64);
    let to = context.input.b.trajectory.n_steps.max(1) as f64;
    let exit = [context.input.a, context.input.b]
        .iter()
        .filter_map(|side| side.support.exit_step)
        .min()
        .map(|step| (step as f64, context.say("report-beyond")));
    ChartSpec {
        title,
        id,
        steps: (from, to),
        time_ticks: format::time_ticks(from * step_secs, to * step_secs, 7, &context.text)
            .into_iter()
            .map(|(secs, said)| (secs / step_secs, said))
            .collect(),
        start: Some(0.0),
        exit,
        ..ChartSpec::default()
    }
}

/// How many measured steps are shown before the start.
fn n_before(context: &Context<'_>) -> usize {
    let start = &context.input.b.plan.start;
    start
        .context_steps
        .min(start.step)
        .min(context.input.b.trajectory.n_steps / 3)
}

fn add_real(context: &Context<'_>, channel: usize, chart: &mut ChartSpec) {
    let start = &context.input.b.plan.start;
    let measured = context
        .input
        .dataset
        .episodes
        .get(start.episode)
        .and_then(|episode| episode.columns.get(channel));
    let Some(measured) = measured else {
        return;
    };
    let n_before = n_before(context);
    let to = (start.step + context.input.b.trajectory.n_steps).min(measured.len());
    let from = (start.step - n_before).min(to);
    chart.lines.push(Line {
        class: "real",
        first_step: 1.0 - n_before as f64,
        values: measured[from..to].to_vec(),
    });
}

/// How many steps of a side may be shown: nothing is said beyond the exit.
fn shown(side: &ReportSide<'_>) -> usize {
    side.support.exit_step.unwrap_or(usize::MAX)
}

fn add_side(
    side: &ReportSide<'_>,
    output: usize,
    classes: [&'static str; 3],
    chart: &mut ChartSpec,
) {
    let trajectory = side.trajectory;
    let [mean, outer, inner] = classes;
    let n_shown = shown(side);
    for (class, bands) in [(outer, &trajectory.band90), (inner, &trajectory.band50)] {
        if let Some(band) = bands.get(output) {
            chart.areas.push(area(class, band, n_shown));
        }
    }
    if let Some(values) = trajectory.mean.get(output) {
        chart.lines.push(line(mean, values, n_shown));
    }
}

fn area(class: &'static str, band: &Band, n_shown: usize) -> Area {
    let cut = |values: &[f64]| values.iter().copied().take(n_shown).collect();
    Area {
        class,
        first_step: 1.0,
        lo: cut(&band.lo),
        hi: cut(&band.hi),
    }
}

fn line(class: &'static str, values: &[f64], n_shown: usize) -> Line {
    Line {
        class,
        first_step: 1.0,
        values: values.iter().copied().take(n_shown).collect(),
    }
}

fn add_limits(context: &Context<'_>, channel: usize, chart: &mut ChartSpec) {
    let Some(channel) = context.input.dataset.channels.get(channel) else {
        return;
    };
    for (name, level) in channel.limits.named() {
        let said = context.say(&format!("report-limit-{}", name.replace('_', "-")));
        chart.levels.push((level, said));
    }
}
