//! The answer to a question in maths, marked or not.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::boxed::{boxes, last_boxes};
use super::formulas::Formulas;
use super::found::{BOXED, Found};
use super::gold::different;
use super::marks::{marks, own_turn, unadorned, unlisted};
use super::number::{last_number, without_remark};
use super::thoughts::answer_part;
use crate::compare::reads_as_maths;

/// A value set in bold, or after the verb of its sentence.
static BOLD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:\*\*|__)\s*([^*_\n]+?)\s*(?:\*\*|__)").expect("a fixed pattern"));
static VERB: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:is|are|be|equals|equal to|gives?|gets?|have|obtain|yields?|becomes?|was|to)\b[:\s*_]*|[=:]\s+",
    )
    .expect("a fixed pattern")
});
/// A line that ends in saying that nothing solves it, whatever formula stands before that.
static NO_SOLUTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\bno\s+(?:real\s+)?solutions?(?:\s+exists?)?$").expect("a fixed pattern"));
static DIGITS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d[\d,.]*").expect("a fixed pattern"));

/// The answer to a question in maths: what is marked, of several boxes in a row all; else what the last line says to be the
/// value; else the last formula; else the last line.
#[must_use]
pub fn formula(text: &str) -> Option<Found<'_>> {
    let text = own_turn(text);
    let all = boxes(text);
    if !all.is_empty() {
        let last = last_boxes(text, &all);
        let values = different(last.iter().map(|found| found.content));
        let text = match values.as_slice() {
            [one] => Cow::Borrowed(without_remark(one, true)),
            several => Cow::Owned(several.join(", ")),
        };
        return Some(Found { text, how: BOXED });
    }
    marked(text).or_else(|| unmarked(text))
}

/// The last mark with maths behind it; else the last with words.
fn marked(text: &str) -> Option<Found<'_>> {
    let maths = |part: &str| reads_as_maths(part) || Formulas::of(part).any(reads_as_maths);
    let found = marks(text).find(|found| maths(&found.text)).or_else(|| marks(text).next())?;
    let Cow::Borrowed(part) = found.text else { return Some(found) };
    let part = without_remark(part, false);
    if let Some(items) = items_below(text, part) {
        return Some(Found { text: Cow::Owned(items), how: found.how });
    }
    let inside = (!reads_as_maths(part)).then(|| told(part)).flatten();
    Some(Found::new(inside.unwrap_or(part), found.how))
}

/// The items of a list that begins with this part of the text.
fn items_below(text: &str, part: &str) -> Option<String> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let is_item = |line: &&str| unlisted(line).len() < line.len();
    let items: Vec<&str> =
        text[line_start..].lines().take_while(is_item).map(|line| unadorned(unlisted(line))).collect();
    (items.len() > 1 && items.iter().all(|item| reads_as_maths(item))).then(|| items.join(", "))
}

/// Of a sentence the value that it tells: bold, after its verb, or its last formula.
fn told(line: &str) -> Option<&str> {
    let bold = BOLD.captures_iter(line).filter_map(|found| found.get(1)).map(|inner| unadorned(inner.as_str()));
    let tail = || VERB.find_iter(line).last().map(|verb| without_remark(unadorned(&line[verb.end()..]), false));
    let formula = || Formulas::of(line).filter(|formula| reads_as_maths(formula)).last();
    bold.filter(|inner| is_value(inner)).last().or_else(|| tail().filter(|tail| is_value(tail))).or_else(formula)
}

/// Whether words read as maths, and not because short ones pass for variables side by side.
fn is_value(text: &str) -> bool {
    let sign = |c: char| c.is_ascii_digit() || (!c.is_alphanumeric() && !c.is_whitespace());
    let letter = text.len() == 1 && !["a", "I"].contains(&text);
    (letter || text.contains(sign)) && reads_as_maths(text)
}

/// The number of a line that has but one.
fn only_number(line: &str) -> Option<&str> {
    let mut numbers = DIGITS.find_iter(line);
    let first = numbers.next().filter(|_| numbers.next().is_none())?;
    Some(unadorned(first.as_str()))
}

fn unmarked(text: &str) -> Option<Found<'_>> {
    let whole = text.lines().rev().find(|line| !unadorned(line).is_empty())?;
    if let Some(none) = NO_SOLUTION.find(unadorned(whole)) {
        return Some(Found::new(none.as_str(), "last words"));
    }
    let last = without_remark(unadorned(unlisted(whole)), false);
    let few_words = || text.trim().lines().count() == 1 && last.split_whitespace().count() <= 5;
    let value = if reads_as_maths(last) { Some(last) } else { told(whole) };
    let value = value.or_else(|| few_words().then_some(last)).or_else(|| only_number(whole));
    if let Some(value) = value {
        return Some(Found::new(value, LAST_LINE));
    }
    let formulas: Vec<_> = Formulas::of(text).collect();
    match formulas.into_iter().rev().find(|formula| reads_as_maths(formula)) {
        Some(formula) => Some(Found::new(formula, "last formula")),
        None => Some(Found::new(last, LAST_LINE)),
    }
}

const LAST_LINE: &str = "last line";

/// The final answer of a solution in maths, as operators keep it and votes compare it: what is marked or told, else the last
/// number; none where the text has none. Words are an answer where they are marked as one.
///
/// ```
/// use lamas_score::read::final_answer;
///
/// assert_eq!(final_answer("So $x = \\boxed{\\frac{3}{4}}$.").as_deref(), Some("\\frac{3}{4}"));
/// assert_eq!(final_answer("She has 16 eggs and eats 3, so 13 are left.").as_deref(), Some("13"));
/// assert_eq!(final_answer("I cannot say."), None);
/// ```
#[must_use]
pub fn final_answer(text: &str) -> Option<String> {
    let text = answer_part(text);
    let found = formula(&text)?;
    if found.how != LAST_LINE || is_value(&found.text) {
        return Some(found.text.into_owned());
    }
    last_number(&text)
}

#[cfg(test)]
mod tests {
    use super::{final_answer, formula};

    #[test]
    fn answers_are_found_where_models_put_them() {
        let cases = [
            (r"So $x = 3$.\nThus $\boxed{\frac{1}{2}}$.", r"\frac{1}{2}", "boxed"),
            (r"so $a = \boxed{1}$ and $a = \boxed{2}$", "1, 2", "boxed"),
            ("We add them.\n#### 1,234\n", "1,234", "after ####"),
            ("**Answer:** $18", "$18", "after \"answer\""),
            ("The final answer is: $\\frac{3}{4}$. I hope it is correct.", "$\\frac{3}{4}$", "after \"answer\""),
            ("The answer is $5$. I hope that the answer is correct.", "$5$", "after \"answer\""),
            ("The answer is\n\\[\nx^2 + 1\n\\]\nas was shown.", "x^2 + 1", "after \"answer\""),
            ("The answer is $5$ because that is what is left.", "5", "after \"answer\""),
            ("## Final Answer\n\n$5$", "$5$", "after \"answer\""),
            ("The answers are:\n- 3\n- 5\n", "3, 5", "after \"answer\""),
            ("<answer>12</answer>", "12", "in <answer>"),
            ("First 1 + 1.\nx = 5", "x = 5", "last line"),
            ("5 apples", "5 apples", "last line"),
            ("June 20", "June 20", "last line"),
            ("Evelyn", "Evelyn", "last line"),
            ("Therefore the value of $n$ is **4**.", "4", "last line"),
            ("As $x^2 = 16$, the sum of the roots is 12.", "12", "last line"),
            ("As $x^2 = 16$ holds,\nthere are 24 ways to do it.", "24", "last line"),
            ("We find that it must be $7$, and not \\(8 +\\), as he said.", "7", "last line"),
            ("It costs \\$18 and $x$ is what was asked for there.", "x", "last line"),
            ("As $x$ is $3$,\nthat was it for him.", "3", "last formula"),
        ];
        for (text, expected, how) in cases {
            let found = formula(text).unwrap_or_else(|| panic!("nothing found in {text}"));
            assert_eq!((&*found.text, found.how), (expected, how), "{text}");
        }
        assert_eq!(formula(" \n"), None);
    }

    #[test]
    fn operators_keep_what_a_scorer_would_read() {
        for (text, expected) in [
            (r"so \boxed{1}, no, \boxed{\frac{3}{4}}.", Some(r"\frac{3}{4}")),
            (r"the set is \boxed{\{1, 2\}}", Some(r"\{1, 2\}")),
            (r"\boxed{5} and then \boxed{}", Some("5")),
            ("<think>\\boxed{5}</think>\\boxed{6}", Some("6")),
            ("the answer is 5\n#### 1,234\n", Some("1,234")),
            ("#### 3\n\\boxed{4}", Some("4")),
            ("The final answer is $x + 1$, since 2 > 1", Some("x + 1")),
            ("She pays $3 and then $1,250.50.", Some("1,250.50")),
            ("from 5-3 we get 2", Some("2")),
            ("The answer is Evelyn.", Some("Evelyn")),
            ("It looks right.", None),
            ("See above.", None),
            ("I cannot say.", None),
            ("There is nothing that one could say about it here.", None),
            ("", None),
        ] {
            assert_eq!(final_answer(text).as_deref(), expected, "{text}");
        }
    }
}
