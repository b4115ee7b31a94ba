//! How many steps pass before an input shows in an output: cross-correlation after whitening.

use nalgebra::{DMatrix, DVector};

use super::series::EpisodeSeries;
use crate::{
    base::{StopToken, Stopped},
    model::prepared::{Block, Prepared},
};

/// The longest dead time looked for.
const MAX_LAG: usize = 40;
/// Order of the whitening filter (Box and Jenkins 1970, chapter 11).
const ORDER: usize = 8;
/// Of more rows than so many, about as many are looked at: they tell the delay as well.
const MOST_ROWS: usize = 20_000;
/// Rows of a piece where only some are looked at; far more than the longest dead time.
const PIECE: usize = 1000;

/// The dead times of pairs of input and output; what an input needs is made once for all outputs.
pub(super) struct DeadTimes<'a> {
    n_obs: usize,
    series: &'a [EpisodeSeries],
    blocks: Vec<Block>,
    max_lag: usize,
    /// One an input; `None` where it cannot be whitened.
    inputs: Vec<Option<Whitened>>,
}

/// An input made white.
struct Whitened {
    filter: DVector<f64>,
    /// One a block.
    white: Vec<Vec<f64>>,
}

impl<'a> DeadTimes<'a> {
    /// Whitens all inputs.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub(super) fn new(
        prepared: &Prepared,
        series: &'a [EpisodeSeries],
        stop: &StopToken,
    ) -> Result<Self, Stopped> {
        let blocks = thinned(prepared.folds.iter().flatten().copied().collect());
        let longest = blocks.iter().map(|block| block.end - block.start).max();
        let mut all = Self {
            n_obs: prepared.n_obs,
            series,
            blocks,
            max_lag: MAX_LAG.min(longest.unwrap_or(0) / 4),
            inputs: Vec::with_capacity(prepared.n_in),
        };
        for input in 0..prepared.n_in {
            stop.check()?;
            let white = all.whitened(all.n_obs + input);
            all.inputs.push(white);
        }
        Ok(all)
    }

    /// Dead time of each input for one output, in steps; 0 where nothing significant is seen.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub(super) fn of(&self, output: usize, stop: &StopToken) -> Result<Vec<usize>, Stopped> {
        let of = |input: &Option<Whitened>| {
            stop.check()?;
            let seen = input.as_ref().and_then(|input| self.seen(input, output));
            Ok(seen.unwrap_or(0))
        };
        self.inputs.iter().map(of).collect()
    }

    fn column(&self, source: usize, place: Block) -> &[f64] {
        &self.series[place.episode].columns[source][place.start..place.end]
    }

    fn columns(&self, source: usize) -> impl Iterator<Item = &[f64]> {
        let blocks = self.blocks.iter();
        blocks.map(move |block| self.column(source, *block))
    }

    fn whitened(&self, input: usize) -> Option<Whitened> {
        let covariance: Vec<f64> = (0..=ORDER)
            .map(|lag| {
                self.columns(input)
                    .map(|values| {
                        let shifted = values.iter().skip(lag);
                        shifted.zip(values).map(|(a, b)| a * b).sum::<f64>()
                    })
                    .sum()
            })
            .collect();
        if covariance[0] <= 0.0 {
            return None;
        }
        let matrix = DMatrix::from_fn(ORDER, ORDER, |row, column| {
            let ridge = if row == column {
                1e-6 * covariance[0]
            } else {
                0.0
            };
            covariance[row.abs_diff(column)] + ridge
        });
        let right = DVector::from_fn(ORDER, |row, _| covariance[row + 1]);
        let filter = matrix.cholesky()?.solve(&right);
        let columns = self.columns(input);
        let white = columns.map(|values| whiten(&filter, values)).collect();
        Some(Whitened { filter, white })
    }

    fn seen(&self, input: &Whitened, output: usize) -> Option<usize> {
        let mut cross = vec![0.0; self.max_lag + 1];
        let (mut power_in, mut power_out, mut count) = (0.0, 0.0, 0.0);
        for (u, values) in input.white.iter().zip(self.columns(output)) {
            let y = whiten(&input.filter, values);
            let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
            for (lag, sum) in cross.iter_mut().enumerate() {
                *sum += u
                    .iter()
                    .zip(y.iter().skip(lag))
                    .map(|(a, b)| a * (b - mean))
                    .sum::<f64>();
            }
            power_in += u.iter().map(|a| a * a).sum::<f64>();
            power_out += y.iter().map(|b| (b - mean).powi(2)).sum::<f64>();
            count += y.len() as f64;
        }
        let length = (power_in * power_out).sqrt();
        if length <= 0.0 || count < 30.0 {
            return None;
        }
        let peak = cross.iter().fold(0.0_f64, |a, b| a.max(b.abs())) / length;
        // Four standard errors of a white pair, and not a mere ripple before the main response.
        let threshold = (4.0 / count.sqrt()).max(0.3 * peak);
        let first = cross
            .iter()
            .position(|sum| sum.abs() / length >= threshold)?;
        // One step earlier than seen: a too long dead time cannot be repaired, a too short one can.
        Some(first.saturating_sub(1))
    }
}

fn whiten(filter: &DVector<f64>, values: &[f64]) -> Vec<f64> {
    (ORDER..values.len())
        .map(|step| {
            let past: f64 = (0..ORDER)
                .map(|lag| filter[lag] * values[step - 1 - lag])
                .sum();
            values[step] - past
        })
        .collect()
}

/// Where there are more rows than are looked at, pieces of the blocks, spread evenly.
fn thinned(blocks: Vec<Block>) -> Vec<Block> {
    let total: usize = blocks.iter().map(|block| block.end - block.start).sum();
    if total <= MOST_ROWS {
        return blocks;
    }
    let cut = |block: &Block| {
        let (episode, end) = (block.episode, block.end);
        let starts = (block.start..end).step_by(PIECE);
        let piece = move |start: usize| Block {
            episode,
            start,
            end: end.min(start + PIECE),
        };
        starts.map(piece)
    };
    let (mut n_seen, mut n_kept) = (0, 0);
    let is_kept = |piece: &Block| {
        // By rows, not by pieces: short ones may lie between long ones.
        let keeps = n_kept * total <= n_seen * MOST_ROWS;
        let n_rows = piece.end - piece.start;
        n_seen += n_rows;
        n_kept += if keeps { n_rows } else { 0 };
        keeps
    };
    blocks.iter().flat_map(cut).filter(is_kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Stream},
        model::prepared::PreparedEpisode,
    };

    fn block(start: usize, end: usize) -> Block {
        Block {
            episode: 0,
            start,
            end,
        }
    }

    /// An output that answers its input after so many steps.
    fn delayed(n_steps: usize, delay: usize) -> (Prepared, Vec<EpisodeSeries>) {
        let noise = Stream::new(4, Purpose::Test, &[]);
        let input: Vec<f64> = (0..n_steps as u64).map(|at| noise.normal_at(at)).collect();
        let hiss = |at: usize| 0.3 * noise.normal_at(10_000_000 + at as u64);
        let before = |at: usize| at.checked_sub(delay).map_or(0.0, |at| input[at]);
        let output = (0..n_steps).map(|at| before(at) + hiss(at)).collect();
        let prepared = Prepared {
            n_obs: 1,
            n_in: 1,
            n_features: [0; 3],
            step_secs: 1.0,
            episodes: vec![PreparedEpisode {
                n_steps,
                obs: Vec::new(),
                input: Vec::new(),
                context: Vec::new(),
            }],
            folds: vec![
                vec![block(0, n_steps / 2)],
                vec![block(n_steps / 2, n_steps)],
            ],
            rails: Vec::new(),
            fading: crate::model::senses::Memory::default(),
        };
        let series = EpisodeSeries {
            columns: vec![output, input],
            known: Vec::new(),
            told: Vec::new(),
            reach: Vec::new(),
        };
        (prepared, vec![series])
    }

    #[test]
    fn a_delay_is_found_in_all_rows_and_in_some_of_very_many() {
        for n_steps in [600, 90_000] {
            let (prepared, series) = delayed(n_steps, 13);
            let stop = StopToken::new();
            let found = DeadTimes::new(&prepared, &series, &stop).expect("not stopped");
            assert_eq!(found.of(0, &stop), Ok(vec![12]), "{n_steps} steps");
            let n_rows: usize = found.blocks.iter().map(|one| one.end - one.start).sum();
            assert!(n_rows <= MOST_ROWS + PIECE, "{n_rows}");
        }
    }

    #[test]
    fn only_more_rows_than_are_looked_at_are_thinned() {
        let few = vec![block(0, 12_000), block(12_000, MOST_ROWS)];
        assert_eq!(thinned(few.clone()), few);
        let n_rows = |blocks: &[Block]| -> usize {
            let rows = blocks.iter().map(|block| block.end - block.start);
            rows.sum()
        };
        let many = thinned(vec![block(0, 30_000), block(40_000, 50_000)]);
        assert_eq!(many[..2], [block(0, 1000), block(2000, 3000)]);
        assert_eq!(many[15..17], [block(40_000, 41_000), block(42_000, 43_000)]);
        assert_eq!(n_rows(&many), MOST_ROWS);
        let hardly = thinned(vec![block(0, MOST_ROWS + PIECE)]);
        assert_eq!(n_rows(&hardly), MOST_ROWS);
        // Blocks of 1000 and of 100 in turn: half of the rows, not half of the blocks.
        let mixed = (0..80).map(|at| block(2000 * at, 2000 * at + [1000, 100][at % 2]));
        let kept = n_rows(&thinned(mixed.collect()));
        assert!((MOST_ROWS..MOST_ROWS + PIECE).contains(&kept), "{kept}");
    }

    #[test]
    fn it_ends_where_that_is_asked() {
        let (prepared, series) = delayed(600, 3);
        let stop = StopToken::new();
        let found = DeadTimes::new(&prepared, &series, &stop).expect("not stopped");
        stop.stop();
        assert_eq!(found.of(0, &stop), Err(Stopped));
        assert!(DeadTimes::new(&prepared, &series, &stop).is_err());
    }
}
