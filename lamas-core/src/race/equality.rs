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

/// The classes of the answers so far, numbered in the order in which they first came.
pub(crate) struct Classes<'a> {
    equality: &'a dyn Equality,
    problem: &'a Problem,
    /// The first of each class.
    first: Vec<Solution>,
}

impl<'a> Classes<'a> {
    pub(crate) fn new(equality: &'a dyn Equality, problem: &'a Problem) -> Self {
        Self { equality, problem, first: Vec::new() }
    }

    /// The class of a solution; `None` where it holds no answer.
    pub(crate) fn of(&mut self, solution: &Solution) -> Option<usize> {
        solution.answer.as_ref()?;
        let known = self.first.iter().position(|first| self.equality.same(self.problem, first, solution));
        Some(known.unwrap_or_else(|| {
            self.first.push(solution.clone());
            self.first.len() - 1
        }))
    }
}
