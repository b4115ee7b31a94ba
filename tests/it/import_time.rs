//! Tests of time in logs: clocks of 12 hours, daylight saving, epochs, day-first dates.
#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "helpers of tests may give up; speed does not matter here"
)]

use gemba::{base::format_time, import::Imported};

use crate::{
    imports::{self, codes},
    support::write,
};

/// Imports a log of one valve and one level; `stamp` writes the time of a row.
fn log_of(n_rows: usize, recipe: Option<&str>, stamp: impl Fn(usize) -> String) -> Imported {
    let mut text = "time;valve;level\n".to_owned();
    for row in 0..n_rows {
        let level = 50.0 + 5.0 * (row as f64 / 7.0).sin();
        text += &format!("{};{};{level:.3}\n", stamp(row), 40 + row / 20 % 3 * 10);
    }
    let dir = tempfile::tempdir().unwrap();
    imports::load(&[write(dir.path(), "log.csv", text)], recipe).unwrap()
}

/// Start, step in seconds and number of steps of a log that must be one episode.
fn span(imported: &Imported) -> (String, f64, usize) {
    let dataset = &imported.dataset;
    assert_eq!(dataset.episodes.len(), 1, "{:?}", codes(imported));
    let start = format_time(dataset.episodes[0].start_ns);
    (start, dataset.step_secs, dataset.n_steps())
}

#[test]
fn a_clock_of_twelve_hours_without_halves_goes_on_through_the_day() {
    // Ten minutes a row from three in the afternoon on, over two midnights.
    let imported = log_of(300, None, |row| {
        let minutes = 15 * 60 + row * 10;
        let (day, hour, minute) = (minutes / 1440, minutes / 60 % 12, minutes % 60);
        let hour = if hour == 0 { 12 } else { hour };
        format!("2026-01-{:02} {hour:02}:{minute:02}:00", 5 + day)
    });
    let expected = ("2026-01-05T15:00:00Z".to_owned(), 600.0, 300);
    assert_eq!(span(&imported), expected);
    assert!(codes(&imported).contains(&"half-day-clock"));
}

#[test]
fn a_clock_set_back_by_an_hour_goes_on_and_is_named() {
    let written = |row: usize| {
        // Local time of Berlin: at three o'clock it is two once more.
        let minutes = row * 5 + 60;
        let minutes = if minutes >= 180 {
            minutes - 60
        } else {
            minutes
        };
        format!("2025-10-26 {:02}:{:02}:00", minutes / 60, minutes % 60)
    };
    let imported = log_of(120, None, written);
    assert_eq!(span(&imported).2, 120);
    assert!(codes(&imported).contains(&"clock-set-back"));
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[time]\ncolumn = \"time\"\n\
                  zone = \"Europe/Berlin\"\n";
    let zoned = log_of(120, Some(recipe), written);
    let expected = ("2025-10-25T23:00:00Z".to_owned(), 300.0, 120);
    assert_eq!(span(&zoned), expected);
    assert!(codes(&zoned).contains(&"clock-set-back"));
}

#[test]
fn epochs_of_every_unit_give_the_same_times() {
    for digits in ["", "000", "000000", "000000000"] {
        let imported = log_of(60, None, |row| {
            format!("{}{digits}", 1_767_600_000 + row * 2)
        });
        let expected = ("2026-01-05T08:00:00Z".to_owned(), 2.0, 60);
        assert_eq!(span(&imported), expected, "{digits}");
    }
}

#[test]
fn dates_that_fit_two_orders_are_said_and_one_late_day_settles_it() {
    let hourly = |row: usize, first: usize| {
        let (day, hour) = (first + row / 24, row % 24);
        format!("{day:02}/03/2026 {hour:02}:00")
    };
    let settled = log_of(24 * 10, None, |row| hourly(row, 8));
    assert_eq!(span(&settled).0, "2026-03-08T00:00:00Z");
    assert!(!codes(&settled).contains(&"ambiguous-date"));
    let open = log_of(24, None, |row| hourly(row, 8));
    assert!(codes(&open).contains(&"ambiguous-date"));
}

#[test]
fn written_zones_move_the_times_to_utc() {
    for (zone, expected) in [
        ("+09:00", "2026-01-05T01:00:00Z"),
        (" JST", "2026-01-05T01:00:00Z"),
        (" CET", "2026-01-05T09:00:00Z"),
        ("Z", "2026-01-05T10:00:00Z"),
    ] {
        let imported = log_of(40, None, |row| format!("2026-01-05T10:{row:02}:00{zone}"));
        assert_eq!(span(&imported).0, expected, "{zone}");
        assert!(!codes(&imported).contains(&"no-zone"));
    }
}

#[test]
fn an_hour_that_the_zone_skips_is_named() {
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[time]\ncolumn = \"time\"\n\
                  zone = \"Europe/Berlin\"\n";
    let count = |first_hour: usize| {
        let imported = log_of(60, Some(recipe), |row| {
            let minutes = first_hour * 60 + row * 5;
            format!("2026-03-29 {:02}:{:02}:00", minutes / 60, minutes % 60)
        });
        let issues = imported.issues.as_slice().iter();
        issues
            .filter(|issue| issue.code == "no-such-hour")
            .map(|issue| issue.args["count"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(count(0), ["12"]);
    assert!(count(4).is_empty());
}

#[test]
fn rows_taken_one_step_apart_are_questioned_where_a_column_counts_missing_ones() {
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[time]\nstep_secs = 2\n";
    let jumps = |missing: usize| {
        let stamp = move |row: usize| (row + if row < 80 { 0 } else { missing }).to_string();
        let imported = log_of(200, Some(recipe), stamp);
        assert_eq!(span(&imported).2, 200);
        codes(&imported).contains(&"counter-jumps")
    };
    assert!(jumps(3) && !jumps(0));
    // As a time's column the same numbers tell the gap.
    let recipe = recipe.replace("step_secs = 2", "column = \"time\"");
    let stamp = |row: usize| (row + if row < 80 { 0 } else { 3 }).to_string();
    assert_eq!(span(&log_of(200, Some(&recipe), stamp)).2, 203);
}

#[test]
fn a_control_that_moves_at_every_reading_is_not_held_where_one_is_missing() {
    let mut text = "time,shaker_cmd,valve_cmd,force\n".to_owned();
    for row in 0..300_i32 {
        let shaken = f64::from(row * 37 % 101) / 7.0;
        let (shaken, valve) = if row % 50 == 10 {
            (String::new(), String::new())
        } else {
            (format!("{shaken:.4}"), (row / 30).to_string())
        };
        let force = f64::from(row % 13) * 0.7;
        text += &format!("{row},{shaken},{valve},{force}\n");
    }
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[time]\ncolumn = \"time\"\n\
        [[channel]]\nname = \"shaker_cmd\"\nrole = \"control\"\n\
        [[channel]]\nname = \"valve_cmd\"\nrole = \"control\"\n";
    let dir = tempfile::tempdir().unwrap();
    let imported = imports::load(&[write(dir.path(), "log.csv", text)], Some(recipe)).unwrap();
    let dataset = &imported.dataset;
    let value = |name: &str, step: usize| {
        let channel = dataset.channel_idx(name).unwrap();
        dataset.episodes[0].columns[channel][step]
    };
    assert!(value("shaker_cmd", 60).is_nan());
    assert_eq!(value("valve_cmd", 60).to_string(), "1");
}
