//! What can be wrong with a question.

/// A scenario that cannot be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is no scenario file.
    #[error("{file}, line {line}: {found}; expected {expected}")]
    Spec {
        /// The file's name.
        file: String,
        /// One-based line, 0 where unknown.
        line: usize,
        /// What stands there.
        found: String,
        /// What is allowed.
        expected: String,
    },
}
