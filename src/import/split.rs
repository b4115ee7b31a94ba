//! Which steps teach, choose and test: whole files or blocks of time with a gap, never random rows.

use super::{
    error::ImportError,
    grid::Piece,
    recipe::{Block, Recipe, SplitSection},
    stamp::{DayOrder, Stamp, read_stamp},
};
use crate::{
    base::{Issue, Issues, Phrase, Place, Severity, to_count},
    data::{Span, Split},
};

/// From this many episodes on, whole episodes are dealt out.
const WHOLE_EPISODES: usize = 6;
/// Shares of training and validation.
const TRAIN_FRAC: f64 = 0.70;
const TRAIN_AND_VAL_FRAC: f64 = 0.85;
/// The share of the training files that chooses models where no file is named for it.
const VAL_OF_TRAIN_FRAC: f64 = 0.20;
/// The longest gap between two blocks.
const MOST_GAP: usize = 50;

/// Deals the default split.
pub(super) fn deal(pieces: &[Piece], issues: &mut Issues) -> Vec<Span> {
    let spans = if pieces.iter().any(|piece| piece.split.is_some()) {
        by_file(pieces, issues)
    } else if pieces.len() >= WHOLE_EPISODES {
        by_episode(pieces)
    } else {
        let cuts = [
            (TRAIN_FRAC, Split::Train),
            (TRAIN_AND_VAL_FRAC, Split::Val),
            (1.0, Split::Test),
        ];
        pieces
            .iter()
            .enumerate()
            .flat_map(|(episode, piece)| by_time(episode, piece.n_steps(), &cuts))
            .collect()
    };
    if !spans.iter().any(|span| span.split == Split::Test) {
        issues.push(Issue::new(
            Place::file(pieces.first().map_or("", |piece| piece.source.as_str())),
            Severity::Warning,
            "no-test-split",
            "the recording is too short to keep steps apart for a test",
        ));
    }
    spans
}

/// The gap between two blocks cut from `n_steps`.
fn gap_of(n_steps: usize) -> usize {
    (n_steps / 50).min(MOST_GAP)
}

/// Cuts one episode at shares of its length, with a gap before each block but the first.
fn by_time(episode: usize, n_steps: usize, cuts: &[(f64, Split)]) -> Vec<Span> {
    const MIN_BLOCK: usize = 4;
    let gap = gap_of(n_steps);
    let mut spans = Vec::new();
    let mut start = 0;
    for &(share, split) in cuts {
        let end = share_of(n_steps, share);
        let from = if start == 0 { 0 } else { start + gap };
        if from + MIN_BLOCK > end {
            // Too short to cut: what is left belongs to the block before.
            continue;
        }
        spans.push(Span {
            episode,
            start: from,
            end,
            split,
        });
        start = end;
    }
    if spans.is_empty() && n_steps > 0 {
        spans.push(Span {
            episode,
            start: 0,
            end: n_steps,
            split: Split::Train,
        });
    }
    spans
}

fn share_of(n_steps: usize, share: f64) -> usize {
    to_count((n_steps as f64 * share).round())
}

/// Whole episodes by the middle of their place in the total; each split gets at least one.
fn by_episode(pieces: &[Piece]) -> Vec<Span> {
    let total: usize = pieces.iter().map(Piece::n_steps).sum();
    let n_pieces = pieces.len();
    let mut before = 0;
    pieces
        .iter()
        .enumerate()
        .map(|(episode, piece)| {
            let middle = (before as f64 + piece.n_steps() as f64 / 2.0) / total.max(1) as f64;
            before += piece.n_steps();
            let split = if episode + 1 == n_pieces {
                Split::Test
            } else if episode + 2 == n_pieces {
                if middle >= TRAIN_AND_VAL_FRAC && n_pieces > 7 {
                    Split::Test
                } else {
                    Split::Val
                }
            } else if episode == 0 || middle < TRAIN_FRAC {
                Split::Train
            } else if middle < TRAIN_AND_VAL_FRAC {
                Split::Val
            } else {
                Split::Test
            };
            whole(episode, piece, split)
        })
        .collect()
}

fn whole(episode: usize, piece: &Piece, split: Split) -> Span {
    Span {
        episode,
        start: 0,
        end: piece.n_steps(),
        split,
    }
}

/// Files named for their use; a use that no file is named for is cut from its neighbor.
fn by_file(pieces: &[Piece], issues: &mut Issues) -> Vec<Span> {
    let has = |split: Split| pieces.iter().any(|piece| piece.split == Some(split));
    let (has_val, has_test) = (has(Split::Val), has(Split::Test));
    let place = Place::file(pieces.first().map_or("", |piece| piece.source.as_str()));
    if !has_val {
        issues.push(Issue::new(
            place.clone(),
            Severity::Info,
            "val-from-train",
            "no file is named for validation: the last fifth of the training files chooses models",
        ));
    }
    if !has_test {
        issues.push(Issue::new(
            place,
            Severity::Info,
            "test-from-val",
            "no file is named for testing: the second half of the validation files tests",
        ));
    }
    let n_train: usize = pieces
        .iter()
        .filter(|piece| piece.split.unwrap_or(Split::Train) == Split::Train)
        .map(Piece::n_steps)
        .sum();
    let n_val: usize = pieces
        .iter()
        .filter(|piece| piece.split == Some(Split::Val))
        .map(Piece::n_steps)
        .sum();
    let train_end = if has_val {
        n_train
    } else {
        share_of(n_train, 1.0 - VAL_OF_TRAIN_FRAC)
    };
    let val_end = if has_test { n_val } else { n_val / 2 };
    let (mut train_seen, mut val_seen) = (0, 0);
    let mut spans = Vec::new();
    for (episode, piece) in pieces.iter().enumerate() {
        match piece.split.unwrap_or(Split::Train) {
            Split::Train => {
                let cut = train_end.saturating_sub(train_seen);
                train_seen += piece.n_steps();
                spans.extend(cut_in_two(episode, piece, cut, (Split::Train, Split::Val)));
            }
            Split::Val => {
                let cut = val_end.saturating_sub(val_seen);
                val_seen += piece.n_steps();
                spans.extend(cut_in_two(episode, piece, cut, (Split::Val, Split::Test)));
            }
            Split::Test => spans.push(whole(episode, piece, Split::Test)),
        }
    }
    spans
}

fn cut_in_two(
    episode: usize,
    piece: &Piece,
    cut: usize,
    (left, right): (Split, Split),
) -> Vec<Span> {
    let n_steps = piece.n_steps();
    if cut >= n_steps {
        return vec![whole(episode, piece, left)];
    }
    if cut == 0 {
        return vec![whole(episode, piece, right)];
    }
    by_time(
        episode,
        n_steps,
        &[(cut as f64 / n_steps as f64, left), (1.0, right)],
    )
}

/// The split a recipe asks for; rows count over all episodes, one after the other.
///
/// # Errors
///
/// [`ImportError::Recipe`] for a file, range or time that meets no step.
pub(super) fn from_recipe(
    section: &SplitSection,
    recipe: &Recipe,
    pieces: &[Piece],
    step_nanos: f64,
    issues: &mut Issues,
) -> Result<Vec<Span>, ImportError> {
    let n_all: usize = pieces.iter().map(Piece::n_steps).sum();
    let place = Place::file(pieces.first().map_or("", |piece| piece.source.as_str()));
    if section.val.is_empty() {
        issues.push(Issue::new(
            place.clone(),
            Severity::Info,
            "no-val-split",
            "the recipe names no rows for validation (val): models are chosen on training rows that \
             were left out, and the gap has no validation rows to show",
        ));
    }
    let mut spans = Vec::new();
    let asked = [
        (&section.train, Split::Train),
        (&section.val, Split::Val),
        (&section.test, Split::Test),
    ];
    for (blocks, split) in asked {
        for block in blocks {
            let found = block_spans(block, split, recipe, pieces, step_nanos)?;
            if found.is_empty() {
                let problem = Phrase::new(
                    "detail-recipe-block",
                    format!("the {} block {block} meets no step", split.name()),
                )
                .with("split", split.name())
                .with("block", block);
                return Err(recipe.error("[split]", problem));
            }
            if let Block::Rows([_, to]) = block
                && *to > n_all as u64
            {
                let split = split.name();
                let text = format!(
                    "the {split} rows {block} go beyond the {n_all} steps that there are: cut there"
                );
                let issue = Issue::new(place.clone(), Severity::Warning, "rows-beyond", text);
                let issue = issue.with("split", split).with("block", block);
                issues.push(issue.with("steps", n_all));
            }
            spans.extend(found);
        }
    }
    spans.sort_by_key(|span| (span.episode, span.start));
    let clash = spans
        .windows(2)
        .find(|pair| pair[0].episode == pair[1].episode && pair[1].start < pair[0].end);
    if let Some(pair) = clash {
        let (left, right) = (pair[0].split.name(), pair[1].split.name());
        let problem = Phrase::new(
            "detail-recipe-overlap",
            format!("the blocks of {left} and {right} overlap"),
        )
        .with("left", left)
        .with("right", right);
        return Err(recipe.error("[split]", problem));
    }
    Ok(spans)
}

fn block_spans(
    block: &Block,
    split: Split,
    recipe: &Recipe,
    pieces: &[Piece],
    step_nanos: f64,
) -> Result<Vec<Span>, ImportError> {
    let mut before = 0;
    let mut spans = Vec::new();
    let range = match block {
        Block::Times([from, to]) => Some((
            time_of(from).ok_or_else(|| recipe.error(from, bad_time(from)))?,
            time_of(to).ok_or_else(|| recipe.error(to, bad_time(to)))?,
        )),
        Block::File(_) | Block::Rows(_) => None,
    };
    for (episode, piece) in pieces.iter().enumerate() {
        let n_steps = piece.n_steps();
        let (start, end) = match block {
            Block::File(name) => {
                let is_it = piece.source == *name
                    || piece.source.ends_with(&format!("/{name}"))
                    || name.ends_with(&format!("/{}", piece.source));
                (0, if is_it { n_steps } else { 0 })
            }
            Block::Rows([from, to]) => {
                let cut = |row: &u64| {
                    let row = usize::try_from(*row).unwrap_or(usize::MAX);
                    row.saturating_sub(before).min(n_steps)
                };
                (cut(from), cut(to))
            }
            Block::Times(_) => {
                let (from, to) = range.unwrap_or_default();
                let cut = |time: i64| {
                    let at = time.saturating_sub(piece.start_ns) as f64 / step_nanos;
                    share_of(1, at.ceil().clamp(0.0, n_steps as f64))
                };
                (cut(from), cut(to))
            }
        };
        before += n_steps;
        if start < end {
            spans.push(Span {
                episode,
                start,
                end,
                split,
            });
        }
    }
    Ok(spans)
}

fn time_of(text: &str) -> Option<i64> {
    read_stamp(text, DayOrder::Year).map(Stamp::unix_nanos)
}

fn bad_time(text: &str) -> String {
    format!("found {text:?}, expected a time such as \"2026-01-05T00:00:00Z\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(n_steps: usize, split: Option<Split>) -> Piece {
        Piece {
            source: "log.csv".to_owned(),
            start_ns: 0,
            columns: vec![vec![0.0; n_steps]],
            split,
        }
    }

    #[test]
    fn one_recording_is_cut_by_time_with_gaps() {
        let spans = deal(&[piece(1000, None)], &mut Issues::new());
        let cut: Vec<_> = spans.iter().map(|span| (span.start, span.end)).collect();
        assert_eq!(cut, [(0, 700), (720, 850), (870, 1000)]);
    }

    #[test]
    fn a_test_file_stays_whole_and_validation_comes_from_training() {
        let pieces = [
            piece(1024, Some(Split::Train)),
            piece(1024, Some(Split::Test)),
        ];
        let spans = deal(&pieces, &mut Issues::new());
        assert_eq!((spans[0].end, spans[1].split), (819, Split::Val));
        assert_eq!((spans[2].start, spans[2].end), (0, 1024));
    }

    #[test]
    fn many_episodes_are_dealt_whole_and_every_split_gets_one() {
        let pieces: Vec<Piece> = (0..12).map(|_| piece(100, None)).collect();
        let spans = deal(&pieces, &mut Issues::new());
        let count = |split| spans.iter().filter(|span| span.split == split).count();
        assert_eq!(count(Split::Train), 8);
        assert!(count(Split::Val) >= 1 && count(Split::Test) >= 1);
    }
}
