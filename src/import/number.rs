//! Numbers as factories write them: decimal commas, thousands marks, full-width digits, units.

use super::records::Delimiter;

/// What one cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A finite number.
    Number(f64),
    /// Nothing, or a word for it.
    Missing,
    /// Plus or minus infinity.
    Infinite,
    /// Something else.
    Text,
}

/// Exact powers of ten.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Reads a cell; `decimal` is `.` or `,`.
pub(super) fn read_cell(cell: &str, decimal: char) -> Cell {
    let trimmed = cell.trim();
    if trimmed.is_empty() {
        return Cell::Missing;
    }
    let mark = if decimal == ',' { b',' } else { b'.' };
    let bytes = trimmed.as_bytes();
    if let Some((number, n_bytes)) = leading_number(bytes, mark)
        && n_bytes == bytes.len()
    {
        return Cell::Number(number);
    }
    if decimal == '.'
        && let Some(number) = plain_float(trimmed)
    {
        return number;
    }
    slow_number(trimmed, decimal)
}

/// Digits, a point and an exponent are what the standard library reads, exact for any length.
fn plain_float(cell: &str) -> Option<Cell> {
    let is_plain = cell
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !is_plain || !cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => Cell::Number(number),
        Ok(_) => Cell::Infinite,
        Err(_) => Cell::Text,
    })
}

/// Words of loggers for "no value", in lower case.
const MISSING: &str = "nan -nan na n/a #n/a #na <na> null none nil - -- --- ? * ** *** **** /// // . … − \
    － ー — 欠測 欠損 欠 データなし 未計測 #div/0! #value! #ref! #name? #null! #num! \
    nodata missing 1.#qnan 1.#ind -1.#ind";

/// What historians write where a number should stand, in lower case. Among words these are words.
const STATES: [&str; 19] = [
    "bad",
    "bad input",
    "bad data",
    "bad quality",
    "no good data",
    "i/o timeout",
    "pt created",
    "scan off",
    "scan timeout",
    "comm fail",
    "calc failed",
    "calc off",
    "not connect",
    "no result",
    "no sample",
    "intf shut",
    "out of serv",
    "arc off-line",
    "arc offline",
];

/// Whether a cell stands for "no value" where a number should stand, in the words of many loggers.
pub(super) fn is_missing(cell: &str) -> bool {
    is_no_word(cell) || STATES.contains(&cell.trim().to_lowercase().as_str())
}

/// Whether a cell stands for "no value" in a column of words, where "Bad" is an answer.
pub(super) fn is_no_word(cell: &str) -> bool {
    let lower = cell.trim().to_lowercase();
    lower.is_empty() || lower == "no data" || MISSING.split(' ').any(|word| word == lower)
}

fn is_infinite(lower: &str) -> bool {
    let bare = lower.trim_start_matches(['+', '-']);
    matches!(
        bare,
        "inf" | "infinity" | "∞" | "1.#inf" | "#inf" | "overflow"
    )
}

/// The number at the beginning of some bytes and how many of them it takes: at most 18 digits,
/// with `mark` among them or not. A small power of ten is exact by one division (Clinger 1990).
#[inline]
pub(super) fn leading_number(bytes: &[u8], mark: u8) -> Option<(f64, usize)> {
    const MOST_DIGITS: usize = 18;
    let start = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let mut at = start;
    let mut mantissa: u64 = 0;
    let mut point: Option<usize> = None;
    while let Some(&byte) = bytes.get(at) {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == mark && point.is_none() {
            point = Some(at);
        } else {
            break;
        }
        at += 1;
    }
    let n_digits = at - start - usize::from(point.is_some());
    if n_digits == 0 || n_digits > MOST_DIGITS || mantissa >= 1 << 53 {
        return None;
    }
    let n_decimals = point.map_or(0, |point| at - point - 1);
    let value = mantissa as f64 / POWERS[n_decimals];
    let is_negative = bytes[0] == b'-';
    Some((if is_negative { -value } else { value }, at))
}

fn slow_number(cell: &str, decimal: char) -> Cell {
    if is_missing(cell) {
        return Cell::Missing;
    }
    if !cell
        .chars()
        .any(|letter| letter.is_numeric() || letter == '∞')
    {
        let lower = cell.to_lowercase();
        return if is_infinite(&lower) {
            Cell::Infinite
        } else {
            Cell::Text
        };
    }
    let plain: String = cell.chars().map(half_width).collect();
    let lower = plain.to_lowercase();
    if is_infinite(&lower) {
        return Cell::Infinite;
    }
    let Some(clean) = without_marks(&plain, decimal) else {
        return Cell::Text;
    };
    match clean.parse::<f64>() {
        Ok(number) if number.is_finite() => Cell::Number(number),
        Ok(number) if number.is_infinite() => Cell::Infinite,
        _ => Cell::Text,
    }
}

/// Full-width forms and typographic signs as plain ASCII.
pub(super) fn half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xff01 + 0x21).unwrap_or(letter),
        '\u{2212}' | '\u{2013}' => '-',
        '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{3000}' => ' ',
        '\u{2019}' => '\'',
        _ => letter,
    }
}

/// Takes thousands marks out and makes the decimal mark a point; `None` where marks stand at odd
/// places, because then it is no number.
fn without_marks(plain: &str, decimal: char) -> Option<String> {
    let is_allowed = |letter: char| letter.is_ascii_digit() || "+-.,eE' ".contains(letter);
    if !plain.chars().all(is_allowed) {
        return None;
    }
    let (whole, rest) = match plain.find(decimal) {
        Some(at) => (&plain[..at], &plain[at + 1..]),
        None => (plain, ""),
    };
    let thousands = if decimal == '.' { ',' } else { '.' };
    let is_mark = |letter: char| letter == thousands || letter == '\'' || letter == ' ';
    if rest.contains(is_mark) || rest.contains(decimal) {
        return None;
    }
    let mut groups = whole.split(is_mark);
    let head = groups.next().unwrap_or("");
    let mut joined = head.to_owned();
    for group in groups {
        let digits = head.trim_start_matches(['-', '+']);
        if group.len() != 3 || digits.is_empty() || digits.len() > 3 {
            return None;
        }
        joined.push_str(group);
    }
    if plain.contains(decimal) {
        joined.push('.');
        joined.push_str(rest);
    }
    Some(joined)
}

/// How often cells speak for a point and for a comma as the decimal mark, and how often a comma
/// could be either.
pub(super) fn decimal_votes<'a>(cells: impl Iterator<Item = &'a str>) -> (usize, usize, usize) {
    let (mut point, mut comma, mut open) = (0, 0, 0);
    for cell in cells {
        let cell = cell.trim();
        let is_numeric = !cell.is_empty()
            && cell
                .chars()
                .all(|letter| letter.is_ascii_digit() || "+-.,eE".contains(letter));
        if !is_numeric {
            continue;
        }
        let (last_point, last_comma) = (cell.rfind('.'), cell.rfind(','));
        match (last_point, last_comma) {
            (Some(at_point), Some(at_comma)) if at_point > at_comma => point += 2,
            (Some(_), Some(_)) => comma += 2,
            // Two groups of thousands leave the decimals to the other mark.
            (Some(_), None) if is_grouped(cell, '.') => comma += 1,
            (None, Some(_)) if is_grouped(cell, ',') => point += 1,
            (Some(at), None) if speaks(cell, at, '.') => point += 1,
            (None, Some(at)) if speaks(cell, at, ',') => comma += 1,
            (None, Some(_)) => open += 1,
            _ => {}
        }
    }
    (point, comma, open)
}

/// One mark followed by exactly three digits could also be a thousands mark.
fn speaks(cell: &str, at: usize, mark: char) -> bool {
    let behind = cell.len() - at - 1;
    let ahead = cell[..at].trim_start_matches(['-', '+']);
    cell.matches(mark).count() == 1 && (behind != 3 || ahead.len() > 3 || ahead.starts_with('0'))
}

/// Whether a mark parts a cell into thousands more than once, as in `1,234,567`.
fn is_grouped(cell: &str, mark: char) -> bool {
    let mut groups = cell.trim_start_matches(['-', '+']).split(mark);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_head = |head: &str| (1..=3).contains(&head.len()) && is_digits(head);
    groups.next().is_some_and(is_head)
        && groups.clone().count() >= 2
        && groups.all(|group| group.len() == 3 && is_digits(group))
}

/// So often the mark has to come or go before that tells what it is.
const LEAST: usize = 3;

/// The decimal mark that was found, and whether it could also be a thousands mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DecimalMark {
    pub(super) mark: char,
    pub(super) is_open: bool,
}

/// The decimal mark of a table where `50,125` could be both and nothing else tells: a comma where commas
/// part no cells, but not in a sheet, whose numbers have points, nor beside letters of East Asia, where
/// nobody writes a comma for it.
pub(super) fn usual_mark<'a>(
    delimiter: Delimiter,
    is_sheet: bool,
    mut cells: impl Iterator<Item = &'a str>,
) -> DecimalMark {
    let is_east =
        |letter: char| matches!(letter, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
    let is_sure = delimiter == Delimiter::Mark(b',')
        || delimiter != Delimiter::Mark(b';') && cells.any(|cell| cell.contains(is_east));
    DecimalMark {
        mark: if is_sure || is_sheet { '.' } else { ',' },
        is_open: !is_sure,
    }
}

/// What a recipe says, else what the cells of each column tell, in the order of their rows, else the
/// `usual` one.
pub(super) fn decimal_by(
    told: Option<char>,
    columns: &[Vec<&str>],
    usual: DecimalMark,
) -> DecimalMark {
    let of_recipe = told.map(|mark| DecimalMark {
        mark,
        is_open: false,
    });
    of_recipe.unwrap_or_else(|| find_decimal(columns, usual))
}

fn find_decimal(columns: &[Vec<&str>], usual: DecimalMark) -> DecimalMark {
    let cells = columns.iter().flatten().copied();
    let (mut point, mut comma, open) = decimal_votes(cells);
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
    if comma == 0 && point == 0 && open > 0 {
        return usual;
    }
    DecimalMark {
        mark: if comma > point { ',' } else { '.' },
        is_open: false,
    }
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
        let (written, is_marked) = match digits.split_once(mark) {
            Some((ahead, behind)) if is_plain(ahead) && is_plain(behind) && behind.len() == 3 => {
                (format!("{ahead}{behind}"), true)
            }
            None if is_plain(digits) => (digits.to_owned(), false),
            _ if is_missing(cell) => continue,
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
pub(super) fn doubtful_decimal(columns: &[Vec<&str>], mark: char) -> Option<String> {
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

    #[test]
    fn the_fast_path_agrees_with_the_standard_library() {
        for text in [
            "0",
            "-0.0068164",
            "123456789.125",
            "3.2567",
            "1e-6",
            "-1.42e-06",
            "9007199254740993",
            "0.1",
            "1234567890123456789",
            "+7",
            ".5",
            "5.",
        ] {
            let expected: f64 = text.parse().expect("a number");
            assert_eq!(read_cell(text, '.'), Cell::Number(expected), "{text}");
        }
    }

    #[test]
    fn numbers_of_many_countries_are_read() {
        let check = |text: &str, decimal: char, expected: Cell| {
            assert_eq!(read_cell(text, decimal), expected, "{text}");
        };
        check("1.234,56", ',', Cell::Number(1234.56));
        check("1,234.56", '.', Cell::Number(1234.56));
        check("1\u{a0}234,5", ',', Cell::Number(1234.5));
        check("12 345.6", '.', Cell::Number(12345.6));
        check("−5", '.', Cell::Number(-5.0));
        check("１２．５", '.', Cell::Number(12.5));
        check("1,5", '.', Cell::Text);
        check("欠測", '.', Cell::Missing);
        check("#N/A", '.', Cell::Missing);
        check("-inf", '.', Cell::Infinite);
        check("1e999", '.', Cell::Infinite);
        check("12-21-22", '.', Cell::Text);
        check("worn", '.', Cell::Text);
    }

    #[test]
    fn three_digits_behind_a_comma_do_not_vote() {
        assert_eq!(
            decimal_votes(["1,234", "12,5", "0,125"].into_iter()),
            (0, 2, 1)
        );
    }

    fn mark_of(cells: &[&str], delimiter: u8) -> (char, bool) {
        let usual = usual_mark(Delimiter::Mark(delimiter), false, ["time"].into_iter());
        let found = find_decimal(&[cells.to_vec()], usual);
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
    fn two_equal_marks_part_thousands_and_other_groups_of_digits_tell_nothing() {
        let votes = |cell: &str| decimal_votes([cell].into_iter());
        assert_eq!(votes("1,234,567"), (1, 0, 0));
        assert_eq!(votes("-1.234.567"), (0, 1, 0));
        assert_eq!(votes("05.01.2026"), (0, 0, 0));
        assert_eq!(mark_of(&["1,450", "1,234,567"], b'\t'), ('.', false));
    }

    #[test]
    fn a_comma_of_both_readings_parts_thousands_in_sheets_and_beside_letters_of_east_asia() {
        let usual = |delimiter: u8, is_sheet: bool, head: &str| {
            let found = usual_mark(Delimiter::Mark(delimiter), is_sheet, [head].into_iter());
            (found.mark, found.is_open)
        };
        assert_eq!(usual(b'\t', false, "time"), (',', true));
        assert_eq!(usual(b'\t', true, "time"), ('.', true));
        assert_eq!(usual(b'\t', false, "流量"), ('.', false));
        assert_eq!(usual(b';', false, "流量"), (',', true));
    }

    #[test]
    fn a_recipe_of_commas_for_a_file_of_points_is_doubted() {
        let columns = [vec!["60.000", "61.250"], vec!["40", "45"]];
        assert_eq!(doubtful_decimal(&columns, ','), Some("60.000".to_owned()));
        assert_eq!(doubtful_decimal(&columns, '.'), None);
    }
}
