//! Sensors at fault in training windows: one measured output is lost or stands still.

use super::{batch::Batch, params::Dims};
use crate::base::{Draws, to_f32};

impl Batch {
    /// Lets one sensor fail in a share of the windows.
    ///
    /// Half of the faults began before the window, the others inside it; half are losses, which the
    /// mask tells, the others hold a value, which nothing tells. What is to be foretold stays.
    pub(super) fn break_sensors(
        &mut self,
        dims: &Dims,
        share: f64,
        spread: &[f32],
        draws: &mut Draws,
    ) {
        let (n, width) = (self.n_lanes, dims.n_step());
        for lane in 0..n {
            if draws.uniform() >= share {
                continue;
            }
            let channel = draws.below(dims.n_obs);
            let is_lost = draws.uniform() < 0.5;
            let is_old = draws.uniform() < 0.5;
            let first = 1 + draws.below(dims.n_lags.max(2) - 1);
            let normal = to_f32(draws.normal());
            let row = |lag: usize| (lag * width + channel) * n + lane;
            let (from, held) = if !is_old && first < dims.n_lags {
                (first, self.past[row(first - 1)])
            } else if is_lost {
                // Nothing was ever seen: what the window would hold then, see `fill_past`.
                (0, 0.0)
            } else {
                (0, normal * spread[channel])
            };
            for lag in from..dims.n_lags {
                self.past[row(lag)] = held;
                if dims.has_mask && is_lost {
                    self.past[row(lag) + dims.n_obs * n] = 1.0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream};

    fn dims() -> Dims {
        Dims {
            n_obs: 2,
            n_in: 1,
            n_state: 3,
            n_hidden: 4,
            n_deep: 0,
            n_latent: 0,
            n_enc: 4,
            n_context: 0,
            n_lags: 5,
            has_mask: true,
            n_features: [0; 3],
        }
    }

    /// A batch whose pasts are all different.
    fn batch(dims: &Dims) -> Batch {
        let mut batch = Batch::new(dims, 400, 1);
        for (at, value) in batch.past.iter_mut().enumerate() {
            let is_mask = (at / 400 % dims.n_step()) / 2 == 1;
            *value = if is_mask { 0.0 } else { at as f32 };
        }
        batch
    }

    #[test]
    fn about_as_many_windows_as_asked_hold_one_sensor_that_is_lost_or_stands_still() {
        let dims = dims();
        let before = batch(&dims);
        let mut after = before.clone();
        let mut draws = Stream::new(3, Purpose::Test, &[]).draws();
        after.break_sensors(&dims, 0.3, &[1.0, 1.0], &mut draws);
        let n = before.n_lanes;
        let (mut n_broken, mut n_lost) = (0, 0);
        for lane in 0..n {
            let at = |row: usize| row * n + lane;
            let differs =
                |row: usize| after.past[at(row)].to_bits() != before.past[at(row)].to_bits();
            let rows = 0..dims.n_past();
            let changed: Vec<usize> = rows.filter(|&row| differs(row)).collect();
            let Some(&last) = changed.last() else {
                continue;
            };
            n_broken += 1;
            let values: Vec<usize> = (changed.iter().copied())
                .filter(|row| row % dims.n_step() < dims.n_obs)
                .collect();
            let channel = values[0] % dims.n_step();
            let is_lost = after.past[at(last)].to_bits() == 1.0_f32.to_bits();
            n_lost += usize::from(is_lost);
            // One channel alone, one value from there to the newest step.
            assert!(values.iter().all(|row| row % dims.n_step() == channel));
            assert_eq!(*values.last().unwrap() / dims.n_step(), dims.n_lags - 1);
            let held = after.past[at(values[0])].to_bits();
            assert!(
                values
                    .iter()
                    .all(|&row| after.past[at(row)].to_bits() == held)
            );
            assert_eq!(changed.len(), values.len() * (1 + usize::from(is_lost)));
        }
        assert!((80..160).contains(&n_broken), "{n_broken} of {n}");
        assert!((30..90).contains(&n_lost), "{n_lost} of {n_broken}");
    }

    #[test]
    fn where_no_fault_is_asked_nothing_changes() {
        let dims = dims();
        let mut after = batch(&dims);
        let mut draws = Stream::new(3, Purpose::Test, &[]).draws();
        after.break_sensors(&dims, 0.0, &[1.0, 1.0], &mut draws);
        assert_eq!(after.past, batch(&dims).past);
    }
}
