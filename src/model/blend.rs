//! What answers an output: the families that know its inputs, each with a share.
//!
//! The mean of families errs less than the best of them where their errors differ (Bates and
//! Granger 1969). Members stand apart by what their families disagree about, so that band, draws
//! and the paired difference of two scenarios carry it; A against A is still exactly zero.

use std::collections::BTreeMap;

use super::{
    ModelError, Tier,
    caution::{self, Excursion},
    fitted::Families,
    normalizer::{Normalizer, Scale},
    prepared::{SimOutput, SimStart, Simulator as _},
};
use crate::base::{StopToken, to_f32};

/// The families that may have a share, simplest first.
pub(crate) const FAMILIES: [Tier; N] = [Tier::Linear, Tier::Narx, Tier::Neural, Tier::Transformer];
/// How many they are.
pub(crate) const N: usize = 4;
/// All their positions.
pub(crate) const PLACES: [usize; N] = [0, 1, 2, 3];
/// A member this many spreads away from its family's median does not count for its mean.
const ASTRAY: f64 = 5.0;
/// Beyond the range met a response may be steeper or flatter than the linear one by this share of
/// how far the plant is from linear inside, one standard deviation.
const UNSURE: f64 = 0.5;
/// Outside the inputs met the flexible families have at most this share.
const OUTSIDE: f64 = 0.5;

/// The shares of [`FAMILIES`] in one output; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shares(pub(crate) [f64; N]);

impl Shares {
    /// The linear family alone.
    pub(crate) const LINEAR: Self = Self([1.0, 0.0, 0.0, 0.0]);

    /// One family alone; the linear one where it has no share in anything.
    pub(crate) fn only(tier: Tier) -> Self {
        Self(FAMILIES.map(|one| if one == tier { 1.0 } else { 0.0 })).or_linear()
    }

    fn or_linear(self) -> Self {
        if self.0.iter().sum::<f64>() > 0.0 {
            self
        } else {
            Self::LINEAR
        }
    }

    /// The family with the largest share; of equals the simplest.
    pub(crate) fn strongest(self) -> Tier {
        let mut best = 0;
        for at in 1..FAMILIES.len() {
            if self.0[at] > self.0[best] {
                best = at;
            }
        }
        FAMILIES[best]
    }

    /// The family that answers alone, where one does.
    pub(crate) fn alone(self) -> Option<Tier> {
        let tier = self.strongest();
        (self == Self::only(tier)).then_some(tier)
    }

    /// How evenly they are spread; 0 where one family answers alone.
    pub(crate) fn entropy(self) -> f64 {
        let parts = self.0.iter().filter(|&&share| share > 0.0);
        -parts.map(|share| share * share.ln()).sum::<f64>()
    }
}

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

/// Axes along which members stand apart, one less than there are families.
const AXES: usize = N - 1;

/// The view beside the linear one outside the inputs met: the neural one, which goes on bending. The
/// polynomial turns to the linear view there by itself, and the transformer knows nothing of inputs
/// that it did not meet: they are other views only where there is none better.
fn other_view(exists: [bool; N]) -> [f64; N] {
    match exists {
        [_, _, true, _] => [0.0, 0.0, 1.0, 0.0],
        [_, true, _, _] => [0.0, 1.0, 0.0, 0.0],
        [_, _, _, true] => [0.0, 0.0, 0.0, 1.0],
        _ => [0.0; N],
    }
}

/// Where the middle of an output's members lies among the families, and how far they stand apart.
struct Place {
    inside: [f64; N],
    outside: [f64; N],
    /// Inside, linear against flexible, then each flexible family against the later ones: the
    /// covariance of a pick by shares, split by the law of total covariance.
    apart: [[f64; N]; AXES],
    /// Outside, linear against the other view, so that either lies one standard deviation from
    /// halfway between them.
    far: [[f64; N]; AXES],
}

impl Place {
    fn new(shares: Shares, exists: [bool; N]) -> Self {
        let [_, narx, neural, transformer] = shares.0;
        let rest = neural + transformer;
        let flexible = narx + rest;
        let first = ((1.0 - flexible).max(0.0) / flexible.max(1e-12)).sqrt();
        let second = (narx * rest / flexible.max(1e-12)).sqrt();
        let third = (neural * transformer / rest.max(1e-12)).sqrt();
        let of_rest = [neural, transformer].map(|share| share / rest.max(1e-12));
        let other = other_view(exists);
        let most = flexible.min(OUTSIDE);
        let bends = match [narx, neural, transformer] {
            [_, share, _] if share > 0.0 => [0.0, 0.0, 1.0, 0.0],
            [share, _, _] if share > 0.0 => [0.0, 1.0, 0.0, 0.0],
            [_, _, share] if share > 0.0 => [0.0, 0.0, 0.0, 1.0],
            _ => [0.0, 1.0, 0.0, 0.0],
        };
        let half = OUTSIDE * other.iter().sum::<f64>();
        let outside = PLACES.map(|at| {
            if at == 0 {
                1.0 - most
            } else {
                most * bends[at]
            }
        });
        let far = PLACES.map(|at| if at == 0 { -half } else { half * other[at] });
        Self {
            inside: shares.0,
            outside,
            apart: [
                [
                    -first * flexible,
                    first * narx,
                    first * neural,
                    first * transformer,
                ],
                [0.0, second, -second * of_rest[0], -second * of_rest[1]],
                [0.0, 0.0, third, -third],
            ],
            far: [far, [0.0; N], [0.0; N]],
        }
    }

    fn weights(&self, say: f64) -> [f64; N] {
        PLACES.map(|at| say * self.inside[at] + (1.0 - say) * self.outside[at])
    }

    fn contrasts(&self, say: f64) -> [[f64; N]; AXES] {
        [0, 1, 2]
            .map(|row| PLACES.map(|at| say * self.apart[row][at] + (1.0 - say) * self.far[row][at]))
    }
}

/// The weights where the flexible families have left their ground: what they lose the linear one gets.
fn leaning(weights: [f64; N], firm: f64) -> [f64; N] {
    let whole: f64 = weights.iter().sum();
    let lost = (1.0 - firm) * (whole - weights[0]);
    PLACES.map(|at| {
        if at == 0 {
            weights[0] + lost
        } else {
            firm * weights[at]
        }
    })
}

/// One member's weighted mean over families; a family that broke gives its share to the others.
fn mixed(
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
fn deviation(
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
struct Means {
    plain: f64,
    weighted: f64,
}

impl Means {
    fn of(members: &[&SimOutput], weights: &[f64], cell: usize, spread: f64) -> Self {
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
    fn flexible(means: [Self; N], weights: [f64; N]) -> f64 {
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
    fn settled(means: [Self; N], weights: [f64; N]) -> (f64, [Self; N]) {
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

fn dot(row: [f64; N], values: [f64; N]) -> f64 {
    row.iter().zip(values).map(|(a, b)| a * b).sum()
}

/// A place a member on each of the orthogonal axes, each with mean 0 and sample variance 1 over
/// members: evenly spaced, their squares about the mean, and their cubes less what is even in them.
fn spaced(n_members: usize) -> Vec<[f64; AXES]> {
    let middle = 0.5 * (n_members as f64 - 1.0);
    let line: Vec<f64> = (0..n_members).map(|m| m as f64 - middle).collect();
    let power = |n: i32| line.iter().map(|x| x.powi(n)).sum::<f64>();
    let mean_square = line.iter().map(|x| x * x).sum::<f64>() / n_members.max(1) as f64;
    let bow: Vec<f64> = line.iter().map(|x| x * x - mean_square).collect();
    let slope = power(4) / power(2).max(1e-12);
    let curve: Vec<f64> = line.iter().map(|x| x.powi(3) - slope * x).collect();
    let unit = |axis: &[f64]| {
        let variance = axis.iter().map(|x| x * x).sum::<f64>() / (n_members as f64 - 1.0).max(1.0);
        if variance > 1e-9 {
            variance.sqrt().recip()
        } else {
            0.0
        }
    };
    let axes = [line, bow, curve];
    let sizes = [0, 1, 2].map(|at| unit(&axes[at]));
    (0..n_members)
        .map(|m| [0, 1, 2].map(|at| axes[at][m] * sizes[at]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [bool; N] = [true; N];

    fn near(found: [f64; N], expected: [f64; N]) -> bool {
        found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn places_are_orthogonal_axes_of_unit_variance() {
        for n_members in [3, 4, 5, 8] {
            let places = spaced(n_members);
            // Three members have room for two axes only.
            let n_axes = AXES.min(n_members - 1);
            for axis in 0..n_axes {
                let mean: f64 = places.iter().map(|place| place[axis]).sum();
                let square: f64 = places.iter().map(|place| place[axis].powi(2)).sum();
                assert!(mean.abs() < 1e-9);
                assert!((square / (n_members as f64 - 1.0) - 1.0).abs() < 1e-9);
            }
            for (a, b) in [(0, 1), (0, 2), (1, 2)] {
                let cross: f64 = places.iter().map(|place| place[a] * place[b]).sum();
                assert!(cross.abs() < 1e-9);
            }
        }
        assert!(spaced(1)[0].iter().all(|&x| x == 0.0));
    }

    #[test]
    fn members_vary_as_a_pick_of_a_family_by_its_share_does() {
        let shares = Shares([0.2, 0.3, 0.4, 0.1]);
        let rows = Place::new(shares, ALL).contrasts(1.0);
        for a in PLACES {
            for b in PLACES {
                let found: f64 = rows.iter().map(|row| row[a] * row[b]).sum();
                let own = if a == b { shares.0[a] } else { 0.0 };
                assert!((found - (own - shares.0[a] * shares.0[b])).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_family_alone_stays_where_it_is_inside_and_stands_back_outside() {
        let neural = Shares::only(Tier::Neural);
        let place = Place::new(neural, ALL);
        assert!(place.contrasts(1.0).iter().flatten().all(|&x| x == 0.0));
        assert!(near(place.weights(0.0), [0.5, 0.0, 0.5, 0.0]));
        // Either view lies one standard deviation from the middle.
        assert!(near(place.contrasts(0.0)[0], [-0.5, 0.0, 0.5, 0.0]));
        let linear = Shares::LINEAR;
        let place = Place::new(linear, ALL);
        assert!(near(place.weights(0.0), [1.0, 0.0, 0.0, 0.0]));
        assert!(near(place.contrasts(0.0)[0], [-0.5, 0.0, 0.5, 0.0]));
        // Where there is no other view nothing can be said.
        let place = Place::new(linear, [true, false, false, false]);
        assert!(place.contrasts(0.0).iter().flatten().all(|&x| x == 0.0));
    }

    #[test]
    fn what_flexible_families_lose_the_linear_one_gets() {
        assert!(near(
            leaning([0.25, 0.25, 0.5, 0.0], 1.0),
            [0.25, 0.25, 0.5, 0.0]
        ));
        assert!(near(
            leaning([0.25, 0.25, 0.5, 0.0], 0.2),
            [0.85, 0.05, 0.1, 0.0]
        ));
        let one = |weighted: f64| Means {
            plain: weighted,
            weighted,
        };
        let means = [one(9.0), one(1.0), one(4.0), one(f64::NAN)];
        assert!((Means::flexible(means, [0.0, 0.5, 0.25, 0.25]) - 2.0).abs() < 1e-12);
        assert!(Means::flexible(means, [1.0, 0.0, 0.0, 0.0]).is_nan());
    }

    #[test]
    fn a_family_without_a_word_moves_nothing() {
        let family = |value: f64| Means {
            plain: value,
            weighted: value,
        };
        let means = [family(1.0), family(f64::NAN), family(3.0), family(f64::NAN)];
        let (center, means) = Means::settled(means, [0.5, 0.25, 0.25, 0.0]);
        assert!((center - 5.0 / 3.0).abs() < 1e-12);
        assert!((means[1].weighted - center).abs() < 1e-12);
    }

    #[test]
    fn members_count_by_their_weights() {
        let one = |value: f32| SimOutput {
            mean: vec![value],
            scale: vec![1.0],
        };
        let members = [one(1.0), one(3.0)];
        let members: Vec<&SimOutput> = members.iter().collect();
        let means = Means::of(&members, &[0.75, 0.25], 0, 1.0);
        assert!((means.plain - 2.0).abs() < 1e-12 && (means.weighted - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_broken_family_leaves_its_share_to_the_others() {
        let one = |value: f32| SimOutput {
            mean: vec![value],
            scale: vec![1.0],
        };
        let (linear, narx) = (one(2.0), one(f32::NAN));
        let runs = [vec![&linear], vec![&narx], Vec::new(), Vec::new()];
        let mean = mixed(&runs, [0.5, 0.5, 0.0, 0.0], |one| one.mean[0], 0);
        assert!((mean - 2.0).abs() < 1e-12);
        let weights = [0.5, 0.5, 0.0, 0.0];
        let means = PLACES.map(|at| Means::of(&runs[at], &[], 0, 1.0));
        assert!(deviation(&runs, weights, means, 0, 0).abs() < 1e-12);
        let far: Vec<SimOutput> = [1.0, 1.0, 1.0, 1e9].map(one).into();
        let far: Vec<&SimOutput> = far.iter().collect();
        let means = Means::of(&far, &[0.25; 4], 0, 1.0);
        assert!((means.plain - 1.0).abs() < 1e-12 && (means.weighted - 1.0).abs() < 1e-12);
    }
}
