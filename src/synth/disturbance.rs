//! What acts on the line without being chosen, indexed by step.

use super::{
    fault::{Fault, FaultKind},
    plant::{Inputs, STEP_SECS},
};
use crate::base::{Purpose, Stream};

const STEPS_PER_HOUR: f64 = 3600.0 / STEP_SECS;

/// Every disturbance at every step; a longer list begins like a shorter one.
pub(super) struct Disturbances {
    ambient: Vec<f64>,
    viscosity: Vec<f64>,
    /// Bearing wear, 0 to 1; hidden.
    pub(super) wear: Vec<f64>,
    feed_temp: Vec<f64>,
    feed_gain: Vec<f64>,
    nozzle: Vec<f64>,
    /// How loose the guide rail is, 0 to 1; hidden.
    pub(super) rattle: Vec<f64>,
}

impl Disturbances {
    /// The disturbances of a seed, with the faults that act on the line itself.
    pub(super) fn new(seed: u64, n_steps: usize, faults: &[Fault]) -> Self {
        let weather = wander(seed, 0, n_steps, 3.0);
        let feed = wander(seed, 1, n_steps, 1.0);
        let pressure = wander(seed, 2, n_steps, 0.3);
        let ambient: Vec<f64> = weather
            .iter()
            .enumerate()
            .map(|(step, noise)| {
                // The clock starts at eight in the morning; it is warmest at three.
                let hours = step as f64 / STEPS_PER_HOUR;
                let phase = (hours + 8.0 - 9.0) / 24.0 * std::f64::consts::TAU;
                22.0 + 4.0 * phase.sin() + 0.7 * noise
            })
            .collect();
        let feed_temp = ambient
            .iter()
            .zip(&feed)
            .map(|(ambient, noise)| 62.0 + 0.3 * (ambient - 22.0) + 0.3 * noise)
            .collect();
        let mut disturbances = Self {
            ambient,
            viscosity: lots(seed, n_steps),
            wear: bearing(seed, n_steps),
            feed_temp,
            feed_gain: pressure.iter().map(|noise| 1.0 + 0.006 * noise).collect(),
            nozzle: vec![1.0; n_steps],
            rattle: vec![0.0; n_steps],
        };
        for fault in faults {
            for step in fault.from_step..fault.to_step.min(n_steps) {
                match fault.kind {
                    FaultKind::Wear => {
                        let worn = disturbances.wear[step] + fault.size;
                        disturbances.wear[step] = worn.clamp(0.0, 1.0);
                    }
                    FaultKind::Regime => disturbances.nozzle[step] *= 1.0 - fault.size,
                    FaultKind::Rattle => {
                        let loose = disturbances.rattle[step] + fault.size;
                        disturbances.rattle[step] = loose.clamp(0.0, 1.0);
                    }
                    _ => {}
                }
            }
        }
        disturbances
    }

    /// What acts during a step under given controls.
    pub(super) fn inputs(&self, step: usize, controls: [f64; 4]) -> Inputs {
        Inputs {
            controls,
            ambient: self.ambient[step],
            viscosity: self.viscosity[step],
            wear: self.wear[step],
            feed_temp: self.feed_temp[step],
            feed_gain: self.feed_gain[step],
            nozzle: self.nozzle[step],
            rattle: self.rattle[step],
        }
    }
}

/// A stationary Gauss-Markov process of variance 1 that forgets in some hours.
fn wander(seed: u64, id: u64, n_steps: usize, hours: f64) -> Vec<f64> {
    let mut draws = Stream::new(seed, Purpose::Disturbance, &[id]).draws();
    let keep = (-1.0 / (hours * STEPS_PER_HOUR)).exp();
    let kick = (1.0 - keep * keep).sqrt();
    let mut now = draws.normal();
    (0..n_steps)
        .map(|_| {
            now = keep * now + kick * draws.normal();
            now
        })
        .collect()
}

/// The lots' viscosity: a new lot every two to five hours, mixed in over five minutes.
fn lots(seed: u64, n_steps: usize) -> Vec<f64> {
    let mut draws = Stream::new(seed, Purpose::Disturbance, &[10]).draws();
    let mut lot = 12.0;
    let mut now = lot;
    let mut steps_left = 0.0;
    (0..n_steps)
        .map(|_| {
            if steps_left <= 0.0 {
                steps_left = draws.between(2.0, 5.0) * STEPS_PER_HOUR;
                lot = 12.0 * (0.12 * draws.normal().clamp(-2.5, 2.5)).exp();
            }
            steps_left -= 1.0;
            now += (lot - now) * STEP_SECS / 300.0;
            now
        })
        .collect()
}

/// The bearing wears at a changing rate and is renewed when somebody can no longer bear it.
fn bearing(seed: u64, n_steps: usize) -> Vec<f64> {
    let mut draws = Stream::new(seed, Purpose::Disturbance, &[11]).draws();
    let mut now = draws.between(0.05, 0.35);
    let mut endured = draws.between(0.5, 0.8);
    let mut rate = 0.0;
    (0..n_steps)
        .map(|step| {
            if step.is_multiple_of(360) {
                rate = draws.between(0.0, 0.04);
            }
            now += rate / STEPS_PER_HOUR;
            if now > endured {
                now = 0.05;
                endured = draws.between(0.5, 0.8);
            }
            now
        })
        .collect()
}
