//! Small named texts: scenarios, the window's layout.

use super::{Project, StoreError};

impl Project {
    /// Saves or (with `None`) removes a small named text: scenarios (`scenario/<name>`), the
    /// window's layout (`layout`).
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the earlier text is then untouched.
    pub fn save_text(&mut self, key: &str, text: Option<&str>) -> Result<(), StoreError> {
        self.index_mut()?.change(|tx| match text {
            Some(text) => tx.execute(
                "INSERT OR REPLACE INTO text (key, body) VALUES (?1, ?2)",
                [key, text],
            ),
            None => tx.execute("DELETE FROM text WHERE key = ?1", [key]),
        })?;
        Ok(())
    }

    /// Every saved text whose key starts with `prefix`, by key.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the index cannot be read.
    pub fn texts(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT key, body FROM text ORDER BY key";
        let mut texts: Vec<(String, String)> = self
            .index()
            .rows(sql, |row| Ok((row.get(0)?, row.get(1)?)))?;
        texts.retain(|(key, _)| key.starts_with(prefix));
        Ok(texts)
    }
}
