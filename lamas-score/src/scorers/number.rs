//! `number`: answers that are one number.

use lamas_core::problem::{Gold, Problem};

use super::scorer::{Scorer, Verdict, compared};
use crate::read::{answer_part, final_number, marks};
use crate::score::Score;

/// One number, as an exact rational.
pub(super) struct Number;

impl Scorer for Number {
    fn name(&self) -> &'static str {
        "number"
    }

    fn judge(&self, answer_text: &str, _problem: &Problem, gold: &Gold) -> Verdict {
        compared(self, answer_text, gold)
    }

    fn compare(&self, answer_text: &str, gold_answer: &str) -> Score {
        let Some(gold) = final_number(gold_answer) else {
            return Score::unscored(gold_answer, "the gold answer holds no number".to_owned());
        };
        let answer_text = answer_part(answer_text);
        let (right, extracted, reason) = match final_number(&answer_text) {
            Some(answer) => {
                let right = answer.value == gold.value;
                let verdict = if right { "same number" } else { "another number" };
                (right, answer.text.into_owned(), format!("{}: {verdict}", answer.how))
            }
            None => {
                let found = marks(&answer_text).next().map(|found| found.text.into_owned());
                (false, found.unwrap_or_default(), "no number in the answer".to_owned())
            }
        };
        Score { score: Some(right), extracted, expected: gold.text.into_owned(), reason }
    }
}
