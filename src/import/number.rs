//! Numbers as factories write them: decimal commas, thousands marks, full-width digits, units.

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
}
