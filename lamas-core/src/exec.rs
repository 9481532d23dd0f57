//! Runs an orchestrator's decisions: a dataset's steps before the layers, the layers, and the steps after them.
//!
//! A layer's operators read everything that the layers before left; the nodes of a graph (`graph`) read what they name.
//! There is one executor for all methods and datasets. It knows no rewards and no split; time passes on tokio's clock, so
//! that with a paused clock the same code is simulated in no time.

mod graph;

use futures::future::join_all;

use crate::operator::{Change, Failure, OperatorName, OperatorSet, Outcome, Role, Solution, State};
use crate::orchestrator::{Decision, LayerReport, Observation, OperatorReport, Orchestrator, Schedule};
use crate::pipeline::{Pipeline, Step};
use crate::problem::{Problem, ProblemId};
use crate::scope::{Recording, Scope, Workbench};
use crate::trace::{SpanKind, Trace, Trouble};

/// Runs episodes.
#[derive(Clone)]
pub struct Executor {
    operators: OperatorSet,
    workbench: Workbench,
    schedule: Schedule,
}

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
    /// An executor of these operators.
    #[must_use]
    pub fn new(operators: OperatorSet, workbench: Workbench, schedule: Schedule) -> Self {
        Self { operators, workbench, schedule }
    }

    /// Runs one episode to its end. A failure ends it and is recorded; it is never a wrong answer.
    pub async fn run(
        &self,
        problem: &Problem,
        pipeline: &Pipeline,
        orchestrator: &mut dyn Orchestrator,
        replicate: u64,
    ) -> Episode {
        let recording = Recording::start(self.workbench.clone(), replicate);
        let mut run =
            Run { executor: self, problem, scope: recording.scope(), state: State::default(), layers: vec![] };
        let failure = run.all(pipeline, orchestrator).await.err();
        let answer = if failure.is_none() { run.state.current().cloned() } else { None };
        Episode { problem: problem.id.clone(), layers: run.layers, answer, trace: recording.trace(), failure }
    }
}

/// An episode under way.
struct Run<'a> {
    executor: &'a Executor,
    problem: &'a Problem,
    scope: Scope,
    state: State,
    layers: Vec<LayerReport>,
}

impl Run<'_> {
    async fn all(&mut self, pipeline: &Pipeline, orchestrator: &mut dyn Orchestrator) -> Result<(), Failure> {
        for (index, step) in (0..).zip(&pipeline.pre) {
            self.step(SpanKind::PreStep(index), step).await?;
        }
        loop {
            let seen = Observation {
                problem: self.problem,
                operators: &self.executor.operators,
                state: &self.state,
                layers: &self.layers,
            };
            match orchestrator.decide(&seen) {
                Decision::Stop => break,
                Decision::Graph(nodes) => self.graph(&nodes).await?,
                Decision::Layer(names) => {
                    if self.layer(&names).await? {
                        break;
                    }
                }
            }
        }
        for (index, step) in (0..).zip(&pipeline.post) {
            self.step(SpanKind::PostStep(index), step).await?;
        }
        Ok(())
    }

    async fn step(&mut self, kind: SpanKind, step: &Step) -> Result<(), Failure> {
        if step.when.holds(&self.state) {
            self.block(kind, std::slice::from_ref(&step.run), Schedule::Sequential).await?;
        }
        Ok(())
    }

    /// Runs a layer; true when it ends the graph.
    async fn layer(&mut self, names: &[OperatorName]) -> Result<bool, Failure> {
        let index = u32::try_from(self.layers.len()).expect("a graph has far fewer than 2^32 layers");
        let operators = self.block(SpanKind::Layer(index), names, self.executor.schedule).await?;
        self.layers.push(LayerReport { operators, reads: None });
        let stops = names.iter().filter_map(|name| self.executor.operators.get(name)).any(|o| o.role() == Role::Stop);
        Ok(stops)
    }

    async fn block(
        &mut self,
        kind: SpanKind,
        names: &[OperatorName],
        schedule: Schedule,
    ) -> Result<Vec<OperatorReport>, Failure> {
        let mut block = self.scope.enter(kind);
        let result = match schedule {
            Schedule::Parallel => self.at_once(&mut block, names).await,
            Schedule::Sequential => self.one_by_one(&mut block, names).await,
        };
        block.leave(|_| ());
        self.scope.join([block]);
        result
    }

    /// All operators on one snapshot; their changes merged in declared order.
    async fn at_once(&mut self, block: &mut Scope, names: &[OperatorName]) -> Result<Vec<OperatorReport>, Failure> {
        let (executor, problem, state) = (self.executor, self.problem, &self.state);
        let tasks = names.iter().map(|name| {
            let scope = block.enter(SpanKind::Operator(name.clone()));
            run_operator(executor, name, problem, state, scope)
        });
        let (results, scopes): (Vec<_>, Vec<_>) = join_all(tasks).await.into_iter().unzip();
        block.join(scopes);
        let done = results.into_iter().collect::<Result<Vec<_>, _>>()?;
        let (reports, changes): (Vec<_>, Vec<Change>) = done.into_iter().unzip();
        self.state = self.state.merged(&changes);
        Ok(reports)
    }

    /// One operator after another, each on what the one before left.
    async fn one_by_one(&mut self, block: &mut Scope, names: &[OperatorName]) -> Result<Vec<OperatorReport>, Failure> {
        let mut reports = Vec::with_capacity(names.len());
        for name in names {
            let scope = block.enter(SpanKind::Operator(name.clone()));
            let (result, scope) = run_operator(self.executor, name, self.problem, &self.state, scope).await;
            block.join([scope]);
            let (report, change) = result?;
            self.state = self.state.merged(&[change]);
            reports.push(report);
        }
        Ok(reports)
    }
}

async fn run_operator(
    executor: &Executor,
    name: &OperatorName,
    problem: &Problem,
    state: &State,
    mut scope: Scope,
) -> (Result<(OperatorReport, Change), Failure>, Scope) {
    let Some(operator) = executor.operators.get(name) else {
        let failure = Failure::Unknown(name.clone());
        scope.leave(|span| span.trouble = Some(Trouble::Broke(failure.to_string())));
        return (Err(failure), scope);
    };
    let skipped = !operator.can_run(problem, state);
    let result = if skipped { Ok(Outcome::default()) } else { operator.run(problem, state, &mut scope).await };
    scope.leave(|span| {
        span.skipped = skipped;
        span.trouble = result.as_ref().err().map(|failure| Trouble::Broke(failure.to_string()));
    });
    let output = scope.output();
    let done =
        result.map(|Outcome { change, ran }| (OperatorReport { operator: name.clone(), skipped, ran, output }, change));
    (done, scope)
}
