//! Tests of the report as a workbook: what is written is read back by another crate.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use calamine::{Data, DataType as _, Range, Reader as _, Xlsx, open_workbook_from_rs};
use gemba::{
    base::{Locale, Text, read_file},
    metrics::Interval,
    report::workbook,
};

use crate::{
    report::{Case, EVIL, START, STEPS, carried, case, input, page, trajectory},
    support::{example, gemba, temp_dir},
};

const PAIR: [&str; 4] = ["--baseline", "A.toml", "--variant", "B.toml"];
/// The first row of KPIs, behind six rows of sentences and the head.
const FIRST_KPI: u32 = 7;
/// The first column of values on the sheet of courses.
const FIRST_VALUE: u32 = 4;

/// A workbook as read: its sheets by name, in order.
struct Book {
    sheets: Vec<(String, Range<Data>)>,
    n_formulas: usize,
}

impl Book {
    fn read(bytes: &[u8]) -> Self {
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let sheets = book.worksheets();
        let n_formulas = sheets
            .iter()
            .map(|(name, _)| book.worksheet_formula(name).unwrap().used_cells().count())
            .sum();
        Self { sheets, n_formulas }
    }

    fn of(case: &Case, name: &str, locale: Locale) -> Self {
        Self::read(&workbook(&input(case, name), locale).unwrap())
    }

    /// The number in a cell; `None` where it is empty, a failure where it is anything else.
    fn number(&self, sheet: usize, row: u32, column: u32) -> Option<f64> {
        match self.sheets[sheet].1.get_value((row, column)) {
            None | Some(Data::Empty) => None,
            Some(Data::Float(value)) => Some(*value),
            #[expect(clippy::panic, reason = "fails the test")]
            Some(other) => panic!("{other:?} at row {row}, column {column} of sheet {sheet}"),
        }
    }

    fn text(&self, sheet: usize, row: u32, column: u32) -> String {
        let cell = self.sheets[sheet].1.get_value((row, column));
        cell.and_then(Data::get_string)
            .unwrap_or_default()
            .to_owned()
    }

    /// The rows of a sheet that hold this text in this column.
    fn rows_with(&self, sheet: usize, column: u32, text: &str) -> Vec<u32> {
        let (height, _) = self.sheets[sheet].1.get_size();
        (0..u32::try_from(height).unwrap())
            .filter(|&row| self.text(sheet, row, column) == text)
            .collect()
    }

    fn row_with(&self, sheet: usize, column: u32, text: &str) -> u32 {
        let rows = self.rows_with(sheet, column, text);
        assert_eq!(
            rows.len(),
            1,
            "{text:?} in column {column} of sheet {sheet}"
        );
        rows[0]
    }

    /// Every text of every sheet.
    fn words(&self) -> Vec<&str> {
        let cells = self.sheets.iter().flat_map(|(_, sheet)| sheet.used_cells());
        cells.filter_map(|(_, _, cell)| cell.get_string()).collect()
    }
}

/// The parts of a workbook as they lie in its ZIP.
fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let word = |at: usize| usize::from(bytes[at]) + 256 * usize::from(bytes[at + 1]);
    let long = |at: usize| word(at) + 65_536 * word(at + 2);
    let mut found = BTreeMap::new();
    let mut at = long(bytes.len() - 22 + 16);
    for _ in 0..word(bytes.len() - 22 + 10) {
        let (packed, name_len, start) = (long(at + 20), word(at + 28), long(at + 42));
        let name = String::from_utf8(bytes[at + 46..at + 46 + name_len].to_vec()).unwrap();
        let from = start + 30 + word(start + 26) + word(start + 28);
        let mut text = String::new();
        flate2::read::DeflateDecoder::new(&bytes[from..from + packed])
            .read_to_string(&mut text)
            .unwrap();
        found.insert(name, text);
        at += 46 + name_len + word(at + 30) + word(at + 32);
    }
    found
}

/// The ends of an interval in the order of its columns.
fn ends(interval: Interval) -> [Option<f64>; 3] {
    [interval.mean, interval.lo, interval.hi].map(Some)
}

fn three(book: &Book, sheet: usize, row: u32, column: u32) -> [Option<f64>; 3] {
    [0, 1, 2].map(|end| book.number(sheet, row, column + end))
}

#[test]
fn every_figure_of_a_kpi_is_the_number_itself_in_both_languages() {
    let case = carried("reject rate");
    for locale in Locale::ALL {
        let book = Book::of(&case, "reject rate", locale);
        assert_eq!(book.text(0, FIRST_KPI, 0), "reject rate");
        assert_eq!(book.text(0, FIRST_KPI, 1), "%");
        assert_eq!(three(&book, 0, FIRST_KPI, 2), ends(case.paired.a));
        assert_eq!(three(&book, 0, FIRST_KPI, 5), ends(case.paired.b));
        assert_eq!(three(&book, 0, FIRST_KPI, 8), ends(case.paired.delta));
        let rest = [11, 12, 13, 15].map(|column| book.number(0, FIRST_KPI, column));
        assert_eq!(rest, [0.95, 0.023, 0.1, 1.422].map(Some));
        for (sheet, (name, cells)) in book.sheets.iter().enumerate() {
            assert!(cells.used_cells().count() > 6, "{name} is empty");
            let (_, width) = cells.get_size();
            let head = if sheet == 0 { FIRST_KPI - 1 } else { 0 };
            for column in 0..u32::try_from(width).unwrap() {
                assert_ne!(
                    book.text(sheet, head, column),
                    "",
                    "{name}, column {column}"
                );
            }
        }
        let words = book.words();
        let hole = words.iter().find(|word| word.contains("report-"));
        assert_eq!(hole, None, "a word is missing in {}", locale.name());
    }
}

#[test]
fn courses_are_the_rollouts_and_end_where_the_data_end() {
    let case = case("x");
    let book = Book::of(&case, "x", Locale::En);
    let measured = &case.dataset.episodes[0].columns[0];
    let n_before = STEPS / 3;
    assert_eq!(book.number(1, 1, 0), Some(-(n_before as f64)));
    let row_of = |step: usize| u32::try_from(n_before + step).unwrap();
    for step in [1, 2, 57, 80, 81, STEPS] {
        let row = row_of(step);
        assert_eq!(book.number(1, row, 0), Some(step as f64 - 1.0));
        assert_eq!(book.number(1, row, 2), Some(step as f64 * 30.0));
        let real = measured.get(START + step - 1).copied();
        assert_eq!(book.number(1, row, FIRST_VALUE), real, "step {step}");
        let side = |which: usize| {
            let run = &case.trajectories[which];
            let band = &run.band90[0];
            [&run.mean[0], &band.lo, &band.hi].map(|values| Some(values[step - 1]))
        };
        let delta = [0.5, 0.4, 0.6].map(Some);
        let is_beyond = step > 80;
        let cut = |values| if is_beyond { [None; 3] } else { values };
        assert_eq!(three(&book, 1, row, FIRST_VALUE + 1), side(0));
        assert_eq!(three(&book, 1, row, FIRST_VALUE + 4), cut(side(1)));
        assert_eq!(three(&book, 1, row, FIRST_VALUE + 7), cut(delta));
        assert_eq!(book.text(1, row, 3).is_empty(), !is_beyond, "step {step}");
    }
    // Before the start only what was measured is known.
    assert_eq!(
        book.number(1, row_of(0), FIRST_VALUE),
        Some(measured[START - 1])
    );
    assert_eq!(book.number(1, row_of(0), FIRST_VALUE + 1), None);
    let (height, _) = book.sheets[1].1.get_size();
    assert_eq!(height, 1 + n_before + STEPS);
}

#[test]
fn a_moment_is_a_date_on_the_logs_own_clock() {
    let mut case = case("x");
    let at_start = |case: &Case| {
        let book = Book::of(case, "x", Locale::En);
        let step_1 = u32::try_from(STEPS / 3 + 1).unwrap();
        let cell = book.sheets[1].1.get_value((step_1, 1)).cloned();
        (cell.unwrap_or(Data::Empty), book.text(1, 0, 1))
    };
    let (cell, head) = at_start(&case);
    // 2026-01-05 10:50.
    let expected = 46_027.0 + (10.0 + 50.0 / 60.0) / 24.0;
    assert!(cell.is_datetime(), "{cell:?}");
    assert!((cell.get_datetime().unwrap().as_f64() - expected).abs() < 1e-9);
    assert_eq!(head, "Time (UTC)");
    case.dataset.utc_offset_secs = Some(9 * 3600);
    let (cell, head) = at_start(&case);
    let ahead = cell.get_datetime().unwrap().as_f64() - expected;
    assert!((ahead - 9.0 / 24.0).abs() < 1e-9, "{ahead}");
    assert_eq!(head, "Time (UTC+09:00)");
    case.dataset.has_clock = false;
    assert_eq!(at_start(&case).0, Data::Empty);
}

#[test]
fn whatever_a_file_says_is_a_text_and_never_a_formula() {
    let attacks = [
        "=HYPERLINK(\"http://x\",\"y\")",
        "+1+cmd|' /C calc'!A0",
        "-1",
        "@SUM(A1)",
        "{=1}",
        "_x0041_",
        EVIL,
    ];
    for name in attacks {
        let bytes = workbook(&input(&case(name), name), Locale::En).unwrap();
        let book = Book::read(&bytes);
        assert_eq!(book.n_formulas, 0, "{name}");
        let shown = name
            .replace('\u{202e}', "[U+202E]")
            .replace('\u{7}', "\u{2407}");
        assert_eq!(book.text(0, FIRST_KPI, 0), shown);
        assert_eq!(book.text(3, 1, 0), shown);
        for (part, text) in parts(&bytes) {
            assert!(!text.contains("<f>") && !text.contains("<f "), "{part}");
            assert!(!text.contains("TargetMode"), "{part} leads outside");
            for attack in ["<script", "\u{202e}", "\u{7}"] {
                assert!(!text.contains(attack), "{attack:?} in {part}");
            }
        }
    }
}

#[test]
fn heads_stay_in_view_and_texts_stay_texts_when_edited() {
    let parts = parts(&workbook(&input(&case("x"), "x"), Locale::En).unwrap());
    for (sheet, rows) in [(1, 7), (2, 1), (3, 1), (4, 1)] {
        let text = &parts[&format!("xl/worksheets/sheet{sheet}.xml")];
        let pane = &text[text.find("<pane ").unwrap()..];
        let pane = &pane[..pane.find("/>").unwrap()];
        assert!(pane.contains(&format!("ySplit=\"{rows}\"")), "{pane}");
        assert!(pane.contains("state=\"frozen\""), "{pane}");
        assert!(text.contains("<cols><col "), "sheet {sheet} has no widths");
    }
    assert!(parts["xl/styles.xml"].contains("quotePrefix=\"1\""));
    assert!(parts["docProps/core.xml"].contains("2026-01-05T10:00:00Z"));
}

/// What the page says in lists, cells and paragraphs, piece by piece; its charts left out.
fn said_on(page: &str) -> Vec<String> {
    let body = page.split("<main>").nth(1).unwrap();
    let body = body.split("</header>").nth(1).unwrap();
    let is_said = |tag: &str| ["li", "td", "p"].contains(&tag.split(' ').next().unwrap());
    let (mut out, mut depth) = (Vec::new(), 0);
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        match tag.strip_prefix('/') {
            Some(tag) if is_said(tag) => depth -= 1,
            None if is_said(tag) && !tag.contains("legend") => depth += 1,
            None if is_said(tag) => depth -= 1_000,
            _ => {}
        }
        if tag == "/figure" {
            depth = 0;
        }
        let text = text.replace("&#39;", "'").replace("&quot;", "\"");
        // A check and its evidence have cells of their own.
        let parts = text.split(" – ").map(str::trim);
        let parts = parts.filter(|part| part.chars().filter(|c| c.is_alphabetic()).count() > 3);
        if depth > 0 {
            out.extend(parts.map(str::to_owned));
        }
    }
    out
}

#[test]
fn page_and_workbook_say_the_same() {
    let mut case = case("x");
    case.judgement.reasons[0].text = "the valve moved only 3 times".to_owned();
    for locale in Locale::ALL {
        let book = Book::of(&case, "x", locale);
        let words = book.words();
        let said = said_on(&page(&case, "x", locale));
        assert!(said.len() > 25, "only {said:?}");
        // Where the page has brackets the workbook has columns.
        let only_page = Text::new(locale).get("report-changes-note");
        for piece in said.iter().filter(|piece| **piece != only_page) {
            let bare = piece.split(" [").next().unwrap();
            let is_name = piece.ends_with(']') && words.contains(&bare);
            let is_there = words.iter().any(|word| word.contains(piece.as_str()));
            assert!(is_there || is_name, "{piece:?} is only on the page");
        }
        for digest in ["d1", "d2", "d3"] {
            assert!(words.contains(&digest), "{digest}");
        }
    }
    let book = Book::of(&case, "x", Locale::En);
    let seed = book.row_with(2, 2, "Seed");
    assert_eq!(book.number(2, seed, 3), Some(42.0));
    let signs: Vec<String> = book
        .rows_with(2, 0, "Stage of proof")
        .into_iter()
        .map(|row| book.text(2, row, 1))
        .collect();
    assert_eq!(signs, ["", "✓", "✕"]);
}

#[test]
fn the_limits_and_the_changed_controls_are_numbers_too() {
    let book = Book::of(&case("x"), "x", Locale::En);
    let control = book.row_with(0, 0, "conveyor");
    let values: Vec<Option<f64>> = (2..11)
        .map(|column| book.number(0, control, column))
        .collect();
    assert_eq!(values[..3], [Some(104.0); 3]);
    assert_eq!(values[3..6], [Some(112.5); 3]);
    assert_eq!(values[6..], [Some(104.0); 3]);
    let limit = book.row_with(0, 2, "alarm high");
    let values = [3, 4, 5].map(|column| book.number(0, limit, column));
    assert_eq!(values, [3.5, 0.5, 0.5].map(Some));
    // Both ends of A and of B, minutes beyond, and what is left to the limit.
    let ends = [6, 7, 8, 9].map(|column| book.number(0, limit, column));
    assert_eq!(ends, [0.0, 1.0, 0.0, 1.0].map(Some));
    let known = case("x").limits.remove(0);
    let rest = [10, 11, 12, 13].map(|column| book.number(0, limit, column));
    let sides = [known.a, known.b];
    let [minutes, margins] = [
        sides.map(|side| side.minutes),
        sides.map(|side| side.margin),
    ];
    assert!(minutes[0] > 0.0 && margins[1] < margins[0] && margins[0] < 0.0);
    assert_eq!(rest[..2], minutes.map(Some));
    assert_eq!(rest[2..], margins.map(Some));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let case = case("x");
    let of = |locale| workbook(&input(&case, "x"), locale).unwrap();
    assert_eq!(of(Locale::En), of(Locale::En));
    assert_ne!(of(Locale::En), of(Locale::Ja));
}

#[test]
fn an_empty_answer_still_makes_a_workbook() {
    let mut case = carried("x");
    case.dataset.episodes.clear();
    case.dataset.has_clock = false;
    case.deltas.clear();
    case.trajectories = [trajectory(0.0), trajectory(0.0)];
    let nothing = Interval {
        mean: f64::NAN,
        lo: f64::NEG_INFINITY,
        hi: f64::INFINITY,
    };
    case.paired.delta = nothing;
    case.paired.p_better = f64::NAN;
    let book = Book::of(&case, "x", Locale::Ja);
    assert_eq!(three(&book, 0, FIRST_KPI, 8), [None; 3]);
    assert_eq!(book.number(0, FIRST_KPI, 12), None);
    let mut words = book.words().into_iter();
    assert_eq!(words.find(|word| word.starts_with('#')), None);

    let mut input = input(&case, "x");
    input.kpis.clear();
    let book = Book::read(&workbook(&input, Locale::En).unwrap());
    assert_eq!(book.number(1, 1, FIRST_VALUE), None);
    assert_eq!(book.sheets.len(), 4);
}

#[test]
fn what_does_not_differ_has_no_chance_of_being_better() {
    let mut case = case("x");
    case.paired.delta = Interval::default();
    let book = Book::of(&case, "x", Locale::En);
    assert_eq!(book.text(0, FIRST_KPI, 12), "=");
    assert_eq!(three(&book, 0, FIRST_KPI, 8), [Some(0.0); 3]);
}

#[test]
fn what_the_data_do_not_carry_has_no_chance_either() {
    let book = Book::of(&case("x"), "x", Locale::En);
    let told = [12, 13, 14].map(|column| book.text(0, FIRST_KPI, column));
    assert_eq!(told, ["–", "–", "not judged"]);
    assert_eq!(three(&book, 0, FIRST_KPI, 8), ends(case("x").paired.delta));
}

#[test]
fn where_nobody_said_what_is_better_there_is_no_chance_of_it() {
    let mut case = carried("x");
    case.plans[1].kpis[0].better = gemba::scenario::Better::Unknown;
    let book = Book::of(&case, "x", Locale::En);
    let told = [12, 14].map(|column| book.text(0, FIRST_KPI, column));
    assert_eq!(told, ["–", "differs"]);
    assert_eq!(book.number(0, FIRST_KPI, 13), Some(case.paired.p_equal));
}

#[test]
fn another_kind_of_report_is_refused_before_anything_is_read() {
    let dir = temp_dir();
    for name in ["x.docx", "x.xls", "x"] {
        let mut args = vec!["report", "nowhere.gemba", "--out", name];
        args.extend(PAIR);
        let run = gemba(dir.path(), &args).ended(2);
        let run = run.says(&["expected .html, ", ".xlsx", name]);
        assert!(!run.stderr.contains("A.toml"), "{}", run.stderr);
    }
}

#[test]
fn the_command_writes_the_figures_of_its_json() {
    let dir = temp_dir();
    for locale in Locale::ALL {
        let path = dir.path().join(format!("{}.XLSX", locale.name()));
        let out = path.display().to_string();
        let mut args = vec!["report", "line.gemba", "--lang", locale.name(), "--json"];
        args.extend(["--out", &out]);
        args.extend(PAIR);
        let json = gemba(example(), &args).ended(0).json();
        let book = Book::read(&read_file(&path).unwrap());
        let kpis = json["kpis"].as_array().unwrap();
        assert!(!kpis.is_empty());
        // Where the data do not carry the answer a report tells no chances.
        let is_told = json["support"]["exit_step"].is_null()
            && json["judge"]["verdict"] != "not-from-this-log";
        for (row, kpi) in (FIRST_KPI..).zip(kpis) {
            assert_eq!(book.text(0, row, 0), kpi["name"].as_str().unwrap());
            for (column, side) in [(2, "a"), (5, "b"), (8, "delta")] {
                let told = ["mean", "lo", "hi"].map(|end| kpi[side][end].as_f64());
                assert_eq!(three(&book, 0, row, column), told, "{side} of {kpi}");
            }
            let chances = [12, 13].map(|column| book.number(0, row, column));
            let told = ["p_better", "p_equal"].map(|key| kpi[key].as_f64());
            assert_eq!(chances, told.map(|chance| chance.filter(|_| is_told)));
        }
        let model = json["digests"]["model"].as_str().unwrap();
        assert!(book.words().contains(&model), "{model}");
    }
}

/// Writes the workbooks to look at, where `GEMBA_PAGES` names a folder.
#[test]
fn the_workbooks_can_be_looked_at() {
    let case = case("不良率 reject rate");
    for locale in Locale::ALL {
        let bytes = workbook(&input(&case, "不良率 reject rate"), locale).unwrap();
        assert!(bytes.len() < 60_000, "{} bytes", bytes.len());
        if let Ok(dir) = std::env::var("GEMBA_PAGES") {
            let path = std::path::Path::new(&dir).join(format!("{}.xlsx", locale.name()));
            gemba::base::write_atomic(&path, &bytes).unwrap();
        }
    }
}
