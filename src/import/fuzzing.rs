//! What the fuzzers feed: the readers of layouts, times and checklists, on any bytes.
//!
//! `tests/fuzz` runs them with coverage; the tests below replay its corpus and a few thousand
//! seeded changes of it in every ordinary test run.

use super::{
    checklist, encoding,
    grid::{self, Fill},
    manifest, merge,
    plain::plain_of,
    quick_stamp::QuickStamp,
    recipe::Recipe,
    stamp::{DayOrder, Stamp, read_stamp},
    table,
    ticks::{self, Markdown},
    timeline::{NO_TIME, TimeRule},
    watch::Watch,
};
use crate::base::{Issues, StopToken};

/// Finds how any bytes are laid out, and reads them as a table.
pub fn dialect(bytes: &[u8]) {
    let decoded = encoding::decode(bytes);
    let Some(found) = table::layout(&decoded) else {
        return;
    };
    assert!(found.width <= found.header.len(), "every cell has a name");
    assert_eq!(
        found.header.len(),
        found.units.len(),
        "every column has a unit"
    );
    assert_eq!(
        found.header.len(),
        found.sorts.len(),
        "every column has a sort"
    );
    let plain = plain_of(bytes, "fuzz");
    for row in &plain.rows {
        assert!(row.len() >= found.width, "short rows are filled up");
    }
    read_columns(bytes);
}

/// Reads any lines as stamps, and as the time column of a log that goes onto a grid.
pub fn time(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut quick = QuickStamp::new(&DayOrder::ALL);
    let mut out = Vec::new();
    let mut log = "time,level\n".to_owned();
    for (row, line) in text.lines().enumerate() {
        let cell = line.trim();
        let read = DayOrder::ALL.map(|order| read_stamp(cell, order));
        if quick.read(cell, NO_TIME, &mut out) {
            let expected = read.map(|stamp| stamp.map_or(NO_TIME, Stamp::unix_nanos));
            assert_eq!(out, expected, "both readers agree on {cell:?}");
        }
        log.push_str(&line.replace(',', " "));
        log.push_str(if row % 3 == 0 { ",1.5\n" } else { ",2\n" });
    }
    read_columns(log.as_bytes());
}

/// Reads any bytes as a checklist, as notes, and as a list of media.
pub fn checklist(bytes: &[u8]) {
    let decoded = encoding::decode(bytes);
    let mut issues = Issues::new();
    if let Markdown::Rows(text) = ticks::read_markdown(&decoded.text, "fuzz.md", &mut issues) {
        read_columns(text.as_bytes());
    }
    let Some(found) = table::layout(&decoded) else {
        return;
    };
    let sheets = [
        checklist::read(&decoded, &found, "fuzz", true, &mut issues),
        ticks::read_wide(
            &decoded,
            &found,
            "fuzz",
            Some(&TimeRule::default()),
            &mut issues,
        ),
        ticks::read_notes(&decoded, &found, "fuzz", &mut issues),
    ];
    for sheet in sheets.into_iter().flatten() {
        let (items, names) = checklist::features(&sheet.answers, |time| {
            usize::try_from(time / 1_000_000_000)
                .ok()
                .map(|step| (0, step))
        });
        for item in items {
            assert_eq!(item.features.len(), names.len(), "every feature has a name");
        }
    }
    manifest::read(&decoded, &found);
}

/// A table from its text to the grid.
fn read_columns(bytes: &[u8]) {
    let decoded = encoding::decode(bytes);
    let Some(found) = table::layout(&decoded) else {
        return;
    };
    let mut issues = Issues::new();
    let stop = StopToken::new();
    let rule = TimeRule::default();
    let watch = Watch::silent(&stop);
    let read = table::read_table(&decoded, &found, "fuzz", &rule, &mut issues, watch);
    let Ok(table) = read else { return };
    for column in &table.columns {
        assert_eq!(column.values.len(), table.times.len(), "one value a row");
    }
    if table.times.is_empty() {
        return;
    }
    let logs = merge::merge(vec![table], &Recipe::default(), false, &mut issues, &stop);
    for log in logs {
        let step = grid::own_step(&log);
        let fills = vec![Fill::Bridge; log.heads.len()];
        let n_rows = log.n_rows();
        for piece in grid::pieces(&log, &fills, step, &mut issues, &stop) {
            let most = n_rows * (crate::data::GAP_STEPS + 2);
            assert!(
                piece.n_steps() <= most,
                "{} steps of {n_rows} rows",
                piece.n_steps()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::base::{Clock as _, Draws, Purpose, Stream, SystemClock, read_file};

    /// What a case may take in a debug build on a busy machine; one second in release.
    const MOST_SECS: f64 = 10.0;

    fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fuzz/corpus")
            .join(target);
        let entries = std::fs::read_dir(&dir).expect("the corpus is there");
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        assert!(paths.len() >= 8, "{target} has {} cases", paths.len());
        paths
            .into_iter()
            .map(|path| {
                let bytes = read_file(&path).expect("a readable case");
                (path, bytes)
            })
            .collect()
    }

    fn run(what: &str, target: fn(&[u8]), bytes: &[u8]) {
        let clock = SystemClock::new();
        target(bytes);
        let secs = clock.monotonic_secs();
        assert!(secs < MOST_SECS, "{what} takes {secs:.1} s");
    }

    /// Replays the corpus, then seeded changes of it.
    fn replay(name: &str, target: fn(&[u8]), n_changes: usize) {
        let cases = corpus(name);
        for (path, bytes) in &cases {
            run(&path.display().to_string(), target, bytes);
        }
        let mut draws = Stream::new(7, Purpose::Test, &[]).draws();
        for change in 0..n_changes {
            let mut bytes = cases[draws.below(cases.len())].1.clone();
            let other = &cases[draws.below(cases.len())].1;
            for _ in 0..=draws.below(4) {
                bytes = changed(bytes, other, &mut draws);
            }
            bytes.truncate(20_000);
            run(&format!("change {change} of {name}"), target, &bytes);
        }
    }

    const TOKENS: &str = "\" \"\" ' ,, ;; || \t \n\n \r \r\n \0 \u{feff} 1e999 -0 1.234,5 12:60 24:00 \
        0000-00-00 1970-01-01T00:00:00Z 9999-12-31 令和8年1月5日 午後 ○ × △ 良 [x] [ ] | - \\\" NaN \
        2024-02-30 31/04/24 +99:99 1700000000 999999999999999999999 time,item,answer";

    /// A flipped bit, a cut, a splice, a token, or a piece many times over.
    fn changed(mut bytes: Vec<u8>, other: &[u8], draws: &mut Draws) -> Vec<u8> {
        let at = draws.below(bytes.len() + 1);
        let until = at + draws.below(bytes.len() - at + 1).min(200);
        match draws.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << draws.below(8),
            1 => bytes.truncate(at),
            2 => bytes = [&bytes[..at], &other[draws.below(other.len() + 1)..]].concat(),
            3 => drop(bytes.drain(at..until)),
            4 => {
                let piece = bytes[at..until].repeat(1 + draws.below(50));
                bytes.splice(at..at, piece);
            }
            _ => {
                let tokens: Vec<&str> = TOKENS.split(' ').collect();
                let token = tokens[draws.below(tokens.len())];
                bytes.splice(at..until.min(at + 3), token.bytes());
            }
        }
        bytes
    }

    #[test]
    fn layouts_of_the_corpus_and_of_its_changes_are_read() {
        replay("dialect", dialect, 600);
    }

    #[test]
    fn times_of_the_corpus_and_of_its_changes_are_read() {
        replay("time", time, 600);
    }

    #[test]
    fn checklists_of_the_corpus_and_of_its_changes_are_read() {
        replay("checklist", checklist, 600);
    }

    #[test]
    fn long_hostile_texts_take_no_longer_than_others() {
        let pieces = [
            "\"",
            "\"\"",
            "\",\"",
            ",",
            "a,\"b\n",
            "1,\"\"2\"\",3\n",
            "\n",
            "\r",
            "\0",
            "1;",
            "'",
            "\\\"",
            "1,2\n3,4,\n",
            "time,a\n",
            "- [x] a\n",
            "| a ",
            "2024-01-01,",
            "1 ",
            "\u{feff}",
            "表,",
            "1,2,3\n\"a\",\"b\n",
        ];
        for piece in pieces {
            for head in ["", "time,a,b\n2024-01-01 00:00,1,2\n2024-01-01 00:01,1,3\n"] {
                let text = format!("{head}{}", piece.repeat(60_000 / piece.len()));
                for (name, target) in [
                    ("dialect", dialect as fn(&[u8])),
                    ("time", time),
                    ("checklist", checklist),
                ] {
                    run(
                        &format!("{name} on {piece:?} behind {head:?}"),
                        target,
                        text.as_bytes(),
                    );
                }
            }
        }
    }
}
