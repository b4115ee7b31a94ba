//! The products that may become terms, as many as the data and the machine carry.

use super::equation::MAX_DEGREE;
use crate::{base::to_count, model::linear::Term};

/// No more products than this, however many rows there are.
const MOST: usize = 400;
/// Deepest lag of a factor in a product of two or three, counted from the dead time.
pub(super) const DEEPEST: usize = 6;

/// A past value that may be multiplied with others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Factor {
    /// The past value.
    pub(super) term: Term,
    /// 1 for the newest value that counts, 2 for the one before, …
    pub(super) rank: usize,
}

/// Products of factors.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates {
    /// The factors.
    pub(super) factors: Vec<Factor>,
    /// Positions in the list of factors, rising; products of one factor come first.
    pub(super) products: Vec<Vec<usize>>,
}

impl Candidates {
    /// Takes products in the factors' order of priority until there are `n_most`.
    ///
    /// Every factor stands alone; one share of the rest goes to products of two, one to those of
    /// three.
    pub(super) fn new(factors: Vec<Factor>, n_most: usize) -> Self {
        let n_shallow = factors
            .iter()
            .take_while(|factor| factor.rank <= DEEPEST)
            .count();
        let room = n_most.saturating_sub(factors.len());
        let mut products: Vec<Vec<usize>> = (0..factors.len()).map(|at| vec![at]).collect();
        let pairs = |n: usize| n * (n + 1) / 2;
        let triples = |n: usize| n * (n + 1) * (n + 2) / 6;
        let n_pairs = (0..=n_shallow)
            .rev()
            .find(|&n| pairs(n) <= room / 2)
            .unwrap_or(0);
        let rest = room - pairs(n_pairs);
        let n_triples = (0..=n_pairs).rev().find(|&n| triples(n) <= rest);
        for a in 0..n_pairs {
            products.extend((a..n_pairs).map(|b| vec![a, b]));
        }
        let n_triples = n_triples.unwrap_or(0);
        for a in 0..n_triples {
            for b in a..n_triples {
                products.extend((b..n_triples).map(|c| vec![a, b, c]));
            }
        }
        Self { factors, products }
    }

    /// A product as past values.
    pub(super) fn terms(&self, product: usize) -> Vec<Term> {
        let places = self.products[product].iter();
        places.map(|&at| self.factors[at].term).collect()
    }

    /// The greatest rank in a product.
    pub(super) fn rank(&self, product: usize) -> usize {
        let places = self.products[product].iter();
        places.map(|&at| self.factors[at].rank).max().unwrap_or(0)
    }

    /// The deepest lag of all.
    pub(super) fn deepest(&self) -> usize {
        let lags = self.factors.iter().map(|factor| factor.term.lag);
        lags.max().unwrap_or(0)
    }

    /// Writes the value of every product at a step.
    pub(super) fn values(&self, columns: &[Vec<f64>], step: usize, out: &mut Vec<f64>) {
        let past = |at: usize| {
            let term = self.factors[at].term;
            columns[term.source][step - term.lag]
        };
        let first = out.len();
        out.extend((0..self.factors.len()).map(past));
        for product in &self.products[self.factors.len()..] {
            let value = product.iter().map(|&at| out[first + at]).product();
            out.push(value);
        }
    }
}

/// How many products so many rows carry, where normal equations may cost `work` multiply-adds.
pub(super) fn budget(n_rows: usize, work: f64) -> usize {
    // Ten rows a product at least are looked at, so the cost is ten times the cube.
    let affordable = to_count((work / 10.0).cbrt());
    affordable.min(n_rows / 2).clamp(MAX_DEGREE, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(n: usize) -> Vec<Factor> {
        let factor = |source| Factor {
            term: Term { source, lag: 1 },
            rank: 1,
        };
        (0..n).map(factor).collect()
    }

    #[test]
    fn many_channels_never_cost_more_products_than_the_budget() {
        for n in [1, 4, 30, 300] {
            let candidates = Candidates::new(factors(n), 200);
            assert!(candidates.products.len() <= 200.max(n), "{n}");
        }
        assert_eq!(Candidates::new(factors(2), 200).products.len(), 2 + 3 + 4);
    }

    #[test]
    fn the_budget_follows_rows_and_work() {
        assert_eq!(budget(100, 1e12), 50);
        assert_eq!(budget(100_000, 1e12), MOST);
        assert_eq!(budget(100_000, 1e7), 100);
    }
}
