//! All cells of an experiment, in parallel, resumable.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

use lamas_controller::ControllerError;
use lamas_controller::checkpoint::Origin;
use lamas_controller::encoder::Encoder;
use lamas_core::random::Seed;
use lamas_llm::limit::{CallObserver, Spent};
use lamas_operators::prompt::Prompts;
use lamas_operators::registry;

use super::RunError;
use super::cell::{Cell, CellError, Surroundings};
use super::directory::{Lock, RunDirectory, write_text};
use super::encoder;
use super::manifest;
use super::parquet::{concatenate, write_parquet};
use super::plan::{Job, Planner, with_planner};
use super::prepare::Prepared;
use super::progress::Progress;
use super::provenance;
use super::record::{self, EpisodeFile};
use super::world::{World, sandbox};
use crate::config::Experiment;
use crate::dataset::{DataFolders, Dataset};

/// Which part of each cell to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Train the methods that learn.
    Train,
    /// Evaluate what is trained; a missing checkpoint is an error.
    Evaluate,
    /// Both.
    Both,
}

/// An experiment that is ready to run in a folder.
pub struct Sweep {
    experiment: Experiment,
    directory: RunDirectory,
    world: World,
    cells: Vec<Cell>,
    _lock: Lock,
}

impl Sweep {
    /// Loads everything that the cells need, before anything is paid.
    ///
    /// # Errors
    /// When data, surroundings or the folder are not fit for it.
    pub fn prepare(
        experiment: Experiment,
        folders: &DataFolders,
        out: &Path,
        progress: &dyn Progress,
        observer: Arc<dyn CallObserver>,
    ) -> Result<Self, RunError> {
        let pool = sandbox(&experiment.draft)?;
        // Python starts while problem sets are read.
        std::thread::scope(|scope| {
            scope.spawn(|| pool.warm());
            progress.stage("loading problem sets");
            let datasets = load(&experiment, folders)?;
            let (directory, lock) = RunDirectory::create(out, &experiment.hash())?;
            progress.stage("starting the model and the sandbox");
            let world = World::new(&experiment, &datasets, &directory, pool.clone(), observer)?;
            progress.stage("embedding the queries");
            let prepared = prepare_all(&experiment, datasets)?;
            let cells = cells(&experiment, &prepared);
            manifest::write(&directory, &experiment, &prepared, &world)?;
            Ok(Self { experiment, directory, world, cells, _lock: lock })
        })
    }

    /// The run's folder.
    #[must_use]
    pub fn directory(&self) -> &RunDirectory {
        &self.directory
    }

    /// What has been paid for the model so far; `None` where that is nothing.
    #[must_use]
    pub fn spent(&self) -> Option<Spent> {
        Some(self.world.purse().spent()).filter(|spent| spent.calls > 0)
    }

    /// Runs all cells that are not finished, the longest first, and joins their files.
    ///
    /// # Errors
    /// When the run was interrupted, the model cannot be used, or a file cannot be written. Finished cells are kept.
    pub fn run(&self, phase: Phase, stop: &AtomicBool, progress: &dyn Progress) -> Result<(), RunError> {
        let mut open: Vec<(u64, &Cell)> = self.cells.iter().map(|cell| (self.ahead(cell, phase), cell)).collect();
        let total = self.cells.iter().map(|cell| episodes(cell, phase)).sum();
        let ahead: u64 = open.iter().map(|(ahead, _)| ahead).sum();
        progress.plan(total, total - ahead);
        open.retain(|(ahead, _)| *ahead > 0);
        open.sort_by_key(|(ahead, cell)| (std::cmp::Reverse(*ahead), cell.name()));
        let finished = AtomicUsize::new(self.cells.len() - open.len());
        let ran = on_threads(&open, |(_, cell)| {
            // An interrupted run, or one that another cell has ended, starts nothing more.
            if stop.load(Ordering::Relaxed) {
                return Err(self.interrupted(0));
            }
            let result = self.run_cell(cell, phase, stop, progress);
            match &result {
                Ok(()) => _ = finished.fetch_add(1, Ordering::Relaxed),
                Err(_) => stop.store(true, Ordering::Relaxed),
            }
            result
        });
        let errors: Vec<RunError> = ran.into_iter().filter_map(Result::err).collect();
        progress.finish();
        let closed = self.world.purse().close().map_err(|message| RunError::file(self.directory.root(), message));
        if let Some(error) = cause(errors) {
            return Err(match error {
                RunError::Interrupted { .. } => self.ended_early(finished.into_inner()),
                other => other,
            });
        }
        closed?;
        if phase == Phase::Train { Ok(()) } else { self.join() }
    }

    fn run_cell(&self, cell: &Cell, phase: Phase, stop: &AtomicBool, progress: &dyn Progress) -> Result<(), RunError> {
        let name = cell.name();
        progress.cell_started(&name);
        let files = CellFiles::of(&self.directory, &name)?;
        let around = Surroundings {
            world: &self.world,
            concurrency: self.experiment.draft.concurrency,
            traces: self.experiment.draft.traces,
            gamma: self.experiment.gamma,
            stop,
            progress,
        };
        with_planner(cell, RunCell { sweep: self, cell, files: &files, phase, around: &around })?;
        progress.cell_finished(&name);
        Ok(())
    }

    /// Lets a planner learn, or gives it what it learned before.
    fn learn<P: Planner>(
        &self,
        cell: &Cell,
        planner: &mut P,
        files: &CellFiles,
        phase: Phase,
        around: &Surroundings<'_>,
    ) -> Result<(), RunError> {
        // Without an episode to learn from there is nothing to keep.
        let file = planner.file().filter(|_| cell.training_episodes() > 0);
        let Some(learned) = file.map(|file| files.folder.join(file)) else { return Ok(()) };
        let origin = self.origin(cell);
        if files.train.is_file() || phase == Phase::Evaluate {
            return planner.load(&learned, &origin).map_err(RunError::Checkpoint);
        }
        let key = cell.key(self.world.is_simulated());
        let mut episodes = EpisodeFile::create(&files.train, key.clone())?;
        let updates = cell.train(planner, &mut episodes, around).map_err(|error| self.ended(&cell.name(), error))?;
        if !updates.is_empty() {
            let table = record::updates(&key, &updates).map_err(|error| RunError::table(&files.updates, &error));
            write_parquet(&files.updates, &table?)?;
        }
        planner.save(&learned, &origin).map_err(RunError::Checkpoint)?;
        // Last: its presence says that training is finished.
        episodes.finish()
    }

    fn evaluate<P: Planner>(
        &self,
        cell: &Cell,
        planner: &P,
        files: &CellFiles,
        around: &Surroundings<'_>,
    ) -> Result<(), RunError> {
        let mut episodes = EpisodeFile::create(&files.test, cell.key(self.world.is_simulated()))?;
        let traces = cell.evaluate(planner, &mut episodes, around).map_err(|error| self.ended(&cell.name(), error))?;
        let traces = serde_json::to_string(&traces).map_err(|error| RunError::file(&files.traces, error))?;
        write_text(&files.traces, &traces)?;
        // Last: its presence says that the cell is finished.
        episodes.finish()
    }

    /// What a checkpoint must have come from to be used here.
    fn origin(&self, cell: &Cell) -> Origin {
        Origin { config: self.experiment.hash(), encoder: cell.data.encoder.clone(), seed: Seed(cell.seed) }
    }

    fn interrupted(&self, finished: usize) -> RunError {
        RunError::Interrupted { finished, cells: self.cells.len() }
    }

    /// Of a run that was not broken off by a failure: the budget is spent, or the user has interrupted it.
    fn ended_early(&self, finished: usize) -> RunError {
        match self.world.purse().reached() {
            Some(reason) => RunError::Budget { reason, finished, cells: self.cells.len() },
            None => self.interrupted(finished),
        }
    }

    fn ended(&self, cell: &str, error: CellError) -> RunError {
        match error {
            CellError::Stopped => self.interrupted(0),
            // The model said no because nothing is left to pay it with.
            CellError::Fatal(_) if self.world.purse().reached().is_some() => self.interrupted(0),
            CellError::Fatal(message) => RunError::Model(message),
            CellError::Controller(source) => RunError::Controller { cell: cell.to_owned(), source: Box::new(source) },
            CellError::Record(error) => *error,
        }
    }

    /// Episodes that a cell still has to run.
    fn ahead(&self, cell: &Cell, phase: Phase) -> u64 {
        let done = Done::read(&self.directory.cell_path(&cell.name()));
        let train = if phase == Phase::Evaluate || done.trained { 0 } else { cell.training_episodes() };
        let test = if phase == Phase::Train || done.tested { 0 } else { cell.test_episodes() };
        train + test
    }

    /// The cells' files as one, in the order of the experiment.
    fn join(&self) -> Result<(), RunError> {
        let (mut episodes, mut updates) = (Vec::new(), Vec::new());
        for cell in &self.cells {
            let folder = self.directory.cell_path(&cell.name());
            let there = |file: &str| Some(folder.join(file)).filter(|path| path.is_file());
            episodes.extend(there("train.parquet"));
            episodes.extend(there("test.parquet"));
            updates.extend(there("updates.parquet"));
        }
        let all = self.directory.path("episodes.parquet");
        concatenate(&episodes, &all)?;
        manifest::label(&self.directory, provenance::read(&all)?)?;
        concatenate(&updates, &self.directory.path("updates.parquet"))
    }
}

/// A cell's learning and evaluation, with its files.
struct RunCell<'a> {
    sweep: &'a Sweep,
    cell: &'a Cell,
    files: &'a CellFiles,
    phase: Phase,
    around: &'a Surroundings<'a>,
}

impl Job for RunCell<'_> {
    type Out = Result<(), RunError>;

    fn run<P: Planner>(self, planner: Result<P, ControllerError>) -> Result<(), RunError> {
        let Self { sweep, cell, files, phase, around } = self;
        let gave_up = |source| RunError::Controller { cell: cell.name(), source: Box::new(source) };
        let mut planner = planner.map_err(gave_up)?;
        sweep.learn(cell, &mut planner, files, phase, around)?;
        if phase == Phase::Train { Ok(()) } else { sweep.evaluate(cell, &planner, files, around) }
    }
}

/// What is done of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Its training, or nothing that depends on it is missing.
    pub trained: bool,
    /// All of it.
    pub tested: bool,
}

impl Done {
    /// What the files in a cell's folder say.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let tested = folder.join("test.parquet").is_file();
        Self { trained: tested || folder.join("train.parquet").is_file(), tested }
    }
}

/// Works on all items, each thread taking the next one that is left; results in the items' order.
///
/// As many threads as the pool has, but not the pool's: one of those that waits for other parallel work, such as a table being
/// written, would begin the next cell on top of its own stack, and so on until the stack ends.
fn on_threads<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..rayon::current_num_threads()).map(|_| scope.spawn(take)).collect();
        let joined = threads.into_iter().map(ScopedJoinHandle::join);
        joined.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Where a cell's files lie.
struct CellFiles {
    train: PathBuf,
    updates: PathBuf,
    folder: PathBuf,
    traces: PathBuf,
    test: PathBuf,
}

impl CellFiles {
    fn of(directory: &RunDirectory, cell: &str) -> Result<Self, RunError> {
        let folder = directory.cell(cell)?;
        Ok(Self {
            train: folder.join("train.parquet"),
            updates: folder.join("updates.parquet"),
            traces: folder.join("traces.json"),
            test: folder.join("test.parquet"),
            folder,
        })
    }
}

/// The error that ended the run: of several the one that made the other cells stop.
fn cause(errors: Vec<RunError>) -> Option<RunError> {
    let own = errors.iter().position(|error| !matches!(error, RunError::Interrupted { .. }));
    errors.into_iter().nth(own.unwrap_or(0))
}

fn episodes(cell: &Cell, phase: Phase) -> u64 {
    match phase {
        Phase::Train => cell.training_episodes(),
        Phase::Evaluate => cell.test_episodes(),
        Phase::Both => cell.training_episodes() + cell.test_episodes(),
    }
}

/// The experiment's problem sets.
///
/// # Errors
/// When one is missing or damaged.
pub fn load(experiment: &Experiment, folders: &DataFolders) -> Result<Vec<Dataset>, RunError> {
    let limit = &experiment.draft.limit;
    experiment
        .draft
        .datasets
        .iter()
        .map(|name| {
            Dataset::load(folders, name, limit).map_err(|error| match error {
                crate::dataset::DataError::UnknownDataset { .. } => {
                    experiment.sources.error_at(name, format!("datasets: {error}")).into()
                }
                other => other.into(),
            })
        })
        .collect()
}

/// Problem sets with operators and embeddings.
///
/// # Errors
/// When a prompt folder or the encoder is not fit, or a text cannot be embedded.
pub fn prepare_all(experiment: &Experiment, datasets: Vec<Dataset>) -> Result<Vec<Arc<Prepared>>, RunError> {
    let prompts =
        Prompts::load(experiment.draft.prompts.as_deref()).map_err(|error| RunError::Environment(error.to_string()))?;
    let prompts = Arc::new(prompts);
    let encoder = encoder::open(&experiment.draft.encoder.source)?;
    datasets.into_iter().map(|dataset| prepare(experiment, &*encoder, &prompts, dataset)).collect()
}

fn prepare(
    experiment: &Experiment,
    encoder: &dyn Encoder,
    prompts: &Arc<Prompts>,
    dataset: Dataset,
) -> Result<Arc<Prepared>, RunError> {
    let name = dataset.manifest.name.clone();
    let operators = registry::operators(dataset.manifest.domain, prompts);
    let shuffle = experiment.draft.encoder.shuffled.then_some(Seed(experiment.draft.seed));
    let prepared = Prepared::new(dataset, operators, encoder, shuffle);
    prepared.map(Arc::new).map_err(|error| RunError::Environment(format!("{name}: {error}")))
}

/// All cells of an experiment, in its order.
#[must_use]
pub fn cells(experiment: &Experiment, prepared: &[Arc<Prepared>]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for data in prepared {
        for method in &experiment.methods {
            let method = Arc::new(method.clone());
            for settings in method.runs() {
                for seed in experiment.seeds_of(&method) {
                    let (method, data) = (Arc::clone(&method), Arc::clone(data));
                    cells.push(Cell { settings: settings.cloned(), method, data, seed });
                }
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_results_keep_their_order() {
        let items: Vec<usize> = (0..100).collect();
        // Other parallel work in between does not begin a further item on the same thread.
        thread_local!(static DEPTH: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });
        let results = on_threads(&items, |item| {
            DEPTH.with(|depth| depth.set(depth.get() + 1));
            let sum: usize = (0..1000usize).into_par_iter().map(|x| x % 3).sum();
            let depth = DEPTH.with(|depth| depth.replace(depth.get() - 1));
            (item * 2, sum, depth)
        });
        let expected: Vec<_> = items.iter().map(|item| (item * 2, 999, 1)).collect();
        assert_eq!(results, expected);
        assert!(on_threads(&[], |(): &()| ()).is_empty());
    }

    #[test]
    fn the_error_that_stopped_the_others_is_told() {
        let interrupted = || RunError::Interrupted { finished: 0, cells: 3 };
        let refused = RunError::Model("bad key".to_owned());
        assert_eq!(cause(vec![interrupted(), refused, interrupted()]).unwrap().exit_code(), 5);
        assert_eq!(cause(vec![interrupted()]).unwrap().exit_code(), 130);
        assert!(cause(Vec::new()).is_none());
    }
}
