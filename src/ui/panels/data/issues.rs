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
            parts::caption(ui, &counts(view, &issues));
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

fn counts(view: &View<'_>, issues: &[&Issue]) -> String {
    let of = |severity| {
        let n = issues
            .iter()
            .filter(|issue| issue.severity == severity)
            .count();
        number(n as f64, 0)
    };
    let (errors, warnings, infos) = (
        of(Severity::Error),
        of(Severity::Warning),
        of(Severity::Info),
    );
    let args = [
        ("errors", errors.as_str()),
        ("warnings", warnings.as_str()),
        ("infos", infos.as_str()),
    ];
    view.text.with("ui-issues-counts", &args)
}

/// One issue: symbol, words, place.
pub(super) fn issue_ui(ui: &mut Ui, view: &View<'_>, issue: &Issue) {
    let theme = Theme::of(ui);
    let args: Vec<(&str, &str)> = issue
        .args
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let words = view
        .text
        .or(&format!("issue-{}", issue.code), &args, &issue.text);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP_S;
        parts::severity_mark(ui, issue.severity);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(rich(words, theme::dense(), theme.fg())).wrap());
            let place = issue.place.to_string();
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
