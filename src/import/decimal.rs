//! Which mark stands before decimals where a file does not say it in so many words.

use super::{number, records::Delimiter};

/// So often the mark has to come or go before that tells what it is.
const LEAST: usize = 3;

/// The decimal mark that was found, and whether it could also be a thousands mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) mark: char,
    pub(super) is_open: bool,
}

/// What a recipe says, else what the cells of each column tell, in the order of their rows.
pub(super) fn find_by(told: Option<char>, columns: &[Vec<&str>], delimiter: Delimiter) -> Found {
    let of_recipe = told.map(|mark| Found {
        mark,
        is_open: false,
    });
    of_recipe.unwrap_or_else(|| find(columns, delimiter))
}

fn find(columns: &[Vec<&str>], delimiter: Delimiter) -> Found {
    let cells = columns.iter().flatten().copied();
    let (mut point, mut comma, open) = number::decimal_votes(cells);
    for column in columns {
        for (mark, other) in [('.', ','), (',', '.')] {
            let Some(decimal) = decimal_by_course(column, mark, other) else {
                continue;
            };
            *(if decimal == '.' {
                &mut point
            } else {
                &mut comma
            }) += LEAST;
        }
    }
    // `50,125` is a number with decimals where commas part no cells, unless points say otherwise.
    let is_open = comma == 0 && point == 0 && open > 0 && delimiter != Delimiter::Mark(b',');
    let mark = if comma > point || is_open { ',' } else { '.' };
    Found { mark, is_open }
}

/// The decimal mark of a column in which `987` stands beside `1.450`: read rightly its values go on
/// from row to row, read wrongly they leap by a thousand where the mark comes or goes.
fn decimal_by_course(cells: &[&str], mark: char, other: char) -> Option<char> {
    let (mut n_thousands, mut n_decimals) = (0, 0);
    // The value without its mark, and whether it has one.
    let mut last: Option<(f64, bool)> = None;
    for cell in cells {
        let cell = cell.trim();
        let digits = cell.trim_start_matches(['-', '+']);
        let is_plain = |text: &str| {
            (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if number::is_missing(cell) {
            continue;
        }
        let (written, is_marked) = match digits.split_once(mark) {
            Some((ahead, behind)) if is_plain(ahead) && is_plain(behind) && behind.len() == 3 => {
                (format!("{ahead}{behind}"), true)
            }
            None if is_plain(digits) => (digits.to_owned(), false),
            // Any other number speaks for itself.
            _ => return None,
        };
        let value: f64 = written.parse().ok()?;
        if let Some((before, was_marked)) = last.filter(|(_, was_marked)| *was_marked != is_marked)
        {
            let (marked, bare) = if was_marked {
                (before, value)
            } else {
                (value, before)
            };
            n_thousands += usize::from(goes_on(marked, bare));
            n_decimals += usize::from(goes_on(marked / 1000.0, bare));
        }
        last = Some((value, is_marked));
    }
    match (n_thousands, n_decimals) {
        (thousands, decimals) if thousands >= LEAST && thousands > 2 * decimals => Some(other),
        (thousands, decimals) if decimals >= LEAST && decimals > 2 * thousands => Some(mark),
        _ => None,
    }
}

/// Whether one of two values may follow the other.
fn goes_on(one: f64, other: f64) -> bool {
    one > 0.0 && other > 0.0 && one < 3.0 * other && other < 3.0 * one
}

/// A number of a file that holds no decimal mark of its recipe but the other one before three digits.
pub(super) fn doubtful(columns: &[Vec<&str>], mark: char) -> Option<String> {
    let other = if mark == ',' { '.' } else { ',' };
    let is_number = |cell: &&&str| {
        !cell.is_empty()
            && cell
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.,".contains(&byte))
    };
    let numbers = || columns.iter().flatten().filter(is_number);
    if numbers().any(|cell| cell.contains(mark)) {
        return None;
    }
    let mut marked = numbers().filter(|cell| cell.contains(other));
    marked.next().map(|cell| (*cell).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark_of(cells: &[&str], delimiter: u8) -> (char, bool) {
        let found = find(&[cells.to_vec()], Delimiter::Mark(delimiter));
        (found.mark, found.is_open)
    }

    #[test]
    fn thousands_and_decimals_are_told_by_the_course_of_a_column() {
        let thousands = [
            "987", "992", "1.004", "1.013", "998", "1.020", "983", "1.001",
        ];
        assert_eq!(mark_of(&thousands, b';'), (',', false));
        let decimals = ["60", "60.125", "59.875", "61", "60.375", "60", "60.625"];
        assert_eq!(mark_of(&decimals, b';'), ('.', false));
        let commas = ["60", "60,125", "59,875", "61", "60,375", "60", "60,625"];
        assert_eq!(mark_of(&commas, b'\t'), (',', false));
        // Nothing tells: decimals, and that is said.
        assert_eq!(mark_of(&["60,111", "60,222"], b'\t'), (',', true));
        assert_eq!(mark_of(&["1,450", "1,460"], b','), ('.', false));
    }

    #[test]
    fn a_recipe_of_commas_for_a_file_of_points_is_doubted() {
        let columns = [vec!["60.000", "61.250"], vec!["40", "45"]];
        assert_eq!(doubtful(&columns, ','), Some("60.000".to_owned()));
        assert_eq!(doubtful(&columns, '.'), None);
    }
}
