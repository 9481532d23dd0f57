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
    let digits = r"(?:\d{1,3}(?:(?:,|\{,\}|,\\!|\\,)\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)";
    Regex::new(&format!(
        r"(?x)
        (?P<sign>[-−])? (?:\\?\$|[€£¥])? \x20? (?P<inner>[-−])?
        (?: (?: (?P<mixed>\d+)\s* )? \\[dtc]?frac \s* \{{ \s* (?P<top>-?{digits}) \s* \}} \s* \{{ \s* (?P<bottom>{digits}) \s* \}}
          | (?P<whole>\d+) \x20+ (?P<over>\d+) \s?/\s? (?P<under>\d+)
          | (?P<hour>\d{{1,2}}):(?P<minutes>\d\d)\b
          | (?P<plain>{digits}) (?: \s?/\s? (?P<divisor>{digits}) | (?P<ordinal>st|nd|rd|th)\b )?
        )"
    ))
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
        let result = part.rfind(['=', '≈']).filter(|at| in_text(&part[..*at]).next().is_some());
        let tail = result.map_or(part, |at| &part[at..]);
        if let Some((text, value)) = in_text(tail).next() {
            return Some(Number { text, value, how });
        }
    }
    in_text(text).last().map(|(text, value)| Number { text, value, how: "last number" })
}

/// The numbers in running text.
fn in_text(text: &str) -> impl Iterator<Item = (&str, BigRational)> {
    NUMBER.captures_iter(text).filter_map(move |found| {
        let whole = found.get(0)?;
        let before = text[..whole.start()].chars().next_back();
        // A label, as in "horse #12".
        if before == Some('#') {
            return None;
        }
        let mut value = magnitude(&found)?;
        // A hyphen after a letter, a digit or a bracket is no sign.
        let binary = before.is_some_and(|c| c.is_alphanumeric() || ")]}".contains(c));
        if found.name("sign").is_some() && !binary {
            value = -value;
        }
        if found.name("inner").is_some() {
            value = -value;
        }
        Some((whole.as_str().trim(), value))
    })
}

fn magnitude(found: &Captures<'_>) -> Option<BigRational> {
    if found.name("ordinal").is_some() {
        return None;
    }
    if let Some(minutes) = found.name("minutes") {
        return if minutes.as_str() == "00" { plain(found.name("hour")?.as_str()) } else { None };
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
        for text in ["", "no idea", "\\boxed{2\\sqrt{3}}", "\\boxed{x}"] {
            assert_eq!(final_number(text), None, "{text}");
        }
    }
}
