//! The inner loops: small matrix products over lanes, fast `exp` and `tanh`.
//!
//! Arrays are `[unit][lane]`, lanes contiguous and a multiple of [`CHUNK`], so that a compiler
//! without special flags vectorises them. Each lane's sum is taken in the same order whatever
//! its neighbours are, which makes results independent of the batch.

/// Lanes taken at once.
pub(super) const CHUNK: usize = 8;

/// Rounds a number of lanes up.
pub(super) fn padded(n_lanes: usize) -> usize {
    n_lanes.max(1).div_ceil(CHUNK) * CHUNK
}

/// `output += weight * input`.
///
/// # Shapes
///
/// - `weight`: `[R, C]`
/// - `input`: `[C, N]`
/// - `output`: `[R, N]`
pub(super) fn mul_add(weight: &[f32], input: &[f32], output: &mut [f32], n_lanes: usize) {
    let n_cols = input.len() / n_lanes;
    let mut weights = weight.chunks_exact(4 * n_cols.max(1));
    let mut outputs = output.chunks_exact_mut(4 * n_lanes);
    for (rows, out) in weights.by_ref().zip(outputs.by_ref()) {
        mul_rows::<4>(rows, n_cols, input, out, n_lanes);
    }
    let rest = weights.remainder().chunks_exact(n_cols.max(1));
    for (row, out) in rest.zip(outputs.into_remainder().chunks_exact_mut(n_lanes)) {
        mul_rows::<1>(row, n_cols, input, out, n_lanes);
    }
}

fn mul_rows<const R: usize>(
    weight: &[f32],
    n_cols: usize,
    input: &[f32],
    output: &mut [f32],
    n_lanes: usize,
) {
    for lane in (0..n_lanes).step_by(CHUNK) {
        let mut sums = [[0.0_f32; CHUNK]; R];
        for (sum, out) in sums.iter_mut().zip(output.chunks_exact(n_lanes)) {
            sum.copy_from_slice(&out[lane..lane + CHUNK]);
        }
        for (col, values) in input.chunks_exact(n_lanes).enumerate() {
            let Some(values) = values[lane..].first_chunk::<CHUNK>() else {
                continue;
            };
            for (row, sum) in sums.iter_mut().enumerate() {
                let factor = weight[row * n_cols + col];
                for (total, value) in sum.iter_mut().zip(values) {
                    *total += factor * value;
                }
            }
        }
        for (sum, out) in sums.iter().zip(output.chunks_exact_mut(n_lanes)) {
            out[lane..lane + CHUNK].copy_from_slice(sum);
        }
    }
}

/// `wide += left * rightᵀ`, the sum over lanes left open in [`CHUNK`] partial sums.
///
/// # Shapes
///
/// - `left`: `[R, N]`
/// - `right`: `[C, N]`
/// - `wide`: `[R, C, CHUNK]`
pub(super) fn outer_add(left: &[f32], right: &[f32], wide: &mut [f32], n_lanes: usize) {
    let n_cols = right.len() / n_lanes;
    let rows = wide.chunks_exact_mut((n_cols * CHUNK).max(1));
    for (factor, row) in left.chunks_exact(n_lanes).zip(rows) {
        let mut columns = right.chunks_exact(4 * n_lanes);
        let mut sums = row.chunks_exact_mut(4 * CHUNK);
        for (column, sum) in columns.by_ref().zip(sums.by_ref()) {
            outer_columns::<4>(factor, column, sum, n_lanes);
        }
        let rest = columns.remainder().chunks_exact(n_lanes);
        for (column, sum) in rest.zip(sums.into_remainder().chunks_exact_mut(CHUNK)) {
            outer_columns::<1>(factor, column, sum, n_lanes);
        }
    }
}

fn outer_columns<const C: usize>(
    factor: &[f32],
    columns: &[f32],
    wide: &mut [f32],
    n_lanes: usize,
) {
    let mut sums = [[0.0_f32; CHUNK]; C];
    for (sum, start) in sums.iter_mut().zip(wide.chunks_exact(CHUNK)) {
        sum.copy_from_slice(start);
    }
    for lane in (0..n_lanes).step_by(CHUNK) {
        let Some(factor) = factor[lane..].first_chunk::<CHUNK>() else {
            continue;
        };
        for (sum, column) in sums.iter_mut().zip(columns.chunks_exact(n_lanes)) {
            if let Some(column) = column[lane..].first_chunk::<CHUNK>() {
                for ((total, a), b) in sum.iter_mut().zip(factor).zip(column) {
                    *total += a * b;
                }
            }
        }
    }
    for (sum, end) in sums.iter().zip(wide.chunks_exact_mut(CHUNK)) {
        end.copy_from_slice(sum);
    }
}

/// `output += left`, element by element.
pub(super) fn add(left: &[f32], output: &mut [f32]) {
    for (total, value) in output.iter_mut().zip(left) {
        *total += value;
    }
}

/// Fills `[R, N]` with one number a row.
pub(super) fn broadcast(bias: &[f32], output: &mut [f32], n_lanes: usize) {
    for (row, value) in output.chunks_exact_mut(n_lanes).zip(bias) {
        row.fill(*value);
    }
}

/// Closes the partial sums of [`outer_add`] or of lanes: the sum of each `n` numbers.
pub(super) fn fold(wide: &[f32], n: usize, output: &mut [f32]) {
    for (total, part) in output.iter_mut().zip(wide.chunks_exact(n)) {
        *total += part.iter().sum::<f32>();
    }
}

/// `e^x` for |x| ≤ 80, to about 2e-7 relative: a power of two times a polynomial.
#[expect(
    clippy::inline_always,
    reason = "vectorises only inside its caller's loop"
)]
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
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

/// `tanh` of every element, to 1e-6.
pub(super) fn tanh_in_place(values: &mut [f32]) {
    for value in values {
        let doubled = (2.0 * *value).clamp(-18.0, 18.0);
        *value = 1.0 - 2.0 / (exp(doubled) + 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_and_exp_agree_with_the_standard_library() {
        for step in -4000..4000 {
            let x = step as f32 * 0.005;
            let mut fast = [x];
            tanh_in_place(&mut fast);
            assert!((fast[0] - x.tanh()).abs() < 1e-6, "tanh {x}");
            assert!((exp(x) / x.exp() - 1.0).abs() < 3e-6, "exp {x}");
        }
    }

    #[test]
    fn products_agree_with_plain_loops() {
        let n = 16;
        for (n_rows, n_cols) in [(1, 1), (5, 3), (9, 6)] {
            let weight: Vec<f32> = (0..n_rows * n_cols).map(|i| (i as f32).sin()).collect();
            let input: Vec<f32> = (0..n_cols * n).map(|i| (i as f32).cos()).collect();
            let mut output = vec![0.5; n_rows * n];
            mul_add(&weight, &input, &mut output, n);
            let mut wide = vec![0.0; n_rows * n_cols * CHUNK];
            outer_add(&output, &input, &mut wide, n);
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
