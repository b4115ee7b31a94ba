//! Answers as JSON, with the field names of the contract.

use serde_json::{Value, json};

use crate::{
    base::{Issue, Text},
    engine::CompareAnswer,
    metrics::{EXCEEDANCE_LEVEL, Exceedance, Interval, LimitLine},
    trust::{Judgement, Reason, Support, localized_reason, localized_suggestion},
};

/// A number; null where it is not finite.
pub(crate) fn number(number: f64) -> Value {
    serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// Issues, worst words first in the order they were met.
pub(crate) fn issues<'a>(issues: impl IntoIterator<Item = &'a Issue>, text: &Text) -> Value {
    issues
        .into_iter()
        .map(|issue| {
            json!({
                "place": text.place(&issue.place),
                "severity": issue.severity.name(),
                "code": issue.code,
                "text": text.issue(issue),
            })
        })
        .collect()
}

fn interval(interval: Interval) -> Value {
    json!({
        "mean": number(interval.mean),
        "lo": number(interval.lo),
        "hi": number(interval.hi),
    })
}

/// Support along a rollout.
pub(crate) fn support(support: &Support) -> Value {
    json!({
        "verdict": support.verdict.name(),
        "exit_step": support.exit_step,
        "similar_hours": number(support.similar_hours),
        "campaigns": support.n_campaigns,
    })
}

fn reason(reason: &Reason, text: &Text) -> Value {
    json!({
        "check": reason.check,
        "level": reason.level.name(),
        "channel": reason.channel,
        "value": number(reason.value),
        "threshold": number(reason.threshold),
        "text": localized_reason(reason, text),
    })
}

/// A judgement with its reasons.
pub(crate) fn judgement(judgement: &Judgement, text: &Text) -> Value {
    let reasons: Value = judgement
        .reasons
        .iter()
        .map(|one| reason(one, text))
        .collect();
    let suggestions = judgement.suggestions.iter();
    let suggestions: Value = suggestions
        .map(|suggestion| localized_suggestion(suggestion, text))
        .collect();
    json!({
        "verdict": judgement.verdict.name(),
        "reasons": reasons,
        "suggestions": suggestions,
    })
}

/// A limit. Where the record rests at or before it the draws' share stands with an interval of all that is
/// possible, and the rest is null.
fn limit(line: &LimitLine, names: &[&str]) -> Value {
    let told = |value: f64| match line.rests_at {
        Some(_) => Value::Null,
        None => number(value),
    };
    let within = |side: &Exceedance| {
        json!({
            "lo": number(line.rests_at.map_or(side.share.lo, |_| 0.0)),
            "hi": number(line.rests_at.map_or(side.share.hi, |_| 1.0)),
            "level": number(EXCEEDANCE_LEVEL),
        })
    };
    json!({
        "channel": names[line.channel],
        "limit": line.limit,
        "value": number(line.value),
        "p_exceed_a": number(line.a.share.mean),
        "p_exceed_b": number(line.b.share.mean),
        "interval_a": within(&line.a),
        "interval_b": within(&line.b),
        "minutes_a": told(line.a.minutes),
        "minutes_b": told(line.b.minutes),
        "margin_a": told(line.a.margin),
        "margin_b": told(line.b.margin),
        "rests_at": line.rests_at,
    })
}

/// A comparison; `names` are the dataset's channels.
pub(crate) fn comparison(answer: &CompareAnswer, names: &[&str], text: &Text) -> Value {
    let kpis: Value = answer
        .kpis
        .iter()
        .map(|line| {
            let mut delta = interval(line.paired.delta);
            delta["level"] = number(line.paired.level);
            json!({
                "name": line.kpi.name,
                "channel": names[line.kpi.channel],
                "unit": line.kpi.unit,
                "better": line.kpi.better.name(),
                "a": interval(line.paired.a),
                "b": interval(line.paired.b),
                "delta": delta,
                "real": line.real.map_or(Value::Null, number),
                "p_better": number(line.paired.p_better),
                "p_equal": number(line.paired.p_equal),
                "delta_min": number(line.paired.delta_min),
                "variance_ratio": number(line.paired.variance_ratio),
                "methods_agree": line.paired.methods_agree,
                "standing": answer.standing_of(Some(line)).name(),
                "doubts": line.doubts.iter().map(|one| reason(one, text)).collect::<Value>(),
            })
        })
        .collect();
    let first_divergence: Value = answer
        .a
        .trajectory
        .channels
        .iter()
        .zip(&answer.deltas)
        .map(|(&channel, trace)| json!({ "channel": names[channel], "step": trace.first_divergence }))
        .collect();
    let notes = answer.notes.iter();
    let notes: Value = notes
        .map(|note| {
            json!({
                "side": note.side,
                "code": note.issue.code,
                "text": note.words(text),
            })
        })
        .collect();
    let limits = answer.limits.iter();
    let limits: Value = limits.map(|line| limit(line, names)).collect();
    let [project, model, a, b] = &answer.digests;
    json!({
        "baseline": answer.a.plan.name,
        "variant": answer.b.plan.name,
        "draws": answer.n_draws,
        "members": answer.n_members,
        "seed": answer.seed,
        "horizon_steps": answer.a.plan.horizon_steps,
        "kpis": kpis,
        "notes": notes,
        "first_divergence": first_divergence,
        "limits": limits,
        "support": support(answer.support()),
        "judge": judgement(&answer.judgement, text),
        "digests": { "project": project, "model": model, "scenarios": [a, b] },
        "secs": number(answer.secs),
    })
}
