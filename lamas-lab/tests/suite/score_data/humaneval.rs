//! The rules `code` on HumanEval, in the sandbox: references pass, broken variants fail, and the examples of the
//! docstrings hold.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use lamas_core::problem::{Domain, Gold, Problem, ProblemId};
use lamas_core::tool::{Goal, Program, ToolError, ToolOutcome, ToolRun};
use lamas_operators::python::{PythonPool, SandboxSettings};
use lamas_score::code::{code_program, code_score, public_examples};
use regex::Regex;

use super::data::{folder, rows, text};

/// Docstrings that state something that their own reference does not do: the task, and the calls that it gets wrong.
const WRONG_DOCSTRINGS: &[(&str, &[&str])] = &[
    // The median of these is 8.
    ("47", &["median([-10, 4, 6, 1000, 10, 20])"]),
    // Sorted by value, though the text asks for the number of ones in binary.
    ("116", &["sort_array([1, 5, 2, 3, 4])", "sort_array([-2, -3, -4, -5, -6])"]),
    // A tuple of one without its comma.
    ("148", &["bf(\"Earth\", \"Mercury\")"]),
];

struct Task {
    problem: Problem,
    gold: Gold,
    /// The body that completes the statement.
    body: String,
}

fn tasks(folder: &Path) -> Vec<Task> {
    rows(folder, "humaneval.jsonl")
        .iter()
        .map(|row| {
            let (statement, body) = (text(row, "prompt"), text(row, "canonical_solution"));
            let entry_point = text(row, "entry_point");
            let problem = Problem {
                id: ProblemId(text(row, "task_id").into()),
                domain: Domain::Code,
                statement: statement.into(),
                entry_point: Some(entry_point.into()),
                public_examples: public_examples(statement, entry_point).into(),
            };
            let gold = Gold::Tests { tests: text(row, "test").into(), reference: format!("{statement}{body}").into() };
            Task { problem, gold, body: body.to_owned() }
        })
        .collect()
}

/// Two seconds are a hundred times what the slowest reference needs, and a mutant may loop for ever.
fn pool() -> PythonPool {
    let seconds = lamas_core::units::Seconds(2.0);
    let settings = SandboxSettings { wall_clock: seconds, allow_reduced: true, ..SandboxSettings::default() };
    PythonPool::new(settings).expect("python3 is installed")
}

fn run(pool: &PythonPool, program: &Program) -> Result<ToolRun, ToolError> {
    pool.run_blocking(program).map_err(|error| ToolError(error.to_string()))
}

fn verdict(pool: &PythonPool, task: &Task, answer: &str) -> (bool, String) {
    let program = code_program(answer, &task.problem, &task.gold).expect("a complete task");
    let Some(program) = program else { return (false, "no program in the answer".to_owned()) };
    let score = code_score(&program, &run(pool, &program));
    (score.score.unwrap_or_else(|| panic!("{}: {}", task.problem.id, score.reason)), score.reason)
}

fn reference(task: &Task) -> &str {
    match &task.gold {
        Gold::Tests { reference, .. } => reference,
        Gold::Answer { .. } => unreachable!("HumanEval has tests"),
    }
}

/// The reference without what the statement shows before the function.
fn function_alone(task: &Task) -> String {
    let entry_point = task.problem.entry_point.as_deref().expect("code has one");
    let reference = reference(task);
    let at = reference.find(&format!("def {entry_point}")).expect("the statement begins the function");
    reference[at..].to_owned()
}

#[test]
fn references_pass_in_every_form() {
    let Some(folder) = folder("references_pass_in_every_form") else { return };
    let pool = pool();
    let tasks = tasks(&folder);
    assert_eq!(tasks.len(), 164);
    for task in &tasks {
        let forms = [
            ("whole program", reference(task).to_owned()),
            ("whole program, fenced", format!("Here it is.\n\n```python\n{}```\nIt works because.", reference(task))),
            ("function alone", function_alone(task)),
            ("completion", task.body.clone()),
            ("completion, stripped", task.body.trim().to_owned()),
            ("completion, fenced", format!("```\n{}\n```", task.body)),
        ];
        for (form, answer) in forms {
            let (right, reason) = verdict(&pool, task, &answer);
            assert!(right, "{} as {form}: {reason}", task.problem.id);
        }
    }
}

/// Small mistakes, tried one place at a time, the subtlest first.
static MUTATIONS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r" <= ", " < "),
        (r" >= ", " > "),
        (r" < ", " <= "),
        (r" > ", " >= "),
        (r" == ", " != "),
        (r" \+ ", " - "),
        (r" - ", " + "),
        (r" % ", " // "),
        (r"\b1\b", "2"),
        (r"\b0\b", "1"),
        (r"\b2\b", "3"),
        (r"\bTrue\b", "False"),
        (r"\bFalse\b", "True"),
        (r"\bnot ", ""),
        (r"\band\b", "or"),
        (r"\.lower\(\)", ".upper()"),
        (r"return (?P<value>[^\n]+)", "return [${value}]"),
    ]
    .into_iter()
    .map(|(from, to)| (Regex::new(from).expect("valid"), to))
    .collect()
});

fn mutants(body: &str) -> impl Iterator<Item = String> {
    MUTATIONS.iter().flat_map(move |(from, to)| {
        from.captures_iter(body).map(move |found| {
            let place = found.get(0).expect("the match").range();
            let mut changed = String::new();
            found.expand(to, &mut changed);
            format!("{}{changed}{}", &body[..place.start], &body[place.end..])
        })
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "the count is the test's report")]
fn a_broken_variant_of_every_reference_fails() {
    let Some(folder) = folder("a_broken_variant_of_every_reference_fails") else { return };
    let pool = pool();
    let (mut survivors, mut blunt) = (0, 0);
    for task in &tasks(&folder) {
        let broken = mutants(&task.body).find(|mutant| {
            let wrong = !verdict(&pool, task, mutant).0;
            survivors += usize::from(!wrong);
            wrong
        });
        let broken = broken.unwrap_or_else(|| panic!("{}: no mutant fails its tests", task.problem.id));
        blunt += usize::from(broken.contains("return ["));
    }
    println!("164 broken variants fail; {survivors} mutants before them pass; up to {blunt} changed the returned type");
}

#[test]
#[expect(clippy::print_stdout, reason = "the count is the test's report")]
fn examples_of_the_docstrings_hold() {
    let Some(folder) = folder("examples_of_the_docstrings_hold") else { return };
    let pool = pool();
    let (mut with, mut total, mut failing) = (0, 0, Vec::new());
    let mut without = Vec::new();
    for task in &tasks(&folder) {
        let examples = &task.problem.public_examples;
        with += usize::from(!examples.is_empty());
        total += examples.len();
        if examples.is_empty() {
            without.push(task.problem.id.to_string());
        }
        for example in examples.iter() {
            let name = task.problem.entry_point.clone().expect("code has one");
            let tests = format!(
                "def check(candidate):\n    {name} = candidate\n    value = {}\n    assert value == ({}), value\n",
                example.call, example.expected
            );
            let goal = Goal::Check { entry_point: name, preamble: Arc::from(""), tests: tests.into() };
            let program = Program { source: reference(task).into(), goal };
            let outcome = run(&pool, &program).expect("the sandbox works").outcome;
            if outcome != ToolOutcome::Passed {
                failing.push(format!("{} {} -> {}: {outcome:?}", task.problem.id, example.call, example.expected));
            }
        }
    }
    println!("{total} examples in {with} of 164 docstrings; none in {}", without.join(", "));
    assert_eq!((total, with), (437, 151), "docs/scoring.md says how many there are");
    let known = |line: &String| {
        WRONG_DOCSTRINGS
            .iter()
            .any(|(task, calls)| calls.iter().any(|call| line.starts_with(&format!("HumanEval/{task} {call} ->"))))
    };
    let unknown: Vec<_> = failing.iter().filter(|line| !known(line)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    let listed: usize = WRONG_DOCSTRINGS.iter().map(|(_, calls)| calls.len()).sum();
    assert_eq!(failing.len(), listed, "the list of wrong docstrings is out of date");
}
