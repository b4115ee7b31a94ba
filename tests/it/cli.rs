//! The built binary: exit status, stdout, stderr.

use std::path::Path;

use gemba::engine::Loaded;

use crate::support::{
    copy_dir, edit, example, file, gemba, make_example, scenario, temp_dir, without_secs,
};

#[test]
fn help_lists_every_command_of_the_contract() {
    let dir = temp_dir();
    let run = gemba(dir.path(), &["--help"]).ended(0);
    for command in [
        "demo", "synth", "truth", "import", "inspect", "train", "models", "run", "compare", "gap",
        "judge", "report", "doctor",
    ] {
        let line = format!("\n  {command} ");
        assert!(run.stdout.contains(&line), "{command}: {}", run.stdout);
    }
}

#[test]
fn without_a_display_the_window_is_refused_with_the_headless_way() {
    let dir = temp_dir();
    gemba(dir.path(), &[])
        .ended(2)
        .says(&["no display", "gemba demo --headless"]);
}

#[test]
fn a_word_that_is_neither_command_nor_project_is_refused_as_that() {
    let dir = temp_dir();
    gemba(dir.path(), &["inpsect"])
        .ended(2)
        .says(&["no command inpsect", "gemba --help"]);
}

#[test]
fn a_wrong_argument_ends_with_2_and_one_json_object() {
    let dir = temp_dir();
    let run = gemba(dir.path(), &["train", "--json"]).ended(2);
    assert!(run.json()["error"]["text"].is_string());
}

#[test]
fn doctor_names_version_and_a_usable_device() {
    let dir = temp_dir();
    let json = gemba(dir.path(), &["doctor", "--json"]).ended(0).json();
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    let devices = json["devices"].as_array().expect("a list");
    assert!(
        devices.iter().any(|device| device["usable"] == true),
        "{json}"
    );
    for field in ["chosen", "renderer", "memory_gib", "problems"] {
        assert!(!json[field].is_null(), "{field}: {json}");
    }
}

#[test]
fn a_gpu_that_is_not_there_is_refused_before_any_work() {
    let dir = temp_dir();
    let json = gemba(dir.path(), &["doctor", "--json"]).json();
    let devices = json["devices"].as_array().expect("a list");
    let is_cuda = |device: &&serde_json::Value| {
        let name = device["name"].as_str().unwrap_or_default();
        name.to_lowercase().contains("cuda") && device["usable"] == true
    };
    if devices.iter().any(|device| is_cuda(&device)) {
        println!("skipped: this machine has the device");
        return;
    }
    gemba(dir.path(), &["train", "nowhere.gemba", "--device", "cuda"])
        .ended(2)
        .says(&["cuda", "--features cuda"]);
}

/// Imports one file into `p.gemba` and gives the run.
fn import_text(dir: &Path, content: &str) -> crate::support::Run {
    file(dir, "log.csv", content);
    gemba(
        dir,
        &["import", "log.csv", "--project", "p.gemba", "--json"],
    )
}

#[test]
fn a_missing_file_is_named_and_nothing_is_made() {
    let dir = temp_dir();
    let args = ["import", "gone.csv", "--project", "p.gemba"];
    gemba(dir.path(), &args)
        .ended(2)
        .says(&["gone.csv", "hint"]);
    assert!(!dir.path().join("p.gemba").exists());
}

#[test]
fn an_empty_file_is_refused_by_name() {
    let dir = temp_dir();
    import_text(dir.path(), "")
        .ended(2)
        .says(&["log.csv", "hint"]);
}

#[test]
fn a_folder_without_readable_files_is_refused() {
    let dir = temp_dir();
    gemba::base::create_dir_all(&dir.path().join("empty")).expect("a folder");
    let args = ["import", "empty", "--project", "p.gemba"];
    gemba(dir.path(), &args).ended(2).says(&["empty", "hint"]);
}

#[test]
fn one_row_is_no_recording() {
    let dir = temp_dir();
    let text = "time,pump,level\n2026-01-05T08:00:00Z,1,2\n";
    import_text(dir.path(), text)
        .ended(2)
        .says(&["log.csv", "hint"]);
}

/// Rows of a small plant, 10 s apart, with `change` applied to each line.
fn rows(n_rows: usize, change: impl Fn(usize, String) -> String) -> String {
    let mut text = String::from("time,pump_setpoint,level\n");
    let mut level = 0.0;
    for row in 0..n_rows {
        let pump = if (row / 25) % 2 == 0 { 1.0 } else { 2.0 };
        level += 0.1 * (pump - level);
        let (hour, minute, second) = (row / 360, row / 6 % 60, row % 6 * 10);
        let line = format!("2026-01-05T{hour:02}:{minute:02}:{second:02}Z,{pump},{level:.4}");
        text.push_str(&change(row, line));
        text.push('\n');
    }
    text
}

#[test]
fn without_a_time_column_the_user_is_told() {
    let dir = temp_dir();
    let text = rows(300, |_, line| line)
        .replace("time,", "")
        .lines()
        .enumerate()
        .fold(String::new(), |text, (row, line)| {
            let line = if row == 0 {
                line
            } else {
                line.split_once(',').map_or("", |cut| cut.1)
            };
            text + line + "\n"
        });
    let run = import_text(dir.path(), &text);
    let words = format!("{}{}", run.stdout, run.stderr).to_lowercase();
    assert!(words.contains("time"), "{words}");
    assert!(run.code == 0 || run.code == 2);
}

#[test]
fn nan_infinity_and_text_become_issues_with_a_row() {
    let dir = temp_dir();
    let text = rows(300, |row, line| match row {
        40 => line
            .rsplit_once(',')
            .map_or_else(String::new, |cut| format!("{},NaN", cut.0)),
        41 => line
            .rsplit_once(',')
            .map_or_else(String::new, |cut| format!("{},inf", cut.0)),
        42 => line
            .rsplit_once(',')
            .map_or_else(String::new, |cut| format!("{},broken", cut.0)),
        _ => line,
    });
    let json = import_text(dir.path(), &text).ended(0).json();
    assert_eq!(json["rows"], 300);
    let issues = json["issues"].to_string();
    assert!(issues.contains("level"), "{issues}");
}

#[test]
fn double_and_backward_times_become_issues() {
    let dir = temp_dir();
    let text = rows(300, |row, line| match row {
        50 => line.replace("T00:08:20Z", "T00:08:10Z"),
        60 => line.replace("T00:10:00Z", "T00:02:05Z"),
        _ => line,
    });
    let json = import_text(dir.path(), &text).ended(0).json();
    let issues = json["issues"].as_array().expect("a list");
    assert!(!issues.is_empty(), "{json}");
}

#[test]
fn a_text_column_named_as_control_is_not_silently_used() {
    let dir = temp_dir();
    let text = rows(300, |row, line| {
        line.replacen(",1", &format!(",word{}", row % 7), 1)
    });
    file(dir.path(), "log.csv", &text);
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n\n[time]\ncolumn = \"time\"\n\n\
        [[channel]]\nname = \"pump_setpoint\"\nrole = \"control\"\n\n\
        [[channel]]\nname = \"level\"\nrole = \"observation\"\n";
    file(dir.path(), "r.toml", recipe);
    let args = [
        "import",
        "log.csv",
        "--project",
        "p.gemba",
        "--recipe",
        "r.toml",
    ];
    let run = gemba(dir.path(), &args);
    let words = format!("{}{}", run.stdout, run.stderr);
    assert!(words.contains("pump_setpoint"), "{words}");
    assert!(run.code == 0 || run.code == 2);
}

#[test]
fn a_scenario_with_an_unknown_channel_names_file_line_and_channels() {
    let dir = temp_dir();
    scenario(dir.path(), "S.toml", &edit("conveyor_sped", "set", "1.0"));
    let project = example().join("line.gemba").display().to_string();
    gemba(dir.path(), &["judge", &project, "--scenario", "S.toml"])
        .ended(2)
        .says(&["S.toml", "line", "conveyor_sped", "conveyor_speed"]);
}

#[test]
fn an_unknown_op_is_refused_with_the_known_ones() {
    let dir = temp_dir();
    scenario(
        dir.path(),
        "S.toml",
        &edit("conveyor_speed", "double", "1.0"),
    );
    let project = example().join("line.gemba").display().to_string();
    gemba(dir.path(), &["judge", &project, "--scenario", "S.toml"])
        .ended(2)
        .says(&["S.toml", "double", "scale"]);
}

#[test]
fn a_folder_that_is_no_project_is_refused() {
    let dir = temp_dir();
    gemba(dir.path(), &["inspect", "nowhere.gemba"])
        .ended(2)
        .says(&["nowhere.gemba", "hint"]);
    assert!(!dir.path().join("nowhere.gemba").exists());
}

#[test]
fn a_damaged_index_is_refused_and_left_alone() {
    let dir = temp_dir();
    let project = dir.path().join("line.gemba");
    copy_dir(&example().join("line.gemba"), &project);
    let index = project.join("project.sqlite");
    let mut bytes = gemba::base::read_file(&index).expect("an index");
    for byte in bytes.iter_mut().take(2000) {
        *byte ^= 0x5A;
    }
    gemba::base::write_atomic(&index, &bytes).expect("a writable folder");
    gemba(dir.path(), &["inspect", "line.gemba"])
        .ended(2)
        .says(&["project.sqlite", "hint"]);
    assert_eq!(gemba::base::read_file(&index).expect("an index"), bytes);
}

#[test]
fn a_damaged_model_is_refused_and_the_data_can_still_be_read() {
    let dir = temp_dir();
    let project = dir.path().join("line.gemba");
    copy_dir(&example().join("line.gemba"), &project);
    for entry in std::fs::read_dir(project.join("models")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let mut bytes = gemba::base::read_file(&path).expect("a model");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xFF;
        gemba::base::write_atomic(&path, &bytes).expect("a writable folder");
    }
    gemba(dir.path(), &["inspect", "line.gemba"]).ended(0);
    scenario(dir.path(), "A.toml", "");
    let args = [
        "compare",
        "line.gemba",
        "--baseline",
        "A.toml",
        "--variant",
        "A.toml",
    ];
    gemba(dir.path(), &args)
        .ended(2)
        .says(&["model", "gemba train"]);
}

#[test]
fn a_comparison_before_training_says_how_to_train() {
    let dir = temp_dir();
    let log = rows(600, |_, line| line);
    import_text(dir.path(), &log).ended(0);
    scenario(dir.path(), "A.toml", "");
    let args = [
        "compare",
        "p.gemba",
        "--baseline",
        "A.toml",
        "--variant",
        "A.toml",
    ];
    gemba(dir.path(), &args)
        .ended(2)
        .says(&["no usable model", "gemba train"]);
}

#[test]
fn a_control_that_import_left_out_is_judged_and_not_unknown() {
    let dir = temp_dir();
    for (valve, why) in [
        ("constant", "outlet_valve never moved"),
        (
            "mirror",
            "outlet_valve and pump_speed always moved together",
        ),
    ] {
        let row = |row: u32| {
            let (minute, second) = (row / 6, row % 6 * 10);
            let (hour, minute) = (minute / 60, minute % 60);
            let speed = 40 + row / 20 % 3 * 10;
            let opening = if valve == "mirror" { 100 - speed } else { 50 };
            let level = 50.0 + 5.0 * (f64::from(row) / 7.0).sin();
            format!("2026-01-05 {hour:02}:{minute:02}:{second:02},{speed},{opening},{level:.3}\n")
        };
        let rows: String = (0..600).map(row).collect();
        let text = format!("time,pump_speed,outlet_valve,level\n{rows}");
        let (log, project) = (format!("{valve}.csv"), format!("{valve}.gemba"));
        file(dir.path(), &log, &text);
        gemba(dir.path(), &["import", &log, "--project", &project]).ended(0);
        let question = "format = \"gemba-scenario\"\nversion = 1\nname = \"B\"\n[horizon]\n\
                        steps = 60\n[[edit]]\nchannel = \"outlet_valve\"\nop = \"add\"\n\
                        value = 5\n";
        file(dir.path(), "B.toml", question);
        let args = ["judge", &project, "--scenario", "B.toml"];
        let told = gemba(dir.path(), &args).ended(1).stdout;
        assert!(told.contains(why), "{why:?} not in:\n{told}");
    }
}

/// A copy of the example, imported again with the motor's current as a control.
fn with_a_new_control(dir: &Path) {
    let project = dir.join("line.gemba");
    copy_dir(&example().join("line.gemba"), &project);
    let recipe = Loaded::open(&project).expect("the copy");
    let recipe = recipe.import.recipe_toml.as_str();
    let (head, rest) = recipe.split_once("motor_current").expect("a channel");
    let rest = rest.replacen("role = \"observation\"", "role = \"control\"", 1);
    file(dir, "r.toml", &format!("{head}motor_current{rest}"));
    let plant = example().join("plant").display().to_string();
    let args = ["import", &plant, "--project", "line.gemba", "--recipe"];
    gemba(dir, &[args.as_slice(), &["r.toml"]].concat()).ended(0);
}

#[test]
fn a_control_that_the_model_never_learned_is_refused_and_not_called_the_same() {
    let dir = temp_dir();
    with_a_new_control(dir.path());
    scenario(dir.path(), "A.toml", "");
    scenario(
        dir.path(),
        "B.toml",
        &edit("motor_current", "scale", "1.05"),
    );
    scenario(dir.path(), "C.toml", &edit("conveyor_speed", "add", "1.0"));
    let of_earlier_data = "trained on an earlier import";
    for (a, b) in [("A.toml", "B.toml"), ("B.toml", "A.toml")] {
        let args = ["compare", "line.gemba", "--baseline", a, "--variant", b];
        gemba(dir.path(), &args).ended(2).says(&[
            "motor_current",
            "was no control or never moved",
            "gemba train",
            of_earlier_data,
        ]);
    }
    let run = |scenario: &str| gemba(dir.path(), &["run", "line.gemba", "--scenario", scenario]);
    run("B.toml").ended(2).says(&["motor_current"]);
    run("C.toml").ended(0).says(&[of_earlier_data]);
    // What the log can tell does not depend on the model.
    let args = ["judge", "line.gemba", "--scenario", "B.toml"];
    assert_ne!(gemba(dir.path(), &args).code, 2);
}

#[test]
fn kinds_of_files_that_are_not_written_are_refused() {
    let dir = example();
    let args = [
        "run",
        "line.gemba",
        "--scenario",
        "A.toml",
        "--out",
        "x.docx",
    ];
    gemba(dir, &args).ended(2).says(&[".csv", "x.docx"]);
    // Before anything else is looked at.
    for command in ["gap", "anomaly"] {
        let args = [command, "ghost.gemba", "--out", "x.docx"];
        gemba(dir, &args).ended(2).says(&[".csv", "x.docx"]);
    }
}

mod slow {
    //! The whole job.

    use super::*;

    const PAIR: [&str; 4] = ["--baseline", "A.toml", "--variant", "B.toml"];

    fn compare(dir: &Path, more: &[&str]) -> serde_json::Value {
        let mut args = vec!["compare", "line.gemba", "--json"];
        args.extend(PAIR);
        args.extend(more);
        gemba(dir, &args).ended(0).json()
    }

    #[test]
    fn inspect_has_every_field_of_the_contract() {
        let json = gemba(example(), &["inspect", "line.gemba", "--json"])
            .ended(0)
            .json();
        assert!(
            json["rows"].as_u64().is_some_and(|rows| rows > 100),
            "{json}"
        );
        let channel = &json["channels"][0];
        for field in ["name", "role", "unit", "grade", "missing_frac", "issues"] {
            assert!(!channel[field].is_null(), "{field}: {channel}");
        }
        for field in ["name", "steps", "split"] {
            assert!(!json["episodes"][0][field].is_null(), "{field}");
        }
        for field in ["images", "sounds", "checklist_items"] {
            assert!(
                json["media"][field].as_u64().is_some_and(|n| n > 0),
                "{field}: {json}"
            );
        }
    }

    #[test]
    fn a_comparison_has_every_field_of_the_contract() {
        let json = compare(example(), &[]);
        let kpi = &json["kpis"][0];
        for field in ["name", "unit", "better", "a", "b", "p_better", "p_equal"] {
            assert!(!kpi[field].is_null(), "{field}: {kpi}");
        }
        for field in ["mean", "lo", "hi"] {
            assert!(kpi["delta"][field].is_number(), "{field}: {kpi}");
        }
        assert_eq!(kpi["delta"]["level"], 0.95);
        assert!(kpi["standing"].is_string() && kpi["doubts"].is_array());
        for limit in json["limits"].as_array().expect("a list") {
            let [a, b] = [&limit["interval_a"], &limit["interval_b"]];
            let shares = [
                &limit["p_exceed_a"],
                &a["lo"],
                &a["hi"],
                &limit["p_exceed_b"],
                &b["lo"],
            ];
            assert!(shares.iter().all(|share| share.is_number()), "{limit}");
            let [p, lo, hi] = [0, 1, 2].map(|at| shares[at].as_f64().expect("a share"));
            assert!(lo <= p && p <= hi && lo < hi, "{limit}");
            let is_told = limit["rests_at"].is_null();
            assert_eq!(limit["minutes_a"].is_number(), is_told);
            assert!(is_told || (hi - lo - 1.0).abs() < 1e-12, "{limit}");
        }
        assert_eq!(json["draws"], 200);
        assert!(json["support"]["verdict"].is_string());
        assert!(json["judge"]["verdict"].is_string());
        assert_eq!(
            json["digests"]["scenarios"].as_array().map(Vec::len),
            Some(2)
        );
    }

    #[test]
    fn a_scenario_against_itself_differs_by_exactly_nothing() {
        let args = [
            "compare",
            "line.gemba",
            "--json",
            "--baseline",
            "A.toml",
            "--variant",
            "A.toml",
        ];
        let json = gemba(example(), &args).ended(0).json();
        for kpi in json["kpis"].as_array().expect("a list") {
            for field in ["mean", "lo", "hi"] {
                assert_eq!(kpi["delta"][field], 0.0, "{kpi}");
            }
        }
        for line in json["first_divergence"].as_array().expect("a list") {
            assert!(line["step"].is_null(), "{line}");
        }
    }

    #[test]
    fn one_and_two_threads_give_the_same_bytes() {
        let one = compare(example(), &["--threads", "1"]);
        let two = compare(example(), &["--threads", "2"]);
        assert_eq!(without_secs(one), without_secs(two));
        let gap = |threads: &str| {
            let args = [
                "gap",
                "line.gemba",
                "--horizon",
                "20",
                "--json",
                "--threads",
                threads,
            ];
            gemba(example(), &args).ended(0).json()
        };
        assert_eq!(without_secs(gap("1")), without_secs(gap("2")));
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_from_plant_to_answer() {
        let dir = temp_dir();
        make_example(dir.path());
        let gap = |dir: &Path| {
            let args = ["gap", "line.gemba", "--json"];
            without_secs(gemba(dir, &args).ended(0).json())
        };
        assert_eq!(gap(example()), gap(dir.path()));
        let mut answers = [example(), dir.path()].map(|dir| compare(dir, &[]));
        for answer in &mut answers {
            assert!(answer["digests"]["model"].is_string());
        }
        let [first, second] = answers.map(without_secs);
        assert_eq!(first, second);
    }

    #[test]
    fn a_cause_tells_by_what_number_it_was_found() {
        let run = gemba(example(), &["gap", "line.gemba", "--json"]).ended(0);
        for cause in run.json()["causes"].as_array().expect("a list") {
            let evidence = cause["evidence"].as_str().expect("words");
            let is_digit = |letter: char| letter.is_ascii_digit();
            assert!(evidence.contains(is_digit), "{evidence}");
        }
    }

    #[test]
    fn another_seed_gives_other_numbers() {
        let first = compare(example(), &["--seed", "1"]);
        let second = compare(example(), &["--seed", "2"]);
        assert_ne!(first["kpis"], second["kpis"]);
    }

    #[test]
    fn the_gap_is_scored_and_written_as_a_table() {
        let dir = temp_dir();
        let table = dir.path().join("gap.csv");
        let out = table.display().to_string();
        let args = [
            "gap",
            "line.gemba",
            "--warmup",
            "30",
            "--json",
            "--out",
            &out,
        ];
        let json = gemba(example(), &args).ended(0).json();
        let channel = &json["channels"][0];
        for field in [
            "name",
            "rmse",
            "mae",
            "nrmse",
            "coverage90",
            "skill_vs_persistence",
        ] {
            assert!(!channel[field].is_null(), "{field}: {channel}");
        }
        assert!(channel["theil"]["pattern"].is_number());
        let text = gemba::base::read_text(&table).expect("a table");
        assert!(text.starts_with("episode,step,channel,real,mean,lo90,hi90\n"));
        let n_scored: u64 = json["channels"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|channel| channel["n"].as_u64())
            .sum();
        assert!(text.lines().count() as u64 > n_scored);
    }

    #[test]
    fn the_gap_tells_what_a_lost_or_stuck_sensor_costs_and_refuses_what_is_no_output() {
        let gap = |words: &[&str]| {
            let mut args = vec!["gap", "line.gemba", "--horizon", "20", "--json"];
            args.extend(words);
            gemba(example(), &args)
        };
        let whole = gap(&[]).ended(0).json();
        let name = whole["channels"][0]["name"].as_str().expect("a name");
        for how in ["--missing", "--stuck"] {
            let faulty = gap(&[how, name]).ended(0).json();
            let of = |answer: &serde_json::Value, part: &str| answer["channels"][0][part].as_f64();
            // The same rows are scored against the same truth, and seen otherwise.
            assert_eq!(of(&faulty, "n"), of(&whole, "n"));
            assert_ne!(of(&faulty, "rmse"), of(&whole, "rmse"), "{how}");
        }
        gap(&["--stuck", "nothing"])
            .ended(2)
            .says(&["nothing", name]);
    }

    #[test]
    fn a_judgement_gives_reasons_and_a_fitting_status() {
        let args = ["judge", "line.gemba", "--scenario", "B.toml", "--json"];
        let run = gemba(example(), &args);
        let json = run.json();
        let expected = i32::from(json["verdict"] == "not-from-this-log");
        assert_eq!(run.code, expected, "{json}");
        for reason in json["reasons"].as_array().expect("a list") {
            for field in ["check", "text"] {
                assert!(reason[field].is_string(), "{reason}");
            }
        }
        assert!(json["support"]["verdict"].is_string());
    }

    #[test]
    fn a_report_is_one_page_and_other_kinds_are_refused() {
        let dir = temp_dir();
        for (lang, word) in [("en", "lang=\"en\""), ("ja", "lang=\"ja\"")] {
            let page = dir.path().join(format!("{lang}.html"));
            let out = page.display().to_string();
            let mut args = vec!["report", "line.gemba", "--lang", lang, "--out", &out];
            args.extend(PAIR);
            gemba(example(), &args).ended(0);
            let text = gemba::base::read_text(&page).expect("a page");
            assert!(text.contains(word), "{lang}");
            assert!(!text.contains("<script"), "{lang}");
        }
        let mut args = vec!["report", "line.gemba", "--out", "x.docx"];
        args.extend(PAIR);
        gemba(example(), &args).ended(2).says(&[".html"]);
    }

    #[test]
    fn a_rollout_is_written_with_one_row_a_step() {
        let dir = temp_dir();
        let table = dir.path().join("run.csv");
        let out = table.display().to_string();
        let args = [
            "run",
            "line.gemba",
            "--scenario",
            "B.toml",
            "--out",
            &out,
            "--json",
        ];
        gemba(example(), &args).ended(0);
        let text = gemba::base::read_text(&table).expect("a table");
        assert_eq!(text.lines().count(), 61, "{text}");
    }

    #[test]
    fn the_truth_moves_the_kpis_that_the_edit_moves() {
        let mut args = vec!["truth", "plant", "--json"];
        args.extend(PAIR);
        let json = gemba(example(), &args).ended(0).json();
        let kpis = json["kpis"].as_array().expect("a list");
        assert!(kpis.iter().any(|kpi| kpi["delta"]["mean"] != 0.0), "{json}");
    }

    #[test]
    fn models_lists_the_one_in_use() {
        let json = gemba(example(), &["models", "line.gemba", "--json"])
            .ended(0)
            .json();
        let models = json["models"].as_array().expect("a list");
        assert_eq!(models.len(), 1);
        assert_eq!(models[0]["in_use"], true);
        gemba(example(), &["models", "line.gemba", "--lang", "ja"]).ended(0);
    }
}

/// Starts the binary, sends it a signal once it has said something, and gives its end.
#[cfg(unix)]
fn signalled(dir: &Path, args: &[&str], signal: &str) -> (Option<i32>, String) {
    use std::{
        io::{BufRead as _, BufReader},
        process::{Command, Stdio},
    };
    let mut child = Command::new(env!("CARGO_BIN_EXE_gemba"))
        .args(args)
        .current_dir(dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
    said.read_line(&mut String::new()).expect("a line");
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.expect("kill is there").success());
    // Its stderr must not fill up while it ends.
    std::io::copy(&mut said, &mut std::io::sink()).expect("the rest");
    let output = child.wait_with_output().expect("it ends");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), stdout)
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_command_with_130_and_one_json_object() {
    let dir = temp_dir();
    copy_dir(
        &example().join("line.gemba"),
        &dir.path().join("line.gemba"),
    );
    let args = ["train", "line.gemba", "--preset", "small", "--json"];
    for signal in ["-INT", "-TERM"] {
        let (code, stdout) = signalled(dir.path(), &args, signal);
        assert_eq!(code, Some(130), "{signal}: {stdout}");
        let json: serde_json::Value = serde_json::from_str(&stdout).expect("one object");
        assert!(json["error"]["text"].is_string(), "{json}");
    }
}
