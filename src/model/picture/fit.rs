//! Learns the decoder of pictures, and the net beside it where that is asked for and pays.

use super::{
    Painter,
    canvas::Canvas,
    decoder::{Decoder, Ground},
    painter::{Net, Sketch, Verdict, scaled, size_of},
};
use crate::{
    base::{Issue, Issues, Place, Severity, StopToken, parallel_map, to_f32},
    data::{Dataset, Frame},
    model::{FramesWay, ModelError, prepared::Prepared},
};

/// Most pictures that a net learns from; more are thinned evenly.
const MOST: usize = 1500;
/// Groups of folds that are left out in turn.
const N_GROUPS: usize = 3;
/// The net must lower the left-out squared error by this share.
const WORTH: f64 = 0.02;

/// How pictures are learned.
pub(crate) struct Lesson<'a> {
    pub(crate) way: FramesWay,
    pub(crate) seed: u64,
    /// Threads; results do not depend on it.
    pub(crate) n_threads: usize,
    pub(crate) stop: &'a StopToken,
}

impl Decoder {
    /// Learns a decoder from the pictures inside the folds; `None` where they are too few or it is
    /// no better than what it has to beat. Whether a net is used beside it is noted.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`] and [`ModelError::Candle`].
    pub(crate) fn learned(
        dataset: &Dataset,
        prepared: &Prepared,
        lesson: &Lesson<'_>,
        notes: &mut Issues,
    ) -> Result<Option<Self>, ModelError> {
        let Some((mut decoder, ground)) = Self::fit(dataset, prepared) else {
            return Ok(None);
        };
        if lesson.way == FramesWay::Net {
            let room = Room::new(&decoder, &ground, &dataset.media.frames);
            let found = room.learn(prepared.folds.len(), lesson)?;
            notes.push(painted_note(&found));
            decoder.painter = found.ok();
        }
        Ok(Some(decoder))
    }
}

/// What all trainings of a net share.
struct Room<'a> {
    decoder: &'a Decoder,
    ground: &'a Ground,
    frames: &'a [Frame],
    canvas: Canvas,
    scales: Vec<f32>,
    /// Positions of the rows that are looked at.
    chosen: Vec<usize>,
}

impl<'a> Room<'a> {
    fn new(decoder: &'a Decoder, ground: &'a Ground, frames: &'a [Frame]) -> Self {
        let n_rows = ground.rows.len();
        let stride = n_rows.div_ceil(MOST).max(1);
        // Rows of one picture stand side by side: an odd stride takes both ages in turn.
        let stride = if stride > 1 { stride | 1 } else { 1 };
        let chosen: Vec<usize> = (0..n_rows).step_by(stride).collect();
        let all: Vec<Vec<f64>> = chosen
            .iter()
            .map(|&at| decoder.features(&ground.rows[at].state, &ground.rows[at].seen))
            .collect();
        let width = all.first().map_or(0, Vec::len);
        let scale = |feature: usize| {
            let square = all.iter().map(|row| row[feature].powi(2)).sum::<f64>();
            // Hats lie between 0 and 1 and stay as they are.
            to_f32(1.0 / (square / all.len().max(1) as f64).sqrt().max(1.0))
        };
        Self {
            decoder,
            ground,
            frames,
            canvas: Canvas::new(decoder.width, decoder.height),
            scales: (0..width).map(scale).collect(),
            chosen,
        }
    }

    /// The pictures with what an additive decoder of some folds says.
    fn sketches(&self, keeps: impl Fn(usize) -> bool) -> Option<Vec<(usize, Sketch)>> {
        let weights = self.ground.solve(keeps)?;
        let rows = self.chosen.iter().map(|&at| &self.ground.rows[at]);
        let sketch = |row: &super::decoder::Row| {
            let features = self.decoder.features(&row.state, &row.seen);
            let base = self.decoder.beyond_mean(weights.as_slice(), &features);
            let rgb = &self.frames[row.picture].thumb_rgb;
            let pairs = rgb.iter().zip(self.decoder.mean.iter().zip(&base));
            let missed: Vec<f32> = pairs
                .map(|(&value, (mean, base))| f32::from(value) / 255.0 - mean - base)
                .collect();
            let sketch = Sketch {
                features: scaled(&self.scales, &features),
                base: self.canvas.to_cells(&base),
                missed: self.canvas.to_cells(&missed),
            };
            (row.fold, sketch)
        };
        Some(rows.map(sketch).collect())
    }

    /// The net and by how much it lowers the left-out error, or how little.
    fn learn(
        &self,
        n_folds: usize,
        lesson: &Lesson<'_>,
    ) -> Result<Result<Painter, f64>, ModelError> {
        let n_groups = n_folds.min(N_GROUPS);
        let net = Net::new(&self.canvas, self.scales.len())?;
        let group_of = |fold: usize| fold % n_groups.max(1);
        let one = |job: Option<usize>| -> Result<Option<(Vec<f32>, f32, Verdict)>, ModelError> {
            let is_left_out = |fold: usize| Some(group_of(fold)) == job;
            let Some(all) = self.sketches(|fold| !is_left_out(fold)) else {
                return Ok(None);
            };
            let of = |left_out: bool| -> Vec<&Sketch> {
                let rows = all.iter().filter(|one| is_left_out(one.0) == left_out);
                rows.map(|one| &one.1).collect()
            };
            let (known, left_out) = (of(false), of(true));
            if known.is_empty() {
                return Ok(None);
            }
            let size = size_of(&known);
            let id = job.map_or(0, |group| group as u64 + 1);
            let weights = net.learn(&known, size, (lesson.seed, id), lesson.stop)?;
            let mut verdict = Verdict::default();
            for (sketch, painted) in left_out.iter().zip(net.corrections(&weights, &left_out)?) {
                verdict.add(&sketch.missed, &painted, size);
            }
            Ok(Some((weights, size, verdict)))
        };
        // Two folds are the least: what learned from all others must be judged by what is left out.
        if n_groups < 2 {
            return Ok(Err(0.0));
        }
        let groups: Vec<Option<usize>> = (0..n_groups).map(Some).collect();
        let told = each(groups, lesson.n_threads, one)?;
        let mut verdict = Verdict::default();
        for (_, _, part) in told.iter().flatten() {
            verdict.join(part);
        }
        if verdict.gain() < WORTH || told.iter().any(Option::is_none) {
            return Ok(Err(verdict.gain()));
        }
        let Some((weights, size, _)) = one(None)? else {
            return Ok(Err(verdict.gain()));
        };
        Ok(Ok(Painter {
            scales: self.scales.clone(),
            weights,
            gain: size * to_f32(verdict.factor()),
            brought: verdict.gain(),
        }))
    }
}

fn each<R: Send>(
    jobs: Vec<Option<usize>>,
    n_threads: usize,
    work: impl Fn(Option<usize>) -> Result<R, ModelError> + Sync,
) -> Result<Vec<R>, ModelError> {
    if n_threads == 1 {
        return jobs.into_iter().map(work).collect();
    }
    parallel_map(jobs, work).into_iter().collect()
}

fn painted_note(found: &Result<Painter, f64>) -> Issue {
    let place = Place::default();
    match found {
        Ok(painter) => {
            let percent = format!("{:.1}", 100.0 * painter.brought);
            let text = format!(
                "a net corrects predicted pictures: it lowers their left-out squared error by \
                 {percent} %"
            );
            Issue::new(place, Severity::Info, "frames-net", text).with("value", percent)
        }
        Err(gain) => {
            let percent = format!("{:.1}", 100.0 * gain);
            let text = format!(
                "the net for predicted pictures was left out: it lowers their left-out squared \
                 error by {percent} % only"
            );
            Issue::new(place, Severity::Info, "frames-additive", text).with("value", percent)
        }
    }
}
