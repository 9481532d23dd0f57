//! The executor with a scripted model, under tokio's paused clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, LatencySource, Lost, Message, Sampling, Timing,
    Usage,
};
use lamas_core::critical_path::{by_time, by_tokens};
use lamas_core::exec::{Episode, Executor};
use lamas_core::meter::CallMeter;
use lamas_core::operator::{Change, Failure, Operator, OperatorName, OperatorSet, Outcome, Role, Solution, State};
use lamas_core::orchestrator::{Decision, FixedGraph, FixedNodes, Node, Observation, Orchestrator, Schedule};
use lamas_core::pipeline::{Condition, Pipeline, Step};
use lamas_core::problem::Problem;
use lamas_core::race::Race;
use lamas_core::scope::{Scope, Workbench};
use lamas_core::tool::{Interpreter, Program, ToolError, ToolRun};
use lamas_core::trace::SpanKind;
use lamas_core::units::{Gamma, PathTokens, Price, Seconds, Tokens, Usd};
use lamas_testing::races::problem;

/// What failed attempts before an answer, or instead of one, have used where a test asks for it.
const LOST: Lost = Lost { attempts: 2, input: Tokens(1_000_000), output: Tokens(500_000), estimated: true };

/// Answers `"<name> <tokens>"` with `<name>#<ordinal>` after tokens/50 seconds; fails when asked to `fail` or `lose`.
struct Echo;

#[async_trait]
impl ChatModel for Echo {
    async fn chat_metered(&self, request: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
        let (name, tokens) = request.messages[0].content.split_once(' ').expect("a name and a number");
        if name == "fail" {
            return Err(ChatError::Exhausted { message: "server said 500".into(), attempts: 3, lost: Lost::default() });
        }
        if name == "lose" {
            return Err(ChatError::Exhausted { message: "cut".into(), attempts: 3, lost: LOST });
        }
        let tokens: u64 = tokens.parse().expect("a number");
        let working = Duration::from_secs_f64(tokens as f64 / 50.0);
        tokio::time::sleep(working).await;
        Ok(ChatResponse {
            text: format!("{name}#{}", request.sample.ordinal).into(),
            usage: Usage { input: Tokens(10), output: Tokens(tokens), counted: false },
            timing: Timing {
                working: Seconds(working.as_secs_f64()),
                waiting: Seconds(7.0),
                attempts: 1,
                source: LatencySource::Simulated,
                ..Timing::default()
            },
            finish: FinishReason::Stop,
            lost: if name == "retried" { LOST } else { Lost::default() },
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

/// Says what it was asked to, so many times at once, and tells in its text what it has seen.
struct Says {
    name: OperatorName,
    role: Role,
    prompt: &'static str,
    times: usize,
}

#[async_trait]
impl Operator for Says {
    fn name(&self) -> &OperatorName {
        &self.name
    }
    fn description(&self) -> &str {
        "says something"
    }
    fn role(&self) -> Role {
        self.role
    }
    fn can_run(&self, _: &Problem, state: &State) -> bool {
        self.role != Role::Refine || state.current().is_some()
    }
    async fn run(&self, _: &Problem, state: &State, scope: &mut Scope) -> Result<Outcome, Failure> {
        let seen = state.candidates.len();
        let mut branches: Vec<Scope> = (0..self.times).map(|_| scope.branch()).collect();
        let asked = branches.iter_mut().map(|branch| branch.chat(vec![Message::user(self.prompt)]));
        let answers = futures::future::join_all(asked).await;
        scope.join(branches);
        let mut solutions = Vec::new();
        for answer in answers {
            let text = format!("{} saw {seen}", answer?.text);
            solutions.push(Solution {
                text: text.into(),
                answer: None,
                by: self.name.clone(),
                passes_examples: None,
                behaviour: None,
            });
        }
        Ok(Outcome { change: Change::Append(solutions), ran: None })
    }
}

fn operators() -> OperatorSet {
    let says = |name: &str, role, prompt, times| -> Arc<dyn Operator> {
        Arc::new(Says { name: name.into(), role, prompt, times })
    };
    OperatorSet::new(vec![
        says("short", Role::Generate, "a 100", 1),
        says("long", Role::Generate, "b 300", 1),
        says("three", Role::Generate, "a 100", 3),
        says("refine", Role::Refine, "c 50", 1),
        says("broken", Role::Generate, "fail 0", 1),
        says("lost", Role::Generate, "lose 0", 1),
        says("retried", Role::Generate, "retried 100", 1),
        says("stop", Role::Stop, "", 0),
    ])
}

fn run(layers: &[&[&str]], schedule: Schedule, pipeline: &Pipeline) -> Episode {
    let layers = layers.iter().map(|layer| layer.iter().map(|&name| name.into()).collect()).collect();
    run_with(&mut FixedGraph::new(layers), schedule, pipeline)
}

fn run_with(orchestrator: &mut dyn Orchestrator, schedule: Schedule, pipeline: &Pipeline) -> Episode {
    let workbench = Workbench {
        chat: Arc::new(Echo),
        interpreter: Arc::new(NoPrograms),
        sampling: Sampling::default(),
        price: Price { input: 0.15, output: 0.60 },
    };
    let executor = Executor::new(operators(), workbench, schedule);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(executor.run(&problem(), pipeline, orchestrator, 0))
}

fn texts(episode: &Episode) -> String {
    episode.answer.as_ref().map_or_else(String::new, |answer| answer.text.to_string())
}

#[test]
fn operators_of_a_parallel_layer_read_the_layer_before_and_run_at_once() {
    let episode = run(&[&["short", "long"], &["refine", "short"]], Schedule::Parallel, &Pipeline::default());
    assert_eq!(texts(&episode), "a#1 saw 2", "the last operator saw its own layer's output, or too little");
    assert_eq!(by_tokens(&episode.trace, Gamma::default()).length, PathTokens(400.0));
    assert_eq!(by_time(&episode.trace).length, Seconds(8.0));
    let end = episode.trace.spans.iter().map(|span| span.end).fold(Seconds::ZERO, Seconds::max);
    assert!((end.0 - 8.0).abs() < 0.01, "the clock must show what the path says, not {end}");
}

#[test]
fn operators_of_a_sequential_layer_each_read_the_one_before() {
    let episode = run(&[&["short", "long"], &["refine", "short"]], Schedule::Sequential, &Pipeline::default());
    assert_eq!(texts(&episode), "a#1 saw 3");
    let path = by_tokens(&episode.trace, Gamma::default());
    assert_eq!(path.length, PathTokens(550.0));
    assert!(path.operators.iter().all(|operator| operator.critical));
}

#[test]
fn calls_inside_an_operator_run_at_once_as_samples_of_their_own() {
    let episode = run(&[&["three", "short"]], Schedule::Parallel, &Pipeline::default());
    assert_eq!(by_tokens(&episode.trace, Gamma::default()).length, PathTokens(100.0));
    assert_eq!(episode.trace.model_calls(), 4);
    assert_eq!(texts(&episode), "a#3 saw 0", "the fourth identical request is the fourth sample");
}

#[test]
fn cost_is_a_sum_over_all_calls_and_waiting_is_not_on_the_path() {
    let episode = run(&[&["three"]], Schedule::Parallel, &Pipeline::default());
    let expected = Usd(3.0 * (10.0 * 0.15 + 100.0 * 0.60) / 1e6);
    assert!((episode.trace.cost().0 - expected.0).abs() < 1e-15);
    assert_eq!(by_time(&episode.trace).length, Seconds(2.0));
}

#[test]
fn a_stop_ends_the_graph_after_its_layer_without_work() {
    let episode = run(&[&["short"], &["stop", "long"], &["long"]], Schedule::Parallel, &Pipeline::default());
    assert_eq!(episode.layers.len(), 2);
    let path = by_tokens(&episode.trace, Gamma::default());
    assert_eq!(path.length, PathTokens(400.0));
    assert!(!path.layer(1).next().unwrap().critical);
}

#[test]
fn an_operator_without_anything_to_work_on_is_skipped_visibly_and_costs_nothing() {
    let episode = run(&[&["refine", "short"]], Schedule::Parallel, &Pipeline::default());
    assert!(episode.failure.is_none());
    assert!(episode.layers[0].operators[0].skipped);
    assert_eq!(episode.trace.model_calls(), 1);
}

#[test]
fn steps_frame_the_layers_and_run_under_their_condition() {
    let step = |name: &str, when| Step { run: name.into(), when };
    let pipeline = Pipeline {
        pre: vec![step("short", Condition::Always)],
        post: vec![step("refine", Condition::SeveralCandidates), step("refine", Condition::TestFailed)],
    };
    let with = run(&[&["long"]], Schedule::Parallel, &pipeline);
    assert_eq!(by_tokens(&with.trace, Gamma::default()).length, PathTokens(450.0));
    let kinds: Vec<_> = with.trace.blocks().map(|block| block.kind.clone()).collect();
    assert_eq!(kinds, [SpanKind::PreStep(0), SpanKind::Layer(0), SpanKind::PostStep(0)]);
}

#[test]
fn a_failure_is_recorded_with_the_trace_and_gives_no_answer() {
    let episode = run(&[&["short"], &["broken", "long"]], Schedule::Parallel, &Pipeline::default());
    assert_eq!(episode.failure.unwrap().to_string(), "model call failed: server said 500 (after 3 attempts)");
    assert!(episode.answer.is_none());
    let notes: Vec<_> = episode.trace.spans.iter().filter_map(|span| span.trouble.as_ref()).collect();
    assert_eq!(notes.len(), 2, "the call and its operator both say why: {notes:?}");
    assert_eq!(episode.trace.model_calls(), 3);
}

#[test]
fn an_orchestrator_sees_what_has_happened() {
    struct UntilTwo;
    impl Orchestrator for UntilTwo {
        fn decide(&mut self, seen: &Observation<'_>) -> Decision {
            let made: u64 = seen.layers.iter().flat_map(|layer| &layer.operators).map(|o| o.output.0).sum();
            assert_eq!(made, 100 * seen.state.candidates.len() as u64);
            assert_eq!(seen.valid()[3], !seen.state.candidates.is_empty());
            if seen.state.candidates.len() < 2 { Decision::Layer(vec!["short".into()]) } else { Decision::Stop }
        }
    }
    let episode = run_with(&mut UntilTwo, Schedule::Parallel, &Pipeline::default());
    assert_eq!(episode.layers.len(), 2);
}

#[test]
fn an_unknown_operator_is_a_failure_with_its_name() {
    let episode = run(&[&["lamsa"]], Schedule::Parallel, &Pipeline::default());
    assert_eq!(episode.failure.unwrap().to_string(), "unknown operator `lamsa`");
}

#[test]
fn equal_episodes_leave_equal_traces() {
    let layers: &[&[&str]] = &[&["long", "three", "short"], &["refine", "long"]];
    let (one, two) =
        (run(layers, Schedule::Parallel, &Pipeline::default()), run(layers, Schedule::Parallel, &Pipeline::default()));
    assert_eq!(one.trace, two.trace);
    for span in &one.trace.spans {
        assert!(span.after.iter().all(|before| before.0 < span.id.0), "edges point backwards");
    }
}

fn run_graph(nodes: &[(&str, &[usize])], schedule: Schedule) -> Episode {
    let nodes =
        nodes.iter().map(|&(name, reads)| Node { race: Race::of(name.into()), reads: reads.to_vec() }).collect();
    run_with(&mut FixedNodes::new(nodes), schedule, &Pipeline::default())
}

/// short -> refine, long -> refine, both refinements -> the last short; a long of its own beside them.
const DIAMOND: [(&str, &[usize]); 6] =
    [("short", &[]), ("long", &[]), ("refine", &[0]), ("refine", &[1]), ("short", &[2, 3]), ("long", &[])];

#[test]
fn a_node_sees_what_the_nodes_that_it_reads_made_and_nothing_else() {
    for schedule in [Schedule::Sequential, Schedule::Parallel] {
        let episode = run_graph(&DIAMOND[..5], schedule);
        // Two answers and a refinement of each: none of them twice, though all come on two ways.
        assert_eq!(texts(&episode), "a#1 saw 4", "{schedule:?}");
        let reads: Vec<_> = episode.layers.iter().map(|layer| layer.reads.clone().unwrap()).collect();
        assert_eq!(reads, [vec![], vec![], vec![0], vec![1], vec![2, 3]]);
        // A node that reads nothing has nothing to refine, whatever ran before it.
        let episode = run_graph(&[("short", &[]), ("refine", &[])], schedule);
        assert!(episode.layers[1].operators[0].skipped);
    }
}

#[test]
fn after_a_graph_stands_what_its_sinks_left() {
    struct ThenRefine(FixedNodes);
    impl Orchestrator for ThenRefine {
        fn decide(&mut self, seen: &Observation<'_>) -> Decision {
            match seen.layers.len() {
                0 => self.0.decide(seen),
                6 => {
                    assert_eq!(seen.state.candidates.len(), 6, "five of the first sink, one of the second");
                    assert_eq!(&*seen.state.current().unwrap().text, "b#1 saw 0");
                    Decision::Layer(vec!["refine".into()])
                }
                _ => Decision::Stop,
            }
        }
    }
    let nodes = DIAMOND.map(|(name, reads)| Node { race: Race::of(name.into()), reads: reads.to_vec() });
    let episode = run_with(&mut ThenRefine(FixedNodes::new(nodes.to_vec())), Schedule::Parallel, &Pipeline::default());
    assert_eq!(texts(&episode), "c#2 saw 6");
    assert_eq!(episode.layers[6].reads, None);
}

#[test]
fn a_graph_in_sequence_takes_the_sum_and_in_parallel_its_longest_way() {
    for (schedule, tokens) in [(Schedule::Sequential, 900.0), (Schedule::Parallel, 450.0)] {
        let episode = run_graph(&DIAMOND, schedule);
        assert_eq!(by_tokens(&episode.trace, Gamma::default()).length, PathTokens(tokens), "{schedule:?}");
        let end = episode.trace.spans.iter().map(|span| span.end).fold(Seconds::ZERO, Seconds::max);
        assert!((end.0 - tokens / 50.0).abs() < 0.01, "the clock says {end} for {tokens} tokens");
        let blocks: Vec<_> = episode.trace.blocks().map(|span| span.kind.clone()).collect();
        assert_eq!(blocks, (0..6).map(SpanKind::Layer).collect::<Vec<_>>());
        assert_eq!(episode.trace, run_graph(&DIAMOND, schedule).trace);
    }
}

#[test]
fn a_graph_that_cannot_be_run_is_a_failure() {
    let forward = run_graph(&[("short", &[0])], Schedule::Sequential);
    assert_eq!(forward.failure, Some(Failure::Order { node: 0, reads: 0 }));
    let broken = run_graph(&[("broken", &[]), ("short", &[])], Schedule::Sequential);
    assert!(broken.failure.is_some() && broken.answer.is_none());
    assert_eq!(broken.trace.model_calls(), 1, "nothing runs after a failure");
}

#[test]
fn case_failed_attempts_are_in_the_cost_of_an_episode_and_marked_as_estimated() {
    let price = Price { input: 0.15, output: 0.60 };
    let of_lost = price.cost(LOST.input, LOST.output);
    for (operator, own) in [("retried", price.cost(Tokens(10), Tokens(100))), ("lost", Usd::ZERO)] {
        let Episode { trace, failure, .. } = run(&[&[operator]], Schedule::Parallel, &Pipeline::default());
        assert_eq!(failure.is_some(), operator == "lost");
        assert_eq!((trace.cost(), trace.lost()), (own + of_lost, LOST), "{operator}");
        let estimated: Usd = trace.work().map(|(_, work)| work.estimated_cost()).sum();
        assert_eq!(estimated, of_lost, "{operator}");
        // What failed is no work of the critical path.
        let tokens = by_tokens(&trace, Gamma::default()).length;
        assert_eq!(tokens, PathTokens(if operator == "retried" { 100.0 } else { 0.0 }));
    }
    let unbilled = run(&[&["broken"]], Schedule::Parallel, &Pipeline::default());
    assert_eq!(unbilled.trace.cost(), Usd::ZERO);
}
