//! An experiment on what is recorded alone, for whoever wants to know how far that goes.

use std::sync::Arc;

use lamas_experiment::config::Experiment;
use lamas_experiment::dataset::Dataset;
use lamas_record::directory::{Lock, RunDirectory};
use lamas_store::Archive;

use crate::run::RunError;
use crate::run::world::{World, sandbox};

/// A world in which nobody is asked.
pub(crate) struct Strict {
    pub(crate) world: World,
    _lock: Lock,
    _folder: tempfile::TempDir,
}

impl Strict {
    /// The world of an experiment. A store that is not there yet holds nothing.
    pub(crate) fn of(experiment: &Experiment, datasets: &[Dataset]) -> Result<Self, RunError> {
        let unwritable = |error: std::io::Error| RunError::file(std::env::temp_dir(), error);
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let mut alone = experiment.clone();
        alone.draft.calls = false;
        let store = &mut alone.draft.store;
        store.mode = store.mode.strict();
        if !store.path.exists() {
            store.path = folder.path().join("nothing.sqlite");
            Archive::create(&store.path).map_err(|error| RunError::Store(error.to_string()))?;
        }
        let (directory, lock) = RunDirectory::create(&folder.path().join("run"))?;
        let world = World::new(&alone, datasets, &directory, sandbox(&alone.draft)?, Arc::new(()))?;
        Ok(Self { world, _lock: lock, _folder: folder })
    }
}
