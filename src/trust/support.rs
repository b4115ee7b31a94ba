//! How well the data cover a rollout, step by step.
//!
//! A step is held against the data twice: each control against its own range, and the vector of
//! controls, their recent mean, disturbances and outputs together against its nearest neighbours.
//! How far is too far comes from the data: distances between blocks of time that are not each
//! other's neighbours.

use std::collections::BTreeMap;

use super::{log::Log, similar::similar_operation};
use crate::{
    base::{to_count, to_f32},
    data::{Dataset, Limits, Trajectory},
    metrics::stats,
    scenario::Plan,
};

/// Nearest neighbours looked at; the last of them counts.
const NEIGHBORS: usize = 5;
/// Multiplications a step may cost; the number of reference points follows from it.
const WORK_A_STEP: usize = 60_000;
/// Steps that the recent mean of a control covers.
const RECENT_STEPS: usize = 10;
/// Every so many steps the joint distance is worked out; between them it is interpolated.
const STRIDE: usize = 4;
/// One step in a hundred lies beyond the 99th percentile, so that every long rollout has some:
/// beyond the data is what lies clearly further.
const MARGIN: f64 = 1.3;
const N_BINS: usize = 32;
/// The data end where this share of the horizon lies beyond them in a row; in pieces from the second
/// share on.
const IN_A_ROW: f64 = 0.05;
const IN_PIECES: f64 = 0.25;
/// Fewer steps outside are a moment between two states, however short the horizon.
const LEAST_STEPS: usize = 3;
/// What leaves the data within this share of the horizon leaves them at once.
const AT_ONCE: f64 = 0.05;
/// All of the horizon lies beyond the data from this share on.
const ALL: f64 = 0.95;

/// How well the data cover a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SupportLevel {
    /// Like most of the data.
    Inside,
    /// At the rim of the data.
    Edge,
    /// Beyond the data.
    Outside,
    /// Against a limit or a law.
    Impossible,
}

impl SupportLevel {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Edge => "edge",
            Self::Outside => "outside",
            Self::Impossible => "impossible",
        }
    }
}

/// A limit that a rollout passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breach {
    /// The first step beyond it.
    pub step: usize,
    /// The dataset's index of the channel.
    pub channel: usize,
    /// The limit.
    pub limit: f64,
    /// What is reached at that step.
    pub value: f64,
}

/// Support along a rollout.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    /// The verdict over the horizon.
    pub verdict: SupportLevel,
    /// The first step that is not inside or edge.
    pub exit_step: Option<usize>,
    /// One level a step.
    pub levels: Vec<SupportLevel>,
    /// The first limit that must not be passed and is.
    pub breach: Option<Breach>,
    /// Hours of similar real operation.
    pub similar_hours: f64,
    /// In how many separate stretches.
    pub n_campaigns: usize,
}

impl Support {
    /// The share of the horizon before the first step that the data do not carry; 1 where they carry all.
    pub fn carried_frac(&self) -> f64 {
        match self.exit_step {
            Some(step) if step < self.levels.len() => step as f64 / self.levels.len() as f64,
            _ => 1.0,
        }
    }

    /// The share of the horizon that lies beyond the data.
    pub fn beyond_frac(&self) -> f64 {
        let levels = self.levels.iter();
        let n_beyond = levels.filter(|&&level| level >= SupportLevel::Outside);
        n_beyond.count() as f64 / self.levels.len().max(1) as f64
    }

    /// Whether the data end as good as at the start.
    pub fn ends_at_once(&self) -> bool {
        self.carried_frac() < AT_ONCE
    }

    /// Whether all of the horizon lies beyond the data.
    pub fn is_all_beyond(&self) -> bool {
        self.ends_at_once() && self.beyond_frac() >= ALL
    }

    /// Of a question that no step of the log has anything to do with.
    pub fn nowhere(n_steps: usize) -> Self {
        Self {
            verdict: SupportLevel::Outside,
            exit_step: Some(0),
            levels: vec![SupportLevel::Outside; n_steps],
            breach: None,
            similar_hours: 0.0,
            n_campaigns: 0,
        }
    }
}

/// What the data say about one control.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlRange {
    /// Least value in the data.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// 1st percentile.
    pub low: f64,
    /// 99th percentile.
    pub high: f64,
    /// Share of steps in 32 equal bins from `min` to `max`.
    pub density: Vec<f64>,
}

/// The training data as a support reference.
#[derive(Debug, Clone)]
pub struct SupportModel {
    ranges: BTreeMap<usize, ControlRange>,
    /// Greatest change of a control from one step to the next.
    fastest: BTreeMap<usize, f64>,
    /// Standard deviation of every channel of the joint vector.
    spreads: BTreeMap<usize, f64>,
    features: Vec<Feature>,
    /// Reference points one after the other, `features.len()` numbers each.
    references: Vec<f32>,
    /// Distances of points to the references of other blocks of time, ascending.
    held_out: Vec<f64>,
}

/// One number of a joint vector.
#[derive(Debug, Clone, Copy)]
struct Feature {
    channel: usize,
    recent: bool,
    centre: f64,
    /// Weight over spread.
    scale: f64,
}

impl SupportModel {
    /// Learns what the training and validation data cover.
    pub fn fit(dataset: &Dataset) -> Self {
        let log = Log::of(dataset);
        let mut model = Self {
            ranges: BTreeMap::new(),
            fastest: BTreeMap::new(),
            spreads: BTreeMap::new(),
            features: Vec::new(),
            references: Vec::new(),
            held_out: Vec::new(),
        };
        for channel in dataset.controls() {
            let rows = log.rows_of(channel);
            if let Some(range) = range_of(&rows.concat(), log.extremes_of(channel)) {
                model.ranges.insert(channel, range);
                let changes = rows.iter().flat_map(|row| row.windows(2));
                let fastest = changes.map(|pair| (pair[1] - pair[0]).abs());
                model.fastest.insert(channel, fastest.fold(0.0, f64::max));
            }
        }
        model.learn_joint(dataset, &log);
        model
    }

    fn learn_joint(&mut self, dataset: &Dataset, log: &Log<'_>) {
        let groups = [
            (dataset.controls(), vec![false, true]),
            (dataset.disturbances(), vec![false]),
            (dataset.outputs(), vec![false]),
        ];
        let mut rows = BTreeMap::new();
        for (channels, forms) in groups {
            // Each group weighs alike, however many channels it has.
            let weight = 1.0 / ((channels.len() * forms.len()) as f64).sqrt();
            for channel in channels {
                let values = log.rows_of(channel);
                let all = values.concat();
                let (centre, spread) = (stats::mean(&all), stats::population_std(&all));
                rows.insert(channel, values);
                if spread.is_finite() && spread > 1e-9 * centre.abs() {
                    self.spreads.insert(channel, spread);
                    self.features.extend(forms.iter().map(|&recent| Feature {
                        channel,
                        recent,
                        centre,
                        scale: weight / spread,
                    }));
                }
            }
        }
        let n_features = self.features.len();
        let n_steps = log.n_steps();
        if n_features == 0 || n_steps == 0 {
            return;
        }
        let n_points = (WORK_A_STEP / n_features).clamp(400, 4_000);
        let every = n_steps.div_ceil(n_points);
        let lengths: Vec<usize> = rows
            .values()
            .next()
            .map_or_else(Vec::new, |rows| rows.iter().map(Vec::len).collect());
        let mut at = 0;
        for (stretch, &length) in lengths.iter().enumerate() {
            for step in 0..length {
                if at % every == 0 {
                    let point = self.point(step, |channel| &rows[&channel][stretch]);
                    self.references.extend(point);
                }
                at += 1;
            }
        }
        self.learn_distances();
    }

    /// The joint vector at a step of the columns that `column` gives.
    fn point<'a>(&self, step: usize, column: impl Fn(usize) -> &'a [f64]) -> Vec<f32> {
        let number = |feature: &Feature| {
            let values = column(feature.channel);
            let value = if feature.recent {
                stats::mean(&values[(step + 1).saturating_sub(RECENT_STEPS)..=step])
            } else {
                values[step]
            };
            let normed = (value - feature.centre) * feature.scale;
            if normed.is_finite() {
                to_f32(normed)
            } else {
                0.0
            }
        };
        self.features.iter().map(number).collect()
    }

    fn learn_distances(&mut self) {
        let width = self.features.len();
        let n_points = self.references.len() / width;
        let every = n_points.div_ceil(500).max(1);
        let mut distances: Vec<f64> = (0..n_points)
            .step_by(every)
            .map(|at| {
                let point = &self.references[at * width..(at + 1) * width];
                let block = at * 10 / n_points;
                let first = (block * n_points).div_ceil(10);
                let last = ((block + 1) * n_points).div_ceil(10);
                self.distance(point, first..last)
            })
            .filter(|distance| distance.is_finite())
            .collect();
        distances.sort_unstable_by(f64::total_cmp);
        self.held_out = distances;
    }

    /// Distance to the fifth nearest reference outside `left_out`.
    fn distance(&self, point: &[f32], left_out: std::ops::Range<usize>) -> f64 {
        let mut nearest = [f32::INFINITY; NEIGHBORS];
        for (at, reference) in self.references.chunks_exact(point.len().max(1)).enumerate() {
            if left_out.contains(&at) {
                continue;
            }
            let mut sum = 0.0;
            for (a, b) in point.chunks(8).zip(reference.chunks(8)) {
                sum += a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
                if sum >= nearest[NEIGHBORS - 1] {
                    break;
                }
            }
            if sum < nearest[NEIGHBORS - 1] {
                let place = nearest.partition_point(|&other| other <= sum);
                nearest[place..].rotate_right(1);
                nearest[place] = sum;
            }
        }
        f64::from(nearest[NEIGHBORS - 1]).sqrt()
    }

    /// Assesses a plan and the trajectory that it leads to.
    pub fn assess(&self, dataset: &Dataset, plan: &Plan, trajectory: &Trajectory) -> Support {
        let n_steps = plan.horizon_steps.min(trajectory.n_steps);
        let columns = self.columns(dataset, plan, trajectory, n_steps);
        let distances = self.distances(&columns, n_steps);
        let edge = stats::quantile_sorted(&self.held_out, 0.90);
        let outside = MARGIN * stats::quantile_sorted(&self.held_out, 0.99);
        let mut levels: Vec<SupportLevel> = distances
            .iter()
            .map(|&distance| match distance {
                _ if distance <= edge => SupportLevel::Inside,
                _ if distance <= outside => SupportLevel::Edge,
                _ => SupportLevel::Outside,
            })
            .collect();
        let mut breach = None;
        for (step, level) in levels.iter_mut().enumerate() {
            *level = (*level).max(self.marginal_level(plan, step));
            if let Some(found) = self.breach_at(dataset, plan, trajectory, step) {
                *level = SupportLevel::Impossible;
                breach.get_or_insert(found);
            }
        }
        let exit_step = exit_of(&levels);
        let unsure = levels.iter().filter(|&&level| level > SupportLevel::Inside);
        let verdict = match exit_step {
            Some(_) if levels.contains(&SupportLevel::Impossible) => SupportLevel::Impossible,
            Some(_) => SupportLevel::Outside,
            // One step in ten lies beyond the 90th percentile by its definition.
            None if unsure.count() * 4 > n_steps => SupportLevel::Edge,
            None => SupportLevel::Inside,
        };
        let similar = similar_operation(dataset, plan, false);
        Support {
            verdict,
            exit_step,
            levels,
            breach,
            similar_hours: similar.hours,
            n_campaigns: similar.n_campaigns,
        }
    }

    /// Every feature channel over the horizon, with the steps before it that recent means need.
    fn columns(
        &self,
        dataset: &Dataset,
        plan: &Plan,
        trajectory: &Trajectory,
        n_steps: usize,
    ) -> BTreeMap<usize, Vec<f64>> {
        let column = |feature: &Feature| {
            let channel = feature.channel;
            let first = plan.start.step.saturating_sub(RECENT_STEPS);
            let record = &dataset.episodes[plan.start.episode];
            let record = record.bridged(channel, first..plan.start.step + n_steps);
            let n_before = plan.start.step - first;
            let mut values = record[..n_before].to_vec();
            // A record shorter than the recent mean repeats the first planned value.
            let output = trajectory.output_of(channel);
            let ahead = |step: usize| match (plan.controls.row_of(channel), output) {
                (Some(row), _) => row[step],
                (None, Some(output)) => trajectory.mean[output][step],
                (None, None) => record[n_before + step],
            };
            let missing = RECENT_STEPS - values.len();
            if n_steps > 0 {
                values.splice(0..0, std::iter::repeat_n(ahead(0), missing));
            }
            values.extend((0..n_steps).map(ahead));
            (channel, values)
        };
        self.features.iter().map(column).collect()
    }

    fn distances(&self, columns: &BTreeMap<usize, Vec<f64>>, n_steps: usize) -> Vec<f64> {
        let Some(last) = n_steps.checked_sub(1) else {
            return Vec::new();
        };
        let at = |step: usize| {
            if self.held_out.is_empty() {
                return f64::INFINITY;
            }
            let point = self.point(RECENT_STEPS + step, |channel| &columns[&channel]);
            self.distance(&point, 0..0)
        };
        let mut knots: Vec<(usize, f64)> = (0..=last)
            .step_by(STRIDE)
            .map(|step| (step, at(step)))
            .collect();
        if last % STRIDE != 0 {
            knots.push((last, at(last)));
        }
        let knots = without_spikes(&knots);
        let mut distances = Vec::with_capacity(n_steps);
        for pair in knots.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            for step in from.0..to.0 {
                let weight = (step - from.0) as f64 / (to.0 - from.0) as f64;
                distances.push(from.1 * (1.0 - weight) + to.1 * weight);
            }
        }
        distances.extend(knots.last().map(|knot| knot.1));
        distances
    }

    /// Every control against its own range and speed.
    fn marginal_level(&self, plan: &Plan, step: usize) -> SupportLevel {
        let level = |(channel, range): (&usize, &ControlRange)| {
            let Some(row) = plan.controls.row_of(*channel) else {
                return SupportLevel::Inside;
            };
            let slack = 0.02 * (range.max - range.min);
            let value = row[step];
            let change = if step > 0 {
                (value - row[step - 1]).abs()
            } else {
                0.0
            };
            let fastest = self.fastest.get(channel).copied().unwrap_or(0.0);
            if value > range.max + slack || value < range.min - slack {
                SupportLevel::Outside
            } else if value > range.high || value < range.low || change > 1.5 * fastest {
                SupportLevel::Edge
            } else {
                SupportLevel::Inside
            }
        };
        self.ranges
            .iter()
            .map(level)
            .max()
            .unwrap_or(SupportLevel::Inside)
    }

    /// The first of controls and predicted outputs that passes a hard or trip limit at a step.
    fn breach_at(
        &self,
        dataset: &Dataset,
        plan: &Plan,
        trajectory: &Trajectory,
        step: usize,
    ) -> Option<Breach> {
        let planned = plan.controls.channels().iter().zip(plan.controls.rows());
        let predicted = trajectory.channels.iter().zip(&trajectory.mean);
        let past = |channel: usize, row: &[f64], slack: f64| {
            let value = *row.get(step)?;
            let limit = passed(dataset.channels[channel].limits, value, slack)?;
            Some(Breach {
                step,
                channel,
                limit,
                value,
            })
        };
        // A smooth model grazes a hard bound that it does not know of (a share below 0); half a
        // standard deviation past it is another state of the line.
        let spread = |channel: usize| self.spreads.get(&channel).copied().unwrap_or(0.0);
        let mut controls = planned.map(|(&channel, row)| past(channel, row, 0.0));
        let mut outputs =
            predicted.map(|(&channel, row)| past(channel, row, 0.5 * spread(channel)));
        let found = controls.find_map(|found| found);
        found.or_else(|| outputs.find_map(|found| found))
    }

    /// The supported range of a control (1st to 99th percentile) and its density over 32 bins
    /// from its least to its greatest value.
    pub fn control_range(&self, channel: usize) -> Option<ControlRange> {
        self.ranges.get(&channel).cloned()
    }
}

/// The middle of each point and its neighbours: a single far point is a moment between two
/// states, not an exit.
fn without_spikes(knots: &[(usize, f64)]) -> Vec<(usize, f64)> {
    let middle = |at: usize| {
        let from = at.saturating_sub(1).min(knots.len().saturating_sub(3));
        let mut near: Vec<f64> = knots[from..].iter().take(3).map(|knot| knot.1).collect();
        near.sort_unstable_by(f64::total_cmp);
        (knots[at].0, near[near.len() / 2])
    };
    (0..knots.len()).map(middle).collect()
}

/// Range and density of a control's values, which lie between `min` and `max`.
fn range_of(values: &[f64], (min, max): (f64, f64)) -> Option<ControlRange> {
    let sorted = stats::sorted_finite(values);
    sorted.first()?;
    let mut density = vec![0.0; N_BINS];
    for value in &sorted {
        let share = (value - min) / (max - min);
        let bin = if share.is_finite() {
            to_count(share * N_BINS as f64)
        } else {
            0
        };
        density[bin.min(N_BINS - 1)] += 1.0 / sorted.len() as f64;
    }
    Some(ControlRange {
        min,
        max,
        low: stats::quantile_sorted(&sorted, 0.01),
        high: stats::quantile_sorted(&sorted, 0.99),
        density,
    })
}

/// The hard bound that a value passes by more than `slack`, or the trip limit that it passes at all.
fn passed(limits: Limits, value: f64, slack: f64) -> Option<f64> {
    let rounding = 1e-6 * value.abs().max(1.0);
    let above = |limit: Option<f64>, slack: f64| limit.filter(|limit| value > limit + slack);
    let below = |limit: Option<f64>, slack: f64| limit.filter(|limit| value < limit - slack);
    above(limits.trip_high, rounding)
        .or_else(|| below(limits.trip_low, rounding))
        .or_else(|| above(limits.high, rounding + slack))
        .or_else(|| below(limits.low, rounding + slack))
}

/// The first impossible step, or the first of at least three steps and a twentieth of the horizon outside
/// in a row, or of shorter stretches that are a quarter of it together, or of three steps at the end.
fn exit_of(levels: &[SupportLevel]) -> Option<usize> {
    let n_steps = levels.len() as f64;
    let in_a_row = (IN_A_ROW * n_steps).max(LEAST_STEPS as f64);
    let is_outside = |level: &SupportLevel| *level >= SupportLevel::Outside;
    let n_outside = levels.iter().filter(|level| is_outside(level)).count();
    let in_pieces = || {
        let is_much = n_outside as f64 > IN_PIECES * n_steps;
        levels.iter().position(is_outside).filter(|_| is_much)
    };
    let mut first = None;
    for (step, &level) in levels.iter().enumerate() {
        if level == SupportLevel::Impossible {
            return Some(first.unwrap_or(step));
        }
        if level < SupportLevel::Outside {
            first = None;
            continue;
        }
        let from = *first.get_or_insert(step);
        if (step - from + 1) as f64 >= in_a_row {
            return Some(from);
        }
    }
    let lasts = |from: &usize| levels.len() - from >= LEAST_STEPS;
    in_pieces().or(first.filter(lasts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(outside: &[(usize, usize)]) -> Option<usize> {
        let mut levels = vec![SupportLevel::Inside; 200];
        for &(start, end) in outside {
            levels[start..end].fill(SupportLevel::Outside);
        }
        exit_of(&levels)
    }

    #[test]
    fn a_moment_outside_is_no_exit_and_many_of_them_are() {
        assert_eq!(exit(&[(0, 8)]), None, "eight steps of two hundred");
        assert_eq!(exit(&[(0, 3), (60, 68), (120, 128)]), None);
        assert_eq!(exit(&[(0, 3), (60, 72)]), Some(60));
        let pieces: Vec<(usize, usize)> = (0..12).map(|at| (16 * at + 4, 16 * at + 9)).collect();
        assert_eq!(exit(&pieces), Some(4), "sixty steps in pieces of five");
        assert_eq!(
            (exit(&[(198, 200)]), exit(&[(196, 200)])),
            (None, Some(196))
        );
        let short = [SupportLevel::Outside, SupportLevel::Inside];
        assert_eq!(exit_of(&short), Some(0));
    }

    #[test]
    fn all_of_the_horizon_is_beyond_the_data_only_where_hardly_a_step_is_not() {
        let mut support = Support::nowhere(100);
        assert!(support.is_all_beyond() && support.ends_at_once());
        support.levels[20..].fill(SupportLevel::Inside);
        assert!(!support.is_all_beyond() && support.ends_at_once());
        support.exit_step = Some(10);
        support.levels[10..].fill(SupportLevel::Outside);
        assert!(!support.is_all_beyond() && !support.ends_at_once());
    }
}
