//! Which answers a race counts as one: those that votes count as one.

use lamas_core::operator::Solution;
use lamas_core::problem::Problem;
use lamas_core::race::Equality;
use lamas_score::compare::Answer;

/// Answers in maths are the same where a scorer would take one for the other, programs where their text is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreement;

impl Equality for Agreement {
    fn same(&self, problem: &Problem, one: &Solution, other: &Solution) -> bool {
        let read = |solution: &Solution| Answer::read(problem.domain, solution.answer.as_deref().unwrap_or_default());
        read(one).zip(read(other)).is_some_and(|(one, other)| one.same(&other))
    }
}
