//! The surprise strip: how far off the line was, step by step, and which channels are to blame.

use eframe::egui::{Id, Sense, Ui};

use crate::{
    app::{AnomalyAnswer, AnomalySpan, Loaded, StretchTrace},
    base::to_count,
    data::Dataset,
    ui::{
        View, parts,
        plots::{Area, Lane, LaneClock, Trace, lane_ui},
        text,
        theme::{BAND90_ALPHA, Theme},
    },
};

/// Most points of the line.
const MAX_POINTS: usize = 2_000;
/// Most stretches that get a button.
const MAX_BUTTONS: usize = 5;
/// Most channels named under the hand.
const MAX_NAMED: usize = 3;

/// A channel with a smaller share is not named under the hand.
const MIN_SHARE: f64 = 0.05;
/// A day, in nanoseconds.
const DAY_NANOS: i64 = 86_400_000_000_000;
/// What is shown on both sides of a flagged stretch, as a share of its length.
const AROUND: f64 = 0.25;

/// Draws the strip of one stretch; gives the channel that was clicked, as the dataset counts.
pub(crate) fn surprise_ui(
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    answer: &AnomalyAnswer,
    stretch: &StretchTrace,
    clock: &mut LaneClock,
) -> Option<usize> {
    let n_steps = stretch.mean.first().map_or(0, Vec::len);
    let place = stretch.start..stretch.start + n_steps;
    let trace = answer.surprise.episodes.get(stretch.episode)?;
    let score = trace.score.get(place.clone())?;
    let spans: Vec<&AnomalySpan> = answer
        .spans
        .iter()
        .filter(|span| {
            span.episode == stretch.episode && span.start < place.end && place.start < span.end
        })
        .collect();
    let words = if spans.is_empty() {
        view.text.get("gap-surprise-none")
    } else {
        view.text.get("gap-surprise")
    };
    parts::caption(ui, &words);
    let step_secs = loaded.dataset.step_secs;
    let label = view.text.get("gap-surprise-label");
    let lane = lane_of(
        &label,
        score,
        &spans,
        &place,
        (answer.surprise.limit, step_secs),
        Theme::of(ui),
    );
    let drawn = lane_ui(ui, &lane, clock);
    let hand = ui.interact(
        *drawn.transform.frame(),
        Id::unique("gap-surprise-tip"),
        Sense::hover(),
    );
    if let Some(x) = clock.cursor.filter(|_| hand.hovered())
        && let Some(tip) = tip_at(view, loaded, answer, stretch, x / step_secs)
    {
        hand.on_hover_text_at_pointer(tip);
    }
    spans_ui(ui, loaded, &spans, &place, clock)
}

fn lane_of(
    label: &str,
    score: &[f64],
    spans: &[&AnomalySpan],
    place: &std::ops::Range<usize>,
    (limit, step_secs): (f64, f64),
    theme: Theme,
) -> Lane {
    let stride = score.len().div_ceil(MAX_POINTS).max(1);
    let x = |step: usize| step as f64 * step_secs;
    // Of the steps between two points the worst is shown: a peak must not fall through.
    let points = score.chunks(stride).enumerate().map(|(at, chunk)| {
        let worst = chunk.iter().copied().fold(0.0, f64::max);
        [x(at * stride), worst]
    });
    let highest = score.iter().copied().fold(limit, f64::max);
    let areas = spans.iter().map(|span| {
        let from = span.start.max(place.start) - place.start;
        let to = span.end.min(place.end) - place.start;
        Area {
            name: "flagged".to_owned(),
            xs: vec![x(from), x(to)],
            lo: vec![0.0; 2],
            hi: vec![highest; 2],
            color: theme.bad().gamma_multiply(BAND90_ALPHA),
            is_hatched: false,
        }
    });
    Lane {
        id: "gap-surprise".to_owned(),
        label: label.to_owned(),
        height: 76.0,
        zero: Some(0.0),
        areas: areas.collect(),
        levels: vec![(limit, theme.bad())],
        traces: vec![Trace {
            name: label.to_owned(),
            points: points.collect(),
            color: theme.fg(),
            width: 1.2,
            has_dots: false,
        }],
        least_span: 1.5 * limit,
        ..Lane::default()
    }
}

/// The score and the channels to blame at a step.
fn tip_at(
    view: &View<'_>,
    loaded: &Loaded,
    answer: &AnomalyAnswer,
    stretch: &StretchTrace,
    step: f64,
) -> Option<String> {
    let n_steps = stretch.mean.first().map_or(0, Vec::len);
    if !(0.0..n_steps as f64).contains(&step) {
        return None;
    }
    let step = stretch.start + to_count(step);
    let trace = answer.surprise.episodes.get(stretch.episode)?;
    let score = *trace.score.get(step)?;
    let mut blamed: Vec<(usize, f64)> = answer
        .surprise
        .channels
        .iter()
        .zip(&trace.parts)
        .map(|(&channel, part)| {
            (
                channel,
                f64::from(part[step]) / score.max(f64::MIN_POSITIVE),
            )
        })
        .collect();
    blamed.retain(|&(_, share)| share >= MIN_SHARE);
    blamed.sort_by(|a, b| b.1.total_cmp(&a.1));
    blamed.truncate(MAX_NAMED);
    let args = [
        ("score", text::number(score, 1)),
        ("limit", text::number(answer.surprise.limit, 1)),
        ("channels", names(loaded, &blamed)),
    ];
    let args = args.each_ref().map(|(name, value)| (*name, value.as_str()));
    Some(view.text.with("gap-surprise-tip", &args))
}

fn names(loaded: &Loaded, blamed: &[(usize, f64)]) -> String {
    let one = |&(channel, share): &(usize, f64)| {
        let name = &loaded.dataset.channels[channel].name;
        format!("{name} {}", text::percent(share))
    };
    blamed.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Whether a time of the day alone may mean several moments of the record.
fn spans_days(dataset: &Dataset) -> bool {
    let first = dataset.episodes.iter().map(|e| e.start_ns).min();
    let ends = dataset.episodes.iter();
    let last = ends
        .map(|e| e.time_ns(e.n_steps(), dataset.step_secs))
        .max();
    let span = last
        .zip(first)
        .map(|(last, first)| last.saturating_sub(first));
    span.is_some_and(|nanos| nanos > DAY_NANOS)
}

/// One button for each of the worst flagged stretches; a click shows it and its channel.
fn spans_ui(
    ui: &mut Ui,
    loaded: &Loaded,
    spans: &[&AnomalySpan],
    place: &std::ops::Range<usize>,
    clock: &mut LaneClock,
) -> Option<usize> {
    let mut worst = spans.to_vec();
    worst.sort_by(|a, b| b.peak.total_cmp(&a.peak));
    worst.truncate(MAX_BUTTONS);
    worst.sort_by_key(|span| span.start);
    let mut clicked = None;
    let step_secs = loaded.dataset.step_secs;
    let is_dated = spans_days(&loaded.dataset);
    ui.horizontal_wrapped(|ui| {
        for span in worst {
            let from = (span.start.max(place.start) - place.start) as f64 * step_secs;
            let to = (span.end.min(place.end) - place.start) as f64 * step_secs;
            let peak = text::number(span.peak, 1);
            let time = if is_dated {
                clock.axis.dated(from, step_secs)
            } else {
                clock.axis.label(from, step_secs)
            };
            let blamed = span.channels.first().map_or("", |&(channel, _)| {
                loaded.dataset.channels[channel].name.as_str()
            });
            let words = format!("{time} · {peak} σ · {blamed}");
            let button = parts::button(ui, &words);
            if button
                .on_hover_text(names(loaded, &span.channels))
                .clicked()
            {
                let around = (AROUND * (to - from)).max(30.0 * step_secs);
                let (low, high) = (*clock.full.start(), *clock.full.end());
                clock.range = (from - around).max(low)..=(to + around).min(high);
                clicked = span.channels.first().map(|&(channel, _)| channel);
            }
        }
    });
    if clicked.is_some() {
        ui.ctx().request_repaint();
    }
    clicked
}
