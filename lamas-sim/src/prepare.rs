//! Makes wrong programs for the code problems of a catalogue, and makes sure that they are wrong.
//!
//! A mutant counts when the hidden tests fail it within the limits. Some of those pass the examples that the statement
//! shows, and are kept apart: they are what a test on the examples cannot catch. The outcome is data, to be kept beside a
//! run, so that the work is done once. What is kept are recipes (the n-th change to the reference), which hold nothing of
//! the problems themselves; the library carries those of the sets that the project knows.

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

/// How a wrong program is made from its problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Recipe {
    /// This one of the single changes to the reference.
    Change(usize),
    /// A function that returns nothing.
    Nothing,
    /// A function that raises.
    Raises,
    /// This change, behind a table of the public examples.
    Memorised(usize),
    /// A function that returns nothing, behind a table of the public examples.
    MemorisedNothing,
}

/// The recipes of one problem's [`WrongPrograms`].
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipes {
    caught: Vec<Recipe>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unnoticed: Vec<Recipe>,
}

/// Verified wrong programs of many problems, to be kept as data.
///
/// A problem is found by the hash of its statement, examples, tests and reference, so an entry never outlives a change.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mutants(BTreeMap<String, Recipes>);

impl Mutants {
    /// Those that the library carries: of the bundled functions and of HumanEval, as `mutants` of a run's `mutants.json` held them.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    pub fn embedded() -> Self {
        serde_json::from_str(include_str!("../profiles/mutants.json")).expect("the embedded mutants are valid")
    }

    /// These and those of another collection; of a problem in both, the other's.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The wrong programs of a problem, if it was prepared.
    #[must_use]
    pub fn of(&self, task: &Task) -> Option<WrongPrograms> {
        let recipes = self.0.get(&name(task)?)?;
        let source = Source::new(task)?;
        let changes = source.changes();
        let make = |recipes: &[Recipe]| -> Option<Vec<Arc<str>>> {
            recipes.iter().map(|&recipe| source.make(recipe, &changes)).collect()
        };
        Some(WrongPrograms { caught: make(&recipes.caught)?, unnoticed: make(&recipes.unnoticed)? })
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
    /// The wrong programs of the tasks, known before or made now.
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
    let mut preparation = Preparation::default();
    let mut open = BTreeMap::new();
    for task in tasks {
        let (Some(name), Some(source)) = (name(task), Source::new(task)) else { continue };
        match known.0.get(&name) {
            Some(recipes) => _ = preparation.mutants.0.insert(name, recipes.clone()),
            None => _ = open.insert(name, Bench { source, interpreter }),
        }
    }
    let made = stream::iter(open)
        .map(|(name, bench)| async move { Ok((name, bench.source.id, bench.verified().await?)) })
        .buffer_unordered(parallel.max(1));
    let made: Vec<(String, &ProblemId, Option<Recipes>)> = made.try_collect().await?;
    for (name, id, recipes) in made {
        match recipes {
            Some(recipes) => _ = preparation.mutants.0.insert(name, recipes),
            None => preparation.failing_references.push(id.clone()),
        }
    }
    preparation.failing_references.sort();
    Ok(preparation)
}

/// What wrong programs of one problem are made from.
struct Source<'a> {
    id: &'a ProblemId,
    statement: &'a str,
    entry_point: &'a Arc<str>,
    examples: &'a [Example],
    tests: &'a Arc<str>,
    reference: &'a Arc<str>,
}

impl<'a> Source<'a> {
    fn new(task: &'a Task) -> Option<Self> {
        let Gold::Tests { tests, reference } = &task.gold else { return None };
        let problem = &task.problem;
        let entry_point = problem.entry_point.as_ref()?;
        let Problem { id, statement, public_examples: examples, .. } = problem;
        Some(Self { id, statement, entry_point, examples, tests, reference })
    }

    /// Every single change to the reference, as whole programs.
    fn changes(&self) -> Vec<String> {
        let from = self.reference.starts_with(self.statement).then_some(self.statement.len());
        mutants(self.reference, from.unwrap_or(0))
    }

    /// A program by its recipe; `None` where the recipe is not of this problem.
    fn make(&self, recipe: Recipe, changes: &[String]) -> Option<Arc<str>> {
        let program = match recipe {
            Recipe::Change(place) => changes.get(place)?.clone(),
            Recipe::Nothing => self.body("return None"),
            Recipe::Raises => self.body("raise NotImplementedError"),
            Recipe::Memorised(place) => self.memorised(changes.get(place)?),
            Recipe::MemorisedNothing => self.memorised(&self.body("return None")),
        };
        Some(program.into())
    }

    /// A program that does nothing but this.
    fn body(&self, body: &str) -> String {
        format!("def {}(*args, **kwargs):\n    {body}\n", self.entry_point)
    }

    /// A program that has learnt the public examples by heart and is wrong elsewhere.
    fn memorised(&self, wrong: &str) -> String {
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
    }
}

/// One problem's source with the interpreter that tries programs on its tests.
struct Bench<'a> {
    source: Source<'a>,
    interpreter: &'a dyn Interpreter,
}

impl Bench<'_> {
    /// Verified wrong programs, or `None` where the reference fails its own tests.
    async fn verified(&self) -> Result<Option<Recipes>, ToolError> {
        let source = &self.source;
        if self.hidden(source.reference).await? != ToolOutcome::Passed {
            return Ok(None);
        }
        let changes = source.changes();
        let mut wrong = Recipes::default();
        for place in shuffled(source.reference, changes.len()).into_iter().take(TRIES) {
            self.sort(Recipe::Change(place), &changes, &mut wrong).await?;
            if wrong.caught.len() >= ENOUGH {
                break;
            }
        }
        if wrong.caught.is_empty() {
            self.sort(Recipe::Nothing, &changes, &mut wrong).await?;
        }
        if wrong.caught.is_empty() && wrong.unnoticed.is_empty() {
            wrong.caught.push(Recipe::Raises);
        }
        if wrong.unnoticed.is_empty() && !source.examples.is_empty() {
            let memorised = match wrong.caught.first() {
                Some(&Recipe::Change(place)) => Some(Recipe::Memorised(place)),
                Some(Recipe::Nothing) => Some(Recipe::MemorisedNothing),
                _ => None,
            };
            if let Some(recipe) = memorised {
                self.sort(recipe, &changes, &mut wrong).await?;
            }
        }
        Ok(Some(wrong))
    }

    /// Puts a program where it belongs, or drops it: it is right, hangs, does not load, or there are enough of its sort.
    async fn sort(&self, recipe: Recipe, changes: &[String], wrong: &mut Recipes) -> Result<(), ToolError> {
        let Some(program) = self.source.make(recipe, changes) else { return Ok(()) };
        if !matches!(self.hidden(&program).await?, ToolOutcome::Failed(_)) {
            return Ok(());
        }
        let passes = !self.source.examples.is_empty() && self.public(&program).await? == ToolOutcome::Passed;
        let sort = if passes { &mut wrong.unnoticed } else { &mut wrong.caught };
        if sort.len() < ENOUGH {
            sort.push(recipe);
        }
        Ok(())
    }

    async fn hidden(&self, program: &Arc<str>) -> Result<ToolOutcome, ToolError> {
        self.check(program, self.source.tests.clone()).await
    }

    async fn public(&self, program: &Arc<str>) -> Result<ToolOutcome, ToolError> {
        self.check(program, public_tests(self.source.entry_point, self.source.examples).into()).await
    }

    async fn check(&self, program: &Arc<str>, tests: Arc<str>) -> Result<ToolOutcome, ToolError> {
        let Source { entry_point, reference, .. } = &self.source;
        let goal = Goal::Check { entry_point: (*entry_point).clone(), preamble: (*reference).clone(), tests };
        let run = self.interpreter.run(&Program { source: program.clone(), goal }).await?;
        Ok(run.outcome)
    }
}

/// The order in which a reference's changes are tried depends on its text alone.
fn shuffled(reference: &str, changes: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..changes).collect();
    places.shuffle(&mut Seed(text_key(reference)).stream("sim/mutants", &[]));
    places
}

/// The public examples as a `check(candidate)`.
fn public_tests(entry_point: &str, examples: &[Example]) -> String {
    let mut tests = format!("def check(candidate):\n    {entry_point} = candidate\n");
    for Example { call, expected } in examples {
        tests.push_str(&format!("    assert ({call}) == ({expected})\n"));
    }
    tests
}
