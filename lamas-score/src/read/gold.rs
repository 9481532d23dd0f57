//! The answer of a reference solution.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::boxed::{Boxed, boxes, last_boxes};
use super::marks::marks;
use crate::compare::equivalent;

/// Words with which a solution goes on from a value to what it was needed for.
static STEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\s$.,;:)\]\\]*(?i:thus|so|hence|therefore|consequently)\b").expect("a fixed pattern")
});

/// What a solution says of a second answer that is as good as the first.
static ACCEPTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:also (?:be )?accept|acceptable|either .{0,30}correct)").expect("a fixed pattern")
});

/// The answer that a reference solution boxes, or that stands after its mark; none where it marks none.
///
/// Solutions box each of several answers, and the same one at the end of each of several ways to it. All different values
/// are the answer, between commas. A box from which the text goes on with "thus" is a step; where the solution says that a
/// second answer is accepted as well, the first is taken.
///
/// ```
/// let solution = r"which leads to the values $a = \boxed{-1}$ and $a = \boxed{2}.$";
/// assert_eq!(lamas_score::read::reference_answer(solution).as_deref(), Some("-1, 2"));
/// ```
#[must_use]
pub fn reference_answer(solution: &str) -> Option<Cow<'_, str>> {
    let all = boxes(solution);
    let Some(last) = all.last() else { return marks(solution).next().map(|found| found.text) };
    let mut named: Vec<Boxed<'_>> = all.iter().copied().filter(|found| !is_left_side(&solution[found.end..])).collect();
    if named.is_empty() {
        return Some(Cow::Borrowed(last.content));
    }
    let joined = last_boxes(solution, &named).len();
    let steps = named.len() - joined;
    let mut index = 0;
    named.retain(|found| {
        index += 1;
        index > steps || !STEP.is_match(&solution[found.end..])
    });
    let values = different(named.iter().map(|found| found.content));
    match values.as_slice() {
        [first, _, ..] if ACCEPTED.is_match(&solution[named[0].end..]) => Some(Cow::Borrowed(*first)),
        [one] => Some(Cow::Borrowed(*one)),
        several => Some(Cow::Owned(several.join(", "))),
    }
}

/// Whether a box is one side of an equation or calculation, and so no result.
fn is_left_side(after: &str) -> bool {
    after.trim_start().starts_with('=') || after.trim_start().starts_with(r"\times")
}

/// The values of which none is another one said otherwise; of equal ones the last.
pub(super) fn different<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    /// More boxes than that are no answer of which each part counts.
    const MOST: usize = 16;
    let all: Vec<&str> = values.collect();
    let mut kept: Vec<&str> = Vec::new();
    for value in all.iter().rev().take(MOST) {
        if !kept.iter().any(|known| equivalent(known, value).is_some()) {
            kept.push(value);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::reference_answer;

    #[test]
    fn all_boxed_answers_are_the_answer() {
        for (solution, expected) in [
            (r"so $\boxed{5}$.", "5"),
            (r"the values $a = \boxed{-1}$ and $a = \boxed{2}.$", "-1, 2"),
            (r"$x$ must be $\boxed{3}$ or $\boxed{\frac{2}{5}}$.", r"3, \frac{2}{5}"),
            (
                r"$d$ is \begin{align*} b + c &= 1 - 2 = \boxed{5 - 10i}, \\ a + c &= 8 + 3 = \boxed{11}, \\ a &= \boxed{-3 + 6i}. \end{align*}",
                "5 - 10i, 11, -3 + 6i",
            ),
            (r"If $r = 1,$ then $b = \boxed{-10879}.$ If $r = -1,$ then $b = \boxed{10879}.$", "-10879, 10879"),
            // The same by another way, or in another form.
            (r"it is $\boxed{10}$. - OR - We note that it must be $\boxed{10}$.", "10"),
            (r"This yields $\boxed{x+11}$ or $\boxed{11+x}$.", "11+x"),
            (r"$\boxed{15\frac{39}{40}},$ or $\boxed{\frac{639}{40}}$ inches.", r"\frac{639}{40}"),
            // Steps, second answers, and boxes that are part of the question.
            (r"gives $\boxed{\frac{2\sqrt{53}+53}{53}}$. Thus $a+b+c+d=\boxed{161}$.", "161"),
            (r"we find $d=\boxed{-3}$. Note: $\boxed{3}$ is also accepted as an answer.", "-3"),
            (r"$7 + \boxed{\phantom{2}}.$ The number in the box is $\boxed{4}$.", "4"),
            (r"since $\boxed{11}=2$, it is $\boxed{6}$.", "6"),
            ("2 + 3 = 5\n#### 5", "5"),
        ] {
            assert_eq!(reference_answer(solution).as_deref(), Some(expected), "{solution}");
        }
        assert_eq!(reference_answer("no mark"), None);
    }
}
