//! Tells blurred and badly exposed pictures from the others of the same camera.
//!
//! What is sharp or dark depends on the scene: a picture is held against the median of its own
//! recording, never against a fixed number.

use image::{GrayImage, RgbImage, imageops};

use super::channels::shortened;
use crate::base::{Issue, Issues, Place, Severity};

/// Sharpness is measured on pictures whose longer side is at most this.
const MOST_SIDE: u32 = 512;
/// With fewer pictures there is nothing to hold them against.
const LEAST_PICTURES: usize = 8;
/// A blurred picture has less than this share of the usual sharpness: a fog or a shake takes away
/// far more, a change of scene less.
const BLURRED: f64 = 0.1;
/// A badly exposed one has this share of all pixels more at an end of the range than usual.
const CLIPPED: f64 = 0.3;
/// Where more than this share of the pictures differ so, they show another scene, not a flaw.
const MOST_ODD: f64 = 0.2;
/// Values at the ends of the range.
const DARK: u8 = 5;
const BRIGHT: u8 = 250;

/// What tells whether a picture can be used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// Variance of the Laplacian.
    sharpness: f64,
    /// Shares of pixels at the dark and at the bright end.
    dark: f64,
    bright: f64,
}

impl Look {
    /// Looks at an upright picture.
    pub(super) fn of(picture: &RgbImage) -> Self {
        let n_pixels = (f64::from(picture.width()) * f64::from(picture.height())).max(1.0);
        let share = |fits: fn(u8) -> bool| {
            let pixels = picture.pixels();
            let count = pixels.filter(|pixel| pixel.0.iter().all(|value| fits(*value)));
            count.count() as f64 / n_pixels
        };
        Self {
            sharpness: sharpness(picture),
            dark: share(|value| value <= DARK),
            bright: share(|value| value >= BRIGHT),
        }
    }
}

fn sharpness(picture: &RgbImage) -> f64 {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    let gray = if longer > MOST_SIDE {
        let scaled =
            |side: u32| (u64::from(side) * u64::from(MOST_SIDE) / u64::from(longer)).max(1);
        let side = |side: u32| u32::try_from(scaled(side)).unwrap_or(MOST_SIDE);
        imageops::grayscale(&imageops::thumbnail(picture, side(width), side(height)))
    } else {
        imageops::grayscale(picture)
    };
    laplacian_variance(&gray)
}

/// The variance of each pixel's difference from its four neighbors.
fn laplacian_variance(gray: &GrayImage) -> f64 {
    let width = gray.width() as usize;
    let rows: Vec<&[u8]> = gray.as_raw().chunks_exact(width.max(1)).collect();
    let (mut sum, mut squares, mut count) = (0_i64, 0_i64, 0_u32);
    for three in rows.windows(3) {
        for at in 1..width.saturating_sub(1) {
            let value = |row: usize, at: usize| i64::from(three[row][at]);
            let around = value(0, at) + value(2, at) + value(1, at - 1) + value(1, at + 1);
            let bend = around - 4 * value(1, at);
            sum += bend;
            squares += bend * bend;
            count += 1;
        }
    }
    let n = f64::from(count.max(1));
    let mean = sum as f64 / n;
    squares as f64 / n - mean * mean
}

/// Says which pictures of one recording differ from the others in how well they show the scene.
pub(super) fn say(looks: &[(&str, Look)], issues: &mut Issues) {
    if looks.len() < LEAST_PICTURES {
        return;
    }
    let usual = |of: fn(&Look) -> f64| {
        let mut values: Vec<f64> = looks.iter().map(|(_, look)| of(look)).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let sharpness = BLURRED * usual(|look| look.sharpness);
    let dark = CLIPPED + usual(|look| look.dark);
    let bright = CLIPPED + usual(|look| look.bright);
    let odd = |fits: &dyn Fn(&Look) -> bool| -> Vec<&str> {
        let fitting = looks.iter().filter(|(_, look)| fits(look));
        fitting.map(|(shown, _)| *shown).collect()
    };
    // A black picture is never sharp: it is dark, not blurred.
    let is_clipped = |look: &Look| look.dark > dark || look.bright > bright;
    let most = (looks.len() as f64 * MOST_ODD).max(1.0);
    let mut say = |severity, code, names: Vec<&str>, what: &str| {
        let Some(first) = names.first() else { return };
        if names.len() as f64 > most {
            return;
        }
        let list = shortened(&names);
        let count = names.len();
        let text = format!("{count} of {} pictures {what}: {list}", looks.len());
        let issue = Issue::new(Place::file(*first), severity, code, text);
        let issue = issue.with("count", count).with("all", looks.len());
        issues.push(issue.with("files", list));
    };
    say(
        Severity::Warning,
        "blurred-pictures",
        odd(&|look| look.sharpness < sharpness && !is_clipped(look)),
        "are far less sharp than the others",
    );
    say(
        Severity::Warning,
        "dark-pictures",
        odd(&|look| look.dark > dark),
        "are black in parts that the others show",
    );
    say(
        Severity::Warning,
        "bright-pictures",
        odd(&|look| look.bright > bright),
        "are white in parts that the others show",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream};

    /// Boxes on a gray floor with some noise, as a camera over a line sees them.
    fn scene(seed: u64) -> RgbImage {
        let stream = Stream::new(seed, Purpose::Test, &[]);
        RgbImage::from_fn(160, 120, |x, y| {
            let is_box = (x / 20 + y / 20) % 3 == 0;
            let noise = stream.uniform_at(u64::from(y * 160 + x));
            let value: u8 = if is_box { 190 } else { 70 };
            image::Rgb([value + if noise < 0.5 { 0 } else { 6 }; 3])
        })
    }

    fn codes(pictures: &[RgbImage]) -> Vec<(&'static str, String)> {
        let names: Vec<String> = (0..pictures.len()).map(|at| format!("{at}.png")).collect();
        let looks = names.iter().zip(pictures);
        let looks: Vec<(&str, Look)> = looks
            .map(|(name, picture)| (name.as_str(), Look::of(picture)))
            .collect();
        let mut issues = Issues::new();
        say(&looks, &mut issues);
        let told = issues.into_vec().into_iter();
        told.map(|issue| (issue.code, issue.place.source)).collect()
    }

    #[test]
    fn pictures_of_one_camera_have_no_issue() {
        let pictures: Vec<RgbImage> = (0..20).map(scene).collect();
        assert_eq!(codes(&pictures), []);
    }

    #[test]
    fn a_blurred_a_dark_and_a_bright_picture_are_named() {
        let mut pictures: Vec<RgbImage> = (0..20).map(scene).collect();
        pictures[3] = imageops::blur(&pictures[3], 3.0);
        pictures[7].pixels_mut().for_each(|pixel| pixel.0 = [2; 3]);
        pictures[11]
            .pixels_mut()
            .for_each(|pixel| pixel.0 = pixel.0.map(|value| value.saturating_mul(3)));
        pictures[11]
            .pixels_mut()
            .for_each(|pixel| pixel.0 = pixel.0.map(|value| value.saturating_add(40)));
        assert_eq!(
            codes(&pictures),
            [
                ("blurred-pictures", "3.png".to_owned()),
                ("dark-pictures", "7.png".to_owned()),
                ("bright-pictures", "11.png".to_owned()),
            ]
        );
    }

    #[test]
    fn pictures_of_two_scenes_are_no_flaw() {
        let mut pictures: Vec<RgbImage> = (0..20).map(scene).collect();
        for picture in &mut pictures[..7] {
            *picture = imageops::blur(picture, 3.0);
        }
        assert_eq!(codes(&pictures), []);
    }

    #[test]
    fn a_dark_room_is_the_usual_look_of_its_camera() {
        let mut pictures: Vec<RgbImage> = (0..20).map(scene).collect();
        for picture in &mut pictures {
            for pixel in picture.pixels_mut() {
                pixel.0 = pixel.0.map(|value| if value < 100 { 0 } else { value });
            }
        }
        assert_eq!(codes(&pictures), []);
    }
}
