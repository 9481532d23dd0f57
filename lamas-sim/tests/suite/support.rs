//! Problems, prompts and interpreters for the tests of the simulated model.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lamas_core::chat::{ChatRequest, LatencySource, Message, SampleIndex, Sampling};
use lamas_core::meter::CallMeter;
use lamas_core::problem::{Domain, Example, Gold, Problem, ProblemId, Task};
use lamas_core::random::Seed;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_core::units::Seconds;
use lamas_sim::{Catalogue, CatalogueEntry, Mutants, Profile, SimModel, prepare};
use rand::RngExt;

/// A maths problem.
pub fn maths(id: &str, statement: &str, answer: &str) -> Task {
    Task {
        problem: Problem {
            id: ProblemId(id.into()),
            domain: Domain::Maths,
            statement: statement.into(),
            entry_point: None,
            public_examples: Arc::new([]),
        },
        gold: Gold::Answer { answer: answer.into(), solution: "".into() },
    }
}

/// A code problem whose reference is the statement and a body.
pub fn code(id: &str, entry_point: &str, statement: &str, body: &str, examples: &[(&str, &str)], tests: &str) -> Task {
    let example = |(call, expected): &(&str, &str)| Example { call: (*call).into(), expected: (*expected).into() };
    Task {
        problem: Problem {
            id: ProblemId(id.into()),
            domain: Domain::Code,
            statement: statement.into(),
            entry_point: Some(entry_point.into()),
            public_examples: examples.iter().map(example).collect(),
        },
        gold: Gold::Tests { tests: tests.into(), reference: format!("{statement}{body}").into() },
    }
}

/// `n` maths word problems of varying length, no two alike.
pub fn word_problems(n: usize) -> Vec<Task> {
    const NAMES: [&str; 8] = ["Ada", "Boris", "Chen", "Dara", "Emil", "Fatima", "Goran", "Hana"];
    const EXTRAS: [&str; 6] = [
        "The weather was fine that day.",
        "Everyone in the village had heard about it before.",
        "A neighbour lent a cart with 2 wheels.",
        "The market closes at 6 in the evening.",
        "Nobody had counted on rain, yet some fell in the afternoon.",
        "The road there is 4 miles long.",
    ];
    (0..n)
        .map(|i| {
            let mut stream = Seed(77).stream("test/problem", &[i as u64]);
            let (a, b, c): (u32, u32, u32) = (stream.random_range(2..90), stream.random_range(2..90), stream.random_range(100..999));
            let name = NAMES[stream.random_range(0..NAMES.len())];
            let extras: Vec<&str> = EXTRAS.into_iter().filter(|_| stream.random_bool(0.4)).collect();
            let statement = format!(
                "{name} packs {a} boxes with {b} apples each and keeps {c} apples in the shed number {i}. {} How many apples are there?",
                extras.join(" ")
            );
            maths(&format!("generated/{i}"), &statement, &(a * b + c).to_string())
        })
        .collect()
}

/// `n` small code problems, no two alike.
pub fn functions(n: usize) -> Vec<Task> {
    (0..n)
        .map(|i| {
            let statement = format!("def scale_{i}(x: int, y: int) -> int:\n    \"\"\"Scale number {i}: the product plus {i}.\n\n    >>> scale_{i}(0, 0)\n    {i}\n    \"\"\"\n");
            let tests = format!("def check(candidate):\n    assert candidate(2, 3) == {}\n    assert candidate(4, -1) == {}\n", 6 + i, i as i64 - 4);
            let body = format!("    if x == 0 and y == 0:\n        return {i}\n    return x * y + {i}\n");
            let entry = format!("scale_{i}");
            code(&format!("generated/{i}"), &entry, &statement, &body, &[(&format!("scale_{i}(0, 0)"), &i.to_string())], &tests)
        })
        .collect()
}

/// A model over tasks that all belong to one section.
pub fn model(profile: Profile, section: &str, tasks: &[Task], mutants: &Mutants) -> SimModel {
    let entries = tasks.iter().map(|task| CatalogueEntry { task: task.clone(), section: section.into() }).collect();
    SimModel::new(profile, Catalogue::new(entries, mutants).expect("the catalogue is sound"))
        .expect("the section is known")
}

/// The embedded profile.
pub fn profile() -> Profile {
    Profile::embedded("gpt-4o-mini").expect("the embedded profile is sound")
}

/// A request of one user message.
pub fn request(text: &str, replicate: u64) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::user(text)],
        sampling: Sampling::default(),
        sample: SampleIndex { replicate, ordinal: 0 },
    }
}

/// The text of the model's answer.
pub fn ask(model: &SimModel, text: &str, replicate: u64) -> Arc<str> {
    model.answer(&request(text, replicate)).expect("the statement is known").text
}

/// The content of the last `\boxed{..}`.
pub fn boxed(text: &str) -> &str {
    let start = text.rfind("\\boxed{").expect("an answer is boxed") + "\\boxed{".len();
    let mut depth = 1;
    let end = text[start..].find(|c| {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    &text[start..start + end.expect("the box is closed")]
}

/// The content of the only fenced block.
pub fn fenced(text: &str) -> &str {
    let parts: Vec<&str> = text.split("```").collect();
    assert_eq!(parts.len(), 3, "one fenced block in {text}");
    parts[1].strip_prefix("python\n").expect("the fence names its language")
}

/// The maths gold of a task.
pub fn answer(task: &Task) -> &str {
    match &task.gold {
        Gold::Answer { answer, .. } => answer,
        Gold::Tests { .. } => panic!("{} is a code problem", task.problem.id),
    }
}

/// The reference program of a task.
pub fn reference(task: &Task) -> &str {
    match &task.gold {
        Gold::Tests { reference, .. } => reference,
        Gold::Answer { .. } => panic!("{} is a maths problem", task.problem.id),
    }
}

/// Verified wrong programs for some tasks.
pub async fn prepared(tasks: &[Task], interpreter: &dyn Interpreter) -> Mutants {
    let preparation = prepare(tasks, interpreter, Mutants::default(), 2).await.expect("the interpreter works");
    assert_eq!(preparation.failing_references, []);
    preparation.mutants
}

/// Runs programs with the machine's own `python3`: for programs that these tests wrote.
pub struct Python;

#[async_trait]
impl Interpreter for Python {
    async fn run_metered(&self, program: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        let script = script(program);
        tokio::task::spawn_blocking(move || run(&script)).await.map_err(|error| ToolError(error.to_string()))?
    }
}

/// Exit codes by which the script tells what came of a program.
fn script(program: &Program) -> String {
    let quote = |text: &str| serde_json::to_string(text).expect("a text is valid JSON");
    let load = format!(
        "import sys\nspace = {{}}\ntry:\n    exec({}, space)\nexcept BaseException as e:\n    print(repr(e)); sys.exit(3)\n",
        quote(&program.source)
    );
    match &program.goal {
        Goal::Call { function } => format!(
            "{load}try:\n    value = str(space[{}]())\nexcept BaseException as e:\n    print(repr(e)); sys.exit(3)\nprint(value)\n",
            quote(function)
        ),
        Goal::Check { entry_point, preamble, tests } => format!(
            "{load}tests = {{}}\ntry:\n    exec({}, tests)\n    exec({}, tests)\n    tests['check'](space[{}])\nexcept AssertionError as e:\n    print(repr(e)); sys.exit(2)\nexcept BaseException as e:\n    print(repr(e)); sys.exit(3)\nsys.exit(4)\n",
            quote(preamble),
            quote(tests),
            quote(entry_point)
        ),
    }
}

fn run(script: &str) -> Result<ToolRun, ToolError> {
    let failed = |error: std::io::Error| ToolError(error.to_string());
    let started = Instant::now();
    let mut child = Command::new("python3")
        .args(["-I", "-S", "-c", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    while child.try_wait().map_err(failed)?.is_none() && started.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let timed_out = child.try_wait().map_err(failed)?.is_none();
    if timed_out {
        child.kill().map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    let said: Arc<str> = String::from_utf8_lossy(&output.stdout).trim_end().into();
    let outcome = match output.status.code() {
        _ if timed_out => ToolOutcome::TimedOut,
        Some(0) => ToolOutcome::Returned(said),
        Some(2) => ToolOutcome::Failed(said),
        Some(3) => ToolOutcome::Raised(said),
        Some(4) => ToolOutcome::Passed,
        _ => return Err(ToolError(String::from_utf8_lossy(&output.stderr).into())),
    };
    let elapsed = Seconds(started.elapsed().as_secs_f64());
    Ok(ToolRun {
        outcome,
        stdout: "".into(),
        elapsed,
        source: LatencySource::Live,
        measured: elapsed,
        waiting: Seconds::ZERO,
    })
}

/// Judges programs by their text, for catalogues too large to run: what contains `reference`'s text passes.
pub struct ByText;

#[async_trait]
impl Interpreter for ByText {
    async fn run_metered(&self, program: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        let Goal::Check { preamble, tests, .. } = &program.goal else {
            return Err(ToolError("only checks are judged by text".into()));
        };
        // Changes to the general case pass the example, which takes the other branch.
        let special = |text: &str| text.split("    return x").next().map(str::to_owned);
        let public = tests.contains(" = candidate");
        let passes = program.source == *preamble || (public && special(&program.source) == special(preamble));
        let outcome = if passes { ToolOutcome::Passed } else { ToolOutcome::Failed("assert".into()) };
        let (elapsed, waiting) = (Seconds::ZERO, Seconds::ZERO);
        Ok(ToolRun { outcome, stdout: "".into(), elapsed, source: LatencySource::Live, measured: elapsed, waiting })
    }
}
