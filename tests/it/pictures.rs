//! Predicted pictures: the net beside the additive decoder is used where it is better, and says so.
#![expect(clippy::unwrap_used, reason = "helpers of tests may give up")]

use gemba::{
    base::{Purpose, StopToken, Stream},
    data::{Channel, Dataset, Episode, Frame, Media, Role, Split},
    model::{FittedModel, FramesWay, Fusion, Picture, Preset, TrainConfig},
};

use crate::trainings::{self, ahead, span};

const N_STEPS: usize = 3000;
const TEST: usize = 2500;
const SIZE: (usize, usize) = (12, 8);

/// What the camera sees: a stripe whose place one control sets and whose brightness another one.
/// `is_crossed` = whether the picture needs both together, or shows the brightness alone.
fn picture(place: f64, light: f64, is_crossed: bool, step: usize) -> Vec<u8> {
    let grain = Stream::new(8, Purpose::Test, &[step as u64]);
    let mut rgb = Vec::with_capacity(3 * SIZE.0 * SIZE.1);
    for y in 0..SIZE.1 {
        for x in 0..SIZE.0 {
            let at = (y * SIZE.0 + x) as u64;
            let near = (1.0 - (x as f64 - 6.0 - 2.0 * place).abs() / 2.0).max(0.0);
            let shown = if is_crossed {
                near * (0.5 + 0.25 * light)
            } else {
                0.5 + 0.25 * light
            };
            let value = 40.0 + 180.0 * shown.clamp(0.0, 1.0) + 3.0 * grain.normal_at(at);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped into a byte"
            )]
            rgb.extend([value.round().clamp(0.0, 255.0) as u8; 3]);
        }
    }
    rgb
}

/// A line with two controls that move apart from each other, and a camera.
fn line(is_crossed: bool) -> Dataset {
    let moves = [0, 1].map(|id| Stream::new(7, Purpose::Test, &[id]));
    let jitter = Stream::new(7, Purpose::Test, &[2]);
    let (mut columns, mut frames) = (vec![Vec::new(); 3], Vec::new());
    let mut level = 0.0;
    for step in 0..N_STEPS {
        let place = moves[0].normal_at(step as u64 / 15).clamp(-2.0, 2.0);
        let light = moves[1].normal_at(step as u64 / 20).clamp(-2.0, 2.0);
        level += 0.3 * (place - level);
        columns[0].push(place);
        columns[1].push(light);
        columns[2].push(level + 0.05 * jitter.normal_at(step as u64));
        if step % 3 == 0 {
            frames.push(Frame {
                time_ns: i64::try_from(step).unwrap() * 10_000_000_000,
                source: format!("{step}.png"),
                thumb_width: SIZE.0,
                thumb_height: SIZE.1,
                thumb_rgb: picture(place, light, is_crossed, step),
            });
        }
    }
    Dataset {
        name: "line".to_owned(),
        step_secs: 10.0,
        has_clock: true,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("place", Role::Control, "mm"),
            Channel::new("light", Role::Control, "%"),
            Channel::new("level", Role::Observation, "mm"),
        ],
        episodes: vec![Episode {
            name: "day".to_owned(),
            start_ns: 0,
            columns,
        }],
        spans: vec![
            span(0, 0, 2480, Split::Train),
            span(0, TEST, N_STEPS, Split::Test),
        ],
        media: Media {
            frames,
            ..Media::default()
        },
    }
}

fn learn(data: &Dataset, frames: FramesWay, n_threads: usize) -> FittedModel {
    let config = TrainConfig {
        preset: Some(Preset::Tiny),
        budget_secs: Some(0.0),
        n_threads,
        fusion: Fusion::Off,
        frames,
        ..TrainConfig::default()
    };
    trainings::learn(data, &config).unwrap()
}

/// Pictures of the test block 20 steps ahead, and their mean square error.
fn painted(model: &FittedModel, data: &Dataset) -> (Vec<Picture>, f64) {
    let (mut pictures, mut squared, mut count) = (Vec::new(), 0.0, 0.0);
    for start in (TEST + 61..N_STEPS - 20).step_by(21) {
        let request = ahead(data, start, 21);
        let out = model.rollout(&request, &StopToken::new()).unwrap();
        // Every third step has a picture.
        let at = (start + 20) / 3;
        let said = model.picture(&request, &out, 3 * at - start).unwrap();
        for (said, real) in said.rgb.iter().zip(&data.media.frames[at].thumb_rgb) {
            squared += (f64::from(*said) - f64::from(*real)).powi(2);
            count += 1.0;
        }
        pictures.push(said);
    }
    (pictures, squared / count)
}

fn has_note(model: &FittedModel, code: &str) -> bool {
    model.notes().iter().any(|note| note.code == code)
}

#[test]
fn where_two_things_show_together_a_net_paints_better_than_sums_of_curves() {
    let data = line(true);
    let (_, additive) = painted(&learn(&data, FramesWay::Additive, 1), &data);
    let with = learn(&data, FramesWay::Net, 1);
    let (pictures, net) = painted(&with, &data);
    println!("additive {additive:.1}, net {net:.1}");
    assert!(has_note(&with, "frames-net"), "{:?}", with.notes());
    assert!(net < 0.7 * additive, "{net} {additive}");
    // Saved and loaded, and learned by several threads, it paints the same.
    let again = FittedModel::from_bytes(&with.to_bytes()).unwrap();
    assert_eq!(painted(&again, &data).0, pictures);
    assert_eq!(again.to_bytes(), with.to_bytes());
    assert_eq!(painted(&learn(&data, FramesWay::Net, 3), &data).0, pictures);
}

#[test]
fn where_curves_say_it_all_the_net_stays_out_and_nothing_changes() {
    let data = line(false);
    let (pictures, _) = painted(&learn(&data, FramesWay::Additive, 1), &data);
    let with = learn(&data, FramesWay::Net, 1);
    assert!(has_note(&with, "frames-additive"), "{:?}", with.notes());
    assert_eq!(painted(&with, &data).0, pictures);
}
