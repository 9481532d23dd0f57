//! Scores.

use serde::{Deserialize, Serialize};

/// The score of one answer, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Right or wrong; none where the answer could not be scored, which is never counted as wrong.
    pub score: Option<bool>,
    /// What was taken for the answer.
    pub extracted: String,
    /// What was expected.
    pub expected: String,
    /// The rule that decided.
    pub reason: String,
}

impl Score {
    /// The score of an answer that could not be scored.
    #[must_use]
    pub fn unscored(expected: &str, reason: String) -> Self {
        Self { score: None, extracted: String::new(), expected: expected.to_owned(), reason }
    }
}
