//! One KPI under two scenarios that share their random numbers.
//!
//! Draws of one member share that member's error, so draws never count as independent
//! replications. The plant is taken to be as far from the members' centre as one more member
//! would be: the interval is a prediction interval over members (Student's t), widened by what
//! validation showed the ensemble to miss, plus the Monte-Carlo error within members.

use super::stats;
use crate::{
    base::{Purpose, Stream, decimals_for, decimals_of, to_count},
    scenario::{Better, Kpi},
};

const LEVEL: f64 = 0.95;
const RESAMPLES: usize = 1_000;
/// Digits of a value that are read.
const MOST_DIGITS: f64 = 7.0;
/// What is reported where common random numbers remove all variance.
const MOST_VARIANCE_RATIO: f64 = 1e6;

/// A mean with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Interval {
    /// The centre.
    pub mean: f64,
    /// The lower end.
    pub lo: f64,
    /// The upper end.
    pub hi: f64,
}

impl Interval {
    /// −1 or 1 where the whole interval lies on one side of zero, else 0.
    fn side(self) -> i8 {
        i8::from(self.lo > 0.0) - i8::from(self.hi < 0.0)
    }
}

/// One KPI under two scenarios with common random numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedKpi {
    /// Under the baseline.
    pub a: Interval,
    /// Under the variant.
    pub b: Interval,
    /// Variant − baseline.
    pub delta: Interval,
    /// Confidence level of the intervals, such as 0.95.
    pub level: f64,
    /// Probability that the variant is better by more than the smallest difference that matters;
    /// that it is greater by more where nobody said which way is better.
    pub p_better: f64,
    /// Probability that the difference does not matter.
    pub p_equal: f64,
    /// (var A + var B) / var(A − B): what common random numbers bring; at most a million.
    pub variance_ratio: f64,
    /// The smallest difference that matters, as used.
    pub delta_min: f64,
    /// Whether paired-t and `BCa` bootstrap agree on the sign.
    pub methods_agree: bool,
}

impl PairedKpi {
    /// Whether no draw told the two scenarios apart, as with A against A.
    pub fn is_same(&self) -> bool {
        let delta = self.delta;
        [delta.mean, delta.lo, delta.hi]
            .iter()
            .all(|&end| end == 0.0)
    }

    /// Whether all of the interval is too small to matter.
    pub fn is_too_small(&self) -> bool {
        let (delta, least) = (self.delta, self.delta_min);
        least > 0.0 && delta.lo >= -least && delta.hi <= least
    }

    /// How many decimals its figures have, the same wherever they are told: three digits of the
    /// difference, and no more than seven of the value itself.
    pub fn decimals(&self) -> usize {
        let (delta, size) = (self.delta, self.a.mean.abs().max(self.b.mean.abs()));
        let spread = (delta.hi - delta.lo).max(delta.mean.abs());
        if spread > 0.0 {
            let most = (MOST_DIGITS - 1.0 - size.max(f64::MIN_POSITIVE).log10().floor()).max(0.0);
            decimals_of(spread).min(to_count(most))
        } else {
            decimals_for(size)
        }
    }

    /// P(better) as it is told: never certain, and no share at all of what is the same.
    pub fn chance_words(&self) -> String {
        match self.p_better {
            chance if !chance.is_finite() => "–".to_owned(),
            _ if self.is_same() => "=".to_owned(),
            chance if chance > 0.99 => "> 99 %".to_owned(),
            chance if chance < 0.01 => "< 1 %".to_owned(),
            chance => format!("{:.0} %", 100.0 * chance),
        }
    }
}

/// Compares paired KPI values, one of each scenario a draw; pairs with a missing value are left
/// out, and everything is NaN where none is left.
///
/// `member_of_draw` makes the upper level of the hierarchical bootstrap; `spread_scale` ≥ 1 widens
/// the spread between members so that it covers what the ensemble missed on validation.
pub fn paired_kpi(
    a: &[f64],
    b: &[f64],
    member_of_draw: &[usize],
    kpi: &Kpi,
    delta_min: f64,
    spread_scale: f64,
    seed: u64,
) -> PairedKpi {
    let pairs: Vec<(f64, f64, usize)> = a
        .iter()
        .zip(b)
        .zip(member_of_draw)
        .filter(|((a, b), _)| a.is_finite() && b.is_finite())
        .map(|((&a, &b), &member)| (a, b, member))
        .collect();
    let scale = spread_scale.max(1.0);
    let level_of = |value: &dyn Fn(&(f64, f64, usize)) -> f64| {
        Estimate::of(
            &groups_of(pairs.iter().map(|pair| (value(pair), pair.2))),
            scale,
        )
    };
    let groups = groups_of(pairs.iter().map(|&(a, b, member)| (b - a, member)));
    let delta = Estimate::of(&groups, scale);
    let delta_min = delta_min.max(0.0);
    let gain = match kpi.better {
        // Where nobody said which way is good it is the chance that B is greater.
        Better::Higher | Better::Unknown => delta.mean,
        Better::Lower => -delta.mean,
    };
    let size = delta.mean.abs();
    let interval = delta.interval();
    PairedKpi {
        a: level_of(&|pair| pair.0).interval(),
        b: level_of(&|pair| pair.1).interval(),
        delta: interval,
        level: LEVEL,
        p_better: delta.p_above(gain, delta_min),
        p_equal: (delta.p_above(size, -delta_min) - delta.p_above(size, delta_min)).max(0.0)
            + delta.at(size, delta_min),
        variance_ratio: variance_ratio(&pairs),
        delta_min,
        methods_agree: bca(&groups, scale, seed).side() == interval.side(),
    }
}

/// A mean with what its interval needs.
struct Estimate {
    mean: f64,
    error: f64,
    dof: f64,
}

impl Estimate {
    /// From the values of each member.
    fn of(groups: &[Vec<f64>], scale: f64) -> Self {
        let means: Vec<f64> = groups.iter().map(|group| stats::mean(group)).collect();
        let m = groups.len() as f64;
        let n: f64 = groups.iter().map(|group| group.len() as f64).sum();
        let within = groups
            .iter()
            .map(|group| stats::sample_variance(group) / group.len() as f64)
            .sum::<f64>()
            / (m * m);
        let between = scale * scale * stats::sample_variance(&means) * (1.0 + 1.0 / m);
        // Welch and Satterthwaite: the part with few degrees of freedom counts by its share.
        let variance = between + within;
        let spent = if groups.len() > 1 {
            between * between / (m - 1.0)
        } else {
            0.0
        } + within * within / (n - m).max(1.0);
        Self {
            mean: stats::mean(&means),
            error: variance.sqrt(),
            dof: if spent > 0.0 {
                (variance * variance / spent).max(1.0)
            } else {
                1.0
            },
        }
    }

    fn interval(&self) -> Interval {
        let half = if self.error > 0.0 {
            self.error * stats::t_quantile(0.5 + 0.5 * LEVEL, self.dof)
        } else {
            0.0
        };
        Interval {
            mean: self.mean,
            lo: self.mean - half,
            hi: self.mean + half,
        }
    }

    /// Probability that a value about `centre` with this error lies above `bound`.
    fn p_above(&self, centre: f64, bound: f64) -> f64 {
        if self.error > 0.0 {
            stats::t_cdf((centre - bound) / self.error, self.dof)
        } else if centre.is_nan() {
            f64::NAN
        } else {
            f64::from(u8::from(centre > bound))
        }
    }

    /// The probability mass at `bound` itself: 1 where there is no error and the centre is there.
    fn at(&self, centre: f64, bound: f64) -> f64 {
        let exact = self.error == 0.0 && centre <= bound && centre >= bound;
        // For a bound of 0 both tails of `p_above` have left the centre out.
        f64::from(u8::from(exact && bound == 0.0))
    }
}

/// The values of each member, members in ascending order.
fn groups_of(values: impl Iterator<Item = (f64, usize)>) -> Vec<Vec<f64>> {
    let mut groups = std::collections::BTreeMap::<usize, Vec<f64>>::new();
    for (value, member) in values {
        groups.entry(member).or_default().push(value);
    }
    groups.into_values().collect()
}

fn variance_ratio(pairs: &[(f64, f64, usize)]) -> f64 {
    let variance = |value: &dyn Fn(&(f64, f64, usize)) -> f64| {
        stats::sample_variance(&pairs.iter().map(value).collect::<Vec<_>>())
    };
    let apart = variance(&|pair| pair.0) + variance(&|pair| pair.1);
    let paired = variance(&|pair| pair.1 - pair.0);
    if apart == 0.0 && paired == 0.0 {
        1.0
    } else {
        (apart / paired).min(MOST_VARIANCE_RATIO)
    }
}

/// Bias-corrected and accelerated bootstrap (Efron 1987) over members, then draws of a member.
///
/// Resampling members alone says how well their centre is known; it is stretched about the
/// centre so that it says where one more member would lie, as the interval by t does.
fn bca(groups: &[Vec<f64>], scale: f64, seed: u64) -> Interval {
    let means: Vec<f64> = groups.iter().map(|group| stats::mean(group)).collect();
    let centre = stats::mean(&means);
    let m = groups.len() as f64;
    if groups.len() < 2 && groups.iter().all(|group| group.len() < 2) {
        return Interval {
            mean: centre,
            lo: centre,
            hi: centre,
        };
    }
    let stretch = if groups.len() > 1 {
        scale * (m * (m + 1.0) / (m - 1.0)).sqrt()
    } else {
        1.0
    };
    let mut replicates: Vec<f64> = (0..RESAMPLES)
        .map(|replicate| {
            let mut draws = Stream::new(seed, Purpose::Bootstrap, &[replicate as u64]).draws();
            let resampled: f64 = (0..groups.len())
                .map(|_| {
                    let group = &groups[draws.below(groups.len())];
                    let sum: f64 = (0..group.len())
                        .map(|_| group[draws.below(group.len())])
                        .sum();
                    sum / group.len() as f64
                })
                .sum();
            centre + stretch * (resampled / m - centre)
        })
        .collect();
    replicates.sort_unstable_by(f64::total_cmp);
    let below = replicates.partition_point(|&value| value < centre) as f64;
    let upto = replicates.partition_point(|&value| value <= centre) as f64;
    let share = (0.5 * (below + upto) / RESAMPLES as f64).clamp(1e-3, 1.0 - 1e-3);
    let correction = stats::normal_quantile(share);
    let units = if groups.len() > 2 { &means } else { &groups[0] };
    let acceleration = jackknife_skew(units);
    let end = |p: f64| {
        let z = correction + stats::normal_quantile(p);
        let moved = correction + z / (1.0 - acceleration * z);
        stats::quantile_sorted(&replicates, stats::normal_cdf(moved))
    };
    Interval {
        mean: centre,
        lo: end(0.5 - 0.5 * LEVEL),
        hi: end(0.5 + 0.5 * LEVEL),
    }
}

/// The acceleration of `BCa` from the jackknife of a mean.
fn jackknife_skew(values: &[f64]) -> f64 {
    let centre = stats::mean(values);
    // The mean without a value lies off by −(value − centre)/(n − 1), so its skewness has the
    // sign of the values' own.
    let (squares, cubes) = values.iter().fold((0.0, 0.0), |(squares, cubes), value| {
        let off = value - centre;
        (squares + off * off, cubes + off * off * off)
    });
    if squares > 0.0 {
        cubes / (6.0 * squares.powf(1.5))
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Reduce;

    fn kpi(better: Better) -> Kpi {
        Kpi {
            name: "scrap".into(),
            channel: 0,
            reduce: Reduce::Mean,
            better,
            unit: "%".into(),
            delta: None,
        }
    }

    /// Draws of five members with errors of their own, and the variant that adds `effect`.
    fn sample(seed: u64, effect: f64) -> (Vec<f64>, Vec<f64>, Vec<usize>) {
        let mut draws = Stream::new(seed, Purpose::Test, &[]).draws();
        let errors: Vec<f64> = (0..5).map(|_| 0.2 * draws.normal()).collect();
        let members: Vec<usize> = (0..60).map(|draw| draw % 5).collect();
        let a: Vec<f64> = members.iter().map(|_| 3.0 + draws.normal()).collect();
        let b = a
            .iter()
            .zip(&members)
            .map(|(a, &member)| a + effect + errors[member] + 0.1 * draws.normal())
            .collect();
        (a, b, members)
    }

    #[test]
    fn a_against_a_is_exactly_zero_in_everything() {
        let (a, _, members) = sample(1, 0.0);
        for delta_min in [0.0, 0.5] {
            let paired = paired_kpi(&a, &a, &members, &kpi(Better::Lower), delta_min, 1.3, 7);
            let delta = paired.delta;
            for end in [delta.mean, delta.lo, delta.hi, paired.p_better] {
                assert_eq!(end.to_bits(), 0);
            }
            assert_eq!(paired.p_equal.to_bits(), 1.0_f64.to_bits());
            assert_eq!(paired.variance_ratio.to_bits(), 1e6_f64.to_bits());
            assert!(paired.methods_agree);
        }
        let same = [2.0; 6];
        let paired = paired_kpi(
            &same,
            &same,
            &[0, 0, 1, 1, 2, 2],
            &kpi(Better::Lower),
            0.1,
            1.0,
            7,
        );
        assert_eq!(paired.variance_ratio.to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn the_interval_by_t_matches_the_hand_calculation() {
        // Member means of the difference 1, 2, 3 without noise within: s² = 1, error √(4/3),
        // t(0.975, 2) = 4.302653.
        let a = [5.0; 6];
        let b = [6.0, 6.0, 7.0, 7.0, 8.0, 8.0];
        let members = [0, 0, 1, 1, 2, 2];
        let paired = paired_kpi(&a, &b, &members, &kpi(Better::Higher), 0.0, 1.0, 0);
        let half = (4.0_f64 / 3.0).sqrt() * 4.302_653;
        assert!((paired.delta.mean - 2.0).abs() < 1e-12);
        assert!((paired.delta.lo - (2.0 - half)).abs() < 1e-5);
        assert!((paired.delta.hi - (2.0 + half)).abs() < 1e-5);
        let expected = stats::t_cdf(2.0 / (4.0_f64 / 3.0).sqrt(), 2.0);
        assert!((paired.p_better - expected).abs() < 1e-12);
    }

    #[test]
    fn turning_the_question_round_negates_the_delta_exactly() {
        for seed in 0..60 {
            let (a, b, members) = sample(seed, 0.3);
            let forth = paired_kpi(&a, &b, &members, &kpi(Better::Lower), 0.1, 1.2, seed).delta;
            let back = paired_kpi(&b, &a, &members, &kpi(Better::Lower), 0.1, 1.2, seed).delta;
            assert_eq!(forth.mean.to_bits(), (-back.mean).to_bits(), "seed {seed}");
            assert_eq!(forth.lo.to_bits(), (-back.hi).to_bits(), "seed {seed}");
            assert_eq!(forth.hi.to_bits(), (-back.lo).to_bits(), "seed {seed}");
        }
    }

    #[test]
    fn p_better_grows_with_the_effect_and_the_three_shares_make_one() {
        let mut last = 0.0;
        for step in 0..12 {
            let (a, b, members) = sample(4, 0.15 * f64::from(step));
            let up = paired_kpi(&a, &b, &members, &kpi(Better::Higher), 0.1, 1.0, 0);
            let down = paired_kpi(&a, &b, &members, &kpi(Better::Lower), 0.1, 1.0, 0);
            assert!(up.p_better >= last);
            assert!(up.variance_ratio > 1.0);
            let whole = up.p_better + down.p_better + up.p_equal;
            assert!((whole - 1.0).abs() < 1e-12, "{whole}");
            last = up.p_better;
        }
        assert!(last > 0.95);
    }

    #[test]
    fn the_interval_covers_a_plant_that_is_like_another_member() {
        // The effect's own error is drawn as a member's is: 95 % must be covered.
        let mut covered = 0;
        for seed in 0..200 {
            let (a, b, members) = sample(seed, 0.5);
            let plant = 0.5 + 0.2 * Stream::new(seed, Purpose::Test, &[9]).normal_at(0);
            let delta = paired_kpi(&a, &b, &members, &kpi(Better::Lower), 0.0, 1.0, seed).delta;
            covered += usize::from(delta.lo <= plant && plant <= delta.hi);
        }
        assert!((180..=200).contains(&covered), "{covered}");
    }

    #[test]
    fn both_methods_agree_on_a_clear_sign_and_missing_pairs_are_left_out() {
        let (a, mut b, members) = sample(3, 4.0);
        b[7] = f64::NAN;
        let paired = paired_kpi(&a, &b, &members, &kpi(Better::Higher), 0.1, 1.0, 0);
        assert!(paired.methods_agree && paired.delta.lo > 0.0);
        let none = paired_kpi(&[f64::NAN], &[1.0], &[0], &kpi(Better::Higher), 0.1, 1.0, 0);
        assert!(none.delta.mean.is_nan() && none.p_better.is_nan());
        assert_eq!(none.chance_words(), "–");
    }

    #[test]
    fn the_chance_is_never_told_as_certain_and_the_same_has_none() {
        let (a, _, members) = sample(3, 4.0);
        let told = |shift: f64, better: Better| {
            let b: Vec<f64> = a.iter().map(|value| value + shift).collect();
            paired_kpi(&a, &b, &members, &kpi(better), 0.0, 1.0, 0).chance_words()
        };
        assert_eq!(told(9.0, Better::Higher), "> 99 %");
        assert_eq!(told(9.0, Better::Lower), "< 1 %");
        assert_eq!(told(0.0, Better::Lower), "=");
    }
}
