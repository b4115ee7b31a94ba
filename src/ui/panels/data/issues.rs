//! What was odd in the files, worst first, each with its place.

use eframe::egui::{Label, Ui};

use crate::{
    app::Loaded,
    base::{Issue, Severity},
    ui::{
        View,
        parts::{self, rich},
        text::number,
        theme::{self, GAP_S, GAP_XS, Theme},
    },
};

/// Issues drawn at once; the rest is counted.
const SHOWN: usize = 200;

/// Draws the list.
pub(super) fn issues_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded) {
    let mut issues: Vec<&Issue> = loaded.import.issues.iter().chain(&loaded.issues).collect();
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.severity));
    parts::split_row(
        ui,
        |ui| parts::card_title(ui, &view.text.get("ui-issues")),
        |ui| {
            ui.spacing_mut().item_spacing.x = GAP_XS;
            counts_ui(ui, view, &issues);
        },
    );
    ui.add_space(GAP_XS);
    if issues.is_empty() {
        parts::quiet(ui, &view.text.get("ui-issues-none"));
    }
    for issue in issues.iter().take(SHOWN) {
        issue_ui(ui, view, issue);
    }
    if issues.len() > SHOWN {
        let rest = number((issues.len() - SHOWN) as f64, 0);
        parts::quiet(ui, &view.text.with("ui-issues-more", &[("n", &rest)]));
    }
    sources_ui(ui, view, loaded);
}

/// How many of each severity, each with its symbol, worst first.
fn counts_ui(ui: &mut Ui, view: &View<'_>, issues: &[&Issue]) {
    for severity in [Severity::Info, Severity::Warning, Severity::Error] {
        let n = issues
            .iter()
            .filter(|issue| issue.severity == severity)
            .count();
        if n == 0 {
            continue;
        }
        let color = Theme::of(ui).severity(severity);
        let name = view.text.get(&format!("severity-{}", severity.name()));
        ui.label(rich(number(n as f64, 0), theme::dense(), color))
            .on_hover_text(name);
        parts::severity_mark(ui, severity);
        ui.add_space(GAP_XS);
    }
}

/// One issue: symbol, words, place.
pub(super) fn issue_ui(ui: &mut Ui, view: &View<'_>, issue: &Issue) {
    let theme = Theme::of(ui);
    let words = view.text.issue(issue);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_S;
        parts::severity_mark(ui, issue.severity);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(rich(words, theme::dense(), theme.fg())).wrap());
            let place = view.text.place(&issue.place);
            ui.add(Label::new(rich(place, theme::caption(), theme.fg3())).wrap());
        });
    });
    ui.add_space(GAP_XS);
}

fn sources_ui(ui: &mut Ui, view: &View<'_>, loaded: &Loaded) {
    if loaded.import.sources.is_empty() {
        return;
    }
    ui.add_space(GAP_S);
    ui.separator();
    ui.add_space(GAP_XS);
    parts::card_title(ui, &view.text.get("ui-sources"));
    for source in &loaded.import.sources {
        parts::quiet(ui, source);
    }
}
