//! Answers that a text marks: by a box, four hashes, a tag, or by saying so.

use std::sync::LazyLock;

use regex::Regex;

use super::boxed::boxes;
use super::formulas::Formulas;
use super::found::{BOXED, Found};
use super::tombstone::without_tombstone;
use crate::compare::reads_as_maths;

/// "The final answer is", "**Answer:**" and their like.
static PHRASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\banswers?\b[*_\s]*(?:is|are|would be|will be|should be|=|:)[*_\s]*:?[*_\s]*")
        .expect("a fixed pattern")
});

/// "Final answer" on a line of its own.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?im)^[#*_\s]*(?:the\s+)?(?:final\s+)?answer[*_\s:]*\n\s*").expect("a fixed pattern")
});

static TAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)<\s*(?:final_?)?answer\s*>\s*([^<>]*?)\s*<\s*/").expect("a fixed pattern"));

/// A line with which a model that goes on by itself begins a question of its own.
static QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?im)^[ \t*#]*(?:question|problem|q|human|user|student|instruction)[*]*:").expect("a fixed pattern")
});

/// How many marks of a kind are looked at, from the last one back.
const TRIED: usize = 16;

/// What the text marks as its answer, the best first: the last `\boxed` that holds something, and nothing else where there is
/// one; else what stands in the last tag, after the last four hashes that are no heading, and after the last "answer is".
pub(crate) fn marks(text: &str) -> impl Iterator<Item = Found<'_>> {
    let text = own_turn(text);
    let boxed = boxes(text).last().map(|found| Found::new(found.content, BOXED));
    let others = boxed.is_none().then(|| tagged(text).chain(hashed(text)).chain(said(text)));
    boxed.into_iter().chain(others.into_iter().flatten())
}

/// The text up to where the model, having given its answer, asks itself something else.
pub(super) fn own_turn(text: &str) -> &str {
    let next = QUESTION.find_iter(text).find(|question| {
        let before = &text[..question.start()];
        let trimmed = before.trim_end();
        let last = trimmed.rfind('\n').map_or(trimmed, |at| &trimmed[at..]);
        let apart = before[trimmed.len()..].matches('\n').count() >= 2;
        apart && (last.contains("\\boxed") || last.contains("####") || PHRASE.is_match(last))
    });
    without_tombstone(next.map_or(text, |question| &text[..question.start()]))
}

fn tagged(text: &str) -> impl Iterator<Item = Found<'_>> {
    let last = TAG.captures_iter(text).last().and_then(|found| found.get(1));
    last.map(|inner| tidy(inner.as_str()))
        .filter(|inner| !inner.is_empty())
        .map(|inner| Found::new(inner, "in <answer>"))
        .into_iter()
}

/// What follows four hashes on their line, unless it is a heading: first what is a value or tells one, then words.
fn hashed(text: &str) -> impl Iterator<Item = Found<'_>> {
    let marks = || {
        text.rmatch_indices("####")
            .filter(|(at, mark)| !text[..*at].ends_with('#') && !text[at + mark.len()..].starts_with('#'))
            .take(TRIED)
            .map(|(at, mark)| {
                let rest = &text[at + mark.len()..];
                let line = rest.lines().next().unwrap_or("");
                (tidy(line), rest[line.len()..].trim().is_empty())
            })
    };
    let clear = marks().filter(|(line, last)| is_answer(line, *last) && (is_value(line) || tells(line)));
    let words = marks().filter(|(line, last)| is_answer(line, *last) && !(is_value(line) || tells(line)));
    clear.chain(words).map(|(line, _)| Found::new(line, "after ####"))
}

/// Whether the rest of a line behind hashes may be an answer. A heading is words, or a number that counts sections; it has text
/// below it, or says what the text does.
fn is_answer(line: &str, last: bool) -> bool {
    static SECTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\(?(?:\d{1,2}|[ivx]{1,4}|[a-z])[.):]\)?\s+\S*[A-Za-z]{2}").expect("a fixed pattern")
    });
    static HEADING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?ix)^ (?: (?: step | part | case | note | section | solution | explanation | check | verification | proof | approach
                | method | example | remark | hint | summary | conclusion | calculation | given | question | problem | analysis
                | option | reasoning | justification | review | recap | reference | source | appendix | figure | table | equation
                | alternative | discussion | background | confirmation | validation | attempt | test ) s? \b
                | (?: double-?\s* )? (?: check | verify | confirm | validat | explain | understand | review | prov | calculat | comput
                | count | solv | find | add | subtract | multiply | divid | test | show | us | apply ) ing \b
                | (?: why | how | what | where | when ) \b )",
        )
        .expect("a fixed pattern")
    });
    if line.is_empty() || HEADING.is_match(line) || PHRASE.is_match(line) {
        return false;
    }
    if SECTION.is_match(line) {
        return last;
    }
    last || is_value(line)
}

/// Whether a line begins as values do, or is maths.
fn is_value(line: &str) -> bool {
    static VALUE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[-+−(\[{|$€£¥\\\s]*[.\d\\√π]").expect("a fixed pattern"));
    VALUE.is_match(line) || reads_as_maths(line)
}

/// Whether a line says what something is: "The total is 18", "Total: 18", "x = 18".
fn tells(line: &str) -> bool {
    static TELLS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:is|are|was|were|equals|makes?|has|have|gets?|costs?)\b|[:=]").expect("a fixed pattern")
    });
    TELLS.is_match(line)
}

/// What follows "the answer is" and its like.
fn said(text: &str) -> impl Iterator<Item = Found<'_>> {
    let mut phrases: Vec<_> = PHRASE.find_iter(text).chain(TITLE.find_iter(text)).collect();
    phrases.sort_by_key(regex::Match::end);
    phrases.dedup_by_key(|phrase| phrase.end());
    phrases.into_iter().rev().take(TRIED).filter(|phrase| !is_supposed(&text[..phrase.start()])).filter_map(|phrase| {
        let rest = &text[phrase.end()..];
        let next_line = phrase.as_str().contains('\n');
        let answer = said_answer(rest, next_line);
        (!answer.is_empty() && !is_praise(answer)).then(|| Found::new(answer, "after \"answer\""))
    })
}

/// Whether what stands before "the answer is" only supposes it: "if the answer is 18, then".
fn is_supposed(before: &str) -> bool {
    static SUPPOSED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)\b(?:if|suppos(?:e|ing)|assum(?:e|ing)|whether|unless)\s+(?:that\s+)?(?:(?:the|our|my|your|this|an?)\s+)?(?:(?:final|correct)\s+)?$",
        )
        .expect("a fixed pattern")
    });
    let near = before.char_indices().rev().nth(60).map_or(0, |(at, _)| at);
    SUPPOSED.is_match(&before[near..])
}

fn said_answer(rest: &str, next_line: bool) -> &str {
    // A formula on lines of its own may have several.
    let display = [r"\[", "$$"].iter().any(|opening| rest.starts_with(opening));
    if let Some(formula) = Formulas::of(rest).next().filter(|_| display) {
        return formula;
    }
    let line = rest.trim_start();
    let next_line = next_line || rest[..rest.len() - line.len()].contains('\n');
    // A quotation has its mark before it.
    let line = line.lines().next().unwrap_or("");
    let line = if next_line { line.strip_prefix("> ").unwrap_or(line) } else { line };
    tidy(sentence(if next_line { unlisted(line) } else { line }))
}

/// "The answer is correct" and "the answer is checked in step 3" say nothing of it; "is found to be 3" does.
fn is_praise(answer: &str) -> bool {
    let word = answer.split(|c: char| !c.is_alphabetic()).next().unwrap_or("").to_lowercase();
    let praises = [
        "correct",
        "right",
        "wrong",
        "incorrect",
        "clear",
        "reasonable",
        "given",
        "below",
        "above",
        "see",
        "consistent",
    ];
    let tells_how = [
        "verified",
        "checked",
        "confirmed",
        "explained",
        "derived",
        "shown",
        "found",
        "obtained",
        "computed",
        "calculated",
    ];
    let value = || [" to be ", " as ", "="].iter().any(|sign| answer.contains(sign));
    praises.contains(&&*word) || (tells_how.contains(&&*word) && !value())
}

/// A line without the dash or number that makes it an item of a list.
pub(super) fn unlisted(line: &str) -> &str {
    static ITEM: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\s*(?:[-–—•*+]|\(?\d{1,2}[.)])\s+").expect("a fixed pattern"));
    let item = ITEM.find(line).map_or(0, |item| item.end());
    if line[item..].trim().is_empty() { line } else { &line[item..] }
}

/// Without the spaces, marks of emphasis and full stop around it.
pub(super) fn unadorned(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || "*_`".contains(c)).trim_end_matches(['.', ',', ';']).trim_end()
}

/// The same, and without an exclamation mark that ends the sentence; behind a letter or a bracket it is a factorial.
fn tidy(line: &str) -> &str {
    let mut line = unadorned(line).trim_start_matches(['–', '—', ':']);
    loop {
        let words = line.trim_end_matches(['!', '*', '_', '`', ' ']);
        let before: Vec<char> = words.chars().rev().take(2).collect();
        let exclaims = words.len() < line.len()
            && line.ends_with(['!', '*', '`', ' '])
            && match before.as_slice() {
                [last, before_last] => {
                    last.is_ascii_digit()
                        || "$%*".contains(*last)
                        || (last.is_alphabetic() && before_last.is_alphabetic())
                }
                [last] => last.is_ascii_digit(),
                _ => false,
            };
        let shorter = unadorned(if exclaims { words } else { line });
        if shorter.len() == line.len() {
            return line.trim_start();
        }
        line = shorter;
    }
}

/// Up to the end of the first sentence: a point after which a space and a capital follow.
fn sentence(line: &str) -> &str {
    let ends = |(at, _): &(usize, &str)| line[at + 2..].trim_start().starts_with(|c: char| c.is_uppercase());
    let end = line.match_indices(". ").find(ends).map(|(at, _)| at);
    let called = line.match_indices("! ").find(ends).map(|(at, _)| at + 1);
    let end = [end, called].into_iter().flatten().min();
    unadorned(end.map_or(line, |at| &line[..at]))
}
