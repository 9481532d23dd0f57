//! What a reader of a table must know of the answers behind it: calls without text, calls that a filter stopped, estimates.

use std::path::Path;

use polars::prelude::{DataFrame, PolarsResult};

use lamas_core::wording::count;
use lamas_record::RecordError;
use lamas_record::parquet::Blocks;

const COLUMNS: [&str; 5] = ["no_text", "filtered", "lost_tokens", "estimated_usd", "cost_usd"];

/// Sums over all episodes of a run, training and test.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Remarks {
    /// Model calls in which the model said nothing.
    pub no_text: u64,
    /// Model calls that a content filter of the server stopped.
    pub filtered: u64,
    /// Tokens of failed attempts that are billed.
    pub lost_tokens: u64,
    /// The part of the cost that is estimated, in USD.
    pub estimated_usd: f64,
    /// The whole cost, in USD.
    pub cost_usd: f64,
}

impl Remarks {
    /// Reads the episodes of a run.
    ///
    /// # Errors
    /// When the file cannot be read or lacks a column.
    pub fn read(episodes: &Path) -> Result<Self, RecordError> {
        let mut sums = Self::default();
        for block in Blocks::of(episodes, &COLUMNS)? {
            sums.add(&block?).map_err(|error| RecordError::table(episodes, &error))?;
        }
        Ok(sums)
    }

    fn add(&mut self, table: &DataFrame) -> PolarsResult<()> {
        let calls =
            |name: &str| -> PolarsResult<u64> { Ok(table.column(name)?.u32()?.iter().flatten().map(u64::from).sum()) };
        self.no_text += calls("no_text")?;
        self.filtered += calls("filtered")?;
        self.lost_tokens =
            table.column("lost_tokens")?.u64()?.iter().flatten().fold(self.lost_tokens, u64::saturating_add);
        let dollars = |name: &str| -> PolarsResult<f64> { Ok(table.column(name)?.f64()?.iter().flatten().sum()) };
        self.estimated_usd += dollars("estimated_usd")?;
        self.cost_usd += dollars("cost_usd")?;
        Ok(())
    }

    /// What stands below every table of the run; nothing where there is nothing to say.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let calls = |calls: u64| count(usize::try_from(calls).unwrap_or(usize::MAX), "model call");
        let no_text = (self.no_text > 0).then(|| format!("{} of this run gave no text.", calls(self.no_text)));
        let filtered =
            (self.filtered > 0).then(|| format!("{} of this run ended in a content filter.", calls(self.filtered)));
        let lost = (self.lost_tokens > 0)
            .then(|| format!("Cost includes {} tokens of failed attempts in this run.", self.lost_tokens));
        let estimated = (self.estimated_usd > 0.0).then(|| {
            format!(
                "{:.2}% of this run's cost is estimated, since no server told the tokens in a form that is read.",
                100.0 * self.estimated_usd / self.cost_usd.max(self.estimated_usd)
            )
        });
        [no_text, filtered, lost, estimated].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_calls_without_text_and_filtered_ones_stand_below_the_table() {
        assert_eq!(Remarks { cost_usd: 3.0, ..Remarks::default() }.notes(), [""; 0]);
        let all = Remarks { no_text: 1, filtered: 2, lost_tokens: 30, estimated_usd: 0.5, cost_usd: 2.0 };
        assert_eq!(
            all.notes(),
            [
                "1 model call of this run gave no text.",
                "2 model calls of this run ended in a content filter.",
                "Cost includes 30 tokens of failed attempts in this run.",
                "25.00% of this run's cost is estimated, since no server told the tokens in a form that is read.",
            ]
        );
    }
}
