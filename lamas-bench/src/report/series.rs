//! A method's test episodes as seeds x queries.

use polars::prelude::*;

use super::measure::Measure;
use crate::run::RunError;
use crate::run::directory::{RunDirectory, read_parquet};

/// One method on one dataset with one lambda_t, over all seeds: `[seeds][queries]`, unscored episodes as `None`.
#[derive(Debug, Clone)]
pub struct Series {
    /// Dataset by name.
    pub dataset: String,
    /// Method by name.
    pub method: String,
    /// lambda_t per token; `None` without a controller.
    pub lambda_t: Option<f64>,
    /// The seeds, in order.
    pub seeds: Vec<u64>,
    /// `[seeds][queries]`, in the split's order.
    pub episodes: Vec<Vec<Option<Point>>>,
    /// Money spent on all episodes, unscored ones too, in USD, as a mean over seeds.
    pub spent_usd: f64,
}

/// What is reported of an episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    score: f64,
    path: f64,
    latency: f64,
    cost: f64,
}

impl Point {
    /// One quantity.
    #[must_use]
    pub fn get(&self, measure: Measure) -> f64 {
        match measure {
            Measure::Score => 100.0 * self.score,
            Measure::Path => self.path,
            Measure::Latency => self.latency,
            Measure::Cost => self.cost,
        }
    }
}

impl Series {
    /// All scored values of a measure.
    pub fn values(&self, measure: Measure) -> impl Iterator<Item = f64> {
        self.episodes.iter().flatten().flatten().map(move |point| point.get(measure))
    }

    /// Scored episodes over all seeds.
    #[must_use]
    pub fn scored(&self) -> usize {
        self.episodes.iter().flatten().flatten().count()
    }

    /// All episodes over all seeds.
    #[must_use]
    pub fn count(&self) -> usize {
        self.episodes.iter().map(Vec::len).sum()
    }

    /// The mean over all scored episodes.
    #[must_use]
    pub fn mean(&self, measure: Measure) -> f64 {
        self.values(measure).sum::<f64>() / self.scored() as f64
    }

    /// The q-quantile over all scored episodes, with linear interpolation.
    #[must_use]
    pub fn quantile(&self, measure: Measure, q: f64) -> f64 {
        let mut values: Vec<f64> = self.values(measure).collect();
        values.sort_by(f64::total_cmp);
        quantile(&values, q)
    }
}

/// The q-quantile of sorted values, with linear interpolation; NaN of none.
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = q * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// The test episodes of a run, in the order of the experiment.
///
/// # Errors
/// When the run is not finished.
pub fn read(directory: &RunDirectory) -> Result<Vec<Series>, RunError> {
    let path = directory.path("episodes.parquet");
    if !path.is_file() {
        let message = "is missing: this run is not finished; start the same `sweep` again, it goes on where it ended";
        return Err(RunError::file(path, message));
    }
    let table = read_parquet(&path)?;
    collect(&table).map_err(|error| RunError::table(&path, &error))
}

fn collect(table: &DataFrame) -> PolarsResult<Vec<Series>> {
    let text = |name: &str| table.column(name)?.str();
    let number = |name: &str| table.column(name)?.f64();
    let (datasets, methods, splits) = (text("dataset")?, text("method")?, text("split")?);
    let (lambdas, scores, paths) = (number("lambda_t")?, number("score")?, number("cp_len")?);
    let (latencies, costs) = (number("latency_s")?, number("cost_usd")?);
    let seeds = table.column("seed")?.u64()?;
    let mut all: Vec<Series> = Vec::new();
    // Cells follow each other in the order of the experiment, and their episodes in the order of the split.
    for row in (0..table.height()).filter(|&row| splits.get(row) == Some("test")) {
        let (dataset, method) = (datasets.get(row).unwrap_or_default(), methods.get(row).unwrap_or_default());
        let (lambda_t, seed) = (lambdas.get(row), seeds.get(row).unwrap_or_default());
        let same = |s: &Series| s.dataset == dataset && s.method == method && s.lambda_t == lambda_t;
        if !all.last().is_some_and(same) {
            let (dataset, method) = (dataset.to_owned(), method.to_owned());
            all.push(Series { dataset, method, lambda_t, seeds: vec![], episodes: vec![], spent_usd: 0.0 });
        }
        let series = all.last_mut().expect("one was pushed if there was none");
        if series.seeds.last() != Some(&seed) {
            series.seeds.push(seed);
            series.episodes.push(Vec::new());
        }
        let cost = costs.get(row).unwrap_or_default();
        let point = scores.get(row).map(|score| Point {
            score,
            path: paths.get(row).unwrap_or(f64::NAN),
            latency: latencies.get(row).unwrap_or(f64::NAN),
            cost,
        });
        series.episodes.last_mut().expect("one was pushed for each seed").push(point);
        series.spent_usd += cost;
    }
    for series in &mut all {
        series.spent_usd /= series.seeds.len() as f64;
    }
    Ok(all)
}
