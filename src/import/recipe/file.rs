//! The recipe file: how files become a dataset, in TOML.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{
    base::{Phrase, toml_words},
    data::{Channel, Limits, Role},
    import::{
        dialect::{LayoutRule, delimiters},
        error::ImportError,
        records::Delimiter,
        timeline::TimeRule,
    },
};

pub(in crate::import) const FORMAT: &str = "gemba-recipe";
pub(in crate::import) const VERSION: u32 = 1;
/// More lines than this are no names of columns.
pub(in crate::import) const MOST_HEADER_ROWS: usize = 20;

/// The file as it is written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct RecipeFile {
    pub(in crate::import) format: String,
    pub(in crate::import) version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) layout: Option<LayoutSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) time: Option<TimeSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) grid: Option<GridSection>,
    #[serde(default, rename = "channel", skip_serializing_if = "Vec::is_empty")]
    pub(in crate::import) channels: Vec<ChannelSection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) split: Option<SplitSection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::import) images: Vec<ImagesSection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::import) sound: Vec<SoundSection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::import) checklists: Vec<ChecklistSection>,
}

/// `[layout]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct LayoutSection {
    /// Such as `;` or `tab`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) delimiter: Option<String>,
    /// `.` or `,`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) decimal: Option<String>,
    /// How many lines above the data name the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) header_rows: Option<usize>,
}

/// `[time]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct TimeSection {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) columns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) step_secs: Option<f64>,
}

/// `[grid]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct GridSection {
    pub(in crate::import) step_secs: f64,
}

/// `[[channel]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct ChannelSection {
    pub(in crate::import) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) source: Option<String>,
    pub(in crate::import) role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) unit: Option<String>,
    /// How sure a guessed role is; left out where a person chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) confidence: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) limits: Option<LimitsSection>,
}

/// `limits = { … }`
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct LimitsSection {
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trip_low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trip_high: Option<f64>,
}

impl LimitsSection {
    /// The limits as the program knows them.
    pub(in crate::import) fn limits(self) -> Limits {
        Limits {
            low: self.low,
            high: self.high,
            alarm_low: self.alarm_low,
            alarm_high: self.alarm_high,
            trip_low: self.trip_low,
            trip_high: self.trip_high,
        }
    }
}

/// `[split]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct SplitSection {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::import) train: Vec<Block>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::import) val: Vec<Block>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::import) test: Vec<Block>,
}

/// A file, a range of rows `[from, to)`, or a range of times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::import) enum Block {
    /// `"train.csv"`
    File(String),
    /// `[0, 1024]`
    Rows([u64; 2]),
    /// `["2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"]`
    Times([String; 2]),
}

impl std::fmt::Display for Block {
    /// As it is written in the file.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(name) => write!(f, "{name:?}"),
            Self::Rows([from, to]) => write!(f, "[{from}, {to}]"),
            Self::Times([from, to]) => write!(f, "[{from:?}, {to:?}]"),
        }
    }
}

/// `[[images]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct ImagesSection {
    pub(in crate::import) folder: String,
    /// `file-name`, the name of a manifest, or `regular`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) step_secs: Option<f64>,
}

/// `[[sound]]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct SoundSection {
    pub(in crate::import) files: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::import) start: Option<String>,
}

/// `[[checklists]]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct ChecklistSection {
    pub(in crate::import) file: String,
}

/// A recipe that was checked as far as it can be without the files.
#[derive(Debug, Clone, Default)]
pub(in crate::import) struct Recipe {
    pub(in crate::import) file: RecipeFile,
    pub(in crate::import) time: TimeRule,
    /// The recipe's text and name, for errors that only the data reveal.
    text: String,
    name: String,
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    ///
    /// [`ImportError::Recipe`] with file and line.
    pub(in crate::import) fn parse(text: &str, name: &str) -> Result<Self, ImportError> {
        let file: RecipeFile = toml::from_str(text).map_err(|error| ImportError::Recipe {
            file: name.to_owned(),
            line: error.span().map_or(1, |span| line_at(text, span.start)),
            problem: problem_of(&error, text),
        })?;
        let mut recipe = Self {
            file,
            time: TimeRule::default(),
            text: text.to_owned(),
            name: name.to_owned(),
        };
        recipe.check()?;
        recipe.check_sense()?;
        recipe.time = recipe.time_rule()?;
        recipe.time.layout = recipe.layout_rule()?;
        let sections = recipe.file.channels.iter();
        let sources = sections.map(|section| section.source.as_ref().unwrap_or(&section.name));
        recipe.time.channels = sources.cloned().collect();
        Ok(recipe)
    }

    /// The error of a value in the recipe, at the line where `needle` stands.
    pub(in crate::import) fn error(&self, needle: &str, problem: impl Into<Phrase>) -> ImportError {
        let at = self.text.find(needle);
        self.error_at(at.map_or(1, |at| line_at(&self.text, at)), problem)
    }

    fn error_at(&self, line: usize, problem: impl Into<Phrase>) -> ImportError {
        ImportError::Recipe {
            file: self.name.clone(),
            line,
            problem: problem.into(),
        }
    }

    /// An error about a word that is none of those that are known.
    pub(super) fn unknown(&self, found: &str, known: &str) -> ImportError {
        let found = format!("{found:?}");
        let problem = Phrase::new(
            "detail-recipe-layout",
            format!("found {found}, expected one of {known}"),
        )
        .with("found", &found)
        .with("known", known);
        self.error(&found, problem)
    }

    /// The line at which a channel's name is given for the second time.
    fn second_line_of(&self, name: &str) -> usize {
        let lines = self.text.lines().zip(1..);
        let mut named = lines.filter(|(line, _)| {
            let is_key = line.trim_start().starts_with("name");
            is_key && (line.contains(&format!("\"{name}\"")) || line.contains(&format!("'{name}'")))
        });
        named.nth(1).map_or(1, |(_, line)| line)
    }

    fn check(&self) -> Result<(), ImportError> {
        if self.file.format != FORMAT {
            let found = format!("{:?}", self.file.format);
            let problem = Phrase::new(
                "detail-recipe-format",
                format!("found format {found}, expected {FORMAT:?}"),
            )
            .with("found", found)
            .with("expected", format!("{FORMAT:?}"));
            return Err(self.error("format", problem));
        }
        if self.file.version > VERSION {
            let found = self.file.version;
            let problem = Phrase::new(
                "detail-recipe-version",
                format!("found version {found}, this program reads up to {VERSION}"),
            )
            .with("found", found)
            .with("known", VERSION);
            return Err(self.error("version", problem));
        }
        let steps = [
            self.file.time.as_ref().and_then(|time| time.step_secs),
            self.file.grid.as_ref().map(|grid| grid.step_secs),
        ];
        for step in steps.into_iter().flatten() {
            if !(step > 0.0 && step.is_finite()) {
                let problem = Phrase::new(
                    "detail-recipe-step",
                    format!("step_secs must be longer than 0 s, found {step}"),
                )
                .with("found", step);
                return Err(self.error("step_secs", problem));
            }
        }
        let mut names: Vec<&str> = Vec::new();
        for channel in &self.file.channels {
            self.role_of(channel)?;
            if names.contains(&channel.name.as_str()) {
                let name = format!("{:?}", channel.name);
                let problem = Phrase::new(
                    "detail-recipe-same-name",
                    format!("two channels are called {name}"),
                )
                .with("name", name);
                return Err(self.error_at(self.second_line_of(&channel.name), problem));
            }
            names.push(&channel.name);
        }
        Ok(())
    }

    /// The role a channel section names.
    pub(in crate::import) fn role_of(&self, channel: &ChannelSection) -> Result<Role, ImportError> {
        Role::from_name(&channel.role).ok_or_else(|| {
            let known: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
            let needle = format!("\"{}\"", channel.role);
            let (found, name) = (format!("{:?}", channel.role), format!("{:?}", channel.name));
            let known = known.join(", ");
            let problem = Phrase::new(
                "detail-recipe-role",
                format!("found role {found} for channel {name}, expected one of {known}"),
            )
            .with("found", found)
            .with("channel", name)
            .with("known", known);
            self.error(&needle, problem)
        })
    }

    fn time_rule(&self) -> Result<TimeRule, ImportError> {
        let Some(time) = &self.file.time else {
            return Ok(TimeRule::default());
        };
        let mut columns = time.columns.clone().unwrap_or_default();
        columns.extend(time.column.clone());
        let zone = match &time.zone {
            None => None,
            Some(name) => Some(TimeZone::get(name).map_err(|error| {
                let problem = Phrase::new(
                    "detail-recipe-zone",
                    format!("found zone {name:?}, expected one such as \"Asia/Tokyo\" ({error})"),
                )
                .with("found", format!("{name:?}"))
                .with("why", error);
                self.error(name, problem)
            })?),
        };
        Ok(TimeRule {
            step_secs: if columns.is_empty() {
                time.step_secs
            } else {
                None
            },
            columns,
            format: time.format.clone(),
            zone,
            ..TimeRule::default()
        })
    }

    fn layout_rule(&self) -> Result<LayoutRule, ImportError> {
        let Some(layout) = &self.file.layout else {
            return Ok(LayoutRule::default());
        };
        let delimiter = match &layout.delimiter {
            None => None,
            Some(name) => {
                let found = delimiters().find(|known| known.name() == name);
                let known = || delimiters().map(Delimiter::name).collect::<Vec<_>>();
                Some(found.ok_or_else(|| self.unknown(name, &known().join(" ")))?)
            }
        };
        let decimal = match layout.decimal.as_deref() {
            None => None,
            Some(".") => Some('.'),
            Some(",") => Some(','),
            Some(other) => return Err(self.unknown(other, ". ,")),
        };
        Ok(LayoutRule {
            delimiter,
            decimal,
            header_rows: layout
                .header_rows
                .map(|n_rows| n_rows.min(MOST_HEADER_ROWS)),
            is_sheet: false,
        })
    }

    /// Whether the split names files.
    pub(in crate::import) fn splits_by_file(&self) -> bool {
        self.file.split.as_ref().is_some_and(|split| {
            let mut blocks = split.train.iter().chain(&split.val).chain(&split.test);
            blocks.any(|block| matches!(block, Block::File(_)))
        })
    }

    /// The section about a column of the files.
    pub(in crate::import) fn section_of(&self, column: &str) -> Option<&ChannelSection> {
        self.file
            .channels
            .iter()
            .find(|section| section.source.as_deref().unwrap_or(&section.name) == column)
    }
}

/// What the parser complains about.
fn problem_of(error: &toml::de::Error, text: &str) -> Phrase {
    let message = error.message().trim();
    let written = error.span().and_then(|span| text.get(span));
    let (found, expected) = toml_words(message, written.unwrap_or_default());
    // The parser names only its own type for a block of a split.
    let (found, expected) = if message.contains("untagged enum Block") {
        let found = Phrase::new("detail-block-form", "a block of [split] in another form");
        let forms =
            "\"file.csv\", [0, 1024] or [\"2026-01-05T00:00:00Z\", \"2026-01-06T00:00:00Z\"]";
        (found, Some(Phrase::new("detail-block-forms", forms)))
    } else {
        (found, expected)
    };
    match expected {
        None => found,
        Some(expected) => {
            let english = format!("{found}; expected {expected}");
            Phrase::new("detail-found-expected", english)
                .with_phrase("found", found)
                .with_phrase("expected", expected)
        }
    }
}

fn line_at(text: &str, at: usize) -> usize {
    let head = text.get(..at).unwrap_or(text);
    head.matches('\n').count() + 1
}

/// Writes the recipe that was used.
pub(in crate::import) fn write(
    given: &Recipe,
    channels: &[Channel],
    time_columns: &[String],
    step_secs: f64,
) -> String {
    let mut file = given.file.clone();
    FORMAT.clone_into(&mut file.format);
    file.version = VERSION;
    if file.time.is_none() {
        file.time = Some(match time_columns {
            [] => TimeSection {
                step_secs: Some(step_secs),
                ..TimeSection::default()
            },
            [column] => TimeSection {
                column: Some(column.clone()),
                ..TimeSection::default()
            },
            more => TimeSection {
                columns: Some(more.to_vec()),
                ..TimeSection::default()
            },
        });
    }
    file.grid = Some(GridSection { step_secs });
    for channel in channels {
        if given.section_of(&channel.source).is_some() {
            continue;
        }
        file.channels.push(ChannelSection {
            name: channel.name.clone(),
            source: (channel.source != channel.name).then(|| channel.source.clone()),
            role: channel.role.name().to_owned(),
            unit: (!channel.unit.is_empty()).then(|| channel.unit.clone()),
            confidence: Some(channel.role_confidence),
            limits: None,
        });
    }
    toml::to_string(&file).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Recipe::parse(text, "r.toml")
            .expect_err("a flaw")
            .to_string()
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = "format = \"gemba-recipe\"\nversion = 1\n[grid]\nstep_secs = 1.0\nsteps = 2\n";
        let found = problem(text);
        assert!(found.contains("r.toml, line 5"), "{found}");
    }

    #[test]
    fn a_name_that_is_given_twice_is_refused_at_its_second_line() {
        let channel = "[[channel]]\nname = \"time\"\nrole = \"label\"\n";
        let head = "format = \"gemba-recipe\"\nversion = 1\n[time]\ncolumn = \"time\"\n";
        let found = problem(&format!("{head}{channel}{channel}"));
        assert!(found.contains("r.toml, line 9"), "{found}");
    }

    #[test]
    fn an_unknown_role_is_refused_and_the_allowed_ones_are_named() {
        let text =
            "format = \"gemba-recipe\"\nversion = 1\n[[channel]]\nname = \"a\"\nrole = \"x\"\n";
        let found = problem(text);
        assert!(
            found.contains("line 5") && found.contains("disturbance"),
            "{found}"
        );
    }

    #[test]
    fn what_the_parser_complains_about_is_said_in_japanese_too() {
        let text = crate::base::Text::new(crate::base::Locale::Ja);
        let said = |rest: &str| {
            let file = format!("format = \"gemba-recipe\"\nversion = 1\n{rest}");
            let error = Recipe::parse(&file, "r.toml").expect_err("a flaw");
            assert_eq!(
                crate::base::Text::new(crate::base::Locale::En).say(&error.phrase()),
                error.to_string()
            );
            text.say(&error.phrase())
        };
        for (rest, words) in [
            ("[time\n", "見出しが閉じていない"),
            ("[grid]\nstep_secs = 4,0\n", "余分"),
            ("[[channel]]\nname = 3\n", "正しくは 文字列"),
            ("[time]\ncolunm = \"a\"\n", "次のどれか"),
            ("[split]\ntrain = [3]\n", "区間の書き方"),
            ("[grid]\n[grid]\n", "2 回ある"),
        ] {
            let said = said(rest);
            assert!(said.contains(words), "{said}");
            for english in ["expected", "invalid", "un"] {
                assert!(!said.replace("colunm", "").contains(english), "{said}");
            }
        }
    }

    #[test]
    fn a_newer_version_is_refused() {
        assert!(problem("format = \"gemba-recipe\"\nversion = 9\n").contains("version 9"));
    }

    #[test]
    fn the_recipe_of_the_contract_is_read() {
        let text = r#"
format = "gemba-recipe"
version = 1
[time]
columns = ["Date", "Time"]
zone = "Asia/Tokyo"
[grid]
step_secs = 4.0
[[channel]]
name = "pump"
source = "u_pump"
role = "control"
unit = "V"
limits = { low = 0.0, high = 10.0 }
[split]
train = ["train.csv", [0, 1024]]
test = [["2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"]]
[[images]]
folder = "cam1"
time = "file-name"
[[sound]]
files = ["mic1.wav"]
start = "2026-01-05T08:00:00+09:00"
[[checklists]]
file = "checks.csv"
"#;
        let recipe = Recipe::parse(text, "r.toml").expect("it is read");
        let split = recipe.file.split.expect("a split");
        assert_eq!(split.train[1], Block::Rows([0, 1024]));
        assert_eq!(recipe.time.columns, ["Date", "Time"]);
    }
}
