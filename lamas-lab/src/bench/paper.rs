//! All of the paper's experiments on the published rows.

use super::part::{Measured, Setup};
use super::row::{Row, Target};
use super::spread::Spread;
use lamas_bench::run::RunError;

const WHAT: &str = "paper sweep (experiments/paper.yaml)";
const TARGET: Target = Target::AtMost(300.0);

/// Measures it once, where it is asked for.
///
/// # Errors
/// When the run fails.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let row = if setup.paper {
        let (took, episodes) = setup.experiment("sweep", "experiments/paper.yaml", &[], super::quickstart::episodes)?;
        Row::measured(WHAT, "s", TARGET, Spread::of(vec![took.seconds])).noted(format!(
            "{episodes} episodes, {:.0} s of processor time, {:.0} MB",
            took.processor_seconds, took.peak_mb
        ))
    } else {
        Row::skipped(WHAT, "s", TARGET, "give --paper, and --data-dir with the public problem sets")
    };
    Ok(Measured { rows: vec![row], curves: Vec::new() })
}
