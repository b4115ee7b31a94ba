//! What training had to say, in a model's file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::{Issue, Place, Severity};

/// An issue as it stands in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    source: String,
    row: Option<u64>,
    column: Option<String>,
    severity: String,
    code: String,
    text: String,
    args: BTreeMap<String, String>,
}

/// As it is written.
pub(super) fn write_note(issue: &Issue) -> Note {
    let args = issue.args.iter();
    Note {
        source: issue.place.source.clone(),
        row: issue.place.row,
        column: issue.place.column.clone(),
        severity: issue.severity.name().to_owned(),
        code: issue.code.to_owned(),
        text: issue.text.clone(),
        args: args
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

/// As it was.
pub(super) fn read_note(note: &Note) -> Issue {
    // Codes and argument names are words of this program; a word of another one has no key here.
    let known = |word: &str| {
        [
            "output-without-values",
            "output-constant",
            "output-rests",
            "lone-values",
            "still-values",
            "gaps-filled",
            "input-constant",
            "input-carried",
            "input-levels",
            "values-clipped",
            "modality-too-rare",
            "few-members",
            "short-pieces",
            "two-members-at-least",
            "senses-learned",
            "senses-by-chance",
            "senses-cut",
            "senses-features",
            "senses-fused",
            "senses-apart",
            "senses-too-few",
            "senses-untried",
            "frames-net",
            "frames-additive",
            "no-faults",
            "no-narx",
            "neural-cut",
            "no-neural",
            "no-neural-rows",
            "no-neural-number",
            "no-transformer",
            "no-transformer-rows",
            "no-transformer-number",
            "value",
            "count",
            "least",
            "steps",
            "folds",
            "share",
            "needed",
            "members",
            "spreads",
            "pace",
            "secs",
            "step",
        ]
        .into_iter()
        .find(|one| *one == word)
    };
    let place = Place {
        source: note.source.clone(),
        row: note.row,
        column: note.column.clone(),
    };
    let severity = Severity::from_name(&note.severity).unwrap_or(Severity::Warning);
    let mut issue = Issue::new(
        place,
        severity,
        known(&note.code).unwrap_or("note"),
        &note.text,
    );
    for (name, value) in &note.args {
        if let Some(name) = known(name) {
            issue = issue.with(name, value);
        }
    }
    issue
}
