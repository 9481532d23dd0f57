//! Whether two answers in LaTeX are the same.
//!
//! - `lexer`, `vocabulary`: LaTeX, or what models write in its place, to tokens
//! - `parser`, `primary`, `numeral`, `node`: tokens to a tree
//! - `poly`, `exact`: exact values, in which equality is decided
//! - `numeric`, `complex`: values to many digits, the last resort
//! - `rounding`: whether one value is another one rounded
//! - `sets`, `units`, `words`, `cardinals`: unions and inequalities, units, answers in words, numbers in words
//! - `equivalence`: the rules that decide, one function a kind of answer

mod cardinals;
#[cfg(test)]
mod cases;
mod complex;
mod equivalence;
mod exact;
mod lexer;
mod node;
mod numeral;
mod numeric;
mod parser;
mod poly;
mod primary;
mod rounding;
mod sets;
mod units;
mod vocabulary;
mod words;

use num_rational::BigRational;

use self::equivalence::{Comparison, Why};
use self::lexer::Letter;
use self::node::Node;
pub use self::numeral::{decimal, scale_word, scaled};
pub use self::vocabulary::SCALES;
use self::words::{Clock, Lettered};

/// Longer answers are compared word by word only. The longest reference answer of the field's datasets has 160 bytes.
const LONGEST: usize = 4_000;

/// The rule by which an answer is the gold answer, if it is: both without `\boxed` and dollars.
pub fn equivalent(gold: &str, answer: &str) -> Option<Why> {
    let (gold, answer) = (gold.trim(), answer.trim());
    if gold == answer {
        return Some("same text");
    }
    if gold.len() > LONGEST || answer.len() > LONGEST {
        return None;
    }
    let (gold_clock, answer_clock) = (words::clock(gold), words::clock(answer));
    match (gold_clock, answer_clock) {
        (Some(Clock::Time(gold)), Some(Clock::Time(answer))) => {
            return gold.same(answer).then_some("same time of day");
        }
        (Some(Clock::Time(_)), Some(Clock::Neither)) | (Some(Clock::Neither), Some(Clock::Time(_))) => return None,
        _ => {}
    }
    if let (Some(gold), Some(answer)) = (words::labels(gold), words::labels(answer))
        && (gold.have_kind() || answer.have_kind())
    {
        return gold.same(&answer).then_some("same labels");
    }
    let (gold_node, answer_node) = (tree(gold, Letter::Exponent), tree(answer, Letter::Exponent));
    // A time of day is no number, whatever its digits would give as a ratio.
    let is_time = |text: &str, clock: Option<Clock>| matches!(clock, Some(Clock::Time(_))) && text.contains(':');
    if (is_time(gold, gold_clock) && is_number(&answer_node))
        || (is_time(answer, answer_clock) && is_number(&gold_node))
    {
        return None;
    }
    if let (Some(gold), Some(answer)) = (&gold_node, &answer_node)
        && let Some(why) = Comparison::new().same(gold, answer)
    {
        return Some(why);
    }
    if gold.contains('e')
        && answer.contains('e')
        && let (Some(gold), Some(answer)) = (tree(gold, Letter::Euler), tree(answer, Letter::Euler))
        && let Some(why) = Comparison::new().same(&gold, &answer)
    {
        return Some(why);
    }
    if let Some(why) = said_in_words(gold, &gold_node, answer, &answer_node) {
        return Some(why);
    }
    // Where either is words, what counts is what a reader sees.
    let in_words = |node: &Option<Node>| node.as_ref().is_none_or(has_words);
    let same = (in_words(&gold_node) || in_words(&answer_node))
        && words::doubtful(gold) == words::doubtful(answer)
        && words::same(gold, answer);
    same.then_some("same words").or_else(|| behind_letter(gold, answer))
}

/// Numbers in words, and the words for a set that holds nothing.
fn said_in_words(gold: &str, gold_node: &Option<Node>, answer: &str, answer_node: &Option<Node>) -> Option<Why> {
    if words::no_solution(gold) && words::no_solution(answer) {
        return Some("no solution");
    }
    let (gold_number, answer_number) = (cardinals::cardinal(gold), cardinals::cardinal(answer));
    if gold_number.is_none() && answer_number.is_none() {
        return None;
    }
    let (gold, answer) = (gold_number.or_else(|| gold_node.clone())?, answer_number.or_else(|| answer_node.clone())?);
    Comparison::new().same(&gold, &answer)
}

/// An option of a question with its letter, `\textbf{(C)}\ 12`, is the letter as well as the value.
fn behind_letter(gold: &str, answer: &str) -> Option<Why> {
    let is = |text: &str, lettered: Lettered<'_>| {
        words::bare(&words::visible(text)) == lettered.letter.to_lowercase()
            || equivalent(text, lettered.value).is_some()
    };
    let same = match (words::lettered(gold), words::lettered(answer)) {
        (Some(gold), Some(answer)) => gold.letter == answer.letter && equivalent(gold.value, answer.value).is_some(),
        (Some(gold), None) => is(answer, gold),
        (None, Some(answer)) => is(gold, answer),
        (None, None) => false,
    };
    same.then_some("same option")
}

/// A text as a tree; where it cannot be read whole, what stands behind the name of something: `P(A|B) = \frac12`.
fn tree(text: &str, letter: Letter) -> Option<Node> {
    let whole = parser::parse(text, letter);
    let value = || {
        let (name, value) = text.rsplit_once('=')?;
        let is_name = name.contains(|c: char| c.is_ascii_alphabetic()) && !name.contains(['<', '>', '=']);
        let closed = |open: char, close: char| value.matches(open).count() == value.matches(close).count();
        (is_name && closed('{', '}') && closed('(', ')')).then(|| parser::parse(value, letter)).flatten()
    };
    whole.or_else(value).map(split_text)
}

/// What a text says as a single number.
pub enum Reading {
    /// This rational number; units, a name before `=` and a percent sign are left out.
    Rational(BigRational),
    /// Maths, but not one rational number.
    Other,
    /// No maths.
    Words,
}

/// The number that a text is in words, units left out; none where it is anything else.
pub fn in_words(text: &str) -> Option<BigRational> {
    cardinals::cardinal(text).as_ref().and_then(equivalence::rational)
}

/// A text without the letter of an option before it, as in `(C)\ 12`.
pub fn without_letter(text: &str) -> &str {
    words::lettered(text).map_or(text, |lettered| lettered.value)
}

/// Reads a text as one rational number.
pub fn rational(text: &str) -> Reading {
    if text.len() > LONGEST {
        return Reading::Words;
    }
    match parser::parse(text, Letter::Exponent) {
        Some(node) if !has_words(&node) => equivalence::rational(&node).map_or(Reading::Other, Reading::Rational),
        _ => Reading::Words,
    }
}

/// Whether it is one value, and none of its parts a ratio.
fn is_number(node: &Option<Node>) -> bool {
    node.as_ref().is_some_and(|node| !has_words(node) && !node.any(&|part| matches!(part, Node::Ratio(_))))
}

fn has_words(node: &Node) -> bool {
    node.any(&|part| matches!(part, Node::Text(_)))
}

/// Whether text reads as an answer in maths, without words that are not a unit.
pub fn reads_as_maths(text: &str) -> bool {
    text.len() <= LONGEST && parser::parse(text, Letter::Exponent).is_some_and(|node| !has_words(&node))
}

/// Words with commas in them are a list of words.
fn split_text(node: Node) -> Node {
    match node {
        Node::Text(words) if words.contains(',') => {
            Node::List(words.split(',').map(|word| Node::Text(word.trim().to_owned())).collect())
        }
        other => other,
    }
}
