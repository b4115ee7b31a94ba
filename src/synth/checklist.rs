//! The shift's checklist, filled in by people who see the true state and sometimes err.

use std::fmt::Write as _;

use super::{
    plant::STEP_SECS,
    run::Run,
    signals::{FILL_TEMP, FILL_WEIGHT, LEVEL, REJECTS, Row, SPEED, VIBRATION},
};
use crate::base::{Draws, Purpose, Stream, to_i64};

const STEPS_PER_SHIFT: usize = 8 * 360;

/// When in a shift people walk round: at its start, in the middle, ten minutes before its end.
const ROUNDS: [usize; 3] = [0, STEPS_PER_SHIFT / 2, STEPS_PER_SHIFT - 60];

const CREW: [&str; 6] = ["佐藤", "鈴木", "Tanaka", "高橋", "Nguyen", "伊藤"];

/// One line of the checklist.
struct Line {
    item: &'static str,
    answer: String,
    note: String,
}

/// The checklist as a CSV file; `time` writes the time of a number of seconds after the start.
pub(super) fn to_csv(seed: u64, run: &Run, time: impl Fn(i64) -> String) -> String {
    let mut text = String::from("time,item,answer,who,note\n");
    let n_shifts = run.n_steps.div_ceil(STEPS_PER_SHIFT);
    for (shift, round) in (0..n_shifts).flat_map(|shift| ROUNDS.map(|round| (shift, round))) {
        let step = shift * STEPS_PER_SHIFT + round;
        let Some(row) = run.truth.get(step) else {
            continue;
        };
        let mut draws = Stream::new(seed, Purpose::Checklist, &[step as u64]).draws();
        let who = CREW[(shift * 2 + usize::from(round > 0)) % CREW.len()];
        // What was ticked is written down up to five minutes later, to the minute.
        let mut minute = draws.below(4);
        for line in lines(row, (run.wear[step], run.rattle[step]), &mut draws) {
            let secs = step as f64 * STEP_SECS + 60.0 * minute as f64;
            let written = time(to_i64(secs));
            let Line { item, answer, note } = line;
            // Writing into a string cannot fail.
            writeln!(text, "{written},{item},{answer},{who},{note}").ok();
            minute += usize::from(draws.uniform() < 0.3);
        }
    }
    text
}

fn lines(row: &Row, (wear, rattle): (f64, f64), draws: &mut Draws) -> Vec<Line> {
    let heard = wear + 0.08 * draws.normal();
    let seen_level = row[LEVEL] + 2.0 * draws.normal();
    let crooked = (row[SPEED] - 108.0) / 12.0 + 0.3 * draws.normal();
    let height_error = (row[FILL_WEIGHT] - 500.0).abs() + 3.0 * draws.normal();
    let felt_temp = row[FILL_TEMP] + 0.7 * draws.normal();
    let bearing_note = match heard {
        heard if heard > 0.55 => pick(draws, &["軸受から異音あり、保全に連絡", "bearing knocks"]),
        heard if heard > 0.35 => pick(draws, &["軸受の音が少し大きい", "bearing a bit louder"]),
        _ => "",
    };
    let fill_note = match row[FILL_WEIGHT] - 500.0 {
        error if error < -12.0 => pick(draws, &["充填量が少なめ", "bottles look low"]),
        error if error > 12.0 => pick(draws, &["充填量が多め", "bottles look full"]),
        _ => "",
    };
    let rejects_note = if rattle > 0.2 {
        pick(draws, &["ガイドレールがたつき", "guide rail rattles"])
    } else if row[REJECTS] > 3.0 {
        pick(draws, &["不良が多い", "many rejects"])
    } else {
        ""
    };
    let mut lines = vec![
        graded(
            "軸受の音 / bearing noise",
            heard,
            (0.3, 0.55),
            bearing_note,
            draws,
        ),
        graded(
            "充填高さ / fill height",
            height_error,
            (10.0, 20.0),
            fill_note,
            draws,
        ),
        graded(
            "ラベル位置 / label position",
            crooked,
            (0.3, 0.9),
            rejects_note,
            draws,
        ),
        graded(
            "振動 / vibration",
            row[VIBRATION] + 0.15 * draws.normal(),
            (3.0, 3.8),
            "",
            draws,
        ),
        // The window has a mark every five per cent.
        number(
            "タンク液位 / tank level [%]",
            (seen_level / 5.0).round() * 5.0,
            draws,
        ),
        number(
            "製品温度 / product temperature [°C]",
            felt_temp.round(),
            draws,
        ),
    ];
    let leak = if draws.uniform() < 0.03 { "×" } else { "○" };
    lines.push(Line {
        item: "液漏れ / leak",
        answer: leak.to_owned(),
        note: String::new(),
    });
    lines
}

/// ○, △ or ×; one in thirty is ticked wrong, one in fifty forgotten.
fn graded(
    item: &'static str,
    value: f64,
    (fair, bad): (f64, f64),
    note: &str,
    draws: &mut Draws,
) -> Line {
    let marks = ["○", "△", "×"];
    let mut grade = usize::from(value > fair) + usize::from(value > bad);
    let chance = draws.uniform();
    if chance < 0.033 {
        grade = (grade + 1) % marks.len();
    }
    let answer = if chance > 0.98 { "" } else { marks[grade] };
    Line {
        item,
        answer: answer.to_owned(),
        note: note.to_owned(),
    }
}

fn number(item: &'static str, value: f64, draws: &mut Draws) -> Line {
    let answer = if draws.uniform() > 0.98 {
        String::new()
    } else {
        format!("{value}")
    };
    Line {
        item,
        answer,
        note: String::new(),
    }
}

fn pick(draws: &mut Draws, notes: &[&'static str; 2]) -> &'static str {
    notes[draws.below(2)]
}
