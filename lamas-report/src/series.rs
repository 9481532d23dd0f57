//! A method's episodes on one dataset with one lambda_t: tests as seeds x queries, and what learning took.

use lamas_core::orchestrator::LayerReport;
use polars::prelude::*;

use super::graphs::{GraphCount, Graphs};
use super::measure::Measure;
use lamas_record::RecordError;
use lamas_record::directory::RunDirectory;
use lamas_record::layers::{LAYERS, LayerColumn};
use lamas_record::parquet::Blocks;
use lamas_record::rows::Split;

/// One method on one dataset with one lambda_t, over all seeds: `[seeds][queries]`, unscored episodes as `None`.
#[derive(Debug, Clone, Default)]
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
    /// Money spent on all test episodes, unscored ones too, in USD, as a mean over seeds.
    pub spent_usd: f64,
    /// What its races took, for the test queries.
    pub races: Races,
    /// What it learned from; nothing where it does not learn.
    pub learning: Learning,
    /// The graphs that it ran for the test queries.
    pub graphs: Graphs,
}

/// What is reported of an episode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// S, 0 or 1.
    pub score: f64,
    /// T in tokens.
    pub path: f64,
    /// T in seconds.
    pub latency: f64,
    /// C in USD.
    pub cost: f64,
}

/// What races took, unscored episodes too.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Races {
    /// Money for calls that were cancelled, over all test queries, in USD, as a mean over seeds.
    pub cancelled_usd: f64,
    /// Their tokens, input and output together, as a mean over queries.
    pub cancelled_tokens: f64,
    /// On how many arrivals a decision rested, as a mean over the episodes that had a race; `None` where none had.
    pub deciders: Option<f64>,
}

/// Everything that was run on training rows, unscored episodes too, as a mean over seeds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Learning {
    /// Episodes.
    pub episodes: f64,
    /// Prompt and generated tokens.
    pub tokens: f64,
    /// Money in USD.
    pub cost_usd: f64,
    /// The mean score of the last pass in percent.
    pub score: f64,
    /// The mean critical path of the last pass in tokens.
    pub path: f64,
}

impl Learning {
    /// Both together, with the score and the path of the first.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            episodes: self.episodes + other.episodes,
            tokens: self.tokens + other.tokens,
            cost_usd: self.cost_usd + other.cost_usd,
            ..self
        }
    }
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
    // Between two infinities there is no distance to take a part of.
    if low == high { low } else { low + (high - low) * at.fract() }
}

/// The columns that are read. The answers' texts are not among them, which are most of the file.
const COLUMNS: [&str; 16] = [
    "dataset",
    "method",
    "lambda_t",
    "seed",
    "split",
    "pass",
    LAYERS,
    "score",
    "cp_len",
    "latency_s",
    "cost_usd",
    "input_tokens",
    "output_tokens",
    "cancelled_tokens",
    "cancelled_usd",
    "deciders",
];

/// The episodes of a run, in the order of the experiment.
///
/// # Errors
/// When the run is not finished.
pub fn read(directory: &RunDirectory) -> Result<Vec<Series>, RecordError> {
    let path = directory.path("episodes.parquet");
    if !path.is_file() {
        let message = "is missing: this run is not finished; start the same `sweep` again, it goes on where it ended";
        return Err(RecordError::file(path, message));
    }
    let mut all = Vec::new();
    for block in Blocks::of(&path, &COLUMNS)? {
        gather(&block?, &mut all).map_err(|error| RecordError::table(&path, &error))?;
    }
    Ok(all.into_iter().map(Gathered::finish).collect())
}

/// Adds a block of episodes to the series: they follow each other in the order of the experiment, and within a cell in that of
/// the split.
fn gather(table: &DataFrame, all: &mut Vec<Gathered>) -> PolarsResult<()> {
    let text = |name: &str| table.column(name)?.str();
    let number = |name: &str| table.column(name)?.f64();
    let whole = |name: &str| table.column(name)?.u64();
    let (datasets, methods, splits) = (text("dataset")?, text("method")?, text("split")?);
    let layers = LayerColumn::of(table)?;
    let (lambdas, scores, paths) = (number("lambda_t")?, number("score")?, number("cp_len")?);
    let (latencies, costs) = (number("latency_s")?, number("cost_usd")?);
    let (cancelled, cancelled_usd, deciders) =
        (whole("cancelled_tokens")?, number("cancelled_usd")?, number("deciders")?);
    let (seeds, inputs, outputs) = (whole("seed")?, whole("input_tokens")?, whole("output_tokens")?);
    let passes = table.column("pass")?.u32()?;
    for row in 0..table.height() {
        let (dataset, method) = (datasets.get(row).unwrap_or_default(), methods.get(row).unwrap_or_default());
        let lambda_t = lambdas.get(row);
        let same =
            |s: &Gathered| s.series.dataset == dataset && s.series.method == method && s.series.lambda_t == lambda_t;
        if !all.last().is_some_and(same) {
            let (dataset, method) = (dataset.to_owned(), method.to_owned());
            all.push(Gathered::new(Series { dataset, method, lambda_t, ..Series::default() }));
        }
        let gathered = all.last_mut().expect("one was pushed if there was none");
        let cost = costs.get(row).unwrap_or_default();
        let point = scores.get(row).map(|score| Point {
            score,
            path: paths.get(row).unwrap_or(f64::NAN),
            latency: latencies.get(row).unwrap_or(f64::NAN),
            cost,
        });
        if splits.get(row) == Some(Split::Test.name()) {
            gathered.test(seeds.get(row).unwrap_or_default(), point, cost, layers.get(row)?);
            let (tokens, usd) = (cancelled.get(row).unwrap_or_default(), cancelled_usd.get(row).unwrap_or_default());
            gathered.raced(tokens, usd, deciders.get(row));
        } else {
            let tokens = inputs.get(row).unwrap_or_default() + outputs.get(row).unwrap_or_default();
            gathered.train(passes.get(row).unwrap_or_default() as usize, point, cost, tokens);
        }
    }
    Ok(())
}

/// A series while its episodes are being read.
struct Gathered {
    series: Series,
    graphs: GraphCount,
    /// Episodes that had a race, and the deciders of all of them.
    deciders: (f64, f64),
    /// Scored episodes, their scores and their paths, of each training pass.
    passes: Vec<(f64, f64, f64)>,
}

impl Gathered {
    fn new(series: Series) -> Self {
        Self { series, graphs: GraphCount::default(), deciders: (0.0, 0.0), passes: Vec::new() }
    }

    fn test(&mut self, seed: u64, point: Option<Point>, cost: f64, layers: Vec<LayerReport>) {
        let series = &mut self.series;
        if series.seeds.last() != Some(&seed) {
            series.seeds.push(seed);
            series.episodes.push(Vec::new());
            self.graphs.next_seed();
        }
        series.episodes.last_mut().expect("one was pushed for each seed").push(point);
        series.spent_usd += cost;
        self.graphs.add(layers);
    }

    fn raced(&mut self, cancelled_tokens: u64, cancelled_usd: f64, deciders: Option<f64>) {
        let races = &mut self.series.races;
        races.cancelled_tokens += cancelled_tokens as f64;
        races.cancelled_usd += cancelled_usd;
        if let Some(deciders) = deciders {
            self.deciders = (self.deciders.0 + 1.0, self.deciders.1 + deciders);
        }
    }

    fn train(&mut self, pass: usize, point: Option<Point>, cost: f64, tokens: u64) {
        let learning = &mut self.series.learning;
        learning.episodes += 1.0;
        learning.tokens += tokens as f64;
        learning.cost_usd += cost;
        if self.passes.len() <= pass {
            self.passes.resize(pass + 1, (0.0, 0.0, 0.0));
        }
        if let Some(point) = point {
            let (count, score, path) = &mut self.passes[pass];
            *count += 1.0;
            *score += point.get(Measure::Score);
            *path += point.path;
        }
    }

    fn finish(mut self) -> Series {
        let series = &mut self.series;
        let seeds = series.seeds.len() as f64;
        series.spent_usd /= seeds;
        series.races.cancelled_usd /= seeds;
        series.races.cancelled_tokens /= series.count() as f64;
        series.races.deciders = (self.deciders.0 > 0.0).then(|| self.deciders.1 / self.deciders.0);
        series.graphs = self.graphs.finish();
        let learning = &mut series.learning;
        for sum in [&mut learning.episodes, &mut learning.tokens, &mut learning.cost_usd] {
            *sum /= seeds;
        }
        let (count, score, path) = self.passes.last().copied().unwrap_or((0.0, 0.0, 0.0));
        (learning.score, learning.path) = (score / count, path / count);
        self.series
    }
}
