//! Runs an orchestrator's decisions: a dataset's steps before the layers, the layers, and the steps after them.
//!
//! A layer's operators read everything that the layers before left; the nodes of a graph (`graph`) read what they name. A
//! layer, a step and a node are all races (`race`), whose entrants run `at_once` or `one_by_one`.
//! There is one executor for all methods and datasets. It knows no rewards and no split; time passes on tokio's clock, so
//! that with a paused clock the same code is simulated in no time.

mod at_once;
mod drains;
mod executor;
mod graph;
mod lanes;
mod one_by_one;
mod race;
mod racing;

use std::sync::Arc;

use self::drains::Drained;
pub use self::executor::Executor;
use self::racing::{Ground, Raced};
use crate::events::Event;
use crate::operator::{Failure, Role, Solution, State};
use crate::orchestrator::{Decision, LayerReport, Observation, Orchestrator, Schedule};
use crate::pipeline::{Pipeline, Step};
use crate::problem::{Problem, ProblemId};
use crate::race::Race;
use crate::scope::{Recording, Scope};
use crate::trace::{SpanKind, Trace};

/// One query, answered.
#[derive(Debug, Clone)]
pub struct Episode {
    /// Which problem.
    pub problem: ProblemId,
    /// The layers that were run, in order, skipped operators among them.
    pub layers: Vec<LayerReport>,
    /// The answer; `None` when no operator produced any or the episode failed.
    pub answer: Option<Solution>,
    /// Everything that was done.
    pub trace: Trace,
    /// Why the episode is unscored.
    pub failure: Option<Failure>,
}

impl Executor {
    /// Runs one episode to its end. A failure ends it and is recorded; it is never a wrong answer.
    pub async fn run(
        &self,
        problem: &Problem,
        pipeline: &Pipeline,
        orchestrator: &mut dyn Orchestrator,
        replicate: u64,
    ) -> Episode {
        let workbench = self.workbench.clone();
        let recording = match &self.sink {
            Some(sink) => Recording::told(workbench, replicate, problem.id.clone(), Arc::clone(sink)),
            None => Recording::start(workbench, replicate),
        };
        let ground = Ground { executor: self, problem, drains: Arc::default() };
        let drains = Arc::clone(&ground.drains);
        let scope = recording.scope();
        let mut run = Run { ground, scope, state: State::default(), layers: vec![], drained: vec![] };
        let failure = drains.beside(run.all(pipeline, orchestrator)).await.err();
        let answer = if failure.is_none() { run.state.current().cloned() } else { None };
        recording.tell(|| Event::Answered(answer.clone()));
        drains.end().await;
        let layers = run.with_drained();
        Episode { problem: problem.id.clone(), layers, answer, trace: recording.trace(), failure }
    }
}

/// An episode under way.
struct Run<'a> {
    ground: Ground<'a>,
    scope: Scope,
    state: State,
    layers: Vec<LayerReport>,
    /// Who ran on behind an answer, with its layer.
    drained: Vec<(usize, Drained)>,
}

impl Run<'_> {
    async fn all(&mut self, pipeline: &Pipeline, orchestrator: &mut dyn Orchestrator) -> Result<(), Failure> {
        for (index, step) in (0..).zip(&pipeline.pre) {
            self.step(SpanKind::PreStep(index), step).await?;
        }
        loop {
            let seen = Observation {
                problem: self.ground.problem,
                operators: &self.ground.executor.operators,
                state: &self.state,
                layers: &self.layers,
            };
            let race = match orchestrator.decide(&seen) {
                Decision::Stop => break,
                Decision::Graph(nodes) => {
                    self.graph(&nodes).await?;
                    continue;
                }
                Decision::Layer(names) => Race::layer(names),
                Decision::Race(race) => race,
            };
            if self.layer(&race).await? {
                break;
            }
        }
        for (index, step) in (0..).zip(&pipeline.post) {
            self.step(SpanKind::PostStep(index), step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, kind: SpanKind, step: &Step) -> Result<(), Failure> {
        if step.when.holds(&self.state) {
            self.block(kind, &Race::layer([step.run.clone()]), Schedule::Sequential).await?;
        }
        Ok(())
    }

    /// Runs a layer; true when it ends the graph.
    async fn layer(&mut self, race: &Race) -> Result<bool, Failure> {
        let index = self.layers.len();
        let kind = SpanKind::Layer(u32::try_from(index).expect("a graph has far fewer than 2^32 layers"));
        let Raced { operators, waves, drained, .. } = self.block(kind, race, self.ground.executor.schedule).await?;
        let set = &self.ground.executor.operators;
        let stops = operators.iter().filter_map(|report| set.get(&report.operator)).any(|o| o.role() == Role::Stop);
        self.layers.push(LayerReport { operators, reads: None, waves });
        self.drained.extend(drained.into_iter().map(|drained| (index, drained)));
        Ok(stops)
    }

    async fn block(&mut self, kind: SpanKind, race: &Race, schedule: Schedule) -> Result<Raced, Failure> {
        let mut block = self.scope.enter(kind);
        let result = self.ground.race(&self.state, race, &mut block, schedule).await;
        block.leave(|_| ());
        self.scope.join([block]);
        let raced = result?;
        self.state = raced.state.clone();
        Ok(raced)
    }

    /// The layers, once all that ran on has ended and it is known what that took.
    fn with_drained(mut self) -> Vec<LayerReport> {
        for (layer, Drained { operator, group }) in self.drained {
            self.scope.recorder().spare(group);
            self.layers[layer].operators[operator].output = self.scope.recorder().output(Some(group));
        }
        self.layers
    }
}
