//! What a training may try otherwise than by default, folded away.

use eframe::egui::{CollapsingHeader, Ui};

use crate::{
    app::{Attention, FramesWay, Fusion, Loaded, SensesWay, TrainingPlan},
    ui::{
        View,
        parts::{self, rich},
        theme::{self, GAP_S, GAP_XS, Theme},
    },
};

/// The choices; those for records beside the sensors only where there are such records.
pub(super) fn options_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded, plan: &mut TrainingPlan) {
    let color = Theme::of(ui).fg2();
    let title = rich(view.text.get("ui-model-options"), theme::dense(), color);
    CollapsingHeader::new(title)
        .id_salt("training-options")
        .show(ui, |ui| {
            let ways = Attention::ALL.map(|way| (way, format!("ui-transformer-{}", way.name())));
            row_ui(
                ui,
                view,
                "ui-option-transformer",
                &ways,
                &mut plan.transformer,
            );
            let media = &loaded.dataset.media;
            if !(media.frames.is_empty() && media.clips.is_empty()) {
                let ways = SensesWay::ALL.map(|way| (way, format!("ui-senses-{}", way.name())));
                row_ui(ui, view, "ui-option-senses", &ways, &mut plan.senses);
            }
            if !media.tracks.is_empty() {
                let ways = Fusion::ALL.map(|way| (way, format!("ui-fusion-{}", way.name())));
                row_ui(ui, view, "ui-option-fusion", &ways, &mut plan.fusion);
            }
            if !media.frames.is_empty() {
                let ways = FramesWay::ALL.map(|way| (way, format!("ui-frames-{}", way.name())));
                row_ui(ui, view, "ui-option-frames", &ways, &mut plan.frames);
            }
            parts::caption(ui, &view.text.get("ui-model-options-note"));
        });
}

/// One question with its answers side by side; the first is the default.
fn row_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    view: &View<'_>,
    title: &str,
    ways: &[(T, String)],
    chosen: &mut T,
) {
    parts::caption(ui, &view.text.get(title));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_XS;
        for (way, key) in ways {
            if parts::choice(ui, &view.text.get(key), *chosen == *way).clicked() {
                *chosen = *way;
            }
        }
    });
    ui.add_space(GAP_S);
}
