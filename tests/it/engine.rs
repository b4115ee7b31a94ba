//! Use cases through the engine's door.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use gemba::{
    base::{Issue, Locale, Progress, Reporter, Text},
    data::{Modality, Split},
    engine::{
        CompareAnswer, CompareRequest, EngineError, Env, GapRequest, ImportHow, ImportRequest,
        Loaded, TrainConfig, compare, demo_scenarios, import_data, inspect_gap, judge,
        read_scenario, run_scenario, save_scenario, save_text, saved_scenarios, saved_texts,
        train_model, write_report,
    },
    model::ModelError,
    scenario::ScenarioSpec,
    trust::{Outcome, Standing, Verdict, no_skill},
};

use crate::support::{Bench, copy_dir, edit, example, scenario, temp_dir, write};

fn how(append: bool) -> ImportHow {
    ImportHow {
        append,
        ..ImportHow::default()
    }
}

fn loaded() -> Loaded {
    Loaded::open(&example().join("line.gemba")).expect("the example")
}

/// A against B with few draws.
fn question(baseline: ScenarioSpec, variant: ScenarioSpec) -> CompareRequest {
    CompareRequest {
        baseline,
        variant,
        n_draws: 20,
        delta: None,
        seed: 0,
    }
}

#[test]
fn the_example_question_changes_only_the_conveyor() {
    let (baseline, variant) = demo_scenarios();
    assert!(baseline.edits.is_empty());
    assert_eq!(variant.edits.len(), 1);
    assert_eq!(variant.edits[0].channel, "conveyor_speed");
    assert_eq!(baseline.start, variant.start);
}

#[test]
fn scenarios_with_other_starts_are_not_laid_side_by_side() {
    let dir = temp_dir();
    let bench = Bench::new();
    let as_run = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    let mut request = question(as_run.clone(), as_run);
    request.variant.start.step = Some(130);
    let error = compare(&loaded(), &request, &bench.env(1)).expect_err("other starts");
    assert!(
        matches!(error, EngineError::DifferentStarts { .. }),
        "{error}"
    );
    assert!(error.hint().is_some());
    assert!(
        error
            .to_string()
            .contains(&format!("{:?}", loaded().dataset.episodes[0].name))
    );
    request.variant.start.step = request.baseline.start.step;
    request.variant.start.context_steps = Some(20);
    let error = compare(&loaded(), &request, &bench.env(1)).expect_err("other contexts");
    assert!(
        matches!(error, EngineError::DifferentContexts { b: 20, .. }),
        "{error}"
    );
    assert!(error.hint().is_some());
}

#[test]
fn the_support_of_an_answer_is_that_of_the_edited_side() {
    let dir = temp_dir();
    let bench = Bench::new();
    let faster = edit("conveyor_speed", "scale", "1.05");
    let as_run = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    let edited = read_scenario(&scenario(dir.path(), "B.toml", &faster)).expect("B");
    let mut request = question(edited.clone(), as_run.clone());
    let mut answer = compare(&loaded(), &request, &bench.env(1)).expect("an answer");
    assert_eq!(answer.support(), &answer.a.support);
    answer.judgement.verdict = Verdict::Answerable;
    answer.a.support.exit_step = Some(30);
    answer.b.support.exit_step = None;
    assert_eq!(answer.standing(), Standing::Guarded);
    assert_eq!(answer.outcome(&answer.kpis[0]), Outcome::Untold);
    (request.baseline, request.variant) = (as_run, edited);
    let answer = compare(&loaded(), &request, &bench.env(1)).expect("an answer");
    assert_eq!(answer.support(), &answer.b.support);
}

#[test]
fn an_edit_that_is_cut_where_the_horizon_ends_is_told_with_its_side() {
    let dir = temp_dir();
    let bench = Bench::new();
    let long = edit("conveyor_speed", "scale", "1.02\nto_step = 9000");
    let as_run = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    let edited = read_scenario(&scenario(dir.path(), "B.toml", &long)).expect("B");
    let answer = compare(&loaded(), &question(as_run, edited), &bench.env(1)).expect("an answer");
    let mut cut = answer.notes.iter().filter(|note| note.changes_question());
    let note = cut.next().expect("a note");
    assert_eq!((note.side, note.issue.code), ("B", "edit-clipped"));
    let words = note.words(&Text::new(Locale::En));
    assert!(
        words.starts_with("B, conveyor_speed: ") && words.contains("9000"),
        "{words}"
    );
    assert!(cut.next().is_none(), "{:?}", answer.notes);
}

#[test]
fn an_answer_is_told_no_firmer_than_its_output_is_foretold() {
    let dir = temp_dir();
    let bench = Bench::new();
    let faster = edit("conveyor_speed", "scale", "1.02");
    let as_run = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    let edited = read_scenario(&scenario(dir.path(), "B.toml", &faster)).expect("B");
    let mut loaded = loaded();
    let request = question(as_run, edited);
    let mut answer = compare(&loaded, &request, &bench.env(1)).expect("an answer");
    // Nothing else speaks against it.
    answer.judgement.verdict = Verdict::Answerable;
    answer.is_provisional = false;
    (answer.a.support.exit_step, answer.b.support.exit_step) = (None, None);
    for line in &mut answer.kpis {
        line.paired.methods_agree = true;
        line.doubts.clear();
        let skill = line.skill.as_mut().expect("a KPI of an output");
        (skill.beats_naive, skill.measured_steps) = (true, 60);
    }
    assert_eq!(answer.standing(), Standing::Firm);
    let firm = answer.sentence(&answer.kpis[0], &Text::new(Locale::En));
    answer.kpis[1].doubts = vec![no_skill("output_rate", 0.9, 0.9)];
    assert_eq!(answer.standing(), Standing::Firm);
    assert_eq!(answer.standing_of(answer.kpis.get(1)), Standing::Guarded);
    answer.kpis[0].doubts = answer.kpis[1].doubts.clone();
    assert_eq!(answer.standing(), Standing::Guarded);
    assert_eq!(answer.doubts().len(), 1);
    assert_ne!(
        answer.sentence(&answer.kpis[0], &Text::new(Locale::En)),
        firm
    );

    // The report holds each KPI's output against its own last value.
    let page = |answer: &CompareAnswer, loaded: &Loaded| {
        let out = dir.path().join("out.html");
        write_report(loaded, answer, Locale::En, &out, &bench.env(1)).expect("a page");
        gemba::base::read_text(&out).expect("the page")
    };
    let beaten = page(&answer, &loaded);
    assert!(beaten.contains("reject_rate: ") && !beaten.contains("no family is clearly better"));
    let skill = answer.kpis[1].skill.as_mut().expect("a skill");
    skill.beats_naive = false;
    let lost = page(&answer, &loaded);
    assert!(lost.contains("output_rate: no family is clearly better on left-out blocks"));
    assert!(beaten.contains("Stage 2 of 3") && lost.contains("Stage 1 of 3"));
    loaded.model = None;
    assert_eq!(page(&answer, &loaded).len(), lost.len());
}

#[test]
fn a_horizon_beyond_what_left_out_runs_measured_is_told_so() {
    let dir = temp_dir();
    let bench = Bench::new();
    let mut far = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    let near = compare(
        &loaded(),
        &question(far.clone(), far.clone()),
        &bench.env(1),
    );
    let near = near.expect("an answer");
    let of_bands = |answer: &CompareAnswer| {
        let doubts = answer.doubts().into_iter();
        doubts.filter(|doubt| doubt.check == "bands").count()
    };
    assert_eq!(of_bands(&near), 0);
    let measured = near.kpis[0].skill.expect("an output").measured_steps;
    assert!((60..2000).contains(&measured), "{measured}");
    far.horizon_steps = Some(measured * 2);
    let far = compare(&loaded(), &question(far.clone(), far), &bench.env(1)).expect("an answer");
    assert!(of_bands(&far) > 0);
    let doubts = &far.kpis[0].doubts;
    let doubt = doubts.iter().find(|doubt| doubt.check == "bands");
    let minutes = doubt.expect("of the first KPI too").threshold;
    let step_secs = loaded().dataset.step_secs;
    assert!((minutes - measured as f64 * step_secs / 60.0).abs() < 1e-9);
}

#[test]
fn a_report_names_the_model_that_answered() {
    let dir = temp_dir();
    let bench = Bench::new();
    let spec = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    let request = question(spec.clone(), spec);
    let mut loaded = loaded();
    let answer = compare(&loaded, &request, &bench.env(1)).expect("an answer");
    let answered = loaded.model.take().expect("a model");
    let out = dir.path().join("out.html");
    write_report(&loaded, &answer, Locale::En, &out, &bench.env(1)).expect("a page");
    let page = gemba::base::read_text(&out).expect("the page");
    assert!(page.contains(answered.id()) && page.contains(&answer.digests[1]));
}

#[test]
fn a_negative_smallest_difference_is_refused() {
    let dir = temp_dir();
    let bench = Bench::new();
    let spec = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    let request = CompareRequest {
        delta: Some(-1.0),
        ..question(spec.clone(), spec)
    };
    let error = compare(&loaded(), &request, &bench.env(1)).expect_err("negative");
    assert!(matches!(error, EngineError::Number { .. }), "{error}");
}

#[test]
fn a_gap_with_too_long_a_warm_up_is_refused_with_the_longest_block() {
    let bench = Bench::new();
    let request = GapRequest {
        split: Split::Test,
        horizon_steps: None,
        warmup_steps: 1_000_000,
        n_draws: 20,
        seed: 0,
        tier: None,
    };
    let error = inspect_gap(&loaded(), &request, &bench.env(1)).expect_err("too long");
    assert!(matches!(error, EngineError::NoRows { .. }), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("--warmup")));
}

#[test]
fn futures_that_no_memory_holds_are_refused_before_they_are_made() {
    let dir = temp_dir();
    let bench = Bench::new();
    let mut spec = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    spec.horizon_steps = Some(1_000_000);
    let loaded = loaded();
    let is_too_large = |error: EngineError| matches!(error, EngineError::TooLarge { .. });
    let request = CompareRequest {
        n_draws: 200,
        ..question(spec.clone(), spec.clone())
    };
    let error = compare(&loaded, &request, &bench.env(1)).expect_err("a million steps");
    assert!(is_too_large(error));
    let error = run_scenario(&loaded, &spec, 200, 0, &bench.env(1)).expect_err("a million steps");
    assert!(is_too_large(error));
    let error = judge(&loaded, &spec, &bench.env(1)).expect_err("a million steps");
    assert!(is_too_large(error));
}

#[test]
fn a_model_of_another_time_step_is_not_asked_and_the_log_still_is() {
    let dir = temp_dir();
    let bench = Bench::new();
    let spec = read_scenario(&scenario(dir.path(), "A.toml", "")).expect("A");
    let mut loaded = loaded();
    Arc::make_mut(&mut loaded.dataset).step_secs *= 2.0;
    let request = question(spec.clone(), spec.clone());
    let is_refused = |error: EngineError| {
        assert!(error.hint().is_some_and(|hint| hint.contains("train")));
        matches!(error, EngineError::Model(ModelError::OtherStep { .. }))
    };
    let error = compare(&loaded, &request, &bench.env(1)).expect_err("another grid");
    assert!(is_refused(error));
    let error = inspect_gap(&loaded, &gap_of(Split::Test), &bench.env(1)).expect_err("the same");
    assert!(is_refused(error));
    judge(&loaded, &spec, &bench.env(1)).expect("what the log says");
}

/// Keeps the codes of what was worked around.
#[derive(Default)]
struct Told(Mutex<Vec<&'static str>>);

impl Reporter for Told {
    fn report(&self, _progress: Progress) {}

    fn note(&self, issue: &Issue) {
        self.0.lock().expect("no panic").push(issue.code);
    }
}

fn gap_of(split: Split) -> GapRequest {
    GapRequest {
        split,
        horizon_steps: Some(60),
        warmup_steps: 40,
        n_draws: 8,
        seed: 0,
        tier: None,
    }
}

/// A stretch's first step and centre lines.
type Centre = (usize, Vec<Vec<f64>>);

/// The gap's centre lines by their first step, and the codes of what was said.
fn centres(loaded: &Loaded, split: Split) -> (Vec<Centre>, Vec<&'static str>) {
    let (bench, told) = (Bench::new(), Told::default());
    let env = Env {
        reporter: &told,
        ..bench.env(1)
    };
    let answer = inspect_gap(loaded, &gap_of(split), &env).expect("an answer");
    let traces = answer.stretches.into_iter();
    let lines = traces.map(|one| (one.start, one.mean)).collect();
    (lines, told.0.into_inner().expect("no panic"))
}

/// The example without its first rows, as a re-import of a shorter file reads it.
fn without_first(mut loaded: Loaded, n_rows: usize) -> Loaded {
    let data = Arc::make_mut(&mut loaded.dataset);
    let step_secs = data.step_secs;
    let first = &mut data.episodes[0];
    first.start_ns = first.time_ns(n_rows, step_secs);
    for column in &mut first.columns {
        column.drain(..n_rows);
    }
    for span in data.spans.iter_mut().filter(|span| span.episode == 0) {
        span.start = span.start.saturating_sub(n_rows);
        span.end -= n_rows;
    }
    loaded
}

#[test]
fn what_was_learned_is_found_again_in_data_that_changed() {
    let whole = loaded().without(&Modality::ALL);
    let (before, said) = centres(&whole, Split::Val);
    assert!(said.is_empty() && !before.is_empty(), "{said:?}");
    let shorter = without_first(whole.clone(), 100);
    let (after, said) = centres(&shorter, Split::Val);
    // Only the member speaks that left the row out, as before.
    let moved: Vec<_> = after.into_iter().map(|one| (one.0 + 100, one.1)).collect();
    assert_eq!(moved, before);
    assert_eq!(said, ["learned-lost"]);
    // What nothing is known of is said.
    let mut unknown = shorter;
    unknown.models.clear();
    let (_, said) = centres(&unknown, Split::Val);
    assert_eq!(said, ["learned-unknown"]);
}

#[test]
fn rows_that_were_learned_are_no_test_rows() {
    let whole = loaded().without(&Modality::ALL);
    let (before, _) = centres(&whole, Split::Test);
    let mut all_test = whole;
    for span in &mut Arc::make_mut(&mut all_test.dataset).spans {
        span.split = Split::Test;
    }
    let (after, said) = centres(&all_test, Split::Test);
    assert_eq!(after, before);
    assert_eq!(said, ["learned-left-out"]);
}

#[test]
fn a_stopped_use_case_ends_as_stopped() {
    let bench = Bench::new();
    bench.stop();
    let request = GapRequest {
        split: Split::Test,
        horizon_steps: Some(10),
        warmup_steps: 30,
        n_draws: 20,
        seed: 0,
        tier: None,
    };
    let error = inspect_gap(&loaded(), &request, &bench.env(1)).expect_err("stopped");
    assert!(error.is_stopped(), "{error}");
}

#[test]
fn texts_are_kept_in_the_project() {
    let dir = temp_dir();
    let project = dir.path().join("line.gemba");
    copy_dir(&example().join("line.gemba"), &project);
    save_text(&project, "scenario/B", Some("text")).expect("a writable project");
    let texts = saved_texts(&project, "scenario/").expect("a readable project");
    assert_eq!(texts, [("scenario/B".to_owned(), "text".to_owned())]);
}

#[test]
fn a_saved_scenario_keeps_its_name_and_leaves_the_others_alone() {
    let dir = temp_dir();
    let project = dir.path().join("line.gemba");
    copy_dir(&example().join("line.gemba"), &project);
    let (_, demo) = demo_scenarios();
    save_text(&project, "scenario/B", Some(&demo.to_toml())).expect("a writable project");
    let faster = |value: f64| {
        let mut spec = demo.clone();
        spec.name = "B".to_owned();
        spec.edits[0].value = value;
        spec.to_toml()
    };
    let save = |name: &str, value: f64| {
        save_scenario(&project, name, &faster(value)).expect("a writable project")
    };
    assert_eq!(save("speed: faster", 1.05), "speed_ faster");
    assert_eq!(
        save("speed: faster", 1.05),
        "speed_ faster",
        "the same again"
    );
    assert_eq!(save("speed: faster", 1.08), "speed_ faster 2");
    let saved = saved_scenarios(&project).expect("a readable project");
    let value_of = |name: &str| {
        let found = saved.iter().find(|(known, _)| known == name);
        found.map(|(_, spec)| spec.edits[0].value)
    };
    assert_eq!(value_of("speed_ faster"), Some(1.05));
    assert_eq!(value_of("speed_ faster 2"), Some(1.08));
    assert_eq!(value_of("B"), Some(1.08), "the window opens with it");
    assert_eq!(value_of("conveyor +8 %"), Some(1.08), "the B of before");
    assert_eq!(saved.len(), 4);
}

mod slow {
    //! With training.

    use std::fmt::Write as _;

    use super::*;
    use gemba::{
        base::{Purpose, Stream},
        engine::{Preset, TrainEvent, Trained},
    };

    #[test]
    fn training_again_gives_the_same_model_and_keeps_one_record() {
        let dir = temp_dir();
        let project = dir.path().join("line.gemba");
        copy_dir(&example().join("line.gemba"), &project);
        let before = Loaded::open(&project).expect("the copy");
        let bench = Bench::new();
        let config = TrainConfig {
            preset: Some(Preset::Tiny),
            n_members: 2,
            ..TrainConfig::default()
        };
        let mut n_scored = 0;
        let mut on_event = |event: &TrainEvent| {
            n_scored += usize::from(matches!(event, TrainEvent::Scored(_)));
        };
        let model =
            train_model(&project, &config, false, &mut on_event, &bench.env(1)).expect("a model");
        assert!(model.in_use && model.trial.is_none());
        let model = model.model;
        let after = Loaded::open(&project).expect("the copy");
        assert_eq!(after.models.len(), 1);
        assert_eq!(before.models[0].id, model.id());
        assert!(n_scored >= 2, "{n_scored}");
    }

    #[test]
    fn a_stopped_training_is_found_in_the_project_until_it_has_ended() {
        let dir = temp_dir();
        let project = dir.path().join("line.gemba");
        copy_dir(&example().join("line.gemba"), &project);
        let config = TrainConfig {
            preset: Some(Preset::Tiny),
            ..TrainConfig::default()
        };
        let unfinished = || Loaded::open(&project).expect("the project").unfinished;
        assert_eq!(unfinished(), None);
        let stop_at_first_state = |config: &TrainConfig| {
            let bench = Bench::new();
            let mut is_learning = false;
            let mut on_event = |event: &TrainEvent| {
                is_learning |= matches!(event, TrainEvent::Loss { .. });
                if is_learning {
                    bench.stop();
                }
            };
            let ended = train_model(&project, config, false, &mut on_event, &bench.env(1));
            assert!(ended.is_err_and(|error| error.is_stopped()));
        };
        stop_at_first_state(&config);
        let kept = unfinished().expect("its state was saved");
        assert_eq!(kept.preset, Some(Preset::Tiny));
        assert!((0.0..1.0).contains(&kept.done_frac), "{kept:?}");
        // Of another seed: the window could not go on with it.
        let seeded = TrainConfig {
            seed: 3,
            ..config.clone()
        };
        stop_at_first_state(&seeded);
        assert_eq!(unfinished(), None);
        stop_at_first_state(&config);
        let bench = Bench::new();
        train_model(&project, &config, true, &mut |_| {}, &bench.env(1)).expect("a model");
        assert_eq!(unfinished(), None);
    }

    /// Ten minutes of one plant: the level follows the pump, measured with noise.
    fn run(hour: usize, gain: f64, moves: f64) -> String {
        let mut draws = Stream::new(7, Purpose::Test, &[hour as u64]).draws();
        let mut text = "time,pump,level\n".to_owned();
        let (mut level, mut pump) = (1.0_f64, 1.0_f64);
        for step in 0..900 {
            if step % 20 == 0 {
                pump = 1.0 + moves * (draws.uniform() - 0.5);
            }
            level += 0.1 * (gain * pump - level);
            let shown = level + 0.02 * draws.normal();
            let (minute, second) = (step / 60, step % 60);
            let stamp = format!("2026-01-05 {hour:02}:{minute:02}:{second:02}");
            writeln!(text, "{stamp},{pump:.4},{shown:.4}").expect("a string grows");
        }
        text
    }

    /// Trains on one run, then with `--resume` on that and another one.
    fn trained_twice(second: (f64, f64)) -> (Trained, Trained, Loaded) {
        trained_twice_after(second, &|_project| {})
    }

    /// The same, with something done to the project in between.
    fn trained_twice_after(
        second: (f64, f64),
        between: &dyn Fn(&Path),
    ) -> (Trained, Trained, Loaded) {
        let dir = temp_dir();
        let project = dir.path().join("line.gemba");
        let bench = Bench::new();
        let config = TrainConfig {
            preset: Some(Preset::Tiny),
            n_members: 2,
            ..TrainConfig::default()
        };
        let learn = |name: &str, hour: usize, (gain, moves): (f64, f64), append: bool| {
            let source = write(dir.path(), name, run(hour, gain, moves));
            let request = ImportRequest {
                sources: vec![source],
                ..ImportRequest::default()
            };
            let read = import_data(&project, &request, &how(append), &bench.env(1)).expect("rows");
            // Between the second import and its training the saved model is one of earlier data.
            assert_eq!(read.has_outdated_model(), read.has_saved_model());
            let mut on_event = |_: &TrainEvent| {};
            train_model(&project, &config, true, &mut on_event, &bench.env(1)).expect("a model")
        };
        let champion = learn("first.csv", 6, (1.0, 0.1), false);
        between(&project);
        let challenger = learn("second.csv", 8, second, true);
        let loaded = Loaded::open(&project).expect("the project");
        (champion, challenger, loaded)
    }

    fn in_use(loaded: &Loaded) -> Vec<&str> {
        let models = loaded.models.iter().filter(|one| one.in_use);
        models.map(|one| one.id.as_str()).collect()
    }

    #[test]
    fn a_model_that_learned_new_moves_and_forgot_nothing_takes_over() {
        let (champion, challenger, loaded) = trained_twice((1.0, 1.5));
        assert!(champion.trial.is_none() && champion.in_use);
        let trial = challenger.trial.expect("the data have grown");
        assert_eq!(trial.champion, champion.model.id());
        assert!(trial.new.challenger < trial.new.champion, "{trial:?}");
        assert!(trial.is_better && challenger.in_use, "{trial:?}");
        assert_eq!(in_use(&loaded), [challenger.model.id()]);
        assert_eq!(loaded.models.len(), 2);
        assert_eq!(loaded.models[0].trial, Some(trial));
    }

    #[test]
    fn a_model_that_forgot_what_was_learned_before_does_not_take_over() {
        // The same pump now fills four times as fast: no one model can say both.
        let (champion, challenger, loaded) = trained_twice((4.0, 1.5));
        let trial = challenger.trial.expect("the data have grown");
        assert!(!trial.is_better && !challenger.in_use, "{trial:?}");
        assert!(
            trial.old.challenger > 1.05 * trial.old.champion,
            "{trial:?}"
        );
        assert_eq!(in_use(&loaded), [champion.model.id()]);
    }

    #[test]
    fn a_damaged_model_in_use_does_not_cost_the_new_training() {
        let damage = |project: &Path| {
            let models = project.join("models");
            for file in std::fs::read_dir(&models).expect("models") {
                let name = file.expect("a file").file_name();
                write(&models, &name.to_string_lossy(), "no model");
            }
        };
        let (_champion, challenger, loaded) = trained_twice_after((1.0, 1.5), &damage);
        assert!(challenger.trial.is_none() && challenger.in_use);
        assert_eq!(in_use(&loaded), [challenger.model.id()]);
    }

    #[test]
    fn a_reading_beyond_all_measure_leaves_the_project_readable() {
        let huge = |project: &Path| {
            let text = "time,pump,level\n2026-01-05 07:00:00,1.0,1e300\n";
            let rows = (1..60).map(|at| format!("2026-01-05 07:00:{at:02},1.0,1.{at}\n"));
            let text = text.to_owned() + &rows.collect::<String>();
            let dir = project.parent().expect("a folder");
            let source = write(dir, "huge.csv", text);
            let request = ImportRequest {
                sources: vec![source],
                ..ImportRequest::default()
            };
            import_data(project, &request, &how(true), &Bench::new().env(1)).expect("rows");
        };
        let (_champion, challenger, loaded) = trained_twice_after((1.0, 1.5), &huge);
        assert!(challenger.trial.is_none());
        assert_eq!(loaded.models.len(), 2);
    }

    #[test]
    fn appending_says_what_a_file_that_was_written_over_would_lose() {
        let dir = temp_dir();
        let project = dir.path().join("line.gemba");
        let rows = |range: std::ops::Range<usize>| {
            let mut text = "time,temp,valve\n".to_owned();
            for row in range {
                let (hour, minute, second) = (row / 360, row / 6 % 60, row % 6 * 10);
                let value = (row as f64 / 9.0).sin();
                let valve = row / 50 % 2;
                writeln!(
                    text,
                    "2026-01-05T{hour:02}:{minute:02}:{second:02}Z,{value:.3},{valve}"
                )
                .expect("a text takes it");
            }
            text
        };
        let bench = Bench::new();
        let add = |sources: &[PathBuf]| {
            let request = ImportRequest {
                sources: sources.to_vec(),
                ..ImportRequest::default()
            };
            import_data(&project, &request, &how(true), &bench.env(1))
        };
        let export = write(dir.path(), "export.csv", rows(0..300));
        add(std::slice::from_ref(&export)).expect("the first week");
        // The log grew: nothing is lost.
        write(dir.path(), "export.csv", rows(0..400));
        let grown = add(std::slice::from_ref(&export)).expect("the first week and more");
        assert_eq!(grown.dataset.n_steps(), 400);
        write(dir.path(), "export.csv", rows(400..700));
        let refused = add(std::slice::from_ref(&export)).expect_err("400 rows would be lost");
        let is_counted = matches!(&refused, EngineError::SourceChanged { n_rows: 400, path, .. } if *path == std::fs::canonicalize(&export).expect("it is there"));
        assert!(is_counted, "{refused:?}");
        for locale in Locale::ALL {
            let text = Text::new(locale);
            assert!(!text.say(&refused.phrase()).contains("error-"));
            assert!(
                refused
                    .hint_in(&text)
                    .is_some_and(|hint| !hint.contains("hint-"))
            );
        }
        std::fs::remove_file(&export).expect("it is there");
        let other = write(dir.path(), "next.csv", rows(400..700));
        let refused = add(&[other]).expect_err("an earlier source is gone");
        assert!(
            matches!(refused, EngineError::SourceGone { .. }),
            "{refused:?}"
        );
        let kept = Loaded::open(&project).expect("the project");
        assert_eq!(kept.dataset.n_steps(), 400);
        // Without a clock nothing tells whether the rows are still there.
        let bare = dir.path().join("bare.gemba");
        let counted = |from: usize| {
            let cells =
                (from..from + 300).map(|row| format!("{},{}\n", (row as f64).sin(), row / 50 % 2));
            "temp,valve\n".to_owned() + &cells.collect::<String>()
        };
        let source = write(dir.path(), "bare.csv", counted(0));
        let request = ImportRequest {
            sources: vec![source],
            ..ImportRequest::default()
        };
        import_data(&bare, &request, &how(true), &bench.env(1)).expect("rows");
        write(dir.path(), "bare.csv", counted(300));
        let refused = import_data(&bare, &request, &how(true), &bench.env(1));
        let refused = refused.expect_err("other rows");
        assert!(
            matches!(refused, EngineError::SourceReplaced { .. }),
            "{refused:?}"
        );
    }

    #[test]
    fn a_folder_whose_files_are_as_they_were_has_lost_nothing_when_its_times_move() {
        let dir = temp_dir();
        let project = dir.path().join("line.gemba");
        let rows = |range: std::ops::Range<usize>, zone: &str| {
            let cells = range.map(|row| {
                let (hour, minute, second) = (row / 360, row / 6 % 60, row % 6 * 10);
                let value = (row as f64 / 9.0).sin();
                let valve = row / 50 % 2;
                format!("2026-01-05T{hour:02}:{minute:02}:{second:02}{zone},{value:.3},{valve}\n")
            });
            "time,temp,valve\n".to_owned() + &cells.collect::<String>()
        };
        let bench = Bench::new();
        let add = |source: PathBuf| {
            let request = ImportRequest {
                sources: vec![source],
                ..ImportRequest::default()
            };
            import_data(&project, &request, &how(true), &bench.env(1))
        };
        let folder = dir.path().join("exports");
        std::fs::create_dir(&folder).expect("a folder");
        write(&folder, "first.csv", rows(0..300, ""));
        add(folder.clone()).expect("the first rows");
        // The second file tells the zone, which moves the rows of the first by nine hours.
        let second = write(dir.path(), "second.csv", rows(300..600, "+09:00"));
        let both = add(second).expect("nothing is lost");
        assert_eq!(both.dataset.n_steps(), 600);
        // A file of the folder that was written over is seen.
        write(&folder, "first.csv", rows(900..1200, "+09:00"));
        let refused = add(folder).expect_err("300 rows would be lost");
        assert!(
            matches!(refused, EngineError::SourceChanged { .. }),
            "{refused:?}"
        );
    }

    #[test]
    fn appending_a_source_keeps_what_was_there() {
        let dir = temp_dir();
        let project = dir.path().join("line.gemba");
        copy_dir(&example().join("line.gemba"), &project);
        let before = Loaded::open(&project).expect("the copy");
        let bench = Bench::new();
        let request = ImportRequest::default();
        let after =
            import_data(&project, &request, &how(true), &bench.env(1)).expect("the same again");
        assert_eq!(before.dataset.digest(), after.dataset.digest());
        assert_eq!(before.import.sources, after.import.sources);
        assert_eq!(before.kpis, after.kpis);
    }
}
