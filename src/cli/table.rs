//! Tables of aligned columns.

/// Rows of cells; words stand left, numbers right.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    is_number: Vec<bool>,
}

impl Table {
    /// A table with these heads; a head that starts with `#` stands over numbers.
    pub(crate) fn new(heads: &[&str]) -> Self {
        Self {
            is_number: heads.iter().map(|head| head.starts_with('#')).collect(),
            rows: vec![
                heads
                    .iter()
                    .map(|head| head.trim_start_matches('#').to_owned())
                    .collect(),
            ],
        }
    }

    /// Adds a row.
    pub(crate) fn push<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// The lines, each ended.
    pub(crate) fn text(&self) -> String {
        let widths: Vec<usize> = (0..self.is_number.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| width(cell)).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for (position, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .zip(&self.is_number)
                .map(|((cell, &column), &is_number)| {
                    let gap = " ".repeat(column.saturating_sub(width(cell)));
                    if is_number {
                        gap + cell
                    } else {
                        cell.clone() + &gap
                    }
                })
                .collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
            if position == 0 {
                let total = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
                text.push_str(&"─".repeat(total));
                text.push('\n');
            }
        }
        text
    }
}

/// How many columns of a terminal some words take; Japanese letters take two.
fn width(words: &str) -> usize {
    words
        .chars()
        .map(|letter| {
            let is_wide = matches!(
                u32::from(letter),
                0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3
                    | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6
            );
            if is_wide { 2 } else { 1 }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_and_latin_cells_line_up() {
        let mut table = Table::new(&["name", "#n"]);
        table.push(["水位".to_owned(), "1".to_owned()]);
        table.push(["flow".to_owned(), "12".to_owned()]);
        let lines: Vec<String> = table.text().lines().map(str::to_owned).collect();
        assert_eq!(lines, ["name   n", "────────", "水位   1", "flow  12"]);
    }
}
