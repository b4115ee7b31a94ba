//! Whether a question may be answered from this log, and why.

use super::{
    Support, SupportLevel,
    excitation::{Excitation, excitation},
    left_out::moved_along,
    log::Log,
    loops::{Answering, answering},
    similar::similar_operation,
    suggest,
    words::{Args, english, format_number, percent, with_unit},
};
use crate::{
    data::{Channel, Dataset},
    metrics::stats,
    scenario::Plan,
};

/// Independent moves that make a question answerable, and those that make it partly so.
pub(super) const ENOUGH_MOVES: f64 = 8.0;
const FEW_MOVES: f64 = 3.0;
/// How far beyond the values seen a plan may go, as shares of their range, for the same verdicts.
const SMALL_STEP: f64 = 0.2;
const LARGE_STEP: f64 = 0.5;
/// Share of the horizon that may lie beyond the data in a plain answer.
const FEW_BEYOND: f64 = 0.5;
/// Share of a control's moves that past outputs explain where it merely follows them, and where it mostly does.
const FOLLOWS: f64 = 0.9;
const MOSTLY_FOLLOWS: f64 = 0.7;
/// The check of a control that is not edited and answers one that is.
pub(super) const LOOP: &str = "loop";

/// Whether a question may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Yes.
    Answerable,
    /// Within limits that are named.
    Partly,
    /// No.
    NotFromThisLog,
}

impl Verdict {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answerable => "answerable",
            Self::Partly => "partly",
            Self::NotFromThisLog => "not-from-this-log",
        }
    }

    /// The verdict of a value of which more is better.
    fn of(value: f64, enough: f64, some: f64) -> Self {
        if value >= enough {
            Self::Answerable
        } else if value >= some {
            Self::Partly
        } else {
            Self::NotFromThisLog
        }
    }
}

/// One check behind a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// A stable word such as `feedback`; `judge-<check>-<level>` is its key in the locale files.
    pub check: &'static str,
    /// What this check alone says.
    pub level: Verdict,
    /// What was measured.
    pub value: f64,
    /// What it is held against.
    pub threshold: f64,
    /// The channel concerned; empty where all.
    pub channel: String,
    /// In English words.
    pub text: String,
    /// The values named in the text, for other languages.
    pub args: Args,
}

impl Reason {
    pub(super) fn new(
        check: &'static str,
        level: Verdict,
        (value, threshold): (f64, f64),
        channel: &str,
        mut args: Args,
    ) -> Self {
        args.push(("channel", channel.to_owned()));
        Self {
            check,
            level,
            value,
            threshold,
            channel: channel.to_owned(),
            text: english(&format!("judge-{check}-{}", level.name()), &args),
            args,
        }
    }
}

/// May this question be answered from this log?
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The answer.
    pub verdict: Verdict,
    /// Every check.
    pub reasons: Vec<Reason>,
    /// What would help, each as (locale key, values, English words).
    pub suggestions: Vec<(&'static str, Args, String)>,
}

impl Judgement {
    /// Whether nothing is changed, so that there is no question.
    pub fn is_unasked(&self) -> bool {
        self.reasons.iter().any(|reason| reason.check == UNCHANGED)
    }
}

impl Judgement {
    /// With the other side's: of two reasons of one check and channel the graver stays.
    fn joined(mut self, other: Self) -> Self {
        for reason in other.reasons {
            let is_same =
                |own: &&mut Reason| own.check == reason.check && own.channel == reason.channel;
            match self.reasons.iter_mut().find(is_same) {
                Some(own) if own.level >= reason.level => {}
                Some(own) => *own = reason,
                None => self.reasons.push(reason),
            }
        }
        for suggestion in other.suggestions {
            if !self.suggestions.contains(&suggestion) {
                self.suggestions.push(suggestion);
            }
        }
        self.verdict = self.verdict.max(other.verdict);
        self
    }
}

/// The check of a plan that changes nothing.
const UNCHANGED: &str = "unchanged";

/// One edited control, looked at.
pub(super) struct Asked {
    pub(super) channel: usize,
    /// Mean size of the asked change over the changed steps.
    pub(super) size: f64,
    /// What is run where the question starts, and the least and greatest value asked for.
    pub(super) usual: f64,
    pub(super) ends: (f64, f64),
    pub(super) excitation: Excitation,
}

impl Asked {
    /// A control that stands at one value in all of the log.
    pub(super) fn still(channel: usize, size: f64, value: f64) -> Self {
        Self {
            channel,
            size,
            usual: value,
            ends: (value, value),
            excitation: Excitation::still((value, value)),
        }
    }
}

/// Judges the difference of two plans, each with its support: what either side asks of the log
/// has to be in it, since a difference is known no better than its less known side.
pub fn judge_difference(
    dataset: &Dataset,
    (plan_a, support_a): (&Plan, &Support),
    (plan_b, support_b): (&Plan, &Support),
) -> Judgement {
    let b = || judge(dataset, plan_b, support_b);
    match (plan_a.edited.is_empty(), plan_b.edited.is_empty()) {
        // One and the same plan needs no proof, whatever it is.
        (false, false) if plan_a.controls == plan_b.controls => unasked(),
        (true, _) => b(),
        (false, true) => judge(dataset, plan_a, support_a),
        (false, false) => b().joined(judge(dataset, plan_a, support_a)),
    }
}

/// The judgement where nothing is changed.
fn unasked() -> Judgement {
    let reason = Reason::new(UNCHANGED, Verdict::Answerable, (0.0, 0.0), "", Vec::new());
    Judgement {
        verdict: Verdict::Answerable,
        reasons: vec![reason],
        suggestions: Vec::new(),
    }
}

/// Judges a question; `support` is of its rollout.
pub fn judge(dataset: &Dataset, plan: &Plan, support: &Support) -> Judgement {
    if plan.edited.is_empty() {
        return unasked();
    }
    let log = Log::of(dataset);
    let memory = log.memory_steps();
    let block = memory
        .clamp(3, 60)
        .min(log.n_steps() / 60)
        .min(plan.horizon_steps)
        .max(2);
    let inputs = dataset.channels_where(crate::data::Role::is_input);
    let beside: Vec<usize> = inputs
        .into_iter()
        .filter(|channel| !plan.edited.contains(channel))
        .collect();
    let ranges = plan.edited.iter();
    let ranges: Vec<Reason> = ranges
        .map(|&channel| range_reason(dataset, plan, &log, channel))
        .collect();
    let excess = ranges.iter().map(|reason| reason.value).fold(0.0, f64::max);
    let mut reasons = vec![
        support_reason(dataset, plan, support, excess),
        length_reason(dataset, plan, block),
        data_reason(dataset, &log, memory.min(plan.horizon_steps / 2).max(1)),
    ];
    let mut asked = Vec::new();
    for (&channel, range) in plan.edited.iter().zip(ranges) {
        let size = asked_size(plan, channel);
        let found = excitation(dataset, &log, channel, size, block, &beside);
        reasons.push(range);
        reasons.extend(control_reasons(dataset, channel, size, &found));
        reasons.extend(moved_along(dataset, &log, channel));
        let (usual, ends) = asked_values(plan, channel);
        asked.push(Asked {
            channel,
            size,
            usual,
            ends,
            excitation: found,
        });
    }
    for one in answering(dataset, &log, &plan.edited, block) {
        let Some(reason) = loop_reason(dataset, &one) else {
            continue;
        };
        reasons.push(reason);
        let (usual, ends) = asked_values(plan, one.channel);
        asked.push(Asked {
            channel: one.channel,
            size: one.size,
            usual,
            ends,
            excitation: one.excitation,
        });
    }
    let verdict = reasons.iter().map(|reason| reason.level).max();
    let suggestions = suggest::suggestions(dataset, Some(support), &reasons, &asked, block);
    Judgement {
        verdict: verdict.unwrap_or(Verdict::Answerable),
        reasons,
        suggestions,
    }
}

/// Mean size of the asked change over the steps that it touches.
fn asked_size(plan: &Plan, channel: usize) -> f64 {
    let rows = plan
        .controls
        .row_of(channel)
        .zip(plan.recorded.row_of(channel));
    let Some((planned, recorded)) = rows else {
        return 0.0;
    };
    let (sum, count) = planned
        .iter()
        .zip(recorded)
        .map(|(planned, recorded)| (planned - recorded).abs())
        .filter(|&size| size > 0.0)
        .fold((0.0, 0.0), |(sum, count), size| (sum + size, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// The middle of what is run over the horizon, and the ends of what is asked for.
fn asked_values(plan: &Plan, channel: usize) -> (f64, (f64, f64)) {
    let planned = plan.controls.row_of(channel).unwrap_or(&[]);
    let recorded = plan.recorded.row_of(channel).unwrap_or(planned);
    let least = planned.iter().copied().fold(f64::INFINITY, f64::min);
    let most = planned.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (stats::quantile(recorded, 0.5), (least, most))
}

fn minutes(dataset: &Dataset, steps: usize) -> f64 {
    steps as f64 * dataset.step_secs / 60.0
}

/// Where the data end is told by the support itself; a question is only partly answerable where
/// they end at once or much of its horizon lies beyond them, and not at all where all of it does and a
/// control goes further than a small step.
fn support_reason(dataset: &Dataset, plan: &Plan, support: &Support, excess: f64) -> Reason {
    let share = support.beyond_frac();
    let level = if support.verdict == SupportLevel::Impossible
        || support.is_all_beyond() && excess > SMALL_STEP
    {
        Verdict::NotFromThisLog
    } else if share > FEW_BEYOND || support.ends_at_once() {
        Verdict::Partly
    } else {
        Verdict::Answerable
    };
    let breach = support.breach.filter(|_| level == Verdict::NotFromThisLog);
    let left = support.exit_step.unwrap_or(plan.horizon_steps);
    let step = breach.map_or(left, |breach| breach.step);
    let mut args = vec![
        ("step", step.to_string()),
        ("minutes", format_number(minutes(dataset, step))),
        ("share", percent(share)),
    ];
    let mut name = "";
    let why = if breach.is_some() { "limit" } else { "data" };
    args.push(("why", why.to_owned()));
    if let Some(breach) = breach {
        let channel = &dataset.channels[breach.channel];
        name = &channel.name;
        args.push(("value", with_unit(breach.value, &channel.unit)));
        args.push(("limit", with_unit(breach.limit, &channel.unit)));
    }
    Reason::new("support", level, (share, FEW_BEYOND), name, args)
}

/// Whether the line was ever run, as long as it remembers, near the asked values or, where these
/// lie beyond the log, near the nearest seen.
fn length_reason(dataset: &Dataset, plan: &Plan, block: usize) -> Reason {
    let similar = similar_operation(dataset, plan, true);
    let longest = similar.longest_steps;
    let needed = block.min(plan.horizon_steps);
    let level = if longest >= needed {
        Verdict::Answerable
    } else {
        Verdict::Partly
    };
    let (value, threshold) = (minutes(dataset, longest), minutes(dataset, needed));
    let args = vec![
        ("minutes", format_number(value)),
        ("needed", format_number(threshold)),
        (
            "where",
            if similar.is_nearest {
                "nearest"
            } else {
                "asked"
            }
            .to_owned(),
        ),
    ];
    Reason::new("length", level, (value, threshold), "", args)
}

/// Whether the log is long against what the line remembers.
fn data_reason(dataset: &Dataset, log: &Log<'_>, memory: usize) -> Reason {
    let hours = |steps: f64| steps * dataset.step_secs / 3_600.0;
    let level = Verdict::of(log.total_steps as f64 / memory as f64, 20.0, 5.0);
    let (value, threshold) = (hours(log.total_steps as f64), hours(20.0 * memory as f64));
    let args = vec![
        ("hours", format_number(value)),
        ("needed", format_number(threshold)),
    ];
    Reason::new("data", level, (value, threshold), "", args)
}

/// How far the control leaves the values that the log has seen, as a mean over the horizon in
/// shares of their range: a fifth is a small step into the unknown, a half is another plant.
fn range_reason(dataset: &Dataset, plan: &Plan, log: &Log<'_>, channel: usize) -> Reason {
    let info = &dataset.channels[channel];
    let (low, high) = log.extremes_of(channel);
    let row = plan.controls.row_of(channel).unwrap_or(&[]);
    let beyond = |value: f64| (value - high).max(low - value).max(0.0);
    let n_beyond = row.iter().filter(|&&value| beyond(value) > 0.0).count();
    let n_steps = row.len().max(1) as f64;
    let excess = row.iter().map(|&value| beyond(value)).sum::<f64>() / n_steps;
    let value = if excess > 0.0 {
        (excess / (high - low)).min(1e3)
    } else {
        0.0
    };
    let level = Verdict::of(-value, -SMALL_STEP, -LARGE_STEP);
    let args = vec![
        ("low", with_unit(low, &info.unit)),
        ("high", with_unit(high, &info.unit)),
        ("share", percent(n_beyond as f64 / n_steps)),
        ("excess", with_unit(excess, &info.unit)),
    ];
    Reason::new("range", level, (value, SMALL_STEP), &info.name, args)
}

/// Whether a control moved at all against the size of the asked change.
pub(super) fn never_moved(info: &Channel, (low, high): (f64, f64), size: f64) -> Reason {
    let (span, least) = (high - low, 0.05 * size);
    let level = if span > least {
        Verdict::Answerable
    } else {
        Verdict::NotFromThisLog
    };
    let args = vec![
        ("span", with_unit(span, &info.unit)),
        ("asked", with_unit(size, &info.unit)),
    ];
    Reason::new("never-moved", level, (span, least), &info.name, args)
}

/// What speaks against a question whose edited controls another one answers: held as recorded it takes
/// part in what comes out, and of what it does the log knows no more than its own moves show.
fn loop_reason(dataset: &Dataset, one: &Answering) -> Option<Reason> {
    let found = &one.excitation;
    let enough = Verdict::of(found.n_moves, ENOUGH_MOVES, FEW_MOVES);
    // What is set once a recording answers nothing on the way.
    if found.explained < MOSTLY_FOLLOWS || enough == Verdict::Answerable || found.is_set_once {
        return None;
    }
    let level = if found.explained < FOLLOWS {
        Verdict::Partly
    } else {
        enough
    };
    let name_of = |&channel: &usize| dataset.channels[channel].name.as_str();
    let edited: Vec<&str> = one.edited.iter().map(name_of).collect();
    let args = vec![
        ("explained", percent(found.explained)),
        ("edited", edited.join(", ")),
    ];
    let measured = (found.explained, FOLLOWS);
    Some(Reason::new(
        LOOP,
        level,
        measured,
        name_of(&one.channel),
        args,
    ))
}

/// What the control's own history says.
fn control_reasons(
    dataset: &Dataset,
    channel: usize,
    size: f64,
    found: &Excitation,
) -> Vec<Reason> {
    let info = &dataset.channels[channel];
    let (name, unit) = (info.name.as_str(), info.unit.as_str());
    let asked = ("asked", with_unit(size, unit));
    let moved = never_moved(info, found.range, size);
    let is_still = moved.level == Verdict::NotFromThisLog;
    let mut reasons = vec![moved];
    if is_still {
        return reasons;
    }
    let enough = Verdict::of(found.n_moves, ENOUGH_MOVES, FEW_MOVES);
    let args = vec![
        (
            "count",
            format_number((10.0 * found.n_moves).round() / 10.0),
        ),
        ("needed", format_number(ENOUGH_MOVES)),
        asked.clone(),
    ];
    reasons.push(Reason::new(
        "moves",
        enough,
        (found.n_moves, ENOUGH_MOVES),
        name,
        args,
    ));
    // Strong feedback is no flaw where enough independent moves stand beside it.
    let level = if found.explained < FOLLOWS {
        Verdict::Answerable
    } else {
        enough
    };
    let args = vec![
        ("explained", percent(found.explained)),
        ("rest", with_unit(found.independent, unit)),
        asked,
    ];
    reasons.push(Reason::new(
        "feedback",
        level,
        (found.explained, FOLLOWS),
        name,
        args,
    ));
    let level = Verdict::of(found.own_share, 0.2, 0.05);
    let args = vec![("left", percent(found.own_share))];
    reasons.push(Reason::new(
        "collinear",
        level,
        (found.own_share, 0.2),
        name,
        args,
    ));
    reasons
}
