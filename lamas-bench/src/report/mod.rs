//! Tables and figures from a finished run: they read its files only, so that they can be made again without a model.
//!
//! - [`results`]: `results.csv`, one row for each cell and split
//! - [`measure`]: what is reported, with unit and direction
//! - [`episodes`]: any column of a run's test episodes, by method
//! - [`series`]: a method's episodes as seeds x queries
//! - [`bootstrap`]: intervals over queries and seeds
//! - [`front`], [`verdict`], [`choice`]: hypervolume and matched scores, non-inferiority, the choice of lambda_t
//! - [`published`]: figures that others published, to stand beside ours
//! - [`rows`]: which series a table or figure shows
//! - [`table`]: a table as Markdown, CSV and LaTeX
//! - [`tables`]: which tables there are
//! - [`figures`]: which figures there are
//! - [`publish`]: the small files of a report, for a folder that is kept

pub mod bootstrap;
pub mod choice;
pub mod episodes;
pub mod figures;
pub mod front;
pub mod measure;
pub mod publish;
pub mod published;
pub mod results;
pub mod rows;
pub mod series;
pub mod table;
pub mod tables;
pub mod verdict;

use std::path::PathBuf;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;

use crate::config::output::{At, RowDraft};
use crate::run::RunError;
use crate::run::directory::RunDirectory;
use crate::run::manifest::{self, RunManifest};
use crate::run::provenance::{self, Provenance};
use bootstrap::Comparison;
use series::Series;

/// A finished run, read back.
pub struct Finished {
    /// Its folder.
    pub directory: RunDirectory,
    /// What was run.
    pub manifest: RunManifest,
    /// Test episodes by dataset, method and lambda_t, in the order of the experiment.
    pub series: Vec<Series>,
    /// Whose answers its episodes are made of.
    pub provenance: Provenance,
}

/// lambda_t as tables and figures write it: `0`, `5e-5`.
#[must_use]
pub fn lambda_text(lambda_t: f64) -> String {
    if lambda_t == 0.0 { "0".to_owned() } else { format!("{lambda_t:e}") }
}

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
    /// Reads a finished run.
    ///
    /// # Errors
    /// When no finished run lies there.
    pub fn open(root: &std::path::Path) -> Result<Self, RunError> {
        let directory = RunDirectory::open(root)?;
        let manifest = manifest::read(&directory)?;
        let series = series::read(&directory)?;
        let provenance = provenance::read(&directory.path("episodes.parquet"))?;
        Ok(Self { directory, manifest, series, provenance })
    }

    /// Writes `results.csv`, all tables and all figures.
    ///
    /// # Errors
    /// When a file cannot be written, or nothing in the run could be scored.
    pub fn report(&self) -> Result<Report, RunError> {
        results::write(&self.directory)?;
        if self.series.iter().all(|series| series.scored() == 0) {
            return Err(RunError::NothingScored(results::first_failure(&self.directory)?));
        }
        let resamples = self.resamples();
        let data = self.manifest.datasets.iter();
        let comparisons: Vec<Comparison<'_>> =
            data.map(|data| Comparison::new(data, &self.series, resamples)).collect();
        let (main, tables) = tables::write(self, &comparisons)?;
        let figures = figures::write(self, &comparisons)?;
        Ok(Report { main, tables, figures })
    }

    /// A method's name in tables and figures.
    #[must_use]
    pub fn title(&self, method: &str) -> String {
        let record = self.manifest.methods.iter().find(|record| record.name == method);
        record.map_or_else(|| method.to_owned(), |record| record.title.clone())
    }

    /// The values of lambda_t that a method has results for on a dataset, as the experiment lists them.
    #[must_use]
    pub fn lambdas(&self, dataset: &str, method: &str) -> Vec<f64> {
        let own = self.series.iter().filter(|series| series.dataset == dataset && series.method == method);
        own.filter_map(|series| series.lambda_t).collect()
    }

    /// The values of lambda_t that a method has results for on any dataset, ascending.
    #[must_use]
    pub fn all_lambdas(&self, method: &str) -> Vec<f64> {
        let own = self.series.iter().filter(|series| series.method == method);
        let mut lambdas: Vec<f64> = own.filter_map(|series| series.lambda_t).collect();
        lambdas.sort_by(f64::total_cmp);
        lambdas.dedup();
        lambdas
    }

    /// The lambda_t that stands for a method where only one can be shown: the nearest to the paper's.
    #[must_use]
    pub fn typical_lambda(&self, dataset: &str, method: &str) -> Option<f64> {
        let paper = lamas_controller::settings::Settings::honest().lambda_t;
        let distance = |lambda: &f64| (lambda - paper).abs();
        self.lambdas(dataset, method).into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// What the experiment defines under a key: its tables or figures.
    ///
    /// # Errors
    /// When the manifest holds something else there.
    pub fn definitions<T: DeserializeOwned>(&self, key: &str) -> Result<Vec<T>, RunError> {
        let Some(list) = self.manifest.experiment.get(key) else { return Ok(Vec::new()) };
        let wrong = |error| RunError::file(self.directory.path("manifest.json"), format!("experiment.{key}: {error}"));
        serde_json::from_value(list.clone()).map_err(wrong)
    }

    /// What rows are compared with where the experiment does not say: MaAS, where it ran.
    #[must_use]
    pub fn default_reference(&self) -> &'static [RowDraft] {
        static MAAS: LazyLock<[RowDraft; 1]> = LazyLock::new(|| [RowDraft { method: "maas".to_owned(), at: At::All }]);
        let ran = self.manifest.methods.iter().any(|method| method.name == MAAS[0].method);
        if ran { &*MAAS } else { &[] }
    }

    /// What every figure and table of simulated results says.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        self.provenance.note().map(str::to_owned)
    }

    /// How many resamples the experiment asks for.
    #[must_use]
    pub fn resamples(&self) -> usize {
        self.manifest.experiment["resamples"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(2000)
    }
}
