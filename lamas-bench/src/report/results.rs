//! `results.csv`: one row for each cell and split, aggregated by polars from the run's episodes.

use polars::prelude::*;

use crate::run::RunError;
use crate::run::directory::{RunDirectory, read_parquet, write_csv};

/// Writes `results.csv` and `training.csv`.
///
/// Scores are percentages over scored episodes; `cp_len` and `cp_len_p90` are tokens over the whole trace (equation 9);
/// `cost_usd` is the money spent on all episodes of the split, unscored ones too. Of training rows the last pass counts.
///
/// # Errors
/// When the run's files cannot be read or written.
pub fn write(directory: &RunDirectory) -> Result<(), RunError> {
    let source = directory.path("episodes.parquet");
    let target = directory.path("results.csv");
    let mut table = aggregate(read_parquet(&source)?.lazy()).map_err(|error| RunError::table(&source, &error))?;
    write_csv(&target, &mut table)?;
    let updates = directory.path("updates.parquet");
    if updates.is_file() {
        write_csv(&directory.path("training.csv"), &mut read_parquet(&updates)?)?;
    }
    Ok(())
}

fn aggregate(episodes: LazyFrame) -> PolarsResult<DataFrame> {
    let scored = |name: &str| col(name).filter(col("score").is_not_null());
    let cell = [col("dataset"), col("method"), col("lambda_t"), col("seed"), col("split")];
    let last_pass = col("pass").eq(col("pass").max().over(cell.clone())?);
    let mut table = episodes
        .filter(last_pass)
        .group_by_stable(cell)
        .agg([
            len().alias("n"),
            col("score").is_null().sum().alias("unscored"),
            (col("score").mean() * lit(100.0)).alias("score_percent"),
            scored("cp_len").mean().alias("cp_len"),
            scored("cp_len").quantile(lit(0.9), QuantileMethod::Linear).alias("cp_len_p90"),
            scored("latency_s").mean().alias("latency_s"),
            col("cost_usd").sum().alias("cost_usd"),
            scored("input_tokens").mean().alias("input_tokens"),
            scored("output_tokens").mean().alias("output_tokens"),
            scored("model_calls").mean().alias("model_calls"),
            col("simulated").first(),
        ])
        .collect()?;
    table.rename("score_percent", "score".into())?;
    Ok(table)
}

/// Why the first unscored episode is unscored.
///
/// # Errors
/// When the run's files cannot be read.
pub fn first_failure(directory: &RunDirectory) -> Result<String, RunError> {
    let path = directory.path("episodes.parquet");
    let table = read_parquet(&path)?;
    let first = |table: &DataFrame| -> PolarsResult<Option<String>> {
        let (scores, reasons) = (table.column("score")?.f64()?, table.column("reason")?.str()?);
        let row = (0..table.height()).find(|&row| scores.get(row).is_none());
        Ok(row.and_then(|row| reasons.get(row)).map(ToOwned::to_owned))
    };
    let reason = first(&table).map_err(|error| RunError::table(&path, &error))?;
    Ok(reason.unwrap_or_else(|| "the run holds no episode".to_owned()))
}
