//! Asks what the bank of an experiment lacks: the roots first, then what hangs on them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt;
use lamas_experiment::config::Experiment;
use lamas_methods::Kind;
use lamas_store::Counted;

use super::missing::{Bank, count_roots};
use super::root::Root;
use crate::forecast::rehearse::rehearse;
use crate::run::RunError;
use crate::run::cell::Cell;
use crate::run::context::{CellError, Context};
use crate::run::progress::Progress;
use crate::run::stop::Stop;
use crate::run::sweep::Sweep;
use crate::run::world::World;

/// How far the filling of a bank is.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What is being asked.
    pub part: Part,
    /// How much of it is done, in the part's units.
    pub done: u64,
    /// How much of it there is.
    pub all: u64,
    /// Calls that were made since the start.
    pub calls: u64,
    /// Their tokens, prompts and answers.
    pub tokens: u64,
    /// How long the part will still take, at the pace so far; `None` while there is none.
    pub left: Option<Duration>,
}

/// The two parts of a filling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What operators ask of a problem alone; counted in answers.
    Roots,
    /// What cells ask beyond that; counted in episodes.
    Cells,
}

/// What came of a filling.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Calls that were made.
    pub calls: u64,
    /// Their tokens, prompts and answers.
    pub tokens: u64,
    /// What could not be had: why, where for the first time, and how often.
    pub failed: BTreeMap<String, (String, u64)>,
}

impl Filled {
    fn failed(&mut self, place: impl FnOnce() -> String, why: String) {
        self.failed.entry(why).or_insert_with(|| (place(), 0)).1 += 1;
    }
}

/// Fills the bank of an experiment that is ready to run, and tells now and then how far it is.
///
/// # Errors
/// When it was interrupted, the budget is spent, or the model cannot be used. What was answered is kept.
pub fn fill(sweep: &Sweep, stop: &Stop, tell: &(dyn Fn(&Standing) + Sync)) -> Result<Filled, RunError> {
    let experiment = sweep.experiment();
    let Some(bank) = Bank::of(experiment) else {
        let message = "there is no bank to fill; let an endpoint be the `model`, and `store.mode` be `bank`";
        return Err(experiment.tree.error("store", format!("store: {message}")).into());
    };
    let filling =
        Filling { sweep, experiment, bank, stop, tell, begun: Begun::of(sweep.world()), filled: Mutex::default() };
    let ran = stop.during(|| filling.roots().and_then(|()| filling.cells()));
    let spent = filling.begun.since(sweep.world());
    let closed = sweep.world().purse().close();
    ran?;
    closed.map_err(|message| RunError::file(sweep.directory().root(), message))?;
    let filled = filling.filled.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Filled { calls: spent.0, tokens: spent.1, ..filled })
}

/// What had been paid before.
struct Begun {
    calls: u64,
    tokens: u64,
}

impl Begun {
    fn of(world: &World) -> Self {
        let spent = world.purse().spent();
        Self { calls: spent.calls, tokens: spent.tokens.0 }
    }

    /// Calls and tokens since then.
    fn since(&self, world: &World) -> (u64, u64) {
        let Self { calls, tokens } = Self::of(world);
        (calls - self.calls, tokens - self.tokens)
    }
}

struct Filling<'a> {
    sweep: &'a Sweep,
    experiment: &'a Experiment,
    bank: Bank,
    stop: &'a Stop,
    tell: &'a (dyn Fn(&Standing) + Sync),
    begun: Begun,
    filled: Mutex<Filled>,
}

impl Filling<'_> {
    fn world(&self) -> &World {
        self.sweep.world()
    }

    fn filled(&self) -> MutexGuard<'_, Filled> {
        self.filled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn context<'c>(&'c self, progress: &'c dyn Progress) -> Context<'c> {
        Context { stop: self.stop, progress, ..Context::unwatched(self.experiment, self.world()) }
    }

    /// Asks every root that is not whole. Their order is kept as far as calls at once allow, so that a bank which is not full
    /// yet has the first rows whole.
    fn roots(&self) -> Result<(), RunError> {
        let cells: Vec<Cell> = self.sweep.cells().cloned().collect();
        let counted = count_roots(self.experiment, self.sweep.datasets(), &cells, &self.bank)?;
        // Several operators may ask the same; it is counted where it is asked first.
        let mut before = Counted::default();
        let mut fresh = |counted: &Counted| {
            let fresh = counted.beyond(&before) as u64;
            before.add(counted);
            fresh
        };
        let lacking: Vec<(Root, u64)> = counted
            .into_iter()
            .filter(|(_, counted)| counted.missing() > 0)
            .map(|(root, counted)| (root, fresh(&counted)))
            .collect();
        let told = Told::new(self, Part::Roots, lacking.iter().map(|(_, missing)| missing).sum());
        let samples = self.bank.samples();
        let at_once = self.experiment.draft.concurrency.div_ceil(samples.get() as usize);
        let context = self.context(&told);
        for window in lacking.chunks(context.window()) {
            context.check().map_err(|error| self.ended(error, 0))?;
            let told = &told;
            let asked = window.iter().map(|(root, missing)| async move {
                let failure = root.ask(samples, self.world().workbench()).await.failure;
                told.episodes(*missing);
                (root, failure)
            });
            let asked = futures::stream::iter(asked).buffered(at_once).collect::<Vec<_>>();
            let asked = self.world().timeline().block_on(context.unless_stopped(asked));
            for (root, failure) in asked.map_err(|error| self.ended(error, 0))? {
                match failure {
                    Some(failure) if failure.is_fatal() => {
                        return Err(self.ended(CellError::Fatal(failure.to_string()), 0));
                    }
                    Some(failure) => self.filled().failed(|| root.title(), failure.to_string()),
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// Runs every cell on the bank, those first whose graphs are known beforehand.
    fn cells(&self) -> Result<(), RunError> {
        let mut cells: Vec<&Cell> = self.sweep.cells().collect();
        cells.sort_by_key(|cell| !matches!(cell.plan.kind(), Kind::Fixed | Kind::Hindsight));
        let all = cells.iter().map(|cell| cell.training_episodes() + cell.test_episodes()).sum();
        let told = Told::new(self, Part::Cells, all);
        for (finished, cell) in cells.iter().enumerate() {
            let rehearsal = match rehearse(&[cell], &self.context(&told)) {
                Ok(rehearsal) => rehearsal,
                // It gave up by itself, and will do so whatever is recorded.
                Err(CellError::Controller(error)) => {
                    self.filled().failed(|| cell.name(), error.to_string());
                    continue;
                }
                Err(error) => return Err(self.ended(error, finished)),
            };
            let mut filled = self.filled();
            for row in rehearsal.train.rows.iter().chain(&rehearsal.test.rows).filter(|row| row.score.is_none()) {
                filled.failed(|| format!("{} on {}", cell.name(), row.problem), row.reason.clone());
            }
        }
        Ok(())
    }

    fn ended(&self, error: CellError, finished: usize) -> RunError {
        self.sweep.ended_while_filling(error, finished)
    }
}

/// Counts what is done of a part, and tells.
struct Told<'a> {
    filling: &'a Filling<'a>,
    part: Part,
    all: u64,
    done: AtomicU64,
    start: Instant,
}

impl<'a> Told<'a> {
    fn new(filling: &'a Filling<'a>, part: Part, all: u64) -> Self {
        let told = Self { filling, part, all, done: AtomicU64::new(0), start: Instant::now() };
        told.episodes(0);
        told
    }
}

impl Progress for Told<'_> {
    fn stage(&self, _: &str) {}
    fn work_ahead(&self, _: u64, _: u64) {}
    fn cell_started(&self, _: &str) {}
    fn cell_finished(&self, _: &str) {}
    fn waiting(&self, _: &str) {}
    fn finish(&self) {}

    fn episodes(&self, count: u64) {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        let (calls, tokens) = self.filling.begun.since(self.filling.world());
        let pace = || self.start.elapsed().as_secs_f64() / done as f64;
        let left = (done > 0).then(|| Duration::from_secs_f64(pace() * self.all.saturating_sub(done) as f64));
        (self.filling.tell)(&Standing { part: self.part, done, all: self.all, calls, tokens, left });
    }
}
