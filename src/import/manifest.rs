//! Reads lists of media files with their times.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    dialect::Dialect,
    encoding::Decoded,
    records::Records,
    stamp::{DayOrder, Stamp, read_stamp},
};

/// Times of media files by their names.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    times: BTreeMap<String, Stamp>,
}

impl Manifest {
    /// The time of a shown file, as it is written.
    pub(super) fn stamp_of(&self, shown: &str) -> Option<Stamp> {
        let name = shown.rsplit('/').next().unwrap_or(shown);
        self.times.get(name).copied()
    }
}

/// Reads a manifest; `None` where no column names pictures or sounds, or none tells the time.
pub(super) fn read(decoded: &Decoded<'_>, dialect: &Dialect) -> Option<Manifest> {
    let is_media = |cell: &str| {
        let lower = cell.trim().to_lowercase();
        [".png", ".jpg", ".jpeg", ".bmp", ".wav", ".flac"]
            .iter()
            .any(|ending| lower.ends_with(ending))
    };
    let sample = dialect.sample.first()?;
    let file = sample.iter().position(|cell| is_media(cell))?;
    let time = sample
        .iter()
        .position(|cell| super::dialect::time_of(cell))?;
    let mut times = BTreeMap::new();
    let mut records = Records::new(&decoded.text, dialect.marks);
    let mut cells: Vec<Cow<'_, str>> = Vec::new();
    while let Some(line) = records.read(&mut cells) {
        let (Some(name), Some(when)) = (cells.get(file), cells.get(time)) else {
            continue;
        };
        let stamp = DayOrder::ALL
            .into_iter()
            .find_map(|order| read_stamp(when, order));
        if let (true, Some(stamp)) = (line >= dialect.first_line && is_media(name), stamp) {
            let name = name.trim();
            let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
            times.insert(name.to_owned(), stamp);
        }
    }
    (!times.is_empty()).then_some(Manifest { times })
}
