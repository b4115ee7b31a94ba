//! Reads the stamps of one column fast: the date is read once as long as it stays the same.
//!
//! Only what [`read_stamp`] reads in the same way is taken, the rest is left to it.

use super::stamp::{DAY, DayOrder, SECOND, read_stamp};

/// Longer dates are read by the general reader.
const MOST_DATE: usize = 10;

/// Reads stamps that look like the one before.
#[derive(Debug, Clone)]
pub(super) struct QuickStamp<'a> {
    orders: &'a [DayOrder],
    date: Vec<u8>,
    /// Days since 1970 of that date, once a day order.
    days: Vec<Option<i64>>,
}

impl<'a> QuickStamp<'a> {
    /// Knows no date yet.
    pub(super) fn new(orders: &'a [DayOrder]) -> Self {
        Self {
            orders,
            date: Vec::new(),
            days: Vec::new(),
        }
    }

    /// Nanoseconds since 1970 for each day order, `missing` where one has no such date; false
    /// where the general reader must be asked.
    pub(super) fn read(&mut self, cell: &str, missing: i64, out: &mut Vec<i64>) -> bool {
        let bytes = cell.as_bytes();
        let is_known = !self.date.is_empty()
            && bytes.starts_with(&self.date)
            && matches!(bytes.get(self.date.len()), Some(b' ' | b'T'));
        if !is_known && !self.learn(cell) {
            return false;
        }
        let Some(clock) = bytes.get(self.date.len() + 1..).and_then(clock) else {
            return false;
        };
        out.clear();
        out.extend(self.days.iter().map(|days| {
            let local = days.map(|days| days.saturating_mul(DAY).saturating_add(clock));
            local.unwrap_or(missing)
        }));
        true
    }

    /// Reads the date in front of a blank or a `T`.
    fn learn(&mut self, cell: &str) -> bool {
        self.date.clear();
        let is_part = |byte: &u8| byte.is_ascii_digit() || b"-/.".contains(byte);
        let bytes = cell.as_bytes();
        let length = bytes.iter().take_while(|byte| is_part(byte)).count();
        if length > MOST_DATE || !matches!(bytes.get(length), Some(b' ' | b'T')) {
            return false;
        }
        let days_of = |order: &DayOrder| {
            let stamp = read_stamp(&cell[..length], *order);
            stamp.map(|stamp| stamp.days.filter(|_| stamp.nanos.is_none()))
        };
        let read: Vec<Option<Option<i64>>> = self.orders.iter().map(days_of).collect();
        // Without one full date the blank may stand within it, as in 5 Jan 2026.
        let is_date = read.iter().any(Option::is_some) && !read.contains(&Some(None));
        if is_date {
            self.date.extend_from_slice(&bytes[..length]);
            self.days = read.into_iter().map(Option::flatten).collect();
        }
        is_date
    }
}

/// Nanoseconds since midnight of `7:05`, `07:05:09` or `07:05:09.25`, with or without a `Z`.
fn clock(bytes: &[u8]) -> Option<i64> {
    let mut at = 0;
    let hour = two_digits(bytes, &mut at)?;
    colon(bytes, &mut at)?;
    let minute = two_digits(bytes, &mut at)?;
    let (mut second, mut fraction) = (0, 0);
    if colon(bytes, &mut at).is_some() {
        second = two_digits(bytes, &mut at)?;
        if bytes.get(at) == Some(&b'.') {
            let digits = &bytes[at + 1..];
            let width = digits.iter().take_while(|byte| byte.is_ascii_digit());
            let width = width.count();
            if !(1..=9).contains(&width) {
                return None;
            }
            let value = digits[..width]
                .iter()
                .fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
            fraction = (width..9).fold(value, |value, _| value * 10);
            at += 1 + width;
        }
    }
    if bytes.get(at) == Some(&b'Z') {
        at += 1;
    }
    let is_valid = (hour < 24 || hour == 24 && minute == 0) && minute < 60 && second <= 60;
    (is_valid && at == bytes.len())
        .then(|| ((hour * 60 + minute) * 60 + second) * SECOND + fraction)
}

fn colon(bytes: &[u8], at: &mut usize) -> Option<()> {
    (bytes.get(*at) == Some(&b':')).then(|| *at += 1)
}

/// One or two digits, not more.
fn two_digits(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let digit = |at: usize| {
        let byte = bytes.get(at).filter(|byte| byte.is_ascii_digit())?;
        Some(i64::from(byte - b'0'))
    };
    let first = digit(*at)?;
    let Some(second) = digit(*at + 1) else {
        *at += 1;
        return Some(first);
    };
    *at += 2;
    digit(*at).is_none().then_some(first * 10 + second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Purpose, Stream};

    const MISSING: i64 = i64::MIN;

    #[test]
    fn what_is_read_fast_is_read_as_by_the_general_reader() {
        let pieces = [
            "2024-01-01",
            "2024/1/5",
            "05/13/2024",
            "13.05.24",
            "20240229",
            "5 Jan 2026",
            "2024",
            " ",
            "T",
            "  ",
            "_",
            "07:05:09",
            "7:5",
            "24:00",
            "24:01",
            "23:59:60",
            "1:2:3.5",
            "10:15:30.123456789",
            "10.15.30",
            "101530",
            "Z",
            "+09:00",
            " PM",
            ",",
            "-",
            "12",
            ":",
        ];
        let stream = Stream::new(5, Purpose::Test, &[]);
        let mut n_fast = 0;
        let mut quick = QuickStamp::new(&DayOrder::ALL);
        let mut out = Vec::new();
        for case in 0..20_000 {
            let pick = |index: u64| {
                let share = stream.uniform_at(case * 8 + index);
                pieces[nth(share, pieces.len())]
            };
            let length = 1 + nth(stream.uniform_at(case * 8 + 7), 5) as u64;
            let mut cell: String = (0..length).map(pick).collect();
            if case % 3 == 0 {
                cell = format!("{} {}", pick(0), pick(1));
            }
            let cell = cell.trim();
            if quick.read(cell, MISSING, &mut out) {
                n_fast += 1;
                let expected: Vec<i64> = DayOrder::ALL
                    .into_iter()
                    .map(|order| {
                        read_stamp(cell, order)
                            .map_or(MISSING, crate::import::stamp::Stamp::unix_nanos)
                    })
                    .collect();
                assert_eq!(out, expected, "{cell:?}");
            }
        }
        assert!(n_fast > 300, "{n_fast}");
    }

    fn nth(share: f64, count: usize) -> usize {
        crate::base::to_count(share * count as f64)
    }
}
