//! Where windows begin: drawn for training, one after the other for validation.

use crate::{base::Draws, model::prepared::Block};

/// Where a window begins: recording, first allowed step, first predicted step, end of its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// The recording's position.
    pub(super) episode: usize,
    /// The first step that may be looked at.
    pub(super) low: usize,
    /// The first predicted step.
    pub(super) at: usize,
    /// The step after the block.
    pub(super) end: usize,
}

/// Draws training windows from some blocks, never across their borders.
#[derive(Debug, Clone)]
pub(super) struct Sampler {
    blocks: Vec<Block>,
    n_past: usize,
}

impl Sampler {
    /// A sampler of some blocks.
    pub(super) fn new(blocks: Vec<Block>, n_past: usize) -> Self {
        Self { blocks, n_past }
    }

    /// Measured steps kept before a window; fewer in a short block.
    fn lead(&self, block: &Block) -> usize {
        self.n_past.min((block.end - block.start) / 3).max(1)
    }

    /// How many windows of `n_steps` begin in a block; a window may stick out of a short one.
    fn n_starts(&self, block: &Block, n_steps: usize) -> usize {
        let room = (block.end - block.start).saturating_sub(self.lead(block));
        let tail = n_steps.min(room.div_ceil(2)).max(1);
        (room + 1).saturating_sub(tail)
    }

    /// A window of some steps; none where there is no block.
    pub(super) fn spot(&self, draws: &mut Draws, n_steps: usize) -> Option<Spot> {
        let total = self.blocks.iter().map(|b| self.n_starts(b, n_steps)).sum();
        let mut position = draws.below(total);
        for block in &self.blocks {
            let n_starts = self.n_starts(block, n_steps);
            if position < n_starts {
                return Some(Spot {
                    episode: block.episode,
                    low: block.start,
                    at: block.start + self.lead(block) + position,
                    end: block.end,
                });
            }
            position -= n_starts;
        }
        None
    }

    /// Runs of at most `n_steps` one after the other over all blocks, at most `most` of them.
    pub(super) fn in_turn(&self, n_steps: usize, most: usize) -> Vec<Spot> {
        let mut spots = Vec::new();
        for block in &self.blocks {
            let first = block.start + self.lead(block);
            spots.extend((first..block.end).step_by(n_steps.max(1)).map(|at| Spot {
                episode: block.episode,
                low: block.start,
                at,
                end: block.end.min(at + n_steps),
            }));
        }
        let every = spots.len().div_ceil(most.max(1)).max(1);
        spots.into_iter().step_by(every).collect()
    }
}
