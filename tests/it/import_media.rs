//! Kinds of pictures, sound and packings: each is read, and a hostile one takes nothing with it.
#![expect(clippy::unwrap_used, reason = "helpers of tests may give up")]

use std::{io::Cursor, path::Path};

use gemba::{
    base::{Locale, Purpose, Stream, Text},
    import::Imported,
};
use image::{ImageFormat, Rgb, RgbImage, imageops};

use crate::{
    imports::{self, has_issue},
    support::write,
};

const OGG: &[u8] = include_bytes!("../golden/media/tone.ogg");
const MP3: &[u8] = include_bytes!("../golden/media/tone.mp3");

/// A log of ten minutes, a row a second.
fn log() -> String {
    use std::fmt::Write as _;
    let stream = Stream::new(3, Purpose::Test, &[]);
    let mut text = "time,valve,level\n".to_owned();
    for row in 0..600_u64 {
        let (minute, second) = (row / 60, row % 60);
        let (valve, level) = (row / 50 % 3, stream.normal_at(row));
        writeln!(
            text,
            "2026-01-05T08:{minute:02}:{second:02},{valve},{level:.3}"
        )
        .unwrap();
    }
    text
}

fn load(dir: &Path) -> Imported {
    imports::load(&[dir.to_path_buf()], None).unwrap()
}

/// Boxes on a gray floor, and some noise.
fn scene(seed: u64) -> RgbImage {
    let stream = Stream::new(seed, Purpose::Test, &[]);
    RgbImage::from_fn(160, 120, |x, y| {
        let is_box = (x / 20 + y / 20) % 3 == 0;
        let is_up = stream.uniform_at(u64::from(y * 160 + x)) < 0.5;
        Rgb([if is_box { 190 } else { 70 } + if is_up { 6 } else { 0 }; 3])
    })
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

#[test]
fn vorbis_and_mp3_are_heard_at_their_pitch_and_place() {
    for (name, bytes) in [
        ("080100.ogg", OGG),
        ("080100.oga", OGG),
        ("080100.mp3", MP3),
    ] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "log.csv", log());
        write(dir.path(), &format!("mic/2026-01-05T{name}"), bytes);
        let imported = load(dir.path());
        let media = &imported.dataset.media;
        let [clip] = media.clips.as_slice() else {
            panic!("{name}: {} clips", media.clips.len());
        };
        assert!((clip.secs - 1.5).abs() < 0.15, "{name}: {} s", clip.secs);
        assert!((clip.sample_rate_hz - 16_000.0).abs() < 1e-9, "{name}");
        // Half of full scale is 9 dB below a full square wave.
        let level = clip.level_db[2];
        assert!((level + 9.03).abs() < 0.5, "{name}: {level} dB");
        let bands = &clip.mel_db[2];
        let loudest = (0..bands.len()).max_by(|&a, &b| bands[a].total_cmp(&bands[b]));
        // 24 mel bands from 40 Hz to 8 kHz: 1 kHz lies in the ninth.
        assert!(
            loudest.is_some_and(|band| (7..=9).contains(&band)),
            "{name}: {loudest:?}"
        );
        // A second and a half from step 60 on is known from step 62 on.
        let starts: Vec<usize> = media.tracks[0].items.iter().map(|item| item.step).collect();
        assert_eq!(starts.first(), Some(&62), "{name}: {starts:?}");
    }
}

#[test]
fn a_tiff_shows_what_a_png_of_the_same_scene_shows() {
    let of = |format, ending: &str| {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "log.csv", log());
        let name = format!("cam/2026-01-05T080100.{ending}");
        write(dir.path(), &name, encoded(&scene(1), format));
        load(dir.path()).dataset.media
    };
    let png = of(ImageFormat::Png, "png");
    assert_eq!(png.tracks.len(), 1);
    for ending in ["tif", "tiff"] {
        let tiff = of(ImageFormat::Tiff, ending);
        assert_eq!(tiff.tracks, png.tracks, "{ending}");
        assert_eq!(tiff.frames[0].thumb_rgb, png.frames[0].thumb_rgb);
    }
}

#[test]
fn a_blurred_picture_among_sharp_ones_is_an_issue_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", log());
    for minute in 0..9 {
        let mut picture = scene(minute);
        if minute == 4 {
            picture = imageops::blur(&picture, 3.0);
        }
        let name = format!("cam/2026-01-05T080{minute}00.png");
        write(dir.path(), &name, encoded(&picture, ImageFormat::Png));
    }
    let imported = load(dir.path());
    let issues = imported.issues.as_slice();
    let blurred: Vec<&str> = issues
        .iter()
        .filter(|issue| issue.code == "blurred-pictures")
        .map(|issue| issue.place.source.as_str())
        .collect();
    let [only] = blurred.as_slice() else {
        panic!("{blurred:?}");
    };
    assert!(only.ends_with("cam/2026-01-05T080400.png"), "{only}");
    assert!(!has_issue(&imported, "dark-pictures"));
    assert!(!has_issue(&imported, "bright-pictures"));
}

/// Cut, flipped at the head and anywhere, empty, and nothing but the magic.
fn hostile(good: &[u8], case: u64) -> Vec<u8> {
    let mut draws = Stream::new(12, Purpose::Test, &[case]).draws();
    let mut bytes = good.to_vec();
    match case % 6 {
        0 => bytes.truncate(draws.below(good.len())),
        1 => bytes.clear(),
        2 => bytes.truncate(4),
        3 => (0..8).for_each(|_| bytes[draws.below(60)] ^= 1 << draws.below(8)),
        4 => (0..40).for_each(|_| bytes[draws.below(good.len())] ^= 1 << draws.below(8)),
        _ => bytes = bytes.repeat(2)[good.len() / 3..].to_vec(),
    }
    bytes
}

#[test]
fn hostile_sound_and_pictures_of_the_newer_kinds_take_nothing_with_them() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", log());
    let tiff = encoded(&scene(1), ImageFormat::Tiff);
    for case in 0..48 {
        for (base, ending) in [(OGG, "ogg"), (MP3, "mp3"), (tiff.as_slice(), "tif")] {
            let name = format!("{ending}/{case}.{ending}");
            write(dir.path(), &name, hostile(base, case));
        }
    }
    let imported = load(dir.path());
    assert!(has_issue(&imported, "broken-media"));
    let mut broken = imported.issues.as_slice().iter();
    let broken = broken.find(|issue| issue.code == "broken-media").unwrap();
    let told = Text::new(Locale::Ja).issue(broken);
    let reasons = ["対応していない形式です", "音声トラックがありません"];
    assert!(reasons.iter().any(|why| told.contains(why)), "{told}");
    assert_eq!(imported.dataset.episodes[0].n_steps(), 600);
}

#[test]
fn a_tiff_that_declares_more_pixels_than_a_camera_has_is_refused_before_it_is_made() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", log());
    // Little endian, one directory: width, height, bits, strips of no data.
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    let entries: [(u16, u16, u32); 8] = [
        (256, 4, 400_000),
        (257, 4, 400_000),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 4, 400_000),
        (279, 4, 4_000_000_000),
    ];
    bytes.extend(8_u16.to_le_bytes());
    for (tag, kind, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    write(dir.path(), "cam/bomb.tif", bytes);
    let imported = load(dir.path());
    let issues = imported.issues.as_slice();
    let broken = issues.iter().find(|issue| issue.code == "broken-media");
    let broken = broken.unwrap();
    let text = &broken.text;
    assert!(text.contains("400000×400000"), "{text}");
    assert_eq!(
        Text::new(Locale::Ja).issue(broken),
        "1 個のファイルを読み取れず、除外しました（400000×400000 画素です。読み取れるのは合計 64,000,000 画素までです）"
    );
}

#[test]
fn a_zstandard_file_is_the_log_that_it_packs() {
    let plain = tempfile::tempdir().unwrap();
    write(plain.path(), "log.csv", log());
    let packed = tempfile::tempdir().unwrap();
    // One frame of raw blocks, as the format allows, and one to be skipped before it.
    let text = log();
    let mut bytes = b"\x50\x2a\x4d\x18\x02\0\0\0hi\x28\xb5\x2f\xfd\xa0".to_vec();
    bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    let blocks: Vec<&[u8]> = text.as_bytes().chunks(100_000).collect();
    for (at, block) in blocks.iter().enumerate() {
        let is_last = u32::from(at + 1 == blocks.len());
        let head = u32::try_from(block.len()).unwrap() << 3 | is_last;
        bytes.extend(&head.to_le_bytes()[..3]);
        bytes.extend(*block);
    }
    write(packed.path(), "log.csv.zst", bytes);
    let (plain, packed) = (load(plain.path()).dataset, load(packed.path()).dataset);
    assert_eq!(packed.channels, plain.channels);
    assert_eq!(packed.episodes, plain.episodes);
}

#[test]
fn a_picture_without_a_time_takes_none_from_the_others() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", log());
    let bytes = encoded(&scene(1), ImageFormat::Png);
    for minute in 1..9 {
        write(
            dir.path(),
            &format!("cam/IMG_20260105_080{minute}00.png"),
            &bytes,
        );
    }
    write(dir.path(), "cam/DSC00.png", &bytes);
    write(dir.path(), "mic/20260105T080100.ogg", OGG);
    write(dir.path(), "mic/spare.ogg", OGG);
    let imported = load(dir.path());
    let frames = &imported.dataset.media.frames;
    let start = imported.dataset.episodes[0].start_ns;
    assert_eq!(frames.len(), 8);
    assert_eq!(frames[0].time_ns - start, 60 * 1_000_000_000);
    let of = |code: &str| {
        let mut issues = imported.issues.as_slice().iter();
        issues
            .find(|issue| issue.code == code)
            .map(|issue| issue.place.source.clone())
    };
    assert_eq!(of("untimed-pictures").as_deref(), Some("cam/DSC00.png"));
    assert_eq!(of("no-sound-start").as_deref(), Some("mic/spare.ogg"));
    assert_eq!(of("no-media-time"), None);
}

#[test]
fn pictures_of_which_few_tell_a_time_are_all_spread_and_it_is_said() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", log());
    let bytes = encoded(&scene(1), ImageFormat::Png);
    write(dir.path(), "cam/IMG_20260105_080100.png", &bytes);
    for at in 0..9 {
        write(dir.path(), &format!("cam/frame_{at:02}.png"), &bytes);
    }
    let imported = load(dir.path());
    let frames = &imported.dataset.media.frames;
    assert_eq!(frames.len(), 10);
    let gaps: Vec<i64> = frames
        .windows(2)
        .map(|pair| (pair[1].time_ns - pair[0].time_ns) / 1_000_000_000)
        .collect();
    assert!(gaps.iter().all(|gap| (59..=60).contains(gap)), "{gaps:?}");
    let issues = imported.issues.as_slice();
    let said = issues.iter().find(|issue| issue.code == "few-media-times");
    let said = &said.unwrap().args;
    assert_eq!((&*said["told"], &*said["count"]), ("1", "10"));
    assert!(!has_issue(&imported, "untimed-pictures"));
}

#[test]
fn pictures_behind_the_end_of_summer_time_are_where_their_rows_are() {
    use std::fmt::Write as _;
    let dir = tempfile::tempdir().unwrap();
    let mut text = "time,valve,level\n".to_owned();
    let bytes = encoded(&scene(1), ImageFormat::Png);
    // Noon of two days; the clock is set back in the night between them.
    for day in [25, 26] {
        for minute in 0..60 {
            let (valve, level) = (minute / 9 % 3, (f64::from(minute) / 7.0).sin());
            writeln!(text, "2025-10-{day} 12:{minute:02}:00,{valve},{level:.3}").unwrap();
        }
        write(dir.path(), &format!("cam/202510{day}_123000.png"), &bytes);
    }
    write(dir.path(), "log.csv", text);
    let recipe = "format = \"gemba-recipe\"\nversion = 1\n[time]\ncolumn = \"time\"\n\
        zone = \"Europe/Berlin\"\n";
    let imported = imports::load(&[dir.path().to_path_buf()], Some(recipe)).unwrap();
    let dataset = &imported.dataset;
    let found = dataset.episodes.iter().zip(&dataset.media.frames);
    let behind: Vec<i64> = found
        .map(|(episode, frame)| (frame.time_ns - episode.start_ns) / 1_000_000_000)
        .collect();
    assert_eq!(behind, [1800, 1800]);
}
