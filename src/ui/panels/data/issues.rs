//! What was odd in the files, worst first, each with its place.

use eframe::egui::{Button, Ui};

use super::excerpt::excerpt_ui;
use crate::{
    app::{Command, ImportCommand, Loaded},
    base::{Issue, Place, Severity},
    data::{Channel, Dataset},
    ui::{
        Outbox, View,
        parts::{self, rich},
        text::number,
        theme::{self, GAP_S, GAP_XS, Theme},
    },
};

/// Issues drawn at once; the rest is counted.
const SHOWN: usize = 200;

/// The channel whose grade an issue explains; its row counts steps, not lines of a file.
pub(super) fn is_finding(issue: &Issue, dataset: &Dataset) -> Option<usize> {
    issue.place.column.as_ref()?;
    let mut channels = dataset.channels.iter();
    channels.position(|channel| is_about(issue, channel))
}

/// Whether an issue is one of the findings behind a channel's grade; one of the whole file may be.
pub(super) fn is_about(issue: &Issue, channel: &Channel) -> bool {
    let column = issue.place.column.as_ref();
    column.is_none_or(|column| *column == channel.name)
        && channel.findings.iter().any(|code| code == issue.code)
}

/// Draws the list; the channel whose evidence was asked for.
pub(super) fn issues_ui(
    ui: &mut Ui,
    view: &View<'_>,
    loaded: &Loaded,
    out: &mut Outbox,
) -> Option<usize> {
    let mut chosen = None;
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
    for (number, issue) in issues.iter().take(SHOWN).enumerate() {
        if is_finding(issue, &loaded.dataset).is_some() {
            parts::issue_row(
                ui,
                issue.severity,
                &view.text.issue(issue),
                &finding_place(view, issue),
            );
        } else {
            issue_ui(ui, view, issue);
        }
        let asked = ui.push_id(number, |ui| way_on_ui(ui, view, (loaded, issue), out));
        chosen = asked.inner.or(chosen);
    }
    if issues.len() > SHOWN {
        let rest = number((issues.len() - SHOWN) as f64, 0);
        parts::quiet(ui, &view.text.with("ui-issues-more", &[("n", &rest)]));
    }
    sources_ui(ui, view, loaded);
    chosen
}

/// From an issue to its place: the curve of its channel, or the lines of its file.
fn way_on_ui(
    ui: &mut Ui,
    view: &View<'_>,
    (loaded, issue): (&Loaded, &Issue),
    out: &mut Outbox,
) -> Option<usize> {
    if let Some(channel) = is_finding(issue, &loaded.dataset) {
        let words = view.text.get("ui-issue-curve");
        return link_ui(ui, &words).then_some(channel);
    }
    let row = issue.place.row?;
    if loaded.import.sources.is_empty() {
        return None;
    }
    let shown = view.session.excerpt.as_ref();
    if let Some(excerpt) = shown.filter(|excerpt| excerpt.place == issue.place) {
        excerpt_ui(ui, view, excerpt, out);
        return None;
    }
    let row = row.to_string();
    let words = view.text.with("ui-issue-line", &[("row", &row)]);
    if link_ui(ui, &words) {
        let place = issue.place.clone();
        out.post(Command::Import(ImportCommand::ShowPlace(place)));
    }
    None
}

/// A quiet button under an issue's words.
fn link_ui(ui: &mut Ui, words: &str) -> bool {
    let theme = Theme::of(ui);
    let clicked = ui
        .horizontal(|ui| {
            ui.add_space(14.0 + GAP_S - 4.0);
            ui.spacing_mut().button_padding = eframe::egui::vec2(4.0, 1.0);
            ui.spacing_mut().interact_size.y = 18.0;
            let label = rich(words, theme::caption(), theme.a());
            ui.add(Button::new(label).frame(false)).clicked()
        })
        .inner;
    ui.add_space(GAP_XS);
    clicked
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
    let (words, place) = (view.text.issue(issue), view.text.place(&issue.place));
    parts::issue_row(ui, issue.severity, &words, &place);
}

/// The place of a finding: its row counts steps of the recording, not lines of a file.
fn finding_place(view: &View<'_>, issue: &Issue) -> String {
    let place = Place {
        row: None,
        ..issue.place.clone()
    };
    let mut words = view.text.place(&place);
    if let Some(step) = issue.place.row {
        let step = number(step as f64, 0);
        words.push_str(&view.text.get("place-comma"));
        words.push_str(&view.text.with("ui-issue-step", &[("step", &step)]));
    }
    words
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
