//! Which operators are chosen in each layer as lambda_t grows.

use std::collections::BTreeMap;

use lamas_plots::{OperatorShare, Usage, UsageLayer, UsageRow};
use polars::prelude::*;

use crate::config::output::RowDraft;
use crate::report::Finished;
use crate::report::rows::asked;
use crate::run::RunError;
use crate::run::directory::read_columns;
use crate::run::record::Split;

/// Executions by dataset, layer, operator and place of lambda_t.
type Counts = BTreeMap<(usize, usize, usize, usize), f64>;

/// Queries by dataset and place of lambda_t.
type Queries = BTreeMap<(usize, usize), f64>;

/// One figure for each method that was swept over more than one lambda_t.
///
/// # Errors
/// When the run's files cannot be read.
pub fn figures(run: &Finished, split: Split, rows: &[RowDraft]) -> Result<Vec<(String, Usage)>, RunError> {
    let path = run.directory.path("episodes.parquet");
    let table = read_columns(&path, &["dataset", "method", "lambda_t", "split", "layers"])?;
    let methods = run.manifest.methods.iter();
    let swept = methods.filter(|method| asked(rows, &method.name) && run.all_lambdas(&method.name).len() > 1);
    swept
        .map(|method| {
            let usage = usage(run, &table, &method.name, split).map_err(|error| RunError::table(&path, &error))?;
            Ok((method.name.clone(), usage))
        })
        .collect()
}

fn usage(run: &Finished, table: &DataFrame, method: &str, split: Split) -> PolarsResult<Usage> {
    let operators: Vec<&str> = lamas_operators::registry::names().collect();
    let lambdas = run.all_lambdas(method);
    let (counts, queries) = count(run, table, method, split, &operators, &lambdas)?;
    let deepest = counts.keys().map(|&(_, layer, _, _)| layer + 1).max().unwrap_or(0);
    let rows = run.manifest.datasets.iter().enumerate().map(|(dataset, data)| {
        let layers = (0..deepest).map(|layer| {
            let share = |operator: usize, lambda: usize| {
                let chosen = counts.get(&(dataset, layer, operator, lambda)).copied().unwrap_or(0.0);
                chosen / queries.get(&(dataset, lambda)).copied().unwrap_or(f64::NAN)
            };
            let used = |operator: &usize| counts.keys().any(|&(d, _, o, _)| d == dataset && o == *operator);
            let shares = (0..operators.len()).filter(used).map(|operator| OperatorShare {
                operator: operators[operator].to_owned(),
                share: (0..lambdas.len()).map(|lambda| share(operator, lambda)).collect(),
            });
            UsageLayer { title: format!("layer {}", layer + 1), operators: shares.collect() }
        });
        UsageRow { title: data.title.clone(), layers: layers.collect() }
    });
    Ok(Usage { rows: rows.collect(), lambdas, note: run.note() })
}

fn count(
    run: &Finished,
    table: &DataFrame,
    method: &str,
    split: Split,
    operators: &[&str],
    lambdas: &[f64],
) -> PolarsResult<(Counts, Queries)> {
    let text = |name: &str| table.column(name)?.str();
    let (datasets, methods, splits, layers) = (text("dataset")?, text("method")?, text("split")?, text("layers")?);
    let lambda_column = table.column("lambda_t")?.f64()?;
    let (mut counts, mut queries) = (Counts::new(), Queries::new());
    for row in 0..table.height() {
        if methods.get(row) != Some(method) || splits.get(row) != Some(split.name()) {
            continue;
        }
        let dataset = run.manifest.datasets.iter().position(|data| Some(data.name.as_str()) == datasets.get(row));
        let lambda = lambdas.iter().position(|&lambda| Some(lambda) == lambda_column.get(row));
        let (Some(dataset), Some(lambda)) = (dataset, lambda) else { continue };
        *queries.entry((dataset, lambda)).or_insert(0.0) += 1.0;
        for (layer, names) in layers.get(row).unwrap_or_default().split(" > ").enumerate() {
            for name in names.split('+') {
                if let Some(operator) = operators.iter().position(|&known| known == name) {
                    *counts.entry((dataset, layer, operator, lambda)).or_insert(0.0) += 1.0;
                }
            }
        }
    }
    Ok((counts, queries))
}
