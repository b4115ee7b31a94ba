//! Finds the cells of a record that holds quotes, also where they do not pair.

use std::{borrow::Cow, collections::BTreeMap};

use super::records::{Delimiter, Escape, Marks};

/// A quoted cell that runs over more lines than this was not meant as one.
const MAX_QUOTED_LINES: u64 = 64;
/// Lines with more quotes than this are not searched.
const MOST_QUOTES: usize = 400;

/// What a missing delimiter costs, in stray quotes.
const GLUED_COST: u32 = 3;

/// Splits at blanks; a quoted cell may hold them.
pub(super) fn split_blanks<'a>(row: &'a str, quote: u8, cells: &mut Vec<Cow<'a, str>>) {
    let mark = char::from(quote);
    let mut rest = row.trim();
    while !rest.is_empty() {
        let closed = rest.strip_prefix(mark).and_then(|inner| {
            let end = inner.find(mark)?;
            let behind = &inner[end + 1..];
            (behind.is_empty() || behind.starts_with(char::is_whitespace))
                .then_some((&inner[..end], behind))
        });
        let (cell, behind) = closed
            .unwrap_or_else(|| rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())));
        cells.push(Cow::Borrowed(cell));
        rest = behind.trim_start();
    }
}

/// What was taken for one record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) n_bytes: usize,
    pub(super) n_lines: u64,
    /// Whether a cell that is not quoted holds a quote.
    pub(super) has_inner: bool,
}

/// Splits a record whose quotes pair, over as many lines as they say. `None` where a quote does
/// not close in time or something stands behind it.
pub(super) fn split_strict<'a>(
    text: &'a str,
    marks: Marks,
    cells: &mut Vec<Cow<'a, str>>,
) -> Option<Taken> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut n_lines = 1;
    let mut has_inner = false;
    let taken = |n_bytes: usize, n_lines: u64, has_inner: bool| {
        Some(Taken {
            n_bytes,
            n_lines,
            has_inner,
        })
    };
    loop {
        let start = at + leading_blanks(bytes, at, marks);
        if bytes.get(start) == Some(&marks.quote) {
            let end = closing_quote(bytes, start + 1, marks, &mut n_lines)?;
            cells.push(unescaped(&text[start + 1..end], marks));
            at = end + 1;
            at += trailing_blanks(bytes, at, marks);
        } else {
            let end = cell_end(bytes, at, marks.delimiter);
            let cell = &text[at..end];
            has_inner |= cell.as_bytes().contains(&marks.quote);
            cells.push(Cow::Borrowed(cell.strip_suffix('\r').unwrap_or(cell)));
            at = end;
        }
        match bytes.get(at) {
            None => return taken(at, n_lines, has_inner),
            Some(b'\n') => return taken(at + 1, n_lines, has_inner),
            Some(_) => {
                let length = marks.delimiter.length_at(bytes, at);
                if length == 0 {
                    let length = cut_delimiter(bytes, at, marks.delimiter)?;
                    cells.push(Cow::Borrowed(""));
                    let end = at + length;
                    return taken((end + 1).min(bytes.len()), n_lines, has_inner);
                }
                at += length;
            }
        }
    }
}

/// A delimiter whose blank was cut at the end of the line, up to the line's end.
fn cut_delimiter(bytes: &[u8], at: usize, delimiter: Delimiter) -> Option<usize> {
    let Delimiter::Text(text) = delimiter else {
        return None;
    };
    let mark = text.trim_end().as_bytes();
    let rest = bytes.get(at..)?.strip_prefix(mark)?;
    match rest {
        [] | [b'\n', ..] => Some(mark.len()),
        [b'\r', b'\n', ..] => Some(mark.len() + 1),
        _ => None,
    }
}

fn leading_blanks(bytes: &[u8], at: usize, marks: Marks) -> usize {
    if marks.delimiter == Delimiter::Mark(b' ') {
        return 0;
    }
    let blanks = bytes[at..].iter().take_while(|byte| **byte == b' ').count();
    // Blanks count as nothing in front of a quote only.
    if bytes.get(at + blanks) == Some(&marks.quote) {
        blanks
    } else {
        0
    }
}

/// Blanks and a carriage return between a closing quote and what ends the cell.
fn trailing_blanks(bytes: &[u8], at: usize, marks: Marks) -> usize {
    if marks.delimiter.length_at(bytes, at) > 0 {
        return 0;
    }
    let is_filler = |byte: &&u8| {
        (**byte == b' ' && marks.delimiter != Delimiter::Mark(b' ')) || **byte == b'\r'
    };
    let mut count = bytes[at..].iter().take_while(is_filler).count();
    if let Delimiter::Text(_) = marks.delimiter {
        while count > 0 && marks.delimiter.length_at(bytes, at + count) == 0 {
            if matches!(bytes.get(at + count), None | Some(b'\n')) {
                break;
            }
            count -= 1;
        }
    }
    count
}

fn cell_end(bytes: &[u8], start: usize, delimiter: Delimiter) -> usize {
    (start..bytes.len())
        .find(|&at| bytes[at] == b'\n' || delimiter.length_at(bytes, at) > 0)
        .unwrap_or(bytes.len())
}

/// Whether a cell may end here.
fn ends_cell(bytes: &[u8], at: usize, marks: Marks) -> bool {
    let at = at + trailing_blanks(bytes, at, marks);
    matches!(bytes.get(at), None | Some(b'\n'))
        || marks.delimiter.length_at(bytes, at) > 0
        || cut_delimiter(bytes, at, marks.delimiter).is_some()
}

fn closing_quote(bytes: &[u8], start: usize, marks: Marks, n_lines: &mut u64) -> Option<usize> {
    let mut at = start;
    let first_line = *n_lines;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'\\' && marks.escape == Escape::Backslash {
            at += 1;
        } else if byte == marks.quote {
            let is_pair = bytes.get(at + 1) == Some(&marks.quote);
            if !is_pair {
                return ends_cell(bytes, at + 1, marks).then_some(at);
            }
            at += 1;
        } else if byte == b'\n' {
            *n_lines += 1;
            if *n_lines > first_line + MAX_QUOTED_LINES {
                return None;
            }
        }
        at += 1;
    }
    None
}

fn unescaped(inner: &str, marks: Marks) -> Cow<'_, str> {
    let quote = char::from(marks.quote);
    let written = match marks.escape {
        Escape::Doubled => format!("{quote}{quote}"),
        Escape::Backslash => format!("\\{quote}"),
    };
    if inner.contains(&written) {
        Cow::Owned(inner.replace(&written, &quote.to_string()))
    } else {
        Cow::Borrowed(inner)
    }
}

/// Whether two quoted cells could stand here without a delimiter between them.
pub(super) fn has_glued_quotes(row: &str, marks: Marks) -> bool {
    let quote = char::from(marks.quote);
    row.match_indices(quote).any(|(at, _)| {
        let next = row[at + 1..].chars().next();
        next == Some(quote)
    })
}

/// One way a field of a line can be read.
#[derive(Debug, Clone, Copy)]
struct Step {
    cost: u32,
    from: (usize, usize),
    /// The cell's text.
    text: (usize, usize),
    is_quoted: bool,
}

/// Splits one line at the least cost, into `width` cells where that is known, and gives the cost;
/// `None` where there is no such way or the `work` that is left, in bytes looked at, runs out.
pub(super) fn search<'a>(
    row: &'a str,
    marks: Marks,
    width: Option<usize>,
    cells: &mut Vec<Cow<'a, str>>,
    work: &mut usize,
) -> Option<u32> {
    let bytes = row.as_bytes();
    let n_quotes = row.matches(char::from(marks.quote)).count();
    if n_quotes > MOST_QUOTES {
        return None;
    }
    let end = bytes.len() + 1;
    // Open places by where the next cell starts and how many cells stand before it.
    let mut steps: BTreeMap<(usize, usize), Step> = BTreeMap::new();
    let mut open: BTreeMap<(usize, usize), u32> = BTreeMap::from([((0, 0), 0)]);
    while let Some((place, cost)) = open.pop_first() {
        if place.0 == end {
            continue;
        }
        *work = work.checked_sub(end - place.0)?;
        for (next, text, is_quoted, extra) in ways(bytes, place.0, marks, width.is_some()) {
            let count = width.map_or(0, |_| place.1 + 1);
            if width.is_some_and(|width| count > width) {
                continue;
            }
            let key = (next, count);
            let total = cost + extra;
            if steps.get(&key).is_none_or(|step| total < step.cost) {
                let step = Step {
                    cost: total,
                    from: place,
                    text,
                    is_quoted,
                };
                steps.insert(key, step);
                open.insert(key, total);
            }
        }
    }
    let mut key = (end, width.unwrap_or(0));
    let cost = steps.get(&key).map(|step| step.cost);
    cells.clear();
    while key.0 > 0 {
        let Some(step) = steps.get(&key) else {
            cells.clear();
            return None;
        };
        let text = &row[step.text.0..step.text.1];
        cells.push(if step.is_quoted {
            unescaped(text, marks)
        } else {
            Cow::Borrowed(text)
        });
        key = step.from;
    }
    cells.reverse();
    cost
}

/// Whether a delimiter could be missing behind this quote: within words a doubled quote has a
/// blank on one side.
fn is_seam(bytes: &[u8], at: usize, is_pair: bool) -> bool {
    !is_pair || bytes[at - 1] != b' ' && bytes.get(at + 2).is_some_and(|byte| *byte != b' ')
}

type Way = (usize, (usize, usize), bool, u32);

/// Every way to read the cell that starts here: where the next one starts, its text, its cost.
fn ways(bytes: &[u8], start: usize, marks: Marks, may_glue: bool) -> Vec<Way> {
    let after = |at: usize| {
        if at >= bytes.len() {
            bytes.len() + 1
        } else {
            let length = marks.delimiter.length_at(bytes, at);
            if length > 0 {
                at + length
            } else {
                bytes.len() + 1
            }
        }
    };
    let start = start.min(bytes.len());
    let open = start + leading_blanks(bytes, start, marks);
    let is_quoted = bytes.get(open) == Some(&marks.quote);
    let end = cell_end(bytes, start, marks.delimiter);
    let n_inner = (start..end).filter(|&at| bytes[at] == marks.quote).count();
    let cost = u32::try_from(n_inner + n_inner % 2).unwrap_or(u32::MAX / 4);
    let mut list = vec![(after(end), (start, end), false, cost)];
    if !is_quoted {
        if may_glue {
            // A quoted cell may begin right behind this one, its delimiter lost.
            let seams = (start + 1..end).filter(|&at| bytes[at] == marks.quote);
            list.extend(seams.map(|at| (at, (start, at), false, GLUED_COST)));
        }
        return list;
    }
    let mut strays = 0;
    let mut at = open + 1;
    while at < bytes.len() {
        if bytes[at] == b'\\' && marks.escape == Escape::Backslash {
            at += 2;
            continue;
        }
        if bytes[at] != marks.quote {
            at += 1;
            continue;
        }
        let is_pair = bytes.get(at + 1) == Some(&marks.quote);
        if ends_cell(bytes, at + 1, marks) {
            let tail = at + 1 + trailing_blanks(bytes, at + 1, marks);
            list.push((after(tail), (open + 1, at), true, strays));
        } else if may_glue && is_seam(bytes, at, is_pair) {
            list.push((at + 1, (open + 1, at), true, strays + GLUED_COST));
        }
        if is_pair && ends_cell(bytes, at + 2, marks) {
            // The first of the pair may be a letter and the second one close the cell.
            let tail = at + 2 + trailing_blanks(bytes, at + 2, marks);
            list.push((after(tail), (open + 1, at + 1), true, strays + 1));
        }
        at += 1 + usize::from(is_pair);
        strays += u32::from(!is_pair);
    }
    list
}
