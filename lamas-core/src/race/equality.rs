//! Which answers are the same.

use crate::operator::Solution;
use crate::problem::Problem;

/// Whether two answers to a problem are the same: the task's own comparison. It never sees a reference answer.
pub trait Equality: Send + Sync {
    /// Whether they are. It is asked only about solutions that hold an answer.
    fn same(&self, problem: &Problem, one: &Solution, other: &Solution) -> bool;
}

/// Answers are the same where their text is, but for white space around it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SameText;

impl Equality for SameText {
    fn same(&self, _: &Problem, one: &Solution, other: &Solution) -> bool {
        let text = |solution: &Solution| solution.answer.as_deref().map(|answer| answer.trim().to_owned());
        text(one) == text(other)
    }
}
