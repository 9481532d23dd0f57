//! All cells of an experiment, in parallel, resumable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ScopedJoinHandle;

use lamas_controller::checkpoint::Origin;
use lamas_controller::encoder::Encoder;
use lamas_core::random::Seed;
use lamas_llm::limit::{CallObserver, Spent};
use lamas_methods::Planner;
use lamas_methods::planner::{CHECKPOINT, FOUND};
use lamas_operators::prompt::Prompts;
use lamas_operators::registry;
use rayon::prelude::*;

use super::RunError;
use super::cell::{Cell, side_by_side};
use super::context::{CellError, Context};
use super::gaps::{self, Gap, Gaps};
use super::made_from::{Shared, made_from};
use super::manifest::{next_start, of};
use super::named;
use super::prepare::Prepared;
use super::progress::Progress;
use super::stop::Stop;
use super::together::{self, Member};
use super::world::{World, sandbox};
use lamas_experiment::config::Experiment;
use lamas_experiment::dataset::{DataError, DataFolders, Dataset};
use lamas_record::cell_record::{CellRecord, Part};
use lamas_record::checksums::{SUMS, Sums};
use lamas_record::directory::{CELLS, Lock, RunDirectory, remove, write_text};
use lamas_record::manifest::{self, CellEntry, RunManifest, TakenOver};
use lamas_record::parquet::{concatenate, write_parquet};
use lamas_record::provenance;
use lamas_record::rows::{self, EpisodeFile};

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
    datasets: Vec<Dataset>,
    directory: RunDirectory,
    world: World,
    cells: Vec<Standing>,
    start: u32,
    _lock: Lock,
}

/// A cell and what earlier starts left of it.
struct Standing {
    cell: Cell,
    record: CellRecord,
}

impl Standing {
    /// What earlier starts left of a cell; what was made from something else is never taken over.
    fn of(directory: &RunDirectory, cell: Cell, shared: &Shared) -> Result<Self, RunError> {
        let folder = directory.cell_path(&cell.name());
        let made_from = made_from(&cell, shared);
        let Some(record) = CellRecord::read(&folder)?.filter(CellRecord::is_trained) else {
            return Ok(Self { cell, record: CellRecord::new(made_from) });
        };
        let differences: Vec<String> =
            made_from.differences(&record.made_from).iter().take(SHOWN).map(ToString::to_string).collect();
        if !differences.is_empty() {
            let message = format!(
                "was made from something else ({}); choose another --out, or remove the folder, and the same command \
                 runs the cell anew",
                differences.join("; ")
            );
            return Err(RunError::file(folder, message));
        }
        record.check(&folder)?;
        Ok(Self { cell, record })
    }

    fn entry(&self) -> CellEntry {
        let taken_over = match (self.record.is_tested(), self.record.is_trained()) {
            (true, _) => TakenOver::All,
            (false, true) => TakenOver::Training,
            (false, false) => TakenOver::Nothing,
        };
        CellEntry { name: self.cell.name(), made_from: self.record.made_from.sha256(), taken_over }
    }
}

/// Differences that a message names.
const SHOWN: usize = 5;

impl Sweep {
    /// Loads everything that the cells need, before anything is paid.
    ///
    /// # Errors
    /// When data, surroundings or the folder are not fit for it, or a finished cell was made from something else.
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
            RunDirectory::look(out)?;
            progress.stage("looking at what the experiment names");
            named::look(&experiment, &pool)?;
            named::keys(&experiment)?;
            let (prompts, encoder) = (named::prompts(&experiment)?, named::encoder(&experiment)?);
            progress.stage("loading problem sets");
            let datasets = load(&experiment, folders)?;
            progress.stage("embedding the queries");
            let prepared = prepare_with(&experiment, datasets.clone(), &prompts, &*encoder)?;
            // Nothing is written before this.
            let (directory, lock) = RunDirectory::create(out)?;
            let start = next_start(&directory, &experiment)?;
            progress.stage("starting the model and the sandbox");
            let world = World::new(&experiment, &datasets, &directory, pool.clone(), observer)?;
            progress.stage("looking at what earlier starts left");
            let shared = Shared::of(&experiment, &world, &prompts, &prepared);
            let cells = cells(&experiment, &prepared).into_par_iter().with_max_len(1);
            let cells = cells.map(|cell| Standing::of(&directory, cell, &shared)).collect::<Result<Vec<_>, _>>()?;
            each_has_a_folder(&directory, &cells)?;
            // The files of an earlier start are no longer those of this manifest.
            directory.remove(SUMS)?;
            let entries = cells.iter().map(Standing::entry).collect();
            let manifest = of(&experiment, &prepared, &world, start, entries);
            manifest::write(&directory, &manifest)?;
            Ok(Self { experiment, datasets, directory, world, cells, start, _lock: lock })
        })
    }

    /// Cells that earlier starts have finished, and all cells.
    #[must_use]
    pub fn taken_over(&self) -> (usize, usize) {
        (self.cells.iter().filter(|standing| standing.record.is_tested()).count(), self.cells.len())
    }

    /// The run's folder.
    #[must_use]
    pub fn directory(&self) -> &RunDirectory {
        &self.directory
    }

    /// What is run.
    pub(crate) fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// On which problems.
    pub(crate) fn datasets(&self) -> &[Dataset] {
        &self.datasets
    }

    /// In which world.
    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// In which cells, in the order of the experiment.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().map(|standing| &standing.cell)
    }

    /// Why cells that leave no results ended early, after so many of them.
    pub(crate) fn ended_while_filling(&self, error: CellError, finished: usize) -> RunError {
        match self.ended("bank", error) {
            Ended::Run(RunError::Interrupted { .. }) => self.ended_early(finished),
            Ended::Run(error) => error,
            Ended::Unrecorded(lacks) => RunError::Model(lacks),
        }
    }

    /// What has been paid for the model so far; `None` where that is nothing.
    #[must_use]
    pub fn spent(&self) -> Option<Spent> {
        Some(self.world.purse().spent()).filter(|spent| spent.calls + spent.lost > 0)
    }

    /// Runs all cells that are not finished, the longest first, and joins their files. What is left are the cells that a
    /// recording cannot answer; the others are run all the same.
    ///
    /// # Errors
    /// When the run was interrupted, the model cannot be used, or a file cannot be written; or where nothing can be answered
    /// from the recording. Finished cells are kept.
    pub fn run(&self, phase: Phase, stop: &Stop, progress: &dyn Progress) -> Result<Gaps, RunError> {
        let total = self.cells.iter().map(|standing| episodes(&standing.cell, phase)).sum();
        let ahead = |standing: &Standing| ahead(standing, phase);
        progress.work_ahead(total, total - self.cells.iter().map(ahead).sum::<u64>());
        let open: Vec<&Standing> = self.cells.iter().filter(|standing| ahead(standing) > 0).collect();
        let finished = AtomicUsize::new(self.cells.len() - open.len());
        let mut open = side_by_side(open, together);
        // The longest first.
        let longest = |group: &[&Standing]| group.iter().map(|standing| ahead(standing)).max();
        open.sort_by_key(|group| (std::cmp::Reverse(longest(group)), group[0].cell.name()));
        let purse = self.world.purse();
        let gaps = Mutex::new(Vec::new());
        let work = |group: &Vec<&Standing>| {
            // An interrupted run, or one that another cell has ended, starts nothing more.
            if stop.is_requested() || purse.is_stopped() {
                return Err(self.interrupted(0));
            }
            let result = self.run_group(group, phase, stop, progress);
            match result {
                Ok(()) => _ = finished.fetch_add(group.len(), Ordering::Relaxed),
                Err(Ended::Unrecorded(lacks)) => {
                    let cells = group.iter().map(|standing| standing.cell.name()).collect();
                    gaps.lock().unwrap_or_else(PoisonError::into_inner).push(Gap { cells, lacks });
                }
                Err(Ended::Run(error)) => {
                    // The others make no further call, and abandon their pauses.
                    purse.stop("another cell has ended the run");
                    return Err(error);
                }
            }
            Ok(())
        };
        let ran = stop.during(|| on_threads(&open, work));
        let errors: Vec<RunError> = ran.into_iter().filter_map(Result::err).collect();
        progress.finish();
        let closed = purse.close().map_err(|message| RunError::file(self.directory.root(), message));
        if let Some(error) = cause(errors) {
            let finished = finished.into_inner();
            return Err(match error {
                RunError::Interrupted { .. } => self.ended_early(finished),
                // Whatever Ctrl-C did to the processes beside this one.
                _ if stop.is_requested() => self.interrupted(finished),
                other => other,
            });
        }
        closed?;
        let gaps = Gaps::new(gaps.into_inner().unwrap_or_else(PoisonError::into_inner), self.cells.len());
        let cells: Vec<&Cell> = self.cells.iter().map(|standing| &standing.cell).collect();
        let whole = gaps.without(&cells);
        if whole.is_empty() {
            return Err(RunError::Unrecorded(gaps));
        }
        if phase != Phase::Train {
            self.join(&whole)?;
        }
        Ok(gaps)
    }

    fn run_group(&self, group: &[&Standing], phase: Phase, stop: &Stop, progress: &dyn Progress) -> Result<(), Ended> {
        group.iter().for_each(|standing| progress.cell_started(&standing.cell.name()));
        let mut working = group.iter().map(|standing| self.begin(standing)).collect::<Result<Vec<_>, _>>()?;
        let context = Context {
            world: &self.world,
            concurrency: self.experiment.draft.concurrency,
            traces: self.experiment.draft.traces,
            gamma: self.experiment.gamma,
            stop,
            progress,
        };
        self.learn(&mut working, phase, &context)?;
        if phase != Phase::Train {
            self.evaluate(&mut working, &context)?;
        }
        group.iter().for_each(|standing| progress.cell_finished(&standing.cell.name()));
        Ok(())
    }

    fn begin<'a>(&self, standing: &'a Standing) -> Result<Working<'a>, RunError> {
        let cell = &standing.cell;
        let files = CellFiles::begin(&self.directory, standing)?;
        let gave_up = |source| RunError::Controller { cell: cell.name(), source: Box::new(source) };
        Ok(Working { cell, planner: cell.planner().map_err(gave_up)?, files })
    }

    /// Lets methods learn, or gives them what they learned before.
    fn learn(&self, group: &mut [Working<'_>], phase: Phase, context: &Context<'_>) -> Result<(), Ended> {
        // Without an episode to learn from there is nothing to keep.
        let learns = |one: &&mut Working<'_>| one.planner.file().is_some() && one.cell.training_episodes() > 0;
        let mut fresh = Vec::new();
        for one in group.iter_mut().filter(learns) {
            if one.files.record.is_trained() || phase == Phase::Evaluate {
                one.load()?;
            } else {
                let file = EpisodeFile::create(&one.files.folder.join(TRAIN), one.cell.key(self.world.is_simulated()))?;
                fresh.push((one, file));
            }
        }
        let Some(first) = fresh.first().map(|(one, _)| one.cell) else { return Ok(()) };
        let mut members: Vec<Member<'_>> = fresh.iter_mut().map(|(one, file)| one.member(file)).collect();
        let updates = together::train(&mut members, context).map_err(|error| self.ended(&first.name(), error))?;
        for ((one, episodes), updates) in fresh.into_iter().zip(updates) {
            if !updates.is_empty() {
                let file = one.files.folder.join(UPDATES);
                let table = rows::updates(&one.cell.key(self.world.is_simulated()), &updates);
                write_parquet(&file, &table.map_err(|error| RunError::table(&file, &error))?)?;
            }
            let learned = one.save()?;
            episodes.finish()?;
            one.files.trained(self.start, learned)?;
        }
        Ok(())
    }

    fn evaluate(&self, group: &mut [Working<'_>], context: &Context<'_>) -> Result<(), Ended> {
        let Some(first) = group.first().map(|one| one.cell) else { return Ok(()) };
        let file = |one: &Working<'_>| {
            EpisodeFile::create(&one.files.folder.join(TEST), one.cell.key(self.world.is_simulated()))
        };
        let mut files = group.iter().map(file).collect::<Result<Vec<_>, _>>()?;
        let mut members: Vec<Member<'_>> =
            group.iter_mut().zip(&mut files).map(|(one, file)| one.member(file)).collect();
        let traces = together::evaluate(&mut members, context).map_err(|error| self.ended(&first.name(), error))?;
        for ((one, episodes), traces) in group.iter_mut().zip(files).zip(traces) {
            let path = one.files.folder.join(TRACES);
            let traces = serde_json::to_string(&traces).map_err(|error| RunError::file(&path, error))?;
            write_text(&path, &traces)?;
            episodes.finish()?;
            one.files.tested(self.start)?;
        }
        Ok(())
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

    fn ended(&self, cell: &str, error: CellError) -> Ended {
        let error = match error {
            CellError::Unrecorded(lacks) => return Ended::Unrecorded(lacks),
            CellError::Stopped => self.interrupted(0),
            // The model said no because nothing is left to pay it with, or because the run ends.
            CellError::Fatal(_) if self.world.purse().reached().is_some() => self.interrupted(0),
            CellError::Fatal(_) if self.world.purse().is_stopped() => self.interrupted(0),
            CellError::Fatal(message) => RunError::Model(message),
            CellError::Broken(message) => RunError::Environment(format!(
                "{message}; not even a program of our own runs any more; finished cells are kept, and the same command \
                 goes on once that is mended"
            )),
            CellError::Controller(source) => RunError::Controller { cell: cell.to_owned(), source: Box::new(source) },
            CellError::Record(error) => error.into(),
        };
        Ended::Run(error)
    }

    /// The files of these cells as one, in the order of the experiment, with checksums of all that a report reads.
    fn join(&self, cells: &[&Cell]) -> Result<(), RunError> {
        self.list(cells)?;
        let (mut episodes, mut updates, mut read) =
            (Vec::new(), Vec::new(), [MANIFEST, EPISODES].map(String::from).to_vec());
        for cell in cells {
            let name = cell.name();
            let folder = self.directory.cell_path(&name);
            let Some(record) = CellRecord::read(&folder)?.filter(CellRecord::is_tested) else {
                return Err(RunError::file(folder, "is not finished, though it was; start the same command again"));
            };
            let there = |file: &str| Some(folder.join(file)).filter(|_| record.names(file));
            episodes.extend(there(TRAIN));
            episodes.extend(there(TEST));
            updates.extend(there(UPDATES));
            read.push(format!("{CELLS}/{name}/{TRACES}"));
        }
        let all = self.directory.path(EPISODES);
        concatenate(&episodes, &all)?;
        manifest::label(&self.directory, provenance::read(&all)?)?;
        concatenate(&updates, &self.directory.path(UPDATES))?;
        read.extend((!updates.is_empty()).then(|| UPDATES.to_owned()));
        Ok(Sums::of(self.directory.root(), read)?.write(self.directory.root())?)
    }

    /// Has the manifest name these cells alone.
    fn list(&self, cells: &[&Cell]) -> Result<(), RunError> {
        if cells.len() == self.cells.len() {
            return Ok(());
        }
        let manifest = manifest::read(&self.directory)?;
        let cells = gaps::entries(manifest.cells, cells);
        Ok(manifest::write(&self.directory, &RunManifest { cells, ..manifest })?)
    }
}

/// Why a group of cells ended early.
enum Ended {
    /// What it needs is not recorded; others may do without it.
    Unrecorded(String),
    /// The run ends.
    Run(RunError),
}

impl<E: Into<RunError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

/// Episodes that a cell still has to run.
fn ahead(Standing { cell, record }: &Standing, phase: Phase) -> u64 {
    let train = if phase == Phase::Evaluate || record.is_trained() { 0 } else { cell.training_episodes() };
    let test = if phase == Phase::Train || record.is_tested() { 0 } else { cell.test_episodes() };
    train + test
}

/// No two cells may write the same files.
fn each_has_a_folder(directory: &RunDirectory, cells: &[Standing]) -> Result<(), RunError> {
    let mut names = BTreeSet::new();
    match cells.iter().map(|standing| standing.cell.name()).find(|name| !names.insert(name.clone())) {
        Some(twice) => Err(RunError::file(
            directory.cell_path(&twice),
            "two cells of the experiment would share this folder; give one of the methods, or of the values of \
             lambda_t, another name",
        )),
        None => Ok(()),
    }
}

/// Whether two cells ask in part for the same episodes, and have come as far as each other.
fn together(standing: &&Standing, other: &&Standing) -> bool {
    standing.record.is_trained() == other.record.is_trained() && standing.cell.shares_episodes(&other.cell)
}

/// A cell at work, with its files.
struct Working<'a> {
    cell: &'a Cell,
    planner: Box<dyn Planner + 'a>,
    files: CellFiles,
}

impl Working<'_> {
    fn member<'m>(&'m mut self, episodes: &'m mut EpisodeFile) -> Member<'m> {
        Member { cell: self.cell, planner: &mut *self.planner, episodes }
    }

    /// Where what it learns is kept, and what that must have come from to be used here.
    fn learned(&self) -> (&'static str, Origin) {
        let origin = Origin {
            config: self.files.record.made_from.sha256(),
            encoder: self.cell.data.encoder.clone(),
            seed: Seed(self.cell.seed),
        };
        (self.planner.file().unwrap_or(FOUND), origin)
    }

    fn load(&mut self) -> Result<(), RunError> {
        let (file, origin) = self.learned();
        self.planner.load(&self.files.folder.join(file), &origin).map_err(RunError::Checkpoint)
    }

    fn save(&self) -> Result<&'static str, RunError> {
        let (file, origin) = self.learned();
        self.planner.save(&self.files.folder.join(file), &origin).map_err(RunError::Checkpoint)?;
        Ok(file)
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

const MANIFEST: &str = "manifest.json";
const EPISODES: &str = "episodes.parquet";
const TRAIN: &str = "train.parquet";
const TEST: &str = "test.parquet";
const UPDATES: &str = "updates.parquet";
const TRACES: &str = "traces.json";

/// A cell's folder, and what is known of its files.
struct CellFiles {
    folder: PathBuf,
    record: CellRecord,
}

impl CellFiles {
    /// Gets a cell's folder ready; whatever is not taken over is removed from it.
    fn begin(directory: &RunDirectory, standing: &Standing) -> Result<Self, RunError> {
        let (folder, record) = (directory.cell(&standing.cell.name())?, standing.record.clone());
        for file in [TRAIN, UPDATES, CHECKPOINT, FOUND, TRACES, TEST] {
            if !record.names(file) {
                remove(&folder.join(file))?;
            }
        }
        record.write(&folder)?;
        Ok(Self { folder, record })
    }

    fn trained(&mut self, start: u32, learned: &str) -> Result<(), RunError> {
        self.record.trained = Some(Part::of(start, &self.folder, &[TRAIN, UPDATES, learned])?);
        Ok(self.record.write(&self.folder)?)
    }

    /// Last: it says that the cell is finished.
    fn tested(&mut self, start: u32) -> Result<(), RunError> {
        self.record.tested = Some(Part::of(start, &self.folder, &[TRACES, TEST])?);
        Ok(self.record.write(&self.folder)?)
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
/// When one is missing or damaged, or has nothing for a method to learn from.
pub fn load(experiment: &Experiment, folders: &DataFolders) -> Result<Vec<Dataset>, RunError> {
    (0..experiment.draft.datasets.len()).map(|index| load_one(experiment, folders, index)).collect()
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

fn prepare_with(
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
