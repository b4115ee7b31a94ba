//! The race table, the winner of each channel, what each modality brought, what was noticed.

use std::cmp::Ordering;

use eframe::egui::{Grid, Label, Ui};

use crate::{
    app::{CandidateScore, FittedModel, Loaded, Tier, TrainingView},
    ui::{
        View,
        parts::{self, number_caption, number_cell, rich},
        text::{duration, measure, number, percent},
        theme::{self, GAP_L, GAP_S, GAP_XS, Theme},
    },
};

/// Width of a number's column.
const CELL: f32 = 84.0;

/// Notes drawn at once; the rest is counted.
const SHOWN: usize = 30;

/// A whole number.
pub(super) fn whole(value: f64) -> String {
    number(value, 0)
}

/// One row a candidate, best first, and how far the best beats the simplest.
pub(super) fn race_ui(
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    training: Option<&TrainingView>,
) {
    parts::card_title(ui, &view.text.get("ui-race"));
    let running = training.map(|training| training.scores.as_slice());
    let saved = loaded.model.as_ref().map(|model| model.scores());
    let mut scores: Vec<&CandidateScore> = match running {
        Some(scores) if !scores.is_empty() => scores.iter().collect(),
        _ => saved.unwrap_or_default().iter().collect(),
    };
    let is_of_model = saved.is_some_and(|saved| is_same_race(saved, &scores));
    if scores.is_empty() {
        parts::quiet(ui, &view.text.get("ui-race-empty"));
        return;
    }
    // Of those whose shown errors are the same the simpler one comes first.
    let shown = |score: &CandidateScore| measure(score.rmse_norm);
    scores.sort_by_key(|score| score.n_params);
    scores.sort_by(|a, b| {
        if shown(a) == shown(b) {
            Ordering::Equal
        } else {
            a.rmse_norm.total_cmp(&b.rmse_norm)
        }
    });
    if let Some(words) = race_words(view, &scores) {
        parts::quiet(ui, &words);
        ui.add_space(GAP_XS);
    }
    Grid::new("race")
        .num_columns(5)
        .spacing([GAP_L, GAP_S])
        .min_col_width(72.0)
        .show(ui, |ui| {
            parts::caption(ui, &view.text.get("ui-race-candidate"));
            for key in [
                "ui-race-rmse",
                "ui-race-crps",
                "ui-race-params",
                "ui-race-secs",
            ] {
                number_caption(ui, CELL, &view.text.get(key));
            }
            ui.end_row();
            for (position, score) in scores.iter().enumerate() {
                score_ui(ui, view, score, position == 0 && score.rmse_norm < 1.0);
                ui.end_row();
            }
            if let Some(model) = loaded.model.as_ref().filter(|_| is_of_model) {
                together_ui(ui, view, model);
                ui.end_row();
            }
        });
    ui.add_space(GAP_XS);
    parts::caption(ui, &view.text.get("ui-race-unit"));
}

/// Whether these are the scores that the model which answers came out of.
fn is_same_race(saved: &[CandidateScore], shown: &[&CandidateScore]) -> bool {
    let is_in = |score: &CandidateScore| {
        let mut shown = shown.iter();
        shown.any(|one| {
            one.tier == score.tier && one.rmse_norm.to_bits() == score.rmse_norm.to_bits()
        })
    };
    saved.len() == shown.len() && saved.iter().all(is_in)
}

/// What answers: of each channel the best candidate, or several by their shares.
fn together_ui(ui: &mut Ui, view: &View<'_>, model: &FittedModel) {
    let theme = Theme::of(ui);
    let known = model.rmse_norm().iter().filter(|error| error.is_finite());
    let error = known.clone().sum::<f64>() / known.count() as f64;
    let name = view.text.get("ui-race-together");
    ui.label(rich(name, theme::dense_bold(), theme.fg()));
    number_cell(ui, CELL, &measure(error), theme.fg());
    for _unknown in 0..3 {
        number_cell(ui, CELL, "–", theme.fg2());
    }
}

fn score_ui(ui: &mut Ui, view: &View<'_>, score: &CandidateScore, is_best: bool) {
    let theme = Theme::of(ui);
    let (font, color) = if is_best {
        (theme::dense_bold(), theme.ok())
    } else {
        (theme::dense(), theme.fg())
    };
    let name = view.text.get(&format!("tier-{}", score.tier.name()));
    let name = if is_best { format!("● {name}") } else { name };
    ui.label(rich(name, font, color));
    number_cell(ui, CELL, &measure(score.rmse_norm), theme.fg());
    number_cell(ui, CELL, &measure(score.crps_norm), theme.fg());
    number_cell(ui, CELL, &whole(score.n_params as f64), theme.fg2());
    let secs = if view.is_test {
        "–".to_owned()
    } else {
        duration(score.fit_secs, view.text)
    };
    number_cell(ui, CELL, &secs, theme.fg2());
}

/// “The neural model errs 23 % less than the naive one.”
fn race_words(view: &View<'_>, scores: &[&CandidateScore]) -> Option<String> {
    let best = scores.first()?;
    let naive = scores.iter().find(|score| score.tier == Tier::Naive)?;
    if best.tier == Tier::Naive {
        return (scores.len() > 1).then(|| view.text.get("ui-race-naive-wins"));
    }
    if best.rmse_norm >= 1.0 {
        return Some(view.text.get("ui-race-mean-wins"));
    }
    let less = percent(1.0 - best.rmse_norm / naive.rmse_norm);
    let tier = view.text.get(&format!("tier-{}", best.tier.name()));
    let args = [("tier", tier.as_str()), ("less", less.as_str())];
    Some(view.text.with("ui-race-words", &args))
}

/// Which candidate answers for which channel.
pub(super) fn winners_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded) {
    let Some(model) = &loaded.model else {
        return;
    };
    ui.add_space(GAP_XS);
    parts::card(ui, |ui| {
        let theme = Theme::of(ui);
        parts::card_title(ui, &view.text.get("ui-winners"));
        parts::quiet(ui, &view.text.get("ui-winners-lead"));
        Grid::new("winners")
            .num_columns(2)
            .spacing([GAP_L, GAP_XS])
            .show(ui, |ui| {
                for (output, name) in model.output_names().iter().enumerate() {
                    ui.label(rich(name, theme::dense(), theme.fg()));
                    let shares = model.shares(output).into_iter();
                    let words: Vec<String> = shares
                        .map(|(tier, share)| {
                            let tier = view.text.get(&format!("tier-{}", tier.name()));
                            match share {
                                1.0 => tier,
                                _ => format!("{tier} {}", percent(share)),
                            }
                        })
                        .collect();
                    let words = words.join(" + ");
                    ui.label(rich(words, theme::dense(), theme.fg2()));
                    ui.end_row();
                }
            });
        ui.add_space(GAP_XS);
        let members = whole(model.n_members() as f64);
        let device = model.device().to_uppercase();
        let args = [("members", members.as_str()), ("device", device.as_str())];
        parts::caption(ui, &view.text.with("ui-model-made", &args));
    });
}

/// What pictures, sound and checklists brought, in words.
pub(super) fn modalities_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded) {
    let Some(model) = &loaded.model else {
        return;
    };
    if model.modalities().is_empty() {
        return;
    }
    ui.add_space(GAP_XS);
    parts::card(ui, |ui| {
        let theme = Theme::of(ui);
        parts::card_title(ui, &view.text.get("ui-modalities"));
        for gain in model.modalities() {
            let modality = view.text.get(&format!("modality-{}", gain.modality.name()));
            let share = percent(gain.gain.abs());
            let args = [("modality", modality.as_str()), ("gain", share.as_str())];
            let key = match (gain.used, gain.gain > 0.0) {
                (true, _) => "ui-modality-used",
                (false, true) => "ui-modality-little",
                (false, false) => "ui-modality-unused",
            };
            let color = if gain.used { theme.fg() } else { theme.fg2() };
            let words = rich(view.text.with(key, &args), theme::dense(), color);
            ui.add(Label::new(words).wrap());
        }
    });
}

/// What training noticed in the data and did about it.
pub(super) fn notes_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded) {
    let notes = loaded.model.as_ref().map_or(&[][..], |model| model.notes());
    if notes.is_empty() {
        return;
    }
    ui.add_space(GAP_XS);
    parts::card(ui, |ui| {
        parts::card_title(ui, &view.text.get("ui-training-notes"));
        for note in notes.iter().take(SHOWN) {
            let (words, place) = (view.text.issue(note), view.text.place(&note.place));
            parts::issue_row(ui, note.severity, &words, &place);
        }
        if notes.len() > SHOWN {
            let rest = whole((notes.len() - SHOWN) as f64);
            parts::quiet(ui, &view.text.with("ui-issues-more", &[("n", &rest)]));
        }
    });
}
