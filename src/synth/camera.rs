//! What the camera sees: tank with its level window, steam, product, bottles on the belt.

use image::{
    ExtendedColorType, ImageEncoder as _,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

use super::signals::{FILL_TEMP, FILL_WEIGHT, LEVEL, Row, SPEED, VISCOSITY};
use crate::base::{Purpose, Stream, to_byte};

/// Width of the picture in pixels.
pub(super) const WIDTH: usize = 96;
/// Height of the picture in pixels.
pub(super) const HEIGHT: usize = 64;

const FLOOR: [f64; 3] = [52.0, 56.0, 60.0];
const STEEL: [f64; 3] = [150.0, 156.0, 162.0];
const GLASS: [f64; 3] = [28.0, 32.0, 38.0];
const BOTTLE: [f64; 3] = [96.0, 112.0, 118.0];
const BELT: [f64; 3] = [34.0, 34.0, 36.0];
const WHITE: [f64; 3] = [235.0, 238.0, 240.0];

struct Canvas {
    pixels: Vec<[f64; 3]>,
}

impl Canvas {
    /// Fills a rectangle; edges between two pixels cover them in part.
    fn fill(&mut self, (left, right): (f64, f64), (top, bottom): (f64, f64), color: [f64; 3]) {
        self.blend((left, right), (top, bottom), color, 1.0);
    }

    fn blend(
        &mut self,
        (left, right): (f64, f64),
        (top, bottom): (f64, f64),
        color: [f64; 3],
        strength: f64,
    ) {
        for (row, line) in self.pixels.chunks_exact_mut(WIDTH).enumerate() {
            let tall = overlap(row as f64, top, bottom);
            if tall <= 0.0 {
                continue;
            }
            for (column, pixel) in line.iter_mut().enumerate() {
                let cover = strength * tall * overlap(column as f64, left, right);
                if cover > 0.0 {
                    *pixel = std::array::from_fn(|c| pixel[c] + (color[c] - pixel[c]) * cover);
                }
            }
        }
    }
}

/// How much of the pixel at `start` lies between two edges.
fn overlap(start: f64, low: f64, high: f64) -> f64 {
    (high.min(start + 1.0) - low.max(start)).clamp(0.0, 1.0)
}

/// The picture at the end of a step, RGB row by row. A loose guide rail hangs into it.
pub(super) fn picture(seed: u64, step: usize, row: &Row, rattle: f64) -> Vec<u8> {
    let noise = Stream::new(seed, Purpose::Camera, &[step as u64]);
    let mut canvas = Canvas {
        pixels: vec![FLOOR; WIDTH * HEIGHT],
    };
    // A thicker lot is darker.
    let thick = ((row[VISCOSITY] - 8.0) / 8.0).clamp(0.0, 1.0);
    let product = [
        225.0 - 90.0 * thick,
        165.0 - 75.0 * thick,
        60.0 - 20.0 * thick,
    ];

    canvas.fill((6.0, 30.0), (10.0, 58.0), STEEL);
    canvas.fill((22.0, 27.0), (14.0, 54.0), GLASS);
    let surface = 54.0 - 40.0 * (row[LEVEL] / 100.0).clamp(0.0, 1.0);
    canvas.fill((22.0, 27.0), (surface, 54.0), product);
    let steam = ((row[FILL_TEMP] - 62.0) / 24.0).clamp(0.0, 1.0);
    for puff in 0..4_u64 {
        let left = 6.0 + 18.0 * noise.uniform_at(10_000 + 2 * puff);
        let top = 5.0 * noise.uniform_at(10_001 + 2 * puff);
        canvas.blend((left, left + 7.0), (top, top + 4.0), WHITE, 0.7 * steam);
    }

    canvas.fill((34.0, 96.0), (54.0, 58.0), BELT);
    // A faster belt pulls the bottles apart. A photo eye before the first one releases the camera,
    // so it stands at the same place but for the eye's jitter.
    let spacing = 0.14 * row[SPEED].max(20.0);
    let mut left = 36.0 + noise.uniform_at(20_000);
    while left + 7.0 < 96.0 {
        let filled = (36.0 - (row[FILL_WEIGHT] - 500.0) / 5.0).clamp(27.0, 53.0);
        canvas.fill((left + 2.0, left + 5.0), (22.0, 26.0), BOTTLE);
        canvas.fill((left, left + 7.0), (26.0, 54.0), BOTTLE);
        canvas.fill((left + 1.0, left + 6.0), (filled, 53.0), product);
        left += spacing;
    }
    if rattle > 0.0 {
        canvas.blend((34.0, 96.0), (44.0, 46.0), STEEL, rattle);
    }
    to_bytes(&canvas.pixels, &noise)
}

/// Adds the lamps' flicker and the sensor's grain.
fn to_bytes(pixels: &[[f64; 3]], noise: &Stream) -> Vec<u8> {
    let light = 1.0 + 0.02 * noise.normal_at(30_000);
    pixels
        .iter()
        .flatten()
        .enumerate()
        .map(|(idx, value)| {
            // Four bits a value: a grain of −3.75 to 3.75.
            let bits = noise.bits_at(40_000 + (idx / 16) as u64) >> (4 * (idx % 16));
            let grain = (bits & 15) as f64 * 0.5 - 3.75;
            to_byte((value * light + grain).round())
        })
        .collect()
}

/// The picture as a PNG file.
pub(super) fn to_png(pixels: &[u8]) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Vec::with_capacity(pixels.len());
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up).write_image(
        pixels,
        u32::try_from(WIDTH).unwrap_or(0),
        u32::try_from(HEIGHT).unwrap_or(0),
        ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}
