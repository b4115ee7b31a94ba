//! The index: how `project.sqlite` is opened, checked and changed.
//!
//! SQLite has no checksums. So every change writes a seal, a digest over all rows, in the same
//! transaction, and opening compares it. The audit trail enters by its newest link: its own chain
//! carries the rest.
//!
//! The file is only ever touched through SQLite: closing a second handle of our own would drop
//! the locks that SQLite holds on it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Row, TransactionBehavior, types::ValueRef};

use super::{
    StoreError,
    migrate::{self, Stamp},
};
use crate::base::{Digest, Phrase};

const FILE: &str = "project.sqlite";

/// Everything that is sealed, each in a fixed order.
const SEALED: [&str; 6] = [
    "SELECT key, value FROM meta WHERE key <> 'seal' ORDER BY key",
    "SELECT * FROM dataset ORDER BY id",
    "SELECT * FROM model ORDER BY seq",
    "SELECT * FROM training_state",
    "SELECT * FROM text ORDER BY key",
    "SELECT seq, digest FROM audit ORDER BY seq DESC LIMIT 1",
];

/// The open index of a project.
#[derive(Debug)]
pub(super) struct Index {
    path: PathBuf,
    conn: Connection,
}

impl Index {
    /// Where the index of a project folder is.
    pub(super) fn place(project: &Path) -> PathBuf {
        project.join(FILE)
    }

    /// The kind and version that the file claims, without changing anything.
    pub(super) fn peek(project: &Path) -> Result<Stamp, StoreError> {
        let index = Self::open_quietly(project)?;
        migrate::stamp(&index.conn).map_err(index.wrap())
    }

    /// Opens it for writing, makes or upgrades the tables, and checks it.
    pub(super) fn open_rw(project: &Path) -> Result<Self, StoreError> {
        let path = Self::place(project);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let wrap = |source| StoreError::of_sql(&path, source);
        let conn = Connection::open_with_flags(&path, flags).map_err(wrap)?;
        configure(&conn).map_err(wrap)?;
        conn.pragma_update(None, "journal_mode", "wal")
            .map_err(wrap)?;
        conn.pragma_update(None, "synchronous", "full")
            .map_err(wrap)?;
        let stamp = migrate::stamp(&conn).map_err(wrap)?;
        let mut index = Self { path, conn };
        if stamp == Stamp::Fresh {
            index.change(|tx| migrate::upgrade(tx, 0))?;
        }
        index.check()?;
        if let Stamp::Ours(version) = stamp
            && version < migrate::VERSION
        {
            index.change(|tx| migrate::upgrade(tx, version))?;
        }
        Ok(index)
    }

    /// Opens it for reading and checks it.
    pub(super) fn open_ro(project: &Path) -> Result<Self, StoreError> {
        let index = Self::open_readable(project)?;
        index.check()?;
        Ok(index)
    }

    /// The connection, for reading.
    pub(super) fn conn(&self) -> &Connection {
        &self.conn
    }

    /// All rows of a question.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let wrap = self.wrap();
        let mut statement = self.conn.prepare(sql).map_err(&wrap)?;
        let rows = statement.query_map([], read).map_err(&wrap)?;
        rows.collect::<rusqlite::Result<_>>().map_err(&wrap)
    }

    /// Names this file in an error of SQLite.
    pub(super) fn wrap(&self) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        |source| StoreError::of_sql(&self.path, source)
    }

    /// An error about a row that cannot be understood.
    pub(super) fn damaged(&self, found: impl Into<Phrase>) -> StoreError {
        StoreError::DamagedIndex {
            path: self.path.clone(),
            found: found.into(),
        }
    }

    /// Changes rows and the seal in one durable transaction, or nothing.
    pub(super) fn change<T>(
        &mut self,
        change: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = &self.path;
        let wrap = |source| StoreError::of_sql(path, source);
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(wrap)?;
        let out = change(&tx).map_err(wrap)?;
        let seal = seal(&tx).map_err(wrap)?;
        tx.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES ('seal', ?1)",
            [seal.to_string()],
        )
        .map_err(wrap)?;
        tx.commit().map_err(wrap)?;
        Ok(out)
    }

    /// Whether pages and rows are as they were written.
    fn check(&self) -> Result<(), StoreError> {
        let wrap = self.wrap();
        // One snapshot for all that is read, whatever a writer does meanwhile.
        let tx = self.conn.unchecked_transaction().map_err(&wrap)?;
        let pages: String = tx
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(&wrap)?;
        if pages != "ok" {
            return Err(self.damaged(pages));
        }
        let written: Result<String, _> =
            tx.query_row("SELECT value FROM meta WHERE key = 'seal'", [], |row| {
                row.get(0)
            });
        let found = seal(&tx).map_err(|error| self.damaged(error.to_string()))?;
        match written {
            Ok(seal) if seal == found.to_string() => Ok(()),
            Ok(_) => Err(self.damaged(Phrase::new(
                "detail-wrong-seal",
                "its rows do not fit their digest",
            ))),
            Err(error) => Err(self.damaged(error.to_string())),
        }
    }

    /// Opens it so that not even a side file appears, where there is nothing to recover.
    fn open_quietly(project: &Path) -> Result<Self, StoreError> {
        if has_wal(project) {
            return Self::open_readable(project);
        }
        let path = Self::place(project);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let uri = format!("file:{}?immutable=1", percent_encoded(&path));
        let wrap = |source| StoreError::of_sql(&path, source);
        let conn = Connection::open_with_flags(uri, flags).map_err(wrap)?;
        configure(&conn).map_err(wrap)?;
        Ok(Self { path, conn })
    }

    /// Opens it for reading beside a writer; where side files cannot be made (a read-only disk),
    /// without them, as nobody can write there.
    fn open_readable(project: &Path) -> Result<Self, StoreError> {
        let path = Self::place(project);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let wrap = |source| StoreError::of_sql(&path, source);
        let conn = Connection::open_with_flags(&path, flags).map_err(wrap)?;
        configure(&conn).map_err(wrap)?;
        match migrate::stamp(&conn) {
            Ok(_) => Ok(Self { path, conn }),
            Err(error) if cannot_make_side_files(&error) && !has_wal(project) => {
                Self::open_quietly(project)
            }
            Err(error) => Err(wrap(error)),
        }
    }
}

fn configure(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.pragma_update(None, "foreign_keys", "on")?;
    conn.pragma_update(None, "trusted_schema", "off")?;
    conn.pragma_update(None, "cell_size_check", "on")
}

fn cannot_make_side_files(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Code;
    matches!(
        error.sqlite_error_code(),
        Some(Code::CannotOpen | Code::ReadOnly | Code::PermissionDenied)
    )
}

/// Whether a log waits beside the index, of a process that lives or was killed.
fn has_wal(project: &Path) -> bool {
    fs::metadata(project.join(format!("{FILE}-wal"))).is_ok_and(|meta| meta.len() > 0)
}

fn seal(conn: &Connection) -> rusqlite::Result<Digest> {
    let mut tables = Vec::new();
    for sql in SEALED {
        let mut statement = conn.prepare(sql)?;
        let n_columns = statement.column_count();
        let mut rows = statement.query([])?;
        let mut cells: Vec<Vec<u8>> = Vec::new();
        while let Some(row) = rows.next()? {
            for column in 0..n_columns {
                cells.push(cell_bytes(row.get_ref(column)?));
            }
        }
        let digest = Digest::of_parts(cells.iter().map(Vec::as_slice));
        tables.push(*digest.as_bytes());
    }
    Ok(Digest::of_parts(tables.iter().map(<[u8; 32]>::as_slice)))
}

fn cell_bytes(cell: ValueRef<'_>) -> Vec<u8> {
    let (tag, bytes) = match cell {
        ValueRef::Null => (b'n', Vec::new()),
        ValueRef::Integer(number) => (b'i', number.to_le_bytes().to_vec()),
        ValueRef::Real(number) => (b'r', number.to_bits().to_le_bytes().to_vec()),
        ValueRef::Text(bytes) => (b't', bytes.to_vec()),
        ValueRef::Blob(bytes) => (b'b', bytes.to_vec()),
    };
    let mut out = vec![tag];
    out.extend(bytes);
    out
}

/// A path as SQLite's URIs want it.
fn percent_encoded(path: &Path) -> String {
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let bytes = format!("/{}", path.to_string_lossy().replace('\\', "/")).into_bytes();
    let mut out = String::new();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/._-~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(
                [byte >> 4, byte & 15]
                    .map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_index_says_so_and_keeps_what_it_had() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open_rw(dir.path()).unwrap();
        let save = |index: &mut Index, text: &str| {
            index.change(|tx| {
                tx.execute(
                    "INSERT OR REPLACE INTO text (key, body) VALUES ('k', ?1)",
                    [text],
                )
            })
        };
        save(&mut index, "small").unwrap();
        index
            .conn
            .pragma_update(None, "max_page_count", 20)
            .unwrap();
        let error = save(&mut index, &"x".repeat(1 << 20)).unwrap_err();
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        assert!(error.hint().unwrap().contains("free space"));
        let kept: String = index
            .conn
            .query_row("SELECT body FROM text", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, "small");
        index.check().unwrap();
    }

    #[test]
    fn a_path_of_odd_letters_can_be_peeked_at() {
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("充填?#%20 ライン.gemba");
        fs::create_dir(&odd).unwrap();
        drop(Index::open_rw(&odd).unwrap());
        let stamp = Index::peek(&odd).unwrap();
        assert_eq!(stamp, Stamp::Ours(migrate::VERSION));
        assert_eq!(
            fs::read_dir(&odd).unwrap().count(),
            1,
            "a side file appeared"
        );
    }
}
