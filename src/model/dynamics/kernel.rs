//! The inner loops: small matrix products over lanes, fast `exp`, `ln` and `tanh`.
//!
//! Arrays are `[unit][lane]`, lanes contiguous and a multiple of [`CHUNK`], so that the compiler
//! vectorises the loops. They are compiled for several widths of the processor's registers, see
//! [`super::wide::on_widest`]. No width changes a bit: each lane's sum is taken in the same order,
//! sums over lanes always keep [`CHUNK`] partial sums, and no product is fused with a sum.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use std::sync::atomic::{Ordering, compiler_fence};

use super::wide::{Work, on_widest};

/// Lanes taken at once, and partial sums of a sum over lanes.
pub(super) const CHUNK: usize = 16;

/// Rounds a number of lanes up.
pub(super) fn padded(n_lanes: usize) -> usize {
    n_lanes.max(1).div_ceil(CHUNK) * CHUNK
}

/// `output = base + weight * input`.
///
/// # Shapes
///
/// - `weight`: `[R, C]`
/// - `input`: `[C, N]`
/// - `base`, `output`: `[R, N]`
pub(super) fn affine(
    weight: &[f32],
    input: &[f32],
    base: &[f32],
    output: &mut [f32],
    n_lanes: usize,
) {
    on_widest(Affine {
        weight,
        input,
        base,
        output,
        n_lanes,
    });
}

/// A unit of its own, as [`Outer`] is: inside a whole free run the compiler leaves its sums in
/// memory or not as the rest of the crate falls, which doubled the time of a step.
struct Affine<'a> {
    weight: &'a [f32],
    input: &'a [f32],
    base: &'a [f32],
    output: &'a mut [f32],
    n_lanes: usize,
}

impl Work for Affine<'_> {
    type Out = ();

    /// `R` > 2 says that registers are many and wide.
    #[inline(always)]
    fn run<const R: usize>(self) {
        let Self { input, n_lanes, .. } = self;
        let n_cols = (input.len() / n_lanes).max(1);
        let outputs = self.output.chunks_mut(4 * n_lanes);
        let parts = outputs.zip(self.base.chunks(4 * n_lanes));
        for ((output, base), weight) in parts.zip(self.weight.chunks(4 * n_cols)) {
            match weight.len() / n_cols {
                4 => rows::<4, R>(weight, input, base, output, n_lanes),
                3 => rows::<3, R>(weight, input, base, output, n_lanes),
                2 => rows::<2, R>(weight, input, base, output, n_lanes),
                _ => rows::<1, R>(weight, input, base, output, n_lanes),
            }
        }
    }
}

#[inline(always)]
fn rows<const N: usize, const R: usize>(
    weight: &[f32],
    input: &[f32],
    base: &[f32],
    output: &mut [f32],
    n_lanes: usize,
) {
    let mut lane = 0;
    while R > 2 && lane + 64 <= n_lanes {
        tile::<N, 64>(weight, input, base, output, [n_lanes, lane]);
        lane += 64;
    }
    while lane < n_lanes {
        tile::<N, CHUNK>(weight, input, base, output, [n_lanes, lane]);
        lane += CHUNK;
    }
}

/// All columns for `R` rows and `W` lanes, whose sums stay in registers: an iterator over them would
/// take their address where it is not inlined.
#[inline(always)]
fn tile<const R: usize, const W: usize>(
    weight: &[f32],
    input: &[f32],
    base: &[f32],
    output: &mut [f32],
    [n_lanes, lane]: [usize; 2],
) {
    let n_cols = input.len() / n_lanes;
    let weights = columns::<R>(weight, n_cols);
    let mut sums = [[0.0_f32; W]; R];
    for row in 0..R {
        sums[row].copy_from_slice(&base[row * n_lanes + lane..][..W]);
    }
    for (col, values) in input.chunks_exact(n_lanes).enumerate() {
        // Costs nothing, but keeps the compiler from vectorising over columns, which lie far apart.
        compiler_fence(Ordering::SeqCst);
        let Some(values) = values[lane..].first_chunk::<W>() else {
            continue;
        };
        for row in 0..R {
            let weight = weights[row][col];
            for at in 0..W {
                sums[row][at] += weight * values[at];
            }
        }
    }
    for row in 0..R {
        output[row * n_lanes + lane..][..W].copy_from_slice(&sums[row]);
    }
}

/// The first rows of `[C, N]`.
#[inline(always)]
fn columns<const C: usize>(input: &[f32], n: usize) -> [&[f32]; C] {
    let mut columns: [&[f32]; C] = [&[]; C];
    for (at, column) in columns.iter_mut().enumerate() {
        *column = &input[at * n..][..n];
    }
    columns
}

/// One side of a sum of products over steps and lanes: rows of `[T, rows of a step, N]`.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    /// The array.
    pub(super) values: &'a [f32],
    /// Rows of a step.
    pub(super) n_step: usize,
    /// The first row that counts.
    pub(super) first: usize,
    /// How many rows count.
    pub(super) n_rows: usize,
}

impl<'a> Side<'a> {
    /// An array of one step that counts as a whole.
    pub(super) fn whole(values: &'a [f32], n_lanes: usize) -> Self {
        let n_rows = values.len() / n_lanes;
        Self {
            values,
            n_step: n_rows,
            first: 0,
            n_rows,
        }
    }
}

/// `wide += left * rightᵀ` over all steps, the sum over lanes left open in [`CHUNK`] partial sums.
///
/// # Shapes
///
/// - `wide`: `[left rows, right rows, CHUNK]`
pub(super) fn outer_add(left: Side<'_>, right: Side<'_>, wide: &mut [f32], n_lanes: usize) {
    on_widest(Outer {
        left,
        right,
        wide,
        n_lanes,
    });
}

struct Outer<'a> {
    left: Side<'a>,
    right: Side<'a>,
    wide: &'a mut [f32],
    n_lanes: usize,
}

impl Work for Outer<'_> {
    type Out = ();

    /// `R` rows and columns stay in registers.
    #[inline(always)]
    fn run<const R: usize>(self) {
        let Self {
            left,
            right,
            wide,
            n_lanes,
        } = self;
        let mut row = 0;
        while row < left.n_rows {
            let full = row + R <= left.n_rows;
            let mut col = 0;
            // One row and four columns are what sixteen registers of eight numbers hold.
            while R == 1 && col + 4 <= right.n_rows {
                outer_tile::<1, 4>(left, right, wide, n_lanes, [row, col]);
                col += 4;
            }
            while col < right.n_rows {
                let at = [row, col];
                match (full, col + R <= right.n_rows) {
                    (true, true) => outer_tile::<R, R>(left, right, wide, n_lanes, at),
                    (true, false) => outer_tile::<R, 1>(left, right, wide, n_lanes, at),
                    (false, true) => outer_tile::<1, R>(left, right, wide, n_lanes, at),
                    (false, false) => outer_tile::<1, 1>(left, right, wide, n_lanes, at),
                }
                col += if col + R <= right.n_rows { R } else { 1 };
            }
            row += if full { R } else { 1 };
        }
    }
}

#[inline(always)]
fn outer_tile<const A: usize, const B: usize>(
    left: Side<'_>,
    right: Side<'_>,
    wide: &mut [f32],
    n_lanes: usize,
    [row, col]: [usize; 2],
) {
    let mut sums = [[[0.0_f32; CHUNK]; B]; A];
    let start = |a: usize| ((row + a) * right.n_rows + col) * CHUNK;
    for a in 0..A {
        let from = wide[start(a)..].as_chunks::<CHUNK>().0;
        sums[a].copy_from_slice(&from[..B]);
    }
    let n_chunks = n_lanes / CHUNK;
    let steps = left.values.chunks_exact(left.n_step * n_lanes);
    for (left_step, right_step) in steps.zip(right.values.chunks_exact(right.n_step * n_lanes)) {
        let lefts = chunk_rows::<A>(left_step, left.first + row, n_chunks);
        let rights = chunk_rows::<B>(right_step, right.first + col, n_chunks);
        for at in 0..n_chunks {
            compiler_fence(Ordering::SeqCst);
            for a in 0..A {
                let left = &lefts[a][at];
                for b in 0..B {
                    let right = &rights[b][at];
                    for lane in 0..CHUNK {
                        sums[a][b][lane] += left[lane] * right[lane];
                    }
                }
            }
        }
    }
    for a in 0..A {
        wide[start(a)..].as_chunks_mut::<CHUNK>().0[..B].copy_from_slice(&sums[a]);
    }
}

/// Some rows of a step in chunks.
#[inline(always)]
fn chunk_rows<const R: usize>(step: &[f32], first: usize, n_chunks: usize) -> [&[[f32; CHUNK]]; R] {
    let all = step.as_chunks::<CHUNK>().0;
    let mut rows: [&[[f32; CHUNK]]; R] = [&[]; R];
    for (at, row) in rows.iter_mut().enumerate() {
        *row = &all[(first + at) * n_chunks..][..n_chunks];
    }
    rows
}

/// `output = op(output, input)`, element by element.
pub(super) fn update(output: &mut [f32], input: &[f32], op: impl Fn(f32, f32) -> f32) {
    on_widest(Update { output, input, op });
}

struct Update<'a, F> {
    output: &'a mut [f32],
    input: &'a [f32],
    op: F,
}

impl<F: Fn(f32, f32) -> f32> Work for Update<'_, F> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        for (output, input) in self.output.iter_mut().zip(self.input) {
            *output = (self.op)(*output, *input);
        }
    }
}

/// Fills `[R, N]` with one number a row.
pub(super) fn broadcast(bias: &[f32], output: &mut [f32], n_lanes: usize) {
    for (row, value) in output.chunks_exact_mut(n_lanes).zip(bias) {
        row.fill(*value);
    }
}

/// The sum of the partial sums, always halves first.
#[inline(always)]
pub(super) fn close(mut sums: [f32; CHUNK]) -> f32 {
    let mut width = CHUNK / 2;
    while width > 0 {
        for at in 0..width {
            sums[at] += sums[at + width];
        }
        width /= 2;
    }
    sums[0]
}

/// Adds to each output the sum of the next `n` numbers, `n` a multiple of [`CHUNK`].
pub(super) fn fold(wide: &[f32], n: usize, output: &mut [f32]) {
    for (total, part) in output.iter_mut().zip(wide.chunks_exact(n)) {
        let mut sums = [0.0; CHUNK];
        for piece in part.as_chunks::<CHUNK>().0 {
            for (sum, value) in sums.iter_mut().zip(piece) {
                *sum += value;
            }
        }
        *total += close(sums);
    }
}

/// `e^x` for |x| ≤ 80, to about 2e-7 relative: a power of two times a polynomial.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5·2^23 leaves the rounded number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let power = x.clamp(-80.0, 80.0) * std::f32::consts::LOG2_E;
    let shifted = power + ROUND;
    let frac = (power - (shifted - ROUND)) * std::f32::consts::LN_2;
    let scale = f32::from_bits(
        shifted
            .to_bits()
            .wrapping_sub(ROUND.to_bits())
            .wrapping_add(127)
            << 23,
    );
    let tail = 1.0 / 6.0 + frac * (1.0 / 24.0 + frac * (1.0 / 120.0 + frac * (1.0 / 720.0)));
    scale * (1.0 + frac * (1.0 + frac * (0.5 + frac * tail)))
}

/// `ln x` for normal positive numbers, to 3e-7 of the larger of 1 and itself.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // x = 2^power · m with m between √½ and √2.
    const ROOT: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_sub(ROOT);
    let power = (shifted.cast_signed() >> 23) as f32;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(ROOT));
    // ln m = 2 artanh s.
    let s = (m - 1.0) / (m + 1.0);
    let q = s * s;
    let series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0))));
    power * std::f32::consts::LN_2 + 2.0 * s * series
}

/// `tanh` of every element, to 1e-6.
pub(super) fn tanh_in_place(values: &mut [f32]) {
    on_widest(Tanh { values });
}

struct Tanh<'a> {
    values: &'a mut [f32],
}

impl Work for Tanh<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        for value in self.values {
            let doubled = (2.0 * *value).clamp(-18.0, 18.0);
            *value = 1.0 - 2.0 / (exp(doubled) + 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_exp_and_ln_agree_with_the_standard_library() {
        for step in -4000..4000 {
            let x = step as f32 * 0.005;
            let mut fast = [x];
            tanh_in_place(&mut fast);
            assert!((fast[0] - x.tanh()).abs() < 1e-6, "tanh {x}");
            assert!((exp(x) / x.exp() - 1.0).abs() < 3e-6, "exp {x}");
            let y = x.exp();
            assert!(
                (ln(y) - y.ln()).abs() < 3e-7 * y.ln().abs().max(1.0),
                "ln {y}"
            );
        }
    }

    #[test]
    fn products_agree_with_plain_loops_and_no_width_changes_a_bit() {
        for (n, n_rows, n_cols) in [
            (16, 1, 1),
            (16, 5, 3),
            (112, 9, 6),
            (64, 7, 11),
            (32, 3, 21),
        ] {
            let number = |i: usize| (i as f32 * 0.7).sin();
            let weight: Vec<f32> = (0..n_rows * n_cols).map(number).collect();
            let input: Vec<f32> = (0..n_cols * n).map(|i| number(3 * i + 1)).collect();
            let base = vec![0.5; n_rows * n];
            let [mut output, mut other] = [(); 2].map(|()| vec![0.0; n_rows * n]);
            let affine_by = |output| Affine {
                weight: &weight,
                input: &input,
                base: &base,
                output,
                n_lanes: n,
            };
            affine_by(&mut output).run::<1>();
            affine_by(&mut other).run::<4>();
            assert!(output == other);
            affine(&weight, &input, &base, &mut other, n);
            assert!(output == other);
            let wides = [(); 4].map(|()| vec![0.0; n_rows * n_cols * CHUNK]);
            let [mut wide, mut two, mut four, mut widest] = wides;
            let outer_by = |wide| Outer {
                left: Side::whole(&output, n),
                right: Side::whole(&input, n),
                wide,
                n_lanes: n,
            };
            outer_by(&mut wide).run::<1>();
            outer_by(&mut two).run::<2>();
            outer_by(&mut four).run::<4>();
            on_widest(outer_by(&mut widest));
            assert!(wide == two && wide == four && wide == widest);
            let mut outer = vec![0.0; n_rows * n_cols];
            fold(&wide, CHUNK, &mut outer);
            for row in 0..n_rows {
                for lane in 0..n {
                    let sum: f32 = (0..n_cols)
                        .map(|col| weight[row * n_cols + col] * input[col * n + lane])
                        .sum();
                    assert!((output[row * n + lane] - sum - 0.5).abs() < 1e-5);
                }
                for col in 0..n_cols {
                    let sum: f32 = (0..n)
                        .map(|lane| output[row * n + lane] * input[col * n + lane])
                        .sum();
                    assert!((outer[row * n_cols + col] - sum).abs() < 1e-4);
                }
            }
        }
    }
}
