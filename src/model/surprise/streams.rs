//! The streams through which one output is watched.

use super::{
    drift::Wander,
    table::{FARTHEST, Table, TableEpisode, without_spikes},
    watch::{Pace, Watched, normal_blocks, watch},
};

/// Steps over which restlessness is measured.
const RESTLESS_STEPS: usize = 10;
/// Below this share of the normal restlessness there is nothing more to tell.
const STILL: f64 = 0.01;

/// How restless an output is: the logarithm of its mean squared change over the last steps.
pub(super) fn restless(table: &Table, output: usize) -> Vec<Vec<f64>> {
    let changes = |episode: &TableEpisode| -> Vec<f64> {
        let column = &episode.outputs[output];
        let pairs = column.iter().zip(column.iter().skip(1));
        std::iter::once(f64::NAN)
            .chain(pairs.map(|(a, b)| (b - a).powi(2)))
            .collect()
    };
    let all: Vec<Vec<f64>> = table.episodes.iter().map(changes).collect();
    let (mut sum, mut n) = (0.0, 0.0);
    for (changes, episode) in all.iter().zip(&table.episodes) {
        let normal = changes.iter().zip(&episode.fold);
        for (change, _) in normal.filter(|(change, fold)| fold.is_some() && change.is_finite()) {
            sum += change;
            n += 1.0;
        }
    }
    let floor = STILL * sum / f64::max(n, 1.0);
    if floor <= 0.0 {
        return all.iter().map(|one| vec![f64::NAN; one.len()]).collect();
    }
    all.iter()
        .map(|changes| {
            (0..changes.len())
                .map(|step| {
                    let recent = &changes[(step + 1).saturating_sub(RESTLESS_STEPS)..=step];
                    let known = recent.iter().filter(|x| x.is_finite());
                    let n = known.clone().count();
                    if 2 * n < RESTLESS_STEPS {
                        return f64::NAN;
                    }
                    (known.sum::<f64>() / n as f64 + floor).ln()
                })
                .collect()
        })
        .collect()
}

/// What was given from outside, with single spikes taken out; NaN where it gives nothing.
pub(super) fn given(table: &Table, values: &[Vec<Vec<f64>>], row: usize) -> Vec<Vec<f64>> {
    let episodes = table.episodes.iter().enumerate();
    episodes
        .map(|(at, episode)| {
            let line = values.get(at).and_then(|rows| rows.get(row));
            match line.filter(|line| line.len() == episode.n_steps()) {
                Some(line) => {
                    // A forecast with hardly any spread would give numbers whose squares overflow.
                    let line: Vec<f64> =
                        line.iter().map(|x| x.clamp(-FARTHEST, FARTHEST)).collect();
                    without_spikes(&line)
                }
                None => vec![f64::NAN; episode.n_steps()],
            }
        })
        .collect()
}

/// How far a stream is off at every step of each recording; `None` where nothing normal was
/// measured.
pub(super) fn judged(table: &Table, stream: &[Vec<f64>], pace: Pace) -> Option<Vec<Watched>> {
    let pairs = || stream.iter().zip(&table.episodes);
    let blocks: Vec<_> = pairs()
        .map(|(values, episode)| normal_blocks(values, &episode.fold, pace))
        .collect();
    let wander = Wander::fit(&blocks, pace.block, table.n_normal)?;
    let lines = pairs().map(|(values, episode)| watch(values, &episode.fold, &wander, pace));
    Some(lines.collect())
}
