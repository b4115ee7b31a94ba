//! Reads when a picture was taken and how the camera was held, from its EXIF data.

use std::io::Cursor;

use exif::{Exif, In, Reader, Tag, Value};

use super::stamp::{DayOrder, Stamp, read_stamp};

/// What the camera wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shot {
    /// When the picture was taken.
    pub(super) stamp: Option<Stamp>,
    /// 1 to 8 as EXIF counts; 1 = upright.
    pub(super) orientation: Option<u8>,
}

/// Reads a picture's EXIF data; nothing where it carries none that can be read.
pub(super) fn read(bytes: &[u8]) -> Shot {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    let exif = match reader.read_from_container(&mut Cursor::new(bytes)) {
        Ok(exif) => exif,
        // A flawed entry does not take the others with it.
        Err(error) => match error.distill_partial_result(|_| {}) {
            Ok(exif) => exif,
            Err(_) => return Shot::default(),
        },
    };
    let orientation = exif
        .get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .and_then(|value| u8::try_from(value).ok())
        .filter(|value| (1..=8).contains(value));
    Shot {
        stamp: stamp_of(&exif),
        orientation,
    }
}

fn stamp_of(exif: &Exif) -> Option<Stamp> {
    let tags = [
        (
            Tag::DateTimeOriginal,
            Tag::SubSecTimeOriginal,
            Tag::OffsetTimeOriginal,
        ),
        (
            Tag::DateTimeDigitized,
            Tag::SubSecTimeDigitized,
            Tag::OffsetTimeDigitized,
        ),
        (Tag::DateTime, Tag::SubSecTime, Tag::OffsetTime),
    ];
    tags.into_iter().find_map(|(time, fraction, zone)| {
        let written = text_of(exif, time)?;
        // EXIF writes 2026:01:05 10:00:00.
        let (date, clock) = written.split_once(' ')?;
        let mut text = format!("{} {clock}", date.replace(':', "-"));
        let digits = text_of(exif, fraction).unwrap_or_default();
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push('.');
            text.push_str(&digits);
        }
        let zone = text_of(exif, zone).unwrap_or_default();
        read_stamp(&format!("{text}{zone}"), DayOrder::Year)
            .or_else(|| read_stamp(&text, DayOrder::Year))
            .filter(|stamp| stamp.days.is_some_and(|days| days > 0))
    })
}

fn text_of(exif: &Exif, tag: Tag) -> Option<String> {
    let field = exif.get_field(tag, In::PRIMARY)?;
    let Value::Ascii(parts) = &field.value else {
        return None;
    };
    let text = std::str::from_utf8(parts.first()?).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
