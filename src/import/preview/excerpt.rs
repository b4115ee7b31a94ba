//! The raw lines of a file around a place that an issue names.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
};

use encoding_rs::Encoding;

use crate::{
    base::{FileError, Issues, Place, StopToken, open_file, read_file},
    import::{
        ImportError, containers,
        encoding::{self, Decoded},
        json_rows,
        shape::head_of,
        unpack::{self, Container},
        walk::{self, Found},
    },
};

/// Lines shown before and behind the place.
const AROUND: u64 = 4;
/// Letters of a line that are shown.
const MOST_LETTERS: usize = 600;
/// Bytes of a line that are kept.
const MOST_BYTES: usize = 4 * MOST_LETTERS;

/// The raw lines around a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The place that was asked for.
    pub place: Place,
    /// The number of the first line that is shown, one-based.
    pub first_line: u64,
    /// The lines as they stand in the file; the rows of a workbook or database with tabs.
    pub lines: Vec<String>,
}

/// Shows the lines around a place, found again by the name of its file among the sources.
///
/// # Errors
///
/// [`ImportError::NoPlace`] where the file is not there any more, or several have its name.
pub fn excerpt(
    sources: &[PathBuf],
    place: &Place,
    stop: &StopToken,
) -> Result<Excerpt, ImportError> {
    let files = walk::find(sources, &mut Issues::new())?;
    let is_meant = |found: &&Found| {
        let rest = place.source.strip_prefix(found.shown.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ["))
    };
    let meant: Vec<&Found> = files.iter().filter(is_meant).collect();
    let [found] = meant.as_slice() else {
        return Err(no_place(place, meant.len()));
    };
    let row = place.row.unwrap_or(1).max(1);
    let first_line = row.saturating_sub(AROUND).max(1);
    let lines = lines_of(found, place, (first_line, row + AROUND), stop)?;
    Ok(Excerpt {
        place: place.clone(),
        first_line,
        lines: lines.iter().map(|line| shortened(line)).collect(),
    })
}

fn no_place(place: &Place, n_files: usize) -> ImportError {
    ImportError::NoPlace {
        source_name: place.source.clone(),
        n_files,
    }
}

fn lines_of(
    found: &Found,
    place: &Place,
    (from, to): (u64, u64),
    stop: &StopToken,
) -> Result<Vec<String>, ImportError> {
    let head = head_of(found)?;
    let is_plain = unpack::sniff(&head) == Container::Plain && !json_rows::is_json(&found.shown);
    let decoded = encoding::decode(&head);
    let is_streamed = is_plain && !decoded.encoding.starts_with("UTF-16") && head.contains(&b'\n');
    if is_streamed {
        let encoding = Encoding::for_label(decoded.encoding.as_bytes());
        return streamed(
            found,
            encoding.unwrap_or(encoding_rs::UTF_8),
            (from, to),
            stop,
        );
    }
    let bytes = read_file(&found.path)?;
    let parts = containers::open(found, bytes, &mut Issues::new(), stop).unwrap_or_default();
    let part = parts.iter().find(|part| part.shown == place.source);
    let part = part.ok_or_else(|| no_place(place, 0))?;
    let decoded: Decoded<'_> = encoding::decode(&part.bytes);
    let skipped = usize::try_from(from - 1).unwrap_or(usize::MAX);
    let wanted = usize::try_from(to + 1 - from).unwrap_or(usize::MAX);
    let lines = decoded.text.lines().skip(skipped).take(wanted);
    Ok(lines.map(str::to_owned).collect())
}

/// Reads a text of any length up to the lines, and keeps no other.
fn streamed(
    found: &Found,
    encoding: &'static Encoding,
    (from, to): (u64, u64),
    stop: &StopToken,
) -> Result<Vec<String>, ImportError> {
    const LOOK_EVERY: u64 = 4096;
    let wrap = |error| FileError::new("read the file", &found.path, error);
    let mut reader = BufReader::with_capacity(1 << 20, open_file(&found.path)?);
    let mut lines = Vec::new();
    let mut bytes = Vec::new();
    for line in 1..=to {
        if line % LOOK_EVERY == 0 {
            stop.check()?;
        }
        if line < from {
            if reader.skip_until(b'\n').map_err(wrap)? == 0 {
                break;
            }
            continue;
        }
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(wrap)? == 0 {
            break;
        }
        bytes.truncate(MOST_BYTES);
        let (text, _, _) = encoding.decode(&bytes);
        lines.push(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    Ok(lines)
}

fn shortened(line: &str) -> String {
    let clean: String = line
        .chars()
        .take(MOST_LETTERS)
        .map(|letter| match letter {
            '\t' => '\t',
            letter if letter.is_control() => ' ',
            letter => letter,
        })
        .collect();
    if line.chars().nth(MOST_LETTERS).is_some() {
        return clean + "…";
    }
    clean
}
