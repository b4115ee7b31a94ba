//! Orthogonal forward regression on free runs: the next term is the one whose slope explains most
//! of what the run still errs, orthogonal to the slopes of the terms already taken.
//!
//! Selection on single steps prefers whatever copies the last measured value, noise included; here
//! every candidate is filtered by the run's own dynamics first. Compare the pruning by simulated
//! error of Piroddi and Spinelli 2003.

use nalgebra::DMatrix;

use super::{
    equation::Polynomial,
    refine::{MAX_WORK, Material, Slopes, linearize, refine_member, thinned, windows_of},
    run::Compiled,
};
use crate::model::linear::Term;

/// Most products of two slopes that one look at all candidates may cost.
const LOOK_WORK: usize = 40_000_000;
/// A slope with less than this share left is a copy of those taken.
const COPY: f64 = 1e-6;
/// A term that explains less of the error than this is none.
const LEAST: f64 = 1e-3;

/// What growth works with.
pub(super) struct Soil<'a> {
    /// The recordings.
    pub(super) material: &'a Material<'a>,
    /// What may be added.
    pub(super) candidates: Vec<Vec<Term>>,
}

impl Soil<'_> {
    /// The member with the best candidate added and refined; `None` where none brings anything.
    /// Those in `banned` are passed over.
    pub(super) fn grow(
        &self,
        polynomial: &Polynomial,
        place: (usize, usize),
        banned: &[Vec<Term>],
    ) -> Option<Polynomial> {
        let term = self.next_term(polynomial, place, banned)?;
        let mut grown = polynomial.clone();
        grown.coef.insert(grown.products.len(), 0.0);
        grown.products.push(term);
        let windows = windows_of(self.material, &grown.products, place);
        let windows = thinned(&windows, grown.coef.len(), MAX_WORK);
        let target = (place.0, &self.material.limits[place.0]);
        refine_member(&mut grown, &windows, target);
        Some(grown)
    }

    fn next_term(
        &self,
        polynomial: &Polynomial,
        place: (usize, usize),
        banned: &[Vec<Term>],
    ) -> Option<Vec<Term>> {
        let n_now = polynomial.products.len();
        let taken = |one: &&Vec<Term>| polynomial.products.contains(one) || banned.contains(one);
        let free = self.candidates.iter().filter(|one| !taken(one));
        let mut products = polynomial.products.clone();
        products.extend(free.cloned());
        // Candidates stand in the run with nothing: their slopes are what they could bring.
        let mut coef = vec![0.0; products.len() + 1];
        coef[..n_now].copy_from_slice(&polynomial.coef[..n_now]);
        coef[products.len()] = polynomial.coef[n_now];
        let windows = windows_of(self.material, &products, place);
        let windows = thinned(&windows, coef.len(), LOOK_WORK);
        let target = (place.0, &self.material.limits[place.0]);
        let slopes = linearize(&Compiled::new(&products), &coef, &windows, target)?;
        let best = best_of(&slopes, n_now)?;
        Some(products.swap_remove(n_now + best))
    }
}

/// The candidate that explains most of the error; those before `n_now` and the bias are taken.
fn best_of(slopes: &Slopes, n_now: usize) -> Option<usize> {
    let n = slopes.left.nrows();
    let mut taken: Vec<usize> = (0..n_now).collect();
    taken.push(n - 1);
    let unit: Vec<f64> = (0..n)
        .map(|at| slopes.left[(at, at)].sqrt().max(1e-150))
        .collect();
    let entry = |row: usize, column: usize| {
        let own = if row == column { 1e-9 } else { 0.0 };
        slopes.left[(row, column)] / (unit[row] * unit[column]) + own
    };
    let own = DMatrix::from_fn(taken.len(), taken.len(), |row, column| {
        entry(taken[row], taken[column])
    });
    let n_free = n - 1 - n_now;
    let cross = DMatrix::from_fn(taken.len(), n_free, |row, column| {
        entry(taken[row], n_now + column)
    });
    let right = DMatrix::from_fn(taken.len(), 1, |row, _| {
        slopes.right[taken[row]] / unit[taken[row]]
    });
    let lower = own.cholesky()?.l();
    let cross = lower.solve_lower_triangular(&cross)?;
    let right = lower.solve_lower_triangular(&right)?;
    let mut best = (LEAST * slopes.cost, None);
    for free in 0..n_free {
        let at = n_now + free;
        let left = 1.0 - cross.column(free).norm_squared();
        if left < COPY || !left.is_finite() {
            continue;
        }
        let with = slopes.right[at] / unit[at] - cross.column(free).dot(&right.column(0));
        let explained = with * with / left;
        if explained > best.0 {
            best = (explained, Some(free));
        }
    }
    best.1
}
