//! A problem as operators see it, and what only a scorer may see, kept apart by type.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Names a problem within an experiment, e.g. `gsm8k/17`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProblemId(pub Arc<str>);

impl fmt::Display for ProblemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of answer a problem asks for. Prompts differ by domain, never by dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// A number or an expression.
    Maths,
    /// A Python function.
    Code,
}

/// A worked example that the problem statement itself shows: a call and the value it should give, as Python source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Example {
    /// An expression, e.g. `add(1, 2)`.
    pub call: String,
    /// The expected value's expression, e.g. `3`.
    pub expected: String,
}

/// Everything that an operator may know of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its name; carries no meaning.
    pub id: ProblemId,
    /// What kind of answer it asks for.
    pub domain: Domain,
    /// The question, or for code the function's signature with its docstring.
    pub statement: Arc<str>,
    /// For code: the name of the function to write.
    pub entry_point: Option<Arc<str>>,
    /// For code: the examples of the docstring.
    pub public_examples: Arc<[Example]>,
}

/// What only a scorer (and the simulated model, which stands in for the world) may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gold {
    /// The reference answer of a maths problem, and its worked solution where the dataset has one.
    Answer {
        /// The final answer, as the dataset writes it.
        answer: Arc<str>,
        /// The worked solution, possibly empty.
        solution: Arc<str>,
    },
    /// The hidden tests of a code problem and a program that passes them.
    Tests {
        /// Python source that defines `check(candidate)`.
        tests: Arc<str>,
        /// A whole program that defines the entry point and passes.
        reference: Arc<str>,
    },
}

/// A problem together with its gold, as a dataset holds it.
///
/// ```
/// use lamas_core::problem::{Domain, Gold, Problem, ProblemId, Task};
///
/// let problem = Problem {
///     id: ProblemId("sums/0".into()),
///     domain: Domain::Maths,
///     statement: "What is 7 times 8?".into(),
///     entry_point: None,
///     public_examples: [].into(),
/// };
/// let task = Task { problem, gold: Gold::Answer { answer: "56".into(), solution: "".into() } };
/// assert_eq!(task.problem.id.to_string(), "sums/0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The part that operators see.
    pub problem: Problem,
    /// The part that they do not.
    pub gold: Gold,
}
