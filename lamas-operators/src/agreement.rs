//! Which answers a race counts as one: those that votes count as one.

use lamas_core::operator::Solution;
use lamas_core::problem::Problem;
use lamas_core::race::Equality;
use lamas_score::compare::Answer;

/// Answers in maths are the same where a scorer would take one for the other. Programs are the same where they do the same
/// on the public examples, as far as that was tried, or their text is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreement;

impl Equality for Agreement {
    fn same(&self, problem: &Problem, one: &Solution, other: &Solution) -> bool {
        if let Some(same) = same_on_examples(one, other) {
            return same;
        }
        let read = |solution: &Solution| Answer::read(problem.domain, solution.answer.as_deref().unwrap_or_default());
        read(one).zip(read(other)).is_some_and(|(one, other)| one.same(&other))
    }
}

/// Whether two programs do the same on the public examples; `None` where one of them was not tried, or got as far as none.
fn same_on_examples(one: &Solution, other: &Solution) -> Option<bool> {
    match (one.passes_examples?, other.passes_examples?) {
        (true, true) => Some(true),
        (false, false) => Some(one.behaviour.as_ref()? == other.behaviour.as_ref()?),
        _ => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use lamas_core::problem::{Domain, ProblemId};

    use super::*;

    #[test]
    fn programs_agree_where_they_do_the_same_on_the_examples_as_far_as_that_was_tried() {
        let problem = Problem {
            id: ProblemId("set/1".into()),
            domain: Domain::Code,
            statement: "Add.".into(),
            entry_point: Some("add".into()),
            public_examples: [].into(),
        };
        let program = |text: &str, passes_examples, behaviour: Option<&str>| Solution {
            text: text.into(),
            answer: Some(text.into()),
            by: "generate".into(),
            passes_examples,
            behaviour: behaviour.map(Into::into),
        };
        let same = |one: &Solution, other: &Solution| Agreement.same(&problem, one, other);
        let (passes, fails) = (|text| program(text, Some(true), None), |text, how| program(text, Some(false), how));
        assert!(same(&passes("def add(x, y): return x + y"), &passes("def add(x, y): return y + x")));
        assert!(!same(&passes("def add(x, y): return x + y"), &fails("def add(x, y): return x", Some("gave 1"))));
        let (first, second) = ("def add(x, y): return x", "def add(x, y): return x * 1");
        assert!(same(&fails(first, Some("gave 1")), &fails(second, Some("gave 1"))));
        assert!(!same(&fails(first, Some("gave 1")), &fails(second, Some("gave 2"))));
        // A program that got as far as no example shares nothing but its text.
        assert!(!same(&fails(first, None), &fails(second, None)) && same(&fails(first, None), &fails(first, None)));
        assert!(!same(&program(first, None, None), &program(second, None, None)));
    }
}
