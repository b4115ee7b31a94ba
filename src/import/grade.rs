//! Gives every sensor a school grade with the findings behind it.
//!
//! Each finding has a threshold far outside what a sound sensor shows, because a list of false
//! alarms is read by nobody: what people set is never stuck, a resting line is not saturated.

use super::{
    agree,
    alone::alone,
    course::{drifting, interpolated},
    roles::{self, Behavior},
    still,
};
use crate::{
    base::{Issue, Issues, Place, Severity, StopToken, Stopped, parallel_map},
    data::{Channel, ChannelKind, Dataset, Grade, Role},
};

/// Quantiles are taken from at most this many values.
const MOST_SORTED: usize = 50_000;

pub(super) struct Finding {
    code: &'static str,
    severity: Severity,
    /// Grades lost.
    demerit: usize,
    text: String,
    args: Vec<(&'static str, String)>,
    /// One-based step of its first episode where it begins.
    pub(super) row: Option<u64>,
    /// Whether it is an issue of its own; else it only stands behind the grade.
    is_said: bool,
}

impl Finding {
    pub(super) fn new(code: &'static str, demerit: usize, text: String) -> Self {
        Self {
            code,
            severity: if demerit == 0 {
                Severity::Info
            } else {
                Severity::Warning
            },
            demerit,
            text,
            args: Vec::new(),
            row: None,
            is_said: true,
        }
    }

    /// What explains the grade and is no news.
    pub(super) fn unsaid(code: &'static str) -> Self {
        Self {
            is_said: false,
            ..Self::new(code, 0, String::new())
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

/// Grades all channels and tells the findings.
///
/// # Errors
///
/// [`Stopped`] where the end was asked for.
pub(super) fn grade(
    dataset: &mut Dataset,
    source: &str,
    issues: &mut Issues,
    stop: &StopToken,
) -> Result<(), Stopped> {
    let rests = still::resting(dataset, stop);
    stop.check()?;
    let pause = still::longest_pause(&rests);
    let suspects = agree::suspects(dataset, stop);
    stop.check()?;
    let found = parallel_map((0..dataset.channels.len()).collect(), |at| {
        let parts: Vec<&[f64]> = dataset
            .episodes
            .iter()
            .map(|episode| episode.columns[at].as_slice())
            .collect();
        let found = findings(&dataset.channels[at], &parts, &rests, stop);
        let rests = pause.is_some_and(|pause| pause.is_held_by(&parts));
        (found, rests && is_looked_at(&dataset.channels[at]))
    });
    stop.check()?;
    let n_looked_at = dataset
        .channels
        .iter()
        .filter(|one| is_looked_at(one))
        .count();
    let n_resting = found.iter().filter(|(_, rests)| *rests).count();
    // Sensors may take turns in standing still; then the line does not.
    let pause = pause.filter(|_| n_resting * 2 >= n_looked_at);
    if let Some(pause) = pause {
        issues.push(pause.issue(dataset.step_secs, source));
    }
    for (at, (mut findings, rests)) in found.into_iter().enumerate() {
        let own = suspects.iter().filter(|suspect| suspect.channel == at);
        findings.extend(own.map(|suspect| alone(suspect, dataset)));
        let channel = &mut dataset.channels[at];
        let lost: usize = findings.iter().map(|finding| finding.demerit).sum();
        channel.grade = Grade::ALL[lost.min(Grade::ALL.len() - 1)];
        let codes = findings.iter().map(|finding| finding.code.to_owned());
        channel.findings.extend(codes);
        if rests && pause.is_some() {
            channel.findings.push("line-still".to_owned());
        }
        for finding in findings.into_iter().filter(|finding| finding.is_said) {
            let mut place = Place::file(source).in_column(&channel.name);
            place.row = finding.row;
            let mut issue = Issue::new(place, finding.severity, finding.code, finding.text);
            for (name, value) in finding.args {
                issue = issue.with(name, value);
            }
            issues.push(issue);
        }
    }
    Ok(())
}

/// Whether a channel moves by itself: what people set and what switches may stand still.
fn is_looked_at(channel: &Channel) -> bool {
    let is_left_out = matches!(channel.role, Role::Ignore | Role::Label | Role::Control);
    !is_left_out && channel.kind == ChannelKind::Continuous
}

/// The findings of one channel; what is left of them where the end was asked for.
fn findings(
    channel: &Channel,
    parts: &[&[f64]],
    rests: &[Vec<bool>],
    stop: &StopToken,
) -> Vec<Finding> {
    let mut list = Vec::new();
    if matches!(channel.role, Role::Ignore | Role::Label) {
        return list;
    }
    list.extend(missing(channel, parts, stop));
    if !is_looked_at(channel) {
        return list;
    }
    let behavior = roles::behavior(parts.iter().copied(), stop);
    let Some(spread) = Spread::of(parts, stop) else {
        return list;
    };
    let looks: [&dyn Fn() -> Option<Finding>; 6] = [
        &|| still::standing((parts, rests), &behavior, &spread, stop),
        &|| saturated(parts, &behavior, &spread, stop),
        &|| coarse(&behavior),
        &|| spikes(parts, &spread, stop),
        &|| interpolated(parts, &behavior, stop),
        &|| drifting(parts, stop),
    ];
    // A look at a long recording takes a while.
    let looks = looks.into_iter().take_while(|_| !stop.is_stopped());
    list.extend(looks.filter_map(|look| look()));
    list
}

/// Quantiles of a channel.
pub(super) struct Spread {
    pub(super) min: f64,
    pub(super) max: f64,
    /// The first and the 99th percentile.
    low: f64,
    high: f64,
    /// From the first to the 99th percentile.
    width: f64,
    /// The typical step from value to value: 1.4826 times the median size.
    step: f64,
    pub(super) n_values: usize,
}

impl Spread {
    fn of(parts: &[&[f64]], stop: &StopToken) -> Option<Self> {
        let n_all: usize = parts.iter().map(|part| part.len()).sum();
        let stride = n_all / MOST_SORTED + 1;
        let finite = |value: &f64| value.is_finite();
        let all = || {
            let values = parts.iter().flat_map(|part| part.iter().copied());
            stop.watch(values).filter(finite)
        };
        let mut sorted: Vec<f64> = all().step_by(stride).collect();
        let mut steps: Vec<f64> = parts
            .iter()
            .flat_map(|part| {
                // From reading to reading: a slow sensor never has two steps in a row.
                let mut readings = stop.watch(*part).copied().filter(finite);
                let first = readings.next().unwrap_or(f64::NAN);
                readings.scan(first, |last, value| {
                    Some((value - std::mem::replace(last, value)).abs())
                })
            })
            .step_by(stride)
            .collect();
        if sorted.len() < 50 || steps.is_empty() {
            return None;
        }
        sorted.sort_by(f64::total_cmp);
        steps.sort_by(f64::total_cmp);
        let (mut min, mut max, mut n_values) = (f64::INFINITY, f64::NEG_INFINITY, 0);
        for value in all() {
            min = min.min(value);
            max = max.max(value);
            n_values += 1;
        }
        Some(Self {
            min,
            max,
            low: sorted[sorted.len() / 100],
            high: sorted[sorted.len() * 99 / 100],
            width: sorted[sorted.len() * 99 / 100] - sorted[sorted.len() / 100],
            step: 1.4826 * steps[steps.len() / 2],
            n_values,
        })
    }
}

/// A number to at most six digits.
pub(super) fn short(value: f64) -> String {
    let digits = if value.abs() > 0.0 {
        5.0 - value.abs().log10().floor()
    } else {
        0.0
    };
    let scale = 10_f64.powf(digits.clamp(-12.0, 12.0));
    ((value * scale).round() / scale).to_string()
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// Values are missing; a channel that is only measured every few steps is slow, not ill.
fn missing(channel: &Channel, parts: &[&[f64]], stop: &StopToken) -> Option<Finding> {
    let share = channel.missing_frac;
    if share < 0.02 {
        return None;
    }
    let mut gaps: Vec<usize> = Vec::new();
    for part in parts {
        let steps: Vec<usize> = stop
            .watch(0..part.len())
            .filter(|&step| part[step].is_finite())
            .collect();
        gaps.extend(steps.windows(2).map(|pair| pair[1] - pair[0]));
    }
    if gaps.is_empty() {
        let text = "holds no value".to_owned();
        return Some(Finding::new("missing", 5, text).with("percent", "100"));
    }
    gaps.sort_unstable();
    let usual = gaps[gaps.len() / 2];
    let n_usual = gaps.iter().filter(|gap| **gap == usual).count();
    if usual > 1 && n_usual * 10 >= gaps.len() * 8 {
        let n_steps: usize = parts.iter().map(|part| part.len()).sum();
        let n_due = n_steps / usual;
        let lost = 1.0 - (gaps.len() + parts.len()) as f64 / n_due.max(1) as f64;
        if lost >= 0.02 {
            let text = format!(
                "{} % of the readings that are due every {usual} steps are missing",
                percent(lost)
            );
            let finding = Finding::new("readings-missing", demerit_of(lost), text);
            let finding = finding.with("percent", percent(lost));
            return Some(finding.with("steps", usual));
        }
        let text = format!(
            "is measured every {usual} steps only; the steps between stay empty and do not teach"
        );
        return Some(Finding::new("slow", 0, text).with("steps", usual));
    }
    let demerit = demerit_of(share);
    let text = format!("{} % of the steps have no value", percent(share));
    Some(Finding::new("missing", demerit, text).with("percent", percent(share)))
}

/// Grades lost where this share is missing.
fn demerit_of(share: f64) -> usize {
    match share {
        0.9.. => 5,
        0.5.. => 3,
        0.2.. => 2,
        0.05.. => 1,
        _ => 0,
    }
}

/// A measuring range that ends too early: long runs at the very highest or lowest value.
fn saturated(
    parts: &[&[f64]],
    behavior: &Behavior,
    spread: &Spread,
    stop: &StopToken,
) -> Option<Finding> {
    if behavior.n_levels < roles::MOST_LEVELS || still::is_mostly_still(behavior) {
        return None;
    }
    for (end, value) in [("highest", spread.max), ("lowest", spread.min)] {
        // Zero is where a resting line reads.
        if value.abs() <= 1e-6 * spread.width {
            continue;
        }
        let mut count = 0;
        let mut first = None;
        for part in parts {
            let mut run = 0;
            let values = part.iter().chain(std::iter::once(&f64::NAN));
            for (step, other) in stop.watch(values).enumerate() {
                if other.total_cmp(&value).is_eq() {
                    run += 1;
                    continue;
                }
                if run >= 4 {
                    count += run;
                    first = first.or(Some((step - run) as u64 + 1));
                }
                run = 0;
            }
        }
        let share = f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / spread.n_values as f64;
        if share >= 0.01 {
            let text = format!(
                "{} % of the steps sit at the {end} value {}: the sensor's range may end there",
                percent(share),
                short(value)
            );
            let mut finding = Finding::new("saturated", if share > 0.1 { 2 } else { 1 }, text)
                .with("value", short(value))
                .with("percent", percent(share));
            finding.row = first;
            return Some(finding);
        }
    }
    None
}

/// So few levels that small moves cannot be seen.
fn coarse(behavior: &Behavior) -> Option<Finding> {
    if behavior.n_values < 200 || !(3..20).contains(&behavior.n_levels) || behavior.still_frac > 0.9
    {
        return None;
    }
    let text = format!(
        "shows only {} different values in {} steps; small moves cannot be seen",
        behavior.n_levels, behavior.n_values
    );
    let finding = Finding::new("coarse", 1, text).with("levels", behavior.n_levels);
    Some(finding)
}

/// Lone values far from both neighbors, which agree with each other, and from the usual range.
fn spikes(parts: &[&[f64]], spread: &Spread, stop: &StopToken) -> Option<Finding> {
    let limit = (12.0 * spread.step).max(0.3 * spread.width);
    if limit <= 0.0 || spread.step <= 0.0 {
        return None;
    }
    let (mut count, mut first, mut example) = (0_u32, None, 0.0);
    for part in parts {
        for (step, three) in stop.watch(part.windows(3)).enumerate() {
            let (up, down) = (three[1] - three[0], three[2] - three[1]);
            let agree = (three[2] - three[0]).abs() < 0.2 * limit;
            let is_outside =
                three[1] < spread.low - spread.width || three[1] > spread.high + spread.width;
            let is_lone = up.abs() > limit && down.abs() > limit && up * down < 0.0;
            if is_lone && is_outside && agree {
                count += 1;
                if first.is_none() {
                    first = Some(step as u64 + 2);
                    example = three[1];
                }
            }
        }
    }
    let share = f64::from(count) / spread.n_values as f64;
    if count == 0 || share > 0.02 {
        return None;
    }
    let text = format!(
        "lone values that jump away and back: {count} (first {} at step {})",
        short(example),
        first.unwrap_or(0)
    );
    let mut finding = Finding::new("spikes", if share > 0.005 { 2 } else { 1 }, text)
        .with("count", count)
        .with("value", short(example));
    finding.row = first;
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream};

    fn noise(n_steps: usize) -> Vec<f64> {
        let stream = Stream::new(1, Purpose::Test, &[]);
        (0..n_steps as u64)
            .map(|step| stream.normal_at(step))
            .collect()
    }

    fn codes(values: &[f64]) -> Vec<&'static str> {
        let channel = Channel::new("level", Role::Observation, "%");
        let found = findings(
            &channel,
            &[values],
            &[vec![false; values.len()]],
            &StopToken::new(),
        );
        found.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_sound_sensor_has_no_finding() {
        assert!(codes(&noise(2000)).is_empty());
    }

    #[test]
    fn each_illness_is_found_and_nothing_else() {
        let mut stuck = noise(2000);
        stuck[700..900].fill(0.123);
        assert_eq!(codes(&stuck), ["stuck"]);
        let saturated: Vec<f64> = (0..2000)
            .map(|step| (5.0 * (f64::from(step) / 100.0).sin()).min(4.0))
            .zip(noise(2000))
            .map(|(wave, noise)| {
                if wave < 4.0 {
                    wave.min(3.9) + 0.01 * noise
                } else {
                    4.0
                }
            })
            .collect();
        assert_eq!(codes(&saturated), ["saturated"]);
        let coarse: Vec<f64> = noise(2000).iter().map(|value| value.round()).collect();
        assert_eq!(codes(&coarse), ["coarse"]);
        let mut spiky: Vec<f64> = noise(2000).iter().map(|value| 0.1 * value).collect();
        spiky[500] = 40.0;
        assert_eq!(codes(&spiky), ["spikes"]);
        let drift: Vec<f64> = noise(2000)
            .iter()
            .enumerate()
            .map(|(step, value)| step as f64 / 100.0 + value)
            .collect();
        assert_eq!(codes(&drift), ["drifting"]);
    }

    #[test]
    fn a_slow_sensor_is_found_stuck_and_silent() {
        let slow = |keep: &dyn Fn(usize) -> bool| -> Vec<f64> {
            let values = noise(3000).into_iter().enumerate();
            let read = |step: usize| step.is_multiple_of(3) && keep(step);
            values
                .map(|(step, value)| if read(step) { value } else { f64::NAN })
                .collect()
        };
        let graded = |values: &[f64]| {
            let mut channel = Channel::new("weight", Role::Observation, "g");
            let n_missing = values.iter().filter(|value| value.is_nan()).count();
            channel.missing_frac = n_missing as f64 / values.len() as f64;
            let found = findings(
                &channel,
                &[values],
                &[vec![false; values.len()]],
                &StopToken::new(),
            );
            found.iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(graded(&slow(&|_| true)), ["slow"]);
        let silent = slow(&|step| !(1200..1500).contains(&step));
        assert_eq!(graded(&silent), ["readings-missing"]);
        let mut stuck = slow(&|_| true);
        for value in stuck[1200..1500]
            .iter_mut()
            .filter(|value| value.is_finite())
        {
            *value = 0.123;
        }
        assert_eq!(graded(&stuck), ["slow", "stuck"]);
    }

    #[test]
    fn what_mostly_stands_still_is_not_called_free_of_long_stands() {
        let mut seldom = noise(4000);
        for step in 0..4000 {
            seldom[step] = seldom[step - step % 4];
        }
        seldom[1000..2000].fill(0.123);
        assert_eq!(codes(&seldom), ["mostly-still"]);
        let channel = Channel::new("level", Role::Observation, "%");
        let rests = vec![vec![false; 4000]];
        let found = findings(&channel, &[&seldom], &rests, &StopToken::new());
        assert!(!found[0].is_said && found[0].demerit == 0);
    }

    #[test]
    fn what_people_set_is_never_stuck() {
        let channel = Channel::new("setpoint", Role::Control, "%");
        assert!(
            findings(
                &channel,
                &[&[5.0; 500]],
                &[vec![false; 500]],
                &StopToken::new()
            )
            .is_empty()
        );
    }
}
