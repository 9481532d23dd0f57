//! The test episodes of a finished run, by method: `[seeds][queries]`.

use polars::prelude::*;

use lamas_record::RecordError;
use lamas_record::directory::RunDirectory;
use lamas_record::parquet::read_parquet;

/// Score (`None` = unscored), and what was read out of the answer.
pub type Extracted = (Option<f64>, String);

/// The test episodes of one run.
pub struct Episodes {
    /// The problem set.
    pub dataset: String,
    table: DataFrame,
    /// `(method, seed)` by row, `None` for training rows.
    keys: Vec<Option<(String, u64)>>,
}

impl Episodes {
    /// Reads a finished run.
    ///
    /// # Errors
    /// When it is not finished.
    pub fn read(directory: &RunDirectory) -> Result<Self, RecordError> {
        let path = directory.path("episodes.parquet");
        let table = read_parquet(&path)?;
        let failed = |error: PolarsError| RecordError::table(&path, &error);
        let keys = keys(&table).map_err(failed)?;
        let dataset =
            table.column("dataset").and_then(|column| Ok(column.str()?.get(0).unwrap_or_default().to_owned()));
        Ok(Self { dataset: dataset.map_err(failed)?, keys, table })
    }

    /// One column of a method's test episodes, `[seeds][queries]`; NaN where an episode is unscored.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn numbers(&self, method: &str, column: &str) -> PolarsResult<Vec<Vec<f64>>> {
        let scores = self.table.column("score")?.f64()?;
        let values = self.table.column(column)?.cast(&DataType::Float64)?;
        let values = values.f64()?;
        Ok(self.by_seed(method, |row| match scores.get(row) {
            Some(_) => values.get(row).unwrap_or(f64::NAN),
            None => f64::NAN,
        }))
    }

    /// Score and what was read out of the answer, `[seeds][queries]`.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn answers(&self, method: &str) -> PolarsResult<Vec<Vec<Extracted>>> {
        let (scores, extracted) = (self.table.column("score")?.f64()?, self.table.column("extracted")?.str()?);
        Ok(self.by_seed(method, |row| (scores.get(row), extracted.get(row).unwrap_or_default().trim().to_owned())))
    }

    fn by_seed<T>(&self, method: &str, read: impl Fn(usize) -> T) -> Vec<Vec<T>> {
        let mut seeds: Vec<(u64, Vec<T>)> = Vec::new();
        for (row, key) in self.keys.iter().enumerate() {
            let Some((_, seed)) = key.as_ref().filter(|(name, _)| name == method) else { continue };
            if seeds.last().is_none_or(|(last, _)| last != seed) {
                seeds.push((*seed, Vec::new()));
            }
            if let Some((_, rows)) = seeds.last_mut() {
                rows.push(read(row));
            }
        }
        seeds.into_iter().map(|(_, rows)| rows).collect()
    }
}

fn keys(table: &DataFrame) -> PolarsResult<Vec<Option<(String, u64)>>> {
    let (methods, splits) = (table.column("method")?.str()?, table.column("split")?.str()?);
    let seeds = table.column("seed")?.u64()?;
    let key = |row: usize| (methods.get(row).unwrap_or_default().to_owned(), seeds.get(row).unwrap_or_default());
    Ok((0..table.height()).map(|row| (splits.get(row) == Some("test")).then(|| key(row))).collect())
}
