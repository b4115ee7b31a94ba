//! Ends of its range at which a channel rests, because it cannot pass them.
//!
//! A level in a tank that overflows, a sensor at the end of its scale, a share of rejects at zero:
//! a value there says only that the plant would have gone at least as far. So learning takes it as
//! a bound (a censored value, Tobin 1958), and no prediction passes it.

use super::prepared::{SimOutput, SimStart, Simulator};

/// Equal values in a row that are no chance.
const RUN: usize = 5;
/// An end at which fewer rows rest is none.
const LEAST: usize = 10;
/// … nor is one at which a smaller share of the rows rests.
const SHARE: f64 = 0.002;
/// At an end rest this many times the rows that rest at any value between the ends: where every
/// value is held, as in a coarse or seldom read channel, resting says nothing.
const CLEAR: usize = 3;

/// Lower and upper end of a channel that has none.
pub(crate) const FREE: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

/// Whether a channel rests at its least and at its greatest value.
pub(crate) fn rests(values: &[f64]) -> [bool; 2] {
    let known = || values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (
        known().fold(f64::INFINITY, f64::min),
        known().fold(f64::NEG_INFINITY, f64::max),
    );
    let mut resting: Vec<(f64, usize)> = values
        .chunk_by(|a, b| a.total_cmp(b).is_eq())
        .filter(|run| run.len() >= RUN && run[0].is_finite())
        .map(|run| (run[0], run.len()))
        .collect();
    resting.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let counts: Vec<(f64, usize)> = resting
        .chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
        .map(|runs| (runs[0].0, runs.iter().map(|run| run.1).sum()))
        .collect();
    let between = counts
        .iter()
        .filter(|(value, _)| low < *value && *value < high);
    let between = between.map(|(_, count)| *count).max().unwrap_or(0);
    let least = (SHARE * known().count() as f64).max(LEAST as f64);
    [low, high].map(|end| {
        let here = counts
            .iter()
            .filter(|(value, _)| value.total_cmp(&end).is_eq());
        let here: usize = here.map(|(_, count)| count).sum();
        low < high && here as f64 >= least && here >= CLEAR * between
    })
}

/// A family whose outputs stay between the ends of their ranges.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Railed<'a> {
    /// The family.
    pub(crate) family: &'a dyn Simulator,
    /// Lower and upper end of each output, normalised.
    pub(crate) rails: &'a [[f32; 2]],
}

impl Simulator for Railed<'_> {
    fn n_params(&self) -> usize {
        self.family.n_params()
    }

    fn n_members(&self) -> usize {
        self.family.n_members()
    }

    fn simulate(&self, member: usize, starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        let mut outputs = self.family.simulate(member, starts);
        if self.rails.iter().any(|rail| *rail != FREE) {
            for row in outputs
                .iter_mut()
                .flat_map(|output| output.mean.chunks_mut(self.rails.len()))
            {
                for (value, [low, high]) in row.iter_mut().zip(self.rails) {
                    *value = value.clamp(*low, *high);
                }
            }
        }
        outputs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wave cut off at some height.
    fn cut(height: f64) -> Vec<f64> {
        let wave = (0..1000).map(|t| (f64::from(t) * 0.03).sin());
        wave.map(|x| x.min(height)).collect()
    }

    #[test]
    fn a_wave_that_is_cut_off_rests_at_its_upper_end_and_a_whole_one_nowhere() {
        assert_eq!(rests(&cut(0.8)), [false, true]);
        assert_eq!(rests(&cut(2.0)), [false, false]);
        let turned: Vec<f64> = cut(0.8).iter().map(|x| -x).collect();
        assert_eq!(rests(&turned), [true, false]);
    }

    #[test]
    fn gaps_do_not_hide_an_end_and_a_constant_channel_has_none() {
        let mut gappy = cut(0.8);
        for gap in gappy.iter_mut().step_by(40) {
            *gap = f64::NAN;
        }
        assert_eq!(rests(&gappy), [false, true]);
        assert_eq!(rests(&[3.0; 100]), [false, false]);
        assert_eq!(rests(&[f64::NAN; 100]), [false, false]);
        assert_eq!(rests(&[]), [false, false]);
    }

    #[test]
    fn a_coarse_channel_that_is_held_everywhere_has_no_end() {
        let coarse: Vec<f64> = cut(2.0).iter().map(|x| (x * 4.0).round()).collect();
        assert_eq!(rests(&coarse), [false, false]);
    }

    #[test]
    fn a_handful_of_rows_is_no_end() {
        let mut values = cut(2.0);
        values[500..509].fill(1.5);
        assert_eq!(rests(&values), [false, false]);
        values[500..510].fill(1.5);
        assert_eq!(rests(&values), [false, true]);
    }
}
