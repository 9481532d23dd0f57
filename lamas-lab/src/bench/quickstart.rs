//! The README's first command after its build: episodes a second, seconds and memory, sandbox included.

use std::path::Path;

use super::part::{Measured, QUICKSTART, Setup};
use super::row::{Row, Target};
use super::spread::Spread;
use lamas_bench::run::RunError;
use lamas_record::parquet::count_rows;

/// Measures it.
///
/// # Errors
/// When the run fails.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let fewer: &[&str] = if setup.quick { &["--set", "seeds=1", "--set", "limit={train: 4, test: 8}"] } else { &[] };
    let mut runs = Vec::new();
    for _ in 0..setup.repetitions {
        runs.push(setup.experiment("sweep", QUICKSTART, fewer, episodes)?);
    }
    let spread = |figure: fn(&(super::child::Took, usize)) -> f64| Spread::of(runs.iter().map(figure).collect());
    let processor = spread(|(took, _)| took.processor_seconds);
    let a_processor_second = spread(|(took, episodes)| *episodes as f64 / took.processor_seconds);
    let note = format!(
        "{} episodes; {:.0} a second of processor time, {:.1} s of it in all",
        runs.first().map_or(0, |run| run.1),
        a_processor_second.median,
        processor.median
    );
    let a_second = spread(|(took, episodes)| *episodes as f64 / took.seconds);
    let rows = vec![
        Row::measured(
            "simulated episodes, sandbox included, whole process",
            "a second",
            Target::AtLeast(1000.0),
            a_second,
        )
        .noted(note),
        Row::measured("quickstart after the build", "s", Target::AtMost(30.0), spread(|(took, _)| took.seconds)),
        Row::measured("quickstart's memory", "MB", Target::AtMost(300.0), spread(|(took, _)| took.peak_mb))
            .noted("the most that the process held itself; Python's servers apart"),
    ];
    Ok(Measured { rows, curves: Vec::new() })
}

/// How many episodes a run holds.
///
/// # Errors
/// When it cannot be read.
pub fn episodes(out: &Path) -> Result<usize, RunError> {
    Ok(count_rows(&out.join("episodes.parquet"))?)
}
