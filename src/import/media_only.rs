//! Makes a log out of media where no sensor wrote one: sound slice by slice, pictures one by one,
//! notes row by row.
//!
//! What can be measured on a recording or a picture becomes a channel, so that it can be graded,
//! looked at and learned like any other.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    channels::stem_of,
    file_time::name_time,
    images,
    media::{MediaFiles, parallel},
    merge::natural,
    sound,
    table::{Column, Table},
    timeline::nanos_of,
    walk::Found,
};
use crate::{
    base::{Issue, Issues, Place, Severity, StopToken, Stopped},
    data::AnswerValue,
};

/// One picture or note a step, where none tells its time.
const COUNTED_NANOS: f64 = 1e9;

/// Logs made from the media; none where there are no media.
///
/// # Errors
///
/// [`Stopped`] where the end was asked for.
pub(super) fn tables(
    media: &mut MediaFiles,
    issues: &mut Issues,
    stop: &StopToken,
) -> Result<Vec<Table>, Stopped> {
    let mut tables = Vec::new();
    if !media.sounds.is_empty() {
        tables = sounds(&media.sounds, stop)?;
    } else if !media.images.is_empty() {
        tables.extend(pictures(media, stop)?);
    } else if !media.sheets.is_empty() {
        tables = sheets(media);
    }
    if let Some(first) = tables.first() {
        let rows: usize = tables.iter().map(|table| table.times.len()).sum();
        issues.push(
            Issue::new(
                Place::file(&first.source),
                Severity::Warning,
                "media-only",
                format!(
                    "no sensor log was found: {rows} rows were made from what the recordings, \
                     pictures or notes themselves tell. Import them together with the sensor log \
                     of the same time where there is one"
                ),
            )
            .with("rows", rows),
        );
    }
    Ok(tables)
}

fn table(source: &str, columns: Vec<Column>, times: Vec<i64>, counted: Option<f64>) -> Table {
    Table {
        source: source.to_owned(),
        columns,
        times,
        has_clock: counted.is_none(),
        counted_nanos: counted,
        time_columns: Vec::new(),
        lacks_zone: counted.is_none(),
        offset_ns: None,
        order: None,
        rival: None,
        lacks_step: false,
    }
}

fn column(name: String, unit: &str, values: Vec<f64>) -> Column {
    Column {
        name,
        unit: unit.to_owned(),
        words: Vec::new(),
        values,
    }
}

/// Level and bands of every slice; one log a recording.
fn sounds(files: &[Found], stop: &StopToken) -> Result<Vec<Table>, Stopped> {
    let heard = parallel(files, |found| sound::read(&found.path, stop));
    stop.check()?;
    let mut tables = Vec::new();
    for (found, heard) in files.iter().zip(heard) {
        // A recording that cannot be decoded is counted where media are joined.
        let Ok(heard) = heard else { continue };
        let start = name_time(stem_of(&found.shown));
        let clip = heard.clip(start.unwrap_or(0), &found.shown);
        let n_slices = clip.level_db.len();
        if n_slices < 2 {
            continue;
        }
        let slice_nanos = clip.secs * 1e9 / clip.mel_db.len() as f64;
        let end = |slice: usize| {
            clip.start_ns
                .saturating_add(nanos_of(slice as f64 * slice_nanos))
        };
        let level = clip
            .level_db
            .iter()
            .map(|&level| f64::from(level))
            .collect();
        let mut columns = vec![column("level".to_owned(), "dB", level)];
        for band in 0..clip.mel_db[0].len() {
            let values = clip.mel_db.iter().map(|row| f64::from(row[band])).collect();
            columns.push(column(format!("band {band}"), "dB", values));
        }
        let counted = start.is_none().then_some(slice_nanos);
        let times = (0..n_slices).map(end).collect();
        tables.push(table(&found.shown, columns, times, counted));
    }
    Ok(tables)
}

/// Brightness, contrast and edges of every picture, and the class that its name or folder tells.
fn pictures(media: &mut MediaFiles, stop: &StopToken) -> Result<Option<Table>, Stopped> {
    let mut files = media.images.clone();
    files.sort_by_key(|found| natural(&found.shown));
    let seen = parallel(&files, |found| {
        stop.check().map_err(Stopped::phrase)?;
        images::read(&found.path)
    });
    stop.check()?;
    let mut good: Vec<(Found, Vec<f32>)> = Vec::new();
    for (found, picture) in files.into_iter().zip(seen) {
        if let Ok(picture) = picture {
            good.push((found, picture.features));
        }
    }
    if good.len() < 2 {
        return Ok(None);
    }
    let stamps: Option<Vec<i64>> = good
        .iter()
        .map(|(found, _)| name_time(stem_of(&found.shown)))
        .collect();
    if let Some(stamps) = &stamps {
        let mut order: Vec<usize> = (0..good.len()).collect();
        order.sort_by_key(|&at| (stamps[at], at));
        good = order.iter().map(|&at| good[at].clone()).collect();
    }
    let counted = stamps.is_none().then_some(COUNTED_NANOS);
    let mut times = stamps.unwrap_or_else(|| {
        let at = |row: usize| nanos_of(row as f64 * COUNTED_NANOS);
        (0..good.len()).map(at).collect()
    });
    times.sort_unstable();
    for ((found, _), time) in good.iter().zip(&times) {
        media.own_times.insert(found.shown.clone(), *time);
    }
    let names = images::names();
    let from = names.len().saturating_sub(4);
    let mut columns: Vec<Column> = (from..names.len())
        .map(|at| {
            let values = good.iter().map(|(_, row)| f64::from(row[at])).collect();
            column(names[at].clone(), "", values)
        })
        .collect();
    columns.extend(classes(&good));
    Ok(Some(table(&good[0].0.shown, columns, times, counted)))
}

/// The folder of a picture where there are several, or the words before its number.
fn classes(good: &[(Found, Vec<f32>)]) -> Option<Column> {
    let folders: BTreeSet<&str> = good.iter().map(|(found, _)| found.folder()).collect();
    let class = |found: &Found| {
        if folders.len() > 1 {
            let folder = found.folder();
            return folder.rsplit('/').next().unwrap_or(folder).to_owned();
        }
        let stem = stem_of(&found.shown);
        stem.trim_end_matches(|letter: char| !letter.is_alphabetic())
            .to_owned()
    };
    let list: Vec<String> = good.iter().map(|(found, _)| class(found)).collect();
    let words: BTreeSet<&String> = list.iter().collect();
    let words: Vec<String> = words.into_iter().cloned().collect();
    let is_telling = words.len() >= 2 && words.len() * 2 <= list.len();
    is_telling.then(|| Column {
        name: "class".to_owned(),
        unit: String::new(),
        values: list
            .iter()
            .map(|word| {
                words
                    .binary_search(word)
                    .map_or(f64::NAN, |code| code as f64)
            })
            .collect(),
        words,
    })
}

/// One row a time of answers: numbers and ticks as they are, notes by their length.
fn sheets(media: &MediaFiles) -> Vec<Table> {
    let mut tables = Vec::new();
    for sheet in &media.sheets {
        let mut rows: BTreeMap<i64, BTreeMap<String, f64>> = BTreeMap::new();
        for answer in &sheet.answers {
            let (name, value) = match &answer.value {
                AnswerValue::YesNo(yes) => (answer.item.clone(), f64::from(u8::from(*yes))),
                AnswerValue::Grade(value) | AnswerValue::Number(value) => {
                    (answer.item.clone(), *value)
                }
                AnswerValue::Note(note) => {
                    let letters = note.chars().count() as f64;
                    (format!("{} letters", answer.item), letters)
                }
                AnswerValue::Unknown => continue,
            };
            rows.entry(answer.time_ns).or_default().insert(name, value);
        }
        let names: BTreeSet<&String> = rows.values().flat_map(BTreeMap::keys).collect();
        let columns: Vec<Column> = names
            .into_iter()
            .map(|name| {
                let value = |row: &BTreeMap<String, f64>| row.get(name).copied();
                let values = rows.values().map(|row| value(row).unwrap_or(f64::NAN));
                column(name.clone(), "", values.collect())
            })
            .collect();
        if rows.len() >= 2 && !columns.is_empty() {
            let counted = sheet.is_counted.then_some(COUNTED_NANOS);
            let times = rows.into_keys().collect();
            tables.push(table(&sheet.source, columns, times, counted));
        }
    }
    tables
}
