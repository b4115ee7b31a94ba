//! Starts inside the folds, with what was measured after them: the ground of every score.

use super::{
    caution::{likeness, remembered},
    prepared::{Block, Prepared, SimStart, shown},
};
use crate::base::to_f32;

/// Measured steps given before a start, where the recording has them.
const CONTEXT: usize = 50;
/// The longest free run that is scored.
const MAX_HORIZON: usize = 360;
/// The longest free run by which bands are widened further.
const MAX_LONG: usize = 4000;
/// Starts in one fold where it is one block …
const MAX_STARTS: usize = 24;
/// … and where it is many, each of which begins with one.
const MOST_STARTS: usize = 2 * MAX_STARTS;
/// A start with fewer steps after it says nothing about free runs.
const MIN_HORIZON: usize = 12;

/// One start in a fold; the member of the same number did not learn from what follows.
#[derive(Debug, Clone)]
pub(crate) struct LeftOutStart {
    /// The fold, and the member that may be scored.
    pub(crate) fold: usize,
    /// The recording, and its first predicted step.
    pub(crate) place: (usize, usize),
    /// What was measured after the start, `[H, O]`, NaN where missing or beyond the block.
    pub(crate) target: Vec<f32>,
    /// How much the member of the fold had met the like of the inputs that led to each step, `[H]`:
    /// 1 inside the range that the other folds hold, toward 0 far outside.
    pub(crate) likeness: Vec<f64>,
    past_obs: Vec<f32>,
    past_input: Vec<f32>,
    future_input: Vec<f32>,
    context: [Vec<f32>; 3],
}

impl LeftOutStart {
    /// The start as a simulator takes it; `modalities` says which context is shown.
    pub(crate) fn sim_start(&self, modalities: [bool; 3]) -> SimStart<'_> {
        SimStart {
            past_obs: &self.past_obs,
            past_input: &self.past_input,
            future_input: &self.future_input,
            context: shown(&self.context, modalities),
        }
    }

    /// The inputs of one predicted step.
    pub(crate) fn input(&self, step: usize, n_in: usize) -> &[f32] {
        &self.future_input[step * n_in..(step + 1) * n_in]
    }
}

/// All starts that candidates are scored on.
#[derive(Debug, Clone)]
pub(crate) struct LeftOut {
    /// Steps of every free run.
    pub(crate) horizon: usize,
    /// The starts, fold by fold.
    pub(crate) starts: Vec<LeftOutStart>,
    /// Lower and upper end that each output cannot pass, `[O]`.
    rails: Vec<[f32; 2]>,
}

impl LeftOut {
    /// Whether an output rests at an end of its range and was said to.
    pub(crate) fn rests_as_said(&self, output: usize, target: f32, said: f32) -> bool {
        let [low, high] = self.rails[output];
        (target >= high && said >= high) || (target <= low && said <= low)
    }

    /// Places starts evenly in every fold's blocks.
    pub(crate) fn new(prepared: &Prepared) -> Self {
        let covered = prepared.covered();
        let mut places = Vec::new();
        for (fold, blocks) in prepared.folds.iter().enumerate() {
            let mut own = Vec::new();
            let n_steps: usize = blocks.iter().map(|block| block.end - block.start).sum();
            for block in blocks {
                let length = block.end - block.start;
                let before = covered[block.episode][..block.start]
                    .iter()
                    .rev()
                    .take(CONTEXT)
                    .take_while(|&&known| known)
                    .count();
                // Where nothing was measured before the block its own first steps are the context.
                let lead = if before >= CONTEXT.min(8) {
                    0
                } else {
                    (length / 3).min(CONTEXT)
                };
                let stride = (length.min(MAX_HORIZON) / 3)
                    .max(n_steps / MAX_STARTS)
                    .max(MIN_HORIZON);
                let mut start = block.start + lead;
                while start + MIN_HORIZON <= block.end {
                    let n_past = (before + start - block.start).min(CONTEXT);
                    own.push((fold, block, start, n_past));
                    start += stride;
                }
            }
            places.extend(thinned(own));
        }
        Self::cut(prepared, &places, MAX_HORIZON)
    }

    /// One start in every fold that runs to the end of its longest block; `None` where that is
    /// hardly further than the others run.
    ///
    /// An error may go on growing for days where something unmeasured drifts.
    pub(crate) fn long(prepared: &Prepared) -> Option<Self> {
        let mut places = Vec::new();
        for (fold, blocks) in prepared.folds.iter().enumerate() {
            let longest = blocks.iter().max_by_key(|block| block.end - block.start);
            if let Some(block) = longest.filter(|one| one.end - one.start > 2 * MAX_HORIZON) {
                places.push((fold, block, block.start + CONTEXT, CONTEXT));
            }
        }
        (!places.is_empty()).then(|| Self::cut(prepared, &places, MAX_LONG))
    }

    fn cut(
        prepared: &Prepared,
        places: &[(usize, &Block, usize, usize)],
        max_horizon: usize,
    ) -> Self {
        let met: Vec<Met> = (0..prepared.folds.len())
            .map(|fold| Met::without(prepared, fold))
            .collect();
        let lengths = places.iter().map(|(_, block, start, _)| block.end - start);
        let horizon = lengths.max().unwrap_or(MIN_HORIZON).min(max_horizon);
        let starts = places.iter().map(|&(fold, block, start, n_past)| {
            let end = block.end.min(start + horizon);
            let past = start - n_past..start;
            let one = cut_start(prepared, fold, block.episode, past, end, horizon);
            met[fold].tell(one, prepared.n_in)
        });
        Self {
            horizon,
            starts: starts.collect(),
            rails: prepared.rails.clone(),
        }
    }
}

/// As many starts as a fold may have, evenly among all.
fn thinned<T>(all: Vec<T>) -> Vec<T> {
    let n = all.len();
    let kept = n.min(MOST_STARTS);
    let is_kept = |at: usize| (at + 1) * kept / n > at * kept / n;
    let numbered = all.into_iter().enumerate();
    numbered
        .filter(|(at, _)| is_kept(*at))
        .map(|(_, one)| one)
        .collect()
}

/// Steps that are looked through for the newest reading of an output: what is older says little.
pub(crate) const LOOK_BACK: usize = 1000;

/// Gives an output without a reading in its past its newest one before that, at the first step; `earlier`
/// finds it among [`LOOK_BACK`] steps.
///
/// A laboratory's value every few hours is older than most pasts are long, and yet says where the line is.
pub(crate) fn recall(past_obs: &mut [f32], n_obs: usize, earlier: impl Fn(usize) -> Option<f32>) {
    for output in 0..n_obs.min(past_obs.len()) {
        let mut own = past_obs.iter().skip(output).step_by(n_obs);
        if own.all(|value| value.is_nan())
            && let Some(value) = earlier(output)
        {
            past_obs[output] = value;
        }
    }
}

fn cut_start(
    prepared: &Prepared,
    fold: usize,
    episode_idx: usize,
    past: std::ops::Range<usize>,
    end: usize,
    horizon: usize,
) -> LeftOutStart {
    let (n_obs, n_in) = (prepared.n_obs, prepared.n_in);
    let episode = &prepared.episodes[episode_idx];
    let start = past.end;
    let mut target = vec![f32::NAN; horizon * n_obs];
    let measured = &episode.obs[start * n_obs..end * n_obs];
    target[..measured.len()].copy_from_slice(measured);
    let mut future_input = Vec::with_capacity(horizon * n_in);
    for step in start..start + horizon {
        let step = step.min(episode.n_steps - 1);
        future_input.extend_from_slice(&episode.input[step * n_in..(step + 1) * n_in]);
    }
    let known = start.saturating_sub(1);
    // What is told by records is not known after the start: it fades as it did before.
    let n_told = prepared.fading.slopes.len();
    for (dim, column) in (n_in - n_told..n_in).enumerate() {
        let last = episode.input[known * n_in + column];
        for (step, row) in future_input.chunks_mut(n_in).enumerate() {
            row[column] = last * to_f32(prepared.fading.left(dim, step + 1));
        }
    }
    let mut past_obs = episode.obs[past.start * n_obs..start * n_obs].to_vec();
    recall(&mut past_obs, n_obs, |output| {
        let first = past.start.saturating_sub(LOOK_BACK);
        let earlier = episode.obs[first * n_obs..past.start * n_obs]
            .chunks(n_obs)
            .rev();
        earlier
            .map(|row| row[output])
            .find(|value| value.is_finite())
    });
    LeftOutStart {
        fold,
        place: (episode_idx, start),
        target,
        likeness: Vec::new(),
        past_obs,
        past_input: episode.input[past.start * n_in..start * n_in].to_vec(),
        future_input,
        context: [0, 1, 2].map(|at| {
            let n = prepared.n_features[at];
            episode.context[at]
                .get(known * n..(known + 1) * n)
                .unwrap_or_default()
                .to_vec()
        }),
    }
}

/// The range of each input that the folds hold but one.
struct Met(Vec<[f32; 2]>);

impl Met {
    fn without(prepared: &Prepared, fold: usize) -> Self {
        let n_in = prepared.n_in;
        let mut ranges = vec![[f32::INFINITY, f32::NEG_INFINITY]; n_in];
        let others = prepared.folds.iter().enumerate();
        for (_, blocks) in others.filter(|(other, _)| *other != fold) {
            for block in blocks {
                let input = &prepared.episodes[block.episode].input;
                for row in input[block.start * n_in..block.end * n_in].chunks(n_in) {
                    for (range, &value) in ranges.iter_mut().zip(row) {
                        *range = [range[0].min(value), range[1].max(value)];
                    }
                }
            }
        }
        Self(ranges)
    }

    /// Adds to a start how much its future is like what was met.
    fn tell(&self, start: LeftOutStart, n_in: usize) -> LeftOutStart {
        let now = start.future_input.chunks(n_in).map(|row| {
            let beyond = row.iter().zip(&self.0).map(|(value, [low, high])| {
                let width = f64::from(high - low);
                let out = f64::from((low - value).max(value - high));
                if width > 0.0 {
                    out / width
                } else {
                    // What never moved elsewhere is new where it does; without other folds nothing is.
                    f64::from(u8::from(width >= 0.0 && out > 0.0))
                }
            });
            beyond.fold(0.0, f64::max)
        });
        let likeness = likeness(remembered(now)).collect();
        LeftOutStart { likeness, ..start }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_was_not_read_of_late_has_its_newest_reading() {
        let nan = f32::NAN;
        let mut past = vec![nan, 1.0, nan, nan, nan, 2.0];
        recall(&mut past, 2, |output| (output == 0).then_some(7.0));
        let known: Vec<f32> = past.iter().copied().filter(|one| one.is_finite()).collect();
        assert_eq!(known, [7.0, 1.0, 2.0]);
        assert!(past[0].is_finite(), "it stands at the first step");
        let mut never = vec![nan; 4];
        recall(&mut never, 2, |_| None);
        assert!(never.iter().all(|one| one.is_nan()));
    }

    #[test]
    fn a_fold_of_very_many_blocks_keeps_starts_among_all_of_them() {
        let kept = thinned((0..1_000).collect());
        assert_eq!(kept.len(), MOST_STARTS);
        assert!(kept[0] < 50 && kept[MOST_STARTS - 1] > 950);
        assert_eq!(thinned((0..MOST_STARTS).collect()).len(), MOST_STARTS);
        assert!(thinned(Vec::<usize>::new()).is_empty());
    }

    fn prepared(n_steps: usize) -> Prepared {
        Prepared::of_columns(vec![0.0; n_steps], vec![0.0; n_steps], 5)
    }

    /// How much each fold had met the like of its own inputs, at the least.
    fn least(levels: &[f32]) -> Vec<f64> {
        let input: Vec<f32> = (levels.iter())
            .flat_map(|level| (0..100_u8).map(move |step| level + f32::from(step) * 0.01))
            .collect();
        let prepared = Prepared::of_columns(vec![0.0; input.len()], input, levels.len());
        let leftout = LeftOut::new(&prepared);
        let least = |fold: usize| {
            let own = leftout.starts.iter().filter(|start| start.fold == fold);
            let own = own.flat_map(|start| start.likeness.iter().copied());
            own.fold(f64::INFINITY, f64::min)
        };
        (0..levels.len()).map(least).collect()
    }

    #[test]
    fn a_fold_outside_the_others_is_unlike_them_and_those_among_others_are_not() {
        let found = least(&[0.0, 0.0, 5.0]);
        assert!(found[0] >= 1.0 && found[1] >= 1.0, "{found:?}");
        assert!(found[2] < 0.01, "{found:?}");
    }

    #[test]
    fn where_there_is_one_fold_it_has_met_all_of_itself() {
        assert!(least(&[3.0])[0] >= 1.0);
    }

    #[test]
    fn an_input_that_moves_in_one_fold_alone_was_met_by_no_other() {
        let mut input = vec![0.0; 300];
        input[250..].fill(1.0);
        let leftout = LeftOut::new(&Prepared::of_columns(vec![0.0; 300], input, 3));
        let least = |fold: usize| {
            let own = leftout.starts.iter().filter(|start| start.fold == fold);
            let own = own.flat_map(|start| start.likeness.iter().copied());
            own.fold(f64::INFINITY, f64::min)
        };
        assert!(least(0) >= 1.0 && least(2) < 0.05);
    }

    #[test]
    fn long_folds_are_run_through_once_more_to_their_end() {
        let long = LeftOut::long(&prepared(10_000)).unwrap();
        assert_eq!((long.starts.len(), long.horizon), (5, 2000 - CONTEXT));
        let measured = |start: &LeftOutStart| start.target.iter().all(|y| y.is_finite());
        assert!(long.starts.iter().all(measured));
        assert!(LeftOut::long(&prepared(3600)).is_none());
    }
}
