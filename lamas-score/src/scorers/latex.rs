//! `latex`: answers in LaTeX, or what models write in its place.

use lamas_core::problem::{Gold, Problem};

use super::scorer::{Scorer, Verdict, compared};
use crate::compare::equivalent;
use crate::read::{answer_part, formula, reference_answer};
use crate::score::Score;

/// LaTeX, up to mathematical equivalence.
pub(super) struct Latex;

impl Scorer for Latex {
    fn name(&self) -> &'static str {
        "latex"
    }

    fn judge(&self, answer_text: &str, _problem: &Problem, gold: &Gold) -> Verdict {
        compared(self, answer_text, gold)
    }

    fn compare(&self, answer_text: &str, gold_answer: &str) -> Score {
        let expected = reference_answer(gold_answer).unwrap_or(gold_answer.trim().into()).into_owned();
        if expected.is_empty() {
            return Score::unscored(&expected, "the gold answer is empty".to_owned());
        }
        let answer_text = answer_part(answer_text);
        let Some(found) = formula(&answer_text) else {
            return Score { score: Some(false), extracted: String::new(), expected, reason: "no answer".to_owned() };
        };
        let why = equivalent(&expected, &found.text);
        let reason = format!("{}: {}", found.how, why.unwrap_or("another value"));
        Score { score: Some(why.is_some()), extracted: found.text.into_owned(), expected, reason }
    }
}
