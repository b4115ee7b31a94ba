//! Means, quantiles, distributions and correlations that skip what is missing.

use crate::base::to_count;

/// Mean of the finite values; NaN where there are none.
pub fn mean(values: &[f64]) -> f64 {
    let (sum, count) = values
        .iter()
        .filter(|value| value.is_finite())
        .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// Sum of squares about the mean, and the number of finite values.
fn squares(values: &[f64]) -> (f64, f64) {
    let centre = mean(values);
    values
        .iter()
        .filter(|value| value.is_finite())
        .fold((0.0, 0.0), |(sum, count), value| {
            let off = value - centre;
            (sum + off * off, count + 1.0)
        })
}

/// Variance with n − 1; 0 where fewer than two values are finite.
pub fn sample_variance(values: &[f64]) -> f64 {
    let (sum, count) = squares(values);
    if count < 2.0 {
        0.0
    } else {
        sum / (count - 1.0)
    }
}

/// Standard deviation with n; NaN where nothing is finite.
pub fn population_std(values: &[f64]) -> f64 {
    let (sum, count) = squares(values);
    (sum / count).sqrt()
}

/// The finite values in ascending order.
pub fn sorted_finite(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Quantile of ascending values with linear interpolation (type 7 of Hyndman and Fan 1996); NaN
/// where there are none.
pub fn quantile_sorted(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = p.clamp(0.0, 1.0) * last as f64;
    let below = to_count(position.floor()).min(last);
    let above = (below + 1).min(last);
    let weight = position - below as f64;
    sorted[below] * (1.0 - weight) + sorted[above] * weight
}

/// Quantile of the finite values; see [`quantile_sorted`].
pub fn quantile(values: &[f64], p: f64) -> f64 {
    quantile_sorted(&sorted_finite(values), p)
}

/// Standard deviation as a normal distribution of this median absolute deviation has it.
pub fn robust_std(values: &[f64]) -> f64 {
    let centre = quantile(values, 0.5);
    let off: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    1.482_602_218_505_602 * quantile(&off, 0.5)
}

/// Share of ascending values that are below `value`, 0 to 1; what equals it counts half: 0.5 where
/// nothing differs.
pub fn mid_rank_share(sorted: &[f64], value: f64) -> f64 {
    if sorted.is_empty() {
        return f64::NAN;
    }
    let below = sorted.partition_point(|&other| other < value);
    let upto = sorted.partition_point(|&other| other <= value);
    0.5 * (below + upto) as f64 / sorted.len() as f64
}

/// Natural logarithm of the gamma function for positive arguments (Lanczos 1964).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.120_865_097_386_617_9e-2,
        -0.539_523_938_495_3e-5,
    ];
    let shifted = x + 5.5;
    let series = COEFFICIENTS
        .iter()
        .enumerate()
        .fold(1.000_000_000_190_015, |sum, (at, coefficient)| {
            sum + coefficient / (x + 1.0 + at as f64)
        });
    (x + 0.5) * shifted.ln() - shifted + (2.506_628_274_631_000_5 * series / x).ln()
}

/// Regularised incomplete beta function by its continued fraction (Lentz 1976).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    let keep = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / keep(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / keep(1.0 + term * d);
            c = keep(1.0 + term / c);
            fraction *= d * c;
        }
        if (fraction - before).abs() < 1e-15 * fraction.abs() {
            break;
        }
    }
    front.exp() * fraction / a
}

/// Distribution function of Student's t.
pub fn t_cdf(t: f64, dof: f64) -> f64 {
    if t.is_nan() || dof.is_nan() {
        return f64::NAN;
    }
    let tail = 0.5 * incomplete_beta(0.5 * dof, 0.5, dof / (dof + t * t));
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The value that a rising function takes `p` at, by halving.
fn invert(p: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return if p <= 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
    }
    let mut reach = 1.0;
    while cdf(reach) < p.max(1.0 - p) && reach < 1e12 {
        reach *= 2.0;
    }
    let (mut lo, mut hi) = (-reach, reach);
    for _halving in 0..90 {
        let middle = 0.5 * (lo + hi);
        if cdf(middle) < p {
            lo = middle;
        } else {
            hi = middle;
        }
    }
    0.5 * (lo + hi)
}

/// Quantile of Student's t.
pub fn t_quantile(p: f64, dof: f64) -> f64 {
    invert(p, |t| t_cdf(t, dof))
}

/// Distribution function of the standard normal.
pub fn normal_cdf(x: f64) -> f64 {
    let size = x.abs();
    if size > 38.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let density = (-0.5 * size * size).exp() / std::f64::consts::TAU.sqrt();
    let tail = if size < 3.0 {
        // Series of Marsaglia 2004.
        let (mut term, mut sum, mut k) = (size, size, 1.0);
        while term > 1e-17 * sum {
            k += 2.0;
            term *= size * size / k;
            sum += term;
        }
        0.5 - density * sum
    } else {
        // Continued fraction of Laplace.
        let fraction = (1..=80)
            .rev()
            .fold(size, |below, k| size + f64::from(k) / below);
        density / fraction
    };
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Quantile of the standard normal.
pub fn normal_quantile(p: f64) -> f64 {
    invert(p, normal_cdf)
}

/// Interval of a share after `hits` of `trials` (Wilson 1927); 0 to 1 where nothing was tried.
pub fn wilson(hits: usize, trials: usize, level: f64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let n = trials as f64;
    let share = hits as f64 / n;
    let z = normal_quantile(0.5 + 0.5 * level);
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// Correlation of the pairs of which both values are finite; 0 where one does not vary.
pub fn correlation<'a>(pairs: impl Iterator<Item = (&'a f64, &'a f64)> + Clone) -> f64 {
    let finite = pairs.filter(|(a, b)| a.is_finite() && b.is_finite());
    let mut sums = [0.0; 3];
    for (a, b) in finite.clone() {
        sums[0] += 1.0;
        sums[1] += a;
        sums[2] += b;
    }
    let (mean_a, mean_b) = (sums[1] / sums[0], sums[2] / sums[0]);
    let mut squares = [0.0; 3];
    for (a, b) in finite {
        squares[0] += (a - mean_a) * (a - mean_a);
        squares[1] += (b - mean_b) * (b - mean_b);
        squares[2] += (a - mean_a) * (b - mean_b);
    }
    let scale = (squares[0] * squares[1]).sqrt();
    if scale > 0.0 { squares[2] / scale } else { 0.0 }
}

/// Correlation of `a[t]` with `b[t − lag]`; negative lags look ahead.
pub fn cross_correlation(a: &[f64], b: &[f64], lag: i64) -> f64 {
    let (a, b) = shifted(a, b, lag);
    correlation(a.iter().zip(b))
}

/// The stretches of two series that meet when the second is moved `lag` steps later.
pub fn shifted<'a>(a: &'a [f64], b: &'a [f64], lag: i64) -> (&'a [f64], &'a [f64]) {
    let by = usize::try_from(lag.unsigned_abs()).unwrap_or(usize::MAX);
    let (skip_a, skip_b) = if lag >= 0 { (by, 0) } else { (0, by) };
    let rest = |series: &'a [f64], skip: usize| series.get(skip..).unwrap_or(&[]);
    let (a, b) = (rest(a, skip_a), rest(b, skip_b));
    let len = a.len().min(b.len());
    (&a[..len], &b[..len])
}

/// Correlation of a series with itself `lag` steps earlier.
pub fn autocorrelation(values: &[f64], lag: usize) -> f64 {
    cross_correlation(values, values, i64::try_from(lag).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} {expected}");
    }

    #[test]
    fn t_and_normal_quantiles_match_the_tables() {
        near(t_quantile(0.975, 4.0), 2.776_445, 1e-6);
        near(t_quantile(0.975, 1.0), 12.706_205, 1e-5);
        near(t_quantile(0.95, 30.0), 1.697_261, 1e-6);
        near(normal_quantile(0.975), 1.959_964, 1e-6);
        near(normal_cdf(-4.0), 3.167_124e-5, 1e-10);
        near(normal_cdf(2.999_999), normal_cdf(3.000_001), 1e-7);
        near(t_cdf(-1.5, 7.0) + t_cdf(1.5, 7.0), 1.0, 1e-14);
    }

    #[test]
    fn quantiles_interpolate_and_skip_what_is_missing() {
        near(quantile(&[4.0, f64::NAN, 1.0, 3.0, 2.0], 0.25), 1.75, 1e-12);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn wilson_matches_the_textbook_and_zero_hits_stay_possible() {
        let (lo, hi) = wilson(8, 10, 0.95);
        near(lo, 0.4902, 1e-4);
        near(hi, 0.9433, 1e-4);
        assert!(wilson(0, 20, 0.95).1 > 0.1);
    }

    #[test]
    fn of_equal_values_none_lies_above_the_other() {
        near(mid_rank_share(&[0.0; 5], 0.0), 0.5, 0.0);
        near(mid_rank_share(&[0.0, 1.0, 1.0, 2.0], 1.0), 0.5, 0.0);
        near(mid_rank_share(&[0.0, 1.0], 3.0), 1.0, 0.0);
        assert!(mid_rank_share(&[], 0.0).is_nan());
    }

    #[test]
    fn cross_correlation_finds_a_delay_with_its_sign() {
        let b: Vec<f64> = (0..60).map(|t| (f64::from(t) * 0.7).sin()).collect();
        let a: Vec<f64> = (0..60).map(|t| (f64::from(t - 3) * 0.7).sin()).collect();
        near(cross_correlation(&a, &b, 3), 1.0, 1e-12);
        near(cross_correlation(&b, &a, -3), 1.0, 1e-12);
    }
}
