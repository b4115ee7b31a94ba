//! Mixes what families say: the middle of their members, and how far these stand apart.

use std::collections::BTreeMap;

use super::{
    means::{Means, deviation, mixed},
    place::{AXES, OUTSIDE, Place, leaning, other_view, spaced},
    shares::{FAMILIES, N, PLACES, Shares},
};
use crate::{
    base::{StopToken, to_f32},
    model::{
        ModelError, Tier,
        caution::{self, Excursion},
        fitted::Families,
        normalizer::{Normalizer, Scale},
        prepared::{SimOutput, SimStart, Simulator as _},
    },
};

/// Beyond the range met a response may be steeper or flatter than the linear one by this share of
/// how far the plant is from linear inside, one standard deviation.
const UNSURE: f64 = 0.5;

/// What all members say about one start.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Each member's mean over families, `[M]`, as it is scored where it speaks alone.
    pub(crate) middle: Vec<SimOutput>,
    /// The same as they speak together: about the weighted mean over members, and moved apart by
    /// what the families disagree about.
    pub(crate) apart: Vec<SimOutput>,
    /// Variance between them that comes from inputs outside those met, `[H, O]`.
    pub(crate) added: Vec<f64>,
}

/// The members' weights in a family's mean, `[O][M]`; equal where empty.
pub(crate) type Weights = Vec<Vec<f64>>;

/// Families and the shares of each output that moves.
pub(crate) struct Blend<'a> {
    families: &'a Families,
    normalizer: &'a Normalizer,
    shares: &'a [Shares],
    weights: [&'a [Vec<f64>]; N],
    spreads: Vec<f64>,
    /// The range that each output was met in.
    ranges: Vec<[f64; 2]>,
    /// By what share each output's left-out error is less than the linear family's; empty = 0.
    bends: Vec<f64>,
}

impl<'a> Blend<'a> {
    /// `shares` of each output that moves.
    pub(crate) fn new(
        families: &'a Families,
        normalizer: &'a Normalizer,
        shares: &'a [Shares],
        weights: &'a BTreeMap<Tier, Weights>,
    ) -> Self {
        let active = normalizer.active().into_iter();
        let scales: Vec<_> = active.map(|at| normalizer.outputs[at].scale).collect();
        let range = |one: &Scale| [one.low, one.high].map(|end| one.normed(end));
        Self {
            families,
            normalizer,
            shares,
            weights: FAMILIES.map(|tier| weights.get(&tier).map_or(&[][..], Vec::as_slice)),
            spreads: scales.iter().map(|one| one.spread).collect(),
            ranges: scales.iter().map(range).collect(),
            bends: Vec::new(),
        }
    }

    /// The same for plants that bend: by what share each output's left-out error is less than the
    /// linear family's.
    pub(crate) fn bending(self, bends: Vec<f64>) -> Self {
        Self { bends, ..self }
    }

    /// Every member's answer to every start.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`] within one member's rollouts of being asked.
    pub(crate) fn answer(
        &self,
        starts: &[SimStart<'_>],
        stop: &StopToken,
    ) -> Result<Vec<Answer>, ModelError> {
        let says: Vec<Vec<f64>> = starts
            .iter()
            .map(|start| caution::say_of_step(self.normalizer, start.future_input))
            .collect();
        let is_outside = says.iter().flatten().any(|&say| say < 1.0);
        let exists = FAMILIES.map(|tier| self.families.get(tier).is_some());
        let mut needed = PLACES.map(|at| self.shares.iter().any(|one| one.0[at] > 0.0));
        // It tells where the others leave what was met.
        needed[0] = true;
        if is_outside {
            for (needed, other) in needed.iter_mut().zip(other_view(exists)) {
                *needed |= other > 0.0;
            }
        }
        let mut sims: [Vec<Vec<SimOutput>>; N] = [const { Vec::new() }; N];
        for (at, runs) in sims.iter_mut().enumerate() {
            if let Some(family) = self.families.get(FAMILIES[at]).filter(|_| needed[at]) {
                for member in 0..family.n_members() {
                    stop.check()?;
                    runs.push(family.simulate(member, starts));
                }
            }
        }
        let beyond = self.beyond(starts, &sims[0], stop)?;
        let mixed = says.iter().zip(&beyond).enumerate();
        let mixed = mixed.map(|(start, (says, beyond))| {
            let of = |at: usize| sims[at].iter().map(|member| &member[start]).collect();
            self.mix(&PLACES.map(of), (says, beyond), exists)
        });
        Ok(mixed.collect())
    }

    /// What the inputs beyond the range met do to each start's outputs by the linear family's
    /// first member, `[H, O]`; empty where they stay inside.
    fn beyond(
        &self,
        starts: &[SimStart<'_>],
        linear: &[Vec<SimOutput>],
        stop: &StopToken,
    ) -> Result<Vec<Vec<f64>>, ModelError> {
        let mut all = Vec::with_capacity(starts.len());
        for (at, start) in starts.iter().enumerate() {
            let held = caution::held_inside(self.normalizer, start.future_input);
            let said = linear.first().and_then(|member| member.get(at));
            let (Some(held), Some(said)) = (held, said) else {
                all.push(Vec::new());
                continue;
            };
            stop.check()?;
            let inside = SimStart {
                future_input: &held,
                ..*start
            };
            let held = self.families.linear.simulate(0, &[inside]);
            let held = held.iter().flat_map(|one| &one.mean);
            let pairs = said.mean.iter().zip(held);
            all.push(pairs.map(|(a, b)| f64::from(a - b)).collect());
        }
        Ok(all)
    }

    fn mix(
        &self,
        runs: &[Vec<&SimOutput>; N],
        (says, beyond): (&[f64], &[f64]),
        exists: [bool; N],
    ) -> Answer {
        let n_obs = self.shares.len();
        let n_members = runs.iter().map(Vec::len).max().unwrap_or(0);
        let empty = SimOutput {
            mean: vec![0.0; says.len() * n_obs],
            scale: vec![0.0; says.len() * n_obs],
        };
        let mut middle = vec![empty; n_members];
        let mut apart = middle.clone();
        let mut added = vec![0.0; says.len() * n_obs];
        let places = spaced(n_members);
        for (output, shares) in self.shares.iter().enumerate() {
            let spread = self.spreads[output];
            let place = Place::new(*shares, exists);
            let unsure = UNSURE * self.bends.get(output).unwrap_or(&0.0);
            let (mut astray, mut excursion) = (0.0, Excursion::default());
            for (step, &say) in says.iter().enumerate() {
                let cell = step * n_obs + output;
                let weights = place.weights(say);
                let means = PLACES.map(|at| {
                    let own = self.weights[at].get(output).map_or(&[][..], Vec::as_slice);
                    Means::of(&runs[at], own, cell, spread)
                });
                let flexible = Means::flexible(means, weights);
                let both = [flexible, means[0].weighted];
                let firm = excursion.say(both, self.ranges[output]);
                let weights = leaning(weights, firm);
                let (center, means) = Means::settled(means, weights);
                let moves = |say: f64| {
                    let rows = place.contrasts(say);
                    rows.map(|row| dot(row, means.map(|one| one.weighted)))
                };
                let power = |moves: [f64; AXES]| moves.iter().map(|one| one * one).sum::<f64>();
                let inside = power(moves(1.0));
                let mut moves = moves(say);
                if firm < 1.0 {
                    moves[0] += OUTSIDE * (1.0 - firm) * (both[0] - both[1]);
                }
                // What is unknown out there is told by what drives the output there, or by where it went.
                astray = caution::astray(astray, center, self.ranges[output]);
                let beyond = beyond.get(cell).copied().filter(|one| one.is_finite());
                let beyond = beyond.unwrap_or(0.0);
                moves[1] += unsure
                    * if astray.abs() > beyond.abs() {
                        astray
                    } else {
                        beyond
                    };
                if say < 1.0 || firm < 1.0 || astray.abs() > 0.0 {
                    added[cell] = (power(moves) - inside).max(0.0);
                }
                for member in 0..n_members {
                    let mean = mixed(runs, weights, |one| one.mean[cell], member);
                    let scale = to_f32(mixed(runs, shares.0, |one| one.scale[cell], member));
                    middle[member].mean[cell] = to_f32(mean);
                    middle[member].scale[cell] = scale;
                    let own = deviation(runs, weights, means, cell, member);
                    let along = places[member].iter().zip(&moves);
                    let by: f64 = along.map(|(place, moved)| place * moved).sum();
                    apart[member].mean[cell] = to_f32(center + own + by);
                    apart[member].scale[cell] = scale;
                }
            }
        }
        Answer {
            middle,
            apart,
            added,
        }
    }
}

fn dot(row: [f64; N], values: [f64; N]) -> f64 {
    row.iter().zip(values).map(|(a, b)| a * b).sum()
}
