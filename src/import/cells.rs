//! Writes cells of any container as text, so that every source meets one and the same reader.
//!
//! Cells are separated by tabs; a cell never holds a tab or a line end, so that line numbers in
//! issues are the rows of the sheet.

use crate::base::Phrase;

/// More text than this is no log that fits into memory.
pub(super) const MOST_TEXT_BYTES: usize = 2 << 30;

/// A text table that grows row by row.
#[derive(Debug, Default)]
pub(super) struct CellText {
    text: String,
    /// Cells of the row that is being written.
    n_cells: usize,
}

impl CellText {
    /// Adds a cell to the row.
    pub(super) fn push(&mut self, cell: &str) {
        if self.n_cells > 0 {
            self.text.push('\t');
        }
        self.n_cells += 1;
        let is_plain = !cell.contains(['\t', '\n', '\r', '"', '\0']);
        if is_plain {
            self.text.push_str(cell);
            return;
        }
        self.text.push('"');
        for letter in cell.chars() {
            match letter {
                '"' => self.text.push_str("\"\""),
                '\t' | '\n' | '\r' | '\0' => self.text.push(' '),
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }

    /// Adds a number as the shortest text that gives the same bits back.
    pub(super) fn push_number(&mut self, value: f64) {
        if value.is_nan() {
            self.push("");
        } else {
            self.push(&value.to_string());
        }
    }

    /// Ends the row; `Err` where the text has grown beyond what is read.
    pub(super) fn end_row(&mut self) -> Result<(), Phrase> {
        self.text.push('\n');
        self.n_cells = 0;
        if self.is_full() {
            return Err(too_much());
        }
        Ok(())
    }

    /// How many cells the row has so far.
    pub(super) fn row_width(&self) -> usize {
        self.n_cells
    }

    /// Whether the text has grown beyond what is read; the end of the row says so.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() > MOST_TEXT_BYTES
    }

    /// The whole text.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

fn too_much() -> Phrase {
    let words = format!(
        "its cells are more than {MOST_TEXT_BYTES} bytes of text, expected less; export a shorter \
         stretch of time"
    );
    Phrase::new("detail-cells-full", words).with("most", MOST_TEXT_BYTES)
}

/// A time in ns since 1970 as ISO 8601, with `Z` where it is known to be UTC.
pub(super) fn iso_time(nanos: i128, is_utc: bool) -> String {
    let Ok(time) = jiff::Timestamp::from_nanosecond(nanos) else {
        return String::new();
    };
    if is_utc {
        return time.to_string();
    }
    let written = jiff::tz::TimeZone::UTC.to_datetime(time);
    written.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::error::told::is_told;

    #[test]
    fn marks_inside_a_cell_do_not_break_the_row() {
        let mut cells = CellText::default();
        cells.push("a\tb");
        cells.push("say \"x\"\nthen y");
        cells.end_row().expect("it is short");
        assert_eq!(cells.into_text(), "\"a b\"\t\"say \"\"x\"\" then y\"\n");
    }

    #[test]
    fn too_much_text_is_told() {
        is_told(&[too_much()]);
    }

    #[test]
    fn times_carry_a_zone_only_where_it_is_known() {
        assert_eq!(iso_time(1_500_000_000, true), "1970-01-01T00:00:01.5Z");
        assert_eq!(iso_time(1_500_000_000, false), "1970-01-01T00:00:01.5");
    }
}
