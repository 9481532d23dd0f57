//! The problem sets of an experiment, and its cells.

use std::sync::Arc;

use lamas_controller::encoder::Encoder;
use lamas_core::random::Seed;
use lamas_experiment::config::Experiment;
use lamas_experiment::dataset::{DataError, DataFolders, Dataset, fit};
use lamas_operators::prompt::Prompts;
use lamas_operators::registry;

use super::RunError;
use super::cell::Cell;
use super::named;
use super::prepare::Prepared;

/// The experiment's problem sets.
///
/// # Errors
/// When one is missing or damaged, has nothing for a method to learn from, or a method can never answer on it.
pub fn load(experiment: &Experiment, folders: &DataFolders) -> Result<Vec<Dataset>, RunError> {
    let all = (0..experiment.draft.datasets.len()).map(|index| load_one(experiment, folders, index));
    let datasets = all.collect::<Result<Vec<_>, _>>()?;
    fit::check(experiment, &datasets.iter().map(|dataset| &dataset.manifest).collect::<Vec<_>>())?;
    Ok(datasets)
}

/// One of the experiment's problem sets, by its place in the list.
///
/// # Errors
/// When it is missing or damaged, or has nothing for a method to learn from.
pub fn load_one(experiment: &Experiment, folders: &DataFolders, index: usize) -> Result<Dataset, RunError> {
    let loaded = Dataset::load(folders, &experiment.draft.datasets[index], &experiment.draft.limit);
    let dataset = loaded.map_err(|error| match error {
        DataError::UnknownDataset { .. } => {
            experiment.tree.error(&format!("datasets[{index}]"), format!("datasets: {error}")).into()
        }
        other => RunError::from(other),
    })?;
    match experiment.learner().filter(|_| dataset.train.is_empty()) {
        Some(learner) => {
            let split = &dataset.manifest.split;
            let message =
                format!("`{}.train` names no row, but `{}` learns from training rows", split.name, learner.name);
            Err(DataError::Split { path: split.file.clone(), message }.into())
        }
        None => Ok(dataset),
    }
}

/// Problem sets with operators and embeddings.
///
/// # Errors
/// When a prompt folder or the encoder is not fit, or a text cannot be embedded.
pub fn prepare_all(experiment: &Experiment, datasets: Vec<Dataset>) -> Result<Vec<Arc<Prepared>>, RunError> {
    prepare_with(experiment, datasets, &named::prompts(experiment)?, &*named::encoder(experiment)?)
}

pub(super) fn prepare_with(
    experiment: &Experiment,
    datasets: Vec<Dataset>,
    prompts: &Arc<Prompts>,
    encoder: &dyn Encoder,
) -> Result<Vec<Arc<Prepared>>, RunError> {
    datasets.into_iter().map(|dataset| prepare(experiment, encoder, prompts, dataset)).collect()
}

fn prepare(
    experiment: &Experiment,
    encoder: &dyn Encoder,
    prompts: &Arc<Prompts>,
    dataset: Dataset,
) -> Result<Arc<Prepared>, RunError> {
    let operators = registry::operators(dataset.manifest.domain, prompts);
    let shuffle = experiment.draft.encoder.shuffled.then_some(Seed(experiment.draft.seed));
    let prepared = Prepared::new(dataset, operators, encoder, shuffle);
    prepared.map(Arc::new).map_err(|error| named::unfit_encoder(experiment, &error))
}

/// All cells of an experiment, in its order.
#[must_use]
pub fn cells(experiment: &Experiment, prepared: &[Arc<Prepared>]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for data in prepared {
        for method in &experiment.methods {
            let method = Arc::new(method.clone());
            for plan in &method.plans {
                for seed in experiment.seeds_of(&method) {
                    let (method, plan, data) = (Arc::clone(&method), Arc::clone(plan), Arc::clone(data));
                    cells.push(Cell { method, plan, data, seed });
                }
            }
        }
    }
    cells
}
