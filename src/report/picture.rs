//! Pictures as PNG files.

use image::{
    ExtendedColorType, ImageEncoder as _,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

/// An RGB picture of 8 bits, row by row, as a PNG file; empty where the sizes do not fit.
pub fn picture_png(width: usize, height: usize, rgb: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rgb.len());
    let size = u32::try_from(width).ok().zip(u32::try_from(height).ok());
    let Some((width, height)) = size.filter(|_| rgb.len() == 3 * width * height) else {
        return bytes;
    };
    let encoder =
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    if encoder
        .write_image(rgb, width, height, ExtendedColorType::Rgb8)
        .is_err()
    {
        bytes.clear();
    }
    bytes
}
