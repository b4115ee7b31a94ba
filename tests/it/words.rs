//! What people read: the same in English as the program's own words, and Japanese in Japanese.

use std::path::PathBuf;

use gemba::{
    base::{FileError, Issue, Locale, Phrase, Place, Severity, Silent, StopToken, Text, io_phrase},
    data::{DataError, Role},
    engine::{EngineError, said},
    import::ImportError,
    model::ModelError,
    scenario::{ScenarioError, ScenarioSpec},
    store::StoreError,
    synth::{Excitation, SynthError, SynthSpec, write_plant},
};

/// The errors of files that cannot be read as scenarios, one of each kind of flaw.
fn flawed_scenarios() -> Vec<EngineError> {
    let head = "format = \"gemba-scenario\"\nversion = 1\n";
    let edit = "[[edit]]\nchannel = \"heater\"\n";
    let kpi = "[[kpi]]\nchannel = \"level\"\nbetter = \"lower\"\n";
    [
        "version = 1\n".to_owned(),
        "format = \"other\"\nversion = 1\n".to_owned(),
        "format = \"gemba-scenario\"\nversion = 9\n".to_owned(),
        "format = \"gemba-scenario\"\nversion = 0\n".to_owned(),
        format!("{head}colour = 1\n"),
        format!("{head}[horizon]\nsteps = 0\n"),
        format!("{head}[horizon]\nsteps = \"x\"\n"),
        format!("{head}[start]\nat = \"2026-01-05T10:00:00Z\"\nstep = 3\n"),
        format!("{head}[start]\nat = \"noon\"\n"),
        format!("{head}[start]\ncontext_steps = 0\n"),
        format!("{head}{edit}op = \"set\"\n"),
        format!("{head}{edit}op = \"schedule\"\nvalue = 1.0\n"),
        format!("{head}{edit}op = \"schedule\"\n"),
        format!("{head}{edit}op = \"jump\"\nvalue = 1.0\n"),
        format!("{head}{edit}op = \"set\"\nvalue = inf\n"),
        format!("{head}{edit}op = \"schedule\"\npoints = [[3, 1.0], [2, 1.0]]\n"),
        format!("{head}{edit}op = \"set\"\nvalue = 1.0\nfrom_step = 5\nto_step = 2\n"),
        format!("{head}{kpi}reduce = \"middle\"\n"),
        format!("{head}{kpi}reduce = \"mean\"\nlevel = 1.0\n"),
        format!("{head}{kpi}delta = -1.0\n"),
        format!("{head}{kpi}{kpi}"),
        format!("{head}{edit}op = \"schedule\"\npoints = [[-1, 1.0]]\n"),
        format!("{head}{edit}op = \"schedule\"\npoints = [[1, nan]]\n"),
        format!("{head}[start]\n[start]\n"),
        format!("{head}[start]\nat = 2026-01-05T10:00:00Z\n"),
        format!("{head}[start\n"),
        format!("{head}name = \"a\n"),
        format!("{head}name = a\n"),
        format!("{head}name \"a\"\n"),
        format!("{head}name = \"\\q\"\n"),
        format!("{head}ｎame = \"a\"\n"),
        format!("{head}start = {{ step = 1\n"),
        format!("{head}[horizon]\nsteps = 1,5\n"),
        format!("{head}[horizon]\nsteps = 08\n"),
        format!("{head}[horizon]\nsteps = true\n"),
        format!("{head}[[start]]\nstep = 4\n"),
        format!("{head}{edit}op = \"set\"\nvalue = .5\n"),
        format!("{head}edit = 3\n"),
        format!("{head}{edit}points = [[1, 2.0], [3, 4\n"),
        format!("{head}{edit}points = [[1 2.0]]\n"),
    ]
    .iter()
    .map(|text| {
        ScenarioSpec::parse(text, "B.toml")
            .expect_err("a flaw")
            .into()
    })
    .collect()
}

fn io(kind: std::io::ErrorKind) -> FileError {
    FileError::new("read the file", &PathBuf::from("/x/log.csv"), kind.into())
}

fn errors() -> Vec<EngineError> {
    let names = ["a".to_owned(), "b".to_owned()];
    let mut list = flawed_scenarios();
    list.extend(data_and_import_errors());
    list.extend(store_errors(&names));
    list.extend(model_and_scenario_errors(&names));
    list.extend(use_case_errors());
    list
}

fn detail() -> Phrase {
    Phrase::new("detail-missing", "it is missing")
}

fn data_and_import_errors() -> Vec<EngineError> {
    let path = || PathBuf::from("/x/line.gemba");
    let word = "x".to_owned();
    let mut list = Vec::new();
    list.extend([
        io(std::io::ErrorKind::NotFound).into(),
        io(std::io::ErrorKind::StorageFull).into(),
        io(std::io::ErrorKind::PermissionDenied).into(),
    ]);
    list.extend([
        EngineError::from(DataError::PlanShape {
            channels: 2,
            horizon_steps: 3,
        }),
        DataError::SameName { name: word.clone() }.into(),
        DataError::StepSecs { found: 0.0 }.into(),
        DataError::Span {
            split: "val",
            start: 3,
            end: 9,
            episode: 0,
        }
        .into(),
    ]);
    list.extend([
        EngineError::from(ImportError::NoSource),
        ImportError::Missing { path: path() }.into(),
        ImportError::NotAFile { path: path() }.into(),
        ImportError::Empty { path: path() }.into(),
        ImportError::NothingReadable {
            place: path(),
            n_files: 2,
            reason: None,
        }
        .into(),
        ImportError::NothingReadable {
            place: path(),
            n_files: 2,
            reason: Some(detail()),
        }
        .into(),
        ImportError::TooFewRows {
            source_name: word.clone(),
            found: 3,
            expected: 10,
        }
        .into(),
        ImportError::NoOutput {
            source_name: word.clone(),
            n_columns: 3,
        }
        .into(),
        ImportError::Recipe {
            file: word.clone(),
            line: 3,
            problem: detail(),
        }
        .into(),
    ]);
    list
}

fn store_errors(names: &[String]) -> Vec<EngineError> {
    let path = || PathBuf::from("/x/line.gemba");
    vec![
        EngineError::from(StoreError::NotAProject {
            path: path(),
            found: detail(),
        }),
        StoreError::Newer {
            path: path(),
            found: 9,
            known: 1,
        }
        .into(),
        StoreError::ReadOnly { path: path() }.into(),
        StoreError::NoModel {
            id: "x".to_owned(),
            known: names.to_vec(),
        }
        .into(),
        StoreError::Damaged {
            path: path(),
            found: detail(),
        }
        .into(),
        StoreError::DamagedIndex {
            path: path(),
            found: detail(),
        }
        .into(),
        StoreError::NoWholeModel {
            path: path(),
            count: 2,
        }
        .into(),
        StoreError::Full { path: path() }.into(),
    ]
}

fn model_and_scenario_errors(names: &[String]) -> Vec<EngineError> {
    let word = || "x".to_owned();
    let names = || names.to_vec();
    vec![
        ModelError::TooFewRows {
            found: 3,
            needed: 64,
        }
        .into(),
        ModelError::NoOutput { dataset: word() }.into(),
        ModelError::NothingMoves { dataset: word() }.into(),
        ModelError::MissingChannel {
            dataset: word(),
            channel: word(),
        }
        .into(),
        ModelError::Device {
            asked: "cuda".to_owned(),
            reason: Phrase::new("detail-no-device-support", "this build has no cuda support")
                .with("device", "cuda"),
        }
        .into(),
        ModelError::NotFinite {
            step: 3,
            term: word(),
        }
        .into(),
        ModelError::Newer { found: 9, known: 1 }.into(),
        ModelError::OtherStep {
            found: 5.0,
            expected: 10.0,
        }
        .into(),
        ScenarioError::UnknownChannel {
            file: word(),
            line: 3,
            channel: word(),
            nearest: names(),
            controls: Vec::new(),
        }
        .into(),
        ScenarioError::NotAControl {
            file: word(),
            line: 0,
            channel: word(),
            role: "kpi",
            controls: names(),
        }
        .into(),
        ScenarioError::UnknownKpiChannel {
            file: String::new(),
            line: 0,
            kpi: word(),
            channel: word(),
            role: Some(Role::Control),
            outputs: names(),
        }
        .into(),
        SynthError::Plant {
            found: word(),
            allowed: "filling",
        }
        .into(),
        SynthError::Hours {
            found: 0.0,
            most: 2000.0,
        }
        .into(),
        SynthError::NotEmpty {
            dir: PathBuf::from("/x"),
        }
        .into(),
        SynthError::Stopped.into(),
        late_fault(),
    ]
}

/// The error of a fault that begins after the log.
fn late_fault() -> EngineError {
    let spec = SynthSpec {
        plant: "filling".to_owned(),
        hours: 2.0,
        excitation: Excitation::Dither,
        faults: vec!["stuck:power@3h+1h".to_owned()],
        seed: 0,
    };
    let out = PathBuf::from("/never/written");
    write_plant(&spec, &out, &Silent, &StopToken::new())
        .expect_err("a fault nobody would see")
        .into()
}

fn use_case_errors() -> Vec<EngineError> {
    let project = || PathBuf::from("/x/line.gemba");
    vec![
        EngineError::NoData { project: project() },
        EngineError::NoModel {
            project: project(),
            why: None,
        },
        EngineError::NoModel {
            project: project(),
            why: Some(Phrase::new("detail-missing", "it is missing")),
        },
        EngineError::ReadOnly { project: project() },
        EngineError::NoRows {
            split: "test",
            warmup_steps: 50,
            longest: 35,
        },
        EngineError::DifferentStarts {
            a: Box::new(("one".to_owned(), 3, 60)),
            b: Box::new(("two".to_owned(), 4, 90)),
        },
        EngineError::DifferentContexts { a: 50, b: 20 },
        EngineError::KpiChannel {
            kpi: "k".to_owned(),
            channel: "c".to_owned(),
        },
        EngineError::UnlearnedControl {
            channel: "valve".to_owned(),
            project: project(),
        },
        EngineError::Number {
            name: Phrase::new("detail-draws", "the number of draws"),
            found: "1".to_owned(),
            expected: "2 to 100000".into(),
        },
        EngineError::TooLarge {
            n_steps: 100_800,
            n_outputs: 100,
            fits: 12,
            needed: 20,
        },
        EngineError::FileKind {
            path: project(),
            expected: ".csv",
        },
        EngineError::Stopped,
    ]
}

#[test]
fn the_locale_file_says_in_english_what_the_program_says() {
    let text = Text::new(Locale::En);
    for error in errors() {
        assert_eq!(text.say(&error.phrase()), error.to_string());
        assert_eq!(error.hint_in(&text), error.hint(), "hint of {error}");
    }
}

/// Whether three English words stand in a row that is no command of this program.
fn is_english(words: &str) -> bool {
    let is_word = |word: &str| {
        word.len() > 1 && word != "gemba" && word.chars().all(|c| c.is_ascii_alphabetic())
    };
    let words: Vec<&str> = words.split_whitespace().collect();
    words
        .windows(3)
        .any(|row| row.iter().all(|word| is_word(word)))
}

#[test]
fn every_error_and_next_step_is_japanese_in_japanese() {
    let text = Text::new(Locale::Ja);
    assert!(is_english(&EngineError::Stopped.to_string()), "it can fail");
    for error in errors() {
        for words in [Some(text.say(&error.phrase())), error.hint_in(&text)] {
            let words = words.unwrap_or_default();
            assert!(!is_english(&words), "{words}");
            assert!(
                !words.contains("error-") && !words.contains("{$"),
                "{words}"
            );
        }
    }
}

#[test]
fn the_causes_of_an_error_are_said_too() {
    let error = EngineError::from(io(std::io::ErrorKind::NotFound));
    let lines = said(&error, &Text::new(Locale::Ja));
    assert_eq!(
        lines,
        [
            "ファイルを読むことができません\n  /x/log.csv",
            "ファイルまたはフォルダがありません"
        ]
    );
}

#[test]
fn an_unusual_answer_of_the_machine_keeps_its_own_words() {
    let odd = std::io::Error::other("the tape is torn");
    let text = Text::new(Locale::Ja);
    assert_eq!(text.say(&io_phrase(&odd)), "the tape is torn");
}

#[test]
fn an_issue_says_its_place_and_nested_words_in_the_language() {
    let place = Place::file("log.csv").at_row(3).in_column("level");
    let issue = Issue::new(place, Severity::Warning, "unreadable", "could not be read")
        .with("why", "error-io-permission");
    let words = Text::new(Locale::Ja).issue_line(&issue);
    assert_eq!(
        words,
        "log.csv、3 行目、level: ファイルを読めないため除外しました（アクセス権がありません）"
    );
    let words = Text::new(Locale::En).issue_line(&issue);
    assert!(words.starts_with("log.csv, row 3, level: "), "{words}");
}

#[test]
fn an_issue_of_an_older_program_that_lacks_a_value_is_said_in_its_own_words() {
    let text = "only 40 steps carry 2 of 5 members";
    let issue = Issue::new(Place::default(), Severity::Warning, "few-members", text);
    assert_eq!(Text::new(Locale::Ja).issue(&issue), text);
}

#[test]
fn one_thing_has_one_name_in_all_locale_files() {
    let banned = [
        (Locale::En, vec!["key figure", "signals"]),
        (
            Locale::Ja,
            vec![
                "主要指標",
                "観測値",
                "チャネル",
                "信号",
                "例題",
                "チェックリスト",
                "点検票",
                "報告書",
                "時点 {",
                "} 時点",
            ],
        ),
    ];
    for (locale, words) in banned {
        for (file, content) in locale.files() {
            let values = content
                .lines()
                .map(|line| line.split_once('=').map_or(line, |(_, value)| value));
            let content = values.collect::<Vec<_>>().join("\n").to_lowercase();
            for word in &words {
                assert!(
                    !content.contains(word),
                    "{word} in {}/{file}",
                    locale.name()
                );
            }
        }
    }
    for locale in Locale::ALL {
        let text = Text::new(locale);
        for role in Role::ALL {
            let [window, report] =
                ["role", "report-role"].map(|key| text.get(&format!("{key}-{}", role.name())));
            assert_eq!(window.to_lowercase(), report.to_lowercase());
        }
        let kpi = ["role-kpi", "report-kpi", "compare-kpi", "cli-kpi"].map(|key| text.get(key));
        assert!(kpi.iter().all(|word| *word == kpi[0]), "{kpi:?}");
    }
}

#[test]
fn a_role_is_said_in_the_language_inside_an_error() {
    let error = ScenarioError::NotAControl {
        file: "b.toml".to_owned(),
        line: 3,
        channel: "level".to_owned(),
        role: "observation",
        controls: vec!["valve".to_owned()],
    };
    let words = Text::new(Locale::Ja).say(&error.phrase());
    assert!(
        words.contains("観測量") && !words.contains("observation"),
        "{words}"
    );
    assert_eq!(
        Text::new(Locale::En).say(&error.phrase()),
        error.to_string()
    );
}

#[test]
fn why_a_model_cannot_be_read_is_said_in_the_language() {
    let damaged = Phrase::new(
        "error-store-no-whole-model",
        "none of the 2 saved models is whole",
    )
    .with("path", "/x/models")
    .with("count", 2);
    let issue = Issue::new(
        Place::file("line"),
        Severity::Error,
        "model-unusable",
        "none",
    )
    .with_words("why", &damaged);
    let text = Text::new(Locale::Ja);
    let whole = text.say(&damaged);
    assert!(
        text.issue(&issue).contains(&whole),
        "{}",
        text.issue(&issue)
    );
    assert_eq!(text.say(&issue.words("why").unwrap()), whole);
    assert_eq!(issue.words("other"), None);
}

#[test]
fn what_issues_count_stands_as_other_numbers_do_and_lines_stay_as_they_are() {
    let issue =
        |code, name| Issue::new(Place::default(), Severity::Info, code, "blank").with(name, 11_520);
    let text = Text::new(Locale::En);
    let words = text.issue(&issue("missing-cells", "count"));
    assert!(words.contains("11,520"), "{words}");
}
