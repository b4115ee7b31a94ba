//! What was read wrongly without a word: marks beside values, units, zones, decimals, rows of one stamp.
#![expect(
    clippy::expect_used,
    clippy::format_push_string,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

use std::path::{Path, PathBuf};

use gemba::{data::Dataset, import::Imported};

use crate::{
    imports::{codes, has_issue, keeps_promises, load},
    support::{temp_dir, write},
};

/// The stamp of a row ten seconds behind the one before.
fn stamp(row: usize) -> String {
    let secs = 8 * 3600 + row * 10;
    let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
    format!("2026-01-05 {hour:02}:{minute:02}:{second:02}")
}

fn temp(row: usize) -> f64 {
    60.0 + 5.0 * (row as f64 / 9.0).sin()
}

fn valve(row: usize) -> usize {
    40 + 5 * (row / 50 % 2)
}

/// A log of some rows, a cell a column.
fn log(head: &str, rows: std::ops::Range<usize>, cells: impl Fn(usize) -> String) -> String {
    let mut text = format!("{head}\n");
    for row in rows {
        text += &format!("{},{}\n", stamp(row), cells(row));
    }
    text
}

/// The values of a channel of the first episode.
fn values<'a>(dataset: &'a Dataset, name: &str) -> &'a [f64] {
    let mut channels = dataset.channels.iter();
    let at = channels.position(|channel| channel.name == name);
    let at = at.expect(name);
    &dataset.episodes[0].columns[at]
}

fn import_one(dir: &Path, name: &str, text: impl AsRef<[u8]>) -> (Imported, PathBuf) {
    let source = write(dir, name, text);
    (load(std::slice::from_ref(&source), None).unwrap(), source)
}

#[test]
fn a_long_table_with_a_quality_is_no_checklist_and_bad_values_are_left_out() {
    let dir = temp_dir();
    for (marks, other) in [
        (["Good", "Bad"], "Quality"),
        (["192", "0"], "QualityDetail"),
    ] {
        let mut text = format!("Timestamp,Tag,Value,{other}\n");
        for row in 0..300 {
            let is_bad = (100..105).contains(&row);
            let value = if is_bad { 0.0 } else { temp(row) };
            let mark = marks[usize::from(is_bad)];
            text += &format!("{},TI1,{value:.2},{mark}\n", stamp(row));
            text += &format!("{},VALVE.SP,{},{}\n", stamp(row), valve(row), marks[0]);
        }
        let (imported, source) = import_one(dir.path(), "long.csv", text);
        let names: Vec<&str> = imported
            .dataset
            .channels
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["TI1", "VALVE.SP"]);
        assert!(
            has_issue(&imported, "bad-quality"),
            "{:?}",
            codes(&imported)
        );
        let lowest = values(&imported.dataset, "TI1")
            .iter()
            .copied()
            .fold(99.0, f64::min);
        assert!(lowest > 50.0, "{lowest}");
        keeps_promises(&imported, &[source]);
    }
}

#[test]
fn a_wide_table_with_marks_of_quality_leaves_bad_values_out_and_keeps_the_word() {
    let dir = temp_dir();
    let text = log("time,TI1.PV,TI1.Quality,SP", 0..300, |row| {
        let is_bad = (100..105).contains(&row);
        let (value, mark) = if is_bad {
            (0.0, "Bad")
        } else {
            (temp(row), "Good")
        };
        format!("{value:.2},{mark},{}", valve(row))
    });
    let (imported, _) = import_one(dir.path(), "wide.csv", text);
    assert!(
        has_issue(&imported, "bad-quality"),
        "{:?}",
        codes(&imported)
    );
    let lowest = values(&imported.dataset, "TI1.PV")
        .iter()
        .copied()
        .fold(99.0, f64::min);
    assert!(lowest > 50.0, "{lowest}");
    let marks = values(&imported.dataset, "TI1.Quality");
    assert!(
        (marks[102] - marks[99]).abs() > 0.5,
        "{:?}",
        &marks[98..107]
    );
}

#[test]
fn a_log_with_as_many_states_as_numbers_is_no_checklist() {
    let dir = temp_dir();
    let text = log("time,temp (°C),SP,interlock,door", 0..300, |row| {
        let state = |period: usize| if row % period == 0 { "FALSE" } else { "TRUE" };
        format!("{:.2},{},{},{}", temp(row), valve(row), state(9), state(31))
    });
    let (imported, source) = import_one(dir.path(), "states.csv", text);
    assert_eq!(imported.dataset.channels[0].unit, "°C");
    assert_eq!(imported.dataset.n_steps(), 300);
    keeps_promises(&imported, &[source]);
}

#[test]
fn a_preview_says_where_the_import_takes_a_checklist() {
    let dir = temp_dir();
    let mut text = "日付,油量,異音,担当\n".to_owned();
    for day in 1..=20 {
        let mark = if day % 3 == 0 { "×" } else { "○" };
        text += &format!("2026/01/{day:02},{mark},○,佐藤\n");
    }
    text += "2026/01/21,1,2,佐藤\n";
    let source = write(dir.path(), "checks.csv", text);
    let shown = gemba::import::preview(&source, None);
    let issues = shown
        .map(|shown| shown.issues.into_vec())
        .unwrap_or_default();
    assert!(
        issues.iter().any(|issue| issue.code == "read-as-checklist"),
        "{issues:?}"
    );
}

#[test]
fn files_of_different_units_are_converted_where_that_is_sure_and_kept_apart_where_not() {
    let dir = temp_dir();
    let press = |row: usize| 3.0 + (row as f64 / 7.0).cos();
    let sources = [
        write(
            dir.path(),
            "a.csv",
            log(
                "time,temp (°C),press (bar),level (%),valve",
                0..300,
                |row| {
                    format!(
                        "{:.3},{:.3},{:.3},{}",
                        temp(row),
                        press(row),
                        temp(row) / 2.0,
                        valve(row)
                    )
                },
            ),
        ),
        write(
            dir.path(),
            "b.csv",
            log(
                "time,temp (°F),press (kPa),level (mm),valve",
                300..600,
                |row| {
                    let heat = temp(row) * 1.8 + 32.0;
                    let press = press(row) * 100.0;
                    format!(
                        "{heat:.3},{press:.3},{:.3},{}",
                        temp(row) * 20.0,
                        valve(row)
                    )
                },
            ),
        ),
    ];
    let imported = load(&sources, None).unwrap();
    let dataset = &imported.dataset;
    assert_eq!(dataset.n_steps(), 600);
    let all = |name: &str| -> f64 { values(dataset, name).iter().copied().fold(0.0, f64::max) };
    assert!(all("temp") < 66.0 && all("press") < 4.1 && all("level") < 33.0);
    assert!(all("level (mm)") > 1000.0);
    let n_converted = codes(&imported)
        .iter()
        .filter(|code| **code == "unit-converted")
        .count();
    assert_eq!(n_converted, 2);
    assert!(has_issue(&imported, "unit-differs"));
    keeps_promises(&imported, &sources);
}

#[test]
fn a_file_without_a_zone_goes_on_into_one_that_has_it() {
    let dir = temp_dir();
    let cells = |row: usize| format!("{:.3},{}", temp(row), valve(row));
    let second = log("time,temp,valve", 200..400, cells);
    let second = second.replace(",6", "+09:00,6").replace(",5", "+09:00,5");
    let sources = [
        write(dir.path(), "a.csv", log("time,temp,valve", 0..200, cells)),
        write(dir.path(), "b.csv", second),
    ];
    let imported = load(&sources, None).unwrap();
    assert!(
        has_issue(&imported, "zone-differs"),
        "{:?}",
        codes(&imported)
    );
    assert_eq!(imported.dataset.episodes.len(), 1);
    assert_eq!(imported.dataset.n_steps(), 400);
    keeps_promises(&imported, &sources);
}

#[test]
fn rows_of_one_stamp_that_fill_other_columns_are_one_row() {
    let dir = temp_dir();
    let mut text = "time,A,B,valve\n".to_owned();
    for row in 0..300 {
        text += &format!("{},{:.3},,{}\n", stamp(row), temp(row), valve(row));
        if row % 3 == 0 {
            text += &format!("{},,{:.3},\n", stamp(row), 20.0 + (row as f64 / 9.0).cos());
        }
    }
    let (imported, source) = import_one(dir.path(), "union.csv", text);
    assert!(
        has_issue(&imported, "rows-joined"),
        "{:?}",
        codes(&imported)
    );
    assert!((imported.dataset.step_secs - 10.0).abs() < 1e-9);
    let is_whole = values(&imported.dataset, "A")
        .iter()
        .all(|value| value.is_finite());
    assert!(is_whole, "no value of A is lost");
    keeps_promises(&imported, &[source]);
}

#[test]
fn a_decimal_comma_that_comes_late_and_thousands_beside_hundreds_are_read() {
    let dir = temp_dir();
    let mut late = "Zeit;Temp;Druck;SP Ventil\n".to_owned();
    for row in 0..3000 {
        let cells = if row < 450 {
            "0;0;40".to_owned()
        } else {
            format!("{:.2};{:.3};{}", temp(row), temp(row) / 25.0, valve(row)).replace('.', ",")
        };
        late += &format!("{};{cells}\n", stamp(row));
    }
    let (imported, source) = import_one(dir.path(), "late.csv", late);
    let last = |name: &str| values(&imported.dataset, name).last().copied().unwrap();
    assert!((last("Temp") - temp(2999)).abs() < 0.01, "{}", last("Temp"));
    assert!(
        (last("Druck") - temp(2999) / 25.0).abs() < 0.001,
        "{}",
        last("Druck")
    );
    keeps_promises(&imported, &[source]);
    let mut thousands = "Zeit;Energie;Ventil\n".to_owned();
    for row in 0..300 {
        let value = 900 + valve(row) + usize::from(temp(row) > 60.0) * 100 + row % 7;
        let cell = if value < 1000 {
            value.to_string()
        } else {
            format!("{}.{:03}", value / 1000, value % 1000)
        };
        thousands += &format!("{};{cell};{}\n", stamp(row), valve(row));
    }
    let (imported, _) = import_one(dir.path(), "thousands.csv", thousands);
    let lowest = values(&imported.dataset, "Energie")
        .iter()
        .copied()
        .fold(9e9, f64::min);
    assert!(lowest > 900.0, "{lowest}");
}

#[test]
fn a_tab_table_of_three_decimals_says_that_it_could_be_thousands() {
    let dir = temp_dir();
    let text = log("time,temp,press,valve", 0..300, |row| {
        format!(
            "{:.3},{:.3},{}",
            60.1 + temp(row) / 7.0,
            3.1 + temp(row) / 99.0,
            valve(row)
        )
    });
    let text = text.replace(',', "\t").replace('.', ",");
    let (imported, source) = import_one(dir.path(), "tab.txt", &text);
    assert!(
        has_issue(&imported, "open-decimal"),
        "{:?}",
        codes(&imported)
    );
    assert!(
        values(&imported.dataset, "temp")
            .iter()
            .all(|value| *value < 100.0)
    );
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[layout]\ndecimal = \".\"\n";
    let doubted = load(&[source], Some(recipe)).unwrap();
    assert!(
        has_issue(&doubted, "decimal-doubtful"),
        "{:?}",
        codes(&doubted)
    );
}

#[test]
fn thousands_written_as_text_in_records_and_beside_japanese_heads_stay_thousands() {
    let dir = temp_dir();
    let flow = |row: usize| {
        let whole = format!("{:.0}", 1450.0 + 40.0 * (row as f64 / 9.0).sin());
        format!("{},{}", &whole[..1], &whole[1..])
    };
    let mut records = String::new();
    let mut tabs = "日時\t流量\t設定\n".to_owned();
    for row in 0..300 {
        let (time, flow, valve) = (stamp(row), flow(row), valve(row));
        records += &format!("{{\"time\":\"{time}\",\"flow\":\"{flow}\",\"valve\":{valve}}}\n");
        tabs += &format!("{time}\t{flow}\t{valve}\n");
    }
    let check = |file: &str, text: String, name: &str, is_open: bool| {
        let (imported, source) = import_one(dir.path(), file, text);
        let found = values(&imported.dataset, name);
        assert!(
            found.iter().all(|value| *value > 1000.0),
            "{file} {found:?}"
        );
        let codes = codes(&imported);
        assert!(!codes.contains(&"open-decimal"), "{codes:?}");
        assert_eq!(codes.contains(&"open-thousands"), is_open, "{codes:?}");
        keeps_promises(&imported, &[source]);
    };
    check("log.jsonl", records, "flow", true);
    check("log.tsv", tabs, "流量", false);
}

#[test]
fn a_judgement_of_the_product_is_no_mark_of_the_values_beside_it() {
    let dir = temp_dir();
    let text = log("time,weld_current,weld_quality,SP", 0..300, |row| {
        let mark = if row % 20 == 3 { "bad" } else { "good" };
        format!("{:.2},{mark},{}", temp(row), valve(row))
    });
    let (imported, source) = import_one(dir.path(), "weld.csv", text);
    let found = values(&imported.dataset, "weld_current");
    assert!(found.iter().all(|value| value.is_finite()));
    assert!(
        !has_issue(&imported, "bad-quality"),
        "{:?}",
        codes(&imported)
    );
    keeps_promises(&imported, &[source]);
}

#[test]
fn the_days_of_a_spreadsheet_are_local_times() {
    let dir = temp_dir();
    let mut text = "日時,温度,設定\n".to_owned();
    for row in 0..300 {
        let day = 46_027.0 + (8 * 360 + row) as f64 / 8640.0;
        text += &format!("{day:.5},{:.3},{}\n", temp(row), valve(row));
    }
    let (imported, source) = import_one(dir.path(), "days.csv", text);
    assert!(has_issue(&imported, "no-zone"), "{:?}", codes(&imported));
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[time]\ncolumn = \"日時\"\n\
                  zone = \"Asia/Tokyo\"\n";
    let zoned = load(&[source], Some(recipe)).unwrap();
    let hours = |imported: &Imported| imported.dataset.episodes[0].start_ns / 3_600_000_000_000;
    assert_eq!(hours(&imported) - hours(&zoned), 9);
    assert_eq!(zoned.dataset.n_steps(), imported.dataset.n_steps());
    assert!(!has_issue(&zoned, "no-zone"), "{:?}", codes(&zoned));
}

#[test]
fn a_tag_that_was_added_later_is_a_measurement() {
    let dir = temp_dir();
    for word in ["Pt Created", "Shutdown"] {
        let text = log("time,temp,press,SP", 0..3000, |row| {
            let value = format!("{:.3}", temp(row));
            let cell = if row < 500 { word } else { value.as_str() };
            format!("{cell},{:.3},{}", temp(row) / 20.0, valve(row))
        });
        let (imported, source) = import_one(dir.path(), "late.csv", text);
        let found = values(&imported.dataset, "temp");
        assert!(found[..500].iter().all(|value| value.is_nan()), "{word}");
        assert!(
            (found[600] - temp(600)).abs() < 0.001,
            "{word}: {}",
            found[600]
        );
        keeps_promises(&imported, &[source]);
    }
    let text = log("time,dev,SP", 0..600, |row| {
        let dev = temp(row) - 60.0;
        let shown = format!("{:.2}", dev.abs());
        let cell = if dev < 0.0 {
            format!("({shown})")
        } else {
            shown
        };
        format!("{cell},{}", valve(row))
    });
    let (imported, _) = import_one(dir.path(), "dev.csv", text);
    let found = values(&imported.dataset, "dev");
    assert!(found.iter().any(|value| *value < -4.0) && found.iter().any(|value| *value > 4.0));
    // Seldom enough that the beginning and the samples of the rest show words only.
    let text = log("time,temp,press,SP", 0..600, |row| {
        let is_on = row % 5 != 0;
        let value = format!("{:.1}", temp(row));
        let cell = if is_on { value.as_str() } else { "Stillstand" };
        format!("{cell},{:.3},{}", temp(row) / 20.0, valve(row))
    });
    let (imported, _) = import_one(dir.path(), "rest.csv", text);
    assert!(has_issue(&imported, "not-a-number"));
}

#[test]
fn a_row_of_units_below_the_names_is_no_part_of_them() {
    let dir = temp_dir();
    let rows = log("", 0..300, |row| {
        format!("{:.3},{:.2},{}", temp(row), temp(row) / 9.0, valve(row))
    });
    let rows = rows.trim_start();
    for head in [
        "日時,流量,温度,設定\n単位,L/min,degC,%\n",
        "日時,流量,温度,設定\n単位,L/min,degC\n",
        "タグ,FI1,TI1,SV1\n名称,流量,温度,設定\n単位,L/min,degC,%\n",
        "日時,流量,温度,設定\n単位,L/min,degC,%\n下限,0,0,0\n上限,100,90,100\n",
    ] {
        let (imported, _) = import_one(dir.path(), "units.csv", format!("{head}{rows}"));
        let first = &imported.dataset.channels[0];
        assert_eq!(first.unit, "L/min", "{head}: {first:?}");
        assert!(first.name.ends_with("流量"), "{head}: {first:?}");
        assert_eq!(imported.dataset.n_steps(), 300, "{head}");
    }
}

#[test]
fn zeros_in_front_make_no_code_of_what_has_a_unit_or_moves_as_a_measurement() {
    let dir = temp_dir();
    let text = log("日時,圧力 (kPa),流量,設定", 0..300, |row| {
        let press = 300.0 + temp(row);
        format!("{press:04.0},{:03.0},{:03}", temp(row) * 3.0, valve(row))
    });
    let (imported, source) = import_one(dir.path(), "zeros.csv", text);
    let found = values(&imported.dataset, "圧力");
    assert!(
        (found[7] - (300.0 + temp(7)).round()).abs() < 0.01,
        "{}",
        found[7]
    );
    let found = values(&imported.dataset, "流量");
    assert!(
        (found[7] - (temp(7) * 3.0).round()).abs() < 0.01,
        "{}",
        found[7]
    );
    assert!(
        has_issue(&imported, "leading-zeros"),
        "{:?}",
        codes(&imported)
    );
    keeps_promises(&imported, &[source]);
}

#[test]
fn days_of_a_spreadsheet_are_a_clock_and_stamps_without_a_year_are_named() {
    let dir = temp_dir();
    let mut text = "日時,温度,設定\n".to_owned();
    for row in 0..300 {
        let day = 46_027.0 + (8 * 360 + row) as f64 / 8640.0;
        text += &format!("{day:.5},{:.3},{}\n", temp(row), valve(row));
    }
    let (imported, source) = import_one(dir.path(), "serial.csv", text);
    assert!(
        (imported.dataset.step_secs - 10.0).abs() < 0.1,
        "{}",
        imported.dataset.step_secs
    );
    let start = imported.dataset.episodes[0].start_ns;
    assert_eq!(start, 1_767_600_000 * 1_000_000_000, "2026-01-05 08:00");
    keeps_promises(&imported, &[source]);
    let text = log("日時,温度,設定", 0..300, |row| {
        format!("{:.3},{}", temp(row), valve(row))
    });
    let text = text.replace("2026-01-05", "01/05");
    let (imported, _) = import_one(dir.path(), "yearless.csv", text);
    assert!(
        has_issue(&imported, "unread-time"),
        "{:?}",
        codes(&imported)
    );
}

#[test]
fn a_day_that_reads_alike_in_both_orders_is_no_proof_for_the_next() {
    let dir = temp_dir();
    let cells = |row: usize| format!("{:.3},{}", temp(row), valve(row));
    let day = |date: &str| log("time,temp,valve", 0..300, cells).replace("2026-01-05", date);
    let sources = [
        write(dir.path(), "d1.csv", day("05/05/2026")),
        write(dir.path(), "d2.csv", day("05/06/2026")),
    ];
    let imported = load(&sources, None).unwrap();
    assert!(
        has_issue(&imported, "ambiguous-date"),
        "{:?}",
        codes(&imported)
    );
}
