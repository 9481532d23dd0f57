//! Which operators are chosen in each layer as lambda_t grows.

use std::collections::BTreeMap;

use lamas_core::operator::OperatorName;
use lamas_core::orchestrator::OperatorReport;
use lamas_operators::registry;
use lamas_plots::{OperatorShare, Usage, UsageLayer, UsageRow};
use polars::prelude::*;

use crate::Finished;
use crate::rows::asked;
use lamas_core::wording;
use lamas_experiment::config::output::RowDraft;
use lamas_record::RecordError;
use lamas_record::layers::{LAYERS, LayerColumn};
use lamas_record::parquet::Blocks;
use lamas_record::rows::Split;

/// Executions by dataset, layer, operator and place of lambda_t.
type Counts = BTreeMap<(usize, usize, OperatorName, usize), f64>;

/// Queries by dataset and place of lambda_t.
type Queries = BTreeMap<(usize, usize), f64>;

/// One figure for each method that was swept over more than one lambda_t.
///
/// # Errors
/// When the run's files cannot be read.
pub fn figures(run: &Finished, split: Split, rows: &[RowDraft]) -> Result<Vec<(String, Usage)>, RecordError> {
    let path = run.directory.path("episodes.parquet");
    let methods = run.manifest.methods.iter();
    let swept = methods.filter(|method| asked(rows, &method.name) && run.all_lambdas(&method.name).len() > 1);
    let mut tallies: Vec<Tally<'_>> = swept.map(|method| Tally::new(run, &method.name)).collect();
    for block in Blocks::of(&path, &["dataset", "method", "lambda_t", "split", LAYERS])? {
        let block = block?;
        for tally in &mut tallies {
            tally.count(&block, split).map_err(|error| RecordError::table(&path, &error))?;
        }
    }
    Ok(tallies.into_iter().map(|tally| (tally.method.to_owned(), tally.usage())).collect())
}

/// What was counted of one method.
struct Tally<'a> {
    run: &'a Finished,
    method: &'a str,
    lambdas: Vec<f64>,
    counts: Counts,
    queries: Queries,
    /// Chosen operators that had nothing to work on.
    skipped: usize,
}

impl<'a> Tally<'a> {
    fn new(run: &'a Finished, method: &'a str) -> Self {
        let lambdas = run.all_lambdas(method);
        Self { run, method, lambdas, counts: Counts::new(), queries: Queries::new(), skipped: 0 }
    }

    /// Adds a block of episodes.
    fn count(&mut self, table: &DataFrame, split: Split) -> PolarsResult<()> {
        let text = |name: &str| table.column(name)?.str();
        let (datasets, methods, splits) = (text("dataset")?, text("method")?, text("split")?);
        let (lambda_column, layers) = (table.column("lambda_t")?.f64()?, LayerColumn::of(table)?);
        for row in 0..table.height() {
            if methods.get(row) != Some(self.method) || splits.get(row) != Some(split.name()) {
                continue;
            }
            let dataset =
                self.run.manifest.datasets.iter().position(|data| Some(data.name.as_str()) == datasets.get(row));
            let lambda = self.lambdas.iter().position(|&lambda| Some(lambda) == lambda_column.get(row));
            let (Some(dataset), Some(lambda)) = (dataset, lambda) else { continue };
            *self.queries.entry((dataset, lambda)).or_insert(0.0) += 1.0;
            for (layer, report) in layers.get(row)?.into_iter().enumerate() {
                for OperatorReport { operator, skipped, .. } in report.operators {
                    self.skipped += usize::from(skipped);
                    *self.counts.entry((dataset, layer, operator, lambda)).or_insert(0.0) += 1.0;
                }
            }
        }
        Ok(())
    }

    /// The operators that were chosen, in the registry's order; others behind them by name.
    fn operators(&self) -> Vec<&OperatorName> {
        let mut operators: Vec<&OperatorName> = self.counts.keys().map(|(_, _, operator, _)| operator).collect();
        let place = |operator: &OperatorName| registry::names().position(|known| known == &*operator.0);
        operators.sort_by_key(|operator| (place(operator).unwrap_or(usize::MAX), *operator));
        operators.dedup();
        operators
    }

    /// The shares of each operator.
    fn usage(&self) -> Usage {
        let Self { run, lambdas, counts, queries, .. } = self;
        let operators = self.operators();
        let deepest = counts.keys().map(|&(_, layer, _, _)| layer + 1).max().unwrap_or(0);
        let rows = run.manifest.datasets.iter().enumerate().map(|(dataset, data)| {
            let layers = (0..deepest).map(|layer| {
                let share = |operator: &OperatorName, lambda: usize| {
                    let chosen = counts.get(&(dataset, layer, operator.clone(), lambda)).copied().unwrap_or(0.0);
                    chosen / queries.get(&(dataset, lambda)).copied().unwrap_or(f64::NAN)
                };
                // One that the layer never holds would hide what lies near zero.
                let held = |operator: &&&OperatorName| {
                    counts.keys().any(|(d, l, o, _)| (*d, *l) == (dataset, layer) && o == **operator)
                };
                let shares = operators.iter().filter(held).map(|operator| OperatorShare {
                    operator: operator.to_string(),
                    share: (0..lambdas.len()).map(|lambda| share(operator, lambda)).collect(),
                });
                UsageLayer { title: format!("layer {}", layer + 1), operators: shares.collect() }
            });
            UsageRow { title: data.title.clone(), layers: layers.collect() }
        });
        Usage { rows: rows.collect(), lambdas: lambdas.clone(), footnotes: self.footnotes(), note: run.note() }
    }

    fn footnotes(&self) -> Vec<String> {
        let chosen: f64 = self.counts.values().sum();
        let skipped = (self.skipped > 0).then(|| {
            let part = 100.0 * self.skipped as f64 / chosen;
            format!("Operators count where they were chosen; of these choices {part:.1}% had nothing to work on.")
        });
        let seeds = wording::count(self.run.manifest.seeds.len(), "seed");
        let shares = format!("Shares of all test queries, {seeds}. What a layer never held is not drawn in it.");
        std::iter::once(shares).chain(skipped).collect()
    }
}
