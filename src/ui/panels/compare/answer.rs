//! The answer on the right: verdict, KPI table, whether it may be believed.

use eframe::egui::{
    Align, CollapsingHeader, Color32, CornerRadius, Frame, Grid, Layout, Margin, Rect, Ui, vec2,
};

use super::lanes::{clock_of, is_measured};
use crate::{
    app::{CompareAnswer, KpiLine, Loaded},
    data::Dataset,
    scenario::Better,
    trust::{self, Outcome, Standing, SupportLevel, Verdict},
    ui::{
        View, parts, text,
        theme::{self, GAP_M, GAP_S, GAP_XS, RADIUS_PANEL, Theme},
    },
};

/// Least width of a KPI's name, and the distance of the table's columns.
const NAME_WIDTH: f32 = 48.0;
const COLUMN_GAP: f32 = 9.0;
/// A that leaves so much of what was measured outside its 90 % band misses it.
const MISSED: f64 = 0.3;
/// Of fewer measured steps nothing is said.
const MEASURED: usize = 20;

/// The verdict in one sentence, with an edge in the color of how firmly it stands.
pub(super) fn verdict_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded, answer: &CompareAnswer) {
    let theme = Theme::of(ui);
    let frame = Frame::new()
        .fill(theme.bg2())
        .stroke(theme.hairline())
        .corner_radius(CornerRadius::same(RADIUS_PANEL))
        .inner_margin(Margin {
            left: 14,
            right: 10,
            top: 10,
            bottom: 10,
        });
    let shown = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let first = answer.kpis.first();
        let sentence = first.map(|line| answer.sentence(line, view.text));
        let words = sentence.unwrap_or_else(|| view.text.get("compare-no-kpi"));
        let words = parts::unbroken(&words);
        ui.label(parts::rich(words, theme::verdict(), theme.fg()));
        ui.add_space(GAP_XS);
        // Without a control there is no question to judge.
        if !loaded.dataset.controls().is_empty() {
            judge_line_ui(ui, view, answer);
        }
        parts::quiet(ui, &support_words(view, loaded, answer));
        for words in doubts(view, loaded, answer) {
            ui.label(parts::rich(words, theme::dense(), theme.warn()));
        }
    });
    let rect = shown.response.rect;
    let edge = Rect::from_min_size(rect.min, vec2(4.0, rect.height()));
    ui.painter()
        .rect_filled(edge, CornerRadius::same(2), theme.edge(answer.standing()));
    ui.add_space(GAP_M);
}

/// What stands beside the answer and is no part of the judge's question: a model that is still being
/// trained or learned from other data, an edit that was cut, what the model leaves open about the first
/// KPI, and an A that is not what was measured.
fn doubts(view: &View<'_>, loaded: &Loaded, answer: &CompareAnswer) -> Vec<String> {
    let mut out = Vec::new();
    if answer.is_provisional {
        let key = if view.session.training.is_some() {
            "compare-provisional-training"
        } else {
            "compare-provisional"
        };
        out.push(view.text.get(key));
    }
    if loaded.has_outdated_model() {
        out.push(view.text.get("compare-outdated"));
    }
    let notes = answer.notes.iter().filter(|note| note.changes_question());
    out.extend(notes.map(|note| note.words(view.text)));
    let first = answer.kpis.first();
    let open = first.into_iter().flat_map(|line| &line.doubts);
    out.extend(open.map(|doubt| trust::localized_reason(doubt, view.text)));
    let first = first.map(|line| line.kpi.channel);
    if let Some((channel, share)) = first.and_then(|channel| {
        let missed = missed_frac(&loaded.dataset, answer, channel)?;
        (missed > MISSED).then_some((channel, missed))
    }) {
        let share = text::number(100.0 * share, 0);
        let name = loaded.dataset.channels[channel].name.as_str();
        let args = [("share", share.as_str()), ("channel", name)];
        out.push(view.text.with("compare-a-misses", &args));
    }
    out
}

/// The share of what was measured over the horizon that lies outside A's 90 % band, where A is as it was
/// run.
fn missed_frac(dataset: &Dataset, answer: &CompareAnswer, channel: usize) -> Option<f64> {
    let plan = &answer.a.plan;
    let output = answer.a.trajectory.output_of(channel)?;
    if !plan.edited.is_empty() {
        return None;
    }
    let band = &answer.a.trajectory.band90[output];
    let column = &dataset.episodes.get(plan.start.episode)?.columns[channel];
    let measured = column.get(plan.start.step..)?.iter();
    let known = measured
        .zip(band.lo.iter().zip(&band.hi))
        .filter(|(value, _)| value.is_finite());
    let is_out: Vec<bool> = known
        .map(|(value, (lo, hi))| value < lo || value > hi)
        .collect();
    let n_out = is_out.iter().filter(|is_out| **is_out).count();
    (is_out.len() >= MEASURED).then(|| n_out as f64 / is_out.len() as f64)
}

/// How far along the horizon the data carry what was asked.
fn support_words(view: &View<'_>, loaded: &Loaded, answer: &CompareAnswer) -> String {
    let (side, support) = answer.support_of();
    match support.exit_step {
        Some(step) => {
            let clock = clock_of(answer, &loaded.dataset, view.text.locale());
            let step_secs = loaded.dataset.step_secs;
            let at = clock
                .axis
                .label(step as f64 * step_secs, step_secs.min(60.0));
            // Where nothing was changed that they are equal is certain, not what both are.
            let key = match (answer.judgement.is_unasked(), step) {
                (true, 0) => "compare-both-outside",
                (true, _) => "compare-both-leave-support",
                (false, 0) => "compare-outside",
                (false, _) => "compare-leaves-support",
            };
            view.text.with(key, &[("time", &at), ("side", side)])
        }
        None if support.verdict == SupportLevel::Edge => {
            view.text.with("compare-at-edge", &[("side", side)])
        }
        None => view.text.with("compare-inside-support", &[("side", side)]),
    }
}

/// The KPI table: A, B, difference with symbol and color, P(better).
pub(super) fn kpi_table_ui(ui: &mut Ui, view: &View<'_>, answer: &CompareAnswer) {
    let theme = Theme::of(ui);
    let heads = [
        "compare-a",
        "compare-b",
        "compare-delta",
        "compare-p-better",
    ];
    let heads = heads.map(|key| view.text.get(key));
    let kpis = answer.kpis.iter();
    let rows: Vec<_> = kpis
        .map(|line| cells(line, answer.outcome(line), theme))
        .collect();
    // Numbers get what they need; the name, which may be cut, gets the rest.
    let widths = [0, 1, 2, 3].map(|column| {
        let head = parts::text_width(ui, &heads[column], theme::caption());
        let own = rows
            .iter()
            .map(|row| parts::text_width(ui, &row[column].0, theme::dense()));
        own.fold(head, f32::max).ceil()
    });
    let taken = widths.iter().sum::<f32>() + 4.0 * COLUMN_GAP + 2.0;
    let name_width = (ui.available_width() - taken).max(NAME_WIDTH);
    // A grid lays out by the widths of the frame before: where these change it is another grid, which is
    // laid out before it is seen.
    Grid::new(("kpis", widths.map(f32::to_bits)))
        .num_columns(5)
        .spacing(vec2(COLUMN_GAP, 8.0))
        .min_col_width(30.0)
        .show(ui, |ui| {
            parts::caption(ui, &view.text.get("compare-kpi"));
            for (words, width) in heads.iter().zip(widths) {
                parts::number_caption(ui, width, words);
            }
            ui.end_row();
            for (line, row) in answer.kpis.iter().zip(rows) {
                name_ui(ui, view, line, name_width);
                for ((words, color), width) in row.into_iter().zip(widths) {
                    parts::number_cell(ui, width, &words, color);
                }
                ui.end_row();
            }
        });
}

/// What stands behind each KPI's difference: its interval, what counts as equal, what was measured.
pub(super) fn kpi_notes_ui(
    ui: &mut Ui,
    view: &View<'_>,
    dataset: &Dataset,
    answer: &CompareAnswer,
) {
    for line in answer.kpis.iter().filter(|line| !line.paired.is_same()) {
        let p = &line.paired;
        let decimals = p.decimals();
        let signed = |end: f64| text::with_plus(end, text::number(end, decimals));
        let ends = [p.delta.lo, p.delta.hi].map(signed);
        let interval = format!("{} {}", ends.join(" … "), line.kpi.unit);
        let least = trust::format_number(p.delta_min);
        let name = view.text.kpi_name(&line.kpi.name);
        let args = [
            ("kpi", name.as_str()),
            ("interval", interval.trim_end()),
            ("least", least.as_str()),
        ];
        let key = if p.delta_min > 0.0 {
            "compare-interval-least"
        } else {
            "compare-interval"
        };
        let mut words = view.text.with(key, &args);
        words.push_str(&view.text.get(match line.kpi.better {
            Better::Higher => "compare-more-is-better",
            Better::Lower => "compare-less-is-better",
            Better::Unknown => "compare-unknown-is-better",
        }));
        let is_measured = is_measured(dataset, &answer.a.plan, line.kpi.channel);
        if let Some(real) = line.real.filter(|_| is_measured) {
            let value = format!("{} {}", text::number(real, decimals), line.kpi.unit);
            let args = [("value", value.trim_end())];
            words.push_str(&view.text.with("compare-measured", &args));
        }
        parts::caption(ui, &words);
    }
    if !answer.judgement.is_unasked() && answer.support().exit_step.is_some() {
        parts::caption(ui, &view.text.get("compare-whole-horizon"));
    }
    ui.add_space(GAP_M);
}

fn name_ui(ui: &mut Ui, view: &View<'_>, line: &KpiLine, width: f32) {
    let theme = Theme::of(ui);
    let name = view.text.kpi_name(&line.kpi.name);
    let name = eframe::egui::Label::new(parts::rich(name, theme::dense(), theme.fg())).truncate();
    if line.kpi.unit.is_empty() {
        // As high as a number, so that both stand on one line.
        let layout = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(vec2(width, 20.0), layout, |ui| {
            ui.set_min_width(width);
            ui.add(name);
        });
        return;
    }
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.set_width(width);
        ui.add(name);
        ui.label(parts::rich(&line.kpi.unit, theme::caption(), theme.fg3()));
    });
}

/// A, B, their difference and P(better) of a KPI.
fn cells(line: &KpiLine, outcome: Outcome, theme: Theme) -> [(String, Color32); 4] {
    let p = &line.paired;
    let symbol = match outcome {
        Outcome::Equal => "≈",
        _ if p.delta.mean > 0.0 => "▲",
        _ if p.delta.mean < 0.0 => "▼",
        _ => "",
    };
    // Quiet where it is neither good nor bad, or may not be told.
    let color = match outcome {
        Outcome::Better => theme.ok(),
        Outcome::Worse => theme.bad(),
        _ => theme.fg2(),
    };
    let words = outcome.chance_words(&line.kpi, p);
    let chance = if words == "–" {
        theme.fg2()
    } else {
        theme.fg()
    };
    let number = |value: f64| text::number(value, p.decimals());
    let amount = text::with_plus(p.delta.mean, number(p.delta.mean));
    [
        (number(p.a.mean), theme.fg()),
        (number(p.b.mean), theme.fg()),
        (format!("{symbol} {amount}"), color),
        (words, chance),
    ]
}

/// What keeps an answer that the log gives from standing firm.
fn reservations(view: &View<'_>, loaded: &Loaded, answer: &CompareAnswer) -> Vec<String> {
    let mut out = Vec::new();
    if answer.support().exit_step.is_some() {
        out.push(support_words(view, loaded, answer));
    }
    if answer.is_provisional {
        out.push(view.text.get("compare-provisional"));
    }
    let first = answer.kpis.first();
    if first.is_some_and(|line| !line.paired.methods_agree) {
        out.push(view.text.get("verdict-methods").trim().to_owned());
    }
    out
}

/// What the model leaves open about the KPIs; about the first one that stands beside the verdict.
fn open_points(view: &View<'_>, answer: &CompareAnswer, with_first: bool) -> Vec<String> {
    let first = answer.kpis.first().map_or(&[][..], |line| &line.doubts);
    let open = answer.doubts().into_iter();
    let open = open.filter(|doubt| with_first || !first.contains(doubt));
    open.map(|doubt| trust::localized_reason(doubt, view.text))
        .collect()
}

/// May it be answered from this log, in one line.
fn judge_line_ui(ui: &mut Ui, view: &View<'_>, answer: &CompareAnswer) {
    let theme = Theme::of(ui);
    let standing = answer.standing();
    let (mark, key) = match (standing, answer.judgement.verdict) {
        (Standing::Unasked, _) => ("", "compare-unasked"),
        (Standing::Firm, _) => ("○", "compare-answerable"),
        (Standing::Guarded, Verdict::Answerable) => ("△", "compare-guarded"),
        (Standing::Guarded, _) => ("△", "compare-partly"),
        (Standing::Refused, _) => ("×", "compare-not-from-this-log"),
    };
    let words = format!("{mark} {}", view.text.get(key));
    let color = theme.standing(standing);
    ui.label(parts::rich(words.trim_start(), theme::dense_bold(), color));
}

/// Why the judge says what stands beside the verdict, and what would help.
pub(super) fn judge_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded, answer: &CompareAnswer) {
    let theme = Theme::of(ui);
    let (judgement, standing) = (&answer.judgement, answer.standing());
    if standing == Standing::Unasked {
        return;
    }
    ui.add_space(GAP_S);
    if standing > Standing::Firm && judgement.verdict == Verdict::Answerable {
        // The log answers; what is reserved is said in its place.
        let open = open_points(view, answer, standing == Standing::Refused);
        for words in reservations(view, loaded, answer).iter().chain(&open) {
            parts::quiet(ui, words);
        }
    } else {
        let weighing = judgement.reasons.iter();
        let weighing = weighing.filter(|reason| reason.level == judgement.verdict);
        for reason in weighing.take(2) {
            parts::quiet(ui, &trust::localized_reason(reason, view.text));
        }
    }
    CollapsingHeader::new(parts::rich(
        view.text.get("compare-why"),
        theme::dense(),
        theme.fg2(),
    ))
    .id_salt("judge-why")
    .show(ui, |ui| {
        let open = open_points(view, answer, true);
        for words in reservations(view, loaded, answer).iter().chain(&open) {
            ui.horizontal_top(|ui| {
                ui.label(parts::rich("△", theme::dense(), theme.warn()));
                parts::quiet(ui, words);
            });
        }
        for reason in &judgement.reasons {
            ui.horizontal_top(|ui| {
                let (mark, color) = match reason.level {
                    Verdict::Answerable => ("○", theme.ok()),
                    Verdict::Partly => ("△", theme.warn()),
                    Verdict::NotFromThisLog => ("×", theme.bad()),
                };
                ui.label(parts::rich(mark, theme::dense(), color));
                parts::quiet(ui, &trust::localized_reason(reason, view.text));
            });
        }
    });
    if judgement.suggestions.is_empty() {
        return;
    }
    CollapsingHeader::new(parts::rich(
        view.text.get("compare-what-helps"),
        theme::dense(),
        theme.fg2(),
    ))
    .id_salt("judge-helps")
    .show(ui, |ui| {
        for suggestion in &judgement.suggestions {
            parts::quiet(ui, &trust::localized_suggestion(suggestion, view.text));
        }
    });
}
