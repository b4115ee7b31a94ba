//! When the line was really run as the variant asks.

use crate::{data::Dataset, metrics::stats, scenario::Plan};

/// Stretches further apart than this are separate campaigns.
const CAMPAIGN_GAP_SECS: f64 = 1_800.0;
/// A run goes on over so many steps that miss a reading or leave the asked values.
const BRIDGED: usize = 3;
/// How far from the variant's value still counts, as a share of the control's range.
const NEAR_SHARE: f64 = 0.1;

/// Real operation like a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Similar {
    /// Hours of it.
    pub(super) hours: f64,
    /// Separate stretches.
    pub(super) n_campaigns: usize,
    /// Steps of the longest run without a break.
    pub(super) longest_steps: usize,
    /// Whether the nearest value ever seen stands for one that was not.
    pub(super) is_nearest: bool,
}

/// Looks through the whole log for steps at which every edited control (every control where none
/// is edited) was near the plan's middle value, or near the nearest value that was ever seen.
pub(super) fn similar_operation(dataset: &Dataset, plan: &Plan, is_nearest: bool) -> Similar {
    let wanted: Vec<Wanted> = if plan.edited.is_empty() {
        plan.controls.channels()
    } else {
        plan.edited.as_slice()
    }
    .iter()
    .filter_map(|&channel| wanted_range(dataset, plan, channel, is_nearest))
    .collect();
    let mut found = Similar {
        is_nearest: wanted.iter().any(|one| one.is_nearest),
        ..Similar::default()
    };
    let mut n_similar = 0_usize;
    for (position, episode) in dataset.episodes.iter().enumerate() {
        let mut campaign: Option<usize> = None;
        let mut run: Option<(usize, usize)> = None;
        for step in 0..episode.n_steps() {
            let near = wanted.iter().all(|one| {
                let value = episode.columns[one.channel][step];
                one.low <= value && value <= one.high
            });
            if !near {
                continue;
            }
            n_similar += 1;
            let apart = |last: usize| (step - last) as f64 * dataset.step_secs;
            let goes_on = |last: &usize| step == last + 1 || apart(*last) <= CAMPAIGN_GAP_SECS;
            if !campaign.as_ref().is_some_and(goes_on) {
                found.n_campaigns += usize::from(is_apart(dataset, position, step, campaign));
            }
            campaign = Some(step);
            let (first, n_near) = match run {
                Some((first, last)) if step - last <= BRIDGED + 1 => (first, step - first + 1),
                _ => (step, 1),
            };
            run = Some((first, step));
            found.longest_steps = found.longest_steps.max(n_near);
        }
    }
    found.hours = n_similar as f64 * dataset.step_secs / 3_600.0;
    found.n_campaigns = found.n_campaigns.max(usize::from(n_similar > 0));
    found
}

/// Whether a stretch that begins here is a campaign of its own: always, except where an episode
/// goes on right after the one before it.
fn is_apart(dataset: &Dataset, position: usize, step: usize, before: Option<usize>) -> bool {
    if before.is_some() || position == 0 || !dataset.has_clock {
        return true;
    }
    let earlier = &dataset.episodes[position - 1];
    let end = earlier.time_ns(earlier.n_steps(), dataset.step_secs);
    let begin = dataset.episodes[position].time_ns(step, dataset.step_secs);
    begin.saturating_sub(end) as f64 * 1e-9 > CAMPAIGN_GAP_SECS
}

/// The values of a control that count as near.
struct Wanted {
    channel: usize,
    low: f64,
    high: f64,
    is_nearest: bool,
}

fn wanted_range(
    dataset: &Dataset,
    plan: &Plan,
    channel: usize,
    is_nearest: bool,
) -> Option<Wanted> {
    let (row, recorded) = (
        plan.controls.row_of(channel)?,
        plan.recorded.row_of(channel)?,
    );
    let changed: Vec<f64> = row
        .iter()
        .zip(recorded)
        .filter(|(value, recorded)| value.to_bits() != recorded.to_bits())
        .map(|(&value, _)| value)
        .collect();
    let target = stats::quantile(if changed.is_empty() { row } else { &changed }, 0.5);
    let columns = || dataset.episodes.iter().flat_map(|e| &e.columns[channel]);
    let least = columns().copied().fold(f64::INFINITY, f64::min);
    let most = columns().copied().fold(f64::NEG_INFINITY, f64::max);
    let near = (NEAR_SHARE * (most - least)).max(1e-9 * target.abs());
    let seen = if is_nearest && least <= most {
        target.clamp(least, most)
    } else {
        target
    };
    near.is_finite().then_some(Wanted {
        channel,
        low: seen - near,
        high: seen + near,
        is_nearest: (seen - target).abs() > near,
    })
}
