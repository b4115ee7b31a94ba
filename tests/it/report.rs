//! Tests of report.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "helpers of tests"
)]

use gemba::{
    base::{Digest, Locale, Severity},
    data::{Band, Channel, ControlPlan, Dataset, Episode, Media, Role, Span, Split, Trajectory},
    metrics::{DeltaTrace, Interval, LimitLine, PairedKpi},
    report::{ReportInput, ReportKpi, ReportSide, html_page, trajectory_csv},
    scenario::{Better, Edit, EditOp, Kpi, Plan, Reduce, Start},
    trust::{Judgement, Reason, StageReport, Support, SupportLevel, Verdict, no_skill},
};

pub(crate) const STEPS: usize = 120;
pub(crate) const START: usize = 100;
/// What a file might be called by somebody who means harm.
pub(crate) const EVIL: &str = "<script>alert(1)</script>\" onload='x' \u{202e}\u{7}&";

/// Everything that a report borrows.
pub(crate) struct Case {
    pub(crate) dataset: Dataset,
    pub(crate) plans: [Plan; 2],
    pub(crate) trajectories: [Trajectory; 2],
    pub(crate) supports: [Support; 2],
    pub(crate) paired: PairedKpi,
    pub(crate) deltas: Vec<DeltaTrace>,
    pub(crate) limits: Vec<LimitLine>,
    pub(crate) doubts: Vec<Reason>,
    pub(crate) judgement: Judgement,
    pub(crate) stage: StageReport,
}

fn wave(shift: f64) -> Vec<f64> {
    (0..STEPS)
        .map(|step| shift + (step as f64 * 0.1).sin())
        .collect()
}

fn around(mean: &[f64], half: f64) -> Band {
    Band {
        lo: mean.iter().map(|value| value - half).collect(),
        hi: mean.iter().map(|value| value + half).collect(),
    }
}

fn dataset(name: &str) -> Dataset {
    let mut reject = Channel::new(name, Role::Kpi, "%");
    reject.limits.alarm_high = Some(3.5);
    reject.findings = vec!["stuck".to_owned()];
    let measured = (0..180)
        .map(|step| (f64::from(step) * 0.1).sin() + 2.0)
        .collect();
    Dataset {
        name: name.to_owned(),
        step_secs: 30.0,
        has_clock: true,
        utc_offset_secs: None,
        channels: vec![reject, Channel::new("conveyor", Role::Control, "1/min")],
        episodes: vec![Episode {
            name: "day".to_owned(),
            start_ns: 1_767_607_200_000_000_000,
            columns: vec![measured, vec![104.0; 180]],
        }],
        spans: vec![Span {
            episode: 0,
            start: 0,
            end: 90,
            split: Split::Train,
        }],
        media: Media::default(),
    }
}

fn plan(name: &str, speed: f64, kpis: Vec<Kpi>) -> Plan {
    let controls = |value| ControlPlan::new(vec![1], vec![vec![value; STEPS]], STEPS).unwrap();
    Plan {
        name: name.to_owned(),
        start: Start {
            episode: 0,
            step: START,
            context_steps: 50,
        },
        horizon_steps: STEPS,
        controls: controls(speed),
        recorded: controls(104.0),
        edits: Vec::new(),
        edited: vec![1],
        kpis,
        digest: Digest::of(name.as_bytes()),
    }
}

pub(crate) fn trajectory(shift: f64) -> Trajectory {
    let mean = wave(shift);
    Trajectory {
        step_secs: 30.0,
        start_ns: 1_767_610_200_000_000_000,
        channels: vec![0],
        n_steps: STEPS,
        member_of_draw: vec![0, 1],
        draws: [mean.as_slice(), &wave(shift + 0.8)]
            .concat()
            .into_iter()
            .map(|value| value as f32)
            .collect(),
        band50: vec![around(&mean, 0.2)],
        band90: vec![around(&mean, 0.5)],
        aleatoric: vec![vec![0.2; STEPS]],
        epistemic: vec![vec![0.1; STEPS]],
        mean: vec![mean],
    }
}

fn support(exit_step: Option<usize>) -> Support {
    Support {
        verdict: SupportLevel::Edge,
        exit_step,
        levels: vec![SupportLevel::Inside; STEPS],
        breach: None,
        similar_hours: 37.25,
        n_campaigns: 4,
    }
}

/// The limit of the rejects, whose record rests at these ends.
pub(crate) fn limit(ends: [Option<f64>; 2]) -> LimitLine {
    let sides = (&trajectory(2.0), &trajectory(2.5));
    LimitLine::of(sides, 0, ("alarm_high", 3.5), ends, 1.0)
}

pub(crate) fn case(name: &str) -> Case {
    let kpi = Kpi {
        name: name.to_owned(),
        channel: 0,
        reduce: Reduce::Mean,
        better: Better::Lower,
        unit: "%".to_owned(),
        delta: None,
    };
    let reason = Reason {
        check: "no-such-check",
        level: Verdict::Partly,
        value: 3.0,
        threshold: 5.0,
        channel: name.to_owned(),
        text: format!("{name} moved only 3 times"),
        args: Vec::new(),
    };
    Case {
        dataset: dataset(name),
        plans: [
            plan("as run", 104.0, vec![kpi.clone()]),
            plan(name, 112.5, vec![kpi]),
        ],
        limits: vec![limit([None; 2])],
        doubts: Vec::new(),
        trajectories: [trajectory(2.0), trajectory(2.5)],
        supports: [support(None), support(Some(80))],
        paired: PairedKpi {
            a: Interval {
                mean: 1.314,
                lo: 1.2,
                hi: 1.4,
            },
            b: Interval {
                mean: 1.733,
                lo: 1.6,
                hi: 1.8,
            },
            delta: Interval {
                mean: 0.419,
                lo: 0.214,
                hi: 0.663,
            },
            level: 0.95,
            p_better: 0.023,
            p_equal: 0.1,
            variance_ratio: 9.0,
            delta_min: 0.1,
            methods_agree: true,
        },
        deltas: vec![DeltaTrace {
            mean: vec![0.5; STEPS],
            band: around(&vec![0.5; STEPS], 0.1),
            first_divergence: Some(0),
        }],
        judgement: Judgement {
            verdict: Verdict::Partly,
            reasons: vec![reason],
            suggestions: vec![(
                "no-such-key",
                Vec::new(),
                format!("move {name} twice a day"),
            )],
        },
        stage: StageReport {
            stage: 2,
            checks: vec![
                ("no-such-key", true, name.to_owned()),
                ("x", false, "bands".to_owned()),
            ],
        },
    }
}

/// The same where the data carry B to the end.
pub(crate) fn carried(name: &str) -> Case {
    let mut case = case(name);
    case.supports[1].exit_step = None;
    case
}

pub(crate) fn page(case: &Case, name: &str, locale: Locale) -> String {
    html_page(&input(case, name), locale)
}

pub(crate) fn input<'c>(case: &'c Case, name: &str) -> ReportInput<'c> {
    let side = |which: usize| ReportSide {
        plan: &case.plans[which],
        trajectory: &case.trajectories[which],
        support: &case.supports[which],
    };
    ReportInput {
        is_provisional: false,
        dataset: &case.dataset,
        a: side(0),
        b: side(1),
        kpis: vec![ReportKpi {
            kpi: &case.plans[1].kpis[0],
            paired: &case.paired,
            real: Some(1.422),
            doubts: &case.doubts,
        }],
        deltas: &case.deltas,
        limits: &case.limits,
        judgement: &case.judgement,
        stage: &case.stage,
        model: [name, "linear", "cpu", "5", "200"].map(str::to_owned),
        issues: vec![(Severity::Warning, name.to_owned())],
        digests: ["d1", "d2", "d3", name].map(str::to_owned),
        seed: 42,
        version: "0.1.0".to_owned(),
        now_ns: 1_767_607_200_000_000_000,
    }
}

#[test]
fn both_languages_show_every_number() {
    let case = carried("reject rate");
    for locale in Locale::ALL {
        let page = page(&case, "reject rate", locale);
        let numbers = [
            "1.314",
            "1.733",
            "+0.419",
            "+0.214 … +0.663",
            "2 %",
            "1.422",
            "37.2",
            "112",
        ];
        for number in numbers
            .into_iter()
            .chain(["2026-01-05 10:00:00 UTC", ">42<", "d3", "▲"])
        {
            assert!(
                page.contains(number),
                "{number} is missing in {}",
                locale.name()
            );
        }
        assert!(page.contains(&format!("<html lang=\"{}\">", locale.name())));
        assert!(
            !page.contains("report-"),
            "a word is missing in {}",
            locale.name()
        );
    }
}

#[test]
fn what_the_model_leaves_open_about_a_kpi_weakens_its_sentence_and_is_named() {
    let mut case = carried("reject rate");
    case.judgement.verdict = Verdict::Answerable;
    let firm = page(&case, "reject rate", Locale::En);
    assert!(firm.contains("B raises reject rate by 0.419") && !firm.contains("reservations"));
    case.doubts = vec![no_skill("reject rate", 0.93, 0.92)];
    let doubted = page(&case, "reject rate", Locale::En);
    for words in [
        "B probably raises reject rate by about 0.419",
        "with the reservations below",
        "On left-out hours the model foretells reject rate no better than its last value",
    ] {
        assert!(doubted.contains(words), "{words}");
    }
}

#[test]
fn a_limit_is_told_with_its_interval_and_not_beyond_where_the_record_rests() {
    let mut case = carried("reject rate");
    let told = page(&case, "reject rate", Locale::En);
    // One of two draws passes, of two members that are at odds.
    assert!(told.contains(">50 % (0–100 %)<"), "the share");
    case.limits[0].value = 9.0;
    case.limits = vec![LimitLine {
        a: gemba::metrics::exceedance(&case.trajectories[0], 0, (9.0, true), 1.0),
        ..case.limits[0].clone()
    }];
    assert!(page(&case, "reject rate", Locale::En).contains(">below 66 %<"));
    case.limits = vec![limit([None, Some(3.25)])];
    let untold = page(&case, "reject rate", Locale::En);
    assert!(untold.contains("Whether reject rate passes 3.5 % cannot be told"));
    assert!(!untold.contains("50 % ("));
}

/// The example's A, and a B of the window with one change and no name of its own.
fn asked_in_the_window() -> Case {
    let mut case = case("reject rate");
    "A: as it was run".clone_into(&mut case.plans[0].name);
    case.plans[0].edited.clear();
    "B".clone_into(&mut case.plans[1].name);
    case.plans[1].edits = vec![Edit {
        channel: "conveyor".to_owned(),
        op: EditOp::Scale,
        value: 1.05,
        points: Vec::new(),
        from_step: 0,
        to_step: None,
        line: 0,
    }];
    case
}

#[test]
fn scenarios_are_called_what_the_window_calls_them() {
    let case = asked_in_the_window();
    let page = |locale| page(&case, "reject rate", locale);
    let english = page(Locale::En);
    for words in [
        "<h1>B (conveyor +5 %) compared with A (as it was run)</h1>",
        "A: as it was run (bands",
        "B: conveyor +5 % (bands",
    ] {
        assert!(english.contains(words), "{words}");
    }
    let japanese = page(Locale::Ja);
    assert!(!japanese.contains("as it was run"));
    for words in [
        "<h1>A（実績どおり）と B（conveyor +5 %）の比較</h1>",
        "A: 実績どおり（帯",
        "B: conveyor +5 %（帯",
    ] {
        assert!(japanese.contains(words), "{words}");
    }
}

#[test]
fn thousands_stand_apart_as_in_the_window() {
    let mut case = case("output");
    case.paired.a.mean = 5665.2;
    case.paired.delta = Interval {
        mean: -1234.5,
        lo: -2345.6,
        hi: -123.4,
    };
    case.plans[1].kpis[0].reduce = Reduce::MinutesAbove(5000.5);
    let page = page(&case, "output", Locale::En);
    for number in ["5,665<", "−1,234<", "−2,346 … −123<", "above 5,000.5 "] {
        assert!(page.contains(number), "{number}");
    }
    let sentence = page.find("class=\"lead\"").unwrap();
    assert!(
        page[sentence..sentence + 300].contains("1,234"),
        "the sentence too"
    );
}

#[test]
fn findings_and_the_family_of_the_model_are_said_in_the_language() {
    let mut case = case("x");
    case.dataset.channels[0].findings = vec!["slow".to_owned(), "stuck".to_owned()];
    let page = page(&case, "x", Locale::Ja);
    assert!(page.contains("数ステップごとにだけ測定、長く同じ値のまま"));
    assert!(page.contains("x · 線形 · cpu"));
}

#[test]
fn whatever_a_file_says_is_inert() {
    let case = case(EVIL);
    let page = page(&case, EVIL, Locale::En);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39;"));
    for attack in ["<script", "\" onload", "' onload", "\u{202e}", "\u{7}"] {
        assert!(!page.contains(attack), "{attack:?} came through");
    }
}

#[test]
fn the_page_loads_nothing_and_forbids_it_too() {
    let page = page(&case("x"), "x", Locale::Ja);
    for reference in [
        "http:", "https:", "//", "src=", "href=", "@import", "url(http",
    ] {
        assert!(!page.contains(reference), "{reference} is there");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn every_tag_is_closed_in_its_turn() {
    for locale in Locale::ALL {
        let page = page(&case(EVIL), EVIL, locale);
        let mut open: Vec<String> = Vec::new();
        let (mut rest, mut n_tags) = (page.as_str(), 0);
        while let Some(start) = rest.find('<') {
            let end = start + rest[start..].find('>').unwrap();
            let tag = &rest[start + 1..end];
            rest = &rest[end + 1..];
            let name: String = tag
                .trim_start_matches('/')
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            n_tags += 1;
            if tag.starts_with('!') || tag.ends_with('/') || name == "meta" {
                continue;
            }
            if tag.starts_with('/') {
                assert_eq!(open.pop().as_deref(), Some(name.as_str()), "at </{name}>");
            } else {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "left open: {open:?}");
        assert!(n_tags > 200, "only {n_tags} tags");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let case = case("x");
    assert_eq!(page(&case, "x", Locale::En), page(&case, "x", Locale::En));
    assert_ne!(page(&case, "x", Locale::En), page(&case, "x", Locale::Ja));
}

#[test]
fn nothing_is_drawn_beyond_the_exit_of_support() {
    let line_end = |page: &str, class: &str| -> f64 {
        let start = page.find(&format!("class=\"line {class}\" d=\"")).unwrap();
        let path = page[start..].split('"').nth(3).unwrap();
        let last = path.rsplit('L').next().unwrap();
        last.split(' ').next().unwrap().parse().unwrap()
    };
    let mut case = case("x");
    let cut = page(&case, "x", Locale::En);
    assert!(cut.contains("url(#hatch-c0)") && cut.contains("url(#hatch-d0)"));
    assert!(line_end(&cut, "b") < line_end(&cut, "a") - 100.0);
    case.supports[1].exit_step = None;
    let whole = page(&case, "x", Locale::En);
    assert!(!whole.contains("hatch-c0"));
    assert!((line_end(&whole, "b") - line_end(&whole, "a")).abs() < 1e-9);
}

#[test]
fn the_limit_table_counts_the_draws_that_pass() {
    let page = page(&case("x"), "x", Locale::En);
    // The two draws of A reach 3.0 and 3.8, those of B 3.5 and 4.3; the alarm stands at 3.5.
    let start = page.find("<td>alarm high</td>").unwrap();
    let row = &page[start..start + page[start..].find("</tr>").unwrap()];
    assert!(row.matches("50 % (0–100 %)").count() == 2, "{row}");
}

#[test]
fn a_difference_that_may_be_zero_is_called_neither_better_nor_worse() {
    let mut case = carried("x");
    let with = |case: &Case| page(case, "x", Locale::En);
    assert!(with(&case).contains("<small>worse</small>"));
    case.paired.delta = Interval {
        mean: -0.2,
        lo: -0.3,
        hi: -0.1,
    };
    assert!(with(&case).contains("<small>better</small>"));
    case.paired.delta = Interval {
        mean: 0.2,
        lo: -0.1,
        hi: 0.5,
    };
    assert!(with(&case).contains("<small>no clear difference</small>"));
}

#[test]
fn where_nobody_said_what_is_better_a_difference_is_neither() {
    let mut case = carried("x");
    case.plans[1].kpis[0].better = Better::Unknown;
    let page = page(&case, "x", Locale::En);
    let start = page.find("<small>differs</small>").unwrap();
    let row = &page[start..start + page[start..].find("</tr>").unwrap()];
    assert!(row.contains(">–<") && !row.contains("2 %"), "{row}");
    assert!(page.contains("direction not known</small>"));
    for word in ["better</small>", "worse</small>"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn the_table_says_no_more_than_the_sentence_above_it() {
    let mut case = carried("x");
    case.paired.delta = Interval {
        mean: 0.03,
        lo: 0.01,
        hi: 0.05,
    };
    let small = page(&case, "x", Locale::En);
    assert!(small.contains("equal in x within ±0.1"));
    assert!(small.contains("<small>no difference that matters</small>") && small.contains('≈'));
    case.paired.delta = Interval::default();
    let same = page(&case, "x", Locale::En);
    assert!(same.contains("<small>the same</small>"));
}

#[test]
fn what_the_data_do_not_carry_is_neither_better_nor_worse() {
    let mut leaving = case("x");
    let mut refused = carried("x");
    refused.judgement.verdict = Verdict::NotFromThisLog;
    for case in [&mut leaving, &mut refused] {
        for mean in [0.4, -0.4] {
            case.paired.delta = Interval {
                mean,
                lo: mean - 0.1,
                hi: mean + 0.1,
            };
            let page = page(case, "x", Locale::En);
            let start = page.find("<small>not judged</small>").unwrap();
            let row = &page[start..start + page[start..].find("</tr>").unwrap()];
            assert!(row.contains(">–<") && !row.contains("2 %"), "{row}");
            for word in ["<small>better</small>", "<small>worse</small>"] {
                assert!(!page.contains(word), "{word}");
            }
        }
    }
}

#[test]
fn the_support_of_an_edited_a_counts() {
    let mut case = carried("x");
    case.judgement.verdict = Verdict::Answerable;
    let with = |case: &Case| page(case, "x", Locale::En);
    let (b_lies, ends) = ("B lies at the rim", "ends after 50 % of the time");
    assert!(with(&case).contains(b_lies) && !with(&case).contains(ends));
    // A leaves the data halfway, whether or not B is edited too.
    case.supports[0].exit_step = Some(STEPS / 2);
    for edited in [vec![1], Vec::new()] {
        case.plans[1].edited = edited;
        let page = with(&case);
        assert!(page.contains("A lies at the rim") && page.contains(ends));
        assert!(page.contains("<small>not judged</small>"));
        assert!(page.contains("with the reservations below"));
    }
    // A as it was run says nothing about B.
    case.plans[0].edited.clear();
    case.plans[1].edited = vec![1];
    assert!(with(&case).contains(b_lies) && !with(&case).contains(ends));
}

#[test]
fn an_empty_answer_still_makes_a_page() {
    let mut case = case("x");
    case.dataset.episodes.clear();
    case.dataset.has_clock = false;
    case.deltas.clear();
    case.trajectories = [trajectory(0.0), trajectory(0.0)];
    case.paired.delta = Interval {
        mean: f64::NAN,
        lo: f64::NAN,
        hi: f64::NAN,
    };
    let page = page(&case, "x", Locale::Ja);
    // The sentence on top is the trust room's own.
    let below = &page[page.find("<section>").unwrap()..];
    assert!(below.contains("</html>") && !below.contains("NaN"));
}

#[test]
fn a_rollout_as_csv_has_one_row_a_step_and_exact_numbers() {
    let mut data = dataset("=1+1,\"x\"");
    let mut run = trajectory(0.1);
    run.mean[0][1] = f64::NAN;
    let controls = ControlPlan::new(vec![1], vec![vec![0.1 + 0.2; STEPS]], STEPS).unwrap();
    let csv = trajectory_csv(&data, &run, &controls);
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines.len(), STEPS + 2);
    assert!(
        lines[0].starts_with("step,time,secs,conveyor,\"'=1+1,\"\"x\"\"\","),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with("0,2026-01-05T10:50:00Z,30,0.30000000000000004,0.1,"));
    assert!(
        lines[2].contains(",60,0.30000000000000004,,"),
        "{}",
        lines[2]
    );
    let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
    assert_eq!(reader.headers().unwrap().len(), 9);
    for row in reader.records() {
        assert_eq!(row.unwrap().len(), 9);
    }
    data.has_clock = false;
    assert!(trajectory_csv(&data, &run, &controls).contains("\r\n0,,30,"));
}

/// Writes the pages to look at, where `GEMBA_PAGES` names a folder.
#[test]
fn the_pages_can_be_looked_at() {
    let case = case("不良率 reject rate");
    for locale in Locale::ALL {
        let page = page(&case, "不良率 reject rate", locale);
        assert!(page.len() < 100_000, "{} bytes", page.len());
        if let Ok(dir) = std::env::var("GEMBA_PAGES") {
            let path = std::path::Path::new(&dir).join(format!("{}.html", locale.name()));
            gemba::base::write_atomic(&path, page.as_bytes()).unwrap();
        }
    }
}
