//! Tests of import: every kind of source, every folder of real data, bombs.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::format_push_string,
    reason = "helpers of tests may give up and say so; speed does not matter here"
)]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use gemba::{
    base::{Locale, Phrase, Text, read_file},
    data::{AnswerValue, Role, Split},
    import::{ImportError, Imported},
};

use crate::{
    imports::{self, codes, keeps_promises, names},
    support::{shared, write},
};

fn load(source: &Path, recipe: Option<&str>) -> Result<Imported, ImportError> {
    imports::load(&[source.to_path_buf()], recipe)
}

/// Rows of a small log: time, valve, level.
fn rows(n_rows: usize) -> Vec<(String, f64, f64)> {
    (0..n_rows)
        .map(|row| {
            let secs = row * 10;
            let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
            let time = format!("2026-01-05T{hour:02}:{minute:02}:{second:02}");
            let valve = 40.0 + (row / 20 % 3 * 10) as f64;
            let level = 50.0 + 5.0 * (row as f64 / 7.0).sin();
            (time, valve, level)
        })
        .collect()
}

fn csv(n_rows: usize) -> String {
    let mut text = "time,valve,level\n".to_owned();
    for (time, valve, level) in rows(n_rows) {
        text += &format!("{time},{valve},{level}\n");
    }
    text
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

/// A ZIP with stored entries.
fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    for (name, text) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(text.as_bytes());
        let at = u32::try_from(bytes.len()).unwrap();
        let size = u32::try_from(text.len()).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5c];
        head.extend(crc.sum().to_le_bytes());
        head.extend(size);
        head.extend(size);
        head.extend(length);
        head.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&head);
        bytes.extend(name.as_bytes());
        bytes.extend(text.as_bytes());
        list.extend(b"PK\x01\x02\x14\0");
        list.extend(&head);
        list.extend([0; 10]);
        list.extend(at.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let at = u32::try_from(bytes.len()).unwrap();
    let size = u32::try_from(list.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    bytes.extend(list);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(size.to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// A workbook of sheets, each the XML of its rows and what stands behind them.
fn workbook(sheets: &[(&str, String)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut list, mut links) = (String::new(), String::new());
    let mut files = Vec::new();
    for (at, (name, rows)) in sheets.iter().enumerate() {
        let id = at + 1;
        list += &format!("<sheet name=\"{name}\" sheetId=\"{id}\" r:id=\"rId{id}\"/>");
        links += &format!(
            "<Relationship Id=\"rId{id}\" Type=\"{LINKS}/worksheet\" \
             Target=\"worksheets/sheet{id}.xml\"/>"
        );
        files.push((
            format!("xl/worksheets/sheet{id}.xml"),
            format!("<worksheet xmlns=\"{MAIN}\">{rows}</worksheet>"),
        ));
    }
    files.push((
        "xl/workbook.xml".to_owned(),
        format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets>{list}</sheets></workbook>"
        ),
    ));
    files.push((
        "xl/_rels/workbook.xml.rels".to_owned(),
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             {links}<Relationship Id=\"rId99\" Type=\"{LINKS}/styles\" Target=\"styles.xml\"/>\
             </Relationships>"
        ),
    ));
    files.push((
        "_rels/.rels".to_owned(),
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"rId1\" Type=\"{LINKS}/officeDocument\" \
             Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    ));
    // Style 1 is a date with a time of day, style 2 a date.
    files.push((
        "xl/styles.xml".to_owned(),
        format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/>\
             <xf numFmtId=\"22\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        ),
    ));
    let entries: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    zip(&entries)
}

fn text_cell(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// The sheet of `rows`, with a title, merged heads and a units row; times are Excel's days.
fn log_sheet(n_rows: usize) -> String {
    let mut xml = "<sheetData>".to_owned();
    xml += &format!("<row r=\"1\">{}</row>", text_cell("A1", "Line 3 report"));
    xml += &format!(
        "<row r=\"3\">{}{}{}</row>",
        text_cell("A3", "time"),
        text_cell("B3", "valve"),
        text_cell("C3", "level")
    );
    xml += &format!(
        "<row r=\"4\">{}{}{}</row>",
        text_cell("A4", "-"),
        text_cell("B4", "%"),
        text_cell("C4", "cm")
    );
    for (row, (_, valve, level)) in rows(n_rows).into_iter().enumerate() {
        let at = row + 5;
        // 46027 is 2026-01-05.
        let day = 46_027.0 + row as f64 * 10.0 / 86_400.0;
        xml += &format!(
            "<row r=\"{at}\"><c r=\"A{at}\" s=\"1\"><v>{day}</v></c><c r=\"B{at}\"><v>{valve}</v>\
             </c><c r=\"C{at}\"><v>{level}</v></c></row>"
        );
    }
    xml + "</sheetData>"
}

/// What all forms of the same log must give.
fn is_the_log(imported: &Imported, n_rows: usize) {
    let dataset = &imported.dataset;
    assert_eq!(imported.n_rows, n_rows as u64);
    assert_eq!(names(dataset, Role::Control), ["valve"]);
    assert_eq!(names(dataset, Role::Observation), ["level"]);
    assert_eq!(
        gemba::base::format_time(dataset.episodes[0].start_ns),
        "2026-01-05T00:00:00Z"
    );
    assert!((dataset.step_secs - 10.0).abs() < 1e-9);
    let level = dataset.channel_idx("level").unwrap();
    let column = &dataset.episodes[0].columns[level];
    for (found, (_, _, expected)) in column.iter().zip(rows(n_rows)) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}

#[test]
fn one_log_in_five_containers_is_the_same_log() {
    let dir = tempfile::tempdir().unwrap();
    let packed = write(dir.path(), "log.csv.gz", gzip(csv(200).as_bytes()));
    is_the_log(&load(&packed, None).unwrap(), 200);
    let book = write(
        dir.path(),
        "log.xlsx",
        workbook(&[("data", log_sheet(200))]),
    );
    let imported = load(&book, None).unwrap();
    is_the_log(&imported, 200);
    let level = imported.dataset.channel_idx("level").unwrap();
    assert_eq!(imported.dataset.channels[level].unit, "cm");
    keeps_promises(&imported, &[book]);
    let table = write_sqlite(dir.path(), 200);
    is_the_log(&load(&table, None).unwrap(), 200);
    let columns = write_parquet(dir.path(), 200);
    is_the_log(&load(&columns, None).unwrap(), 200);
    let mut records = String::new();
    for (time, valve, level) in rows(200) {
        records += &format!("{{\"time\":\"{time}\",\"valve\":{valve},\"level\":{level}}}\n");
    }
    let records = write(dir.path(), "log.jsonl", records);
    is_the_log(&load(&records, None).unwrap(), 200);
}

fn write_sqlite(dir: &Path, n_rows: usize) -> PathBuf {
    let path = dir.join("log 50%?#.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE log (time TEXT, valve REAL, level REAL); CREATE TABLE users (name TEXT);\
             INSERT INTO users VALUES ('a'); BEGIN;",
        )
        .unwrap();
    for (time, valve, level) in rows(n_rows) {
        let row = (time, valve, level);
        connection
            .execute("INSERT INTO log VALUES (?1, ?2, ?3)", row)
            .unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    path
}

fn write_parquet(dir: &Path, n_rows: usize) -> PathBuf {
    use parquet::{
        column::writer::ColumnWriter,
        file::{properties::WriterProperties, writer::SerializedFileWriter},
        schema::parser::parse_message_type,
    };
    let schema = parse_message_type(
        "message log { required int64 time (TIMESTAMP(NANOS, false)); required double valve; \
         optional double level; optional group deep { optional int32 x; } }",
    )
    .unwrap();
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder()
        .set_compression(parquet::basic::Compression::SNAPPY)
        .build();
    let mut file = SerializedFileWriter::new(&mut bytes, schema.into(), properties.into()).unwrap();
    let mut group = file.next_row_group().unwrap();
    let list = rows(n_rows);
    let mut at = 0;
    while let Some(mut column) = group.next_column().unwrap() {
        match column.untyped() {
            ColumnWriter::Int64ColumnWriter(writer) => {
                // 2026-01-05 is day 20458.
                let times: Vec<i64> = (0..i64::try_from(n_rows).unwrap())
                    .map(|row| (20_458 * 86_400 + row * 10) * 1_000_000_000)
                    .collect();
                writer.write_batch(&times, None, None).unwrap();
            }
            ColumnWriter::DoubleColumnWriter(writer) => {
                let values: Vec<f64> = list
                    .iter()
                    .map(|(_, valve, level)| if at == 1 { *valve } else { *level })
                    .collect();
                let levels = vec![1; n_rows];
                let levels = (at == 2).then_some(levels.as_slice());
                writer.write_batch(&values, levels, None).unwrap();
            }
            ColumnWriter::Int32ColumnWriter(writer) => {
                writer
                    .write_batch(&[], Some(&vec![0; n_rows]), None)
                    .unwrap();
            }
            _ => unreachable!(),
        }
        at += 1;
        column.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
    write(dir, "log.parquet", bytes)
}

#[test]
fn a_database_is_never_written_to_and_nested_columns_are_named() {
    let dir = tempfile::tempdir().unwrap();
    write_sqlite(dir.path(), 100);
    write_parquet(dir.path(), 100);
    let before = listing(dir.path());
    let imported = load(dir.path(), None).unwrap();
    assert_eq!(listing(dir.path()), before);
    let nested = imported
        .issues
        .as_slice()
        .iter()
        .find(|issue| issue.code == "nested-columns");
    assert_eq!(nested.unwrap().args["columns"], "deep");
}

fn listing(dir: &Path) -> Vec<(PathBuf, u64)> {
    let mut list: Vec<(PathBuf, u64)> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.path(), entry.metadata().unwrap().len()))
        .collect();
    list.sort();
    list
}

#[test]
fn bombs_and_broken_containers_are_refused_with_a_next_step() {
    let dir = tempfile::tempdir().unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![b'0'; 100 << 20]).unwrap();
    let bomb = packer.finish().unwrap();
    let far = "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
               <row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>";
    let book = workbook(&[("data", log_sheet(50))]);
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("bomb.csv.gz", bomb, "unpack it by hand"),
        (
            "cut.csv.gz",
            gzip(csv(500).as_bytes())[..800].to_vec(),
            "copy the file again",
        ),
        (
            "far.xlsx",
            workbook(&[("data", far.to_owned())]),
            "expected at most",
        ),
        (
            "cut.xlsx",
            book[..book.len() / 2].to_vec(),
            "copy the file again",
        ),
        (
            "old.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more".to_vec(),
            "save it as .xlsx",
        ),
        ("cut.parquet", b"PAR1 and nothing PAR1".to_vec(), "Parquet"),
        (
            "cut.sqlite",
            b"SQLite format 3\0 and nothing".to_vec(),
            "database",
        ),
        (
            "log.zst",
            b"\x28\xb5\x2f\xfd....".to_vec(),
            "copy the file again",
        ),
    ];
    for (name, bytes, words) in cases {
        let path = write(dir.path(), name, bytes);
        let error = load(&path, None).expect_err(name).to_string();
        assert!(error.contains(words), "{name}: {error}");
        fs::remove_file(&path).unwrap();
    }
}

/// A workbook whose first sheet is packed into nonsense.
fn damaged_workbook() -> Vec<u8> {
    let mut book = workbook(&[("data", log_sheet(50))]);
    let word = |at: usize| usize::from(u16::from_le_bytes([book[at], book[at + 1]]));
    let start = 30 + word(26) + word(28);
    book[start..start + 20].fill(0xff);
    let mut list = book.windows(4).enumerate();
    let (list, _) = list.find(|(_, four)| four == b"PK\x01\x02").unwrap();
    // Method 8 is packed; the helper writes its parts plain.
    book[list + 10] = 8;
    book
}

/// What libraries say in their own words, in whatever part of a phrase.
fn library_words(phrase: &Phrase) -> Vec<String> {
    let parts = phrase.args().iter();
    parts
        .flat_map(|(name, part)| match *name {
            "error" | "cause" if part.key().is_empty() => vec![part.english().to_owned()],
            _ => library_words(part),
        })
        .collect()
}

/// Why a broken file is refused is Japanese in Japanese, apart from a library's own words: alone as
/// an error, and beside a file that can be read as an issue of that code.
fn is_said_in_japanese(name: &str, bytes: &[u8], code: &str) {
    let text = Text::new(Locale::Ja);
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), name, bytes);
    let error = load(&path, None).expect_err(name);
    assert_eq!(
        Text::new(Locale::En).say(&error.phrase()),
        error.to_string()
    );
    let library = library_words(&error.phrase());
    let is_japanese = |words: &str| {
        let own = library
            .iter()
            .fold(words.to_owned(), |rest, words| rest.replace(words, ""));
        let is_word = |word: &str| word.len() > 3 && word.chars().all(|c| c.is_ascii_lowercase());
        let n_words = own.split(' ').filter(|word| is_word(word)).count();
        assert!(n_words < 2 && !own.contains("detail-"), "{words}");
    };
    is_japanese(&text.say(&error.phrase()));
    write(dir.path(), "log.csv", csv(500));
    let imported = load(dir.path(), None).unwrap();
    let mut issues = imported.issues.as_slice().iter();
    let issue = issues.find(|issue| issue.code == code).expect(name);
    assert_eq!(issue.place.source, name);
    is_japanese(&text.issue(issue));
    if code == "unreadable" {
        let english = Text::new(Locale::En).issue(issue);
        assert_eq!(english.to_lowercase(), issue.text.to_lowercase());
    }
}

#[test]
fn why_a_packed_file_is_broken_is_said_in_japanese_too() {
    let whole = workbook(&[("data", log_sheet(50))]);
    for (name, bytes) in [
        ("damaged.xlsx", damaged_workbook()),
        ("cut.xlsx", whole[..whole.len() / 2].to_vec()),
        (
            "old.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more".to_vec(),
        ),
        ("cut.csv.gz", gzip(csv(500).as_bytes())[..800].to_vec()),
        ("log.zst", b"\x28\xb5\x2f\xfd....".to_vec()),
    ] {
        is_said_in_japanese(name, &bytes, "unreadable");
    }
}

#[test]
fn why_a_file_of_columns_a_database_or_a_list_is_broken_is_said_in_japanese_too() {
    let dir = tempfile::tempdir().unwrap();
    let columns = read_file(&write_parquet(dir.path(), 100)).unwrap();
    let table = read_file(&write_sqlite(dir.path(), 300)).unwrap();
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let mut torn = columns.clone();
    torn[30..200].fill(0xa5);
    let no_book = zip(&[("readme.txt", "nothing")]);
    let records = b"[{\"time\": 1, \"level\": 2.5}, {\"time\": 2, \"le".to_vec();
    for (name, bytes, code) in [
        ("cut.parquet", half(&columns), "unreadable"),
        ("torn.parquet", torn, "unreadable"),
        ("cut.sqlite", half(&table), "unreadable"),
        (
            "not.sqlite",
            b"SQLite format 3\0 and nothing".to_vec(),
            "unreadable",
        ),
        ("cut.arrow", b"ARROW1 and no end".to_vec(), "unreadable"),
        ("other.zip.xlsx", no_book.clone(), "unreadable"),
        ("cut.xlsx", half(&no_book), "unreadable"),
        ("cut.json", records, "not-understood"),
    ] {
        is_said_in_japanese(name, &bytes, code);
    }
}

#[test]
fn a_file_that_is_left_out_as_a_twin_adds_no_rows() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", csv(500));
    write(dir.path(), "copy.csv", csv(500));
    let imported = load(dir.path(), None).unwrap();
    assert!(codes(&imported).contains(&"same-file-twice"));
    assert_eq!(imported.n_rows, 500);
}

#[test]
fn damaged_containers_never_panic() {
    let dir = tempfile::tempdir().unwrap();
    let table = read_file(&write_sqlite(dir.path(), 60)).unwrap();
    let columns = read_file(&write_parquet(dir.path(), 60)).unwrap();
    let book = workbook(&[("data", log_sheet(60))]);
    for (name, good) in [
        ("a.sqlite", table),
        ("a.parquet", columns),
        ("a.xlsx", book),
        ("a.csv.gz", gzip(csv(60).as_bytes())),
    ] {
        for at in (0..good.len()).step_by(good.len() / 40 + 1) {
            let mut bytes = good.clone();
            bytes[at] ^= 0xa5;
            let path = write(dir.path(), name, &bytes);
            drop(load(&path, None));
            let path = write(dir.path(), name, &good[..at]);
            drop(load(&path, None));
        }
    }
}

#[test]
fn long_rows_become_one_channel_a_tag() {
    let mut text = "timestamp;tag;value;unit\n".to_owned();
    for (row, (time, valve, level)) in rows(120).into_iter().enumerate() {
        text += &format!("{time};PUMP1.valve;{valve};%\n{time};PUMP1.level;{level};cm\n");
        if row % 6 == 0 {
            text += &format!("{time};LAB.viscosity;{};mPas\n", 10 + row % 4);
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "historian.csv", text);
    let imported = load(&path, None).unwrap();
    let dataset = &imported.dataset;
    assert_eq!(dataset.channels.len(), 3);
    assert_eq!(names(dataset, Role::Control), ["PUMP1.valve"]);
    let level = dataset.channel_idx("PUMP1.level").unwrap();
    assert_eq!(dataset.channels[level].unit, "cm");
    let column = &dataset.episodes[0].columns[level];
    assert!((column[70] - rows(120)[70].2).abs() < 1e-12);
    assert!(codes(&imported).contains(&"long-form"));
    keeps_promises(&imported, &[path]);
}

#[test]
fn a_folder_of_one_file_a_sensor_becomes_channels_with_the_states_of_each_cycle() {
    let dir = tempfile::tempdir().unwrap();
    for (name, width, offset) in [("TS1", 20, 0.0), ("TS2", 20, 5.0), ("PS1", 60, 9.0)] {
        let mut text = String::new();
        for cycle in 0..30 {
            let values: Vec<String> = (0..width)
                .map(|at| {
                    let secs = f64::from(cycle * 20) + f64::from(at) * 20.0 / f64::from(width);
                    format!("{:.4}", offset + (secs / (9.0 + offset)).sin())
                })
                .collect();
            text += &format!("{}\n", values.join("\t"));
        }
        write(dir.path(), &format!("{name}.txt"), text);
    }
    let mut states = String::new();
    for cycle in 0..30 {
        states += &format!("{}\t1\n", cycle / 10);
    }
    write(dir.path(), "profile.txt", states);
    let imported = load(dir.path(), None).unwrap();
    let dataset = &imported.dataset;
    assert_eq!(names(dataset, Role::Observation), ["PS1", "TS1", "TS2"]);
    assert_eq!(names(dataset, Role::Label)[0], "profile 1");
    assert_eq!(dataset.n_steps(), 600, "the cycles follow on");
    let state = dataset.channel_idx("profile 1").unwrap();
    assert_eq!(dataset.episodes[0].columns[state][200..202], [1.0, 1.0]);
    assert!(!codes(&imported).contains(&"no-header"));
    let question = imported
        .issues
        .as_slice()
        .iter()
        .find(|issue| issue.code == "cycle-matrix");
    assert!(question.unwrap().text.contains("How far apart"));
    keeps_promises(&imported, &[dir.path().to_path_buf()]);
}

#[test]
fn photos_take_time_and_posture_from_their_exif_data() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", csv(120));
    let mut picture = image::RgbImage::new(40, 20);
    for y in 0..20 {
        for x in 0..40 {
            let light = if x < 20 { 255 } else { 0 };
            picture.put_pixel(x, y, image::Rgb([light, light, light]));
        }
    }
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .unwrap();
    let jpeg = jpeg.into_inner();
    for (name, time) in [
        ("IMG_A.jpg", "2026:01:05 00:05:00"),
        ("IMG_B.jpg", "2026:01:05 00:10:00"),
    ] {
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend(exif(time));
        bytes.extend(&jpeg[2..]);
        write(dir.path(), name, bytes);
    }
    let imported = load(dir.path(), None).unwrap();
    let frames = &imported.dataset.media.frames;
    let times: Vec<String> = frames
        .iter()
        .map(|frame| gemba::base::format_time(frame.time_ns))
        .collect();
    assert_eq!(times, ["2026-01-05T00:05:00Z", "2026-01-05T00:10:00Z"]);
    // Turned by a quarter: what was left is on top.
    assert!(frames[0].thumb_height > frames[0].thumb_width);
    assert!(frames[0].thumb_rgb[0] > 200);
    assert!(*frames[0].thumb_rgb.last().unwrap() < 60);
    let track = &imported.dataset.media.tracks[0];
    assert_eq!((track.items[0].step, track.items[1].step), (30, 60));
    keeps_promises(&imported, &[dir.path().to_path_buf()]);
}

/// An EXIF block with the time of the shot and a turn to the right.
fn exif(time: &str) -> Vec<u8> {
    let mut tiff = b"II\x2a\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
    tiff.extend(b"\x69\x87\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0");
    tiff.extend(b"\x01\0\x03\x90\x02\0\x14\0\0\0\x38\0\0\0\0\0\0\0");
    tiff.extend(time.as_bytes());
    tiff.push(0);
    let mut block = b"\xff\xe1".to_vec();
    block.extend(u16::try_from(tiff.len() + 8).unwrap().to_be_bytes());
    block.extend(b"Exif\0\0");
    block.extend(tiff);
    block
}

#[test]
fn photos_in_one_heap_find_their_run_by_the_part_number_in_their_name() {
    let dir = tempfile::tempdir().unwrap();
    for part in 1..=3 {
        let mut text = "time,part_no,level\n".to_owned();
        for (time, _, level) in rows(60) {
            let time = time.replace("-05T", &format!("-0{part}T"));
            text += &format!("{time},P-2210{part},{level}\n");
        }
        write(dir.path(), &format!("logs/run{part}.csv"), text);
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(8, 8)
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        let name = format!("photos/p-2210{part}_20260110_080000.png");
        write(dir.path(), &name, png.into_inner());
    }
    let imported = load(dir.path(), None).unwrap();
    let track = &imported.dataset.media.tracks[0];
    let homes: Vec<usize> = track.items.iter().map(|item| item.episode).collect();
    assert_eq!(homes, [0, 1, 2]);
    let said = imported
        .issues
        .as_slice()
        .iter()
        .find(|issue| issue.code == "key-join-clock")
        .unwrap();
    assert_eq!(
        (said.args["column"].as_str(), said.args["runs"].as_str()),
        ("part_no", "3")
    );
    assert_eq!(said.args["low_secs"], "633600.000");
    assert_eq!(said.args["low_days"], "7.33");
}

#[test]
fn checklists_of_any_layout_join_the_log() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "log.csv", csv(360));
    write(
        dir.path(),
        "daily.csv",
        "日時,油量,異音,担当\n2026/01/05 00:10,○,×,佐藤\n2026/01/05 00:20,△,○,鈴木\n",
    );
    write(
        dir.path(),
        "round.md",
        "# 2026-01-05 00:30\n担当: 佐藤\n- [x] 液漏れなし\n- [ ] 軸受: 異音あり\n",
    );
    let head = ["日時", "項目", "判定"];
    let mut xml = "<sheetData><row r=\"1\">".to_owned();
    for (place, words) in ["A1", "B1", "C1"].iter().zip(head) {
        xml += &text_cell(place, words);
    }
    xml += "</row>";
    for (row, mark) in ["良", "否"].iter().enumerate() {
        let (at, day) = (row + 2, 46_027.0 + (row as f64 + 4.0) * 600.0 / 86_400.0);
        xml += &format!(
            "<row r=\"{at}\"><c r=\"A{at}\" s=\"1\"><v>{day}</v></c>{}{}</row>",
            text_cell(&format!("B{at}"), "外観"),
            text_cell(&format!("C{at}"), mark)
        );
    }
    write(
        dir.path(),
        "checks.xlsx",
        workbook(&[("点検", xml + "</sheetData>")]),
    );
    let imported = load(dir.path(), None).unwrap();
    let answers = &imported.dataset.media.answers;
    let value = |item: &str| -> Vec<&AnswerValue> {
        let own = answers.iter().filter(|answer| answer.item == item);
        own.map(|answer| &answer.value).collect()
    };
    assert_eq!(
        value("油量"),
        [&AnswerValue::YesNo(true), &AnswerValue::Grade(0.5)]
    );
    assert_eq!(
        value("外観"),
        [&AnswerValue::YesNo(true), &AnswerValue::YesNo(false)]
    );
    assert_eq!(value("液漏れなし"), [&AnswerValue::YesNo(true)]);
    assert_eq!(value("軸受").len(), 2);
    assert_eq!(imported.dataset.channels.len(), 2);
    keeps_promises(&imported, &[dir.path().to_path_buf()]);
}

#[test]
fn all_robot_welds_are_joined_by_part_number_and_the_clocks_are_compared() {
    let Some(dir) = shared("robot_welds") else {
        return;
    };
    let imported = load(&dir, None).unwrap();
    let dataset = &imported.dataset;
    assert_eq!(dataset.episodes.len(), 12);
    assert_eq!(
        (dataset.media.frames.len(), dataset.media.clips.len()),
        (60, 12)
    );
    for track in &dataset.media.tracks {
        let mut homes: Vec<usize> = track.items.iter().map(|item| item.episode).collect();
        homes.dedup();
        assert_eq!(homes, (0..12).collect::<Vec<_>>(), "{:?}", track.modality);
    }
    let said = imported
        .issues
        .as_slice()
        .iter()
        .find(|issue| issue.code == "key-join-clock")
        .unwrap();
    println!("{}", said.text);
    assert_eq!(said.args["count"], "72");
    assert_eq!(said.args["runs"], "12");
    assert_eq!(said.args["column"], "Part No");
}

/// What each folder of real data must give: rows, channels, controls, a code that must be said.
const FOLDERS: [(&str, u64, usize, usize, &str); 20] = [
    ("cascaded_tanks", 2048, 2, 1, ""),
    ("cmapss_fd001", 33_727, 25, 0, "runs-by-key"),
    ("cnc_mill", 14_335, 49, 13, ""),
    ("gas_turbine", 36_733, 11, 0, "no-time"),
    ("hvac_office", 94_268, 6, 2, "line-still"),
    ("hydraulic_rig", 132_300, 13, 0, "cycle-matrix"),
    ("jma_tokyo", 1096, 95, 0, "same-file-twice"),
    ("keyence_logger", 8830, 9, 0, "same-file-twice"),
    ("lathe_sound", 40, 25, 0, "media-only"),
    ("maintenance_text", 6169, 2, 0, "media-only"),
    ("nab_machine_temp", 29_962, 2, 0, "named-by-file"),
    ("robot_welds", 4072, 8, 2, "key-join-clock"),
    ("silverbox", 131_072, 2, 1, "no-time"),
    ("skab", 46_093, 10, 0, "lacks-columns"),
    ("small_sysid", 4000, 2, 1, "separate-logs"),
    ("soft_sensors", 10_081, 7, 0, "separate-logs"),
    ("steel_defects", 72, 5, 0, "media-only"),
    ("steel_energy", 35_040, 10, 0, "midnight-stamp"),
    ("tclab", 2000, 4, 1, ""),
    ("wiener_hammerstein", 188_000, 3, 1, "rate-column"),
];

#[test]
fn every_folder_of_real_data_is_read_without_a_recipe() {
    let mut wrong = Vec::new();
    for (name, n_rows, n_channels, n_controls, code) in FOLDERS {
        let Some(dir) = shared(name) else { return };
        let imported = match load(&dir, None) {
            Ok(imported) => imported,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let dataset = &imported.dataset;
        let found = (
            imported.n_rows,
            dataset.channels.len(),
            names(dataset, Role::Control).len(),
        );
        println!(
            "{name}: {found:?} step {} s, {} episodes, {} issues",
            dataset.step_secs,
            dataset.episodes.len(),
            imported.issues.as_slice().len()
        );
        if std::env::var_os("GEMBA_PRINT").is_some() {
            print_all(&imported);
        }
        if found != (n_rows, n_channels, n_controls) {
            wrong.push(format!("{name}: {found:?}"));
        }
        if !code.is_empty() && !codes(&imported).contains(&code) {
            wrong.push(format!("{name}: {code} was not said"));
        }
        if dataset.spans_of(Split::Train).next().is_none() {
            wrong.push(format!("{name}: nothing to learn from"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn print_all(imported: &Imported) {
    for channel in &imported.dataset.channels {
        print!(" {}:{}", channel.name, channel.role.name());
    }
    println!();
    for issue in imported.issues.as_slice().iter().take(16) {
        println!("  - {} {}: {}", issue.code, issue.place, issue.text);
    }
}
