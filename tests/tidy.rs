//! House rules as tests: import arrows, crates in their rooms, sizes, opening lines, words.
//!
//! Reads the sources as text, so it is quick and needs nothing built.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that reads the sources"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each room with the rooms that it may import; the order is a topological order.
const ROOMS: [(&str, &[&str]); 14] = [
    ("base", &[]),
    ("data", &["base"]),
    ("scenario", &["base", "data"]),
    ("metrics", &["base", "data", "scenario"]),
    ("synth", &["base", "data", "scenario"]),
    ("import", &["base", "data"]),
    ("model", &["base", "data"]),
    ("trust", &["base", "data", "scenario", "metrics"]),
    ("report", &["base", "data", "scenario", "metrics", "trust"]),
    ("store", &["base", "data", "scenario", "metrics", "trust"]),
    (
        "engine",
        &[
            "base", "data", "scenario", "metrics", "synth", "import", "model", "trust", "report",
            "store",
        ],
    ),
    (
        "app",
        &["base", "data", "scenario", "metrics", "trust", "engine"],
    ),
    (
        "ui",
        &["base", "data", "scenario", "metrics", "trust", "app"],
    ),
    (
        "cli",
        &["base", "data", "scenario", "metrics", "trust", "engine"],
    ),
];

/// Outside crates and the rooms that may name them.
const CRATES: [(&str, &[&str]); 36] = [
    ("blake3", &["base"]),
    ("fluent_bundle", &["base"]),
    ("unic_langid", &["base"]),
    ("jiff", &["base", "scenario", "synth", "import"]),
    ("toml", &["scenario", "import"]),
    ("encoding_rs", &["import"]),
    ("symphonia", &["import"]),
    ("realfft", &["import"]),
    ("image", &["import", "synth", "report", "ui"]),
    ("candle_core", &["model"]),
    ("candle_nn", &["model"]),
    ("nalgebra", &["model"]),
    ("safetensors", &["model"]),
    ("calamine", &["import"]),
    ("rust_xlsxwriter", &["report"]),
    ("typst_as_lib", &["report"]),
    ("typst_layout", &["report"]),
    ("typst_pdf", &["report"]),
    ("exif", &["import"]),
    ("flate2", &["import"]),
    ("ruzstd", &["import"]),
    ("lz4_flex", &["import"]),
    ("arrow_array", &["import"]),
    ("arrow_ipc", &["import"]),
    ("arrow_schema", &["import"]),
    ("rusqlite", &["store", "import"]),
    ("parquet", &["store", "import"]),
    ("crossbeam_channel", &["app"]),
    ("eframe", &["ui"]),
    ("egui_extras", &["ui"]),
    ("egui_plot", &["ui"]),
    ("egui_tiles", &["ui"]),
    ("rfd", &["ui"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("signal_hook", &["cli"]),
];

/// Longest product file in lines, without its inline tests.
const MAX_LINES: usize = 600;
/// Longest door.
const MAX_DOOR_LINES: usize = 80;

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

impl Source {
    /// The lines before the inline tests.
    fn product(&self) -> &str {
        self.text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap_or(&self.text)
    }

    fn is_test(&self) -> bool {
        self.path.file_name().is_some_and(|name| name == "tests.rs")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(dir: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root().join("src"), ".rs", &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(root().join("src")).unwrap();
            let room = inside.iter().next().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            Source { path, room, text }
        })
        .collect()
}

/// Fails with every breach at once, so that one run shows all work.
fn report(breaches: &[String], rule: &str) {
    assert!(breaches.is_empty(), "{rule}:\n  {}", breaches.join("\n  "));
}

/// The code of a file: comments and strings' contents do not count as imports.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(number, line)| (number + 1, line.split("//").next().unwrap_or("")))
}

/// The rooms named after `crate::` in a file, also inside `use crate::{a, b::c}`.
fn named_rooms(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut depth_of_use: Option<i32> = None;
    for (number, line) in code_lines(text) {
        let mut rest = line;
        while let Some(at) = rest.find("crate::") {
            rest = &rest[at + "crate::".len()..];
            if rest.starts_with('{') {
                depth_of_use = Some(0);
                break;
            }
            found.push((number, leading_word(rest)));
        }
        let Some(depth) = &mut depth_of_use else {
            continue;
        };
        let inside = line
            .find("crate::{")
            .map_or(line, |at| &line[at + "crate::".len()..]);
        let mut word = String::new();
        for symbol in inside.chars() {
            match symbol {
                '{' => *depth += 1,
                '}' => *depth -= 1,
                _ => {}
            }
            if symbol.is_alphanumeric() || symbol == '_' {
                word.push(symbol);
                continue;
            }
            if *depth == 1 && !word.is_empty() && symbol != '}' || symbol == ':' {
                found.push((number, std::mem::take(&mut word)));
            }
            word.clear();
        }
        if *depth <= 0 {
            depth_of_use = None;
        }
    }
    found
}

fn leading_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn the_order_of_rooms_is_topological() {
    let mut seen: Vec<&str> = Vec::new();
    for (room, allowed) in ROOMS {
        for other in allowed {
            assert!(
                seen.contains(other),
                "{room} may import {other}, which stands below it"
            );
        }
        seen.push(room);
    }
}

#[test]
fn rooms_import_only_along_the_arrows() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let mut breaches = Vec::new();
    for source in sources() {
        let Some(allowed) = rooms.get(source.room.as_str()) else {
            continue;
        };
        for (line, named) in named_rooms(&source.text) {
            let is_room = rooms.contains_key(named.as_str());
            if is_room && named != source.room && !allowed.contains(&named.as_str()) {
                breaches.push(format!(
                    "{}:{line}: {} imports {named}",
                    source.path.display(),
                    source.room
                ));
            }
        }
    }
    report(
        &breaches,
        "rooms import only along the arrows of docs/architecture.md",
    );
}

#[test]
fn the_arrow_reader_sees_nested_imports() {
    let text = "use crate::{\n    base::Digest,\n    engine::{self, Env},\n};\nlet x = crate::store::Project;";
    let rooms: Vec<String> = named_rooms(text)
        .into_iter()
        .map(|(_, room)| room)
        .collect();
    for room in ["base", "engine", "store"] {
        assert!(
            rooms.iter().any(|named| named == room),
            "{room} not among {rooms:?}"
        );
    }
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    let mut breaches = Vec::new();
    for source in sources() {
        for (name, rooms) in CRATES {
            let path = format!("{name}::");
            for (line, code) in code_lines(&source.text) {
                let named = code.match_indices(&path).any(|(at, _)| {
                    !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
                });
                if named && !rooms.contains(&source.room.as_str()) {
                    breaches.push(format!("{}:{line}: {name}", source.path.display()));
                }
            }
        }
    }
    report(
        &breaches,
        "outside crates live only in the rooms that own them",
    );
}

#[test]
fn files_and_doors_stay_small() {
    let mut breaches = Vec::new();
    for source in sources() {
        let n_lines = source.product().lines().count();
        let is_door = source.path.file_name().is_some_and(|name| name == "mod.rs");
        let limit = if is_door { MAX_DOOR_LINES } else { MAX_LINES };
        if n_lines > limit && !source.is_test() {
            breaches.push(format!(
                "{}: {n_lines} lines, limit {limit}",
                source.path.display()
            ));
        }
    }
    report(
        &breaches,
        "a file is split by subject before it grows past its limit",
    );
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let mut breaches = Vec::new();
    let mut paths = Vec::new();
    for dir in ["src", "tests", "benches"] {
        walk(&root().join(dir), ".rs", &mut paths);
    }
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let opening = text.lines().next().unwrap_or("");
        if !opening.starts_with("//! ") || opening.len() < 12 {
            breaches.push(path.display().to_string());
        }
    }
    report(
        &breaches,
        "every file opens with //! and one plain sentence",
    );
}

#[test]
fn nothing_unfinished_stands_in_the_product() {
    let words = ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "XXX"];
    let mut breaches = Vec::new();
    for source in sources() {
        for (line, text) in source.text.lines().enumerate() {
            if words.iter().any(|word| text.contains(word)) {
                breaches.push(format!(
                    "{}:{}: {}",
                    source.path.display(),
                    line + 1,
                    text.trim()
                ));
            }
        }
    }
    report(&breaches, "unfinished work does not land");
}

#[test]
fn no_test_is_switched_off() {
    let ignored = concat!("#[", "ignore");
    let mut breaches = Vec::new();
    let mut paths = Vec::new();
    walk(&root().join("src"), ".rs", &mut paths);
    walk(&root().join("tests"), ".rs", &mut paths);
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for (line, code) in code_lines(&text) {
            if code.contains(ignored) && !code.contains("concat!") {
                breaches.push(format!("{}:{line}", path.display()));
            }
        }
    }
    report(&breaches, "a broken test is mended, not switched off");
}

#[test]
fn every_room_is_declared_in_the_library() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for (room, _) in ROOMS {
        assert!(
            lib.contains(&format!("pub mod {room};")),
            "src/lib.rs lacks {room}"
        );
    }
}

#[test]
fn the_locales_have_the_same_keys_and_values() {
    let mut breaches = Vec::new();
    let (en, ja) = (messages("en"), messages("ja"));
    for (key, args) in &en {
        match ja.get(key) {
            None => breaches.push(format!("ja lacks {key}")),
            Some(other) if other != args => {
                breaches.push(format!("{key}: en has {args:?}, ja has {other:?}"));
            }
            Some(_) => {}
        }
    }
    breaches.extend(
        ja.keys()
            .filter(|key| !en.contains_key(*key))
            .map(|key| format!("en lacks {key}")),
    );
    report(&breaches, "both languages say the same");
}

/// Keys of all locale files of a language with the sorted names of their values.
fn messages(language: &str) -> BTreeMap<String, Vec<String>> {
    let mut paths = Vec::new();
    walk(
        &root().join("assets/locales").join(language),
        ".ftl",
        &mut paths,
    );
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let mut key = String::new();
        for line in text.lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                line.split('=')
                    .next()
                    .unwrap_or("")
                    .trim()
                    .clone_into(&mut key);
                let twice = found.insert(key.clone(), Vec::new());
                assert!(twice.is_none(), "{} defines {key} twice", path.display());
            }
            for piece in line.split('$').skip(1) {
                if let Some(args) = found.get_mut(&key) {
                    let name: String = piece
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '-')
                        .collect();
                    args.push(name);
                    args.sort();
                    args.dedup();
                }
            }
        }
    }
    found
}

#[test]
fn no_word_stands_twice_in_a_row() {
    let mut breaches = Vec::new();
    let mut paths = Vec::new();
    walk(&root().join("src"), ".rs", &mut paths);
    walk(&root().join("docs"), ".md", &mut paths);
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let is_prose =
                line.trim_start().starts_with("//") || path.extension().is_some_and(|e| e == "md");
            let words: Vec<&str> = line.split_whitespace().collect();
            let twice = words.windows(2).any(|pair| {
                pair[0] == pair[1] && pair[0].len() > 2 && pair[0].chars().all(char::is_alphabetic)
            });
            if is_prose && twice {
                breaches.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    report(&breaches, "a word stands once");
}

/// The pieces of a text that follow each `start`.
fn after<'t>(text: &'t str, start: &'t str) -> impl Iterator<Item = &'t str> {
    text.match_indices(start)
        .map(|(at, found)| &text[at + found.len()..])
}

/// The string literal that a text begins with, after blanks.
fn literal(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

/// The product's code without its comments and tests.
fn products() -> Vec<(String, String)> {
    sources()
        .iter()
        .filter(|source| !source.is_test())
        .map(|source| {
            let code = source.product().lines();
            let code: Vec<&str> = code
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            (source.path.display().to_string(), code.join("\n"))
        })
        .collect()
}

/// Fails where a word has no key, and where a key of that beginning is the key of no word.
fn each_word_has_its_key(beginning: &str, used: &BTreeMap<String, String>, rule: &str) {
    let mut breaches = Vec::new();
    let keys = messages("en");
    for (word, path) in used {
        if !keys.contains_key(&format!("{beginning}{word}")) {
            breaches.push(format!(
                "{path}: {beginning}{word} is not in the locale files"
            ));
        }
    }
    for word in keys.keys().filter_map(|key| key.strip_prefix(beginning)) {
        if !used.contains_key(word) {
            breaches.push(format!("{beginning}{word} is said nowhere"));
        }
    }
    report(&breaches, rule);
}

/// The string literals of a text in which no string runs over a line.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split('"').skip(1).step_by(2))
}

/// Whether a word may be put together by a format such as `job-{kind}` or `verdict-{what}-{how}`.
fn is_made_by(format: &str, word: &str) -> bool {
    let mut pieces = format.split('{').map(|piece| match piece.split_once('}') {
        Some((_, rest)) => rest,
        None => piece,
    });
    let Some(mut rest) = pieces.next().and_then(|start| word.strip_prefix(start)) else {
        return false;
    };
    for piece in pieces {
        // What stands for a value has at least one sign.
        let Some(behind) = rest.get(1..) else {
            return false;
        };
        let Some(at) = behind.rfind(piece) else {
            return false;
        };
        rest = &behind[at + piece.len()..];
    }
    rest.is_empty()
}

#[test]
fn a_word_is_made_by_the_formats_that_fit_it() {
    for (format, word, fits) in [
        ("job-{kind}", "job-train", true),
        ("job-{}", "job-", false),
        ("job-{}", "jobs-train", false),
        ("verdict-{what}-{strength}", "verdict-raises-partly", true),
        ("verdict-{what}-{strength}", "verdict-partly", false),
        ("ui-step-{}-{part}", "ui-step-a-b-c", true),
        ("{key}-hint", "message-x-hint", true),
        ("{key}-hint", "message-x-note", false),
    ] {
        assert_eq!(is_made_by(format, word), fits, "{format} and {word}");
    }
}

#[test]
fn every_key_is_said_somewhere() {
    let products = products();
    let said = products.iter().flat_map(|(_, code)| literals(code));
    let (formats, words): (Vec<&str>, Vec<&str>) = said
        .filter(|word| {
            let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let plain = word.replace(['{', '}', '_'], "");
            !plain.is_empty() && plain.chars().all(is_key)
        })
        .partition(|word| word.contains('{'));
    let words: BTreeSet<&str> = words.into_iter().collect();
    // A format that begins with its value says what belongs to another key.
    let (endings, formats): (Vec<&str>, Vec<&str>) = formats
        .into_iter()
        .partition(|format| format.starts_with('{'));
    let endings: Vec<&str> = endings
        .iter()
        .filter_map(|format| format.split_once('}'))
        .map(|(_, ending)| ending)
        .filter(|ending| ending.starts_with('-') && !ending.contains('{'))
        .collect();
    // A key begins with its subject and a dash; "c{n}" is no key.
    let formats: Vec<&str> = formats
        .into_iter()
        .filter(|format| {
            format
                .split('{')
                .next()
                .is_some_and(|start| start.contains('-'))
        })
        .collect();
    let is_said = |key: &str| {
        let is_made = || formats.iter().any(|format| is_made_by(format, key));
        words.contains(key) || is_made()
    };
    let keys = messages("en");
    let unsaid: Vec<String> = keys
        .keys()
        .filter(|key| {
            let mut stems = endings.iter().filter_map(|ending| key.strip_suffix(ending));
            !is_said(key) && !stems.any(is_said)
        })
        .map(|key| format!("{key} is said nowhere"))
        .collect();
    report(
        &unsaid,
        "a key that nobody says is deleted in both languages",
    );
}

#[test]
fn every_issue_can_be_said_in_every_language() {
    let mut used = BTreeMap::new();
    let mut breaches = Vec::new();
    for (path, code) in products() {
        let consts: BTreeMap<&str, &str> = after(&code, "const ")
            .filter_map(|rest| {
                let (name, value) = rest.split_once(": &str =")?;
                Some((name, literal(value)?))
            })
            .collect();
        let findings = after(&code, "Finding::new(").filter_map(literal);
        let issues = ["Info", "Warning", "Error"].into_iter().flat_map(|level| {
            let start = ["Severity::", level, ","].concat();
            let found: Vec<&str> = code
                .match_indices(&start)
                .map(|(at, start)| code[at + start.len()..].trim_start())
                .filter_map(|rest| {
                    let name = rest.split(',').next().unwrap_or("");
                    literal(rest).or_else(|| consts.get(name).copied())
                })
                .collect();
            found
        });
        for word in findings.chain(issues) {
            let is_code = word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if is_code && !word.starts_with("message-") {
                used.insert(word.to_owned(), path.clone());
            }
        }
        // A code that is passed on must be named where the severity is.
        for rest in after(&code, "Issue::new(") {
            let third = third_argument(rest);
            let is_known = literal(third).is_some()
                || consts.contains_key(third.trim())
                || [
                    "code",
                    "finding.code",
                    "known(&note.code).unwrap_or(\"note\")",
                ]
                .contains(&third.trim());
            if !is_known {
                breaches.push(format!("{path}: the code {third:?} hides from this test"));
            }
        }
    }
    report(&breaches, "an issue's code is written beside its severity");
    assert!(used.len() > 60, "only {} codes were found", used.len());
    each_word_has_its_key("issue-", &used, "every issue has its words");
}

#[test]
fn every_finding_can_be_said_in_every_language() {
    let mut used = BTreeMap::new();
    for (path, code) in products() {
        for call in ["Finding::new(", "Finding::unsaid(", "findings.push("] {
            for word in after(&code, call).filter_map(literal) {
                used.insert(word.to_owned(), path.clone());
            }
        }
    }
    assert!(used.len() > 8, "only {} findings were found", used.len());
    each_word_has_its_key("finding-", &used, "every finding has its words");
}

/// The third argument of a call whose text starts behind its bracket.
fn third_argument(rest: &str) -> &str {
    let (mut depth, mut commas, mut start) = (0, 0, 0);
    for (at, symbol) in rest.char_indices() {
        match symbol {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return rest[start..at].trim(),
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                commas += 1;
                if commas == 3 {
                    return rest[start..at].trim();
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    ""
}

#[test]
fn every_stage_can_be_said_in_every_language() {
    let mut used = BTreeMap::new();
    for (path, code) in products() {
        let starts = [
            "tell(",
            "tell(reporter,",
            "report(hooks,",
            "stage:",
            "STOPPING: &str =",
        ];
        for word in starts.iter().flat_map(|start| after(&code, start)) {
            if let Some(word) = literal(word).filter(|word| !word.is_empty()) {
                used.insert(word.to_owned(), path.clone());
            }
        }
    }
    assert!(used.len() > 12, "only {} stages were found", used.len());
    each_word_has_its_key("stage-", &used, "every stage has its words");
}

#[test]
fn every_error_can_be_said_in_every_language() {
    let (mut errors, mut details) = (BTreeMap::new(), BTreeMap::new());
    for (path, code) in products() {
        // The causes of `trust` have keys of their own, one of them begins alike.
        let is_cause = |word: &&str| *word == "accumulation";
        let words = after(&code, "\"error-").filter_map(|rest| rest.split('"').next());
        for word in words.filter(|word| !is_cause(word)) {
            errors.insert(word.to_owned(), path.clone());
        }
        for word in after(&code, "\"detail-").filter_map(|rest| rest.split('"').next()) {
            details.insert(word.to_owned(), path.clone());
        }
        for action in after(&code, "FileError::new(").filter_map(literal) {
            let word = action.to_lowercase().replace(' ', "-");
            details.insert(word, path.clone());
        }
    }
    // What a date's order is called is put together.
    for order in ["year-first", "day-first", "month-first"] {
        details.insert(order.to_owned(), "src/import/stamp.rs".to_owned());
    }
    for words in [&mut errors, &mut details] {
        words.retain(|word, _| !word.is_empty() && !word.contains('{'));
    }
    assert!(errors.len() > 50, "only {} errors were found", errors.len());
    each_word_has_its_key("error-", &errors, "every error has its words");
    each_word_has_its_key("detail-", &details, "every part of an error has its words");
    let keys = messages("en");
    let lonely: Vec<String> = keys
        .keys()
        .filter_map(|key| key.strip_prefix("hint-"))
        .filter(|code| !errors.contains_key(*code))
        .map(|code| format!("hint-{code} belongs to no error"))
        .collect();
    report(&lonely, "a next step belongs to an error");
}
