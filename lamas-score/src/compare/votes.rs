//! Votes: which of several answers most agree on.

use lamas_core::problem::Domain;

use super::equivalent;

/// The place of the first answer that most others are the same as; of equally frequent ones the one given first. Who gives no
/// answer has no vote; none where nobody has one.
///
/// Answers in maths are the same where a scorer would take one for the other, programs where their text is.
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
    // The first of its kind, and how many there are.
    let mut kinds: Vec<(usize, &str, usize)> = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let Some(answer) = answer.map(str::trim) else { continue };
        let same = |known: &str| match domain {
            Domain::Maths => equivalent(known, answer).is_some(),
            Domain::Code => known == answer,
        };
        match kinds.iter_mut().find(|(_, known, _)| same(known)) {
            Some((_, _, count)) => *count += 1,
            None => kinds.push((index, answer, 1)),
        }
    }
    kinds.into_iter().max_by_key(|&(first, _, count)| (count, std::cmp::Reverse(first))).map(|(first, ..)| first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_answer_wins_and_the_earliest_of_equals() {
        let elected = |answers: &[Option<&str>]| plurality(Domain::Maths, answers);
        assert_eq!(elected(&[Some("9"), Some("1,000"), Some("$1000$")]), Some(1));
        assert_eq!(elected(&[Some("9"), Some("8")]), Some(0));
        assert_eq!(elected(&[Some("9"), Some("8"), Some("8"), Some("9")]), Some(0));
        assert_eq!(elected(&[Some("5"), Some("0.5"), Some(r"\frac{1}{2}"), Some("x = 1/2")]), Some(1));
        assert_eq!(elected(&[Some("1"), Some("-1"), Some("-1")]), Some(1));
        assert_eq!(elected(&[None, None, Some("8")]), Some(2));
        assert_eq!(elected(&[None, None]), None);
        assert_eq!(plurality(Domain::Code, &[Some("a"), Some("b\n"), Some("b")]), Some(1));
    }
}
