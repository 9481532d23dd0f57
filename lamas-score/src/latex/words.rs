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
    let mut chars = words.chars().peekable();
    while let Some(c) = chars.next() {
        let point = c == '.' && chars.peek().is_some_and(char::is_ascii_digit);
        if c.is_alphanumeric() || point || "-+/*^_=<>|!:".contains(c) {
            out.extend(c.to_lowercase());
        }
    }
    out
}

static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\\(?:text(?:bf|it|rm|normal|sf|tt)?|mbox|mathrm|mathbf|operatorname|left|right|[!,;: ])")
        .expect("valid")
});

/// An answer without commands of style, braces and dollars, as a reader sees it.
pub fn visible(text: &str) -> String {
    COMMAND.replace_all(text, " ").replace(['{', '}', '$', '\\', '~'], " ")
}

/// A time of day: hours, minutes, and whether after noon.
pub fn time_of_day(text: &str) -> Option<(u32, u32, bool)> {
    static TIME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\s*(\d{1,2})(?:\s*:\s*(\d{2}))?\s*([ap])\s*\.?\s*m\s*\.?\s*$").expect("valid")
    });
    let visible = visible(text);
    let parts = TIME.captures(&visible)?;
    let number = |group: usize| parts.get(group).map_or(Some(0), |found| found.as_str().parse().ok());
    Some((number(1)?, number(2)?, parts[3].eq_ignore_ascii_case("p")))
}
