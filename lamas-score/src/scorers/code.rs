//! `code`: Python functions, by hidden tests.

use lamas_core::problem::{Gold, Problem};

use super::scorer::{Scorer, Verdict};
use crate::code::code_program;
use crate::score::Score;

/// A Python function, by hidden tests in the sandbox.
pub(super) struct Code;

impl Scorer for Code {
    fn name(&self) -> &'static str {
        "code"
    }

    fn judge(&self, answer_text: &str, problem: &Problem, gold: &Gold) -> Verdict {
        match code_program(answer_text, problem, gold) {
            Ok(Some(program)) => Verdict::Run(program),
            Ok(None) => Verdict::Scored(Score {
                score: Some(false),
                extracted: String::new(),
                expected: format!("check({})", problem.entry_point.as_deref().unwrap_or_default()),
                reason: "no program in the answer".to_owned(),
            }),
            Err(error) => Verdict::Scored(Score::unscored("passes the hidden tests", error.to_string())),
        }
    }
}
