//! Reads TOML tables key by key, so that every complaint has a line.

use toml::de::{DeTable, DeValue};

use super::ScenarioError;

type Value<'t> = toml::Spanned<DeValue<'t>>;

/// The text being read.
#[derive(Clone, Copy)]
pub(super) struct Source<'t> {
    /// The text.
    pub(super) text: &'t str,
    /// Its name for messages.
    pub(super) file: &'t str,
}

impl Source<'_> {
    /// The one-based line of a byte.
    pub(super) fn line_at(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    /// A complaint.
    pub(super) fn bad(
        &self,
        line: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> ScenarioError {
        ScenarioError::Spec {
            file: self.file.to_owned(),
            line,
            found: found.into(),
            expected: expected.into(),
        }
    }
}

/// One table of the text.
pub(super) struct Section<'t> {
    /// The text.
    pub(super) source: Source<'t>,
    /// The line of its heading.
    pub(super) line: usize,
    heading: &'static str,
    table: &'t DeTable<'t>,
}

impl<'t> Section<'t> {
    /// The whole text as a table whose keys are among `allowed`.
    pub(super) fn root(
        source: Source<'t>,
        table: &'t DeTable<'t>,
        allowed: &[&str],
    ) -> Result<Self, ScenarioError> {
        let heading = "the scenario file";
        Self::checked(source, 1, heading, table, allowed)
    }

    fn checked(
        source: Source<'t>,
        line: usize,
        heading: &'static str,
        table: &'t DeTable<'t>,
        allowed: &[&str],
    ) -> Result<Self, ScenarioError> {
        for (key, _) in table {
            let name: &str = key.get_ref();
            if !allowed.contains(&name) {
                return Err(source.bad(
                    source.line_at(key.span().start),
                    format!("unknown key {name:?} in {heading}"),
                    format!("one of {}", allowed.join(", ")),
                ));
            }
        }
        Ok(Self {
            source,
            line,
            heading,
            table,
        })
    }

    /// A value and its line.
    fn get(&self, key: &str) -> Option<(&'t DeValue<'t>, usize)> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| (value.get_ref(), self.source.line_at(value.span().start)))
    }

    /// The line of a key, or of the heading where the key is missing.
    pub(super) fn line_of(&self, key: &str) -> usize {
        self.get(key).map_or(self.line, |(_, line)| line)
    }

    /// A complaint about a key.
    pub(super) fn bad(
        &self,
        key: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> ScenarioError {
        self.source.bad(self.line_of(key), found, expected)
    }

    /// The value of a key that must be there.
    pub(super) fn must<T>(
        &self,
        key: &str,
        value: Option<T>,
        expected: &str,
    ) -> Result<T, ScenarioError> {
        value.ok_or_else(|| {
            let found = format!("{} has no {key}", self.heading);
            self.source.bad(self.line, found, expected)
        })
    }

    /// Words; a TOML date counts as its text.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, ScenarioError> {
        match self.get(key) {
            None => Ok(None),
            Some((DeValue::String(text), _)) => Ok(Some(text.clone().into_owned())),
            Some((DeValue::Datetime(time), _)) => Ok(Some(time.to_string())),
            Some((other, _)) => Err(self.kind(key, other, "words in quotes")),
        }
    }

    /// A whole number.
    pub(super) fn whole(&self, key: &str) -> Result<Option<i64>, ScenarioError> {
        match self.get(key) {
            None => Ok(None),
            Some((value, _)) => to_whole(value)
                .map(Some)
                .ok_or_else(|| self.kind(key, value, "a whole number")),
        }
    }

    /// A number of steps.
    pub(super) fn steps(&self, key: &str) -> Result<Option<usize>, ScenarioError> {
        let Some(number) = self.whole(key)? else {
            return Ok(None);
        };
        match usize::try_from(number) {
            Ok(steps) => Ok(Some(steps)),
            Err(_) => Err(self.bad(
                key,
                format!("{key} = {number}"),
                "a number of steps, 0 or more",
            )),
        }
    }

    /// A finite number.
    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, ScenarioError> {
        match self.get(key) {
            None => Ok(None),
            Some((value, _)) => to_number(value)
                .map(Some)
                .ok_or_else(|| self.kind(key, value, "a finite number")),
        }
    }

    /// A list of (step, value).
    pub(super) fn points(&self, key: &str) -> Result<Vec<(usize, f64)>, ScenarioError> {
        let expected = "a list of [step, value] such as [[0, 90.0], [60, 100.0]]";
        let Some((value, _)) = self.get(key) else {
            return Ok(Vec::new());
        };
        let DeValue::Array(list) = value else {
            return Err(self.kind(key, value, expected));
        };
        list.iter()
            .map(|item: &Value<'t>| {
                to_point(item.get_ref()).ok_or_else(|| {
                    let line = self.source.line_at(item.span().start);
                    self.source
                        .bad(line, format!("a wrong point in {key}"), expected)
                })
            })
            .collect()
    }

    /// A table inside this one.
    pub(super) fn section(
        &self,
        key: &str,
        heading: &'static str,
        allowed: &[&str],
    ) -> Result<Option<Self>, ScenarioError> {
        match self.get(key) {
            None => Ok(None),
            Some((DeValue::Table(table), line)) => {
                Self::checked(self.source, line, heading, table, allowed).map(Some)
            }
            Some((other, _)) => Err(self.kind(key, other, heading)),
        }
    }

    /// A list of tables inside this one.
    pub(super) fn sections(
        &self,
        key: &str,
        heading: &'static str,
        allowed: &[&str],
    ) -> Result<Vec<Self>, ScenarioError> {
        let Some((value, _)) = self.get(key) else {
            return Ok(Vec::new());
        };
        let DeValue::Array(list) = value else {
            return Err(self.kind(key, value, heading));
        };
        list.iter()
            .map(|item: &Value<'t>| match item.get_ref() {
                DeValue::Table(table) => {
                    let line = self.source.line_at(item.span().start);
                    Self::checked(self.source, line, heading, table, allowed)
                }
                other => Err(self.kind(key, other, heading)),
            })
            .collect()
    }

    fn kind(&self, key: &str, value: &DeValue<'_>, expected: &str) -> ScenarioError {
        let found = match value {
            DeValue::String(text) => format!("{key} = {text:?}"),
            DeValue::Integer(number) => format!("{key} = {number}"),
            DeValue::Float(number) => format!("{key} = {number}"),
            DeValue::Boolean(flag) => format!("{key} = {flag}"),
            DeValue::Datetime(time) => format!("{key} = {time}"),
            DeValue::Array(_) => format!("{key} is a list"),
            DeValue::Table(_) => format!("{key} is a table"),
        };
        self.bad(key, found, expected)
    }
}

fn to_whole(value: &DeValue<'_>) -> Option<i64> {
    match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    }
}

fn to_number(value: &DeValue<'_>) -> Option<f64> {
    let number: f64 = match value {
        DeValue::Integer(_) => to_whole(value)? as f64,
        DeValue::Float(number) => number.as_str().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn to_point(value: &DeValue<'_>) -> Option<(usize, f64)> {
    let DeValue::Array(pair) = value else {
        return None;
    };
    let [step, value] = &pair[..] else {
        return None;
    };
    let step = usize::try_from(to_whole(step.get_ref())?).ok()?;
    Some((step, to_number(value.get_ref())?))
}
