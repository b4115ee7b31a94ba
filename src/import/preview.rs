//! Shows how a file would be read, from its beginning.

use std::{io::Read as _, path::Path};

use super::{
    channels, containers,
    dialect::SAMPLE_BYTES,
    encoding,
    error::ImportError,
    json_rows, merge,
    recipe::Recipe,
    table,
    timeline::{self, TimePlan, TimeRule},
    unpack::{self, Container},
    walk::{FileKind, Found},
    watch::Watch,
};
use crate::{
    base::{FileError, Issues, Phrase, StopToken, open_file, read_file},
    data::Channel,
};

/// Rows shown.
const MOST_ROWS: usize = 200;

/// The first rows of a file and how it would be read.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The file's name.
    pub source: String,
    /// Such as `Shift_JIS`.
    pub encoding: String,
    /// Such as `;`.
    pub delimiter: String,
    /// Decimal mark.
    pub decimal: char,
    /// The time column or columns, with the format.
    pub time: String,
    /// The channels as they would be imported.
    pub channels: Vec<Channel>,
    /// Column heads as they stand in the file.
    pub header: Vec<String>,
    /// The first rows, as written.
    pub rows: Vec<Vec<String>>,
    /// What looks odd.
    pub issues: Issues,
}

/// Shows how a file would be read, from its first 200 rows.
///
/// # Errors
///
/// [`ImportError`] where the file cannot be read at all.
pub fn preview(source: &Path) -> Result<Preview, ImportError> {
    let meta = std::fs::metadata(source);
    if meta
        .as_ref()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    {
        let path = source.to_path_buf();
        return Err(ImportError::Missing { path });
    }
    if meta.is_ok_and(|meta| !meta.is_file()) {
        let path = source.to_path_buf();
        return Err(ImportError::NotAFile { path });
    }
    let name = source
        .file_name()
        .unwrap_or(source.as_os_str())
        .to_string_lossy()
        .into_owned();
    let mut bytes = Vec::new();
    open_file(source)?
        .take(SAMPLE_BYTES as u64)
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::new("read the file", source, error))?;
    if unpack::sniff(&bytes) != Container::Plain || json_rows::is_json(&name) {
        bytes = unpacked(source, &name)?;
    }
    if bytes.len() >= SAMPLE_BYTES
        && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n')
    {
        // The last line is cut off. In UTF-16 the NUL of the line end is cut too, which is dropped.
        bytes.truncate(end + 1);
    }
    let decoded = encoding::decode(&bytes);
    if decoded.text.trim().is_empty() {
        let path = source.to_path_buf();
        return Err(ImportError::Empty { path });
    }
    let nothing = || ImportError::NothingReadable {
        place: source.to_path_buf(),
        n_files: 1,
        reason: None,
    };
    let dialect = table::layout(&decoded).ok_or_else(nothing)?;
    let mut issues = Issues::new();
    table::layout_issues(&decoded, &dialect, &name, &mut issues);
    let rule = TimeRule::default();
    let stop = StopToken::new();
    let table = table::read_table(
        &decoded,
        &dialect,
        &name,
        &rule,
        &mut issues,
        Watch::silent(&stop),
    )?;
    let plan = timeline::plan(&dialect, &rule);
    let logs = merge::merge(vec![table], true, &mut issues, &stop);
    let channels = channels::channels_of(&logs, &Recipe::default(), &mut issues, &stop)
        .map(|line| line.channels)
        .unwrap_or_default();
    Ok(Preview {
        source: name,
        encoding: decoded.encoding.to_owned(),
        delimiter: dialect.delimiter.name().to_owned(),
        decimal: dialect.decimal,
        time: time_words(&plan, &dialect.header),
        channels,
        rows: dialect.sample.iter().take(MOST_ROWS).cloned().collect(),
        header: dialect.header,
        issues,
    })
}

/// The beginning of the first table of a packed file.
fn unpacked(source: &Path, name: &str) -> Result<Vec<u8>, ImportError> {
    let found = Found {
        shown: name.to_owned(),
        path: source.to_path_buf(),
        kind: FileKind::Text,
        is_named: true,
    };
    let refuse = |reason: Option<String>| ImportError::NothingReadable {
        place: source.to_path_buf(),
        n_files: 1,
        reason: reason.map(Phrase::plain),
    };
    let bytes = read_file(source)?;
    let parts = containers::open(&found, bytes, &mut Issues::new(), &StopToken::new())
        .map_err(|why| refuse(Some(why)))?;
    let first = parts.into_iter().next().ok_or_else(|| refuse(None))?;
    let mut bytes = first.bytes;
    bytes.truncate(SAMPLE_BYTES);
    Ok(bytes)
}

fn time_words(plan: &TimePlan, header: &[String]) -> String {
    let names: Vec<&str> = plan
        .columns()
        .iter()
        .map(|&column| header[column].as_str())
        .collect();
    match plan {
        TimePlan::Counted { .. } => String::new(),
        TimePlan::Stamps { orders, .. } => {
            let order = orders.first().map_or("", |order| order.name());
            format!("{} ({order})", names.join(" + "))
        }
        TimePlan::Number { .. } => names.join(" + "),
    }
}
