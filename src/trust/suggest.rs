//! The nearest question that can be answered, and the smallest step test that would answer this one.

use super::{
    Reason, Support, SupportLevel, Verdict,
    judge::{Asked, ENOUGH_MOVES, LOOP},
    left_out::MOVED_ALONG,
    words::{Args, english, format_number, with_unit},
};
use crate::data::{Dataset, Limits, Split};

/// The least and the greatest share of a control's range that a test moves it by.
const LITTLE: (f64, f64) = (0.02, 0.03);
/// Smaller moves than this share of half the asked change count too little.
const LEAST_HALF: f64 = 0.5;
/// What lies this share of the range beyond the values seen is as good as seen.
const SEEN: f64 = 0.02;
/// More moves than are missing: what outputs explain by chance takes its part.
const MARGIN: f64 = 1.4;
/// Memories of the line for which a value is held.
const HOLD: f64 = 5.0;
/// More repeats than this nobody makes.
const MOST_REPEATS: f64 = 200.0;

/// What would help, each as (locale key, values, English words).
pub(super) fn suggestions(
    dataset: &Dataset,
    support: Option<&Support>,
    reasons: &[Reason],
    asked: &[Asked],
    block: usize,
) -> Vec<(&'static str, Args, String)> {
    let failed = |check: &str, channel: &str| {
        reasons.iter().any(|reason| {
            reason.check == check && reason.channel == channel && reason.level > Verdict::Answerable
        })
    };
    let mut list: Vec<(&'static str, Args)> = Vec::new();
    for one in asked {
        let info = &dataset.channels[one.channel];
        let name = ("channel", info.name.clone());
        let (low, high) = one.excitation.range;
        if failed("range", &info.name) && low < high {
            let args = vec![
                name.clone(),
                ("low", with_unit(low, &info.unit)),
                ("high", with_unit(high, &info.unit)),
            ];
            list.push(("suggest-clamp", args));
        }
        let unproven = ["never-moved", "moves", "feedback", LOOP];
        if unproven.iter().any(|check| failed(check, &info.name)) {
            let is_barred =
                support.is_some_and(|support| support.verdict == SupportLevel::Impossible);
            list.push(step_test(dataset, one, block, is_barred));
        }
        if failed("collinear", &info.name) {
            list.push(("suggest-alone", vec![name]));
        }
    }
    for reason in reasons.iter().filter(|reason| reason.check == MOVED_ALONG) {
        list.push(("suggest-alone", vec![("channel", reason.channel.clone())]));
        list.push(("suggest-same-quantity", reason.args.clone()));
    }
    let exit_step = support.and_then(|support| support.exit_step);
    let clamped = list.iter().any(|(key, _)| *key == "suggest-clamp");
    if let Some(step) = exit_step.filter(|&step| step > 0 && !clamped) {
        let secs = step as f64 * dataset.step_secs;
        let args = vec![
            ("step", step.to_string()),
            ("minutes", format_number(secs / 60.0)),
        ];
        list.push(("suggest-shorter", args));
    }
    if let Some(short) = reasons
        .iter()
        .find(|reason| reason.check == "data" && reason.level > Verdict::Answerable)
    {
        let args = vec![("hours", format_number(short.threshold))];
        list.push(("suggest-more-data", args));
    }
    list.into_iter()
        .map(|(key, args)| {
            let words = english(key, &args);
            (key, args, words)
        })
        .collect()
}

/// A test whose moves are as small as they may be and as many as are then missing.
///
/// Two to three hundredths of the control's range disturb little; each move is held for five of
/// the line's memories so that it settles. A question about values that the log never saw needs a
/// test that goes there; where that is more than disturbs little or than the limits allow, or the
/// question is barred anyway, a smaller question is told that the test would answer.
fn step_test(
    dataset: &Dataset,
    asked: &Asked,
    block: usize,
    is_barred: bool,
) -> (&'static str, Args) {
    let info = &dataset.channels[asked.channel];
    let (low, high) = asked.excitation.range;
    let range = match (info.limits.low, info.limits.high) {
        (Some(low), Some(high)) if high > low => high - low,
        _ => high - low,
    };
    let usual = asked.usual;
    let half = 0.5 * asked.size;
    // What never left one value shows by itself no size that disturbs little.
    let is_known = range > asked.size;
    let little = if is_known {
        half.clamp(LITTLE.0 * range, LITTLE.1 * range)
    } else {
        half
    };
    let little = little.max(LEAST_HALF * half);
    let slack = SEEN * (high - low);
    let is_new = asked.ends.0 < low - slack || asked.ends.1 > high + slack;
    let reach = (asked.ends.1 - usual).max(usual - asked.ends.0);
    let wanted = if is_new { little.max(reach) } else { little };
    let most = if is_new && is_known {
        little.max(LITTLE.1 * range)
    } else {
        f64::INFINITY
    };
    let room = room_of(info.limits, usual).filter(|room| *room >= LEAST_HALF * half);
    let size = wanted.min(most).min(room.unwrap_or(f64::INFINITY));
    let is_whole = size >= wanted && !is_barred;
    // A smaller question is asked of the same moves.
    let full = if is_whole { half } else { half.min(0.5 * size) };
    let missing = (ENOUGH_MOVES - asked.excitation.n_moves).max(1.0);
    let share = size / full.max(f64::MIN_POSITIVE);
    let is_set_once = asked.excitation.is_set_once;
    let (each, steps) = if is_set_once {
        (share.powi(2).min(1.0), 1.0)
    } else {
        (2.0 * worth(share), 2.0 * HOLD * block as f64)
    };
    let needed = MARGIN * missing / each;
    // What is appended to a log moves its last part, which nobody learns or judges from, along.
    let (left_out, length) = left_out_of(dataset, is_set_once);
    let appended = (needed + left_out * length / steps) / (1.0 - left_out).max(0.1);
    let (repeats, split) = if appended <= MOST_REPEATS {
        (appended, "enough")
    } else {
        (needed, "apart")
    };
    let minutes = HOLD * block as f64 * dataset.step_secs / 60.0;
    let repeats = repeats.ceil().clamp(4.0, MOST_REPEATS);
    let mut args = vec![
        ("channel", info.name.clone()),
        ("size", with_unit(size, &info.unit)),
        ("minutes", format_number(minutes)),
        ("repeats", format_number(repeats)),
        ("split", split.to_owned()),
    ];
    let keys = if is_set_once {
        ["suggest-recordings", "suggest-recordings-part"]
    } else {
        ["suggest-step-test", "suggest-step-test-part"]
    };
    if is_whole {
        return (keys[0], args);
    }
    args.push(("reach", with_unit(size, &info.unit)));
    (keys[1], args)
}

/// The share of the log that is kept for the test, and how many steps, or recordings, all of it has.
fn left_out_of(dataset: &Dataset, is_in_recordings: bool) -> (f64, f64) {
    let steps = |is_counted: &dyn Fn(Split) -> bool| -> usize {
        let spans = dataset.spans.iter();
        let counted = spans.filter(|span| is_counted(span.split));
        counted.map(|span| span.end - span.start).sum()
    };
    let all = steps(&|_| true);
    let left_out = steps(&|split| split == Split::Test);
    let length = if is_in_recordings {
        dataset.episodes.len()
    } else {
        all
    };
    (left_out as f64 / all.max(1) as f64, length as f64)
}

/// What a step of `size` full moves is worth: the squares of the differences of neighbouring means, a
/// triangle that is cut where a move counts in full.
fn worth(size: f64) -> f64 {
    if size <= 1.0 {
        2.0 / 3.0 * size * size
    } else {
        2.0 - 4.0 / (3.0 * size)
    }
}

/// How far a control may go up and down from a value within its limits.
fn room_of(limits: Limits, usual: f64) -> Option<f64> {
    let lows = [limits.low, limits.trip_low].into_iter().flatten();
    let highs = [limits.high, limits.trip_high].into_iter().flatten();
    let rooms = lows
        .map(|low| usual - low)
        .chain(highs.map(|high| high - usual));
    rooms.min_by(f64::total_cmp)
}
