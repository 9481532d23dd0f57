//! Numbers in a text, as exact rationals.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use num_rational::BigRational;
use num_traits::Zero;
use regex::{Captures, Regex};

use super::bounds::{Standing, is_negated, standing};
use super::found::Found;
use super::marks::marks;
use crate::compare::{
    Reading, SCALES, decimal, in_words, rational, reads_as_maths, scale_word, scaled, without_letter,
};

/// A number in running text: a mixed number or fraction in LaTeX, else digits with thousands separators, decimals and an
/// exponent as programs print it, a whole and a fraction, or a fraction; currency before it and a percent sign behind it are
/// left out. Times of day and ordinals are recognised so that their digits are not taken for numbers.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    // Of spaces only those that keep digits together; a plain one separates thousands only where the answer is marked.
    let separator = r"(?:,|\{,\}|\\?,\\!|\\[!,;:\x20]|~|_|['’]|[\u{a0}\u{2007}\u{2009}\u{202f}])";
    let exponent = r"(?:[eE][-+−]?[0-9]{1,4})?";
    let digits = format!(
        r"(?:[0-9]{{1,3}}(?:{separator}[0-9]{{3}})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?{exponent}|\.[0-9]+{exponent})"
    );
    let space = r"(?:[\x20~-]|\\[,;:!\x20])*";
    let (scales, letters) = (scale_names(), scale_letters());
    Regex::new(&format!(
        r"(?x)
        (?P<sign>[-−])? (?: (?:\\?\$|[€£¥]) \x20? (?P<inner>[-−])? )?
        (?: (?: (?P<mixed>[0-9]+)\x20* )? \\[dtc]?frac \x20* \{{ (?P<top>-?{digits}) \}} \x20* \{{ (?P<bottom>{digits}) \}}
          | (?P<whole>[0-9]+) \x20+ (?P<over>[0-9]+) \x20?/\x20? (?P<under>[0-9]+)
          | (?P<hour>[0-9]{{1,2}}):(?P<minutes>[0-9]{{2}})(?-u:\b)
          | (?P<plain>{digits}) (?: \x20?/\x20? (?P<divisor>{digits}) | (?P<ordinal>st|nd|rd|th)(?-u:\b) )?
        )
        (?: {space} (?P<scale> (?i:{scales}) s? (?-u:\b) (?: \x20+ (?i:{scales}) s? (?-u:\b) )? )
          | {space} \\(?:text|mbox|mathrm) \s* \{{ \s* (?P<texted> (?i:{scales}) s? ) (?-u:\b) (?: \s* \}} )?
          | (?P<letter> {letters} ) (?-u:\b) )?"
    ))
    .expect("a fixed pattern")
});

/// The words that multiply the number before them, as a pattern.
fn scale_names() -> String {
    SCALES.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join("|")
}

/// The letters that do so right behind digits, as a pattern.
fn scale_letters() -> String {
    SCALES.iter().flat_map(|(.., letters)| *letters).copied().collect::<Vec<_>>().join("|")
}

/// A letter right behind digits that stands for a word: 18k.
static LETTERED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!(r"([0-9])({})(?-u:\b)", scale_letters())).expect("a fixed pattern"));

/// Thousands between plain spaces.
static SPACED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?-u:\b)[1-9][0-9]{0,2}(?:\x20[0-9]{3})+(?-u:\b)").expect("a fixed pattern"));

/// A time of day and nothing else.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^[\s$]*([0-9]{1,2}):([0-9]{2})(?:[\s~$]|\\[,;:\x20]|\\(?:text|mbox|mathrm)\s*\{|\})*(?:[ap]\s*\.?\s*m\s*\.?)?[\s$}]*$")
        .expect("a fixed pattern")
});

/// A number as written, and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number<'a> {
    /// The part of the text.
    pub(crate) text: Cow<'a, str>,
    /// The value.
    pub(crate) value: BigRational,
    /// The rule that found it.
    pub(crate) how: &'static str,
}

/// The number that a text gives as its answer: the marked one, else the last one in the text.
pub(crate) fn final_number(text: &str) -> Option<Number<'_>> {
    for found in marks(text) {
        let boxed = found.is_boxed();
        let how = found.how;
        match number_in(found) {
            Marked::Value(text, value) => return Some(Number { text, value, how }),
            Marked::Bound => return None,
            // A box with another kind of value is not an answer to this question.
            Marked::Other if boxed => return None,
            Marked::Other => {}
        }
    }
    let (text, value) = last_in(text)?;
    Some(Number { text: Cow::Borrowed(text), value, how: "last number" })
}

/// What a marked part of a text holds.
enum Marked<'a> {
    /// One number, as written, and its value.
    Value(Cow<'a, str>, BigRational),
    /// A bound, a range, one of several values, a ratio, another kind of value, or what the answer is not.
    Bound,
    /// No number, or another kind of value.
    Other,
}

/// The number in a marked part of a text.
fn number_in(found: Found<'_>) -> Marked<'_> {
    let boxed = found.is_boxed();
    let part = match found.text {
        Cow::Borrowed(part) => SPACED.replace_all(part, |digits: &Captures<'_>| digits[0].replace(' ', "")),
        Cow::Owned(part) => Cow::Owned(part),
    };
    if let Some(value) = in_words(&part) {
        return Marked::Value(part, value);
    }
    if let Some(time) = TIME.captures(&part) {
        let hour = (&time[2] == "00").then(|| plain(&time[1])).flatten();
        return hour.map_or(Marked::Other, |hour| Marked::Value(part.clone(), hour));
    }
    let spelled = LETTERED.replace_all(without_remark(without_letter(&part), boxed), |digit: &Captures<'_>| {
        format!("{} {}", &digit[1], scale_word(&digit[2]).unwrap_or(""))
    });
    let value = match rational(&spelled) {
        Reading::Rational(_) if is_ratio(&spelled) => return Marked::Bound,
        Reading::Rational(value) => Some(value),
        Reading::Other if boxed => return Marked::Other,
        // `18\pi`, `\sqrt{18}`: another kind of value.
        Reading::Other if is_formula(&spelled) => return Marked::Bound,
        // What is struck out is no value, and the value beside it is told nowhere.
        Reading::Words if spelled.contains("cancel{") => return Marked::Bound,
        Reading::Other | Reading::Words => None,
    };
    if let Some(value) = value {
        return Marked::Value(part, value);
    }
    // "18 dollars, since 2 + 16 = 18": the first number, or the one after the last equals sign of "2 + 16 = 18".
    let result = part.rfind(['=', '≈']).filter(|at| places(&part[..*at]).next().is_some());
    let tail = result.map_or(&*part, |at| &part[at..]);
    let mut negated = false;
    for found in places(tail) {
        let Some(((text, value), whole)) = number_at(tail, &found).zip(found.get(0)) else { continue };
        match standing(&tail[..whole.start()], &tail[whole.end()..]) {
            Standing::Negated => negated = true,
            Standing::Bound => return Marked::Bound,
            Standing::Beside(other) if beside(&value, other) => return Marked::Bound,
            Standing::Beside(_) | Standing::Alone => return Marked::Value(Cow::Owned(text.to_owned()), value),
        }
    }
    if negated { Marked::Bound } else { Marked::Other }
}

/// Whether a text begins with another value, in whole or in percent.
fn beside(value: &BigRational, other: &str) -> bool {
    let hundred = BigRational::from_integer(100.into());
    let other = places(other).next().and_then(|found| number_at(other, &found)).map(|(_, other)| other);
    other.is_some_and(|other| other != *value && &other * &hundred != *value && other != value * hundred)
}

/// Whether a part of a text holds a formula and no word. Letters that may be a unit ("18 m") make none, and an equation has a
/// value behind its sign.
fn is_formula(part: &str) -> bool {
    static COMMAND: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\[A-Za-z]+").expect("a fixed pattern"));
    let bare = COMMAND.replace_all(part, " ");
    !bare.contains(|c: char| "=≈".contains(c) || (c.is_ascii_alphabetic() && !"xyzn".contains(c)))
}

/// Whether a colon stands between two numbers.
fn is_ratio(part: &str) -> bool {
    static RATIO: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\d[\s$]*(?::|\\colon)[\s$]*\d").expect("a fixed pattern"));
    RATIO.is_match(part)
}

/// A letter between numbers that multiplies them: 6 x 3.
static TIMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([0-9])\s*[xX]\s*(?:\\?\$)?([0-9])").expect("a fixed pattern"));

/// A value without a remark in brackets behind it: "18 (9*2)". In a box, brackets multiply, unless they say the value once
/// more.
pub(super) fn without_remark(part: &str, boxed: bool) -> &str {
    let trimmed = part.trim_end();
    let Some((head, remark)) = trimmed.strip_suffix(')').and_then(|inner| inner.split_once(" (")) else { return part };
    let Reading::Rational(value) = rational(head) else { return part };
    let is_remark = match rational(&TIMES.replace_all(remark, "$1*$2")) {
        Reading::Rational(other) => !boxed || value == other,
        Reading::Words => true,
        // A factor with a variable.
        Reading::Other => !(boxed || reads_as_maths(remark) && remark.contains(|c: char| c.is_ascii_alphabetic())),
    };
    if is_remark { head.trim_end() } else { part }
}

/// The last number of the last line that has one, as written; none where the text ends in saying that there is none.
pub(super) fn last_number(text: &str) -> Option<String> {
    last_in(text).map(|(text, _)| text.trim_start_matches(['\\', '$', '€', '£', '¥', ' ']).to_owned())
}

/// A line that says that there is no answer.
static GIVEN_UP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)(?:impossible|not possible|cannot|can't|could not|couldn't|not enough information|don't know|do not know|unknown|not sure|give up)(?-u:\b)",
    )
    .expect("a fixed pattern")
});

/// Whether a line says that there is no answer, and no number either.
fn gives_up(line: &str) -> bool {
    GIVEN_UP.is_match(line) && counted(line).next().is_none()
}

fn last_in(text: &str) -> Option<(&str, BigRational)> {
    let last = text.lines().rev().find(|line| !line.trim().is_empty())?;
    if gives_up(last) {
        return None;
    }
    // From the end, line by line: numbers do not span lines, and most texts end with theirs.
    let lines = text.lines().rev().filter(|line| !is_heading(line));
    lines.into_iter().find_map(|line| number_at(line, &last_told(line)?))
}

/// The last number of a line that is not what the answer is not, and stands in no remark where any does not.
fn last_told(line: &str) -> Option<Captures<'_>> {
    let remarks = remarks(line);
    let mut in_remark = None;
    let mut last = None;
    let mut remark = 0;
    for found in counted(line) {
        let Some(whole) = found.get(0).filter(|whole| !is_negated(&line[..whole.start()])) else { continue };
        while remarks.get(remark).is_some_and(|range| range.end <= whole.start()) {
            remark += 1;
        }
        let within = remarks.get(remark).is_some_and(|range| range.contains(&whole.start()));
        *(if within { &mut in_remark } else { &mut last }) = Some(found);
    }
    last.or(in_remark)
}

/// What stands in brackets with a space before them: "(6 x 3)", "[1]". Those of LaTeX are no remarks.
fn remarks(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, char, bool)> = Vec::new();
    // How many of those open stand behind a space.
    let mut apart = 0_usize;
    for (at, c) in line.char_indices() {
        match c {
            '(' | '[' => {
                let spaced = line[..at].ends_with(char::is_whitespace);
                apart += usize::from(spaced);
                open.push((at, c, spaced));
            }
            ')' | ']' => {
                let opening = if c == ')' { '(' } else { '[' };
                if let Some((start, _, true)) = open.pop_if(|(_, bracket, _)| *bracket == opening) {
                    apart -= 1;
                    if apart == 0 {
                        found.push(start..at + 1);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// A title in Markdown, whose numbers count sections.
fn is_heading(line: &str) -> bool {
    let title = line.trim_start().trim_start_matches('#');
    title.len() < line.trim_start().len() && title.trim_start().starts_with(|c: char| c.is_alphabetic())
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
    if let Some(factor) = scaling(text, found) {
        value *= factor;
    }
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

/// What the word behind a number multiplies it by. "5 hundred-dollar bills" are five.
fn scaling(text: &str, found: &Captures<'_>) -> Option<BigRational> {
    let words = match (found.name("scale").or(found.name("texted")), found.name("letter")) {
        (Some(words), _) => words.as_str(),
        (None, letter) => scale_word(letter?.as_str())?,
    };
    let after = &text[found.get(0)?.end()..];
    let kind = after.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    scaled(words).0.filter(|_| !kind)
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

/// Digits without their separators, with the sign that a numerator may have and the exponent.
fn plain(text: &str) -> Option<BigRational> {
    let (digits, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(digits, exponent)| (digits, Some(exponent)));
    let digits: String = digits.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let exponent = exponent.map(|exponent| format!("e{}", exponent.replace('−', "-"))).unwrap_or_default();
    let value = decimal(&format!("{digits}{exponent}"))?;
    Some(if text.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use super::super::answer_part;
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
            // Behind a mark stands something sensible.
            ("#### 18!", 18, 1),
            ("The answer is 18!", 18, 1),
            ("**Answer: 18**!", 18, 1),
            ("The answer is 18! That was easy.", 18, 1),
            ("\\boxed{3!}", 6, 1),
            ("#### 18 (9*2)", 18, 1),
            ("#### 18 (since 9*2 = 18)", 18, 1),
            ("The answer is 7 (3 + 4).", 7, 1),
            ("\\boxed{18 (9*2)}", 18, 1),
            ("The answer is:\n- 18 dollars", 18, 1),
            ("The answer is:\n* 18", 18, 1),
            ("The answer is:\n1. 18 dollars", 18, 1),
            ("The answer is:\n-18", -18, 1),
            ("The answer is - 18", -18, 1),
            ("#### Step 2: 9*2\nShe makes 18 dollars.", 18, 1),
            ("#### 2. Money\nShe makes 9*2 = 18 dollars.", 18, 1),
            ("#### Part 1\nShe makes 18.\n#### Part 2\nNothing more.", 18, 1),
            ("She makes 18.\n\n##### Note 3", 18, 1),
            ("She makes 18.\n#### Conclusion", 18, 1),
            ("#### Final answer\n18", 18, 1),
            ("### Answer\n\n**18** dollars", 18, 1),
            ("#### Answer: 18", 18, 1),
            ("#### The answer is 18.", 18, 1),
            ("#### x = 18", 18, 1),
            ("She makes 18. #### 18", 18, 1),
            ("\\boxed{18}. Put the answer in \\boxed{}.", 18, 1),
            ("The answer is 18. I hope the answer is correct.", 18, 1),
            ("<answer>18</answer>", 18, 1),
            ("Answer: 18\n\nQuestion: Tom has 5 apples.\nAnswer: 5", 18, 1),
            // Numbers as programs and other languages write them.
            ("#### 1e6", 1_000_000, 1),
            ("#### 1.0e+06", 1_000_000, 1),
            ("\\boxed{1e-05}", 1, 100_000),
            ("It is 2.5E3 in all", 2500, 1),
            ("The answer is 1.5e3 apples", 1500, 1),
            ("\\boxed{1 000}", 1000, 1),
            ("\\boxed{1\\ 000}", 1000, 1),
            ("\\boxed{1\\;000\\;000}", 1_000_000, 1),
            ("\\boxed{1~000}", 1000, 1),
            ("The answer is 18 000", 18_000, 1),
            ("The answer is 18 000 dollars.", 18_000, 1),
            ("It costs 18\u{202f}000 dollars", 18_000, 1),
            ("It costs 18\u{a0}000 dollars", 18_000, 1),
            ("It costs 18\u{2009}000.50 dollars", 36_001, 2),
            ("It costs 1_000_000", 1_000_000, 1),
            ("in 2020 100 came", 100, 1),
            // Presentation and times.
            ("\\boxed{\\mathbf{18}}", 18, 1),
            ("\\boxed{\\boldsymbol{18}}", 18, 1),
            ("\\boxed{\\mathit{18}}", 18, 1),
            ("\\boxed{\\large 18}", 18, 1),
            ("\\boxed{\\textcolor{red}{18}}", 18, 1),
            ("\\boxed{6:00 \\text{ a.m.}}", 6, 1),
            ("\\boxed{6:00}", 6, 1),
            ("The answer is 2:00 pm", 2, 1),
            // Thoughts.
            ("Maybe \\boxed{24}? No.\n</think>\nThe answer is 72.", 72, 1),
        ];
        for (text, numerator, denominator) in cases {
            let expected = BigRational::new(i64::into(numerator), i64::into(denominator));
            assert_eq!(final_number(&answer_part(text)).map(|number| number.value), Some(expected), "{text}");
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
            "\\boxed{6:30}",
            "<think>The answer is 18",
        ] {
            assert_eq!(final_number(&answer_part(text)), None, "{text}");
        }
    }
}
