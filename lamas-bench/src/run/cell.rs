//! One method on one dataset with one lambda_t and one seed: the one loop that trains and evaluates.

use std::sync::atomic::Ordering;
use std::sync::{Arc, atomic::AtomicBool};

use futures::StreamExt;
use lamas_controller::ControllerError;
use lamas_controller::credit::Outcome;
use lamas_controller::episode::Episode as Decisions;
use lamas_controller::orchestrate::Session;
use lamas_controller::reinforce::{Learner, Update};
use lamas_controller::settings::{Penalised, REDRAWS, Selection, Settings};
use lamas_core::critical_path::{self, CriticalPath};
use lamas_core::exec::{Episode, Executor};
use lamas_core::orchestrator::{FixedGraph, Orchestrator};
use lamas_core::pipeline::Pipeline;
use lamas_core::problem::Task;
use lamas_core::random::Seed;
use lamas_core::released::{self, Blocks};
use lamas_core::trace::{SpanKind, Trace};
use lamas_core::units::{Gamma, PathTokens, Seconds, Usd};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::judge::judge;
use super::prepare::Prepared;
use super::progress::Progress;
use super::record::{CellKey, EpisodeRow, Split, UpdateRow};
use super::world::{Timeline, World};
use crate::config::{Method, Plan};
use crate::score::Score;

/// One cell of a sweep.
#[derive(Clone)]
pub struct Cell {
    /// Which method.
    pub method: Arc<Method>,
    /// The controller's settings; `None` for a fixed graph.
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
    /// Episodes in flight while it evaluates.
    pub concurrency: usize,
    /// Tokens per second of tool time, the same for every method (equation 9).
    pub gamma: Gamma,
    /// How many test queries leave their whole trace.
    pub traces: usize,
    /// Set when the run is to end early.
    pub stop: &'a AtomicBool,
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
    /// The controller gave up.
    #[error(transparent)]
    Controller(#[from] ControllerError),
}

/// What training leaves.
pub struct Trained {
    /// The controller.
    pub learner: Learner,
    /// Every training episode.
    pub episodes: Vec<EpisodeRow>,
    /// Every update.
    pub updates: Vec<UpdateRow>,
}

/// What evaluation leaves.
pub struct Evaluated {
    /// Every test episode.
    pub episodes: Vec<EpisodeRow>,
    /// The whole traces of the first of them.
    pub traces: Vec<SavedTrace>,
}

/// A whole trace, as `traces.json` holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedTrace {
    /// Schema of the trace.
    pub schema: u32,
    /// The problem's id.
    pub problem: String,
    /// S; `None` = unscored.
    pub score: Option<f64>,
    /// What happened.
    pub trace: Trace,
    /// Its critical path in tokens.
    pub critical_path: CriticalPath<PathTokens>,
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
        let lambda = self.settings.as_ref().map_or_else(String::new, |settings| format!(".{:e}", settings.lambda_t));
        format!("{}.{}{lambda}.s{}", self.data.dataset.manifest.name, self.method.name, self.seed)
    }

    /// How many episodes its training takes.
    #[must_use]
    pub fn training_episodes(&self) -> u64 {
        let passes = self.settings.as_ref().map_or(0, |settings| u64::from(settings.passes));
        passes * self.data.dataset.train.len() as u64
    }

    /// How many episodes its evaluation takes.
    #[must_use]
    pub fn test_episodes(&self) -> u64 {
        self.data.dataset.test.len() as u64
    }

    /// A controller that has learned nothing yet; `None` for a fixed graph.
    ///
    /// # Errors
    /// When the settings do not fit the operators.
    pub fn fresh_learner(&self) -> Result<Option<Learner>, ControllerError> {
        let Some(settings) = &self.settings else { return Ok(None) };
        let actions = self.data.actions(&settings.fallback)?;
        let rows: Vec<usize> = (0..self.data.descriptions.len()).collect();
        let descriptions = self.data.descriptions.tensor(&rows, candle_core::DType::F32)?;
        Learner::new(settings.clone(), actions, &descriptions, Seed(self.seed).derive("weights", &[])).map(Some)
    }

    /// K passes over the training queries in batches, one update after each batch.
    ///
    /// # Errors
    /// When the run is to end early or the controller gives up.
    pub fn train(&self, mut learner: Learner, around: &Surroundings<'_>) -> Result<Trained, CellError> {
        let timeline = around.world.timeline();
        let settings = learner.settings().clone();
        let (mut episodes, mut updates) = (Vec::new(), Vec::new());
        for pass in 0..settings.passes {
            for batch in self.order(pass).chunks(settings.batch) {
                around.check()?;
                let tables = learner.tables(&self.data.train, batch)?;
                let runs = batch.iter().zip(tables).map(|(&row, table)| {
                    let seed = Seed(self.seed).derive("draw", &[u64::from(pass), row as u64]);
                    self.learned(row, Split::Train, pass, Session::new(&learner, table, Selection::Draw, seed), around)
                });
                let done = timeline.block_on(futures::future::join_all(runs));
                around.progress.episodes(batch.len() as u64);
                let done = done.into_iter().collect::<Result<Vec<_>, _>>()?;
                let decisions: Vec<Decisions> = done.iter().map(|run| run.decisions.clone()).collect();
                let queries = self.data.train.tensor(batch, learner.policy().dtype())?;
                let update = learner.update(&queries, &decisions)?;
                updates.push(update_row(pass, updates.len(), &update, &done));
                for run in done {
                    let position = (episodes.len() - pass as usize * self.data.dataset.train.len()) as u32;
                    episodes.push(run.row(Split::Train, pass, position, Some(&learner)));
                }
            }
        }
        Ok(Trained { learner, episodes, updates })
    }

    /// One pass over the test queries; nothing is learned from them.
    ///
    /// # Panics
    /// When the method learns and no controller is given.
    ///
    /// # Errors
    /// When the run is to end early or the controller gives up.
    pub fn evaluate(&self, learner: Option<&Learner>, around: &Surroundings<'_>) -> Result<Evaluated, CellError> {
        let timeline = around.world.timeline();
        let rows: Vec<usize> = (0..self.data.dataset.test.len()).collect();
        let mut evaluated = Evaluated { episodes: Vec::with_capacity(rows.len()), traces: Vec::new() };
        // The tables of all queries at once would be large; a window of queries keeps memory flat.
        for window in rows.chunks(WINDOW.max(around.concurrency)) {
            around.check()?;
            let done = match &self.method.plan {
                Plan::Learned(_) => {
                    let learner = learner.expect("a method that learns is trained before it is evaluated");
                    self.evaluate_learned(learner, window, &timeline, around)?
                }
                Plan::Fixed(graph) => {
                    let runs = window.iter().map(|&row| {
                        let mut fixed = FixedGraph::new(graph.clone());
                        async move { self.fixed(row, &mut fixed, around).await }
                    });
                    timeline.block_on(in_flight(runs, around.concurrency))?
                }
            };
            around.progress.episodes(window.len() as u64);
            for run in done {
                let position = evaluated.episodes.len();
                if position < around.traces {
                    evaluated.traces.push(run.saved());
                }
                evaluated.episodes.push(run.row(Split::Test, 0, position as u32, learner));
            }
        }
        Ok(evaluated)
    }

    fn evaluate_learned(
        &self,
        learner: &Learner,
        window: &[usize],
        timeline: &Timeline<'_>,
        around: &Surroundings<'_>,
    ) -> Result<Vec<Run>, CellError> {
        let tables = learner.tables(&self.data.test, window)?;
        let runs = window.iter().zip(tables).map(|(&row, table)| {
            let seed = Seed(self.seed).derive("test draw", &[row as u64]);
            let session = Session::new(learner, table, learner.settings().evaluation, seed);
            self.learned(row, Split::Test, 0, session, around)
        });
        timeline.block_on(in_flight(runs, around.concurrency))
    }

    /// The training rows of a pass, shuffled.
    fn order(&self, pass: u32) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.data.dataset.train.len()).collect();
        rows.shuffle(&mut Seed(self.seed).stream("order", &[u64::from(pass)]));
        rows
    }

    async fn learned(
        &self,
        row: usize,
        split: Split,
        pass: u32,
        session: Session,
        around: &Surroundings<'_>,
    ) -> Result<Run, CellError> {
        let session = session.under(self.method.schedule);
        let (mut run, session) = self.attempts(row, split, pass, &session, around).await?;
        let layers = run.episode.layers.len();
        let penalised = self.settings.as_ref().map(|settings| settings.penalised).unwrap_or_default();
        let path = match penalised {
            Penalised::Whole => &run.path,
            Penalised::Layers => &run.layers_path,
        };
        let outcome = run
            .score
            .score
            .map(|right| Outcome::new(f64::from(u8::from(right)), run.episode.trace.cost(), path, layers));
        run.decisions = Decisions { layers: session.into_decisions(), outcome };
        Ok(run)
    }

    /// The first attempt, or where draws are drawn anew ([`Redraw`](lamas_controller::settings::Impossible::Redraw)), the first that does not raise.
    async fn attempts(
        &self,
        row: usize,
        split: Split,
        pass: u32,
        session: &Session,
        around: &Surroundings<'_>,
    ) -> Result<(Run, Session), CellError> {
        let (mut number, mut wasted) = (0, Usd::ZERO);
        loop {
            let mut session = session.attempt(number);
            let mut run = self.run(row, split, pass, number, &mut session, around).await?;
            let gives_up = session.raised() && number == REDRAWS;
            if gives_up {
                run.score =
                    Score { score: None, reason: format!("every one of {REDRAWS} redraws raised"), ..run.score };
            }
            if gives_up || !session.raised() {
                (run.redraws, run.wasted) = (number, wasted);
                return Ok((run, session));
            }
            wasted += released::billed_before_steps(&run.episode.trace);
            number += 1;
        }
    }

    async fn fixed(
        &self,
        row: usize,
        orchestrator: &mut FixedGraph,
        around: &Surroundings<'_>,
    ) -> Result<Run, CellError> {
        self.run(row, Split::Test, 0, 0, orchestrator, around).await
    }

    async fn run(
        &self,
        row: usize,
        split: Split,
        pass: u32,
        attempt: u32,
        orchestrator: &mut dyn Orchestrator,
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
        let replicate = if attempt == 0 { replicate } else { replicate.derive("attempt", &[u64::from(attempt)]) }.0;
        let executor = Executor::new(data.operators.clone(), world.workbench(), self.method.schedule);
        let pipeline: Pipeline = data.pipeline(self.method.steps);
        let episode = executor.run(&task.problem, &pipeline, orchestrator, replicate).await;
        if let Some(failure) = episode.failure.as_ref().filter(|failure| failure.is_fatal()) {
            return Err(CellError::Fatal(failure.to_string()));
        }
        let score = judge(data.dataset.manifest.scorer, task, &episode, world.checker()).await;
        let path = critical_path::by_tokens(&episode.trace, around.gamma);
        let layers_path = released::by_tokens(&episode.trace, around.gamma, Blocks::Layers);
        let released_path = released::by_tokens(&episode.trace, around.gamma, Blocks::All).length;
        let latency = critical_path::by_time(&episode.trace).length;
        let decisions = Decisions { layers: Vec::new(), outcome: None };
        let (task, wasted) = (Arc::clone(task), Usd::ZERO);
        Ok(Run { task, episode, score, path, layers_path, released_path, latency, decisions, redraws: 0, wasted })
    }
}

/// Test queries whose tables are computed at once.
const WINDOW: usize = 64;

impl Surroundings<'_> {
    fn check(&self) -> Result<(), CellError> {
        if self.stop.load(Ordering::Relaxed) { Err(CellError::Stopped) } else { Ok(()) }
    }
}

/// Runs futures with a limit on how many are in flight; results in order.
async fn in_flight<F: Future<Output = Result<Run, CellError>>>(
    runs: impl Iterator<Item = F>,
    concurrency: usize,
) -> Result<Vec<Run>, CellError> {
    let done: Vec<_> = futures::stream::iter(runs).buffered(concurrency).collect().await;
    done.into_iter().collect()
}

/// One finished episode with everything that is said about it.
struct Run {
    task: Arc<Task>,
    episode: Episode,
    score: Score,
    path: CriticalPath<PathTokens>,
    /// The layers as the released code counts them.
    layers_path: CriticalPath<PathTokens>,
    /// The whole trace as the released code counts it.
    released_path: PathTokens,
    latency: Seconds,
    decisions: Decisions,
    /// Attempts before this one, which raised, and what they cost.
    redraws: u32,
    wasted: Usd,
}

impl Run {
    fn number(&self) -> Option<f64> {
        self.score.score.map(|right| f64::from(u8::from(right)))
    }

    fn saved(&self) -> SavedTrace {
        SavedTrace {
            schema: lamas_core::trace::SCHEMA,
            problem: self.task.problem.id.to_string(),
            score: self.number(),
            trace: self.episode.trace.clone(),
            critical_path: self.path.clone(),
        }
    }

    fn row(self, split: Split, pass: u32, position: u32, learner: Option<&Learner>) -> EpisodeRow {
        let trace = &self.episode.trace;
        let tools = || trace.work().filter(|(span, _)| span.kind == SpanKind::ToolRun).map(|(_, work)| work);
        let reward = match (&self.decisions.outcome, learner) {
            (Some(outcome), Some(learner)) => Some(outcome.reward(learner.settings())),
            _ => None,
        };
        let layers = &self.decisions.layers;
        let learned = !layers.is_empty();
        let entropy: f64 = layers.iter().map(|layer| layer.entropy).sum();
        EpisodeRow {
            split,
            pass,
            position,
            problem: self.task.problem.id.to_string(),
            layers: executed(&self.episode),
            drawn: learner.map_or_else(String::new, |learner| drawn(&self.decisions, learner)),
            score: self.number(),
            cp_len: self.path.length.0,
            cp_len_released: self.released_path.0,
            cp_len_layers: self.layers_path.length.0,
            redraws: self.redraws,
            latency_s: self.latency.0,
            cost_usd: (trace.cost() + self.wasted).0,
            input_tokens: trace.input_tokens().0,
            output_tokens: trace.output_tokens().0,
            model_calls: trace.model_calls() as u32,
            tool_s: tools().map(|work| work.working).sum::<Seconds>().0,
            waiting_s: trace.work().map(|(_, work)| work.waiting).sum::<Seconds>().0,
            reward_cost: reward.map(|reward| reward.cost),
            reward_latency: reward.map(|reward| reward.latency),
            reward: reward.map(|reward| reward.total()),
            log_prob: learned.then(|| layers.iter().map(|layer| layer.log_prob).sum()),
            entropy: learned.then(|| entropy / layers.len() as f64),
            measured_tool_s: tools().map(|work| work.measured).sum::<Seconds>().0,
            reason: self.score.reason,
            extracted: self.score.extracted,
            answer: self.episode.answer.map(|answer| answer.text.to_string()).unwrap_or_default(),
        }
    }
}

/// `a+b > c`; operators that had nothing to do in brackets.
fn executed(episode: &Episode) -> String {
    join(episode.layers.iter().map(|layer| {
        let name = |report: &lamas_core::orchestrator::OperatorReport| {
            if report.skipped { format!("[{}]", report.operator) } else { report.operator.to_string() }
        };
        layer.operators.iter().map(name).collect()
    }))
}

/// The raw draws in the same form.
fn drawn(decisions: &Decisions, learner: &Learner) -> String {
    let names = learner.actions().names();
    join(decisions.layers.iter().map(|layer| layer.drawn.iter().map(|&operator| names[operator].to_string()).collect()))
}

fn join(layers: impl Iterator<Item = Vec<String>>) -> String {
    layers.map(|layer| layer.join("+")).collect::<Vec<_>>().join(" > ")
}

fn update_row(pass: u32, index: usize, update: &Update, batch: &[Run]) -> UpdateRow {
    let scored: Vec<&Run> = batch.iter().filter(|run| run.score.score.is_some()).collect();
    let mean = |read: &dyn Fn(&Run) -> f64| {
        (!scored.is_empty()).then(|| scored.iter().map(|run| read(run)).sum::<f64>() / scored.len() as f64)
    };
    let entropy = |run: &Run| {
        let layers = &run.decisions.layers;
        layers.iter().map(|layer| layer.entropy).sum::<f64>() / layers.len() as f64
    };
    let step = update.step.as_ref();
    UpdateRow {
        pass,
        update: index as u32,
        scored: update.scored as u32,
        unscored: update.unscored as u32,
        loss: step.map(|step| step.loss),
        reward_mean: step.map(|step| step.rewards.mean),
        baseline_mean: step.map(|step| step.baseline.mean),
        baseline_std: step.map(|step| step.baseline.std),
        gradient_norm: step.map(|step| step.gradient_norm),
        score: mean(&|run| run.number().unwrap_or_default()),
        cp_len: mean(&|run| run.path.length.0),
        cost_usd: mean(&|run| run.episode.trace.cost().0),
        entropy: mean(&entropy),
    }
}
