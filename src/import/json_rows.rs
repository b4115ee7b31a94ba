//! Reads JSON that is a list of records, one object a row, or one object a line.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::cells::CellText;
use crate::base::Phrase;

/// Whole files are parsed at once: larger ones are no list of work orders.
const MOST_BYTES: usize = 256 << 20;
/// More names than this are no columns.
const MOST_COLUMNS: usize = 1_000;

/// Whether a file is JSON by its name.
pub(super) fn is_json(shown: &str) -> bool {
    let lower = shown.to_lowercase();
    let bare = super::walk::unpacked_name(&lower);
    [".json", ".jsonl", ".ndjson"]
        .iter()
        .any(|end| bare.ends_with(end))
}

/// The records as a text table; `None` where the file is no list of records. Lists and objects
/// inside a record are left out.
///
/// # Errors
///
/// A sentence where the file is larger than is read.
pub(super) fn read(bytes: &[u8]) -> Result<Option<String>, Phrase> {
    if bytes.len() > MOST_BYTES {
        return Err(too_large(bytes.len()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Some(records) = records_of(bytes) else {
        return Ok(None);
    };
    let mut columns: BTreeMap<String, usize> = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    for record in &records {
        for (name, value) in record {
            let is_plain = !value.is_array() && !value.is_object();
            if is_plain && !columns.contains_key(name) {
                columns.insert(name.clone(), names.len());
                names.push(name.clone());
            }
        }
    }
    if names.is_empty() || names.len() > MOST_COLUMNS || records.len() < 2 {
        return Ok(None);
    }
    let mut out = CellText::default();
    for name in &names {
        out.push(name);
    }
    out.end_row()?;
    for record in &records {
        for name in &names {
            match record.get(name) {
                Some(Value::String(text)) => out.push(text),
                Some(Value::Bool(yes)) => out.push(if *yes { "1" } else { "0" }),
                Some(Value::Number(number)) => out.push(&number.to_string()),
                _ => out.push(""),
            }
        }
        out.end_row()?;
    }
    Ok(Some(out.into_text()))
}

fn too_large(n_bytes: usize) -> Phrase {
    let words = format!(
        "it has {n_bytes} bytes of JSON, expected at most {MOST_BYTES}; save it as CSV or Parquet"
    );
    Phrase::new("detail-json-large", words)
        .with("bytes", n_bytes)
        .with("most", MOST_BYTES)
}

fn records_of(bytes: &[u8]) -> Option<Vec<Map<String, Value>>> {
    if let Ok(list) = serde_json::from_slice::<Vec<Map<String, Value>>>(bytes) {
        return Some(list);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str::<Map<String, Value>>(line).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::error::told::is_told;

    #[test]
    fn a_list_and_lines_of_records_give_the_same_rows() {
        let list = br#"[{"t": 1, "x": 0.5, "deep": [1]}, {"t": 2, "note": "a, b"}]"#;
        let lines = b"{\"t\": 1, \"x\": 0.5}\n{\"t\": 2, \"note\": \"a, b\"}\n";
        let expected = "t\tx\tnote\n1\t0.5\t\n2\t\ta, b\n";
        assert_eq!(read(list).expect("small").as_deref(), Some(expected));
        assert_eq!(read(lines).expect("small").as_deref(), Some(expected));
        assert_eq!(read(b"{\"a\": {\"b\": 1}}").expect("small"), None);
    }

    #[test]
    fn too_large_a_file_is_told() {
        is_told(&[too_large(MOST_BYTES + 1)]);
    }
}
