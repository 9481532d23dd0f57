//! Makes wrong programs for the code problems of a catalogue, and makes sure that they are wrong.
//!
//! A mutant counts when the hidden tests fail it within the limits. Some of those pass the examples that the statement
//! shows, and are kept apart: they are what a test on the examples cannot catch. The outcome is data, to be kept beside a
//! run, so that the work is done once.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use lamas_core::problem::{Example, Gold, Problem, ProblemId, Task};
use lamas_core::random::{Seed, text_key};
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::mutate::mutants;

/// Wrong programs of each sort that are enough for one problem.
const ENOUGH: usize = 3;
/// Mutants tried for one problem at most.
const TRIES: usize = 16;

/// Programs that fail a problem's hidden tests.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongPrograms {
    /// Those that fail the public examples too, or where there are none.
    pub caught: Vec<Arc<str>>,
    /// Those that pass the public examples.
    pub unnoticed: Vec<Arc<str>>,
}

/// Verified wrong programs of many problems, to be kept as data.
///
/// A problem is found by the hash of its statement, examples, tests and reference, so an entry never outlives a change.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mutants(BTreeMap<String, WrongPrograms>);

impl Mutants {
    /// The wrong programs of a problem, if it was prepared.
    #[must_use]
    pub fn of(&self, task: &Task) -> Option<&WrongPrograms> {
        self.0.get(&name(task)?)
    }

    /// How many problems were prepared.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no problem was prepared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What preparing gave.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Preparation {
    /// The wrong programs, those that were known before among them.
    pub mutants: Mutants,
    /// Problems whose reference program does not pass its own tests here.
    pub failing_references: Vec<ProblemId>,
}

/// The name under which a code problem's wrong programs are kept; `None` for maths.
fn name(task: &Task) -> Option<String> {
    let Gold::Tests { tests, reference } = &task.gold else { return None };
    let examples: String = task
        .problem
        .public_examples
        .iter()
        .map(|example| format!("{}\0{}\0", example.call, example.expected))
        .collect();
    let whole = [&task.problem.statement, tests, reference, &*examples].map(text_key);
    Some(format!("{:016x}", Seed(0).derive("sim/mutants", &whole).0))
}

/// Makes and verifies wrong programs for every code problem that `known` does not hold, `parallel` problems at a time.
///
/// # Errors
/// When the sandbox fails.
pub async fn prepare<'a>(
    tasks: impl IntoIterator<Item = &'a Task>,
    interpreter: &dyn Interpreter,
    known: Mutants,
    parallel: usize,
) -> Result<Preparation, ToolError> {
    let wanted = tasks.into_iter().filter_map(|task| Some((name(task)?, Bench::new(task, interpreter)?)));
    let wanted: BTreeMap<String, Bench<'_>> = wanted.filter(|(name, _)| !known.0.contains_key(name)).collect();
    let made = stream::iter(wanted)
        .map(|(name, bench)| async move { Ok((name, bench.id, bench.verified(&bench_seed(bench.reference)).await?)) })
        .buffer_unordered(parallel.max(1));
    let made: Vec<(String, &ProblemId, Option<WrongPrograms>)> = made.try_collect().await?;

    let mut preparation = Preparation { mutants: known, failing_references: Vec::new() };
    for (name, id, wrong) in made {
        match wrong {
            Some(wrong) => _ = preparation.mutants.0.insert(name, wrong),
            None => preparation.failing_references.push(id.clone()),
        }
    }
    preparation.failing_references.sort();
    Ok(preparation)
}

/// The order in which a reference's mutants are tried depends on its text alone.
fn bench_seed(reference: &str) -> Seed {
    Seed(text_key(reference))
}

/// One problem with its tests, on which programs are tried.
struct Bench<'a> {
    id: &'a ProblemId,
    interpreter: &'a dyn Interpreter,
    statement: &'a str,
    entry_point: &'a Arc<str>,
    examples: &'a [Example],
    tests: &'a Arc<str>,
    reference: &'a Arc<str>,
}

impl<'a> Bench<'a> {
    fn new(task: &'a Task, interpreter: &'a dyn Interpreter) -> Option<Self> {
        let Gold::Tests { tests, reference } = &task.gold else { return None };
        let problem = &task.problem;
        let entry_point = problem.entry_point.as_ref()?;
        let Problem { id, statement, public_examples: examples, .. } = problem;
        Some(Self { id, interpreter, statement, entry_point, examples, tests, reference })
    }

    /// Verified wrong programs, or `None` where the reference fails its own tests.
    async fn verified(&self, seed: &Seed) -> Result<Option<WrongPrograms>, ToolError> {
        if self.hidden(self.reference).await? != ToolOutcome::Passed {
            return Ok(None);
        }
        let from = self.reference.starts_with(self.statement).then_some(self.statement.len());
        let mut candidates = mutants(self.reference, from.unwrap_or(0));
        candidates.shuffle(&mut seed.stream("sim/mutants", &[]));
        let mut wrong = WrongPrograms::default();
        for candidate in candidates.into_iter().take(TRIES) {
            self.sort(candidate.into(), &mut wrong).await?;
            if wrong.caught.len() >= ENOUGH {
                break;
            }
        }
        if wrong.caught.is_empty() {
            self.sort(self.empty("return None"), &mut wrong).await?;
        }
        if wrong.caught.is_empty() && wrong.unnoticed.is_empty() {
            wrong.caught.push(self.empty("raise NotImplementedError"));
        }
        if let Some(caught) = wrong.caught.first().filter(|_| wrong.unnoticed.is_empty() && !self.examples.is_empty()) {
            self.sort(self.memorised(caught), &mut wrong).await?;
        }
        Ok(Some(wrong))
    }

    /// Puts a program where it belongs, or drops it: it is right, hangs, does not load, or there are enough of its sort.
    async fn sort(&self, program: Arc<str>, wrong: &mut WrongPrograms) -> Result<(), ToolError> {
        if !matches!(self.hidden(&program).await?, ToolOutcome::Failed(_)) {
            return Ok(());
        }
        let passes = !self.examples.is_empty() && self.public(&program).await? == ToolOutcome::Passed;
        let sort = if passes { &mut wrong.unnoticed } else { &mut wrong.caught };
        if sort.len() < ENOUGH {
            sort.push(program);
        }
        Ok(())
    }

    /// A program that does nothing but this.
    fn empty(&self, body: &str) -> Arc<str> {
        format!("def {}(*args, **kwargs):\n    {body}\n", self.entry_point).into()
    }

    /// A program that has learnt the public examples by heart and is wrong elsewhere.
    fn memorised(&self, wrong: &str) -> Arc<str> {
        let name = self.entry_point;
        let general = wrong.replace(&format!("def {name}("), &format!("def general_{name}("));
        let call = |call: &str| call.replacen(name.as_ref(), "given", 1);
        let known: String = self
            .examples
            .iter()
            .map(|Example { call: text, expected }| format!("        ({}, {expected}),\n", call(text)))
            .collect();
        format!(
            "{general}\n\ndef {name}(*args):\n    given = lambda *values: values\n    examples = [\n{known}    ]\n    for values, value in examples:\n        if values == args:\n            return value\n    return general_{name}(*args)\n"
        )
        .into()
    }

    async fn hidden(&self, program: &Arc<str>) -> Result<ToolOutcome, ToolError> {
        self.check(program, self.tests.clone()).await
    }

    async fn public(&self, program: &Arc<str>) -> Result<ToolOutcome, ToolError> {
        self.check(program, public_tests(self.entry_point, self.examples).into()).await
    }

    async fn check(&self, program: &Arc<str>, tests: Arc<str>) -> Result<ToolOutcome, ToolError> {
        let goal = Goal::Check { entry_point: self.entry_point.clone(), preamble: self.reference.clone(), tests };
        let run = self.interpreter.run(&Program { source: program.clone(), goal }).await?;
        Ok(run.outcome)
    }
}

/// The public examples as a `check(candidate)`.
fn public_tests(entry_point: &str, examples: &[Example]) -> String {
    let mut tests = format!("def check(candidate):\n    {entry_point} = candidate\n");
    for Example { call, expected } in examples {
        tests.push_str(&format!("    assert ({call}) == ({expected})\n"));
    }
    tests
}
