//! Numbers in words: "twenty-three", "three hundred and five dollars".

use num_bigint::BigInt;
use num_rational::BigRational;

use super::node::{Node, Unit};
use super::units;
use super::vocabulary::SCALES;
use super::words::visible;

/// The numbers below twenty, in order.
const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
/// The tens, from twenty on.
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
/// The most words of a number.
const MOST_WORDS: usize = 24;

/// The value of a text that is a number in words and nothing else but known units behind it: "one of them" is none, nor are
/// "two thirds", "five feet six inches", "ten or more".
pub fn cardinal(text: &str) -> Option<Node> {
    let visible = visible(text).to_lowercase();
    let words: Vec<&str> =
        visible.trim_end_matches(['.', '!', ' ']).split(|c: char| c.is_whitespace() || "-‐‑".contains(c)).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let (negative, words) = match words.split_first()? {
        (&("minus" | "negative"), rest) => (true, rest),
        _ => (false, words.as_slice()),
    };
    let length = words.iter().take_while(|word| is_part(word)).count();
    let (number, rest) = words.split_at(length);
    if number.len() > MOST_WORDS || !rest.iter().all(|word| units::named(word)) {
        return None;
    }
    let value = Node::Number(BigRational::from_integer(value(number)?));
    let value = if negative { value.negated() } else { value };
    Some(if rest.is_empty() { value } else { Node::Quantity(Box::new(value), Unit::Words(rest.join(" "))) })
}

fn is_part(word: &str) -> bool {
    matches!(word, "and" | "a") || small(word).is_some() || ten(word).is_some() || scale(word).is_some()
}

/// A number below twenty.
pub fn small(word: &str) -> Option<u64> {
    SMALL.iter().position(|name| *name == word).map(|value| value as u64)
}

fn ten(word: &str) -> Option<u64> {
    TENS.iter().position(|name| *name == word).map(|index| 20 + 10 * index as u64)
}

/// "hundred", "thousand" and so on; "dozen" makes no longer number.
fn scale(word: &str) -> Option<u64> {
    SCALES.iter().find(|(name, ..)| *name == word && *name != "dozen").map(|(_, value, _)| *value)
}

/// The number that words make in the order in which numbers are said: "five six" and "one thousand million" are none.
fn value(words: &[&str]) -> Option<BigInt> {
    // Below a thousand, and whether hundreds, tens, units were said of it.
    let (mut total, mut group) = (BigInt::from(0), None::<u64>);
    let mut least = u64::MAX;
    // What may still be added to the group: below a hundred, below ten.
    let mut room = 1_000;
    let mut previous = "";
    for word in words {
        if let Some(small) = small(word) {
            let fits = if small < 10 { room >= 10 } else { room >= 100 };
            if !fits || (small == 0 && words.len() > 1) || previous == "a" {
                return None;
            }
            group = Some(group.unwrap_or(0) + small);
            room = 0;
        } else if let Some(ten) = ten(word) {
            if room < 100 || previous == "a" {
                return None;
            }
            group = Some(group.unwrap_or(0) + ten);
            room = 10;
        } else if *word == "hundred" {
            // "Eighteen hundred" too.
            group = Some(100 * group.filter(|group| (1..100).contains(group) && group % 10 != 0)?);
            room = 100;
        } else if let Some(scale) = scale(word) {
            let said = group.take().filter(|group| *group > 0 && scale < least)?;
            total += BigInt::from(said) * scale;
            (least, room) = (scale, 1_000);
        } else if *word == "a" {
            if !previous.is_empty() {
                return None;
            }
            group = Some(1);
            room = 0;
        } else if scale(previous).is_none() {
            return None;
        }
        previous = word;
    }
    // Nothing stands behind "and" or "a".
    (!matches!(previous, "and" | "a" | "")).then(|| total + group.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words_are_those_that_are_said() {
        for (text, value) in [
            ("zero", 0),
            ("Seven", 7),
            ("ten", 10),
            ("nineteen", 19),
            ("twenty-three", 23),
            ("twenty three", 23),
            ("forty", 40),
            ("one hundred", 100),
            ("a hundred", 100),
            ("three hundred and five", 305),
            ("three hundred five", 305),
            ("three hundred and twenty-one", 321),
            ("eighteen hundred", 1_800),
            ("two thousand", 2_000),
            ("two thousand and six", 2_006),
            ("twelve thousand three hundred forty-five", 12_345),
            ("three hundred thousand", 300_000),
            ("one million two hundred thousand", 1_200_000),
            (r"\text{Ninety-nine}", 99),
            ("minus five", -5),
            ("negative twenty-one", -21),
        ] {
            assert_eq!(cardinal(text), Some(Node::integer(value)), "{text}");
        }
        let dollars = Node::Quantity(Box::new(Node::integer(23)), Unit::Words("dollars".to_owned()));
        assert_eq!(cardinal("twenty-three dollars."), Some(dollars));
    }

    #[test]
    fn other_words_are_none() {
        for text in [
            "",
            "a",
            "and",
            "none",
            "one of them",
            "one less",
            "two thirds",
            "two-thirds",
            "five six",
            "five and six",
            "twenty ten",
            "twenty eleven",
            "ten one",
            "hundred",
            "one hundred hundred",
            "ten hundred",
            "one thousand million",
            "one thousand and",
            "five feet six inches",
            "ten dollars and fifty cents",
            "ten or more",
            "at least ten",
            "one in ten",
            "nine to five",
            "twenty zero",
            "a five",
            "a dozen",
            "three dozen",
            "tenth",
            "three times",
            "point five",
            "one half",
            "23",
            "twenty 3",
        ] {
            assert_eq!(cardinal(text), None, "{text}");
        }
    }
}
