//! Reads one picture: a thumbnail for people and numbers for the model.

use std::{io::Cursor, path::Path};

use image::{ImageReader, Limits, RgbImage, imageops, metadata::Orientation};

use super::{
    exif_time::{self, Shot},
    looks::Look,
};
use crate::base::{Phrase, io_phrase, read_file, thousands_apart, to_f32};

/// The longer side of a thumbnail.
const THUMB_SIDE: u32 = 48;
/// Cells of the mean-color grid.
const COLUMNS: u32 = 8;
const ROWS: u32 = 6;
/// Larger pictures are refused before anything is allocated.
const MOST_PIXELS: u64 = 64_000_000;
/// Larger files are no single picture of a line.
const MOST_BYTES: u64 = 256 << 20;

/// One picture.
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgb: Vec<u8>,
    pub(super) features: Vec<f32>,
    pub(super) look: Look,
}

/// Reads what the camera wrote beside the picture.
pub(super) fn shot(path: &Path) -> Result<Shot, Phrase> {
    Ok(exif_time::read(&bytes_of(path)?))
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, Phrase> {
    let n_bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    if n_bytes > MOST_BYTES {
        return Err(too_large(n_bytes));
    }
    read_file(path).map_err(|error| io_phrase(&error.source))
}

fn too_large(n_bytes: u64) -> Phrase {
    let [n_bytes, most] = [n_bytes, MOST_BYTES].map(|n| thousands_apart(&n.to_string()));
    let english = format!("{n_bytes} bytes, at most {most} are read");
    Phrase::new("detail-picture-bytes", english)
        .with("bytes", n_bytes)
        .with("most", most)
}

fn wrong_size(width: u32, height: u32) -> Phrase {
    let most = thousands_apart(&MOST_PIXELS.to_string());
    let english = format!("{width}×{height} pixels, at most {most} are read");
    Phrase::new("detail-picture-pixels", english)
        .with("width", width)
        .with("height", height)
        .with("most", most)
}

/// What a decoder says, in its own words.
pub(super) fn broken(words: &impl ToString) -> Phrase {
    let words = words.to_string();
    let english = format!("broken, or of a kind that is not read: {words}");
    Phrase::new("detail-media-broken", english).with("words", words)
}

/// Decodes a file and turns it upright.
pub(super) fn read(path: &Path) -> Result<Picture, Phrase> {
    let bytes = bytes_of(path)?;
    let open = || {
        ImageReader::new(Cursor::new(bytes.as_slice()))
            .with_guessed_format()
            .map_err(|error| broken(&error))
    };
    let (width, height) = open()?.into_dimensions().map_err(|error| broken(&error))?;
    let n_pixels = u64::from(width) * u64::from(height);
    if n_pixels > MOST_PIXELS || n_pixels == 0 {
        return Err(wrong_size(width, height));
    }
    let mut reader = open()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_PIXELS * 8);
    reader.limits(limits);
    let mut picture = reader.decode().map_err(|error| broken(&error))?;
    let turn = exif_time::read(&bytes).orientation;
    if let Some(turn) = turn.and_then(Orientation::from_exif) {
        picture.apply_orientation(turn);
    }
    let picture = picture.into_rgb8();
    let (width, height) = picture.dimensions();
    let longer = width.max(height).max(1);
    let scaled = |side: u32| (side * THUMB_SIDE / longer).clamp(1, side);
    let thumb = if longer <= THUMB_SIDE {
        picture.clone()
    } else {
        imageops::thumbnail(&picture, scaled(width), scaled(height))
    };
    Ok(Picture {
        width: thumb.width() as usize,
        height: thumb.height() as usize,
        features: features(&picture, &thumb),
        look: Look::of(&picture),
        rgb: thumb.into_raw(),
    })
}

/// One name a feature.
pub(super) fn names() -> Vec<String> {
    let mut names = Vec::new();
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            for color in ["red", "green", "blue"] {
                names.push(format!("r{row}c{column} {color}"));
            }
        }
    }
    for row in 0..ROWS {
        names.extend((0..COLUMNS).map(|column| format!("r{row}c{column} texture")));
    }
    names.extend(["mean", "contrast", "edges", "saturated"].map(str::to_owned));
    names
}

/// Mean colors and the texture of the cells of a grid, mean, spread, edges and share of saturated
/// pixels, all near 0 to 1.
fn features(picture: &RgbImage, thumb: &RgbImage) -> Vec<f32> {
    let (width, height) = picture.dimensions();
    let n_cells = (COLUMNS * ROWS) as usize;
    let mut sums = vec![[0_u64; 3]; n_cells];
    let mut grays = vec![[0_u64; 2]; n_cells];
    let mut counts = vec![0_u64; n_cells];
    let mut n_saturated = 0_u64;
    let cell_of: Vec<usize> = (0..width).map(|x| (x * COLUMNS / width) as usize).collect();
    let row_bytes = width as usize * 3;
    for (y, row) in picture.as_raw().chunks_exact(row_bytes).enumerate() {
        let first = y * ROWS as usize / height as usize * COLUMNS as usize;
        for (pixel, cell) in row.chunks_exact(3).zip(&cell_of) {
            let sum = &mut sums[first + cell];
            for (color, value) in sum.iter_mut().zip(pixel) {
                *color += u64::from(*value);
            }
            let gray: u64 = pixel.iter().map(|value| u64::from(*value)).sum();
            grays[first + cell][0] += gray;
            grays[first + cell][1] += gray * gray;
            counts[first + cell] += 1;
            n_saturated += u64::from(pixel.iter().all(|value| *value >= 250));
        }
    }
    // A picture smaller than the grid leaves cells empty: they take the overall mean.
    let n_pixels = u64::from(width) * u64::from(height);
    let overall: [u64; 3] =
        std::array::from_fn(|color| sums.iter().map(|sum| sum[color]).sum::<u64>());
    let share = |sum: u64, count: u64| to_f32(sum as f64 / (count.max(1) as f64 * 255.0));
    let mut list = Vec::with_capacity(n_cells * 4 + 4);
    for (sum, count) in sums.iter().zip(&counts) {
        for color in 0..3 {
            list.push(if *count == 0 {
                share(overall[color], n_pixels)
            } else {
                share(sum[color], *count)
            });
        }
    }
    for ([first, second], count) in grays.iter().zip(&counts) {
        let n = (*count).max(1) as f64;
        let mean = *first as f64 / n;
        list.push(to_f32(
            (*second as f64 / n - mean * mean).max(0.0).sqrt() / 765.0,
        ));
    }
    let gray: Vec<f64> = thumb
        .pixels()
        .map(|pixel| pixel.0.iter().map(|value| f64::from(*value)).sum::<f64>() / 765.0)
        .collect();
    let mean = gray.iter().sum::<f64>() / gray.len().max(1) as f64;
    let spread = gray.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    list.push(to_f32(mean));
    list.push(to_f32((spread / gray.len().max(1) as f64).sqrt()));
    list.push(to_f32(edges(&gray, thumb.width() as usize)));
    list.push(to_f32(n_saturated as f64 / n_pixels as f64));
    list
}

/// The mean step between neighbors.
fn edges(gray: &[f64], width: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for (at, value) in gray.iter().enumerate() {
        let right = ((at + 1) % width != 0).then(|| gray.get(at + 1)).flatten();
        for neighbor in [right, gray.get(at + width)].into_iter().flatten() {
            sum += (value - neighbor).abs();
            count += 1;
        }
    }
    sum / f64::from(count.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_name_and_a_bright_corner_is_seen() {
        let mut picture = RgbImage::new(80, 60);
        for y in 0..10 {
            for x in 0..10 {
                picture.put_pixel(x, y, image::Rgb([255, 0, 0]));
            }
        }
        let list = features(&picture, &picture);
        assert_eq!(list.len(), names().len());
        assert!((list[0] - 1.0).abs() < 1e-6 && list[1].abs() < 1e-6);
        assert!(list[3].abs() < 1e-6);
    }
}
