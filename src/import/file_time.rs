//! Reads times out of the names of pictures and recordings.

use super::stamp::{DayOrder, SECOND, Stamp, read_stamp};

/// Reads a time out of a file's name, in whatever zone it was written.
pub(super) fn name_time(stem: &str) -> Option<i64> {
    let groups: Vec<&str> = stem
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    (0..groups.len()).find_map(|at| time_at(&groups[at..]))
}

fn time_at(groups: &[&str]) -> Option<i64> {
    let first = *groups.first()?;
    let (date, rest) = match first.len() {
        10 | 13 => {
            let value: i64 = first.parse().ok()?;
            let secs = if first.len() == 13 {
                value / 1000
            } else {
                value
            };
            let is_epoch = (900_000_000..2_200_000_000).contains(&secs);
            let unit = if first.len() == 13 {
                SECOND / 1000
            } else {
                SECOND
            };
            return is_epoch.then(|| value.saturating_mul(unit));
        }
        14.. => {
            let text = format!("{}T{}", first.get(..8)?, first.get(8..14)?);
            let fraction = first.get(14..).filter(|rest| !rest.is_empty());
            let text = fraction.map_or(text.clone(), |rest| format!("{text}.{rest}"));
            return read_name(&text);
        }
        8 => (first.to_owned(), &groups[1..]),
        4 => {
            let (month, day) = (*groups.get(1)?, *groups.get(2)?);
            if month.len() > 2 || day.len() > 2 {
                return None;
            }
            (format!("{first}{month:0>2}{day:0>2}"), &groups[3..])
        }
        _ => return None,
    };
    let clock = match rest {
        [six, ..] if six.len() == 6 => (*six).to_owned(),
        [nine, ..] if nine.len() == 9 => format!("{}.{}", &nine[..6], &nine[6..]),
        [four, ..] if four.len() == 4 => format!("{four}00"),
        [hour, minute, second, ..] if [hour, minute, second].iter().all(|part| part.len() <= 2) => {
            format!("{hour:0>2}{minute:0>2}{second:0>2}")
        }
        [hour, minute] if hour.len() <= 2 && minute.len() <= 2 => {
            format!("{hour:0>2}{minute:0>2}00")
        }
        _ => return read_name(&date),
    };
    read_name(&format!("{date}T{clock}"))
}

fn read_name(text: &str) -> Option<i64> {
    read_stamp(text, DayOrder::Year).map(Stamp::unix_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::format_time;

    #[test]
    fn file_names_tell_their_time() {
        let check = |stem: &str, expected: &str| {
            assert_eq!(
                name_time(stem).map(format_time).as_deref(),
                Some(expected),
                "{stem}"
            );
        };
        check("2026-01-05T080000", "2026-01-05T08:00:00Z");
        check("20221223_100659_005", "2022-12-23T10:06:59Z");
        check("cam1_2026-01-05_08-00-30", "2026-01-05T08:00:30Z");
        check("IMG20260105080030123", "2026-01-05T08:00:30Z");
        check("frame-1767600000", "2026-01-05T08:00:00Z");
        check("1767600000123", "2026-01-05T08:00:00Z");
        assert_eq!(name_time("12-21-22-0462-00"), None);
        assert_eq!(name_time("img_0001"), None);
    }
}
