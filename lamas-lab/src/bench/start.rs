//! From the command to the first episode that is trained on and written: what a user waits for who tries something out.

use std::process::Command;

use super::child::Took;
use super::part::{Measured, QUICKSTART, Setup};
use super::row::{Row, Target};
use super::spread::Spread;
use lamas_bench::run::RunError;

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

/// Measures it with the interpreter itself, and with whatever stands for it on `PATH`: a version manager's script takes a
/// time of its own.
///
/// # Errors
/// When the run fails.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let python = format!("sandbox.python={}", interpreter()?);
    let direct = runs(setup, &["--set", &python])?;
    let on_path = runs(setup, &[])?;
    let milliseconds = |runs: &[Took]| Spread::of(runs.iter().map(|took| 1000.0 * took.seconds).collect());
    let processor = Spread::of(direct.iter().map(|took| 1000.0 * took.processor_seconds).collect());
    let row =
        Row::measured("start to first episode, hashed encoder", "ms", Target::AtMost(100.0), milliseconds(&direct));
    let note = format!(
        "`train` with one query, from its start to its end; {:.0} ms of processor time; {:.0} ms where Python is started \
         through the `python3` on PATH",
        processor.median,
        milliseconds(&on_path).median
    );
    Ok(Measured { rows: vec![row.noted(note)], curves: Vec::new() })
}

fn runs(setup: &Setup, more: &[&str]) -> Result<Vec<Took>, RunError> {
    let args = [&ONE[..], more].concat();
    (0..setup.amount(15, 2)).map(|_| Ok(setup.experiment("train", QUICKSTART, &args, |_| Ok(()))?.0)).collect()
}

/// The file behind the `python3` on `PATH`.
fn interpreter() -> Result<String, RunError> {
    let failed = |error: &dyn std::fmt::Display| RunError::Environment(format!("python3 cannot be asked: {error}"));
    let said = Command::new("python3").args(["-S", "-c", "import sys; print(sys.executable)"]).output();
    let said = said.map_err(|error| failed(&error))?;
    if !said.status.success() {
        return Err(failed(&String::from_utf8_lossy(&said.stderr).trim()));
    }
    String::from_utf8(said.stdout).map(|path| path.trim().to_owned()).map_err(|error| failed(&error))
}
