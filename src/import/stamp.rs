//! Times as people and loggers write them, read without asking the machine's locale.

use super::number::half_width;

/// Which of day, month and year comes first where the digits do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DayOrder {
    /// 2026-01-05 or 26/01/05.
    Year,
    /// 05/01/2026.
    Day,
    /// 01/05/2026.
    Month,
}

impl DayOrder {
    /// Every order, in the order of preference.
    pub(super) const ALL: [Self; 3] = [Self::Year, Self::Day, Self::Month];

    /// As shown to people and written into recipes.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Year => "year-first",
            Self::Day => "day-first",
            Self::Month => "month-first",
        }
    }
}

/// A time as far as one cell tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Days since 1970-01-01; `None` where only a time of day stands there.
    pub(super) days: Option<i64>,
    /// Nanoseconds since midnight; `None` where only a date stands there.
    pub(super) nanos: Option<i64>,
    /// Nanoseconds to subtract to reach UTC; `None` where no zone is written.
    pub(super) offset: Option<i64>,
}

/// Nanoseconds of a second and of a day.
pub(super) const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of an hour.
pub(super) const HOUR: i64 = 3600 * SECOND;
/// Nanoseconds of a day.
pub(super) const DAY: i64 = 86_400 * SECOND;

impl Stamp {
    /// Nanoseconds since 1970 UTC; what is missing counts as zero.
    pub(super) fn unix_nanos(self) -> i64 {
        let local = self
            .days
            .unwrap_or(0)
            .saturating_mul(DAY)
            .saturating_add(self.nanos.unwrap_or(0));
        local.saturating_sub(self.offset.unwrap_or(0))
    }
}

/// Reads a cell as a time; `None` where it is none, or stands in another order.
pub(super) fn read_stamp(cell: &str, order: DayOrder) -> Option<Stamp> {
    let cell = cell.trim();
    if cell.len() < 4 || cell.len() > 64 {
        return None;
    }
    if cell.is_ascii() {
        let found = Scan::new(cell.as_bytes()).stamp(order);
        return found.or_else(|| spelled_out(cell, order));
    }
    // The one month of German that is not ASCII.
    if let Some(plain) = cell.contains('ä').then(|| cell.replace('ä', "a")) {
        return spelled_out(&plain, order);
    }
    let plain = plain_japanese(cell)?;
    Scan::new(plain.as_bytes()).stamp(order)
}

/// Days of the week by which a stamp may begin, in English and German.
const WEEKDAYS: &str = "mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday \
    friday saturday sunday mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag \
    sonnabend sonntag";

/// Stamps with words in them: a day of the week in front, `a.m.`, `5. Mai 2026`, and the year at the
/// end as C writes it.
fn spelled_out(cell: &str, order: DayOrder) -> Option<Stamp> {
    if !cell.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut words: Vec<String> = cell.split_whitespace().map(str::to_owned).collect();
    let first = words.first()?.trim_end_matches(['.', ',']).to_lowercase();
    if WEEKDAYS.split_whitespace().any(|day| day == first) {
        words.remove(0);
    }
    for word in &mut words {
        let letters = word.to_lowercase().replace('.', "");
        if matches!(letters.as_str(), "am" | "pm") {
            *word = letters.to_uppercase();
        }
    }
    let is_month = |word: &String| month_of(word.as_bytes()).is_some();
    let n_words = words.len();
    if n_words >= 2 && is_month(&words[1]) {
        // `5. Mai 2026`
        let day = words[0].trim_end_matches('.').to_owned();
        let month = words[1].trim_end_matches('.').to_owned();
        (words[0], words[1]) = (day, month);
    } else if n_words >= 4 && is_month(&words[0]) && words[2].contains(':') {
        // `Jan 05 08:00:00 CET 2026`
        let year = words.remove(n_words - 1);
        words.insert(2, year);
    }
    let plain = words.join(" ");
    if plain == cell {
        return None;
    }
    let found = Scan::new(plain.as_bytes()).stamp(order)?;
    found.days.is_some().then_some(found)
}

/// Rewrites 2026年1月5日 午後3時4分5秒 as `2026-1-5 PM 3:4:5`.
fn plain_japanese(cell: &str) -> Option<String> {
    let mut cell: String = cell.chars().map(half_width).collect();
    for (era, first) in [("令和", 2018), ("平成", 1988), ("昭和", 1925)] {
        if let Some(rest) = cell.strip_prefix(era) {
            let (year, rest) = rest.split_once('年')?;
            let year: i64 = if year == "元" { 1 } else { year.parse().ok()? };
            cell = format!("{}年{rest}", first + year);
        }
    }
    for (from, to) in [
        ("午前", " AM "),
        ("午後", " PM "),
        ("秒", ""),
        ("時", ":"),
        ("日", " "),
    ] {
        cell = cell.replace(from, to);
    }
    let mut plain = String::new();
    let mut inside = false;
    for letter in cell.chars() {
        match letter {
            '(' => inside = true,
            ')' => inside = false,
            _ if inside => {}
            '年' | '月' => plain.push('-'),
            '分' => plain.push(':'),
            _ => plain.push(letter),
        }
    }
    let plain = plain.trim().trim_end_matches([':', '-']).to_owned();
    plain.is_ascii().then_some(plain)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, wanted: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| wanted.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while self.eat(b" ") {}
    }

    /// A run of digits: its value and length.
    fn digits(&mut self, most: usize) -> Option<(i64, usize)> {
        let start = self.at;
        let mut value: i64 = 0;
        while let Some(byte) = self.peek()
            && byte.is_ascii_digit()
            && self.at - start < most
        {
            value = value * 10 + i64::from(byte - b'0');
            self.at += 1;
        }
        (self.at > start).then_some((value, self.at - start))
    }

    fn word(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    fn stamp(mut self, order: DayOrder) -> Option<Stamp> {
        let clock_only = self
            .bytes
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .is_some_and(|at| self.bytes[at] == b':')
            || self.is_half_day(0);
        let days = if clock_only {
            None
        } else {
            Some(self.date(order)?)
        };
        if days.is_some() {
            self.eat(b",");
            // A hyphen may only follow bare digits: part numbers look like 02-09-23-0006.
            let is_bare = self.bytes[..self.at].iter().all(u8::is_ascii_digit);
            let marks: &[u8] = if is_bare { b"T_-" } else { b"T_" };
            if !self.eat(marks) {
                self.blanks();
            }
        }
        if self.at == self.bytes.len() {
            return days.map(|days| Stamp {
                days: Some(days),
                nanos: None,
                offset: None,
            });
        }
        let nanos = self.clock(days.is_some())?;
        let offset = self.zone()?;
        (self.at == self.bytes.len()).then_some(Stamp {
            days,
            nanos: Some(nanos),
            offset,
        })
    }

    fn date(&mut self, order: DayOrder) -> Option<i64> {
        if self.peek()?.is_ascii_alphabetic() {
            let month = month_of(self.word())?;
            self.blanks();
            let (day, _) = self.digits(2)?;
            self.eat(b",");
            self.blanks();
            let (year, _) = self.digits(4)?;
            return days_of(year, month, day);
        }
        let (first, width) = self.digits(8)?;
        if width == 8 {
            return days_of(first / 10_000, first / 100 % 100, first % 100);
        }
        let mark = self.peek()?;
        if !self.eat(b"-/. ") {
            return None;
        }
        if self.peek()?.is_ascii_alphabetic() {
            let month = month_of(self.word())?;
            self.eat(b"-/. ").then_some(())?;
            let (year, digits) = self.digits(4)?;
            return days_of(full_year(year, digits), month, first);
        }
        if mark == b' ' {
            return None;
        }
        let (second, _) = self.digits(2)?;
        self.eat(&[mark]).then_some(())?;
        let (third, third_width) = self.digits(4)?;
        if width == 4 {
            return (third_width <= 2)
                .then(|| days_of(first, second, third))
                .flatten();
        }
        if width > 2 || third_width == 3 || third_width == 1 && order != DayOrder::Year {
            return None;
        }
        match order {
            DayOrder::Year if width == 2 && third_width <= 2 => {
                days_of(full_year(first, width), second, third)
            }
            DayOrder::Year => None,
            DayOrder::Day => days_of(full_year(third, third_width), second, first),
            DayOrder::Month => days_of(full_year(third, third_width), first, second),
        }
    }

    fn is_half_day(&self, at: usize) -> bool {
        let word = self.bytes.get(at..at + 2).unwrap_or_default();
        word.eq_ignore_ascii_case(b"am") || word.eq_ignore_ascii_case(b"pm")
    }

    fn half_day(&mut self) -> Option<i64> {
        self.blanks();
        if !self.is_half_day(self.at) {
            return None;
        }
        let half = i64::from(!self.bytes[self.at].eq_ignore_ascii_case(&b'a'));
        self.at += 2;
        self.blanks();
        Some(half)
    }

    /// A time of day in nanoseconds; points between hours and minutes only behind a date, where
    /// they cannot be a number.
    fn clock(&mut self, behind_date: bool) -> Option<i64> {
        let before = self.half_day();
        let (mut hour, width) = self.digits(6)?;
        let (mut minute, mut second, mut fraction) = (0, 0, 0);
        if width == 6 {
            (hour, minute, second) = (hour / 10_000, hour / 100 % 100, hour % 100);
            fraction = self.fraction()?;
        } else if width == 4 && behind_date {
            (hour, minute) = (hour / 100, hour % 100);
        } else if width <= 2 {
            let mark = self.peek();
            if self.eat(if behind_date { b":." } else { b":" }) {
                minute = self.digits(2)?.0;
                if mark.is_some_and(|mark| self.eat(&[mark])) {
                    second = self.digits(2)?.0;
                    fraction = self.fraction()?;
                }
            } else if before.is_none() {
                return None;
            }
        } else {
            return None;
        }
        if let Some(half) = before.or_else(|| self.half_day()) {
            if hour > 12 {
                return None;
            }
            hour = hour % 12 + 12 * half;
        }
        let is_valid = (hour < 24 || hour == 24 && minute == 0) && minute < 60 && second <= 60;
        is_valid.then(|| ((hour * 60 + minute) * 60 + second) * SECOND + fraction)
    }

    fn fraction(&mut self) -> Option<i64> {
        if !self.eat(b".,") {
            return Some(0);
        }
        let (mut value, mut width) = self.digits(9)?;
        while width < 9 {
            value *= 10;
            width += 1;
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Some(value)
    }

    /// The written offset, `Some(None)` where none is written.
    #[expect(clippy::option_option, reason = "outer: understood, inner: written")]
    fn zone(&mut self) -> Option<Option<i64>> {
        self.blanks();
        let Some(byte) = self.peek() else {
            return Some(None);
        };
        if byte.is_ascii_alphabetic() {
            let hours = match self.word() {
                b"Z" | b"z" | b"UTC" | b"GMT" => 0,
                b"JST" | b"KST" => 9,
                b"CET" | b"MEZ" => 1,
                b"CEST" | b"MESZ" | b"EET" => 2,
                b"EEST" => 3,
                b"EST" => -5,
                b"EDT" => -4,
                b"PST" => -8,
                b"PDT" => -7,
                _ => return None,
            };
            return Some(Some(hours * 3600 * SECOND));
        }
        let sign = match byte {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.at += 1;
        let (mut hours, width) = self.digits(4)?;
        let mut minutes = 0;
        if width == 4 {
            (hours, minutes) = (hours / 100, hours % 100);
        } else if self.eat(b":") {
            minutes = self.digits(2)?.0;
        }
        (hours <= 15 && minutes < 60).then_some(Some(sign * (hours * 60 + minutes) * 60 * SECOND))
    }
}

fn full_year(year: i64, width: usize) -> i64 {
    match (width, year) {
        (4, _) => year,
        (_, 70..) => 1900 + year,
        _ => 2000 + year,
    }
}

fn month_of(word: &[u8]) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    /// Where German begins a month with other letters.
    const GERMAN: [(&str, usize); 4] = [("mai", 4), ("okt", 9), ("dez", 11), ("mrz", 2)];
    let head = word.get(..3)?;
    let is_head = |name: &str| head.eq_ignore_ascii_case(name.as_bytes());
    let english = MONTHS.iter().position(|month| is_head(month));
    let german = || GERMAN.iter().find(|(name, _)| is_head(name));
    let month = english.or_else(|| german().map(|(_, month)| *month))?;
    i64::try_from(month + 1).ok()
}

/// Days since 1970-01-01 of a Gregorian date; `None` where there is no such date.
fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1700..=2250).contains(&year) || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let index = usize::try_from(month - 1).ok()?;
    if day > LENGTHS[index] + i64::from(is_leap && month == 2) {
        return None;
    }
    // Years that begin in March put the leap day last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, order: DayOrder, expected: &str) {
        let stamp = read_stamp(cell, order).unwrap_or_else(|| panic!("{cell} is a time"));
        assert_eq!(
            crate::base::format_time(stamp.unix_nanos()),
            expected,
            "{cell}"
        );
    }

    #[test]
    fn times_of_many_loggers_are_read() {
        use DayOrder::{Day, Month, Year};
        check("2026-01-05T10:00:00Z", Year, "2026-01-05T10:00:00Z");
        check("2026-01-05 19:00:00+09:00", Year, "2026-01-05T10:00:00Z");
        check("2026/1/5 1:02", Year, "2026-01-05T01:02:00Z");
        check("05.01.2026 10.15.30", Day, "2026-01-05T10:15:30Z");
        check("12/21/2022 01:58:44.169", Month, "2022-12-21T01:58:44Z");
        check("1/5/2026 12:30:00 AM", Month, "2026-01-05T00:30:00Z");
        check("2026年1月5日 午後3時4分5秒", Year, "2026-01-05T15:04:05Z");
        check("令和8年1月5日(月) 3時4分", Year, "2026-01-05T03:04:00Z");
        check("20260105_101500", Year, "2026-01-05T10:15:00Z");
        check("20260105101500", Year, "2026-01-05T10:15:00Z");
        check("5-Jan-2026 10:00", Day, "2026-01-05T10:00:00Z");
        check(
            "２０２６／０１／０５ １０：００",
            Year,
            "2026-01-05T10:00:00Z",
        );
        check("2026/01/05 24:00", Year, "2026-01-06T00:00:00Z");
        check("1/5/2026 01:00:00 p.m.", Month, "2026-01-05T13:00:00Z");
        check("05.01.2026 08:00:00 MEZ", Day, "2026-01-05T07:00:00Z");
        check("05.07.2026 08:00:00 MESZ", Day, "2026-07-05T06:00:00Z");
        check("5. Mai 2026 08:00", Day, "2026-05-05T08:00:00Z");
        check("5. März 2026 08:00", Day, "2026-03-05T08:00:00Z");
        check("Mon Jan 05 08:00:00 2026", Month, "2026-01-05T08:00:00Z");
        check("Mo, 05.01.2026 08:00", Day, "2026-01-05T08:00:00Z");
    }

    #[test]
    fn numbers_and_codes_are_no_times() {
        for cell in [
            "12.5",
            "2026",
            "12-21-22-0462-00",
            "02-09-23-0006-00",
            "1.2.3",
            "-5.25",
            "99/99/2026",
            "198.0",
            "Sun 5",
            "do 12",
            "Mon 10:00",
            "so far 5 of 2026",
        ] {
            for order in DayOrder::ALL {
                assert_eq!(read_stamp(cell, order), None, "{cell}");
            }
        }
    }
}
