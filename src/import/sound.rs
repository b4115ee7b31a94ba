//! Reads one recording: log-mel bands, levels, and numbers for the model.

use std::{io::ErrorKind, path::Path};

use realfft::{RealFftPlanner, RealToComplex};
use symphonia::core::{
    audio::SampleBuffer,
    codecs::{CODEC_TYPE_NULL, DecoderOptions},
    errors::Error,
    formats::FormatOptions,
    io::MediaSourceStream,
    meta::MetadataOptions,
    probe::Hint,
};

use super::images::broken;
use crate::{
    base::{Phrase, StopToken, Stopped, io_phrase, open_file, to_count, to_f32},
    data::Clip,
};

/// Mel bands.
const BANDS: usize = 24;
/// Slices of short and of long recordings, in seconds.
const SHORT_SLICE_SECS: f64 = 0.25;
const LONG_SLICE_SECS: f64 = 1.0;
const LONG_SECS: f64 = 60.0;
/// The lowest band begins here.
const LOW_HZ: f64 = 40.0;
/// Power below this is silence.
const FLOOR: f64 = 1e-10;

/// One recording.
pub(super) struct Heard {
    rate_hz: f64,
    secs: f64,
    slice_secs: f64,
    mel_db: Vec<Vec<f32>>,
    level_db: Vec<f32>,
    /// How far the loudest line of the spectrum stands above the mean, dB.
    peak_db: Vec<f32>,
    /// Knocks and beats of each slice.
    beats: Vec<[f32; 3]>,
}

/// Decodes a file, slice by slice.
pub(super) fn read(path: &Path, stop: &StopToken) -> Result<Heard, Phrase> {
    let file = open_file(path).map_err(|error| io_phrase(&error.source))?;
    let stream = MediaSourceStream::new(
        Box::new(file),
        symphonia::core::io::MediaSourceStreamOptions::default(),
    );
    let probed = symphonia::default::get_probe()
        .format(
            &Hint::new(),
            stream,
            &FormatOptions::default(),
            &MetadataOptions::default(),
        )
        .map_err(|error| broken(&error))?;
    let mut format = probed.format;
    let track = format
        .tracks()
        .iter()
        .find(|track| track.codec_params.codec != CODEC_TYPE_NULL)
        .ok_or_else(|| Phrase::new("detail-no-sound-track", "no sound track"))?;
    let params = track.codec_params.clone();
    let track_id = track.id;
    let rate = params
        .sample_rate
        .filter(|rate| (100..=1_000_000).contains(rate))
        .ok_or_else(|| Phrase::new("detail-no-sample-rate", "no sample rate"))?;
    let total_secs = params
        .n_frames
        .map_or(0.0, |frames| frames as f64 / f64::from(rate));
    let mut decoder = symphonia::default::get_codecs()
        .make(&params, &DecoderOptions::default())
        .map_err(|error| broken(&error))?;
    let mut slicer = Slicer::new(rate, total_secs);
    let mut buffer: Option<SampleBuffer<f32>> = None;
    loop {
        stop.check().map_err(Stopped::phrase)?;
        let packet = match format.next_packet() {
            Ok(packet) => packet,
            Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(Error::ResetRequired) => break,
            Err(error) if slicer.is_empty() => return Err(broken(&error)),
            // What was heard before the file broke off stays valid.
            Err(_) => break,
        };
        if packet.track_id() != track_id {
            continue;
        }
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            Err(Error::DecodeError(_)) => continue,
            Err(error) if slicer.is_empty() => return Err(broken(&error)),
            Err(_) => break,
        };
        let n_channels = decoded.spec().channels.count().max(1);
        let needed = decoded.capacity() * n_channels;
        if buffer
            .as_ref()
            .is_none_or(|buffer| buffer.capacity() < needed)
        {
            buffer = Some(SampleBuffer::new(
                decoded.capacity() as u64,
                *decoded.spec(),
            ));
        }
        if let Some(buffer) = buffer.as_mut() {
            buffer.copy_interleaved_ref(decoded);
            for frame in buffer.samples().chunks_exact(n_channels) {
                let sum: f64 = frame.iter().map(|sample| f64::from(*sample)).sum();
                slicer.push(sum / n_channels as f64);
            }
        }
    }
    slicer.finish()
}

/// Collects samples into slices and measures each.
struct Slicer {
    rate_hz: f64,
    slice_len: usize,
    n_samples: u64,
    slice: Vec<f64>,
    window: Vec<f64>,
    fft: std::sync::Arc<dyn RealToComplex<f64>>,
    /// First bin, peak and last bin of each band's triangle.
    bands: Vec<[f64; 3]>,
    mel_db: Vec<Vec<f32>>,
    level_db: Vec<f32>,
    peak_db: Vec<f32>,
    beats: Vec<[f32; 3]>,
}

impl Slicer {
    fn new(rate: u32, total_secs: f64) -> Self {
        let rate_hz = f64::from(rate);
        let slice_secs = if total_secs > LONG_SECS {
            LONG_SLICE_SECS
        } else {
            SHORT_SLICE_SECS
        };
        // About 40 ms resolve the hum of a bearing and still fit often into a slice.
        let n_fft = to_count(rate_hz * 0.04).next_power_of_two().max(64);
        let window = (0..n_fft)
            .map(|at| 0.5 - 0.5 * (std::f64::consts::TAU * at as f64 / n_fft as f64).cos())
            .collect();
        let mel = |hz: f64| 2595.0 * (1.0 + hz / 700.0).log10();
        let hz = |mel: f64| 700.0 * (10_f64.powf(mel / 2595.0) - 1.0);
        let (low, high) = (mel(LOW_HZ), mel(rate_hz / 2.0));
        let edge = |band: usize| {
            let at = low + (high - low) * band as f64 / (BANDS + 1) as f64;
            hz(at) * n_fft as f64 / rate_hz
        };
        Self {
            rate_hz,
            slice_len: to_count(rate_hz * slice_secs).max(n_fft),
            n_samples: 0,
            slice: Vec::new(),
            window,
            fft: RealFftPlanner::<f64>::new().plan_fft_forward(n_fft),
            bands: (0..BANDS)
                .map(|band| [edge(band), edge(band + 1), edge(band + 2)])
                .collect(),
            mel_db: Vec::new(),
            level_db: Vec::new(),
            peak_db: Vec::new(),
            beats: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.n_samples == 0
    }

    fn push(&mut self, sample: f64) {
        self.n_samples += 1;
        self.slice
            .push(if sample.is_finite() { sample } else { 0.0 });
        if self.slice.len() >= self.slice_len {
            self.measure();
        }
    }

    fn finish(mut self) -> Result<Heard, Phrase> {
        // A rest shorter than half a slice would be measured badly.
        if self.slice.len() * 2 >= self.slice_len || self.mel_db.is_empty() {
            self.measure();
        }
        if self.n_samples == 0 {
            return Err(Phrase::new("detail-no-sample", "no sample"));
        }
        Ok(Heard {
            rate_hz: self.rate_hz,
            secs: self.n_samples as f64 / self.rate_hz,
            slice_secs: self.slice_len as f64 / self.rate_hz,
            mel_db: self.mel_db,
            level_db: self.level_db,
            peak_db: self.peak_db,
            beats: self.beats,
        })
    }

    fn measure(&mut self) {
        if self.slice.is_empty() {
            return;
        }
        let slice = std::mem::take(&mut self.slice);
        let energy = slice.iter().map(|sample| sample * sample).sum::<f64>();
        self.level_db.push(decibel(energy / slice.len() as f64));
        self.beats.push(beats(&slice));
        let power = self.power(&slice);
        let mean = power.iter().sum::<f64>() / power.len().max(1) as f64;
        let peak = power.iter().copied().fold(0.0, f64::max);
        self.peak_db
            .push(decibel((peak + FLOOR) / (mean + FLOOR)).max(0.0));
        let bands = self.bands.iter().map(|edges| decibel(band(&power, edges)));
        self.mel_db.push(bands.collect());
    }

    /// The mean power spectrum of a slice.
    fn power(&self, slice: &[f64]) -> Vec<f64> {
        let n_fft = self.window.len();
        let mut power = vec![0.0; n_fft / 2 + 1];
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut n_frames = 0_u32;
        for part in slice.chunks(n_fft) {
            if part.len() < n_fft && n_frames > 0 {
                break;
            }
            frame.fill(0.0);
            for ((slot, sample), weight) in frame.iter_mut().zip(part).zip(&self.window) {
                *slot = sample * weight;
            }
            if self.fft.process(&mut frame, &mut spectrum).is_err() {
                break;
            }
            for (sum, line) in power.iter_mut().zip(&spectrum) {
                *sum += line.norm_sqr();
            }
            n_frames += 1;
        }
        // Scaled so that a full-scale sine gives about 0 dB in its band.
        let scale = 16.0 / (f64::from(n_frames.max(1)) * (n_fft * n_fft) as f64);
        for sum in &mut power {
            *sum *= scale;
        }
        power
    }
}

/// How knocking a slice is: its crest, its kurtosis, and how much the envelope beats; a steady tone
/// or hiss gives small numbers, a worn bearing or a loose part large ones.
fn beats(slice: &[f64]) -> [f32; 3] {
    let n = slice.len().max(1) as f64;
    let mean = slice.iter().sum::<f64>() / n;
    let moment = |power: i32| slice.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2) + FLOOR;
    let most = slice
        .iter()
        .fold(0.0_f64, |most, x| most.max((x - mean).abs()));
    let crest = most / variance.sqrt();
    let kurtosis = moment(4) / (variance * variance);
    let parts: Vec<f64> = slice
        .chunks((slice.len() / 64).max(1))
        .map(|part| {
            (part.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / part.len() as f64).sqrt()
        })
        .collect();
    let level = parts.iter().sum::<f64>() / parts.len().max(1) as f64 + FLOOR;
    let spread = parts.iter().map(|part| (part - level).powi(2)).sum::<f64>();
    let beat = (spread / parts.len().max(1) as f64).sqrt() / level;
    [crest.ln_1p(), kurtosis.ln_1p(), beat].map(to_f32)
}

fn band(power: &[f64], [low, peak, high]: &[f64; 3]) -> f64 {
    let mut sum = 0.0;
    for (bin, value) in power.iter().enumerate() {
        let at = bin as f64;
        let weight = if at <= *low || at >= *high {
            0.0
        } else if at <= *peak {
            (at - low) / (peak - low)
        } else {
            (high - at) / (high - peak)
        };
        sum += weight * value;
    }
    sum
}

fn decibel(power: f64) -> f32 {
    to_f32(10.0 * (power + FLOOR).log10())
}

/// One name a feature.
pub(super) fn names() -> Vec<String> {
    let mut names: Vec<String> = (0..BANDS).map(|band| format!("band {band} mean")).collect();
    names.extend((0..BANDS).map(|band| format!("band {band} spread")));
    names.extend(["level", "peak", "crest", "kurtosis", "beat"].map(str::to_owned));
    names
}

impl Heard {
    /// The recording as the program keeps it.
    pub(super) fn clip(self, start_ns: i64, source: &str) -> Clip {
        Clip {
            start_ns,
            secs: self.secs,
            source: source.to_owned(),
            sample_rate_hz: self.rate_hz,
            mel_db: self.mel_db,
            level_db: self.level_db,
        }
    }

    /// Features with the second after the start at which they are known: one for a short clip,
    /// one a step, but at least a second and at most ten, for a long one.
    pub(super) fn windows(&self, step_secs: f64) -> Vec<(f64, Vec<f32>)> {
        let width_secs = step_secs.clamp(1.0, 10.0);
        let n_slices = self.mel_db.len();
        if self.secs <= 2.0 * width_secs {
            return vec![(self.secs, self.features(0, n_slices))];
        }
        let mut list = Vec::new();
        let mut start = 0;
        let mut window = 1_u32;
        for slice in 1..=n_slices {
            let end_secs = slice as f64 * self.slice_secs;
            if end_secs + 1e-9 >= f64::from(window) * width_secs || slice == n_slices {
                list.push((end_secs, self.features(start, slice)));
                start = slice;
                window += 1;
            }
        }
        list
    }

    /// Band means and spreads, level and peak, scaled so that −100 dB is 0 and 0 dB is 1.
    fn features(&self, start: usize, end: usize) -> Vec<f32> {
        let scale = |db: f32| db / 100.0 + 1.0;
        let count = single((end - start).max(1));
        let mean_of = |band: usize| {
            let rows = self.mel_db[start..end].iter();
            rows.map(|row| row[band]).sum::<f32>() / count
        };
        let means: Vec<f32> = (0..BANDS).map(mean_of).collect();
        let mut list: Vec<f32> = means.iter().map(|mean| scale(*mean)).collect();
        for (band, mean) in means.iter().enumerate() {
            let rows = self.mel_db[start..end].iter();
            let sum: f32 = rows.map(|row| (row[band] - mean).powi(2)).sum();
            list.push((sum / count).sqrt() / 10.0);
        }
        list.push(scale(self.level_db[start..end].iter().sum::<f32>() / count));
        list.push(self.peak_db[start..end].iter().sum::<f32>() / count / 50.0);
        for at in 0..3 {
            let rows = self.beats[start..end].iter();
            list.push(rows.map(|row| row[at]).sum::<f32>() / count);
        }
        list
    }
}

fn single(count: usize) -> f32 {
    to_f32(count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_heard_in_its_band_and_at_its_level() {
        let mut slicer = Slicer::new(16_000, 2.0);
        for at in 0..32_000 {
            slicer.push(0.5 * (std::f64::consts::TAU * 1000.0 * f64::from(at) / 16_000.0).sin());
        }
        let heard = slicer.finish().expect("it was heard");
        assert_eq!(heard.mel_db.len(), 8);
        assert!(
            (heard.level_db[0] + 9.03).abs() < 0.1,
            "{}",
            heard.level_db[0]
        );
        let loudest = (0..BANDS)
            .max_by(|a, b| heard.mel_db[0][*a].total_cmp(&heard.mel_db[0][*b]))
            .expect("bands");
        let edges = Slicer::new(16_000, 2.0).bands[loudest];
        let bin = 1000.0 * 1024.0 / 16_000.0;
        assert!(edges[0] < bin && bin < edges[2]);
        // A sine has a crest of the root of two and a kurtosis of 1.5, and it does not beat.
        let [crest, kurtosis, beat] = heard.beats[1];
        assert!((crest.exp_m1() - 1.414).abs() < 0.02 && (kurtosis.exp_m1() - 1.5).abs() < 0.02);
        assert!(beat < 0.1, "{beat}");
        let windows = heard.windows(10.0);
        assert_eq!((windows.len(), windows[0].1.len()), (1, names().len()));
    }
}
