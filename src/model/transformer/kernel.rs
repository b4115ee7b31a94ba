//! The inner loops: products of row-major matrices whose rows may lie apart.
//!
//! Every sum is taken in one order whatever rows and columns are taken together, and no product is
//! fused with a sum, so that a row's result depends neither on its neighbours nor on the width of
//! the processor's registers.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use std::sync::atomic::{Ordering, compiler_fence};

use crate::model::dynamics::{Work, on_widest};

/// Columns taken at once.
pub(super) const WIDE: usize = 16;

/// A matrix whose rows lie `step` numbers apart.
#[derive(Clone, Copy)]
pub(super) struct Mat<'a> {
    /// The numbers.
    pub(super) values: &'a [f32],
    /// From one row to the next.
    pub(super) step: usize,
}

impl<'a> Mat<'a> {
    /// A matrix whose rows lie `step` numbers apart.
    pub(super) fn new(values: &'a [f32], step: usize) -> Self {
        Self { values, step }
    }
}

struct Product<'a> {
    /// Rows of the result are made of its numbers `steps[0]` apart, each sum of those `steps[1]` apart.
    left: &'a [f32],
    steps: [usize; 2],
    right: Mat<'a>,
    result: &'a mut [f32],
    step: usize,
    size: [usize; 3],
}

impl Work for Product<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(mut self) {
        let n_rows = self.size[0];
        let mut row = 0;
        while row + 4 <= n_rows {
            columns::<4, R>(&mut self, row);
            row += 4;
        }
        while row < n_rows {
            columns::<1, R>(&mut self, row);
            row += 1;
        }
    }
}

/// `result = left · right`.
///
/// # Shapes
///
/// - `size`: `[N, K, E]`; left `[N, K]`, right `[K, E]`, result `[N, E]` with rows `step` apart
pub(super) fn product(
    left: Mat<'_>,
    right: Mat<'_>,
    (result, step): (&mut [f32], usize),
    size: [usize; 3],
) {
    on_widest(Product {
        left: left.values,
        steps: [left.step, 1],
        right,
        result,
        step,
        size,
    });
}

/// `result = leftᵀ · right`.
///
/// # Shapes
///
/// - `size`: `[N, K, E]`; left `[K, N]`, right `[K, E]`, result `[N, E]` with rows `step` apart
pub(super) fn turned_product(
    left: Mat<'_>,
    right: Mat<'_>,
    (result, step): (&mut [f32], usize),
    size: [usize; 3],
) {
    on_widest(Product {
        left: left.values,
        steps: [1, left.step],
        right,
        result,
        step,
        size,
    });
}

#[inline(always)]
fn columns<const N: usize, const R: usize>(work: &mut Product<'_>, row: usize) {
    let n_cols = work.size[2];
    let mut col = 0;
    while R > 2 && col + 4 * WIDE <= n_cols {
        tile::<N, { 4 * WIDE }>(work, row, col);
        col += 4 * WIDE;
    }
    while col + WIDE <= n_cols {
        tile::<N, WIDE>(work, row, col);
        col += WIDE;
    }
    while col + 4 <= n_cols {
        tile::<N, 4>(work, row, col);
        col += 4;
    }
    while col < n_cols {
        tile::<N, 1>(work, row, col);
        col += 1;
    }
}

/// `N` rows and `W` columns, whose sums stay in registers: by numbers where they are summed, because an
/// iterator that is not inlined would take their address.
///
/// Both products share it, so that the compiler never knows that the left numbers of one lie side by
/// side: it would take them for a vector, which is several times slower.
#[inline(always)]
fn tile<const N: usize, const W: usize>(work: &mut Product<'_>, row: usize, col: usize) {
    let mut sums = [[0.0_f32; W]; N];
    let mut lefts: [&[f32]; N] = [&[]; N];
    for (n, left) in lefts.iter_mut().enumerate() {
        *left = &work.left[(row + n) * work.steps[0]..];
    }
    for at in 0..work.size[1] {
        // Costs nothing, but keeps the compiler from vectorising over rows, which lie far apart.
        compiler_fence(Ordering::SeqCst);
        let right: &[f32; W] = match work.right.values[at * work.right.step + col..].first_chunk() {
            Some(right) => right,
            None => continue,
        };
        for n in 0..N {
            let left = lefts[n][at * work.steps[1]];
            for w in 0..W {
                sums[n][w] += left * right[w];
            }
        }
    }
    for (n, sum) in sums.iter().enumerate() {
        let from = (row + n) * work.step + col;
        work.result[from..from + W].copy_from_slice(sum);
    }
}

/// The other way round: `[N, E]` with rows `step` apart to `[E, N]` with rows `wide` apart.
pub(super) fn transpose(from: Mat<'_>, [n_rows, n_cols]: [usize; 2], wide: usize) -> Vec<f32> {
    let mut out = vec![0.0; n_cols * wide];
    for row in 0..n_rows {
        let values = &from.values[row * from.step..][..n_cols];
        for (col, value) in values.iter().enumerate() {
            out[col * wide + row] = *value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream, to_f32};

    #[test]
    fn products_agree_with_plain_sums_and_a_row_does_not_depend_on_its_neighbours() {
        let mut draws = Stream::new(1, Purpose::Test, &[4]).draws();
        for [n, k, e] in [[1, 1, 1], [3, 5, 2], [13, 7, 37], [24, 33, 16]] {
            let mut random = |count: usize| -> Vec<f32> {
                (0..count)
                    .map(|_| to_f32(draws.between(-1.0, 1.0)))
                    .collect()
            };
            let (left, right) = (random(n * k), random(k * e));
            let mut found = vec![9.0; n * e];
            let mats = (Mat::new(&left, k), Mat::new(&right, e));
            product(mats.0, mats.1, (&mut found, e), [n, k, e]);
            for row in 0..n {
                for col in 0..e {
                    let mut sum = 0.0;
                    for at in 0..k {
                        sum += left[row * k + at] * right[at * e + col];
                    }
                    assert_eq!(found[row * e + col].to_bits(), sum.to_bits());
                }
            }
            let turned = transpose(Mat::new(&left, k), [n, k], n);
            let mut again = vec![1.0; n * e];
            let mats = (Mat::new(&turned, n), Mat::new(&right, e));
            turned_product(mats.0, mats.1, (&mut again, e), [n, k, e]);
            for (a, b) in again.iter().zip(&found) {
                assert_eq!(a.to_bits(), b.to_bits());
            }
        }
    }
}
