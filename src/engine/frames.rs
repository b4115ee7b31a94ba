//! Predicted camera pictures: scored against what the camera saw, and written for a scenario.

use std::path::{Path, PathBuf};

use super::{EngineError, Env, Loaded, RunAnswer};
use crate::{
    base::{create_dir_all, write_atomic},
    data::{Dataset, Frame, Split, Trajectory},
    metrics::structural_similarity,
    model::{FittedModel, Members, Picture, RolloutRequest},
    report::picture_png,
    scenario::Plan,
};

/// Most pictures that are scored; more are thinned evenly.
const MOST: usize = 120;

/// How alike predicted pictures are to those that the camera took.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameScores {
    /// Steps from the start of a prediction to its picture.
    pub lead_steps: usize,
    /// How many pictures were compared.
    pub n: usize,
    /// Mean structural similarity of the predicted picture.
    pub predicted: f64,
    /// The same of the last picture before the start, held.
    pub held: f64,
    /// The same of the mean picture of the training blocks.
    pub mean: f64,
}

/// Predicts the camera's picture some steps ahead all over a split and scores it.
///
/// With `out` three pictures a score are written there: predicted, held and true.
///
/// # Errors
///
/// [`EngineError`] where there is no model, it holds no decoder, or no picture is far enough
/// behind the start of a block.
pub fn inspect_frames(
    loaded: &Loaded,
    (split, lead_steps, warmup_steps): (Split, usize, usize),
    out: Option<&Path>,
    env: &Env<'_>,
) -> Result<FrameScores, EngineError> {
    let model = loaded.usable_model()?;
    let dataset = &*loaded.dataset;
    let Some(size) = model.picture_size() else {
        return Err(EngineError::NoPictures {
            project: loaded.path.clone(),
        });
    };
    let placed = placed_frames(dataset, size);
    let least = lead_steps.saturating_add(warmup_steps);
    let targets = targets(dataset, &placed, split, least);
    let stride = targets.len().div_ceil(MOST).max(1);
    let mean = mean_picture(dataset, &placed);
    let mut scores = FrameScores {
        lead_steps,
        n: 0,
        predicted: 0.0,
        held: 0.0,
        mean: 0.0,
    };
    for &(frame, (episode, step)) in targets.iter().step_by(stride) {
        env.check()?;
        let start = step + 1 - lead_steps;
        let request = ahead(dataset, (episode, start), (warmup_steps, lead_steps), split);
        let trajectory = model.rollout(&request, env.stop)?;
        let predicted = model.picture(&request, &trajectory, lead_steps - 1);
        let last = placed.partition_point(|one| one.1 < (episode, start));
        let last = last.checked_sub(1).filter(|&at| placed[at].1.0 == episode);
        let (Some(predicted), Some(last)) = (predicted, last) else {
            continue;
        };
        let real = &dataset.media.frames[frame].thumb_rgb;
        let held = &dataset.media.frames[placed[last].0].thumb_rgb;
        let like = |other: &[u8]| structural_similarity(other, real, size.0, size.1);
        scores.n += 1;
        scores.predicted += like(&predicted.rgb);
        scores.held += like(held);
        scores.mean += like(&mean);
        if let Some(dir) = out {
            let name = format!("{:06}", scores.n);
            for (kind, rgb) in [
                ("predicted", &predicted.rgb),
                ("held", held),
                ("true", real),
            ] {
                write_picture(&dir.join(format!("{name}-{kind}.png")), size, rgb)?;
            }
        }
    }
    if scores.n == 0 {
        let spans = dataset.spans_of(split);
        let longest = spans.map(|span| span.end - span.start).max().unwrap_or(0);
        if longest > least {
            return Err(EngineError::NoFrames {
                split: split.name(),
                needed: least,
            });
        }
        return Err(EngineError::NoRows {
            split: split.name(),
            warmup_steps: least,
            longest,
        });
    }
    let n = scores.n as f64;
    scores.predicted /= n;
    scores.held /= n;
    scores.mean /= n;
    Ok(scores)
}

/// Writes the pictures that a scenario leads to expect, one every `every_steps`.
///
/// # Errors
///
/// [`EngineError`] where the model holds no decoder or a file cannot be written.
pub fn write_frames(
    loaded: &Loaded,
    answer: &RunAnswer,
    (every_steps, dir): (usize, &Path),
) -> Result<Vec<PathBuf>, EngineError> {
    let model = loaded.usable_model()?;
    let side = (&answer.side.plan, &answer.side.trajectory);
    let pictures = scenario_pictures(&loaded.dataset, model, side, every_steps);
    if pictures.is_empty() {
        return Err(EngineError::NoPictures {
            project: loaded.path.clone(),
        });
    }
    let mut files = Vec::with_capacity(pictures.len());
    for (step, picture) in pictures {
        let file = dir.join(format!("step-{step:06}.png"));
        write_picture(&file, (picture.width, picture.height), &picture.rgb)?;
        files.push(file);
    }
    Ok(files)
}

/// The pictures that a scenario leads to expect, `(step, picture)`, one every `every_steps`; none
/// where the model predicts none.
pub(crate) fn scenario_pictures(
    dataset: &Dataset,
    model: &FittedModel,
    (plan, trajectory): (&Plan, &Trajectory),
    every_steps: usize,
) -> Vec<(usize, Picture)> {
    if model.picture_size().is_none() {
        return Vec::new();
    }
    let request = RolloutRequest {
        dataset,
        episode: plan.start.episode,
        start: plan.start.step,
        n_context: plan.start.context_steps,
        horizon_steps: plan.horizon_steps,
        controls: Some(&plan.controls),
        n_draws: 0,
        seed: 0,
        n_threads: 1,
        members: Members::All,
        tier: None,
    };
    // A scenario shorter than that still shows how it ends.
    let every = every_steps.clamp(1, plan.horizon_steps.max(1));
    (every..=plan.horizon_steps)
        .step_by(every)
        .filter_map(|step| Some((step, model.picture(&request, trajectory, step - 1)?)))
        .collect()
}

fn ahead(
    dataset: &Dataset,
    (episode, start): (usize, usize),
    (n_context, horizon_steps): (usize, usize),
    split: Split,
) -> RolloutRequest<'_> {
    RolloutRequest {
        dataset,
        episode,
        start,
        n_context,
        horizon_steps,
        controls: None,
        n_draws: 0,
        seed: 0,
        n_threads: 1,
        members: if split == Split::Test {
            Members::All
        } else {
            Members::LeftOut
        },
        tier: None,
    }
}

fn write_picture(file: &Path, size: (usize, usize), rgb: &[u8]) -> Result<(), EngineError> {
    if let Some(dir) = file.parent() {
        create_dir_all(dir)?;
    }
    Ok(write_atomic(file, &picture_png(size.0, size.1, rgb))?)
}

/// Pictures of a size with episode and step, in order.
fn placed_frames(dataset: &Dataset, size: (usize, usize)) -> Vec<(usize, (usize, usize))> {
    let fits = |frame: &Frame| (frame.thumb_width, frame.thumb_height) == size;
    let frames = dataset.media.frames.iter().enumerate();
    let mut placed: Vec<(usize, (usize, usize))> = frames
        .filter(|(_, frame)| fits(frame))
        .filter_map(|(at, frame)| Some((at, dataset.place_of(frame.time_ns)?)))
        .collect();
    placed.sort_by_key(|&(frame, place)| (place, frame));
    placed
}

/// The pictures of a split that are far enough behind the start of their block.
fn targets(
    dataset: &Dataset,
    placed: &[(usize, (usize, usize))],
    split: Split,
    least: usize,
) -> Vec<(usize, (usize, usize))> {
    let is_far = |&&(_, (episode, step)): &&(usize, (usize, usize))| {
        let mut spans = dataset.spans_of(split);
        spans.any(|span| span.episode == episode && (span.start + least..span.end).contains(&step))
    };
    placed.iter().filter(is_far).copied().collect()
}

fn mean_picture(dataset: &Dataset, placed: &[(usize, (usize, usize))]) -> Vec<u8> {
    let learned = placed.iter().filter(|(_, (episode, step))| {
        let mut spans = dataset.spans_of(Split::Train);
        spans.any(|span| span.episode == *episode && (span.start..span.end).contains(step))
    });
    let mut sums: Vec<u64> = Vec::new();
    let mut count = 0_u64;
    for &(frame, _) in learned {
        let rgb = &dataset.media.frames[frame].thumb_rgb;
        sums.resize(rgb.len(), 0);
        count += 1;
        for (sum, value) in sums.iter_mut().zip(rgb) {
            *sum += u64::from(*value);
        }
    }
    let byte = |sum: u64| u8::try_from((sum + count / 2) / count.max(1)).unwrap_or(u8::MAX);
    sums.into_iter().map(byte).collect()
}
