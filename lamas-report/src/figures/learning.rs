//! Training curves of a dataset's methods, over all seeds.

use std::collections::BTreeMap;

use lamas_plots::{Learning, LearningCurve, LearningPanel};
use polars::prelude::*;

use crate::rows::asked;
use crate::{Finished, lambda_text};
use lamas_experiment::config::output::RowDraft;
use lamas_record::RecordError;
use lamas_record::manifest::DatasetRecord;
use lamas_record::parquet::read_columns;

/// Column, title, unit and factor of each panel.
const PANELS: [(&str, &str, &str, f64); 4] = [
    ("reward_mean", "Operator reward", "", 1.0),
    ("score", "Score", "%", 100.0),
    ("cp_len", "Critical path", "tokens", 1.0),
    ("entropy", "Policy entropy", "nats", 1.0),
];

/// Updates in the moving mean.
const WINDOW: usize = 9;

/// By method: for each seed the values after each update.
type Curves = BTreeMap<usize, BTreeMap<u64, Vec<f64>>>;

/// The figure of one dataset; `None` where nothing was learned.
///
/// # Errors
/// When the run's files cannot be read.
pub fn figure(run: &Finished, data: &DatasetRecord, rows: &[RowDraft]) -> Result<Option<Learning>, RecordError> {
    let path = run.directory.path("updates.parquet");
    if !path.is_file() {
        return Ok(None);
    }
    let columns = ["dataset", "method", "lambda_t", "seed"].into_iter().chain(PANELS.map(|(column, ..)| column));
    let table = read_columns(&path, &columns.collect::<Vec<_>>())?;
    let panels = PANELS
        .iter()
        .map(|&(column, title, unit, factor)| {
            let curves = curves(run, data, rows, &table, column, factor)?;
            Ok(LearningPanel { title: title.to_owned(), unit: unit.to_owned(), curves })
        })
        .collect::<PolarsResult<Vec<_>>>()
        .map_err(|error| RecordError::table(&path, &error))?;
    Ok(Some(Learning { panels, window: WINDOW, note: run.note() }))
}

fn curves(
    run: &Finished,
    data: &DatasetRecord,
    rows: &[RowDraft],
    table: &DataFrame,
    column: &str,
    factor: f64,
) -> PolarsResult<Vec<LearningCurve>> {
    let (datasets, methods) = (table.column("dataset")?.str()?, table.column("method")?.str()?);
    let (lambdas, seeds) = (table.column("lambda_t")?.f64()?, table.column("seed")?.u64()?);
    let values = table.column(column)?.f64()?;
    let shown: Vec<(&str, f64)> = run
        .manifest
        .methods
        .iter()
        .filter(|method| method.learned && asked(rows, &method.name))
        .filter_map(|method| Some((method.name.as_str(), run.typical_lambda(&data.name, &method.name)?)))
        .collect();
    let mut curves = Curves::new();
    for row in (0..table.height()).filter(|&row| datasets.get(row) == Some(data.name.as_str())) {
        let (Some(method), Some(lambda), Some(seed)) = (methods.get(row), lambdas.get(row), seeds.get(row)) else {
            continue;
        };
        if let Some(place) = shown.iter().position(|&(name, typical)| name == method && typical == lambda) {
            let value = values.get(row).map_or(f64::NAN, |value| value * factor);
            curves.entry(place).or_default().entry(seed).or_default().push(value);
        }
    }
    let named = curves.into_iter().map(|(place, seeds)| {
        let (name, lambda) = shown[place];
        let method = match run.lambdas(&data.name, name).len() {
            1 => run.title(name),
            _ => format!("{}, λ_t = {}", run.title(name), lambda_text(lambda)),
        };
        LearningCurve { method, runs: seeds.into_values().collect() }
    });
    Ok(named.collect())
}
