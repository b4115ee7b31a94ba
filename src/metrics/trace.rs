//! The difference of two trajectories along the horizon, with a band that holds everywhere at once.

use super::stats;
use crate::{
    base::{Purpose, Stream},
    data::{Band, Trajectory},
};

const RESAMPLES: usize = 400;

/// The difference of two trajectories of one output with a simultaneous (sup-t) 95 % band, and
/// the first step at which the band leaves zero.
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaTrace {
    /// Mean of variant − baseline, `[H]`.
    pub mean: Vec<f64>,
    /// The simultaneous band.
    pub band: Band,
    /// The first step that differs.
    pub first_divergence: Option<usize>,
}

/// See [`DeltaTrace`]; `output` is the position among the outputs.
///
/// The spread is taken between members as in `paired_kpi`; the factor that makes the band
/// simultaneous comes from a multiplier bootstrap of the members' differences (Montiel Olea and
/// Plagborg-Møller 2019), with the tails of Student's t.
pub fn delta_trace(a: &Trajectory, b: &Trajectory, output: usize, spread_scale: f64) -> DeltaTrace {
    let n_steps = a.n_steps.min(b.n_steps);
    let n_draws = a.n_draws().min(b.n_draws());
    let mut members = a.member_of_draw[..n_draws].to_vec();
    members.sort_unstable();
    members.dedup();
    // With a single member its draws are all there is.
    let by_member = members.len() > 1;
    let units: Vec<Vec<f64>> = if by_member {
        let draws_of =
            |member: usize| (0..n_draws).filter(move |&draw| a.member_of_draw[draw] == member);
        let unit = |&member: &usize| mean_difference(a, b, output, draws_of(member), n_steps);
        members.iter().map(unit).collect()
    } else {
        (0..n_draws)
            .map(|draw| mean_difference(a, b, output, std::iter::once(draw), n_steps))
            .collect()
    };
    let count = units.len() as f64;
    let column = |step: usize| units.iter().map(|unit| unit[step]).collect::<Vec<_>>();
    let mean: Vec<f64> = (0..n_steps)
        .map(|step| stats::mean(&column(step)))
        .collect();
    let spread: Vec<f64> = (0..n_steps)
        .map(|step| stats::sample_variance(&column(step)).sqrt())
        .collect();
    let factor = sup_factor(&units, &mean, &spread);
    let widen = if by_member {
        spread_scale.max(1.0) * (1.0 + 1.0 / count).sqrt()
    } else {
        (1.0 / count).sqrt()
    };
    // Without a second unit the spread is unknown, unless nothing differs at all.
    let half: Vec<f64> = spread
        .iter()
        .zip(&mean)
        .map(|(&spread, &mean)| {
            let is_known = count > 1.0 || mean == 0.0;
            if spread == 0.0 && is_known {
                0.0
            } else {
                factor * widen * spread
            }
        })
        .collect();
    let line = |sign: f64| {
        mean.iter()
            .zip(&half)
            .map(|(mean, half)| mean + sign * half)
            .collect::<Vec<_>>()
    };
    let band = Band {
        lo: line(-1.0),
        hi: line(1.0),
    };
    let first_divergence = (0..n_steps).find(|&step| band.lo[step] > 0.0 || band.hi[step] < 0.0);
    DeltaTrace {
        mean,
        band,
        first_divergence,
    }
}

/// Mean over some draws of variant − baseline, `[H]`.
fn mean_difference(
    a: &Trajectory,
    b: &Trajectory,
    output: usize,
    draws: impl Iterator<Item = usize>,
    n_steps: usize,
) -> Vec<f64> {
    let mut sum = vec![0.0; n_steps];
    let mut count = 0.0;
    for draw in draws {
        count += 1.0;
        let both = a.draw(draw, output).iter().zip(b.draw(draw, output));
        for (sum, (&a, &b)) in sum.iter_mut().zip(both) {
            *sum += f64::from(b) - f64::from(a);
        }
    }
    sum.into_iter().map(|sum| sum / count).collect()
}

/// The 95 % quantile of the largest studentised deviation over all steps.
fn sup_factor(units: &[Vec<f64>], mean: &[f64], spread: &[f64]) -> f64 {
    let freedom = units.len().saturating_sub(1);
    if freedom == 0 {
        return f64::NAN;
    }
    let dof = freedom as f64;
    let scaled: Vec<Vec<f64>> = units
        .iter()
        .map(|unit| {
            let steps = unit.iter().zip(mean).zip(spread);
            steps
                .filter(|(_, spread)| **spread > 0.0)
                .map(|((value, mean), spread)| (value - mean) / (spread * dof.sqrt()))
                .collect()
        })
        .collect();
    let largest: Vec<f64> = (0..RESAMPLES as u64)
        .map(|replicate| {
            let mut draws = Stream::new(0, Purpose::Bootstrap, &[replicate]).draws();
            let mut sums = vec![0.0; scaled[0].len()];
            for unit in &scaled {
                let weight = draws.normal();
                for (sum, value) in sums.iter_mut().zip(unit) {
                    *sum += weight * value;
                }
            }
            let chi: f64 = (0..freedom.min(200)).map(|_| draws.normal().powi(2)).sum();
            let shrink = (chi / freedom.min(200) as f64).sqrt();
            sums.iter().fold(0.0, |most: f64, sum| most.max(sum.abs())) / shrink
        })
        .collect();
    stats::quantile(&largest, 0.95).max(stats::t_quantile(0.975, dof))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five members of four draws; every draw adds its member's slope times time and noise.
    fn trajectory(slopes: [f64; 5], seed: u64, from: usize) -> Trajectory {
        let member_of_draw: Vec<usize> = (0..20).map(|draw| draw / 4).collect();
        let mut draws = Vec::new();
        for (draw, &member) in member_of_draw.iter().enumerate() {
            let noise = Stream::new(seed, Purpose::Test, &[draw as u64]);
            for step in 0..40_usize {
                let rise = slopes[member] * step.saturating_sub(from) as f64;
                draws.push(crate::base::to_f32(rise + noise.normal_at(step as u64)));
            }
        }
        Trajectory {
            step_secs: 1.0,
            start_ns: 0,
            channels: vec![0],
            n_steps: 40,
            member_of_draw,
            draws,
            mean: Vec::new(),
            band50: Vec::new(),
            band90: Vec::new(),
            aleatoric: Vec::new(),
            epistemic: Vec::new(),
        }
    }

    #[test]
    fn a_trajectory_never_diverges_from_itself() {
        let a = trajectory([0.1; 5], 1, 0);
        let trace = delta_trace(&a, &a, 0, 1.5);
        assert_eq!(trace.first_divergence, None);
        assert!(
            trace
                .mean
                .iter()
                .chain(&trace.band.hi)
                .all(|v| v.to_bits() == 0)
        );
    }

    #[test]
    fn a_difference_is_seen_after_it_begins_and_turns_round_exactly() {
        for seed in 0..10 {
            let a = trajectory([0.0; 5], seed, 0);
            let b = trajectory([0.9, 1.0, 1.1, 1.05, 0.95], seed, 10);
            let trace = delta_trace(&a, &b, 0, 1.0);
            let back = delta_trace(&b, &a, 0, 1.0);
            let step = trace.first_divergence.expect("it differs");
            assert!((11..=14).contains(&step), "{step}");
            assert!(
                back.mean
                    .iter()
                    .zip(&trace.mean)
                    .all(|(x, y)| (x + y).abs() <= 0.0)
            );
            assert!(
                back.band
                    .lo
                    .iter()
                    .zip(&trace.band.hi)
                    .all(|(x, y)| (x + y).abs() <= 0.0)
            );
        }
    }

    #[test]
    fn members_that_disagree_on_the_sign_never_diverge() {
        let a = trajectory([0.0; 5], 3, 0);
        let b = trajectory([1.0, -1.0, 0.5, -0.6, 0.2], 3, 0);
        assert_eq!(delta_trace(&a, &b, 0, 1.0).first_divergence, None);
    }

    #[test]
    fn under_no_difference_the_band_leaves_zero_rarely_anywhere() {
        let mut left = 0;
        for seed in 0..60 {
            let (a, b) = (
                trajectory([0.0; 5], seed, 0),
                trajectory([0.0; 5], seed + 500, 0),
            );
            left += usize::from(delta_trace(&a, &b, 0, 1.0).first_divergence.is_some());
        }
        // 5 % of 60 is 3; the band is a prediction band and so keeps more.
        assert!(left <= 4, "{left}");
    }
}
