//! Everything that is made of a finished run.

use std::path::PathBuf;

use crate::bootstrap::Comparison;
use crate::finished::Finished;
use crate::{ReportError, figures, results, tables};

/// What a report wrote.
pub struct Report {
    /// All tables as Markdown, for the terminal.
    pub main: String,
    /// Tables.
    pub tables: Vec<PathBuf>,
    /// Figures.
    pub figures: Vec<PathBuf>,
}

impl Finished {
    /// Writes `results.csv`, all tables and all figures.
    ///
    /// # Errors
    /// When a file cannot be written, or nothing in the run could be scored.
    pub fn report(&self) -> Result<Report, ReportError> {
        results::write(&self.directory)?;
        if self.series.iter().all(|series| series.scored() == 0) {
            return Err(ReportError::NothingScored(results::first_failure(&self.directory)?));
        }
        let resamples = self.resamples();
        let data = self.manifest.datasets.iter();
        let comparisons: Vec<Comparison<'_>> =
            data.map(|data| Comparison::new(data, &self.series, resamples)).collect();
        let (main, tables) = tables::write(self, &comparisons)?;
        let figures = figures::write(self, &comparisons)?;
        Ok(Report { main, tables, figures })
    }
}
