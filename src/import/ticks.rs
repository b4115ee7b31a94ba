//! Reads checklists that are laid out for people: a row a day with an item a column, an item a row
//! with a day a column, and Markdown tick lists.

use std::borrow::Cow;

use super::{
    cells::CellText,
    channels::stem_of,
    checklist::{HEADS, Part, Sheet, value_of},
    dialect::{Dialect, Sort, time_of},
    encoding::Decoded,
    file_time::name_time,
    long_form,
    number::{self, Cell},
    records::Records,
    stamp::{DAY, DayOrder, SECOND, Stamp, read_stamp},
    timeline::{NO_TIME, TimeRule, choose_order, note_ambiguous},
    units::split_unit,
};
use crate::{
    base::{Issues, Place},
    data::{Answer, AnswerValue},
};

/// Nobody fills in a row this often, ns: every 15 minutes.
const QUICK_STEP: i64 = 15 * 60 * SECOND;
/// So many rows in such steps are a machine's.
const QUICK_ROWS: usize = 20;
/// So many rows in even steps are a machine's where it measures.
const EVEN_ROWS: usize = 100;

/// Cells of this mean length are words for people, not states.
const NOTE_LETTERS: usize = 15;

/// One cell of a checklist before its time is understood.
struct Tick {
    time: String,
    item: String,
    written: String,
    who: String,
}

/// Reads a checklist of days and items; `None` where a table is no such sheet. `rule` = what a recipe
/// says of a table that nobody called a checklist.
pub(super) fn read_wide(
    decoded: &Decoded<'_>,
    dialect: &Dialect,
    source: &str,
    rule: Option<&TimeRule>,
    issues: &mut Issues,
) -> Option<Sheet> {
    let is_sheet = || days_down(dialect) && !rule.is_some_and(|rule| is_log(dialect, rule));
    let ticks = if is_sheet() {
        ticks_of_rows(decoded, dialect)
    } else if days_across(dialect) {
        ticks_of_columns(decoded, dialect)
    } else {
        return None;
    };
    sheet_of(ticks, source, dialect.decimal, issues)
}

/// Reads notes and work orders: words in long cells beside numbers that only count rows; `None`
/// where a table is no such list. Without times the rows are counted.
pub(super) fn read_notes(
    decoded: &Decoded<'_>,
    dialect: &Dialect,
    source: &str,
    issues: &mut Issues,
) -> Option<Sheet> {
    let is_text = |at: usize| {
        let cells: Vec<usize> = sample_of(dialect, at)
            .map(|cell| cell.chars().count())
            .collect();
        let letters: usize = cells.iter().sum();
        dialect.sorts[at] == Sort::Words && letters >= NOTE_LETTERS * cells.len().max(1)
    };
    let is_row_number = |at: usize| {
        let read = |cell| match number::read_cell(cell, dialect.decimal) {
            Cell::Number(value) => Some(value),
            _ => None,
        };
        let values: Vec<f64> = sample_of(dialect, at).filter_map(read).collect();
        let mut pairs = values.windows(2);
        pairs.all(|pair| pair[1] > pair[0] && pair[1].fract() == 0.0)
    };
    let columns = 0..dialect.header.len();
    let texts: Vec<usize> = columns.clone().filter(|&at| is_text(at)).collect();
    let has_values = columns
        .clone()
        .any(|at| dialect.sorts[at] == Sort::Number && !is_row_number(at));
    let width = dialect.header.len();
    let n_even = dialect
        .sample
        .iter()
        .filter(|row| row.len() == width)
        .count();
    let is_even = n_even * 10 >= dialect.sample.len() * 9 && dialect.sample.len() >= 2;
    // Prose is no list: its lines break into cells as they come.
    if texts.is_empty() || has_values || !is_even || !dialect.has_header {
        return None;
    }
    if dialect.sorts.contains(&Sort::Time) {
        let ticks = ticks_of_rows(decoded, dialect);
        return sheet_of(ticks, source, dialect.decimal, issues);
    }
    let mut answers = Vec::new();
    let mut time_ns = 0_i64;
    each_row(decoded, dialect, |cells| {
        for &at in &texts {
            let written = cell_at(cells, at);
            if !written.is_empty() {
                answers.push(Answer {
                    time_ns,
                    item: dialect.header[at].clone(),
                    value: AnswerValue::Note(written.to_owned()),
                    written: written.to_owned(),
                    who: String::new(),
                });
            }
        }
        time_ns += SECOND;
    });
    (answers.len() >= 2).then(|| Sheet {
        source: source.to_owned(),
        answers,
        has_zone: true,
        is_counted: true,
    })
}

fn is_head(head: &str, part: Part) -> bool {
    let lower = head.trim().to_lowercase();
    HEADS
        .iter()
        .filter(|(of, _)| *of == part)
        .any(|(_, names)| names.split_whitespace().any(|name| name == lower))
}

fn is_mark(cell: &str, decimal: char) -> bool {
    let value = value_of(cell, decimal);
    matches!(value, AnswerValue::YesNo(_) | AnswerValue::Grade(_))
}

/// Whether nearly all filled cells of a column are marks, and how many are.
fn is_mark_column<'a>(cells: impl Iterator<Item = &'a str>, decimal: char) -> bool {
    let filled: Vec<&str> = cells.filter(|cell| !cell.trim().is_empty()).collect();
    let n_marks = filled.iter().filter(|cell| is_mark(cell, decimal)).count();
    n_marks >= 2 && n_marks * 10 >= filled.len() * 8
}

fn sample_of(dialect: &Dialect, column: usize) -> impl Iterator<Item = &str> {
    let rows = dialect.sample.iter();
    rows.filter_map(move |row| row.get(column).map(String::as_str))
}

/// A time column, and columns of marks at least as many as columns of numbers.
fn days_down(dialect: &Dialect) -> bool {
    let has_time = dialect.sorts.contains(&Sort::Time);
    let columns = 0..dialect.sorts.len();
    let n_numbers = columns
        .clone()
        .filter(|&at| dialect.sorts[at] == Sort::Number)
        .count();
    let n_marks = columns
        .filter(|&at| is_mark_column(sample_of(dialect, at), dialect.decimal))
        .count();
    has_time && n_marks >= 1 && n_marks >= n_numbers
}

/// Whether a table of marks and numbers is a machine's log all the same: tags and values stand in its
/// heads, a recipe makes channels of its numbers, or its rows follow each other as no person writes them.
fn is_log(dialect: &Dialect, rule: &TimeRule) -> bool {
    let columns = 0..dialect.sorts.len();
    let numbers: Vec<usize> = columns
        .filter(|&at| dialect.sorts[at] == Sort::Number)
        .collect();
    let is_channel = |at: &usize| {
        let head = &dialect.header[*at];
        let mut names = rule.channels.iter();
        names.any(|name| name == head || split_unit(name).0 == *head)
    };
    if numbers.is_empty() {
        return false;
    }
    if long_form::has_heads(&dialect.header) || numbers.iter().all(is_channel) {
        return true;
    }
    let steps = steps_of(dialect);
    let Some(&median) = steps.get(steps.len() / 2) else {
        return false;
    };
    let has_decimals = |at: &usize| {
        let n_decimals = sample_of(dialect, *at).filter(|cell| cell.contains(dialect.decimal));
        n_decimals.count() * 2 > dialect.sample.len()
    };
    let is_measured = |at: &usize| !dialect.units[*at].is_empty() || has_decimals(at);
    let n_even = steps.iter().filter(|step| **step == median).count();
    let is_even = steps.len() + 1 >= EVEN_ROWS && n_even * 20 >= steps.len() * 19;
    let is_quick = steps.len() + 1 >= QUICK_ROWS && median <= QUICK_STEP;
    is_quick || is_even && median < DAY && numbers.iter().any(is_measured)
}

/// The steps between the full times of the sample, in order of length.
fn steps_of(dialect: &Dialect) -> Vec<i64> {
    let times = (0..dialect.sorts.len()).filter(|&at| dialect.sorts[at] == Sort::Time);
    let times: Vec<usize> = times.take(2).collect();
    let stamp_of = |row: &Vec<String>| {
        let cells = times.iter().filter_map(|&at| row.get(at));
        let cells: Vec<&str> = cells.map(String::as_str).collect();
        let read = |text: &str| {
            let mut orders = DayOrder::ALL.into_iter();
            orders.find_map(|order| read_stamp(text, order))
        };
        let joined = read(&cells.join(" "));
        let stamp = joined.or_else(|| cells.iter().find_map(|cell| read(cell)))?;
        stamp.nanos.map(|_| stamp.unix_nanos())
    };
    let stamps: Vec<i64> = dialect.sample.iter().filter_map(stamp_of).collect();
    let pairs = stamps.windows(2);
    let mut steps: Vec<i64> = pairs.map(|pair| pair[1].saturating_sub(pair[0])).collect();
    steps.retain(|step| *step > 0);
    steps.sort_unstable();
    steps
}

/// Days stand in the head, and marks below most of them.
fn days_across(dialect: &Dialect) -> bool {
    let days: Vec<usize> = (1..dialect.header.len())
        .filter(|&at| time_of(&dialect.header[at]))
        .collect();
    let n_marked = days
        .iter()
        .filter(|&&at| is_mark_column(sample_of(dialect, at), dialect.decimal))
        .count();
    days.len() >= 2 && days.len() * 2 >= dialect.header.len() && n_marked * 2 >= days.len()
}

/// Calls a function with the cells of each data row.
fn each_row(decoded: &Decoded<'_>, dialect: &Dialect, mut visit: impl FnMut(&[Cow<'_, str>])) {
    let mut records = Records::new(&decoded.text, dialect.delimiter);
    let mut cells: Vec<Cow<'_, str>> = Vec::new();
    while let Some(line) = records.read(&mut cells) {
        let is_blank = cells.iter().all(|cell| cell.trim().is_empty());
        if line >= dialect.first_line && !is_blank {
            visit(&cells);
        }
    }
}

fn cell_at<'a>(cells: &'a [Cow<'_, str>], at: usize) -> &'a str {
    cells.get(at).map_or("", |cell| cell.trim())
}

fn ticks_of_rows(decoded: &Decoded<'_>, dialect: &Dialect) -> Vec<Tick> {
    let columns = 0..dialect.header.len();
    let times: Vec<usize> = columns
        .clone()
        .filter(|&at| dialect.sorts[at] == Sort::Time)
        .take(2)
        .collect();
    let who = columns
        .clone()
        .find(|&at| is_head(&dialect.header[at], Part::Who));
    let items: Vec<usize> = columns
        .filter(|at| !times.contains(at) && Some(*at) != who)
        .collect();
    let mut ticks = Vec::new();
    each_row(decoded, dialect, |cells| {
        let parts: Vec<&str> = times.iter().map(|&at| cell_at(cells, at)).collect();
        for &at in &items {
            let written = cell_at(cells, at);
            if !written.is_empty() {
                ticks.push(Tick {
                    time: parts.join(" ").trim().to_owned(),
                    item: dialect.header[at].clone(),
                    written: written.to_owned(),
                    who: who.map_or("", |at| cell_at(cells, at)).to_owned(),
                });
            }
        }
    });
    ticks
}

fn ticks_of_columns(decoded: &Decoded<'_>, dialect: &Dialect) -> Vec<Tick> {
    let days: Vec<usize> = (1..dialect.header.len())
        .filter(|&at| time_of(&dialect.header[at]))
        .collect();
    let first_day = days.first().copied().unwrap_or(1);
    let mut ticks = Vec::new();
    each_row(decoded, dialect, |cells| {
        let words = (0..first_day).map(|at| cell_at(cells, at));
        // A running number before the item is no name.
        let named: Vec<&str> = words
            .filter(|cell| cell.chars().any(char::is_alphabetic))
            .collect();
        for &at in &days {
            let written = cell_at(cells, at);
            if !written.is_empty() && !named.is_empty() {
                ticks.push(Tick {
                    time: dialect.header[at].clone(),
                    item: named.join(" "),
                    written: written.to_owned(),
                    who: String::new(),
                });
            }
        }
    });
    ticks
}

/// Understands the times of all ticks together; `None` where none has a time.
fn sheet_of(ticks: Vec<Tick>, source: &str, decimal: char, issues: &mut Issues) -> Option<Sheet> {
    let mut times: Vec<Vec<i64>> = vec![Vec::new(); DayOrder::ALL.len()];
    let mut has_zone = false;
    for tick in &ticks {
        for (list, order) in times.iter_mut().zip(DayOrder::ALL) {
            let stamp = read_stamp(&tick.time, order);
            has_zone |= stamp.is_some_and(|stamp| stamp.offset.is_some());
            list.push(stamp.map_or(NO_TIME, Stamp::unix_nanos));
        }
    }
    let chosen = choose_order(times, &DayOrder::ALL);
    if let (Some(order), Some((other, _))) = (chosen.order, &chosen.rival) {
        note_ambiguous(order, *other, Place::file(source), issues);
    }
    let mut answers: Vec<Answer> = ticks
        .into_iter()
        .zip(chosen.times)
        .filter(|(_, time_ns)| *time_ns != NO_TIME)
        .map(|(tick, time_ns)| Answer {
            time_ns,
            item: tick.item,
            value: value_of(&tick.written, decimal),
            written: tick.written,
            who: tick.who,
        })
        .collect();
    answers.sort_by_key(|answer| answer.time_ns);
    (!answers.is_empty()).then(|| Sheet {
        source: source.to_owned(),
        answers,
        has_zone,
        is_counted: false,
    })
}

/// What a Markdown file holds.
pub(super) enum Markdown {
    /// A tick list.
    Ticks(Sheet),
    /// The rows of its tables as text.
    Rows(String),
    /// Words only.
    Nothing,
}

/// Whether a file is Markdown by its name.
pub(super) fn is_markdown(shown: &str) -> bool {
    let lower = shown.to_lowercase();
    let bare = super::walk::unpacked_name(&lower);
    [".md", ".markdown"].iter().any(|end| bare.ends_with(end))
}

/// Reads a Markdown file: ticks below the nearest line that tells a time.
pub(super) fn read_markdown(text: &str, source: &str, issues: &mut Issues) -> Markdown {
    let mut ticks = Vec::new();
    let mut rows = CellText::default();
    let mut n_rows = 0;
    let named = name_time(stem_of(source)).map(|time| {
        let text = super::cells::iso_time(i128::from(time), false);
        text.replace('T', " ")
    });
    let (mut time, mut who) = (named.unwrap_or_default(), String::new());
    for line in text.lines() {
        let line = line.trim();
        if let Some(row) = line.strip_prefix('|') {
            n_rows += usize::from(push_row(&mut rows, row));
        } else if let Some((mark, rest)) = tick_of(line) {
            let (item, note) = split_label(rest).unwrap_or((rest, ""));
            let tick = |item: &str, written: &str| Tick {
                time: time.clone(),
                item: item.to_owned(),
                written: written.to_owned(),
                who: who.clone(),
            };
            ticks.push(tick(item, mark));
            if !note.is_empty() {
                ticks.push(tick(item, note));
            }
        } else if let Some(found) = time_in(line) {
            time = found;
        } else if let Some((label, rest)) = split_label(line.trim_start_matches(['#', '-', '*'])) {
            if is_head(label, Part::Who) {
                rest.clone_into(&mut who);
            } else if is_mark(rest, '.') {
                ticks.push(Tick {
                    time: time.clone(),
                    item: label.to_owned(),
                    written: rest.to_owned(),
                    who: who.clone(),
                });
            }
        }
    }
    if let Some(sheet) = sheet_of(ticks, source, '.', issues) {
        Markdown::Ticks(sheet)
    } else if n_rows >= 2 {
        Markdown::Rows(rows.into_text())
    } else {
        Markdown::Nothing
    }
}

/// Writes a row of a Markdown table; the line under the head is left out.
fn push_row(rows: &mut CellText, row: &str) -> bool {
    let row = row.strip_suffix('|').unwrap_or(row);
    let is_rule = row
        .chars()
        .all(|letter| matches!(letter, '-' | ':' | '|' | ' '));
    if is_rule {
        return false;
    }
    for cell in row.split('|') {
        rows.push(cell.trim());
    }
    rows.end_row().is_ok()
}

/// `- [x] item` gives `○` and the item, `- [ ] item` gives `×`.
fn tick_of(line: &str) -> Option<(&'static str, &str)> {
    let digits = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let rest = digits
        .strip_prefix(['-', '*', '+', '.', ')'])
        .map_or(line, str::trim_start);
    let rest = rest.strip_prefix('[')?;
    let (inside, item) = rest.split_once(']')?;
    let mark = match inside.trim() {
        "x" | "X" | "✓" | "✔" | "レ" => "○",
        "" => "×",
        _ => return None,
    };
    let item = item.trim();
    (!item.is_empty() && !item.starts_with('(')).then_some((mark, item))
}

/// Cuts `label: words` in two.
fn split_label(line: &str) -> Option<(&str, &str)> {
    let (label, rest) = line.split_once([':', '：'])?;
    let (label, rest) = (label.trim(), rest.trim());
    (!label.is_empty() && !rest.is_empty()).then_some((label, rest))
}

/// The first date with or without a time of day in a line.
fn time_in(line: &str) -> Option<String> {
    let words: Vec<&str> = line
        .split([' ', '　', '#', '*', '（', '）', '(', ')'])
        .filter(|word| !word.is_empty())
        .map(|word| word.rsplit_once('：').map_or(word, |(_, last)| last))
        .collect();
    let has_day = |text: &str| {
        let mut orders = DayOrder::ALL.into_iter();
        orders.any(|order| read_stamp(text, order).is_some_and(|stamp| stamp.days.is_some()))
    };
    (0..words.len()).find_map(|at| {
        let pair = words[at..words.len().min(at + 2)].join(" ");
        [pair.as_str(), words[at]]
            .into_iter()
            .find(|text| has_day(text))
            .map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Option<Sheet> {
        let decoded = super::super::encoding::decode(text.as_bytes());
        let dialect = super::super::dialect::detect(text).expect("a table");
        let rule = TimeRule::default();
        read_wide(&decoded, &dialect, "c.csv", Some(&rule), &mut Issues::new())
    }

    #[test]
    fn a_machine_that_writes_marks_beside_its_numbers_keeps_a_log() {
        let rows = |step: usize, marks: &str| -> String {
            let stamp = |row: usize| {
                let minutes = row * step;
                let (day, hour) = (minutes / 1440, minutes / 60 % 24);
                format!("2026-01-{:02} {hour:02}:{:02}", 5 + day, minutes % 60)
            };
            let row = |row: usize| format!("{},{}.5,{marks}\n", stamp(row), 60 + row % 7);
            (0..120).map(row).collect()
        };
        let quick = format!("time,temp,door,lock\n{}", rows(1, "TRUE,FALSE"));
        assert!(read_text(&quick).is_none());
        let hourly = format!("time,temp,door,lock\n{}", rows(60, "TRUE,FALSE"));
        assert!(read_text(&hourly).is_none());
        let long = format!("time,value,tag,quality\n{}", rows(600, "TI1,Good"));
        assert!(read_text(&long).is_none());
    }

    #[test]
    fn a_day_a_row_and_an_item_a_row_say_the_same() {
        let down =
            "日付,油量,異音,担当\n2026/01/05,○,×,佐藤\n2026/01/06,△,○,鈴木\n2026/01/07,○,○,佐藤\n";
        let across = "項目,2026/01/05,2026/01/06,2026/01/07\n油量,○,△,○\n異音,×,○,○\n";
        let mut lists = Vec::new();
        for text in [down, across] {
            let sheet = read_text(text).expect("a checklist");
            let mut list: Vec<_> = sheet
                .answers
                .iter()
                .map(|answer| (answer.time_ns, answer.item.clone(), answer.value.clone()))
                .map(|(time, item, value)| format!("{time} {item} {value:?}"))
                .collect();
            list.sort();
            lists.push(list);
        }
        assert_eq!(lists[0], lists[1]);
        assert_eq!(lists[0].len(), 6);
    }

    #[test]
    fn a_log_with_one_state_column_is_no_checklist() {
        let text = "time,a,b,state\n2026-01-05 00:00,1.5,2.5,OK\n2026-01-05 00:01,1.6,2.6,NG\n2026-01-05 00:02,1.7,2.4,OK\n";
        assert!(read_text(text).is_none());
    }

    #[test]
    fn markdown_ticks_take_the_time_and_name_above_them() {
        let text = "# 朝の点検 2026-01-05 08:00\n担当: 佐藤\n- [x] 油量\n- [ ] 軸受: 異音あり\n\n## 2026-01-06 08:10\n- [x] 油量\n";
        let Markdown::Ticks(sheet) = read_markdown(text, "c.md", &mut Issues::new()) else {
            panic!("a tick list is expected");
        };
        assert_eq!(sheet.answers.len(), 4);
        assert_eq!(sheet.answers[0].who, "佐藤");
        assert_eq!(sheet.answers[1].value, AnswerValue::YesNo(false));
        assert_eq!(
            sheet.answers[2].value,
            AnswerValue::Note("異音あり".to_owned())
        );
        assert!(sheet.answers[3].time_ns > sheet.answers[0].time_ns);
    }
}
