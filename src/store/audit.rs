//! The audit trail: who asked what and when, as a chain of digests that only grows.

use rusqlite::{Transaction, params};

use super::{Project, StoreError};
use crate::base::Digest;

/// What the first link points back to.
const FIRST: &str = "gemba-audit-1";

impl Project {
    /// Whether the audit trail's chain is whole.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the index cannot be read.
    pub fn audit_is_whole(&self) -> Result<bool, StoreError> {
        let wrap = self.index().wrap();
        let mut statement = self
            .index()
            .conn()
            .prepare("SELECT seq, time_ns, what, detail, before, digest FROM audit ORDER BY seq")
            .map_err(&wrap)?;
        let mut rows = statement.query([]).map_err(&wrap)?;
        let mut before = FIRST.to_owned();
        let mut expected_seq = 1;
        while let Some(row) = rows.next().map_err(&wrap)? {
            let read = || -> rusqlite::Result<(i64, String, String, Digest)> {
                let seq = row.get(0)?;
                let said_before: String = row.get(4)?;
                let (what, detail): (String, String) = (row.get(2)?, row.get(3)?);
                let digest = link(&said_before, seq, row.get(1)?, &what, &detail);
                Ok((seq, said_before, row.get(5)?, digest))
            };
            let (seq, said_before, said_digest, digest) = read().map_err(&wrap)?;
            if seq != expected_seq || said_before != before || said_digest != digest.to_string() {
                return Ok(false);
            }
            before = said_digest;
            expected_seq += 1;
        }
        Ok(true)
    }
}

/// Adds a line as a part of the change that it tells of: both are there, or neither is.
pub(super) fn add(
    tx: &Transaction<'_>,
    now_ns: i64,
    what: &str,
    detail_json: &str,
) -> rusqlite::Result<()> {
    let (seq, before) = tx.query_row(
        "SELECT COALESCE(MAX(seq), 0) + 1,
         COALESCE((SELECT digest FROM audit ORDER BY seq DESC LIMIT 1), ?1) FROM audit",
        [FIRST],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
    )?;
    let digest = link(&before, seq, now_ns, what, detail_json);
    tx.execute(
        "INSERT INTO audit (seq, time_ns, what, detail, before, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![seq, now_ns, what, detail_json, before, digest.to_string()],
    )?;
    Ok(())
}

fn link(before: &str, seq: i64, time_ns: i64, what: &str, detail: &str) -> Digest {
    Digest::of_parts([
        before.as_bytes(),
        &seq.to_le_bytes(),
        &time_ns.to_le_bytes(),
        what.as_bytes(),
        detail.as_bytes(),
    ])
}
