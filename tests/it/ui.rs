//! The window by label and role, without a GPU: every panel in every state, language and look.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use eframe::egui::{
    DroppedFile, Key, Modifiers, OutputCommand, Vec2, ViewportCommand, ViewportEvent, ViewportId,
    accesskit::Toggled,
};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use gemba::{
    app::{
        Attention, CandidateScore, Command, Coverage, Dialog, Excerpt, GapCommand, ImportCommand,
        JobCommand, JobState, JobView, Loaded, Message, Panel, Preset, Preview, PreviewZone,
        ProjectCommand, RecipeDraft, ReportCommand, ScenarioCommand, Session, Tier, TimeChoice,
        TrainingCommand, TrainingPlan, TrainingView, Unfinished, WindowCommand,
    },
    base::{Issue, Issues, Locale, Phrase, Place, Severity, Text, format_time},
    data::{Channel, Frame, Grade, Pyramid, Role, Split},
    engine::{
        AnomalySpan, CompareRequest, GapRequest, ImportRecord, compare, find_anomalies, inspect_gap,
    },
    metrics::LimitLine,
    scenario::{Edit, EditOp, ScenarioSpec, StartSpec},
    trust::{SupportModel, Verdict, no_skill},
    ui::{Outbox, Screen, Theme, View},
};

use crate::{
    app::{empty_gap, loaded_at, outdated},
    support::{Bench, example},
};

/// A window over a session that the test sets.
struct Window {
    screen: Screen,
    session: Session,
    text: Text,
    out: Outbox,
}

fn window(session: Session) -> Harness<'static, Window> {
    let dark = session.dark;
    let state = Window {
        text: Text::new(session.locale),
        screen: Screen::new(),
        session,
        out: Outbox::default(),
    };
    Harness::builder()
        .with_size(Vec2::new(1400.0, 900.0))
        .with_context_setup(move |ctx| {
            Theme::load_fonts(ctx);
            Theme::apply(ctx, dark);
        })
        .build_ui_state(
            |ui, window: &mut Window| {
                let view = View {
                    session: &window.session,
                    text: &window.text,
                    is_test: true,
                };
                window.screen.ui(ui, &view, &mut window.out);
            },
            state,
        )
}

fn posted(harness: &mut Harness<'_, Window>) -> Vec<Command> {
    harness.state_mut().out.take()
}

/// Every label that a screen reader would say.
fn labels(harness: &Harness<'_, Window>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![harness.root()];
    while let Some(node) = open.pop() {
        let accessible = node.accesskit_node();
        found.extend(accessible.label());
        found.extend(accessible.value());
        open.extend(node.children());
    }
    found
}

/// A key that no locale file has would be shown as it is.
fn is_raw_key(label: &str) -> bool {
    let mut parts = label.split('-');
    let is_word = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit())
    };
    label.contains('-') && parts.all(is_word)
}

fn assert_words(harness: &Harness<'_, Window>, what: &str) {
    let raw: Vec<String> = labels(harness)
        .into_iter()
        .filter(|label| is_raw_key(label))
        .collect();
    assert!(raw.is_empty(), "{what} shows keys: {raw:?}");
}

fn job(kind: &'static str, state: JobState) -> JobView {
    JobView {
        id: 7,
        kind,
        cause: "why-user",
        state,
        stage: "reading",
        done_frac: Some(0.4),
        detail: "log.csv".into(),
        secs: 3.0,
    }
}

fn loading(mut session: Session) -> Session {
    session.jobs.push(job("example", JobState::Running));
    session
}

fn broken(mut session: Session) -> Session {
    session.jobs.push(job("import", JobState::Failed));
    session.messages.push(Message {
        id: 3,
        job: "",
        severity: Severity::Error,
        text: "no column looks like a time".into(),
        hint: Some("name the time column in a recipe".into()),
        path: None,
    });
    session
}

fn project() -> Loaded {
    let mut loaded = loaded_at("/data/line.gemba");
    let mut dataset = (*loaded.dataset).clone();
    dataset.channels[1].grade = Grade::D;
    dataset.channels[1].findings = vec!["stuck".to_owned()];
    dataset.channels[1].role_confidence = 0.4;
    dataset.media.frames = (0..40)
        .map(|minute| Frame {
            time_ns: 1_767_607_200_000_000_000 + minute * 60_000_000_000,
            source: format!("{minute}.png"),
            thumb_width: 4,
            thumb_height: 3,
            thumb_rgb: vec![120; 36],
        })
        .collect();
    loaded.dataset = Arc::new(dataset);
    let issue = |severity| {
        let place = Place::file("log.csv").at_row(12).in_column("ambient");
        Issue::new(place, severity, "no-such-code", "a value was left out")
    };
    loaded.import = Arc::new(ImportRecord {
        sources: vec!["/data/log.csv".to_owned()],
        n_rows: 1234,
        issues: [Severity::Info, Severity::Warning, Severity::Error]
            .map(issue)
            .to_vec(),
        ..ImportRecord::default()
    });
    loaded
}

fn full(mut session: Session) -> Session {
    let loaded = project();
    let pyramids = loaded
        .dataset
        .episodes
        .iter()
        .map(|episode| episode.columns.iter().map(|c| Pyramid::build(c)).collect())
        .collect();
    session.pyramids = Arc::new(pyramids);
    session.coverage = Arc::new(Coverage::of(&loaded.dataset));
    session.loaded = Some(loaded);
    session.desk.recent = vec![PathBuf::from("/data/other.gemba")];
    let score = |tier, rmse_norm| CandidateScore {
        tier,
        n_params: 1200,
        fit_secs: 1.0,
        rmse_norm,
        crps_norm: rmse_norm / 2.0,
        rmse_norm_by_channel: vec![rmse_norm],
    };
    session.training = Some(TrainingView {
        train_curve: (0..50).map(|step| (f64::from(step), 1.0)).collect(),
        val_curve: vec![(0.0, 1.0), (40.0, 0.5)],
        scores: vec![score(Tier::Naive, 0.9), score(Tier::Linear, 0.3)],
        done_frac: 0.5,
        left_secs: Some(30.0),
        ..TrainingView::default()
    });
    session.jobs.push(job("train", JobState::Running));
    session.jobs.push(job("compare", JobState::Cancelled));
    session
}

fn preview() -> Preview {
    let mut issues = Issues::new();
    let place = Place::file("log.csv");
    issues.push(Issue::new(place, Severity::Warning, "no-such-code", "odd"));
    Preview {
        source: "充填ログ.csv".to_owned(),
        n_header_rows: 1,
        time_columns: vec!["日時".to_owned()],
        encoding: "Shift_JIS".to_owned(),
        delimiter: "tab".to_owned(),
        decimal: '.',
        time: "日時 (%Y/%m/%d %H:%M)".to_owned(),
        channels: vec![Channel::new("温度", Role::Observation, "℃")],
        header: vec!["日時".to_owned(), "温度".to_owned()],
        rows: vec![vec!["2026/01/05 10:00".to_owned(), "78.1".to_owned()]; 20],
        issues,
        ..Preview::default()
    }
}

#[test]
fn every_panel_draws_in_every_state_language_and_look() {
    type State = (&'static str, fn(Session) -> Session);
    let states: [State; 4] = [
        ("empty", |session| session),
        ("loading", loading),
        ("full", full),
        ("error", broken),
    ];
    for (locale, dark) in [
        (Locale::En, true),
        (Locale::Ja, true),
        (Locale::En, false),
        (Locale::Ja, false),
    ] {
        let mut harness = window(Session::new(locale, dark));
        for (name, make) in states {
            harness.state_mut().session = make(Session::new(locale, dark));
            for panel in Panel::ALL {
                harness.state_mut().session.panel = panel;
                // A panel that waits for its first answer may go on moving.
                harness.run_steps(4);
                harness.check_accessibility();
                let what = format!("{} {name} {}", panel.name(), locale.name());
                assert_words(&harness, &what);
                let title = format!("ui-panel-{}", panel.name());
                let title = harness.state().text.get(&title);
                assert!(harness.query_all_by_label(&title).next().is_some());
            }
        }
    }
}

fn wizard(locale: Locale) -> Session {
    let mut session = Session::new(locale, true);
    session.panel = Panel::Data;
    session.preview = Some(preview());
    session.desk.waiting = vec![PathBuf::from("/data/充填ログ.csv")];
    session
}

/// Opens a list and takes one of its words; the decisions that were posted.
fn decide(session: Session, list: &str, word: &str) -> RecipeDraft {
    let mut harness = window(session);
    harness.run();
    harness.get_by_label(list).click();
    harness.run();
    harness.get_all_by_label(word).last().unwrap().click();
    harness.run();
    match posted(&mut harness).as_slice() {
        [Command::Import(ImportCommand::Edit(draft))] => (**draft).clone(),
        other => unreachable!("{list}: {other:?}"),
    }
}

#[test]
fn every_decision_of_the_preview_posts_the_recipe_it_makes() {
    let draft = decide(wizard(Locale::En), "Delimiter: tab (found)", "semicolon ;");
    assert_eq!(draft.delimiter(), Some(";"));
    let draft = decide(
        wizard(Locale::En),
        "Decimal mark: Point: 1.5 (found)",
        "Comma: 1,5",
    );
    assert_eq!(draft.decimal(), Some(","));
    let draft = decide(wizard(Locale::En), "Lines of names: 1 (found)", "2");
    assert_eq!(draft.header_rows(), Some(2));
    let draft = decide(
        wizard(Locale::En),
        "Time: 日時 (found)",
        "No time, a fixed step",
    );
    assert_eq!(draft.time(), TimeChoice::Step(1.0));
    let draft = decide(wizard(Locale::En), "Role of 温度: Observation", "KPI");
    let temperature = Channel::new("温度", Role::Observation, "");
    assert!(draft.has_role(&temperature) && draft.to_toml().contains("kpi"));
    let draft = decide(wizard(Locale::Ja), "区切り: タブ（自動）", "セミコロン ;");
    assert_eq!(draft.delimiter(), Some(";"));
}

/// What empty fields show.
fn placeholders(harness: &Harness<'_, Window>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![harness.root()];
    while let Some(node) = open.pop() {
        found.extend(node.accesskit_node().placeholder().map(str::to_owned));
        open.extend(node.children());
    }
    found
}

#[test]
fn an_empty_field_of_the_preview_shows_what_holds_or_an_example_marked_as_one() {
    for (locale, zone, shown) in [
        (Locale::En, PreviewZone::Assumed, "UTC (assumed)"),
        (Locale::En, PreviewZone::Told, "as the times say"),
        (Locale::En, PreviewZone::None, "e.g. Asia/Tokyo"),
        (Locale::Ja, PreviewZone::Assumed, "UTC（仮定）"),
    ] {
        let mut session = wizard(locale);
        let preview = session.preview.as_mut().unwrap();
        (preview.zone, preview.step_secs) = (zone, 300.0);
        let mut harness = window(session);
        harness.run();
        let text = Text::new(locale);
        let step = text.with("ui-wizard-found", &[("what", "300.0")]);
        let found = placeholders(&harness);
        assert!(found.iter().any(|hint| hint == shown), "{found:?}");
        assert!(found.contains(&step), "{found:?}");
    }
}

#[test]
fn a_step_stands_in_its_field_without_marks_between_thousands_and_is_read_as_typed() {
    let mut session = wizard(Locale::En);
    session.wizard.draft.set_grid_secs(Some(1200.0));
    let mut harness = window(session);
    harness.run();
    assert!(labels(&harness).contains(&"1200".to_owned()));
    let label = harness.state().text.get("ui-wizard-grid");
    let field = eframe::egui::Role::TextInput;
    harness.get_by_role_and_label(field, &label).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(eframe::egui::Event::Text("１，８００".to_owned()));
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let found = posted(&mut harness);
    let [Command::Import(ImportCommand::Edit(draft))] = found.as_slice() else {
        unreachable!("{found:?}")
    };
    assert_eq!(draft.grid_secs(), Some(1800.0));
}

#[test]
fn a_preview_without_a_control_says_that_no_what_if_will_be_possible() {
    for locale in Locale::ALL {
        let text = Text::new(locale);
        let mut harness = window(wizard(locale));
        harness.run();
        harness.check_accessibility();
        let words = text.get("ui-wizard-no-control");
        harness.get_by_label(&words);
        let session = &mut harness.state_mut().session;
        let channels = &mut session.preview.as_mut().unwrap().channels;
        channels.push(Channel::new("弁開度", Role::Control, "%"));
        harness.run();
        assert!(harness.query_by_label(&words).is_none());
        let session = &mut harness.state_mut().session;
        let channels = &mut session.preview.as_mut().unwrap().channels;
        for one in channels {
            one.role = Role::Ignore;
        }
        harness.run();
        harness.get_by_label(&text.get("ui-wizard-no-output"));
        assert!(
            harness.query_by_label(&words).is_none(),
            "one lack at a time"
        );
    }
}

#[test]
fn a_unit_is_taken_once_it_was_written_and_an_unsure_role_is_a_question() {
    let mut session = wizard(Locale::En);
    let channel = &mut session.preview.as_mut().unwrap().channels[0];
    channel.role_confidence = 0.79;
    let mut harness = window(session);
    harness.run();
    harness.get_by_label("? only 79 % sure");
    harness.get_by_label("Only questions").click();
    harness.run();
    harness.get_by_label("Unit of 温度").focus();
    harness.run();
    harness.get_by_label("Unit of 温度").type_text("F");
    harness.run();
    assert!(
        posted(&mut harness).is_empty(),
        "a half-written unit is no unit"
    );
    harness.key_press(Key::Enter);
    harness.run();
    let found = posted(&mut harness);
    let [Command::Import(ImportCommand::Edit(draft))] = found.as_slice() else {
        unreachable!("{found:?}")
    };
    let recipe = draft.to_toml();
    assert!(
        recipe.contains("F\"") && recipe.contains("confidence = 0.79"),
        "{recipe}"
    );
}

#[test]
fn a_setting_that_reads_nothing_is_said_and_the_last_good_preview_stays() {
    for locale in Locale::ALL {
        let mut session = wizard(locale);
        session.wizard.problem = Some(("nothing can be read".to_owned(), "choose".to_owned()));
        let mut harness = window(session);
        harness.run();
        harness.check_accessibility();
        assert_words(&harness, "the refused setting");
        harness.get_by_label("nothing can be read");
        harness.get_by_label("Shift_JIS");
        let accept = harness.state().text.get("ui-preview-accept");
        harness.get_by_label(&accept).click();
        harness.run();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        harness.run();
        assert_eq!(posted(&mut harness), [], "nothing is imported");
        harness.key_press(Key::Escape);
        harness.run();
        assert_eq!(
            posted(&mut harness),
            [Command::Import(ImportCommand::Dismiss)]
        );
    }
}

#[test]
fn a_remembered_recipe_is_said_and_can_be_left_and_the_keyboard_imports() {
    let mut session = wizard(Locale::En);
    let place = Place::file("monday.csv");
    session.wizard.notes = vec![
        Issue::new(place, Severity::Info, "recipe-remembered", "")
            .with("id", "abc")
            .with("day", "2026-11-27")
            .with("file", "monday.csv"),
    ];
    session.wizard.draft.set_decimal(Some("."));
    let mut harness = window(session);
    harness.run();
    harness.get_by_label_contains("accepted on 2026-11-27 for monday.csv");
    harness.get_by_label("Guess anew").click();
    harness.run();
    let draft = Box::new(RecipeDraft::default());
    assert_eq!(
        posted(&mut harness),
        [Command::Import(ImportCommand::Edit(draft))]
    );
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run();
    assert_eq!(
        posted(&mut harness),
        [Command::Import(ImportCommand::Accept)]
    );
}

#[test]
fn an_issue_leads_to_the_lines_of_the_file() {
    for locale in Locale::ALL {
        let mut session = full(Session::new(locale, false));
        session.panel = Panel::Data;
        let mut harness = window(session);
        harness.run();
        let text = Text::new(locale);
        let words = text.with("ui-issue-line", &[("row", "12")]);
        harness.get_all_by_label(&words).next().unwrap().click();
        harness.run();
        let place = Place::file("log.csv").at_row(12).in_column("ambient");
        assert_eq!(
            posted(&mut harness),
            [Command::Import(ImportCommand::ShowPlace(place.clone()))]
        );
        harness.state_mut().session.excerpt = Some(Excerpt {
            place,
            first_line: 8,
            lines: (8..17).map(|line| format!("raw {line}")).collect(),
        });
        harness.run();
        assert_words(&harness, "the lines");
        assert!(harness.query_all_by_label("raw 12").next().is_some());
        let close = text.get("ui-issue-close-line");
        harness.get_all_by_label(&close).next().unwrap().click();
        harness.run();
        assert_eq!(
            posted(&mut harness),
            [Command::Import(ImportCommand::ClosePlace)]
        );
    }
}

#[test]
fn a_channel_shows_what_its_grade_is_made_of_and_a_finding_leads_there() {
    for locale in Locale::ALL {
        let mut session = full(Session::new(locale, true));
        session.panel = Panel::Data;
        let loaded = session.loaded.as_mut().unwrap();
        let name = loaded.dataset.channels[1].name.clone();
        let place = Place::file("log.csv").at_row(20).in_column(&name);
        let stuck = Issue::new(place, Severity::Warning, "stuck", "")
            .with("value", "3")
            .with("from", "20")
            .with("steps", "40");
        Arc::make_mut(&mut loaded.import).issues.push(stuck);
        let mut harness = window(session);
        harness.run();
        let text = Text::new(locale);
        let title = text.with("ui-evidence", &[("channel", &name)]);
        assert!(harness.query_by_label(&title).is_none());
        harness.get_by_label(&name).click();
        harness.run();
        harness.get_by_label(&title);
        harness.check_accessibility();
        assert_words(&harness, "the evidence");
        harness.get_by_label(&name).click();
        harness.run();
        assert!(
            harness.query_by_label(&title).is_none(),
            "a second click closes it"
        );
        let curve = text.get("ui-issue-curve");
        harness.get_by_label(&curve).click();
        harness.run();
        harness.get_by_label(&title);
        let coverage = text.get("ui-coverage-use");
        harness.get_by_label(&coverage);
    }
}

#[test]
fn what_was_not_looked_for_is_not_said_to_be_absent() {
    for (role, findings, key) in [
        (Role::Observation, vec![], "ui-evidence-none"),
        (
            Role::Observation,
            vec!["mostly-still".to_owned()],
            "ui-evidence-none-still",
        ),
        (Role::Control, vec![], "ui-evidence-none-set"),
    ] {
        let mut session = full(Session::new(Locale::En, true));
        session.panel = Panel::Data;
        let loaded = session.loaded.as_mut().unwrap();
        let channel = &mut Arc::make_mut(&mut loaded.dataset).channels[1];
        (channel.role, channel.findings, channel.grade) = (role, findings, Grade::A);
        let name = channel.name.clone();
        let mut harness = window(session);
        harness.run();
        harness.get_by_label(&name).click();
        harness.run();
        let text = Text::new(Locale::En);
        harness.get_by_label(&text.get(key));
        harness.get_by_label(&text.get("grade-a"));
    }
}

#[test]
fn a_stand_of_the_whole_line_is_told_with_every_channel_that_stood_still() {
    let mut session = full(Session::new(Locale::En, true));
    session.panel = Panel::Data;
    let loaded = session.loaded.as_mut().unwrap();
    let channel = &mut Arc::make_mut(&mut loaded.dataset).channels[1];
    channel.findings = vec!["mostly-still".to_owned(), "line-still".to_owned()];
    let name = channel.name.clone();
    let still = Issue::new(Place::file("log.csv"), Severity::Info, "line-still", "")
        .with("steps", 4501)
        .with("time", "15.6")
        .with("unit", "days")
        .with("from", 73_132);
    let words = Text::new(Locale::En).issue(&still);
    assert!(
        words.contains("4,501 steps (15.6 days, from step 73132)"),
        "{words}"
    );
    Arc::make_mut(&mut loaded.import).issues.push(still);
    let mut harness = window(session);
    harness.run();
    let before = harness.query_all_by_label(&words).count();
    harness.get_by_label(&name).click();
    harness.run();
    assert_eq!(harness.query_all_by_label(&words).count(), before + 1);
}

#[test]
fn data_that_wait_to_be_opened_are_said_to_be_on_their_way() {
    for (state, is_coming) in [
        (JobState::Waiting, true),
        (JobState::Running, true),
        (JobState::Failed, false),
    ] {
        let mut session = Session::new(Locale::En, true);
        session.panel = Panel::Data;
        session.jobs.push(job("open", state));
        let mut harness = window(session);
        harness.run();
        let words = harness.state().text.get("ui-data-loading");
        assert_eq!(harness.query_by_label(&words).is_some(), is_coming);
    }
}

#[test]
fn a_preview_is_shown_and_can_be_taken_or_left() {
    for locale in Locale::ALL {
        let mut session = Session::new(locale, true);
        session.panel = Panel::Data;
        session.preview = Some(preview());
        session.desk.waiting = vec![PathBuf::from("/data/充填ログ.csv")];
        let mut harness = window(session);
        harness.run();
        assert_words(&harness, "the preview");
        harness.get_by_label("Shift_JIS");
        let accept = harness.state().text.get("ui-preview-accept");
        harness.get_by_label(&accept).click();
        harness.run();
        assert_eq!(
            posted(&mut harness),
            [Command::Import(ImportCommand::Accept)]
        );
        let leave = harness.state().text.get("ui-wizard-cancel");
        harness.get_by_label(&leave).click();
        harness.run();
        assert_eq!(
            posted(&mut harness),
            [Command::Import(ImportCommand::Dismiss)]
        );
    }
}

#[test]
fn one_stroke_of_esc_loses_no_decision() {
    let mut session = wizard(Locale::En);
    session.wizard.draft.set_decimal(Some(","));
    let mut harness = window(session);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(posted(&mut harness), []);
    let warning = harness.state().text.get("ui-wizard-leaving");
    harness.get_by_label(&warning);
    harness.key_press(Key::Escape);
    harness.run();
    let dismissed = [Command::Import(ImportCommand::Dismiss)];
    assert_eq!(posted(&mut harness), dismissed);
    // Where nothing was decided one is enough.
    let mut harness = window(wizard(Locale::En));
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(posted(&mut harness), dismissed);
}

#[test]
fn a_model_of_earlier_data_is_called_so() {
    for locale in Locale::ALL {
        let drawn = |loaded| {
            let mut session = Session::new(locale, true);
            session.loaded = Some(loaded);
            session.panel = Panel::Model;
            let mut harness = window(session);
            harness.run();
            let keys = ["ui-chip-outdated", "ui-model-train-outdated"];
            keys.map(|key| {
                let words = harness.state().text.get(key);
                harness.query_by_label(&words).is_some()
            })
        };
        assert_eq!(drawn(outdated()), [true, true]);
        let mut trained_again = outdated();
        trained_again.issues.clear();
        assert_eq!(drawn(trained_again), [false, false]);
    }
}

/// Draws a session, presses a button and looks at what was posted.
fn pressing(session: Session, label: &str, expected: &Command) {
    let mut harness = window(session);
    harness.run();
    harness.get_all_by_label(label).next().unwrap().click();
    harness.run();
    assert_eq!(
        posted(&mut harness),
        std::slice::from_ref(expected),
        "{label}"
    );
}

#[test]
fn buttons_post_what_they_say() {
    let at = |panel| {
        let mut session = Session::new(Locale::En, true);
        session.panel = panel;
        session
    };
    let full_at = |panel| {
        let mut session = full(at(panel));
        session.panel = panel;
        session
    };
    let show = |panel| Command::Window(WindowCommand::Show(panel));
    pressing(at(Panel::Home), "Gap", &show(Panel::Gap));
    pressing(
        at(Panel::Home),
        "Open the example",
        &Command::Project(ProjectCommand::OpenExample),
    );
    pressing(
        at(Panel::Data),
        "Import files...",
        &Command::Import(ImportCommand::ChooseFiles),
    );
    pressing(
        at(Panel::Home),
        "Light",
        &Command::Window(WindowCommand::SetDark(false)),
    );
    pressing(
        at(Panel::Home),
        "日本語 / EN",
        &Command::Window(WindowCommand::SetLocale(Locale::Ja)),
    );
    let cancel = Command::Job(JobCommand::Cancel(7));
    pressing(full_at(Panel::Home), "Cancel", &cancel);
    let mut idle = full_at(Panel::Model);
    idle.training = None;
    pressing(
        idle,
        "Train",
        &Command::Training(TrainingCommand::Start(TrainingPlan::default())),
    );
    let mut read = full_at(Panel::Data);
    let import = &mut read.loaded.as_mut().unwrap().import;
    Arc::make_mut(import)
        .sources
        .push("/data/log.csv".to_owned());
    pressing(
        read,
        "Change roles and units...",
        &Command::Import(ImportCommand::ReadAnew),
    );
    let mut unmoved = at(Panel::Compare);
    unmoved.loaded = Some(loaded_at("/data/line.gemba"));
    let dataset = &mut unmoved.loaded.as_mut().unwrap().dataset;
    for channel in &mut Arc::make_mut(dataset).channels {
        channel.role = Role::Observation;
    }
    pressing(
        unmoved,
        "Choose controls...",
        &Command::Import(ImportCommand::ReadAnew),
    );
    let mut unanswered = at(Panel::Compare);
    unanswered.loaded = Some(outdated());
    pressing(
        unanswered,
        "Compare A and B",
        &Command::Scenario(ScenarioCommand::Ask),
    );
    pressing(
        broken(at(Panel::Home)),
        "Close",
        &Command::Window(WindowCommand::Dismiss(3)),
    );
}

#[test]
fn each_cancel_names_the_job_that_it_stands_beside() {
    let mut session = Session::new(Locale::En, true);
    for (id, kind) in [(1, "train"), (2, "gap"), (3, "report")] {
        session.jobs.push(JobView {
            id,
            ..job(kind, JobState::Running)
        });
    }
    session.panel = Panel::Jobs;
    let mut harness = window(session);
    harness.run();
    let n_buttons = harness.get_all_by_label("Cancel").count();
    let mut found: Vec<u64> = (0..n_buttons)
        .filter_map(|position| {
            let button = harness.get_all_by_label("Cancel").nth(position).unwrap();
            button.click();
            harness.run();
            match posted(&mut harness).as_slice() {
                [Command::Job(JobCommand::Cancel(id))] => Some(*id),
                _ => None,
            }
        })
        .collect();
    found.sort_unstable();
    // The bar at the bottom shows the training once more.
    assert_eq!(found, [1, 1, 2, 3]);
    let mut session = full(Session::new(Locale::En, true));
    session.panel = Panel::Model;
    let mut harness = window(session);
    harness.run();
    for button in harness.get_all_by_label("Cancel") {
        button.click();
    }
    harness.run();
    let training = Command::Training(TrainingCommand::Cancel);
    assert!(posted(&mut harness).contains(&training));
}

#[test]
fn training_options_are_folded_away_and_go_with_the_order() {
    for locale in Locale::ALL {
        let mut session = full(Session::new(locale, true));
        session.panel = Panel::Model;
        session.training = None;
        let mut harness = window(session);
        harness.run();
        let text = Text::new(locale);
        let always = text.get("ui-transformer-on");
        assert!(harness.query_by_label(&always).is_none());
        for key in ["ui-model-options", "ui-transformer-on", "ui-preset-small"] {
            harness.get_by_label(&text.get(key)).click();
            // Unfolding takes a few frames.
            harness.run();
        }
        harness.check_accessibility();
        assert_words(&harness, "the options");
        harness.get_by_label(&text.get("ui-model-start")).click();
        harness.run();
        let plan = TrainingPlan {
            preset: Some(Preset::Small),
            transformer: Attention::On,
            ..TrainingPlan::default()
        };
        let expected = Command::Training(TrainingCommand::Start(plan));
        assert_eq!(posted(&mut harness), [expected]);
    }
}

#[test]
fn the_command_search_filters_and_posts() {
    let mut harness = window(Session::new(Locale::En, true));
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
    harness.event(eframe::egui::Event::Text("dark".to_owned()));
    harness.run();
    assert!(harness.query_by_label("Light colors").is_none());
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(
        posted(&mut harness),
        [Command::Window(WindowCommand::SetDark(true))]
    );
    assert!(harness.query_by_label("Dark colors").is_none());
}

#[test]
fn keys_do_what_the_page_of_keys_says() {
    let mut harness = window(Session::new(Locale::En, true));
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    harness.run();
    assert_eq!(
        posted(&mut harness),
        [
            Command::Window(WindowCommand::Show(Panel::Compare)),
            Command::Scenario(ScenarioCommand::Undo),
            Command::Scenario(ScenarioCommand::Redo),
        ]
    );
    harness.key_press(Key::Questionmark);
    harness.run();
    harness.get_by_label("Keyboard shortcuts");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Keyboard shortcuts").is_none());
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

#[test]
fn a_dropped_file_is_opened() {
    let mut harness = window(Session::new(Locale::En, true));
    harness.run();
    let path = PathBuf::from("/data/log.csv");
    harness
        .input_mut()
        .dropped_files
        .push(Arc::new(Dropped(path.clone())));
    harness.run();
    assert_eq!(
        posted(&mut harness),
        [Command::Project(ProjectCommand::OpenPaths(vec![path]))]
    );
}

#[test]
fn a_path_can_be_typed() {
    let mut harness = window(Session::new(Locale::En, true));
    harness.run();
    let field = harness.get_by_label("Path of a project, file or folder");
    field.focus();
    harness.run();
    harness.event(eframe::egui::Event::Text("/data/line.gemba".to_owned()));
    harness.run();
    harness.get_by_label("Open path").click();
    harness.run();
    let paths = vec![PathBuf::from("/data/line.gemba")];
    assert_eq!(
        posted(&mut harness),
        [Command::Project(ProjectCommand::OpenPaths(paths))]
    );
}

#[test]
fn a_second_view_can_stand_beside_the_first() {
    let mut harness = window(Session::new(Locale::En, true));
    harness.run();
    let beside = gemba::app::Effect::OpenBeside(Panel::Jobs);
    assert!(harness.state_mut().screen.run(beside).is_none());
    harness.run();
    let asked = posted(&mut harness);
    let [Command::Window(WindowCommand::KeepLayout(places))] = asked.as_slice() else {
        panic!("the places are not kept: {asked:?}");
    };
    let places = places.clone();
    harness.get_by_label("Nothing has run yet");
    harness.get_by_label("Your first answer in five steps");
    let reset = gemba::app::Effect::ResetLayout;
    assert!(harness.state_mut().screen.run(reset).is_none());
    harness.run();
    assert!(harness.query_by_label("Nothing has run yet").is_none());
    let forgotten = WindowCommand::KeepLayout(String::new());
    assert_eq!(posted(&mut harness), [Command::Window(forgotten)]);
    harness.state_mut().screen = Screen::with_layout(&places);
    harness.run();
    harness.get_by_label("Nothing has run yet");
    harness.get_by_label("Your first answer in five steps");
    assert!(posted(&mut harness).is_empty());
}

#[test]
fn a_presentation_has_no_bars_and_turns_its_views_by_keys() {
    let mut session = Session::new(Locale::En, true);
    session.panel = Panel::Data;
    let mut harness = window(session);
    harness.run();
    harness.key_press(Key::PageDown);
    harness.key_press(Key::F11);
    harness.run();
    let present = |presents| Command::Window(WindowCommand::Present(presents));
    assert_eq!(posted(&mut harness), [present(true)]);
    harness.get_by_label("Search commands");
    harness.state_mut().session.desk.presents = true;
    harness.run();
    assert!(harness.query_by_label("Search commands").is_none());
    harness.get_by_label("2 / 5");
    harness.key_press(Key::ArrowRight);
    harness.run();
    harness.key_press(Key::PageUp);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    let show = |panel| Command::Window(WindowCommand::Show(panel));
    assert_eq!(
        posted(&mut harness),
        [show(Panel::Model), show(Panel::Home), present(false)]
    );
}

#[test]
fn rare_japanese_characters_have_shapes() {
    let mut session = Session::new(Locale::Ja, true);
    session.messages.push(Message {
        id: 1,
        job: "",
        severity: Severity::Info,
        text: "髙﨑㈱ ①②③ ㎥ ℃ μm ±3 ≤ ≥ → Δ − … ～".into(),
        hint: Some("№ ㎏ ㎡ Ⅲ ｱｲｳ".into()),
        path: None,
    });
    // The harness panics at a character that no font has.
    window(session).run();
}

/// The messages of a locale file: key → names of its values.
fn messages(content: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in content.lines().filter(|line| !line.starts_with('#')) {
        if !line.starts_with(' ')
            && let Some((name, _)) = line.split_once('=')
        {
            name.trim().clone_into(&mut key);
            found.insert(key.clone(), Vec::new());
        }
        let Some(args) = found.get_mut(&key) else {
            continue;
        };
        for part in line.split("{ $").skip(1) {
            let name: String = part
                .chars()
                .take_while(|sign| sign.is_alphanumeric() || *sign == '_' || *sign == '-')
                .collect();
            args.push(name);
        }
        args.sort();
        args.dedup();
    }
    found
}

#[test]
fn both_languages_have_the_same_keys_and_values() {
    for ((file, english), (_, japanese)) in Locale::En.files().into_iter().zip(Locale::Ja.files()) {
        let (english, japanese) = (messages(english), messages(japanese));
        for (key, args) in &english {
            assert_eq!(Some(args), japanese.get(key), "{file}: {key}");
        }
        for key in japanese.keys() {
            assert!(english.contains_key(key), "{file}: {key} only in Japanese");
        }
    }
}

#[test]
fn no_word_of_the_window_is_empty_and_english_words_are_not_japanese() {
    let (english, japanese) = (Text::new(Locale::En), Text::new(Locale::Ja));
    let (_, content) = Locale::En.files()[5];
    let keys = messages(content);
    assert!(keys.len() > 100);
    let is_japanese = |words: &str| words.chars().any(|sign| ('ぁ'..='龠').contains(&sign));
    for key in keys.keys() {
        assert!(!english.get(key).is_empty() && !japanese.get(key).is_empty());
        let names_itself = key == "ui-language-switch" || key == "ui-do-ja";
        assert!(names_itself || !is_japanese(&english.get(key)), "{key}");
    }
}

#[test]
fn a_flagged_stretch_names_its_channel_and_a_click_shows_it() {
    let loaded = Loaded::open(&example().join("line.gemba")).unwrap();
    let bench = Bench::new();
    let request = GapRequest {
        split: Split::Test,
        horizon_steps: None,
        warmup_steps: 50,
        n_draws: 20,
        seed: 0,
        tier: None,
    };
    let gap = inspect_gap(&loaded, &request, &bench.env(1)).unwrap();
    let mut anomaly = find_anomalies(&loaded, Split::Test, &bench.env(1)).unwrap();
    // The view begins with the channel that is missed most.
    let worst = (0..gap.channels.len())
        .max_by(|one, two| gap.scores[*one].nrmse.total_cmp(&gap.scores[*two].nrmse))
        .unwrap();
    let blamed = gap.channels[(worst + 1) % gap.channels.len()];
    let (stretch, meta) = (&gap.stretches[0], &loaded.dataset.channels[blamed]);
    anomaly.spans = vec![AnomalySpan {
        episode: stretch.episode,
        start: stretch.start + 10,
        end: stretch.start + 40,
        start_ns: 0,
        peak: 9.5,
        channels: vec![(blamed, 0.9)],
    }];
    let title = meta.name.clone();
    let button = format!("9.5 σ · {}", meta.name);
    let mut session = Session::new(Locale::En, true);
    session.panel = Panel::Gap;
    session.gap = Some(Arc::new(gap));
    session.anomaly = Some(Arc::new(anomaly));
    session.loaded = Some(loaded);
    let mut harness = window(session);
    harness.run_steps(4);
    let date = {
        let dataset = &harness.state().session.loaded.as_ref().unwrap().dataset;
        dataset.episodes[0].start_ns
    };
    let date = format_time(date)[..10].to_owned();
    let is_dated = |harness: &Harness<'_, Window>| {
        let all = labels(harness);
        let mut own = all.iter().filter(|label| label.contains(&button));
        own.any(|label| label.contains(&date[..8]))
    };
    assert!(!is_dated(&harness), "all is of one day");
    let loaded = harness.state_mut().session.loaded.as_mut().unwrap();
    let dataset = Arc::make_mut(&mut loaded.dataset);
    let mut later = dataset.episodes[0].clone();
    later.start_ns += 2 * 86_400_000_000_000;
    dataset.episodes.push(later);
    harness.run_steps(4);
    assert!(is_dated(&harness), "the clock time says too little");
    let titles = |harness: &Harness<'_, Window>| {
        let all = labels(harness);
        all.iter().filter(|label| **label == title).count()
    };
    let before = titles(&harness);
    assert!(
        labels(&harness)
            .iter()
            .any(|label| label.contains("Surprise"))
    );
    harness.get_by_label_contains(&button).click_accesskit();
    harness.run_steps(4);
    // The channel's own curve is drawn under its name now; its line in the table stays.
    assert_eq!(titles(&harness), before + 1);
}

#[test]
fn a_gap_of_an_earlier_model_is_called_so() {
    for locale in Locale::ALL {
        let mut session = Session::new(locale, true);
        session.panel = Panel::Gap;
        session.loaded = Some(outdated());
        session.gap = Some(Arc::new(empty_gap()));
        let mut harness = window(session);
        let shown = |harness: &mut Harness<'_, Window>| {
            harness.run();
            ["gap-stale", "gap-measuring"].map(|key| {
                let words = harness.state().text.get(key);
                harness.query_by_label(&words).is_some()
            })
        };
        assert_eq!(shown(&mut harness), [false, false]);
        harness.state_mut().session.gap_stale = true;
        assert_eq!(shown(&mut harness), [true, false]);
        harness
            .state_mut()
            .session
            .jobs
            .push(job("gap", JobState::Running));
        assert_eq!(shown(&mut harness), [false, true]);
    }
}

/// A project in the view that compares, with the answer to this control a little higher.
fn comparing(loaded: Loaded, control: usize, data_id: u64) -> Session {
    let spec = |name: &str, edits: Vec<Edit>| ScenarioSpec {
        name: name.to_owned(),
        start: StartSpec {
            step: Some(120),
            context_steps: Some(40),
            ..StartSpec::default()
        },
        horizon_steps: Some(60),
        edits,
        kpis: Vec::new(),
        file: String::new(),
    };
    let higher = Edit {
        channel: loaded.dataset.channels[control].name.clone(),
        op: EditOp::Scale,
        value: 1.01,
        points: Vec::new(),
        from_step: 0,
        to_step: None,
        line: 0,
    };
    let request = CompareRequest {
        baseline: spec("A", Vec::new()),
        variant: spec("B", vec![higher]),
        n_draws: 20,
        delta: None,
        seed: 0,
    };
    let answer = compare(&loaded, &request, &Bench::new().env(1)).unwrap();
    let mut session = Session::new(Locale::En, true);
    session.panel = Panel::Compare;
    session.variant = request.variant;
    session.compare = Some(Arc::new(answer));
    session.loaded = Some(loaded);
    session.data_id = data_id;
    session
}

#[test]
fn another_project_is_not_drawn_by_the_places_of_the_one_before() {
    let large = Loaded::open(&example().join("line.gemba")).unwrap();
    let last = *large.dataset.controls().last().unwrap();
    let meta = &large.dataset.channels[last];
    let lane = format!("{} {}", meta.name, meta.unit);
    let mut harness = window(comparing(large, last, 1));
    harness.run_steps(4);
    harness.get_by_label(&lane);
    harness.state_mut().session = comparing(outdated(), 0, 2);
    harness.run_steps(4);
    harness.get_by_label("speed 1/min");
}

#[test]
fn what_the_model_leaves_open_and_limits_that_cannot_be_told_have_a_line_each() {
    let loaded = Loaded::open(&example().join("line.gemba")).unwrap();
    let control = *loaded.dataset.controls().last().unwrap();
    let mut session = comparing(loaded, control, 1);
    let mut answer = session.compare.as_deref().cloned().unwrap();
    let name = "reject_rate";
    for line in &mut answer.kpis {
        line.doubts = vec![no_skill(name, 0.93, 0.92)];
    }
    let doubt = answer.kpis[0].doubts[0].text.clone();
    let trajectory = &answer.a.trajectory;
    let limit = |value: f64, ends| {
        LimitLine::of(
            (trajectory, trajectory),
            0,
            ("alarm_high", value),
            ends,
            1.0,
        )
    };
    answer.limits = vec![limit(-1e6, [None; 2]), limit(2e6, [None, Some(1e6)])];
    let meta = &session.loaded.as_ref().unwrap().dataset.channels[trajectory.channels[0]];
    let (channel, unit) = (meta.name.clone(), meta.unit.clone());
    session.compare = Some(Arc::new(answer));
    let mut harness = window(session);
    harness.run_steps(4);
    // Once beside the verdict, and not again for the other KPIs of the same output.
    harness.get_by_label(&doubt);
    let untold = format!("Whether {channel} passes 2,000,000 {unit} cannot be told");
    harness.get_by_label_contains(&untold);
    let line = format!("{channel}, alarm high");
    harness.get_by_label_contains(&line);
    harness.get_by_label_contains("by B above 8");
}

#[test]
fn a_number_that_cannot_be_read_stays_to_be_mended() {
    let mut harness = window(comparing(outdated(), 0, 1));
    harness.run_steps(4);
    let hint = harness.state().text.get("compare-type-hint");
    let refused = harness.state().text.get("compare-type-refused");
    let open = |harness: &mut Harness<'static, Window>| {
        harness.get_by_label_contains(" → ").click();
        harness.run_steps(4);
    };
    let write = |harness: &mut Harness<'static, Window>, words: &str| {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.get_by_label(&hint).type_text(words);
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        harness.run_steps(4);
    };
    // What stood there has fewer digits than the value: left as it is, it asks for nothing.
    open(&mut harness);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert_eq!(posted(&mut harness), []);
    assert!(harness.query_by_label(&hint).is_none());

    open(&mut harness);
    write(&mut harness, "fast");
    assert_eq!(posted(&mut harness), []);
    harness.get_by_label(&refused);
    write(&mut harness, "+8 %");
    let found = posted(&mut harness);
    let [Command::Scenario(ScenarioCommand::SetEdits(edits))] = found.as_slice() else {
        unreachable!("{found:?}")
    };
    assert_eq!(edits.len(), 1);
    assert!(harness.query_by_label(&refused).is_none());
}

#[test]
fn where_the_desktop_has_no_dialogs_a_path_is_typed() {
    let mut harness = window(Session::new(Locale::En, true));
    let report = Dialog::Report("line-en.html".to_owned());
    let beside = Path::new("/plant/line.gemba");
    harness.state_mut().screen.ask_place(report, Some(beside));
    harness.run();
    harness.get_by_label("Take this path").click();
    harness.run();
    let wanted = Command::Report(ReportCommand::WriteTo("/plant/line-en.html".into()));
    assert_eq!(harness.state_mut().out.take(), [wanted]);
    assert!(
        harness.query_by_label("Take this path").is_none(),
        "it closes"
    );
}

/// A window that asks for the place of a report.
fn asking(name: &str) -> Harness<'static, Window> {
    let mut harness = window(Session::new(Locale::En, true));
    let report = Dialog::Report(name.to_owned());
    let beside = Path::new("/plant/line.gemba");
    harness.state_mut().screen.ask_place(report, Some(beside));
    harness.run();
    harness
}

#[test]
fn the_kind_of_a_report_can_be_chosen_and_gives_the_path_its_ending() {
    let mut harness = asking("line-en.html");
    harness.get_by_label("Excel").click();
    harness.run();
    harness.check_accessibility();
    harness.get_by_label("Take this path").click();
    harness.run();
    let wanted = Command::Report(ReportCommand::WriteTo("/plant/line-en.xlsx".into()));
    assert_eq!(posted(&mut harness), [wanted]);
}

#[test]
fn a_path_with_an_ending_that_is_not_written_is_not_taken() {
    let mut harness = asking("line-en.docx");
    harness.get_by_label_contains(".html, ");
    harness.get_by_label("Take this path").click();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(posted(&mut harness), []);
    harness.get_by_label("HTML").click();
    harness.run();
    harness.get_by_label("Take this path").click();
    harness.run();
    let wanted = Command::Report(ReportCommand::WriteTo("/plant/line-en.docx.html".into()));
    assert_eq!(posted(&mut harness), [wanted]);
}

#[test]
fn the_question_for_a_path_can_be_left() {
    let mut harness = asking("line-en.html");
    harness.get_by_label("Cancel").click();
    harness.run();
    assert_eq!(posted(&mut harness), []);
    assert!(harness.query_by_label("Take this path").is_none());
}

#[test]
fn a_written_report_can_be_opened_and_its_path_be_copied() {
    let mut session = Session::new(Locale::En, true);
    session.messages.push(Message {
        id: 1,
        job: "",
        severity: Severity::Info,
        text: "Report written".into(),
        hint: None,
        path: Some(PathBuf::from("/plant/line-en.html")),
    });
    let mut harness = window(session);
    harness.run();
    harness.get_by_label("Open").click();
    harness.run();
    let shown = WindowCommand::ShowFile(PathBuf::from("/plant/line-en.html"));
    assert_eq!(posted(&mut harness), [Command::Window(shown)]);
    harness.get_by_label("Copy the path").click();
    let is_copied = (0..4).any(|_| {
        harness.step();
        let commands = &harness.output().platform_output.commands;
        commands.iter().any(
            |command| matches!(command, OutputCommand::CopyText(text) if text == "/plant/line-en.html"),
        )
    });
    assert!(is_copied);
}

#[test]
fn the_race_is_ordered_by_the_errors_it_shows_and_ends_with_what_answers() {
    let mut session = full(Session::new(Locale::En, true));
    session.panel = Panel::Model;
    let training = session.training.as_mut().unwrap();
    let score = training.scores[0].clone();
    let score = |tier, n_params, rmse_norm| CandidateScore {
        tier,
        n_params,
        rmse_norm,
        ..score.clone()
    };
    training.scores = vec![
        score(Tier::Narx, 190, 0.0554),
        score(Tier::Neural, 17_510, 0.0548),
        score(Tier::Linear, 175, 0.05542),
    ];
    let mut harness = window(session);
    harness.run();
    harness.get_by_label("● Neural");
    let [linear, narx] =
        ["Linear", "Polynomial"].map(|name| harness.get_by_label(name).rect().top());
    assert!(linear < narx, "the simpler of two that show the same error");
    let together = "Together (in use)";
    assert!(
        harness.query_by_label(together).is_none(),
        "of another race"
    );
    let mut session = Session::new(Locale::En, true);
    session.panel = Panel::Model;
    session.loaded = Some(outdated());
    let model = session.loaded.as_ref().unwrap().model.clone().unwrap();
    let known = model.rmse_norm().iter().filter(|error| error.is_finite());
    let error = known.clone().sum::<f64>() / known.count() as f64;
    let mut harness = window(session);
    harness.run();
    let row = harness.get_by_label(together).rect();
    let error = gemba::base::measure(error);
    let mut errors = harness.query_all_by_label(&error).map(|cell| cell.rect());
    assert!(
        errors.any(|cell| (cell.center().y - row.center().y).abs() < 4.0),
        "{error}"
    );
}

#[test]
fn what_changes_the_question_stands_beside_the_verdict_with_the_tables_own_digits() {
    let mut session = comparing(outdated(), 0, 1);
    let (issue, mut told) = (
        Issue::new(
            Place::file("B").in_column("speed"),
            Severity::Info,
            "edit-clipped",
            "cut",
        )
        .with("to", 90)
        .with("horizon", 60),
        Vec::new(),
    );
    changed(&mut session, |answer| {
        answer.judgement.verdict = Verdict::Answerable;
        answer.notes = vec![gemba::engine::ScenarioNote { side: "B", issue }];
        let line = &mut answer.kpis[0];
        line.doubts.clear();
        let paired = &mut line.paired;
        (paired.a.mean, paired.b.mean) = (1.268, 2.071);
        (paired.delta.mean, paired.delta.lo, paired.delta.hi) = (0.803, 0.039, 1.567);
        told = vec![answer.sentence(&answer.kpis[0], &Text::new(Locale::En))];
    });
    assert!(
        told[0].contains("0.80") && told[0].contains("0.04 to 1.57"),
        "{told:?}"
    );
    let mut harness = window(session);
    harness.run_steps(4);
    harness.get_by_label_contains("B, speed: The edit goes to step 90");
    harness.get_by_label("1.27");
    harness.get_by_label_contains("+0.80");
    harness.get_by_label_contains("+0.04 … +1.57");
}

#[test]
fn whether_the_model_knows_the_stretch_is_said_whole_in_a_narrow_window_too() {
    for locale in Locale::ALL {
        for size in [Vec2::new(1280.0, 800.0), Vec2::new(1024.0, 700.0)] {
            let mut session = comparing(outdated(), 0, 1);
            session.locale = locale;
            let mut harness = window(session);
            harness.set_size(size);
            harness.run_steps(6);
            let words = Text::new(locale);
            let keys = ["compare-period-seen", "compare-period-unseen"].map(|key| words.get(key));
            let shown = keys.iter().find_map(|words| harness.query_by_label(words));
            let (rect, words) = (shown.unwrap().rect(), keys.map(|one| one.chars().count()));
            // A letter of a caption is no narrower than this; a cut line would be.
            let least = 4.0 * *words.iter().min().unwrap() as f32;
            assert!(rect.width() > least, "{rect:?} {size:?}");
        }
    }
}

#[test]
fn a_reason_is_drawn_in_the_language_of_the_window() {
    let mut session = Session::new(Locale::Ja, true);
    session.panel = Panel::Jobs;
    session.jobs.push(JobView {
        detail: Phrase::new("error-stopped-early", "stopped on request"),
        ..job("report", JobState::Failed)
    });
    let mut harness = window(session);
    harness.run();
    harness.get_by_label("中止しました。それまでに保存した内容は有効です");
}

#[test]
fn a_saved_scenario_is_found_by_the_command_search() {
    let mut session = full(Session::new(Locale::En, true));
    session.training = None;
    session.jobs.clear();
    session.saved = vec![("speed +5 %".to_owned(), session.variant.clone())];
    let mut harness = window(session);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
    harness.event(eframe::egui::Event::Text("saved speed".to_owned()));
    harness.run();
    harness.get_by_label("Change in B what was saved as speed +5 %");
    harness.key_press(Key::Enter);
    harness.run();
    let recall = ScenarioCommand::Recall("speed +5 %".to_owned());
    assert_eq!(posted(&mut harness), [Command::Scenario(recall)]);
}

/// The answer that `comparing` gave, with a copy that a test may change.
fn changed(session: &mut Session, change: impl FnOnce(&mut gemba::app::CompareAnswer)) {
    let mut answer = session.compare.as_deref().cloned().unwrap();
    change(&mut answer);
    session.compare = Some(Arc::new(answer));
}

fn set_edits(harness: &mut Harness<'_, Window>) -> Vec<Edit> {
    let found = posted(harness);
    let [Command::Scenario(ScenarioCommand::SetEdits(edits))] = found.as_slice() else {
        unreachable!("{found:?}")
    };
    edits.clone()
}

#[test]
fn a_switch_is_set_to_one_of_its_levels_and_taken_back() {
    for locale in Locale::ALL {
        let mut session = comparing(outdated(), 0, 1);
        session.locale = locale;
        let loaded = session.loaded.as_mut().unwrap();
        let mut dataset = (*loaded.dataset).clone();
        dataset.channels[0].unit = String::new();
        for value in &mut dataset.episodes[0].columns[0] {
            *value = f64::from(u8::from(*value > 100.0));
        }
        loaded.support = Arc::new(SupportModel::fit(&dataset));
        loaded.dataset = Arc::new(dataset);
        session.variant.edits.clear();
        let mut harness = window(session);
        harness.run_steps(4);
        harness.check_accessibility();
        assert_words(&harness, "the levels");
        harness.get_by_label("speed 1").click();
        harness.run_steps(2);
        let edits = set_edits(&mut harness);
        assert_eq!((edits[0].op, edits[0].value), (EditOp::Set, 1.0));
        harness.state_mut().session.variant.edits = edits;
        harness.run_steps(2);
        let recorded = harness.state().text.get("compare-as-recorded");
        harness.get_by_label(&format!("speed {recorded}")).click();
        harness.run_steps(2);
        assert!(set_edits(&mut harness).is_empty());
        let draw = harness.state().text.get("plot-draw-schedule");
        assert!(harness.query_by_label(&draw).is_none(), "no line between");
    }
}

#[test]
fn a_slider_does_not_stand_for_changes_of_parts_of_the_horizon() {
    let mut session = comparing(outdated(), 0, 1);
    session.variant.edits[0].to_step = Some(20);
    let mut harness = window(session);
    harness.run_steps(4);
    harness.get_by_label_contains("only parts of the horizon");
    let slider = eframe::egui::Role::Slider;
    harness.get_by_role_and_label(slider, "speed").focus();
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    assert_eq!(posted(&mut harness), []);
    harness.get_by_label("Drop these changes").click();
    harness.run_steps(2);
    assert!(set_edits(&mut harness).is_empty());
}

#[test]
fn the_gap_of_other_data_is_measured_when_they_are_chosen() {
    for locale in Locale::ALL {
        let mut session = Session::new(locale, true);
        session.panel = Panel::Gap;
        session.loaded = Some(outdated());
        session.gap = Some(Arc::new(empty_gap()));
        let text = Text::new(locale);
        let [test, train] = ["split-test", "split-train"].map(|key| text.get(key));
        let mut harness = window(session);
        harness.run();
        let combo = eframe::egui::Role::ComboBox;
        harness.get_by_role_and_label(combo, &test).click();
        harness.run();
        harness.get_all_by_label(&train).last().unwrap().click();
        harness.run();
        let asked = GapCommand::Measure(Split::Train, None);
        assert_eq!(posted(&mut harness), [Command::Gap(asked)]);
        // Nobody measures here: the box goes on naming what the numbers are of.
        harness.get_by_role_and_label(combo, &test);
    }
}

#[test]
fn what_answers_an_earlier_question_makes_no_report_and_only_steps_that_are_there_go_back() {
    let mut harness = window(comparing(outdated(), 0, 1));
    harness.run_steps(4);
    let press = |harness: &mut Harness<'static, Window>, label: &str| {
        harness.get_by_label(label).click();
        harness.run_steps(2);
        posted(harness)
    };
    assert_eq!(press(&mut harness, "Undo"), []);
    assert_eq!(press(&mut harness, "Redo"), []);
    harness.state_mut().session.desk.undo_steps = 1;
    harness.run_steps(2);
    let undo = Command::Scenario(ScenarioCommand::Undo);
    assert_eq!(press(&mut harness, "Undo"), [undo]);
    let write = Command::Report(ReportCommand::Write);
    assert_eq!(press(&mut harness, "Make report..."), [write]);
    harness.state_mut().session.compare_stale = true;
    harness.run_steps(2);
    assert_eq!(press(&mut harness, "Make report..."), []);
}

#[test]
fn saved_scenarios_stand_under_a_and_b() {
    let mut session = comparing(outdated(), 0, 1);
    let mut spec = session.variant.clone();
    spec.edits[0].value = 1.05;
    // One row is the question that is asked now: what is changed, from where and for how long.
    let mut longer = session.variant.clone();
    longer.horizon_steps = Some(61);
    let mut elsewhere = session.variant.clone();
    elsewhere.start.episode = Some("another".to_owned());
    let now = session.variant.clone();
    session.saved = [
        ("speed +5 %", spec),
        ("longer", longer),
        ("elsewhere", elsewhere),
        ("now", now),
    ]
    .map(|(name, spec)| (name.to_owned(), spec))
    .to_vec();
    let mut harness = window(session);
    harness.run_steps(4);
    let is_lit = |name: &str| {
        let node = harness.get_by_label(name);
        node.accesskit_node().toggled() == Some(Toggled::True)
    };
    let lit = ["speed +5 %", "longer", "elsewhere", "now"].map(is_lit);
    assert_eq!(lit, [false, false, false, true]);
    harness.get_by_label("speed +5 %").click();
    harness.run_steps(2);
    let recall = ScenarioCommand::Recall("speed +5 %".to_owned());
    assert_eq!(posted(&mut harness), [Command::Scenario(recall)]);
}

#[test]
fn a_click_on_the_bar_puts_the_stretch_there() {
    let mut harness = window(comparing(outdated(), 0, 1));
    harness.run_steps(4);
    let label = harness.state().text.get("compare-period-place");
    let slider = eframe::egui::Role::Slider;
    harness.get_by_role_and_label(slider, &label).click();
    harness.run_steps(2);
    // 600 steps are recorded and 60 are asked for: the middle of the bar is their middle.
    let there = ScenarioCommand::StartAt(0, 270);
    assert_eq!(posted(&mut harness), [Command::Scenario(there)]);
    harness.get_by_role_and_label(slider, &label).focus();
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    let further = ScenarioCommand::StartAt(0, 126);
    assert_eq!(posted(&mut harness), [Command::Scenario(further)]);
}

#[test]
fn whether_it_may_be_believed_stands_in_sight_however_small_the_window_and_in_a_talk() {
    for locale in Locale::ALL {
        for (size, presents) in [
            (Vec2::new(1280.0, 800.0), false),
            (Vec2::new(1024.0, 700.0), false),
            (Vec2::new(1280.0, 800.0), true),
        ] {
            let mut session = comparing(outdated(), 0, 1);
            session.locale = locale;
            session.desk.presents = presents;
            changed(&mut session, |answer| {
                answer.judgement.verdict = Verdict::NotFromThisLog;
            });
            let mut harness = window(session);
            harness.set_size(size);
            harness.run_steps(6);
            let line = harness.state().text.get("compare-not-from-this-log");
            let line = harness.get_by_label_contains(&line).rect();
            assert!(line.bottom() < 0.5 * size.y, "{line:?} {size:?} {presents}");
            let controls = harness.state().text.get("compare-controls");
            let shown = harness.query_by_label(&controls).is_some();
            assert_eq!(shown, !presents, "who watches moves nothing");
        }
    }
}

#[test]
fn no_view_of_a_narrow_window_is_under_the_command_search() {
    for locale in Locale::ALL {
        for width in [1280.0, 1024.0, 960.0] {
            let mut session = comparing(outdated(), 0, 1);
            session.locale = locale;
            let edit = &mut session.variant.edits[0];
            (edit.op, edit.points) = (EditOp::Schedule, vec![(0, 100.0), (59, 100.0)]);
            let mut harness = window(session);
            harness.set_size(Vec2::new(width, 700.0));
            harness.run_steps(6);
            // The hint under the schedule must not make its lane wider than the others.
            let rights = ["scrap %", "speed 1/min"];
            let [one, other] = rights.map(|lane| harness.get_by_label(lane).rect().right());
            assert!((one - other).abs() < 1.0, "{one} {other} {width}");
            let text = Text::new(locale);
            let tab = eframe::egui::Role::Tab;
            let jobs = text.get("ui-panel-jobs");
            let jobs = harness.get_by_role_and_label(tab, &jobs).rect();
            let search = text.get("ui-search-commands");
            let beside = [
                "ui-light",
                "ui-present",
                "ui-language-switch",
                "ui-chip-outdated",
            ];
            let labels = beside.map(|key| text.get(key)).into_iter().chain([search]);
            for label in labels {
                for node in harness.query_all_by_label(&label) {
                    let rect = node.rect();
                    let is_in_bar = rect.top() < 48.0;
                    assert!(!is_in_bar || rect.left() >= jobs.right(), "{label} {width}");
                }
            }
        }
    }
}

#[test]
fn a_training_that_was_stopped_can_go_on() {
    for locale in Locale::ALL {
        let mut session = full(Session::new(locale, true));
        session.panel = Panel::Model;
        session.training = None;
        session.jobs.clear();
        let project = session.loaded.as_ref().unwrap().path.clone();
        session.desk.unfinished = vec![Unfinished {
            project,
            plan: TrainingPlan::default(),
            done_frac: 0.43,
        }];
        let mut harness = window(session);
        harness.run();
        harness.check_accessibility();
        assert_words(&harness, "the stopped training");
        harness.get_by_label_contains("43 %").click();
        harness.run();
        let goes_on = Command::Training(TrainingCommand::GoOn);
        assert_eq!(posted(&mut harness), [goes_on]);
        let anew = harness.state().text.get("ui-model-anew");
        harness.get_by_label(&anew).click();
        harness.run();
        let start = TrainingCommand::Start(TrainingPlan::default());
        assert_eq!(posted(&mut harness), [Command::Training(start)]);
        let other = PathBuf::from("/data/other.gemba");
        harness.state_mut().session.loaded.as_mut().unwrap().path = other;
        harness.run();
        assert!(
            harness.query_by_label(&anew).is_none(),
            "of another project"
        );
    }
}

/// Asks the window to close; what it tells the desktop.
fn closing(harness: &mut Harness<'_, Window>) -> Vec<ViewportCommand> {
    let window = harness.input_mut().viewports.get_mut(&ViewportId::ROOT);
    window.unwrap().events.push(ViewportEvent::Close);
    harness.step();
    told(harness)
}

fn told(harness: &Harness<'_, Window>) -> Vec<ViewportCommand> {
    let out = &harness.output().viewport_output;
    out.get(&ViewportId::ROOT)
        .map_or_else(Vec::new, |window| window.commands.clone())
}

#[test]
fn closing_over_unfinished_work_asks_once() {
    for locale in Locale::ALL {
        let text = Text::new(locale);
        for kind in ["train", "import", "save", "report"] {
            let mut session = Session::new(locale, true);
            session.jobs.push(job(kind, JobState::Running));
            let mut harness = window(session);
            harness.run_steps(2);
            assert!(closing(&mut harness).contains(&ViewportCommand::CancelClose));
            harness.run_steps(2);
            harness.check_accessibility();
            assert_words(&harness, "the question");
            harness.get_by_label(&text.get(&format!("ui-closing-{kind}")));
            harness.get_by_label(&text.get("ui-closing-stay")).click();
            harness.run_steps(2);
            let title = text.get("ui-closing-title");
            assert!(harness.query_by_label(&title).is_none());

            closing(&mut harness);
            harness.run_steps(2);
            harness.get_by_label(&text.get("ui-closing-close")).click();
            let closes = (0..4).any(|_| {
                harness.step();
                told(&harness).contains(&ViewportCommand::Close)
            });
            assert!(closes);
            let again = closing(&mut harness);
            assert!(!again.contains(&ViewportCommand::CancelClose), "{again:?}");
        }
        // Nothing is asked where nothing is lost.
        let mut session = Session::new(locale, true);
        session.jobs.push(job("train", JobState::Done));
        session.jobs.push(job("compare", JobState::Running));
        let mut harness = window(session);
        harness.run_steps(2);
        assert!(!closing(&mut harness).contains(&ViewportCommand::CancelClose));
    }
}

#[test]
fn a_job_that_waits_can_be_cancelled_too() {
    let mut session = Session::new(Locale::En, true);
    session.panel = Panel::Jobs;
    session.jobs.push(job("save", JobState::Waiting));
    pressing(session, "Cancel", &Command::Job(JobCommand::Cancel(7)));
}

#[test]
fn an_import_that_failed_says_so_and_can_be_tried_again() {
    for locale in Locale::ALL {
        let mut session = wizard(locale);
        session.wizard.failure = Some(("the file is gone".to_owned(), "put it back".to_owned()));
        let mut harness = window(session);
        harness.run();
        harness.check_accessibility();
        assert_words(&harness, "the failed import");
        harness.get_by_label("the file is gone");
        let accept = harness.state().text.get("ui-preview-accept");
        harness.get_by_label(&accept).click();
        harness.run();
        let again = Command::Import(ImportCommand::Accept);
        assert_eq!(posted(&mut harness), [again]);
    }
}
