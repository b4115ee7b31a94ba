//! Gap: where, when and why the model differs from the plant.

use eframe::egui::{ComboBox, Frame, Grid, Margin, Role, ScrollArea, Ui, WidgetInfo, vec2};

use super::surprise::surprise_ui;
use crate::{
    app::{
        Command, GapAnswer, GapCommand, Loaded, Panel, StretchTrace, TrainingCommand, TrainingPlan,
        WindowCommand,
    },
    base::Locale,
    data::{Dataset, Episode, Split},
    trust,
    ui::{
        Outbox, View, parts,
        plots::{
            Area, HeatMap, Lane, LaneClock, Measured, TimeAxis, Trace, heat_map_ui, lane_head_ui,
            lane_ui,
        },
        text,
        theme::{self, BAND90_ALPHA, GAP_M, GAP_S, Theme},
    },
};

/// More dots than these would touch each other.
const MOST_DOTS: usize = 300;

/// Where, when and why the model differs from the plant.
#[derive(Default)]
pub struct GapPanel {
    /// The channel that is looked at; at first the one that is missed most.
    selected: Option<usize>,
    /// What was asked for last, while it is measured.
    asked: Option<GapCommand>,
    stretch: usize,
    clock: Option<LaneClock>,
    /// What `clock` belongs to: recording, start, steps.
    clock_of: (usize, usize, usize),
}

impl GapPanel {
    /// The stable id.
    pub fn name(&self) -> &'static str {
        Panel::Gap.name()
    }

    /// Draws the view.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Outbox) {
        let text = view.text;
        let Some(loaded) = &view.session.loaded else {
            if parts::empty_ui(
                ui,
                &text.get("gap-empty-no-data"),
                &text.get("compare-go-home"),
            ) {
                out.post(Command::Window(WindowCommand::Show(Panel::Home)));
            }
            return;
        };
        if loaded.model.is_none() {
            if parts::empty_ui(
                ui,
                &text.get("gap-empty-no-model"),
                &text.get("compare-train"),
            ) {
                out.post(Command::Training(TrainingCommand::Start(
                    TrainingPlan::default(),
                )));
            }
            return;
        }
        let Some(answer) = &view.session.gap else {
            if parts::empty_ui(ui, &text.get("gap-empty"), &text.get("gap-measure")) {
                out.post(Command::Gap(GapCommand::Measure(Split::Test, None)));
            }
            return;
        };
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
                self.answer_ui(ui, view, loaded, answer, out);
            });
        });
    }

    fn answer_ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        loaded: &Loaded,
        answer: &GapAnswer,
        out: &mut Outbox,
    ) {
        ui.spacing_mut().item_spacing.y = GAP_S;
        let is_measuring = view.session.is_busy_with("gap");
        if !is_measuring {
            self.asked = None;
        }
        self.head_ui(ui, view, answer, out);
        // What is shown is older than what is asked, or than the model.
        let is_stale = self.asked.is_some() || view.session.gap_stale;
        if is_stale {
            let key = if is_measuring {
                "gap-measuring"
            } else {
                "gap-stale"
            };
            parts::quiet(ui, &view.text.get(key));
            ui.multiply_opacity(0.55);
        }
        parts::card(ui, |ui| self.heat_ui(ui, view, loaded, answer));
        if let Some(stretch) = answer
            .stretches
            .get(self.stretch.min(answer.stretches.len().saturating_sub(1)))
        {
            self.overlay_ui(ui, view, loaded, answer, stretch);
        }
        parts::card(ui, |ui| scores_ui(ui, view, loaded, answer));
        parts::card(ui, |ui| causes_ui(ui, view, answer));
    }

    fn head_ui(&mut self, ui: &mut Ui, view: &View<'_>, answer: &GapAnswer, out: &mut Outbox) {
        let text = view.text;
        ui.horizontal(|ui| {
            parts::page_title(ui, &text.get("gap-title"));
            ui.add_space(GAP_M);
            // What is measured now, else what the numbers below are of: never a choice that nobody follows.
            let (split, horizon) = match self.asked {
                Some(GapCommand::Measure(split, horizon)) => (split, horizon),
                None => (answer.request.split, answer.request.horizon_steps),
            };
            let shown = text.get(&format!("split-{}", split.name()));
            let mut chosen = None;
            let combo = ComboBox::from_id_salt("gap-split")
                .selected_text(shown.as_str())
                .show_ui(ui, |ui| {
                    for other in Split::ALL {
                        let words = text.get(&format!("split-{}", other.name()));
                        if ui.selectable_label(other == split, words).clicked() && other != split {
                            chosen = Some((other, horizon));
                        }
                    }
                });
            let named = || WidgetInfo::labeled(Role::ComboBox, true, shown.as_str());
            combo.response.widget_info(named);
            for (key, other) in [("gap-full", None), ("gap-60", Some(60))] {
                if parts::choice(ui, &text.get(key), other == horizon).clicked() {
                    chosen = Some((split, other));
                }
            }
            if let Some((split, horizon)) = chosen {
                let asked = GapCommand::Measure(split, horizon);
                self.asked = Some(asked.clone());
                out.post(Command::Gap(asked));
            }
        });
        let horizon = answer.request.horizon_steps.map_or_else(
            || text.get("gap-whole"),
            |steps| text.with("gap-steps", &[("n", &text::number(steps as f64, 0))]),
        );
        let split_name = text.get(&format!("split-{}", answer.request.split.name()));
        let warmup = answer.request.warmup_steps.to_string();
        let args = [
            ("split", split_name.as_str()),
            ("horizon", horizon.as_str()),
            ("warmup", warmup.as_str()),
        ];
        parts::quiet(ui, &text.with("gap-what", &args));
    }

    fn heat_ui(&mut self, ui: &mut Ui, view: &View<'_>, loaded: &Loaded, answer: &GapAnswer) {
        parts::card_title(ui, &view.text.get("gap-heat"));
        parts::caption(ui, &view.text.get("gap-heat-hint"));
        let secs = loaded.dataset.step_secs;
        let column = |step: &usize| format!("+{}", text::duration(*step as f64 * secs, view.text));
        let map = HeatMap {
            rows: answer
                .channels
                .iter()
                .map(|&channel| loaded.dataset.channels[channel].name.clone())
                .collect(),
            columns: answer.heat_steps.iter().map(column).collect(),
            values: answer.heat.clone(),
            selected: self.row(answer),
            empty: view.text.get("gap-no-rows"),
        };
        if let Some(row) = heat_map_ui(ui, &map) {
            self.selected = Some(row);
        }
    }

    /// The row that is looked at.
    fn row(&self, answer: &GapAnswer) -> usize {
        let last = answer.channels.len().saturating_sub(1);
        let errors = answer.scores.iter().map(|score| score.nrmse).enumerate();
        let worst = || {
            errors
                .filter(|(_, error)| error.is_finite())
                .max_by(|one, two| one.1.total_cmp(&two.1))
                .map_or(0, |(row, _)| row)
        };
        self.selected.unwrap_or_else(worst).min(last)
    }

    /// Starts a new clock where another stretch is shown, or more or less of it.
    fn keep_clock(&mut self, dataset: &Dataset, place: (usize, usize, usize)) {
        if self.clock.is_some() && self.clock_of == place {
            return;
        }
        let (episode, start, n_steps) = place;
        let episode = dataset.episodes.get(episode);
        self.clock = episode.map(|episode| clock_at(dataset, episode, start, n_steps));
        self.clock_of = place;
    }

    fn overlay_ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        loaded: &Loaded,
        answer: &GapAnswer,
        stretch: &StretchTrace,
    ) {
        let row = self.row(answer);
        let Some(&channel) = answer.channels.get(row) else {
            return;
        };
        let dataset = &loaded.dataset;
        let n_steps = stretch.mean.get(row).map_or(0, Vec::len);
        self.keep_clock(dataset, (stretch.episode, stretch.start, n_steps));
        let Some(clock) = &mut self.clock else { return };
        clock.axis.locale = view.text.locale();
        let meta = &dataset.channels[channel];
        let theme = Theme::of(ui);
        let (overlay, residual) = overlay_lanes(stretch, row, dataset.step_secs, theme);
        parts::card(ui, |ui| {
            let legend = [
                (view.text.get("gap-legend-measured"), theme.real()),
                (view.text.get("gap-legend-predicted"), theme.a()),
            ];
            lane_head_ui(ui, &meta.name, &meta.unit, &legend);
            let zone = dataset.zone_name();
            let zone = zone.map(|zone| view.text.with("plot-zone", &[("zone", &zone)]));
            let mut words = vec![view.text.get("gap-overlay")];
            words.extend(zone);
            parts::caption(ui, &words.join(" · "));
            lane_ui(ui, &overlay, clock);
            parts::caption(ui, &view.text.get("gap-residual"));
            lane_ui(ui, &residual, clock);
            if let Some(anomaly) = &view.session.anomaly
                && let Some(channel) = surprise_ui(ui, view, loaded, anomaly, stretch, clock)
                && let Some(row) = answer.channels.iter().position(|&one| one == channel)
            {
                self.selected = Some(row);
            }
            if answer.stretches.len() > 1 {
                ui.horizontal(|ui| {
                    stretch_buttons_ui(ui, view, &mut self.stretch, answer.stretches.len());
                });
            }
        });
    }
}

/// The clock of a stretch that is `n_steps` long.
fn clock_at(dataset: &Dataset, episode: &Episode, start: usize, n_steps: usize) -> LaneClock {
    let range = 0.0..=(n_steps.max(2) - 1) as f64 * dataset.step_secs;
    LaneClock {
        axis: TimeAxis {
            zero_ns: episode.time_ns(start, dataset.step_secs),
            has_clock: dataset.has_clock,
            offset_secs: dataset.shown_offset_secs(),
            locale: Locale::default(),
        },
        full: range.clone(),
        range,
        cursor: None,
    }
}

fn stretch_buttons_ui(ui: &mut Ui, view: &View<'_>, stretch: &mut usize, n_stretches: usize) {
    if parts::button(ui, &view.text.get("gap-earlier")).clicked() {
        *stretch = stretch.saturating_sub(1);
    }
    if parts::button(ui, &view.text.get("gap-later")).clicked() {
        *stretch = (*stretch + 1).min(n_stretches - 1);
    }
    let (n, of) = ((*stretch + 1).to_string(), n_stretches.to_string());
    parts::caption(
        ui,
        &view.text.with("gap-stretch", &[("n", &n), ("of", &of)]),
    );
}

/// Predicted against measured, and predicted − measured under it; at most 2,000 points a line.
fn overlay_lanes(
    stretch: &StretchTrace,
    output: usize,
    step_secs: f64,
    theme: Theme,
) -> (Lane, Lane) {
    let (real, mean) = (&stretch.real[output], &stretch.mean[output]);
    let (lo, hi) = (&stretch.lo90[output], &stretch.hi90[output]);
    let stride = mean.len().div_ceil(2_000).max(1);
    let kept: Vec<usize> = (0..mean.len()).step_by(stride).collect();
    let x = |step: usize| step as f64 * step_secs;
    let points =
        |value: &dyn Fn(usize) -> f64| kept.iter().map(|&step| [x(step), value(step)]).collect();
    let trace = |name: &str, points: Vec<[f64; 2]>, color, width| Trace {
        name: name.to_owned(),
        points,
        color,
        width,
        has_dots: false,
    };
    // A slow sensor's readings are thinned among themselves: every n-th step could miss them all.
    let measured = |name: &str, column: &[f64], color, width| {
        let line = Measured::of(column, 0.0, step_secs).thinned(2_000);
        Trace {
            has_dots: line.is_slow && line.points.len() < MOST_DOTS,
            ..trace(name, line.points, color, width)
        }
    };
    let missed: Vec<f64> = mean
        .iter()
        .zip(real)
        .map(|(mean, real)| mean - real)
        .collect();
    let overlay = Lane {
        id: "gap-overlay".to_owned(),
        label: "overlay".to_owned(),
        height: 190.0,
        has_times: true,
        areas: vec![Area {
            name: "band".to_owned(),
            xs: kept.iter().map(|&step| x(step)).collect(),
            lo: kept.iter().map(|&step| lo[step]).collect(),
            hi: kept.iter().map(|&step| hi[step]).collect(),
            color: theme.a().gamma_multiply(BAND90_ALPHA),
            is_hatched: false,
        }],
        traces: vec![
            measured("real", real, theme.real(), 1.0),
            trace("predicted", points(&|step| mean[step]), theme.a(), 2.0),
        ],
        ..Lane::default()
    };
    let residual = Lane {
        id: "gap-residual".to_owned(),
        label: "residual".to_owned(),
        height: 76.0,
        zero: Some(0.0),
        traces: vec![measured("residual", &missed, theme.delta(), 1.2)],
        ..Lane::default()
    };
    (overlay, residual)
}

fn scores_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded, answer: &GapAnswer) {
    let theme = Theme::of(ui);
    parts::card_title(ui, &view.text.get("gap-scores"));
    let heads = [
        "gap-channel",
        "gap-rmse",
        "gap-nrmse",
        "gap-bias",
        "gap-lag",
        "gap-coverage",
        "gap-width",
        "gap-skill",
    ];
    let heads = heads.map(|key| view.text.get(key));
    let rows: Vec<[String; 7]> = (0..answer.scores.len())
        .map(|row| score_cells(answer, row))
        .collect();
    let widths = [0, 1, 2, 3, 4, 5, 6].map(|column| {
        let head = parts::text_width(ui, &heads[column + 1], theme::caption());
        let cells = (rows.iter()).map(|row| parts::text_width(ui, &row[column], theme::dense()));
        cells.fold(head, f32::max).ceil()
    });
    let scored = answer.scores.iter().zip(&rows);
    ScrollArea::horizontal()
        .id_salt("gap-scores-scroll")
        .show(ui, |ui| {
            Grid::new("gap-scores")
                .num_columns(heads.len())
                .spacing(vec2(20.0, 6.0))
                .show(ui, |ui| {
                    parts::caption(ui, &heads[0]);
                    for (head, width) in heads[1..].iter().zip(widths) {
                        parts::number_caption(ui, width, head);
                    }
                    ui.end_row();
                    for ((score, row), &channel) in scored.zip(&answer.channels) {
                        let meta = &loaded.dataset.channels[channel];
                        let name = format!("{} {}", meta.name, meta.unit);
                        ui.label(parts::rich(name, theme::dense(), theme.fg()));
                        let is_worse = score.skill_vs_persistence < 0.0;
                        for (position, (cell, width)) in row.iter().zip(widths).enumerate() {
                            let is_skill = position + 1 == row.len();
                            let color = if is_skill && is_worse {
                                theme.bad()
                            } else {
                                theme.fg()
                            };
                            parts::number_cell(ui, width, cell, color);
                        }
                        ui.end_row();
                    }
                });
        });
}

/// The numbers of an output, in the order of the table's heads.
fn score_cells(answer: &GapAnswer, row: usize) -> [String; 7] {
    let score = &answer.scores[row];
    [
        text::measure(score.rmse),
        text::number(score.nrmse, 3),
        text::signed(score.bias, score.rmse),
        score.lag_steps.to_string().replace('-', "−"),
        text::percent(score.coverage90),
        text::measure(score.width90),
        text::percent(score.skill_vs_persistence),
    ]
}

fn causes_ui(ui: &mut Ui, view: &View<'_>, answer: &GapAnswer) {
    let theme = Theme::of(ui);
    parts::card_title(ui, &view.text.get("gap-causes"));
    if answer.causes.is_empty() {
        parts::quiet(ui, &view.text.get("gap-no-causes"));
    }
    for cause in answer.causes.iter().take(6) {
        let (title, evidence, action) = trust::localized_cause(cause, view.text);
        ui.add_space(GAP_S);
        ui.horizontal(|ui| {
            ui.label(parts::rich(title, theme::dense_bold(), theme.fg()));
            ui.label(parts::rich(&cause.channel, theme::caption(), theme.fg3()));
            parts::progress_bar(ui, Some(cause.strength), 60.0, &cause.channel);
        });
        parts::quiet(ui, &evidence);
        ui.label(parts::rich(
            format!("→ {action}"),
            theme::dense(),
            theme.fg(),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_another_length_is_shown_as_a_whole() {
        let dataset = Dataset {
            step_secs: 10.0,
            episodes: vec![Episode {
                name: "day".to_owned(),
                start_ns: 0,
                columns: vec![vec![0.0; 300]],
            }],
            ..Dataset::default()
        };
        let mut panel = GapPanel::default();
        panel.keep_clock(&dataset, (0, 50, 201));
        assert_eq!(
            panel.clock.as_ref().map(|it| it.range.clone()),
            Some(0.0..=2000.0)
        );
        panel.keep_clock(&dataset, (0, 50, 61));
        assert_eq!(
            panel.clock.as_ref().map(|it| it.range.clone()),
            Some(0.0..=600.0)
        );
    }
}
