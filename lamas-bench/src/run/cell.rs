//! One method on one dataset with one lambda_t and one seed: the one loop that trains and evaluates.

use std::sync::Arc;

use candle_core::{DType, Tensor};
use futures::StreamExt;
use lamas_controller::ControllerError;
use lamas_controller::released::{self, Blocks};
use lamas_controller::settings::{REDRAWS, Settings};
use lamas_core::critical_path;
use lamas_core::exec::Executor;
use lamas_core::pipeline::Pipeline;
use lamas_core::random::Seed;
use lamas_core::units::{Gamma, Usd};

use super::episode::{Run, update_row};
use super::judge::judge;
use super::plan::hindsight::Hindsight;
use super::plan::{Planner, Session, Trial, Tried, routed, searched};
use super::prepare::Prepared;
use super::progress::Progress;
use super::stop::{GRACE, Stop};
use super::world::{Timeline, World};
use lamas_experiment::config::{Method, Plan};
use lamas_record::RecordError;
use lamas_record::directory::cell_name;
use lamas_record::rows::{CellKey, Episodes, Split, UpdateRow};
use lamas_record::traces::SavedTrace;

/// One cell of a sweep.
#[derive(Clone)]
pub struct Cell {
    /// Which method.
    pub method: Arc<Method>,
    /// The settings; `None` for a fixed graph.
    pub settings: Option<Settings>,
    /// Which dataset.
    pub data: Arc<Prepared>,
    /// The training seed.
    pub seed: u64,
}

/// What a cell runs in.
pub struct Surroundings<'a> {
    /// Who answers, who runs programs.
    pub world: &'a World,
    /// Episodes in flight.
    pub concurrency: usize,
    /// Tokens per second of tool time, the same for every method (equation 9).
    pub gamma: Gamma,
    /// How many test queries leave their whole trace.
    pub traces: usize,
    /// Whether the user wants the run to end.
    pub stop: &'a Stop,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

/// Why a cell ended early.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// The run is to end.
    #[error("interrupted")]
    Stopped,
    /// The model cannot be used until the user acts.
    #[error("{0}")]
    Fatal(String),
    /// The sandbox runs nothing any more.
    #[error("{0}")]
    Broken(String),
    /// The controller gave up.
    #[error(transparent)]
    Controller(#[from] ControllerError),
    /// An episode cannot be written down.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl Cell {
    /// What its rows share.
    #[must_use]
    pub fn key(&self, simulated: bool) -> CellKey {
        CellKey {
            dataset: self.data.dataset.manifest.name.clone(),
            method: self.method.name.clone(),
            lambda_t: self.settings.as_ref().map(|settings| settings.lambda_t),
            seed: self.seed,
            simulated,
        }
    }

    /// Its folder's name, e.g. `words.lamas.1e-4.s1`.
    #[must_use]
    pub fn name(&self) -> String {
        let lambda_t = self.settings.as_ref().map(|settings| settings.lambda_t);
        cell_name(&self.data.dataset.manifest.name, &self.method.name, lambda_t, self.seed)
    }

    /// How many episodes its learning takes: never more than K passes over the training rows.
    #[must_use]
    pub fn training_episodes(&self) -> u64 {
        let Some(settings) = &self.settings else { return 0 };
        let rows = self.data.dataset.train.len();
        let episodes = match &self.method.plan {
            Plan::Fixed(_) | Plan::Hindsight(_) => 0,
            Plan::Drawn | Plan::Gated(_) => settings.passes as usize * rows,
            Plan::Searched(spec) => searched::race(spec, settings, rows).episodes(),
            Plan::Routed(spec) => routed::episodes(spec, settings, &self.data),
        };
        episodes as u64
    }

    /// How many episodes its evaluation takes.
    #[must_use]
    pub fn test_episodes(&self) -> u64 {
        let attempts = match &self.method.plan {
            Plan::Hindsight(spec) => Hindsight::new(self, spec).map_or(1, |hindsight| hindsight.attempts()),
            _ => 1,
        };
        (attempts * self.data.dataset.test.len()) as u64
    }

    /// The embeddings of the operators' descriptions: `[operators, dimensions]`.
    ///
    /// # Errors
    /// When they do not make a tensor.
    pub fn descriptions(&self) -> Result<Tensor, ControllerError> {
        let rows: Vec<usize> = (0..self.data.descriptions.len()).collect();
        self.data.descriptions.tensor(&rows, DType::F32)
    }

    /// The seed of fresh weights.
    #[must_use]
    pub fn weights(&self) -> Seed {
        Seed(self.seed).derive("weights", &[])
    }

    /// Runs whatever the planner wants to try, writes it down, and tells the planner what came of it, until it has nothing
    /// more to try. What is left is a row for each update.
    ///
    /// # Errors
    /// When the run is to end early, the controller gives up, or an episode cannot be written down.
    pub fn train<P: Planner>(
        &self,
        planner: &mut P,
        episodes: &mut dyn Episodes,
        around: &Surroundings<'_>,
    ) -> Result<Vec<UpdateRow>, CellError> {
        let timeline = around.world.timeline();
        let (mut updates, mut positions) = (Vec::new(), Vec::new());
        loop {
            around.check()?;
            let trials = planner.next()?;
            let Some(pass) = trials.first().map(|trial| trial.pass) else { return Ok(updates) };
            let runs = self.run_all(trials, Split::Train, &timeline, around)?;
            let (tried, done): (Vec<_>, Vec<Run>) = runs.into_iter().unzip();
            if let Some(update) = planner.learn(tried)? {
                updates.push(update_row(pass, updates.len(), &update, &done));
            }
            for run in done {
                let position = next_position(&mut positions, run.pass);
                episodes.push(run.row(Split::Train, position, self.settings.as_ref()))?;
            }
        }
    }

    /// One pass over the test queries; nothing is learned from them. What is left is the whole traces of the first of them.
    ///
    /// # Errors
    /// When the run is to end early, the controller gives up, or an episode cannot be written down.
    pub fn evaluate<P: Planner>(
        &self,
        planner: &P,
        episodes: &mut dyn Episodes,
        around: &Surroundings<'_>,
    ) -> Result<Vec<SavedTrace>, CellError> {
        let timeline = around.world.timeline();
        let rows: Vec<usize> = (0..self.data.dataset.test.len()).collect();
        let (mut traces, mut positions) = (Vec::new(), 0..);
        // The scores of all queries at once would be large; a window of queries keeps memory flat.
        for window in rows.chunks(WINDOW.max(around.concurrency)) {
            around.check()?;
            let answers = planner.answers(window)?;
            let attempts: Vec<usize> = answers.iter().map(Vec::len).collect();
            let answers = answers.into_iter().flatten().collect();
            let mut done = self.run_all(answers, Split::Test, &timeline, around)?.into_iter().map(|(_, run)| run);
            for attempts in attempts {
                let mut of_query: Vec<Run> = done.by_ref().take(attempts).collect();
                let rewards: Vec<_> = of_query.iter().map(|run| run.reward(self.settings.as_ref())).collect();
                let run = of_query.swap_remove(planner.choose(&rewards));
                if traces.len() < around.traces {
                    traces.push(run.saved());
                }
                let position = positions.next().expect("there are positions without end");
                episodes.push(Run { pass: 0, ..run }.row(Split::Test, position, self.settings.as_ref()))?;
            }
        }
        Ok(traces)
    }

    /// Runs trials, so many at once; results in order.
    fn run_all<S: Session>(
        &self,
        trials: Vec<Trial<S>>,
        split: Split,
        timeline: &Timeline<'_>,
        around: &Surroundings<'_>,
    ) -> Result<Vec<(Tried<S>, Run)>, CellError> {
        let mut done = Vec::with_capacity(trials.len());
        let mut left = trials.into_iter();
        loop {
            around.check()?;
            // So many at once that an interrupted run stops soon.
            let runs: Vec<_> = left.by_ref().take(WINDOW.max(around.concurrency)).collect();
            if runs.is_empty() {
                return Ok(done);
            }
            let runs = runs.into_iter().map(|trial| self.run(trial, split, around));
            let ran = futures::stream::iter(runs).buffered(around.concurrency);
            // Live episodes take minutes: each is told of when it is done.
            let ran = ran.inspect(|_| around.progress.episodes(1)).collect::<Vec<_>>();
            for result in timeline.block_on(around.unless_stopped(ran))? {
                done.push(result?);
            }
        }
    }

    /// The first attempt at a query, or where draws that raise are drawn anew, the first that does not raise.
    async fn run<S: Session>(
        &self,
        trial: Trial<S>,
        split: Split,
        around: &Surroundings<'_>,
    ) -> Result<(Tried<S>, Run), CellError> {
        let Trial { row, pass, mut session } = trial;
        let (mut redraws, mut wasted) = (0, Usd::ZERO);
        loop {
            let mut run = self.attempt(row, pass, redraws, split, &mut session, around).await?;
            (run.redraws, run.wasted) = (redraws, wasted);
            match session.again(redraws + 1) {
                Some(next) if redraws < REDRAWS => {
                    wasted += released::billed_before_steps(&run.episode.trace);
                    (redraws, session) = (redraws + 1, next);
                    continue;
                }
                Some(_) => run.unscore(format!("{REDRAWS} redraws and the first draw all raised")),
                None => {}
            }
            return Ok((Tried { row, session, outcome: run.outcome(self.settings.as_ref()) }, run));
        }
    }

    async fn attempt<S: Session>(
        &self,
        row: usize,
        pass: u32,
        redraws: u32,
        split: Split,
        session: &mut S,
        around: &Surroundings<'_>,
    ) -> Result<Run, CellError> {
        let (world, data) = (around.world, &self.data);
        let task = match split {
            Split::Train => &data.dataset.train[row],
            Split::Test => &data.dataset.test[row],
        };
        // The same for every method, so that methods are compared on the same samples wherever they ask the same.
        let replicate = Seed(self.seed).derive("replicate", &[split as u64, u64::from(pass)]);
        // A further attempt at the same query asks anew.
        let replicate = if redraws == 0 { replicate } else { replicate.derive("attempt", &[u64::from(redraws)]) }.0;
        let executor = Executor::new(data.operators.clone(), world.workbench(), self.method.schedule);
        let pipeline: Pipeline = data.pipeline(self.method.steps);
        let episode = executor.run(&task.problem, &pipeline, session, replicate).await;
        if let Some(failure) = episode.failure.as_ref().filter(|failure| failure.is_fatal()) {
            return Err(CellError::Fatal(failure.to_string()));
        }
        let score = judge(data.dataset.manifest.scorer, task, &episode, world.checker()).await;
        if let Some(message) = world.broken() {
            return Err(CellError::Broken(message.to_owned()));
        }
        let path = critical_path::by_tokens(&episode.trace, around.gamma);
        let latency = critical_path::by_time(&episode.trace).length;
        let released_path = released::by_tokens(&episode.trace, around.gamma, Blocks::All).length;
        let layers_path = released::by_tokens(&episode.trace, around.gamma, Blocks::Layers);
        let (task, said) = (Arc::clone(task), session.said());
        let (redraws, wasted) = (0, Usd::ZERO);
        Ok(Run { task, pass, episode, score, path, released_path, layers_path, latency, said, redraws, wasted })
    }
}

/// Episodes that are started before the next look at whether the run is to end.
pub const WINDOW: usize = 64;

/// The place of the next episode within its pass.
fn next_position(positions: &mut Vec<u32>, pass: u32) -> u32 {
    let pass = pass as usize;
    if positions.len() <= pass {
        positions.resize(pass + 1, 0);
    }
    positions[pass] += 1;
    positions[pass] - 1
}

impl Surroundings<'_> {
    fn check(&self) -> Result<(), CellError> {
        let purse = self.world.purse();
        let ends = self.stop.is_requested() || purse.is_stopped() || purse.reached().is_some();
        if ends { Err(CellError::Stopped) } else { Ok(()) }
    }

    /// What comes of work, unless the run is interrupted first. Then no further call is made, pauses end, and calls in
    /// flight have a few seconds: what they answer is paid for, and is kept.
    async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, CellError> {
        tokio::pin!(work);
        tokio::select! {
            biased;
            () = self.stop.requested() => {}
            done = &mut work => return Ok(done),
        }
        self.world.purse().stop("interrupted");
        if self.world.is_live() {
            // Cut off or not: the cell begins anew, with the answers that the store keeps.
            let _ = tokio::time::timeout(GRACE, work).await;
        }
        Err(CellError::Stopped)
    }
}
