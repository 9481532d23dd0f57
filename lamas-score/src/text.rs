//! Scores, and the scorers that need nothing but two texts.

use serde::{Deserialize, Serialize};

use super::extract::{formula, marked};
use super::latex::equivalent;
use super::number::final_number;

/// Which rules decide; named in the manifests of datasets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rules {
    /// One number, as an exact rational.
    Number,
    /// LaTeX, up to mathematical equivalence.
    Latex,
    /// A Python function, by hidden tests.
    Code,
}

/// The score of one answer, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Right or wrong; none where the answer could not be scored, which is never counted as wrong.
    pub score: Option<bool>,
    /// What was taken for the answer.
    pub extracted: String,
    /// What was expected.
    pub expected: String,
    /// The rule that decided.
    pub reason: String,
}

/// Scores a text against the gold answer (a bare answer, or a solution that marks its answer).
///
/// [`Rules::Code`] cannot be decided without running the answer: it is unscored here, and scored by
/// [`code_program`](super::code_program) and [`code_score`](super::code_score).
///
/// ```
/// use lamas_bench::score::{Rules, score_text};
///
/// let score = score_text(Rules::Latex, r"so the sum is $\boxed{0.75}$.", r"\frac{3}{4}");
/// assert_eq!(score.score, Some(true));
/// assert_eq!(score.reason, "boxed: same exact value");
/// ```
pub fn score_text(rules: Rules, answer_text: &str, gold_answer: &str) -> Score {
    match rules {
        Rules::Number => number(answer_text, gold_answer),
        Rules::Latex => latex(answer_text, gold_answer),
        Rules::Code => Score {
            score: None,
            extracted: String::new(),
            expected: String::new(),
            reason: "code is scored by running it".to_owned(),
        },
    }
}

fn number(answer_text: &str, gold_answer: &str) -> Score {
    let Some(gold) = final_number(gold_answer) else {
        return Score {
            score: None,
            extracted: String::new(),
            expected: gold_answer.to_owned(),
            reason: "the gold answer holds no number".to_owned(),
        };
    };
    let expected = gold.text.to_owned();
    let Some(answer) = final_number(answer_text) else {
        let extracted = marked(answer_text).map_or("", |found| found.text).to_owned();
        return Score { score: Some(false), extracted, expected, reason: "no number in the answer".to_owned() };
    };
    let right = answer.value == gold.value;
    let verdict = if right { "same number" } else { "another number" };
    Score {
        score: Some(right),
        extracted: answer.text.to_owned(),
        expected,
        reason: format!("{}: {verdict}", answer.how),
    }
}

fn latex(answer_text: &str, gold_answer: &str) -> Score {
    let expected = marked(gold_answer).map_or(gold_answer.trim(), |found| found.text).to_owned();
    if expected.is_empty() {
        return Score {
            score: None,
            extracted: String::new(),
            expected,
            reason: "the gold answer is empty".to_owned(),
        };
    }
    let Some(found) = formula(answer_text) else {
        return Score { score: Some(false), extracted: String::new(), expected, reason: "no answer".to_owned() };
    };
    let why = equivalent(&expected, found.text);
    Score {
        score: Some(why.is_some()),
        extracted: found.text.to_owned(),
        expected,
        reason: format!("{}: {}", found.how, why.unwrap_or("another value")),
    }
}
