//! The reference programs of HumanEval must pass their own tests, and a broken one must not.
//!
//! The data is not part of the project: the test reads it from the folder that `LAMAS_DATA_DIR` names.

use std::path::Path;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Row {
    task_id: String,
    prompt: String,
    canonical_solution: String,
    test: String,
    entry_point: String,
}

fn program(row: &Row, body: &str) -> Program {
    Program {
        source: format!("{}{body}", row.prompt).into(),
        goal: Goal::Check {
            entry_point: row.entry_point.as_str().into(),
            preamble: row.prompt.as_str().into(),
            tests: row.test.as_str().into(),
        },
    }
}

#[test]
fn reference_programs_pass_and_empty_ones_do_not() {
    let Some(folder) = std::env::var_os("LAMAS_DATA_DIR") else {
        lamas_testing::skip("data", "reference_programs_pass_and_empty_ones_do_not", "LAMAS_DATA_DIR is not set");
        return;
    };
    let file = Path::new(&folder).join("humaneval.jsonl");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let rows: Vec<Row> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 164);
    let pool = pool(SandboxSettings::default());
    for row in &rows {
        let right = pool.run_blocking(&program(row, &row.canonical_solution)).unwrap().outcome;
        assert_eq!(right, ToolOutcome::Passed, "{}", row.task_id);
        let wrong = pool.run_blocking(&program(row, "\n    return None\n")).unwrap().outcome;
        assert!(matches!(wrong, ToolOutcome::Failed(_) | ToolOutcome::Raised(_)), "{}: {wrong:?}", row.task_id);
    }
}
