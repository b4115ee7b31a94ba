//! What a parser of TOML complains about, in words for people who know neither it nor its types.

use super::Phrase;

/// A key and its English words.
type Words = (&'static str, &'static str);

/// How complaints about one slip begin, what that is, and what is right instead where the parser's
/// own answer would help nobody.
type Slip = (&'static [&'static str], Words, Option<Words>);

/// Where two fit, the first does.
const SLIPS: [Slip; 14] = [
    (
        &["unexpected key or value", "unexpected content"],
        ("detail-toml-rest", "something more in the line"),
        Some(("detail-toml-line-end", "the end of the line")),
    ),
    (
        &["string values must be quoted", "invalid boolean"],
        ("detail-toml-unquoted", "words without quotes"),
        Some(("detail-toml-quoted", "words in quotes \"…\", true or false")),
    ),
    (
        &[
            "invalid basic string",
            "invalid literal",
            "invalid multi-line",
        ],
        (
            "detail-toml-string",
            "a string that is wrong or does not end",
        ),
        None,
    ),
    (
        &["missing escaped value"],
        (
            "detail-toml-escape",
            r"a \ before a letter that it does not fit",
        ),
        Some(("detail-toml-escapes", r"\\ for \, or '…' as quotes")),
    ),
    (
        &["key with no value", "missing value", "missing assignment"],
        ("detail-toml-no-value", "a name without = and a value"),
        Some(("detail-toml-assigned", "name = value")),
    ),
    (
        &["unclosed array table", "unclosed table"],
        ("detail-toml-open-head", "a head that does not end"),
        None,
    ),
    (
        &["unclosed array"],
        ("detail-toml-open-list", "a list that does not end"),
        None,
    ),
    (
        &["unclosed inline table"],
        ("detail-toml-open-table", "braces that do not end"),
        None,
    ),
    (
        &["missing comma"],
        ("detail-toml-comma", "no comma between two values"),
        None,
    ),
    (
        &[
            "extra comma",
            "extra `=`",
            "extra assignment",
            "unexpected `=`",
        ],
        ("detail-toml-extra", "a comma or = too many"),
        None,
    ),
    (
        &[
            "invalid unquoted key",
            "unquoted keys cannot",
            "invalid key",
        ],
        ("detail-toml-key", "a name of other letters"),
        Some((
            "detail-toml-keys",
            "letters a to z, digits, - and _, or a name in quotes",
        )),
    ),
    (
        &[
            "invalid mantissa",
            "invalid exponent",
            "invalid float",
            "invalid integer",
            "unexpected leading zero",
            "unexpected sign",
            "redundant",
            "`_` may only go between digits",
            "integer number overflowed",
        ],
        ("detail-toml-number", "a number that is wrongly written"),
        Some(("detail-toml-numbers", "a number such as 12 or 0.5")),
    ),
    (
        &["invalid date", "invalid time"],
        ("detail-toml-date", "a date or time that is wrongly written"),
        Some((
            "detail-toml-dates",
            "one in quotes such as \"2026-01-05T10:00:00Z\"",
        )),
    ),
    (
        &["cannot extend value"],
        ("detail-toml-extend", "a table where a value stood before"),
        Some(("detail-toml-once", "it only once")),
    ),
];

/// What serde says of a whole file that is well-formed, by its beginning.
const UNFIT: [(&str, &str); 5] = [
    ("missing field ", "detail-missing-field"),
    ("unknown field ", "detail-unknown-field"),
    ("unknown variant ", "detail-unknown-word"),
    ("invalid type: ", "detail-wrong-type"),
    ("invalid value: ", "detail-wrong-value"),
];

/// Kinds of values as serde calls them.
const KINDS: [(&str, &str); 4] = [
    ("string ", "detail-kind-string"),
    ("integer ", "detail-kind-integer"),
    ("floating point ", "detail-kind-float"),
    ("boolean ", "detail-kind-boolean"),
];

/// What a parser of TOML found where `written` stands, and what is right instead where it says so.
pub fn toml_words(message: &str, written: &str) -> (Phrase, Option<Phrase>) {
    let (found, expected) = match message.rsplit_once(", expected ") {
        Some((found, expected)) => (found, Some(plainly(expected))),
        None => (message, None),
    };
    if found.starts_with("duplicate key") {
        let what = written.lines().next().unwrap_or_default();
        let twice = Phrase::new("detail-twice", format!("{what} a second time"));
        let once = Phrase::new("detail-toml-once", "it only once");
        return (twice.with("what", what), Some(once));
    }
    // To the parser a date without quotes is a table.
    let found = match written.as_bytes() {
        [b'0'..=b'9', _, _, _, b'-', ..] if found.ends_with(": map") => "invalid date",
        _ => found,
    };
    for (starts, (key, english), right) in SLIPS {
        if starts.iter().any(|start| found.starts_with(start)) {
            let right = right.map(|(key, english)| Phrase::new(key, english));
            return (Phrase::new(key, english), right.or(expected));
        }
    }
    for (start, key) in UNFIT {
        if let Some(what) = found.strip_prefix(start) {
            let what = of_kind(what.trim());
            let english = format!("{start}{what}");
            return (
                Phrase::new(key, english).with_phrase("what", what),
                expected,
            );
        }
    }
    let other = Phrase::new("detail-toml-other", found).with("what", found);
    (other, expected)
}

/// A value with its kind such as ``integer `3` ``; anything else as it is.
fn of_kind(what: &str) -> Phrase {
    // Numbers that are too large are told with a type of Rust.
    let what = what.strip_suffix(" as i128").unwrap_or(what);
    let valued = KINDS.into_iter().find_map(|(kind, key)| {
        let value = what.strip_prefix(kind)?;
        Some(Phrase::new(key, what).with("value", value))
    });
    valued.unwrap_or_else(|| match what {
        "sequence" => Phrase::new("detail-kind-list", "a list"),
        "map" => Phrase::new("detail-a-table", "a table"),
        _ => Phrase::plain(what),
    })
}

/// What is expected.
fn plainly(expected: &str) -> Phrase {
    let (key, english) = match expected {
        "f64" => ("detail-a-number", "a number"),
        "i64" => ("detail-a-whole-number", "a whole number"),
        "usize" | "u64" | "u32" => ("detail-a-count", "a whole number, 0 or more"),
        "a tuple of size 2" => ("detail-a-point", "a point [step, value]"),
        "a sequence" => ("detail-a-list", "a list, or tables with heads in [[…]]"),
        "a string" => ("detail-a-string", "a string"),
        "a boolean" => ("detail-a-boolean", "true or false"),
        "a map" => ("detail-a-table", "a table"),
        other if other.starts_with("struct ") => ("detail-a-table", "a table"),
        other => {
            return match other.strip_prefix("one of ") {
                Some(names) => {
                    Phrase::new("detail-one-of", format!("one of {names}")).with("names", names)
                }
                None => Phrase::plain(other),
            };
        }
    };
    Phrase::new(key, english)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Locale, Text};

    #[test]
    fn a_complaint_is_said_in_both_languages_and_one_that_is_not_known_keeps_its_words() {
        let said = |locale, message: &str, written: &str| {
            let text = Text::new(locale);
            let (found, expected) = toml_words(message, written);
            assert_eq!(Text::new(Locale::En).say(&found), found.to_string());
            let expected = expected.map(|expected| text.say(&expected));
            (text.say(&found), expected.unwrap_or_default())
        };
        let said_of = |locale, message: &str| said(locale, message, "");
        let cases = [
            (
                "unclosed table, expected `]`",
                "見出しが閉じていない",
                "`]`",
            ),
            (
                "unclosed array table, expected `]`",
                "見出しが閉じていない",
                "`]`",
            ),
            (
                "invalid type: string \"a, expected b\", expected usize",
                "型が違う値（文字列 \"a, expected b\"）",
                "0 以上の整数",
            ),
            (
                "unknown field `a`, expected one of `b`, `c`",
                "未知の項目 `a`",
                "次のどれか: `b`, `c`",
            ),
            (
                "the tape is torn",
                "TOML として読めない（the tape is torn）",
                "",
            ),
        ];
        for (message, found, expected) in cases {
            assert_eq!(
                said_of(Locale::Ja, message),
                (found.to_owned(), expected.to_owned())
            );
            assert!(!said_of(Locale::En, message).0.starts_with("detail-"));
        }
        let (found, right) = said(Locale::En, "duplicate key", "name");
        assert_eq!(
            (found.as_str(), right.as_str()),
            ("name a second time", "it only once")
        );
        let date = "invalid type: map, expected a string";
        let (found, right) = said(Locale::Ja, date, "2026-01-05T10:00:00Z");
        assert!(
            found.contains("日時") && right.contains("引用符"),
            "{found} {right}"
        );
    }
}
