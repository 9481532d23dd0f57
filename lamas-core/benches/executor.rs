//! What the executor and the critical path cost themselves: episodes with a model that answers at once, and the longest path
//! through traces of growing width. Whatever this is, a user waits for it on top of the model.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures::future::join_all;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, LatencySource, Lost, Message, Sampling, Timing,
    Usage,
};
use lamas_core::critical_path::{by_time, by_tokens};
use lamas_core::exec::{Episode, Executor};
use lamas_core::meter::CallMeter;
use lamas_core::operator::{Change, Failure, Operator, OperatorName, OperatorSet, Outcome, Role, Solution, State};
use lamas_core::orchestrator::{FixedGraph, Schedule};
use lamas_core::pipeline::Pipeline;
use lamas_core::problem::Problem;
use lamas_core::race::rules::First;
use lamas_core::race::{Entrant, Race, Until};
use lamas_core::scope::{Scope, Workbench};
use lamas_core::tool::{Interpreter, Program, ToolError, ToolRun};
use lamas_core::units::{Gamma, Price, Seconds, Tokens};
use lamas_testing::races::problem;

/// Layers of a graph.
const LAYERS: usize = 4;

/// Calls of a race.
const RACERS: u32 = 8;

/// Answers at once, and says that it took a while.
struct Instantly;

#[async_trait]
impl ChatModel for Instantly {
    async fn chat_metered(&self, request: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
        let output = 100 + u64::from(request.sample.ordinal % 50);
        Ok(ChatResponse {
            text: "an answer".into(),
            usage: Usage { input: Tokens(200), output: Tokens(output), counted: false },
            timing: Timing {
                working: Seconds(output as f64 / 50.0),
                attempts: 1,
                source: LatencySource::Simulated,
                ..Timing::default()
            },
            finish: FinishReason::Stop,
            lost: Lost::default(),
        })
    }
}

struct NoPrograms;

#[async_trait]
impl Interpreter for NoPrograms {
    async fn run_metered(&self, _: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        Err(ToolError("there is none".into()))
    }
}

/// One call, one candidate, which answers in one of two ways.
struct Ask(OperatorName);

#[async_trait]
impl Operator for Ask {
    fn name(&self) -> &OperatorName {
        &self.0
    }
    fn description(&self) -> &str {
        "asks once"
    }
    fn role(&self) -> Role {
        Role::Generate
    }
    fn can_run(&self, _: &Problem, _: &State) -> bool {
        true
    }
    async fn run(&self, problem: &Problem, _: &State, scope: &mut Scope) -> Result<Outcome, Failure> {
        let answer = scope.chat(vec![Message::user(problem.statement.as_ref())]).await?;
        let either = if answer.usage.output.0 % 2 == 0 { "even" } else { "odd" };
        let solution = Solution {
            text: answer.text,
            answer: Some(either.into()),
            by: self.0.clone(),
            passes_examples: None,
            behaviour: None,
        };
        Ok(Outcome { change: Change::Append(vec![solution]), ran: None })
    }
}

fn executor() -> Executor {
    let workbench = Workbench {
        chat: Arc::new(Instantly),
        interpreter: Arc::new(NoPrograms),
        sampling: Sampling::default(),
        price: Price { input: 0.15, output: 0.60 },
    };
    let ask: Arc<dyn Operator> = Arc::new(Ask("ask".into()));
    Executor::new(OperatorSet::new(vec![ask]), workbench, Schedule::Parallel)
}

/// So many episodes at once, each of four layers of this width.
async fn episodes(executor: &Executor, problem: &Problem, count: u64, width: usize) -> Vec<Episode> {
    let pipeline = Pipeline::default();
    let each = (0..count).map(|replicate| {
        let pipeline = &pipeline;
        async move {
            let mut graph = FixedGraph::new(vec![vec!["ask".into(); width]; LAYERS]);
            executor.run(problem, pipeline, &mut graph, replicate).await
        }
    });
    join_all(each).await
}

/// So many episodes of four layers, each of eight calls until they are decided so.
async fn races(executor: &Executor, problem: &Problem, count: u64, until: &Until) -> Vec<Episode> {
    let pipeline = Pipeline::default();
    let race = Race::new(vec![Entrant { operator: "ask".into(), copies: RACERS }], until.clone());
    let each = (0..count).map(|replicate| {
        let (pipeline, race) = (&pipeline, race.clone());
        async move {
            let mut graph = FixedGraph::of_races(vec![race; LAYERS]);
            executor.run(problem, pipeline, &mut graph, replicate).await
        }
    });
    join_all(each).await
}

fn benches(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let executor = executor();
    let problem = problem();
    let mut group = criterion.benchmark_group("episodes in flight");
    for count in [1, 16, 256] {
        group.throughput(Throughput::Elements(count));
        group.bench_with_input(BenchmarkId::from_parameter(count), &count, |bencher, &count| {
            bencher.iter(|| runtime.block_on(episodes(&executor, &problem, count, 3)));
        });
    }
    group.finish();

    // What a race costs beside a layer of the same calls: each waits for all eight, the one in the order of the path.
    let mut group = criterion.benchmark_group("eight calls until");
    let first = |answers: u32| Until::First(First(NonZeroU32::new(answers).expect("it is not 0")));
    for (name, until) in [("all, a layer", Until::All), ("the first 8, a race", first(RACERS))] {
        group.throughput(Throughput::Elements(16 * LAYERS as u64 * u64::from(RACERS)));
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(races(&executor, &problem, 16, &until)));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("critical path over operators of a layer");
    for width in [1, 4, 16, 64] {
        let episode = runtime.block_on(episodes(&executor, &problem, 1, width)).remove(0);
        group.throughput(Throughput::Elements(episode.trace.spans.len() as u64));
        group.bench_function(BenchmarkId::new("tokens", width), |bencher| {
            bencher.iter(|| by_tokens(black_box(&episode.trace), Gamma::default()));
        });
        group.bench_function(BenchmarkId::new("seconds", width), |bencher| {
            bencher.iter(|| by_time(black_box(&episode.trace)));
        });
    }
    group.finish();
}

criterion_group!(executor_benches, benches);
criterion_main!(executor_benches);
