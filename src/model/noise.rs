//! Standard normal numbers, sixteen blocks at a time.
//!
//! A number is a pure function of stream and step (Box and Muller 1958 on Philox blocks), so a
//! longer horizon starts with the shorter one. Single precision is plenty for noise, and the same
//! bits come out whatever registers the processor has.
#![expect(
    clippy::inline_always,
    reason = "loops must be compiled inside the function that knows the wide registers"
)]

use super::dynamics::{Work, ln, on_widest};
use crate::base::Stream;

/// How many words of 32 bits there are.
const WORDS: f32 = 65_536.0 * 65_536.0;
/// Steps made at once.
pub(super) const N_AT_ONCE: usize = 16;

/// Two independent standard normal numbers for each step.
pub(super) fn normal_pairs(stream: &Stream, n_steps: usize, pairs: &mut Vec<[f32; 2]>) {
    pairs.clear();
    on_widest(Making {
        stream,
        n_steps,
        pairs,
    });
    pairs.truncate(n_steps);
}

struct Making<'a> {
    stream: &'a Stream,
    n_steps: usize,
    pairs: &'a mut Vec<[f32; 2]>,
}

impl Work for Making<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        for first in (0..self.n_steps).step_by(N_AT_ONCE) {
            let bits = self.stream.blocks_at::<N_AT_ONCE>(first as u64);
            let mut made = [[0.0_f32; N_AT_ONCE]; 2];
            for at in 0..N_AT_ONCE {
                let [one, two] = pair([bits[0][at], bits[1][at]]);
                made[0][at] = one;
                made[1][at] = two;
            }
            let both = made[0].iter().zip(&made[1]);
            self.pairs.extend(both.map(|(one, two)| [*one, *two]));
        }
    }
}

/// Nearly normal numbers at a quarter of the price: sums of three of the 21-bit parts of each 64 bits of
/// a stream, in its order.
pub(super) fn quick_normals(stream: &Stream, out: &mut [f32]) {
    on_widest(Quick { stream, out });
}

struct Quick<'a> {
    stream: &'a Stream,
    out: &'a mut [f32],
}

impl Work for Quick<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const R: usize>(self) {
        for (part, out) in self.out.chunks_mut(2 * N_AT_ONCE).enumerate() {
            let first = (part * N_AT_ONCE) as u64;
            let [a, b, c, d] = self.stream.blocks_at::<N_AT_ONCE>(first);
            let mut made = [[0.0_f32; 2]; N_AT_ONCE];
            for (at, both) in made.iter_mut().enumerate() {
                *both = [third_sum(a[at], b[at]), third_sum(c[at], d[at])];
            }
            out.copy_from_slice(&made.as_flattened()[..out.len()]);
        }
    }
}

/// The sum of three uniform numbers, whose variance is 3/12, brought to mean 0 and variance 1.
#[inline(always)]
fn third_sum(low: u32, high: u32) -> f32 {
    const THIRD: u32 = (1 << 21) - 1;
    let middle = (low >> 22) | (high << 10);
    // Below 2²³: exact as a float.
    let sum = (high >> 11) + (middle & THIRD) + ((low >> 1) & THIRD);
    sum.cast_signed() as f32 * (2.0 / 2_097_152.0) - 3.0
}

/// Radius from the first word, angle from the second.
#[inline(always)]
fn pair([first, second]: [u32; 2]) -> [f32; 2] {
    // Never 0, at most 1.
    let uniform = (first as f32 + 0.5) * (1.0 / WORDS);
    let radius = (-2.0 * ln(uniform).min(0.0)).sqrt();
    // Two bits choose the quarter of the circle, the others the angle within 45° of its middle.
    let quarter = second >> 30;
    let turn = (second << 2).cast_signed() as f32 * (std::f32::consts::FRAC_PI_2 / WORDS);
    let square = turn * turn;
    let sin =
        turn * (1.0 + square * (-1.0 / 6.0 + square * (1.0 / 120.0 + square * (-1.0 / 5_040.0))));
    let cos = 1.0
        + square
            * (-0.5 + square * (1.0 / 24.0 + square * (-1.0 / 720.0 + square * (1.0 / 40_320.0))));
    let is_odd = quarter & 1 == 1;
    let (x, y) = if is_odd { (-sin, cos) } else { (cos, sin) };
    let side = if quarter & 2 == 2 { -radius } else { radius };
    [side * x, side * y]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Purpose;

    fn many(n_steps: usize) -> Vec<[f32; 2]> {
        let mut pairs = Vec::new();
        normal_pairs(&Stream::new(5, Purpose::Test, &[1]), n_steps, &mut pairs);
        pairs
    }

    #[test]
    fn moments_tails_and_independence_are_those_of_a_normal_distribution() {
        let pairs = many(200_000);
        for side in 0..2 {
            let moment = |power: i32| {
                let sum: f64 = pairs.iter().map(|p| f64::from(p[side]).powi(power)).sum();
                sum / pairs.len() as f64
            };
            for (power, expected) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0)] {
                // Five standard errors of each moment.
                let tolerance = 5.0 * [0.0, 1.0, 1.5, 3.9, 9.8, 0.0, 102.0][power] / 447.0;
                let found = moment(i32::try_from(power).expect("small"));
                assert!((found - expected).abs() < tolerance, "{power}: {found}");
            }
            let beyond = pairs.iter().filter(|p| p[side].abs() > 2.575_829).count();
            assert!((1_780..2_220).contains(&beyond), "{beyond}");
        }
        let product: f64 = pairs.iter().map(|p| f64::from(p[0] * p[1])).sum();
        assert!((product / 200_000.0).abs() < 0.012, "{product}");
        let next = pairs.windows(2).map(|p| f64::from(p[0][0] * p[1][0]));
        assert!((next.sum::<f64>() / 200_000.0).abs() < 0.012);
    }

    #[test]
    fn angles_and_radii_agree_with_the_standard_library() {
        let mut draws = Stream::new(1, Purpose::Test, &[]).draws();
        for round in 0..2_000_u32 {
            let bits = draws.bits();
            let word = |shift: u32| u32::try_from(bits >> shift & 0xffff_ffff).expect("a word");
            let first = [0, u32::MAX, 1, word(0)][usize::min(round as usize, 3)];
            let found = pair([first, word(32)]);
            let uniform = (f64::from(first) + 0.5) / 4_294_967_296.0;
            let radius = (-2.0 * uniform.min(1.0).ln()).sqrt();
            let long = f64::from(found[0]).hypot(f64::from(found[1]));
            assert!((long - radius).abs() < 4e-4, "{long} {radius}");
            let middle = f64::from(word(32) >> 30) * std::f64::consts::FRAC_PI_2;
            let turn = f64::from((word(32) << 2).cast_signed()) / 4_294_967_296.0;
            let angle = middle + turn * std::f64::consts::FRAC_PI_2;
            assert!((f64::from(found[0]) - long * angle.cos()).abs() < 1e-5);
            assert!((f64::from(found[1]) - long * angle.sin()).abs() < 1e-5);
        }
    }

    #[test]
    fn quick_numbers_are_the_stream_in_its_order_with_mean_0_and_variance_1() {
        let stream = Stream::new(7, Purpose::Test, &[2]);
        let mut found = vec![0.0; 40_001];
        quick_normals(&stream, &mut found);
        for (index, found) in found.iter().enumerate() {
            let bits = stream.bits_at(index as u64);
            let part = |shift: u32| (bits >> shift & 0x1f_ffff) as f32;
            let expected = (part(43) + part(22) + part(1)) * (2.0 / 2_097_152.0) - 3.0;
            assert_eq!(found.to_bits(), expected.to_bits(), "{index}");
        }
        let moment = |power: i32| {
            let sum: f64 = found.iter().map(|x| f64::from(*x).powi(power)).sum();
            sum / found.len() as f64
        };
        assert!(moment(1).abs() < 0.02 && (moment(2) - 1.0).abs() < 0.03);
    }

    #[test]
    fn a_longer_run_starts_with_the_shorter_one() {
        assert_eq!(many(100)[..37], many(37)[..]);
    }
}
