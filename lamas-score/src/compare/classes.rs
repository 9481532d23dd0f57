//! Classes of answers that are the same: what votes count, and what a race decides by. The gold answer is never in sight.

use std::sync::Arc;

use lamas_core::problem::Domain;
use lamas_core::race::{Classes, Votes, tally};

use super::equivalent;

/// What of an answer is held against that of another one. Answers of different kinds are never the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An answer in maths: the same where a scorer would take one for the other.
    Maths(Arc<str>),
    /// A program: the same where its text is.
    Program(Arc<str>),
}

impl Answer {
    /// The answer that a text is in a domain; none where it is empty.
    #[must_use]
    pub fn read(domain: Domain, text: &str) -> Option<Self> {
        let text = text.trim();
        let kind = match domain {
            Domain::Maths => Self::Maths,
            Domain::Code => Self::Program,
        };
        (!text.is_empty()).then(|| kind(text.into()))
    }

    /// Whether another answer is the same.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Maths(one), Self::Maths(other)) => equivalent(one, other).is_some(),
            (one, other) => one == other,
        }
    }
}

/// The place of the first answer that most others are the same as; of equally frequent ones the one given first. Who gives no
/// answer has no vote; none where nobody has one.
///
/// ```
/// use lamas_core::problem::Domain;
/// use lamas_score::compare::plurality;
///
/// let answers = [Some("9"), Some("1,000"), Some("$10^3$"), None];
/// assert_eq!(plurality(Domain::Maths, &answers), Some(1));
/// ```
#[must_use]
pub fn plurality(domain: Domain, answers: &[Option<&str>]) -> Option<usize> {
    let mut classes = Classes::default();
    let read = |text: &str| Answer::read(domain, text);
    let of_each = answers.iter().map(|answer| Some(classes.add(&answer.and_then(read)?, Answer::same)));
    tally(of_each).first().map(Votes::first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn maths(text: &str) -> Answer {
        Answer::read(Domain::Maths, text).expect("it is not empty")
    }

    #[test]
    fn the_most_frequent_answer_wins_and_the_earliest_of_equals() {
        let elected = |answers: &[Option<&str>]| plurality(Domain::Maths, answers);
        assert_eq!(elected(&[Some("9"), Some("1,000"), Some("$1000$")]), Some(1));
        assert_eq!(elected(&[Some("9"), Some("8")]), Some(0));
        assert_eq!(elected(&[Some("9"), Some("8"), Some("8"), Some("9")]), Some(0));
        assert_eq!(elected(&[Some("5"), Some("0.5"), Some(r"\frac{1}{2}"), Some("x = 1/2")]), Some(1));
        assert_eq!(elected(&[Some("1"), Some("-1"), Some("-1")]), Some(1));
        assert_eq!(elected(&[None, None, Some("8")]), Some(2));
        assert_eq!(elected(&[Some(" "), None, Some("8")]), Some(2));
        assert_eq!(elected(&[None, None]), None);
        assert_eq!(plurality(Domain::Code, &[Some("a"), Some("b\n"), Some("b")]), Some(1));
    }

    #[test]
    fn a_program_is_not_the_number_that_it_spells() {
        let mut classes = Classes::default();
        let program = |text| Answer::read(Domain::Code, text).expect("it is not empty");
        let arrived = ["2", "2", "3"].map(|text| classes.add(&program(text), Answer::same));
        assert_eq!((arrived, classes.add(&maths("2"), Answer::same)), ([0, 0, 1], 2));
    }

    #[test]
    fn an_answer_belongs_to_the_class_whose_first_it_is_the_same_as() {
        let mut classes = Classes::default();
        let arrived = ["2:30 a.m.", "2:30 p.m.", "2:30", "14:30"].map(|text| classes.add(&maths(text), Answer::same));
        assert_eq!(arrived, [0, 1, 0, 1]);
        let mut classes = Classes::default();
        let arrived = ["2:30", "2:30 a.m.", "2:30 p.m."].map(|text| classes.add(&maths(text), Answer::same));
        assert_eq!(arrived, [0, 0, 0]);
    }

    /// A value in one of several notations.
    fn written(value: i64, notation: usize) -> String {
        match notation {
            0 => value.to_string(),
            1 => format!(r"\frac{{{}}}{{3}}", 3 * value),
            2 => format!("x = {value}.0"),
            _ => format!(r"${value}\text{{ dollars}}$"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn classes_are_the_values_in_any_order(
            answers in prop::collection::vec((1_i64..5, 0_usize..4), 1..12),
            turn in 0_usize..12,
        ) {
            let mut turned = answers.clone();
            turned.rotate_left(turn % answers.len());
            for order in [&answers, &turned] {
                let mut classes = Classes::default();
                let texts: Vec<String> = order.iter().map(|(value, notation)| written(*value, *notation)).collect();
                let of_each: Vec<usize> = texts.iter().map(|text| classes.add(&maths(text), Answer::same)).collect();
                // Two share a class exactly if they share a value.
                for (one, first) in order.iter().zip(&of_each) {
                    for (other, second) in order.iter().zip(&of_each) {
                        prop_assert_eq!(one.0 == other.0, first == second);
                    }
                }
                // The winner has the value given most often, of equal ones the one given first.
                let count = |value: i64| order.iter().filter(|(other, _)| *other == value).count();
                let most = order.iter().map(|(value, _)| count(*value)).max();
                let first = order.iter().position(|(value, _)| Some(count(*value)) == most);
                let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
                prop_assert_eq!(plurality(Domain::Maths, &texts), first);
            }
        }
    }
}
