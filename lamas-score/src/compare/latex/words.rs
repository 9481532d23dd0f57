//! Answers in words: names, weekdays, choices of a list, times of day.

use std::sync::LazyLock;

use regex::Regex;

use super::node::{Constant, Node};

/// Whether a node is words, possibly beside numbers and letters.
pub fn is_words(node: &Node) -> bool {
    match node {
        Node::Text(_) => true,
        Node::Product(factors) => factors.iter().any(is_words),
        _ => false,
    }
}

/// What a node looks like in words: its text, and letters and numbers that stand for themselves.
pub fn spelled(node: &Node) -> Option<String> {
    match node {
        Node::Text(words) => Some(bare(words)),
        Node::Symbol(name) => Some(bare(name)),
        Node::Number(value) => Some(value.to_string()),
        Node::Constant(Constant::I) => Some("i".to_owned()),
        Node::Constant(Constant::E) => Some("e".to_owned()),
        Node::Quantity(value, _) => spelled(value),
        Node::Product(factors) => factors.iter().map(spelled).collect(),
        _ => None,
    }
}

/// An answer in lower case without spaces, brackets, quotes and punctuation; signs that change a value stay.
pub fn bare(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut chars = words.char_indices().peekable();
    // What stands since the last digit, if nothing but spaces and commas does.
    let mut gap: Option<String> = None;
    while let Some((at, c)) = chars.next() {
        let point = c == '.' && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if c.is_alphanumeric() || point || "-+/*^_=<>|!:".contains(c) {
            let digits = words[at..].bytes().take_while(u8::is_ascii_digit).count();
            let thousands = gap.as_deref() == Some(",") && digits == 3;
            // "rows 1, 2" are not "rows 12".
            if digits > 0 && gap.as_ref().is_some_and(|gap| !gap.is_empty()) && !thousands {
                out.push(',');
            }
            out.extend(c.to_lowercase());
            gap = c.is_ascii_digit().then(String::new);
        } else if let Some(gap) = &mut gap {
            gap.push(c);
        }
    }
    out
}

static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\\(?:text(?:bf|it|rm|normal|sf|tt)?|mbox|math(?:rm|bf|it|sf|tt|normal)|boldsymbol|bm|pmb|operatorname|left|right|(?:text)?color\s*\{[^{}]*\}|(?:L|l)arge|LARGE|huge|Huge|small|[!,;: ])")
        .expect("valid")
});

/// An answer without commands of style, braces and dollars, as a reader sees it.
pub fn visible(text: &str) -> String {
    COMMAND.replace_all(text, " ").replace(['{', '}', '$', '\\', '~'], " ")
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    hours: u32,
    minutes: u32,
    /// Whether it is after noon, where that is said.
    afternoon: Option<bool>,
}

impl Time {
    /// Whether both name the same time; what one of them leaves open may be as the other says.
    pub fn same(self, other: Self) -> bool {
        let noon = self.afternoon.is_none() || other.afternoon.is_none() || self.afternoon == other.afternoon;
        (self.hours, self.minutes) == (other.hours, other.minutes) && noon
    }
}

/// Reads a time of day: hours with two digits of minutes, or a.m. or p.m. behind them.
pub fn time_of_day(text: &str) -> Option<Time> {
    static TIME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\s*(\d{1,2})(?:\s*:\s*(\d{2}))?\s*(?:([ap])\s*\.?\s*m\s*\.?)?\s*$").expect("a fixed pattern")
    });
    let visible = visible(text);
    let parts = TIME.captures(&visible)?;
    let number = |group: usize| parts.get(group).map_or(Some(0), |found| found.as_str().parse().ok());
    let (hours, minutes) = (number(1)?, number(2)?);
    let afternoon = parts.get(3).map(|letter| letter.as_str().eq_ignore_ascii_case("p"));
    let said = parts.get(2).is_some() || afternoon.is_some();
    (said && hours <= 24 && minutes < 60).then_some(Time { hours, minutes, afternoon })
}
