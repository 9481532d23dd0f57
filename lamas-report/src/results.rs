//! `results.csv`: one row for each cell and split, aggregated by polars from the run's episodes.

use std::path::Path;

use polars::prelude::*;

use lamas_record::RecordError;
use lamas_record::directory::RunDirectory;
use lamas_record::parquet::{Blocks, read_parquet, write_csv};
use lamas_record::provenance::Met;

/// Writes `results.csv` and `training.csv`.
///
/// Scores are percentages over scored episodes; `cp_len` and its percentiles are tokens over the whole trace (equation 9);
/// `cost_usd` is the money spent on all episodes of the split, unscored ones too, and `cancelled_usd` the part of it for calls
/// that were cancelled. Of training rows the last pass counts.
///
/// # Errors
/// When the run's files cannot be read or written.
pub fn write(directory: &RunDirectory) -> Result<(), RecordError> {
    write_csv(&directory.path("results.csv"), &mut by_cell(&directory.path("episodes.parquet"))?)?;
    let updates = directory.path("updates.parquet");
    if updates.is_file() {
        write_csv(&directory.path("training.csv"), &mut read_parquet(&updates)?)?;
    }
    Ok(())
}

/// What a row of the results is about.
const CELL: [&str; 5] = ["dataset", "method", "lambda_t", "seed", "split"];

/// What else is read of an episode.
const VALUES: [&str; 13] = [
    "simulated",
    "real_calls",
    "pass",
    "score",
    "cp_len",
    "latency_s",
    "cost_usd",
    "input_tokens",
    "output_tokens",
    "model_calls",
    "cancelled_tokens",
    "cancelled_usd",
    "deciders",
];

/// The results, from a block of episodes at a time.
fn by_cell(episodes: &Path) -> Result<DataFrame, RecordError> {
    let failed = |error| RecordError::table(episodes, &error);
    let (mut results, mut held) = (None, None);
    for block in Blocks::of(episodes, &[&CELL[..], &VALUES].concat())? {
        let rows = below(held.take(), block?).map_err(failed)?;
        // The last cell may go on in the next block.
        let (whole, last) = rows.split_at(last_cell(&rows).map_err(failed)? as i64);
        results = aggregate(results, &whole).map_err(failed)?;
        held = Some(last);
    }
    let results = aggregate(results, &held.unwrap_or_default());
    Ok(results.map_err(failed)?.unwrap_or_default())
}

/// One table with another below it.
fn below(above: Option<DataFrame>, table: DataFrame) -> PolarsResult<DataFrame> {
    let Some(mut all) = above else { return Ok(table) };
    all.vstack_mut(&table)?;
    Ok(all)
}

/// The row in which the last cell begins.
fn last_cell(episodes: &DataFrame) -> PolarsResult<usize> {
    let keys = episodes.select(CELL)?;
    let rows = keys.height();
    let last = rows.checked_sub(1).and_then(|last| keys.get(last));
    Ok((0..rows).rev().find(|&row| keys.get(row) != last).map_or(0, |row| row + 1))
}

/// Below other results one row for each cell and split, in the order in which they come.
fn aggregate(above: Option<DataFrame>, episodes: &DataFrame) -> PolarsResult<Option<DataFrame>> {
    if episodes.height() == 0 {
        return Ok(above);
    }
    let cells = episodes.partition_by_stable(CELL, true)?;
    cells.iter().try_fold(above, |above, cell| below(above, row(cell)?).map(Some))
}

/// The row of one cell and split.
fn row(cell: &DataFrame) -> PolarsResult<DataFrame> {
    let passes = cell.column("pass")?.u32()?;
    let latest = passes.max();
    let last = cell.filter(&passes.iter().map(|pass| pass == latest).collect())?;
    let scored = last.filter(&last.column("score")?.is_not_null())?;
    let mean = |name: &str| -> PolarsResult<Option<f64>> {
        Ok((scored.height() > 0).then_some(sum(&scored, name)? / scored.height() as f64))
    };
    let quantile = |q: f64| scored.column("cp_len")?.f64()?.quantile(q, QuantileMethod::Linear);
    let mut met = Met::default();
    met.episodes(&last)?;
    let results = df!(
        "n" => [last.height() as u32],
        "unscored" => [(last.height() - scored.height()) as u32],
        "score" => [mean("score")?.map(|share| share * 100.0)],
        "cp_len" => [mean("cp_len")?],
        "cp_len_p50" => [quantile(0.5)?],
        "cp_len_p90" => [quantile(0.9)?],
        "cp_len_p99" => [quantile(0.99)?],
        "latency_s" => [mean("latency_s")?],
        "cost_usd" => [sum(&last, "cost_usd")?],
        "cancelled_usd" => [sum(&last, "cancelled_usd")?],
        "input_tokens" => [mean("input_tokens")?],
        "output_tokens" => [mean("output_tokens")?],
        "cancelled_tokens" => [mean("cancelled_tokens")?],
        "model_calls" => [mean("model_calls")?],
        "deciders" => [scored.column("deciders")?.f64()?.mean()],
        "simulated" => [met.provenance().to_string()],
    )?;
    last.select(CELL)?.head(Some(1)).hstack(results.columns())
}

/// The sum of a column, with what rounding loses carried along (Kahan): cents stay cents over many
/// episodes.
fn sum(rows: &DataFrame, name: &str) -> PolarsResult<f64> {
    let add = |(sum, lost): (f64, f64), value: f64| {
        let value = value - lost;
        let next = sum + value;
        (next, (next - sum) - value)
    };
    let values = rows.column(name)?.cast(&DataType::Float64)?;
    Ok(values.f64()?.iter().flatten().fold((0.0, 0.0), add).0)
}

/// Why the first unscored episode is unscored.
///
/// # Errors
/// When the run's files cannot be read.
pub fn first_failure(directory: &RunDirectory) -> Result<String, RecordError> {
    let path = directory.path("episodes.parquet");
    let first = |table: &DataFrame| -> PolarsResult<Option<String>> {
        let (scores, reasons) = (table.column("score")?.f64()?, table.column("reason")?.str()?);
        let row = (0..table.height()).find(|&row| scores.get(row).is_none());
        Ok(row.and_then(|row| reasons.get(row)).map(ToOwned::to_owned))
    };
    for block in Blocks::of(&path, &["score", "reason"])? {
        if let Some(reason) = first(&block?).map_err(|error| RecordError::table(&path, &error))? {
            return Ok(reason);
        }
    }
    Ok("the run holds no episode".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_record::parquet::GrowingParquet;

    /// Three cells of both splits, two passes over the training rows, some episodes unscored.
    fn episodes() -> DataFrame {
        let rows: Vec<(u64, &str, u32, u64)> = (0..3)
            .flat_map(|seed| [("train", 0), ("train", 1), ("test", 0)].map(|(split, pass)| (seed, split, pass)))
            .flat_map(|(seed, split, pass)| (0..7 + seed).map(move |row| (seed, split, pass, row)))
            .collect();
        let number = |factor: f64| {
            rows.iter().map(|&(seed, _, pass, row)| factor * (3 * seed + u64::from(pass) + row * row) as f64).collect()
        };
        let column = |factor: f64| -> Vec<f64> { number(factor) };
        let whole = |factor: f64| -> Vec<u64> { column(factor).iter().map(|&value| value as u64).collect() };
        let score = |(index, _): (usize, _)| (index % 5 != 0).then_some((index % 2) as f64);
        df!(
            "dataset" => vec!["words"; rows.len()],
            "method" => vec!["lamas"; rows.len()],
            "lambda_t" => vec![Some(1e-4); rows.len()],
            "seed" => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            "split" => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
            "simulated" => vec![true; rows.len()],
            "real_calls" => rows.iter().map(|row| (row.0 == 1) as u32).collect::<Vec<_>>(),
            "pass" => rows.iter().map(|row| row.2).collect::<Vec<_>>(),
            "score" => rows.iter().enumerate().map(score).collect::<Vec<_>>(),
            "cp_len" => column(1.7),
            "latency_s" => column(0.03),
            "cost_usd" => column(1e-5),
            "input_tokens" => whole(11.0),
            "output_tokens" => whole(5.0),
            "model_calls" => vec![3_u32; rows.len()],
            "cancelled_tokens" => whole(2.0),
            "cancelled_usd" => column(1e-6),
            "deciders" => rows.iter().map(|row| (row.3 % 2 == 0).then_some(2.0)).collect::<Vec<_>>(),
        )
        .unwrap()
    }

    #[test]
    fn results_do_not_depend_on_where_blocks_end() {
        let whole = episodes();
        let folder = tempfile::tempdir().unwrap();
        let expected = aggregate(None, &whole).unwrap().unwrap();
        assert_eq!(expected.height(), 6);
        let simulated: Vec<&str> = expected.column("simulated").unwrap().str().unwrap().iter().flatten().collect();
        assert_eq!(simulated, ["true", "true", "partly", "partly", "true", "true"]);
        for size in [1, 4, 7, 30, 1000] {
            let path = folder.path().join(size.to_string());
            let mut file = GrowingParquet::create(&path, whole.schema()).unwrap();
            for start in (0..whole.height()).step_by(size) {
                file.append(whole.slice(start as i64, size).rechunk_mut()).unwrap();
            }
            file.finish().unwrap();
            assert!(by_cell(&path).unwrap().equals_missing(&expected), "blocks of {size}");
        }
    }
}
