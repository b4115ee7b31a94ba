//! Reads a long table block by block with all cores, where its lines are plain.
//!
//! A plain line has one cell a column, no quote, a time that can be read and numbers, blanks or
//! known words elsewhere. Any other line is left to the record reader, in its turn, so that the
//! table and its issues are those of reading record by record.

use std::borrow::Cow;

use super::{
    intake::Intake,
    plain_lines::{Block, Form, Piece, Run},
    rows::{RecordFlaws, Rows},
    watch::Watch,
};
use crate::base::{Stopped, n_threads, parallel_map};

/// How a text is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Bytes of a block, up to the end of its last line.
    pub(super) block: usize,
    /// Blocks that are read at a time.
    pub(super) batch: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            block: 2 << 20,
            batch: 4 * n_threads(),
        }
    }
}

/// Reads all records of a text.
///
/// # Errors
///
/// [`Stopped`] where the end was asked for.
pub(super) fn read(
    text: &str,
    intake: &mut Intake<'_>,
    sizes: Sizes,
    watch: Watch<'_>,
) -> Result<RecordFlaws, Stopped> {
    let mut rows = Rows::new(text, intake.dialect);
    let mut cells: Vec<Cow<'_, str>> = Vec::new();
    let mut is_open = true;
    while is_open {
        let form = Form::of(intake, rows.telltale).filter(|_| sizes.batch > 0);
        let rest = rows.rest().filter(|rest| !rest.is_empty());
        let Some((rest, form)) = rest.zip(form) else {
            is_open = read_one(&mut rows, &mut cells, intake, watch)?;
            continue;
        };
        let blocks = cut(rest, sizes);
        let read = parallel_map(blocks, |block| {
            if watch.stop.is_stopped() {
                Block::default()
            } else {
                form.read(block)
            }
        });
        watch.check()?;
        watch.tell(1.0 - rest.len() as f64 / text.len() as f64);
        for block in read {
            is_open = take(&block, &mut rows, &mut cells, intake, watch)?;
            // A record over several lines may have run into the next block.
            let left = rows.rest().map_or(0, str::len);
            if !is_open || left != block.left {
                break;
            }
        }
    }
    Ok(rows.flaws)
}

/// Reads one record; false where there is none.
fn read_one<'a>(
    rows: &mut Rows<'a, '_>,
    cells: &mut Vec<Cow<'a, str>>,
    intake: &mut Intake<'_>,
    watch: Watch<'_>,
) -> Result<bool, Stopped> {
    let Some(line) = rows.read(cells) else {
        return Ok(false);
    };
    if line.is_multiple_of(4096) {
        watch.check()?;
    }
    if intake.take(cells, line) {
        rows.note_width(cells, line);
    }
    Ok(true)
}

/// Takes a block's plain lines in, and the lines between them record by record, as long as both
/// readers agree where a record begins.
fn take<'a>(
    block: &Block<'a>,
    rows: &mut Rows<'a, '_>,
    cells: &mut Vec<Cow<'a, str>>,
    intake: &mut Intake<'_>,
    watch: Watch<'_>,
) -> Result<bool, Stopped> {
    for run in &block.runs {
        loop {
            let Some(rest) = rows.rest() else {
                return Ok(false);
            };
            if rest.len() == run.left {
                break;
            }
            if rest.len() < run.left {
                return Ok(true);
            }
            if !read_one(rows, cells, intake, watch)? {
                return Ok(false);
            }
        }
        append(block, run, intake);
        rows.pass(run.n_bytes, run.rows.len() as u64);
    }
    while rows.rest().is_some_and(|rest| rest.len() > block.left) {
        if !read_one(rows, cells, intake, watch)? {
            return Ok(false);
        }
    }
    Ok(rows.rest().is_some_and(|rest| !rest.is_empty()))
}

/// The next blocks of a text, each up to the end of a line.
fn cut(text: &str, sizes: Sizes) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && pieces.len() < sizes.batch {
        let bytes = rest.as_bytes();
        let from = sizes.block.min(bytes.len());
        let end = bytes[from..].iter().position(|byte| *byte == b'\n');
        let (head, tail) = rest.split_at(end.map_or(bytes.len(), |end| from + end + 1));
        pieces.push(Piece {
            text: head,
            left: rest.len(),
        });
        rest = tail;
    }
    pieces
}

fn append(block: &Block<'_>, run: &Run, intake: &mut Intake<'_>) {
    for (column, builder) in intake.builders.iter_mut().enumerate() {
        if !intake.time_columns.contains(&column) {
            let values = &block.columns[column][run.rows.clone()];
            builder.append(values, &block.words[column]);
        }
    }
    intake.times.append(&block.times, run.rows.clone());
    intake.n_rows += run.rows.len() as u64;
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::{
        base::{Issues, Place, Purpose, StopToken, Stream, to_count},
        import::{dialect, timeline::TimeRule},
    };

    /// A seeded choice among a few.
    struct Dice {
        stream: Stream,
        at: u64,
    }

    impl Dice {
        fn below(&mut self, count: usize) -> usize {
            self.at += 1;
            to_count(self.stream.uniform_at(self.at) * count as f64)
        }

        fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
            list[self.below(list.len())]
        }
    }

    /// A log in one of several ways of writing, with odd lines strewn in.
    fn log(seed: u64) -> String {
        let stream = Stream::new(seed, Purpose::Test, &[]);
        let mut dice = Dice { stream, at: 0 };
        let mark = dice.pick(&[",", ";", "\t", "|"]);
        let decimal = if mark == "," {
            "."
        } else {
            dice.pick(&[".", ","])
        };
        let end = dice.pick(&["\n", "\r\n"]);
        let clock = dice.below(7);
        let words = dice.pick(&[
            "run|stop|NaN|idle",
            "007|008|010|",
            "||x|",
            "1 mm|2 mm|3.5 mm|",
        ]);
        let oddity = dice.below(4) * 8;
        let mut text = ["time", "a", "b", "c", "state", "d"].join(mark);
        text.push_str(end);
        for row in 0..700_usize {
            let (minute, second) = (row / 60, row % 60);
            let time = match clock {
                0 => format!("2024-01-01 10:{minute:02}:{second:02}"),
                1 => format!("2024-01-01T10:{minute:02}:{second:02}.5Z"),
                2 => format!("01/02/2024 10:{minute:02}:{second:02}"),
                3 => format!("1/13/24 1:{minute}:{second}"),
                4 => format!("{}", 1_700_000_000 + row),
                5 => format!("5 Jan 2026 10:{minute:02}:{second:02}"),
                _ => format!("x{row}"),
            };
            let number = |dice: &mut Dice| {
                let (whole, part) = (dice.below(2000), dice.below(1000));
                let sign = dice.pick(&["", "", "-", "+"]);
                match dice.below(60) {
                    0 => dice
                        .pick(&["", "NaN", "-", " 5", "1e-5", "inf", "<3", "bad"])
                        .to_owned(),
                    1 => "0.12345678901234567".replace('.', decimal),
                    _ => format!("{sign}{whole}{decimal}{part:03}"),
                }
            };
            let state: Vec<&str> = words.split('|').collect();
            let state = dice.pick(&state);
            let mut cells = vec![time];
            cells.extend((0..3).map(|_| number(&mut dice)));
            cells.push(state.to_owned());
            cells.push(if row < 300 {
                String::new()
            } else {
                number(&mut dice)
            });
            let mut line = cells.join(mark);
            if oddity > 0 && dice.below(oddity) == 0 {
                line = match dice.below(9) {
                    0 => String::new(),
                    1 => mark.repeat(5),
                    2 => format!("{line}{mark}7"),
                    3 => line.replacen(mark, "", 1),
                    4 => format!("\"{line}"),
                    5 => line.replacen(mark, &format!("{mark}\"two\nlines\""), 1),
                    6 => line.replacen(mark, &format!("{mark}\"1\""), 1),
                    7 => ["time", "a", "b", "c", "state", "d"].join(mark),
                    _ => "a remark between the rows".to_owned(),
                };
            }
            text.push_str(&line);
            text.push_str(if row == 699 { "" } else { end });
        }
        text
    }

    /// All that a reading leaves behind, as text.
    fn reading(text: &str, sizes: Sizes) -> (String, usize) {
        let Some(dialect) = dialect::detect(text) else {
            return (String::new(), 0);
        };
        let rule = TimeRule::default();
        let mut intake = Intake::new(&dialect, &rule);
        let flaws = read(text, &mut intake, sizes, Watch::silent(&StopToken::new()))
            .expect("nobody stops it");
        let mut issues = Issues::new();
        flaws.say(&dialect, "log", &mut issues);
        intake.flaws.say(&dialect, &Place::file("log"), &mut issues);
        let mut all = format!("{:?} {:?}", issues.as_slice(), intake.n_rows);
        for builder in &intake.builders {
            let bits: Vec<u64> = builder.values.iter().map(|value| value.to_bits()).collect();
            let (sort, codes) = (builder.sort, &builder.codes);
            let (n_missing, bad, infinite) = (builder.n_missing, &builder.bad, &builder.infinite);
            write!(
                all,
                "\n{sort:?} {bits:?} {codes:?} {n_missing} {bad:?} {infinite:?}"
            )
            .expect("a text takes it");
        }
        let lists = intake.times.into_lists();
        let is_common = lists.iter().all(|list| *list == lists[0]);
        let shown = if is_common { 1 } else { lists.len() };
        write!(all, "\n{:?}", &lists[..shown.min(lists.len())]).expect("a text takes it");
        (all, usize::try_from(intake.n_rows).expect("few"))
    }

    #[test]
    fn blocks_give_the_table_and_the_issues_of_reading_record_by_record() {
        let by_record = Sizes { block: 1, batch: 0 };
        let mut n_rows = 0;
        for seed in 0..120 {
            let text = log(seed);
            let (expected, count) = reading(&text, by_record);
            n_rows += count;
            for (block, batch) in [(64, 3), (1000, 5), (2 << 20, 8)] {
                let (found, _) = reading(&text, Sizes { block, batch });
                assert!(
                    found == expected,
                    "seed {seed}, blocks of {block} bytes: {found}\n\n{expected}"
                );
            }
        }
        assert!(n_rows > 60_000, "{n_rows}");
    }

    #[test]
    fn a_table_of_one_record_comes_to_its_end() {
        let (found, n_rows) = reading("time,a,b\n2024-01-01 00:00:00,1,2\n", Sizes::default());
        assert_eq!(n_rows, 1, "{found}");
    }

    #[test]
    fn most_lines_of_a_log_with_oddities_are_read_as_plain() {
        let text = log(1);
        let dialect = dialect::detect(&text).expect("a table");
        let rule = TimeRule::default();
        let mut intake = Intake::new(&dialect, &rule);
        let mut rows = Rows::new(&text, &dialect);
        let mut cells = Vec::new();
        read_one(
            &mut rows,
            &mut cells,
            &mut intake,
            Watch::silent(&StopToken::new()),
        )
        .expect("nobody stops it");
        let form = Form::of(&intake, rows.telltale).expect("it can be plain");
        let rest = rows.rest().expect("rows follow");
        let block = form.read(Piece {
            text: rest,
            left: rest.len(),
        });
        let n_plain: usize = block.runs.iter().map(|run| run.rows.len()).sum();
        assert!(n_plain > 500, "{n_plain}");
    }
}
