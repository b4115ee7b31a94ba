//! Camera frames, sound and checklist answers on the clock of the lanes.

use std::collections::BTreeMap;

use eframe::egui::{ColorImage, TextureHandle, TextureOptions, Ui};

use crate::{
    app::CompareAnswer,
    base::to_count,
    data::{Answer, AnswerValue, Dataset, Frame},
    ui::{
        View, parts,
        plots::{
            EventMark, FrameCell, LaneClock, event_strip_ui, frame_strip_ui, lane_head_ui,
            sound_strip_ui,
        },
        theme::Theme,
    },
};

/// Width left of the lanes' drawings that holds their numbers.
const LEFT: f32 = 52.0;
/// Width of a picture with its gap, and how many there are at least and at most.
const CELL_WIDTH: f32 = 124.0;
const N_CELLS: std::ops::RangeInclusive<usize> = 5..=16;
const MAX_TEXTURES: usize = 200;

/// Pictures that are loaded to the screen.
#[derive(Default)]
pub(super) struct MediaStrips {
    textures: BTreeMap<usize, TextureHandle>,
    /// Expected pictures by scenario and step, and the answer they belong to.
    expected: BTreeMap<(&'static str, usize), TextureHandle>,
    expected_of: [String; 4],
}

impl MediaStrips {
    /// Draws the frames around the time cursor.
    pub(super) fn camera_ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        (dataset, answer): (&Dataset, &CompareAnswer),
        clock: &LaneClock,
    ) {
        let frames = &dataset.media.frames;
        if frames.is_empty() {
            return;
        }
        let (low, high) = (*clock.range.start(), *clock.range.end());
        let n_cells = to_count(f64::from(ui.available_width() / CELL_WIDTH));
        let n_cells = n_cells.clamp(*N_CELLS.start(), *N_CELLS.end());
        // The last two cells are what A and B lead to expect.
        let n_expected = if answer.b.pictures.is_empty() { 0 } else { 2 };
        let n_cells = n_cells - n_expected;
        let step = (high - low) / n_cells as f64;
        let cursor = clock.cursor.unwrap_or(0.0);
        let mut cells = Vec::new();
        for cell in 0..n_cells {
            let from = low + step * cell as f64;
            let is_current = (from..from + step).contains(&cursor);
            // The cell under the cursor shows the frame of that very moment.
            let x = if is_current {
                cursor
            } else {
                from + step / 2.0
            };
            let found = nearest(frames, clock, x, step);
            let caption = clock.axis.label(
                found.map_or(x, |index| clock.axis.x_of(frames[index].time_ns)),
                60.0,
            );
            cells.push(FrameCell {
                caption,
                texture: found.map(|index| self.texture(ui, index, &frames[index])),
                is_current,
                scenario: None,
            });
        }
        cells.extend(self.expected_cells(ui, view, (dataset, answer), clock));
        let at = clock.axis.label(cursor, 60.0);
        parts::dense_card(ui, |ui| {
            lane_head_ui(
                ui,
                &view.text.get("plot-camera"),
                &view.text.with("plot-camera-at", &[("time", &at)]),
                &[],
            );
            frame_strip_ui(ui, &cells, 72.0);
        });
    }

    /// The pictures that A and B lead to expect nearest to the time cursor.
    fn expected_cells(
        &mut self,
        ui: &Ui,
        view: &View<'_>,
        (dataset, answer): (&Dataset, &CompareAnswer),
        clock: &LaneClock,
    ) -> Vec<FrameCell> {
        if self.expected_of != answer.digests {
            self.expected.clear();
            self.expected_of.clone_from(&answer.digests);
        }
        let theme = Theme::of(ui);
        let sides = [("A", &answer.a, theme.a()), ("B", &answer.b, theme.b())];
        let cells = sides.into_iter().filter_map(|(name, side, color)| {
            let start = &side.plan.start;
            let recording = dataset.episodes.get(start.episode)?;
            let x_of = |step: usize| {
                let ns = recording.time_ns(start.step + step - 1, dataset.step_secs);
                clock.axis.x_of(ns)
            };
            let cursor = clock.cursor.unwrap_or(0.0);
            let far = |step: usize| (x_of(step) - cursor).abs();
            // As with the curves, nothing is shown of what the data do not carry.
            let carried = side.support.exit_step.unwrap_or(usize::MAX);
            let pictures = side.pictures.iter().filter(|(step, _)| *step <= carried);
            let (step, picture) = pictures.min_by(|p, q| far(p.0).total_cmp(&far(q.0)))?;
            let texture = self.expected.entry((name, *step)).or_insert_with(|| {
                let image = ColorImage::from_rgb([picture.width, picture.height], &picture.rgb);
                let id = format!("expected-{name}-{step}");
                ui.ctx().load_texture(id, image, TextureOptions::LINEAR)
            });
            let time = clock.axis.label(x_of(*step), 60.0);
            let args = [("scenario", name), ("time", time.as_str())];
            Some(FrameCell {
                caption: view.text.with("plot-camera-expected", &args),
                texture: Some(texture.clone()),
                is_current: false,
                scenario: Some(color),
            })
        });
        cells.collect()
    }

    fn texture(&mut self, ui: &Ui, index: usize, frame: &Frame) -> TextureHandle {
        if let Some(texture) = self.textures.get(&index) {
            return texture.clone();
        }
        if self.textures.len() >= MAX_TEXTURES {
            self.textures.clear();
        }
        let size = [frame.thumb_width, frame.thumb_height];
        let fits = frame.thumb_rgb.len() == size[0] * size[1] * 3 && size[0] > 0;
        let image = if fits {
            ColorImage::from_rgb(size, &frame.thumb_rgb)
        } else {
            ColorImage::filled([1, 1], Theme::of(ui).bg3())
        };
        let texture =
            ui.ctx()
                .load_texture(format!("frame-{index}"), image, TextureOptions::LINEAR);
        self.textures.insert(index, texture.clone());
        texture
    }

    /// Draws checklist answers and the sound's spectrogram.
    pub(super) fn events_ui(ui: &mut Ui, view: &View<'_>, dataset: &Dataset, clock: &LaneClock) {
        let media = &dataset.media;
        if media.answers.is_empty() && media.clips.is_empty() {
            return;
        }
        let events: Vec<EventMark> = in_view(clock, &media.answers)
            .map(|answer| mark_of(answer, clock))
            .collect();
        parts::dense_card(ui, |ui| {
            let hint = if events.is_empty() {
                "plot-no-answers"
            } else {
                "plot-answers-hint"
            };
            let (title, hint) = (view.text.get("plot-checklist-sound"), view.text.get(hint));
            lane_head_ui(ui, &title, &hint, &[]);
            if !events.is_empty() {
                event_strip_ui(ui, clock, &events, LEFT, &view.text.get("plot-checklist"));
            }
            if !media.clips.is_empty() {
                let columns = sound_columns(dataset, clock);
                sound_strip_ui(
                    ui,
                    clock,
                    &columns,
                    LEFT,
                    44.0,
                    &view.text.get("plot-sound"),
                );
            }
        });
    }
}

/// The frame nearest to a time, not farther than `reach`.
fn nearest(frames: &[Frame], clock: &LaneClock, x: f64, reach: f64) -> Option<usize> {
    let after = frames.partition_point(|frame| clock.axis.x_of(frame.time_ns) < x);
    let candidates = [
        after.checked_sub(1),
        Some(after).filter(|&index| index < frames.len()),
    ];
    let distance = |index: usize| (clock.axis.x_of(frames[index].time_ns) - x).abs();
    let best = candidates
        .into_iter()
        .flatten()
        .min_by(|&left, &right| distance(left).total_cmp(&distance(right)));
    best.filter(|&index| distance(index) <= reach)
}

fn in_view<'a>(clock: &LaneClock, answers: &'a [Answer]) -> impl Iterator<Item = &'a Answer> {
    let (axis, range) = (clock.axis, clock.range.clone());
    answers
        .iter()
        .filter(move |answer| range.contains(&axis.x_of(answer.time_ns)))
}

fn mark_of(answer: &Answer, clock: &LaneClock) -> EventMark {
    let grade = match &answer.value {
        AnswerValue::YesNo(is_yes) => Some(f64::from(u8::from(*is_yes))),
        AnswerValue::Grade(grade) => Some(*grade),
        AnswerValue::Number(_) | AnswerValue::Note(_) | AnswerValue::Unknown => None,
    };
    EventMark {
        x: clock.axis.x_of(answer.time_ns),
        grade,
        words: format!("{}  {}", answer.item, answer.written),
    }
}

/// One column a clip in view: its mean bands, scaled over what is in view.
fn sound_columns(dataset: &Dataset, clock: &LaneClock) -> Vec<(f64, f64, Vec<f32>)> {
    let clips = &dataset.media.clips;
    let in_view = clips.iter().filter(|clip| {
        let x = clock.axis.x_of(clip.start_ns);
        x + clip.secs >= *clock.range.start() && x <= *clock.range.end()
    });
    let bands: Vec<(f64, f64, Vec<f32>)> = in_view
        .map(|clip| {
            let x = clock.axis.x_of(clip.start_ns);
            (x, clip.secs, mean_bands(&clip.mel_db))
        })
        .collect();
    let all = || bands.iter().flat_map(|column| column.2.iter().copied());
    let low = all().fold(f32::INFINITY, f32::min);
    let high = all().fold(f32::NEG_INFINITY, f32::max);
    let span = (high - low).max(1e-3);
    // Short clips are drawn wide enough to be seen: up to the next one.
    let span_x = *clock.range.end() - *clock.range.start();
    let mut columns: Vec<(f64, f64, Vec<f32>)> = Vec::new();
    for (index, (x, secs, levels)) in bands.iter().enumerate() {
        let next = bands
            .get(index + 1)
            .map_or(x + span_x / 20.0, |column| column.0);
        let width = (next - x).min(span_x / 8.0).max(*secs);
        columns.push((
            *x,
            width,
            levels.iter().map(|level| (level - low) / span).collect(),
        ));
    }
    columns
}

fn mean_bands(slices: &[Vec<f32>]) -> Vec<f32> {
    let n_bands = slices.first().map_or(0, Vec::len);
    let n_slices = slices.len().max(1) as f32;
    (0..n_bands)
        .map(|band| {
            slices
                .iter()
                .map(|slice| slice.get(band).copied().unwrap_or(0.0))
                .sum::<f32>()
                / n_slices
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::Locale, data::Clip, ui::plots::TimeAxis};

    fn clock(range: std::ops::RangeInclusive<f64>) -> LaneClock {
        LaneClock {
            axis: TimeAxis {
                zero_ns: 0,
                has_clock: true,
                offset_secs: 0,
                locale: Locale::En,
            },
            range,
            full: 0.0..=300.0,
            cursor: None,
        }
    }

    #[test]
    fn a_clip_keeps_its_length_where_it_began_left_of_the_view() {
        let clip = Clip {
            start_ns: 70_000_000_000,
            secs: 60.0,
            source: String::new(),
            sample_rate_hz: 16_000.0,
            mel_db: vec![vec![0.0, 1.0]],
            level_db: vec![0.0],
        };
        let mut dataset = Dataset::default();
        dataset.media.clips = vec![clip];
        let columns = sound_columns(&dataset, &clock(100.0..=200.0));
        let places: Vec<(f64, f64)> = columns.iter().map(|it| (it.0, it.1)).collect();
        assert_eq!(places, [(70.0, 60.0)]);
    }

    #[test]
    fn a_frame_too_far_away_is_not_shown() {
        let frame = |secs: i64| Frame {
            time_ns: secs * 1_000_000_000,
            source: String::new(),
            thumb_width: 1,
            thumb_height: 1,
            thumb_rgb: vec![0; 3],
        };
        let frames = [frame(0), frame(60), frame(120)];
        let clock = clock(0.0..=300.0);
        assert_eq!(nearest(&frames, &clock, 70.0, 30.0), Some(1));
        assert_eq!(nearest(&frames, &clock, 290.0, 30.0), None);
    }
}
