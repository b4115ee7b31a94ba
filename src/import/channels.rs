//! Turns the columns of all logs into the dataset's channels: names, roles, units, kinds.

use std::collections::BTreeSet;

use super::{
    doubts,
    error::ImportError,
    grid::Fill,
    merge::Log,
    recipe::{LimitsSection, Recipe},
    roles::{self, Behavior, Guess},
    walk::unpacked_name,
};
use crate::{
    base::{Issue, Issues, Phrase, Place, Severity, StopToken, parallel_map},
    data::{Channel, ChannelKind, Role},
};

/// The channels of a dataset and where their values are.
pub(super) struct Line {
    pub(super) channels: Vec<Channel>,
    /// The log of each channel and its column there.
    pub(super) sources: Vec<(usize, usize)>,
    /// How each channel moves.
    behaviors: Vec<Behavior>,
}

/// A control that moves at nearly every reading stands still at this share of them at most.
const STILL: f64 = 0.1;
/// A column counts rows where it goes on by one and the same step at this share of them.
const COUNTS: f64 = 0.8;
/// A line over a gap that misses more than this share of a channel's variance, squared, tells nothing.
const ROUGH: f64 = 0.1;

impl Line {
    /// How the columns of one log cross gaps, in the log's order.
    pub(super) fn fills(&self, log: usize) -> Vec<Fill> {
        let channels = self.channels.iter().zip(&self.behaviors);
        channels
            .zip(&self.sources)
            .filter(|(_, (of, _))| *of == log)
            .map(|((channel, behavior), _)| match channel.role {
                _ if channel.kind != ChannelKind::Continuous => Fill::Hold,
                // What it would hold it never held.
                Role::Control if is_restless(behavior) => Fill::Leave,
                Role::Control | Role::Label => Fill::Hold,
                _ if behavior.roughness > ROUGH => Fill::Average,
                _ => Fill::Bridge,
            })
            .collect()
    }
}

fn is_restless(behavior: &Behavior) -> bool {
    behavior.still_frac <= STILL && behavior.n_levels >= roles::MOST_LEVELS
}

/// Guesses all channels; the recipe has the last word.
///
/// # Errors
///
/// [`ImportError`] where the recipe names a column that is not there, nothing is left to predict,
/// or the end was asked for.
pub(super) fn channels_of(
    logs: &[Log],
    recipe: &Recipe,
    issues: &mut Issues,
    stop: &StopToken,
) -> Result<Line, ImportError> {
    let line = line_of(logs, recipe, issues, stop)?;
    if !line.channels.iter().any(|channel| channel.role.is_output()) {
        return Err(ImportError::NoOutput {
            source_name: logs[0].stretches[0].source.clone(),
            n_columns: line.channels.len(),
        });
    }
    Ok(line)
}

/// The same, also where nothing is left to predict yet.
pub(super) fn line_of(
    logs: &[Log],
    recipe: &Recipe,
    issues: &mut Issues,
    stop: &StopToken,
) -> Result<Line, ImportError> {
    check_recipe(logs, recipe)?;
    let mut channels: Vec<Channel> = Vec::new();
    let mut sources = Vec::new();
    let mut guesses: Vec<Guess> = Vec::new();
    let mut behaviors: Vec<Behavior> = Vec::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for (log_idx, log) in logs.iter().enumerate() {
        let behave = |column: usize| {
            if stop.is_stopped() {
                return Behavior::default();
            }
            let parts = log.stretches.iter();
            roles::behavior(parts.map(|part| part.values[column].as_slice()), stop)
        };
        let found = parallel_map((0..log.heads.len()).collect(), behave);
        stop.check()?;
        for (column, (head, behavior)) in log.heads.iter().zip(found).enumerate() {
            guesses.push(roles::guess(head, &behavior));
            behaviors.push(behavior);
            let section = recipe.section_of(&head.name);
            let wanted = section.map_or(head.name.as_str(), |section| section.name.as_str());
            let name = unique(wanted, log, &mut taken);
            let mut channel = Channel::new(name, Role::Observation, head.unit.clone());
            channel.source.clone_from(&head.name);
            channels.push(channel);
            sources.push((log_idx, column));
        }
    }
    roles::lead(logs, &sources, &behaviors, &mut guesses);
    let along = leave_out_copies(logs, &sources, &mut guesses);
    roles::settle(&mut guesses);
    for (at, (channel, guess)) in channels.iter_mut().zip(&guesses).enumerate() {
        channel.role = guess.role;
        channel.role_confidence = guess.confidence;
        channel.kind = guess.kind;
        if let Some(section) = recipe.section_of(&channel.source) {
            channel.role = recipe.role_of(section)?;
            channel.role_confidence = section.confidence.unwrap_or(1.0);
            if let Some(unit) = &section.unit {
                channel.unit.clone_from(unit);
            }
            channel.limits = section
                .limits
                .map(LimitsSection::limits)
                .unwrap_or_default();
        }
        if along.contains(&at) && channel.role == Role::Ignore {
            channel.findings.push("moves-along".to_owned());
        }
    }
    say(logs, &channels, &sources, &guesses, issues);
    doubts::say(logs, &channels, &guesses, recipe, issues);
    Ok(Line {
        channels,
        sources,
        behaviors,
    })
}

fn check_recipe(logs: &[Log], recipe: &Recipe) -> Result<(), ImportError> {
    let sections = &recipe.file.channels;
    for (at, section) in sections.iter().enumerate() {
        let source = section.source.as_ref().unwrap_or(&section.name);
        let is_there = logs
            .iter()
            .any(|log| log.heads.iter().any(|head| head.name == *source));
        if !is_there {
            let known: Vec<&str> = logs
                .iter()
                .flat_map(|log| log.heads.iter().map(|head| head.name.as_str()))
                .take(20)
                .collect();
            return Err(recipe.no_column(source, &known.join(", ")));
        }
        // Logs that are joined may each have a column of that name.
        let heads = logs.iter().flat_map(|log| &log.heads);
        let n_columns = heads.filter(|head| head.name == *source).count();
        // A section with a confidence was written by the program for files that may be others now.
        let before = sections[..=at]
            .iter()
            .filter(|one| one.confidence.is_none());
        let n_channels = before.filter(|one| one.source.as_ref().unwrap_or(&one.name) == source);
        if section.confidence.is_none() && n_channels.count() > n_columns {
            let text = format!("two channels come from column {source:?}");
            let problem = Phrase::new("detail-recipe-same-source", text)
                .with("column", format!("{source:?}"));
            return Err(recipe.error(&format!("{:?}", section.name), problem));
        }
    }
    Ok(())
}

/// A name that no other channel has; columns of a second log get its file's name in front.
fn unique(wanted: &str, log: &Log, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.to_owned();
    if taken.contains(&name) {
        name = format!("{}.{wanted}", stem_of(&log.stretches[0].source));
    }
    let plain = name.clone();
    let mut count = 1;
    while !taken.insert(name.clone()) {
        count += 1;
        name = format!("{plain}_{count}");
    }
    name
}

/// A file's name without folder and ending.
pub(super) fn stem_of(source: &str) -> &str {
    let name = source.rsplit('/').next().unwrap_or(source);
    // Of a workbook with several sheets the sheet's name tells more than the file's.
    let sheet = name
        .strip_suffix(']')
        .and_then(|name| name.split_once(" ["))
        .map(|(_, sheet)| sheet)
        .filter(|sheet| !sheet.is_empty());
    if let Some(sheet) = sheet {
        return sheet;
    }
    let name = unpacked_name(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Leaves out columns that say what an earlier one says, up to a factor and an offset: a model
/// would otherwise be given its answer. Returns those that look like inputs.
fn leave_out_copies(logs: &[Log], sources: &[(usize, usize)], guesses: &mut [Guess]) -> Vec<usize> {
    const MOST_COLUMNS: usize = 200;
    let mut along = Vec::new();
    if sources.len() > MOST_COLUMNS {
        return along;
    }
    let is_used = |guess: &Guess| {
        matches!(
            guess.role,
            Role::Control | Role::Disturbance | Role::Observation | Role::Kpi
        )
    };
    for later in 1..sources.len() {
        if !is_used(&guesses[later]) {
            continue;
        }
        let copy = (0..later).find(|&earlier| {
            is_used(&guesses[earlier])
                && sources[earlier].0 == sources[later].0
                && is_copy(
                    &logs[sources[later].0],
                    sources[earlier].1,
                    sources[later].1,
                )
        });
        if copy.is_some() {
            if guesses[later].role.is_input() {
                along.push(later);
            }
            guesses[later] = Guess {
                role: Role::Ignore,
                confidence: 0.9,
                kind: guesses[later].kind,
                left_out: Some("copy"),
                doubt: None,
            };
        }
    }
    along
}

fn is_copy(log: &Log, left: usize, right: usize) -> bool {
    let n_rows = log.n_rows();
    let stride = (n_rows / 2000).max(1);
    let mut first: Option<(f64, f64)> = None;
    let mut line: Option<(f64, f64)> = None;
    let mut n_checked = 0;
    for part in &log.stretches {
        for row in (0..part.times.len()).step_by(stride) {
            let (x, y) = (part.values[left][row], part.values[right][row]);
            if x.is_nan() && y.is_nan() {
                continue;
            }
            if x.is_nan() != y.is_nan() {
                return false;
            }
            let Some((x0, y0)) = first else {
                first = Some((x, y));
                continue;
            };
            let Some((slope, scale)) = line else {
                if (x - x0).abs() > 0.0 {
                    line = Some(((y - y0) / (x - x0), (y - y0).abs()));
                    if (y - y0).abs() <= 0.0 {
                        return false;
                    }
                } else if (y - y0).abs() > 0.0 {
                    return false;
                }
                continue;
            };
            n_checked += 1;
            if (y0 + slope * (x - x0) - y).abs() > 1e-6 * scale.max(y.abs()) {
                return false;
            }
        }
    }
    n_checked >= 20
}

fn say(
    logs: &[Log],
    channels: &[Channel],
    sources: &[(usize, usize)],
    guesses: &[Guess],
    issues: &mut Issues,
) {
    let mut by_code: std::collections::BTreeMap<&'static str, Vec<&str>> =
        std::collections::BTreeMap::new();
    for (at, (channel, guess)) in channels.iter().zip(guesses).enumerate() {
        let head = &logs[sources[at].0].heads[sources[at].1];
        if !head.words.is_empty() {
            issues.push(codes_issue(logs, sources[at].0, channel, &head.words));
        }
        if let (Some(code), Role::Ignore) = (guess.left_out, channel.role) {
            by_code.entry(code).or_default().push(&channel.name);
            if code == "counter"
                && let Some(issue) = jumps_issue(&logs[sources[at].0], sources[at].1, channel)
            {
                issues.push(issue);
            }
        }
    }
    for (code, names) in by_code {
        let list = shortened(&names);
        let mut place = Place::file(&logs[0].stretches[0].source);
        if let [only] = names.as_slice() {
            place = place.in_column(*only);
        }
        let because = |why: &str| format!("left out because {why}: {list}");
        let issue = match code {
            "no-values" => {
                let text = because("they hold no value");
                Issue::new(place, Severity::Info, "no-values", text)
            }
            "constant" => {
                let text = because("they never change");
                Issue::new(place, Severity::Info, "constant", text)
            }
            "counter" => {
                let text = because("they only count up");
                Issue::new(place, Severity::Info, "counter", text)
            }
            _ => {
                let text = because("they repeat an earlier column up to a factor and an offset");
                Issue::new(place, Severity::Info, "copy", text)
            }
        };
        issues.push(issue.with("count", names.len()).with("columns", list));
    }
}

/// Of rows that are taken one step apart: whether a column that counts them says that some are missing.
fn jumps_issue(log: &Log, column: usize, channel: &Channel) -> Option<Issue> {
    log.counted_nanos?;
    let pairs = log
        .stretches
        .iter()
        .flat_map(|part| part.values[column].windows(2));
    let mut steps: Vec<f64> = pairs.map(|pair| pair[1] - pair[0]).collect();
    steps.retain(|step| step.is_finite());
    steps.sort_unstable_by(f64::total_cmp);
    let usual = *steps.get(steps.len() / 2)?;
    let as_usual = steps.iter().filter(|step| step.total_cmp(&usual).is_eq());
    if usual <= 0.0 || (as_usual.count() as f64) < COUNTS * steps.len() as f64 {
        return None;
    }
    let left_out = steps.iter().map(|step| step / usual - 1.0);
    let is_count = left_out.clone().all(|n| n >= 0.0 && n.fract() == 0.0);
    let n_missing: f64 = left_out.sum();
    if !is_count || n_missing < 1.0 {
        return None;
    }
    let text = format!(
        "counts on by more than {usual} at some rows, as if {n_missing} rows were missing, but rows are \
         taken one step apart; choose it as the time's column in the import preview, or name it so in \
         the recipe"
    );
    let place = Place::file(&log.stretches[0].source).in_column(&channel.name);
    let issue = Issue::new(place, Severity::Warning, "counter-jumps", text);
    Some(issue.with("count", n_missing).with("step", usual))
}

/// The first names of a long list.
pub(super) fn shortened(names: &[&str]) -> String {
    const MOST: usize = 8;
    let mut list = names[..names.len().min(MOST)].join(", ");
    if names.len() > MOST {
        list.push_str(", …");
    }
    list
}

fn codes_issue(logs: &[Log], log: usize, channel: &Channel, words: &[String]) -> Issue {
    let codes: Vec<String> = words
        .iter()
        .take(6)
        .enumerate()
        .map(|(code, word)| format!("{code} = {}", word.chars().take(24).collect::<String>()))
        .collect();
    let mut list = codes.join(", ");
    if words.len() > 6 {
        list.push_str(", …");
    }
    Issue::new(
        Place::file(&logs[log].stretches[0].source).in_column(&channel.name),
        Severity::Info,
        "words",
        format!("the column holds words; they are kept as codes: {list}"),
    )
    .with("codes", list)
}
