//! A finished run, read back.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;

use crate::remarks::Remarks;
use crate::series::{self, Series};
use lamas_core::wording::count;
use lamas_experiment::config::RESAMPLES;
use lamas_experiment::config::name;
use lamas_experiment::config::output::{At, FigureDraft, RowDraft, TableDraft};
use lamas_record::checksums::{SUMS, Sums};
use lamas_record::directory::{CELLS, RunDirectory, cell_name};
use lamas_record::manifest::{self, RunManifest};
use lamas_record::parquet::guarded;
use lamas_record::provenance::{self, Provenance};
use lamas_record::{DAMAGED, RecordError};

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
    /// What stands below every table.
    pub remarks: Remarks,
}

/// lambda_t as tables and figures write it: `0`, `5e-5`.
#[must_use]
pub fn lambda_text(lambda_t: f64) -> String {
    if lambda_t == 0.0 { "0".to_owned() } else { format!("{lambda_t:e}") }
}

/// Whether every file that a report reads has a checksum.
fn whole(directory: &RunDirectory, manifest: &RunManifest, sums: &Sums) -> Result<(), RecordError> {
    let traces = manifest.cells.iter().map(|cell| format!("{CELLS}/{}/traces.json", cell.name));
    let updates = directory.path("updates.parquet").exists().then_some("updates.parquet");
    let fixed = ["manifest.json", "episodes.parquet"].into_iter().chain(updates).map(str::to_owned);
    match fixed.chain(traces).find(|file| !sums.names(file)) {
        Some(file) => Err(RecordError::file(directory.path(&file), format!("has no checksum in {SUMS}; {DAMAGED}"))),
        None => Ok(()),
    }
}

fn unfinished(root: &std::path::Path) -> RecordError {
    RecordError::file(root, "this run is not finished; start the same `sweep` again, it goes on where it ended")
}

impl Finished {
    /// Reads a finished run.
    ///
    /// # Errors
    /// When no finished run lies there, or its files do not fit together.
    pub fn open(root: &std::path::Path) -> Result<Self, RecordError> {
        let directory = RunDirectory::open(root)?;
        let sums = Sums::read(root)?;
        if let Some(sums) = &sums {
            sums.check_all(root)?;
        }
        let manifest = manifest::read(&directory)?;
        whole(&directory, &manifest, &sums.ok_or_else(|| unfinished(root))?)?;
        let episodes = directory.path("episodes.parquet");
        let series = guarded(&episodes, || series::read(&directory))?;
        let provenance = provenance::read(&episodes)?;
        let remarks = Remarks::read(&episodes)?;
        let run = Self { directory, manifest, series, provenance, remarks };
        run.check()?;
        Ok(run)
    }

    /// Whether what was read fits the manifest.
    fn check(&self) -> Result<(), RecordError> {
        let wrong = |message: String| Err(RecordError::file(self.directory.path("manifest.json"), message));
        let tables = self.definitions::<TableDraft>("tables")?.into_iter().map(|draft| ("tables", draft.name));
        let figures = self.definitions::<FigureDraft>("figures")?.into_iter().map(|draft| ("figures", draft.name));
        for (key, own) in tables.chain(figures) {
            if let Err(message) = name::check(&own) {
                return wrong(format!("experiment.{key}: {message}"));
            }
        }
        let resamples = &self.manifest.experiment["resamples"];
        if !resamples.is_null() && !resamples.as_u64().is_some_and(|number| RESAMPLES.contains(&number)) {
            return wrong(format!(
                "experiment.resamples: {resamples} is not between {} and {}",
                RESAMPLES.start(),
                RESAMPLES.end()
            ));
        }
        let mut found = BTreeSet::new();
        for series in &self.series {
            let Series { dataset, method, lambda_t, .. } = series;
            let data = self.manifest.datasets.iter().find(|data| data.name == *dataset);
            let known = self.manifest.methods.iter().any(|record| record.name == *method);
            let (Some(data), true) = (data, known) else {
                return wrong(format!(
                    "episodes.parquet holds `{method}` on `{dataset}`, which is not here; {DAMAGED}"
                ));
            };
            for (seed, episodes) in series.seeds.iter().zip(&series.episodes) {
                let cell = cell_name(dataset, method, *lambda_t, *seed);
                if episodes.len() != data.test {
                    return wrong(format!("{cell} has {} of {} test episodes; {DAMAGED}", episodes.len(), data.test));
                }
                if !found.insert(cell.clone()) {
                    return wrong(format!("episodes.parquet holds {cell} twice; {DAMAGED}"));
                }
            }
        }
        let mut listed = BTreeSet::new();
        for cell in &self.manifest.cells {
            if !listed.insert(cell.name.clone()) {
                return wrong(format!("manifest.json lists {} twice; {DAMAGED}", cell.name));
            }
        }
        match listed.symmetric_difference(&found).next() {
            Some(cell) => wrong(format!("{cell} stands only in one of manifest.json and episodes.parquet; {DAMAGED}")),
            None => Ok(()),
        }
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
    pub fn definitions<T: DeserializeOwned>(&self, key: &str) -> Result<Vec<T>, RecordError> {
        let Some(list) = self.manifest.experiment.get(key) else { return Ok(Vec::new()) };
        let wrong =
            |error| RecordError::file(self.directory.path("manifest.json"), format!("experiment.{key}: {error}"));
        serde_json::from_value(list.clone()).map_err(wrong)
    }

    /// What rows are compared with where the experiment does not say: MaAS, where it ran.
    #[must_use]
    pub fn default_reference(&self) -> &'static [RowDraft] {
        static MAAS: LazyLock<[RowDraft; 1]> = LazyLock::new(|| [RowDraft { method: "maas".to_owned(), at: At::All }]);
        let ran = self.manifest.methods.iter().any(|method| method.name == MAAS[0].method);
        if ran { &*MAAS } else { &[] }
    }

    /// What every figure of simulated or recorded results says.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        self.provenance.note().map(str::to_owned).or_else(|| self.recorded())
    }

    /// What follows the title of every table of simulated or recorded results; nothing elsewhere.
    #[must_use]
    pub fn caption(&self) -> String {
        let real = || self.recorded().map_or_else(String::new, |recorded| format!(" ({recorded})"));
        if self.provenance == Provenance::Real { real() } else { self.provenance.caption().to_owned() }
    }

    /// Whose answers they are, where they were recorded and nobody was asked.
    fn recorded(&self) -> Option<String> {
        let model = &self.manifest.model;
        (model.recorded && self.provenance == Provenance::Real).then(|| format!("recorded: {}", model.name))
    }

    /// The level of all intervals and what they are over, for the foot of figures.
    #[must_use]
    pub fn intervals(&self) -> String {
        format!("95% over test queries and {}", count(self.manifest.seeds.len(), "seed"))
    }

    /// How many resamples the experiment asks for.
    #[must_use]
    pub fn resamples(&self) -> usize {
        self.manifest.experiment["resamples"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(2000)
    }
}
