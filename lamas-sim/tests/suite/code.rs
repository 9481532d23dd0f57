//! What the simulated model writes really runs: right programs pass, wrong ones fail the hidden tests.

use std::collections::BTreeSet;

use crate::support::{
    Python, answer, ask, code, fenced, functions, maths, model, prepared, profile, reference, word_problems,
};
use lamas_core::meter::CallMeter;
use lamas_core::problem::{Gold, Task};
use lamas_core::tool::{Goal, Interpreter, Program, ToolOutcome};
use lamas_sim::{Catalogue, CatalogueEntry, CatalogueError, Mutants, prepare};

/// Problems whose solutions loop, branch, slice and build strings.
fn exercises() -> Vec<Task> {
    vec![
        code(
            "evens",
            "evens",
            "def evens(values: list) -> list:\n    \"\"\"The even values, in ascending order.\n\n    >>> evens([3, 4, 2])\n    [2, 4]\n    \"\"\"\n",
            "    found = []\n    for value in values:\n        if value % 2 == 0:\n            found.append(value)\n    return sorted(found)\n",
            &[("evens([3, 4, 2])", "[2, 4]")],
            "def check(candidate):\n    assert candidate([3, 4, 2]) == [2, 4]\n    assert candidate([]) == []\n    assert candidate([8, 6, 5, 0]) == [0, 6, 8]\n",
        ),
        code(
            "shout",
            "shout",
            "def shout(text: str, times: int = 2) -> str:\n    \"\"\"The text in capitals, so many times.\"\"\"\n",
            "    # join, since the text may be empty\n    return \" \".join([text.upper()] * times)\n",
            &[],
            "def check(candidate):\n    assert candidate(\"a\") == \"A A\"\n    assert candidate(\"ab\", 1) == \"AB\"\n",
        ),
        code(
            "count",
            "count",
            "def count(text: str) -> int:\n    \"\"\"How long the text is.\n\n    >>> count(\"abc\")\n    3\n    \"\"\"\n",
            "    return len(text)\n",
            &[("count(\"abc\")", "3")],
            "def check(candidate):\n    assert candidate(\"\") == 0\n    assert candidate(\"abcd\") == 4\n",
        ),
    ]
}

async fn passes(task: &Task, program: &str) -> bool {
    let Gold::Tests { tests, reference } = &task.gold else { panic!("{} is a maths problem", task.problem.id) };
    let entry_point = task.problem.entry_point.clone().expect("a code problem has one");
    let goal = Goal::Check { entry_point, preamble: reference.clone(), tests: tests.clone() };
    let run = Python.run(&Program { source: program.into(), goal }).await.expect("python runs");
    run.outcome == ToolOutcome::Passed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prepared_programs_are_wrong_and_sorted_by_what_notices_them() {
    let tasks = exercises();
    let mutants = prepared(&tasks, &Python).await;
    for task in &tasks {
        let wrong = mutants.of(task).expect("the problem was prepared");
        assert!(!wrong.caught.is_empty(), "{}", task.problem.id);
        assert_eq!(wrong.unnoticed.is_empty(), task.problem.public_examples.is_empty(), "{}", task.problem.id);
        for program in wrong.caught.iter().chain(&wrong.unnoticed) {
            assert!(!passes(task, program).await, "{program}");
        }
    }
    // What is known is not made again, and the data survive being written down.
    let text = serde_json::to_string(&mutants).expect("mutants are data");
    let known: Mutants = serde_json::from_str(&text).expect("mutants are data");
    let again = prepare(&tasks, &Silent, known, 1).await.expect("nothing is run").mutants;
    assert_eq!(again, mutants);
}

/// Fails when it is asked for anything.
struct Silent;

#[async_trait::async_trait]
impl Interpreter for Silent {
    async fn run_metered(
        &self,
        _: &Program,
        _: &CallMeter,
    ) -> Result<lamas_core::tool::ToolRun, lamas_core::tool::ToolError> {
        Err(lamas_core::tool::ToolError("nothing may run here".into()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_text_decides_who_passes() {
    let tasks = exercises();
    let mutants = prepared(&tasks, &Python).await;
    let mut profile = profile();
    // Problems that are neither solved always nor never.
    let section = profile.sections.get_mut("humaneval").expect("the section is there");
    section.concentration = 50.0.try_into().expect("a positive number");
    section.success.direct = 0.5.try_into().expect("a probability");
    let model = model(profile, "humaneval", &tasks, &mutants);
    let mut seen = BTreeSet::new();
    for task in &tasks {
        for replicate in 0..12 {
            let text = ask(&model, &format!("Complete this function.\n{}", task.problem.statement), replicate);
            let program = fenced(&text);
            let right = program.trim_end() == reference(task).trim_end();
            assert_eq!(passes(task, program).await, right, "{program}");
            seen.insert((task.problem.id.clone(), right));
        }
    }
    assert_eq!(seen.len(), 2 * tasks.len(), "right and wrong programs of every problem were seen");
}

#[tokio::test]
async fn the_profile_says_how_many_wrong_programs_pass_the_examples() {
    let tasks = functions(1500);
    let mutants = prepared(&tasks, &crate::support::ByText).await;
    let mut profile = profile();
    // These statements are shorter than the section's.
    profile.answers.text_signal = 0.0.try_into().expect("a probability");
    let model = model(profile, "humaneval", &tasks, &mutants);
    let (mut wrong, mut unnoticed) = (0.0, 0.0);
    for task in &tasks {
        let text = ask(&model, &format!("Complete this function.\n{}", task.problem.statement), 0);
        let program = fenced(&text).trim_end();
        if program != reference(task).trim_end() {
            wrong += 1.0;
            let known = mutants.of(task).expect("the problem was prepared");
            unnoticed += f64::from(u8::from(known.unnoticed.iter().any(|other| other.trim_end() == program)));
        }
    }
    let share: f64 = unnoticed / wrong;
    assert!(wrong > 100.0 && (0.03..0.13).contains(&share), "{unnoticed} of {wrong}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maths_programs_return_their_answer_and_one_in_twenty_does_not_run() {
    let tasks: Vec<Task> = word_problems(40)
        .into_iter()
        .chain([
            maths("half", "What is one half of one, as a fraction? Think of 1 and 2.", "\\frac{1}{2}"),
            maths("pair", "Which pair solves x + y = 3 and x - y = 1?", "(2, 1)"),
        ])
        .collect();
    let model = model(profile(), "gsm8k", &tasks, &Mutants::default());
    let (mut right, mut broken, mut texts) = (0, 0, BTreeSet::new());
    for task in &tasks {
        for replicate in 0..3 {
            let text =
                ask(&model, &format!("{}\nWrite a Python function `solve()`.", task.problem.statement), replicate);
            let goal = Goal::Call { function: "solve".into() };
            let run = Python.run(&Program { source: fenced(&text).into(), goal }).await.expect("python runs");
            match run.outcome {
                ToolOutcome::Returned(value) => right += i32::from(&*value == answer(task)),
                ToolOutcome::Raised(_) => broken += 1,
                other => panic!("{other:?} from {text}"),
            }
            texts.insert(fenced(&text).to_owned());
        }
    }
    let calls = 3 * tasks.len() as i32;
    assert!(right > calls * 3 / 4 && (1..calls / 8).contains(&broken), "{right} right, {broken} broken of {calls}");
    assert!(texts.len() < tasks.len() * 3, "texts repeat");
}

#[test]
fn unprepared_code_is_refused() {
    let entry = CatalogueEntry { task: exercises().remove(0), section: "humaneval".into() };
    let id = entry.task.problem.id.clone();
    assert_eq!(
        Catalogue::new(vec![entry], &Mutants::default()).expect_err("nothing was prepared"),
        CatalogueError::Unprepared(id)
    );
}
