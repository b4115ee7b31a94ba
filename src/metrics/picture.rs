//! How alike two pictures are: structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004).

/// Radius of the window; 11 by 11 as published.
const RADIUS: usize = 5;
/// Standard deviation of the window's weights.
const SIGMA: f64 = 1.5;
/// Stabilizers for values of 0 to 255.
const C1: f64 = 6.5025;
const C2: f64 = 58.5225;

/// Mean structural similarity of the brightness of two RGB pictures of the same size: 1 where they
/// are the same. The window is cut at the border. NaN where the sizes differ or nothing is there.
pub fn structural_similarity(first: &[u8], second: &[u8], width: usize, height: usize) -> f64 {
    let n_pixels = width * height;
    if n_pixels == 0 || first.len() != 3 * n_pixels || second.len() != 3 * n_pixels {
        return f64::NAN;
    }
    let (a, b) = (brightness(first), brightness(second));
    let product =
        |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x * y).collect() };
    let smooth = |values: &[f64]| smoothed(values, width, height);
    let (mean_a, mean_b) = (smooth(&a), smooth(&b));
    let (aa, bb, ab) = (
        smooth(&product(&a, &a)),
        smooth(&product(&b, &b)),
        smooth(&product(&a, &b)),
    );
    let mut sum = 0.0;
    for at in 0..n_pixels {
        let (ma, mb) = (mean_a[at], mean_b[at]);
        let (va, vb, cov) = (aa[at] - ma * ma, bb[at] - mb * mb, ab[at] - ma * mb);
        let light = (2.0 * ma * mb + C1) / (ma * ma + mb * mb + C1);
        sum += light * (2.0 * cov + C2) / (va + vb + C2);
    }
    sum / n_pixels as f64
}

/// Rec. 601 luma.
fn brightness(rgb: &[u8]) -> Vec<f64> {
    let weights = [0.299, 0.587, 0.114];
    let luma = |pixel: &[u8]| {
        let parts = pixel.iter().zip(weights);
        parts
            .map(|(&value, weight)| f64::from(value) * weight)
            .sum()
    };
    rgb.chunks_exact(3).map(luma).collect()
}

/// Weighted means over the window, along rows, then along columns.
fn smoothed(values: &[f64], width: usize, height: usize) -> Vec<f64> {
    let weight = |offset: usize| (-0.5 * (offset as f64 / SIGMA).powi(2)).exp();
    let along =
        |values: &[f64], length: usize, place: &dyn Fn(usize, usize) -> usize, line: usize| {
            let of = |at: usize| {
                let (mut sum, mut whole) = (0.0, 0.0);
                for other in at.saturating_sub(RADIUS)..(at + RADIUS + 1).min(length) {
                    let weight = weight(at.abs_diff(other));
                    sum += weight * values[place(line, other)];
                    whole += weight;
                }
                sum / whole
            };
            (0..length).map(of).collect::<Vec<f64>>()
        };
    let by_row = |row: usize, column: usize| row * width + column;
    let rows: Vec<f64> = (0..height)
        .flat_map(|row| along(values, width, &by_row, row))
        .collect();
    let by_column = |column: usize, row: usize| row * width + column;
    let columns: Vec<Vec<f64>> = (0..width)
        .map(|column| along(&rows, height, &by_column, column))
        .collect();
    (0..height)
        .flat_map(|row| columns.iter().map(move |column| column[row]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_picture_is_alike_and_an_inverted_one_is_not() {
        let picture: Vec<u8> = (0..32 * 24)
            .flat_map(|at: usize| {
                [if (at / 4).is_multiple_of(2) {
                    200_u8
                } else {
                    40
                }; 3]
            })
            .collect();
        let same = structural_similarity(&picture, &picture, 32, 24);
        assert!((same - 1.0).abs() < 1e-12);
        let inverted: Vec<u8> = picture.iter().map(|x| 255 - x).collect();
        assert!(structural_similarity(&picture, &inverted, 32, 24) < 0.0);
        assert!(structural_similarity(&picture, &picture[3..], 32, 24).is_nan());
    }

    #[test]
    fn flat_pictures_differ_by_their_light_alone() {
        let flat = |value: u8| vec![value; 3 * 100];
        let expected = (2.0 * 100.0 * 120.0 + C1) / (100.0 * 100.0 + 120.0 * 120.0 + C1);
        let found = structural_similarity(&flat(100), &flat(120), 10, 10);
        assert!((found - expected).abs() < 1e-9);
    }
}
