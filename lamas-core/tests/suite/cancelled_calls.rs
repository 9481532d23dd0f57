//! Calls and programs that are dropped before their end, under tokio's paused clock.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, LatencySource, Lost, Message, Sampling, Timing,
    Usage,
};
use lamas_core::critical_path::{by_time, by_tokens};
use lamas_core::meter::{CallMeter, Course};
use lamas_core::scope::{Recording, Workbench};
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_core::trace::{Part, SpanKind, Trace};
use lamas_core::units::{Gamma, PathTokens, Price, Seconds, Tokens};

const PRICE: Price = Price { input: 1.0, output: 2.0 };

/// A modelled call of 101 tokens: the first after one second, the last after three. A question `live` streams a token every
/// second after a failed attempt, and one that is `waiting` never gets its turn.
struct Model;

#[async_trait]
impl ChatModel for Model {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        let mut response = ChatResponse {
            text: "7".into(),
            usage: Usage { input: Tokens(50), output: Tokens(101), counted: false },
            timing: Timing {
                first_token: Seconds(1.0),
                working: Seconds(3.0),
                attempts: 1,
                source: LatencySource::Simulated,
                ..Timing::default()
            },
            finish: FinishReason::Stop,
            lost: Lost::default(),
        };
        match &*request.messages[0].content {
            "live" => {
                tokio::time::sleep(Duration::from_secs(4)).await;
                meter.attempt();
                meter.lost(Lost { attempts: 1, input: Tokens(50), output: Tokens(9), estimated: true });
                meter.attempt();
                for output in 0..100 {
                    meter.used(Usage { input: Tokens(50), output: Tokens(output), counted: false });
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                response.timing.working = Seconds(100.0);
            }
            "waiting" => tokio::time::sleep(Duration::from_secs(1000)).await,
            _ => {
                meter.follows(Course::of_call(&response));
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
        }
        Ok(response)
    }
}

/// Runs programs for ten seconds.
struct Slow;

#[async_trait]
impl Interpreter for Slow {
    async fn run_metered(&self, _: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError> {
        let (elapsed, waiting) = (Seconds(10.0), Seconds::ZERO);
        let (outcome, source) = (ToolOutcome::Passed, LatencySource::Simulated);
        let run = ToolRun { outcome, stdout: "".into(), elapsed, source, measured: Seconds(0.1), waiting };
        meter.follows(Course::of_run(&run));
        tokio::time::sleep(Duration::from_secs(10)).await;
        Ok(run)
    }
}

fn recording() -> Recording {
    let workbench =
        Workbench { chat: Arc::new(Model), interpreter: Arc::new(Slow), sampling: Sampling::default(), price: PRICE };
    Recording::start(workbench, 0)
}

/// The trace of one call that is dropped after so many seconds, beside one that ends.
async fn dropped(question: &str, after: f64) -> Trace {
    let recording = recording();
    let mut scope = recording.scope();
    let (mut dropped, mut kept) = (scope.branch(), scope.branch());
    let given_up = async {
        let call = dropped.chat(vec![Message::user(question)]);
        let timeout = tokio::time::timeout(Duration::from_secs_f64(after), call).await;
        assert!(timeout.is_err(), "it came before it was dropped");
    };
    let (_, answer) = tokio::join!(given_up, kept.chat(vec![Message::user("other")]));
    answer.unwrap();
    recording.trace()
}

#[tokio::test(start_paused = true)]
async fn a_modelled_call_is_billed_all_of_its_input_and_what_was_emitted() {
    for (after, emitted) in [(0.5, 0), (1.0, 1), (2.0, 51)] {
        let trace = dropped("7?", after).await;
        let (span, work) = trace.cancelled().next().unwrap();
        assert_eq!((work.input, work.output, work.counted), (Tokens(50), Tokens(emitted), false), "after {after} s");
        assert_eq!(work.cost, PRICE.cost(Tokens(50), Tokens(emitted)));
        assert!((span.end.0 - after).abs() < 0.002 && (work.working.0 - after).abs() < 0.002, "{span:?}");
        assert_eq!(trace.cost(), work.cost + PRICE.cost(Tokens(50), Tokens(101)), "it is part of the episode's cost");
        assert_eq!((span.trouble.as_ref(), trace.check()), (None, Ok(())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_is_never_critical_and_has_no_slack() {
    // It has come further than the other call, in tokens and in seconds alike.
    let trace = dropped("live", 90.0).await;
    let (span, work) = trace.cancelled().next().unwrap();
    assert!(work.working > Seconds(80.0));
    assert_eq!(by_time(&trace).length, Seconds(3.0));
    let path = by_tokens(&trace, Gamma::default());
    assert_eq!(path.length, PathTokens(101.0));
    assert!(!path.spans.contains(&span.id) && path.work_of(span.id).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_live_call_is_billed_what_has_come_with_what_failed_before() {
    let trace = dropped("live", 9.5).await;
    let (_, work) = trace.cancelled().next().unwrap();
    // Four seconds of waiting, then a token each second from the second one on.
    assert_eq!((work.input, work.output, work.attempts), (Tokens(50), Tokens(5), 2));
    assert_eq!((work.lost.output, work.lost_cost), (Tokens(9), PRICE.cost(Tokens(50), Tokens(9))));
    assert_eq!(work.cost, PRICE.cost(Tokens(50), Tokens(5)) + work.lost_cost);
    assert!((work.waiting.0 - 4.0).abs() < 0.01 && (work.working.0 - 5.5).abs() < 0.01, "{work:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_still_waits_for_its_turn_costs_nothing() {
    let trace = dropped("waiting", 20.0).await;
    let (_, work) = trace.cancelled().next().unwrap();
    assert_eq!((work.input, work.cost.0, work.attempts), (Tokens(0), 0.0, 0));
    assert!(work.working == Seconds::ZERO && (work.waiting.0 - 20.0).abs() < 0.01);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_is_dropped_ends_then() {
    let recording = recording();
    let mut scope = recording.scope();
    let program = Program { source: "".into(), goal: Goal::Call { function: "solve".into() } };
    let run = tokio::time::timeout(Duration::from_secs(4), scope.run_program(&program)).await;
    assert!(run.is_err());
    let trace = recording.trace();
    let (span, work) = trace.cancelled().next().unwrap();
    assert_eq!((&span.kind, span.part), (&SpanKind::ToolRun, Part::Cancelled));
    assert!((span.end.0 - 4.0).abs() < 0.002 && (work.working.0 - 4.0).abs() < 0.002);
    assert_eq!(by_tokens(&trace, Gamma::default()).length, PathTokens::ZERO);
}
