//! What a family says by all its members.

use super::shares::{N, PLACES};
use crate::model::prepared::SimOutput;

/// A member this many spreads away from its family's median does not count for its mean.
const ASTRAY: f64 = 5.0;

/// One member's weighted mean over families; a family that broke gives its share to the others.
pub(super) fn mixed(
    runs: &[Vec<&SimOutput>; N],
    weights: [f64; N],
    value: impl Fn(&SimOutput) -> f32,
    member: usize,
) -> f64 {
    let (mut sum, mut whole) = (0.0, 0.0);
    for (run, weight) in runs.iter().zip(weights) {
        if weight <= 0.0 {
            continue;
        }
        let said = run
            .get(member)
            .map_or(f64::NAN, |one| f64::from(value(one)));
        if said.is_finite() {
            sum += weight * said;
            whole += weight;
        }
    }
    sum / whole
}

/// How far one member stands from the middle: each family's own deviation by the root of its
/// weight, so that the variance is the families' weighted mean where they err independently (the
/// law of total variance), and not that of a mean over families. A family that broke moves nothing.
pub(super) fn deviation(
    runs: &[Vec<&SimOutput>; N],
    weights: [f64; N],
    means: [Means; N],
    cell: usize,
    member: usize,
) -> f64 {
    let mut sum = 0.0;
    for at in PLACES {
        if let Some(one) = runs[at].get(member).filter(|_| weights[at] > 0.0) {
            let own = f64::from(one.mean[cell]) - means[at].plain;
            if own.is_finite() {
                sum += weights[at].sqrt() * own;
            }
        }
    }
    sum
}

/// A family's mean over members that did not go astray; NaN where it was not run or broke.
#[derive(Clone, Copy)]
pub(super) struct Means {
    pub(super) plain: f64,
    pub(super) weighted: f64,
}

impl Means {
    pub(super) fn of(members: &[&SimOutput], weights: &[f64], cell: usize, spread: f64) -> Self {
        let said = |one: &SimOutput| f64::from(one.mean[cell]);
        let mut values: Vec<f64> = members.iter().map(|one| said(one)).collect();
        values.retain(|value| value.is_finite());
        values.sort_unstable_by(f64::total_cmp);
        let median = values.get(values.len() / 2).copied().unwrap_or(0.0);
        let (mut plain, mut weighted, mut count, mut whole) = (0.0, 0.0, 0.0, 0.0);
        for (member, one) in members.iter().enumerate() {
            let value = said(one);
            if value.is_finite() && (value - median).abs() <= ASTRAY * spread {
                let weight = weights.get(member).copied().unwrap_or(1.0);
                plain += value;
                count += 1.0;
                weighted += weight * value;
                whole += weight;
            }
        }
        let plain = plain / count;
        Self {
            plain,
            weighted: if whole > 0.0 { weighted / whole } else { plain },
        }
    }

    /// The mean over flexible families; NaN where none speaks.
    pub(super) fn flexible(means: [Self; N], weights: [f64; N]) -> f64 {
        let (mut sum, mut whole) = (0.0, 0.0);
        for (one, weight) in means.iter().zip(weights).skip(1) {
            if one.weighted.is_finite() && weight > 0.0 {
                sum += weight * one.weighted;
                whole += weight;
            }
        }
        sum / whole
    }

    /// The mean over families; one that has nothing to say stands where the others do.
    pub(super) fn settled(means: [Self; N], weights: [f64; N]) -> (f64, [Self; N]) {
        let speaking = means.iter().zip(weights);
        let speaking = speaking.filter(|(one, weight)| one.weighted.is_finite() && *weight > 0.0);
        let (mut center, mut whole) = (0.0, 0.0);
        for (one, weight) in speaking {
            center += weight * one.weighted;
            whole += weight;
        }
        center /= whole;
        let silent = Self {
            plain: center,
            weighted: center,
        };
        let stand = |one: Self| {
            if one.weighted.is_finite() {
                one
            } else {
                silent
            }
        };
        (center, means.map(stand))
    }
}
