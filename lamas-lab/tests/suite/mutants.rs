//! The wrong programs that the library carries really are wrong, so that no run has to try them again.

use std::path::Path;
use std::sync::Arc;

use lamas_core::meter::CallMeter;
use lamas_core::problem::Gold;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_experiment::config::draft::Limit;
use lamas_experiment::dataset::{DataFolders, Dataset};
use lamas_operators::python::{PythonPool, SandboxSettings};
use lamas_sim::{Mutants, prepare};

fn functions() -> Dataset {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
    Dataset::load(&DataFolders::new(Some(&data)), "functions", &Limit::default()).expect("the bundled set")
}

/// Refuses to run anything.
struct Nothing;

#[async_trait::async_trait]
impl Interpreter for Nothing {
    async fn run_metered(&self, _: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        Err(ToolError("nothing may run here".into()))
    }
}

#[tokio::test]
async fn every_bundled_function_has_wrong_programs_that_fail_its_tests() {
    let functions = functions();
    let mutants = prepare(functions.tasks().map(|task| &**task), &Nothing, Mutants::embedded(), 1)
        .await
        .expect("the library carries the wrong programs of every bundled function")
        .mutants;
    let pool = PythonPool::new(SandboxSettings { allow_reduced: true, ..SandboxSettings::default() }).expect("python3");
    for task in functions.tasks() {
        let wrong = mutants.of(task).expect("the problem was prepared");
        assert!(!wrong.caught.is_empty(), "{}", task.problem.id);
        let Gold::Tests { tests, reference } = &task.gold else { panic!("{} has no tests", task.problem.id) };
        let entry_point = task.problem.entry_point.as_ref().expect("a function has a name");
        for source in wrong.caught.iter().chain(&wrong.unnoticed).map(Arc::clone) {
            let goal =
                Goal::Check { entry_point: entry_point.clone(), preamble: reference.clone(), tests: tests.clone() };
            let run = pool.run(&Program { source, goal }).await.expect("the sandbox works");
            assert!(matches!(run.outcome, ToolOutcome::Failed(_)), "{}: {:?}", task.problem.id, run.outcome);
        }
    }
}
