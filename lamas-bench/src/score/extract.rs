//! Where in a model's text its final answer stands. Nothing here looks at the gold answer.

use std::sync::LazyLock;

use regex::Regex;

use super::boxed::last_boxed;
use super::latex::reads_as_maths;

/// A part of the text, and the rule that found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// The part, as written.
    pub text: &'a str,
    /// The rule.
    pub how: &'static str,
}

/// "The final answer is", "**Answer:**" and their like.
static PHRASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\banswer\b[*_\s]*(?:is|are|would be|will be|should be|=|:)[*_\s]*:?[*_\s]*").expect("valid")
});

/// Formulas between dollars or LaTeX brackets; an escaped dollar opens none.
static FORMULA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)\\\$|\$\$(?P<a>.+?)\$\$|\$(?P<b>[^$]+)\$|\\\((?P<c>.+?)\\\)|\\\[(?P<d>.+?)\\\]").expect("valid")
});

/// The answer that the text marks as such: the last `\boxed`, else what follows the last `####`, else what follows the
/// last "answer is" or "answer:".
pub fn marked(text: &str) -> Option<Found<'_>> {
    if let Some(found) = last_boxed(text) {
        return Some(Found { text: found.trim(), how: "boxed" });
    }
    if let Some(at) = text.rfind("####") {
        let line = first_line(&text[at + 4..]);
        if !line.is_empty() {
            return Some(Found { text: line, how: "after ####" });
        }
    }
    let phrase = PHRASE.find_iter(text).last()?;
    let rest = &text[phrase.end()..];
    let display = FORMULA.captures(rest).filter(|found| found.get(0).is_some_and(|all| all.start() == 0));
    let answer = match display.and_then(|found| found.name("a").or(found.name("d"))) {
        Some(formula) => formula.as_str().trim(),
        None => sentence(first_line(rest)),
    };
    (!answer.is_empty()).then_some(Found { text: answer, how: "after \"answer\"" })
}

/// The answer to a question in maths: what is marked; else a last line that is maths or a few words; else the last
/// formula; else the last line.
pub fn formula(text: &str) -> Option<Found<'_>> {
    if let Some(found) = marked(text) {
        let inside =
            (found.how != "boxed" && !reads_as_maths(found.text)).then(|| formulas(found.text).next()).flatten();
        return Some(Found { text: inside.unwrap_or(found.text), ..found });
    }
    let last = text.lines().rev().map(unadorned).find(|line| !line.is_empty())?;
    let few_words = text.trim().lines().count() == 1 && last.split_whitespace().count() <= 5;
    if few_words || reads_as_maths(last) {
        return Some(Found { text: last, how: "last line" });
    }
    match formulas(text).filter(|formula| reads_as_maths(formula)).last() {
        Some(text) => Some(Found { text, how: "last formula" }),
        None => Some(Found { text: last, how: "last line" }),
    }
}

fn formulas(text: &str) -> impl Iterator<Item = &str> {
    FORMULA.captures_iter(text).filter_map(|found| {
        ["a", "b", "c", "d"].into_iter().find_map(|name| found.name(name)).map(|inner| inner.as_str().trim())
    })
}

fn first_line(text: &str) -> &str {
    unadorned(text.trim_start().lines().next().unwrap_or(""))
}

/// Without the spaces, marks of emphasis and full stop around it.
fn unadorned(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || "*_`".contains(c)).trim_end_matches(['.', ',', ';']).trim_end()
}

/// Up to the end of the first sentence: a point after which a space and a capital follow.
fn sentence(line: &str) -> &str {
    let end =
        line.match_indices(". ").find(|(at, _)| line[at + 2..].trim_start().starts_with(|c: char| c.is_uppercase()));
    unadorned(end.map_or(line, |(at, _)| &line[..at]))
}
