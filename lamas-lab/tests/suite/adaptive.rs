//! `adaptive` in an experiment, from end to end: it draws its bank once a seed, learns, answers with races, and goes on where
//! it was.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use lamas_bench::forecast::Forecast;
use lamas_bench::run::progress::Silent;
use lamas_bench::run::stop::Stop;
use lamas_bench::run::sweep::{Phase, Sweep};
use lamas_experiment::config::Experiment;
use lamas_experiment::dataset::DataFolders;
use lamas_report::Finished;
use polars::prelude::*;

const EXPERIMENT: &str = "\
version: 1
name: adaptive
datasets: [words, functions]
seeds: 2
limit: {train: 6, test: 8}
resamples: 50
traces: 1
lambda_t: [0, 3.0e-3]
methods:
  - gen_cot
  - {name: adaptive, adaptive: {bank: {generate_cot: 4, generate: 2}, copies: 4, second_wave: false, plans: 8, replays: 4}, steps: false}
  - {name: best_race, adaptive: {bank: {generate_cot: 4, generate: 2}, copies: 4, second_wave: false, plans: 8, replays: 4, text: false}, steps: false}
";

/// An experiment in a folder of its own.
struct Bench(tempfile::TempDir);

impl Bench {
    fn new(experiment: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("experiment.yaml"), experiment).unwrap();
        Self(folder)
    }

    fn experiment(&self) -> Experiment {
        Experiment::load(&self.0.path().join("experiment.yaml"), &[]).unwrap()
    }

    fn folders() -> DataFolders {
        DataFolders::new(Some(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../data")))
    }

    fn run(&self, out: &str, phase: Phase) {
        let out = self.0.path().join(out);
        let sweep = Sweep::prepare(self.experiment(), &Self::folders(), &out, &Silent, Arc::new(())).unwrap();
        sweep.run(phase, &Stop::default(), &Silent).unwrap();
    }

    fn episodes(&self, out: &str) -> DataFrame {
        let file = fs::File::open(self.0.path().join(out).join("episodes.parquet")).unwrap();
        ParquetReader::new(file).finish().unwrap().drop_many(lamas_record::rows::WALL_CLOCK_COLUMNS)
    }
}

/// The values of a column of texts, of the rows of a method and split.
fn column(episodes: &DataFrame, method: &str, split: &str, name: &str) -> Vec<String> {
    let text = |name: &str| episodes.column(name).unwrap().cast(&DataType::String).unwrap().str().unwrap().clone();
    let (methods, splits, values) = (text("method"), text("split"), text(name));
    let own = |row: &usize| methods.get(*row) == Some(method) && splits.get(*row) == Some(split);
    (0..episodes.height()).filter(own).map(|row| values.get(row).unwrap_or_default().to_owned()).collect()
}

#[test]
fn it_draws_a_bank_learns_and_answers_with_races() {
    let bench = Bench::new(EXPERIMENT);
    bench.run("run", Phase::Both);
    let episodes = bench.episodes("run");
    // Each cell has learned from its training rows, once each, with all that the bank holds.
    let calls = column(&episodes, "adaptive", "train", "model_calls");
    assert_eq!(calls.len(), 2 * 2 * 2 * 6);
    assert!(calls.iter().all(|calls| calls == "6"), "{calls:?}");
    assert_eq!(column(&episodes, "gen_cot", "train", "model_calls").len(), 0);
    let layers = column(&episodes, "adaptive", "test", "layers");
    assert_eq!(layers.len(), 2 * 2 * 2 * 8);
    assert!(layers.iter().all(|layers| layers.contains("\"until\"")), "every answer is a race's");
    // The higher price of latency brings shorter paths, and on each problem set every query has an answer.
    let number = |values: Vec<String>| values.iter().map(|value| value.parse::<f64>().unwrap()).collect::<Vec<_>>();
    let lambdas = number(column(&episodes, "adaptive", "test", "lambda_t"));
    let paths = number(column(&episodes, "adaptive", "test", "cp_len"));
    let mean = |lambda: f64| {
        let own: Vec<f64> = paths.iter().zip(&lambdas).filter(|(_, l)| **l == lambda).map(|(path, _)| *path).collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    assert!(mean(3e-3) < mean(0.0), "{} and {}", mean(3e-3), mean(0.0));
    // Without the text there is one race for all queries of a cell.
    let cell = |row: usize, names: &[Vec<String>]| names.iter().map(|name| name[row].clone()).collect::<Vec<_>>();
    let names: Vec<Vec<String>> =
        ["dataset", "lambda_t", "seed"].map(|name| column(&episodes, "best_race", "test", name)).into();
    let rules = column(&episodes, "best_race", "test", "layers");
    let rule = |layers: &str| layers.split("\"until\"").nth(1).unwrap()[..12].to_owned();
    let chosen: BTreeSet<_> = rules.iter().enumerate().map(|(row, l)| (cell(row, &names), rule(l))).collect();
    assert_eq!(chosen.len(), 2 * 2 * 2);
    // Tables and figures can be drawn.
    let report = Finished::open(&bench.0.path().join("run")).unwrap().report().unwrap();
    assert!(report.main.contains("adaptive") || report.main.contains("Adaptive"), "{}", report.main);
}

#[test]
fn training_first_and_answers_later_come_out_as_at_once() {
    let bench = Bench::new(&EXPERIMENT.replace("[words, functions]", "[words]"));
    bench.run("whole", Phase::Both);
    bench.run("parts", Phase::Train);
    bench.run("parts", Phase::Evaluate);
    assert!(bench.episodes("whole").equals_missing(&bench.episodes("parts")));
}

#[test]
fn a_forecast_counts_the_bank_once_for_all_prices() {
    let bench = Bench::new(&EXPERIMENT.replace("[words, functions]", "[words]"));
    let forecast = Forecast::new(&bench.experiment(), &Bench::folders(), &bench.0.path().join("none"), 2).unwrap();
    let row = forecast.rows.iter().find(|row| row.method == "adaptive").unwrap();
    // Two seeds, six training rows, six calls each; tests take at most four calls, and share what they ask alike.
    assert!(row.estimate.calls.mean >= 2.0 * 6.0 * 6.0, "{:?}", row.estimate.calls);
    assert!(row.estimate.calls.high <= 2.0 * (6.0 * 6.0 + 2.0 * 8.0 * 4.0), "{:?}", row.estimate.calls);
}
