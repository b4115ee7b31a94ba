//! The answer in one sentence, which weakens where a check failed.

use super::{
    Judgement, Reason, Support, Verdict,
    doubt::HELD,
    is_unlearned,
    judge::LOOP,
    left_out::MOVED_ALONG,
    words::{Args, format_number, localized_reason, percent, spoken},
};
use crate::{
    base::{Text, grouped, with_plus},
    metrics::PairedKpi,
    scenario::{Better, Kpi},
};

/// The verdict in one sentence: which is better, by how much, how sure.
///
/// It is weaker where a check failed, the data carry the plan only part of the way, or the model
/// leaves something open about this KPI (`doubts`). Used by the window, the command line and the
/// page alike.
pub fn verdict_sentence(
    kpi: &Kpi,
    paired: &PairedKpi,
    judgement: &Judgement,
    support: &Support,
    doubts: &[Reason],
    text: &Text,
) -> String {
    let delta = paired.delta;
    if judgement.verdict == Verdict::NotFromThisLog {
        return refusal(kpi, judgement, text);
    }
    if is_unlearned(doubts) {
        let key = if doubts.iter().any(|doubt| doubt.check == HELD) {
            "verdict-held"
        } else {
            "verdict-unlearned"
        };
        return spoken(text, key, &[("kpi", text.kpi_name(&kpi.name))]);
    }
    let is_zero = paired.is_same();
    let carried = support.carried_frac();
    let strength = match judgement.verdict {
        Verdict::Answerable if carried < 1.0 && !is_zero => "leaving",
        Verdict::Answerable if !doubts.is_empty() => "doubted",
        Verdict::Answerable => "answerable",
        Verdict::Partly | Verdict::NotFromThisLog => "partly",
    };
    let mut args: Args = vec![
        ("kpi", text.kpi_name(&kpi.name)),
        ("p", paired.chance_words()),
        ("level", percent(paired.level)),
        (
            "delta",
            difference(format_number(paired.delta_min), &kpi.unit, text),
        ),
        ("carried", percent(carried)),
    ];
    let what = if is_zero {
        "same"
    } else if !(delta.lo.is_finite() && delta.hi.is_finite()) {
        "unknown"
    } else if paired.is_too_small() {
        "equal"
    } else if delta.lo <= 0.0 && delta.hi >= 0.0 {
        "unclear"
    } else if delta.mean > 0.0 {
        "raises"
    } else {
        "lowers"
    };
    // "Lowers by 3 (2 to 4)": the amount is told without its sign.
    let number = |value: f64| grouped(value, paired.decimals());
    let signed = |value: f64| with_plus(value, number(value));
    let (amount, lo, hi) = match what {
        "raises" => (delta.mean, number(delta.lo), number(delta.hi)),
        "lowers" => (-delta.mean, number(-delta.hi), number(-delta.lo)),
        _ => (delta.mean, signed(delta.lo), signed(delta.hi)),
    };
    args.push(("amount", difference(number(amount), &kpi.unit, text)));
    args.push(("lo", lo));
    args.push(("hi", hi));
    // Where nobody said which way is better there is no chance of it to tell.
    let has_chance = matches!(
        (what, strength),
        ("raises" | "lowers", "answerable" | "partly" | "doubted") | ("unclear", "answerable")
    );
    let strength = if has_chance && kpi.better == Better::Unknown {
        format!("{strength}-open")
    } else {
        strength.to_owned()
    };
    let mut sentence = spoken(text, &format!("verdict-{what}-{strength}"), &args);
    if !paired.methods_agree {
        sentence.push_str(&spoken(text, "verdict-methods", &[]));
    }
    sentence
}

/// A difference with its unit; one of two shares is so many points, or "3 %" could be 3 % of the share.
fn difference(written: String, unit: &str, text: &Text) -> String {
    match unit {
        "%" => spoken(text, "verdict-points", &[("value", written)]),
        "" => written,
        _ => format!("{written} {unit}"),
    }
}

/// "This log cannot answer …", with the check that weighs most.
fn refusal(kpi: &Kpi, judgement: &Judgement, text: &Text) -> String {
    // The more particular check says more than the general one.
    let order = [
        "never-moved",
        MOVED_ALONG,
        "feedback",
        LOOP,
        "moves",
        "collinear",
        "range",
    ];
    let rank = |check: &str| order.iter().position(|&name| name == check);
    let why = judgement
        .reasons
        .iter()
        .filter(|reason| reason.level == Verdict::NotFromThisLog)
        .min_by_key(|reason| rank(reason.check).unwrap_or(order.len()))
        .map_or_else(String::new, |reason| localized_reason(reason, text));
    let args = vec![("kpi", text.kpi_name(&kpi.name)), ("why", why)];
    spoken(text, "verdict-refused", &args)
}
