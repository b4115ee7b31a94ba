//! Shows how a file would be read, from its beginning.

use std::{
    io::{BufReader, Read as _},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

use super::why;
use crate::{
    base::{Issue, Issues, Phrase, Place, Severity, StopToken, open_file, read_file},
    data::{Channel, Role},
    import::{
        ImportError, RecipeDraft, Setting, channels, containers,
        dialect::{Dialect, SAMPLE_BYTES},
        encoding::{self, Decoded},
        grid, json_rows, manifest, merge,
        recipe::Recipe,
        reshape, shape, sources, table,
        timeline::{self, TimePlan},
        unpack::{self, Container},
        walk::{FileKind, Found, file_name},
        watch::Watch,
    },
};

/// Rows shown.
const MOST_ROWS: usize = 200;
/// How errors name a recipe that only the window knows.
const RECIPE_NAME: &str = "recipe.toml";

/// The first rows of a file and how it would be read.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// The file's name.
    pub source: String,
    /// Whether its cells are told apart by the file itself, as in a workbook: then there is no
    /// delimiter, decimal mark or encoding to decide on.
    pub is_cells: bool,
    /// The recipe that it was read with, as TOML; empty = everything was found.
    pub recipe_toml: String,
    /// Such as `Shift_JIS`.
    pub encoding: String,
    /// Such as `;`, as a recipe names it.
    pub delimiter: String,
    /// Decimal mark.
    pub decimal: char,
    /// How many lines above the data name the columns.
    pub n_header_rows: usize,
    /// The time column or columns, with the format.
    pub time: String,
    /// The names of the time columns; empty = rows are counted.
    pub time_columns: Vec<String>,
    /// The zone that its times are in.
    pub zone: PreviewZone,
    /// The usual step from row to row, in seconds; what the grid is where nobody chooses another.
    pub step_secs: f64,
    /// Why it is read so, by [`PreviewFact::name`].
    pub why: Vec<(PreviewFact, Phrase)>,
    /// The channels as they would be imported.
    pub channels: Vec<Channel>,
    /// Column heads as they stand in the file.
    pub header: Vec<String>,
    /// The first rows, as written.
    pub rows: Vec<Vec<String>>,
    /// What looks odd.
    pub issues: Issues,
}

impl Preview {
    /// Whether there is something to predict and nothing that a what-if could change.
    pub fn lacks_control(&self) -> bool {
        let has = |is_such: fn(Role) -> bool| self.channels.iter().any(|one| is_such(one.role));
        has(Role::is_output) && !has(|role| role == Role::Control)
    }
}

/// Which zone a file's times are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PreviewZone {
    /// There are no times of a clock.
    #[default]
    None,
    /// Nothing tells it: UTC is assumed.
    Assumed,
    /// The times tell it.
    Told,
    /// A person chose it.
    Chosen,
}

/// What a preview tells about the way a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PreviewFact {
    /// The encoding.
    Encoding,
    /// What stands between two cells.
    Delimiter,
    /// The decimal mark.
    Decimal,
    /// The lines of names.
    Header,
    /// The time.
    Time,
}

impl PreviewFact {
    /// A stable word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Delimiter => "delimiter",
            Self::Decimal => "decimal",
            Self::Header => "header",
            Self::Time => "time",
        }
    }
}

impl Preview {
    /// Why one fact is as it is.
    pub fn why(&self, fact: PreviewFact) -> Option<&Phrase> {
        let found = self.why.iter().find(|(known, _)| *known == fact);
        found.map(|(_, words)| words)
    }
}

/// Shows how a file would be read, from its first 200 rows.
///
/// # Errors
///
/// [`ImportError`] where the file cannot be read at all; [`ImportError::Setting`] where it is a
/// setting of the recipe under which nothing can be read.
pub fn preview(source: &Path, recipe_toml: Option<&str>) -> Result<Preview, ImportError> {
    let (name, bytes, is_cells) = head(source)?;
    let decoded = encoding::decode(&bytes);
    if decoded.text.trim().is_empty() {
        let path = source.to_path_buf();
        return Err(ImportError::Empty { path });
    }
    let recipe = match recipe_toml {
        Some(text) => Recipe::parse(text, RECIPE_NAME)?,
        None => Recipe::default(),
    };
    let text = (&decoded, is_cells);
    let found = read(text, &name, &recipe)?;
    if let Some(found) = found {
        return Ok(Preview {
            recipe_toml: recipe_toml.unwrap_or_default().to_owned(),
            ..found
        });
    }
    if let Some(setting) = guilty(text, &name, recipe_toml) {
        return Err(ImportError::Setting {
            setting,
            source_name: name,
        });
    }
    Err(ImportError::NothingReadable {
        place: source.to_path_buf(),
        n_files: 1,
        reason: None,
    })
}

/// The setting without which the file could be read.
fn guilty(text: (&Decoded<'_>, bool), name: &str, recipe_toml: Option<&str>) -> Option<Setting> {
    let draft = RecipeDraft::from_toml(recipe_toml?).ok()?;
    Setting::ALL.into_iter().find(|setting| {
        let other = draft.without(*setting);
        if other == draft {
            return false;
        }
        Recipe::parse(&other.to_toml(), RECIPE_NAME)
            .and_then(|recipe| read(text, name, &recipe))
            .is_ok_and(|found| found.is_some())
    })
}

/// Reads a beginning as a recipe says; `None` where it gives no table.
fn read(
    (decoded, is_cells): (&Decoded<'_>, bool),
    name: &str,
    recipe: &Recipe,
) -> Result<Option<Preview>, ImportError> {
    let rule = &recipe.time;
    let Some(dialect) = table::layout_by(decoded, rule, is_cells).filter(table::is_table) else {
        return Ok(None);
    };
    let mut issues = Issues::new();
    table::layout_issues(decoded, &dialect, name, &mut issues);
    note_answers((decoded, &dialect), name, recipe, &mut issues);
    let stop = StopToken::new();
    let watch = Watch::silent(&stop);
    let table = table::read_table(decoded, &dialect, name, rule, &mut issues, watch)?;
    let has_values = table
        .columns
        .iter()
        .any(|column| column.values.iter().any(|value| value.is_finite()));
    if !has_values {
        return Ok(None);
    }
    let plan = timeline::plan(&dialect, rule);
    let why = why::reasons(decoded, &dialect, (&plan, &table), recipe);
    let time_columns = table.time_columns.clone();
    let zone = match (&rule.zone, table.has_clock) {
        (_, false) => PreviewZone::None,
        (Some(_), true) => PreviewZone::Chosen,
        (None, true) if table.lacks_zone => PreviewZone::Assumed,
        (None, true) => PreviewZone::Told,
    };
    let tables = reshape::reshape(vec![table], &mut issues);
    let logs = merge::merge(tables, recipe, true, &mut issues, &stop);
    let step_secs = logs.first().map_or(0.0, |log| grid::own_step(log) / 1e9);
    let mut recipe = recipe.clone();
    recipe.settle_sources(&logs);
    let channels = channels::line_of(&logs, &recipe, &mut issues, &stop)?.channels;
    Ok(Some(Preview {
        source: name.to_owned(),
        is_cells,
        recipe_toml: String::new(),
        encoding: decoded.encoding.to_owned(),
        delimiter: dialect.delimiter.name().to_owned(),
        decimal: dialect.decimal,
        n_header_rows: dialect.header_rows.len(),
        time: time_words(&plan, &dialect),
        time_columns,
        zone,
        step_secs,
        why,
        channels,
        rows: dialect.sample.iter().take(MOST_ROWS).cloned().collect(),
        header: dialect.header,
        issues,
    }))
}

/// Says where an import would take the rows for answers, not for a log: what is shown is the table. How many
/// answers there are a beginning does not tell.
fn note_answers(text: (&Decoded<'_>, &Dialect), name: &str, recipe: &Recipe, issues: &mut Issues) {
    let mut sections = recipe.file.checklists.iter();
    let is_asked = sections.any(|section| name.ends_with(&section.file));
    let is_list = manifest::read(text.0, text.1).is_some();
    let sheet = sources::answers_of(text, name, &recipe.time, is_asked, &mut Issues::new());
    if !is_list && sheet.is_some() {
        issues.push(Issue::new(
            Place::file(name),
            Severity::Warning,
            "read-as-checklist",
            "the import takes this file for a checklist, not for a log of sensors",
        ));
    }
}

/// A file's name and its beginning, of a packed file the first table's; and whether that was
/// written cell by cell.
fn head(source: &Path) -> Result<(String, Vec<u8>, bool), ImportError> {
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
        if path.is_dir() {
            return Err(ImportError::Folder { path });
        }
        return Err(ImportError::NotAFile { path });
    }
    let name = file_name(source);
    let found = Found {
        shown: name.clone(),
        path: source.to_path_buf(),
        kind: FileKind::Text,
        is_named: true,
    };
    let bytes = shape::head_of(&found)?;
    let is_json = json_rows::is_json(&name);
    match unpack::sniff(&bytes) {
        Container::Plain if !is_json => return Ok((name, bytes, false)),
        Container::Gzip if !is_json => {
            if let Some(text) = gunzip_head(source)? {
                return Ok((name, text, false));
            }
        }
        _ => {}
    }
    let (bytes, is_cells) = unpacked(&found)?;
    Ok((name, bytes, is_cells))
}

/// The beginning of a packed text, without unpacking the rest.
fn gunzip_head(source: &Path) -> Result<Option<Vec<u8>>, ImportError> {
    let mut text = Vec::new();
    let stream = MultiGzDecoder::new(BufReader::new(open_file(source)?));
    let read = stream.take(SAMPLE_BYTES as u64).read_to_end(&mut text);
    // A stream that breaks off further on is said by the import.
    if read.is_err() && text.is_empty() || unpack::sniff(&text) != Container::Plain {
        return Ok(None);
    }
    shape::cut_last_line(&mut text);
    Ok(Some(text))
}

/// The beginning of the first table of a packed file.
fn unpacked(found: &Found) -> Result<(Vec<u8>, bool), ImportError> {
    let refuse = |reason: Option<Phrase>| ImportError::NothingReadable {
        place: found.path.clone(),
        n_files: 1,
        reason,
    };
    let bytes = read_file(&found.path)?;
    let parts = containers::open(found, bytes, &mut Issues::new(), &StopToken::new())
        .map_err(|why| refuse(Some(why)))?;
    let first = parts.into_iter().next().ok_or_else(|| refuse(None))?;
    let mut bytes = first.bytes;
    bytes.truncate(SAMPLE_BYTES);
    shape::cut_last_line(&mut bytes);
    Ok((bytes, first.is_cells))
}

fn time_words(plan: &TimePlan, dialect: &Dialect) -> String {
    let names: Vec<&str> = plan
        .columns()
        .iter()
        .map(|&column| dialect.header[column].as_str())
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
