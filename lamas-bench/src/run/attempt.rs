//! One trial, run and judged.

use std::sync::Arc;

use lamas_controller::released::{self, Blocks};
use lamas_core::chat::ChatError;
use lamas_core::critical_path;
use lamas_core::exec::Executor;
use lamas_core::operator::Failure;
use lamas_core::orchestrator::Orchestrator;
use lamas_core::pipeline::Pipeline;
use lamas_core::random::Seed;
use lamas_core::units::Usd;
use lamas_methods::planner::AttemptVerdict;
use lamas_methods::{Decider, Drawing, Draws, Measures, Trial};
use lamas_operators::agreement::Agreement;
use lamas_record::rows::Split;

use super::cell::Cell;
use super::context::{CellError, Context};
use super::episode::Run;
use super::judge::{judge, judge_text};

/// Runs a trial until an attempt at it counts. Who decided in that comes back with it.
///
/// # Errors
/// When the model or the sandbox cannot be used any more.
pub async fn run(cell: &Cell, trial: Trial, split: Split, context: &Context<'_>) -> Result<(Decider, Run), CellError> {
    let query = Query { cell, row: trial.row, pass: trial.pass, split, context };
    let mut session = match trial.decider {
        Decider::Graph(graph) => {
            let run = query.attempt(0, &mut *graph.orchestrator()).await?;
            return Ok((Decider::Graph(graph), run));
        }
        Decider::Field(field) => {
            let mut drawing = Drawing::new((*field).clone());
            let run = query.attempt(0, &mut drawing).await?;
            return Ok((Decider::Field(field), query.drawn(&drawing, run).await?));
        }
        Decider::Session(session) => session,
    };
    let (mut attempts, mut wasted) = (0, Usd::ZERO);
    loop {
        let mut run = query.attempt(attempts, &mut *session).await?;
        (run.draws, run.redraws, run.wasted) = (session.draws(), attempts, wasted);
        match session.verdict(attempts, &run.episode.trace) {
            AttemptVerdict::Counts(session) => return Ok((Decider::Session(session), run)),
            AttemptVerdict::GivenUp { session, reason } => {
                run.unscore(reason);
                return Ok((Decider::Session(session), run));
            }
            AttemptVerdict::Again { session: next, billed } => {
                (attempts, wasted, session) = (attempts + 1, wasted + billed, next);
            }
        }
    }
}

/// A query of a cell, in one pass over its split.
struct Query<'a> {
    cell: &'a Cell,
    row: usize,
    pass: u32,
    split: Split,
    context: &'a Context<'a>,
}

impl Query<'_> {
    /// The same with all that was drawn, each solution scored by itself.
    async fn drawn(&self, drawing: &Drawing, run: Run) -> Result<Run, CellError> {
        let (rules, world) = (self.cell.data.dataset.manifest.scorer, self.context.world);
        let mut right = Vec::new();
        for solution in drawing.made() {
            right.push(judge_text(rules, &run.task, &solution.text, world.checker()).await.score);
        }
        if let Some(message) = world.broken() {
            return Err(CellError::Broken(message.to_owned()));
        }
        let measures = Measures { gamma: self.context.gamma, price: world.price() };
        let row = drawing.row(&run.task.problem, &run.episode.trace, &right, &Agreement, measures);
        Ok(Run { drawn: Some(Arc::new(row)), ..run })
    }

    async fn attempt(&self, attempts: u32, orchestrator: &mut dyn Orchestrator) -> Result<Run, CellError> {
        let (cell, pass, world) = (self.cell, self.pass, self.context.world);
        let data = &cell.data;
        let task = match self.split {
            Split::Train => &data.dataset.train[self.row],
            Split::Test => &data.dataset.test[self.row],
        };
        // The same for every method, so that methods are compared on the same samples wherever they ask the same.
        let replicate = Seed(cell.seed).derive("replicate", &[self.split as u64, u64::from(pass)]);
        // A further attempt at the same query asks anew.
        let replicate = if attempts == 0 { replicate } else { replicate.derive("attempt", &[u64::from(attempts)]) }.0;
        let executor = Executor::new(data.operators.clone(), world.workbench(), cell.method.schedule)
            .comparing(Arc::new(Agreement));
        let pipeline: Pipeline = data.pipeline(cell.method.steps);
        let episode = executor.run(&task.problem, &pipeline, orchestrator, replicate).await;
        match &episode.failure {
            Some(Failure::Chat(ChatError::Unrecorded(message))) => return Err(CellError::Unrecorded(message.clone())),
            Some(failure) if failure.is_fatal() => return Err(CellError::Fatal(failure.to_string())),
            _ => {}
        }
        let score = judge(data.dataset.manifest.scorer, task, &episode, world.checker()).await;
        if let Some(message) = world.broken() {
            return Err(CellError::Broken(message.to_owned()));
        }
        let gamma = self.context.gamma;
        let path = critical_path::by_tokens(&episode.trace, gamma);
        let latency = critical_path::by_time(&episode.trace).length;
        let released_path = released::by_tokens(&episode.trace, gamma, Blocks::All).length;
        let layers_path = released::by_tokens(&episode.trace, gamma, Blocks::Layers);
        let (task, draws, redraws, wasted, drawn) = (Arc::clone(task), Draws::default(), 0, Usd::ZERO, None);
        Ok(Run { task, pass, episode, score, path, released_path, layers_path, latency, draws, redraws, wasted, drawn })
    }
}
