//! What an encoder is to foretell: what the sensors' model gets wrong around a record's time.

use crate::{
    base::to_f32,
    model::{leftout::LeftOut, prepared::Prepared, senses::Answering},
};

/// Steps of a free run after which its errors speak of what is hidden.
const LEAD: usize = 30;
/// Ends of the two windows after a record, as shares of the horizon.
const WINDOWS: [usize; 2] = [6, 2];
/// Inputs by which an effect may change.
const MOST_INPUTS: usize = 12;
/// Errors beyond this many spreads are cut.
const MOST: f64 = 4.0;

/// Left-out errors of each step, averaged over the runs that pass it.
pub(crate) struct Targets<'a> {
    prepared: &'a Prepared,
    n_obs: usize,
    /// Ends of the windows, in steps.
    windows: [usize; 2],
    /// Running sums of errors in units of their spread, and of counts, `[episode][T + 1, O]`.
    sums: Vec<Vec<[f64; 2]>>,
}

/// What is known of the sensors around one record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aim {
    /// Mean error of each output in each window, and whether any was measured.
    pub(super) errors: Vec<[f32; 2]>,
    /// 1, then the inputs that an effect may depend on.
    pub(super) gates: Vec<f32>,
    /// Outputs and inputs of the record's step.
    pub(super) state: Vec<f32>,
}

impl<'a> Targets<'a> {
    /// The errors of what answers each output.
    pub(crate) fn new(
        leftout: &LeftOut,
        answering: &[Answering<'_>],
        prepared: &'a Prepared,
    ) -> Self {
        let n_obs = answering.len();
        let lead = LEAD.min(leftout.horizon / WINDOWS[0]);
        let mut cells: Vec<Vec<[f64; 2]>> = prepared
            .episodes
            .iter()
            .map(|one| vec![[0.0; 2]; one.n_steps * n_obs])
            .collect();
        for (output, answering) in answering.iter().enumerate() {
            for (run, start) in leftout.starts.iter().enumerate() {
                let (episode, first) = start.place;
                for step in lead..leftout.horizon {
                    let cell = step * n_obs + output;
                    let error =
                        f64::from(start.target[cell]) - f64::from(answering.runs.mean[run][cell]);
                    let place = (first + step) * n_obs + output;
                    if let Some(sums) = cells[episode].get_mut(place)
                        && error.is_finite()
                    {
                        *sums = [sums[0] + error, sums[1] + 1.0];
                    }
                }
            }
        }
        Self::of_cells(prepared, n_obs, leftout.horizon, &cells)
    }

    /// Sums and counts of what is to be foretold at each step, `[episode][T, O]`.
    pub(super) fn of_cells(
        prepared: &'a Prepared,
        n_obs: usize,
        horizon: usize,
        cells: &[Vec<[f64; 2]>],
    ) -> Self {
        let mut targets = Self {
            prepared,
            n_obs,
            windows: WINDOWS.map(|share| (horizon / share).max(1)),
            sums: Vec::new(),
        };
        targets.add_up(cells);
        targets
    }

    /// Running sums of errors in units of each output's spread of them.
    fn add_up(&mut self, cells: &[Vec<[f64; 2]>]) {
        let n_obs = self.n_obs;
        let spread = |output: usize| {
            let mut square = [0.0, 0.0];
            for cells in cells {
                let own = cells.iter().skip(output).step_by(n_obs.max(1));
                for [sum, count] in own.filter(|one| one[1] > 0.0) {
                    square = [square[0] + (sum / count).powi(2), square[1] + 1.0];
                }
            }
            (square[0] / f64::max(square[1], 1.0)).sqrt().max(1e-12)
        };
        let spreads: Vec<f64> = (0..n_obs).map(spread).collect();
        for cells in cells {
            let mut running = vec![[0.0; 2]; n_obs];
            let mut sums = running.clone();
            for row in cells.chunks(n_obs.max(1)) {
                for ((running, &[sum, count]), spread) in running.iter_mut().zip(row).zip(&spreads)
                {
                    if count > 0.0 {
                        let error = (sum / count / spread).clamp(-MOST, MOST);
                        *running = [running[0] + error, running[1] + 1.0];
                    }
                }
                sums.extend_from_slice(&running);
            }
            self.sums.push(sums);
        }
    }

    /// Steps after a record that its aim looks at.
    pub(super) fn reach(&self) -> usize {
        self.windows[1]
    }

    /// How many steps apart two records must be to be told from each other.
    pub(super) fn apart(&self) -> usize {
        self.windows[0]
    }

    /// Errors, gates and state of an aim.
    pub(super) fn sizes(&self) -> [usize; 3] {
        let n_in = self.prepared.n_in;
        [
            2 * self.n_obs,
            1 + n_in.min(MOST_INPUTS),
            self.prepared.n_obs + n_in,
        ]
    }

    /// What is known around a place; `None` outside the recordings.
    pub(super) fn aim(&self, (episode, step): (usize, usize)) -> Option<Aim> {
        let one = self.prepared.episodes.get(episode)?;
        let (n_in, n_obs) = (self.prepared.n_in, self.prepared.n_obs);
        let input = one.input.get(step * n_in..(step + 1) * n_in)?;
        let obs = one.obs.get(step * n_obs..(step + 1) * n_obs)?;
        let sums = &self.sums[episode];
        let ends =
            [0, self.windows[0], self.windows[1]].map(|after| (step + after).min(one.n_steps));
        let mut errors = Vec::with_capacity(2 * self.n_obs);
        for window in ends.windows(2) {
            for output in 0..self.n_obs {
                let [from, to] = [window[0], window[1]].map(|at| sums[at * self.n_obs + output]);
                let count = to[1] - from[1];
                errors.push(if count > 0.0 {
                    [to_f32((to[0] - from[0]) / count), 1.0]
                } else {
                    [0.0, 0.0]
                });
            }
        }
        let gates = std::iter::once(1.0).chain(input.iter().take(MOST_INPUTS).copied());
        let known = |&x: &f32| {
            if x.is_finite() {
                x.clamp(-6.0, 6.0)
            } else {
                0.0
            }
        };
        Some(Aim {
            errors,
            gates: gates.map(|x| x.clamp(-6.0, 6.0)).collect(),
            state: obs.iter().chain(input).map(known).collect(),
        })
    }
}
