//! What a recipe says against itself, and what it asks of files that are not there.

use super::file::{ChannelSection, Recipe};
use crate::{
    base::{Issue, Issues, Phrase, Place, Severity},
    data::Limits,
    import::{
        error::ImportError,
        media::MediaFiles,
        merge::{Head, Log},
        sources::Reason,
        table::Table,
        units::split_unit,
    },
};

/// Where times of pictures may come from, beside a list of files.
const PICTURE_TIMES: [&str; 3] = ["file-name", "exif", "regular"];

impl Recipe {
    /// What can be seen without the files.
    ///
    /// # Errors
    ///
    /// [`ImportError::Recipe`] with file and line.
    pub(in crate::import) fn check_sense(&self) -> Result<(), ImportError> {
        if let Some(time) = &self.file.time {
            let ways = [
                time.column.is_some(),
                time.columns.is_some(),
                time.step_secs.is_some(),
            ];
            if ways.into_iter().filter(|way| *way).count() > 1 {
                let text = "found several of column, columns and step_secs in [time], expected one";
                return Err(self.error("[time]", Phrase::new("detail-recipe-time-forms", text)));
            }
        }
        for channel in &self.file.channels {
            self.check_limits(channel)?;
        }
        for section in &self.file.images {
            if let Some(way) = section.time.as_deref()
                && !PICTURE_TIMES.contains(&way)
                && !way.contains('.')
            {
                let known = format!("{}, manifest.csv", PICTURE_TIMES.join(", "));
                return Err(self.unknown(way, &known));
            }
        }
        Ok(())
    }

    fn check_limits(&self, channel: &ChannelSection) -> Result<(), ImportError> {
        let Some(section) = channel.limits else {
            return Ok(());
        };
        let Limits {
            low,
            high,
            alarm_low,
            alarm_high,
            trip_low,
            trip_high,
        } = section.limits();
        for (low, high) in [(low, high), (alarm_low, alarm_high), (trip_low, trip_high)] {
            if let (Some(low), Some(high)) = (low, high)
                && (low.is_nan() || high.is_nan() || low > high)
            {
                let name = format!("{:?}", channel.name);
                let text = format!("the lower limit {low} of channel {name} is above {high}");
                let problem = Phrase::new("detail-recipe-limits", text)
                    .with("low", low)
                    .with("high", high)
                    .with("channel", &name);
                return Err(self.error(&name, problem));
            }
        }
        Ok(())
    }

    /// Whether any file has the column that is to tell the time.
    ///
    /// # Errors
    ///
    /// [`ImportError::Recipe`] with the columns that there are.
    pub(in crate::import) fn check_time_column(&self, tables: &[Table]) -> Result<(), ImportError> {
        for wanted in &self.time.columns {
            // Names of columns are kept without their unit.
            let plain = split_unit(wanted).0;
            let is_it = |name: &String| name == wanted || *name == plain;
            let has = |table: &Table| {
                let mut columns = table.columns.iter().map(|column| &column.name);
                table.time_columns.iter().any(is_it) || columns.any(is_it)
            };
            if tables.is_empty() || tables.iter().any(has) {
                continue;
            }
            let first = &tables[0];
            let values = first.columns.iter().map(|column| &column.name);
            let known: Vec<&str> = (first.time_columns.iter().chain(values))
                .map(String::as_str)
                .take(20)
                .collect();
            return Err(self.no_column(wanted, &known.join(", ")));
        }
        Ok(())
    }

    /// Sources that are written as the file's heading has them, with the unit behind the name, are those
    /// of the column without it.
    pub(in crate::import) fn settle_sources(&mut self, logs: &[Log]) {
        let heads = || logs.iter().flat_map(|log| &log.heads);
        for section in &mut self.file.channels {
            let wanted = section.source.as_ref().unwrap_or(&section.name);
            if heads().any(|head| head.name == *wanted) {
                continue;
            }
            let (name, unit) = split_unit(wanted);
            // The second column of a name is called "name_2", whatever its unit; without a first one
            // that is a name of its own.
            let has_first = heads().any(|head| head.name == name);
            let of_name = |head: &&Head| {
                let rest = head.name.strip_prefix(&name);
                head.unit == unit && rest.is_some_and(|rest| rest.is_empty() || is_count(rest))
            };
            if unit.is_empty() || !has_first {
                continue;
            }
            if let Some(head) = heads().find(of_name) {
                section.source = Some(head.name.clone());
            }
        }
    }

    /// The error of a column that no file has; `known` names those that there are.
    pub(in crate::import) fn no_column(&self, name: &str, known: &str) -> ImportError {
        let problem = Phrase::new(
            "detail-recipe-column",
            format!("found no column {name:?} in the files, expected one of {known}"),
        )
        .with("column", format!("{name:?}"))
        .with("known", known);
        self.error(&format!("\"{name}\""), problem)
    }

    /// Whether it may be the time's format that made a file no table.
    ///
    /// # Errors
    ///
    /// [`ImportError::Recipe`] where a format is given and a file was no table.
    pub(in crate::import) fn check_time_format(
        &self,
        reason: Option<&(String, Reason)>,
    ) -> Result<(), ImportError> {
        let (Some(format), Some((file, Reason::NotATable))) = (&self.time.format, reason) else {
            return Ok(());
        };
        let text = format!("no row of {file:?} has a time of the format {format:?}");
        let problem = Phrase::new("detail-recipe-time-format", text)
            .with("file", format!("{file:?}"))
            .with("format", format!("{format:?}"));
        Err(self.error(&format!("{format:?}"), problem))
    }

    /// Says which pictures, sound and checklists of the recipe are not among the sources.
    pub(in crate::import) fn note_absent(&self, media: &MediaFiles, issues: &mut Issues) {
        let ends = |shown: &str, name: &str| shown == name || shown.ends_with(&format!("/{name}"));
        // A folder that was given itself is not shown with its name, and a packed file or a sheet of a
        // workbook is shown with more than its name.
        let is_in = |shown: &str, folder: &str| {
            shown.is_empty() || ends(shown, folder.trim_end_matches('/'))
        };
        let mut absent: Vec<&str> = Vec::new();
        for section in &self.file.images {
            let mut pictures = media.images.iter();
            if !pictures.any(|found| is_in(found.folder(), &section.folder)) {
                absent.push(&section.folder);
            }
        }
        for file in self.file.sound.iter().flat_map(|section| &section.files) {
            if !media.sounds.iter().any(|found| found.shown.contains(file)) {
                absent.push(file);
            }
        }
        for section in &self.file.checklists {
            let mut sheets = media.sheets.iter();
            if !sheets.any(|sheet| sheet.source.contains(&section.file)) {
                absent.push(&section.file);
            }
        }
        for name in absent {
            let text = format!("the recipe names {name:?}, which is not among the sources");
            issues.push(
                Issue::new(
                    Place::default(),
                    Severity::Warning,
                    "recipe-media-absent",
                    text,
                )
                .with("name", name),
            );
        }
    }
}

/// Whether this is what a second column of the same name has behind it.
fn is_count(rest: &str) -> bool {
    let digits = rest.strip_prefix('_').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(rest: &str) -> String {
        let text = format!("format = \"gemba-recipe\"\nversion = 1\n{rest}");
        match Recipe::parse(&text, "r.toml") {
            Ok(_recipe) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_recipe_that_contradicts_itself_is_refused_with_its_line() {
        let both = problem("[time]\ncolumn = \"t\"\nstep_secs = 2.0\n");
        assert!(
            both.contains("line 3") && both.contains("step_secs"),
            "{both}"
        );
        let channel = |name: &str, more: &str| {
            format!("[[channel]]\nname = \"{name}\"\nrole = \"control\"\n{more}\n")
        };
        let turned = problem(&channel("a", "limits = { low = 10.0, high = 0.0 }"));
        assert!(
            turned.contains("line 4") && turned.contains("above"),
            "{turned}"
        );
        let way = problem("[[images]]\nfolder = \"cam\"\ntime = \"foo\"\n");
        assert!(way.contains("line 5") && way.contains("exif"), "{way}");
        let fine = channel("a", "limits = { low = 0.0, high = 10.0 }")
            + "[[images]]\nfolder = \"cam\"\ntime = \"times.csv\"\n";
        assert_eq!(problem(&fine), "");
    }
}
