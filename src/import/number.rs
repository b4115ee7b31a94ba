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
    if decimal == '.'
        && let Some(number) = fast_number(trimmed.as_bytes())
    {
        return Cell::Number(number);
    }
    slow_number(trimmed, decimal)
}

/// Whether a cell stands for "no value", in the words of many loggers.
pub(super) fn is_missing(cell: &str) -> bool {
    let lower = cell.trim().to_lowercase();
    matches!(
        lower.as_str(),
        "" | "nan"
            | "-nan"
            | "na"
            | "n/a"
            | "#n/a"
            | "#na"
            | "<na>"
            | "null"
            | "none"
            | "nil"
            | "-"
            | "--"
            | "---"
            | "?"
            | "*"
            | "**"
            | "***"
            | "****"
            | "///"
            | "//"
            | "."
            | "…"
            | "−"
            | "－"
            | "ー"
            | "—"
            | "欠測"
            | "欠損"
            | "欠"
            | "データなし"
            | "未計測"
            | "#div/0!"
            | "#value!"
            | "#ref!"
            | "#name?"
            | "#null!"
            | "#num!"
            | "no data"
            | "nodata"
            | "missing"
            | "bad"
            | "bad input"
            | "i/o timeout"
            | "1.#qnan"
            | "1.#ind"
            | "-1.#ind"
    )
}

fn is_infinite(lower: &str) -> bool {
    let bare = lower.trim_start_matches(['+', '-']);
    matches!(
        bare,
        "inf" | "infinity" | "∞" | "1.#inf" | "#inf" | "overflow"
    )
}

/// Up to 18 digits and a small power of ten: exact by one division (Clinger 1990).
fn fast_number(bytes: &[u8]) -> Option<f64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut mantissa: u64 = 0;
    let mut decimals: Option<usize> = None;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                decimals = decimals.map(|n| n + 1);
            }
            b'.' if decimals.is_none() && digits.len() > 1 => decimals = Some(0),
            _ => return None,
        }
    }
    if mantissa >= 1 << 53 {
        return None;
    }
    let value = mantissa as f64 / POWERS[decimals.unwrap_or(0)];
    Some(if negative { -value } else { value })
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

/// How often cells speak for a point and for a comma as the decimal mark.
pub(super) fn decimal_votes<'a>(cells: impl Iterator<Item = &'a str>) -> (usize, usize) {
    let (mut point, mut comma) = (0, 0);
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
            _ => {}
        }
    }
    (point, comma)
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
            (0, 2)
        );
    }
}
