//! Reads checklists: time, item, answer, who, note, in any order, in English or Japanese.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    dialect::Dialect,
    encoding::Decoded,
    number::{self, Cell},
    records::Records,
    stamp::{DayOrder, read_stamp},
    timeline::{NO_TIME, choose_order, note_ambiguous},
};
use crate::{
    base::{Issue, Issues, Place, Severity, to_f32},
    data::{Answer, AnswerValue, FeatureItem},
};

/// Buckets of the words in notes.
const NOTE_BUCKETS: usize = 32;
/// Answers further apart than this belong to two rounds: 20 minutes.
const ROUND_NS: i64 = 20 * 60 * 1_000_000_000;
/// No round takes longer than this, however closely notes follow each other: one hour.
const LONGEST_ROUND_NS: i64 = 3 * ROUND_NS;
/// An item answered again within five minutes is a correction, later a new round.
const CORRECTION_NS: i64 = ROUND_NS / 4;
/// Items beyond these are kept as answers but not shown to the model.
const MOST_ITEMS: usize = 200;

/// One checklist file.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) source: String,
    pub(super) answers: Vec<Answer>,
    /// Whether its times carry a zone.
    pub(super) has_zone: bool,
    /// Whether its rows are only counted.
    pub(super) is_counted: bool,
}

/// What a column of a checklist is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Time,
    Item,
    Answer,
    Who,
    Note,
}

/// What the heads of each part say.
pub(super) const HEADS: [(Part, &str); 5] = [
    (
        Part::Time,
        "time datetime date timestamp 日時 時刻 日付 点検日時 記入日時",
    ),
    (
        Part::Item,
        "item check question checkpoint 項目 点検項目 確認項目 チェック項目",
    ),
    (
        Part::Answer,
        "answer result value grade 判定 結果 回答 評価 点検結果",
    ),
    (
        Part::Who,
        "who name operator inspector by 担当 担当者 氏名 点検者 記入者",
    ),
    (
        Part::Note,
        "note notes remark remarks comment 備考 所見 コメント メモ 特記事項",
    ),
];

fn parts_of(header: &[String]) -> BTreeMap<Part, usize> {
    let mut parts = BTreeMap::new();
    for (column, head) in header.iter().enumerate() {
        let lower = head.trim().to_lowercase();
        for (part, names) in HEADS {
            if names.split(' ').any(|name| name == lower) {
                parts.entry(part).or_insert(column);
            }
        }
    }
    parts
}

/// Reads a checklist; `None` where the heads do not speak of one.
pub(super) fn read(
    decoded: &Decoded<'_>,
    dialect: &Dialect,
    source: &str,
    is_asked: bool,
    issues: &mut Issues,
) -> Option<Sheet> {
    let parts = parts_of(&dialect.header);
    let (time, item) = (*parts.get(&Part::Time)?, *parts.get(&Part::Item)?);
    let has_answers = parts.contains_key(&Part::Answer);
    if !has_answers && (!is_asked || !parts.contains_key(&Part::Note)) {
        return None;
    }
    let place = Place::file(source);
    let mut times: Vec<Vec<i64>> = vec![Vec::new(); DayOrder::ALL.len()];
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut has_zone = false;
    let mut records = Records::new(&decoded.text, dialect.marks);
    let mut cells: Vec<Cow<'_, str>> = Vec::new();
    let mut lost: Option<(u64, u64)> = None;
    while let Some(line) = records.read(&mut cells) {
        if line < dialect.first_line || cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cell = |column: usize| cells.get(column).map_or("", |cell| cell.trim());
        let stamps = DayOrder::ALL.map(|order| read_stamp(cell(time), order));
        if stamps.iter().all(Option::is_none) {
            let entry = lost.get_or_insert((0, line));
            entry.0 += 1;
            continue;
        }
        for (list, stamp) in times.iter_mut().zip(stamps) {
            has_zone |= stamp.is_some_and(|stamp| stamp.offset.is_some());
            list.push(stamp.map_or(NO_TIME, super::stamp::Stamp::unix_nanos));
        }
        let of = |part: Part| {
            parts
                .get(&part)
                .map_or("", |&column| cell(column))
                .to_owned()
        };
        rows.push([
            cell(item).to_owned(),
            of(Part::Answer),
            of(Part::Who),
            of(Part::Note),
        ]);
    }
    if let Some((count, line)) = lost {
        issues.push(timeless(&place, count, line));
    }
    let chosen = choose_order(times, &DayOrder::ALL);
    if let (Some(order), Some((other, _))) = (chosen.order, &chosen.rival) {
        note_ambiguous(order, *other, place, issues);
    }
    let mut answers = Vec::new();
    for ([item, written, who, note], time_ns) in rows.into_iter().zip(chosen.times) {
        if time_ns == NO_TIME {
            continue;
        }
        let answer = |value: AnswerValue, written: &str| Answer {
            time_ns,
            item: item.clone(),
            value,
            written: written.to_owned(),
            who: who.clone(),
        };
        answers.push(answer(value_of(&written, dialect.decimal), &written));
        if !note.is_empty() {
            answers.push(answer(AnswerValue::Note(note.clone()), &note));
        }
    }
    answers.sort_by_key(|answer| answer.time_ns);
    Some(Sheet {
        source: source.to_owned(),
        answers,
        has_zone,
        is_counted: false,
    })
}

fn timeless(place: &Place, count: u64, line: u64) -> Issue {
    Issue::new(
        place.clone().at_row(line),
        Severity::Warning,
        "rows-without-time",
        format!("{count} rows have no readable time and were left out"),
    )
    .with("count", count)
    .with("line", line)
}

// What people write for an answer, in lower case.
const UNKNOWN: &str = "- ー － 未 n/a na";
const YES: &str = "○ 〇 ◯ ok o yes y true pass good ✓ ✔ ☑ レ 良 良好 合 合格 はい 有 正常 異常なし \
    異常無し 問題なし";
const NO: &str = "× ✕ ✗ ✘ ng x no n false fail bad ☐ 否 不良 不合格 いいえ 無 異常 異常あり \
    異常有り";
const FAIR: &str = "△ ▲ 注意 要注意 可 fair";
const BEST: &str = "◎ 優 excellent";

/// What a tick, a word or a number means.
pub(super) fn value_of(written: &str, decimal: char) -> AnswerValue {
    let lower = written.trim().to_lowercase();
    let means = |words: &str| words.split(' ').any(|word| word == lower);
    if lower.is_empty() || means(UNKNOWN) {
        return AnswerValue::Unknown;
    }
    if means(YES) {
        return AnswerValue::YesNo(true);
    }
    if means(NO) {
        return AnswerValue::YesNo(false);
    }
    if means(FAIR) {
        return AnswerValue::Grade(0.5);
    }
    if means(BEST) {
        return AnswerValue::Grade(1.0);
    }
    match number::read_cell(written, decimal) {
        Cell::Number(value) => AnswerValue::Number(value),
        Cell::Missing => AnswerValue::Unknown,
        Cell::Infinite | Cell::Text => AnswerValue::Note(written.trim().to_owned()),
    }
}

/// One record a round: for each item its answer and whether it was left open, then the letters of
/// the notes.
///
/// What was not asked in a round is missing; what was asked and left empty says so. People tick a
/// list within minutes, so answers that follow each other closely are one round, which is known
/// from its last answer on. An item that is asked again begins the next round: some lists are
/// ticked every few minutes all day.
pub(super) fn features(
    answers: &[Answer],
    place: impl Fn(i64) -> Option<(usize, usize)>,
) -> (Vec<FeatureItem>, Vec<String>) {
    let mut names: Vec<String> = answers
        .iter()
        .filter(|answer| number_of(&answer.value).is_some())
        .map(|answer| answer.item.clone())
        .collect();
    names.sort();
    names.dedup();
    names.truncate(MOST_ITEMS);
    let n_items = names.len();
    let mut items: Vec<FeatureItem> = Vec::new();
    let (mut first_ns, mut last_ns) = (i64::MIN, i64::MIN);
    let mut asked: BTreeMap<&str, i64> = BTreeMap::new();
    for answer in answers {
        let Some((episode, step)) = place(answer.time_ns) else {
            continue;
        };
        let is_note = matches!(answer.value, AnswerValue::Note(_));
        let is_new = answer.time_ns.saturating_sub(last_ns) > ROUND_NS
            || answer.time_ns.saturating_sub(first_ns) > LONGEST_ROUND_NS
            || (!is_note && is_asked_again(&asked, answer))
            || items.last().is_none_or(|item| item.episode != episode);
        last_ns = answer.time_ns;
        if is_new {
            first_ns = answer.time_ns;
            asked.clear();
            let mut features = vec![f32::NAN; 2 * n_items];
            features.resize(2 * n_items + NOTE_BUCKETS, 0.0);
            items.push(FeatureItem {
                episode,
                step,
                features,
            });
        }
        if !is_note {
            asked.insert(&answer.item, answer.time_ns);
        }
        let Some(round) = items.last_mut() else {
            continue;
        };
        round.step = step;
        let row = &mut round.features;
        if let AnswerValue::Note(note) = &answer.value {
            count_letters(note, &mut row[2 * n_items..]);
        } else if let Ok(item) = names.binary_search(&answer.item) {
            let value = number_of(&answer.value);
            row[item] = value.unwrap_or(row[item]);
            row[n_items + item] = f32::from(u8::from(value.is_none()));
        }
    }
    for item in &mut items {
        // A long note is no louder than a short one that says the same.
        let letters = &mut item.features[2 * n_items..];
        let length = letters.iter().map(|x| x * x).sum::<f32>().sqrt();
        for letter in letters {
            *letter /= length.max(1.0);
        }
    }
    let open: Vec<String> = names
        .iter()
        .map(|name| format!("{name} left open"))
        .collect();
    names.extend(open);
    names.extend((0..NOTE_BUCKETS).map(|bucket| format!("note {bucket}")));
    (items, names)
}

fn number_of(value: &AnswerValue) -> Option<f32> {
    match value {
        AnswerValue::YesNo(yes) => Some(f32::from(u8::from(*yes))),
        AnswerValue::Grade(number) | AnswerValue::Number(number) => Some(to_f32(*number)),
        AnswerValue::Note(_) | AnswerValue::Unknown => None,
    }
}

/// Whether this round holds an answer to the same item that this one does not just correct.
fn is_asked_again(asked: &BTreeMap<&str, i64>, answer: &Answer) -> bool {
    let earlier = asked.get(answer.item.as_str());
    earlier.is_some_and(|earlier| answer.time_ns.saturating_sub(*earlier) > CORRECTION_NS)
}

/// Counts runs of two and of three letters, each in the bucket its FNV-1a hash names. Japanese
/// says in two signs what English says in three or more letters.
fn count_letters(note: &str, buckets: &mut [f32]) {
    let letters: Vec<char> = format!(" {} ", note.to_lowercase()).chars().collect();
    for run in letters.windows(2).chain(letters.windows(3)) {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for letter in run {
            hash = (hash ^ u64::from(*letter)).wrapping_mul(0x0100_0000_01b3);
        }
        let bucket = usize::try_from((hash >> 33) % buckets.len() as u64).unwrap_or(0);
        buckets[bucket] += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_words_and_numbers_are_understood() {
        let check = |written: &str, expected: AnswerValue| {
            assert_eq!(value_of(written, '.'), expected, "{written}");
        };
        check("○", AnswerValue::YesNo(true));
        check("NG", AnswerValue::YesNo(false));
        check("△", AnswerValue::Grade(0.5));
        check("74.5", AnswerValue::Number(74.5));
        check("", AnswerValue::Unknown);
        check("軸受から異音", AnswerValue::Note("軸受から異音".to_owned()));
    }

    #[test]
    fn japanese_heads_in_any_order_make_a_checklist() {
        let text = "備考,判定,項目,日時,担当\n異音あり,×,軸受,2026/1/5 8:00,佐藤\n,○,液漏れ,2026/1/5 8:05,佐藤\n";
        let decoded = super::super::encoding::decode(text.as_bytes());
        let dialect = super::super::dialect::detect(text).expect("a table");
        let sheet = read(&decoded, &dialect, "c.csv", false, &mut Issues::new()).expect("a sheet");
        assert_eq!(sheet.answers.len(), 3);
        assert_eq!(sheet.answers[0].item, "軸受");
        let (items, names) = features(&sheet.answers, |time| Some((0, usize::from(time > 0))));
        assert_eq!((items.len(), items[0].features.len()), (1, names.len()));
        assert!(items[0].features[4..].iter().sum::<f32>() > 0.0);
    }

    #[test]
    fn answers_of_one_round_are_one_record_and_an_open_answer_is_not_a_missing_one() {
        let minute = 60_000_000_000;
        let answer = |minutes: i64, item: &str, value: AnswerValue| Answer {
            time_ns: minutes * minute,
            item: item.to_owned(),
            value,
            written: String::new(),
            who: String::new(),
        };
        let answers = [
            answer(0, "bearing", AnswerValue::Grade(0.5)),
            answer(3, "leak", AnswerValue::Unknown),
            answer(240, "leak", AnswerValue::YesNo(true)),
        ];
        let at = |time: i64| usize::try_from(time / minute).ok().map(|step| (0, step));
        let (items, names) = features(&answers, at);
        assert_eq!(
            names[..4],
            ["bearing", "leak", "bearing left open", "leak left open"]
        );
        let steps: Vec<usize> = items.iter().map(|item| item.step).collect();
        assert_eq!(steps, [3, 240]);
        let first = &items[0].features;
        assert!((first[0] - 0.5).abs() < 1e-6 && first[1].is_nan());
        assert_eq!(first[2..4], [0.0, 1.0]);
        assert!(items[1].features[2].is_nan());
    }

    #[test]
    fn a_list_that_is_ticked_every_ten_minutes_gives_a_record_each_time() {
        let minute = 60_000_000_000;
        let answer = |minutes: i64, item: &str, value: AnswerValue| Answer {
            time_ns: minutes * minute,
            item: item.to_owned(),
            value,
            written: String::new(),
            who: String::new(),
        };
        let at = |time: i64| usize::try_from(time / minute).ok().map(|step| (0, step));
        let ticked: Vec<Answer> = (0..30)
            .flat_map(|round| {
                ["leak", "noise"].map(|item| answer(10 * round, item, AnswerValue::YesNo(true)))
            })
            .collect();
        assert_eq!(features(&ticked, at).0.len(), 30);
        let noted: Vec<Answer> = (0..30)
            .map(|round| answer(10 * round, "log", AnswerValue::Note("ok".to_owned())))
            .collect();
        let steps: Vec<usize> = features(&noted, at).0.iter().map(|one| one.step).collect();
        assert_eq!(steps, [60, 130, 200, 270, 290]);
    }
}
