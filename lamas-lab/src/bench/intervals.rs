//! The bootstrap behind a table of the paper: every method's episodes on one dataset, resampled by query and by seed.

use lamas_core::random::Seed;
use rand::RngExt;

use super::part::{Measured, Setup};
use super::row::{Row, Target};
use super::spread::{Spread, timed};
use lamas_bench::run::RunError;
use lamas_record::manifest::DatasetRecord;
use lamas_report::bootstrap::Comparison;
use lamas_report::series::{Point, Series};

/// The paper's table: methods, seeds, GSM8K's test queries, and resamples.
const TABLE: [usize; 4] = [15, 5, 1055, 10_000];
const DATASET: &str = "invented";

/// Measures it.
///
/// # Errors
/// Never.
pub fn measure(setup: &Setup) -> Result<Measured, RunError> {
    let [methods, seeds, queries, resamples] = if setup.quick { [3, 2, 50, 200] } else { TABLE };
    let series: Vec<Series> = (0..methods).map(|method| invented(method as u64, seeds, queries)).collect();
    let data = record(queries);
    let mut seconds = Vec::new();
    for _ in 0..setup.repetitions {
        let (took, _) = timed(|| Ok::<_, RunError>(Comparison::new(&data, &series, resamples)))?;
        seconds.push(took);
    }
    let row = Row::measured("bootstrap of a paper table", "s", Target::AtMost(5.0), Spread::of(seconds))
        .noted(format!("{methods} methods, {seeds} seeds, {queries} queries, 4 measures, {resamples} resamples"));
    Ok(Measured { rows: vec![row], curves: Vec::new() })
}

/// Episodes of a method that differ as those of a run do.
#[must_use]
pub fn invented(method: u64, seeds: usize, queries: usize) -> Series {
    let mut random = Seed(0).stream("bench intervals", &[method]);
    let mut point = || {
        let path: f64 = random.random_range(100.0..2000.0);
        Some(Point { score: f64::from(u8::from(path < 1800.0)), path, latency: path / 50.0, cost: path * 1e-6 })
    };
    Series {
        dataset: DATASET.to_owned(),
        method: format!("method {method}"),
        seeds: (0..seeds as u64).collect(),
        episodes: (0..seeds).map(|_| (0..queries).map(|_| point()).collect()).collect(),
        ..Series::default()
    }
}

/// The dataset of invented episodes.
#[must_use]
pub fn record(test: usize) -> DatasetRecord {
    DatasetRecord {
        name: DATASET.to_owned(),
        title: DATASET.to_owned(),
        sha256: String::new(),
        train: 0,
        test,
        public_examples: String::new(),
        margin: 1.0,
    }
}
