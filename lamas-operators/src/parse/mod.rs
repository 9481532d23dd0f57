//! Pure extraction: from a model's text to a final answer, a program or a chosen option.
//!
//! [`maths`] finds final answers, [`code`] finds programs, [`choice`] letters the options of an ensemble and reads which
//! one was named. Nothing here fails: what is not there is `None`. All of it takes time linear in the text.

pub mod choice;
pub mod code;
pub mod maths;

use std::sync::Arc;

use lamas_core::problem::{Domain, Problem};

/// What counts as the answer in this text: the final answer (maths) or a whole program (code).
#[must_use]
pub fn answer(problem: &Problem, text: &str) -> Option<Arc<str>> {
    match (problem.domain, problem.entry_point.as_deref()) {
        (Domain::Maths, _) => maths::final_answer(text).map(Arc::from),
        (Domain::Code, Some(entry_point)) => code::program(text, &problem.statement, entry_point).map(Arc::from),
        (Domain::Code, None) => None,
    }
}
