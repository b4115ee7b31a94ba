//! A recipe while a person changes it: one decision at a time, everything else is found.

use super::{
    error::ImportError,
    recipe::{
        ChannelSection, FORMAT, GridSection, LayoutSection, Recipe, RecipeFile, TimeSection,
        VERSION,
    },
    units::split_unit,
};
use crate::data::{Channel, Role};

/// Where the time of a row comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum TimeChoice {
    /// The program finds it.
    #[default]
    Found,
    /// One column, or date and time.
    Columns(Vec<String>),
    /// Nowhere: rows are so many seconds apart.
    Step(f64),
}

/// A part of a recipe that decides how a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// What stands between two cells.
    Delimiter,
    /// The decimal mark.
    Decimal,
    /// How many lines name the columns.
    HeaderRows,
    /// The time column or step, its format and zone.
    Time,
    /// Roles and units.
    Channels,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 5] = [
        Self::Delimiter,
        Self::Decimal,
        Self::HeaderRows,
        Self::Time,
        Self::Channels,
    ];

    /// Its key in the locale files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Delimiter => "detail-setting-delimiter",
            Self::Decimal => "detail-setting-decimal",
            Self::HeaderRows => "detail-setting-header-rows",
            Self::Time => "detail-setting-time",
            Self::Channels => "detail-setting-channels",
        }
    }

    /// Its name in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::Delimiter => "the delimiter",
            Self::Decimal => "the decimal mark",
            Self::HeaderRows => "the number of header lines",
            Self::Time => "the time setting",
            Self::Channels => "a channel's setting",
        }
    }
}

/// A recipe while a person changes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecipeDraft {
    file: RecipeFile,
}

impl RecipeDraft {
    /// Reads a recipe to go on from.
    ///
    /// # Errors
    ///
    /// [`ImportError::Recipe`] where it is none.
    pub fn from_toml(text: &str) -> Result<Self, ImportError> {
        let file = Recipe::parse(text, "recipe.toml")?.file;
        Ok(Self { file })
    }

    /// The recipe as TOML.
    pub fn to_toml(&self) -> String {
        let mut file = self.file.clone();
        FORMAT.clone_into(&mut file.format);
        file.version = VERSION;
        toml::to_string(&file).unwrap_or_default()
    }

    /// Whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        let bare = RecipeFile {
            format: self.file.format.clone(),
            version: self.file.version,
            ..RecipeFile::default()
        };
        self.file == bare
    }

    /// The delimiters that can be chosen, as a recipe names them.
    pub fn delimiters() -> Vec<&'static str> {
        super::dialect::delimiters()
            .map(super::records::Delimiter::name)
            .collect()
    }

    /// The chosen delimiter; `None` = found.
    pub fn delimiter(&self) -> Option<&str> {
        self.file.layout.as_ref()?.delimiter.as_deref()
    }

    /// Chooses the delimiter.
    pub fn set_delimiter(&mut self, name: Option<&str>) {
        self.layout(|layout| layout.delimiter = name.map(str::to_owned));
    }

    /// The chosen decimal mark; `None` = found.
    pub fn decimal(&self) -> Option<&str> {
        self.file.layout.as_ref()?.decimal.as_deref()
    }

    /// Chooses the decimal mark, `.` or `,`.
    pub fn set_decimal(&mut self, mark: Option<&str>) {
        self.layout(|layout| layout.decimal = mark.map(str::to_owned));
    }

    /// The chosen number of header lines; `None` = found.
    pub fn header_rows(&self) -> Option<usize> {
        self.file.layout.as_ref()?.header_rows
    }

    /// Chooses how many lines name the columns.
    pub fn set_header_rows(&mut self, n_rows: Option<usize>) {
        self.layout(|layout| layout.header_rows = n_rows);
        // The columns are called otherwise now.
        self.file.channels.clear();
        self.set_time(TimeChoice::Found);
    }

    /// Where times come from.
    pub fn time(&self) -> TimeChoice {
        let Some(time) = &self.file.time else {
            return TimeChoice::Found;
        };
        let mut columns = time.columns.clone().unwrap_or_default();
        columns.extend(time.column.clone());
        match time.step_secs {
            _ if !columns.is_empty() => TimeChoice::Columns(columns),
            Some(step_secs) => TimeChoice::Step(step_secs),
            None => TimeChoice::Found,
        }
    }

    /// Chooses where times come from; format and zone stay where columns do.
    pub fn set_time(&mut self, choice: TimeChoice) {
        let before = self.file.time.take().unwrap_or_default();
        let zone = before.zone.clone();
        self.file.time = match choice {
            TimeChoice::Found => zone.is_some().then(|| TimeSection {
                zone,
                ..TimeSection::default()
            }),
            TimeChoice::Columns(mut columns) => Some(TimeSection {
                column: (columns.len() == 1).then(|| columns.remove(0)),
                columns: (columns.len() > 1).then_some(columns),
                format: before.format,
                zone,
                step_secs: None,
            }),
            TimeChoice::Step(step_secs) => Some(TimeSection {
                step_secs: Some(step_secs),
                ..TimeSection::default()
            }),
        };
    }

    /// How stamps are written, such as `%d/%m/%Y %H:%M:%S`; empty = found.
    pub fn time_format(&self) -> &str {
        let time = self.file.time.as_ref();
        time.and_then(|time| time.format.as_deref())
            .unwrap_or_default()
    }

    /// Says how stamps are written.
    pub fn set_time_format(&mut self, format: &str) {
        self.time_section(|time| time.format = filled(format));
    }

    /// The zone of stamps that carry none; empty = UTC.
    pub fn zone(&self) -> &str {
        let time = self.file.time.as_ref();
        time.and_then(|time| time.zone.as_deref())
            .unwrap_or_default()
    }

    /// Says which zone stamps are in.
    pub fn set_zone(&mut self, zone: &str) {
        self.time_section(|time| time.zone = filled(zone));
    }

    /// The chosen step of the dataset's grid in seconds; `None` = the median step.
    pub fn grid_secs(&self) -> Option<f64> {
        self.file.grid.as_ref().map(|grid| grid.step_secs)
    }

    /// Chooses the step of the dataset's grid.
    pub fn set_grid_secs(&mut self, step_secs: Option<f64>) {
        self.file.grid = step_secs.map(|step_secs| GridSection { step_secs });
    }

    /// Whether a person decided on a channel's role.
    pub fn has_role(&self, channel: &Channel) -> bool {
        let mut sections = self.file.channels.iter();
        let section = sections.find(|section| is_about(section, channel));
        section.is_some_and(|section| section.confidence.is_none())
    }

    /// Decides on the role of a channel.
    pub fn set_role(&mut self, channel: &Channel, role: Role) {
        let section = self.section_mut(channel);
        role.name().clone_into(&mut section.role);
        section.confidence = None;
    }

    /// Decides on the unit of a channel; its role stays as sure as it was.
    pub fn set_unit(&mut self, channel: &Channel, unit: &str) {
        self.section_mut(channel).unit = Some(unit.trim().to_owned());
    }

    /// The same without one setting.
    pub fn without(&self, setting: Setting) -> Self {
        let mut other = self.clone();
        match setting {
            Setting::Delimiter => other.set_delimiter(None),
            Setting::Decimal => other.set_decimal(None),
            Setting::HeaderRows => other.layout(|layout| layout.header_rows = None),
            Setting::Time => other.file.time = None,
            Setting::Channels => other.file.channels.clear(),
        }
        other
    }

    /// What of this recipe holds for another export of the same machine too: nothing that names
    /// files, rows or times. `used` is the whole recipe of the import; a guess to leave a column
    /// out is not kept, because a column that stood still may move the next time.
    pub(crate) fn to_remember(&self, used: &Self) -> Self {
        let mut file = self.file.clone();
        file.split = None;
        file.images.clear();
        file.sound.clear();
        file.checklists.clear();
        for section in &used.file.channels {
            let mut given = file.channels.iter_mut();
            match given.find(|given| given.name == section.name) {
                Some(given) => given.source.clone_from(&section.source),
                None if section.role == Role::Ignore.name() => {}
                None => file.channels.push(section.clone()),
            }
        }
        Self { file }
    }

    fn section_mut(&mut self, channel: &Channel) -> &mut ChannelSection {
        let sections = &mut self.file.channels;
        let found = (sections.iter()).position(|section| is_about(section, channel));
        let at = found.unwrap_or_else(|| {
            sections.push(ChannelSection {
                name: channel.name.clone(),
                source: (channel.source != channel.name).then(|| channel.source.clone()),
                role: channel.role.name().to_owned(),
                confidence: Some(channel.role_confidence),
                ..ChannelSection::default()
            });
            sections.len() - 1
        });
        &mut sections[at]
    }

    fn layout(&mut self, change: impl FnOnce(&mut LayoutSection)) {
        let mut layout = self.file.layout.take().unwrap_or_default();
        change(&mut layout);
        self.file.layout = (layout != LayoutSection::default()).then_some(layout);
    }

    fn time_section(&mut self, change: impl FnOnce(&mut TimeSection)) {
        let mut time = self.file.time.take().unwrap_or_default();
        change(&mut time);
        self.file.time = (time != TimeSection::default()).then_some(time);
    }
}

fn filled(words: &str) -> Option<String> {
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

/// Whether a section speaks of a channel; its source may be written with the unit behind it.
fn is_about(section: &ChannelSection, channel: &Channel) -> bool {
    let source = section.source.as_ref().unwrap_or(&section.name);
    source == &channel.source || section.name == channel.name && !split_unit(source).1.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_is_read_back_and_an_undone_decision_leaves_nothing() {
        let mut draft = RecipeDraft::default();
        assert!(draft.is_empty());
        draft.set_delimiter(Some("tab"));
        draft.set_decimal(Some(","));
        draft.set_header_rows(Some(2));
        draft.set_time(TimeChoice::Columns(vec!["a".to_owned(), "b".to_owned()]));
        draft.set_zone("Asia/Tokyo");
        draft.set_grid_secs(Some(2.0));
        let pump = Channel::new("pump", Role::Observation, "");
        draft.set_role(&pump, Role::Control);
        draft.set_unit(&pump, "V");
        let again = RecipeDraft::from_toml(&draft.to_toml()).expect("a recipe");
        assert_eq!(again.to_toml(), draft.to_toml());
        assert_eq!(again.delimiter(), Some("tab"));
        assert_eq!(again.header_rows(), Some(2));
        assert!(again.has_role(&pump));
        draft.set_delimiter(None);
        draft.set_decimal(None);
        draft.set_header_rows(None);
        draft.set_zone("");
        draft.set_grid_secs(None);
        assert!(draft.is_empty(), "{}", draft.to_toml());
    }

    #[test]
    fn what_names_files_rows_or_times_is_not_remembered() {
        let given = "format = \"gemba-recipe\"\nversion = 1\n[split]\ntrain = [[0, 9]]\n\
            [[sound]]\nfiles = [\"a.wav\"]\n[[channel]]\nname = \"a\"\nrole = \"control\"\n";
        let used = format!(
            "{given}[[channel]]\nname = \"b\"\nrole = \"ignore\"\nconfidence = 0.9\n\
             [[channel]]\nname = \"c\"\nrole = \"kpi\"\nconfidence = 0.7\n"
        );
        let read = |text: &str| RecipeDraft::from_toml(text).expect("a recipe");
        let kept = read(given).to_remember(&read(&used)).to_toml();
        assert!(!kept.contains("split") && !kept.contains("sound"), "{kept}");
        assert!(kept.contains("\"a\"") && kept.contains("\"c\""), "{kept}");
        assert!(
            !kept.contains("\"b\""),
            "a guess to leave out is made again: {kept}"
        );
    }
}
