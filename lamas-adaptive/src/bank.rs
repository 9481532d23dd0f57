//! What was drawn once for every row, and is replayed as often as it takes.

use lamas_core::operator::{OperatorName, Solution};
use lamas_core::problem::Problem;
use lamas_core::race::Arrival;
use lamas_core::units::{PathTokens, Seconds, Tokens, Usd};
use serde::{Deserialize, Serialize};

use crate::{AdaptiveError, Result};

/// One recorded piece of work of an operator, with what came of it. Nothing in it but `score` knows the right answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The class of its answer among all outputs of its row; `None` where it gave no answer.
    pub class: Option<usize>,
    /// S when this answer stands: 1 for a right answer, 0 for a wrong one.
    pub score: f64,
    /// Output tokens over all of its calls.
    pub output: Tokens,
    /// Its own path, programs included.
    pub length: PathTokens,
    /// The same in seconds. It decides who arrives first.
    pub seconds: Seconds,
    /// What is paid once it has started, however early it is cancelled.
    pub prompt: Usd,
    /// What is paid for what it writes, evenly over its time.
    pub completion: Usd,
    /// For operators that run programs: whether the last one did what it was to do.
    pub ran: Option<bool>,
    /// For code: whether it passes the public examples, once that has been tried.
    pub passed: Option<bool>,
    /// What operators made of this output, where that was recorded: each with its outputs, in the order of their draws.
    #[serde(default)]
    pub follow_ups: Vec<(OperatorName, Vec<Output>)>,
}

impl Output {
    /// What it costs in full.
    #[must_use]
    pub fn cost(&self) -> Usd {
        self.prompt + self.completion
    }

    /// What it has cost when it is cancelled so long after its start.
    #[must_use]
    pub fn cost_by(&self, moment: Seconds) -> Usd {
        let share = if self.seconds.0 > 0.0 { (moment.0 / self.seconds.0).clamp(0.0, 1.0) } else { 1.0 };
        self.prompt + self.completion * share
    }

    /// What an operator made of it.
    pub(crate) fn follow_up(&self, operator: &OperatorName) -> Option<&[Output]> {
        self.follow_ups.iter().find(|(name, _)| name == operator).map(|(_, outputs)| &**outputs)
    }
}

/// One query with its outputs.
#[derive(Debug, Clone)]
pub struct Row {
    /// What rules may see of the query.
    pub problem: Problem,
    /// `[generators][draws]`.
    pub outputs: Vec<Vec<Output>>,
}

/// The recorded outputs of every row.
///
/// ```
/// use lamas_adaptive::bank::{Bank, Output, Row};
/// use lamas_core::problem::{Domain, Problem, ProblemId};
/// use lamas_core::units::{PathTokens, Seconds, Tokens, Usd};
///
/// let output = |class, score, tokens: u64| Output {
///     class: Some(class),
///     score,
///     output: Tokens(tokens),
///     length: PathTokens(tokens as f64),
///     seconds: Seconds(tokens as f64 / 50.0),
///     prompt: Usd(1e-5),
///     completion: Usd(tokens as f64 * 6e-7),
///     ran: None,
///     passed: None,
///     follow_ups: Vec::new(),
/// };
/// let problem = Problem {
///     id: ProblemId("words/1".into()),
///     domain: Domain::Maths,
///     statement: "How many?".into(),
///     entry_point: None,
///     public_examples: [].into(),
/// };
/// let row = Row { problem, outputs: vec![vec![output(0, 1.0, 120), output(0, 1.0, 200), output(1, 0.0, 90)]] };
/// let bank = Bank::new(vec!["generate_cot".into()], vec![row])?;
/// assert_eq!((bank.len(), bank.copies(0)), (1, 3));
/// # Ok::<(), lamas_adaptive::AdaptiveError>(())
/// ```
#[derive(Debug)]
pub struct Bank {
    generators: Vec<OperatorName>,
    rows: Vec<Row>,
    /// `[rows][generators]`: the names once more. Threads that share no counter of references do not wait for each other.
    names: Vec<Vec<OperatorName>>,
}

const RECORD: &str = "record it anew";

impl Bank {
    /// A bank of these generators' outputs.
    ///
    /// # Errors
    /// When there is no row, a row has another number of generators, or an output holds what is no quantity; the message names
    /// the row.
    pub fn new(generators: Vec<OperatorName>, rows: Vec<Row>) -> Result<Self> {
        let wrong = |place: String, what: String| AdaptiveError::Bank { place, what, remedy: RECORD };
        if rows.is_empty() || generators.is_empty() {
            return Err(wrong("the bank".to_owned(), "it has no rows or no generators".to_owned()));
        }
        for row in &rows {
            let place = || format!("row {}", row.problem.id);
            if row.outputs.len() != generators.len() {
                let what = format!("outputs of {} generators instead of {}", row.outputs.len(), generators.len());
                return Err(wrong(place(), what));
            }
            if let Some(what) = row.outputs.iter().flatten().find_map(no_quantity) {
                return Err(wrong(place(), format!("{what} of an output is no number of 0 or more")));
            }
        }
        let own = |_: &Row| generators.iter().map(|name| OperatorName::from(&*name.0)).collect();
        let names = rows.iter().map(own).collect();
        Ok(Self { generators, rows, names })
    }

    /// The generators, in the order of [`Row::outputs`].
    #[must_use]
    pub fn generators(&self) -> &[OperatorName] {
        &self.generators
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many rows there are; never 0.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a bank without rows cannot be made")]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many outputs of a generator every row has.
    #[must_use]
    pub fn copies(&self, generator: usize) -> usize {
        self.rows.iter().map(|row| row.outputs[generator].len()).min().unwrap_or(0)
    }

    /// Whether it was tried on any output if it passes the public examples.
    #[must_use]
    pub fn has_examples(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.outputs).flatten().any(|output| output.passed.is_some())
    }

    /// The operators whose follow-ups were recorded anywhere, in the order in which they are first met.
    #[must_use]
    pub fn follow_ups(&self) -> Vec<OperatorName> {
        let mut names: Vec<OperatorName> = Vec::new();
        for (name, _) in self.rows.iter().flat_map(|row| &row.outputs).flatten().flat_map(|output| &output.follow_ups) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Some of the rows as a bank of their own.
    ///
    /// # Errors
    /// When no row is named.
    ///
    /// # Panics
    /// When a row does not exist.
    pub fn subset(&self, rows: &[usize]) -> Result<Self> {
        Self::new(self.generators.clone(), rows.iter().map(|&row| self.rows[row].clone()).collect())
    }

    /// The names of the generators for whoever works on this row.
    pub(crate) fn names(&self, row: usize) -> &[OperatorName] {
        &self.names[row]
    }
}

/// What of an output, or of what hangs on it, is no quantity.
fn no_quantity(output: &Output) -> Option<&'static str> {
    let quantities = [
        ("the score", output.score),
        ("the path in tokens", output.length.0),
        ("the path in seconds", output.seconds.0),
        ("the price of the prompt", output.prompt.0),
        ("the price of the completion", output.completion.0),
    ];
    let wrong = quantities.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0)).map(|(name, _)| name);
    wrong.or_else(|| output.follow_ups.iter().flat_map(|(_, outputs)| outputs).find_map(no_quantity))
}

/// An output as a rule sees it. Rules read classes and verdicts, never a text: a solution stands for its verdict alone.
pub(crate) fn arrival(output: &Output, entrant: usize, operator: &OperatorName, at: Seconds) -> Arrival {
    let solution = output.passed.map(|passed| Solution {
        text: "".into(),
        answer: None,
        by: operator.clone(),
        passes_examples: Some(passed),
        behaviour: None,
    });
    Arrival {
        entrant,
        operator: operator.clone(),
        solution,
        class: output.class,
        ran: output.ran,
        output: output.output,
        at,
    }
}
