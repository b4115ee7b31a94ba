//! What one output's terms are chosen from, and in which ways.

use super::{
    candidates::{Candidates, DEEPEST},
    equation::Polynomial,
    forward::Correlations,
};
use crate::model::linear::Equation;

/// Ridge strengths in units of a term's own variance, weakest first.
pub(super) const RIDGES: [f64; 3] = [1e-7, 1e-4, 1e-2];
/// Deepest lag of a term that stands alone, counted from the dead time.
pub(super) const DEEPEST_ALONE: usize = 12;

/// Which candidates forward regression may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Greatest rank in products of two or three.
    pub(super) rank: usize,
    /// Greatest number of factors.
    pub(super) degree: usize,
    /// Whether all plain terms up to the rank are taken first.
    pub(super) is_forced: bool,
    /// Greatest rank of plain terms.
    pub(super) alone: usize,
}

/// What one output's terms are chosen from.
pub(super) struct Desk<'a> {
    pub(super) output: usize,
    /// What takes over outside of the range met.
    pub(super) outside: &'a [Polynomial],
    pub(super) candidates: &'a Candidates,
    /// As each member sees them.
    pub(super) correlations: &'a [Correlations],
}

impl Desk<'_> {
    /// The products that a kind allows, and those it takes first.
    pub(super) fn pools(&self, kind: Kind) -> (Vec<usize>, Vec<usize>) {
        let rank = |at: usize| self.candidates.rank(at);
        let degree = |at: usize| self.candidates.products[at].len();
        let all = 0..self.candidates.products.len();
        let allowed: Vec<usize> = all
            .filter(|&at| match degree(at) {
                1 => rank(at) <= kind.alone,
                other => other <= kind.degree && rank(at) <= kind.rank,
            })
            .collect();
        let plain = allowed.iter().copied().filter(|&at| degree(at) == 1);
        let forced = if kind.is_forced {
            plain.collect()
        } else {
            Vec::new()
        };
        (allowed, forced)
    }

    /// Each member's polynomial with the first terms of its order; `None` where the rows do not
    /// carry so many.
    pub(super) fn members(
        &self,
        orders: &[Vec<usize>],
        size: usize,
        strength: f64,
    ) -> Option<Vec<Polynomial>> {
        let ridge = |at: usize| {
            let product = self.candidates.terms(at);
            let is_past = product.len() == 1 && product[0].source == self.output;
            if is_past { RIDGES[0] } else { strength }
        };
        let member = |(one, order): (&Correlations, &Vec<usize>)| {
            let picks = &order[..size.min(order.len())];
            Some(Polynomial {
                coef: one.solve(picks, ridge)?,
                products: picks.iter().map(|&at| self.candidates.terms(at)).collect(),
            })
        };
        self.correlations.iter().zip(orders).map(member).collect()
    }
}

/// What forward regression is tried with, from simple to complex.
pub(super) fn kinds(linear: &Equation, n_obs: usize) -> Vec<Kind> {
    // As deep as the linear equation looks back on its own output.
    let own = linear.terms.iter().filter(|term| term.source < n_obs);
    let deepest = own.map(|term| term.lag).max().unwrap_or(1);
    let deepest = deepest.clamp(2, DEEPEST_ALONE);
    let mut kinds = Vec::new();
    for rank in 1..=DEEPEST.min(deepest.max(4)) {
        let mut plain = vec![(true, rank), (false, rank)];
        if deepest > rank {
            plain.push((false, deepest));
        }
        for (is_forced, alone) in plain {
            kinds.extend([2, 3].map(|degree| Kind {
                rank,
                degree,
                is_forced,
                alone,
            }));
        }
    }
    kinds
}
