//! Final answers of maths problems: when two are the same, and what a wrong one of the same form looks like.

use std::ops::Range;

use lamas_core::random::Stream;
use rand::RngExt;

/// Words that stand for one another in wrong answers.
const FAMILIES: [&[&str]; 5] = [
    &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    &["odd", "even", "neither"],
    &["circle", "ellipse", "parabola", "hyperbola"],
    &["north", "east", "south", "west"],
    &["yes", "no"],
];

/// Numbers from here on are changed in their last digit only.
const LARGEST: i64 = 1_000_000_000_000_000;

/// Whether two answers say the same, as far as their form shows it.
pub(super) fn same(left: &str, right: &str) -> bool {
    let (left, right) = (plain(left), plain(right));
    left == right
        || matches!((number(&left), number(&right)), (Some(a), Some(b)) if (a - b).abs() <= 1e-12 * a.abs().max(1.0))
}

/// An answer without the marks that do not change its meaning.
pub(super) fn plain(answer: &str) -> String {
    let mut plain: String = answer.chars().filter(|c| !c.is_whitespace() && *c != '$').collect();
    for (mark, instead) in
        [("\\left", ""), ("\\right", ""), ("\\!", ""), ("\\,", ""), ("{,}", ","), ("dfrac", "frac"), ("tfrac", "frac")]
    {
        if plain.contains(mark) {
            plain = plain.replace(mark, instead);
        }
    }
    plain.trim_end_matches('.').to_owned()
}

/// The value of a plain number, thousands separators allowed.
pub(super) fn number(plain: &str) -> Option<f64> {
    let groups: Vec<&str> = plain.split(',').collect();
    let grouped = groups.iter().skip(1).all(|group| group.split('.').next().is_some_and(|whole| whole.len() == 3));
    if grouped { groups.concat().parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

/// A wrong answer of the same form as the right one.
///
/// A number in the answer is moved by the slips that people and models make (off by one, doubled, halved, digits swapped);
/// where there is none, a word gives way to its like, a letter to another, a name to one of the statement's.
pub(super) fn wrong(right: &str, statement: &str, stream: &mut Stream) -> String {
    let numbers = numbers(right);
    if !numbers.is_empty() {
        let span = numbers[stream.random_range(0..numbers.len())].clone();
        return replaced(right, &span, &slip(&right[span.clone()], stream));
    }
    word_instead(right, stream)
        .or_else(|| letter_instead(right, stream))
        .or_else(|| name_instead(right, statement, stream))
        .unwrap_or_else(|| symbol_instead(right, stream))
}

fn replaced(text: &str, span: &Range<usize>, with: &str) -> String {
    [&text[..span.start], with, &text[span.end..]].concat()
}

/// Where the numbers of an answer stand; separators and decimals belong to them.
fn numbers(answer: &str) -> Vec<Range<usize>> {
    let bytes = answer.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let three = |at: usize| (at..at + 3).all(digit) && !digit(at + 3);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let start = at;
        loop {
            let rest = &answer[at..];
            let separator = [",\\!", "{,}", ","].iter().find(|s| rest.starts_with(**s) && three(at + s.len()));
            if digit(at) {
                at += 1;
            } else if let Some(separator) = separator {
                at += separator.len();
            } else if bytes.get(at) == Some(&b'.') && digit(at + 1) {
                at += 1;
            } else {
                break;
            }
        }
        found.push(start..at);
    }
    found
}

/// A number that a slip turns this one into, written the same way.
fn slip(text: &str, stream: &mut Stream) -> String {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let separator = [",\\!", "{,}", ","].into_iter().find(|separator| text.contains(separator));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let Some(value) = digits.parse::<i64>().ok().filter(|value| *value < LARGEST) else {
        // Too long to reckon with: another last digit.
        let last = if text.ends_with('7') { '3' } else { '7' };
        return format!("{}{last}", &text[..text.len() - 1]);
    };
    let slips = [
        value + 1,
        value - 1,
        value + 2,
        value - 2,
        value * 2,
        value / 2,
        value + value / 10 + 3,
        value - value / 10 - 1,
        value + 10,
        value - 10,
        swapped(&digits).unwrap_or(value + 3),
        value + value / 2,
    ];
    let likely: Vec<i64> = slips.into_iter().filter(|&slip| slip != value && slip > 0).collect();
    write_like(likely[stream.random_range(0..likely.len())], decimals, separator)
}

/// The number with its last two digits swapped.
fn swapped(digits: &str) -> Option<i64> {
    let (head, tail) = digits.split_at_checked(digits.len().checked_sub(2)?)?;
    let turned: String = tail.chars().rev().collect();
    format!("{head}{turned}").parse().ok()
}

/// Writes `value / 10^decimals` with a thousands separator where there was one.
fn write_like(value: i64, decimals: usize, separator: Option<&str>) -> String {
    let digits = format!("{value:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    let whole = match separator {
        Some(separator) => {
            let first = whole.len() % 3;
            let groups = std::iter::once(&whole[..first]).filter(|group| !group.is_empty());
            groups
                .chain((first..whole.len()).step_by(3).map(|at| &whole[at..at + 3]))
                .collect::<Vec<_>>()
                .join(separator)
        }
        None => whole.to_owned(),
    };
    if decimals == 0 { whole } else { format!("{whole}.{part}") }
}

fn word_instead(right: &str, stream: &mut Stream) -> Option<String> {
    let held = |word: &&&str| words(right).any(|span| right[span].eq_ignore_ascii_case(word));
    let (family, word) = FAMILIES.iter().find_map(|family| family.iter().find(held).map(|word| (family, *word)))?;
    let others: Vec<&str> = family.iter().copied().filter(|other| *other != word).collect();
    let span = words(right).find(|span| right[span.clone()].eq_ignore_ascii_case(word))?;
    Some(replaced(right, &span, others[stream.random_range(0..others.len())]))
}

fn letter_instead(right: &str, stream: &mut Stream) -> Option<String> {
    let letters: Vec<_> = words(right)
        .filter(|span| span.len() == 1 && right[span.clone()].bytes().all(|b| b.is_ascii_uppercase()))
        .collect();
    let span = letters.get(stream.random_range(0..letters.len().max(1)))?;
    let others: Vec<char> = ('A'..='E').filter(|other| !right[span.clone()].starts_with(*other)).collect();
    let other = others[stream.random_range(0..others.len())];
    Some(replaced(right, span, &other.to_string()))
}

fn name_instead(right: &str, statement: &str, stream: &mut Stream) -> Option<String> {
    let name = |text: &str| text.len() > 2 && text.starts_with(|c: char| c.is_ascii_uppercase());
    let span = words(right).find(|span| name(&right[span.clone()]))?;
    let others: Vec<&str> = words(statement)
        .map(|other| &statement[other])
        .filter(|other| name(other) && *other != &right[span.clone()])
        .collect();
    let other = others.get(stream.random_range(0..others.len().max(1)))?;
    Some(replaced(right, &span, other))
}

fn symbol_instead(right: &str, stream: &mut Stream) -> String {
    match stream.random_range(0..8_u32) {
        0 => format!("-{right}"),
        1 => format!("\\frac{{{right}}}{{2}}"),
        factor => format!("{factor}{right}"),
    }
}

/// Runs of ASCII letters that are not the name of a LaTeX command.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += bytes[at..].iter().position(u8::is_ascii_alphabetic)?;
            let start = at;
            at += bytes[at..].iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(bytes.len() - at);
            if start == 0 || bytes[start - 1] != b'\\' {
                return Some(start..at);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::random::Seed;
    use proptest::prelude::*;

    fn wrongs(right: &str, statement: &str) -> Vec<String> {
        let mut all: Vec<_> = (0..200).map(|n| wrong(right, statement, &mut Seed(1).stream("test", &[n]))).collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn wrong_answers_keep_the_form() {
        assert!(wrongs("18", "").iter().all(|w| w.parse::<u32>().is_ok_and(|n| n != 18)), "{:?}", wrongs("18", ""));
        assert!(wrongs("\\frac{3}{4}", "").iter().all(|w| w.starts_with("\\frac{") && w != "\\frac{3}{4}"));
        assert!(wrongs("12,\\!345", "").iter().any(|w| w == "12,\\!346"));
        assert!(wrongs("9.50", "").iter().all(|w| w.split_once('.').is_some_and(|(_, cents)| cents.len() == 2)));
        assert_eq!(wrongs("\\text{odd}", ""), ["\\text{even}", "\\text{neither}"]);
        assert_eq!(wrongs("\\text{(E)}", ""), ["\\text{(A)}", "\\text{(B)}", "\\text{(C)}", "\\text{(D)}"]);
        assert_eq!(wrongs("\\text{Navin}", "Evelyn beat Navin."), ["\\text{Evelyn}"]);
        assert!(wrongs("\\pi", "").contains(&"2\\pi".to_owned()));
        assert_eq!(wrongs("0", ""), ["1", "10", "2", "3"]);
    }

    #[test]
    fn form_does_not_change_an_answer() {
        assert!(same("70,000", "70000"));
        assert!(same("$\\dfrac{1}{2}$", "\\frac{1}{2}"));
        assert!(same("18.0", "18"));
        assert!(!same("2,3", "23"));
        assert!(!same("\\frac{1}{2}", "\\frac{1}{3}"));
    }

    proptest! {
        #[test]
        fn a_wrong_answer_never_says_the_same(right in "-?[0-9]{1,7}(\\.[0-9]{1,3})?|[0-9]{1,2} ?\\\\sqrt\\{[0-9]{1,2}\\}|\\([0-9]{1,2}, ?-?[0-9]{1,2}\\)", seed: u64) {
            let wrong = wrong(&right, "", &mut Seed(seed).stream("test", &[]));
            prop_assert!(!same(&wrong, &right), "{wrong} for {right}");
        }
    }
}
