//! The nearest question that can be answered, and the smallest step test that would answer this one.

use super::{
    Reason, Support, Verdict,
    judge::{Asked, ENOUGH_MOVES},
    words::{Args, english, format_number, with_unit},
};
use crate::data::Dataset;

/// What would help, each as (locale key, values, English words).
pub(super) fn suggestions(
    dataset: &Dataset,
    support: &Support,
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
        let unproven = ["never-moved", "moves", "feedback"];
        if unproven.iter().any(|check| failed(check, &info.name)) {
            list.push(("suggest-step-test", step_test(dataset, one, block)));
        }
        if failed("collinear", &info.name) {
            list.push(("suggest-alone", vec![name]));
        }
    }
    let clamped = list.iter().any(|(key, _)| *key == "suggest-clamp");
    if let Some(step) = support.exit_step.filter(|&step| step > 0 && !clamped) {
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
/// the line's memories so that it settles.
fn step_test(dataset: &Dataset, asked: &Asked, block: usize) -> Args {
    let info = &dataset.channels[asked.channel];
    let (low, high) = match (info.limits.low, info.limits.high) {
        (Some(low), Some(high)) => (low, high),
        _ => asked.excitation.range,
    };
    let range = if high > low {
        high - low
    } else {
        10.0 * asked.size
    };
    let half = 0.5 * asked.size;
    let size = half.clamp(0.02 * range, 0.03 * range).max(0.2 * half);
    let worth = (size / half.max(f64::MIN_POSITIVE)).powi(2).min(1.0);
    let missing = (ENOUGH_MOVES - asked.excitation.n_moves).max(1.0);
    let repeats = (missing / worth).ceil().clamp(4.0, 200.0);
    let minutes = 5.0 * block as f64 * dataset.step_secs / 60.0;
    vec![
        ("channel", info.name.clone()),
        ("size", with_unit(size, &info.unit)),
        ("minutes", format_number(minutes)),
        ("repeats", format_number(repeats)),
    ]
}
