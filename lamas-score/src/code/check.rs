//! Answers that are Python functions: a program under its hidden tests, and from its run to a score.

use lamas_core::problem::{Gold, Problem};
use lamas_core::tool::{Goal, Program, ToolError, ToolOutcome, ToolRun};

use super::program::{preamble, program};
use crate::score::Score;

/// What keeps an answer from being run at all: an error of the dataset, never of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The problem names no function.
    #[error("problem {0} names no entry point; a code problem needs one")]
    NoEntryPoint(String),
    /// The gold has no tests.
    #[error("problem {0} has no hidden tests; the rules `code` need a dataset with tests")]
    NoTests(String),
}

/// The program that decides whether an answer is right, held against the hidden tests; none where the answer holds no
/// program, which is wrong without a run.
///
/// Imports and helper functions that the statement shows before the function are kept in front of the answer, so that it
/// may use them without repeating them; the tests use their own copy of them, which the answer cannot replace.
///
/// # Errors
/// When the problem names no entry point or the gold holds no tests.
pub fn code_program(answer_text: &str, problem: &Problem, gold: &Gold) -> Result<Option<Program>, CodeError> {
    let entry_point = problem.entry_point.clone().ok_or_else(|| CodeError::NoEntryPoint(problem.id.to_string()))?;
    let Gold::Tests { tests, .. } = gold else { return Err(CodeError::NoTests(problem.id.to_string())) };
    let preamble = preamble(&problem.statement, &entry_point).into();
    Ok(program(answer_text, &problem.statement, &entry_point).map(|source| Program {
        source: source.into(),
        goal: Goal::Check { entry_point, preamble, tests: tests.clone() },
    }))
}

/// The score of a run of [`code_program`]: the hidden tests decide. A failure of the sandbox is unscored.
pub fn code_score(program: &Program, run: &Result<ToolRun, ToolError>) -> Score {
    let (score, reason) = match run {
        Ok(run) => match &run.outcome {
            ToolOutcome::Passed => (Some(true), "all hidden tests pass".to_owned()),
            ToolOutcome::Failed(message) => (Some(false), format!("a hidden test fails: {message}")),
            ToolOutcome::Raised(message) => (Some(false), format!("the program raises: {message}")),
            ToolOutcome::TimedOut => (Some(false), "the program runs out of time".to_owned()),
            ToolOutcome::Killed(what) => (Some(false), format!("the program is killed: {what}")),
            ToolOutcome::Returned(_) => (None, "the sandbox returned a value instead of a verdict".to_owned()),
        },
        Err(error) => (None, error.to_string()),
    };
    let expected = match &program.goal {
        Goal::Check { entry_point, .. } => format!("check({entry_point})"),
        Goal::Call { function } => format!("{function}()"),
    };
    Score { score, extracted: program.source.to_string(), expected, reason }
}
