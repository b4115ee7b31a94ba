//! When the line was really run as the variant asks.

use crate::{data::Dataset, metrics::stats, scenario::Plan};

/// Stretches further apart than this are separate campaigns.
const CAMPAIGN_GAP_SECS: f64 = 1_800.0;
/// How far from the variant's value still counts, as a share of the control's range.
const NEAR_SHARE: f64 = 0.1;

/// Real operation like a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Similar {
    /// Hours of it.
    pub(super) hours: f64,
    /// Separate stretches.
    pub(super) n_campaigns: usize,
    /// Steps from begin to end of the longest.
    pub(super) longest_steps: usize,
    /// When the last step of it was.
    pub(super) last_ns: Option<i64>,
}

/// Looks through the whole log for steps at which every edited control (every control where none
/// is edited) was near the plan's middle value, or near the nearest value that was ever seen.
pub(super) fn similar_operation(dataset: &Dataset, plan: &Plan, is_nearest: bool) -> Similar {
    let wanted: Vec<(usize, f64, f64)> = if plan.edited.is_empty() {
        plan.controls.channels()
    } else {
        plan.edited.as_slice()
    }
    .iter()
    .filter_map(|&channel| wanted_range(dataset, plan, channel, is_nearest))
    .collect();
    let mut found = Similar::default();
    let mut n_similar = 0_usize;
    for (position, episode) in dataset.episodes.iter().enumerate() {
        let mut run: Option<(usize, usize)> = None;
        for step in 0..episode.n_steps() {
            let near = wanted.iter().all(|&(channel, low, high)| {
                let value = episode.columns[channel][step];
                low <= value && value <= high
            });
            if !near {
                continue;
            }
            n_similar += 1;
            found.last_ns = Some(episode.time_ns(step, dataset.step_secs));
            let apart = |last: usize| (step - last) as f64 * dataset.step_secs;
            let (first, _) = match run {
                Some((first, last)) if step == last + 1 || apart(last) <= CAMPAIGN_GAP_SECS => {
                    (first, last)
                }
                _ => {
                    found.n_campaigns += usize::from(is_apart(dataset, position, step, run));
                    (step, step)
                }
            };
            run = Some((first, step));
            found.longest_steps = found.longest_steps.max(step - first + 1);
        }
    }
    found.hours = n_similar as f64 * dataset.step_secs / 3_600.0;
    found.n_campaigns = found.n_campaigns.max(usize::from(n_similar > 0));
    found
}

/// Whether a stretch that begins here is a campaign of its own: always, except where an episode
/// goes on right after the one before it.
fn is_apart(dataset: &Dataset, position: usize, step: usize, run: Option<(usize, usize)>) -> bool {
    if run.is_some() || position == 0 || !dataset.has_clock {
        return true;
    }
    let before = &dataset.episodes[position - 1];
    let end = before.time_ns(before.n_steps(), dataset.step_secs);
    let begin = dataset.episodes[position].time_ns(step, dataset.step_secs);
    begin.saturating_sub(end) as f64 * 1e-9 > CAMPAIGN_GAP_SECS
}

/// The channel and the values that count as near.
fn wanted_range(
    dataset: &Dataset,
    plan: &Plan,
    channel: usize,
    is_nearest: bool,
) -> Option<(usize, f64, f64)> {
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
    let target = if is_nearest && least <= most {
        target.clamp(least, most)
    } else {
        target
    };
    near.is_finite()
        .then_some((channel, target - near, target + near))
}
