//! The sandbox: what it returns, how it judges, what it withstands, and that it leaves nothing behind.

use std::sync::LazyLock;

use lamas_core::tool::{Goal, Program, ToolOutcome, ToolRun};
use lamas_core::units::Seconds;
use lamas_operators::python::{Confinement, PythonPool, SandboxLevel, SandboxSettings};

mod attacks;
mod checks;
mod clock;
mod forgeries;
mod humaneval;
mod leaks;
mod limits;
mod memo;
mod ordinary;
mod results;
mod traces;
mod voids;
mod warm;

/// One pool for most tests. Its time limits are out of reach, however busy the machine.
static POOL: LazyLock<PythonPool> = LazyLock::new(|| pool(patient()));

/// For programs that do not end by themselves.
static HASTY: LazyLock<PythonPool> = LazyLock::new(|| {
    pool(SandboxSettings { wall_clock: Seconds(2.0), cpu: Seconds(1.0), ..SandboxSettings::default() })
});

/// All that this system offers but namespaces, which many systems refuse to ordinary users.
static ROOTED: LazyLock<PythonPool> = LazyLock::new(|| {
    let confinement = Confinement { namespaces: false, ..Confinement::probe() };
    PythonPool::confined(SandboxSettings { allow_reduced: true, ..patient() }, confinement).unwrap()
});

/// The pools on which attacks are tried.
fn pools() -> [&'static PythonPool; 2] {
    [&POOL, &ROOTED]
}

/// False, and says so, where this system cannot confine programs fully and there is nothing to test.
fn is_confined(test: &str) -> bool {
    let confinement = POOL.confinement();
    let full = confinement.level == SandboxLevel::Full;
    if !full {
        lamas_testing::skip("confinement", test, &format!("this system offers only {}", confinement.level));
    }
    full
}

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

fn said_by(pool: &PythonPool, program: &Program) -> String {
    line(pool.run_blocking(program).unwrap().outcome)
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
