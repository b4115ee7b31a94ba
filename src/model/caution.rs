//! What a rollout does where its inputs leave what was ever met: its members stand between the
//! families instead of in one of them.
//!
//! A flexible family has learned nothing about such inputs, and all its members may be wrong in
//! the same way; the linear one extrapolates plainly. Nobody knows which is right, so the members
//! share the ground between them out: band, draws and the paired difference of two scenarios then
//! all carry what the families disagree about, and A against A is still exactly zero.

use super::normalizer::Normalizer;

/// At this distance, in units of the whole range met, the flexible family has half a say.
const HALF_SAY: f64 = 0.25;
/// What is left of an excursion's effect after a step: the line remembers it for a while.
const MEMORY: f64 = 0.98;

/// The say of the flexible family at each step, 1 inside what was met, toward 0 far outside.
pub(super) fn say_of_step(normalizer: &Normalizer, future_input: &[f32]) -> Vec<f64> {
    let n_in = normalizer.inputs.len().max(1);
    let mut away = 0.0_f64;
    let says = future_input.chunks(n_in).map(|row| {
        let inputs = row.iter().zip(&normalizer.inputs);
        let now = inputs.map(|(&value, input)| input.scale.beyond(f64::from(value)));
        away = now.fold(away * MEMORY, f64::max);
        if away < 1e-3 {
            return 1.0;
        }
        1.0 / (1.0 + (away / HALF_SAY).powi(2))
    });
    says.collect()
}

/// The three sets of paths of one output, each `[M][H]`.
pub(super) struct Views<'a> {
    pub(super) linear: &'a [Vec<f64>],
    pub(super) neural: &'a [Vec<f64>],
    /// Whether the flexible family won this output on left-out blocks.
    pub(super) is_neural: bool,
}

/// Moves the members' paths apart, `[M][H]`, so that either family lies one standard deviation from
/// their middle; where the linear family won, they stay about it, as far apart. Gives the variance
/// that this adds at each step.
pub(super) fn stand_between(paths: &mut [Vec<f64>], views: &Views<'_>, says: &[f64]) -> Vec<f64> {
    let middle = if views.is_neural { 0.5 } else { 0.0 };
    for (member, path) in paths.iter_mut().enumerate() {
        let place = middle + 0.5 * score(member, views.linear.len());
        let ends = views.linear[member].iter().zip(&views.neural[member]);
        for ((value, (plain, flexible)), say) in path.iter_mut().zip(ends).zip(says) {
            let between = plain + place * (flexible - plain);
            if *say < 1.0 && between.is_finite() {
                *value = say * *value + (1.0 - say) * between;
            }
        }
    }
    let mean = |family: &[Vec<f64>], step: usize| {
        family.iter().map(|path| path[step]).sum::<f64>() / family.len().max(1) as f64
    };
    let added = says.iter().enumerate().map(|(step, say)| {
        let apart = 0.5 * (1.0 - say) * (mean(views.neural, step) - mean(views.linear, step));
        if apart.is_finite() {
            apart * apart
        } else {
            0.0
        }
    });
    added.collect()
}

/// Evenly spaced numbers with mean 0 and sample variance 1, one a member.
fn score(member: usize, n_members: usize) -> f64 {
    let m = n_members as f64;
    if n_members < 2 {
        return 0.0;
    }
    (member as f64 - 0.5 * (m - 1.0)) / (m * (m + 1.0) / 12.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::Issues,
        model::normalizer::{Normalizer, fit_input},
    };

    fn normalizer() -> Normalizer {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        Normalizer {
            outputs: Vec::new(),
            inputs: vec![fit_input("u", &values, &mut Issues::new())],
        }
    }

    fn says(raw: &[f64]) -> Vec<f64> {
        let normalizer = normalizer();
        let scale = normalizer.inputs[0].scale;
        let row: Vec<f32> = raw
            .iter()
            .map(|&x| super::super::context::to_f32(scale.normed(x)))
            .collect();
        say_of_step(&normalizer, &row)
    }

    #[test]
    fn inside_what_was_met_the_chosen_family_speaks_alone() {
        assert!(says(&[0.0, 50.0, 100.0]).iter().all(|&say| say >= 1.0));
    }

    #[test]
    fn far_outside_the_linear_family_speaks_and_the_effect_fades() {
        let says = says(&[50.0, 300.0, 50.0, 50.0]);
        assert!(says[0] >= 1.0 && says[1] < 0.05, "{says:?}");
        assert!(says[2] < says[3] && says[3] < 0.1, "{says:?}");
    }

    /// Five members of two families that are `apart` from each other, moved outside.
    fn moved(apart: f64, is_neural: bool) -> Vec<Vec<f64>> {
        let linear = vec![vec![1.0, 1.0]; 5];
        let neural = vec![vec![1.0 + apart, 1.0 + apart]; 5];
        let mut paths = if is_neural { &neural } else { &linear }.clone();
        let views = Views {
            linear: &linear,
            neural: &neural,
            is_neural,
        };
        let added = stand_between(&mut paths, &views, &[1.0, 0.0]);
        let values: Vec<f64> = paths.iter().map(|path| path[1]).collect();
        let mean = values.iter().sum::<f64>() / 5.0;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4.0;
        assert!(added[0].abs() < 1e-12 && (added[1] - variance).abs() < 1e-12);
        paths
    }

    #[test]
    fn members_share_out_what_the_families_disagree_about() {
        for (is_neural, inside, middle) in [(true, 3.0, 2.0), (false, 1.0, 1.0)] {
            let paths = moved(2.0, is_neural);
            assert!(paths.iter().all(|path| (path[0] - inside).abs() < 1e-12));
            let mean = paths.iter().map(|path| path[1]).sum::<f64>() / 5.0;
            assert!((mean - middle).abs() < 1e-12);
            // One standard deviation reaches half the distance: 1 of 2.
            let squares: f64 = paths.iter().map(|path| (path[1] - mean).powi(2)).sum();
            assert!((squares / 4.0 - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn families_that_agree_or_break_move_nothing() {
        assert_eq!(moved(0.0, true), vec![vec![1.0, 1.0]; 5]);
        assert!(
            moved(f64::NAN, false)
                .iter()
                .flatten()
                .all(|x| (x - 1.0).abs() < 1e-12)
        );
    }
}
