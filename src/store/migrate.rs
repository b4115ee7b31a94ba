//! The index's tables, one version after the other.

use rusqlite::{Connection, Transaction};

/// "Gmba", so that tools can tell the file's kind.
const APPLICATION_ID: i64 = 0x476d_6261;

/// Each entry leads from the version of its position to the next.
const STEPS: &[&str] = &[V1];

/// The version that this program writes.
pub(super) const VERSION: i64 = 1;

const V1: &str = "
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE dataset (
    id INTEGER PRIMARY KEY,
    saved_ns INTEGER NOT NULL,
    body TEXT NOT NULL,
    series TEXT,
    media TEXT NOT NULL
) STRICT;
CREATE TABLE model (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    in_use INTEGER NOT NULL,
    body TEXT NOT NULL,
    file TEXT NOT NULL
) STRICT;
CREATE TABLE training_state (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    file TEXT NOT NULL
) STRICT;
CREATE TABLE text (key TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    before TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
";

/// What a file says about its kind and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// Nothing was ever written.
    Fresh,
    /// A project's index of some version.
    Ours(i64),
    /// Another program's file.
    Foreign,
}

/// Reads the file's own words about its kind and version.
pub(super) fn stamp(conn: &Connection) -> rusqlite::Result<Stamp> {
    let application_id: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let n_tables: i64 =
        conn.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application_id, version, n_tables) {
        (APPLICATION_ID, _, _) => Stamp::Ours(version),
        (0, 0, 0) => Stamp::Fresh,
        _ => Stamp::Foreign,
    })
}

/// Brings the tables from `version` to [`VERSION`].
pub(super) fn upgrade(tx: &Transaction<'_>, version: i64) -> rusqlite::Result<()> {
    let done = usize::try_from(version).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", VERSION)
}
