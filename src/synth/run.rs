//! One run of the line under its operators, and re-runs under given controls.

use super::{
    SynthError, SynthSpec,
    disturbance::Disturbances,
    fault,
    operators::Operators,
    plant::Plant,
    signals::{Instruments, N_CONTROLS, N_SIGNALS, Row, SIGNALS},
};

/// Steps before the log begins, in which the line settles.
const SETTLE_STEPS: usize = 720;

/// The noise of the settling is taken from far behind that of the log.
const SETTLE_NOISE: usize = 300_000_000;

/// What happened on the line.
pub(super) struct Run {
    pub(super) n_steps: usize,
    /// The true value of every signal at the end of each step.
    pub(super) truth: Vec<Row>,
    /// What the log holds, one column a signal; NaN where blank.
    pub(super) log: Vec<Vec<f64>>,
    /// Bearing wear at each step.
    pub(super) wear: Vec<f64>,
    /// How loose the guide rail is at each step.
    pub(super) rattle: Vec<f64>,
    /// The line at the end of the step before the one asked for.
    snapshot: Plant,
}

/// Runs the line; the state before `snapshot_step` is kept for re-runs.
pub(super) fn run(spec: &SynthSpec, snapshot_step: usize) -> Result<Run, SynthError> {
    let (n_steps, faults) = spec.resolve()?;
    let disturbances = Disturbances::new(spec.seed, n_steps, &faults);
    let mut plant = Plant::new();
    let mut operators = Operators::new(spec.seed, spec.excitation);
    let mut instruments = Instruments::new(spec.seed);
    let mut seen = instruments.read(0, &plant.step(&disturbances.inputs(0, USUAL)));
    for step in 0..SETTLE_STEPS {
        let controls = operators.next(&seen);
        let row = plant.step(&disturbances.inputs(0, controls));
        seen = instruments.read(SETTLE_NOISE + step, &row);
    }
    let mut snapshot = plant.clone();
    let mut truth = Vec::with_capacity(n_steps);
    let mut log = vec![Vec::new(); N_SIGNALS];
    for step in 0..n_steps {
        if step == snapshot_step {
            snapshot = plant.clone();
        }
        let controls = operators.next(&seen);
        let row = plant.step(&disturbances.inputs(step, controls));
        seen = instruments.read(step, &row);
        truth.push(row);
        for (idx, signal) in SIGNALS.iter().enumerate() {
            let is_blank = signal.is_blank && !step.is_multiple_of(signal.every);
            log[idx].push(if is_blank { f64::NAN } else { seen[idx] });
        }
    }
    if snapshot_step >= n_steps {
        snapshot = plant;
    }
    fault::spoil(&mut log, &faults);
    Ok(Run {
        n_steps,
        truth,
        log,
        wear: disturbances.wear,
        rattle: disturbances.rattle,
        snapshot,
    })
}

/// The controls of the first moment.
const USUAL: [f64; N_CONTROLS] = [100.0, 76.0, 61.0, 50.0];

impl Run {
    /// The true signals under other controls from the snapshot on, with the same disturbances.
    pub(super) fn again(
        &self,
        spec: &SynthSpec,
        from_step: usize,
        controls: &[[f64; N_CONTROLS]],
    ) -> Result<Vec<Row>, SynthError> {
        let (_, faults) = spec.resolve()?;
        let n_steps = from_step + controls.len();
        let disturbances = Disturbances::new(spec.seed, n_steps.max(self.n_steps), &faults);
        let mut plant = self.snapshot.clone();
        Ok(controls
            .iter()
            .enumerate()
            .map(|(step, &controls)| plant.step(&disturbances.inputs(from_step + step, controls)))
            .collect())
    }
}
