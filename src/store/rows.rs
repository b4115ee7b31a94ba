//! What stands in the index's JSON columns, apart from the working types.

use std::{collections::BTreeSet, sync::Mutex};

use serde::{Deserialize, Serialize};

use super::{
    ImportRecord, ModelRecord, SourceMark,
    models::{Learned, Trial},
};
use crate::{
    base::{Issue, Place, Severity},
    data::{Channel, ChannelKind, Dataset, Episode, Grade, Limits, Media, Role, Span, Split},
};

const FORMAT: &str = "gemba-dataset";
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct DatasetRow {
    format: String,
    version: u32,
    name: String,
    step_secs: f64,
    has_clock: bool,
    /// Absent in projects of before 0.2 and where the log tells none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    utc_offset_secs: Option<i32>,
    channels: Vec<ChannelRow>,
    episodes: Vec<EpisodeRow>,
    spans: Vec<SpanRow>,
    import: ImportRow,
}

#[derive(Debug, Serialize, Deserialize)]
struct ChannelRow {
    name: String,
    source: String,
    role: String,
    role_confidence: AnyNumber,
    unit: String,
    kind: String,
    limits: [Option<AnyNumber>; 6],
    grade: String,
    missing_frac: AnyNumber,
    findings: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct EpisodeRow {
    name: String,
    start_ns: i64,
    n_steps: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct SpanRow {
    episode: usize,
    start: usize,
    end: usize,
    split: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct ImportRow {
    recipe_toml: String,
    sources: Vec<String>,
    /// Absent in projects of before 0.2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marks: Vec<MarkRow>,
    n_rows: u64,
    issues: Vec<IssueRow>,
    kpis_toml: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct MarkRow {
    source: String,
    n_bytes: u64,
    digest: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct IssueRow {
    source: String,
    row: Option<u64>,
    column: Option<String>,
    severity: String,
    code: String,
    text: String,
    args: Vec<(String, String)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ModelRow {
    id: String,
    tier: String,
    rmse_norm: AnyNumber,
    saved_ns: i64,
    data_digest: String,
    #[serde(default)]
    learned: Vec<Vec<Learned>>,
    #[serde(default)]
    trial: Option<Trial>,
}

/// A number that JSON may not be able to write; such ones go by their bits.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum AnyNumber {
    Plain(f64),
    Bits { bits: u64 },
}

impl From<f64> for AnyNumber {
    fn from(number: f64) -> Self {
        if number.is_finite() {
            Self::Plain(number)
        } else {
            Self::Bits {
                bits: number.to_bits(),
            }
        }
    }
}

impl From<AnyNumber> for f64 {
    fn from(number: AnyNumber) -> Self {
        match number {
            AnyNumber::Plain(number) => number,
            AnyNumber::Bits { bits } => Self::from_bits(bits),
        }
    }
}

/// A dataset without its numbers and media.
pub(super) fn dataset_to_json(
    dataset: &Dataset,
    record: &ImportRecord,
) -> Result<String, serde_json::Error> {
    let row = DatasetRow {
        format: FORMAT.to_owned(),
        version: VERSION,
        name: dataset.name.clone(),
        step_secs: dataset.step_secs,
        has_clock: dataset.has_clock,
        utc_offset_secs: dataset.utc_offset_secs,
        channels: dataset.channels.iter().map(channel_row).collect(),
        episodes: dataset
            .episodes
            .iter()
            .map(|episode| EpisodeRow {
                name: episode.name.clone(),
                start_ns: episode.start_ns,
                n_steps: episode.n_steps(),
            })
            .collect(),
        spans: dataset
            .spans
            .iter()
            .map(|span| SpanRow {
                episode: span.episode,
                start: span.start,
                end: span.end,
                split: span.split.name().to_owned(),
            })
            .collect(),
        import: ImportRow {
            recipe_toml: record.recipe_toml.clone(),
            sources: record.sources.clone(),
            marks: record.marks.iter().map(mark_row).collect(),
            n_rows: record.n_rows,
            issues: record.issues.iter().map(issue_row).collect(),
            kpis_toml: record.kpis_toml.clone(),
        },
    };
    serde_json::to_string(&row)
}

/// The dataset with empty columns and media, the length of each episode, and the import.
pub(super) fn dataset_from_json(json: &str) -> Result<(Dataset, Vec<usize>, ImportRecord), String> {
    let row: DatasetRow = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if row.format != FORMAT || row.version != VERSION {
        return Err(format!(
            "found {} {}, expected {FORMAT} {VERSION}",
            row.format, row.version
        ));
    }
    let channels: Option<Vec<Channel>> = row.channels.into_iter().map(channel).collect();
    let spans: Option<Vec<Span>> = row.spans.iter().map(span).collect();
    let issues: Option<Vec<Issue>> = row.import.issues.into_iter().map(issue).collect();
    let n_channels = channels.as_ref().map_or(0, Vec::len);
    let lengths = row.episodes.iter().map(|episode| episode.n_steps).collect();
    let dataset = Dataset {
        name: row.name,
        step_secs: row.step_secs,
        has_clock: row.has_clock,
        utc_offset_secs: row.utc_offset_secs.filter(|secs| secs.abs() < 86_400),
        channels: channels.ok_or("a channel has an unknown role, kind or grade")?,
        episodes: row
            .episodes
            .into_iter()
            .map(|episode| Episode {
                name: episode.name,
                start_ns: episode.start_ns,
                columns: vec![Vec::new(); n_channels],
            })
            .collect(),
        spans: spans.ok_or("a span has an unknown split")?,
        media: Media::default(),
    };
    let record = ImportRecord {
        recipe_toml: row.import.recipe_toml,
        sources: row.import.sources,
        marks: row.import.marks.into_iter().map(mark).collect(),
        n_rows: row.import.n_rows,
        issues: issues.ok_or("an issue has an unknown severity")?,
        kpis_toml: row.import.kpis_toml,
    };
    Ok((dataset, lengths, record))
}

/// A model's row.
pub(super) fn model_to_json(record: &ModelRecord) -> Result<String, serde_json::Error> {
    serde_json::to_string(&ModelRow {
        id: record.id.clone(),
        tier: record.tier.clone(),
        rmse_norm: record.rmse_norm.into(),
        saved_ns: record.saved_ns,
        data_digest: record.data_digest.clone(),
        learned: record.learned.clone(),
        trial: record.trial.clone(),
    })
}

/// Reads a model's row.
pub(super) fn model_from_json(json: &str, in_use: bool) -> Result<ModelRecord, serde_json::Error> {
    let row: ModelRow = serde_json::from_str(json)?;
    Ok(ModelRecord {
        id: row.id,
        tier: row.tier,
        rmse_norm: row.rmse_norm.into(),
        saved_ns: row.saved_ns,
        in_use,
        data_digest: row.data_digest,
        learned: row.learned,
        trial: row.trial,
    })
}

fn mark_row(mark: &SourceMark) -> MarkRow {
    MarkRow {
        source: mark.source.clone(),
        n_bytes: mark.n_bytes,
        digest: mark.digest.clone(),
    }
}

fn mark(row: MarkRow) -> SourceMark {
    SourceMark {
        source: row.source,
        n_bytes: row.n_bytes,
        digest: row.digest,
    }
}

fn channel_row(channel: &Channel) -> ChannelRow {
    let limits = &channel.limits;
    ChannelRow {
        name: channel.name.clone(),
        source: channel.source.clone(),
        role: channel.role.name().to_owned(),
        role_confidence: channel.role_confidence.into(),
        unit: channel.unit.clone(),
        kind: channel.kind.name().to_owned(),
        limits: [
            limits.low,
            limits.high,
            limits.alarm_low,
            limits.alarm_high,
            limits.trip_low,
            limits.trip_high,
        ]
        .map(|limit| limit.map(AnyNumber::from)),
        grade: channel.grade.name().to_owned(),
        missing_frac: channel.missing_frac.into(),
        findings: channel.findings.clone(),
    }
}

fn channel(row: ChannelRow) -> Option<Channel> {
    let [low, high, alarm_low, alarm_high, trip_low, trip_high] =
        row.limits.map(|limit| limit.map(f64::from));
    Some(Channel {
        name: row.name,
        source: row.source,
        role: Role::from_name(&row.role)?,
        role_confidence: row.role_confidence.into(),
        unit: row.unit,
        kind: ChannelKind::from_name(&row.kind)?,
        limits: Limits {
            low,
            high,
            alarm_low,
            alarm_high,
            trip_low,
            trip_high,
        },
        grade: Grade::from_name(&row.grade)?,
        missing_frac: row.missing_frac.into(),
        findings: row.findings,
    })
}

fn span(row: &SpanRow) -> Option<Span> {
    Some(Span {
        episode: row.episode,
        start: row.start,
        end: row.end,
        split: Split::from_name(&row.split)?,
    })
}

fn issue_row(issue: &Issue) -> IssueRow {
    IssueRow {
        source: issue.place.source.clone(),
        row: issue.place.row,
        column: issue.place.column.clone(),
        severity: issue.severity.name().to_owned(),
        code: issue.code.to_owned(),
        text: issue.text.clone(),
        args: issue
            .args
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

fn issue(row: IssueRow) -> Option<Issue> {
    Some(Issue {
        place: Place {
            source: row.source,
            row: row.row,
            column: row.column,
        },
        severity: Severity::from_name(&row.severity)?,
        code: interned(&row.code),
        text: row.text,
        args: row
            .args
            .into_iter()
            .map(|(name, value)| (interned(&name), value))
            .collect(),
    })
}

/// A code word as the working types want it. Each word is kept once for the life of the program;
/// there are a few dozen, and a file with thousands of its own gets `unknown` for the rest.
fn interned(word: &str) -> &'static str {
    static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut words = WORDS
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = words.get(word) {
        return known;
    }
    if words.len() >= 4096 || word.len() > 64 {
        return "unknown";
    }
    let kept: &'static str = Box::leak(word.to_owned().into_boxed_str());
    words.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(utc_offset_secs: Option<i32>) -> Dataset {
        Dataset {
            name: "line".to_owned(),
            step_secs: 1.0,
            has_clock: true,
            utc_offset_secs,
            channels: Vec::new(),
            episodes: Vec::new(),
            spans: Vec::new(),
            media: Media::default(),
        }
    }

    #[test]
    fn a_row_of_before_the_offset_is_read_and_tells_none() {
        let record = ImportRecord::default();
        let old = dataset_to_json(&dataset(None), &record).unwrap();
        assert!(!old.contains("utc_offset_secs"), "{old}");
        let (read, ..) = dataset_from_json(&old).unwrap();
        assert_eq!(read.utc_offset_secs, None);
        let new = dataset_to_json(&dataset(Some(32_400)), &record).unwrap();
        let (read, ..) = dataset_from_json(&new).unwrap();
        assert_eq!(read.utc_offset_secs, Some(32_400));
        let (read, ..) = dataset_from_json(&new.replace("32400", "86400")).unwrap();
        assert_eq!(read.utc_offset_secs, None, "no clock is a day ahead");
    }
}
