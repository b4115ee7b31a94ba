//! What files of columns have in common: the text of their flat columns, days and times of day.

use crate::{base::Phrase, import::cells::iso_time};

const DAY_NS: i128 = 86_400_000_000_000;

/// A file's text and the nested columns that were left out.
#[derive(Debug)]
pub(in crate::import) struct Flat {
    pub(in crate::import) text: String,
    pub(in crate::import) nested: Vec<String>,
}

/// What is said of a file that holds nested columns only.
pub(super) fn no_flat_column() -> Phrase {
    let words = "it has no flat column; export plain columns";
    Phrase::new("detail-no-flat-column", words)
}

/// Days since 1970 as a date.
pub(super) fn date_text(days: i64) -> String {
    let midnight = iso_time(i128::from(days) * DAY_NS, false);
    midnight.split('T').next().unwrap_or("").to_owned()
}

/// Microseconds since midnight as a time of day.
pub(super) fn clock_text(micros: i64) -> String {
    let secs = micros.div_euclid(1_000_000);
    format!(
        "{:02}:{:02}:{:02}.{:06}",
        secs / 3600,
        secs / 60 % 60,
        secs % 60,
        micros.rem_euclid(1_000_000)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::error::told::is_told;

    #[test]
    fn a_file_of_nested_columns_is_told() {
        is_told(&[no_flat_column()]);
    }
}
