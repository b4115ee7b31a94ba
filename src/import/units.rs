//! Units in column heads.

/// Units that need no brackets to be seen as such, in lower case.
const KNOWN: [&str; 62] = [
    "s", "sec", "ms", "μs", "us", "min", "h", "hr", "day", "°c", "℃", "ﾟc", "degc", "°f", "k",
    "bar", "mbar", "pa", "kpa", "mpa", "hpa", "psi", "v", "mv", "a", "ma", "w", "kw", "mw", "kwh",
    "kvarh", "%", "％", "rpm", "hz", "khz", "m", "mm", "cm", "km", "μm", "kg", "g", "mg", "t", "n",
    "kn", "nm", "db", "deg", "rad", "ppm", "ppb", "pcs", "個", "本", "回", "l", "ml", "v.", "g.",
    "時間",
];

/// Whether a cell is a unit, such as `[kPa]`, `m/s` or `%`.
pub(super) fn is_unit(cell: &str) -> bool {
    let cell = cell.trim();
    let is_bracketed = cell.len() > 2
        && ((cell.starts_with('[') && cell.ends_with(']'))
            || (cell.starts_with('(') && cell.ends_with(')')));
    if is_bracketed {
        return true;
    }
    let lower = cell.to_lowercase();
    let is_ratio = lower.split_once('/').is_some_and(|(top, bottom)| {
        (1..=8).contains(&top.chars().count())
            && (1..=8).contains(&bottom.chars().count())
            && !lower.contains(' ')
    });
    cell == "-" || KNOWN.contains(&lower.as_str()) || is_ratio
}

/// Splits `speed [m/s]`, `speed (m/s)` or `速度（m/s）` into name and unit.
pub(super) fn split_unit(head: &str) -> (String, String) {
    let head = head.trim();
    let no_unit = || (head.to_owned(), String::new());
    let (open, close) = match head.chars().next_back() {
        Some(']') => ('[', ']'),
        Some(')') => ('(', ')'),
        Some('）') => ('（', '）'),
        Some('］') => ('［', '］'),
        _ => return no_unit(),
    };
    let Some(at) = head.rfind(open) else {
        return no_unit();
    };
    let name = head[..at].trim();
    let unit = head[at + open.len_utf8()..head.len() - close.len_utf8()].trim();
    let is_remark = unit.contains([':', '：', '～', '、']);
    if name.is_empty() || is_remark || unit.chars().count() > 16 {
        return no_unit();
    }
    (name.to_owned(), unit.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_cut_off_heads() {
        let check = |head: &str, name: &str, unit: &str| {
            assert_eq!(split_unit(head), (name.to_owned(), unit.to_owned()));
        };
        check(
            "conveyor_speed [bottles/min]",
            "conveyor_speed",
            "bottles/min",
        );
        check("平均気温(℃)", "平均気温", "℃");
        check("(1)TH-CH01", "(1)TH-CH01", "");
        check("speed", "speed", "");
    }
}
