//! How likely a limit is passed at least once, and how sure that is.
//!
//! A share of draws alone is too sure: draws of one member share that member's error. So three
//! answers at 95 % are laid together, and what any of them holds possible is told:
//! - the draws taken as independent (Wilson 1927), which is all where there is one member;
//! - the mean of the members' own shares by Student's t over members, which are the units that were
//!   sampled (Cochran 1977, chapter 9, on clusters of equal size);
//! - the chance that one more member, as far from the others as validation asks for, passes the limit:
//!   the predictive distribution of a normal sample (Geisser 1993, section 2.2) of the value farthest
//!   out in each draw, with degrees of freedom by Welch and Satterthwaite. Of members that all stay
//!   below, the other two cannot tell whether they stay far below.

use std::collections::BTreeMap;

use super::{Interval, stats};
use crate::data::Trajectory;

/// Level of the interval.
pub const EXCEEDANCE_LEVEL: f64 = 0.95;

/// How likely a limit is passed at least once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exceedance {
    /// The share of draws that pass it, with its interval; no number and 0 to 1 where none is known.
    pub share: Interval,
    /// Draws that pass it.
    pub n_hits: usize,
    /// Draws of which it is known: one that is not a number everywhere and passes nowhere is not.
    pub n_draws: usize,
    /// Minutes beyond the limit, mean over draws.
    pub minutes: f64,
    /// What is left to the limit where the worst draw is farthest out; below 0 beyond it.
    pub margin: f64,
}

/// A limit of an output under two scenarios.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitLine {
    /// The dataset's index of the channel.
    pub channel: usize,
    /// The limit's name, such as `alarm_high`.
    pub limit: &'static str,
    /// Its value.
    pub value: f64,
    /// Under A.
    pub a: Exceedance,
    /// Under B.
    pub b: Exceedance,
    /// The end at which the channel's record rests and beyond which nothing is predicted, where the
    /// limit lies there or beyond: then nothing can be told of it.
    pub rests_at: Option<f64>,
}

impl LimitLine {
    /// Looks at a limit of an output of both trajectories; `ends` are the lower and the upper end
    /// at which its record rests, and `spread_scale` is as in [`super::paired_kpi`].
    pub fn of(
        (a, b): (&Trajectory, &Trajectory),
        output: usize,
        (limit, value): (&'static str, f64),
        ends: [Option<f64>; 2],
        spread_scale: f64,
    ) -> Self {
        let is_upper = limit.ends_with("high");
        let [low, high] = ends;
        let rests_at = if is_upper {
            high.filter(|end| value >= *end)
        } else {
            low.filter(|end| value <= *end)
        };
        let of = |side: &Trajectory| exceedance(side, output, (value, is_upper), spread_scale);
        Self {
            channel: a.channels[output],
            limit,
            value,
            a: of(a),
            b: of(b),
            rests_at,
        }
    }
}

/// One draw of which it is known whether it passes a limit.
struct Draw {
    member: usize,
    n_beyond: usize,
    /// How far beyond the limit it gets; below 0 where it stays within.
    worst: f64,
}

/// How likely an output passes an upper or lower limit at least once.
pub fn exceedance(
    trajectory: &Trajectory,
    output: usize,
    (limit, is_upper): (f64, bool),
    spread_scale: f64,
) -> Exceedance {
    let sign = if is_upper { 1.0 } else { -1.0 };
    let beyond = |value: f32| sign * (f64::from(value) - limit);
    let mut draws = Vec::new();
    for (at, &member) in trajectory.member_of_draw.iter().enumerate() {
        let values = || trajectory.draw(at, output).iter();
        let n_beyond = values().filter(|value| beyond(**value) > 0.0).count();
        if n_beyond > 0 || values().all(|value| !value.is_nan()) {
            let worst = values().fold(f64::NEG_INFINITY, |worst, value| beyond(*value).max(worst));
            draws.push(Draw {
                member,
                n_beyond,
                worst,
            });
        }
    }
    let n_draws = draws.len();
    let n_hits = draws.iter().filter(|draw| draw.n_beyond > 0).count();
    let beyond = draws.iter().map(|draw| draw.n_beyond).sum::<usize>() as f64;
    let worst = draws.iter().map(|draw| draw.worst);
    let worst = worst.fold(f64::NEG_INFINITY, f64::max);
    Exceedance {
        share: interval(&draws, n_hits, spread_scale),
        n_hits,
        n_draws,
        minutes: beyond / n_draws as f64 * trajectory.step_secs / 60.0,
        margin: if n_draws > 0 { 0.0 - worst } else { f64::NAN },
    }
}

/// The share of draws that pass, and what the three answers hold possible.
fn interval(draws: &[Draw], n_hits: usize, spread_scale: f64) -> Interval {
    let mean = n_hits as f64 / draws.len() as f64;
    let (lo, hi) = stats::wilson(n_hits, draws.len(), EXCEEDANCE_LEVEL);
    let mut out = Interval { mean, lo, hi };
    let mut members: BTreeMap<usize, Vec<&Draw>> = BTreeMap::new();
    for draw in draws {
        members.entry(draw.member).or_default().push(draw);
    }
    if members.len() > 1 {
        let share = |draws: &Vec<&Draw>| {
            let hits = draws.iter().filter(|draw| draw.n_beyond > 0).count();
            hits as f64 / draws.len() as f64
        };
        let shares: Vec<f64> = members.values().map(share).collect();
        let m = shares.len() as f64;
        let t = stats::t_quantile(0.5 + 0.5 * EXCEEDANCE_LEVEL, m - 1.0);
        let half = t * (stats::sample_variance(&shares) / m).sqrt();
        let centre = stats::mean(&shares);
        let another = another_passes(&members, spread_scale);
        for end in [centre - half, centre + half, another] {
            // No number, as of draws that are not finite, tells nothing.
            out.lo = out.lo.min(end);
            out.hi = out.hi.max(end);
        }
    }
    out.lo = out.lo.clamp(0.0, 1.0);
    out.hi = out.hi.clamp(0.0, 1.0);
    out
}

/// The chance that a draw of one more member passes.
fn another_passes(members: &BTreeMap<usize, Vec<&Draw>>, spread_scale: f64) -> f64 {
    let groups = members.values();
    let groups: Vec<Vec<f64>> = groups
        .map(|draws| draws.iter().map(|draw| draw.worst).collect())
        .collect();
    let means: Vec<f64> = groups.iter().map(|group| stats::mean(group)).collect();
    let m = groups.len() as f64;
    let n: f64 = groups.iter().map(|group| group.len() as f64).sum();
    let scale = spread_scale.max(1.0);
    let between = scale * scale * stats::sample_variance(&means) * (1.0 + 1.0 / m);
    let within: Vec<f64> = groups
        .iter()
        .map(|group| stats::sample_variance(group))
        .collect();
    let within = stats::mean(&within);
    let (error, centre) = ((between + within).sqrt(), stats::mean(&means));
    if error > 0.0 {
        let spent = between * between / (m - 1.0) + within * within / (n - m).max(1.0);
        let dof = ((between + within).powi(2) / spent).max(1.0);
        stats::t_cdf(centre / error, dof)
    } else if centre > 0.0 {
        1.0
    } else if centre <= 0.0 {
        0.0
    } else {
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Stream, to_f32},
        data::Band,
    };

    /// Draws of two steps: the first one is 0, the second one what is given, with its member.
    fn trajectory(seconds: &[(usize, f64)]) -> Trajectory {
        let draws = seconds.iter().flat_map(|one| [0.0, to_f32(one.1)]);
        Trajectory {
            step_secs: 30.0,
            start_ns: 0,
            channels: vec![3],
            n_steps: 2,
            member_of_draw: seconds.iter().map(|one| one.0).collect(),
            draws: draws.collect(),
            mean: vec![vec![0.0; 2]],
            band50: vec![Band::default()],
            band90: vec![Band::default()],
            aleatoric: vec![vec![0.0; 2]],
            epistemic: vec![vec![0.0; 2]],
        }
    }

    /// Forty draws of each member, with noise about its own peak.
    fn peaks(centres: &[f64], noise: f64) -> Trajectory {
        let mut draws = Stream::new(4, Purpose::Test, &[]).draws();
        let all = (0..40 * centres.len()).map(|at| at % centres.len());
        let all: Vec<(usize, f64)> = all
            .map(|member| (member, centres[member] + noise * draws.normal()))
            .collect();
        trajectory(&all)
    }

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} {expected}");
    }

    #[test]
    fn no_hit_far_from_the_limit_is_what_draws_can_tell_and_near_it_what_members_can() {
        let centres = [90.0, 91.0, 92.0, 93.0, 94.0];
        let far = exceedance(&peaks(&centres, 0.1), 0, (200.0, true), 1.0);
        assert_eq!((far.n_hits, far.n_draws, far.share.lo), (0, 200, 0.0));
        near(far.share.hi, stats::wilson(0, 200, 0.95).1, 1e-12);
        // Members apart by 1.58: another one lies 1.73 of its errors below the limit, t with 4.
        let close = exceedance(&peaks(&centres, 1e-3), 0, (95.0, true), 1.0);
        assert_eq!((close.n_hits, close.share.mean), (0, 0.0));
        near(close.share.hi, stats::t_cdf(-3.0_f64.sqrt(), 4.0), 1e-3);
        let widened = exceedance(&peaks(&centres, 1e-3), 0, (95.0, true), 3.0);
        assert!(widened.share.hi > 2.0 * close.share.hi);
        near(close.margin, 1.0, 0.01);
    }

    #[test]
    fn all_hits_are_no_certainty_either() {
        let all = exceedance(&peaks(&[9.0; 5], 0.1), 0, (1.0, true), 1.0);
        assert_eq!((all.n_hits, all.share.mean, all.share.hi), (200, 1.0, 1.0));
        near(all.share.lo, stats::wilson(200, 200, 0.95).0, 1e-12);
    }

    #[test]
    fn members_that_are_at_odds_count_as_so_many_and_not_as_their_draws() {
        let odds = exceedance(&peaks(&[0.0, 0.0, 0.0, 0.0, 9.0], 0.1), 0, (5.0, true), 1.0);
        assert_eq!((odds.n_hits, odds.share.mean), (40, 0.2));
        // Shares of 0, 0, 0, 0 and 1: their mean is known to 2.776 · 0.447 / √5.
        near(odds.share.hi, 0.755, 1e-3);
        near(odds.share.lo, 0.0, 1e-12);
        // One member alone has nobody to be at odds with.
        let one = exceedance(&peaks(&[5.0], 1.0), 0, (5.0, true), 1.0);
        let (lo, hi) = stats::wilson(one.n_hits, 40, 0.95);
        assert_eq!((one.share.lo, one.share.hi), (lo, hi));
    }

    #[test]
    fn a_draw_that_is_no_number_neither_passes_nor_stays_within() {
        let mut draws = vec![(0, 1.0), (1, 3.0), (0, f64::NAN), (1, f64::NAN)];
        let found = exceedance(&trajectory(&draws), 0, (2.0, true), 1.0);
        assert_eq!((found.n_hits, found.n_draws, found.share.mean), (1, 2, 0.5));
        draws.drain(..2);
        let none = exceedance(&trajectory(&draws), 0, (2.0, true), 1.0);
        assert!(none.share.mean.is_nan() && none.margin.is_nan() && none.minutes.is_nan());
        assert_eq!((none.share.lo, none.share.hi), (0.0, 1.0));
        // It passed before it broke.
        let broken = exceedance(&trajectory(&draws), 0, (-1.0, true), 1.0);
        assert_eq!((broken.n_hits, broken.n_draws), (2, 2));
    }

    #[test]
    fn minutes_beyond_and_the_worst_margin_are_those_of_the_draws() {
        let draws = trajectory(&[(0, 1.0), (1, 3.0), (0, 2.5), (1, -4.0)]);
        let upper = exceedance(&draws, 0, (2.0, true), 1.0);
        assert_eq!((upper.n_hits, upper.margin), (2, -1.0));
        near(upper.minutes, 0.25, 1e-12);
        let lower = exceedance(&draws, 0, (-5.0, false), 1.0);
        assert_eq!((lower.n_hits, lower.margin, lower.minutes), (0, 1.0, 0.0));
    }

    #[test]
    fn a_limit_at_or_beyond_an_end_where_the_record_rests_is_told_so() {
        let draws = trajectory(&[(0, 1.0), (1, 3.0)]);
        let rests = |limit, value, ends| {
            LimitLine::of((&draws, &draws), 0, (limit, value), ends, 1.0).rests_at
        };
        let ends = [Some(-1.0), Some(3.0)];
        assert_eq!(rests("alarm_high", 3.0, ends), Some(3.0));
        assert_eq!(rests("trip_high", 4.0, ends), Some(3.0));
        assert_eq!(rests("alarm_high", 2.0, ends), None);
        assert_eq!(rests("low", -1.5, ends), Some(-1.0));
        assert_eq!(rests("low", 0.0, ends), None);
        assert_eq!(rests("alarm_high", 9.0, [Some(-1.0), None]), None);
        let line = LimitLine::of((&draws, &draws), 0, ("high", 2.0), ends, 1.0);
        assert_eq!((line.channel, line.a.n_hits, line.b.n_hits), (3, 1, 1));
    }
}
