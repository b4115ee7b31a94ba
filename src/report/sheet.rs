//! A sheet of a workbook, written from the top down: words, figures and nothing that calculates.

use std::cmp::Ordering;

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::html::visible;

/// The most UTF-16 units of a cell's text; a spreadsheet refuses more than 32,767.
const MOST_UNITS: usize = 32_000;
/// The most rows of a sheet; a spreadsheet shows 1,048,576.
const MOST_ROWS: u32 = 1_000_000;
/// A4, in the numbers of the format.
const A4: u8 = 9;
/// The widest sheet, in letters, that can still be read where it is made as wide as the paper.
const MOST_ON_PAPER: f64 = 200.0;
/// The least serial day that every spreadsheet takes for the same date: 1900-03-01.
const FIRST_DAY: f64 = 61.0;
/// 1970-01-01 as a serial day.
const EPOCH_DAY: f64 = 25_569.0;
const DAY_SECS: f64 = 86_400.0;

/// How cells look.
pub(super) struct Styles {
    /// What the sheet is about.
    pub(super) title: Format,
    /// A sentence that counts, or the title of a part.
    pub(super) strong: Format,
    /// A sentence.
    pub(super) plain: Format,
    head: Format,
    words: Format,
}

impl Styles {
    pub(super) fn new() -> Self {
        // A text that begins like a formula stays a text even where somebody edits its cell.
        let words = Format::new().set_quote_prefix().set_align(FormatAlign::Top);
        let strong = words.clone().set_bold();
        let head = strong
            .clone()
            .set_text_wrap()
            .set_background_color(Color::RGB(0x00EE_F1F4))
            .set_border_bottom(FormatBorder::Thin);
        Self {
            title: strong.clone().set_font_size(14),
            plain: words.clone(),
            words: words.set_text_wrap(),
            head,
            strong,
        }
    }
}

/// Numbers with so many decimals.
pub(super) fn fixed(decimals: usize) -> Format {
    figures(&pattern(decimals))
}

/// Differences with so many decimals and their sign.
pub(super) fn signed(decimals: usize) -> Format {
    let pattern = pattern(decimals);
    figures(&format!("+{pattern};-{pattern};{pattern}"))
}

/// Probabilities in whole per cent; never a certainty that draws cannot give.
pub(super) fn chance() -> Format {
    figures("[>0.99]\"> 99 %\";[<0.01]\"< 1 %\";0 %")
}

/// Shares in per cent with so many decimals.
pub(super) fn share(decimals: usize) -> Format {
    figures(&format!("{} %", pattern(decimals)))
}

/// Moments, with milliseconds where steps are shorter than whole seconds.
pub(super) fn moments(step_secs: f64) -> Format {
    let is_whole = step_secs.fract() == 0.0;
    figures(if is_whole {
        "yyyy-mm-dd hh:mm:ss"
    } else {
        "yyyy-mm-dd hh:mm:ss.000"
    })
}

fn pattern(decimals: usize) -> String {
    if decimals == 0 {
        "#,##0".to_owned()
    } else {
        format!("#,##0.{}", "0".repeat(decimals))
    }
}

fn figures(pattern: &str) -> Format {
    Format::new()
        .set_align(FormatAlign::Top)
        .set_num_format(pattern)
}

/// The serial day of a moment in local time; `None` where spreadsheets know no such date.
pub(super) fn serial_day(local_ns: i64) -> Option<f64> {
    let day = local_ns as f64 * 1e-9 / DAY_SECS + EPOCH_DAY;
    (day >= FIRST_DAY).then_some(day)
}

/// What stands in a cell.
pub(super) enum Cell<'f> {
    /// Words of any origin.
    Words(String),
    /// A number, as it is, and how it is shown; empty where there is none.
    Number(f64, &'f Format),
}

/// A sheet and how far it is written.
pub(super) struct Sheet<'w> {
    inner: &'w mut Worksheet,
    styles: &'w Styles,
    next_row: u32,
}

impl<'w> Sheet<'w> {
    /// A new sheet behind those of a workbook.
    pub(super) fn new(
        book: &'w mut Workbook,
        styles: &'w Styles,
        name: &str,
        widths: &[f64],
    ) -> Result<Self, XlsxError> {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?;
        sheet.set_paper_size(A4).set_landscape();
        if widths.iter().sum::<f64>() <= MOST_ON_PAPER {
            sheet.set_print_fit_to_pages(1, 0);
        }
        for (column, &width) in (0..).zip(widths) {
            sheet.set_column_width(column, width)?;
        }
        Ok(Self {
            inner: sheet,
            styles,
            next_row: 0,
        })
    }

    /// A sentence that may run over the cells beside it.
    pub(super) fn line(&mut self, style: &Format, said: &str) -> Result<(), XlsxError> {
        self.inner
            .write_string_with_format(self.next_row, 0, harmless(said), style)?;
        self.next_row += 1;
        Ok(())
    }

    /// An empty row.
    pub(super) fn gap(&mut self) {
        self.next_row += 1;
    }

    /// The names of columns.
    pub(super) fn heads(&mut self, heads: &[String]) -> Result<(), XlsxError> {
        for (column, head) in (0..).zip(heads) {
            self.inner.write_string_with_format(
                self.next_row,
                column,
                harmless(head),
                &self.styles.head,
            )?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// Keeps what was written so far, and the first columns, in view; each page repeats the last
    /// row of it.
    pub(super) fn freeze(&mut self, n_columns: u16) -> Result<(), XlsxError> {
        let head = self.next_row.saturating_sub(1);
        self.inner.set_repeat_rows(head, head)?;
        self.inner.set_freeze_panes(self.next_row, n_columns)?;
        Ok(())
    }

    /// A row of a table; where there are more than a spreadsheet shows, the last one says so.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        match self.next_row.cmp(&MOST_ROWS) {
            Ordering::Less => self.write(cells)?,
            Ordering::Equal => self.write(&[Cell::Words("…".to_owned())])?,
            Ordering::Greater => return Ok(()),
        }
        self.next_row += 1;
        Ok(())
    }

    fn write(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Words(said) if said.is_empty() => {}
                Cell::Words(said) => {
                    let (said, style) = (harmless(said), &self.styles.words);
                    self.inner
                        .write_string_with_format(self.next_row, column, said, style)?;
                }
                Cell::Number(value, format) if value.is_finite() => {
                    self.inner
                        .write_number_with_format(self.next_row, column, *value, format)?;
                }
                Cell::Number(..) => {}
            }
        }
        Ok(())
    }
}

/// Text without control and direction marks, as much of it as a cell holds.
fn harmless(text: &str) -> String {
    let text = visible(text);
    let mut n_units = 0;
    let end = text.char_indices().find(|(_, letter)| {
        n_units += letter.len_utf16();
        n_units > MOST_UNITS
    });
    match end {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_longer_than_a_cell_is_cut_between_letters() {
        let cut = harmless(&"𠮷".repeat(20_000));
        assert_eq!(cut.encode_utf16().count(), MOST_UNITS + 1);
        assert!(cut.ends_with("𠮷…"));
        assert_eq!(harmless("a\u{202e}\nb"), "a[U+202E] b");
    }

    #[test]
    fn a_moment_is_its_day_and_share_of_the_day() {
        assert_eq!(serial_day(0), Some(25_569.0));
        // 2026-01-05T12:00:00Z
        assert_eq!(serial_day(1_767_614_400_000_000_000), Some(46_027.5));
        assert_eq!(serial_day(i64::MIN), None);
    }
}
