//! The way from files to a dataset: read, merge, guess, grid, split, grade, join the media.

use std::path::PathBuf;

use super::{
    channels::{self, Line, stem_of},
    clock,
    error::ImportError,
    grade,
    grid::{self, Piece},
    keys::Keys,
    media::{self, MediaFiles},
    media_only,
    merge::{self, Log},
    placing::{self, Sensors},
    recipe::{self, Recipe},
    reshape,
    sources::{Reason, TextFile, read_tables_of},
    split,
    stamp::SECOND,
    table::Table,
    walk::{self, FileKind, Found},
    watch::Watch,
};
use crate::{
    base::{
        Issue, Issues, Large, Phrase, Place, Progress, Reporter, Severity, StopToken, parallel_map,
    },
    data::{Dataset, Episode, Media},
};

/// What is to be imported.
#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    /// Files or folders.
    pub sources: Vec<PathBuf>,
    /// The recipe's text and its file name; `None` = guess one.
    pub recipe: Option<(String, String)>,
    /// The dataset's name.
    pub name: String,
}

/// What an import gives.
#[derive(Debug)]
pub struct Imported {
    /// The dataset.
    pub dataset: Dataset,
    /// The recipe that was used, guessed or given, as TOML.
    pub recipe_toml: String,
    /// What was worked around.
    pub issues: Issues,
    /// Data rows taken from the sources, before gridding; rows that were left out do not count.
    pub n_rows: u64,
    /// What was guessed, with how sure it is: (what, guess, confidence 0 to 1).
    pub guesses: Vec<(String, String, f64)>,
}

/// Reads files and folders into one dataset.
///
/// # Errors
///
/// [`ImportError`] only where nothing can be read; everything else is an issue.
pub fn import(
    request: &ImportRequest,
    reporter: &dyn Reporter,
    stop: &StopToken,
) -> Result<Imported, ImportError> {
    let mut recipe = match &request.recipe {
        Some((text, name)) => Recipe::parse(text, name)?,
        None => Recipe::default(),
    };
    let Some(first) = request.sources.first() else {
        return Err(ImportError::NoSource);
    };
    let mut issues = Issues::new();
    let files = walk::find(&request.sources, &mut issues)?;
    let mut media = MediaFiles::default();
    let (tables, reason) = read_tables(&files, &recipe, &mut media, &mut issues, reporter, stop)?;
    reporter.report(Progress {
        stage: "columns",
        done_frac: None,
        detail: String::new(),
    });
    let tables = shaped(tables, &mut media, &mut issues, stop)?;
    recipe.check_time_column(&tables)?;
    recipe.note_absent(&media, &mut issues);
    if tables.is_empty() {
        recipe.check_time_format(reason.as_ref())?;
        return Err(nothing(first.clone(), &files, reason));
    }
    let logs = merge::merge(tables, &recipe, recipe.splits_by_file(), &mut issues, stop);
    let mut logs = Large::new(logs, stop);
    stop.check()?;
    recipe.settle_sources(&logs);
    reshape::part_strangers(&mut logs, &recipe, &mut issues);
    // What was left out as a twin, a repeat or another line's is not among them.
    let n_rows: u64 = logs.iter().map(|log| log.n_rows() as u64).sum();
    let line = channels::channels_of(&logs, &recipe, &mut issues, stop)?;
    stop.check()?;
    let (pieces, step_nanos) = onto_grid(&logs, &line, &recipe, &mut issues, stop)?;
    let spans = match &recipe.file.split {
        Some(section) => split::from_recipe(section, &recipe, &pieces, step_nanos, &mut issues)?,
        None => split::deal(&pieces, &mut issues),
    };
    let time_columns = logs[0].time_columns.clone();
    let offset_ns = match &recipe.time.zone {
        Some(zone) => Some(placing::zone_offset(zone, pieces[0].start_ns)),
        None => logs[0].offset_ns,
    };
    let keys = Keys::collect(&pieces, &logs, &line.sources);
    let sources: Vec<String> = pieces.iter().map(|piece| piece.source.clone()).collect();
    let dataset = assemble(request, &logs, line, pieces.into_inner(), step_nanos);
    let mut dataset = Large::new(dataset, stop);
    logs.give_back();
    stop.check()?;
    dataset.spans = spans;
    dataset.utc_offset_secs = offset_ns.and_then(|nanos| i32::try_from(nanos / SECOND).ok());
    grade::grade(&mut dataset, &sources[0], &mut issues, stop)?;
    dataset.media = media::join(
        &Sensors {
            dataset: &dataset,
            sources: &sources,
            offset_ns: offset_ns.unwrap_or(0),
            zone: recipe.time.zone.as_ref(),
            keys,
        },
        &media,
        &recipe,
        &mut issues,
        reporter,
        stop,
    )?;
    note_set_back(&dataset.media, &recipe, &mut issues);
    let recipe_toml = recipe::write(&recipe, &dataset.channels, &time_columns, dataset.step_secs);
    Ok(Imported {
        guesses: guesses_of(&dataset, &time_columns, &recipe),
        dataset: dataset.into_inner(),
        recipe_toml,
        issues,
        n_rows,
    })
}

/// Says that files of one log were written at steps that differ: the finer ones are averaged.
fn note_steps(log: &Log, step_nanos: f64, issues: &mut Issues) {
    /// So many rows tell the step of a file.
    const LEAST: usize = 20;
    let long = log
        .stretches
        .iter()
        .filter(|part| part.times.len() >= LEAST);
    let finer = long
        .map(|part| (part, clock::median_step(&part.times) as f64))
        .find(|(_, step)| *step > 0.0 && *step < 0.6 * step_nanos);
    let Some((part, step)) = finer.filter(|_| log.has_clock) else {
        return;
    };
    let (own, all) = (step / 1e9, step_nanos / 1e9);
    let text = format!(
        "written every {own} s; other files of this log are coarser, so it was averaged to {all} s. To \
         keep its detail import it alone, or choose the step in the import preview"
    );
    let place = Place::file(&part.source);
    let issue = Issue::new(place, Severity::Warning, "averaged-down", text);
    issues.push(issue.with("secs", own).with("step", all));
}

/// Says that a clock which was set back moved the rows and not the media.
fn note_set_back(media: &Media, recipe: &Recipe, issues: &mut Issues) {
    let has_media =
        !media.frames.is_empty() || !media.clips.is_empty() || !media.answers.is_empty();
    let mut all = issues.as_slice().iter();
    let moved = all.find(|issue| issue.code == "clock-set-back");
    if let Some(moved) = moved.filter(|_| has_media && recipe.time.zone.is_none()) {
        let place = Place::file(&moved.place.source);
        issues.push(Issue::new(
            place,
            Severity::Warning,
            "media-behind-set-back",
            "the sensors' clock goes back an hour and their rows were moved; pictures, sound and \
             checklists behind that hour were not and may lie one hour off. Give zone in the recipe",
        ));
    }
}

/// Puts all logs onto one grid: the episodes and the length of a step, ns.
fn onto_grid(
    logs: &[Log],
    line: &Line,
    recipe: &Recipe,
    issues: &mut Issues,
    stop: &StopToken,
) -> Result<(Large<Vec<Piece>>, f64), ImportError> {
    let step_nanos = match &recipe.file.grid {
        Some(grid) => grid.step_secs * 1e9,
        None => grid::own_step(&logs[0]),
    };
    if recipe.file.grid.is_none() {
        note_steps(&logs[0], step_nanos, issues);
    }
    let pieces = grid::pieces(&logs[0], &line.fills(0), step_nanos, issues, stop);
    let mut pieces = Large::new(pieces, stop);
    stop.check()?;
    for (log_idx, log) in logs.iter().enumerate().skip(1) {
        stop.check()?;
        grid::join(
            &mut pieces,
            &logs[0],
            log,
            &line.fills(log_idx),
            step_nanos,
            issues,
            stop,
        );
    }
    if pieces.is_empty() {
        return Err(ImportError::TooFewRows {
            source_name: logs[0].stretches[0].source.clone(),
            found: logs[0].n_rows(),
            expected: grid::MIN_STEPS,
        });
    }
    stop.check()?;
    Ok((pieces, step_nanos))
}

/// The tables in the shape of logs; made from the media where no sensor wrote one.
fn shaped(
    tables: Vec<Table>,
    media: &mut MediaFiles,
    issues: &mut Issues,
    stop: &StopToken,
) -> Result<Vec<Table>, ImportError> {
    if tables.is_empty() {
        return Ok(media_only::tables(media, issues, stop)?);
    }
    Ok(reshape::reshape(tables, issues))
}

fn nothing(place: PathBuf, files: &[Found], reason: Option<(String, Reason)>) -> ImportError {
    let text = match reason {
        Some((_, Reason::Empty)) if files.len() == 1 => {
            return ImportError::Empty {
                path: files[0].path.clone(),
            };
        }
        Some((source_name, Reason::TooFewRows(found))) => {
            return ImportError::TooFewRows {
                source_name,
                found,
                expected: grid::MIN_STEPS,
            };
        }
        Some((source, Reason::Empty)) => {
            let words = format!("{source:?} is empty");
            Some(Phrase::new("detail-file-empty", words).with("file", format!("{source:?}")))
        }
        Some((source, Reason::NotATable)) => {
            let words = format!("{source:?} holds no table of numbers");
            Some(Phrase::new("detail-file-no-table", words).with("file", format!("{source:?}")))
        }
        Some((source, Reason::Unreadable(why))) => Some(
            Phrase::new("detail-file-why", format!("{source:?}: {why}"))
                .with("file", format!("{source:?}"))
                .with_phrase("why", why),
        ),
        None => None,
    };
    ImportError::NothingReadable {
        place,
        n_files: files.len(),
        reason: text,
    }
}

type FirstReason = Option<(String, Reason)>;

fn read_tables(
    files: &[Found],
    recipe: &Recipe,
    media: &mut MediaFiles,
    issues: &mut Issues,
    reporter: &dyn Reporter,
    stop: &StopToken,
) -> Result<(Vec<Table>, FirstReason), ImportError> {
    let mut tables = Large::new(Vec::new(), stop);
    let mut reason: FirstReason = None;
    for (at, found) in files.iter().enumerate() {
        stop.check()?;
        match found.kind {
            FileKind::Image => media.images.push(found.clone()),
            FileKind::Sound => media.sounds.push(found.clone()),
            FileKind::Text => {
                let watch = Watch::new(stop, reporter, &found.shown, (at, files.len()));
                watch.tell(0.0);
                let is_checklist = recipe
                    .file
                    .checklists
                    .iter()
                    .any(|section| found.shown.ends_with(&section.file));
                for text in read_tables_of(found, &recipe.time, is_checklist, issues, watch)? {
                    match text {
                        TextFile::Sensors(table) => tables.push(table),
                        TextFile::Checklist(sheet) => media.sheets.push(sheet),
                        TextFile::Manifest(manifest) => {
                            media.manifests.push((found.folder().to_owned(), manifest));
                        }
                        TextFile::Nothing(why) => {
                            reason = reason.or(Some((found.shown.clone(), why)));
                        }
                    }
                }
            }
        }
    }
    Ok((tables.into_inner(), reason))
}

fn assemble(
    request: &ImportRequest,
    logs: &[Log],
    line: Line,
    pieces: Vec<Piece>,
    step_nanos: f64,
) -> Dataset {
    let names = episode_names(&pieces);
    let mut channels = line.channels;
    let episodes: Vec<Episode> = pieces
        .into_iter()
        .zip(names)
        .map(|(piece, name)| Episode {
            name,
            start_ns: piece.start_ns,
            columns: piece.columns,
        })
        .collect();
    let n_steps: usize = episodes.iter().map(Episode::n_steps).sum();
    let n_missing = parallel_map((0..channels.len()).collect(), |at| {
        let columns = episodes.iter().flat_map(|episode| &episode.columns[at]);
        columns.filter(|value| value.is_nan()).count()
    });
    for (channel, n_missing) in channels.iter_mut().zip(n_missing) {
        channel.missing_frac = n_missing as f64 / n_steps.max(1) as f64;
    }
    let name = if request.name.is_empty() {
        stem_of(&logs[0].stretches[0].source).to_owned()
    } else {
        request.name.clone()
    };
    Dataset {
        name,
        // Divided: a product with 1e-9 makes 60 s of a minute's nanoseconds 60.00000000000001.
        step_secs: step_nanos / 1e9,
        has_clock: logs[0].has_clock,
        utc_offset_secs: None,
        channels,
        episodes,
        spans: Vec::new(),
        media: Media::default(),
    }
}

/// File names without ending, numbered where a file gave several episodes.
fn episode_names(pieces: &[Piece]) -> Vec<String> {
    let count = |source: &str| pieces.iter().filter(|piece| piece.source == source).count();
    let mut seen = 0;
    let mut names: Vec<String> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let is_first = at == 0 || pieces[at - 1].source != piece.source;
        seen = if is_first { 1 } else { seen + 1 };
        let stem = stem_of(&piece.source);
        let mut name = if count(&piece.source) > 1 {
            format!("{stem}-{seen}")
        } else {
            stem.to_owned()
        };
        let plain = name.clone();
        let mut twin = 1;
        while names.contains(&name) {
            twin += 1;
            name = format!("{plain} ({twin})");
        }
        names.push(name);
    }
    names
}

fn guesses_of(
    dataset: &Dataset,
    time_columns: &[String],
    recipe: &Recipe,
) -> Vec<(String, String, f64)> {
    let mut guesses = Vec::new();
    if recipe.file.time.is_none() {
        let time = if time_columns.is_empty() {
            ("none".to_owned(), 0.5)
        } else {
            (time_columns.join(" + "), 0.9)
        };
        guesses.push(("time".to_owned(), time.0, time.1));
    }
    if recipe.file.grid.is_none() {
        let step = format!("{} s", dataset.step_secs);
        guesses.push(("step".to_owned(), step, 0.9));
    }
    for channel in &dataset.channels {
        if channel.role_confidence < 1.0 {
            let role = channel.role.name().to_owned();
            guesses.push((channel.name.clone(), role, channel.role_confidence));
        }
    }
    guesses
}
