//! Files of one log that overlap or differ a little, and recipes that ask for what is not there.
#![expect(clippy::format_push_string, reason = "helpers of tests")]

use crate::{
    imports::{has_issue, keeps_promises, load, names},
    support::{edit, example, gemba, scenario, temp_dir, write},
};
use gemba::data::Role;

/// Rows of one logger, ten seconds apart.
fn log(rows: std::ops::Range<usize>, power: &str) -> String {
    let mut text = format!("time,valve,level,flow,temp,{power}\n");
    for row in rows {
        let secs = row * 10;
        let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
        let valve = 40 + row / 20 % 3 * 10;
        let wave = |period: f64| (row as f64 / period).sin();
        text += &format!(
            "2026-01-05T{hour:02}:{minute:02}:{second:02}Z,{valve},{:.4},{:.4},{:.4},{:.4}\n",
            wave(7.0),
            wave(11.0),
            wave(23.0),
            wave(31.0)
        );
    }
    text
}

#[test]
fn rows_that_two_exports_share_are_read_once() {
    let dir = temp_dir();
    let first = write(dir.path(), "a.csv", log(0..600, "power"));
    let second = write(dir.path(), "b.csv", log(500..1200, "power"));
    let sources = [first, second];
    let imported = load(&sources, None).unwrap();
    assert!(has_issue(&imported, "rows-repeated"));
    assert_eq!(imported.dataset.n_steps(), 1200);
    assert_eq!(imported.dataset.episodes.len(), 1);
    keeps_promises(&imported, &sources);
}

#[test]
fn a_later_log_with_one_column_of_another_name_goes_on_in_its_own_time() {
    let dir = temp_dir();
    let first = write(dir.path(), "a.csv", log(0..600, "power"));
    let second = write(dir.path(), "b.csv", log(700..1300, "watts"));
    let sources = [first, second];
    let imported = load(&sources, None).unwrap();
    assert!(has_issue(&imported, "lacks-columns") && !has_issue(&imported, "clock-offset"));
    let dataset = &imported.dataset;
    assert_eq!(dataset.episodes.len(), 2);
    let far = dataset.episodes[1].start_ns - dataset.episodes[0].start_ns;
    assert_eq!(far, 7_000 * 1_000_000_000);
    let known = names(dataset, Role::Observation);
    assert!(
        known.contains(&"power") && known.contains(&"watts"),
        "{known:?}"
    );
    keeps_promises(&imported, &sources);
}

#[test]
fn files_kept_apart_by_a_recipe_keep_the_rows_that_they_share() {
    let dir = temp_dir();
    let sources = [
        write(dir.path(), "train.csv", log(0..1000, "power")),
        write(dir.path(), "val.csv", log(800..1000, "power")),
    ];
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[split]\ntrain = [\"train.csv\"]\n\
        val = [\"val.csv\"]\n";
    let imported = load(&sources, Some(recipe)).unwrap();
    assert!(has_issue(&imported, "rows-in-both"));
    assert_eq!(imported.dataset.n_steps(), 1200);
}

#[test]
fn files_without_a_clock_that_share_most_columns_stand_side_by_side() {
    let dir = temp_dir();
    let plain = |power: &str| {
        let text = log(0..600, power);
        let lines = text
            .lines()
            .map(|line| line.split_once(',').map_or("", |cut| cut.1));
        lines.collect::<Vec<_>>().join("\n")
    };
    let sources = [
        write(dir.path(), "one.csv", plain("y1")),
        write(dir.path(), "two.csv", plain("y2")),
    ];
    let imported = load(&sources, None).unwrap();
    assert_eq!(imported.dataset.episodes.len(), 1);
    assert_eq!(imported.dataset.n_steps(), 600);
}

#[test]
fn a_recipe_that_asks_for_what_is_not_there_says_so() {
    let dir = temp_dir();
    let source = [write(dir.path(), "a.csv", log(0..600, "power"))];
    let head = "format = \"gemba-recipe\"\nversion = 1\n";
    let refused = |rest: &str| {
        let error = load(&source, Some(&format!("{head}{rest}"))).expect_err("a flaw");
        error.to_string()
    };
    let column = refused("[time]\ncolumn = \"datetim\"\n");
    assert!(
        column.contains("line 4") && column.contains("time, valve"),
        "{column}"
    );
    let format = refused("[time]\ncolumn = \"time\"\nformat = \"%d/%m/%Y\"\n");
    assert!(format.contains("%d/%m/%Y"), "{format}");
    let one = "[[channel]]\nname = \"p\"\nsource = \"power\"\nrole = \"kpi\"\n";
    let twice = refused(&format!("{one}{}", one.replace("\"p\"", "\"q\"")));
    assert!(
        twice.contains("line 8") && twice.contains("power"),
        "{twice}"
    );
    let media = "[[images]]\nfolder = \"cam\"\n[[sound]]\nfiles = [\"m.wav\"]\n\
        [[checklists]]\nfile = \"checks.csv\"\n";
    let imported = load(&source, Some(&format!("{head}{media}"))).unwrap();
    let absent = imported.issues.as_slice().iter();
    let absent = absent.filter(|issue| issue.code == "recipe-media-absent");
    assert_eq!(absent.count(), 3);
}

#[test]
fn a_project_that_is_not_there_is_made_by_append_too() {
    let dir = temp_dir();
    write(dir.path(), "a.csv", log(0..600, "power"));
    let args = [
        "import",
        "a.csv",
        "--append",
        "--project",
        "new.gemba",
        "--json",
    ];
    let json = gemba(dir.path(), &args).ended(0).json();
    assert_eq!(json["rows"], 600);
}

#[test]
fn a_recording_is_found_by_its_day_and_a_kpi_is_refused_with_its_line() {
    let dir = temp_dir();
    let at = "\n[start]\nepisode = \"2026-01-05\"\nat = \"2026-01-05T09:00:00+09:00\"\n";
    let text = format!(
        "format = \"gemba-scenario\"\nversion = 1\nname = \"A\"\n{at}{}",
        edit("conveyor_speed", "scale", "1.01")
    );
    let path = write(dir.path(), "day.toml", &text);
    let project = example().join("line.gemba");
    let project = project.to_str().unwrap();
    let asks = |file: &std::path::Path| {
        let file = file.to_str().unwrap().to_owned();
        gemba(dir.path(), &["judge", project, "--scenario", &file])
    };
    assert_ne!(asks(&path).code, 2);
    let other = write(
        dir.path(),
        "other.toml",
        text.replace("2026-01-05\"", "2031-01-05\""),
    );
    asks(&other).ended(2).says(&["2031-01-05"]);
    let kpi = scenario(
        dir.path(),
        "K.toml",
        "\n[[kpi]]\nchannel = \"nope\"\nbetter = \"lower\"\n",
    );
    asks(&kpi).ended(2).says(&["line 13", "nope"]);
}
