//! Words for people, in English and Japanese, from the locale files.
//!
//! The language is a value that is passed along, never a global and never the machine's locale.

use std::fmt;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

use super::{Issue, Phrase, Place, thousands_apart};

/// The values of issues that count something; what else is whole may be a line or a year.
const COUNTS: [&str; 9] = [
    "count", "rows", "steps", "least", "held", "horizon", "told", "used", "asked",
];

/// A language that the program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// Reads [`Locale::name`] back.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.name() == name)
    }

    /// The locale files, one a subject, as (file name, content).
    pub fn files(self) -> [(&'static str, &'static str); 8] {
        macro_rules! files {
            ($dir:literal) => {
                [
                    (
                        "common",
                        include_str!(concat!("../../assets/locales/", $dir, "/common.ftl")),
                    ),
                    (
                        "issue",
                        include_str!(concat!("../../assets/locales/", $dir, "/issue.ftl")),
                    ),
                    (
                        "trust",
                        include_str!(concat!("../../assets/locales/", $dir, "/trust.ftl")),
                    ),
                    (
                        "report",
                        include_str!(concat!("../../assets/locales/", $dir, "/report.ftl")),
                    ),
                    (
                        "cli",
                        include_str!(concat!("../../assets/locales/", $dir, "/cli.ftl")),
                    ),
                    (
                        "ui",
                        include_str!(concat!("../../assets/locales/", $dir, "/ui.ftl")),
                    ),
                    (
                        "plot",
                        include_str!(concat!("../../assets/locales/", $dir, "/plot.ftl")),
                    ),
                    (
                        "error",
                        include_str!(concat!("../../assets/locales/", $dir, "/error.ftl")),
                    ),
                ]
            };
        }
        match self {
            Self::En => files!("en"),
            Self::Ja => files!("ja"),
        }
    }
}

/// The words of one language.
pub struct Text {
    locale: Locale,
    bundle: FluentBundle<FluentResource>,
}

impl Text {
    /// The words of a language.
    ///
    /// # Panics
    ///
    /// Where a locale file of this build is broken; a test reads them all.
    pub fn new(locale: Locale) -> Self {
        let tag = match locale {
            Locale::En => unic_langid::LanguageIdentifier::default(),
            Locale::Ja => "ja".parse().unwrap_or_default(),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Isolation marks would show as boxes in fonts that lack them.
        bundle.set_use_isolating(false);
        for (name, content) in locale.files() {
            let resource = FluentResource::try_new(content.to_owned())
                .unwrap_or_else(|(_, errors)| broken(locale, name, &errors));
            if let Err(errors) = bundle.add_resource(resource) {
                broken(locale, name, &errors);
            }
        }
        Self { locale, bundle }
    }

    /// The language.
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// Whether a key exists.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// The words of a key; the key itself where it is missing, so that the hole is seen.
    pub fn get(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The words of a key with values set in; numbers must come formatted.
    pub fn with(&self, key: &str, args: &[(&str, &str)]) -> String {
        self.filled(key, args)
            .map_or_else(|| key.to_owned(), |(words, _is_whole)| words)
    }

    /// The words of a key, and whether every value was there; `None` where there is no such key.
    fn filled(&self, key: &str, args: &[(&str, &str)]) -> Option<(String, bool)> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut values = FluentArgs::new();
        for (name, value) in args {
            values.set(*name, FluentValue::from(*value));
        }
        let mut errors = Vec::new();
        let words = self
            .bundle
            .format_pattern(pattern, Some(&values), &mut errors)
            .into_owned();
        Some((words, errors.is_empty()))
    }

    /// The words of a key, or `fallback` where it is missing or asks for a value that is.
    fn whole_or(&self, key: &str, args: &[(&str, String)], fallback: &str) -> String {
        let args: Vec<(&str, &str)> = args.iter().map(|(n, v)| (*n, v.as_str())).collect();
        match self.filled(key, &args) {
            Some((words, true)) => words,
            _ => fallback.to_owned(),
        }
    }

    /// The words of a key, or `fallback` where no such key exists.
    pub fn or(&self, key: &str, args: &[(&str, &str)], fallback: &str) -> String {
        if self.has(key) {
            self.with(key, args)
        } else {
            fallback.to_owned()
        }
    }

    /// A KPI's name: the usual ones in this language, others as they were written.
    pub fn kpi_name(&self, name: &str) -> String {
        self.or(&format!("kpi-{name}"), &[], name)
    }

    /// The next step of an error, told in English, in this language.
    pub fn say_hint(&self, error: &Phrase, english: &str) -> String {
        self.say(&error.hint(english))
    }

    /// A phrase in this language.
    pub fn say(&self, phrase: &Phrase) -> String {
        let args: Vec<(&str, String)> = phrase
            .args()
            .iter()
            .map(|(name, value)| (*name, self.say(value)))
            .collect();
        self.whole_or(phrase.key(), &args, phrase.english())
    }

    /// What an issue says; a value that is itself a key is said in this language too, with the
    /// other values.
    pub fn issue(&self, issue: &Issue) -> String {
        let written: Vec<(&str, String)> =
            issue.args.iter().map(|(n, v)| (*n, v.clone())).collect();
        // Twice: a cause may be words with a cause of its own.
        let args = self.values_said(issue, &self.values_said(issue, &written));
        self.whole_or(&format!("issue-{}", issue.code), &args, &issue.text)
    }

    /// The values of an issue, those that are keys with the values as they are said so far.
    fn values_said<'i>(
        &self,
        issue: &'i Issue,
        so_far: &[(&str, String)],
    ) -> Vec<(&'i str, String)> {
        let so_far: Vec<(&str, &str)> = so_far.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let said = |value: &String| {
            let is_key = value.starts_with("detail-") || value.starts_with("error-");
            if is_key {
                self.with(value, &so_far)
            } else {
                value.clone()
            }
        };
        let shown = |name: &str, value: &String| {
            let is_whole = value.bytes().all(|sign| sign.is_ascii_digit());
            if is_whole && COUNTS.contains(&name) {
                thousands_apart(value)
            } else {
                said(value)
            }
        };
        issue
            .args
            .iter()
            .map(|(name, value)| (*name, shown(name, value)))
            .collect()
    }

    /// Where an issue was found.
    pub fn place(&self, place: &Place) -> String {
        let mut parts = Vec::new();
        if !place.source.is_empty() {
            parts.push(place.source.clone());
        }
        if let Some(row) = place.row {
            parts.push(self.with("place-row", &[("row", &row.to_string())]));
        }
        parts.extend(place.column.clone());
        parts.join(&self.get("place-comma"))
    }

    /// An issue with its place, where it has one.
    pub fn issue_line(&self, issue: &Issue) -> String {
        let (place, words) = (self.place(&issue.place), self.issue(issue));
        if place.is_empty() {
            words
        } else {
            format!("{place}: {words}")
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({})", self.locale.name())
    }
}

#[expect(
    clippy::panic,
    reason = "a broken locale file is a broken build; a test reads them all"
)]
fn broken(locale: Locale, name: &str, errors: &dyn fmt::Debug) -> ! {
    panic!(
        "locale file {}/{name}.ftl is broken: {errors:?}",
        locale.name()
    )
}
