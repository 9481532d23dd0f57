//! All cells of an experiment, in parallel, resumable.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lamas_experiment::config::Experiment;
use lamas_experiment::dataset::{DataFolders, Dataset};
use lamas_llm::limit::{CallObserver, Spent};
use lamas_record::checksums::SUMS;
use lamas_record::directory::{Lock, RunDirectory, write_text};
use lamas_record::manifest;
use lamas_record::parquet::write_parquet;
use lamas_record::rows::{self, EpisodeFile};
use rayon::prelude::*;

use super::RunError;
use super::cell::{Cell, side_by_side};
use super::context::{CellError, Context};
use super::ended::{Ended, Ending, cause};
use super::gaps::{Gap, Gaps};
use super::join::{join, list};
use super::load::{cells, load, prepare_with};
use super::made_from::Shared;
use super::manifest::{next_start, of};
use super::named;
use super::progress::Progress;
use super::standing::{Standing, each_has_a_folder};
use super::stop::Stop;
use super::threads::on_threads;
use super::together::{self, Member};
use super::working::{TEST, TRACES, TRAIN, UPDATES, Working};
use super::world::{World, sandbox};

pub use super::standing::Phase;

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
        match self.ending().of("bank", error) {
            Ended::Run(RunError::Interrupted { .. }) => self.ending().early(finished),
            Ended::Run(error) => error,
            Ended::Unrecorded(lacks) => RunError::Model(lacks),
        }
    }

    /// What has been paid for the model so far; `None` where that is nothing.
    #[must_use]
    pub fn spent(&self) -> Option<Spent> {
        Some(self.world.purse().spent()).filter(|spent| spent.calls + spent.lost > 0)
    }

    fn ending(&self) -> Ending<'_> {
        Ending { purse: self.world.purse(), cells: self.cells.len() }
    }

    /// Runs all cells that are not finished, the longest first, and joins their files. What is left are the cells that a
    /// recording cannot answer; the others are run all the same.
    ///
    /// # Errors
    /// When the run was interrupted, the model cannot be used, or a file cannot be written; or where nothing can be answered
    /// from the recording. Finished cells are kept.
    pub fn run(&self, phase: Phase, stop: &Stop, progress: &dyn Progress) -> Result<Gaps, RunError> {
        let total = self.cells.iter().map(|standing| standing.episodes(phase)).sum();
        let ahead = |standing: &Standing| standing.ahead(phase);
        progress.work_ahead(total, total - self.cells.iter().map(ahead).sum::<u64>());
        let open: Vec<&Standing> = self.cells.iter().filter(|standing| ahead(standing) > 0).collect();
        let finished = AtomicUsize::new(self.cells.len() - open.len());
        let mut open = side_by_side(open, |one, other| one.goes_with(other));
        // The longest first.
        let longest = |group: &[&Standing]| group.iter().map(|standing| ahead(standing)).max();
        open.sort_by_key(|group| (std::cmp::Reverse(longest(group)), group[0].cell.name()));
        let purse = self.world.purse();
        let gaps = Mutex::new(Vec::new());
        let work = |group: &Vec<&Standing>| {
            // An interrupted run, or one that another cell has ended, starts nothing more.
            if stop.is_requested() || purse.is_stopped() {
                return Err(self.ending().interrupted(0));
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
                RunError::Interrupted { .. } => self.ending().early(finished),
                // Whatever Ctrl-C did to the processes beside this one.
                _ if stop.is_requested() => self.ending().interrupted(finished),
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
            if whole.len() < cells.len() {
                list(&self.directory, &whole)?;
            }
            join(&self.directory, &whole)?;
        }
        Ok(gaps)
    }

    fn run_group(&self, group: &[&Standing], phase: Phase, stop: &Stop, progress: &dyn Progress) -> Result<(), Ended> {
        group.iter().for_each(|standing| progress.cell_started(&standing.cell.name()));
        let mut working =
            group.iter().map(|standing| Working::begin(&self.directory, standing)).collect::<Result<Vec<_>, _>>()?;
        let traces = self.experiment.draft.traces;
        let context = Context { traces, stop, progress, ..Context::unwatched(&self.experiment, &self.world) };
        self.learn(&mut working, phase, &context)?;
        if phase != Phase::Train {
            self.evaluate(&mut working, &context)?;
        }
        group.iter().for_each(|standing| progress.cell_finished(&standing.cell.name()));
        Ok(())
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
        let updates = together::train(&mut members, context).map_err(|error| self.ending().of(&first.name(), error))?;
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
        let traces =
            together::evaluate(&mut members, context).map_err(|error| self.ending().of(&first.name(), error))?;
        for ((one, episodes), traces) in group.iter_mut().zip(files).zip(traces) {
            let path = one.files.folder.join(TRACES);
            let traces = serde_json::to_string(&traces).map_err(|error| RunError::file(&path, error))?;
            write_text(&path, &traces)?;
            episodes.finish()?;
            one.files.tested(self.start)?;
        }
        Ok(())
    }
}
