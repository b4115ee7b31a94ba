//! Where windows begin: drawn for training, one after the other for validation.

use crate::{
    base::{Purpose, Stream},
    model::prepared::{Block, Prepared},
};

/// Where a window begins: recording, first allowed step, first predicted step, end of its block.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spot {
    /// The recording's position.
    pub(crate) episode: usize,
    /// The first step that may be looked at.
    pub(crate) low: usize,
    /// The first predicted step.
    pub(crate) at: usize,
    /// The step after the block.
    pub(crate) end: usize,
}

/// Draws training windows from some blocks, never across their borders.
#[derive(Debug, Clone)]
pub(crate) struct Sampler {
    blocks: Vec<Block>,
    n_past: usize,
}

impl Sampler {
    /// A sampler of some blocks.
    pub(crate) fn new(blocks: Vec<Block>, n_past: usize) -> Self {
        Self { blocks, n_past }
    }

    /// Samplers of what each member learns from.
    pub(crate) fn of_members(prep: &Prepared, n_past: usize) -> Vec<Self> {
        let of = |member| Self::new(prep.training_blocks(member), n_past);
        (0..prep.folds.len()).map(of).collect()
    }

    /// The longest window that fits.
    pub(crate) fn longest(&self) -> usize {
        let fits = |block: &Block| (block.end - block.start).saturating_sub(self.lead(block));
        self.blocks.iter().map(fits).max().unwrap_or(0)
    }

    /// Measured steps kept before a window; fewer in a short block.
    fn lead(&self, block: &Block) -> usize {
        self.n_past.min((block.end - block.start) / 3).max(1)
    }

    /// How many windows of `n_steps` begin in a block; a window may stick out of a short one, its
    /// missing end is masked.
    fn n_starts(&self, block: &Block, n_steps: usize) -> usize {
        let room = (block.end - block.start).saturating_sub(self.lead(block));
        let tail = n_steps.min(room.div_ceil(2)).max(1);
        (room + 1).saturating_sub(tail)
    }

    /// How many windows of `n_steps` there are.
    pub(crate) fn n_windows(&self, n_steps: usize) -> usize {
        self.blocks.iter().map(|b| self.n_starts(b, n_steps)).sum()
    }

    /// One of [`Sampler::n_windows`]; none beyond them.
    pub(crate) fn window(&self, mut position: usize, n_steps: usize) -> Option<Spot> {
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

    /// The windows of one training step of one member.
    pub(crate) fn spots(&self, [n_lanes, n_steps]: [usize; 2], key: (u64, [u64; 2])) -> Vec<Spot> {
        let mut place = Stream::new(key.0, Purpose::Shuffle, &key.1).draws();
        let n_windows = self.n_windows(n_steps);
        (0..n_lanes)
            .map(|_lane| self.window(place.below(n_windows), n_steps))
            .map(Option::unwrap_or_default)
            .collect()
    }

    /// Runs of at most `n_steps` one after the other over all blocks, at most `most` of them.
    pub(crate) fn in_turn(&self, n_steps: usize, most: usize) -> Vec<Spot> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn block(start: usize, end: usize) -> Block {
        Block {
            episode: 0,
            start,
            end,
        }
    }

    #[test]
    fn every_window_lies_in_its_block_and_none_in_an_empty_one() {
        let sampler = Sampler::new(vec![block(10, 40), block(40, 40), block(50, 57)], 5);
        let n_windows = sampler.n_windows(12);
        assert_eq!(n_windows, 14 + 3);
        for position in 0..n_windows {
            let spot = sampler.window(position, 12).unwrap();
            assert!(spot.low < spot.at && spot.at < spot.end, "{spot:?}");
            assert!([10, 50].contains(&spot.low));
        }
        assert!(sampler.window(n_windows, 12).is_none());
        assert!(Sampler::new(vec![block(3, 3)], 5).window(0, 12).is_none());
    }

    #[test]
    fn runs_in_turn_cover_what_follows_the_lead_and_are_thinned_evenly() {
        let sampler = Sampler::new(vec![block(10, 40)], 5);
        let spots = sampler.in_turn(7, 100);
        assert_eq!(spots[0].at, 15);
        assert!(spots.windows(2).all(|pair| pair[0].end == pair[1].at));
        assert_eq!(spots.last().map(|spot| spot.end), Some(40));
        assert_eq!(sampler.in_turn(7, 2).len(), 2);
    }
}
