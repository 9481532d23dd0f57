//! The sandbox: what it returns, how it judges, what it withstands, and that it leaves nothing behind.

use std::sync::LazyLock;

use lamas_core::tool::{Goal, Program, ToolOutcome, ToolRun};
use lamas_core::units::Seconds;
use lamas_operators::python::{PythonPool, SandboxSettings};

mod attacks;
mod checks;
mod clock;
mod humaneval;
mod leaks;
mod limits;
mod memo;
mod results;
mod warm;

/// One pool for most tests. Its time limits are out of reach, however busy the machine.
static POOL: LazyLock<PythonPool> = LazyLock::new(|| pool(patient()));

/// For programs that do not end by themselves.
static HASTY: LazyLock<PythonPool> = LazyLock::new(|| {
    pool(SandboxSettings { wall_clock: Seconds(2.0), cpu: Seconds(1.0), ..SandboxSettings::default() })
});

fn patient() -> SandboxSettings {
    SandboxSettings { wall_clock: Seconds(120.0), cpu: Seconds(60.0), ..SandboxSettings::default() }
}

/// A pool on whatever this system offers; the tests of confinement say for themselves what they need.
fn pool(settings: SandboxSettings) -> PythonPool {
    PythonPool::new(SandboxSettings { allow_reduced: true, ..settings }).unwrap()
}

fn call(source: &str) -> Program {
    Program { source: source.into(), goal: Goal::Call { function: "solve".into() } }
}

fn check(source: &str, tests: &str) -> Program {
    let goal = Goal::Check { entry_point: "solve".into(), preamble: "".into(), tests: tests.into() };
    Program { source: source.into(), goal }
}

fn run(program: &Program) -> ToolRun {
    POOL.run_blocking(program).unwrap()
}

fn outcome(program: &Program) -> ToolOutcome {
    run(program).outcome
}

/// The outcome on one line: its kind, and its text if it has one.
fn said(program: &Program) -> String {
    line(outcome(program))
}

fn line(outcome: ToolOutcome) -> String {
    match outcome {
        ToolOutcome::Returned(text) => format!("returned {text}"),
        ToolOutcome::Passed => "passed".to_owned(),
        ToolOutcome::Failed(text) => format!("failed {text}"),
        ToolOutcome::Raised(text) => format!("raised {text}"),
        ToolOutcome::TimedOut => "timed out".to_owned(),
        ToolOutcome::Killed(text) => format!("killed {text}"),
    }
}
