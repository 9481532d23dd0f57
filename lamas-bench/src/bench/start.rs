//! From the command to the first episode that is trained on and written: what a user waits for who tries something out.

use super::part::{Measured, QUICKSTART, Setup};
use super::row::{Row, Target};
use super::spread::Spread;
use crate::run::RunError;

/// One query, one pass, one method.
const ONE: [&str; 16] = [
    "--set",
    "datasets=[words]",
    "--set",
    "methods=[lamas]",
    "--set",
    "seeds=1",
    "--set",
    "lambda_t=[1e-4]",
    "--set",
    "limit={train: 1, test: 1}",
    "--set",
    "controller.passes=1",
    "--set",
    "controller.batch=1",
    "--threads",
    "1",
];

/// Measures it.
///
/// # Errors
/// When the run fails.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let mut runs = Vec::new();
    for _ in 0..setup.amount(15, 2) {
        runs.push(setup.experiment("train", QUICKSTART, &ONE, |_| Ok(()))?.0);
    }
    let processor = Spread::of(runs.iter().map(|took| 1000.0 * took.processor_seconds).collect());
    let spread = Spread::of(runs.iter().map(|took| 1000.0 * took.seconds).collect());
    let row = Row::measured("start to first episode, hashed encoder", "ms", Target::AtMost(100.0), spread).noted(
        format!("`train` with one query, from its start to its end; {:.0} ms of processor time", processor.median),
    );
    Ok(Measured { rows: vec![row], curves: Vec::new() })
}
