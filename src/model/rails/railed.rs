//! A family that stays between the ends of its outputs' ranges.

use super::FREE;
use crate::model::prepared::{SimOutput, SimStart, Simulator};

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
