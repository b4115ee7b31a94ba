//! Tests of the scenario room that need no other room.

use super::*;
use crate::{
    base::Issues,
    data::{Channel, Dataset, Episode, Limits, Media, Role},
};

const HEAD: &str = "format = \"gemba-scenario\"\nversion = 1\n";

/// 100 steps of 10 s: two controls, a disturbance, two outputs.
fn line() -> Dataset {
    let mut speed = Channel::new("speed", Role::Control, "1/min");
    speed.limits = Limits {
        low: Some(0.0),
        high: Some(200.0),
        trip_high: Some(150.0),
        ..Limits::default()
    };
    let counts = |from: f64| (0..100).map(|step| from + f64::from(step)).collect();
    Dataset {
        name: "line".to_owned(),
        step_secs: 10.0,
        has_clock: true,
        utc_offset_secs: None,
        channels: vec![
            speed,
            Channel::new("heater", Role::Control, "°C"),
            Channel::new("ambient", Role::Disturbance, "°C"),
            Channel::new("level", Role::Observation, "%"),
            Channel::new("good_output", Role::Kpi, "1/h"),
        ],
        episodes: vec![Episode {
            name: "2026-01-05".to_owned(),
            start_ns: 1_767_567_600_000_000_000,
            columns: vec![
                counts(0.0),
                counts(1000.0),
                vec![20.0; 100],
                vec![50.0; 100],
                vec![1.0; 100],
            ],
        }],
        spans: Vec::new(),
        media: Media::default(),
    }
}

fn plan(body: &str) -> Result<Plan, ScenarioError> {
    let spec = ScenarioSpec::parse(&format!("{HEAD}{body}"), "s.toml")?;
    make_plan(&spec, &line(), &[], &mut Issues::new())
}

fn edited(body: &str) -> Vec<f64> {
    let start = "[start]\nstep = 60\n[horizon]\nsteps = 5\n[[edit]]\nchannel = \"speed\"\n";
    let plan = plan(&format!("{start}{body}")).unwrap();
    plan.controls.row_of(0).unwrap().to_vec()
}

#[expect(clippy::too_many_lines, reason = "one table of bad files")]
#[test]
fn bad_files_are_refused_with_file_line_and_what_is_allowed() {
    let edit = |rest: &str| format!("{HEAD}[[edit]]\nchannel = \"speed\"\n{rest}");
    let kpi = |rest: &str| format!("{HEAD}[[kpi]]\nchannel = \"level\"\n{rest}");
    let cases: Vec<(String, usize, &str)> = vec![
        (String::new(), 1, "gemba-scenario"),
        ("no = toml = file\n".to_owned(), 1, "the end of the line"),
        (
            "format = \"gemba-recipe\"\nversion = 1\n".to_owned(),
            1,
            "gemba-scenario",
        ),
        ("format = \"gemba-scenario\"\n".to_owned(), 1, "version = 1"),
        (
            "format = \"gemba-scenario\"\nversion = 2\nodd = 1\n".to_owned(),
            2,
            "reads up to 1",
        ),
        (
            "format = \"gemba-scenario\"\nversion = 0\n".to_owned(),
            2,
            "version = 1",
        ),
        (
            format!("{HEAD}colour = \"red\"\n"),
            3,
            "`format`, `version`, `name`",
        ),
        (
            format!("{HEAD}[start]\nepisod = \"x\"\n"),
            4,
            "`episode`, `at`, `step`",
        ),
        (
            format!("{HEAD}[start]\nat = \"yesterday\"\n"),
            4,
            "with its zone",
        ),
        (
            format!("{HEAD}[start]\nat = \"2026-01-05T08:00:00Z\"\nstep = 3\n"),
            5,
            "only one",
        ),
        (format!("{HEAD}[start]\nstep = -1\n"), 4, "0 or more"),
        (
            format!("{HEAD}[start]\ncontext_steps = 0\n"),
            4,
            "at least 1",
        ),
        (format!("{HEAD}[horizon]\nsteps = 0\n"), 4, "1 to"),
        (format!("{HEAD}[horizon]\nsteps = -5\n"), 4, "0 or more"),
        (format!("{HEAD}[horizon]\nsteps = 1.5\n"), 4, "whole number"),
        (
            edit("op = \"multiply\"\nvalue = 2\n"),
            5,
            "`set`, `add`, `scale`, `ramp_to`, `hold`, `schedule`",
        ),
        (edit("op = \"set\"\n"), 4, "a value"),
        (edit("op = \"hold\"\nvalue = 3\n"), 4, "no value"),
        (
            edit("op = \"set\"\nvalue = nan\n"),
            6,
            "value = nan; expected a finite number",
        ),
        (
            edit("op = \"set\"\nvalue = -inf\n"),
            6,
            "value = -inf; expected a finite number",
        ),
        (
            edit("op = \"schedule\"\npoints = [\n[1, 2.0],\n[4, nan],\n]\n"),
            8,
            "[4, nan]; expected a finite number",
        ),
        (
            edit("op = \"schedule\"\npoints = [[-1, 2.0]]\n"),
            6,
            "0 or more",
        ),
        (edit("op = \"set\"\nvalue = \"fast\"\n"), 6, "a number"),
        (
            edit("op = \"set\"\nvalue = 1\nfrom_step = 9\nto_step = 9\n"),
            4,
            "greater than from_step",
        ),
        (edit("op = \"schedule\"\n"), 4, "schedule"),
        (
            edit("op = \"schedule\"\npoints = [[5, 1.0], [5, 2.0]]\n"),
            4,
            "steps that grow",
        ),
        (
            edit("op = \"schedule\"\npoints = [[5]]\n"),
            6,
            "[step, value]",
        ),
        (
            format!("{HEAD}[[edit]]\nop = \"set\"\nvalue = 1\n"),
            3,
            "channel and op in every [[edit]]",
        ),
        (format!("{HEAD}edit = 3\n"), 3, "[[edit]]"),
        (
            kpi("better = \"more\"\n"),
            5,
            "one of `lower`, `higher`, `unknown`",
        ),
        (
            kpi("better = \"lower\"\nreduce = \"median\"\n"),
            6,
            "minutes_above",
        ),
        (
            kpi("better = \"lower\"\nreduce = \"minutes_above\"\n"),
            6,
            "level",
        ),
        (kpi("better = \"lower\"\ndelta = -1.0\n"), 4, "0 or more"),
        (
            kpi(
                "better = \"lower\"\nname = \"k\"\n[[kpi]]\nchannel = \"good_output\"\nname = \"k\"\n\
                 better = \"higher\"\n",
            ),
            9,
            "a second kpi called \"k\"",
        ),
        (
            kpi(
                "better = \"lower\"\n[[kpi]]\nchannel = \"level\"\nreduce = \"max\"\nbetter = \"lower\"\n",
            ),
            7,
            "a second kpi called \"level\"",
        ),
    ];
    assert!(cases.len() >= 20);
    for (text, line, allowed) in cases {
        let error = ScenarioSpec::parse(&text, "s.toml").unwrap_err();
        let said = error.to_string();
        let place = format!("s.toml, line {line}: ");
        assert!(said.starts_with(&place), "{text:?} gave {said:?}");
        assert!(said.contains(allowed), "{text:?} gave {said:?}");
        assert!(error.hint().is_some());
    }
}

#[expect(clippy::too_many_lines, reason = "one table of questions")]
#[test]
fn a_question_that_does_not_fit_the_data_is_refused_with_place_and_choices() {
    let edit = |rest: &str| format!("[horizon]\nsteps = 20\n[[edit]]\n{rest}");
    let cases = [
        (
            edit("channel = \"sped\"\nop = \"hold\"\n"),
            "line 6",
            "\"speed\"",
        ),
        (
            edit("channel = \"level\"\nop = \"hold\"\n"),
            "line 6",
            "role observation",
        ),
        (
            edit("channel = \"speed\"\nop = \"set\"\nvalue = 201\n"),
            "line 6",
            "at most 200 1/min, the limit high",
        ),
        (
            edit("channel = \"speed\"\nop = \"set\"\nvalue = -1\n"),
            "line 6",
            "at least 0 1/min",
        ),
        (
            edit("channel = \"speed\"\nop = \"set\"\nvalue = 160\n"),
            "line 6",
            "at most 150 1/min, the limit trip_high",
        ),
        (
            edit("channel = \"heater\"\nop = \"scale\"\nvalue = 1e308\n"),
            "line 6",
            "finite",
        ),
        (
            edit("channel = \"speed\"\nop = \"hold\"\nfrom_step = 20\n"),
            "line 6",
            "from_step < 20",
        ),
        (
            edit("channel = \"speed\"\nop = \"schedule\"\npoints = [[20, 1.0], [30, 2.0]]\n"),
            "line 6",
            "steps 0 to 19",
        ),
        (
            edit("channel = \"speed\"\nop = \"schedule\"\npoints = [[9, 1.0]]\nto_step = 9\n"),
            "line 6",
            "steps 0 to 8",
        ),
        ("[start]\nstep = 0\n".to_owned(), "line 4", "from 1 to 100"),
        (
            "[start]\ncontext_steps = 5\nstep = 101\n".to_owned(),
            "line 5",
            "from 1 to 100",
        ),
        (
            "[start]\nstep = 5\nepisode = \"2026-01-06\"\n".to_owned(),
            "line 5",
            "2026-01-05",
        ),
        (
            "[start]\nepisode = \"2026-01-05\"\nat = \"2026-01-06T08:00:00+09:00\"\n".to_owned(),
            "line 5",
            "2026-01-04T23:00:00Z",
        ),
        (
            "[[kpi]]\nname = \"k\"\nchannel = \"levle\"\nbetter = \"lower\"\n".to_owned(),
            "kpi \"k\"",
            "\"level\"",
        ),
        (
            "[[kpi]]\nchannel = \"speed\"\nbetter = \"lower\"\n".to_owned(),
            "kpi",
            "not predicted",
        ),
    ];
    for (body, place, choice) in cases {
        let error = plan(&body).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains(place) && said.contains(choice),
            "{body:?} gave {said:?}"
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_start_outside_the_record_is_told_by_the_logs_own_clock() {
    let mut dataset = line();
    dataset.utc_offset_secs = Some(9 * 3600);
    let text = format!("{HEAD}[start]\nat = \"2026-01-05T23:30:00Z\"\n");
    let spec = ScenarioSpec::parse(&text, "s.toml").unwrap();
    let error = make_plan(&spec, &dataset, &[], &mut Issues::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "s.toml, line 4: a start at 2026-01-06T08:30:00+09:00, outside the record; expected a time in \
         episode \"2026-01-05\" from 2026-01-05T08:00:00+09:00 to 2026-01-05T08:16:30+09:00"
    );
    dataset.has_clock = false;
    let error = make_plan(&spec, &dataset, &[], &mut Issues::new()).unwrap_err();
    assert!(error.to_string().contains("line 4"), "{error}");
}

#[test]
fn what_is_worked_around_names_its_line() {
    let text = format!(
        "{HEAD}[start]\nstep = 9\ncontext_steps = 30\n[horizon]\nsteps = 20\n[[edit]]\n\
         channel = \"speed\"\nop = \"schedule\"\npoints = [[5, 1.0], [40, 2.0]]\n"
    );
    let spec = ScenarioSpec::parse(&text, "s.toml").unwrap();
    let mut issues = Issues::new();
    make_plan(&spec, &line(), &[], &mut issues).unwrap();
    let told: Vec<_> = issues
        .as_slice()
        .iter()
        .map(|issue| (issue.code, issue.place.row))
        .collect();
    assert_eq!(
        told,
        [("context-short", Some(5)), ("edit-clipped", Some(9))]
    );
    // A point at the horizon's end is the end of a line that is asked for in full.
    let spec = ScenarioSpec::parse(&text.replace("[40,", "[20,"), "s.toml").unwrap();
    let mut issues = Issues::new();
    make_plan(&spec, &line(), &[], &mut issues).unwrap();
    assert_eq!(issues.as_slice().len(), 1);
}

#[test]
fn every_operation_does_what_its_name_says() {
    assert_eq!(
        edited("op = \"set\"\nvalue = 7\nfrom_step = 1\nto_step = 3\n"),
        [60., 7., 7., 63., 64.]
    );
    assert_eq!(
        edited("op = \"add\"\nvalue = 2\nfrom_step = 3\n"),
        [60., 61., 62., 65., 66.]
    );
    assert_eq!(
        edited("op = \"scale\"\nvalue = 2\nto_step = 2\n"),
        [120., 122., 62., 63., 64.]
    );
    assert_eq!(
        edited("op = \"hold\"\nfrom_step = 1\nto_step = 4\n"),
        [60., 61., 61., 61., 64.]
    );
    assert_eq!(
        edited("op = \"ramp_to\"\nvalue = 63\nto_step = 2\n"),
        [61., 63., 63., 63., 63.]
    );
    assert_eq!(
        edited("op = \"schedule\"\npoints = [[1, 10.0], [3, 30.0]]\n"),
        [60., 10., 20., 30., 30.]
    );
}

#[test]
fn a_scenario_file_is_read_back_as_it_was_written() {
    let text = format!(
        "{HEAD}name = \"B \\\"fast\\\" 速\"\n[start]\nepisode = \"e\"\nstep = 5\ncontext_steps = 7\n\
         [horizon]\nsteps = 9\n[[edit]]\nchannel = \"speed\"\nop = \"schedule\"\n\
         points = [[0, 1.5], [4, 2]]\nto_step = 6\n[[edit]]\nchannel = \"speed\"\nop = \"scale\"\n\
         value = 1.08\n[[kpi]]\nname = \"k\"\nchannel = \"level\"\nreduce = \"minutes_below\"\n\
         level = 3\nbetter = \"higher\"\nunit = \"min\"\ndelta = 0.5\n"
    );
    let first = ScenarioSpec::parse(&text, "s.toml").unwrap();
    let mut second = ScenarioSpec::parse(&first.to_toml(), "s.toml").unwrap();
    assert_eq!(second.edits.len(), 2);
    for (left, right) in second.edits.iter_mut().zip(&first.edits) {
        left.line = right.line;
    }
    second.kpis[0].line = first.kpis[0].line;
    second.start.lines = first.start.lines;
    assert_eq!(first, second);
}

#[test]
fn without_a_start_the_horizon_ends_with_the_record() {
    let plan = plan("").unwrap();
    assert_eq!(plan.horizon_steps, 50);
    assert_eq!(
        plan.start,
        Start {
            episode: 0,
            step: 50,
            context_steps: 50
        }
    );
    assert!(plan.edited.is_empty());
    assert_eq!(plan.controls, plan.recorded);
    assert_eq!(plan.kpis.len(), 1);
    assert_eq!(plan.kpis[0].better, Better::Higher);
}

#[test]
fn a_time_finds_its_step() {
    let plan = plan("[start]\nat = \"2026-01-05T08:01:00+09:00\"\n").unwrap();
    assert_eq!(plan.start.step, 6);
    assert_eq!(plan.start.context_steps, 6);
    assert_eq!(plan.horizon_steps, 94);
}

#[test]
fn a_recording_is_found_by_its_day_on_the_logs_own_clock() {
    let mut dataset = line();
    (dataset.step_secs, dataset.utc_offset_secs) = (3600.0, Some(9 * 3600));
    dataset.episodes[0].name = "log".to_owned();
    let mut later = dataset.episodes[0].clone();
    later.name = "log-2".to_owned();
    later.start_ns += 200 * 3_600_000_000_000;
    dataset.episodes.push(later);
    let start = |rest: &str| {
        let text = format!("{HEAD}[start]\nepisode = \"2026-01-06\"\n{rest}[horizon]\nsteps = 5\n");
        let spec = ScenarioSpec::parse(&text, "s.toml")?;
        make_plan(&spec, &dataset, &[], &mut Issues::new()).map(|plan| plan.start)
    };
    // It begins at 08:00 of the day before; the horizon ends with the day.
    let found = start("").unwrap();
    assert_eq!((found.episode, found.step), (0, 35));
    let found = start("at = \"2026-01-06T05:00:00+09:00\"\n").unwrap();
    assert_eq!((found.episode, found.step), (0, 21));
    assert!(start("at = \"2026-01-20T05:00:00+09:00\"\n").is_err());
}

#[test]
fn a_day_is_not_asked_of_a_recording_that_begins_as_it_ends() {
    let mut dataset = line();
    (dataset.step_secs, dataset.utc_offset_secs) = (60.0, Some(9 * 3600));
    let mut late = dataset.episodes[0].clone();
    late.name = "late".to_owned();
    dataset.episodes[0].name = "early".to_owned();
    // 100 minutes each, from 08:00 and from 23:40.
    late.start_ns += 940 * 60_000_000_000;
    dataset.episodes.push(late);
    let start = |rest: &str| {
        let text = format!("{HEAD}[start]\nepisode = \"2026-01-05\"\n{rest}");
        let spec = ScenarioSpec::parse(&text, "s.toml")?;
        make_plan(&spec, &dataset, &[], &mut Issues::new()).map(|plan| plan.start)
    };
    let found = start("context_steps = 30\n[horizon]\nsteps = 120\n").unwrap();
    assert_eq!(
        (found.episode, found.step, found.context_steps),
        (0, 30, 30)
    );
    let found = start("at = \"2026-01-05T23:50:00+09:00\"\n").unwrap();
    assert_eq!((found.episode, found.step), (1, 10));
}

#[test]
fn a_start_stays_on_the_day_that_was_asked_for() {
    let mut dataset = line();
    (dataset.step_secs, dataset.utc_offset_secs) = (60.0, Some(9 * 3600));
    // From 23:50 on: ten of its minutes lie on that day.
    dataset.episodes[0].start_ns += 950 * 60_000_000_000;
    dataset.episodes[0].name = "night".to_owned();
    let text = format!("{HEAD}[start]\nepisode = \"2026-01-05\"\n[horizon]\nsteps = 20\n");
    let spec = ScenarioSpec::parse(&text, "s.toml").unwrap();
    let mut issues = Issues::new();
    let start = make_plan(&spec, &dataset, &[], &mut issues).unwrap().start;
    assert_eq!((start.step, start.context_steps), (9, 9));
    let codes: Vec<&str> = issues.as_slice().iter().map(|issue| issue.code).collect();
    assert_eq!(codes, ["context-short"]);
}

#[test]
fn a_time_between_two_recordings_is_told_by_both() {
    let mut dataset = line();
    (dataset.step_secs, dataset.utc_offset_secs) = (60.0, Some(9 * 3600));
    for (name, hours) in [("noon", 4), ("night", 14)] {
        let mut next = dataset.episodes[0].clone();
        next.name = name.to_owned();
        next.start_ns += hours * 3_600_000_000_000;
        dataset.episodes.push(next);
    }
    let told = |at: &str| {
        let text = format!("{HEAD}[start]\nat = \"2026-01-05T{at}:00+09:00\"\n");
        let spec = ScenarioSpec::parse(&text, "s.toml").unwrap();
        let made = make_plan(&spec, &dataset, &[], &mut Issues::new());
        made.err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let first = dataset.episodes[0].name.clone();
    let between = told("11:00");
    for words in [
        &format!("{first:?} up to 2026-01-05T09:39:00"),
        "\"noon\" from 2026-01-05T12:00:00",
    ] {
        assert!(between.contains(words), "{between}");
    }
    assert!(told("07:00").contains(&format!("{first:?} from")));
    assert!(told("23:59").contains("\"night\" from"));
}

#[test]
fn controls_hold_beyond_the_record_and_say_so_and_holes_are_bridged() {
    let text = format!("{HEAD}[start]\nstep = 98\n[horizon]\nsteps = 5\n");
    let spec = ScenarioSpec::parse(&text, "s.toml").unwrap();
    let mut dataset = line();
    dataset.episodes[0].columns[1][98] = f64::NAN;
    let mut issues = Issues::new();
    let plan = make_plan(&spec, &dataset, &[], &mut issues).unwrap();
    assert_eq!(plan.controls.row_of(0).unwrap(), [98., 99., 99., 99., 99.]);
    assert_eq!(plan.controls.row_of(1).unwrap()[..1], [1098.0]);
    let codes: Vec<&str> = issues.as_slice().iter().map(|issue| issue.code).collect();
    assert_eq!(codes, ["beyond-record"]);
}

#[test]
fn the_digest_leaves_names_out_and_counts_everything_else() {
    let edit = "[[edit]]\nchannel = \"speed\"\nop = \"add\"\nvalue = ";
    let first = plan(&format!("name = \"A\"\n{edit}1\n")).unwrap();
    let renamed = plan(&format!("name = \"B\"\n{edit}1\n")).unwrap();
    let other = plan(&format!("name = \"A\"\n{edit}2\n")).unwrap();
    assert_eq!(first.digest, renamed.digest);
    assert_ne!(first.digest, other.digest);
    assert_ne!(first.digest, plan("").unwrap().digest);
}
