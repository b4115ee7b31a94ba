//! Which rows each member of the ensemble leaves out.

use std::collections::BTreeMap;

use super::{ModelError, prepared::Block};
use crate::base::{Issue, Issues, Place, Severity};

/// Shorter blocks teach and test nothing.
const MIN_BLOCK: usize = 24;
/// Less than this share of the steps in shorter blocks is not worth a word.
const SHORT_SHARE: f64 = 0.02;
/// No fold may hold more than so many times an even share, or its member learns too little …
const LARGEST: f64 = 2.0;
/// … nor less than this part of one, or it says too little of its member.
const LEAST: f64 = 0.25;

/// Blocks by recording, in order.
pub(crate) fn recordings_of(blocks: &[Block]) -> Vec<Vec<Block>> {
    let mut recordings: BTreeMap<usize, Vec<Block>> = BTreeMap::new();
    for block in blocks {
        recordings.entry(block.episode).or_default().push(*block);
    }
    recordings.into_values().collect()
}

/// Whole recordings dealt to folds in turn, or, where their lengths differ too much for that, each to
/// the fold that has least; `None` where that is not even either.
pub(crate) fn deal(recordings: &[Vec<Block>], n_folds: usize) -> Option<Vec<Vec<Block>>> {
    let n_steps =
        |blocks: &[Block]| -> usize { blocks.iter().map(|one| one.end - one.start).sum() };
    let is_even = |folds: &[Vec<Block>]| {
        let lengths: Vec<usize> = folds.iter().map(|fold| n_steps(fold)).collect();
        let share = lengths.iter().sum::<usize>() as f64 / n_folds as f64;
        // Of two folds twice the share would be all there is.
        let most = LARGEST.min(0.75 * n_folds as f64) * share;
        lengths
            .iter()
            .all(|&length| (LEAST * share..=most).contains(&(length as f64)))
    };
    let mut in_turn = vec![Vec::new(); n_folds];
    for (position, blocks) in recordings.iter().enumerate() {
        in_turn[position % n_folds].extend_from_slice(blocks);
    }
    if is_even(&in_turn) {
        return Some(in_turn);
    }
    let mut order: Vec<usize> = (0..recordings.len()).collect();
    order.sort_by_key(|&one| std::cmp::Reverse(n_steps(&recordings[one])));
    let mut folds = vec![Vec::new(); n_folds];
    for one in order {
        let least = folds.iter_mut().min_by_key(|fold| n_steps(fold))?;
        least.extend_from_slice(&recordings[one]);
    }
    for fold in &mut folds {
        fold.sort_unstable_by_key(|block| (block.episode, block.start));
    }
    is_even(&folds).then_some(folds)
}

/// Says how many steps stand in pieces too short to learn from.
fn short_pieces(n_pieces: usize, n_short: usize, n_all: usize) -> Issue {
    let percent = (100.0 * n_short as f64 / n_all as f64).round();
    let text = format!(
        "{n_short} steps ({percent} %) stand in {n_pieces} pieces of fewer than {MIN_BLOCK} steps \
         between gaps and are not learned from"
    );
    Issue::new(Place::default(), Severity::Warning, "short-pieces", text)
        .with("steps", n_short)
        .with("share", percent)
        .with("count", n_pieces)
        .with("needed", MIN_BLOCK)
}

/// Cuts the material into one fold a member: by whole recordings where there are many of like
/// length, else into stretches of equal length.
///
/// # Errors
///
/// [`ModelError::TooFewRows`]; [`ModelError::ShortPieces`] where gaps leave too little in one piece.
pub(crate) fn cut_folds(
    blocks: &[Block],
    n_members: usize,
    notes: &mut Issues,
) -> Result<Vec<Vec<Block>>, ModelError> {
    let long: Vec<Block> = blocks
        .iter()
        .copied()
        .filter(|block| block.end - block.start >= MIN_BLOCK)
        .collect();
    let total: usize = long.iter().map(|block| block.end - block.start).sum();
    let all: usize = blocks.iter().map(|block| block.end - block.start).sum();
    let needed = 2 * MIN_BLOCK;
    if total < needed && all >= needed {
        return Err(ModelError::ShortPieces {
            steps: all - total,
            piece: MIN_BLOCK,
        });
    }
    if total < needed {
        return Err(ModelError::TooFewRows {
            found: total,
            needed,
        });
    }
    if (all - total) as f64 > SHORT_SHARE * all as f64 {
        notes.push(short_pieces(blocks.len() - long.len(), all - total, all));
    }
    let n_folds = n_members.max(2).min(total / MIN_BLOCK);
    if n_members < 2 {
        let text =
            "one member alone cannot be judged on rows that it did not learn: two were trained";
        let place = Place::default();
        notes.push(Issue::new(
            place,
            Severity::Info,
            "two-members-at-least",
            text,
        ));
    }
    if n_folds < n_members {
        let text = format!(
            "{total} usable steps carry only {n_folds} of {n_members} members of the ensemble"
        );
        let place = Place::default();
        let issue = Issue::new(place, Severity::Warning, "few-members", text)
            .with("steps", total)
            .with("folds", n_folds)
            .with("members", n_members);
        notes.push(issue);
    }
    let mut folds = vec![Vec::new(); n_folds];
    let recordings = recordings_of(&long);
    let dealt = (recordings.len() >= 2 * n_folds)
        .then(|| deal(&recordings, n_folds))
        .flatten();
    match dealt {
        Some(dealt) => folds = dealt,
        None => cut_by_steps(&long, total, &mut folds),
    }
    folds.retain(|fold| !fold.is_empty());
    Ok(folds)
}

fn cut_by_steps(blocks: &[Block], total: usize, folds: &mut [Vec<Block>]) {
    let n_folds = folds.len();
    let mut done = 0;
    for block in blocks {
        let mut start = block.start;
        while start < block.end {
            let fold = (done * n_folds / total).min(n_folds - 1);
            let fold_end = ((fold + 1) * total).div_ceil(n_folds);
            let end = block.end.min(start + (fold_end - done).max(1));
            if end - start >= MIN_BLOCK {
                folds[fold].push(Block {
                    episode: block.episode,
                    start,
                    end,
                });
            }
            done += end - start;
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(episode: usize, start: usize, end: usize) -> Block {
        Block {
            episode,
            start,
            end,
        }
    }

    #[test]
    fn folds_cut_one_recording_into_equal_stretches() {
        let folds = cut_folds(&[block(0, 0, 1000)], 5, &mut Issues::new()).unwrap();
        let lengths: Vec<usize> = folds
            .iter()
            .map(|fold| fold[0].end - fold[0].start)
            .collect();
        assert_eq!(lengths, [200; 5]);
    }

    #[test]
    fn many_recordings_are_dealt_whole() {
        let blocks: Vec<Block> = (0..10).map(|episode| block(episode, 0, 60)).collect();
        let folds = cut_folds(&blocks, 5, &mut Issues::new()).unwrap();
        assert!(folds.iter().all(|fold| fold.len() == 2));
        assert_eq!(folds[1], [block(1, 0, 60), block(6, 0, 60)]);
    }

    #[test]
    fn recordings_of_unlike_length_are_not_dealt_whole() {
        // A month and ten trial runs: dealt in turn one member would learn from the trial runs alone.
        let mut blocks = vec![block(0, 0, 43_200)];
        blocks.extend((1..11).map(|episode| block(episode, 0, 60)));
        let folds = cut_folds(&blocks, 5, &mut Issues::new()).unwrap();
        let lengths = folds
            .iter()
            .map(|fold| fold.iter().map(|one| one.end - one.start).sum::<usize>());
        assert!(
            lengths
                .clone()
                .all(|length| (8_000..=9_000).contains(&length))
        );
        // Where another order makes it even they stay whole.
        let blocks: Vec<Block> = [400, 90, 90, 90, 90, 400, 90, 90, 90, 90]
            .into_iter()
            .enumerate()
            .map(|(episode, length)| block(episode, 0, length))
            .collect();
        let folds = cut_folds(&blocks, 5, &mut Issues::new()).unwrap();
        assert_eq!(folds.iter().map(Vec::len).sum::<usize>(), 10);
        assert_eq!(folds.iter().filter(|fold| fold.len() == 1).count(), 2);
    }

    #[test]
    fn one_long_and_one_short_recording_are_not_left_out_whole() {
        let of = |lengths: [usize; 2]| {
            let blocks = [block(0, 0, lengths[0]), block(1, 0, lengths[1])];
            deal(&recordings_of(&blocks), 2)
        };
        assert!(of([300, 9_700]).is_none());
        assert!(of([4_000, 6_000]).is_some());
    }

    #[test]
    fn steps_in_short_pieces_are_said() {
        let mut blocks = vec![block(0, 0, 200)];
        blocks.extend((1..11).map(|episode| block(episode, 0, 20)));
        let mut notes = Issues::new();
        cut_folds(&blocks, 5, &mut notes).unwrap();
        let note = notes
            .as_slice()
            .iter()
            .find(|note| note.code == "short-pieces")
            .unwrap();
        assert_eq!(note.args["steps"], "200");
        assert_eq!(note.args["share"], "50");
    }

    #[test]
    fn gaps_everywhere_are_named() {
        let blocks: Vec<Block> = (0..100).map(|episode| block(episode, 0, 22)).collect();
        let refused = cut_folds(&blocks, 5, &mut Issues::new());
        assert!(matches!(
            refused,
            Err(ModelError::ShortPieces {
                steps: 2_200,
                piece: MIN_BLOCK
            })
        ));
    }

    #[test]
    fn too_little_material_is_refused_with_numbers() {
        let refused = cut_folds(&[block(0, 0, 30)], 5, &mut Issues::new());
        assert!(matches!(
            refused,
            Err(ModelError::TooFewRows {
                found: 30,
                needed: 48
            })
        ));
    }
}
