//! One problem.

use serde::{Deserialize, Serialize};

/// One problem with its worked solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordProblem {
    /// `words/NNN`, the row number: it says nothing about the plot or the difficulty.
    pub id: String,
    /// The story and its question.
    pub question: String,
    /// One line a step, each with its arithmetic written out as `a op b = c`.
    pub solution: String,
    /// The last step's result: a positive integer or decimal, without a unit.
    pub answer: String,
    /// The number of steps, 2 to 8.
    pub steps: usize,
}
