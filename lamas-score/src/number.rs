//! Answers that are one number, compared as exact rationals.

use std::sync::LazyLock;

use num_rational::BigRational;
use num_traits::Zero;
use regex::{Captures, Regex};

use super::extract::{Found, marked};
use super::latex::{Reading, decimal, rational};

/// A number in running text: a mixed number or fraction in LaTeX, else digits with thousands separators and decimals,
/// a whole and a fraction, or a fraction; currency before it and a percent sign behind it are left out. Times of day and
/// ordinals are recognised so that their digits are not taken for numbers.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    let digits = r"(?:[0-9]{1,3}(?:(?:,|\{,\}|,\\!|\\,)[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)";
    Regex::new(&format!(
        r"(?x)
        (?P<sign>[-−])? (?: (?:\\?\$|[€£¥]) \x20? (?P<inner>[-−])? )?
        (?: (?: (?P<mixed>[0-9]+)\x20* )? \\[dtc]?frac \x20* \{{ (?P<top>-?{digits}) \}} \x20* \{{ (?P<bottom>{digits}) \}}
          | (?P<whole>[0-9]+) \x20+ (?P<over>[0-9]+) \x20?/\x20? (?P<under>[0-9]+)
          | (?P<hour>[0-9]{{1,2}}):(?P<minutes>[0-9]{{2}})(?-u:\b)
          | (?P<plain>{digits}) (?: \x20?/\x20? (?P<divisor>{digits}) | (?P<ordinal>st|nd|rd|th)(?-u:\b) )?
        )"
    ))
    .expect("valid")
});

/// A last line that says that there is no answer: numbers before it are not meant as one.
static GIVEN_UP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)(?:impossible|not possible|cannot be|can't be|not enough information)(?-u:\b)")
        .expect("valid")
});

/// A number as written, and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Number<'a> {
    /// The part of the text.
    pub text: &'a str,
    /// The value.
    pub value: BigRational,
    /// The rule that found it.
    pub how: &'static str,
}

/// The number that a text gives as its answer: the marked one, else the last one in the text.
pub fn final_number(text: &str) -> Option<Number<'_>> {
    if let Some(Found { text: part, how }) = marked(text) {
        match rational(part) {
            Reading::Rational(value) => return Some(Number { text: part, value, how }),
            // A box with another kind of value is not an answer to this question.
            Reading::Other if how == "boxed" => return None,
            Reading::Other | Reading::Words => {}
        }
        // "18 dollars, since 2 + 16 = 18": the first number, or the one after the last equals sign of "2 + 16 = 18".
        let result = part.rfind(['=', '≈']).filter(|at| places(&part[..*at]).next().is_some());
        let tail = result.map_or(part, |at| &part[at..]);
        if let Some((text, value)) = places(tail).find_map(|found| number_at(tail, &found)) {
            return Some(Number { text, value, how });
        }
    }
    let last = text.lines().rev().find(|line| !line.trim().is_empty())?;
    if GIVEN_UP.is_match(last) && counted(last).next().is_none() {
        return None;
    }
    // From the end, line by line: numbers do not span lines, and most texts end with theirs.
    let (text, value) = text.lines().rev().find_map(|line| number_at(line, &counted(line).last()?))?;
    Some(Number { text, value, how: "last number" })
}

/// Where numbers stand in running text. Not counted are labels ("horse #12") and times with minutes.
fn places(text: &str) -> impl Iterator<Item = Captures<'_>> {
    NUMBER.captures_iter(text).filter(|found| {
        let label = found.get(0).is_some_and(|whole| text[..whole.start()].ends_with('#'));
        let minutes = found.name("minutes").is_some_and(|minutes| minutes.as_str() != "00");
        !label && !minutes
    })
}

/// The same without ordinals, which in a sentence are seldom the answer ("to reach the 7th grade").
fn counted(text: &str) -> impl Iterator<Item = Captures<'_>> {
    places(text).filter(|found| found.name("ordinal").is_none())
}

/// The number at a place, as written, and its value.
fn number_at<'a>(text: &'a str, found: &Captures<'a>) -> Option<(&'a str, BigRational)> {
    let whole = found.get(0)?;
    let mut value = magnitude(found)?;
    // A hyphen after a letter, a digit or a bracket is no sign.
    let binary = text[..whole.start()].ends_with(|c: char| c.is_alphanumeric() || ")]}".contains(c));
    if found.name("sign").is_some() && !binary {
        value = -value;
    }
    if found.name("inner").is_some() {
        value = -value;
    }
    let written = if binary { whole.as_str().trim_start_matches(['-', '−']) } else { whole.as_str() };
    Some((written.trim(), value))
}

fn magnitude(found: &Captures<'_>) -> Option<BigRational> {
    if let Some(hour) = found.name("hour") {
        return plain(hour.as_str());
    }
    let part = |name: &str| found.name(name).and_then(|part| plain(part.as_str()));
    if let (Some(top), Some(bottom)) = (part("top"), part("bottom")) {
        return Some(part("mixed").unwrap_or_else(BigRational::zero) + divided(top, bottom)?);
    }
    if let (Some(whole), Some(over), Some(under)) = (part("whole"), part("over"), part("under")) {
        return Some(whole + divided(over, under)?);
    }
    match part("divisor") {
        Some(divisor) => divided(part("plain")?, divisor),
        None => part("plain"),
    }
}

fn divided(top: BigRational, bottom: BigRational) -> Option<BigRational> {
    (!bottom.is_zero()).then(|| top / bottom)
}

/// Digits without their separators, with the sign that a numerator may have.
fn plain(text: &str) -> Option<BigRational> {
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let value = decimal(&digits)?;
    Some(if text.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use super::final_number;

    #[test]
    fn numbers_as_models_write_them() {
        let cases = [
            ("**Answer:** $18", 18, 1),
            ("The final answer is $\\boxed{\\frac{3}{4}}$.", 3, 4),
            ("x = 5", 5, 1),
            ("5 apples", 5, 1),
            ("1,234.50", 2469, 2),
            ("18%", 18, 1),
            ("\\$18", 18, 1),
            ("18 dollars.", 18, 1),
            ("He has 2 * 9 = $<<2*9=18>>18 left.\n#### 18", 18, 1),
            ("#### $70,000", 70000, 1),
            ("#### -5", -5, 1),
            ("so 16 - 3 - 4 = 9. She makes 9 * 2 = 18", 18, 1),
            ("It is 10-3.", 3, 1),
            ("It costs -$3.50", -7, 2),
            ("It costs $-3.50", -7, 2),
            ("That is 1 1/2 hours", 3, 2),
            ("That is 3/4", 3, 4),
            ("\\boxed{1{,}000}", 1000, 1),
            ("\\boxed{18 \\text{ dollars}}", 18, 1),
            ("\\boxed{2 \\times 9 = 18}", 18, 1),
            ("\\boxed{2\\frac{1}{2}}", 5, 2),
            ("The answer is 5 hours and 30 minutes", 5, 1),
            ("The answer is 2 + 16 = 18 dollars in total, since he paid", 18, 1),
            ("A: .5", 1, 2),
            ("She needs 35 more to reach the 7th grade.", 35, 1),
            ("so 7 - 1 = 6th.\n#### 6th place", 6, 1),
            ("What is left is 10 - 3", 3, 1),
            ("16 people think that horse #12 will win", 16, 1),
            ("The latest time to start is 2:00 pm.", 2, 1),
            ("the answer is 12, which is 3 more", 12, 1),
        ];
        for (text, numerator, denominator) in cases {
            let expected = BigRational::new(i64::into(numerator), i64::into(denominator));
            assert_eq!(final_number(text).map(|number| number.value), Some(expected), "{text}");
        }
    }

    #[test]
    fn texts_without_a_number_have_none() {
        for text in [
            "",
            "no idea",
            "That leaves 12.\nSo it is not possible to determine how much there was.",
            "\\boxed{2\\sqrt{3}}",
            "\\boxed{x}",
        ] {
            assert_eq!(final_number(text), None, "{text}");
        }
    }
}
