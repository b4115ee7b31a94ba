//! What the microphone beside the main bearing hears.

use std::f64::consts::TAU;

use super::signals::{Row, SPEED};
use crate::base::{Purpose, Stream};

const SAMPLE_RATE: u32 = 8000;
const CLIP_SECS: u32 = 2;

/// Two seconds from the end of a step on, as a WAV file: 8 kHz, mono, 16 bits.
///
/// The shaft's tone follows the conveyor's speed; wear raises its harmonics and adds knocks that
/// ring at 2.3 kHz. Each bottle that passes a loose guide rail makes it rattle at 900 Hz.
pub(super) fn clip(seed: u64, step: usize, row: &Row, (wear, rattle): (f64, f64)) -> Vec<u8> {
    let stream = Stream::new(seed, Purpose::Microphone, &[step as u64]);
    let shaft_hz = 1.8 * row[SPEED].max(0.0);
    let knock_hz = shaft_hz / 12.0;
    let harmonics = [
        (1.0, 0.05),
        (2.0, 0.012 + 0.06 * wear),
        (3.0, 0.006 + 0.09 * wear),
    ];
    let phases: [f64; 4] = std::array::from_fn(|idx| stream.uniform_at(idx as u64));
    let bottle_hz = row[SPEED].max(0.0) / 60.0;
    let samples = (0..SAMPLE_RATE * CLIP_SECS).map(|sample| {
        let secs = f64::from(sample) / f64::from(SAMPLE_RATE);
        let mut value = hiss(&stream, sample);
        for ((order, loudness), phase) in harmonics.into_iter().zip(phases) {
            value += loudness * (TAU * (order * shaft_hz * secs + phase)).sin();
        }
        if knock_hz > 0.0 {
            let since = (knock_hz * secs + phases[3]).fract() / knock_hz;
            let ring = (-since * 260.0).exp();
            if ring > 0.003 {
                value += 0.25 * wear * ring * (TAU * 2300.0 * since).sin();
            }
        }
        if rattle > 0.0 && bottle_hz > 0.0 {
            let since = (bottle_hz * secs + phases[0]).fract() / bottle_hz;
            value += 0.2 * rattle * (-since * 30.0).exp() * (TAU * 900.0 * since).sin();
        }
        to_sample(value)
    });
    let mut bytes = header();
    for sample in samples {
        bytes.extend_from_slice(&sample.to_le_bytes());
    }
    bytes
}

/// The hall's noise: the sum of two uniform numbers of 16 bits, standard deviation 0.02.
fn hiss(stream: &Stream, sample: u32) -> f64 {
    let bits = stream.bits_at(100 + u64::from(sample) / 2) >> (32 * (sample % 2));
    let sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF);
    (sum as f64 / 65_535.0 - 1.0) * 0.049
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
fn to_sample(value: f64) -> i16 {
    (value * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16
}

/// The 44 bytes before the samples.
fn header() -> Vec<u8> {
    let n_bytes = SAMPLE_RATE * CLIP_SECS * 2;
    let mut bytes = Vec::with_capacity(44 + 2 * (SAMPLE_RATE * CLIP_SECS) as usize);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + n_bytes).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    // PCM, one channel.
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    bytes.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
    bytes.extend_from_slice(&(SAMPLE_RATE * 2).to_le_bytes());
    bytes.extend_from_slice(&2_u16.to_le_bytes());
    bytes.extend_from_slice(&16_u16.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&n_bytes.to_le_bytes());
    bytes
}
