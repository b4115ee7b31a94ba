//! Reads the tables of a SQLite file as text; the file is opened so that nothing is ever written.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, types::ValueRef};

use super::cells::CellText;
use crate::base::{Phrase, StopToken, Stopped, io_phrase};

/// More tables than this are no log.
const MOST_TABLES: usize = 200;
/// A longer cell is no measurement and no note.
const MOST_CELL_BYTES: usize = 1 << 20;

/// Reads all tables with at least two rows: name and text.
///
/// # Errors
///
/// A sentence where it is no database, is broken or larger than is read, or on a stop.
pub(super) fn tables(path: &Path, stop: &StopToken) -> Result<Vec<(String, String)>, Phrase> {
    let say = |error: rusqlite::Error| {
        let words = format!("the database cannot be read ({error})");
        Phrase::new("detail-database", words).with("error", error)
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri_of(path)?, flags).map_err(say)?;
    // A hostile schema may call functions.
    connection
        .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
        .map_err(say)?;
    connection.busy_timeout(Duration::ZERO).map_err(say)?;
    let mut listing = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' \
             ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
        )
        .map_err(say)?;
    let names: Vec<String> = listing
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .map_err(say)?;
    if names.len() > MOST_TABLES {
        return Err(too_many(names.len()));
    }
    let mut tables = Vec::new();
    for name in names {
        let (text, n_rows) = read_table(&connection, &name, stop)?;
        if n_rows >= 2 {
            tables.push((name, text));
        }
    }
    Ok(tables)
}

fn too_many(n_tables: usize) -> Phrase {
    let words = format!(
        "it has {n_tables} tables, expected at most {MOST_TABLES}; export the table of the log"
    );
    Phrase::new("detail-database-tables", words)
        .with("found", n_tables)
        .with("most", MOST_TABLES)
}

/// Whether rows wait in a write-ahead file, which is not read: the writer has not closed it.
pub(super) fn has_waiting_rows(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).is_ok_and(|meta| meta.len() > 0)
}

/// `immutable` keeps SQLite from making lock and shared-memory files beside the customer's.
fn uri_of(path: &Path) -> Result<String, Phrase> {
    let path = std::path::absolute(path).map_err(|error| io_phrase(&error))?;
    let Some(path) = path.to_str() else {
        let words = "its path is no Unicode text; move it to another folder";
        return Err(Phrase::new("detail-path-not-unicode", words));
    };
    let mut uri = "file:".to_owned();
    if !path.starts_with('/') {
        uri.push('/');
    }
    for letter in path.replace('\\', "/").chars() {
        match letter {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            other => uri.push(other),
        }
    }
    uri.push_str("?immutable=1");
    Ok(uri)
}

fn read_table(
    connection: &Connection,
    name: &str,
    stop: &StopToken,
) -> Result<(String, u64), Phrase> {
    let say = |error: rusqlite::Error| {
        let words = format!("table {name:?} cannot be read ({error})");
        Phrase::new("detail-database-table", words)
            .with("table", format!("{name:?}"))
            .with("error", error)
    };
    let quoted = name.replace('"', "\"\"");
    let mut statement = connection
        .prepare(&format!("SELECT * FROM \"{quoted}\""))
        .map_err(say)?;
    let mut out = CellText::default();
    let n_columns = statement.column_count();
    for column in statement.column_names() {
        out.push(column);
    }
    out.end_row()?;
    let mut rows = statement.query([]).map_err(say)?;
    let mut n_rows = 0_u64;
    while let Some(row) = rows.next().map_err(say)? {
        if n_rows.is_multiple_of(4096) {
            stop.check().map_err(Stopped::phrase)?;
        }
        for column in 0..n_columns {
            match row.get_ref(column).map_err(say)? {
                ValueRef::Null | ValueRef::Blob(_) => out.push(""),
                ValueRef::Integer(value) => out.push(&value.to_string()),
                ValueRef::Real(value) => out.push_number(value),
                ValueRef::Text(text) if text.len() > MOST_CELL_BYTES => out.push(""),
                ValueRef::Text(text) => out.push(&String::from_utf8_lossy(text)),
            }
        }
        out.end_row()?;
        n_rows += 1;
    }
    Ok((out.into_text(), n_rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{read_file, write_atomic},
        import::error::told::is_told,
    };

    #[test]
    fn broken_tables_and_too_many_are_told() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("log.sqlite");
        let rows = "CREATE TABLE log (time TEXT, level REAL); WITH RECURSIVE n(i) AS (SELECT 1 \
                    UNION ALL SELECT i + 1 FROM n WHERE i < 999) INSERT INTO log SELECT i, i FROM n";
        let made = Connection::open(&path).and_then(|whole| whole.execute_batch(rows));
        made.expect("a database");
        let stop = StopToken::new();
        assert_eq!(tables(&path, &stop).expect("whole").len(), 1);
        let whole = read_file(&path).expect("written");
        let broken = |from: usize| {
            let mut bytes = whole.clone();
            bytes[from..].fill(0xff);
            write_atomic(&path, &bytes).expect("a file");
            tables(&path, &stop).expect_err("broken")
        };
        // The first page lists the tables, the others hold their rows.
        let [table, database] = [4096, 100].map(broken);
        assert_eq!(table.key(), "detail-database-table");
        assert_eq!(database.key(), "detail-database");
        is_told(&[table, database, too_many(MOST_TABLES + 1)]);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_told() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
        let path = Path::new(OsStr::from_bytes(b"/x/\xff.sqlite"));
        is_told(&[uri_of(path).expect_err("no text")]);
    }
}
