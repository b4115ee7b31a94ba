//! Equations in which every output looks at the past of all: found by least squares, refined together.

use super::{
    equation::{Equation, Term},
    fit::{Bounds, Ground, MARGIN},
    gram::{Gram, Ridge},
    together::refine_together,
};
use crate::{
    base::{StopToken, Stopped},
    model::rails::FREE,
};

/// Orders.
const ORDERS: [usize; 4] = [1, 2, 3, 4];
/// Longer ones, which hold noisy loops: with many coefficients each.
const LONG_ORDERS: [usize; 2] = [6, 8];
/// They must be better by this factor.
const LONG_MARGIN: f64 = 0.97;
/// Ridge strengths on inputs.
const RIDGES: [f64; 2] = [1e-2, 1e-4];

/// One equation an output, and the left-out error of each.
pub(super) type ScoredSet = (Vec<Equation>, Vec<f64>);

/// Some outputs, and normal equations with them on the left side.
type JointGrams = Vec<(Vec<usize>, Gram)>;

/// What a set of equations errs in all.
fn total(set: &ScoredSet) -> f64 {
    set.1.iter().map(|one| one.min(10.0)).sum()
}

/// The lesser of what is held and a new one, which has to be better by a factor.
fn lesser(held: Option<ScoredSet>, new: ScoredSet, margin: f64) -> Option<ScoredSet> {
    match held {
        Some(held) if total(&new) >= margin * total(&held) => Some(held),
        _ => Some(new).filter(|new| total(new).is_finite()),
    }
}

impl Ground<'_> {
    /// The best set, if any; from few lags to many, of which more have to be a gain.
    pub(super) fn fit_joint(&self, stop: &StopToken) -> Result<Option<ScoredSet>, Stopped> {
        let (n_obs, n_in) = (self.prepared.n_obs, self.prepared.n_in);
        let affordable = (160 / (n_obs + n_in)).min(self.max_lag);
        if n_obs < 2 {
            return Ok(None);
        }
        let uses = (0..n_obs).map(|output| self.uses_of_bounds(output).count());
        let n_uses = uses.max().unwrap_or(1);
        let mut best: Option<ScoredSet> = None;
        for (orders, margin) in [(ORDERS.as_slice(), MARGIN), (&LONG_ORDERS, LONG_MARGIN)] {
            let orders = orders.iter().copied().filter(|&order| order <= affordable);
            let Some(deepest) = orders.clone().max() else {
                continue;
            };
            let uses = [Bounds::Counted, Bounds::LeftOut].into_iter().take(n_uses);
            let grams: Vec<JointGrams> = uses
                .filter_map(|bounds| self.joint_grams(deepest, bounds))
                .collect();
            for order in orders {
                let mut found = None;
                for (grams, ridge) in grams
                    .iter()
                    .flat_map(|one| RIDGES.map(|ridge| (one, ridge)))
                {
                    stop.check()?;
                    let picks: Vec<usize> = (0..order * (n_obs + n_in)).collect();
                    if let Some(equations) = self.joint_equations(grams, &picks, ridge) {
                        let scores = self.score(&equations, usize::MAX);
                        found = lesser(found, (equations, scores), MARGIN);
                    }
                }
                let Some(mut found) = found else {
                    continue;
                };
                stop.check()?;
                refine_together(self, &mut found);
                best = lesser(best, found, margin);
            }
        }
        Ok(best)
    }

    /// Normal equations with the past of all outputs and inputs, one for each output that has rows
    /// of its own to leave out and one for the others; `None` where there are too few rows.
    fn joint_grams(&self, deepest: usize, bounds: Bounds) -> Option<JointGrams> {
        let (n_obs, n_in) = (self.prepared.n_obs, self.prepared.n_in);
        let mut terms = Vec::new();
        for lag in 1..=deepest {
            terms.extend((0..n_obs).map(|source| Term { source, lag }));
            terms.extend((0..n_in).map(|input| Term {
                source: n_obs + input,
                lag: lag - 1,
            }));
        }
        let is_apart =
            |&output: &usize| bounds == Bounds::LeftOut && self.prepared.rails[output] != FREE;
        let (apart, shared): (Vec<usize>, Vec<usize>) = (0..n_obs).partition(is_apart);
        let groups = apart.into_iter().map(|output| vec![output]);
        let groups = groups.chain((!shared.is_empty()).then_some(shared));
        let grams = groups.map(|targets| {
            let gram = self.gram(terms.clone(), &targets, true, bounds);
            (gram.n_rows() >= 200.0).then_some((targets, gram))
        });
        grams.collect()
    }

    fn joint_equations(
        &self,
        grams: &JointGrams,
        picks: &[usize],
        ridge: f64,
    ) -> Option<Vec<Equation>> {
        let n_folds = self.prepared.folds.len();
        let ridge = Ridge {
            inputs: ridge,
            n_obs: self.prepared.n_obs,
        };
        let mut equations = Vec::with_capacity(self.prepared.n_obs);
        for (targets, gram) in grams {
            for (target, &output) in targets.iter().enumerate() {
                let coef: Option<Vec<Vec<f64>>> = (0..n_folds)
                    .map(|fold| gram.solve(fold, picks, target, ridge))
                    .collect();
                equations.push(Equation {
                    output,
                    terms: picks.iter().map(|&at| gram.terms[at]).collect(),
                    coef: coef?,
                    gain: 1.0,
                });
            }
        }
        equations.sort_by_key(|equation| equation.output);
        self.all_stable(&mut equations).then_some(equations)
    }
}
