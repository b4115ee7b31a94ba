//! Words that know their key in the locale files, so that they can be said in every language.

use std::fmt;

/// Words in English with the key and the named values that other languages need.
///
/// The keys of errors begin with `error-`; the next step of an error has the same key with `hint-`
/// in front instead. A phrase inside an error, such as what was expected, begins with `detail-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase(Box<Words>);

/// Apart from the phrase, so that errors that hold several stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Words {
    key: String,
    english: String,
    args: Vec<(&'static str, Phrase)>,
}

impl Phrase {
    /// Words with a key in the locale files.
    pub fn new(key: impl Into<String>, english: impl Into<String>) -> Self {
        Self(Box::new(Words {
            key: key.into(),
            english: english.into(),
            args: Vec::new(),
        }))
    }

    /// What stands so in every language: a number, a name, a piece of a file.
    pub fn plain(words: impl Into<String>) -> Self {
        Self::new("", words)
    }

    /// What a channel is for, by the name that files have for it.
    pub fn role(name: &str) -> Self {
        let key = match name {
            "control" => "detail-role-control",
            "disturbance" => "detail-role-disturbance",
            "observation" => "detail-role-observation",
            "kpi" => "detail-role-kpi",
            "label" => "detail-role-label",
            "ignore" => "detail-role-ignore",
            _ => "",
        };
        Self::new(key, name)
    }

    /// A list of names as they are written in files; `none` where it is empty.
    pub fn names<T: fmt::Debug>(names: &[T]) -> Self {
        if names.is_empty() {
            return Self::new("detail-none", "none");
        }
        let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        Self::plain(names.join(", "))
    }

    /// The same words with one more named value.
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.with_phrase(name, Self::plain(value.to_string()))
    }

    /// The same words with one more named value that is words itself.
    pub fn with_phrase(mut self, name: &'static str, value: Self) -> Self {
        self.0.args.push((name, value));
        self
    }

    /// The same key and values, said so in English.
    pub fn in_english(mut self, english: impl Into<String>) -> Self {
        self.0.english = english.into();
        self
    }

    /// The next step of this error, told in English: it has the same values under its own key.
    pub fn hint(&self, english: impl Into<String>) -> Self {
        let Some(code) = self.key().strip_prefix("error-") else {
            return Self::plain(english);
        };
        Self(Box::new(Words {
            key: format!("hint-{code}"),
            english: english.into(),
            args: self.0.args.clone(),
        }))
    }

    /// These words, and what caused it on a line below.
    pub fn because(self, why: Self) -> Self {
        let english = format!("{self}\n  {why}");
        Self::new("phrase-because", english)
            .with_phrase("what", self)
            .with_phrase("why", why)
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.english.is_empty()
    }

    /// The key in the locale files; empty where the words are the same in every language.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// The words in English.
    pub fn english(&self) -> &str {
        &self.0.english
    }

    /// The named values.
    pub fn args(&self) -> &[(&'static str, Self)] {
        &self.0.args
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.english)
    }
}

impl From<String> for Phrase {
    fn from(words: String) -> Self {
        Self::plain(words)
    }
}

impl From<&str> for Phrase {
    fn from(words: &str) -> Self {
        Self::plain(words)
    }
}
