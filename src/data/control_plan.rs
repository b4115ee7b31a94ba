//! What is set over the horizon: one value a control channel and step.

use super::DataError;

/// The controls over the horizon.
///
/// Invariant: every row has `horizon_steps` finite values.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPlan {
    channels: Vec<usize>,
    rows: Vec<Vec<f64>>,
    horizon_steps: usize,
}

impl ControlPlan {
    /// A plan from the dataset's channel indices and one row of values each.
    ///
    /// # Errors
    ///
    /// [`DataError::PlanShape`] where a row has another length than the first or a value is not
    /// finite.
    pub fn new(
        channels: Vec<usize>,
        rows: Vec<Vec<f64>>,
        horizon_steps: usize,
    ) -> Result<Self, DataError> {
        let fits =
            channels.len() == rows.len() && rows.iter().all(|row| row.len() == horizon_steps);
        if !fits || rows.iter().flatten().any(|value| !value.is_finite()) {
            return Err(DataError::PlanShape {
                channels: channels.len(),
                horizon_steps,
            });
        }
        Ok(Self {
            channels,
            rows,
            horizon_steps,
        })
    }

    /// The dataset's indices of the planned channels.
    pub fn channels(&self) -> &[usize] {
        &self.channels
    }

    /// One row of values a channel, in the channel's unit.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// The row of a channel of the dataset.
    pub fn row_of(&self, channel: usize) -> Option<&[f64]> {
        let position = self
            .channels
            .iter()
            .position(|&planned| planned == channel)?;
        self.rows.get(position).map(Vec::as_slice)
    }

    /// How many steps are planned.
    pub fn horizon_steps(&self) -> usize {
        self.horizon_steps
    }
}
