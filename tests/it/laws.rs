//! Laws of the whole program: no thread moves a bit, no odd number gets through unnamed.

use std::fmt::Write as _;

use gemba::base::{Purpose, Stream};
use serde_json::Value;

use crate::support::{edit, file, gemba, scenario, temp_dir, without_secs};

/// Rows of a saturating level behind a valve, as (time, valve, level).
fn rows(n_rows: usize) -> Vec<[String; 3]> {
    let mut draws = Stream::new(4, Purpose::Test, &[]).draws();
    let (mut valve, mut level) = (0.5_f64, 0.0_f64);
    (0..n_rows)
        .map(|t| {
            if draws.uniform() < 0.1 {
                valve = draws.uniform();
            }
            level += 0.1 * ((2.0 * valve).tanh() - level) + 0.005 * draws.normal();
            let time = format!("2026-01-01T00:{:02}:{:02}Z", t / 60, t % 60);
            [time, format!("{valve:.3}"), format!("{level:.4}")]
        })
        .collect()
}

fn csv(head: &str, rows: &[[String; 3]], more: &str) -> String {
    let mut text = format!("{head}\n");
    for [time, valve, level] in rows {
        writeln!(text, "{time},{valve},{level}{more}").expect("text grows");
    }
    text
}

#[test]
fn one_to_four_threads_train_compare_and_measure_the_same_bytes() {
    let dir = temp_dir();
    let dir = dir.path();
    file(dir, "tank.csv", &csv("time,valve,level", &rows(400), ""));
    gemba(dir, &["import", "tank.csv", "--project", "first.gemba"]).ended(0);
    scenario(dir, "A.toml", "");
    scenario(dir, "B.toml", &edit("valve", "scale", "1.1"));
    let mut first: Option<[String; 3]> = None;
    for n_threads in ["1", "2", "3", "4"] {
        let project = format!("line{n_threads}.gemba");
        crate::support::copy_dir(&dir.join("first.gemba"), &dir.join(&project));
        let run = |args: &[&str], code: i32| {
            let mut all = vec!["--json", "--threads", n_threads];
            all.extend(args);
            let json = gemba(dir, &all).ended(code).json();
            without_secs(json).replace(&project, "line.gemba")
        };
        let trained = run(
            &["train", &project, "--preset", "tiny", "--members", "3"],
            0,
        );
        let scenarios = ["--baseline", "A.toml", "--variant", "B.toml"];
        let compared = gemba(
            dir,
            &[
                &["compare", &project, "--json", "--threads", n_threads][..],
                &scenarios,
            ]
            .concat(),
        );
        assert!(compared.code < 2, "{}", compared.stderr);
        let compared = without_secs(compared.json()).replace(&project, "line.gemba");
        let gap = run(&["gap", &project], 0);
        let all = [trained, compared, gap];
        let expected = first.get_or_insert_with(|| all.clone());
        assert!(*expected == all, "{n_threads} threads moved a number");
    }
}

/// What a flaw must do: the exit status of import and the words that name it.
struct Flaw {
    name: &'static str,
    text: String,
    code: i32,
    named: &'static [&'static str],
}

fn flaws() -> Vec<Flaw> {
    let good = rows(300);
    let with = |changes: &[(usize, usize, &str)]| {
        let mut rows = good.clone();
        for (row, column, value) in changes {
            (*value).clone_into(&mut rows[*row][*column]);
        }
        rows
    };
    let head = "time,valve,level";
    let flaw = |name, text, code, named| Flaw {
        name,
        text,
        code,
        named,
    };
    let all = |valve: &str, level: &str| -> Vec<[String; 3]> {
        let set = |row: &[String; 3]| [row[0].clone(), valve.to_owned(), level.to_owned()];
        good.iter().map(set).collect()
    };
    let scaled: Vec<[String; 3]> = good
        .iter()
        .map(|[time, valve, level]| {
            let level: f64 = level.parse().expect("a number");
            [time.clone(), valve.clone(), format!("{:e}", level * 1e38)]
        })
        .collect();
    vec![
        flaw(
            "nan",
            csv(head, &with(&[(20, 2, "NaN"), (50, 2, "nan")]), ""),
            0,
            &["missing-cells"],
        ),
        flaw(
            "infinite",
            csv(head, &with(&[(20, 2, "inf"), (70, 1, "-Infinity")]), ""),
            0,
            &["infinite"],
        ),
        flaw(
            "huge",
            csv(head, &with(&[(30, 2, "1e38"), (31, 1, "-1e38")]), ""),
            0,
            &["spikes"],
        ),
        flaw("scaled", csv(head, &scaled, ""), 0, &[]),
        flaw(
            "constant",
            csv("time,valve,level,stuck", &good, ",7.0"),
            0,
            &["constant"],
        ),
        flaw(
            "empty",
            csv("time,valve,level,gone", &good, ","),
            0,
            &["no-values"],
        ),
        flaw(
            "nothing_moves",
            csv(head, &all("1.0", "7.0"), ""),
            2,
            &["nothing_moves.csv", "hint"],
        ),
        flaw(
            "nothing_there",
            csv(head, &all("", ""), ""),
            2,
            &["nothing_there.csv", "hint"],
        ),
        flaw(
            "one_row",
            csv(head, &good[..1], ""),
            2,
            &["one_row.csv", "1 usable rows", "hint"],
        ),
        flaw("no_row", csv(head, &[], ""), 2, &["no_row.csv", "hint"]),
    ]
}

/// No number of a scored channel is missing.
fn is_scored(gap: &Value) -> bool {
    let channels = gap["channels"].as_array().expect("a list");
    !channels.is_empty() && channels.iter().all(|one| one["rmse"].is_number())
}

#[test]
fn odd_numbers_in_a_file_are_named_or_refused_and_never_end_in_nonsense() {
    let dir = temp_dir();
    let dir = dir.path();
    for flaw in flaws() {
        let (name, project) = (flaw.name, format!("{}.gemba", flaw.name));
        let source = format!("{name}.csv");
        file(dir, &source, &flaw.text);
        let imported = gemba(dir, &["import", &source, "--project", &project, "--json"]);
        let imported = imported.ended(flaw.code);
        if flaw.code != 0 {
            imported.says(flaw.named);
            continue;
        }
        for code in flaw.named {
            assert!(imported.stdout.contains(code), "{name}: {code} not named");
        }
        let train = ["train", &project, "--preset", "tiny", "--members", "2"];
        gemba(dir, &train).ended(0);
        let gap = ["gap", &project, "--json", "--draws", "20", "--warmup", "20"];
        let gap = gemba(dir, &gap).ended(0);
        assert!(is_scored(&gap.json()), "{name}: {}", gap.stdout);
    }
}
